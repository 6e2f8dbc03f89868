"""Forecast: load, sun, rooms and flexibility of the coming days with their ranges, and their scores."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.documents import table, tiles
from dashboards.components.figures import figure
from dashboards.components.messages import trouble
from dashboards.components.opened import choice, nothing, pairs, paper, truth
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.foresight.page import fan
from twin.foresight.score import QUANTILES
from twin.foresight.stored import StoredForecast
from twin.foresight.words import LABELS, SCORES
from twin.report.study.document import Cell, Table
from twin.report.study.numbers import number
from twin.report.style import pick
from weather.errors import TwinError

_COMMAND = (
    "twin forecast PROJECT.yaml --at 2025-08-05T06:00 --meters METERS.yaml --trials 6 --out studies/NAME"
)
_STEPS = ("net_kw", "load_kw", "pv_kw", "room_c")
_HOURS = ("down", "up")
_LOW, _MIDDLE, _HIGH = (QUANTILES.index(level) for level in (0.05, 0.5, 0.95))


def layout(visit: Visit) -> Component:
    """Choice, then the fans."""
    options = choice(visit, "forecast", "forecast-shown")
    buildings = _buildings(visit, options["value"])
    return html.Div(
        [
            dmc.Title(visit.say("forecast.headline"), order=1, size="h2"),
            html.P(visit.say("forecast.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="forecast-shown", label=visit.say("forecast.shown"), **options,
                        allowDeselect=False, w=420, maw="100%",
                    ),
                    dmc.Select(
                        id="forecast-building", label=visit.say("forecast.building"), **buildings,
                        allowDeselect=False, searchable=True, w=240,
                    ),
                ],
                align="flex-end",
            ),
            dcc.Loading(html.Div(id="forecast-found", className="parts"), type="dot", delay_show=300),
        ]
    )  # fmt: skip


def _buildings(visit: Visit, name: str | None) -> dict[str, Any]:
    try:
        names = visit.workspace.twins.forecast(name).names if name else ()
    except TwinError:
        names = ()
    return {"data": list(names), "value": next(iter(names), None)}


def found(visit: Visit, name: str | None, building: str | None) -> list[Component]:
    """Everything about a forecast of a building."""
    if not name:
        return [nothing(visit, visit.say("forecast.none"), _COMMAND)]
    try:
        stored = visit.workspace.twins.forecast(name)
        said = truth(visit, "forecast", name)
    except TwinError as error:
        return [trouble(error, visit)]
    b = stored.names.index(building) if building in stored.names else 0
    return [
        *said,
        html.P(_facts(visit, name, stored), className="hint"),
        paper(visit.say("forecast.ahead"), _tiles(visit, stored, b), *_fans(visit, stored, b)),
        paper(visit.say("forecast.weather"), pairs([
            _fan(visit, stored.hours, stored.weather[key], key) for key in ("temp_air", "ghi")
        ])),
        paper(visit.say("forecast.scored"), _scores(visit, stored)),
        paper(visit.say("forecast.assumed"), html.Ul(
            [html.Li(one[visit.language]) for one in stored.summary["assumptions"]]
        )),
    ]  # fmt: skip


def _facts(visit: Visit, name: str, stored: StoredForecast) -> str:
    return visit.say(
        "forecast.facts", name=name, start=f"{stored.times[0]:%Y-%m-%d %H:%M}", hours=len(stored.hours),
        members=stored.summary["members"],
        step=round((stored.times[1] - stored.times[0]).total_seconds() / 60.0),
    )  # fmt: skip


def _tiles(visit: Visit, stored: StoredForecast, b: int) -> Component:
    """Peak, energy and sun of the whole span, with 90 % of the steps' quantiles where they add up."""
    net = stored.steps["net_kw"][:, b]
    at = int(np.argmax(net[_MIDDLE]))
    low, middle, high = (number(net[q, at], 1) for q in (_LOW, _MIDDLE, _HIGH))
    shown = [
        (
            visit.say("forecast.peak"),
            f"{middle} kW",
            f"90 %: {low} – {high} · {stored.times[at]:%m-%d %H:%M}",
        )
    ]
    hours = (stored.times[1] - stored.times[0]).total_seconds() / 3600.0
    for key in ("load_kw", "pv_kw"):
        energy = float(stored.steps[key][_MIDDLE, b].sum() * hours)
        words = pick(visit.language, *LABELS[key][:2])
        shown.append((words, f"{number(energy, 0)} kWh", visit.say("forecast.of_medians")))
    down = stored.flexible["down"][:, b]
    best = int(np.argmax(down[_LOW]))
    note = f"{stored.hours[best]:%m-%d %H:%M} · {visit.say('forecast.sure')}"
    shown.append((visit.say("forecast.down"), f"{number(down[_LOW, best], 1)} kW", note))
    came = stored.came.get(stored.names[b])
    if came is not None:
        known = np.isfinite(came)
        inside = (came >= net[_LOW]) & (came <= net[_HIGH])
        share = f"{number(100.0 * float(inside[known].mean()), 0)} %"
        shown.append((visit.say("forecast.inside"), share, visit.say("forecast.inside_note")))
    return tiles(shown)


