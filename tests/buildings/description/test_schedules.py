"""Schedules at a step, and set-points moved to a building's own temperatures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from buildings.description.calendar import DayTypes
from buildings.description.complete import complete
from buildings.description.schedules import schedule_values
from buildings.description.schema import ArchetypeBuilding, MonthDay, Schedule, SchedulePeriod
from buildings.description.setpoints import shift_operating_hours
from buildings.library import catalogue

ZONE = "Asia/Shanghai"
RAMP = tuple(float(hour) for hour in range(24))


def test_a_value_holds_from_its_hour_to_the_next() -> None:
    times = pd.date_range("2025-03-03", periods=96, freq="15min", tz=ZONE)
    values = schedule_values(Schedule(every_day=RAMP), times, DayTypes())
    assert list(values) == [float(hour) for hour in range(24) for _ in range(4)]


def test_workdays_and_rest_days() -> None:
    one = Schedule(workday=(1.0,) * 24, rest_day=(0.0,) * 24)
    times = pd.date_range("2025-10-08", "2025-10-12", freq="D", tz=ZONE)
    assert list(schedule_values(one, times, DayTypes())) == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_off_is_nan() -> None:
    values = schedule_values(
        catalogue.schedules()["office/cooling_setpoint"],
        pd.date_range("2025-07-01", periods=24, freq="h", tz=ZONE),
        DayTypes(),
    )
    assert list(np.flatnonzero(np.isfinite(values))) == list(range(6, 18))
    assert values[6] == 28.0
    assert values[7] == 26.0


@pytest.mark.parametrize("parts", [24, 48, 96])
def test_days_in_finer_parts(parts: int) -> None:
    one = Schedule(every_day=tuple(float(i) for i in range(parts)))
    times = pd.date_range("2025-03-03", periods=1440, freq="min", tz=ZONE)
    values = schedule_values(one, times, DayTypes())
    assert list(values) == [float(minute * parts // 1440) for minute in range(1440)]


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="time-zone"):
        schedule_values(Schedule(constant=1.0), pd.date_range("2025-01-01", periods=2), DayTypes())


def test_saturdays_apart_but_not_when_shifted_public_or_in_vacation() -> None:
    one = Schedule(workday=(1.0,) * 24, saturday=(0.5,) * 24, rest_day=(0.0,) * 24)
    plain = schedule_values(one, pd.date_range("2025-03-07", "2025-03-09", freq="D", tz=ZONE), DayTypes())
    assert list(plain) == [1.0, 0.5, 0.0]
    feb = pd.date_range("2025-02-01", "2025-02-08", freq="7D", tz=ZONE)  # Spring Festival, shifted workday
    assert list(schedule_values(one, feb, DayTypes())) == [0.0, 1.0]
    assert list(schedule_values(one, feb, DayTypes(calendar="weekdays"))) == [0.5, 0.5]
    vacation = DayTypes([MonthDay(first="03-01", last="03-31")], calendar="weekdays")
    assert list(schedule_values(one, pd.date_range("2025-03-08", periods=1, tz=ZONE), vacation)) == [0.0]


def test_saturday_without_a_workday_is_refused() -> None:
    with pytest.raises(ValidationError, match="saturday but no workday"):
        Schedule(every_day=RAMP, saturday=RAMP)


def test_later_periods_win_and_run_over_new_year() -> None:
    one = Schedule(
        constant=20.0,
        periods=(
            SchedulePeriod(first="11-15", last="03-15", workday=(18.0,) * 24, rest_day=("off",) * 48),
            SchedulePeriod(first="12-31", last="12-31", every_day=(5.0,) * 96),
        ),
    )
    times = pd.DatetimeIndex(
        ["2025-03-14", "2025-03-15", "2025-03-16", "2025-11-14", "2025-12-30", "2025-12-31"], tz=ZONE
    )
    values = schedule_values(one, times, DayTypes(calendar="weekdays"))
    np.testing.assert_array_equal(values, [18.0, np.nan, 20.0, 20.0, 18.0, 5.0])
    assert set(one.values()) == {20.0, 18.0, "off", 5.0}


def test_a_period_needs_values_and_real_days() -> None:
    for wrong in ({"first": "02-30", "last": "03-01", "constant": 1.0}, {"first": "02-01", "last": "03-01"}):
        with pytest.raises(ValidationError):
            SchedulePeriod.model_validate(wrong)


def test_full_load_hours_of_the_office_year() -> None:
    """248 workdays of 8.85 h in 2025: the standard's equipment schedule, summed by hand."""
    times = pd.date_range("2025-01-01", "2026-01-01", freq="15min", tz=ZONE, inclusive="left")
    values = schedule_values(catalogue.schedules()["office/equipment"], times, DayTypes())
    assert values.sum() / 4 == pytest.approx(248 * (0.1 + 0.5 + 3 * 0.95 + 2 * 0.5 + 4 * 0.95 + 2 * 0.3))


# --- set-points -----------------------------------------------------------------------------------------


def test_operating_hours_take_the_new_temperature_and_set_back_stays() -> None:
    heating = catalogue.schedules()["office/heating_setpoint"]
    moved = shift_operating_hours(heating, 22.0, "heating")
    assert moved.day(True)[10] == 22.0
    assert moved.day(True)[5] == 12.0
    assert moved.day(False) == (5.0,) * 24
    lower = shift_operating_hours(heating, 10.0, "heating")
    assert max(v for v in lower.day(True) if v != "off") == 10.0
    cooling = shift_operating_hours(catalogue.schedules()["office/cooling_setpoint"], 24.0, "cooling")
    assert cooling.day(True)[6:8] == (28.0, 24.0)
    assert cooling.day(True)[0] == "off"


def test_saturdays_and_periods_move_with_the_others() -> None:
    one = Schedule(
        workday=(20.0,) * 24,
        saturday=(16.0,) * 24,
        rest_day=("off",) * 24,
        periods=(SchedulePeriod(first="06-01", last="08-31", constant="off"),),
    )
    moved = shift_operating_hours(one, 22.0, "heating")
    assert moved.day(True)[0] == 22.0
    assert moved.day(False, True)[0] == 16.0
    assert moved.day(False)[0] == "off"
    assert moved.periods[0].day(True)[0] == "off"
    assert (moved.periods[0].first, moved.periods[0].last) == ("06-01", "08-31")


@given(st.floats(16.0, 24.0))
def test_no_hour_is_heated_above_the_new_set_point(temperature: float) -> None:
    for key in ("office/heating_setpoint", "hotel/heating_setpoint", "retail/heating_setpoint"):
        moved = shift_operating_hours(catalogue.schedules()[key], temperature, "heating")
        numbers = [v for v in (*moved.day(True), *moved.day(False)) if v != "off"]
        assert max(numbers) == temperature


def test_building_set_points_reach_the_zones() -> None:
    building = ArchetypeBuilding.model_validate(
        {"name": "o", "archetype": "office", "era": "nzeb", "floor_area": 1000, "floors": 2,
         "hvac": {"cooling_setpoint": 25, "heating_setpoint": "21 degC"}}
    )  # fmt: skip
    done = complete(building)
    zone = done.zones[0]
    assert done.schedules[zone.cooling_setpoint].day(True)[12] == 25.0
    assert done.schedules[zone.heating_setpoint].day(True)[12] == 21.0
