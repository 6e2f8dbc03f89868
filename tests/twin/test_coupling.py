"""The coupled march: what plant, zones, battery, vehicles and bus say of each other agrees at every step."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from buildings.systems.ev import vehicle_rate_kw
from buildings.systems.plant import (
    cooling_capacity_w,
    cooling_power_w,
    cooling_pump_power_w,
    heating_capacity_w,
    heating_power_w,
    heating_pump_power_w,
    standby_power_w,
)
from buildings.thermal.layout import COOLING_SETPOINT, HEATING_SETPOINT
from twin.coupling import wet_bulb_room
from twin.project import load
from weather.psychrometrics import relative_humidity, wet_bulb

EXAMPLES = sorted(e.name for e in files("twin").joinpath("examples").iterdir() if e.name.endswith(".yaml"))
EXACT_KW = 1e-9
SMALL_BOILER: dict[str, Any] = {"type": "chiller_boiler", "equipment": "chiller_boiler_2020"}


@pytest.fixture(scope="session")
def example(marches: ModuleType) -> Any:
    """Marches of the bundled examples, each once in a session."""
    kept: dict[str, Any] = {}

    def get(name: str) -> Any:
        if name not in kept:
            with as_file(files("twin") / "examples") as folder:
                loaded = load(folder / name)
            kept[name] = marches.marched(marches.prepare(loaded.project, loaded.climate))
        return kept[name]

    return get


def variants(marches: ModuleType) -> dict[str, Any]:
    """Marches of the hall under every kind of plant and control."""
    hall, systems = marches.hall, marches.PEDF
    ac = {key: systems[key] for key in ("pv", "battery", "ev")}
    tight = {"type": "droop", "precool": 2, "demand_limit": "6 kW"}
    return {
        "plain": marches.march_of(hall()),
        "small plant": marches.march_of(hall(hvac={"type": "vrf", "cooling_capacity": "10 kW"})),
        "rules": marches.march_of(hall(**ac, control={"type": "rules", "demand_limit": "10 kW"})),
        "droop": marches.march_of(hall(**systems)),
        "tight droop": marches.march_of(hall(**{**systems, "control": tight})),
        "boiler": marches.march_of(hall(hvac=SMALL_BOILER)),
        "boiler under droop": marches.march_of(hall(**{**systems, "control": tight}, hvac=SMALL_BOILER)),
        "lending": marches.march_of(
            hall(**{**systems, "ev": {**systems["ev"], "v2b": True}, "control": tight})
        ),
    }


VARIANTS = (
    "plain", "small plant", "rules", "droop", "tight droop", "boiler", "boiler under droop", "lending"
)  # fmt: skip


@pytest.fixture(scope="session")
def variant(marches: ModuleType) -> dict[str, Any]:
    """See `variants`."""
    return variants(marches)


# --- balances -------------------------------------------------------------------------------------------


def check_balances(marches: ModuleType, march: Any) -> float:
    """Board, battery and zones of every building; returns the largest imbalance [kW]."""
    worst = 0.0
    for b, prepared in enumerate(march.before.prepared):
        name = prepared.description.name
        table = march.series(name)
        gap = np.abs(marches.imbalance(table))
        assert gap.max() <= EXACT_KW
        assert march.column("bus_residual_kw", b).max() <= EXACT_KW
        worst = max(worst, float(gap.max()))
        check_battery(march, b, table)
        check_zones(march, b, table)
    return worst


def check_battery(march: Any, b: int, table: pd.DataFrame) -> None:
    store = march.prepared(b).description.systems.battery
    if store is None:
        assert table["battery_soc"].isna().all()
        assert not table[["battery_charge_kw", "battery_discharge_kw", "battery_loss_kw"]].any(axis=None)
        return
    moved = table["battery_charge_kw"] - table["battery_discharge_kw"] - table["battery_loss_kw"]
    change = np.diff(table["battery_soc"], prepend=store.soc_initial) * store.capacity
    np.testing.assert_allclose(moved * march.hours(), change, atol=1e-9)
    assert table["battery_soc"].between(store.soc_min - 0.01, store.soc_max + 1e-9).all()
    assert table["battery_charge_kw"].max() <= store.power + EXACT_KW
    assert table["battery_discharge_kw"].max() <= store.power + EXACT_KW
    assert not ((table["battery_charge_kw"] > 0.0) & (table["battery_discharge_kw"] > 0.0)).any()


def check_zones(march: Any, b: int, table: pd.DataFrame) -> None:
    description = march.prepared(b).description
    sums = np.zeros((3, len(table)))
    for zone in description.zones:
        own = march.zone(zone.name, description.name)
        sums[0] += zone.multiplier * np.maximum(-own["sensible_kw"], 0.0)
        sums[1] += zone.multiplier * np.maximum(own["sensible_kw"], 0.0)
        sums[2] += zone.multiplier * own["latent_kw"]
    for row, name in zip(sums, ("sensible_cooling_kw", "space_heating_kw", "latent_cooling_kw"), strict=True):
        np.testing.assert_allclose(row, table[name], atol=EXACT_KW, err_msg=name)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_step_closes(marches: ModuleType, variant: dict[str, Any], name: str) -> None:
    check_balances(marches, variant[name])


@pytest.mark.long
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_of_the_examples_closes(
    marches: ModuleType, example: Any, name: str, figure: Callable[[str], None]
) -> None:
    """Acceptance 5 of the first issue asks for 1e-6 kW."""
    march = example(name)
    worst = check_balances(marches, march)
    residuals = march.run.summary["residuals"]
    assert max(residuals.values()) < 1e-9
    shown = ", ".join(f"{key} {value:.1e}" for key, value in residuals.items())
    figure(f"{name}: imbalance at most {worst:.1e} kW; relative residuals: {shown}")


# --- plant ----------------------------------------------------------------------------------------------


def air_before(march: Any, k: int, b: int = 0) -> tuple[float, float]:
    """Temperature and humidity ratio of the served zones before step k, by air mass."""
    building = march.prepared(b).description
    served = [z for z in building.zones if z.conditioned]
    weights = [z.multiplier * z.volume for z in served]
    frames = [march.zone(z.name, building.name) for z in served]
    temp = np.average([f["temp_air_c"].iloc[k - 1] for f in frames], weights=weights)
    humid = np.average([f["humidity_ratio"].iloc[k - 1] for f in frames], weights=weights)
    return float(temp), float(humid)


def at_step(march: Any, k: int, b: int = 0) -> dict[str, float]:
    """Loads of a step, what plant functions make of them, and what the march wrote [W]."""
    plant, weather = march.before.buildings.plant[b], march.before.weather
    out = float(0.5 * (weather.temp_air[k] + weather.temp_air[k + 1]))
    wet_out = float(march.before.buildings.wet_bulb_out[k])
    wet_in = wet_bulb_room(*air_before(march, k, b))
    cool = 1e3 * (march.column("sensible_cooling_kw", b)[k] + march.column("latent_cooling_kw", b)[k])
    heat = 1e3 * march.column("space_heating_kw", b)[k]
    heating, gas = heating_power_w(heat, out, wet_out, plant)
    pumps = cooling_pump_power_w(cool, out, wet_out, wet_in, plant)
    pumps += heating_pump_power_w(heat, out, wet_out, plant)
    return {
        "cool": cool,
        "heat": heat,
        "cool_cap": cooling_capacity_w(out, wet_out, wet_in, plant),
        "heat_cap": heating_capacity_w(out, wet_out, plant),
        "electric": cooling_power_w(cool, out, wet_out, wet_in, plant) + heating,
        "pumps": pumps,
        "gas": gas,
        "standby": standby_power_w(plant),
        "written": 1e3 * sum(march.column(c, b)[k] for c in ("cooling_kw", "heating_kw", "pumps_kw")),
        "written_pumps": 1e3 * march.column("pumps_kw", b)[k],
        "written_gas": 1e3 * march.column("gas_kw", b)[k],
    }


def lowest_power(march: Any, k: int) -> float:
    """Electric input of the plant at hardly any load, cooling or heating [W]."""
    plant, weather = march.before.buildings.plant[0], march.before.weather
    out, wet_out = float(weather.temp_air[k : k + 2].mean()), float(march.before.buildings.wet_bulb_out[k])
    wet_in = wet_bulb_room(*air_before(march, k))
    return max(
        cooling_power_w(1e-3, out, wet_out, wet_in, plant), heating_power_w(1e-3, out, wet_out, plant)[0]
    )


def busy_steps(march: Any, count: int = 150) -> list[int]:
    """Steps spread over the year, and those in which the bus moved the plant or its capacity bound it."""
    table = march.series()
    moved = (table["hvac_shed_kw"] > 1e-6) | (table["unmet_cooling_kw"] + table["unmet_heating_kw"] > 1e-6)
    moved |= table["bus_voltage_pu"] > 1.02
    rng = np.random.default_rng(7)
    spread = set(rng.choice(np.arange(1, len(table)), count, replace=False))
    special = np.flatnonzero(moved)[1:]
    return sorted(int(k) for k in spread | set(rng.permutation(special)[:count]))


@pytest.mark.parametrize("name", VARIANTS)
def test_electricity_and_gas_are_the_plants_for_the_heat_moved(variant: dict[str, Any], name: str) -> None:
    """Also where the bus sheds, where it pre-cools and where the capacity binds.

    Only the standby of a plant that neither heats nor cools may differ: a low voltage cuts into it, and a
    plant that pre-cools out of standby keeps part of it.
    """
    march = variant[name]
    for k in busy_steps(march):
        step = at_step(march, k)
        idle = step["cool"] == 0.0 and step["heat"] == 0.0
        needed = step["standby"] if idle else step["electric"]
        slack = step["standby"] if "droop" in name or name == "lending" else 0.0
        if idle and slack > 0.0:
            # granted less than the pumps of one machine take: it draws that, and nothing comes of it
            slack = max(slack, lowest_power(march, k))
        assert abs(step["written"] - needed) <= slack + 1e-6 * needed + 1e-3, (k, step)
        assert step["written_pumps"] == pytest.approx(step["pumps"], rel=1e-6, abs=1e-3)
        assert step["written_gas"] == pytest.approx(step["gas"], rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_plant_never_gives_more_than_it_has(variant: dict[str, Any], name: str) -> None:
    march = variant[name]
    for k in busy_steps(march):
        step = at_step(march, k)
        assert step["cool"] <= step["cool_cap"] * (1 + 1e-8), (k, step)
        assert step["heat"] <= step["heat_cap"] * (1 + 1e-8), (k, step)


def test_an_attic_that_nobody_cools_does_not_reach_the_coil(example: Any) -> None:
    """The house's attic bakes at over 40 degC; the coil sees the air of the served rooms alone."""
    march = example("shanghai_house.yaml")
    table = march.series("house")
    attic = march.zone("attic", "house")["temp_air_c"]
    steps = np.flatnonzero((table["sensible_cooling_kw"] > 0.3) & (attic > 38.0))[:100]
    assert len(steps) == 100
    for k in steps:
        step = at_step(march, int(k))
        assert step["written"] == pytest.approx(step["electric"], rel=1e-9)


