"""What a building's machines do with its loads: first the plant room, then the main plant (`hvac`).

`meet` answers what a heating and a cooling load take; `take_less` and `take_more` what can be met with the
power that the electrical side grants.
"""

from __future__ import annotations

import math

from buildings.compiled import compiled
from buildings.systems.battery import battery_limits_kw
from buildings.systems.component import (
    CHILLED_WATER,
    HOT_WATER,
    HYDROGEN,
    PRESSURE,
    SPACE_HEAT,
    STEAM,
    STEP,
    TEMP_IN,
    TEMP_MAINS,
    TEMP_OUT,
    WET_BULB_IN,
    WET_BULB_OUT,
)
from buildings.systems.component import GAS as GAS_CARRIER
from buildings.systems.plant import (
    cooling_capacity_w,
    cooling_load_at_power,
    cooling_power_w,
    cooling_pump_power_w,
    heating_capacity_w,
    heating_load_at_power,
    heating_power_w,
    heating_pump_power_w,
    standby_power_w,
)
from controllers.islanding import GRID, N_CLASSES
from controllers.orders import COLD_STORE_ORDER, HEAT_STORE_ORDER, HOT_WATER_ORDER, N_ORDERS
from twin.building_batch import (
    COLD_STORE_FED,
    COOKING_IN,
    EQUIPMENT_IN,
    FANS_IN,
    HEAT_STORE_FED,
    HEATERS_IN,
    HOT_WATER_FED,
    HOT_WATER_IN,
    ISLAND_CRITICAL,
    ISLAND_STATE,
    ISLAND_UNSERVED,
    LAUNDRY_IN,
    LIGHTING_IN,
    PV_IN,
    STEAM_IN,
)
from twin.plant_room import (
    chord,
    drawn_before_spare,
    electricity_for,
    electricity_made,
    narrowed,
    serve,
    stores_moved,
)
from twin.power_balance import power_step
from twin.power_columns import COOLING, EV_CHARGE, FRESH_AIR, HEATING, HVAC, ORDERS_MISSED, PUMPS

# What the machines of a building do with loads [W]: what they give, of which the main plant; electric input
# of the main plant (pumps counted in) and of the plant room; power made, fuels, and what is left unmet.
(
    GIVEN_COOL,
    GIVEN_HEAT,
    MAIN_COOL,
    MAIN_HEAT,
    COOL_W,
    HEAT_W,
    COOL_PUMPS_W,
    HEAT_PUMPS_W,
    ROOM_COOL_W,
    ROOM_HEAT_W,
    HOT_WATER_W,
    PROCESS_W,
    MADE_W,
    MAIN_FUEL_W,
    FUEL_W,
    HYDROGEN_W,
    UNMET_WATER_W,
    UNMET_STEAM_W,
) = range(18)
N_FOUND = 18
_TURNS = 40
_CLOSE = 1e-5
"""Power that may stay unused of what is granted, relative to it."""
_NARROW = 1e-4
"""Share of the load at which a jump of the machines' power is taken as found."""
_LACK_W = 1e-3
_ROUNDING = 1e-9
_STORE_FOLLOWED = 0.02
"""Share by which a store is filled beyond its order and still counts as filled as ordered."""
_HEATING_SEASON_C = 15.0
"""Idle power of the plant counts as heating below this outdoor temperature [degC]."""


