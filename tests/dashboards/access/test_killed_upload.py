"""The server is killed while it takes a file in: nothing half is shown, and the next one takes it whole."""

from __future__ import annotations

import os
import time
from importlib.resources import files
from pathlib import Path
from threading import Thread

import httpx
import psutil
import pytest

from dashboards_process import serving
from twin.workshop.shelf import Shelf

pytestmark = pytest.mark.long

HOUSE = (Path(str(files("twin") / "examples")) / "shanghai_house.yaml").read_bytes()


def _put(base: str) -> int:
    with httpx.Client(base_url=base, trust_env=False, timeout=120, headers={"Origin": base}) as client:
        try:
            return client.put("/api/v1/projects/house", content=HOUSE).status_code
        except httpx.TransportError:
            return 0


def test_a_server_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    shelf, answers = Shelf(tmp_path / "projects"), list[int]()
    with serving(tmp_path) as (base, number):
        sender = Thread(target=lambda: answers.append(_put(base)))
        sender.start()
        deadline = time.monotonic() + 120.0
        while not (drafts := list(shelf.folder.glob(".house.*"))) and time.monotonic() < deadline:
            time.sleep(0.005)
        psutil.Process(number).kill()  # while the process beside it reads the draft
        sender.join()
    assert answers == [0]
    assert drafts
    assert drafts[0].exists()
    assert shelf.names() == []
    os.utime(drafts[0], (0, 0))  # an hour later
    with serving(tmp_path) as (base, _):
        assert _put(base) == 204
    assert [path.name for path in shelf.folder.iterdir()] == ["house.yaml"]
    assert shelf.project("house").name == "Shanghai house"
