"""Levels of GB/T 51350 as a search of packages sees them: their indices, what they lack, what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from twin.crew import Package
from twin.judges.verdict import SIGNS, Verdict
from twin.retrofit.rating import Judged, Rated


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
    judged : int
        Packages that were judged under the standard's conditions.
    expected_cny : float or None
        What more net present value the model expects another package to have at most, its error in money and
        one error of each index allowed; nought where it expects none. None where it cannot tell.
    """

    cheapest: Rated | None
    nearest: Package | None = None
    missed: tuple[Verdict, ...] = ()
    judged: int = 0
    expected_cny: float | None = None


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


def how_sure(found: Found) -> tuple[str, str]:
    """In words by what a package is the cheapest, and what is left, in English and Chinese.

    Parameters
    ----------
    found : Found
        With a package that reaches the level.
    """
    en = f"highest net present value of {found.judged:,} packages judged under the standard's conditions"
    zh = f"按标准工况评判的 {found.judged:,} 个方案中净现值最高"
    if found.expected_cny is None:
        return en, zh
    if found.expected_cny == 0.0:
        return (
            f"{en}; the model learnt from all marches expects no better one, its error allowed",
            f"{zh}；据全部推进所得的模型，计入其误差后预计没有更优方案",
        )
    return (
        f"{en}; the model learnt from all marches, its error allowed, leaves room for "
        f"{found.expected_cny:,.0f} CNY more at most",
        f"{zh}；据全部推进所得的模型，计入其误差后至多还可高出 {found.expected_cny:,.0f} 元",
    )


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
