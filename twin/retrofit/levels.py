"""The cheapest package of each level of GB/T 51350, looked for where a level is judged.

A search rates packages by the project's own use; a level counts under the standard's conditions and at the
project's own step. So a second search starts from the packages that come nearest and exchanges one measure
at a time, a slot after the other (coordinate descent): first until every index of the level holds, then for
money as long as every index holds. What is exchanged is marched at the step of the search; what comes out is
marched at the project's own, and where the step has moved an index, the descent goes on with the index moved
as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.crew import Package
from twin.judges.nearly_zero import LevelKey
from twin.judges.verdict import SIGNS, Verdict
from twin.retrofit.rating import Judged, Rated
from twin.retrofit.search import Mend, Options
from twin.retrofit.tried import Tried

_STARTS = 12
"""Packages of the first search that are marched under the standard's conditions to start from."""
_PACKAGES: Mapping[LevelKey, int] = {"nearly_zero": 100, "ultra_low": 30, "zero": 30}
"""Packages that are marched under the standard's conditions for each level, at the step of the search."""
_TOGETHER = 4
"""Measures of a slot that are marched at once: on the way to a level only those that bring most alone, within
it the cheapest first, until one holds it."""
_ROUNDS = 4
"""Descents, each with the indices moved by what the project's own step made of the one before."""


@dataclass(frozen=True)
class Found:
    """What was found for a level.

    Attributes
    ----------
    cheapest : Rated or None
        The package with the highest net present value that reaches it, as the project uses the building.
    nearest : tuple of str or None
        Where none reaches it: what misses it least.
    missed : tuple of Verdict
        The indices that this one does not meet.
    """

    cheapest: Rated | None
    nearest: Package | None = None
    missed: tuple[Verdict, ...] = ()


def indices(judged: Judged, level: str) -> list[Verdict]:
    """Verdicts on the indices of one level."""
    return [verdict for verdict in judged.verdicts if verdict.key.startswith(f"nearly_zero.{level}.")]


def margins(judged: Judged, level: str) -> dict[str, float]:
    """How far each index of a level lies beyond its limit, as a share of the limit.

    Parameters
    ----------
    judged : Judged
    level : str

    Returns
    -------
    dict of str to float
        By the verdict's key: negative where the index is not met, minus infinity where it is not judged.
    """
    found = {}
    for verdict in indices(judged, level):
        value, limit = verdict.value, verdict.limit
        if value is None or limit is None:
            found[verdict.key] = -math.inf
        else:
            beyond = value - limit if verdict.relation in (">=", ">") else limit - value
            found[verdict.key] = beyond / (abs(limit) or 1.0)
    return found


def shortfall(margin: Mapping[str, float], moved: Mapping[str, float] | None = None) -> float:
    """Sum of what the indices lack, as shares of their limits; nought where all hold.

    Parameters
    ----------
    margin : mapping
        As `margins`.
    moved : mapping, optional
        Added to the margins by key.
    """
    shifts = moved or {}
    return math.fsum(max(-(share + shifts.get(key, 0.0)), 0.0) for key, share in margin.items())


class LevelSearch:
    """Looks for the cheapest package of each level.

    Parameters
    ----------
    options : sequence of sequences of str
        Measures of each slot.
    mend : callable
        Drops from a package what cannot be built.
    tried : Tried
        Packages under the project's own use; those that hold a level are entered here for their money.
    strict : Tried
        The same under the standard's conditions, at the step of the search.
    fine : Tried
        The same at the project's own step.
    """

    def __init__(self, options: Options, mend: Mend, tried: Tried, strict: Tried, fine: Tried) -> None:
        self.options, self.mend = options, mend
        self.tried, self.strict, self.fine = tried, strict, fine

    def find(self, levels: Sequence[LevelKey]) -> dict[LevelKey, Found]:
        """Look for the cheapest package of each level; what was tried before decides the answer."""
        for level in levels:
            self._look(level)
        return {level: self._answer(level) for level in levels}

    def _look(self, level: LevelKey) -> None:
        descent = _Descent(self, level)
        self.strict.add(descent.starts())
        best = descent.best()
        for _ in range(_ROUNDS):
            if not descent.moved_by(best):
                return
            best = descent.run()
            self.fine.add([best])
            if not descent.holds(best) or self._lack(best, level) == 0.0:
                return

    def _lack(self, package: Package, level: LevelKey) -> float:
        if package not in self.fine.rated:
            return math.inf
        return shortfall(margins(self.fine.rated[package].standard, level))

    def _answer(self, level: LevelKey) -> Found:
        """What the marches at the project's own step say, those that were made for other levels included."""
        lacks = {package: self._lack(package, level) for package in self.fine.rated}
        reached = [package for package, lack in lacks.items() if lack == 0.0]
        self.tried.add(reached)
        known = [self.tried.rated[package] for package in reached if package in self.tried.rated]
        if known:
            return Found(min(known, key=lambda one: (-one.economics.npv_cny, one.package)))
        nearest = min(lacks, key=lambda package: (lacks[package], package))
        self.tried.add([nearest])
        verdicts = indices(self.fine.rated[nearest].standard, level)
        return Found(None, nearest, tuple(v for v in verdicts if v.met is not True))


