"""Assumptions, method and validation, and the appendix: packages of the front, Runs, versions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from twin.crosscheck.words import NOTES
from twin.market.assumption import UNVERIFIED
from twin.report.study.document import Block, Cell, Paragraph, Table, Tone, clean
from twin.report.study.numbers import MISSING, change, known, money, money_unit, number, percent
from twin.report.study.reading import Reader, figure_of
from twin.report.study.standards_part import confidence
from twin.report.style import pick

_LONGEST_FRONT = 40
_COUNTS = (
    "packages",
    "refused",
    "marches",
    "from_store",
    "wall_s",
    "cpu_s",
    "step_min_search",
    "step_min_final",
)
_TONES: dict[bool | None, Tone] = {True: "pass", False: "fail"}
_INSIDE: dict[bool | None, str] = {True: "inside", False: "outside"}


def assumptions(reader: Reader) -> tuple[Block, ...]:
    """Every assumed or unverified figure, once, the unverified first, with the states it moved."""
    found = _merged(reader)
    if not found:
        return (Paragraph(reader.say("no_assumptions"), "note"),)
    found.sort(key=lambda entry: entry[0].get("confidence") not in UNVERIFIED)
    rows = []
    for one, places in found:
        value = one.get("value")
        shown = number(value) if known(value) else clean(MISSING if value is None else value, 200)
        unit = reader.unit(one)
        unverified = one.get("confidence") in UNVERIFIED
        word = confidence(reader, one.get("confidence"))
        rows.append(
            (
                Cell(reader.pair(one)),
                Cell(shown, unit if shown != MISSING else ""),
                Cell(reader.source(one)),
                Cell(word, tone="assumed" if unverified else ""),
                Cell(" ".join(places)),
            )
        )
    n = sum(one.get("confidence") in UNVERIFIED for one, _ in found)
    header = tuple(reader.say(k) for k in ("assumption", "value", "source", "confidence", "states"))
    table = Table(
        reader.say("assumptions_caption"),
        header,
        tuple(rows),
        "lrlll",
        (2.7, 0.9, 2.2, 0.9, 0.6),
        reader.say("assumption_places"),
    )
    return (
        Paragraph(reader.say("assumptions_reading", n=number(len(found), 0), unverified=number(n, 0))),
        table,
    )


def _merged(reader: Reader) -> list[tuple[Mapping[str, Any], list[str]]]:
    found: dict[tuple[str, str, str], tuple[Mapping[str, Any], list[str]]] = {}
    for place, one in _all(reader):
        key = (str(one.get("key")), str(one.get("value")), str(one.get("en")))
        places = found.setdefault(key, (one, []))[1]
        if place not in places:
            places.append(place)
    return list(found.values())


def _all(reader: Reader) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for k, state in enumerate(reader.states):
        place = str(k)
        yield from ((place, one) for one in state.get("assumptions") or ())
        for part in ("economics", "life_cycle", "ranges"):
            yield from ((place, one) for one in (state.get(part) or {}).get("assumptions") or ())
    pilot = reader.study.get("pilot") or {}
    yield from (("P", one) for one in pilot.get("assumptions") or ())


def method(reader: Reader) -> tuple[Block, ...]:
    """How it was computed, and how far the fast engine stands from EnergyPlus on these packages."""
    counts = reader.study.get("counts") or {}
    numbers = {k: number(counts.get(k), 0) for k in _COUNTS}
    blocks: list[Block] = [Paragraph(reader.say("method_engine"))]
    if counts:
        blocks.append(Paragraph(reader.say("method_counts", **numbers)))
    blocks += [Paragraph(text) for text in _method_texts(reader)]
    blocks.append(Paragraph(reader.say("crosscheck"), "heading"))
    blocks += confirmation(reader)
    blocks.append(Paragraph(reader.say("validation_links")))
    return tuple(blocks)


def _method_texts(reader: Reader) -> list[str]:
    """Sentences that the study gives about its own method: pairs of text, or plain facts."""
    given = reader.study.get("method") or {}
    bases = dict.fromkeys(
        k.removesuffix("_en").removesuffix("_zh") for k in given if k.endswith(("_en", "_zh"))
    )
    found = [reader.text(given, base) for base in bases]
    for key, value in given.items():
        if key.endswith(("_en", "_zh")) or isinstance(value, Mapping | list | tuple) or value is None:
            continue
        shown = number(value, 0 if isinstance(value, int) else None) if known(value) else clean(value)
        name, shown = reader.say_or_key(f"how_{key}", key), reader.say_or_key(f"how_is_{shown}", shown)
        found.append(reader.say("fact_line", name=name, value=shown))
    return [f for f in found if f]


def confirmation(reader: Reader) -> list[Block]:
    """What EnergyPlus says of the same states, target by target."""
    rows = [_crosscheck_row(reader, one) for one in reader.study.get("crosscheck") or ()]
    if not rows:
        return [Paragraph(reader.say("no_crosscheck"), "note")]
    keys = ("package", "quantity_word", "fast_engine", "energyplus", "apart", "limit", "verdict")
    header = tuple(reader.say(k) for k in keys)
    caption = reader.say("crosscheck_caption")
    return [
        Paragraph(reader.say("crosscheck_reading")),
        Table(caption, header, tuple(rows), "llrrrrl", (0.8, 2.2, 1.0, 1.0, 0.9, 0.8, 1.2)),
    ]


def _crosscheck_row(reader: Reader, one: Mapping[str, Any]) -> tuple[Cell, ...]:
    fast, other = figure_of(one, "fast"), figure_of(one, "energyplus")
    limit, within = one.get("limit"), one.get("within")
    unit, limit_unit = (reader.unit(one, key) for key in ("unit", "limit_unit"))
    if limit_unit or "difference" in one:
        apart = number(one.get("difference"), signed=True)
        apart, bound = (f"{t} {limit_unit}".strip() if t != MISSING else t for t in (apart, number(limit)))
    else:
        apart, bound = percent(change(other, fast), signed=True), percent(limit, 0)
    note = clean(one.get("note") or "", 40)
    why = clean(one.get("why") or "") or (pick(reader.language, *NOTES[note]) if note in NOTES else note)
    return (
        Cell(clean(one.get("id") or MISSING, 40)),
        Cell(reader.text(one, "quantity"), unit),
        Cell(number(fast)),
        Cell(number(other)),
        Cell(apart),
        Cell(f"± {bound}" if bound != MISSING else bound),
        Cell(reader.say(_INSIDE.get(within, "status_not_judged")), why, tone=_TONES.get(within, "open")),
    )


def _reference(reader: Reader) -> list[Block]:
    """How the reference building (基准建筑) of the standard was derived from this one."""
    rows = []
    for one in reader.study.get("reference") or ():
        unit = reader.unit(one)
        rows.append(
            (
                Cell(reader.pair(one), clean(one.get("path") or "", 200)),
                Cell(_said(one.get("was")), unit if known(one.get("was")) else ""),
                Cell(_said(one.get("now")), unit if known(one.get("now")) else ""),
                Cell(clean(one.get("source") or MISSING), confidence(reader, one.get("confidence"))),
            )
        )
    if not rows:
        return []
    header = tuple(reader.say(k) for k in ("reference_what", "reference_was", "reference_now", "source"))
    caption, note = reader.say("reference_caption"), reader.say("reference_note")
    return [Table(caption, header, tuple(rows), "lrrl", (2.4, 0.9, 0.9, 2.4), note)]


def _said(value: Any) -> str:
    return number(value) if known(value) else clean(MISSING if value is None else value, 80)


def appendix(reader: Reader) -> tuple[Block, ...]:
    """Packages of the front, Run ids, versions."""
    return (*_front_table(reader), *_reference(reader), _run_table(reader), *_versions(reader))


def _front_table(reader: Reader) -> list[Block]:
    packages, note = reader.study["packages"], reader.say("front_table_note")
    best = [p for p in packages if p.get("front")]
    if len(best) > _LONGEST_FRONT and any(p.get("front_cost_carbon") for p in packages):
        note = reader.say("front_table_part", n=number(len(best), 0)) + note
        chosen = {str(s.get("id")) for s in reader.chosen}
        best = [p for p in packages if p.get("front_cost_carbon") or str(p.get("id")) in chosen]
    if not best:
        return [Paragraph(reader.say("no_front_packages"), "note")]
    best.sort(key=lambda p: p["cost_cny"] if known(p.get("cost_cny")) else math.inf)
    rows = tuple(
        (
            Cell(clean(p.get("id") or MISSING, 40)),
            Cell(reader.measures(p.get("keys") or ()) or reader.say("nothing_done")),
            Cell(number(p.get("eui"), 1)),
            Cell(money(p.get("cost_cny"), reader.language, unit=False)),
            Cell(money(p.get("npv_cny"), reader.language, unit=False)),
            Cell(number(p.get("carbon_t"), 0)),
            Cell(number(p.get("unmet_h"), 0)),
        )
        for p in best
    )
    unit = money_unit(reader.language)
    header = (
        reader.say("package"),
        reader.say("measures"),
        "kWh/(m²·a)",
        f"{reader.say('capital')} ({unit})",
        f"{reader.say('npv')} ({unit})",
        "tCO₂e/a",
        reader.say("unmet_header"),
    )
    return [
        Table(
            reader.say("front_table"),
            header,
            rows,
            "llrrrrr",
            (0.7, 4.0, 0.9, 0.9, 0.9, 0.8, 0.7),
            note,
        )
    ]


def _run_table(reader: Reader) -> Table:
    rows = tuple(
        (
            Cell(str(k)),
            Cell(reader.name(state)),
            Cell(clean(state.get("id") or MISSING, 40)),
            Cell(clean(state.get("run") or reader.say("no_run"), 120)),
            Cell(reader.measures(state.get("keys") or ()) or reader.say("nothing_done")),
        )
        for k, state in enumerate(reader.states)
    )
    header = ("", *(reader.say(k) for k in ("state", "package", "run_word", "measures")))
    return Table(
        reader.say("run_table"),
        header,
        rows,
        "lllll",
        (0.25, 1.3, 0.8, 1.9, 3.0),
        reader.say("run_table_note"),
    )


def _versions(reader: Reader) -> list[Block]:
    study = reader.study
    facts = [(clean(k, 60), clean(v, 80)) for k, v in (study.get("versions") or {}).items() if v]
    if study.get("project_file"):
        facts.insert(0, (reader.say("project_file"), clean(study["project_file"], 200)))
    weather = study.get("weather") or {}
    if weather.get("source"):
        facts.insert(0, (reader.say("fact_weather"), clean(weather["source"], 300)))
    if not facts:
        return []
    rows = tuple((Cell(name), Cell(value)) for name, value in facts)
    return [Table(reader.say("versions"), (reader.say("part"), reader.say("value")), rows, "ll", (1.0, 3.0))]
