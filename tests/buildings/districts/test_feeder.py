"""Feeders as people write them: read, refused with place and remedy, and written back."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from buildings.districts.feeder import Feeder, feeder_text, parse_feeder, read_feeder
from buildings.districts.grid_products import cable, cables, transformer, transformers
from weather.errors import TwinError

STREET = """\
source: {node: substation, short_circuit_power: 250 MVA}
transformers:
  - {name: T1, product: scb14_400, high: ring 1, low: board 1}
cables:
  - {name: feeder, product: yjv_15kv_240, start: substation, end: ring 1, length: 0.4 km}
  - {name: row, product: yjv_1kv_150, start: board 1, end: corner, length: 60 m, parallel: 2}
connections:
  - {building: 学校, node: board 1}
  - {building: house 1, node: corner, phases: A, power_factor: 0.97}
"""


def test_a_street_is_read_in_the_units_of_its_fields() -> None:
    feeder = parse_feeder(STREET)
    assert feeder.cables[0].length == pytest.approx(400.0)
    assert feeder.source.short_circuit_power == pytest.approx(250.0)
    assert feeder.levels == {"substation": 10000.0, "ring 1": 10000.0, "board 1": 380.0, "corner": 380.0}
    assert feeder.single_phase
    assert feeder.radial
    assert [product.rating_kva for product in feeder.transformer_products()] == [400.0]


def test_a_written_feeder_reads_back(tmp_path: Path) -> None:
    feeder = parse_feeder(STREET)
    path = tmp_path / "馈线.yaml"
    path.write_text(feeder_text(feeder), encoding="utf-8")
    assert read_feeder(path) == feeder


def test_a_ring_is_not_radial_and_parallel_transformers_are_one_way() -> None:
    ring = "  - {name: tie, product: yjv_1kv_70, start: board 1, end: corner, length: 80}\nconnections:"
    assert not parse_feeder(STREET.replace("connections:", ring)).radial
    second = "  - {name: T2, product: scb14_400, high: ring 1, low: board 1}\ncables:"
    assert parse_feeder(STREET.replace("cables:", second)).radial


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scb14_400", "scb14_410", ("line 3", "transformers[0].product", "'scb14_410'", "400")),
        ("scb14_400", "s9_400", ("transformers[0].product", "'s9_400'", "scb14")),
        ("yjv_1kv_150", "yjv_1kv_151", ("line 6", "cables[1].product", "'yjv_1kv_151'", "150")),
        ("yjv_1kv_150", "yjv_15kv_150", ("cables[1].start", "'board 1'", "380", "10000", "transformer")),
        ("0.4 km", "0.4 kW", ("line 5", "cables[0].length", "power", "km")),
        ("60 m", "0", ("cables[1].length", "0", "greater than 0 m")),
        ("250 MVA", "250 kVA", ("source.short_circuit_power", "out of range", "10")),
        ("phases: A", "phases: AB", ("line 9", "connections[1].phases", "'AB'", "ABC")),
        ("node: corner, phases", "node: corner 2, phases", ("connections[1].node", "'corner 2'", "'corner'")),
        ("node: corner, phases", "node: ring 1, phases", ("connections[1].phases", "one phase", "380 V")),
        ("end: ring 1", "end: ring 2", ("cables", "'ring 1'", "'board 1'", "'substation'")),
        ("end: corner", "end: board 1", ("cables[1].end", "'row'", "two nodes")),
        ("low: board 1", "low: board 1, tap: 3", ("transformers[0].tap", "3", "at most 2")),
        ("0.97", "0.3", ("connections[1].power_factor", "0.3", "greater than 0.5")),
        ("building: house 1", "building: 学校", ("connections[1].building", "学校", "own name")),
        ("name: row", "name: feeder", ("cables[1].name", "'feeder'")),
        ("building: house 1", "bulding: house 1", ("connections[1].bulding", "'building'")),
        ("node: substation,", "node: substation, volts: 10 kV,", ("source.volts", "unknown")),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, said: tuple[str, ...]) -> None:
    assert STREET.count(old) == 1
    with pytest.raises(TwinError) as caught:
        parse_feeder(STREET.replace(old, new), "street.yaml")
    assert caught.value.file == "street.yaml"
    assert caught.value.remedy
    for word in said:
        assert word in str(caught.value)


def test_a_feeder_without_connections_is_refused() -> None:
    with pytest.raises(TwinError, match="connections"):
        parse_feeder(STREET.partition("connections:")[0])


def test_the_schema_tells_unit_and_meaning_of_every_field() -> None:
    schema = Feeder.model_json_schema()
    for name, part in schema["$defs"].items():
        for key, field in part.get("properties", {}).items():
            assert field.get("description"), f"{name}.{key}"
    assert schema["$defs"]["FeederCable"]["properties"]["length"]["unit"] == "m"
    assert schema["$defs"]["FeederSource"]["properties"]["short_circuit_power"]["unit"] == "MVA"


def test_larger_products_lose_less_and_carry_more() -> None:
    """Along every series; across grades a better one never loses more."""
    for series in cables().values():
        for small, large in pairwise(series):
            assert large.section > small.section
            assert large.resistance < small.resistance
            assert large.reactance <= small.reactance
            assert large.current > small.current
    for ratings in transformers().values():
        for small, large in pairwise(ratings):
            assert large.rating_kva > small.rating_kva
            assert large.no_load_loss > small.no_load_loss
            assert large.load_loss > small.load_loss
            for name in ("no_load_loss", "load_loss"):
                per_kva = [getattr(one, name) / one.rating_kva for one in (small, large)]
                assert per_kva[1] < 1.12 * per_kva[0], (large.key, name)
    for grades in (("s13", "s20", "s22"), ("scb12", "scb14", "scb18")):
        for worse, better in zip(*(transformers()[key] for key in grades[:2]), strict=True):
            assert better.no_load_loss < worse.no_load_loss
            assert better.load_loss < worse.load_loss
        for worse, better in zip(*(transformers()[key] for key in grades[1:]), strict=True):
            assert better.no_load_loss < worse.no_load_loss
            assert better.load_loss <= worse.load_loss


def test_loss_limits_of_grades_stand_as_the_standard_scaled_them() -> None:
    """Load losses of better grades are the third's times 0.855 and 0.8 (oil), 0.9 (dry), rounded."""
    for better, worse, ratio in (("s20", "s13", 0.855), ("s22", "s13", 0.8), ("scb14", "scb12", 0.9)):
        for one, base in zip(transformers()[better], transformers()[worse], strict=True):
            assert one.load_loss == pytest.approx(ratio * base.load_loss, rel=0.008), one.key


