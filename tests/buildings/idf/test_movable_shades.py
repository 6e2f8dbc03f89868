"""Movable shades that a model hangs at its windows: what is read, what is left aside, and there and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from buildings.idf.reading import Reading, read_idf

Box = Callable[..., Path]
SHADE = "WindowMaterial:Shade,Cloth,0.1,0.5,0.1,0.5,0.8,0.05,0.002,0.2,0.07,0.4,0.4,0.4,0.4,0.03;\n"
BLIND = (
    "WindowMaterial:Blind,Slats,Horizontal,0.025,0.019,0.0003,30,160,0,0.7,0.4,0,0.7,0.4,0,0.7,0.4,0,0.7,0.4,"
    "0,0.85,0.85,0.03,1,1,0,0;\n"
)


def control(
    kind: str, shading: str, *, material: str = "Cloth", schedule: str = "", setpoint: str = ""
) -> str:
    scheduled = "Yes" if schedule else "No"
    return (
        f"WindowShadingControl,Control,Room,1,{shading},,{kind},{schedule},{setpoint},{scheduled},No,{material},"
        "FixedSlatAngle,,,,Sequential,Pane: south;\n"
    )


def read(box: Box, text: str) -> Reading:
    return read_idf(box(("InternalMass,Furniture", text + "InternalMass,Furniture")))


def shading(reading: Reading) -> dict[str, Any]:
    building = reading.content["buildings"][0]
    windows = [w for s in building["surfaces"] for w in s.get("windows", ())]
    return dict(windows[0].get("shading", {}))


def test_a_fabric_outside_drawn_by_the_sun_in_season(box: Box) -> None:
    drawn = control("OnIfHighSolarOnWindow", "ExteriorShade", schedule="Office hours", setpoint="180")
    reading = read(box, SHADE + drawn)
    found = shading(reading)
    assert found["shade_control"]["irradiance_above"] == 180.0
    ((key, cloth),) = reading.content["buildings"][0]["shades"].items()
    assert found["shade"] == key
    assert cloth == {
        "kind": "roller", "place": "outside", "solar_transmittance": 0.1, "solar_reflectance": 0.5,
        "emissivity": 0.8, "infrared_transmittance": 0.05, "openness": 0.03, "thickness": 0.002,
        "conductivity": 0.2, "distance": 0.07, "edge_opening": 0.4,
    }  # fmt: skip
    # EnergyPlus allows the shade while the schedule is above nought, also at 0.1 and 0.05.
    season = reading.project.buildings[0].schedules[found["shade_control"]["season"]]
    assert set(season.values()) == {0.0, 1.0}


def test_slats_inside_drawn_by_a_schedule(box: Box) -> None:
    drawn = control("OnIfScheduleAllows", "InteriorBlind", material="Slats", schedule="Office hours")
    reading = read(box, BLIND + drawn)
    found = shading(reading)
    assert found["shade_control"]["irradiance_above"] is None
    blind = reading.content["buildings"][0]["shades"][found["shade"]]
    assert (blind["kind"], blind["place"], blind["slat_angle"]) == ("venetian", "inside", 30.0)
    assert (blind["slat_reflectance"], blind["slat_reflectance_back"]) == (0.7, 0.4)
    assert blind["edge_opening"] == 0.5
    assert any("unlike openings" in note.text for note in reading.notes)


@pytest.mark.parametrize(
    ("kind", "shading_type", "words"),
    [
        ("OnIfHighZoneAirTemperature", "ExteriorShade", "onifhighzoneairtemperature"),
        ("AlwaysOn", "SwitchableGlazing", "switchableglazing"),
    ],
)
def test_what_a_project_cannot_hold_is_said(box: Box, kind: str, shading_type: str, words: str) -> None:
    reading = read(box, SHADE + control(kind, shading_type, setpoint="24"))
    assert "shade" not in shading(reading)
    assert "shades" not in reading.content["buildings"][0]
    assert any(words in note.text for note in reading.notes)


def test_always_and_never(box: Box) -> None:
    always = read(box, SHADE + control("AlwaysOn", "ExteriorShade"))
    key = shading(always)["shade_control"]["schedule"]
    assert set(always.project.buildings[0].schedules[key].values()) == {1.0}
    assert "shade" not in shading(read(box, SHADE + control("AlwaysOff", "ExteriorShade")))


def test_an_overhang_longer_to_one_side(box: Box) -> None:
    plate = "Shading:Overhang,Plate,Pane: south,0.2,90,0.3,0.8,1.1;\n"
    assert shading(read(box, plate))["overhang_extension"] == [0.3, 0.8]
