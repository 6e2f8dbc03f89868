"""Power flows of feeders against solvers of our own, their balance, and what is told of steps without a flow.

Two solvers that share no line with the one under test: a sweep back and forth over a radial, balanced feeder,
and an iteration on the inverted admittances of the three sequences for feeders whose phases differ.
"""

from __future__ import annotations

import cmath
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.districts.feeder import Feeder, FeederCable, FeederTransformer, parse_feeder
from buildings.districts.feeder_layout import Load, lay_out
from buildings.districts.grid_products import cable, cables, transformer
from twin.district.power_flow import FeederModel, flow, reactive_power
from weather.errors import TwinError

Array = NDArray[np.float64]
OMEGA = 2.0 * math.pi * 50.0
ROOT3 = math.sqrt(3.0)
TURN = cmath.exp(2j * math.pi / 3.0)
SEQUENCES = np.array([[1, 1, 1], [1, TURN**2, TURN], [1, TURN, TURN**2]])
"""From zero, positive and negative sequence to phases A, B, C."""

VILLAGE = """\
source: {node: grid, short_circuit_power: 200 MVA, voltage: 1.02}
transformers:
  - {name: T1, product: s13_400, high: ring, low: board, tap: 1}
cables:
  - {name: feeder, product: yjlv_15kv_95, start: grid, end: ring, length: 3 km}
  - {name: north, product: yjlv_1kv_120, start: board, end: n1, length: 120}
  - {name: north 2, product: yjlv_1kv_70, start: n1, end: n2, length: 90}
  - {name: south, product: yjv_1kv_95, start: board, end: s1, length: 150, parallel: 2}
connections:
  - {building: mill, node: ring}
  - {building: school, node: n1}
  - {building: shop, node: n2}
  - {building: hall, node: s1}
"""
POWERS = np.array([[180.0, 60.0, 35.0, 90.0], [40.0, -50.0, 20.0, 5.0], [0.0, 0.0, 0.0, 0.0]])


def _cable(one: FeederCable, sequence: int) -> NDArray[np.complex128]:
    """Admittances of a cable between its ends [S]: series impedance between halves of its capacitance."""
    data = cable(one.product)
    times = 1.0 if sequence else 4.0
    series = one.parallel / (one.length * times * complex(data.resistance, data.reactance))
    shunt = OMEGA * data.capacitance * one.length * one.parallel * complex(data.loss_factor, 1.0)
    own = series + 0.5 * shunt
    return np.array([[own, -series], [-series, own]])


def _transformer(one: FeederTransformer, sequence: int = 1) -> NDArray[np.complex128]:
    """Admittances of a transformer between its ends [S]: short-circuit impedance, referred to the low side,
    between halves of its no-load admittance. Dyn11 turns the low side by 30 degrees, forward in positive and
    backward in negative sequence; zero sequence ends in the delta, a path to earth at the low side.
    """
    data = transformer(one.product)
    volt, power = data.low_v, 1e3 * data.rating_kva
    real = data.load_loss * (volt / power) ** 2
    ohm = data.short_circuit_voltage * volt**2 / power
    series = 1.0 / complex(real, math.sqrt(ohm**2 - real**2))
    idle = data.no_load_loss / volt**2
    shunt = complex(idle, -math.sqrt((data.no_load_current * power / volt**2) ** 2 - idle**2))
    if sequence == 0:
        return np.array([[0.0, 0.0], [0.0, series + shunt]])
    turns = data.high_v * (1.0 + one.tap * data.tap_share) / data.low_v
    turned = turns * cmath.exp(-1j * math.pi / 6.0 * (1 if sequence == 1 else -1))
    own = series + 0.5 * shunt
    return np.array([[own / turns**2, -series / turned.conjugate()], [-series / turned, own]])


