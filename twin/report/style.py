"""What all figures share: fonts, colours, title and note, and how a user's words become harmless.

A figure carries its title and its note (source, assumption) inside, so that it stands alone. A page takes
both out with `unframed` and sets them as text that wraps.
"""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

from twin.variables import variable

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

FONT = "Noto Sans CJK SC, Microsoft YaHei, WenQuanYi Micro Hei, sans-serif"
INK, PALE, GRID = "#1F2933", "#6B7280", "#E5E7EB"
_LONGEST_NAME = 60
_TITLE_PX, _LEGEND_ROW_PX, _NOTE_LINE_PX = 46, 22, 15

RUN_COLOURS = tuple(
    variable(name).colour
    for name in (
        "equipment_kw",
        "cooling_kw",
        "pv_kw",
        "heating_kw",
        "battery_charge_kw",
        "ev_charge_kw",
        "pumps_kw",
        "bus_voltage_pu",
    )
)
"""Colours of whole Runs where several share one plot; the first is the quiet one, for the state as it is."""

LOCALE: dict[str, Any] = {
    "dictionary": {
        "Autoscale": "自动缩放",
        "Box Select": "框选",
        "Double-click to zoom back out": "双击还原",
        "Download plot": "下载图片",
        "Download plot as a PNG": "下载为 PNG",
        "Lasso Select": "套索选择",
        "Pan": "平移",
        "Reset": "重置",
        "Reset axes": "重置坐标轴",
        "Zoom": "缩放",
        "Zoom in": "放大",
        "Zoom out": "缩小",
    },
    "format": {
        "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
        "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        "months": [f"{m}月" for m in (*"一二三四五六七八九十", "十一", "十二")],
        "shortMonths": [f"{m}月" for m in range(1, 13)],
        "date": "%Y-%m-%d",
        "decimal": ".",
        "thousands": ",",
    },
}


def config(language: Language) -> dict[str, Any]:
    """Options of plotly.js: no cloud button, no logo, the language's own dates and tips."""
    chosen: dict[str, Any] = {
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "displaylogo": False,
        "responsive": True,
        "modeBarButtonsToRemove": ["lasso2d", "select2d"],
    }
    if language == "zh":
        chosen |= {"locale": "zh-CN", "locales": {"zh-CN": LOCALE}}
    return chosen


def pick(language: Language, zh: str, en: str) -> str:
    """The text of the language."""
    return zh if language == "zh" else en


def plain(text: str) -> str:
    """A user's words, harmless inside Plotly.

    Plotly reads a little HTML in every text and `%{...}` in hover texts; neither may come from a project.
    """
    words = " ".join(text.split())
    if len(words) > _LONGEST_NAME:
        words = words[: _LONGEST_NAME - 1] + "…"
    return html.escape(words.replace("%{", "% {"), quote=False)


def nested_width(k: int) -> float:
    """Width of the k-th line: thinner on top of thicker, so that lines on one another all show."""
    return max(1.2, 3.8 - 0.9 * k)


