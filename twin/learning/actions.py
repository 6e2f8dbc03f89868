"""Actions (动作): what an agent may order, each from -1 to 1, scaled by what the building has.

- `battery`: -1 charges at full power, 0 rests, 1 discharges at full power.
- `shift`: at 0 the set-points hold, 1 pre-conditions as far as `control.precool` may, -1 lets rooms drift
  as far as `control.drift` allows.
- `vehicles`: -1 is the least that departures allow (with V2B: all that may be lent), 1 all that can be
  charged.
- `grid`: power held at the meter, import positive, over the meter's scale (`month_peak`'s upper bound).

NaN leaves a thing to the building's own control. Numbers beyond the range are wishes like any other: the
electrical step does what is nearest inside every limit, and counts what it could not follow.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.ev import ev_prepare
from controllers.orders import BATTERY_ORDER, EV_ORDER, GRID_TARGET, SHIFT_ORDER

ACTIONS = ("battery", "shift", "vehicles", "grid")
BATTERY, SHIFT, VEHICLES, GRID = range(4)
N_ACTIONS = 4
BUILT_IN = ("battery", "shift", "vehicles")
"""Actions of an environment where nothing else is asked for; `grid` overrules the battery's."""

EV_COUNT, EV_NEED, EV_LEAST, EV_MOST, EV_LEAVES = range(5)
N_EV = 5
_SOME_KWH = 1e-6
"""Energy from which on a vehicle counts as waiting [kWh]."""


@compiled()
def tell_vehicles(
    k: int,
    dt_h: float,
    electrical: np.ndarray,
    chargers: np.ndarray,
    ev_rows: np.ndarray,
    sessions: np.ndarray,
    horizon_h: float,
    told: np.ndarray,
) -> None:
    """Write what the vehicles of each building need in a step.

    Parameters
    ----------
    k : int
        Step of the window.
    dt_h, horizon_h : float
        Length of a step, and what is told where nobody waits [h].
    electrical, chargers, ev_rows, sessions
        As in `BuildingBatch` and `Plant`; what the step would prepare in `sessions` is prepared.
    told : (B, N_EV)
        Vehicles that still need energy, their energy [kWh], least and most power [kW], time to the next
        departure of one of them [h].
    """
    for b in range(chargers.shape[0]):
        told[b, :] = 0.0
        told[b, EV_LEAVES] = horizon_h
        row = ev_rows[k, chargers[b, 0] : chargers[b, 1]]
        if row.shape[0] == 0:
            continue
        ev_prepare(row, sessions, k, dt_h, electrical[b].charger, 0.0)
        for i in row:
            if i < 0:
                continue
            told[b, EV_LEAST] += sessions[i].low_kw
            told[b, EV_MOST] += sessions[i].high_kw
            if sessions[i].remaining_kwh > _SOME_KWH:
                told[b, EV_COUNT] += 1.0
                told[b, EV_NEED] += sessions[i].remaining_kwh
                left = (sessions[i].departure_step - k) * dt_h
                told[b, EV_LEAVES] = min(told[b, EV_LEAVES], left)


@compiled()
def write_orders(action: np.ndarray, scale: np.ndarray, vehicles: np.ndarray, orders: np.ndarray) -> None:
    """Turn actions into orders of one step.

    Parameters
    ----------
    action : (B, N_ACTIONS)
        NaN where nothing is ordered.
    scale : (B, N_ACTIONS + 1)
        Power of the battery [kW], shift towards more conditioning [K], 1 with chargers, scale of the meter
        [kW], shift towards less [K]; NaN where a building has no such thing.
    vehicles : (B, N_EV)
        As `tell_vehicles` writes it.
    orders : (B, N_ORDERS)
        Overwritten.
    """
    for b in range(action.shape[0]):
        orders[b, :] = math.nan
        orders[b, BATTERY_ORDER] = action[b, BATTERY] * scale[b, BATTERY]
        shift = action[b, SHIFT]
        orders[b, SHIFT_ORDER] = shift * (scale[b, SHIFT] if shift >= 0.0 else scale[b, N_ACTIONS])
        least, most = vehicles[b, EV_LEAST], vehicles[b, EV_MOST]
        share = 0.5 * (action[b, VEHICLES] + 1.0) * scale[b, VEHICLES]
        orders[b, EV_ORDER] = least + share * (most - least)
        orders[b, GRID_TARGET] = action[b, GRID] * scale[b, GRID]
