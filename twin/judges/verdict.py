"""What a judge says: a value, the limit it is held against, and how sure that limit is."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from twin.market.assumption import UNVERIFIED

Status = Literal["pass", "fail", "assumed", "not_judged", "not_sure"]
Relation = Literal["<=", ">=", "<", ">"]
SIGNS: dict[Relation, str] = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}
"""Relations as they are printed."""

_HOLDS: dict[Relation, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict.

    Parameters
    ----------
    key : str
        Stable name, dotted.
    zh, en : str
        What is judged.
    value, limit : float or None
        The figure and what it is held against, in `unit`.
    relation : {"<=", ">=", "<", ">"}
        How the value must stand to the limit; the last two do not hold on the limit itself.
    unit : str
    source : str
        Clause or source of the limit.
    confidence : str
        How well the limit is known.
    status : {"pass", "fail", "assumed", "not_judged", "not_sure"}
        `assumed`: held against a limit that nobody verified; `met` tells which side the value is on.
        `not_sure`: the draws of a calibrated project lie on both sides (`twin.calibration.ranges`).
    met : bool or None
        Whether the relation holds; None where that is not known.
    note : str
        What is missing or to be known beside.
    note_zh, source_zh : str
        The same in Chinese; empty where only the English text is there.
    """

    key: str
    zh: str
    en: str
    value: float | None
    limit: float | None
    relation: Relation
    unit: str
    source: str
    confidence: str
    status: Status
    met: bool | None
    note: str = ""
    note_zh: str = ""
    source_zh: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def holds(value: float, relation: Relation, limit: float) -> bool:
    """Whether a value stands to a limit as it must."""
    return bool(_HOLDS[relation](value, limit))


def hold(
    key: str,
    zh: str,
    en: str,
    value: float | None,
    relation: Relation,
    limit: float | None,
    *,
    unit: str,
    source: str,
    confidence: str,
    note: str = "",
    note_zh: str = "",
    source_zh: str = "",
) -> Verdict:
    """Hold a value against a limit.

    Returns
    -------
    Verdict
        `not_judged` where value or limit does not exist (then `note` must name what is missing), `assumed`
        where the limit's confidence is not verified, else `pass` or `fail`.
    """
    status: Status
    met: bool | None = None
    known_value = value if value is not None and math.isfinite(value) else None
    if known_value is None or limit is None or not math.isfinite(limit):
        status = "not_judged"
        if not note:
            absent = ("the value", "缺数值") if known_value is None else ("the limit", "缺限值")
            note, note_zh = f"{absent[0]} is missing", absent[1]
    else:
        met = holds(known_value, relation, limit)
        status = "assumed" if confidence in UNVERIFIED else "pass" if met else "fail"
    return Verdict(
        key,
        zh,
        en,
        known_value,
        limit,
        relation,
        unit,
        source,
        confidence,
        status,
        met,
        note,
        note_zh,
        source_zh,
    )
