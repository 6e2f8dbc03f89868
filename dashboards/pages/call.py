"""Compose a call: try it out in many draws before it is sent, or operate it as its day goes by."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import yaml
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.access.user import require
from dashboards.components.messages import trouble
from dashboards.pages import call_outlook, sent_call
from dashboards.pages.call_outlook import EXAMPLE, copy_of
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.work.job import OPEN
from dashboards.workspace import Workspace
from twin.report.style import pick
from twin.response.folder import read_response
from twin.response.invitation import SCENARIOS, parse_invitation
from twin.workshop.shelf import Shelf, example_cards
from weather.errors import TwinError

_LOOK_MS = 1500
_FIELDS = ("kind", "date", "start", "duration", "notice", "capacity", "probability", "scenario", "seeds")
_EXAMPLE = "districts/lingang_300"
_SHOWN = 8
_QUARTERS = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in (0, 15, 30, 45)]
_REMEMBERED = ("call-fleet", "call-date", "call-start", "call-scenario", "outlook-minutes")


def layout(visit: Visit) -> Component:
    """The form, and what trials said."""
    return html.Div(
        [
            dmc.Title(visit.say("call.headline"), order=1, size="h2"),
            html.P(visit.say("call.about"), className="about"),
            call_outlook.panel(visit, _fleet_and_day(visit)),
            dmc.Grid(
                [
                    dmc.GridCol(dmc.Paper(_form(visit), withBorder=True, p="lg"), span={"base": 12, "lg": 5}),
                    dmc.GridCol(
                        [
                            html.Div(id="call-answer"),
                            html.Div(_trials(visit), id="trials"),
                            dcc.Interval(id="look-trials", interval=_LOOK_MS),
                        ],
                        span={"base": 12, "lg": 7},
                    ),
                ],
                gutter="lg",
            ),
        ]
    )


def _fleet_and_day(visit: Visit) -> list[Component]:
    """What outlook and call have in common."""
    say = visit.say
    own = [card for card in Shelf(visit.workspace.projects).cards() if card.trouble is None]
    fleets: list[dict[str, Any]] = [
        {
            "group": say("call.own"),
            "items": [_option(visit, card.name, card.title, card.title_zh) for card in own],
        },
        {
            "group": say("call.examples"),
            "items": [
                _option(visit, f"{EXAMPLE}{card.name}", card.title, card.title_zh)
                for card in example_cards()
                if card.district
            ],
        },
    ]
    known = [one["value"] for group in fleets for one in group["items"]]
    return [
        dmc.Select(
            id="call-fleet",
            label=say("call.fleet"),
            data=[group for group in fleets if group["items"]],
            value=_asked(visit, "call-fleet", known, f"{EXAMPLE}{_EXAMPLE}"),
            allowDeselect=False,
            searchable=True,
            style={"flex": "1 1 220px", "maxWidth": 420},
        ),
        dmc.TextInput(
            id="call-date",
            label=say("call.date"),
            description=say("call.date_help"),
            value=visit.first("call-date", "2025-07-30")[:20],
            debounce=True,
            w=135,
        ),
        dmc.Select(
            id="call-start",
            label=say("call.start"),
            value=_asked(visit, "call-start", _QUARTERS, "13:00"),
            allowDeselect=False,
            searchable=True,
            data=_QUARTERS,
            w=95,
        ),
        dmc.Select(
            id="call-scenario",
            label=say("call.scenario"),
            description=say("call.scenario_help"),
            value=_asked(visit, "call-scenario", list(SCENARIOS), "unreliable"),
            allowDeselect=False,
            data=[{"value": name, "label": say(f"call.{name}")} for name in SCENARIOS],
            style={"flex": "1 1 265px", "maxWidth": 330},
        ),
    ]


def _asked(visit: Visit, name: str, known: list[str], default: str) -> str:
    """A choice of the address, where it is one."""
    asked = visit.first(name, default)
    return asked if asked in known else default


def _form(visit: Visit) -> list[Component]:
    say = visit.say
    return [
        dmc.Title(say("call.compose"), order=2, size="h4"),
        dmc.Text(say("call.kind"), size="sm", fw=500, mt="sm"),
        dmc.SegmentedControl(
            id="call-kind",
            value="peak_shaving",
            data=[
                {"value": kind, "label": say(f"call.{kind}")} for kind in ("peak_shaving", "valley_filling")
            ],
        ),
        dmc.SimpleGrid(
            [
                dmc.NumberInput(
                    id="call-duration",
                    label=say("call.duration"),
                    value=2,
                    min=0.25,
                    max=12,
                    step=0.25,
                    suffix=" h",
                ),
                dmc.Select(
                    id="call-notice",
                    label=say("call.notice"),
                    value="day_ahead",
                    allowDeselect=False,
                    data=[
                        {"value": name, "label": say(f"call.{name}")}
                        for name in ("day_ahead", "intraday", "fast", "real_time")
                    ],
                ),
                dmc.NumberInput(
                    id="call-capacity",
                    label=say("call.capacity"),
                    description=say("call.capacity_help"),
                    min=0,
                    step=100,
                    suffix=" kW",
                    thousandSeparator=",",
                ),
                dmc.NumberInput(
                    id="call-probability",
                    label=say("call.probability"),
                    description=say("call.probability_help"),
                    value=90,
                    min=50,
                    max=99,
                    suffix=" %",
                ),
                dmc.NumberInput(
                    id="call-seeds",
                    label=say("call.seeds"),
                    description=say("call.seeds_help"),
                    value=20,
                    min=1,
                    max=1000,
                    allowDecimal=False,
                ),
            ],
            cols={"base": 1, "xs": 2},
            mt="sm",
        ),
        dmc.Group(
            [
                dmc.Button(say("call.try"), id="call-try", variant="light"),
                dmc.Button(say("call.operate"), id="call-operate"),
                sent_call.button(visit),
            ],
            mt="lg",
        ),
        dmc.Text(say("call.both"), size="xs", c="dimmed", mt="xs"),
        sent_call.help_text(visit),
    ]


def _option(visit: Visit, value: str, title: str, title_zh: str) -> dict[str, str]:
    own = value.removeprefix(EXAMPLE).rpartition("/")[2]
    return {"value": value, "label": f"{pick(visit.language, title_zh, title)} · {own}"}


def _trials(visit: Visit) -> list[Component]:
    """Work that is asked for, then the latest trials."""
    going = [
        job
        for job in visit.workspace.queue.jobs()
        if job.argv[:1]
        and job.argv[0] in ("respond", "operate", sent_call.SEND[0])
        and (job.state in OPEN or job.state == "failed")
    ]
    parts: list[Component] = sent_call.standing(visit)
    for job in going[:4]:
        state = visit.say(f"work.{job.state}")
        parts.append(
            dmc.Paper(
                [
                    dmc.Group(
                        [
                            dmc.Text(pick(visit.language, job.title_zh, job.title_en), fw=600),
                            dmc.Badge(
                                state, variant="light", color="red" if job.state == "failed" else "blue"
                            ),
                            dcc.Link(visit.say("work.title"), href=visit.href("work")),
                            *_watch(visit, job.argv),
                        ]
                    ),
                    *([dmc.Progress(value=100.0 * job.share, mt="xs")] if job.state == "running" else []),
                ],
                withBorder=True,
                p="md",
                mb="sm",
            )
        )
    found = _responses(visit.workspace)
    if found:
        parts.append(dmc.Title(visit.say("call.trials"), order=2, size="h4", mb="xs"))
        for folder in found[:_SHOWN]:
            try:
                parts.append(_trial(visit, folder))
            except TwinError as error:
                parts.append(trouble(error, visit))
    return parts or [dmc.Text(visit.say("call.none"), c="dimmed")]


def _watch(visit: Visit, argv: tuple[str, ...]) -> list[Component]:
    """A link to the console once the day of an operated call has begun."""
    if argv[0] != "operate" or "--out" not in argv:
        return []
    out = argv[argv.index("--out") + 1]
    if not (visit.workspace.root / out / "scene.json").is_file():
        return [dmc.Text(visit.say("call.preparing"), size="sm", c="dimmed")]
    return [dcc.Link(visit.say("call.watch"), href=visit.href("console", call=Path(out).name))]


def _responses(workspace: Workspace) -> list[Path]:
    """Folders of trials, the latest first."""
    if not workspace.studies.is_dir():
        return []
    found = [
        entry
        for entry in workspace.studies.iterdir()
        if not entry.name.startswith(".") and (entry / "draws.parquet").is_file()
    ]
    return sorted(found, key=lambda entry: entry.stat().st_mtime, reverse=True)


def _trial(visit: Visit, folder: Path) -> dmc.Paper:
    found, manifest = read_response(folder)
    invitation = manifest["invitation"]
    say = visit.say

    def band(key: str, digits: int = 0) -> str:
        own = found[key]
        return f"{own['mean']:,.{digits}f} ({own['p10']:,.{digits}f}–{own['p90']:,.{digits}f})"

    rows = (
        ("call.bid", f"{found['bid_kw']:,.0f} kW, {100 * found['bid_probability']:.0f} %"),
        ("call.asked", f"{found['called_kw']:,.0f} kW"),
        ("call.given", f"{band('given_kw')} kW"),
        ("call.settled", f"{band('settled_kw')} kW"),
        (
            "call.reached",
            f"{100 * found['reached']['settled']:.0f} % / {100 * found['reached']['given']:.0f} %",
        ),
        ("call.rebound", f"{band('rebound_kwh')} kWh"),
        ("call.worse", f"{band('worse_k', 2)} K"),
        ("call.pay", f"{band('pay_cny')} CNY"),
    )
    title = f"{say('call.' + invitation['kind'])} {found['day']} {invitation['start']} · {folder.name}"
    return dmc.Paper(
        [
            dmc.Text(title, fw=600),
            dmc.Text(
                say("call.draws", count=invitation["seeds"], able=found["able"], of=found["participants"]),
                size="sm",
                c="dimmed",
            ),
            html.Table(
                html.Tbody(
                    [html.Tr([html.Th(say(key), scope="row"), html.Td(value)]) for key, value in rows]
                ),
                className="plant",
            ),
            html.Details(
                [
                    html.Summary(say("console.assumed")),
                    html.Ul([html.Li(one[visit.language]) for one in manifest["assumptions"]]),
                ]
            ),
        ],
        withBorder=True,
        p="md",
        mb="sm",
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Write the invitation and put the command in the queue."""
    call_outlook.callbacks(app, workspace)
    for name in _REMEMBERED:
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(name, "value"),
            State("address", "pathname"),
            prevent_initial_call=True,
        )

    @app.callback(
        Output("call-answer", "children"),
        Input("call-try", "n_clicks"),
        Input("call-operate", "n_clicks"),
        Input("call-send", "n_clicks"),
        State("call-fleet", "value"),
        *(State(f"call-{name}", "value") for name in _FIELDS),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def begin(tried: int | None, operated: int | None, sent: int | None, fleet: str, *given: Any) -> Any:
        if not (tried or operated or sent):
            return no_update
        user = require("operator")
        *values, path = given
        visit = visit_of(workspace, path, None)
        asked = str(ctx.triggered_id)
        try:
            text = invitation_text(dict(zip(_FIELDS, values, strict=True)))
            invitation = parse_invitation(text)
            if asked == "call-send":
                sent_call.refuse_unsendable(invitation)
            name, event = _written(workspace, fleet, text)
        except TwinError as error:
            return trouble(error, visit)
        file, out = f"calls/{event}.yaml", f"studies/{event}"
        fleet_call = [f"projects/{name}.yaml", "--event", file, "--out", out, "--json"]
        argv, key = {
            "call-try": (["respond", *fleet_call], "call.trying"),
            "call-operate": (["operate", *fleet_call, "--speed", "60"], "call.operating"),
            "call-send": (sent_call.sending(file), "call.sending"),
        }[asked]
        workspace.queue.submit(
            argv,
            title_zh=Visit("zh", workspace).say(key, name=name),
            title_en=Visit("en", workspace).say(key, name=name),
            asked_by=user.name,
        )
        return dmc.Alert(
            visit.say("call.queued"), color="blue", variant="light", mb="sm", withCloseButton=True
        )

    @app.callback(
        Output("trials", "children"),
        Input("look-trials", "n_intervals"),
        Input({"call": "back", "of": ALL}, "n_clicks"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def look(_: int, clicks: list[int | None], path: str | None) -> Any:
        asked, visit = ctx.triggered_id, visit_of(workspace, path, None)
        if isinstance(asked, dict):
            if not any(clicks):
                return no_update  # buttons that have just been drawn
            sent_call.take_back(workspace, visit, str(asked["of"]))
        return _trials(visit)


def invitation_text(given: dict[str, Any]) -> str:
    """The invitation as the file that `twin respond --event` reads.

    Parameters
    ----------
    given : dict
        Values of the form's fields.

    Raises
    ------
    TwinError
        A scenario that is not there, or a figure that is none.
    """
    scenario = given["scenario"]
    if scenario not in SCENARIOS:
        raise TwinError(f"there is no scenario {scenario!r}.", f"Choose one of {', '.join(SCENARIOS)}.")
    content: dict[str, Any] = {
        "schema": 1,
        "kind": given["kind"],
        "date": given["date"],
        "start": given["start"],
        "duration": given["duration"],
        "notice": given["notice"],
        "probability": given["probability"] / 100.0
        if isinstance(given["probability"], int | float)
        else None,
        "behaviour": SCENARIOS[scenario],
        "seeds": given["seeds"],
    }
    if given["capacity"] not in (None, "", 0):
        content["capacity"] = given["capacity"]
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _written(workspace: Workspace, fleet: str, text: str) -> tuple[str, str]:
    """Project and call as files of the workspace; names of both."""
    shelf = Shelf(workspace.projects)
    if fleet.startswith(EXAMPLE):
        example = fleet.removeprefix(EXAMPLE)
        name = copy_of(shelf, example) or shelf.take(example)
    else:
        shelf.path(fleet)
        name = fleet
    day = re.sub(r"[^0-9]", "", str(yaml.safe_load(text)["date"]))[-4:]
    event = f"{name}-{day or 'hottest'}-{secrets.token_hex(2)}"
    folder = workspace.root / "calls"
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{event}.yaml"
    draft.write_text(text, "utf-8")
    draft.replace(folder / f"{event}.yaml")
    return name, event


PAGE = Page("call", "call", "operator", "event", layout, callbacks, frozenset({"operator", "viewer"}))
