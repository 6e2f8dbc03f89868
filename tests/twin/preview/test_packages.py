"""The three packages: what they hold for each kind of building."""

from __future__ import annotations

from typing import get_args

import pytest

from buildings.description.schema import Archetype
from buildings.retrofit.library import default_library, library_of
from buildings.retrofit.package import apply_package, slots
from twin.preview.described import OWN_PV, describe
from twin.preview.packages import TIERS, packages_of, wanted
from twin.preview.six_fields import six_fields


@pytest.mark.parametrize("use", get_args(Archetype))
@pytest.mark.parametrize("year", [1990, 2008])
def test_packages_can_be_built_and_grow(use: str, year: int) -> None:
    said = {"use": use, "floor_area": 12000, "storeys": 6, "year_built": year, "roof_for_pv": 900}
    project = describe(six_fields(said)).project
    library = library_of(project)
    light, deep, near_zero = packages_of(project, slots(project, library), library)
    for one in (light, deep, near_zero):
        assert one.keys
        assert apply_package(project, one.keys, library).lines
        assert all(zh and en for _, zh, en in one.left_out)
    assert set(light.keys) <= set(deep.keys) | {"appliances"}
    assert {"dc_bus", "pedf_droop", "battery_pv_1", "chargers_1000"} <= set(near_zero.keys)
    assert not {"dc_bus", "battery_pv_1"} & {*light.keys, *deep.keys}


def test_a_school_leaves_out_what_gains_too_little() -> None:
    said = {"use": "school_teaching", "floor_area": 8000, "storeys": 5, "year_built": 1995}
    project = describe(six_fields(said)).project
    library = library_of(project)
    deep = packages_of(project, slots(project, library), library)[1]
    assert "energy_recovery" not in deep.keys
    assert "fresh_air" in {slot for slot, _, _ in deep.left_out}


def test_no_roof_no_pv_on_it() -> None:
    said = {"use": "office", "floor_area": 8000, "storeys": 5, "year_built": 2008, "roof_for_pv": 0}
    project = describe(six_fields(said)).project
    library = library_of(project)
    for one in packages_of(project, slots(project, library), library):
        assert not any(key.startswith("pv_roof") for key in one.keys)


@pytest.mark.parametrize("category", ["public", "residential"])
def test_every_wish_is_a_measure_of_its_slot(category: str) -> None:
    library = default_library()
    for tier in TIERS:
        for slot, choices in wanted(tier, category).items():
            for key in choices:
                like = OWN_PV.get(key, key)
                assert library[like].slot == slot
