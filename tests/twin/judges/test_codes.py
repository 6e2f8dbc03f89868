"""What codes say of a Run: from what its manifest keeps, whenever it is opened, and not in a search."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.standards.envelope_values import envelope_values
from twin.clock import march
from twin.judges import judge, judge_building
from twin.judges.codes import code_facts, code_verdicts
from twin.judges.envelope_code import envelope_code
from twin.judges.subject import Subject
from twin.outcome import building_facts
from twin.plant import prepare
from twin.retrofit.year import year_figures
from twin.store import Run, RunStore
from twin.variables import REQUIRED
from weather import load_weather

_OF_CODES = ("envelope.", "nearly_zero.measures.", "benchmark.gbt51161.", "benchmark.db31.")


def of_codes(verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in verdicts if one["key"].startswith(_OF_CODES)]


def test_a_stored_run_answers_as_the_one_that_was_marched(small_run: Run, tmp_path: Path) -> None:
    told = of_codes(small_run.summary["verdicts"])
    assert {key for one in told for key in _OF_CODES if one["key"].startswith(key)} == set(_OF_CODES)
    store = RunStore(tmp_path)
    store.save(small_run, "hall")
    opened = store.open("hall")
    assert of_codes(opened.summary["verdicts"]) == told
    assert of_codes(judge(opened)["verdicts"]) == told


def test_what_judges_hold_against_and_assume_has_chinese_sources(small_run: Run) -> None:
    """Sources of the model's inputs and of tariffs are those of their libraries and not meant."""
    summary = small_run.summary
    own = ("comfort.", "envelope.", "factor.primary", "nearly_zero.")
    assumed = [one for one in summary["assumptions"] if one["key"].startswith(own)]
    assert len(assumed) >= 4
    for one in (*summary["verdicts"], *assumed):
        assert re.search(r"[\u4e00-\u9fff]", one["source_zh"]), one["key"]


def test_a_run_without_the_facts_is_not_asked(small_run: Run) -> None:
    facts = {"hall": {k: v for k, v in small_run.manifest["buildings"]["hall"].items() if k != "codes"}}
    old = replace(small_run, manifest={**small_run.manifest, "buildings": facts})
    judged = judge(old)
    assert judged["buildings"]["hall"]["codes"] is None
    assert {one["key"].split(".")[0] for one in of_codes(judged["verdicts"])} == {"benchmark"}


@pytest.mark.parametrize("archetype", ["office", "residential"])
def test_the_facts_hold_all_that_the_description_tells(archetype: str) -> None:
    text = f"""
schema: 1
name: p
buildings:
  - name: b
    archetype: {archetype}
    era: gb50189-2015
    floor_area: 3000
    floors: 5
"""
    building = complete(parse_project(text).buildings[0])
    category = "residential" if archetype == "residential" else "public"
    facts = code_facts(building)
    assert facts["category"] == category
    figures, verdicts, said = code_verdicts(facts, heating_setpoint_c=20.0, cooling_setpoint_c=None)
    expected, of_envelope, assumed = envelope_code(envelope_values(building), category)
    assert figures == expected
    assert verdicts[: len(of_envelope)] == of_envelope
    assert said == assumed
    rooms = {one.key.rpartition(".")[2]: one for one in verdicts[len(of_envelope) :]}
    assert rooms["winter_temperature"].met is True
    assert rooms["summer_temperature"].status == "not_judged"


def test_a_building_without_conditioned_rooms_is_judged_all_the_same() -> None:
    text = """
schema: 1
name: p
buildings:
  - name: shed
    zones: [{name: only, floor_area: 50, height: 3, conditioned: false}]
    surfaces:
      - {name: wall, zone: only, kind: wall, area: 60, azimuth: 180, construction: partition_brick}
      - {name: floor, zone: only, kind: floor, area: 50, boundary: ground, construction: ground_slab}
      - {name: roof, zone: only, kind: roof, area: 50, construction: partition_brick}
"""
    facts = code_facts(complete(parse_project(text).buildings[0]))
    _, verdicts, _ = code_verdicts(facts, heating_setpoint_c=None, cooling_setpoint_c=None)
    assert not any(one.key.startswith("envelope.") or one.status == "pass" for one in verdicts)


def test_class_and_households_of_the_project_reach_the_quotas() -> None:
    """Nobody says how many flats: meters do; a class that is given is not assumed any more."""
    text = """
schema: 1
name: p
buildings:
  - name: b
    archetype: {kind}
    era: gb50189-2015
    floor_area: 3000
    floors: 5
    {more}
"""

    def told(kind: str, more: str) -> dict[str, Any]:
        return code_facts(complete(parse_project(text.format(kind=kind, more=more)).buildings[0]))

    plain = told("residential", "")
    assert (plain["quota_classes"], plain["households"]) == ({}, None)
    assert told("residential", "meters: 30")["households"] == 30
    assert told("residential", "standards: {households: 24}")["households"] == 24
    named = told("office", "standards: {quota_classes: {db31: commercial_1}}")
    assert named["quota_classes"] == {"db31": "commercial_1"}
    index = pd.date_range("2025-01-01", periods=8760, freq="h", tz="Asia/Shanghai")
    columns = dict.fromkeys(REQUIRED, 0.0) | {"lighting_kw": 100.0, "grid_import_kw": 100.0}
    table = pd.DataFrame(columns, index=index)
    for codes, status in ((named, "fail"), (told("office", ""), "assumed")):
        one = Subject("b", 3000.0, "office", codes=codes)
        _, verdicts, _ = judge_building(table, None, table, one)
        # 876,000 kWh at 0.1229 kgce/kWh on 3,000 m2: 35.9 kgce/m2, more than 14.
        (held,) = (v for v in verdicts if v.key == "benchmark.db31.constraint")
        assert held.value == pytest.approx(876_000 * 0.1229 / 3000)
        assert (held.status, held.met) == (status, False)


def test_a_search_does_not_pay_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The year of a package tells figures; what codes say is asked of chosen packages only."""

    def asked(*_: Any) -> None:
        raise AssertionError("the codes were asked")

    monkeypatch.setattr("twin.outcome.code_facts", asked)
    project = parse_project(
        """
schema: 1
name: p
timestep: 60 min
buildings:
  - {name: b, archetype: office, era: gb50189-2005, floor_area: 500, floors: 1}
"""
    )
    plant = prepare(project, load_weather("shanghai", seed=project.weather_seed, year=project.year))
    assert year_figures(plant, march(plant))["energy"]["electricity_kwh"] > 0.0
    assert "codes" not in building_facts(plant, 0)
