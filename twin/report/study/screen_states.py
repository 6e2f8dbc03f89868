"""Figures of the chosen packages for the screen: energy, money with its ranges, and the abatement curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.report.study.accounts import abatement_rows, cash_flow
from twin.report.study.end_uses import CARRIERS, by_use, use_name
from twin.report.study.numbers import known, money_unit, number
from twin.report.study.reading import Reader, figure_of
from twin.report.study.screen_packages import state_colour
from twin.report.style import INK, faint, finish, pick, plain
from twin.variables import variable

_GAIN, _PAYS = variable("battery_charge_kw").colour, variable("cooling_kw").colour


def states_with_ranges(reader: Reader) -> go.Figure | None:
    """Capital, net present value, payback and return of the chosen packages, with P10 to P90 of the draws."""
    language = reader.language
    asked = (
        ("capital_cny", pick(language, "初投资", "capital"), money_unit(language)),
        ("npv_cny", pick(language, "净现值", "net present value"), money_unit(language)),
        ("discounted_payback_a", pick(language, "动态回收期", "discounted payback"), "a"),
        ("irr", pick(language, "内部收益率", "internal rate of return"), "%"),
    )
    states = [s for s in reader.chosen if s.get("economics")]
    if not states:
        return None
    figure = make_subplots(
        rows=1, cols=len(asked), shared_yaxes=True, horizontal_spacing=0.03,
        subplot_titles=[f"{name} ({unit})" for _, name, unit in asked],
    )  # fmt: skip
    names = [plain(reader.numbered(state, 22)) for state in states]
    for column, (key, _, unit) in enumerate(asked, start=1):
        scale = {"%": 100.0, "a": 1.0}.get(unit, 1e-4 if language == "zh" else 1e-3)
        for name, state in zip(names, states, strict=True):
            value = figure_of(state, "economics", key)
            low, high = (figure_of(state, "ranges", key, p) for p in ("p10", "p90"))
            k = next(i for i, one in enumerate(reader.states) if one is state)
            if low is not None and high is not None:
                figure.add_scatter(
                    x=[scale * low, scale * high], y=[name, name], mode="lines", showlegend=False,
                    line={"color": faint(state_colour(k), 0.45), "width": 9}, row=1, col=column,
                    hovertemplate="P10 – P90: %{x:,.3~g}<extra></extra>",
                )  # fmt: skip
            if value is not None:
                figure.add_scatter(
                    x=[scale * value], y=[name], mode="markers", showlegend=False, row=1, col=column,
                    marker={"color": state_colour(k), "size": 10, "line": {"color": INK, "width": 1}},
                    hovertemplate="%{x:,.4~g}<extra></extra>",
                )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    for annotation in figure.layout.annotations:
        annotation.font.size = 12
    draws = (states[0].get("ranges") or {}).get("samples")
    return finish(
        figure,
        title=pick(language, "费用与范围", "Money with its ranges"),
        note=pick(
            language,
            f"圆点为中心值，粗线为 P10 ~ P90（抽样 {number(draws, 0)} 次，含能耗不确定性）；"
            "无线处为从未回收或无法计算。",
            f"Dots are the central figures, bars P10 to P90 of {number(draws, 0)} draws, those of the energy "
            "among them; none stands where a package never pays back or the figure does not exist.",
        ),
        language=language,
        height=46 * len(states) + 40,
        legend_rows=0,
        headroom=22,
    )


def cash_flow_fan(reader: Reader) -> go.Figure | None:
    """Discounted sums of the chosen packages' flows year by year, with P10 to P90 at the end."""
    language, scale = reader.language, 1e-4 if reader.language == "zh" else 1e-3
    flows = [(k, s, cash_flow(s.get("economics"))) for k, s in enumerate(reader.chosen, start=1)]
    flows = [(k, state, rows) for k, state, rows in flows if rows]
    if not flows:
        return None
    figure = go.Figure()
    for k, state, rows in flows:
        colour, name = state_colour(k), plain(reader.numbered(state, 40))
        figure.add_scatter(
            x=[row.year for row in rows], y=[scale * row.sum_cny for row in rows], mode="lines", name=name,
            line={"color": colour, "width": 2.2}, legendgroup=name, hovertemplate="%{y:,.4~g}",
        )  # fmt: skip
        ends = [figure_of(state, "ranges", "npv_cny", p) for p in ("p10", "p90")]
        if None not in ends:
            at = rows[-1].year + 0.25 + 0.3 * k
            figure.add_scatter(
                x=[at, at], y=[scale * float(end or 0.0) for end in ends], mode="lines",
                name=f"{name} P10–P90",
                line={"color": faint(colour, 0.5), "width": 7}, legendgroup=name, showlegend=False,
                hovertemplate="P10 – P90: %{y:,.4~g}",
            )  # fmt: skip
    figure.add_hline(y=0, line={"color": "#9CA3AF", "width": 1})
    last = flows[0][2][-1].year
    figure.update_xaxes(
        title_text=pick(language, "年", "year"), range=[0, last + 1.0 + 0.3 * len(reader.states)]
    )
    figure.update_yaxes(title_text=money_unit(language))
    return finish(
        figure,
        title=pick(language, "累计折现现金流", "Discounted flow, summed"),
        note=pick(
            language,
            "线为中心值；右端粗线为期末净现值的 P10 ~ P90。",
            "Lines are central figures; the bars at the right are P10 to P90 of the net present value.",
        ),
        language=language,
        height=320,
        legend_rows=2,
    )


