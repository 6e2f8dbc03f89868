"""What a year of a building costs and emits (年度状态), before and after measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from twin.judges.cost import cost
from twin.judges.subject import Subject
from twin.market.days import DayCalendar
from weather.errors import TwinError

_MAY_BE_NEGATIVE = frozenset({"electricity_cny", "battery_benefit_cny"})
_WHOLE_YEAR_H = 8700.0
"""Hours below which a series is no year."""
UNREGULATED = ("equipment",)
"""End uses that the standards leave out of the operation stage (plug loads)."""


@dataclass(frozen=True, slots=True)
class AnnualState:
    """Money, carbon and energy of one year of a building or district.

    Parameters
    ----------
    electricity_cny : float
        Bill with demand charge, less what export earns [CNY]; negative where export outweighs.
    gas_cny : float
        [CNY]
    carbon_kg, carbon_ets_kg : float
        Operation by the physical account and by that of the Shanghai ETS; two factors, never mixed [kgCO2].
    grid_import_kwh, grid_export_kwh, pv_kwh : float
        [kWh]; `pv_kwh` is what the arrays give after curtailment.
    pv_used_kwh : float
        Part of it that is not exported [kWh]; what is exported is taken to be PV first.
    gas_m3 : float
    floor_area_m2 : float
    import_price_cny_kwh : float, optional
        Mean energy charge of imported electricity, without demand charge: what a lost kWh of PV costs.
    export_price_cny_kwh : float, optional
        What an exported kWh earns.
    battery_benefit_cny : float, optional
        What the battery takes off the bill [CNY/a]; without it its fading is not counted.
    regulated_kwh, unregulated_kwh : float, optional
        Electricity of end uses inside and outside the standards' operation stage, for the life cycle.
    """

    electricity_cny: float
    gas_cny: float
    carbon_kg: float
    carbon_ets_kg: float
    grid_import_kwh: float
    grid_export_kwh: float
    pv_kwh: float
    pv_used_kwh: float
    gas_m3: float
    floor_area_m2: float
    import_price_cny_kwh: float | None = None
    export_price_cny_kwh: float | None = None
    battery_benefit_cny: float | None = None
    regulated_kwh: float | None = None
    unregulated_kwh: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is None:
                continue
            if not math.isfinite(value) or (value < 0 and name not in _MAY_BE_NEGATIVE):
                raise TwinError(
                    f"{name} of a year is {value!r}.", "Give a finite number that is not negative.", key=name
                )
        if self.floor_area_m2 == 0:
            raise TwinError("the floor area of a year is 0.", "Give it in m2.", key="floor_area_m2")

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def annual_state(figures: Mapping[str, Any], *, battery_benefit_cny: float | None = None) -> AnnualState:
    """Annual state of one building from what the judges say of its Run.

    Parameters
    ----------
    figures : mapping
        `summary["buildings"][name]`: needs `energy`, `cost` and `carbon`.
    battery_benefit_cny : float, optional
        As the function of that name gives it.

    Raises
    ------
    TwinError
        The Run is no whole year: a part is not scaled.
    """
    energy, cost, carbon = figures["energy"], figures["cost"], figures["carbon"]
    if energy["hours"] < _WHOLE_YEAR_H:
        raise TwinError(
            f"the Run covers {energy['hours']:g} h; money of a year needs the whole year.",
            "March from 1 January to 31 December.",
            key="run",
        )
    imported, exported, pv = (energy[f"{n}_kwh"] for n in ("grid_import", "grid_export", "pv"))
    uses = energy["end_use_kwh"]
    unregulated = math.fsum(uses[use] for use in UNREGULATED) + energy["ev_charge_kwh"]
    return AnnualState(
        electricity_cny=cost["electricity_cny"],
        gas_cny=cost["gas_cny"],
        carbon_kg=carbon["physical"]["total_kg"],
        carbon_ets_kg=carbon["shanghai_ets"]["total_kg"],
        grid_import_kwh=imported,
        grid_export_kwh=exported,
        pv_kwh=pv,
        pv_used_kwh=max(pv - exported, 0.0),
        gas_m3=energy["gas_m3"],
        floor_area_m2=energy["floor_area_m2"],
        import_price_cny_kwh=cost["energy_cny"] / imported if imported > 0 else None,
        export_price_cny_kwh=max(-cost["export_cny"], 0.0) / exported if exported > 0 else None,
        regulated_kwh=math.fsum(uses.values()) + energy["ev_charge_kwh"] - unregulated,
        unregulated_kwh=unregulated,
        battery_benefit_cny=battery_benefit_cny,
    )


def battery_benefit_cny(
    series: pd.DataFrame, building: Subject, calendar: DayCalendar | None = None
) -> float:
    """What the stationary battery takes off the electricity bill of a marched span [CNY].

    The bill is asked again for a meter without the battery: what it charges is not imported, or exported
    instead, and what it gives is imported. All else stays as it was marched.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Needs `grid_import_kw`, `grid_export_kw`, `gas_kw`, `battery_charge_kw`, `battery_discharge_kw`.
    building : Subject
        Names tariff, meters and transformer.
    calendar : DayCalendar, optional
    """
    net = series["grid_import_kw"] - series["grid_export_kw"]
    bare = net - series["battery_charge_kw"] + series["battery_discharge_kw"]
    without = series.assign(grid_import_kw=bare.clip(lower=0.0), grid_export_kw=(-bare).clip(lower=0.0))
    figures = [cost(table, building, calendar)[0]["electricity_cny"] for table in (without, series)]
    return float(figures[0] - figures[1])


def total(states: Mapping[str, AnnualState]) -> AnnualState:
    """Annual state of a district: sums, and prices weighted by the energy they belong to.

    Raises
    ------
    TwinError
        No state at all.
    """
    if not states:
        raise TwinError("there is no building to add up.", "Give one annual state at least.", key="states")
    several = list(states.values())
    summed: dict[str, Any] = {}
    for field in fields(AnnualState):
        values = [getattr(one, field.name) for one in several]
        if field.name.endswith("price_cny_kwh"):
            by = "grid_import_kwh" if field.name.startswith("import") else "grid_export_kwh"
            summed[field.name] = _weighted(values, [getattr(one, by) for one in several])
        elif all(value is None for value in values):
            summed[field.name] = None
        elif field.name == "battery_benefit_cny":
            summed[field.name] = math.fsum(value for value in values if value is not None)
        else:
            summed[field.name] = None if None in values else math.fsum(values)
    return AnnualState(**summed)


def _weighted(prices: list[float | None], weights: list[float]) -> float | None:
    told = [(price, weight) for price, weight in zip(prices, weights, strict=True) if price is not None]
    whole = math.fsum(weight for _, weight in told)
    if whole <= 0:
        return None
    return math.fsum(price * weight for price, weight in told) / whole
