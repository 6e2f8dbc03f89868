"""The cooling coil of a row of zones: its apparatus dew point (机器露点), and what evaporates from it again.

A coil of bypass factor b that cools a stream m of entering air h by Q leaves its air on the line to saturated
air of the enthalpy h - Q / (m (1 - b)) [1]_. Stream and bypass factor are those of the rating, so that
m (1 - b) = Q_rated / drop and

    h_adp = h - drop Q / Q_rated

with the machine's full-load capacity Q at the wet bulb of the entering air and the temperature outside: a
machine that cycles is at full load while it runs. A coil that is held at its temperature (chilled water, or
refrigerant of which a valve lets in what is wanted) keeps one apparatus dew point.

While a fan runs on, water evaporates from a coil that has stopped, and the coil must be wet again before
water leaves its pan. Of the latent capacity there remains in each cycle of t_on and t_off [2]_

    (t_on - t_0) / (t_on - tau (1 - exp(-t_on / tau))),   t_0 = e + tau (1 - exp(-t_0 / tau))

where e is the drying of a steady coil that evaporates in t_off: the rate falls linearly from gamma times the
latent capacity until the coil is dry. The water that stays in the room has cooled it as it evaporated.

References
----------
.. [1] EnergyPlus Engineering Reference, "Single-Speed Electric DX Air Cooling Coil": bypass factor,
   apparatus dew point and latent degradation.
.. [2] Henderson, H.I. and Rengarajan, K., 1996. A model to predict the latent capacity of air conditioners
   and heat pumps at part-load conditions with constant fan operation. ASHRAE Transactions 102(1), 266-274.
"""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.thermal.air import second_quotient
from buildings.thermal.lanes import at, greater, largest, lesser, put, square_root, where
from buildings.thermal.layout import (
    ADP_HUMIDITY,
    ADP_TEMP,
    COIL_CURVE,
    COIL_DROP,
    COIL_KNOWN,
    COIL_RANGE,
    COOL_MAX,
    CP_AIR,
    CP_VAPOUR,
    EVAPORATES,
    FAN_CONSTANT,
    FAN_CYCLES,
    FAN_DEGRADATION,
    FAN_LATENT,
    FAN_LEAST,
    FAN_RATE,
    FAN_TIME,
    H_FG,
    LASTS,
    LATENT_SHARE,
    LOAD_PER_WATT,
    WATER_PER_WATT,
)

_VAPORISATION = 2.501e6
"""Of water at 0 degC [J/kg]."""
_CP_WATER = 4186.0
_RATED_DEPRESSION_K = 26.7 - 19.4
"""Of the wet bulb at the rating to which time and rate of a running fan belong."""
_LONGEST_S = 9999.0
"""Until water leaves the pan, where a coil hardly dries; EnergyPlus' bound."""
_LEAST_RUN = 1e-6
_SECANTS = 5
"""In 99 of 100 rooms to 1e-4 of what is dried."""
_WETTER = 1e-4
"""Distance over which the tangent of drying is taken [kg/kg]."""


@compiled(forceinline=True)
def saturated_at(enthalpy):
    """Temperature of saturated air of an enthalpy [J/kg] at sea level [degC], from 0 to 42 degC.

    Our fit of ASHRAE's relations (`weather.psychrometrics`) to 0.003 K; held at its ends.
    """
    x = lesser(greater(enthalpy, 9474.0), 183640.0) * (1.0 / 80e3) - 1.0
    return 25.8645 + x * (
        18.3785 + x * (-7.32218 + x * (3.53703 + x * (-1.78356 + x * (0.721484 - 0.144917 * x))))
    )


@compiled(forceinline=True)
def _enthalpy(temp, humidity):
    return CP_AIR * temp + humidity * (_VAPORISATION + CP_VAPOUR * temp)


@compiled(forceinline=True)
def _wet_bulb(temp, humidity):
    """Wet bulb of air [degC], which takes up the enthalpy of the water that saturates it; to 0.01 K."""
    enthalpy = _enthalpy(temp, humidity)
    wet = saturated_at(enthalpy)
    taken = (enthalpy - CP_AIR * wet) / (_VAPORISATION + CP_VAPOUR * wet) - humidity
    return saturated_at(enthalpy + _CP_WATER * wet * taken)


