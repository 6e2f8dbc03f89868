"""The objects of OpenADR 3.0.1, under their names on the wire.

Attributes are the contract's properties in snake case; JSON has the contract's camelCase. A property that the
contract does not know is ignored, as the contract allows, so that a client of a later version is understood
as far as it can be. Everything else is strict: no text is taken for a number, no infinity, and no moment
without its offset from UTC (all are kept in UTC).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from twin.links.openadr3.durations import Duration

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""The beginning of time: as a start it means "now", or "right after the interval before"."""

_BEGINNINGS = ("0000-00-00", "0000-01-01", "0001-01-01")
_MIDNIGHTS = frozenset(
    {"", "T00:00", "T00:00Z", "T00:00:00", "T00:00:00Z", "T00:00:00.000Z", "T00:00:00+00:00"}
)


def _moment(value: Any) -> Any:
    """A moment in UTC; the beginning of time is written in several ways, one of them in no calendar."""
    if isinstance(value, str):
        if value.startswith(_BEGINNINGS) and value[10:].upper() in _MIDNIGHTS:
            return BEGINNING
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError("a moment without its offset from UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment outside the calendar") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
ObjectId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]+$", min_length=1, max_length=128)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
ObjectType = Literal["PROGRAM", "EVENT", "REPORT", "SUBSCRIPTION", "VEN", "RESOURCE"]


class Message(BaseModel):
    """What all messages share."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        strict=True,
        allow_inf_nan=False,
        extra="ignore",
        frozen=True,
    )

    def wire(self) -> str:
        """JSON text; properties that are null by default are left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class Point(Message):
    """A pair of floats on a plane."""

    x: float
    y: float


class ValuesMap(Message):
    """Values of one type, such as PRICE; the type may be the contract's or a private word."""

    type: Name
    values: tuple[int | float | str | bool | Point, ...]


class IntervalPeriod(Message):
    """Start, duration and the greatest random shift of the start, of one interval or of all."""

    start: Moment
    duration: Duration | None = None
    randomize_start: Duration | None = None


class Interval(Message):
    """A span of time and what holds in it; `id` is the client's number, no order."""

    id: Int32
    interval_period: IntervalPeriod | None = None
    payloads: tuple[ValuesMap, ...]


class EventPayloadDescriptor(Message):
    """Units and currency of a type of event payload."""

    object_type: Literal["EVENT_PAYLOAD_DESCRIPTOR"] = "EVENT_PAYLOAD_DESCRIPTOR"
    payload_type: Name
    units: str | None = None
    currency: str | None = None


class ReportPayloadDescriptor(Message):
    """Units, reading type, accuracy and confidence [%] of a type of report payload."""

    object_type: Literal["REPORT_PAYLOAD_DESCRIPTOR"] = "REPORT_PAYLOAD_DESCRIPTOR"
    payload_type: Name
    reading_type: str | None = None
    units: str | None = None
    accuracy: float | None = None
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None


class ReportDescriptor(Message):
    """A request for reports; intervals are counted, -1 is the contract's "all" or "the last"."""

    payload_type: Name
    reading_type: str | None = None
    units: str | None = None
    targets: tuple[ValuesMap, ...] | None = None
    aggregate: bool = False
    start_interval: Int32 = -1
    num_intervals: Int32 = -1
    historical: bool = True
    frequency: Int32 = -1
    repeat: Int32 = 1


class ProgramDescription(Message):
    """Where a program is described."""

    url: Annotated[str, Field(alias="URL")]


class Object(Message):
    """What the VTN writes on each object that has an address."""

    PROVISIONED: ClassVar[frozenset[str]] = frozenset({"id", "created_date_time", "modification_date_time"})

    id: ObjectId | None = None
    created_date_time: Moment | None = None
    modification_date_time: Moment | None = None

    def content(self) -> str:
        """JSON text without what the VTN writes."""
        return self.model_dump_json(by_alias=True, exclude_none=True, exclude=set(self.PROVISIONED))


