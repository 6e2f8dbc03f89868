"""A batch of buildings as the coupled march reads it, and the columns of what goes in and comes out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.layout import Array
from twin.power_columns import N_COLUMNS as N_ELECTRICAL

# Thermal columns of a building's outcome, behind those of `power_columns`.
(
    SENSIBLE_COOLING,
    LATENT_COOLING,
    SPACE_HEATING,
    UNMET_COOLING,
    UNMET_HEATING,
    GAS,
    HYDROGEN_USE,
    UNMET_HOT_WATER,
    UNMET_STEAM,
    FRESH_SENSIBLE,
    FRESH_LATENT,
    CURVES_LEFT,
    SETPOINT_SHIFT,
    HOT_WATER_FED,
    HOT_WATER_GIVEN,
    HOT_WATER_GAIN,
    HOT_WATER_FED_POWER,
    HEAT_STORE_FED,
    HEAT_STORE_GIVEN,
    HEAT_STORE_GAIN,
    HEAT_STORE_FED_POWER,
    COLD_STORE_FED,
    COLD_STORE_GIVEN,
    COLD_STORE_GAIN,
    COLD_STORE_FED_POWER,
) = range(N_ELECTRICAL, N_ELECTRICAL + 25)
N_OUTCOME = N_ELECTRICAL + 25
THERMAL_COLUMNS = (
    "sensible_cooling_kw",
    "latent_cooling_kw",
    "space_heating_kw",
    "unmet_cooling_kw",
    "unmet_heating_kw",
    "gas_kw",
    "hydrogen_kw",
    "unmet_hot_water_kw",
    "unmet_steam_kw",
    "fresh_sensible_kw",
    "fresh_latent_kw",
    "curves_left",
    "setpoint_shift_k",
    "hot_water_store_fed_kw",
    "hot_water_store_given_kw",
    "hot_water_store_gain_kw",
    "hot_water_store_power_kw",
    "heat_store_fed_kw",
    "heat_store_given_kw",
    "heat_store_gain_kw",
    "heat_store_power_kw",
    "cold_store_fed_kw",
    "cold_store_given_kw",
    "cold_store_gain_kw",
    "cold_store_power_kw",
)
STORE_COLUMNS = THERMAL_COLUMNS[HOT_WATER_FED - N_ELECTRICAL :]
"""Of stores by what they hold: what machines bring, what is given and gained, what machines draw for it."""
# Columns of a building's inputs.
(
    LIGHTING_IN,
    EQUIPMENT_IN,
    FANS_IN,
    PV_IN,
    COOKING_IN,
    HEATERS_IN,
    LAUNDRY_IN,
    GAS_IN,
    HOT_WATER_IN,
    STEAM_IN,
) = range(10)
N_INPUTS = 10
# Columns of a building with faults.
ISLAND_STATE, ISLAND_CRITICAL, ISLAND_UNSERVED = 0, 1, 2
ISLAND_COLUMNS = (
    "island_state",
    "critical_served_kw",
    "unserved_critical_kw",
    "unserved_essential_kw",
    "unserved_comfort_kw",
    "unserved_deferrable_kw",
)
N_ISLAND = len(ISLAND_COLUMNS)


class BuildingBatch(NamedTuple):
    """Parameters and inputs of a batch of buildings.

    Attributes
    ----------
    held : (G, 2) int64
        First and last + 1 building of each group.
    owner : (G, Z, L) int32
        Building of each zone, -1 for an empty place.
    plant, electrical : (B,) records
    drier : (B, 2)
        Heat that the fresh-air drier takes out over its electricity at 35 degC, and the relative fall of that
        with the outdoor temperature [1/K]; 0 without a drier.
    shifts : (B, 4)
        Set-point shift towards more conditioning [K]: what the bus may ask for (0 where none does), the least
        and the most that may be ordered; and how far rooms may leave their set-points while power is scarce.
    inputs : (n, B, N_INPUTS)
        Lighting, equipment, fans, available PV, cooking, local water heaters, laundry and sterilisation,
        gas of appliances; hot water and steam of the plant room [kW].
    period, hours_left : (n,)
        Tariff period code, hours until it ends.
    wet_bulb_out, temp_mains, pressure : (n,)
        Outdoor wet bulb and cold mains water [degC], air pressure [Pa].
    battery_room : (n, B)
        Temperature around each battery [degC].
    orders : (H, B, N_ORDERS)
        Orders (`controllers.orders`) of H steps; there are none before and behind them.
    orders_from : (1,) int64
        The step of the first orders.
    faults : (n, B) int64, or zero steps where a project writes none
        Bits of what is lost (`controllers.islanding.FAULTS`).
    island : (n, B, N_ISLAND), or zero steps
        Columns of `ISLAND_COLUMNS`, written by the march.
    chargers : (B, 2) int64
        First and last + 1 column of `ev_rows`.
    ev_rows : (n, C) int32
        Session at each charger, -1 where it is free.
    """

    held: NDArray[np.int64]
    owner: NDArray[np.int32]
    plant: np.ndarray
    electrical: np.ndarray
    drier: Array
    shifts: Array
    inputs: Array
    period: NDArray[np.int64]
    hours_left: Array
    wet_bulb_out: Array
    temp_mains: Array
    pressure: Array
    battery_room: Array
    orders: Array
    orders_from: NDArray[np.int64]
    faults: NDArray[np.int64]
    island: Array
    chargers: NDArray[np.int64]
    ev_rows: NDArray[np.int32]


PER_BUILDING = ("plant", "electrical", "drier", "shifts")
PER_STEP_AND_BUILDING = ("inputs", "battery_room", "faults", "island")
"""Fields of `BuildingBatch` by their axes; vehicles and zones stand apart."""
