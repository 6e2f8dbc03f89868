"""`twin live` on telemetry: what a broker says of a building is kept, then followed step by step."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from types import FrameType

import pandas as pd

from twin.commands.console import terminal_language
from twin.links.mqtt.heard import Heard
from twin.links.mqtt.listener import Listener
from twin.links.mqtt.settings import read_listen_settings, user_of
from twin.live.following import Following
from twin.project import Loaded
from twin.report.style import pick
from weather.errors import TwinError

_BACKLOG = 60
"""Steps behind, with which not every state is written: what was heard lies on the disk anyway."""


def follow_telemetry(
    path: Path,
    folder: Path,
    loaded: Loaded,
    minutes: int,
    following: Callable[[Iterable[str], pd.Timestamp], Following],
) -> tuple[Following, int]:
    """Follow until the process is told to end; returns how many steps.

    A step is followed once something of the next one is heard, so that all who tell of it have had their say.

    Parameters
    ----------
    path : Path
        Settings of the broker (`ListenSettings`).
    folder : Path
        Where readings are kept (`heard.db`).
    loaded : Loaded
    minutes : int
        Length of a step.
    following : callable
        Makes the twin of points and the start of the first interval.

    Raises
    ------
    TwinError
        Settings, credentials or certificates that cannot be used, a broker that is another or refuses the
        user, a disk that is full; nothing was heard before the end.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    settings = read_listen_settings(path)
    user = user_of(settings)
    folder.mkdir(parents=True, exist_ok=True)
    ended = threading.Event()
    width = pd.Timedelta(minutes=minutes)
    begin = pd.Timestamp(loaded.climate.data.index[0]).tz_convert("UTC")
    with closing(Heard(folder / "heard.db")) as heard:
        listener = Listener(settings, user, heard, width, (begin, begin + pd.Timedelta(days=365)))
        listener.start()
        words = f"监听 {settings.broker} {listener.topic}", f"listening to {settings.broker} {listener.topic}"
        sys.stderr.write(pick(terminal_language(), *words) + "\n")

        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            ended.set()
            listener.news.set()

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            return _followed(heard, listener, ended, width, lambda first: following(settings.points, first))
        finally:
            listener.end()
            for number, handler in before.items():
                signal.signal(number, handler)


def _followed(
    heard: Heard,
    listener: Listener,
    ended: threading.Event,
    width: pd.Timedelta,
    begun: Callable[[pd.Timestamp], Following],
) -> tuple[Following, int]:
    found: Following | None = None
    steps = 0
    while True:
        listener.news.clear()
        span = heard.span()
        if span is not None and found is None:
            found = begun(span[0])
        if span is not None and found is not None:
            until = found.start + ((span[1] - found.start) // width - 1) * width
            behind = (until - found.now) // width
            if behind > 0:
                steps += found.follow(heard.since(found.now), until, each_step=behind <= _BACKLOG)
        if listener.trouble is not None:
            raise listener.trouble
        if ended.is_set():
            break
        listener.news.wait()
    if found is None:
        raise _nothing(listener)
    return found, steps


def _nothing(listener: Listener) -> TwinError:
    said = "; ".join(f"{count} x {why}" for why, count in listener.left_out.most_common(3)) or "nothing came"
    return TwinError(
        f"no reading was heard: {said}.",
        "Check prefix and meter against the topics, and points against what is told there.",
        key="meter",
    )
