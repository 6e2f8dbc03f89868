"""Money: what `money_tables` tells, with cash flow and tornado drawn."""

from __future__ import annotations

from twin.report.study.document import Block, Paragraph, Plot
from twin.report.study.figures_money import cash_flow_plot, tornado
from twin.report.study.money_tables import (
    bills,
    flow_table,
    key_figures,
    shared,
    uncertain,
    with_money,
    with_tornado,
)
from twin.report.study.reading import Reader


def money(reader: Reader) -> tuple[Block, ...]:
    """Blocks of the money part."""
    states = with_money(reader)
    if not states:
        return (Paragraph(reader.say("no_economics"), "note"), *bills(reader))
    blocks: list[Block] = [Paragraph(reader.say("money_reading")), key_figures(reader)]
    flow = cash_flow_plot(reader)
    if flow is None:
        blocks.append(Paragraph(reader.say("no_cash_flow"), "note"))
    else:
        note = reader.say("cash_flow_note")
        blocks.append(
            Plot("cash_flow", reader.say("cash_flow_caption"), flow, note, reader.runs(*reader.states))
        )
    blocks += flow_table(reader, states[0])
    state = with_tornado(reader)
    picture = tornado(reader, state) if state else None
    if state is None or picture is None:
        blocks.append(Paragraph(reader.say("no_tornado"), "note"))
    else:
        caption = reader.say("tornado_caption", name=reader.name(state))
        runs = reader.runs(reader.baseline, state)
        blocks.append(Plot("tornado", caption, picture, reader.say("tornado_note"), runs))
        blocks += uncertain(reader, state)
    blocks += shared(reader, states[0])
    return (*blocks, *bills(reader))
