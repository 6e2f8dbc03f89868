"""A following on disk: whole after a kill, and the same."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from live_hall import DAY, MINUTES, Truth
from twin.live.following import CHECK_STEPS, Following, Settings
from twin.project import Loaded
from weather.errors import TwinError

START = f"{pd.Timestamp('2025-01-01') + pd.Timedelta(days=DAY):%Y-%m-%d}"
_FOLLOW = """
import sys
import pandas as pd
from live_hall import MINUTES, hall_as_described
from twin.live.following import Following, Settings

folder, readings, start = sys.argv[1:]
table = pd.read_parquet(readings)
Following(hall_as_described(), folder, Settings(start, 16, MINUTES, 3, tuple(table.columns))).follow(table)
"""


def _settings(truth: Truth, members: int = 16, seed: int = 3) -> Settings:
    return Settings(START, members, MINUTES, seed, tuple(truth.readings.columns))


@pytest.fixture(scope="module")
def whole(described: Loaded, truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Following:
    """All three days in one go."""
    made = Following(described, tmp_path_factory.mktemp("whole"), _settings(truth))
    made.follow(truth.readings)
    return made


def test_killed_at_any_moment_it_goes_on_to_the_same_estimates(
    whole: Following, described: Loaded, truth: Truth, tmp_path: Path
) -> None:
    """A real process, killed -9 after its first state is on the disk."""
    readings, folder = tmp_path / "readings.parquet", tmp_path / "live"
    truth.readings.to_parquet(readings)
    ran = [sys.executable, "-c", _FOLLOW, str(folder), str(readings), START]
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(ran, env={**os.environ, "PYTHONPATH": paths})
    try:
        while not (folder / "state.npz").is_file() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(float(np.random.default_rng().uniform(0.0, 0.8)))
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    again = Following(described, folder, _settings(truth))
    assert 0 < again.step <= len(truth.readings)
    again.follow(truth.readings)
    pd.testing.assert_frame_equal(again.estimates(), whole.estimates(), check_exact=True)
    assert again.told() == whole.told()
    assert np.array_equal(again.filter.ensemble.stage.state.modes, whole.filter.ensemble.stage.state.modes)


@pytest.mark.parametrize("steps", [37, 96, 97])
def test_broken_off_anywhere_it_goes_on_to_the_same_estimates(
    whole: Following, described: Loaded, truth: Truth, tmp_path: Path, steps: int
) -> None:
    """Also at midnight and in the first step of a day."""
    first = Following(described, tmp_path, _settings(truth))
    assert first.follow(truth.readings.iloc[:steps]) == steps
    second = Following(described, tmp_path, _settings(truth))
    assert second.step == steps
    assert second.follow(truth.readings) == len(truth.readings) - steps
    pd.testing.assert_frame_equal(second.estimates(), whole.estimates(), check_exact=True)


def test_a_state_older_than_the_day_s_file_marches_the_same_steps_again(
    whole: Following, described: Loaded, truth: Truth, tmp_path: Path
) -> None:
    """Killed between the two renames of a midnight: the file of the day is there, the state is of before."""
    per_day = 1440 // MINUTES
    first = Following(described, tmp_path, _settings(truth))
    first.follow(truth.readings.iloc[:CHECK_STEPS])
    state = (tmp_path / "state.npz").read_bytes()
    first.follow(truth.readings.iloc[:per_day])
    (tmp_path / "state.npz").write_bytes(state)
    second = Following(described, tmp_path, _settings(truth))
    assert second.step == CHECK_STEPS < per_day
    assert len(second.estimates()) == second.step
    second.follow(truth.readings)
    pd.testing.assert_frame_equal(second.estimates(), whole.estimates(), check_exact=True)


def test_finer_readings_are_means_and_states_those_of_the_ends(whole: Following) -> None:
    fine = pd.DataFrame(
        {
            "net_import_kw": [1.0, 2.0, 6.0],
            "hall/temp_air_c": [20.0, 21.0, 22.0],
            "temp_air": [30.0, 31.0, 32.0],
        },
        index=whole.now + pd.to_timedelta([0, 5, 10], unit="min"),
    )
    row = dict(zip(whole.settings.points, whole.rows_of(fine)[0], strict=True))
    assert (row["net_import_kw"], row["hall/temp_air_c"], row["temp_air"]) == (3.0, 22.0, 30.0)
    assert np.isnan(row["pv_kw"])


def test_a_folder_of_other_settings_is_refused(whole: Following, described: Loaded, truth: Truth) -> None:
    with pytest.raises(TwinError, match="another seed: 3, now 4") as refused:
        Following(described, whole.folder, _settings(truth, seed=4))
    assert "该文件夹跟随时的 seed" in refused.value.told("zh")


@pytest.mark.parametrize("name", ["state.npz", "live.json"])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_damaged_folder_is_refused_and_stays(
    whole: Following, described: Loaded, truth: Truth, tmp_path: Path, name: str, share: float
) -> None:
    folder = tmp_path / "live"
    shutil.copytree(whole.folder, folder)
    content = (folder / name).read_bytes()[: int(share * (folder / name).stat().st_size)]
    (folder / name).write_bytes(content)
    with pytest.raises(TwinError, match=r"changed or damaged|none of a live twin") as told:
        Following(described, folder, _settings(truth))
    assert str(told.value.file).endswith(name)
    assert (folder / name).read_bytes() == content


@pytest.mark.parametrize(("start", "words"), [("2024-07-16", "year 2025"), ("July", "no date")])
def test_days_that_the_project_does_not_have_are_refused(
    described: Loaded, truth: Truth, tmp_path: Path, start: str, words: str
) -> None:
    with pytest.raises(TwinError, match=words):
        Following(described, tmp_path, Settings(start, 8, MINUTES, 0, tuple(truth.readings.columns)))
