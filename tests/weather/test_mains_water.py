"""Mains water against the relation by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from weather import load_weather
from weather.mains_water import mains_temperature


def test_a_cold_spell_reaches_the_tap_within_two_weeks() -> None:
    """20 degC air gives 20 degC water; after 14 days of 0 degC it has 5 degC, and recovers as slowly."""
    shanghai = load_weather("shanghai", seed=0, year=2025)
    data = shanghai.data.copy()
    day = pd.DatetimeIndex(data.index).day_of_year
    data["temp_air"] = np.where((day >= 100) & (day < 114), 0.0, 20.0)
    times = pd.DatetimeIndex(data.index)
    found = mains_temperature(replace(shanghai, data=data), times)

    def at_midnight(number: int) -> float:
        return float(found[(number - 1) * 24])

    assert at_midnight(100) == pytest.approx(20.0)
    assert at_midnight(107) == pytest.approx(12.5)
    assert at_midnight(114) == pytest.approx(5.0)
    assert at_midnight(121) == pytest.approx(12.5)
    assert at_midnight(128) == pytest.approx(20.0)
    assert found.min() == pytest.approx(5.0)


def test_the_first_of_january_looks_back_on_december() -> None:
    shanghai = load_weather("shanghai", seed=0, year=2025)
    data = shanghai.data.copy()
    data["temp_air"] = np.where(pd.DatetimeIndex(data.index).month == 12, 4.0, 12.0)
    times = pd.DatetimeIndex(data.index)
    assert mains_temperature(replace(shanghai, data=data), times)[0] == pytest.approx(8.0)


def test_shanghai_lies_between_winter_and_summer() -> None:
    """Usual figures of the Yangtze before Shanghai, 6.5 degC in January and 29 degC in August, within 3 K."""
    shanghai = load_weather("shanghai", seed=0, year=2025)
    times = pd.DatetimeIndex(shanghai.data.index)
    found = mains_temperature(shanghai, times)
    assert found[times.month == 1].mean() == pytest.approx(6.5, abs=3.0)
    assert found[times.month == 8].mean() == pytest.approx(29.0, abs=3.0)
