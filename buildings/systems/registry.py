"""The kinds of equipment that the march knows, one line each, and how a kernel calls them by their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.extending import overload

from buildings.systems.boiler import BOILER
from buildings.systems.borefield import BOREFIELD
from buildings.systems.chiller import CHILLER
from buildings.systems.component import Array, Component
from buildings.systems.data_room import DATA_ROOM
from buildings.systems.electrolyser import ELECTROLYSER
from buildings.systems.fuel_cell import FUEL_CELL
from buildings.systems.heat_pump import HEAT_PUMP
from buildings.systems.hydrogen_tank import HYDROGEN_TANK
from buildings.systems.ice_storage import ICE_STORAGE
from buildings.systems.phase_change_store import PHASE_CHANGE_STORE
from buildings.systems.pvt_collector import PVT_COLLECTOR
from buildings.systems.solar_collector import SOLAR_COLLECTOR
from buildings.systems.stratified_tank import STRATIFIED_TANK

COMPONENTS: tuple[Component, ...] = (
    BOILER,
    BOREFIELD,
    CHILLER,
    DATA_ROOM,
    ELECTROLYSER,
    FUEL_CELL,
    HEAT_PUMP,
    HYDROGEN_TANK,
    ICE_STORAGE,
    PHASE_CHANGE_STORE,
    PVT_COLLECTOR,
    SOLAR_COLLECTOR,
    STRATIFIED_TANK,
)
"""A component's number is its place here; Runs carry names, so the order is free."""


def kind(name: str) -> int:
    """Number of a kind of equipment.

    Raises
    ------
    KeyError
        If there is none of that name: a programming error, the schema names them all.
    """
    for number, component in enumerate(COMPONENTS):
        if component.name == name:
            return number
    raise KeyError(name)


def component_limits(kind: int, p: Array, s: Array, c: Array) -> tuple[float, float, float]:
    """`Component.limits` of a kind, for compiled callers."""
    raise NotImplementedError


def component_step(kind: int, p: Array, s: Array, wish: float, c: Array, flows: Array) -> None:
    """`Component.step` of a kind, for compiled callers."""
    raise NotImplementedError


def component_temperatures(kind: int, p: Array, s: Array, c: Array, output: float) -> tuple[float, float]:
    """`Component.temperatures` of a kind, for compiled callers."""
    raise NotImplementedError


def component_outside(kind: int, p: Array, c: Array) -> bool:
    """`Component.outside` of a kind, for compiled callers."""
    raise NotImplementedError


def _chosen(function: str, arguments: str) -> Callable[..., Any]:
    """A function that calls the component of a number: written here, so that adding one is one line."""
    names: dict[str, Any] = {}
    lines = [f"def chosen(kind, {arguments}):"]
    for number, component in enumerate(COMPONENTS):
        names[f"of_{number}"] = getattr(component, function)
        lines += [f"    if kind == {number}:", f"        return of_{number}({arguments})"]
    lines.append("    raise ValueError('no such kind of equipment')")
    exec(compile("\n".join(lines), f"<{function} of components>", "exec"), names)
    made: Callable[..., Any] = names["chosen"]
    return made


@overload(component_limits, strict=False)
def _limits(kind: Any, p: Any, s: Any, c: Any) -> Any:
    return _chosen("limits", "p, s, c")


@overload(component_step, strict=False)
def _step(kind: Any, p: Any, s: Any, wish: Any, c: Any, flows: Any) -> Any:
    return _chosen("step", "p, s, wish, c, flows")


@overload(component_outside, strict=False)
def _outside(kind: Any, p: Any, c: Any) -> Any:
    return _chosen("outside", "p, c")


@overload(component_temperatures, strict=False)
def _temperatures(kind: Any, p: Any, s: Any, c: Any, output: Any) -> Any:
    return _chosen("temperatures", "p, s, c, output")
