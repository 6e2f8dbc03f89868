"""Networks of heat and cold: pipes in the ground by superposed sources, water by its exact balance, pumps."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.optimize import brentq

from buildings.districts.energy_station import EnergyStation, HeatNetwork
from buildings.districts.heat_network import (
    DENSITY,
    HEAT,
    Network,
    asked_w,
    load_network,
    network_data,
    network_step,
    pair_loss,
    pump_power_w,
)

PIPES = {"pipes": [{"product": "dn200", "length": 500.0}]}


def network(*, heating: bool = True) -> Network:
    supply, back = (45.0, 40.0) if heating else (7.0, 12.0)
    return load_network(HeatNetwork.model_validate(PIPES), heating=heating, supply=supply, back=back)


@pytest.mark.parametrize("product", sorted(network_data()["pipes"]["products"]))
def test_two_pipes_lose_what_superposed_sources_do(product: str) -> None:
    """Line sources at both axes and their mirror images above a surface at the ground's temperature."""
    data = network_data()
    size, ground, foam_l = data["pipes"]["products"][product], data["ground"], data["pipes"]["foam"]
    steel, casing = 0.5e-3 * size["outer"], 0.5e-3 * size["casing"]
    inner = casing - 1e-3 * size["casing_wall"]
    soil = ground["conductivity"]
    depth = ground["depth"] + 0.0685 * soil
    axes = (0.0, 2.0 * casing + ground["distance"])

    def rise(x: float, z: float) -> float:
        """Over the ground for 1 W/m from each pipe."""
        return sum(math.log(math.hypot(x - a, z + depth) / math.hypot(x - a, z - depth)) for a in axes) / (
            2.0 * math.pi * soil
        )

    angles = np.linspace(0.0, 2.0 * math.pi, 720, endpoint=False)
    wall = np.mean([rise(casing * math.cos(t), depth + casing * math.sin(t)) for t in angles])
    lagging = math.log(inner / steel) / foam_l + math.log(casing / inner) / data["pipes"]["casing"]
    expected = 2.0 / (wall + lagging / (2.0 * math.pi))
    assert pair_loss(product) == pytest.approx(expected, rel=2e-3)


def test_what_is_in_the_pipes() -> None:
    one = network()
    bore = 0.2191 - 0.009
    assert one.capacity == pytest.approx(2 * 500.0 * 0.25 * math.pi * bore**2 * DENSITY * HEAT)
    assert one.loss == pytest.approx(500.0 * pair_loss("dn200"))
    assert (one.mean, one.spread, one.last, one.sign) == (42.5, 5.0, 40.0, 1.0)
    cold = network(heating=False)
    assert (cold.mean, cold.spread, cold.last, cold.sign) == (9.5, 5.0, 12.0, -1.0)


@pytest.mark.parametrize("heating", [True, False])
def test_water_that_is_left_alone_goes_to_the_ground(heating: bool) -> None:
    """Exponentially, in a step as in many; what it gives is what it lost."""
    net = network(heating=heating)
    hours = 500.0
    end, delivered, lost = network_step(net.mean, 18.0, 0.0, 0.0, 0.0, False, 3600.0 * hours, net)
    assert delivered == 0.0
    expected = 18.0 + (net.mean - 18.0) * math.exp(-net.loss * 3600.0 * hours / net.capacity)
    assert end == pytest.approx(expected, rel=1e-12)
    temp, total = net.mean, 0.0
    for _ in range(500):
        temp, _, part = network_step(temp, 18.0, 0.0, 0.0, 0.0, False, 3600.0, net)
        total += part * 3600.0
    assert temp == pytest.approx(end, rel=1e-9)
    assert total == pytest.approx(lost * 3600.0 * hours, rel=1e-9)
    assert lost > 0.0
    assert net.sign * (net.mean - end) * net.capacity == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("heating", [True, False])
@pytest.mark.parametrize("start", [0.0, 1.5, -4.0])
def test_what_is_asked_brings_the_water_to_its_temperature(heating: bool, start: float) -> None:
    """And serves the buildings; at its temperature it loses UA times the difference to the ground."""
    net = network(heating=heating)
    load, pumps, dt = 3e5, 4e3, 900.0
    temp = net.mean + net.sign * min(start, 0.0) + 0.1 * max(start, 0.0)
    asked = asked_w(temp, 17.0, load, pumps, True, dt, net)
    end, delivered, lost = network_step(temp, 17.0, load, asked, pumps, True, dt, net)
    assert end == pytest.approx(net.mean, abs=1e-9)
    assert delivered == pytest.approx(load, rel=1e-12)
    given = asked + net.sign * net.motor * pumps
    gained = net.sign * net.capacity * (end - temp) / dt
    assert given - delivered - lost - gained == pytest.approx(0.0, abs=1e-6 * load)
    if start == 0.0:
        assert lost == pytest.approx(net.sign * net.loss * (net.mean - 17.0), rel=1e-9)


