"""`twin serve ven`: a VEN of OpenADR 3 that speaks for stored meters."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

from twin.links.openadr3.client_settings import connected
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.metered_ven import Answer, MeteredVen
from twin.links.openadr3.ven import Change, Ven
from twin.links.openadr3.ven_settings import read_ven_settings
from twin.links.replay_clock import Clock
from twin.links.stored_meters import StoredMeters


def serve_ven(path: Path, *, as_json: bool) -> None:
    """Be a VEN until the process is told to end; a line on stdout for each answer.

    Raises
    ------
    TwinError
        Settings, credentials, certificates, journal or source that cannot be used.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    settings = read_ven_settings(path)
    if settings.protocol == "2.0b":
        from twin.commands.openadr2 import serve_ven2

        serve_ven2(settings, as_json=as_json)
        return
    with connected(settings) as vtn, closing(Journal(Path(settings.journal))) as journal:
        meters = StoredMeters(Path(settings.source), replay=settings.replay)
        ven = Ven(vtn, journal, settings.name, [one.name for one in settings.resources])
        metered = MeteredVen(ven, journal, meters, settings, Clock(settings.clock))

        def handle(change: Change) -> None:
            answer = metered.handle(change)
            if answer is None:
                return
            say_answer(answer, as_json)

        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            metered.end()
            ven.end()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        resources = [one.name for one in settings.resources]
        say(
            {
                "ven": settings.name,
                "vtn": settings.vtn,
                "resources": resources,
                "owed": len(journal.waiting()),
            },
            f"OpenADR 3 VEN {settings.name} at {settings.vtn}, for {', '.join(resources)}",
            as_json,
        )
        reporting = threading.Thread(target=metered.run)
        reporting.start()
        try:
            ven.run(handle, poll_seconds=settings.poll)
        finally:
            metered.end()
            reporting.join()


def say_answer(answer: Answer, as_json: bool) -> None:
    """Tell what was answered to an event."""
    opt = "in" if answer.taking_part else "out"
    told = {"event": answer.event, "opt": opt, "kw": answer.kw, "why": answer.why}
    say(told, f"{answer.event}: opt {opt}, {answer.why or f'{answer.kw:g} kW'}", as_json)


def say(told: dict[str, Any], words: str, as_json: bool) -> None:
    """A line on stdout, at once."""
    sys.stdout.write((json.dumps(told, ensure_ascii=False) if as_json else words) + "\n")
    sys.stdout.flush()
