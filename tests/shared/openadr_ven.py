"""A VEN as a process, with a meter: what it does of an event is a known number of each quarter-hour.

It reports each quarter-hour once its time has come (here: a fraction of a second after the last), goes on
where it was killed, and ends when the VTN has all that it owes.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twin.links.openadr3.callbacks import Callbacks
from twin.links.openadr3.connection import Connection, RefusedError, UnreachableError
from twin.links.openadr3.intervals import spans
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.messages import Event, Program
from twin.links.openadr3.reports import Opt, Reading, telemetry_report
from twin.links.openadr3.ven import Change, Ven

HEAVY = ("numba", "numpy", "pandas", "scipy", "fastapi", "uvicorn", "typer")


def metered_kw(name: str, number: int) -> float:
    """What the meter of a VEN says in the quarter-hour of that number of its event, kW."""
    return 100.0 + 10.0 * int(name.removeprefix("ven-")) + number


@dataclass(frozen=True)
class Part:
    """How a VEN process behaves; its file is JSON of this."""

    url: str
    name: str
    secret: str
    authority: str
    folder: str
    takes_part: bool = True
    subscribes: bool = False
    quarter_seconds: float = 0.4


def main(part: Part) -> None:
    """Be that VEN until nothing is owed."""
    folder = Path(part.folder)
    journal = Journal(folder / "journal.db")
    ven = Ven(_connection(part), journal, part.name, ["plant"])
    callbacks = Callbacks(ven.wake) if part.subscribes else None
    meters: list[threading.Thread] = []

    def handle(change: Change) -> None:
        if change.what != "new":
            return
        ven.opt(change.event, Opt(True, -5.0) if part.takes_part else Opt(False))
        start(change.event)

    def start(event: Event) -> None:
        meter = threading.Thread(target=_meter, args=(part, ven, event, folder / f"{event.id}.metered"))
        meters.append(meter)
        meter.start()

    for known in journal.events().values():  # where it was killed
        start(known)
    running = threading.Thread(target=ven.run, args=(handle,), kwargs={"poll_seconds": 1.5})
    running.start()
    if callbacks is not None:
        _subscribe(part, ven, callbacks)
    while not meters or any(meter.is_alive() for meter in meters) or journal.waiting():
        time.sleep(0.1)
    ven.end()
    running.join()
    heavy = [name for name in HEAVY if name in sys.modules]
    told = {"refused": journal.refused(), "heavy": heavy, "cpu_seconds": time.process_time()}
    sys.stdout.write(json.dumps(told) + "\n")


def _connection(part: Part) -> Connection:
    return Connection(part.url, part.name, part.secret, authority=Path(part.authority))


def _subscribe(part: Part, ven: Ven, callbacks: Callbacks) -> None:
    """To each program that it sees; the connection of its own, since that of `run` is another thread's."""
    with _connection(part) as connection:
        other = Ven(connection, Journal(Path(part.folder) / "subscriber.db"), part.name)
        while True:
            try:
                for program in connection.search(Program, "programs"):
                    other.subscribe(program, callbacks.url, callbacks.token)
            except (UnreachableError, RefusedError):
                time.sleep(0.2)
            else:
                return


def _meter(part: Part, ven: Ven, event: Event, metered: Path) -> None:
    """Report one quarter-hour after the other; a VEN that opted out has nothing to report."""
    done = len(metered.read_text().splitlines()) if metered.exists() else 0
    placed: list[Any] = spans(event.interval_period, event.intervals, obtained=datetime.now(UTC))
    for number, span in enumerate(placed[done:] if part.takes_part else (), start=done):
        time.sleep(part.quarter_seconds)
        kw = metered_kw(part.name, number)
        ven.report(telemetry_report(event, part.name, [Reading("plant", span.start, kw, kw + 5.0)]))
        with metered.open("a") as file:
            file.write(f"{span.start.isoformat()}\n")


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    main(Part(**json.loads(Path(sys.argv[1]).read_text())))
