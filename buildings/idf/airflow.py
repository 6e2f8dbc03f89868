"""Outdoor air and air between zones: infiltration, open windows, mixing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from buildings.idf.constructions import significant
from buildings.idf.gains import target
from buildings.idf.model import Model, Record
from buildings.idf.openings import Openings
from buildings.idf.schedules import Schedules, Values
from buildings.idf.shapes import Space
from buildings.idf.streams import Stream, together
from buildings.idf.zone_lists import ZoneLists

AddSchedule = Callable[[str, Values], str]
_COEFFICIENTS = (
    "Constant_Term_Coefficient",
    "Temperature_Term_Coefficient",
    "Velocity_Term_Coefficient",
    "Velocity_Squared_Term_Coefficient",
)
_TERMS = ("constant", "temperature", "wind", "wind_squared")
_TYPICAL_WIND, _TYPICAL_DIFFERENCE = 2.5, 12.0
"""Wind at a facade [m/s] and temperature difference [K] where one term must stand for another; assumed."""
_MOST_CHANGES = 20.0


@dataclass(frozen=True)
class Leak:
    """Design flow [m3/s] times coefficients (A, B, C, D), times a schedule."""

    terms: tuple[float, float, float, float]
    values: Values

    @property
    def constant(self) -> bool:
        """Whether neither wind nor temperature matters."""
        return not any(self.terms[1:])

    @property
    def typical(self) -> float:
        """Flow on a typical day [m3/s]."""
        a, b, c, d = self.terms
        return a + b * _TYPICAL_DIFFERENCE + c * _TYPICAL_WIND + d * _TYPICAL_WIND**2


class Airflow:
    """Infiltration, natural ventilation and exchange of every zone."""

    def __init__(self, model: Model, schedules: Schedules, lists: ZoneLists, openings: Openings) -> None:
        self.model, self.schedules, self.lists, self.openings = model, schedules, lists, openings
        self._infiltration = self._by_zone("ZONEINFILTRATION:DESIGNFLOWRATE")
        self._stack = self._by_zone(
            "ZONEINFILTRATION:EFFECTIVELEAKAGEAREA", "ZONEINFILTRATION:FLOWCOEFFICIENT"
        )
        self._ventilation = self._by_zone("ZONEVENTILATION:DESIGNFLOWRATE")
        self._by_area = self._by_zone("ZONEVENTILATION:WINDANDSTACKOPENAREA")

    def _by_zone(self, *kinds: str) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.model.all(*kinds):
            for zone in self.lists.zones(target(record), record):
                found.setdefault(zone, []).append(record)
        return found

    def of(self, space: Space, heads: float, add_schedule: AddSchedule) -> dict[str, Any]:
        """Fields of a zone for its outdoor air."""
        key = space.name.upper()
        # Ventilation that nothing holds back is infiltration by another name.
        records = [
            *self._infiltration.get(key, []),
            *(r for r in self._ventilation.get(key, []) if not self.openings.conditional(r)),
        ]
        leaks = [self._leak(record, space, heads) for record in records]
        if self._stack.get(key):
            self.model.notes.add(
                "left aside", "infiltration", "infiltration by leakage area or flow coefficient"
            )
        groups = _grouped([leak for leak in leaks if any(leak.terms) and leak.values.any()])
        open_air = self._natural(space, heads, add_schedule)
        fields: dict[str, Any] = {"infiltration": 0.0}
        steady = [leak for leak in groups if leak.constant]
        if len(groups) > 1 and steady and "natural_ventilation" not in open_air:
            # A constant flow with a schedule of its own is what an always open window is.
            one = max(steady, key=lambda leak: leak.terms[0] * leak.values.max())
            groups.remove(one)
            open_air = self._as_ventilation(one, space, add_schedule)
        if len(groups) > 1:
            groups = [self._merged(groups, space)]
        if groups:
            fields |= self._infiltration_fields(groups[0], space, add_schedule)
        return {**fields, **open_air}

    # --- infiltration ----------------------------------------------------------------------------------

    def _leak(self, record: Record, space: Space, heads: float) -> Leak:
        flow = _design_flow(record, space, heads)
        defaults = (1.0, 0.0, 0.0, 0.0)
        a, b, c, d = (
            flow * record.number(name, default) for name, default in zip(_COEFFICIENTS, defaults, strict=True)
        )
        return Leak((a, b, c, d), self.schedules.values(record.text("Schedule_Name"), record))

    def _infiltration_fields(self, leak: Leak, space: Space, add_schedule: AddSchedule) -> dict[str, Any]:
        peak = float(leak.values.max())
        reference = leak.terms[0] if leak.constant else leak.typical
        changes = 3600.0 * peak * reference / space.volume
        if changes > _MOST_CHANGES:
            self.model.notes.add(
                "nearest",
                "infiltration",
                f"zone '{space.name}': {changes:.1f} 1/h limited to {_MOST_CHANGES:g}",
            )
            changes = _MOST_CHANGES
        fields: dict[str, Any] = {"infiltration": significant(changes)}
        if not leak.constant:
            fields["infiltration_coefficients"] = {
                name: significant(term / reference) for name, term in zip(_TERMS, leak.terms, strict=True)
            }
        if np.ptp(leak.values) > 0.0:
            fields["infiltration_schedule"] = add_schedule("infiltration", leak.values / peak)
        return fields

    def _merged(self, leaks: list[Leak], space: Space) -> Leak:
        """Leaks with different schedules as one: mean terms, the course in time of a typical day."""
        course = together([Stream(leak.typical, leak.values) for leak in leaks])
        weights = [float(leak.values.mean()) for leak in leaks]
        a, b, c, d = (
            sum(w * leak.terms[k] for w, leak in zip(weights, leaks, strict=True)) for k in range(4)
        )
        mean = Leak((a, b, c, d), leaks[0].values)
        self.model.notes.add(
            "nearest",
            "infiltration",
            f"zone '{space.name}': {len(leaks)} infiltrations with different schedules",
        )
        if course is None:
            return mean
        scale = course.peak / mean.typical
        return Leak((a * scale, b * scale, c * scale, d * scale), course.values)

    def _as_ventilation(self, leak: Leak, space: Space, add_schedule: AddSchedule) -> dict[str, Any]:
        peak = float(leak.values.max())
        fields: dict[str, Any] = {"air_changes": significant(3600.0 * peak * leak.terms[0] / space.volume)}
        if np.ptp(leak.values) > 0.0:
            fields["schedule"] = add_schedule("open", leak.values / peak)
        return {"natural_ventilation": fields}

    # --- ventilation -----------------------------------------------------------------------------------

    def _natural(self, space: Space, heads: float, add_schedule: AddSchedule) -> dict[str, Any]:
        """Ventilation under conditions, and through openings by area."""
        key = space.name.upper()
        designed: list[tuple[Record, tuple[float, ...], Values]] = []
        for record in self._ventilation.get(key, []):
            if self.openings.conditional(record):
                leak = self._leak(record, space, heads)
                designed.append((record, leak.terms, leak.values))
        for record in self._by_area.get(key, []):
            name = record.text("Opening_Area_Fraction_Schedule_Name")
            designed.append((record, (), self.schedules.values(name, record)))
        fields = self.openings.written(space, designed, add_schedule)
        return {"natural_ventilation": fields} if fields else {}

    # --- between zones ---------------------------------------------------------------------------------

    def exchanges(
        self, spaces: list[Space], name_of: Callable[[str], str], add: AddSchedule
    ) -> list[dict[str, Any]]:
        """Air that zones swap; what flows one way only warms where it arrives and is left aside."""
        found = [
            self._exchange(here, there, flow, values, name_of, add)
            for _, here, there, flow, values in self._mixing("ZONECROSSMIXING", spaces)
        ]
        one_way = self._mixing("ZONEMIXING", spaces)
        while one_way:
            _, here, there, flow, values = one_way.pop()
            back = next(
                (m for m in one_way if m[1:3] == (there, here) and np.array_equal(m[4], values)), None
            )
            if back is not None:
                one_way.remove(back)
                found.append(self._exchange(here, there, min(flow, back[3]), values, name_of, add))
            if back is None or abs(flow - back[3]) > 0.01 * flow:
                self.model.notes.add("left aside", "mixing", "air that flows from one zone to another")
        return found

    def _mixing(self, kind: str, spaces: list[Space]) -> list[tuple[str, str, str, float, Values]]:
        """Object, receiving zone, giving zone, flow [m3/s] and schedule of every mixing with any flow."""
        by_name = {space.name.upper(): space for space in spaces}
        found = []
        for record in self.model.all(kind):
            here = self.lists.zones(record.text("Zone_or_Space_Name"), record)
            there = self.lists.zones(record.text("Source_Zone_or_Space_Name"), record)
            if not here or not there or here[0] == there[0]:
                continue
            flow = _design_flow(record, by_name[here[0]], 0.0)
            values = self.schedules.values(record.text("Schedule_Name"), record)
            if flow * float(values.max()) > 0.0:
                found.append((record.name, here[0], there[0], flow, values))
        return found

    @staticmethod
    def _exchange(
        here: str,
        there: str,
        flow: float,
        values: Values,
        name_of: Callable[[str], str],
        add: AddSchedule,
    ) -> dict[str, Any]:
        peak = float(values.max())
        one: dict[str, Any] = {
            "zones": [name_of(here), name_of(there)],
            "flow": significant(3600.0 * flow * peak),
        }
        if np.ptp(values) > 0.0:
            one["schedule"] = add("mixing", values / peak)
        return one


def _grouped(leaks: list[Leak]) -> list[Leak]:
    """Leaks with the same schedule added up."""
    found: list[Leak] = []
    for leak in leaks:
        for i, known in enumerate(found):
            if np.array_equal(known.values, leak.values):
                a, b, c, d = (x + y for x, y in zip(known.terms, leak.terms, strict=True))
                found[i] = Leak((a, b, c, d), known.values)
                break
        else:
            found.append(leak)
    return found


def _design_flow(record: Record, space: Space, heads: float) -> float:
    """Design flow [m3/s] by any of the calculation methods."""
    method = record.text("Design_Flow_Rate_Calculation_Method", "Flow/Zone").upper()
    outer = [plane for plane in space.planes if plane.boundary == "OUTDOORS"]
    fields = {
        "FLOW/ZONE": ("Design_Flow_Rate", 1.0),
        "FLOW/AREA": ("Flow_Rate_per_Floor_Area", space.floor_area),
        "FLOW/EXTERIORAREA": ("Flow_Rate_per_Exterior_Surface_Area", sum(p.area for p in outer)),
        "FLOW/EXTERIORWALLAREA": (
            "Flow_Rate_per_Exterior_Surface_Area",
            sum(p.area for p in outer if p.kind == "WALL"),
        ),
        "FLOW/PERSON": ("Flow_Rate_per_Person", heads),
        "AIRCHANGES/HOUR": ("Air_Changes_per_Hour", space.volume / 3600.0),
    }
    if method not in fields:
        raise record.wrong(f"'{method}' is no calculation method.", f"Use one of {', '.join(fields)}.")
    name, by = fields[method]
    return record.number(name, 0.0) * by
