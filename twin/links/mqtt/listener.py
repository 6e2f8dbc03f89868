"""Telemetry of one building from a broker, kept before it is acknowledged.

The broker keeps for this client what is said while it is away, and says it again until it is acknowledged; so
nothing is lost when either is killed. What is heard is believed in nothing: payloads that are none, points
that nobody asked for and intervals that do not fit are left out, each kind said once.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as mqtt
import pandas as pd
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from twin.links.mqtt.connection import KEEP_ALIVE_SECONDS, client_of, reach, refused
from twin.links.mqtt.heard import Heard
from twin.links.mqtt.settings import ListenSettings
from twin.meters.telemetry import interval_of
from weather.errors import TwinError

_AHEAD = pd.Timedelta("1D")
"""How far behind what was heard last an interval may lie that ends in the machine's future."""
_CLOCKS = pd.Timedelta("5min")
"""By which clocks may differ."""
_log = logging.getLogger(__name__)


class Listener:
    """Hears a building through absences of the broker.

    Parameters
    ----------
    settings : ListenSettings
    user : (str, str) or None
        User and password.
    heard : Heard
    step : Timedelta
        Longest interval that is of use.
    year : (Timestamp, Timestamp)
        Within which intervals must lie.

    Attributes
    ----------
    left_out : Counter of str
        Messages and readings that were not kept, by reason.
    news : Event
        Something was heard; whoever waits for it clears it.
    trouble : TwinError or None
        Why readings cannot be kept.

    Raises
    ------
    TwinError
        If a certificate cannot be used, the broker is not who it says it is, or it refuses the user. A broker
        that is away is waited for.
    """

    def __init__(
        self,
        settings: ListenSettings,
        user: tuple[str, str] | None,
        heard: Heard,
        step: pd.Timedelta,
        year: tuple[pd.Timestamp, pd.Timestamp],
    ) -> None:
        self._settings, self._heard, self._step, self._year = settings, heard, step, year
        self._points = frozenset(settings.points)
        span = heard.span()
        self._newest = None if span is None else span[1]
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._ended = False
        self.left_out: Counter[str] = Counter()
        self.news = threading.Event()
        self.trouble: TwinError | None = None
        self._client = client_of(settings, user, manual_ack=True)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def topic(self) -> str:
        """What is listened to."""
        return f"{self._settings.prefix}/{self._settings.meter}/+"

    def start(self) -> None:
        """Connect, and begin to listen.

        Raises
        ------
        TwinError
            See above.
        """
        if not reach(self._client, self._settings):
            self._answered.set()
        self._client.loop_start()
        self._answered.wait(KEEP_ALIVE_SECONDS)
        if self._refusal is not None:
            self._client.loop_stop()
            raise refused(self._refusal)

    def end(self) -> None:
        """Disconnect; the broker keeps what comes until somebody listens again."""
        self._ended = True
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del data, flags, properties
        if reason.is_failure:
            if not self._answered.is_set():
                self._refusal = str(reason)
            _log.warning("the broker refuses this client: %s", reason)
        else:
            client.subscribe(self.topic, qos=1)
            return
        self._answered.set()

    def _on_subscribe(
        self,
        client: mqtt.Client,
        data: Any,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        del client, data, mid, properties
        if any(reason.is_failure for reason in reasons):
            self._refusal = f"{self.topic}: {reasons[0]}"
        self._answered.set()

    def _on_disconnect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del client, data, flags, properties
        if reason.is_failure and not self._ended:
            _log.warning("the broker is gone (%s); connecting again", reason)

    def _on_message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        del data
        try:
            self._take(bytes(message.payload))
        except sqlite3.Error as error:  # not acknowledged, so that the broker says it again
            self.trouble = TwinError(
                f"readings could not be kept: {error}.",
                "Free some room; the broker keeps what is said meanwhile.",
                key="--out",
            )
            self.news.set()
        else:
            client.ack(message.mid, message.qos)

    def _take(self, payload: bytes) -> None:
        try:
            found = interval_of(payload)
        except TwinError as error:
            return self._leave(error.what)
        begin, end = self._year
        if found.end - found.start > self._step:
            return self._leave(f"an interval longer than the step of {self._step}")
        if found.start < begin or found.end > end:
            return self._leave("an interval outside of the project's year")
        known = self._newest is None or found.end <= self._newest + _AHEAD
        if not known and found.end > pd.Timestamp.now("UTC") + _CLOCKS:
            return self._leave("an interval that is still to come")
        for name in (*found.left_out, *(name for name in found.values if name not in self._points)):
            self._leave(f"{name}, which is no point that was asked for, or a reading that it cannot have")
        values = {name: value for name, value in found.values.items() if name in self._points}
        if values:
            self._heard.put(found.start, found.end, values)
            self._newest = found.end if self._newest is None else max(found.end, self._newest)
            self.news.set()
        return None

    def _leave(self, why: str) -> None:
        if len(self.left_out) < 1000 or why in self.left_out:
            if not self.left_out[why]:
                _log.warning("left out: %s", why)
            self.left_out[why] += 1
