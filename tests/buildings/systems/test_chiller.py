"""Chillers: books, limits, staging, the tower's correlation, the refrigerant behind the dual-mode curves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.systems.chiller import CHILLER, load_chiller, load_chiller_curves, output_at
from buildings.systems.component import AMBIENT, CHILLED_WATER, ELECTRICITY, SOURCE
from buildings.systems.cooling_tower import approach, fan_share, load_tower, ratio_for
from buildings.systems.heat_pump_products import Curves
from buildings.systems.records import read_library
from weather.errors import TwinError

KEYS = sorted(read_library("chillers"))
NOTHING = np.zeros(0)


def pack(key: str, rated: float, **more: Any) -> NDArray[np.float64]:
    return CHILLER.pack("chilled_water", load_chiller(key, rated, **more))


@given(
    key=st.sampled_from(KEYS),
    load=st.floats(0.0, 1.3),
    rated=st.floats(1e4, 1e7),
    units=st.integers(1, 5),
    temp=st.floats(-10.0, 45.0),
    dry=st.floats(0.0, 8.0),
    supply=st.floats(-8.0, 15.0),
    behind=st.booleans(),
)
def test_books_close_and_nothing_is_made(
    run_component: Callable[..., Any],
    usual: Callable[..., Any],
    key: str,
    load: float,
    rated: float,
    units: int,
    temp: float,
    dry: float,
    supply: float,
    behind: bool,
) -> None:
    p = pack(key, rated, units=units, behind=behind and key != "air_scroll")
    c = usual(temp_out=temp, wet_bulb_out=temp - dry, temp_source=temp, temp_supply=supply)
    ran = run_component(CHILLER, p, NOTHING, load * rated, c)
    flows, most = ran.flows[0], ran.limits[0, 1]
    assert -flows[CHILLED_WATER] == pytest.approx(min(load * rated, most))
    assert flows[ELECTRICITY] <= 0.0
    assert flows[AMBIENT] >= -1e-12 * rated
    assert flows[SOURCE] >= 0.0


@pytest.mark.parametrize("key", KEYS)
def test_full_load_at_rating_is_the_rated_cop(
    run_component: Callable[..., Any], usual: Callable[..., Any], key: str
) -> None:
    """7 degC leaving and 30 degC entering, the water given by a row behind, or 35 degC air; no pumps."""
    air = read_library("chillers")[key]["condenser"] == "air"
    values = load_chiller(key, 1e6, units=2, behind=not air)
    p = CHILLER.pack("chilled_water", values | {"chilled_pump": 0.0, "condenser_pump": 0.0})
    c = usual(temp_supply=7.0, temp_out=35.0, temp_source=30.0)
    ran = run_component(CHILLER, p, NOTHING, 1e9, c)
    assert -ran.flows[0, CHILLED_WATER] == pytest.approx(1e6)
    assert ran.flows[0, CHILLED_WATER] / ran.flows[0, ELECTRICITY] == pytest.approx(
        read_library("chillers")[key]["cop"], rel=1e-3
    )
    if not air:
        assert ran.flows[0, SOURCE] == pytest.approx(1e6 - ran.flows[0, ELECTRICITY])


def test_rated_cop_follows_from_the_makers_reference() -> None:
    """Curves are 1 at another point than GB/T 18430.1's: the COP is the reference's over theirs."""
    references = {"centrifugal_vsd": 6.04, "centrifugal_vanes": 5.58, "screw": 5.50, "air_scroll": 3.0}
    for key, cop in references.items():
        values = read_library("chillers")[key]
        (x, y), e = values["rating"], values["curves"]["eir"]
        eir = e[0] + e[1] * x + e[2] * x * x + e[3] * y + e[4] * y * y + e[5] * x * y
        assert values["cop"] == pytest.approx(cop / eir / sum(values["curves"]["load"]), rel=1e-3), key


@pytest.mark.parametrize("key", KEYS)
def test_warmer_outdoors_gives_less_and_costs_more(
    run_component: Callable[..., Any], usual: Callable[..., Any], key: str
) -> None:
    outdoors = np.linspace(18.0, 36.0, 19)
    p = pack(key, 1e6, units=2)
    c = np.array([usual(temp_supply=7.0, temp_out=t, wet_bulb_out=t - 7.0) for t in outdoors])
    ran = run_component(CHILLER, p, NOTHING, np.full(len(outdoors), 6e5), c)
    assert (np.diff(-ran.flows[:, ELECTRICITY]) >= -1e-6).all()
    assert ran.limits[-1, 1] < ran.limits[0, 1]


def test_units_follow_the_load(run_component: Callable[..., Any], usual: Callable[..., Any]) -> None:
    """Pumps of constant speed count the units: of three, one up to a third of what all give."""
    c = usual(temp_supply=7.0, temp_out=30.0)
    p = pack("air_scroll", 9e5, units=3)
    without = CHILLER.pack(
        "chilled_water", load_chiller("air_scroll", 9e5, units=3) | {"chilled_pump": 0.0, "cycling": 1.0}
    )
    most = run_component(CHILLER, p, NOTHING, 1e9, c).limits[0, 1]
    pump = 0.0241 * 3e5
    for share, on in ((0.1, 1), (0.33, 1), (0.34, 2), (0.66, 2), (0.67, 3), (1.0, 3)):
        wish = share * most
        used = -run_component(CHILLER, p, NOTHING, wish, c).flows[0, ELECTRICITY]
        own = -run_component(CHILLER, without, NOTHING, wish + on * pump, c).flows[0, ELECTRICITY]
        assert used == pytest.approx(own + on * pump, rel=0.01), share


def test_only_a_dual_mode_chiller_makes_ice() -> None:
    """At -6 degC brine it keeps some 60 % of its capacity; others are not offered."""
    ice = load_chiller("screw_ice", 1e6)
    share = output_at(ice, -6.0, 26.0) / output_at(ice, 7.0, 26.0)
    assert 0.55 < share < 0.70
    for key in set(KEYS) - {"screw_ice"}:
        assert output_at(load_chiller(key, 1e6), -6.0, 26.0) == 0.0, key


R134A = np.array([
    # degC, m3/kg, kJ/kg liquid, kJ/kg vapour: saturated R134a, ASHRAE Fundamentals 2009, chapter 30
    [-10, 0.09959, 186.70, 392.66], [-6, 0.08587, 191.99, 395.06], [-4, 0.07987, 194.65, 396.25],
    [0, 0.06931, 200.00, 398.60], [4, 0.06039, 205.40, 400.92], [8, 0.05280, 210.84, 403.20],
    [20, 0.03600, 227.47, 409.75], [30, 0.02664, 241.72, 414.82], [40, 0.01997, 256.41, 419.43],
])  # fmt: skip


def _cycle(leaving: float, entering: float) -> tuple[float, float]:
    """Capacity of the swept volume and inverse of Carnot's efficiency, as the library's source says."""
    at, volume, liquid, vapour = R134A.T
    cold, warm = leaving - 3.0, entering + 6.5
    taken = np.interp(cold, at, vapour) - np.interp(warm - 4.0, at, liquid)
    return taken / np.exp(np.interp(cold, at, np.log(volume))), (warm - cold) / (cold + 273.15)


@pytest.mark.parametrize("point", [(-6.0, 24.0), (-6.0, 30.0), (-3.0, 28.0), (5.0, 26.0), (7.0, 32.0)])
def test_dual_mode_curves_are_the_refrigerants(point: tuple[float, float]) -> None:
    curves = read_library("chillers")["screw_ice"]["curves"]
    x, y = point
    form = np.array([1.0, x, x * x, y, y * y, x * y])
    capacity, inverse = (a / b for a, b in zip(_cycle(x, y), _cycle(7.0, 30.0), strict=True))
    assert form @ curves["capacity"] == pytest.approx(capacity, rel=0.01)
    assert form @ curves["eir"] == pytest.approx(inverse, rel=0.005)


@given(wet=st.floats(5.0, 29.0), span=st.floats(2.0, 8.0), wanted=st.floats(2.0, 9.0))
def test_tower_ratio_is_the_inverse_of_its_approach(wet: float, span: float, wanted: float) -> None:
    ratio = ratio_for(wet, span, wanted)
    if 0.0 < ratio < 8.0:
        assert approach(wet, span, ratio) == pytest.approx(wanted, abs=1e-9)


def test_tower_gives_its_design_and_a_fan_its_cube() -> None:
    ratio = load_tower(4.0, 5.0, 28.0)
    assert approach(28.0, 5.0, ratio) == pytest.approx(4.0)
    # drier air holds less water: the approach grows
    assert approach(20.0, 5.0, ratio) > approach(24.0, 5.0, ratio) > 4.0
    assert approach(28.0, 2.5, ratio) < 3.0
    assert fan_share(0.5, 0.2) == pytest.approx(0.125)
    assert fan_share(0.1, 0.2) == pytest.approx(0.5 * 0.008)
    with pytest.raises(TwinError, match="wet bulb"):
        load_tower(0.1, 5.0, 28.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(TwinError, match="screw_ice"):
        load_chiller("reciprocating", 1e6)
    with pytest.raises(TwinError, match="outdoor air"):
        load_chiller("air_scroll", 1e6, behind=True)
    with pytest.raises(TwinError, match="capacity"):
        load_chiller("screw", 0.0)
    own = Curves(
        1e6,
        5.5,
        (1.0, *[0.0] * 6),
        (1.0, *[0.0] * 6),
        "eir",
        (0.0, 1.0),
        0.1,
        (5.0, 10.0),
        (20.0, 32.0),
        "behind",
    )
    values = load_chiller_curves(own, 2e6, like="screw", units=2)
    assert (values["capacity"], values["ratio"]) == (1e6, 5.5)
    with pytest.raises(TwinError, match="condenser"):
        load_chiller_curves(own, 1e6, like="air_scroll")
    with pytest.raises(TwinError, match="biquadratics"):
        load_chiller_curves(replace(own, ratio_kind="cop"), 1e6, like="screw")


@pytest.mark.parametrize("key", KEYS)
def test_every_product_says_where_it_is_from(key: str) -> None:
    values = read_library("chillers")[key]
    assert all(values[name] for name in ("name_en", "name_zh", "source", "year", "confidence"))
