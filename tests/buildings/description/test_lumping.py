"""Zones merged by use: nothing is lost but the difference between the sides."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.lumping import halved
from buildings.description.schema import ArchetypeBuilding
from buildings.description.stacks import CompleteConstruction, CompleteLayer
from buildings.thermal.blocks import ground_floor

ARCHETYPES = ("office", "hotel", "retail", "hospital_inpatient", "school_teaching", "residential")


def building(zoning: str, **changes: Any) -> CompleteBuilding:
    base = {"name": "b", "archetype": "office", "era": "gb50189-2005", "floor_area": 8000, "floors": 6}
    return complete(ArchetypeBuilding.model_validate({**base, **changes, "zoning": zoning}))


def planes(done: CompleteBuilding) -> Counter[tuple[str, str, float]]:
    """Area by construction, boundary and azimuth, of planes to outdoors and ground; glass apart."""
    times = {zone.name: zone.multiplier for zone in done.zones}
    areas: Counter[tuple[str, str, float]] = Counter()
    for s in done.surfaces:
        if s.boundary in ("outdoors", "ground"):
            areas[s.construction, s.boundary, s.azimuth or 0.0] += s.area * times[s.zone]
        for w in s.windows:
            areas[w.glazing, "window", s.azimuth or 0.0] += w.area * times[s.zone]
    return areas


@settings(max_examples=60, deadline=None)
@given(
    archetype=st.sampled_from(ARCHETYPES),
    floors=st.integers(1, 40),
    storey=st.floats(100.0, 5000.0),
    turn=st.floats(-180.0, 180.0),
)
def test_areas_volumes_and_leaks_are_kept(archetype: str, floors: int, storey: float, turn: float) -> None:
    size = {"archetype": archetype, "floors": floors, "floor_area": storey * floors, "orientation": turn}
    whole, merged = building("perimeter_core", **size), building("by_use", **size)
    assert len(merged.zones) == (3 if archetype == "residential" else 1)
    assert len({s.name for s in merged.surfaces}) == len(merged.surfaces)
    assert merged.floor_area == pytest.approx(whole.floor_area)
    for volume in (
        lambda z: z.volume,
        lambda z: z.volume * z.infiltration,
        lambda z: z.floor_area * z.elevation,
    ):
        both = [sum(volume(zone) * zone.multiplier for zone in b.zones) for b in (merged, whole)]
        assert both[0] == pytest.approx(both[1])
    told, meant = planes(merged), planes(whole)
    assert told.keys() == meant.keys()
    assert [told[key] for key in meant] == pytest.approx(list(meant.values()))
    assert ground_floor(merged) == pytest.approx(ground_floor(whole))


def mass(done: CompleteBuilding) -> float:
    """Heat capacity of all planes inside [J/K]; of those between zones once."""
    times = {zone.name: zone.multiplier for zone in done.zones}
    return sum(
        s.area * times[s.zone] * layer.thickness * layer.density * layer.specific_heat
        for s in done.surfaces
        if s.boundary not in ("outdoors", "ground")
        for layer in done.constructions[s.construction].layers
    )


@pytest.mark.parametrize("archetype", ARCHETYPES)
@pytest.mark.parametrize("floors", [1, 2, 6])
def test_the_mass_inside_is_kept(archetype: str, floors: int) -> None:
    size = {"archetype": archetype, "floors": floors}
    assert mass(building("by_use", **size)) == pytest.approx(mass(building("perimeter_core", **size)))


def test_zones_of_other_uses_go_on_conducting() -> None:
    """Dwellings: rooms around an auxiliary core; north, east and west are bedrooms, south is living."""
    done = building("by_use", archetype="residential")
    assert [zone.name for zone in done.zones] == [
        "residential_auxiliary", "residential_bedroom", "residential_living",
    ]  # fmt: skip
    between = {frozenset((s.zone, s.boundary)) for s in done.surfaces if s.kind == "partition"}
    assert between == {
        frozenset(("residential_auxiliary", "residential_bedroom")),
        frozenset(("residential_auxiliary", "residential_living")),
        frozenset(("residential_bedroom", "residential_living")),
    }


def test_a_plane_inside_a_zone_is_cut_in_its_middle() -> None:
    """10 cm in two layers and a gap between: the middle, 5 cm, lies 1 cm into the second layer."""
    board = CompleteLayer("board", 0.04, 0.2, 800.0, 1000.0, 0.2)
    gap = CompleteLayer("gap", 0.0, 0.0, 0.0, 0.0, 0.16)
    brick = CompleteLayer("brick", 0.06, 0.6, 1800.0, 900.0, 0.1)
    inner, outer = halved(CompleteConstruction("wall", (board, gap, brick), 0.3, 0.5, 0.8, 0.9))
    assert [layer.name for layer in inner.layers] == ["brick"]
    assert inner.layers[0].thickness == pytest.approx(0.05)
    assert [layer.name for layer in outer.layers] == ["brick", "gap", "board"]
    assert outer.layers[0].thickness == pytest.approx(0.01)
    assert inner.resistance + outer.resistance == pytest.approx(0.46)
    assert (inner.solar_absorptance_inside, outer.solar_absorptance_inside) == (0.5, 0.3)
    assert (inner.emissivity_inside, outer.emissivity_inside) == (0.9, 0.8)
