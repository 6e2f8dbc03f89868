"""The compiled march of rooms: faces, windows, air and moisture, thermostats and capacity limits.

Eight zones march abreast (`lanes`). Order inside a step k -> k+1:

1. *Free response*: films from the last step's temperatures and this step's wind; the memory of every wall;
   sun, sky and gains. Each face then depends on its room's air and star temperature only, and the sums over
   the faces leave one balance of air per zone.
2. *Demand*: the thermostat finds the heat that brings the air to its set-point within the zone's capacity, at
   full power and then at what holds it. Zones that share walls or air are swept until they rest.
3. Whoever runs the plant may grant less (`float_with`).
4. *Moisture*, then *advance*: faces, walls and air move to k+1 and the balances are checked.

Temperatures of faces, stars and air act by their step means. The air follows its own exponential, so a light
room under a strong fan neither overshoots nor loses heat:

    u = (dt / C) (S - G T),   T+ = T + alpha(theta) u,   mean T = T + beta(theta) u,   theta = G dt / C

Films are taken from the step before, or after a jump of the set-point from a first solution of the step;
conduction, long-wave exchange and air are implicit, so no step is unstable. After such a jump heat comes
early: what it is more than heat spread evenly over the step, E, raises the mean by E / G, the end not at all.

A shared wall is stored once for each of its faces. What a last sweep leaves between the two, or
between zones that swap air, is carried into the next step, so heat is conserved whatever the tolerance.

References
----------
.. [1] Carroll, J. A., 1980. An MRT method of computing radiant energy exchange in rooms (the star network).
.. [2] Walton, G. N., 1983. TARP Reference Manual, NBSIR 83-2655 (films; sky, ground and air split).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.thermal.glazing import LARGEST_DIFFERENCE, TYPICAL_DIFFERENCE
from buildings.thermal.lanes import LANES, borrowed, cube_root, lane_register

Array = NDArray[np.float64]
Index = NDArray[np.int32]

CP_AIR = 1006.0
"""Specific heat of dry air [J/(kg K)]."""
CP_VAPOUR = 1860.0
"""Specific heat of water vapour [J/(kg K)]."""
CP_MOIST = CP_AIR + 0.009 * CP_VAPOUR
"""Of the air of rooms [J/(kg K)]."""
H_FG = 2.45e6
"""Latent heat of water vapour at room temperature [J/kg] (2.501e6 - 2380 * 21 degC)."""
_BYPASS_BAND_K = 3.0
"""Distance from the middle of the set-points at which the bypass of heat recovery is open [K]; assumed."""
_SWEEP_K = 1e-5
"""Sweeps over coupled zones end when no temperature changes by more [K]."""
_MAX_SWEEPS = 60
_JUMP_K = 1e-6
"""Distance from the set-point at the start of a step that counts as a jump of it [K]."""
_REFRESH_K = 0.05
"""Jump of the set-point from which films are taken from the step itself [K]."""
_LEAST_K = 1e-3
"""Temperature difference below which a natural film falls no further [K]; about 0.13 W/(m2 K)."""
_KELVIN = 273.15
PEOPLE_REFERENCE = 24.0
"""Room temperature at which the figures of people's heat hold [degC]."""

# Columns of the weather table (n_steps + 1 rows).
TEMP_OUT, HUMIDITY_OUT, DENSITY_OUT, TEMP_SKY = 0, 1, 2, 3
# Parameters of an opaque face.
(
    AREA, Y_OUT, Y_IN, Y_CROSS, FILM_IN, WARM_IN, COLD_IN, EXCHANGE, FILM_OUT, WARM_OUT, COLD_OUT, ROUGHNESS,
    SOLAR, SKY, SURROUNDINGS, BEAM, DIFFUSE, RADIANT,
) = range(18)  # fmt: skip
N_FACE = 18
# Its series: irradiance, forced film, temperature of what lies behind.
SERIES_SOLAR, SERIES_FORCED, SERIES_BEHIND = range(3)
N_FACE_SERIES = 3
# Parameters of a window, beside those of a face with the same name.
(
    PANE_C0, PANE_C1, PANE_C2, PANE_BEAM_OUT, PANE_DIFFUSE_OUT, PANE_QUARTER,
    PANE_D0, PANE_D1, PANE_D2, PANE_D3,
) = range(18, 28)  # fmt: skip
N_PANE = 28
# Its series [W/m2]: light let in as beam and as diffuse light, heat into both faces, forced film.
PANE_BEAM, PANE_DIFFUSE, PANE_HEAT_OUT, PANE_HEAT_IN, PANE_FORCED = range(5)
N_PANE_SERIES = 5
# Parameters of a zone.
(
    CAPACITY, MULTIPLIER, AIR_MASS, INFILTRATION, INFILTRATION_KELVIN, VENTILATION, RECOVERY_SENSIBLE,
    RECOVERY_LATENT, BYPASS, FAN_HEAT, NATURAL, NATURAL_MIN_IN, NATURAL_MAX_OUT, NATURAL_DELTA, HEAT_MAX,
    COOL_MAX, ADP_TEMP, ADP_HUMIDITY, FACE_AREA,
) = range(19)  # fmt: skip
N_GAINS = 3  # people first
GAIN_CONVECTIVE, GAIN_RADIANT, GAIN_MOISTURE = 19, 22, 25
PEOPLE_SLOPE, PEOPLE_CURVE = 28, 29
N_ZONE = 30
# Its series.
(
    HEATING_SETPOINT,
    COOLING_SETPOINT,
    VENTILATION_SHARE,
    INFILTRATION_SHARE,
    LEAKAGE_SHARE,
    NATURAL_SHARE,
    GAIN,
) = range(7)
N_ZONE_SERIES = 6 + N_GAINS
# State of a face and of a window.
FACE_IN, FACE_OUT, FACE_CARRY = range(3)

# Columns of the totals of a zone.
(
    HEAT_J, COOL_J, LATENT_J, PEAK_HEAT_W, PEAK_COOL_W, UNMET_HEAT_KH, UNMET_COOL_KH, RESIDUAL_HEAT_W,
    RESIDUAL_MOISTURE, THROUGHPUT_J, OUTDOOR_AIR_J, ENVELOPE_J, CARRIED_W, SWEEP_LIMITS,
) = range(14)  # fmt: skip
N_TOTALS = 14
# Series kept of a zone.
OUT_TEMP, OUT_HUMIDITY, OUT_SENSIBLE, OUT_LATENT, OUT_RADIANT = range(5)
N_SERIES = 5


