"""Carbon: operation by both accounts, the life cycle by stage, and what a tonne costs by measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.abatement_table import abatement_table
from twin.report.study.accounts import life_cycle_stages
from twin.report.study.document import Block, Cell, Paragraph, Plot, Table
from twin.report.study.figures_money import abatement_curve, life_cycle_bars
from twin.report.study.numbers import MISSING, change, number, percent
from twin.report.study.reading import Reader, figure_of


def carbon(reader: Reader) -> tuple[Block, ...]:
    """Blocks of the carbon part."""
    blocks: list[Block] = [Paragraph(reader.say("carbon_reading")), _operation(reader)]
    bars = life_cycle_bars(reader)
    if bars is None:
        blocks.append(Paragraph(reader.say("no_life_cycle"), "note"))
    else:
        note = reader.say("life_cycle_note")
        blocks.append(Plot("life_cycle", reader.say("life_cycle_caption"), bars, note, reader.runs()))
        blocks.append(_stages(reader))
    curve = abatement_curve(reader)
    if curve is None:
        blocks.append(Paragraph(reader.say("no_abatement"), "note"))
    else:
        note = reader.say("abatement_note")
        blocks.append(
            Plot("abatement", reader.say("abatement_caption"), curve, note, reader.runs(reader.baseline))
        )
    return (*blocks, *abatement_table(reader))


def _operation(reader: Reader) -> Table:
    states = reader.states
    rows = []
    for name in ("carbon_t", "carbon_ets_t"):
        values = [figure_of(s, "figures", name) for s in states]
        cells = [Cell(reader.say(f"account_{name}"))]
        for k, value in enumerate(values):
            moved = percent(change(values[0], value), 1, signed=True) if k else ""
            cells.append(Cell(number(value, 1), "" if moved == MISSING else moved))
        rows.append(tuple(cells))
    n = len(states)
    return Table(
        reader.say("operation_caption"),
        (reader.say("account"), *(reader.numbered(s) for s in states)),
        tuple(rows),
        "l" + "r" * n,
        (1.6, *(1.0,) * n),
        reader.say("accounts_apart"),
        reader.runs(),
    )


def _stages(reader: Reader) -> Table:
    keys = ("operation_regulated_kg", "operation_unregulated_kg", "operation_exported_pv_not_counted_kg")
    per_state = [
        {s.label: s.kg_m2 for s in life_cycle_stages(st.get("life_cycle"), reader)} for st in reader.states
    ]
    names = list(dict.fromkeys(name for stages in per_state for name in stages))
    rows = [(Cell(n), *(Cell(number(stages.get(n), 1)) for stages in per_state)) for n in names]
    sums = [sum(stages.values()) if stages else None for stages in per_state]
    rows.append((Cell(reader.say("total")), *(Cell(number(v, 1)) for v in sums)))
    for key in keys:
        told = [_per_m2(s, key) for s in reader.states]
        if any(told):
            rows.append(
                (Cell(reader.say(f"life_{key.removesuffix('_kg')}")), *(Cell(number(v, 1)) for v in told))
            )
    back = [figure_of(s, "life_cycle", "carbon_payback_a") for s in reader.states]
    rows.append((Cell(reader.say("carbon_payback")), *(Cell(number(v, 1)) for v in back)))
    n = len(per_state)
    return Table(
        reader.say("stages_caption", years=number(_years(reader), 0)),
        (reader.say("stage"), *(reader.numbered(s) for s in reader.states)),
        tuple(rows),
        "l" + "r" * n,
        (1.6, *(1.0,) * n),
        reader.say("stages_note"),
        reader.runs(),
    )


def _per_m2(state: Mapping[str, Any], key: str) -> float | None:
    kg, area = figure_of(state, "life_cycle", "after", key), figure_of(state, "life_cycle", "floor_area_m2")
    return kg / area if kg is not None and area else None


def _years(reader: Reader) -> float | None:
    found = (figure_of(s, "life_cycle", "years") for s in reader.states)
    return next((years for years in found if years is not None), None)
