"""A chosen package in full: marched at the project's own step, judged, stored as a Run (选定方案)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from buildings.description.describe import unverified, zones_together
from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import Retrofitted, apply_package
from buildings.retrofit.work_line import WorkLine
from buildings.standards.reference_building import ReferenceBuilding, reference_building
from twin.calibration.simulated import with_package
from twin.crew import Package
from twin.economics.annual import AnnualState, annual_state, battery_benefit_cny
from twin.economics.evaluation import Economics, evaluate
from twin.judges.life_cycle import Site, life_cycle, site_of
from twin.judges.nearly_zero import NearlyZeroContext, nearly_zero_context
from twin.judges.subject import subject
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption
from twin.project import Loaded, simulate
from twin.retrofit.codes import code_verdicts
from twin.retrofit.due import due_of
from twin.retrofit.rating import Judged, judged
from twin.retrofit.variants import Figures, Inputs, march_package
from twin.retrofit.year import march_year
from twin.store import Run, RunStore
from weather.errors import TwinError


@dataclass(frozen=True)
class Standard:
    """The reference building's year at the project's step, and how it was derived."""

    reference: ReferenceBuilding
    context: NearlyZeroContext


def standard_of(project: Project, loaded: Loaded) -> Standard:
    """Derive and march the reference building of GB/T 51350 at a project's step."""
    reference = reference_building(project)
    energy = march_year(reference.project, loaded.climate)["energy"]
    context = nearly_zero_context(project, loaded.climate, energy, reference_project=reference.project)
    return Standard(reference, context)