@settings(deadline=None)  # the first call compiles
@given(temp=st.floats(12.0, 32.0), humid=st.floats(0.003, 0.030))
def test_wet_bulb_of_room_air_is_the_psychrometric_one(temp: float, humid: float) -> None:
    """Against psychrolib (ASHRAE's formulas), within the 0.15 K of the docstring."""
    assume(relative_humidity(temp, humid, 101325.0) <= 100.0)
    exact = float(wet_bulb(temp, humid, 101325.0))
    assume(5.0 <= exact <= 35.0)
    assert wet_bulb_room(temp, humid) == pytest.approx(exact, abs=0.15)


# --- zones ----------------------------------------------------------------------------------------------


def test_set_points_hold_while_the_plant_suffices(marches: ModuleType, variant: dict[str, Any]) -> None:
    march = variant["plain"]
    table, zone = march.series(), march.zone()
    plant = march.before
    group, row, lane = march.prepared().place["hall"]
    heat = plant.forcing[:, plant.batch.zone_series[group, row, HEATING_SETPOINT, lane]]
    cool = plant.forcing[:, plant.batch.zone_series[group, row, COOLING_SETPOINT, lane]]
    enough = (table["unmet_cooling_kw"] + table["unmet_heating_kw"] == 0.0).to_numpy()
    temp = zone["temp_air_c"].to_numpy()
    assert not (enough & (np.abs(heat) < 100.0) & (temp < heat - 1e-5)).any()
    assert not (enough & (np.abs(cool) < 100.0) & (temp > cool + 1e-5)).any()
    assert enough.mean() > 0.97
    heating, cooling = table["space_heating_kw"] > 0.0, table["sensible_cooling_kw"] > 0.0
    assert not (heating & cooling).any()
    heated, cooled = enough & heating.to_numpy(), enough & cooling.to_numpy()
    np.testing.assert_allclose(temp[heated], heat[heated], atol=1e-5)
    np.testing.assert_allclose(temp[cooled], cool[cooled], atol=1e-5)
    assert heated.sum() > 300
    assert cooled.sum() > 500


