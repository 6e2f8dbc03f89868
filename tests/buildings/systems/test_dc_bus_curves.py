"""The bus voltage under curves drawn at random, and the published bands (Han et al. 2023)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from buildings.systems.curve_rules import SHAPES, set_fault
from buildings.systems.dc_bus import (
    BUS_DEVICES,
    hvac_on_bus_kw,
    interface_on_bus_kw,
    solve_bus,
    surplus_kw,
    voltage_span,
)
from buildings.systems.dc_network import BAND_PU
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share, load_device_curves
from buildings.systems.ev import EV_SESSION, session_power_kw
from buildings.systems.records import entry

CASES = 10_000
TOLERANCE_PU = 1e-9
"""Of the residual over the rating of the grid interface."""
FLAT_PU = 1e-6
"""A wider span of balancing voltages is a flat."""
_DENSE = np.linspace(V_MIN, V_MAX, 271)


def _draw_curve(rng: np.random.Generator, name: str, v: np.ndarray | None = None) -> dict[str, list[float]]:
    shape = SHAPES[name]
    points = int(rng.integers(2, shape.points + 1))
    if v is None:
        v = np.sort(rng.choice(np.arange(0.76, 1.10, 0.004), points, replace=False))
        v = v + rng.uniform(0.0, 0.003, points)
    share = np.sort(rng.uniform(shape.low, shape.high, len(v)))[:: -1 if shape.sign > 0.0 else 1]
    if rng.random() < 0.3:
        share = np.round(share * 2.0) / 2.0  # plateaus
    return {"v": v.tolist(), "share": share.tolist()}


def _two(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    return np.sort(rng.uniform(low, high, 2)) + np.array([0.0, 0.002])


def _draw_curves(rng: np.random.Generator) -> dict[str, Any]:
    curves: dict[str, Any] = {name: _draw_curve(rng, name) for name in SHAPES}
    while np.interp(1.0, curves["ev"]["v"], curves["ev"]["share"]) <= 0.0:
        curves["ev"] = _draw_curve(rng, "ev")
    curves["ev_urgency_shift"] = float(rng.uniform(0.0, 0.1))
    curves["hvac_over"] = {"v": [1.05, 1.07], "share": [1.0, 1.0]}
    if rng.random() < 0.3:
        v, low = _two(rng, 1.03, 1.10), _two(rng, 0.8, 1.0)
        curves["hvac_over"] = {"v": v.tolist(), "share": [1.0, float(rng.random())]}
        curves["pv"] = {"v": v.tolist(), "share": [1.0, 0.0]}
        curves["interface"] = {"v": [*low, *v], "share": [float(rng.random()), 0.0, 0.0, -1.0]}
        curves["battery"]["share"][-1] = -1.0
        curves["battery"]["v"] = (np.array(curves["battery"]["v"]) - 0.07).tolist()
        curves["ev"]["share"] = np.abs(np.sort(curves["ev"]["share"])).tolist()
        curves["ev"]["share"].sort()
        if set_fault(curves) is not None:  # the fall does not end within the range
            curves["hvac_over"]["share"] = [1.0, 1.0]
    return curves


def _draw_state(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    rating, power, demand = rng.uniform(50.0, 400.0), rng.uniform(10.0, 200.0), rng.uniform(0.0, 300.0)
    values = {
        "reference_pu": rng.uniform(0.95, 1.03),
        "pv_kw": rng.uniform(0.0, 400.0) * rng.integers(0, 2),
        "battery_power_kw": power,
        "battery_order_kw": power * rng.uniform(-1.0, 1.0),
        "battery_charge_max_kw": power * rng.random(),
        "battery_discharge_max_kw": power * rng.random(),
        "battery_charge_forced_kw": power * rng.random() * (rng.random() < 0.1),
        "hvac_kw": demand,
        "hvac_precool_kw": demand * rng.uniform(1.0, 1.3),
        "hvac_least": rng.random() * (rng.random() < 0.3),
        "lighting_kw": rng.uniform(0.0, 100.0),
        "constant_kw": rng.uniform(0.0, 200.0),
        "ev_on_bus": 1,
        "interface_target_kw": rating * rng.uniform(-1.2, 1.2),
        "interface_low_kw": -rating * rng.random(),
        "interface_high_kw": rating,
    }
    row = np.zeros(1, BUS_DEVICES)
    for name, value in values.items():
        row[name] = value
    sessions = np.zeros(int(rng.integers(0, 4)), EV_SESSION)
    sessions["high_kw"] = rng.uniform(0.0, 60.0, len(sessions))
    sessions["low_kw"] = rng.uniform(-60.0, 60.0, len(sessions))
    sessions["low_kw"] = np.minimum(sessions["low_kw"], sessions["high_kw"])
    sessions["order_kw"] = np.nan
    sessions["shift_pu"] = rng.uniform(0.0, 0.1, len(sessions))
    return row, sessions


def _draw_case(rng: np.random.Generator) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Curves, state and vehicles; two cases in three balance somewhere, one in ten has plateaus only."""
    drawn = _draw_curves(rng)
    row, sessions = _draw_state(rng)
    if rng.random() < 0.1:
        for name in ("pv_kw", "hvac_kw", "hvac_precool_kw", "lighting_kw"):
            row[name] = 0.0
        sessions = sessions[:0]
        for name in ("battery", "interface"):
            drawn[name]["share"] = np.round(drawn[name]["share"]).tolist()
        if set_fault(drawn) is not None:
            drawn["hvac_over"]["share"] = [1.0, 1.0]
    battery = drawn["battery"]
    if np.interp(float(row["reference_pu"][0]), battery["v"], battery["share"]) <= -1.0:
        row["battery_order_kw"] = np.minimum(row["battery_order_kw"], 0.0)
    if rng.random() < 0.67:
        surplus = float(_plain_surplus(rng.uniform(V_MIN, V_MAX), drawn, row, sessions))
        row["constant_kw"] += max(surplus, -float(row["constant_kw"][0]))
    return drawn, row, sessions


