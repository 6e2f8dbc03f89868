"""Figures of a calibration: before and after, posterior against prior, residuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.calibration.parameters import parameters, values_at
from twin.calibration.reading import StoredCalibration
from twin.meters.points import points
from twin.report.style import INK, Language, finish, panel_titles_left, pick, plain

GREY, BLUE, RED = "#8D99AE", "#2E86DE", "#D1495B"
BAND = "rgba(46,134,222,0.22)"
_BEFORE, _AFTER = ("按描述", "as described"), ("校准后", "calibrated")
_MEASURED = ("实测", "measured")
_BIN_K = 2.0
"""Width of the classes of outdoor temperature [K]; a class of fewer hours is not drawn."""
_LEAST_HOURS = 24
_GAP_PX = 62


_SCALES: dict[str, tuple[tuple[str, str], float]] = {
    "factor": (("倍数", "factor on the description"), 1.0),
    "shift": (("偏移，K", "shift of the description, K"), 0.0),
    "added": (("增加的份额", "share added to the description"), 0.0),
}
"""Panels of parameters: words, and where the description stands."""


def _scale(row: Mapping[str, Any]) -> str:
    return "shift" if row["unit"] == "K" else "added" if row["name"] == "night_load" else "factor"


def label(series: str, language: Language) -> tuple[str, str]:
    """What a measured series is called, and its unit; a room's stands behind the room's name."""
    zone, _, name = series.rpartition("/")
    known = points().get(name)
    words, unit = (name, "") if known is None else (known.label(language), known.unit)
    return f"{zone} {words}".strip(), unit.replace("degC", "°C")


def months(stored: StoredCalibration, series: str, language: Language) -> go.Figure:
    """Each month's energy (of a temperature its mean): measured, as described, as calibrated."""
    measured = stored.of(series, "measured")
    known, month = measured.notna(), pd.DatetimeIndex(measured.index).month
    name, unit = label(series, language)
    energy = unit == "kW"
    figure = go.Figure()
    for kind, colour, words in (
        ("measured", GREY, _MEASURED), ("before", RED, _BEFORE), ("after", BLUE, _AFTER),
    ):  # fmt: skip
        grouped = stored.of(series, kind).where(known).groupby(month)
        shown = grouped.sum(min_count=1) / 1e3 if energy else grouped.mean()
        figure.add_bar(x=list(shown.index), y=shown.to_numpy(), name=pick(language, *words),
                       marker_color=colour)  # fmt: skip
    out = sorted({int(m) for m in month[stored.held_out & known.to_numpy()]})
    for m in out:
        figure.add_vrect(
            x0=m - 0.5, x1=m + 0.5, fillcolor="#F2B134", opacity=0.16, line_width=0, layer="below"
        )
    figure.update_xaxes(dtick=1, title_text=pick(language, "月", "month"))
    figure.update_yaxes(title_text="MWh" if energy else unit)
    note = pick(
        language,
        "只计有实测的小时。黄底：未参与拟合的月份。",
        "Measured hours only. On yellow: months held out, which the fit did not see.",
    )
    title = pick(language, f"{name}，逐月", f"{name}, months")
    return finish(figure, title=plain(title), note=note, language=language, height=280)


def shown_week(stored: StoredCalibration, series: str) -> slice:
    """Rows of the week held out with the highest mean that was measured."""
    own = stored.of(series, "measured").where(stored.held_out)
    mean = own.rolling(168, min_periods=140).mean()
    last = int(np.nanargmax(mean.to_numpy())) if mean.notna().any() else 167
    return slice(max(last - 167, 0), last + 1)