def _parts(feeder: Feeder, sequence: int = 1) -> list[tuple[int, int, NDArray[np.complex128]]]:
    """Ends and admittances of every element in a sequence (0 zero, 1 positive, 2 negative)."""
    at = {node: i for i, node in enumerate(feeder.nodes)}
    wires = [(at[c.start], at[c.end], _cable(c, sequence)) for c in feeder.cables]
    return [*wires, *((at[t.high], at[t.low], _transformer(t, sequence)) for t in feeder.transformers)]


def _source(feeder: Feeder) -> tuple[complex, complex]:
    """Admittance of the grid above [S] and its voltage, phase to neutral [V]."""
    ratio = feeder.source.resistance_ratio
    reactance = 10e3**2 / (1e6 * feeder.source.short_circuit_power) / math.hypot(1.0, ratio)
    return 1.0 / complex(ratio * reactance, reactance), feeder.source.voltage * 10e3 / ROOT3


def _sweep(feeder: Feeder, p_kw: Array, q_kvar: Array) -> NDArray[np.complex128]:
    """Voltages (n_nodes,) of a radial, balanced feeder over nominal.

    Backward, what each branch draws at its upper end by what its lower end gives; forward, the lower voltage
    by the upper one; until voltages stand still.
    """
    nominal = np.array(list(feeder.levels.values())) / ROOT3
    at = {node: i for i, node in enumerate(feeder.nodes)}
    load = np.zeros(len(at), complex)
    for k, place in enumerate(feeder.connections):
        load[at[place.node]] += 1e3 * complex(p_kw[k], q_kvar[k]) / 3.0
    branches, order = [], [0]
    parts = _parts(feeder)
    for upper in order:
        for start, end, y in parts:
            for here, there, block in ((start, end, y), (end, start, y[::-1, ::-1])):
                if here == upper and there not in order:
                    order.append(there)
                    branches.append((upper, there, block))
    own, drive = _source(feeder)
    volt = nominal.astype(complex)
    for _ in range(500):
        before = volt.copy()
        drawn = (load / volt).conjugate()
        given_up = dict.fromkeys(range(len(branches)), 0j)
        for b in range(len(branches) - 1, -1, -1):
            upper, lower, ((a, m), (c, d)) = branches[b]
            given_up[b] = drawn[lower]
            drawn[upper] += -a / c * drawn[lower] + (m - a * d / c) * volt[lower]
        volt[0] = drive - drawn[0] / own
        for b, (upper, lower, (_, (c, d))) in enumerate(branches):
            volt[lower] = -(given_up[b] + c * volt[upper]) / d
        if np.abs(volt - before).max() < 1e-9:
            return volt / nominal
    raise AssertionError("the sweep does not settle")


def _by_sequences(feeder: Feeder, p_kw: Array, q_kvar: Array) -> NDArray[np.complex128]:
    """Voltages (n_nodes, 3) over nominal of a feeder whose phases differ.

    Currents of the loads by the last voltages, split into sequences, through the inverse of each one's
    admittances, until voltages stand still.
    """
    at = {node: i for i, node in enumerate(feeder.nodes)}
    nominal = np.array(list(feeder.levels.values())) / ROOT3
    own, drive = _source(feeder)
    inverse = []
    for sequence in range(3):
        y = np.zeros((len(at), len(at)), complex)
        y[0, 0] += own
        for start, end, block in _parts(feeder, sequence):
            y[np.ix_([start, end], [start, end])] += block
        inverse.append(np.linalg.inv(y))
    driven = np.zeros((len(at), 3), complex)
    driven[0, 1] = own * drive
    volt = nominal[:, None] * np.array([1.0, TURN**2, TURN])
    for _ in range(500):
        current = np.zeros((len(at), 3), complex)
        for k, place in enumerate(feeder.connections):
            for f in range(3):
                share = 1 / 3 if place.phases == "ABC" else float("ABC"[f] == place.phases)
                power = 1e3 * share * complex(p_kw[k], q_kvar[k])
                current[at[place.node], f] -= (power / volt[at[place.node], f]).conjugate()
        split = current @ np.linalg.inv(SEQUENCES).T + driven
        after = np.stack([inverse[s] @ split[:, s] for s in range(3)], axis=1) @ SEQUENCES.T
        settled = np.abs(after - volt).max() < 1e-9
        volt = after
        if settled:
            return volt / nominal[:, None]
    raise AssertionError("the iteration does not settle")


