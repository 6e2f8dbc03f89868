"""Buses that follow their own voltage: closed forms, independent solutions, collapse, DC/DC stages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.systems.converter import load_converter
from buildings.systems.dc_bus import (
    BUS_DEVICES,
    battery_on_bus_kw,
    hvac_on_bus_kw,
    interface_on_bus_kw,
    solve_bus,
)
from buildings.systems.dc_flow import COLLAPSED, SOLVED
from buildings.systems.dc_network import DcCable, DcConverter, DcNetwork, DcNode, dc_network, solve_network
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share, load_device_curves
from buildings.systems.droop_network import (
    SURPLUS,
    DroopFlow,
    NodeCurve,
    bus_curves,
    interface_curve,
    solve_droop,
)
from buildings.systems.ev import EV_SESSION, session_power_kw
from buildings.systems.grid_interface import ac_from_bus_kw
from weather.errors import TwinError


def constant(node: str, kw: float) -> NodeCurve:
    """A load of constant power."""
    return NodeCurve(node, np.ones(1), np.array([-kw]))


def chain(count: int, length: float = 100.0, cable: str = "cu_35") -> DcNetwork:
    nodes = [DcNode(f"n{i}", 750.0) for i in range(count)]
    return dc_network(
        nodes, [DcCable(f"n{i}", f"n{i + 1}", cable, length) for i in range(count - 1)], [], "n0"
    )


def conductance_kw(network: DcNetwork, cable: int) -> float:
    return 1e-3 * 750.0**2 / float(network.resistance[cable])


def assert_balanced(
    network: DcNetwork, curves: Sequence[NodeCurve], flow: DroopFlow, source: str | None = None
) -> None:
    """Kirchhoff's law at every node but the one that holds the voltage, in volts and amperes."""
    volts = flow.voltage_pu * [n.voltage for n in network.nodes]
    amperes = np.zeros(len(volts))
    for c, r in enumerate(network.resistance):
        a, b = int(network.start[c]), int(network.end[c])
        amperes[a] += (volts[a] - volts[b]) / r
        amperes[b] -= (volts[a] - volts[b]) / r
    for curve in curves:
        i = network.node(curve.node)
        amperes[i] -= 1e3 * np.interp(flow.voltage_pu[i], curve.v, curve.kw) / volts[i]
    for k, c in enumerate(network.converters):
        high, low = network.node(c.high), network.node(c.low)
        amperes[high] += 1e3 * (flow.converter_output_kw[k] + flow.converter_loss_kw[k]) / volts[high]
        amperes[low] -= 1e3 * flow.converter_output_kw[k] / volts[low]
    if source is not None:
        amperes[network.node(source)] -= 1e3 * flow.source_kw / volts[network.node(source)]
    assert np.abs(amperes).max() < 1e-6


# --- closed forms -------------------------------------------------------------------------------------------


def highest_of_cubic(a: float, b: float, c: float, d: float) -> float:
    """Highest real root of a x^3 + b x^2 + c x + d by Viete's cosine, three real roots assumed."""
    p, q = c / a - (b / a) ** 2 / 3.0, 2.0 * (b / a) ** 3 / 27.0 - b * c / (3.0 * a * a) + d / a
    assert (q / 2.0) ** 2 + (p / 3.0) ** 3 < 0.0
    angle = math.acos(1.5 * q / p * math.sqrt(-3.0 / p)) / 3.0
    return 2.0 * math.sqrt(-p / 3.0) * math.cos(angle) - b / (3.0 * a)


