"""Retrofit: what a study found, from all packages down to one bill, and how a new study is begun."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.components.messages import trouble
from dashboards.pages.page import Page
from dashboards.pages.retrofit import packages, work
from dashboards.pages.retrofit.parts import PARTS, shown_part
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.study.numbers import number
from twin.report.style import pick
from weather.errors import TwinError


def layout(visit: Visit) -> Component:
    """Choice of a study, its parts as tabs."""
    studies = visit.workspace.found_studies.listed()
    options = [
        {"value": one.name, "label": f"{pick(visit.language, one.title_zh, one.title_en)} · {one.name}"}
        for one in studies
    ]
    there = [option["value"] for option in options]
    asked = visit.first("retrofit-study")
    part = visit.first("retrofit-part")
    return html.Div(
        [
            dmc.Title(visit.say("retrofit.headline"), order=1, size="h2"),
            html.P(visit.say("retrofit.about"), className="about"),
            dmc.Select(
                id="retrofit-study",
                label=visit.say("retrofit.study"),
                data=options,
                value=asked if asked in there else there[0],
                allowDeselect=False,
                searchable=True,
                maw=640,
            ),
            html.P(id="retrofit-facts", className="hint"),
            dmc.Tabs(
                dmc.TabsList([dmc.TabsTab(visit.say(f"retrofit.part_{key}"), value=key) for key in PARTS]),
                id="retrofit-part",
                value=part if part in PARTS else PARTS[0],
                mt="xs",
            ),
            dcc.Loading(html.Div(id="retrofit-shown", className="parts"), type="dot", delay_show=300),
        ]
    )


def _facts(visit: Visit, name: str) -> str:
    reader = visit.workspace.found_studies.reader(name, visit.language)
    study, counts = reader.study, reader.study["counts"]
    return visit.say(
        "retrofit.facts",
        building=reader.building_phrase(),
        weather=f"{study['weather']['name']} {study['weather']['year']}",
        packages=number(counts["packages"], 0),
        marches=number(counts["marches"] + counts["from_store"], 0),
        step=counts["step_min_search"],
        final=counts["step_min_final"],
        made=str(study["created"])[:10],
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """A study and a part of it; what happens inside stands with the parts."""

    @app.callback(
        Output("retrofit-shown", "children"),
        Output("retrofit-facts", "children"),
        Input("retrofit-study", "value"),
        Input("retrofit-part", "value"),
        State("address", "pathname"),
        State("address", "search"),
    )
    def show(name: str, part: str, path: str | None, search: str | None) -> tuple[Any, Any]:
        visit = visit_of(workspace, path, search)
        try:
            return shown_part(visit, name, part), _facts(visit, name)
        except TwinError as error:
            return trouble(error, visit), ""

    packages.callbacks(app, workspace)
    work.callbacks(app, workspace)
    for key in ("study", "part"):
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(f"retrofit-{key}", "value"),
            State("address", "pathname"),
            prevent_initial_call=True,
        )


PAGE = Page("retrofit", "retrofit", "engineer", "retrofit", layout, callbacks, frozenset({"engineer"}))