def test_a_village_by_a_sweep(figure: Callable[[str], None]) -> None:
    """Three quarter hours, one with more sun than load, one without any load: voltages to 1e-6."""
    feeder = parse_feeder(VILLAGE)
    q = 0.4 * np.maximum(POWERS, 0.0)
    found = FeederModel(feeder).solve(POWERS, q)
    worst = 0.0
    for step in range(3):
        by_hand = np.abs(_sweep(feeder, POWERS[step], q[step]))
        worst = max(worst, float(np.abs(found.voltage_pu[step, :, 0] - by_hand).max()))
    figure(f"largest difference of a voltage from the sweep {worst:.1e} p.u.")
    assert worst < 1e-6
    assert found.voltage_pu[1, -1, 0] > found.voltage_pu[0, -1, 0]


def test_a_transformer_by_its_equivalent_circuit() -> None:
    """No-load loss by the square of the voltage at both ends, load loss by the square of the current."""
    feeder = parse_feeder(VILLAGE)
    q = 0.4 * POWERS
    found = FeederModel(feeder).solve(POWERS, q)
    at = {node: i for i, node in enumerate(feeder.nodes)}
    one, data = feeder.transformers[0], transformer("s13_400")
    for step in range(3):
        volt = _sweep(feeder, POWERS[step], q[step])
        high = volt[at["ring"]] * 10e3 / (1.0 + 0.025) * 400.0 / 10e3  # as the low side sees it
        low = volt[at["board"]] * 380.0
        high *= cmath.exp(1j * math.pi / 6.0)
        amps = abs(_transformer(one)[1, 0]) * 10e3 * 1.025 / 400.0 * (high - low)  # times the root of three
        iron = data.no_load_loss * 0.5 * (abs(high) ** 2 + abs(low) ** 2) / 400.0**2
        copper = data.load_loss * abs(amps * 400.0 / 400e3) ** 2
        assert found.transformer_loss_kw[step, 0] == pytest.approx(1e-3 * (iron + copper), rel=1e-6)


def test_phases_that_differ_by_sequences(figure: Callable[[str], None]) -> None:
    text = VILLAGE.replace("node: n1}", "node: n1, phases: B}").replace("node: n2}", "node: n2, phases: C}")
    feeder = parse_feeder(text)
    p, q = 0.5 * POWERS, 0.2 * POWERS
    found = FeederModel(feeder).solve(p, q)
    worst = max(
        float(np.abs(found.voltage_pu[step] - np.abs(_by_sequences(feeder, p[step], q[step]))).max())
        for step in range(3)
    )
    figure(f"largest difference of a phase's voltage from the iteration {worst:.1e} p.u.")
    assert worst < 1e-6
    spread = np.ptp(found.voltage_pu[0], axis=1)
    assert spread[feeder.nodes.index("n2")] > 0.02
    assert spread[feeder.nodes.index("grid")] < 1e-3


def test_phases_that_are_alike_need_not_be_told_apart() -> None:
    """The three-phase calculation of equal phases is the single-phase one."""
    idle = "- {building: idle, node: n2, phases: A}\n  - {building: hall"
    text = VILLAGE.replace("- {building: hall", idle)
    alike, apart = parse_feeder(VILLAGE), parse_feeder(text)
    q = 0.3 * POWERS
    one = FeederModel(alike).solve(POWERS, q)
    three = FeederModel(apart).solve(np.insert(POWERS, 3, 0.0, axis=1), np.insert(q, 3, 0.0, axis=1))
    np.testing.assert_allclose(three.voltage_pu, np.repeat(one.voltage_pu, 3, axis=2), atol=1e-9)
    np.testing.assert_allclose(three.cable_loss_kw, one.cable_loss_kw, atol=1e-7)
    np.testing.assert_allclose(three.source_kw, one.source_kw, atol=1e-6)


