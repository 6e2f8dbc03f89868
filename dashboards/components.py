"""Parts of the pages: the comparison table, sections of figures, messages."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dash import dcc, html

from dashboards.words import word
from twin.report.comparison import comparison_rows
from twin.report.figures import Section, sections
from twin.report.plant_table import PlantTable
from twin.report.reading import run_names
from twin.report.style import Language, config, unframed
from twin.report.tables import with_minus
from twin.store import Run
from weather.errors import TwinError


def comparison(runs: Sequence[Run], language: Language) -> html.Table:
    """The comparison table."""
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


def results(runs: Sequence[Run], language: Language) -> list[html.Section]:
    """Everything that is shown of chosen Runs."""
    first = html.Section([html.H2(word("comparison", language)), comparison(runs, language)])
    return [first, *(_section(section, language) for section in sections(runs, language))]


def _section(section: Section, language: Language) -> html.Section:
    drawn = [_panel(section, k, language) for k in range(len(section.figures))]
    if section.choices:
        tabs = [
            dcc.Tab(label=name, value=str(k), children=part)
            for k, (name, part) in enumerate(zip(section.choices, drawn, strict=True))
        ]
        inside = [dcc.Tabs(tabs, value=str(section.first), className="choices")]
    else:
        inside = drawn
    return html.Section([html.H2(section.title), html.P(section.reading), *inside], id=section.key)


def _panel(section: Section, k: int, language: Language) -> html.Div:
    """A figure with the table that belongs to it."""
    under = _plant(section.tables[k]) if section.tables else []
    return html.Div([_figure(section, k, language), *under])


def _plant(shown: PlantTable) -> list[html.Ul | html.Div]:
    """The table of a plant room and what is said beside it."""
    head = html.Tr([html.Th(title, scope="col") for title in shown.head])
    body = [
        html.Tr(
            [
                html.Th([row[0].text, html.Small(row[0].small)], scope="row"),
                *(html.Td([cell.text, html.Small(cell.small)]) for cell in row[1:]),
            ]
        )
        for row in shown.rows
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plant")
    return [html.Ul([html.Li(words) for words in shown.words]), html.Div(table, className="scroll")]


def _figure(section: Section, k: int, language: Language) -> html.Figure:
    framed = unframed(section.figures[k])
    height = framed.figure["layout"]["height"]
    # Titles passed through `plain`, which escapes them for Plotly; React escapes for itself.
    title = framed.title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return html.Figure(
        [
            html.H3(title),
            dcc.Graph(
                id=f"graph-{section.key}-{k}",
                figure=framed.figure,
                config=config(language),
                style={"height": f"{height:.0f}px"},
            ),
            html.Figcaption(framed.note),
        ]
    )


def nothing_stored(root: str, language: Language) -> html.Div:
    """Which command makes a Run."""
    return html.Div(
        [
            html.P(html.B(word("empty", language))),
            html.P(word("make_one", language)),
            html.Pre(f"twin demo --out {shlex.quote(root)}\ntwin run PROJECT.yaml --out {shlex.quote(root)}"),
        ],
        className="message",
    )


def trouble(error: TwinError, language: Language) -> html.Div:
    """An error that the user can put right, as the command line would tell it."""
    return html.Div([html.P(html.B(word("cannot", language))), html.P(str(error))], className="message")
