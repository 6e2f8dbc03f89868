"""Figures of Guideline 14 by hand, and their limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.calibration.guideline14 import cv_rmse, figures, limits, nmbe


def test_bias_and_scatter_are_those_of_the_guideline() -> None:
    measured, modelled = np.array([10.0, 20.0, 30.0]), np.array([12.0, 18.0, 27.0])
    assert nmbe(measured, modelled) == pytest.approx(100.0 * 3.0 / (2 * 20.0))
    assert cv_rmse(measured, modelled) == pytest.approx(100.0 * np.sqrt(17.0 / 2) / 20.0)


def test_hours_without_a_reading_count_on_neither_side() -> None:
    times = pd.date_range("2025-01-01", "2025-03-31 23:00", freq="h", tz="Asia/Shanghai")
    measured = pd.Series(100.0, times)
    measured.iloc[:500] = np.nan
    modelled = pd.Series(95.0, times)
    modelled.iloc[:500] = 1e6
    found = figures(measured, modelled)
    assert found["hourly"]["n"] == len(times) - 500
    assert found["monthly"]["n"] == 3
    assert found["hourly"]["nmbe"] == pytest.approx(5.0, rel=1e-2)
    assert found["monthly"]["nmbe"] == pytest.approx(7.5, rel=1e-2)  # of three months, one degree less
    assert found["hourly"]["within"]
    assert not found["monthly"]["within"]


def test_limits_say_that_nobody_read_the_guideline_itself() -> None:
    assert limits()["hourly"]["cv_rmse"] == 30
    assert all(entry["confidence"] == "gk-verify" and entry["source"] for entry in limits().values())