@st.composite
def _trees(draw: st.DrawFn) -> tuple[Feeder, Array]:
    """A 10 kV trunk, transformers on it, low-voltage trees under each, and a quarter hour's powers."""
    high = [one.key for key in ("yjv_15kv", "yjlv_15kv") for one in cables()[key]]
    low = [one.key for key in ("yjv_1kv", "yjlv_1kv") for one in cables()[key]]
    wires, boards, places = [], [], []
    rings = ["grid"]
    for r in range(draw(st.integers(1, 3))):
        wires.append(_wire(draw, f"h{r}", high, draw(st.sampled_from(rings)), f"ring {r}", 2000.0))
        rings.append(f"ring {r}")
    for t in range(draw(st.integers(1, 3))):
        product = draw(st.sampled_from(["s13_315", "s20_630", "s22_1000", "scb14_800", "scb18_2500"]))
        ring, tap = draw(st.sampled_from(rings[1:])), draw(st.integers(-2, 2))
        boards.append({"name": f"T{t}", "product": product, "high": ring, "low": f"b{t}", "tap": tap})
        nodes = [f"b{t}"]
        for n in range(draw(st.integers(1, 5))):
            wires.append(_wire(draw, f"l{t}-{n}", low, draw(st.sampled_from(nodes)), f"b{t}-{n}", 120.0))
            nodes.append(f"b{t}-{n}")
        places += [{"building": f"of {node}", "node": node} for node in nodes]
    source = {"node": "grid", "voltage": draw(st.floats(0.96, 1.06))}
    feeder = Feeder.model_validate(
        {"source": source, "transformers": boards, "cables": wires, "connections": places}
    )
    powers = draw(st.lists(st.floats(-18.0, 25.0), min_size=len(places), max_size=len(places)))
    return feeder, np.array(powers)


def _wire(
    draw: st.DrawFn, name: str, products: list[str], start: str, end: str, most: float
) -> dict[str, Any]:
    length = draw(st.floats(5.0, most))
    ends = {"start": start, "end": end} if draw(st.booleans()) else {"start": end, "end": start}
    return {"name": name, "product": draw(st.sampled_from(products)), "length": length, **ends}


@given(_trees())
@settings(max_examples=60)
def test_random_trees_agree_with_the_sweep(drawn: tuple[Feeder, Array]) -> None:
    feeder, p = drawn
    q = 0.3 * np.maximum(p, 0.0)
    found = FeederModel(feeder).solve(p[None], q[None])
    assert feeder.radial
    assert found.solved.all()
    np.testing.assert_allclose(found.voltage_pu[0, :, 0], np.abs(_sweep(feeder, p, q)), atol=1e-6)
    through = max(abs(found.source_kw[0]), np.abs(p).sum())
    assert (
        abs(found.source_kw[0] - p.sum() - found.loss_kw[0])
        < 1e-8 * through + 1e-9 * feeder.source.short_circuit_power
    )


def test_source_is_loads_and_losses_in_every_step() -> None:
    feeder = lay_out([Load(f"block {i}", 40.0, 36) for i in range(12)])
    p = np.random.default_rng(1).uniform(-30.0, 40.0, (400, 12))
    found = FeederModel(feeder).solve(p, 0.2 * p)
    through = np.maximum(np.abs(found.source_kw), np.abs(p).sum(axis=1))
    assert np.all(np.abs(found.source_kw - p.sum(axis=1) - found.loss_kw) < 1e-8 * through)
    assert np.all(found.loss_kw > 0.0)
    year = flow(feeder, p, 0.2 * p)
    assert year.balance_residual < 1e-8
    assert year.import_kwh - year.export_kwh == pytest.approx(year.load_kwh + year.loss_kwh, abs=1e-6)
    parts = year.transformer_loss_kwh.sum() + year.cable_loss_kwh.sum()
    assert year.loss_kwh == pytest.approx(parts, rel=1e-12)


