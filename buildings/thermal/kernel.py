"""The compiled march of zone air: heat, moisture, thermostats and capacity limits, eight blocks abreast.

Order inside a step k -> k+1: the state at k, the weather over the step and the gains give the temperature
that the air would reach without plant (*free response*); the thermostat then finds the heat that holds the
set-point at the end of the step within the zone's capacity (*demand*); whoever runs the plant may grant less;
the granted heat, the outdoor air and the moisture balance give the state at k+1 (*advance*). Outdoor air
exchanges heat and moisture with the zone at the mean of its temperature at both ends of the step, solved with
the thermostat, so flows may change at every step without touching the matrices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.thermal.lanes import LANES, lane_product, lane_register, lane_row_product

Array = NDArray[np.float64]

CP_AIR = 1006.0
"""Specific heat of dry air [J/(kg K)]."""
CP_VAPOUR = 1860.0
"""Specific heat of water vapour [J/(kg K)]."""
_SWEEP_W = 1e-4
"""Sweeps over coupled zones end when no zone's heat changes by more [W]; the balances do not depend on it."""
_BYPASS_BAND_K = 3.0
"""Distance from the middle of the set-points at which the bypass of heat recovery is open [K]; assumed."""
H_FG = 2.45e6
"""Latent heat of water vapour at room temperature [J/kg] (2.501e6 - 2380 * 21 degC)."""

# Columns of the weather table (n_steps + 1 rows).
TEMP_OUT, HUMIDITY_OUT, DENSITY_OUT = 0, 1, 2
# Columns of the totals of a zone.
(
    HEAT_J,
    COOL_J,
    LATENT_J,
    PEAK_HEAT_W,
    PEAK_COOL_W,
    UNMET_HEAT_KH,
    UNMET_COOL_KH,
    RESIDUAL_HEAT_W,
    RESIDUAL_MOISTURE,
    THROUGHPUT_J,
    OUTDOOR_AIR_J,
    ENVELOPE_J,
) = range(12)
N_TOTALS = 12
# Series kept of a zone.
OUT_TEMP, OUT_HUMIDITY, OUT_SENSIBLE, OUT_LATENT, OUT_RADIANT = range(5)
N_SERIES = 5


class ThermalBatch(NamedTuple):
    """Parameters of a batch of blocks; axes (group, row, column, lane), lane innermost.

    Attributes
    ----------
    advance : (G, N + Z, N + M, L)
        Rows: next state, then step-mean heat from envelope to air; columns: state, forcing.
    gain : (G, N + Z, Z, L)
        The same rows per watt into each zone's air.
    channel : (G, M, L) int32
        Column of the forcing table for each forcing.
    same : (G, M + 4 Z) int32
        1 where all lanes share the series: of each channel, then of each row of zones the heating and cooling
        set-points, ventilation and moisture series.
    radiant : (G, Z, N + M, L)
        Mean radiant temperature from the end state and the step's forcing.
    air_capacity, multiplier, air_mass : (G, Z, L)
        [J/K], [-] (0: no zone in this lane), [kg].
    infiltration, ventilation : (G, Z, L)
        Outdoor air [m3/s].
    recovery_sensible, recovery_latent : (G, Z, L)
        Effectiveness of heat and moisture recovery.
    bypass : (G, Z, L)
        1 where recovery is bypassed when it would harm.
    fan_heat, moisture : (G, Z, L)
        Heat of the supply fan at full flow [W]; moisture gain at full occupancy [kg/s].
    heat_max, cool_max : (G, Z, L)
        Sensible heating and total cooling capacity [W].
    adp_temp, adp_humidity : (G, Z, L)
        Apparatus dew point of the cooling coil [degC], [kg/kg].
    ventilation_series, moisture_series, heating_setpoint, cooling_setpoint : (G, Z, L) int32
        Columns of the forcing table.
    """

    advance: Array
    gain: Array
    channel: NDArray[np.int32]
    same: NDArray[np.int32]
    radiant: Array
    air_capacity: Array
    multiplier: Array
    air_mass: Array
    infiltration: Array
    ventilation: Array
    recovery_sensible: Array
    recovery_latent: Array
    bypass: Array
    fan_heat: Array
    moisture: Array
    heat_max: Array
    cool_max: Array
    adp_temp: Array
    adp_humidity: Array
    ventilation_series: NDArray[np.int32]
    moisture_series: NDArray[np.int32]
    heating_setpoint: NDArray[np.int32]
    cooling_setpoint: NDArray[np.int32]


