"""What a Run costs and emits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from twin.report.reading import run_labels
from twin.report.style import INK, Language, finish, pick
from twin.report.words import CONFIDENCE, tariff_name, unit_in, worded
from twin.store import Run
from weather.errors import TwinError

PERIODS: dict[str, tuple[str, str, str]] = {
    "deep_valley": ("深谷电量", "Deep valley", "#CBD5E1"),
    "valley": ("谷段电量", "Valley", "#A8DADC"),
    "flat": ("平段电量", "Flat", "#6BA3C4"),
    "peak": ("峰段电量", "Peak", "#2F6690"),
    "super_peak": ("尖峰电量", "Super peak", "#1D3557"),
}
DEMAND, GAS, EXPORT = "demand_cny", "gas_cny", "export_cny"
_OTHER = {
    DEMAND: ("需量（容量）电费", "Demand charge", "#8D99AE"),
    GAS: ("燃气", "Gas", "#BC6C25"),
    EXPORT: ("上网收入", "Export credit", "#F77F00"),
}


def judged_buildings(run: Run, building: str | None = None) -> list[dict[str, Any]]:
    """What the judges said of the building, or of each building.

    Raises
    ------
    TwinError
        If the Run was not judged.
    """
    judged = run.summary.get("buildings") or {}
    names = [building] if building is not None else list(run.series)
    missing = [name for name in names if name not in judged]
    if missing:
        raise TwinError(
            f"the Run holds no judgement of {', '.join(missing)}.", "Judge it first.", key="summary.buildings"
        )
    return [judged[name] for name in names]


def cost_parts(run: Run, building: str | None = None) -> dict[str, float]:
    """Parts of the bill, CNY: energy by tariff period, demand, gas, export (negative).

    Their sum is the total of the cost judge.
    """
    parts: dict[str, float] = {}
    for judged in judged_buildings(run, building):
        cost = judged["cost"]
        for period, entry in cost["by_period"].items():
            parts[period] = parts.get(period, 0.0) + float(entry["cny"])
        for name in _OTHER:
            parts[name] = parts.get(name, 0.0) + float(cost[name])
    return parts


def _words(part: str) -> tuple[str, str, str]:
    return _OTHER.get(part) or PERIODS.get(part) or (part, part, "#6BA3C4")


def cost_bars(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """Cost of each Run by part of the bill.

    Parameters
    ----------
    runs : sequence of Run
        Judged.
    language : {"zh", "en"}
    building : str, optional
    """
    parts = [cost_parts(run, building) for run in runs]
    labels = run_labels(runs, language)
    order = [*PERIODS, *{p for each in parts for p in each} - {*PERIODS, *_OTHER}, *_OTHER]
    figure = go.Figure()
    for part in order:
        values = [each.get(part, 0.0) / 1000.0 for each in parts]
        if not any(values):
            continue
        zh, en, colour = _words(part)
        figure.add_bar(
            y=labels,
            x=values,
            orientation="h",
            name=pick(language, zh, en),
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{x:,.1f} " + pick(language, "千元", "thousand CNY"),
        )
    totals = [sum(each.values()) / 1000.0 for each in parts]
    ends = [sum(v for v in each.values() if v > 0) / 1000.0 for each in parts]
    _totals(figure, labels, ends, [f" <b>{t:,.0f}</b>" for t in totals])
    figure.update_xaxes(title_text=pick(language, "千元", "thousand CNY"), showgrid=True, range=[
        min(0.0, 1.1 * min(each.get(EXPORT, 0.0) for each in parts) / 1000.0), 1.12 * max(ends)])  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(barmode="relative")
    tariffs = sorted(
        {tariff_name(j["cost"]["tariff"], language) for run in runs for j in judged_buildings(run, building)}
    )
    figure = finish(
        figure,
        title=pick(language, "能源费用（千元）", "Energy cost (thousand CNY)"),
        note=pick(
            language,
            f"电价 {', '.join(tariffs)}，按 15 分钟最大需量计费；粗体为合计（已减上网收入）。"
            "未核实的价格见“假定”一节。",
            f"Tariff {', '.join(tariffs)}, demand billed on the highest quarter-hour; bold is the total, "
            "less the export credit. Prices that nobody verified stand under Assumptions.",
        ),
        language=language,
        height=46 * len(runs) + 16,
        legend_rows=1,
    )
    figure.update_layout(hovermode="closest")
    return figure


def _totals(figure: go.Figure, labels: list[str], ends: list[float], texts: list[str]) -> None:
    figure.add_scatter(
        y=labels,
        x=ends,
        mode="text",
        text=texts,
        textposition="middle right",
        textfont={"size": 13, "color": INK},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def carbon_bars(runs: Sequence[Run], language: Language, *, building: str | None = None) -> go.Figure:
    """Operational carbon of each Run by two accounts.

    Parameters
    ----------
    runs : sequence of Run
        Judged.
    language : {"zh", "en"}
    building : str, optional
    """
    labels = run_labels(runs, language)
    figure = go.Figure()
    notes = []
    for account, zh, en, colour in (
        ("physical", "电力平均因子（位置法）", "Grid average (location-based)", "#4B5563"),
        ("shanghai_ets", "上海碳市场因子", "Shanghai ETS factor", "#A3B18A"),
    ):
        judged = [[j["carbon"][account] for j in judged_buildings(run, building)] for run in runs]
        values = [sum(float(j["total_kg"]) for j in each) / 1000.0 for each in judged]
        factor = judged[0][0]["electricity_factor"]
        figure.add_bar(
            y=labels,
            x=values,
            orientation="h",
            name=pick(language, zh, en) + f" {factor['value']:g} {unit_in(factor['unit'], language)}",
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{v:,.0f}" for v in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x:,.1f} tCO₂",
        )
        known = worded(CONFIDENCE, factor["confidence"], language)
        notes.append(f"{pick(language, zh, en)}: {factor['source']} ({known})")
    top = max(float(x) for trace in figure.data for x in trace.x)
    figure.update_xaxes(title_text="tCO₂", showgrid=True, range=[0, 1.12 * top])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(barmode="group")
    figure = finish(
        figure,
        title=pick(language, "运行碳排放（tCO₂）", "Operational carbon (tCO₂)"),
        note="; ".join(notes)
        + pick(language, "。上网电量不抵扣。", ". Exported electricity is not credited."),
        language=language,
        height=58 * len(runs) + 16,
        legend_rows=1,
    )
    figure.update_layout(hovermode="closest")
    return figure
