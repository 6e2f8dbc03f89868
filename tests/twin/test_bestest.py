"""BESTEST: the cases as described, the reference table, the arithmetic, and the march of all of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.json_schema import project_json_schema
from buildings.description.schema import ExplicitBuilding, Pane
from buildings.energyplus import simulate_zones
from twin.cli import app
from twin.clock import march
from twin.commands.validate import Bestest, bestest, is_standard_weather
from twin.outcome import run_of
from twin.plant import prepare
from twin.validation.cases import as_one_project, case_names, chosen_cases, read_cases
from twin.validation.hour_by_hour import against_energyplus
from twin.validation.measured import CaseYear, case_years, hourly, step_means, values_of
from twin.validation.reference import PROGRAMS, QUANTITIES, limits, reasons, references
from twin.validation.verdicts import compare, distance
from weather import load_weather
from weather.errors import TwinError

SHARED = Path(__file__).resolve().parents[3]
MATRIX = sorted(SHARED.glob("shared/reference/bestest/case_matrix.csv"))
DENVER = sorted(SHARED.glob("shared/reference/bestest/weather/725650TYCST.epw"))


def needs_denver(test: Callable[..., None]) -> Callable[..., None] | None:
    """A test that exists only where the standard's weather is at hand, which may not ship."""
    return test if DENVER else None


"""Facts that the repository may not hold; empty on most machines, and then nothing is compared with them."""


def described(name: str) -> tuple[ExplicitBuilding, CompleteBuilding]:
    """A case as written and complete."""
    project = read_cases([name])[name]
    building = project.buildings[0]
    assert isinstance(building, ExplicitBuilding)
    return building, complete(building, calendar=project.calendar)


# --- the cases ------------------------------------------------------------------------------------------


def test_there_are_52_cases_that_march_together() -> None:
    names = case_names()
    assert len(names) == 52
    assert names[0] == "195"
    assert [n for n in names if n.endswith("FF")] == ["600FF", "650FF", "680FF", "900FF", "950FF", "980FF"]
    project = as_one_project(read_cases(names))
    assert [b.name for b in project.buildings] == list(names)
    assert (project.calendar, project.site.terrain, project.site.ground_reflectance) == (
        "weekdays",
        "country",
        0.2,
    )


def test_case_files_are_what_editors_complete() -> None:
    """The JSON Schema accepts the base case in full and the names of the others."""
    check = jsonschema.Draft202012Validator(project_json_schema())
    folder = Path(str(files("twin.validation").joinpath("bestest")))
    texts = sorted(folder.glob("case_*.yaml"))
    assert len(texts) == 52
    for text in texts:
        check.validate(yaml.safe_load(text.read_text(encoding="utf-8")))
    for project in read_cases(["450", "660", "960"]).values():
        check.validate(project.model_dump(mode="json", by_alias=True, exclude_none=True))


def test_cases_of_different_sites_do_not_march_together() -> None:
    cases = read_cases(["600", "900"])
    cases["900"] = cases["900"].model_copy(update={"timestep": 60.0})
    with pytest.raises(ValueError, match=r"case 900 differs .*timestep"):
        as_one_project(cases)


@pytest.mark.parametrize("name", case_names())
def test_a_case_is_complete_and_closed(name: str) -> None:
    """Every face of the 8 m x 6 m x 2.7 m room is there once, whatever it is made of."""
    building, done = described(name)
    room = [s for s in building.surfaces if s.zone == "room"]
    assert sum(s.area for s in room) == pytest.approx(2 * 48 + 2 * (8 + 6) * 2.7)
    zone = done.zones[0]
    assert zone.volume == pytest.approx(129.6)
    assert done.hvac.type == "ideal"
    floor = next(s for s in building.surfaces if s.name == "floor")
    assert (floor.boundary, floor.sun_exposed, floor.wind_exposed) == ("outdoors", False, False)
    assert {c.roughness for key, c in done.constructions.items() if key in ("wall", "roof")} == {"rough"}


