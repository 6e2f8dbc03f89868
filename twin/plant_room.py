"""The plant room (机房) of a building: who serves what, in which order, from which store and source.

Equipment stands in rows, those used first in front. In every step demands by carrier (steam, hot water, space
heat, chilled water) are met in this order:

1. every row says what it can give and what it asks for;
2. demands are shared out along the rows; stores stand in for those who feed them;
3. stores are filled: with what is free as far as there is room, by machines as far as the store calls;
4. machines run, those with by-products first; their sources follow; stores and sources come last.

A machine finds a store as the step begins, and its source as it is while the machine draws: both agree.
`serve` solves a step on a copy of the state, so that whoever grants power may ask again for less; `settle`
makes it happen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.component import (
    CHILLED_WATER,
    ELECTRICITY,
    HEAT_ACCEPTED,
    HEAT_IN,
    HOT_WATER,
    HYDROGEN,
    INPUT_1,
    INPUT_2,
    N_CONDITIONS,
    N_FLOWS,
    SERVES,
    SOURCE,
    SPACE_HEAT,
    STEAM,
    TEMP_HEAT_IN,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    imbalance,
)
from buildings.systems.registry import component_limits, component_step, component_temperatures

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

DEMANDS = (STEAM, HOT_WATER, SPACE_HEAT, CHILLED_WATER)
"""Carriers that a building asks for, in the order in which machines that share their time serve them."""
_SOURCE_SWEEPS = 12
_SOURCE_CLOSE = 1e-6
"""Relative change of what machines draw at which they and their source agree."""
_BISECTIONS = 40
_ALL = 1e15
"""More by-product heat than there is [W]."""


class PlantRoom(NamedTuple):
    """Rows of equipment of all buildings.

    Attributes
    ----------
    first : (B + 1,)
        First row of each building, and the end.
    kind : (R,)
        `registry.kind`.
    p_at, s_at : (R + 1,)
        Where each row's parameters and state begin in `p` and in the state.
    p : (P,)
        Parameters of all rows.
    feeds, source : (R,)
        Row of the store that it feeds, and of the component on which it draws; -1: none.
    share : (R,)
        Row whose time it shares (the first row of that machine), -1: none.
    free : (R,)
        1 where what it gives costs nothing and is taken while there is room.
    inputs, window : (R, 2), (R,)
        Columns of `series` with its prepared inputs, and with the share of each step in which machines may
        fill this store or, of a machine, in which it may run; -1: none, always.
    charge_temp : (R,)
        Temperature that those who feed this store must reach [degC].
    series : (n, C)
    supply, back : (B, N_FLOWS)
        Temperatures of what each building's consumers ask for and send back [degC].
    """

    first: Whole
    kind: Whole
    p_at: Whole
    s_at: Whole
    p: Array
    feeds: Whole
    source: Whole
    share: Whole
    free: Whole
    inputs: Whole
    window: Whole
    charge_temp: Array
    series: Array
    supply: Array
    back: Array


class RoomScratch(NamedTuple):
    """Work arrays of all rows.

    Attributes
    ----------
    c, limits, wish, asked, used : (R, N_CONDITIONS), (R, 3), (R,), (R,), (R,)
        Conditions, limits, outputs as decided and as asked before the source answered [W], and used shares of
        each machine's time.
    flows, state : (R, N_FLOWS), (S,)
        What each row gives [W] and its state at the end of the step, as `serve` found them.
    wanted : (N_FLOWS,)
        Demands of the step [W].
    """

    c: Array
    limits: Array
    wish: Array
    asked: Array
    used: Array
    flows: Array
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
        room_scratch(room),
        np.zeros(N_FLOWS),
        np.zeros(N_FLOWS),
        np.zeros(N_CONDITIONS),
        np.zeros((len(room.kind), N_FLOWS + 1)),
    )


def repeated(equipment: Equipment, count: int) -> tuple[PlantRoom, Array]:
    """The first building's plant room many times, and its state as it stands."""
    room = equipment.room
    rows, p, s = int(room.first[1]), int(room.p_at[room.first[1]]), int(room.s_at[room.first[1]])
    copies = np.repeat(np.arange(count), rows)

    def linked(column: Whole) -> Whole:
        own = np.tile(column[:rows], count)
        return np.where(own >= 0, own + copies * rows, -1)

    return room._replace(
        first=np.arange(count + 1) * rows,
        kind=np.tile(room.kind[:rows], count),
        p_at=np.append(np.tile(room.p_at[:rows], count) + copies * p, count * p),
        s_at=np.append(np.tile(room.s_at[:rows], count) + copies * s, count * s),
        p=np.tile(room.p[:p], count),
        feeds=linked(room.feeds),
        source=linked(room.source),
        share=linked(room.share),
        free=np.tile(room.free[:rows], count),
        inputs=np.tile(room.inputs[:rows], (count, 1)),
        window=np.tile(room.window[:rows], count),
        charge_temp=np.tile(room.charge_temp[:rows], count),
        supply=np.repeat(room.supply[:1], count, axis=0),
        back=np.repeat(room.back[:1], count, axis=0),
    ), np.tile(equipment.state[:s], count)