class ThermalState(NamedTuple):
    """State of a batch at a step boundary.

    Attributes
    ----------
    x : (G, N, L)
        Air temperatures, then envelope states [degC].
    humidity : (G, Z, L)
        Humidity ratio [kg/kg].
    """

    x: Array
    humidity: Array


class Scratch(NamedTuple):
    """Work arrays of one group of `LANES` blocks; one set per thread.

    `inputs` (N + M, L) holds state and forcing, `free` (N + Z, L) the response without plant, `effect` the
    response to `heat`; all others are (Z, L). `plant` is the demand, `granted` what the plant gives, `heat`
    all that enters the air beside the envelope's own heat [W].
    """

    inputs: Array
    free: Array
    effect: Array
    neighbours: Array
    heat: Array
    plant: Array
    granted: Array
    latent: Array
    temp: Array
    humidity: Array
    mean_radiant: Array
    flow_heat: Array
    flow_moisture: Array
    heat_set: Array
    cool_set: Array
    fan: Array
    source: Array
    damping: Array
    driving: Array
    per_kelvin: Array
    cool_limit: Array
    coil: Array
    mean_humidity: Array


def scratch(n_states: int, n_zones: int, n_forcings: int) -> Scratch:
    """Work arrays for one group of `LANES` blocks."""
    zones = {name: np.zeros((n_zones, LANES)) for name in Scratch._fields[3:]}
    return Scratch(
        inputs=np.zeros((n_states + n_forcings, LANES)),
        free=np.zeros((n_states + n_zones, LANES)),
        effect=np.zeros((n_states + n_zones, LANES)),
        **zones,
    )


@compiled(forceinline=True)
def free_response(batch, state, g, k, forcing, weather, work):
    """Fill `work` with the response without plant, and with set-points, flows and gains of the step."""
    n, m, nz = state.x.shape[1], batch.channel.shape[1], batch.multiplier.shape[1]
    for i in range(n):
        for lane in range(LANES):
            work.inputs[i, lane] = state.x[g, i, lane]
    for j in range(m):
        row = k + 1 if j == 1 else k
        if batch.same[g, j] == 1:
            shared = forcing[row, batch.channel[g, j, 0]]
            for lane in range(LANES):
                work.inputs[n + j, lane] = shared
        else:
            for lane in range(LANES):
                work.inputs[n + j, lane] = forcing[row, batch.channel[g, j, lane]]
    lane_product(batch.advance[g], work.inputs, work.free, n + nz, n + m)
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for z in range(nz):
        at = m + 4 * z
        if batch.same[g, at] == 1:
            shared = forcing[k, batch.heating_setpoint[g, z, 0]]
            for lane in range(LANES):
                work.heat_set[z, lane] = shared
        else:
            for lane in range(LANES):
                work.heat_set[z, lane] = forcing[k, batch.heating_setpoint[g, z, lane]]
        if batch.same[g, at + 1] == 1:
            shared = forcing[k, batch.cooling_setpoint[g, z, 0]]
            for lane in range(LANES):
                work.cool_set[z, lane] = shared
        else:
            for lane in range(LANES):
                work.cool_set[z, lane] = forcing[k, batch.cooling_setpoint[g, z, lane]]
        # Shares of full flow and of all people for now; turned into flows below.
        if batch.same[g, at + 2] == 1:
            shared = forcing[k, batch.ventilation_series[g, z, 0]]
            for lane in range(LANES):
                work.fan[z, lane] = shared
        else:
            for lane in range(LANES):
                work.fan[z, lane] = forcing[k, batch.ventilation_series[g, z, lane]]
        if batch.same[g, at + 3] == 1:
            shared = forcing[k, batch.moisture_series[g, z, 0]]
            for lane in range(LANES):
                work.source[z, lane] = shared
        else:
            for lane in range(LANES):
                work.source[z, lane] = forcing[k, batch.moisture_series[g, z, lane]]
        _outdoor_air(batch, state, g, z, weather[k, DENSITY_OUT], temp_out, weather[k, HUMIDITY_OUT], work)


