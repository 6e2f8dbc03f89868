"""Columns of a Run by one short key each, for whoever draws or exports single series.

office/pv_kw                 a variable of a building
office/north 3/temp_air_c    a variable of a zone of it
@all/grid_import_kw          the sum over all buildings
@weather/temp_air            the weather that drove the march
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.report.reading import table_of
from twin.store import Run
from twin.variables import REGISTRY, Scope, Variable
from weather.errors import TwinError

ALL, WEATHER = "@all", "@weather"
"""No building is called so: names of buildings begin with a letter, a digit or '_'."""


@dataclass(frozen=True)
class Columns:
    """What a Run holds.

    Parameters
    ----------
    buildings : dict of str to tuple of str
        Variables of each building; `ALL` first where there are several.
    zones : dict of str to tuple of str
        Zones of each building.
    of_zones : tuple of str
        Variables that zones have.
    weather : tuple of str
    """

    buildings: Mapping[str, tuple[str, ...]]
    zones: Mapping[str, tuple[str, ...]]
    of_zones: tuple[str, ...]
    weather: tuple[str, ...]


def columns_of(run: Run) -> Columns:
    """Columns of a Run that are in the registry and hold anything at all."""
    buildings = {name: _told(table, "building") for name, table in run.series.items()}
    if len(buildings) > 1:
        buildings = {ALL: _told(table_of(run), "building")} | buildings
    zones = {name: tuple(str(zone) for zone in table.columns.unique(0)) for name, table in run.zones.items()}
    held = {str(name) for table in run.zones.values() for name in table.columns.unique(1)}
    of_zones = tuple(name for name in REGISTRY["zone"] if name in held)
    return Columns(buildings, zones, of_zones, _told(run.weather, "weather"))


def _told(table: pd.DataFrame, scope: Scope) -> tuple[str, ...]:
    return tuple(name for name in REGISTRY[scope] if name in table and not table[name].isna().all())


def column(run: Run, key: str) -> tuple[Variable, NDArray[np.float64]]:
    """A column by its key.

    Parameters
    ----------
    run : Run
    key : str
        As above.

    Returns
    -------
    Variable
    ndarray, shape (n,)
        In the variable's unit; NaN where there is none.

    Raises
    ------
    TwinError
        No such column.
    """
    place, _, rest = key.partition("/")
    zone, _, name = rest.rpartition("/")
    scope: Scope = "zone" if zone else "weather" if place == WEATHER else "building"
    known = REGISTRY[scope].get(name)
    values = None if known is None else _values(run, scope, place, zone, name)
    if known is None or values is None:
        raise TwinError(
            f"the Run has no column {key[:120]!r}.",
            "Columns are BUILDING/VARIABLE, BUILDING/ZONE/VARIABLE, @all/VARIABLE or @weather/VARIABLE.",
            key=name[:60],
        )
    return known, values


def _values(run: Run, scope: Scope, place: str, zone: str, name: str) -> NDArray[np.float64] | None:
    if scope == "weather":
        table = run.weather
    elif scope == "zone":
        table = run.zones.get(place, pd.DataFrame())
        return table[zone, name].to_numpy(float) if (zone, name) in table else None
    elif place == ALL:
        table = table_of(run)
    else:
        table = run.series.get(place, pd.DataFrame())
    return table[name].to_numpy(float) if name in table else None
