"""Tables of documents on a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from dash import html

from dashboards.components.documents import table
from dashboards.visit import Visit
from dashboards.workspace import Workspace
from twin.report.study.document import Cell, Table


@pytest.mark.parametrize(
    ("title", "unit"),
    [
        ("capital (kCNY)", "(kCNY)"),
        ("一次能源（标准计入） (kWh/(m²·a))", "(kWh/(m²·a))"),
        ("unmet hours (h/a)", "(h/a)"),
        ("share (of all that was marched)", None),
        ("方案", None),
    ],
)
def test_a_unit_in_a_head_stays_in_one_piece(tmp_path: Path, title: str, unit: str | None) -> None:
    shown = table(Visit("en", Workspace(tmp_path)), Table("", (title,), ((Cell("1"),),), "l", (1.0,)))
    (head,) = [part for part in shown._traverse() if isinstance(part, html.Th) and part.scope == "col"]
    whole = "".join(part if isinstance(part, str) else part.children for part in head.children)
    assert whole == title
    assert [part.children for part in head.children if isinstance(part, html.Span)] == (
        [unit] if unit else []
    )
