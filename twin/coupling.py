"""The compiled march of whole buildings: zone air, plant and electrical side in one pass over the steps.

Order inside a step: weather and state at k give every zone's demand; the plant limits it to its capacity at
the outdoor temperature; the electrical side of the building (board or bus) grants power; what was granted
goes back to the zones, whose air and moisture then move to k + 1. Nothing is a step late.

Every group of lanes holds whole buildings, which march together.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from buildings.compiled import compiled
from buildings.lent import lent
from buildings.systems.plant import curves_left
from buildings.thermal.air import demand, films_outdated, float_with, refresh_films
from buildings.thermal.kernel import advance, free_response
from buildings.thermal.lanes import LANES, at, borrowed, largest, put, series, where
from buildings.thermal.layout import (
    AIR_MASS,
    COOL_MAX,
    COOLING_SETPOINT,
    HEAT_MAX,
    HEATING_SETPOINT,
    MULTIPLIER,
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
    TEMP_OUT,
    Array,
    Scratch,
    ThermalBatch,
    lane_array,
    scratch,
)
from buildings.thermal.moisture import moisture
from controllers.orders import SHIFT_ORDER
from twin.building_batch import (
    CURVES_LEFT,
    FRESH_LATENT,
    FRESH_SENSIBLE,
    GAS,
    GAS_IN,
    HYDROGEN_USE,
    LATENT_COOLING,
    SENSIBLE_COOLING,
    SETPOINT_SHIFT,
    SPACE_HEATING,
    UNMET_COOLING,
    UNMET_HEATING,
    UNMET_HOT_WATER,
    UNMET_STEAM,
)
from twin.machines import (
    FUEL_W,
    GIVEN_COOL,
    GIVEN_HEAT,
    HYDROGEN_W,
    MAIN_COOL,
    MAIN_FUEL_W,
    MAIN_HEAT,
    N_FOUND,
    UNMET_STEAM_W,
    UNMET_WATER_W,
    balance_power,
    drying_power,
    hvac_w,
    meet,
    ordered,
    share_conditions,
    spare_w,
    split_hvac,
    take_less,
    take_more,
    tell_stores,
)
from twin.plant_room import settle
from twin.power_balance import warm_cells
from twin.power_columns import HVAC


class CouplingScratch(NamedTuple):
    """Work arrays of one group.

    `base` and `pre` are demands [W], `totals` sums by building; `found` and `found_pre` what a building's
    machines do with its demand and with that of pre-conditioning.
    """

    zone: Scratch
    base: Array
    pre: Array
    totals: Array
    found: Array
    found_pre: Array


def coupling_scratch(batch: ThermalBatch, buildings: int) -> CouplingScratch:
    """Work arrays for the widest group of a batch, and `buildings` buildings in all."""
    zone = scratch(batch)
    return CouplingScratch(
        zone,
        lane_array(zone.plant.shape),
        lane_array(zone.plant.shape),
        np.zeros((buildings, _N_SUMS)),
        np.zeros(N_FOUND),
        np.zeros(N_FOUND),
    )


# Sums over a building's zones [W], what the building grants [W], and by which factors the zones get it: a
# share below 1 of their demand, or part of the way from their demand to that of pre-conditioning.
(
    _COOL_SUM,
    _HEAT_SUM,
    _PRE_COOL,
    _PRE_HEAT,
    _TEMP,
    _HUMIDITY,
    _WEIGHT,
    _COOL_GIVEN,
    _COOL_NOW,
    _SHARE_COOL,
    _SHARE_HEAT,
    _MORE_COOL,
    _MORE_HEAT,
    _LACK_COOL,
    _LACK_HEAT,
    _FRESH_SENSIBLE,
    _FRESH_LATENT,
    _COOL_BEFORE,
    _FACTOR_BEFORE,
    _FACTOR_LOW,
    _FACTOR_HIGH,
    _AHEAD_K,
    _NOW_K,
    _BEYOND,
    _PER_KELVIN,
) = range(25)
_N_SUMS = 25
_WET_BULB_C = 19.4
"""Of a room where nothing is cooled and no figure follows from it [degC]; that of the usual rating."""
_MISSED_K = 1e-6
"""Distance from a set-point that counts as missed [K]; sweeps over coupled zones leave less."""
_TRIAL, _AHEAD, _NOW = range(3)  # demands of a step: for its films, with pre-conditioning, as it is
_GRANT_SWEEPS = 40
_GRANT_CLOSE = 1e-9
"""Relative distance at which the zones' cooling counts as the one that the plant was granted power for."""


