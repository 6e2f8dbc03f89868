"""Glazings pane by pane: one of two forms, panes and gaps in turn."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from buildings.description.loading import parse_project, project_text
from buildings.description.schema import ExplicitBuilding, Gap, Glazing, Pane
from weather.errors import TwinError

PANE: dict[str, Any] = {
    "thickness": "3.048 mm",
    "solar_transmittance": 0.834,
    "solar_reflectance_front": 0.075,
    "solar_reflectance_back": 0.075,
}
GAP: dict[str, Any] = {"gas": "argon", "thickness": "12 mm"}


def text(glazing: dict[str, Any], **window: Any) -> str:
    building = {
        "name": "b",
        "zones": [{"name": "z", "floor_area": 20, "height": 3}],
        "surfaces": [
            {
                "name": "f",
                "zone": "z",
                "kind": "floor",
                "area": 20,
                "construction": "ground_slab",
                "boundary": "ground",
            },
            {
                "name": "w",
                "zone": "z",
                "kind": "wall",
                "area": 12,
                "azimuth": 180,
                "construction": "partition_brick",
                "windows": [{"name": "g", "area": 6, "glazing": "own", **window}],
            },
        ],
        "glazings": {"own": glazing},
    }
    whole = {"schema": 1, "name": "t", "buildings": [building]}
    return yaml.safe_dump(json.loads(json.dumps(whole)), sort_keys=False)  # through JSON: no aliases


def glazing(written: dict[str, Any]) -> Glazing:
    building = parse_project(text(written)).buildings[0]
    assert isinstance(building, ExplicitBuilding)
    return building.glazings["own"]


def test_layers_are_read_with_units_and_defaults() -> None:
    found = glazing({"layers": [PANE, GAP, PANE]})
    assert found.layers is not None
    outer, gap, inner = found.layers
    assert isinstance(outer, Pane)
    assert isinstance(inner, Pane)
    assert isinstance(gap, Gap)
    assert outer.thickness == pytest.approx(0.003048)
    assert (outer.emissivity_front, outer.conductivity, outer.coating) == (0.84, 1.0, "none")
    assert (gap.gas, gap.thickness) == ("argon", pytest.approx(0.012))
    assert found.u_value is None
    assert (found.frame_fraction, found.panes) == (0.0, 2)


def test_a_bare_thickness_is_a_gap_of_air() -> None:
    found = glazing({"layers": [PANE, {"thickness": 0.016}, PANE, {"thickness": 0.016}, PANE]})
    assert found.layers is not None
    assert found.layers[1] == Gap(gas="air", thickness=0.016)
    assert found.panes == 3


def test_a_frame_that_is_written_stays_and_the_simple_form_keeps_its_own() -> None:
    assert glazing({"layers": [PANE], "frame_fraction": 0.15}).frame_fraction == 0.15
    assert glazing({"u_value": 2.0, "shgc": 0.4}).frame_fraction == 0.2


def test_layers_survive_writing_and_reading() -> None:
    project = parse_project(text({"layers": [PANE, GAP, PANE]}, position=[0.5, 0.2], convection_inside=4.5))
    assert parse_project(project_text(project)) == project


@pytest.mark.parametrize(
    ("written", "words", "key"),
    [
        ({"u_value": 2.0}, "u_value alone", "glazings.own"),
        ({"panes": 2}, "without figures", "glazings.own"),
        ({"layers": [PANE], "shgc": 0.5}, "layers and shgc", "glazings.own.shgc"),
        ({"layers": [PANE, PANE]}, "Layer 2 of the glazing is a pane", "glazings.own.layers[1]"),
        ({"layers": [PANE, GAP]}, "Layer 2 of the glazing is a gap", "glazings.own.layers[1]"),
        ({"layers": [GAP, PANE]}, "Layer 1 of the glazing is a gap", "glazings.own.layers[0]"),
        (
            {"layers": [{**PANE, "solar_transmittance": 0.95}]},
            "add up to 1.025",
            "glazings.own.layers[0].solar_reflectance_front",
        ),
        (
            {"layers": [{**PANE, "emisivity_back": 0.1}]},
            "emisivity_back",
            "glazings.own.layers[0].emisivity_back",
        ),
        (
            {"layers": [PANE, {**GAP, "gas": "xenon"}, PANE]},
            "'xenon' is not possible",
            "glazings.own.layers[1].gas",
        ),
        ({"layers": []}, "", "glazings.own.layers"),
        ({"layers": [7]}, "7", "glazings.own.layers[0]"),
    ],
)
def test_what_is_no_glazing(written: dict[str, Any], words: str, key: str) -> None:
    with pytest.raises(TwinError) as caught:
        parse_project(text(written))
    assert words in caught.value.what
    assert caught.value.key == f"buildings[0].{key}"
    assert caught.value.line is not None
