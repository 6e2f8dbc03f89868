"""Crosscheck: the fast engine against EnergyPlus on one description, target by target and hour by hour."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.documents import table, tiles
from dashboards.components.figures import figure
from dashboards.components.messages import empty, trouble
from dashboards.components.studied import jobs_of, project_of, projects
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.crosscheck import figures
from twin.crosscheck.comparison import Compared
from twin.crosscheck.stored import PAGE as PAGE_FILE
from twin.crosscheck.stored import StoredCheck, StoredComparison
from twin.crosscheck.targets import LOADS, load_targets
from twin.crosscheck.words import LOADS as LOAD_WORDS
from twin.crosscheck.words import TARGETS, VERDICTS, value_text, verdict_words
from twin.report.study.document import Cell, Table, Tone
from twin.report.study.numbers import number
from twin.report.style import pick
from twin.report.words import CONFIDENCE, worded
from weather.errors import TwinError

_LOOK_MS = 1500
_TONES: dict[str, Tone] = {"pass": "pass", "fail": "fail", "not_judged": "open"}


def layout(visit: Visit) -> Component:
    """How it is made, a project to check, and what was found."""
    groups = projects(visit, "crosscheck")
    return html.Div(
        [
            dmc.Title(visit.say("crosscheck.headline"), order=1, size="h2"),
            html.P(visit.say("crosscheck.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="crosscheck-shown", label=visit.say("crosscheck.shown"), **_choice(visit),
                        allowDeselect=False, w=420,
                    ),
                    dmc.Select(
                        id="crosscheck-project", label=visit.say("crosscheck.project"), data=groups,
                        value=groups[0]["items"][0]["value"], allowDeselect=False, searchable=True, w=380,
                    ),
                    dmc.Button(visit.say("crosscheck.begin"), id="crosscheck-begin", variant="default"),
                ],
                align="flex-end",
            ),
            html.Div(id="crosscheck-refused"),
            html.Div(jobs_of(visit, "crosscheck"), id="crosscheck-begun"),
            dcc.Interval(id="crosscheck-look", interval=_LOOK_MS),
            dcc.Loading(html.Div(id="crosscheck-found", className="parts"), type="dot", delay_show=300),
        ]
    )  # fmt: skip


def _choice(visit: Visit) -> dict[str, Any]:
    found = visit.workspace.checks.listed()
    options = [
        {"value": name, "label": f"{pick(visit.language, one.title_zh, one.title)} · {name}"}
        for name, one in found
    ]
    names = [name for name, _ in found]
    asked = visit.first("crosscheck-shown")
    return {"data": options, "value": asked if asked in names else next(iter(names), None)}


def _found(visit: Visit, name: str | None) -> list[Component]:
    if name is None:
        return [empty(visit.say("crosscheck.none"))]
    try:
        check = visit.workspace.checks.open(name)
        page = visit.workspace.checks.page(name)
    except TwinError as error:
        return [trouble(error, visit)]
    facts = visit.say("crosscheck.facts", name=name, weather=check.weather, made=check.created[:10])
    link = [" ", html.A(visit.say("crosscheck.page"), href=f"/studies/{name}/{PAGE_FILE}", target="_blank")]
    return [
        html.P([facts, *(link if page else [])], className="hint"),
        *(part for k, one in enumerate(check.buildings) for part in _building(visit, one, k)),
        _method(visit, check),
    ]


def _building(visit: Visit, one: StoredComparison, k: int) -> list[Component]:
    language, loads = visit.language, bool(one.whole.loads)
    drawn = []
    if loads:
        drawn = [
            figure(figures.hour_against_hour(one, language), language, f"crosscheck-hours-{k}"),
            figure(figures.months(one, language), language, f"crosscheck-months-{k}"),
            figure(figures.worst_week_of_loads(one, language), language, f"crosscheck-week-{k}"),
        ]
    return [
        dmc.Paper([_tiles(visit, one), table(visit, _targets(visit, one.whole))], **_PAPER),
        *([dmc.Paper(drawn, **_PAPER)] if drawn else []),
        dmc.Paper(
            [
                *(
                    [figure(figures.zone_errors(one, language), language, f"crosscheck-zones-{k}")]
                    if loads
                    else []
                ),
                table(visit, _zones(visit, one)),
            ],
            **_PAPER,
        ),
    ]


_PAPER: dict[str, Any] = {"withBorder": True, "p": "lg", "className": "section"}


def _tiles(visit: Visit, one: StoredComparison) -> Component:
    judged = [said for said in one.whole.judged if said.verdict != "not_judged"]
    zones = [zone for zone in one.zones if zone.verdict != "not_judged"]
    met, good = (sum(o.verdict == "pass" for o in some) for some in (judged, zones))
    ours, other = one.cpu_s
    return tiles(
        [
            (
                one.whole.name,
                pick(visit.language, *VERDICTS[one.whole.verdict]),
                visit.say("crosscheck.own_targets"),
            ),
            (visit.say("crosscheck.targets_met"), f"{met} / {len(judged)}", ""),
            (visit.say("crosscheck.zones_met"), f"{good} / {len(zones)}", ""),
            (visit.say("crosscheck.cpu"), f"{number(ours)} s / {number(other)} s", ""),
        ]
    )


def _targets(visit: Visit, whole: Compared) -> Table:
    """Each target with the difference, what is allowed and the verdict."""
    language, targets = visit.language, load_targets()
    rows = []
    for said in whole.judged:
        target = targets.by_key[said.key]
        allowed = f"± {number(target.limit)} {target.unit}"
        if target.or_within is not None:
            allowed += visit.say("crosscheck.or_within", value=number(target.or_within))
        rows.append(
            (
                Cell(pick(language, *TARGETS[said.key])),
                Cell(value_text(said)),
                Cell(allowed),
                Cell(verdict_words(said, language), tone=_TONES[said.verdict]),
            )
        )
    header = tuple(visit.say(f"crosscheck.{key}") for key in ("target", "difference", "allowed", "verdict"))
    confidence = worded(CONFIDENCE, targets.confidence, language)
    source = pick(language, targets.source_zh, targets.source)
    note = visit.say("crosscheck.targets_note", source=source, year=targets.year, confidence=confidence)
    return Table(visit.say("crosscheck.targets"), header, tuple(rows), "lrrl", (2.0, 1.0, 1.4, 1.4), note)


def _zones(visit: Visit, one: StoredComparison) -> Table:
    """A row a zone: both years of each load, hourly differences, free float, verdict."""
    language = visit.language
    rows = []
    for zone in one.zones:
        cells = [Cell(zone.name, f"{number(zone.area, 0)} m²")]
        for kind in LOADS:
            load = zone.loads.get(kind)
            cells.append(
                Cell("–")
                if load is None
                else Cell(number(load.annual, 2), f"{number(load.reference_annual, 2)}")
            )
        for kind in ("heating", "cooling"):
            load = zone.loads.get(kind)
            cells.append(Cell("–" if load is None else number(load.rmse, 2)))
        cells.append(Cell("–" if zone.free_float is None else number(zone.free_float.rmse, 2)))
        failed = [pick(language, *TARGETS[said.key]) for said in zone.judged if said.verdict == "fail"]
        cells.append(
            Cell(pick(language, *VERDICTS[zone.verdict]), "; ".join(failed), tone=_TONES[zone.verdict])
        )
        rows.append(tuple(cells))
    header = (
        visit.say("crosscheck.zone"),
        *(f"{pick(language, *LOAD_WORDS[kind])} (kWh/m²)" for kind in LOADS),
        *(f"RMSE {pick(language, *LOAD_WORDS[kind])} (W/m²)" for kind in ("heating", "cooling")),
        visit.say("crosscheck.free_float"),
        visit.say("crosscheck.verdict"),
    )
    note = visit.say("crosscheck.zones_note")
    return Table(
        visit.say("crosscheck.zones"), header, tuple(rows), "lrrrrrrl", (1.4, *(1.0,) * 6, 1.6), note
    )


def _method(visit: Visit, check: StoredCheck) -> Component:
    """How it is made, and what it does not say."""
    warned = [line for one in check.buildings for line in one.warnings]
    said = [visit.say(f"crosscheck.method_{k}") for k in range(1, 5)]
    if warned:
        said.append(f"{visit.say('crosscheck.warned')} {' · '.join(warned[:10])}")
    return dmc.Paper(
        [
            dmc.Title(visit.say("crosscheck.method"), order=2, size="h4"),
            html.Ul([html.Li(words) for words in said]),
        ],
        **_PAPER,
    )


def begun(workspace: Workspace, visit: Visit, project: str) -> str:
    """Ask for a crosscheck; a bundled project is copied to the projects first.

    Raises
    ------
    TwinError
        There is no such project, or it is not valid.
    """
    name, content = project_of(workspace, project)
    folder = f"studies/{name}"
    return workspace.queue.submit(
        ["crosscheck", f"projects/{name}.yaml", "--out", folder, "--page", f"{folder}/{PAGE_FILE}", "--json"],
        title_zh=Visit("zh", workspace).say("crosscheck.begin_title", name=content.name_zh or content.name),
        title_en=Visit("en", workspace).say("crosscheck.begin_title", name=content.name),
        asked_by=visit.user.name,
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Begin, look again, show."""

    @app.callback(
        Output("crosscheck-found", "children"),
        Input("crosscheck-shown", "value"),
        State("address", "pathname"),
    )
    def show(name: str | None, path: str | None) -> Any:
        return _found(visit_of(workspace, path, None), name)

    @app.callback(
        Output("crosscheck-begun", "children"),
        Output("crosscheck-refused", "children"),
        Output("crosscheck-shown", "data"),
        Input("crosscheck-begin", "n_clicks"),
        Input("crosscheck-look", "n_intervals"),
        State("crosscheck-project", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def work(clicks: int | None, _: int, project: str, path: str | None) -> tuple[Any, Any, Any]:
        visit = visit_of(workspace, path, None)
        refused: Any = no_update
        if ctx.triggered_id == "crosscheck-begin":
            if not clicks:
                raise PreventUpdate
            try:
                begun(workspace, visit, project)
                refused = None
            except TwinError as error:
                refused = trouble(error, visit)
        return jobs_of(visit, "crosscheck"), refused, _choice(visit)["data"]

    app.clientside_callback(
        ClientsideFunction("shell", "remember"),
        Output("other", "href", allow_duplicate=True),
        Input("crosscheck-shown", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )


PAGE = Page("crosscheck", "crosscheck", "engineer", "check", layout, callbacks, frozenset({"engineer"}))