def _plain_surplus(
    v: float | np.ndarray, curves: dict[str, Any], row: np.ndarray, sessions: np.ndarray
) -> np.ndarray:
    """F written out with numpy.interp."""
    d = dict(zip(BUS_DEVICES.names or (), row[0].item(), strict=True))

    def share(name: str, at: Any = v) -> np.ndarray:
        return np.asarray(np.interp(at, curves[name]["v"], curves[name]["share"]))

    full, order = d["battery_power_kw"], d["battery_order_kw"]
    origin = float(share("battery", d["reference_pu"]))
    move = share("battery") - origin
    up = (full - order) * np.maximum(move, 0.0) / (1.0 - origin) if origin < 1.0 else 0.0
    down = (full + order) * np.minimum(move, 0.0) / (1.0 + origin) if origin > -1.0 else 0.0
    forced = d["battery_charge_forced_kw"]
    most = -forced if forced > 0.0 else d["battery_discharge_max_kw"]
    battery = np.minimum(np.maximum(order + up + down, -d["battery_charge_max_kw"]), most)
    low, high = d["interface_low_kw"], d["interface_high_kw"]
    target = min(max(d["interface_target_kw"], low), high)
    support = share("interface")
    grid = target + np.maximum(support, 0.0) * (high - target) + np.minimum(support, 0.0) * (target - low)
    hvac = d["hvac_kw"] * np.maximum(share("hvac_reduced"), d["hvac_least"])
    hvac = (hvac + (d["hvac_precool_kw"] - d["hvac_kw"]) * share("hvac_precool")) * share("hvac_over")
    rest = d["lighting_kw"] * share("lighting") + d["constant_kw"]
    for session in sessions:
        part = share("ev", v + session["shift_pu"])
        part = np.where(part >= 0.0, part * session["high_kw"], -part * min(session["low_kw"], 0.0))
        rest = rest + np.minimum(np.maximum(part, session["low_kw"]), session["high_kw"])
    return np.asarray(grid + battery + d["pv_kw"] * share("pv") - hvac - rest)


@pytest.mark.long
def test_ten_thousand_random_sets_of_curves_and_states() -> None:
    """One root, to 1e-9 of the interface's rating, where brentq finds it; else the right end and sign."""
    rng = np.random.default_rng(20_251_121)
    fates = dict.fromkeys(("root", "flat", "deficit", "surplus", "over"), 0)
    for case in range(CASES):
        drawn, row, sessions = _draw_case(rng)
        curves, ev_row = load_device_curves(overrides=drawn), np.arange(len(sessions), dtype=np.int32)
        devices, base = row[0], float(row["interface_high_kw"][0])
        v, rest, _ = solve_bus(devices, curves, ev_row, sessions)
        assert V_MIN <= v <= V_MAX, case
        assert rest == pytest.approx(float(_plain_surplus(v, drawn, row, sessions)), abs=1e-9), case
        ends = _plain_surplus(np.array([V_MIN, V_MAX]), drawn, row, sessions)
        if ends[0] < -1e-9 or ends[1] > 1e-9:
            assert v == (V_MIN if ends[0] < 0.0 else V_MAX), case
            assert np.sign(rest) == np.sign(ends[0] if ends[0] < 0.0 else ends[1]), case
            fates["deficit" if ends[0] < 0.0 else "surplus"] += 1
            continue
        assert abs(rest) / base < TOLERANCE_PU, case
        low, high = voltage_span(v, max(2e-9, 2.0 * abs(rest)), devices, curves, ev_row, sessions)
        assert low <= v <= high, case
        f = _plain_surplus(_DENSE, drawn, row, sessions)
        signs = np.sign(np.where(np.abs(f) > 1e-8, f, 0.0))
        assert (np.diff(signs[signs != 0.0]) <= 0.0).all(), case
        fates["over"] += drawn["hvac_over"]["share"][1] < 1.0 and v > drawn["hvac_over"]["v"][0]
        if high - low > FLAT_PU:
            inside = _plain_surplus(np.linspace(low, high, 9), drawn, row, sessions)
            assert np.abs(inside).max() < 1e-8, case
            reference = float(row["reference_pu"][0])
            assert not low + 1e-9 < reference < high - 1e-9 or v == reference, case
            fates["flat"] += 1
            continue
        fates["root"] += 1
        k = int(np.flatnonzero(np.append(1.0, f[:-1]) > 0.0)[-1]) if f[-1] <= 0.0 else len(f) - 1
        expected = brentq(
            lambda x, c=drawn, r=row, s=sessions: float(_plain_surplus(x, c, r, s)),
            _DENSE[max(k - 1, 0)], _DENSE[k], xtol=1e-14,
        )  # fmt: skip
        # within what rounding of F leaves open
        assert v == pytest.approx(expected, abs=1e-9 + high - low), case
    assert sum(fates[name] for name in ("root", "flat", "deficit", "surplus")) == CASES
    assert fates["root"] > 5000, fates
    assert min(fates.values()) > 20, fates


