"""The list of projects, the bundled examples, and the door for files from outside."""

from __future__ import annotations

import base64
import binascii
import time
from threading import BoundedSemaphore
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import empty, trouble
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.style import pick
from twin.workshop.intake import LARGEST, take_in
from twin.workshop.shelf import EXAMPLE_FOLDERS, Card, Shelf, example_cards
from weather.errors import TwinError

_AT_ONCE = BoundedSemaphore(2)
"""Files that are read at the same time; each may take gigabytes."""
_NOTES = 12


def layout(visit: Visit) -> list[Component]:
    """The reader's own projects, the upload, the examples."""
    return [
        dmc.Grid(
            [
                dmc.GridCol(
                    dmc.Paper(
                        [
                            dmc.Title(visit.say("projects.mine"), order=2, size="h4", mb="xs"),
                            html.Div(_mine(visit), id="projects-mine"),
                        ],
                        withBorder=True,
                        p="lg",
                        h="100%",
                    ),
                    span={"base": 12, "md": 7},
                ),
                dmc.GridCol(_upload(visit), span={"base": 12, "md": 5}),
            ],
            mt="sm",
        ),
        dmc.Title(visit.say("projects.examples"), order=2, size="h4", mt="xl", mb="xs"),
        html.Div(id="projects-said"),
        *(_folder(visit, folder) for folder in EXAMPLE_FOLDERS),
    ]


def _mine(visit: Visit) -> list[Component]:
    cards = Shelf(visit.workspace.projects).cards()
    if not cards:
        return [empty(visit.say("projects.none"), dmc.Text(visit.say("projects.none_why")))]
    return [html.Ul([html.Li(_own(visit, card)) for card in cards], className="rows")]


def _own(visit: Visit, card: Card) -> list[Component]:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(card.changed))
    marks = [(card.district, "district", "blue"), (card.trouble is not None, "broken", "orange")]
    return [
        html.Div(
            [
                dcc.Link(
                    pick(visit.language, card.title_zh, card.title),
                    href=visit.href("projects", project=card.name),
                    className="strong",
                ),
                *(
                    dmc.Badge(visit.say(f"projects.{key}"), color=colour, variant="light", ml="xs")
                    for there, key, colour in marks
                    if there
                ),
                html.Small(f"{card.name}.yaml · {visit.say('projects.changed', when=when)}"),
            ]
        )
    ]


def _upload(visit: Visit) -> dmc.Paper:
    return dmc.Paper(
        [
            dmc.Title(visit.say("projects.upload"), order=2, size="h4", mb="xs"),
            dcc.Upload(
                html.Div(
                    [html.Span(className="icon icon-folder"), html.Span(visit.say("projects.upload_how"))]
                ),
                id="projects-upload",
                accept=",".join(LARGEST),
                max_size=max(LARGEST.values()),
                multiple=False,
                className="upload",
                className_active="upload upload-over",
            ),
            dcc.Loading(
                html.Div(id="projects-came", role="status"),
                custom_spinner=dmc.Text(visit.say("projects.uploading"), c="dimmed", mt="sm"),
                overlay_style={"visibility": "visible"},
                delay_show=200,
            ),
        ],
        withBorder=True,
        p="lg",
        h="100%",
    )


def _folder(visit: Visit, folder: str) -> Component:
    cards = [card for card in example_cards() if card.name.rpartition("/")[0] == folder]
    return html.Details(
        [
            html.Summary(f"{visit.say(f'projects.folder_{folder}')} · {len(cards)}"),
            html.Ul([html.Li(_example(visit, card)) for card in cards], className="rows"),
        ],
        open=folder in ("", "retrofit"),
        className="folder",
    )


def _example(visit: Visit, card: Card) -> list[Component]:
    title = pick(visit.language, card.title_zh, card.title)
    return [
        html.Div(
            [
                html.B(title),
                html.Small(pick(visit.language, card.about_zh, card.about)),
            ]
        ),
        dmc.Button(
            visit.say("projects.take"),
            id={"projects-take": card.name},
            variant="light",
            size="compact-sm",
            **{"aria-label": f"{visit.say('projects.take')}: {title}"},
        ),
    ]


def callbacks(app: Dash, workspace: Workspace) -> None:
    """An example is opened, a file comes in."""
    shelf = Shelf(workspace.projects)

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Output("projects-said", "children"),
        Input({"projects-take": ALL}, "n_clicks"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def take(clicks: list[int | None], path: str | None) -> tuple[Any, Any]:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        visit = visit_of(workspace, path, None)
        try:
            name = shelf.take(str(ctx.triggered_id["projects-take"]))
        except TwinError as error:
            return no_update, trouble(error, visit)
        return visit.href("projects", project=name), None

    @app.callback(
        Output("projects-came", "children"),
        Output("projects-mine", "children"),
        Input("projects-upload", "contents"),
        State("projects-upload", "filename"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def come(contents: str | None, file: str | None, path: str | None) -> tuple[Any, Any]:
        visit = visit_of(workspace, path, None)
        if not contents:
            raise PreventUpdate
        try:
            said = _taken(visit, shelf, file or "", contents)
        except TwinError as error:
            said = trouble(error, visit)
        return said, _mine(visit)


def _taken(visit: Visit, shelf: Shelf, file: str, contents: str) -> Component:
    try:
        content = base64.b64decode(contents.partition(",")[2], validate=True)
    except binascii.Error:
        raise TwinError("the file did not arrive whole.", "Send it again.", file=file[:80]) from None
    with _AT_ONCE:
        taken = take_in(shelf, file, content)
    said = visit.say(f"projects.came_{taken.kind}", name=taken.name, title=taken.title)
    target = (
        visit.href("weather", **{"weather-source": f"projects/{taken.name}"})
        if taken.kind == "weather"
        else visit.href("projects", project=taken.name)
    )
    notes: list[Component] = []
    if taken.notes:
        notes = [
            html.Details(
                [
                    html.Summary(visit.say("projects.came_notes", count=len(taken.notes))),
                    html.Ul([html.Li(note) for note in taken.notes[:_NOTES]]),
                ]
            )
        ]
    return dmc.Alert(
        [dmc.Text(said), *notes, dcc.Link(visit.say("projects.open"), href=target)],
        color="green",
        variant="light",
        mt="sm",
    )