def _fans(visit: Visit, stored: StoredForecast, b: int) -> list[Component]:
    name = stored.names[b]
    came = stored.came.get(name)
    note = visit.say("forecast.fan_note") + (visit.say("forecast.came_note") if came is not None else "")
    net = fan(stored.times, stored.steps["net_kw"][:, b], "net_kw", visit.language, came=came, note=note)
    others = [_fan(visit, stored.times, stored.steps[key][:, b], key) for key in _STEPS[1:]]
    others += [_fan(visit, stored.hours, stored.flexible[key][:, b], key) for key in _HOURS]
    return [figure(net, visit.language, "forecast-net_kw"), _csv(visit, stored, b), pairs(others)]


def _fan(visit: Visit, times: Any, told: Any, key: str) -> Component:
    return figure(fan(times, told, key, visit.language), visit.language, f"forecast-{key}")


def _csv(visit: Visit, stored: StoredForecast, b: int) -> Component:
    """Quantiles of every step, and what was measured since."""
    head = ["time"]
    columns = []
    for key in _STEPS:
        for q, level in enumerate(QUANTILES):
            head.append(f"{key} q{100 * level:g}")
            columns.append(stored.steps[key][q, b])
    came = stored.came.get(stored.names[b])
    if came is not None:
        head.append("net_kw measured")
        columns.append(came)
    rows = [
        (f"{time:%Y-%m-%dT%H:%M%z}", *("" if np.isnan(v) else f"{v:.5g}" for v in values))
        for time, values in zip(stored.times, np.array(columns).T, strict=True)
    ]
    return csv_link(visit, f"forecast-{stored.names[b]}", [head, *rows])


def _scores(visit: Visit, stored: StoredForecast) -> Component:
    scores = stored.summary.get("scores")
    if not scores:
        return html.P(visit.say("forecast.no_scores"), className="hint")
    best = min(one["pinball"] for one in scores.values())
    rows = []
    for way, one in scores.items():
        words = pick(visit.language, *SCORES[way]) if way in SCORES else way
        rows.append(
            (
                Cell(words),
                Cell(number(one["mae"], 2)),
                Cell(number(one["pinball"], 3), tone="pass" if one["pinball"] == best else ""),
                Cell(f"{number(100.0 * one['coverage'], 0)} %"),
                Cell(number(one["width"], 1)),
            )
        )
    head = ("", *(visit.say(f"forecast.{key}") for key in ("mae", "pinball", "coverage", "width")))
    return table(
        visit,
        Table(
            visit.say("forecast.scores"), head, tuple(rows), "lrrrr", (2.4, 1.0, 1.2, 1.2, 1.2),
            visit.say("forecast.scores_note"),
        ),
    )  # fmt: skip


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Show what is chosen; keep the choice in the address."""

    @app.callback(
        Output("forecast-found", "children"),
        Input("forecast-shown", "value"),
        Input("forecast-building", "value"),
        State("address", "pathname"),
    )
    def show(name: str | None, building: str | None, path: str | None) -> Any:
        return found(visit_of(workspace, path, None), name, building)

    @app.callback(
        Output("forecast-building", "data"),
        Output("forecast-building", "value"),
        Input("forecast-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def buildings(name: str | None, path: str | None) -> Any:
        told = _buildings(visit_of(workspace, path, None), name)
        return told["data"], told["value"]

    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("forecast-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )


PAGE = Page("forecast", "forecast", "operator", "forecast", layout, callbacks)
