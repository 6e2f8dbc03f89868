"""Figures of a study's packages for the screen, as pure functions of it in both languages.

The documents print their figures with Matplotlib; here are those that a reader turns: packages over axes of
his choice, and the same packages on parallel axes. Every point carries the id of its package.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from twin.report.study.numbers import known, money_unit, number
from twin.report.study.reading import Reader
from twin.report.style import GRID, INK, PALE, RUN_COLOURS, Language, faint, finish, pick, plain
from twin.retrofit.front import non_dominated

_REST, _FRONT, _PICKED = "#B8C2CE", "#1D5B99", "#C2187A"
_LEAST_OPACITY = 0.35


@dataclass(frozen=True)
class Axis:
    """What packages are laid out by.

    Parameters
    ----------
    key : str
        Of a row of `study["packages"]`.
    zh, en : str
        Label without unit.
    unit : str
        Empty for sums of money, which have a unit in each language.
    best : int
        1 where small is good, -1 where large is.
    """

    key: str
    zh: str
    en: str
    unit: str
    best: int = 1

    def label(self, language: Language) -> str:
        """Label with unit."""
        return f"{pick(language, self.zh, self.en)} ({self.unit or money_unit(language)})"

    def value(self, row: Mapping[str, Any], language: Language) -> float:
        """Figure of a package as it is drawn; NaN where there is none."""
        found = row.get(self.key)
        if not known(found):
            return math.nan
        return float(found) / (1.0 if self.unit else 1e4 if language == "zh" else 1e3)  # type: ignore[arg-type]


AXES: dict[str, Axis] = {
    axis.key: axis
    for axis in (
        Axis("cost_cny", "初投资", "capital", ""),
        Axis("npv_cny", "净现值", "net present value", "", -1),
        Axis("carbon_t", "运行碳排放", "carbon of operation", "tCO₂e/a"),
        Axis("eui", "用电强度", "electricity", "kWh/(m²·a)"),
        Axis("primary_kwh_m2", "一次能源（标准计入）", "primary energy, as counted", "kWh/(m²·a)"),
        Axis("unmet_h", "不满足小时", "unmet hours", "h/a"),
    )
}
"""By the key of a package's row."""


def front_of(study: Mapping[str, Any], x: str, y: str) -> list[str]:
    """Ids of the packages that no other beats on both axes, by x.

    Parameters
    ----------
    study : mapping
    x, y : str
        Keys of `AXES`.
    """
    rows = [r for r in study["packages"] if known(r.get(x)) and known(r.get(y))]
    if not rows:
        return []
    signed = np.array([[AXES[key].best * float(row[key]) for key in (x, y)] for row in rows])
    best = [(row[x], str(row["id"])) for row, keep in zip(rows, non_dominated(signed), strict=True) if keep]
    return [name for _, name in sorted(best)]


def pareto(reader: Reader, x: str, y: str, picked: Collection[str] = ()) -> go.Figure:
    """All packages over two axes, with the front of the two, the chosen packages and what is picked.

    Parameters
    ----------
    reader : Reader
    x, y : str
        Keys of `AXES`.
    picked : collection of str
        Ids of packages.
    """
    language, axes = reader.language, (AXES[x], AXES[y])
    rows = {str(row["id"]): row for row in reader.study["packages"]}
    front = front_of(reader.study, x, y)
    figure = go.Figure()

    def points(ids: Sequence[str], **look: Any) -> None:
        figure.add_scatter(
            x=[axes[0].value(rows[i], language) for i in ids],
            y=[axes[1].value(rows[i], language) for i in ids],
            customdata=list(ids),
            text=[_hover(reader, rows[i]) for i in ids],
            hovertemplate="%{text}<extra></extra>",
            unselected={"marker": {"opacity": _LEAST_OPACITY}},
            **look,
        )

    points(
        [i for i in rows if i not in front],
        mode="markers",
        marker={"color": _REST, "size": 6},
        name=pick(language, "方案", "packages"),
    )
    points(
        front,
        mode="lines+markers",
        line={"color": _FRONT, "width": 1.3, "shape": "hv" if axes[0].best * axes[1].best > 0 else "vh"},
        marker={"color": _FRONT, "size": 7},
        name=pick(language, "帕累托前沿", "Pareto front"),
    )
    if picked:
        points(
            [i for i in rows if i in picked],
            mode="markers",
            marker={"color": "rgba(0,0,0,0)", "size": 12, "line": {"color": _PICKED, "width": 1.8}},
            name=pick(language, "已选", "picked"),
        )
    for k, state in enumerate(reader.chosen, start=1):
        name = str(state["id"])
        if name in rows:
            points(
                [name],
                mode="markers",
                marker={"color": state_colour(k), "size": 13, "line": {"color": INK, "width": 1}},
                name=plain(reader.numbered(state, 40)),
            )
            place = {"x": axes[0].value(rows[name], language), "y": axes[1].value(rows[name], language)}
            figure.add_annotation(
                **place, text=f"<b>{k}</b>", showarrow=False, yshift=15, font={"size": 12, "color": INK},
            )  # fmt: skip
    if "baseline" in rows:
        points(
            ["baseline"],
            mode="markers",
            marker={"color": PALE, "size": 11, "symbol": "x"},
            name=plain(reader.name(reader.baseline)),
        )
    figure.update_xaxes(title_text=axes[0].label(language))
    figure.update_yaxes(title_text=axes[1].label(language))
    figure.update_layout(hovermode="closest", dragmode="select", clickmode="event", uirevision=f"{x} {y}")
    counts = reader.study["counts"]
    return finish(
        figure,
        title=pick(language, "全部方案", "All packages"),
        note=pick(
            language,
            f"{counts['packages']:,} 个方案，均由快速引擎以 {counts['step_min_search']} 分钟步长推进全年；"
            "前沿按所选两轴重新求得。"
            f"选定方案按 {counts['step_min_final']} 分钟步长重新推进，故与表中略有差别。",
            f"{counts['packages']:,} packages, each marched through the year by the fast engine at steps of "
            f"{counts['step_min_search']} min; the front is that of the two axes. The chosen ones were "
            f"marched again at {counts['step_min_final']} min, so that tables differ a little.",
        ),
        language=language,
        height=360,
        legend_rows=3,
    )


