"""Scores and the twin's own errors, against figures by hand and series whose law is known."""

from __future__ import annotations

import numpy as np
import pytest

from twin.foresight.own_errors import own_errors
from twin.foresight.score import QUANTILES, persistence, pinball, scored
from weather.errors import TwinError

DAY = 24


def test_pinball_by_hand() -> None:
    """Truth 10 against 8 at 0.9: 0.9 * 2; against 13 at 0.9: 0.1 * 3."""
    assert pinball(np.array([10.0]), np.array([[8.0]]), [0.9]) == pytest.approx(1.8)
    assert pinball(np.array([10.0]), np.array([[13.0]]), [0.9]) == pytest.approx(0.3)


def test_a_score_by_hand() -> None:
    truth = np.array([0.0, 10.0, np.nan])
    told = np.array([[q * 10.0] * 3 for q in QUANTILES])
    found = scored(truth, told)
    assert found.mae == pytest.approx(5.0)
    assert found.coverage == 0.0
    assert found.width == pytest.approx(9.0)


def test_persistence_is_the_last_day_of_the_kind() -> None:
    """Rest days draw 1, workdays 2 plus the number of their week: only the newest of the kind is right."""
    days = 70
    workday = np.array([d % 7 < 5 for d in range(days)])
    level = np.where(workday, 2.0 + np.arange(days) // 7, 1.0)
    series = np.repeat(level, DAY)
    saturday, monday = 5 + 7 * 8, 7 * 9
    told = persistence(series, workday, saturday * DAY, 2 * DAY, DAY)
    np.testing.assert_allclose(told[QUANTILES.index(0.5)], 1.0)
    told = persistence(series, workday, monday * DAY, DAY, DAY)
    assert told[QUANTILES.index(0.5)][0] == pytest.approx(series[(monday - 3) * DAY])


def test_persistence_reads_nothing_behind_its_start() -> None:
    series = np.random.default_rng(0).normal(size=40 * DAY)
    workday = np.ones(40, dtype=bool)
    spoiled = series.copy()
    spoiled[30 * DAY :] = 1e9
    for one in (series, spoiled):
        told = persistence(one, workday, 30 * DAY, 48, DAY)
        assert np.abs(told).max() < 10.0


def drawn_residual(days: int, lasting: float, seed: int = 0) -> np.ndarray:
    """An autoregression of scale 5 about 3 by night and 10 by day."""
    dice = np.random.default_rng(seed)
    x = np.zeros(days * DAY)
    for k in range(1, len(x)):
        x[k] = lasting * x[k - 1] + np.sqrt(1.0 - lasting**2) * dice.standard_normal()
    by_day = np.tile(np.arange(DAY) >= 8, days)
    return np.where(by_day, 10.0, 3.0) + 5.0 * x


def test_errors_of_a_known_law_are_found() -> None:
    residual = drawn_residual(120, 0.8)
    found = own_errors(residual, np.ones(len(residual), dtype=bool), DAY)
    assert found.lasting == pytest.approx(0.8, abs=0.03)
    assert found.bias[1, 12] == pytest.approx(10.0, abs=1.5)
    assert found.bias[1, 2] == pytest.approx(3.0, abs=1.5)
    assert found.scale[1].mean() == pytest.approx(5.0, rel=0.1)
    ahead = found.drawn(0, np.ones(48, dtype=bool), 48, 4000, 1)
    # it begins where the residual stands and has forgotten it after two days
    left = found.now * found.lasting * found.scale[1, 0] + found.bias[1, 0]
    assert ahead[:, 0].mean() == pytest.approx(left, abs=0.3)
    assert ahead[:, 0].std() == pytest.approx(5.0 * 0.6, rel=0.15)
    assert ahead[:, 47].std() == pytest.approx(5.0, rel=0.15)


def test_gaps_are_left_out_and_a_few_days_are_refused() -> None:
    residual = drawn_residual(60, 0.5)
    holes = residual.copy()
    holes[np.random.default_rng(1).random(len(holes)) < 0.3] = np.nan
    whole = own_errors(residual, np.ones(len(residual), dtype=bool), DAY)
    found = own_errors(holes, np.ones(len(residual), dtype=bool), DAY)
    assert found.lasting == pytest.approx(whole.lasting, abs=0.1)
    assert np.isfinite(found.drawn(0, np.ones(24, dtype=bool), 24, 10, 0)).all()
    with pytest.raises(TwinError, match="too few"):
        own_errors(residual[: 6 * DAY], np.ones(6 * DAY, dtype=bool), DAY)
