"""The DC network: the closed-form cases, its energy balance, pandapower's figures, and what is refused."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.systems.converter import load_converter, loss_kw
from buildings.systems.dc_flow import COLLAPSED, SOLVED, UNDECIDED
from buildings.systems.dc_network import (
    DcCable,
    DcConverter,
    DcNetwork,
    DcNode,
    dc_network,
    findings,
    loop_resistance,
    read_dc_network,
    solve_network,
)
from buildings.systems.records import read_library
from weather.errors import TwinError

PANDAPOWER = json.loads(
    (Path(__file__).parent / "data" / "dc_network_pandapower.json").read_text(encoding="utf-8")
)


def line(**options: float) -> DcNetwork:
    """Source, 100 m of cable, load."""
    nodes, cable = [DcNode("s", 750.0), DcNode("l", 750.0)], DcCable("s", "l", "cu_35", 100.0)
    return dc_network(nodes, [cable], [], "s", **options)


# --- data ---------------------------------------------------------------------------------------------------


def test_cables_lie_between_the_metal_and_its_stranding() -> None:
    """Resistance times section: the metal's 17.241 or 28.264 Ohm mm2/km, and some per cent for lay."""
    cables = read_library("cables")
    assert len(cables) >= 6
    assert {c["material"] for c in cables.values()} == {"copper", "aluminium"}
    for key, c in cables.items():
        metal = {"copper": 17.241, "aluminium": 28.264}[c["material"]]
        assert 1.0 < c["resistance"] * c["section"] / metal < 1.14, key
        for field in ("source", "year", "confidence", "name_en", "name_zh"):
            assert c[field], key
    for material in ("copper", "aluminium"):
        own = sorted((c["section"], c["current"]) for c in cables.values() if c["material"] == material)
        assert all(a[1] < b[1] for a, b in pairwise(own))


def test_resistance_of_a_warm_loop() -> None:
    """The brief's feeder: 50 kW over 100 m of 35 mm2 copper at 750 V drops 0.9 % (at 20 degC)."""
    assert loop_resistance(DcCable("a", "b", "cu_35", 100.0), 20.0) == pytest.approx(0.1048)
    assert loop_resistance(DcCable("a", "b", "cu_35", 100.0), 70.0) == pytest.approx(0.1048 * 1.1965)
    assert loop_resistance(DcCable("a", "b", "al_50", 80.0, parallel=2), 50.0) == pytest.approx(
        0.0641 * 0.8 * 1.1209
    )
    drop = 1.0 - solve_network(line(conductor_c=20.0), [0.0, 50.0]).voltage_v[0, 1] / 750.0
    assert drop == pytest.approx(0.009, abs=0.0005)


# --- closed forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newton", [False, True])
@pytest.mark.parametrize("load", [-0.5, 0.0, 0.01, 0.3, 0.9, 0.99, 0.9999])
def test_one_line_with_constant_power(load: float, newton: bool) -> None:
    """V = V0/2 + sqrt(V0^2/4 - R P), up to the greatest power V0^2 / 4R."""
    network = line()
    r, v0 = float(network.resistance[0]), 750.0
    power = load * v0**2 / (4.0 * r)
    flow = solve_network(network, [0.0, 1e-3 * power], newton=newton)
    assert flow.status[0] == SOLVED
    expected = v0 / 2.0 + math.sqrt(v0**2 / 4.0 - r * power)
    assert flow.voltage_v[0, 1] == pytest.approx(expected, rel=2e-9)
    assert flow.source_kw[0] == pytest.approx(1e-3 * (power + r * (power / expected) ** 2), rel=1e-8)


@pytest.mark.parametrize("newton", [False, True])
def test_beyond_the_greatest_power_there_is_no_solution_and_it_is_said(newton: bool) -> None:
    network = line()
    greatest = 1e-3 * 750.0**2 / (4.0 * float(network.resistance[0]))
    loads = np.array([[0.0, share * greatest] for share in (0.5, 1.001, 1.5, 40.0)])
    flow = solve_network(network, loads, newton=newton)
    assert flow.status.tolist() == [SOLVED, COLLAPSED, COLLAPSED, COLLAPSED]
    assert np.isfinite(flow.voltage_v[0]).all()
    assert np.isnan(flow.voltage_v[1:]).all()
    assert np.isnan(flow.source_kw[1:]).all()
    assert np.isnan(flow.cable_loss_kw[1:]).all()
    (found,) = [f for f in findings(network, flow) if f.kind == "collapse"]
    assert found.steps == 3
    with pytest.raises(TwinError, match="collapses in 3 of 4 steps"):
        flow.require_solved()