class Program(Object):
    """A program, such as one demand-response product."""

    object_type: Literal["PROGRAM"] = "PROGRAM"
    program_name: Name
    program_long_name: str | None = None
    retailer_name: str | None = None
    retailer_long_name: str | None = None
    program_type: str | None = None
    country: str | None = None
    principal_subdivision: str | None = None
    time_zone_offset: Duration | None = None
    interval_period: IntervalPeriod | None = None
    program_descriptions: tuple[ProgramDescription, ...] | None = None
    binding_events: bool | None = None
    local_price: bool | None = None
    payload_descriptors: tuple[EventPayloadDescriptor | ReportPayloadDescriptor, ...] | None = None
    targets: tuple[ValuesMap, ...] | None = None


class Event(Object):
    """A call: intervals with payloads, and the reports that it asks for; 0 is the highest priority."""

    object_type: Literal["EVENT"] = "EVENT"
    program_id: Annotated[ObjectId, Field(alias="programID")]
    event_name: str | None = None
    priority: Annotated[int, Field(ge=0)] | None = None
    targets: tuple[ValuesMap, ...] | None = None
    report_descriptors: tuple[ReportDescriptor, ...] | None = None
    payload_descriptors: tuple[EventPayloadDescriptor, ...] | None = None
    interval_period: IntervalPeriod | None = None
    intervals: tuple[Interval, ...]


class ReportResource(Message):
    """Report data of one resource."""

    resource_name: Name
    interval_period: IntervalPeriod | None = None
    intervals: tuple[Interval, ...]


class Report(Object):
    """What a VEN says about an event."""

    object_type: Literal["REPORT"] = "REPORT"
    program_id: Annotated[ObjectId, Field(alias="programID")]
    event_id: Annotated[ObjectId, Field(alias="eventID")]
    client_name: Name
    report_name: str | None = None
    payload_descriptors: tuple[ReportPayloadDescriptor, ...] | None = None
    resources: tuple[ReportResource, ...]


class ObjectOperation(Message):
    """Which operations on which objects are told to which address, with the address's own token.

    Clients of 3.0.0 still name operations by HTTP verbs, as notifications do.
    """

    objects: tuple[ObjectType, ...]
    operations: tuple[Literal["READ", "CREATE", "UPDATE", "DELETE", "GET", "POST", "PUT"], ...]
    callback_url: str
    bearer_token: str | None = None


class Subscription(Object):
    """A wish to be notified."""

    object_type: Literal["SUBSCRIPTION"] = "SUBSCRIPTION"
    client_name: Name
    program_id: Annotated[ObjectId, Field(alias="programID")]
    object_operations: tuple[ObjectOperation, ...]
    targets: tuple[ValuesMap, ...] | None = None


class Resource(Object):
    """A device or system that a VEN answers for."""

    object_type: Literal["RESOURCE"] = "RESOURCE"
    resource_name: Name
    ven_id: Annotated[ObjectId | None, Field(alias="venID")] = None
    attributes: tuple[ValuesMap, ...] | None = None
    targets: tuple[ValuesMap, ...] | None = None


class Ven(Object):
    """A client with the VEN role."""

    object_type: Literal["VEN"] = "VEN"
    ven_name: Name
    attributes: tuple[ValuesMap, ...] | None = None
    targets: tuple[ValuesMap, ...] | None = None
    resources: tuple[Resource, ...] | None = None


class Notification(Message):
    """What a VTN sends to a callback; the operation is an HTTP verb in 3.0.1."""

    object_type: ObjectType
    operation: Literal["GET", "POST", "PUT", "DELETE"]
    object: Annotated[
        Program | Event | Report | Subscription | Ven | Resource, Field(discriminator="object_type")
    ]
    targets: tuple[ValuesMap, ...] | None = None


class Problem(Message):
    """An error as RFC 7807 has it."""

    type: str = "about:blank"
    title: str | None = None
    status: Annotated[int, Field(ge=100, lt=600)] | None = None
    detail: str | None = None
    instance: str | None = None


class Token(BaseModel):
    """Answer of `/auth/token`, in the snake case of RFC 6749."""

    access_token: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    token_type: str
    expires_in: int | None = None
    scope: str | None = None


class AuthError(BaseModel):
    """Refusal of `/auth/token`, RFC 6749 section 5.2."""

    error: Literal[
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    ]
    error_description: str | None = None
