"""Parameters that a live twin follows, day by day and as they stand."""

from __future__ import annotations

import dash_mantine_components as dmc
import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboards.components.documents import table
from dashboards.components.figures import figure
from dashboards.components.opened import paper, span
from dashboards.visit import Visit
from twin.live.drawings import parameter_columns, parameters_figure, spans
from twin.live.stored import StoredLive
from twin.report.study.document import Cell, Table
from twin.report.study.numbers import number
from twin.report.style import pick


def drift(visit: Visit, live: StoredLive) -> list[Component]:
    """Parameters that are followed, day by day and as they stand."""
    rooms = live.rooms
    if not live.days():
        return []
    chooser = dmc.Select(
        id="live-room", label=visit.say("live.room"), data=list(rooms), value=next(iter(rooms), None),
        allowDeselect=False, w=260,
    )  # fmt: skip
    inside = html.Div(of_room(visit, live, next(iter(rooms), None)), id="live-of-room")
    return [paper(visit.say("live.parameters"), chooser, inside)]


def of_room(visit: Visit, live: StoredLive, room: str | None) -> list[Component]:
    """Parameters of the building and of a room."""
    one = room if room in live.rooms else None
    drawn = parameters_figure(live, one, visit.language)
    return [
        figure(drawn, visit.language, "live-parameters-figure"),
        table(visit, _parameters(visit, live, one)),
    ]


def _parameters(visit: Visit, live: StoredLive, room: str | None) -> Table:
    """Each parameter in its first week and on the last day, with 90 %."""
    chosen = parameter_columns(live, room)
    daily = live.daily([name for column, _ in chosen for name in (column, f"{column} ±")])
    drifted = {one["column"]: one for one in live.told.get("drifts", ())}
    rows = []
    for column, one in chosen:
        cells = [Cell(pick(visit.language, one.zh, one.en), room or "" if "/" in column else "")]
        for part in (daily.iloc[:7].mean(), daily.iloc[-1]):
            low, middle, high = spans(one, float(part[column]), float(part[f"{column} ±"]))
            unit = "" if one.unit == "-" else f" {one.unit.replace('m2', 'm²')}"
            cells.append(Cell(f"{number(middle, 2)}{unit}", span(low, high)))
        told = drifted.get(column)
        words = visit.say("live.steady")
        if told is not None:
            day = pd.Timestamp(live.facts["start"]) + pd.Timedelta(days=told["day"])
            before, after = number(told["before"], 2), number(told["after"], 2)
            words = visit.say("live.drifted", day=f"{day:%Y-%m-%d}", before=before, after=after)
        cells.append(Cell(words, tone="fail" if told else ""))
        rows.append(tuple(cells))
    head = tuple(visit.say(f"live.{key}") for key in ("parameter", "first_week", "last_day", "drift"))
    return Table(
        visit.say("live.parameters_table"), head, tuple(rows), "lrrl", (2.2, 1.2, 1.2, 2.0),
        visit.say("live.parameters_note"),
    )  # fmt: skip
