"""The analysis step against Kalman's own formula."""

from __future__ import annotations

import numpy as np
import pytest

from twin.live.analysis import RELAXATION, analyse, applied

MEMBERS = 400


def _drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """States (1, 2, N) of which the first is seen; the second goes with it by 0.5."""
    draw = np.random.default_rng(seed)
    seen = 20.0 + draw.standard_normal(MEMBERS)
    other = 5.0 + 0.5 * (seen - 20.0) + 0.1 * draw.standard_normal(MEMBERS)
    return np.stack([seen, other])[None], np.zeros((1, 0, MEMBERS))


def test_one_reading_moves_mean_and_spread_as_kalman_says() -> None:
    states, none = _drawn()
    cov = np.cov(states[0])
    weights = analyse(states[:, :1], np.array([[21.5]]), np.array([[0.25]]), none)
    after = applied(states, weights.matrix)[0]
    gain = cov[:, 0] / (cov[0, 0] + 0.25)
    away = 21.5 - states[0, 0].mean()
    assert after.mean(axis=1) == pytest.approx(states[0].mean(axis=1) + gain * away, abs=1e-12)
    left = np.sqrt(0.25 / (cov[0, 0] + 0.25))
    relaxed = (1.0 - RELAXATION) * left + RELAXATION
    assert after[0].std(ddof=1) == pytest.approx(relaxed * np.sqrt(cov[0, 0]), rel=1e-9)
    assert weights.innovation[0, 0] == pytest.approx(away)
    assert weights.spread[0, 0] == pytest.approx(np.sqrt(cov[0, 0] + 0.25))


def test_two_readings_of_one_state_are_as_good_as_their_mean() -> None:
    """Errors of two sensors are independent: half the variance."""
    states, none = _drawn(1)
    twice = analyse(np.repeat(states[:, :1], 2, axis=1), np.array([[20.4, 21.0]]), np.full((1, 2), 0.3), none)
    once = analyse(states[:, :1], np.array([[20.7]]), np.array([[0.15]]), none)
    assert applied(states, twice.matrix) == pytest.approx(applied(states, once.matrix), abs=1e-9)


def test_silent_sensors_leave_all_as_it_is() -> None:
    states, _ = _drawn(2)
    parameters = states[:, 1:].copy()
    weights = analyse(states[:, :1], np.array([[np.nan]]), np.array([[0.25]]), parameters)
    assert np.array_equal(weights.matrix[0], np.eye(MEMBERS))
    assert np.array_equal(parameters, states[:, 1:])
    assert np.isnan(weights.innovation).all()


def test_domains_do_not_hear_of_each_other() -> None:
    first, _ = _drawn(3)
    second, _ = _drawn(4)
    both = np.concatenate([first, second])
    none = np.zeros((2, 0, MEMBERS))
    weights = analyse(both[:, :1], np.array([[22.0], [np.nan]]), np.full((2, 1), 0.25), none)
    assert np.array_equal(weights.matrix[1], np.eye(MEMBERS))
    assert not np.array_equal(weights.matrix[0], np.eye(MEMBERS))


def test_a_parameter_that_goes_with_the_reading_follows_and_one_by_chance_hardly() -> None:
    draw = np.random.default_rng(5)
    moves = []
    for _ in range(50):
        seen = draw.standard_normal(40)
        near, chance = 0.9 * seen + 0.3 * draw.standard_normal(40), draw.standard_normal(40)
        parameters = np.stack([near, chance])[None]
        before = parameters.mean(axis=2).copy()
        analyse(seen[None, None], np.array([[seen.mean() + 1.0]]), np.array([[0.25]]), parameters)
        moves.append((parameters.mean(axis=2) - before)[0])
    near, chance = np.array(moves).T
    assert near.mean() == pytest.approx(0.9 / 1.25, abs=0.05)
    # the plain regression moves the unrelated one by 0.8 / sqrt(39) = 0.13 on the root mean square
    assert np.sqrt((chance**2).mean()) < 0.11


def test_a_reading_far_away_counts_for_less_but_is_not_shut_out() -> None:
    states, none = _drawn(6)
    near = analyse(states[:, :1], np.array([[22.0]]), np.array([[0.04]]), none)
    far = analyse(states[:, :1], np.array([[80.0]]), np.array([[0.04]]), none)
    assert not near.outlying.any()
    assert far.outlying.all()
    moved = applied(states, far.matrix)[0, 0].mean() - states[0, 0].mean()
    assert 0.0 < moved < 0.15 * (80.0 - 20.0)
