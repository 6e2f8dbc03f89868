"""The plant room (机房) of a building: who serves what, in which order, from which store and source.

Equipment stands in rows, those used first in front. In every step demands by carrier (steam, hot water, space
heat, chilled water) are met in this order:

1. rows say what they can give and ask for, each when somebody asks it;
2. demands are shared out along the rows; stores stand in for those who feed them, and what they give beyond
   what they hold those bring in this step;
3. stores are filled: with what is free as far as there is room, by machines as far as the store calls;
4. machines run, those with by-products first; their sources follow; stores and sources come last.

A machine finds its store and its source as they are in the mean of the step, while it fills the one and draws
on the other: both agree. What it could give is asked with the store as the step begins. One that shares its
time works in each part at the load that this part is of the whole step.

A store may be under an order (`controllers.orders`): then electric machines bring what is ordered instead of
what its thermostat calls for, at any hour, and what serves rooms gives no more of its content than it is told
to. What only passes through a store is not its content. Hot water comes first: a tank that is nearly empty
calls for all that fill it.

`serve` solves a step without moving states, so that whoever grants power may ask again for less; `settle`
makes it happen. In the code `row` and `now` are the records of a row of equipment (`plant_rows.ROW`, `NOW`).
"""

from __future__ import annotations

import math

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
    STEP,
    STORED,
    TEMP_HEAT_IN,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
    imbalance,
)
from buildings.systems.registry import (
    component_limits,
    component_outside,
    component_step,
    component_temperatures,
)

DEMANDS = (STEAM, HOT_WATER, SPACE_HEAT, CHILLED_WATER)
"""Carriers that a building asks for, in the order in which machines that share their time serve them."""
_SOURCE_SWEEPS = 12
_SOURCE_CLOSE = 1e-4
"""Relative change of what machines draw at which the source's temperature is taken as theirs; what is drawn
is exact."""
_TURNS = 40
_CLOSE = 1e-5
"""What may be left of a budget that is found by turns, relative to it."""
_NARROW = 1e-4
"""Width of the bracket at which a jump is taken as found, relative to the largest output."""
HOT_WATER_KEPT = 0.5
"""Share of what a hot-water store can hold below which its thermostat counts more than an order [-], assumed:
whoever opens the tap must find water. What is above may be filled earlier or later."""
_AHEAD_S = 43200.0
"""Time over which is asked what a store holds [s]: so long that its power does not bound the answer."""
_ALL = 1e15
"""More by-product heat than there is [W]."""


@compiled()
def _window(series, row, k):
    """Share of the step in which a row may run or be filled by machines [-]."""
    return 1.0 if row.window < 0 else series[k, row.window]


@compiled(allocates=True)
def _begin(room, b, k, common, nows):
    """Conditions of every row as the step begins; nobody is asked for anything yet."""
    for r in range(room.first[b], room.first[b + 1]):
        row, now = room.rows[r], nows[r]
        c, carrier = now.c, int(row.p[SERVES])
        c[:] = common
        c[TEMP_SUPPLY], c[TEMP_RETURN] = room.supply[b, carrier], room.back[b, carrier]
        c[HEAT_IN] = c[HEAT_ACCEPTED] = 0.0
        c[TEMP_HEAT_IN] = row.charge_temp
        c[INPUT_1] = room.series[k, row.input_1] if row.input_1 >= 0 else 0.0
        c[INPUT_2] = room.series[k, row.input_2] if row.input_2 >= 0 else 0.0
        now.wish = now.used = now.alone = 0.0
        now.known = 0


@compiled()
def _link(rows, nows, r, drawn):
    """Temperatures that a row sees of its store, and of its source while that gives `drawn` [W]."""
    row, c = rows[r], nows[r].c
    to = row.heats if row.heats >= 0 else row.feeds
    if to >= 0:
        store, now = rows[to], nows[to]
        c[TEMP_RETURN] = component_temperatures(store.kind, store.p, now.state, now.c, 0.0)[1]
        c[TEMP_SUPPLY] = store.charge_temp
    if row.source >= 0:
        behind, now = rows[row.source], nows[row.source]
        c[TEMP_SOURCE] = component_temperatures(behind.kind, behind.p, now.state, now.c, drawn)[0]


