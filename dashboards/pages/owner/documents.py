"""Documents of a package: written on demand by the queue, fetched by a link."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, html
from dash.dcc import Interval, Link, Store
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.access.user import require
from dashboards.components.messages import trouble
from dashboards.previews import Previews
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from weather.errors import TwinError

_LOOK_MS = 1000


def documents(visit: Visit, building: str, package: str) -> Component:
    """Links to the documents that are there, or the button that has them written."""
    return dmc.Paper(
        [
            dmc.Title(visit.say("owner.documents"), order=2, size="h4"),
            html.P(visit.say("owner.documents_about"), className="about"),
            html.Div(_links(visit, building, package, ""), id="owner-documents"),
            Interval(id="documents-look", interval=_LOOK_MS, disabled=True),
        ],
        withBorder=True,
        p="lg",
        className="section no-print",
    )


def _links(visit: Visit, building: str, package: str, job: str) -> list[Component]:
    """Links, a button, or how far the work is; the id of the work stands in a hidden field."""
    found = Previews(visit.workspace).documents(building, package, visit.language)
    asked = Store(id="documents-job", data=job)
    if all(path is not None for path in found.values()):
        links = [
            html.A(
                dmc.Button(
                    visit.say(f"owner.document_{name.split('.')[0][:-3]}_{name.split('.')[1]}"),
                    variant="light",
                    leftSection=html.Span(className="icon icon-plan"),
                ),
                href=f"/documents/{building}/{package}/{name}",
                download="",
            )
            for name in found
        ]
        return [dmc.Group(links), asked, html.Button(id="documents-go", hidden=True)]
    if job:
        state = visit.workspace.queue.job(job)
        if state is not None and state.state in ("queued", "running", "done"):
            return [
                dmc.Progress(value=max(5.0, 100.0 * state.share), size="lg", transitionDuration=300),
                dmc.Text(visit.say("owner.documents_written"), size="sm", c="dimmed"),
                asked,
                html.Button(id="documents-go", hidden=True),
            ]
        said = "" if state is None else state.said[-800:]
        return [
            html.Pre(said, className="said hint"),
            Link(visit.say("owner.to_work"), href=visit.href("work")),
            asked,
        ]
    return [dmc.Button(visit.say("owner.documents_go"), id="documents-go"), asked]


def document_callbacks(app: Dash, workspace: Workspace) -> None:
    """Have documents written, and watch that."""

    @app.callback(
        Output("owner-documents", "children"),
        Output("documents-look", "disabled"),
        Input("documents-go", "n_clicks"),
        State("building", "value"),
        State("package", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def go(clicks: int | None, building: str, package: str, path: str | None) -> tuple[Any, bool]:
        if not clicks:
            raise PreventUpdate  # the button has just been drawn
        require("owner", "engineer")
        visit = visit_of(workspace, path, None)
        try:
            job = Previews(workspace).ask_documents(building, package, visit.language)
        except TwinError as error:
            return trouble(error, visit), True
        return _links(visit, building, package, job), False

    @app.callback(
        Output("owner-documents", "children", allow_duplicate=True),
        Output("documents-look", "disabled", allow_duplicate=True),
        Input("documents-look", "n_intervals"),
        State("documents-job", "data"),
        State("building", "value"),
        State("package", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def look(_: int, job: str, building: str, package: str, path: str | None) -> tuple[Any, bool]:
        visit = visit_of(workspace, path, None)
        state = workspace.queue.job(job)
        going = state is not None and state.state in ("queued", "running")
        return _links(visit, building, package, job), not going
