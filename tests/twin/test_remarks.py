"""Lines beside the table of Runs, in both languages."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from twin.commands.console import terminal_language
from twin.commands.remarks import remarks
from twin.store import Run

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LIFE: dict[str, Any] = {
    "capacity_after_ten_years": 0.893,
    "calendar_loss": 0.037,
    "cycle_loss": 0.07,
    "replaced_after_years": 15.0,
    "outside_tests": [],
    "basis": "published model",
    "model": "lfp",
}
_OUTAGE: dict[str, Any] = {
    "start": "2025-08-14T14:00:00+08:00",
    "hours": 6.0,
    "hours_served": {"critical": 6.0, "essential": 2.5, "comfort": None, "deferrable": None},
    "hours_survived": {"critical": 6.0, "essential": 1.0, "comfort": 6.0, "deferrable": 6.0},
    "unserved_kwh": {"critical": 0.0, "essential": 12.0},
    "hours_dark": 0.0,
    "black_starts": 0,
    "lowest_soc": 0.2,
    "return_minutes": 15.0,
}


@pytest.fixture
def eventful(small_run: Run) -> Run:
    """The hall beyond its limit, with a battery that ages and a time without the grid."""
    judged = {**small_run.summary["buildings"]["hall"], "storage": {"battery": _LIFE}, "islanding": [_OUTAGE]}
    facts = {**small_run.manifest["buildings"]["hall"], "demand_limit_kw": 0.5}
    return dataclasses.replace(
        small_run,
        summary={**small_run.summary, "buildings": {"hall": judged}},
        manifest={**small_run.manifest, "buildings": {"hall": facts}},
    )


def test_what_happened_is_told_in_both_languages(eventful: Run) -> None:
    en, zh = (list(remarks([eventful], language)) for language in ("en", "zh"))
    assert [line.split(":")[0] for line in en] == ["Mind", "Codes", "Life of battery", "Without grid"]
    assert [line.split("：")[0] for line in zh] == ["注意", "规范", "储能电池寿命", "停电"]
    assert not any(_CHINESE.search(line) for line in en)
    for a, b in zip(en, zh, strict=True):  # the same figures, in whatever order
        assert sorted(re.findall(r"\d+\.\d", a)) == sorted(re.findall(r"\d+\.\d", b))
    assert "critical throughout, essential 2.5 h (first short after 1.0 h)" in en[3]
    assert "重要负荷全程" in zh[3]


@pytest.mark.parametrize(
    ("set_to", "language"),
    [({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"), ({}, "en")],
)
def test_a_chinese_terminal_is_answered_in_chinese(
    monkeypatch: pytest.MonkeyPatch, set_to: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    assert terminal_language() == language
