"""`twin serve openadr2`, and `twin serve ven` where it speaks 2.0b."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from twin.commands.ven import say, say_answer
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.ven_settings import VenSettings
from twin.links.replay_clock import Clock
from twin.links.stored_meters import StoredMeters
from weather.errors import TwinError


def _refuse_missing_extra() -> None:
    try:
        import defusedxml
        import openleadr
    except ImportError as error:
        raise TwinError(
            f"the Python package '{error.name}' is missing.",
            "Install the extra: pip install 'pedf-twin[openadr2]'.",
            key="protocol",
        ) from None
    del defusedxml, openleadr


def serve_vtn2(path: Path, *, as_json: bool) -> None:
    """Serve a VTN of 2.0b until the process is told to end; says where once it listens.

    Raises
    ------
    TwinError
        Settings, certificates, file or address that cannot be used, or no openleadr.
    """
    _refuse_missing_extra()
    from twin.links.openadr2.vtn import serve
    from twin.links.openadr2.vtn_settings import read_vtn2_settings

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("openleadr").setLevel(logging.WARNING)
    settings = read_vtn2_settings(path)

    def listening(url: str) -> None:
        told = {"url": url, "db": settings.db, "tls": settings.by_tls, "vens": len(settings.vens)}
        say(told, f"OpenADR 2.0b VTN on {url}, {settings.db}", as_json)

    serve(settings, listening)


def serve_ven2(settings: VenSettings, *, as_json: bool) -> None:
    """Be a VEN of 2.0b until the process is told to end; a line on stdout for each answer.

    Raises
    ------
    TwinError
        Certificates, journal or source that cannot be used, or no openleadr.
    """
    _refuse_missing_extra()
    from twin.links.openadr2.ven import MeteredVen2, refuse_unusable

    logging.getLogger("openleadr").setLevel(logging.WARNING)
    refuse_unusable(settings)
    meters = StoredMeters(Path(settings.source), replay=settings.replay)
    with closing(Journal(Path(settings.journal))) as journal:
        clock = Clock(settings.clock)
        ven = MeteredVen2(settings, journal, meters, clock, lambda answer: say_answer(answer, as_json))
        resources = ", ".join(one.name for one in settings.resources)
        told = {"ven": settings.name, "vtn": settings.vtn, "protocol": "2.0b", "resources": resources}
        say(told, f"OpenADR 2.0b VEN {settings.name} at {settings.vtn}, for {resources}", as_json)
        asyncio.run(_until_told(ven.run))


async def _until_told(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await run(ended)
