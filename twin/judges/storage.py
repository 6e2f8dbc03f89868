"""Life of the batteries: what the marched year does to them over many, and what that costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.systems.battery_ageing import MAKERS_WARRANTY, Ageing, age_battery, age_vehicle
from buildings.systems.battery_cost import Price, battery_price, replacement_cost, vehicle_price, wear_cost
from twin.judges.factors import factor
from twin.judges.subject import Subject
from twin.market.assumption import UNVERIFIED, Assumption
from twin.market.days import step_minutes

YEARS = 10
"""Years after which the capacity is told."""
_WHOLE_YEAR_H = 8700.0
"""Hours below which a series is no year that could repeat."""
_LENDING_H = 2.0
"""Time at the begin of a stay in which a vehicle lends [h]; assumed, the march tells no time of each."""

Array = NDArray[np.float64]


def storage(
    series: pd.DataFrame, weather: pd.DataFrame, building: Subject
) -> tuple[dict[str, Any], tuple[Assumption, ...]]:
    """Judge the stationary battery and the batteries of lending vehicles.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Needs `battery_soc`, `battery_temp_c`, `battery_discharge_kw`, `ev_discharge_kw`.
    weather : DataFrame, shape (n, columns)
        Needs `temp_air`: vehicles' cells are taken to be as warm as the air outdoors.
    building : Subject

    Returns
    -------
    figures : dict
        `battery` and `vehicles`, None where there are none or the series is no whole year.
    assumptions : tuple of Assumption
        Prices and horizon that nobody verified, and where the year lies outside the ageing tests.
    """
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    step_h = step_minutes(times) / 60.0
    figures: dict[str, Any] = {"battery": None, "vehicles": None}
    stated: list[Assumption] = []
    if len(series) * step_h < _WHOLE_YEAR_H:
        return figures, ()
    if building.battery and building.battery_capacity_kwh:
        figures["battery"], said = _battery(series, building, building.battery_capacity_kwh, step_h)
        stated += said
    if building.lending is not None:
        figures["vehicles"], said = _vehicles(series, weather, building.lending, step_h)
        stated += said
    return figures, tuple(stated)


def _battery(
    series: pd.DataFrame, building: Subject, capacity: float, step_h: float
) -> tuple[dict[str, Any], list[Assumption]]:
    soc, temp = (series[name].to_numpy(float) for name in ("battery_soc", "battery_temp_c"))
    given = float(series["battery_discharge_kw"].sum()) * step_h
    key, step_s = building.battery, 3600.0 * step_h
    aged = age_battery(key, soc, temp, step_s, years=YEARS)
    rested = age_battery(key, np.full_like(soc, soc.mean()), temp, step_s, years=YEARS)
    price = battery_price(key)
    rate, horizon = factor("discount_rate"), factor("economic_horizon")
    follow = replacement_cost(
        aged.life, price.value * capacity, discount_rate=rate.value, horizon_years=horizon.value
    )
    life = aged.life
    figures = {
        "equipment": key,
        "capacity_kwh": capacity,
        "cell_temp_mean_c": float(temp.mean()),
        "cell_temp_max_c": float(temp.max()),
        "discharged_kwh": given,
        **_ageing(aged),
        "capacity_after_ten_years_at_rest": float(rested.capacity[-1]),
        "wear_cny_kwh": wear_cost(aged, rested, given / capacity, price.value) if given > 0.0 else None,
        "life_cny_kwh": price.value * capacity / (given * life) if given > 0.0 and life < math.inf else None,
        "price": _price(price),
        "replacements": {
            "horizon_years": horizon.value,
            "discount_rate": rate.value,
            "years": list(follow.years),
            "present_value_cny": follow.present_value,
            "residual_value_cny": follow.residual_value,
            "annual_cny": follow.annual,
        },
    }
    said = [*_stated("storage.battery", aged, price, "储能电池", "the battery")]
    said += horizon.assumptions("经济评价年限为假定值。", "The horizon of the battery's costs is assumed.")
    return figures, said


def _vehicles(
    series: pd.DataFrame, weather: pd.DataFrame, lending: Any, step_h: float
) -> tuple[dict[str, Any], list[Assumption]]:
    """Wear of the mean lender, that lends on every day as much as it did in its stays."""
    key, stays = str(lending["vehicle"]), float(lending["stays"])
    depth = float(lending["lent_kwh"]) / stays / float(lending["battery_kwh"])
    temp = weather["temp_air"].to_numpy(float)
    lent, kept = (_day(lending, part, len(temp), step_h) for part in (depth, 0.0))
    worn, rested = (age_vehicle(key, soc, temp, 3600.0 * step_h, years=YEARS) for soc in (lent, kept))
    price, given = vehicle_price(key), float(series["ev_discharge_kw"].sum()) * step_h
    at_cells = wear_cost(worn, rested, depth * len(temp) * step_h / 24.0, price.value)
    figures = {
        **lending,
        "discharged_kwh": given,
        **_ageing(worn),
        "capacity_after_ten_years_without_lending": float(rested.capacity[-1]),
        "wear_cny_kwh": at_cells * float(lending["lent_kwh"]) / given if given > 0.0 else None,
        "wear_cny": at_cells * float(lending["lent_kwh"]),
        "price": _price(price),
    }
    return figures, _stated("storage.vehicles", worn, price, "车辆电池", "the vehicles' batteries")


def _day(lending: Any, depth: float, n: int, step_h: float) -> Array:
    """State of charge of the mean lender: it arrives, lends, charges, leaves and drives, day after day."""
    stay = min(float(lending["stay_h"]), 22.0)
    come, go = float(lending["arrival_soc"]), float(lending["target_soc"])
    lends = min(_LENDING_H, 0.5 * stay)
    hours = step_h * np.arange(1, n + 1) % 24.0
    return np.interp(hours, [0.0, lends, stay, 24.0], [come, come - depth, go, come])


def _ageing(aged: Ageing) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    return {
        "basis": aged.basis,
        "model": aged.model,
        "full_cycles": aged.full_cycles,
        "capacity_by_year": [float(left) for left in aged.capacity],
        "capacity_after_ten_years": float(aged.capacity[-1]),
        "calendar_loss": known(aged.calendar_loss[-1]),
        "cycle_loss": known(aged.cycle_loss[-1]),
        "resistance": known(aged.resistance[-1]),
        "faded_after_years": known(aged.replaced_after),
        "replaced_after_years": known(aged.life),
        "end_of_life": aged.end_of_life,
        "outside_tests": list(aged.outside),
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "value": price.value,
        "unit": "CNY/kWh",
        "year": price.year,
        "source": price.source,
        "confidence": price.confidence,
    }


def _stated(key: str, aged: Ageing, price: Price, zh: str, en: str) -> list[Assumption]:
    """What is not verified about a battery's life."""
    said = []
    if price.confidence in UNVERIFIED:
        said.append(
            Assumption(
                f"{key}.price", f"{zh}的价格未经核实。", f"The price of {en} is not verified.",
                price.value, "CNY/kWh", price.source, price.confidence,
            )
        )  # fmt: skip
    if aged.design_life < aged.replaced_after:
        said.append(
            Assumption(
                f"{key}.design_life", f"按老化模型，{zh}寿命更长；计算按设计寿命更换。",
                f"By the ageing model {en} would last longer; it is replaced at the end of its design life.",
                aged.design_life, "a", "buildings/systems/data: ageing_source", "gk-verify",
            )
        )  # fmt: skip
    if aged.basis == MAKERS_WARRANTY:
        said.append(
            Assumption(
                f"{key}.warranty", f"{zh}无已发表的老化模型，按厂家质保直线折算。",
                f"No ageing model of {en} is published; the maker's warranty is drawn as a straight line.",
                aged.end_of_life, "-", aged.model, "assumed",
            )
        )  # fmt: skip
    if aged.outside:
        found = "; ".join(aged.outside)
        said.append(
            Assumption(
                f"{key}.outside_tests", f"{zh}的工况超出老化试验范围：{found}。",
                f"The year of {en} lies outside the ageing tests: {found}.",
                None, "-", aged.model, "assumed",
            )
        )  # fmt: skip
    return said