@compiled()
def _find_limits(row, now):
    now.least, now.most, now.call = component_limits(row.kind, row.p, now.state, now.c)


@compiled()
def _hold_back(store, now, allowed):
    """Let a store for rooms give no more of what it holds than is allowed [W]; NaN without an order."""
    if not math.isnan(allowed) and int(store.p[SERVES]) in (SPACE_HEAT, CHILLED_WATER):
        now.alone = now.most = min(now.held, max(allowed, 0.0))


@compiled()
def _nearly_empty(store, now):
    """Whether a store holds less of what it can hold than orders may leave in it, at steps of any length."""
    c = now.c
    step, heat = c[STEP], c[HEAT_IN]
    c[STEP], c[HEAT_IN] = _AHEAD_S, 0.0
    least, most, _ = component_limits(store.kind, store.p, now.state, c)
    c[STEP], c[HEAT_IN] = step, heat
    return most < HOT_WATER_KEPT * (most - least)


@compiled()
def _know(rows, nows, r):
    """Find what a row can give, once a step and only if somebody asks."""
    now = nows[r]
    if now.known == 0:
        now.known = 1
        _link(rows, nows, r, 0.0)
        _find_limits(rows[r], now)
        now.held = now.alone = now.most


@compiled(allocates=True)
def _run(row, now, wish):
    """Flows and end state of a row at an output [W]."""
    now.wish = wish
    now.end[:] = now.state
    component_step(row.kind, row.p, now.end, wish, now.c, now.flows)


@compiled()
def _space(now):
    """What a store still takes in this step [W]."""
    return max(-now.least, 0.0) - abs(now.c[HEAT_IN])


@compiled()
def _turns_current(row):
    """Whether a row is an electrolyser or a fuel cell, which `_run_by_products` runs."""
    carrier = int(row.p[SERVES])
    return carrier == ELECTRICITY or (carrier == HYDROGEN and row.feeds >= 0)


@compiled()
def _left(rows, nows, r):
    """What a row can give beside what it and the machine that it shares already give [W]."""
    now = nows[r]
    machine = nows[rows[r].share] if rows[r].share >= 0 else now
    return max(min(now.most * max(1.0 - machine.used, 0.0), now.most - now.wish), 0.0)


@compiled()
def _take(rows, nows, r, amount):
    """Let a row give at most `amount` more [W]; what it gives of it."""
    if amount <= 0.0:
        return 0.0
    _know(rows, nows, r)
    now = nows[r]
    if now.most <= 0.0:
        return 0.0
    machine = nows[rows[r].share] if rows[r].share >= 0 else now
    given = min(amount, _left(rows, nows, r))
    if given <= 0.0:
        return 0.0
    machine.used += given / now.most
    now.wish += given
    return given


@compiled()
def _count_feeders_in(room, b, k, r, nows):
    """Let a store give, beside what it holds, what its feeders could pass through it in this step."""
    store, now = room.rows[r], nows[r]
    could, hours = 0.0, _window(room.series, store, k)
    for f in range(room.first[b], room.first[b + 1]):
        row = room.rows[f]
        if row.feeds != r or _turns_current(row):
            continue
        share = 1.0 if row.free == 1 else hours * _window(room.series, row, k)
        if share > 0.0:
            _know(room.rows, nows, f)
            could += share * _left(room.rows, nows, f)
    if could <= 0.0:
        return
    now.c[HEAT_IN] = -could if int(store.p[SERVES]) == CHILLED_WATER else could
    helped = component_limits(store.kind, store.p, now.state, now.c)
    now.c[HEAT_IN] = 0.0
    now.most = now.alone + max(helped[1] - now.held, 0.0)


