"""Variants of a project that are marched: its packages, and packages under draws of what is not known.

What a worker needs stands in `Inputs`, what it answers is plain data, so that it can sit on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import apply_package
from buildings.retrofit.work_line import Spread, WorkLine
from buildings.standards.conditions import standard_conditions
from twin.calibration.simulated import with_package
from twin.clock import march
from twin.crew import Package
from twin.judges.nearly_zero import NearlyZeroContext, facts_of_building
from twin.outcome import plant_rooms
from twin.plant import prepare
from twin.project import climate_of
from twin.retrofit.march_store import derived_hash
from twin.retrofit.uncertain import varied
from twin.retrofit.year import year_figures
from twin.supervision import supervisors_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError

Figures = dict[str, Any]
"""Plain data of a year; see `march_package`."""


@dataclass(frozen=True)
class Inputs:
    """What all variants of a study share.

    Attributes
    ----------
    project : Project
        One building, without a call, at the step of the search.
    climate : ClimateYear
    library : MeasureLibrary
    context : NearlyZeroContext
        Of GB/T 51350.
    key : str
        Hash of project, weather and engine.
    strict : bool
        Whether packages are marched under the conditions of GB/T 51350 instead of the project's own use.
    """

    project: Project
    climate: ClimateYear
    library: MeasureLibrary
    context: NearlyZeroContext
    key: str
    strict: bool = False

    def key_of(self, package: Package) -> str:
        """Hash of everything that the march of a package depends on."""
        parts = [self.library[key].model_dump_json() for key in package]
        return derived_hash(self.key, [*parts, *(["standard conditions"] if self.strict else [])])


def march_package(inputs: Inputs, package: Package) -> Figures:
    """The year of a package.

    Returns
    -------
    dict
        As `year_figures`, with `lines` of the bill of quantities, `facts` for GB/T 51350 and `plant_room`; or
        `refused` alone, where it cannot be built or marched.
    """
    try:
        done = apply_package(inputs.project, package, inputs.library)
        project = standard_conditions(done.project).project if inputs.strict else done.project
        plant = prepare(project, inputs.climate)
        figures = year_figures(plant, march(plant, None, supervisors_of(plant, None)))
        building = plant.prepared[0].description
        lines = done.resolve({building.name: figures["sizes"]})
        rows = plant_rooms(plant).get(building.name)
        facts = facts_of_building(inputs.context, building)
    except TwinError as error:
        return {"refused": str(error)}
    return figures | {"lines": [asdict(line) for line in lines], "facts": asdict(facts), "plant_room": rows}


def lines_from(figures: Mapping[str, Any]) -> tuple[WorkLine, ...]:
    """Lines of the bill of quantities that `march_package` told."""
    return tuple(
        WorkLine(
            **{
                **line,
                "unit_cost": Spread(**line["unit_cost"]),
                "embodied": Spread(**line["embodied"]),
            }
        )
        for line in figures["lines"]
    )


@dataclass(frozen=True)
class DrawnInputs:
    """What draws share: the inputs of the study, the packages, and whether each draw has its own weather.

    Attributes
    ----------
    sizes : dict
        By package: `cooling_capacity_kw`, `heating_capacity_kw` of its plant.
    draws : tuple of dict
    bases : tuple of Project
        The building as it is under each draw; empty where it is that of the inputs.
    """

    inputs: Inputs
    packages: tuple[Package, ...]
    sizes: Mapping[Package, Mapping[str, float]]
    draws: tuple[Mapping[str, float], ...]
    own_weather: bool
    bases: tuple[Project, ...] = ()


def drawn_project(
    base: Project,
    library: MeasureLibrary,
    package: Package,
    sizes: Mapping[str, float],
    draw: Mapping[str, float],
) -> Project:
    """A project with what of a package changes it, under a draw; `sizes` as of `varied`."""
    actions = {library[key].action.type for key in package}
    return varied(with_package(base, package, library), draw, sizes, base.buildings[0], actions)


def march_draw(shared: DrawnInputs, number: int) -> Figures:
    """Years of all packages under one draw, by their place among `packages`, or `refused`."""
    inputs, draw = shared.inputs, shared.draws[number]
    base = shared.bases[number] if shared.bases else inputs.project
    years: list[Figures] = []
    try:
        climate = inputs.climate
        if shared.own_weather:
            climate = climate_of(inputs.project, inputs.project.weather, int(draw["weather_year"]))
        for package in shared.packages:
            project = drawn_project(base, inputs.library, package, shared.sizes[package], draw)
            plant = prepare(project, climate)
            years.append(year_figures(plant, march(plant, None, supervisors_of(plant, None))))
    except TwinError as error:
        return {"refused": str(error)}
    return {"years": years}
