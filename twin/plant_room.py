"""The plant room (机房) of a building: who serves what, in which order, from which store and source.

Equipment stands in rows, those used first in front. In every step demands by carrier (steam, hot water, space
heat, chilled water) are met in this order:

1. rows say what they can give and ask for, each when somebody asks it;
2. demands are shared out along the rows; stores stand in for those who feed them, and pass on what those
   bring in this step;
3. stores are filled: with what is free as far as there is room, by machines as far as the store calls or has
   given more than it held;
4. machines run, those with by-products first; their sources follow; stores and sources come last.

A machine finds a store as the step begins, and its source as it is while the machine draws: both agree. One
that shares its time works in each part at the load that this part is of the whole step.
`serve` solves a step on a copy of the state, so that whoever grants power may ask again for less; `settle`
makes it happen.
"""

from __future__ import annotations

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

DEMANDS = (STEAM, HOT_WATER, SPACE_HEAT, CHILLED_WATER)
"""Carriers that a building asks for, in the order in which machines that share their time serve them."""
_SOURCE_SWEEPS = 12
_SOURCE_CLOSE = 1e-4
"""Relative change of what machines draw at which the source's temperature is taken as theirs; what is drawn
is exact."""
_TURNS = 40
_CLOSE = 1e-5
"""What may be left of a budget that is found by turns, relative to it."""
_ALL = 1e15
"""More by-product heat than there is [W]."""


@compiled()
def _p(room, r):
    row = room.rows[r]
    return room.p[row.p_at : row.p_end]


@compiled()
def _s(room, state, r):
    row = room.rows[r]
    return state[row.s_at : row.s_end]


@compiled()
def _serves(room, r):
    return int(room.p[room.rows[r].p_at + SERVES])


@compiled()
def _window(room, r, k):
    """Share of the step in which a row may run or be filled by machines [-]."""
    return 1.0 if room.rows[r].window < 0 else room.series[k, room.rows[r].window]


@compiled()
def _begin(room, b, k, common, work):
    """Conditions of every row as the step begins; nobody is asked for anything yet."""
    for r in range(room.first[b], room.first[b + 1]):
        c, carrier = work.rows[r].c, _serves(room, r)
        c[:] = common
        c[TEMP_SUPPLY], c[TEMP_RETURN] = room.supply[b, carrier], room.back[b, carrier]
        c[HEAT_IN] = c[HEAT_ACCEPTED] = 0.0
        c[TEMP_HEAT_IN] = room.rows[r].charge_temp
        c[INPUT_1] = room.series[k, room.rows[r].input_1] if room.rows[r].input_1 >= 0 else 0.0
        c[INPUT_2] = room.series[k, room.rows[r].input_2] if room.rows[r].input_2 >= 0 else 0.0
        work.rows[r].wish = work.rows[r].used = work.rows[r].alone = 0.0
        work.rows[r].known = 0


@compiled()
def _know(room, state, r, work):
    """Find what a row can give, once a step and only if somebody asks."""
    if work.rows[r].known == 1:
        return
    work.rows[r].known = 1
    _link(room, state, r, 0.0, work)
    _find_limits(room, state, r, work)
    work.rows[r].alone = work.rows[r].most


@compiled()
def _count_feeders_in(room, state, b, k, r, work):
    """Let a store give, beside what it holds, what its feeders could pass through it in this step."""
    could, hours = 0.0, _window(room, r, k)
    for f in range(room.first[b], room.first[b + 1]):
        share = 1.0 if room.rows[f].free == 1 else hours * _window(room, f, k)
        if room.rows[f].feeds == r and share > 0.0:
            _know(room, state, f, work)
            could += share * max(work.rows[f].most, 0.0)
    if could <= 0.0:
        return
    c = work.rows[r].c
    c[HEAT_IN] = -could if _serves(room, r) == CHILLED_WATER else could
    helped = component_limits(room.rows[r].kind, _p(room, r), _s(room, state, r), c)
    c[HEAT_IN] = 0.0
    work.rows[r].most = max(helped[1], work.rows[r].alone)