def test_a_plant_too_small_says_what_it_left_unmet(variant: dict[str, Any]) -> None:
    """Half the capacity: the hall is warmer than its set-point exactly where cooling is booked as unmet."""
    march = variant["small plant"]
    group, row, lane = march.prepared().place["hall"]
    before = march.before
    cool = before.forcing[:, before.batch.zone_series[group, row, COOLING_SETPOINT, lane]]
    too_warm = march.zone()["temp_air_c"].to_numpy() > cool + 1e-5
    unmet = march.series()["unmet_cooling_kw"].to_numpy() > 0.0
    assert too_warm.sum() > 100
    assert (unmet == too_warm).mean() > 0.999
    hours = march.run.summary["counters"]["hall"]["hours_plant_at_capacity"]
    assert hours >= too_warm.sum()


def test_a_zone_without_plant_floats(example: Any) -> None:
    attic = example("shanghai_house.yaml").zone("attic", "house")
    assert not attic[["sensible_kw", "latent_kw"]].any(axis=None)
    assert attic["temp_air_c"].max() > 38.0
    assert attic["temp_air_c"].min() < 8.0


def test_less_power_leaves_a_zone_warmer(marches: ModuleType, variant: dict[str, Any]) -> None:
    """What the bus sheds is missing from the zone: less electricity, less cooling, a warmer hall."""
    ample = marches.march_of(
        marches.hall(**{**marches.PEDF, "control": {"type": "droop", "precool": 0, "demand_limit": "60 kW"}})
    )
    tight = marches.march_of(
        marches.hall(**{**marches.PEDF, "control": {"type": "droop", "precool": 0, "demand_limit": "6 kW"}})
    )
    shed = tight.series()["hvac_shed_kw"].to_numpy() > 0.05
    cooling = tight.series()["sensible_cooling_kw"].to_numpy() > 0.0
    steps = np.flatnonzero(shed & cooling)
    assert len(steps) > 10
    warmer = tight.zone()["temp_air_c"].to_numpy()[steps] - ample.zone()["temp_air_c"].to_numpy()[steps]
    assert (warmer > 0.0).all()
    assert (tight.series()["unmet_cooling_kw"].to_numpy()[steps] > 0.0).all()
    power = [m.series()["cooling_kw"].to_numpy()[steps].sum() for m in (ample, tight)]
    assert power[1] < power[0]


