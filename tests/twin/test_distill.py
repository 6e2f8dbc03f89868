"""A small model distilled: the twin's error, its file, its corrections, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from buildings.description.loading import read_project
from buildings.description.schema import Project
from buildings.idf.openings import MILD, Outdoors
from buildings.idf.reading import read_idf
from small_model import BOX
from twin.cli import app
from twin.commands.distill import distill_model, distilled_dict
from twin.distillation.corrections import PARAMETERS, acting, corrected, fit
from twin.distillation.distil import distil
from twin.distillation.errors import aims, compared
from twin.distillation.halves import fitted_hours
from twin.distillation.years import fast_years
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.errors import TwinError

TIMES = pd.date_range("2025-01-01", "2026-01-01", freq="h", tz="Asia/Shanghai", inclusive="left")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the small model with parts replaced."""

    def written(*replaced: tuple[str, str]) -> Path:
        text = BOX.format(version="25.2", multiplier=1, solar="FullExterior", space=",")
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "box.idf"
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="module")
def shanghai() -> ClimateYear:
    return load_weather("shanghai", year=2025)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The small model as content of a project."""
    path = tmp_path_factory.mktemp("model") / "box.idf"
    path.write_text(BOX.format(version="25.2", multiplier=1, solar="FullExterior", space=","))
    return read_idf(path).content


# --- halves -------------------------------------------------------------------------------------------------


def test_both_halves_hold_every_month_hour_and_weekday() -> None:
    fitted = fitted_hours(TIMES)
    assert 0.45 < fitted.mean() < 0.55
    for half in (fitted, ~fitted):
        assert set(TIMES[half].month) == set(range(1, 13))
        assert set(TIMES[half].hour) == set(range(24))
        assert set(TIMES[half].day_of_week) == set(range(7))


def test_a_fortnight_stays_whole() -> None:
    fitted = fitted_hours(TIMES)
    changes = np.flatnonzero(np.diff(fitted.astype(int))) + 1
    assert np.all(np.diff(changes) == 14 * 24)


# --- corrections --------------------------------------------------------------------------------------------


def test_corrections_change_what_they_name_and_nothing_else(content: dict) -> None:
    before = json.dumps(content)
    changed = corrected(content, {"infiltration_factor": 1.5, "ground_offset": -1.0})
    assert json.dumps(content) == before
    room, same = (c["buildings"][0]["zones"][0] for c in (changed, content))
    assert room["infiltration"] == pytest.approx(1.5 * same["infiltration"], rel=1e-5)
    assert changed["site"]["ground_temperatures"][0] == pytest.approx(9.0)
    assert changed["buildings"][0]["surfaces"] == content["buildings"][0]["surfaces"]
    assert {**room, "infiltration": 0} == {**same, "infiltration": 0}


def test_every_parameter_acts_on_the_small_model_and_is_bounded(content: dict) -> None:
    assert {p.key for p in acting(content)} == {p.key for p in PARAMETERS}
    assert all(p.low < p.neutral < p.high for p in PARAMETERS)
    for parameter in PARAMETERS:
        for value in (parameter.low, parameter.high):
            Project.model_validate(corrected(content, {parameter.key: value}))
    without = corrected(content, {})
    del without["site"]["ground_temperatures"]
    assert "ground_offset" not in {p.key for p in acting(without)}


def test_every_parameter_moves_the_loads(content: dict, shanghai: ClimateYear) -> None:
    """Variants that differ in their site are not marched on the first one's."""
    chosen = [{}] + [{p.key: p.low} for p in PARAMETERS]
    years = fast_years([Project.model_validate(corrected(content, values)) for values in chosen], shanghai)
    base = years[0].zones.heating.sum()
    moved = {
        p.key: abs(y.zones.heating.sum() / base - 1.0) for p, y in zip(PARAMETERS, years[1:], strict=True)
    }
    assert min(moved.values()) > 1e-4, moved


@pytest.mark.long
def test_least_squares_find_what_was_changed(content: dict, shanghai: ClimateYear) -> None:
    """A twin with 40 % more infiltration as the truth: found on one half, confirmed on the other."""
    truth = Project.model_validate(corrected(content, {"infiltration_factor": 1.4}))
    asread, true = fast_years([Project.model_validate(content), truth], shanghai)
    fitted = fitted_hours(TIMES)
    weights = np.ones(len(content["buildings"][0]["zones"]))
    found = {one.key: one for one in fit(content, shanghai, true.zones, fitted, weights)}
    assert found["infiltration_factor"].value == pytest.approx(1.4, abs=0.1)
    for key, one in found.items():
        if key != "infiltration_factor":
            spread = next(p.spread for p in PARAMETERS if p.key == key)
            assert abs(one.value - one.neutral) < spread
    better = fast_years(
        [Project.model_validate(corrected(content, {k: v.value for k, v in found.items()}))], shanghai
    )[0]

    def missed(zones: np.ndarray) -> float:
        return float(np.sqrt(np.mean((zones[~fitted] - true.zones.heating[~fitted]) ** 2)))

    assert missed(better.zones.heating) < 0.3 * missed(asread.zones.heating)


# --- openings -----------------------------------------------------------------------------------------------


