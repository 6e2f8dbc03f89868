"""The cleaning report (清洗报告): every change of what was measured is a row, and so is what was noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Action = Literal["repaired", "removed", "noticed"]

WHAT: dict[str, tuple[str, str]] = {
    "bad_time": ("无法识别的时间", "times that cannot be read"),
    "ambiguous_time": ("时区换季中不明的时间", "times that the zone's clock change leaves open"),
    "midnight": ("24:00 记为次日 00:00", "24:00 read as 00:00 of the next day"),
    "shift": ("按映射平移时钟", "clock shifted as the mapping says"),
    "summer_time": ("记录器用了夏令时，已还原", "logger on summer time, set back"),
    "jitter": ("时间对齐到网格", "times moved onto the clock's grid"),
    "off_grid": ("时间不在网格上", "times off the clock's grid"),
    "text": ("不是数字的读数", "readings that are no number"),
    "duplicate": ("同一时刻重复读数", "the same reading twice"),
    "conflict": ("同一时刻读数不一致", "different readings of one moment"),
    "rollover": ("电表翻转", "counter rolled over"),
    "reset": ("电表清零", "counter reset"),
    "counter_gap": ("缺口期间的电量已知，其分布未知", "energy of a gap is known, its course is not"),
    "unit": ("中途换了单位", "unit changed on the way"),
    "bounds": ("超出测点可能的范围", "beyond what the point can be"),
    "spike": ("超出进线能承受的功率", "beyond what the connection can carry"),
    "stuck": ("读数卡住不动", "stuck reading"),
    "partial": ("区间内读数不全", "intervals with readings missing"),
    "gap": ("缺测", "nothing measured"),
    "sun": ("时钟与太阳不合", "clock does not follow the sun"),
}
"""What a row may say: Chinese, English."""
ACTIONS: dict[Action, tuple[str, str]] = {
    "repaired": ("已修复", "repaired"),
    "removed": ("已剔除", "removed"),
    "noticed": ("仅提示", "noticed"),
}


@dataclass(frozen=True)
class Change:
    """One row.

    Attributes
    ----------
    series : str
        Column of the cleaned table; empty where the whole file is meant.
    column : str
        Column of the file.
    what : str
        A key of `WHAT`.
    action : {"repaired", "removed", "noticed"}
    first, last : Timestamp or None
        Start of the first and of the last interval.
    count : int
        Readings, or intervals of a gap.
    before, after : str
        Example of what stood there and what stands there now; empty where nothing does.
    """

    series: str
    column: str
    what: str
    action: Action
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    count: int
    before: str = ""
    after: str = ""

    def said(self, language: str) -> str:
        """What it is, in words."""
        return WHAT[self.what][0 if language == "zh" else 1]

    def done(self, language: str) -> str:
        """What was done, in words."""
        return ACTIONS[self.action][0 if language == "zh" else 1]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "series": self.series,
            "column": self.column,
            "what": self.what,
            "what_zh": self.said("zh"),
            "what_en": self.said("en"),
            "action": self.action,
            "first": self.first.isoformat() if self.first is not None else None,
            "last": self.last.isoformat() if self.last is not None else None,
            "count": self.count,
            "before": self.before,
            "after": self.after,
        }


def told(value: float) -> str:
    """A reading as a report writes it."""
    return f"{value:.6g}"
