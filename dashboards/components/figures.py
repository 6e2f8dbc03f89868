"""Sections of figures, as the offline report has them too."""

from __future__ import annotations

import html as entities

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from twin.report.figures import Section
from twin.report.plant_table import PlantTable
from twin.report.style import Language, config, unframed


def section(shown: Section, language: Language) -> dmc.Paper:
    """A section: heading, how to read it, its figures; where there are choices one at a time."""
    drawn = [_panel(shown, k, language) for k in range(len(shown.figures))]
    inside: list[Component] = drawn
    if shown.choices:
        inside = [
            dmc.Tabs(
                [
                    dmc.TabsList(
                        [dmc.TabsTab(name, value=str(k)) for k, name in enumerate(shown.choices)], mb="sm"
                    ),
                    *(dmc.TabsPanel(part, value=str(k)) for k, part in enumerate(drawn)),
                ],
                value=str(shown.first),
                keepMounted=False,
            )
        ]
    return dmc.Paper(
        [
            dmc.Title(shown.title, order=2, size="h3"),
            dmc.Text(shown.reading, c="dimmed", size="sm", mb="sm"),
            *inside,
        ],
        id=shown.key,
        className="section",
        withBorder=True,
        p="lg",
    )


def figure(made: go.Figure, language: Language, name: str, *, selecting: bool = False) -> html.Figure:
    """A figure with its title and note as text that wraps.

    Parameters
    ----------
    made : Figure
        Made by `twin.report.style.finish`.
    language : {"zh", "en"}
    name : str
        Id of the graph.
    selecting : bool
        Whether points can be chosen by a box.
    """
    framed, options = unframed(made), config(language)
    if selecting:
        options = options | {"modeBarButtonsToRemove": ["lasso2d"]}
    return html.Figure(
        [
            # Titles passed through `plain`, which escapes them for Plotly; React escapes for itself.
            html.H3(entities.unescape(framed.title)),
            dcc.Graph(
                id=name,
                figure=framed.figure,
                config=options,
                style={"height": f"{framed.figure['layout']['height']:.0f}px"},
            ),
            html.Figcaption(framed.note),
        ]
    )


def _panel(shown: Section, k: int, language: Language) -> html.Div:
    """A figure with the table that belongs to it."""
    under = _plant(shown.tables[k]) if shown.tables else []
    return html.Div([figure(shown.figures[k], language, f"graph-{shown.key}-{k}"), *under])


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