@compiled(forceinline=True)
def _asked(batch, g, part):
    """Most cooling and heating that any zone of a group asks for [W]."""
    cool = heat = 0.0
    for z in range(batch.rows[g]):
        cool = max(cool, largest(-at(part.plant, (z,))))
        heat = max(heat, largest(at(part.plant, (z,))))
    return cool, heat


@compiled(forceinline=True)
def _add_demand(batch, g, part, owner, sums, cool, heat):
    """Add the group's sensible and latent demand to its buildings' sums."""
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            b = owner[g, z, lane]
            count = batch.zone[g, z, MULTIPLIER, lane]
            if b < 0 or count == 0.0:
                continue
            plant = part.plant[z, lane]
            if plant < 0.0:
                sums[b, cool] += count * (part.latent[z, lane] - plant)
            else:
                sums[b, heat] += count * plant


@compiled(forceinline=True)
def _add_zones(batch, state, g, part, owner, sums):
    """Add the group's zones to their buildings' sums, in one pass.

    Sensible and latent demand and what drying takes out of the fresh air; of the served zones what their own
    limits keep from their set-points (sensible), and the return air and how far it lies outside of their
    set-points, by volume.
    """
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            b, count = owner[g, z, lane], batch.zone[g, z, MULTIPLIER, lane]
            if b < 0 or count == 0.0:
                continue
            plant, of = part.plant[z, lane], sums[b]
            if plant < 0.0:
                of[_COOL_SUM] += count * (part.latent[z, lane] - plant)
            else:
                of[_HEAT_SUM] += count * plant
            of[_FRESH_SENSIBLE] += count * part.fresh_sensible[z, lane]
            of[_FRESH_LATENT] += count * part.fresh_latent[z, lane]
            if batch.zone[g, z, HEAT_MAX, lane] <= 0.0 and batch.zone[g, z, COOL_MAX, lane] <= 0.0:
                continue
            heat_set, cool_set = part.heat_set[z, lane], part.cool_set[z, lane]
            per_kelvin = count * part.per_kelvin[z, lane]
            warm = part.temp[z, lane] - max(cool_set, heat_set + 0.1)
            cold = heat_set - part.temp[z, lane]
            if warm > _MISSED_K:
                of[_LACK_COOL] += warm * per_kelvin
            if cold > _MISSED_K:
                of[_LACK_HEAT] += cold * per_kelvin
            temp, weight = state.temp[g, z, lane], count * batch.zone[g, z, AIR_MASS, lane]
            of[_TEMP] += weight * temp
            of[_HUMIDITY] += weight * state.humidity[g, z, lane]
            of[_WEIGHT] += weight
            of[_BEYOND] += weight * max(temp - cool_set, heat_set - temp, 0.0)
            of[_PER_KELVIN] += per_kelvin


@compiled(forceinline=True)
def _know_shifts(buildings, b, k, sums):
    """Shifts of a building's set-points [K]: what may be added as power is granted, and what holds anyway."""
    order = ordered(buildings, b, k, SHIFT_ORDER)
    if math.isnan(order):
        sums[b, _AHEAD_K], sums[b, _NOW_K] = buildings.shifts[b, 0], 0.0
        return
    order = min(max(order, buildings.shifts[b, 1]), buildings.shifts[b, 2])
    sums[b, _AHEAD_K], sums[b, _NOW_K] = max(order, 0.0), min(order, 0.0)


@compiled(forceinline=True)
def _shift_setpoints(batch, g, k, forcing, part, owner, sums, column):
    """Shift the set-points of each building's zones by what stands in a column of its sums [K]."""
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            b = owner[g, z, lane]
            part.shift[z, lane] = sums[b, column] if b >= 0 else 0.0
        shift, columns = at(part.shift, (z,)), batch.zone_series
        put(part.heat_set, (z,), series(forcing, k, columns, (g, z, HEATING_SETPOINT)) + shift)
        put(part.cool_set, (z,), series(forcing, k, columns, (g, z, COOLING_SETPOINT)) - shift)


