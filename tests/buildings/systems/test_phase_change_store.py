"""Phase-change stores: books, two analytic melting cases, limits, hysteresis of the call."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.systems.component import CHILLED_WATER, SPACE_HEAT, STORED
from buildings.systems.phase_change_store import (
    CALLING,
    PARTS,
    PHASE_CHANGE_STORE,
    PhaseChangeStore,
    load_phase_change_store,
    prepare,
    store_at,
)
from buildings.systems.records import read_library
from weather.errors import TwinError

Array = NDArray[np.float64]
KWH = 3.6e6


def store(
    key: str, carrier: str, temp: float, kwh: float = 10.0, **changes: float
) -> tuple[dict[str, float], Array, Array]:
    values = {**load_phase_change_store(key, kwh * KWH), **changes}
    state = PHASE_CHANGE_STORE.start(store_at(values, temp))
    return values, PHASE_CHANGE_STORE.pack(carrier, values), state


@given(
    hot=st.sampled_from(["acetate_58", "paraffin_44"]),
    wishes=st.lists(st.integers(-20, 20), min_size=1, max_size=10),
    feeds=st.lists(st.integers(0, 10), min_size=10, max_size=10),
    start=st.integers(20, 75),
    inlet=st.integers(40, 75),
    step=st.sampled_from([60.0, 900.0, 3600.0]),
)
def test_books_close_with_the_enthalpy(
    run_component: Callable[..., Any], usual: Callable[..., Any], hot: str, wishes: list[int],
    feeds: list[int], start: int, inlet: int, step: float,
) -> None:  # fmt: skip
    _, p, s = store(hot, "space_heat", start)
    c = np.tile(usual(step=step, temp_supply=38.0, temp_return=30.0, temp_heat_in=inlet), (len(wishes), 1))
    c[:, 10] = 1e3 * np.array(feeds[: len(wishes)])
    ran = run_component(PHASE_CHANGE_STORE, p, s, 1e3 * np.array(wishes), c)
    held = ran.states[:, :PARTS].sum(axis=1)
    assert ran.flows[:, STORED] * step == pytest.approx(np.diff(held), rel=1e-6, abs=1e-3)
    served = np.clip(1e3 * np.array(wishes), ran.limits[:, 0], ran.limits[:, 1])
    assert ran.flows[:, SPACE_HEAT] == pytest.approx(served - c[:, 10], abs=1e-6)


@given(wishes=st.lists(st.integers(-100, 100), min_size=1, max_size=20), start=st.integers(20, 70))
def test_within_the_limits_it_stays_between_inlet_and_return(
    run_component: Callable[..., Any], usual: Callable[..., Any], wishes: list[int], start: int
) -> None:
    values, p, s = store("paraffin_44", "space_heat", start, loss=0.0)
    c = usual(step=3600.0, temp_supply=32.0, temp_return=30.0, temp_heat_in=50.0)
    ran = run_component(PHASE_CHANGE_STORE, p, s, 1e3 * np.array(wishes), c)
    top = max(store_at(values, 50.0)["enthalpy_0"], s[0])
    low = min(store_at(values, 30.0)["enthalpy_0"], s[0])
    assert ran.states[:, :PARTS].max() <= top + 1.0
    assert ran.states[:, :PARTS].min() >= low - 1.0


def test_melting_at_one_temperature_is_an_exchanger(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    """No layer, one melting temperature: heat is mc (Tin - Tm) (1 - exp(-NTU)) until the first part is
    molten.

    That part is molten after latent heat over its own share of the heat; both to 1e-6.
    """
    values, p, s = store(
        "acetate_58", "space_heat", 57.0, loss=0.0, layer=0.0, melt_to=57.0, film=PARTS / 250.0, flow=250.0
    )
    s[:PARTS] = 0.0
    heat = 250.0 * 18.0 * (1.0 - math.exp(-1.0))
    first = 250.0 * 18.0 * (1.0 - math.exp(-1.0 / PARTS))
    molten_after = values["latent"] / first
    steps = int(molten_after / 60.0) + 3
    c = usual(step=60.0, temp_heat_in=75.0, temp_supply=40.0)
    ran = run_component(PHASE_CHANGE_STORE, p, s, np.full(steps, -1e9), c)
    early = int(molten_after / 60.0)
    assert -ran.limits[:early, 0] == pytest.approx(heat, rel=1e-6)
    assert ran.states[early, 0] == pytest.approx(values["latent"] * early * 60.0 / molten_after, rel=1e-6)
    assert ran.states[early + 1, 0] >= values["latent"]
    assert ran.temperatures[0, 1] == pytest.approx(57.0 + 18.0 * math.exp(-1.0), abs=1e-6)


@pytest.mark.parametrize(("step", "within"), [(60.0, 0.002), (900.0, 0.02), (3600.0, 0.1)])
def test_a_growing_layer_slows_melting_as_stefan_says(
    run_component: Callable[..., Any], usual: Callable[..., Any], step: float, within: float,
) -> None:  # fmt: skip
    """Quasi-steady Stefan problem with a film: t = L / dT (R0 x + R1 x^2 / 2), in plenty of water.

    Share molten after the time that the solution needs for 80 %: within 0.002, 0.02, 0.1 in 90, 6
    and 2 steps.
    """
    values, p, s = store(
        "paraffin_44", "space_heat", 44.0, loss=0.0, melt_from=44.0, film=0.01, layer=0.05, flow=1e9
    )
    share = 0.8
    time = values["latent"] / 20.0 * (0.01 * share + 0.05 * share**2 / 2.0)
    steps = round(time / step)
    s[:PARTS] = 0.0
    wishes = np.full(steps, -1e9)
    c = usual(step=time / steps, temp_heat_in=64.0, temp_supply=30.0)
    ran = run_component(PHASE_CHANGE_STORE, p, s, wishes, c)
    assert ran.states[-1, 0] / values["latent"] == pytest.approx(share, abs=within)


def test_a_battery_gives_its_heat_at_its_temperature(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    """Molten acetate heats mains water of 15 degC to more than 50 degC for most of its latent heat."""
    _, p, s = store("acetate_58", "hot_water", 65.0)
    c = usual(step=300.0, temp_mains=15.0, temp_supply=50.0)
    ran = run_component(PHASE_CHANGE_STORE, p, s, np.full(40, 1e9), c)
    drawn = ran.limits[:, 1] * 300.0 / KWH
    assert drawn.sum() > 8.0
    assert (ran.temperatures[drawn > 0.0, 0] >= 45.0 - 1e-6).all()
    assert (np.diff(ran.limits[:, 1]) <= 1e-6).all()


def test_a_cold_store_freezes_and_melts(run_component: Callable[..., Any], usual: Callable[..., Any]) -> None:
    """Salt of 10 degC: charged by water of 5 degC, it gives water of 16 degC from a return of 21."""
    values, p, s = store("salt_10", "chilled_water", 14.0, kwh=100.0)
    c = usual(step=900.0, temp_heat_in=5.0, temp_supply=16.0, temp_return=21.0)
    charged = run_component(PHASE_CHANGE_STORE, p, s, np.full(48, -1e9), c)
    assert (charged.flows[:, CHILLED_WATER] >= 0.0).all()
    frozen = 1.0 - np.clip(charged.states[-1, :PARTS] / values["latent"], 0.0, 1.0).mean()
    assert frozen > 0.8
    drawn = run_component(PHASE_CHANGE_STORE, p, charged.states[-1], np.full(48, 1e9), c)
    assert (drawn.flows[:, CHILLED_WATER] <= 0.0).all()
    assert drawn.limits[0, 1] > 1e4
    assert (drawn.temperatures[drawn.limits[:, 1] > 0.0, 0] <= 17.0 + 1e-6).all()


def test_it_calls_from_refill_until_it_takes_hardly_more(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    def call(temp: float, calling: float) -> float:
        _, p, s = store("paraffin_44", "space_heat", temp)
        s[CALLING] = calling
        ran = run_component(PHASE_CHANGE_STORE, p, s, 0.0, usual(temp_heat_in=50.0))
        assert ran.states[1, CALLING] == float(ran.limits[0, 2] > 0.0)
        return float(ran.limits[0, 2])

    assert call(43.5, 0.0) == 0.0
    assert call(43.5, 1.0) > 0.0
    assert call(42.0, 0.0) > 0.0
    assert call(49.9, 1.0) == 0.0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(TwinError, match="acetate_58"):
        load_phase_change_store("wax", 1.0)
    with pytest.raises(TwinError, match="size"):
        load_phase_change_store("salt_10", 0.0)
    with pytest.raises(TwinError, match="outdoors"):
        load_phase_change_store("salt_10", 1.0, place="roof")


def test_every_product_says_where_it_comes_from() -> None:
    entries = read_library("phase_change_stores")
    assert len(entries) >= 3
    for key, values in entries.items():
        assert {"name_en", "name_zh", "source", "year", "confidence"} <= set(values)
        PHASE_CHANGE_STORE.pack("chilled_water", load_phase_change_store(key, KWH))


@pytest.mark.parametrize("carrier", ["hot_water", "space_heat", "chilled_water"])
def test_a_row_of_a_project_starts_charged(carrier: str) -> None:
    row = {"name": "store", "type": "phase_change_store", "serves": carrier, "capacity": 20}
    setting: Any = None  # it needs nothing of its building
    made = prepare(PhaseChangeStore.model_validate(row), carrier, setting)
    molten = made.start["enthalpy_0"] / made.parameters["latent"]
    assert molten < 0.0 if carrier == "chilled_water" else molten > 1.0
    PHASE_CHANGE_STORE.pack(carrier, made.parameters)
    inside = PhaseChangeStore.model_validate(row | {"charge_temperature": 9.5, "equipment": "salt_10"})
    if carrier == "chilled_water":
        with pytest.raises(TwinError, match="between 9"):
            prepare(inside, carrier, setting)
