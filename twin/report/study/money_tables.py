"""Money in words and tables: key figures with ranges, flows, what moves them, shared savings, bills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.accounts import cash_flow, contract_facts, money_range, why_missing
from twin.report.study.document import Block, Cell, Paragraph, Table, clean
from twin.report.study.numbers import MISSING, known, money_unit, number, percent, spread
from twin.report.study.numbers import money as sum_of
from twin.report.study.reading import Reader, figure_of
from twin.report.study.standards_part import confidence
from twin.report.words import unit_in


def with_money(reader: Reader) -> list[Mapping[str, Any]]:
    """Chosen packages whose money was computed."""
    return [state for state in reader.chosen if state.get("economics")]


def with_tornado(reader: Reader) -> Mapping[str, Any] | None:
    """The first of them whose inputs were moved one by one."""
    return next((s for s in with_money(reader) if (s.get("ranges") or {}).get("tornado")), None)


def money_told(reader: Reader) -> tuple[Block, ...]:
    """The money part without its plots."""
    states, moved = with_money(reader), with_tornado(reader)
    if not states:
        return (Paragraph(reader.say("no_economics"), "note"), *bills(reader))
    blocks: list[Block] = [Paragraph(reader.say("money_reading")), key_figures(reader)]
    blocks += flow_table(reader, states[0])
    blocks += [] if moved is None else uncertain(reader, moved)
    return (*blocks, *shared(reader, states[0]), *bills(reader))


def key_figures(reader: Reader) -> Table:
    """Capital, saving, present value and carbon of each package, with ranges."""
    states, language = reader.chosen, reader.language
    unit = money_unit(language)

    def line(label: str, texts: list[str], smalls: list[str] | None = None) -> tuple[Cell, ...]:
        under = smalls or [""] * len(texts)
        cells = (Cell(t, "" if s == MISSING else s) for t, s in zip(texts, under, strict=True))
        return (Cell(label), *cells)

    rows = []
    for name in ("capital_cny", "npv_cny"):
        texts = [sum_of(figure_of(s, "economics", name), language, unit=False) for s in states]
        rows.append(
            line(
                f"{reader.say(f'row_{name}')} ({unit})", texts, [money_range(reader, s, name) for s in states]
            )
        )
    for name in ("saving_cny", "maintenance_cny"):
        texts = [sum_of(figure_of(s, "economics", name), language, unit=False) for s in states]
        rows.append(line(f"{reader.say(f'row_{name}')} ({unit}/a)", texts))
    irr = [percent(figure_of(s, "economics", "irr")) for s in states]
    rows.append(
        line(
            reader.say("row_irr"),
            irr,
            [_under(reader, s, "irr", t) for s, t in zip(states, irr, strict=True)],
        )
    )
    for name, money_per, decimals in (
        ("simple_payback_a", "a", 1),
        ("discounted_payback_a", "a", 1),
        ("lcoe_cny_kwh", "CNY/kWh", 3),
        ("cost_per_tonne_cny", "CNY/t", 0),
    ):
        texts = [number(figure_of(s, "economics", name), decimals) for s in states]
        smalls = [_under(reader, s, name, t, decimals) for s, t in zip(states, texts, strict=True)]
        rows.append(line(f"{reader.say(f'row_{name}')} ({unit_in(money_per, language)})", texts, smalls))
    n = len(states)
    return Table(
        reader.say("money_caption"),
        (reader.say("figure"), *(reader.numbered(s) for s in states)),
        tuple(rows),
        "l" + "r" * n,
        (1.6, *(1.0,) * n),
        reader.say("money_note"),
        reader.runs(),
    )


def _under(reader: Reader, state: Mapping[str, Any], name: str, text: str, decimals: int = 1) -> str:
    """Below a figure: its range, or why there is none."""
    if text == MISSING:
        return why_missing(reader, state.get("economics"), name)
    printed = percent if name == "irr" else number
    return spread(*(printed(figure_of(state, "ranges", name, p), decimals) for p in ("p10", "p90")))


def flow_table(reader: Reader, state: Mapping[str, Any]) -> list[Block]:
    """Cash flow of a package by year."""
    rows = cash_flow(state.get("economics"))
    if not rows:
        return []
    parts = list(rows[0].parts)
    cells = [
        (
            Cell(str(r.year)),
            *(Cell(sum_of(r.parts[n], reader.language, unit=False)) for n in parts),
            Cell(sum_of(r.net_cny, reader.language, unit=False)),
            Cell(sum_of(r.sum_cny, reader.language, unit=False)),
        )
        for r in rows
    ]
    names = [reader.say_or_key(f"flow_{n}", n) for n in parts]
    header = (reader.say("year"), *names, reader.say("flow_net"), reader.say("flow_cumulative"))
    n = len(header)
    return [
        Table(
            reader.say("flow_caption", name=reader.name(state), unit=money_unit(reader.language)),
            header,
            tuple(cells),
            "r" * n,
            (0.5, *(1.0,) * (n - 1)),
            reader.say("flow_note"),
            reader.runs(reader.baseline, state),
        )
    ]


def uncertain(reader: Reader, state: Mapping[str, Any]) -> list[Block]:
    """Ends of the inputs, chance of a gain, and which physical inputs move the saving."""
    ranges, language = state.get("ranges") or {}, reader.language
    rows = []
    for one in ranges.get("tornado") or ():
        mode = str(one.get("mode"))
        low, high = (number(one.get(end), signed=mode == "add") for end in ("low_input", "high_input"))
        ends = spread(low, high)
        if mode == "multiply" and ends != MISSING:
            ends = f"× {ends}"
        unit = reader.unit(one) if mode != "multiply" and ends != MISSING else ""
        npv = (sum_of(one.get(end), language, unit=False) for end in ("low", "high"))
        rows.append((Cell(reader.text(one, "input")), Cell(ends, unit), *(Cell(text) for text in npv)))
    blocks: list[Block] = []
    if rows:
        header = (
            reader.say("input"),
            reader.say("input_ends"),
            *(f"{reader.say(f'npv_at_{end}')} ({money_unit(language)})" for end in ("low", "high")),
        )
        caption = reader.say("tornado_table", name=reader.name(state))
        blocks.append(
            Table(caption, header, tuple(rows), "lrrr", (2.6, 1.3, 1.0, 1.0), runs=reader.runs(state))
        )
    chance = figure_of(ranges, "npv_cny", "share_positive")
    if chance is not None:
        blocks.append(Paragraph(reader.say("chance", share=percent(chance, 0))))
    moved = [m for m in ranges.get("moved_by") or () if known(m.get("rank_correlation"))]
    if moved:
        cells = tuple(
            (Cell(reader.text(m, "input")), Cell(number(m["rank_correlation"], 2, signed=True)))
            for m in moved
        )
        header = (reader.say("input"), reader.say("rank_correlation"))
        caption = reader.say("moved_by", name=reader.name(state), n=number(ranges.get("draws"), 0))
        runs = reader.runs(reader.baseline, state)
        blocks.append(Table(caption, header, cells, "lr", (3.0, 1.0), reader.say("moved_by_note"), runs))
    return blocks


def shared(reader: Reader, state: Mapping[str, Any]) -> list[Block]:
    """Shared savings (合同能源管理), as far as they were computed."""
    facts = contract_facts(state.get("economics"), reader)
    if not facts:
        return [Paragraph(reader.say("no_emc"), "note")]
    rows = tuple((Cell(name), Cell(value)) for name, value in facts)
    caption = reader.say("emc_caption", name=reader.name(state))
    header = (reader.say("figure"), reader.say("value"))
    return [Table(caption, header, rows, "lr", (2.2, 1.0), reader.say("emc_note"), reader.runs(state))]


def bills(reader: Reader) -> list[Block]:
    """A bill of quantities (工程量清单) for each chosen package."""
    blocks: list[Block] = []
    for state in reader.chosen:
        lines = state.get("lines") or ()
        if not lines:
            blocks.append(Paragraph(reader.say("no_lines", name=reader.name(state)), "note"))
            continue
        rows = [_bill_row(reader, one) for one in lines]
        totals = [_line_sum(one, "value") for one in lines]
        whole = sum(t for t in totals if t is not None) if all(t is not None for t in totals) else None
        rows.append((Cell(reader.say("total")), Cell(""), Cell(""), Cell(_cny(whole)), Cell(""), Cell("")))
        keys = ("item", "quantity", "unit_cost", "line_sum", "life", "source")
        blocks.append(
            Table(
                reader.say("bill_caption", name=reader.name(state)),
                tuple(reader.say(k) for k in keys),
                tuple(rows),
                "lrrrrl",
                (2.1, 0.8, 1.1, 1.7, 0.5, 1.7),
                reader.say("bill_note"),
                reader.runs(state),
            )
        )
    return blocks


def _cny(value: float | None) -> str:
    return number(value, 0)


def _line_sum(line: Mapping[str, Any], which: str) -> float | None:
    cost, quantity = figure_of(line, "unit_cost", which), figure_of(line, "quantity")
    return None if cost is None or quantity is None else cost * quantity


def _bill_row(reader: Reader, line: Mapping[str, Any]) -> tuple[Cell, ...]:
    cost = line.get("unit_cost") or {}
    unit = clean(line.get("unit") or "", 20)
    printed = reader.say("piece") if unit == "1" else unit_in(unit, reader.language)
    source = clean(cost.get("source") or MISSING)
    item, measure = reader.text(line, "item"), reader.measure(str(line.get("measure")))
    below = (measure if measure != item else "", clean(line.get("building") or "", 60))
    year = clean(cost.get("year") or "", 8)
    return (
        Cell(item, " · ".join(p for p in below if p)),
        Cell(number(line.get("quantity")), printed),
        Cell(number(cost.get("value")), spread(number(cost.get("low")), number(cost.get("high")))),
        Cell(
            _cny(_line_sum(line, "value")),
            spread(_cny(_line_sum(line, "low")), _cny(_line_sum(line, "high"))),
        ),
        Cell(number(line.get("life"), 0) if known(line.get("life")) else MISSING),
        Cell(source, " · ".join(p for p in (year, confidence(reader, cost.get("confidence"))) if p)),
    )
