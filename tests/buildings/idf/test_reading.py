"""The small model as a project, figure by figure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from buildings.description.calendar import DayTypes
from buildings.description.complete import complete
from buildings.description.schedules import schedule_values
from buildings.idf.model import known_classes, open_model
from buildings.idf.reading import Reading, read_idf
from buildings.idf.reference_model import write_reference
from buildings.idf.schedules import Schedules
from buildings.idf.source_text import parse_source

Box = Callable[..., Path]
TIMES = pd.date_range("2025-01-01", "2026-01-01", freq="15min", tz="Asia/Shanghai", inclusive="left")


def surface(reading: Reading, name: str) -> dict:
    return next(s for s in reading.content["buildings"][0]["surfaces"] if s["name"] == name)


def zone(reading: Reading, name: str) -> dict:
    return next(z for z in reading.content["buildings"][0]["zones"] if z["name"] == name)


def test_zones_and_planes(box: Box) -> None:
    """North axis 30: walls turn clockwise; each plane between zones once; doors beside their wall."""
    reading = read_idf(box())
    room, loft = zone(reading, "Room"), zone(reading, "Loft")
    assert (room["floor_area"], room["volume"], room["elevation"]) == (40.0, 120.0, 0.0)
    assert (loft["floor_area"], loft["volume"], loft["elevation"], loft["conditioned"]) == (
        40.0,
        40.0,
        3.0,
        False,
    )
    south, east = surface(reading, "South"), surface(reading, "East")
    assert (south["area"], south["azimuth"]) == (24.0, 210.0)
    assert south["windows"][0]["name"] == "Pane- south"
    assert (south["windows"][0]["area"], south["windows"][0]["height"]) == (6.0, 1.5)
    assert (east["area"], east["azimuth"]) == (13.0, 120.0)
    assert (surface(reading, "Door")["area"], surface(reading, "Door")["azimuth"]) == (2.0, 120.0)
    names = [s["name"] for s in reading.content["buildings"][0]["surfaces"]]
    assert "Room ceiling" in names
    assert "Loft floor" not in names
    assert surface(reading, "Room ceiling")["boundary"] == "Loft"
    assert surface(reading, "Ground floor")["boundary"] == "ground"
    assert reading.content["site"]["ground_temperatures"] == [float(t) for t in range(10, 22)]


def test_adiabatic_planes_and_furniture_take_their_near_half(box: Box) -> None:
    """Wool without mass lies behind: the near part of the brick wall is what brick draws from the room."""
    reading = read_idf(box())
    constructions = reading.content["buildings"][0]["constructions"]
    west = constructions[surface(reading, "West")["construction"]]["layers"]
    resistance = 0.2 / 0.8
    share = 1.0 - 0.5 * resistance / (resistance + 2.5)
    assert [layer["thickness"] for layer in west] == [pytest.approx(0.2 * share, rel=1e-5)]
    furniture = constructions[surface(reading, "Furniture")["construction"]]["layers"]
    assert furniture[0]["thickness"] == pytest.approx(0.075)
    assert surface(reading, "Furniture")["area"] == 20.0


def test_gains(box: Box) -> None:
    reading = read_idf(box())
    gains = zone(reading, "Room")["gains"]
    assert gains["people_density"] == pytest.approx(0.1)
    assert gains["activity_per_person"] == pytest.approx(120.0)
    assert not {"sensible_per_person", "latent_per_person"} & set(gains)
    assert gains["people_radiant_fraction"] == pytest.approx(0.3)
    assert (gains["lighting_power"], gains["lighting_radiant_fraction"]) == (9.0, pytest.approx(0.6))


def test_two_kinds_of_equipment_become_one_with_the_same_energy(box: Box) -> None:
    """400 W by schedule and 200 W always: 600 W, the yearly energy and the latent energy of both."""
    reading = read_idf(box())
    building = reading.project.buildings[0]
    gains = zone(reading, "Room")["gains"]
    assert gains["equipment_power"] * 40.0 == pytest.approx(600.0)
    key = gains["schedules"]["equipment"]
    done = complete(building, calendar="weekdays")
    model = open_model(box())
    hours = Schedules(model, 2025).values("Office hours", next(model.all("ZONE")))
    energy = float((400.0 * hours + 200.0).mean())
    share = schedule_values(done.schedules[key], TIMES, DayTypes((), calendar="weekdays"))
    assert 600.0 * float(share.mean()) == pytest.approx(energy, rel=1e-6)
    latent = 0.2 * 200.0 / energy
    assert gains["equipment_latent_fraction"] == pytest.approx(latent, rel=1e-4)


def test_infiltration_with_wind_and_a_constant_leak_beside_it(box: Box) -> None:
    """The wind's term keeps its schedule; the constant one stands as an open window without conditions."""
    room = zone(read_idf(box()), "Room")
    coefficients, changes = room["infiltration_coefficients"], room["infiltration"]
    wall = 24.0 + 15.0 + 24.0
    flow = changes * 120.0 / 3600.0 * coefficients["wind"]
    assert flow == pytest.approx(0.0003 * wall * 0.224, rel=1e-4)
    assert coefficients["constant"] == 0.0
    assert "infiltration_schedule" in room
    assert room["natural_ventilation"] == {"air_changes": pytest.approx(0.01 * 3600 / 120.0)}
    assert zone(read_idf(box()), "Loft")["infiltration"] == pytest.approx(1.5)


