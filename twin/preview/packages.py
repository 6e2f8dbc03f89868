"""The three packages that an owner is shown: light, deep, near zero with PEDF (三档方案)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from buildings.description.schema import ArchetypeBuilding, Project
from buildings.library import catalogue
from buildings.library.data_text import read_data
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import Slot, mended
from twin.crew import Package

Tier = Literal["light", "deep", "near_zero"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True)
class TierWords:
    """Names of a package and what it stands for."""

    name_zh: str
    name_en: str
    about_zh: str
    about_en: str


@dataclass(frozen=True)
class TierPackage:
    """One of the three for one building.

    Attributes
    ----------
    tier : {"light", "deep", "near_zero"}
    words : TierWords
    keys : tuple of str
        Measures in the order of their slots; all go together.
    left_out : tuple of (str, str, str)
        Slots of the package that stay empty here: slot, why in Chinese, why in English.
    """

    tier: Tier
    words: TierWords
    keys: Package
    left_out: tuple[tuple[str, str, str], ...]


@cache
def _data() -> dict[str, Any]:
    text = (files("twin.preview") / "data" / "packages.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def words_of(tier: str) -> TierWords:
    """Names of a package."""
    said = _data()["packages"][tier]
    return TierWords(said["name_zh"], said["name_en"], said["about_zh"], said["about_en"])


def wanted(tier: str, category: str) -> dict[str, list[str]]:
    """Measures of a package by slot, in the order of preference, for `public` or `residential` buildings."""
    found: dict[str, list[str]] = _data()["packages"][tier][category]
    return found


def packages_of(
    project: Project, found: tuple[Slot, ...], library: MeasureLibrary
) -> tuple[TierPackage, ...]:
    """The three packages for a building.

    Parameters
    ----------
    project : Project
        The building as it is.
    found : tuple of Slot
        As `buildings.retrofit.package.slots`.
    library : MeasureLibrary

    Returns
    -------
    tuple of TierPackage
        In the order of effort; one may hold nothing where the building has everything already.
    """
    by_key = {slot.key: slot for slot in found}
    return tuple(_package(tier, project, by_key, library) for tier in TIERS)


def _kind(project: Project) -> tuple[str, str]:
    """Category and use of the building; one described by its zones counts by the first that has a use."""
    building = project.buildings[0]
    if isinstance(building, ArchetypeBuilding):
        return catalogue.archetype(building.archetype).category, building.archetype
    used = next((zone.use for zone in building.zones if zone.use is not None), None)
    return ("public" if used is None else catalogue.use(used).category), str(used)


def _package(tier: Tier, project: Project, found: dict[str, Slot], library: MeasureLibrary) -> TierPackage:
    keys: list[str] = []
    out: list[tuple[str, str, str]] = []
    category, use = _kind(project)
    without = _data()["without"].get(use, {}).get(tier, ())
    for key, choices in wanted(tier, category).items():
        if key in without:
            out.append((key, *_NOT_WORTH))
            continue
        slot = found.get(key)
        options = () if slot is None else slot.options
        best = next((choice for choice in choices if choice in options), None)
        if best is not None:
            keys.append(best)
        else:
            out.append((key, *_why_out(slot, choices)))
    package = mended(project, keys, library)
    out += [(library[key].slot, *_CANNOT) for key in keys if key not in package]
    return TierPackage(tier, words_of(tier), package, tuple(out))


def _why_out(slot: Slot | None, choices: list[str]) -> tuple[str, str]:
    """Why no choice of a slot applies, in Chinese and English."""
    if slot is None:
        return _EXCLUDED
    en, zh = next((slot.left_out[key] for key in choices if key in slot.left_out), reversed(_EXCLUDED))
    return zh, en


_NOT_WORTH = ("对这类建筑投入与收益不相称", "for this use it would gain too little for the money")
_EXCLUDED = ("本建筑不考虑", "left out for this building")
_CANNOT = (
    "与方案内其他措施不能同时采用，或缺少前提",
    "it does not go with the other measures, or lacks what it needs",
)