def test_rising_over_voltage_reduction_would_give_two_roots() -> None:
    """Why `hvac_over` must fall with PV: at another voltage F crosses zero twice, and it is refused."""
    drawn = {**entry("device_curves", "default"), "hvac_over": {"v": [1.02, 1.04], "share": [1.0, 0.0]}}
    row = np.zeros(1, BUS_DEVICES)
    for name, value in {
        "reference_pu": 1.0, "pv_kw": 60.0, "hvac_kw": 100.0, "hvac_precool_kw": 100.0,
        "interface_target_kw": 20.0, "interface_low_kw": -10.0, "interface_high_kw": 100.0,
    }.items():  # fmt: skip
        row[name] = value
    f = _plain_surplus(_DENSE, drawn, row, np.zeros(0, EV_SESSION))
    assert np.count_nonzero(np.diff(np.sign(f)) != 0) > 1
    fault = set_fault(drawn)
    assert fault is not None
    assert fault.name == "hvac_over"


# --- flats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "expected", "span"), [(1.0, 1.0, (0.98, 1.02)), (1.01, 1.01, (0.98, 1.02))]
)
def test_voltage_that_nothing_determines_is_the_reference(
    reference: float, expected: float, span: tuple[float, float]
) -> None:
    """In the dead band the battery rests, the interface holds its target, and no unit slopes."""
    row = np.zeros(1, BUS_DEVICES)
    row["reference_pu"], row["constant_kw"], row["interface_target_kw"] = reference, 40.0, 40.0
    row["interface_low_kw"], row["interface_high_kw"] = -100.0, 100.0
    row["battery_power_kw"] = row["battery_charge_max_kw"] = row["battery_discharge_max_kw"] = 50.0
    none = np.zeros(0, np.int32), np.zeros(0, EV_SESSION)
    v, rest, _ = solve_bus(row[0], load_device_curves(), *none)
    assert (v, rest) == (expected, 0.0)
    assert voltage_span(v, 1e-9, row[0], load_device_curves(), *none) == pytest.approx(span, abs=1e-9)
    row["constant_kw"] = 45.0
    v, rest, _ = solve_bus(row[0], load_device_curves(), *none)
    assert v == pytest.approx(0.98 - 0.06 * 0.1, abs=1e-9)
    assert np.ptp(voltage_span(v, 1e-9, row[0], load_device_curves(), *none)) < 1e-8


@pytest.mark.parametrize("reference", [V_MIN, V_MAX])
def test_reference_at_an_end_of_the_range(reference: float) -> None:
    row = np.zeros(1, BUS_DEVICES)
    row["reference_pu"], row["interface_high_kw"], row["interface_low_kw"] = reference, 100.0, -100.0
    for load, expected in ((500.0, V_MIN), (50.0, 0.875), (-500.0, V_MAX)):
        row["constant_kw"] = load
        v, rest, _ = solve_bus(row[0], load_device_curves(), np.zeros(0, np.int32), np.zeros(0, EV_SESSION))
        assert v == pytest.approx(expected, abs=1e-9)
        assert np.sign(round(rest, 6)) == {V_MIN: -1.0, V_MAX: 1.0}.get(expected, 0.0)


# --- published bands ----------------------------------------------------------------------------------------


