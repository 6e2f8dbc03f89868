"""What the watch told of a live twin, with its rate of false alarms, and how a channel went."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.figures import figure
from dashboards.components.grid import grid
from dashboards.components.opened import paper
from dashboards.visit import Visit
from twin.market.tariff import tariff_titles
from twin.report.study.numbers import number
from twin.report.style import pick
from twin.watch.alarms import Alarm, watch_data
from twin.watch.course import WatchedLive, course_figure, course_of, unit_of

ALARMS = "alarms"


def alarms(visit: Visit, found: WatchedLive) -> list[Component]:
    """What the watch told, with its rate of false alarms, and the course of a channel."""
    data, language = watch_data(), visit.language
    zh, en = tariff_titles().get(found.tariff, (found.tariff, found.tariff))
    stated = visit.say(
        "live.stated", days=len(found.days), training=found.training, rate=f"{found.per_month:g}",
        price=number(found.price, 2), tariff=pick(language, zh, en),
    )  # fmt: skip
    if len(found.days) <= found.training:
        words = visit.say("live.too_short", days=len(found.days), training=found.training)
        return [paper(visit.say("live.alarms"), html.P(words))]
    columns = [
        {"field": "day", "headerName": visit.say("live.told_on"), "width": 120},
        {"field": "since", "headerName": visit.say("live.since"), "width": 120},
        {"field": "fault", "headerName": visit.say("live.fault"), "flex": 2, "minWidth": 180},
        {"field": "channel", "headerName": visit.say("live.channel"), "flex": 1, "minWidth": 140},
        {"field": "usual", "headerName": visit.say("live.usual"), "width": 110, "type": "rightAligned"},
        {"field": "now", "headerName": visit.say("live.now_value"), "width": 110, "type": "rightAligned"},
        {"field": "cost", "headerName": visit.say("live.cost"), "width": 140, "type": "rightAligned"},
    ]
    rows = [_alarm_row(visit, alarm) for alarm in found.alarms]
    channels = [name for name in found.days.columns if name in data["channels"]]
    value = found.alarms[0].channel if found.alarms else channels[0]
    height = 90 + 42 * max(len(rows), 1)
    listed = (
        grid(visit, ALARMS, columns, rows, height=height, select=True, label=visit.say("live.alarms"))
        if rows
        else dmc.Text(visit.say("live.no_alarm"), fw=600, my="sm")
    )
    return [
        paper(
            visit.say("live.alarms"),
            html.P(stated, className="hint"),
            listed,
            html.P(visit.say("live.click"), className="hint") if rows else html.Span(),
            dmc.Select(
                id="live-channel", label=visit.say("live.course"), value=value, allowDeselect=False, w=300,
                data=[{"value": name, "label": data["channels"][name][language]} for name in channels],
            ),
            html.Div(course(visit, found, value), id="live-course"),
            id="live-alarms",
        )
    ]  # fmt: skip


def _alarm_row(visit: Visit, alarm: Alarm) -> dict[str, Any]:
    data = watch_data()
    cost = alarm.cost_cny
    return {
        "id": alarm.channel,
        "day": str(alarm.day),
        "since": str(alarm.since),
        "fault": data["faults"][alarm.fault][visit.language],
        "channel": data["channels"][alarm.channel][visit.language],
        "usual": f"{alarm.usual:.3f}",
        "now": f"{alarm.now:.3f}",
        "cost": visit.say("live.cost_unknown") if cost is None else f"{cost:.1f} CNY/d",
    }


def course(visit: Visit, found: WatchedLive, channel: str) -> list[Component]:
    """Days of a channel and its sums."""
    one, unit = course_of(found.days, channel), unit_of(channel, visit.language)
    rows = [
        (str(day), f"{value:.5g}", f"{up:.4g}", f"{down:.4g}", f"{one.limit:.4g}")
        for day, value, up, down in zip(found.days.index, one.values, one.up, one.down, strict=True)
    ]
    head = ("day", f"mean [{unit}]", "sum up", "sum down", "limit")
    return [
        figure(course_figure(found, channel, visit.language), visit.language, "live-course-figure"),
        csv_link(visit, f"channel-{channel}", [head, *rows]),
    ]
