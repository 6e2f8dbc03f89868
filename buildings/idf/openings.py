"""Ventilation through openings as a project's natural ventilation: an opening or a flow, and conditions.

EnergyPlus knows five limits of temperature, a project four of them. A zone has one opening or one constant
flow: several of them, and flows that wind and temperature change by coefficients, become their mean over the
hours of the weather in which the limits allow it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.idf.constructions import significant
from buildings.idf.model import Model, Record
from buildings.idf.schedules import DAYS, Schedules, Values
from buildings.idf.shapes import Space
from buildings.idf.streams import Stream, together

_GRAVITY = 9.81
_NEVER = {
    "Minimum_Indoor_Temperature": -100.0,
    "Maximum_Indoor_Temperature": 100.0,
    "Delta_Temperature": -100.0,
    "Minimum_Outdoor_Temperature": -100.0,
    "Maximum_Outdoor_Temperature": 100.0,
}
_BINDS = 60.0
# Wind profile over terrain, exponent and boundary layer [m] (ASHRAE Fundamentals; EnergyPlus' terrains), and
# of the weather station over open country at 10 m.
_PROFILES = {
    "COUNTRY": (0.14, 270.0),
    "SUBURBS": (0.22, 370.0),
    "CITY": (0.33, 460.0),
    "OCEAN": (0.10, 210.0),
}
_STATION = (270.0 / 10.0) ** 0.14


@dataclass(frozen=True)
class Outdoors:
    """Hourly outdoor air of the year that the twin lives through: [degC], [m/s] at 10 m, (8760,)."""

    temp: NDArray[np.float64]
    wind: NDArray[np.float64]


MILD = Outdoors(np.full(DAYS * 24, 18.0), np.full(DAYS * 24, 3.0))
"""Stands in where no weather is given; assumed."""


def local_wind(wind: NDArray[np.float64], height: float, terrain: str) -> NDArray[np.float64]:
    """Wind at a height over a terrain from that of the weather station [m/s]."""
    exponent, layer = _PROFILES.get(terrain.upper(), _PROFILES["SUBURBS"])
    return np.asarray(wind * _STATION * (max(height, 0.0) / layer) ** exponent)


class Openings:
    """Writes the natural ventilation of zones."""

    def __init__(
        self, model: Model, schedules: Schedules, outdoors: Outdoors, room_temperature: Mapping[str, float]
    ) -> None:
        self.model, self.schedules, self.outdoors = model, schedules, outdoors
        self.room_temperature = room_temperature
        building = model.first("BUILDING")
        self.terrain = building.text("Terrain", "Suburbs") if building is not None else "Suburbs"

    def conditional(self, record: Record) -> bool:
        """Whether a temperature that a project can say holds a ventilation back."""
        return bool(_conditions(self._limits(record)))

    def written(
        self, space: Space, designed: Sequence[tuple[Record, tuple[float, ...], Values]], add_schedule: Any
    ) -> dict[str, Any]:
        """Natural ventilation of a zone from its objects; empty where none lets air in.

        Parameters
        ----------
        space : Space
        designed : sequence
            Object, flow terms (constant, per K, per m/s, per m2/s2) [m3/s] and schedule of each; terms are
            empty for an opening by area, which is computed here.
        """
        if len(designed) == 1 and not designed[0][1]:
            return self._opening(designed[0][0], designed[0][2], add_schedule)
        flows = []
        for record, terms, values in designed:
            limits = self._limits(record)
            flows.append((limits, self._mean_flow(record, terms, limits, space), values))
        flows = [one for one in flows if one[1] > 0.0 and one[2].any()]
        course = together([Stream(mean, values) for _, mean, values in flows])
        if course is None:
            return {}
        fields: dict[str, Any] = {"air_changes": significant(3600.0 * course.peak / space.volume)}
        if np.ptp(course.values) > 0.0:
            fields["schedule"] = add_schedule("open", course.values)
        if len(flows) > 1:
            self.model.notes.add(
                "nearest", "ventilation", f"zone '{space.name}': {len(flows)} ventilations as one"
            )
        return {**fields, **_conditions(flows[0][0])}

    def _opening(self, record: Record, values: Values, add_schedule: Any) -> dict[str, Any]:
        """One opening by area, as it is written."""
        area = record.number("Opening_Area", 0.0)
        if area <= 0.0 or not values.any():
            return {}
        opening = {"area": area, "azimuth": record.number("Effective_Angle", 0.0)}
        for key, name in (
            ("effectiveness", "Opening_Effectiveness"),
            ("discharge", "Discharge_Coefficient_for_Opening"),
        ):
            if record.given(name):
                opening[key] = record.number(name)
        if (height := record.number("Height_Difference", 0.0)) > 0.0:
            opening["height"] = height
        fields: dict[str, Any] = {"opening": opening}
        if np.ptp(values) > 0.0 or values.flat[0] != 1.0:
            fields["schedule"] = add_schedule("open", values)
        return {**fields, **_conditions(self._limits(record))}

    def _limits(self, record: Record) -> dict[str, float]:
        limits = {name: self._limit(record, name) for name in _NEVER}
        if limits["Maximum_Indoor_Temperature"] < _BINDS:
            self.model.notes.add("left aside", "ventilation", "highest indoor temperature for opening")
        return limits

    def _mean_flow(
        self, record: Record, terms: tuple[float, ...], limits: Mapping[str, float], space: Space
    ) -> float:
        """Mean flow while the limits of the outdoor air allow it [m3/s]."""
        temp = self.outdoors.temp
        wind = local_wind(self.outdoors.wind, space.floor_height + 1.5, self.terrain)
        room = self.room_temperature.get(space.name.upper(), 23.0)
        difference = np.abs(room - temp)
        if terms:
            a, b, c, d = terms
            flow = a + b * difference + c * wind + d * wind**2
            if b or c or d:
                self.model.notes.add(
                    "nearest", "ventilation", "flow by wind and temperature as its mean over the year's hours"
                )
        else:
            flow = _through_area(record, wind, difference, room)
            self.model.notes.add(
                "nearest",
                "ventilation",
                "several openings driven by wind and stack as their mean flow while they may open",
            )
        may = (temp >= limits["Minimum_Outdoor_Temperature"]) & (
            temp <= limits["Maximum_Outdoor_Temperature"]
        )
        return float(flow[may].mean()) if may.any() else 0.0

    def _limit(self, record: Record, name: str) -> float:
        schedule = record.text(f"{name}_Schedule_Name")
        if not schedule:
            return record.number(name, _NEVER[name])
        values = self.schedules.values(schedule, record)
        if np.ptp(values) > 0.0:
            self.model.notes.add(
                "nearest", "ventilation", f"{name.replace('_', ' ').lower()} as its yearly mean"
            )
        return float(values.mean())


def _through_area(
    record: Record, wind: NDArray[np.float64], difference: NDArray[np.float64], room: float
) -> NDArray[np.float64]:
    """Flow through an opening by wind and stack [m3/s] (ASHRAE Fundamentals, as EnergyPlus).

    Without an effectiveness of its own the wind counts with the mean over all directions, 0.425.
    """
    area = record.number("Opening_Area", 0.0)
    by_wind = record.number("Opening_Effectiveness", 0.425) * area * wind
    discharge: Any = 0.40 + 0.0045 * difference
    if record.given("Discharge_Coefficient_for_Opening"):
        discharge = record.number("Discharge_Coefficient_for_Opening")
    height = record.number("Height_Difference", 0.0)
    by_stack = discharge * area * np.sqrt(2.0 * _GRAVITY * height * difference / (room + 273.15))
    return np.asarray(np.hypot(by_wind, by_stack))


def _conditions(limits: Mapping[str, float]) -> dict[str, float]:
    """Limits that a project holds; those that never bind are left out."""
    fields: dict[str, float] = {}
    if limits["Minimum_Indoor_Temperature"] > -10.0:
        fields["minimum_indoor_temperature"] = min(limits["Minimum_Indoor_Temperature"], 45.0)
    if limits["Maximum_Outdoor_Temperature"] < _BINDS:
        fields["maximum_outdoor_temperature"] = limits["Maximum_Outdoor_Temperature"]
    if limits["Minimum_Outdoor_Temperature"] > -_BINDS:
        fields["minimum_outdoor_temperature"] = limits["Minimum_Outdoor_Temperature"]
    if limits["Delta_Temperature"] > -50.0:
        fields["delta_temperature"] = limits["Delta_Temperature"]
    return fields
