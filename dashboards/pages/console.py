"""The console: a call of a fleet, watched minute by minute and steered, or played again.

What moves comes as a stream to `assets/console.js`, which draws it; this room makes what it draws into, and
takes the operator's words.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.access.user import require
from dashboards.calls import OperatedCall, call_of, calls
from dashboards.components.messages import trouble
from dashboards.pages.call_inside import (
    building_panel,
    feeder_assumed,
    feeder_panel,
    first_shown,
    names_of,
    ranking_panel,
)
from dashboards.pages.page import Page
from dashboards.pages.settled_call import settled_call
from dashboards.visit import Visit, visit_of
from dashboards.words import catalogue
from dashboards.workspace import Workspace
from twin.report.style import INK, Language, config, faint, finish, pick
from twin.response.operated import Speed, Target, say
from weather.errors import TwinError

SPEEDS = (0, 1, 10, 60, 300, 1000)
"""Times the clock on the wall; 0 halts."""
_GIVEN, _SETTLED, _WITHOUT = "#2563EB", "#D97706", "#6B7280"
_TILES = (
    "clock", "target", "given", "settled", "share", "rebound", "opted", "unheard", "orders", "lost",
    "soc", "rooms", "transformer", "cable", "volts",
)  # fmt: skip


def layout(visit: Visit) -> Component:
    """Choice of a call, tiles, curves, fleet, words."""
    known = calls(visit.workspace)
    names = [call.name for call in known]
    asked = visit.first("call")
    chosen = asked if asked in names else next(iter(names), None)
    opened = next((call for call in known if call.name == chosen), None)
    return html.Div(
        [
            dmc.Title(visit.say("console.headline"), order=1, size="h2"),
            html.P(visit.say("console.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="call",
                        data=[{"value": call.name, "label": _label(call, visit.language)} for call in known],
                        value=chosen,
                        allowDeselect=False,
                        style={"flex": 1, "minWidth": 260},
                        **{"aria-label": visit.say("console.choose")},
                    ),
                    dmc.SegmentedControl(
                        id="speed",
                        data=[
                            {
                                "value": str(times),
                                "label": visit.say("console.halt") if times == 0 else f"{times}×",
                            }
                            for times in SPEEDS
                        ],
                        value="60",
                        **{"aria-label": visit.say("console.speed")},
                    ),
                    dmc.Button(visit.say("console.again"), id="replay", variant="default"),
                ],
                align="flex-start",
            ),
            dmc.Text(id="phase", size="sm", c="dimmed", mt="xs"),
            html.Div([_tile(visit, name) for name in _TILES], className="tiles", role="status"),
            html.Div(_words(visit), id="words", className="words"),
            html.Div(id="answer"),
            dmc.SimpleGrid(
                [_graph(visit, "response", _response), _graph(visit, "power", _power)],
                cols={"base": 1, "lg": 2},
                spacing="md",
                mt="md",
            ),
            dmc.Paper(
                [
                    dmc.Group(
                        [
                            dmc.Title(visit.say("console.fleet"), order=2, size="h4"),
                            dmc.Text(visit.say("console.fleet_about"), size="sm", c="dimmed"),
                        ]
                    ),
                    html.Div(
                        id="fleet",
                        className="fleet",
                        role="listbox",
                        **{"aria-label": visit.say("console.fleet")},
                    ),
                    _key(visit),
                    html.Div(id="who", className="hint"),
                ],
                withBorder=True,
                p="md",
                mt="md",
            ),
            building_panel(visit, opened),
            feeder_panel(visit),
            ranking_panel(visit),
            html.Div(id="settled", className="section"),
            dcc.Store(id="watched"),
            dcc.Store(id="words-of-console", data=_for_script(visit)),
            dcc.Store(id="day-over"),
        ]
    )


def _label(call: OperatedCall, language: Language) -> str:
    scene = call.scene
    invitation = scene["invitation"]
    kind = pick(language, "削峰", "peak shaving")
    if invitation["kind"] == "valley_filling":
        kind = pick(language, "填谷", "valley filling")
    state = pick(language, "已结束", "over") if call.over else pick(language, "进行中", "under way")
    when = f"{scene['start'][:16].replace('T', ' ')}–{scene['end'][11:16]}"
    return f"{scene[f'title_{language}']} · {kind} {when} · {state} · {call.name}"


def _tile(visit: Visit, name: str) -> html.Div:
    return html.Div(
        [html.Span(visit.say(f"console.{name}"), className="hint"), html.B("–", id=f"tile-{name}")],
        className="tile",
    )


def _words(visit: Visit) -> Component:
    """What an operator can say to a call that is under way."""
    return dmc.Group(
        [
            dmc.NumberInput(
                id="wanted",
                label=visit.say("console.wanted"),
                min=0,
                max=1e7,
                step=100,
                suffix=" kW",
                thousandSeparator=",",
                w=220,
            ),
            dmc.Button(visit.say("console.send"), id="send"),
            dmc.Button(visit.say("console.end"), id="end", color="red", variant="light"),
        ],
        align="flex-end",
        gap="sm",
    )


def _graph(visit: Visit, name: str, make: Any) -> dmc.Paper:
    figure = make(visit.language)
    return dmc.Paper(
        [
            dmc.Title(visit.say(f"console.{name}"), order=2, size="h4"),
            dcc.Graph(
                id=f"live-{name}",
                figure=figure,
                config=config(visit.language),
                style={"height": f"{figure.layout.height:.0f}px"},
            ),
            dmc.Text(visit.say(f"console.{name}_about"), size="xs", c="dimmed"),
        ],
        withBorder=True,
        p="md",
    )


def _key(visit: Visit) -> html.Div:
    """What the colours of the fleet's cells mean."""
    shades = ("full", "half", "none", "due", "idle", "silent")
    return html.Div(
        [
            html.Span([html.I(className=f"cell {shade}"), visit.say(f"console.cell_{shade}")])
            for shade in shades
        ],
        className="key",
    )


