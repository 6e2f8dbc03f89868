"""The building as it is, the measures, and what the packages bring in energy."""

from __future__ import annotations

from twin.report.study.document import Block, Paragraph, Plot
from twin.report.study.end_uses import by_use
from twin.report.study.energy_tables import states_table, use_table
from twin.report.study.figures_energy import (
    baseline_months,
    end_use_bars,
    front,
    monthly_lines,
    stock_row,
)
from twin.report.study.numbers import number
from twin.report.study.reading import Reader, figure_of
from twin.report.style import pick


def baseline(reader: Reader) -> tuple[Block, ...]:
    """What the building uses today, by end use and month, beside measured buildings of its kind."""
    state = reader.baseline
    uses = by_use(state)
    blocks: list[Block] = [Paragraph(reader.say("baseline_reading", building=reader.building_phrase()))]
    if uses:
        blocks.append(use_table(reader, uses))
    stock = stock_row(reader)
    figure = baseline_months(reader)
    if figure is None:
        blocks.append(Paragraph(reader.say("no_months"), "note"))
    else:
        note = reader.say("carrier_note")
        if stock is None:
            note += reader.say("no_stock")
        else:
            note += reader.say(
                "stock_note",
                kind=pick(reader.language, stock["building_type_zh"], stock["building_type"]),
                annual=number(float(stock["annual"]), 1),
                own=number(figure_of(state, "figures", "eui_electric_kwh_m2"), 1),
                source=stock["source"],
            )
        blocks.append(Plot("months", reader.say("months_caption"), figure, note, reader.runs(state)))
    return tuple(blocks)


def results(reader: Reader) -> tuple[Block, ...]:
    """The front, the states in figures, end uses before and after, months."""
    n = len(reader.study["packages"])
    best = sum(bool(p.get("front")) for p in reader.study["packages"])
    blocks: list[Block] = [Paragraph(reader.say("results_reading", n=number(n, 0), front=number(best, 0)))]
    cloud = front(reader)
    if cloud is None:
        blocks.append(Paragraph(reader.say("no_front"), "note"))
    else:
        blocks.append(Plot("front", reader.say("front_caption"), cloud, reader.say("front_note")))
    blocks.append(states_table(reader))
    bars, months = end_use_bars(reader), monthly_lines(reader)
    if bars is None:
        blocks.append(Paragraph(reader.say("no_end_uses"), "note"))
    else:
        blocks.append(
            Plot("end_uses", reader.say("end_uses_caption"), bars, reader.say("end_uses_note"), reader.runs())
        )
    if months is None:
        blocks.append(Paragraph(reader.say("no_months"), "note"))
    else:
        note = reader.say("monthly_note")
        blocks.append(Plot("monthly", reader.say("monthly_caption"), months, note, reader.runs()))
    return tuple(blocks)
