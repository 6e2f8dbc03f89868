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
    COIL_RANGE,
    COOL_MAX,
    CP_AIR,
    CP_VAPOUR,
    FAN_CONSTANT,
    FAN_CYCLES,
    FAN_DEGRADATION,
    FAN_LATENT,
    FAN_LEAST,
    FAN_RATE,
    FAN_TIME,
    H_FG,
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
def _cold(batch, g, z, temp, humidity, temp_out):
    """Apparatus dew point [degC], [kg/kg] and capacity over rated of a row of coils in given air."""
    zone = batch.zone
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
    cold, water, capacity = _cold(batch, g, z, at(state.temp, (g, z)), at(state.humidity, (g, z)), temp_out)
    put(work.adp_temp, (z,), cold)
    put(work.adp_humidity, (z,), water)
    put(work.coil_capacity, (z,), capacity)


# --- a fan that runs on ---------------------------------------------------------------------------------


@compiled(forceinline=True)
def _less_decay(t):
    """1 - exp(-t) for t >= 0, to 3e-6 below t = 1 and 6e-4 anywhere."""
    rise = t * (1.0 + t * second_quotient(t))
    return rise / (1.0 + rise)


@compiled(forceinline=True)
def latent_factor(run, time, rate, cycles, constant):
    """Latent capacity of a coil whose fan runs on over the steady one, at a share of time that it runs [-].

    `time` [s], `rate` and `constant` [s] as of `RunningFan` in the air of the step; `cycles` is four times
    the most starts per second. t_0 by two of Newton's steps, to 1e-4 of the factor.
    """
    evaporating = lesser(rate / (cycles * greater(run, _LEAST_RUN)), 2.0 * time)
    lost = greater(evaporating * (1.0 - 0.25 * evaporating / time) / constant, 1e-9)
    late = lesser(square_root(2.0 * lost) + (1.0 / 3.0) * lost, lost + 1.0)
    for _ in range(2):
        gone = _less_decay(late)
        late -= (late - gone - lost) / gone
    starts = constant * cycles * greater(1.0 - run, 0.0)
    brief = greater(starts, 1e-4)
    return lesser(greater((1.0 - late * starts) / (1.0 - brief * _less_decay(1.0 / brief)), 0.0), 1.0)


@compiled(forceinline=True)
def _kept(batch, g, z, temp, humidity, cold, water, capacity, sensible):
    """Factor on a row of coils' drying by what a running fan takes back; `sensible` is the heat out [W].

    The load P of the coil, which sets how long it runs, follows from the sensible heat s, both over its
    capacity: P (1 - L f(P)) = s with the latent share L of the steady coil. Secants from f = 1.
    """
    zone = batch.zone
    dry = CP_AIR * greater(temp - cold, 1.0)
    wet = H_FG * greater(humidity - water, 0.0)
    latent = wet / (dry + wet)
    asked = lesser(sensible / greater(capacity * at(zone, (g, z, COOL_MAX)), 1.0), 1.0 - latent)
    # A coil that dries less than at its rating holds its water longer, and loses it faster in dry air.
    ratio = at(zone, (g, z, FAN_LATENT)) / greater(capacity * latent, 1e-3)
    depression = greater(temp - _wet_bulb(temp, humidity), 0.0) * (1.0 / _RATED_DEPRESSION_K)
    rate = at(zone, (g, z, FAN_RATE)) * ratio * depression
    time = lesser(greater(at(zone, (g, z, FAN_TIME)), 1.0) * ratio, _LONGEST_S)
    cycles, constant = at(zone, (g, z, FAN_CYCLES)), greater(at(zone, (g, z, FAN_CONSTANT)), 1.0)
    degradation, least = at(zone, (g, z, FAN_DEGRADATION)), greater(at(zone, (g, z, FAN_LEAST)), 1e-3)
    highest = asked / (1.0 - latent)
    load, before, miss_before = highest, highest, highest
    factor = latent * 0.0
    for sweep in range(_SECANTS):
        part = lesser(load / least, 1.0)
        run = part / (1.0 - degradation * (1.0 - part))
        factor = latent_factor(run, time, rate, cycles, constant)
        miss = load - asked / (1.0 - latent * factor)
        following = 0.5 * (load - miss + asked)  # the bounds lie at f = 1 and f = 0
        if sweep > 0:
            step = miss - miss_before
            flat = (step < 1e-12) & (step > -1e-12)
            following = where(flat, load, load - miss * (load - before) / where(flat, 1.0, step))
        before, miss_before = load, miss
        load = lesser(greater(following, asked), highest)
    # Latent over sensible is f L / (1 - f L), where the steady coil's is L / (1 - L).
    return factor * (1.0 - latent) / (1.0 - factor * latent)


@compiled(forceinline=True)
def _dried(batch, g, z, temp, humidity, temp_out, sensible):
    """Water that a row of coils with running fans takes out of given air [kg/s]."""
    cold, water, capacity = _cold(batch, g, z, temp, humidity, temp_out)
    kept = _kept(batch, g, z, temp, humidity, cold, water, capacity, sensible)
    return kept * sensible / (CP_AIR * greater(temp - cold, 1.0)) * greater(humidity - water, 0.0)


@compiled(forceinline=True)
def drying(batch, state, g, z, temp_out, plant, work):
    """Write the drying of a row of coils: `work.slope` [kg/s] times the humidity above `work.base`.

    `plant` is the heat of the zones [W]. A coil alone dries towards its apparatus dew point. What a running
    fan takes back falls so fast as the room gets wetter that drying is taken along its tangent: with that of
    the start of the step rooms would swing between wet and dry from step to step.
    """
    temp, humidity = at(state.temp, (g, z)), at(state.humidity, (g, z))
    base = at(work.adp_humidity, (z,))
    sensible = greater(-at(plant, (z,)), 0.0)
    # The air that enters the coil is taken as the step finds it, here and in the coil's capacity.
    slope = sensible / (CP_AIR * greater(temp - at(work.adp_temp, (z,)), 1.0))
    time = at(batch.zone, (g, z, FAN_TIME))
    if largest(time) > 0.0 and largest(sensible) > 0.0:
        here = _dried(batch, g, z, temp, humidity, temp_out, sensible)
        wetter = _dried(batch, g, z, temp, humidity + _WETTER, temp_out, sensible)
        rise = greater((wetter - here) * (1.0 / _WETTER), here / greater(humidity - base, _WETTER))
        base = where(time > 0.0, humidity - here / greater(rise, 1e-12), base)
        slope = where(time > 0.0, rise, slope)
    put(work.slope, (z,), slope)
    put(work.base, (z,), base)