def test_a_year_is_its_steps_however_it_is_chunked() -> None:
    """Extremes, their steps, hours and sums against the flows in full; chunks that divide and that do not."""
    text = VILLAGE.replace("node: n2}", "node: n2, phases: C}")
    feeder = parse_feeder(text)
    p = np.random.default_rng(2).uniform(-60.0, 130.0, (250, 4)) * [1.0, 1.0, 0.25, 1.0]
    q = reactive_power(feeder, np.maximum(p, 0.0))
    full, told = FeederModel(feeder).solve(p, q), []
    for chunk in (7, 50, 1000):
        year = flow(feeder, p, q, step_minutes=30.0, chunk=chunk, progress=told.append)
        shop = full.voltage_pu[:, feeder.nodes.index("n2"), 2]
        school = full.voltage_pu[:, feeder.nodes.index("n1")]
        assert year.connection_low.value[2] == shop.min()
        assert year.connection_low.step[2] == shop.argmin()
        assert year.connection_high.value[2] == shop.max()
        assert year.hours_below[2] == 0.5 * (shop < 0.90).sum()
        assert year.hours_above[1] == 0.5 * (school.max(axis=1) > 1.07).sum()
        assert year.hours_above[1] > 0.0
        apart = (school.max(axis=1) > 1.07) | (school.min(axis=1) < 0.93)
        assert year.hours_outside[1] == 0.5 * apart.sum()
        assert year.node_high.value[feeder.nodes.index("n1")] == school.max()
        np.testing.assert_array_equal(year.transformer_most.value, full.transformer_loading.max(axis=0))
        np.testing.assert_array_equal(year.cable_most.step, full.cable_loading.argmax(axis=0))
        assert year.hours_over_rating[0] == 0.5 * (full.transformer_loading > 1.0).sum()
        np.testing.assert_allclose(year.cable_loss_kwh, 0.5 * full.cable_loss_kw.sum(axis=0))
        np.testing.assert_array_equal(year.source_kw, full.source_kw)
        np.testing.assert_allclose(year.transformer_loading, full.transformer_loading, rtol=1e-6)
        assert told[-1] == 1.0
    sevens = [min(k, 250) / 250 for k in range(7, 257, 7)]
    assert told == [*sevens, *(k / 250 for k in range(50, 251, 50)), 1.0]


def test_a_node_is_held_to_what_hangs_there() -> None:
    """At 91 % of nominal single phases are inside their band; a joint and three phases are outside theirs."""
    text = VILLAGE.replace("end: n1, length: 120", "end: n1, length: 400")
    for node, phase in (("n1", "A"), ("n2", "B"), ("s1", "C")):
        text = text.replace(f"node: {node}}}", f"node: n2, phases: {phase}}}")
    feeder, idle = parse_feeder(text), parse_feeder(text + "  - {building: idle, node: n2}\n")
    ramp = np.linspace(0.0, 75.0, 600)[:, None] * [0.0, 1.0, 1.0, 1.0]
    lowest = FeederModel(feeder).solve(ramp, 0.0 * ramp).voltage_pu.min(axis=2)
    n1, n2 = (feeder.nodes.index(node) for node in ("n1", "n2"))
    for watched, target, hours in ((n2, 0.91, 0.0), (n1, 0.91, 0.25), (n1, 0.94, 0.0)):
        row = ramp[np.nanargmin(np.abs(lowest[:, watched] - target))][None]
        assert flow(feeder, row, 0.0 * row).node_hours_outside[watched] == hours
    row = np.append(ramp[np.nanargmin(np.abs(lowest[:, n2] - 0.91))], 0.0)[None]
    year = flow(idle, row, 0.0 * row)
    assert year.node_hours_outside[n2] == 0.25
    assert year.hours_below.tolist() == [0.0, 0.0, 0.0, 0.0, 0.25]
    one_phase = np.array([[0.0, 20.0, 0.0, 0.0, 0.0]])
    year = flow(idle, one_phase, 0.0 * one_phase)
    assert year.hours_below[4] == year.hours_above[4] == year.hours_outside[4] == 0.25


