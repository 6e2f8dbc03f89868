"""Measures of users with figures that nobody thought of: refused, or a project that is valid all the same."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buildings.description.complete import complete
from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary, default_library, read_measure
from buildings.retrofit.package import apply_package
from weather.errors import TwinError

LIBRARY = default_library()
NEEDS = {"battery_pv_1": ("pv_roof_70",), "battery_pv_2": ("pv_roof_70",), "dc_bus": ("pv_roof_70",)}
NEEDS |= {"pedf_droop": ("pv_roof_70", "dc_bus"), "chargers_v2b": ("pv_roof_70", "dc_bus")}
NEEDS |= {"airtight": ("windows_triple",), "battery_rules": ("battery_area",)}


def hotel(floor_area: float) -> Project:
    building = {
        "name": "b",
        "archetype": "hotel",
        "era": "1980s",
        "floor_area": floor_area,
        "floors": 5,
        "end_uses": {"use": "hotel", "cooking": "gas_wok"},
        "plant_room": [
            {"name": "tank", "type": "stratified_tank", "serves": "hot_water", "volume": "4 m3"},
            {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "tank"},
        ],
    }
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [building]})


STARTS = (hotel(6000), hotel(5e6))
NUMBERS = st.one_of(
    st.sampled_from(
        [0, -1, 1, 1e-12, 0.5, 20, 1e4, 1e9, 1e300, float("nan"), float("inf"), True, None, "x", []]
    ),
    st.floats(0.0, 30.0),
)


def leaves(data: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Places of all plain values."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*at, key))
    elif isinstance(data, list) and data:
        for i, value in enumerate(data):
            yield from leaves(value, (*at, i))
    else:
        yield at


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_figure_in_a_measure_is_refused_or_makes_a_valid_project(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(LIBRARY)))
    plain = copy.deepcopy(LIBRARY[key].model_dump(mode="json", exclude_none=True))
    place = data.draw(st.sampled_from(sorted(leaves(plain), key=str)))
    inner = plain
    for word in place[:-1]:
        inner = inner[word]
    inner[place[-1]] = data.draw(NUMBERS)
    start = data.draw(st.sampled_from(STARTS))
    try:
        library = MeasureLibrary({**LIBRARY, key: read_measure(key, plain)})
        done = apply_package(start, (*NEEDS.get(key, ()), key), library)
    except TwinError:
        return
    again = Project.model_validate(done.project.model_dump(mode="json", by_alias=True, exclude_none=True))
    assert again == done.project
    assert all(0.0 <= line.quantity < float("inf") for line in done.lines)
    with contextlib.suppress(TwinError):  # more modules than walls, a product that is not there
        complete(again.buildings[0])


@settings(max_examples=100, deadline=None)
@given(
    data=st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["slot", "action", "type", "works", "group"]), inner, max_size=4),
        ),
        max_leaves=8,
    )
)
def test_anything_at_all_is_a_measure_or_one_clear_error(data: Any) -> None:
    with pytest.raises(TwinError, match=r"retrofit\.measures\.mine"):
        read_measure("mine", data)