@compiled()
def meet(buildings, equipment, b, k, temp_out, wet_in, cool, heat, spare, ease, found):
    """What the plant room and, behind it, the main plant do with loads [W]; columns of `found`.

    The main plant (`hvac`) takes what the rows of the plant room leave over, up to its capacity.
    """
    plant, room = buildings.plant[b], equipment.room
    wet_out = buildings.wet_bulb_out[k]
    found[:] = 0.0
    cool_left, heat_left = ease * cool, ease * heat
    if room.first[b + 1] > room.first[b]:
        asked = equipment.demands
        asked[:] = 0.0
        asked[CHILLED_WATER], asked[SPACE_HEAT] = cool, heat
        water, steam = 1e3 * buildings.inputs[k, b, HOT_WATER_IN], 1e3 * buildings.inputs[k, b, STEAM_IN]
        # what can wait is not made while the building has shed it
        served = 1.0 if buildings.electrical[b].island.level == N_CLASSES else 0.0
        asked[HOT_WATER], asked[STEAM] = served * water, served * steam
        serve(equipment, b, k, spare, ease)
        _mind_rooms(buildings, equipment, b, k, temp_out, wet_in, cool_left, heat_left, spare, ease)
        given = equipment.sums
        found[ROOM_COOL_W] = electricity_for(equipment, b, CHILLED_WATER)
        found[ROOM_HEAT_W] = electricity_for(equipment, b, SPACE_HEAT)
        found[HOT_WATER_W] = electricity_for(equipment, b, HOT_WATER)
        rooms = found[ROOM_COOL_W] + found[ROOM_HEAT_W] + found[HOT_WATER_W]
        found[PROCESS_W] = electricity_for(equipment, b, -1) - rooms
        found[MADE_W] = electricity_made(equipment, b)
        found[FUEL_W] = max(-given[GAS_CARRIER], 0.0)
        found[HYDROGEN_W] = max(-given[HYDROGEN], 0.0)
        found[UNMET_WATER_W] = max(water - given[HOT_WATER], 0.0)
        found[UNMET_STEAM_W] = max(steam - given[STEAM], 0.0)
        found[GIVEN_COOL] = min(max(-given[CHILLED_WATER], 0.0), cool_left)
        found[GIVEN_HEAT] = min(max(given[SPACE_HEAT], 0.0), heat_left)
        cool_left -= found[GIVEN_COOL]
        heat_left -= found[GIVEN_HEAT]
        # A main plant does not start for what rounding leaves over, its pumps would run at their least.
        cool_left = cool_left if cool_left > _ROUNDING * cool else 0.0
        heat_left = heat_left if heat_left > _ROUNDING * heat else 0.0
    cool_left = min(cool_left, cooling_capacity_w(temp_out, wet_out, wet_in, plant))
    heat_left = min(heat_left, heating_capacity_w(temp_out, wet_out, plant))
    found[MAIN_COOL], found[MAIN_HEAT] = cool_left, heat_left
    found[GIVEN_COOL] += cool_left
    found[GIVEN_HEAT] += heat_left
    _main_power(buildings, b, k, temp_out, wet_in, found)


@compiled()
def _mind_rooms(buildings, equipment, b, k, temp_out, wet_in, cool, heat, spare, ease):
    """Serve again without orders to the rooms' stores where these would leave the rooms short [W]."""
    orders, sums, plant = equipment.orders, equipment.sums, buildings.plant[b]
    cold_order, heat_order = orders[CHILLED_WATER], orders[SPACE_HEAT]
    if math.isnan(cold_order) and math.isnan(heat_order):
        return
    wet_out = buildings.wet_bulb_out[k]
    cold_lack = cool + sums[CHILLED_WATER] - cooling_capacity_w(temp_out, wet_out, wet_in, plant)
    heat_lack = heat - sums[SPACE_HEAT] - heating_capacity_w(temp_out, wet_out, plant)
    if cold_lack <= _LACK_W and heat_lack <= _LACK_W:
        return
    orders[CHILLED_WATER] = math.nan if cold_lack > _LACK_W else cold_order
    orders[SPACE_HEAT] = math.nan if heat_lack > _LACK_W else heat_order
    serve(equipment, b, k, spare, ease)
    orders[CHILLED_WATER], orders[SPACE_HEAT] = cold_order, heat_order


