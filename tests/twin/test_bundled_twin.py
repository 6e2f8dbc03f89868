"""What the pages of the twin open with is whole, small, and of today's formats and figures."""

from __future__ import annotations

import numpy as np
import pytest

from bundled_twin import FOLDER, HIDDEN, LOST, LOST_SHARE, METERS, SILENT, TRUTH
from twin.calibration.guideline14 import figures
from twin.calibration.parameters import parameters
from twin.calibration.reading import read_calibration
from twin.foresight.stored import read_forecast_folder
from twin.foresight.words import SCORES
from twin.live.drawings import heard
from twin.live.ensemble import Ensemble
from twin.live.filter import Filter
from twin.live.following import SCHEMA
from twin.live.stored import read_live
from twin.project import load
from twin.watch.course import as_read, watched


def test_it_is_small_and_says_what_stood_for_the_building() -> None:
    kept = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in kept if path.name not in METERS) < 600_000
    assert sum(path.stat().st_size for path in kept if path.name in METERS) < 300_000
    for kind in TRUTH:
        assert (FOLDER / kind / "truth.json").is_file()


def test_the_calibration_is_within_guideline_14_by_its_own_hours() -> None:
    stored = read_calibration(FOLDER / "calibration")
    assert set(HIDDEN) <= set(parameters())
    for series, told in stored.told["figures"].items():
        own = stored.of(series, "measured")[stored.held_out]
        for when in ("before", "after"):
            again = figures(own, stored.of(series, when)[stored.held_out])
            assert again["hourly"]["cv_rmse"] == pytest.approx(told[when]["hourly"]["cv_rmse"], abs=0.3)
        assert told["after"]["hourly"]["within"]
        assert not told["before"]["hourly"]["within"]
    assert {row["what"] for row in stored.told["cleaning"]} >= {"gap", "stuck", "spike", "duplicate"}


def test_the_live_folder_is_as_the_filter_writes_today() -> None:
    live = read_live(FOLDER / "live")
    assert live.facts["schema"] == SCHEMA
    loaded = load(FOLDER / "calibration" / "project.yaml")
    ensemble = Ensemble(loaded, 150, members=8, minutes=int(live.facts["minutes"]), seed=0)
    today = Filter(ensemble, live.points).columns
    assert set(today) <= set(live.columns), "run `make examples`"
    recent = live.recent(2)
    silent = [one for one in heard(live, recent, "en") if one.silent]
    assert [one.point for one in silent] == ["only-south/temp_air_c"]
    assert f"{silent[0].last:%Y-%m-%d %H:%M}" <= SILENT


def test_its_alarm_is_the_string_that_fails() -> None:
    found = watched(read_live(FOLDER / "live"))
    (alarm,) = found.alarms
    assert alarm.fault == "pv_loss"
    assert 0 <= (np.datetime64(alarm.day) - np.datetime64(LOST[:10])).astype(int) <= 5
    last = float(as_read("pv", found.days["pv"].to_numpy(float))[-1]) / alarm.usual
    assert last == pytest.approx(1.0 - LOST_SHARE, abs=0.06)


def test_the_forecast_is_scored_and_came_true() -> None:
    stored = read_forecast_folder(FOLDER / "forecast")
    scores = stored.summary["scores"]
    assert set(scores) == set(SCORES), "run `make examples`"
    assert scores["twin"]["pinball"] < scores["persistence"]["pinball"]
    assert np.isfinite(stored.came["office"]).mean() > 0.9
    assert len(stored.hours) == 48
