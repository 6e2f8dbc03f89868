"""What ageing of a battery costs (电池损耗与更换成本): wear by use, prices, replacements within a horizon."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from buildings.systems.battery import REFERENCE_TEMP
from buildings.systems.battery_ageing import HORIZON_YEARS, Ageing, age_battery
from buildings.systems.ev import load_vehicle
from buildings.systems.records import entry, positive
from weather.errors import TwinError

_CYCLED_YEARS = 10


@dataclass(frozen=True)
class Price:
    """Price of a battery over its capacity, with where it comes from.

    Attributes
    ----------
    value : float
        [CNY/kWh], turnkey.
    year : int
    source, confidence : str
    """

    value: float
    year: int
    source: str
    confidence: str


@dataclass(frozen=True)
class Replacements:
    """What replacing a battery costs within a horizon.

    Attributes
    ----------
    years : tuple of float
        When it is replaced [a].
    present_value : float
        Of all replacements, discounted to today [CNY]; the first battery is not in it.
    residual_value : float
        Of the unused share of the last battery at the horizon, by straight line, discounted [CNY].
    annual : float
        The first battery and its replacements less the residual value, as equal yearly payments over the
        horizon [CNY/a].
    """

    years: tuple[float, ...]
    present_value: float
    residual_value: float
    annual: float


def wear_cost(worn: Ageing, rested: Ageing, discharged: float, price: float) -> float:
    """Cost of wear by use of a battery.

    The capacity that use takes beyond what rest would have taken, over the years told, buys that share of a
    battery's life; the money goes to the energy that was discharged meanwhile.

    Parameters
    ----------
    worn, rested : Ageing
        With the use in question, and without it; over as many years.
    discharged : float
        Energy that the use discharges in a year, over the capacity at purchase [-].
    price : float
        Price of a new battery over its capacity [CNY/kWh].

    Returns
    -------
    float
        [CNY/kWh] discharged; below zero where the use spares the battery, as by resting it less full.

    Raises
    ------
    TwinError
        If a number is not positive or the two are not of the same years.
    """
    years = len(worn.capacity) - 1
    if len(rested.capacity) - 1 != years:
        raise TwinError("Wear is compared over different years.", "Age both over as many.", key="years")
    lost = float(rested.capacity[-1] - worn.capacity[-1])
    used = lost / (1.0 - worn.end_of_life)
    return used * positive(price, "battery price") / (positive(discharged, "energy discharged") * years)


def cycling_wear_cost(key: str, low: float, high: float) -> float:
    """Cost of wear by use [CNY/kWh discharged] of a battery of the library before it is used.

    One cycle a day between two states of charge at 25 degC, beside rest at their mean, over ten years.

    Parameters
    ----------
    key : str
    low, high : float
        States of charge [-].

    Raises
    ------
    TwinError
        If the battery is unknown.
    """
    day = np.interp(np.arange(24.0), [0.0, 4.0, 12.0, 16.0, 24.0], [low, high, high, low, low])
    soc, warm = np.tile(day, 365), np.full(8760, REFERENCE_TEMP)
    worn = age_battery(key, soc, warm, 3600.0, years=_CYCLED_YEARS)
    rested = age_battery(key, np.full(8760, soc.mean()), warm, 3600.0, years=_CYCLED_YEARS)
    return max(wear_cost(worn, rested, 365.0 * (high - low), battery_price(key).value), 0.0)


def battery_price(key: str) -> Price:
    """Price of a stationary battery.

    Parameters
    ----------
    key : str
        Key in `data/batteries.yaml`.

    Raises
    ------
    TwinError
        If there is no such battery.
    """
    return Price(**entry("batteries", key)["price"])


def vehicle_price(key: str) -> Price:
    """Price of a vehicle's battery pack.

    Parameters
    ----------
    key : str
        Key of a vehicle in `data/ev_patterns.yaml`.

    Raises
    ------
    TwinError
        If there is no such vehicle.
    """
    return Price(**load_vehicle(key)["battery_price"])


def replacement_cost(
    replaced_after: float, cost: float, *, discount_rate: float, horizon_years: float
) -> Replacements:
    """Discounted cost of the batteries that follow the first one.

    Each lasts as long as the first and costs as much, in money of today.

    Parameters
    ----------
    replaced_after : float
        Life of one battery [a], as `Ageing.life`; infinite where it is never replaced.
    cost : float
        Of one battery: price times capacity [CNY].
    discount_rate : float
        Real rate [1/a], not below zero.
    horizon_years : float
        Years that are judged [a].

    Returns
    -------
    Replacements

    Raises
    ------
    TwinError
        If a number is out of range.
    """
    life = replaced_after if replaced_after == math.inf else positive(replaced_after, "life of the battery")
    cost, horizon = positive(cost, "cost of a battery"), positive(horizon_years, "horizon")
    if not 0.0 <= discount_rate < 1.0:
        raise TwinError(
            f"A discount rate of {discount_rate} a year cannot be used.",
            "Give a number from 0 to 1, such as 0.06.",
            key="discount_rate",
        )
    count = math.ceil(horizon / life * (1.0 - 1e-12)) - 1
    years = tuple(life * (k + 1) for k in range(count))
    present = math.fsum(cost / (1.0 + discount_rate) ** year for year in years)
    # one that the models let live forever is written off over their own horizon
    lived = (horizon - life * count) / life if life < math.inf else horizon / HORIZON_YEARS
    residual = cost * max(1.0 - lived, 0.0) / (1.0 + discount_rate) ** horizon
    # without a rate the payments share the sum; so do they, to rounding, at a very small one
    interest = -math.expm1(-horizon * math.log1p(discount_rate))
    annuity = discount_rate / interest if interest > 0.0 else 1.0 / horizon
    return Replacements(years, present, residual, (cost + present - residual) * annuity)
