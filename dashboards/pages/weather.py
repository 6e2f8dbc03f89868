"""Weather: a climate year looked at as engineers do, carpet to sun path."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import dash_mantine_components as dmc
import numpy as np
import pandas as pd
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.components.figures import figure
from dashboards.components.messages import trouble
from dashboards.pages.page import Page
from dashboards.visit import Visit, visit_of
from dashboards.workspace import Workspace
from twin.report.climate.moist_air import psychrometric_chart
from twin.report.climate.quantities import QUANTITIES, Scale, values_of
from twin.report.climate.sun import planes_figure, sun_path
from twin.report.climate.wind import SEASONS, Season, wind_rose
from twin.report.climate.year import carpet, degree_days, monthly_boxes
from twin.report.style import pick
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.design_days import design_days
from weather.errors import TwinError
from weather.statistics import statistics

_BUILT_IN = "shanghai"
_FOLDER = "projects/"
_CONTROLS = ("weather-source", "weather-quantity", "weather-scale", "weather-season", "weather-tab")
_TABS = ("year", "air", "sun", "wind", "degrees", "facts")
_EXTREMES = ("temp_air", "wet_bulb", "humidity_ratio", "ghi", "wind_speed")
_FIGURES: tuple[tuple[str, str, int], ...] = (
    ("temp_air_mean_c", "°C", 1), ("daily_range_k", "K", 1), ("hdd18", "K·d", 0), ("cdd26", "K·d", 0),
    ("cdh26", "K·h", 0), ("relative_humidity_mean", "%", 0), ("hours_humidity_ratio_above_12", "h", 0),
    ("ghi_kwh_m2", "kWh/m²", 0), ("diffuse_fraction", "", 2), ("wind_speed_mean", "m/s", 1),
    ("gb_heating_db_c", "°C", 1), ("gb_winter_air_conditioning_db_c", "°C", 1), ("gb_summer_db_c", "°C", 1),
    ("gb_summer_wb_c", "°C", 1), ("heating_99_6_db_c", "°C", 1), ("cooling_0_4_db_c", "°C", 1),
)  # fmt: skip
"""Annual figures: key, unit, digits."""


def layout(visit: Visit) -> Component:
    """Choices, then what they show."""
    sources = _sources(visit)
    known = {item["value"] for item in sources}
    source = visit.first("weather-source", _BUILT_IN)
    quantity = visit.first("weather-quantity", "temp_air")
    tab = visit.first("weather-tab", _TABS[0])
    return html.Div(
        [
            dmc.Title(visit.say("weather.headline"), order=1, size="h2"),
            html.P(visit.say("weather.about"), className="about"),
            dmc.Group(
                [
                    dmc.Select(
                        id="weather-source", data=sources, value=source if source in known else _BUILT_IN,
                        label=visit.say("weather.source"), allowDeselect=False, searchable=True, w=300,
                    ),
                    html.Div(
                        dmc.Select(
                            id="weather-quantity",
                            data=[
                                {"value": key, "label": f"{one.label(visit.language)}（{one.unit}）"
                                 if visit.language == "zh" else f"{one.label('en')} ({one.unit})"}
                                for key, one in QUANTITIES.items()
                            ],
                            value=quantity if quantity in QUANTITIES else "temp_air",
                            label=visit.say("weather.quantity"), allowDeselect=False, w=260,
                        ),
                        id="weather-quantity-box",
                    ),
                    html.Div(
                        _segments(
                            visit, "scale", {k: visit.say(f"weather.{k}") for k in ("local", "global")}
                        ),
                        id="weather-scale-box",
                    ),
                    html.Div(
                        _segments(
                            visit, "season", {k: pick(visit.language, s[1], s[2]) for k, s in SEASONS.items()}
                        ),
                        id="weather-season-box",
                    ),
                ],
                align="flex-end",
            ),
            dmc.Tabs(
                dmc.TabsList([dmc.TabsTab(visit.say(f"weather.tab_{key}"), value=key) for key in _TABS]),
                id="weather-tab",
                value=tab if tab in _TABS else _TABS[0],
                mt="md",
            ),
            dcc.Loading(html.Div(id="weather-shown"), type="dot", delay_show=300),
        ]
    )  # fmt: skip


def _segments(visit: Visit, key: str, choices: dict[Any, str]) -> Component:
    asked = visit.first(f"weather-{key}")
    return dmc.Stack(
        [
            dmc.Text(visit.say(f"weather.{key}"), size="sm", fw=500),
            dmc.SegmentedControl(
                id=f"weather-{key}",
                data=[{"value": choice, "label": words} for choice, words in choices.items()],
                value=asked if asked in choices else next(iter(choices)),
                size="sm",
            ),
        ],
        gap=3,
    )


def _sources(visit: Visit) -> list[dict[str, str]]:
    """The built-in year, and the files beside the projects of whoever may see them all."""
    found = [{"value": _BUILT_IN, "label": visit.say("weather.shanghai")}]
    folder = visit.workspace.projects
    if folder.is_dir() and visit.user.sees_all:
        files = sorted(path for path in folder.glob("*.epw") if not path.name.startswith("."))
        found += [{"value": f"{_FOLDER}{path.name}", "label": path.name} for path in files]
    return found


def climate_of(visit: Visit, source: str) -> ClimateYear:
    """The year of a source of the list.

    Raises
    ------
    TwinError
        It is none of the list, or a file that cannot be used.
    """
    if source not in {item["value"] for item in _sources(visit)}:
        raise TwinError(visit.say("weather.missing", name=repr(source[:60])), visit.say("weather.choose"))
    if source == _BUILT_IN:
        return _loaded(_BUILT_IN, 0)
    path = visit.workspace.projects / source.removeprefix(_FOLDER)
    return _loaded(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=6)
def _loaded(source: str, _: int) -> ClimateYear:
    return load_weather(source)


def callbacks(app: Dash, workspace: Workspace) -> None:
    """What the choices show."""

    @app.callback(
        Output("weather-shown", "children"),
        Output("weather-quantity-box", "hidden"),
        Output("weather-scale-box", "hidden"),
        Output("weather-season-box", "hidden"),
        Input("weather-source", "value"),
        Input("weather-quantity", "value"),
        Input("weather-scale", "value"),
        Input("weather-season", "value"),
        Input("weather-tab", "value"),
        State("address", "pathname"),
    )
    def show(
        source: str, quantity: str, scale: str, season: str, tab: str, path: str | None
    ) -> tuple[Any, bool, bool, bool]:
        visit = visit_of(workspace, path, None)
        hidden = (tab not in ("year", "sun"), tab != "year", tab != "wind")
        try:
            shown = _PARTS[tab](visit, climate_of(visit, source), (quantity, scale, season))
        except TwinError as error:
            shown = trouble(error, visit)
        return shown, *hidden

    for control in _CONTROLS:
        app.clientside_callback(
            ClientsideFunction("shell", "remember"),
            Output("other", "href", allow_duplicate=True),
            Input(control, "value"),
            State("address", "pathname"),
            prevent_initial_call="initial_duplicate",
        )


def _paper(*inside: Component) -> Component:
    return dmc.Paper(list(inside), withBorder=True, p="lg", className="section")


def _year(visit: Visit, climate: ClimateYear, chosen: tuple[str, str, str]) -> Component:
    key, scale, _ = chosen
    by = cast(Scale, scale)
    return html.Div(
        [
            _paper(figure(carpet(climate, key, visit.language, by), visit.language, "graph-carpet")),
            _paper(figure(monthly_boxes(climate, key, visit.language, by), visit.language, "graph-months")),
        ]
    )


def _air(visit: Visit, climate: ClimateYear, _: tuple[str, str, str]) -> Component:
    return _paper(figure(psychrometric_chart(climate, visit.language), visit.language, "graph-air"))


def _sun(visit: Visit, climate: ClimateYear, chosen: tuple[str, str, str]) -> Component:
    key = chosen[0]
    return html.Div(
        [
            _paper(figure(sun_path(climate, visit.language, key), visit.language, "graph-sun")),
            _paper(figure(planes_figure(climate, visit.language), visit.language, "graph-planes")),
        ]
    )


def _wind(visit: Visit, climate: ClimateYear, chosen: tuple[str, str, str]) -> Component:
    season = cast(Season, chosen[2])
    return _paper(figure(wind_rose(climate, visit.language, season), visit.language, "graph-wind"))


def _degrees(visit: Visit, climate: ClimateYear, _: tuple[str, str, str]) -> Component:
    return _paper(figure(degree_days(climate, visit.language), visit.language, "graph-degrees"))


def _facts(visit: Visit, climate: ClimateYear, _: tuple[str, str, str]) -> Component:
    annual = statistics(climate)["annual"]
    place = visit.say(
        "weather.where",
        latitude=f"{climate.latitude:.2f}°",
        longitude=f"{climate.longitude:.2f}°",
        altitude=f"{climate.altitude:.0f}",
        zone=climate.time_zone,
    )
    # A file is told by its name: where it lies on this machine is nobody's business.
    source = climate.source.rpartition("/")[2] if climate.provenance == "epw" else climate.source
    repairs = html.Ul([html.Li(text) for text in climate.repairs]) if climate.repairs else None
    told = [
        ("place", f"{climate.name} · {place}"),
        ("kind", visit.say(f"weather.kind_{climate.provenance}")),
        ("origin", source),
        ("repairs", repairs or visit.say("weather.no_repairs")),
    ]
    figures = [
        (visit.say(f"weather.{key}"), f"{annual[key]:,.{digits}f} {unit}") for key, unit, digits in _FIGURES
    ]
    return html.Div(
        [
            _paper(_table([], [(visit.say(f"weather.{key}"), value) for key, value in told])),
            dmc.SimpleGrid(
                [
                    _paper(
                        _table([visit.say("weather.figure"), visit.say("weather.value")], figures),
                        html.P(
                            visit.say("weather.read_off", origin=design_days(climate).origin),
                            className="hint",
                        ),
                    ),
                    _paper(
                        _table(
                            [visit.say(f"weather.{key}") for key in ("extremes", "value", "when")],
                            _extremes(visit, climate),
                        )
                    ),
                ],
                cols={"base": 1, "lg": 2},
                spacing="lg",
            ),
        ]
    )


def _extremes(visit: Visit, climate: ClimateYear) -> list[tuple[Any, ...]]:
    index = pd.DatetimeIndex(climate.data.index)
    rows: list[tuple[Any, ...]] = []
    for key in _EXTREMES:
        one, values = QUANTITIES[key], values_of(climate, key)
        name = one.label(visit.language)
        name = name if visit.language == "zh" else name.lower()
        ends = [("highest", int(np.argmax(values)))]
        if key in ("temp_air", "wet_bulb"):
            ends.append(("lowest", int(np.argmin(values))))
        for words, at in ends:
            when = f"{index[at]:%m-%d} {index[at].hour + 1:02d}:00"
            rows.append((visit.say(f"weather.{words}", name=name), f"{values[at]:,.1f} {one.unit}", when))
    return rows


def _table(head: list[str], rows: list[tuple[Any, ...]]) -> Component:
    body = [html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])]) for row in rows]
    top = [html.Thead(html.Tr([html.Th(word, scope="col") for word in head]))] if head else []
    return html.Div(html.Table([*top, html.Tbody(body)], className="plant facts"), className="scroll")


_PARTS: dict[str, Callable[[Visit, ClimateYear, tuple[str, str, str]], Component]] = {
    "year": _year,
    "air": _air,
    "sun": _sun,
    "wind": _wind,
    "degrees": _degrees,
    "facts": _facts,
}

PAGE = Page("weather", "weather", "engineer", "weather", layout, callbacks)