def test_set_points(box: Box) -> None:
    reading = read_idf(box())
    thermostat = zone(reading, "Room")["thermostat"]
    assert thermostat["heating"] == 20.0
    cooling = reading.content["buildings"][0]["schedules"][thermostat["cooling"]]
    assert cooling["workday"][14:17] == ["off", 26.0, 26.0]
    assert set(cooling["rest_day"]) == {"off"}


def test_set_points_of_templates(box: Box) -> None:
    """A system by template brings its thermostat; a side without a set-point is off."""
    template = (
        "HVACTemplate:Thermostat,Simple,,19,,;\nHVACTemplate:Zone:IdealLoadsAirSystem,Loft,Simple;\n"
        "Exterior:Lights,Car park"
    )
    path = box(("Exterior:Lights,Car park", template))
    loft = zone(read_idf(path), "Loft")
    assert loft["thermostat"]["heating"] == 19.0
    assert read_idf(path).content["buildings"][0]["schedules"][loft["thermostat"]["cooling"]] == {
        "constant": "off"
    }
    written = path.with_name("reference.idf")
    assert write_reference(open_model(path), written, year=2025) == ("Room", "Loft")
    text = written.read_text()
    assert "HVACTEMPLATE" not in text.upper()
    assert "ZoneControl:Thermostat,Ideal thermostat 0,LOFT" in text


def test_the_reference_keeps_what_makes_the_load_and_nothing_else(box: Box) -> None:
    path = box()
    written = path.with_name("reference.idf")
    assert write_reference(open_model(path), written, year=2025) == ("Room",)
    kinds = [one.kind for one in parse_source(written.read_text(), written, known_classes()).objects]
    assert "EXTERIOR:LIGHTS" not in kinds
    for kind in (
        "PEOPLE",
        "LIGHTS",
        "ZONEINFILTRATION:DESIGNFLOWRATE",
        "INTERNALMASS",
        "ZONECONTROL:THERMOSTAT",
    ):
        assert kinds.count(kind) == sum(
            one.kind == kind for one in parse_source(path.read_text(), path, known_classes()).objects
        )
    assert kinds.count("ZONEHVAC:IDEALLOADSAIRSYSTEM") == 1
    assert kinds.count("RUNPERIOD") == 1