def room_scratch(room: PlantRoom) -> RoomScratch:
    """Work arrays for a plant room."""
    rows = len(room.kind)
    return RoomScratch(
        np.zeros((rows, N_CONDITIONS)),
        np.zeros((rows, 3)),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros(rows),
        np.zeros((rows, N_FLOWS)),
        np.zeros(int(room.s_at[-1])),
        np.zeros(N_FLOWS),
    )


@compiled()
def _p(room, r):
    return room.p[room.p_at[r] : room.p_at[r + 1]]


@compiled()
def _s(room, state, r):
    return state[room.s_at[r] : room.s_at[r + 1]]


@compiled()
def _serves(room, r):
    return int(room.p[room.p_at[r] + SERVES])


@compiled()
def _window(room, r, k):
    """Share of the step in which a row may run or be filled by machines [-]."""
    return 1.0 if room.window[r] < 0 else room.series[k, room.window[r]]


@compiled()
def _begin(room, state, b, k, common, work):
    """Conditions and limits of every row as the step begins."""
    for r in range(room.first[b], room.first[b + 1]):
        c, carrier = work.c[r], _serves(room, r)
        c[:] = common
        c[TEMP_SUPPLY], c[TEMP_RETURN] = room.supply[b, carrier], room.back[b, carrier]
        c[HEAT_IN] = c[HEAT_ACCEPTED] = 0.0
        c[TEMP_HEAT_IN] = room.charge_temp[r]
        c[INPUT_1] = room.series[k, room.inputs[r, 0]] if room.inputs[r, 0] >= 0 else 0.0
        c[INPUT_2] = room.series[k, room.inputs[r, 1]] if room.inputs[r, 1] >= 0 else 0.0
        work.wish[r] = work.used[r] = 0.0
        work.flows[r] = 0.0
    for r in range(room.first[b], room.first[b + 1]):
        _link(room, state, r, 0.0, work)
        _find_limits(room, state, r, work)


@compiled()
def _link(room, state, r, drawn, work):
    """Temperatures that a row sees of its store, and of its source while that gives `drawn` [W]."""
    c, to, behind = work.c[r], room.feeds[r], room.source[r]
    if to >= 0:
        seen = component_temperatures(room.kind[to], _p(room, to), _s(room, state, to), work.c[to], 0.0)
        c[TEMP_RETURN], c[TEMP_SUPPLY] = seen[1], room.charge_temp[to]
    if behind >= 0:
        place = _p(room, behind), _s(room, state, behind)
        c[TEMP_SOURCE] = component_temperatures(room.kind[behind], place[0], place[1], work.c[behind], drawn)[
            0
        ]


@compiled()
def _find_limits(room, state, r, work):
    found = component_limits(room.kind[r], _p(room, r), _s(room, state, r), work.c[r])
    work.limits[r, 0], work.limits[r, 1], work.limits[r, 2] = found


@compiled()
def _run(room, state, r, wish, work):
    """Flows and end state of a row at an output [W], into the work arrays."""
    work.wish[r] = wish
    end = _s(room, work.state, r)
    end[:] = _s(room, state, r)
    component_step(room.kind[r], _p(room, r), end, wish, work.c[r], work.flows[r])


@compiled()
def _take(room, r, amount, work):
    """Let a row give at most `amount` more [W]; what it gives of it."""
    most = work.limits[r, 1]
    if most <= 0.0 or amount <= 0.0:
        return 0.0
    machine = room.share[r] if room.share[r] >= 0 else r
    given = min(amount, most * max(1.0 - work.used[machine], 0.0), most - work.wish[r])
    if given <= 0.0:
        return 0.0
    work.used[machine] += given / most
    work.wish[r] += given
    return given