@compiled()
def wet_bulb_room(temp, humidity):
    """Wet-bulb temperature of room air at sea level [degC], from its enthalpy.

    Newton on h(T_wb, saturated) = h; saturation pressure by Magnus (WMO-No. 8, 2018, annex 4.B). Good to
    0.15 K in rooms of 12 to 32 degC, which is what coil curves need.
    """
    enthalpy = 1006.0 * temp + humidity * (2.501e6 + 1860.0 * temp)
    wet = temp - 4.0
    for _ in range(4):
        pressure = 611.2 * np.exp(17.62 * wet / (243.12 + wet))
        ratio = 0.622 * pressure / (101325.0 - pressure)
        slope = ratio * 17.62 * 243.12 / (243.12 + wet) ** 2 * 101325.0 / (101325.0 - pressure)
        value = 1006.0 * wet + ratio * (2.501e6 + 1860.0 * wet) - enthalpy
        wet -= value / (1006.0 + slope * (2.501e6 + 1860.0 * wet) + 1860.0 * ratio)
    return wet


@compiled()
def _serve_building(buildings, equipment, b, k, temp_out, dt_h, soc, sessions, work, before, out):
    """Plant and electrical side of one building; writes the granted shares into its sums."""
    sums, found, pre = work.totals, work.found, work.found_pre
    room, humid = 24.0, 0.009
    if sums[b, _WEIGHT] > 0.0:
        room, humid = sums[b, _TEMP] / sums[b, _WEIGHT], sums[b, _HUMIDITY] / sums[b, _WEIGHT]
    cool, heat = sums[b, _COOL_SUM], sums[b, _HEAT_SUM]
    pre_cool, pre_heat = max(sums[b, _PRE_COOL], cool), max(sums[b, _PRE_HEAT], heat)
    rooms = equipment.room.first[b + 1] - equipment.room.first[b]
    # what is not cooled does not ask for it
    wet_in = wet_bulb_room(room, humid) if pre_cool > 0.0 or rooms > 0 else _WET_BULB_C
    wet_out = buildings.wet_bulb_out[k]
    share_conditions(buildings, equipment, b, k, temp_out, dt_h, room, wet_in)
    spare = spare_w(buildings, equipment, b, k, dt_h, soc[b, 0], before)
    ahead = sums[b, _AHEAD_K] > 0.0 and (pre_cool > cool or pre_heat > heat)
    if ahead:
        meet(buildings, equipment, b, k, temp_out, wet_in, pre_cool, pre_heat, spare, 1.0, pre)
    meet(buildings, equipment, b, k, temp_out, wet_in, cool, heat, spare, 1.0, found)
    hvac = 1e-3 * hvac_w(found)
    hvac_pre = max(1e-3 * hvac_w(pre), hvac) if ahead else hvac
    plant = buildings.plant[b]
    left = (found[MAIN_COOL] > 0.0 and curves_left(temp_out, wet_out, wet_in, False, plant)) or (
        found[MAIN_HEAT] > 0.0 and curves_left(temp_out, wet_out, wet_in, True, plant)
    )
    fresh = 1e-3 * (sums[b, _FRESH_SENSIBLE] + sums[b, _FRESH_LATENT])
    drying = drying_power(buildings, b, temp_out, fresh)
    buildings.electrical[b].bus.hvac_least = _least_share(buildings, b, sums)
    level = buildings.electrical[b].island.level
    balance_power(buildings, b, k, dt_h, soc, sessions, temp_out, hvac, hvac_pre, drying, found, out)
    if rooms > 0 and buildings.electrical[b].island.level < level:
        # what was shed in this step is not made in it
        meet(buildings, equipment, b, k, temp_out, wet_in, cool, heat, spare, 1.0, found)
    warm_cells(buildings.electrical[b], buildings.battery_room[k, b], dt_h, out)
    if hvac_pre > hvac + 1e-9 and out[HVAC] > hvac + 1e-9:
        granted = 1e3 * out[HVAC]
        take_more(buildings, equipment, b, k, temp_out, wet_in, cool, heat, pre, granted, spare, found)
        split_hvac(found, out)
    elif out[HVAC] < hvac - 1e-9:
        granted = 1e3 * out[HVAC]
        take_less(buildings, equipment, b, k, temp_out, wet_in, cool, heat, granted, spare, found)
        split_hvac(found, out)
    if rooms > 0:
        settle(equipment, b, dt_h)
    tell_stores(equipment, b, out)
    out[CURVES_LEFT] = 1.0 if left else 0.0
    out[GAS] = 1e-3 * (found[MAIN_FUEL_W] + found[FUEL_W]) + buildings.inputs[k, b, GAS_IN]
    out[HYDROGEN_USE] = 1e-3 * found[HYDROGEN_W]
    out[UNMET_HOT_WATER] = 1e-3 * found[UNMET_WATER_W]
    out[FRESH_SENSIBLE] = 1e-3 * sums[b, _FRESH_SENSIBLE]
    out[FRESH_LATENT] = 1e-3 * sums[b, _FRESH_LATENT]
    out[UNMET_STEAM] = 1e-3 * found[UNMET_STEAM_W]
    _set_factors(sums, b, found[GIVEN_COOL], found[GIVEN_HEAT])
    more = max(sums[b, _MORE_COOL], sums[b, _MORE_HEAT])
    out[SETPOINT_SHIFT] = sums[b, _NOW_K] + more * sums[b, _AHEAD_K]
    out[UNMET_COOLING] = 1e-3 * (max(cool - found[GIVEN_COOL], 0.0) + sums[b, _LACK_COOL])
    out[UNMET_HEATING] = 1e-3 * (max(heat - found[GIVEN_HEAT], 0.0) + sums[b, _LACK_HEAT])


