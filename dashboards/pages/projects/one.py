"""One project: what can be done with it, the form, and its text."""

from __future__ import annotations

import re
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboards.components.messages import empty, trouble
from dashboards.pages.projects import activity
from dashboards.pages.projects.fields import changes_of, form_of
from dashboards.pages.projects.form import building_choice, form
from dashboards.visit import Visit, visit_of
from dashboards.words import catalogue
from dashboards.workspace import Workspace
from twin.report.style import pick
from twin.workshop.shelf import Shelf, is_district
from weather.errors import TwinError

_AROUND = 3
"""Lines shown before and after the one that is wrong."""


def layout(visit: Visit, name: str) -> Component:
    """The project, or that there is none."""
    shelf = Shelf(visit.workspace.projects)
    back = dcc.Link(visit.say("projects.back"), href=visit.href("projects"))
    if name not in shelf.names():
        return html.Div([back, empty(visit.say("projects.gone"))])
    return html.Div(
        [
            back,
            html.Div(_head(visit, shelf, name), id="project-head"),
            dcc.Store(id="project-name", data=name),
            dcc.Download(id="project-file"),
            html.Div(id="project-said", role="status"),
            html.Div(activity.listed(visit, name), id="project-work"),
            dcc.Interval(id="project-look", interval=1000),
            html.Div(_body(visit, shelf, name), id="project-body"),
        ]
    )


def _head(visit: Visit, shelf: Shelf, name: str) -> list[Component]:
    try:
        content = shelf.written(name)
    except TwinError:
        content = {}
    title = str(content.get("name") or name)
    about = str(content.get("description") or "")
    origin = shelf.origin(name)
    small = [f"projects/{name}.yaml"]
    if origin is not None:
        small.append(visit.say("projects.copy_of", name=origin[0]))
    return [
        dmc.Title(
            pick(visit.language, str(content.get("name_zh") or title), title), order=1, size="h2", mt="xs"
        ),
        html.P(pick(visit.language, str(content.get("description_zh") or about), about), className="about"),
        html.Small(" · ".join(small)),
        _doings(visit, shelf, name, is_district(content)),
    ]


def _doings(visit: Visit, shelf: Shelf, name: str, district: bool) -> dmc.Paper:
    """March, search, copy, export, look."""
    search: list[Component] = [
        dmc.Group(
            [
                dmc.NumberInput(
                    id="project-packages", value=300, min=1, max=20000, step=100, w=92,
                    **{"aria-label": visit.say("projects.packages")},
                ),
                dmc.Button(
                    visit.say("projects.search"), id="project-search", variant="light",
                    leftSection=html.Span(className="icon icon-retrofit"),
                ),
            ],
            gap="xs",
        ),
        html.Small(visit.say("projects.search_help")),
    ]  # fmt: skip
    return dmc.Paper(
        dmc.SimpleGrid(
            [
                html.Div(
                    [
                        dmc.Button(
                            visit.say("projects.march"), id="project-march",
                            leftSection=html.Span(className="icon icon-explore"),
                        ),
                        html.Small(visit.say("projects.march_help")),
                    ]
                ),
                html.Div(search, hidden=district),
                html.Div(
                    [
                        dmc.Group(
                            [
                                dmc.TextInput(
                                    id="project-copy-name", value=shelf.free_name(f"{name}-b"), w=150,
                                    **{"aria-label": visit.say("projects.copy_name")},
                                ),
                                dmc.Button(visit.say("projects.copy"), id="project-copy", variant="default"),
                            ],
                            gap="xs",
                        ),
                        html.Small(visit.say("projects.copy_help")),
                    ]
                ),
                html.Div(
                    [
                        dmc.Button(
                            visit.say("projects.export"), id="project-export", variant="default",
                            leftSection=html.Span(className="icon icon-download"),
                        ),
                        dmc.Group(
                            [
                                dcc.Link(
                                    visit.say("projects.model"),
                                    href=visit.href("model", **{"model-project": name}),
                                ),
                                dcc.Link(
                                    visit.say("projects.climate"),
                                    href=visit.href("weather", **{"weather-source": _weather(shelf, name)}),
                                ),
                            ],
                            gap="md", mt=6,
                        ),
                    ]
                ),
            ],
            cols={"base": 1, "sm": 2, "lg": 4},
            spacing="lg",
        ),
        withBorder=True, p="md", mt="sm",
    )  # fmt: skip


