"""Heating and cooling plant (冷热源) of a building, as kernels read it.

A plant is one record: a cooling machine, a heating machine or boiler, its pumps, tower and terminal
fans. Loads are totals over the building's zones in W (cooling: sensible plus latent), positive both
ways. Powers are electric inputs in W at the board; gas is the fuel input on the lower heating value.
`units` equal machines are switched on one after the other and share the load.

`standby_power_w` is the draw of a plant that neither heats nor cools; the other functions give 0 at no load.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.endpoints import dc_demand_factor
from buildings.systems.frost import air_air_frost as frost_factors
from buildings.systems.performance_curves import (
    CONDENSER_WATER,
    MACHINE,
    load_machine,
    machine_capacity_w,
    machine_input_w,
    outside_range,
)
from buildings.systems.records import Record, entry, positive

HEAT_PUMP = 0
BOILER = 1
_HEATING_KINDS = {"heat_pump": HEAT_PUMP, "boiler": BOILER}
_COOLING_RATING = {"wet_bulb_in": 19.0, "fixed": 7.0}
_COOLING_OUTDOOR = {"dry_bulb_out": 35.0, "condenser_water": 30.0}
_HEATING_OUTDOOR = {"dry_bulb_out": 7.0, "wet_bulb_out": 6.0}

PLANT = np.dtype(
    [
        ("cooling", MACHINE),
        ("heating", MACHINE),
        ("heating_kind", np.int64),
        ("units", np.int64),
        ("frost", np.int64),
        ("boiler_efficiency", np.float64),
        ("boiler_curve", np.float64, (4,)),
        ("boiler_part_load_min", np.float64),
        ("chilled_pump", np.float64),
        ("chilled_pump_min", np.float64),
        ("condenser_pump", np.float64),
        ("condenser_pump_min", np.float64),
        ("heating_pump", np.float64),
        ("heating_pump_min", np.float64),
        ("tower_fan", np.float64),
        ("terminal_fan", np.float64),
        ("standby_w", np.float64),
        ("apparatus_dew_point_c", np.float64),
    ],
    align=True,
)


def load_plant(
    key: str, cooling_capacity_w: float, heating_capacity_w: float | None = None, *, dc_supply: bool = False
) -> Record:
    """Record of a plant of the library at given sizes.

    Parameters
    ----------
    key : str
        Key in `data/hvac_equipment.yaml`, such as ``vrf_2010``.
    cooling_capacity_w : float
        Total (sensible plus latent) capacity at the cooling rating point, all units together [W].
    heating_capacity_w : float, optional
        Capacity at the heating rating point [W]; by default the library's share of the cooling capacity.
    dc_supply : bool, optional
        Fed from a DC bus: machines with a variable-speed drive leave out its rectifier, which raises their
        ratios (`endpoints.dc_demand_factor`, assumed). Constant-speed machines and boilers gain nothing.

    Returns
    -------
    numpy.void
        Record of dtype `PLANT`.

    Raises
    ------
    TwinError
        If the key is unknown or a capacity is not positive.
    """
    values = entry("hvac_equipment", key)
    cooling_w = positive(cooling_capacity_w, "cooling_capacity")
    wanted = heating_capacity_w
    if wanted is None:
        wanted = cooling_w * values["heating"]["per_cooling"]
    heating_w = positive(wanted, "heating_capacity")
    row = np.zeros(1, PLANT)
    row["cooling"] = _cooling_machine(values, cooling_w)
    _set_heating(row, values, heating_w)
    if dc_supply and values["variable_speed"]:
        row["cooling"]["ratio"] /= dc_demand_factor("hvac")
        row["heating"]["ratio"] /= dc_demand_factor("hvac")
    row["units"] = values.get("units", 1)
    row["frost"] = int(values["frost"])
    for name in ("chilled_pump", "condenser_pump", "heating_pump"):
        pump = values.get(name, {"share": 0.0, "min_share": 0.0})
        row[name], row[f"{name}_min"] = pump["share"], pump["min_share"]
    row["tower_fan"] = values.get("tower_fan", 0.0)
    row["terminal_fan"] = values.get("terminal_fan", 0.0)
    row["standby_w"] = values["standby"] * cooling_w / values["cooling"]["ratio"]
    row["apparatus_dew_point_c"] = values["apparatus_dew_point_c"]
    return row[0]


def _cooling_machine(values: dict[str, Any], rated_w: float) -> np.ndarray:
    cooling = values["cooling"]
    curves = entry("hvac_curves", cooling["curves"])
    x = curves.get("x_fixed", _COOLING_RATING[curves["x"]])
    y = _COOLING_OUTDOOR[curves["y"]] + curves.get("condenser_range_k", 0.0)
    return load_machine(cooling["curves"], rated_w, cooling["ratio"], (x, y), values.get("approach_k", 0.0))


def _set_heating(row: np.ndarray, values: dict[str, Any], rated_w: float) -> None:
    heating = values["heating"]
    kind = _HEATING_KINDS[heating["kind"]]
    row["heating_kind"] = kind
    curves = entry("hvac_curves", heating["curves"])
    if kind == BOILER:
        row["heating"] = load_machine("constant", rated_w, 1.0, (0.0, 0.0), 0.0)
        curve = np.array(curves["efficiency"], float)
        row["boiler_curve"] = curve / curve.sum()
        row["boiler_efficiency"] = heating["ratio"]
        row["boiler_part_load_min"] = curves["part_load_min"]
        return
    point = (curves["x_fixed"], _HEATING_OUTDOOR[curves["y"]])
    row["heating"] = load_machine(heating["curves"], rated_w, heating["ratio"], point, 0.0)


def plant_source(key: str) -> dict[str, Any]:
    """Ratios, sources, year and confidence of a plant of the library, for `describe`.

    Raises
    ------
    TwinError
        If the key is unknown.
    """
    values = entry("hvac_equipment", key)
    names = ("ratio_source", "auxiliary_source", "year", "confidence", "name_zh")
    found: dict[str, Any] = {name: values[name] for name in names if name in values}
    found["cooling_ratio"] = values["cooling"]["ratio"]
    found["heating_ratio"] = values["heating"]["ratio"]
    for side in ("cooling", "heating"):
        found[f"{side}_curves_source"] = entry("hvac_curves", values[side]["curves"])["source"]
    return found


@compiled()
def cooling_capacity_w(t_out: float, wb_out: float, wb_in: float, plant: Record) -> float:
    """Total cooling capacity of all units [W] at outdoor dry and wet bulb and indoor wet bulb [°C]."""
    return machine_capacity_w(t_out, wb_out, wb_in, plant.cooling)


@compiled()
def heating_capacity_w(t_out: float, wb_out: float, plant: Record) -> float:
    """Heating capacity of all units [W] at outdoor dry and wet bulb [°C], after frost and defrosting."""
    if plant.heating_kind == BOILER:
        return plant.heating.rated_w
    dry = machine_capacity_w(t_out, wb_out, 0.0, plant.heating)
    if plant.frost == 0:
        return dry
    capacity, _, load, _ = frost_factors(t_out, wb_out)
    return max(dry * capacity - load * plant.heating.rated_w, 0.0)


@compiled()
def _units_on(part_load: float, plant: Record) -> int:
    return min(max(math.ceil(part_load * plant.units - 1e-9), 1), plant.units)


@compiled()
def _pump_w(share: float, lowest: float, rated_w: float, unit_load: float, on: int, plant: Record) -> float:
    """Power of the pumps that belong to the running units."""
    return share * rated_w * on / plant.units * max(unit_load, lowest)


@compiled()
def _cooling_pumps_w(unit_load: float, on: int, plant: Record) -> float:
    rated = plant.cooling.rated_w
    return _pump_w(plant.chilled_pump, plant.chilled_pump_min, rated, unit_load, on, plant) + _pump_w(
        plant.condenser_pump, plant.condenser_pump_min, rated, unit_load, on, plant
    )


@compiled()
def _cooling_staged_w(
    q_w: float, on: int, capacity_w: float, t_out: float, wb_out: float, wb_in: float, plant: Record
) -> float:
    """Electric input [W] at a load with `on` units running."""
    share = on / plant.units
    unit_load = q_w / (capacity_w * share)
    compressor = machine_input_w(unit_load, capacity_w * share, t_out, wb_out, wb_in, plant.cooling)
    tower = 0.0
    if plant.cooling.y_source == CONDENSER_WATER:
        tower = plant.tower_fan * (q_w + compressor)
    return compressor + tower + plant.terminal_fan * q_w + _cooling_pumps_w(unit_load, on, plant)


@compiled()
def cooling_power_w(q_total_w: float, t_out: float, wb_out: float, wb_in: float, plant: Record) -> float:
    """Electric input for a cooling load.

    Parameters
    ----------
    q_total_w : float
        Sensible plus latent load, at most the capacity [W]; a higher one is extrapolated, not cut.
    t_out, wb_out : float
        Outdoor dry and wet bulb [°C].
    wb_in : float
        Wet bulb at the indoor coil [°C].
    plant : PLANT record

    Returns
    -------
    float
        Compressors, tower, pumps and terminal fans together [W].
    """
    if q_total_w <= 0.0:
        return 0.0
    capacity = cooling_capacity_w(t_out, wb_out, wb_in, plant)
    on = _units_on(q_total_w / capacity, plant)
    return _cooling_staged_w(q_total_w, on, capacity, t_out, wb_out, wb_in, plant)


@compiled()
def cooling_pump_power_w(q_total_w: float, t_out: float, wb_out: float, wb_in: float, plant: Record) -> float:
    """The pumps' part [W] of `cooling_power_w`."""
    if q_total_w <= 0.0:
        return 0.0
    part_load = q_total_w / cooling_capacity_w(t_out, wb_out, wb_in, plant)
    on = _units_on(part_load, plant)
    return _cooling_pumps_w(part_load * plant.units / on, on, plant)


