"""The Sankey (能流图) of a plant room: sources, machines, stores, uses and losses of a Run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from twin.report.plant_flows import LEFT, RIGHT, STORES, Flow, Node, books_of, flows_of, plant_rooms
from twin.report.plant_words import KINDS, SERVICE_MARK, mwh, node_name, shortened
from twin.report.reading import run_labels
from twin.report.style import Language, faint, finish, pick, plain
from twin.store import Run

COLOURS: Mapping[str, str] = {
    "electricity": "#0072B2",
    "gas": "#4B5563",
    "hydrogen": "#CC79A7",
    "heat": "#D55E00",
    "cold": "#56B4E9",
    "surroundings": "#009E73",
    "lost": "#B6BCC6",
}
"""Okabe and Ito's colours, which colour-blind readers tell apart, and two greys."""
_MACHINE, _STORE = "#1F2933", "#7B2CBF"
_LEAST = 4e-4
"""Share of what enters the room below which a flow is not drawn."""
_PAD_PX, _BARS_PX = 27, 330
"""Between two nodes, room for two lines; and the height of all that enters together."""
_SWEEPS = 8


def drawn_flows(flows: Sequence[Flow]) -> tuple[list[Flow], float]:
    """Flows that are large enough to be drawn, and the limit [kWh]."""
    entering = sum(flow.kwh for flow in flows if flow.source in LEFT)
    limit = _LEAST * entering
    return [flow for flow in flows if flow.kwh >= limit], limit


def _layers(flows: Sequence[Flow], *, late: bool) -> dict[Node, int]:
    """Column of every node: one behind all that it takes from; `late` puts feeders of rows before them."""
    nodes = list(dict.fromkeys(node for flow in flows for node in (flow.source, flow.target)))
    inner = [node for node in nodes if node not in LEFT and node not in RIGHT]
    layer = dict.fromkeys(inner, 1)
    links = [(f.source, f.target) for f in flows if f.source in layer and f.target in layer]
    for _ in inner:  # as many turns as the longest chain has links; a ring ends there too
        for source, target in links:
            layer[target] = min(max(layer[target], layer[source] + 1), len(inner))
    if late:
        for _ in inner:
            for node in inner:
                after = [layer[target] for source, target in links if source == node]
                layer[node] = max(layer[node], min(after) - 1) if after else layer[node]
    last = max(layer.values(), default=0) + 1
    return layer | {n: 0 for n in nodes if n in LEFT} | {n: last for n in nodes if n in RIGHT}


