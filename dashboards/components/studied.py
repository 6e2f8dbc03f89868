"""What the pages share that begin studies: projects to choose from, and how far their work is."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component

from buildings.description.schema import Project
from dashboards.visit import Visit
from dashboards.work.job import Job
from dashboards.workspace import Workspace
from twin.report.style import pick
from twin.workshop.shelf import Shelf, example_cards

_EXAMPLE = "example:"
_SHOWN = 4
_COLOURS = {"queued": "gray", "running": "blue", "done": "green", "failed": "red"}
_PAGES = {"retrofit": "retrofit-study", "crosscheck": "crosscheck-shown"}
"""Pages that show what a command made, and how their addresses name it."""


def projects(visit: Visit, folder: str) -> list[dict[str, Any]]:
    """Projects of the workspace and the bundled ones of a folder, as options in groups."""
    cards = Shelf(visit.workspace.projects).cards()
    mine = [_option(visit, c, c.name) for c in cards if c.trouble is None and not c.district]
    bundled = [
        _option(visit, card, _EXAMPLE + card.name)
        for card in example_cards()
        if card.name.startswith(f"{folder}/")
    ]
    groups = (("mine", mine), ("bundled", bundled))
    return [{"group": visit.say(f"retrofit.{key}"), "items": items} for key, items in groups if items]


def _option(visit: Visit, card: Any, value: str) -> dict[str, str]:
    title = pick(visit.language, card.title_zh, card.title)
    return {"value": value, "label": f"{title} · {card.name.rpartition('/')[2]}"}


def project_of(workspace: Workspace, chosen: str) -> tuple[str, Project]:
    """The project of an option, by name; a bundled one is copied first, once.

    Raises
    ------
    TwinError
        There is no such project, or it is not valid: told here, not by a job that failed.
    """
    shelf, name = Shelf(workspace.projects), chosen
    if chosen.startswith(_EXAMPLE):
        example = chosen.removeprefix(_EXAMPLE)
        copies = [n for n in shelf.names() if shelf.origin(n) == (example, True)]
        name = copies[0] if copies else shelf.take(example)
    return name, shelf.project(name)


def jobs_of(visit: Visit, command: str) -> list[Component]:
    """The latest work of a kind, with a link to what it made."""
    jobs = [job for job in visit.workspace.queue.jobs() if job.argv[0] == command][:_SHOWN]
    if not jobs:
        return []
    return [
        dmc.Divider(label=dcc.Link(visit.say("retrofit.work"), href=visit.href("work")), mt="md"),
        *(_job(visit, job) for job in jobs),
    ]


def _job(visit: Visit, job: Job) -> dmc.Group:
    title = pick(visit.language, job.title_zh, job.title_en)
    inside: list[Component] = [
        dmc.Text(title, size="sm"),
        dmc.Badge(visit.say(f"work.{job.state}"), color=_COLOURS.get(job.state, "gray"), variant="light"),
    ]
    if job.state == "running":
        inside += [
            dmc.Progress(value=100.0 * job.share, w=180, **{"aria-label": job.stage or title}),
            dmc.Text(f"{job.stage} {100.0 * job.share:.0f} %".strip(), size="sm", c="dimmed"),
        ]
    page = job.argv[0]
    if job.state == "done" and page in _PAGES:
        name = job.argv[job.argv.index("--out") + 1].rpartition("/")[2]
        link = visit.href(page, **{_PAGES[page]: name})
        inside.append(dcc.Link(visit.say("retrofit.open"), href=link, refresh=True))
    if job.state == "failed":
        inside.append(dmc.Text(job.said[-400:], size="sm", className="said"))
    return dmc.Group(inside, gap="sm", mt=6)
