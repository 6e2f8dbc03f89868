"""Runs are stored in full or not at all, the same series give the same bytes, unsound Runs are refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import runs as runs_by_hand
from twin import store
from twin.store import RunStore, open_run
from weather.errors import TwinError

CHILD = f"""
import os, resource, sys
sys.path.insert(0, {str(Path(runs_by_hand.__file__).parent)!r})
import runs
from pathlib import Path
from twin.store import RunStore
from weather.errors import TwinError
def save(run, root, name="year", **options):
    try:
        RunStore(root).save(run, name, **options)
    except TwinError as error:
        print(error)
        sys.exit(2)
"""


def child(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def entries(root: Path) -> list[str]:
    return sorted(p.name for p in root.iterdir())


def test_what_was_saved_is_what_is_opened(tmp_path: Path, runs: ModuleType) -> None:
    run = runs.a_run(buildings=("办公楼 A", "house-1"))
    path = RunStore(tmp_path / "runs").save(run, "上海 2025")
    assert entries(path.parent) == ["上海 2025"]
    for again in (RunStore(path.parent).open("上海 2025"), open_run(path)):
        for part in ("series", "zones"):
            for building, table in getattr(run, part).items():
                pd.testing.assert_frame_equal(
                    getattr(again, part)[building], table, check_names=False, check_exact=True
                )
                assert getattr(again, part)[building].index.equals(table.index)
        pd.testing.assert_frame_equal(again.weather, run.weather, check_names=False, check_exact=True)
        assert again.summary == run.summary
        assert again.project == run.project
        assert again.manifest["schema"] == store.SCHEMA
        assert again.series["house-1"].index.freq == pd.Timedelta(minutes=15)
        assert str(again.series["house-1"].index.tz) == "Asia/Shanghai"


def test_one_building_can_be_read_alone(tmp_path: Path, runs: ModuleType) -> None:
    path = RunStore(tmp_path).save(runs.a_run(days=1, buildings=("a", "b.c")), "two")
    assert list(RunStore(tmp_path).open("two", buildings=["b.c"]).series) == ["b.c"]
    with pytest.raises(TwinError, match="no building"):
        RunStore(tmp_path).open(path, buildings=["d"])


def test_same_series_same_bytes_in_another_process(tmp_path: Path, runs: ModuleType) -> None:
    here = RunStore(tmp_path).save(runs.a_run(seed=3), "here")
    other = child("save(runs.a_run(seed=3), sys.argv[1], 'there')", tmp_path)
    assert other.wait(120) == 0, other.communicate()
    assert RunStore(tmp_path).names() == ["here", "there"]
    for file in sorted(here.rglob("*.parquet")):
        assert file.read_bytes() == (tmp_path / "there" / file.relative_to(here)).read_bytes(), file
    changed = runs.a_run(seed=3)
    changed.series["office"].iloc[5, 0] = np.nextafter(changed.series["office"].iloc[5, 0], np.inf)
    third = RunStore(tmp_path).save(changed, "changed")
    name = Path("series/office.parquet")
    assert (third / name).read_bytes() != (here / name).read_bytes()


def test_other_readers_see_units_and_stamps(tmp_path: Path, runs: ModuleType) -> None:
    path = RunStore(tmp_path).save(runs.a_run(days=1), "r")
    schema = pq.read_schema(path / "series" / "office.parquet")
    assert schema.field("grid_import_kw").metadata == {b"unit": b"kW", b"kind": b"flux"}
    assert str(schema.field("time").type) == "timestamp[us, tz=Asia/Shanghai]"
    zone = pq.read_schema(path / "zones" / "office.parquet").field("core/temp_air_c")
    assert zone.metadata[b"unit"].decode() == "°C"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_sound_table_survives_the_round_trip(data: st.DataObject, runs: ModuleType) -> None:
    minutes = data.draw(st.sampled_from([1, 5, 15, 60]))
    run = runs.a_run(days=data.draw(st.integers(1, 2)), minutes=minutes, seed=data.draw(st.integers(0, 9)))
    finite = st.floats(0, 1e308, allow_nan=False)
    drawn = data.draw(st.lists(finite, min_size=1, max_size=20))
    run.series["office"]["pv_kw"] = np.resize(np.array(drawn, dtype=float), len(run.weather))
    with tempfile.TemporaryDirectory() as root:
        again = open_run(RunStore(root).save(run, "r"))
    pd.testing.assert_frame_equal(
        again.series["office"], run.series["office"], check_names=False, check_exact=True
    )


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/abs",
        ".hidden",
        "CON",
        "nul.txt",
        "lpt1",
        "x ",
        "x.",
        "a\nb",
        "a\0b",
        "a:b",
        "*",
        "x" * 201,
        "上" * 67,
    ],
)
def test_unsafe_names_are_refused_for_runs_and_buildings(tmp_path: Path, runs: ModuleType, name: str) -> None:
    with pytest.raises(TwinError, match="file name"):
        RunStore(tmp_path / "s").save(runs.a_run(days=1), name)
    with pytest.raises(TwinError, match="file name"):
        RunStore(tmp_path / "s").save(runs.a_run(days=1, buildings=(name,)), "fine")
    assert not (tmp_path / "s").exists()


@given(st.text(max_size=30))
def test_no_accepted_name_leaves_the_folder(name: str) -> None:
    try:
        store._refuse_unsafe(name, "name")
    except TwinError:
        return
    assert Path("/root", name).parent == Path("/root")
    assert Path(os.path.normpath(Path("/root", name))) == Path("/root", name)
    assert not name.startswith(".")


# --- unsound Runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("residuals", "word"),
    [
        ({}, "no residuals"),
        (None, "no residuals"),
        ({"bus": 2e-6}, "'bus' is open"),
        ({"bus": -2e-6}, "'bus' is open"),
        ({"bus": 0.0, "moisture": float("nan")}, "'moisture' is open"),
        ({"bus": {"relative": 1e-3, "kw": 4.0}}, "'bus' is open"),
    ],
)
def test_a_run_that_does_not_close_is_refused(
    tmp_path: Path, runs: ModuleType, residuals: object, word: str
) -> None:
    run = runs.a_run(days=1)
    run.summary["residuals"] = residuals
    with pytest.raises(TwinError, match=word):
        RunStore(tmp_path / "s").save(run, "r")
    assert not (tmp_path / "s").exists()


def test_residuals_at_the_limit_are_stored(tmp_path: Path, runs: ModuleType) -> None:
    run = runs.a_run(days=1)
    run.summary["residuals"] = {"bus": 1e-6, "air": {"relative": -1e-6, "kwh": 1.0}}
    RunStore(tmp_path).save(run, "r")


def test_unsound_tables_are_refused(tmp_path: Path, runs: ModuleType) -> None:
    def refused(match: str) -> None:
        with pytest.raises(TwinError, match=match):
            RunStore(tmp_path / "s").save(run, "r")
        assert not (tmp_path / "s").exists()

    run = runs.a_run(days=1)
    run.series["office"].loc[run.weather.index[3], "pv_kw"] = np.nan
    refused("pv_kw: 1 values are NaN, the first in row 3")
    run = runs.a_run(days=1)
    run.zones["office"]["core", "temp_air_c"] = 500.0
    refused("zone core of office: temp_air_c")
    run = runs.a_run(days=1)
    run.weather = run.weather.tz_localize(None)
    refused("weather has no regular")
    run = runs.a_run(days=1)
    run.series["office"] = run.series["office"].drop(run.weather.index[7])
    refused("series of office has no regular")
    run = runs.a_run(days=1)
    run.series["office"] = run.series["office"].shift(freq="15min")
    refused("different time stamps")
    run = runs.a_run(days=1, buildings=("A", "a"))
    refused("upper and lower case")
    run = runs.a_run(days=1)
    run.zones["annex"] = run.zones["office"]
    refused("zones only of buildings")


def test_a_summary_that_json_cannot_carry_is_refused(tmp_path: Path, runs: ModuleType) -> None:
    run = runs.a_run(days=1)
    run.summary["eui"] = float("nan")
    with pytest.raises(TwinError, match="JSON"):
        RunStore(tmp_path).save(run, "r")
    assert entries(tmp_path) == []
    run.summary["eui"] = np.float64(3.5)
    run.summary["peak_at"] = run.weather.index[0]
    summary = open_run(RunStore(tmp_path).save(run, "r")).summary
    assert summary["eui"] == 3.5
    assert summary["peak_at"] == "2025-07-01T00:00:00+08:00"


# --- two Runs of one name, damaged Runs, other schemas --------------------------------------------------


def test_a_taken_name_is_left_alone_unless_replacing_is_asked(tmp_path: Path, runs: ModuleType) -> None:
    saved = RunStore(tmp_path)
    saved.save(runs.a_run(days=1, seed=1), "r")
    with pytest.raises(TwinError, match="exists already"):
        saved.save(runs.a_run(days=1, seed=2), "r")
    assert saved.open("r").manifest["seed"] == 1
    saved.save(runs.a_run(days=1, seed=2), "r", replace=True)
    assert saved.open("r").manifest["seed"] == 2
    assert entries(tmp_path) == ["r"]


def test_a_kill_between_the_two_renames_of_a_replacement_brings_the_old_run_back(
    tmp_path: Path, runs: ModuleType
) -> None:
    saved = RunStore(tmp_path)
    saved.save(runs.a_run(days=1, seed=1), "r").rename(tmp_path / ".replaced-r")
    assert saved.names() == []
    with pytest.raises(TwinError, match="exists already"):
        saved.save(runs.a_run(days=1, seed=2), "r")
    assert saved.open("r").manifest["seed"] == 1
    assert entries(tmp_path) == ["r"]


def test_a_failing_replacement_leaves_the_old_run(
    tmp_path: Path, runs: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = RunStore(tmp_path)
    saved.save(runs.a_run(days=1, seed=1), "r")
    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if ".saving-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(TwinError, match="Input/output error"):
        saved.save(runs.a_run(days=1, seed=2), "r", replace=True)
    assert saved.open("r").manifest["seed"] == 1
    assert entries(tmp_path) == ["r"]


def test_listing_shows_complete_runs_only(tmp_path: Path, runs: ModuleType) -> None:
    assert RunStore(tmp_path / "none").list() == []
    for name in ("b", "a"):
        RunStore(tmp_path).save(runs.a_run(days=1), name)
    (tmp_path / "half").mkdir()
    (tmp_path / ".saving-c.12345678").mkdir()
    (tmp_path / "note.txt").write_text("x")
    assert [m["name"] for m in RunStore(tmp_path).list()] == ["a", "b"]
    assert RunStore(tmp_path).list()[0]["engine"] == "fast"


@pytest.mark.parametrize(
    "file",
    ["series/office.parquet", "zones/office.parquet", "weather.parquet", "summary.json", "project.yaml"],
)
def test_damage_is_noticed(tmp_path: Path, runs: ModuleType, file: str) -> None:
    path = RunStore(tmp_path).save(runs.a_run(days=1), "r")
    content = (path / file).read_bytes()
    (path / file).write_bytes(content[:-1])
    with pytest.raises(TwinError, match="changed or damaged"):
        open_run(path)
    (path / file).unlink()
    with pytest.raises(TwinError, match="cannot be read"):
        open_run(path)


@pytest.mark.parametrize(
    ("schema", "remedy"), [(99, "Upgrade"), (0, "again"), (None, "again"), ("x", "again")]
)
def test_another_schema_says_what_to_do(
    tmp_path: Path, runs: ModuleType, schema: object, remedy: str
) -> None:
    path = RunStore(tmp_path).save(runs.a_run(days=1), "r")
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["schema"] = schema
    (path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(TwinError, match=remedy) as caught:
        open_run(path)
    assert caught.value.key == "schema"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": 1}', "\udcff"])
def test_a_broken_manifest_is_an_error_for_people(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(TwinError):
        open_run(tmp_path)


def test_no_run_here(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="not the folder of a complete Run"):
        RunStore(tmp_path).open("absent")
    with pytest.raises(TwinError, match="file name"):
        RunStore(tmp_path).open("..")


# --- real processes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 12, 30])
def test_a_writer_killed_in_the_middle_leaves_no_run_and_no_hindrance(
    tmp_path: Path, runs: ModuleType, after: int
) -> None:
    writer = child(
        "run = runs.a_run(days=30, buildings=tuple(f'b{i}' for i in range(60)))\nsave(run, sys.argv[1])",
        tmp_path,
    )
    until = time.monotonic() + 120
    while len(list(tmp_path.glob(".saving-year.*/series/*.parquet"))) < after:
        assert writer.poll() is None, writer.communicate()
        assert time.monotonic() < until
        time.sleep(0.001)
    writer.send_signal(signal.SIGKILL)
    assert writer.wait(120) == -signal.SIGKILL
    assert any(name.startswith(".saving-year") for name in entries(tmp_path))
    assert RunStore(tmp_path).names() == []
    with pytest.raises(TwinError, match="not the folder"):
        RunStore(tmp_path).open("year")
    RunStore(tmp_path).save(runs.a_run(days=1), "year")
    assert entries(tmp_path) == ["year"]


def test_two_processes_never_write_one_run(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    script = """
run = runs.a_run(days=10, seed=int(sys.argv[2]), buildings=tuple(f'b{i}' for i in range(10)))
Path(sys.argv[3]).touch()
while not Path(sys.argv[4]).exists():
    pass