def test_an_opening_keeps_its_area_and_conditions(write: Callable[..., Path]) -> None:
    opening = (
        "ZoneVentilation:WindandStackOpenArea,Flap,Room,0.5,Always,autocalculate,90,2,autocalculate,"
        "20,,100,,-100,,15,,26,,40;\nInternalMass,Furniture"
    )
    zone = read_idf(write(("InternalMass,Furniture", opening))).content["buildings"][0]["zones"][0]
    found = zone["natural_ventilation"]
    assert found.pop("opening") == {"area": 0.5, "azimuth": 90.0, "height": 2.0}
    assert found == {
        "minimum_indoor_temperature": 20.0, "maximum_outdoor_temperature": 26.0,
        "minimum_outdoor_temperature": 15.0,
    }  # fmt: skip


def test_two_openings_become_their_mean_flow_while_they_may_open(write: Callable[..., Path]) -> None:
    flap = (
        "ZoneVentilation:WindandStackOpenArea,{},Room,0.5,Always,autocalculate,0,2,autocalculate,"
        "20,,100,,-100,,15,,26,,40;\n"
    )
    path = write(("InternalMass,Furniture", flap.format("A") + flap.format("B") + "InternalMass,Furniture"))
    cold, mild = (Outdoors(np.full(8760, t), np.full(8760, 3.0)) for t in (10.0, 18.0))
    zones = [read_idf(path, outdoors=air).content["buildings"][0]["zones"][0] for air in (cold, mild)]
    assert "minimum_indoor_temperature" not in zones[0].get("natural_ventilation", {})
    assert zones[1]["natural_ventilation"]["minimum_outdoor_temperature"] == 15.0
    assert zones[1]["natural_ventilation"]["air_changes"] > 1.0
    assert MILD.temp.shape == (8760,)


# --- the whole way ------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_small_model_distilled(write: Callable[..., Path], tmp_path: Path) -> None:
    stages: list[str] = []
    done = distill_model(
        write(), out=tmp_path / "out", progress=lambda stage, share: stages.append(f"{stage} {share}")
    )
    found = done.found
    heating = found.twin.year.whole.loads["heating"]
    assert heating.annual_difference == pytest.approx(0.0, abs=5.0)
    assert found.twin.unused.whole.loads["heating"].cv_rmse < 20.0
    assert found.twin.year.zones[1].temperature.rmse < 0.5  # the loft, which nothing heats
    assert sum(heating.monthly) == pytest.approx(heating.annual, rel=1e-9)
    both = (found.twin.used, found.twin.unused)
    assert sum(half.whole.loads["heating"].annual for half in both) == pytest.approx(heating.annual)
    assert read_project(done.project) == Project.model_validate(found.content)
    text = done.project.read_text(encoding="utf-8")
    assert text.startswith("# A fast twin of box.idf")
    assert "Nothing was corrected" in text
    facts = json.loads(done.facts.read_text(encoding="utf-8"))
    assert facts == json.loads(json.dumps(distilled_dict(found)))
    assert len(facts["twin"]["year"]["zones"]["Room"]["loads"]["heating"]["monthly_kwh_m2"]) == 12
    page = done.page.read_text(encoding="utf-8")
    assert "各区逐月误差" in page
    assert "Error by zone and month" in page
    assert len(stages) >= 3


@pytest.mark.long
def test_corrections_never_hurt_the_half_that_they_saw(write: Callable[..., Path]) -> None:
    found = distil(write(), calibrate=True)
    assert found.corrections
    for one in found.corrections:
        parameter = next(p for p in PARAMETERS if p.key == one.key)
        assert parameter.low <= one.value <= parameter.high
    before, after = (j.used.whole.loads["heating"].rmse for j in (found.as_read, found.twin))
    assert after <= before * 1.001


@pytest.mark.long
def test_what_energyplus_refuses_is_told_in_the_users_file(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    path = write(("GasEquipment,Stove,Room,Always", "GasEquipment,Stove,Room,"))
    out = tmp_path / "out"
    with pytest.raises(TwinError) as caught:
        distill_model(path, out=out)
    assert caught.value.file == str(path)
    assert "Stove" in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize(
    ("replaced", "word"),
    [
        (("Exterior:Lights,Car park,Office hours,500,ScheduleNameOnly;", "Exterior:Lights,Car"), "no end"),
        (
            ("ZoneControl:Thermostat,Room control,Room,Four,ThermostatSetpoint:DualSetpoint,Both;", ""),
            "thermostat",
        ),
        (("Construction,Deck,Slab;", ""), "Deck"),
    ],
)
def test_the_command_says_what_is_wrong(
    write: Callable[..., Path], tmp_path: Path, replaced: tuple[str, str], word: str
) -> None:
    result = CliRunner().invoke(app, ["distill", str(write(replaced)), "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, TwinError)
    assert word in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(write: Callable[..., Path], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("here")
    with pytest.raises(TwinError, match="is a file"):
        distill_model(write(), out=taken)


def test_small_loads_are_held_to_their_difference(content: dict, shanghai: ClimateYear) -> None:
    """Against itself every aim is reached; a load that is not there has no percentage."""
    from buildings.description.complete import complete

    project = Project.model_validate(content)
    year = fast_years([project], shanghai)[0]
    building = complete(project.buildings[0], calendar="weekdays")
    one = compared(building, TIMES, year.zones, year.zones)
    assert all(aim.reached for aim in aims(one, one))
    assert one.whole.loads["heating"].rmse == 0.0
