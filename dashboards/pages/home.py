"""The first page: three doors, and what this workspace holds."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboards.components.messages import trouble
from dashboards.library import Entry
from dashboards.pages.owner.result import example_answer
from dashboards.pages.page import Page
from dashboards.visit import Visit
from twin.report.style import pick

_DOORS = (("engineer", "retrofit", "runs"), ("owner", "plan", "owner"), ("operator", "event", "console"))
"""Who, icon, and the page behind the door."""
_SHOWN = 8


def layout(visit: Visit) -> Component:
    """Doors, then the Runs."""
    return html.Div(
        [
            dmc.Title(visit.say("home.headline"), order=1, size="h2"),
            html.P(visit.say("home.about"), className="about"),
            dmc.SimpleGrid(
                [_door(visit, *door) for door in _DOORS], cols={"base": 1, "md": 3}, spacing="lg", mt="md"
            ),
            _stored(visit),
        ]
    )


def _door(visit: Visit, who: str, icon: str, path: str) -> dmc.Paper:
    told = [visit.say(f"home.{who}_{k}") for k in range(1, 4)]
    return dmc.Paper(
        [
            dmc.Group(
                [
                    html.Span(className=f"icon icon-{icon}"),
                    dmc.Title(visit.say(f"shell.{who}"), order=2, size="h4"),
                ],
                gap="sm",
            ),
            html.Ul([html.Li(words) for words in told]),
            *([html.P(example_answer(visit), className="hint")] if who == "owner" else []),
            dcc.Link(
                visit.say(f"home.{who}_open"), href=visit.href(path), className="mantine-focus-auto door-link"
            ),
        ],
        className="door",
        withBorder=True,
        p="lg",
        shadow="xs",
    )


def _stored(visit: Visit) -> Component:
    entries, troubles = visit.workspace.library.listed()
    latest = sorted(entries, key=lambda entry: entry.made, reverse=True)[:_SHOWN]
    return dmc.Paper(
        [
            dmc.Title(visit.say("home.runs"), order=2, size="h4"),
            *(trouble(error, visit) for error in troubles),
            html.Ul([html.Li(_entry(visit, entry)) for entry in latest]),
            dcc.Link(visit.say("home.all_runs"), href=visit.href("runs")),
        ],
        mt="lg",
        p="lg",
        withBorder=True,
    )


def _entry(visit: Visit, entry: Entry) -> list[Component | str]:
    return [
        dcc.Link(pick(visit.language, entry.title_zh, entry.title), href=visit.href("runs", runs=entry.name)),
        html.Span(f" · {entry.name} · {entry.made[:10]}", className="hint"),
    ]


PAGE = Page("home", "", "shared", "home", layout)
