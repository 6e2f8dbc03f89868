"""What lies below the fleet on the console: one building's diagram and day, the feeder, the ranking.

`assets/console_building.js`, `console_ranking.js` and `console.js` fill what is made here.
"""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component
from plotly.subplots import make_subplots

from dashboards.calls import OperatedCall
from dashboards.components.grid import grid
from dashboards.visit import Visit
from twin.report.style import INK, Language, config, finish, panel_legends, panel_titles_left, pick
from twin.response.ranking import WORDS

_BLUE, _ORANGE, _GREY, _GREEN, _PURPLE = "#2563EB", "#D97706", "#6B7280", "#2A8F6D", "#7C5AA6"


def names_of(call: OperatedCall | None) -> list[str]:
    """Participants of a call."""
    return [] if call is None else list(call.scene["names"])


def first_shown(call: OperatedCall | None) -> str | None:
    """The building that is opened where nobody chose: the first with a DC bus, else the first."""
    if call is None:
        return None
    scene = call.scene
    has = scene.get("participants", [])
    place = next((k for k, one in enumerate(has) if one["bus_v"] is not None), 0)
    return str(scene["names"][place])


def building_panel(visit: Visit, call: OperatedCall | None) -> Component:
    """Choice of a building, its one-line diagram, its curves."""
    names = names_of(call)
    asked = visit.first("inside")
    return dmc.Paper(
        [
            dmc.Group(
                [
                    dmc.Title(visit.say("console.inside"), order=2, size="h4"),
                    dmc.Select(
                        id="inside",
                        data=names,
                        value=asked if asked in names else first_shown(call),
                        searchable=True,
                        allowDeselect=False,
                        size="sm",
                        w=220,
                        **{"aria-label": visit.say("console.choose_building")},
                    ),
                    dmc.Text(id="oneline-note", size="sm", c="dimmed"),
                ]
            ),
            html.Div(id="oneline"),
            dmc.Text(visit.say("console.inside_about"), size="xs", c="dimmed", my="xs"),
            dcc.Graph(
                id="live-inside",
                figure=_inside(visit.language),
                config=config(visit.language),
                style={"height": "430px"},
            ),
        ],
        withBorder=True,
        p="md",
        mt="md",
    )


def feeder_panel(visit: Visit) -> Component:
    """What the feeder carries; what is assumed of it comes with the call."""
    return dmc.Paper(
        [
            dmc.Title(visit.say("console.feeder"), order=2, size="h4"),
            dmc.Text(visit.say("console.feeder_about"), size="sm", c="dimmed"),
            dmc.Text(id="feeder-now", size="sm", mt="xs"),
            dcc.Graph(
                id="live-feeder",
                figure=_feeder(visit.language),
                config=config(visit.language),
                style={"height": "380px"},
            ),
            html.Div(id="feeder-assumed"),
        ],
        withBorder=True,
        p="md",
        mt="md",
    )


def feeder_assumed(visit: Visit, call: OperatedCall | None) -> list[Component]:
    """Limits with their sources and assumptions of a call's feeder, one click away."""
    told: dict[str, Any] = ({} if call is None else call.scene.get("feeder")) or {}
    if not told:
        return []
    lines = [one[visit.language] for one in told["assumptions"]]
    if "limits" in told:
        limits = told["limits"]
        lines.append(
            visit.say(
                "console.limits",
                planning=f"{100 * limits['planning']:.0f}",
                rated=f"{100 * limits['rated']:.0f}",
                low=f"{limits['low_pu']:.2f}",
                high=f"{limits['high_pu']:.2f}",
                sources=pick(visit.language, "；", "; ").join(told["sources"][visit.language]),
            )
        )
    return [
        dmc.Accordion(
            [
                dmc.AccordionItem(
                    [
                        dmc.AccordionControl(visit.say("console.feeder_assumed")),
                        dmc.AccordionPanel(html.Ul([html.Li(line) for line in lines])),
                    ],
                    value="assumed",
                )
            ]
        )
    ]


