"""The page of a fleet under a call: minute by minute with its band, draws, baselines, who was paid."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.market.settlement import Outcome
from twin.market.settlement_tables import OUTCOMES
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import INK, Language, faint, finish, pick
from twin.report.tables import escape, table, typeset
from twin.response.figures import figures, minutes_table, seconds_kw
from twin.response.study import Response
from twin.response.words import BASELINES, KINDS, SPREADS, amount, lead

_GIVEN, _SETTLED = "#2563EB", "#D97706"


def write_response_page(response: Response, titles: tuple[str, str], path: str | Path) -> Path:
    """Write the page.

    Parameters
    ----------
    response : Response
    titles : tuple of str
        Chinese and English.
    path : path-like

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    title = titles[1]
    return write_whole(framed_page(title, lambda language: _body(response, titles, language)), path)


def _body(response: Response, titles: tuple[str, str], language: Language) -> Body:
    found = figures(response)
    said = "".join(f"<p>{escape(line)}</p>" for line in lead(found, response, language))
    blocks = [
        Block(
            "minutes",
            pick(language, "逐分钟响应", "Minute by minute"),
            "",
            [_minutes(response, language)],
        ),
        *_seconds_block(found, response, language),
        Block(
            "draws", pick(language, "各次抽样", "Draws"), _spread_table(found, language),
            [_draws(response, language)],
        ),
        Block("baselines", pick(language, "基线误差", "Errors of baselines"), _baselines(found, language)),
        Block("paid", pick(language, "结算", "Settlement"), _settlement(response, language)),
        Block(
            "assumed",
            pick(language, "假设", "Assumptions"),
            "<ul>"
            + "".join(
                f"<li>{escape(one.zh if language == 'zh' else one.en)}</li>" for one in response.assumptions
            )
            + "</ul>",
        ),
    ]  # fmt: skip
    headline = pick(language, f"{titles[0]}：楼宇群响应", f"{titles[1]}: the fleet under a call")
    footer = pick(
        language,
        "由 PEDF Twin 生成。实际响应以同一楼宇群无事件的推进为准，结算响应以基线为准。",
        "Made by PEDF Twin. What was given is told against the march without the call, what is settled "
        "against baselines.",
    )
    return Body(headline, said, blocks, footer)


def _minutes(response: Response, language: Language) -> go.Figure:
    rows = minutes_table(response)
    clock = response.around.tz_localize(None)
    figure = go.Figure()
    none = {"width": 0}
    figure.add_trace(go.Scatter(x=clock, y=rows["p10_kw"], line=none, showlegend=False, hoverinfo="skip"))
    figure.add_trace(
        go.Scatter(
            x=clock, y=rows["p90_kw"], line=none, fill="tonexty", fillcolor=faint(_GIVEN, 0.2),
            name=pick(language, "P10 至 P90", "P10 to P90"),
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=clock, y=rows["p50_kw"], line={"color": _GIVEN, "width": 1.6},
            name=pick(language, "实际响应，中位数", "given, median"),
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=clock, y=rows["called_kw"], line={"color": INK, "width": 1.2, "dash": "dot", "shape": "hv"},
            name=pick(language, "调用量", "called"),
        )
    )  # fmt: skip
    figure.update_yaxes(title_text="kW")
    return finish(
        figure,
        title=pick(language, "楼宇群响应", "Response of the fleet"),
        note=pick(
            language,
            "与同一楼宇群无事件的推进相比，削峰为少取电、填谷为多取电；事件后的负值为反弹。",
            "Against the march without the call: less import for peak shaving, more for valley filling; what "
            "is negative behind the call comes back.",
        ),
        language=language,
        height=360,
    )


def _seconds_block(found: dict[str, object], response: Response, language: Language) -> list[Block]:
    """Buses as the call begins, where any has an order."""
    if found["seconds"] is None:
        return []
    title = pick(language, "秒级响应", "The first seconds")
    return [Block("seconds", title, "", [_seconds(response, language)])]


