"""Design check of a DC bus (直流母线设计校核): once per topology, not per step.

On the time scale of converters (ms) every regulated load takes constant power, which damps negatively. With
the units that hold the voltage as V0 behind their droop resistance R = d V0^2 / P_r and an inductance L, and
a capacitance C at a load P (linearised second-order system; Su et al., IEEE Trans. Smart Grid 9(1), 2018, for
many converters):

- static margin: an operating point exists up to V0^2 / (4 R) = P_r / (4 d);
- small-signal, at the upper root V: R < V^2 / P and C > L P / (V^2 R);
- hold-up: without the forming unit the capacitors carry P for C (V1^2 - V2^2) / (2 P);
- one voltage: some unit slopes at every voltage; where none does, the voltage is undefined (flat);
- line drop: what a feeder loses of the voltage is lost of the signal.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from buildings.systems.curve_rules import SHAPES, V_MAX, V_MIN
from buildings.systems.dc_network import BAND_PU, CONDUCTOR_C, DcCable, DcFlow, DcNetwork, loop_resistance
from buildings.systems.device_curves import curve_share
from buildings.systems.records import Record, entry

if TYPE_CHECKING:
    from buildings.description.complete import CompleteBuilding

V_WRITTEN = 1.5
"""Highest voltage that a curve can be written with [p.u.]."""
SLOPED = {
    "battery": ("battery",),
    "interface": ("interface",),
    "pv": ("pv",),
    "ev": ("ev",),
    "hvac": ("hvac_reduced", "hvac_precool", "hvac_over"),
    "lighting": ("lighting",),
}
"""Curves of each unit that may slope."""
STATES: Mapping[str, tuple[str, ...]] = {
    "all units": tuple(SLOPED),
    "night, no vehicles": ("battery", "interface", "hvac", "lighting"),
    "nobody there": ("battery", "interface"),
    "nobody there, battery full": ("battery_discharge", "interface"),
    "nobody there, battery empty": ("battery_charge", "interface"),
    "island, nobody there": ("battery",),
}
"""States in which the bus may stand, and the units that can still move."""


@dataclass(frozen=True)
class BusTopology:
    """What stands on a bus.

    Attributes
    ----------
    voltage : float
        Nominal [V].
    load_kw : float
        Greatest load at constant power [kW].
    interface_kw, battery_kw, pv_kw : float
        Ratings of what may feed the bus [kW], 0 where there is none.
    units : tuple of str
        Of `SLOPED`, those that there are.
    """

    voltage: float
    load_kw: float
    interface_kw: float
    battery_kw: float
    pv_kw: float
    units: tuple[str, ...]

    @property
    def situations(self) -> tuple[tuple[str, str, float, float], ...]:
        """Name, its Chinese, what holds the voltage and the load [kW]: on the grid, and in an island."""
        grid = ("on grid", "并网", self.interface_kw + self.battery_kw, self.load_kw)
        if self.battery_kw <= 0.0:
            return (grid,)
        return grid, ("island", "离网", self.battery_kw, min(self.load_kw, self.battery_kw))


@dataclass(frozen=True)
class BusCheck:
    """A figure of the check against its limit.

    Attributes
    ----------
    key, name_en, name_zh : str
    value : float or str
    limit : float or None
        None where the figure only informs.
    at_least : bool
        Whether the limit is a lowest or a highest value.
    unit : str
    basis : str
        Formula and figures.
    confidence : str
    """

    key: str
    name_en: str
    name_zh: str
    value: float | str
    limit: float | None
    at_least: bool
    unit: str
    basis: str
    confidence: str

    @property
    def passed(self) -> bool | None:
        """Whether the limit is kept; None where there is none."""
        if self.limit is None or isinstance(self.value, str):
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def static_limit_kw(rated_kw: float, droop_share: float) -> float:
    """Greatest constant power behind a droop [kW]: V0^2 / (4 R) with R = d V0^2 / P_r."""
    return rated_kw / (4.0 * droop_share)


def upper_root_v(nominal_v: float, resistance: float, load_w: float) -> float:
    """Voltage of a constant power behind a resistance [V]: V0/2 + sqrt(V0^2/4 - R P); NaN without a root."""
    rest = 0.25 * nominal_v * nominal_v - resistance * load_w
    return 0.5 * nominal_v + math.sqrt(rest) if rest >= 0.0 else math.nan


def least_capacitance(inductance: float, resistance: float, voltage: float, load_w: float) -> float:
    """Capacitance above which the bus is stable in the small [F]: L P / (V^2 R)."""
    return inductance * load_w / (voltage * voltage * resistance)


def hold_up_s(capacitance: float, from_v: float, to_v: float, load_w: float) -> float:
    """Time for which the capacitors carry a load between two voltages [s]."""
    return capacitance * (from_v * from_v - to_v * to_v) / (2.0 * load_w)


def flat_spans(curves: Record, units: tuple[str, ...]) -> list[tuple[float, float]]:
    """Voltages [p.u.] at which none of the units slopes, so that their powers do not determine the voltage.

    Parameters
    ----------
    curves : DEVICE_CURVES record
    units : tuple of str
        Keys of `SLOPED`; ``battery_charge`` and ``battery_discharge`` are a battery that can do only that.

    Returns
    -------
    list of tuple of float
        Ends of each span.
    """
    spans: list[tuple[float, float]] = []
    corners = curves["grid"][: int(curves["corners"])]
    for low, high in pairwise(corners):
        if any(_slopes(curves, unit, low, high) for unit in units):
            continue
        if spans and spans[-1][1] == low:
            spans[-1] = (spans[-1][0], float(high))
        else:
            spans.append((float(low), float(high)))
    return spans


def _slopes(curves: Record, unit: str, low: float, high: float) -> bool:
    name = unit.split("_", maxsplit=1)[0]
    for curve in SLOPED[name]:
        at = [curve_share(v, curves[f"{curve}_v"], curves[f"{curve}_share"]) for v in (low, high)]
        if unit == "battery_charge":
            at = [min(x, 0.0) for x in at]
        if unit == "battery_discharge":
            at = [max(x, 0.0) for x in at]
        if abs(at[1] - at[0]) > 1e-12:
            return True
    return False


def feeder_reach_m(topology: BusTopology, load_kw: float, cable: str, drop: float) -> tuple[float, int]:
    """Length of a feeder [m] that loses `drop` of the voltage, and how many cables side by side carry it."""
    ampere = 1e3 * load_kw / topology.voltage
    count = max(math.ceil(ampere / float(entry("cables", cable)["current"])), 1)
    ohm_per_m = loop_resistance(DcCable("bus", "load", cable, 1.0, count), CONDUCTOR_C)
    return drop * topology.voltage / (ampere * ohm_per_m), count


def largest_drop(network: DcNetwork, flow: DcFlow) -> tuple[str, float]:
    """Node that stands farthest below its source, and by how much [p.u.], over all steps of a flow."""
    nominal = np.array([node.voltage for node in network.nodes])
    pu = flow.voltage_v / nominal
    source = np.empty(len(nominal), int)
    for i, head in enumerate(network.source_node):
        source[head] = head
        source[network.visit[network.visit_from[i] : network.visit_from[i + 1]]] = head
    drop = np.nanmax(pu[:, source] - pu, axis=0)
    worst = int(np.nanargmax(drop))
    return network.nodes[worst].name, float(drop[worst])


def bus_checks(
    topology: BusTopology,
    curves: Record,
    key: str = "default",
    *,
    drop: tuple[str, float] | None = None,
) -> tuple[BusCheck, ...]:
    """Every check of a bus.

    Parameters
    ----------
    topology : BusTopology
    curves : DEVICE_CURVES record
    key : str, optional
        Key in `data/dc_bus_design.yaml`.
    drop : tuple, optional
        Node that stands farthest below the bus and by how much [p.u.], of a network (`largest_drop`).

    Returns
    -------
    tuple of BusCheck

    Raises
    ------
    TwinError
        No such key.
    """
    data = entry("dc_bus_design", key)
    if topology.load_kw <= 0.0:
        return tuple(_uniqueness(topology, curves))
    return (*_dynamics(topology, data), *_uniqueness(topology, curves), *_lines(topology, curves, data, drop))


def _dynamics(topology: BusTopology, data: Mapping[str, float | str]) -> Iterator[BusCheck]:
    """On the grid with all that feeds the bus, in an island with the battery and what it can carry."""
    for name, name_zh, rated, load in topology.situations:
        yield from _situation(topology, data, name, name_zh, rated, load)
    v0, capacitance = topology.voltage, _capacitance(topology, data)
    yield BusCheck(
        "hold_up", "hold-up time", "母线保持时间",
        1e3 * hold_up_s(capacitance, v0, V_MIN * v0, 1e3 * topology.load_kw), 1e3 * float(data["response"]),
        True, "ms", f"C (V1^2 - V2^2)/(2 P) to {V_MIN:g} p.u., all load, against what takes over",
        str(data["confidence"]),
    )  # fmt: skip
    shed = topology.load_kw - topology.battery_kw
    if topology.battery_kw > 0.0 and shed > 0.0:
        yield BusCheck(
            "shed", "load to shed when the grid is lost", "失电需切除负荷", shed, None, False, "kW",
            f"{topology.load_kw:.4g} kW of load, battery of {topology.battery_kw:.4g} kW; within the hold-up",
            "derived",
        )  # fmt: skip


def _capacitance(topology: BusTopology, data: Mapping[str, float | str]) -> float:
    """Of all converters that feed the bus [F]."""
    carried = topology.interface_kw + topology.battery_kw + topology.pv_kw
    return 2.0 * float(data["capacitor_energy"]) * carried / topology.voltage**2


def _situation(
    topology: BusTopology,
    data: Mapping[str, float | str],
    name: str,
    name_zh: str,
    rated_kw: float,
    load_kw: float,
) -> Iterator[BusCheck]:
    v0, load_w, confidence = topology.voltage, 1e3 * load_kw, str(data["confidence"])
    share, inductance = float(data["droop_share"]), float(data["inductance"])
    resistance = share * v0 * v0 / (1e3 * rated_kw)
    yield BusCheck(
        f"{name}.static_margin", f"static margin, {name}", f"恒功率静态裕度（{name_zh}）",
        static_limit_kw(rated_kw, share) / load_kw, 1.0, True, "1",
        f"P_r/(4 d P): {rated_kw:.4g} kW with droop {share:g}, load {load_kw:.4g} kW", confidence,
    )  # fmt: skip
    voltage = upper_root_v(v0, resistance, load_w)
    if math.isnan(voltage):
        return
    yield BusCheck(
        f"{name}.voltage", f"voltage at that load, {name}", f"满载电压（{name_zh}）",
        voltage / v0, BAND_PU[0], True, "p.u.", "V0/2 + sqrt(V0^2/4 - R P)", confidence,
    )  # fmt: skip
    yield BusCheck(
        f"{name}.source_resistance", f"source resistance, {name}", f"小信号判据：源侧电阻（{name_zh}）",
        resistance, voltage * voltage / load_w, False, "Ohm", "R < V^2/P", confidence,
    )  # fmt: skip
    yield BusCheck(
        f"{name}.capacitance", f"bus capacitance, {name}", f"小信号判据：母线电容（{name_zh}）",
        1e3 * _capacitance(topology, data),
        1e3 * least_capacitance(inductance, resistance, voltage, load_w), True, "mF",
        f"C > L P/(V^2 R), L {1e6 * inductance:g} uH", confidence,
    )  # fmt: skip


def _uniqueness(topology: BusTopology, curves: Record) -> Iterator[BusCheck]:
    for state, units in STATES.items():
        there = tuple(u for u in units if u.split("_", maxsplit=1)[0] in topology.units)
        if "island" in state and "battery" not in topology.units:
            continue
        spans = flat_spans(curves, there)
        value = ", ".join(f"{low:g}-{high:g}" for low, high in spans) or "none"
        wide = sum(high - low for low, high in spans) / (V_MAX - V_MIN)
        yield BusCheck(
            f"flat.{state.replace(',', '').replace(' ', '_')}", f"flat voltages, {state}", "电压不确定区间",
            value, None, False, "p.u.",
            f"no unit slopes over {wide:.0%} of {V_MIN:g} to {V_MAX:g}; the forming unit then holds the "
            "reference" if spans else "some unit slopes everywhere: one voltage", "derived",
        )  # fmt: skip


def _lines(
    topology: BusTopology, curves: Record, data: Mapping[str, float | str], drop: tuple[str, float] | None
) -> Iterator[BusCheck]:
    least, cable, band = float(data["feeder_drop"]), str(data["cable"]), droop_band_pu(curves)
    confidence = str(data["confidence"])
    if drop is not None:
        node, lost = drop
        yield BusCheck(
            "feeder_drop", "feeder drop", "馈线压降", lost, least, False, "p.u.",
            f"at {node}{_share_of_band(lost, band)}", confidence,
        )  # fmt: skip
        return
    reach, count = feeder_reach_m(topology, topology.load_kw, cable, least)
    yield BusCheck(
        "feeder_reach", "feeder reach", "馈线允许长度", reach, None, True, "m",
        f"all load through {count} x {cable} there loses {least:.1%} of the voltage"
        + _share_of_band(least, band), confidence,
    )  # fmt: skip


def _share_of_band(drop: float, band: float) -> str:
    return "" if math.isnan(band) else f", {drop / band:.0%} of the battery's droop band of {band:.3g} p.u."


def droop_band_pu(curves: Record) -> float:
    """Width of the voltages over which the battery goes from full discharge to rest [p.u.]; NaN without."""
    v, share = curves["battery_v"], curves["battery_share"]
    if share[0] <= 0.0:
        return math.nan
    full = float(v[share >= share[0] - 1e-12].max())
    for k in range(len(v) - 1):
        if share[k] > 0.0 >= share[k + 1]:
            return float(v[k] + (v[k + 1] - v[k]) * share[k] / (share[k] - share[k + 1])) - full
    return math.nan


def bus_topology(building: CompleteBuilding, interface_kw: float, load_kw: float) -> BusTopology | None:
    """What stands on a building's bus; None without a bus.

    Parameters
    ----------
    building : CompleteBuilding
    interface_kw : float
        Rating of the grid interface [kW].
    load_kw : float
        What the loads on the bus can draw at once [kW].
    """
    systems = building.systems
    bus = systems.dc_bus
    if bus is None:
        return None
    there = {
        "battery": systems.battery is not None,
        "interface": True,
        "pv": bool(systems.pv),
        "ev": systems.ev is not None and "ev" in bus.loads,
        "hvac": "hvac" in bus.loads,
        "lighting": "lighting" in bus.loads,
    }
    return BusTopology(
        voltage=bus.voltage,
        load_kw=load_kw,
        interface_kw=interface_kw,
        battery_kw=systems.battery.power if systems.battery is not None else 0.0,
        pv_kw=sum(array.capacity for array in systems.pv),
        units=tuple(unit for unit, stands in there.items() if stands),
    )


def curve_lines(curves: Record) -> dict[str, str]:
    """Every curve as text, `voltage: share` by corner."""
    lines = {}
    for name, shape in SHAPES.items():
        v, share = curves[f"{name}_v"], curves[f"{name}_share"]
        # beyond the written points a record goes on constantly, above any voltage
        pairs = [(x, y) for x, y in zip(v, share, strict=True) if x <= V_WRITTEN][: shape.points]
        lines[name] = ", ".join(f"{x:g}: {y:g}" for x, y in pairs)
    return lines