def test_at_the_very_edge_it_is_left_undecided() -> None:
    network = line()
    greatest = 1e-3 * 750.0**2 / (4.0 * float(network.resistance[0]))
    flow = solve_network(network, [0.0, greatest * (1.0 - 1e-9)])
    assert flow.status[0] == UNDECIDED
    with pytest.raises(TwinError, match="too near to collapse"):
        flow.require_solved()


@pytest.mark.parametrize("newton", [False, True])
def test_three_buses_from_the_far_end(newton: bool) -> None:
    """Choose the far voltage and current; what the source must then be follows by Ohm's law alone."""
    cables = [DcCable("s", "m", "cu_70", 60.0), DcCable("m", "e", "cu_16", 40.0)]
    r1, r2 = (loop_resistance(c) for c in cables)
    v_end, i_end, i_mid = 700.0, 60.0, 90.0
    v_mid = v_end + r2 * i_end
    v0 = v_mid + r1 * (i_end + i_mid)
    network = dc_network([DcNode(n, v0) for n in ("s", "m", "e")], cables, [], "s")
    flow = solve_network(network, [0.0, 1e-3 * v_mid * i_mid, 1e-3 * v_end * i_end], newton=newton)
    assert flow.voltage_v[0] == pytest.approx([v0, v_mid, v_end], rel=1e-10)
    assert flow.current_a[0] == pytest.approx([150.0, 60.0], rel=1e-9)
    assert flow.cable_loss_kw[0] == pytest.approx([1e-3 * r1 * 150.0**2, 1e-3 * r2 * 3600.0], rel=1e-9)


def test_a_ring_shares_its_load_by_resistance() -> None:
    """Two ways to one load: the current divides inversely to the lengths, and both drops are the same."""
    cables = [
        DcCable("s", "a", "cu_50", 30.0),
        DcCable("s", "b", "cu_50", 60.0),
        DcCable("b", "a", "cu_50", 30.0),
    ]
    network = dc_network([DcNode(n, 750.0) for n in "sab"], cables, [], "s")
    flow = solve_network(network, [0.0, 80.0, 0.0])
    direct, around, second = flow.current_a[0]
    assert direct == pytest.approx(3.0 * around, rel=1e-9)
    assert second == pytest.approx(around, rel=1e-9)
    assert bool(network.meshed[0])


def test_a_cable_may_be_drawn_either_way() -> None:
    there = solve_network(line(), [0.0, 40.0])
    back = dc_network([DcNode("s", 750), DcNode("l", 750)], [DcCable("l", "s", "cu_35", 100.0)], [], "s")
    for newton in (False, True):
        flow = solve_network(back, [0.0, 40.0], newton=newton)
        assert flow.current_a[0, 0] == pytest.approx(-there.current_a[0, 0], rel=1e-9)
        assert flow.source_kw[0] == pytest.approx(there.source_kw[0], rel=1e-9)


# --- levels -------------------------------------------------------------------------------------------------


def building(ring: bool = False) -> DcNetwork:
    """Three levels, as in the reference file."""
    case = PANDAPOWER["case"]
    nodes, cables, converters = [], [], []
    for level in case["levels"].values():
        names = dict.fromkeys([level["source"], *(ends for row in level["lines"] for ends in row[:2])])
        nodes += [DcNode(name, level["volt"]) for name in names]
        cables += [DcCable(*row) for row in level["lines"]]
    if ring:
        cables.append(DcCable(*case["closing"]))
    for fed, node, rated in case["converters"]:
        converters.append(DcConverter(node, case["levels"][fed]["source"], case["converter"], rated))
    return dc_network(nodes, cables, converters, "bus", conductor_c=case["conductor_c"])


def reference_loads(network: DcNetwork) -> np.ndarray:
    """Loads of the reference file by node."""
    loads = np.zeros(len(network.nodes))
    for level in PANDAPOWER["case"]["levels"].values():
        for name, kw in level["loads"].items():
            loads[network.node(name)] = kw
    return loads