def test_a_tested_transformer_keeps_its_grade() -> None:
    """A report of two SCB18 specifies 1.020 and 2.080 kW at no load and 6 % (read in a catalogue)."""
    for key, watt in (("scb18_1000", 1020.0), ("scb18_2500", 2080.0)):
        assert transformer(key).no_load_loss == watt
        assert transformer(key).short_circuit_voltage == pytest.approx(0.06)
        assert transformer(key).no_load_loss / (1e3 * transformer(key).rating_kva) < 0.007


def test_the_capacitance_of_a_cable_by_hand() -> None:
    """240 mm2: 18.43 mm under 4.5 mm of XLPE; makers give 0.30 (12/20 kV) to 0.41 uF/km (6/10 kV)."""
    inner = math.sqrt(4 * 240 / (math.pi * 0.9))
    by_hand = 2 * math.pi * 8.854e-12 * 2.5 / math.log((inner + 9.0) / inner)
    assert cable("yjv_15kv_240").capacitance == pytest.approx(by_hand)
    assert 0.30e-9 < by_hand < 0.41e-9


def test_conductors_are_warm_in_flows() -> None:
    assert cable("yjv_1kv_150").resistance == pytest.approx(0.124e-3 * (1 + 0.00393 * 40))
    assert cable("yjlv_1kv_150").resistance == pytest.approx(0.206e-3 * (1 + 0.00403 * 40))