class _Descent:
    """One level's descent: nearer to it first, then cheaper within it."""

    def __init__(self, search: LevelSearch, level: LevelKey) -> None:
        self.options, self.mend = search.options, search.mend
        self.tried, self.strict, self.fine = search.tried, search.strict, search.fine
        self.level = level
        self.moved: dict[str, float] = {}
        self.last = len(self.strict.rated) + len(self.strict.refused) + _PACKAGES[level]

    def starts(self) -> list[Package]:
        """The packages that lack least as the project uses the building, the cheapest of equal ones first."""

        def lack(one: Rated) -> tuple[float, float, Package]:
            return shortfall(margins(one.standard, self.level)), -one.economics.npv_cny, one.package

        return [one.package for one in sorted(self.tried.rated.values(), key=lack)[:_STARTS]]

    def lack(self, package: Package) -> float:
        """Shortfall under the standard's conditions; infinite for what could not be marched."""
        if package not in self.strict.rated:
            return math.inf
        return shortfall(margins(self.strict.rated[package].standard, self.level), self.moved)

    def holds(self, package: Package) -> bool:
        """Whether every index holds."""
        return self.lack(package) == 0.0

    def rank(self, package: Package) -> tuple[float, float, Package]:
        """What is made small: the shortfall, then what is not gained; unknown money counts as the worst."""
        known = self.tried.rated.get(package)
        return self.lack(package), math.inf if known is None else -known.economics.npv_cny, package

    def moved_by(self, package: Package) -> bool:
        """Move every index by what the project's own step makes of it in a package, where both are judged."""
        self.fine.add([package])
        if package not in self.fine.rated or not math.isfinite(self.lack(package)):
            return False
        own, coarse = (
            margins(tried.rated[package].standard, self.level) for tried in (self.fine, self.strict)
        )
        self.moved = {key: own[key] - coarse[key] for key in own}
        return True

    def best(self) -> Package:
        """The best package that is known."""
        return min(self.strict.rated, key=self.rank)

    def run(self) -> Package:
        """Descend from the best package that is known."""
        best = self.best()
        while math.isfinite(self.lack(best)):
            before, within = best, self.holds(best)
            for slot in self._ordered(best, within):
                best = self._exchanged(best, slot, within)
                if len(self.strict.rated) + len(self.strict.refused) >= self.last:
                    return best
                if self.holds(best) != within:
                    break
            if best == before:
                break
        return best

    def _exchanged(self, best: Package, slot: Sequence[str], within: bool) -> Package:
        """The best of a package and those with another measure of a slot or none."""
        held = next((key for key in best if key in slot), None)
        rest = tuple(key for key in best if key != held)
        others = [key for key in slot if key != held]
        if within:
            keys = [key for key in (None, *others) if self._may_pay(key, held)]
            keys.sort(key=lambda key: -self._gain(key))
        else:
            keys = [*sorted(others, key=self._reach)[:_TOGETHER], *([] if held is None else [None])]
        made = [self.mend(rest if key is None else (*rest, key)) for key in keys]
        made = [one for one in dict.fromkeys(made) if one != best]
        for first in range(0, len(made), _TOGETHER):
            some = made[first : first + _TOGETHER]
            self.strict.add(some)
            self.tried.add([package for package in some if self.holds(package)])
            better = min([best, *some], key=self.rank)
            if within and better != best:
                return better
            best = better
        return best

    def _gain(self, key: str | None) -> float:
        """Net present value of a measure alone, endless where it is not known, nought for none [CNY]."""
        if key is None:
            return 0.0
        alone = self.tried.rated.get((key,))
        return math.inf if alone is None else alone.economics.npv_cny

    def _may_pay(self, key: str | None, held: str | None) -> bool:
        new, now = self._gain(key), self._gain(held)
        return new > now or math.inf in (new, now)

    def _reach(self, key: str) -> float:
        """Shortfall with a measure alone, as the project uses the building; endless where it is not known."""
        alone = self.tried.rated.get((key,))
        return math.inf if alone is None else shortfall(margins(alone.standard, self.level))

    def _ordered(self, package: Package, within: bool) -> list[Sequence[str]]:
        """Slots: within the level the dearest measures first, else those whose measures bring most."""
        if not within:
            return sorted(self.options, key=lambda slot: min(self._reach(key) for key in slot))
        held = [next((key for key in package if key in slot), None) for slot in self.options]
        gains = [-math.inf if self._gain(key) == math.inf else self._gain(key) for key in held]
        return [self.options[i] for i in sorted(range(len(gains)), key=lambda i: gains[i])]


def why_missed(found: Found, name: str) -> tuple[str, str]:
    """In words what the nearest package lacks of a level, in English and Chinese.

    Parameters
    ----------
    found : Found
        Without a package that reaches it.
    name : str
        Of the nearest package.
    """
    en, zh = zip(*(_missed(verdict) for verdict in found.missed), strict=True)
    return (
        f"no package that was tried reaches it under the standard's conditions; the nearest, {name}, "
        f"does not meet {'; '.join(en)}",
        f"按标准工况，所试方案均未达到；最接近的 {name} 未满足：{'；'.join(zh)}",
    )


def _missed(verdict: Verdict) -> tuple[str, str]:
    en, zh = verdict.en.partition(": ")[2], verdict.zh.partition("：")[2]
    if verdict.value is None or verdict.limit is None:
        return f"{en} ({verdict.note})", f"{zh}（{verdict.note_zh}）"
    unit = verdict.unit if verdict.unit == "%" else f" {verdict.unit}"
    value, limit = (
        f"{number:,.{0 if abs(number) >= 1000.0 else 2}f}" for number in (verdict.value, verdict.limit)
    )
    asked = f"{SIGNS[verdict.relation]} {limit}{unit}"
    return f"{en} ({value}{unit}, {asked})", f"{zh}（{value}{unit}，{asked}）"
