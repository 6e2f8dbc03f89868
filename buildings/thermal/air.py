"""Air of rooms in the march: flows, thermostats with capacity limits, and sweeps over coupled zones.

The air follows its own exponential, so a light room under a strong fan neither overshoots nor loses heat:

    u = (dt / C) (S - G T),   T+ = T + alpha(theta) u,   mean T = T + beta(theta) u,   theta = G dt / C

Where the air comes to its set-point within a step, heat comes when it is wanted: what it is more than heat
spread evenly over the step, E, raises the mean by E / G, the end not at all.
"""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.thermal.faces import refresh
from buildings.thermal.lanes import (
    LANES,
    anywhere,
    at,
    gathered,
    greater,
    largest,
    lesser,
    magnitude,
    put,
    series,
    spread,
    where,
)
from buildings.thermal.layout import (
    AREA,
    BYPASS,
    CAPACITY,
    CONVECTION,
    COOL_MAX,
    COOLING_SETPOINT,
    CP_AIR,
    CP_MOIST,
    CP_VAPOUR,
    DENSITY_OUT,
    FAN_HEAT,
    H_FG,
    HEAT_MAX,
    HEATING_SETPOINT,
    HUMIDITY_OUT,
    INFILTRATION,
    INFILTRATION_KELVIN,
    INFILTRATION_SHARE,
    INVERSE,
    KELVIN,
    LEAKAGE_SHARE,
    LOAD,
    NATURAL,
    NATURAL_DELTA,
    NATURAL_MAX_OUT,
    NATURAL_MIN_IN,
    NATURAL_SHARE,
    OTHER,
    RADIATION,
    RECOVERY_LATENT,
    RECOVERY_SENSIBLE,
    SUPPLY_HUMIDITY,
    SUPPLY_TEMP,
    SWEEP_LIMITS,
    TEMP_IN,
    TEMP_OUT,
    VENTILATION,
    VENTILATION_SHARE,
    Y_CROSS,
)

MAX_SWEEPS = 60
_SWEEP_K = 1e-5
"""Sweeps over coupled zones end when no temperature changes by more [K]."""
_APART_K = 0.1
"""Least distance between the set-points of heating and cooling [K]; that of cooling gives way."""
_JUMP_K = 1e-6
"""Distance from the set-point at the start of a step that counts as a jump of it [K]."""
_REFRESH_K = 0.05
"""Jump of the set-point from which films are taken from the step itself [K]."""
_LONG_S = 1800.0
"""Steps from this length on always take their films from themselves [s]: those of the step before are old."""
_BYPASS_BAND_K = 3.0
"""Distance from the middle of the set-points at which the bypass of heat recovery is open [K]; assumed."""

EXHAUST_LEAST_C = 1.7
"""Coldest exhaust air behind heat recovery [degC]: frost would close the exchanger below it, so a part of
the fresh air goes around it. Default threshold of frost control in EnergyPlus' air-to-air heat exchangers."""