@compiled()
def _main_power(buildings, b, k, temp_out, wet_in, found):
    """Inputs of the main plant at its loads, into `found`."""
    plant, wet_out = buildings.plant[b], buildings.wet_bulb_out[k]
    cool, heat = found[MAIN_COOL], found[MAIN_HEAT]
    found[COOL_PUMPS_W] = cooling_pump_power_w(cool, temp_out, wet_out, wet_in, plant)
    found[HEAT_PUMPS_W] = heating_pump_power_w(heat, temp_out, wet_out, plant)
    found[COOL_W] = cooling_power_w(cool, temp_out, wet_out, wet_in, plant)
    found[HEAT_W], found[MAIN_FUEL_W] = heating_power_w(heat, temp_out, wet_out, plant)
    if cool == 0.0 and heat == 0.0:
        found[COOL_W] = standby_power_w(plant)


@compiled(forceinline=True)
def hvac_w(found):
    """Electric input of heating and cooling, plant room and main plant together [W]."""
    return found[COOL_W] + found[HEAT_W] + found[ROOM_COOL_W] + found[ROOM_HEAT_W]


@compiled(forceinline=True)
def share_conditions(buildings, equipment, b, k, temp_out, dt_h, room, wet_in):
    """Conditions that all rows of a building share, and what its stores are ordered to do."""
    for carrier, order in (
        (HOT_WATER, HOT_WATER_ORDER),
        (SPACE_HEAT, HEAT_STORE_ORDER),
        (CHILLED_WATER, COLD_STORE_ORDER),
    ):
        equipment.orders[carrier] = 1e3 * ordered(buildings, b, k, order)
    common = equipment.common
    common[STEP], common[TEMP_OUT] = 3600.0 * dt_h, temp_out
    common[WET_BULB_OUT], common[PRESSURE] = buildings.wet_bulb_out[k], buildings.pressure[k]
    common[TEMP_IN], common[WET_BULB_IN] = room, wet_in
    common[TEMP_MAINS] = buildings.temp_mains[k]


@compiled()
def tell_stores(equipment, b, out):
    """Write what the stores of a building did, and whether one could not follow its order."""
    for carrier, column in (
        (HOT_WATER, HOT_WATER_FED),
        (SPACE_HEAT, HEAT_STORE_FED),
        (CHILLED_WATER, COLD_STORE_FED),
    ):
        fed, given, gained, drawn = stores_moved(equipment, b, carrier)
        out[column], out[column + 1] = 1e-3 * fed, 1e-3 * given
        out[column + 2], out[column + 3] = 1e-3 * gained, 1e-3 * drawn
        order = equipment.orders[carrier]
        if order >= 0.0 and fed > order + _STORE_FOLLOWED * fed:
            out[ORDERS_MISSED] = 1.0


@compiled(forceinline=True)
def spare_w(buildings, equipment, b, k, dt_h, soc, before):
    """Power of the sun that neither loads nor battery take [W]; machines and vehicles as in the step before.

    `before` is that step's row, and `equipment` as that step left it. None is spare while something is lost.
    """
    if buildings.faults.shape[0] > 0 and buildings.faults[k, b] != 0:
        return 0.0
    inputs = buildings.inputs[k, b]
    loads = inputs[LIGHTING_IN] + inputs[EQUIPMENT_IN] + inputs[FANS_IN]
    loads += inputs[COOKING_IN] + inputs[HEATERS_IN] + inputs[LAUNDRY_IN]
    loads += before[HVAC] + before[FRESH_AIR] + before[EV_CHARGE] + 1e-3 * drawn_before_spare(equipment, b)
    spare = inputs[PV_IN] - loads
    if spare <= 0.0:
        return 0.0
    charge_max, _, _ = battery_limits_kw(soc, dt_h, buildings.electrical[b].battery)
    return 1e3 * max(spare - charge_max, 0.0)