@compiled(forceinline=True)
def _cold(zone, g, z, temp, humidity, temp_out):
    """Apparatus dew point [degC], [kg/kg] and capacity over rated of a row of coils in given air."""
    drop = at(zone, (g, z, COIL_DROP))
    held, held_water = at(zone, (g, z, ADP_TEMP)), at(zone, (g, z, ADP_HUMIDITY))
    if largest(drop) <= 0.0:
        return held, held_water, drop * 0.0 + 1.0
    x = greater(_wet_bulb(temp, humidity), at(zone, (g, z, COIL_RANGE)))
    x = lesser(x, at(zone, (g, z, COIL_RANGE + 1)))
    y = lesser(greater(at(zone, (g, z, COIL_RANGE + 2)), temp_out), at(zone, (g, z, COIL_RANGE + 3)))
    capacity = (
        at(zone, (g, z, COIL_CURVE))
        + x * (at(zone, (g, z, COIL_CURVE + 1)) + x * at(zone, (g, z, COIL_CURVE + 2)))
        + y * (at(zone, (g, z, COIL_CURVE + 3)) + y * at(zone, (g, z, COIL_CURVE + 4)))
        + x * y * at(zone, (g, z, COIL_CURVE + 5))
    )
    # Saturated air of this enthalpy: its water follows from its temperature.
    leaves = _enthalpy(temp, humidity) - drop * capacity
    cold = saturated_at(leaves)
    water = greater((leaves - CP_AIR * cold) / (_VAPORISATION + CP_VAPOUR * cold), 0.0)
    return (
        where(drop > 0.0, cold, held),
        where(drop > 0.0, water, held_water),
        where(drop > 0.0, capacity, 1.0),
    )


@compiled(forceinline=True)
def dew_point(batch, state, g, z, temp_out, work):
    """Write apparatus dew point and capacity over rated of a row of coils, as the step finds them."""
    temp, humidity = at(state.temp, (g, z)), at(state.humidity, (g, z))
    cold, water, capacity = _cold(batch.zone, g, z, temp, humidity, temp_out)
    put(work.adp_temp, (z,), cold)
    put(work.adp_humidity, (z,), water)
    put(work.coil_capacity, (z,), capacity)
    put(work.running, (z, 0, COIL_KNOWN), 0.0)


# --- a fan that runs on ---------------------------------------------------------------------------------


@compiled(forceinline=True)
def _growth(t):
    """exp(t) - 1 for t >= 0, to the order t^8."""
    return t * (1.0 + t * second_quotient(t))


@compiled(forceinline=True)
def latent_factor(part, degradation, evaporates, lasts, starts):
    """Latent capacity of a coil whose fan runs on and the steady one to compare it with, as two numbers [-].

    `part` is the load over what the machine gives while it runs; `evaporates`, `lasts` and `starts` are
    rate / (cycles time), time / constant and constant * cycles, with time [s], rate and constant [s] as of
    `RunningFan` in the air of the step and four times the most starts per second as cycles. t_0 by two of
    Newton's steps, to 1e-4 of the factor. Divisions are most of the cost, so they are put together.
    """
    part = greater(part, _LEAST_RUN)
    slower = 1.0 - degradation * (1.0 - part)
    both = 1.0 / (part * slower)
    run, less_often = part * part * both, slower * slower * both
    evaporating = lesser(evaporates * less_often, 2.0)
    lost = greater(evaporating * (1.0 - 0.25 * evaporating) * lasts, 1e-9)
    late = lesser(square_root(2.0 * lost) + (1.0 / 3.0) * lost, lost + 1.0)
    for _ in range(2):
        rise = _growth(late)
        late -= ((late - lost) * (1.0 + rise) - rise) / rise
    stops = starts * greater(1.0 - run, 0.0)
    brief = greater(stops, 1e-4)
    rise = _growth(1.0 / brief)
    steady = 1.0 + rise * (1.0 - brief)
    return lesser(greater((1.0 - late * stops) * (1.0 + rise), 0.0), steady), steady


@compiled(forceinline=True)
def _know(zone, g, z, temp, humidity, temp_out, column, running):
    """Write what drying in given air needs to know of a row of coils, whatever their load is."""
    cold, water, capacity = _cold(zone, g, z, temp, humidity, temp_out)
    dry = CP_AIR * greater(temp - cold, 1.0)
    above = greater(humidity - water, 0.0)
    latent = H_FG * above / (dry + H_FG * above)
    # A coil that dries less than at its rating holds its water longer, and loses it faster in dry air.
    ratio = at(zone, (g, z, FAN_LATENT)) / greater(capacity * latent, 1e-3)
    depression = greater(temp - _wet_bulb(temp, humidity), 0.0) * (1.0 / _RATED_DEPRESSION_K)
    rate = at(zone, (g, z, FAN_RATE)) * ratio * depression
    time = lesser(greater(at(zone, (g, z, FAN_TIME)), 1.0) * ratio, _LONGEST_S)
    put(running, (z, column, LATENT_SHARE), latent)
    put(running, (z, column, WATER_PER_WATT), above / dry)
    put(running, (z, column, LOAD_PER_WATT), 1.0 / greater(capacity * at(zone, (g, z, COOL_MAX)), 1.0))
    put(running, (z, column, EVAPORATES), rate / (at(zone, (g, z, FAN_CYCLES)) * time))
    put(running, (z, column, LASTS), time / greater(at(zone, (g, z, FAN_CONSTANT)), 1.0))