@compiled(forceinline=True)
def flows(batch, state, g, z, k, forcing, weather, work):
    """Set-points, gains to the air and air flows of one row of zones."""
    columns = batch.zone_series
    heat_set = series(forcing, k, columns, (g, z, HEATING_SETPOINT))
    cool_set = series(forcing, k, columns, (g, z, COOLING_SETPOINT))
    share = series(forcing, k, columns, (g, z, VENTILATION_SHARE))
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    density, humidity_out = weather[k, DENSITY_OUT], weather[k, HUMIDITY_OUT]
    zone, temp = batch.zone, at(state.temp, (g, z))
    # The bypass opens as the room leaves the middle of its set-points (off counts as 20/26) and outdoor air
    # would bring it back; it modulates, since one that is open or shut hunts from step to step.
    middle = 0.5 * (greater(heat_set, 20.0) + lesser(cool_set, 26.0))
    away = (temp - middle) * where(temp > temp_out, 1.0, -1.0)
    opening = lesser(greater(away * (1.0 / _BYPASS_BAND_K), 0.0), 1.0)
    recovery = 1.0 - opening * at(zone, (g, z, BYPASS))
    given = greater(temp - temp_out, 1.0) * greater(at(zone, (g, z, RECOVERY_SENSIBLE)), 0.01)
    recovery = lesser(recovery, greater(temp - EXHAUST_LEAST_C, 0.0) / given)
    vent = density * at(zone, (g, z, VENTILATION)) * share
    cracks = series(forcing, k, columns, (g, z, INFILTRATION_SHARE))
    leak = series(forcing, k, columns, (g, z, LEAKAGE_SHARE))
    cracks += at(zone, (g, z, INFILTRATION_KELVIN)) * magnitude(temp - temp_out) * leak
    through = density * at(zone, (g, z, INFILTRATION)) * greater(cracks, 0.0)
    wished = (temp > at(zone, (g, z, NATURAL_MIN_IN))) & (at(zone, (g, z, NATURAL_MAX_OUT)) > temp_out)
    wished = wished & (temp - temp_out > at(zone, (g, z, NATURAL_DELTA)))
    opened = density * at(zone, (g, z, NATURAL)) * series(forcing, k, columns, (g, z, NATURAL_SHARE))
    through += where(wished, opened, 0.0)
    heat_kept = recovery * at(zone, (g, z, RECOVERY_SENSIBLE))
    water_kept = recovery * at(zone, (g, z, RECOVERY_LATENT))
    mean_out = 0.5 * (humidity_out + weather[k + 1, HUMIDITY_OUT])
    fresh = temp_out + heat_kept * (temp - temp_out)
    fresh_humidity = mean_out + water_kept * (at(state.humidity, (g, z)) - mean_out)
    # A drier takes the air behind heat recovery and lets it in at its own state, never warmer than it came.
    excess = greater(fresh_humidity - at(zone, (g, z, SUPPLY_HUMIDITY)), 0.0)
    dried = where(excess > 0.0, vent, 0.0)
    supplied = lesser(at(zone, (g, z, SUPPLY_TEMP)), fresh)
    capacity = CP_AIR + CP_VAPOUR * humidity_out
    sensible = through + vent - (vent - dried) * heat_kept
    wet = through + vent - (vent - dried) * water_kept
    put(work.fresh_sensible, (z,), dried * capacity * (fresh - supplied))
    put(work.fresh_latent, (z,), dried * excess * H_FG)
    put(work.source, (z,), dried * (fresh_humidity - excess - mean_out))
    put(work.heat_set, (z,), heat_set)
    put(work.cool_set, (z,), cool_set)
    put(work.flow_heat, (z,), sensible * capacity)
    put(work.flow_moisture, (z,), wet)
    carried = dried * capacity * (supplied - temp_out) + at(state.mixed, (g, z))
    put(work.air_gain, (z,), at(zone, (g, z, FAN_HEAT)) * share + carried)
    swapped = spread(0.0)
    for x in range(batch.n_mixing[g, z]):
        flow = at(batch.mixing_flow, (g, z, x)) * series(forcing, k, batch.mixing_series, (g, z, x))
        put(work.mixing, (z, x), flow)
        swapped += flow * CP_MOIST
    put(work.mixing_heat, (z,), swapped)


@compiled(forceinline=True)
def second_quotient(t):
    """(exp(t) - 1 - t) / t^2 for t >= 0 by its Taylor polynomial, so that exp(t) is taken to the order t^8.

    exp(-t) as the inverse of that is positive and monotone for any t, and right to 3e-6 at t = 1. The balance
    does not depend on it. Constants multiply: seven divisions would cost more than all the rest.
    """
    tail = 1.0 + t * (1.0 / 5.0) * (1.0 + t * (1.0 / 6.0) * (1.0 + t * (1.0 / 7.0) * (1.0 + t * 0.125)))
    return 0.5 * (1.0 + t * (1.0 / 3.0) * (1.0 + t * 0.25 * tail))


@compiled(forceinline=True)
def stiffen(batch, state, g, z, dt, work):
    """How the air of one row of zones answers to heat, which no sweep changes, and the coil's limit."""
    share = dt / at(batch.zone, (g, z, CAPACITY))
    total = at(work.envelope, (z,)) + at(work.flow_heat, (z,)) + at(work.mixing_heat, (z,))
    theta = greater(total, 0.0) * share
    r = second_quotient(theta)
    q = 1.0 + theta * r
    decay = 1.0 / (1.0 + theta * q)
    alpha = q * decay
    # Moisture takes its share of the coil's total capacity, by the air that enters it.
    excess = greater(at(state.humidity, (g, z)) - at(work.adp_humidity, (z,)), 0.0)
    lift = CP_AIR * greater(at(state.temp, (g, z)) - at(work.adp_temp, (z,)), 1.0)
    put(work.conductance, (z,), total)
    put(work.share, (z,), share)
    put(work.alpha, (z,), alpha)
    put(work.beta, (z,), (q - r) * decay)
    put(work.per_kelvin, (z,), 1.0 / (share * alpha))
    most = at(batch.zone, (g, z, COOL_MAX)) * at(work.coil_capacity, (z,))
    put(work.cool_limit, (z,), most * lift / (lift + H_FG * excess))
    put(work.mean, (z,), at(state.mean, (g, z)))
    put(work.star, (z,), at(state.star, (g, z)))