save(run, sys.argv[1])
"""
    go = tmp_path / "go"
    ready = [tmp_path / f"ready{i}" for i in range(3)]
    writers = [child(script, root, i, r, go) for i, r in enumerate(ready)]
    while not all(r.exists() for r in ready):
        assert all(w.poll() is None for w in writers), [w.communicate() for w in writers]
        time.sleep(0.01)
    go.touch()
    said = [w.communicate(timeout=120)[0] for w in writers]
    codes = [w.returncode for w in writers]
    assert sorted(codes) == [0, 2, 2], said
    assert all("another process is writing" in s or "exists already" in s for s in said if s)
    run = RunStore(root).open("year")
    assert run.manifest["seed"] == codes.index(0)
    assert len(run.series) == 10
    assert entries(root) == ["year"]


def test_a_held_lock_refuses_the_second_writer_at_once(tmp_path: Path, runs: ModuleType) -> None:
    holder = child(
        "with RunStore(sys.argv[1])._writing('year'):\n print('held', flush=True)\n sys.stdin.read()",
        tmp_path,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with pytest.raises(TwinError, match="another process is writing"):
            RunStore(tmp_path).save(runs.a_run(days=1), "year")
        RunStore(tmp_path).save(runs.a_run(days=1), "other")
    finally:
        holder.kill()
        holder.wait(120)
    RunStore(tmp_path).save(runs.a_run(days=1), "year")
    assert RunStore(tmp_path).names() == ["other", "year"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """The limit on file size makes the kernel refuse a write in mid-file, as a full disk does."""
    writer = child(
        """