def _weather(shelf: Shelf, name: str) -> str:
    try:
        wanted = str(shelf.written(name).get("weather") or "shanghai")
    except TwinError:
        return "shanghai"
    return f"projects/{wanted}" if wanted.lower().endswith(".epw") else wanted


def _body(visit: Visit, shelf: Shelf, name: str, tab: str = "form") -> list[Component]:
    wrong: list[Component] = []
    shown: Component
    try:
        content = shelf.written(name)
        project = shelf.project(name)
        own = content.get("buildings") or []
        if "extends" in _top(shelf, name):
            shown = _single(visit)
        elif not own:
            shown = empty(visit.say("projects.no_form"))
        else:
            place = _place(visit, [str(building["name"]) for building in own])
            shown = html.Div(
                [
                    building_choice(visit, own, place),
                    html.Div(
                        form(visit, shelf.folder, content, form_of(project, content, place)),
                        id="project-form",
                    ),
                ]
            )
    except TwinError as error:
        wrong = [_wrong(visit, error, shelf.text(name))]
        shown, tab = empty(visit.say("projects.wrong")), "text"
    return [
        *wrong,
        dcc.Store(id="project-version", data=shelf.version(name)),
        dmc.Tabs(
            [
                dmc.TabsList(
                    [
                        dmc.TabsTab(visit.say("projects.form"), value="form"),
                        dmc.TabsTab(visit.say("projects.text"), value="text"),
                    ]
                ),
                dmc.TabsPanel(shown, value="form"),
                dmc.TabsPanel(_text(visit, shelf, name), value="text"),
            ],
            value=tab,
            mt="md",
        ),
    ]


def _top(shelf: Shelf, name: str) -> list[str]:
    """Lines of the text without indentation: what may be keys of the whole."""
    return [line.partition(":")[0] for line in shelf.text(name).splitlines() if line[:1].strip()]


def _place(visit: Visit, names: list[str]) -> int:
    wanted = visit.first("project-building")
    return names.index(wanted) if wanted in names else 0


def _single(visit: Visit) -> Component:
    button = dmc.Button(visit.say("projects.single"), id={"project-single": "now"}, mt="sm")
    return empty(visit.say("projects.extends"), button)


def _text(visit: Visit, shelf: Shelf, name: str) -> Component:
    return html.Div(
        [
            dmc.Group(
                [
                    dmc.Text(visit.say("projects.text_help"), c="dimmed", size="sm", flex=1),
                    dmc.Button(visit.say("projects.save"), id={"project-save": "text"}),
                ],
                my="sm",
            ),
            dmc.Textarea(
                id={"project-text": "now"},
                value=shelf.text(name),
                autosize=True,
                minRows=12,
                maxRows=40,
                spellCheck=False,
                className="yaml",
                **{"aria-label": visit.say("projects.text_name")},
            ),
        ]
    )


def _wrong(visit: Visit, error: TwinError, text: str) -> Component:
    """What is wrong, and the lines around it."""
    if error.line is None:
        return trouble(error, visit)
    lines = text.splitlines()
    first = max(error.line - 1 - _AROUND, 0)
    shown = [
        html.Div([html.Span(f"{k + 1:>4}"), line[:300]], className="wrong" if k + 1 == error.line else None)
        for k, line in list(enumerate(lines))[first : error.line + _AROUND]
    ]
    return html.Div([trouble(error, visit), html.Pre(shown, className="excerpt")])


def _named(visit: Visit, error: TwinError) -> Component:
    """What is wrong with a value of the form, by the value's name in it."""
    steps = [part for part in re.split(r"[.\[\]]+", error.key or "") if part and not part.isdigit()][1:]
    words = f"fields.{'_'.join(steps)}"
    known = words.partition(".")[2] in catalogue("fields")
    told = trouble(error.at(key=error.key), visit)
    return html.Div([dmc.Text(visit.say(words), fw=600, mt="sm"), told]) if known else told


def callbacks(app: Dash, workspace: Workspace) -> None:
    """What the buttons do."""
    shelf = Shelf(workspace.projects)
    _change_callbacks(app, workspace, shelf)
    _doing_callbacks(app, workspace, shelf)
    activity.callbacks(app, workspace)


