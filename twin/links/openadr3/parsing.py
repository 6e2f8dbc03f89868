"""Bytes from the wire into messages, within limits that are checked before anything is built."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from twin.links.openadr3.messages import Message

_M = TypeVar("_M", bound=Message)
_TOLD = 5
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{},]', re.DOTALL)


class BadMessageError(ValueError):
    """A message that is not of the contract, in words for its sender."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a message may be.

    Parameters
    ----------
    size : int
        Bytes. A month of one resource's quarter-hours takes about half of the default.
    depth : int
        Nested arrays and objects; the contract's deepest message, a report with points in a notification,
        has 10.
    items : int
        Members of arrays and objects in all.
    """

    size: int = 1 << 20
    depth: int = 16
    items: int = 100_000


LIMITS = Limits()


def _refuse_shape(body: bytes, limits: Limits) -> None:
    """Count brackets and commas outside strings: cheap, and no parser has to recurse first."""
    if len(body) > limits.size:
        raise BadMessageError(f"The message has {len(body)} bytes; at most {limits.size} are taken.")
    depth = items = 0
    for mark in _MARKS.finditer(body):
        first = body[mark.start()]
        if first in b"[{":
            depth += 1
            items += 1
            if depth > limits.depth:
                raise BadMessageError(f"The message nests deeper than {limits.depth}.")
        elif first in b"]}":
            depth -= 1
        elif first == 0x2C:
            items += 1
    if items > limits.items:
        raise BadMessageError(f"The message has more than {limits.items} members.")


def read(model: type[_M], body: bytes, limits: Limits = LIMITS) -> _M:
    """Parse one message.

    Parameters
    ----------
    model : type of Message
    body : bytes
        JSON text, UTF-8.
    limits : Limits

    Returns
    -------
    Message
        Of the type asked for.

    Raises
    ------
    BadMessageError
        Too large, too deep, no JSON, or not of the contract.
    """
    _refuse_shape(body, limits)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise BadMessageError(said(error)) from None


def read_all(model: type[_M], body: bytes, limits: Limits = LIMITS) -> list[_M]:
    """Parse an array of messages; as `read`."""
    _refuse_shape(body, limits)
    try:
        return TypeAdapter(list[model]).validate_json(body)  # type: ignore[valid-type]
    except ValidationError as error:
        raise BadMessageError(said(error)) from None


def said(error: ValidationError) -> str:
    """What is wrong, by property, without what was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{'.'.join(str(part) for part in one['loc']) or 'message'}: {one['msg']}" for one in found]
    more = f" (and {len(told) - _TOLD} more)" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more
