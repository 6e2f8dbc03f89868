"""Verdicts over a feeder: each limit from both sides, by loads and suns that push the feeder across it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.districts.feeder import Feeder, parse_feeder
from buildings.districts.feeder_layout import Load, lay_out
from twin.district.power_flow import FeederModel, FeederYear, flow
from twin.judges.feeder import judge_feeder
from twin.judges.verdict import Verdict

Array = NDArray[np.float64]

STREET = """\
source: {node: grid, voltage: 1.0}
transformers:
  - {name: T1, product: s13_400, high: ring, low: board}
cables:
  - {name: feeder, product: yjv_15kv_95, start: grid, end: ring, length: 500}
  - {name: short, product: yjv_1kv_25, start: board, end: near, length: 10}
  - {name: long, product: yjv_1kv_150, start: board, end: far, length: 400}
connections:
  - {building: mill, node: board}
  - {building: shop, node: near}
  - {building: farm, node: far}
  - {building: cottage, node: far, phases: B, power_factor: 1}
"""
MILL, SHOP, FARM, COTTAGE = range(4)


def _across(feeder: Feeder, who: int, powers: Array, over: Any) -> tuple[dict[str, Verdict], ...]:
    """Verdicts of the last step of a ramp before `over` holds, and of the first after."""
    ramp = np.zeros((len(powers), len(feeder.connections)))
    ramp[:, who] = powers
    passed = over(FeederModel(feeder).solve(ramp, np.zeros_like(ramp)))
    first = int(np.argmax(passed))
    assert 0 < first < len(powers)
    assert not passed[:first].any()
    return tuple(_verdicts(flow(feeder, row[None], np.zeros((1, 4)))) for row in ramp[first - 1 : first + 1])


def _verdicts(year: FeederYear) -> dict[str, Verdict]:
    return {verdict.key: verdict for verdict in judge_feeder(year)[1]}


@pytest.mark.parametrize(("kind", "limit"), [("rated", 1.0), ("planning", 0.85)])
def test_a_transformer_at_its_limit(kind: str, limit: float) -> None:
    feeder, key = parse_feeder(STREET), f"feeder.transformer.{kind}"
    ramp = np.linspace(200.0, 450.0, 1001)
    below, above = _across(feeder, MILL, ramp, lambda f: f.transformer_loading[:, 0] > limit)
    assert 100 * limit - 0.1 < below[key].value <= 100 * limit < above[key].value < 100 * limit + 0.1  # type: ignore[operator]
    assert (below[key].met, above[key].met) == (True, False)
    assert above[key].status == ("fail" if kind == "rated" else "assumed")
    assert "T1" in above[key].note
    assert "0.25 h" in above[key].note
    assert "0.25 h" in above[key].note_zh
    assert below[key].note == "T1, step 0"


def test_a_cable_at_its_current() -> None:
    feeder, key = parse_feeder(STREET), "feeder.cable.current"
    ramp = np.linspace(40.0, 120.0, 2001)
    below, above = _across(feeder, SHOP, ramp, lambda f: f.cable_loading.max(axis=1) > 1.0)
    assert (below[key].status, above[key].status) == ("pass", "fail")
    assert above[key].note.startswith("short, step 0")
    # 117 A at about 1.04 of 380 V
    assert above[key].value == pytest.approx(100.0, abs=0.1)


def test_the_current_of_a_cable_that_nobody_verified_is_assumed() -> None:
    text = STREET.replace("node: board}", "node: ring}")
    year = flow(parse_feeder(text), np.array([[5000.0, 0, 0, 0]]), np.zeros((1, 4)))
    verdict = _verdicts(year)["feeder.cable.current"]
    assert verdict.status == "assumed"
    assert verdict.met is False
    assert verdict.note.startswith("feeder, step 0")


@pytest.mark.parametrize(
    ("who", "ramp", "side", "limit"),
    [
        (FARM, np.linspace(0.0, 400.0, 4001), "three_phase.low", 0.93),
        (FARM, np.linspace(0.0, -200.0, 4001), "three_phase.high", 1.07),
        (COTTAGE, np.linspace(0.0, 60.0, 4001), "single_phase.low", 0.90),
        (COTTAGE, np.linspace(0.0, -40.0, 4001), "single_phase.high", 1.07),
    ],
)
def test_voltage_at_its_limits(who: int, ramp: Array, side: str, limit: float) -> None:
    """A load pulls it below the band and a roof of PV pushes it above."""
    feeder = parse_feeder(STREET)
    node = feeder.nodes.index("far")
    phases = slice(None) if who == FARM else slice(1, 2)
    three, key = who == FARM, f"feeder.voltage.{side}"

    def over(found: Any) -> Array:
        pu = found.voltage_pu[:, node, phases]
        return np.asarray((pu < limit).any(axis=1) if limit < 1.0 else (pu > limit).any(axis=1))

    inside, outside = _across(feeder, who, ramp, over)
    assert (inside[key].status, outside[key].status) == ("pass", "fail")
    assert outside[key].limit == pytest.approx(100.0 * (limit - 1.0))
    assert outside[key].value == pytest.approx(100.0 * (limit - 1.0), abs=0.02)
    assert outside[key].note.startswith("farm" if three else "cottage")
    assert "1 of " in outside[key].note
    assert "GB/T 12325" in outside[key].source
    assert outside[key].confidence == "stored:secondary"


def test_a_laid_out_street_keeps_the_limits_and_one_with_a_small_transformer_does_not() -> None:
    """24 homes at the coincidence that the layout counts with."""
    loads = [Load(f"home {i}", 8.0, 1) for i in range(24)]
    p = np.full((4, 24), 8.0 * 0.65)
    q = p * np.tan(np.arccos(0.95))
    feeder = lay_out(loads)
    assert {verdict.met for verdict in _verdicts(flow(feeder, p, q)).values()} == {True}
    changed = feeder.model_dump()
    changed["transformers"][0]["product"] = "scb14_100"
    small = _verdicts(flow(Feeder.model_validate(changed), p, q))
    assert {key for key, verdict in small.items() if not verdict.met} == {
        "feeder.transformer.rated",
        "feeder.transformer.planning",
    }


def test_an_exact_limit_holds() -> None:
    """What is on the limit keeps it; hours count what is beyond."""
    year = flow(parse_feeder(STREET), np.array([[100.0, 5, 5, 1]]), np.zeros((1, 4)))
    for extreme, value in ((year.connection_low, 0.93), (year.connection_high, 1.07)):
        extreme.value[:] = value
    year.transformer_most.value[:] = 1.0
    year.cable_most.value[:] = 1.0
    told = _verdicts(year)
    for key in ("voltage.three_phase.low", "voltage.three_phase.high", "transformer.rated", "cable.current"):
        assert told[f"feeder.{key}"].met is True, key
    year.connection_low.value[:] = 0.93 - 1e-6
    year.transformer_most.value[:] = 1.0 + 1e-6
    told = _verdicts(year)
    assert told["feeder.voltage.three_phase.low"].met is False
    assert told["feeder.transformer.rated"].met is False


def test_steps_without_a_flow_are_told() -> None:
    feeder = parse_feeder(STREET)
    p = np.array([[100.0, 5, 5, 1], [1e5, 0, 0, 0], [100.0, 5, 5, 1]])
    figures, verdicts, _ = judge_feeder(flow(feeder, p, np.zeros((3, 4))))
    told = {verdict.key: verdict for verdict in verdicts}
    assert told["feeder.solved"].status == "fail"
    assert told["feeder.solved"].value == 1.0
    assert "step 1" in told["feeder.solved"].note
    assert "converge" in told["feeder.solved"].note
    assert "without 1 step that" in told["feeder.transformer.rated"].note
    assert figures["unsolved_steps"] == 1
    figures, verdicts, _ = judge_feeder(flow(feeder, p[1:2], np.zeros((1, 4))))
    told = {verdict.key: verdict for verdict in verdicts}
    assert told["feeder.voltage.three_phase.low"].status == "not_judged"
    assert told["feeder.transformer.rated"].note == "no step has a solution"
    assert figures["voltage_qualified"] is None
    assert figures["transformers"][0]["loading"] is None
    assert "NaN" not in json.dumps(figures)


def test_figures_and_words() -> None:
    p = np.array([[100.0, 5, 5, 1], [-300.0, 5, -60, -8]])
    figures, verdicts, said = judge_feeder(flow(parse_feeder(STREET), p, np.zeros((2, 4)), step_minutes=60))
    assert json.loads(json.dumps(figures)) == figures
    assert figures["source"]["peak_export_kw"] > 300.0
    assert figures["source"]["peak_import_kw"] > 111.0
    balance = figures["source"]["import_kwh"] - figures["source"]["export_kwh"]
    assert balance == pytest.approx(figures["load_kwh"] + figures["losses"]["total_kwh"])
    places = {row["building"]: row for row in figures["connections"]}
    assert places["farm"]["hours_above"] == 1.0
    assert figures["voltage_qualified"] == pytest.approx(
        1 - np.mean([r["hours_above"] / 2 for r in places.values()])
    )
    assert {row["name"]: row["nominal_v"] for row in figures["nodes"]}["ring"] == 10000.0
    for verdict in verdicts:
        assert verdict.zh
        assert verdict.en
        assert verdict.source_zh
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in verdict.en + verdict.note)
    keys = {assumption.key for assumption in said}
    assert {"feeder.building_power_factor", "feeder.source_voltage", "feeder.conductor_c"} <= keys
    assert {
        "feeder.transformer.s13",
        "feeder.cable.yjv_1kv.reactance",
        "feeder.cable.yjv_15kv.current",
    } <= keys
    assert "feeder.cable.yjv_1kv.current" not in keys
    assert "feeder.dwelling_power_factor" not in keys
    assert len(keys) == len(said)


def test_what_a_feeder_does_not_have_is_not_judged() -> None:
    text = STREET.replace(", phases: B, power_factor: 1", "")
    told = _verdicts(flow(parse_feeder(text), np.zeros((1, 4)), np.zeros((1, 4))))
    assert "feeder.voltage.three_phase.low" in told
    assert not any("single_phase" in key for key in told)
    bus = parse_feeder("connections: [{building: plant, node: source}]")
    told = _verdicts(flow(bus, np.array([[900.0]]), np.array([[100.0]])))
    assert set(told) == {"feeder.solved", "feeder.voltage.three_phase.low", "feeder.voltage.three_phase.high"}