# --- demand ---------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def demand(batch, state, g, k, weather, dt, timed, work, totals):
    """Heat that each zone's plant must give to hold its set-points [W].

    With `timed` heat comes when it is wanted: after a jump of the set-point at full power until the air is
    there, and where the air floats to its set-point only from then on. Without, it is spread evenly, and the
    air is there at the end of the step. Writes `work.plant` (signed), `work.temp`, `work.mean`, `work.star`.
    """
    _sweep(batch, state, g, k, weather, dt, timed, True, work, totals)


@compiled(forceinline=True)
def float_with(batch, state, g, k, weather, dt, work, totals):
    """Zone temperatures under the heat in `work.granted`, which comes as the set-points ask."""
    _sweep(batch, state, g, k, weather, dt, True, False, work, totals)


@compiled(forceinline=True)
def _outdated(batch, state, g, z, dt, work):
    """Where films of the step before do not do: it is long, or begins off the set-points of a served zone."""
    temp = at(state.temp, (g, z))
    if dt >= _LONG_S:
        return temp > -KELVIN
    cold = (at(work.heat_set, (z,)) - temp > _REFRESH_K) & (at(batch.zone, (g, z, HEAT_MAX)) > 0.0)
    return cold | ((temp - at(work.cool_set, (z,)) > _REFRESH_K) & (at(batch.zone, (g, z, COOL_MAX)) > 0.0))


@compiled(forceinline=True)
def films_outdated(batch, state, g, dt, work):
    """Whether any zone of a group needs the films of this step itself."""
    found = False
    for z in range(batch.rows[g]):
        found = found or anywhere(_outdated(batch, state, g, z, dt, work))
    return found


@compiled(forceinline=True)
def refresh_films(batch, state, g, dt, work):
    """Find films from the solution of this step, in the zones that need it."""
    for z in range(batch.rows[g]):
        refresh(batch, state, g, z, _outdated(batch, state, g, z, dt, work), work)


@compiled(forceinline=True)
def _sweep(batch, state, g, k, weather, dt, timed, hold, work, totals):
    """Solve the air of all zones of a group, again and again where they are coupled."""
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for _ in range(MAX_SWEEPS):
        change = 0.0
        for z in range(batch.rows[g]):
            change = max(change, _solve(batch, state, g, z, temp_out, dt, timed, hold, work))
        if batch.sweeps[g] == 0 or change < _SWEEP_K:
            return
    for z in range(batch.rows[g]):
        put(totals, (g, SWEEP_LIMITS, z), at(totals, (g, SWEEP_LIMITS, z)) + 1.0)


@compiled(forceinline=True)
def swapped_heat(batch, work, g, z):
    """Heat that other zones' air carries into a row of zones, above 0 degC [W]."""
    brought = spread(0.0)
    for x in range(batch.n_mixing[g, z]):
        brought += at(work.mixing, (z, x)) * CP_MOIST * gathered(work.mean, batch.mixing_place, (g, z, x))
    return brought


@compiled(forceinline=True)
def _timed_heat(batch, state, g, z, dt, hold, work):
    """Heat of a step in which the air comes to its set-point, beyond heat spread evenly over the step [W].

    After a jump of the set-point heat comes early: at full power P the air is there after
    (C / G) ln((S + P - G T0) / (S + P - G T*)) and is held by G T* - S. The limit of unbounded power is a
    jump of the air: G (1 - beta / alpha) (T* - T0) more. Air that floats to its set-point from the other side
    takes nothing before it is there, after (C / G) ln((S - G T0) / (S - G T*)).
    """
    for lane in range(LANES):
        start, wish, driving = state.temp[g, z, lane], work.even[z, lane], work.driving[z, lane]
        target = work.heat_set[z, lane]
        if wish < 0.0:
            target = max(work.cool_set[z, lane], target + _APART_K)
        sign = 1.0 if wish > 0.0 else -1.0
        away = sign * (target - start)
        conductance, capacity = work.conductance[z, lane], batch.zone[g, z, CAPACITY, lane]
        if wish == 0.0 or abs(away) < _JUMP_K or conductance <= 0.0:
            continue
        held = conductance * target - driving
        power = batch.zone[g, z, HEAT_MAX, lane] if wish > 0.0 else -work.cool_limit[z, lane]
        least = most = 0.0
        if away > 0.0:
            most = sign * conductance * (1.0 - work.beta[z, lane] / work.alpha[z, lane]) * (target - start)
            found = most
            net = driving + power
            if hold and abs(power) < 1e3 * abs(wish):
                reached = (net - conductance * start) / (net - conductance * target)
                late = reached <= 1.0 or sign * (power - wish) <= 0.0
                share = 1.0 if late else min(capacity / conductance * np.log(reached) / dt, 1.0)
                found = 0.0 if late else sign * (share * power + (1.0 - share) * held - wish)
        else:
            crossed = (conductance * start - driving) / held if held != 0.0 else 0.0
            share = min(capacity / conductance * np.log(crossed) / dt, 1.0) if crossed > 1.0 else 0.0
            least = min(sign * ((1.0 - share) * held - wish), 0.0) if crossed > 1.0 else 0.0
            found = least
        if not hold:
            found = sign * (work.granted[z, lane] - wish)
        work.extra[z, lane] = sign * min(max(found, least), most)


