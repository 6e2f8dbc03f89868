"""Borefields: books, limits, decades against pygfunction's own load aggregation, thermal drift."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.systems import ground_response
from buildings.systems.borefield import (
    BOREFIELD,
    BoreholeField,
    aged_field,
    field_drift,
    load_borefield,
    new_field,
    prepare,
    seasonal_year,
)
from buildings.systems.component import ELECTRICITY, SOURCE, STORED
from buildings.systems.ground_response import Field, Pipes, borehole_resistance, exponentials, g_function
from buildings.systems.records import entry, read_library
from weather.errors import TwinError

Array = NDArray[np.float64]
SETTING: Any = None  # a field needs nothing of its building
KEY, ROWS, COLUMNS = "double_u_25_100", 3, 2


@pytest.fixture(scope="module")
def parameters() -> dict[str, float]:
    return load_borefield(KEY, ROWS, COLUMNS)


@pytest.fixture(scope="module")
def field(parameters: dict[str, float]) -> Array:
    return BOREFIELD.pack("source", parameters)


def office_year(cooling_w: float, heating_w: float, steps: int) -> Array:
    """Heat drawn from the ground by a Shanghai office: heating to March, cooling May to September, by day."""
    hours = np.arange(steps) * 8760.0 / steps
    day = 0.5 * (1.0 + np.cos(2.0 * math.pi * (hours % 24.0 - 14.0) / 24.0))
    season = np.cos(2.0 * math.pi * (hours / 8760.0 - 205.0 / 365.0))
    busy = np.where((hours // 24.0) % 7.0 < 5.0, 1.0, 0.2)
    return (
        (-cooling_w * np.clip(season, 0.0, 1.0) + heating_w * np.clip(-season - 0.3, 0.0, 1.0)) * day * busy
    )


@given(
    heats=st.lists(st.floats(-2.0, 2.0).map(lambda heat: round(heat, 6)), min_size=1, max_size=8),
    step=st.sampled_from([60.0, 300.0, 900.0, 3600.0]),
    age=st.integers(0, 30),
)
def test_books_close_and_water_stays_within_bounds(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array, parameters: dict[str, float],
    heats: list[float], step: float, age: int,
) -> None:  # fmt: skip
    s = BOREFIELD.start(
        aged_field(field, office_year(parameters["rated"], 0.6 * parameters["rated"], 365), age)
    )
    wishes = np.array(heats) * parameters["rated"]
    ran = run_component(BOREFIELD, field, s, wishes, usual(step=step))
    given_w = np.clip(wishes, ran.limits[:, 0], ran.limits[:, 1])
    assert ran.flows[:, SOURCE] == pytest.approx(given_w)
    assert ran.flows[:, ELECTRICITY] == pytest.approx(-0.02 * np.abs(given_w))
    assert (ran.limits[:, 0] <= 0.0).all()
    assert (ran.limits[:, 1] >= 0.0).all()
    leaving = ran.temperatures[:, 0]
    into = leaving - (given_w - 0.02 * np.abs(given_w)) / parameters["flow"]
    assert (leaving[given_w < 0.0] <= parameters["most"] + 1e-6).all()
    assert (into[given_w > 0.0] >= parameters["least"] - 1e-6).all()


def test_a_step_is_exact_whatever_its_length(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array
) -> None:
    start = BOREFIELD.start(new_field())
    hour = run_component(BOREFIELD, field, start, np.full(2, 2e4), usual(step=3600.0))
    minutes = run_component(BOREFIELD, field, start, np.full(120, 2e4), usual(step=60.0))
    assert hour.states[-1] == pytest.approx(minutes.states[-1], rel=1e-9, abs=1e-12)
    # the hour's water is the mean of its minutes
    assert hour.temperatures[:, 0] == pytest.approx(minutes.temperatures[:, 0].reshape(2, 60).mean(axis=1))


@given(first=st.integers(-20_000, 20_000), second=st.integers(-20_000, 20_000))
def test_the_more_is_drawn_the_colder_the_water(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array, first: int, second: int
) -> None:
    start = BOREFIELD.start(new_field())
    low, high = sorted((first, second))
    supply = [run_component(BOREFIELD, field, start, w, usual()).temperatures[0, 0] for w in (low, high)]
    assert supply[0] >= supply[1]


def test_a_step_load_follows_the_g_function(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array, parameters: dict[str, float]
) -> None:
    """A single constant load is the definition of g; the exponentials keep it to 0.01 K at 50 W/m."""
    heat = 6e3
    ran = run_component(
        BOREFIELD, field, BOREFIELD.start(new_field()), np.full(8760, heat), usual(step=3600.0)
    )
    times, g = g_function(shape())
    hours = 3600.0 * np.arange(1, 8761)
    q = 0.98 * heat / parameters["metres"]
    wanted = q / (2.0 * math.pi * 1.78) * np.interp(np.log(hours), np.log(times), g)
    assert ran.states[1:].sum(axis=1) == pytest.approx(wanted, abs=0.005)
    assert ran.flows[:, STORED] == pytest.approx(-0.98 * heat)


def shape(**changes: float) -> Field:
    values, soil = entry("borefields", KEY), entry("grounds", "shanghai_soft")
    parts = {
        "rows": ROWS, "columns": COLUMNS, "spacing": values["spacing"], "length": values["length"],
        "depth": values["depth"], "radius": values["radius"], "conductivity": soil["conductivity"],
        "capacity": soil["capacity"],
    }  # fmt: skip
    return Field(**(parts | changes))


def test_resistance_of_a_single_u_is_the_first_order_multipole_of_the_literature() -> None:
    """Closed form of Hellström (1991), as in Javed and Spitler, Applied Energy 187 (2017), eq. for grouted
    single U.

    The borehole is so short that nothing flows from leg to leg; over 100 m that adds some percent.
    """
    bore = Field(1, 1, 5.0, 10.0, 1.5, 0.065, 1.78, 2.8e6)
    pipes = Pipes(1, 0.0131, 0.016, 0.06, 0.42, 1.5, 1.5e-6, 0.32)
    film = 1.0 / (2.0 * math.pi * 0.0131 * 2670.0)  # Gnielinski at Re 14,800 and 18 degC
    pipe = film + math.log(0.016 / 0.0131) / (2.0 * math.pi * 0.42)
    near, wide, thin = 0.06 / 0.13, 0.065 / 0.016, 0.016 / 0.06
    sigma, beta = (1.5 - 1.78) / (1.5 + 1.78), 2.0 * math.pi * 1.5 * pipe
    fourth = near**4
    top = thin**2 * (1.0 - 4.0 * sigma * fourth / (1.0 - fourth)) ** 2
    low = (1.0 + beta) / (1.0 - beta) + thin**2 * (1.0 + 16.0 * sigma * fourth / (1.0 - fourth) ** 2)
    local = (beta + math.log(wide / (2.0 * near * (1.0 - fourth) ** sigma)) - top / low) / (
        4.0 * math.pi * 1.5
    )
    assert borehole_resistance(bore, pipes, 18.0) == pytest.approx(local, rel=0.005)
    assert 1.01 * local < borehole_resistance(replace(bore, length=100.0), pipes, 18.0) < 1.06 * local


@pytest.mark.long
def test_twenty_years_of_hours_are_pygfunctions_own(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array, parameters: dict[str, float],
    figure: Callable[[str], None],
) -> None:  # fmt: skip
    """Fluid temperature within 0.05 K of Claesson and Javed's aggregation in pygfunction, run directly.

    Measured in the 20th year, where the fluid swings by 19 K: 0.032 K at most, with 20 cells a level there.
    The exact superposition of all 175,200 loads tells who is nearer: 0.004 K from ours, 0.035 K from the
    aggregation (0.098 K with its default of 5 cells, 0.067 K with 10).
    """
    from pygfunction.borefield import Borefield
    from pygfunction.load_aggregation import ClaessonJaved
    from scipy.interpolate import PchipInterpolator
    from scipy.signal import fftconvolve

    year = office_year(55.0 * parameters["metres"], 30.0 * parameters["metres"], 8760)
    heats = np.tile(year, 20)
    s = BOREFIELD.start(new_field())
    wide = field.copy()
    wide[1], wide[7], wide[8] = 1e9, -1e3, 1e3  # no limit may cut this load
    ran = run_component(BOREFIELD, wide, s, heats, usual(step=3600.0))
    q = (heats - 0.02 * np.abs(heats)) / parameters["metres"]
    ours = parameters["ground"] - ran.states[1:].sum(axis=1) - parameters["resistance"] * q

    soil, values = entry("grounds", "shanghai_soft"), entry("borefields", KEY)
    bores = Borefield.rectangle_field(
        ROWS,
        COLUMNS,
        values["spacing"],
        values["spacing"],
        values["length"],
        values["depth"],
        values["radius"],
    )
    scheme = ClaessonJaved(3600.0, len(q) * 3600.0, cells_per_level=20)
    alpha = soil["conductivity"] / soil["capacity"]
    times = np.asarray(scheme.get_times_for_simulation())
    g = np.asarray(bores.evaluate_g_function(alpha, times)) / (2.0 * math.pi * soil["conductivity"])
    scheme.initialize(g)
    theirs = np.zeros_like(q)
    for k, load in enumerate(q):
        scheme.next_time_step((k + 1) * 3600.0)
        scheme.set_current_load(load)
        theirs[k] = soil["temp"] - scheme.temporal_superposition() - parameters["resistance"] * load
    hours = 3600.0 * np.arange(1, len(q) + 1)
    whole = np.asarray(PchipInterpolator(np.log(times), g)(np.log(hours)))
    drop = fftconvolve(q, np.diff(whole, prepend=0.0))[: len(q)]
    exact = soil["temp"] - drop - parameters["resistance"] * q

    last = slice(-8760, None)
    apart = float(np.abs(ours - theirs)[last].max())
    figure(
        f"fluid of a borefield in its 20th year: {apart:.3f} K off pygfunction; off the exact one "
        f"{np.abs(ours - exact)[last].max():.3f} K, pygfunction {np.abs(theirs - exact)[last].max():.3f} K"
    )
    assert ours[last].max() - ours[last].min() > 15.0
    assert apart < 0.05
    assert np.abs(ours - exact).max() < 0.02


def test_a_field_that_is_aged_at_once_is_the_field_that_was_marched(
    run_component: Callable[..., Any], usual: Callable[..., Any], field: Array
) -> None:
    year = office_year(2e4, 8e3, 365)
    marched = run_component(
        BOREFIELD, field, BOREFIELD.start(new_field()), np.tile(year, 3), usual(step=86400.0)
    )
    aged = BOREFIELD.start(aged_field(field, year, 3))
    assert aged == pytest.approx(marched.states[-1], rel=1e-9, abs=1e-12)


def test_more_cooling_than_heating_warms_the_ground_year_by_year(field: Array) -> None:
    """Shanghai offices give the ground more than they take; a balanced field stays, and drift slows with
    age.
    """
    dominated = field_drift(field, office_year(2.5e4, 1.0e4, 730), 10)
    assert (dominated["drift_k"] > 0.0).all()
    assert dominated["drift_k"].is_monotonic_decreasing
    assert dominated["most_c"].is_monotonic_increasing
    assert (dominated["ground_gain_kwh"] > 0.0).all()
    year = office_year(2.5e4, 2.5e4, 730)
    taken = np.where(year > 0.0, 0.98 * year, 0.0).sum()
    brought = np.where(year < 0.0, -1.02 * year, 0.0).sum()
    balanced = field_drift(field, np.where(year > 0.0, year * brought / taken, year), 10)
    assert abs(balanced["ground_gain_kwh"].iloc[0]) < 1e-6 * brought
    assert abs(balanced["drift_k"].sum()) < 0.1 * dominated["drift_k"].sum()


def test_the_cache_keeps_nothing_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torn file is computed anew and put right; without a writable folder the field works all the same."""
    calls = []

    def computed(field: Field) -> Array:
        calls.append(field)
        return kept

    kept = np.array(g_function(shape()))
    monkeypatch.setattr(ground_response, "_compute", computed)
    monkeypatch.setattr(ground_response.platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    assert np.array(g_function(shape())) == pytest.approx(kept)
    assert np.array(g_function(shape())) == pytest.approx(kept)
    assert len(calls) == 1
    (file,) = (tmp_path / "pedf-twin" / "g_functions").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    g_function(shape())
    g_function(shape())
    assert len(calls) == 2
    g_function(shape(spacing=6.0))
    assert len(calls) == 3
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setattr(ground_response.platformdirs, "user_cache_dir", lambda name: str(blocked))
    assert np.array(g_function(shape())) == pytest.approx(kept)
    assert len(calls) == 4


def test_what_cannot_be_is_refused(field: Array) -> None:
    with pytest.raises(TwinError, match="single_u_32_100"):
        load_borefield("hole", 2, 2)
    with pytest.raises(TwinError, match="shanghai_soft"):
        load_borefield(KEY, 2, 2, ground="granite")
    with pytest.raises(TwinError, match="0 x 2"):
        load_borefield(KEY, 0, 2)
    with pytest.raises(TwinError, match="spacing"):
        load_borefield(KEY, 2, 2, spacing_m=-1.0)
    with pytest.raises(TwinError, match="overlap"):
        load_borefield(KEY, 2, 2, spacing_m=0.1)
    with pytest.raises(TwinError, match="do not fit"):
        borehole_resistance(shape(radius=0.03), Pipes(1, 0.013, 0.016, 0.06, 0.4, 1.5, 1e-6, 0.3), 18.0)
    with pytest.raises(TwinError, match="-1 years"):
        aged_field(field, np.zeros(365), -1)
    with pytest.raises(TwinError, match="even"):
        aged_field(field, [1.0, math.nan], 1)
    times, g = g_function(shape())
    with pytest.raises(TwinError, match="exponentials"):
        exponentials(times, g + np.sin(np.log(times)))


def test_every_product_says_where_it_comes_from() -> None:
    for library in ("borefields", "grounds"):
        entries = read_library(library)
        assert len(entries) >= 3
        for values in entries.values():
            assert {"name_en", "name_zh", "source", "year", "confidence"} <= set(values)
    for key in read_library("borefields"):
        values = load_borefield(key, 1, 1)
        assert 0.05 < values["resistance"] < 0.2


def test_a_field_in_a_project_may_have_its_years_behind_it() -> None:
    """Ten years of 60 MWh to the ground and 30 from it leave six boreholes 2 K warmer than 60 and 60."""
    row = {"name": "field", "type": "borefield", "rows": ROWS, "columns": COLUMNS, "equipment": KEY}
    used = {"age": 10, "yearly_given": "60 MWh", "yearly_drawn": 30000}
    new = prepare(BoreholeField.model_validate(row), "source", SETTING)
    old = prepare(BoreholeField.model_validate(row | used), "source", SETTING)
    balanced = prepare(BoreholeField.model_validate(row | used | {"yearly_drawn": 60000}), "source", SETTING)
    assert sum(new.start.values()) == 0.0
    assert sum(old.start.values()) < sum(balanced.start.values()) - 2.0
    year = seasonal_year(30000.0, 60000.0)
    assert np.maximum(year, 0.0).sum() * 0.024 == pytest.approx(30000.0)
    assert np.maximum(-year, 0.0).sum() * 0.024 == pytest.approx(60000.0)
