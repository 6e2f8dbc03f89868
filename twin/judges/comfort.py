"""Comfort of occupied hours: set-points missed (未满足小时数), wide band, PMV (预计平均热感觉指数), humidity.

Unmet hours are counted as in the field: a step counts where somebody is in the zone and its air is colder
than the heating or warmer than the cooling set-point *in force* by more than the tolerance, and it counts
once for the building however many zones are unmet. So do ASHRAE 90.1-2019 appendix G (unmet load hours;
limit 300 h a year, as in pnnl/ruleset-checking-tool, section 19 rule 5) and EnergyPlus ("Facility Heating
Setpoint Not Met While Occupied Time" and so on, 0.2 K by `OutputControl:ReportingTolerances`). EnergyPlus
takes the mean temperature of a step, we that at its end. The set-points are the schedule's: what a
controller shifts or sheds in a call counts as unmet.

The other hours are means over zones weighted by their people, so that an empty store room does not count
and a zone of twenty storeys counts twenty times; the worst zone stands beside. PMV is that of ISO 7730 by
pythermalcomfort, with relative air speed, season's clothing and no limit on inputs; hours outside the
standard's range of inputs are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.judges.factors import data
from twin.judges.subject import Subject
from twin.judges.verdict import Verdict, hold
from twin.market.assumption import UNVERIFIED, Assumption
from twin.market.days import local_times, step_minutes
from weather.errors import TwinError
from weather.psychrometrics import relative_humidity, vapour_pressure

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
STANDARD_PRESSURE_PA = 101325.0
_NEEDED = (
    "temp_air_c",
    "temp_radiant_c",
    "humidity_ratio",
    "people",
    "heating_setpoint_c",
    "cooling_setpoint_c",
)
_PMV_STEPS = (0.5, 0.7, 1.0)
_RH_STEPS = (60.0, 70.0)


@dataclass(frozen=True)
class _Rooms:
    """Arrays of all zones, (n, zones), and the weight of each zone."""

    names: list[str]
    air: FloatArray
    radiant: FloatArray
    humidity: FloatArray
    people: FloatArray
    heating: FloatArray
    cooling: FloatArray
    time_of_day: NDArray[np.int_]
    occupied: BoolArray
    multiplier: FloatArray
    weight: FloatArray
    hours: float

    def mean_hours(self, condition: BoolArray) -> float:
        """Hours in which an occupied zone meets a condition, mean over zones weighted by people."""
        each = (condition & self.occupied).sum(axis=0) * self.hours
        return float((each * self.weight).sum() / self.weight.sum())

    def worst(self, condition: BoolArray) -> dict[str, Any]:
        """Zone in which a condition holds longest."""
        each = (condition & self.occupied).sum(axis=0) * self.hours
        top = int(np.argmax(each))
        return {"zone": self.names[top], "hours": float(each[top])}


def comfort(
    zones: pd.DataFrame, weather: pd.DataFrame, building: Subject
) -> tuple[dict[str, Any] | None, tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Comfort of one building.

    Parameters
    ----------
    zones : DataFrame, shape (n, zones * variables)
        Two column levels, zone and variable.
    weather : DataFrame, shape (n, columns)
        `temp_air` chooses the clothing; `pressure`, where there, turns moisture into humidity.
    building : Subject

    Returns
    -------
    figures : dict or None
        None where nobody is ever in the building.
    verdicts : tuple of Verdict
    assumptions : tuple of Assumption
    """
    facts = data("comfort.yaml")
    rooms = _rooms(zones, building, facts["occupied_from_share"]["value"])
    if rooms is None:
        return None, (_unmet_verdict(None, facts),), ()
    band, said = _band(building, facts)
    tolerance = facts["tolerance_k"]["value"]
    wide = (facts["wide_band"]["heating"], facts["wide_band"]["cooling"])
    operative = 0.5 * (rooms.air + rooms.radiant)  # ISO 7726 at air speeds below 0.2 m/s
    everyone = np.ones_like(rooms.occupied)
    figures: dict[str, Any] = {
        "occupied_hours": rooms.mean_hours(everyone),
        "set_point_band_c": list(band),
        "wide_band_c": list(wide),
        "tolerance_k": tolerance,
    }
    for name, field, limits in (
        ("air_outside_wide", rooms.air, wide),
        ("operative_outside_wide", operative, wide),
    ):
        cold, warm = field < limits[0] - tolerance, field > limits[1] + tolerance
        figures[f"hours_{name}"] = rooms.mean_hours(cold | warm)
        figures[f"hours_{name}_cold"] = rooms.mean_hours(cold)
        figures[f"hours_{name}_warm"] = rooms.mean_hours(warm)
        figures[f"worst_{name}"] = rooms.worst(cold | warm)
    figures |= _unmet(rooms, tolerance)
    more, pmv_said = _sensation(rooms, weather, building, facts)
    figures.update(more)
    verdicts = (
        _unmet_verdict(figures["unmet_hours"], facts),
        _grade_verdict(figures, facts),
    )
    return figures, verdicts, (*said, *pmv_said)


