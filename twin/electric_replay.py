"""The electrical side of one building again, with what it asks for given: no zones, so it is fast."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.records import Record
from twin.power_balance import power_step, warm_cells
from twin.power_columns import N_COLUMNS

Array = NDArray[np.float64]


class ElectricYear(NamedTuple):
    """What a building asks for over n steps, as its march found it.

    Attributes
    ----------
    lighting, equipment, fans, bus_loss, hvac : (n,)
        [kW]; `bus_loss` is a constant load on the bus, such as its cables.
    fresh_air, hot_water, cooking, process, generation : (n,)
        Always on the AC board [kW].
    pv : (n,)
        Available after its converter [kW].
    period, hours_left : (n,)
        Tariff period code, hours until it ends.
    battery_room : (n,)
        Temperature around the battery [degC].
    ev_rows : (n, C) int32
    """

    lighting: Array
    equipment: Array
    fans: Array
    bus_loss: Array
    hvac: Array
    fresh_air: Array
    hot_water: Array
    cooking: Array
    process: Array
    generation: Array
    pv: Array
    period: NDArray[np.int64]
    hours_left: Array
    battery_room: Array
    ev_rows: NDArray[np.int32]


@compiled()
def _replay(
    electrical: Record, soc: np.ndarray, sessions: np.ndarray, dt_h: float, y: Any, out: np.ndarray
) -> None:
    for k in range(out.shape[0]):
        power_step(
            electrical[0],
            soc,
            y.ev_rows[k],
            sessions,
            k,
            dt_h,
            y.lighting[k],
            y.equipment[k],
            y.fans[k],
            y.bus_loss[k],
            y.hvac[k],
            y.hvac[k],
            0.0,
            0.0,
            y.fresh_air[k],
            y.hot_water[k],
            y.cooking[k],
            y.process[k],
            y.generation[k],
            y.pv[k],
            y.period[k],
            y.hours_left[k],
            out[k],
        )
        warm_cells(electrical[0], y.battery_room[k], dt_h, out[k])


def replay(
    records: np.ndarray, soc: Array, sessions: NDArray[Any], dt_h: float, given: ElectricYear
) -> Array:
    """March the electrical side alone, from where it stands.

    Parameters
    ----------
    records : ndarray (1,) of ELECTRICAL
        With the orders that hold throughout; advanced in place, as are the next two.
    soc : ndarray (1,)
        State of charge [-].
    sessions : ndarray of EV_SESSION
        Their first step is the first of `given`.
    dt_h : float
        Length of a step [h].
    given : ElectricYear

    Returns
    -------
    ndarray (n, N_COLUMNS)
        As `twin.power_columns.COLUMNS`; all HVAC counts as cooling.
    """
    out = np.zeros((len(given.hvac), N_COLUMNS))
    _replay(records, soc, sessions, dt_h, given, out)
    return out


def replay_year(
    electrical: Record, soc: float, sessions: NDArray[Any], dt_h: float, year: ElectricYear
) -> tuple[Array, float, NDArray[Any]]:
    """March the electrical side alone.

    Parameters
    ----------
    electrical : ELECTRICAL record
    soc : float
        State of charge at the start [-].
    sessions : ndarray of EV_SESSION
        As drawn; not changed.
    dt_h : float
        Length of a step [h].
    year : ElectricYear

    Returns
    -------
    columns : ndarray (n, N_COLUMNS)
        As `twin.power_columns.COLUMNS`; all HVAC counts as cooling.
    soc : float
        State of charge at the end [-].
    sessions : ndarray of EV_SESSION
        With what remains at departure.
    """
    records = np.zeros(1, electrical.dtype)
    records[0] = electrical
    # the record may have been marched before
    records[0]["battery"]["temp"] = year.battery_room[0]
    state, own = np.array([soc]), sessions.copy()
    out = replay(records, state, own, dt_h, year)
    return out, float(state[0]), own
