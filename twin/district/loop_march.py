"""The steps of an ambient loop (常温环网): substations, sources, tower and rows agree with the loop's water.

In every step these act on the loop, in this order:

1. sources that no row draws on (a borefield, a data room), where it would end the step colder than
   `warm_below` or warmer than `cool_above`: as far as their heat exchangers pass it, those written first
   before others;
2. the tower, down to its own temperature; before the sources where that is below `cool_above`;
3. the plant room's rows that serve space_heat at `least` and chilled_water at `most`, as they serve any
   building (`twin.plant_room`).

Machines and the loop agree on its mean temperature in the step. Where all that does not hold the loop off ice
(or off what its pipes bear) substations go short.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.districts.ambient_loop import (
    Loop,
    Tower,
    loop_pump_power_w,
    loop_step,
    tower_most_w,
    tower_power_w,
)
from buildings.districts.heat_network import held_w
from buildings.districts.substation import (
    SUB_COLD,
    SUB_COLD_POWER,
    SUB_DIRECT,
    SUB_DRAWN,
    SUB_GIVEN,
    SUB_HEAT,
    SUB_HEAT_POWER,
    SUB_LOST,
    SUBSTATION_COLUMNS,
    Substations,
    substation_step,
)
from buildings.lent import lent
from buildings.systems.component import (
    CHILLED_WATER,
    ELECTRICITY,
    GAS,
    HYDROGEN,
    N_CONDITIONS,
    N_FLOWS,
    PRESSURE,
    SERVES,
    SOURCE,
    SPACE_HEAT,
    STEP,
    TEMP_IN,
    TEMP_MAINS,
    TEMP_OUT,
    WET_BULB_IN,
    WET_BULB_OUT,
)
from buildings.systems.registry import component_limits, component_step, component_temperatures
from buildings.thermal.lanes import borrowed
from twin.district.loop_figures import (
    ALONE,
    COLD,
    COLD_LOAD,
    COOLED,
    DIRECT,
    DRAWN,
    END,
    GAP,
    GAS_KW,
    GIVEN,
    HEAT,
    HEAT_LOAD,
    HEATED,
    HYDROGEN_KW,
    IN,
    LOST,
    MADE,
    MEAN,
    OUT,
    PUMPS,
    STATION,
    STORED,
    SUBSTATIONS,
    SUBSTATIONS_LOST,
    TOWER,
)  # fmt: skip
from twin.district.station import serve_all
from twin.plant_room import chord, electricity_for, electricity_made, narrowed, serve, settle
from twin.plant_rows import Equipment

Floats = NDArray[np.float64]
_TURNS = 40
_CLOSE = 1e-7
"""Kelvin to which machines and loop agree on its mean temperature."""
_SHARES = 20
_NEAR = 1e-5
"""Kelvin to which substations that go short keep the loop at its floor or ceiling."""


class LoopSteps(NamedTuple):
    """What the march reads: (n,) each, but loads (n, B, 2) [W]."""

    load: Floats
    ground: Floats
    temp_out: Floats
    wet_out: Floats
    pressure: Floats
    mains: Floats


@compiled()
def _stands_at_loop(row: Any) -> bool:
    """Whether a row is a source on which no other draws."""
    return int(row.p[SERVES]) == SOURCE and row.drawn_on == 0


@compiled()
def _exchanged(row: Any, now: Any, need: float, temp: float, difference: float) -> float:
    """Heat that a source at the loop gives of what is needed [W]; both negative where the loop is cooled.

    Its exchanger passes what the source gives (takes) at most with its difference of temperatures, less in
    proportion. What the source sends is the colder (warmer) the more it gives (takes), along a line as far as
    components tell it.
    """
    least, most, _ = component_limits(row.kind, row.p, now.state, now.c)
    sign = 1.0 if need > 0.0 else -1.0
    full = most if need > 0.0 else least
    if sign * full <= 0.0:
        return 0.0
    idle = sign * (component_temperatures(row.kind, row.p, now.state, now.c, 0.0)[0] - temp)
    if idle <= 0.0:
        return 0.0
    running = sign * (component_temperatures(row.kind, row.p, now.state, now.c, full)[0] - temp)
    share = min(idle / (difference + idle - running), 1.0)
    return sign * min(sign * need, share * sign * full)


@compiled(allocates=True)
def _run_sources(equipment: Equipment, wishes: Floats) -> None:
    """Run the sources at the loop for what they give; `serve` has left them idle."""
    for r in range(equipment.room.first[1]):
        row, now = equipment.room.rows[r], equipment.nows[r]
        if _stands_at_loop(row):
            now.wish = wishes[r]
            now.end[:] = now.state
            component_step(row.kind, row.p, now.end, now.wish, now.c, now.flows)


@compiled()
def _all_substations(
    sub: Substations, load: Floats, temp: float, shares: Floats, c: Floats, flows: Floats, each: Floats,
    total: Floats,
) -> None:  # fmt: skip
    """All substations at a temperature of the loop, and their sums."""
    total[:] = 0.0
    for b in range(load.shape[0]):
        substation_step(sub, b, temp, shares[0] * load[b, 0], shares[1] * load[b, 1], c, flows, each[b])
        for j in range(len(total)):
            total[j] += each[b, j]


@compiled(allocates=True)
def _act(
    equipment: Equipment, k: int, loop: Loop, tower: Tower, temp: float, mean: float, ground: float,
    dt: float, own: float, wishes: Floats, row: Floats,
) -> float:  # fmt: skip
    """What sources, tower and rows do about a loop into which `own` [W] flows; all heat into it [W]."""
    loss, rows, decay = loop.water.loss, equipment.room.rows, math.exp(-_rate(loop, dt))
    low = held_w(temp, loop.warm_below, ground, decay, loss)
    high = held_w(temp, loop.cool_above, ground, decay, loss)
    row[IN] = row[OUT] = row[TOWER] = 0.0
    wet, down_to = equipment.common[WET_BULB_OUT], held_w(temp, tower.above, ground, decay, loss)
    tower_first = tower.above < loop.cool_above
    if tower_first:
        row[TOWER] = max(min(own - down_to, tower_most_w(mean, wet, loop.exchanger, tower)), 0.0)
        own -= row[TOWER]
    for r in range(equipment.room.first[1]):
        wishes[r] = 0.0
        need = max(low - own, 0.0) + min(high - own, 0.0)
        if need != 0.0 and _stands_at_loop(rows[r]):
            wishes[r] = _exchanged(rows[r], equipment.nows[r], need, mean, loop.exchanger)
            own += wishes[r]
            row[IN] += max(wishes[r], 0.0)
            row[OUT] += max(-wishes[r], 0.0)
    if not tower_first:
        row[TOWER] = max(min(own - down_to, tower_most_w(mean, wet, loop.exchanger, tower)), 0.0)
        own -= row[TOWER]
    asked = equipment.demands
    asked[:] = 0.0
    asked[SPACE_HEAT] = max(held_w(temp, loop.least, ground, decay, loss) - own, 0.0)
    asked[CHILLED_WATER] = max(own - held_w(temp, loop.most, ground, decay, loss), 0.0)
    serve_all(equipment, k)
    row[HEATED], row[COOLED] = equipment.sums[SPACE_HEAT], -equipment.sums[CHILLED_WATER]
    return own + row[HEATED] - row[COOLED]


@compiled()
def _rate(loop: Loop, dt: float) -> float:
    """Length of a step over the time constant of the loop's water [-]."""
    return loop.water.loss * dt / loop.water.capacity


