"""My building: does it qualify, what is missing, what does it cost (试点预演)."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.access.user import require
from dashboards.components.messages import trouble
from dashboards.pages.owner.details import details
from dashboards.pages.owner.documents import document_callbacks
from dashboards.pages.owner.form import SAID, form, said_in
from dashboards.pages.owner.result import result
from dashboards.pages.owner.waiting import waiting
from dashboards.pages.page import Page
from dashboards.previews import EXAMPLE, PRESETS, Previews
from dashboards.visit import Visit, visit_of
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.error_words import said
from twin.preview.described import describe
from twin.preview.six_fields import six_fields
from twin.report.style import pick
from weather.errors import TwinError

_NEW = "new"
_LOOK_MS = 1000


def layout(visit: Visit) -> Component:
    """Question, choice of a building, then its answer."""
    building = visit.first("building", EXAMPLE)
    job = Previews(visit.workspace).job(building)
    return html.Div(
        [
            dmc.Title(visit.say("owner.headline"), order=1, size="h2"),
            html.P(visit.say("owner.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="building",
                        data=_options(visit, building, job),
                        value=building,
                        allowDeselect=False,
                        searchable=False,
                        maxDropdownHeight=380,
                        className="owner-choice",
                        **{"aria-label": visit.say("owner.choose")},
                    ),
                    dmc.Button(
                        visit.say("owner.describe"),
                        id="describe",
                        leftSection=html.Span(className="icon icon-plan"),
                    ),
                ],
                mt="md",
                className="no-print",
            ),
            dcc.Interval(id="owner-look", interval=_LOOK_MS, disabled=not _open(job)),
            html.Div(_shown(visit, building, job, visit.first("package")), id="owner-result"),
        ],
        className="owner",
    )


def _options(visit: Visit, building: str, job: Job | None) -> list[dict[str, Any]]:
    """The list of buildings by group; what is chosen is always among them, else the list forgets it.

    The job was looked at before: a preview that was finished since is in the list by now.
    """
    say = visit.say
    made = [
        {
            "value": one.id,
            "label": pick(visit.language, one.title_zh, one.title_en)
            + (f" · {say('owner.example')}" if one.id == EXAMPLE else f" · {one.made}"),
        }
        for one in Previews(visit.workspace).listed()
    ]
    if building not in {one["value"] for one in made} and job is not None:
        made.insert(0, {"value": building, "label": say("owner.being_made")})
    kinds = [{"value": key, "label": say(f"owner.preset_{key}")} for key in PRESETS]
    return [
        {"group": say("owner.group_made"), "items": made},
        {
            "group": say("owner.group_describe"),
            "items": [{"value": _NEW, "label": say("owner.describe_own")}, *kinds],
        },
    ]


def _shown(visit: Visit, building: str, job: Job | None, package: str = "") -> Component:
    """Form, progress or answer of a building."""
    previews = Previews(visit.workspace)
    if building == _NEW or building in PRESETS:
        fields = None if building == _NEW else previews.fields(building)
        return form(visit, {} if fields is None else fields.model_dump())
    try:
        if job is not None and job.state != "done":
            return waiting(visit, job, previews.fields(building))
        return result(visit, building, previews.open(building), package)
    except TwinError as error:
        return trouble(error, visit)


def _refused(visit: Visit, error: TwinError) -> Component:
    """What is wrong with the form, by the name that the field has there."""
    field = "electricity" if (error.key or "").startswith("electricity") else error.key
    if field not in SAID:
        return trouble(error, visit)
    return dmc.Alert(
        dmc.Text(said(error, visit.language), className="said"),
        title=visit.say("owner.check_field", field=visit.say(f"owner.{field}")),
        color="orange",
        variant="light",
    )


def _open(job: Job | None) -> bool:
    """Whether somebody waits for what this work makes."""
    return job is not None and job.state in ("queued", "running", "done")


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Choose a building or a package, ask for a preview, watch it being made."""

    @app.callback(
        Output("owner-result", "children"),
        Output("owner-look", "disabled"),
        Output("building", "data"),
        Input("building", "value"),
        Input("owner-look", "n_intervals"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def show(building: str | None, _: int, path: str | None) -> tuple[Component, bool, Any]:
        # Choice and clock are one callback: an answer that was overtaken by the next choice is dropped.
        visit = visit_of(workspace, path, None)
        name = building or EXAMPLE
        job = Previews(workspace).job(name)  # looked at once: answer, clock and list are of one moment
        return _shown(visit, name, job), not _open(job), _options(visit, name, job)

    @app.callback(Output("building", "value"), Input("describe", "n_clicks"), prevent_initial_call=True)
    def describe_own(_: int) -> str:
        return _NEW

    @app.callback(
        Output("building", "data", allow_duplicate=True),
        Output("building", "value", allow_duplicate=True),
        Output("six-trouble", "children"),
        Input("six-go", "n_clicks"),
        *(State(f"six-{name}", "value") for name in SAID),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def go(clicks: int | None, *given: Any) -> tuple[Any, Any, Any]:
        if not clicks:
            raise PreventUpdate  # the button has just been drawn
        visit = visit_of(workspace, given[-1], None)
        require("owner", "engineer")
        try:
            fields = six_fields(said_in(dict(zip(SAID, given[:-1], strict=True))))
            describe(fields)  # refuses here what would fail later
        except TwinError as error:
            return no_update, no_update, _refused(visit, error)
        previews = Previews(workspace)
        name = previews.ask(fields)
        return _options(visit, name, previews.job(name)), name, None

    @app.callback(
        Output("package-details", "children"),
        Input("package", "value"),
        State("building", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def choose_package(package: str, building: str, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        try:
            return details(visit, building, Previews(workspace).open(building), package)
        except TwinError as error:
            return trouble(error, visit)

    document_callbacks(app, workspace)
    for name in ("building", "package"):
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(name, "value"),
            State("address", "pathname"),
            prevent_initial_call="initial_duplicate",
        )


PAGE = Page("owner", "owner", "owner", "plan", layout, callbacks)