def _rooms(zones: pd.DataFrame, building: Subject, share: float) -> _Rooms | None:
    names = [str(z) for z in zones.columns.unique(0)]
    missing = [f"{z}/{v}" for z in names for v in _NEEDED if (z, v) not in zones.columns]
    if missing or not names:
        raise TwinError(
            f"the zones of {building.name!r} lack {', '.join(missing[:3]) or 'every column'}.",
            f"Comfort needs {', '.join(_NEEDED)} of every zone.",
        )
    assert isinstance(zones.index, pd.DatetimeIndex)
    air, radiant, humidity, people, heating, cooling = (
        np.column_stack([zones[z, v].to_numpy(float) for z in names]) for v in _NEEDED
    )
    occupied = people > share * people.max(axis=0)
    inhabited = occupied.any(axis=0)
    if not inhabited.any():
        return None
    multiplier = np.array([building.zones.get(z, 1) for z in names], dtype=float)
    present = np.where(occupied, people, 0.0).sum(axis=0) / np.maximum(occupied.sum(axis=0), 1)
    keep = np.flatnonzero(inhabited)
    return _Rooms(
        [names[k] for k in keep],
        air[:, keep],
        radiant[:, keep],
        humidity[:, keep],
        people[:, keep],
        heating[:, keep],
        cooling[:, keep],
        np.asarray(local_times(zones.index).hour),
        occupied[:, keep],
        multiplier[keep],
        (multiplier * present)[keep],
        step_minutes(zones.index) / 60.0,
    )


def missed(
    air: FloatArray, people: FloatArray, heating: FloatArray, cooling: FloatArray, tolerance: float
) -> tuple[BoolArray, BoolArray]:
    """Where somebody is in and the set-point in force is missed, too cold and too warm; all of one shape."""
    inhabited = people > 0.0
    return inhabited & (heating - air > tolerance), inhabited & (air - cooling > tolerance)


def _unmet(rooms: _Rooms, tolerance: float) -> dict[str, Any]:
    """Hours in which somebody is in and the set-point in force is missed; NaN set-points cannot be missed."""
    too_cold, too_warm = rooms.heating - rooms.air, rooms.air - rooms.cooling
    cold, warm = missed(rooms.air, rooms.people, rooms.heating, rooms.cooling, tolerance)
    either = cold | warm
    any_zone: BoolArray = np.any(either, axis=1)
    each = either.sum(axis=0) * rooms.hours
    top = int(np.argmax(each))
    off = np.where(cold, too_cold, np.where(warm, too_warm, 0.0))
    return {
        "unmet_hours": float(any_zone.sum() * rooms.hours),
        "unmet_hours_heating": float(cold.any(axis=1).sum() * rooms.hours),
        "unmet_hours_cooling": float(warm.any(axis=1).sum() * rooms.hours),
        "unmet_hours_mean_zone": float((each * rooms.weight).sum() / rooms.weight.sum()),
        "unmet_worst_zone": {"zone": rooms.names[top], "hours": float(each[top])},
        "unmet_furthest_k": float(off.max()),
        "unmet_hours_by_time_of_day": [
            float(any_zone[rooms.time_of_day == hour].sum() * rooms.hours) for hour in range(24)
        ],
    }


