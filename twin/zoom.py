"""Some days of a march at a finer step (局部细化): begun from where the year's march stands.

A year goes at a quarter of an hour; who looks at a call minute by minute marches its days again at one
minute. Sizes, machines, vehicles and whatever was drawn are those of the year, only forcing is prepared anew;
rooms, walls, stores and batteries begin as the year left them. A wall is cut into cells as thick as heat
creeps in one step, so that a year that is to be looked at so is prepared with its walls cut for the finer
step (`prepare(..., cut_s=...)`): then both have the same modes.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.thermal import layout as k
from buildings.thermal.layout import ThermalState, copied_state, lane_array
from controllers.orders import no_orders
from twin.building_batch import N_ISLAND, PV_IN
from twin.plant import Plant, prepare
from twin.wear import refuse_worn
from weather.errors import TwinError


def zoomed(year: Plant, first: int, last: int, minutes: int) -> Plant:
    """Some days of a plant at a finer step.

    Parameters
    ----------
    year : Plant
        Marched up to step `first`, its walls cut for a step no longer than the finer one; stays as it is.
    first, last : int
        Steps of the year, last excluded; whole days.
    minutes : int
        The finer step [min].

    Returns
    -------
    Plant
        Of (last - first) steps of the year; its first step is `first`. Nothing is ordered in it.

    Raises
    ------
    TwinError
        A step that does not divide that of the year, or for which its walls are not cut; minutes that were
        drawn for the year (`variability`), which no finer step has; worn things.
    """
    refuse_worn(year.project, "a closer look at some days", "细看某几日")
    ratio = year.dt_s / (60.0 * minutes)
    if ratio < 1.0 or ratio != int(ratio) or year.cut_s > 60.0 * minutes:
        raise TwinError(
            f"a step of {minutes} min does not fit a year of {year.dt_s / 60.0:g} min with walls cut for "
            f"{year.cut_s:g} s.",
            "Choose a step that divides its own, and cut its walls for it.",
            key="step",
        )
    finer = int(ratio)
    if finer > 1 and year.project.variability == "minute":
        raise TwinError(
            "minutes that were drawn for a year cannot be looked at closer.",
            f"Set variability to hourly, or look at steps of {year.dt_s / 60.0:g} min.",
            key="variability",
        )
    project = year.project.model_copy(update={"timestep": float(minutes), "faults": ()})
    steps = slice(first * finer, last * finer)
    new = prepare(project, year.climate, cut_s=year.cut_s, steps=steps)
    # sizes of rooms and air of the panes are the year's
    batch = new.batch._replace(zone=year.batch.zone, pane=year.batch.pane)
    own = year.buildings
    # all but the sun is as the year has it: drawn, and some of it scaled by the whole year
    inputs = _repeated(own.inputs, first, last, finer)
    inputs[:, :, PV_IN] = new.buildings.inputs[:, :, PV_IN]
    faults = _repeated(own.faults, first, last, finer)
    sessions = year.sessions.copy()
    for name in ("arrival_step", "departure_step"):
        sessions[name] = (sessions[name] - first) * finer
    room = new.equipment.room._replace(rows=year.equipment.room.rows)
    equipment = new.equipment._replace(room=room, nows=year.equipment.nows.copy())
    return Plant(
        **{
            **vars(new),
            "project": project.model_copy(update={"faults": year.project.faults}),
            "batch": batch,
            "state": _at_step(year.state, math.sqrt(year.dt_s / new.dt_s), batch),
            "thermals": year.thermals,
            "ledgers": year.ledgers,
            "prepared": year.prepared,
            "rows": year.rows,
            "soc": year.soc.copy(),
            "sessions": sessions,
            "equipment": equipment,
            "buildings": new.buildings._replace(
                plant=own.plant,
                electrical=own.electrical.copy(),
                drier=own.drier,
                shifts=own.shifts.copy(),
                inputs=inputs,
                orders=no_orders(0, len(year.prepared)),
                faults=faults,
                island=np.zeros((*faults.shape, N_ISLAND)),
                chargers=own.chargers,
                ev_rows=_repeated(own.ev_rows, first, last, finer),
            ),
        }
    )


def _repeated(rows: np.ndarray, first: int, last: int, finer: int) -> np.ndarray:
    """Rows of coarse steps for the finer ones; what has none stays so."""
    return np.ascontiguousarray(np.repeat(rows[first:last], finer, axis=0))


def _at_step(state: ThermalState, factor: float, batch: k.ThermalBatch) -> ThermalState:
    """The same rooms and walls at another step; `factor` is that of the modes.

    What modes bring to the next step is reckoned anew, since that step is another.
    """
    own = copied_state(state)
    modes = lane_array(own.modes.shape, own.modes * factor)
    p_out, p_in = batch.modes[:, :, :, 1], batch.modes[:, :, :, 2]
    own.face[:, :, :, k.MEMORY_IN] = np.sum(p_in * modes, axis=3)
    own.face[:, :, :, k.MEMORY_OUT] = np.sum(p_out * modes, axis=3)
    return own._replace(modes=modes)
