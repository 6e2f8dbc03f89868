"""Live twin: what it knows of its building now and how surely, what drifts, and which faults show."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import trouble
from dashboards.components.opened import choice, nothing, truth
from dashboards.pages.live.alarms import alarms, course
from dashboards.pages.live.drift import drift, of_room
from dashboards.pages.live.now import COMMAND, now
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from weather.errors import TwinError

_LOOK_MS = 3000
_SPANS = ("1", "3", "7")
_FIRST_ROOMS = 6


def layout(visit: Visit) -> Component:
    """Choice, then parts that refresh as the folder grows."""
    options = choice(visit, "live", "live-shown")
    head = [
        dmc.Title(visit.say("live.headline"), order=1, size="h2"),
        html.P(visit.say("live.about"), className="about"),
    ]
    asked = visit.first("live-days", "3")
    rooms = _rooms(visit, options["value"])
    return html.Div(
        [
            *head,
            dmc.Group(
                [
                    dmc.Select(
                        id="live-shown", label=visit.say("live.shown"), **options, allowDeselect=False, w=380,
                        maw="100%",
                    ),
                    dmc.Stack(
                        [
                            dmc.Text(visit.say("live.days"), size="sm", fw=500),
                            dmc.SegmentedControl(
                                id="live-days", value=asked if asked in _SPANS else "3",
                                data=[{"value": one, "label": visit.say("live.days_of", days=one)}
                                      for one in _SPANS],
                                **{"aria-label": visit.say("live.days")},
                            ),
                        ],
                        gap=0,
                    ),
                    dmc.MultiSelect(
                        id="live-rooms", label=visit.say("live.rooms"), **rooms, searchable=True,
                        hidePickedOptions=True, style={"flex": 1, "minWidth": 260},
                    ),
                ],
                align="flex-end",
            ),
            html.Div(id="live-truth"),
            dcc.Store(id="live-stamp"),
            dcc.Store(id="live-day"),
            dcc.Interval(id="live-look", interval=_LOOK_MS),
            dcc.Loading(html.Div(id="live-now", className="parts steady"), type="dot", delay_show=600),
            html.Div(id="live-watched", className="parts steady"),
            html.Div(id="live-drift", className="parts steady"),
        ]
    )  # fmt: skip


def _rooms(visit: Visit, name: str | None) -> dict[str, Any]:
    """Rooms as options, the first ones chosen."""
    try:
        rooms = visit.workspace.twins.live(name).rooms if name else ()
    except TwinError:
        rooms = ()
    return {"data": [{"value": room, "label": room} for room in rooms], "value": list(rooms[:_FIRST_ROOMS])}


def shown_now(visit: Visit, name: str | None, days: str, rooms: list[str]) -> list[Component]:
    """The part that changes with every step; trouble and emptiness are told here."""
    if not name:
        return [nothing(visit, visit.say("live.none"), COMMAND)]
    try:
        live, found = visit.workspace.twins.live(name), visit.workspace.twins.watched(name)
        return now(visit, live, found, int(days) if days in _SPANS else 3, rooms)
    except TwinError as error:
        return [trouble(error, visit)]


def shown_days(visit: Visit, name: str | None) -> tuple[list[Component], list[Component], list[Component]]:
    """The parts that change with every day: what stood for the building, parameters, alarms."""
    if not name:
        return [], [], []
    try:
        live, found = visit.workspace.twins.live(name), visit.workspace.twins.watched(name)
        return truth(visit, "live", name), drift(visit, live), alarms(visit, found)
    except TwinError:
        return [], [], []  # told in the part above


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Look at the folder again and again; show what has changed."""

    @app.callback(
        Output("live-stamp", "data"),
        Output("live-day", "data"),
        Output("live-shown", "data"),
        Input("live-look", "n_intervals"),
        Input("live-shown", "value"),
        State("live-stamp", "data"),
        State("live-day", "data"),
        State("live-shown", "data"),
        State("address", "pathname"),
    )
    def look(
        _: int | None, name: str | None, stamp: Any, day: Any, listed: Any, path: str | None
    ) -> tuple[Any, Any, Any]:
        now_listed = choice(visit_of(workspace, path, None), "live", "live-shown")["data"]
        found, whole = {"name": name, "stamp": ""}, {"name": name, "days": 0}
        if name:
            try:
                live = workspace.twins.live(name)
                found, whole = found | {"stamp": str(live.stamp())}, whole | {"days": len(live.days())}
            except TwinError:
                pass  # told where it is shown
        if (found, whole, now_listed) == (stamp, day, listed):
            raise PreventUpdate
        told = (found, stamp), (whole, day), (now_listed, listed)
        stamped, dayed, shown = (no_update if new == old else new for new, old in told)
        return stamped, dayed, shown

    @app.callback(
        Output("live-now", "children"),
        Input("live-stamp", "data"),
        Input("live-days", "value"),
        Input("live-rooms", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def show(stamp: Any, days: str, rooms: list[str] | None, path: str | None) -> Any:
        return shown_now(visit_of(workspace, path, None), (stamp or {}).get("name"), days, rooms or [])

    @app.callback(
        Output("live-rooms", "data"),
        Output("live-rooms", "value"),
        Input("live-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def rooms_of(name: str | None, path: str | None) -> Any:
        found = _rooms(visit_of(workspace, path, None), name)
        return found["data"], found["value"]

    @app.callback(
        Output("live-truth", "children"),
        Output("live-drift", "children"),
        Output("live-watched", "children"),
        Input("live-day", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def by_day(day: Any, path: str | None) -> Any:
        return shown_days(visit_of(workspace, path, None), (day or {}).get("name"))

    @app.callback(
        Output("live-of-room", "children"),
        Input("live-room", "value"),
        State("live-day", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def other_room(room: str | None, day: Any, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        try:
            return of_room(visit, workspace.twins.live((day or {}).get("name", "")), room)
        except TwinError as error:
            return [trouble(error, visit)]

    @app.callback(
        Output("live-channel", "value"),
        Input({"alarm": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def clicked(clicks: list[int | None]) -> Any:
        at = ctx.triggered_id
        return at["alarm"] if any(clicks) and at else no_update

    @app.callback(
        Output("live-course", "children"),
        Input("live-channel", "value"),
        State("live-day", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def channel(chosen: str | None, day: Any, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        try:
            found = workspace.twins.watched((day or {}).get("name", ""))
        except TwinError as error:
            return [trouble(error, visit)]
        return course(visit, found, str(chosen)) if chosen in found.days.columns else []

    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("live-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )


PAGE = Page("live", "live", "operator", "live", layout, callbacks)