def _line(name: str, colour: str, width: float = 1.8, **line: Any) -> go.Scatter:
    return go.Scatter(x=[], y=[], name=name, mode="lines", line={"color": colour, "width": width, **line})


def _power(language: Language) -> go.Figure:
    """Meters of the fleet; traces in the order in which the script fills them."""
    figure = go.Figure(
        [
            _line(pick(language, "实际", "metered"), _GIVEN, 2.2),
            _line(pick(language, "基线", "baseline"), _SETTLED, 1.8, dash="dash"),
            _line(
                pick(language, "若无邀约（仅仿真可知）", "without the call (a simulator alone knows)"),
                _WITHOUT,
                1.4,
            ),
        ]
    )
    figure.update_yaxes(title_text="kW")
    return _bare(figure, language)


def _response(language: Language) -> go.Figure:
    figure = go.Figure(
        [
            _line(pick(language, "目标", "target"), INK, 1.6, dash="dot", shape="hv"),
            go.Scatter(
                x=[],
                y=[],
                name=pick(language, "对基线的响应", "against the baseline"),
                mode="lines",
                line={"color": _SETTLED, "width": 2.2},
                fill="tozeroy",
                fillcolor=faint(_SETTLED, 0.12),
            ),
            _line(pick(language, "真实响应", "what was truly given"), _GIVEN, 1.6),
        ]
    )
    figure.update_yaxes(title_text="kW")
    return _bare(figure, language)


def _bare(figure: go.Figure, language: Language) -> go.Figure:
    finished = finish(figure, title=" ", note=" ", language=language, height=300)
    finished.update_layout(
        title=None,
        annotations=[],
        margin={"t": 34, "b": 30, "l": 62, "r": 12},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        uirevision="live",
    )
    return finished


_FOR_SCRIPT = (
    "known", "ahead", "call", "behind", "asked_of", "gives", "silent", "not_in", "lost_line", "waiting",
    "grid", "importing", "exporting", "ac_board", "dc_bus", "interface", "loss", "pv", "battery",
    "charging", "discharging", "at_rest", "generation", "hvac", "shed", "ev", "feeding_back", "dc_other",
    "ac_other", "other", "ac_only", "dc_kind", "mean_of", "room_off", "transformers", "beyond_planning",
    "beyond_rated", "fullest", "cable_beyond", "no_feeder",
)  # fmt: skip


