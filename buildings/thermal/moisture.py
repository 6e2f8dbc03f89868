"""Moisture of rooms in the march: outdoor air, people, other zones' air and the coil."""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.thermal.air import MAX_SWEEPS, second_quotient
from buildings.thermal.lanes import at, gathered, greater, largest, lesser, magnitude, put, where
from buildings.thermal.layout import (
    ADP_HUMIDITY,
    ADP_TEMP,
    AIR_MASS,
    CP_AIR,
    H_FG,
    HUMIDITY_OUT,
)


@compiled(forceinline=True)
def moisture(batch, state, g, k, weather, dt, plant, work):
    """Moisture balance of the step, exact for constant flows; writes `work.humidity` and `work.latent` [W].

    The coil dries the air that passes it towards saturation at its apparatus dew point: with the contact
    factor of the coil this gives latent/sensible = h_fg (w - w_adp) / (cp (T - T_adp)), whatever the contact
    factor is. Zones that exchange air are swept.
    """
    humidity_out = 0.5 * (weather[k, HUMIDITY_OUT] + weather[k + 1, HUMIDITY_OUT])
    mixed = False
    for z in range(batch.rows[g]):
        mixed = mixed or batch.n_mixing[g, z] > 0
        put(work.mean_humidity, (z,), at(state.humidity, (g, z)))
    for _ in range(MAX_SWEEPS):
        change = 0.0
        for z in range(batch.rows[g]):
            change = max(change, _dry(batch, state, g, z, humidity_out, dt, plant, work))
        if not mixed or change < 1e-10:
            return


@compiled(forceinline=True)
def _dry(batch, state, g, z, humidity_out, dt, plant, work):
    """Moisture of one row of zones with the others as they stand; largest change of a mean [kg/kg]."""
    flows = at(work.flow_moisture, (z,))
    brought = flows * humidity_out
    for x in range(batch.n_mixing[g, z]):
        flow = at(work.mixing, (z, x))
        flows += flow
        brought += flow * gathered(work.mean_humidity, batch.mixing_place, (g, z, x))
    start, adp = at(state.humidity, (g, z)), at(batch.zone, (g, z, ADP_HUMIDITY))
    # The air that enters the coil is taken as the step finds it, here and in the coil's capacity.
    lift = greater(at(state.temp, (g, z)) - at(batch.zone, (g, z, ADP_TEMP)), 1.0)
    wish = greater(-at(plant, (z,)), 0.0) / (CP_AIR * lift)
    # A coil dries only air that would stay wetter than its dew point without it.
    share = dt / at(batch.zone, (g, z, AIR_MASS))
    rise = share * (at(work.source, (z,)) + brought - flows * start)
    driest = lesser(start, start + rise / greater(share * flows, 1.0))
    coil = where(driest > adp, wish, 0.0)
    rise += share * coil * (adp - start)
    # With exp(t) = 1 + t q and q = 1 + t r, end and mean are written from the start: the limit lies far away
    # where hardly any air moves, and a sealed room must keep its water.
    t = share * (flows + coil)
    r = second_quotient(t)
    q = 1.0 + t * r
    decay = 1.0 / (1.0 + t * q)
    mean = start + rise * (q - r) * decay
    change = largest(magnitude(mean - at(work.mean_humidity, (z,))))
    put(work.humidity, (z,), start + rise * q * decay)
    put(work.latent, (z,), coil * (mean - adp) * H_FG)
    put(work.coil, (z,), coil)
    put(work.mean_humidity, (z,), mean)
    put(work.moved, (z,), brought - flows * mean)
    return change