# --- bus ------------------------------------------------------------------------------------------------


def test_pre_cooling_needs_a_bus_that_asks_for_it(marches: ModuleType, variant: dict[str, Any]) -> None:
    """Only under droop, only above 1.02 p.u. is a hall cooled below its set-point or heated above it."""
    march = variant["droop"]
    plant = march.before
    group, row, lane = march.prepared().place["hall"]
    cool = plant.forcing[:, plant.batch.zone_series[group, row, COOLING_SETPOINT, lane]]
    heat = plant.forcing[:, plant.batch.zone_series[group, row, HEATING_SETPOINT, lane]]
    table, temp = march.series(), march.zone()["temp_air_c"].to_numpy()
    colder = (table["sensible_cooling_kw"] > 0.0).to_numpy() & (temp < cool - 1e-6)
    warmer = (table["space_heating_kw"] > 0.0).to_numpy() & (temp > heat + 1e-6)
    voltage = table["bus_voltage_pu"].to_numpy()
    assert colder.sum() > 100
    assert warmer.sum() > 20
    assert voltage[colder | warmer].min() > 1.02
    assert (temp[colder] >= cool[colder] - 1.0 - 1e-9).all()
    for name in ("plain", "rules"):
        other = variant[name]
        taken = (other.series()["sensible_cooling_kw"] > 0.0).to_numpy()
        assert (other.zone()["temp_air_c"].to_numpy()[taken] >= cool[taken] - 1e-9).all()