@compiled(forceinline=True)
def _least_share(buildings, b, sums):
    """Share of its power that air conditioning does not give up.

    All of it once rooms have drifted as far as they may, and so much that a step takes them no further: what
    is missing of a demand moves them by itself over what moves them a kelvin.
    """
    beyond = sums[b, _BEYOND] / sums[b, _WEIGHT] if sums[b, _WEIGHT] > 0.0 else 0.0
    allowed, wish = buildings.shifts[b, 3], sums[b, _COOL_SUM] + sums[b, _HEAT_SUM]
    if allowed <= 0.0:
        return 1.0
    within = 1.0 - allowed * sums[b, _PER_KELVIN] / wish if wish > 0.0 else 0.0
    return min(max(beyond / allowed, within, 0.0), 1.0)


@compiled(forceinline=True)
def _set_factors(sums, b, cool, heat):
    """Turn the granted loads [W] into factors on the zones' demands."""
    wish, pre = sums[b, _COOL_SUM], sums[b, _PRE_COOL]
    sums[b, _COOL_GIVEN], sums[b, _COOL_BEFORE] = cool, 0.0
    sums[b, _FACTOR_LOW], sums[b, _FACTOR_HIGH] = 0.0, 1.0
    sums[b, _SHARE_COOL] = min(cool / wish, 1.0) if wish > 0.0 else 1.0
    sums[b, _MORE_COOL] = min((cool - wish) / (pre - wish), 1.0) if cool > wish and pre > wish else 0.0
    wish, pre = sums[b, _HEAT_SUM], sums[b, _PRE_HEAT]
    sums[b, _SHARE_HEAT] = min(heat / wish, 1.0) if wish > 0.0 else 1.0
    sums[b, _MORE_HEAT] = min((heat - wish) / (pre - wish), 1.0) if heat > wish and pre > wish else 0.0


@compiled(forceinline=True)
def _correct_factors(sums, b0, b1):
    """Move the factors of cooling towards what was granted; False where nothing is left to move.

    A coil that cools less dries still less, or more, than in proportion: the factors are found by the rule of
    three and then by secants, halving where these leave what the tries have bounded.
    """
    moved = False
    for b in range(b0, b1):
        given, now, wish = sums[b, _COOL_GIVEN], sums[b, _COOL_NOW], sums[b, _COOL_SUM]
        if now <= 0.0 or abs(now - given) <= _GRANT_CLOSE * given:
            continue
        if sums[b, _MORE_COOL] > 0.0:
            _correct(sums, b, _MORE_COOL, given - wish, now - wish)
            moved = True
        elif sums[b, _SHARE_COOL] < 1.0:
            _correct(sums, b, _SHARE_COOL, given, now)
            moved = True
    return moved


