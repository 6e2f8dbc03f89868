"""The whole study of a retrofit: from an existing building to packages that can be defended (改造研究).

Described are the measures that apply, prepared the reference building, marched the packages, judged their
money and their level; the chosen ones are marched again in full at the project's own step, under draws of
what is not known, and in EnergyPlus.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from buildings.description.schema import Project
from buildings.library.catalogue import library_key
from buildings.retrofit.library import MeasureLibrary, library_of
from buildings.retrofit.measure import Measure
from buildings.retrofit.package import Slot, mended, slots
from buildings.retrofit.rules import rules_of
from twin.crew import Crew, Package, cpu_seconds
from twin.judges.nearly_zero import LevelKey
from twin.pilot.cases import case_of_study
from twin.progress import Progress, part_of
from twin.project import Loaded, naming
from twin.retrofit.abatement import abatement_curve
from twin.retrofit.choice import Chosen, choose
from twin.retrofit.confirm import confirm
from twin.retrofit.final import Final, Standard, finish, standard_of, state_of
from twin.retrofit.fitted_bases import fitted_bases
from twin.retrofit.level_search import LevelSearch
from twin.retrofit.levels import Found
from twin.retrofit.march_store import MarchStore, inputs_hash
from twin.retrofit.ranges import ranges_of
from twin.retrofit.search import combinations, explore
from twin.retrofit.told import told_measures, told_packages, told_study
from twin.retrofit.tried import Tried
from twin.retrofit.variants import Inputs
from twin.store import RunStore
from weather.errors import TwinError

SEARCH_MINUTES = 60.0
"""Step of the marches of a search [min]; what is chosen is marched again at the project's own step."""
_LEVELS: tuple[LevelKey, ...] = ("nearly_zero", "ultra_low", "zero")
"""In the order in which they are looked for."""


@dataclass(frozen=True)
class Settings:
    """How a study is made.

    Parameters
    ----------
    out : Path
        Folder of `marches/`, `runs/` and `study.json`.
    packages : int
        How many packages are marched.
    seed : int
    draws : int
        Of what is not known; 0 for none.
    energyplus : bool
        Whether chosen packages are confirmed in EnergyPlus.
    """

    out: Path
    packages: int = 2000
    seed: int = 0
    draws: int = 32
    energyplus: bool = False


def study(
    loaded: Loaded, settings: Settings, crew: Crew, progress: Callable[[str, float], None]
) -> dict[str, Any]:
    """Make the study of a project.

    Parameters
    ----------
    loaded : Loaded
        A project of one building.
    settings : Settings
    crew : Crew
        Who marches the variants.
    progress : callable
        Called with the stage and the share of the whole.

    Returns
    -------
    dict
        Content of `study.json`.

    Raises
    ------
    TwinError
        Several buildings, nothing to do, or anything that `prepare` and `march` refuse.
    """
    with naming(loaded.path):
        return _Study(loaded, settings, crew, progress).made()


