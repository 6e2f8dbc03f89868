"""Variants of a building prepared one after another: what is kept between them changes none of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from buildings.description.schema import Project
from twin.clock import march
from twin.plant import Plant, prepare
from weather.kept import forget, held_bytes

OWN = (
    "batch", "state", "forcing", "weather_table", "buildings", "equipment", "soc", "sessions", "price",
)  # fmt: skip
"""What a march reads or writes."""


def arrays(part: Any, at: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every array and number of a prepared part by its path; the year of weather and the project left out."""
    if isinstance(part, np.ndarray) and part.dtype.names:
        for name in part.dtype.names:
            yield from arrays(part[name], f"{at}.{name}")
    elif isinstance(part, (np.ndarray, float, int)):
        yield at, np.asarray(part)
    elif is_dataclass(part):
        for field in fields(part):
            if field.name not in ("project", "climate", "weather"):
                yield from arrays(getattr(part, field.name), f"{at}.{field.name}")
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from arrays(value, f"{at}[{key}]")
    elif isinstance(part, tuple):
        names = getattr(part, "_fields", range(len(part)))
        for name, value in zip(names, part, strict=True):
            yield from arrays(value, f"{at}.{name}")


def variants(marches: ModuleType) -> dict[str, Project]:
    """A 光储直柔 hall and what a search would make of it."""

    def hall(shading: dict[str, Any] | None = None, **changes: Any) -> Project:
        building = marches.hall(**(marches.PEDF | changes))
        building["surfaces"][4]["windows"][0]["shading"] = shading or {}
        return marches.project_of(building)

    array = {"name": "roof", "capacity": "12 kWp", "tilt": 25}
    return {
        "before": hall(),
        "thin": hall(wall="thin"),
        "fixed": hall({"overhang_depth": 0.6, "movable_factor": 0.3, "movable_above": 200}),
        "roller": hall({"shade": "roller_outside_light"}),
        "glass": hall(glazings={"pane": {"u_value": 1.4, "shgc": 0.3, "coating": "low_e"}}),
        "plant": hall(hvac={"type": "vrf", "equipment": "vrf_efficient_2022"}, pv=[array]),
        "vehicles": hall(ev={"chargers": 3, "power": "7 kW", "vehicles_per_day": 4, "seed": 2}),
    }


def assert_same(found: Plant, wanted: Plant) -> None:
    mine, theirs = dict(arrays(found)), dict(arrays(wanted))
    assert mine.keys() == theirs.keys()
    for name, array in mine.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def test_a_variant_after_others_is_the_variant_alone(marches: ModuleType) -> None:
    """Bit for bit, whatever was prepared before it; each variant differs from the one before."""
    projects, climate = variants(marches), marches.shanghai()
    alone = {}
    for name, project in projects.items():
        forget()
        alone[name] = prepare(project, climate)
    forget()
    for name in (*projects, *reversed(projects)):
        assert_same(prepare(copy.deepcopy(projects[name]), climate), alone[name])
    for name in (*projects,)[1:]:
        with pytest.raises(AssertionError):
            assert_same(alone[name], alone["before"])


def test_a_march_leaves_nothing_behind_for_the_next(marches: ModuleType) -> None:
    """A, then B, then A again."""
    projects, climate = variants(marches), marches.shanghai()
    first, _, again = (march(prepare(projects[name], climate)) for name in ("before", "vehicles", "before"))
    np.testing.assert_array_equal(first.buildings, again.buildings)
    np.testing.assert_array_equal(first.zones, again.zones)


def test_what_a_march_reads_is_its_own_and_what_is_kept_is_read_only(marches: ModuleType) -> None:
    climate = marches.shanghai()
    project = variants(marches)["before"]
    one, other = prepare(project, climate), prepare(project, climate)
    for name in OWN:
        theirs = dict(arrays(getattr(other, name)))
        for path, array in arrays(getattr(one, name)):
            if isinstance(array.base, np.ndarray) or array.ndim:
                assert array.flags.writeable, f"{name}{path}"
            assert not np.shares_memory(array, theirs[path]), f"{name}{path}"
    drawn = one.prepared[0].vehicles
    assert drawn is not None
    assert drawn is other.prepared[0].vehicles
    with pytest.raises(ValueError, match="read-only"):
        drawn.sessions["energy_kwh"] = 0.0


def test_many_variants_hold_no_more_memory_than_few(marches: ModuleType) -> None:
    """Planes, glass and prices are kept once, not by variant: 15 variants of two facades hold the same."""
    climate = marches.shanghai()
    forget()
    held = []
    for i in range(15):
        zone = {
            "name": "hall",
            "floor_area": 200,
            "height": 3,
            "use": "office",
            "infiltration": 0.2 + 0.02 * i,
        }
        prepare(marches.project_of(marches.hall(zones=[zone])), climate)
        held.append(held_bytes())
    assert held[0] > 0
    assert held[-1] == held[0]