@compiled(forceinline=True)
def _asked(running, z, column, sensible):
    """Least load of a row of coils over their capacity, the latent share of steady ones, and their water."""
    latent = at(running, (z, column, LATENT_SHARE))
    asked = lesser(sensible * at(running, (z, column, LOAD_PER_WATT)), 1.0 - latent)
    return asked, latent, at(running, (z, column, EVAPORATES)), at(running, (z, column, LASTS))


@compiled(forceinline=True)
def _secant(sweep, guess, coil, fan):
    """One secant more for the load P of a row of coils, which sets how long they run.

    It follows from the sensible heat s, both over the capacity: P (1 - L f(P)) = s with the latent share L of
    the steady coil.
    """
    load, before, miss_before, highest, _, _ = guess
    asked, latent, evaporates, lasts = coil
    starts, degradation, per_least = fan
    part = lesser(load * per_least, 1.0)
    kept, steady = latent_factor(part, degradation, evaporates, lasts, starts)
    miss = load - asked * steady / (steady - latent * kept)
    following = 0.5 * (load - miss + asked)  # the bounds lie at f = 1 and f = 0
    if sweep > 0:
        step = miss - miss_before
        flat = (step < 1e-12) & (step > -1e-12)
        following = where(flat, load, load - miss * (load - before) / where(flat, 1.0, step))
    return lesser(greater(following, asked), highest), load, miss, highest, kept, steady


@compiled(forceinline=True)
def _dried(guess, coil, water_per_watt, sensible):
    """Water that a row of coils takes out of the air less what its fans bring back [kg/s]."""
    _, _, _, _, kept, steady = guess
    _, latent, _, _ = coil
    # Latent over sensible is f L / (1 - f L), where the steady coil's is L / (1 - L).
    return kept * (1.0 - latent) / (steady - kept * latent) * sensible * water_per_watt


@compiled()
def _dry_with_fans(zone, g, z, temp_out, temp, humidity, plant, adp_humidity, running, slope, base):
    """Take what running fans bring back off the drying of a row of coils, along its tangent."""
    start = at(humidity, (g, z))
    if running[z, 0, COIL_KNOWN, 0] == 0.0:
        _know(zone, g, z, at(temp, (g, z)), start, temp_out, 0, running)
        _know(zone, g, z, at(temp, (g, z)), start + _WETTER, temp_out, 1, running)
        put(running, (z, 0, COIL_KNOWN), 1.0)
    sensible = greater(-at(plant, (z,)), 0.0)
    constant = greater(at(zone, (g, z, FAN_CONSTANT)), 1.0)
    per_least = 1.0 / greater(at(zone, (g, z, FAN_LEAST)), 1e-3)
    fan = (constant * at(zone, (g, z, FAN_CYCLES)), at(zone, (g, z, FAN_DEGRADATION)), per_least)
    usual, wetter = _asked(running, z, 0, sensible), _asked(running, z, 1, sensible)
    load, load_wetter = usual[0] / (1.0 - usual[1]), wetter[0] / (1.0 - wetter[1])
    first = (load, load, load, load, load, load)
    second = (load_wetter, load_wetter, load_wetter, load_wetter, load_wetter, load_wetter)
    # Secants from f = 1, for both in one loop: neither waits for the divisions of the other.
    for sweep in range(_SECANTS):
        first = _secant(sweep, first, usual, fan)
        second = _secant(sweep, second, wetter, fan)
    here = _dried(first, usual, at(running, (z, 0, WATER_PER_WATT)), sensible)
    there = _dried(second, wetter, at(running, (z, 1, WATER_PER_WATT)), sensible)
    rise = greater((there - here) * (1.0 / _WETTER), here / greater(start - at(adp_humidity, (z,)), _WETTER))
    runs_on = at(zone, (g, z, FAN_TIME)) > 0.0
    put(base, (z,), where(runs_on, start - here / greater(rise, 1e-12), at(base, (z,))))
    put(slope, (z,), where(runs_on, rise, at(slope, (z,))))


@compiled(forceinline=True)
def drying(batch, state, g, z, temp_out, plant, work):
    """Write the drying of a row of coils: `work.slope` [kg/s] times the humidity above `work.base`.

    `plant` is the heat of the zones [W]. A coil alone dries towards its apparatus dew point. What a running
    fan takes back falls so fast as the room gets wetter that drying is taken along its tangent: with that of
    the start of the step rooms would swing between wet and dry from step to step.
    """
    sensible = greater(-at(plant, (z,)), 0.0)
    # The air that enters the coil is taken as the step finds it, here and in the coil's capacity.
    lift = CP_AIR * greater(at(state.temp, (g, z)) - at(work.adp_temp, (z,)), 1.0)
    put(work.slope, (z,), sensible / lift)
    put(work.base, (z,), at(work.adp_humidity, (z,)))
    if largest(at(batch.zone, (g, z, FAN_TIME))) > 0.0 and largest(sensible) > 0.0:
        _dry_with_fans(
            batch.zone, g, z, temp_out, state.temp, state.humidity, plant, work.adp_humidity, work.running,
            work.slope, work.base,
        )  # fmt: skip
