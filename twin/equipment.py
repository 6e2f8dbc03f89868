"""Prepare the plant rooms of a project: rows as written become arrays, stores and sources found by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.plant_row import Machine, PlantRow
from buildings.systems.component import CARRIERS, N_FLOWS, Component, Prepared, Setting
from buildings.systems.records import read_library
from buildings.systems.registry import COMPONENTS, kind
from controllers.codes import DEEP_VALLEY, PEAK, SUPER_PEAK, VALLEY
from twin.plant_rows import MOST_STATES, ROW, PlantRoom
from weather.errors import TwinError

_HOURS = {"valley": (VALLEY, DEEP_VALLEY), "peak": (PEAK, SUPER_PEAK)}


@dataclass(frozen=True)
class EquipmentRow:
    """One row of a plant room, for judging and showing.

    Attributes
    ----------
    building : int
    name, type, carrier : str
        As written; the carrier that this row serves.
    feeds, heats, source : str or None
        The store that it fills, the one that takes its by-product heat, and what stands behind it.
    size, unit : float, str
    product : mapping
        Entry of the library.
    """

    building: int
    name: str
    type: str
    carrier: str
    feeds: str | None
    heats: str | None
    source: str | None
    size: float
    unit: str
    product: Mapping[str, Any]


class _Rows:
    """Rows of a `PlantRoom` as they are entered."""

    def __init__(self) -> None:
        self.shown: list[EquipmentRow] = []
        self.first = [0]
        self.rows: list[dict[str, float]] = []
        self.p: list[NDArray[np.float64]] = []
        self.s: list[NDArray[np.float64]] = []
        self.series: list[NDArray[np.float64]] = []

    def column(self, values: NDArray[np.float64]) -> int:
        """Enter a series; its column."""
        self.series.append(np.ascontiguousarray(values, dtype=float))
        return len(self.series) - 1


def plant_rooms(
    described: Sequence[Sequence[PlantRow]], settings: Sequence[Setting], period: NDArray[np.int64]
) -> tuple[PlantRoom, NDArray[np.float64], tuple[EquipmentRow, ...]]:
    """Plant rooms of all buildings.

    Parameters
    ----------
    described : sequence of sequences of PlantRow
        Rows of each building as written.
    settings : sequence of Setting
        What equipment may know of each building.
    period : ndarray (n,)
        Tariff period of each step.

    Returns
    -------
    room : PlantRoom
    states : ndarray (R, MOST_STATES)
        At the start.
    shown : tuple of EquipmentRow

    Raises
    ------
    TwinError
        A product that the library does not have, or a size that does not fit.
    """
    entered = _Rows()
    for b, (written, setting) in enumerate(zip(described, settings, strict=True)):
        _add_building(entered, b, written, setting, period)
        entered.first.append(len(entered.rows))
    temps = read_library("supply_temperatures")
    supply, back = (
        np.tile([float(temps[c][side]) if c in temps else 0.0 for c in CARRIERS], (len(described), 1))
        for side in ("supply", "back")
    )
    records, states = _records(entered)
    room = PlantRoom(
        first=np.array(entered.first, np.int64),
        rows=records,
        series=np.ascontiguousarray(np.array(entered.series).T) if entered.series else np.zeros((0, 0)),
        supply=supply.reshape(-1, N_FLOWS),
        back=back.reshape(-1, N_FLOWS),
    )
    return room, states, tuple(entered.shown)


def _records(entered: _Rows) -> tuple[np.ndarray, NDArray[np.float64]]:
    """Rows and their states as the kernel reads them."""
    rows, states = np.zeros(len(entered.rows), ROW), np.zeros((len(entered.rows), MOST_STATES))
    for i, (row, p, state) in enumerate(zip(entered.rows, entered.p, entered.s, strict=True)):
        for name, value in row.items():
            rows[name][i] = value
        rows["p"][i, : len(p)] = p
        states[i, : len(state)] = state
    numbers = np.arange(len(rows))
    rows["fed"] = np.isin(numbers, rows["feeds"]) | np.isin(numbers, rows["heats"])
    rows["drawn_on"] = np.isin(numbers, rows["source"])
    return rows, states


@dataclass(frozen=True)
class _Entry:
    """A row of the march: one carrier of a written row, to consumers or to a store."""

    row: PlantRow
    carrier: str
    store: str | None
    again: bool


def _entries(written: Sequence[PlantRow]) -> list[_Entry]:
    """Rows of the march, in the order as written; a machine goes to consumers before it fills its store."""
    holds = {row.name: row.carriers[0] for row in written if row.takes}
    entries: list[_Entry] = []
    for row in written:
        first = len(entries)
        for carrier in row.carriers:
            store = next((name for name in row.feeds if holds[name] == carrier), None)
            if store is None or (isinstance(row, Machine) and row.direct):
                entries.append(_Entry(row, carrier, None, len(entries) > first))
            if store is not None:
                entries.append(_Entry(row, carrier, store, len(entries) > first))
    return entries


def _prepare_all(entries: Sequence[_Entry], setting: Setting) -> list[Prepared]:
    """Stores first: those who fill them must know how warm."""
    prepared: dict[int, Prepared] = {}
    stores: dict[str, Prepared] = {}
    sources = {entry.row.source for entry in entries}
    for i in sorted(range(len(entries)), key=lambda i: not entries[i].row.takes):
        entry = entries[i]
        component = COMPONENTS[kind(entry.row.type)]
        if entry.again and component.states:
            raise KeyError(f"{entry.row.type} has a state and cannot stand in two rows of the march")
        store = stores.get(entry.store or "")
        place = replace(
            setting,
            charge_temp=store.charge_temp if store is not None else None,
            along_coil=store is not None and store.coil,
            drawn_on=entry.row.name in sources,
            again=entry.again,
        )
        prepared[i] = component.prepare(entry.row, entry.carrier, place)
        if entry.row.takes:
            stores[entry.row.name] = prepared[i]
    return [prepared[i] for i in range(len(entries))]


def _add_building(
    entered: _Rows, b: int, written: Sequence[PlantRow], setting: Setting, period: NDArray[np.int64]
) -> None:
    """Enter the rows of one building."""
    base = len(entered.rows)
    entries = _entries(written)
    place: dict[str, int] = {}
    for i, entry in enumerate(entries):
        place.setdefault(entry.row.name, base + i)
    holds = {row.name: row.carriers[0] for row in written if row.takes}
    several = Counter(entry.row.name for entry in entries)
    for entry, prepared in zip(entries, _prepare_all(entries, setting), strict=True):
        row, window = entry.row, -1
        if row.hours != "always":
            window = entered.column(np.isin(period, _HOURS[row.hours]).astype(float))
        heats = next((name for name in row.feeds if holds[name] == row.by_product), None)
        links = {
            "feeds": place.get(entry.store or "", -1),
            "heats": place.get(heats or "", -1),
            "source": place.get(row.source or "", -1),
            "share": place[row.name] if several[row.name] > 1 else -1,
        }
        _add_row(entered, COMPONENTS[kind(row.type)], entry.carrier, prepared, links | {"window": window})
        entered.shown.append(
            EquipmentRow(
                b, row.name, row.type, entry.carrier, entry.store, heats, row.source, prepared.size,
                prepared.unit, prepared.product,
            )
        )  # fmt: skip


def _add_row(
    entered: _Rows, component: Component, carrier: str, prepared: Prepared, links: Mapping[str, int]
) -> None:
    if len(prepared.inputs) != len(component.inputs):
        raise KeyError(f"{component.name}: {len(prepared.inputs)} series for {component.inputs}")
    columns = [entered.column(values) for values in prepared.inputs] + [-1, -1]
    entered.p.append(component.pack(carrier, prepared.parameters))
    entered.s.append(component.start(prepared.start))
    entered.rows.append(
        {
            **links,
            "kind": kind(component.name),
            "free": int(component.free),
            "passes": int(component.passes),
            "burns": int(prepared.parameters.get("electric", 1.0) == 0.0),
            "input_1": columns[0],
            "input_2": columns[1],
            "charge_temp": prepared.charge_temp,
        }
    )


def described_size(row: EquipmentRow) -> str:
    """Size of a row in a unit that people read."""
    factor, unit = {"W": (1e-3, "kW"), "J": (1.0 / 3.6e6, "kWh"), "Wh": (1e-3, "kWh")}.get(
        row.unit, (1.0, row.unit)
    )
    if not np.isfinite(row.size):
        raise TwinError(f"The size of {row.name} is {row.size}.", "Give it a size.", key=row.name)
    return f"{row.size * factor:.4g} {unit}"
