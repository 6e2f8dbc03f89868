"""A quantity over the year: carpet, monthly boxes with days, degree days."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.report.climate.quantities import QUANTITIES, Scale, about, limits, values_of
from twin.report.reading import small
from twin.report.style import LOCALE, Language, finish, pick
from weather.climate_year import ClimateYear
from weather.statistics import statistics

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEAT, _COOL = "#D55E00", "#0072B2"


def months(language: Language) -> list[str]:
    """Names of the months."""
    return list(LOCALE["format"]["shortMonths"]) if language == "zh" else list(_MONTHS_EN)


def carpet(climate: ClimateYear, key: str, language: Language, scale: Scale = "local") -> go.Figure:
    """Hour of the day by day of the year.

    Parameters
    ----------
    climate : ClimateYear
    key : str
        Of `QUANTITIES`.
    language : {"zh", "en"}
    scale : {"local", "global"}
        Colours from the year's own range, or from that of the whole world so that places compare.
    """
    quantity, values = QUANTITIES[key], values_of(climate, key)
    low, high = limits(quantity, values, scale)
    table = values.reshape(365, 24).T
    figure = go.Figure(
        go.Heatmap(
            z=small(table),
            x0="2025-01-01 12:00",
            dx=86_400_000,
            y0=0.5,
            dy=1,
            zmin=low,
            zmax=high,
            colorscale=quantity.scale,
            colorbar={
                "title": {"text": quantity.unit},
                "thickness": 12,
                "outlinewidth": 0,
                "ticks": "outside",
            },
            hovertemplate=f"%{{x|%m-%d}} · %{{y:.0f}} h<br><b>%{{z:.1f}} {quantity.unit}</b><extra></extra>",
        )
    )
    figure.update_yaxes(tickvals=[0, 6, 12, 18, 24], range=[0, 24], showgrid=False)
    figure.update_yaxes(title=pick(language, "时", "hour"))
    figure.update_xaxes(tickformat=pick(language, "%-m月", "%b"), dtick="M1")
    label = quantity.label(language)
    finish(
        figure,
        title=pick(
            language, f"{label}：时 × 日（{quantity.unit}）", f"{label}: hour by day ({quantity.unit})"
        ),
        note=about(climate, language),
        language=language,
        height=240,
        legend_rows=0,
        right=20,
    )
    figure.update_layout(hovermode="closest")
    return figure


def monthly_boxes(climate: ClimateYear, key: str, language: Language, scale: Scale = "local") -> go.Figure:
    """Hours of each month as a box, and the mean day of each month behind it.

    Irradiance leaves the night out, else every box would stand on nought.
    """
    quantity, values = QUANTITIES[key], values_of(climate, key)
    month = np.asarray(climate.data.index.month)  # type: ignore[attr-defined]
    sunny = quantity.unit == "W/m²"
    figure = make_subplots(
        rows=2,
        cols=1,
        row_heights=[0.6, 0.4],
        vertical_spacing=0.14,
        subplot_titles=[
            pick(language, "各月小时值分布", "hours of each month"),
            pick(language, "各月平均日", "mean day of each month"),
        ],
    )
    names, middle = months(language), quantity.colours[-2]
    for number, name in enumerate(names, start=1):
        own = values[(month == number) & ((values > 0.0) | (not sunny))]
        five = np.quantile(own, [0.01, 0.25, 0.5, 0.75, 0.99])
        figure.add_trace(
            go.Box(
                x=[name], q1=[five[1]], median=[five[2]], q3=[five[3]],
                lowerfence=[five[0]], upperfence=[five[4]],
                mean=[float(own.mean())], line={"color": middle, "width": 1.4}, showlegend=False,
                hoverinfo="y", name=name,
            ),
            row=1, col=1,
        )  # fmt: skip
        day = values[month == number].reshape(-1, 24).mean(axis=0)
        hours = np.arange(24) / 24.0 + number - 0.5
        figure.add_trace(
            go.Scatter(
                x=hours, y=small(day), mode="lines", line={"color": middle, "width": 2}, showlegend=False,
                customdata=np.arange(1, 25), name=name,
                hovertemplate=f"{name} %{{customdata}} h: <b>%{{y:.1f}} {quantity.unit}</b><extra></extra>",
            ),
            row=2, col=1,
        )  # fmt: skip
    low, high = limits(quantity, values, scale)
    pad = 0.04 * (high - low)
    figure.update_yaxes(range=[low - pad, high + pad], title=quantity.unit, row=1, col=1)
    figure.update_yaxes(title=quantity.unit, row=2, col=1)
    figure.update_xaxes(tickvals=list(range(1, 13)), ticktext=names, range=[0.5, 12.5], row=2, col=1)
    night = pick(language, "辐照度不计夜间。", " Irradiance leaves the night out.") if sunny else ""
    label = quantity.label(language)
    finish(
        figure,
        title=pick(language, f"{label}：逐月（{quantity.unit}）", f"{label} by month ({quantity.unit})"),
        note=about(climate, language)
        + pick(
            language,
            "箱为四分位，须为 1 % 与 99 %，虚线为均值。",
            " Boxes are quartiles, whiskers 1 and 99 %.",
        )
        + night,
        language=language,
        height=430,
        legend_rows=0,
        headroom=22,
    )
    figure.update_layout(hovermode="closest")
    return figure


def degree_days(climate: ClimateYear, language: Language) -> go.Figure:
    """Heating and cooling degree days of each month, by the bases of Chinese standards."""
    told = statistics(climate)
    monthly, annual = told["monthly"], told["annual"]
    names = months(language)
    figure = go.Figure()
    for key, label, colour, sign in (
        ("hdd18", pick(language, "采暖度日 HDD18", "heating, HDD18"), _HEAT, 1.0),
        ("cdd26", pick(language, "空调度日 CDD26", "cooling, CDD26"), _COOL, -1.0),
    ):
        figure.add_bar(
            x=names,
            y=[sign * value for value in monthly[key]],
            name=f"{label} = {annual[key]:,.0f} K·d",
            marker={"color": colour},
            customdata=monthly[key],
            hovertemplate=f"{label}: <b>%{{customdata:.0f}} K·d</b><extra></extra>",
        )
    finish(
        figure,
        title=pick(language, "度日数（K·d）", "Degree days (K·d)"),
        note=about(climate, language)
        + pick(
            language,
            f"由日平均温度计算；空调度时 CDH26 为 {annual['cdh26']:,.0f} K·h。",
            f" From daily means; cooling degree hours CDH26 are {annual['cdh26']:,.0f} K·h.",
        ),
        language=language,
        height=230,
        legend_rows=1,
    )
    figure.update_layout(barmode="relative")
    figure.update_yaxes(title="K·d", tickformat=",.0f")
    return figure
