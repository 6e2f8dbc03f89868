"""A table as a CSV file, inside a link: nothing is asked of the server."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from dash import html

from dashboards.visit import Visit


def csv_link(visit: Visit, name: str, rows: Iterable[Sequence[str]]) -> html.A:
    """A link that saves a table.

    Parameters
    ----------
    visit : Visit
    name : str
        Of the file, without ending.
    rows : iterable of sequences of str
        The head first.
    """
    held = io.StringIO()
    csv.writer(held).writerows([[_harmless(cell) for cell in row] for row in rows])
    # The mark tells spreadsheets that it is UTF-8.
    return html.A(
        visit.say("shell.csv"),
        href="data:text/csv;charset=utf-8," + quote("\ufeff" + held.getvalue()),
        download=f"{name}.csv",
        className="csv-link no-print",
    )


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=@+\t\r" and not cell[1:2].isdigit() else cell
