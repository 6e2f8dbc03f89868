"""The cheapest package of each level of GB/T 51350, looked for where a level is judged.

Cheapest is what has the highest net present value, that is the least net present cost, as the project uses
the building. A search rates packages by that use; a level counts under the standard's conditions and at the
project's own step. So a second search learns from all marches what every measure brings to money and to the
indices (`twin.retrofit.surrogate`) and asks an integer program for the packages that should be cheapest among
those that hold (`twin.retrofit.integer`), marches them under the standard's conditions and learns again:
until a package holds; then of every measure what should be cheapest with it (or without, where the best
package holds it), since what a measure brings differs with what stands beside it; then until the program
expects nothing more by which the best could be beaten, a margin for what the model misses included; last one
measure at a time is exchanged, dropped or added as long as that is better. Where none holds, each measure of
the one that lacks least is exchanged, then at once all that lessen what it lacks, as long as that helps. What
is proposed is marched at the step of the search; what comes out is marched at the project's own, and where
the step has moved an index, the search goes on with the index moved as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from buildings.retrofit.rules import Rule
from twin.crew import Package
from twin.judges.nearly_zero import LevelKey
from twin.retrofit.integer import PackageProgram, Solved
from twin.retrofit.levels import Found, indices, margins, shortfall
from twin.retrofit.rating import Rated
from twin.retrofit.search import Mend, Options
from twin.retrofit.surrogate import Floats, Form, Sample, corrected, most_different
from twin.retrofit.tried import Tried

Random = np.random.Generator
_STARTS = 12
"""Packages of the first search that are marched under the standard's conditions to start from; for a further
level a third of them, since what the first level taught holds for it too."""
_NEAR = 200
"""Packages of the first search among which those are sought: the nearest to the level."""
_PACKAGES: Mapping[LevelKey, int] = {"nearly_zero": 80, "ultra_low": 24, "zero": 24}
"""Proposals that are marched under the standard's conditions for each level, at the step of the search; half
as many before it is reached. What tries each measure and what exchanges them is beyond."""
_ALLOWED = (0.0, 1.0, -1.0)
"""Errors of the model by which an index may lack in a proposal: what is likely, cheaper, and safe."""
_DRAWS = 6
"""Models drawn from all that the marches leave likely: they try measures of which little is known yet."""
_LATEST = 12
"""Proposals by which it is told how far expectations miss, since at its optimum a model flatters itself."""
_TOGETHER = 4
"""Proposals that are marched at once."""
_DOUBT = 3.0
"""An exchange of one measure is marched unless it is expected to be worse by more than so many errors."""
_FAR = 2.0
"""A level is out of reach where no package holds it even if every index is better by so many errors."""


class LevelSearch:
    """Looks for the cheapest package of each level.

    Parameters
    ----------
    options : sequence of sequences of str
        Measures of each slot.
    rules : sequence of Rule
        What can be built.
    mend : callable
        Drops from a package what cannot be built; it has the last word.
    tried : Tried
        Packages under the project's own use; those that hold a level are entered here for their money.
    strict : Tried
        The same under the standard's conditions, at the step of the search.
    fine : Tried
        The same at the project's own step.
    """

    def __init__(
        self, options: Options, rules: Sequence[Rule], mend: Mend, tried: Tried, strict: Tried, fine: Tried
    ) -> None:
        self.options, self.mend = options, mend
        self.tried, self.strict, self.fine = tried, strict, fine
        self.program = PackageProgram(options, rules)
        self.known = list(tried.rated)
        self.sample = Sample(self.program.held(self.known), self.program.slots)
        self.money = self.sample.form(np.array([one.economics.npv_cny for one in tried.rated.values()]))

    def find(self, levels: Sequence[LevelKey]) -> dict[LevelKey, Found]:
        """Look for the cheapest package of each level; what was tried before decides the answer."""
        searches = {level: _LevelModel(self, level) for level in levels}
        for one in searches.values():
            one.look()
        return {level: self._answer(one) for level, one in searches.items()}

    def money_now(self, rng: Random | None = None) -> Form:
        """Net present value of packages, corrected by those that were marched for a level [CNY]."""
        new = list(self.tried.rated)[len(self.known) :]
        if not new:
            return self.money
        values = np.array([self.tried.rated[package].economics.npv_cny for package in new])
        return corrected(self.money, self.program.held(new), values, rng)

    def worth(self, package: Package) -> float:
        """Net present value of a package [CNY]; minus infinity where it is not known."""
        known = self.tried.rated.get(package)
        return -math.inf if known is None else known.economics.npv_cny

    def lack(self, package: Package, level: LevelKey) -> float:
        """Shortfall under the standard's conditions at the project's own step."""
        if package not in self.fine.rated:
            return math.inf
        return shortfall(margins(self.fine.rated[package].standard, level))

    def _answer(self, model: _LevelModel) -> Found:
        """What the marches at the project's own step say, those that were made for other levels included."""
        level, judged = model.level, len(self.strict.rated)
        lacks = {package: self.lack(package, level) for package in self.fine.rated}
        reached = [package for package, lack in lacks.items() if lack == 0.0]
        self.tried.add(reached)
        known = [self.tried.rated[package] for package in reached if package in self.tried.rated]
        if known:
            best = min(known, key=lambda one: (-one.economics.npv_cny, one.package))
            beyond = None if model.most_cny is None else max(model.most_cny - best.economics.npv_cny, 0.0)
            return Found(best, judged=judged, expected_cny=beyond)
        nearest = min(lacks, key=lambda package: (lacks[package], package))
        self.tried.add([nearest])
        verdicts = indices(self.fine.rated[nearest].standard, level)
        return Found(None, nearest, tuple(v for v in verdicts if v.met is not True), judged)


