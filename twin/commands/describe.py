"""`twin describe`: every derived value with its source, the sized plant and its diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.describe import describe
from buildings.description.ledger import Entry
from buildings.description.plant_row import Machine, PlantRow
from buildings.description.schema import Project
from buildings.systems.bus_design import BusCheck, bus_checks, bus_topology, curve_lines
from buildings.systems.device_curves import load_device_curves
from buildings.systems.end_uses import USES
from buildings.systems.records import entry
from buildings.thermal.mass_storage import mass_capacity
from twin.commands.console import table_console
from twin.district.described import shared_diagram, shared_entries
from twin.library_entries import library_entries
from twin.plant import Plant, PreparedBuilding, prepare
from twin.project import Loaded, load
from weather.design_days import design_days

_MASS_HOURS = (1.0, 4.0, 24.0)
_UNVERIFIED = ("gk-verify", "assumed", "missing")


@dataclass(frozen=True)
class Described:
    """A project's derived values and one diagram for each building."""

    project: Project
    entries: tuple[Entry, ...]
    diagrams: dict[str, str]
    bus_checks: dict[str, tuple[BusCheck, ...]]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.project.name,
            "values": [asdict(entry) for entry in self.entries],
            "diagrams": self.diagrams,
            "bus_checks": {
                name: [{**asdict(check), "passed": check.passed} for check in checks]
                for name, checks in self.bus_checks.items()
            },
        }

    def show(self) -> None:
        """Table of values, then the diagrams."""
        console = table_console()
        table = Table(title=self.project.name, title_justify="left")
        for column in ("value of", "value", "unit", "confidence", "source"):
            table.add_column(column, justify="right" if column == "value" else "left", overflow="fold")
        for one in self.entries:
            value = f"{one.value:.5g}" if isinstance(one.value, float) else str(one.value)
            mark = "[yellow]" if one.confidence in _UNVERIFIED else ""
            table.add_row(one.path, value, one.unit, f"{mark}{one.confidence}", one.source)
        console.print(table)
        doubtful = sum(entry.confidence in _UNVERIFIED for entry in self.entries)
        console.print(
            f"{len(self.entries)} derived values, {doubtful} of them not verified (--unverified shows them)."
        )
        for name, diagram in self.diagrams.items():
            console.print(f"\n{name}", markup=False)
            console.print(diagram, markup=False, highlight=False)
        for name, checks in self.bus_checks.items():
            console.print(_check_table(name, checks))


def _check_table(name: str, checks: Sequence[BusCheck]) -> Table:
    table = Table(title=f"DC bus of {name} (直流母线设计校核)", title_justify="left")
    for column in ("check", "value", "limit", "unit", "result", "basis"):
        table.add_column(column, justify="right" if column in ("value", "limit") else "left", overflow="fold")
    for check in checks:
        value = f"{check.value:.4g}" if isinstance(check.value, float) else check.value
        limit = "" if check.limit is None else f"{'>=' if check.at_least else '<='} {check.limit:.4g}"
        result = {True: "kept", False: "[red]not kept", None: ""}[check.passed]
        basis = f"{check.basis} ({check.confidence})"
        table.add_row(f"{check.name_en} {check.name_zh}", value, limit, check.unit, result, basis)
    return table


def _bus_checks(plant: Plant) -> Iterator[tuple[str, tuple[BusCheck, ...]]]:
    for prepared in plant.prepared:
        building = prepared.description
        topology = bus_topology(building, prepared.interface_kw, prepared.bus_load_kw)
        bus = building.systems.dc_bus
        if topology is not None and bus is not None:
            curves = load_device_curves(bus.curves.base, bus.curves.overrides())
            yield building.name, bus_checks(topology, curves)


def _curves(prepared: PreparedBuilding) -> Iterator[Entry]:
    """Device curves of the bus, written or of the library."""
    bus, at = prepared.description.systems.dc_bus, prepared.description.name
    if bus is None:
        return
    own, library = bus.curves.overrides(), entry("device_curves", bus.curves.base)
    curves = load_device_curves(bus.curves.base, own)
    texts: dict[str, float | str] = {**curve_lines(curves)}
    texts["ev_urgency_shift"] = float(curves["ev_urgency_shift"])
    for name, text in texts.items():
        source, confidence = (
            ("as written", "derived") if name in own else (library["source"], library["confidence"])
        )
        unit = "p.u." if name == "ev_urgency_shift" else "p.u.: share"
        yield Entry(f"{at}.dc_bus.curves.{name}", text, unit, source, confidence)


def describe_project(path: Path, *, only_unverified: bool = False) -> Described:
    """Read a project, derive everything that it leaves open, and size its equipment."""
    return describe_loaded(load(path), only_unverified=only_unverified)


