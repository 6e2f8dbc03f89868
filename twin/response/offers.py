"""What a building can do in a call, as its own energy management knows it, and how it carries out an order.

A building with a DC bus holds a power at its meter: its baseline less what it is asked for, by the voltage of
the bus. One without orders its sources by themselves, each by the same share of what it has: its battery and
vehicles beside what they would do anyway, its rooms by set-points, its hot water by when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from controllers.codes import DROOP
from controllers.orders import (
    BATTERY_ORDER,
    EV_ORDER,
    EVENT_IN,
    GRID_TARGET,
    HOT_WATER_ORDER,
    SHIFT_ORDER,
)
from twin.flexibility.envelope import BUILDING, SOURCES, Envelope
from twin.flexibility.mass import held
from twin.flexibility.tank import ordered_fill_kw
from twin.flexibility.witness import Baseline
from twin.plant import Plant
from twin.power_columns import BATTERY_CHARGE, BATTERY_DISCHARGE, EV_CHARGE, EV_DISCHARGE
from twin.response.call_times import CallTimes
from twin.shift_response import SeasonAnswer
from twin.supervisors import orders_ahead

Floats = NDArray[np.float64]
_MILD_C = 18.0
"""Outdoor temperature above which a call finds rooms that are cooled [degC]."""
_ORDERED = [BATTERY_ORDER, EV_ORDER, SHIFT_ORDER, GRID_TARGET, HOT_WATER_ORDER]


@dataclass(frozen=True, eq=False)
class Offer:
    """What a building can do in the call of the day, told from its own state.

    Attributes
    ----------
    by_voltage : bool
        Whether a bus holds the meter.
    minutes : tuple of int
        Times that a change may have to last [min].
    building_kw : ndarray (M,)
        Largest change at the meter by time [kW].
    source_kw : mapping of str to ndarray (M,)
        Of each source [kW].
    battery_kw, vehicles_kw : ndarray (n,)
        What they do anyway in the steps of the call [kW].
    fill_kw : ndarray (2, n)
        Heat that fills hot water, anyway and under all that the tank can do by the whole call [kW].
    shift_k : ndarray (n,)
        Shift of set-points that takes all that the rooms can do [K].
    """

    by_voltage: bool
    minutes: tuple[int, ...]
    building_kw: Floats
    source_kw: Mapping[str, Floats]
    battery_kw: Floats
    vehicles_kw: Floats
    fill_kw: Floats
    shift_k: Floats


def offer_of(
    known: Baseline,
    b: int,
    answers: Mapping[str, SeasonAnswer],
    told: Envelope,
    direction: str,
    fine_told: Floats,
    times: CallTimes,
) -> Offer:
    """The offer of a building.

    Parameters
    ----------
    known : Baseline
        The year without a call.
    b : int
    answers : mapping
        Answers of its rooms, by season.
    told : Envelope
        At the start of the call, one start.
    direction : {"down", "up"}
    fine_told : ndarray (n, N_OUTCOME)
        What the building does anyway in the steps of the call.
    times : CallTimes
    """
    sign = 1.0 if direction == "down" else -1.0
    electrical = known.plant.buildings.electrical[b]
    control = known.plant.prepared[b].description.systems.control
    n, dt_h = times.end - times.start, times.minutes / 60.0
    shift = np.zeros(n)
    mild = known.plant.weather.temp_air[times.year_start] < _MILD_C
    season = answers.get("heating" if mild else "cooling")
    if season is not None and float(told.sources[direction, "mass"].kw[-1, 0]) > 0.0:
        shape = held(season.three, dt_h, n).shift
        shift = -sign * (control.drift if sign > 0.0 else control.precool) * shape / shape.max()
    fill = np.full((2, n), np.nan)
    store, tank = known.hot_water(b), float(told.sources[direction, "tank"].kw[-1, 0])
    if store is not None and tank > 0.0:
        finer = round(known.plant.dt_s / (60.0 * times.minutes))
        steps = times.year_start + np.arange(-(-n // finer))
        base = known.outcome.buildings[steps, b]
        for row, change in enumerate((0.0, -sign * tank)):
            fill[row] = np.repeat(ordered_fill_kw(store, base, steps, change), finer)[:n]
    return Offer(
        bool(electrical["has_dc_bus"]),
        told.minutes,
        to_watts(told.sources[direction, BUILDING].kw[:, 0]),
        {name: to_watts(told.sources[direction, name].kw[:, 0]) for name in SOURCES},
        fine_told[:, BATTERY_DISCHARGE] - fine_told[:, BATTERY_CHARGE],
        fine_told[:, EV_CHARGE] - fine_told[:, EV_DISCHARGE],
        to_watts(fill),
        to_watts(shift),
    )


class Own(NamedTuple):
    """What controls a building when nobody calls it.

    Attributes
    ----------
    orders : ndarray (n, N_ORDERS)
        Of its rules, in the steps of the call.
    controller : int
    precool_k : float
        Shift of its set-points that the bus may ask for [K].
    """

    orders: Floats
    controller: int
    precool_k: float


def own_control(plant: Plant, b: int, times: CallTimes) -> Own:
    """How a building is controlled before anybody calls it."""
    orders = orders_ahead(plant, times.start, times.end)[:, b].copy()
    buildings = plant.buildings
    return Own(orders, int(buildings.electrical["controller"][b]), float(buildings.shifts[b, 0]))


def give_back(plant: Plant, b: int, own: Own) -> None:
    """Leave a building to its own controller; orders of the call end with it."""
    plant.buildings.electrical["controller"][b] = own.controller
    plant.buildings.shifts[b, 0] = own.precool_k


def to_watts(kw: Floats) -> Floats:
    """To the thousandth: the fit of a building's rooms has other last digits where other threads solve it."""
    return np.round(kw, 3)


