"""The design check of a DC bus: closed forms, the linearised circuit, the network, flat voltages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buildings.systems.bus_design import (
    STATES,
    BusCheck,
    BusTopology,
    bus_checks,
    curve_lines,
    droop_band_pu,
    feeder_reach_m,
    flat_spans,
    hold_up_s,
    largest_drop,
    least_capacitance,
    static_limit_kw,
    upper_root_v,
)
from buildings.systems.curve_rules import SHAPES
from buildings.systems.dc_bus import BUS_DEVICES, solve_bus, voltage_span
from buildings.systems.dc_network import DcCable, DcConverter, DcNode, dc_network, solve_network
from buildings.systems.device_curves import load_device_curves
from buildings.systems.droop_network import NodeCurve, solve_droop
from buildings.systems.ev import EV_SESSION
from buildings.systems.records import entry

OFFICE = BusTopology(
    750.0, 300.0, 250.0, 100.0, 150.0, ("battery", "interface", "pv", "ev", "hvac", "lighting")
)


def by_key(checks: tuple[BusCheck, ...]) -> dict[str, BusCheck]:
    return {check.key: check for check in checks}


def test_figures_of_the_worked_example() -> None:
    """750 V, 300 kW of load, 250 kW with 5 % droop, 50 uH; 10 mF from 750 to 600 V: by hand."""
    resistance = 0.05 * 750.0**2 / 250e3
    assert resistance == pytest.approx(0.1125)
    assert static_limit_kw(250.0, 0.05) == pytest.approx(1250.0)
    assert 1e3 * least_capacitance(50e-6, resistance, 750.0, 300e3) == pytest.approx(0.237, abs=0.001)
    assert 1e3 * hold_up_s(10e-3, 750.0, 600.0, 300e3) == pytest.approx(3.375)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.10])
def test_static_limit_is_where_the_network_collapses(share: float) -> None:
    """The droop of current is a line of that resistance: the network's highest root, up to its collapse."""
    v0, rated = 750.0, 250.0
    resistance = share * v0**2 / (1e3 * rated)
    network = replace(
        dc_network(
            [DcNode("forming", v0), DcNode("bus", v0)],
            [DcCable("forming", "bus", "cu_35", 1.0)],
            [],
            "forming",
        ),
        resistance=np.array([resistance]),
    )
    limit = static_limit_kw(rated, share)
    for part in (0.3, 0.999, 1.001):
        load = NodeCurve("bus", np.ones(1), np.array([-part * limit]))
        flow = solve_droop(network, [load])
        expected = upper_root_v(v0, resistance, 1e3 * part * limit)
        assert np.isnan(expected) == (part > 1.0)
        assert v0 * flow.voltage_pu[1] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("load_w", [50e3, 300e3, 900e3])
@pytest.mark.parametrize("share", [0.01, 0.05])
def test_criteria_are_those_of_the_linearised_circuit(load_w: float, share: float) -> None:
    """Eigenvalues of L di/dt = V0 - R i - v, C dv/dt = i - P/v at the upper root."""
    v0, inductance = 750.0, 50e-6
    resistance = share * v0**2 / 250e3
    v = upper_root_v(v0, resistance, load_w)
    least = least_capacitance(inductance, resistance, v, load_w)
    assert resistance < v * v / load_w
    for factor, stable in ((1.001, True), (0.999, False)):
        c = factor * least
        matrix = [[-resistance / inductance, -1.0 / inductance], [1.0 / c, load_w / (v * v * c)]]
        assert (np.linalg.eigvals(np.array(matrix)).real.max() < 0.0) == stable
    # at the lower root the resistance is too large, and no capacitance helps
    lower = v0 - v
    assert resistance > lower * lower / load_w
    matrix = [[-resistance / inductance, -1.0 / inductance], [1.0, load_w / lower**2]]
    assert np.linalg.eigvals(np.array(matrix)).real.max() > 0.0


def test_a_bus_and_its_checks() -> None:
    checks = by_key(bus_checks(OFFICE, load_device_curves()))
    data = entry("dc_bus_design", "default")
    assert checks["on grid.static_margin"].value == pytest.approx(350.0 / (4.0 * 0.05) / 300.0)
    assert checks["on grid.static_margin"].passed
    assert checks["island.static_margin"].value == pytest.approx(5.0)
    assert checks["shed"].value == pytest.approx(200.0)
    assert checks["shed"].passed is None
    capacitance = 2.0 * data["capacitor_energy"] * 500.0 / 750.0**2
    assert checks["on grid.capacitance"].value == pytest.approx(1e3 * capacitance)
    assert checks["hold_up"].value == pytest.approx(1e3 * hold_up_s(capacitance, 750.0, 600.0, 300e3))
    assert all(check.confidence in ("assumed", "derived") for check in checks.values())
    assert all(check.name_en and check.name_zh and check.basis for check in checks.values())


