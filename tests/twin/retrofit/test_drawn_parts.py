"""Draws of envelope and machines: what stands and what is new apart, in the description and in the march."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from buildings.retrofit.base import base_of
from buildings.retrofit.library import default_library
from buildings.retrofit.package import apply_package
from twin.plant import prepare
from twin.retrofit.uncertain import acting, inputs, varied
from twin.retrofit.year import march_year
from weather import load_weather


def box(hvac: str) -> Project:
    return parse_project(f"""
schema: 1
name: box
timestep: 60 min
buildings:
  - {{name: box, archetype: office, era: gb50189-2005, floor_area: 600 m2, floors: 1, hvac: {{{hvac}}}}}
""")


PROJECT = box("type: vrf, equipment: split_multi_2005")
BOILER = box("type: chiller_boiler, equipment: chiller_boiler_2005")
SIZES = {"cooling_capacity_kw": 80.0, "heating_capacity_kw": 60.0}
PACKAGE = ("wall_eps_100", "windows_low_e", "vrf_efficient")
FACTORS = [name for name, entry in inputs().items() if entry["kind"] != "seed" and entry["unit"] == "1"]
NONE = dict.fromkeys(FACTORS, 1.0) | {"cooling_setpoint": 0.0, "heating_setpoint": 0.0}


def drawn(draw: dict[str, float], package: tuple[str, ...] = (), project: Any = PROJECT) -> Any:
    library = default_library()
    done = apply_package(project, package, library).project
    actions = {library[key].action.type for key in package}
    return varied(done, draw, SIZES, project.buildings[0], actions)


@pytest.fixture(scope="module")
def climate():
    return load_weather("shanghai", seed=0, year=2025)


@pytest.fixture(scope="module")
def year(climate):
    kept: dict[str, dict[str, Any]] = {}

    def of(draw: dict[str, float], package: tuple[str, ...] = (), project: Any = PROJECT) -> dict[str, Any]:
        key = f"{sorted(draw.items())}{package}{id(project)}"
        if key not in kept:
            kept[key] = march_year(drawn(draw, package, project), climate)
        return kept[key]

    return of


def resistance(project: Any, kind: str) -> float:
    """Of the layers of the first outdoor plane of a kind [m2.K/W]."""
    done = complete(project.buildings[0])
    plane = next(s for s in done.surfaces if s.kind == kind and s.boundary == "outdoors")
    return done.constructions[plane.construction].resistance


def window_u(project: Any) -> list[float]:
    """U of all windows in their order [W/(m2.K)]."""
    done = complete(project.buildings[0])
    return [done.glazings[w.glazing].u_value or 0.0 for s in done.surfaces for w in s.windows]


def test_old_and_new_layers_are_drawn_apart() -> None:
    """Bare R of the wall R0; 100 mm of EPS and 5 mm of mortar add 0.1/0.039 + 0.005/0.93.

    A factor f on the conductivity of layers divides their resistance by f.
    """
    bare, added = resistance(drawn({}), "wall"), 0.1 / 0.039 + 0.005 / 0.93
    assert resistance(drawn({}, PACKAGE), "wall") == pytest.approx(bare + added)
    both = {"envelope_conductivity": 1.25, "insulation_conductivity": 0.8}
    assert resistance(drawn(both), "wall") == pytest.approx(bare / 1.25)
    assert resistance(drawn(both, PACKAGE), "wall") == pytest.approx(bare / 1.25 + added / 0.8)
    new = {"insulation_conductivity": 0.8}
    assert resistance(drawn(new), "wall") == pytest.approx(bare)
    assert resistance(drawn(new, PACKAGE), "wall") == pytest.approx(bare + added / 0.8)
    roof = resistance(drawn({}), "roof")
    assert resistance(drawn(both, PACKAGE), "roof") == pytest.approx(roof / 1.25)


def test_old_and_new_windows_are_drawn_apart() -> None:
    """Old ones keep their factor under a film; new ones are double_low_e, U 2.2."""
    old = window_u(drawn({}))
    both = {"window_u": 1.1, "window_u_new": 0.95}
    assert window_u(drawn(both)) == pytest.approx([1.1 * u for u in old])
    assert window_u(drawn(both, PACKAGE)) == pytest.approx([0.95 * 2.2] * len(old))
    filmed = window_u(drawn({}, ("window_film",)))
    assert window_u(drawn(both, ("window_film",))) == pytest.approx([1.1 * u for u in filmed])
    assert max(window_u(drawn({"window_u": 9.0}))) == 7.0


@pytest.mark.parametrize(
    ("project", "package", "cooling", "heating"),
    [
        (PROJECT, (), "cooling_cop", "heating_cop"),
        (PROJECT, PACKAGE, "cooling_cop_new", "heating_cop_new"),
        (PROJECT, ("wall_eps_100",), "cooling_cop", "heating_cop"),
        (BOILER, (), "cooling_cop", "boiler_efficiency"),
        (BOILER, ("efficient_chillers",), "cooling_cop_new", "boiler_efficiency_new"),
        (BOILER, ("vrf_instead_of_boiler",), "cooling_cop_new", "heating_cop_new"),
    ],
)
def test_each_machine_has_a_draw_of_its_own(project, package, cooling, heating) -> None:
    draw = {name: 1.0 + 0.01 * i for i, name in enumerate(FACTORS)}
    hvac = drawn(draw, package, project).buildings[0].hvac
    assert hvac.cooling_efficiency_factor == draw[cooling]
    assert hvac.heating_efficiency_factor == draw[heating]


@pytest.mark.parametrize(("project", "side"), [(PROJECT, "heating"), (BOILER, "boiler")])
def test_the_factor_reaches_the_machines(project, side, climate) -> None:
    """Ratios of the compiled plant, pumps and standby untouched."""
    draw = {"cooling_cop": 0.8, "heating_cop": 0.9, "boiler_efficiency": 0.9}
    as_is, worse = (prepare(drawn(d, (), project), climate).buildings.plant[0] for d in ({}, draw))
    assert worse["cooling"]["ratio"] == pytest.approx(0.8 * as_is["cooling"]["ratio"])
    if side == "boiler":
        assert worse["boiler_efficiency"] == pytest.approx(0.9 * as_is["boiler_efficiency"])
    else:
        assert worse["heating"]["ratio"] == pytest.approx(0.9 * as_is["heating"]["ratio"])
    assert worse["standby_w"] == as_is["standby_w"]
    assert worse["chilled_pump"] == as_is["chilled_pump"]


@pytest.mark.parametrize("package", [(), PACKAGE])
def test_factors_of_one_give_the_same_bytes(package, year) -> None:
    assert json.dumps(year(NONE, package)) == json.dumps(year({}, package))


def test_writing_the_layers_out_changes_nothing(year) -> None:
    """Next to a factor of 1 the layers are written out; the year follows smoothly."""
    near = dict.fromkeys(("envelope_conductivity", "insulation_conductivity", "window_u"), 1.0 + 1e-9)
    for package in ((), PACKAGE):
        one, other = (year(d, package)["energy"]["electricity_kwh"] for d in ({}, near))
        assert other == pytest.approx(one, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "package", "rises"),
    [
        ("cooling_cop", (), False),
        ("heating_cop", (), False),
        ("cooling_cop_new", PACKAGE, False),
        ("heating_cop_new", PACKAGE, False),
        ("envelope_conductivity", (), True),
        ("envelope_conductivity", PACKAGE, True),
        ("insulation_conductivity", PACKAGE, True),
        ("window_u", (), True),
        ("window_u_new", PACKAGE, True),
    ],
)
def test_energy_follows_a_draw_in_one_direction(name, package, rises, year) -> None:
    """Better machines need less; what conducts better needs more heat in winter."""
    entry = inputs()[name]
    uses = [
        year({} if value == 1.0 else {name: value}, package)["energy"]["end_use_kwh"]
        for value in (entry["low"], 1.0, entry["high"])
    ]
    of = "cooling" if name.startswith("cooling") else "heating"
    found = [use[of] for use in uses]
    assert found == sorted(found, reverse=not rises)
    assert len(set(found)) == 3


def test_a_draw_of_what_is_not_there_moves_nothing(year) -> None:
    """New machines, windows and insulation in the building as it is; old machines after their replacement."""
    new = {name: 0.9 for name in FACTORS if name.endswith("_new")} | {"insulation_conductivity": 1.2}
    assert json.dumps(year(new)) == json.dumps(year({}))
    old = {"cooling_cop": 0.8, "heating_cop": 0.8, "boiler_efficiency": 0.9, "window_u": 1.2}
    assert json.dumps(year(old, PACKAGE)) == json.dumps(year({}, PACKAGE))


def test_inputs_that_act_on_nothing_are_known() -> None:
    """Split units have no boiler; nothing is new in the building as it is."""
    use = {"infiltration", "people_density", "equipment_power", "lighting_power", "fresh_air"}
    use |= {"cooling_setpoint", "heating_setpoint", "weather_year"}
    stands = {"cooling_cop", "heating_cop", "envelope_conductivity", "window_u"}
    assert acting(drawn) == use | stands
    new = {"cooling_cop_new", "heating_cop_new", "insulation_conductivity", "window_u_new"}
    assert acting(lambda draw: drawn(draw, PACKAGE)) == use | new | {"envelope_conductivity"}


def test_a_worse_boiler_burns_more_gas(year) -> None:
    """0.9 of the efficiency: heat as before, gas over 0.9."""
    as_is, worse = (year(d, (), BOILER)["energy"]["gas_m3"] for d in ({}, {"boiler_efficiency": 0.9}))
    assert worse == pytest.approx(as_is / 0.9, rel=1e-6)


def test_new_machines_keep_none_of_an_old_factor() -> None:
    """A measured 0.8 of the plant as it is goes with the plant."""
    worn = PROJECT.buildings[0].hvac.model_copy(update={"cooling_efficiency_factor": 0.8})
    building = PROJECT.buildings[0].model_copy(update={"hvac": worn})
    project = PROJECT.model_copy(update={"buildings": (building,)})
    draw = {"cooling_cop": 0.9, "cooling_cop_new": 0.95}
    assert drawn(draw, (), project).buildings[0].hvac.cooling_efficiency_factor == pytest.approx(0.72)
    assert drawn(draw, PACKAGE, project).buildings[0].hvac.cooling_efficiency_factor == pytest.approx(0.95)
    assert base_of(building).complete.hvac.cooling_efficiency_factor == 0.8
