"""While a preview is being made: how far it is, and what is assumed meanwhile."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.visit import Visit
from dashboards.work.job import Job
from twin.preview.described import describe
from twin.preview.six_fields import SixFields
from twin.report.style import pick


def waiting(visit: Visit, job: Job, fields: SixFields | None) -> Component:
    """Progress of the work, and the assumptions that stand already."""
    say = visit.say
    going = job.state in ("queued", "running")
    inside: list[Component] = [
        dmc.Group(
            [
                dmc.Title(say("owner.being_made" if going else "owner.not_made"), order=2, size="h4"),
                dcc.Link(say("owner.to_work"), href=visit.href("work")),
            ],
            justify="space-between",
        )
    ]
    if going:
        inside += [
            dmc.Progress(value=max(3.0, 100.0 * job.share), mt="md", size="lg", transitionDuration=300),
            dmc.Text(_stage(visit, job), size="sm", c="dimmed", mt=4),
        ]
    else:
        inside.append(html.Pre(job.said[-1500:], className="said hint"))
    if fields is not None:
        lines = [pick(visit.language, one.zh, one.en) for one in describe(fields).assumptions]
        inside += [
            dmc.Text(say("owner.assumed_meanwhile"), fw=600, mt="lg"),
            html.Ul([html.Li(line) for line in lines], className="owner-list"),
        ]
    return dmc.Paper(inside, withBorder=True, p="lg", className="section")


_STAGES = {
    "reference building": "stage_reference",
    "the building as it is": "stage_baseline",
    "measures one by one": "stage_measures",
    "what is not known": "stage_draws",
}


def _stage(visit: Visit, job: Job) -> str:
    if job.state == "queued":
        return visit.say("owner.stage_queued")
    key = _STAGES.get(job.stage, "stage_package" if job.stage.startswith("package") else "stage_begins")
    return f"{visit.say('owner.' + key)} · {100.0 * job.share:.0f} %"