@pytest.mark.parametrize(
    ("case", "element", "resistance", "capacity"),
    [
        ("600", "wall", 1.789, 14.5e3),
        ("600", "roof", 2.993, 18.2e3),
        ("600", "floor", 25.254, 19.5e3),
        ("900", "wall", 1.798, 145.2e3),
        ("900", "roof", 2.993, 18.2e3),
        ("900", "floor", 25.246, 112.0e3),
        ("680", "wall", 6.389, 17.4e3),
        ("980", "wall", 6.390, 147.7e3),
        ("680", "roof", 10.198, 21.1e3),
        ("980", "floor", 25.246, 112.0e3),
        ("960", "heavy wall", 1.798, 145.2e3),
        ("960", "common wall", 0.392, 280e3),
        ("800", "wall", 1.798, 145.2e3),
        ("800", "opaque window", 0.192 + 2 * 0.003048, 2 * 0.003048 * 2470 * 750),
    ],
)
def test_resistances_and_capacities_surface_to_surface(
    case: str, element: str, resistance: float, capacity: float
) -> None:
    """Sums of d/k and d rho c over the layers, as derived from the published input files."""
    found = described(case)[1].constructions[element]
    assert found.resistance == pytest.approx(resistance, abs=6e-4)
    assert sum(layer.heat_capacity for layer in found.layers) == pytest.approx(capacity, rel=4e-3)


def test_films_of_450_are_fixed_and_nothing_radiates() -> None:
    building, done = described("450")
    inside = {s.name: s.convection_inside for s in building.surfaces}
    assert inside == {"floor": 3.7, "roof": 1.7, "north": 1.8, "east": 1.8, "west": 1.8, "south": 1.8}
    outside = {s.name: s.convection_outside for s in building.surfaces}
    assert outside == {"floor": 5.2, "roof": 21.8, "north": 21.6, "east": 21.6, "west": 21.6, "south": 21.6}
    assert {w.convection_outside for s in building.surfaces for w in s.windows} == {17.8}
    assert {c.emissivity_inside + c.emissivity_outside for c in done.constructions.values()} == {0.0}
    layers = building.glazings["pane"].layers
    assert layers is not None
    outer, _, inner = layers
    assert isinstance(outer, Pane)
    assert isinstance(inner, Pane)
    assert (outer.emissivity_front, outer.emissivity_back) == (0.0, 0.84)
    assert (inner.emissivity_front, inner.emissivity_back) == (0.84, 0.0)


def test_the_morning_of_640_rises_in_quarters() -> None:
    done = described("640")[1]
    day = done.schedules[done.zones[0].heating_setpoint].day(True)
    assert day[27:33] == (10.0, 12.5, 15.0, 17.5, 20.0, 20.0)
    assert day[91:93] == (20.0, 10.0)
    assert described("940")[1].schedules["ramp"].day(True) == day


def test_the_fan_of_650_blows_1700_m3_h_at_night_only() -> None:
    zone = described("650")[1].zones[0]
    fan = zone.natural_ventilation
    assert fan is not None
    assert fan.air_changes * zone.volume == pytest.approx(1700.0)
    schedules = described("650")[1].schedules
    blows = [hour for hour in range(24) if schedules[fan.schedule].day(True)[hour] == 1.0]
    cools = [hour for hour in range(24) if schedules[zone.cooling_setpoint].day(True)[hour] == 27.0]
    assert cools == list(range(7, 18))
    assert sorted(blows + cools) == list(range(24))
    assert set(schedules[zone.heating_setpoint].day(True)) == {"off"}


def test_the_sunspace_of_960_floats_behind_no_window_of_the_room() -> None:
    building, done = described("960")
    sunspace = done.zones[1]
    assert (sunspace.floor_area, sunspace.volume) == (16.0, pytest.approx(43.2))
    assert not sunspace.conditioned
    assert sunspace.gains.equipment_power == 0.0
    assert [w.name for s in building.surfaces if s.zone == "room" for w in s.windows] == []
    assert sum(w.area for s in building.surfaces if s.zone == "sunspace" for w in s.windows) == 12.0
    between = next(s for s in building.surfaces if s.boundary == "sunspace")
    assert (between.area, between.construction) == (21.6, "common wall")


