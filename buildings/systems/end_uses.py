"""End uses beside air conditioning and power (终端用能): hot water, cooking, laundry and sterilisation.

Demands are *useful* energy per person, bed, guest or meal with hourly profiles; appliances turn them into
carriers. To electrify a kitchen or a laundry (建筑电气化) is to choose another appliance: the useful energy
stays, carrier and losses change. Hot water and steam made centrally are left on their carriers for the plant
room.

Hot water quotas are litres of 60 degC on an average day. People draw water mixed to the temperature of use,
so their litres at that temperature stay the same over the year while mains water does not: the useful energy
of a step is V c (t_use - t_mains), with V such that a year of mean mains water gives the quota's energy.
Draws are hourly means, not events.

References
----------
.. [1] GB 50015-2019, tables 6.2.1-1 (quotas) and 6.4.1 (hourly peaks), from memory: gk-verify.
.. [2] Mains water: `weather.mains_water`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.systems.records import entry, positive
from weather.errors import TwinError

Array = NDArray[np.float64]

_WATER_J_LK = 4.14e3
"""J/(L K): specific heat by density of water at 40 to 50 degC (IAPWS-IF97, rounded)."""
_QUOTA_TEMP = 60.0
"""degC of the litres in GB 50015's quotas."""
USES = ("hot_water", "cooking", "laundry", "sterilisation")


@dataclass(frozen=True)
class UsefulDemand:
    """Useful power by end use, means over the steps [W], each (n,).

    Attributes
    ----------
    hot_water : ndarray
        In the water at the taps.
    circulation : ndarray
        What the pipes of a central supply lose; 0 for local heaters.
    cooking : ndarray
        In the food.
    laundry : ndarray
        In washing water and in the water that drying and ironing evaporate.
    sterilisation : ndarray
        In the goods and in what leaves the steriliser.
    """

    hot_water: Array
    circulation: Array
    cooking: Array
    laundry: Array
    sterilisation: Array

    def of(self, use: str) -> Array:
        """Useful power of one of `USES`; hot water without what its pipes lose."""
        found: Array = getattr(self, use)
        return found


