"""A folder of a live twin as pages read it, while it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from live_hall import DAY, MINUTES, Truth
from twin.live.drawings import heard, parameters_figure, rooms_figure
from twin.live.following import Following, Settings
from twin.live.stored import read_live
from twin.project import Loaded
from twin.watch.course import watched
from weather.errors import TwinError

START = f"{pd.Timestamp('2025-01-01') + pd.Timedelta(days=DAY):%Y-%m-%d}"
PER_DAY = 1440 // MINUTES


@pytest.fixture(scope="module")
def following(described: Loaded, truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Following:
    """A day and a half; a sensor has been silent for the last hours."""
    points = tuple(map(str, truth.readings.columns))
    made = Following(described, tmp_path_factory.mktemp("live"), Settings(START, 8, MINUTES, 3, points))
    read = truth.readings.iloc[: PER_DAY * 3 // 2].copy()
    read.iloc[-20:, read.columns.get_loc("pv_kw")] = np.nan
    made.follow(read)
    return made


def test_pages_read_what_the_filter_wrote_running_day_and_all(following: Following) -> None:
    live = read_live(following.folder)
    assert (live.facts["project"], live.zone, live.rooms) == ("test", "Asia/Shanghai", ("hall",))
    assert live.until == following.now
    recent, own = live.recent(3), following.estimates()
    assert len(recent) == PER_DAY * 3 // 2
    for name in ("hall/temp_air_c", "hall/temp_air_c ±", "pv_kw", "pv"):
        np.testing.assert_allclose(recent[name], own[name], rtol=1e-5)
    assert len(live.recent(1)) <= PER_DAY + 1
    assert len(live.estimates()) == PER_DAY, "whole days alone"
    assert set(live.estimates({"pv", "pv ±"}).columns) == {"pv", "pv ±"}
    daily = live.daily(["pv"])
    assert [f"{day:%H:%M}" for day in daily.index] == ["00:00", "00:00"]
    assert daily["pv"].iloc[1] == pytest.approx(own["pv"].iloc[PER_DAY:].mean(), rel=1e-4)


def test_what_was_read_stands_beside_what_was_estimated(following: Following, truth: Truth) -> None:
    recent = read_live(following.folder).recent(3)
    read = truth.readings["hall/temp_air_c"].iloc[: len(recent)].to_numpy(float)
    np.testing.assert_allclose(recent["hall/temp_air_c read"], read, rtol=1e-5)
    power = recent["net_import_kw"] + recent["net_import_kw residual"]
    known = recent["net_import_kw residual"].notna()
    np.testing.assert_allclose(power[known], recent["net_import_kw read"][known], rtol=1e-3, atol=1e-3)


def test_a_silent_sensor_is_named(following: Following) -> None:
    live = read_live(following.folder)
    told = {one.point: one for one in heard(live, live.recent(3), "zh")}
    assert [one.label for one in told.values() if one.silent] == ["光伏功率"]
    assert told["pv_kw"].share < told["ghi"].share
    assert told["hall/temp_air_c"].unit == "°C"


def test_figures_show_rooms_and_parameters_in_both_languages(following: Following) -> None:
    live = read_live(following.folder)
    rooms = rooms_figure(live.recent(3), live.rooms, "zh")
    low, high, middle, read = (np.asarray(trace.y, float) for trace in rooms.data)
    assert ((low < middle) & (middle < high)).all()
    assert np.nanmean(np.abs(read - middle)) < 1.0
    names = {note.text for note in parameters_figure(live, "hall", "en").layout.annotations}
    assert any("PV yield" in name for name in names)
    assert any(name.startswith("hall: infiltration") for name in names)
    assert not any("hall" in note.text for note in parameters_figure(live, None, "en").layout.annotations)


def test_few_days_raise_no_alarm_and_tell_the_rate(following: Following) -> None:
    found = watched(read_live(following.folder))
    assert (found.alarms, len(found.days), found.training) == ((), 1, 28)
    assert found.per_month == pytest.approx(0.1)
    assert 0.3 < found.price < 1.5


def test_folders_that_are_none_are_refused(tmp_path: Path) -> None:
    for content in (None, "{}", "no json"):
        if content is not None:
            (tmp_path / "live.json").write_text(content, "utf-8")
        with pytest.raises(TwinError, match="none of a live twin") as refused:
            read_live(tmp_path)
        assert "不是在线孪生" in refused.value.told("zh")
