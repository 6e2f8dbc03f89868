"""Blocks of a document as a page shows them: the same tables and sentences that the reports print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.visit import Visit
from twin.report.study.document import Answer, Block, Cell, Paragraph, Plot, Table, Tiles

_NEXT = count()
_UNIT = re.compile(r"(.+?) (\([^\s()]{1,6}(?:/\S{1,12})?\))")
"""A title's last words in brackets: CNY, h/a, kWh/(m2 a)."""
_KINDS = {"note": "hint", "lead": "lead", "heading": "heading", "body": ""}


def blocks(visit: Visit, shown: Iterable[Block]) -> Iterator[Component]:
    """Everything but printed plots, which a page draws for itself."""
    for block in shown:
        if isinstance(block, Paragraph):
            yield html.P(block.text, className=_KINDS[block.kind])
        elif isinstance(block, Answer):
            yield html.P([html.B(block.question), " ", block.text])
        elif isinstance(block, Tiles):
            yield tiles([(tile.label, tile.value, tile.note) for tile in block.tiles])
        elif isinstance(block, Table):
            yield table(visit, block)
        else:
            assert isinstance(block, Plot)


def tiles(shown: Sequence[tuple[str, str, str]]) -> dmc.SimpleGrid:
    """Key figures side by side: label, value, note."""
    return dmc.SimpleGrid(
        [
            dmc.Paper(
                [html.Div(label, className="hint"), html.Div(value, className="figure"), html.Small(note)],
                withBorder=True,
                p="sm",
            )
            for label, value, note in shown
        ],
        cols={"base": 2, "md": min(len(shown), 5)},
        spacing="sm",
    )


def table(visit: Visit, shown: Table) -> html.Figure:
    """A table with its caption, its note and a button that saves it as CSV."""
    name = f"table-{next(_NEXT)}"
    head = [
        html.Th(_titled(title), scope="col", className=_side(shown, k))
        for k, title in enumerate(shown.header)
    ]
    rows = [
        html.Tr([_cell(cell, _side(shown, k), first=k == 0) for k, cell in enumerate(row)])
        for row in shown.rows
    ]
    return html.Figure(
        [
            dmc.Group(
                [
                    html.H3(shown.caption),
                    html.Button(
                        "CSV",
                        type="button",
                        className="csv",
                        **{"data-csv": name},
                        title=visit.say("shell.csv"),
                    ),
                ],
                justify="space-between",
                wrap="nowrap",
            ),
            html.Div(
                html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="document", id=name),
                className="scroll",
            ),
            html.Figcaption(shown.note),
        ],
        className="tabled",
    )


def _titled(title: str) -> list[str | html.Span]:
    """A title whose unit stays in one piece."""
    found = _UNIT.fullmatch(title)
    return [f"{found[1]} ", html.Span(found[2], className="unit")] if found else [title]


def _side(shown: Table, column: int) -> str:
    return "right" if shown.align[column] == "r" else ""


def _cell(cell: Cell, side: str, *, first: bool) -> html.Th | html.Td:
    inside = [cell.text, html.Small(cell.small)] if cell.small else [cell.text]
    classes = " ".join(filter(None, (side, f"tone-{cell.tone}" if cell.tone else "")))
    return html.Th(inside, scope="row", className=classes) if first else html.Td(inside, className=classes)