class ThermalBatch(NamedTuple):
    """Parameters of a batch; axes (group, row of zones, face, parameter, lane), lane innermost.

    Zones that exchange heat lie in one group. In a row the shared walls come first.

    Attributes
    ----------
    rows : (G,) int64
        Rows of zones in each group.
    n_shared, n_faces, n_panes, n_mixing : (G, Z) int64
        Longest list of any lane: shared walls, all opaque faces, windows, air exchanges.
    sweeps : (G,) int64
        1 where zones of the group are coupled.
    face : (G, Z, F, N_FACE, L)
    modes : (G, Z, F, 3, R, L)
        phi, p_out, p_in of `buildings.thermal.wall`.
    face_series : (G, Z, F, N_FACE_SERIES, L + 1) int32
        Columns of the forcing table, and last the column that all lanes share, or -1.
    partner : (G, Z, F, L) int32
        Place (row * F + face) * L + lane of the other face of a shared wall.
    pane, pane_series : (G, Z, W, N_PANE, L), (G, Z, W, N_PANE_SERIES, L + 1) int32
    zone, zone_series : (G, Z, N_ZONE, L), (G, Z, N_ZONE_SERIES, L + 1) int32
    mixing_place, mixing_series : (G, Z, X, L) int32, (G, Z, X, L + 1) int32
        Other zone (row * L + lane) and schedule of each air exchange.
    mixing_flow : (G, Z, X, L)
        [kg/s].
    """

    rows: NDArray[np.int64]
    n_shared: NDArray[np.int64]
    n_faces: NDArray[np.int64]
    n_panes: NDArray[np.int64]
    n_mixing: NDArray[np.int64]
    sweeps: NDArray[np.int64]
    face: Array
    modes: Array
    face_series: Index
    partner: Index
    pane: Array
    pane_series: Index
    zone: Array
    zone_series: Index
    mixing_place: Index
    mixing_flow: Array
    mixing_series: Index


class ThermalState(NamedTuple):
    """State of a batch at a step boundary.

    Attributes
    ----------
    temp, humidity : (G, Z, L)
        Of the zone's air [degC], [kg/kg].
    mean, star : (G, Z, L)
        Mean air and star temperature of the last step [degC], for the films.
    mixed : (G, Z, L)
        Heat that the last sweep left between zones that exchange air, carried over [W].
    face : (G, Z, F, 3, L)
        Temperatures of the inner and the outer face [degC], heat carried over [W/m2].
    modes : (G, Z, F, R, L)
    pane : (G, Z, W, 2, L)
        Temperatures of the inner and the outer face [degC].
    """

    temp: Array
    humidity: Array
    mean: Array
    star: Array
    mixed: Array
    face: Array
    modes: Array
    pane: Array


# Work values of a face or window.
INVERSE, LOAD, CONVECTION, RADIATION, TEMP_IN, OUT_INVERSE, OUT_LOAD, OTHER = range(8)
N_WORK = 8


class Scratch(NamedTuple):
    """Work arrays of one group; one set per thread.

    Faces are (Z, F, N_WORK, L), air exchanges (Z, X, L), the inner faces of shared walls (Z * F * L), all
    others (Z, L). `plant` is the demand, `granted` what the plant gives [W]; `temp` and `mean` the air at the
    end of the step and over it; `outdoor` the heat that outdoor air and other zones' air brings [W].
    """

    face: Array
    pane: Array
    mixing: Array
    inner: Array
    plant: Array
    granted: Array
    latent: Array
    temp: Array
    mean: Array
    star: Array
    humidity: Array
    mean_radiant: Array
    mixed: Array
    outdoor: Array
    flow_heat: Array
    flow_moisture: Array
    mixing_heat: Array
    heat_set: Array
    cool_set: Array
    source: Array
    air_gain: Array
    base_air: Array
    base_star: Array
    envelope: Array
    ratio: Array
    inverse: Array
    conductance: Array
    alpha: Array
    beta: Array
    per_kelvin: Array
    cool_limit: Array
    coil: Array
    mean_humidity: Array
    moved: Array


def scratch(batch: ThermalBatch) -> Scratch:
    """Work arrays for one group of a batch."""
    n = batch.face.shape[1]
    zones = {name: np.zeros((n, LANES)) for name in Scratch._fields[4:]}
    return Scratch(
        face=np.zeros((n, batch.face.shape[2], N_WORK, LANES)),
        pane=np.zeros((n, batch.pane.shape[2], N_WORK, LANES)),
        mixing=np.zeros((n, batch.mixing_flow.shape[2], LANES)),
        inner=np.zeros(n * batch.face.shape[2] * LANES),
        **zones,
    )


# --- free response --------------------------------------------------------------------------------------


@compiled(forceinline=True)
def _series(forcing, k, columns, out):
    """Values of one series per lane; behind the lanes' columns stands the one that all share, or -1."""
    shared = columns[LANES]
    if shared >= 0:
        value = forcing[k, shared]
        for lane in range(LANES):
            out[lane] = value
    else:
        for lane in range(LANES):
            out[lane] = forcing[k, columns[lane]]


@compiled(forceinline=True)
def free_response(batch, state, g, k, forcing, weather, dt, work):
    """Fill `work` with everything of the step that the plant does not change."""
    for z in range(batch.rows[g]):
        _air_flows(batch, state, g, z, k, forcing, weather, work)
        _enclosure(batch, state, g, z, k, forcing, weather, work)
        _stiffness(batch, state, g, z, weather, k, dt, work)


@compiled(forceinline=True)
def _air_flows(batch, state, g, z, k, forcing, weather, work):
    """Set-points, gains to the air and air flows of one row of zones."""
    heat_set, cool_set, share = lane_register(), lane_register(), lane_register()
    tight, leak, open_ = lane_register(), lane_register(), lane_register()
    series = batch.zone_series
    _series(forcing, k, series[g, z, HEATING_SETPOINT], heat_set)
    _series(forcing, k, series[g, z, COOLING_SETPOINT], cool_set)
    _series(forcing, k, series[g, z, VENTILATION_SHARE], share)
    _series(forcing, k, series[g, z, INFILTRATION_SHARE], tight)
    _series(forcing, k, series[g, z, LEAKAGE_SHARE], leak)
    _series(forcing, k, series[g, z, NATURAL_SHARE], open_)
    heat, wet, gain = lane_register(), lane_register(), lane_register()
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    density, humidity_out = weather[k, DENSITY_OUT], weather[k, HUMIDITY_OUT]
    for lane in range(LANES):
        temp = state.temp[g, z, lane]
        # The bypass opens as the room leaves the middle of its set-points (off counts as 20/26) and outdoor
        # air would bring it back; it modulates, since one that is open or shut hunts from step to step.
        middle = 0.5 * (max(heat_set[lane], 20.0) + min(cool_set[lane], 26.0))
        away = (temp - middle) * (1.0 if temp_out < temp else -1.0)
        recovery = 1.0 - min(max(away / _BYPASS_BAND_K, 0.0), 1.0) * batch.zone[g, z, BYPASS, lane]
        vent = density * batch.zone[g, z, VENTILATION, lane] * share[lane]
        cracks = tight[lane] + batch.zone[g, z, INFILTRATION_KELVIN, lane] * abs(temp - temp_out) * leak[lane]
        through = density * batch.zone[g, z, INFILTRATION, lane] * max(cracks, 0.0)
        opened = density * batch.zone[g, z, NATURAL, lane] * open_[lane]
        opened = opened if temp > batch.zone[g, z, NATURAL_MIN_IN, lane] else 0.0
        opened = opened if temp_out < batch.zone[g, z, NATURAL_MAX_OUT, lane] else 0.0
        opened = opened if temp - temp_out > batch.zone[g, z, NATURAL_DELTA, lane] else 0.0
        sensible = through + opened + vent * (1.0 - recovery * batch.zone[g, z, RECOVERY_SENSIBLE, lane])
        heat[lane] = sensible * (CP_AIR + CP_VAPOUR * humidity_out)
        wet[lane] = through + opened + vent * (1.0 - recovery * batch.zone[g, z, RECOVERY_LATENT, lane])
        gain[lane] = batch.zone[g, z, FAN_HEAT, lane] * share[lane]
    for lane in range(LANES):
        work.heat_set[z, lane] = heat_set[lane]
    for lane in range(LANES):
        work.cool_set[z, lane] = cool_set[lane]
    for lane in range(LANES):
        work.flow_heat[z, lane] = heat[lane]
    for lane in range(LANES):
        work.flow_moisture[z, lane] = wet[lane]
    for lane in range(LANES):
        work.air_gain[z, lane] = gain[lane] + state.mixed[g, z, lane]
    for lane in range(LANES):
        work.source[z, lane] = 0.0
    for lane in range(LANES):
        work.mixing_heat[z, lane] = 0.0
    for x in range(batch.n_mixing[g, z]):
        _series(forcing, k, batch.mixing_series[g, z, x], share)
        for lane in range(LANES):
            work.mixing[z, x, lane] = batch.mixing_flow[g, z, x, lane] * share[lane]
        for lane in range(LANES):
            work.mixing_heat[z, lane] += work.mixing[z, x, lane] * CP_MOIST


