"""What GB/T 51350-2019 counts of a building's year: end uses, gas, renewables and demands.

Counted are heating, ventilation, cooling, lighting, hot water and lifts; not plug loads, cooking, laundry,
sterilisation, processes and vehicles. Pumps serve heating and cooling; drying of fresh air is cooling. Gas is
counted less what kitchens and laundries burn, which follows from their useful demand and appliance. Lifts are
no part of the march; what the project tells of them is added. A figure that is absent, no number, not finite
or negative is missing and named; nothing stands in for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from buildings.description.calendar import DayTypes
from buildings.description.complete import CompleteBuilding
from buildings.library.catalogue import n50_over_infiltration
from buildings.systems.end_uses import USES, default_count, useful_demand
from buildings.systems.records import entry
from twin.judges.factors import data, factor, gas_m3
from weather.climate_year import ClimateYear
from weather.mains_water import mains_temperature

COUNTED = ("lighting", "fans", "pumps", "cooling", "heating", "fresh_air", "hot_water")
"""Electric end uses of a march that the standard counts, by their plain names."""
UNCOUNTED = ("equipment", "cooking", "process")
_HOURS = 8760.0
_ROUNDING = 1e-6

Energy = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


@dataclass
class Missing:
    """Names of what is missing, English to Chinese, in the order in which it was looked for."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, en: str, zh: str) -> None:
        """Enter something missing."""
        self.names[en] = zh


