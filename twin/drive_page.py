"""The page of a controller that drove both engines: temperatures and set-points of a zone, and of all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from twin.crosscheck.words import COLOURS, ENGINES
from twin.drive import Pair, by_zone
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import INK, PALE, Language, finish, pick
from twin.report.tables import escape, table, typeset

_IDEAL = ("EnergyPlus，理想冷热源", "EnergyPlus, ideal plant")
_OWN = ("EnergyPlus，自带系统", "EnergyPlus, own systems")
_OWN_COLOUR = "#9CA3AF"
_DAILY_TICKS = pd.Timedelta(days=14)


def write_drive_page(pair: Pair, title: str, path: str | Path) -> Path:
    """Write the page.

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    return write_whole(framed_page(title, lambda language: _body(pair, title, language)), path)


def _body(pair: Pair, title: str, language: Language) -> Body:
    rmse, own = pair.rmse_k(pair.ideal).sort_values(ascending=False), pair.rmse_k(pair.energyplus)
    worst, best = str(rmse.index[0]), str(rmse.index[-1])
    figures = [_zone(pair, zone, language) for zone in dict.fromkeys((worst, best))]
    head = [pick(language, "热区", "Zone"), *(pick(language, *words) for words in (_IDEAL, _OWN))]
    rows = [
        [escape(str(zone)), typeset(f"{value:.2f}"), typeset(f"{own[str(zone)]:.2f}")]
        for zone, value in rmse.items()
    ]
    said = pick(
        language,
        "快速孪生室温的均方根误差，K。快速孪生采用理想冷热源："
        "与理想冷热源的 EnergyPlus 相比，显示孪生的精度；"
        "与模型自带系统相比，还包含系统本身的作用（容量、最小风量、停机时段）。",
        "RMSE of the fast twin's air, K. The twin has ideal plant: against EnergyPlus with ideal plant this "
        "shows how true the twin is; against the model's own systems it also shows what these do "
        "(limits, minimum air flows, hours off).",
    )
    blocks = [
        Block("week", pick(language, "同一控制器，两个引擎", "One controller, two engines"), "", figures),
        Block("zones", pick(language, "各区温差", "Zones"), f"<p>{escape(said)}</p>{table(head, rows)}"),
        Block("time", pick(language, "耗时", "Time"), _times(pair, language)),
    ]
    footer = pick(
        language,
        "由 PEDF Twin 生成。温度为区间起点的瞬时值。",
        "Made by PEDF Twin. Temperatures are those at the start of each interval.",
    )
    headline = pick(language, f"{title}：同一控制器驱动两个引擎", f"{title}: one controller, two engines")
    return Body(headline, _lead(pair, language), blocks, footer)


def _lead(pair: Pair, language: Language) -> str:
    index, rmse = pair.energyplus.temp_air_c.index, pair.rmse_k(pair.ideal)
    days = f"{index[0]:%Y-%m-%d} – {index[-1]:%Y-%m-%d}"
    cells = (
        (pick(language, "日期", "Days"), days),
        (
            pick(language, "室温 RMSE（理想冷热源）", "RMSE of air, ideal plant"),
            f"{rmse.min():.2f} – {rmse.max():.2f} K",
        ),
        *(
            (
                pick(language, f"控制器额外耗时：{zh}", f"Overhead of asking: {en}"),
                f"{100.0 * driven.overhead:.0f} %",
            )
            for (zh, en), driven in ((ENGINES[0], pair.fast), (ENGINES[1], pair.energyplus))
        ),
    )
    parts = (f'<div class="card"><span>{escape(a)}</span><b>{typeset(b)}</b></div>' for a, b in cells)
    return f'<div class="cards">{"".join(parts)}</div>'


def _zone(pair: Pair, zone: str, language: Language) -> go.Figure:
    ours = next(name for name, theirs in pair.names.items() if theirs == zone)
    figure = go.Figure()
    for name, kind, shape in (
        (pick(language, "供冷设定", "Cooling set-point"), pair.energyplus.cooling_setpoint_c[zone], INK),
        (pick(language, "供暖设定", "Heating set-point"), pair.energyplus.heating_setpoint_c[zone], PALE),
    ):
        line = {"shape": "hv", "color": shape, "width": 1, "dash": "dot"}
        figure.add_trace(go.Scatter(x=_clock(kind), y=kind, name=name, line=line))
    own, ideal = (by_zone(one.temp_air_c)[zone.upper()] for one in (pair.energyplus, pair.ideal))
    # EnergyPlus with ideal plant below and wider, so that a thin line of ours on it shows where they agree.
    for words, colour, width, values in (
        (_OWN, _OWN_COLOUR, 1.2, own),
        (_IDEAL, COLOURS[1], 3.2, ideal),
        (ENGINES[0], COLOURS[0], 1.4, pair.fast.temp_air_c[ours]),
    ):
        line = {"color": colour, "width": width}
        figure.add_trace(go.Scatter(x=_clock(values), y=values, name=pick(language, *words), line=line))
    figure.update_yaxes(title_text="°C")
    figure.update_xaxes(tickformat=pick(language, "%-m月%-d日\n%a", "%-d %b\n%a"))
    if len(kind.index) and kind.index[-1] - kind.index[0] <= _DAILY_TICKS:
        figure.update_xaxes(dtick=86_400_000)
    return finish(
        figure,
        title=pick(language, f"热区 {zone}", f"Zone {zone}"),
        note=pick(
            language,
            "同一个控制器对象依次驱动 EnergyPlus 模型（自带系统与理想冷热源）和由它提炼的快速孪生。",
            "The same controller object drove the model in EnergyPlus, with its own systems and with ideal "
            "plant, and the fast twin distilled from it.",
        ),
        language=language,
        height=320,
    )


def _clock(series: pd.Series) -> pd.DatetimeIndex:
    """Stamps as clocks show them; Plotly knows no zones."""
    assert isinstance(series.index, pd.DatetimeIndex)
    return series.index.tz_localize(None)


def _times(pair: Pair, language: Language) -> str:
    head = [
        "",
        pick(language, "询问次数", "Questions"),
        pick(language, "引擎 CPU, s", "Engine CPU, s"),
        pick(language, "数据交换, s", "Exchange, s"),
        pick(language, "控制器, s", "Controller, s"),
        pick(language, "额外占比, %", "Overhead, %"),
    ]
    rows = [
        [
            escape(pick(language, *words)),
            typeset(str(driven.calls)),
            typeset(f"{driven.engine_s:.2f}"),
            typeset(f"{driven.exchange_s:.3f}"),
            typeset(f"{driven.controller_s:.3f}"),
            typeset(f"{100.0 * driven.overhead:.1f}"),
        ]
        for words, driven in ((ENGINES[0], pair.fast), (_IDEAL, pair.ideal), (_OWN, pair.energyplus))
    ]
    return table(head, rows)