def test_cases_agree_with_the_published_matrix() -> None:
    """Every column of the matrix that was read out of the published input files, for all 52 cases.

    The matrix does not ship; where it is not at hand, the cases are at least all there.
    """
    assert len(case_names()) == 52
    for path in MATRIX:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 52
        for row in rows:
            known = _as_in_matrix(row["case"])
            assert known == {key: row[key] for key in known}, row["case"]


def _as_in_matrix(case: str) -> dict[str, str]:
    """A case in the words of the matrix."""
    building, done = described(case)
    zone, faces = done.zones[0], done.constructions
    windows = [(s.name, w) for s in building.surfaces for w in s.windows]
    sides = sorted({name.removeprefix("sunspace ") for name, _ in windows})
    opening = next((s for s in building.surfaces if s.name == "opening"), None)
    opaque = opening is not None and opening.construction == "opaque window"
    panes = building.glazings["pane"].layers or ()
    outer = panes[0]
    assert isinstance(outer, Pane)
    glazing = {1: "single_clear_670", 3: "double_clear_600"}[len(panes)]
    glazing = "double_lowe_argon_660" if outer.coating == "low_e" else glazing
    heating = done.schedules[zone.heating_setpoint]
    cooling = done.schedules[zone.cooling_setpoint].day(True)
    warm = [v for v in heating.values() if v != "off"]
    cools = [hour for hour in range(24) if cooling[hour] != "off"]
    fan = zone.natural_ventilation
    window_words = "none" if not (windows or opaque) else "south_12m2"
    if sides == ["east", "west"]:
        window_words = "east_6m2+west_6m2"
    if case == "960":
        window_words = "sunspace_south_12m2"
    fixed = [
        side for side, key in (("ext", "convection_outside"), ("int", "convection_inside"))
        if any(getattr(s, key) is not None for s in building.surfaces)
    ]  # fmt: skip
    shades = [w.shading for _, w in windows]
    mass = sum(layer.heat_capacity for layer in faces["wall"].layers)
    return {
        "mass": "high" if mass > 1e5 else "low",
        "insulation": "increased" if faces["roof"].resistance > 5.0 else "base",
        "windows": window_words,
        "glazing": glazing if windows else "opaque_high_conductance_wall" if opaque else "none",
        "overhang_1m": "yes" if shades and all(s.overhang_depth == 1.0 for s in shades) else "no",
        "side_fins_1m": "yes" if shades and all(s.fin_depth == 1.0 for s in shades) else "no",
        "heating_setpoint_C": f"{max(warm):g}" if warm else "off",
        "heating_setback_C": f"{min(warm):g}" if warm and min(warm) < max(warm) else "",
        "cooling_setpoint_C": f"{cooling[12]:g}" if cooling[12] != "off" else "off",
        "cooling_hours": f"{cools[0]:02d}-{cools[-1] + 1:02d}" if cools else "none",
        "night_vent_m3_h": f"{fan.air_changes * zone.volume:.0f}" if fan is not None else "0",
        "infiltration_ach": f"{zone.infiltration:g}",
        "internal_gain_W": f"{zone.gains.equipment_power * zone.floor_area:.0f}",
        "ext_solar_absorptance": f"{faces['wall'].solar_absorptance_outside:g}",
        "int_solar_absorptance": f"{faces['wall'].solar_absorptance_inside:g}",
        "ext_ir_emissivity": f"{faces['wall'].emissivity_outside:g}",
        "int_ir_emissivity": f"{faces['wall'].emissivity_inside:g}",
        "surface_coefficients": f"fixed {'+'.join(fixed)}" if fixed else "program algorithm",
        "zones": str(len(done.zones)),
    }


# --- the reference --------------------------------------------------------------------------------------


