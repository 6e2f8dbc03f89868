"""`twin serve openadr-settle`: what became of the calls in a VTN's file, to the fen."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from buildings.description.text_file import file_text
from twin.commands.console import print_whole, terminal_language
from twin.links.openadr3.settlement import Book, read_book, settle_book
from twin.market.settlement import Contract, EventSettlement
from twin.market.settlement_tables import aggregator_table, event_table, participant_table, worded
from twin.report.style import pick
from weather.errors import TwinError

_MEANS = ("committed_kw", "baseline_kw", "actual_kw", "delivered_kw", "response_rate")


@dataclass(frozen=True)
class Settled:
    """Settlements of a VTN's file."""

    book: Book
    settlements: tuple[EventSettlement, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; money and energy as text, so that no digit is lost."""
        return {
            "events": _plain(event_table(self.settlements)),
            "aggregators": _plain(aggregator_table(self.settlements)),
            "participants": _plain(participant_table(self.settlements)),
            "exercises": sorted(self.book.exercises),
            "late_reports": self.book.late,
            "not_settled": self.book.unread,
            "assumptions": [
                one.as_dict() for one in {a.key: a for s in self.settlements for a in s.assumptions}.values()
            ],
        }

    def show(self) -> None:
        """Participants and events, in the language of the terminal."""
        from rich import box
        from rich.table import Table

        language = terminal_language()
        for whole in (participant_table(self.settlements), event_table(self.settlements)):
            kept = [name for name in whole.columns if name not in ("rule_one", "rounding_cny")]
            frame = worded(whole[kept], language)
            table = Table(box=box.SIMPLE_HEAD)
            for name in frame.columns:
                table.add_column(str(name))
            for row in frame.itertuples(index=False):
                table.add_row(*(f"{v:,.3f}" if isinstance(v, float) else str(v) for v in row))
            print_whole(table)
        late, unread, drills = self.book.late, len(self.book.unread), len(self.book.exercises)
        words = pick(
            language,
            f"截止后收到的报告 {late} 份，无法结算的报告或事件 {unread} 个，演练事件 {drills} 个。",
            f"{late} reports after the books were closed, {unread} reports or events that cannot be settled, "
            f"{drills} exercises.",
        )
        lines = [words, *(f"- {name}: {why}" for name, why in self.book.unread.items())]
        sys.stdout.write("\n".join(lines) + "\n")


def settle_openadr(
    db: Path, *, events: Sequence[str] | None, contracts: Path | None, closed: str | None, rule: str
) -> Settled:
    """Settle the calls in a VTN's file.

    Raises
    ------
    TwinError
        No such file, event or rule, a contract that does not fit, or a time without its offset.
    """
    book = read_book(db, closed=_moment(closed) if closed is not None else None)
    terms = _contracts(contracts) if contracts is not None else ()
    return Settled(book, settle_book(book, events, contracts=terms, rule=rule))


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise TwinError(
            f"{text!r} is no time with its offset.", "Write 2026-07-22T12:00+08:00.", key="--closed"
        )
    return found


def _contracts(path: Path) -> list[Contract]:
    """CSV: participant, aggregator, share."""
    text = file_text(path, 10_000_000, missing="Give the CSV of the contracts.", split="Shorten it.")
    rows = csv.DictReader(io.StringIO(text))
    found: list[Contract] = []
    for row in rows:
        try:
            found.append(Contract(row["participant"], row["aggregator"], float(row["share"])))
        except (KeyError, ValueError, TypeError) as error:
            raise TwinError(
                f"this is no contract: {type(error).__name__} {error}.",
                "Its columns are participant, aggregator and share (0 to 1).",
                file=path,
                line=rows.line_num,
            ) from None
    return found


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: Decimal as text, NaN as null."""

    def one(value: Any) -> Any:
        if isinstance(value, float | np.floating):
            return float(value) if np.isfinite(value) else None
        if isinstance(value, np.integer | np.bool_):
            return value.item()
        return value if value is None or isinstance(value, str | int | bool) else str(value)

    return [{str(k): one(v) for k, v in row.items()} for row in table.to_dict("records")]