def describe_loaded(loaded: Loaded, *, only_unverified: bool = False) -> Described:
    """The same of a project that was read already."""
    shared = loaded.project.shared
    plant = prepare(loaded.project.model_copy(update={"shared": None}), loaded.climate)
    entries = (*describe(loaded.project), *_sizes(plant), *library_entries(plant))
    if shared is not None:
        entries = (*entries, *shared_entries(shared))
    if only_unverified:
        entries = tuple(one for one in entries if one.confidence in _UNVERIFIED)
    project = loaded.project
    diagrams = {b.name: plant_diagram(complete(b, calendar=project.calendar)) for b in project.buildings}
    if shared is not None:
        rows = () if shared.energy_station is None else shared.energy_station.plant_room
        diagrams["shared"] = "\n".join([*shared_diagram(shared), *_plant_room_lines(rows)])
    return Described(loaded.project, entries, diagrams, dict(_bus_checks(plant)))


def _sizes(plant: Plant) -> Iterator[Entry]:
    """What the design days and the model's reduction decided."""
    days = design_days(plant.climate)
    for prepared in plant.prepared:
        at, hvac, sizing = prepared.description.name, prepared.description.hvac, prepared.thermal.sizing
        day = f"design day ({days.origin})"
        for kind, load_w, capacity_w, written in (
            ("cooling", sizing.design_cooling_load, sizing.cooling_capacity, hvac.cooling_capacity),
            ("heating", sizing.design_heating_load, sizing.heating_capacity, hvac.heating_capacity),
        ):
            yield Entry(
                f"{at}.hvac.design_{kind}_load",
                load_w,
                "W",
                f"hourly mean, all zones at once, {day}",
                "derived",
            )
            source = "as written" if written else f"{hvac.sizing_factor:g} x design load"
            yield Entry(f"{at}.hvac.{kind}_capacity", capacity_w, "W", source, "derived")
        if prepared.interface_kw:
            source = "sum of what the loads on the bus can draw, or as written"
            yield Entry(f"{at}.dc_bus.interface_capacity", prepared.interface_kw, "kW", source, "derived")
        yield from _curves(prepared)
        rooms = prepared.thermal.packed.rooms
        states = float(sum(1 + sum(len(face.wall.phi) for face in room.faces) for room in rooms))
        source = "air of every zone and modes of every wall face"
        yield Entry(f"{at}.model.states", states, "1", source, "derived")
        multipliers = [side.multiplier for side in prepared.thermal.packed.air]
        source = "heat that rooms, walls and furniture take while all rooms are 1 K warmer"
        for hours in _MASS_HOURS:
            held = mass_capacity(rooms, multipliers, plant.dt_s, hours) / 3.6e6
            yield Entry(f"{at}.model.mass_storage_{hours:g}h", held, "kWh/K", source, "derived")
        bound = max(room.error_bound for room in rooms)
        source = "worst wall: 2 x cut / all Hankel singular values; a bound, not the error"
        yield Entry(f"{at}.model.reduction_bound", bound, "1", source, "derived")


def _serves_consumers(row: PlantRow, rows: Sequence[PlantRow]) -> bool:
    """Whether something of what a row serves goes to consumers, not to a store or a machine."""
    held = {other.carriers[0] for other in rows if other.name in row.feeds}
    direct = isinstance(row, Machine) and row.direct
    return any(c not in ("source", "hydrogen") and (direct or c not in held) for c in row.carriers)


def _plant_room_lines(rows: Sequence[PlantRow]) -> Iterator[str]:
    """Who serves what in a plant room, from which source, through which store."""
    for row in rows:
        drawing = [other.name for other in rows if other.source == row.name]
        targets = [f"[{name}]" for name in drawing]
        targets += [f"[{name}]" for name in row.feeds]
        if "electricity" in row.carriers:
            targets.insert(0, "AC board")
        elif "hydrogen" not in row.carriers and _serves_consumers(row, rows):
            targets.append("consumers")
        targets = targets or ["surroundings"]
        behind = f"[{row.source}] ──▶ " if row.source is not None else ""
        yield f"{behind}{row.name} ({row.type}) ── {', '.join(row.carriers)} ──▶ {', '.join(targets)}"


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
            + (f" on {array.surface}" if array.surface else "")
        )
    if systems.battery is not None:
        store = systems.battery
        stage = store.converter if bus else "AC converter"
        lines.append(
            f"{board} ── [{stage}] ── battery {store.equipment} {store.capacity:g} kWh {store.power:g} kW, "
            + (store.location if isinstance(store.location, str) else f"kept at {store.location:g} degC")
        )
    lines += _plant_room_lines(systems.plant_room)
    if systems.end_uses is not None:
        uses = systems.end_uses
        served = {
            use: getattr(uses, use) or "plant room" for use in USES if use in entry("end_uses", uses.use)
        }
        lines.append("end uses ── " + ", ".join(f"{use}: {made}" for use, made in served.items()))
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