def test_the_reference_has_its_201_pairs() -> None:
    pairs = [(r.case, r.quantity) for r in references()]
    assert len(pairs) == len(set(pairs)) == 201
    assert {case for case, _ in pairs} == set(case_names())
    counts = {quantity: sum(q == quantity for _, q in pairs) for quantity in QUANTITIES}
    assert counts == {
        "annual_heating": 44, "annual_cooling": 46, "peak_heating": 44, "peak_cooling": 46,
        "ff_max_temp": 7, "ff_min_temp": 7, "ff_avg_temp": 7,
    }  # fmt: skip
    assert not [p for p in pairs if p[0] in ("650", "950") and "heating" in p[1]]


def test_ranges_are_the_spread_of_the_programs() -> None:
    for r in references():
        assert (r.low, r.high) == (min(r.programs.values()), max(r.programs.values()))
        assert len(r.programs) == len(PROGRAMS) - ("bsimac" not in r.programs)
        assert r.is_temperature or r.low > 0.0
    silent = {r.case for r in references() if "bsimac" not in r.programs}
    assert silent == {"270", "280", "290", "300", "310", "320", "440", "810", "960"}
    inside = sum(r.low <= r.energyplus <= r.high for r in references())
    assert inside == 187


def test_limits_are_marked_as_unverified() -> None:
    assert len(limits()) == 42
    assert {one.confidence for one in limits()} == {"unverified"}
    assert all(one.low <= one.high for one in limits())
    assert {one.quantity for one in limits()} == {"annual_heating", "annual_cooling"}


def test_reasons_belong_to_pairs() -> None:
    assert set(reasons()) <= {(r.case, r.quantity) for r in references()}
    for zh, en in reasons().values():
        assert len(en) > 20
        assert len(zh) > 15
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh)


# --- the arithmetic -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kelvin", "expected"),
    [
        (4.0, False, 0.0),
        (5.0, False, 0.0),
        (3.0, False, 0.0),
        (5.5, False, 0.1),
        (2.7, False, -0.1),
        (5.5, True, 0.5),
        (2.7, True, -0.3),
    ],
)
def test_distance_by_hand(value: float, kelvin: bool, expected: float) -> None:
    assert distance(value, 3.0, 5.0, kelvin=kelvin) == pytest.approx(expected, abs=1e-12)


@given(st.floats(-50, 80), st.floats(0.1, 40), st.floats(0, 20), st.booleans())
def test_distance_is_zero_exactly_inside(value: float, low: float, width: float, kelvin: bool) -> None:
    high = low + width
    found = distance(value, low, high, kelvin=kelvin)
    assert (found == 0.0) == (low <= value <= high)
    assert np.sign(found) == np.sign(value - np.clip(value, low, high))


def test_nothing_is_relative_to_zero() -> None:
    with pytest.raises(ValueError, match="ends at zero"):
        distance(-1.0, 0.0, 5.0, kelvin=False)


def test_a_case_without_one_of_its_quantities_is_an_error() -> None:
    with pytest.raises(KeyError):
        compare({("600", "annual_heating"): 4.0})


def test_energyplus_against_itself() -> None:
    """EnergyPlus' own values put in as ours: 14 pairs outside, every limit met."""
    own = {(r.case, r.quantity): r.energyplus for r in references()}
    own |= {(case, "annual_heating"): 0.0 for case in ("650", "950")}
    results, judged = compare(own)
    assert sum(not r.inside for r in results) == 14
    assert len(judged) == 42
    assert all(one.met for one in judged)
    outside = next(r for r in results if not r.inside)
    assert outside.as_dict()["distance"] == outside.distance != 0.0
    assert set(outside.as_dict()) >= {"case", "quantity", "unit", "value", "min", "max", "inside", "distance"}


def test_hours_and_step_means() -> None:
    assert list(hourly(np.array([1.0, 3.0, 5.0, 7.0]), 2)) == [2.0, 6.0]
    assert list(step_means(np.array([10.0, 20.0, 40.0]))) == [10.0, 15.0, 30.0]


# --- the command ----------------------------------------------------------------------------------------


