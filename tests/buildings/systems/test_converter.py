"""The loss form against published efficiencies, and its inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.converter import (
    load_converter,
    loss_kw,
    modular_loss_kw,
    modules_running,
    output_from_input_kw,
)
from buildings.systems.converter_series import converters_in_series
from buildings.systems.grid_interface import (
    ac_from_bus_kw,
    bus_from_ac_kw,
    bus_limits_kw,
    modules_for_bus_kw,
)
from buildings.systems.records import read_library
from weather.errors import TwinError

KEYS = sorted(read_library("converters"))


@pytest.mark.parametrize("key", KEYS)
def test_efficiencies_at_10_50_100_percent(key: str) -> None:
    """CEC list (SAM library 2019-03-05) and bslib, to 0.1 point; coefficients have four digits."""
    converter = load_converter(key, 100.0)
    for load, published in zip((0.1, 0.5, 1.0), read_library("converters")[key]["check"], strict=True):
        out = 100.0 * load
        assert out / (out + loss_kw(out, 100.0, converter)) == pytest.approx(published, abs=1.5e-3)


@pytest.mark.parametrize("key", KEYS)
def test_every_entry_says_where_it_comes_from(key: str) -> None:
    values = read_library("converters")[key]
    assert values["source"]
    assert values["year"] >= 2000
    assert values["confidence"]


@given(st.sampled_from(KEYS), st.floats(0.0, 1.2), st.floats(0.5, 2000.0))
def test_output_from_input_inverts_the_loss(key: str, load: float, rated: float) -> None:
    converter = load_converter(key, rated)
    out = load * rated
    found = output_from_input_kw(out + loss_kw(out, rated, converter), rated, converter)
    assert found == pytest.approx(out, rel=1e-12, abs=1e-12 * rated)


def test_input_below_the_no_load_loss_gives_nothing() -> None:
    converter = load_converter("afe_older", 100.0)
    assert output_from_input_kw(0.5, 100.0, converter) == 0.0


def test_smallest_number_of_modules() -> None:
    converter = load_converter("afe_median", 400.0, modules=4, module_load_limit=0.9)
    assert [modules_running(p, converter) for p in (0.0, 89.9, 90.0, 90.1, 270.1, 400.0)] == [
        1,
        1,
        1,
        2,
        4,
        4,
    ]
    one = load_converter("afe_median", 400.0)
    # four modules at a tenth of the load waste less: that is their point
    assert modular_loss_kw(40.0, converter) < 0.6 * modular_loss_kw(40.0, one)


@pytest.mark.parametrize(
    ("key", "rated", "modules", "limit"),
    [
        ("nobody", 1.0, 1, 1.0),
        ("afe_best", -1.0, 1, 1.0),
        ("afe_best", np.nan, 1, 1.0),
        ("afe_best", 1.0, 0, 1.0),
        ("afe_best", 1.0, 1, 1.5),
    ],
)
def test_wrong_converter_is_refused(key: str, rated: float, modules: int, limit: float) -> None:
    with pytest.raises(TwinError):
        load_converter(key, rated, modules, limit)


@given(st.sampled_from(KEYS), st.integers(1, 5), st.floats(0.5, 1.0), st.floats(-0.999, 0.999))
def test_interface_maps_are_inverse(key: str, modules: int, limit: float, share: float) -> None:
    interface = load_converter(key, 200.0, modules, limit)
    low, high = bus_limits_kw(interface, np.inf)
    wanted = share * (200.0 if share < 0.0 else ac_from_bus_kw(high, modules, interface))
    bus, running = bus_from_ac_kw(wanted, interface)
    assert low - 1e-9 <= bus <= high + 1e-9
    assert ac_from_bus_kw(bus, running, interface) == pytest.approx(wanted, abs=1e-9)


@given(st.integers(1, 4), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_interface_loses_and_rises(modules: int, a: float, b: float) -> None:
    interface = load_converter("afe_median", 200.0, modules)
    first, second = sorted((200.0 * a, 200.0 * b))
    at_first = ac_from_bus_kw(first, modules_for_bus_kw(first, interface), interface)
    assert at_first > first
    same = modules_for_bus_kw(second, interface)
    if same == modules_for_bus_kw(first, interface):
        assert ac_from_bus_kw(second, same, interface) >= at_first


def test_interface_is_continuous_where_grid_and_bus_share_the_no_load_loss() -> None:
    interface = load_converter("afe_older", 100.0)
    for ac in (0.0, 0.72):
        below, above = bus_from_ac_kw(ac - 1e-9, interface)[0], bus_from_ac_kw(ac + 1e-9, interface)[0]
        assert above - below == pytest.approx(2e-9, abs=1e-9)


@pytest.mark.parametrize("front", ["afe_best", "afe_median", "afe_older"])
@pytest.mark.parametrize("back", ["dcdc_average", "dcdc_good"])
def test_two_stages_in_series_as_one(front: str, back: str) -> None:
    """Within 1e-4 of the rating over the whole range."""
    one = converters_in_series(front, back, 7.0)
    first, second = load_converter(front, 7.0), load_converter(back, 7.0)
    for out in np.linspace(0.0, 7.0, 29):
        behind = loss_kw(out, 7.0, second)
        both = behind + loss_kw(out + behind, 7.0, first)
        assert loss_kw(out, 7.0, one) == pytest.approx(both, abs=7e-4)


def test_the_library_s_charger_on_ac_is_its_two_stages() -> None:
    one, stored = (
        converters_in_series("afe_median", "dcdc_average", 1.0),
        load_converter("ev_charger_ac", 1.0),
    )
    for name in ("alpha", "beta", "gamma"):
        assert one[name] == pytest.approx(stored[name], abs=2e-5)
