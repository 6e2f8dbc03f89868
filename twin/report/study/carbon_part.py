"""Carbon: operation by both accounts, the life cycle by stage, and what a tonne costs by measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.accounts import abatement_rows, life_cycle_stages
from twin.report.study.document import Block, Cell, Paragraph, Plot, Table, clean
from twin.report.study.figures_money import abatement_curve, life_cycle_bars
from twin.report.study.numbers import MISSING, change, number, percent
from twin.report.study.reading import Reader, figure_of
from twin.report.words import unit_in


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


def abatement_table(reader: Reader) -> list[Block]:
    """Measures in the order of the curve, those that are not on it last; nothing where there are none."""
    can, left = abatement_rows(reader.study)
    if not can and not left:
        return []
    rows = []
    for k, row in enumerate((*can, *left), start=1):
        name = reader.text(row, "name") or reader.measure(str(row.get("measure")))
        place = str(k) if k <= len(can) else MISSING
        why = "" if k <= len(can) else reader.say("not_on_curve")
        rows.append(
            (
                Cell(place),
                Cell(clean(name, 200), why),
                Cell(str(1 + next(i for i, one in enumerate(reader.study["abatement"]) if one is row))),
                Cell(number(row.get("tonnes_a"), 1)),
                Cell(number(row.get("cny_per_tonne"), 0)),
                Cell(number(row.get("alone_tonnes_a"), 1)),
                Cell(number(row.get("alone_cny_per_tonne"), 0)),
            )
        )
    tonne, alone = unit_in("CNY/t", reader.language), reader.say("alone")
    names = (reader.say("measure"), reader.say("order_taken"))
    header = ("", *names, "tCO₂e/a", tonne, f"tCO₂e/a ({alone})", f"{tonne} ({alone})")
    caption = reader.say("abatement_table")
    return [
        Table(
            caption,
            header,
            tuple(rows),
            "llrrrrr",
            (0.3, 2.8, 0.6, 0.9, 0.9, 1.0, 1.0),
            reader.say("abatement_table_note"),
        )
    ]