def _change_callbacks(app: Dash, workspace: Workspace, shelf: Shelf) -> None:
    @app.callback(
        Output("project-said", "children"),
        Output("project-body", "children"),
        Output("project-head", "children"),
        Input({"project-save": ALL}, "n_clicks"),
        Input({"project-single": ALL}, "n_clicks"),
        State({"project-field": ALL}, "value"),
        State({"project-field": ALL}, "id"),
        State({"project-text": ALL}, "value"),
        State("project-name", "data"),
        State("project-version", "data"),
        State("address", "pathname"),
        State("address", "search"),
        State({"project-building": ALL}, "value"),
        prevent_initial_call=True,
    )
    def save(
        saves: list[int | None], singles: list[int | None], values: list[Any], ids: list[dict[str, str]],
        texts: list[str | None], name: str, version: str, path: str | None, search: str | None,
        building: list[str | None],
    ) -> tuple[Any, Any, Any]:  # fmt: skip
        if not any([*saves, *singles]) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        visit = _at(visit_of(workspace, path, search), building)
        text = str(texts[0] or "") if texts else ""
        way = ctx.triggered_id.get("project-save", "single")
        try:
            if way == "text":
                shelf.save(name, text, version=version)
                said = visit.say("projects.saved")
            elif way == "single":
                shelf.single(name)
                said = visit.say("projects.saved")
            else:
                count = _save_form(
                    visit,
                    shelf,
                    name,
                    version,
                    {i["project-field"]: v for i, v in zip(ids, values, strict=True)},
                )
                said = (
                    visit.say("projects.saved_what", count=count, name=name)
                    if count
                    else visit.say("projects.unchanged")
                )
        except TwinError as error:
            # Of a form the line is one of a text that nobody has seen.
            shown = _wrong(visit, error, text) if way == "text" else _named(visit, error)
            return shown, no_update, no_update
        done = dmc.Alert(said, color="green", variant="light", mt="sm", withCloseButton=True)
        return done, _body(visit, shelf, name, "text" if way == "text" else "form"), _head(visit, shelf, name)

    @app.callback(
        Output("project-body", "children", allow_duplicate=True),
        Input({"project-building": ALL}, "value"),
        State("project-name", "data"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def choose(building: list[str | None], name: str, path: str | None, search: str | None) -> Any:
        if not building:
            raise PreventUpdate
        visit = visit_of(workspace, path, search)
        if building[0] == visit.first("project-building"):
            raise PreventUpdate
        return _body(_at(visit, building), shelf, name)


def _at(visit: Visit, building: list[str | None]) -> Visit:
    """The visit with the building that is chosen now."""
    chosen = building[0] if building else None
    if not chosen:
        return visit
    asked = {**visit.asked, "project-building": [chosen]}
    return Visit(visit.language, visit.workspace, visit.user, visit.path, asked)


def _save_form(visit: Visit, shelf: Shelf, name: str, version: str, given: dict[str, Any]) -> int:
    content, project = shelf.written(name), shelf.project(name)
    place = _place(visit, [str(building["name"]) for building in content["buildings"]])
    changes = changes_of(form_of(project, content, place), given)
    wanted = given.get("weather")
    if wanted and wanted != str(content.get("weather", "shanghai")):
        changes["weather",] = wanted
    if changes:
        shelf.change(name, changes, version=version)
    return len(changes)


def _doing_callbacks(app: Dash, workspace: Workspace, shelf: Shelf) -> None:
    @app.callback(
        Output("project-file", "data"),
        Input("project-export", "n_clicks"),
        State("project-name", "data"),
        prevent_initial_call=True,
    )
    def export(clicks: int | None, name: str) -> Any:
        if not clicks:
            raise PreventUpdate  # the button has just been drawn
        return dcc.send_string(shelf.text(name), f"{name}.yaml", type="application/yaml")

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Output("project-said", "children", allow_duplicate=True),
        Input("project-copy", "n_clicks"),
        State("project-copy-name", "value"),
        State("project-name", "data"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def copy(clicks: int | None, wanted: str | None, name: str, path: str | None) -> tuple[Any, Any]:
        if not clicks:
            raise PreventUpdate
        visit = visit_of(workspace, path, None)
        try:
            return visit.href("projects", project=shelf.copy(name, wanted or "")), None
        except TwinError as error:
            return no_update, trouble(error, visit)
