"""Clocks of loggers: midnight, zones, summer time where there is none, and the sun."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from measured_files import Door, whats, written
from twin.meters.clock import beside_the_sun
from weather.errors import TwinError

IMPORT = {"column": "kW", "point": "grid_import_kw"}
HOURS = pd.date_range("2025-03-03", periods=24 * 20, freq="h")


def load(n: int) -> np.ndarray:
    return np.round(100.0 + np.random.default_rng(1).uniform(0, 50, n), 3)


def test_midnight_may_be_the_end_of_a_day(door: Door) -> None:
    values = load(len(HOURS))
    lines = written(HOURS, kW=values)
    for k in range(25, len(lines), 24):
        day = HOURS[k - 1] - pd.Timedelta(days=1)
        lines[k] = f"{day:%Y-%m-%d} 24:00,{values[k - 1]}"
    found = door(lines, [IMPORT])
    assert whats(found) == ["midnight"]
    assert found.changes[0].count == 19
    assert found.table["grid_import_kw"].to_numpy() == pytest.approx(values)


@pytest.mark.parametrize(
    ("form", "given"),
    [
        ("%Y/%m/%d %H:%M", None),
        ("%Y年%m月%d日 %H:%M", None),
        ("%Y%m%d%H%M", None),
        ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M"),
        ("%Y-%m-%dT%H:%M:%S+08:00", None),
    ],
)
def test_times_are_read_as_people_write_them(door: Door, form: str, given: str | None) -> None:
    lines = ["time,kW", *(f"{t.strftime(form)},{v}" for t, v in zip(HOURS, load(len(HOURS)), strict=True))]
    more = {} if given is None else {"format": given}
    found = door(lines, [IMPORT], **more)
    assert found.changes == ()
    assert found.table.index[0] == pd.Timestamp("2025-03-03", tz="Asia/Shanghai")


def test_a_form_that_may_be_two_is_asked_for(door: Door) -> None:
    with pytest.raises(TwinError, match=r"time: \{format") as caught:
        door(["time,kW", "03/04/2025 10:00,1", "03/04/2025 11:00,2"], [IMPORT])
    assert "无法识别时间" in caught.value.told("zh")


def test_other_zones_and_unix_time_are_the_same_moments(door: Door) -> None:
    utc = HOURS.tz_localize("Asia/Shanghai").tz_convert("UTC")
    found = door(written(utc.tz_localize(None), kW=load(len(HOURS))), [IMPORT], zone="UTC")
    assert found.table.index[0] == pd.Timestamp("2025-03-03 08:00", tz="Asia/Shanghai") - pd.Timedelta("8h")
    lines = ["time,kW", *(f"{int(t.timestamp())},{v}" for t, v in zip(utc, load(len(HOURS)), strict=True))]
    assert door(lines, [IMPORT], format="unix").table.index[0] == utc[0]


def test_a_clock_that_is_wrong_is_shifted_as_told(door: Door) -> None:
    found = door(written(HOURS, kW=load(len(HOURS))), [IMPORT], shift="-1 h")
    assert whats(found) == ["shift"]
    assert str(found.table.index[0]) == "2025-03-02 23:00:00+08:00"


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_a_logger_on_summer_time_is_set_back(door: Door, minutes: int) -> None:
    true = pd.date_range("2025-01-01", "2025-12-31 23:00", freq=f"{minutes}min")
    summer = (true >= "2025-03-30 02:00") & (true < "2025-10-26 02:00")
    shown = true + pd.to_timedelta(summer.astype(int), unit="h")
    values = load(len(true))
    found = door(written(shown, kW=values), [IMPORT], step=f"{minutes} min")
    assert whats(found) == ["summer_time"]
    assert found.changes[0].count == summer.sum()
    assert found.table["grid_import_kw"].to_numpy() == pytest.approx(values)


def test_a_gap_of_an_hour_is_no_summer_time(door: Door) -> None:
    lines = written(HOURS, kW=load(len(HOURS)))
    del lines[40]
    assert whats(door(lines, [IMPORT])) == ["gap"]


def test_a_zone_with_summer_time_keeps_its_own(door: Door) -> None:
    true = pd.date_range("2025-10-25", "2025-10-28", freq="h", tz="Europe/Berlin")
    found = door(written(true, kW=load(len(true))), [IMPORT], zone="Europe/Berlin")
    assert set(whats(found)) == {"ambiguous_time", "gap"}  # 02:00 comes twice: which is which nobody knows


def test_seconds_beside_the_grid_are_moved_and_minutes_are_not(door: Door) -> None:
    stamps = [f"{t:%Y-%m-%d %H:%M}:00" for t in HOURS]
    stamps[5] = stamps[5][:-2] + "07"
    stamps[9] = stamps[9][:-5] + "20:00"
    rows = [f"{t},{v}" for t, v in zip(stamps, load(len(HOURS)), strict=True)]
    found = door(["time,kW", *rows], [IMPORT])
    assert sorted(whats(found)) == ["gap", "jitter", "off_grid"]
    assert found.table["grid_import_kw"].isna().to_numpy().nonzero()[0].tolist() == [9]


def test_rows_that_do_not_make_up_the_step_are_refused(door: Door) -> None:
    with pytest.raises(TwinError, match="rows of 60 min do not make up intervals of 15 min"):
        door(written(HOURS, kW=load(len(HOURS))), [IMPORT], step="15 min")


@pytest.mark.parametrize("late", [-60, 60, 120])
def test_a_clock_beside_the_sun_is_told(late: int) -> None:
    times = pd.date_range("2025-04-01", "2025-07-01", freq="15min", tz="Asia/Shanghai")
    minutes = times.hour * 60 + times.minute + 7.5
    noon = 720.0 - 4.0 * (121.47 - 120.0) + late
    light = np.maximum(np.cos((minutes - noon) / 1440.0 * 2 * np.pi), 0.0) * 800.0
    found = beside_the_sun(pd.Series(light, times), 121.47)
    assert found == pytest.approx(late, abs=6.0)
    assert beside_the_sun(pd.Series(light, times - pd.Timedelta(minutes=late)), 121.47) is None