@compiled(forceinline=True)
def _enclosure(batch, state, g, z, k, forcing, weather, work):
    """Films, memory and loads of all faces of a row of zones, and their sums for the air and the star."""
    beam, diffuse, radiant, value = lane_register(), lane_register(), lane_register(), lane_register()
    for lane in range(LANES):
        beam[lane] = 0.0
        diffuse[lane] = 0.0
        radiant[lane] = 0.0
    _people(batch, state, g, z, k, forcing, radiant, work)
    for j in range(1, N_GAINS):
        _series(forcing, k, batch.zone_series[g, z, GAIN + j], value)
        for lane in range(LANES):
            radiant[lane] += value[lane] * batch.zone[g, z, GAIN_RADIANT + j, lane]
        for lane in range(LANES):
            work.air_gain[z, lane] += value[lane] * batch.zone[g, z, GAIN_CONVECTIVE + j, lane]
        for lane in range(LANES):
            work.source[z, lane] += value[lane] * batch.zone[g, z, GAIN_MOISTURE + j, lane]
    for w in range(batch.n_panes[g, z]):
        _series(forcing, k, batch.pane_series[g, z, w, PANE_BEAM], value)
        for lane in range(LANES):
            beam[lane] += value[lane] * batch.pane[g, z, w, AREA, lane]
        _series(forcing, k, batch.pane_series[g, z, w, PANE_DIFFUSE], value)
        for lane in range(LANES):
            diffuse[lane] += value[lane] * batch.pane[g, z, w, AREA, lane]
    star_star, star_air, air_air = lane_register(), lane_register(), lane_register()
    to_star, to_air = lane_register(), lane_register()
    for lane in range(LANES):
        star_star[lane] = 1e-9
        star_air[lane] = 0.0
        air_air[lane] = 0.0
        to_star[lane] = 0.0
        to_air[lane] = 0.0
    temp_sky = weather[k, TEMP_SKY] + _KELVIN
    for f in range(batch.n_faces[g, z]):
        shared = f < batch.n_shared[g, z]
        _face(batch, state, g, z, f, k, shared, forcing, temp_sky, beam, diffuse, radiant, work)
        _add(batch.face, work.face, g, z, f, shared, star_star, star_air, air_air, to_star, to_air)
    for w in range(batch.n_panes[g, z]):
        _pane(batch, state, g, z, w, k, forcing, weather, temp_sky, beam, diffuse, radiant, work)
        _add(batch.pane, work.pane, g, z, w, False, star_star, star_air, air_air, to_star, to_air)
    for lane in range(LANES):
        inverse = 1.0 / star_star[lane]
        ratio = star_air[lane] * inverse
        value[lane] = air_air[lane] - star_air[lane] * ratio
        star_air[lane] = ratio
        star_star[lane] = inverse
    for lane in range(LANES):
        work.envelope[z, lane] = value[lane]
    for lane in range(LANES):
        work.ratio[z, lane] = star_air[lane]
    for lane in range(LANES):
        work.inverse[z, lane] = star_star[lane]
    for lane in range(LANES):
        work.base_star[z, lane] = to_star[lane]
    for lane in range(LANES):
        work.base_air[z, lane] = to_air[lane]


@compiled(forceinline=True)
def _people(batch, state, g, z, k, forcing, radiant, work):
    """Heat and moisture of people: the warmer the room, the more of the same heat leaves them as moisture."""
    value, dry, wet = lane_register(), lane_register(), lane_register()
    _series(forcing, k, batch.zone_series[g, z, GAIN], value)
    for lane in range(LANES):
        away = state.temp[g, z, lane] - PEOPLE_REFERENCE
        slope, curve = batch.zone[g, z, PEOPLE_SLOPE, lane], batch.zone[g, z, PEOPLE_CURVE, lane]
        at_reference = batch.zone[g, z, GAIN_CONVECTIVE, lane] + batch.zone[g, z, GAIN_RADIANT, lane]
        moist = H_FG * batch.zone[g, z, GAIN_MOISTURE, lane]
        sensible = at_reference * (1.0 + away * slope * (1.0 + away * curve))
        sensible = min(max(sensible, 0.0), at_reference + moist) if slope != 0.0 else at_reference
        dry[lane] = value[lane] * (sensible / at_reference if at_reference > 0.0 else 0.0)
        wet[lane] = value[lane] * (at_reference + moist - sensible) * (1.0 / H_FG)
    for lane in range(LANES):
        radiant[lane] += dry[lane] * batch.zone[g, z, GAIN_RADIANT, lane]
    for lane in range(LANES):
        work.air_gain[z, lane] += dry[lane] * batch.zone[g, z, GAIN_CONVECTIVE, lane]
    for lane in range(LANES):
        work.source[z, lane] += wet[lane]


@compiled(forceinline=True)
def _add(parameters, found, g, z, f, shared, star_star, star_air, air_air, to_star, to_air):
    """Add one face to the sums of its zone; what comes from behind a shared wall is left to the sweeps."""
    for lane in range(LANES):
        area, inverse = parameters[g, z, f, AREA, lane], found[z, f, INVERSE, lane]
        convection, radiation = found[z, f, CONVECTION, lane], found[z, f, RADIATION, lane]
        reach = area * inverse
        star_star[lane] += radiation * (area - reach * radiation)
        star_air[lane] += reach * radiation * convection
        air_air[lane] += convection * (area - reach * convection)
    if not shared:
        for lane in range(LANES):
            reach = parameters[g, z, f, AREA, lane] * found[z, f, INVERSE, lane] * found[z, f, LOAD, lane]
            to_star[lane] += reach * found[z, f, RADIATION, lane]
            to_air[lane] += reach * found[z, f, CONVECTION, lane]


