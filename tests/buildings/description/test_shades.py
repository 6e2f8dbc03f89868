"""Movable shades, frames and one-sided overhangs as a user writes them: defaults, library, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from buildings.description.complete import complete
from buildings.description.ledger import Ledger
from buildings.description.schema import ArchetypeBuilding, Glazing, Shade, ShadeControl, Shading
from buildings.library import catalogue
from weather.errors import TwinError

SHADES: TypeAdapter[Any] = TypeAdapter(Shade)
PANE = {
    "thickness": "4 mm", "solar_transmittance": 0.8, "solar_reflectance_front": 0.07,
    "solar_reflectance_back": 0.07,
}  # fmt: skip


def office(**own: Any) -> ArchetypeBuilding:
    return ArchetypeBuilding.model_validate(
        {"name": "o", "archetype": "office", "era": "gb55015-2021", "floor_area": 2000, "floors": 2, **own}
    )


def test_every_shade_of_the_library_has_a_source_and_both_names() -> None:
    assert {shade.place for shade in catalogue.shades().values()} == {"outside", "between", "inside"}
    document = catalogue._document("shades.yaml")["shades"]
    for key in catalogue.shades():
        origin = catalogue.shade_origin(key)
        assert origin.source
        assert origin.confidence in ("stored:secondary", "gk-verify", "assumed")
        assert {"name_zh", "name_en"} <= set(document[key])


def test_an_archetype_hangs_a_shade_of_the_library_at_every_window() -> None:
    shading = {"shade": "venetian_outside_light", "shade_control": {"irradiance_above": "0.2 kW/m2"}}
    book = Ledger()
    done = complete(office(envelope={"shading": shading}), book)
    controls = {w.shading.shade_control.irradiance_above for s in done.surfaces for w in s.windows}
    assert controls == {200.0}
    assert set(done.shades) == {"venetian_outside_light"}
    assert any(entry.path == "o.shades.venetian_outside_light" for entry in book.entries)


def test_a_buildings_own_shade_and_its_schedules() -> None:
    own = {"night": {"kind": "roller", "solar_transmittance": 0.0, "solar_reflectance": 0.6}}
    control = {"irradiance_above": None, "schedule": "closed"}
    done = complete(
        office(
            shades=own,
            schedules={"closed": {"every_day": [1] * 6 + [0] * 18}},
            envelope={"shading": {"shade": "night", "shade_control": control}},
        )
    )
    assert done.shades["night"].place == "outside"
    assert "closed" in done.schedules


@pytest.mark.parametrize(
    ("shading", "words"),
    [
        ({"shade": "x", "movable_factor": 0.3}, "a movable_factor"),
        ({"shade_control": {"irradiance_above": 100}}, "without shade"),
        ({"shade": "x", "shade_control": {"irradiance_above": None}}, "neither sun nor schedule"),
        (
            {"shade": "x", "shade_control": {"irradiance_above": None, "schedule": "a", "season": "b"}},
            "without irradiance_above",
        ),
        ({"overhang_depth": 1, "overhang_extension": [0.2]}, "overhang_extension"),
    ],
)
def test_contradictions_of_a_shading_are_refused(shading: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Shading.model_validate(shading)


def test_unknown_shades_and_schedules_are_told_with_their_place() -> None:
    with pytest.raises(TwinError, match="'venetian_outside' is not a shade of the library") as caught:
        complete(office(envelope={"shading": {"shade": "venetian_outside"}}))
    assert "venetian_outside_light" in str(caught.value)
    shading = {"shade": "shutter_outside", "shade_control": {"schedule": "nowhere"}}
    with pytest.raises(TwinError, match="'nowhere' is not a schedule"):
        complete(office(envelope={"shading": shading}))
    loud = {"constant": 2.0}
    shading = {"shade": "shutter_outside", "shade_control": {"schedule": "loud"}}
    with pytest.raises(TwinError, match="range 0 to 1"):
        complete(office(envelope={"shading": shading}, schedules={"loud": loud}))


@pytest.mark.parametrize(
    ("shade", "words"),
    [
        ({"solar_transmittance": 0.5, "solar_reflectance": 0.5}, "add up to 1"),
        (
            {"solar_transmittance": 0.1, "solar_reflectance": 0.5, "infrared_transmittance": 0.2},
            "add up to 1.1",
        ),
        ({"kind": "venetian", "slat_reflectance": 0.5, "slat_separation": "30 mm"}, "stand 0.03 m apart"),
        ({"kind": "venetian", "slat_reflectance": 0.5, "solar_transmittance": 0.1}, "Extra inputs"),
    ],
)
def test_shades_that_cannot_be_are_refused(shade: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SHADES.validate_python(shade)


def test_a_shade_is_drawn_by_300_w_unless_written() -> None:
    assert ShadeControl().irradiance_above == 300.0


def test_a_frame_stands_beside_panes_only() -> None:
    framed = Glazing.model_validate({"layers": [PANE], "frame": {"u_value": 2.4}})
    assert framed.glass_share == pytest.approx(0.8)
    assert framed.frame is not None
    assert framed.frame.resistance == pytest.approx(1.0 / 2.4 - 0.17)
    assert Glazing.model_validate({"layers": [PANE], "frame_fraction": 0.3}).glass_share == 1.0
    with pytest.raises(ValidationError, match="of the whole window"):
        Glazing.model_validate({"u_value": 2.0, "shgc": 0.4, "frame": {"u_value": 2.4}})
    with pytest.raises(ValidationError, match="frame without area"):
        Glazing.model_validate({"layers": [PANE], "frame": {"u_value": 2.4}, "frame_fraction": 0.0})
