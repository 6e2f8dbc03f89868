"""The outlook of a fleet as a figure: less import above, more import below, by source, and what is sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.flexibility.envelope import DIRECTIONS, SOURCES
from twin.flexibility.words import LABELS
from twin.report.style import INK, Language, finish, pick
from twin.response.outlook_stored import ON_THE_DAY, SIMILAR_DAYS, WAYS
from twin.variables import variable

COLOURS = {
    "battery": variable("battery_discharge_kw").colour,
    "vehicles": variable("ev_charge_kw").colour,
    "mass": variable("cooling_kw").colour,
    "tank": variable("hot_water_kw").colour,
    "lighting": variable("lighting_kw").colour,
}
_SIGNS = {"down": 1.0, "up": -1.0}
_LINES = ((ON_THE_DAY, "solid"), (SIMILAR_DAYS, "dot"))


def outlook_figure(
    told: Mapping[str, Any],
    language: Language,
    *,
    minutes: int,
    scenario: str,
    start: str | None = None,
    height: int = 340,
) -> go.Figure:
    """The day by source and direction.

    Parameters
    ----------
    told : mapping
        Of `twin.response.outlook_stored.plain_outlook`.
    language : {"zh", "en"}
    minutes : int
        How long it must last, one of `told["minutes"]`.
    scenario : str
        Behaviour of which the lines tell.
    start : str, optional
        Quarter-hour as HH:MM from which on that time is marked.
    height : int
        Of the plotting area, px.
    """
    quarters = pd.DatetimeIndex(told["times"]).tz_localize(None)
    clock = pd.DatetimeIndex([*quarters, quarters[0] + pd.Timedelta(days=1)])
    figure = go.Figure()
    for way in DIRECTIONS:
        _areas(figure, told[way][str(minutes)]["sources_kw"], clock, way, language)
    _squares(figure, told, str(minutes), language)
    for days, dash in _LINES:
        _line(figure, told, clock, (minutes, scenario, days), dash, language)
    figure.add_hline(y=0.0, line={"color": INK, "width": 1})
    if start is not None:
        begin = clock[0].normalize() + pd.Timedelta(f"{start}:00")
        end = begin + pd.Timedelta(minutes=minutes)
        figure.add_vrect(x0=begin, x1=end, fillcolor=INK, opacity=0.1, line_width=0, layer="below")
    figure.update_yaxes(title_text="kW", tickformat=",.0f")
    figure.update_xaxes(range=[clock[0], clock[0] + pd.Timedelta(days=1)], tickformat="%H:%M")
    lasting = _lasting(minutes)
    return finish(
        figure,
        title=pick(
            language,
            f"{told['day']} 可持续 {lasting} 的可调功率，kW",
            f"Power that can be moved for {lasting} on {told['day']}, kW",
        ),
        note=pick(
            language,
            "零线以上为减少用电（削峰），以下为增加用电（填谷），以楼宇群自身无事件运行为参照。"
            "实线：所选情景下有 90 % 把握；点线：此前相似日口径的 90 % 把握。",
            "Above zero less import (peak shaving), below it more (valley filling), against the fleet's own "
            "march without a call. Solid line: reached with 90 % in the chosen scenario; dotted: the same "
            "over similar days before it.",
        ),
        language=language,
        height=height,
        legend_rows=2,
    )


def _lasting(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes / 60.0:g} h"


def _stepped(values: list[float]) -> NDArray[np.float64]:
    """With the end of the last quarter-hour, so that it is drawn as long as the others."""
    return np.array([*values, values[-1]])


def _areas(
    figure: go.Figure,
    sources: Mapping[str, list[float]],
    clock: pd.DatetimeIndex,
    way: str,
    language: Language,
) -> None:
    for name in SOURCES:
        values = _stepped(sources[name])
        if not values.any():
            continue
        figure.add_trace(
            go.Scatter(
                x=clock,
                y=_SIGNS[way] * values,
                customdata=values,
                hovertemplate="%{customdata:,.0f} kW",
                name=f"{pick(language, LABELS[name][1], LABELS[name][0])}, {pick(language, *WAYS[way])}",
                stackgroup=way,
                legendgroup=name,
                line={"width": 0, "shape": "hv", "color": COLOURS[name]},
                fillcolor=COLOURS[name],
                showlegend=False,
            )
        )


def _squares(figure: go.Figure, told: Mapping[str, Any], minutes: str, language: Language) -> None:
    """The legend's, each for both directions of a source; an area's own would show its line."""
    none = [None]
    for name in SOURCES:
        if not any(any(told[way][minutes]["sources_kw"][name]) for way in DIRECTIONS):
            continue
        label = pick(language, LABELS[name][1], LABELS[name][0])
        marker = {"symbol": "square", "size": 11, "color": COLOURS[name]}
        figure.add_trace(
            go.Scatter(x=none, y=none, mode="markers", marker=marker, name=label, legendgroup=name)
        )


def _line(
    figure: go.Figure,
    told: Mapping[str, Any],
    clock: pd.DatetimeIndex,
    what: tuple[int, str, str],
    dash: str,
    language: Language,
) -> None:
    """What is reached with 90 %, in both directions."""
    minutes, scenario, days = what
    label = {
        ON_THE_DAY: pick(language, "90 % 把握", "sure with 90 %"),
        SIMILAR_DAYS: pick(language, "90 % 把握（相似日）", "sure with 90 %, similar days"),
    }[days]
    for way in DIRECTIONS:
        rows = told[way][str(minutes)]["sure_kw"][scenario][days]
        if rows is None:
            return
        values = _stepped(rows[0])
        figure.add_trace(
            go.Scatter(
                x=clock,
                y=_SIGNS[way] * values,
                customdata=values,
                hovertemplate="%{customdata:,.0f} kW<extra>"
                + f"{label}, {pick(language, *WAYS[way])}</extra>",
                name=label,
                legendgroup=days,
                showlegend=way == DIRECTIONS[0],
                line={"color": INK, "width": 1.6, "dash": dash, "shape": "hv"},
            )
        )