def week(stored: StoredCalibration, series: str, language: Language, rows: slice | None = None) -> go.Figure:
    """A week of hours with the interval of 90 %; see `shown_week`."""
    rows = shown_week(stored, series) if rows is None else rows
    times = pd.DatetimeIndex(stored.hours.index[rows]).tz_localize(None)
    name, unit = label(series, language)
    figure = go.Figure()
    line = {"width": 0}
    low, high = (stored.of(series, kind).iloc[rows] for kind in ("low", "high"))
    figure.add_scatter(x=times, y=low, mode="lines", line=line, showlegend=False, hoverinfo="skip")
    figure.add_scatter(x=times, y=high, mode="lines", line=line, fill="tonexty", fillcolor=BAND,
                       name=pick(language, "90 % 区间", "90 % interval"))  # fmt: skip
    for kind, colour, words in (
        ("before", RED, _BEFORE),
        ("after", BLUE, _AFTER),
        ("measured", INK, _MEASURED),
    ):
        figure.add_scatter(x=times, y=stored.of(series, kind).iloc[rows], mode="lines",
                           line={"color": colour, "width": 1.5}, name=pick(language, *words))  # fmt: skip
    held = stored.held_out[rows]
    said = pick(language, "未参与拟合的一周。", "A week that the fit did not see.") if held.all() else ""
    note = said + pick(
        language,
        "区间含参数后验与模型残差。",
        " The interval holds the posterior of the parameters and the model's residuals.",
    )
    figure.update_yaxes(title_text=unit)
    title = pick(language, f"{name}，一周逐时", f"{name}, hours of a week")
    return finish(figure, title=plain(title), note=note.strip(), language=language, height=300)


def hours_of_use(stored: StoredCalibration, language: Language) -> go.Figure | None:
    """Lights and plugs by hour as learnt from the meter; None where they were not learnt."""
    learnt = stored.told.get("hours_of_use")
    if learnt is None:
        return None
    figure = go.Figure()
    for key, colour, words in (
        ("workday_kw", BLUE, ("工作日", "workdays")), ("rest_day_kw", GREY, ("休息日", "rest days")),
    ):  # fmt: skip
        figure.add_scatter(
            x=list(range(24)), y=learnt[key], mode="lines", line={"color": colour, "shape": "hv"},
            name=pick(language, *words),
        )  # fmt: skip
    note = pick(
        language,
        f"由拟合月份的总电表学习；其余用电取模型的 {learnt['machines']:.2f} 倍。",
        f"Learnt from the meter in fitted months; the rest is {learnt['machines']:.2f} times the model's.",
    )
    title = pick(language, "照明与插座，kW", "Lights and plugs, kW")
    return finish(figure, title=title, note=note, language=language, height=260)


def posterior(stored: StoredCalibration, language: Language) -> go.Figure:
    """Prior and posterior of each parameter: factors in one panel, shifts in another."""
    rows = stored.told["parameters"]
    shown = [
        ([row for row in rows if _scale(row) == scale], pick(language, *words), described)
        for scale, (words, described) in _SCALES.items()
    ]
    shown = [panel for panel in shown if panel[0]]
    height = 34 * len(rows) + (_GAP_PX + 14) * len(shown)
    figure = make_subplots(
        rows=len(shown), cols=1, row_heights=[len(group) + 0.4 for group, _, _ in shown],
        subplot_titles=[title for _, title, _ in shown], vertical_spacing=_GAP_PX / height,
    )  # fmt: skip
    for panel, (group, _, described) in enumerate(shown, 1):
        names = tuple(row["name"] for row in group)
        ends = values_at(names, np.tile(np.array([[0.05], [0.95]]), (1, len(names))))
        for j, row in enumerate(group):
            said = row[f"name_{language}"]
            for span, colour, words, width in (
                (ends[:, j], GREY, ("先验 90 %", "prior 90 %"), 11),
                ((row["p5"], row["p95"]), BLUE, ("后验 90 %", "posterior 90 %"), 5),
            ):
                figure.add_scatter(
                    x=list(span), y=[said, said], mode="lines", line={"color": colour, "width": width},
                    name=pick(language, *words), legendgroup=words[1],
                    showlegend=panel == 1 and j == 0, row=panel, col=1,
                )  # fmt: skip
            figure.add_scatter(
                x=[row["value"]], y=[said], mode="markers", marker={"color": RED, "size": 9},
                name=pick(language, "取值", "taken"), legendgroup="taken",
                showlegend=panel == 1 and j == 0, row=panel, col=1,
            )  # fmt: skip
        figure.add_vline(x=described, line={"color": GREY, "dash": "dot"},
                         row=panel, col=1)  # fmt: skip
        figure.update_yaxes(range=[len(group) - 0.4, -0.6], row=panel, col=1)
        reach = [described, *ends.ravel(), *(row[end] for row in group for end in ("p5", "p95"))]
        pad = 0.03 * (max(reach) - min(reach))
        figure.update_xaxes(range=[min(reach) - pad, max(reach) + pad], row=panel, col=1)
    note = pick(
        language,
        "点线为描述值；后验与先验同宽处，计量没有说明什么。",
        "Dotted: the description. Where the posterior is as wide as the prior the meters told nothing.",
    )
    panel_titles_left(figure)
    figure.update_layout(hovermode="closest")
    return finish(
        figure, title=pick(language, "参数：先验与后验", "Parameters: prior and posterior"), note=note,
        language=language, height=height, left=220, headroom=24,
    )  # fmt: skip


