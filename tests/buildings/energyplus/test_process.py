"""Runs that go wrong: a clear error, no stray process, nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Project
from buildings.energyplus import Days, EnergyPlusOutput, engine_version, run_idf, run_many, write_model
from buildings.energyplus import process as running
from weather.climate_year import ClimateYear
from weather.epw_writer import write_epw
from weather.errors import TwinError

Make = Callable[..., tuple[CompleteBuilding, Project]]


@pytest.fixture(scope="module")
def epw(shanghai: ClimateYear, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_epw(shanghai, tmp_path_factory.mktemp("weather") / "shanghai.epw")


@pytest.fixture
def idf(box: Callable[..., dict[str, Any]], make: Make, shanghai: ClimateYear, tmp_path: Path) -> Path:
    """The box over one day."""
    building, project = make(box())
    model = write_model(building, shanghai, project.site, minutes=60, days=Days((1, 1), (1, 1)))
    folder = tmp_path / "model"
    folder.mkdir()
    return model.save(folder)


def whole_year(idf: Path) -> Path:
    text = idf.read_text(encoding="utf-8")
    # Steps of a minute over a year: longer than any test waits.
    text = text.replace("1;                        !- Number of Timesteps per Hour", "60;")
    lines = [
        line.replace("1,", "12,", 1) if "End Month" in line else line.replace("1,", "31,", 1)
        if "End Day of Month" in line else line
        for line in text.splitlines()
    ]  # fmt: skip
    path = idf.with_name("year.idf")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def children() -> list[int]:
    """Engine processes of this process that still live."""
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.split(None, 2) for line in found.stdout.splitlines()]
    return [int(pid) for pid, state, args in lines if "worker" in args and not state.startswith("Z")]


def refused(idf: Path, epw: Path, out: Path, **options: Any) -> TwinError:
    """The error of a run, after which nothing is left."""
    before = sorted(out.parent.iterdir()) if out.parent.is_dir() else []
    with pytest.raises(TwinError) as caught:
        run_idf(idf, epw, out, **options)
    assert not out.exists()
    assert children() == []
    after = sorted(out.parent.iterdir()) if out.parent.is_dir() else []
    assert after == before
    return caught.value


def test_a_run_leaves_its_outputs(idf: Path, epw: Path, tmp_path: Path) -> None:
    done = run_idf(idf, epw, tmp_path / "out")
    assert done.sql.is_file()
    assert done.cpu_s > 0.0
    again = run_idf(idf, epw, tmp_path / "out")
    assert again.sql.is_file()
    assert children() == []


def test_a_missing_construction_is_named(idf: Path, epw: Path, tmp_path: Path) -> None:
    text = idf.read_text(encoding="utf-8")
    name = next(line.split(",")[0].strip() for line in text.splitlines() if "!- Construction Name" in line)
    broken = idf.with_name("broken.idf")
    broken.write_text(
        text.replace(f"{name},", "no such thing,", 1 + text.count(f"{name},")), encoding="utf-8"
    )
    broken.write_text(
        "\n".join(
            line.replace(name, "no such thing") if "!- Construction Name" in line else line
            for line in text.splitlines()
        ),
        encoding="utf-8",
    )
    error = refused(broken, epw, tmp_path / "out")
    assert "NO SUCH THING" in str(error).upper()
    assert error.file == str(broken)
    assert error.remedy


def test_another_version_is_refused_before_the_run(idf: Path, epw: Path, tmp_path: Path) -> None:
    old = idf.with_name("old.idf")
    old.write_text(idf.read_text().replace(f"{engine_version()};", "9.2;", 1), encoding="utf-8")
    error = refused(old, epw, tmp_path / "out")
    assert "9.2" in error.what
    assert engine_version() in error.what


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.98])
def test_a_file_cut_short(idf: Path, epw: Path, tmp_path: Path, share: float) -> None:
    text = idf.read_text(encoding="utf-8")
    cut = idf.with_name("cut.idf")
    cut.write_text(text[: int(share * len(text))], encoding="utf-8")
    error = refused(cut, epw, tmp_path / "out")
    assert error.file == str(cut)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello world", b"\x00\xff\xfe" * 400, b'{"Version": ', b"{}", b"Version,;", b"Version,25.2;"],
)
def test_what_is_no_model(content: bytes, epw: Path, tmp_path: Path) -> None:
    path = tmp_path / "some.idf"
    path.write_bytes(content)
    error = refused(path, epw, tmp_path / "out" / "run")
    assert error.file == str(path)
    assert error.remedy


def test_files_that_are_not_there(idf: Path, epw: Path, tmp_path: Path) -> None:
    assert "no model" in refused(tmp_path / "none.idf", epw, tmp_path / "out").what
    assert "no weather" in refused(idf, tmp_path / "none.epw", tmp_path / "out").what


@pytest.mark.parametrize("wrong", ["text", "short", "letters", "header"])
def test_a_bad_weather_file_is_named(idf: Path, epw: Path, tmp_path: Path, wrong: str) -> None:
    lines = epw.read_text(encoding="utf-8").splitlines()
    if wrong == "text":
        lines = ["not a weather file"] * 50
    elif wrong == "short":
        lines = lines[:15]
    elif wrong == "letters":
        fields = lines[10].split(",")
        lines[10] = ",".join([*fields[:6], "warm", *fields[7:]])
    else:
        lines = lines[4:]
    bad = tmp_path / "bad.epw"
    bad.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    error = refused(idf, bad, tmp_path / "out" / "run")
    assert error.file == str(bad)


def test_a_folder_of_others_is_not_replaced(idf: Path, epw: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("keep")
    with pytest.raises(TwinError, match="no EnergyPlus run wrote"):
        run_idf(idf, epw, out)
    assert (out / "letter.txt").read_text() == "keep"


def test_severe_errors_count_although_the_engine_says_nothing(idf: Path, epw: Path, tmp_path: Path) -> None:
    """A warm-up of one day ends with exit code 0 and severe errors."""
    text = idf.read_text(encoding="utf-8")
    hasty = "\n".join(
        line.replace("50,", "1,") if "Maximum Number of Warmup Days" in line
        else line.replace("6;", "1;") if "Minimum Number of Warmup Days" in line
        else line.replace("0.2,", "1e-9,").replace("0.04,", "1e-9,") if "Convergence Tolerance" in line
        else line
        for line in text.splitlines()
    )  # fmt: skip
    path = idf.with_name("hasty.idf")
    path.write_text(hasty, encoding="utf-8")
    error = refused(path, epw, tmp_path / "out")
    assert "severe" in error.what
    done = run_idf(path, epw, tmp_path / "out", accepted=("warmup days",))
    assert any("warmup days" in text for text in done.warnings)


def fake_worker(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "fake_worker.py").write_text(body, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # it leaves nothing beside what is looked at
    return "fake_worker"


def test_a_crash_is_told_and_contained(
    idf: Path, epw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = fake_worker(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", monkeypatch)
    assert "segmentation fault" in refused(idf, epw, tmp_path / "out", module=module).what
    module = fake_worker(tmp_path, "raise RuntimeError('no state')\n", monkeypatch)
    error = refused(idf, epw, tmp_path / "out", module=module)
    assert "no state" in error.what
    assert "exit code 1" in error.what


def test_a_run_that_never_ends_is_ended_with_its_children(
    idf: Path, epw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "grandchild"
    body = (
        "import subprocess, sys, time, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(mark)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    module = fake_worker(tmp_path, body, monkeypatch)
    with pytest.raises(TwinError, match="did not finish within 10"):
        run_idf(idf, epw, tmp_path / "out", module=module, timeout=10.0)
    pid = int(mark.read_text())
    for _ in range(2400):
        if not _alive(pid):
            break
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_the_engine_killed_from_outside(idf: Path, epw: Path, tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            run_idf(whole_year(idf), epw, tmp_path / "out")
        except TwinError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(2400):
        if running._running:
            break
        time.sleep(0.05)
    time.sleep(1.0)
    for pid in list(running._running):
        os.kill(pid, signal.SIGKILL)
    thread.join(120.0)
    assert not thread.is_alive()
    assert len(errors) == 1
    assert "SIGKILL" in str(errors[0])
    assert not (tmp_path / "out").exists()


_CALLER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from buildings.energyplus import run_idf
sys.stdout.write("starting\\n"); sys.stdout.flush()
run_idf(sys.argv[1], sys.argv[2], sys.argv[3])
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_caller_that_goes_takes_the_engine_with_it(
    idf: Path, epw: Path, tmp_path: Path, how: signal.Signals
) -> None:
    out = tmp_path / "out"
    caller = subprocess.Popen(
        [sys.executable, "-c", _CALLER, str(whole_year(idf)), str(epw), str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert caller.stdout is not None
    assert caller.stdout.readline() == "starting\n"
    engines = _engines_of(caller.pid)
    assert len(engines) == 1
    caller.send_signal(how)
    caller.communicate(timeout=120)
    for _ in range(2400):
        if not any(_alive(pid) for pid in engines):
            break
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in engines)
    assert not out.exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("pedf-twin-")] == []


def _engines_of(parent: int) -> list[int]:
    for _ in range(2400):
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
        )
        pids = [int(line.split()[0]) for line in found.stdout.splitlines() if "energyplus.worker" in line]
        if pids:
            time.sleep(1.0)  # into the engine itself
            return pids
        time.sleep(0.05)
    return []


def test_runs_in_parallel_do_not_take_each_other_down(idf: Path, epw: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.idf"
    broken.write_text("nothing", encoding="utf-8")
    jobs = [partial(run_idf, path, epw, tmp_path / f"out{i}") for i, path in enumerate((idf, broken, idf))]
    good, bad, also = run_many(jobs, workers=2)
    assert isinstance(good, EnergyPlusOutput)
    assert isinstance(bad, TwinError)
    assert isinstance(also, EnergyPlusOutput)
    assert json.dumps(bad.what)
    one, two = (done.sql.stat().st_size for done in (good, also))
    assert one == two
