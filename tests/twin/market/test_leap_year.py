"""A leap year's Run lacks the 29th of February: its steps are even, its quarter-hours keep their dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.market.bill import demand_kw
from twin.market.days import evenly_stepped, step_minutes
from weather.climate_year import nominal_index
from weather.errors import TwinError


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Shanghai", 8.0), ("UTC+00:00", 0.0), ("UTC-07:00", -7.0)]
)
def test_a_leap_year_is_even_but_for_its_29th(zone: str, offset: float) -> None:
    times = nominal_index(2016, zone, offset)
    assert evenly_stepped(times)
    assert evenly_stepped(times.tz_convert("Asia/Shanghai"))
    assert step_minutes(times) == 60


@pytest.mark.parametrize("lost", [slice(5000, 5024), slice(1416, 1420), slice(1416, 1464)])
def test_other_holes_are_not_even(lost: slice) -> None:
    times = pd.date_range("2016-01-01", periods=8784, freq="h", tz="Asia/Shanghai").delete(lost)
    assert not evenly_stepped(times)
    with pytest.raises(TwinError, match="irregular"):
        step_minutes(times)


def test_a_plain_year_without_a_day_of_february_is_not_even() -> None:
    times = pd.date_range("2025-01-01", periods=8760, freq="h", tz="Asia/Shanghai")
    assert not evenly_stepped(times.delete(slice(58 * 24, 59 * 24)))


@pytest.mark.parametrize("step", ["5min", "15min", "60min"])
def test_demand_after_february_keeps_its_date(step: str) -> None:
    every = pd.date_range("2016-02-27", "2016-03-03", freq=step, tz="Asia/Shanghai", inclusive="left")
    times = every[~((every.month == 2) & (every.day == 29))]
    power = np.where(times.strftime("%m-%d %H") == "03-02 10", 50.0, 1.0)
    demand, starts = demand_kw(power, times)
    assert len(demand) == len(starts) == 4 * 96
    assert f"{starts[np.argmax(demand)]:%m-%d %H:%M}" == "03-02 10:00"
    assert not ((starts.month == 2) & (starts.day == 29)).any()