@compiled(forceinline=True)
def _outdoor_air(batch, state, g, z, density, temp_out, humidity_out, work):
    """Outdoor-air conductance [W/K] and effective moisture flow [kg/s] of one row of zones."""
    heat, wet, fan, source = lane_register(), lane_register(), lane_register(), lane_register()
    for lane in range(LANES):
        temp = state.x[g, z, lane]
        # The bypass opens as the room leaves the middle of its set-points (off counts as 20/26) and outdoor
        # air would bring it back; it modulates, since one that is open or shut hunts from step to step.
        middle = 0.5 * (max(work.heat_set[z, lane], 20.0) + min(work.cool_set[z, lane], 26.0))
        away = (temp - middle) * (1.0 if temp_out < temp else -1.0)
        recovery = 1.0 - min(max(away / _BYPASS_BAND_K, 0.0), 1.0) * batch.bypass[g, z, lane]
        vent = density * batch.ventilation[g, z, lane] * work.fan[z, lane]
        leak = density * batch.infiltration[g, z, lane]
        sensible = leak + vent * (1.0 - recovery * batch.recovery_sensible[g, z, lane])
        heat[lane] = sensible * (CP_AIR + CP_VAPOUR * humidity_out)
        wet[lane] = leak + vent * (1.0 - recovery * batch.recovery_latent[g, z, lane])
        fan[lane] = batch.fan_heat[g, z, lane] * work.fan[z, lane]
        source[lane] = batch.moisture[g, z, lane] * work.source[z, lane]
    for lane in range(LANES):
        work.flow_heat[z, lane] = heat[lane]
        work.flow_moisture[z, lane] = wet[lane]
        work.fan[z, lane] = fan[lane]
        work.source[z, lane] = source[lane]


@compiled(forceinline=True)
def _stiffness(batch, state, g, z, temp_out, work):
    """What the thermostats of one row of zones need and no sweep changes.

    With outdoor air at the mean of both ends, T = damping (T without air) + driving + heat / per_kelvin.
    """
    damping, driving, kelvin, limit = lane_register(), lane_register(), lane_register(), lane_register()
    for lane in range(LANES):
        own, flow, start = batch.gain[g, z, z, lane], work.flow_heat[z, lane], state.x[g, z, lane]
        stiff = 1.0 + 0.5 * own * flow
        damping[lane] = 1.0 / stiff
        driving[lane] = own / stiff * (flow * (temp_out - 0.5 * start) + work.fan[z, lane])
        kelvin[lane] = stiff / own
        # Moisture takes its share of the coil's total capacity, by the air that enters it.
        excess = max(state.humidity[g, z, lane] - batch.adp_humidity[g, z, lane], 0.0)
        lift = CP_AIR * max(start - batch.adp_temp[g, z, lane], 1.0)
        limit[lane] = batch.cool_max[g, z, lane] * lift / (lift + H_FG * excess)
    for lane in range(LANES):
        work.damping[z, lane] = damping[lane]
        work.driving[z, lane] = driving[lane]
        work.per_kelvin[z, lane] = kelvin[lane]
        work.cool_limit[z, lane] = limit[lane]


@compiled(forceinline=True)
def demand(batch, state, g, k, weather, shift, work):
    """Heat that each zone's plant must give to hold its set-points at the end of the step [W].

    `shift` widens the demand: cooling set-points fall and heating set-points rise by that many kelvin
    (pre-conditioning). Writes `work.plant` (signed), `work.heat` and `work.temp`; zones that share walls are
    swept until no heat changes by more than 1e-4 W.
    """
    nz = batch.multiplier.shape[1]
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for z in range(nz):
        _stiffness(batch, state, g, z, temp_out, work)
        for lane in range(LANES):
            work.heat[z, lane] = 0.0
    for _ in range(50):
        change = 0.0
        for z in range(nz):
            change = max(change, _hold(batch, state, g, z, nz, temp_out, shift, work))
        if change < _SWEEP_W or nz == 1:
            break


