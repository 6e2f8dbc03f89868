"""What an aggregator bids: samples of a fleet, order statistics of them, and how sure they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from controllers.aggregator.capacity import confident_bid, fleet_samples, reached_by, sampled_days
from weather.errors import TwinError


def _capability(days: int = 6, fleet: int = 5, points: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.0, 20.0, (days, fleet, points))


def _bid(reach: list[float], **how: object):  # type: ignore[no-untyped-def]
    """Bid of samples of one quarter-hour, by one participant that could give 1000 kW."""
    return confident_bid(np.array(reach)[:, None], np.full((1, 1, 1), 1000.0), **how)  # type: ignore[arg-type]


def test_a_sample_is_one_day_of_all_with_everyones_own_ratio() -> None:
    """Two days of opposite buildings: their sum never mixes the days."""
    capability = np.array([[[10.0], [1.0]], [[2.0], [40.0]]])
    samples = fleet_samples(capability, [1.0, 1.0], [1.0], 50, seed=3)
    day = sampled_days(2, 50, 3)
    np.testing.assert_array_equal(samples[:, 0], np.where(day == 0, 11.0, 42.0))
    assert set(day) == {0, 1}
    half = fleet_samples(capability, [1.0, 1.0], [[1.0], [0.5]], 50, seed=3)
    np.testing.assert_array_equal(half[:, 0], np.where(day == 0, 10.5, 22.0))


def test_mean_of_samples_is_that_of_answers_ratios_and_days() -> None:
    capability, answers = _capability(), np.array([0.1, 0.5, 0.9, 1.0, 0.0])
    keeps = [0.5, 0.9, 1.1]
    samples = fleet_samples(capability, answers, keeps, 8_000, seed=1)
    expected = np.mean(keeps) * np.einsum("p,dpw->w", answers, capability) / len(capability)
    np.testing.assert_allclose(
        samples.mean(axis=0), expected, atol=4.0 * samples.std() / math.sqrt(len(samples))
    )


def test_each_answers_and_keeps_by_itself_within_a_day() -> None:
    """The variance over one day's samples is the sum of those of independent participants."""
    capability = _capability(days=1)
    answers, keeps = np.array([0.2, 0.5, 0.9, 1.0, 0.7]), np.array([0.5, 0.9, 1.1])
    samples = fleet_samples(capability, answers, keeps, 20_000, seed=2)[:, 0]
    second = answers * (keeps**2).mean() - (answers * keeps.mean()) ** 2
    assert samples.var() == pytest.approx(float(capability[0, :, 0] ** 2 @ second), rel=0.03)


def test_the_same_seed_gives_the_same_samples_and_a_likelier_fleet_more_in_each() -> None:
    capability = _capability()
    low = fleet_samples(capability, np.full(5, 0.4), [0.7, 1.0], 200, seed=5)
    np.testing.assert_array_equal(low, fleet_samples(capability, np.full(5, 0.4), [0.7, 1.0], 200, seed=5))
    high = fleet_samples(capability, np.full(5, 0.8), [0.7, 1.0], 200, seed=5)
    assert np.all(high >= low)
    assert np.any(high > low)


def test_what_is_reached_in_each_quarter_hour_is_its_own_bid() -> None:
    samples = fleet_samples(_capability(), np.full(5, 0.7), [0.4, 1.0], 301, seed=4)
    found = reached_by(samples, (0.9, 0.5, 0.1))
    for w in range(samples.shape[1]):
        own = samples[:, w : w + 1]
        quantiles = confident_bid(own, np.full((1, 1, 1), 1000.0)).quantiles_kw
        np.testing.assert_array_equal(found[:, w], quantiles)
        assert np.mean(own >= found[0, w]) >= 0.9


def test_a_bid_is_the_sample_that_enough_samples_reach() -> None:
    """Of ten samples 1 to 10 nine reach 2; for a little more than nine in ten it is 1."""
    ten = [float(v) for v in (7, 3, 10, 1, 5, 9, 2, 8, 4, 6)]
    assert _bid(ten, probability=0.9).kw == 2.0
    assert _bid(ten, probability=0.9).reached == 0.9
    assert _bid(ten, probability=0.91).kw == 1.0
    assert _bid(ten, probability=0.1).kw == 10.0
    bid = _bid(ten)
    assert bid.quantiles_kw == (2.0, 6.0, 10.0)
    assert bid.expected_kw == 5.5
    np.testing.assert_array_equal(bid.shares_kw, [2.0])
    assert math.isnan(bid.past_error_kw)


def test_mean_and_least_of_the_event() -> None:
    samples, capability = np.array([[4.0, 8.0], [6.0, 6.0]]), np.full((1, 1, 2), 100.0)
    assert confident_bid(samples, capability, 0.9, "mean").kw == 6.0
    assert confident_bid(samples, capability, 0.9, "least").kw == 4.0


