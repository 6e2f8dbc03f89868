"""A crosscheck that was stored shows what the one that was just made shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import engine_years
from twin.commands.crosscheck import Checked, Crosschecked, _store
from twin.crosscheck import figures
from twin.crosscheck.comparison import Comparison, compare
from twin.crosscheck.engines import Pair
from twin.crosscheck.stored import FILE, StoredCheck, read_check
from twin.crosscheck.targets import load_targets
from weather import load_weather
from weather.errors import TwinError


@pytest.fixture(scope="module")
def made() -> tuple[Pair, Comparison]:
    """Two made-up years that differ by a fifth and 0.8 K."""
    building, times = engine_years.small_building(), engine_years.year_times()
    ours, other = engine_years.made_year(times), engine_years.made_year(times, scale=1.2, shift_k=0.8)
    pair = Pair(building, times, (ours, other), (ours, other))
    return pair, compare(building, times, pair.conditioned, pair.free, load_targets())


@pytest.fixture(scope="module")
def stored(made: tuple[Pair, Comparison], tmp_path_factory: pytest.TempPathFactory) -> StoredCheck:
    folder = tmp_path_factory.mktemp("check")
    _store(Crosschecked((Checked("hall", "小楼", load_weather("shanghai"), (made,)),), (), None), folder)
    return read_check(folder / FILE)


def test_measures_and_verdicts_come_back(made: tuple[Pair, Comparison], stored: StoredCheck) -> None:
    assert (stored.title, stored.title_zh) == ("hall", "小楼")
    (one,) = stored.buildings
    assert one.whole == made[1].whole
    assert one.zones == made[1].zones
    assert one.cpu_s == made[0].cpu_s


def test_hours_come_back_to_a_milliwatt(made: tuple[Pair, Comparison], stored: StoredCheck) -> None:
    (one,) = stored.buildings
    assert one.times.equals(made[1].times)
    for kind in made[1].whole.loads:
        for back, was in zip(one.building_load(kind), made[1].building_load(kind), strict=True):
            assert np.allclose(back, was, rtol=0.0, atol=5.1e-4)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_figures_are_drawn(
    made: tuple[Pair, Comparison], stored: StoredCheck, language: str
) -> None:
    (one,) = stored.buildings
    for draw in (figures.months, figures.zone_errors):
        assert draw(one, language) == draw(made[1], language)  # type: ignore[arg-type]
    week = figures.worst_week_of_loads(one, language)  # type: ignore[arg-type]
    assert [t.x[0] for t in week.data] == [
        t.x[0]
        for t in figures.worst_week_of_loads(made[1], language).data  # type: ignore[arg-type]
    ]
    assert len(figures.hour_against_hour(one, language).data) > 2  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 7}'])
def test_what_is_no_crosscheck_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(TwinError, match="crosscheck"):
        read_check(tmp_path / FILE)


def test_the_file_is_plain_json(made: tuple[Pair, Comparison], tmp_path: Path) -> None:
    _store(Crosschecked((Checked("hall", "小楼", load_weather("shanghai"), (made,)),), (), None), tmp_path)
    told = json.loads((tmp_path / FILE).read_text("utf-8"))
    assert "page" not in told
    assert str(tmp_path) not in json.dumps(told)
