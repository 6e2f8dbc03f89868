"""DC distribution network (直流配电网) of a building: nodes at 750/375/48 V, cables and DC/DC converters.

What a network is, how it is checked, and its flow over many steps; the compiled solution is in `dc_flow`.
A DC/DC converter holds its low side at that level's nominal voltage and loses by the one form of
`converter`, in either direction. Cables are two wires, go and return; a conductor's resistance is the
greatest that IEC 60228 (GB/T 3956) allows, corrected to one conductor temperature for the whole network:

    R = 2 r_20 (1 + a (T - 20)) L / n

Not here: three-wire (±) systems, line inductance, faults, and the time constants of converters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import ArrayLike, NDArray

from buildings.library.data_text import read_data
from buildings.systems.converter import CONVERTER, load_converter
from buildings.systems.dc_flow import COLLAPSED, SOLVED, flow_series
from buildings.systems.records import entry, positive
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONDUCTOR_C = 50.0
"""Temperature of the conductors [degC]; assumed, between a room and the 90 degC of a full cable."""
BAND_PU = (0.90, 1.05)
"""Voltage of rated operation over nominal (Han et al., State Grid Suzhou: 90 to 105 %, stored:secondary)."""
_REFERENCE_C = 20.0


@dataclass(frozen=True)
class DcNode:
    """A place of the network with its nominal voltage [V]."""

    name: str
    voltage: float


@dataclass(frozen=True)
class DcCable:
    """Two wires between nodes of one level.

    Parameters
    ----------
    start, end : str
        Nodes.
    cable : str
        Key in `data/cables.yaml`.
    length : float
        One way [m].
    parallel : int, optional
        Pairs of wires side by side.
    """

    start: str
    end: str
    cable: str
    length: float
    parallel: int = 1

    @property
    def name(self) -> str:
        """How findings call it."""
        return f"{self.start}-{self.end}"


@dataclass(frozen=True)
class DcConverter:
    """A DC/DC converter that feeds node `low` from node `high`.

    Parameters
    ----------
    converter : str
        Key in `data/converters.yaml`.
    rated_kw : float
        Rated power at its output [kW].
    """

    high: str
    low: str
    converter: str
    rated_kw: float

    @property
    def name(self) -> str:
        """How findings call it."""
        return f"{self.high}>{self.low}"


@dataclass(frozen=True, eq=False)
class DcNetwork:
    """A checked network as arrays.

    Attributes
    ----------
    nodes, cables, converters : tuple
        As described; node 0 of `source` holds the voltage.
    source : str
        The node of the grid interface or of whatever forms the bus.
    resistance : ndarray (n_cables,)
        Both wires, at the conductors' temperature [Ohm].
    current_limit : ndarray (n_cables,)
        [A]
    """

    nodes: tuple[DcNode, ...]
    cables: tuple[DcCable, ...]
    converters: tuple[DcConverter, ...]
    source: str
    resistance: FloatArray
    current_limit: FloatArray
    start: IntArray
    end: IntArray
    visit: IntArray
    visit_from: IntArray
    parent: IntArray
    parent_cable: IntArray
    cable_list: IntArray
    cable_from: IntArray
    source_node: IntArray
    set_v: FloatArray
    feeder: IntArray
    high: IntArray
    records: NDArray[Any]
    meshed: NDArray[np.bool_]

    def node(self, name: str) -> int:
        """Index of a node.

        Raises
        ------
        TwinError
            There is none of that name.
        """
        return _node_index(self.nodes, name, "nodes")


@dataclass(frozen=True)
class Finding:
    """A limit that was not kept: of what, the worst value, the limit, and in how many steps."""

    element: str
    kind: str
    worst: float
    limit: float
    steps: int


@dataclass(frozen=True, eq=False)
class DcFlow:
    """Flow of a network over n steps; a step without a solution is NaN.

    Attributes
    ----------
    voltage_v : ndarray (n, n_nodes)
    current_a : ndarray (n, n_cables)
        From a cable's start to its end.
    cable_loss_kw : ndarray (n, n_cables)
    converter_output_kw, converter_loss_kw : ndarray (n, n_converters)
        Output positive from high to low.
    source_kw : ndarray (n,)
        What the source gives.
    status : ndarray (n,)
        `SOLVED`, `COLLAPSED` (no operating point exists) or `UNDECIDED` (did not
        settle: within about 1e-6 of the greatest load).
    iterations : ndarray (n,)
    """

    voltage_v: FloatArray
    current_a: FloatArray
    cable_loss_kw: FloatArray
    converter_output_kw: FloatArray
    converter_loss_kw: FloatArray
    source_kw: FloatArray
    status: IntArray
    iterations: IntArray

    @property
    def loss_kw(self) -> FloatArray:
        """Loss of all elements [kW], shape (n,)."""
        return np.asarray(self.cable_loss_kw.sum(axis=1) + self.converter_loss_kw.sum(axis=1), float)

    def require_solved(self) -> None:
        """Refuse a flow with steps that have no operating point.

        Raises
        ------
        TwinError
            Some step collapsed or did not settle.
        """
        bad = int(np.count_nonzero(self.status != SOLVED))
        if bad:
            fate = (
                "collapses" if np.any(self.status == COLLAPSED) else "comes too near to collapse to be solved"
            )
            raise TwinError(
                f"The DC network {fate} in {bad} of {len(self.status)} steps: its cables carry "
                "the load at no voltage.",
                "Choose larger or shorter cables, a higher level, or less load.",
                key="dc_network",
            )


def read_dc_network(path: Path) -> tuple[DcNetwork, dict[str, Any]]:
    """A network from its YAML file, and what the file says beside it.

    The file has `source`, `nodes` (name to volt), `cables` (rows of start, end, cable, length, parallel),
    `converters` (rows of high, low, converter, rated_kw) and optionally `conductor_c`.

    Raises
    ------
    TwinError
        The file cannot be read or the network is not one.
    """
    try:
        given = read_data(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TwinError(f"it cannot be read: {error.strerror}.", "Name a YAML file.", file=path) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TwinError("it is not YAML.", "Name a YAML file.", file=path) from error
    try:
        nodes = [DcNode(str(name), float(volt)) for name, volt in given.pop("nodes").items()]
        cables = [DcCable(**row) for row in given.pop("cables", [])]
        converters = [DcConverter(**row) for row in given.pop("converters", [])]
        source = str(given.pop("source"))
        conductor = float(given.pop("conductor_c", CONDUCTOR_C))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TwinError(
            f"the network is not complete: {error}.",
            "Give `source`, `nodes` (name: volt), rows of `cables` {start, end, cable, length} and of "
            "`converters` {high, low, converter, rated_kw}.",
            file=path,
        ) from error
    try:
        return dc_network(nodes, cables, converters, source, conductor_c=conductor), given
    except TwinError as error:
        raise error.at(file=path, key=error.key) from error


def loop_resistance(cable: DcCable, conductor_c: float = CONDUCTOR_C) -> float:
    """Resistance of both wires of a cable at a conductor temperature [Ohm]."""
    values = entry("cables", cable.cable)
    warm = 1.0 + float(values["coefficient"]) * (conductor_c - _REFERENCE_C)
    length = positive(cable.length, f"length of cable {cable.name}")
    return 2.0 * 1e-3 * float(values["resistance"]) * warm * length / cable.parallel


def dc_network(
    nodes: Sequence[DcNode],
    cables: Sequence[DcCable],
    converters: Sequence[DcConverter],
    source: str,
    *,
    conductor_c: float = CONDUCTOR_C,
) -> DcNetwork:
    """Check a network and lay it into arrays.

    Parameters
    ----------
    nodes, cables, converters : sequences
    source : str
        Node whose voltage is given: the bus at the grid interface.
    conductor_c : float, optional
        Temperature of the conductors [degC].

    Returns
    -------
    DcNetwork

    Raises
    ------
    TwinError
        Unknown names or keys, a cable between levels, a node that nothing or more than one source feeds.
    """
    _refuse_bad_parts(nodes, cables)
    if not -40.0 <= conductor_c <= 120.0:
        raise TwinError(f"Conductors of {conductor_c} degC.", "Give -40 to 120 degC.", key="conductor_c")
    start = np.array([_node_index(nodes, c.start, c.name) for c in cables], np.int64)
    end = np.array([_node_index(nodes, c.end, c.name) for c in cables], np.int64)
    high = np.array([_node_index(nodes, c.high, c.name) for c in converters], np.int64)
    low = np.array([_node_index(nodes, c.low, c.name) for c in converters], np.int64)
    island = _islands(len(nodes), start, end)
    root = _node_index(nodes, source, "source")
    order = _feeding_order(nodes, converters, island, root, high, low)
    records = np.zeros(max(len(converters), 1), CONVERTER)
    for k, c in enumerate(converters):
        records[k] = load_converter(c.converter, c.rated_kw)
    sources = [root if f < 0 else int(low[f]) for f in order]
    walk = _walk(island, sources, start, end, len(nodes))
    return DcNetwork(
        nodes=tuple(nodes),
        cables=tuple(cables),
        converters=tuple(converters),
        source=source,
        resistance=np.array([loop_resistance(c, conductor_c) for c in cables], float),
        current_limit=np.array([entry("cables", c.cable)["current"] * c.parallel for c in cables], float),
        start=start,
        end=end,
        source_node=np.array(sources, np.int64),
        set_v=np.array([nodes[s].voltage for s in sources], float),
        feeder=np.array(order, np.int64),
        high=high,
        records=records,
        **walk,
    )


def solve_network(
    network: DcNetwork, load_kw: ArrayLike, source_pu: ArrayLike = 1.0, *, newton: bool = False
) -> DcFlow:
    """Flow of a network over n steps.

    Parameters
    ----------
    network : DcNetwork
    load_kw : array_like (n, n_nodes) or (n_nodes,)
        Power that leaves the network at each node, negative where it is fed in [kW].
    source_pu : array_like (n,) or float, optional
        Voltage at the source over its nominal.
    newton : bool, optional
        Newton also where cables form a tree (a check of one method by the other).

    Returns
    -------
    DcFlow

    Raises
    ------
    TwinError
        Loads of another shape or with holes, or a source voltage that is not positive.
    """
    load = np.atleast_2d(np.asarray(load_kw, float))
    n, count = len(load), len(network.nodes)
    if load.shape[1] != count or not np.all(np.isfinite(load)):
        raise TwinError(
            f"Loads of shape {load.shape} for {count} nodes.",
            "Give one finite power for each node and step.",
            key="load_kw",
        )
    pu = np.broadcast_to(np.asarray(source_pu, float), (n,))
    if not np.all(np.isfinite(pu) & (pu > 0.0)):
        raise TwinError("The source voltage is not above zero.", "Give about 1.", key="source_pu")
    voltage, current = np.zeros((n, count)), np.zeros((n, len(network.cables)))
    converted, lost = np.zeros((n, len(network.converters))), np.zeros((n, len(network.converters)))
    given, status, iterations = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    flow_series(
        network.visit, network.visit_from, network.parent, network.parent_cable, network.cable_list,
        network.cable_from, network.start, network.end, network.resistance, network.source_node,
        network.set_v, pu * network.set_v[-1], network.feeder, network.high, network.records,
        network.meshed | newton, 1e3 * load, voltage, current, converted, lost, given, status, iterations,
    )  # fmt: skip
    return DcFlow(
        voltage_v=voltage,
        current_a=current,
        cable_loss_kw=1e-3 * network.resistance * current**2,
        converter_output_kw=1e-3 * converted,
        converter_loss_kw=1e-3 * lost,
        source_kw=1e-3 * given,
        status=status,
        iterations=iterations,
    )


def findings(network: DcNetwork, flow: DcFlow, band_pu: tuple[float, float] = BAND_PU) -> list[Finding]:
    """Limits that a flow does not keep: cables' currents, nodes' voltages, converters' ratings, collapse.

    Parameters
    ----------
    network : DcNetwork
    flow : DcFlow
    band_pu : tuple of float, optional
        Lowest and highest voltage over nominal.

    Returns
    -------
    list of Finding
        Kinds ``collapse`` (worst is the number of steps), ``current`` [A], ``low_voltage`` and
        ``high_voltage`` [p.u.], ``rating`` [kW].
    """
    found: list[Finding] = []
    bad = int(np.count_nonzero(flow.status != SOLVED))
    if bad:
        found.append(Finding("network", "collapse", float(bad), 0.0, bad))
    solved = flow.status == SOLVED
    for c, cable in enumerate(network.cables):
        _note(found, cable.name, "current", np.abs(flow.current_a[solved, c]), network.current_limit[c])
    for i, node in enumerate(network.nodes):
        pu = flow.voltage_v[solved, i] / node.voltage
        _note(found, node.name, "low_voltage", -pu, -band_pu[0])
        _note(found, node.name, "high_voltage", pu, band_pu[1])
    for k, converter in enumerate(network.converters):
        load = np.abs(flow.converter_output_kw[solved, k])
        _note(found, converter.name, "rating", load, converter.rated_kw)
    return found


def _note(found: list[Finding], element: str, kind: str, values: FloatArray, limit: float) -> None:
    """Add a finding where `values` pass `limit`; lower limits come with both signs turned."""
    over = values > limit + 1e-9 * abs(limit)
    if np.any(over):
        found.append(
            Finding(element, kind, abs(float(values.max())), abs(limit), int(np.count_nonzero(over)))
        )


def _node_index(nodes: Sequence[DcNode], name: str, key: str) -> int:
    for i, node in enumerate(nodes):
        if node.name == name:
            return i
    raise TwinError(
        f"The DC network has no node {name!r}.", f"Use one of: {', '.join(n.name for n in nodes)}.", key=key
    )


def _refuse_bad_parts(nodes: Sequence[DcNode], cables: Sequence[DcCable]) -> None:
    names = [node.name for node in nodes]
    for name in names:
        if names.count(name) > 1:
            raise TwinError(f"Two nodes are called {name!r}.", "Give each its own name.", key="nodes")
    level = {node.name: positive(node.voltage, f"voltage of {node.name}") for node in nodes}
    for c in cables:
        if c.parallel < 1:
            raise TwinError(f"{c.parallel} cables in parallel.", "Give 1 or more.", key=c.name)
        if c.start == c.end:
            raise TwinError(f"The cable {c.name} ends where it starts.", "Name two nodes.", key=c.name)
        if c.start in level and c.end in level and level[c.start] != level[c.end]:
            raise TwinError(
                f"The cable {c.name} joins {level[c.start]:g} V and {level[c.end]:g} V.",
                "Put a converter between levels.",
                key=c.name,
            )


def _islands(count: int, start: IntArray, end: IntArray) -> IntArray:
    """Number of the island of each node: nodes that cables join."""
    island = np.arange(count)
    for a, b in zip(start, end, strict=True):
        island[island == island[b]] = island[a]
    return island


def _feeding_order(
    nodes: Sequence[DcNode],
    converters: Sequence[DcConverter],
    island: IntArray,
    root: int,
    high: IntArray,
    low: IntArray,
) -> list[int]:
    """Converter that feeds each island, the lowest island first and -1 for the root's last."""
    reached, order = {int(island[root])}, [-1]
    waiting = list(range(len(converters)))
    while True:
        ready = [k for k in waiting if int(island[high[k]]) in reached]
        if not ready:
            break
        for k in ready:
            below = int(island[low[k]])
            if below in reached:
                raise TwinError(
                    f"The converter {converters[k].name} feeds nodes that another source feeds.",
                    "Let one converter feed each part of the network; parallel ones are one of their sum.",
                    key=converters[k].name,
                )
            reached.add(below)
            order.append(k)
            waiting.remove(k)
    for i, node in enumerate(nodes):
        if int(island[i]) not in reached:
            raise TwinError(
                f"Nothing feeds the node {node.name!r}.",
                "Join it by a cable or a converter (from `high` to `low`) to the source.",
                key=node.name,
            )
    return order[::-1]


def _walk(
    island: IntArray, sources: Sequence[int], start: IntArray, end: IntArray, count: int
) -> Mapping[str, Any]:
    """Order in which nodes are visited, parents first, and the cables of each island."""
    parent, parent_cable = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    visit: list[int] = []
    visit_from, cable_list, cable_from, meshed = [0], [], [0], []
    for s in sources:
        own = [c for c in range(len(start)) if island[start[c]] == island[s]]
        seen, queue = {s}, [s]
        while queue:
            here = queue.pop(0)
            for c in own:
                if here in (start[c], end[c]):
                    there = int(end[c] if start[c] == here else start[c])
                    if there not in seen:
                        seen.add(there)
                        queue.append(there)
                        visit.append(there)
                        parent[there], parent_cable[there] = here, c
        visit_from.append(len(visit))
        cable_list += own
        cable_from.append(len(cable_list))
        meshed.append(len(own) != len(seen) - 1)
    return {
        "visit": np.array(visit, np.int64),
        "visit_from": np.array(visit_from, np.int64),
        "parent": parent,
        "parent_cable": parent_cable,
        "cable_list": np.array(cable_list, np.int64),
        "cable_from": np.array(cable_from, np.int64),
        "meshed": np.array(meshed, np.bool_),
    }