@compiled()
def _heating_staged_w(
    q_w: float, on: int, capacity_w: float, t_out: float, wb_out: float, plant: Record
) -> float:
    """Electric input [W] at a heating load with `on` units running."""
    share = on / plant.units
    unit_load = q_w / (capacity_w * share)
    fans = plant.terminal_fan * q_w
    rated = plant.heating.rated_w
    pumps = _pump_w(plant.heating_pump, plant.heating_pump_min, rated, unit_load, on, plant)
    if plant.heating_kind == BOILER:
        return pumps + fans
    dry = machine_capacity_w(t_out, wb_out, 0.0, plant.heating) * share
    compressor = machine_input_w(unit_load, dry, t_out, wb_out, 0.0, plant.heating)
    if plant.frost == 1:
        _, factor, _, defrost = frost_factors(t_out, wb_out)
        # a coil frosts, and is defrosted, only while its machine runs
        running = min(unit_load, 1.0)
        compressor = compressor * factor + defrost * rated * share * running
    return compressor + fans + pumps


@compiled()
def heating_power_w(q_w: float, t_out: float, wb_out: float, plant: Record) -> tuple[float, float]:
    """Inputs for a heating load.

    Parameters
    ----------
    q_w : float
        Heat delivered, at most the capacity [W].
    t_out, wb_out : float
        Outdoor dry and wet bulb [°C].
    plant : PLANT record

    Returns
    -------
    electric_w, gas_w : float
        Electricity, and fuel on the lower heating value [W].
    """
    if q_w <= 0.0:
        return 0.0, 0.0
    capacity = heating_capacity_w(t_out, wb_out, plant)
    part_load = q_w / capacity
    on = _units_on(part_load, plant)
    electric = _heating_staged_w(q_w, on, capacity, t_out, wb_out, plant)
    if plant.heating_kind != BOILER:
        return electric, 0.0
    r = min(max(part_load * plant.units / on, plant.boiler_part_load_min), 1.0)
    c = plant.boiler_curve
    efficiency = plant.boiler_efficiency * (c[0] + r * (c[1] + r * (c[2] + r * c[3])))
    return electric, q_w / efficiency