def tornado(reader: Reader, state: Mapping[str, Any]) -> go.Figure | None:
    """How far the net present value moves when one input goes through its range, widest first."""
    language, scale = reader.language, 1e-4 if reader.language == "zh" else 1e-3
    rows = [
        r
        for r in (state.get("ranges") or {}).get("tornado") or ()
        if known(r.get("low")) and known(r.get("high")) and known(r.get("base")) and r["low"] != r["high"]
    ]
    rows = sorted(rows, key=lambda r: abs(r["high"] - r["low"]), reverse=True)[:12]
    if not rows:
        return None
    base = scale * float(rows[0]["base"])
    figure = go.Figure()
    names = [plain(reader.text(row, "input")) for row in rows]
    for end, colour in (("low", "#F4A261"), ("high", "#457B9D")):
        figure.add_bar(
            y=names, x=[scale * row[end] - base for row in rows], base=base, orientation="h",
            marker={"color": colour}, name=reader.say(f"tornado_{end}"),
            customdata=[[number(row[f"{end}_input"]), scale * row[end]] for row in rows],
            hovertemplate="%{customdata[0]}: %{customdata[1]:,.4~g}",
        )  # fmt: skip
    figure.add_vline(x=base, line={"color": INK, "width": 1})
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title_text=reader.say("npv_axis", unit=money_unit(language)))
    figure.update_layout(barmode="overlay", hovermode="closest")
    return finish(
        figure,
        title=reader.say("tornado_caption", name=plain(reader.name(state))),
        note=reader.say("tornado_note"),
        language=language,
        height=24 * len(rows) + 50,
    )


def abatement(reader: Reader) -> go.Figure | None:
    """The abatement cost curve (减排成本曲线): width is tonnes a year, height is cost of a tonne."""
    rows, _ = abatement_rows(reader.study)
    if not rows:
        return None
    language = reader.language
    wide = [float(row["tonnes_a"]) for row in rows]
    left = np.concatenate([[0.0], np.cumsum(wide)[:-1]])
    high = [float(row["cny_per_tonne"]) for row in rows]
    figure = go.Figure(
        go.Bar(
            x=left, y=high, width=wide, offset=0,
            marker={
                "color": [_GAIN if h <= 0 else _PAYS for h in high], "line": {"color": "white", "width": 1},
            },
            text=[str(k) for k in range(1, len(rows) + 1)], textposition="outside", cliponaxis=False,
            customdata=[[plain(reader.text(row, "name")), w] for row, w in zip(rows, wide, strict=True)],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]:,.3~g} t/a<br>%{y:,.0f} "
            + pick(language, "元", "CNY") + "/t<extra></extra>",
        )
    )  # fmt: skip
    figure.add_hline(y=0, line={"color": "#9CA3AF", "width": 1})
    figure.update_xaxes(title_text=reader.say("abatement_x"), range=[0, float(np.sum(wide)) * 1.01])
    figure.update_yaxes(title_text=reader.say("abatement_y"))
    figure.update_layout(hovermode="closest")
    return finish(
        figure,
        title=pick(language, "减排成本曲线", "Abatement cost curve"),
        note=pick(
            language,
            "按顺序叠加：每项措施的减排量与费用均在前面各项之上计算，序号见下表；低于零者自身可回收。",
            "One after another: tonnes and cost of each measure are reckoned on top of those before it; "
            "numbers stand in the table. Below nought a measure pays for itself.",
        ),
        language=language,
        height=320,
        legend_rows=0,
    )


def end_uses(reader: Reader) -> go.Figure | None:
    """A year of each state by end use, before and after; the grid import as a mark."""
    found = [(state, by_use(state)) for state in reader.states]
    found = [(state, uses) for state, uses in found if uses]
    if not found:
        return None
    language = reader.language
    names = [plain(reader.numbered(state, 30)) for state, _ in found]
    figure = go.Figure()
    for key in CARRIERS:
        values = [uses.get(key, 0.0) for _, uses in found]
        if any(values):
            figure.add_bar(
                y=names, x=values, orientation="h", name=use_name(key, reader),
                marker={"color": variable(f"{key}_kw").colour}, hovertemplate="%{x:.1f} kWh/(m²·a)",
            )  # fmt: skip
    bought = [figure_of(s, "energy", "grid_import_kwh") for s, _ in found]
    area = [float(state["energy"]["floor_area_m2"]) for state, _ in found]
    figure.add_scatter(
        y=names, x=[None if b is None else b / a for b, a in zip(bought, area, strict=True)], mode="markers",
        marker={"symbol": "diamond", "color": INK, "size": 10, "line": {"color": "white", "width": 1}},
        name=reader.say("grid_import_mark"), hovertemplate="%{x:.1f} kWh/(m²·a)",
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title_text="kWh/(m²·a)")
    figure.update_layout(barmode="stack", hovermode="y unified")
    return finish(
        figure,
        title=pick(language, "改造前后分项用能", "Energy by end use, before and after"),
        note=reader.say("carrier_note"),
        language=language,
        height=44 * len(found) + 50,
        legend_rows=2,
        left=150,
    )