@compiled()
def _pass_on(room, b, k, r, nows):
    """Let a store's feeders bring now what it gives beyond what it held, before others take their time."""
    through, hours = nows[r].wish - nows[r].alone, _window(room.series, room.rows[r], k)
    for f in range(room.first[b], room.first[b + 1]):
        row = room.rows[f]
        if row.feeds != r or _turns_current(row):
            continue
        if row.free == 1 or hours * _window(room.series, row, k) > 0.0:
            through -= _take(room.rows, nows, f, through)


@compiled()
def _serve_demands(room, b, k, demands, orders, nows):
    """Share out the demands along the rows."""
    for carrier in DEMANDS:
        left, allowed = demands[carrier], -orders[carrier]
        for r in range(room.first[b], room.first[b + 1]):
            if left <= 0.0:
                break
            row = room.rows[r]
            if row.feeds >= 0 or int(row.p[SERVES]) != carrier:
                continue
            share = 1.0
            if row.fed == 0:
                share = _window(room.series, row, k)
            else:  # the hours of a store are those of its filling
                _know(room.rows, nows, r)
                _hold_back(row, nows[r], allowed)
                if row.passes == 1 and nows[r].alone < left:
                    _count_feeders_in(room, b, k, r, nows)
            left -= _take(room.rows, nows, r, left * share)
            if row.fed == 1:
                allowed -= min(nows[r].wish, nows[r].alone)
            if row.passes == 1 and nows[r].wish > nows[r].alone:
                _pass_on(room, b, k, r, nows)


@compiled()
def _fill_stores(room, b, k, ease, fills, nows):
    """Let free sources and machines fill the stores that they feed.

    Machines give what a store calls for, of what heats and cools rooms the share `ease`; or, where that is a
    number, electric ones what is left of `fills` [W].
    """
    for r in range(room.first[b], room.first[b + 1]):
        store, now = room.rows[r], nows[r]
        if store.fed == 0:
            continue
        carrier = int(store.p[SERVES])
        ordered = not math.isnan(fills[carrier])
        hours = _window(room.series, store, k)
        for_rooms = carrier in (SPACE_HEAT, CHILLED_WATER)
        # What it gives beyond what it held passes through; its feeders bring that already.
        through = max(now.wish - now.alone, 0.0)
        filled, machines = abs(now.c[HEAT_IN]), 0.0
        for f in range(room.first[b], room.first[b + 1]):
            if room.rows[f].feeds == r and not _turns_current(room.rows[f]):
                filled += nows[f].wish
        for f in range(room.first[b], room.first[b + 1]):
            row = room.rows[f]
            if row.feeds != r or _turns_current(row):
                continue
            share = 1.0 if row.free == 1 or ordered else hours * _window(room.series, row, k)
            if share <= 0.0:
                continue
            _know(room.rows, nows, r)
            space = max(-now.least, 0.0)
            call = min(now.call * ease if for_rooms else now.call, space)
            if ordered:
                least = call if not for_rooms and _nearly_empty(store, now) else 0.0
                call = least if row.burns == 1 else max(min(fills[carrier] - through, space), least)
            wanted = space if row.free == 1 else share * call
            taken = _take(room.rows, nows, f, wanted + through - filled)
            filled += taken
            machines += taken if row.free == 0 and row.burns == 0 else 0.0
        if ordered:
            fills[carrier] = max(fills[carrier] - through - machines, 0.0)


@compiled()
def narrowed(low, at_low, high, at_high, x, at_x, side):
    """Bracket of a rising function's zero after it was looked at in `x` between two points.

    The Illinois method: the end that stays twice counts half, so that jumps are halved in on as well. `side`
    is where the point before fell: -1 low, 1 high, 0 at first.
    """
    if at_x <= 0.0:
        return x, at_x, high, 0.5 * at_high if side < 0 else at_high, -1
    return low, 0.5 * at_low if side > 0 else at_low, x, at_x, 1


@compiled()
def chord(low, at_low, high, at_high):
    """Where the chord of a bracket crosses zero."""
    return low - at_low * (high - low) / (at_high - at_low) if at_high > at_low else 0.5 * (low + high)


