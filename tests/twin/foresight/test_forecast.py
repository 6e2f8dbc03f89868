"""Members are marches: without errors they are the year itself, with them they spread and are scored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.clock import march
from twin.commands.forecast import forecast_project
from twin.crew import Alone
from twin.flexibility.witness import baseline
from twin.foresight.folder import write_forecast
from twin.foresight.forecast import Look, forecast, march_member
from twin.foresight.score import QUANTILES
from twin.foresight.stored import read_forecast_folder
from twin.foresight.trial import trial
from twin.foresight.weather_ahead import climate_with, read_forecast, simulated_forecast
from twin.plant import prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.project import Loaded, load
from twin.shift_response import UncontrolledYears
from weather.errors import TwinError

PROJECT = """\
schema: 1
name: ahead
timestep: 60
buildings:
  - name: office
    archetype: office
    era: gb55015-2021
    zoning: by_use
    floor_area: 3000 m2
    floors: 3
    pv: [{name: roof, capacity: 60 kWp, tilt: 10}]
    battery: {capacity: 100 kWh, power: 50 kW}
    control: {type: rules, drift: 1.5 K}
"""
HOUR, HOURS = 24 * 210 + 6, 48


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("ahead") / "ahead.yaml"
    path.write_text(PROJECT)
    return load(path)


@pytest.fixture(scope="module")
def metered(loaded: Loaded) -> np.ndarray:
    """Another building than the twin: a tenth more plugs, and what nobody knows."""
    building = loaded.project.buildings[0]
    gains = building.gains.model_copy(update={"equipment_power": 18.0})
    other = loaded.project.model_copy(update={"buildings": (building.model_copy(update={"gains": gains}),)})
    told = march(prepare(other, loaded.climate)).buildings[:, 0]
    net = told[:, GRID_IMPORT] - told[:, GRID_EXPORT]
    return net + 3.0 * np.random.default_rng(0).standard_normal(len(net))


def test_the_known_weather_gives_the_known_year(loaded: Loaded) -> None:
    climate, plant = loaded.climate, prepare(loaded.project, loaded.climate)
    years = UncontrolledYears(plant)
    first = HOUR // 24 * 24
    known = baseline(plant, (first,), years)
    temp = climate.data["temp_air"].to_numpy()[HOUR : HOUR + HOURS + 1]
    ghi = climate.data["ghi"].to_numpy()[HOUR : HOUR + HOURS]
    look = Look(known.seen.copies[first], climate, years.answers, first, first + 96, HOUR, HOURS, HOUR)
    found = march_member(look, (temp, ghi))
    rows = known.outcome.buildings[HOUR : HOUR + HOURS, 0]
    np.testing.assert_allclose(found["net_kw"][0], rows[:, GRID_IMPORT] - rows[:, GRID_EXPORT], atol=1e-6)
    hotter = march_member(look, (temp + 3.0, ghi))
    assert hotter["net_kw"].sum() > found["net_kw"].sum()
    dull = march_member(look, (temp, 0.5 * ghi))
    assert dull["pv_kw"].sum() < 0.7 * found["pv_kw"].sum()


def test_a_member_s_climate_is_the_year_s_elsewhere(loaded: Loaded) -> None:
    climate = loaded.climate
    temp = climate.data["temp_air"].to_numpy()[HOUR : HOUR + HOURS + 1] + 2.0
    ghi = 0.6 * climate.data["ghi"].to_numpy()[HOUR : HOUR + HOURS]
    data = climate_with(climate, HOUR, temp, ghi).data
    pd.testing.assert_frame_equal(data.iloc[:HOUR], climate.data.iloc[:HOUR])
    pd.testing.assert_frame_equal(data.iloc[HOUR + HOURS + 24 :], climate.data.iloc[HOUR + HOURS + 24 :])
    own = data.iloc[HOUR : HOUR + HOURS]
    np.testing.assert_allclose(own["ghi"], ghi)
    assert (own["temp_dew"] <= own["temp_air"] + 1e-9).all()
    assert own["relative_humidity"].between(0.0, 100.0 + 1e-9).all()
    cosine = climate.sun.cos_zenith[HOUR : HOUR + HOURS]
    np.testing.assert_allclose(own["dhi"] + own["dni"] * cosine, ghi, atol=1e-6)


def test_a_forecast_has_quantiles_in_order_and_learns_from_meters(
    loaded: Loaded, metered: np.ndarray
) -> None:
    told = simulated_forecast(loaded.climate, HOUR, HOURS, 1)
    plain = forecast(loaded, HOUR, told, Alone(), members=12)
    learned = forecast(loaded, HOUR, told, Alone(), members=12, metered_kw={"office": metered})
    for made in (plain, learned):
        for values in (*made.quantiles.values(), *made.flexible_kw.values()):
            assert (np.diff(values, axis=0) >= -1e-9).all()
            assert np.isfinite(values).all()
    median = QUANTILES.index(0.5)
    came = metered[HOUR : HOUR + HOURS]
    missed = [np.abs(made.quantiles["net_kw"][median, 0] - came).mean() for made in (plain, learned)]
    assert missed[1] < missed[0]
    np.testing.assert_array_equal(plain.quantiles["pv_kw"], learned.quantiles["pv_kw"])
    unread = metered.copy()
    unread[HOUR:] = 1e6
    again = forecast(loaded, HOUR, told, Alone(), members=12, metered_kw={"office": unread})
    np.testing.assert_array_equal(again.quantiles["net_kw"], learned.quantiles["net_kw"])


@pytest.mark.long
def test_forecasts_of_past_days_beat_persistence_and_hold_their_promise(
    loaded: Loaded, metered: np.ndarray, figure
) -> None:
    starts = range(24 * 190 + 6, 24 * 218, 24 * 7 + 5)
    found = trial(loaded, {"office": metered}, list(starts), HOURS, Alone(), members=20)
    for way, score in found.scores.items():
        figure(
            f"{way}: MAE {score.mae:.2f} kW, pinball {score.pinball:.2f}, coverage "
            f"{100 * score.coverage:.0f} %, width {score.width:.1f} kW"
        )
    twin, alone = found.scores["twin"], found.scores["weather_only"]
    for other in ("persistence", "boosting"):
        assert twin.pinball < found.scores[other].pinball
    assert twin.mae < alone.mae
    assert 0.8 < twin.coverage < 0.98


def test_the_command_writes_whole_folders(loaded: Loaded, tmp_path: Path) -> None:
    assert loaded.path is not None
    done = forecast_project(
        loaded.path, at="2025-07-30T06:00", hours=24, members=5, seed=0, ahead=None, meters=None, trials=0,
        out=tmp_path / "out", page=tmp_path / "page.html", weather=None, progress=lambda share: None,
    )  # fmt: skip
    told = json.loads((done.path / "summary.json").read_text("utf-8"))
    steps = pd.read_parquet(done.path / "steps.parquet")
    assert len(steps) == len(told["quantiles"]) * 24
    middle = steps[steps["quantile"] == 0.5].set_index("time")["net_kw"]
    np.testing.assert_allclose(middle, done.made.quantiles["net_kw"][QUANTILES.index(0.5), 0])
    again = read_forecast_folder(done.path)
    assert (again.summary["project"], again.names, again.came) == ("ahead", ("office",), {})
    np.testing.assert_array_equal(again.steps["net_kw"], done.made.quantiles["net_kw"])
    np.testing.assert_array_equal(again.flexible["down"], done.made.flexible_kw["down"])
    np.testing.assert_array_equal(again.weather["ghi"], done.made.weather["ghi"])
    assert again.times.equals(done.made.times)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "净取电" in page
    assert "Net import" in page


def test_what_came_true_is_kept_where_it_is_known(
    loaded: Loaded, metered: np.ndarray, tmp_path: Path
) -> None:
    made = forecast(loaded, HOUR, simulated_forecast(loaded.climate, HOUR, 24, 0), Alone(), members=5)
    came = metered[HOUR : HOUR + 24].copy()
    came[3] = np.nan
    known = write_forecast(made, None, tmp_path / "known", came_kw={"office": came})
    np.testing.assert_array_equal(read_forecast_folder(known).came["office"], came)
    nothing = np.full(24, np.nan)
    unknown = write_forecast(made, None, tmp_path / "unknown", came_kw={"office": nothing})
    assert read_forecast_folder(unknown).came == {}
    (known / "weather.parquet").unlink()
    with pytest.raises(TwinError, match="cannot be read") as refused:
        read_forecast_folder(known)
    assert "无法读取预测结果" in refused.value.told("zh")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("time,temp_air\n2025-01-01T00:00+08:00,1\n", "lacks ghi"),
        ("time,temp_air,ghi\nsoon,1,0\n", "cannot be read"),
        ("time,temp_air,ghi\n2025-01-01T00:00+08:00,1,0\n", "has no temp_air for"),
        ("", "no table"),
    ],
)
def test_a_forecast_file_that_cannot_be_used_is_told(
    loaded: Loaded, tmp_path: Path, text: str, match: str
) -> None:
    path = tmp_path / "ahead.csv"
    path.write_text(text)
    with pytest.raises(TwinError, match=match) as caught:
        read_forecast(path, loaded.climate, 0, 24)
    assert caught.value.file == str(path)


def test_a_forecast_file_is_read_by_its_hours(loaded: Loaded, tmp_path: Path) -> None:
    index = loaded.climate.data.index[HOUR - 5 : HOUR + HOURS + 5]
    rows = [f"{t.tz_convert('UTC').isoformat()},{i - 20},{10 * i}" for i, t in enumerate(index)]
    path = tmp_path / "ahead.csv"
    path.write_text("time,temp_air,ghi\n" + "\n".join(reversed(rows)) + "\n")
    told = read_forecast(path, loaded.climate, HOUR, HOURS)
    np.testing.assert_allclose(told.temp_air, -15.0 + np.arange(HOURS + 1))
    np.testing.assert_allclose(told.ghi, 10.0 * (5 + np.arange(HOURS)))
    path.write_text("time,temp_air,ghi\n" + "\n".join(rows).replace(",-10,", ",99,") + "\n")
    with pytest.raises(TwinError, match="99 is no temp_air"):
        read_forecast(path, loaded.climate, HOUR, HOURS)


def test_hours_and_plans_that_cannot_be_forecast_are_refused(loaded: Loaded, tmp_path: Path) -> None:
    told = simulated_forecast(loaded.climate, 8000, HOURS, 0)
    with pytest.raises(TwinError, match="leaves the year"):
        forecast(loaded, 8760 - 30, told, Alone(), members=5)
    building = loaded.project.buildings[0]
    control = building.control.model_copy(update={"type": "mpc"})
    planned = loaded.project.model_copy(
        update={"buildings": (building.model_copy(update={"control": control}),)}
    )
    with pytest.raises(TwinError, match="plans"):
        forecast(replace(loaded, project=planned), HOUR, told, Alone(), members=5)
    assert loaded.path is not None
    with pytest.raises(TwinError, match="no full hour"):
        forecast_project(
            loaded.path, at="2025-07-30T06:20", hours=24, members=5, seed=0, ahead=None, meters=None,
            trials=0, out=tmp_path / "out", page=None, weather=None, progress=lambda share: None,
        )  # fmt: skip
