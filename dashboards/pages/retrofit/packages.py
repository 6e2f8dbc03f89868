"""All packages of a study: over two axes, on parallel axes, and as a table; a choice in one shows in all."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboards.components.documents import table
from dashboards.components.figures import figure
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.study.document import Cell, Table
from twin.report.study.numbers import number
from twin.report.study.reading import Reader
from twin.report.study.screen_packages import AXES, front_of, parallel, pareto
from twin.report.style import unframed

_FIRST = ("cost_cny", "carbon_t")
_LISTED = 40
_PLOTS = ("retrofit-pareto", "retrofit-parallel")


def shown(visit: Visit, reader: Reader) -> list[Component]:
    """Two plots that are linked, then what is picked."""
    x, y = (visit.first(f"retrofit-{axis}") for axis in "xy")
    x, y = (x if x in AXES else _FIRST[0]), (y if y in AXES else _FIRST[1])
    options = [{"value": key, "label": axis.label(visit.language)} for key, axis in AXES.items()]
    choices = [
        dmc.Select(id=f"retrofit-{axis}", label=visit.say(f"retrofit.axis_{axis}"), data=options, value=value,
                   allowDeselect=False, size="sm", w=250)
        for axis, value in (("x", x), ("y", y))
    ]  # fmt: skip
    return [
        dcc.Store(id="retrofit-picked", data=[]),
        dmc.Paper(
            [
                dmc.Group(
                    [
                        *choices,
                        dmc.Button(visit.say("retrofit.clear"), id="retrofit-clear", variant="default"),
                        dmc.Button(visit.say("retrofit.all_csv"), id="retrofit-csv", variant="default"),
                        dcc.Download(id="retrofit-file"),
                    ],
                    align="flex-end",
                ),
                html.P(visit.say("retrofit.picking"), className="hint"),
                dmc.Grid(
                    [
                        dmc.GridCol(
                            figure(pareto(reader, x, y), visit.language, _PLOTS[0], selecting=True),
                            span={"base": 12, "xl": 6},
                        ),
                        dmc.GridCol(
                            figure(parallel(reader), visit.language, _PLOTS[1], selecting=True),
                            span={"base": 12, "xl": 6},
                        ),
                    ],
                    className="pair",
                ),
            ],
            withBorder=True,
            p="lg",
            className="section",
        ),
        dmc.Paper(
            html.Div(_listed(visit, reader, [], x, y), id="retrofit-list"),
            withBorder=True,
            p="lg",
            className="section",
        ),
    ]


def _listed(visit: Visit, reader: Reader, picked: Collection[str], x: str, y: str) -> list[Component]:
    """The picked packages, else those of the front; one alone with all its measures."""
    language, rows = visit.language, {str(row["id"]): row for row in reader.study["packages"]}
    ids = [i for i in rows if i in picked] or front_of(reader.study, x, y)
    ids.sort(key=lambda i: -(rows[i].get("npv_cny") or 0.0))
    key = "listed_picked" if picked else "listed_front"
    caption = visit.say(f"retrofit.{key}", count=len(ids))
    if len(ids) > _LISTED:
        caption += visit.say("retrofit.listed_first", count=_LISTED)
    glue = "、" if language == "zh" else "; "
    told = tuple(
        (
            Cell(i),
            Cell(glue.join(reader.measure(k) for k in rows[i]["keys"]) or visit.say("retrofit.as_it_is")),
            *(Cell(number(axis.value(rows[i], language))) for axis in AXES.values()),
        )
        for i in ids[:_LISTED]
    )
    header = (
        visit.say("retrofit.package"),
        visit.say("retrofit.measures"),
        *(axis.label(language) for axis in AXES.values()),
    )
    n = len(AXES)
    return [table(visit, Table(caption, header, told, "ll" + "r" * n, (1.0, 4.0, *(1.0,) * n)))]


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Pick, draw, take along."""

    @app.callback(
        Output("retrofit-picked", "data"),
        *(Input(plot, of) for plot in _PLOTS for of in ("selectedData", "clickData")),
        Input("retrofit-clear", "n_clicks"),
        prevent_initial_call=True,
    )
    def pick(*_: Any) -> Any:
        """Ids of the points that were chosen in either plot."""
        said = [one["value"] for one in ctx.triggered if not only_redrawn(one["value"])]
        return picked_ids(said[0]) if said else no_update

    @app.callback(
        Output(_PLOTS[0], "figure"),
        Output(_PLOTS[1], "figure"),
        Output("retrofit-list", "children"),
        Input("retrofit-x", "value"),
        Input("retrofit-y", "value"),
        Input("retrofit-picked", "data"),
        State("retrofit-study", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def draw(x: str, y: str, picked: list[str], name: str, path: str | None) -> tuple[Any, Any, Any]:
        visit = visit_of(workspace, path, None)
        reader = workspace.found_studies.reader(name, visit.language)
        cloud, lines = unframed(pareto(reader, x, y, picked)), unframed(parallel(reader, picked))
        return cloud.figure, lines.figure, _listed(visit, reader, picked, x, y)

    @app.callback(
        Output("retrofit-file", "data"),
        Input("retrofit-csv", "n_clicks"),
        State("retrofit-study", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def save(_: int, name: str, path: str | None) -> Any:
        visit = visit_of(workspace, path, None)
        reader = workspace.found_studies.reader(name, visit.language)
        return {"content": as_csv(reader), "filename": f"{name.rpartition('/')[2]}_packages.csv"}

    for axis in "xy":
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(f"retrofit-{axis}", "value"),
            State("address", "pathname"),
            prevent_initial_call=True,
        )


def only_redrawn(chosen: Any) -> bool:
    """Whether a plot says no more than that it was drawn anew: it chose nothing, and by no box or loop.

    A plot that shows what was picked is drawn anew for it; taken for a choice that would undo the pick.
    """
    return chosen == {"points": []}


def picked_ids(chosen: Any) -> list[str]:
    """Ids of packages in what a plot says of its chosen or clicked points; none where all was let go."""
    points = chosen.get("points") or () if isinstance(chosen, dict) else ()
    return sorted({str(point["customdata"]) for point in points if point.get("customdata") is not None})


def as_csv(reader: Reader) -> str:
    """All packages with their measures, in the units of the axes."""
    file = io.StringIO()
    write = csv.writer(file)
    write.writerow(["id", *(axis.label(reader.language) for axis in AXES.values()), "front", "measures"])
    for row in reader.study["packages"]:
        names = " | ".join(reader.measure(key) for key in row["keys"])
        values = [axis.value(row, reader.language) for axis in AXES.values()]
        write.writerow([row["id"], *("" if v != v else f"{v:.6g}" for v in values), int(row["front"]), names])
    return "\ufeff" + file.getvalue()