@pytest.mark.parametrize("load", [0.0, 5.0, 40.0, 120.0, 170.0])
@pytest.mark.parametrize("slope", [800.0, 4000.0])
def test_three_buses_droop_line_and_constant_power(load: float, slope: float) -> None:
    """Bus 1 forms with k (v0 - v), bus 2 passes on, bus 3 takes P: a cubic in the voltage of bus 3.

    v1 = v3 + P/(g v3), P + P^2/(g v3^2) = k (v0 - v1), hence
    k v3^3 - (k v0 - P) v3^2 + (k P/g) v3 + P^2/g = 0 for its highest root.
    """
    network = chain(3)
    g = conductance_kw(network, 0) / 2.0
    v0 = 1.02
    forming = NodeCurve("n0", np.array([0.5, V_MAX]), slope * (v0 - np.array([0.5, V_MAX])))
    flow = solve_droop(network, [constant("n2", load)], interface=forming)
    assert flow.status == SOLVED
    v3 = highest_of_cubic(slope, load - slope * v0, slope * load / g, load**2 / g) if load else v0
    v1 = v3 + load / (g * v3)
    assert flow.voltage_pu[2] == pytest.approx(v3, abs=1e-11)
    assert flow.voltage_pu[0] == pytest.approx(v1, abs=1e-11)
    assert flow.voltage_pu[1] == pytest.approx((v1 + v3) / 2.0, abs=1e-11)
    assert flow.source_kw == pytest.approx(slope * (v0 - v1), abs=1e-7)
    assert flow.source_kw == pytest.approx(load + flow.cable_loss_kw.sum(), abs=1e-7)
    assert flow.width_pu < 1e-9


def test_three_buses_collapse_where_the_cubic_loses_its_roots() -> None:
    network, slope, v0 = chain(3), 4000.0, 1.02
    g = conductance_kw(network, 0) / 2.0
    forming = NodeCurve("n0", np.array([0.05, V_MAX]), slope * (v0 - np.array([0.05, V_MAX])))

    def has_root(load: float) -> bool:
        roots = np.roots([slope, load - slope * v0, slope * load / g, load**2 / g])
        real = roots[np.abs(roots.imag) < 1e-9].real
        return bool(np.any((real > 0.1) & (real < v0)))

    low, high = 100.0, 5000.0
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if has_root(middle) else (low, middle)
    below = solve_droop(network, [constant("n2", low * (1.0 - 1e-6))], interface=forming)
    above = solve_droop(network, [constant("n2", low * (1.0 + 1e-6))], interface=forming)
    assert below.status == SOLVED
    assert above.status == COLLAPSED
    assert np.isnan(above.voltage_pu).all()
    assert np.isnan(above.source_kw)
    assert above.findings[0].kind == "collapsed"


def test_source_with_voltage_one_bus_with_droop_one_with_constant_power() -> None:
    """Two feeders from one source: each voltage is the higher root of its own quadratic."""
    nodes = [DcNode(n, 750.0) for n in ("s", "d", "c")]
    network = dc_network(
        nodes, [DcCable("s", "d", "cu_35", 200.0), DcCable("s", "c", "cu_16", 100.0)], [], "s"
    )
    g = [conductance_kw(network, k) for k in range(2)]
    slope, v0, load, vs = 900.0, 1.0, 60.0, 0.99
    flow = solve_droop(
        network,
        [
            NodeCurve("d", np.array([0.8, 1.07]), slope * (v0 - np.array([0.8, 1.07]))),
            constant("c", load),
        ],
        source_pu=vs,
    )
    # g (v - vs) v = k (v0 - v) and g (v - vs) v = -P
    b = g[0] * vs - slope
    droop = (b + math.sqrt(b * b + 4.0 * g[0] * slope * v0)) / (2.0 * g[0])
    far = vs / 2.0 + math.sqrt(vs * vs / 4.0 - load / g[1])
    assert flow.voltage_pu == pytest.approx([vs, droop, far], abs=1e-12)
    assert flow.source_kw == pytest.approx(load - slope * (v0 - droop) + flow.cable_loss_kw.sum(), abs=1e-8)
    assert flow.width_pu < 1e-9
    assert flow.given_kw == pytest.approx([slope * (v0 - droop), -load])


# --- one bus is the bus of dc_bus ---------------------------------------------------------------------------


