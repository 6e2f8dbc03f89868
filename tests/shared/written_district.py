"""A district that a test writes down: its project and its table beside it."""

from __future__ import annotations

from pathlib import Path

from twin.project import Loaded, load


def written(folder: Path, project: str, table: str) -> Loaded:
    """Write `d.yaml` and `b.csv`, which it names, and load them."""
    (folder / "d.yaml").write_text(project, "utf-8")
    (folder / "b.csv").write_text(table, "utf-8")
    return load(folder / "d.yaml")