@compiled(forceinline=True)
def _inner_films(parameters, temp, air, star, g, z, f, lane):
    """Convection and long-wave exchange with the star of one inner face [W/(m2 K)]."""
    rise = temp - air
    natural = parameters[g, z, f, WARM_IN, lane] if rise > 0.0 else parameters[g, z, f, COLD_IN, lane]
    convection = parameters[g, z, f, FILM_IN, lane] + natural * cube_root(max(abs(rise), _LEAST_K))
    here, there = temp + _KELVIN, star + _KELVIN
    radiation = parameters[g, z, f, EXCHANGE, lane] * (here * here + there * there) * (here + there)
    return convection, radiation


@compiled(forceinline=True)
def _outer_films(parameters, temp, behind, temp_sky, forced, g, z, f, lane):
    """Convection and long-wave exchange with sky and surroundings of one outer face [W/(m2 K)]."""
    rise = temp - behind
    natural = parameters[g, z, f, WARM_OUT, lane] if rise > 0.0 else parameters[g, z, f, COLD_OUT, lane]
    natural *= cube_root(max(abs(rise), _LEAST_K))
    smooth = np.sqrt(natural * natural + forced * forced)
    film = parameters[g, z, f, FILM_OUT, lane] + natural
    film += parameters[g, z, f, ROUGHNESS, lane] * (smooth - natural)
    here, around = temp + _KELVIN, behind + _KELVIN
    sky = parameters[g, z, f, SKY, lane] * (here * here + temp_sky * temp_sky) * (here + temp_sky)
    film += parameters[g, z, f, SURROUNDINGS, lane] * (here * here + around * around) * (here + around)
    return film, sky


@compiled(forceinline=True)
def _face(batch, state, g, z, f, k, shared, forcing, temp_sky, beam, diffuse, radiant, work):
    """One opaque face of a row of zones: T_in = inverse (convection T_air + radiation T_star + load)."""
    memory_in, memory_out = lane_register(), lane_register()
    for lane in range(LANES):
        memory_in[lane] = 0.0
        memory_out[lane] = 0.0
    for r in range(state.modes.shape[3]):
        for lane in range(LANES):
            mode = state.modes[g, z, f, r, lane]
            memory_out[lane] += batch.modes[g, z, f, 1, r, lane] * mode
            memory_in[lane] += batch.modes[g, z, f, 2, r, lane] * mode
    inverse, load, film, exchange = lane_register(), lane_register(), lane_register(), lane_register()
    if shared:
        for lane in range(LANES):
            film[lane], exchange[lane] = _inner_films(
                batch.face, state.face[g, z, f, FACE_IN, lane], state.mean[g, z, lane],
                state.star[g, z, lane], g, z, f, lane,
            )  # fmt: skip
            inverse[lane] = 1.0 / (film[lane] + exchange[lane] + batch.face[g, z, f, Y_IN, lane])
            load[lane] = (
                batch.face[g, z, f, BEAM, lane] * beam[lane]
                + batch.face[g, z, f, DIFFUSE, lane] * diffuse[lane]
                + batch.face[g, z, f, RADIANT, lane] * radiant[lane]
                + memory_in[lane]
                + state.face[g, z, f, FACE_CARRY, lane]
            )
        for lane in range(LANES):
            work.face[z, f, OUT_LOAD, lane] = memory_out[lane]
        for lane in range(LANES):
            work.face[z, f, TEMP_IN, lane] = state.face[g, z, f, FACE_IN, lane]
        for lane in range(LANES):
            work.inner[(z * batch.face.shape[2] + f) * LANES + lane] = state.face[g, z, f, FACE_IN, lane]
    else:
        solar, forced, behind = lane_register(), lane_register(), lane_register()
        out_inverse, out_load = lane_register(), lane_register()
        _series(forcing, k, batch.face_series[g, z, f, SERIES_SOLAR], solar)
        _series(forcing, k, batch.face_series[g, z, f, SERIES_FORCED], forced)
        _series(forcing, k, batch.face_series[g, z, f, SERIES_BEHIND], behind)
        for lane in range(LANES):
            outer, sky = _outer_films(
                batch.face,
                state.face[g, z, f, FACE_OUT, lane],
                behind[lane],
                temp_sky,
                forced[lane],
                g,
                z,
                f,
                lane,
            )
            out_inverse[lane] = 1.0 / (outer + sky + batch.face[g, z, f, Y_OUT, lane])
            out_load[lane] = (
                outer * behind[lane]
                + sky * (temp_sky - _KELVIN)
                + batch.face[g, z, f, SOLAR, lane] * solar[lane]
                + memory_out[lane]
            )
        for lane in range(LANES):
            film[lane], exchange[lane] = _inner_films(
                batch.face, state.face[g, z, f, FACE_IN, lane], state.mean[g, z, lane],
                state.star[g, z, lane], g, z, f, lane,
            )  # fmt: skip
            cross = batch.face[g, z, f, Y_CROSS, lane]
            through = cross * out_inverse[lane]
            inverse[lane] = 1.0 / (
                film[lane] + exchange[lane] + batch.face[g, z, f, Y_IN, lane] - cross * through
            )
            load[lane] = (
                batch.face[g, z, f, BEAM, lane] * beam[lane]
                + batch.face[g, z, f, DIFFUSE, lane] * diffuse[lane]
                + batch.face[g, z, f, RADIANT, lane] * radiant[lane]
                + memory_in[lane]
                + through * out_load[lane]
            )
        for lane in range(LANES):
            work.face[z, f, OUT_INVERSE, lane] = out_inverse[lane]
        for lane in range(LANES):
            work.face[z, f, OUT_LOAD, lane] = out_load[lane]
    for lane in range(LANES):
        work.face[z, f, INVERSE, lane] = inverse[lane]
    for lane in range(LANES):
        work.face[z, f, LOAD, lane] = load[lane]
    for lane in range(LANES):
        work.face[z, f, CONVECTION, lane] = film[lane]
    for lane in range(LANES):
        work.face[z, f, RADIATION, lane] = exchange[lane]