def _powers(key: str, v: np.ndarray) -> dict[str, np.ndarray]:
    """Power of every device over its rating at voltages, as the kernels read the curves."""
    curves, row = load_device_curves(key), np.zeros(1, BUS_DEVICES)
    row["hvac_kw"], row["hvac_precool_kw"] = 1.0, 1.15
    row["interface_target_kw"], row["interface_low_kw"], row["interface_high_kw"] = 0.4, -1.0, 1.0
    car = np.zeros(1, EV_SESSION)
    car["high_kw"], car["order_kw"] = 1.0, np.nan
    return {
        "hvac": np.array([hvac_on_bus_kw(x, row[0], curves) for x in v]),
        "interface": np.array([interface_on_bus_kw(x, row[0], curves) for x in v]),
        "ev": np.array([session_power_kw(x, curves, car[0]) for x in v]),
        "pv": np.array([curve_share(x, curves["pv_v"], curves["pv_share"]) for x in v]),
        "lighting": np.array([curve_share(x, curves["lighting_v"], curves["lighting_share"]) for x in v]),
    }


RATED = np.linspace(0.90, 1.05, 31)
LOW = np.linspace(0.80, 0.90, 22)[1:-1]
HIGH = np.linspace(1.05, 1.07, 22)[1:-1]
OUTSIDE = np.array([0.5, 0.79, 0.80, 1.07, 1.08, 1.3])


def test_published_bands() -> None:
    """Han et al. 2023: rated from 0.90 to 1.05, reduced from 0.80 and to 1.07, stopped outside."""
    assert (RATED[0], RATED[-1]) == BAND_PU
    rated, low = _powers("han_2023", RATED), _powers("han_2023", LOW)
    high, outside = _powers("han_2023", HIGH), _powers("han_2023", OUTSIDE)
    assert rated["hvac"][RATED <= 1.02] == pytest.approx(1.0, abs=1e-12)
    assert (rated["hvac"] >= 1.0 - 1e-12).all()  # above 1.02 it may pre-cool
    for load in ("hvac", "lighting", "ev"):
        assert (rated[load] >= 1.0 - 1e-12).all(), load
        assert (np.diff(low[load]) > 0.0).all(), load
        assert low[load].min() > 0.0, load
        assert low[load].max() < 1.0, load
        assert outside[load][:3] == pytest.approx(0.0, abs=1e-12), load
    for reduced in ("hvac", "pv"):
        assert (np.diff(high[reduced]) < 0.0).all(), reduced
        assert high[reduced].min() > 0.0, reduced
        assert high[reduced].max() < rated[reduced][-1], reduced
        assert outside[reduced][3:] == pytest.approx(0.0, abs=1e-12), reduced
    assert rated["pv"] == pytest.approx(1.0, abs=1e-12)
    assert rated["interface"] == pytest.approx(0.4, abs=1e-12)
    assert outside["interface"] == pytest.approx([1.0, 1.0, 1.0, -1.0, -1.0, -1.0], abs=1e-12)


def test_default_curves_within_the_published_bands() -> None:
    """Never more than the bands allow at low voltage; heat pump and vehicles give way earlier.

    One thing is not as published, and stated beside the data: above 1.05 the heat pump keeps its power.
    """
    rated, low = _powers("default", RATED), _powers("default", LOW)
    high, outside = _powers("default", HIGH), _powers("default", OUTSIDE)
    assert rated["lighting"] == pytest.approx(1.0, abs=1e-12)
    assert rated["pv"] == pytest.approx(1.0, abs=1e-12)
    assert rated["interface"] == pytest.approx(0.4, abs=1e-12)
    assert (rated["hvac"][RATED >= 0.97] >= 1.0 - 1e-12).all()
    assert (rated["hvac"] >= 0.5 - 1e-12).all()
    published = _powers("han_2023", LOW)
    for load in ("hvac", "ev"):
        assert (low[load] <= published[load] + 1e-12).all(), load
    for load in ("hvac", "lighting"):
        assert (np.diff(low[load]) > 0.0).all(), load
        assert low[load].min() > 0.0, load
        assert low[load].max() < 1.0, load
        assert outside[load][:3] == pytest.approx(0.0, abs=1e-12), load
    assert (np.diff(high["pv"]) < 0.0).all()
    assert outside["pv"][3:] == pytest.approx(0.0, abs=1e-12)
    assert high["hvac"] == pytest.approx(1.15, abs=1e-12)


def test_surplus_is_what_the_devices_say() -> None:
    """F of the kernel against the same written out, at voltages that are no roots."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        drawn, row, sessions = _draw_case(rng)
        curves, ev_row = load_device_curves(overrides=drawn), np.arange(len(sessions), dtype=np.int32)
        v = float(rng.uniform(0.7, 1.2))
        expected = float(_plain_surplus(v, drawn, row, sessions))
        assert surplus_kw(v, row[0], curves, ev_row, sessions) == pytest.approx(expected, abs=1e-9)