def test_a_building_without_bus_has_no_voltage(variant: dict[str, Any]) -> None:
    for name in ("plain", "rules", "boiler"):
        table = variant[name].series()
        assert table["bus_voltage_pu"].isna().all()
        assert not table[["hvac_shed_kw", "pv_curtailed_kw", "conversion_loss_kw"]].any(axis=None)
    assert variant["plain"].series()["grid_target_kw"].isna().all()
    voltage = variant["droop"].series()["bus_voltage_pu"]
    assert voltage.between(0.80, 1.07).all()


def test_rules_on_ac_hold_the_ceiling_while_the_battery_lasts(variant: dict[str, Any]) -> None:
    march = variant["rules"]
    table, store = march.series(), march.prepared().description.systems.battery
    above = table["grid_import_kw"] > 10.0 + EXACT_KW
    # the meter passes the ceiling only where the battery gives all it has: its rating, or its last charge
    spent = (table["battery_discharge_kw"] > store.power - 1e-6) | (
        table["battery_soc"] <= store.soc_min + 1e-6
    )
    assert (table["grid_import_kw"] > 9.99).sum() > 10
    assert spent[above].all()
    loads = ["lighting_kw", "equipment_kw", "fans_kw", "cooling_kw", "heating_kw", "ev_charge_kw"]
    surplus = table["pv_kw"] > table[loads].sum(axis=1) + 0.01
    full = table["battery_soc"].shift(fill_value=store.soc_initial) > store.soc_max - 0.01
    assert surplus.sum() > 300
    assert (table.loc[surplus & ~full, "battery_charge_kw"] > 0.0).all()


def test_the_meter_stays_at_the_demand_limit_while_the_bus_can(variant: dict[str, Any]) -> None:
    table = variant["droop"].series()
    held = table["bus_voltage_pu"] > 0.90
    assert table.loc[held, "grid_import_kw"].max() <= 14.0 + 1e-6
    # The meter may read half a per cent too much, so the interface holds a little less.
    assert (table["grid_import_kw"] > 0.99 * 14.0).sum() > 5


