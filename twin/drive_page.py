"""The page of a controller that drove both engines: temperatures and set-points of a zone, and of all."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go

from twin.crosscheck.words import COLOURS, ENGINES
from twin.drive import Pair
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import INK, PALE, Language, finish, pick
from twin.report.tables import escape, table, typeset


def write_drive_page(pair: Pair, title: str, path: str | Path) -> Path:
    """Write the page.

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    return write_whole(framed_page(title, lambda language: _body(pair, title, language)), path)


def _body(pair: Pair, title: str, language: Language) -> Body:
    rmse = pair.rmse_k().sort_values(ascending=False)
    worst, best = str(rmse.index[0]), str(rmse.index[-1])
    figures = [_zone(pair, zone, language) for zone in dict.fromkeys((worst, best))]
    head = [pick(language, "热区", "Zone"), "RMSE, K"]
    rows = [[escape(str(zone)), typeset(f"{value:.2f}")] for zone, value in rmse.items()]
    blocks = [
        Block("week", pick(language, "同一控制器，两个引擎", "One controller, two engines"), "", figures),
        Block("zones", pick(language, "各区温差", "Zones"), table(head, rows)),
        Block("time", pick(language, "耗时", "Time"), _times(pair, language)),
    ]
    footer = pick(
        language,
        "由 PEDF Twin 生成。温度为区间起点的瞬时值。",
        "Made by PEDF Twin. Temperatures are those at the start of each interval.",
    )
    return Body(title, "", blocks, footer)


def _zone(pair: Pair, zone: str, language: Language) -> go.Figure:
    ours = next(name for name, theirs in pair.names.items() if theirs == zone)
    figure = go.Figure()
    for name, kind, shape in (
        (pick(language, "供冷设定", "Cooling set-point"), pair.energyplus.cooling_setpoint_c[zone], INK),
        (pick(language, "供暖设定", "Heating set-point"), pair.energyplus.heating_setpoint_c[zone], PALE),
    ):
        line = {"shape": "hv", "color": shape, "width": 1, "dash": "dot"}
        figure.add_trace(go.Scatter(x=kind.index, y=kind, name=name, line=line))
    series = (pair.fast.temp_air_c[ours], pair.energyplus.temp_air_c[zone])
    for words, colour, values in zip(ENGINES, COLOURS, series, strict=True):
        figure.add_trace(
            go.Scatter(x=values.index, y=values, name=pick(language, *words), line={"color": colour})
        )
    figure.update_yaxes(title_text="°C")
    return finish(
        figure,
        title=pick(language, f"热区 {zone}", f"Zone {zone}"),
        note=pick(
            language,
            "同一个控制器对象先后驱动 EnergyPlus 模型和由它蒸馏出的快速模型。",
            "The same controller object drove the model in EnergyPlus and the fast twin distilled from it.",
        ),
        language=language,
        height=320,
    )


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
        for words, driven in zip(ENGINES, (pair.fast, pair.energyplus), strict=True)
    ]
    return table(head, rows)
