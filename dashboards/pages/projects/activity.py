"""Work on a project: begin it, see how far it is, go to what it made."""

from __future__ import annotations

import json
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import trouble
from dashboards.visit import Visit, visit_of
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.workshop.shelf import Shelf, is_district
from weather.errors import TwinError

_SHOWN = 4
_COLOURS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red"}


def listed(visit: Visit, name: str) -> list[Component]:
    """The latest work on a project."""
    file = f"projects/{name}.yaml"
    jobs = [job for job in visit.workspace.queue.jobs() if file in job.argv][:_SHOWN]
    if not jobs:
        return []
    return [
        dmc.Paper(
            [
                dmc.Group(
                    [
                        dmc.Text(visit.say("projects.activity"), fw=600),
                        dcc.Link(visit.say("projects.work"), href=visit.href("work")),
                    ],
                    justify="space-between",
                ),
                *(_job(visit, job, name) for job in jobs),
            ],
            withBorder=True,
            p="md",
            mt="sm",
        )
    ]


def _job(visit: Visit, job: Job, name: str) -> Component:
    title = job.title_zh if visit.language == "zh" else job.title_en
    shown: list[Component] = [
        dmc.Text(title, size="sm"),
        dmc.Badge(visit.say(f"projects.{job.state}"), color=_COLOURS.get(job.state, "gray"), variant="light"),
    ]
    if job.state == "running":
        shown += [
            dmc.Progress(value=100.0 * job.share, w=180, **{"aria-label": job.stage or title}),
            dmc.Text(f"{job.stage} {100.0 * job.share:.0f} %".strip(), size="sm", c="dimmed"),
        ]
    if job.state == "done":
        shown += _made(visit, job, name)
    if job.state == "failed":
        shown.append(dmc.Text(job.said[-400:], size="sm", className="said"))
    return dmc.Group(shown, gap="sm", mt=6)


def _made(visit: Visit, job: Job, name: str) -> list[Component]:
    """Where the result is."""
    out = job.argv[job.argv.index("--out") + 1]
    if job.argv[0] == "retrofit":
        study = visit.href("retrofit", **{"retrofit-study": out.removeprefix("studies/")})
        return [dcc.Link(visit.say("projects.packages_found"), href=study)]
    if job.argv[0] != "run":
        return [dmc.Text(visit.say("projects.study", where=out), size="sm")]
    run = run_of(job) or name
    links = [dcc.Link(visit.say("projects.result"), href=visit.href("runs", runs=run))]
    before = _before(visit, name)
    if before:
        links.append(dcc.Link(visit.say("projects.compare"), href=visit.href("runs", runs=f"{before}|{run}")))
    return [dmc.Group(links, gap="md")]


def run_of(job: Job) -> str | None:
    """Name of the Run that a job stored, as it said itself."""
    try:
        return str(json.loads(job.said)["runs"][0]["name"])
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _before(visit: Visit, name: str) -> str | None:
    """A Run of the project that this one was copied from: the latest here, else the bundled one."""
    origin = Shelf(visit.workspace.projects).origin(name)
    if origin is None:
        return None
    source, bundled = origin
    if bundled:
        source = f"{visit.workspace.library.BUNDLED}/{source}"
    there = {entry.name for entry in visit.workspace.library.listed()[0]}
    for job in visit.workspace.queue.jobs():
        if job.state == "done" and job.argv[:2] == ("run", f"projects/{source}.yaml"):
            run = run_of(job)
            if run in there:
                return run
    return source if source in there else None


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Begin, and look again."""
    shelf = Shelf(workspace.projects)

    @app.callback(
        Output("project-work", "children"),
        Output("project-said", "children", allow_duplicate=True),
        Input("project-march", "n_clicks"),
        Input("project-search", "n_clicks"),
        State("project-packages", "value"),
        State("project-name", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def begin(
        march: int | None, search: int | None, packages: Any, name: str, path: str | None
    ) -> tuple[Any, Any]:
        if not (march or search):
            raise PreventUpdate
        visit = visit_of(workspace, path, None)
        try:
            shelf.project(name)  # what is wrong is told here, not by a job that failed
            content = shelf.written(name)
        except TwinError as error:
            return listed(visit, name), trouble(error, visit)
        title = str(content.get("name", name))
        zh = str(content.get("name_zh") or title)
        argv, key = _command(name, ctx.triggered_id == "project-search", is_district(content), packages)
        workspace.queue.submit(
            argv,
            title_zh=Visit("zh", workspace).say(f"projects.{key}", name=zh),
            title_en=Visit("en", workspace).say(f"projects.{key}", name=title),
            asked_by=visit.user.name,
        )
        return listed(visit, name), None

    @app.callback(
        Output("project-work", "children", allow_duplicate=True),
        Input("project-look", "n_intervals"),
        State("project-name", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def look(_: int, name: str, path: str | None) -> Any:
        return listed(visit_of(workspace, path, None), name)


def _command(name: str, search: bool, district: bool, packages: Any) -> tuple[list[str], str]:
    """The line of `twin`, and the words for it."""
    file = f"projects/{name}.yaml"
    if search:
        count = min(max(int(packages or 300), 1), 20_000)
        return (
            ["retrofit", file, "--out", f"studies/{name}", "--packages", str(count), "--report", "--json"],
            "search_title",
        )
    if district:
        return ["district", file, "--out", f"studies/{name}", "--json"], "district_title"
    return ["run", file, "--out", "runs", "--json"], "march_title"
