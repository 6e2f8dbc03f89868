"""Targets at the meter: every way to write one, and files that say nothing useful."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from buildings.description.equipment import GridTarget
from controllers.codes import PEAK, VALLEY
from twin.targets import target_kw
from weather.errors import TwinError

TIMES = pd.date_range("2025-01-01", periods=96, freq="15min", tz="Asia/Shanghai")
PERIOD = np.where(TIMES.hour < 6, VALLEY, PEAK).astype(np.int64)


def test_one_power_hours_and_periods() -> None:
    assert (target_kw(GridTarget(power=30.0), TIMES, PERIOD, None) == 30.0).all()
    hours = target_kw(GridTarget(hours=tuple(map(float, range(24)))), TIMES, PERIOD, None)
    np.testing.assert_array_equal(hours, np.repeat(np.arange(24.0), 4))
    periods = target_kw(GridTarget(periods={"valley": 50.0}), TIMES, PERIOD, None)
    np.testing.assert_array_equal(np.isfinite(periods), PERIOD == VALLEY)


def written(folder: Path, text: str) -> GridTarget:
    (folder / "target.csv").write_text(text, encoding="utf-8")
    return GridTarget(file="target.csv", base=100.0, gain=0.5)


def test_a_file_holds_each_value_until_the_next_one(tmp_path: Path) -> None:
    target = written(
        tmp_path, "time,grid_target_kw\n2025-01-01 01:00,10\n2025-01-01 02:00,\n2025-01-01 03:00,30\n"
    )
    found = target_kw(target, TIMES, PERIOD, tmp_path)
    assert np.isnan(found[:4]).all()
    assert (found[4:8] == 10.0).all()
    assert np.isnan(found[8:12]).all()
    assert (found[12:16] == 30.0).all()
    assert np.isnan(found[16:]).all()


def test_a_signal_pulls_the_power_down_where_it_is_high(tmp_path: Path) -> None:
    target = written(tmp_path, "time,signal\n2025-01-01 00:00,0.4\n2025-01-01 12:00,0.6\n")
    found = target_kw(target, TIMES, PERIOD, tmp_path)
    assert found[0] == pytest.approx(110.0)
    assert found[-1] == pytest.approx(90.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a table"),
        ("a,b\n1,2\n", "columns"),
        ("time,grid_target_kw\nyesterday,2\n", "times cannot be read"),
        ("time,grid_target_kw\n2025-01-01 02:00,1\n2025-01-01 01:00,1\n", "do not rise"),
        ("time,grid_target_kw\n2025-01-01 02:00,much\n", "row 2"),
        ("time,grid_target_kw\n2025-01-01 02:00,inf\n", "row 2"),
        ("time,grid_target_kw\n2031-01-01 02:00,1\n", "no time of it"),
        ("time,signal\n2025-01-01 02:00,0\n", "no mean"),
    ],
)
def test_files_that_say_nothing_useful_are_refused(tmp_path: Path, text: str, says: str) -> None:
    target = written(tmp_path, text)
    with pytest.raises(TwinError, match=says) as caught:
        target_kw(target, TIMES, PERIOD, tmp_path)
    assert caught.value.file is not None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be read"):
        target_kw(GridTarget(file="none.csv"), TIMES, PERIOD, tmp_path)


def test_a_target_is_said_in_one_way() -> None:
    with pytest.raises(ValueError, match="one way"):
        GridTarget(power=1.0, periods={"peak": 1.0})
