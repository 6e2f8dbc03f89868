"""Sums of days and their rate of false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from twin.watch.cusum import run_length, sums, threshold


@pytest.mark.parametrize(("limit", "two_sided"), [(4.0, 168.0), (5.0, 465.0)])
def test_run_lengths_are_those_of_the_tables(limit: float, two_sided: float) -> None:
    """Montgomery, Introduction to Statistical Quality Control, table of tabular CUSUM, k = 1/2."""
    assert run_length(limit, 0.5) / 2.0 == pytest.approx(two_sided, rel=0.01)


def test_the_threshold_keeps_its_rate_of_false_alarms() -> None:
    draw = np.random.default_rng(0)
    limit = threshold(1.0, 2, 0.5)
    lengths = []
    for _ in range(400):
        up, down = sums(draw.standard_normal(400), 0.5)
        over = np.flatnonzero((up > limit) | (down > limit))
        lengths.append(over[0] + 1 if len(over) else 400)
    assert np.mean(lengths) == pytest.approx(30.4, rel=0.15)


def test_days_without_a_figure_leave_the_sums() -> None:
    up, down = sums(np.array([2.0, np.nan, 2.0, -9.0]), 0.5)
    assert up.tolist() == [1.5, 1.5, 3.0, 0.0]
    assert down.tolist() == [0.0, 0.0, 0.0, 8.5]
