"""Mains water against the formula by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from weather import load_weather
from weather.mains_water import mains_temperature


def test_a_made_up_climate_by_hand() -> None:
    """Mean 10 degC (50 degF), months from 0 to 20 degC (spread 36 degF): ratio 0.46, lag 29 days.

    54 + 2 = 56 degF +- 0.46 x 18 = 8.28 degF about 13.3 degC, coldest 44 days after New Year.
    """
    shanghai = load_weather("shanghai", seed=0, year=2025)
    data = shanghai.data.copy()
    month = pd.DatetimeIndex(data.index).month
    data["temp_air"] = np.where(month == 1, 0.0, np.where(month == 7, 20.0, 10.0))
    climate = replace(shanghai, data=data)
    times = pd.DatetimeIndex(data.index)
    found = mains_temperature(climate, times)
    mean_f = 1.8 * float(data["temp_air"].mean()) + 32.0
    middle = (mean_f + 6.0 - 32.0) / 1.8
    half = (0.4 + 0.01 * (mean_f - 44.0)) * 18.0 / 1.8
    assert mean_f == pytest.approx(50.0, abs=0.02)
    assert found.max() == pytest.approx(middle + half, abs=1e-3)
    assert found.min() == pytest.approx(middle - half, abs=1e-3)
    assert times[found.argmin()].day_of_year == pytest.approx(44, abs=1)


def test_shanghai_lies_between_winter_and_summer() -> None:
    shanghai = load_weather("shanghai", seed=0, year=2025)
    found = mains_temperature(shanghai, pd.DatetimeIndex(shanghai.data.index))
    mean = float(shanghai.data["temp_air"].mean())
    assert found.mean() == pytest.approx(mean + 6.0 / 1.8, abs=0.05)
    assert 10.0 < found.min() < 15.0
    assert 26.0 < found.max() < 33.0
