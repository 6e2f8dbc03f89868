"""Standards: the levels that packages reach, and every verdict with value, limit, clause and confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from twin.judges.verdict import SIGNS
from twin.report.study.document import Block, Cell, Paragraph, Table, Tone, clean
from twin.report.study.numbers import MISSING, known, number
from twin.report.study.reading import Reader
from twin.report.words import CONFIDENCE, not_sure, worded

_TONES: dict[str, Tone] = {
    "pass": "pass",
    "fail": "fail",
    "assumed": "assumed",
    "not_judged": "open",
    "not_sure": "open",
}


def standards(reader: Reader) -> tuple[Block, ...]:
    """Levels, then a table of verdicts for each state."""
    blocks: list[Block] = [Paragraph(reader.say("standards_reading"))]
    levels = _levels(reader)
    blocks.append(levels if levels else Paragraph(reader.say("no_levels"), "note"))
    for state in reader.states:
        table = _verdicts(reader, state)
        if table is None:
            blocks.append(Paragraph(reader.say("no_verdicts_of", name=reader.name(state)), "note"))
        else:
            blocks.append(table)
    return tuple(blocks)


def level_name(reader: Reader, level: Mapping[str, Any]) -> str:
    """Name of a level: ultra-low, nearly zero, zero."""
    key = str(level.get("level") or "")
    return reader.say_or_key(f"level_{key}", key)


def level_phrases(reader: Reader) -> list[str]:
    """One sentence a level: the cheapest package that reaches it, or why none does."""
    found = []
    for level in reader.study.get("levels") or ():
        why = reader.text(level, "why", 400).rstrip("。.")
        words = {
            "level": level_name(reader, level),
            "standard": clean(level.get("standard") or "", 40),
            "why": reader.say("why_in", why=why) if why else "",
        }
        if level.get("id") and level_status(reader, level) == "assumed":
            words["why"] = reader.say("why_in", why=reader.say("no_badge"))
        if level.get("id"):
            found.append(reader.say("level_reached", id=clean(level["id"], 40), **words))
        else:
            found.append(reader.say("level_missed", **words))
    return found


def level_status(reader: Reader, level: Mapping[str, Any]) -> str | None:
    """Status of a level of the package that reaches it; None where the package is not among the chosen."""
    state = next((s for s in reader.chosen if s.get("id") == level.get("id")), None)
    found = ((state or {}).get("standard") or {}).get("level") or {}
    return str(found["status"]) if found.get("status") else None


def _held(reader: Reader, level: Mapping[str, Any]) -> str:
    status = level_status(reader, level)
    if status is None:
        return MISSING
    return reader.say("no_badge") if status == "assumed" else reader.say(f"status_{status}")


def level_cell(reader: Reader, state: Mapping[str, Any]) -> Cell:
    """Level of a state with how far it is sure."""
    found = (state.get("standard") or {}).get("level") or {}
    if not found:
        return Cell(MISSING)
    level, status = found.get("level"), str(found.get("status"))
    sure = reader.say("no_badge_short") if status == "assumed" else reader.say(f"status_{status}")
    tone = tone_of(status) if level or status == "assumed" else "open"
    return Cell(reader.say_or_key(f"level_{level}", str(level)) if level else reader.say("none"), sure, tone)


def verdict_counts(state: Mapping[str, Any]) -> dict[str, int]:
    """How many verdicts of each status."""
    said = [str(v.get("status")) for v in state.get("verdicts") or ()]
    return {status: said.count(status) for status in _TONES}


def status_words(reader: Reader, verdict: Mapping[str, Any]) -> str:
    """A verdict in words; one against an unverified limit never reads like a pass or a fail."""
    status = str(verdict.get("status"))
    if status == "assumed":
        return reader.say("status_assumed_met" if verdict.get("met") else "status_assumed_not_met")
    if status == "not_sure":
        return not_sure(verdict, reader.language)
    return reader.say(f"status_{status}") if status in _TONES else reader.say("status_not_judged")


def confidence(reader: Reader, key: Any) -> str:
    """A confidence word in the reader's language."""
    return worded(CONFIDENCE, clean(key or "missing", 40), reader.language)


def _levels(reader: Reader) -> Table | None:
    rows = [
        (
            Cell(level_name(reader, level)),
            Cell(clean(level.get("standard") or MISSING, 60)),
            Cell(clean(level.get("id") or reader.say("none"), 40)),
            Cell(
                reader.text(level, "why") or (_held(reader, level) if level.get("id") else MISSING),
                reader.text(level, "said"),
            ),
        )
        for level in reader.study.get("levels") or ()
    ]
    if not rows:
        return None
    header = tuple(reader.say(k) for k in ("level", "standard", "cheapest_package", "why"))
    return Table(reader.say("levels_caption"), header, tuple(rows), "llll", (1.0, 1.1, 1.0, 3.2))


def _verdicts(reader: Reader, state: Mapping[str, Any]) -> Table | None:
    said = state.get("verdicts") or ()
    if not said:
        return None
    return verdict_table(
        reader, said, reader.say("verdicts_caption", name=reader.name(state)), reader.runs(state)
    )


def verdict_table(
    reader: Reader, said: Iterable[Mapping[str, Any]], caption: str, runs: tuple[str, ...] = ()
) -> Table:
    """Verdicts with value, limit, clause, confidence and status."""
    header = tuple(reader.say(k) for k in ("judged", "value", "limit", "clause", "verdict"))
    rows = tuple(_row(reader, verdict) for verdict in said)
    return Table(caption, header, rows, "lrrll", (2.4, 0.95, 0.8, 2.3, 1.2), runs=runs)


def _row(reader: Reader, verdict: Mapping[str, Any]) -> tuple[Cell, ...]:
    unit = reader.unit(verdict)
    value, limit = _told_apart(verdict.get("value"), verdict.get("limit"))
    sign = SIGNS.get(verdict.get("relation", "<="), "")
    relation = f"{sign} " if sign else ""
    note = clean((verdict.get("note_zh") if reader.language == "zh" else "") or verdict.get("note") or "")
    return (
        Cell(reader.pair(verdict), note),
        Cell(value, unit if known(verdict.get("value")) else ""),
        Cell(limit if limit == MISSING else relation + limit),
        Cell(reader.source(verdict), confidence(reader, verdict.get("confidence"))),
        Cell(status_words(reader, verdict), tone=tone_of(verdict.get("status"))),
    )


def _told_apart(value: Any, limit: Any) -> tuple[str, str]:
    """Value and limit with digits enough that two that differ do not read the same."""
    texts = number(value), number(limit)
    if texts[0] == texts[1] and known(value) and value != limit:
        for decimals in range(1, 5):
            finer = number(value, decimals), number(limit, decimals)
            if finer[0] != finer[1]:
                return finer
    return texts


def tone_of(status: Any) -> Tone:
    """How a status is coloured; what is unknown to us stays open."""
    return _TONES.get(str(status), "open")
