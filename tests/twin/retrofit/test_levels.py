"""Levels are found where they are judged: under the standard's conditions, at the project's own step."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from buildings.retrofit.library import library_of
from buildings.retrofit.package import mended
from buildings.retrofit.rules import Rule, rules_of
from twin.crew import Alone
from twin.judges.verdict import hold
from twin.project import Loaded, load
from twin.retrofit.final import standard_of
from twin.retrofit.level_search import LevelSearch
from twin.retrofit.levels import Found, how_sure, margins, shortfall, why_missed
from twin.retrofit.march_store import MarchStore, inputs_hash
from twin.retrofit.rating import Judged, Rated
from twin.retrofit.search import explore
from twin.retrofit.study import Settings, study
from twin.retrofit.tried import Tried
from twin.retrofit.variants import Inputs

OPTIONS = (
    ("windows_low_e", "windows_triple"),
    ("led_best",),
    ("vrf_efficient",),
    ("pv_roof_40", "pv_roof_70"),
)
PROJECT = f"""
schema: 1
name: machines
timestep: 30 min
retrofit:
  only: [{", ".join(key for slot in OPTIONS for key in slot)}]
buildings:
  - name: machines
    archetype: office
    era: gb50189-2005
    floor_area: 2700 m2
    floors: 3
    hvac: {{type: vrf, equipment: vrf_2010}}
    gains: {{equipment_power: 90 W/m2}}
