"""Where a live twin stands: rooms and meters with their bands, and which sensors speak."""

from __future__ import annotations

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.documents import table, tiles
from dashboards.components.figures import figure
from dashboards.components.opened import nothing, paper
from dashboards.visit import Visit
from twin.live.drawings import SILENT_HOURS, Heard, heard, meters_figure, rooms_figure
from twin.live.stored import StoredLive
from twin.report.study.document import Cell, Table
from twin.report.study.numbers import number
from twin.report.style import pick
from twin.report.tables import with_minus
from twin.watch.alarms import watch_data
from twin.watch.course import WatchedLive

COMMAND = "twin live PROJECT.yaml METERS.yaml --out studies/NAME --step 15 --stay"


def now(visit: Visit, live: StoredLive, found: WatchedLive, days: int, rooms: list[str]) -> list[Component]:
    """Where it stands, rooms and meters, and which sensors speak."""
    recent, language = live.recent(days), visit.language
    until = live.until
    if until is None or recent.empty:
        return [nothing(visit, visit.say("live.no_step"), COMMAND)]
    told = heard(live, recent, language)
    shown = [room for room in rooms if room in live.rooms]
    drawn = [
        *([figure(rooms_figure(recent, shown, language), language, "live-rooms-figure")] if shown else []),
        figure(meters_figure(recent, language), language, "live-meters-figure"),
    ]
    return [
        paper(visit.say("live.now"), _tiles(visit, live, told, found), html.P(
            visit.say("live.facts", minutes=live.facts["minutes"], members=live.facts["members"],
                      start=live.facts["start"], project=pick(language, str(live.facts.get("project_zh", "")),
                                                              str(live.facts.get("project", "")))),
            className="hint")),
        paper(visit.say("live.state"), drawn, _recent_csv(visit, recent)),
        paper(visit.say("live.sensors"), table(visit, _sensors(visit, told))),
    ]  # fmt: skip


def _tiles(visit: Visit, live: StoredLive, told: list[Heard], found: WatchedLive) -> Component:
    silent = [one.label for one in told if one.silent]
    drifts = live.told.get("drifts", ())
    sep = pick(visit.language, "、", ", ")
    faults = [watch_data()["faults"][alarm.fault][visit.language] for alarm in found.alarms]
    return tiles(
        [
            (visit.say("live.until"), f"{live.until:%Y-%m-%d %H:%M}", live.zone),
            (
                visit.say("live.speaking"),
                f"{len(told) - len(silent)} / {len(told)}",
                (visit.say("live.silent_are") + sep.join(silent[:3]))
                if silent
                else visit.say("live.all_speak"),
            ),
            (
                visit.say("live.outlying"),
                str(live.told.get("outlying_readings", 0)),
                visit.say("live.outlying_note"),
            ),
            (visit.say("live.drifts"), str(len(drifts)), visit.say("live.drifts_note")),
            (visit.say("live.alarms"), str(len(faults)), sep.join(faults[:2]) or visit.say("live.no_alarm")),
        ]
    )


def _sensors(visit: Visit, told: list[Heard]) -> Table:
    rows = []
    for one in sorted(told, key=lambda o: not o.silent):
        unit = "" if one.unit == "-" else f" {one.unit}"
        rows.append(
            (
                Cell(one.label),
                Cell("–" if one.value is None else f"{number(one.value, 2)}{unit}"),
                Cell("–" if one.last is None else f"{one.last:%m-%d %H:%M}"),
                Cell(f"{number(100.0 * one.share, 0)} %"),
                Cell("–" if one.off is None else with_minus(f"{one.off:+.2f}")),
                Cell(visit.say("live.silent" if one.silent else "live.speaks"),
                     tone="fail" if one.silent else "pass"),
            )
        )  # fmt: skip
    keys = ("point", "last_value", "last", "share", "residual", "speech")
    note = visit.say("live.sensors_note", hours=number(SILENT_HOURS, 0))
    head = tuple(visit.say(f"live.{key}") for key in keys)
    return Table(
        visit.say("live.sensors_table"), head, tuple(rows), "lrrrrl", (2.0, 1.2, 1.2, 1.0, 1.0, 1.0), note
    )


def _recent_csv(visit: Visit, recent: pd.DataFrame) -> Component:
    """Rooms, meters and readings of the days shown."""
    columns = [
        name
        for name in recent.columns
        if "residual" not in name and (name.split(" ")[0] + " read" in recent or name.endswith(" read"))
    ]
    many = -(-len(recent) // 700)
    rows = [
        (f"{time:%Y-%m-%dT%H:%M%z}", *("" if np.isnan(v) else f"{v:.5g}" for v in values))
        for time, values in zip(recent.index[::many], recent[columns].to_numpy(float)[::many], strict=True)
    ]
    return csv_link(visit, "live", [("time", *map(str, columns)), *rows])