class _Study:
    """One study while it is made."""

    def __init__(
        self, loaded: Loaded, settings: Settings, crew: Crew, progress: Callable[[str, float], None]
    ) -> None:
        self.began = time.perf_counter(), cpu_seconds()
        self.settings, self.crew, self.progress = settings, crew, progress
        project = alone(loaded.project)
        self.loaded = replace(loaded, project=project)
        self.library: MeasureLibrary = library_of(project)
        self.slots = _considered(slots(project, self.library), project, self.library)
        self.options = [slot.options for slot in self.slots if slot.options]
        _refuse_unknown_costs(project, self.library)
        if not self.options:
            raise TwinError(
                "no measure applies to this building.", "Leave `only` and `exclude` out.", key="retrofit"
            )
        self.store = MarchStore(settings.out / "marches")
        self.runs = RunStore(settings.out / "runs")

    def mend(self, package: Package) -> Package:
        """What of a package can be built."""
        return mended(self.loaded.project, package, self.library)

    def made(self) -> dict[str, Any]:
        """Go through all stages."""
        self.progress("reference building", 0.0)
        search = replace(self.loaded, project=coarse(self.loaded.project))
        rough = standard_of(search.project, search)
        inputs = self._inputs(search, rough)
        tried = self._searched(inputs)
        self.progress("levels under the standard's conditions", 0.55)
        fine = (
            rough if search.project == self.loaded.project else standard_of(self.loaded.project, self.loaded)
        )
        levels = self._found(tried, search, rough, fine)
        chosen = choose(list(tried.rated.values()), {key: found.cheapest for key, found in levels.items()})
        curve = abatement_curve(tried, chosen[0].rated.package, self.mend, self.library) if chosen else []
        names = {(): "baseline"} | {p: f"p{i:04d}" for i, p in enumerate(tried.rated) if p}
        finals = self._finals(chosen, names, fine)
        self.progress("what is not known", 0.72)
        ranges = ranges_of(
            inputs,
            [final.package for final in finals],
            tried,
            self.crew,
            self.settings.draws,
            self.settings.seed,
            fitted_bases(self.loaded, coarse, self.settings.draws, self.settings.seed),
        )
        checks = self._confirmed(finals)
        states = [
            state_of(final, finals[0], role, self.loaded.project, self.library, ranges.get(final.package))
            for final, role in zip(
                finals, [_AS_IT_IS, *((c.role_en, c.role_zh) for c in chosen)], strict=True
            )
        ]
        measures = told_measures(self.slots, self.library)
        made = told_study(self.loaded, tried, names, levels, states, fine, measures, self._method())
        made["counts"] = self._counts(tried)
        made["packages"] = told_packages(tried, names)
        made["abatement"], made["crosscheck"] = curve, checks
        if chosen:
            made["pilot"] = case_of_study(self.loaded.project, made, states[1]["id"]).assessment.as_dict()
        return made

    def _inputs(self, loaded: Loaded, standard: Standard) -> Inputs:
        key = inputs_hash(loaded.project, loaded.climate)
        return Inputs(loaded.project, loaded.climate, self.library, standard.context, key)

    def _searched(self, inputs: Inputs) -> Tried:
        wanted = min(self.settings.packages, combinations(self.options))
        told = part_of(lambda share: self.progress("packages", share), 0.02, 0.55)
        tried = Tried(
            inputs,
            self.store,
            self.crew,
            self.loaded.project.retrofit.finance,
            lambda count: told(min(count / max(wanted, 1), 1.0)),
        )
        explore(self.options, self.mend, tried, packages=self.settings.packages, seed=self.settings.seed)
        return tried

    def _found(self, tried: Tried, search: Loaded, rough: Standard, fine: Standard) -> dict[LevelKey, Found]:
        """The cheapest package of each level, under the standard's own conditions."""

        def under(loaded: Loaded, standard: Standard) -> Tried:
            inputs = replace(self._inputs(loaded, standard), strict=True)
            return Tried(inputs, self.store, self.crew, self.loaded.project.retrofit.finance)

        strict = under(search, rough)
        own = strict if fine is rough else under(self.loaded, fine)
        rules = rules_of(self.loaded.project, self.options, self.library)
        found = LevelSearch(self.options, rules, self.mend, tried, strict, own).find(_LEVELS)
        for one in {id(each): each for each in (strict, own)}.values():
            tried.marched += one.marched
            tried.found += one.found
        return found

    def _finals(self, chosen: Sequence[Chosen], names: dict[Package, str], standard: Standard) -> list[Final]:
        packages = [(), *(one.rated.package for one in chosen)]
        done = []
        for i, package in enumerate(packages):
            self.progress("chosen packages in full", 0.6 + 0.12 * i / len(packages))
            done.append(finish(names[package], package, self.loaded, self.library, standard, self.runs))
        return done

    def _confirmed(self, finals: Sequence[Final]) -> list[dict[str, Any]]:
        if not self.settings.energyplus:
            return []
        rows = []
        for i, final in enumerate(finals):
            first, last = (0.84 + 0.15 * k / len(finals) for k in (i, i + 1))
            part: Progress = part_of(lambda share: self.progress("EnergyPlus", share), first, last)
            rows += confirm(final.name, final.retrofitted.project, self.loaded.climate, part)
        return rows

    def _method(self) -> dict[str, Any]:
        count = combinations(self.options)
        return {
            "search": "exhaustive" if count <= self.settings.packages else "NSGA-II",
            "seed": self.settings.seed,
            "draws": self.settings.draws,
            "combinations": count,
            **_METHOD,
        }

    def _counts(self, tried: Tried) -> dict[str, Any]:
        now = time.perf_counter(), cpu_seconds()
        wall, cpu = (end - begin for end, begin in zip(now, self.began, strict=True))
        return {
            "packages": len(tried.rated),
            "refused": len(tried.refused),
            "marches": tried.marched,
            "from_store": tried.found,
            "wall_s": wall,
            "cpu_s": cpu,
            "step_min_search": int(coarse(self.loaded.project).timestep),
            "step_min_final": int(self.loaded.project.timestep),
        }


