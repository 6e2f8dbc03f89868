"""Faces in space: areas and directions as described, windows in their walls, figures in both languages."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import read_project
from buildings.description.schema import Building
from twin.report.shape.faces import Face, solid_of
from twin.report.shape.layers import layer_class, layers_figure
from twin.report.shape.solid import COLOURED_BY, solid_figure
from twin.report.shape.timetable import timetable_figure
from twin.report.style import LANGUAGES, Language
from twin.workshop.shelf import example_path

_EXAMPLES = (
    "shanghai_office_2005",
    "shanghai_house",
    "crosscheck/office_outer_shades",
    "crosscheck/box_light",
)


@cache
def _opened(name: str) -> tuple[Building, CompleteBuilding]:
    project = read_project(example_path(name))
    building = project.buildings[0]
    return building, complete(building, calendar=project.calendar)


def _normal(face: Face) -> np.ndarray:
    """Twice the area along the outward normal."""
    a = face.corners
    return np.sum(np.cross(a, np.roll(a, -1, axis=0)), axis=0)


@pytest.mark.parametrize("name", _EXAMPLES)
def test_every_face_has_the_area_and_direction_that_are_described(name: str) -> None:
    solid = solid_of(*_opened(name))
    assert solid.faces
    for face in solid.faces:
        normal = _normal(face)
        assert 0.5 * np.linalg.norm(normal) == pytest.approx(face.area, rel=1e-6), face.name
        if face.kind in ("overhang", "fin"):
            continue
        tilt = math.degrees(math.acos(np.clip(normal[2] / np.linalg.norm(normal), -1.0, 1.0)))
        assert tilt == pytest.approx(face.tilt, abs=1e-6), face.name
        if 1.0 < face.tilt < 179.0:
            azimuth = math.degrees(math.atan2(normal[0], normal[1])) % 360.0
            assert abs((azimuth - face.azimuth + 180.0) % 360.0 - 180.0) < 1e-6, face.name


@pytest.mark.parametrize("name", _EXAMPLES)
def test_every_surface_is_drawn_or_in_the_table(name: str) -> None:
    building, whole = _opened(name)
    solid = solid_of(building, whole)
    shown = {face.name for face in (*solid.faces, *solid.hidden)}
    assert {surface.name for surface in whole.surfaces} <= shown
    assert {window.name for surface in whole.surfaces for window in surface.windows} <= shown


def test_an_archetype_is_closed_and_has_its_storeys() -> None:
    building, whole = _opened("shanghai_office_2005")
    solid = solid_of(building, whole)
    hull = [face for face in solid.faces if face.kind in ("wall", "roof", "floor")]
    assert np.abs(sum(_normal(face) for face in hull)).max() < 1e-6  # a closed hull has no net area
    assert len([face for face in solid.faces if face.kind == "window"]) == 40
    assert max(face.corners[:, 2].max() for face in solid.faces) == pytest.approx(39.0)
    assert solid.exact


def test_windows_lie_in_front_of_their_wall() -> None:
    solid = solid_of(*_opened("shanghai_office_2005"))
    walls = {face.zone: face for face in solid.faces if face.kind == "wall" and face.corners[1, 2] == 0.0}
    for window in (face for face in solid.faces if face.kind == "window"):
        wall = walls.get(window.zone)
        if wall is None:
            continue
        outward = _normal(wall) / np.linalg.norm(_normal(wall))
        assert (window.corners - wall.corners[0]) @ outward == pytest.approx(0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_say_where_places_are_a_sketch(language: Language) -> None:
    for colour in COLOURED_BY:
        made = solid_figure(solid_of(*_opened("shanghai_house")), language, colour=colour, title="<b>x")
        assert ("示意" if language == "zh" else "sketch") in made.layout.meta["note"]
        assert "<b>x" not in made.layout.meta["title"]
    exact = solid_figure(solid_of(*_opened("shanghai_office_2005")), language, chosen="ground-south-wall")
    assert ("示意" if language == "zh" else "sketch") not in exact.layout.meta["note"]
    assert sum(trace.type == "scatter3d" for trace in exact.data) == 3  # edges, the chosen face, north


def test_layers_are_drawn_as_thick_as_they_are() -> None:
    _, whole = _opened("shanghai_office_2005")
    made = layers_figure(whole.constructions, "en")
    drawn = sum(bar.x[0] for bar in made.data if bar.y[0].startswith("wall "))
    assert drawn == pytest.approx(1e3 * sum(layer.thickness for layer in whole.constructions["wall"].layers))
    kinds = [layer_class(layer) for layer in whole.constructions["wall"].layers]
    assert kinds.count("insulation") == 1


def test_a_timetable_knows_the_holidays() -> None:
    _, whole = _opened("shanghai_office_2005")
    made = timetable_figure(whole, "office/occupancy", 2025, "zh")
    table = np.asarray(made.data[0].z)
    assert table.shape == (24, 365)
    noon = table[11]
    assert noon[0] < noon[1]  # New Year's Day, then a working Thursday
    assert noon[25] > 0.5  # Sunday 26 January worked for the Spring Festival
