"""What the model says in English alone, for readers of Chinese: sources of values, lines of the diagram."""

from __future__ import annotations

import re

from twin.report.style import Language
from twin.report.words import CONFIDENCE
from twin.sentences import chinese

_YEAR = re.compile(r"(.*) \((\d{4})\)", re.DOTALL)
_JOINT = re.compile(r"(\s*(?:──▶|──|══)\s*|, |\n)")


def source(text: str, language: Language) -> str:
    """Where a value comes from; as it stands where no Chinese is known, as for the titles of books."""
    if language != "zh":
        return text
    dated = _YEAR.fullmatch(text)
    said, year = dated.groups() if dated else (text, "")
    told = chinese(said, "sources")
    if told is None:
        return text
    return f"{told}（{year}）" if year else told


def confidence(key: str, language: Language) -> str:
    """How well a value is known."""
    zh, _ = CONFIDENCE.get(key, (key, key))
    return zh if language == "zh" else key


def diagram(text: str, language: Language) -> str:
    """Who feeds whom, part by part; names that people gave stay as they are."""
    if language != "zh":
        return text
    return "".join(chinese(part, "plant") or part for part in _JOINT.split(text))
