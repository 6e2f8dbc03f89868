"""The plant rooms of all buildings as the march reads and moves them: rows of equipment, state, books."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.systems.component import N_CONDITIONS, N_FLOWS

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

ROW = np.dtype(
    [
        *((name, np.int64) for name in ("kind", "p_at", "p_end", "s_at", "s_end")),
        *((name, np.int64) for name in ("feeds", "heats", "source", "share")),
        *((name, np.int64) for name in ("fed", "drawn_on", "free", "input_1", "input_2", "window")),
        ("charge_temp", np.float64),
    ],
    align=True,
)
"""A row of equipment as it is prepared.

`kind` is its `registry.kind`; its parameters stand in `PlantRoom.p` from `p_at` to `p_end`, its state
from `s_at` to `s_end`. Rows that it is linked with, -1 for none: the store that its output fills
(`feeds`), the one that takes its by-product heat (`heats`), what stands behind it (`source`), the first
row of the machine whose time it shares (`share`). 1 or 0: whether others feed it with output or by-
product heat (`fed`), whether others draw on it (`drawn_on`), whether what it gives costs nothing and is
taken while there is room (`free`). Columns of `PlantRoom.series`, -1 for none: its prepared inputs, and
the share of each step in which machines may fill this store or, of a machine, in which it may run
(`window`). `charge_temp`: what those who feed this store must reach [degC]."""

WORK = np.dtype(
    [
        ("c", np.float64, (N_CONDITIONS,)),
        ("flows", np.float64, (N_FLOWS,)),
        *((name, np.float64) for name in ("least", "most", "call", "alone", "wish", "asked", "used")),
        ("known", np.int64),
    ],
    align=True,
)
"""A row of equipment within a step.

Conditions `c`; `flows` that it gives [W]; its limits `least`, `most`, `call` [W], once they are `known`: only
of who is asked; what a store can give without its feeders (`alone`), its output as decided (`wish`) and as
asked before its source answered (`asked`) [W]; the used share of a machine's time (`used`)."""


class PlantRoom(NamedTuple):
    """Rows of equipment of all buildings.

    Records, not a column each: compiled functions hand them on hundreds of times a step and count each array.

    Attributes
    ----------
    first : (B + 1,)
        First row of each building, and the end.
    rows : (R,) records
        `ROW`.
    p : (P,)
        Parameters of all rows.
    series : (n, C)
    supply, back : (B, N_FLOWS)
        Temperatures of what each building's consumers ask for and send back [degC].
    """

    first: Whole
    rows: np.ndarray
    p: Array
    series: Array
    supply: Array
    back: Array


class RoomScratch(NamedTuple):
    """Work arrays.

    Attributes
    ----------
    rows : (R,) records
        `WORK`.
    state : (S,)
        States at the end of the step, as `serve` found them.
    wanted : (N_FLOWS,)
        Demands of the step [W].
    """

    rows: np.ndarray
    state: Array
    wanted: Array


class Equipment(NamedTuple):
    """Plant rooms as the march moves them.

    Attributes
    ----------
    room : PlantRoom
    state : (S,)
        State of all rows.
    work : RoomScratch
    sums, demands, common : (N_FLOWS,), (N_FLOWS,), (N_CONDITIONS,)
        What the last `serve` gave and was asked for [W], and the conditions that its rows shared.
    totals : (R, N_FLOWS + 1)
        Energy by carrier [Wh], and the largest imbalance of a step relative to its largest flow [-].
    """

    room: PlantRoom
    state: Array
    work: RoomScratch
    sums: Array
    demands: Array
    common: Array
    totals: Array


def equipment_of(room: PlantRoom, state: Array) -> Equipment:
    """Rooms with work arrays and empty books."""
    return Equipment(
        room,
        state,
        RoomScratch(np.zeros(len(room.rows), WORK), np.zeros(len(state)), np.zeros(N_FLOWS)),
        np.zeros(N_FLOWS),
        np.zeros(N_FLOWS),
        np.zeros(N_CONDITIONS),
        np.zeros((len(room.rows), N_FLOWS + 1)),
    )


def repeated(equipment: Equipment, count: int) -> tuple[PlantRoom, Array]:
    """The first building's plant room many times, and its state as it stands."""
    room = equipment.room
    number = int(room.first[1])
    own = room.rows[:number]
    p, s = (int(own[end][-1]) if number else 0 for end in ("p_end", "s_end"))
    rows, copies = np.tile(own, count), np.repeat(np.arange(count), number)
    for link in ("feeds", "heats", "source", "share"):
        rows[link] += np.where(rows[link] >= 0, copies * number, 0)
    for place, size in (("p_at", p), ("p_end", p), ("s_at", s), ("s_end", s)):
        rows[place] += copies * size
    return room._replace(
        first=np.arange(count + 1) * number,
        rows=rows,
        p=np.tile(room.p[:p], count),
        supply=np.repeat(room.supply[:1], count, axis=0),
        back=np.repeat(room.back[:1], count, axis=0),
    ), np.tile(equipment.state[:s], count)
