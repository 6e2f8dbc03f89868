"""Energy use by month and by year, stacked by end use, beside the measured stock of Shanghai."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.judges.benchmark import measured
from twin.report.reading import clock, floor_area, is_whole_year, run_labels, step_hours, table_of, use_of
from twin.report.style import INK, Language, finish, panel_titles_left, pick
from twin.store import Run
from twin.variables import END_USES, variable

CARRIERS = (*END_USES, "gas_kw")
"""What is stacked: electric end uses, and gas by its lower heating value where there is any."""

_MONTHS = [f"m{m:02d}" for m in range(1, 13)]
_STOCK_COLOUR = "#111827"


def monthly_intensity(run: Run, building: str | None = None) -> pd.DataFrame:
    """Energy by month and end use per floor area.

    Returns
    -------
    DataFrame, shape (months, end uses)
        kWh/m2, index of months 1 to 12 as far as the Run reaches; columns of `CARRIERS`.
    """
    table = table_of(run, building)
    months = pd.Index(clock(table).month, name="month")
    sums = table[list(CARRIERS)].groupby(months).sum()
    return sums * (step_hours(table) / floor_area(run, building))


def stock_of(run: Run, building: str | None = None) -> pd.Series | None:
    """Row of the measured stock that fits the Run's use, or None; only whole years compare."""
    use = use_of(run, building)
    if use is None or not is_whole_year(run):
        return None
    table = measured()
    fits = np.array([use in uses.split("|") for uses in table["use"]])
    return table[fits].iloc[0] if fits.any() else None


def _used(tables: Sequence[pd.DataFrame]) -> list[str]:
    return [name for name in CARRIERS if any(float(table[name].sum()) > 0 for table in tables)]


def _note(language: Language, stock: pd.Series | None) -> str:
    note = pick(
        language,
        "建筑自身用电（不含电动车、电池与变换损耗；未扣除光伏），按总建筑面积计。",
        "Electricity of the building's own end uses (no vehicles, no battery or conversion losses; PV not "
        "deducted) per gross floor area.",
    )
    if stock is not None:
        note += " " + pick(
            language,
            f"实测线：上海{stock['building_type_zh']}建筑用电监测均值，{stock['annual']:g} kWh/(m²·a)；"
            f"来源：{stock['source']}。",
            f"Measured: mean of metered Shanghai buildings ({stock['building_type']}), "
            f"{stock['annual']:g} kWh/(m²·a); source: {stock['source']}.",
        )
    return note


def _month_names(language: Language) -> list[str]:
    return [pick(language, f"{m}月", "JFMAMJJASOND"[m - 1]) for m in range(1, 13)]


def monthly_bars(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """Months stacked by end use, one panel a Run, one scale for all, the measured stock as a line.

    Parameters
    ----------
    runs : sequence of Run
    language : {"zh", "en"}
    building : str, optional
    """
    tables = [monthly_intensity(run, building) for run in runs]
    stocks = [stock_of(run, building) for run in runs]
    columns = min(len(runs), 2)
    rows = -(-len(runs) // columns)
    titles = [
        f"{label} · {float(table.to_numpy().sum()):.1f} kWh/m²"
        for label, table in zip(run_labels(runs, language), tables, strict=True)
    ]
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=titles,
        shared_yaxes="all",
        horizontal_spacing=0.04,
        vertical_spacing=0.16 if rows > 1 else 0.0,
    )
    names = _month_names(language)
    for k, table in enumerate(tables):
        place = {"row": k // columns + 1, "col": k % columns + 1}
        at = [names[m - 1] for m in table.index]
        for name in _used(tables):
            known = variable(name)
            figure.add_bar(
                x=list(table.index),
                y=table[name].to_numpy(float),
                name=known.zh if language == "zh" else known.en,
                legendgroup=name,
                showlegend=k == 0,
                marker={"color": known.colour, "line": {"width": 0}},
                hovertemplate="%{y:.2f}",
                **place,
            )
        stock = stocks[k]
        if stock is not None:
            figure.add_scatter(
                x=list(range(1, 13)),
                y=stock[_MONTHS].to_numpy(float),
                mode="lines+markers",
                name=pick(language, "上海实测均值", "Measured in Shanghai"),
                legendgroup="stock",
                showlegend=not any(s is not None for s in stocks[:k]),
                line={"color": _STOCK_COLOUR, "width": 1.6, "dash": "dot"},
                marker={"size": 5},
                hovertemplate="%{y:.1f}",
                **place,
            )
        figure.update_xaxes(tickvals=list(table.index), ticktext=at, tickangle=0, **place)
        if k % columns == 0:
            figure.update_yaxes(title_text="kWh/m²", **place)
    figure.update_layout(barmode="stack")
    figure = finish(
        figure,
        title=pick(language, "逐月分项用能（kWh/m²）", "Energy by month and end use (kWh/m²)"),
        note=_note(language, next((s for s in stocks if s is not None), None)),
        language=language,
        height=210 * rows + 60 * (rows - 1),
        legend_rows=1,
        headroom=24,
    )
    panel_titles_left(figure)
    return figure


def annual_bars(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """The year by end use, one bar a Run, the measured stock as a line.

    Parameters
    ----------
    runs : sequence of Run
    language : {"zh", "en"}
    building : str, optional
    """
    tables = [monthly_intensity(run, building).sum() for run in runs]
    stock = next((s for s in (stock_of(run, building) for run in runs) if s is not None), None)
    labels = run_labels(runs, language)
    figure = go.Figure()
    for name in CARRIERS:
        values = [float(table[name]) for table in tables]
        if not any(value > 0 for value in values):
            continue
        known = variable(name)
        figure.add_bar(
            y=labels,
            x=values,
            orientation="h",
            name=known.zh if language == "zh" else known.en,
            marker={"color": known.colour, "line": {"width": 0}},
            text=[f"{value:.1f}" if value > 2.5 else "" for value in values],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"size": 11},
            hovertemplate="%{x:.2f} kWh/m²",
        )
    totals = [float(table.sum()) for table in tables]
    figure.add_scatter(
        y=labels,
        x=totals,
        mode="text",
        text=[f" <b>{total:.1f}</b>" for total in totals],
        textposition="middle right",
        textfont={"size": 13, "color": INK},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    if stock is not None:
        figure.add_vline(
            x=float(stock["annual"]),
            line={"color": _STOCK_COLOUR, "width": 1.4, "dash": "dot"},
            annotation={
                "text": pick(language, "上海实测均值 ", "measured in Shanghai ") + f"{stock['annual']:g}",
                "font": {"size": 12},
                "yanchor": "bottom",
                "showarrow": False,
            },
            annotation_position="top",
            layer="below",
        )
    top = max([*totals, float(stock["annual"]) if stock is not None else 0.0])
    figure.update_xaxes(range=[0, 1.12 * top], title_text="kWh/m²", showgrid=True)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(barmode="stack", hovermode="closest")
    figure = finish(
        figure,
        title=pick(language, "分项用能强度（kWh/m²）", "Energy use intensity by end use (kWh/m²)"),
        note=_note(language, stock),
        language=language,
        height=52 * len(runs) + 16,
        legend_rows=1,
        headroom=26,
    )
    figure.update_layout(hovermode="closest")
    return figure
