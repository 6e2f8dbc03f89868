"""A place that takes no file is told before the work, and trying it leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
from twin.commands.run import run_demo, run_project
from weather.errors import TwinError


def test_a_folder_that_can_be_made_passes_and_is_not_made(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "a" / "b", "--out")
    refuse_unwritable_page(tmp_path / "a" / "page.html")
    refuse_unwritable_page(None)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TwinError) as caught:
        refuse_unwritable(tmp_path / "file" / "runs", "--out")
    assert caught.value.key == "--out"
    with pytest.raises(TwinError):
        refuse_unwritable_page(tmp_path / "file" / "page.html")
    with pytest.raises(TwinError, match="folder"):
        refuse_unwritable_page(tmp_path)


def test_commands_ask_before_they_march(tmp_path: Path) -> None:
    """No project is even read: the one named here does not exist."""
    (tmp_path / "file").write_text("x")
    marched: list[float] = []
    with pytest.raises(TwinError) as caught:
        run_demo(tmp_path / "file" / "runs", seed=0, progress=marched.append)
    assert caught.value.key == "--out"
    with pytest.raises(TwinError) as caught:
        run_project(
            tmp_path / "none.yaml", weather=None, seed=None, out=tmp_path, name=None, replace=False,
            page=tmp_path / "file" / "page.html", progress=marched.append,
        )  # fmt: skip
    assert caught.value.key == "--page"
    assert marched == []
