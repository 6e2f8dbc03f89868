"""The bus voltage: against an independent bisection, unique, and refused curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.dc_bus import BUS_DEVICES, solve_bus, surplus_kw
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share, load_device_curves
from buildings.systems.ev import EV_SESSION
from weather.errors import TwinError

NO_ROW, NO_SESSIONS = np.zeros(0, np.int32), np.zeros(0, EV_SESSION)
KW = st.floats(0.0, 300.0)


def _devices(**values: float) -> np.ndarray:
    row = np.zeros(1, BUS_DEVICES)
    for name, value in {"reference_pu": 1.0, **values}.items():
        row[name] = value
    return row


def _plain_surplus(v: float, d: dict[str, float]) -> float:
    """Section 2.2 of the curve table written out with numpy.interp, without vehicles."""
    battery = d["battery_power_kw"] * np.interp(v, [0.92, 0.98, 1.02, 1.05], [1, 0, 0, -1])
    battery = min(max(battery, -d["battery_charge_max_kw"]), d["battery_discharge_max_kw"])
    low, high, target = d["interface_low_kw"], d["interface_high_kw"], d["interface_target_kw"]
    grid = np.interp(v, [0.85, 0.90, 1.05, 1.07], [high, target, target, low])
    hvac = d["hvac_kw"] * np.interp(v, [0.80, 0.90, 0.97], [0, 0.5, 1])
    hvac += (d["hvac_precool_kw"] - d["hvac_kw"]) * np.interp(v, [1.02, 1.05], [0, 1])
    light = d["lighting_kw"] * np.interp(v, [0.80, 0.85, 0.90], [0, 0.85, 1])
    pv = d["pv_kw"] * np.interp(v, [1.05, 1.07], [1, 0])
    return float(grid + battery + pv - hvac - light - d["constant_kw"])


@st.composite
def device_values(draw: st.DrawFn) -> dict[str, float]:
    rated, power = draw(st.floats(50.0, 400.0)), draw(st.floats(10.0, 200.0))
    hvac = draw(KW)
    return {
        "pv_kw": draw(KW),
        "battery_power_kw": power,
        "battery_charge_max_kw": power * draw(st.floats(0.0, 1.0)),
        "battery_discharge_max_kw": power * draw(st.floats(0.0, 1.0)),
        "hvac_kw": hvac,
        "hvac_precool_kw": hvac * draw(st.floats(1.0, 1.3)),
        "lighting_kw": draw(KW),
        "constant_kw": draw(KW),
        "interface_target_kw": rated * draw(st.floats(-1.0, 1.0)),
        "interface_low_kw": -rated,
        "interface_high_kw": rated,
    }


@given(device_values())
def test_voltage_agrees_with_a_plain_bisection(values: dict[str, float]) -> None:
    devices = _devices(**values)[0]
    v, rest, _ = solve_bus(devices, load_device_curves(), NO_ROW, NO_SESSIONS)
    at_low, at_high = _plain_surplus(V_MIN, values), _plain_surplus(V_MAX, values)
    if at_low < -1e-9:
        assert (v, rest) == (V_MIN, pytest.approx(at_low, abs=1e-9))
        return
    if at_high > 1e-9:
        assert v == V_MAX
        return
    a, b = V_MIN, V_MAX
    for _ in range(60):
        m = 0.5 * (a + b)
        a, b = (m, b) if _plain_surplus(m, values) > 0.0 else (a, m)
    assert abs(rest) <= 1e-9
    assert _plain_surplus(v, values) == pytest.approx(0.0, abs=1e-8)
    # where F is flat any voltage of the flat is right; elsewhere there is one
    slope = _plain_surplus(v - 1e-4, values) - _plain_surplus(v + 1e-4, values)
    if slope > 1e-3:
        assert v == pytest.approx(a, abs=1e-7)


@given(
    device_values(), st.floats(0.9, 1.05), st.floats(-1.0, 1.0), st.floats(V_MIN, V_MAX), st.floats(0.0, 0.1)
)
def test_surplus_never_rises_with_voltage(
    values: dict[str, float], reference: float, order: float, v: float, step: float
) -> None:
    """Also with a battery order and a moved reference voltage: the condition for one root."""
    battery = order * values["battery_power_kw"]
    devices = _devices(**{**values, "reference_pu": reference, "battery_order_kw": battery})[0]
    curves = load_device_curves()
    here = surplus_kw(v, devices, curves, NO_ROW, NO_SESSIONS)
    assert surplus_kw(v + step, devices, curves, NO_ROW, NO_SESSIONS) <= here + 1e-9


@given(st.floats(0.7, 1.2))
def test_curves_are_what_numpy_interpolates(v: float) -> None:
    curves = load_device_curves()
    for name in ("pv", "battery", "ev", "hvac_reduced", "hvac_precool", "lighting", "interface"):
        points, shares = curves[f"{name}_v"], curves[f"{name}_share"]
        assert curve_share(v, points, shares) == pytest.approx(np.interp(v, points, shares), abs=1e-12)


@pytest.mark.parametrize(
    "curve",
    [
        {"pv": {"v": [1.05, 1.07], "share": [0.0, 1.0]}},
        {"lighting": {"v": [0.80, 0.85, 0.92], "share": [1.0, 0.5, 0.0]}},
        {"battery": {"v": [0.92, 0.98, 0.97, 1.05], "share": [1.0, 0.0, 0.0, -1.0]}},
        {"battery": {"v": [0.92, 0.98, 1.02], "share": [1.0, 0.0]}},
        {"battery": {"v": [0.9, 0.92, 0.98, 1.0, 1.02], "share": [1.0, 0.5, 0.4, 0.2, 0.0]}},
        {"battery": {"v": [0.92, 0.9205], "share": [1.0, 0.0]}},
        {"interface": {"v": [0.9, 1.05], "share": [1.5, 0.0]}},
        {"ev_urgency_shift": -0.1},
        {"hvac_over": {"v": [1.05, 1.07], "share": [0.9, 0.0]}},
        {"hvac_over": {"v": [1.04, 1.07], "share": [1.0, 0.0]}},
        {"ev": {"v": [0.90, 0.93, 0.95, 0.97, 1.03], "share": [-1.0, 0.0, 0.0, float("nan"), 1.0]}},
    ],
)
def test_curve_that_would_make_the_voltage_ambiguous_is_refused(curve: dict[str, Any]) -> None:
    with pytest.raises(TwinError) as raised:
        load_device_curves(overrides=curve)
    assert raised.value.key == next(iter(curve))
