"""What the chosen fleet could move over the day of a call, before one is composed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.access.user import require
from dashboards.components.csv_link import csv_link
from dashboards.components.documents import tiles
from dashboards.components.figures import figure
from dashboards.components.messages import empty, trouble
from dashboards.visit import Visit, visit_of
from dashboards.work.job import OPEN, Job
from dashboards.workspace import Workspace
from twin.flexibility.envelope import DIRECTIONS, SOURCES
from twin.flexibility.words import LABELS
from twin.report.style import pick
from twin.response.outlook import MINUTES
from twin.response.outlook_figure import outlook_figure
from twin.response.outlook_stored import ON_THE_DAY, SIMILAR_DAYS, outlook_table, worded_outlook
from twin.workshop.shelf import Shelf, example_path
from weather.errors import TwinError

EXAMPLE = "example:"
_GRAPH = "outlook-figure"
_SHOWN = 60


def panel(visit: Visit, fields: list[Component]) -> dmc.Paper:
    """The part of the page; `fields` choose fleet, day, start and behaviour."""
    asked = visit.first("outlook-minutes", str(_SHOWN))
    minutes = asked if asked in map(str, MINUTES) else str(_SHOWN)
    return dmc.Paper(
        [
            dmc.Group(
                [
                    dmc.Title(visit.say("outlook.headline"), order=2, size="h3"),
                    dmc.Button(visit.say("outlook.begin"), id="outlook-begin", variant="default", size="xs"),
                ],
                justify="space-between",
            ),
            html.P(visit.say("outlook.about"), className="about"),
            dmc.Group(
                [
                    *fields,
                    dmc.Stack(
                        [
                            dmc.Text(visit.say("outlook.minutes"), size="sm", fw=500),
                            dmc.SegmentedControl(
                                id="outlook-minutes",
                                value=minutes,
                                data=[{"value": str(m), "label": _lasting(m)} for m in MINUTES],
                                **{"aria-label": visit.say("outlook.minutes")},
                            ),
                        ],
                        gap=0,
                    ),
                ],
                align="flex-end",
                gap="sm",
                mb="md",
            ),
            html.Div(id="outlook-refused"),
            html.Div(id="outlook-work"),
            html.Div(id="outlook-shown"),
            dcc.Store(id="outlook-made"),
        ],
        withBorder=True,
        p="lg",
        mb="lg",
    )


def _lasting(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes / 60.0:g} h"


def found_outlook(workspace: Workspace, fleet: str, day: str) -> dict[str, Any] | None:
    """The outlook of a fleet as the form names it; a copy of an example that nobody changed is the example.

    Raises
    ------
    TwinError
        There is no such project.
    """
    shelf = Shelf(workspace.projects)
    example = fleet.removeprefix(EXAMPLE) if fleet.startswith(EXAMPLE) else None
    name = fleet if example is None else copy_of(shelf, example)
    if name is not None:
        made = workspace.outlooks.of_project(name, day, shelf.changed(name))
        if made is not None:
            return made
        example = example or _unchanged(shelf, name)
    return None if example is None else workspace.outlooks.bundled(example, day)


def copy_of(shelf: Shelf, example: str) -> str | None:
    """A copy of an example that is there already."""
    return next((name for name in shelf.names() if shelf.origin(name) == (example, True)), None)


def _unchanged(shelf: Shelf, name: str) -> str | None:
    """The example of which a project is a copy, letter by letter."""
    origin = shelf.origin(name)
    if origin is None or not origin[1]:
        return None
    try:
        own = example_path(origin[0]).read_text("utf-8")
    except TwinError:  # of another version of the package
        return None
    return origin[0] if shelf.text(name).endswith(f"\n{own}") else None


def _shown(visit: Visit, told: Mapping[str, Any], start: str, scenario: str, minutes: int) -> list[Component]:
    drawn = outlook_figure(told, visit.language, minutes=minutes, scenario=scenario, start=start)
    facts = visit.say(
        "outlook.facts",
        participants=told["participants"],
        area=f"{told['floor_area_m2']:,.0f}",
        day=told["day"],
        past=len(told["past_days"]),
        scenario=visit.say(f"call.{scenario}"),
    )
    k = _place(told, start)
    return [
        _tiles(visit, told, k, scenario, minutes),
        figure(drawn, visit.language, _GRAPH),
        dmc.Text(facts, size="xs", c="dimmed"),
        dmc.Group(
            [
                html.Details([html.Summary(visit.say("outlook.by_source", start=told["times"][k][11:16])),
                              _by_source(visit, told, k, minutes)]),
                html.Details([html.Summary(visit.say("outlook.assumed")),
                              html.Ul([html.Li(one[visit.language]) for one in told["assumptions"]])]),
                csv_link(
                    visit,
                    f"{told['project']}-{told['day']}-{minutes}min",
                    _rows(visit, told, scenario, minutes),
                ),
            ],
            align="flex-start", gap="xl", mt="xs",
        ),
    ]  # fmt: skip


def _place(told: Mapping[str, Any], start: str) -> int:
    """Which quarter-hour a time of the day is."""
    return next((k for k, moment in enumerate(told["times"]) if moment[11:16] == start), 0)


def _tiles(visit: Visit, told: Mapping[str, Any], k: int, scenario: str, minutes: int) -> Component:
    start, shown = told["times"][k][11:16], []
    for way, words in zip(DIRECTIONS, ("less", "more"), strict=True):
        own = told[way][str(minutes)]
        baseline = f"{told['baseline_kw'][k]:,.0f} kW"
        said = visit.say("outlook.lasting", minutes=_lasting(minutes), baseline=baseline)
        shown.append((visit.say(f"outlook.{words}", start=start), f"{own['total_kw'][k]:,.0f} kW", said))
        sure = own["sure_kw"][scenario]
        before = sure[SIMILAR_DAYS]
        past = (
            visit.say("outlook.no_similar")
            if before is None
            else visit.say("outlook.similar", kw=f"{before[0][k]:,.0f} kW")
        )
        shown.append((visit.say(f"outlook.sure_{words}"), f"{sure[ON_THE_DAY][0][k]:,.0f} kW", past))
    kept = told["down"][str(minutes)]["kept_battery_kw"][k]
    shown.append((visit.say("outlook.kept"), f"+{kept:,.0f} kW", visit.say("outlook.kept_note")))
    return tiles(shown)


def _by_source(visit: Visit, told: Mapping[str, Any], k: int, minutes: int) -> html.Div:
    less, more = (told[way][str(minutes)] for way in DIRECTIONS)
    say = visit.say
    heads = [say("outlook.source")]
    for words in ("less_kw", "more_kw"):
        heads += [say(f"outlook.{words}"), say(f"outlook.{words}") + say("outlook.alone")]
    rows = [
        (
            pick(visit.language, LABELS[name][1], LABELS[name][0]),
            *(own[key][name][k] for own in (less, more) for key in ("sources_kw", "alone_kw")),
        )
        for name in SOURCES
    ]
    alone = [sum(own["alone_kw"][name][k] for name in SOURCES) for own in (less, more)]
    total = say("outlook.total"), less["total_kw"][k], alone[0], more["total_kw"][k], alone[1]
    body = [
        html.Tr([html.Th(name, scope="row"), *(html.Td(f"{value:,.0f}") for value in values)])
        for name, *values in (*rows, total)
    ]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in heads]))
    return html.Div(html.Table([head, html.Tbody(body)], className="plant"), className="scroll")


def _rows(visit: Visit, told: Mapping[str, Any], scenario: str, minutes: int) -> list[list[str]]:
    """Of the chosen time and behaviour, as CSV."""
    table = outlook_table(told)
    table = table[table["minutes"] == minutes]
    kept = [c for c in table.columns if "_reached_" not in c or c.startswith(f"{scenario}_")]
    worded = worded_outlook(table[kept], visit.language)
    return [list(worded.columns), *([str(cell) for cell in row] for row in worded.to_numpy().tolist())]


def _jobs(workspace: Workspace) -> list[Job]:
    return [job for job in workspace.queue.jobs() if job.argv[:1] == ("outlook",)]


def _work(visit: Visit, jobs: list[Job]) -> list[Component]:
    """Work that goes on, and the latest where it failed."""
    shown = [job for k, job in enumerate(jobs) if job.state in OPEN or (k == 0 and job.state == "failed")]
    parts: list[Component] = []
    for job in shown[:3]:
        failed = job.state == "failed"
        parts.append(
            dmc.Group(
                [
                    dmc.Text(pick(visit.language, job.title_zh, job.title_en), size="sm"),
                    dmc.Badge(
                        visit.say(f"work.{job.state}"), variant="light", color="red" if failed else "blue"
                    ),
                    *(
                        [dmc.Progress(value=100.0 * job.share, w=220, **{"aria-label": job.title_en})]
                        if job.state == "running"
                        else []
                    ),
                    *([dmc.Text(job.said[-400:], size="sm", className="said")] if failed else []),
                    dcc.Link(visit.say("work.title"), href=visit.href("work")),
                ],
                mt="xs",
            )
        )
    return parts


def _begun(visit: Visit, workspace: Workspace, fleet: str, day: str) -> None:
    """Put the command in the queue."""
    user = require("operator")
    shelf = Shelf(workspace.projects)
    if fleet.startswith(EXAMPLE):
        example = fleet.removeprefix(EXAMPLE)
        name = copy_of(shelf, example) or shelf.take(example)
    else:
        shelf.path(fleet)
        name = fleet
    plain = "".join(one for one in day if one.isalnum() or one in "-_")[:20]
    workspace.queue.submit(
        ["outlook", f"projects/{name}.yaml", "--date", day, "--out",
         f"studies/outlook-{name}-{plain}-{secrets.token_hex(2)}", "--json"],
        title_zh=Visit("zh", workspace).say("outlook.making", name=name, day=day),
        title_en=Visit("en", workspace).say("outlook.making", name=name, day=day),
        asked_by=user.name,
    )  # fmt: skip


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Show the outlook of what is chosen, and begin to make one."""

    @app.callback(
        Output("outlook-shown", "children"),
        Input("call-fleet", "value"),
        Input("call-date", "value"),
        Input("call-start", "value"),
        Input("call-scenario", "value"),
        Input("outlook-minutes", "value"),
        Input("outlook-made", "data"),
        State("address", "pathname"),
    )
    def show(
        fleet: str, day: str, start: str, scenario: str, minutes: str, _: int | None, path: str | None
    ) -> Any:
        visit = visit_of(workspace, path, None)
        try:
            told = found_outlook(workspace, fleet, (day or "").strip())
        except TwinError as error:
            return trouble(error, visit)
        if told is None or scenario not in told["down"][minutes]["sure_kw"]:
            return empty(visit.say("outlook.none"))
        return _shown(visit, told, start, scenario, int(minutes))

    @app.callback(
        Output("outlook-work", "children"),
        Output("outlook-refused", "children"),
        Output("outlook-made", "data"),
        Input("outlook-begin", "n_clicks"),
        Input("look-trials", "n_intervals"),
        State("call-fleet", "value"),
        State("call-date", "value"),
        State("outlook-made", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def work(
        clicks: int | None, _: int | None, fleet: str, day: str, before: int | None, path: str | None
    ) -> tuple[Any, Any, Any]:
        visit = visit_of(workspace, path, None)
        refused: Any = no_update
        if ctx.triggered_id == "outlook-begin":
            if not clicks:
                raise PreventUpdate
            try:
                _begun(visit, workspace, fleet, (day or "").strip())
                refused = None
            except TwinError as error:
                refused = trouble(error, visit)
        jobs = _jobs(workspace)
        made = sum(job.state == "done" for job in jobs)
        return _work(visit, jobs), refused, no_update if made == (before or 0) else made

    @app.callback(Output("call-start", "value"), Input(_GRAPH, "clickData"), prevent_initial_call=True)
    def start_there(clicked: dict[str, Any] | None) -> Any:
        """The call begins at the quarter-hour that was clicked."""
        if not clicked or not clicked.get("points"):
            return no_update
        moment = str(clicked["points"][0].get("x", ""))
        return moment[11:16] if len(moment) >= 16 else no_update
