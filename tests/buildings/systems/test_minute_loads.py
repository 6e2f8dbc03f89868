"""Pulses of minutes: energy kept, spread that of many independent appliances, draws like those of DHWcalc."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.systems.minute_loads import HOUR_SPREAD, _pulses, load_pattern, vary
from buildings.systems.records import read_library
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
PATTERNS = sorted(read_library("minute_loads"))
MONTH = 30 * 1440


def sums(values: FloatArray, length: int) -> FloatArray:
    return values.reshape(-1, length).sum(axis=1)


@pytest.mark.parametrize("key", PATTERNS)
@pytest.mark.parametrize("step", [1, 5, 10])
def test_every_block_keeps_its_energy(key: str, step: int) -> None:
    rng = np.random.default_rng(1)
    profile = np.repeat(rng.uniform(0.0, 1.0, 720), 60 // step) * 300.0
    profile[: 120 // step] = 0.0
    found = vary(profile, step, load_pattern(key), np.random.default_rng(2))
    varied = profile * found.factor
    length = (60 if found.block == "hour" else 1440) // step
    np.testing.assert_allclose(sums(varied, length), sums(profile, length), rtol=1e-9, atol=1e-9)
    assert varied.min() >= 0.0
    assert np.all(varied[profile == 0.0] == 0.0)
    assert varied.std() > 1.001 * profile.std()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.0, 1e6), min_size=24, max_size=24),
    st.sampled_from(PATTERNS),
    st.integers(0, 2**32 - 1),
)
def test_any_day_keeps_its_energy(hours: list[float], key: str, seed: int) -> None:
    profile = np.repeat(np.array(hours), 60)
    found = vary(profile, 1, load_pattern(key), np.random.default_rng(seed))
    assert np.all(np.isfinite(found.factor))
    assert found.factor.min() >= 0.0
    assert (profile * found.factor).sum() == pytest.approx(profile.sum(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("key", ["dwelling_equipment", "work_equipment", "dwelling_draws"])
@pytest.mark.parametrize("block", [1, 15, 60])
def test_spread_is_the_one_of_independent_pulses(key: str, block: int) -> None:
    """Campbell's theorem: the variance of a shot noise is rate x integral of the squared pulse."""
    pattern, mean = load_pattern(key), 500.0
    load = _pulses(np.full(365 * 1440, mean), pattern, np.random.default_rng(3))
    assert load.mean() == pytest.approx(mean, rel=0.02)
    seen = load.reshape(-1, block).mean(axis=1).std() / mean
    assert seen == pytest.approx(pattern.relative_spread(mean, block), rel=0.05)


def test_a_hundred_times_the_load_has_a_tenth_of_the_spread() -> None:
    pattern = load_pattern("work_equipment")
    one, many = (
        vary(np.full(12 * MONTH, mean), 1, pattern, np.random.default_rng(4)).factor.std()
        for mean in (1e4, 1e6)
    )
    assert many == pytest.approx(0.1 * one, rel=0.1)


def test_large_loads_keep_hours_and_small_ones_days() -> None:
    pattern = load_pattern("work_equipment")
    large = vary(np.full(MONTH, 1e5), 1, pattern, np.random.default_rng(5))
    assert (large.block, large.empty_blocks) == ("hour", 0)
    assert pattern.relative_spread(1e5, 60) < HOUR_SPREAD
    home = vary(np.full(MONTH, 300.0), 1, load_pattern("dwelling_equipment"), np.random.default_rng(5))
    assert home.block == "day"


def test_a_home_has_the_peaks_of_its_appliances() -> None:
    """CREST (Richardson et al. 2010) homes of 2 to 5 MWh peak at 4 to 10 kW in one-minute means."""
    mean = np.full(365 * 1440, 2416e3 / 8760.0)
    load = mean * vary(mean, 1, load_pattern("dwelling_equipment"), np.random.default_rng(6)).factor
    assert 3500.0 < load.max() < 10000.0
    assert np.median(load) < mean[0]


def dhwcalc_year() -> FloatArray:
    """Mean flow [L/min] of the minutes of 200 L a day by DHWcalc's default step function (its log file)."""
    workday = [(22, 6.5, 2), (6.5, 7.5, 50), (7.5, 12, 6), (12, 13, 16), (13, 18, 6), (18, 22, 20)]
    weekend = [(23, 7, 3.8), (7, 9, 47.5), (9, 15, 7.1), (15, 17, 23.8), (17, 20, 3.6), (20, 23, 14.3)]
    days = []
    for periods, weight in ((workday, 1.0), (weekend, 1.2)):
        day = np.zeros(1440)
        for start, end, share in periods:
            minutes = np.arange(round(start * 60), round((end if end > start else end + 24) * 60)) % 1440
            day[minutes] = share / len(minutes)
        days.append(weight * day / day.sum())
    year = np.concatenate([days[day % 7 > 4] for day in range(365)])
    return year / year.sum() * 200.0 * 365.0


def test_draws_are_like_those_of_dhwcalc() -> None:
    """A file that DHWcalc made for a house (200 L/day, 4 categories, 1 min, no holidays): standard deviation
    of the flow 62.5 L/h by the minute, 34.7 by 15 min and 23.6 by the hour, 82 L by the day; 99 and 99.9 %
    quantile 438 and 835 L/h; water runs in 2.5 % of the minutes (short draws are fewer there: it cuts their
    flow from below).
    """
    flow = 60.0 * _pulses(dhwcalc_year(), load_pattern("dwelling_draws"), np.random.default_rng(0))
    assert flow.mean() * 24.0 == pytest.approx(200.0, rel=0.03)
    for minutes, spread in ((1, 62.5), (15, 34.7), (60, 23.6)):
        assert flow.reshape(-1, minutes).mean(axis=1).std() == pytest.approx(spread, rel=0.15)
    assert flow.reshape(-1, 1440).mean(axis=1).std() * 24.0 == pytest.approx(82.0, rel=0.1)
    np.testing.assert_allclose(np.quantile(flow, [0.99, 0.999]), [438.0, 835.0], rtol=0.05)
    assert np.mean(flow > 0.0) == pytest.approx(0.025, abs=0.01)


def test_draws_of_a_day_are_those_of_jordan_and_vajen() -> None:
    """IEA SHC Task 26, 2001: 28 short, 12 medium draws, 2 showers a day and a bath a week make 200 L."""
    shares = load_pattern("dwelling_draws").pulses
    a_day = [200.0 * p.share / (p.size * p.minutes) for p in shares]
    np.testing.assert_allclose(a_day, [28.0, 12.0, 0.143, 2.0], rtol=0.01)


def test_seed_decides() -> None:
    mean, pattern = np.full(1440, 500.0), load_pattern("dwelling_equipment")
    first, again, other = (vary(mean, 1, pattern, np.random.default_rng(s)).factor for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_cannot_be_varied_is_refused() -> None:
    pattern = load_pattern("work_equipment")
    with pytest.raises(ValueError, match="steps"):
        vary(np.ones(100), 1, pattern, np.random.default_rng(0))
    with pytest.raises(ValueError, match="least mean"):
        vary(np.full(1440, -1.0), 1, pattern, np.random.default_rng(0))
    with pytest.raises(TwinError, match="minute_loads"):
        load_pattern("ovens")
    nothing = vary(np.zeros(1440), 1, pattern, np.random.default_rng(0))
    assert np.all(nothing.factor == 1.0)
