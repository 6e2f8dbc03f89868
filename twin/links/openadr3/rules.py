"""Who may see and write what at the VTN, object by object.

Business logic sees all, and writes all but reports. A VEN sees programs and events that have no targets or
one of its own (an event's program must be seen too), and its own reports, subscriptions, `ven` and resources;
of the targets of a program or event it sees those that are its own. Targets of VENs and resources are
business logic's to write. What a client may not see is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from twin.links.openadr3.clients import Client
from twin.links.openadr3.messages import (
    Event,
    Object,
    Program,
    Report,
    Resource,
    Subscription,
    ValuesMap,
    Ven,
)
from twin.links.openadr3.store import NameTakenError, New, Row, Target, Transaction

_Addressed = TypeVar("_Addressed", Ven, Resource)


class DeniedError(Exception):
    """What a client asked for is not done; `detail` is for it to read."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object with an address."""

    name: str
    model: type[Object]
    scope: str


PROGRAM = Kind("PROGRAM", Program, "write_programs")
EVENT = Kind("EVENT", Event, "write_events")
REPORT = Kind("REPORT", Report, "write_reports")
SUBSCRIPTION = Kind("SUBSCRIPTION", Subscription, "write_subscriptions")
VEN = Kind("VEN", Ven, "write_vens")
RESOURCE = Kind("RESOURCE", Resource, "write_vens")

RefuseCallback = Callable[[str], str | None]
"""Why an address may not be called back; None where it may."""


def own_targets(tx: Transaction, client: Client) -> set[Target] | None:
    """What a VEN is addressed by; None for business logic, which sees all."""
    return None if client.ven_name is None else tx.targets_of(client.ven_name)


def sees(tx: Transaction, client: Client, row: Row, mine: Collection[Target] | None) -> bool:
    """Whether a client may see an object."""
    if mine is None:
        return True
    if row.kind in ("PROGRAM", "EVENT"):
        return tx.seen(row.id, mine) and (row.program is None or tx.seen(row.program, mine))
    if row.kind == "VEN":
        return row.name == client.ven_name
    if row.kind == "RESOURCE":
        ven = tx.get(row.ven or "", deleted=True)
        return ven is not None and ven.name == client.ven_name
    return row.owner == client.owner


def shown(client: Client, row: Row, mine: Collection[Target] | None) -> dict[str, Any]:
    """An object as a client may read it; a callback's token is for its owner alone."""
    content = row.json()
    if mine is not None and row.kind in ("PROGRAM", "EVENT") and content.get("targets"):
        cut = [
            {**one, "values": [v for v in one["values"] if (one["type"], str(v)) in mine]}
            for one in content["targets"]
        ]
        content["targets"] = [one for one in cut if one["values"]]
    if row.kind == "SUBSCRIPTION" and row.owner != client.owner:
        for operation in content["objectOperations"]:
            operation.pop("bearerToken", None)
    return content


def found(tx: Transaction, client: Client, kind: Kind, object_id: str) -> tuple[Row, set[Target] | None]:
    """An object that a client may see, with what it is addressed by.

    Raises
    ------
    DeniedError
        404.
    """
    row, mine = tx.get(object_id), own_targets(tx, client)
    if row is None or row.kind != kind.name or not sees(tx, client, row, mine):
        raise DeniedError(404, f"There is no {kind.name} {object_id}.")
    return row, mine


def create(
    tx: Transaction, client: Client, kind: Kind, sent: Object, refuse: RefuseCallback, ven: str | None = None
) -> Row:
    """Write a new object; `ven` is the id of a resource's VEN.

    Raises
    ------
    DeniedError
        400 where it refers to what is not there, 403 where it is another's, 404 for an unknown VEN, 409 where
        its name is taken.
    """
    new = _new(tx, client, sent, refuse, None, ven)
    try:
        row = tx.create(new)
        if isinstance(sent, Ven):
            for resource in sent.resources or ():
                tx.create(_new(tx, client, resource, refuse, None, row.id))
    except NameTakenError:
        raise DeniedError(409, f"Another {kind.name} has this name.") from None
    return row


def update(
    tx: Transaction, client: Client, kind: Kind, object_id: str, sent: Object, refuse: RefuseCallback
) -> Row:
    """Replace an object. Resources named in a VEN are left alone: they have addresses of their own.

    Raises
    ------
    DeniedError
        As `create`; 404 where the client may not see it.
    """
    row, _ = found(tx, client, kind, object_id)
    _refuse_others(client, row)
    try:
        return tx.update(row, _new(tx, client, sent, refuse, row, row.ven))
    except NameTakenError:
        raise DeniedError(409, f"Another {kind.name} has this name.") from None


def delete(tx: Transaction, client: Client, kind: Kind, object_id: str) -> tuple[Row, set[Target] | None]:
    """Take an object away; returns it as it was.

    Raises
    ------
    DeniedError
    """
    row, mine = found(tx, client, kind, object_id)
    _refuse_others(client, row)
    tx.delete(row)
    return row, mine


