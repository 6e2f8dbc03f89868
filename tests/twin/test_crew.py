"""Who marches: one process or many, the same answers, and nothing lost with a killed worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import crew_work
from crew_work import deadly, joined, with_large_array, with_process
from twin.crew import Alone, DaskCrew
from weather.errors import TwinError

pytestmark = pytest.mark.long
PACKAGES = [(f"a{i}", f"b{i}") for i in range(40)]


SHARED = {"word": "x", "asker": os.getpid(), "fatal": PACKAGES[7]}


def answers(crew, work):
    return [found for _, found in sorted(crew.each(work, SHARED, PACKAGES), key=lambda pair: pair[0])]


@pytest.fixture(scope="module")
def cluster():
    with DaskCrew(workers=2) as crew:
        yield crew


def test_many_answer_as_one(cluster):
    assert answers(cluster, joined) == answers(Alone(), joined)


def test_both_workers_work(cluster):
    assert len({found["pid"] for found in answers(cluster, with_process)}) == 2


def test_a_worker_keeps_the_memory_of_one_item_for_the_next(cluster):
    """Pages that went back to the system would come zeroed anew, a tenth of a march's time.

    Something small that stays may lie down in what one item left, and the next one then takes its array anew
    beside it; without the one arena that keeps, every item does.
    """
    found = [told for _ in range(2) for _, told in cluster.each(with_large_array, SHARED, PACKAGES)]
    anew = [told["new_kb"] for told in found if told["new_kb"] > 20_000]
    assert min(anew) > 100_000
    assert len({told["pid"] for told in found}) <= len(anew) <= len(found) // 4


def test_a_worker_killed_in_the_middle_loses_nothing(cluster):
    victim = []
    done = []
    for place, found in cluster.each(with_process, SHARED, PACKAGES):
        done.append((place, found["package"]))
        if len(done) == 5:
            victim.append(found["pid"])
            os.kill(found["pid"], signal.SIGKILL)
    assert sorted(done) == [(i, list(package)) for i, package in enumerate(PACKAGES)]
    assert victim


def test_work_that_kills_every_worker_is_done_by_who_asked(cluster):
    assert [found["package"] for found in answers(cluster, deadly)] == [list(p) for p in PACKAGES]


def test_a_cluster_by_address():
    """A scheduler and a worker of their own, as on another machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port,
         "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    here = str(Path(crew_work.__file__).parent)
    address = f"tcp://127.0.0.1:{port}"
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": here},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                with DaskCrew(address) as crew:
                    assert answers(crew, joined) == answers(Alone(), joined)
                break
            except TwinError:
                assert time.monotonic() < deadline
    finally:
        # A worker whose scheduler goes at the same time may wait for it for ever.
        for process in (worker, scheduler):
            process.kill()
            process.wait(120)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "tcp://127.0.0.1:99999"])
def test_an_address_where_nobody_answers(address):
    with pytest.raises(TwinError, match="no Dask scheduler"), DaskCrew(address):
        pass
