"""Prepare the plant rooms of a project: rows as written become arrays, stores and sources found by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.systems.component import CARRIERS, N_FLOWS, Component, Prepared, Setting
from buildings.systems.records import read_library
from buildings.systems.registry import COMPONENTS, kind
from controllers.codes import DEEP_VALLEY, PEAK, SUPER_PEAK, VALLEY
from twin.plant_room import PlantRoom
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
    feeds, source : str or None
    size, unit : float, str
    product : mapping
        Entry of the library.
    """

    building: int
    name: str
    type: str
    carrier: str
    feeds: str | None
    source: str | None
    size: float
    unit: str
    product: Mapping[str, Any]


class _Rows:
    """Columns of a `PlantRoom` as they grow."""

    def __init__(self, n_steps: int) -> None:
        self.shown: list[EquipmentRow] = []
        self.first = [0]
        self.kind: list[int] = []
        self.p: list[NDArray[np.float64]] = []
        self.s: list[NDArray[np.float64]] = []
        self.links: list[tuple[int, int, int]] = []
        self.free: list[int] = []
        self.inputs: list[tuple[int, int]] = []
        self.window: list[int] = []
        self.charge: list[float] = []
        self.series: list[NDArray[np.float64]] = []
        self.n_steps = n_steps

    def column(self, values: NDArray[np.float64]) -> int:
        """Enter a series; its column."""
        self.series.append(np.ascontiguousarray(values, dtype=float))
        return len(self.series) - 1


def plant_rooms(
    described: Sequence[Sequence[Any]], settings: Sequence[Setting], period: NDArray[np.int64]
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
    state : ndarray (S,)
    shown : tuple of EquipmentRow

    Raises
    ------
    TwinError
        A product that the library does not have, or a size that does not fit.
    """
    rows = _Rows(len(period))
    for b, (written, setting) in enumerate(zip(described, settings, strict=True)):
        _add_building(rows, b, written, setting, period)
        rows.first.append(len(rows.kind))
    temps = read_library("supply_temperatures")
    supply, back = (
        np.tile([float(temps[c][side]) if c in temps else 0.0 for c in CARRIERS], (len(described), 1))
        for side in ("supply", "back")
    )
    room = PlantRoom(
        first=np.array(rows.first, np.int64),
        kind=np.array(rows.kind, np.int64),
        p_at=_offsets(rows.p),
        s_at=_offsets(rows.s),
        p=np.concatenate([np.zeros(0), *rows.p]),
        feeds=np.array([link[0] for link in rows.links], np.int64),
        source=np.array([link[1] for link in rows.links], np.int64),
        share=np.array([link[2] for link in rows.links], np.int64),
        free=np.array(rows.free, np.int64),
        inputs=np.array(rows.inputs, np.int64).reshape(-1, 2),
        window=np.array(rows.window, np.int64),
        charge_temp=np.array(rows.charge),
        series=np.ascontiguousarray(np.array(rows.series).T) if rows.series else np.zeros((0, 0)),
        supply=supply.reshape(-1, N_FLOWS),
        back=back.reshape(-1, N_FLOWS),
    )
    return room, np.concatenate([np.zeros(0), *rows.s]), tuple(rows.shown)


def _offsets(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    return np.cumsum([0, *(len(part) for part in parts)]).astype(np.int64)


def _component(name: str) -> Component:
    return COMPONENTS[kind(name)]


def _add_building(
    rows: _Rows, b: int, written: Sequence[Any], setting: Setting, period: NDArray[np.int64]
) -> None:
    """Enter the rows of one building; a machine that serves several carriers takes a row for each."""
    base = len(rows.kind)
    place: dict[str, int] = {}
    count = 0
    for row in written:
        place[row.name] = base + count
        count += len(row.carriers)
    for row in written:
        component = _component(row.type)
        window = -1
        if row.hours != "always":
            window = rows.column(np.isin(period, _HOURS[row.hours]).astype(float))
        for i, carrier in enumerate(row.carriers):
            if component.prepare is None:
                raise KeyError(f"{row.type} cannot be prepared")
            prepared = component.prepare(row, carrier, setting)
            shares = place[row.name] if len(row.carriers) > 1 else -1
            links = (place.get(row.feeds, -1), place.get(row.source, -1), shares)
            _add_row(rows, component, carrier, prepared, links, window)
            rows.shown.append(
                EquipmentRow(
                    b, row.name, row.type, carrier, row.feeds, row.source, prepared.size, prepared.unit,
                    prepared.product,
                )
            )  # fmt: skip
            if i > 0 and component.states:
                raise KeyError(f"{row.type} has a state and cannot serve several carriers")


def _add_row(
    rows: _Rows,
    component: Component,
    carrier: str,
    prepared: Prepared,
    links: tuple[int, int, int],
    window: int,
) -> None:
    if len(prepared.inputs) != len(component.inputs):
        raise KeyError(f"{component.name}: {len(prepared.inputs)} series for {component.inputs}")
    columns = [rows.column(values) for values in prepared.inputs] + [-1, -1]
    rows.kind.append(kind(component.name))
    rows.p.append(component.pack(carrier, prepared.parameters))
    rows.s.append(component.start(prepared.start))
    rows.links.append(links)
    rows.free.append(int(component.free))
    rows.inputs.append((columns[0], columns[1]))
    rows.window.append(window)
    rows.charge.append(prepared.charge_temp)


def described_size(row: EquipmentRow) -> str:
    """Size of a row in a unit that people read."""
    factor, unit = {"W": (1e-3, "kW"), "J": (1.0 / 3.6e6, "kWh"), "Wh": (1e-3, "kWh")}.get(
        row.unit, (1.0, row.unit)
    )
    if not np.isfinite(row.size):
        raise TwinError(f"The size of {row.name} is {row.size}.", "Give it a size.", key=row.name)
    return f"{row.size * factor:.4g} {unit}"
