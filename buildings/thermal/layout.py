"""Where every figure of the march stands: columns of parameters, series, state, work arrays and totals.

Axes are (group, row of zones, face, parameter, lane), the lane innermost: `buildings.thermal.lanes`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.lanes import LANES

Array = NDArray[np.float64]
Index = NDArray[np.int32]

_CACHE_LINE = 64
CP_AIR = 1006.0
"""Specific heat of dry air [J/(kg K)]."""
CP_VAPOUR = 1860.0
"""Specific heat of water vapour [J/(kg K)]."""
CP_MOIST = CP_AIR + 0.009 * CP_VAPOUR
"""Of the air of rooms [J/(kg K)]."""
H_FG = 2.45e6
"""Latent heat of water vapour at room temperature [J/kg] (2.501e6 - 2380 * 21 degC)."""
KELVIN = 273.15
PEOPLE_REFERENCE = 24.0
"""Room temperature at which the figures of people's heat hold [degC]."""

# Columns of the weather table (n_steps + 1 rows).
TEMP_OUT, HUMIDITY_OUT, DENSITY_OUT, TEMP_SKY = 0, 1, 2, 3
# Parameters of an opaque face.
(
    AREA, Y_OUT, Y_IN, Y_CROSS, FILM_IN, WARM_IN, COLD_IN, EXCHANGE, FILM_OUT, WARM_OUT, COLD_OUT, ROUGHNESS,
    SOLAR, SKY, SURROUNDINGS, BEAM, DIFFUSE, RADIANT, ADDED,
) = range(19)  # fmt: skip
N_FACE = 19
# Its series: irradiance, forced film, temperature of what lies behind.
SERIES_SOLAR, SERIES_FORCED, SERIES_BEHIND = range(3)
N_FACE_SERIES = 3
# Parameters of a window, beside those of a face with the same name.
(
    PANE_C0, PANE_C1, PANE_C2, PANE_BEAM_OUT, PANE_DIFFUSE_OUT, PANE_QUARTER,
    PANE_D0, PANE_D1, PANE_D2, PANE_D3, PANE_STAR,
) = range(19, 30)  # fmt: skip
N_PANE = 30
# Its series [W/m2]: light let in as beam and as diffuse light, heat into both faces, forced film. Then, where
# a described shade hangs, heat straight into the air and what replaces the window's own conductances while
# the shade is drawn (nought while it is not): `buildings.thermal.drawn_heat`.
(
    PANE_BEAM, PANE_DIFFUSE, PANE_HEAT_OUT, PANE_HEAT_IN, PANE_FORCED,
    DRAWN_AIR, DRAWN_CROSS, DRAWN_FILM, DRAWN_EXCHANGE, DRAWN_SEEN, DRAWN_OUTER, DRAWN_SKY,
) = range(12)  # fmt: skip
N_PANE_SERIES = 12
# Parameters of a zone.
(
    CAPACITY, MULTIPLIER, AIR_MASS, INFILTRATION, INFILTRATION_KELVIN, VENTILATION, RECOVERY_SENSIBLE,
    RECOVERY_LATENT, BYPASS, FAN_HEAT, NATURAL, NATURAL_MIN_IN, NATURAL_MAX_OUT, NATURAL_DELTA, HEAT_MAX,
    COOL_MAX, ADP_TEMP, ADP_HUMIDITY, FACE_AREA,
) = range(19)  # fmt: skip
N_GAINS = 3  # people first
GAIN_CONVECTIVE, GAIN_RADIANT, GAIN_MOISTURE = 19, 22, 25
PEOPLE_SLOPE, PEOPLE_CURVE = 28, 29
SUPPLY_TEMP, SUPPLY_HUMIDITY = 30, 31
# Of its coil: `buildings.thermal.coil`.
COIL_DROP, COIL_CURVE, COIL_RANGE = 32, 33, 39
(
    FAN_TIME, FAN_RATE, FAN_CYCLES, FAN_CONSTANT, FAN_LATENT, FAN_DEGRADATION, FAN_LEAST,
) = range(43, 50)  # fmt: skip
N_ZONE = 50
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
# State of a face and of a window; what the modes of a face bring to the next step is summed as they move.
FACE_IN, FACE_OUT, FACE_CARRY, MEMORY_IN, MEMORY_OUT = range(5)
N_FACE_STATE = 5

