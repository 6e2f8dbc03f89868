"""The hottest and the coldest week of a Run, step by step: weather, rooms, plant, power, store and bus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from twin.report.reading import axis, clock, has, inhabited, net_kw, run_labels, small, table_of
from twin.report.style import Language, faint, finish, panel_legends, panel_titles_left, pick
from twin.store import Run
from twin.variables import variable

FloatArray = NDArray[np.float64]
_PANEL_PX = 128
_GAP_PX = 34


def extreme_days(weather: pd.DataFrame, days: int, *, hottest: bool) -> slice:
    """Steps of so many days from midnight to midnight with the highest or lowest mean temperature.

    Parameters
    ----------
    weather : DataFrame, shape (n, columns)
        Needs `temp_air`, °C.
    days : int
    hottest : bool
        False for the coldest.

    Returns
    -------
    slice
        Positions; all of them where the span is no longer than that.
    """
    day = clock(weather).normalize()
    daily = weather["temp_air"].groupby(day).mean()
    if len(daily) <= days:
        return slice(0, len(weather))
    spans = daily.rolling(days).mean().dropna()
    last = pd.DatetimeIndex(spans.index)[int(spans.argmax() if hottest else spans.argmin())]
    inside = np.flatnonzero((day <= last) & (day > last - pd.Timedelta(days=days)))
    return slice(int(inside[0]), int(inside[-1]) + 1)


def extreme_week(weather: pd.DataFrame, *, hottest: bool) -> slice:
    """Steps of the hottest or coldest seven days; see `extreme_days`."""
    return extreme_days(weather, 7, hottest=hottest)


def extreme_month(weather: pd.DataFrame, *, hottest: bool) -> slice:
    """Steps of the calendar month with the highest or lowest mean temperature; see `extreme_days`."""
    times = clock(weather)
    month = times.year * 12 + times.month
    means = weather["temp_air"].groupby(month).mean()
    chosen = means.index[int(means.argmax() if hottest else means.argmin())]
    inside = np.flatnonzero(month == chosen)
    return slice(int(inside[0]), int(inside[-1]) + 1)


@dataclass(frozen=True)
class ZoneBand:
    """Air temperature over the zones in which people ever are, °C, shape (n,); mean weighted by people."""

    lowest: FloatArray
    mean: FloatArray
    highest: FloatArray


def zone_band(run: Run, steps: slice, building: str | None = None) -> ZoneBand | None:
    """Lowest, mean and highest air temperature of the inhabited zones; None where a Run has none."""
    places = inhabited(run, building)
    if not places:
        return None
    air = np.column_stack([run.zones[b][z, "temp_air_c"].to_numpy(float)[steps] for b, z, _ in places])
    weights = np.array([weight for *_, weight in places])
    return ZoneBand(air.min(axis=1), air @ weights / weights.sum(), air.max(axis=1))


def week(run: Run, language: Language, *, hottest: bool = True, building: str | None = None) -> go.Figure:
    """One week of a Run in up to four panels over one time axis.

    Parameters
    ----------
    run : Run
    language : {"zh", "en"}
    hottest : bool
        False for the coldest week.
    building : str, optional
    """
    steps = extreme_week(run.weather, hottest=hottest)
    table = table_of(run, building).iloc[steps]
    times = clock(table)
    state_panel = has(table, "battery_soc", "bus_voltage_pu")
    titles = [
        pick(language, "温度 (°C)", "Temperature (°C)"),
        pick(language, "供冷与供暖用电、燃气 (kW)", "Cooling and heating, electric, and all gas (kW)")
        if has(table, "gas_kw")
        else pick(language, "供冷与供暖用电 (kW)", "Cooling and heating, electric (kW)"),
        pick(language, "电网、光伏与充电 (kW)", "Grid, PV and charging (kW)"),
    ]
    if state_panel:
        titles.append(
            pick(language, "荷电状态 (-) 与母线电压 (p.u.)", "State of charge (-) and bus voltage (p.u.)")
        )
    rows = len(titles)
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        subplot_titles=titles,
        vertical_spacing=_GAP_PX / (rows * _PANEL_PX + (rows - 1) * _GAP_PX),
        specs=[[{"secondary_y": state_panel and row == rows}] for row in range(1, rows + 1)],
    )
    pen = _Pen(figure, language, axis(times))
    _temperatures(pen, run, steps, building, hottest=hottest)
    for name in ("cooling_kw", "heating_kw", "gas_kw"):
        if has(table, name) or name == "cooling_kw":
            pen.line(name, table[name], 2, fill="tozeroy", shape="hv")
    pen.line(
        "grid_import_kw", net_kw(table), 3, shape="hv", label=pick(language, "电网净功率", "Net grid power")
    )
    for name in ("pv_kw", "ev_charge_kw"):
        if has(table, name):
            pen.line(name, table[name], 3, shape="hv")
    if state_panel:
        _states(pen, table, rows)
    figure.update_xaxes(
        tickformat=pick(language, "%-m月%-d日\n%a", "%-d %b\n%a"), dtick=86_400_000, row=rows, col=1
    )
    figure.update_xaxes(showgrid=True)
    first, last = times[0], times[-1]
    what = pick(
        language, "最热一周" if hottest else "最冷一周", "Hottest week" if hottest else "Coldest week"
    )
    figure = finish(
        figure,
        title=f"{what} {first:%Y-%m-%d} – {last:%m-%d} · {run_labels([run], language)[0]}",
        note=pick(
            language,
            "按室外日均温取连续七天。室温带为有人使用房间的最低、人数加权平均与最高空气温度；虚线为舒适判据所用的设定温度。"
            "功率为各步平均。",
            "Seven days by mean outdoor temperature. The band spans the lowest and highest air temperature "
            "of the zones that people use, with the mean weighted by people; the dotted line is the "
            "set-point that comfort is held against. Powers are means of each step.",
        ),
        language=language,
        height=rows * _PANEL_PX + (rows - 1) * _GAP_PX,
        legend_rows=0,
        headroom=26,
        right=54 if state_panel else 34,
    )
    panel_legends(figure, rows)
    panel_titles_left(figure, size=12)
    return figure


def voltage_axis(figure: go.Figure, voltage: pd.Series, row: int) -> None:
    """Second axis of a row for the bus voltage, 0.9 to 1.1 p.u. unless it went further."""
    low, high = float(np.nanmin([0.9, voltage.min()])), float(np.nanmax([1.1, voltage.max()]))
    figure.update_yaxes(
        title_text="p.u.",
        range=[low, high],
        tickvals=[0.9, 0.95, 1.0, 1.05, 1.1],
        tickformat=".2f",
        showgrid=False,
        row=row,
        col=1,
        secondary_y=True,
    )


class _Pen:
    """Draws registry variables into the panels of one figure."""

    def __init__(self, figure: go.Figure, language: Language, x: dict[str, Any]) -> None:
        self.figure, self.language, self.x = figure, language, x

    def line(
        self,
        name: str,
        values: Any,
        row: int,
        *,
        label: str | None = None,
        shape: str = "linear",
        fill: str | None = None,
        dash: str = "solid",
        secondary: bool | None = None,
    ) -> None:
        known = variable(name)
        self.figure.add_scatter(
            **self.x,
            y=small(values),
            mode="lines",
            name=label or (known.zh if self.language == "zh" else known.en),
            line={"color": known.colour, "width": 1.5, "shape": shape, "dash": dash},
            fill=fill,
            fillcolor=faint(known.colour, 0.22) if fill else None,
            hovertemplate=f"%{{y:.{1 if known.unit in ('kW', '°C') else 3}f}} {known.unit}",
            row=row,
            col=1,
            secondary_y=secondary,
        )


def _temperatures(pen: _Pen, run: Run, steps: slice, building: str | None, *, hottest: bool) -> None:
    pen.line("temp_air", run.weather["temp_air"].iloc[steps], 1)
    band = zone_band(run, steps, building)
    if band is None:
        return
    colour = variable("temp_air_c").colour
    edge = {"color": faint(colour, 0.35), "width": 0.6}
    words = (
        pick(pen.language, "室温最高", "warmest zone"),
        pick(pen.language, "室温最低", "coldest zone"),
    )
    for values, word, fill in ((band.highest, words[0], None), (band.lowest, words[1], "tonexty")):
        pen.figure.add_scatter(
            **pen.x,
            y=small(values),
            mode="lines",
            line=edge,
            fill=fill,
            fillcolor=faint(colour, 0.20),
            name=word,
            showlegend=False,
            hovertemplate="%{y:.1f} °C",
            row=1,
            col=1,
        )
    pen.line(
        "temp_air_c", band.mean, 1, label=pick(pen.language, "室温（平均与范围）", "Zones (mean and range)")
    )
    for limit in _set_points(run, building)[1 if hottest else 0 :][:1]:
        pen.figure.add_hline(y=limit, line={"color": "#6B7280", "width": 1, "dash": "dot"}, row=1, col=1)


def _set_points(run: Run, building: str | None) -> list[float]:
    """Set-points that the comfort judge used, where all buildings share them."""
    judged = run.summary.get("buildings") or {}
    bands = [
        tuple(judged[name]["comfort"]["set_point_band_c"])
        for name in ([building] if building is not None else run.series)
        if (judged.get(name) or {}).get("comfort")
    ]
    return list(bands[0]) if bands and len(set(bands)) == 1 else []


def _states(pen: _Pen, table: pd.DataFrame, row: int) -> None:
    if has(table, "battery_soc"):
        pen.line("battery_soc", table["battery_soc"], row, secondary=False)
    if has(table, "bus_voltage_pu"):
        pen.line("bus_voltage_pu", table["bus_voltage_pu"], row, secondary=True, shape="hv")
    pen.figure.update_yaxes(range=[0, 1], row=row, col=1, secondary_y=False)
    voltage_axis(pen.figure, table["bus_voltage_pu"], row)