@pytest.mark.parametrize("shape", ["radial", "meshed"])
def test_agrees_with_pandapower(shape: str) -> None:
    """Three levels, PV that feeds in, a ring at 750 V: voltages and power to 1e-6 (asked: 0.1 %)."""
    network = building(ring=shape == "meshed")
    flow = solve_network(network, reference_loads(network))
    want = PANDAPOWER[shape]["levels"]
    for key, level in want.items():
        for name, volt in level["voltage_v"].items():
            assert flow.voltage_v[0, network.node(name)] == pytest.approx(volt, rel=1e-6), (key, name)
    order = [c.name for c in network.cables]
    for key, level in PANDAPOWER["case"]["levels"].items():
        rows = level["lines"]
        if shape == "meshed" and key == "750":
            rows = [*rows, PANDAPOWER["case"]["closing"]]
        for row, ampere, kw in zip(rows, want[key]["current_a"], want[key]["loss_kw"], strict=True):
            c = order.index(f"{row[0]}-{row[1]}")
            assert flow.current_a[0, c] == pytest.approx(ampere, rel=1e-4, abs=1e-4)
            assert flow.cable_loss_kw[0, c] == pytest.approx(kw, rel=1e-4, abs=1e-7)
    assert flow.source_kw[0] == pytest.approx(want["750"]["source_kw"], rel=1e-6)


def test_both_methods_agree_on_levels_and_series() -> None:
    network = building()
    loads = np.outer(np.linspace(-0.5, 1.2, 40), reference_loads(network))
    pu = np.linspace(0.95, 1.05, 40)
    sweep, newton = solve_network(network, loads, pu), solve_network(network, loads, pu, newton=True)
    assert not sweep.status.any()
    assert not newton.status.any()
    np.testing.assert_allclose(sweep.voltage_v, newton.voltage_v, rtol=1e-9)
    np.testing.assert_allclose(sweep.source_kw, newton.source_kw, rtol=1e-8)


def test_a_converter_loses_by_its_form_both_ways() -> None:
    nodes = [DcNode("bus", 750.0), DcNode("floor", 375.0)]
    network = dc_network(nodes, [], [DcConverter("bus", "floor", "dcdc_good", 50.0)], "bus")
    stage = load_converter("dcdc_good", 50.0)
    down = solve_network(network, [0.0, 30.0])
    assert down.converter_loss_kw[0, 0] == pytest.approx(loss_kw(30.0, 50.0, stage), rel=1e-12)
    assert down.source_kw[0] == pytest.approx(30.0 + loss_kw(30.0, 50.0, stage), rel=1e-12)
    up = solve_network(network, [0.0, -30.0])
    out = -float(up.source_kw[0])
    assert out + loss_kw(out, 50.0, stage) == pytest.approx(30.0, rel=1e-12)
    idle = solve_network(network, [0.0, 0.0])
    assert idle.source_kw[0] == pytest.approx(50.0 * stage["alpha"], rel=1e-12)


# --- energy -------------------------------------------------------------------------------------------------


@st.composite
def networks(draw: st.DrawFn) -> tuple[DcNetwork, np.ndarray]:
    """Trees and meshes of two levels with loads and feeders that the cables carry."""
    volts = {"a": 750.0, "b": 375.0}
    nodes, cables = [], []
    for level, volt in volts.items():
        count = draw(st.integers(1, 6))
        nodes += [DcNode(f"{level}{i}", volt) for i in range(count)]
        for i in range(1, count):
            up = draw(st.integers(0, i - 1))
            ends = (f"{level}{up}", f"{level}{i}")
            ends = ends if draw(st.booleans()) else ends[::-1]
            cables.append(
                DcCable(*ends, draw(st.sampled_from(["cu_50", "al_95"])), draw(st.floats(1.0, 80.0)))
            )
        if count > 2 and draw(st.booleans()):
            cables.append(DcCable(f"{level}0", f"{level}{count - 1}", "cu_25", draw(st.floats(1.0, 80.0))))
    above = draw(st.integers(0, sum(n.name.startswith("a") for n in nodes) - 1))
    converters = [DcConverter(f"a{above}", "b0", "dcdc_average", 40.0)]
    network = dc_network(nodes, cables, converters, "a0")
    loads = [draw(st.floats(-15.0, 15.0 if n.name.startswith("a") else 5.0)) for n in nodes]
    return network, np.array(loads)


@settings(max_examples=150, deadline=None)
@given(networks(), st.booleans())
def test_energy_is_kept(case: tuple[DcNetwork, np.ndarray], newton: bool) -> None:
    """What the source gives is what leaves at the nodes and what is lost; every loss is positive."""
    network, loads = case
    flow = solve_network(network, loads, newton=newton)
    assert flow.status[0] == SOLVED
    through = np.abs(loads).sum() + flow.loss_kw[0] + 1.0
    assert flow.source_kw[0] - loads.sum() - flow.loss_kw[0] == pytest.approx(0.0, abs=1e-9 * through)
    assert (flow.cable_loss_kw >= 0.0).all()
    assert (flow.converter_loss_kw > 0.0).all()


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 0.9), st.floats(0.01, 0.09))
def test_more_load_means_less_voltage_and_more_loss(share: float, more: float) -> None:
    network = line()
    greatest = 1e-3 * 750.0**2 / (4.0 * float(network.resistance[0]))
    flow = solve_network(network, [[0.0, share * greatest], [0.0, (share + more) * greatest]])
    assert flow.voltage_v[1, 1] < flow.voltage_v[0, 1]
    assert flow.loss_kw[1] > flow.loss_kw[0]