def _for_script(visit: Visit) -> dict[str, str]:
    return {name: catalogue("console")[name][visit.language] for name in _FOR_SCRIPT} | {
        "language": visit.language
    }


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Words to the call, and what came of it."""

    @app.callback(
        Output("answer", "children"),
        Input("send", "n_clicks"),
        State("wanted", "value"),
        State("call", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def send(_: int, wanted: float | str | None, name: str | None, path: str | None) -> Any:
        return _said(workspace, path, name, wanted)

    @app.callback(
        Output("answer", "children", allow_duplicate=True),
        Input("end", "n_clicks"),
        State("call", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def end(_: int, name: str | None, path: str | None) -> Any:
        return _said(workspace, path, name, 0.0)

    @app.callback(
        Output("answer", "children", allow_duplicate=True),
        Input("speed", "value"),
        State("call", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def pace(times: str, name: str | None, path: str | None) -> Any:
        found = _under_way(workspace, name)
        if found is None or int(times) not in SPEEDS:
            return no_update  # a day that is over is played by the browser
        require("operator")
        try:
            say(found.folder, Speed(times=float(times)))
        except TwinError as error:
            return trouble(error, visit_of(workspace, path, None))
        return no_update

    @app.callback(
        Output("settled", "children"),
        Input("day-over", "data"),
        State("call", "value"),
        State("address", "pathname"),
    )
    def settled(_: Any, name: str | None, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        if not name:
            return []
        try:
            return settled_call(visit, call_of(workspace, name))
        except TwinError as error:
            return trouble(error, visit)

    @app.callback(
        Output("inside", "data"),
        Output("inside", "value"),
        Output("feeder-assumed", "children"),
        Input("call", "value"),
        State("inside", "value"),
        State("address", "pathname"),
    )
    def opened(name: str | None, building: str | None, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        found = next((call for call in calls(workspace) if call.name == name), None)
        names = names_of(found)
        kept = building if building in names else first_shown(found)
        return names, kept, feeder_assumed(visit, found)

    app.clientside_callback(
        ClientsideFunction("building", "look"),
        Output("watched", "data", allow_duplicate=True),
        Input("inside", "value"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("building", "ranked"),
        Output("inside", "value", allow_duplicate=True),
        Input({"grid": "ranking"}, "selectedRows"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("console", "watch"),
        Output("watched", "data"),
        Input("call", "value"),
        State("words-of-console", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("console", "pace"), Output("watched", "data", allow_duplicate=True),
        Input("speed", "value"), Input("replay", "n_clicks"), prevent_initial_call="initial_duplicate",
    )  # fmt: skip
    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("call", "value"),
        State("address", "pathname"),
        prevent_initial_call="initial_duplicate",
    )
    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("inside", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )


def _under_way(workspace: Workspace, name: str | None) -> OperatedCall | None:
    found = next((call for call in calls(workspace) if call.name == name), None)
    return found if found is not None and not found.over else None


def _said(workspace: Workspace, path: str | None, name: str | None, wanted: float | str | None) -> Any:
    require("operator")
    visit = visit_of(workspace, path, None)
    try:
        found = call_of(workspace, name or "")
        if found.over:
            raise TwinError(visit.say("console.is_over"), visit.say("console.call_again"))
        if not isinstance(wanted, int | float) or not 0.0 <= wanted <= 1e7:
            raise TwinError(visit.say("console.no_number"), visit.say("console.give_number"))
        say(found.folder, Target(kw=float(wanted)))
    except TwinError as error:
        return trouble(error, visit)
    return dmc.Alert(
        visit.say("console.told", kw=f"{wanted:,.0f}"), color="blue", variant="light", withCloseButton=True
    )


PAGE = Page("console", "console", "operator", "fleet", layout, callbacks, frozenset({"operator", "viewer"}))
