"""`twin describe`: every derived value with its source, the sized plant and its diagram."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.describe import describe
from buildings.description.ledger import Entry
from buildings.description.loading import read_project
from buildings.description.schema import Project

_UNVERIFIED = ("gk-verify", "assumed", "missing")


@dataclass(frozen=True)
class Described:
    """A project's derived values and one diagram for each building."""

    project: Project
    entries: tuple[Entry, ...]
    diagrams: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.project.name,
            "values": [asdict(entry) for entry in self.entries],
            "diagrams": self.diagrams,
        }

    def show(self) -> None:
        """Table of values, then the diagrams."""
        console = Console()
        table = Table(title=self.project.name, title_justify="left")
        for column in ("value of", "value", "unit", "confidence", "source"):
            table.add_column(column, justify="right" if column == "value" else "left", overflow="fold")
        for entry in self.entries:
            value = f"{entry.value:.5g}" if isinstance(entry.value, float) else str(entry.value)
            mark = "[yellow]" if entry.confidence in _UNVERIFIED else ""
            table.add_row(entry.path, value, entry.unit, f"{mark}{entry.confidence}", entry.source)
        console.print(table)
        doubtful = sum(entry.confidence in _UNVERIFIED for entry in self.entries)
        console.print(
            f"{len(self.entries)} derived values, {doubtful} of them not verified (--unverified shows them)."
        )
        for name, diagram in self.diagrams.items():
            console.print(f"\n{name}", markup=False)
            console.print(diagram, markup=False, highlight=False)


def describe_project(path: Path, *, only_unverified: bool = False) -> Described:
    """Read a project and derive everything that it leaves open."""
    project = read_project(path)
    entries = tuple(describe(project))
    if only_unverified:
        entries = tuple(entry for entry in entries if entry.confidence in _UNVERIFIED)
    diagrams = {b.name: plant_diagram(complete(b)) for b in project.buildings}
    return Described(project, entries, diagrams)


def plant_diagram(building: CompleteBuilding) -> str:
    """Who feeds whom, as text.

    Parameters
    ----------
    building : CompleteBuilding

    Returns
    -------
    str
        One line for each connection.
    """
    systems, bus = building.systems, building.systems.dc_bus
    lines = []
    if bus is None:
        board = "AC board"
        lines.append(f"grid ══ {board}")
    else:
        size = bus.interface_capacity
        rating = size if isinstance(size, str) else f"{size:g} kW"
        board = f"DC bus {bus.voltage:g} V"
        lines.append(f"grid ══ AC board ══ [{bus.interface} x{bus.modules}, {rating}] ══ {board}")
    on_bus = set(bus.loads) if bus is not None else set()

    def at(load: str) -> str:
        return board if bus is None or load in on_bus else "AC board"

    for array in systems.pv:
        lines.append(
            f"{board} ── [{array.converter if bus else 'inverter'}] ── PV {array.name} {array.capacity:g} kWp"
        )
    if systems.battery is not None:
        store = systems.battery
        stage = store.converter if bus else "AC converter"
        lines.append(
            f"{board} ── [{stage}] ── battery {store.equipment} {store.capacity:g} kWh {store.power:g} kW"
        )
    if systems.ev is not None:
        ev = systems.ev
        lines.append(f"{at('ev')} ── {ev.chargers} chargers x {ev.power:g} kW{' (V2B)' if ev.v2b else ''}")
    zones = sum(zone.multiplier for zone in building.zones if zone.conditioned)
    lines.append(f"{at('hvac')} ── {building.hvac.equipment} ── {zones} conditioned zones")
    vent = building.ventilation
    recovery = f"heat recovery {vent.heat_recovery_sensible:.0%}/{vent.heat_recovery_latent:.0%}"
    lines.append(f"{at('equipment')} ── fresh-air fans {vent.specific_fan_power:g} W/(m3/s), {recovery}")
    lines.append(f"{at('lighting')} ── lighting")
    lines.append(f"{at('equipment')} ── equipment")
    lines.append(f"control: {systems.control.type}")
    return "\n".join(lines)
