"""The library's data: complete, within reason, sourced."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import get_args

import pytest
import yaml

from buildings.description.schema import Archetype, Era, HvacType
from buildings.library import catalogue
from weather.errors import TwinError

FOLDER = files("buildings.library")
CONFIDENCE = {"stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"}
ERAS = get_args(Era)


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("name", ["materials.csv", "schedules.csv"])
def test_every_row_has_source_year_confidence(name: str) -> None:
    for row in rows(name):
        assert row["source"], row
        assert 1980 <= int(row["year"]) <= 2030
        assert row["confidence"] in CONFIDENCE


@pytest.mark.parametrize(
    "name", ["eras.yaml", "uses.yaml", "archetypes.yaml", "constructions.yaml", "glazings.yaml"]
)
def test_every_sourced_block_is_whole(name: str) -> None:
    found = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if "source" in node:
                found.append(node)
            for value in node.values():
                walk(value)
        if isinstance(node, list):
            for value in node:
                walk(value)

    walk(yaml.safe_load(FOLDER.joinpath(name).read_text(encoding="utf-8")))
    assert found
    for block in found:
        assert block["confidence"] in CONFIDENCE, block
        assert 1980 <= block["year"] <= 2030, block


def test_material_keys_are_unique() -> None:
    keys = [row["key"] for row in rows("materials.csv")]
    assert len(keys) == len(set(keys))


def test_materials_are_physical() -> None:
    for one in catalogue.materials().values():
        diffusivity = one.conductivity / (one.density * one.specific_heat)
        assert 0.01 < one.conductivity < 60.0
        assert 1e-7 < diffusivity < 2e-6, one.key


def test_unknown_keys_name_their_neighbours() -> None:
    with pytest.raises(TwinError, match="reinforced_concrete"):
        catalogue.material("reinforced concrete")
    with pytest.raises(TwinError, match="office"):
        catalogue.use("offices")


def test_schedules_are_whole_days_in_range() -> None:
    for key, schedule in catalogue.schedules().items():
        values = [v for day in (True, False) for v in schedule.day(day)]
        numbers = [v for v in values if v != "off"]
        if key.endswith("_setpoint"):
            assert all(5.0 <= v <= 28.0 for v in numbers), key
        else:
            assert len(numbers) == len(values), key
            assert all(0.0 <= v <= 1.0 for v in numbers), key


def test_every_use_has_every_schedule() -> None:
    for use in catalogue.uses():
        for kind in (
            "occupancy",
            "lighting",
            "equipment",
            "fresh_air",
            "cooling_setpoint",
            "heating_setpoint",
        ):
            assert f"{use}/{kind}" in catalogue.schedules()


def test_heating_and_cooling_never_meet() -> None:
    for use in catalogue.uses():
        heating = catalogue.schedules()[f"{use}/heating_setpoint"]
        cooling = catalogue.schedules()[f"{use}/cooling_setpoint"]
        for workday in (True, False):
            for low, high in zip(heating.day(workday), cooling.day(workday), strict=True):
                assert low == "off" or high == "off" or low <= high - 2.0, use


def test_the_office_rests_at_the_guard_value() -> None:
    assert catalogue.schedules()["office/heating_setpoint"].day(False) == (5.0,) * 24


# GB 55015-2021 Tables C.0.6-3, -4, -5, -8: m2/person, W/m2 lighting, W/m2 equipment, m3/(h.person).
@pytest.mark.parametrize(
    ("use", "per_person", "lighting", "equipment", "fresh_air"),
    [("office", 10, 8, 15, 30), ("hotel", 25, 6, 15, 30), ("retail", 8, 9, 13, 30),
     ("school_teaching", 6, 8, 5, 30),
     ("hospital_outpatient", 8, 8, 20, 30), ("hospital_inpatient", 25, 6, 15, 30)],
)  # fmt: skip
def test_densities_of_gb_55015(
    use: str, per_person: float, lighting: float, equipment: float, fresh_air: float
) -> None:
    found = catalogue.use(use)
    assert 1 / found.people_density == pytest.approx(per_person)
    assert (found.lighting_power, found.equipment_power, found.fresh_air_per_person) == (
        lighting,
        equipment,
        fresh_air,
    )


@pytest.mark.parametrize("category", ["public", "residential"])
@pytest.mark.parametrize("era", ERAS)
def test_windows_of_every_share(category: str, era: str) -> None:
    u_values = [
        catalogue.window_limit(category, era, share / 100, north=False).u_value for share in range(1, 96)
    ]
    assert u_values == sorted(u_values, reverse=True)
    for share in (0.1, 0.5, 0.95):
        north = catalogue.window_limit(category, era, share, north=True)
        assert north.shgc >= catalogue.window_limit(category, era, share, north=False).shgc
    with pytest.raises(TwinError, match=r"0\.96"):
        catalogue.window_limit(category, era, 0.96, north=True)


@pytest.mark.parametrize("hvac", get_args(HvacType))
@pytest.mark.parametrize("era", ERAS)
def test_every_plant_has_equipment_in_every_era(hvac: str, era: str) -> None:
    key, origin = catalogue.equipment_key(hvac, era)
    assert key
    assert origin.confidence in CONFIDENCE


def test_every_archetype_is_in_the_schema_and_back() -> None:
    assert set(catalogue.archetypes()) == set(get_args(Archetype))
    for data in catalogue.archetypes().values():
        assert set(data.uses) == {"core", "north", "east", "south", "west"}
        assert all(use in catalogue.uses() for use in data.uses.values())
        assert all(catalogue.lighting_power(use, era).value > 0 for use in data.uses.values() for era in ERAS)