# --- vehicles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rules", "droop", "tight droop", "lending"])
def test_vehicles_leave_with_what_fits_into_their_stay(variant: dict[str, Any], name: str) -> None:
    march = variant[name]
    charger = march.before.buildings.electrical["charger"][0]
    before, after = march.before.sessions, march.after.sessions
    stay = (before["departure_step"] - before["arrival_step"]) * march.hours()
    fits = np.minimum(before["energy_kwh"], vehicle_rate_kw(charger["power_kw"], charger) * stay)
    got = before["energy_kwh"] - after["remaining_kwh"]
    assert march.column("unserved_kw").max() == 0.0 or name != "rules"
    missing = fits - got
    assert missing.max() <= (1e-6 if march.column("unserved_kw").max() < 1e-9 else 7.0)
    table = march.series()
    bought = (table["ev_charge_kw"] - table["ev_discharge_kw"]).sum() * march.hours()
    assert 0.85 * got.sum() < got.sum() < bought < 1.15 * got.sum()
    if name == "lending":
        assert table["ev_discharge_kw"].sum() > 0.0
    else:
        assert not table["ev_discharge_kw"].any()


def test_what_the_one_charger_takes_is_in_the_vehicles(marches: ModuleType) -> None:
    ev = {"chargers": 1, "power": "7 kW", "vehicles_per_day": 2}
    march = marches.march_of(marches.hall(ev=ev))
    charger = march.before.buildings.electrical["charger"][0]
    given_kwh = sum(vehicle_rate_kw(p, charger) for p in march.column("ev_charge_kw")) * march.hours()
    got = march.before.sessions["energy_kwh"] - march.after.sessions["remaining_kwh"]
    assert given_kwh == pytest.approx(got.sum(), rel=1e-9)


# --- batches --------------------------------------------------------------------------------------------


def assert_same(one: pd.DataFrame, other: pd.DataFrame, atol: float) -> None:
    for name in one.columns:
        np.testing.assert_allclose(
            one[name].to_numpy(), other[name].to_numpy(), atol=atol, rtol=1e-9, err_msg=str(name)
        )


def test_neighbours_in_a_batch_change_nothing(marches: ModuleType) -> None:
    """Twins and a stranger with another plant, other pre-cooling, another size: each marches as if alone."""
    droop = {**marches.PEDF, "control": {"type": "droop", "precool": 3, "demand_limit": "9 kW"}}
    halls = [
        marches.hall("first", **marches.PEDF),
        marches.hall("stranger", wall="thin", hvac=SMALL_BOILER, **droop),
        marches.hall("twin", **marches.PEDF),
        marches.hall("plain"),
    ]
    together = marches.march_of(*halls)
    for hall in halls:
        name = hall["name"]
        alone = marches.march_of(hall)
        assert_same(alone.series(name), together.series(name), 1e-9)
        assert_same(alone.zone("hall", name), together.zone("hall", name), 1e-9)
    assert_same(together.series("first"), together.series("twin"), 0.0)


@pytest.mark.parametrize("systems", ["plain", "droop"])
def test_three_floors_are_one_floor_times_three(marches: ModuleType, systems: str) -> None:
    """Three equal storeys written out, and one times three; adiabatic below, so that no soil differs."""
    own = {**marches.PEDF, "control": {"type": "droop", "demand_limit": "30 kW"}}
    once = marches.hall(multiplier=3, **(own if systems == "droop" else {}))
    once["surfaces"][0] = {**once["surfaces"][0], "boundary": "adiabatic", "construction": "wall"}
    zone = {**once["zones"][0], "multiplier": 1}
    thrice = {
        **once,
        "zones": [{**zone, "name": f"hall {i}"} for i in range(3)],
        "surfaces": [storey(surface, i) for i in range(3) for surface in once["surfaces"]],
    }
    one, three = marches.march_of(once).series(), marches.march_of(thrice).series()
    for name in ("cooling_kw", "heating_kw", "grid_import_kw", "space_heating_kw", "latent_cooling_kw"):
        assert one[name].sum() == pytest.approx(three[name].sum(), rel=1e-6), name
        np.testing.assert_allclose(one[name], three[name], atol=1e-9, err_msg=name)


def storey(surface: dict[str, Any], i: int) -> dict[str, Any]:
    """A surface of the i-th storey."""
    windows = [{**window, "name": f"{window['name']} {i}"} for window in surface.get("windows", [])]
    return {**surface, "name": f"{surface['name']} {i}", "zone": f"hall {i}", "windows": windows}
