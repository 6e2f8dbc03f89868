"""The compiled march of rooms: faces, windows, air and moisture, thermostats and capacity limits.

Eight zones march abreast (`lanes`). Order inside a step k -> k+1:

1. *Free response*: films from the last step's temperatures and this step's wind; the memory of every wall;
   sun, sky and gains. Each face then depends on its room's air and star temperature only, and the sums over
   the faces leave one balance of air per zone.
2. *Demand*: the thermostat finds the heat that brings the air to its set-point within the zone's capacity, at
   full power and then at what holds it. Zones that share walls or air are swept until they rest.
3. Whoever runs the plant may grant less (`float_with`).
4. *Moisture*, then *advance*: faces, walls and air move to k+1 and the balances are checked.

Temperatures of faces, stars and air act by their step means. Films are taken from the step before, or in
long steps and after a jump of the set-point from a first solution of the step; conduction, long-wave exchange
and air are implicit, so no step is unstable. A shared wall is stored once for each of its faces. What a last
sweep leaves between the two, or between zones that swap air, is carried on: heat is conserved whatever the
tolerance.
"""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.thermal.air import demand, films_outdated, flows, refresh_films, stiffen, swapped_heat
from buildings.thermal.coil import dew_point
from buildings.thermal.faces import move, respond
from buildings.thermal.lanes import at, borrowed, greater, magnitude, put, where
from buildings.thermal.layout import (
    AIR_MASS,
    CAPACITY,
    CARRIED_W,
    COOL_J,
    ENVELOPE_J,
    FACE_AREA,
    H_FG,
    HEAT_J,
    LATENT_J,
    MULTIPLIER,
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
    OUTDOOR_AIR_J,
    PEAK_COOL_W,
    PEAK_HEAT_W,
    RESIDUAL_HEAT_W,
    RESIDUAL_MOISTURE,
    TEMP_OUT,
    THROUGHPUT_J,
    UNMET_COOL_KH,
    UNMET_HEAT_KH,
)
from buildings.thermal.moisture import moisture


@compiled(forceinline=True)
def free_response(batch, state, g, k, forcing, weather, dt, work):
    """Fill `work` with everything of the step that the plant does not change."""
    for z in range(batch.rows[g]):
        flows(batch, state, g, z, k, forcing, weather, work)
        respond(batch, state, g, z, k, forcing, weather, work)
        dew_point(batch, state, g, z, 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT]), work)
        stiffen(batch, state, g, z, dt, work)


@compiled(forceinline=True)
def advance(batch, state, g, dt, work, totals):
    """Move group `g` to the end of the step under `work.granted` and add to its totals."""
    for z in range(batch.rows[g]):
        if batch.n_mixing[g, z] > 0:
            left = swapped_heat(batch, work, g, z) - at(work.mixed, (z,))
            put(work.mixed, (z,), left)
            put(totals, (g, CARRIED_W, z), greater(at(totals, (g, CARRIED_W, z)), magnitude(left)))
        else:
            put(work.mixed, (z,), 0.0)
    for z in range(batch.rows[g]):
        to_air, to_star, passed, radiant = move(batch, state, g, z, work, totals)
        put(work.mean_radiant, (z,), radiant / greater(at(batch.zone, (g, z, FACE_AREA)), 1e-9))
        _account(batch, state, g, z, dt, to_air + at(work.air_gain, (z,)), to_star, passed, work, totals)
        put(state.mixed, (g, z), at(work.mixed, (z,)))
        put(state.temp, (g, z), at(work.temp, (z,)))
        put(state.humidity, (g, z), at(work.humidity, (z,)))
        put(state.mean, (g, z), at(work.mean, (z,)))
        put(state.star, (g, z), at(work.star, (z,)))


@compiled(forceinline=True)
def _add(totals, g, column, z, value):
    put(totals, (g, column, z), at(totals, (g, column, z)) + value)


@compiled(forceinline=True)
def _most(totals, g, column, z, value):
    put(totals, (g, column, z), greater(at(totals, (g, column, z)), value))


