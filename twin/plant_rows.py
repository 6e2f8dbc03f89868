"""The plant rooms of all buildings as the march reads and moves them: rows of equipment, state, books."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.systems.component import N_CONDITIONS, N_FLOWS
from buildings.systems.registry import COMPONENTS

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

_MOST_PARAMETERS = max(len(component.parameters) for component in COMPONENTS) + 1
MOST_STATES = max(len(component.states) for component in COMPONENTS)

ROW = np.dtype(
    [
        *((name, np.int64) for name in ("kind", "feeds", "heats", "source", "share")),
        *((name, np.int64) for name in ("fed", "drawn_on", "free", "burns", "passes")),
        *((name, np.int64) for name in ("input_1", "input_2", "window")),
        ("charge_temp", np.float64),
        ("p", np.float64, (_MOST_PARAMETERS,)),
    ],
    align=True,
)
"""A row of equipment as it is prepared.

`kind` is its `registry.kind`, `p` its parameters, filled up with zeros. Rows that it is linked with, -1
for none: the store that its output fills (`feeds`), the one that takes its by-product heat (`heats`),
what stands behind it (`source`), the first row of the machine whose time it shares (`share`). 1 or 0:
whether others feed it with output or by-product heat (`fed`), whether others draw on it (`drawn_on`),
whether what it gives costs nothing and is taken while there is room (`free`), whether it burns fuel, so
that orders leave it alone (`burns`), whether consumers can
have at once what feeders bring (`passes`). Columns of `PlantRoom.series`, -1 for none: its prepared
inputs, and the share of each step in which machines may fill this store or, of a machine, in which it
may run (`window`). `charge_temp`: what those who feed this store must reach [degC]."""

NOW = np.dtype(
    [
        ("state", np.float64, (MOST_STATES,)),
        ("end", np.float64, (MOST_STATES,)),
        ("c", np.float64, (N_CONDITIONS,)),
        ("flows", np.float64, (N_FLOWS,)),
        *((name, np.float64) for name in ("least", "most", "call", "held", "alone", "wish", "asked", "used")),
        ("known", np.int64),
    ],
    align=True,
)
"""A row of equipment in a step.

Its `state`, and that at the `end` of the step as `serve` found it, filled up with zeros; conditions `c`;
`flows` that it gives [W]; its limits `least`, `most`, `call` [W], once they are `known`: only of who is
asked; what a store can give without its feeders (`held`) and may by its order (`alone`), its output as
decided (`wish`) and as asked before its source answered (`asked`) [W]; the used share of a machine's time
(`used`)."""


class PlantRoom(NamedTuple):
    """Rows of equipment of all buildings.

    Records, not a column each: compiled functions hand them on hundreds of times a step and count each array.

    Attributes
    ----------
    first : (B + 1,)
        First row of each building, and the end.
    rows : (R,) records
        `ROW`.
    series : (n, C)
    supply, back : (B, N_FLOWS)
        Temperatures of what each building's consumers ask for and send back [degC].
    """

    first: Whole
    rows: np.ndarray
    series: Array
    supply: Array
    back: Array


class Equipment(NamedTuple):
    """Plant rooms as the march moves them.

    Attributes
    ----------
    room : PlantRoom
    nows : (R,) records
        `NOW`.
    sums, demands, wanted, common : (N_FLOWS,), (N_FLOWS,), (N_FLOWS,), (N_CONDITIONS,)
        What the last `serve` gave, was asked for, and was to meet of that [W], and the conditions that its
        rows shared.
    orders, fills : (N_FLOWS,)
        Of the stores by carrier [W], NaN where none: what machines are to bring, negative for the most that a
        store gives of what it holds; and what of it is still to be brought.
    totals : (R, N_FLOWS + 2)
        Energy by carrier [Wh], the largest imbalance of a step relative to its largest flow [-], and the time
        in which a machine ran held at the edge of its curves [h].
    """

    room: PlantRoom
    nows: np.ndarray
    sums: Array
    demands: Array
    wanted: Array
    common: Array
    orders: Array
    fills: Array
    totals: Array


def equipment_of(room: PlantRoom, states: Array) -> Equipment:
    """Rooms with empty books.

    Parameters
    ----------
    room : PlantRoom
    states : (R, MOST_STATES)
        At the start.
    """
    nows = np.zeros(len(room.rows), NOW)
    nows["state"] = states
    return Equipment(
        room,
        nows,
        np.zeros(N_FLOWS),
        np.zeros(N_FLOWS),
        np.zeros(N_FLOWS),
        np.zeros(N_CONDITIONS),
        np.full(N_FLOWS, np.nan),
        np.full(N_FLOWS, np.nan),
        np.zeros((len(room.rows), N_FLOWS + 2)),
    )


def repeated(equipment: Equipment, count: int) -> Equipment:
    """The first building's plant room many times, with its state as it stands."""
    room = equipment.room
    number = int(room.first[1])
    rows, copies = np.tile(room.rows[:number], count), np.repeat(np.arange(count), number)
    for link in ("feeds", "heats", "source", "share"):
        rows[link] += np.where(rows[link] >= 0, copies * number, 0)
    many = room._replace(
        first=np.arange(count + 1) * number,
        rows=rows,
        supply=np.repeat(room.supply[:1], count, axis=0),
        back=np.repeat(room.back[:1], count, axis=0),
    )
    return equipment_of(many, np.tile(equipment.nows["state"][:number], (count, 1)))