def parallel(reader: Reader, picked: Collection[str] = ()) -> go.Figure:
    """All packages on parallel axes; each axis is scaled to what the packages span.

    Lines rather than Plotly's own trace of that name: that one needs WebGL and a browser that lets scripts
    make scripts.
    """
    language = reader.language
    axes = [a for a in AXES.values() if any(known(r.get(a.key)) for r in reader.study["packages"])]
    rows = {str(r["id"]): r for r in reader.study["packages"] if all(known(r.get(axis.key)) for axis in axes)}
    values = np.array([[axis.value(row, language) for axis in axes] for row in rows.values()])
    low, high = values.min(axis=0), values.max(axis=0)
    scaled = dict(zip(rows, (values - low) / np.where(high > low, high - low, 1.0), strict=True))
    numbers = {str(state["id"]): k for k, state in enumerate(reader.chosen, start=1)}
    figure = go.Figure()

    def lines(ids: Sequence[str], name: str, colour: str, width: float, *, dots: bool) -> None:
        at = list(range(len(axes)))
        figure.add_scatter(
            x=[v for _ in ids for v in (*at, None)],
            y=[v for i in ids for v in (*scaled[i], None)],
            customdata=[i for i in ids for _ in range(len(axes) + 1)],
            text=[told for i in ids for told in [_hover(reader, rows[i])] * (len(axes) + 1)],
            mode="lines+markers" if dots else "lines",
            hovertemplate="%{text}<extra></extra>",
            line={"color": colour, "width": width},
            marker={"color": colour, "size": 5},
            unselected={"marker": {"opacity": _LEAST_OPACITY}},
            name=name,
            connectgaps=False,
        )

    rest = [i for i in rows if i not in numbers and i not in picked]
    lines(rest, pick(language, "方案", "packages"), faint(_REST, 0.45), 0.9, dots=True)
    chosen = [i for i in rows if i in picked and i not in numbers]
    if chosen:
        lines(chosen, pick(language, "已选", "picked"), faint(_PICKED, 0.75), 1.4, dots=True)
    for state in reader.chosen:
        name = str(state["id"])
        if name in rows:
            lines([name], plain(reader.numbered(state, 40)), state_colour(numbers[name]), 2.6, dots=True)
    for k, axis in enumerate(axes):
        figure.add_vline(x=k, line={"color": GRID, "width": 1}, layer="below")
        for y, end, text in ((1.0, "bottom", high[k]), (0.0, "top", low[k])):
            figure.add_annotation(
                x=k,
                y=y,
                text=number(float(text)),
                showarrow=False,
                yanchor=end,
                font={"size": 11, "color": PALE},
            )
        figure.add_annotation(
            x=k, y=1.1, text=_two_lines(axis, language), showarrow=False, yanchor="bottom",
            font={"size": 11.5, "color": INK},
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-0.35, len(axes) - 0.65])
    figure.update_yaxes(visible=False, range=[-0.1, 1.3])
    figure.update_layout(hovermode="closest", dragmode="select", clickmode="event", uirevision="parallel")
    return finish(
        figure,
        title=pick(language, "平行坐标", "Parallel coordinates"),
        note=pick(
            language,
            "每条线为一个方案，每根轴从全部方案的最小值到最大值；净现值越高越好，其余越低越好。",
            "A line is a package; each axis runs from the least to the largest of all packages. Net present "
            "value is better the higher, all else the lower.",
        ),
        language=language,
        height=330,
        legend_rows=3,
    )


def _two_lines(axis: Axis, language: Language) -> str:
    return f"{pick(language, axis.zh, axis.en)}<br>{axis.unit or money_unit(language)}"


def state_colour(k: int) -> str:
    """Colour of the k-th chosen package, as the printed figures have it."""
    return RUN_COLOURS[k % len(RUN_COLOURS)]


def _hover(reader: Reader, row: Mapping[str, Any]) -> str:
    language = reader.language
    keys = list(row.get("keys") or ())
    shown = [f"<b>{plain(str(row['id']))}</b>"]
    shown += [
        f"{pick(language, axis.zh, axis.en)} {number(axis.value(row, language))} "
        f"{axis.unit or money_unit(language)}"
        for axis in AXES.values()
        if known(row.get(axis.key))
    ]
    shown += [f"· {plain(reader.measure(key, 50))}" for key in keys[:8]]
    if len(keys) > 8:
        shown.append(pick(language, f"等 {len(keys)} 项措施", f"and {len(keys) - 8} more measures"))
    return "<br>".join(shown)