@compiled(forceinline=True)
def _hold(batch, state, g, z, nz, temp_out, shift, work):
    """One thermostat per lane, its neighbours' heat fixed; returns the largest change of heat [W]."""
    plant, heat, temps, change = lane_register(), lane_register(), lane_register(), lane_register()
    if nz > 1:
        lane_row_product(batch.gain, work.heat, work.neighbours, g, z, nz)
    for lane in range(LANES):
        base = work.free[z, lane]
        if nz > 1:
            base += work.neighbours[0, lane] - batch.gain[g, z, z, lane] * work.heat[z, lane]
        floating = base * work.damping[z, lane] + work.driving[z, lane]
        per_kelvin = work.per_kelvin[z, lane]
        heat_set = work.heat_set[z, lane] + shift
        cool_set = max(work.cool_set[z, lane] - shift, heat_set + 0.1)
        heating = min(max((heat_set - floating) * per_kelvin, 0.0), batch.heat_max[g, z, lane])
        cooling = min(max((floating - cool_set) * per_kelvin, 0.0), work.cool_limit[z, lane])
        # What enters the air is the temperature's rise over the envelope's own response.
        temp = floating + (heating - cooling) / per_kelvin
        flow, start = work.flow_heat[z, lane], state.x[g, z, lane]
        total = heating - cooling + work.fan[z, lane] + flow * (temp_out - 0.5 * (start + temp))
        change[lane] = abs(total - work.heat[z, lane])
        plant[lane] = heating - cooling
        heat[lane] = total
        temps[lane] = temp
    largest = 0.0
    for lane in range(LANES):
        work.plant[z, lane] = plant[lane]
        work.heat[z, lane] = heat[lane]
        work.temp[z, lane] = temps[lane]
        largest = max(largest, change[lane])
    return largest


@compiled(forceinline=True)
def float_with(batch, state, g, k, weather, work):
    """Zone temperatures under the heat in `work.granted` (fixed), with the outdoor air solved along."""
    nz = batch.multiplier.shape[1]
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for _ in range(50):
        change = 0.0
        for z in range(nz):
            lane_row_product(batch.gain, work.heat, work.neighbours, g, z, nz)
            for lane in range(LANES):
                own = batch.gain[g, z, z, lane]
                base = work.free[z, lane] + work.neighbours[0, lane] - own * work.heat[z, lane]
                flow, start = work.flow_heat[z, lane], state.x[g, z, lane]
                given = work.granted[z, lane] + work.fan[z, lane]
                temp = (base + own * (flow * (temp_out - 0.5 * start) + given)) / (1.0 + 0.5 * own * flow)
                heat = given + flow * (temp_out - 0.5 * (start + temp))
                change = max(change, abs(heat - work.heat[z, lane]))
                work.heat[z, lane] = heat
                work.temp[z, lane] = temp
        if change < _SWEEP_W:
            break


@compiled(forceinline=True)
def moisture(batch, state, g, k, weather, dt, plant, work):
    """Moisture balance of the step, exact for constant flows; writes `work.humidity` and `work.latent` [W].

    The coil dries the air that passes it towards saturation at its apparatus dew point: with the contact
    factor of the coil this gives latent/sensible = h_fg (w - w_adp) / (cp (T - T_adp)), whatever the contact
    factor is.
    """
    nz = batch.multiplier.shape[1]
    humidity_out = 0.5 * (weather[k, HUMIDITY_OUT] + weather[k + 1, HUMIDITY_OUT])
    ends, latents, coils, means = lane_register(), lane_register(), lane_register(), lane_register()
    for z in range(nz):
        for lane in range(LANES):
            start, mass = state.humidity[g, z, lane], batch.air_mass[g, z, lane]
            source, outdoor = work.source[z, lane], work.flow_moisture[z, lane]
            adp = batch.adp_humidity[g, z, lane]
            # The air that enters the coil is taken as the step finds it, here and in the coil's capacity.
            lift = max(state.x[g, z, lane] - batch.adp_temp[g, z, lane], 1.0)
            wish = max(-plant[z, lane], 0.0) / (CP_AIR * lift)
            # A coil dries only air that would stay wetter than its dew point without it.
            share = dt / mass
            rise = share * (source + outdoor * (humidity_out - start))
            coil = wish if min(start, start + rise / max(share * outdoor, 1.0)) > adp else 0.0
            rise += share * coil * (adp - start)
            # With exp(t) = 1 + t q and q = 1 + t r, end and mean are written from the start: the limit lies
            # far away where hardly any air moves, and a sealed room must keep its water.
            t = share * (outdoor + coil)
            r = _second_quotient(t)
            q = 1.0 + t * r
            decay = 1.0 / (1.0 + t * q)
            mean = start + rise * (q - r) * decay
            latents[lane] = coil * (mean - adp) * H_FG
            ends[lane] = start + rise * q * decay
            coils[lane] = coil
            means[lane] = mean
        for lane in range(LANES):
            work.humidity[z, lane] = ends[lane]
            work.latent[z, lane] = latents[lane]
            work.coil[z, lane] = coils[lane]
            work.mean_humidity[z, lane] = means[lane]