run = runs.a_run(days=30)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
save(run, sys.argv[1])
""",
        tmp_path,
    )
    said, errors = writer.communicate(timeout=120)
    assert writer.returncode == 2, errors
    assert "size limit" in said
    assert "Nothing of it was left behind" in said
    assert entries(tmp_path) == []


@pytest.fixture
def read_only() -> Iterator[Path]:
    # Not under tmp_path: its parents are closed to the other user below.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_read_only_folder_is_told(read_only: Path) -> None:
    writer = child(
        """
run = runs.a_run(days=1)
if os.geteuid() == 0:  # permissions do not bind root
    os.setuid(65534)
save(run, sys.argv[1])
""",
        read_only,
    )
    said, errors = writer.communicate(timeout=120)
    assert writer.returncode == 2, errors
    assert "Permission denied" in said
    assert entries(read_only) == []


def test_a_failure_at_any_point_leaves_nothing(
    tmp_path: Path, runs: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.a_run(days=1, buildings=("a", "b"))
    force, calls, fail_at = store._force, 0, 0

    def counted(path: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == fail_at:
            raise OSError(28, "No space left on device")
        force(path)

    monkeypatch.setattr(store, "_force", counted)
    RunStore(tmp_path / "whole").save(run, "r")
    points = calls
    assert points >= 11  # 4 tables, 2 folders, weather, project, summary, manifest, the Run, the root
    for point in range(1, points):  # the last comes after the rename
        calls, fail_at = 0, point
        with pytest.raises(TwinError, match="disk is full"):
            RunStore(tmp_path / "broken").save(run, "r")
        assert entries(tmp_path / "broken") == []


# --- the manifest -------------------------------------------------------------------------------------


def test_the_manifest_tells_versions_and_hashes(runs: ModuleType) -> None:
    run = runs.a_run(days=1)
    first = store.manifest_of(
        project="a: 1\n", weather=run.weather, seed=7, engine="fast", wall_time_s=1.5, buildings={"x": {}}
    )
    assert first["versions"]["numpy"] == np.__version__
    assert len(first["project_sha256"]) == 64
    assert first["buildings"] == {"x": {}}
    assert json.loads(json.dumps(first)) == first
    other = run.weather.copy()
    other.iloc[0, 0] += 1e-12
    assert store.frame_sha256(other) != first["weather_sha256"]
    assert store.frame_sha256(run.weather.copy()) == first["weather_sha256"]
    shifted = run.weather.shift(freq="15min")
    assert store.frame_sha256(shifted) != first["weather_sha256"]
