"""Figures of a preview for an owner, each in both languages, from the content of its `study.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from twin.report.style import INK, PALE, RUN_COLOURS, Language, faint, finish, pick
from twin.variables import variable

_BEFORE, _AFTER = RUN_COLOURS[0], RUN_COLOURS[1]
_PV, _GAS = variable("pv_kw").colour, "#BC6C25"
_HEIGHT = 230
_WAN = 1e4


def months(study: Mapping[str, Any], tier: str, language: Language) -> go.Figure:
    """Electricity bought, gas and PV of every month, as it is and with a package [MWh]."""
    found = study["preview"]["months"]
    figure = go.Figure()
    names = [str(m) for m in range(1, 13)] if language == "zh" else list(_MONTHS)
    for key, words, colour in (
        ("baseline", pick(language, "现状购电", "bought, as it is"), _BEFORE),
        (tier, pick(language, "改造后购电", "bought, with the package"), _AFTER),
    ):
        figure.add_bar(
            x=names, y=_mwh(found[key]["import_kwh"]), name=words, marker_color=colour,
            hovertemplate="%{y:,.0f} MWh",
        )  # fmt: skip
    if any(found[tier]["pv_kwh"]):
        figure.add_scatter(
            x=names, y=_mwh(found[tier]["pv_kwh"]), name=pick(language, "光伏发电", "PV generation"),
            mode="lines+markers", line={"color": _PV, "width": 2.5}, hovertemplate="%{y:,.0f} MWh",
        )  # fmt: skip
    if any(found["baseline"]["gas_kwh"]):
        for key, words, dash in (
            ("baseline", pick(language, "现状燃气", "gas, as it is"), "dot"),
            (tier, pick(language, "改造后燃气", "gas, with the package"), "solid"),
        ):
            figure.add_scatter(
                x=names, y=_mwh(found[key]["gas_kwh"]), name=words, mode="lines",
                line={"color": _GAS, "width": 2, "dash": dash}, hovertemplate="%{y:,.0f} MWh",
            )  # fmt: skip
    figure.update_layout(barmode="group")
    figure.update_yaxes(title_text="MWh", rangemode="tozero")
    figure.update_xaxes(type="category", title_text=pick(language, "月", ""))
    return finish(
        figure,
        title=pick(language, "逐月用能，改造前后 (MWh)", "Energy by month, before and after (MWh)"),
        note=_run_note(study, tier, language),
        language=language,
        height=_HEIGHT,
        legend_rows=2,
    )


def hardest_day(study: Mapping[str, Any], tier: str, language: Language) -> go.Figure:
    """Power from the grid on the day that asks most of it [kW]."""
    day = study["preview"]["peak_day"]
    figure = go.Figure()
    for key, words, colour in (
        ("baseline", pick(language, "现状", "as it is"), _BEFORE),
        (tier, pick(language, "改造后", "with the package"), _AFTER),
    ):
        figure.add_scatter(
            x=day["hours"], y=day["import_kw"][key], name=words, mode="lines",
            line={"color": colour, "width": 2.5, "shape": "hv"}, hovertemplate="%{y:,.0f} kW",
        )  # fmt: skip
    figure.update_xaxes(title_text=pick(language, "时刻", "hour of the day"), dtick=4, range=[0, 24])
    figure.update_yaxes(title_text="kW", rangemode="tozero")
    return finish(
        figure,
        title=pick(language, f"用电最高日 {day['day']}：从电网取电 (kW)",
                   f"Day of the highest demand, {day['day']}: power from the grid (kW)"),
        note=_run_note(study, tier, language),
        language=language,
        height=_HEIGHT,
    )  # fmt: skip


def cash_flow(study: Mapping[str, Any], tier: str, language: Language) -> go.Figure:
    """Money of the years added up, with the span of eight in ten draws."""
    state = state_of(study, tier)
    table, ranges = state["economics"]["table"], state["ranges"] or {}
    years = [int(year) for year in table["calendar"]]
    scale, unit = (1.0 / _WAN, "万元") if language == "zh" else (1e-3, "kCNY")
    figure = go.Figure()
    spread = ranges.get("cumulative_cny")
    if spread is not None:
        low, high = ([scale * v for v in spread[key]] for key in ("p10", "p90"))
        figure.add_scatter(
            x=years, y=high, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip"
        )
        figure.add_scatter(
            x=years, y=low, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=faint(_AFTER, 0.2),
            name=pick(language, "P10～P90 区间", "P10 to P90"), hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=years, y=[scale * v for v in table["cumulative"]], mode="lines",
        name=pick(language, "最可能", "likeliest"), line={"color": _AFTER, "width": 2.5},
        hovertemplate=f"%{{y:,.0f}} {unit}",
    )  # fmt: skip
    figure.add_hline(y=0.0, line_color=INK, line_width=1)
    figure.update_yaxes(title_text=unit)
    figure.update_xaxes(dtick=5)
    note = pick(
        language,
        "各年净现金流累计，未折现；含到期更新省下的费用、设备更换与维护。区间来自造价、电价和建筑参数的抽样。",
        "Flows of the years added up, not discounted; with renewals avoided, replacements and maintenance. "
        "The span is of draws of costs, prices and the building.",
    )
    return finish(
        figure,
        title=pick(language, f"累计现金流 ({unit})", f"Cash flow, added up ({unit})"),
        note=note,
        language=language,
        height=_HEIGHT,
    )


def intensity(study: Mapping[str, Any], language: Language) -> go.Figure:
    """Electricity per floor area of every state against the city's stock [kWh/(m2 a)]."""
    states = ordered(study)
    names = [state[f"role_{language}"] for state in states]
    values = [state["figures"]["eui_electric_kwh_m2"] for state in states]
    figure = go.Figure()
    figure.add_bar(
        y=names, x=values, orientation="h", marker_color=[_BEFORE, *[_AFTER] * (len(states) - 1)],
        text=[f"{v:,.0f}" for v in values], textposition="auto", hovertemplate="%{x:,.1f} kWh/(m²·a)",
        showlegend=False,
    )  # fmt: skip
    bench = study["baseline"].get("benchmark")
    note = pick(language, "没有同类建筑的监测数据。", "No measured stock of this type is known.")
    if bench and bench.get("stock_annual_kwh_m2"):
        stock = float(bench["stock_annual_kwh_m2"])
        words = pick(language, f"全市同类 {stock:,.0f}", f"city's stock {stock:,.0f}")
        figure.add_vline(x=stock, line_color=INK, line_dash="dash", annotation_text=words,
                         annotation_font={"size": 12, "color": INK}, annotation_position="top")  # fmt: skip
        source = bench["source_zh"] if language == "zh" else bench["source"]
        note = pick(language, f"对标：{source}。", f"Benchmark: {source}.")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(title_text="kWh/(m²·a)", showgrid=True, rangemode="tozero")
    figure.update_layout(hovermode="closest")
    return finish(
        figure,
        title=pick(
            language, "用电强度与同类建筑 (kWh/(m²·a))", "Electricity per area against the stock (kWh/(m²·a))"
        ),
        note=note,
        language=language,
        height=44 * len(states) + 20,
        legend_rows=0,
        headroom=16,
        left=96,
    )


