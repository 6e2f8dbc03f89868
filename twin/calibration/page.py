"""The page of a calibration in both languages: before and after, posterior, residuals, months."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.calibration.lived import weather_said
from twin.calibration.parameters import parameters, values_at
from twin.calibration.study import SHARE, Calibrated
from twin.calibration.use_hours import HoursOfUse
from twin.report.frame import Block, Body, framed_page
from twin.report.style import Language, finish, pick, plain
from twin.report.tables import escape

_GREY, _BLUE, _RED = "#8D99AE", "#2E86DE", "#D1495B"
_BAND = "rgba(46,134,222,0.2)"


def calibration_page(found: Calibrated) -> str:
    """The whole page."""
    return framed_page(found.loaded.project.name, lambda language: _body(found, language))


def _body(found: Calibrated, language: Language) -> Body:
    project = found.loaded.project
    name = (project.name_zh or project.name) if language == "zh" else project.name
    series = str(found.measured.columns[0])
    blocks = [
        Block("figures", pick(language, "准则 14 指标", "Guideline 14"), _figures(found, language)),
        Block(
            "months", pick(language, "逐月", "Months"), "", [_months(found, series, language)]
        ),
        Block("week", pick(language, "一周", "A week"), "", [_week(found, series, language)]),
        Block("posterior", pick(language, "后验", "Posterior"), _warned(found, language),
              [_posterior(found, language)]),
        Block("residuals", pick(language, "残差", "Residuals"), "", [_residuals(found, series, language)]),
    ]  # fmt: skip
    if found.hours_of_use is not None:
        title = pick(language, "使用时间", "Hours of use")
        blocks.insert(3, Block("use", title, "", [_hours_of_use(found.hours_of_use, language)]))
    lead = pick(
        language,
        "指标只用拟合时未见过的月份；区间由后验样本与残差共同给出。",
        "Figures are of months that the fit did not see; intervals hold posterior and residuals.",
    )
    lived = weather_said(found.weather)[language]
    intro = f"<p>{escape(lead)}</p><p>{escape(lived)}</p>"
    return Body(pick(language, f"{name}：校准", f"{name}: calibration"), intro, blocks, "")


def _figures(found: Calibrated, language: Language) -> str:
    heads = ["", "NMBE", "CV(RMSE)", "NMBE", "CV(RMSE)", pick(language, "限值", "limits"),
             pick(language, "90 % 区间覆盖", "90 % interval covers")]  # fmt: skip
    rows = []
    for name, told in found.figures.items():
        for kind, words in (("hourly", ("逐时", "hourly")), ("monthly", ("逐月", "monthly"))):
            before, after = told["before"][kind], told["after"][kind]
            cells = [f"{name}, {pick(language, *words)}"]
            cells += [f"{one[key]:.1f} %" for one in (before, after) for key in ("nmbe", "cv_rmse")]
            cells.append(f"{after['nmbe_limit']:g} / {after['cv_rmse_limit']:g} %")
            cells.append(f"{100.0 * told['coverage']:.1f} %" if kind == "hourly" else "")
            rows.append(cells)
    said = pick(
        language, "前两列：按描述；后两列：校准后。", "First pair: as described; second: as calibrated."
    )
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<p>{escape(said)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _warned(found: Calibrated, language: Language) -> str:
    parts = "".join(f"<li>{escape(one[language])}</li>" for one in found.warnings)
    more = ""
    if found.retrofit is not None:
        span = found.retrofit["saving_kwh"]
        more = "<p>" + escape(
            pick(language, "改造节电", "Saving of the retrofit")
            + f" ({', '.join(found.retrofit['package'])}): {span['p50']:,.0f} kWh "
            + f"({span['p5']:,.0f} ... {span['p95']:,.0f}, 90 %)"
        ) + "</p>"  # fmt: skip
    return (f"<ul>{parts}</ul>" if parts else "") + more


def _months(found: Calibrated, series: str, language: Language) -> go.Figure:
    known = found.measured[series].notna()
    month = pd.DatetimeIndex(known.index).month
    figure = go.Figure()
    for frame, colour, words in (
        (found.measured, _GREY, ("实测", "measured")),
        (found.before, _RED, ("按描述", "as described")),
        (found.after, _BLUE, ("校准后", "calibrated")),
    ):
        sums = frame[series].where(known).groupby(month).sum() / 1e3
        figure.add_bar(
            x=list(sums.index), y=sums.to_numpy(), name=pick(language, *words), marker_color=colour
        )
    out = sorted({int(m) for m in month[found.held_out]})
    note = pick(
        language,
        f"只计有实测的小时；未参与拟合的月份：{out}。",
        f"Measured hours only; held out: months {out}.",
    )
    return finish(figure, title=f"{plain(series)}, MWh", note=note, language=language, height=300)


def _week(found: Calibrated, series: str, language: Language) -> go.Figure:
    """The week that was held out with the highest mean that was measured."""
    own = found.measured[series].where(found.held_out)
    mean = own.rolling(168, min_periods=140).mean()
    last = int(np.nanargmax(mean.to_numpy())) if mean.notna().any() else 167
    rows = slice(max(last - 167, 0), last + 1)
    times = found.measured.index[rows]
    figure = go.Figure()
    low, high = found.low[series].iloc[rows], found.high[series].iloc[rows]
    figure.add_scatter(x=times, y=low, mode="lines", line={"width": 0}, showlegend=False, hoverinfo="skip")
    figure.add_scatter(
        x=times, y=high, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=_BAND,
        name=pick(language, f"{SHARE:.0%} 区间", f"{SHARE:.0%} interval"),
    )  # fmt: skip
    for frame, colour, words in (
        (found.before, _RED, ("按描述", "as described")),
        (found.after, _BLUE, ("校准后", "calibrated")),
        (found.measured, "#222222", ("实测", "measured")),
    ):
        figure.add_scatter(
            x=times, y=frame[series].iloc[rows], mode="lines", line={"color": colour, "width": 1.5},
            name=pick(language, *words),
        )  # fmt: skip
    note = pick(language, "未参与拟合的一周。", "A week that the fit did not see.")
    return finish(figure, title=plain(series), note=note, language=language, height=320)


def _hours_of_use(learnt: HoursOfUse, language: Language) -> go.Figure:
    figure = go.Figure()
    for values, colour, words in (
        (learnt.workday, _BLUE, ("工作日", "workdays")), (learnt.rest_day, _GREY, ("休息日", "rest days")),
    ):  # fmt: skip
        figure.add_scatter(
            x=list(range(24)), y=values, mode="lines", line={"color": colour, "shape": "hv"},
            name=pick(language, *words),
        )  # fmt: skip
    note = pick(
        language,
        f"由拟合月份的总电表学习；其余用电取模型的 {learnt.machines:.2f} 倍。",
        f"Learnt from the meter in the fitted months; all else is {learnt.machines:.2f} times the model's.",
    )
    title = pick(language, "照明与插座，kW", "Lights and plugs, kW")
    return finish(figure, title=title, note=note, language=language, height=260)


def _posterior(found: Calibrated, language: Language) -> go.Figure:
    """Prior and posterior of each parameter on the scale of its prior."""
    figure = go.Figure()
    names = found.fit.names
    labels = [parameters()[name]["name_zh" if language == "zh" else "name_en"] for name in names]
    for share, colour, words, width in (
        (np.tile(np.array([[0.05], [0.95]]), (1, len(names))), _GREY, ("先验 90 %", "prior 90 %"), 10),
        (np.quantile(found.fit.shares, [0.05, 0.95], axis=0), _BLUE, ("后验 90 %", "posterior 90 %"), 4),
    ):
        ends: NDArray[np.float64] = values_at(names, share)
        for j, label in enumerate(labels):
            figure.add_scatter(
                x=ends[:, j], y=[label, label], mode="lines", line={"color": colour, "width": width},
                name=pick(language, *words), legendgroup=words[1], showlegend=j == 0,
            )  # fmt: skip
    figure.add_scatter(
        x=[found.values[name] for name in names], y=labels, mode="markers",
        marker={"color": _RED, "size": 9}, name=pick(language, "取值", "taken"),
    )  # fmt: skip
    note = pick(
        language,
        "相对描述的倍数；设定温度为偏移（K），夜间基荷为增加的份额。未列出的参数对计量影响太小，保持描述。",
        "Factors on the description; set-points as shifts (K), the night load as a share added. Parameters "
        "not shown move the meters too little and stay as described.",
    )
    return finish(
        figure, title=pick(language, "参数", "Parameters"), note=note, language=language,
        height=60 + 34 * len(names), left=220,
    )  # fmt: skip


def _residuals(found: Calibrated, series: str, language: Language) -> go.Figure:
    figure = go.Figure()
    hour = pd.DatetimeIndex(found.measured.index).hour
    for frame, colour, words in (
        (found.before, _RED, ("按描述", "as described")), (found.after, _BLUE, ("校准后", "calibrated")),
    ):  # fmt: skip
        left = (found.measured[series] - frame[series])[found.held_out].groupby(hour[found.held_out]).mean()
        figure.add_scatter(
            x=list(left.index), y=left.to_numpy(), mode="lines+markers", line={"color": colour},
            name=pick(language, *words),
        )  # fmt: skip
    note = pick(
        language,
        "实测减模型，未参与拟合月份按小时的均值。",
        "Measured less modelled, mean by hour, months held out.",
    )
    return finish(figure, title=plain(series), note=note, language=language, height=260)
