"""Runs: choose stored Runs, compare them, look at their figures, open the report."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.components.comparison import comparison
from dashboards.components.figures import section
from dashboards.components.messages import empty, trouble
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.figures import sections
from twin.report.style import pick
from weather.errors import TwinError

_AT_FIRST = 3
"""Bundled Runs that are shown to whoever comes without a choice."""


def layout(visit: Visit) -> Component:
    """Choice, then what the choice shows."""
    options, message = _listed(visit)
    there = [option["value"] for group in options for option in group["items"]]
    asked = [name for value in visit.asked.get("runs", []) for name in value.split("|") if name]
    kept = [name for name in asked if name in there] or there[:_AT_FIRST]
    return html.Div(
        [
            dmc.Title(visit.say("runs.headline"), order=1, size="h2"),
            html.P(visit.say("runs.about"), className="about"),
            dmc.Group(
                [
                    dmc.MultiSelect(
                        id="runs",
                        data=options,
                        value=kept,
                        searchable=True,
                        clearable=True,
                        placeholder=visit.say("runs.choose"),
                        nothingFoundMessage=visit.say("runs.none_found"),
                        maxDropdownHeight=420,
                        style={"flex": 1, "minWidth": 260},
                        **{"aria-label": visit.say("runs.choose")},
                    ),
                    dmc.Button(visit.say("runs.refresh"), id="refresh", variant="default"),
                    html.A(
                        dmc.Button(
                            visit.say("runs.report"),
                            variant="light",
                            leftSection=html.Span(className="icon icon-plan"),
                        ),
                        id="report",
                        href="/report",
                        target="_blank",
                        hidden=True,
                    ),
                ],
                align="flex-start",
            ),
            html.Div(message, id="stored"),
            dcc.Loading(html.Div(id="results"), type="dot", delay_show=300),
        ]
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """What happens when the choice changes."""

    @app.callback(
        Output("runs", "data"),
        Output("stored", "children"),
        Input("refresh", "n_clicks"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def refresh(_: int, path: str | None) -> tuple[Any, Any]:
        return _listed(visit_of(workspace, path, None))

    @app.callback(
        Output("results", "children"),
        Output("report", "href"),
        Output("report", "hidden"),
        Input("runs", "value"),
        State("address", "pathname"),
    )
    def show(chosen: list[str] | None, path: str | None) -> tuple[Any, str, bool]:
        visit = visit_of(workspace, path, None)
        if not chosen:
            return dmc.Text(visit.say("runs.choose_first"), c="dimmed", mt="md"), "/report", True
        try:
            runs = workspace.library.open(chosen)
            shown: list[Component] = [
                dmc.Paper(
                    [
                        dmc.Title(visit.say("runs.comparison"), order=2, size="h3"),
                        comparison(runs, visit.language),
                    ],
                    withBorder=True,
                    p="lg",
                    className="section",
                ),
                *(section(part, visit.language) for part in sections(runs, visit.language)),
            ]
        except TwinError as error:
            return trouble(error, visit), "/report", True
        return shown, f"/report?runs={quote('|'.join(chosen))}#{visit.language}", False

    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("runs", "value"),
        State("address", "pathname"),
        prevent_initial_call="initial_duplicate",
    )


def _listed(visit: Visit) -> tuple[list[dict[str, Any]], list[Component]]:
    """Options of the list by folder, and the message about an empty folder or a damaged Run."""
    entries, troubles = visit.workspace.library.listed()
    groups: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        title = pick(visit.language, entry.title_zh, entry.title)
        own = entry.name.rpartition("/")[2]
        label = " · ".join(dict.fromkeys(filter(None, (title, own, entry.made[:10]))))
        groups.setdefault(entry.name.rpartition("/")[0], []).append({"value": entry.name, "label": label})
    options = [
        {"group": _group(visit, name), "items": items}
        for name, items in sorted(groups.items(), key=lambda group: group[0])
    ]
    message: list[Component] = [trouble(error, visit) for error in troubles]
    if not options and not troubles:
        make = html.Pre("twin demo --out runs/demo\ntwin run PROJECT.yaml --out runs")
        message = [empty(visit.say("runs.empty"), dmc.Text(visit.say("runs.make_one")), make)]
    return options, message


def _group(visit: Visit, folder: str) -> str:
    if folder == visit.workspace.library.BUNDLED:
        return visit.say("runs.bundled")
    return f"runs/{folder}".rstrip("/")


PAGE = Page("runs", "runs", "engineer", "runs", layout, callbacks)