@compiled()
def drying_power(buildings, b, temp_out, taken):
    """Electricity [kW] with which the fresh-air drier takes heat [kW] out of the air, sensible and latent."""
    ratio, per_kelvin = buildings.drier[b, 0], buildings.drier[b, 1]
    if taken <= 0.0 or ratio <= 0.0:
        return 0.0
    return taken / (ratio * max(1.0 - per_kelvin * (temp_out - 35.0), 0.3))


@compiled(forceinline=True)
def ordered(buildings, b, k, column):
    """What a building is ordered to do in a step, NaN where nothing."""
    i = k - buildings.orders_from[0]
    return buildings.orders[i, b, column] if 0 <= i < buildings.orders.shape[0] else math.nan


@compiled()
def balance_power(buildings, b, k, dt_h, soc, sessions, temp_out, hvac, hvac_pre, drying, found, out):
    """Electrical step of a building at the power [kW] that its machines and fresh-air drying ask for."""
    first, last = buildings.chargers[b, 0], buildings.chargers[b, 1]
    pumps = found[COOL_PUMPS_W] + found[HEAT_PUMPS_W]
    pump_fraction = 1e-3 * pumps / hvac if hvac > 0.0 else 0.0
    beside = 1e3 * hvac - pumps
    heating = found[HEAT_W] - found[HEAT_PUMPS_W] + found[ROOM_HEAT_W]
    heating_fraction = heating / beside if beside > 0.0 else 0.0
    if found[GIVEN_COOL] == 0.0 and found[GIVEN_HEAT] == 0.0 and temp_out < _HEATING_SEASON_C:
        heating_fraction = 1.0
    for column in range(N_ORDERS):
        buildings.electrical[b].orders[column] = ordered(buildings, b, k, column)
    if buildings.faults.shape[0] > 0:
        buildings.electrical[b].lost = buildings.faults[k, b]
    power_step(
        buildings.electrical[b],
        soc[b],
        buildings.ev_rows[k, first:last],
        sessions,
        k,
        dt_h,
        buildings.inputs[k, b, LIGHTING_IN],
        buildings.inputs[k, b, EQUIPMENT_IN],
        buildings.inputs[k, b, FANS_IN],
        0.0,
        hvac,
        hvac_pre,
        heating_fraction,
        pump_fraction,
        drying,
        1e-3 * found[HOT_WATER_W] + buildings.inputs[k, b, HEATERS_IN],
        buildings.inputs[k, b, COOKING_IN],
        1e-3 * found[PROCESS_W] + buildings.inputs[k, b, LAUNDRY_IN],
        1e-3 * found[MADE_W],
        buildings.inputs[k, b, PV_IN],
        buildings.period[k],
        buildings.hours_left[k],
        out,
    )
    island = buildings.electrical[b].island
    if buildings.electrical[b].lost != 0 or island.state != GRID:
        told = buildings.island[k, b]
        told[ISLAND_STATE], told[ISLAND_CRITICAL] = island.state, island.critical_kw
        for i in range(N_CLASSES):
            told[ISLAND_UNSERVED + i] = island.unserved[i]