def figure(value: object) -> float | None:
    """A finite number that is not negative, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0.0 else None


def _of(energy: Energy, key: str, missing: Missing) -> float | None:
    found = figure(energy.get(key))
    if found is None:
        missing.name(key, key)
    return found


def useful_heat_kwh(building: CompleteBuilding, climate: ClimateYear) -> dict[str, float]:
    """Useful heat of hot water at the taps, cooking, laundry and sterilisation over the year [kWh].

    Beside them `circulation`, what the pipes of a central supply lose. Empty where the building's `end_uses`
    are not described.
    """
    uses = building.systems.end_uses
    if uses is None:
        return {}
    times = pd.DatetimeIndex(climate.data.index)
    workday = DayTypes(building.vacations, building.calendar).is_workday(times)
    count = uses.count if uses.count is not None else default_count(uses.use, building.floor_area)
    mains = mains_temperature(climate, times)
    demand = useful_demand(uses.use, count, times, workday, mains, central=uses.central)
    found = {use: 1e-3 * float(demand.of(use).sum()) for use in USES}
    return {**found, "circulation": 1e-3 * float(demand.circulation.sum())}


@dataclass(frozen=True, slots=True)
class DesignFacts:
    """What the figures of a march do not tell of a design.

    Parameters
    ----------
    heats_by : str
        Kind of the main plant: `heat_pump`, `boiler` or `ideal`.
    uncounted_gas_kwh : float
        Gas of kitchens, laundries and sterilisers [kWh].
    hot_water_by : str
        `none` (not described), `plant_room`, or the key of the local appliance.
    plant_room : bool
        Whether it has equipment of its own before the main plant.
    steam : bool
        Whether appliances take steam.
    drier : bool
        Whether fresh air is dried apart.
    n50 : float or None
        Air changes at 50 Pa [1/h], with its confidence and source in English and Chinese.
    lift_kwh : float or None
        Electricity of lifts [kWh/a], with its confidence.
    """

    heats_by: str
    uncounted_gas_kwh: float
    hot_water_by: str
    plant_room: bool
    steam: bool
    drier: bool
    n50: float | None
    n50_confidence: str
    n50_source: str
    lift_kwh: float | None = None
    lift_confidence: str = "stored:secondary"
    n50_source_zh: str = ""


def design_facts(
    building: CompleteBuilding,
    useful_kwh: Mapping[str, float],
    *,
    n50: float | None = None,
    lift_kwh: float | None = None,
) -> DesignFacts:
    """Facts of a design for the standard.

    Parameters
    ----------
    building : CompleteBuilding
        The design.
    useful_kwh : mapping
        As `useful_heat_kwh` of the same end uses.
    n50 : float, optional
        Promised [1/h]; else as measured by the project, in the whole or in every conditioned zone; else it is
        derived from the mean infiltration of the conditioned volume.
    lift_kwh : float, optional
        Electricity of lifts [kWh/a]; else by the project's `lifts`.
    """
    uses = building.systems.end_uses
    gas, steam = 0.0, False
    for use in ("cooking", "laundry", "sterilisation"):
        useful = useful_kwh.get(use, 0.0)
        if uses is None or useful == 0.0:
            continue
        values = entry("appliances", getattr(uses, use))
        gas += useful / float(values["efficiency"]) if values["carrier"] == "gas" else 0.0
        steam = steam or values["carrier"] == "steam"
    heating = entry("hvac_equipment", building.hvac.equipment)["heating"]
    tight = Airtightness(n50, "stored:secondary", "as given", "给定值")
    if n50 is None:
        tight = _measured_n50(building) or _n50_of_infiltration(building)
    lifts = lift_kwh, "stored:secondary"
    if lift_kwh is None:
        lifts = _lifts(building)
    return DesignFacts(
        heats_by="ideal" if building.hvac.type == "ideal" else str(heating["kind"]),
        uncounted_gas_kwh=gas,
        hot_water_by="none" if uses is None else uses.hot_water or "plant_room",
        plant_room=bool(building.systems.plant_room),
        steam=steam,
        drier=building.ventilation.dehumidification is not None,
        n50=tight.n50,
        n50_confidence=tight.confidence,
        n50_source=tight.en,
        n50_source_zh=tight.zh,
        lift_kwh=lifts[0],
        lift_confidence=lifts[1],
    )


@dataclass(frozen=True, slots=True)
class Airtightness:
    """N50 [1/h], None where it is not known, with its confidence and where it comes from."""

    n50: float | None
    confidence: str
    en: str
    zh: str


def _lifts(building: CompleteBuilding) -> tuple[float | None, str]:
    """Electricity of the lifts that the project tells of [kWh/a], and its confidence."""
    lifts = building.systems.standards.lifts
    if lifts is None:
        return None, "missing"
    if lifts.energy is not None:
        return lifts.energy, "stored:secondary"
    each = data("nearly_zero.yaml")["lift_kwh"]
    return float(each["value"]) * float(lifts.count or 0), str(each["confidence"])


def _measured_n50(building: CompleteBuilding) -> Airtightness | None:
    """As measured in the whole, or the mean of the conditioned zones where each was measured."""
    whole = building.systems.standards.n50
    if whole is not None:
        return Airtightness(whole, "stored:secondary", "measured", "检测值")
    zones = [zone for zone in building.zones if zone.conditioned]
    if not zones or any(zone.n50 is None for zone in zones):
        return None
    volume = sum(zone.volume * zone.multiplier for zone in zones)
    mean = sum((zone.n50 or 0.0) * zone.volume * zone.multiplier for zone in zones) / volume
    return Airtightness(round(mean, 9), "stored:secondary", "measured in every zone", "各房间检测值的平均")


def _n50_of_infiltration(building: CompleteBuilding) -> Airtightness:
    """From infiltration; None without a conditioned zone, or where wind and stack decide it."""
    ratio = n50_over_infiltration().value
    how = f"{ratio:g} x mean infiltration of the conditioned volume"
    how_zh = f"供暖供冷空间平均渗透换气次数的 {ratio:g} 倍"
    zones = [zone for zone in building.zones if zone.conditioned]
    plain = all(
        z.infiltration_coefficients.constant == 1.0
        and (z.infiltration_coefficients.temperature, z.infiltration_coefficients.wind) == (0.0, 0.0)
        and z.infiltration_coefficients.wind_squared == 0.0
        for z in zones
    )
    volume = sum(zone.volume * zone.multiplier for zone in zones)
    if not plain or volume <= 0.0:
        return Airtightness(None, "assumed", how, how_zh)
    # Rounded, so that 20 x 0.05 over a mean of volumes does not miss 1.0 by the last bit.
    found = round(ratio * sum(z.infiltration * z.volume * z.multiplier for z in zones) / volume, 9)
    return Airtightness(found, "assumed", how, how_zh)


@dataclass(frozen=True, slots=True)
class CountedEnergy:
    """A year as the standard counts it; None where something is missing.

    Final energy [kWh], gas on the lower heating value; `primary_kwh` of the counted end uses and
    `all_primary_kwh` of all of them; `renewable_electricity_kwh` made on site; `renewable_heat_kwh` of
    heating and hot water; demands are heat that rooms and taps want [kWh].
    """

    electricity_kwh: float | None
    gas_kwh: float | None
    primary_kwh: float | None
    all_primary_kwh: float | None
    renewable_electricity_kwh: float | None
    renewable_heat_kwh: float | None
    heating_demand_kwh: float | None
    cooling_demand_kwh: float | None
    hot_water_demand_kwh: float
    lighting_kwh: float | None
    missing: Mapping[str, str]


def counted_energy(
    energy: Energy,
    facts: DesignFacts,
    useful_kwh: Mapping[str, float],
    *,
    needs_hot_water: bool = False,
    rows: Rows | None = None,
) -> CountedEnergy:
    """Count a year of a building.

    Parameters
    ----------
    energy : mapping
        Figures of `twin.judges.energy.energy`.
    facts : DesignFacts
    useful_kwh : mapping
        As `useful_heat_kwh`.
    needs_hot_water : bool
        Whether a building of this use cannot be counted without its hot water.
    rows : sequence of mapping, optional
        What the rows of its plant room gave and took: `summary["plant_rooms"][name]` of a Run. Without them a
        building with a plant room lacks its renewable heat, and one with steam its counted gas.

    Returns
    -------
    CountedEnergy
    """
    missing = Missing()
    if needs_hot_water and facts.hot_water_by == "none":
        missing.name("hot water (end_uses)", "生活热水（end_uses）")
    hours = figure(energy.get("hours"))
    if hours is None or hours < _HOURS - _ROUNDING:
        missing.name("a whole year", "完整一年")
        return CountedEnergy(*(None,) * 8, 0.0, None, missing.names)
    electricity = _electricity(energy, facts, missing)
    gas = _gas(energy, facts, rows, missing)
    whole = None
    uncounted = _uncounted(energy, missing)
    if electricity is not None and gas is not None and uncounted is not None:
        total_gas = figure(energy.get("gas_kwh"))
        whole = None if total_gas is None else _primary(electricity + uncounted, total_gas)
    lacking = bool(missing.names)
    heating, cooling = _demands(energy, facts, missing)
    return CountedEnergy(
        electricity_kwh=electricity,
        gas_kwh=gas,
        primary_kwh=None if lacking or electricity is None or gas is None else _primary(electricity, gas),
        all_primary_kwh=None if lacking else whole,
        renewable_electricity_kwh=_renewable_electricity(energy, rows, missing),
        renewable_heat_kwh=_renewable_heat(energy, facts, useful_kwh, rows, missing),
        heating_demand_kwh=heating,
        cooling_demand_kwh=cooling,
        hot_water_demand_kwh=_hot_water_demand(facts, useful_kwh),
        lighting_kwh=_use_of(energy, "lighting"),
        missing=missing.names,
    )


def _primary(electricity_kwh: float, gas_kwh: float) -> float:
    """Primary energy [kWh] by the factors of the standard."""
    return (
        electricity_kwh * factor("primary_of_electricity").value
        + gas_m3(gas_kwh) * factor("primary_of_gas").value
    )


def _use_of(energy: Energy, name: str) -> float | None:
    uses = energy.get("end_use_kwh")
    return figure(uses.get(name)) if isinstance(uses, Mapping) else None


def _electricity(energy: Energy, facts: DesignFacts, missing: Missing) -> float | None:
    """Counted electricity with the lifts that are known."""
    found = {name: _use_of(energy, name) for name in COUNTED}
    for name, value in found.items():
        if value is None:
            missing.name(f"end_use_kwh.{name}", f"end_use_kwh.{name}")
    if None in found.values():
        return None
    return math.fsum(v for v in found.values() if v is not None) + (facts.lift_kwh or 0.0)


def _uncounted(energy: Energy, missing: Missing) -> float | None:
    found = {name: _use_of(energy, name) for name in UNCOUNTED}
    for name, value in found.items():
        if value is None:
            missing.name(f"end_use_kwh.{name}", f"end_use_kwh.{name}")
    return None if None in found.values() else math.fsum(v for v in found.values() if v is not None)


def _gas(energy: Energy, facts: DesignFacts, rows: Rows | None, missing: Missing) -> float | None:
    """Gas for heating and hot water: all of it less kitchens, laundries and steam."""
    total = _of(energy, "gas_kwh", missing)
    if total is None:
        return None
    other = facts.uncounted_gas_kwh
    if facts.steam:
        if rows is None:
            missing.name("gas of the steam boiler (plant room)", "蒸汽锅炉用气（机房）")
            return None
        other += sum(-_row(row, "gas") for row in rows if row.get("serves") == "steam")
    if other > total * (1.0 + _ROUNDING) + _ROUNDING:
        missing.name("gas of appliances exceeds all gas", "器具用气大于总用气")
        return None
    return max(total - other, 0.0)


def _demands(energy: Energy, facts: DesignFacts, missing: Missing) -> tuple[float | None, float | None]:
    """Heat and cold that rooms want: what they got and what they lacked."""
    heat = [_of(energy, key, missing) for key in ("space_heating_kwh", "unmet_heating_kwh")]
    cold_keys = ["sensible_cooling_kwh", "latent_cooling_kwh", "unmet_cooling_kwh"]
    if facts.drier:
        cold_keys += ["fresh_sensible_kwh", "fresh_latent_kwh"]
    cold = [_of(energy, key, missing) for key in cold_keys]
    return _sum(heat), _sum(cold)


def _hot_water_demand(facts: DesignFacts, useful_kwh: Mapping[str, float]) -> float:
    """At the taps, and what pipes lose where hot water is made centrally: a plant room covers both."""
    central = useful_kwh.get("circulation", 0.0) if facts.hot_water_by == "plant_room" else 0.0
    return useful_kwh.get("hot_water", 0.0) + central


def _sum(values: Sequence[float | None]) -> float | None:
    return None if None in values else math.fsum(v for v in values if v is not None)


def _row(row: Mapping[str, Any], carrier: str) -> float:
    return float((row.get("energy_kwh") or {}).get(carrier, 0.0))


def _renewable_electricity(energy: Energy, rows: Rows | None, missing: Missing) -> float | None:
    """PV, also what is exported, and photovoltaic-thermal collectors of the plant room."""
    pv = _of(energy, "pv_kwh", missing)
    if pv is None:
        return None
    return pv + sum(max(_row(r, "electricity"), 0.0) for r in rows or () if r.get("type") == "pvt_collector")


def _renewable_heat(
    energy: Energy,
    facts: DesignFacts,
    useful_kwh: Mapping[str, float],
    rows: Rows | None,
    missing: Missing,
) -> float | None:
    """EP_h + EP_w: heat of heat pumps less their driving energy, and of the sun; cooling gives none."""
    if facts.plant_room:
        if rows is None:
            missing.name("renewable heat of the plant room", "机房可再生供热量")
            return None
        return _rows_heat(rows) + _main_heat(energy, facts, rows)
    return _main_heat(energy, facts, ()) + _local_hot_water(energy, facts, useful_kwh)


def _main_heat(energy: Energy, facts: DesignFacts, rows: Rows) -> float:
    """EP_h of the main plant: what it gave beside the rows, less its electricity."""
    heat, power = figure(energy.get("space_heating_kwh")), _use_of(energy, "heating")
    if facts.heats_by != "heat_pump" or heat is None or power is None:
        return 0.0
    mine = [row for row in rows if row.get("serves") == "space_heat"]
    heat -= sum(max(_row(row, "space_heat"), 0.0) for row in mine)
    power -= sum(max(-_row(row, "electricity"), 0.0) for row in mine)
    return max(heat - max(power, 0.0), 0.0)


def _rows_heat(rows: Rows) -> float:
    sources = {row.get("name"): row.get("type") for row in rows}
    total = 0.0
    for row in rows:
        given = max(_row(row, "space_heat"), 0.0) + max(_row(row, "hot_water"), 0.0)
        kind = row.get("type")
        if kind == "heat_pump" and sources.get(row.get("source")) != "data_room":
            total += max(given - max(-_row(row, "electricity"), 0.0), 0.0)
        elif kind in ("solar_collector", "pvt_collector"):
            total += given
    return total


def _local_hot_water(energy: Energy, facts: DesignFacts, useful_kwh: Mapping[str, float]) -> float:
    """EP_w of local heat-pump water heaters."""
    if facts.hot_water_by in ("none", "plant_room"):
        return 0.0
    power = _use_of(energy, "hot_water")
    if "per_kelvin" not in entry("appliances", facts.hot_water_by) or power is None:
        return 0.0
    return max(useful_kwh.get("hot_water", 0.0) - power, 0.0)
