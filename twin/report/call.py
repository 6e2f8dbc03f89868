"""A demand-response call (需求响应) hour by hour: at the meter, who gave what, rooms, store and bus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from twin.judges.response import call_of
from twin.market.days import local_times
from twin.report.reading import event_of, has, inhabited, net_kw, run_labels, small, table_of
from twin.report.style import (
    INK,
    PALE,
    Language,
    faint,
    finish,
    panel_legends,
    panel_titles_left,
    pick,
    shade,
)
from twin.report.weeks import voltage_axis
from twin.store import Run
from twin.variables import variable
from weather.errors import TwinError

QUARTER = pd.Timedelta(minutes=15)

GIVERS: dict[str, tuple[str, str, str, dict[str, float]]] = {
    "battery": (
        "电池", "Battery", "battery_charge_kw", {"battery_charge_kw": 1.0, "battery_discharge_kw": -1.0}
    ),
    "hvac": (
        "空调", "HVAC", "cooling_kw", {"cooling_kw": 1.0, "heating_kw": 1.0, "fans_kw": 1.0, "pumps_kw": 1.0}
    ),
    "ev": ("电动车", "EV charging", "ev_charge_kw", {"ev_charge_kw": 1.0, "ev_discharge_kw": -1.0}),
    "lighting": ("照明", "Lighting", "lighting_kw", {"lighting_kw": 1.0}),
    "equipment": ("设备", "Equipment", "equipment_kw", {"equipment_kw": 1.0}),
    "pv": ("光伏", "PV", "pv_kw", {"pv_kw": -1.0}),
    "conversion": ("变换损耗", "Conversion losses", "conversion_loss_kw", {"conversion_loss_kw": 1.0}),
}  # fmt: skip
"""Who can draw less in a call: label, colour of a variable, and its terms of the net import."""


def _event(run: Run) -> tuple[dict[str, Any], str]:
    event = event_of(run)
    if event is None:
        raise TwinError("the Run answered no call.", "Give a Run whose project has an `event`.", key="event")
    return event, str(event.get("building") or next(iter(run.series)))


def _quarters(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Means over quarter-hours of one day (longer steps are kept), stamps as the clock shows them."""
    assert isinstance(table.index, pd.DatetimeIndex)
    local = local_times(table.index)
    chosen = table[np.asarray(local.normalize() == day)]
    stamps = pd.DatetimeIndex(local[np.asarray(local.normalize() == day)]).tz_localize(None).floor(QUARTER)
    return chosen.groupby(stamps).mean()


def given(run: Run, reference: Run) -> pd.DataFrame:
    """How much less each part drew on the day of the call than in the march without it.

    Parameters
    ----------
    run : Run
        With the call.
    reference : Run
        The same project without it.

    Returns
    -------
    DataFrame, shape (quarter-hours of the day, givers)
        kW, columns of `GIVERS`; their sum is the fall of the net import.
    """
    event, building = _event(run)
    day = local_times(pd.DatetimeIndex([call_of(event).start]))[0].normalize()
    mine, other = (_quarters(r.series[building], day) for r in (run, reference))
    return pd.DataFrame(
        {
            giver: sum(sign * (other[name] - mine[name]) for name, sign in terms.items())
            for giver, (_, _, _, terms) in GIVERS.items()
        }
    )


