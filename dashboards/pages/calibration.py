"""Calibration: what meters say of a project, before and after, how surely, and what is left."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.documents import table, tiles
from dashboards.components.figures import figure
from dashboards.components.messages import trouble
from dashboards.components.opened import choice, nothing, pairs, paper, span, truth
from dashboards.pages.model import spoken
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.calibration import figures
from twin.calibration.guideline14 import limits
from twin.calibration.lived import weather_said
from twin.calibration.parameters import values_at
from twin.calibration.reading import KINDS, StoredCalibration
from twin.calibration.reading import PAGE as PAGE_FILE
from twin.meters.report import ACTIONS, WHAT
from twin.report.study.document import Cell, Table
from twin.report.study.numbers import number
from twin.report.style import pick
from twin.report.words import CONFIDENCE, worded
from weather.errors import TwinError

_COMMAND = "twin calibrate PROJECT.yaml METERS.yaml --out studies/NAME"
_MEASURES = (("nmbe", "NMBE"), ("cv_rmse", "CV(RMSE)"))


def layout(visit: Visit) -> Component:
    """Choice, then what was found."""
    return html.Div(
        [
            dmc.Title(visit.say("calibration.headline"), order=1, size="h2"),
            html.P(visit.say("calibration.about"), className="about"),
            dmc.Select(
                id="calibration-shown", label=visit.say("calibration.shown"),
                **choice(visit, "calibration", "calibration-shown"), allowDeselect=False, w=420, maw="100%",
            ),
            dcc.Loading(
                html.Div(id="calibration-found", className="parts steady"), type="dot", delay_show=300
            ),
        ]
    )  # fmt: skip


def found(visit: Visit, name: str | None) -> list[Component]:
    """Everything about a calibration."""
    if not name:
        return [nothing(visit, visit.say("calibration.none"), _COMMAND)]
    try:
        stored = visit.workspace.twins.calibration(name)
        page = visit.workspace.twins.page(name)
        said = truth(visit, "calibration", name)
    except TwinError as error:
        return [trouble(error, visit)]
    link: list[Any] = []
    if page is not None and name.startswith("studies/"):
        link = [" ", html.A(visit.say("calibration.page"), href=f"/{name}/{PAGE_FILE}", target="_blank")]
    measured = stored.told.get("weather", {}).get("measured_hours", {})
    lived = weather_said(measured)[visit.language]
    series = stored.series
    labels = {one: figures.label(one, visit.language)[0] for one in series}
    chooser = dmc.SegmentedControl(
        id="calibration-series", value=series[0],
        data=[{"value": one, "label": labels[one]} for one in series],
        **{"aria-label": visit.say("calibration.meter")},
    ) if len(series) < 5 else dmc.Select(
        id="calibration-series", value=series[0], allowDeselect=False, w=320,
        data=[{"value": one, "label": labels[one]} for one in series],
        **{"aria-label": visit.say("calibration.meter")},
    )  # fmt: skip
    return [
        *said,
        html.P([_facts(visit, name, stored), lived, *link], className="hint"),
        paper(
            visit.say("calibration.judged"), _tiles(visit, stored), table(visit, _guideline(visit, stored))
        ),
        paper(
            visit.say("calibration.fitted"),
            dmc.Group([html.Div(chooser), _weeks(visit, stored)], align="flex-end", mt="sm"),
            html.Div(id="calibration-drawn"),
        ),
        paper(
            visit.say("calibration.parameters"),
            figure(figures.posterior(stored, visit.language), visit.language, "calibration-posterior"),
            table(visit, _parameters(visit, stored)),
            _warnings(visit, stored),
        ),
        paper(visit.say("calibration.cleaned"), _cleaning(visit, stored)),
    ]


def _facts(visit: Visit, name: str, stored: StoredCalibration) -> str:
    told, index = stored.told, stored.hours.index
    return visit.say(
        "calibration.facts", name=name, first=f"{index[0]:%Y-%m-%d}", last=f"{index[-1]:%Y-%m-%d}",
        marches=told["marches"], emulator=number(told["emulator_error"], 2),
        made=str(told.get("created", ""))[:10] or "–",
    )  # fmt: skip


def _tiles(visit: Visit, stored: StoredCalibration) -> Component:
    series = stored.series[0]
    told = stored.told["figures"][series]
    held = sorted(stored.told["held_out_months"])
    shown = []
    for key, words in _MEASURES:
        before, after = (told[when]["hourly"][key] for when in ("before", "after"))
        value = f"{number(before, 1)} → {number(after, 1)} %"
        shown.append(
            (
                f"{words} · {figures.label(series, visit.language)[0]}",
                value,
                visit.say("calibration.hourly_limit", limit=number(limits()["hourly"][key], 0)),
            )
        )
    covered = f"{number(100.0 * told['coverage'], 1)} %"
    shown.append((visit.say("calibration.covers"), covered, visit.say("calibration.covers_note")))
    months = ", ".join(map(str, held))
    shown.append((visit.say("calibration.held_out"), months, visit.say("calibration.held_out_note")))
    retrofit = stored.told.get("retrofit")
    if retrofit:
        saved = retrofit["saving_kwh"]
        low, middle, high = (number(saved[p] / 1e3, 1) for p in ("p5", "p50", "p95"))
        value = f"{middle} MWh/a"
        note = f"90 %: {low} – {high} · {', '.join(retrofit['package'])}"
        shown.append((visit.say("calibration.saving"), value, note))
    return tiles(shown)


def _guideline(visit: Visit, stored: StoredCalibration) -> Table:
    """Both measures of each meter by hour and month, before and after, against the limits."""
    rows = []
    for series, told in stored.told["figures"].items():
        label = figures.label(series, visit.language)[0]
        for kind in ("hourly", "monthly"):
            after = told["after"][kind]
            cells = [Cell(label), Cell(visit.say(f"calibration.{kind}"))]
            cells += [Cell(number(told[w][kind][k], 1)) for w in ("before", "after") for k, _ in _MEASURES]
            limit = f"± {after['nmbe_limit']:g} / {after['cv_rmse_limit']:g}"
            cover = f"{number(100.0 * told['coverage'], 1)}" if kind == "hourly" else "–"
            verdict = "within" if after["within"] else "outside"
            cells += [Cell(limit), Cell(cover)]
            cells.append(
                Cell(visit.say(f"calibration.{verdict}"), tone="pass" if after["within"] else "fail")
            )
            rows.append(tuple(cells))
    head = (
        visit.say("calibration.meter"),
        "",
        *(f"{words}, %" for _ in "ba" for _, words in _MEASURES),
        visit.say("calibration.limits"),
        visit.say("calibration.coverage"),
        visit.say("calibration.verdict"),
    )
    head = (*head[:2], *(f"{visit.say('calibration.' + w)} {h}" for w, h in zip(
        ("before", "before", "after", "after"), head[2:6], strict=True)), *head[6:])  # fmt: skip
    return Table(
        visit.say("calibration.guideline"), head, tuple(rows), "llrrrrrrl",
        (2.0, 1.0, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2), visit.say("calibration.guideline_note"),
    )  # fmt: skip


def _weeks(visit: Visit, stored: StoredCalibration) -> Component:
    """Weeks that were measured; the first choice is the busiest that was held out."""
    index = pd.DatetimeIndex(stored.hours.index)
    data = [{"value": "", "label": visit.say("calibration.busiest")}]
    for first in range(0, len(index) - 167, 168):
        held = stored.held_out[first : first + 168]
        word = "out" if held.all() else "in" if not held.any() else "both"
        days = f"{index[first]:%m-%d} – {index[first + 167]:%m-%d}"
        data.append({"value": str(first), "label": f"{days} · {visit.say(f'calibration.{word}')}"})
    return dmc.Select(
        id="calibration-week", data=data, value="", allowDeselect=False, w=300, searchable=True,
        **{"aria-label": visit.say("calibration.week")},
    )  # fmt: skip


def drawn(visit: Visit, name: str | None, series: str | None, week: str | None) -> list[Component]:
    """Months, a week and residuals of a meter."""
    if not name:
        return []
    try:
        stored = visit.workspace.twins.calibration(name)
    except TwinError as error:
        return [trouble(error, visit)]
    one = series if series in stored.series else stored.series[0]
    known = str(week or "").isdigit() and int(str(week)) < len(stored.hours) - 167
    rows = slice(int(str(week)), int(str(week)) + 168) if known else figures.shown_week(stored, one)
    language = visit.language
    temperature = figures.residuals_by_temperature(stored, one, language)
    use = figures.hours_of_use(stored, language)
    residuals = [
        figure(figures.residuals_by_hour(stored, one, language), language, "calibration-by-hour"),
        *([figure(temperature, language, "calibration-by-temperature")] if temperature else []),
    ]
    return [
        figure(figures.months(stored, one, language), language, "calibration-months"),
        figure(figures.week(stored, one, language, rows), language, "calibration-week-figure"),
        _week_csv(visit, stored, one, rows),
        pairs(residuals),
        *([figure(use, language, "calibration-use")] if use else []),
    ]


def _week_csv(visit: Visit, stored: StoredCalibration, series: str, rows: slice) -> Component:
    unit = figures.label(series, visit.language)[1]
    head = ("time", *(f"{kind} [{unit}]" for kind in KINDS), "held_out")
    part = stored.hours.iloc[rows]
    columns = [part[f"{series}:{kind}"].to_numpy(float) for kind in KINDS]
    body = [
        (f"{time:%Y-%m-%dT%H:%M%z}", *("" if np.isnan(v) else f"{v:.5g}" for v in values), str(int(held)))
        for time, *values, held in zip(part.index, *columns, stored.held_out[rows], strict=True)
    ]
    return csv_link(visit, f"{series.replace('/', '-')}-week", [head, *body])


def _parameters(visit: Visit, stored: StoredCalibration) -> Table:
    """Each parameter with prior, posterior and how much was learnt."""
    language = visit.language
    rows = []
    for row in stored.told["parameters"]:
        prior = row["prior"]
        sure = worded(CONFIDENCE, prior["confidence"], language)
        low, high = (float(v) for v in values_at((row["name"],), np.array([[0.05], [0.95]]))[:, 0])
        unit = "" if row["unit"] in ("1", "-") else f" {row['unit']}"
        learnt = 1.0 - row["width_over_prior"]
        rows.append(
            (
                Cell(row[f"name_{language}"]),
                Cell(f"{number(row['value'], 2)}{unit}"),
                Cell(span(row["p5"], row["p95"])),
                Cell(span(low, high)),
                Cell(f"{number(100.0 * max(learnt, 0.0), 0)} %"),
                Cell(
                    spoken.source(prior["source"], language),
                    f"{prior['year']}, {sure}",
                ),
            )
        )
    keys = ("parameter", "taken", "posterior", "prior", "learnt", "source")
    left = figures.hardly_felt(stored, language)
    sep = pick(language, "、", ", ")
    note = visit.say("calibration.parameters_note")
    if left:
        note += visit.say("calibration.left_out", names=sep.join(left))
    return Table(
        visit.say("calibration.parameters_table"), tuple(visit.say(f"calibration.{k}") for k in keys),
        tuple(rows), "lrrrrl", (2.0, 0.8, 1.2, 1.2, 0.8, 3.0), note,
    )  # fmt: skip


def _warnings(visit: Visit, stored: StoredCalibration) -> Component:
    said = [one[visit.language] for one in stored.told["warnings"]]
    if not said:
        return html.P(visit.say("calibration.identified"), className="hint")
    return dmc.Alert(
        html.Ul([html.Li(words) for words in said]),
        title=visit.say("calibration.warned"), color="orange", variant="light", mt="sm",
    )  # fmt: skip


def _cleaning(visit: Visit, stored: StoredCalibration) -> Component:
    changes = stored.told.get("cleaning")
    if changes is None:
        return html.P(visit.say("calibration.cleaning_unknown"), className="hint")
    if not changes:
        return html.P(visit.say("calibration.nothing_cleaned"), className="hint")
    at = 0 if visit.language == "zh" else 1
    rows = []
    for one in changes:
        name = figures.label(one["series"], visit.language)[0] if one["series"] else "–"
        words = WHAT.get(one["what"])
        action = ACTIONS.get(one["action"])
        example = " → ".join(filter(None, (one["before"], one["after"])))
        rows.append(
            (
                Cell(name, one["column"]),
                Cell(words[at] if words else one["what"]),
                Cell(action[at] if action else one["action"]),
                Cell(_moment(one["first"])),
                Cell(_moment(one["last"])),
                Cell(str(one["count"])),
                Cell(example),
            )
        )
    keys = ("series", "what", "done", "from", "to", "count", "example")
    return table(
        visit,
        Table(
            visit.say("calibration.cleaning"), tuple(visit.say(f"calibration.{k}") for k in keys),
            tuple(rows), "lllllrl", (1.6, 2.0, 1.0, 1.4, 1.4, 0.8, 1.6),
            visit.say("calibration.cleaning_note"),
        ),
    )  # fmt: skip


def _moment(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "–"


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Show what is chosen; keep the choice in the address."""

    @app.callback(
        Output("calibration-found", "children"),
        Input("calibration-shown", "value"),
        State("address", "pathname"),
    )
    def show(name: str | None, path: str | None) -> Any:
        return found(visit_of(workspace, path, None), name)

    @app.callback(
        Output("calibration-drawn", "children"),
        Input("calibration-series", "value"),
        Input("calibration-week", "value"),
        State("calibration-shown", "value"),
        State("address", "pathname"),
    )
    def draw(series: str | None, week: str | None, name: str | None, path: str | None) -> Any:
        return drawn(visit_of(workspace, path, None), name, series, week)

    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("calibration-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )


PAGE = Page("calibration", "calibration", "engineer", "fit", layout, callbacks)