@compiled(forceinline=True)
def _pane(batch, state, g, z, w, k, forcing, weather, temp_sky, beam, diffuse, radiant, work):
    """One window of a row of zones: two faces and a conductance that follows their mean temperature."""
    heat_out, heat_in, forced = lane_register(), lane_register(), lane_register()
    inverse, load, film, exchange = lane_register(), lane_register(), lane_register(), lane_register()
    out_inverse, out_load, glass = lane_register(), lane_register(), lane_register()
    _series(forcing, k, batch.pane_series[g, z, w, PANE_HEAT_OUT], heat_out)
    _series(forcing, k, batch.pane_series[g, z, w, PANE_HEAT_IN], heat_in)
    _series(forcing, k, batch.pane_series[g, z, w, PANE_FORCED], forced)
    behind = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for lane in range(LANES):
        inside, outside = state.pane[g, z, w, FACE_IN, lane], state.pane[g, z, w, FACE_OUT, lane]
        outer, sky = _outer_films(batch.pane, outside, behind, temp_sky, forced[lane], g, z, w, lane)
        film[lane], exchange[lane] = _inner_films(
            batch.pane, inside, state.mean[g, z, lane], state.star[g, z, lane], g, z, w, lane
        )
        rise = max(abs(inside - state.mean[g, z, lane]), _LEAST_K)
        film[lane] += batch.pane[g, z, w, PANE_QUARTER, lane] * np.sqrt(np.sqrt(rise))
        mean = 0.5 * (inside + outside)
        cross = batch.pane[g, z, w, PANE_C0, lane] + mean * (
            batch.pane[g, z, w, PANE_C1, lane] + mean * batch.pane[g, z, w, PANE_C2, lane]
        )
        # Gas in wide gaps moves the more the faces differ: `WindowModel.conductance_difference`.
        apart = min(abs(inside - outside), LARGEST_DIFFERENCE)
        cross += (apart * apart - TYPICAL_DIFFERENCE * TYPICAL_DIFFERENCE) * (
            batch.pane[g, z, w, PANE_D0, lane]
            + batch.pane[g, z, w, PANE_D1, lane] * mean
            + apart * (batch.pane[g, z, w, PANE_D2, lane] + batch.pane[g, z, w, PANE_D3, lane] * mean)
        )
        glass[lane] = cross
        out_inverse[lane] = 1.0 / (outer + sky + cross)
        out_load[lane] = (
            outer * behind
            + sky * (temp_sky - _KELVIN)
            + heat_out[lane]
            + batch.pane[g, z, w, PANE_BEAM_OUT, lane] * beam[lane]
            + batch.pane[g, z, w, PANE_DIFFUSE_OUT, lane] * diffuse[lane]
        )
        through = cross * out_inverse[lane]
        inverse[lane] = 1.0 / (film[lane] + exchange[lane] + cross - cross * through)
        load[lane] = (
            heat_in[lane]
            + batch.pane[g, z, w, BEAM, lane] * beam[lane]
            + batch.pane[g, z, w, DIFFUSE, lane] * diffuse[lane]
            + batch.pane[g, z, w, RADIANT, lane] * radiant[lane]
            + through * out_load[lane]
        )
    for lane in range(LANES):
        work.pane[z, w, INVERSE, lane] = inverse[lane]
    for lane in range(LANES):
        work.pane[z, w, LOAD, lane] = load[lane]
    for lane in range(LANES):
        work.pane[z, w, CONVECTION, lane] = film[lane]
    for lane in range(LANES):
        work.pane[z, w, RADIATION, lane] = exchange[lane]
    for lane in range(LANES):
        work.pane[z, w, OUT_INVERSE, lane] = out_inverse[lane]
    for lane in range(LANES):
        work.pane[z, w, OUT_LOAD, lane] = out_load[lane]
    for lane in range(LANES):
        work.pane[z, w, OTHER, lane] = glass[lane]


@compiled(forceinline=True)
def _second_quotient(t):
    """(exp(t) - 1 - t) / t^2 for t >= 0 by its Taylor polynomial, so that exp(t) is taken to the order t^8.

    exp(-t) as the inverse of that is positive and monotone for any t, right to 3e-6 at t = 1, and vectorises.
    The balance does not depend on it. Constants multiply: seven divisions would cost more than all the rest.
    """
    series = 1.0 + t * (1.0 / 5.0) * (1.0 + t * (1.0 / 6.0) * (1.0 + t * (1.0 / 7.0) * (1.0 + t * 0.125)))
    return 0.5 * (1.0 + t * (1.0 / 3.0) * (1.0 + t * 0.25 * series))


@compiled(forceinline=True)
def _stiffness(batch, state, g, z, weather, k, dt, work):
    """How the air of one row of zones answers to heat, which no sweep changes, and the coil's limit."""
    total, alpha, beta = lane_register(), lane_register(), lane_register()
    kelvin, limit = lane_register(), lane_register()
    for lane in range(LANES):
        capacity = batch.zone[g, z, CAPACITY, lane]
        total[lane] = work.envelope[z, lane] + work.flow_heat[z, lane] + work.mixing_heat[z, lane]
        theta = max(total[lane], 0.0) * dt / capacity
        r = _second_quotient(theta)
        q = 1.0 + theta * r
        decay = 1.0 / (1.0 + theta * q)
        alpha[lane] = q * decay
        beta[lane] = (q - r) * decay
        kelvin[lane] = capacity / (dt * alpha[lane])
        # Moisture takes its share of the coil's total capacity, by the air that enters it.
        excess = max(state.humidity[g, z, lane] - batch.zone[g, z, ADP_HUMIDITY, lane], 0.0)
        lift = CP_AIR * max(state.temp[g, z, lane] - batch.zone[g, z, ADP_TEMP, lane], 1.0)
        limit[lane] = batch.zone[g, z, COOL_MAX, lane] * lift / (lift + H_FG * excess)
    for lane in range(LANES):
        work.conductance[z, lane] = total[lane]
    for lane in range(LANES):
        work.alpha[z, lane] = alpha[lane]
    for lane in range(LANES):
        work.beta[z, lane] = beta[lane]
    for lane in range(LANES):
        work.per_kelvin[z, lane] = kelvin[lane]
    for lane in range(LANES):
        work.cool_limit[z, lane] = limit[lane]
    for lane in range(LANES):
        work.mean[z, lane] = state.mean[g, z, lane]
    for lane in range(LANES):
        work.star[z, lane] = state.star[g, z, lane]


# --- demand ---------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def demand(batch, state, g, k, weather, dt, early, work, totals):
    """Heat that each zone's plant must give to hold its set-points [W].

    With `early`, after a jump of the set-point, the plant works at full power until the air is there and then
    holds it; without, its heat is spread evenly and the air is there at the end of the step. Writes
    `work.plant` (signed), `work.temp`, `work.mean` and `work.star`.
    """
    _sweep(batch, state, g, k, weather, dt, early, True, work, totals)


@compiled(forceinline=True)
def _jumped(batch, state, g, z, lane, work):
    """Whether a zone that is heated or cooled stands off its set-points as the step begins."""
    temp = state.temp[g, z, lane]
    cold = work.heat_set[z, lane] - temp > _REFRESH_K and batch.zone[g, z, HEAT_MAX, lane] > 0.0
    return cold or (temp - work.cool_set[z, lane] > _REFRESH_K and batch.zone[g, z, COOL_MAX, lane] > 0.0)


@compiled()
def jumps(batch, state, g, work):
    """Whether any zone of a group stands off its set-points as the step begins."""
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            if _jumped(batch, state, g, z, lane, work):
                return True
    return False


