"""Six fields, and the project that is made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from buildings.description.loading import parse_project
from buildings.description.schema import Archetype, ArchetypeBuilding
from twin.commands.documents import bundled_previews
from twin.preview.described import building_data, describe
from twin.preview.six_fields import read_six_fields, six_fields
from weather.errors import TwinError

OFFICE: dict[str, Any] = {"use": "office", "floor_area": 20000, "storeys": 10, "year_built": 2008}


def made(**more: Any) -> ArchetypeBuilding:
    building = describe(six_fields(OFFICE | more)).project.buildings[0]
    assert isinstance(building, ArchetypeBuilding)
    return building


@pytest.mark.parametrize("use", get_args(Archetype))
@pytest.mark.parametrize(("area", "storeys", "year"), [(300, 1, 1950), (3000, 4, 1995), (60000, 30, 2026)])
def test_every_use_makes_a_project_that_reads_back(use: str, area: float, storeys: int, year: int) -> None:
    done = describe(six_fields({"use": use, "floor_area": area, "storeys": storeys, "year_built": year}))
    assert parse_project(done.text) == done.project
    keys = {one.key for one in done.assumptions}
    assert {"preview.era", "preview.plant", "preview.tariff", "preview.shape", "preview.renewals"} <= keys
    assert all(one.zh and one.en and one.source and one.confidence for one in done.assumptions)


@pytest.mark.parametrize(
    ("year", "era"),
    [(2006, "1980s"), (2007, "gb50189-2005"), (2016, "gb50189-2005"), (2017, "gb50189-2015"),
     (2023, "gb50189-2015"), (2024, "gb55015-2021")],
)  # fmt: skip
def test_the_code_in_force_at_the_design_gives_the_era(year: int, era: str) -> None:
    assert made(year_built=year).era == era


def test_dwellings_follow_their_own_codes() -> None:
    assert made(use="residential", year_built=2003).era == "gb50189-2005"
    assert made(use="residential", year_built=2002).era == "1980s"


def test_old_lamps_were_renewed_once() -> None:
    assert made(year_built=1990).gains.lighting_power == 11
    assert made(year_built=2008).gains.lighting_power is None


def test_large_offices_have_a_central_plant_and_their_own_transformer() -> None:
    assert made().hvac.type == "chiller_boiler"
    assert made(floor_area=19999).hvac.type == "vrf"
    tariffs = [describe(six_fields(OFFICE | {"floor_area": area})).project.tariff for area in (5000, 4999)]
    assert tariffs == ["shanghai_two_part_10kv", "shanghai_single_rate_tou"]


def test_dwellings_have_a_meter_each_and_say_so_to_the_pilots() -> None:
    project = describe(six_fields(OFFICE | {"use": "residential", "floor_area": 8000})).project
    assert project.buildings[0].meters == 100
    assert project.pilot is not None
    assert project.pilot.households == 100


def test_free_roof_bounds_the_pv() -> None:
    measures = describe(six_fields(OFFICE | {"roof_for_pv": 500})).project.retrofit.measures
    assert {key: one.action.roof_share for key, one in measures.items()} == {
        "pv_roof_free": 0.25,
        "pv_roof_free_dense": 0.25,
    }
    assert describe(six_fields(OFFICE | {"roof_for_pv": 0})).project.retrofit.exclude == ("pv_roof",)
    assert describe(six_fields(OFFICE)).project.retrofit.measures == {}


def test_plant_lamps_and_windows_fall_due() -> None:
    due = describe(six_fields(OFFICE | {"year_built": 1990})).project.retrofit.finance.renewal_due
    assert {key: one.installed for key, one in due.items()} == {  # type: ignore[union-attr]
        "plant": 2005, "lighting": 2005, "windows": 1990,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"floor_area": 50}, "floor_area"),
        ({"floor_area": 2000, "storeys": 100}, "floor_area"),
        ({"storeys": 0}, "storeys"),
        ({"year_built": 1800}, "year_built"),
        ({"use": "castle"}, "use"),
        ({"roof_for_pv": 2001}, "roof_for_pv"),
        ({"electricity_kwh": 0}, "electricity_kwh"),
        ({"electricity_kwh": 5, "electricity_cny": 5}, "electricity_kwh"),
        ({"floor_area": float("nan")}, "floor_area"),
        ({"colour": "red"}, "colour"),
        ({"name": "<b>"}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(wrong: dict[str, Any], key: str) -> None:
    with pytest.raises(TwinError) as caught:
        six_fields(OFFICE | wrong)
    assert caught.value.key == key
    assert caught.value.remedy


def test_a_missing_field_is_named() -> None:
    with pytest.raises(TwinError) as caught:
        six_fields({"use": "office"})
    assert caught.value.key in ("floor_area", "storeys", "year_built")


def test_every_bundled_description_makes_a_project() -> None:
    files = sorted(bundled_previews().glob("*.yaml"))
    assert len(files) == 6
    for file in files:
        assert describe(read_six_fields(file)).project.buildings


def test_units_of_a_file_are_converted(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("use: office\nfloor_area: 2 ha\nstoreys: 10\nyear_built: 2008\n")
    assert read_six_fields(file).floor_area == 20000.0


def test_every_figure_of_the_data_has_a_source() -> None:
    data = building_data()
    rows = [row for rows in data["eras"].values() for row in rows]
    for entry in (*rows, data["design_lag"], data["lamps_since"], data["central_plant"], data["people"]):
        assert {"source", "year", "confidence"} <= set(entry)