@dataclass(frozen=True)
class Final:
    """One state of the building: as it is, or with a package.

    Attributes
    ----------
    name : str
    retrofitted : Retrofitted
    run : Run
        Judged and stored.
    lines : tuple of WorkLine
    annual : AnnualState
    standard : Judged
        GB/T 51350 under the conditions of the standard.
    codes : tuple of Verdict
        Of the other codes, with what they assume.
    """

    name: str
    package: Package
    retrofitted: Retrofitted
    run: Run
    lines: tuple[WorkLine, ...]
    annual: AnnualState
    standard: Judged
    codes: tuple[Verdict, ...]
    codes_said: tuple[Assumption, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """What the Run's manifest knows of its building."""
        found: dict[str, Any] = self.run.manifest["buildings"][self.building]
        return found

    @property
    def zones(self) -> tuple[str, ...]:
        """Names of its zones."""
        return tuple(self.facts["zones"])

    @property
    def site(self) -> Site:
        """Refrigerant in its plant."""
        return site_of(self.facts["equipment"], self.facts["cooling_capacity_kw"])

    @property
    def building(self) -> str:
        """Name of the building."""
        return next(iter(self.run.series))


def finish(
    name: str, package: Package, loaded: Loaded, library: MeasureLibrary, standard: Standard, runs: RunStore
) -> Final:
    """March one package at the project's step and store it.

    Parameters
    ----------
    name : str
        Of the Run.
    package : tuple of str
    loaded : Loaded
        The project without its call.
    library : MeasureLibrary
    standard : Standard
    runs : RunStore
    """
    done = apply_package(loaded.project, package, library)
    title = {"name": f"{loaded.project.name} {name}"[:60].strip(" ."), "name_zh": None}

    def retrofitted(project: Project) -> Project:
        return with_package(project, package, library).model_copy(update=title)

    run = simulate(loaded, change=retrofitted)
    runs.save(run, name, replace=True)
    building = next(iter(run.series))
    lines = done.resolve({building: run.manifest["buildings"][building]})
    judged_building = run.summary["buildings"][building]
    benefit = None
    if judged_building["storage"]["battery"] is not None:
        one = subject(building, run.manifest["buildings"][building], run.manifest["tariff"])
        benefit = battery_benefit_cny(run.series[building], one)
    annual = annual_state(judged_building, battery_benefit_cny=benefit)
    strict = under_standard(package, loaded, library, standard.context)
    own = judged(strict, standard.context)
    codes, said = code_verdicts(done.project, loaded.climate, strict, standard.context)
    return Final(name, package, done, run, lines, annual, own, codes, said)


def under_standard(
    package: Package, loaded: Loaded, library: MeasureLibrary, context: NearlyZeroContext
) -> Figures:
    """Figures of a package, marched under the conditions of the standard at the project's step."""
    inputs = Inputs(loaded.project, loaded.climate, library, context, "", strict=True)
    figures = march_package(inputs, package)
    if "refused" in figures:
        raise TwinError(
            f"The package {', '.join(package) or '(none)'} cannot be marched under the standard's "
            f"conditions: {figures['refused']}",
            "Leave out the measure that it names.",
        )
    return figures


def economics_of(final: Final, before: Final, project: Project, library: MeasureLibrary) -> Economics | None:
    """Money of a package against the building as it is; None for that itself."""
    if not final.package:
        return None
    due = due_of(project, before.facts, library)
    return evaluate(
        final.lines,
        before.annual,
        final.annual,
        project.retrofit.finance,
        lives=lives_of(final),
        renewals=due.avoided(final.lines),
    )


def state_of(
    final: Final,
    before: Final,
    role: tuple[str, str],
    project: Project,
    library: MeasureLibrary,
    ranges: dict[str, Any] | None,
) -> dict[str, Any]:
    """Plain data of one state for `study.json`."""
    judged_building = final.run.summary["buildings"][final.building]
    money = economics_of(final, before, project, library)
    cycle, cycle_said = life_cycle(
        final.lines,
        before.annual,
        final.annual,
        project.retrofit.finance,
        site_before=before.site,
        site_after=final.site,
        lives=lives_of(final),
    )
    said = [
        *final.run.summary["assumptions"],
        *(one.as_dict() for one in (*final.standard.assumptions, *final.codes_said)),
        *(one.as_dict() for one in (money.assumptions if money else ())),
        *(one.as_dict() for one in cycle_said),
        *_notes(final),
    ]
    return {
        "id": final.name,
        "role_en": role[0],
        "role_zh": role[1],
        "keys": list(final.package),
        "run": final.run.path.name if final.run.path is not None else None,
        "energy": judged_building["energy"],
        "benchmark": judged_building["benchmark"],
        "figures": _figures(final, judged_building),
        "standard": dict(final.standard.figures),
        "verdicts": [
            *(verdict.as_dict() for verdict in (*final.standard.verdicts, *final.codes)),
            *(
                {k: v for k, v in one.items() if k != "building"}
                for one in final.run.summary["verdicts"]
                if not final.package or one["key"] != _STOCK
            ),
        ],
        "lines": [line.as_dict() for line in final.lines],
        "economics": money.as_dict() if money else None,
        "life_cycle": cycle,
        "ranges": ranges,
        "assumptions": _once(said),
    }


def lives_of(final: Final) -> dict[str, float]:
    """Lives that the march itself tells, by measure: a battery's by its ageing [a]."""
    stored = final.run.summary["buildings"][final.building]["storage"]["battery"]
    years = None if stored is None else stored["replaced_after_years"]
    return {} if years is None else {line.measure: years for line in final.lines if line.kind == "battery"}


_STOCK = "benchmark.measured_stock"
"""Whether a building is like the stock is asked of the building as it is, not of what becomes of it."""


def _figures(final: Final, judged_building: dict[str, Any]) -> dict[str, Any]:
    energy, carbon = judged_building["energy"], judged_building["carbon"]
    comfort, area = judged_building["comfort"], judged_building["energy"]["floor_area_m2"]
    rates = final.standard.figures
    return {
        "eui_electric_kwh_m2": energy["eui_electric_kwh_m2"],
        "eui_total_calorific_kwh_m2": energy["eui_total_calorific_kwh_m2"],
        "primary_kwh_m2": energy["primary_kwh_m2"],
        "counted_primary_kwh_m2": None if rates["primary_kwh"] is None else rates["primary_kwh"] / area,
        "total_cny": judged_building["cost"]["total_cny"],
        "carbon_t": 1e-3 * carbon["physical"]["total_kg"],
        "carbon_ets_t": 1e-3 * carbon["shanghai_ets"]["total_kg"],
        "peak_kw": energy["peak_import_kw"],
        "unmet_h": comfort["unmet_hours"] if comfort else None,
        "pv_kwh": energy["pv_kwh"],
        "gas_m3": energy["gas_m3"],
        "self_consumption": energy["self_consumption"],
    }


def _notes(final: Final) -> list[dict[str, Any]]:
    """What the measures assumed about the building."""
    return [
        Assumption(
            f"retrofit.{entry.path}",
            f"{entry.path}：{entry.value} {entry.unit}".strip(),
            f"{entry.path}: {entry.value} {entry.unit}".strip(),
            entry.value,
            entry.unit,
            entry.source,
            entry.confidence,
        ).as_dict()
        for entry in zones_together(unverified(list(final.retrofitted.notes)), final.zones)
    ]


def _once(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in said:
        seen.setdefault((one["key"], str(one["value"]), one["en"]), one)
    return list(seen.values())