def call_day(run: Run, reference: Run | None, language: Language) -> go.Figure:
    """The day of a call.

    Parameters
    ----------
    run : Run
        With the call, judged.
    reference : Run, optional
        The march without the call; without it nobody can say who gave what, and that panel is left out.
    language : {"zh", "en"}

    Raises
    ------
    TwinError
        If the Run answered no call.
    """
    event, building = _event(run)
    call = call_of(event)
    start, end = (t.tz_convert("Asia/Shanghai").tz_localize(None) for t in (call.start, call.end))
    day = local_times(pd.DatetimeIndex([call.start]))[0].normalize()
    table = _quarters(table_of(run, building), day)
    without = None if reference is None else _quarters(table_of(reference, building), day)
    states = has(table, "battery_soc", "bus_voltage_pu")
    titles = [pick(language, "电表处净功率 (kW)", "Net power at the meter (kW)")]
    if without is not None:
        titles.append(
            pick(
                language,
                "与无邀约相比少用的功率，按来源 (kW)",
                "Drawn less than without the call, by source (kW)",
            )
        )
    titles.append(pick(language, "室温 (°C)", "Zone temperature (°C)"))
    if states:
        titles.append(
            pick(language, "荷电状态 (-) 与母线电压 (p.u.)", "State of charge (-) and bus voltage (p.u.)")
        )
    rows = len(titles)
    heights = [230, *([190] if without is not None else []), 120, *([120] if states else [])]
    total = sum(heights) + 36 * (rows - 1)
    figure = make_subplots(
        rows=rows,
        cols=1,
        shared_xaxes=True,
        subplot_titles=titles,
        row_heights=[h / sum(heights) for h in heights],
        vertical_spacing=36 / total,
        specs=[[{"secondary_y": states and row == rows}] for row in range(1, rows + 1)],
    )
    _at_the_meter(figure, run, event, table, without, language)
    if without is not None and reference is not None:
        _who_gave(figure, given(run, reference), language)
    room_row = rows - 1 if states else rows
    _rooms(figure, run, reference, building, day, room_row, language)
    if states:
        _store_and_bus(figure, table, without, rows, language)
    for row in range(1, rows + 1):
        shade(figure, start, end, "#FDE68A", row=row)
    midnight = day.tz_localize(None)
    figure.update_xaxes(
        range=[midnight + pd.Timedelta(hours=6), midnight + pd.Timedelta(hours=22)],
        tickformat="%H:%M",
        dtick=2 * 3_600_000,
        showgrid=True,
    )
    figure = finish(
        figure,
        title=pick(language, "需求响应日 ", "The day of the call, ")
        + f"{midnight:%Y-%m-%d}, {start:%H:%M}–{end:%H:%M} · {run_labels([run], language)[0]}",
        note=_note(run, building, reference is not None, language),
        language=language,
        height=total,
        legend_rows=0,
        headroom=26,
        right=54 if states else 34,
    )
    panel_legends(figure, rows)
    figure.update_layout(barmode="relative", bargap=0.0)
    panel_titles_left(figure, size=12)
    return figure


def _kw(value: float) -> str:
    return f"{value:,.0f} kW" if abs(value) >= 100 else f"{value:.1f} kW"


def _note(run: Run, building: str, with_reference: bool, language: Language) -> str:
    settled = ((run.summary.get("buildings") or {}).get(building) or {}).get("response")
    note = pick(
        language,
        "结算基线：近期同类工作日同刻均值（规则待核实）；控制用基线仅用通知之前的数据。",
        "Settled baseline: mean of the same quarter-hours of recent workdays (rule not verified); the "
        "controller's own baseline uses only data from before the notice.",
    )
    if settled:
        note += " " + pick(
            language,
            f"承诺 {_kw(settled['committed_kw'])}，结算平均 {_kw(settled['mean_kw'])}"
            f"（响应率 {settled['response_rate']:.0%}）。",
            f"Committed {_kw(settled['committed_kw'])}, settled mean {_kw(settled['mean_kw'])} "
            f"(response rate {settled['response_rate']:.0%}).",
        )
    if not with_reference:
        note += " " + pick(
            language, "未提供无邀约的对照模拟。", "No run without the call was given to compare with."
        )
    return note


def _step(
    figure: go.Figure, x: Any, y: Any, name: str, colour: str, row: int, *, dash: str = "solid",
    width: float = 1.8, unit: str = "kW", digits: int = 0, secondary: bool | None = None, shape: str = "hv",
) -> None:  # fmt: skip
    figure.add_scatter(
        x=x,
        y=small(y),
        mode="lines",
        name=name,
        line={"color": colour, "width": width, "dash": dash, "shape": shape},
        hovertemplate=f"%{{y:,.{digits}f}} {unit}",
        row=row,
        col=1,
        secondary_y=secondary,
    )


