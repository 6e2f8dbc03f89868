"""Figures of money and carbon: cash flow, tornado, life cycle, abatement costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from twin.report.study.accounts import STAGES, abatement_rows, cash_flow, life_cycle_stages
from twin.report.study.drawing import (
    STATE_COLOURS,
    canvas,
    legend_above,
    plain_numbers,
    short,
    styled,
    two_lines,
)
from twin.report.study.numbers import known, money_unit, money_value, number
from twin.report.study.reading import Reader, figure_of
from twin.report.style import INK, PALE
from twin.variables import variable

_GAIN, _LOSS = variable("battery_charge_kw").colour, variable("heating_kw").colour
STAGE_COLOURS = dict(
    zip(
        STAGES,
        ("#D1495B", "#E5989B", "#B5838D", "#2E86DE", "#BC6C25", "#48CAE4", "#F2C14E", "#6D6875", "#588157"),
        strict=True,
    )
)


def cash_flow_plot(reader: Reader) -> Figure | None:
    """Bars of the proposed package's yearly flow; lines of all chosen packages' discounted sums."""
    flows = [(k, s, cash_flow(s.get("economics"))) for k, s in enumerate(reader.chosen, start=1)]
    flows = [(k, s, f) for k, s, f in flows if f]
    if not flows:
        return None
    language = reader.language
    with styled():
        figure, (axes,) = canvas(2.9)
        _, first, rows = flows[0]
        net = [money_value(r.net_cny, language) or 0.0 for r in rows]
        colours = [_GAIN if v >= 0 else _LOSS for v in net]
        axes.bar([r.year for r in rows], net, 0.7, color=colours, alpha=0.55)
        axes.bar(
            [0],
            [0],
            color=_GAIN,
            alpha=0.55,
            label=reader.say("flow_bars", name=short(reader.name(first), 30)),
        )
        for k, state, rows in flows:
            line = [(r.year, money_value(r.sum_cny, language)) for r in rows]
            colour = STATE_COLOURS[k % len(STATE_COLOURS)]
            name = reader.say("cumulative", name=short(reader.numbered(state), 30))
            axes.plot(*zip(*line, strict=True), color=colour, lw=1.8, label=name)
        axes.axhline(0, color=INK, lw=0.8)
        axes.set_xlabel(reader.say("year"))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        plain_numbers(axes.yaxis)
        axes.set_ylabel(money_unit(language))
        legend_above(figure, axes, 2)
    return figure


def tornado(reader: Reader, state: Mapping[str, Any]) -> Figure | None:
    """How far NPV moves when one input goes through its range, widest first."""
    ranges = state.get("ranges") or {}
    rows = [r for r in ranges.get("tornado") or () if known(r.get("low")) and known(r.get("high"))]
    rows = [r for r in rows if r["low"] != r["high"]]
    if not rows:
        return None
    rows = sorted(rows, key=lambda r: abs(r["high"] - r["low"]), reverse=True)[:12]
    language = reader.language
    centre = next((r["base"] for r in rows if known(r.get("base"))), figure_of(state, "economics", "npv_cny"))
    middle = money_value(centre, language)
    if middle is None:
        return None
    with styled():
        figure, (axes,) = canvas(0.9 + 0.3 * len(rows))
        for row, entry in enumerate(rows):
            for end, colour in (("low", "#F4A261"), ("high", "#457B9D")):
                value = money_value(entry[end], language) or 0.0
                label = reader.say(f"tornado_{end}") if row == 0 else None
                axes.barh(row, value - middle, 0.6, left=middle, color=colour, label=label)
                side = "left" if value >= middle else "right"
                text = number(value, 1 if language == "zh" else 0)
                axes.annotate(
                    text,
                    (value, row),
                    (3 if side == "left" else -3, 0),
                    textcoords="offset points",
                    va="center",
                    ha=side,
                    fontsize=7.2,
                    color=PALE,
                )
        axes.axvline(middle, color=INK, lw=0.9)
        axes.set_yticks(range(len(rows)), [two_lines(reader.text(r, "input"), 26) for r in rows])
        axes.invert_yaxis()
        axes.margins(x=0.14)
        axes.grid(False, axis="y")
        plain_numbers(axes.xaxis)
        axes.set_xlabel(reader.say("npv_axis", unit=money_unit(language)))
        legend_above(figure, axes, 2)
    return figure


def life_cycle_bars(reader: Reader) -> Figure | None:
    """Life-cycle carbon by stage, a bar a state; sinks and what is given away count below zero."""
    found = [(s, life_cycle_stages(s.get("life_cycle"), reader)) for s in reader.states]
    found = [(s, stages) for s, stages in found if stages]
    if not found:
        return None
    with styled():
        figure, (axes,) = canvas(1.0 + 0.42 * len(found))
        told: set[str] = set()
        for row, (_, stages) in enumerate(found):
            up, down = 0.0, 0.0
            for stage in stages:
                value, colour = stage.kg_m2, STAGE_COLOURS[stage.key]
                label = None if stage.label in told else stage.label
                told.add(stage.label)
                axes.barh(row, value, 0.58, left=up if value >= 0 else down, color=colour, label=label)
                up, down = (up + value, down) if value >= 0 else (up, down + value)
            axes.text(up, row, f"  {number(up + down, 0)}", va="center", ha="left", fontsize=8)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_yticks(range(len(found)), [two_lines(reader.numbered(s), 26) for s, _ in found])
        axes.invert_yaxis()
        axes.margins(x=0.10)
        axes.grid(False, axis="y")
        plain_numbers(axes.xaxis)
        axes.set_xlabel(reader.say("life_cycle_axis"))
        legend_above(figure, axes, 4)
    return figure


def abatement_curve(reader: Reader) -> Figure | None:
    """The abatement cost curve (减排成本曲线): width is tonnes a year, height is cost of a tonne."""
    rows, _ = abatement_rows(reader.study)
    if not rows:
        return None
    with styled():
        figure, (axes,) = canvas(3.0)
        left = 0.0
        for k, row in enumerate(rows, start=1):
            wide, high = float(row["tonnes_a"]), float(row["cny_per_tonne"])
            colour = _GAIN if high <= 0 else STATE_COLOURS[1]
            axes.bar(left, high, wide, align="edge", color=colour, ec="white", lw=0.8)
            axes.annotate(
                str(k),
                (left + wide / 2, high),
                (0, 3 if high >= 0 else -3),
                textcoords="offset points",
                ha="center",
                va="bottom" if high >= 0 else "top",
                fontsize=8,
            )
            left += wide
        axes.axhline(0, color=INK, lw=0.8)
        plain_numbers(axes.xaxis)
        plain_numbers(axes.yaxis)
        axes.set_xlim(0, left)
        axes.margins(y=0.12)
        axes.set_xlabel(reader.say("abatement_x"))
        axes.set_ylabel(reader.say("abatement_y"))
        axes.grid(False, axis="x")
    return figure