@compiled(forceinline=True)
def _correct(sums, b, factor, given, now):
    """Move one factor towards what gives `given` where it gave `now`, by the try before where that helps."""
    here = sums[b, factor]
    rise, step = now - sums[b, _COOL_BEFORE], here - sums[b, _FACTOR_BEFORE]
    wanted = here * given / now if now > 0.0 else 1.0
    if sums[b, _COOL_BEFORE] != 0.0 and rise * step > 0.0:
        wanted = here + (given - now) * step / rise
    if now > given:
        sums[b, _FACTOR_HIGH] = here
    else:
        sums[b, _FACTOR_LOW] = here
    low, high = sums[b, _FACTOR_LOW], sums[b, _FACTOR_HIGH]
    if wanted <= low or wanted >= high:
        wanted = 0.5 * (low + high)
    sums[b, _COOL_BEFORE], sums[b, _FACTOR_BEFORE] = now, here
    sums[b, factor] = wanted


@compiled(forceinline=True)
def _grant(batch, state, held, g, k, weather, dt, part, base, pre, owner, sums, zone_totals):
    """Give each zone its part; where that is not the whole demand, solve the air again and say True."""
    changed, limited = False, False
    for b in range(held[g, 0], held[g, 1]):
        limited = limited or sums[b, _SHARE_HEAT] < 1.0 or sums[b, _SHARE_COOL] < 1.0
        limited = limited or sums[b, _MORE_HEAT] > 0.0 or sums[b, _MORE_COOL] > 0.0
    for z in range(batch.rows[g]):
        put(part.granted, (z,), at(base, (z,)))
        for lane in range(LANES if limited else 0):
            b = owner[g, z, lane]
            wish = base[z, lane]
            given = wish
            if b >= 0:
                step = pre[z, lane] - wish
                share = sums[b, _SHARE_HEAT] if wish > 0.0 else sums[b, _SHARE_COOL]
                more = sums[b, _MORE_HEAT] if step > 0.0 else sums[b, _MORE_COOL]
                given = share * wish + more * step
                changed = changed or share < 1.0 or more > 0.0
            part.granted[z, lane] = given
    if changed:
        float_with(batch, state, g, k, weather, dt, part, zone_totals)
        moisture(batch, state, g, k, weather, dt, part.granted, part)
    return changed


@compiled(forceinline=True)
def _add_cooling(batch, g, part, owner, sums):
    """Add the sensible and latent cooling that the group's zones get to their buildings' sums."""
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            b, count = owner[g, z, lane], batch.zone[g, z, MULTIPLIER, lane]
            if b >= 0 and count > 0.0 and part.granted[z, lane] < 0.0:
                sums[b, _COOL_NOW] += count * (part.latent[z, lane] - part.granted[z, lane])


@compiled(forceinline=True)
def _grant_group(batch, state, held, g, k, weather, dt, work, owner, sums, zone_totals):
    """Grant all zones of a group what their buildings' plants deliver, latent cooling included."""
    b0, b1 = held[g, 0], held[g, 1]
    for _ in range(_GRANT_SWEEPS):
        for b in range(b0, b1):
            sums[b, _COOL_NOW] = 0.0
        if not _grant(
            batch, state, held, g, k, weather, dt, work.zone, work.base, work.pre, owner, sums, zone_totals
        ):
            break
        _add_cooling(batch, g, work.zone, owner, sums)
        if not _correct_factors(sums, b0, b1):
            break


@compiled(forceinline=True)
def _report(batch, state, g, k, part, owner, out, zone_series):
    """Add the zones' heat to their buildings' columns and keep the zones' series."""
    keep = zone_series.shape[0] > 0
    for z in range(batch.rows[g]):
        for lane in range(LANES):
            b = owner[g, z, lane]
            count = batch.zone[g, z, MULTIPLIER, lane]
            if b < 0 or count == 0.0:
                continue
            heat, latent = part.granted[z, lane], part.latent[z, lane]
            out[k, b, SENSIBLE_COOLING] += 1e-3 * count * max(-heat, 0.0)
            out[k, b, SPACE_HEATING] += 1e-3 * count * max(heat, 0.0)
            out[k, b, LATENT_COOLING] += 1e-3 * count * latent
        if keep:
            there = at(batch.zone, (g, z, MULTIPLIER)) > 0.0
            put(zone_series, (k, OUT_TEMP, g, z), where(there, at(state.temp, (g, z)), 0.0))
            put(zone_series, (k, OUT_HUMIDITY, g, z), where(there, at(state.humidity, (g, z)), 0.0))
            put(zone_series, (k, OUT_SENSIBLE, g, z), where(there, at(part.granted, (z,)), 0.0))
            put(zone_series, (k, OUT_LATENT, g, z), where(there, at(part.latent, (z,)), 0.0))
            put(zone_series, (k, OUT_RADIANT, g, z), where(there, at(part.mean_radiant, (z,)), 0.0))