@compiled()
def _largest(row, now, column, budget):
    """Largest output of a row at which a flow does not exceed `budget` in size [W]."""
    most = now.most
    if most <= 0.0 or budget <= 0.0:
        return 0.0
    _run(row, now, most)
    at_high = abs(now.flows[column]) - budget
    if at_high <= 0.0:
        return most
    low, high, at_low, side = 0.0, most, -budget, 0
    for _ in range(_TURNS):
        mid = chord(low, at_low, high, at_high)
        _run(row, now, mid)
        found = abs(now.flows[column]) - budget
        low, at_low, high, at_high, side = narrowed(low, at_low, high, at_high, mid, found, side)
        if -_CLOSE * budget <= found <= 0.0 or high - low <= _NARROW * most:
            break
    return low


@compiled()
def _run_by_products(room, b, k, spare, nows):
    """Run what turns current and hydrogen into each other, `spare` [W] being left to the electrolysers."""
    rows = room.rows
    for r in range(room.first[b], room.first[b + 1]):
        row = rows[r]
        if not _turns_current(row):
            continue
        _know(rows, nows, r)
        if row.heats >= 0:
            _know(rows, nows, row.heats)
        if int(row.p[SERVES]) == HYDROGEN:
            _know(rows, nows, row.feeds)
            _electrolyse(rows, nows, r, spare * _window(room.series, row, k))
            spare = max(spare + nows[r].flows[ELECTRICITY], 0.0)
        else:
            if row.source >= 0:
                _know(rows, nows, row.source)
            _follow_heat(rows, nows, r, _window(room.series, row, k))
        if row.heats >= 0:
            nows[row.heats].c[HEAT_IN] += nows[r].flows[int(rows[row.heats].p[SERVES])]


@compiled()
def _electrolyse(rows, nows, r, budget):
    """Run an electrolyser on the power that is spare [W], up to the room that its tank has."""
    row, now = rows[r], nows[r]
    tank = nows[row.feeds]
    now.c[HEAT_ACCEPTED] = max(_space(nows[row.heats]), 0.0) if row.heats >= 0 else 0.0
    wish = min(_largest(row, now, ELECTRICITY, budget), _space(tank))
    _run(row, now, max(wish, 0.0))
    tank.c[HEAT_IN] += now.flows[HYDROGEN]


@compiled()
def _follow_heat(rows, nows, r, share):
    """Run a fuel cell after the heat that its store calls for, within what the tank behind it can give."""
    row, now = rows[r], nows[r]
    store = nows[row.heats]
    space = _space(store)
    # It follows the heat that it could give, or it would run on where the store takes none.
    now.c[HEAT_ACCEPTED] = _ALL
    wish = _largest(row, now, int(rows[row.heats].p[SERVES]), share * min(store.call, space))
    now.c[HEAT_ACCEPTED] = max(space, 0.0)
    if row.source >= 0:
        tank = nows[row.source]
        wish = min(wish, _largest(row, now, HYDROGEN, tank.most - tank.wish))
    _run(row, now, wish)
    if row.source >= 0:
        nows[row.source].wish -= now.flows[HYDROGEN]


@compiled()
def _feel_store(rows, nows, first, last, r):
    """Tell a machine the temperature that its store has in the mean of the step, with all that fills it."""
    to = rows[r].heats if rows[r].heats >= 0 else rows[r].feeds
    if to < 0:
        return
    store, now, brought = rows[to], nows[to], 0.0
    for f in range(first, last):
        if rows[f].feeds == to and not _turns_current(rows[f]):
            brought += nows[f].wish
    by_products = now.c[HEAT_IN]
    now.c[HEAT_IN] += -brought if int(store.p[SERVES]) == CHILLED_WATER else brought
    nows[r].c[TEMP_RETURN] = component_temperatures(store.kind, store.p, now.state, now.c, now.wish)[1]
    now.c[HEAT_IN] = by_products