def ranking_panel(visit: Visit) -> Component:
    """Participants by what they delivered of what they were asked; a row opens its building."""
    columns = [
        {
            "field": name,
            "headerName": pick(visit.language, zh, en),
            **(
                {"filter": True, "minWidth": 130, "flex": 2}
                if name == "participant"
                else {
                    "type": "rightAligned",
                    "filter": "agNumberColumnFilter",
                    "valueFormatter": {"function": f"d3.format('{_FORMATS[name]}')(params.value)"},
                    "minWidth": 86,
                    "flex": 1,
                }
            ),
        }
        for name, (zh, en) in WORDS.items()
    ]
    return dmc.Paper(
        [
            dmc.Title(visit.say("console.ranking"), order=2, size="h4"),
            dmc.Text(visit.say("console.ranking_about"), size="sm", c="dimmed", mb="xs"),
            html.Div(
                grid(
                    visit, "ranking", columns, [], height=380, select=True, label=visit.say("console.ranking")
                ),
                id="ranking",
            ),
        ],
        withBorder=True,
        p="md",
        mt="md",
    )


_FORMATS = {
    "rank": "d",
    "asked_kwh": ",.1f",
    "delivered_kwh": ",.1f",
    "share": ",.0f",
    "given_kwh": ",.1f",
    "unheard_min": ",.0f",
    "worse_k": ".2f",
}


def _inside(language: Language) -> go.Figure:
    """A building's day; traces in the order in which the script fills them."""
    figure = make_subplots(
        rows=3,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.11,
        row_heights=[0.5, 0.25, 0.25],
        subplot_titles=(
            pick(language, "电表 (kW)", "Meter (kW)"),
            pick(language, "电池荷电状态 (%)", "State of charge (%)"),
            pick(language, "室温超出设定 (K)", "Rooms beyond set-points (K)"),
        ),
    )
    for row, name, colour, line in (
        (1, pick(language, "实际", "metered"), _BLUE, {"width": 2.2}),
        (1, pick(language, "基线", "baseline"), _ORANGE, {"width": 1.8, "dash": "dash"}),
        (1, pick(language, "若无邀约", "without the call"), _GREY, {"width": 1.4}),
        (2, "SOC", _GREEN, {"width": 1.8}),
        (3, pick(language, "本次", "with the call"), _PURPLE, {"width": 1.8}),
        (3, pick(language, "若无邀约", "without it"), _GREY, {"width": 1.4}),
    ):
        figure.add_scatter(
            x=[], y=[], name=name, mode="lines", line={"color": colour, **line}, row=row, col=1
        )
    figure.update_yaxes(range=[0, 100], row=2, col=1)
    figure.update_yaxes(rangemode="tozero", row=3, col=1)
    return _bare(figure, language, 3, 430)


def _feeder(language: Language) -> go.Figure:
    """Loading and voltages of the feeder; traces in the order in which the script fills them."""
    figure = make_subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.08,
        subplot_titles=(
            pick(language, "最高负载率 (%)", "Highest loading (%)"),
            pick(language, "用户处电压（标幺值）", "Voltage at participants (over nominal)"),
        ),
    )
    for column, name, colour, line in (
        (1, pick(language, "变压器", "transformer"), _BLUE, {"width": 2.2}),
        (1, pick(language, "变压器，若无邀约", "transformer, without the call"), _GREY, {"width": 1.4}),
        (1, pick(language, "电缆", "cable"), _GREEN, {"width": 1.6}),
        (2, pick(language, "最低", "lowest"), _BLUE, {"width": 2.2}),
        (2, pick(language, "最高", "highest"), _ORANGE, {"width": 1.8}),
        (2, pick(language, "最低，若无邀约", "lowest, without the call"), _GREY, {"width": 1.4}),
    ):
        figure.add_scatter(
            x=[], y=[], name=name, mode="lines", line={"color": colour, **line}, row=1, col=column
        )
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_xaxes(matches="x", row=1, col=2)
    return _bare(figure, language, 1, 380)


def _bare(figure: go.Figure, language: Language, rows: int, height: int) -> go.Figure:
    finished = finish(figure, title=" ", note=" ", language=language, height=height)
    finished.update_xaxes(type="date")  # known before there is any point
    finished.layout.annotations = [one for one in finished.layout.annotations if one.name != "note"]
    panel_titles_left(finished)
    if rows > 1:
        panel_legends(finished, rows)
    finished.update_layout(
        title=None,
        height=height,
        margin={"t": 30 if rows > 1 else 56, "b": 30, "l": 56, "r": 12},
        uirevision="live",
        font={"color": INK},
    )
    if rows == 1:
        finished.update_layout(
            legend={"orientation": "h", "x": 0, "y": 1.1, "yanchor": "bottom", "yref": "paper"}
        )
    return finished