@compiled(forceinline=True)
def _account(batch, state, g, z, dt, envelope, to_star, passed, work, totals):
    """Add one row of zones to the totals and check its balances of heat and moisture against every face."""
    start, end, plant = at(state.temp, (g, z)), at(work.temp, (z,)), at(work.granted, (z,))
    outdoor, latent = at(work.outdoor, (z,)), at(work.latent, (z,))
    used = where(at(batch.zone, (g, z, MULTIPLIER)) > 0.0, 1.0, 0.0)
    heat, cold = greater(plant, 0.0), greater(-plant, 0.0)
    stored = at(batch.zone, (g, z, CAPACITY)) * (end - start) * (1.0 / dt)
    wrong = used * greater(magnitude(stored - envelope - plant - outdoor), magnitude(to_star))
    hours = used * (dt / 3600.0)
    _add(totals, g, HEAT_J, z, heat * dt)
    _add(totals, g, COOL_J, z, cold * dt)
    _add(totals, g, LATENT_J, z, latent * dt)
    _most(totals, g, PEAK_HEAT_W, z, heat)
    _most(totals, g, PEAK_COOL_W, z, cold)
    _add(totals, g, UNMET_HEAT_KH, z, greater(at(work.heat_set, (z,)) - end, 0.0) * hours)
    _add(totals, g, UNMET_COOL_KH, z, greater(end - at(work.cool_set, (z,)), 0.0) * hours)
    _most(totals, g, RESIDUAL_HEAT_W, z, wrong)
    _most(totals, g, RESIDUAL_MOISTURE, z, used * _moisture_residual(batch, state, g, z, dt, work))
    _add(totals, g, THROUGHPUT_J, z, (magnitude(envelope) + magnitude(plant) + passed) * dt)
    _add(totals, g, OUTDOOR_AIR_J, z, outdoor * dt)
    _add(totals, g, ENVELOPE_J, z, envelope * dt)


@compiled(forceinline=True)
def _moisture_residual(batch, state, g, z, dt, work):
    """Error of the moisture balance of a row of zones over one step, as a share of its store [-].

    In by outdoor air, other zones and people, out by the latent heat that is reported; what the store gained.
    """
    mass, start = at(batch.zone, (g, z, AIR_MASS)), at(state.humidity, (g, z))
    gained = at(work.moved, (z,)) + at(work.source, (z,)) - at(work.latent, (z,)) * (1.0 / H_FG)
    stored = mass * (at(work.humidity, (z,)) - start)
    return magnitude(gained * dt - stored) / (mass * greater(start, 1e-4))


@compiled(forceinline=True)
def _keep(state, work, g, z, k, series):
    """Write the series of a row of zones."""
    put(series, (k, OUT_TEMP, g, z), at(state.temp, (g, z)))
    put(series, (k, OUT_HUMIDITY, g, z), at(state.humidity, (g, z)))
    put(series, (k, OUT_SENSIBLE, g, z), at(work.granted, (z,)))
    put(series, (k, OUT_LATENT, g, z), at(work.latent, (z,)))
    put(series, (k, OUT_RADIANT, g, z), at(work.mean_radiant, (z,)))


@compiled()
def march(batch, state, forcing, weather, first, last, dt, work, totals, series):
    """March steps first..last of every group with ideal plant inside the zones' capacities.

    `totals` is (G, N_TOTALS, Z, L); `series` is (n_steps, N_SERIES, G, Z, L) or has zero steps, in which case
    only the totals are kept.
    """
    keep = series.shape[0] > 0
    batch, state, work = borrowed(batch), borrowed(state), borrowed(work)
    forcing, weather = borrowed(forcing), borrowed(weather)
    totals, series = borrowed(totals), borrowed(series)
    for g in range(batch.rows.shape[0]):
        for k in range(first, last):
            for attempt in range(2):
                free_response(batch, state, g, k, forcing, weather, dt, work)
                demand(batch, state, g, k, weather, dt, True, work, totals)
                if attempt == 1 or not films_outdated(batch, state, g, dt, work):
                    break
                refresh_films(batch, state, g, dt, work)
            for z in range(batch.rows[g]):
                put(work.granted, (z,), at(work.plant, (z,)))
            moisture(batch, state, g, k, weather, dt, work.granted, work)
            advance(batch, state, g, dt, work, totals)
            if keep:
                for z in range(batch.rows[g]):
                    _keep(state, work, g, z, k, series)
