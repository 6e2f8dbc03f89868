"""Cooling coils of the library's plants: their apparatus dew point, and what they lose while a fan runs on.

At the rating point air of 27/19 degC (GB/T 7725) enters at the rated capacity and outdoor temperature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buildings.systems.performance_curves import DRY_BULB, temperature_factor
from buildings.systems.plant import load_plant
from buildings.systems.records import Record, entry
from weather.psychrometrics import enthalpy, humidity_ratio_from_dew_point, humidity_ratio_from_wet_bulb

SEA_LEVEL_PA = 101325.0
_RATED_AIR = (27.0, 19.0)
"""Dry and wet bulb of the entering air, GB/T 7725 and GB/T 18837 [degC]."""
_FAN_AIR, _FAN_OUT = (26.7, 19.4), 35.0
"""The rating of ANSI/AHRI 210/240 [degC], at which the figures of a running fan hold."""
_KINDS = ("held", "follows")


@dataclass(frozen=True)
class CoilData:
    """Cooling coil of a plant of the library.

    Attributes
    ----------
    temp, humidity : float
        Apparatus dew point at rating [degC], [kg/kg].
    drop : float
        Enthalpy of the entering air less that at the apparatus dew point, at rating [J/kg].
    follows : bool
        Whether the dew point follows the entering air and the machine's capacity.
    curve, limits : tuple of 6 and of 4 floats
        Capacity over rated by wet bulb inside and temperature outside, and the range of both [degC]; only of
        a coil that follows.
    runs_on : tuple of 4 floats, optional
        Condensate time [s], evaporation ratio [-], cycles per hour, latent time constant [s] of a coil whose
        fan runs on.
    latent_rated : float
        Latent over rated total capacity at 26.7/19.4 degC inside and 35 degC outside [-].
    degradation : float
        Loss by cycling of a direct-expansion machine [-].
    cycles_below : float
        Share of the capacity below which the coil cycles [-].
    source, confidence : str
    """

    temp: float
    humidity: float
    drop: float
    follows: bool
    curve: tuple[float, ...]
    limits: tuple[float, float, float, float]
    runs_on: tuple[float, float, float, float] | None
    latent_rated: float
    degradation: float
    cycles_below: float
    source: str
    confidence: str


def load_coil(key: str) -> CoilData:
    """Cooling coil of a plant of `data/hvac_equipment.yaml`.

    Parameters
    ----------
    key : str
        Such as ``vrf_2010``.

    Returns
    -------
    CoilData

    Raises
    ------
    TwinError
        If the key is unknown.
    ValueError
        If the data tell of a coil that this model does not have.

    Notes
    -----
    Bypass factor and apparatus dew point as in EnergyPlus (Engineering Reference, "Single-Speed Electric DX
    Air Cooling Coil"); of stream and bypass factor only the product with the drop of enthalpy matters.
    """
    values = entry("hvac_equipment", key)["coil"]
    if values["dew_point"] not in _KINDS:
        raise ValueError(f"dew_point of {key} is one of {_KINDS}, not {values['dew_point']}")
    plant = load_plant(key, 1.0, 1.0)
    machine, temp = plant["cooling"], float(plant["apparatus_dew_point_c"])
    follows = values["dew_point"] == "follows"
    expands = machine["x_source"] == 1
    if follows and not (expands and machine["y_source"] == DRY_BULB and _single(machine)):
        raise ValueError(f"the dew point of {key} cannot follow curves of its kind")
    humidity = float(humidity_ratio_from_dew_point(temp, SEA_LEVEL_PA))
    drop = _enters(*_RATED_AIR) - float(enthalpy(temp, humidity))
    names = ("condensate_time_s", "evaporation_ratio", "cycles_per_hour", "latent_constant_s")
    time, rate, cycles, constant = (float(values.get(name, 0.0)) for name in names)
    found = CoilData(
        temp=temp,
        humidity=humidity,
        drop=drop,
        follows=follows,
        curve=tuple(float(c) for c in machine["capacity_low"][:6]),
        limits=(
            float(machine["range"][0]), float(machine["range"][1]), float(machine["range"][2]),
            float(machine["range"][3]),
        ),
        runs_on=(time, rate, cycles, constant) if values["fan_runs_on"] else None,
        latent_rated=_latent_rated(machine, temp, drop, follows),
        degradation=float(machine["cycling_degradation"]) if expands else 0.0,
        cycles_below=float(values["cycles_below"]),
        source=str(values["source"]),
        confidence=str(values["confidence"]),
    )  # fmt: skip
    return found


def _single(machine: Record) -> bool:
    """Whether one biquadratic is the whole curve of capacity."""
    low = machine["capacity_low"]
    return bool(low[6] == 0.0 and np.array_equal(low, machine["capacity_high"]))


def _enters(dry: float, wet: float) -> float:
    """Enthalpy of air [J/kg]."""
    return float(enthalpy(dry, humidity_ratio_from_wet_bulb(dry, wet, SEA_LEVEL_PA)))


def _latent_rated(machine: Record, temp: float, drop: float, follows: bool) -> float:
    """Latent over rated total capacity where the figures of a running fan hold."""
    dry, wet = _FAN_AIR
    enters, water = _enters(dry, wet), float(humidity_ratio_from_wet_bulb(dry, wet, SEA_LEVEL_PA))
    capacity = 1.0
    if follows:
        capacity = float(
            temperature_factor(
                wet, _FAN_OUT, machine["boundary"], machine["capacity_low"], machine["capacity_high"]
            )
        )
        temp = saturated_temperature(enters - drop * capacity)
    cold = float(humidity_ratio_from_dew_point(temp, SEA_LEVEL_PA))
    latent = float(enthalpy(dry, water)) - float(enthalpy(dry, cold))
    return capacity * latent / (enters - float(enthalpy(temp, cold)))


def saturated_temperature(wanted: float) -> float:
    """Temperature of saturated air of an enthalpy [J/kg] at sea level [degC], by bisection."""
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        water = humidity_ratio_from_dew_point(middle, SEA_LEVEL_PA)
        if float(enthalpy(middle, water)) > wanted:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)