_METHOD = {
    "engine_en": "Every package is marched through the whole year by the fast engine; the chosen ones "
    "again at the project's own step, judged and stored as Runs.",
    "engine_zh": "每个方案均由快速引擎推进全年；选定方案按项目步长重新推进、评判并存档。",
    "levels_en": "Levels of GB/T 51350 are judged under the standard's conditions of use against the marched "
    "reference building. The cheapest package of a level is the one with the highest net present value. What "
    "each measure and pair of measures brings to money and to every index is learnt from all marches; an "
    "integer program proposes what should be cheapest, with each of the measures too, that is marched under "
    "these conditions and learnt from, until nothing better is expected. Limits that were not read in the "
    "official text give no badge.",
    "levels_zh": "GB/T 51350 等级按标准工况、与推进的基准建筑比较判定；各等级最经济方案指净现值最高者。"
    "由全部推进结果学得各措施及其两两组合对费用和各项指标的作用，以整数规划提出预计最经济的方案（并逐项措施各提一个），"
    "按标准工况推进后再学习，直至预计没有更优方案；未核对原文的限值不作为达标结论。",
}
_AS_IT_IS = ("as it is", "现状")


def alone(project: Project) -> Project:
    """The project without its call, of one building."""
    if len(project.buildings) != 1:
        raise TwinError(
            f"a study is of one building, the project has {len(project.buildings)}.",
            "Give each building a project of its own (with `extends`).",
            key="buildings",
        )
    return project.model_copy(update={"event": None})


def coarse(project: Project) -> Project:
    """At the step of the search, where the project's own is shorter and nothing varies inside the hours."""
    if project.timestep >= SEARCH_MINUTES:
        return project
    return project.model_copy(update={"timestep": SEARCH_MINUTES, "variability": "hourly"})


def _considered(found: Sequence[Slot], project: Project, library: MeasureLibrary) -> list[Slot]:
    """Slots with the measures that the study asks for; the others say why they are left out."""
    wish = project.retrofit
    known = {word for slot in found for word in (slot.key, *slot.options, *slot.left_out)}
    for field in ("exclude", "only"):
        for word in getattr(wish, field) or ():
            if word not in known:
                raise TwinError(
                    f"'{word}' is no measure and no slot.",
                    f"Slots are: {', '.join(slot.key for slot in found)}.",
                    key=f"retrofit.{field}",
                )
    done = []
    for slot in found:
        out = {key: _NOT_ASKED for key in slot.options if not _wanted(key, slot.key, project)}
        out |= {key: _SLOW for key in slot.options if _plans(library[key]) and key not in (wish.only or ())}
        options = tuple(key for key in slot.options if key not in out)
        done.append(replace(slot, options=options, left_out={**slot.left_out, **out}))
    return done


def _refuse_unknown_costs(project: Project, library: MeasureLibrary) -> None:
    """A unit cost under a misspelt key would move nothing, in silence."""
    for key in project.retrofit.finance.unit_costs:
        library_key(key, library, "retrofit measure", f"retrofit.finance.unit_costs.{key}")


_NOT_ASKED = ("left out by the project", "项目设定不考虑")
_SLOW = (
    "a year of plans takes a hundred times as long to march; name it in `only` to have it searched",
    "滚动优化全年计算耗时约为百倍，需在 only 中写明才纳入搜索",
)


def _plans(measure: Measure) -> bool:
    """Whether it has plans made of every day."""
    return getattr(measure.action, "control", None) == "mpc"


def _wanted(key: str, slot: str, project: Project) -> bool:
    wish = project.retrofit
    return not {key, slot} & set(wish.exclude) and (wish.only is None or bool({key, slot} & set(wish.only)))