@compiled(allocates=True)
def _step_at(
    equipment: Equipment, sub: Substations, loop: Loop, tower: Tower, steps: LoopSteps, k: int, temp: float,
    mean: float, dt: float, shares: Floats, c: Floats, flows: Floats, each: Floats, total: Floats,
    wishes: Floats, row: Floats,
) -> tuple[float, float]:  # fmt: skip
    """A step at an assumed mean temperature of the loop; its temperature at the end and in the mean."""
    water, ground, decay = loop.water, steps.ground[k], math.exp(-_rate(loop, dt))
    shares[:] = 1.0
    end = found = temp
    for _ in range(_SHARES):
        _all_substations(sub, steps.load[k], mean, shares, c, flows, each, total)
        drawn, given = total[SUB_DRAWN], total[SUB_GIVEN]
        pumps = loop_pump_power_w(drawn, given, water)
        own = given - drawn + water.motor * pumps
        into = _act(equipment, k, loop, tower, temp, mean, ground, dt, own, wishes, row)
        end, found = loop_step(temp, ground, into, dt, water)
        row[PUMPS], row[LOST] = pumps, water.loss * (found - ground)
        if drawn > 0.0 and (end < loop.floor - _NEAR or (shares[0] < 1.0 and end > loop.floor + _NEAR)):
            lack = held_w(temp, loop.floor, ground, decay, water.loss) - into
            shares[0] = min(shares[0] * max(1.0 - lack / drawn, 0.0), 1.0)
        elif given > 0.0 and (end > loop.ceiling + _NEAR or (shares[1] < 1.0 and end < loop.ceiling - _NEAR)):
            over = into - held_w(temp, loop.ceiling, ground, decay, water.loss)
            shares[1] = min(shares[1] * max(1.0 - over / given, 0.0), 1.0)
        else:
            break
    return end, found