@compiled()
def heating_pump_power_w(q_w: float, t_out: float, wb_out: float, plant: Record) -> float:
    """The pumps' part [W] of the electricity of `heating_power_w`."""
    if q_w <= 0.0:
        return 0.0
    part_load = q_w / heating_capacity_w(t_out, wb_out, plant)
    on = _units_on(part_load, plant)
    unit_load = part_load * plant.units / on
    return _pump_w(plant.heating_pump, plant.heating_pump_min, plant.heating.rated_w, unit_load, on, plant)


@compiled()
def standby_power_w(plant: Record) -> float:
    """Draw [W] of crankcase heaters and electronics while the plant neither heats nor cools."""
    return plant.standby_w


@compiled()
def curves_left(t_out: float, wb_out: float, wb_in: float, heating: bool, plant: Record) -> bool:
    """Whether the plant runs outside the range of its curves, whose inputs are then held at the edge."""
    if heating:
        return plant.heating_kind == HEAT_PUMP and outside_range(t_out, wb_out, 0.0, plant.heating)
    return outside_range(t_out, wb_out, wb_in, plant.cooling)


@compiled()
def _staged_w(
    heating: bool,
    q_w: float,
    on: int,
    capacity_w: float,
    t_out: float,
    wb_out: float,
    wb_in: float,
    plant: Record,
) -> float:
    if heating:
        return _heating_staged_w(q_w, on, capacity_w, t_out, wb_out, plant)
    return _cooling_staged_w(q_w, on, capacity_w, t_out, wb_out, wb_in, plant)


