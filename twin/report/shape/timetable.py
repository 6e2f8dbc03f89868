"""A schedule over the year: hour of the day by day of the year, holidays and shifted workdays included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from buildings.description.calendar import DayTypes
from buildings.description.complete import CompleteBuilding
from buildings.description.schedules import schedule_values
from twin.report.carpet import hours_by_days
from twin.report.reading import small
from twin.report.style import Language, finish, pick, plain

_SHARES = ["#F7FAFC", "#CFE3EF", "#8DBFDB", "#4A90C2", "#1D5B99", "#1D3557"]
_WARM = ["#2C6E91", "#7FB3C8", "#F3E9D2", "#E9A15B", "#B4532A"]


def timetable_figure(building: CompleteBuilding, key: str, year: int, language: Language) -> go.Figure:
    """Carpet of a schedule.

    Parameters
    ----------
    building : CompleteBuilding
    key : str
        Of its `schedules`.
    year : int
        Calendar year with its public holidays.
    language : {"zh", "en"}
    """
    schedule = building.schedules[key]
    times = pd.date_range(f"{year}-01-01", f"{year}-12-31 23:45", freq="15min", tz="Asia/Shanghai")
    values = schedule_values(schedule, times, DayTypes(building.vacations, building.calendar))
    days, table = hours_by_days(pd.Series(values, index=times))
    temperature = "setpoint" in key or "degC" in key or (np.nanmax(values, initial=0.0) > 1.5)
    unit = "°C" if temperature else "1"
    figure = go.Figure(
        go.Heatmap(
            z=small(table),
            x0=f"{days[0]} 12:00",
            dx=86_400_000,
            y0=0.5,
            dy=1,
            colorscale=_WARM if temperature else _SHARES,
            zmin=None if temperature else 0.0,
            zmax=None if temperature else max(1.0, float(np.nanmax(values, initial=0.0))),
            colorbar={"title": {"text": unit}, "thickness": 12, "outlinewidth": 0, "ticks": "outside"},
            hovertemplate=f"%{{x|%Y-%m-%d}} · %{{y:.0f}} h<br><b>%{{z:.2f}} {unit}</b><extra></extra>",
        )
    )
    figure.update_yaxes(
        tickvals=[0, 6, 12, 18, 24], range=[0, 24], showgrid=False, title=pick(language, "时", "h")
    )
    figure.update_xaxes(tickformat=pick(language, "%-m月", "%b"), dtick="M1")
    finish(
        figure,
        title=f"{plain(key)}（{unit}）" if language == "zh" else f"{plain(key)} ({unit})",
        note=pick(
            language,
            f"{year} 年，含法定节假日与调休；空白为停止供给（off）。",
            f"{year} with public holidays and shifted workdays; blank is off.",
        ),
        language=language,
        height=210,
        legend_rows=0,
        right=20,
    )
    figure.update_layout(hovermode="closest")
    return figure
