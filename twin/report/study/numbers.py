"""Numbers as people read them: thousands separators, a real minus, and a dash for what is not known."""

from __future__ import annotations

import math
from typing import Any

from twin.report.style import Language, pick

MISSING = "–"
"""Printed where there is no figure; never `None`, never `nan`."""

_MINUS = "−"


def known(value: Any) -> bool:
    """Whether a value is a finite number (a truth value is none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number(value: Any, decimals: int | None = None, *, signed: bool = False) -> str:
    """A number with thousands separators.

    Parameters
    ----------
    value : float or None
    decimals : int, optional
        Digits behind the point; by default as many as leave about three significant figures, without
        zeros at the end.
    signed : bool
        Whether a plus is printed.

    Returns
    -------
    str
        `MISSING` where the value is not a finite number; never a negative zero.
    """
    if not known(value):
        return MISSING
    digits = _decimals(float(value)) if decimals is None else decimals
    text = f"{abs(float(value)):,.{digits}f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if not any(c in "123456789" for c in text):
        return text
    if value < 0:
        return _MINUS + text
    return "+" + text if signed else text


def _decimals(value: float) -> int:
    size = abs(value)
    if size == 0 or size >= 100:
        return 0
    if size >= 10:
        return 1
    # 0.999 rounds to 1.00 with the digits of its own size; nobody minds.
    return min(6, 2 - math.floor(math.log10(size)))


def percent(share: Any, decimals: int = 1, *, signed: bool = False) -> str:
    """A share as a percentage."""
    text = number(share * 100.0 if known(share) else None, decimals, signed=signed)
    return text if text == MISSING else f"{text} %"


def money_unit(language: Language) -> str:
    """Unit of sums: 万元 in Chinese, thousand CNY in English."""
    return pick(language, "万元", "kCNY")


def money_value(cny: Any, language: Language) -> float | None:
    """A sum in `money_unit`; None where it is not known."""
    if not known(cny):
        return None
    return float(cny) / (1e4 if language == "zh" else 1e3)


def money(cny: Any, language: Language, *, unit: bool = True, signed: bool = False) -> str:
    """A sum in 万元 (one decimal) or kCNY (none)."""
    text = number(money_value(cny, language), 1 if language == "zh" else 0, signed=signed)
    return f"{text} {money_unit(language)}" if unit and text != MISSING else text


def spread(low: str, high: str) -> str:
    """Two printed figures as a range; a dash where either is missing."""
    if MISSING in (low, high):
        return MISSING
    return low if low == high else f"{low} ~ {high}"


def change(before: float | None, after: float | None) -> float | None:
    """Relative change, signed; None where it has no meaning."""
    return (after - before) / before if before is not None and after is not None and before > 0 else None