@compiled(forceinline=True)
def _second_quotient(t):
    """(exp(t) - 1 - t) / t^2 for t >= 0 by its Taylor polynomial, so that exp(t) is taken to the order t^8.

    exp(-t) as the inverse of that is positive and monotone for any t, right to 3e-6 at t = 1, and vectorises.
    The balance does not depend on it. Constants multiply: seven divisions would cost more than all the rest.
    """
    series = 1.0 + t * (1.0 / 5.0) * (1.0 + t * (1.0 / 6.0) * (1.0 + t * (1.0 / 7.0) * (1.0 + t * 0.125)))
    return 0.5 * (1.0 + t * (1.0 / 3.0) * (1.0 + t * 0.25 * series))


@compiled(forceinline=True)
def advance(batch, state, g, k, weather, dt, work, totals):
    """Move group `g` to the end of the step under `work.granted` and add to its totals."""
    n, nz = state.x.shape[1], batch.multiplier.shape[1]
    lane_product(batch.gain[g], work.heat, work.effect, n + nz, nz)
    humidity_out = 0.5 * (weather[k, HUMIDITY_OUT] + weather[k + 1, HUMIDITY_OUT])
    for z in range(nz):
        _account(batch, state, g, z, n, humidity_out, dt, work, totals)
        for lane in range(LANES):
            state.humidity[g, z, lane] = work.humidity[z, lane]
    for i in range(n):
        for lane in range(LANES):
            state.x[g, i, lane] = work.free[i, lane] + work.effect[i, lane]


@compiled(forceinline=True)
def _account(batch, state, g, z, n, humidity_out, dt, work, totals):
    """Add one row of zones to the totals and check its balances of heat and moisture."""
    heat_in, cold_in, latent = lane_register(), lane_register(), lane_register()
    wrong, wet, through = lane_register(), lane_register(), lane_register()
    outdoor_air, shell = lane_register(), lane_register()
    lack_heat, lack_cool = lane_register(), lane_register()
    hours = dt / 3600.0
    for lane in range(LANES):
        start = state.x[g, z, lane]
        end = work.free[z, lane] + work.effect[z, lane]
        envelope = work.free[n + z, lane] + work.effect[n + z, lane]
        heat, plant = work.heat[z, lane], work.granted[z, lane]
        used = 1.0 if batch.multiplier[g, z, lane] > 0.0 else 0.0
        heat_in[lane] = max(plant, 0.0)
        cold_in[lane] = max(-plant, 0.0)
        latent[lane] = work.latent[z, lane] * dt
        wrong[lane] = used * abs(batch.air_capacity[g, z, lane] * (end - start) / dt - envelope - heat)
        through[lane] = (abs(envelope) + abs(heat)) * dt
        outdoor_air[lane] = (heat - plant) * dt
        shell[lane] = envelope * dt
        lack_heat[lane] = used * max(work.heat_set[z, lane] - end, 0.0) * hours
        lack_cool[lane] = used * max(end - work.cool_set[z, lane], 0.0) * hours
        wet[lane] = used * _moisture_residual(batch, state, g, z, lane, humidity_out, dt, work)
    for lane in range(LANES):
        totals[g, HEAT_J, z, lane] += heat_in[lane] * dt
    for lane in range(LANES):
        totals[g, COOL_J, z, lane] += cold_in[lane] * dt
    for lane in range(LANES):
        totals[g, LATENT_J, z, lane] += latent[lane]
    for lane in range(LANES):
        totals[g, PEAK_HEAT_W, z, lane] = max(totals[g, PEAK_HEAT_W, z, lane], heat_in[lane])
    for lane in range(LANES):
        totals[g, PEAK_COOL_W, z, lane] = max(totals[g, PEAK_COOL_W, z, lane], cold_in[lane])
    for lane in range(LANES):
        totals[g, UNMET_HEAT_KH, z, lane] += lack_heat[lane]
    for lane in range(LANES):
        totals[g, UNMET_COOL_KH, z, lane] += lack_cool[lane]
    for lane in range(LANES):
        totals[g, RESIDUAL_HEAT_W, z, lane] = max(totals[g, RESIDUAL_HEAT_W, z, lane], wrong[lane])
    for lane in range(LANES):
        totals[g, RESIDUAL_MOISTURE, z, lane] = max(totals[g, RESIDUAL_MOISTURE, z, lane], wet[lane])
    for lane in range(LANES):
        totals[g, THROUGHPUT_J, z, lane] += through[lane]
    for lane in range(LANES):
        totals[g, OUTDOOR_AIR_J, z, lane] += outdoor_air[lane]
    for lane in range(LANES):
        totals[g, ENVELOPE_J, z, lane] += shell[lane]