@compiled()
def _load_at_power_w(
    heating: bool,
    power_w: float,
    capacity_w: float,
    t_out: float,
    wb_out: float,
    wb_in: float,
    plant: Record,
) -> float:
    """Largest load at which the electric input does not exceed `power_w`.

    Each stage rises with the load but starts with its pumps, so the stages are tried from the highest.
    Within one, bisection narrows a secant's bracket until both ends agree to 1e-10 of the capacity.
    """
    if power_w <= 0.0 or capacity_w <= 0.0:
        return 0.0
    for on in range(plant.units, 0, -1):
        top = capacity_w if on == plant.units else capacity_w * on / plant.units
        f_top = _staged_w(heating, top, on, capacity_w, t_out, wb_out, wb_in, plant) - power_w
        if f_top <= 0.0:
            return top
        bottom = capacity_w * (on - 1) / plant.units
        f_bottom = _staged_w(heating, bottom, on, capacity_w, t_out, wb_out, wb_in, plant) - power_w
        if f_bottom > 0.0:
            continue
        for k in range(80):
            q = bottom + (top - bottom) * 0.5
            if k % 3 != 2:
                q = bottom - f_bottom * (top - bottom) / (f_top - f_bottom)
            f = _staged_w(heating, q, on, capacity_w, t_out, wb_out, wb_in, plant) - power_w
            if f > 0.0:
                top, f_top = q, f
            else:
                bottom, f_bottom = q, f
            if top - bottom < 1e-10 * capacity_w or f == 0.0:
                break
        return bottom
    return 0.0


@compiled()
def cooling_load_at_power(power_w: float, t_out: float, wb_out: float, wb_in: float, plant: Record) -> float:
    """Largest cooling load [W] that an allowed electric input [W] can serve."""
    capacity = cooling_capacity_w(t_out, wb_out, wb_in, plant)
    return _load_at_power_w(False, power_w, capacity, t_out, wb_out, wb_in, plant)


@compiled()
def heating_load_at_power(power_w: float, t_out: float, wb_out: float, plant: Record) -> float:
    """Largest heating load [W] that an allowed electric input [W] can serve."""
    capacity = heating_capacity_w(t_out, wb_out, plant)
    return _load_at_power_w(True, power_w, capacity, t_out, wb_out, 0.0, plant)
