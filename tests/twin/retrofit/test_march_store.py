"""Figures of marches on disk: the same inputs find them, others do not, a killed writer leaves none half."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import time

import pytest

from buildings.description.loading import parse_project
from crew_work import write_for_ever
from twin.retrofit.march_store import MarchStore, derived_hash, inputs_hash
from weather import load_weather
from weather.errors import TwinError

PROJECT = """
schema: 1
name: box
buildings:
  - {name: box, archetype: office, era: gb50189-2005, floor_area: 900 m2, floors: 1}
"""


@pytest.fixture(scope="module")
def climate():
    return load_weather("shanghai", seed=0, year=2025)


def test_what_moves_a_march_moves_its_hash(climate):
    base = parse_project(PROJECT)
    other_year = load_weather("shanghai", seed=1, year=2025)
    changed = [
        base.model_copy(update={"timestep": 60.0}),
        base.model_copy(update={"tariff": "shanghai_residential_tou"}),
        parse_project(PROJECT.replace("900 m2", "901 m2")),
    ]
    hashes = {inputs_hash(project, climate) for project in (base, *changed)} | {inputs_hash(base, other_year)}
    assert len(hashes) == 5


def test_words_and_money_do_not_move_a_hash(climate):
    base = parse_project(PROJECT)
    renamed = parse_project(
        PROJECT.replace(
            "name: box\nb", "name: other\nretrofit: {finance: {years: 30}}\npilot: {households: 9}\nb"
        )
    )
    assert renamed.name == "other"
    assert renamed.retrofit.finance.years == 30
    assert inputs_hash(renamed, climate) == inputs_hash(base, climate)


def test_derived_hashes_do_not_run_together():
    assert derived_hash("x", ["ab", "c"]) != derived_hash("x", ["a", "bc"])
    assert derived_hash("x", []) != "x"


def test_kept_figures_are_found_again(tmp_path):
    store = MarchStore(tmp_path / "marches")
    figures = {"energy": {"electricity_kwh": 1.5, "peak": None}, "名": [1, 2]}
    assert store.find("ab12") is None
    store.keep("ab12", figures)
    assert MarchStore(tmp_path / "marches").find("ab12") == figures
    assert len(store) == 1


def test_the_same_figures_give_the_same_bytes(tmp_path):
    first, second = MarchStore(tmp_path / "a"), MarchStore(tmp_path / "b")
    first.keep("ff", {"x": 1.0, "y": 2.0})
    second.keep("ff", {"y": 2.0, "x": 1.0})
    assert (tmp_path / "a/ff/ff.json").read_bytes() == (tmp_path / "b/ff/ff.json").read_bytes()


@pytest.mark.parametrize("damage", ["", '{"key": "ab12"', '{"key": "other", "figures": {}}', "[]"])
def test_a_damaged_file_is_as_none(tmp_path, damage):
    store = MarchStore(tmp_path)
    store.keep("ab12", {"x": 1.0})
    (tmp_path / "ab/ab12.json").write_text(damage)
    assert store.find("ab12") is None
    store.keep("ab12", {"x": 2.0})
    assert store.find("ab12") == {"x": 2.0}


def test_a_killed_writer_leaves_whole_files(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=write_for_ever, args=(tmp_path,))
    process.start()
    while len(MarchStore(tmp_path)) < 20:
        assert process.is_alive()
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    store = MarchStore(tmp_path)
    found = [store.find(file.stem) for file in tmp_path.glob("??/*.json")]
    assert len(found) >= 20
    assert all(one is not None and len(one["long"]) == 20000 for one in found)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """A limit on the size of files stands for the full disk."""
    store = MarchStore(tmp_path)
    store.keep("aa", {"x": 1.0})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises(TwinError, match="could not be stored"):
            store.keep("bb", {"long": list(range(20000))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert store.find("bb") is None
    assert store.find("aa") == {"x": 1.0}
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["aa.json"]