def test_shares_are_by_expected_capability_and_never_above_it() -> None:
    capability = np.array([[[10.0, 30.0], [5.0, 5.0]], [[40.0, 0.0], [1.0, 9.0]]])  # means 20 and 5
    bid = confident_bid(np.full((4, 2), 10.0), capability)
    np.testing.assert_allclose(bid.shares_kw, [8.0, 2.0])
    beyond = confident_bid(np.full((4, 2), 99.0), capability)
    assert beyond.kw == 25.0
    np.testing.assert_allclose(beyond.shares_kw, [20.0, 5.0])


def test_a_fleet_that_goes_the_wrong_way_bids_nothing() -> None:
    bid = _bid([-3.0, -2.0, 5.0], probability=0.9)
    assert bid.kw == 0.0
    assert bid.reached == pytest.approx(1 / 3)
    np.testing.assert_array_equal(bid.shares_kw, [0.0])


@given(
    st.lists(st.floats(0.0, 1e4), min_size=1, max_size=60),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.99),
)
def test_a_bid_falls_as_it_must_be_surer_and_is_always_reached_often_enough(
    reach: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    less_sure, surer = (
        confident_bid(np.array(reach)[:, None], np.full((1, 2, 1), 1e4), p) for p in (low, high)
    )
    assert surer.kw <= less_sure.kw
    for bid in (less_sure, surer):
        assert bid.reached >= bid.probability - 1e-9
        assert bid.shares_kw.sum() == pytest.approx(bid.kw)
        assert bid.between_kw[0] <= bid.kw <= bid.between_kw[1]
        more = np.array(reach)[np.array(reach) > bid.kw]
        assert len(more) < bid.probability * len(reach) + 1e-6  # nothing above it is reached often enough


def test_sampling_error_is_that_of_repeated_draws_and_of_theory() -> None:
    """Quantiles of many normal samples scatter as their standard error says, and are covered in 95 %."""
    dice, p, n = np.random.default_rng(0), 0.9, 400
    bids = [_bid(list(dice.normal(100.0, 10.0, n)), probability=p) for _ in range(400)]
    z = norm.ppf(1.0 - p)
    theory = 10.0 * math.sqrt(p * (1.0 - p) / n) / norm.pdf(z)
    assert np.std([b.kw for b in bids]) == pytest.approx(theory, rel=0.12)
    assert np.mean([b.sampling_error_kw for b in bids]) == pytest.approx(theory, rel=0.15)
    covered = np.mean([b.between_kw[0] <= 100.0 + 10.0 * z <= b.between_kw[1] for b in bids])
    assert 0.92 <= covered <= 0.99


def test_few_days_are_told_though_samples_are_many() -> None:
    """Medians of 41 days each scatter by the days, not by the 820 samples."""
    dice = np.random.default_rng(1)
    bids = []
    for seed in range(60):
        capability = np.repeat(np.maximum(dice.normal(100.0, 20.0, (41, 1, 1)), 0.0), 4, axis=1)
        samples = fleet_samples(capability, np.ones(4), [0.95, 1.05], 820, seed)
        bids.append(confident_bid(samples, capability, 0.5, days=sampled_days(41, 820, seed)))
    scatter = np.std([b.kw for b in bids])
    told = np.mean([b.past_error_kw for b in bids])
    assert told == pytest.approx(scatter, rel=0.3)
    assert np.mean([b.sampling_error_kw for b in bids]) < 0.5 * told


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("capability_kw", {"capability_kw": np.full((1, 2), 1.0)}),
        ("capability_kw", {"capability_kw": np.full((1, 2, 1), -1.0)}),
        ("capability_kw", {"capability_kw": np.full((1, 2, 1), np.nan)}),
        ("capability_kw", {"capability_kw": np.full((1, 2, 1), np.inf)}),
        ("answers", {"answers": [0.5, 1.1]}),
        ("answers", {"answers": [0.5]}),
        ("keeps", {"keeps": []}),
        ("keeps", {"keeps": [[1.0]]}),
        ("keeps", {"keeps": [np.nan]}),
        ("count", {"count": 0}),
    ],
)
def test_what_cannot_be_sampled_is_refused_by_name(key: str, values: dict[str, object]) -> None:
    good: dict[str, object] = {
        "capability_kw": np.ones((1, 2, 1)), "answers": [0.5, 0.5], "keeps": [1.0], "count": 3, "seed": 0,
    }  # fmt: skip
    with pytest.raises(TwinError) as caught:
        fleet_samples(**(good | values))  # type: ignore[arg-type]
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("probability", {"probability": 0.0}),
        ("probability", {"probability": 1.0}),
        ("measure", {"measure": "most"}),
        ("samples_kw", {"samples_kw": np.ones(3)}),
        ("samples_kw", {"samples_kw": np.full((3, 1), np.nan)}),
        ("samples_kw", {"samples_kw": np.ones((0, 1))}),
        ("days", {"days": [0, 1]}),
    ],
)
def test_what_cannot_be_bid_is_refused_by_name(key: str, values: dict[str, object]) -> None:
    good: dict[str, object] = {"samples_kw": np.ones((3, 1)), "capability_kw": np.ones((1, 2, 1))}
    with pytest.raises(TwinError) as caught:
        confident_bid(**(good | values))  # type: ignore[arg-type]
    assert caught.value.key == key
