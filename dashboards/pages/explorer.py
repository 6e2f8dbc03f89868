"""Explorer: every series of a Run, step by step, drawn in the browser (`assets/explorer.js`)."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.components.messages import empty, trouble
from dashboards.pages.page import Page
from dashboards.series import described
from dashboards.visit import Visit, visit_of
from dashboards.words import catalogue
from dashboards.workspace import Workspace
from twin.report.columns import ALL
from twin.report.reading import inhabited, run_names
from twin.report.style import pick
from twin.report.words import unit_in
from twin.store import Run
from twin.variables import VARIABLES, Variable
from weather.errors import TwinError

_FIRST = (
    "temp_air", "temp_air_c", "grid_import_kw", "pv_kw", "cooling_kw", "heating_kw", "battery_soc",
    "bus_voltage_pu",
)  # fmt: skip
"""Variables shown to whoever comes without a choice, where the Run has them."""
_FIRST_ZONES = 3
_CONTROLS = ("run", "over", "building", "zones", "variables")
_JUMPS = tuple((span, end) for end in ("hot", "cold") for span in ("day", "week", "month"))


def layout(visit: Visit) -> Component:
    """Choices, the panels that JavaScript fills, and what can be taken along."""
    options, first = _listed(visit)
    head = [
        dmc.Title(visit.say("explorer.headline"), order=1, size="h2"),
        html.P(visit.say("explorer.about"), className="about"),
    ]
    asked = visit.first("explorer-run", first)
    if not asked:
        return html.Div([*head, empty(visit.say("explorer.empty"))])
    try:
        (run,) = visit.workspace.library.open([asked])
    except TwinError as error:
        return html.Div([*head, trouble(error, visit)])
    told, choices = _told(visit, asked, run), _choices(visit, run)
    over = visit.first("explorer-over")
    return html.Div(
        [
            *head,
            dcc.Store(id="explorer-told", data=told),
            dcc.Store(id="explorer-shown"),
            _controls(visit, options, asked, over, choices),
            _toolbar(visit),
            dmc.Group(
                [html.B(id="explorer-span"), html.Span(id="explorer-at", className="hint")],
                justify="space-between",
                mt="xs",
            ),
            html.Div(id="explorer-said", className="hint", role="status"),
            html.Div(
                id="explorer-plots",
                tabIndex=0,
                role="application",
                **{"aria-label": visit.say("explorer.keys")},
            ),
            html.P(visit.say("explorer.hands"), className="hint"),
            html.Div(id="explorer-table", className="scroll"),
            html.P(id="explorer-facts", className="hint", children=_facts(visit, asked, run)),
        ]
    )


def _listed(visit: Visit) -> tuple[list[dict[str, Any]], str]:
    """Runs as options in groups, and the one that is shown without a choice."""
    entries, _ = visit.workspace.library.listed()
    options = [
        {"value": e.name, "label": f"{pick(visit.language, e.title_zh, e.title)} · {e.name}"} for e in entries
    ]
    names = [entry.name for entry in entries]
    shown = next((name for name in names if name.endswith("pedf_call")), names[0] if names else "")
    return options, shown


def _controls(
    visit: Visit, options: list[dict[str, Any]], run: str, over: str, choices: dict[str, Any]
) -> dmc.SimpleGrid:
    known = {option["value"] for option in options}

    def named(key: str) -> dict[str, Any]:
        return {"id": f"explorer-{key}", "label": visit.say(f"explorer.{key}"), "size": "sm"}

    searched = {"searchable": True, "nothingFoundMessage": visit.say("explorer.none_found")}
    many = {"clearable": True, "hidePickedOptions": True, "maxDropdownHeight": 420} | searched
    return dmc.Stack(
        [
            dmc.SimpleGrid(
                [
                    dmc.Select(
                        **named("run"), data=options, value=run, allowDeselect=False, **searched
                    ),
                    dmc.Select(
                        **named("over"), data=options, value=over if over in known else None,
                        clearable=True, placeholder=visit.say("explorer.nothing_over"), **searched,
                    ),
                    dmc.Select(
                        **named("building"), data=choices["buildings"], allowDeselect=False,
                        value=_asked(visit, "building", choices["buildings"], 1)[0],
                    ),
                ],
                cols={"base": 1, "sm": 3},
            ),
            dmc.SimpleGrid(
                [
                    dmc.MultiSelect(
                        **named("zones"), data=choices["zones"],
                        value=_asked(visit, "zones", choices["zones"], _FIRST_ZONES), **many,
                    ),
                    dmc.MultiSelect(
                        **named("variables"), data=choices["variables"],
                        value=_wanted(visit, choices["variables"]), **many,
                    ),
                ],
                cols={"base": 1, "sm": 2},
            ),
        ],
        gap="xs",
    )  # fmt: skip


def _asked(visit: Visit, key: str, options: list[dict[str, str]], count: int) -> list[str]:
    """What the address asks for, where it is there; else the first ones."""
    there = [option["value"] for option in options]
    asked = [name for name in visit.first(f"explorer-{key}").split("|") if name in there]
    return asked or there[:count]


def _wanted(visit: Visit, groups: list[dict[str, Any]]) -> list[str]:
    there = [option["value"] for group in groups for option in group["items"]]
    asked = visit.first("explorer-variables").split("|")
    return [v for v in asked if v in there] or [v for v in _FIRST if v in there]


def _choices(visit: Visit, run: Run) -> dict[str, Any]:
    """Buildings, zones of the first or only one, and variables in groups."""
    held = described(run)
    names = list(held["buildings"])
    variables = {v for found in held["buildings"].values() for v in found}
    variables |= {*held["zone_variables"], *held["weather"]}
    groups: dict[str, list[dict[str, str]]] = {}
    for one in VARIABLES.values():
        if one.name in variables:
            key = {"zone": "of_zones", "weather": "weather"}.get(one.scope, one.group)
            option = {"value": one.name, "label": one.label(visit.language).replace("degC", "°C")}
            groups.setdefault(visit.say(f"explorer.group_{key}"), []).append(option)
    return {
        "buildings": [
            {"value": name, "label": visit.say("explorer.all") if name == ALL else name} for name in names
        ],
        "zones": [
            {"value": zone, "label": zone}
            for zone in dict.fromkeys(z for name in names for z in _people_first(run, name))
        ],
        "variables": [{"group": group, "items": items} for group, items in groups.items()],
    }


def _people_first(run: Run, building: str) -> list[str]:
    """Zones of a building, those that people use before the others."""
    if building not in run.zones:
        return []
    used = [zone for _, zone, _ in inhabited(run, building)]
    return [*used, *(str(z) for z in run.zones[building].columns.unique(0) if str(z) not in used)]


def _told(visit: Visit, name: str, run: Run) -> dict[str, Any]:
    """What JavaScript needs of a Run: its columns and clock, labels and words."""
    return {
        "run": name,
        "title": run_names([run], visit.language)[0],
        "language": visit.language,
        "labels": {one.name: _label(one, visit) for one in VARIABLES.values()},
        "words": {key: said[visit.language] for key, said in catalogue("explorer").items()}
        | {"engine": visit.say(f"explorer.engine_{run.manifest['engine']}")},
        **described(run),
    }


def _label(one: Variable, visit: Visit) -> dict[str, str]:
    unit = "" if one.unit == "-" else unit_in(one.unit, visit.language)
    return {
        "label": one.zh if visit.language == "zh" else one.en,
        "unit": unit,
        "plain": one.unit,
        "colour": one.colour,
        "kind": one.kind,
        "scope": one.scope,
        "meaning": one.meaning if visit.language == "en" else f"{one.zh}（{one.unit}）",
    }


def _facts(visit: Visit, name: str, run: Run) -> list[Component | str]:
    """Where the figures come from."""
    said = visit.say(
        "explorer.facts",
        run=name,
        engine=visit.say(f"explorer.engine_{run.manifest['engine']}"),
        made=str(run.manifest["created"])[:10],
        assumptions=len(run.summary.get("assumptions") or ()),
    )
    return [said, " ", html.A(visit.say("explorer.report"), href=f"/report?runs={name}#{visit.language}")]


def _toolbar(visit: Visit) -> dmc.Group:
    def button(act: str, words: str, label: str = "") -> dmc.Button:
        return dmc.Button(
            words,
            size="compact-sm",
            variant="default",
            **{"data-explore": act, "aria-label": label or words},
        )

    jumps = [
        dmc.Group(
            [
                dmc.Text(visit.say(f"explorer.{end}"), size="sm", c="dimmed"),
                dmc.ButtonGroup(
                    [
                        button(
                            f"{span}-{of}",
                            visit.say(f"explorer.{span}"),
                            f"{visit.say(f'explorer.{end}')} {visit.say(f'explorer.{span}')}",
                        )
                        for span, of in _JUMPS
                        if of == end
                    ]
                ),
            ],
            gap=6,
        )
        for end in ("hot", "cold")
    ]
    moves = dmc.ButtonGroup(
        [
            button("back", "◀", visit.say("explorer.back")),
            button("in", "+", visit.say("explorer.nearer")),
            button("out", "−", visit.say("explorer.farther")),
            button("on", "▶", visit.say("explorer.forth")),
            button("whole", visit.say("explorer.whole")),
        ]
    )
    taken = dmc.ButtonGroup(
        [button("csv", "CSV", visit.say("explorer.csv")), button("png", "PNG", visit.say("explorer.png"))]
    )
    return dmc.Group([moves, *jumps, taken], gap="md", mt="sm")


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Another Run brings other choices; everything else happens in the browser."""

    @app.callback(
        Output("explorer-told", "data"),
        Output("explorer-building", "data"),
        Output("explorer-building", "value"),
        Output("explorer-zones", "data"),
        Output("explorer-zones", "value"),
        Output("explorer-variables", "data"),
        Output("explorer-variables", "value"),
        Output("explorer-facts", "children"),
        Input("explorer-run", "value"),
        State("explorer-zones", "value"),
        State("explorer-variables", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def opened(
        name: str, zones: list[str] | None, variables: list[str] | None, path: str | None
    ) -> tuple[Any, ...]:
        """What was chosen stays where the other Run has it too."""
        kept = {"explorer-zones": ["|".join(zones or ())], "explorer-variables": ["|".join(variables or ())]}
        visit = visit_of(workspace, path, None)
        try:
            (run,) = workspace.library.open([name])
        except TwinError as error:
            return *(no_update for _ in range(7)), trouble(error, visit)
        choices = _choices(visit, run)
        asked = Visit(visit.language, workspace, visit.user, visit.path, kept)
        return (
            _told(visit, name, run),
            choices["buildings"],
            choices["buildings"][0]["value"],
            choices["zones"],
            _asked(asked, "zones", choices["zones"], _FIRST_ZONES),
            choices["variables"],
            _wanted(asked, choices["variables"]),
            _facts(visit, name, run),
        )

    app.clientside_callback(
        ClientsideFunction("explorer", "draw"),
        Output("explorer-shown", "data"),
        *(Input(f"explorer-{key}", "value") for key in _CONTROLS),
        Input("explorer-told", "data"),
    )
    for key in _CONTROLS:
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(f"explorer-{key}", "value"),
            State("address", "pathname"),
            prevent_initial_call=True,
        )


PAGE = Page("explorer", "explorer", "engineer", "explore", layout, callbacks)
