"""Draws of what is not known: their distributions, and what they change in a building and what not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from twin.retrofit.uncertain import assumptions, draws, inputs, quantile, varied

PROJECT = """
schema: 1
name: box
buildings:
  - {name: box, archetype: office, era: gb50189-2005, floor_area: 900 m2, floors: 1}
"""
SIZES = {"cooling_capacity_kw": 90.0, "heating_capacity_kw": 60.0}


def test_quantiles_by_hand():
    """Triangular 0.6, 1.0, 1.2: 2/3 lies below the mode, and sqrt(0.5 * 0.6 * 0.4) above 0.6 is the
    median; a lognormal keeps its median within symmetric cuts and its 90 % quantile without any."""
    triangle = {"kind": "triangular", "low": 0.6, "mode": 1.0, "high": 1.2}
    found = quantile(triangle, np.array([0.0, 0.5, 2 / 3, 1.0]))
    assert found == pytest.approx([0.6, 0.6 + math.sqrt(0.5 * 0.6 * 0.4), 1.0, 1.2])
    wide = {"kind": "lognormal", "median": 1.0, "p90": 1.8, "low": 1e-6, "high": 1e6}
    assert quantile(wide, np.array([0.5, 0.9])) == pytest.approx([1.0, 1.8], rel=1e-6)
    cut = wide | {"low": 0.5, "high": 2.0}
    assert quantile(cut, np.array([0.0, 0.5, 1.0])) == pytest.approx([0.5, 1.0, 2.0], rel=1e-6)


def test_draws_fill_their_distributions_evenly():
    """Of a Latin hypercube every tenth of each distribution holds a tenth of the draws."""
    drawn = draws(40, seed=1)
    for name, entry in inputs().items():
        values = np.array([draw[name] for draw in drawn])
        if entry["kind"] == "seed":
            assert sorted(values) == list(range(1, 41))
            continue
        edges = quantile(entry, np.linspace(0.0, 1.0, 11))
        assert np.histogram(values, edges)[0].tolist() == [4] * 10, name


def test_the_same_seed_draws_the_same():
    assert draws(8, seed=3) == draws(8, seed=3)
    assert draws(8, seed=3) != draws(8, seed=4)


def test_a_draw_changes_what_it_names_and_the_project_stays_valid():
    base = parse_project(PROJECT)
    draw = {"infiltration": 1.5, "people_density": 0.8, "equipment_power": 1.2, "lighting_power": 0.9}
    draw |= {"fresh_air": 0.7, "cooling_setpoint": -1.0, "heating_setpoint": 1.5}
    drawn = varied(base, draw, SIZES, base.buildings[0])
    Project.model_validate(drawn.model_dump(by_alias=True, exclude_unset=True))
    before, after = (complete(project.buildings[0]) for project in (base, drawn))
    for old, new in zip(before.zones, after.zones, strict=True):
        assert new.infiltration == pytest.approx(1.5 * old.infiltration)
        assert new.gains.people_density == pytest.approx(0.8 * old.gains.people_density)
        assert new.gains.equipment_power == pytest.approx(1.2 * old.gains.equipment_power)
        assert new.gains.lighting_power == pytest.approx(0.9 * old.gains.lighting_power)
        air = [z.gains.people_density * z.gains.fresh_air_per_person for z in (old, new)]
        assert air[1] == pytest.approx(0.7 * air[0])
        cool = [
            min(v for v in b.schedules[z.cooling_setpoint].values() if v != "off")
            for b, z in ((before, old), (after, new))
        ]
        heat = [
            max(v for v in b.schedules[z.heating_setpoint].values() if v != "off")
            for b, z in ((before, old), (after, new))
        ]
        assert cool[1] == pytest.approx(cool[0] - 1.0)
        assert heat[1] == pytest.approx(heat[0] + 1.5)
        assert new.floor_area == old.floor_area
        assert new.volume == old.volume
    assert after.hvac.cooling_capacity == pytest.approx(90e3)
    assert after.hvac.heating_capacity == pytest.approx(60e3)
    assert after.constructions == before.constructions
    assert after.glazings == before.glazings


def test_a_draw_of_nothing_changes_nothing_but_the_size_of_the_plant():
    base = parse_project(PROJECT)
    before, after = (
        complete(project.buildings[0]) for project in (base, varied(base, {}, SIZES, base.buildings[0]))
    )
    for old, new in zip(before.zones, after.zones, strict=True):
        assert new.infiltration == old.infiltration
        assert new.gains.people_density == old.gains.people_density
        assert new.gains.fresh_air_per_person == pytest.approx(old.gains.fresh_air_per_person)
        for kind in ("cooling_setpoint", "heating_setpoint"):
            keys = getattr(old, kind), getattr(new, kind)
            assert list(after.schedules[keys[1]].values()) == list(before.schedules[keys[0]].values())


def test_every_distribution_has_a_source_and_unverified_ones_are_told():
    for name, entry in inputs().items():
        assert entry["source"], name
        assert entry["year"] >= 2000
        assert entry["name_zh"]
    told = assumptions(tuple(name for name in inputs() if name != "weather_year"))
    drawn = {f"uncertain.{name}" for name in inputs() if name != "weather_year"}
    assert {one.key for one in told} == drawn | {"uncertain.kept"}
