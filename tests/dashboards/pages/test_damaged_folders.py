"""Folders that a full disk or a careless hand damaged: their pages say so, and show what is whole."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace

Asked = Callable[..., str]
_EXAMPLES = Path(__file__).parents[3] / "twin" / "examples"
_DAY = ("examples/lingang_300", "2025-07-30", "13:00", "usual", "60", None, "/zh/call")
_KINDS: dict[str, tuple[str, str, tuple[tuple[Any, ...], ...]]] = {
    "operated": (
        "operated/lingang_300",
        "studies",
        (
            ("shell.children", "/zh/console", "?call=x"),
            ("shell.children", "/zh/call", ""),
            ("settled.children", 1, "x", "/zh/console"),
            ("inside.data", "x", None, "/zh/console"),
        ),
    ),
    "trial": ("operated/lingang_300/result", "studies", (("trials.children", 1, [], "/zh/call"),)),
    "outlook": ("outlooks/lingang_300", "studies", (("outlook-shown.children", *_DAY),)),
    "calibration": (
        "twins/small_office/calibration",
        "studies",
        (
            ("shell.children", "/zh/calibration", "?calibration-shown=studies/x"),
            ("calibration-found.children", "studies/x", "/zh/calibration"),
            ("calibration-drawn.children", None, None, "studies/x", "/zh/calibration"),
        ),
    ),
    "forecast": (
        "twins/small_office/forecast",
        "studies",
        (
            ("shell.children", "/zh/forecast", "?forecast-shown=studies/x"),
            ("forecast-found.children", "studies/x", None, "/zh/forecast"),
            ("forecast-building.data", "studies/x", "/zh/forecast"),
        ),
    ),
    "live": (
        "twins/small_office/live",
        "runs",
        (
            ("shell.children", "/zh/live", "?live-shown=runs/x"),
            ("live-stamp.data", 1, "runs/x", None, None, None, "/zh/live"),
            ("live-now.children", {"name": "runs/x"}, "3", [], "/zh/live"),
            ("live-truth.children", {"name": "runs/x"}, "/zh/live"),
            ("live-rooms.data", "runs/x", "/zh/live"),
        ),
    ),
    "study": (
        "studies/office_2005",
        "studies",
        (
            ("shell.children", "/zh/retrofit", "?retrofit-study=x"),
            ("retrofit-shown.children", "x", "packages", "/zh/retrofit", ""),
            ("crosscheck-found.children", "x", "/zh/crosscheck"),
        ),
    ),
    "preview": (
        "previews/office",
        "studies",
        (
            ("shell.children", "/zh/owner", "?building=x"),
            ("owner-result.children", "x", 1, "/zh/owner"),
            ("package-details.children", "light", "x", "/zh/owner"),
        ),
    ),
    "run": (
        "marched/shanghai_office_pedf_call",
        "runs",
        (
            ("shell.children", "/zh/runs", "?runs=x"),
            ("results.children", ["x"], "/zh/runs"),
            ("explorer-told.data", "x", [], [], "/zh/explorer"),
        ),
    ),
}
"""Bundled folder, where it goes, and what a browser asks of it: an output and the values of its inputs."""


def _damages(whole: bytes) -> Iterator[bytes | None]:
    """None where the file is gone."""
    yield from (None, whole[: len(whole) // 2], bytes(range(256)), b"{}", b"[]")


@pytest.mark.parametrize("kind", _KINDS)
def test_a_page_over_a_damaged_folder_answers(kind: str, tmp_path: Path, asked: Asked) -> None:
    source, place, questions = _KINDS[kind]
    folder = tmp_path / place / "x"
    shutil.copytree(_EXAMPLES / source, folder)
    for packed in folder.glob("*.json.gz"):  # as a command writes it
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    app: Dash = create_pages(Workspace(tmp_path))
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole = file.read_bytes()
        for damage in _damages(whole):
            file.unlink(missing_ok=True)
            if damage is not None:
                file.write_bytes(damage)
            for question in questions:
                asked(app, *question)  # refuses what is no answer
        file.write_bytes(whole)


def test_the_damaged_is_told_and_the_whole_is_shown(tmp_path: Path, asked: Asked) -> None:
    for name in ("whole", "cut"):
        shutil.copytree(_EXAMPLES / "operated" / "lingang_300", tmp_path / "studies" / name)
        shutil.copytree(
            _EXAMPLES / "operated" / "lingang_300" / "result", tmp_path / "studies" / f"{name}-trial"
        )
    app = create_pages(Workspace(tmp_path))
    for file in ("cut/scene.json", "cut-trial/summary.json"):
        path = tmp_path / "studies" / file
        path.write_bytes(path.read_bytes()[:1000])
    trials = asked(app, "trials.children", 1, [], "/zh/call")
    assert "该响应结果已被改动或损坏" in trials
    assert "whole-trial" in trials
    console = asked(app, "shell.children", "/zh/console", "?call=cut")
    assert '"value": "whole"' in console
    assert '"value": "cut"' not in console
    settled = tmp_path / "studies" / "whole" / "result" / "settlement_zh.csv"
    settled.unlink()
    assert "该邀约的记录已被改动或损坏" in asked(app, "settled.children", 1, "whole", "/zh/console")


def test_the_frame_stands_where_a_page_cannot_be_made(tmp_path: Path, asked: Asked) -> None:
    """A study that is JSON all the same, of another's making, is nothing that a page foresees."""
    folder = tmp_path / "studies" / "x"
    shutil.copytree(_EXAMPLES / "previews" / "office", folder)
    study = json.loads((folder / "study.json").read_text("utf-8"))
    (folder / "study.json").write_text(json.dumps(study | {"pilot": None}), "utf-8")
    text = asked(create_pages(Workspace(tmp_path)), "shell.children", "/zh/owner", "?building=x")
    assert "页面有一部分未能生成" in text
    assert '"href": "/zh/weather"' in text
