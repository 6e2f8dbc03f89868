"""The first minutes of a call second by second (秒级响应): buses whose voltage moves until their meters hold.

An order that stands at the meter of a building with a DC bus changes nothing at once: the interface reads
the meter, late, and moves the voltage, and every device on the bus answers by its curve
(`controllers.secondary`).
A march by minutes books the mean of that; here the same electrical step goes second by second, from where the
march stood as the call began. What the building asks for stays what it asked for in the first step of the
call: rooms do not move in that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from controllers.orders import GRID_TARGET
from twin.electric_replay import ElectricYear, replay
from twin.going import Going
from twin.power_columns import (
    BUS_VOLTAGE,
    COOKING,
    EQUIPMENT,
    FANS,
    FRESH_AIR,
    GENERATION,
    GRID_EXPORT,
    GRID_IMPORT,
    HOT_WATER,
    HVAC,
    HVAC_SHED,
    LIGHTING,
    PROCESS,
    PV,
    PV_CURTAILED,
)
from twin.supervisors import orders_ahead

Floats = NDArray[np.float64]
SECONDS = 300
"""How long is looked at; the loop's time constant is a fifteenth of it."""
_SECOND_H = 1.0 / 3600.0


class Bus(NamedTuple):
    """The electrical side of a building with an order, as the call begins.

    Attributes
    ----------
    part, place : int
        Part of the fleet, building in it.
    record : ndarray (1,) of ELECTRICAL
        With its orders.
    soc : ndarray (1,)
    sessions : ndarray of EV_SESSION
        Of vehicles that are there, their steps in seconds from now.
    ev_row : ndarray of int32
        Session at each charger.
    """

    part: int
    place: int
    record: np.ndarray
    soc: Floats
    sessions: NDArray[Any]
    ev_row: NDArray[np.int32]


class FirstSeconds(NamedTuple):
    """Buildings with a DC bus (H of them) that have an order as the call begins.

    Attributes
    ----------
    place : ndarray of int (H,)
        Among the participants.
    truth_kw : ndarray (H,)
        Meter in the first step of the call as it would have been without it [kW].
    held_kw : ndarray (H,)
        What the meter is to hold [kW].
    meter_kw, voltage_pu : ndarray (H, SECONDS)
        Meter [kW] and bus voltage [-] in each second.
    """

    place: NDArray[np.intp]
    truth_kw: Floats
    held_kw: Floats
    meter_kw: Floats
    voltage_pu: Floats


def buses_at(goings: Sequence[Going], start: int) -> list[Bus]:
    """Buses that have an order at the step that is marched next; copies."""
    found = []
    for part, going in enumerate(goings):
        plant = going.plant
        orders = orders_ahead(plant, start, start + 1)[0]
        for b in np.flatnonzero(~np.isnan(orders[:, GRID_TARGET])):
            record = plant.buildings.electrical[b : b + 1].copy()
            record["orders"][0] = orders[b]
            row = plant.buildings.ev_rows[start, slice(*plant.buildings.chargers[b])]
            there = row >= 0
            sessions = plant.sessions[row[there]].copy()
            for name in ("arrival_step", "departure_step"):
                sessions[name] = (sessions[name] - start) * round(plant.dt_s)
            own = np.full(len(row), -1, dtype=np.int32)
            own[there] = np.arange(len(sessions))
            found.append(Bus(part, int(b), record, plant.soc[b].copy(), sessions, own))
    return found


def first_seconds(
    buses: Sequence[Bus], goings: Sequence[Going], start: int, truth_kw: Floats
) -> FirstSeconds:
    """The first minutes of a call.

    Parameters
    ----------
    buses : sequence of Bus
        As they stood before it; consumed.
    goings : sequence of Going
        Parts of the fleet, marched beyond the first step of the call.
    start : int
        That step.
    truth_kw : ndarray (P,)
        Meters of all participants in it without the call [kW].
    """
    offsets = np.cumsum([0, *(len(going.plant.prepared) for going in goings)])
    held = [float(bus.record["orders"][0, GRID_TARGET]) for bus in buses]
    told = np.array([_second_by_second(bus, goings[bus.part], start) for bus in buses])
    told = told.reshape(len(buses), SECONDS, 2)
    place = np.array([offsets[bus.part] + bus.place for bus in buses], dtype=np.intp)
    return FirstSeconds(
        place,
        truth_kw[place],
        np.array(held),
        told[:, :, 0],
        told[:, :, 1],
    )


def _second_by_second(bus: Bus, going: Going, start: int) -> Floats:
    """Meter [kW] and voltage [-] of a building in each second from a step on, shape (SECONDS, 2)."""
    asked, buildings = going.told[start, bus.place], going.plant.buildings
    loop = bus.record["secondary"]
    delay_s, rate = loop["delay_s"].copy(), loop["ramp_per_s"] * bus.record["interface"]["rated_kw"]
    # where the interface stands: a march by minutes takes it to have come to what was looked for
    into_kw = loop["bus_kw"].copy()
    found = np.zeros((SECONDS, 2))
    for second in range(SECONDS):
        # once the reading has come the distance dies away from second to second; until then it stands
        loop["delay_s"] = np.where(second < delay_s, SECONDS, 0.0)
        loop["bus_kw"] = into_kw
        given = ElectricYear(
            lighting=asked[[LIGHTING]],
            equipment=asked[[EQUIPMENT]],
            fans=asked[[FANS]],
            bus_loss=np.zeros(1),
            hvac=asked[[HVAC]] + asked[[HVAC_SHED]],
            fresh_air=asked[[FRESH_AIR]],
            hot_water=asked[[HOT_WATER]],
            cooking=asked[[COOKING]],
            process=asked[[PROCESS]],
            generation=asked[[GENERATION]],
            pv=asked[[PV]] + asked[[PV_CURTAILED]],
            period=buildings.period[start : start + 1],
            hours_left=buildings.hours_left[start : start + 1] - second * _SECOND_H,
            battery_room=buildings.battery_room[start : start + 1, bus.place].copy(),
            ev_rows=bus.ev_row[None, :],
        )
        (told,) = replay(bus.record, bus.soc, bus.sessions, _SECOND_H, given)
        sought = np.where(np.isfinite(loop["end_kw"]), loop["end_kw"], loop["bus_kw"])
        into_kw = np.where(np.isnan(into_kw), sought, into_kw + np.clip(sought - into_kw, -rate, rate))
        found[second] = told[GRID_IMPORT] - told[GRID_EXPORT], told[BUS_VOLTAGE]
        for name in ("arrival_step", "departure_step"):
            bus.sessions[name] -= 1
    return found
