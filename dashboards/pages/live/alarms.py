"""What the watch told of a live twin, with its rate of false alarms, and how a channel went."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.figures import figure
from dashboards.components.opened import paper
from dashboards.visit import Visit
from twin.market.tariff import tariff_titles
from twin.report.study.numbers import number
from twin.report.style import pick
from twin.report.tables import with_minus
from twin.watch.alarms import Alarm, watch_data
from twin.watch.course import WatchedLive, as_read, course_figure, course_of, unit_of


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
    channels = [name for name in found.days.columns if name in data["channels"]]
    value = found.alarms[0].channel if found.alarms else channels[0]
    listed = _told(visit, found.alarms) if found.alarms else dmc.Text(visit.say("live.no_alarm"), fw=600)
    return [
        paper(
            visit.say("live.alarms"),
            html.P(stated, className="hint"),
            listed,
            dmc.Select(
                id="live-channel", label=visit.say("live.course"), value=value, allowDeselect=False, w=300,
                data=[{"value": name, "label": data["channels"][name][language]} for name in channels],
            ),
            html.Div(course(visit, found, value), id="live-course"),
            id="live-alarms",
        )
    ]  # fmt: skip


def _told(visit: Visit, alarms: Sequence[Alarm]) -> Component:
    """A row an alarm; the name of its channel shows how it went."""
    data, language = watch_data(), visit.language
    keys = ("told_on", "since", "fault", "channel", "usual", "now_value", "cost")
    head = [
        html.Th(visit.say(f"live.{key}"), scope="col", className="right" if k > 3 else "")
        for k, key in enumerate(keys)
    ]
    rows = []
    for alarm in alarms:
        unit, cost = unit_of(alarm.channel, language), alarm.cost_cny
        usual, now = (with_minus(f"{value:.2f}") for value in (alarm.usual, alarm.now))
        button = html.Button(
            data["channels"][alarm.channel][language], id={"alarm": alarm.channel}, type="button",
            className="link", n_clicks=0, title=visit.say("live.click"),
        )  # fmt: skip
        said = visit.say("live.cost_unknown") if cost is None else f"{cost:.1f} CNY/d"
        rows.append(
            html.Tr(
                [
                    html.Th(str(alarm.day), scope="row"),
                    html.Td(str(alarm.since)),
                    html.Td(data["faults"][alarm.fault][language]),
                    html.Td(button),
                    html.Td(usual, className="right"),
                    html.Td([now, html.Small(unit)], className="right"),
                    html.Td(said, className="right"),
                ]
            )
        )
    name = "live-alarms-table"
    csv = html.Button(
        "CSV", type="button", className="csv", title=visit.say("shell.csv"), **{"data-csv": name}
    )
    whole = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="document", id=name)
    return html.Figure(
        [
            dmc.Group([html.H3(visit.say("live.alarms_table")), csv], justify="space-between", wrap="nowrap"),
            html.Div(whole, className="scroll"),
            html.Figcaption(visit.say("live.click")),
        ],
        className="tabled",
    )


def course(visit: Visit, found: WatchedLive, channel: str) -> list[Component]:
    """Days of a channel and its sums."""
    one, unit = course_of(found.told, channel), unit_of(channel, visit.language)
    rows = [
        (str(day), f"{value:.5g}", f"{up:.4g}", f"{down:.4g}", f"{one.limit:.4g}")
        for day, value, up, down in zip(
            found.days.index, as_read(channel, one.values), one.up, one.down, strict=True
        )
    ]
    head = ("day", f"mean [{unit}]", "sum up", "sum down", "limit")
    return [
        figure(course_figure(found, channel, visit.language), visit.language, "live-course-figure"),
        csv_link(visit, f"channel-{channel}", [head, *rows]),
    ]
