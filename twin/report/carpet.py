"""Carpet plot (时序热图): hour of the day against day of the year, one colour scale for all Runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from twin.report.reading import NET, clock, run_labels, small, values_of
from twin.report.style import Language, finish, panel_titles_left, pick
from twin.store import Run
from twin.variables import variable

_RISING = ["#F7FAFC", "#CFE3EF", "#8DBFDB", "#4A90C2", "#1D5B99", "#1D3557"]
_FALLING = ["#B45309", "#F59E0B", "#FDE3B0"]
_PANEL_PX, _GAP_PX = 150, 30


def hours_by_days(values: pd.Series) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Hourly means arranged by hour and day.

    Parameters
    ----------
    values : Series, shape (n,)
        tz-aware, any step up to an hour.

    Returns
    -------
    days : ndarray of datetime64[D], shape (d,)
    table : ndarray, shape (24, d)
        Mean of each clock hour; NaN where there is none (a partial day, the hour a summer time skips).
    """
    times = clock(values.to_frame())
    day = times.normalize()
    days, column = np.unique(day.to_numpy("datetime64[D]"), return_inverse=True)
    amount, count = np.zeros((24, len(days))), np.zeros((24, len(days)))
    known = ~np.isnan(values.to_numpy(float))
    where = (times.hour.to_numpy()[known], column[known])
    np.add.at(amount, where, values.to_numpy(float)[known])
    np.add.at(count, where, 1.0)
    with np.errstate(invalid="ignore"):
        return days, np.where(count > 0, amount / count, np.nan)


def _colours(low: float, high: float) -> list[tuple[float, str]]:
    """Blue for what is drawn, amber below zero for what is fed in; white stands at zero."""
    if low >= 0:
        return [(i / (len(_RISING) - 1), colour) for i, colour in enumerate(_RISING)]
    if high <= 0:
        return [(i / (len(_FALLING) - 1), colour) for i, colour in enumerate(_FALLING)]
    zero = -low / (high - low)
    below = [(zero * i / len(_FALLING), colour) for i, colour in enumerate(_FALLING)]
    shares = [i / (len(_RISING) - 1) for i in range(len(_RISING))]
    # Written so that the last stop is exactly 1: Plotly refuses one that rounding put beyond.
    above = [(zero * (1 - f) + f, colour) for f, colour in zip(shares, _RISING, strict=True)]
    return [*below, *above]


def carpet(
    runs: Sequence[Run], language: Language, *, name: str = NET, building: str | None = None
) -> go.Figure:
    """Carpet of a variable, hour of the day by day of the year.

    Parameters
    ----------
    runs : sequence of Run
    language : {"zh", "en"}
    name : str
        A variable of buildings or weather, or `NET` for import minus export.
    building : str, optional
        See `twin.report.reading.table_of`.
    """
    if name == NET:
        label, unit = pick(language, "电网净功率", "Net grid power"), "kW"
        note = pick(
            language,
            "每格为该小时的平均值；蓝色为购电，橙色为上网。各方案共用同一色标，可直接对比。",
            "Each cell is the mean of that hour; blue is import, amber is export. "
            "All runs share one colour scale, so that shades compare.",
        )
    else:
        known = variable(name)
        label, unit = (known.zh if language == "zh" else known.en), known.unit
        note = pick(
            language,
            "每格为该小时的平均值；各方案共用同一色标。",
            "Each cell is the mean of that hour; all runs share one colour scale.",
        )
    tables = [hours_by_days(values_of(run, name, building)) for run in runs]
    figure = make_subplots(
        rows=len(runs),
        cols=1,
        subplot_titles=run_labels(runs, language),
        shared_xaxes=True,
        vertical_spacing=_GAP_PX / (_PANEL_PX * len(runs) + _GAP_PX * (len(runs) - 1)),
    )
    day_word, hour_word = pick(language, "日", "day"), pick(language, "时", "hour")
    for row, (days, table) in enumerate(tables, start=1):
        figure.add_heatmap(
            z=small(table),
            x0=f"{days[0]} 12:00",
            dx=86_400_000,
            y0=0.5,
            dy=1,
            coloraxis="coloraxis",
            hovertemplate=f"%{{x|%Y-%m-%d}} · {hour_word} %{{y:.0f}}<br><b>%{{z:.1f}} {unit}</b>"
            f"<extra>{day_word} × {hour_word}</extra>",
            row=row,
            col=1,
        )
        figure.update_yaxes(tickvals=[0, 6, 12, 18, 24], range=[0, 24], showgrid=False, row=row, col=1)
        figure.update_xaxes(tickformat=pick(language, "%-m月", "%b"), dtick="M1", row=row, col=1)
    low = min(float(np.nanmin(table)) for _, table in tables)
    high = max(float(np.nanmax(table)) for _, table in tables)
    figure.update_layout(
        coloraxis={
            "colorscale": _colours(low, high),
            "cmin": low,
            "cmax": high,
            "colorbar": {"title": {"text": unit}, "thickness": 12, "outlinewidth": 0, "ticks": "outside"},
        },
    )
    figure = finish(
        figure,
        title=pick(language, f"{label}：时 × 日（{unit}）", f"{label}: hour by day ({unit})"),
        note=note,
        language=language,
        height=_PANEL_PX * len(runs) + _GAP_PX * (len(runs) - 1),
        legend_rows=0,
        headroom=22,
        right=20,
    )
    figure.update_layout(hovermode="closest")
    panel_titles_left(figure)
    return figure
