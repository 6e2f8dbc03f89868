"""Settings of a VEN that speaks for stored meters: one YAML file, and a secret that stands elsewhere."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.yaml_text import Node
from twin.links.openadr3.client_settings import ClientSettings, read_client_settings
from twin.links.replay_clock import ClockSettings
from weather.errors import TwinError

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _span(text: str) -> str:
    if _SPAN.fullmatch(text) is None:
        raise ValueError(f"'{text}' is no span of hours; write for example 12:00-13:30")
    return text


class Meter(Described):
    """A resource of the VEN, and the meter that it is read from."""

    name: Key = Field(description="Name of the resource at the VTN.")
    meter: Key | None = Field(default=None, description="Name of the meter in the source; default the same.")


class Offer(Described):
    """Change of load that the VEN can make, by direction; without one it opts out."""

    peak_shaving: q.ElectricPower | None = Field(default=None, description="Decrease [kW].")
    valley_filling: q.ElectricPower | None = Field(default=None, description="Increase [kW].")


class OptOut(Described):
    """Calls that are refused whatever is offered."""

    dates: tuple[Annotated[str, AfterValidator(_day)], ...] = Field(
        default=(), description="Days in Shanghai, such as 2026-07-21."
    )
    hours: tuple[Annotated[str, AfterValidator(_span)], ...] = Field(
        default=(), description="Spans of hours that a call may not touch, such as 12:00-13:30."
    )
    longer_than: q.Hours | None = Field(default=None, description="Longest call that is taken [h].")
    notice_under: q.Minutes | None = Field(default=None, description="Shortest notice that is taken [min].")

    def spans(self) -> list[tuple[int, int]]:
        """Spans of hours as minutes of the day; one that ends before it begins goes over midnight."""
        found: list[tuple[int, int]] = []
        for text in self.hours:
            a, b, c, d = map(int, re.split("[:-]", text))
            first, last = 60 * a + b, 60 * c + d
            found += [(first, last)] if first < last else [(first, 24 * 60), (0, last)]
        return found


class VenSettings(ClientSettings):
    """A VEN at somebody's VTN; files are looked for in the folder of the settings."""

    protocol: Literal["3.0.1", "2.0b"] = Field(
        default="3.0.1", description="OpenADR 3.0.1, or 2.0b (needs the extra openadr2)."
    )
    name: Key = Field(description="venName that the credentials were made for.")
    vtn_fingerprint: Key | None = Field(
        default=None, description="Fingerprint of the VTN's certificate, by which 2.0b checks its messages."
    )
    journal: Key = Field(default="ven.db", description="File of what must not be forgotten (SQLite).")
    source: Key = Field(description="Folder of a Run or of a district's year, or a meter file.")
    replay: bool = Field(default=False, description="Take stored years for the present, by 52 weeks.")
    resources: tuple[Meter, ...] = Field(min_length=1, max_length=1000, description="What it answers for.")
    offer: Offer = Field(default=Offer(), description="Change of load that it can make.")
    opt_out: OptOut = Field(default=OptOut(), description="Calls that are refused.")
    poll: Annotated[float, Field(gt=0.0, le=3600.0)] = Field(
        default=10.0, description="Seconds between polls."
    )
    clock: ClockSettings | None = Field(default=None, description="Another time than the machine's.")


def read_ven_settings(path: Path) -> VenSettings:
    """Read settings; paths in them become whole ones.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    settings, node = read_client_settings(path, VenSettings, ("journal", "source"))
    names = [one.name for one in settings.resources]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _wrong(node, "resources", f"two resources are called '{twice}'.", "Give each its own name.")
    return settings


def _wrong(node: Node, key: str, what: str, remedy: str) -> TwinError:
    place = node.value.get(key, node)
    return TwinError(what, remedy, file=node.file, key=key, line=place.line)