@compiled(forceinline=True)
def _solve(batch, state, g, z, temp_out, dt, timed, hold, work):
    """Air, star and shared faces of one row of zones with the others as they stand; largest change [K]."""
    to_star, to_air = at(work.base_star, (z,)), at(work.base_air, (z,))
    for f in range(batch.n_shared[g, z]):
        other = gathered(work.inner, batch.partner, (g, z, f))
        load = at(work.face, (z, f, LOAD)) + at(batch.face, (g, z, f, Y_CROSS)) * other
        reach = at(batch.face, (g, z, f, AREA)) * at(work.face, (z, f, INVERSE)) * load
        to_star += reach * at(work.face, (z, f, RADIATION))
        to_air += reach * at(work.face, (z, f, CONVECTION))
        put(work.face, (z, f, OTHER), other)
    brought = swapped_heat(batch, work, g, z)
    put(work.mixed, (z,), brought)
    brought += at(work.flow_heat, (z,)) * temp_out
    start, alpha, ratio = at(state.temp, (g, z)), at(work.alpha, (z,)), at(work.ratio, (z,))
    conductance, per_kelvin = at(work.conductance, (z,)), at(work.per_kelvin, (z,))
    heat_set = at(work.heat_set, (z,))
    cool_set = greater(at(work.cool_set, (z,)), heat_set + _APART_K)
    driving = to_air + ratio * to_star + at(work.air_gain, (z,)) + brought
    share = at(work.share, (z,))
    rise = (driving - conductance * start) * share
    floating = start + alpha * rise
    even = (greater(heat_set - floating, 0.0) - greater(floating - cool_set, 0.0)) * per_kelvin
    extra = late = spread(0.0)
    if timed:
        off = where(even > 0.0, heat_set - start, where(even < 0.0, start - cool_set, 0.0))
        if largest(magnitude(off)) > _JUMP_K:
            put(work.even, (z,), even)
            put(work.extra, (z,), 0.0)
            put(work.driving, (z,), driving)
            _timed_heat(batch, state, g, z, dt, hold, work)
            extra = at(work.extra, (z,))
            late = extra / greater(conductance, 1e-9)
    if hold:
        heat = lesser(greater(even + extra, -at(work.cool_limit, (z,))), at(batch.zone, (g, z, HEAT_MAX)))
        put(work.plant, (z,), heat)
    else:
        heat = at(work.granted, (z,))
    rise += (heat - extra) * share
    mean = start + at(work.beta, (z,)) * rise + late
    star = ratio * mean + at(work.inverse, (z,)) * to_star
    change = greater(magnitude(mean - at(work.mean, (z,))), magnitude(star - at(work.star, (z,))))
    put(work.temp, (z,), start + alpha * rise)
    put(work.mean, (z,), mean)
    put(work.star, (z,), star)
    put(work.outdoor, (z,), brought - (at(work.flow_heat, (z,)) + at(work.mixing_heat, (z,))) * mean)
    for f in range(batch.n_shared[g, z]):
        inner = at(work.face, (z, f, INVERSE)) * (
            at(work.face, (z, f, CONVECTION)) * mean
            + at(work.face, (z, f, RADIATION)) * star
            + at(work.face, (z, f, LOAD))
            + at(batch.face, (g, z, f, Y_CROSS)) * at(work.face, (z, f, OTHER))
        )
        change = greater(change, magnitude(inner - at(work.face, (z, f, TEMP_IN))))
        put(work.inner, (z, f), inner)
        put(work.face, (z, f, TEMP_IN), inner)
    return largest(change)