"""


def judged(*verdicts):
    return Judged({}, verdicts, ())


def index(level, name, value, relation, limit):
    said = {"unit": "%", "source": "", "confidence": "gk-verify"}
    notes = {"note": "missing: a march", "note_zh": "缺：模拟"}
    words = f"级：{name}", f"level: {name}"
    return hold(f"nearly_zero.{level}.{name}", *words, value, relation, limit, **said, **notes)


def test_margins_by_hand():
    """45 of at least 60 lacks a quarter, 12 of at most 8 a half, 26 of at most 27 has 1/27 to spare."""
    one = judged(
        index("nearly_zero", "saving", 45.0, ">=", 60.0),
        index("nearly_zero", "heating", 12.0, "<=", 8.0),
        index("nearly_zero", "cooling", 26.0, "<=", 27.0),
        index("ultra_low", "heating", 12.0, "<=", 10.0),
    )
    found = margins(one, "nearly_zero")
    assert found == {
        "nearly_zero.nearly_zero.saving": pytest.approx(-0.25),
        "nearly_zero.nearly_zero.heating": pytest.approx(-0.5),
        "nearly_zero.nearly_zero.cooling": pytest.approx(1.0 / 27.0),
    }
    assert shortfall(found) == pytest.approx(0.75)
    assert shortfall(margins(one, "ultra_low")) == pytest.approx(0.2)
    moved = {"nearly_zero.nearly_zero.saving": 0.25, "nearly_zero.nearly_zero.cooling": -2.0 / 27.0}
    assert shortfall(found, moved) == pytest.approx(0.5 + 1.0 / 27.0)


def test_what_is_not_judged_is_never_near():
    one = judged(index("zero", "generation", None, ">=", 5.0))
    assert shortfall(margins(one, "zero")) == float("inf")
    en, zh = why_missed(Found(None, ("x",), one.verdicts), "p0001")
    assert "p0001" in en
    assert "generation (missing: a march)" in en
    assert "generation（缺：模拟）" in zh


# --- a search whose answer is known: every package is counted ------------------------------------------


SLOTS = [(f"{slot}1", f"{slot}2") for slot in "abcdefg"]
CANNOT = (Rule({"a2": 1.0, "b2": 1.0}, 1.0), Rule({"g1": 1.0, "f1": -1.0, "f2": -1.0}, 0.0))


class Counted:
    """Packages whose figures are a formula: ones that couple measures, under one of three conditions."""

    def __init__(self, formula, packages=((),)):
        self.formula, self.rated, self.refused = formula, {}, {}
        self.add(packages)

    def add(self, packages):
        for package in packages:
            self.rated.setdefault(package, self.formula(package))


def formula(seed, conditions, limit=20.0):
    """Money and saving of measures that couple, the saving less and otherwise under other conditions.

    The project's own step (`fine`) takes 0.4 points off every saving.
    """
    rng = np.random.default_rng(seed)
    keys = [key for slot in SLOTS for key in slot]
    price, saves, moves = rng.uniform(-1.0, 8.0, 14), rng.uniform(0.0, 9.0, 14), rng.uniform(-2.0, 1.0, 14)
    couples = rng.normal(scale=1.2, size=(14, 14)) * (rng.random((14, 14)) < 0.06)

    def rated(package):
        x = np.array([float(key in package) for key in keys])
        saving = saves @ x + x @ couples @ x
        if conditions != "own":
            saving += moves @ x - 3.0 - (0.4 if conditions == "fine" else 0.0)
        money = SimpleNamespace(npv_cny=float(-1e5 * (price @ x + 0.3 * x @ couples.T @ x)))
        return Rated(
            package, {}, None, money, judged(index("nearly_zero", "saving", float(saving), ">=", limit))
        )

    return rated


def can_be(package):
    return all(sum(rule.shares.get(key, 0.0) for key in package) <= rule.at_most for rule in CANNOT)


def all_packages():
    every = itertools.product(*((None, *slot) for slot in SLOTS))
    return [p for p in (tuple(key for key in keys if key) for keys in every) if can_be(p)]


def kept(package):
    while not can_be(package):
        package = package[:-1]
    return package


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("packages", [60, 300])
def test_the_cheapest_of_all_is_found_by_judging_few(seed, packages):
    """Of three to the seventh packages those that the rules let through; a larger search finds the same."""
    every = all_packages()
    own, fine = formula(seed, "own"), formula(seed, "fine")
    holding = [p for p in every if fine(p).standard.verdicts[0].value >= 20.0]
    assert 0 < len(holding) < len(every) / 2
    best = max(own(p).economics.npv_cny for p in holding)
    drawn = np.random.default_rng(9).permutation(len(every))[:packages]
    tried = Counted(own, [(), *((key,) for slot in SLOTS for key in slot if can_be((key,)))])
    tried.add([every[i] for i in drawn])
    strict, checked = Counted(formula(seed, "strict")), Counted(fine)
    found = LevelSearch(SLOTS, CANNOT, kept, tried, strict, checked).find(("nearly_zero",))["nearly_zero"]
    assert found.cheapest.economics.npv_cny == pytest.approx(best)
    assert all(can_be(package) for package in strict.rated)
    assert found.judged == len(strict.rated) < 100
    assert found.expected_cny is not None
    assert "highest net present value of" in how_sure(found)[0]


@pytest.mark.parametrize("seed", range(3))
def test_what_lacks_least_of_all_is_found_by_judging_few(seed):
    """A limit that no package holds, by half a point: the nearest of all packages is told."""
    every = all_packages()
    most = max(formula(seed, "fine")(p).standard.verdicts[0].value for p in every)
    own, strict, fine = (formula(seed, way, most + 0.5) for way in ("own", "strict", "fine"))
    drawn = np.random.default_rng(9).permutation(len(every))[:60]
    tried = Counted(own, [(), *((key,) for slot in SLOTS for key in slot if can_be((key,)))])
    tried.add([every[i] for i in drawn])
    looked, checked = Counted(strict), Counted(fine)
    found = LevelSearch(SLOTS, CANNOT, kept, tried, looked, checked).find(("nearly_zero",))["nearly_zero"]
    assert found.cheapest is None
    assert fine(found.nearest).standard.verdicts[0].value == pytest.approx(most)
    assert [verdict.met for verdict in found.missed] == [False]
    assert len(looked.rated) < 150


def test_what_is_left_to_gain_is_told():
    one = Found(None, judged=1234, expected_cny=5678.4)
    assert how_sure(one)[0].endswith("leaves room for 5,678 CNY more at most")
    assert how_sure(one)[1].endswith("至多还可高出 5,678 元")
    sure = Found(None, judged=1234, expected_cny=0.0)
    assert "1,234 packages" in how_sure(sure)[0]
    assert how_sure(sure)[0].endswith("expects no better one, its error allowed")
    assert how_sure(Found(None, judged=2))[1] == "按标准工况评判的 2 个方案中净现值最高"


# --- a building whose machines hide what is done to it ---------------------------------------------------


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    path = tmp_path_factory.mktemp("project") / "machines.yaml"
    path.write_text(PROJECT)
    return load(path)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture(scope="module")
def made(loaded, out):
    return study(loaded, Settings(out, packages=100, draws=0), Alone(), lambda stage, share: None)


def tried_by(loaded: Loaded, store: MarchStore, step: float, strict: bool) -> Tried:
    project = loaded.project.model_copy(update={"timestep": step, "variability": "hourly"})
    here = replace(loaded, project=project)
    key = inputs_hash(project, loaded.climate)
    context = standard_of(project, here).context
    inputs = Inputs(project, loaded.climate, library_of(project), context, key, strict)
    return Tried(inputs, store, Alone(), project.retrofit.finance)


@pytest.fixture(scope="module")
def every(loaded, out):
    """All packages under the standard's conditions at the project's step, and under its own use."""
    library = library_of(loaded.project)
    all_of = itertools.product(*((None, *slot) for slot in OPTIONS))
    packages = {mended(loaded.project, [k for k in keys if k], library) for keys in all_of}
    own, fine = (tried_by(loaded, MarchStore(out / "marches"), *how) for how in ((60.0, False), (30.0, True)))
    for tried in (own, fine):
        tried.add(sorted(packages))
        assert not tried.refused
    return own, fine


@pytest.mark.long
def test_a_level_is_found_that_only_the_conditions_of_the_standard_show(made, every):
    """By the use of this house its machines take so much cold that no package saves what is asked."""
    own, _ = every
    assert not [one for one in own.rated.values() if shortfall(margins(one.standard, "nearly_zero")) == 0.0]
    row = next(level for level in made["levels"] if level["level"] == "nearly_zero")
    state = next(state for state in made["chosen"] if state["id"] == row["id"])
    assert state["standard"]["level"]["level"] in ("nearly_zero", "zero")
    assert "cheapest nearly zero energy" in state["role_en"]


@pytest.mark.long
@pytest.mark.parametrize("level", ["ultra_low", "nearly_zero"])
def test_what_is_found_is_the_cheapest_of_all(level, made, every):
    own, fine = every
    reach = [p for p, one in fine.rated.items() if shortfall(margins(one.standard, level)) == 0.0]
    assert 0 < len(reach) < len(fine.rated)
    best = max(reach, key=lambda package: own.rated[package].economics.npv_cny)
    row = next(one for one in made["levels"] if one["level"] == level)
    assert next(p["keys"] for p in made["packages"] if p["id"] == row["id"]) == list(best)
    assert row["nearest"] is None
    assert row["missed"] == []
    assert row["why_en"] == row["why_zh"] == ""


@pytest.mark.long
def test_a_level_out_of_reach_is_told_with_what_comes_nearest(made, every):
    """The roof of three floors does not make what machines of 90 W/m2 would take by the standard's hours."""
    _, fine = every
    lacks = {p: shortfall(margins(one.standard, "zero")) for p, one in fine.rated.items()}
    nearest = min(lacks, key=lambda package: lacks[package])
    assert lacks[nearest] > 0.0
    row = next(one for one in made["levels"] if one["level"] == "zero")
    assert row["id"] is None
    assert next(p["keys"] for p in made["packages"] if p["id"] == row["nearest"]) == list(nearest)
    (missed,) = row["missed"]
    figures = fine.rated[nearest].standard.figures
    assert missed["key"] == "nearly_zero.zero.renewable_generation"
    assert missed["value"] == pytest.approx(figures["renewable_generation"])
    assert missed["limit"] == pytest.approx(figures["all_primary_kwh"])
    for language in ("en", "zh"):
        assert row["nearest"] in row[f"why_{language}"]
        assert f"{missed['value']:,.0f} kWh/a" in row[f"why_{language}"]
        assert f"{missed['limit']:,.0f} kWh/a" in row[f"why_{language}"]


