"""A VEN: what stands between a building (or its twin) and somebody's VTN.

It registers itself and its resources, learns of events by polling (woken by callbacks where it listens for
them), says whether it takes part, and delivers reports. What it owes the VTN lies in its journal; when the
VTN is away it waits, longer each time and by chance, and then sends the same again: a report that the VTN has
already is recognised by its name.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from twin.links.openadr3.connection import Connection, RefusedError, UnreachableError
from twin.links.openadr3.journal import Journal
from twin.links.openadr3.messages import (
    Event,
    ObjectOperation,
    Program,
    Report,
    Resource,
    Subscription,
)
from twin.links.openadr3.messages import Ven as VenObject
from twin.links.openadr3.reports import Opt, opt_report

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to an event: it is new, changed, or no longer there (as it was)."""

    what: Literal["new", "changed", "cancelled"]
    event: Event


def back_off(failures: int) -> float:
    """Seconds to wait after so many failures in a row: doubling to a minute, half of it by chance."""
    return min(_FIRST_WAIT * 2.0 ** min(failures - 1, 16), _LONGEST_WAIT) * random.uniform(0.5, 1.0)


class Ven:
    """One VEN at one VTN.

    Parameters
    ----------
    connection : Connection
    journal : Journal
    name : str
        The `venName` that its credentials were made for.
    resources : sequence of str
        Names of what it answers for.
    """

    def __init__(
        self, connection: Connection, journal: Journal, name: str, resources: Sequence[str] = ()
    ) -> None:
        self.name = name
        self._vtn = connection
        self._journal = journal
        self._resources = resources
        self._wake = threading.Event()
        self._ended = threading.Event()

    # --- single steps; each raises UnreachableError or RefusedError ---------------------------------------

    def register(self) -> VenObject:
        """Make itself and its resources known, as far as the VTN does not know them; returns its `ven`."""
        ven = self._registered()
        if ven is None:
            try:
                ven = self._vtn.post("vens", VenObject(ven_name=self.name))
            except RefusedError as refused:
                if refused.status != 409:
                    raise
                ven = self._registered()  # an earlier answer was lost
                if ven is None:
                    raise
        known = {one.resource_name for one in self._vtn.search(Resource, f"vens/{ven.id}/resources")}
        for name in self._resources:
            if name not in known:
                self._vtn.post(f"vens/{ven.id}/resources", Resource(resource_name=name))
        return ven

    def _registered(self) -> VenObject | None:
        found = self._vtn.search(VenObject, "vens", venName=self.name)
        return found[0] if found else None

    def poll(self) -> list[Change]:
        """What happened to events since what was dealt with; asked again until `handled`."""
        known = self._journal.events()
        changes: list[Change] = []
        listed = {event.id: event for event in self._vtn.search(Event, "events")}
        for event in listed.values():
            before = known.get(event.id or "")
            if before is None:
                changes.append(Change("new", event))
            elif before.modification_date_time != event.modification_date_time:
                changes.append(Change("changed", event))
        for name, event in known.items():
            if name not in listed and self._gone(name):
                changes.append(Change("cancelled", event))
        return changes

    def _gone(self, event_id: str) -> bool:
        """A page may miss an event while others come and go, so that it is asked for itself."""
        try:
            self._vtn.get(Event, f"events/{event_id}")
        except RefusedError as refused:
            if refused.status == 404:
                return True
            raise
        return False

    def handled(self, change: Change) -> None:
        """A change was dealt with: it does not come again, even after a restart."""
        if change.what == "cancelled":
            self._journal.forget(change.event.id or "")
        else:
            self._journal.remember(change.event)

    def opt(self, event: Event, opt: Opt) -> None:
        """Say whether it takes part in an event, by a report; saying it again replaces it."""
        self.report(opt_report(event, self.name, opt))

    def program(self, event: Event) -> Program:
        """The program of an event."""
        return self._vtn.get(Program, f"programs/{event.program_id}")

    def report(self, report: Report, *, until: datetime | None = None) -> None:
        """Put a report in the outbox, on disk; it is sent at the next occasion.

        Parameters
        ----------
        report : Report
        until : datetime, optional
            See `Journal.put`.

        Raises
        ------
        ValueError
            If it has no name.
        """
        self._journal.put(report, until=until)
        self._wake.set()

    def flush(self) -> int:
        """Send what is in the outbox, oldest first; returns how many reports the VTN now has.

        A report that the VTN will not have stays in the journal, with why. Without a usable answer, or where
        the VTN no longer admits the VEN, all stay that are not sent.
        """
        done = 0
        for waiting in self._journal.waiting():
            try:
                self._deliver(waiting.report)
            except RefusedError as refused:
                if refused.status == 401:
                    raise
                _log.warning("report %s: %s", waiting.report.report_name, refused)
                self._journal.refuse(waiting.number, str(refused))
                continue
            self._journal.sent(waiting.number)
            done += 1
        return done

    def _deliver(self, report: Report) -> None:
        try:
            self._vtn.post("reports", report)
        except RefusedError as refused:
            if refused.status != 409:
                raise
            mine = self._vtn.search(Report, "reports", eventID=report.event_id, clientName=self.name)
            there = next((one for one in mine if one.report_name == report.report_name), None)
            if there is None:
                raise
            if there.content() != report.content():
                self._vtn.put(f"reports/{there.id}", report)

    def subscribe(self, program: Program, url: str, token: str) -> Subscription:
        """Be called back when events of a program come, change or go.

        A VEN has one such subscription of a program; a restarted one gives its new address and token.
        """
        operation = ObjectOperation(
            objects=("EVENT",),
            operations=("CREATE", "UPDATE", "DELETE"),
            callback_url=url,
            bearer_token=token,
        )
        wish = Subscription(
            client_name=self.name, program_id=program.id or "", object_operations=(operation,)
        )
        known = self._vtn.search(
            Subscription, "subscriptions", programID=program.id or "", clientName=self.name
        )
        if known:
            return self._vtn.put(f"subscriptions/{known[0].id}", wish)
        return self._vtn.post("subscriptions", wish)

    # --- for ever ---------------------------------------------------------------------------------------

    def wake(self) -> None:
        """Poll now; what a callback calls."""
        self._wake.set()

    def end(self) -> None:
        """Let `run` return."""
        self._ended.set()
        self._wake.set()

    def run(self, handle: Callable[[Change], None], *, poll_seconds: float = 10.0) -> None:
        """Register, then poll and deliver until `end`, through absences of the VTN.

        Parameters
        ----------
        handle : callable
            Deals with a change, for instance by `opt`. It is called again for the same change if the process
            ends before it returned.
        poll_seconds : float
            Time between polls where nothing wakes it.
        """
        failures, registered = 0, False
        while not self._ended.is_set():
            self._wake.clear()
            try:
                if not registered:
                    self.register()
                    registered = True
                self.flush()
                for change in self.poll():
                    handle(change)
                    self.handled(change)
                self.flush()
                failures = 0
            except (UnreachableError, RefusedError) as error:
                failures += 1
                wait = back_off(failures)
                _log.warning("VTN: %s; again in %.1f s", error, wait)
                self._ended.wait(wait)
                continue
            self._wake.wait(poll_seconds)
