"""A DC network whose devices follow their own node's voltage (多母线下垂): buses, line drop, DC/DC stages.

The voltage is the signal, and it is not the same everywhere: each device reads the one at its node. A network
of `dc_network` carries at its nodes curves of power over voltage and constant powers; its source holds a
voltage or follows a curve itself (the interface that holds a power target). What is found is the highest
solution, enclosed, or the proof that there is none; `droop_flow` has the method.

A DC/DC stage either holds its low side at the nominal voltage, and the signal does not reach the devices
behind it (a finding says so), or passes the voltage over nominal on. Its loss is a constant power at its
high side; where it passes, power and loss are iterated, and the proof is for the loss that was found.

Not here: devices that give way at over-voltage (`hvac_over`), whose slope has the other sign.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from buildings.systems.curve_rules import V_MAX, V_MIN
from buildings.systems.dc_bus import battery_on_bus_kw, hvac_on_bus_kw, interface_on_bus_kw
from buildings.systems.dc_flow import COLLAPSED, SOLVED, UNDECIDED
from buildings.systems.dc_network import BAND_PU, DcNetwork, Finding
from buildings.systems.droop_flow import Nodes, descend, enclosure, taken_kw, upper_bound
from buildings.systems.ev import session_power_kw
from buildings.systems.grid_interface import ac_from_bus_kw
from buildings.systems.records import Record
from weather.errors import TwinError

FloatArray = NDArray[np.float64]

SURPLUS = 3
"""Beside the fates of `dc_flow`: even at the highest voltage more is fed in than taken."""
FATES = {SOLVED: "solved", COLLAPSED: "collapsed", UNDECIDED: "undecided", SURPLUS: "surplus"}
FLOOR_PU = 0.1
"""Below it a voltage is no operating point; every device stops far above."""
_LOSS_TURNS = 60
_LOSS_KW = 1e-10


@dataclass(frozen=True, eq=False)
class NodeCurve:
    """Power that a device gives to its node over that node's voltage.

    Parameters
    ----------
    node : str
    v : array_like
        Voltages over nominal, rising [p.u.]; one alone for a constant power.
    kw : array_like
        Power into the node at each of them [kW], not rising; straight between, constant beyond.
    """

    node: str
    v: FloatArray
    kw: FloatArray

    def __post_init__(self) -> None:
        v, kw = np.atleast_1d(np.asarray(self.v, float)), np.atleast_1d(np.asarray(self.kw, float))
        object.__setattr__(self, "v", v)
        object.__setattr__(self, "kw", kw)
        if v.ndim != 1 or v.shape != kw.shape or not (np.all(np.isfinite(v)) and np.all(np.isfinite(kw))):
            raise TwinError(
                f"The curve at {self.node} has {v.size} voltages and {kw.size} powers.",
                "Give as many finite powers as voltages.",
                key=self.node,
            )
        if np.any(np.diff(v) <= 0.0) or v[0] <= 0.0 or np.any(np.diff(kw) > 0.0):
            raise TwinError(
                f"The curve at {self.node} rises, or its voltages do not.",
                "Order the voltages upward; what a device gives must not rise with the voltage.",
                key=self.node,
            )


@dataclass(frozen=True, eq=False)
class DroopFlow:
    """What became of a network; without a solution the figures are NaN.

    Attributes
    ----------
    status : int
        `SOLVED`, `COLLAPSED` (proven: no operating point), `SURPLUS`, `UNDECIDED`.
    voltage_pu : ndarray (n_nodes,)
        Over each node's nominal.
    width_pu : float
        Width of the box around the voltages that is proven to hold the solution; NaN where the voltage is
        flat (nothing slopes) or at the very nose. No solution lies above it, by the method.
    given_kw : ndarray (n_curves,)
        What each curve gives at its node.
    source_kw : float
        What the source gives: to hold its voltage, or by the interface's curve.
    cable_loss_kw : ndarray (n_cables,)
    converter_output_kw, converter_loss_kw : ndarray (n_converters,)
        Output positive from high to low.
    steps : int
        Linear solutions, all parts and turns together.
    findings : tuple of Finding
        Kinds ``collapsed``, ``surplus``, ``undecided``, ``signal_lost`` (a device behind a stage that
        holds), ``stopped`` (outside 0.80 to 1.07), ``low_voltage``, ``high_voltage`` (outside 0.90 to
        1.05) [p.u.].
    """

    status: int
    voltage_pu: FloatArray
    width_pu: float
    given_kw: FloatArray
    source_kw: float
    cable_loss_kw: FloatArray
    converter_output_kw: FloatArray
    converter_loss_kw: FloatArray
    steps: int
    findings: tuple[Finding, ...]

    @property
    def fate(self) -> str:
        """The status as a word."""
        return FATES[self.status]


def solve_droop(
    network: DcNetwork,
    curves: Sequence[NodeCurve],
    *,
    source_pu: float = 1.0,
    interface: NodeCurve | None = None,
    passing: Collection[str] = (),
) -> DroopFlow:
    """The highest operating point of a network of devices that follow their voltage.

    Parameters
    ----------
    network : DcNetwork
    curves : sequence of NodeCurve
        Devices; loads give less than zero. A constant power is a curve of one point.
    source_pu : float, optional
        Voltage at the source over nominal, where no `interface` is given.
    interface : NodeCurve, optional
        Curve of the grid interface at the source, such as `interface_curve`; the voltage there is then found.
    passing : collection of str, optional
        Names (``high>low``) of the stages that pass the voltage on; the others hold their low side.

    Returns
    -------
    DroopFlow

    Raises
    ------
    TwinError
        An unknown node or stage, a source voltage that is none, or an interface elsewhere than at the source.
    """
    _refuse_bad_source(network, source_pu, interface, passing)
    everything = [*curves, *([interface] if interface is not None else [])]
    solution = _Solution(network, everything, frozenset(passing))
    status = solution.march(source_pu, free=interface is not None)
    return _outcome(solution, status, interface)


def interface_curve(
    node: str, target_kw: float, low_kw: float, high_kw: float, v: ArrayLike, share: ArrayLike
) -> NodeCurve:
    """Curve of a grid interface that holds a target and supports the voltage beyond the curve's zeros.

    Parameters
    ----------
    node : str
    target_kw, low_kw, high_kw : float
        Power into the bus that it is to hold, and its limits [kW].
    v, share : array_like
        As `interface` of the device curves.

    Returns
    -------
    NodeCurve
    """
    target = min(max(target_kw, low_kw), high_kw)
    at, support = _with_level(np.asarray(v, float), np.asarray(share, float), 0.0)
    kw = target + np.maximum(support, 0.0) * (high_kw - target) + np.minimum(support, 0.0) * (target - low_kw)
    return NodeCurve(node, at, kw)


def bus_curves(
    devices: Record, curves: Record, sessions: NDArray[np.void], place: Mapping[str, str], elsewhere: str
) -> dict[str, NodeCurve]:
    """The devices of one bus of `dc_bus` as curves at nodes.

    Parameters
    ----------
    devices : BUS_DEVICES record
    curves : DEVICE_CURVES record
    sessions : ndarray of EV_SESSION, shape (n,)
        Vehicles at chargers.
    place : mapping
        Node of ``pv``, ``battery``, ``ev``, ``hvac``, ``lighting``, ``constant`` or ``interface``.
    elsewhere : str
        Node of those that `place` does not name.

    Returns
    -------
    dict of NodeCurve
        By device; vehicles are ``ev0``, ``ev1``, ...

    Raises
    ------
    TwinError
        The heat pump gives way at over-voltage.
    """
    if curves["hvac_over_share"].min() < 1.0:
        raise TwinError(
            "The heat pump gives way at over-voltage (hvac_over); in a network that is not solved.",
            "Leave hvac_over at 1.",
            key="hvac_over",
        )

    def at(name: str) -> str:
        return place.get(name, elsewhere)

    battery = [*curves["battery_v"], float(devices["reference_pu"])]
    free = devices.copy()
    free["battery_charge_max_kw"] = free["battery_discharge_max_kw"] = np.inf
    free["battery_charge_forced_kw"] = 0.0
    low, high = -float(devices["battery_charge_max_kw"]), float(devices["battery_discharge_max_kw"])
    if devices["battery_charge_forced_kw"] > 0.0:
        high = -float(devices["battery_charge_forced_kw"])
    hvac, _ = _with_level(
        curves["hvac_reduced_v"], curves["hvac_reduced_share"], float(devices["hvac_least"])
    )
    hvac = np.concatenate([hvac, curves["hvac_precool_v"]])
    grid, _ = _with_level(curves["interface_v"], curves["interface_share"], 0.0)
    made = {
        "pv": NodeCurve(at("pv"), curves["pv_v"], devices["pv_kw"] * curves["pv_share"]),
        "battery": _sampled(at("battery"), battery, lambda v: battery_on_bus_kw(v, free, curves), low, high),
        "hvac": _sampled(at("hvac"), hvac, lambda v: -hvac_on_bus_kw(v, devices, curves)),
        "lighting": NodeCurve(
            at("lighting"), curves["lighting_v"], -devices["lighting_kw"] * curves["lighting_share"]
        ),
        "constant": NodeCurve(at("constant"), np.ones(1), np.array([-devices["constant_kw"]])),
        "interface": _sampled(at("interface"), grid, lambda v: interface_on_bus_kw(v, devices, curves)),
    }
    for k, session in enumerate(sessions if devices["ev_on_bus"] else []):
        made[f"ev{k}"] = _vehicle(at("ev"), session, curves)
    return made


def _vehicle(node: str, session: Record, curves: Record) -> NodeCurve:
    """Curve of one vehicle: by its share of what it can take or lend, or led away from what it is ordered."""
    low, order = float(session["low_kw"]), float(session["order_kw"])
    v, _ = _with_level(curves["ev_v"], curves["ev_share"], 0.0)
    if np.isnan(order):
        v, share = v - float(session["shift_pu"]), np.interp(v, curves["ev_v"], curves["ev_share"])
        kw = -np.where(share >= 0.0, share * float(session["high_kw"]), -share * min(low, 0.0))
        return NodeCurve(node, *_clipped(v, kw, -float(session["high_kw"]), -low))
    if low < 0.0 and order < 0.0:
        lent, _ = _with_level(curves["ev_v"], curves["ev_share"], -order / low)
        v = np.concatenate([v, lent])
    return _sampled(node, [*v, 1.0], lambda x: -session_power_kw(x, curves, session))


def _sampled(
    node: str, corners: ArrayLike, given: Callable[[float], float], low: float = -np.inf, high: float = np.inf
) -> NodeCurve:
    """Curve of a function that is straight between corners, held between limits."""
    v = np.unique(np.asarray(corners, float))
    kw = np.array([given(float(x)) for x in v], np.float64)
    return NodeCurve(node, *_clipped(v, np.minimum.accumulate(kw), low, high))


def _clipped(v: FloatArray, kw: FloatArray, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """A falling curve held between limits, with a corner where it meets each."""
    points = list(v)
    for limit in (low, high):
        for k in np.flatnonzero((kw[:-1] > limit) & (kw[1:] < limit)):
            points.append(v[k] + (v[k + 1] - v[k]) * (kw[k] - limit) / (kw[k] - kw[k + 1]))
    at = np.unique(points)
    held = np.clip(np.interp(at, v, kw), low, high)
    return at, np.minimum.accumulate(held)


def _with_level(v: FloatArray, share: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """A curve with a corner where it crosses a level, and its shares over that level."""
    points, over = list(v), share - level
    for k in np.flatnonzero(over[:-1] * over[1:] < 0.0):
        points.append(v[k] - over[k] * (v[k + 1] - v[k]) / (over[k + 1] - over[k]))
    at = np.unique(points)
    crossed = np.interp(at, v, over)
    return at, np.where(np.abs(crossed) < 1e-12, 0.0, crossed)


def _refuse_bad_source(
    network: DcNetwork, source_pu: float, interface: NodeCurve | None, passing: Collection[str]
) -> None:
    known = [c.name for c in network.converters]
    for name in passing:
        if name not in known:
            raise TwinError(
                f"The network has no stage {name!r}.", f"Use some of: {', '.join(known)}.", key="passing"
            )
    if not (np.isfinite(source_pu) and source_pu > FLOOR_PU):
        raise TwinError("The source voltage is none.", "Give about 1.", key="source_pu")
    if interface is not None and interface.node != network.source:
        raise TwinError(
            f"The interface stands at {interface.node!r}, the network's source is {network.source!r}.",
            "Put it at the source.",
            key="interface",
        )


def _corners(own: Sequence[NodeCurve], taken: float) -> tuple[FloatArray, FloatArray, float]:
    """What all devices of a node take, with a constant power beside them, and the sum of magnitudes [kW]."""
    v = np.unique(np.concatenate([c.v for c in own])) if own else np.ones(1)
    load = np.full(len(v), taken)
    for c in own:
        load -= np.interp(v, c.v, c.kw)
    return v, load, abs(taken) + sum(float(np.abs(c.kw).max()) for c in own)


class _Solution:
    """A solution while its parts are found, the lowest first.

    A part is what shares one signal: islands of cables, joined where a stage passes the voltage on. `joined`
    is the one node that stands for those that a stage makes equal, `part` the one for a whole part.
    """

    def __init__(self, network: DcNetwork, curves: Sequence[NodeCurve], passing: Collection[str]) -> None:
        self.network, self.curves = network, curves
        self.at = [network.node(curve.node) for curve in curves]
        fed = zip(network.feeder, network.source_node, strict=True)
        self.feeds = {int(stage): int(node) for stage, node in fed}
        """Low node of each stage, the lowest first; of -1 the source."""
        self.passes = [c.name in passing for c in network.converters]
        self.joined = np.arange(len(network.nodes))
        for k, passes in enumerate(self.passes):
            if passes:
                self.joined[self.joined == self.joined[self.feeds[k]]] = self.joined[int(network.high[k])]
        self.part = self.joined.copy()
        for a, b in zip(network.start, network.end, strict=True):
            low, high = self.part[self.joined[b]], self.part[self.joined[a]]
            self.part[self.part == low] = high
        self.voltage = np.full(len(network.nodes), np.nan)
        self.output, self.lost = np.zeros(len(network.converters)), np.zeros(len(network.converters))
        self.width, self.steps, self.source_kw = 0.0, 0, np.nan

    def march(self, source_pu: float, *, free: bool) -> int:
        """Solve all parts; returns the status."""
        for stage, head in self.feeds.items():
            if stage >= 0 and self.passes[stage]:
                continue
            status, given = self._solve_part(head, source_pu if stage < 0 else 1.0, free=free and stage < 0)
            if status != SOLVED:
                return status
            if stage < 0:
                self.source_kw = given
            else:
                self._convert(stage, given)
        return SOLVED

    def _convert(self, stage: int, output_kw: float) -> None:
        taken = float(ac_from_bus_kw(output_kw, 1, self.network.records[stage]))
        self.output[stage], self.lost[stage] = output_kw, taken - output_kw

    def _solve_part(self, head: int, head_pu: float, *, free: bool) -> tuple[int, float]:
        """Solve one part in turns with the losses of stages within it; status and power of its head [kW]."""
        net = self.network
        members = [int(self.joined[head])]
        for i in np.flatnonzero(self.part == self.part[head]):
            if int(self.joined[i]) not in members:
                members.append(int(self.joined[i]))
        laplacian = self._laplacian(members)
        within = [k for k in self.feeds if k >= 0 and self.passes[k] and self.joined[net.high[k]] in members]
        for k in within:
            self._convert(k, 0.0)
        for _ in range(_LOSS_TURNS):
            own = [self._devices(m, within) for m in members]
            v, status, given, width = self._solve(laplacian, own, head_pu, free=free)
            if status != SOLVED:
                return status, np.nan
            for m, x in zip(members, v, strict=True):
                self.voltage[self.joined == m] = x
            old = self.lost.copy()
            for k in within:
                self._convert(k, self._through(k))
            if np.abs(self.lost - old).max(initial=0.0) <= _LOSS_KW:
                self.width = max(self.width, width) if np.isfinite(width) else np.nan
                return SOLVED, given
        return UNDECIDED, np.nan

    def _laplacian(self, members: Sequence[int]) -> FloatArray:
        """Conductances times nominal voltage squared [kW]."""
        net, place = self.network, {m: k for k, m in enumerate(members)}
        matrix = np.zeros((len(members), len(members)))
        for c, (a, b) in enumerate(zip(net.start, net.end, strict=True)):
            i, j = place.get(int(self.joined[a]), -1), place.get(int(self.joined[b]), -1)
            if i >= 0 and i != j:
                g = self._conductance(c)
                matrix[i, i] += g
                matrix[j, j] += g
                matrix[i, j] -= g
                matrix[j, i] -= g
        return matrix

    def _conductance(self, cable: int) -> float:
        net = self.network
        return 1e-3 * net.nodes[int(net.start[cable])].voltage ** 2 / float(net.resistance[cable])

    def _devices(self, node: int, within: Sequence[int]) -> tuple[FloatArray, FloatArray, float]:
        """Corners of what a joined node takes: its devices, stages that hold, losses of those that pass."""
        taken = 0.0
        for k in self.feeds:
            if k >= 0 and self.joined[self.network.high[k]] == node:
                taken += self.lost[k] + (0.0 if k in within else self.output[k])
        return _corners(
            [c for c, i in zip(self.curves, self.at, strict=True) if self.joined[i] == node], taken
        )

    def _through(self, stage: int) -> float:
        """Power that a passing stage gives to its low side [kW]."""
        net, low = self.network, self.feeds[stage]
        v = float(self.voltage[low])
        total = -sum(
            float(np.interp(v, c.v, c.kw)) for c, i in zip(self.curves, self.at, strict=True) if i == low
        )
        for c, (a, b) in enumerate(zip(net.start, net.end, strict=True)):
            if low in (a, b):
                other = int(b) if a == low else int(a)
                total += self._conductance(c) * (v - float(self.voltage[other])) * v
        for k in self.feeds:
            if k >= 0 and net.high[k] == low:
                total += float(self.output[k] + self.lost[k])
        return total

    def _solve(
        self,
        laplacian: FloatArray,
        own: Sequence[tuple[FloatArray, FloatArray, float]],
        head_pu: float,
        *,
        free: bool,
    ) -> tuple[FloatArray, int, float, float]:
        """Voltages, status, power of the head [kW] and width of the enclosure."""
        first = np.concatenate([[0], np.cumsum([len(v) for v, _, _ in own])]).astype(np.int64)
        corner, load = np.concatenate([v for v, _, _ in own]), np.concatenate([kw for _, kw, _ in own])
        nodes = Nodes(laplacian, 0, first, corner, load, np.array([most for _, _, most in own]))

        def head_kw() -> float:
            flow = float(laplacian[0] @ (v - v[0])) * v[0]
            return flow + float(taken_kw(0, v[0], nodes))

        v = upper_bound(V_MAX if free else head_pu, nodes)
        status, steps = descend(v, FLOOR_PU, nodes)
        self.steps += steps
        if status == SOLVED and free:
            # with the source at its highest voltage the solution is above all those with the source below
            if head_kw() < -1e-9 * (1.0 + np.abs(load).max()):
                return v, SURPLUS, np.nan, np.nan
            nodes = nodes._replace(fixed=-1)
            status, steps = descend(v, FLOOR_PU, nodes)
            self.steps += steps
        if status != SOLVED:
            return v, status, np.nan, np.nan
        width = enclosure(v, nodes)
        return v, SOLVED, head_kw(), width


def _outcome(solution: _Solution, status: int, interface: NodeCurve | None) -> DroopFlow:
    net, solved = solution.network, status == SOLVED
    v = solution.voltage if solved else np.full(len(net.nodes), np.nan)
    nominal = np.array([node.voltage for node in net.nodes])
    current = (v * nominal)[net.start] - (v * nominal)[net.end]
    given = np.array(
        [float(np.interp(v[i], c.v, c.kw)) for c, i in zip(solution.curves, solution.at, strict=True)]
    )
    own = given[-1] if interface is not None else solution.source_kw
    return DroopFlow(
        status=status,
        voltage_pu=v,
        width_pu=solution.width if solved else np.nan,
        given_kw=given[: len(given) - (interface is not None)],
        source_kw=float(own) if solved else np.nan,
        cable_loss_kw=1e-3 * current**2 / net.resistance,
        converter_output_kw=np.where(solved, solution.output, np.nan),
        converter_loss_kw=np.where(solved, solution.lost, np.nan),
        steps=solution.steps,
        findings=tuple(_findings(solution, status, v)),
    )


def _findings(solution: _Solution, status: int, v: FloatArray) -> list[Finding]:
    net, found = solution.network, list[Finding]()
    if status != SOLVED:
        found.append(Finding("network", FATES[status], 1.0, 0.0, 1))
    signalled = solution.part == solution.part[net.node(net.source)]
    following = {i for c, i in zip(solution.curves, solution.at, strict=True) if len(c.v) > 1}
    for i in sorted(following):
        if not signalled[i]:
            found.append(Finding(net.nodes[i].name, "signal_lost", 1.0, 0.0, 1))
    for i, node in enumerate(net.nodes):
        if not np.isfinite(v[i]):
            continue
        low, high = (V_MIN, V_MAX) if not V_MIN <= v[i] <= V_MAX else BAND_PU
        if not low <= v[i] <= high:
            side = "low_voltage" if v[i] < low else "high_voltage"
            kind = "stopped" if (low, high) == (V_MIN, V_MAX) else side
            found.append(Finding(node.name, kind, float(v[i]), low if v[i] < low else high, 1))
    return found