def _refuse_others(client: Client, row: Row) -> None:
    if row.kind in ("REPORT", "SUBSCRIPTION") and row.owner != client.owner:
        raise DeniedError(403, f"This {row.kind} is another client's.")


def _new(
    tx: Transaction, client: Client, sent: Object, refuse: RefuseCallback, old: Row | None, ven: str | None
) -> New:
    owner = client.owner
    if isinstance(sent, Program):
        return New(
            "PROGRAM",
            owner,
            sent.content(),
            name=sent.program_name,
            name_key=f"PROGRAM/{sent.program_name}",
            targets=_targets(sent.targets),
        )
    if isinstance(sent, Event):
        _seen_program(tx, client, sent.program_id)
        return New(
            "EVENT",
            owner,
            sent.content(),
            program=sent.program_id,
            name=sent.event_name,
            targets=_targets(sent.targets),
        )
    if isinstance(sent, Report):
        return _report(tx, client, sent)
    if isinstance(sent, Subscription):
        return _subscription(tx, client, sent, refuse)
    if isinstance(sent, Ven):
        _refuse_other_name(client, sent.ven_name)
        kept = _kept_targets(client, sent, old)
        return New(
            "VEN",
            owner,
            kept.model_copy(update={"resources": None}).content(),
            name=sent.ven_name,
            name_key=f"VEN/{sent.ven_name}",
            targets=_targets(kept.targets),
        )
    if isinstance(sent, Resource) and ven is not None:
        found(tx, client, VEN, ven)
        kept_too = _kept_targets(client, sent, old)
        return New(
            "RESOURCE",
            owner,
            kept_too.model_copy(update={"ven_id": None}).content(),
            ven=ven,
            name=sent.resource_name,
            name_key=f"RESOURCE/{ven}/{sent.resource_name}",
            targets=_targets(kept_too.targets),
        )
    raise TypeError(f"{type(sent).__name__} has no address")


def _report(tx: Transaction, client: Client, sent: Report) -> New:
    """A report of a cancelled event is still one: what was done until then is settled."""
    _refuse_other_name(client, sent.client_name)
    event, mine = tx.get(sent.event_id, deleted=True), own_targets(tx, client)
    if event is None or event.kind != "EVENT" or not sees(tx, client, event, mine):
        raise DeniedError(400, f"There is no event {sent.event_id}.")
    if event.program != sent.program_id:
        raise DeniedError(400, f"The event {event.id} is not of the program {sent.program_id}.")
    key = f"REPORT/{client.ven_name}/{sent.report_name}" if sent.report_name is not None else None
    return New(
        "REPORT",
        client.owner,
        sent.content(),
        program=event.program,
        event=event.id,
        name=sent.client_name,
        name_key=key,
    )


def _subscription(tx: Transaction, client: Client, sent: Subscription, refuse: RefuseCallback) -> New:
    _refuse_other_name(client, sent.client_name)
    _seen_program(tx, client, sent.program_id)
    for operation in sent.object_operations:
        if not {"READ", "GET"}.isdisjoint(operation.operations):
            raise DeniedError(
                400, "This VTN does not notify of reading; subscribe to CREATE, UPDATE, DELETE."
            )
        if why := refuse(operation.callback_url):
            raise DeniedError(400, why)
        token = operation.bearer_token
        if token is not None and not (token.isascii() and token.isprintable() and " " not in token):
            raise DeniedError(400, "The bearerToken has characters that no header can carry.")
    return New("SUBSCRIPTION", client.owner, sent.content(), program=sent.program_id, name=sent.client_name)


def _refuse_other_name(client: Client, name: str) -> None:
    """A VEN speaks under the name it was admitted with."""
    if client.ven_name is not None and name != client.ven_name:
        raise DeniedError(403, f"This client is the VEN {client.ven_name!r}, not {name!r}.")


def _seen_program(tx: Transaction, client: Client, program_id: str) -> None:
    row = tx.get(program_id)
    if row is None or row.kind != "PROGRAM" or not sees(tx, client, row, own_targets(tx, client)):
        raise DeniedError(400, f"There is no program {program_id}.")


def _kept_targets(client: Client, sent: _Addressed, old: Row | None) -> _Addressed:
    """Targets as they were where a VEN writes."""
    if client.role != "ven":
        return sent
    stored = type(sent).model_validate_json(old.body).targets if old else None
    if sent.targets is not None and sent.targets != stored:
        raise DeniedError(403, "Targets of VENs and resources are written by business logic only.")
    return sent.model_copy(update={"targets": stored})


def pairs_of(maps: Collection[ValuesMap] | None) -> set[Target]:
    """Targets as pairs of type and value; a number is its digits, as in a query."""
    return {
        (one.type, str(value))
        for one in maps or ()
        for value in one.values
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def _targets(maps: Collection[ValuesMap] | None) -> tuple[Target, ...]:
    pairs = pairs_of(maps)
    if maps and not pairs:
        raise DeniedError(400, "These targets hold no value, so that they would address everybody.")
    return tuple(sorted(pairs))
