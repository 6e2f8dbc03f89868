"""Figures of a live twin: rooms and meters with their bands against what was read, parameters day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.live.figures import Followed, followed, sensors
from twin.live.stored import StoredLive
from twin.report.style import INK, Language, faint, finish, panel_titles_left, pick, plain

SIGMAS = 1.645
"""Half the 90 % of a normal distribution."""
_BLUE, _GREEN, _AMBER, _VIOLET = "#2E86DE", "#059669", "#D97706", "#7C3AED"
_COLOURS = {"net_import_kw": _BLUE, "grid_import_kw": _BLUE, "pv_kw": _AMBER, "battery_soc": _VIOLET}
_MOST = 700
"""Steps that a panel draws; of more, means."""


@dataclass(frozen=True)
class Heard:
    """A point that a live twin listens to.

    Attributes
    ----------
    point, label, unit : str
    last : Timestamp or None
        Of the last sound reading in the table looked at; time of the site.
    value : float or None
    share : float
        Of the steps of the last 24 h that were read.
    off : float or None
        Mean residual of the last 24 h in standard deviations that it should have.
    silent : bool
        Nothing was read for the last `SILENT_HOURS`.
    """

    point: str
    label: str
    unit: str
    last: pd.Timestamp | None
    value: float | None
    share: float
    off: float | None
    silent: bool


SILENT_HOURS = 3.0


def point_label(point: str, language: Language) -> tuple[str, str]:
    """What a point is called and its unit; a room's stands behind the room's name."""
    zone, _, name = point.rpartition("/")
    kinds = sensors("zone") if zone else {**sensors("building"), **sensors("weather")}
    known = kinds.get(name)
    words = name if known is None else (known.zh if language == "zh" else known.en)
    return f"{zone} {words}".strip(), "" if known is None else known.unit.replace("m2", "m²")


def heard(live: StoredLive, recent: pd.DataFrame, language: Language) -> list[Heard]:
    """Each point with what was read of it lately.

    Parameters
    ----------
    live : StoredLive
    recent : DataFrame
        Of `StoredLive.recent`.
    """
    found = []
    for point in live.points:
        label, unit = point_label(point, language)
        read = recent.get(f"{point} read", pd.Series(np.nan, recent.index)).dropna()
        end = recent.index[-1] if len(recent) else None
        day = recent[recent.index > end - pd.Timedelta(hours=24)] if end is not None else recent
        share = (
            float(day.get(f"{point} read", pd.Series(np.nan, day.index)).notna().mean()) if len(day) else 0.0
        )
        off = None
        if f"{point} residual" in day:
            ratio = (day[f"{point} residual"] / day[f"{point} residual ±"]).dropna()
            off = float(ratio.mean()) if len(ratio) else None
        last = read.index[-1] if len(read) else None
        silent = last is None or (end is not None and end - last > pd.Timedelta(hours=SILENT_HOURS))
        value = float(read.iloc[-1]) if len(read) else None
        found.append(Heard(point, label, unit, last, value, share, off, silent))
    return found


def rooms_figure(recent: pd.DataFrame, rooms: Sequence[str], language: Language) -> go.Figure:
    """Air of rooms with its 90 % and what their sensors read, a panel each."""
    panels = [(f"{room}/temp_air_c", room, "°C", _GREEN) for room in rooms]
    title = pick(language, "室温：估计与读数", "Rooms: estimated and read")
    note = pick(
        language,
        "阴影为估计的 90 % 区间（±1.645 标准差）；传感器无读数时区间变宽。",
        "The band holds 90 % (± 1.645 standard deviations); it widens while a sensor is silent.",
    )
    return _panels(recent, panels, title, note, language)


def meters(columns: Sequence[str]) -> list[str]:
    """Meters and charge among the columns of a day."""
    return [name for name in sensors("building") if name in columns]


def meters_figure(recent: pd.DataFrame, language: Language) -> go.Figure:
    """Powers and charge that the twin expected, with their 90 %, and what was metered."""
    panels = []
    for name in meters(list(recent.columns)):
        label, unit = point_label(name, language)
        panels.append((name, label, unit, _COLOURS.get(name, _BLUE)))
    title = pick(language, "功率与荷电：估计与计量", "Powers and charge: expected and metered")
    note = pick(
        language,
        "功率为读数到来前的预期及其 90 % 区间（成员离散；不含电表误差）。",
        "Powers are what was expected before they were read, with 90 % of the members (errors of the meter "
        "are not in it).",
    )
    return _panels(recent, panels, title, note, language)


def _panels(
    recent: pd.DataFrame,
    panels: Sequence[tuple[str, str, str, str]],
    title: str,
    note: str,
    language: Language,
) -> go.Figure:
    columns = 2 if len(panels) > 1 else 1
    rows = max(-(-len(panels) // columns), 1)
    figure = make_subplots(
        rows=rows, cols=columns, shared_xaxes=True, horizontal_spacing=0.07,
        vertical_spacing=min(0.3 / rows, 0.2),
        subplot_titles=[plain(f"{words}, {unit}" if unit not in ("", "-") else words)
                        for _, words, unit, _ in panels],
    )  # fmt: skip
    shown = _fewer(recent)
    clock = pd.DatetimeIndex(shown.index).tz_localize(None)
    none = {"width": 0}
    for k, (name, _, _, colour) in enumerate(panels):
        at = {"row": k // columns + 1, "col": k % columns + 1}
        mean, sd = shown[name], shown[f"{name} ±"]
        first = {"showlegend": k == 0}
        figure.add_scatter(x=clock, y=mean - SIGMAS * sd, mode="lines", line=none, hoverinfo="skip",
                           showlegend=False, **at)  # fmt: skip
        figure.add_scatter(x=clock, y=mean + SIGMAS * sd, mode="lines", line=none, fill="tonexty",
                           fillcolor=faint(colour, 0.25), name=pick(language, "90 % 区间", "90 % band"),
                           legendgroup="band", hoverinfo="skip", **first, **at)  # fmt: skip
        figure.add_scatter(x=clock, y=mean, mode="lines", line={"color": colour, "width": 1.6},
                           name=pick(language, "估计", "estimate"), legendgroup="mean",
                           **first, **at)  # fmt: skip
        if f"{name} read" in shown:
            figure.add_scatter(x=clock, y=shown[f"{name} read"], mode="markers",
                               marker={"color": INK, "size": 3}, name=pick(language, "读数", "read"),
                               legendgroup="read", **first, **at)  # fmt: skip
    _clocks(figure, len(panels), columns)
    panel_titles_left(figure)
    return finish(figure, title=title, note=note, language=language, height=170 * rows, headroom=22)


def _clocks(figure: go.Figure, count: int, columns: int) -> None:
    """Times below the last panel of each column, and none where there is no panel."""
    for k in range(max(count - columns, 0), count):
        figure.update_xaxes(showticklabels=True, row=k // columns + 1, col=k % columns + 1)


def _fewer(recent: pd.DataFrame) -> pd.DataFrame:
    """Means over as many steps as a panel can do without."""
    many = -(-len(recent) // _MOST)
    if many <= 1:
        return recent
    groups = np.arange(len(recent)) // many
    found = recent.groupby(groups).mean()
    return found.set_axis(recent.index[::many], axis=0)


def parameter_columns(live: StoredLive, room: str | None) -> list[tuple[str, Followed]]:
    """Columns of the slow parameters of the building and of a room."""
    there = set(live.columns)
    found = []
    for one in followed():
        column = one.name if one.per == "building" else f"{room}/{one.name}"
        if column in there and (one.per == "building" or room is not None):
            found.append((column, one))
    return sorted(found, key=lambda pair: pair[1].per != "building")


def spans(one: Followed, mean: float, sd: float) -> tuple[float, float, float]:
    """Low, middle and high of 90 % as people read it: factors as such."""
    low, high = mean - SIGMAS * sd, mean + SIGMAS * sd
    if one.scale == "log":
        return float(np.exp(low)), float(np.exp(mean)), float(np.exp(high))
    return low, mean, high


def parameters_figure(live: StoredLive, room: str | None, language: Language) -> go.Figure:
    """Slow parameters day by day with their 90 %, of the building and of a room; drifts marked."""
    chosen = parameter_columns(live, room)
    columns = [name for column, _ in chosen for name in (column, f"{column} ±")]
    daily = live.daily(columns)
    rows = max(-(-len(chosen) // 3), 1)
    titles = []
    for column, one in chosen:
        words = pick(language, one.zh, one.en)
        unit = "" if one.unit == "-" else f", {one.unit.replace('m2', 'm²')}"
        where = f"{room}: " if "/" in column else ""
        titles.append(plain(f"{where}{words}{unit}"[:58]))
    figure = make_subplots(
        rows=rows, cols=3, shared_xaxes=True, horizontal_spacing=0.06,
        vertical_spacing=min(0.36 / rows, 0.2), subplot_titles=titles,
    )  # fmt: skip
    clock = pd.DatetimeIndex(daily.index).tz_localize(None)
    drifted = {one["column"]: one["day"] for one in live.told.get("drifts", ())}
    for k, (column, one) in enumerate(chosen):
        at = {"row": k // 3 + 1, "col": k % 3 + 1}
        ends = [spans(one, m, s) for m, s in zip(daily[column], daily[f"{column} ±"], strict=True)]
        low, middle, high = (list(part) for part in zip(*ends, strict=True)) if ends else ([], [], [])
        colour = _BLUE if one.per == "building" else _GREEN
        first = {"showlegend": k == 0}
        figure.add_scatter(x=clock, y=low, mode="lines", line={"width": 0}, hoverinfo="skip",
                           showlegend=False, **at)  # fmt: skip
        figure.add_scatter(x=clock, y=high, mode="lines", line={"width": 0}, fill="tonexty",
                           fillcolor=faint(colour, 0.22), hoverinfo="skip", legendgroup="band",
                           name=pick(language, "90 % 区间", "90 % band"), **first, **at)  # fmt: skip
        figure.add_scatter(x=clock, y=middle, mode="lines", line={"color": colour, "width": 1.6},
                           legendgroup="mean", name=pick(language, "日均值", "mean of the day"),
                           **first, **at)  # fmt: skip
        figure.add_hline(y=1.0 if one.scale == "log" else 0.0, line={"color": "#8D99AE", "dash": "dot"},
                         **at)  # fmt: skip
        if column in drifted and drifted[column] < len(clock):
            figure.add_vline(x=clock[drifted[column]], line={"color": "#D1495B", "width": 1.4}, **at)
    _clocks(figure, len(chosen), 3)
    panel_titles_left(figure, size=12)
    title = pick(language, "日均值与 90 % 区间", "Means of days with their 90 %")
    note = pick(
        language,
        "点线为描述值（系数为 1，偏差为 0）。红竖线：判定漂移的日子。",
        "Dotted: as described (factors 1, differences 0). Red line: the day on which a drift was told.",
    )
    return finish(figure, title=title, note=note, language=language, height=150 * rows, headroom=22)
