"""A pilot's case from a project alone, or from a project and its study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from buildings.description.pilot_facts import PilotFacts
from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary, library_of
from buildings.retrofit.package import systems_with
from twin.pilot.assess import Assessment, assess
from twin.pilot.case import Case
from twin.pilot.catalogue import offers_of
from twin.pilot.fields import cover_fields
from twin.pilot.reduction import Reduction, emissions_of, reduction_of
from twin.pilot.study import chosen_state
from twin.pilot.works import Work, by_item, floor_area_of, items_within, works_of, works_of_study
from twin.project import naming


def case_of_project(project: Project) -> Case:
    """The case of a project that describes the building as it is planned.

    Raises
    ------
    TwinError
        Facts that contradict the project.
    """
    works = works_of(project)
    return Case(project, _facts(project), _assess(project, works, reduction_of(project.pilot, None)), works)


def case_of_study(
    project: Project, study: Mapping[str, Any], package: str | None = None, *, file: Path | None = None
) -> Case:
    """The case of a project that describes the building as it is, with a package of its study.

    Parameters
    ----------
    project : Project
    study : mapping
        Content of study.json, with at least one chosen package.
    package : str, optional
        Id of a chosen package; default that which emits least.
    file : Path, optional
        Where the study stands, for errors.

    Raises
    ------
    TwinError
        A package that is not there, a study that lacks a figure, facts that contradict either.
    """
    before = study["baseline"]
    with naming(file):
        state = chosen_state(study, package)
        library = library_of(project)
        known = {key: measure.fields for key, measure in library.items()}
        works = _together(works_of_study(study, state, known), project, library)
        physical, ets = (emissions_of(before, state, account) for account in ("physical", "shanghai_ets"))
    reduction = reduction_of(project.pilot, physical)
    # An applicant's own baseline is by one account, so that nothing stands beside it.
    own = project.pilot is not None and project.pilot.emissions.baseline is not None
    beside = None if own else reduction_of(project.pilot, ets, account="shanghai_ets")
    found = _assess(project, works, reduction, beside)
    return Case(project, _facts(project), found, works, works_of(project), before, state)


def _together(works: Sequence[Work], project: Project, library: MeasureLibrary) -> tuple[Work, ...]:
    """The works with what each covers beside the others."""
    measures = {one.key: library[one.key] for one in works if one.key in library}
    systems = systems_with(project, measures.values())
    return tuple(
        replace(one, items=items_within(measures[one.key], one.items, systems))
        if one.key in measures
        else one
        for one in works
    )


def _facts(project: Project) -> PilotFacts:
    return project.pilot if project.pilot is not None else PilotFacts()


def _assess(
    project: Project, works: Sequence[Work], reduction: Reduction | None, beside: Reduction | None = None
) -> Assessment:
    library, items = library_of(project), by_item(works)
    package = [one.key for one in works if one.key in library]
    return assess(
        project.pilot,
        floor_area_of(project),
        items,
        reduction,
        offers=offers_of(project, package, library, cover_fields(project.pilot, items, {})),
        names={one.key: (one.zh, one.en) for one in works},
        reduction_ets=beside,
        buildings=len(project.buildings),
    )