@compiled()
def take_more(buildings, equipment, b, k, temp_out, wet_in, cool, heat, pre, granted, spare, found):
    """Pre-condition with the power that is granted beyond the demand.

    `pre` are loads and powers with pre-conditioning, `granted` [W] lies between the power of both; `found`
    holds those of the demand and is overwritten.
    """
    if equipment.room.first[b + 1] == equipment.room.first[b]:
        plant, wet_out = buildings.plant[b], buildings.wet_bulb_out[k]
        share = (granted - hvac_w(found)) / (hvac_w(pre) - hvac_w(found))
        found[COOL_W] += share * (pre[COOL_W] - found[COOL_W])
        found[HEAT_W] += share * (pre[HEAT_W] - found[HEAT_W])
        cool = cooling_load_at_power(found[COOL_W], temp_out, wet_out, wet_in, plant)
        heat = heating_load_at_power(found[HEAT_W], temp_out, wet_out, plant)
        cool = min(max(cool, found[GIVEN_COOL]), pre[GIVEN_COOL])
        heat = min(max(heat, found[GIVEN_HEAT]), pre[GIVEN_HEAT])
        _set_main(buildings, b, k, temp_out, wet_in, found, cool, heat)
        return
    more_cool, more_heat = max(pre[GIVEN_COOL] - cool, 0.0), max(pre[GIVEN_HEAT] - heat, 0.0)
    low, at_low, high, at_high = 0.0, hvac_w(found) - granted, 1.0, hvac_w(pre) - granted
    side = 0
    for turn in range(_TURNS + 1):
        last = turn == _TURNS or high - low <= _NARROW
        share = low if last else chord(low, at_low, high, at_high)
        cool_now, heat_now = cool + share * more_cool, heat + share * more_heat
        meet(buildings, equipment, b, k, temp_out, wet_in, cool_now, heat_now, spare, 1.0, found)
        over = hvac_w(found) - granted
        if last or -_CLOSE * granted <= over <= 0.0:
            return
        low, at_low, high, at_high, side = narrowed(low, at_low, high, at_high, share, over, side)


@compiled()
def take_less(buildings, equipment, b, k, temp_out, wet_in, cool, heat, granted, spare, found):
    """Heat and cool as much as the granted power [W] allows; `found` is overwritten."""
    if equipment.room.first[b + 1] == equipment.room.first[b]:
        plant, wet_out = buildings.plant[b], buildings.wet_bulb_out[k]
        share = granted / hvac_w(found)
        found[COOL_W] *= share
        found[HEAT_W] *= share
        cool = min(cooling_load_at_power(found[COOL_W], temp_out, wet_out, wet_in, plant), found[GIVEN_COOL])
        heat = min(heating_load_at_power(found[HEAT_W], temp_out, wet_out, plant), found[GIVEN_HEAT])
        _set_main(buildings, b, k, temp_out, wet_in, found, cool, heat)
        return
    low, at_low, high, at_high = 0.0, -granted, 1.0, hvac_w(found) - granted
    side = 0
    for turn in range(_TURNS + 1):
        last = turn == _TURNS or high - low <= _NARROW
        ease = low if last else chord(low, at_low, high, at_high)
        meet(buildings, equipment, b, k, temp_out, wet_in, cool, heat, spare, ease, found)
        over = hvac_w(found) - granted
        if last or -_CLOSE * granted <= over <= 0.0:
            return
        low, at_low, high, at_high, side = narrowed(low, at_low, high, at_high, ease, over, side)


@compiled(forceinline=True)
def _set_main(buildings, b, k, temp_out, wet_in, found, cool, heat):
    """Give the main plant other loads [W] at the powers that stand in `found`."""
    plant, wet_out = buildings.plant[b], buildings.wet_bulb_out[k]
    found[GIVEN_COOL] = found[MAIN_COOL] = cool
    found[GIVEN_HEAT] = found[MAIN_HEAT] = heat
    found[COOL_PUMPS_W] = cooling_pump_power_w(cool, temp_out, wet_out, wet_in, plant)
    found[HEAT_PUMPS_W] = heating_pump_power_w(heat, temp_out, wet_out, plant)
    _, found[MAIN_FUEL_W] = heating_power_w(heat, temp_out, wet_out, plant)


@compiled(forceinline=True)
def split_hvac(found, out):
    """Split the power that heating and cooling got, between them and their pumps, as the machines use it."""
    used = hvac_w(found)
    scale = out[HVAC] / used if used > 0.0 else 0.0
    out[PUMPS] = scale * (found[COOL_PUMPS_W] + found[HEAT_PUMPS_W])
    out[HEATING] = scale * (found[HEAT_W] - found[HEAT_PUMPS_W] + found[ROOM_HEAT_W])
    out[COOLING] = out[HVAC] - out[PUMPS] - out[HEATING]
