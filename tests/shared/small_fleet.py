"""A small fleet that is called: two DC offices and two buildings on an AC board."""

from __future__ import annotations

from pathlib import Path

PROJECT = """\
schema: 1
name: fleet
name_zh: 楼宇群
buildings:
"""
_OFFICE = "archetype: office, era: gb55015-2021, zoning: by_use, floors: 3"
_BUS = (
    "battery: {capacity: 120 kWh, power: 60 kW}, ev: {chargers: 6}, dc_bus: {modules: 3}, "
    "control: {type: droop, precool: 1 K}"
)
_BUILDINGS = (
    f"{{name: dc one, floor_area: 4000 m2, {_OFFICE}, {_BUS}}}",
    f"{{name: dc two, floor_area: 3000 m2, {_OFFICE}, {_BUS}}}",
    f"{{name: board, floor_area: 5000 m2, {_OFFICE}, control: {{drift: 1.5 K, precool: 1 K}}}}",
    f"{{name: stored, floor_area: 2000 m2, {_OFFICE}, battery: {{capacity: 100 kWh, power: 50 kW}}}}",
)
CALL = "schema: 1\ndate: 2025-07-30\nstart: '13:00'\nduration: 1.5 h\nstep: 5\nseeds: 2\n"


def written(folder: Path) -> tuple[Path, Path]:
    """The project and the call as files."""
    project, call = folder / "fleet.yaml", folder / "call.yaml"
    project.write_text(PROJECT + "".join(f"  - {one}\n" for one in _BUILDINGS), "utf-8")
    call.write_text(CALL, "utf-8")
    return project, call
