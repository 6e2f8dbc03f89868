"""Every form of schedule over a year, and its reduction to day types and periods without loss."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.calendar import DayTypes
from buildings.description.schedules import schedule_values
from buildings.description.schema import Schedule
from buildings.idf.model import open_model
from buildings.idf.reduction import reduced
from buildings.idf.schedules import Schedules

Box = Callable[..., Path]
YEAR = 2025
TIMES = pd.date_range("2025-01-01", "2026-01-01", freq="15min", tz="Asia/Shanghai", inclusive="left")


def day_of(month: int, day: int) -> int:
    return (datetime.date(YEAR, month, day) - datetime.date(YEAR, 1, 1)).days


def read(box: Box, name: str, *more: str) -> np.ndarray:
    """Values of a schedule of the small model, which `more` adds objects to."""
    model = open_model(box(("Exterior:Lights,Car park", "\n".join(more) + "\nExterior:Lights,Car park")))
    asked = next(model.all("ZONE"))
    return Schedules(model, YEAR).values(name, asked)


def test_compact(box: Box) -> None:
    values = read(box, "office HOURS")
    monday, sunday = day_of(3, 3), day_of(3, 2)
    assert values[monday, [31, 32, 71, 72, 95]].tolist() == [0.0, 1.0, 1.0, 0.1, 0.1]
    assert not values[sunday].any()
    july_first = day_of(7, 1)  # a Tuesday
    assert values[july_first, [35, 36, 67, 68]].tolist() == [0.0, 0.8, 0.8, 0.0]
    assert np.all(values[day_of(12, 28)] == 0.05)


def test_no_name_is_always_one_and_an_unknown_one_an_error(box: Box) -> None:
    assert np.all(read(box, "") == 1.0)


def test_year_of_weeks_of_days(box: Box) -> None:
    hours = ",".join(str(float(h)) for h in range(24))
    values = read(
        box,
        "By weeks",
        f"Schedule:Day:Hourly,Ramp,Any,{hours};",
        "Schedule:Day:Interval,Half,Any,No,Until: 12:15,0.25,Until: 24:00,0.75;",
        "Schedule:Day:List,Quarters,Any,No,15," + ",".join(str(k / 96) for k in range(96)) + ";",
        "Schedule:Week:Daily,W1,Half,Ramp,Ramp,Ramp,Ramp,Ramp,Quarters,Half,Half,Half,Half,Half;",
        "Schedule:Week:Compact,W2,For: Weekdays,Half,For: AllOtherDays,Ramp;",
        "Schedule:Year,By weeks,Any,W1,1,1,5,31,W2,6,1,12,31;",
    )
    assert values[day_of(1, 6)].tolist() == np.repeat(np.arange(24.0), 4).tolist()
    assert values[day_of(1, 5), 48:50].tolist() == [0.25, 0.75]
    assert values[day_of(1, 4), 5] == pytest.approx(5 / 96)
    assert values[day_of(6, 7), 40] == 10.0
    assert values[day_of(6, 9), 0] == 0.25


def test_averages_between_quarters(box: Box) -> None:
    values = read(
        box,
        "Mean",
        "Schedule:Compact,Mean,Any,Through: 12/31,For: AllDays,Interpolate: Average,"
        "Until: 8:05,0,Until: 24:00,3;",
    )
    assert values[0, 31:34].tolist() == pytest.approx([0.0, 2.0, 3.0])


def test_a_file_beside_the_model(box: Box, tmp_path: Path) -> None:
    rows = ["h1,h2"] + [f"{k},{k % 24}" for k in range(8760)]
    (tmp_path / "series.csv").write_text("\n".join(rows), encoding="utf-8")
    values = read(box, "Series", "Schedule:File,Series,Any,series.csv,2,1,8760,Comma,No,60;")
    assert values[200, ::4].tolist() == [float(h) for h in range(24)]


def written_back(values: np.ndarray) -> np.ndarray:
    schedule = Schedule.model_validate(reduced(values, YEAR))
    return schedule_values(schedule, TIMES, DayTypes((), calendar="weekdays")).reshape(365, 96)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 364), st.integers(0, 3)), max_size=8),
    st.lists(st.integers(0, 364), max_size=5),
    st.sampled_from([24, 48, 96]),
    st.integers(0, 2**32 - 1),
)
def test_nothing_is_lost(changes: list[tuple[int, int]], odd_days: list[int], parts: int, seed: int) -> None:
    """Seasons, holidays, off hours, any resolution."""
    draw = np.random.default_rng(seed)
    profiles = np.round(draw.random((4, 3, parts)), 3)
    profiles[3, 1, :5] = np.nan
    weekday = np.array(
        [(datetime.date(YEAR, 1, 1) + datetime.timedelta(days=d)).weekday() for d in range(365)]
    )
    kind = np.where(weekday < 5, 0, weekday - 4)
    season = np.zeros(365, dtype=int)
    for first, number in sorted(changes):
        season[first:] = number
    values = np.repeat(profiles[season, kind], 96 // parts, axis=1)
    for day in odd_days:
        values[day] = np.repeat(profiles[1, 2], 96 // parts)
    np.testing.assert_array_equal(written_back(values), values)


def test_the_plain_year_is_written_plainly() -> None:
    assert reduced(np.full((365, 96), 0.4), YEAR) == {"constant": 0.4}
    assert reduced(np.full((365, 96), np.nan), YEAR) == {"constant": "off"}


def test_the_usual_office_year_has_no_periods(box: Box) -> None:
    written = reduced(read(box, "Cool hours"), YEAR)
    assert set(written) == {"workday", "rest_day"}
    assert len(written["workday"]) == 48