def call(*options: str) -> Any:
    return CliRunner().invoke(app, ["validate", "bestest", *options])


def test_without_weather_the_command_says_where_it_comes_from() -> None:
    done = call()
    assert isinstance(done.exception, TwinError)
    assert done.exception.key == "--weather"
    assert "725650" in done.exception.remedy


@pytest.mark.parametrize(("cases", "words"), [("60", "960"), ("600,,nine", "900"), (",", "--cases 600")])
def test_unknown_cases_are_refused(cases: str, words: str) -> None:
    done = call("--weather", "shanghai", "--cases", cases)
    assert isinstance(done.exception, TwinError)
    assert done.exception.key == "--cases"
    assert words in done.exception.remedy + ", ".join(case_names())


def test_cases_are_chosen_in_their_order() -> None:
    assert chosen_cases("900ff, 195,600") == ("195", "600", "900FF")


def test_the_standards_year_is_known_by_its_climate() -> None:
    assert not is_standard_weather(load_weather("shanghai"))
    for path in DENVER:
        assert is_standard_weather(load_weather(str(path)))


@pytest.mark.long
def test_the_command_prints_json_and_charts_on_any_weather(tmp_path: Path) -> None:
    chart = tmp_path / "bestest.html"
    done = call("--weather", "shanghai", "--cases", "600,600FF,960", "--json", "--chart", str(chart))
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert [(r["case"], r["quantity"]) for r in said["results"]] == [
        *(("600", q) for q in QUANTITIES[:4]), *(("600FF", q) for q in QUANTITIES[4:]),
        *(("960", q) for q in QUANTITIES),
    ]  # fmt: skip
    assert [(one["case"], one["confidence"]) for one in said["limits"]] == [
        ("600", "unverified"), ("600", "unverified"), ("960", "unverified"), ("960", "unverified"),
    ]  # fmt: skip
    assert said["summary"]["standard_weather"] is False
    assert {r["reason"] for r in said["results"]} == {""}
    page = chart.read_text(encoding="utf-8")
    for name in (*PROGRAMS.values(), "EnergyPlus 25.2", "PEDF Twin", "ranges do not apply"):
        assert name in page
    body = page[: page.index("<script>")]
    assert "http://" not in body
    assert "https://" not in body


# --- beside EnergyPlus ----------------------------------------------------------------------------------


@pytest.mark.long
def test_hour_by_hour_tells_how_far_and_to_which_side() -> None:
    """EnergyPlus' own hours of a floating and a heated box, moved by 0.5 K and 30 W."""
    project = as_one_project(read_cases(["900FF", "600"]))
    climate = load_weather("shanghai", year=project.year)
    years = {}
    for building in project.buildings:
        done = complete(building, calendar=project.calendar)
        year = simulate_zones(done, climate, project.site, minutes=15)
        load = hourly(year.sensible["room"].to_numpy(dtype=float), 4)
        ends = year.temp_air["room"].to_numpy(dtype=float)
        years[building.name] = CaseYear(
            np.maximum(load, 0.0) + 30.0, np.maximum(-load, 0.0), hourly(step_means(ends), 4) - 0.5
        )
    floating, box = against_energyplus(project, years, climate)
    assert (box.case, box.unit, box.aim) == ("600", "W", 80.0)
    assert (box.rmse, box.bias) == (pytest.approx(30.0), pytest.approx(30.0))
    assert (floating.case, floating.unit) == ("900FF", "K")
    assert (floating.rmse, floating.bias) == (pytest.approx(0.5), pytest.approx(-0.5))
    assert floating.as_dict()["reached"] is False
    assert box.as_dict()["reached"] is True


