"""What standards ask beside the physics: limits of the fields, and what a measured N50 means for air."""

from __future__ import annotations

from typing import Any

import pytest

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.describe import describe
from buildings.description.schema import Project
from buildings.library import catalogue
from buildings.retrofit.library import default_library
from buildings.retrofit.package import apply_package
from buildings.standards.reference_building import reference_building

LIBRARY = default_library()


def project(**own: Any) -> Project:
    building = {
        "name": "b", "archetype": "office", "era": "gb50189-2005", "floor_area": 4000, "floors": 4, **own,
    }  # fmt: skip
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [building]})


def box(first: dict[str, Any], second: dict[str, Any], **standards: Any) -> Project:
    """Two rooms of 300 and 100 m3."""
    plane = {"construction": "partition_brick"}
    rooms = [("a", 100.0, first), ("z", 100.0 / 3.0, second)]
    surfaces = [
        {"name": f"{kind} {name}", "zone": name, "kind": kind, "area": area, **plane, **more}
        for name, area, _ in rooms
        for kind, more in (("wall", {"azimuth": 180}), ("roof", {}), ("floor", {"boundary": "ground"}))
    ]
    zones = [
        {"name": name, "floor_area": area, "height": 3, "use": "office", **own} for name, area, own in rooms
    ]
    building = {
        "name": "b", "era": "gb50189-2005", "zones": zones, "surfaces": surfaces, "standards": standards,
    }  # fmt: skip
    return Project.model_validate({"schema": 1, "name": "p", "buildings": [building]})


def done(of: Project) -> CompleteBuilding:
    return complete(of.buildings[0])


def leaks(of: Project) -> list[float]:
    return [zone.infiltration for zone in done(of).zones]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"n50": 0}, "n50"),
        ({"n50": 51}, "n50"),
        ({"n50": "3 m2"}, "n50"),
        ({"usable_share": 1.1}, "usable_share"),
        ({"lifts": {}}, "neither energy nor count"),
        ({"lifts": {"count": 0}}, "count"),
        ({"lifts": {"energy": "2 kW"}}, "energy"),
        ({"quota_classes": {"db31": "six_star"}}, "db31"),
        ({"households": 0}, "households"),
        ({"stars": 5}, "stars"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        project(standards=wrong)


def test_quantities_take_units() -> None:
    facts = project(
        standards={"n50": "0.6 1/h", "usable_share": "78 %", "lifts": {"energy": "42 MWh"}}
    ).buildings[0].standards  # fmt: skip
    assert (facts.n50, facts.usable_share) == (0.6, pytest.approx(0.78))
    assert facts.lifts is not None
    assert facts.lifts.energy == pytest.approx(42_000.0)


def test_the_whole_leaks_as_its_n50_tells() -> None:
    """4 1/h over 20 is 0.2 1/h of all air, though cores are written with none: facades carry it."""
    of = project(standards={"n50": 4.0})
    zones = [zone for zone in done(of).zones if zone.conditioned]
    volume = sum(zone.volume * zone.multiplier for zone in zones)
    flow = sum(zone.infiltration * zone.volume * zone.multiplier for zone in zones)
    assert flow / volume == pytest.approx(4.0 / 20.0)
    assert len({round(zone.infiltration, 12) for zone in zones}) == 2
    told = [e for e in describe(of) if e.path.endswith("south.infiltration")]
    assert all("measured N50 over 20" in e.source and e.confidence == "assumed" for e in told)
    assert leaks(project()) != leaks(of)


def test_what_is_written_comes_first_then_the_zone_then_the_building_then_the_era() -> None:
    """0.1 1/h written in 300 m3; of 0.2 x 400 = 80 m3/h 50 are left for 100 m3."""
    era = catalogue.infiltration("public", "gb50189-2005").value
    assert leaks(box({}, {})) == [era, era]
    assert leaks(box({"infiltration": 0.1}, {"n50": 2.0})) == [0.1, pytest.approx(0.1)]
    assert leaks(box({"infiltration": 0.1}, {}, n50=4.0)) == [0.1, pytest.approx(0.5)]
    assert leaks(box({"infiltration": 0.9}, {}, n50=4.0)) == [0.9, 0.0]
    wind = {"infiltration_coefficients": {"constant": 0.6, "wind": 0.1}}
    assert leaks(box(wind, {"conditioned": False}, n50=4.0)) == [era, era]


@pytest.mark.parametrize("measure", ["sealing", "windows_low_e"])
def test_a_measure_ends_the_measurement_and_keeps_what_it_told(measure: str) -> None:
    """After it nobody has measured; its zones leak 0.7 or 0.6 of what N50 told, the others what N50 told."""
    of = project(standards={"n50": 4.0, "lifts": {"count": 2}})
    own = apply_package(of, (measure,), LIBRARY).project
    after = own.buildings[0]
    assert after.standards.n50 is None
    assert after.standards.lifts is not None
    factor = {"sealing": 0.7, "windows_low_e": 0.6}[measure]
    assert leaks(own) == pytest.approx([factor * before for before in leaks(of)])
    kept = apply_package(of, ("led",), LIBRARY).project
    assert kept.buildings[0].standards.n50 == 4.0
    assert leaks(kept) == pytest.approx(leaks(of))


def test_the_reference_leaks_by_its_code() -> None:
    own = box({"n50": 0.5}, {}, n50=0.5)
    assert leaks(reference_building(own).project) == leaks(reference_building(box({}, {})).project)
