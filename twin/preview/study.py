"""The study of an owner's building: three fixed packages in full, with ranges, levels, pilots (试点预演).

It is a study like that of `twin retrofit`, without the search: the same content, so that the same reports
and the same draft plan are written from it. What only an owner's page needs stands under `preview`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from buildings.retrofit.library import library_of
from buildings.retrofit.package import mended, slots
from twin.crew import Crew, Package, cpu_seconds
from twin.judges.nearly_zero import LEVELS, LevelKey
from twin.market.assumption import Assumption
from twin.pilot.cases import case_of_study
from twin.preview.bill import Bill, assumption, bill_of, money_by_bill
from twin.preview.packages import TIERS, TierPackage, packages_of
from twin.preview.six_fields import SixFields
from twin.preview.year import months_of, peak_day
from twin.project import Loaded, naming
from twin.retrofit.abatement import abatement_curve
from twin.retrofit.due import due_of
from twin.retrofit.final import Final, Standard, finish, lives_of, standard_of, state_of
from twin.retrofit.levels import Found, indices, shortfall
from twin.retrofit.levels import margins as margins_of
from twin.retrofit.march_store import MarchStore, inputs_hash
from twin.retrofit.ranges import ranges_of
from twin.retrofit.study import alone, coarse
from twin.retrofit.told import told_measures, told_packages, told_study
from twin.retrofit.tried import Tried
from twin.retrofit.variants import Inputs
from twin.store import RunStore
from weather.errors import TwinError

BASELINE = "baseline"
"""Id of the building as it is."""
_AS_IT_IS = ("as it is", "现状")


@dataclass(frozen=True)
class Settings:
    """How a preview is made.

    Parameters
    ----------
    out : Path
        Folder of `marches/`, `runs/` and `study.json`.
    draws : int
        Of what is not known; 0 for none.
    seed : int
    """

    out: Path
    draws: int = 16
    seed: int = 0


def preview(
    loaded: Loaded,
    settings: Settings,
    crew: Crew,
    progress: Callable[[str, float], None],
    *,
    fields: SixFields | None = None,
    said: Sequence[Assumption] = (),
) -> dict[str, Any]:
    """Make the study.

    Parameters
    ----------
    loaded : Loaded
        A project of one building.
    settings : Settings
    crew : Crew
    progress : callable
        Called with the stage and the share of the whole.
    fields : SixFields, optional
        What the owner said, where the project was made of it.
    said : sequence of Assumption
        What was assumed for that.

    Returns
    -------
    dict
        Content of `study.json`.

    Raises
    ------
    TwinError
        Several buildings, no measure that applies, or anything that `prepare` and `march` refuse.
    """
    with naming(loaded.path):
        return _Preview(loaded, settings, crew, progress, fields, tuple(said)).made()


class _Preview:
    """One preview while it is made."""

    def __init__(
        self,
        loaded: Loaded,
        settings: Settings,
        crew: Crew,
        progress: Callable[[str, float], None],
        fields: SixFields | None,
        said: tuple[Assumption, ...],
    ) -> None:
        self.began = time.perf_counter(), cpu_seconds()
        self.settings, self.crew, self.progress = settings, crew, progress
        self.fields, self.said = fields, said
        self.project = alone(loaded.project)
        self.loaded = replace(loaded, project=self.project)
        self.library = library_of(self.project)
        self.slots = slots(self.project, self.library)
        self.packages = packages_of(self.project, self.slots, self.library)
        self.tiers = _different(self.packages)
        if not self.tiers:
            raise TwinError(
                "no measure of the three packages applies to this building.",
                "Make a study of your own measures with `twin retrofit`.",
                key="retrofit",
            )
        self.runs = RunStore(settings.out / "runs")
        self.store = MarchStore(settings.out / "marches")

    def made(self) -> dict[str, Any]:
        """Go through all stages."""
        self.progress("reference building", 0.0)
        search = replace(self.loaded, project=coarse(self.project))
        fine = standard_of(self.project, self.loaded)
        finals = self._finals(fine)
        self.progress("measures one by one", 0.55)
        rough = fine if search.project == self.project else standard_of(search.project, search)
        tried = self._tried(search, rough)
        names = {(): BASELINE} | {one.keys: one.tier for one in self.tiers}
        levels = _levels(finals, tried)
        self.progress("what is not known", 0.62)
        ranges = ranges_of(
            tried.inputs, list(names), tried, self.crew, self.settings.draws, self.settings.seed
        )
        roles = [_AS_IT_IS, *((one.words.name_en, one.words.name_zh) for one in self.tiers)]
        states = [
            state_of(final, finals[0], role, self.project, self.library, ranges.get(final.package))
            for final, role in zip(finals, roles, strict=True)
        ]
        said = [one.as_dict() for one in self.said]
        states[0]["assumptions"] = [*said, *states[0]["assumptions"]]
        measures = told_measures(self.slots, self.library)
        made = told_study(self.loaded, tried, names, levels, states, fine, measures, self._method())
        cases = {one.tier: case_of_study(self.project, made, one.tier).assessment for one in self.tiers}
        best = max(states[1:], key=lambda one: one["economics"]["npv_cny"])["id"]
        made["chosen"].sort(key=lambda one: one["id"] != best)
        made["pilot"] = cases[best].as_dict()
        self.progress("measures one by one", 0.92)
        package = next(one.keys for one in self.tiers if one.tier == best)
        made["abatement"] = abatement_curve(tried, package, self._mend, self.library)
        made["packages"] = told_packages(tried, _named(tried, names))
        made["preview"] = self._own(finals, best, {key: one.as_dict() for key, one in cases.items()})
        made["counts"] = self._counts(tried, len(finals))
        return made

    def _mend(self, package: Package) -> Package:
        return mended(self.project, package, self.library)

    def _finals(self, standard: Standard) -> list[Final]:
        wanted = [(BASELINE, ()), *((one.tier, one.keys) for one in self.tiers)]
        done = []
        for i, (name, package) in enumerate(wanted):
            self.progress("the building as it is" if not package else f"package {i} of {len(self.tiers)}",
                          0.05 + 0.5 * i / len(wanted))  # fmt: skip
            done.append(finish(name, package, self.loaded, self.library, standard, self.runs))
        return done

    def _tried(self, search: Loaded, standard: Standard) -> Tried:
        key = inputs_hash(search.project, search.climate)
        inputs = Inputs(search.project, search.climate, self.library, standard.context, key)
        tried = Tried(inputs, self.store, self.crew, self.project.retrofit.finance)
        tried.add([one.keys for one in self.tiers])
        for one in self.tiers:
            if one.keys in tried.refused:
                raise TwinError(
                    f"The package {one.words.name_en} cannot be marched: {tried.refused[one.keys]}",
                    "Leave the measure out under retrofit.exclude.",
                    key="retrofit",
                )
        return tried

    def _counts(self, tried: Tried, finals: int) -> dict[str, Any]:
        now = time.perf_counter(), cpu_seconds()
        wall, cpu = (end - begin for end, begin in zip(now, self.began, strict=True))
        return {
            "packages": len(tried.rated),
            "refused": len(tried.refused),
            "marches": tried.marched + finals,
            "from_store": tried.found,
            "wall_s": wall,
            "cpu_s": cpu,
            "step_min_search": int(coarse(self.project).timestep),
            "step_min_final": int(self.project.timestep),
        }

    def _method(self) -> dict[str, Any]:
        return {
            "search": "fixed",
            "seed": self.settings.seed,
            "draws": self.settings.draws,
            "combinations": len(self.tiers),
            **_METHOD,
        }

    def _own(self, finals: Sequence[Final], best: str, pilots: dict[str, Any]) -> dict[str, Any]:
        """What an owner's page shows besides."""
        bill = None if self.fields is None else bill_of(self.fields, finals[0].annual)
        named = {one.tier: one for one in self.packages}
        return {
            "fields": None if self.fields is None else self.fields.model_dump(mode="json", exclude_none=True),
            "assumptions": [one.as_dict() for one in (*self.said, *((assumption(bill),) if bill else ()))],
            "proposed": best,
            "tiers": [_tier(named[tier], tier in pilots) for tier in TIERS],
            "bill": None if bill is None else bill.as_dict(),
            "by_bill": {}
            if bill is None
            else {f.name: self._by_bill(bill, f, finals[0]) for f in finals[1:]},
            "pilots": pilots,
            "months": {final.name: months_of(final.run) for final in finals},
            "peak_day": peak_day([final.run for final in finals], [final.name for final in finals]),
        }

    def _by_bill(self, bill: Bill, final: Final, before: Final) -> dict[str, Any]:
        due = due_of(self.project, before.facts, self.library)
        money = money_by_bill(
            bill, before.annual, final.annual, final.lines, self.project.retrofit.finance,
            lives=lives_of(final), renewals=due.avoided(final.lines),
        ).as_dict()  # fmt: skip
        return {key: money[key] for key in _MONEY}