@needs_denver
@pytest.mark.long
@pytest.mark.parametrize(
    "case",
    [
        *("195", "230", "270", "310", "600", "630", "660", "670", "900"),
        pytest.param(
            "960",
            marks=pytest.mark.xfail(
                strict=True, reason="heating 4.1 % high since the air is solved exactly; 3.8 % before"
            ),
        ),
    ],
)
def test_energyplus_on_our_files_gives_energyplus_published_values(case: str) -> None:
    """A check of the descriptions alone: EnergyPlus on our files against its runs of the published inputs.

    What is left is sky, beam in the room and step, which our writer sets otherwise than those inputs: within
    2.5 %, in 960 within 4 % since published inputs differ on the sunspace.
    """
    project = read_cases([case])[case]
    done = complete(project.buildings[0], calendar=project.calendar)
    climate = load_weather(str(DENVER[0]), year=project.year)
    year = simulate_zones(done, climate, project.site, minutes=15)
    load = hourly(year.sensible["room"].to_numpy(dtype=float), 4)
    shown = CaseYear(np.maximum(load, 0.0), np.maximum(-load, 0.0), np.zeros(8760)).quantities()
    bound = 0.04 if case == "960" else 0.025
    for r in references():
        if r.case == case and not r.is_temperature:
            assert shown[r.quantity] == pytest.approx(r.energyplus, rel=bound), r.quantity


# --- the march ------------------------------------------------------------------------------------------


@pytest.mark.long
def test_all_cases_live_through_our_own_year_and_close_their_balances() -> None:
    """What must hold in any climate, on the generated Shanghai year."""
    project = as_one_project(read_cases(case_names()))
    plant = prepare(project, load_weather("shanghai", year=project.year))
    outcome = march(plant)
    residuals = run_of(plant, outcome).summary["residuals"]
    assert max(v for key, v in residuals.items() if key.endswith(("zone_heat", "zone_moisture"))) < 1e-6
    years = case_years(plant, outcome.zones)
    value = values_of(years)
    assert set(years) == set(case_names())
    assert all(np.isfinite(v) for v in value.values())
    for name, year in years.items():
        if name.endswith("FF"):
            assert year.heating.max() == year.cooling.max() == 0.0
    for case in ("650", "950"):
        assert value[case, "annual_heating"] == 0.0
    heat = {case: value[case, "annual_heating"] for case in years}
    cool = {case: value[case, "annual_cooling"] for case in years}
    assert cool["610"] < cool["600"]  # shade
    assert cool["630"] < cool["620"]
    assert cool["930"] < cool["920"]
    assert cool["280"] < cool["270"]  # light faces send the sun out again
    assert heat["640"] < heat["600"]  # set-back
    assert heat["940"] < heat["900"]
    assert cool["650"] < cool["600"]  # night air
    assert heat["685"] > heat["600"]  # no dead band
    assert cool["685"] > cool["600"]
    assert heat["680"] < heat["600"]  # insulation
    assert heat["670"] > heat["600"] > heat["660"]  # panes
    assert heat["230"] > heat["220"] > heat["240"]  # air, gains
    assert cool["250"] > cool["220"]  # dark faces
    assert value["900", "peak_cooling"] < value["600", "peak_cooling"]  # mass
    assert value["900FF", "ff_max_temp"] < value["600FF", "ff_max_temp"]
    assert value["900FF", "ff_min_temp"] > value["600FF", "ff_min_temp"]
    assert value["650FF", "ff_min_temp"] < value["600FF", "ff_min_temp"]


@needs_denver
@pytest.mark.long
def test_bestest_on_the_standards_year() -> None:
    """What the project aims at: no pair further out than 2 % or 0.3 K, every limit met.

    The count inside is reported, not asserted: inside is no criterion, and nothing is tuned for it.
    """
    done = bestest(str(DENVER[0]))
    assert isinstance(done, Bestest)
    assert done.standard_weather
    assert len(done.results) == 201
    assert len(done.limits) == 42
    far = [
        (r.reference.case, r.reference.quantity, r.distance)
        for r in done.results
        if abs(r.distance) > (0.3 if r.reference.is_temperature else 0.02)
    ]
    assert far == []
    assert [(one.limit.case, one.limit.quantity) for one in done.limits if not one.met] == []
    unexplained = [
        (r.reference.case, r.reference.quantity) for r in done.results if not r.inside and not r.reason
    ]
    assert unexplained == []
