"""Hours of use (使用时间) of lights and plugs, learnt from the electricity of the months that are fitted.

A standard's timetable ends in the evening and dips at noon; a real building has a base that never stops and
hours of its own. No factor on the standard's powers makes up for that, so the shape itself is taken from the
meter: what is measured is the use, one figure for each hour of workdays and of rest days, and a factor on
what else the march tells (machines, pumps, fans; photovoltaics less). The figures follow by least squares
within bounds [1], on hours of the fitted months only, in rounds, since the use warms the rooms that the
machines cool. Lights and plugs share the shape, by their installed powers as described.

What the description does not have is booked as use as well: a machine that runs at night, where its timetable
has it off, becomes a load among the plugs that warms the rooms. The bill is then right; the saving of a
measure on that machine would not be.

References
----------
.. [1] Stark and Parker, Bounded-variable least squares, Computational Statistics 10 (1995) 129 (scipy).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from buildings.description.calendar import DayTypes
from buildings.description.complete import CompleteZone
from buildings.description.schema import GainOverrides, GainSchedules, Project, Schedule, Zone
from buildings.retrofit.base import Base, base_of
from buildings.retrofit.draft import own_name
from twin.calibration.parameters import setting
from twin.calibration.simulated import Shared, march_variant
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_WHOLE = ("net_import_kw", "grid_import_kw")
_USE = ("lighting_kw", "equipment_kw")


@dataclass(frozen=True)
class HoursOfUse:
    """What was learnt.

    Attributes
    ----------
    workday, rest_day : ndarray, shape (24,)
        Lights and plugs [kW].
    machines : float
        Factor on what the march tells of all else [1].
    """

    workday: FloatArray
    rest_day: FloatArray
    machines: float


def with_hours_of_use(shared: Shared, fitted: pd.DataFrame) -> tuple[Project, HoursOfUse]:
    """The project with timetables of lights and plugs as measured.

    Parameters
    ----------
    shared : Shared
        The project as described.
    fitted : DataFrame, shape (n, series)
        On the hours of the march, NaN where an hour is not measured or not fitted.

    Raises
    ------
    TwinError
        No meter of the whole building, a project that cannot be marched, an hour that was never measured.
    """
    whole = next((name for name in _WHOLE if name in fitted), None)
    if whole is None:
        given = ", ".join(map(str, fitted))
        raise TwinError(
            f"hours of use are learnt from the whole building's electricity, not from {given}.",
            "Map the meter of the building, or leave out --hours-of-use.",
            key="--hours-of-use",
            zh=("使用时间要从全楼总电表学习，而计量中没有总表。", "请映射总电表，或去掉 --hours-of-use。"),
        )
    times = pd.DatetimeIndex(fitted.index)
    rest = ~DayTypes((), shared.project.calendar).is_workday(times)
    kind = np.where(rest, 24, 0) + times.hour.to_numpy()
    project = shared.project
    found: HoursOfUse | None = None
    for _ in range(int(setting("hours_of_use", "rounds"))):
        told = march_variant(replace(shared, project=project, series=(whole, *_USE)), {})
        if "refused" in told:
            raise TwinError(
                f"no variant can be marched: {told['refused']}", "Look at the project by `twin run`."
            )
        series = told["series"]
        found = _learnt(fitted[whole].to_numpy(float), series[:, 0] - series[:, 1:].sum(axis=1), kind)
        project = _used(shared.project, found)
    assert found is not None
    return project, found


def _learnt(measured: FloatArray, machines: FloatArray, kind: NDArray[np.int_]) -> HoursOfUse:
    known = np.isfinite(measured) & np.isfinite(machines)
    missing = sorted(set(range(48)) - set(np.unique(kind[known]).tolist()))
    if missing:
        day, hour = divmod(missing[0], 24)
        name, zh = (("workdays", "工作日"), ("rest days", "休息日"))[day]
        raise TwinError(
            f"hour {hour} of {name} was never measured in the months that are fitted.",
            "Measure longer, hold out other months, or leave out --hours-of-use.",
            key="--hours-of-use",
            zh=(f"拟合月份中{zh} {hour} 时从未有计量。", "请加长计量、保留其他月份，或去掉 --hours-of-use。"),
        )
    matrix = np.zeros((int(known.sum()), 49))
    matrix[np.arange(len(matrix)), kind[known]] = 1.0
    matrix[:, 48] = machines[known]
    least, most = setting("hours_of_use", "least_machines"), setting("hours_of_use", "most_machines")
    low, high = np.zeros(49), np.full(49, np.inf)
    low[48], high[48] = least, most
    figures = lsq_linear(matrix, measured[known], (low, high), method="bvls").x
    return HoursOfUse(figures[:24], figures[24:48], float(figures[48]))


def _used(project: Project, found: HoursOfUse) -> Project:
    """The project whose lights and plugs follow the figures in every zone."""
    base = base_of(project.buildings[0])
    building = base.building
    top = float(max(found.workday.max(), found.rest_day.max()))
    factor = 1e3 * top / _installed_w(base)
    share = max(top, 1e-9)
    key = own_name("measured hours of use", building.schedules)
    schedule = Schedule(
        workday=tuple(round(float(value / share), 4) for value in found.workday),
        rest_day=tuple(round(float(value / share), 4) for value in found.rest_day),
    )
    zones = tuple(_zone(zone, base.zones[zone.name], factor, key) for zone in building.zones)
    made = building.model_copy(update={"zones": zones, "schedules": {**building.schedules, key: schedule}})
    return project.model_copy(update={"buildings": (made,)})


def _installed_w(base: Base) -> float:
    return sum(
        (zone.gains.lighting_power + zone.gains.equipment_power) * zone.floor_area * zone.multiplier
        for zone in base.zones.values()
    )


def _zone(zone: Zone, done: CompleteZone, factor: float, key: str) -> Zone:
    written = zone.gains.model_dump(exclude_unset=True)
    schedules = {**zone.gains.schedules.model_dump(exclude_unset=True), "lighting": key, "equipment": key}
    written |= {
        "lighting_power": done.gains.lighting_power * factor,
        "equipment_power": done.gains.equipment_power * factor,
        "equipment_base_fraction": 0.0,
        "schedules": GainSchedules.model_validate(schedules),
    }
    return zone.model_copy(update={"gains": GainOverrides.model_validate(written)})


def unlike(measured: FloatArray, modelled: FloatArray, kind: NDArray[np.int_]) -> float:
    """How far apart the mean days lie: root mean square by kind of hour over the mean that was measured [1].

    Parameters
    ----------
    measured, modelled : ndarray, shape (n,)
        NaN where nothing was measured or the hour is not fitted.
    kind : ndarray of int, shape (n,)
        Kind of each hour, such as its hour of the week.
    """
    known = np.isfinite(measured)
    off = (measured - modelled)[known]
    count = np.bincount(kind[known])
    mean = np.bincount(kind[known], off) / np.maximum(count, 1)
    spread = float(np.sqrt((mean**2 * count).sum() / max(count.sum(), 1)))
    return spread / max(abs(float(measured[known].mean())), 1e-9)
