"""`twin serve openadr-call`: an invitation becomes an event at a VTN; `openadr-cancel` takes it back."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from twin.links.openadr3.calls import call_of, event_of, payment_of, program_of
from twin.links.openadr3.client_settings import ClientSettings, connected, read_client_settings
from twin.links.openadr3.connection import RefusedError, UnreachableError
from twin.links.openadr3.messages import Event, Program
from twin.market.event import Call
from twin.market.products import load_programme
from twin.response.invitation import Invitation, read_invitation
from weather.errors import TwinError

_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Sent:
    """What stands at the VTN now."""

    vtn: str
    event: str
    name: str
    program: str
    vens: tuple[str, ...]
    kw: float
    pay_cny_kwh: float | None
    cancelled: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "vtn": self.vtn, "event": self.event, "name": self.name, "program": self.program,
            "vens": list(self.vens), "kw": self.kw, "pay_cny_kwh": self.pay_cny_kwh,
            "cancelled": self.cancelled,
        }  # fmt: skip

    def show(self) -> None:
        """One line."""
        from rich.console import Console

        whom = ", ".join(self.vens) or "all VENs of the program"
        what = "taken back" if self.cancelled else f"{self.kw:g} kW called of {whom}"
        line = f"{self.event}  {self.name} ({self.program}): {what}"
        Console().print(line, markup=False, soft_wrap=True)


def call_of_invitation(invitation: Invitation, path: Path) -> Call:
    """What an invitation calls for, on the clock of the real world.

    Raises
    ------
    TwinError
        A day that only a simulated year knows, or no capacity.
    """
    if not isinstance(invitation.date, date):
        raise TwinError(
            f"{invitation.date!r} is a day of a simulated year, which nobody else knows.",
            "Write the day of the call, such as 2026-07-21.",
            file=path,
            key="date",
        )
    if invitation.capacity is None:
        raise TwinError(
            "an event names its power, and the invitation has none.",
            "Write capacity, for example what `twin respond` bids.",
            file=path,
            key="capacity",
        )
    start = pd.Timestamp(f"{invitation.date.isoformat()} {invitation.start}", tz=_ZONE)
    end = start + pd.Timedelta(hours=invitation.duration)
    return Call(invitation.kind, start, end, float(invitation.capacity), invitation.notice)


def send_call(path: Path, settings_file: Path, *, vens: Collection[str], pay: float | None) -> Sent:
    """Make an event of an invitation at a VTN; its program too, where the VTN has none of that product.

    Parameters
    ----------
    path : Path
        The invitation, as `twin respond --event` reads it.
    settings_file : Path
        YAML of `ClientSettings`; the client is business logic (bl).
    vens : collection of str
        Names of those who are called; none for all who see the program.
    pay : float, optional
        What a kWh of response is paid [CNY]; default the product's price.

    Raises
    ------
    TwinError
        What is wrong in a file, or what the VTN said.
    """
    call = call_of_invitation(read_invitation(path), path)
    programme = load_programme()
    product = next(
        one for one in programme.products() if (one.direction, one.notice) == (call.kind, call.notice)
    )
    price = product.price_cny_kwh * product.coefficient if pay is None else pay
    settings, _ = read_client_settings(settings_file, ClientSettings)
    with connected(settings) as vtn:

        def send() -> Sent:
            known = vtn.search(Program, "programs")
            wanted = program_of(programme, product)
            found = next((one for one in known if one.program_name == wanted.program_name), None)
            program = vtn.post("programs", wanted) if found is None else found
            made = vtn.post("events", event_of(call, program, pay=price, vens=vens))
            return _sent(settings, made, program, call.committed_kw, price)

        return _asked(send, settings_file)


def cancel_call(event: str, settings_file: Path) -> Sent:
    """Take an event away from a VTN; its VENs are told or find it gone.

    Raises
    ------
    TwinError
        What is wrong in the settings, or what the VTN said.
    """
    settings, _ = read_client_settings(settings_file, ClientSettings)
    with connected(settings) as vtn:

        def cancel() -> Sent:
            found = vtn.get(Event, f"events/{quote(event, safe='')}")
            program = vtn.get(Program, f"programs/{quote(found.program_id, safe='')}")
            call = call_of(found, program)
            vtn.delete(f"events/{found.id}")
            return _sent(settings, found, program, call.committed_kw, payment_of(found), cancelled=True)

        return _asked(cancel, settings_file)


def _sent(
    settings: ClientSettings,
    event: Event,
    program: Program,
    kw: float,
    pay: float | None,
    *,
    cancelled: bool = False,
) -> Sent:
    vens = tuple(str(name) for target in event.targets or () for name in target.values)
    return Sent(
        settings.vtn, event.id or "", event.event_name or "", program.program_name, vens, kw, pay, cancelled
    )


def _asked(ask: Callable[[], Sent], settings_file: Path) -> Sent:
    """What the VTN answers, in words where it does not do it."""
    try:
        return ask()
    except UnreachableError as error:
        raise TwinError(
            f"the VTN cannot be spoken to: {error}", "Check the address and that it runs.",
            file=settings_file, key="vtn",
        ) from None  # fmt: skip
    except RefusedError as error:
        raise TwinError(
            f"the VTN refuses: {error}", "Check the credentials, and that the client is business logic (bl).",
            file=settings_file, key="credentials",
        ) from None  # fmt: skip
