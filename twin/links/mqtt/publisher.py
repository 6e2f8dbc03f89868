"""The connection to a broker: TLS, last will, messages of a queue until each is acknowledged."""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from twin.links.mqtt.connection import KEEP_ALIVE_SECONDS, client_of, reach, refused
from twin.links.mqtt.queue import Queue
from twin.links.mqtt.settings import MqttSettings

_IN_FLIGHT = 100
_LARGEST_COMMAND = 100_000
_REFUSED = "a stored year has happened; nothing in it can follow a set-point or a limit"
_log = logging.getLogger(__name__)


class Publisher:
    """Hands a queue to a broker, message by message in their order, through absences of the broker.

    Parameters
    ----------
    settings : MqttSettings
    user : (str, str) or None
        User and password.
    queue : Queue

    Raises
    ------
    TwinError
        If a certificate cannot be used, the broker is not who it says it is, or it refuses the user. A broker
        that is away is waited for.
    """

    def __init__(self, settings: MqttSettings, user: tuple[str, str] | None, queue: Queue) -> None:
        self._settings = settings
        self._queue = queue
        self._acknowledged: deque[int] = deque()
        self._work = threading.Event()
        self._answered = threading.Event()
        self._refusal: str | None = None
        self._ended = False
        self._client = self._made(user)
        self._thread = threading.Thread(target=self._hand_over, daemon=True)

    def _made(self, user: tuple[str, str] | None) -> mqtt.Client:
        client = client_of(self._settings, user)
        client.will_set(self._topic("status"), _status("offline", "lost"), qos=1, retain=True)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _topic(self, *levels: str) -> str:
        return "/".join((self._settings.prefix, *levels))

    def start(self) -> None:
        """Connect, and begin to hand the queue over.

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
        self._thread.start()

    def wake(self) -> None:
        """There is something new in the queue."""
        self._work.set()

    def end(self, why: str, seconds: float = 10.0) -> None:
        """Say so, wait a while for what is in flight, and disconnect; the rest stays in the queue."""
        self._ended = True
        self._work.set()
        self._thread.join(seconds)
        if self._client.is_connected():
            said = self._client.publish(self._topic("status"), _status("offline", why), qos=1, retain=True)
            try:
                said.wait_for_publish(seconds)
            except (RuntimeError, ValueError) as error:
                _log.warning("the last word did not reach the broker: %s", error)
        self._client.disconnect()
        self._client.loop_stop()

    # --- the queue --------------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        """Keep some messages in flight; paho sends them again after a reconnect until acknowledged.

        Only this thread knows which message a number of the protocol is: paho holds a lock of its own while
        it tells of an acknowledgement, so that one of ours could stand against it.
        """
        in_flight: dict[int, int] = {}
        handed = 0
        while True:
            done: list[int] = []
            while self._acknowledged:
                number = in_flight.pop(self._acknowledged.popleft(), None)
                if number is not None:
                    done.append(number)
            if done:
                self._queue.acknowledged(done)
            if self._ended and not in_flight:
                return
            room = 0 if self._ended or not self._client.is_connected() else _IN_FLIGHT - len(in_flight)
            batch = self._queue.after(handed, room) if room > 0 else []
            for message in batch:
                sent = self._client.publish(message.topic, message.payload, qos=1, retain=message.retain)
                in_flight[sent.mid] = handed = message.number
            if not batch and not self._acknowledged:
                self._work.wait(0.5)
                self._work.clear()

    def _on_publish(
        self, client: mqtt.Client, data: Any, mid: int, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del client, data, reason, properties
        self._acknowledged.append(mid)
        self._work.set()

    # --- the broker -------------------------------------------------------------------------------------

    def _on_connect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del data, flags, properties
        if reason.is_failure:
            if not self._answered.is_set():
                self._refusal = str(reason)
            _log.warning("the broker refuses this client: %s", reason)
        else:
            client.subscribe(self._topic("+", "set"), qos=1)
            client.publish(self._topic("status"), _status("online"), qos=1, retain=True)
            self._work.set()
        self._answered.set()

    def _on_disconnect(
        self, client: mqtt.Client, data: Any, flags: Any, reason: ReasonCode, properties: Properties | None
    ) -> None:
        del client, data, flags, properties
        if reason.is_failure and not self._ended:
            _log.warning("the broker is gone (%s); connecting again", reason)

    def _on_message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        """A set-point or limit: refused, and said."""
        del data
        meter = message.topic[len(self._settings.prefix) + 1 : -len("/set")]
        why = _REFUSED
        if len(message.payload) > _LARGEST_COMMAND:
            why = f"the message has {len(message.payload)} bytes"
        else:
            try:
                if not isinstance(json.loads(message.payload), dict):
                    why = "the message is no JSON object"
            except (ValueError, RecursionError):
                why = "the message is no JSON"
        client.publish(
            self._topic(meter, "set", "answer"), json.dumps({"accepted": False, "why": why}), qos=1
        )


def _status(status: str, why: str | None = None) -> str:
    told = {"status": status} | ({"why": why} if why else {})
    if status == "online":
        told["since"] = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps(told)
