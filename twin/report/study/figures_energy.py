"""Figures of energy: months against the measured stock, end uses before and after, the front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from twin.judges.benchmark import measured
from twin.report.study.drawing import (
    STATE_COLOURS,
    canvas,
    legend_above,
    plain_numbers,
    short,
    styled,
    two_lines,
)
from twin.report.study.end_uses import CARRIERS, by_use, use_name
from twin.report.study.numbers import known, money_unit, money_value, number
from twin.report.study.reading import Reader, figure_of
from twin.report.style import INK, PALE, pick
from twin.variables import variable

_FEWEST = 3  # packages below which a cloud of points is no picture


def months_of(state: Mapping[str, Any], name: str) -> np.ndarray | None:
    """Twelve monthly figures, kWh/m2; None where the year is not whole or the figure is absent."""
    months = state["energy"].get("monthly") or {}
    values = months.get(f"{name}_kwh")
    if not values or len(values) != 12 or not all(known(v) for v in values):
        return None
    return np.array(values, float) / float(state["energy"]["floor_area_m2"])


def stock_row(reader: Reader) -> pd.Series | None:
    """Measured stock of Shanghai for the building's use, or None."""
    use = str(reader.study["building"].get("use") or "")
    table = measured()
    rows = table[[bool(use) and use in uses.split("|") for uses in table["use"]]]
    return rows.iloc[0] if len(rows) else None


def month_names(reader: Reader) -> list[str]:
    """Twelve short names."""
    return [pick(reader.language, f"{m}月", "JFMAMJJASOND"[m - 1]) for m in range(1, 13)]


def baseline_months(reader: Reader) -> Figure | None:
    """Months of the building as it is, stacked by end use, with the measured stock as a line."""
    layers = [(n, months_of(reader.baseline, n)) for n in CARRIERS]
    drawn = [(n, v) for n, v in layers if v is not None and float(v.sum()) > 0]
    if not drawn:
        return None
    stock, at = stock_row(reader), np.arange(12)
    with styled():
        figure, (axes,) = canvas(2.7)
        base = np.zeros(12)
        for name, values in drawn:
            axes.bar(
                at,
                values,
                0.72,
                bottom=base,
                color=variable(f"{name}_kw").colour,
                label=use_name(name, reader),
            )
            base = base + values
        if stock is not None:
            values = stock[[f"m{m:02d}" for m in range(1, 13)]].to_numpy(float)
            axes.plot(at, values, color=INK, lw=1.3, marker="o", ms=3, label=reader.say("measured_stock"))
        axes.set_xticks(at, month_names(reader))
        axes.set_ylabel("kWh/m²")
        axes.grid(False, axis="x")
        legend_above(figure, axes, 5)
    return figure


def end_use_bars(reader: Reader) -> Figure | None:
    """A year by end use, a bar a state, with the grid import as a mark."""
    found = [(s, by_use(s)) for s in reader.states]
    found = [(s, uses) for s, uses in found if uses]
    if not found:
        return None
    shown = [n for n in CARRIERS if any(n in uses for _, uses in found)]
    with styled():
        figure, (axes,) = canvas(0.95 + 0.42 * len(found))
        for row, (state, uses) in enumerate(found):
            left = 0.0
            for name in shown:
                width = uses.get(name, 0.0)
                axes.barh(
                    row,
                    width,
                    0.58,
                    left=left,
                    color=variable(f"{name}_kw").colour,
                    label=use_name(name, reader) if row == 0 else None,
                )
                left += width
            axes.text(left, row, f"  {number(left, 1)}", va="center", ha="left", fontsize=8)
            bought = figure_of(state, "energy", "grid_import_kwh")
            if bought is not None:
                at = bought / float(state["energy"]["floor_area_m2"])
                label = reader.say("grid_import_mark") if row == 0 else None
                axes.plot([at], [row], "D", color=INK, mec="white", ms=5, label=label, ls="none")
        axes.set_yticks(range(len(found)), [two_lines(reader.numbered(s), 26) for s, _ in found])
        axes.invert_yaxis()
        axes.margins(x=0.10)
        axes.set_xlabel("kWh/(m²·a)")
        axes.grid(False, axis="y")
        legend_above(figure, axes, 5)
    return figure


