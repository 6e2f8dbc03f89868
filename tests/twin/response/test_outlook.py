"""What a fleet could move over a day: the sum of its envelopes, and how surely it answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from small_fleet import written
from twin.commands.outlook import outlook_of_project
from twin.crew import Alone, DaskCrew
from twin.flexibility.envelope import BUILDING, DIRECTIONS, SOURCES, flexibility
from twin.flexibility.witness import Baseline, baseline
from twin.plant import prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.project import Loaded
from twin.response.call_times import similar_days
from twin.response.invitation import SCENARIOS, Behaviour
from twin.response.outlook import MINUTES, Outlook, day_of, outlook_of, sure_of
from twin.response.outlook_figure import outlook_figure
from twin.response.outlook_stored import (
    FILE,
    compact,
    outlook_table,
    plain_outlook,
    read_outlook,
    worded_outlook,
    write_outlook,
)
from twin.shift_response import SeasonAnswer, UncontrolledYears
from weather.errors import TwinError

DAY = "2025-07-30"
_FIRST = 210 * 96  # of that day in the year
Told = dict[str, Any]
Hourly = tuple[Baseline, list[dict[str, SeasonAnswer]]]


@pytest.fixture(scope="module")
def outlook(loaded: Loaded) -> Outlook:
    return outlook_of(loaded, DAY, Alone())


@pytest.fixture(scope="module")
def told(outlook: Outlook) -> Told:
    return plain_outlook(outlook, asked=DAY, project="fleet", titles=("楼宇群", "fleet"))


@pytest.fixture(scope="module")
def hourly(loaded: Loaded) -> Hourly:
    """The same year, watched every hour."""
    plant = prepare(loaded.project, loaded.climate)
    years = UncontrolledYears(plant)
    return baseline(plant, (), years), years.answers


def test_the_fleet_has_the_sum_of_its_envelopes(hourly: Hourly, outlook: Outlook) -> None:
    """By hand, from a baseline that was watched every hour: the quarter-hours between change nothing."""
    known, answers = hourly
    hours = [_FIRST + 4 * h for h in range(24)]
    each = [flexibility(known, b, answers[b], hours, MINUTES) for b in range(4)]
    for k, way in enumerate(DIRECTIONS):
        whole = np.sum([one.sources[way, BUILDING].kw for one in each], axis=0)
        np.testing.assert_allclose(outlook.total_kw[k][:, ::4], whole, atol=0.01)
        assert whole.max() > 50.0
        for s, name in enumerate(SOURCES):
            alone = np.sum([one.sources[way, name].kw for one in each], axis=0)
            np.testing.assert_allclose(outlook.alone_kw[k, s][:, ::4], alone, atol=0.01)
    meter = known.outcome.buildings[_FIRST : _FIRST + 96, :, GRID_IMPORT].sum(axis=1)
    meter -= known.outcome.buildings[_FIRST : _FIRST + 96, :, GRID_EXPORT].sum(axis=1)
    np.testing.assert_allclose(outlook.meter_kw, meter, rtol=1e-9)


def test_sources_share_out_what_buildings_can_do(outlook: Outlook) -> None:
    np.testing.assert_allclose(outlook.source_kw.sum(axis=1), outlook.total_kw, atol=1e-6)
    assert (outlook.source_kw >= 0.0).all()
    np.testing.assert_allclose(outlook.mean_kw.sum(axis=2), outlook.total_kw.mean(axis=2), atol=1e-6)
    # what lasts longer is not more
    assert (np.diff(outlook.total_kw, axis=1) <= 0.01).all()


def test_who_all_answer_and_keep_give_the_plain_sum(outlook: Outlook) -> None:
    for row in outlook.sure_kw["reliable"]:
        np.testing.assert_allclose(row, outlook.total_kw, rtol=1e-12, atol=1e-9)


def test_what_is_surer_is_less(outlook: Outlook) -> None:
    assert set(outlook.sure_kw) == set(outlook.sure_past_kw) == set(SCENARIOS)
    for of_days in (outlook.sure_kw, outlook.sure_past_kw):
        for reached in of_days.values():
            assert (np.diff(reached, axis=0) >= 0.0).all()
    for name in ("usual", "unreliable"):
        p90, _, p10 = outlook.sure_kw[name]
        assert (p10 <= outlook.total_kw + 1e-9).all()
        assert p90.sum() < 0.9 * outlook.total_kw.sum()


def test_similar_days_are_workdays_before_it(outlook: Outlook) -> None:
    july = (29, 28, 25, 24, 23, 22, 21, 18, 17, 16)
    assert outlook.past_days == tuple(date(2025, 7, day) for day in july)


def test_over_similar_days_it_is_what_they_had(hourly: Hourly, outlook: Outlook) -> None:
    """Of a reliable fleet every sample is the sum of one of those days: the least of ten is among them."""
    known, answers = hourly
    noons = [_FIRST + 48 - 96 * (210 - day.timetuple().tm_yday + 1) for day in outlook.past_days]
    sums = np.sum(
        [flexibility(known, b, answers[b], noons, MINUTES).sources["down", BUILDING].kw for b in range(4)],
        axis=0,
    )
    for m in range(len(MINUTES)):
        ordered = np.sort(sums[m])
        reached = outlook.sure_past_kw["reliable"][:, 0, m, 48]
        assert ordered[0] - 0.01 <= reached[0] <= ordered[2] + 0.01
        assert ordered[7] - 0.01 <= reached[2] <= ordered[9] + 0.01


def _same(kw: float, fleet: int) -> NDArray[np.float64]:
    return np.full((2, 1, fleet, len(MINUTES), 3), kw)


def test_behaviour_is_drawn_participant_by_participant() -> None:
    one, many = _same(100.0, 1), _same(1.0, 100)
    assert (sure_of(one, Behaviour(refuse=1.0)) == 0.0).all()
    p90, _, p10 = sure_of(one, Behaviour(silent=0.5))
    assert (p90 == 0.0).all()
    assert (p10 == 100.0).all()
    # of many, half answer, give or take a few: five are one standard deviation
    p90, p50, p10 = sure_of(many, Behaviour(refuse=0.25, silent=0.25))
    np.testing.assert_allclose(p50, 50.0, atol=1.0)
    np.testing.assert_allclose(p10 - p50, 6.4, atol=2.0)
    np.testing.assert_allclose(p50 - p90, 6.4, atol=2.0)


def test_who_is_late_loses_more_of_a_short_call() -> None:
    p50 = sure_of(_same(1.0, 200), Behaviour(late=1.0, late_by=20.0))[1, 0, :, 0]
    # an exponential delay of 20 min, cut at the end of the call: the mean that is left
    left = [1.0 - 20.0 / m * (1.0 - np.exp(-m / 20.0)) for m in MINUTES]
    np.testing.assert_allclose(p50 / 200.0, left, atol=0.02)


def test_early_in_the_year_nothing_is_said_of_similar_days(loaded: Loaded, outlook: Outlook) -> None:
    project = loaded.project
    weather = loaded.climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    assert len(similar_days(weather, project, 2, 2)) < 3
    bare = plain_outlook(
        replace(outlook, past_days=(), sure_past_kw={}), asked=DAY, project="fleet", titles=("", "")
    )
    assert bare["down"]["15"]["sure_kw"]["usual"]["similar_days"] is None
    assert not [column for column in outlook_table(bare).columns if "similar" in column]
    names = [trace.name for trace in outlook_figure(bare, "en", minutes=15, scenario="usual").data]
    assert "sure with 90 %" in names
    assert not [name for name in names if "similar" in name]


@pytest.mark.parametrize("text", ["tomorrow", "", "1999-07-30", "2025-02-30"])
def test_what_is_no_day_of_the_year_is_told(loaded: Loaded, text: str) -> None:
    project = loaded.project
    weather = loaded.climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    with pytest.raises(TwinError) as error:
        day_of(text, weather, project)
    assert error.value.key == "--date"
    assert day_of("hottest_workday", weather, project).weekday() < 5


def test_what_cannot_be_looked_at_is_told(loaded: Loaded) -> None:
    coarse = replace(loaded, project=loaded.project.model_copy(update={"timestep": 60.0}))
    with pytest.raises(TwinError) as error:
        outlook_of(coarse, DAY, Alone())
    assert error.value.key == "timestep"


def test_it_is_read_as_it_was_written(told: Told, tmp_path: Path) -> None:
    folder = write_outlook(told, tmp_path / "outlook", 1.0)
    assert read_outlook(folder / FILE) == told
    for name, total in (("outlook.csv", "total, kW"), ("outlook_zh.csv", "合计，kW")):
        table = pd.read_csv(folder / name, encoding="utf-8-sig")
        assert len(table) == 2 * len(MINUTES) * 96
        assert table[total].sum() == pytest.approx(outlook_table(told)["total_kw"].sum())
    with pytest.raises(TwinError, match="there already"):
        write_outlook(told, folder, 1.0)
    for wrong in ("", "[]", "{}", '{"schema": 0}'):
        (tmp_path / FILE).write_text(wrong, "utf-8")
        with pytest.raises(TwinError, match="no outlook"):
            read_outlook(tmp_path / FILE)


def test_every_column_has_words(told: Told) -> None:
    table = outlook_table(told)
    for language in ("zh", "en"):
        worded = worded_outlook(table, language)  # type: ignore[arg-type]
        assert worded.columns.is_unique
        assert not [column for column in worded.columns if column.endswith("_kw")]


@pytest.mark.parametrize("minutes", MINUTES)
def test_the_figure_stacks_to_the_total(told: Told, minutes: int) -> None:
    figure = outlook_figure(told, "zh", minutes=minutes, scenario="usual", start="13:00")
    for way, sign in (("down", 1.0), ("up", -1.0)):
        stacked = [np.array(trace.y, dtype=float) for trace in figure.data if trace.stackgroup == way]
        total = sign * np.array(told[way][str(minutes)]["total_kw"])
        np.testing.assert_allclose(np.sum(stacked, axis=0), [*total, total[-1]], atol=0.01)
    (line, _) = [trace for trace in figure.data if trace.legendgroup == "day"]
    np.testing.assert_allclose(line.y[:-1], told["down"][str(minutes)]["sure_kw"]["usual"]["day"][0])
    (marked,) = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert pd.Timestamp(marked.x1) - pd.Timestamp(marked.x0) == pd.Timedelta(minutes=minutes)


@pytest.mark.long
def test_workers_find_what_one_process_finds(loaded: Loaded, told: Told) -> None:
    with DaskCrew(workers=1) as crew:
        found = outlook_of(loaded, DAY, crew)
    titles = "楼宇群", "fleet"
    assert compact(plain_outlook(found, asked=DAY, project="fleet", titles=titles)) == compact(told)


@pytest.mark.long
def test_the_command_writes_and_shows_it(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, _ = written(tmp_path)
    shares: list[float] = []
    done = outlook_of_project(
        project, day=DAY, out=tmp_path / "out", scheduler=None, weather=None, progress=shares.append
    )
    assert done.told == told
    assert json.loads((done.path / FILE).read_text("utf-8")) == told
    assert shares[-1] == 1.0
    assert done.as_dict()["outlook"] == str(done.path)
    done.show()
    shown = capsys.readouterr().out
    assert "13:00" in shown
    assert "…" not in shown