def lasting(minutes: tuple[int, ...], left_min: float) -> int:
    """Which of the times covers what is left of a call; the longest where none does."""
    return next((i for i, m in enumerate(minutes) if m >= left_min - 1e-9), len(minutes) - 1)


def prepare_for(plant: Plant, b: int, first: int, start: int) -> None:
    """Let a building know of the call from step `first` on, so that it keeps something for it."""
    orders = orders_ahead(plant, first, start)[:, b]
    orders[:, EVENT_IN] = (start - np.arange(first, start)) * plant.dt_s / 3600.0


def carry_out(
    plant: Plant, b: int, offer: Offer, own: Own, asked_kw: Floats, reference_kw: Floats, at: int,
    times: CallTimes, sign: float,
) -> None:  # fmt: skip
    """Write what a building does about an order from a step on, until the call ends.

    Parameters
    ----------
    plant : Plant
        The finer march.
    b : int
    offer : Offer
    own : Own
    asked_kw : ndarray (n,)
        In the direction that is asked for, in the steps of the call; where it is 0 throughout what is left,
        it goes back to its own control [kW].
    reference_kw : ndarray (n,)
        Its baseline in the steps of the call [kW].
    at : int
        Step from which it acts.
    times : CallTimes
    sign : float
        1 for less import.
    """
    orders = orders_ahead(plant, at, times.end)[:, b]
    behind = slice(at - times.start, times.end - times.start)
    orders[:, _ORDERED] = own.orders[behind][:, _ORDERED]
    asked = asked_kw[behind]
    if not asked.any():
        give_back(plant, b, own)
        return
    if offer.by_voltage:
        control = plant.prepared[b].description.systems.control
        orders[:, GRID_TARGET] = reference_kw[behind] - sign * asked
        plant.buildings.electrical["controller"][b] = DROOP
        plant.buildings.shifts[b, 0] = control.precool
        return
    m = lasting(offer.minutes, (times.end - at) * times.minutes)
    share = np.minimum(asked / max(float(offer.building_kw[m]), 1e-9), 1.0)
    part = {name: float(kw[m]) for name, kw in offer.source_kw.items()}
    if part["battery"] > 0.0:
        orders[:, BATTERY_ORDER] = offer.battery_kw[behind] + sign * share * part["battery"]
    if part["vehicles"] > 0.0:
        orders[:, EV_ORDER] = offer.vehicles_kw[behind] - sign * share * part["vehicles"]
    if part["mass"] > 0.0:
        orders[:, SHIFT_ORDER] = share * offer.shift_k[behind]
    if part["tank"] > 0.0:
        anyway, fully = offer.fill_kw[:, behind]
        orders[:, HOT_WATER_ORDER] = anyway + share * (fully - anyway)
