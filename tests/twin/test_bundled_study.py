"""The study that comes with the package is what a search finds: its chosen packages are marched again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bundled_check
from buildings.retrofit.library import library_of
from bundled_study import BUNDLED, DRAWS, EXAMPLES, PROJECT
from twin.crew import Alone
from twin.crosscheck.comparison import compare
from twin.crosscheck.stored import read_check
from twin.crosscheck.targets import load_targets
from twin.plant import prepare_zones
from twin.project import Loaded, load
from twin.report.study.stored import read_study
from twin.retrofit.final import standard_of
from twin.retrofit.march_store import MarchStore, inputs_hash
from twin.retrofit.study import SEARCH_MINUTES
from twin.retrofit.tried import Tried
from twin.retrofit.variants import Inputs
from twin.zone_loads import zone_year

pytestmark = pytest.mark.long

_OTHER_MACHINE = 1e-6
"""Kernels sum in another order where the processor is another."""


@pytest.fixture(scope="module")
def kept() -> Mapping[str, Any]:
    return read_study(BUNDLED)


@pytest.fixture(scope="module")
def today(kept: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The chosen packages, marched at the step of the search and rated."""
    loaded = load(EXAMPLES / "retrofit" / f"{PROJECT}.yaml")
    coarse = loaded.project.model_copy(
        update={"timestep": SEARCH_MINUTES, "variability": "hourly", "event": None}
    )
    search = Loaded(**{**vars(loaded), "project": coarse})
    context = standard_of(coarse, search).context
    inputs = Inputs(coarse, search.climate, library_of(coarse), context, inputs_hash(coarse, search.climate))
    store = MarchStore(tmp_path_factory.mktemp("marches"))
    tried = Tried(inputs, store, Alone(), coarse.retrofit.finance)
    tried.add([tuple(state["keys"]) for state in kept["chosen"]])
    return tried


def test_the_chosen_packages_bring_what_the_study_says(kept: Mapping[str, Any], today: Tried) -> None:
    rows = {tuple(row["keys"]): row for row in kept["packages"]}
    chosen = [(), *(tuple(state["keys"]) for state in kept["chosen"])]
    assert len(chosen) >= 4
    assert not today.refused
    for package in chosen:
        row, now = rows[package], today.rated[package]
        figures = {
            "eui": now.figures["energy"]["eui_electric_kwh_m2"],
            "carbon_t": now.carbon_t,
            "cost_cny": now.economics.capital_cny,
            "npv_cny": now.economics.npv_cny,
            "unmet_h": now.figures["unmet_hours"],
            "primary_kwh_m2": now.primary_kwh_m2,
        }
        for key, value in figures.items():
            assert row[key] == pytest.approx(value, rel=_OTHER_MACHINE, abs=1e-6), (package, key)


def test_measures_and_their_names_are_those_of_the_library(kept: Mapping[str, Any]) -> None:
    library = library_of(load(EXAMPLES / "retrofit" / f"{PROJECT}.yaml").project)
    told = {one["key"]: one for one in kept["measures"]}
    assert told.keys() == library.keys()
    for key, measure in library.items():
        assert (told[key]["name_zh"], told[key]["name_en"]) == (measure.name_zh, measure.name_en)


def test_it_is_whole_small_and_confirmed(kept: Mapping[str, Any]) -> None:
    assert kept["method"]["draws"] == DRAWS
    assert kept["project_file"] == f"{PROJECT}.yaml"
    assert all(state["ranges"] for state in kept["chosen"])
    assert {row["id"] for row in kept["crosscheck"]} == {"baseline", *(s["id"] for s in kept["chosen"])}
    assert BUNDLED.stat().st_size < 500_000
    assert str(Path.home()) not in str(kept)


def test_our_side_of_the_bundled_crosscheck_is_what_a_march_gives() -> None:
    loaded = load(bundled_check.EXAMPLES / "crosscheck" / f"{bundled_check.PROJECT}.yaml")
    (kept,) = read_check(bundled_check.BUNDLED).buildings
    year = zone_year(loaded.project, loaded.climate, conditioned=True, steady_coil=True)
    zones = prepare_zones(loaded.project, loaded.climate, steady_coil=True)
    building = zones.thermals[0].description
    now = compare(building, zones.weather.times, (year, year), None, load_targets())
    for kind, told in kept.whole.loads.items():
        assert told.annual == pytest.approx(now.whole.loads[kind].annual, rel=_OTHER_MACHINE)
        assert np.allclose(kept.hourly[kind][0], now.building_load(kind)[0], rtol=0.0, atol=1e-3)
    assert all(said.verdict == "pass" for said in kept.whole.judged)