def _band(building: Subject, facts: Mapping[str, Any]) -> tuple[tuple[float, float], list[Assumption]]:
    row = facts["bands"].get(building.use, facts["bands"]["other"])
    heating, cooling = building.heating_setpoint_c, building.cooling_setpoint_c
    if heating is not None and cooling is not None:
        return (heating, cooling), []
    band = (
        float(row["heating"] if heating is None else heating),
        float(row["cooling"] if cooling is None else cooling),
    )
    if row["confidence"] not in UNVERIFIED:
        return band, []
    return band, [
        Assumption(
            "comfort.band",
            f"舒适区间按 {band[0]:g}–{band[1]:g} °C 计。",
            f"Comfort is held against {band[0]:g} to {band[1]:g} °C.",
            f"{band[0]:g}-{band[1]:g}",
            "°C",
            row["source"],
            row["confidence"],
            row["source_zh"],
        )
    ]


# --- thermal sensation ----------------------------------------------------------------------------------


def clothing(weather: pd.DataFrame) -> FloatArray:
    """Clothing insulation of each step by season, clo.

    Parameters
    ----------
    weather : DataFrame, shape (n, columns)
        Needs `temp_air`, °C.

    Returns
    -------
    ndarray, shape (n,)
        Summer clothing from a five-day mean of 22 °C outdoors, winter clothing below 10 °C, linear between;
        the mean is that of the day and the four days before it (fewer in the first days).
    """
    rule = data("comfort.yaml")["clothing"]
    assert isinstance(weather.index, pd.DatetimeIndex)
    day = local_times(weather.index).normalize()
    daily = weather["temp_air"].groupby(day).mean()
    running = daily.rolling(rule["days"], min_periods=1).mean()
    outdoors = running.reindex(day).to_numpy(float)
    summer, winter = rule["summer"], rule["winter"]
    levels = [winter["value"], summer["value"]]
    return np.asarray(np.interp(outdoors, [winter["below_c"], summer["from_c"]], levels))


def pmv_ppd(
    air: FloatArray,
    radiant: FloatArray,
    humidity_percent: FloatArray,
    met: float,
    clo: FloatArray,
    speed: float,
) -> tuple[FloatArray, FloatArray]:
    """PMV and PPD of ISO 7730 by pythermalcomfort.

    Parameters
    ----------
    air, radiant : ndarray
        Air and mean radiant temperature, °C.
    humidity_percent : ndarray
        Relative humidity, %.
    met : float
        Metabolic rate, met.
    clo : ndarray
        Clothing, clo.
    speed : float
        Air speed of the room, m/s; the movement of the body is added.

    Returns
    -------
    pmv, ppd : ndarray
        PPD in %.
    """
    from pythermalcomfort.environment import v_relative  # takes over a second to import
    from pythermalcomfort.models import pmv_ppd_iso

    result = pmv_ppd_iso(
        tdb=air,
        tr=radiant,
        vr=v_relative(speed, met),
        rh=humidity_percent,
        met=met,
        clo=clo,
        limit_inputs=False,
        round_output=False,
    )
    return np.asarray(result.pmv, float), np.asarray(result.ppd, float)


def _sensation(
    rooms: _Rooms, weather: pd.DataFrame, building: Subject, facts: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Assumption]]:
    known_pressure = "pressure" in weather
    pressure = (
        weather["pressure"].to_numpy(float) if known_pressure else np.full(len(weather), STANDARD_PRESSURE_PA)
    )
    where = np.nonzero(rooms.occupied)
    air, radiant = rooms.air[where], rooms.radiant[where]
    moisture, at = rooms.humidity[where], pressure[where[0]]
    humidity = relative_humidity(air, moisture, at)
    met_row = facts["metabolic_rate"].get(building.use, facts["metabolic_rate"]["other"])
    speed = facts["air_speed"]["value"]
    vote, dissatisfied = pmv_ppd(air, radiant, humidity, met_row["value"], clothing(weather)[where[0]], speed)
    beyond = (
        (air < 10) | (air > 30) | (radiant < 10) | (radiant > 40)
        | (vapour_pressure(moisture, at) > 2700) | (np.abs(vote) > 2)
    )  # fmt: skip

    def hours(condition: BoolArray) -> float:
        whole = np.zeros_like(rooms.occupied)
        whole[where] = condition
        return rooms.mean_hours(whole)

    heads = (rooms.people * rooms.multiplier)[where]
    grade_1, grade_2 = (facts["grades"][g]["value"] for g in ("grade_1", "grade_2"))
    occupied = rooms.mean_hours(np.ones_like(rooms.occupied))
    figures: dict[str, Any] = {
        **{f"hours_pmv_beyond_{limit:g}": hours(np.abs(vote) > limit) for limit in _PMV_STEPS},
        "hours_pmv_below_-0.5": hours(vote < -0.5),
        "hours_pmv_above_0.5": hours(vote > 0.5),
        **{f"hours_rh_above_{limit:.0f}": hours(humidity > limit) for limit in _RH_STEPS},
        "pmv_mean": float(np.average(vote, weights=heads)),
        "ppd_mean_percent": float(np.average(dissatisfied, weights=heads)),
        "share_grade_1": hours(np.abs(vote) <= grade_1) / occupied,
        "share_grade_2": hours((np.abs(vote) > grade_1) & (np.abs(vote) <= grade_2)) / occupied,
        "share_grade_3": hours(np.abs(vote) > grade_2) / occupied,
        "hours_beyond_iso_7730": hours(beyond),
        "met": met_row["value"],
        "air_speed_m_s": speed,
        "clo_summer_winter": [facts["clothing"]["summer"]["value"], facts["clothing"]["winter"]["value"]],
    }
    return figures, list(_sensation_assumptions(facts, met_row, known_pressure))


