"""Moisture of rooms in the march: outdoor air, people, other zones' air and the coil."""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.thermal.air import MAX_SWEEPS, second_quotient
from buildings.thermal.coil import drying
from buildings.thermal.lanes import at, gathered, greater, largest, lesser, magnitude, put, where
from buildings.thermal.layout import (
    AIR_MASS,
    H_FG,
    HUMIDITY_OUT,
    TEMP_OUT,
)


@compiled(forceinline=True)
def moisture(batch, state, g, k, weather, dt, plant, work):
    """Moisture balance of the step, exact for constant flows; writes `work.humidity` and `work.latent` [W].

    The coil dries the air that passes it towards saturation at its apparatus dew point: with the contact
    factor of the coil this gives latent/sensible = h_fg (w - w_adp) / (cp (T - T_adp)), whatever the contact
    factor is. What evaporates again from a coil whose fan runs on is taken off (`coil.drying`). Zones that
    exchange air are swept.
    """
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    humidity_out = 0.5 * (weather[k, HUMIDITY_OUT] + weather[k + 1, HUMIDITY_OUT])
    mixed = False
    for z in range(batch.rows[g]):
        mixed = mixed or batch.n_mixing[g, z] > 0
        put(work.mean_humidity, (z,), at(state.humidity, (g, z)))
        drying(batch, state, g, z, temp_out, plant, work)
    for _ in range(MAX_SWEEPS):
        change = 0.0
        for z in range(batch.rows[g]):
            change = max(change, _dry(batch, state, g, z, humidity_out, dt, work))
        if not mixed or change < 1e-10:
            return


@compiled(forceinline=True)
def _dry(batch, state, g, z, humidity_out, dt, work):
    """Moisture of one row of zones with the others as they stand; largest change of a mean [kg/kg]."""
    flows = at(work.flow_moisture, (z,))
    brought = flows * humidity_out
    for x in range(batch.n_mixing[g, z]):
        flow = at(work.mixing, (z, x))
        flows += flow
        brought += flow * gathered(work.mean_humidity, batch.mixing_place, (g, z, x))
    start, base = at(state.humidity, (g, z)), at(work.base, (z,))
    # A coil dries only air that would stay wetter than its dew point without it.
    share = dt / at(batch.zone, (g, z, AIR_MASS))
    rise = share * (at(work.source, (z,)) + brought - flows * start)
    driest = lesser(start, start + rise / greater(share * flows, 1.0))
    slope = at(work.slope, (z,))
    # A tangent ends where the room would dry by itself: beyond, the coil would moisten.
    slope = where(base > driest, slope * (start - base) / greater(start - driest, 1e-12), slope)
    base = lesser(base, driest)
    coil = where(driest > at(work.adp_humidity, (z,)), slope, 0.0)
    rise += share * coil * (base - start)
    # With exp(t) = 1 + t q and q = 1 + t r, end and mean are written from the start: the limit lies far away
    # where hardly any air moves, and a sealed room must keep its water.
    t = share * (flows + coil)
    r = second_quotient(t)
    q = 1.0 + t * r
    decay = 1.0 / (1.0 + t * q)
    mean = start + rise * (q - r) * decay
    change = largest(magnitude(mean - at(work.mean_humidity, (z,))))
    put(work.humidity, (z,), start + rise * q * decay)
    put(work.latent, (z,), coil * (mean - base) * H_FG)
    put(work.coil, (z,), coil)
    put(work.mean_humidity, (z,), mean)
    put(work.moved, (z,), brought - flows * mean)
    return change