@st.composite
def one_bus(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Devices of a bus and vehicles."""
    power, rated, hvac = draw(st.floats(10.0, 200.0)), draw(st.floats(50.0, 400.0)), draw(st.floats(0, 200.0))
    row, sessions = np.zeros(1, BUS_DEVICES), np.zeros(draw(st.integers(0, 2)), EV_SESSION)
    for name, value in {
        "reference_pu": draw(st.sampled_from([0.97, 1.0, 1.03])),
        "pv_kw": draw(st.floats(0.0, 300.0)),
        "battery_order_kw": power * draw(st.floats(-1.0, 1.0)),
        "battery_power_kw": power,
        "battery_charge_max_kw": power * draw(st.floats(0.0, 1.0)),
        "battery_discharge_max_kw": power * draw(st.floats(0.0, 1.0)),
        "battery_charge_forced_kw": power * draw(st.sampled_from([0.0, 0.0, 0.3])),
        "hvac_kw": hvac, "hvac_precool_kw": hvac * draw(st.floats(1.0, 1.3)),
        "hvac_least": draw(st.sampled_from([0.0, 0.0, 0.3, 1.0])),
        "lighting_kw": draw(st.floats(0.0, 50.0)), "constant_kw": draw(st.floats(0.0, 100.0)),
        "ev_on_bus": 1, "interface_target_kw": rated * draw(st.floats(-1.0, 1.0)),
        "interface_low_kw": -rated * draw(st.floats(0.0, 1.0)), "interface_high_kw": rated,
    }.items():  # fmt: skip
        row[name] = value
    for k in range(len(sessions)):
        sessions["high_kw"][k] = draw(st.floats(0.0, 60.0))
        sessions["low_kw"][k] = min(draw(st.floats(-60.0, 60.0)), float(sessions["high_kw"][k]))
        sessions["shift_pu"][k] = draw(st.floats(0.0, 0.08))
        low, high = float(sessions["low_kw"][k]), float(sessions["high_kw"][k])
        part = draw(st.sampled_from([math.nan, 0.0, 0.4, 1.0]))
        sessions["order_kw"][k] = math.nan if math.isnan(part) else low + part * (high - low)
    return row, sessions


@settings(max_examples=200, deadline=None)
@given(one_bus(), st.floats(0.7, 1.15))
def test_curves_of_a_bus_are_its_devices(case: tuple[np.ndarray, np.ndarray], v: float) -> None:
    row, sessions = case
    devices, curves = row[0], load_device_curves()
    made = bus_curves(devices, curves, sessions, {}, "n0")
    expected = {
        "pv": devices["pv_kw"] * curve_share(v, curves["pv_v"], curves["pv_share"]),
        "battery": battery_on_bus_kw(v, devices, curves),
        "hvac": -hvac_on_bus_kw(v, devices, curves),
        "lighting": -devices["lighting_kw"] * curve_share(v, curves["lighting_v"], curves["lighting_share"]),
        "constant": -devices["constant_kw"],
        "interface": interface_on_bus_kw(v, devices, curves),
        **{f"ev{k}": -session_power_kw(v, curves, s) for k, s in enumerate(sessions)},
    }
    assert set(made) == set(expected)
    for name, kw in expected.items():
        assert np.interp(v, made[name].v, made[name].kw) == pytest.approx(kw, abs=1e-8), name


@settings(max_examples=200, deadline=None)
@given(one_bus())
def test_network_of_one_bus_stands_where_the_bus_stands(case: tuple[np.ndarray, np.ndarray]) -> None:
    """Its voltage, or along a flat the flat's upper end; surplus and deficit are told apart."""
    row, sessions = case
    curves = load_device_curves()
    made = bus_curves(row[0], curves, sessions, {}, "n0")
    v, rest, _ = solve_bus(row[0], curves, np.arange(len(sessions), dtype=np.int32), sessions)
    network = dc_network([DcNode("n0", 750.0)], [], [], "n0")
    flow = solve_droop(
        network, [c for name, c in made.items() if name != "interface"], interface=made["interface"]
    )
    if v == V_MAX and rest > 1e-6:
        assert flow.status == SURPLUS
    elif v == V_MIN and rest < -1e-6:
        # below the lowest voltage curves stay as they are, so nothing more gives way
        assert flow.status == COLLAPSED
    elif abs(rest) < 1e-9 and flow.status == SOLVED:
        assert flow.voltage_pu[0] >= v - 1e-8
        total = sum(float(np.interp(flow.voltage_pu[0], c.v, c.kw)) for c in made.values())
        assert total == pytest.approx(0.0, abs=1e-7)
        if flow.width_pu < 1e-9:
            assert flow.voltage_pu[0] == pytest.approx(v, abs=1e-7)
    else:
        assert abs(rest) < 1e-6
        assert flow.status in (SURPLUS, COLLAPSED)


# --- random networks against other methods ------------------------------------------------------------------


class Plain:
    """The same balance in volts and amperes by numpy, solved by Newton: nothing of the method under test."""

    def __init__(self, network: DcNetwork, curves: Sequence[NodeCurve], source_pu: float) -> None:
        self.network, self.curves, self.source_pu = network, curves, source_pu
        self.rest = [i for i in range(len(network.nodes)) if i != network.node(network.source)]
        self.at = [network.node(c.node) for c in curves]

    def amperes(self, v: np.ndarray, scale: float) -> np.ndarray:
        volts = np.full(len(self.network.nodes), 750.0 * self.source_pu)
        volts[self.rest] = 750.0 * v
        out = np.zeros(len(volts))
        drop = (volts[self.network.start] - volts[self.network.end]) / self.network.resistance
        np.add.at(out, self.network.start, drop)
        np.add.at(out, self.network.end, -drop)
        for curve, i in zip(self.curves, self.at, strict=True):
            out[i] -= scale * 1e3 * np.interp(volts[i] / 750.0, curve.v, curve.kw) / volts[i]
        return out[self.rest]

    def jacobian(self, v: np.ndarray, scale: float) -> np.ndarray:
        """Of `amperes` over per-unit voltages."""
        count = len(self.network.nodes)
        g = np.zeros((count, count))
        for a, b, r in zip(self.network.start, self.network.end, self.network.resistance, strict=True):
            for i, j in ((a, b), (b, a)):
                g[i, i] += 750.0 / r
                g[i, j] -= 750.0 / r
        at = np.full(count, self.source_pu)
        at[self.rest] = v
        for curve, i in zip(self.curves, self.at, strict=True):
            x = np.array([at[i] - 1e-9, at[i]])
            given = np.interp(x, curve.v, curve.kw) * scale * 1e3 / (750.0 * x)
            g[i, i] -= (given[1] - given[0]) / 1e-9
        return g[np.ix_(self.rest, self.rest)]

    def newton(self, v: np.ndarray, scale: float) -> np.ndarray | None:
        """Root near a start, or None."""
        v = v.copy()
        for _ in range(40):
            f = self.amperes(v, scale)
            if np.abs(f).max() < 1e-8:
                return v
            try:
                move = np.linalg.solve(self.jacobian(v, scale), f)
            except np.linalg.LinAlgError:
                return None
            v -= move * min(1.0, 0.1 / np.abs(move).max())
            if v.min() < 0.02:
                return None
        return None

    def continued(self, steps: int = 25) -> tuple[np.ndarray | None, float]:
        """From no load on: the voltages at full load, or None and the share at which the branch ends."""
        v, share, step = np.full(len(self.rest), self.source_pu), 0.0, 1.0 / steps
        while share < 1.0 and step > 2e-6:
            further = self.newton(v, min(share + step, 1.0))
            if further is None or np.abs(further - v).max() > 0.1 + 20.0 * step:
                step *= 0.5
            else:
                v, share = further, min(share + step, 1.0)
        return (v, 1.0) if share >= 1.0 else (None, share)


def random_network(rng: np.random.Generator) -> tuple[DcNetwork, list[NodeCurve]]:
    """Trees and meshes with constant powers, droop units and PV."""
    count = int(rng.integers(2, 8))
    nodes = [DcNode(f"n{i}", 750.0) for i in range(count)]
    pairs = {(int(rng.integers(0, i)), i) for i in range(1, count)}
    if count > 2:
        for _ in range(int(rng.integers(0, 3))):
            a, b = np.sort(rng.choice(count, 2, replace=False))
            pairs.add((int(a), int(b)))
    cables = [
        DcCable(f"n{a}", f"n{b}", str(rng.choice(["cu_16", "cu_35"])), float(rng.uniform(20.0, 400.0)))
        for a, b in sorted(pairs)
    ]
    curves = [
        constant(f"n{i}", float(rng.uniform(0.0, 1.0)) * float(rng.choice([10.0, 40.0, 160.0, 500.0])))
        for i in range(1, count)
    ]
    for i in range(1, count):
        if rng.random() < 0.4:
            v = np.sort(rng.uniform(0.8, 1.07, 4)) + np.arange(4) * 1e-3
            curves.append(NodeCurve(f"n{i}", v, np.sort(rng.uniform(-60.0, 60.0, 4))[::-1]))
        if rng.random() < 0.2:
            curves.append(constant(f"n{i}", -float(rng.uniform(0.0, 50.0))))
    return dc_network(nodes, cables, [], "n0"), curves


@pytest.mark.long
def test_random_networks_stand_at_their_highest_voltages_or_collapse() -> None:
    """Continuation from no load and Newton from many starts find the same and nothing above, or nothing."""
    rng = np.random.default_rng(20_251_122)
    solved = collapsed = 0
    for case in range(120):
        network, curves = random_network(rng)
        pu = float(rng.uniform(0.95, 1.05))
        flow, plain = solve_droop(network, curves, source_pu=pu), Plain(network, curves, pu)
        assert flow.status in (SOLVED, COLLAPSED), case
        v, share = plain.continued()
        starts = [np.full(len(plain.rest), x) for x in (0.3, 0.5, 0.7, 0.9, 1.0, 1.1)]
        starts += [rng.uniform(0.2, 1.2, len(plain.rest)) for _ in range(4)]
        roots = [r for r in (plain.newton(s, 1.0) for s in starts) if r is not None and r.min() > 0.1]
        if flow.status == COLLAPSED:
            collapsed += 1
            assert v is None, case
            assert not roots, case
            # the load that can just be carried
            for scale, fate in ((share * (1.0 - 1e-4), SOLVED), (share * (1.0 + 1e-4), COLLAPSED)):
                scaled = [NodeCurve(c.node, c.v, scale * c.kw) for c in curves]
                assert solve_droop(network, scaled, source_pu=pu).status == fate, (case, scale)
            continue
        solved += 1
        assert_balanced(network, curves, flow, "n0")
        own = flow.voltage_pu[plain.rest]
        assert flow.width_pu < 1e-8, case
        if v is not None:
            assert own == pytest.approx(v, abs=1e-7), case
        assert all((own >= r - 1e-7).all() for r in roots), case
        assert any(np.abs(own - r).max() < 1e-7 for r in [*roots, *([v] if v is not None else [])]), case
    assert solved > 50
    assert collapsed > 25


# --- target, stages, findings -------------------------------------------------------------------------------

GRID_V, GRID_SHARE = [0.85, 0.90, 1.05, 1.07], [1.0, 0.0, 0.0, -1.0]
BATTERY_V, BATTERY_KW = np.array([0.92, 0.98, 1.02, 1.05]), 60.0 * np.array([1.0, 0.0, 0.0, -1.0])


def building() -> DcNetwork:
    """Bus, riser and roof at 750 V, a floor at 375 V, a room at 48 V."""
    nodes = [DcNode(n, 750.0) for n in ("bus", "riser", "roof")]
    nodes += [DcNode("floor", 375.0), DcNode("office", 375.0), DcNode("room", 48.0)]
    cables = [
        DcCable("bus", "riser", "cu_35", 60.0),
        DcCable("bus", "roof", "cu_35", 80.0),
        DcCable("floor", "office", "cu_50", 20.0),
    ]
    stages = [
        DcConverter("riser", "floor", "dcdc_good", 60.0),
        DcConverter("office", "room", "dcdc_average", 5.0),
    ]
    return dc_network(nodes, cables, stages, "bus")


def devices() -> list[NodeCurve]:
    v = np.array([0.80, 0.90, 0.97])
    return [
        NodeCurve("riser", BATTERY_V, BATTERY_KW),
        NodeCurve("roof", np.array([1.05, 1.07]), np.array([30.0, 0.0])),
        NodeCurve("office", v, np.array([0.0, -10.0, -20.0])),
        constant("floor", 8.0),
        constant("room", 2.0),
    ]


@pytest.mark.parametrize("passing", [(), ("riser>floor",), ("riser>floor", "office>room"), ("office>room",)])
@pytest.mark.parametrize("target", [None, -20.0, 10.0])
def test_levels_and_their_stages(passing: tuple[str, ...], target: float | None) -> None:
    """Currents balance at every node; a stage that passes gives its low side its own voltage."""
    network, curves = building(), devices()
    interface = None if target is None else interface_curve("bus", target, -100.0, 100.0, GRID_V, GRID_SHARE)
    flow = solve_droop(network, curves, source_pu=0.95, interface=interface, passing=passing)
    assert flow.status == SOLVED
    assert_balanced(network, curves, flow, "bus")
    assert flow.width_pu < 1e-8
    v = dict(zip((n.name for n in network.nodes), flow.voltage_pu, strict=True))
    assert v["floor"] == pytest.approx(v["riser"] if "riser>floor" in passing else 1.0, abs=1e-15)
    assert v["room"] == pytest.approx(v["office"] if "office>room" in passing else 1.0, abs=1e-15)
    lost = {f.element for f in flow.findings if f.kind == "signal_lost"}
    assert lost == (set() if "riser>floor" in passing else {"office"})
    for k, c in enumerate(network.converters):
        stage = load_converter(c.converter, c.rated_kw)
        taken = flow.converter_output_kw[k] + flow.converter_loss_kw[k]
        assert taken == pytest.approx(ac_from_bus_kw(flow.converter_output_kw[k], 1, stage), abs=1e-9)
    if target is not None and 0.90 < v["bus"] < 1.05:
        assert flow.source_kw == pytest.approx(target)


def test_target_is_held_and_the_voltage_says_what_it_costs() -> None:
    """Less from the grid, less voltage: the battery gives more, then the office takes less."""
    network, curves = building(), devices()
    flows = [
        solve_droop(
            network,
            curves,
            interface=interface_curve("bus", target, -100.0, 100.0, GRID_V, GRID_SHARE),
            passing=("riser>floor",),
        )
        for target in (40.0, 20.0, 0.0, -40.0, -80.0)
    ]
    voltages = [flow.voltage_pu[0] for flow in flows]
    assert all(a > b for a, b in pairwise(voltages))
    given = [flow.given_kw[0] for flow in flows]
    assert all(a < b for a, b in pairwise(given))
    assert flows[-1].given_kw[2] > -20.0
    kinds = {f.kind for f in flows[-1].findings}
    assert kinds <= {"low_voltage", "stopped"}
    assert kinds


def test_more_than_anybody_takes_is_a_surplus() -> None:
    network, interface = building(), interface_curve("bus", 10.0, -100.0, 100.0, GRID_V, GRID_SHARE)
    for fed, fate in ((150.0, SOLVED), (300.0, SURPLUS)):
        flow = solve_droop(network, [*devices(), constant("roof", -fed)], interface=interface)
        assert flow.status == fate
    assert flow.findings[0].kind == "surplus"
    assert flow.fate == "surplus"
    assert math.isnan(flow.source_kw)


def test_loads_only_agree_with_the_flow_of_constant_powers() -> None:
    """`dc_flow`'s sweep, another method, over levels that hold their low side."""
    network = building()
    loads = {"riser": 20.0, "roof": -15.0, "floor": 8.0, "office": 25.0, "room": 2.0}
    flow = solve_droop(network, [constant(n, kw) for n, kw in loads.items()], source_pu=1.02)
    row = np.zeros(len(network.nodes))
    for n, kw in loads.items():
        row[network.node(n)] = kw
    other = solve_network(network, row, 1.02)
    nominal = np.array([n.voltage for n in network.nodes])
    assert flow.voltage_pu * nominal == pytest.approx(other.voltage_v[0], rel=1e-9)
    assert flow.source_kw == pytest.approx(other.source_kw[0], abs=1e-6)
    assert flow.converter_loss_kw == pytest.approx(other.converter_loss_kw[0], abs=1e-9)
    assert flow.cable_loss_kw == pytest.approx(other.cable_loss_kw[0], abs=1e-7)


@pytest.mark.parametrize("share", [0.5, 0.99, 1.0 - 1e-7, 1.0 + 1e-7, 1.01, 3.0])
def test_one_line_up_to_the_nose_and_beyond(share: float) -> None:
    """v = 1/2 + sqrt(1/4 - P/g), up to P = g/4."""
    network = chain(2)
    greatest = conductance_kw(network, 0) / 4.0
    flow = solve_droop(network, [constant("n1", share * greatest)])
    assert flow.status == (SOLVED if share < 1.0 else COLLAPSED)
    if share < 1.0:
        assert flow.voltage_pu[1] == pytest.approx(0.5 + math.sqrt(0.25 - 0.25 * share), abs=1e-9)


def test_flat_voltage_has_no_box() -> None:
    """Nothing slopes between 0.90 and 1.05: the upper end is given, and the box's width says so."""
    network = dc_network([DcNode("bus", 750.0)], [], [], "bus")
    interface = interface_curve("bus", 30.0, -100.0, 100.0, GRID_V, GRID_SHARE)
    flow = solve_droop(network, [constant("bus", 30.0)], interface=interface)
    assert flow.status == SOLVED
    assert flow.voltage_pu[0] == pytest.approx(1.05)
    assert math.isnan(flow.width_pu)


def test_devices_below_the_band_are_named() -> None:
    network = chain(3, 300.0)
    flow = solve_droop(network, [constant("n2", 150.0)])
    kinds = {f.element: f.kind for f in flow.findings}
    assert kinds == {"n1": "low_voltage", "n2": "stopped"}


def test_what_is_no_curve_or_no_source_is_refused() -> None:
    network = chain(2)
    with pytest.raises(TwinError, match="must not rise"):
        NodeCurve("n1", np.array([0.9, 1.0]), np.array([0.0, 1.0]))
    with pytest.raises(TwinError, match="must not rise"):
        NodeCurve("n1", np.array([1.0, 0.9]), np.array([1.0, 0.0]))
    with pytest.raises(TwinError, match="as many finite powers"):
        NodeCurve("n1", np.array([0.9, 1.0]), np.array([1.0, math.nan]))
    with pytest.raises(TwinError, match="as many finite powers"):
        NodeCurve("n1", np.array([0.9, 1.0]), np.array([1.0]))
    with pytest.raises(TwinError, match="no node 'x'"):
        solve_droop(network, [constant("x", 1.0)])
    with pytest.raises(TwinError, match="no stage 'n0>n1'"):
        solve_droop(network, [], passing=["n0>n1"])
    with pytest.raises(TwinError, match="source voltage"):
        solve_droop(network, [], source_pu=0.0)
    with pytest.raises(TwinError, match="Put it at the source"):
        solve_droop(network, [], interface=constant("n1", 1.0))
    with pytest.raises(TwinError, match="hvac_over"):
        bus_curves(
            np.zeros(1, BUS_DEVICES)[0], load_device_curves("han_2023"), np.zeros(0, EV_SESSION), {}, "n0"
        )
