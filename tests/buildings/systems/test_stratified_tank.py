"""Tanks with layers: books, order, plug flow and conduction against the analytic front, thermostat."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import erfc

from buildings.systems.component import AMBIENT, CHILLED_WATER, HOT_WATER, SPACE_HEAT, STORED
from buildings.systems.records import read_library
from buildings.systems.stratified_tank import CALLING, STRATIFIED_TANK, even_tank, load_tank
from weather.errors import TwinError

Array = NDArray[np.float64]


def tank(key: str, carrier: str, volume: float = 0.3, power: float = 2e4, **changes: float) -> Array:
    return STRATIFIED_TANK.pack(carrier, {**load_tank(key, volume, power), **changes})


def layers(first: float, last: float, n: int, calling: float = 0.0) -> Array:
    values = even_tank(first)
    values |= {f"temp_{i}": t for i, t in enumerate(np.linspace(first, last, n))}
    return STRATIFIED_TANK.start(values | {"calling": calling})


@given(
    key=st.sampled_from(["dhw_coil", "dhw_direct", "buffer", "seasonal_tank"]),
    wishes=st.lists(st.integers(-12, 12), min_size=1, max_size=6),
    feeds=st.lists(st.integers(0, 8), min_size=6, max_size=6),
    ends=st.tuples(st.integers(10, 80), st.integers(10, 80)),
    step=st.sampled_from([60.0, 900.0, 3600.0]),
    inlet=st.integers(20, 80),
)
def test_books_close_with_the_layers_and_order_is_kept(
    run_component: Callable[..., Any], usual: Callable[..., Any], key: str, wishes: list[int],
    feeds: list[int], ends: tuple[int, int], step: float, inlet: int,
) -> None:  # fmt: skip
    p = tank(key, "space_heat")
    n, node = int(p[1]), p[2]
    s = layers(max(ends), min(ends), n)
    c = np.tile(
        usual(step=step, temp_supply=40.0, temp_return=30.0, temp_heat_in=float(inlet)), (len(wishes), 1)
    )
    c[:, 10] = 1e3 * np.array(feeds[: len(wishes)])
    ran = run_component(STRATIFIED_TANK, p, s, 1e3 * np.array(wishes), c)
    held = ran.states[:, :n].sum(axis=1) * node
    assert ran.flows[:, STORED] * step == pytest.approx(np.diff(held), rel=1e-6, abs=1e-9 * held.max())
    out = np.clip(1e3 * np.array(wishes), ran.limits[:, 0], ran.limits[:, 1])
    assert ran.flows[:, SPACE_HEAT] == pytest.approx(out - c[:, 10], abs=1e-9)
    assert (np.diff(ran.states[:, :n], axis=1) <= 1e-9).all()
    assert (ran.states[:, n:CALLING] == s[n]).all()


@given(
    wishes=st.lists(st.floats(-1.0, 1.0).map(lambda x: round(x, 4)), min_size=1, max_size=8),
    start=st.integers(20, 70),
)
def test_within_the_limits_nothing_is_warmer_than_what_was_fed_or_colder_than_what_returned(
    run_component: Callable[..., Any], usual: Callable[..., Any], wishes: list[float], start: int
) -> None:
    p = tank("dhw_direct", "space_heat", power=1e6)
    c = usual(step=900.0, temp_supply=40.0, temp_return=30.0, temp_heat_in=60.0, temp_in=35.0)
    limits = run_component(STRATIFIED_TANK, p, layers(start, start, 12), 0.0, c).limits[0]
    ran = run_component(
        STRATIFIED_TANK, p, layers(start, start, 12), np.array(wishes) * max(-limits[0], limits[1]), c
    )
    assert ran.states[:, :12].max() <= max(60.0, start, 35.0) + 1e-6
    assert ran.states[:, :12].min() >= min(30.0, start, 35.0) - 1e-6


def test_a_cold_tank_is_a_hot_one_upside_down(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    hot = tank("chilled_water", "space_heat", 50.0, 2e5)
    cold = tank("chilled_water", "chilled_water", 50.0, 2e5)
    wishes = np.array([0.0, 5e4, 1e5, -3e4, 2e4])
    warm = usual(step=900.0, temp_supply=52.0, temp_return=47.0, temp_heat_in=54.0, temp_in=33.0)
    cool = usual(step=900.0, temp_supply=8.0, temp_return=13.0, temp_heat_in=6.0, temp_in=27.0)
    warm[10], cool[10] = 3e4, -3e4
    up = run_component(STRATIFIED_TANK, hot, layers(54.0, 48.0, 24), wishes, warm)
    down = run_component(STRATIFIED_TANK, cold, layers(6.0, 12.0, 24), wishes, cool)
    assert 60.0 - down.states[:, :24] == pytest.approx(up.states[:, :24], abs=1e-9)
    assert down.flows[:, CHILLED_WATER] == pytest.approx(-up.flows[:, SPACE_HEAT], rel=1e-9)
    assert down.limits == pytest.approx(up.limits, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("step", [60.0, 300.0, 900.0])
def test_a_front_is_the_analytic_one(
    run_component: Callable[..., Any], usual: Callable[..., Any], step: float
) -> None:
    """Cold water under hot, drawn at a constant rate: a moving error function of the conduction since the
    start.

    A tank of 2 m, 24 layers, 12 min a layer, effective conductivity 4 W/(m K). After three hours the front
    has moved 1.25 m. Mean error of the layers, of 40 K: 0.54, 0.34, 0.06 K for steps of 1, 5, 15 min. Upwind
    differences with as many layers err by 3.0 and 2.2 K at 1 and 5 min, and cannot do 15.
    """
    n, hours = 24, 3.0
    p = tank("chilled_water", "space_heat", 1.0, 1e5, loss_side=0.0, loss_first=0.0, loss_last=0.0)
    height = 2.0
    layer, area = height / n, 1.0 / height
    p[6] = 4.0 * area / layer
    node = p[2]
    velocity = layer / 720.0
    s = layers(60.0, 60.0, n)
    c = usual(step=step, temp_supply=30.0, temp_return=20.0)
    steps = round(hours * 3600.0 / step)
    ran = run_component(STRATIFIED_TANK, p, s, np.full(steps, 40.0 * node / 720.0), c)
    diffusivity = 4.0 / (node / (layer * area))
    depth = ((np.arange(20 * n) + 0.5) * layer / 20.0).reshape(n, 20)
    front = height - velocity * hours * 3600.0
    wanted = 20.0 + 20.0 * erfc((depth - front) / (2.0 * math.sqrt(diffusivity * hours * 3600.0)))
    assert np.abs(ran.states[-1, :n] - wanted.mean(axis=1)).mean() < 0.6
    assert np.abs(ran.states[-1, :n] - wanted.mean(axis=1)).max() < 3.0


def test_standing_loss_is_the_label(run_component: Callable[..., Any], usual: Callable[..., Any]) -> None:
    """A tank of 300 l between classes A and B loses 8.5 + 4.25 * 300^0.4 = 50.1 W at 65 against 20 degC."""
    p = tank("dhw_coil", "hot_water")
    ran = run_component(STRATIFIED_TANK, p, layers(65.0, 65.0, 12), 0.0, usual(step=60.0, temp_in=20.0))
    assert ran.flows[0, AMBIENT] == pytest.approx(8.5 + 4.25 * 300.0**0.4, rel=1e-3)
    assert ran.flows[0, HOT_WATER] == 0.0


def test_steps_of_any_length_tell_the_same_day(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    """Draughts morning and evening, heat at noon: layers within 1 K in the mean, heat within 0.2 %."""
    p = tank("dhw_direct", "hot_water")
    ends = {}
    for step in (60.0, 900.0, 3600.0):
        hours = np.arange(round(86400.0 / step)) * step / 3600.0
        c = np.tile(usual(step=step, temp_supply=45.0, temp_heat_in=55.0), (len(hours), 1))
        c[:, 10] = np.where((hours >= 11.0) & (hours < 14.0), 2500.0, 0.0)
        wishes = np.where((hours >= 7.0) & (hours < 9.0) | (hours >= 19.0) & (hours < 20.0), 2000.0, 0.0)
        ran = run_component(STRATIFIED_TANK, p, layers(55.0, 50.0, 12), wishes, c)
        assert ran.flows[:, HOT_WATER] == pytest.approx(wishes - c[:, 10])
        ends[step] = ran.states[-1, :12]
    for step in (900.0, 3600.0):
        assert np.abs(ends[step] - ends[60.0]).mean() < 1.0
        assert ends[step].mean() == pytest.approx(ends[60.0].mean(), abs=0.05)


def test_the_thermostat_calls_with_hysteresis(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    p = tank("dhw_direct", "hot_water")
    c = usual(temp_heat_in=60.0)

    def call(first: float, last: float, calling: float) -> float:
        ran = run_component(STRATIFIED_TANK, p, layers(first, last, 12, calling), 0.0, c)
        assert ran.states[1, CALLING] == float(ran.limits[0, 2] > 0.0)
        return float(ran.limits[0, 2])

    assert call(58.0, 57.0, 0.0) == 0.0
    assert call(58.0, 57.0, 1.0) > 0.0
    assert call(60.0, 58.0, 1.0) == 0.0
    assert call(56.0, 40.0, 0.0) > 0.0


def test_what_is_fed_passes_through(run_component: Callable[..., Any], usual: Callable[..., Any]) -> None:
    """A small buffer at equal feed and load stays as it is, hour after hour, at many times its volume an
    hour.
    """
    p = tank("buffer", "space_heat", 0.1, 2e4, loss_side=0.0, loss_first=0.0, loss_last=0.0)
    c = usual(step=3600.0, temp_supply=45.0, temp_return=40.0, temp_heat_in=46.0, heat_in=1e4)
    ran = run_component(STRATIFIED_TANK, p, layers(46.0, 40.0, 8), np.full(24, 1e4), c)
    assert ran.limits[:, 1] == pytest.approx(1e4, rel=0.2)
    served = np.minimum(1e4, ran.limits[:, 1])
    assert ran.flows[:, SPACE_HEAT] == pytest.approx(served - 1e4)
    assert ran.temperatures[:, 0] == pytest.approx(46.0, abs=1.0)


def test_water_that_is_not_warm_enough_is_not_offered(
    run_component: Callable[..., Any], usual: Callable[..., Any]
) -> None:
    p = tank("dhw_direct", "hot_water", power=1e6)
    c = usual(temp_supply=45.0, temp_in=35.0)
    cold = run_component(STRATIFIED_TANK, p, layers(39.0, 39.0, 12), 1e3, c)
    warm = run_component(STRATIFIED_TANK, p, layers(45.0, 45.0, 12), 1e6, c)
    assert cold.limits[0, 1] == 0.0
    assert warm.limits[0, 1] == pytest.approx(4.14e6 * 0.3 * 30.0 / 900.0, rel=0.01)
    assert warm.temperatures[0, 0] == pytest.approx(45.0, abs=0.1)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(TwinError, match="dhw_direct"):
        load_tank("barrel", 1.0, 1e3)
    with pytest.raises(TwinError, match="volume"):
        load_tank("buffer", 0.0, 1e3)
    with pytest.raises(TwinError, match="outdoors"):
        load_tank("buffer", 1.0, 1e3, place="roof")


def test_every_product_says_where_it_comes_from() -> None:
    entries = read_library("tanks")
    assert len(entries) >= 3
    for key, values in entries.items():
        assert {"name_en", "name_zh", "source", "year", "confidence"} <= set(values)
        STRATIFIED_TANK.pack("space_heat", load_tank(key, 10.0, 1e4, place="ground"))