class _LevelModel:
    """What is known of one level, and the rounds in which it is learnt."""

    def __init__(self, search: LevelSearch, level: LevelKey) -> None:
        self.search, self.level = search, level
        self.strict, self.fine = search.strict, search.fine
        self.moved: dict[str, float] = {}
        self.missed: dict[str, list[float]] = {}
        self.most_cny: float | None = None
        """Net present value that no package is expected to pass; None where none was found."""
        own = [margins(one.standard, level) for one in list(search.tried.rated.values())[: len(search.known)]]
        self.forms = {key: search.sample.form(np.array([one[key] for one in own])) for key in own[0]}

    def look(self) -> None:
        """Reach the level, try each measure where it is reached, go on until no better is expected, exchange.

        Where it is not reached, the same from what lacks least, unless it is out of reach.
        """
        known, most = len(self._tried()), _PACKAGES[self.level]
        self.strict.add(self._starts(_STARTS if known == 1 else _STARTS // 3))
        self._settle()
        last = known + most // 2
        while self._best() is None and self._proposed(last):
            pass
        if not self._out_of_reach():
            self._try_each()
            last = len(self._tried()) + most
            while self._proposed(last):
                pass
            self._exchange()
        self.most_cny = self._most()

    def _proposed(self, last: int) -> bool:
        """March what the program proposes and learn from it; whether it is worth to go on."""
        near = self._least()
        if len(self._tried()) >= last or not math.isfinite(near):
            return False
        proposals = self._proposals()
        self._learn(proposals)
        return bool(proposals) and not (self._least() >= near and self._out_of_reach())

    def _out_of_reach(self) -> bool:
        """Whether no package holds and none is expected to."""
        least = self._least()
        return least > 0.0 and (not math.isfinite(least) or self._program(_FAR, self._tried()) is None)

    def _try_each(self) -> None:
        """Of every measure march what should be best with it, and without what the best one holds.

        What a measure brings differs with what stands beside it, and the first search seldom saw it beside
        what is wanted here.
        """
        lead = self._lead()
        waiting = list(self.search.program.keys)
        while waiting:
            made: list[Package] = []
            while waiting and len(made) < _TOGETHER:
                key = waiting.pop(0)
                forced = {key: key not in lead}
                found = self._program(0.0, self._tried(), forced=forced) or self.search.program.nearest(
                    self._conditions(0.0), self._tried(), forced
                )
                if found is not None:
                    made.append(self.search.mend(found.package))
            self._learn(sorted(set(made).difference(self._tried())))

    def _learn(self, proposals: Sequence[Package]) -> None:
        """March proposals, remember by how much expectations missed, and march the best at the own step."""
        held = self.search.program.held(proposals)
        expected = {key: form.of(held) for key, form in self._margins().items()}
        self._march(proposals)
        self._miss(proposals, expected)
        self._settle()

    def _march(self, packages: Sequence[Package]) -> None:
        """March packages under the standard's conditions, and as the building is used for their money.

        Those that do not hold teach as much of money as the others.
        """
        self.strict.add(packages)
        self.search.tried.add([package for package in packages if package in self.strict.rated])

    def _exchange(self) -> None:
        """Exchange one measure after the other as long as that is better; where none holds see `_near`."""
        while self._best() is None:
            before = self._lead()
            self._near(before)
            if self._lead() == before:
                return
        while made := self._exchanges(self._lead()):
            self._march(made)
            self._settle()

    def _near(self, lead: Package) -> None:
        """Exchange each measure of a package that lacks something, then all that lessen this at once.

        Next to what lacks least each measure brings little, less than the model misses, and most of it adds.
        """
        ways = [self._neighbours(lead, slot) for slot in self.search.options]
        made = sorted(set().union(*ways).difference(self._tried()))
        self.strict.add(made)
        at = self.lack(lead)
        lessens = []
        for slot, way in zip(self.search.options, ways, strict=True):
            lack, best = min(((self.lack(one), one) for one in way), default=(at, lead))
            if lack < at:
                lessens.append((lack, slot, best))
        lessens.sort(key=lambda one: one[0])
        some, package = [], lead
        for _, slot, best in lessens:
            package = self._with(package, slot, next((key for key in best if key in slot), None))
            some.append(package)
        self.strict.add(list(dict.fromkeys(some)))
        self._settle()

    def _with(self, package: Package, slot: Sequence[str], key: str | None) -> Package:
        """A package with another measure of a slot, or none."""
        return self.search.mend(
            (*(held for held in package if held not in slot), *([] if key is None else [key]))
        )

    def _neighbours(self, package: Package, slot: Sequence[str]) -> set[Package]:
        """Packages that differ in one slot."""
        return {self._with(package, slot, key) for key in (None, *slot)} - {package}

    def _exchanges(self, lead: Package) -> list[Package]:
        """Packages that differ in one slot from one that holds, are not yet marched and may be better."""
        others = set().union(*(self._neighbours(lead, slot) for slot in self.search.options))
        made = sorted(others.difference(self._tried()))
        held = self.search.program.held(made)
        money = self.search.money_now()
        worth = money.of(held)
        may = worth > self.search.worth(lead) - _DOUBT * money.error
        for form in self._conditions(_DOUBT).values():
            may &= form.of(held) >= 0.0
        order = sorted(np.flatnonzero(may), key=lambda i: -worth[i])
        return [made[i] for i in order[:_TOGETHER]]

    def lack(self, package: Package) -> float:
        """Shortfall at the project's own step, else at that of the search with the indices moved.

        Infinite for what could not be marched.
        """
        if package in self.fine.rated:
            return self.search.lack(package, self.level)
        if package not in self.strict.rated or package in self.fine.refused:
            return math.inf
        return shortfall(margins(self.strict.rated[package].standard, self.level), self.moved)

    def _most(self) -> float | None:
        """See `most_cny`: by the money of the best that was found, or what is expected beyond it."""
        best, money = self._best(), self.search.money_now()
        if best is None:
            return None
        worth = self.search.worth(best)
        found = self._program(1.0, self._tried(), worth - money.error)
        return worth if found is None else max(found.bound + money.error, worth)

    def _program(
        self,
        allowed: float,
        known: list[Package],
        least: float = -math.inf,
        rng: Random | None = None,
        forced: Mapping[str, bool] | None = None,
    ) -> Solved | None:
        """What should be cheapest, the indices better by so many errors; with at least some money."""
        money, conditions = self.search.money_now(rng), self._conditions(allowed, rng)
        return self.search.program.best(money, conditions, known, least=least, forced=forced or {})

    def _starts(self, count: int) -> list[Package]:
        """Of the packages that lack least as the project uses the building those that differ most."""

        def lack(one: Rated) -> tuple[float, float, Package]:
            return shortfall(margins(one.standard, self.level)), -one.economics.npv_cny, one.package

        known = (self.search.tried.rated[package] for package in self.search.known)
        near = [one.package for one in sorted(known, key=lack)[:_NEAR]]
        held = self.search.program.held(near)
        return [near[i] for i in most_different(held, count)]

    def _tried(self) -> list[Package]:
        return [*self.strict.rated, *self.strict.refused]

    def _least(self) -> float:
        return min(self.lack(package) for package in self.strict.rated)

    def _margins(self, rng: Random | None = None) -> dict[str, Form]:
        """Margins under the standard's conditions at the step of the search, by all marches so far."""
        packages = list(self.strict.rated)
        held = self.search.program.held(packages)
        own = [margins(self.strict.rated[package].standard, self.level) for package in packages]
        found = {}
        for key, form in self.forms.items():
            values = np.array([one[key] for one in own])
            known = np.isfinite(values)
            found[key] = corrected(form, held[known], values[known], rng)
        return found

    def _miss(self, packages: Sequence[Package], expected: Mapping[str, Floats]) -> None:
        """Remember by how much expectations missed."""
        for place, package in enumerate(packages):
            if package in self.strict.rated:
                found = margins(self.strict.rated[package].standard, self.level)
                for key in found:
                    self.missed.setdefault(key, []).append(found[key] - float(expected[key][place]))

    def _conditions(self, allowed: float, rng: Random | None = None) -> dict[str, Form]:
        """Margins at the project's own step, each better by so many errors."""
        found = {}
        for key, form in self._margins(rng).items():
            missed = [miss for miss in self.missed.get(key, ())[-_LATEST:] if math.isfinite(miss)]
            error = max(form.error, math.sqrt(math.fsum(miss**2 for miss in missed) / max(len(missed), 1)))
            constant = form.constant + self.moved.get(key, 0.0) + allowed * error
            found[key] = replace(form, constant=constant, error=error)
        return found

    def _proposals(self) -> list[Package]:
        """Packages to march next: what should be cheapest, with more or less room to each index.

        Empty where nothing is expected to beat what holds already.
        """
        money, best = self.search.money_now(), self._best()
        least = -math.inf if best is None else self.search.worth(best) - money.error
        known = self._tried()
        made: list[Package] = []
        drawn = np.random.default_rng(len(known))
        for allowed, rng in (*((a, None) for a in _ALLOWED), *((0.0, drawn) for _ in range(_DRAWS))):
            if len(made) == _TOGETHER:
                break
            found = self._program(allowed, known, least, rng)
            if found is None and best is None:
                found = self.search.program.nearest(self._conditions(allowed, rng), known)
            if found is None:
                continue
            mended = self.search.mend(found.package)
            if mended not in known:
                made.append(mended)
            known += {found.package, mended}
        return made

    def _best(self) -> Package | None:
        """What holds at the step of the search and has the most money."""
        holding = [package for package in self.strict.rated if self.lack(package) == 0.0]
        return max(holding, key=lambda package: (self.search.worth(package), package), default=None)

    def _lead(self) -> Package:
        """The best, else what lacks least."""
        best = self._best()
        if best is not None:
            return best
        return min(self.strict.rated, key=lambda package: (self.lack(package), package))

    def _settle(self) -> None:
        """March the lead at the project's own step, and move the indices by what that makes of it."""
        while True:
            self.search.tried.add([p for p in self.strict.rated if self.lack(p) == 0.0])
            lead = self._lead()
            if lead in self.fine.rated or lead in self.fine.refused:
                return
            self.fine.add([lead])
            if lead not in self.fine.rated or not math.isfinite(self.lack(lead)):
                return
            own, coarse = (
                margins(tried.rated[lead].standard, self.level) for tried in (self.fine, self.strict)
            )
            self.moved = {key: own[key] - coarse[key] for key in own}
