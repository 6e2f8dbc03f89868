"""The pilot (试点示范): which type fits, thresholds, fields covered, stages, what is missing, the steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.document import Block, Cell, Paragraph, Table, clean
from twin.report.study.numbers import MISSING, known, money, number, percent
from twin.report.study.reading import Reader
from twin.report.study.standards_part import status_words, tone_of, verdict_table


def pilot(reader: Reader) -> tuple[Block, ...]:
    """Blocks of the pilot part."""
    found = reader.study.get("pilot")
    if not found:
        return (Paragraph(reader.say("no_pilot"), "note"),)
    blocks: list[Block] = [Paragraph(pilot_sentence(reader), "lead")]
    blocks += _remarks(reader, found)
    blocks.append(_types(reader, found))
    for one in _shown(found):
        caption = reader.say("pilot_thresholds", type=reader.pair(one, 80))
        blocks.append(
            verdict_table(reader, one.get("verdicts") or (), caption, reader.runs(*reader.states[:2]))
        )
        blocks += [Paragraph(reader.say("would_help", text=reader.pair(h))) for h in one.get("helps") or ()]
    blocks += _fields(reader, found)
    blocks += _stages(reader, found)
    blocks += _list(reader, found.get("requirements") or (), "pilot_requirements")
    blocks += _process(reader, found)
    return tuple(blocks)


def pilot_sentence(reader: Reader) -> str:
    """Whether we qualify, in a sentence or two for the first page."""
    found = reader.study.get("pilot")
    if not found:
        return reader.say("no_pilot")
    types = {str(t.get("key")): t for t in found.get("types") or ()}
    nearest = types.get(str(found.get("nearest")))
    covered = [reader.pair(f, 40) for f in found.get("fields") or () if f.get("covered")]
    glue = "、" if reader.language == "zh" else ", "
    sentence = ""
    if nearest is not None:
        sentence = reader.say(
            f"pilot_{tone_of(nearest.get('status')) or 'open'}",
            type=reader.pair(nearest, 60),
            fields=glue.join(covered) or MISSING,
            n=number(len(covered), 0),
        )
        failed = [v for v in nearest.get("verdicts") or () if v.get("met") is not True]
        if failed:
            sentence += reader.say("pilot_missing", list=glue.join(reader.pair(v, 60) for v in failed[:4]))
    if found.get("open_now") is False:
        sentence += reader.say("batch_over")
    return sentence


def _shown(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Types told in full: the nearest, and all that are met."""
    keys = {str(found.get("nearest")), *map(str, found.get("fits") or ())}
    return [t for t in found.get("types") or () if str(t.get("key")) in keys]


def _remarks(reader: Reader, found: Mapping[str, Any]) -> list[Block]:
    said = [found.get("batch"), (found.get("batch") or {}).get("named"), found.get("special_route")]
    return [Paragraph(reader.pair(one), "note") for one in said if one and reader.pair(one)]


def _types(reader: Reader, found: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            Cell(reader.pair(one, 80)),
            Cell(reader.text(one, "applicant") or MISSING),
            Cell(number(one.get("missing_fields"), 0)),
            Cell(status_words(reader, {**one, "met": True}), tone=tone_of(one.get("status"))),
        )
        for one in found.get("types") or ()
    )
    header = tuple(reader.say(k) for k in ("pilot_type", "applicant", "fields_short", "verdict"))
    return Table(reader.say("pilot_types"), header, rows, "llrl", (1.3, 2.4, 0.9, 1.2))


def _fields(reader: Reader, found: Mapping[str, Any]) -> list[Block]:
    rows = []
    for one in found.get("fields") or ():
        items = []
        for item in one.get("items") or ():
            by = [reader.pair(m, 60) for m in item.get("measures") or ()]
            if item.get("stated"):
                by.append(reader.text(item, "statement", 200) or reader.say("stated"))
            items.append(f"{clean(item.get('id') or '', 8)} {reader.pair(item, 80)} ({', '.join(by)})")
        covered = bool(one.get("covered"))
        word = reader.say("covered" if covered else "not_covered")
        rows.append(
            (
                Cell(reader.pair(one, 60)),
                Cell(word, tone="pass" if covered else "open"),
                Cell("；".join(items) or MISSING),
            )
        )
    if not rows:
        return []
    header = tuple(reader.say(k) for k in ("field", "covered_word", "by_what"))
    blocks: list[Block] = [
        Table(reader.say("pilot_fields"), header, tuple(rows), "lll", (1.0, 0.7, 3.6), runs=reader.runs())
    ]
    offers = []
    for one in found.get("suggestions") or ():
        offer = one.get("offer") or {}
        cost = f" ({money(offer['capital_cny'], reader.language)})" if known(offer.get("capital_cny")) else ""
        offers.append(
            reader.say("suggestion", field=reader.text(one, "field", 60), text=reader.pair(offer) + cost)
        )
    return [*blocks, *(Paragraph(text) for text in offers)]


def _stages(reader: Reader, found: Mapping[str, Any]) -> list[Block]:
    rows = tuple(
        (
            Cell(number(one.get("number"), 0)),
            Cell(clean(one.get("first_year") or MISSING, 8)),
            Cell(number(one.get("years"), 0)),
            Cell(percent(one.get("target"))),
            Cell(reader.pair(one) or MISSING),
        )
        for one in found.get("stages") or ()
    )
    blocks: list[Block] = []
    if rows:
        header = tuple(reader.say(k) for k in ("stage_number", "first_year", "years", "target", "reaches"))
        blocks.append(Table(reader.say("pilot_stages"), header, rows, "rrrrl", (0.5, 0.8, 0.6, 0.8, 3.0)))
    if found.get("goal_verdicts"):
        goal = reader.pair(found.get("goal") or {}, 60)
        blocks.append(verdict_table(reader, found["goal_verdicts"], reader.say("pilot_goal", goal=goal)))
    for key in ("reduction", "reduction_ets"):
        part = found.get(key)
        if part:
            facts = {k: number(part.get(k), 0) for k in ("tonnes", "baseline_t")}
            blocks.append(Paragraph(reader.say(f"pilot_{key}", rate=percent(part.get("rate")), **facts)))
    return blocks


def _list(reader: Reader, entries: Any, caption: str) -> list[Block]:
    rows = []
    for one in entries:
        status = clean(one.get("status") or "", 20)
        word = reader.say_or_key(f"requirement_{status}", status or MISSING)
        rows.append(
            (
                Cell(reader.pair(one)),
                Cell(word, tone="open" if status == "missing" else ""),
                Cell(reader.text(one, "note") or MISSING),
            )
        )
    if not rows:
        return []
    header = tuple(reader.say(k) for k in ("requirement", "state_of_it", "words_of_it"))
    return [Table(reader.say(caption), header, tuple(rows), "lll", (2.4, 0.9, 2.4))]


def _process(reader: Reader, found: Mapping[str, Any]) -> list[Block]:
    rows = tuple(
        (
            Cell(str(k)),
            Cell(reader.pair(one)),
            Cell(reader.text(one, "who") or MISSING),
            Cell(reader.text(one, "note")),
        )
        for k, one in enumerate(found.get("process") or (), start=1)
    )
    if not rows:
        return []
    header = ("", *(reader.say(k) for k in ("step", "who", "remark")))
    return [Table(reader.say("pilot_process"), header, rows, "llll", (0.2, 1.2, 1.8, 2.6))]
