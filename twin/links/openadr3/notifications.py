"""The VTN's webhooks: which change is told to whom, and how it is delivered.

A notification is written with the change that causes it, in one transaction, and sent afterwards by a task of
its own, so that no request waits for a callback and a kill loses none. What does not arrive is tried again,
later and later; after some minutes it is given up and stays in the file. Callbacks go to named hosts only,
never through a proxy, and follow no redirect.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Collection

import httpx

from twin.links.openadr3 import LOOPBACK
from twin.links.openadr3.clients import SCOPES, Client
from twin.links.openadr3.messages import Subscription
from twin.links.openadr3.rules import own_targets, pairs_of, sees, shown
from twin.links.openadr3.store import Row, Store, Transaction

_OPERATIONS = {"POST": {"CREATE", "POST"}, "PUT": {"UPDATE", "PUT"}, "DELETE": {"DELETE"}}
_ATTEMPTS = 10
_LONGEST_WAIT = 300.0
_TIMEOUT = 10.0
_OF_ONE_ADDRESS = 4
_AT_ONCE = 32
_LOOK_SECONDS = 0.5
_log = logging.getLogger(__name__)


def refused_callback(url: str, hosts: Collection[str]) -> str | None:
    """Why an address may not be called back; None where it may.

    Parameters
    ----------
    url : str
    hosts : collection of str
        Names that may be called. Plain HTTP is for loopback only.
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.host.lower()
    except (httpx.InvalidURL, ValueError):
        return "The callbackUrl is no URL."
    if parsed.userinfo:
        return "The callbackUrl must not hold a name or a password."
    if host not in hosts:
        return f"This VTN does not call back to {host!r}; its operator must allow the host."
    if parsed.scheme != "https" and not (parsed.scheme == "http" and host in LOOPBACK):
        return "The callbackUrl must be https."
    return None


def tell(tx: Transaction, verb: str, row: Row) -> None:
    """Queue what subscribers are to hear of a change; part of its transaction."""
    program = row.id if row.kind == "PROGRAM" else row.program
    for subscription in tx.subscriptions(program):
        wish = Subscription.model_validate_json(subscription.body)
        wanted = [
            one
            for one in wish.object_operations
            if row.kind in one.objects and not _OPERATIONS[verb].isdisjoint(one.operations)
        ]
        if not wanted:
            continue
        client = _owner(subscription)
        mine = own_targets(tx, client)
        if not sees(tx, client, row, mine):
            continue
        pairs = pairs_of(wish.targets)
        if pairs and not tx.has_target(row.id, pairs):
            continue
        content = {"objectType": row.kind, "operation": verb, "object": shown(client, row, mine)}
        for one in wanted:
            tx.notify(subscription.id, one.callback_url, one.bearer_token, json.dumps(content))


def _owner(subscription: Row) -> Client:
    role, name = subscription.owner.split("/", 1)
    if role == "ven":
        return Client(name, "ven", name, SCOPES["ven"])
    return Client(name, "bl", None, SCOPES["bl"])


class Notifier:
    """Sends what is due until it is cancelled.

    Parameters
    ----------
    store : Store
    hosts : collection of str
        Names that may be called; asked again at each delivery, since they may have been narrowed.
    """

    def __init__(self, store: Store, hosts: Collection[str]) -> None:
        self._store = store
        self._hosts = hosts
        self._wake = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._addresses: Counter[str] = Counter()

    def wake(self) -> None:
        """Something changed."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver, for ever."""
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as http:
            try:
                while True:
                    self._wake.clear()
                    try:
                        await self._start(http)
                    except sqlite3.Error:
                        _log.exception("the queue of notifications cannot be read; it is tried again")
                    try:
                        await asyncio.wait_for(self._wake.wait(), _LOOK_SECONDS)
                    except TimeoutError:
                        continue
            finally:
                for task in self._under_way.values():
                    task.cancel()

    async def _start(self, http: httpx.AsyncClient) -> None:
        due = await asyncio.to_thread(self._store.due, time.time(), _OF_ONE_ADDRESS)
        for number, url, bearer, body, attempts in due:
            full = self._addresses[url] >= _OF_ONE_ADDRESS or len(self._under_way) >= _AT_ONCE
            if number in self._under_way or full:
                continue
            self._addresses[url] += 1
            send = self._send(http, number, url, bearer, body, attempts)
            self._under_way[number] = asyncio.create_task(send)

    async def _send(
        self, http: httpx.AsyncClient, number: int, url: str, bearer: str | None, body: str, attempts: int
    ) -> None:
        try:
            why = refused_callback(url, self._hosts) or await _posted(http, url, bearer, body)
            if why is None:
                await asyncio.to_thread(self._store.delivered, number)
            else:
                last = attempts + 1 >= _ATTEMPTS
                wait = min(2.0**attempts, _LONGEST_WAIT) * random.uniform(0.5, 1.0)
                _log.warning("callback %s: %s%s", url, why, "; given up" if last else "")
                await asyncio.to_thread(self._store.postpone, number, None if last else time.time() + wait)
        finally:
            self._addresses[url] -= 1
            del self._under_way[number]
            self._wake.set()


async def _posted(http: httpx.AsyncClient, url: str, bearer: str | None, body: str) -> str | None:
    """Send one; why it did not arrive, or None."""
    headers = {"Content-Type": "application/json"}
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    try:
        async with http.stream("POST", url, content=body.encode(), headers=headers) as answer:
            return None if answer.is_success else f"answered {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        return f"{type(error).__name__} {error}".strip()
