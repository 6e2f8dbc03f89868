"""One pass over an outcome against NumPy along its axes, to the last bit; what is no number is not lost."""

from __future__ import annotations

import numpy as np
import pytest

from twin.outcome_sums import (
    AT_BUS,
    CHARGE,
    GIVEN,
    LEAST,
    N_PEAKS,
    N_RESIDUALS,
    PEAK,
    PEAK_STEP,
    POWER,
    STORED,
    BalanceColumns,
    add_up,
    find_residuals,
)

N, COUNT, COLUMNS = 700, 3, 9
SHOWN, LOAD = np.array([4, 1, 7]), np.array([0, 2, 3, 8])
BALANCE = BalanceColumns(np.array([4, 2]), np.array([0, 1, 8]), 5, np.array([6, 2, 3, 7]))
CAPACITY, HOURS = np.array([0.0, 50.0, 120.0]), 0.25


@pytest.fixture
def out() -> np.ndarray:
    return np.random.default_rng(3).normal(5.0, 40.0, (N, COUNT, COLUMNS))


def added(out: np.ndarray) -> tuple[np.ndarray, ...]:
    sums, energy = np.full((N, COLUMNS), np.nan), np.full((COUNT, COLUMNS), np.nan)
    peaks, residuals = np.full((COUNT, N_PEAKS), np.nan), np.zeros((COUNT, N_RESIDUALS))
    residuals[:, [GIVEN, AT_BUS]], residuals[:, CHARGE] = -np.inf, [0.5, 0.6, 0.7]
    series = np.full((COUNT, len(SHOWN) + 1, N), np.nan, np.float32)
    add_up(out, SHOWN, LOAD, BALANCE, CAPACITY, HOURS, sums, energy, peaks, residuals, series)
    return sums, energy, peaks, residuals, series


def test_sums_are_those_of_numpy(out: np.ndarray) -> None:
    sums, energy, peaks, _, series = added(out)
    np.testing.assert_array_equal(sums, out.sum(axis=1))
    np.testing.assert_array_equal(energy, out.sum(axis=0))
    net = out[:, :, 4] - out[:, :, 1]
    np.testing.assert_array_equal(peaks[:, PEAK], net.max(axis=0))
    np.testing.assert_array_equal(peaks[:, PEAK_STEP], net.argmax(axis=0))
    np.testing.assert_array_equal(peaks[:, LEAST], net.min(axis=0))
    for i, column in enumerate(SHOWN):
        np.testing.assert_array_equal(series[:, i], out[:, :, column].T.astype(np.float32))
    load = out[:, :, 0] + out[:, :, 2] + out[:, :, 3] + out[:, :, 8]
    np.testing.assert_array_equal(series[:, -1], load.T.astype(np.float32))


def test_residuals_are_those_of_the_balances(out: np.ndarray) -> None:
    *_, residuals, _ = added(out)
    for b, (start, capacity) in enumerate(zip((0.5, 0.6, 0.7), CAPACITY, strict=True)):
        table = out[:, b]
        given, taken = table[:, 4] + table[:, 2], table[:, 0] + table[:, 1] + table[:, 8]
        moved = (table[:, 6] - table[:, 2] - table[:, 3]) * HOURS
        stored = moved - np.diff(np.concatenate([[start], table[:, 7]])) * capacity
        assert residuals[b, GIVEN] == given.max()
        assert residuals[b, POWER] == np.abs(given - taken).max()
        assert residuals[b, AT_BUS] == table[:, 5].max()
        assert residuals[b, STORED] == np.abs(stored).max()
        alone = np.zeros(N_RESIDUALS)
        alone[[GIVEN, AT_BUS]], alone[CHARGE] = -np.inf, start
        find_residuals(table, BALANCE, capacity, HOURS, alone)
        np.testing.assert_array_equal(alone, residuals[b])


@pytest.mark.parametrize(("column", "spoilt"), [(4, (GIVEN, POWER)), (5, (AT_BUS,)), (3, (STORED,))])
def test_what_is_no_number_stays(out: np.ndarray, column: int, spoilt: tuple[int, ...]) -> None:
    """Among numbers before and behind it, so that a later one cannot take its place."""
    out[300, 1, column] = np.nan
    *_, residuals, _ = added(out)
    assert np.isnan(residuals[1, list(spoilt)]).all()
    assert np.isfinite(residuals[[0, 2]]).all()
