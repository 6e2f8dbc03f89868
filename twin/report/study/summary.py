"""The first page: what to do, what it brings, does it meet the standard, do we qualify, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.accounts import money_range, why_missing
from twin.report.study.document import Answer, Block, Cell, Paragraph, Table, Tile, Tiles
from twin.report.study.numbers import MISSING, change, known, money, money_unit, number, percent
from twin.report.study.pilot_part import pilot_sentence
from twin.report.study.reading import Reader, figure_of
from twin.report.study.standards_part import level_cell, level_phrases, verdict_counts

_LONGEST_LIST = 12  # measures named on the first page
_SIDE_BY_SIDE = 3  # packages beside the building as it is


def summary(reader: Reader) -> tuple[Block, ...]:
    """Blocks of the first page."""
    if not reader.chosen:
        return (Paragraph(reader.say("nothing_chosen"), "lead"), _comparison(reader))
    first = reader.chosen[0]
    return (
        _tiles(reader, first),
        Answer(reader.say("q_do"), _what_to_do(reader, first)),
        Answer(reader.say("q_brings"), _what_it_brings(reader, first)),
        Answer(reader.say("q_standard"), _standard(reader, first)),
        Answer(reader.say("q_qualify"), pilot_sentence(reader)),
        Answer(reader.say("q_costs"), _what_it_costs(reader, first)),
        _comparison(reader),
    )


def _tiles(reader: Reader, state: Mapping[str, Any]) -> Tiles:
    tiles = []
    for name, unit, decimals in (
        ("eui_electric_kwh_m2", "kWh/(m²·a)", 1),
        ("carbon_t", "tCO₂e/a", 0),
        ("peak_kw", "kW", 0),
    ):
        before, after = (figure_of(s, "figures", name) for s in (reader.baseline, state))
        note = reader.say(
            "tile_from",
            before=number(before, decimals),
            change=percent(change(before, after), 0, signed=True),
        )
        tiles.append(Tile(f"{reader.say(f'tile_{name}')} ({unit})", number(after, decimals), note))
    capital = figure_of(state, "economics", "capital_cny")
    tiles.append(
        Tile(
            reader.say("tile_capital"),
            money(capital, reader.language),
            reader.say("tile_range", range=money_range(reader, state, "capital_cny")),
        )
    )
    npv = figure_of(state, "economics", "npv_cny")
    tiles.append(
        Tile(
            reader.say("tile_npv"),
            money(npv, reader.language),
            reader.say("tile_range", range=money_range(reader, state, "npv_cny")),
        )
    )
    return Tiles(tuple(tiles))


def _what_to_do(reader: Reader, state: Mapping[str, Any]) -> str:
    keys = list(state.get("keys") or ())
    if not keys:
        return reader.say("do_nothing")
    more = len(keys) - _LONGEST_LIST
    glue = "、" if reader.language == "zh" else "; "
    named = glue.join(reader.measure(k, 60) for k in keys[:_LONGEST_LIST])
    rest = reader.say("and_more", n=more) if more > 0 else ""
    return reader.say(
        "do_this" if len(keys) > 1 else "do_one",
        role=reader.name(state, 60),
        n=len(keys),
        measures=named + rest,
    )


def _what_it_brings(reader: Reader, state: Mapping[str, Any]) -> str:
    def pair(name: str) -> tuple[float | None, float | None]:
        before, after = (figure_of(s, "figures", name) for s in (reader.baseline, state))
        return before, after

    eui, carbon, unmet = pair("eui_electric_kwh_m2"), pair("carbon_t"), pair("unmet_h")
    energy = [s["energy"] for s in (reader.baseline, state)]
    bought = [figure_of(e, "grid_import_kwh") for e in energy]
    return reader.say(
        "brings",
        eui0=number(eui[0], 1),
        eui1=number(eui[1], 1),
        eui=percent(change(*eui), 0, signed=True),
        bought=percent(change(*bought), 0, signed=True),
        carbon0=number(carbon[0], 0),
        carbon1=number(carbon[1], 0),
        carbon=percent(change(*carbon), 0, signed=True),
        unmet0=number(unmet[0], 0),
        unmet1=number(unmet[1], 0),
    )


def _standard(reader: Reader, state: Mapping[str, Any]) -> str:
    counts = verdict_counts(state)
    if not sum(counts.values()):
        held = reader.say("no_verdicts")
    else:
        held = reader.say("verdict_sentence", **{k: str(v) for k, v in counts.items() if k != "not_sure"})
        if counts["not_sure"]:
            held += reader.say("verdict_not_sure", not_sure=str(counts["not_sure"]))
    return (
        " ".join((*level_phrases(reader), held))
        if reader.language == "en"
        else "".join((*level_phrases(reader), held))
    )


def _what_it_costs(reader: Reader, state: Mapping[str, Any]) -> str:
    economics = state.get("economics")
    if not economics:
        return reader.say("no_economics")
    sentence = reader.say(
        "costs",
        capital=money(economics.get("capital_cny"), reader.language),
        capital_range=money_range(reader, state, "capital_cny"),
        saving=money(economics.get("saving_cny"), reader.language),
        npv=money(economics.get("npv_cny"), reader.language),
        npv_range=money_range(reader, state, "npv_cny"),
        payback=number(economics.get("discounted_payback_a"), 1),
        irr=percent(economics.get("irr"), 1),
    )
    if not known(economics.get("discounted_payback_a")):
        why = why_missing(reader, economics, "discounted_payback_a")
        sentence += reader.say("never_pays", why=why or MISSING)
    if not state.get("ranges"):
        sentence += reader.say("no_ranges")
    return sentence


def _comparison(reader: Reader) -> Table:
    """The states side by side, the figures of the first page."""
    states = reader.states[: 1 + _SIDE_BY_SIDE]
    rows = []
    for name, unit, decimals in (
        ("eui_electric_kwh_m2", "kWh/(m²·a)", 1),
        ("primary_kwh_m2", "kWh/(m²·a)", 0),
        ("carbon_t", "tCO₂e/a", 0),
        ("peak_kw", "kW", 0),
        ("unmet_h", "h/a", 0),
    ):
        values = [figure_of(s, "figures", name) for s in states]
        if all(v is None for v in values):
            continue
        cells = [Cell(f"{reader.say(f'row_{name}')} ({unit})")]
        for k, value in enumerate(values):
            moved = percent(change(values[0], value), 0, signed=True) if k else ""
            cells.append(Cell(number(value, decimals), "" if moved == MISSING else moved))
        rows.append(tuple(cells))
    for name in ("capital_cny", "npv_cny"):
        texts = [money(figure_of(s, "economics", name), reader.language, unit=False) for s in states]
        ranges = [money_range(reader, s, name) for s in states]
        shown = [Cell(t, "" if r == MISSING else r) for t, r in zip(texts, ranges, strict=True)]
        rows.append((Cell(f"{reader.say(f'row_{name}')} ({money_unit(reader.language)})"), *shown))
    if any(s.get("standard") for s in states):
        rows.append((Cell(reader.say("row_level")), *(level_cell(reader, s) for s in states)))
    n, more = len(states), len(reader.states) - len(states)
    note = reader.say("states_note") + (reader.say("states_more", n=more) if more > 0 else "")
    return Table(
        reader.say("states_compared"),
        (reader.say("figure"), *(reader.numbered(s) for s in states)),
        tuple(rows),
        "l" + "r" * n,
        (1.5, *(1.0,) * n),
        note,
        reader.runs(*states),
    )