def faint(colour: str, opacity: float) -> str:
    """A registry colour with opacity, as Plotly writes it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


_AXIS = {
    "gridcolor": GRID,
    "linecolor": "#9CA3AF",
    "zerolinecolor": "#9CA3AF",
    "zerolinewidth": 1,
    "ticks": "outside",
    "tickcolor": "#9CA3AF",
    "ticklen": 4,
    "automargin": True,
    "title": {"standoff": 8, "font": {"size": 12, "color": PALE}},
    "tickfont": {"size": 12},
}

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": list(RUN_COLOURS),
        "xaxis": {**_AXIS, "showgrid": False, "showline": True},
        "yaxis": {**_AXIS, "showgrid": True},
        "hoverlabel": {"font": {"family": FONT, "size": 12}, "bgcolor": "white", "bordercolor": "#9CA3AF"},
        "hovermode": "x unified",
        "bargap": 0.18,
        "modebar": {"orientation": "v", "bgcolor": "rgba(255,255,255,0)", "color": "#C4C9D1"},
    }
)


def finish(
    figure: go.Figure,
    *,
    title: str,
    note: str,
    language: Language,
    height: int,
    legend_rows: int = 1,
    headroom: int = 0,
    left: int = 62,
    right: int = 34,
) -> go.Figure:
    """Give a figure its template, title, legend above the plot and note below it.

    Parameters
    ----------
    figure : Figure
        Changed in place.
    title : str
        May hold the unit; user's words in it must have gone through `plain`.
    note : str
        Source, assumption, how it was computed.
    language : {"zh", "en"}
    height : int
        Height of the plotting area, px.
    legend_rows : int
        Rows that the legend needs on a page's width; 0 without legend.
    headroom : int
        Further room above the plotting area, for titles of subplots, px.
    left, right : int
        Margins, px.
    """
    lines = _wrapped(note, language)
    legend = legend_rows * _LEGEND_ROW_PX + (6 if legend_rows else 0)
    top = _TITLE_PX + legend + headroom + 8
    bottom = 46 + len(lines) * _NOTE_LINE_PX
    total = height + top + bottom
    figure.update_layout(
        template=TEMPLATE,
        height=total,
        margin={"l": left, "r": right, "t": top, "b": bottom, "pad": 2},
        title={
            "text": f"<b>{title}</b>",
            "x": 0.0,
            "xanchor": "left",
            "xref": "container",
            "y": 1.0,
            "yanchor": "top",
            "yref": "container",
            "pad": {"t": 14, "l": 12},
            "font": {"size": 17},
        },
        showlegend=legend_rows > 0,
        legend={
            "orientation": "h",
            "x": 0.0,
            "xanchor": "left",
            "xref": "paper",
            "y": 1.0 - _TITLE_PX / total,
            "yanchor": "top",
            "yref": "container",
            "font": {"size": 12},
            "itemsizing": "trace",
            "traceorder": "normal",
            "tracegroupgap": 0,
        },
        meta={"title": title, "note": note, "frame": [_TITLE_PX, len(lines) * _NOTE_LINE_PX]},
    )
    figure.add_annotation(
        name="note",
        text="<br>".join(lines),
        x=0,
        xref="paper",
        xanchor="left",
        xshift=-left + 12,
        y=0,
        yref="paper",
        yanchor="bottom",
        yshift=-bottom + 4,
        align="left",
        showarrow=False,
        font={"size": 11, "color": PALE},
    )
    return figure


def _wrapped(note: str, language: Language) -> list[str]:
    # Chinese characters are twice as wide and may break anywhere.
    return textwrap.wrap(note, 78 if language == "zh" else 150, break_on_hyphens=False)


def panel_titles_left(figure: go.Figure, *, size: int = 13) -> None:
    """Set the titles of subplots at the left edge of their plots."""
    axes = list(figure.select_xaxes())
    titles = [a for a in figure.layout.annotations if a.name != "note"]
    for axis, text in zip(axes, titles, strict=False):
        text.update(x=axis.domain[0], xanchor="left", font={"size": size, "color": INK})


def shade(figure: go.Figure, first: Any, last: Any, colour: str, *, row: int) -> None:
    """Shade a span of x behind the traces of a row."""
    figure.add_vrect(
        x0=first, x1=last, fillcolor=colour, opacity=0.35, line_width=0, layer="below", row=row, col=1
    )


def panel_legends(figure: go.Figure, rows: int) -> None:
    """Give each row of a figure of rows its own legend, at the right above it, beside its title."""
    for row in range(1, rows + 1):
        key = f"legend{row + 1}"
        figure.update_traces(legend=key, row=row, col=1)
        top = next(figure.select_yaxes(row=row, col=1, secondary_y=False)).domain[1]
        figure.update_layout(
            {
                key: {
                    "orientation": "h",
                    "x": 1.0,
                    "xanchor": "right",
                    "y": top,
                    "yanchor": "bottom",
                    "font": {"size": 11.5},
                    "bgcolor": "rgba(255,255,255,0)",
                    "traceorder": "normal",
                    "tracegroupgap": 0,
                }
            }
        )
    figure.update_layout(showlegend=True)


@dataclass(frozen=True)
class Framed:
    """A figure's data and layout without its own title and note, and the two as texts."""

    title: str
    note: str
    figure: dict[str, Any]


def unframed(figure: go.Figure) -> Framed:
    """Take title and note out of a figure, for a page that sets them itself.

    Parameters
    ----------
    figure : Figure
        Made by `finish`; left unchanged.
    """
    bare = figure.to_plotly_json()
    layout, meta = bare["layout"], figure.layout.meta
    title_px, note_px = meta["frame"]
    margin = layout["margin"]
    layout["height"] -= title_px + note_px
    layout["margin"] = {**margin, "t": margin["t"] - title_px, "b": margin["b"] - note_px}
    layout["legend"] = {**layout["legend"], "y": 1.0}
    layout["annotations"] = [a for a in layout.get("annotations", ()) if a.get("name") != "note"]
    del layout["title"], layout["meta"]
    return Framed(meta["title"], meta["note"], bare)