@compiled(allocates=True)
def march_steps(
    equipment: Equipment, sub: Substations, loop: Loop, tower: Tower, steps: LoopSteps, dt: float, air: Any,
    out: Any, power: Any,
) -> None:  # fmt: skip
    """All steps; `air` is dry and wet bulb of the station [degC], `out` and `power` are in W."""
    rooms = lent(borrowed(equipment))  # as buildings lend theirs: its kernels are compiled once for both
    rows = rooms.room.first[1]
    temp = min(max(steps.ground[0], loop.least), loop.most)
    common, wishes, shares = rooms.common, np.zeros(rows), np.ones(2)
    c, flows = np.zeros(len(common)), np.zeros(N_FLOWS)
    each, total = np.zeros((power.shape[1], len(SUBSTATION_COLUMNS))), np.zeros(len(SUBSTATION_COLUMNS))
    for k in range(out.shape[0]):
        row = out[k]
        common[STEP], common[TEMP_OUT], common[WET_BULB_OUT] = dt, steps.temp_out[k], steps.wet_out[k]
        common[PRESSURE], common[TEMP_MAINS] = steps.pressure[k], steps.mains[k]
        common[TEMP_IN], common[WET_BULB_IN] = air[0], air[1]
        c[:] = common
        rooms.demands[:] = 0.0
        serve(rooms, np.int64(0), k, 0.0, 1.0)  # conditions of the sources, and what they draw alone
        for r in range(rows):
            if int(rooms.room.rows[r].p[SERVES]) == SOURCE:
                row[ALONE] -= rooms.nows[r].flows[ELECTRICITY]
        # the warmer machines find the loop, the colder they leave it: one mean temperature suits both, and
        # the first two that are tried lie on either side of it
        mean, end, found, side = temp, temp, temp, 0
        low = high = mean
        at_low = at_high = 0.0
        for _ in range(_TURNS):
            end, found = _step_at(
                rooms, sub, loop, tower, steps, k, temp, mean, dt, shares, c, flows, each, total, wishes,
                row,
            )  # fmt: skip
            row[GAP] = abs(found - mean)
            if row[GAP] <= _CLOSE or (at_low < 0.0 < at_high and high - low <= _CLOSE):
                break
            if at_low < 0.0 < at_high:
                low, at_low, high, at_high, side = narrowed(
                    low, at_low, high, at_high, mean, mean - found, side
                )
            elif mean < found:
                low, at_low = mean, mean - found
            else:
                high, at_high = mean, mean - found
            mean = min(max(found, loop.floor), loop.ceiling)
            if at_low < 0.0 < at_high:
                mean = chord(low, at_low, high, at_high)
        _run_sources(rooms, wishes)
        row[HEAT_LOAD], row[COLD_LOAD] = steps.load[k, :, 0].sum(), steps.load[k, :, 1].sum()
        row[HEAT], row[COLD], row[DIRECT] = total[SUB_HEAT], total[SUB_COLD], total[SUB_DIRECT]
        row[SUBSTATIONS] = total[SUB_HEAT_POWER] + total[SUB_COLD_POWER]
        row[SUBSTATIONS_LOST], row[DRAWN], row[GIVEN] = total[SUB_LOST], total[SUB_DRAWN], total[SUB_GIVEN]
        row[END], row[MEAN], row[STORED] = end, found, loop.water.capacity * (end - temp) / dt
        fans = tower_power_w(row[TOWER], mean, steps.wet_out[k], loop.exchanger, tower)
        row[STATION] = electricity_for(rooms, 0, -1) + row[PUMPS] + fans
        row[MADE] = electricity_made(rooms, 0)
        row[GAS_KW] = max(-rooms.sums[GAS], 0.0)
        row[HYDROGEN_KW] = max(-rooms.sums[HYDROGEN], 0.0)
        power[k, :, 0], power[k, :, 1] = each[:, SUB_HEAT_POWER], each[:, SUB_COLD_POWER]
        settle(rooms, np.int64(0), dt / 3600.0)
        temp = end


@compiled(allocates=True)
def net_heat(sub: Substations, load: Floats, temp: float, net: Floats) -> None:
    """Heat that all substations give to a loop of one temperature [W]."""
    c, flows, shares = np.zeros(N_CONDITIONS), np.zeros(N_FLOWS), np.ones(2)
    each, total = np.zeros((load.shape[1], len(SUBSTATION_COLUMNS))), np.zeros(len(SUBSTATION_COLUMNS))
    for k in range(len(net)):
        _all_substations(sub, load[k], temp, shares, c, flows, each, total)
        net[k] = total[SUB_GIVEN] - total[SUB_DRAWN]