def _sensation_assumptions(
    facts: Mapping[str, Any], met_row: Mapping[str, Any], known_pressure: bool
) -> list[Assumption]:
    summer, winter = facts["clothing"]["summer"], facts["clothing"]["winter"]
    clo = f"{summer['value']:g}/{winter['value']:g}"
    said = [
        Assumption(
            "comfort.clothing",
            f"服装热阻：五日均温 ≥{summer['from_c']} °C 取 {summer['value']:g} clo，"
            f"<{winter['below_c']} °C 取 {winter['value']:g} clo，其间线性插值。",
            f"Clothing {summer['value']:g} clo from a five-day mean of {summer['from_c']} °C, "
            f"{winter['value']:g} clo below {winter['below_c']} °C, linear between.",
            clo,
            "clo",
            summer["source"],
            summer["confidence"],
            summer["source_zh"],
        ),
        Assumption(
            "comfort.metabolic_rate",
            f"代谢率 {met_row['value']:g} met。",
            f"Metabolic rate {met_row['value']:g} met.",
            met_row["value"],
            "met",
            met_row["source"],
            met_row["confidence"],
            met_row["source_zh"],
        ),
        Assumption(
            "comfort.air_speed",
            f"室内风速 {facts['air_speed']['value']:g} m/s。",
            f"Room air speed {facts['air_speed']['value']:g} m/s.",
            facts["air_speed"]["value"],
            "m/s",
            facts["air_speed"]["source"],
            facts["air_speed"]["confidence"],
            facts["air_speed"]["source_zh"],
        ),
    ]
    if not known_pressure:
        said.append(
            Assumption(
                "comfort.pressure",
                "气象数据无气压，湿度按标准大气压计算。",
                "The weather carries no pressure; humidity is computed at the standard atmosphere.",
                STANDARD_PRESSURE_PA,
                "Pa",
                "standard atmosphere",
                "assumed",
                "标准大气压",
            )
        )
    return said


# --- verdicts -------------------------------------------------------------------------------------------


def _unmet_verdict(hours: float | None, facts: Mapping[str, Any]) -> Verdict:
    row = facts["unmet_hours"]
    return hold(
        "comfort.unmet_hours",
        "使用时段任一区室温未达设定值的小时数",
        "Occupied hours in which any zone misses its set-point",
        hours,
        "<=",
        row["value"],
        unit="h",
        source=row["source"],
        source_zh=row["source_zh"],
        confidence=row["confidence"],
        note="" if hours is not None else "nobody is ever in the building",
        note_zh="" if hours is not None else "建筑内始终无人",
    )


def _grade_verdict(figures: Mapping[str, Any], facts: Mapping[str, Any]) -> Verdict:
    row = facts["grades"]["grade_2"]
    return hold(
        "comfort.grades",
        "I、II 级热湿环境时间占比",
        "Share of occupied hours in grades I and II",
        figures["share_grade_1"] + figures["share_grade_2"],
        ">=",
        None,
        unit="-",
        source=row["source"],
        source_zh=row["source_zh"],
        confidence=row["confidence"],
        note="the standard grades a state; a share of the year that must reach a grade is not known",
        note_zh="该标准只对状态分级；全年应有多大比例达到某级，未知",
    )