def measures_worth(study: Mapping[str, Any], language: Language) -> go.Figure | None:
    """What each measure of the proposed package costs or earns per tonne, the best first; None without."""
    rows = [row for row in study["abatement"] if row["cny_per_tonne"] is not None and row["tonnes_a"] > 0.0]
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: row["cny_per_tonne"], reverse=True)
    figure = go.Figure()
    figure.add_bar(
        y=[row[f"name_{language}"] for row in rows],
        x=[row["cny_per_tonne"] for row in rows],
        orientation="h",
        marker_color=[_AFTER if row["cny_per_tonne"] <= 0.0 else PALE for row in rows],
        customdata=[row["tonnes_a"] for row in rows],
        hovertemplate="%{x:,.0f} · %{customdata:,.1f} tCO₂/a<extra></extra>",
        showlegend=False,
    )
    unit = pick(language, "元/tCO₂", "CNY/tCO₂")
    figure.update_xaxes(title_text=unit, showgrid=True)
    figure.update_yaxes(showgrid=False)
    figure.update_layout(hovermode="closest")
    return finish(
        figure,
        title=pick(language, f"各措施减排成本 ({unit})", f"What each measure costs per tonne ({unit})"),
        note=pick(
            language,
            "小于零即自身能回本；按先便宜后贵依次叠加，已计入相互影响。",
            "Below zero a measure pays for itself; taken one after another, the cheapest first, so that what "
            "they take from one another is counted.",
        ),
        language=language,
        height=30 * len(rows) + 30,
        legend_rows=0,
        left=230,
    )


def state_of(study: Mapping[str, Any], tier: str) -> Mapping[str, Any]:
    """A state of a preview by its id."""
    return next(state for state in (study["baseline"], *study["chosen"]) if state["id"] == tier)


def ordered(study: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The building as it is, then its packages by effort."""
    tiers = [one["id"] for one in study["preview"]["tiers"] if one["made"]]
    return [study["baseline"], *(state_of(study, tier) for tier in tiers)]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _mwh(values: Sequence[float]) -> list[float]:
    return [1e-3 * value for value in values]


def _run_note(study: Mapping[str, Any], tier: str, language: Language) -> str:
    year = study["weather"]["year"]
    return pick(
        language,
        f"{year} 气候年逐 {study['counts']['step_min_final']} 分钟推进（快速引擎）；Run：baseline、{tier}。",
        f"Climate year {year} marched at {study['counts']['step_min_final']} minutes by the fast engine; "
        f"Runs: baseline, {tier}.",
    )