@pytest.mark.long
def test_the_same_packages_are_looked_at_again(loaded, tmp_path):
    """Whatever the store holds already, and in whatever order work is done."""

    class Backwards(Alone):
        def each(self, work, shared, items):
            yield from reversed(list(super().each(work, shared, items)))

    library = library_of(loaded.project)
    project = loaded.project.model_copy(update={"timestep": 60.0})
    here = replace(loaded, project=project)
    seen = []
    for crew, store in ((Alone(), "a"), (Backwards(), "b"), (Backwards(), "a")):
        key = inputs_hash(project, loaded.climate)
        inputs = Inputs(project, loaded.climate, library, standard_of(project, here).context, key)
        own, strict = (
            Tried(replace(inputs, strict=s), MarchStore(tmp_path / store), crew, project.retrofit.finance)
            for s in (False, True)
        )
        explore(OPTIONS, lambda keys: mended(project, keys, library), own, packages=5, seed=0)
        first = len(own.rated)
        rules = rules_of(project, OPTIONS, library)
        search = LevelSearch(OPTIONS, rules, lambda keys: mended(project, keys, library), own, strict, strict)
        found = search.find(("nearly_zero", "zero"))
        cheapest = {k: one.cheapest and one.cheapest.package for k, one in found.items()}
        seen.append((cheapest, [one.nearest for one in found.values()], list(strict.rated), list(own.rated)))
        assert first < len(own.rated)
    assert seen[0] == seen[1] == seen[2]