@compiled()
def refresh_films(batch, state, g, work):
    """Find the films of zones that stand off their set-points from the solution of this step."""
    _inner_faces(batch, g, work)
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            if not _jumped(batch, state, g, z, lane, work):
                continue
            for f in range(batch.n_faces[g, z]):
                state.face[g, z, f, FACE_IN, lane] = work.face[z, f, TEMP_IN, lane]
            for w in range(batch.n_panes[g, z]):
                state.pane[g, z, w, FACE_IN, lane] = work.pane[z, w, TEMP_IN, lane]
            state.mean[g, z, lane] = work.mean[z, lane]
            state.star[g, z, lane] = work.star[z, lane]


@compiled(forceinline=True)
def float_with(batch, state, g, k, weather, dt, work, totals):
    """Zone temperatures under the heat in `work.granted`, which comes early as far as the set-points ask."""
    _sweep(batch, state, g, k, weather, dt, True, False, work, totals)


@compiled(forceinline=True)
def _sweep(batch, state, g, k, weather, dt, early, hold, work, totals):
    """Solve the air of all zones of a group, again and again where they are coupled."""
    temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for _ in range(_MAX_SWEEPS):
        change = 0.0
        for z in range(batch.rows[g]):
            change = max(change, _solve(batch, state, g, z, temp_out, dt, early, hold, work))
        if batch.sweeps[g] == 0 or change < _SWEEP_K:
            return
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            totals[g, SWEEP_LIMITS, z, lane] += 1.0


