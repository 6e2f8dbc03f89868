"""A number that moves a result and that nobody has read in its official text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

UNVERIFIED = frozenset({"gk-verify", "assumed", "missing"})
"""Confidence words that must surface wherever the number moves a result."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """What was assumed, in words for people, with value and source.

    Parameters
    ----------
    key : str
        Stable name, dotted.
    zh, en : str
        One sentence in Chinese and in English.
    value : float, str or None
        The value used.
    unit : str
    source : str
        Where it comes from, or why there is nothing better.
    confidence : str
        One of the project's confidence words.
    source_zh : str
        The source in Chinese; empty where only the English text is there.
    """

    key: str
    zh: str
    en: str
    value: float | str | None
    unit: str
    source: str
    confidence: str
    source_zh: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def merged(*groups: Iterable[Assumption]) -> tuple[Assumption, ...]:
    """Each assumption once (by key, value and sentence), in the order of first appearance."""
    seen: dict[tuple[str, object, str], Assumption] = {}
    for group in groups:
        for one in group:
            seen.setdefault((one.key, one.value, one.en), one)
    return tuple(seen.values())