_MONEY = ("saving_cny", "npv_cny", "irr", "simple_payback_a", "discounted_payback_a")
_METHOD = {
    "engine_en": "Three fixed packages, marched through the whole year by the fast engine at the project's "
    "own step, judged and stored as Runs; ranges by draws at hourly steps. Nothing was searched: "
    "`twin retrofit` does that.",
    "engine_zh": "三档固定方案由快速引擎按项目步长推进全年、评判并存档；区间由小时步长的抽样推进得到。"
    "未作方案搜索，搜索用 twin retrofit。",
    "levels_en": "Levels of GB/T 51350 are judged under the standard's conditions of use against the marched "
    "reference building, among the three packages. Limits that were not read in the official text give no "
    "badge.",
    "levels_zh": "GB/T 51350 等级按标准工况、与推进的基准建筑比较，在三档方案中判定；"
    "未核对原文的限值不作为达标结论。",
}


def _different(packages: Sequence[TierPackage]) -> list[TierPackage]:
    """Packages that do something, each once."""
    seen: dict[Package, TierPackage] = {}
    for one in packages:
        if one.keys:
            seen.setdefault(one.keys, one)
    return list(seen.values())


def _levels(finals: Sequence[Final], tried: Tried) -> dict[LevelKey, Found]:
    """What the packages reach at the project's own step under the standard's conditions."""
    found: dict[LevelKey, Found] = {}
    for level in LEVELS:
        lacks = {f.package: shortfall(margins_of(f.standard, level)) for f in finals if f.package}
        reached = [tried.rated[package] for package, lack in lacks.items() if lack == 0.0]
        if reached:
            best = max(reached, key=lambda one: one.economics.npv_cny)
            found[level] = Found(best, judged=len(lacks))
            continue
        nearest = min(lacks, key=lambda package: lacks[package])
        verdicts = indices(next(f.standard for f in finals if f.package == nearest), level)
        found[level] = Found(None, nearest, tuple(v for v in verdicts if v.met is not True), len(lacks))
    return found


def _named(tried: Tried, names: dict[Package, str]) -> dict[Package, str]:
    """Names of all packages that were marched: parts of the proposed one beside the three."""
    return {package: names.get(package, f"part{i:02d}") for i, package in enumerate(tried.rated)}


def _tier(one: TierPackage, made: bool) -> dict[str, Any]:
    words = one.words
    return {
        "id": one.tier,
        "made": made,
        "name_zh": words.name_zh,
        "name_en": words.name_en,
        "about_zh": words.about_zh,
        "about_en": words.about_en,
        "left_out": [{"slot": slot, "zh": zh, "en": en} for slot, zh, en in one.left_out],
    }
