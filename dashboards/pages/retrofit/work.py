"""Work on studies: begin one, write its documents, see how far both are."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import trouble
from dashboards.components.studied import jobs_of, project_of, projects
from dashboards.studies import Studies
from dashboards.visit import Visit, visit_of
from dashboards.work.job import OPEN
from dashboards.workspace import Workspace
from twin.workshop.shelf import plain_name
from weather.errors import TwinError

_LOOK_MS = 1500
_MOST_PACKAGES, _MOST_DRAWS = 20_000, 1_000


def documents(visit: Visit, name: str) -> list[Component]:
    """Links to the documents, and the button that writes them."""
    return [
        dmc.Paper(
            [
                html.P(visit.say("retrofit.documents_about")),
                html.Div(_links(visit, name), id="retrofit-links"),
                dmc.Button(visit.say("retrofit.write"), id="retrofit-write", mt="sm"),
                html.Div(jobs_of(visit, "report"), id="retrofit-written"),
                dcc.Interval(id="retrofit-look-documents", interval=_LOOK_MS),
            ],
            withBorder=True,
            p="lg",
            className="section",
        )
    ]


def _links(visit: Visit, name: str) -> Component:
    own = own_name(name)
    try:
        there = visit.workspace.found_studies.documents(own)
    except TwinError:
        there = {}  # a bundled study that nobody copied into the workspace yet
    if not there:
        return html.P(visit.say("retrofit.none_written"), className="hint")
    return html.Ul(
        [
            html.Li(
                html.A(
                    visit.say(f"retrofit.{file.replace('.', '_')}"),
                    href=f"/studies/{own}/{file}",
                    target="_blank",
                )
            )
            for file in there
        ]
    )


def own_name(name: str) -> str:
    """Where a study lies in the workspace: a bundled one under its own name, once it is copied there."""
    return name.removeprefix(f"{Studies.BUNDLED}/")


def form(visit: Visit) -> list[Component]:
    """What a new study needs to know."""
    groups = projects(visit, "retrofit")
    return [
        dmc.Paper(
            [
                html.P(visit.say("retrofit.begin_about")),
                dmc.SimpleGrid(
                    [
                        dmc.Select(
                            id="retrofit-project", label=visit.say("retrofit.project"), data=groups,
                            value=groups[0]["items"][0]["value"], allowDeselect=False, searchable=True,
                        ),
                        dmc.NumberInput(
                            id="retrofit-packages", label=visit.say("retrofit.packages"), value=300, min=1,
                            max=_MOST_PACKAGES, step=50, description=visit.say("retrofit.packages_help"),
                        ),
                        dmc.NumberInput(
                            id="retrofit-draws", label=visit.say("retrofit.draws"), value=32, min=0,
                            max=_MOST_DRAWS, step=8, description=visit.say("retrofit.draws_help"),
                        ),
                    ],
                    cols={"base": 1, "md": 3},
                ),
                dmc.Switch(
                    id="retrofit-energyplus", label=visit.say("retrofit.energyplus"), checked=False, mt="md"
                ),
                dmc.Button(visit.say("retrofit.begin"), id="retrofit-begin", mt="md"),
                html.Div(id="retrofit-refused"),
                html.Div(jobs_of(visit, "retrofit"), id="retrofit-begun"),
                dcc.Interval(id="retrofit-look-begun", interval=_LOOK_MS),
            ],
            withBorder=True,
            p="lg",
            className="section",
        )
    ]  # fmt: skip


def begun(
    workspace: Workspace, visit: Visit, project: str, packages: Any, draws: Any, energyplus: bool
) -> str:
    """Ask for a study of a project; a bundled one is copied to the projects first.

    Returns
    -------
    str
        Id of the job.

    Raises
    ------
    TwinError
        There is no such project, or it is not valid.
    """
    name, content = project_of(workspace, project)
    argv = [
        "retrofit", f"projects/{name}.yaml", "--out", f"studies/{name}",
        "--packages", str(min(max(int(packages or 300), 1), _MOST_PACKAGES)),
        "--draws", str(min(max(int(draws or 0), 0), _MOST_DRAWS)),
        *(["--energyplus"] if energyplus else []), "--json",
    ]  # fmt: skip
    return workspace.queue.submit(
        argv,
        title_zh=Visit("zh", workspace).say("retrofit.begin_title", name=content.name_zh or content.name),
        title_en=Visit("en", workspace).say("retrofit.begin_title", name=content.name),
        asked_by=visit.user.name,
    )


def written(workspace: Workspace, visit: Visit, name: str) -> str:
    """Ask for the documents of a study; a bundled one is copied to the studies first.

    Returns
    -------
    str
        Id of the job.

    Raises
    ------
    TwinError
        There is no such study.
    """
    study, own = workspace.found_studies.open(name), plain_name(own_name(name))
    target = workspace.studies / own / "study.json"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.draft")
        draft.write_text(json.dumps(study, ensure_ascii=False, allow_nan=False), "utf-8")
        draft.replace(target)
    return workspace.queue.submit(
        ["report", f"studies/{own}/study.json", "--json"],
        title_zh=Visit("zh", workspace).say(
            "retrofit.write_title", name=study["title_zh"] or study["title_en"]
        ),
        title_en=Visit("en", workspace).say("retrofit.write_title", name=study["title_en"]),
        asked_by=visit.user.name,
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Begin, write, look again."""

    @app.callback(
        Output("retrofit-begun", "children"),
        Output("retrofit-refused", "children"),
        Input("retrofit-begin", "n_clicks"),
        State("retrofit-project", "value"),
        State("retrofit-packages", "value"),
        State("retrofit-draws", "value"),
        State("retrofit-energyplus", "checked"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def begin(
        clicks: int | None, project: str, packages: Any, draws: Any, energyplus: bool, path: str | None
    ) -> tuple[Any, Any]:
        if not clicks:
            raise PreventUpdate
        visit = visit_of(workspace, path, None)
        try:
            begun(workspace, visit, project, packages, draws, energyplus)
        except TwinError as error:
            return no_update, trouble(error, visit)
        return jobs_of(visit, "retrofit"), None

    @app.callback(
        Output("retrofit-begun", "children", allow_duplicate=True),
        Input("retrofit-look-begun", "n_intervals"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def look_begun(_: int, path: str | None) -> Any:
        return jobs_of(visit_of(workspace, path, None), "retrofit")

    @app.callback(
        Output("retrofit-written", "children"),
        Output("retrofit-links", "children"),
        Output("retrofit-write", "disabled"),
        Input("retrofit-write", "n_clicks"),
        Input("retrofit-look-documents", "n_intervals"),
        State("retrofit-study", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def write(clicks: int | None, _: int, name: str, path: str | None) -> tuple[Any, Any, bool]:
        visit = visit_of(workspace, path, None)
        if ctx.triggered_id == "retrofit-write" and clicks:
            try:
                written(workspace, visit, name)
            except TwinError as error:
                return trouble(error, visit), no_update, False
        own = f"studies/{own_name(name)}/study.json"
        busy = any(j.state in OPEN and own in j.argv for j in workspace.queue.jobs())
        return jobs_of(visit, "report"), _links(visit, name), busy