def test_steps_without_a_flow_are_counted_and_left_out() -> None:
    feeder = parse_feeder(VILLAGE)
    p = np.tile(POWERS[0], (40, 1))
    p[[5, 33]] *= 60.0
    year = flow(feeder, p, 0.3 * p, chunk=16)
    assert year.unsolved.tolist() == [5, 33]
    assert "converge" in year.message
    assert np.isnan(year.source_kw[[5, 33]]).all()
    assert np.isfinite(np.delete(year.source_kw, [5, 33])).all()
    alone = flow(feeder, p[:1], 0.3 * p[:1])
    np.testing.assert_allclose(year.connection_low.value, alone.connection_low.value, atol=1e-9)
    assert year.load_kwh == pytest.approx(38 * alone.load_kwh)
    assert year.balance_residual < 1e-8
    nothing = flow(feeder, p[[5, 33]], 0.3 * p[[5, 33]])
    assert nothing.unsolved.tolist() == [0, 1]
    assert np.isnan(nothing.connection_low.value).all()
    assert (nothing.connection_low.step == -1).all()
    assert nothing.import_kwh == nothing.loss_kwh == 0.0


def test_reactive_power_by_power_factors() -> None:
    text = VILLAGE.replace("node: n2}", "node: n2, power_factor: 1}")
    feeder = parse_feeder(text.replace("node: s1}", "node: s1, power_factor: 0.8}"))
    q = reactive_power(feeder, [[100.0, 100.0, 100.0, 100.0]])
    np.testing.assert_allclose(q, [[48.4322, 48.4322, 0.0, 75.0]], atol=1e-4)


@pytest.mark.parametrize(
    ("p", "q", "options", "key"),
    [
        (np.zeros((3, 3)), np.zeros((3, 3)), {}, "p_kw"),
        (np.zeros((3, 4)), np.zeros((2, 4)), {}, "p_kw"),
        (np.zeros((0, 4)), np.zeros((0, 4)), {}, "p_kw"),
        (np.zeros(4), np.zeros(4), {}, "p_kw"),
        (np.full((3, 4), np.nan), np.zeros((3, 4)), {}, "p_kw"),
        (np.zeros((3, 4)), np.full((3, 4), np.inf), {}, "q_kvar"),
        (np.zeros((3, 4)), np.zeros((3, 4)), {"step_minutes": 0.0}, "step_minutes"),
        (np.zeros((3, 4)), np.zeros((3, 4)), {"chunk": 0}, "chunk"),
    ],
)
def test_powers_that_do_not_fit_are_refused(p: Array, q: Array, options: dict[str, Any], key: str) -> None:
    with pytest.raises(TwinError) as caught:
        flow(parse_feeder(VILLAGE), p, q, **options)
    assert caught.value.key == key
    assert caught.value.remedy


def test_the_time_of_a_feeder_year(figure: Callable[[str], None]) -> None:
    """35,040 quarter hours of about 100 nodes, 90 residential blocks on four transformers."""
    loads = [Load(f"block {i}", 40.0, 36) for i in range(90)]
    feeder = lay_out(loads)
    p = np.random.default_rng(0).uniform(0.0, 40.0, (35_040, 90))
    q = reactive_power(feeder, p)
    began = time.process_time()
    year = flow(feeder, p, q)
    figure(
        f"a year of {len(feeder.nodes)} nodes, {len(feeder.transformers)} transformers, 35,040 steps: "
        f"{time.process_time() - began:.1f} s of CPU; balance {year.balance_residual:.0e}"
    )
    assert len(year.unsolved) == 0
    assert 95 <= len(feeder.nodes) <= 105
    assert 0.005 < year.loss_kwh / year.import_kwh < 0.06
