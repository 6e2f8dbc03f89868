"""The page of a forecast: fans of load, sun, rooms and flexibility, and the weather they rest on."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from twin.foresight.forecast import Forecast
from twin.foresight.score import QUANTILES
from twin.foresight.words import ASSUMED, LABELS
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import INK, Language, faint, finish, pick
from twin.report.tables import escape

_COLOURS = {"net_kw": "#2563EB", "load_kw": "#2563EB", "pv_kw": "#D97706", "room_c": "#059669",
            "down": "#2563EB", "up": "#D97706", "temp_air": "#DC2626", "ghi": "#D97706"}  # fmt: skip
_BANDS = ((0.05, 0.95, 0.12), (0.25, 0.75, 0.25))


def write_forecast_page(made: Forecast, titles: tuple[str, str], path: str | Path) -> Path:
    """Write the page.

    Parameters
    ----------
    made : Forecast
    titles : tuple of str
        Chinese and English.
    path : path-like

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    return write_whole(framed_page(titles[1], lambda language: _body(made, titles, language)), path)


def _body(made: Forecast, titles: tuple[str, str], language: Language) -> Body:
    blocks = []
    for b, name in enumerate(made.names):
        figures = [
            fan(made.times, made.quantiles[key][:, b], key, language)
            for key in ("net_kw", "load_kw", "pv_kw", "room_c")
        ]
        figures += [fan(made.hours, made.flexible_kw[key][:, b], key, language) for key in ("down", "up")]
        blocks.append(Block(f"building-{b}", name, "", figures))
    weather = [fan(made.hours, made.weather[key], key, language) for key in ("temp_air", "ghi")]
    blocks.append(Block("weather", pick(language, "天气", "Weather"), "", weather))
    said = "".join(f"<li>{escape(pick(language, *words))}</li>" for words in ASSUMED)
    blocks.append(Block("assumed", pick(language, "假设", "Assumptions"), f"<ul>{said}</ul>"))
    start, end = made.times[0], made.times[-1]
    lead = pick(
        language,
        f"自 {start:%Y-%m-%d %H:%M} 起 {len(made.hours)} 小时，{made.members} 个天气成员逐一推进；"
        "阴影为 50 % 与 90 % 区间。",
        f"{len(made.hours)} hours from {start:%Y-%m-%d %H:%M}; {made.members} weathers marched one by one; "
        "bands hold 50 and 90 %.",
    )
    footer = pick(language, f"由 PEDF Twin 生成，至 {end:%Y-%m-%d %H:%M}。", "Made by PEDF Twin.")
    title = pick(language, f"{titles[0]}：预测", f"{titles[1]}: forecast")
    return Body(title, f"<p>{escape(lead)}</p>", blocks, footer)


def fan(
    times: pd.DatetimeIndex,
    told: NDArray,
    key: str,
    language: Language,
    *,
    came: NDArray | None = None,
    note: str = "",
) -> go.Figure:
    """Median and bands of quantiles (Q, n), and what came true (n,) where it is known."""
    figure, colour, none = go.Figure(), _COLOURS[key], {"width": 0}
    clock = times.tz_localize(None)
    for low, high, weight in _BANDS:
        share = f"{100 * (high - low):.0f} %"
        figure.add_trace(
            go.Scatter(x=clock, y=told[QUANTILES.index(low)], line=none, showlegend=False, hoverinfo="skip")
        )
        figure.add_trace(
            go.Scatter(
                x=clock, y=told[QUANTILES.index(high)], line=none, fill="tonexty",
                fillcolor=faint(colour, weight), name=pick(language, f"{share} 区间", f"{share} interval"),
            )
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=clock, y=told[QUANTILES.index(0.5)], line={"color": colour, "width": 1.6},
            name=pick(language, "中位数", "median"),
        )
    )  # fmt: skip
    if came is not None:
        words = pick(language, "实测", "came true")
        figure.add_trace(go.Scatter(x=clock, y=came, line={"color": INK, "width": 1.4}, name=words))
    zh, en, unit = LABELS[key]
    figure.update_yaxes(title_text=unit)
    return finish(figure, title=pick(language, zh, en), note=note, language=language, height=300)