def test_design_outdoor_air_of_systems(box: Box) -> None:
    """0.5 L/s.m2 on 40 m2 while people are there: fresh air in the twin, ventilation in the reference."""
    design = (
        "DesignSpecification:OutdoorAir,Air,Flow/Area,,0.0005;\n"
        "Sizing:Zone,Room,SupplyAirTemperature,14,,SupplyAirTemperature,40,,0.008,0.008,Air;\n"
        "Exterior:Lights,Car park"
    )
    path = box(("Exterior:Lights,Car park", design))
    without, with_air = (zone(read_idf(path, fresh_air=there), "Room")["gains"] for there in (False, True))
    assert without["fresh_air_changes"] == 0.0
    assert with_air["fresh_air_changes"] == pytest.approx(0.0005 * 40.0 * 3600.0 / 120.0)
    assert with_air["schedules"]["fresh_air"] == with_air["schedules"]["occupancy"]
    written = path.with_name("reference.idf")
    write_reference(open_model(path), written, year=2025, fresh_air=True)
    assert "Office hours,Flow/Zone,0.02," in written.read_text()


def test_what_is_left_aside_is_listed(box: Box) -> None:
    notes = read_idf(box()).notes
    assert any(n.weight == "left aside" and n.text == "EXTERIOR:LIGHTS" and n.count == 1 for n in notes)
    assert any("gasequipment" in n.text for n in notes)


def test_multipliers(box: Box) -> None:
    reading = read_idf(box(multiplier=4))
    assert zone(reading, "Room")["multiplier"] == 4
    assert reading.project.buildings[0].zones[0].multiplier == 4


def test_zones_with_different_multipliers_are_parted(box: Box) -> None:
    reading = read_idf(box(("Zone,Loft,0,0,0,3,1,1", "Zone,Loft,0,0,0,3,1,2")))
    both = [surface(reading, name) for name in ("Room ceiling", "Loft floor")]
    assert [one["boundary"] for one in both] == ["adiabatic", "adiabatic"]
    assert any("different multipliers" in note.text for note in reading.notes)


@pytest.mark.parametrize("version", ["9.0", "9.5", "9.6", "23.1", "25.1"])
def test_older_versions_read_the_same(box: Box, version: str) -> None:
    new, old = read_idf(box()), read_idf(box(version=version))
    assert old.content["buildings"] == new.content["buildings"]
    assert any(note.subject == "version" for note in old.notes)


def test_clockwise_vertices_mean_the_same(box: Box) -> None:
    """Every polygon turned round and the rule with it."""
    path = box()
    text = path.read_text().replace("CounterClockWise", "ClockWise")
    lines = []
    for line in text.splitlines():
        if line.startswith("  ") and line.count(",") >= 11:
            numbers = [part.strip() for part in line.strip().rstrip(";").split(",")]
            corners = [numbers[i : i + 3] for i in range(0, len(numbers), 3)]
            line = "  " + ",".join(",".join(corner) for corner in corners[::-1]) + ";"
        lines.append(line)
    turned = path.with_name("turned.idf")
    turned.write_text("\n".join(lines))
    one, other = read_idf(path), read_idf(turned)
    assert [s.get("azimuth") for s in one.content["buildings"][0]["surfaces"]] == [
        s.get("azimuth") for s in other.content["buildings"][0]["surfaces"]
    ]


def as_epjson(path: Path) -> str:
    """The small model as epJSON, by the schema's order of fields."""
    from buildings.energyplus.dictionary import embedded_schema
    from buildings.idf.model import known_classes

    schema = embedded_schema()["properties"]
    spelled = {name.upper(): name for name in schema}
    content: dict[str, dict] = {}
    for i, one in enumerate(parse_source(path.read_text(), path, known_classes()).objects):
        kind = spelled[one.kind]
        legacy = schema[kind]["legacy_idd"]
        group = legacy.get("extension")
        order = [f for f in legacy["fields"] if f != group]
        values = dict(zip(order, one.fields, strict=False))
        name = values.pop("name", f"{kind} {i}")
        fields: dict = {k: number_or_word(v) for k, v in values.items() if v}
        rest = [number_or_word(v) for v in one.fields[len(order) :]]
        step = len(legacy.get("extensibles", [])) or 1
        if group and rest:
            fields[group] = [
                dict(zip(legacy["extensibles"], rest[k : k + step], strict=False))
                for k in range(0, len(rest), step)
            ]
        content.setdefault(kind, {})[name] = fields
    return json.dumps(content)


