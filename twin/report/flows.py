"""Where a Run's electricity came from and where it went, and the Sankey (能流图) of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from twin.report.reading import has, run_labels, step_hours, table_of
from twin.report.style import Language, faint, finish, pick
from twin.store import Run
from twin.variables import END_USES, SINKS, SOURCES, VARIABLES

BOARD, STORE, STORE_LOSS, DRAWN_DOWN, LEFT_IN_STORE, RETURNED, CURTAILED = (
    "board",
    "store",
    "battery_loss_kw",
    "drawn_down",
    "left_in_store",
    "returned",
    "pv_curtailed_kw",
)

_OWN = {
    STORE: ("电池（充入）", "Battery (taken from the bus)", VARIABLES["battery_charge_kw"].colour),
    DRAWN_DOWN: ("期初存电", "Drawn from the store's start", VARIABLES["battery_soc"].colour),
    LEFT_IN_STORE: ("期末多存", "Left in the store", VARIABLES["battery_soc"].colour),
    RETURNED: ("放回母线", "Given back to the bus", VARIABLES["battery_discharge_kw"].colour),
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy from one node to another over the span, kWh, > 0."""

    source: str
    target: str
    kwh: float


def energy_flows(run: Run, building: str | None = None) -> list[Flow]:
    """Electric flows over the span of a Run.

    Parameters
    ----------
    run : Run
    building : str, optional
        See `twin.report.reading.table_of`.

    Returns
    -------
    list of Flow
        Sources to the board (or bus), board to its sinks; what the battery took on to what it gave back,
        lost and kept, so that every inner node balances. Flows of nothing are left out.

    Notes
    -----
    What the battery kept is charge less discharge less losses; that this agrees with its state of charge
    is the residual `battery` of the Run.
    """
    table = table_of(run, building)
    hours = step_hours(table)
    columns = {*SOURCES, *SINKS, STORE_LOSS, CURTAILED}
    kwh = {name: float(table[name].to_numpy(float).sum()) * hours for name in columns}
    flows = [Flow(name, BOARD, kwh[name]) for name in SOURCES]
    flows += [Flow(BOARD, name, kwh[name]) for name in SINKS if name != "battery_charge_kw"]
    flows.append(Flow(BOARD, STORE, kwh["battery_charge_kw"]))
    kept = kwh["battery_charge_kw"] - kwh["battery_discharge_kw"] - kwh[STORE_LOSS]
    flows += [
        Flow(STORE, RETURNED, kwh["battery_discharge_kw"]),
        Flow(STORE, STORE_LOSS, kwh[STORE_LOSS]),
        Flow(STORE, LEFT_IN_STORE, kept),
        Flow(DRAWN_DOWN, STORE, -kept),
        Flow("pv_kw", CURTAILED, kwh[CURTAILED]),
    ]
    return [flow for flow in flows if flow.kwh > 1e-9]


def _names(language: Language, dc: bool) -> dict[str, str]:
    names = {name: (v.zh if language == "zh" else v.en) for name, v in VARIABLES.items()}
    names |= {name: pick(language, zh, en) for name, (zh, en, _) in _OWN.items()}
    names[BOARD] = pick(
        language, "直流母线与配电" if dc else "交流配电", "DC bus and board" if dc else "AC board"
    )
    return names


def _colour(node: str) -> str:
    if node in _OWN:
        return _OWN[node][2]
    return "#4B5563" if node == BOARD else VARIABLES[node].colour


_LAST = (RETURNED, STORE_LOSS, LEFT_IN_STORE)


def _x(node: str, with_store: bool) -> float:
    if node in SOURCES:
        return 0.001
    if node in (BOARD, DRAWN_DOWN):
        return 0.36
    return 0.999 if node in _LAST or not with_store else 0.68


_FILLED = 0.72
"""Share of the height that the tallest column fills; the rest are gaps."""


def _order(nodes: Sequence[str]) -> list[str]:
    rank = [*SOURCES, BOARD, *END_USES, "ev_charge_kw", "grid_export_kw", "conversion_loss_kw", CURTAILED]
    rank += [DRAWN_DOWN, STORE, RETURNED, STORE_LOSS, LEFT_IN_STORE]
    return sorted(nodes, key=rank.index)


def _positions(nodes: Sequence[str], through: dict[str, float]) -> list[float]:
    """Middle height of each node in its column, with gaps, so that no two overlap."""
    heights: dict[str, float] = {}
    tallest, with_store = max(through.values()), STORE in nodes
    for column in sorted({_x(node, with_store) for node in nodes}):
        inside = [node for node in nodes if _x(node, with_store) == column]
        share = sum(through[n] for n in inside) / tallest * _FILLED
        gap = (1.0 - share) / (len(inside) + 1)
        at = gap
        if column > 0.9 and with_store:  # what leaves the store stands at the store's height, the lowest
            gap = 0.06
            at = 1.0 - share - gap * len(inside)
        for node in inside:
            size = through[node] / tallest * _FILLED
            heights[node] = at + size / 2
            at += size + gap
    return [min(max(heights[node], 0.001), 0.999) for node in nodes]


def sankey(run: Run, language: Language, *, building: str | None = None) -> go.Figure:
    """Sankey of a Run's electricity: sources, board, end uses, losses, export, and the battery's cycle.

    Parameters
    ----------
    run : Run
    language : {"zh", "en"}
    building : str, optional
    """
    flows = energy_flows(run, building)
    table = table_of(run, building)
    names = _names(language, has(table, "bus_voltage_pu"))
    nodes = _order(list({node for flow in flows for node in (flow.source, flow.target)}))
    into = {n: sum(f.kwh for f in flows if f.target == n) for n in nodes}
    out = {n: sum(f.kwh for f in flows if f.source == n) for n in nodes}
    through = {n: max(into[n], out[n]) for n in nodes}
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            valueformat=",.0f",
            valuesuffix=" kWh",
            node={
                "label": [f"{names[n]}  {through[n] / 1000:,.1f} MWh" for n in nodes],
                "color": [_colour(n) for n in nodes],
                "x": [_x(n, STORE in nodes) for n in nodes],
                "y": _positions(nodes, through),
                "pad": 12,
                "thickness": 16,
                "line": {"width": 0},
                "hovertemplate": "%{label}<br>%{value:,.0f} kWh<extra></extra>",
            },
            link={
                "source": [nodes.index(f.source) for f in flows],
                "target": [nodes.index(f.target) for f in flows],
                "value": [f.kwh for f in flows],
                "color": [
                    faint(_colour(f.source if f.target in (BOARD, CURTAILED) else f.target), 0.38)
                    for f in flows
                ],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,.0f} kWh<extra></extra>",
            },
            textfont={"size": 12},
        )
    )
    note = pick(
        language,
        "全程电量，各节点收支相抵（误差见残差表）。",
        "Electricity over the whole span; what enters a node leaves it (see the residuals).",
    )
    if STORE in nodes:
        note += pick(
            language,
            "电池放电再次进入母线，故左侧电池为其放回量。",
            " What the battery gives back enters the bus again: it stands on both sides.",
        )
    return finish(
        figure,
        title=pick(language, "全年能流：", "Where the electricity goes: ") + run_labels([run], language)[0],
        note=note,
        language=language,
        height=400,
        legend_rows=0,
        left=16,
        right=16,
    )
