"""Runs side by side."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from twin.report.comparison import comparison_rows
from twin.report.reading import run_names
from twin.report.style import Language
from twin.report.tables import with_minus
from twin.store import Run


def comparison(runs: Sequence[Run], language: Language) -> html.Div:
    """The comparison table: the first Run is what the others are compared with."""
    body: list[html.Tr] = []
    group = None
    for row in comparison_rows(runs, language):
        if row["group"] != group:
            group = row["group"]
            body.append(html.Tr(html.Th(row["group_label"], colSpan=len(runs) + 1), className="group"))
        cells = [
            html.Td([with_minus(cell["text"]), html.Small(with_minus(cell["difference_text"]))])
            for cell in row["cells"]
        ]
        body.append(html.Tr([html.Th(row["label"], scope="row"), *cells]))
    head = html.Tr([html.Td(), *(html.Th(name, scope="col") for name in run_names(runs, language))])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(body)], className="comparison"),
        className="scroll",
        style={"--columns": len(runs)},
    )