@compiled(forceinline=True)
def _moisture_residual(batch, state, g, z, lane, humidity_out, dt, work):
    """Error of the moisture balance of one zone over one step, as a share of its store [-].

    In by outdoor air and people, out by the latent heat that is reported, and what the store gained.
    """
    mean, mass = work.mean_humidity[z, lane], batch.air_mass[g, z, lane]
    gained = work.flow_moisture[z, lane] * (humidity_out - mean) + work.source[z, lane]
    gained -= work.latent[z, lane] * (1.0 / H_FG)
    stored = mass * (work.humidity[z, lane] - state.humidity[g, z, lane])
    return abs(gained * dt - stored) / (mass * max(state.humidity[g, z, lane], 1e-4))


@compiled(forceinline=True)
def radiant_temperature(batch, state, g, work):
    """Mean radiant temperature at the end of the step from the new state; writes `work.mean_radiant`."""
    n, m, nz = state.x.shape[1], batch.channel.shape[1], batch.multiplier.shape[1]
    for i in range(n):
        for lane in range(LANES):
            work.inputs[i, lane] = state.x[g, i, lane]
    lane_product(batch.radiant[g], work.inputs, work.mean_radiant, nz, n + m)


@compiled()
def march(batch, state, forcing, weather, first, last, dt, work, totals, series):
    """March steps first..last of every block with ideal plant inside the zones' capacities.

    `totals` is (G, N_TOTALS, Z, L); `series` is (n_steps, N_SERIES, G, Z, L) or has zero steps, in which case
    only the totals are kept.
    """
    keep = series.shape[0] > 0
    nz = batch.multiplier.shape[1]
    for g in range(batch.multiplier.shape[0]):
        for k in range(first, last):
            free_response(batch, state, g, k, forcing, weather, work)
            demand(batch, state, g, k, weather, 0.0, work)
            for z in range(nz):
                for lane in range(LANES):
                    work.granted[z, lane] = work.plant[z, lane]
            moisture(batch, state, g, k, weather, dt, work.granted, work)
            advance(batch, state, g, k, weather, dt, work, totals)
            if keep:
                radiant_temperature(batch, state, g, work)
                for z in range(nz):
                    for lane in range(LANES):
                        series[k, OUT_TEMP, g, z, lane] = state.x[g, z, lane]
                        series[k, OUT_HUMIDITY, g, z, lane] = state.humidity[g, z, lane]
                        series[k, OUT_SENSIBLE, g, z, lane] = work.granted[z, lane]
                        series[k, OUT_LATENT, g, z, lane] = work.latent[z, lane]
                        series[k, OUT_RADIANT, g, z, lane] = work.mean_radiant[z, lane]