@compiled()
def _agree_with_store(rows, nows, first, last, r):
    """Let a machine without a source give what it can at the temperature that its store has meanwhile."""
    now = nows[r]
    for _ in range(_SOURCE_SWEEPS):
        before = now.wish
        _feel_store(rows, nows, first, last, r)
        _find_limits(rows[r], now)
        can = min(now.asked, max(now.most, 0.0))
        # the more it gives, the less it can: half-way, so that the two do not swing about each other
        now.wish = 0.5 * (before + can)
        if abs(can - before) <= _SOURCE_CLOSE * now.asked:
            break
    now.wish = min(now.wish, max(now.most, 0.0))


@compiled()
def _run_machines(room, b, nows):
    """Run all rows that draw on a source, until both agree, and those that draw on none."""
    rows, first, last = room.rows, room.first[b], room.first[b + 1]
    for r in range(first, last):
        row, now = rows[r], nows[r]
        now.asked = now.wish
        if row.fed == 1 or row.drawn_on == 1 or _turns_current(row):
            continue
        if row.source < 0 or now.wish <= 0.0:
            if now.wish > 0.0 and row.feeds >= 0:
                _agree_with_store(rows, nows, first, last, r)
            _run(row, now, now.wish)
    for behind in range(first, last):
        if rows[behind].drawn_on == 1:
            _agree_with_source(rows, nows, first, last, behind)


@compiled()
def _agree_with_source(rows, nows, first, last, behind):
    """Run the machines that draw on a source in this step, at the temperature that it has meanwhile."""
    drawn, share, source = 0.0, 1.0, nows[behind]
    for _ in range(_SOURCE_SWEEPS):
        found, used = 0.0, False
        for r in range(first, last):
            row, now = rows[r], nows[r]
            if row.source != behind or now.asked <= 0.0 or _turns_current(row):
                continue
            used = True
            _link(rows, nows, r, drawn)
            _feel_store(rows, nows, first, last, r)
            _find_limits(row, now)
            _run(row, now, min(share * now.asked, max(now.most, 0.0)))
            found -= now.flows[SOURCE]
        if not used:
            return
        _know(rows, nows, behind)
        settled = abs(found - drawn) <= _SOURCE_CLOSE * max(abs(found), 1.0)
        drawn = found
        # What the source cannot give or take, its machines do not serve.
        bound = max(source.most if found > 0.0 else -source.least, 0.0)
        if abs(found) > bound * (1.0 + 1e-9):
            share *= (1.0 - 0.1 * _SOURCE_CLOSE) * bound / abs(found)
        elif settled:
            break
    source.wish += drawn


@compiled()
def _run_stores(room, b, nows):
    """Run stores and sources with what came in and was drawn."""
    rows = room.rows
    for r in range(room.first[b], room.first[b + 1]):
        row, now = rows[r], nows[r]
        if row.fed == 0 and row.drawn_on == 0:
            continue
        carrier, brought = int(row.p[SERVES]), 0.0
        if row.fed == 1:
            for f in range(room.first[b], room.first[b + 1]):
                if rows[f].feeds == r or rows[f].heats == r:
                    brought += nows[f].flows[carrier]
        now.c[HEAT_IN] = brought
        if now.known == 1 and now.wish > now.alone and carrier in DEMANDS:
            # What its feeders did not bring after all, it does not give.
            _find_limits(row, now)
            now.wish = min(now.wish, now.most)
        _run(row, now, now.wish)