def residuals_by_hour(stored: StoredCalibration, series: str, language: Language) -> go.Figure:
    """Measured less modelled over the hours of the day, months held out."""
    hour = pd.DatetimeIndex(stored.hours.index).hour
    classes = np.where(stored.held_out, hour, -1)
    return _residuals(
        stored, series, language, classes, list(range(24)),
        (pick(language, "按一天中的小时", "by hour of the day"), pick(language, "时", "hour")),
    )  # fmt: skip


def residuals_by_temperature(stored: StoredCalibration, series: str, language: Language) -> go.Figure | None:
    """Measured less modelled over the outdoor air, months held out; None where it was not kept."""
    outside = stored.temp_air
    if outside is None:
        return None
    middle = np.floor(outside.to_numpy(float) / _BIN_K) * _BIN_K + 0.5 * _BIN_K
    classes = np.where(stored.held_out, middle, np.nan)
    known = stored.of(series, "measured").notna().to_numpy()
    values, counts = np.unique(classes[known & stored.held_out], return_counts=True)
    return _residuals(
        stored, series, language, classes, values[counts >= _LEAST_HOURS].tolist(),
        (pick(language, "按室外气温", "by outdoor temperature"), "°C"),
    )  # fmt: skip


def _residuals(
    stored: StoredCalibration,
    series: str,
    language: Language,
    classes: np.ndarray,
    shown: Sequence[float],
    words: tuple[str, str],
) -> go.Figure:
    """Means by class as described and as calibrated, of the latter with the middle 90 %."""
    name, unit = label(series, language)
    measured = stored.of(series, "measured")
    left = {kind: (measured - stored.of(series, kind)).to_numpy(float) for kind in ("before", "after")}
    inside = {
        kind: [values[(classes == one) & np.isfinite(values)] for one in shown]
        for kind, values in left.items()
    }
    figure = go.Figure()
    for share in (0.05, 0.95):
        figure.add_scatter(
            x=list(shown), y=[np.quantile(own, share) if len(own) else None for own in inside["after"]],
            mode="lines", line={"width": 0}, hoverinfo="skip", fillcolor=BAND,
            fill="tonexty" if share > 0.5 else None, showlegend=share > 0.5,
            name=pick(language, "校准后，90 % 的小时", "calibrated, 90 % of the hours"),
        )  # fmt: skip
    for kind, colour, said in (("before", RED, _BEFORE), ("after", BLUE, _AFTER)):
        means = [own.mean() if len(own) else None for own in inside[kind]]
        figure.add_scatter(
            x=list(shown), y=means, mode="lines+markers", line={"color": colour}, marker={"size": 5},
            name=pick(language, *said) + pick(language, "，均值", ", mean"),
        )  # fmt: skip
    figure.add_hline(y=0.0, line={"color": GREY, "width": 1})
    figure.update_xaxes(title_text=words[1])
    figure.update_yaxes(title_text=unit)
    note = pick(language, "实测减模型，未参与拟合的月份。", "Measured less modelled, months held out.")
    title = pick(language, f"{name}残差，{words[0]}", f"{name}: residuals {words[0]}")
    return finish(figure, title=plain(title), note=note, language=language, height=240)


def hardly_felt(stored: StoredCalibration, language: Language) -> list[str]:
    """Parameters that moved the meters too little when they were screened, by name."""
    felt = {row["name"] for row in stored.told["parameters"] if row.get("felt", True)}
    known = parameters()
    return [
        known[name]["name_zh" if language == "zh" else "name_en"]
        for name in stored.told["screening"]
        if name not in felt and name in known
    ]
