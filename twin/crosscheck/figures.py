"""Figures of a crosscheck: both curves for the worst week, months side by side, hour against hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.crosscheck.comparison import Compared, Comparison
from twin.crosscheck.measures import Series, worst_week
from twin.crosscheck.stored import StoredComparison
from twin.crosscheck.targets import LOADS
from twin.crosscheck.words import COLOURS, ENGINES
from twin.crosscheck.words import LOADS as LOAD_WORDS
from twin.report.style import INK, PALE, Language, finish, panel_titles_left, pick, plain

Shown = Comparison | StoredComparison
"""A crosscheck that was just made, or one that was stored."""

_GRID = 250
"""Dots of the cloud that fall into one cell of such a grid are drawn once: a year has 8760."""


def worst_week_of_loads(one: Shown, language: Language) -> go.Figure:
    """Hourly loads of the building, each in the week in which the engines differ most."""
    kinds = [kind for kind in LOADS if _has_load(one, kind)]
    weeks = [worst_week(*one.building_load(kind), one.times) for kind in kinds]
    titles = [
        f"{pick(language, *LOAD_WORDS[kind])} · {_span(one.times[week], language)}"
        for kind, week in zip(kinds, weeks, strict=True)
    ]
    figure = make_subplots(rows=len(kinds), cols=1, subplot_titles=titles, vertical_spacing=0.28 / len(kinds))
    for row, (kind, week) in enumerate(zip(kinds, weeks, strict=True), start=1):
        _both_lines(figure, one.building_load(kind), one.times, week, language, row=row, unit="W/m²")
        figure.update_yaxes(title_text="W/m²", rangemode="tozero", row=row, col=1)
    panel_titles_left(figure)
    note = pick(
        language,
        "整栋建筑逐时均值，按供冷供暖区面积计；每种负荷各取两引擎差值平方和最大的自然周（周一起）。",
        "Hourly means of the whole building per conditioned floor area; for each load the calendar week "
        "(from Monday) with the largest sum of squared differences.",
    )
    return finish(
        figure,
        title=pick(language, "负荷：差别最大的一周", "Loads: the week in which the engines differ most"),
        note=note,
        language=language,
        height=230 * len(kinds),
        headroom=22,
    )


def worst_week_of_temperature(one: Comparison, language: Language) -> go.Figure | None:
    """Free-floating air of the zone with the largest RMSE, in its worst week; None where not run."""
    floating = [zone for zone in one.zones if zone.free_float is not None]
    if one.free is None or not floating:
        return None
    worst = max(floating, key=lambda zone: zone.free_float.rmse if zone.free_float is not None else 0.0)
    at = one.zone_index(worst.name)
    pair = (one.free[0].temp_air[:, at], one.free[1].temp_air[:, at])
    week = worst_week(*pair, one.times)
    figure = make_subplots(rows=1, cols=1)
    _both_lines(figure, pair, one.times, week, language, row=1, unit="°C")
    figure.update_yaxes(title_text="°C")
    rms = worst.free_float.rmse if worst.free_float is not None else 0.0
    return finish(
        figure,
        title=pick(
            language,
            f"无冷热源时的空气温度：{plain(worst.name)}，{_span(one.times[week], language)}",
            f"Air temperature without plant: {plain(worst.name)}, {_span(one.times[week], language)}",
        ),
        note=pick(
            language,
            f"逐时均值；全年 RMSE {rms:.2f} K，为各区最大。",
            f"Hourly means; RMSE over the year {rms:.2f} K, the largest of all zones.",
        ),
        language=language,
        height=260,
    )


def months(one: Shown, language: Language, zone: Compared | None = None) -> go.Figure:
    """Monthly loads of the building (or of a zone), engine beside engine [kWh/m2]."""
    shown = zone if zone is not None else one.whole
    kinds = [kind for kind in LOADS if kind in shown.loads]
    figure = make_subplots(
        rows=1,
        cols=max(len(kinds), 1),
        subplot_titles=[pick(language, *LOAD_WORDS[kind]) for kind in kinds],
        shared_yaxes=True,
        horizontal_spacing=0.03,
    )
    names = [pick(language, f"{m}月", "JFMAMJJASOND"[m - 1]) for m in range(1, 13)]
    for column, kind in enumerate(kinds, start=1):
        load = shown.loads[kind]
        for engine, values in enumerate((load.monthly, load.reference_monthly)):
            figure.add_bar(
                x=list(range(1, 13)),
                y=list(values),
                name=pick(language, *ENGINES[engine]),
                legendgroup=str(engine),
                showlegend=column == 1,
                marker={"color": COLOURS[engine], "line": {"width": 0}},
                hovertemplate="%{y:.2f} kWh/m²",
                row=1,
                col=column,
            )
        figure.update_xaxes(tickvals=list(range(1, 13)), ticktext=names, row=1, col=column)
    figure.update_yaxes(title_text="kWh/m²", row=1, col=1)
    panel_titles_left(figure)
    return finish(
        figure,
        title=pick(language, "逐月负荷", "Monthly loads") + (f" · {plain(zone.name)}" if zone else ""),
        note=pick(language, "按供冷供暖区面积计。", "Per conditioned floor area."),
        language=language,
        height=260,
        headroom=22,
    )


def hour_against_hour(one: Shown, language: Language) -> go.Figure:
    """Every hour of the year: the fast engine's load over EnergyPlus', with the line of equality."""
    kinds = [kind for kind in LOADS if _has_load(one, kind)]
    figure = make_subplots(
        rows=1,
        cols=len(kinds),
        subplot_titles=[pick(language, *LOAD_WORDS[kind]) for kind in kinds],
        horizontal_spacing=0.06,
    )
    for column, kind in enumerate(kinds, start=1):
        ours, reference = one.building_load(kind)
        top = float(max(ours.max(), reference.max()))
        dots = _distinct(ours, reference, top)
        figure.add_scatter(
            x=dots[:, 0],
            y=dots[:, 1],
            mode="markers",
            marker={"color": COLOURS[0], "size": 3.5, "opacity": 0.45},
            showlegend=False,
            hovertemplate="EnergyPlus %{x:.1f} W/m²<br>%{y:.1f} W/m²<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=[0.0, top],
            y=[0.0, top],
            mode="lines",
            line={"color": INK, "width": 1, "dash": "dot"},
            showlegend=False,
            hoverinfo="skip",
            row=1,
            col=column,
        )
        figure.update_xaxes(title_text="EnergyPlus, W/m²", row=1, col=column)
    figure.update_yaxes(title_text=f"{pick(language, *ENGINES[0])}, W/m²", row=1, col=1)
    figure.update_layout(hovermode="closest")
    panel_titles_left(figure)
    return finish(
        figure,
        title=pick(language, "逐时对照", "Hour against hour"),
        note=pick(
            language,
            "每点一小时（任一引擎有负荷）；虚线为两者相等。",
            "One dot an hour in which either engine has a load; on the dotted line both are equal.",
        ),
        language=language,
        height=300,
        legend_rows=0,
        headroom=22,
    )


def zone_errors(one: Shown, language: Language) -> go.Figure:
    """Annual difference of each zone, heating and cooling [kWh/m2]."""
    zones = [zone for zone in one.zones if zone.loads]
    figure = go.Figure()
    for kind, colour in (("heating", "#D1495B"), ("cooling", "#2E86DE")):
        figure.add_bar(
            x=[plain(zone.name) for zone in zones],
            y=[zone.loads[kind].annual - zone.loads[kind].reference_annual for zone in zones],
            name=pick(language, *LOAD_WORDS[kind]),
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:+.2f} kWh/m²",
        )
    figure.update_yaxes(title_text="kWh/m²", zerolinecolor=PALE)
    return finish(
        figure,
        title=pick(
            language,
            "各区全年差值（快速引擎减 EnergyPlus）",
            "Annual difference by zone (fast less EnergyPlus)",
        ),
        note=pick(language, "按各区面积计。", "Per floor area of the zone."),
        language=language,
        height=240,
    )


def _both_lines(
    figure: go.Figure,
    pair: Sequence[Series],
    times: pd.DatetimeIndex,
    week: slice,
    language: Language,
    *,
    row: int,
    unit: str,
) -> None:
    # EnergyPlus below and wider, so that a thin line of ours on it shows where they agree.
    for engine in (1, 0):
        figure.add_scatter(
            x=times[week].tz_localize(None),
            y=np.round(pair[engine][week], 3),
            mode="lines",
            name=pick(language, *ENGINES[engine]),
            legendgroup=str(engine),
            showlegend=row == 1,
            line={"color": COLOURS[engine], "width": 1.4 if engine == 0 else 3.2},
            hovertemplate=f"%{{y:.2f}} {unit}",
            row=row,
            col=1,
        )
    days = pick(language, "%-m月%-d日\n%a", "%-d %b\n%a")
    figure.update_xaxes(tickformat=days, dtick=86_400_000, row=row, col=1)


def _distinct(ours: Series, reference: Series, top: float) -> Series:
    """Reference and ours of the hours with load, on a grid too fine to be seen, each dot once."""
    on = (ours > 0.0) | (reference > 0.0)
    grid = top / _GRID
    return np.unique(np.round(np.stack([reference[on], ours[on]], axis=1) / grid), axis=0) * grid


def _has_load(one: Shown, kind: str) -> bool:
    return (
        kind in one.whole.loads
        and max(one.whole.loads[kind].peak, one.whole.loads[kind].reference_peak) > 0.0
    )


def _span(times: pd.DatetimeIndex, language: Language) -> str:
    first, last = times[0], times[-1]
    if language == "zh":
        return f"{first.month}月{first.day}日至{last.month}月{last.day}日"
    return f"{first:%d %b} to {last:%d %b}"