@compiled(forceinline=True)
def _mixed(batch, work, g, z, out):
    """Heat that other zones' air carries into a row of zones, above 0 degC [W]."""
    for lane in range(LANES):
        out[lane] = 0.0
    for x in range(batch.n_mixing[g, z]):
        for lane in range(LANES):
            place = batch.mixing_place[g, z, x, lane]
            out[lane] += work.mixing[z, x, lane] * CP_MOIST * work.mean[place // LANES, place % LANES]


@compiled()
def _early_heat(batch, state, g, z, dt, driving, even, hold, work, extra):
    """Heat after a jump of the set-point beyond what, spread evenly, is there at the end of the step [W].

    At full power P the air reaches the set-point T* after (C / G) ln((S + P - G T0) / (S + P - G T*)) and is
    held by G T* - S. The limit of unbounded power is a jump of the air: G (1 - beta / alpha) (T* - T0) more.
    """
    for lane in range(LANES):
        start, wish = state.temp[g, z, lane], even[lane]
        target = work.heat_set[z, lane] if wish > 0.0 else work.cool_set[z, lane]
        sign = 1.0 if wish > 0.0 else -1.0
        extra[lane] = 0.0
        if wish == 0.0 or sign * (target - start) < _JUMP_K:
            continue
        conductance, capacity = work.conductance[z, lane], batch.zone[g, z, CAPACITY, lane]
        most = conductance * (1.0 - work.beta[z, lane] / work.alpha[z, lane]) * (target - start)
        power = batch.zone[g, z, HEAT_MAX, lane] if wish > 0.0 else -work.cool_limit[z, lane]
        found = most
        if not hold:
            found = work.granted[z, lane] - wish
        elif sign * (power - wish) <= 0.0:
            found = 0.0
        elif abs(power) < 1e3 * abs(wish):
            net = driving[lane] + power
            reached = (net - conductance * start) / (net - conductance * target)
            if reached > 1.0 and conductance > 0.0:
                share = min(capacity / conductance * np.log(reached) / dt, 1.0)
                found = share * power + (1.0 - share) * (conductance * target - driving[lane]) - wish
        extra[lane] = sign * min(max(sign * found, 0.0), sign * most)


@compiled(forceinline=True)
def _solve(batch, state, g, z, temp_out, dt, early, hold, work):
    """Air, star and shared faces of one row of zones with the others as they stand; largest change [K]."""
    to_star, to_air, other = lane_register(), lane_register(), lane_register()
    for lane in range(LANES):
        to_star[lane] = work.base_star[z, lane]
        to_air[lane] = work.base_air[z, lane]
    n_faces = batch.face.shape[2]
    for f in range(batch.n_shared[g, z]):
        for lane in range(LANES):
            other[lane] = work.inner[batch.partner[g, z, f, lane]]
        for lane in range(LANES):
            load = work.face[z, f, LOAD, lane] + batch.face[g, z, f, Y_CROSS, lane] * other[lane]
            reach = batch.face[g, z, f, AREA, lane] * work.face[z, f, INVERSE, lane] * load
            to_star[lane] += reach * work.face[z, f, RADIATION, lane]
            to_air[lane] += reach * work.face[z, f, CONVECTION, lane]
        for lane in range(LANES):
            work.face[z, f, OTHER, lane] = other[lane]
    brought = lane_register()
    _mixed(batch, work, g, z, brought)
    for lane in range(LANES):
        work.mixed[z, lane] = brought[lane]
    for lane in range(LANES):
        brought[lane] += work.flow_heat[z, lane] * temp_out
    plant, temps, means, stars = lane_register(), lane_register(), lane_register(), lane_register()
    change, air, driving = lane_register(), lane_register(), lane_register()
    even, extra = lane_register(), lane_register()
    for lane in range(LANES):
        start = state.temp[g, z, lane]
        push = to_air[lane] + work.ratio[z, lane] * to_star[lane] + work.air_gain[z, lane] + brought[lane]
        rise = (push - work.conductance[z, lane] * start) * dt / batch.zone[g, z, CAPACITY, lane]
        floating = start + work.alpha[z, lane] * rise
        cool_set = max(work.cool_set[z, lane], work.heat_set[z, lane] + 0.1)
        heating = max(work.heat_set[z, lane] - floating, 0.0) * work.per_kelvin[z, lane]
        even[lane] = heating - max(floating - cool_set, 0.0) * work.per_kelvin[z, lane]
        driving[lane] = push
        extra[lane] = 0.0
    if early:
        jump = 0.0
        for lane in range(LANES):
            cold, hot = (
                work.heat_set[z, lane] - state.temp[g, z, lane],
                state.temp[g, z, lane] - work.cool_set[z, lane],
            )
            jump = max(jump, max(cold, hot) if even[lane] != 0.0 else 0.0)
        if jump > _JUMP_K:
            _early_heat(batch, state, g, z, dt, driving, even, hold, work, extra)
    for lane in range(LANES):
        start, conductance = state.temp[g, z, lane], work.conductance[z, lane]
        heat = min(max(even[lane] + extra[lane], -work.cool_limit[z, lane]), batch.zone[g, z, HEAT_MAX, lane])
        heat = heat if hold else work.granted[z, lane]
        rise = (
            (driving[lane] + heat - extra[lane] - conductance * start) * dt / batch.zone[g, z, CAPACITY, lane]
        )
        plant[lane] = heat
        temps[lane] = start + work.alpha[z, lane] * rise
        means[lane] = start + work.beta[z, lane] * rise + extra[lane] / max(conductance, 1e-9)
        stars[lane] = work.ratio[z, lane] * means[lane] + work.inverse[z, lane] * to_star[lane]
        change[lane] = max(abs(means[lane] - work.mean[z, lane]), abs(stars[lane] - work.star[z, lane]))
        air[lane] = brought[lane] - (work.flow_heat[z, lane] + work.mixing_heat[z, lane]) * means[lane]
    largest = 0.0
    for lane in range(LANES):
        work.temp[z, lane] = temps[lane]
        work.mean[z, lane] = means[lane]
        work.star[z, lane] = stars[lane]
        work.outdoor[z, lane] = air[lane]
        if hold:
            work.plant[z, lane] = plant[lane]
        largest = max(largest, change[lane])
    for f in range(batch.n_shared[g, z]):
        for lane in range(LANES):
            other[lane] = work.face[z, f, INVERSE, lane] * (
                work.face[z, f, CONVECTION, lane] * means[lane]
                + work.face[z, f, RADIATION, lane] * stars[lane]
                + work.face[z, f, LOAD, lane]
                + batch.face[g, z, f, Y_CROSS, lane] * work.face[z, f, OTHER, lane]
            )
        for lane in range(LANES):
            work.inner[(z * n_faces + f) * LANES + lane] = other[lane]
        for lane in range(LANES):
            largest = max(largest, abs(other[lane] - work.face[z, f, TEMP_IN, lane]))
            work.face[z, f, TEMP_IN, lane] = other[lane]
    return largest


# --- moisture and advance -------------------------------------------------------------------------------


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
        for lane in range(LANES):
            work.mean_humidity[z, lane] = state.humidity[g, z, lane]
    for _ in range(_MAX_SWEEPS):
        change = 0.0
        for z in range(batch.rows[g]):
            change = max(change, _dry(batch, state, g, z, humidity_out, dt, plant, work))
        if not mixed or change < 1e-10:
            return


@compiled(forceinline=True)
def _dry(batch, state, g, z, humidity_out, dt, plant, work):
    """Moisture of one row of zones with the others as they stand; largest change of a mean [kg/kg]."""
    flows, brought = lane_register(), lane_register()
    for lane in range(LANES):
        flows[lane] = work.flow_moisture[z, lane]
        brought[lane] = work.flow_moisture[z, lane] * humidity_out
    for x in range(batch.n_mixing[g, z]):
        for lane in range(LANES):
            place = batch.mixing_place[g, z, x, lane]
            flows[lane] += work.mixing[z, x, lane]
            brought[lane] += work.mixing[z, x, lane] * work.mean_humidity[place // LANES, place % LANES]
    ends, latents, coils, means = lane_register(), lane_register(), lane_register(), lane_register()
    change = lane_register()
    for lane in range(LANES):
        start, mass = state.humidity[g, z, lane], batch.zone[g, z, AIR_MASS, lane]
        adp = batch.zone[g, z, ADP_HUMIDITY, lane]
        # The air that enters the coil is taken as the step finds it, here and in the coil's capacity.
        lift = max(state.temp[g, z, lane] - batch.zone[g, z, ADP_TEMP, lane], 1.0)
        wish = max(-plant[z, lane], 0.0) / (CP_AIR * lift)
        # A coil dries only air that would stay wetter than its dew point without it.
        share = dt / mass
        rise = share * (work.source[z, lane] + brought[lane] - flows[lane] * start)
        coil = wish if min(start, start + rise / max(share * flows[lane], 1.0)) > adp else 0.0
        rise += share * coil * (adp - start)
        # With exp(t) = 1 + t q and q = 1 + t r, end and mean are written from the start: the limit lies
        # far away where hardly any air moves, and a sealed room must keep its water.
        t = share * (flows[lane] + coil)
        r = _second_quotient(t)
        q = 1.0 + t * r
        decay = 1.0 / (1.0 + t * q)
        mean = start + rise * (q - r) * decay
        latents[lane] = coil * (mean - adp) * H_FG
        ends[lane] = start + rise * q * decay
        coils[lane] = coil
        means[lane] = mean
        change[lane] = abs(mean - work.mean_humidity[z, lane])
    largest = 0.0
    for lane in range(LANES):
        work.humidity[z, lane] = ends[lane]
        work.latent[z, lane] = latents[lane]
        work.coil[z, lane] = coils[lane]
        work.mean_humidity[z, lane] = means[lane]
        work.moved[z, lane] = brought[lane] - flows[lane] * means[lane]
        largest = max(largest, change[lane])
    return largest


@compiled(forceinline=True)
def _inner_faces(batch, g, work):
    """Inner faces and panes under the temperatures found; shared walls have theirs from the sweep."""
    for z in range(batch.rows[g]):
        for f in range(batch.n_shared[g, z], batch.n_faces[g, z]):
            for lane in range(LANES):
                work.face[z, f, TEMP_IN, lane] = work.face[z, f, INVERSE, lane] * (
                    work.face[z, f, CONVECTION, lane] * work.mean[z, lane]
                    + work.face[z, f, RADIATION, lane] * work.star[z, lane]
                    + work.face[z, f, LOAD, lane]
                )
        for w in range(batch.n_panes[g, z]):
            for lane in range(LANES):
                work.pane[z, w, TEMP_IN, lane] = work.pane[z, w, INVERSE, lane] * (
                    work.pane[z, w, CONVECTION, lane] * work.mean[z, lane]
                    + work.pane[z, w, RADIATION, lane] * work.star[z, lane]
                    + work.pane[z, w, LOAD, lane]
                )


@compiled(forceinline=True)
def advance(batch, state, g, dt, work, totals):
    """Move group `g` to the end of the step under `work.granted` and add to its totals."""
    _inner_faces(batch, g, work)
    mixed = lane_register()
    for z in range(batch.rows[g]):
        if batch.n_mixing[g, z] > 0:
            _mixed(batch, work, g, z, mixed)
            for lane in range(LANES):
                state.mixed[g, z, lane] = mixed[lane] - work.mixed[z, lane]
            for lane in range(LANES):
                left = abs(state.mixed[g, z, lane])
                totals[g, CARRIED_W, z, lane] = max(totals[g, CARRIED_W, z, lane], left)
    for z in range(batch.rows[g]):
        _account(batch, state, g, z, dt, work, totals)
        for f in range(batch.n_faces[g, z]):
            _move_wall(batch, state, g, z, f, work, totals)
        for w in range(batch.n_panes[g, z]):
            for lane in range(LANES):
                inside = work.pane[z, w, TEMP_IN, lane]
                state.pane[g, z, w, FACE_IN, lane] = inside
                state.pane[g, z, w, FACE_OUT, lane] = work.pane[z, w, OUT_INVERSE, lane] * (
                    work.pane[z, w, OUT_LOAD, lane] + work.pane[z, w, OTHER, lane] * inside
                )
        for lane in range(LANES):
            state.temp[g, z, lane] = work.temp[z, lane]
        for lane in range(LANES):
            state.humidity[g, z, lane] = work.humidity[z, lane]
        for lane in range(LANES):
            state.mean[g, z, lane] = work.mean[z, lane]
        for lane in range(LANES):
            state.star[g, z, lane] = work.star[z, lane]


@compiled(forceinline=True)
def _move_wall(batch, state, g, z, f, work, totals):
    """Outer face and modes of one wall from the temperatures of the step; carry what a sweep left over."""
    outer, inner = lane_register(), lane_register()
    if f < batch.n_shared[g, z]:
        for lane in range(LANES):
            outer[lane] = work.inner[batch.partner[g, z, f, lane]]
        for lane in range(LANES):
            left = outer[lane] - work.face[z, f, OTHER, lane]
            inner[lane] = batch.face[g, z, f, Y_CROSS, lane] * left
        for lane in range(LANES):
            state.face[g, z, f, FACE_CARRY, lane] = inner[lane]
        for lane in range(LANES):
            watts = abs(inner[lane]) * batch.face[g, z, f, AREA, lane]
            totals[g, CARRIED_W, z, lane] = max(totals[g, CARRIED_W, z, lane], watts)
    else:
        for lane in range(LANES):
            outer[lane] = work.face[z, f, OUT_INVERSE, lane] * (
                work.face[z, f, OUT_LOAD, lane]
                + batch.face[g, z, f, Y_CROSS, lane] * work.face[z, f, TEMP_IN, lane]
            )
    for lane in range(LANES):
        inner[lane] = work.face[z, f, TEMP_IN, lane]
    for lane in range(LANES):
        state.face[g, z, f, FACE_IN, lane] = inner[lane]
    for lane in range(LANES):
        state.face[g, z, f, FACE_OUT, lane] = outer[lane]
    moved = lane_register()
    for r in range(state.modes.shape[3]):
        for lane in range(LANES):
            moved[lane] = (
                batch.modes[g, z, f, 0, r, lane] * state.modes[g, z, f, r, lane]
                + batch.modes[g, z, f, 1, r, lane] * outer[lane]
                + batch.modes[g, z, f, 2, r, lane] * inner[lane]
            )
        for lane in range(LANES):
            state.modes[g, z, f, r, lane] = moved[lane]


@compiled(forceinline=True)
def _account(batch, state, g, z, dt, work, totals):
    """Add one row of zones to the totals and check its balances of heat and moisture against every face."""
    envelope, radiant, star, flow = lane_register(), lane_register(), lane_register(), lane_register()
    for lane in range(LANES):
        envelope[lane] = work.air_gain[z, lane]
        radiant[lane] = 0.0
        star[lane] = 0.0
        flow[lane] = 0.0
    for f in range(batch.n_faces[g, z]):
        for lane in range(LANES):
            area, temp = batch.face[g, z, f, AREA, lane], work.face[z, f, TEMP_IN, lane]
            envelope[lane] += area * work.face[z, f, CONVECTION, lane] * (temp - work.mean[z, lane])
            exchanged = area * work.face[z, f, RADIATION, lane] * (temp - work.star[z, lane])
            star[lane] += exchanged
            flow[lane] += abs(exchanged)
            radiant[lane] += area * temp
    for w in range(batch.n_panes[g, z]):
        for lane in range(LANES):
            area, temp = batch.pane[g, z, w, AREA, lane], work.pane[z, w, TEMP_IN, lane]
            envelope[lane] += area * work.pane[z, w, CONVECTION, lane] * (temp - work.mean[z, lane])
            exchanged = area * work.pane[z, w, RADIATION, lane] * (temp - work.star[z, lane])
            star[lane] += exchanged
            flow[lane] += abs(exchanged)
            radiant[lane] += area * temp
    heat_in, cold_in, latent = lane_register(), lane_register(), lane_register()
    wrong, wet, through = lane_register(), lane_register(), lane_register()
    lack_heat, lack_cool = lane_register(), lane_register()
    hours = dt / 3600.0
    for lane in range(LANES):
        start, end, plant = state.temp[g, z, lane], work.temp[z, lane], work.granted[z, lane]
        used = 1.0 if batch.zone[g, z, MULTIPLIER, lane] > 0.0 else 0.0
        heat_in[lane] = max(plant, 0.0)
        cold_in[lane] = max(-plant, 0.0)
        latent[lane] = work.latent[z, lane] * dt
        stored = batch.zone[g, z, CAPACITY, lane] * (end - start) / dt
        air = abs(stored - envelope[lane] - plant - work.outdoor[z, lane])
        wrong[lane] = used * max(air, abs(star[lane]))
        through[lane] = (abs(envelope[lane]) + abs(plant) + flow[lane]) * dt
        lack_heat[lane] = used * max(work.heat_set[z, lane] - end, 0.0) * hours
        lack_cool[lane] = used * max(end - work.cool_set[z, lane], 0.0) * hours
        wet[lane] = used * _moisture_residual(batch, state, g, z, lane, dt, work)
        radiant[lane] /= max(batch.zone[g, z, FACE_AREA, lane], 1e-9)
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
        totals[g, OUTDOOR_AIR_J, z, lane] += work.outdoor[z, lane] * dt
    for lane in range(LANES):
        totals[g, ENVELOPE_J, z, lane] += envelope[lane] * dt
    for lane in range(LANES):
        work.mean_radiant[z, lane] = radiant[lane]


@compiled(forceinline=True)
def _moisture_residual(batch, state, g, z, lane, dt, work):
    """Error of the moisture balance of one zone over one step, as a share of its store [-].

    In by outdoor air, other zones and people, out by the latent heat that is reported; what the store gained.
    """
    mass = batch.zone[g, z, AIR_MASS, lane]
    gained = work.moved[z, lane] + work.source[z, lane] - work.latent[z, lane] * (1.0 / H_FG)
    stored = mass * (work.humidity[z, lane] - state.humidity[g, z, lane])
    return abs(gained * dt - stored) / (mass * max(state.humidity[g, z, lane], 1e-4))


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
                if attempt == 1 or not jumps(batch, state, g, work):
                    break
                refresh_films(batch, state, g, work)
            for z in range(batch.rows[g]):
                for lane in range(LANES):
                    work.granted[z, lane] = work.plant[z, lane]
            moisture(batch, state, g, k, weather, dt, work.granted, work)
            advance(batch, state, g, dt, work, totals)
            if keep:
                for z in range(batch.rows[g]):
                    for lane in range(LANES):
                        series[k, OUT_TEMP, g, z, lane] = state.temp[g, z, lane]
                    for lane in range(LANES):
                        series[k, OUT_HUMIDITY, g, z, lane] = state.humidity[g, z, lane]
                    for lane in range(LANES):
                        series[k, OUT_SENSIBLE, g, z, lane] = work.granted[z, lane]
                    for lane in range(LANES):
                        series[k, OUT_LATENT, g, z, lane] = work.latent[z, lane]
                    for lane in range(LANES):
                        series[k, OUT_RADIANT, g, z, lane] = work.mean_radiant[z, lane]