def test_what_does_not_keep_its_limit_says_so() -> None:
    weak = by_key(bus_checks(replace(OFFICE, interface_kw=20.0, battery_kw=10.0), load_device_curves()))
    assert weak["on grid.static_margin"].passed is False
    assert "on grid.voltage" not in weak
    assert weak["hold_up"].passed is False
    alone = by_key(
        bus_checks(replace(OFFICE, battery_kw=0.0, units=("interface", "pv")), load_device_curves())
    )
    assert not any(key.startswith("island") for key in alone)
    empty = bus_checks(replace(OFFICE, load_kw=0.0), load_device_curves())
    assert empty
    assert all(check.key.startswith("flat") for check in empty)


def test_flat_spans_are_where_the_bus_has_no_single_voltage() -> None:
    curves = load_device_curves()
    assert flat_spans(curves, OFFICE.units) == []
    assert flat_spans(curves, STATES["nobody there"]) == [(0.8, 0.85), (0.9, 0.92), (0.98, 1.02)]
    assert flat_spans(curves, STATES["nobody there, battery full"])[-1] == (0.98, 1.05)
    assert flat_spans(curves, STATES["nobody there, battery empty"])[-1] == (0.9, 1.02)
    # the same of the solution: balanced in a flat, the whole flat balances
    row = np.zeros(1, BUS_DEVICES)
    row["reference_pu"], row["battery_power_kw"] = 1.0, 50.0
    row["battery_charge_max_kw"] = row["battery_discharge_max_kw"] = 50.0
    row["interface_high_kw"], row["interface_low_kw"] = 100.0, -100.0
    none = np.zeros(0, np.int32), np.zeros(0, EV_SESSION)
    for load, span in ((0.0, (0.98, 1.02)), (50.0, (0.9, 0.92))):
        row["constant_kw"] = load
        v, _, _ = solve_bus(row[0], curves, *none)
        assert voltage_span(v, 1e-9, row[0], curves, *none) == pytest.approx(span, abs=1e-9)
    steep = load_device_curves(overrides={"interface": {"v": [0.8, 1.0, 1.07], "share": [1.0, 0.0, -1.0]}})
    assert flat_spans(steep, STATES["nobody there"]) == []


def test_line_drop_as_a_share_of_the_droop_band() -> None:
    """The length at which a feeder loses 0.5 % does lose it in the network."""
    curves = load_device_curves()
    assert droop_band_pu(curves) == pytest.approx(0.06)
    narrow = load_device_curves(overrides={"battery": {"v": [0.95, 1.0, 1.05], "share": [1.0, -0.5, -1.0]}})
    assert droop_band_pu(narrow) == pytest.approx(0.05 / 1.5)
    reach, count = feeder_reach_m(OFFICE, 300.0, "cu_240", 0.005)
    assert count == 1
    nodes = [DcNode("bus", 750.0), DcNode("plant", 750.0), DcNode("floor", 375.0), DcNode("desk", 375.0)]
    cables = [DcCable("bus", "plant", "cu_240", reach), DcCable("floor", "desk", "cu_16", 80.0)]
    network = dc_network(nodes, cables, [DcConverter("bus", "floor", "dcdc_good", 40.0)], "bus")
    node, drop = largest_drop(network, solve_network(network, [0.0, 300.0, 0.0, 0.0]))
    assert (node, drop) == ("plant", pytest.approx(0.005, rel=0.01))
    flow = solve_network(network, [[0.0, 300.0, 0.0, 0.0], [0.0, 0.0, 0.0, 20.0]])
    node, drop = largest_drop(network, flow)
    assert node == "desk"
    assert drop == pytest.approx(0.03, abs=0.005)
    check = by_key(bus_checks(OFFICE, curves, drop=(node, drop)))["feeder_drop"]
    assert check.passed is False
    assert "of the battery's droop band" in check.basis


def test_curves_as_text_hold_what_was_written() -> None:
    lines = curve_lines(load_device_curves(overrides={"battery": {"v": [0.94, 1.04], "share": [1.0, -1.0]}}))
    assert set(lines) == set(SHAPES)
    assert lines["battery"] == "0.94: 1, 1.04: -1"
    assert lines["lighting"] == "0.8: 0, 0.85: 0.85, 0.9: 1"