@compiled()
def _link(room, state, r, drawn, work):
    """Temperatures that a row sees of its store, and of its source while that gives `drawn` [W]."""
    c, to, behind = work.rows[r].c, room.rows[r].feeds, room.rows[r].source
    if room.rows[r].heats >= 0:
        to = room.rows[r].heats
    if to >= 0:
        seen = component_temperatures(
            room.rows[to].kind, _p(room, to), _s(room, state, to), work.rows[to].c, 0.0
        )
        c[TEMP_RETURN], c[TEMP_SUPPLY] = seen[1], room.rows[to].charge_temp
    if behind >= 0:
        place = _p(room, behind), _s(room, state, behind)
        seen = component_temperatures(room.rows[behind].kind, place[0], place[1], work.rows[behind].c, drawn)
        c[TEMP_SOURCE] = seen[0]


@compiled()
def _find_limits(room, state, r, work):
    found = component_limits(room.rows[r].kind, _p(room, r), _s(room, state, r), work.rows[r].c)
    work.rows[r].least, work.rows[r].most, work.rows[r].call = found


@compiled()
def _run(room, state, r, wish, work):
    """Flows and end state of a row at an output [W], into the work arrays."""
    work.rows[r].wish = wish
    end = _s(room, work.state, r)
    end[:] = _s(room, state, r)
    component_step(room.rows[r].kind, _p(room, r), end, wish, work.rows[r].c, work.rows[r].flows)


@compiled()
def _take(room, state, r, amount, work):
    """Let a row give at most `amount` more [W]; what it gives of it."""
    if amount <= 0.0:
        return 0.0
    _know(room, state, r, work)
    most = work.rows[r].most
    if most <= 0.0:
        return 0.0
    machine = room.rows[r].share if room.rows[r].share >= 0 else r
    given = min(amount, most * max(1.0 - work.rows[machine].used, 0.0), most - work.rows[r].wish)
    if given <= 0.0:
        return 0.0
    work.rows[machine].used += given / most
    work.rows[r].wish += given
    return given


@compiled()
def _serve_demands(room, state, b, k, demands, work):
    """Share out the demands along the rows."""
    for carrier in DEMANDS:
        left = demands[carrier]
        for r in range(room.first[b], room.first[b + 1]):
            if left <= 0.0:
                break
            if room.rows[r].feeds >= 0 or _serves(room, r) != carrier:
                continue
            share = 1.0
            if room.rows[r].fed == 0:
                share = _window(room, r, k)
            else:  # the hours of a store are those of its filling
                _know(room, state, r, work)
                if work.rows[r].alone < left:
                    _count_feeders_in(room, state, b, k, r, work)
            left -= _take(room, state, r, left * share, work)


@compiled()
def _fill_stores(room, state, b, k, ease, work):
    """Let free sources and machines fill the stores that they feed.

    Machines give what a store calls for; of what heats and cools rooms the share `ease`.
    """
    for r in range(room.first[b], room.first[b + 1]):
        if room.rows[r].fed == 0:
            continue
        hours = _window(room, r, k)
        # What it gives beyond what it held passes through.
        through = max(work.rows[r].wish - work.rows[r].alone, 0.0) if work.rows[r].known == 1 else 0.0
        filled = abs(work.rows[r].c[HEAT_IN])
        for f in range(room.first[b], room.first[b + 1]):
            if room.rows[f].feeds != r or _turns_current(room, f):
                continue
            free = room.rows[f].free == 1
            share = hours * _window(room, f, k)
            if not free and share <= 0.0:
                continue
            _know(room, state, r, work)
            space, call = max(-work.rows[r].least, 0.0), work.rows[r].call
            if _serves(room, r) in (SPACE_HEAT, CHILLED_WATER):
                call *= ease
            wanted = space if free else share * min(call, space)
            filled += _take(room, state, f, wanted + through - filled, work)


@compiled(forceinline=True)
def guess(turn, low, at_low, high, at_high):
    """Where a rising function crosses zero between two points: by the chord, each third turn midway."""
    if turn % 3 == 2 or at_high <= at_low:
        return 0.5 * (low + high)
    chord = low - at_low * (high - low) / (at_high - at_low)
    return min(max(chord, low), high)


@compiled()
def _largest(room, state, r, column, budget, work):
    """Largest output of a row at which a flow does not exceed `budget` in size [W]."""
    most = work.rows[r].most
    if most <= 0.0 or budget <= 0.0:
        return 0.0
    _run(room, state, r, most, work)
    at_high = abs(work.rows[r].flows[column]) - budget
    if at_high <= 0.0:
        return most
    low, high, at_low = 0.0, most, -budget
    for turn in range(_TURNS):
        mid = guess(turn, low, at_low, high, at_high)
        _run(room, state, r, mid, work)
        found = abs(work.rows[r].flows[column]) - budget
        if found <= 0.0:
            low, at_low = mid, found
        else:
            high, at_high = mid, found
        if at_low >= -_CLOSE * budget or high - low <= _CLOSE * most:
            break
    return low


