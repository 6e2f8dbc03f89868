"""Work: what runs behind the pages, how far it is, and the button that ends it."""

from __future__ import annotations

import time
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import empty
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.work.job import OPEN, Job
from dashboards.work.rights import may_see, may_steer
from dashboards.workspace import Workspace
from twin.report.style import pick

_LOOK_MS = 1000
_COLOURS = {
    "queued": "gray",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "cancelled": "gray",
    "interrupted": "orange",
}


def layout(visit: Visit) -> Component:
    """The list, kept up to date."""
    return html.Div(
        [
            dmc.Title(visit.say("work.title"), order=1, size="h2"),
            html.P(visit.say("work.about"), className="about"),
            html.Div(_listed(visit), id="jobs"),
            dcc.Interval(id="look", interval=_LOOK_MS),
        ]
    )


def _listed(visit: Visit) -> list[Component]:
    found = [job for job in visit.workspace.queue.jobs() if may_see(visit.user, job)]
    if not found:
        return [empty(visit.say("work.none"), dmc.Text(visit.say("work.none_why")))]
    return [_job(visit, job) for job in found]


def _job(visit: Visit, job: Job) -> dmc.Paper:
    running = job.state == "running"
    stage = job.stage or visit.say("work.begins")
    steers = may_steer(visit.user, job)
    button = {
        "cancel": steers and job.state in OPEN,
        "again": steers and job.state in ("failed", "cancelled", "interrupted"),
    }
    return dmc.Paper(
        [
            dmc.Group(
                [
                    dmc.Text(pick(visit.language, job.title_zh, job.title_en), fw=600),
                    dmc.Badge(visit.say(f"work.{job.state}"), color=_COLOURS[job.state], variant="light"),
                    dmc.Text(_times(visit, job), size="sm", c="dimmed"),
                    *(
                        dmc.Button(
                            visit.say(f"work.{name}"),
                            id={"job": name, "of": job.id},
                            size="compact-sm",
                            variant="subtle",
                            color="red" if name == "cancel" else "blue",
                        )
                        for name, shown in button.items()
                        if shown
                    ),
                ]
            ),
            *(
                [
                    dmc.Progress(value=100.0 * job.share, mt="xs", transitionDuration=300),
                    dmc.Text(f"{stage} · {100.0 * job.share:.0f} %", size="sm", c="dimmed"),
                ]
                if running
                else []
            ),
            *([html.Pre(job.said[-1500:], className="hint said")] if job.state == "failed" else []),
            html.Code(job.command, className="hint"),
        ],
        withBorder=True,
        p="md",
        mt="sm",
    )


def _times(visit: Visit, job: Job) -> str:
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created))
    if not job.started:
        return made
    took = (job.ended or time.time()) - job.started
    return f"{made} · {visit.say('work.took', seconds=f'{took:,.0f}')}"


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Look again, cancel, begin again."""

    @app.callback(
        Output("jobs", "children"),
        Input("look", "n_intervals"),
        Input({"job": ALL, "of": ALL}, "n_clicks"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def look(_: int, clicks: list[int | None], path: str | None) -> Any:
        asked, visit = ctx.triggered_id, visit_of(workspace, path, None)
        if isinstance(asked, dict):
            if not any(clicks):
                raise PreventUpdate  # buttons that have just been drawn
            job = workspace.queue.job(str(asked["of"]))
            if job is None or not may_steer(visit.user, job):
                raise PreventUpdate
            act = workspace.queue.cancel if asked["job"] == "cancel" else workspace.queue.again
            act(job.id)
        return _listed(visit)


PAGE = Page("work", "work", "shared", "work", layout, callbacks)
