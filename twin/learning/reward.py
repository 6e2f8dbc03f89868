"""Reward (奖励): money by default, each part beside it.

The reward of a step is minus the sum of its costs:

- `energy`: import times the tariff's price of the step; of tiered tariffs the first tier's.
- `export`: what fed-in energy earns, negative.
- `demand`: the price of the demand charge (需量电费) times what this step adds to the month's highest
  quarter-hour. It begins with what the month had seen before the episode, and anew with a month. Summed
  over a month it is the bill's line; a discount on it is not counted.
- `carbon`: import times the factor of the Shanghai grid times a price of carbon.
- `comfort`: people times kelvin by which their room lies beyond its set-point in force and the judge's
  tolerance, times hours. Set-points are the schedule's: a shift towards less conditioning counts.
- `unserved`: energy that lights, machines and vehicles did not get.
- `wear`: energy out of the battery.
- `stored`: at the last step, what the battery holds less than at the first, and vehicles still need more, at
  the year's mean price: an episode must not live on what it found.

Gas, and what walls hold at the end, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from twin.power_columns import BATTERY_DISCHARGE, GRID_EXPORT, GRID_IMPORT, UNSERVED

PARTS = ("energy", "export", "demand", "carbon", "comfort", "unserved", "wear", "stored")
ENERGY, EXPORT, DEMAND, CARBON, COMFORT, UNSERVED_PART, WEAR, STORED = range(8)
N_PARTS = 8


@dataclass(frozen=True)
class Weights:
    """Weights of the reward; all are assumptions of whoever asks.

    Attributes
    ----------
    energy, export, demand, stored : float
        Factors on the tariff's own money [-].
    carbon_cny_kg : float
        Price of a kilogram of CO2 [CNY/kg]; about that of China's allowances in 2024.
    comfort_cny_person_k_h : float
        Price of a kelvin beyond the set-point, for a person and hour [CNY/(person.K.h)]; two per cent of an
        hour's office work, assumed.
    unserved_cny_kwh : float
        Price of energy not served [CNY/kWh], assumed.
    wear_cny_kwh : float
        Price of a kilowatt-hour out of the battery [CNY/kWh].
    """

    energy: float = 1.0
    export: float = 1.0
    demand: float = 1.0
    carbon_cny_kg: float = 0.1
    comfort_cny_person_k_h: float = 1.0
    unserved_cny_kwh: float = 20.0
    wear_cny_kwh: float = 0.0
    stored: float = 1.0

    def array(self) -> NDArray[np.float64]:
        """In the order of `PARTS`."""
        return np.array([getattr(self, one.name) for one in fields(self)], dtype=float)


@compiled()
def discomfort(
    k: int,
    temp: np.ndarray,
    forcing: np.ndarray,
    people: np.ndarray,
    place: np.ndarray,
    count: np.ndarray,
    tolerance: float,
    missed: np.ndarray,
) -> None:
    """Add person-kelvins beyond the set-points at the end of a step to each building.

    Parameters
    ----------
    k : int
        Step of the window.
    temp : (G, Z, L)
        Air of the rooms [degC].
    forcing, people : (H, C), (H, P)
        Set-points [degC] and people of the window's steps.
    place : (R, 7) int64
        Of each served room: group, row, lane, building, columns of its heating and cooling set-point,
        column of its people.
    count : (R, 2)
        How many such rooms there are, and the weight of one in its building's mean.
    tolerance : float
        [K]
    missed : (B,)
    """
    for r in range(place.shape[0]):
        there = people[k, place[r, 6]]
        if there <= 0.0:
            continue
        air = temp[place[r, 0], place[r, 1], place[r, 2]]
        heat_set, cool_set = forcing[k, place[r, 4]], forcing[k, place[r, 5]]
        beyond = max(air - max(cool_set, heat_set), heat_set - air) - tolerance
        if beyond > 0.0:
            missed[place[r, 3]] += count[r, 0] * there * beyond


@compiled()
def account(
    row: np.ndarray,
    dt_h: float,
    price: float,
    fixed: np.ndarray,
    missed: np.ndarray,
    quarter: np.ndarray,
    quarter_steps: int,
    filled: int,
    common: bool,
    peak: np.ndarray,
    parts: np.ndarray,
) -> None:
    """Add the costs of a step.

    Parameters
    ----------
    row : (B, N_OUTCOME)
    dt_h : float
        [h]
    price : float
        Of the step [CNY/kWh].
    fixed : (3,)
        Price of export [CNY/kWh], of demand [CNY/kW], carbon of a kilowatt-hour [kg/kWh].
    missed : (B,)
        Person-kelvins of the step.
    quarter : (B,)
        Sum of this quarter-hour's steps so far [kW]: imports, of a common meter import less export.
    quarter_steps, filled : int
        Steps of a quarter-hour, and those that are in `quarter` with this one.
    common : bool
        Whether all buildings share the meter that the demand charge sees; they pay by their share of it.
    peak : (B,)
        Highest quarter-hour of the month [kW]; of a common meter all the same.
    parts : (B, N_PARTS)
        Money without weights, but kilograms of carbon, person-kelvin-hours, kilowatt-hours; added to.
    """
    count = row.shape[0]
    for b in range(count):
        quarter[b] += row[b, GRID_IMPORT] - (row[b, GRID_EXPORT] if common else 0.0)
        taken = row[b, GRID_IMPORT] * dt_h
        parts[b, ENERGY] += taken * price
        parts[b, EXPORT] -= row[b, GRID_EXPORT] * dt_h * fixed[0]
        parts[b, CARBON] += taken * fixed[2]
        parts[b, COMFORT] += missed[b] * dt_h
        parts[b, UNSERVED_PART] += row[b, UNSERVED] * dt_h
        parts[b, WEAR] += row[b, BATTERY_DISCHARGE] * dt_h
    if filled < quarter_steps:
        return
    joint = drawn = 0.0
    for b in range(count):
        joint += quarter[b]
        drawn += max(quarter[b], 0.0)
    for b in range(count):
        demand = (joint if common else quarter[b]) / quarter_steps
        more = max(demand - peak[b], 0.0)
        share = max(quarter[b], 0.0) / drawn if common and drawn > 0.0 else 1.0
        parts[b, DEMAND] += more * share * fixed[1]
        peak[b] = max(peak[b], demand)
        quarter[b] = 0.0


@compiled()
def weigh(parts: np.ndarray, weights: np.ndarray, reward: np.ndarray) -> None:
    """Multiply costs (B, N_PARTS) by their weights (N_PARTS,); the reward (B,) is minus their sum."""
    for b in range(parts.shape[0]):
        reward[b] = 0.0
        for i in range(parts.shape[1]):
            parts[b, i] *= weights[i]
            reward[b] -= parts[b, i]