@compiled()
def _space(room, r, work):
    """What a store still takes in this step [W]."""
    return max(-work.rows[r].least, 0.0) - abs(work.rows[r].c[HEAT_IN])


@compiled()
def _run_by_products(room, state, b, k, spare, work):
    """Run what turns current and hydrogen into each other, `spare` [W] being left to the electrolysers."""
    for r in range(room.first[b], room.first[b + 1]):
        if not _turns_current(room, r):
            continue
        _know(room, state, r, work)
        heated = room.rows[r].heats
        if heated >= 0:
            _know(room, state, heated, work)
        if _serves(room, r) == HYDROGEN:
            _know(room, state, room.rows[r].feeds, work)
            _electrolyse(room, state, r, spare * _window(room, r, k), work)
            spare = max(spare + work.rows[r].flows[ELECTRICITY], 0.0)
        else:
            if room.rows[r].source >= 0:
                _know(room, state, room.rows[r].source, work)
            _follow_heat(room, state, r, k, work)
        if heated >= 0:
            work.rows[heated].c[HEAT_IN] += work.rows[r].flows[_serves(room, heated)]


@compiled()
def _electrolyse(room, state, r, budget, work):
    """Run an electrolyser on the power that is spare [W], up to the room that its tank has."""
    to, heated = room.rows[r].feeds, room.rows[r].heats
    work.rows[r].c[HEAT_ACCEPTED] = max(_space(room, heated, work), 0.0) if heated >= 0 else 0.0
    wish = min(_largest(room, state, r, ELECTRICITY, budget, work), _space(room, to, work))
    _run(room, state, r, max(wish, 0.0), work)
    work.rows[to].c[HEAT_IN] += work.rows[r].flows[HYDROGEN]


@compiled()
def _follow_heat(room, state, r, k, work):
    """Run a fuel cell after the heat that its store calls for, within what the tank behind it can give."""
    to, behind = room.rows[r].heats, room.rows[r].source
    heat, space = _serves(room, to), _space(room, to, work)
    # It follows the heat that it could give, or it would run on where the store takes none.
    work.rows[r].c[HEAT_ACCEPTED] = _ALL
    call = min(work.rows[to].call, space) * _window(room, r, k)
    wish = _largest(room, state, r, heat, call, work)
    work.rows[r].c[HEAT_ACCEPTED] = max(space, 0.0)
    if behind >= 0:
        stock = work.rows[behind].most - work.rows[behind].wish
        wish = min(wish, _largest(room, state, r, HYDROGEN, stock, work))
    _run(room, state, r, wish, work)
    if behind >= 0:
        work.rows[behind].wish -= work.rows[r].flows[HYDROGEN]


@compiled()
def _run_machines(room, state, b, work):
    """Run all rows that draw on a source, until both agree, and those that draw on none."""
    for r in range(room.first[b], room.first[b + 1]):
        work.rows[r].asked = work.rows[r].wish
        if room.rows[r].fed == 1 or room.rows[r].drawn_on == 1 or _turns_current(room, r):
            continue
        if room.rows[r].source < 0 or work.rows[r].wish <= 0.0:
            _run(room, state, r, work.rows[r].wish, work)
    for behind in range(room.first[b], room.first[b + 1]):
        if room.rows[behind].drawn_on == 1:
            _agree_with_source(room, state, b, behind, work)


