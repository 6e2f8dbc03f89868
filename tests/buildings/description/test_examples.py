"""The bundled examples load, are complete and are what their comments say."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project, project_text, read_project
from buildings.description.schema import Project

EXAMPLES = files("twin").joinpath("examples")
NAMES = sorted(entry.name for entry in EXAMPLES.iterdir() if entry.name.endswith(".yaml"))


def load(name: str) -> Project:
    with as_file(EXAMPLES) as folder:
        return read_project(folder / name)


def built(name: str) -> CompleteBuilding:
    return complete(load(name).buildings[0])


def test_there_are_examples() -> None:
    assert len(NAMES) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_complete_and_reads_back(name: str) -> None:
    project = load(name)
    assert all(complete(building).zones for building in project.buildings)
    assert parse_project(project_text(project)) == project


def test_the_demo_office_keeps_its_body_through_the_variants() -> None:
    offices = [built(f"shanghai_office_{v}.yaml") for v in ("2005", "nearly_zero", "pedf", "pedf_call")]
    assert {round(office.floor_area) for office in offices} == {20000}
    assert [office.era for office in offices] == ["gb50189-2005", "nzeb", "nzeb", "nzeb"]
    assert [office.systems.battery is not None for office in offices] == [False, False, True, True]
    assert {office.zones[0].gains.equipment_base_fraction for office in offices} == {0.1}


def test_the_pv_of_the_demo_fits_its_roof() -> None:
    """65 % of the roof at 0.21 kWp/m2 (modules of 21 %), as the example's comment computes."""
    office = built("shanghai_office_pedf.yaml")
    roof = sum(s.area for s in office.surfaces if s.kind == "roof")
    assert sum(array.capacity for array in office.systems.pv) <= 0.65 * roof * 0.21
