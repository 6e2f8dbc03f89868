"""A loop near the ground's temperature: its mass, pipes, pumps, tower, and heat pumps by their curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from buildings.districts.ambient_loop import (
    Loop,
    Tower,
    bare_pair_loss,
    load_loop,
    load_loop_tower,
    loop_data,
    loop_pump_power_w,
    loop_step,
    tower_most_w,
    tower_power_w,
)
from buildings.districts.energy_station import AmbientLoop, EnergyStation
from buildings.districts.heat_network import DENSITY, HEAT, network_data, pump_power_w
from buildings.districts.substation import (
    SUB_COLD,
    SUB_COLD_POWER,
    SUB_DIRECT,
    SUB_DRAWN,
    SUB_GIVEN,
    SUB_HEAT,
    SUB_HEAT_POWER,
    SUB_LOST,
    SUBSTATION_COLUMNS,
    Substations,
    load_substations,
    substation_step,
)
from buildings.systems.component import (
    ELECTRICITY,
    N_CONDITIONS,
    N_FLOWS,
    TEMP_RETURN,
    TEMP_SOURCE,
    TEMP_SUPPLY,
)
from buildings.systems.cooling_tower import approach
from buildings.systems.heat_pump import HEAT_PUMP
from buildings.systems.heat_pump_machine import machine, step
from buildings.systems.heat_pump_products import load_heat_pump
from weather.errors import TwinError

PIPES = [{"product": "de200", "length": 500.0}]
PRODUCT = "water_water_reversible_grade_2"


def described(**changes: object) -> AmbientLoop:
    return AmbientLoop.model_validate({"pipes": PIPES} | changes)


def loop() -> Loop:
    return load_loop(described())


def substation(heat: float = 3e5, cold: float = 2e5, **changes: object) -> Substations:
    return load_substations(described(**changes), [(heat, cold)])


def at(sub: Substations, temp: float, heat: float, cold: float) -> np.ndarray:
    told = np.zeros(len(SUBSTATION_COLUMNS))
    substation_step(sub, 0, temp, heat, cold, np.zeros(N_CONDITIONS), np.zeros(N_FLOWS), told)
    return told


def conditions(source: float, supply: float, back: float) -> np.ndarray:
    c = np.zeros(N_CONDITIONS)
    c[TEMP_SOURCE], c[TEMP_SUPPLY], c[TEMP_RETURN] = source, supply, back
    return c


@pytest.mark.parametrize("start", [5.0, 32.0])
def test_water_that_is_left_alone_goes_to_the_ground(start: float) -> None:
    """Exponentially with capacity over loss; one step or many, and its mean tells what the ground took."""
    water, ground, hours = loop().water, 17.0, 50
    bore = 0.2 - 2 * 0.0119
    assert water.capacity == pytest.approx(2 * 500.0 * 0.25 * math.pi * bore**2 * DENSITY * HEAT)
    tau = water.capacity / water.loss
    end, mean = loop_step(start, ground, 0.0, 3600.0 * hours, water)
    assert end == pytest.approx(ground + (start - ground) * math.exp(-3600.0 * hours / tau), rel=1e-12)
    assert water.loss * (mean - ground) * 3600.0 * hours == pytest.approx(water.capacity * (start - end))
    temp = start
    for _ in range(hours):
        temp, _ = loop_step(temp, ground, 0.0, 3600.0, water)
    assert temp == pytest.approx(end, rel=1e-10)


def test_constant_heat_ends_where_the_ground_takes_it() -> None:
    water = loop().water
    end, mean = loop_step(17.0, 17.0, 5.0 * water.loss, 1e9, water)
    assert end == pytest.approx(22.0, abs=1e-9)
    # for a long step the mean lags by the time constant
    assert mean == pytest.approx(22.0 - 5.0 * water.capacity / water.loss / 1e9, rel=1e-9)


@pytest.mark.parametrize("product", sorted(loop_data()["pipes"]["products"]))
def test_bare_pipes_exchange_by_wall_and_soil_alone(product: str) -> None:
    """Line sources and their mirror images, as for insulated pipes; the wall by its own resistance."""
    data, ground = loop_data()["pipes"], network_data()["ground"]
    size, soil = data["products"][product], ground["conductivity"]
    outer = 0.5e-3 * size["outer"]
    depth = ground["depth"] + 0.0685 * soil
    axes = (0.0, 2.0 * outer + ground["distance"])
    angles = np.linspace(0.0, 2.0 * math.pi, 720, endpoint=False)
    x, z = outer * np.cos(angles), depth + outer * np.sin(angles)
    rise = sum(np.log(np.hypot(x - a, z + depth) / np.hypot(x - a, z - depth)) for a in axes)
    around = float(np.mean(rise)) / (2.0 * math.pi * soil)
    wall = math.log(outer / (outer - 1e-3 * size["wall"])) / (2.0 * math.pi * data["conductivity"])
    # wide pipes side by side shade each other a little more than lines do
    assert bare_pair_loss(product) == pytest.approx(2.0 / (around + wall), rel=0.02)


def test_what_buildings_pass_to_each_other_goes_only_through_their_substations() -> None:
    water = loop().water
    alone = loop_pump_power_w(4e5, 0.0, water)
    assert alone == loop_pump_power_w(0.0, 4e5, water) == pump_power_w(4e5, water)
    both = loop_pump_power_w(4e5, 1e5, water)
    flow = 1e5 / (HEAT * DENSITY * water.spread)
    assert both - alone == pytest.approx(flow * 130e3 / (0.75 * 0.92))
    assert loop_pump_power_w(0.0, 0.0, water) == 0.0


def test_a_tower_does_at_its_design_point_what_it_is_called() -> None:
    """1 MW at 28 degC wet bulb: water of 37 comes down with 32 degC, behind an exchanger of 1.5 K."""
    tower = load_loop_tower(described(tower={"capacity": "1000 kW", "above": 26.0}), 1.0)
    most = tower_most_w(37.0 + 1.5, 28.0, 1.5, tower)
    assert most == pytest.approx(1e6, rel=1e-6)
    assert tower_power_w(most, 38.5, 28.0, 1.5, tower) == pytest.approx(18e3, rel=1e-6)
    assert tower_power_w(0.25 * most, 38.5, 28.0, 1.5, tower) == pytest.approx(4.5e3, rel=1e-6)
    # colder water: the range is where range and approach make up what is there
    heat = tower_most_w(30.0, 20.0, 1.5, tower)
    span = heat / tower.flow
    assert span + approach(20.0, span, tower.design) == pytest.approx(8.5, abs=1e-6)
    assert tower_most_w(29.0, 28.0, 1.5, tower) == 0.0


def test_a_tower_is_laid_out_for_the_warmest_loop() -> None:
    tower = load_loop_tower(described(tower={}), 8e5)
    assert tower.above == 28.0
    assert tower_most_w(34.0, 28.0, 1.5, tower) == pytest.approx(8e5, rel=1e-9)
    none = load_loop_tower(described(), 8e5)
    assert tower_most_w(34.0, 10.0, 1.5, none) == 0.0
    with pytest.raises(TwinError, match="takes no heat from a loop of 30"):
        load_loop_tower(described(tower={}, most=30.0), 8e5)


@settings(max_examples=60, deadline=None)
@given(st.floats(5.0, 39.0), st.floats(-5.0, 30.0), st.floats(0.01, 3.0))
def test_a_tower_never_leaves_less_than_the_wet_bulb(temp: float, wet_bulb: float, more: float) -> None:
    """Its water stays above the wet bulb; a warmer loop gives more, without a jump."""
    tower: Tower = load_loop_tower(described(tower={"capacity": "500 kW"}), 1.0)
    heat = tower_most_w(temp, wet_bulb, 1.5, tower)
    assert heat <= tower.flow * max(temp - 1.5 - wet_bulb, 0.0)
    step_up = tower_most_w(temp + more, wet_bulb, 1.5, tower) - heat
    assert -1e-3 <= step_up <= 4.0 * tower.flow * more + 1e-3


@pytest.mark.parametrize("temp", [8.0, 12.5, 20.0])
def test_heat_is_lifted_at_the_cop_of_the_machine_at_the_loops_temperature(temp: float) -> None:
    sub = substation()
    full = 3.0 * machine(sub.heating[0], conditions(temp, 45.0, 40.0))[0]
    told = at(sub, temp, full, 0.0)
    expected = machine(
        HEAT_PUMP.pack("space_heat", load_heat_pump(PRODUCT, 1e5, "space_heat")), conditions(temp, 45.0, 40.0)
    )[2]
    assert told[SUB_HEAT] == pytest.approx(full)
    assert told[SUB_HEAT] / told[SUB_HEAT_POWER] == pytest.approx(expected, rel=1e-9)
    assert told[SUB_DRAWN] == pytest.approx(full * (1.0 - 1.0 / expected), rel=1e-9)
    assert told[SUB_LOST] == pytest.approx(0.0, abs=1e-6 * full)


def test_a_warmer_loop_and_cooler_coils_save_electricity() -> None:
    powers = [at(substation(), temp, 1e5, 0.0)[SUB_HEAT_POWER] for temp in (8.0, 12.0, 16.0)]
    assert powers[0] > powers[1] > powers[2]
    assert at(substation(heat_supply=35.0), 8.0, 1e5, 0.0)[SUB_HEAT_POWER] < powers[0]
    cold = [at(substation(), temp, 0.0, 1e5)[SUB_COLD_POWER] for temp in (20.0, 26.0, 32.0)]
    assert cold[0] < cold[1] < cold[2]


def test_machines_run_one_after_the_other() -> None:
    """A tenth of the load by one of three that cycles: as one at its share, not as three at a thirtieth."""
    sub, flows = substation(), np.zeros(N_FLOWS)
    full = 3.0 * machine(sub.heating[0], conditions(10.0, 45.0, 40.0))[0]
    told = at(sub, 10.0, 0.1 * full, 0.0)
    step(sub.heating[0], np.zeros(0), 0.1 * full, conditions(10.0, 45.0, 40.0), flows)
    assert told[SUB_HEAT_POWER] == pytest.approx(-flows[ELECTRICITY], rel=1e-12)
    assert told[SUB_LOST] > 0.0


def test_it_is_sized_for_heat_from_the_coldest_and_cold_at_the_warmest_loop() -> None:
    for heat, cold in ((3e5, 1e3), (1e3, 3e5)):
        sub = substation(heat, cold)
        told = at(sub, 8.0, heat, 0.0), at(sub, 34.0, 0.0, cold)
        assert told[0][SUB_HEAT] == pytest.approx(heat)
        assert told[1][SUB_COLD] == pytest.approx(cold)
        more = at(sub, 8.0, 2.0 * heat, 0.0)[SUB_HEAT], at(sub, 34.0, 0.0, 2.0 * cold)[SUB_COLD]
        assert min(more[0] / heat, more[1] / cold) == pytest.approx(1.0, rel=1e-9)


def test_heat_and_cold_at_once_share_the_machines() -> None:
    sub = substation(2e5, 2e5)
    most_heat = 3.0 * machine(sub.heating[0], conditions(15.0, 45.0, 40.0))[0]
    most_cold = 3.0 * machine(sub.cooling[0], conditions(15.0, 7.0, 12.0))[0]
    told = at(sub, 15.0, 0.6 * most_heat, most_cold)
    assert told[SUB_HEAT] == pytest.approx(0.6 * most_heat)
    assert told[SUB_COLD] == pytest.approx(0.4 * most_cold, rel=1e-9)


@pytest.mark.parametrize(("temp", "share"), [(9.5, 0.2), (8.0, 0.5), (5.5, 1.0), (4.0, 1.0), (10.5, 0.0)])
def test_a_cold_loop_cools_directly_what_comes_back_warmer(temp: float, share: float) -> None:
    """Water of 12 degC back: 1.5 K above the loop, over 5 K of spread."""
    told = at(substation(), temp, 0.0, 1e5)
    assert told[SUB_DIRECT] == pytest.approx(share * 1e5, abs=1e-3)
    assert told[SUB_COLD] == pytest.approx(1e5)
    if share == 1.0:
        assert told[SUB_COLD_POWER] == 0.0
        assert told[SUB_GIVEN] == pytest.approx(1e5)
    else:
        assert told[SUB_GIVEN] > 1e5


def test_machines_behind_the_exchanger_get_water_that_it_has_cooled() -> None:
    """At 8 degC half of the way: 9.5 degC comes to the machines, whose EER is that of such water."""
    sub = substation()
    c = conditions(8.0, 7.0, 9.5)
    most, _, ratio = machine(sub.cooling[0], c)
    told = at(sub, 8.0, 0.0, 2.0 * 3.0 * most)
    assert told[SUB_COLD] == pytest.approx(6.0 * most)
    assert told[SUB_COLD_POWER] == pytest.approx(3.0 * most / ratio, rel=1e-9)
    assert told[SUB_COLD_POWER] != pytest.approx(
        3.0 * most / machine(sub.cooling[0], conditions(8.0, 7.0, 12.0))[2], rel=1e-3
    )


def test_a_valve_keeps_the_loop_within_the_machines_reach() -> None:
    """The machine heats from 30 degC at most and cools against 5 at least."""
    sub = substation()
    warmest, beyond = at(sub, 30.0, 1e5, 0.0), at(sub, 38.0, 1e5, 0.0)
    np.testing.assert_array_equal(warmest, beyond)
    assert beyond[SUB_HEAT] == pytest.approx(1e5)
    cold = substation(cold_supply=5.0)
    told = at(cold, 4.0, 0.0, 1e5)
    assert told[SUB_DIRECT] == pytest.approx(0.9e5)
    assert told[SUB_COLD] == pytest.approx(1e5)


@settings(max_examples=100, deadline=None)
@given(st.floats(3.0, 40.0), st.floats(0.0, 5e5), st.floats(0.0, 5e5))
def test_what_a_substation_takes_it_gives(temp: float, heat: float, cold: float) -> None:
    told = at(substation(), temp, heat, cold)
    power = told[SUB_HEAT_POWER] + told[SUB_COLD_POWER]
    came, went = told[SUB_DRAWN] + power + told[SUB_COLD], told[SUB_HEAT] + told[SUB_GIVEN] + told[SUB_LOST]
    assert came == pytest.approx(went, rel=1e-12, abs=1e-6)
    assert told[SUB_HEAT] <= heat + 1e-6
    assert told[SUB_COLD] <= cold + 1e-6
    assert (told >= -1e-9).all()


def test_the_default_machine_meets_the_grade_that_it_is_named_for() -> None:
    """ACOP = 0.56 EER (25 and 12 degC entering) + 0.44 COP (10 and 40 degC) = 4.60."""
    ratios = []
    for carrier, c in (
        ("chilled_water", conditions(25.0, 7.0, 12.0)),
        ("space_heat", conditions(10.0, 45.0, 40.0)),
    ):
        ratios.append(machine(HEAT_PUMP.pack(carrier, load_heat_pump(PRODUCT, 1e5, carrier)), c)[2])
    assert 0.56 * ratios[0] + 0.44 * ratios[1] == pytest.approx(4.60, abs=0.005)
    assert described().heat_pump == PRODUCT


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("air_water_regulated", "does not heat and cool on the water"),
        ("brine_water_regulated", "does not heat"),
    ],
)
def test_a_heat_pump_that_does_not_suit_a_loop_is_refused(key: str, words: str) -> None:
    with pytest.raises(TwinError, match=words):
        substation(heat_pump=key)
    with pytest.raises(TwinError, match="gives no space_heat of 60 degC"):
        substation(heat_supply=60.0)


STATION = {
    "plant_room": [{"name": "boiler", "type": "boiler", "serves": "space_heat"}],
    "ambient_loop": {"pipes": PIPES},
}
NETWORK = {"pipes": [{"product": "dn200", "length": 500.0}]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"heating": NETWORK}, "an ambient loop and a network of heating"),
        ({"cooling": NETWORK}, "an ambient loop and a network of cooling"),
        ({"ambient_loop": None, "heating": NETWORK}, "no network of cooling"),
        ({"ambient_loop": {"pipes": PIPES, "least": 15.0}}, "not in order"),
        ({"ambient_loop": {"pipes": PIPES, "cool_above": 35.0}}, "not in order"),
        ({"ambient_loop": {"pipes": PIPES, "tower": {"above": 12.0}}}, "does not lie between"),
        ({"ambient_loop": {"pipes": [PIPES[0] | {"farthest": False}]}}, "farthest"),
        ({"ambient_loop": {"pipes": [{"product": "dn200", "length": 5.0}]}}, "de63"),
    ],
)
def test_a_loop_that_cannot_work_is_refused(changes: dict[str, object], words: str) -> None:
    EnergyStation.model_validate(STATION)
    with pytest.raises(ValidationError, match=words):
        EnergyStation.model_validate(STATION | changes)