def _seconds(response: Response, language: Language) -> go.Figure:
    told = response.draws[0].went.seconds
    assert told is not None
    clock = np.arange(1, told.meter_kw.shape[1] + 1)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    kw = seconds_kw(response)
    figure.add_trace(
        go.Scatter(
            x=clock, y=kw, line={"color": _GIVEN, "width": 1.6},
            name=pick(language, "直流母线楼宇响应", "given by buildings with a DC bus"),
        ),
        row=1, col=1,
    )  # fmt: skip
    low, middle, high = np.quantile(told.voltage_pu, [0.0, 0.5, 1.0], axis=0)
    none = {"width": 0}
    figure.add_trace(go.Scatter(x=clock, y=low, line=none, showlegend=False, hoverinfo="skip"), row=2, col=1)
    figure.add_trace(
        go.Scatter(
            x=clock, y=high, line=none, fill="tonexty", fillcolor=faint(_SETTLED, 0.2),
            name=pick(language, "母线电压范围", "range of bus voltages"),
        ),
        row=2, col=1,
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=clock, y=middle, line={"color": _SETTLED, "width": 1.6},
            name=pick(language, "母线电压中位数", "median bus voltage"),
        ),
        row=2, col=1,
    )  # fmt: skip
    figure.update_yaxes(title_text="kW", row=1, col=1)
    figure.update_yaxes(title_text="pu", row=2, col=1)
    figure.update_xaxes(title_text="s", row=2, col=1)
    return finish(
        figure,
        title=pick(language, "事件开始后的秒级响应", "Second by second from the start of the call"),
        note=pick(
            language,
            "与无事件推进的同一时刻相比；用能需求在此时间内不变。电表延迟、环路时间常数为假设（见二次控制）。第一次抽样。",
            "Against the march without the call; what is asked for does not move in that time. Delay of the "
            "meter and time constant of the loop are assumed (secondary control). Of the first draw.",
        ),
        language=language,
        height=440,
    )


def _draws(response: Response, language: Language) -> go.Figure:
    figure = go.Figure()
    for words, colour, values in (
        (("实际响应", "given"), _GIVEN, [one.given_kw for one in response.draws]),
        (("结算响应", "settled"), _SETTLED, [one.settled_kw for one in response.draws]),
    ):
        ordered = np.sort(values)
        share = 100.0 * (1.0 - np.arange(len(ordered)) / len(ordered))
        figure.add_trace(
            go.Scatter(
                x=ordered, y=share, name=pick(language, *words), line={"color": colour, "shape": "hv"},
                mode="lines+markers" if len(ordered) < 40 else "lines",
            )
        )  # fmt: skip
    figure.add_vline(x=response.target_kw, line={"color": INK, "dash": "dot", "width": 1})
    figure.update_xaxes(title_text="kW")
    figure.update_yaxes(title_text="%", range=[0, 102])
    return finish(
        figure,
        title=pick(language, "达到某一响应的抽样占比", "Share of draws that reach a response"),
        note=pick(language, "点线为调用量。", "The dotted line is what was called."),
        language=language,
        height=320,
    )


def _spread_table(found: dict[str, object], language: Language) -> str:
    head = ["", pick(language, "均值", "mean"), "P10", "P90", pick(language, "单位", "unit")]
    rows = []
    for key, zh, en, unit, scale, digits in SPREADS:
        own = found[key]
        assert isinstance(own, dict)
        cells = [typeset(amount(scale * own[name], digits)) for name in ("mean", "p10", "p90")]
        rows.append([escape(pick(language, zh, en)), *cells, unit])
    return table(head, rows)


def _baselines(found: dict[str, object], language: Language) -> str:
    head = [
        pick(language, "方法", "method"),
        pick(language, "偏差，%", "bias, %"),
        "CV(RMSE), %",
    ]
    own = found["baselines"]
    assert isinstance(own, dict)
    rows = [
        [
            escape(pick(language, *BASELINES[key])),
            typeset(f"{100.0 * row['bias']:+.1f}"),
            typeset(f"{100.0 * row['cv_rmse']:.1f}"),
        ]
        for key, row in own.items()
    ]
    return table(head, rows)


def _settlement(response: Response, language: Language) -> str:
    """Of the first draw: by what became of participants, and how they behaved."""
    one = response.draws[0]
    asked = one.went.committed_kw > 0.0
    rows = []
    for kind, words in KINDS.items():
        own = asked & (one.went.kind == kind)
        if not own.any():
            continue
        outcomes = Counter(Outcome(int(code)) for code in one.settlement.outcome[own])
        told = ", ".join(f"{pick(language, *OUTCOMES[code])} {n}" for code, n in outcomes.most_common())
        rows.append(
            [
                escape(pick(language, *words)),
                typeset(str(int(own.sum()))),
                typeset(f"{one.went.committed_kw[own].sum():,.0f}"),
                typeset(f"{one.settlement.pay_fen[own].sum() / 100:,.2f}"),
                escape(told),
            ]
        )
    head = [
        pick(language, "表现", "behaviour"),
        pick(language, "户数", "participants"),
        pick(language, "确认容量，kW", "confirmed, kW"),
        pick(language, "补偿，元", "pay, CNY"),
        pick(language, "结果", "outcome"),
    ]
    said = pick(
        language,
        f"第一次抽样（种子 {one.seed}）；逐户结算见 settlement.csv。",
        f"Of the first draw (seed {one.seed}); settlement.csv has every participant.",
    )
    return f"<p>{escape(said)}</p>{table(head, rows)}"
