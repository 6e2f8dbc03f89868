"""What a tonne costs by measure, as a table, for the report and for the page, which draws its own curve."""

from __future__ import annotations

from twin.report.study.accounts import abatement_rows
from twin.report.study.document import Block, Cell, Table, clean
from twin.report.study.numbers import MISSING, number
from twin.report.study.reading import Reader
from twin.report.words import unit_in


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