# --- limits and refusals ------------------------------------------------------------------------------------


def test_limits_that_are_not_kept_are_named() -> None:
    nodes = [DcNode("bus", 750.0), DcNode("far", 750.0), DcNode("room", 48.0), DcNode("desk", 48.0)]
    cables = [DcCable("bus", "far", "cu_16", 300.0), DcCable("room", "desk", "cu_2_5", 30.0)]
    network = dc_network(nodes, cables, [DcConverter("far", "room", "dcdc_good", 0.5)], "bus")
    flow = solve_network(network, [[0.0, 90.0, 0.3, 0.5], [0.0, 1.0, 0.0, 0.0]], [1.0, 1.06])
    kinds = {(f.element, f.kind): f for f in findings(network, flow)}
    assert set(kinds) == {
        ("bus-far", "current"), ("far", "low_voltage"), ("desk", "low_voltage"), ("far>room", "rating"),
        ("bus", "high_voltage"), ("far", "high_voltage"),
    }  # fmt: skip
    assert kinds["bus-far", "current"].limit == 107.0
    assert kinds["bus-far", "current"].steps == 1
    assert kinds["desk", "low_voltage"].worst < 0.9


def net(**changes: Any) -> DcNetwork:
    parts: dict[str, Any] = {
        "nodes": [DcNode("a", 750.0), DcNode("b", 750.0), DcNode("c", 375.0)],
        "cables": [DcCable("a", "b", "cu_35", 10.0)],
        "converters": [DcConverter("b", "c", "dcdc_good", 10.0)],
        "source": "a",
    } | changes
    return dc_network(**parts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "x"}, "no node 'x'"),
        ({"cables": []}, "Nothing feeds the node 'b'"),
        ({"converters": []}, "Nothing feeds the node 'c'"),
        ({"cables": [DcCable("a", "c", "cu_35", 10.0)]}, "joins 750 V and 375 V"),
        ({"cables": [DcCable("a", "b", "cu_36", 10.0)]}, "no entry 'cu_36'"),
        ({"cables": [DcCable("a", "b", "cu_35", 0.0)]}, "length of cable"),
        ({"cables": [DcCable("a", "a", "cu_35", 10.0)]}, "ends where it starts"),
        ({"cables": [DcCable("a", "b", "cu_35", 10.0, parallel=0)]}, "0 cables in parallel"),
        ({"nodes": [DcNode("a", 750.0), DcNode("a", 750.0)]}, "Two nodes"),
        ({"nodes": [DcNode("a", 750.0), DcNode("b", -1.0), DcNode("c", 375.0)]}, "voltage of b"),
        ({"converters": [DcConverter("b", "c", "dcdc_good", 10.0)] * 2}, "another source feeds"),
        ({"conductor_c": 900.0}, "900"),
    ],
)
def test_what_is_no_network_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(TwinError, match=words):
        net(**changes)


def test_loads_of_another_shape_or_with_holes_are_refused() -> None:
    for loads in ([1.0, 2.0], [1.0, 2.0, math.nan]):
        with pytest.raises(TwinError, match="finite power for each node"):
            solve_network(net(), loads)
    with pytest.raises(TwinError, match="not above zero"):
        solve_network(net(), [0.0, 0.0, 0.0], 0.0)


def test_a_network_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "网.yaml"
    path.write_text(
        "source: a\nnodes: {a: 750, b: 750, c: 375}\ncables:\n"
        "  - {start: a, end: b, cable: cu_35, length: 10}\n"
        "converters:\n  - {high: b, low: c, converter: dcdc_good, rated_kw: 10}\nattach: {hvac: b}\n",
        encoding="utf-8",
    )
    network, rest = read_dc_network(path)
    assert network.resistance == pytest.approx(net().resistance)
    assert rest == {"attach": {"hvac": "b"}}
    for text in (
        "source: a\n",
        "[1, 2\n",
        "- 1\n",
        "source: a\nnodes: {a: 750, b: 750}\ncables: [{start: a}]\n",
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(TwinError) as caught:
            read_dc_network(path)
        assert caught.value.file == str(path)
    with pytest.raises(TwinError, match="cannot be read"):
        read_dc_network(tmp_path / "none.yaml")