@dataclass(frozen=True)
class CarrierLoad:
    """What an appliance takes, by carrier, and the heat that it leaves in the room [W], each (n,).

    Fuels by their lower heating value; `ambient` is what a heat pump takes from outdoor air.
    """

    electricity: Array
    gas: Array
    hot_water: Array
    steam: Array
    ambient: Array
    to_room: Array

    def __add__(self, other: CarrierLoad) -> CarrierLoad:
        return CarrierLoad(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def default_count(use: str, floor_area_m2: float) -> float:
    """People, beds, guests or meals that a floor area usually holds (see `unit` of the entry).

    Raises
    ------
    TwinError
        If the use is unknown or the area not positive.
    """
    return positive(floor_area_m2, "floor area") / float(entry("end_uses", use)["area_per_unit"])


def hourly_shape(key: str, times: pd.DatetimeIndex) -> Array:
    """Profile of a day at each step, with a mean of 1 over the day.

    Raises
    ------
    TwinError
        If the profile is unknown.
    ValueError
        Times without a time zone.
    """
    return _shape_of_day(key)[_hours(times)]


def _shape_of_day(key: str) -> Array:
    """Its 24 values."""
    shape = np.array(entry("end_use_profiles", key)["values"], float)
    return np.asarray(shape / shape.mean())


def _hours(times: pd.DatetimeIndex) -> NDArray[np.int32]:
    """Local hour of each step."""
    if times.tz is None:
        raise ValueError("hourly_shape needs time-zone aware times")
    return np.asarray(times.hour)


def useful_demand(
    use: str,
    count: float,
    times: pd.DatetimeIndex,
    workday: NDArray[np.bool_],
    temp_mains: Array,
    *,
    central: bool = True,
) -> UsefulDemand:
    """Useful demand of a building's end uses.

    Parameters
    ----------
    use : str
        Key in `data/end_uses.yaml`.
    count : float
        Number of its units: people, beds, guests or meals a day; see `default_count`.
    times : DatetimeIndex (n,)
        Local interval starts, time-zone aware.
    workday : ndarray (n,)
        Whether each step falls on a workday.
    temp_mains : ndarray (n,)
        Cold water [degC], a year or a part of it; its mean stands for the year.
    central : bool, optional
        Whether hot water is made centrally and circulates.

    Returns
    -------
    UsefulDemand
        [W].

    Raises
    ------
    TwinError
        If the use is unknown or the count is not positive.
    """
    values = entry("end_uses", use)
    number = positive(count, f"number of {values['unit']}")
    zero, hours = np.zeros(len(times)), _hours(times)
    days = {}
    for part in USES:
        if part in values:
            kind = np.where(workday, 1.0, values[part]["rest_day"])
            days[part] = number * kind * _shape_of_day(values[part]["profile"])[hours]
    water, circulation = zero, zero
    if "hot_water" in values:
        water = days["hot_water"] * _water_w(values["hot_water"], np.asarray(temp_mains, float))
        if central:
            circulation = np.full(len(times), values["hot_water"]["circulation"] * water.mean())
    rest = dict.fromkeys(USES[1:], zero)
    for part in rest:
        if part in values:
            # so many meals or kilograms a day at so many kWh each
            rest[part] = days[part] * values[part]["per_day"] * values[part]["useful_kwh"] * 3.6e6 / 86400.0
    return UsefulDemand(water, circulation, **rest)


def _water_w(values: Mapping[str, float], mains: Array) -> Array:
    """Useful power of one unit's hot water at a steady draw [W]."""
    mean, used = float(mains.mean()), values["temp_use"]
    litres = values["litres"] * (_QUOTA_TEMP - mean) / (used - mean)
    return np.asarray(litres / 86400.0 * _WATER_J_LK * np.maximum(used - mains, 0.0))


def met_by(useful_w: Array, use: str, appliance: str, temp_out: Array | None = None) -> CarrierLoad:
    """Carriers that an appliance takes to give a useful power.

    Parameters
    ----------
    useful_w : ndarray (n,)
        [W].
    use : str
        One of `USES`.
    appliance : str
        Key in `data/appliances.yaml`.
    temp_out : ndarray (n,), optional
        Outdoor air [degC], for heat pumps.

    Raises
    ------
    TwinError
        If the appliance is unknown, does not serve the use, or is a heat pump and no temperature is given.
    """
    values = entry("appliances", appliance)
    if use not in values["serves"]:
        raise TwinError(
            f"The appliance {appliance!r} does not serve {use}.",
            f"Choose one that does; it serves {', '.join(values['serves'])}.",
            key=appliance,
        )
    useful = np.asarray(useful_w, float)
    zero = np.zeros(len(useful))
    efficiency = np.full(len(useful), float(values["efficiency"]))
    if "per_kelvin" in values:
        if temp_out is None:
            raise TwinError(
                f"The heat pump {appliance!r} needs the outdoor temperature.", "Pass temp_out.", key=appliance
            )
        change = values["per_kelvin"] * (np.asarray(temp_out, float) - values["at"])
        efficiency = np.maximum(efficiency + change, values["least"])
    taken = useful / efficiency
    # what a heat pump gives beyond its electricity comes from outdoor air
    ambient = np.maximum(useful - taken, 0.0)
    lost = np.maximum(taken - useful, 0.0)
    load = dict.fromkeys(("electricity", "gas", "hot_water", "steam"), zero)
    load[values["carrier"]] = taken
    return CarrierLoad(**load, ambient=ambient, to_room=values["to_room"] * lost)


def appliance_loads(
    demand: UsefulDemand, choice: Mapping[str, str | None], temp_out: Array | None = None
) -> dict[str, CarrierLoad]:
    """Carrier loads of all end uses under a choice of appliances.

    Parameters
    ----------
    demand : UsefulDemand
    choice : mapping
        Appliance of each of `USES` that has a demand; None for hot water leaves it, with what its pipes
        lose, on its carrier for the plant room.
    temp_out : ndarray (n,), optional
        Outdoor air [degC], for heat pumps.

    Returns
    -------
    dict of CarrierLoad
        By end use; add them up with `sum_of`.

    Raises
    ------
    TwinError
        As `met_by`; or if a use with a demand has no appliance.
    """
    loads = {}
    for use in USES:
        useful = demand.of(use)
        if not useful.any():
            continue
        key = choice.get(use)
        if key is None and use == "hot_water":
            zero = np.zeros(len(useful))
            loads[use] = CarrierLoad(zero, zero, useful + demand.circulation, zero, zero, zero)
        elif key is None:
            raise TwinError(
                f"No appliance is chosen for {use}.", "Choose one of data/appliances.yaml.", key=use
            )
        else:
            loads[use] = met_by(useful, use, key, temp_out)
    return loads


def sum_of(loads: Mapping[str, CarrierLoad], n: int) -> CarrierLoad:
    """All end uses together, n steps."""
    zero = np.zeros(n)
    total = CarrierLoad(zero, zero, zero, zero, zero, zero)
    for load in loads.values():
        total = total + load
    return total
