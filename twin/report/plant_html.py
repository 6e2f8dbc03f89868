"""A plant room's table and the words beside it as HTML."""

from __future__ import annotations

from twin.report.plant_table import Cell, PlantTable
from twin.report.tables import escape, table


def plant_html(shown: PlantTable) -> str:
    """The table in a frame that scrolls where it is wider than the page, above it the sentences.

    Parameters
    ----------
    shown : PlantTable
    """
    words = "".join(f"<li>{escape(sentence)}</li>" for sentence in shown.words)
    rows = [[_cell(cell) for cell in row] for row in shown.rows]
    head = [escape(title) for title in shown.head]
    return (f"<ul>{words}</ul>" if words else "") + table(head, rows, kind="plant", numbers=False)


def _cell(cell: Cell) -> str:
    return escape(cell.text) + (f"<small>{escape(cell.small)}</small>" if cell.small else "")
