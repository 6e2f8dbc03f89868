"""From a Run's tables to the arrays that indicators read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from buildings.library.data_text import read_data
from buildings.systems.records import read_library
from twin.judges.kpis.arrays import BoolArray, FloatArray
from twin.judges.kpis.comfort import Rooms
from twin.market.days import local_times, step_minutes
from twin.market.tariff import Period, load_tariff, prices
from twin.store import Run
from twin.variables import END_USES

HVAC = ("cooling_kw", "heating_kw", "fans_kw", "pumps_kw", "fresh_air_kw")
CRITICAL = ("lighting_kw", "equipment_kw")
"""What islanding endurance takes as critical (assumed; a Run stores no classes of priority)."""


@dataclass(frozen=True)
class Columns:
    """Columns of one building, shape (n,); powers in kW."""

    times: pd.DatetimeIndex
    step_h: float
    table: Mapping[str, FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        return self.table[name]

    def total(self, *names: str) -> FloatArray:
        """Sum of columns."""
        return np.asarray(np.sum([self.table[name] for name in names], axis=0))

    @property
    def imported(self) -> FloatArray:
        """Bought from the grid."""
        return self.table["grid_import_kw"]

    @property
    def exported(self) -> FloatArray:
        """Fed into the grid."""
        return self.table["grid_export_kw"]

    @property
    def net(self) -> FloatArray:
        """Import minus export."""
        return self.imported - self.exported

    @property
    def gross_load(self) -> FloatArray:
        """End uses and vehicles."""
        return self.total(*END_USES, "ev_charge_kw")

    @property
    def load(self) -> FloatArray:
        """All that takes power but storage: end uses, vehicles, losses of conversion."""
        return self.total(*END_USES, "ev_charge_kw", "conversion_loss_kw")

    @property
    def stored(self) -> FloatArray:
        """Growth of the energy in the battery."""
        return self["battery_charge_kw"] - self["battery_discharge_kw"] - self["battery_loss_kw"]


def facts_of(run: Run) -> dict[str, dict[str, Any]]:
    """Facts of every building in the manifest, with the limits of its battery as the project has them."""
    found = {name: dict(facts) for name, facts in (run.manifest.get("buildings") or {}).items()}
    project = read_data(run.project)
    described = project.get("buildings") if isinstance(project, dict) else None
    for building in described or ():
        battery = building.get("battery")
        if building.get("name") in found and battery is not None and {"soc_min", "soc_max"} <= set(battery):
            found[building["name"]]["battery_soc_limits"] = [battery["soc_min"], battery["soc_max"]]
    return found


def columns(series: pd.DataFrame) -> Columns:
    """Columns of a building's series as arrays."""
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    table = {str(name): series[name].to_numpy(float) for name in series.columns}
    return Columns(times, step_minutes(times) / 60.0, table)


def rooms(zones: pd.DataFrame | None, facts: Mapping[str, Any], *, operative: bool = False) -> Rooms | None:
    """Zones that have a set-point at any time.

    Parameters
    ----------
    zones : DataFrame, shape (n, zones * variables), optional
    facts : mapping
        Of the building in the manifest.
    operative : bool
        Judge the operative instead of the air temperature.
    """
    if zones is None:
        return None
    tables: list[list[FloatArray]] = []
    multipliers = []
    for zone in zones.columns.unique(0):
        heating, cooling, people, air, radiant = (
            zones[zone, name].to_numpy(float)
            for name in (
                "heating_setpoint_c",
                "cooling_setpoint_c",
                "people",
                "temp_air_c",
                "temp_radiant_c",
            )
        )
        if np.isnan(heating).all() and np.isnan(cooling).all():
            continue
        tables.append([0.5 * (air + radiant) if operative else air, heating, cooling, people])
        known = (facts.get("zones") or {}).get(zone) or {}
        multipliers.append(float(known.get("multiplier", 1)))
    if not tables:
        return None
    temp, heating, cooling, people = (np.column_stack([t[k] for t in tables]) for k in range(4))
    return Rooms(temp, heating, cooling, people, np.array(multipliers))


def price_classes(tariff: str, times: pd.DatetimeIndex) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Steps of low, medium and high price by the tariff's periods (谷、平、峰)."""
    code = prices(load_tariff(tariff), times).period
    low, high = ([Period.valley, Period.deep_valley], [Period.peak, Period.super_peak])
    return np.isin(code, low), code == Period.flat, np.isin(code, high)


@dataclass(frozen=True)
class Store:
    """A building's battery."""

    capacity_kwh: float
    soc_min: float
    soc_max: float
    discharge_efficiency: float
    note: str


def store(built: Columns, facts: Mapping[str, Any]) -> Store | None:
    """The battery with its limits, and the efficiency that it had in this Run.

    The efficiency of discharging is the root of what it gave over what it took, the change of its energy
    taken off; standby is in it. A Run without the described limits has those of the product.
    """
    capacity, product = facts.get("battery_capacity_kwh"), facts.get("battery")
    if not capacity or not product:
        return None
    limits = facts.get("battery_soc_limits")
    if limits is None:
        entry = read_library("batteries")[product]
        limits = entry["soc_min"], entry["soc_max"]
    given = float(built["battery_discharge_kw"].sum())
    taken = float(built["battery_charge_kw"].sum() - built.stored.sum())
    worked = given > 0.0 and taken > 0.0
    efficiency = min(float(np.sqrt(given / taken)), 1.0) if worked else 1.0
    note = (
        f"discharge efficiency {efficiency:.3f} as in this Run"
        if worked
        else "the battery did not work in this Run; no losses counted"
    )
    return Store(float(capacity), float(limits[0]), float(limits[1]), efficiency, note)


def whole_days_around(
    times: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[int, int, int, int]:
    """First step and end of an event, and steps from its midnight and to the end of the next day."""
    day = local_times(pd.DatetimeIndex([start]))[0].normalize()
    marks = (start, end, day, day + pd.Timedelta(days=2))
    first, stop, morning, last = (int(times.searchsorted(mark)) for mark in marks)
    return first, stop, first - morning, last - stop