def number_or_word(value: str) -> float | str:
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def test_epjson_reads_the_same(box: Box, tmp_path: Path) -> None:
    path = box(("Version,25.2;  ! a comment; with a semicolon", "Version,25.2;"))
    other = tmp_path / "box.epJSON"
    other.write_text(as_epjson(path).replace('"version_identifier": 25.2', '"version_identifier": "25.2"'))
    assert read_idf(other).content["buildings"] == read_idf(path).content["buildings"]


def test_the_eaves_are_an_overhang(box: Box) -> None:
    """A plate 0.9 m deep, 0.5 m above the window's head and long, throws the shadow of just that overhang."""
    plate = "Shading:Zone:Detailed,Eaves,South,,4, -60,0,3, -60,-0.9,3, 70,-0.9,3, 70,0,3;"
    reading = read_idf(box(("InternalMass,Furniture", plate + "\nInternalMass,Furniture")))
    shading = surface(reading, "South")["windows"][0]["shading"]
    assert shading["overhang_depth"] == pytest.approx(0.9, rel=0.05)
    assert shading["overhang_gap"] == pytest.approx(0.5, rel=0.1)
    without = read_idf(
        box(("InternalMass,Furniture", plate + "\nInternalMass,Furniture"), solar="MinimalShadowing")
    )
    assert "shading" not in surface(without, "South")["windows"][0]


def test_a_side_that_two_planes_claim_goes_to_who_it_names(box: Box) -> None:
    """A third plane that names the loft's floor has nothing behind it; the pair stays a pair."""
    stray = (
        "BuildingSurface:Detailed,Stray,Ceiling,Wall,Room,,Surface,Loft floor,NoSun,NoWind,,4,"
        " 0,0,1, 1,0,1, 1,1,1, 0,1,1;\nInternalMass,Furniture"
    )
    reading = read_idf(box(("InternalMass,Furniture", stray)))
    assert surface(reading, "Stray")["boundary"] == "adiabatic"
    assert surface(reading, "Room ceiling")["boundary"] == "Loft"
    assert any("has one already" in note.text for note in reading.notes)


def test_plates_in_the_wind(box: Box) -> None:
    """TARP outside: planes keep their perimeter, a door shares that of its wall."""
    tarp = "SurfaceConvectionAlgorithm:Outside,TARP;\nInternalMass,Furniture"
    reading = read_idf(box(("InternalMass,Furniture", tarp)))
    assert reading.content["buildings"][0]["wind_film"] == "plate"
    south, east, door = (surface(reading, name) for name in ("South", "East", "Door"))
    assert south["perimeter"] == pytest.approx(2 * (8.0 + 3.0))
    whole = 2 * (5.0 + 3.0) / 15.0
    assert east["perimeter"] / east["area"] == pytest.approx(whole, rel=1e-4)
    assert door["perimeter"] / door["area"] == pytest.approx(whole, rel=1e-4)
    assert not any(note.subject == "films" for note in reading.notes)
    assert "perimeter" not in surface(read_idf(box()), "South")


ENERGYPLUS_ZONES = {
    # floor area, volume of EnergyPlus 25.2 for its small-office model (Zone Information in eplusout.eio)
    "Core_ZN": (149.66, 456.46),
    "Perimeter_ZN_1": (113.45, 346.02),
    "Perimeter_ZN_2": (67.30, 205.27),
}


def test_reference_model_has_the_sizes_that_energyplus_finds() -> None:
    from pyenergyplus.dataset import ashrae_models

    reading = read_idf(ashrae_models["office_small"])
    for name, (floor, volume) in ENERGYPLUS_ZONES.items():
        assert zone(reading, name)["floor_area"] == pytest.approx(floor, abs=0.01)
        assert zone(reading, name)["volume"] == pytest.approx(volume, abs=0.01)
    assert reading.zones["Core_ZN"] == "Core_ZN"