@pytest.mark.parametrize("heating", [True, False])
def test_water_stands_in_for_the_station_until_it_is_spent(heating: bool) -> None:
    """Nothing comes from the station: buildings get what the water holds over its return, then nothing."""
    net = network(heating=heating)
    temp, got, short = net.mean, 0.0, 0
    for _ in range(40):
        temp, delivered, _ = network_step(temp, net.last, 2e5, 0.0, 0.0, True, 900.0, net)
        got += delivered * 900.0
        short += delivered < 2e5
        assert net.sign * (temp - net.last) >= -1e-9
    held = net.capacity * 0.5 * net.spread
    assert 0.98 * held < got < held
    assert short > 20
    # and half of the load from the station goes through to the buildings
    temp, delivered, _ = network_step(net.last, net.last, 2e5, 1e5, 0.0, True, 900.0, net)
    assert delivered == pytest.approx(1e5)


def test_out_of_season_nothing_is_asked_or_served() -> None:
    net = network()
    assert asked_w(20.0, 17.0, 1e5, 0.0, False, 900.0, net) == 0.0
    _, delivered, _ = network_step(42.0, 17.0, 1e5, 0.0, 0.0, False, 900.0, net)
    assert delivered == 0.0


def test_pumps_work_against_the_drop_of_darcy_and_colebrook(figure: Callable[[str], None]) -> None:
    net, bore = network(), 0.2191 - 0.009
    for load in (4e5, 8e5, 1.6e6):
        flow = load / (HEAT * DENSITY * 5.0)
        speed = flow / (0.25 * math.pi * bore**2)
        reynolds = speed * bore / 6.5e-7

        def colebrook(f: float, reynolds: float = reynolds) -> float:
            return 1.0 / math.sqrt(f) + 2.0 * math.log10(0.5e-3 / bore / 3.7 + 2.51 / reynolds / math.sqrt(f))

        factor = brentq(colebrook, 0.005, 0.1)
        drop = factor * 1000.0 * 1.3 / bore * 0.5 * DENSITY * speed**2 + 130e3
        expected = flow * drop / (0.75 * 0.92)
        assert pump_power_w(load, net) == pytest.approx(expected, rel=0.015)
        figure(f"{1e-3 * load:.0f} kW: {speed:.2f} m/s, {1e-3 * drop:.0f} kPa, {1e-3 * expected:.1f} kW")
    assert pump_power_w(0.0, net) == 0.0


def test_a_branch_carries_its_share_and_adds_no_drop_off_the_way() -> None:
    branch = {"product": "dn100", "length": 300.0, "share": 0.25}
    alone, on, off = (
        load_network(
            HeatNetwork.model_validate({"pipes": [*PIPES["pipes"], *more]}),
            heating=True, supply=45.0, back=40.0,
        )
        for more in ([], [branch], [branch | {"farthest": False}])
    )  # fmt: skip
    powers = [pump_power_w(8e5, one) for one in (alone, on, off)]
    assert powers[0] == powers[2] < powers[1]
    assert on.loss == off.loss == pytest.approx(alone.loss + 300.0 * pair_loss("dn100"))


STATION = {
    "plant_room": [
        {"name": "boiler", "type": "boiler", "serves": "space_heat"},
        {"name": "chiller", "type": "chiller"},
    ],
    "heating": PIPES,
    "cooling": PIPES,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"heating": PIPES | {"supply": 41.0}}, "leaves at 41 and comes back at 40"),
        ({"cooling": PIPES | {"back": 5.0}}, "leaves at 7 and comes back at 5"),
        ({"plant_room": STATION["plant_room"][:1]}, "serves chilled_water"),
        (
            {"plant_room": [*STATION["plant_room"], {"name": "s", "type": "boiler", "serves": "steam"}]},
            "no network",
        ),
        (
            {
                "plant_room": [
                    *STATION["plant_room"],
                    {"name": "p", "type": "heat_pump", "serves": ["space_heat"], "source": "field"},
                ]
            },
            "no other row",
        ),
        ({"heating": {"pipes": [{"product": "dn200", "length": 5.0, "farthest": False}]}}, "farthest"),
        ({"heating": {"pipes": [{"product": "dn45", "length": 5.0}]}}, "dn50"),
    ],
)
def test_a_station_that_cannot_work_is_refused(changes: dict[str, object], words: str) -> None:
    EnergyStation.model_validate(STATION)
    with pytest.raises(ValidationError, match=words):
        EnergyStation.model_validate(STATION | changes)
