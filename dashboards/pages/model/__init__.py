"""The model as it is computed: geometry, zones, constructions, schedules, derived values, plant."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components import grid as grids
from dashboards.components.messages import trouble
from dashboards.pages.model import parts
from dashboards.pages.model.opened import Opened, opened
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.shape.solid import COLOURED_BY
from twin.report.style import pick, unframed
from twin.workshop.shelf import Shelf, example_cards
from weather.errors import TwinError

_FIRST = "examples/shanghai_office_pedf"
_CONTROLS = ("model-project", "model-building", "model-colour", "model-tab")
_TABS = ("shape", "zones", "layers", "schedules", "values", "plant")


def layout(visit: Visit) -> Component:
    """Choices, then what they show."""
    options = _options(visit)
    known = [item["value"] for group in options for item in group["items"]]
    asked = visit.first("model-project", _FIRST)
    name = asked if asked in known else _FIRST
    colour = visit.first("model-colour", COLOURED_BY[0])
    tab = visit.first("model-tab", _TABS[0])
    try:
        names = opened(visit, name, "").names
    except TwinError:
        names = ()
    building = visit.first("model-building")
    return html.Div(
        [
            dmc.Title(visit.say("model.headline"), order=1, size="h2"),
            html.P(visit.say("model.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="model-project", data=options, value=name, searchable=True, allowDeselect=False,
                        label=visit.say("model.project"), w=360, maxDropdownHeight=420,
                    ),
                    html.Div(
                        dmc.Select(
                            id="model-building", data=list(names), searchable=True, allowDeselect=False,
                            value=building if building in names else (names[0] if names else None),
                            label=visit.say("model.building"), w=220,
                        ),
                        hidden=len(names) < 2,
                        id="model-building-box",
                    ),
                    html.Div(id="model-edit"),
                ],
                align="flex-end",
            ),
            dmc.Tabs(
                dmc.TabsList([dmc.TabsTab(visit.say(f"model.tab_{key}"), value=key) for key in _TABS]),
                id="model-tab",
                value=tab if tab in _TABS else _TABS[0],
                mt="md",
            ),
            html.Div(
                dmc.Group(
                    [
                        dmc.Text(visit.say("model.colour"), size="sm"),
                        dmc.SegmentedControl(
                            id="model-colour",
                            data=[{"value": k, "label": visit.say(f"model.by_{k}")} for k in COLOURED_BY],
                            value=colour if colour in COLOURED_BY else COLOURED_BY[0],
                            size="xs",
                        ),
                    ],
                    mt="sm",
                ),
                id="model-colour-box",
            ),
            dcc.Loading(html.Div(id="model-shown"), type="dot", delay_show=300),
        ]
    )  # fmt: skip


def _options(visit: Visit) -> list[dict[str, Any]]:
    own = [
        {"value": card.name, "label": f"{pick(visit.language, card.title_zh, card.title)} · {card.name}"}
        for card in Shelf(visit.workspace.projects).cards()
        if card.trouble is None and visit.user.may_see(card.title)
    ]
    bundled = [
        {
            "value": f"examples/{card.name}",
            "label": f"{pick(visit.language, card.title_zh, card.title)} · {card.name}",
        }
        for card in example_cards()
    ]
    groups = [("model.mine", own), ("model.examples", bundled)]
    return [{"group": visit.say(key), "items": items} for key, items in groups if items]


def callbacks(app: Dash, workspace: Workspace) -> None:
    """The choices act, a row of the table shows its face, a schedule is chosen."""
    grids.callbacks(app)

    @app.callback(
        Output("model-building", "data"),
        Output("model-building", "value"),
        Output("model-building-box", "hidden"),
        Output("model-edit", "children"),
        Input("model-project", "value"),
        State("model-building", "value"),
        State("address", "pathname"),
    )
    def choose(name: str, building: str | None, path: str | None) -> tuple[Any, Any, bool, Any]:
        visit = visit_of(workspace, path, None)
        try:
            names = opened(visit, name, "").names
        except TwinError:
            return [], None, True, None
        kept = building if building in names else names[0]
        link = dcc.Link(visit.say("model.edit"), href=visit.href("projects", project=name))
        return list(names), kept, len(names) < 2, None if name.startswith("examples/") else link

    @app.callback(
        Output("model-shown", "children"),
        Output("model-colour-box", "hidden"),
        Input("model-building", "value"),
        Input("model-tab", "value"),
        Input("model-colour", "value"),
        State("model-project", "value"),
        State("address", "pathname"),
    )
    def show(building: str | None, tab: str, colour: str, name: str, path: str | None) -> tuple[Any, bool]:
        visit = visit_of(workspace, path, None)
        try:
            return parts.PARTS[tab](visit, opened(visit, name, building or ""), colour), tab != "shape"
        except TwinError as error:
            return trouble(error, visit), tab != "shape"

    @app.callback(
        Output("graph-solid", "figure"),
        Input({"grid": "faces"}, "selectedRows"),
        State("model-building", "value"),
        State("model-colour", "value"),
        State("model-project", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def outline(
        rows: list[dict[str, Any]] | None, building: str | None, colour: str, name: str, path: str | None
    ) -> Any:
        if not rows:
            raise PreventUpdate
        visit = visit_of(workspace, path, None)
        seen = opened(visit, name, building or "")
        return unframed(parts.solid(visit, seen, colour, str(rows[0]["face"]))).figure

    @app.callback(
        Output("model-timetable", "children"),
        Input("model-schedule", "value"),
        State("model-building", "value"),
        State("model-project", "value"),
        State("address", "pathname"),
    )
    def timetable(key: str, building: str | None, name: str, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        seen: Opened = opened(visit, name, building or "")
        if key not in seen.whole.schedules:
            raise PreventUpdate
        return parts.timetable(visit, seen, key)

    for control in _CONTROLS:
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(control, "value"),
            State("address", "pathname"),
            prevent_initial_call="initial_duplicate",
        )


PAGE = Page("model", "model", "engineer", "building", layout, callbacks, frozenset({"engineer", "viewer"}))
