"""The queue with real processes: work that ends, fails, is cancelled, outlives its server, or is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dashboards.work.folder import PROGRESS
from dashboards.work.job import Job
from dashboards.work.queue import Queue, whose_turn
from dashboards.work.store import JobStore
from twin.terminal import PROGRESS_FILE, stages

_PATIENCE_S = 120.0

_SLOW = ("weather", "shanghai", "--years", "400", "--out", "many.epw")
"""Takes minutes."""


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = Queue(tmp_path, tmp_path / ".twin")
    made.start()
    yield made
    for job in made.jobs():
        made.cancel(job.id)
    deadline = time.monotonic() + _PATIENCE_S
    while any(job.state == "running" for job in made.jobs()) and time.monotonic() < deadline:
        time.sleep(0.1)
    made.stop()


def _until(queue: Queue, name: str, reached: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        job = queue.job(name)
        assert job is not None
        if reached(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"still {job}")


def _submit(queue: Queue, *argv: str) -> str:
    return queue.submit(argv, title_zh="试验", title_en="trial")


def _process(tmp_path: Path) -> psutil.Process:
    """The job's process."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "dashboards.work.child" in words and any(str(tmp_path) in word for word in words):
            return process
    raise AssertionError("no process")


def test_a_command_runs_in_the_workspace_and_its_answer_is_kept(queue: Queue, tmp_path: Path) -> None:
    name = _submit(queue, "weather", "shanghai", "--out", "year.epw", "--json")
    job = _until(queue, name, lambda job: job.state not in ("queued", "running"))
    assert job.state == "done", job.said
    assert (tmp_path / "year.epw").exists()
    assert job.said.startswith("{")
    assert job.ended >= job.started >= job.created
    assert job.command == "twin weather shanghai --out year.epw --json"


def test_what_a_user_can_put_right_is_told(queue: Queue) -> None:
    name = _submit(queue, "run", "missing.yaml")
    job = _until(queue, name, lambda job: job.state not in ("queued", "running"))
    assert job.state == "failed"
    assert "missing.yaml" in job.said
    assert "Traceback" not in job.said


def test_one_at_a_time_in_order_and_one_that_waits_can_be_cancelled(queue: Queue) -> None:
    first, second, third = (
        _submit(queue, *_SLOW), _submit(queue, "schema"), _submit(queue, "schema", "--json"),
    )  # fmt: skip
    _until(queue, first, lambda job: job.state == "running")
    queue.cancel(second)
    assert _until(queue, second, lambda job: job.state != "queued").state == "cancelled"
    waiting = queue.job(third)
    assert waiting is not None
    assert waiting.state == "queued"
    queue.cancel(first)
    assert _until(queue, first, lambda job: job.state != "running").state == "cancelled"
    assert _until(queue, third, lambda job: job.state not in ("queued", "running")).state == "done"
    queue.again(second)
    assert _until(queue, second, lambda job: job.state not in ("queued", "running")).state == "done"


def _jobs(*commands: str) -> list[Job]:
    """Jobs in the order in which they were asked for."""
    return [
        Job(str(k), (command,), "", "", "", "queued", "", 0.0, float(k), 0.0, 0.0, 0, "")
        for k, command in enumerate(commands)
    ]


@pytest.mark.parametrize(
    ("at_work", "waiting", "wanted"),
    [
        ((), ("run", "operate"), 0),
        (("run",), ("run", "retrofit", "operate"), 2),
        (("operate",) * 3, ("run", "operate"), 0),
        (("operate",) * 4, ("operate", "run"), 1),
        (("operate",) * 4, ("operate",), None),
        (("run", "operate"), ("run",), None),
        ((), (), None),
    ],
)
def test_what_a_clock_paces_stands_in_nobodys_way(
    at_work: tuple[str, ...], waiting: tuple[str, ...], wanted: int | None
) -> None:
    found = whose_turn(_jobs(*at_work), _jobs(*waiting))
    assert (None if found is None else int(found.id)) == wanted


def test_a_job_goes_on_when_the_server_is_killed_and_the_next_one_finds_it(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from dashboards.work.queue import Queue; "
        "q = Queue(Path(sys.argv[1]), Path(sys.argv[1], '.twin')); q.start(); "
        "argv = ['weather', 'shanghai', '--years', '12', '--out', 'some.epw']; "
        "n = q.submit(argv, title_zh='a', title_en='a'); "
        "print(n, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert server.stdout is not None
    name = server.stdout.readline().strip()
    deadline = time.monotonic() + _PATIENCE_S
    while not (tmp_path / ".twin" / "work" / name / "stdout").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    queue = Queue(tmp_path, tmp_path / ".twin")
    queue.start()
    job = _until(queue, name, lambda job: job.state not in ("queued", "running"))
    queue.stop()
    assert job.state == "done", job.said
    assert job.attempts == 1


def test_a_job_whose_process_is_killed_is_begun_once_more_then_left(queue: Queue, tmp_path: Path) -> None:
    name = _submit(queue, *_SLOW)
    for attempt in (1, 2):
        _until(queue, name, lambda job, n=attempt: job.state == "running" and job.attempts == n)  # type: ignore[misc]
        process = _process(tmp_path)
        os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs([process], timeout=120)
    assert (
        _until(queue, name, lambda job: job.state != "running" and job.attempts == 2).state == "interrupted"
    )
    assert not (tmp_path / "many.epw").exists()


def test_progress_of_the_process_is_that_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(tmp_path, tmp_path / ".twin")
    name = _submit(queue, "schema")
    store = JobStore(tmp_path / ".twin" / "work.sqlite")
    store.begun(name, os.getpid(), 0.0)
    folder = tmp_path / ".twin" / "work" / name
    folder.mkdir(parents=True)
    monkeypatch.setenv(PROGRESS_FILE, str(folder / PROGRESS))
    with stages(quiet=True) as told:
        told("preparing", 0.0)
        told("marching", 0.25)
        told("marching", 0.26)  # too soon after the last
    job = queue.job(name)
    assert job is not None
    assert (job.stage, job.share) == ("marching", 0.25)
    assert [entry.name for entry in folder.iterdir()] == [PROGRESS]
    store.close()
    queue.stop()