def _at_the_meter(
    figure: go.Figure,
    run: Run,
    event: dict[str, Any],
    table: pd.DataFrame,
    without: pd.DataFrame | None,
    language: Language,
) -> None:
    building = str(event.get("building") or next(iter(run.series)))
    call = call_of(event)
    start = call.start.tz_convert("Asia/Shanghai").tz_localize(None)
    settled = ((run.summary.get("buildings") or {}).get(building) or {}).get("response")
    midnight = start.normalize()
    if settled:
        points = pd.date_range(midnight, periods=len(settled["baseline_kw"]), freq=QUARTER)
        word = pick(language, "结算基线", "Baseline, settled")
        _step(figure, points, settled["baseline_kw"], word, PALE, 1, dash="dash")
    causal = event.get("causal_baseline_kw") or []
    stamps: list[pd.Timestamp] = []
    if causal:
        window = (call.end - call.start) / len(causal)
        stamps = [start + i * window for i in range(len(causal) + 1)]
        word = pick(language, "控制用基线", "Baseline, causal")
        _step(figure, stamps, [*causal, causal[-1]], word, "#B45309", 1, dash="dot")
    if without is not None:
        word = pick(language, "无邀约时", "Without the call")
        _step(figure, without.index, net_kw(without), word, "#8D99AE", 1)
    inside = (table.index >= start) & (table.index < start + (call.end - call.start))
    target = table["grid_target_kw"].where(inside)
    own = variable("grid_import_kw").colour
    _step(figure, table.index, net_kw(table), pick(language, "实际", "Actual"), own, 1, width=2.6)
    if target.notna().any():  # after the actual power, on which it lies where the control holds it
        known = variable("grid_target_kw")
        word = pick(language, known.zh, known.en)
        _step(figure, table.index, target, word, known.colour, 1, width=1.4, dash="dash")
    if causal:
        promised = [kw - call.committed_kw for kw in causal]
        word = pick(language, "承诺水平", "Committed level")
        _step(figure, stamps, [*promised, promised[-1]], word, "#059669", 1, dash="dot")
    figure.update_yaxes(rangemode="tozero", row=1, col=1)


def _who_gave(figure: go.Figure, parts: pd.DataFrame, language: Language) -> None:
    width = (parts.index[1] - parts.index[0]) / pd.Timedelta(milliseconds=1)
    for giver, (zh, en, name, _) in GIVERS.items():
        if not bool((parts[giver].abs() > 0.05).any()):
            continue
        figure.add_bar(
            x=parts.index,
            y=small(parts[giver]),
            width=width,
            offset=0,
            name=pick(language, zh, en),
            marker={"color": variable(name).colour, "line": {"width": 0}},
            hovertemplate="%{y:.1f} kW",
            row=2,
            col=1,
        )
    _step(
        figure,
        parts.index,
        parts.sum(axis=1),
        pick(language, "合计少用", "Delivered, sum"),
        INK,
        2,
        width=1.4,
    )
    figure.update_yaxes(zeroline=True, row=2, col=1)


def _rooms(
    figure: go.Figure,
    run: Run,
    reference: Run | None,
    building: str,
    day: pd.Timestamp,
    row: int,
    language: Language,
) -> None:
    colour = variable("temp_air_c").colour
    places = inhabited(run, building)
    if not places:
        return
    weights = np.array([w for *_, w in places])
    for which, word, dash in (
        (run, pick(language, "室温（平均与范围）", "Zones (mean and range)"), "solid"),
        (reference, pick(language, "室温，无邀约", "Zones without the call"), "dot"),
    ):
        if which is None:
            continue
        air = _quarters(pd.DataFrame({z: which.zones[b][z, "temp_air_c"] for b, z, _ in places}), day)
        if which is run:
            edge = {"color": faint(colour, 0.35), "width": 0.6}
            for values, fill in ((air.max(axis=1), None), (air.min(axis=1), "tonexty")):
                figure.add_scatter(
                    x=air.index, y=small(values), mode="lines", line=edge, fill=fill, hoverinfo="skip",
                    fillcolor=faint(colour, 0.20), showlegend=False, row=row, col=1,
                )  # fmt: skip
        mean = air.to_numpy(float) @ weights / weights.sum()
        _step(figure, air.index, mean, word, colour, row, dash=dash, unit="°C", digits=1, shape="linear")


def _store_and_bus(
    figure: go.Figure, table: pd.DataFrame, without: pd.DataFrame | None, row: int, language: Language
) -> None:
    for name, secondary, shape in (("battery_soc", False, "linear"), ("bus_voltage_pu", True, "hv")):
        known = variable(name)
        label = known.zh if language == "zh" else known.en
        for which, dash in ((table, "solid"), (without, "dot")):
            if which is None or not has(which, name):
                continue
            word = label if which is table else label + pick(language, "，无邀约", ", without the call")
            _step(
                figure, which.index, which[name], word, known.colour, row, dash=dash, unit=known.unit,
                digits=3, secondary=secondary, shape=shape, width=1.6,
            )  # fmt: skip
    figure.update_yaxes(range=[0, 1], row=row, col=1, secondary_y=False)
    voltage_axis(figure, table["bus_voltage_pu"], row)