def _columns(layer: Mapping[Node, int]) -> list[list[Node]]:
    rank = {node: k for k, node in enumerate((*LEFT, *RIGHT))}
    columns: list[list[Node]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in sorted(layer, key=lambda n: rank.get(n, -1)):
        columns[layer[node]].append(node)
    return columns


def _untangle(columns: list[list[Node]], flows: Sequence[Flow]) -> None:
    """Order the nodes of each column by where their flows come from and go to, so that few cross."""
    for turn in range(_SWEEPS):
        place = {n: (k + 0.5) / len(column) for column in columns for k, n in enumerate(column)}
        for column in columns if turn % 2 == 0 else columns[::-1]:
            middle = {}
            for node in column:
                ends = [(place[f.source], f.kwh) for f in flows if f.target == node]
                ends += [(place[f.target], f.kwh) for f in flows if f.source == node]
                middle[node] = sum(at * kwh for at, kwh in ends) / sum(kwh for _, kwh in ends)
            column.sort(key=lambda n: middle[n])
            place |= {n: (k + 0.5) / len(column) for k, n in enumerate(column)}


def _heights(
    columns: Sequence[Sequence[Node]], through: Mapping[Node, float], scale: float, height: float
) -> dict[Node, float]:
    """Middle of each node as a share of the height; what is free is spread between the nodes."""
    found = {}
    for column in columns:
        free = height - scale * sum(through[node] for node in column)
        gap = free / (len(column) + 1) if len(column) < 3 else max(free / (len(column) + 1), _PAD_PX)
        at = (free - gap * (len(column) - 1)) / 2
        for node in column:
            size = scale * through[node]
            found[node] = min(max((at + size / 2) / height, 1e-3), 1 - 1e-3)
            at += size + gap
    return found


def plant_sankey(run: Run, building: str, language: Language) -> go.Figure:
    """Sankey of a plant room over the span of a Run.

    Parameters
    ----------
    run : Run
    building : str
        One that has a plant room, see `twin.report.plant_flows.plant_rooms`.
    language : {"zh", "en"}
    """
    rows = plant_rooms(run, building)[building]
    flows, limit = drawn_flows(flows_of(rows))
    columns = _columns(_layers(flows, late=True))
    _untangle(columns, flows)
    nodes = [node for column in columns for node in column]
    through = {
        n: max(sum(f.kwh for f in flows if f.source == n), sum(f.kwh for f in flows if f.target == n))
        for n in nodes
    }
    height, scale = _size(columns, _columns(_layers(flows, late=False)), through)
    middle = _heights(columns, through, scale, height)
    every = [(one.name, one.serves) for one in books_of(rows)]
    full = {n: node_name(n, every, language) for n in nodes}
    label = [_label(n, every, through[n], language) for n in nodes]
    across = [min(max(k / (len(columns) - 1), 1e-3), 1 - 1e-3) for k in range(len(columns))]
    kinds = {one.name: one.type for one in books_of(rows)}
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            node={
                "label": label,
                "customdata": [f"{plain(full[n])}: {mwh(through[n])} MWh" for n in nodes],
                "color": [_node_colour(n, kinds, flows) for n in nodes],
                "x": [across[k] for k, column in enumerate(columns) for _ in column],
                "y": [middle[n] for n in nodes],
                "pad": _PAD_PX,
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            link={
                "source": [nodes.index(f.source) for f in flows],
                "target": [nodes.index(f.target) for f in flows],
                "value": [f.kwh / 1000.0 for f in flows],
                "color": [faint(COLOURS[f.kind], 0.42) for f in flows],
                "customdata": [
                    f"{plain(full[f.source])} → {plain(full[f.target])}<br>"
                    f"{mwh(f.kwh)} MWh {pick(language, *KINDS[f.kind])}"
                    for f in flows
                ],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
            textfont={"size": 11.5},
        )
    )
    _legend(figure, flows, language)
    name = run_labels([run], language)[0]
    if len(plant_rooms(run)) > 1:
        name += f" / {plain(building)}"
    return finish(
        figure,
        title=pick(language, "机房全年能流：", "Energy through the plant room: ") + name,
        note=_note(limit, language),
        language=language,
        height=round(height),
        legend_rows=2,
        left=16,
        right=16,
    )


def _label(node: Node, every: Sequence[Node], kwh: float, language: Language) -> str:
    """Name in one line; service, if the machine has several, and energy in the next."""
    name, _, service = node_name(node, every, language).partition(SERVICE_MARK)
    return f"{plain(shortened(name))}<br>{service}{' ' if service else ''}{mwh(kwh)} MWh"


def _legend(figure: go.Figure, flows: Sequence[Flow], language: Language) -> None:
    """A legend of the colours, which a Sankey has none of: traces without points, on axes without room."""
    for kind in dict.fromkeys(kind for kind in COLOURS if any(f.kind == kind for f in flows)):
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=pick(language, *KINDS[kind]),
            marker={"symbol": "square", "size": 12, "color": faint(COLOURS[kind], 0.6)},
            hoverinfo="skip",
        )
    nowhere = {"visible": False, "fixedrange": True, "domain": [0.0, 1e-3]}
    figure.update_layout(xaxis=nowhere, yaxis=nowhere, legend={"itemclick": False, "itemdoubleclick": False})


def _size(
    columns: Sequence[Sequence[Node]], early: Sequence[Sequence[Node]], through: Mapping[Node, float]
) -> tuple[float, float]:
    """Height of the figure [px] and px per kWh, as plotly.js takes it from its own columns (the early)."""
    both = [(len(c), sum(through[n] for n in c)) for c in (*columns, *early) if c]
    most = max(total for _, total in both)
    height = max(_BARS_PX * total / most + _PAD_PX * (count + 1) for count, total in both)
    return height, min((height - _PAD_PX * (count - 1)) / total for count, total in both)


def _node_colour(node: Node, kinds: Mapping[str, str], flows: Sequence[Flow]) -> str:
    name, _ = node
    if name:
        return _STORE if kinds.get(name) in STORES else _MACHINE
    return COLOURS[next(f.kind for f in flows if node in (f.source, f.target))]


def _note(limit: float, language: Language) -> str:
    return pick(
        language,
        "黑色节点为设备，紫色为蓄能；各节点收支相抵。冷量以其取走的热表示，故由房间流向设备。"
        f"小于 {mwh(limit)} MWh 的能流未画出。",
        "Black nodes are machines, violet ones stores; what enters a node leaves it. Cold is shown as the "
        f"heat that it takes away, so it runs from the rooms to the machine. Flows below {mwh(limit)} MWh "
        "are not drawn.",
    )