def monthly_lines(reader: Reader) -> Figure | None:
    """Own use and grid import by month, a line a state."""
    panels: list[tuple[str, list[tuple[int, Mapping[str, Any], np.ndarray]]]] = []
    for name, title in (("electricity", "months_electricity"), ("grid_import", "months_import")):
        told = [(k, s, months_of(s, name)) for k, s in enumerate(reader.states)]
        lines = [(k, s, v) for k, s, v in told if v is not None]
        if lines:
            panels.append((reader.say(title), lines))
    if not panels:
        return None
    with styled():
        figure, all_axes = canvas(2.5, len(panels), sharey=True)
        for axes, (title, lines) in zip(all_axes, panels, strict=True):
            for k, state, values in lines:
                colour = STATE_COLOURS[k % len(STATE_COLOURS)]
                name = short(reader.numbered(state), 34)
                axes.plot(range(12), values, color=colour, marker="o", ms=2.6, lw=1.6, label=name)
            axes.set_xticks(range(12), [str(m) for m in range(1, 13)])
            axes.set_xlabel(reader.say("month"))
            axes.set_title(title)
            axes.set_ylim(bottom=0)
        all_axes[0].set_ylabel("kWh/m²")
        legend_above(figure, all_axes[0], 2)
    return figure


def front(reader: Reader) -> Figure | None:
    """All packages: net cost against carbon, capital against electricity; fronts and chosen ones marked."""
    rows = reader.study["packages"]
    with styled():
        figure, all_axes = canvas(3.2, 2)
        drawn = [
            _cloud(reader, all_axes[0], rows, "npv_cny", "carbon_t"),
            _cloud(reader, all_axes[1], rows, "cost_cny", "eui"),
        ]
        if not all(drawn):
            return None
        legend_above(figure, all_axes[0], 3)
    return figure


_FRONT = "#1D5B99"
_SIGNS = {"npv_cny": -1.0, "cost_cny": 1.0}
_OF_BASELINE = {"carbon_t": "carbon_t", "eui": "eui_electric_kwh_m2"}


def _cloud(reader: Reader, axes: Axes, rows: Sequence[Mapping[str, Any]], cost: str, what: str) -> bool:
    rows = [p for p in rows if known(p.get(what)) and known(p.get(cost))]
    if len(rows) < _FEWEST:
        return False
    x = np.array([_SIGNS[cost] * (money_value(p[cost], reader.language) or 0.0) for p in rows])
    y = np.array([p[what] for p in rows], float)
    best = np.array([bool(p.get("front")) for p in rows])
    axes.scatter(x[~best], y[~best], s=7, color="#D5DBE3", label=reader.say("package_dot"))
    axes.scatter(x[best], y[best], s=10, color="#7FA7CF", label=reader.say("front_dot"), zorder=3)
    if cost == "npv_cny":
        two = sorted((c, v) for c, v, p in zip(x, y, rows, strict=True) if p.get("front_cost_carbon"))
        if two:
            label = reader.say("front_line")
            axes.plot(
                *zip(*two, strict=True), color="#1D5B99", lw=1.2, marker="o", ms=3.5, label=label, zorder=3
            )
    base = figure_of(reader.baseline, "figures", _OF_BASELINE[what])
    if base is not None:
        name = short(reader.name(reader.baseline), 30)
        axes.scatter([0], [base], s=44, marker="X", color=PALE, zorder=4, label=name)
    places = {str(p.get("id")): (c, v) for p, c, v in zip(rows, x, y, strict=True)}
    for k, state in enumerate(reader.chosen, start=1):
        place = places.get(str(state.get("id")))
        if place:
            colour = STATE_COLOURS[k % len(STATE_COLOURS)]
            name = f"{k} {short(reader.name(state), 30)}"
            axes.scatter(*place, s=62, marker="o", color=colour, ec=INK, lw=0.9, zorder=5, label=name)
            above: Any = {"textcoords": "offset points", "ha": "center", "fontsize": 8.5, "zorder": 6}
            axes.annotate(str(k), place, (0, 7), **above)
    axes.set_xlabel(reader.say(f"{cost}_axis", unit=money_unit(reader.language)))
    axes.set_title(reader.say(f"{what}_axis"))
    axes.margins(0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    return True
