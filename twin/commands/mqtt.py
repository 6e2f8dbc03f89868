"""`twin serve mqtt`: telemetry of a stored year to a broker, as if it were live."""

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

from twin.links.mqtt.publisher import Publisher
from twin.links.mqtt.queue import Queue
from twin.links.mqtt.settings import read_mqtt_settings, user_of
from twin.links.mqtt.states import read_series
from twin.links.mqtt.telemetry import Telemetry
from twin.links.replay_clock import Clock
from weather.errors import TwinError


def serve_mqtt(path: Path, *, as_json: bool) -> None:
    """Publish until the source is over or the process is told to end; the rest stays in the queue.

    Raises
    ------
    TwinError
        Settings, credentials, certificates, queue or source that cannot be used, a broker that is another or
        refuses the user.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    settings = read_mqtt_settings(path)
    user = user_of(settings)
    series = read_series(Path(settings.source))
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        ended.set()

    with closing(Queue(Path(settings.queue))) as queue:
        before = queue.told().values()
        clock = Clock(settings.clock, not_before=max(before, default=None))
        telemetry = Telemetry(series, settings.prefix, queue, meters=settings.meters, begin=clock.now())
        if telemetry.over and not before:
            last = max(one.table.index[-1] + one.step for one in series.values())
            raise TwinError(
                f"the source ends on {last.isoformat()}, before the clock's {clock.now().isoformat()}.",
                "Let the clock begin in the stored time.",
                file=path,
                key="clock.start",
            )
        publisher = Publisher(settings, user, queue)
        publisher.start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        _say(
            {"broker": settings.broker, "prefix": settings.prefix, "waiting": queue.count()},
            f"MQTT telemetry to {settings.broker} below {settings.prefix}/",
            as_json,
        )
        count = 0
        while not ended.is_set():
            count += telemetry.tell(clock.now())
            publisher.wake()
            following = telemetry.next_end()
            if following is None and queue.count() == 0:
                break
            ended.wait(0.2 if following is None else min(clock.seconds_until(following), 1.0))
        publisher.end("told to end" if ended.is_set() else "the source is over")
        _say(
            {"queued": count, "waiting": queue.count()},
            f"{count} messages; {queue.count()} wait for the broker",
            as_json,
        )


def _say(told: dict[str, Any], words: str, as_json: bool) -> None:
    sys.stdout.write((json.dumps(told, ensure_ascii=False) if as_json else words) + "\n")
    sys.stdout.flush()