@compiled()
def _agree_with_source(room, state, b, behind, work):
    """Run the machines that draw on a source in this step, at the temperature that it has meanwhile."""
    drawn, share = 0.0, 1.0
    for _ in range(_SOURCE_SWEEPS):
        found, used = 0.0, False
        for r in range(room.first[b], room.first[b + 1]):
            if room.rows[r].source != behind or work.rows[r].asked <= 0.0 or _turns_current(room, r):
                continue
            used = True
            _link(room, state, r, drawn, work)
            _find_limits(room, state, r, work)
            _run(room, state, r, min(share * work.rows[r].asked, max(work.rows[r].most, 0.0)), work)
            found -= work.rows[r].flows[SOURCE]
        if not used:
            return
        _know(room, state, behind, work)
        settled = abs(found - drawn) <= _SOURCE_CLOSE * max(abs(found), 1.0)
        drawn = found
        # What the source cannot give or take, its machines do not serve.
        bound = work.rows[behind].most if found > 0.0 else -work.rows[behind].least
        if abs(found) > max(bound, 0.0) * (1.0 + 1e-9):
            share *= (1.0 - 0.1 * _SOURCE_CLOSE) * max(bound, 0.0) / abs(found)
        elif settled:
            break
    work.rows[behind].wish += drawn


@compiled()
def _turns_current(room, r):
    """Whether a row is an electrolyser or a fuel cell, which `_run_by_products` runs."""
    carrier = _serves(room, r)
    return carrier == ELECTRICITY or (carrier == HYDROGEN and room.rows[r].feeds >= 0)


@compiled()
def _run_stores(room, state, b, work):
    """Run stores and sources with what came in and was drawn."""
    for r in range(room.first[b], room.first[b + 1]):
        if room.rows[r].fed == 0 and room.rows[r].drawn_on == 0:
            continue
        carrier, brought = _serves(room, r), 0.0
        for f in range(room.first[b], room.first[b + 1]):
            if room.rows[f].feeds == r or room.rows[f].heats == r:
                brought += work.rows[f].flows[carrier]
        work.rows[r].c[HEAT_IN] = brought
        if work.rows[r].known == 1 and work.rows[r].wish > work.rows[r].alone and carrier in DEMANDS:
            # What its feeders did not bring after all, it does not give.
            _find_limits(room, state, r, work)
            work.rows[r].wish = min(work.rows[r].wish, work.rows[r].most)
        _run(room, state, r, work.rows[r].wish, work)


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
    _begin(room, b, k, equipment.common, work)
    work.wanted[:] = equipment.demands
    work.wanted[SPACE_HEAT] *= ease
    work.wanted[CHILLED_WATER] *= ease
    _serve_demands(room, state, b, k, work.wanted, work)
    _run_by_products(room, state, b, k, spare, work)
    _fill_stores(room, state, b, k, ease, work)
    _run_machines(room, state, b, work)
    _run_stores(room, state, b, work)
    sums[:] = 0.0
    for r in range(room.first[b], room.first[b + 1]):
        for j in range(N_FLOWS):
            sums[j] += work.rows[r].flows[j]


@compiled()
def electricity_for(equipment, b, carrier):
    """Power that the rows of a building which serve a carrier draw [W]; all of them for carrier -1."""
    drawn = 0.0
    for r in range(equipment.room.first[b], equipment.room.first[b + 1]):
        if carrier < 0 or _serves(equipment.room, r) == carrier:
            drawn += max(-equipment.work.rows[r].flows[ELECTRICITY], 0.0)
    return drawn


@compiled()
def drawn_before_spare(equipment, b):
    """Power that the rows of a building drew in the step before, less what they made [W].

    Without what heats and cools rooms, and without what turns current and hydrogen into each other.
    """
    drawn, room = 0.0, equipment.room
    for r in range(room.first[b], room.first[b + 1]):
        if _serves(room, r) in (HYDROGEN, ELECTRICITY):
            continue
        power = equipment.work.rows[r].flows[ELECTRICITY]
        if _serves(room, r) in (SPACE_HEAT, CHILLED_WATER):
            power = max(power, 0.0)
        drawn -= power
    return drawn


@compiled()
def electricity_made(equipment, b):
    """Power that the rows of a building give [W]."""
    made = 0.0
    for r in range(equipment.room.first[b], equipment.room.first[b + 1]):
        made += max(equipment.work.rows[r].flows[ELECTRICITY], 0.0)
    return made


@compiled()
def settle(equipment, b, hours):
    """Move the rows of a building to the end of the step that `serve` found, and keep their books."""
    room, work, totals = equipment.room, equipment.work, equipment.totals
    for r in range(room.first[b], room.first[b + 1]):
        _s(room, equipment.state, r)[:] = _s(room, work.state, r)
        for j in range(N_FLOWS):
            totals[r, j] += hours * work.rows[r].flows[j]
        totals[r, N_FLOWS] = max(totals[r, N_FLOWS], imbalance(work.rows[r].flows))
