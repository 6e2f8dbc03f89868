"""Which of many packages are looked at closely: the cheapest of each level, and the ends of the front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.crew import Package
from twin.retrofit.rating import Rated

LEVEL_WORDS = {
    "ultra_low": ("ultra-low energy", "超低能耗"),
    "nearly_zero": ("nearly zero energy", "近零能耗"),
    "zero": ("zero energy", "零能耗"),
}


@dataclass(frozen=True)
class Chosen:
    """A package, why it is chosen, and the levels of which it is the cheapest."""

    rated: Rated
    role_en: str
    role_zh: str
    levels: tuple[str, ...]


def choose(tried: Sequence[Rated], levels: Mapping[str, Rated | None]) -> list[Chosen]:
    """The packages to look at, each once with all its roles: nearly zero first, where it is reached.

    Parameters
    ----------
    tried : sequence of Rated
        All that were marched; the building as it is stays apart.
    levels : mapping of str to Rated or None
        The cheapest package of each level; None where none reaches it.
    """
    changed = [rated for rated in tried if rated.package]
    found: dict[Package, _Roles] = {}
    for level in ("nearly_zero", "ultra_low", "zero"):
        en, zh = LEVEL_WORDS[level]
        cheapest = levels[level]
        if cheapest is not None and cheapest.package:
            found.setdefault(cheapest.package, _Roles(cheapest)).add(
                f"cheapest {en}", f"最经济的{zh}方案", level
            )
    paying = [rated for rated in changed if rated.economics.npv_cny >= 0.0]
    for some, value, en, zh in (
        (paying, _carbon, "least carbon that pays for itself", "可自偿的最低碳方案"),
        (changed, _money, "highest net present value", "净现值最高"),
        (changed, _carbon, "least carbon", "最低碳方案"),
    ):
        best = min(some, key=lambda rated: (value(rated), rated.package), default=None)
        if best is not None:
            found.setdefault(best.package, _Roles(best)).add(en, zh)
    return [roles.chosen() for roles in found.values()]


class _Roles:
    """Why one package is chosen."""

    def __init__(self, rated: Rated) -> None:
        self.rated = rated
        self.en: list[str] = []
        self.zh: list[str] = []
        self.levels: list[str] = []

    def add(self, en: str, zh: str, level: str | None = None) -> None:
        self.en.append(en)
        self.zh.append(zh)
        self.levels += [level] if level is not None else []

    def chosen(self) -> Chosen:
        return Chosen(self.rated, ", ".join(self.en), "、".join(self.zh), tuple(self.levels))


def _money(rated: Rated) -> float:
    return -rated.economics.npv_cny


def _carbon(rated: Rated) -> float:
    return rated.carbon_t