@compiled()
def _is_fed(room, b, r):
    """Whether a row is a store."""
    fed = False
    for other in range(room.first[b], room.first[b + 1]):
        fed = fed or room.feeds[other] == r
    return fed


@compiled()
def _serve_demands(room, b, k, demands, work):
    """Share out the demands along the rows."""
    for carrier in DEMANDS:
        left = demands[carrier]
        for r in range(room.first[b], room.first[b + 1]):
            if room.feeds[r] < 0 and _serves(room, r) == carrier:
                # The hours of a store are those of its filling.
                share = 1.0 if _is_fed(room, b, r) else _window(room, r, k)
                left -= _take(room, r, left * share, work)


@compiled()
def _fill_stores(room, b, k, ease, work):
    """Let free sources and machines fill the stores that they feed.

    Machines give what a store calls for; of what heats and cools rooms the share `ease`.
    """
    for r in range(room.first[b], room.first[b + 1]):
        carrier = _serves(room, r)
        space, call = max(-work.limits[r, 0], 0.0), work.limits[r, 2] * _window(room, r, k)
        if carrier in (SPACE_HEAT, CHILLED_WATER):
            call *= ease
        filled = abs(work.c[r, HEAT_IN])
        for f in range(room.first[b], room.first[b + 1]):
            if room.feeds[f] == r and _serves(room, f) == carrier:
                wanted = space if room.free[f] == 1 else min(call, space) * _window(room, f, k)
                filled += _take(room, f, wanted - filled, work)


@compiled()
def _largest(room, state, r, column, budget, work):
    """Largest output of a row at which a flow does not exceed `budget` in size [W]."""
    most = work.limits[r, 1]
    if most <= 0.0 or budget <= 0.0:
        return 0.0
    _run(room, state, r, most, work)
    if abs(work.flows[r, column]) <= budget:
        return most
    low, high = 0.0, most
    for _ in range(_BISECTIONS):
        mid = 0.5 * (low + high)
        _run(room, state, r, mid, work)
        if abs(work.flows[r, column]) <= budget:
            low = mid
        else:
            high = mid
    return low


@compiled()
def _run_by_products(room, state, b, k, spare, work):
    """Run what turns current and hydrogen into each other; its heat goes to the store that it feeds.

    An electrolyser takes what power is spare [W], up to the room that its tank has. A fuel cell follows the
    heat that its store calls for, within what the tank behind it can give. Both idle where nothing is asked.
    """
    for r in range(room.first[b], room.first[b + 1]):
        carrier, to, behind = _serves(room, r), room.feeds[r], room.source[r]
        if to < 0 or carrier not in (HYDROGEN, ELECTRICITY):
            continue
        space = max(-work.limits[to, 0], 0.0) - abs(work.c[to, HEAT_IN])
        if carrier == HYDROGEN:
            wish = min(_largest(room, state, r, ELECTRICITY, spare * _window(room, r, k), work), space)
            _run(room, state, r, max(wish, 0.0), work)
            work.c[to, HEAT_IN] += work.flows[r, HYDROGEN]
            spare = max(spare + work.flows[r, ELECTRICITY], 0.0)
            continue
        heat = _serves(room, to)
        # It follows the heat that it could give, or it would run on where the store takes none.
        work.c[r, HEAT_ACCEPTED] = _ALL
        call = min(work.limits[to, 2], space) * _window(room, r, k)
        wish = _largest(room, state, r, heat, call, work)
        work.c[r, HEAT_ACCEPTED] = space
        if behind >= 0:
            stock = work.limits[behind, 1] - work.wish[behind]
            wish = min(wish, _largest(room, state, r, HYDROGEN, stock, work))
        _run(room, state, r, wish, work)
        work.c[to, HEAT_IN] += work.flows[r, heat]
        if behind >= 0:
            work.wish[behind] -= work.flows[r, HYDROGEN]