@compiled(forceinline=True)
def _find_demand(batch, state, g, k, forcing, weather, buildings, dt, work, totals):
    """Free response and demand of a group; before that the demand with pre-conditioning, where it is allowed.

    A loop, so that the machine code of a demand stands here once.
    """
    part, sums, owner = work.zone, work.totals, buildings.owner
    stage, renewed, ahead, shifted = _TRIAL, False, False, False
    for b in range(buildings.held[g, 0], buildings.held[g, 1]):
        ahead = ahead or sums[b, _AHEAD_K] > 0.0
        shifted = shifted or sums[b, _AHEAD_K] > 0.0 or sums[b, _NOW_K] < 0.0
    while True:
        if stage == _TRIAL:
            free_response(batch, state, g, k, forcing, weather, dt, part)
            if renewed or not films_outdated(batch, state, g, dt, part):
                stage = _AHEAD if ahead else _NOW
        if shifted and stage != _TRIAL:
            column = _AHEAD_K if stage == _AHEAD else _NOW_K
            _shift_setpoints(batch, g, k, forcing, part, owner, sums, column)
        demand(batch, state, g, k, weather, dt, stage != _AHEAD, part, totals)
        cool, heat = _asked(batch, g, part)
        # films need no moisture, and what is ahead none unless something is cooled
        if stage == _NOW or (stage == _AHEAD and cool > 0.0):
            moisture(batch, state, g, k, weather, dt, part.plant, part)
        if stage == _NOW:
            return
        if stage == _TRIAL:
            refresh_films(batch, state, g, dt, part)
            renewed = True
        else:
            if cool > 0.0 or heat > 0.0:
                _add_demand(batch, g, part, owner, sums, _PRE_COOL, _PRE_HEAT)
            for z in range(batch.rows[g]):
                put(work.pre, (z,), at(part.plant, (z,)))
            stage = _NOW


@compiled()
def march_buildings(
    batch,
    state,
    forcing,
    weather,
    buildings,
    equipment,
    soc,
    sessions,
    first,
    last,
    dt,
    work,
    totals,
    out,
    zone_series,
):
    """March every building from step `first` to `last`.

    Parameters
    ----------
    batch, state : ThermalBatch, ThermalState
    forcing, weather : ndarray
        Tables of the thermal model.
    buildings : BuildingBatch
    equipment : Equipment
        Plant rooms, their state and books.
    soc : (B, 1)
        State of charge of each battery.
    sessions : (S,) EV_SESSION records
    totals : (G, N_TOTALS, Z, L)
    out : (n, B, N_OUTCOME)
    zone_series : (n, N_SERIES, G, Z, L), or zero steps to keep none
    """
    dt_h = dt / 3600.0
    batch, state, buildings, work = borrowed(batch), borrowed(state), borrowed(buildings), borrowed(work)
    forcing, weather, soc, sessions = borrowed(forcing), borrowed(weather), borrowed(soc), borrowed(sessions)
    totals, out, zone_series = borrowed(totals), borrowed(out), borrowed(zone_series)
    equipment = borrowed(equipment)
    sums, owner, part = work.totals, buildings.owner, work.zone
    their, rooms, shared = lent(buildings), lent(equipment), lent(work)
    for g in range(batch.rows.shape[0]):
        b0, b1 = buildings.held[g, 0], buildings.held[g, 1]
        for k in range(first, last):
            for b in range(b0, b1):
                for j in range(_N_SUMS):
                    sums[b, j] = 0.0
                _know_shifts(buildings, b, k, sums)
            _find_demand(batch, state, g, k, forcing, weather, buildings, dt, work, totals)
            _add_zones(batch, state, g, part, owner, sums)
            for z in range(batch.rows[g]):
                put(work.base, (z,), at(part.plant, (z,)))
            temp_out = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
            for b in range(b0, b1):
                before = out[k - 1, b] if k > 0 else out[k, b]
                _serve_building(their, rooms, b, k, temp_out, dt_h, soc, sessions, shared, before, out[k, b])
            _grant_group(batch, state, buildings.held, g, k, weather, dt, work, owner, sums, totals)
            advance(batch, state, g, dt, part, totals)
            _report(batch, state, g, k, part, owner, out, zone_series)