# Columns of the totals of a zone.
(
    HEAT_J, COOL_J, LATENT_J, PEAK_HEAT_W, PEAK_COOL_W, UNMET_HEAT_KH, UNMET_COOL_KH, RESIDUAL_HEAT_W,
    RESIDUAL_MOISTURE, THROUGHPUT_J, OUTDOOR_AIR_J, ENVELOPE_J, CARRIED_W, SWEEP_LIMITS,
) = range(14)  # fmt: skip
N_TOTALS = 14
# Series kept of a zone.
OUT_TEMP, OUT_HUMIDITY, OUT_SENSIBLE, OUT_LATENT, OUT_RADIANT = range(5)
N_SERIES = 5


def lane_array(shape: tuple[int, ...], fill: Array | float = 0.0) -> Array:
    """An array whose innermost axis holds lanes that begin where cache lines begin.

    Eight lanes are then one access to the cache instead of two; a march is a twelfth faster (measured).

    Parameters
    ----------
    shape : tuple of int
        The last is `LANES`.
    fill : float or ndarray, optional
        Values, of any shape that spreads over `shape`.
    """
    size = math.prod(shape)
    room = np.zeros(size + LANES)
    first = -room.ctypes.data % _CACHE_LINE // room.itemsize
    found = room[first : first + size].reshape(shape)
    if isinstance(fill, np.ndarray) or fill != 0.0:
        found[...] = fill
    return found


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
    exposed : (G, Z, F) int64
        1 where weather reaches the outer face in any lane; else its film is fixed and nothing falls on it.
    hung : (G, Z, W) int64
        1 where a described shade hangs at the window of any lane.
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
    exposed: NDArray[np.int64]
    face_series: Index
    partner: Index
    pane: Array
    pane_series: Index
    hung: NDArray[np.int64]
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
    face : (G, Z, F, N_FACE_STATE, L)
        Temperatures of the inner and the outer face [degC], heat carried over [W/m2], and what the modes
        send to either face [W/m2].
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


def copied_state(state: ThermalState) -> ThermalState:
    """A state of its own, on cache lines as `lane_array` lays it."""
    return ThermalState(*(lane_array(part.shape, part) for part in state))


# Work values of a face or window.
INVERSE, LOAD, CONVECTION, RADIATION, TEMP_IN, OUT_INVERSE, OUT_LOAD, OTHER = range(8)
SEEN = TEMP_IN  # of a window
N_WORK = 8
# Work values of a coil whose fan runs on, in the air of the step and in slightly wetter air.
LATENT_SHARE, WATER_PER_WATT, LOAD_PER_WATT, EVAPORATES, LASTS, COIL_KNOWN = range(6)
N_COIL_WORK = 6


class Scratch(NamedTuple):
    """Work arrays of one group; one set per thread.

    Faces are (Z, F, N_WORK, L), air exchanges (Z, X, L), inner faces of shared walls (Z, F, L), coils whose
    fans run on (Z, 2, N_COIL_WORK, L), all others (Z, L). `plant` is the demand, `granted` what the plant
    gives [W]; `temp` and `mean` the air at the end of the step and over it; `outdoor` the heat that outdoor
    air and other zones' air brings [W]; `fresh_sensible` and `fresh_latent` the heat that drying takes out of
    the fresh air before it enters [W]; `adp_temp`, `adp_humidity` and `coil_capacity` the coil's apparatus
    dew point [degC], [kg/kg] and capacity over rated as the step finds them; it dries by `slope` [kg/s] times
    the humidity above `base` [kg/kg]; `shift` is what a building shifts its set-points by [K].
    """

    face: Array
    pane: Array
    mixing: Array
    inner: Array
    running: Array
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
    share: Array
    alpha: Array
    beta: Array
    per_kelvin: Array
    shift: Array
    cool_limit: Array
    driving: Array
    even: Array
    extra: Array
    coil: Array
    mean_humidity: Array
    moved: Array
    fresh_sensible: Array
    fresh_latent: Array
    adp_temp: Array
    adp_humidity: Array
    coil_capacity: Array
    slope: Array
    base: Array


def scratch(batch: ThermalBatch) -> Scratch:
    """Work arrays for one group of a batch."""
    n = batch.face.shape[1]
    zones = {name: lane_array((n, LANES)) for name in Scratch._fields[5:]}
    return Scratch(
        face=lane_array((n, batch.face.shape[2], N_WORK, LANES)),
        pane=lane_array((n, batch.pane.shape[2], N_WORK, LANES)),
        mixing=lane_array((n, batch.mixing_flow.shape[2], LANES)),
        inner=lane_array((n, batch.face.shape[2], LANES)),
        running=lane_array((n, 2, N_COIL_WORK, LANES)),
        **zones,
    )