@compiled(allocates=True)
def serve(equipment, b, k, spare, ease):
    """Solve a step of a building's plant room, without moving its state.

    Parameters
    ----------
    equipment : Equipment
        `demands` holds the mean demand by carrier [W], positive for heat and cold; `common` the conditions.
        `sums` is overwritten with the flows of all rows together [W], `nows` with the rows' own.
    b, k : int
        Building and step.
    spare : float
        Power that nobody else takes [W].
    ease : float
        Share of space heat and chilled water that is served, and of what their stores call for [-].
    """
    room, nows, sums, wanted = equipment.room, equipment.nows, equipment.sums, equipment.wanted
    _begin(room, b, k, equipment.common, nows)
    wanted[:] = equipment.demands
    wanted[SPACE_HEAT] *= ease
    wanted[CHILLED_WATER] *= ease
    for carrier in (HOT_WATER, SPACE_HEAT, CHILLED_WATER):
        equipment.fills[carrier] = equipment.orders[carrier]
        if equipment.orders[carrier] < 0.0:
            equipment.fills[carrier] = 0.0
        elif carrier != HOT_WATER:
            equipment.fills[carrier] *= ease
    _serve_demands(room, b, k, wanted, equipment.orders, nows)
    _run_by_products(room, b, k, spare, nows)
    _fill_stores(room, b, k, ease, equipment.fills, nows)
    _run_machines(room, b, nows)
    _run_stores(room, b, nows)
    sums[:] = 0.0
    for r in range(room.first[b], room.first[b + 1]):
        for j in range(N_FLOWS):
            sums[j] += nows[r].flows[j]


@compiled()
def electricity_for(equipment, b, carrier):
    """Power that the rows of a building which serve a carrier draw [W]; all of them for carrier -1."""
    drawn, room = 0.0, equipment.room
    for r in range(room.first[b], room.first[b + 1]):
        if carrier < 0 or int(room.rows[r].p[SERVES]) == carrier:
            drawn += max(-equipment.nows[r].flows[ELECTRICITY], 0.0)
    return drawn


@compiled()
def stores_moved(equipment, b, carrier):
    """What electric machines bring to a carrier's stores, these give and gain, and the machines draw [W]."""
    room, nows = equipment.room, equipment.nows
    fed, given, gained, drawn = 0.0, 0.0, 0.0, 0.0
    for r in range(room.first[b], room.first[b + 1]):
        row = room.rows[r]
        if row.fed == 1 and int(row.p[SERVES]) == carrier:
            given += nows[r].wish
            gained += nows[r].flows[STORED]
        elif (
            row.feeds >= 0
            and row.free == 0
            and row.burns == 0
            and int(room.rows[row.feeds].p[SERVES]) == carrier
        ):
            fed += nows[r].wish
            drawn -= nows[r].flows[ELECTRICITY]
    return fed, given, -gained if carrier == CHILLED_WATER else gained, drawn


@compiled()
def drawn_before_spare(equipment, b):
    """Power that the rows of a building drew in the step before, less what they made [W].

    Without what heats and cools rooms, and without what turns current and hydrogen into each other.
    """
    drawn, room = 0.0, equipment.room
    for r in range(room.first[b], room.first[b + 1]):
        carrier, power = int(room.rows[r].p[SERVES]), equipment.nows[r].flows[ELECTRICITY]
        if carrier in (HYDROGEN, ELECTRICITY):
            continue
        if carrier in (SPACE_HEAT, CHILLED_WATER):
            power = max(power, 0.0)
        drawn -= power
    return drawn


@compiled()
def electricity_made(equipment, b):
    """Power that the rows of a building give [W]."""
    made = 0.0
    for r in range(equipment.room.first[b], equipment.room.first[b + 1]):
        made += max(equipment.nows[r].flows[ELECTRICITY], 0.0)
    return made


@compiled(allocates=True)
def settle(equipment, b, hours):
    """Move the rows of a building to the end of the step that `serve` found, and keep their books."""
    room, totals = equipment.room, equipment.totals
    for r in range(room.first[b], room.first[b + 1]):
        row, now = room.rows[r], equipment.nows[r]
        now.state[:] = now.end
        for j in range(N_FLOWS):
            totals[r, j] += hours * now.flows[j]
        totals[r, N_FLOWS] = max(totals[r, N_FLOWS], imbalance(now.flows))
        if now.wish > 0.0 and component_outside(row.kind, row.p, now.c):
            totals[r, N_FLOWS + 1] += hours