@compiled()
def _run_machines(room, state, b, work):
    """Run all rows that draw on a source, until both agree, and those that draw on none."""
    for r in range(room.first[b], room.first[b + 1]):
        carrier = _serves(room, r)
        if room.source[r] < 0 and not _stands_behind(room, b, r) and not _by_product(room, r, carrier):
            _run(room, state, r, work.wish[r], work)
    asked = work.asked
    for r in range(room.first[b], room.first[b + 1]):
        asked[r] = work.wish[r]
    for behind in range(room.first[b], room.first[b + 1]):
        drawn, share = 0.0, 1.0
        for _ in range(_SOURCE_SWEEPS):
            found, used = 0.0, False
            for r in range(room.first[b], room.first[b + 1]):
                if room.source[r] != behind or _by_product(room, r, _serves(room, r)):
                    continue
                used = True
                _link(room, state, r, drawn, work)
                _find_limits(room, state, r, work)
                _run(room, state, r, min(share * asked[r], max(work.limits[r, 1], 0.0)), work)
                found -= work.flows[r, SOURCE]
            settled = not used or abs(found - drawn) <= _SOURCE_CLOSE * max(abs(found), 1.0)
            drawn = found
            # What the source cannot give or take, its machines do not serve.
            bound = work.limits[behind, 1] if found > 0.0 else -work.limits[behind, 0]
            over = abs(found) - max(bound, 0.0)
            if over > _SOURCE_CLOSE * abs(found):
                share *= max(bound, 0.0) / abs(found)
            elif settled:
                break
        work.wish[behind] += drawn


@compiled()
def _by_product(room, r, carrier):
    """Whether a row is run by `_run_by_products`."""
    return room.feeds[r] >= 0 and carrier in (HYDROGEN, ELECTRICITY)


@compiled()
def _stands_behind(room, b, r):
    """Whether others feed a row or draw on it, so that it runs after them."""
    for other in range(room.first[b], room.first[b + 1]):
        if room.feeds[other] == r or room.source[other] == r:
            return True
    return False


@compiled()
def _run_stores(room, state, b, work):
    """Run stores and sources with what came in and was drawn."""
    for r in range(room.first[b], room.first[b + 1]):
        if not _stands_behind(room, b, r):
            continue
        carrier = _serves(room, r)
        brought = 0.0
        for f in range(room.first[b], room.first[b + 1]):
            if room.feeds[f] == r:
                brought += work.flows[f, carrier]
        work.c[r, HEAT_IN] = brought
        _run(room, state, r, work.wish[r], work)


@compiled()
def serve(equipment, b, k, spare, ease):
    """Solve a step of a building's plant room, without moving its state.

    Parameters
    ----------
    equipment : Equipment
        `demands` holds the mean demand by carrier [W], positive for heat and cold; `common` the conditions.
        `sums` is overwritten with the flows of all rows together [W], `work` with the rows' own.
    b, k : int
        Building and step.
    spare : float
        Power that nobody else takes [W].
    ease : float
        Share of space heat and chilled water that is served, and of what their stores call for [-].
    """
    room, state, work, sums = equipment.room, equipment.state, equipment.work, equipment.sums
    _begin(room, state, b, k, equipment.common, work)
    work.wanted[:] = equipment.demands
    work.wanted[SPACE_HEAT] *= ease
    work.wanted[CHILLED_WATER] *= ease
    _serve_demands(room, b, k, work.wanted, work)
    _run_by_products(room, state, b, k, spare, work)
    _fill_stores(room, b, k, ease, work)
    _run_machines(room, state, b, work)
    _run_stores(room, state, b, work)
    sums[:] = 0.0
    for r in range(room.first[b], room.first[b + 1]):
        for j in range(N_FLOWS):
            sums[j] += work.flows[r, j]


@compiled()
def electricity_for(equipment, b, carrier):
    """Power that the rows of a building which serve a carrier draw [W]; all of them for carrier -1."""
    drawn = 0.0
    for r in range(equipment.room.first[b], equipment.room.first[b + 1]):
        if carrier < 0 or _serves(equipment.room, r) == carrier:
            drawn += max(-equipment.work.flows[r, ELECTRICITY], 0.0)
    return drawn


@compiled()
def electricity_made(equipment, b):
    """Power that the rows of a building give [W]."""
    made = 0.0
    for r in range(equipment.room.first[b], equipment.room.first[b + 1]):
        made += max(equipment.work.flows[r, ELECTRICITY], 0.0)
    return made


@compiled()
def settle(equipment, b, hours):
    """Move the rows of a building to the end of the step that `serve` found, and keep their books."""
    room, work, totals = equipment.room, equipment.work, equipment.totals
    for r in range(room.first[b], room.first[b + 1]):
        _s(room, equipment.state, r)[:] = _s(room, work.state, r)
        for j in range(N_FLOWS):
            totals[r, j] += hours * work.flows[r, j]
        totals[r, N_FLOWS] = max(totals[r, N_FLOWS], imbalance(work.flows[r]))
