"""Under which names a server answers, and whether a request comes from one of its own pages.

The header Host is checked since any page may let its own name lead to this machine (DNS rebinding): its
scripts would then be of the same origin as these pages, on loopback too. An address in numbers cannot be
made to lead elsewhere. Unsafe methods and sockets must say that they come from here, by Origin or
Sec-Fetch-Site, which scripts of other pages cannot set.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_PORTS = {"http": "80", "https": "443"}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address that is listened on."""
    ip = _ip(host)
    return host.lower() == "localhost" if ip is None else ip.is_loopback


@dataclass(frozen=True)
class Hosts:
    """Names that a request may give in Host.

    Parameters
    ----------
    names : frozenset of str
        In lower case, IPv6 without brackets.
    any_number : bool
        Also every address in numbers, for a server that listens on all of its machine's.
    """

    names: frozenset[str]
    any_number: bool = False

    def answer_to(self, host: str) -> bool:
        """Whether a header Host is one of ours; its port is whatever leads here."""
        found = _parts(host)
        return found is not None and (
            found[0] in self.names or (self.any_number and _ip(found[0]) is not None)
        )


def hosts_of(listening: str, names: Collection[str], machine: str) -> Hosts:
    """What a server answers to.

    Parameters
    ----------
    listening : str
        Address that it listens on.
    names : collection of str
        Further names that were told.
    machine : str
        Name of the machine.
    """
    told = {name.lower().strip("[]").rstrip(".") for name in names}
    if is_loopback(listening):
        return Hosts(LOOPBACK_NAMES | told)
    ip = _ip(listening)
    if ip is not None and ip.is_unspecified:
        return Hosts(LOOPBACK_NAMES | told | {machine.lower()}, any_number=True)
    return Hosts(frozenset(told | {listening.lower()}))


def origin_of(scheme: str, host: str) -> str | None:
    """Origin of the pages that a request belongs to, by its scheme (of HTTP or of sockets) and Host."""
    found = _parts(host)
    if found is None:
        return None
    name, port = found
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    shown = f"[{name}]" if ":" in name else name
    return f"{scheme}://{shown}" + (f":{port}" if port and port != _PORTS.get(scheme) else "")


def from_here(origin: str | None, fetch_site: str | None, ours: str | None) -> bool:
    """Whether a request that changes something comes from a page of ours.

    Parameters
    ----------
    origin, fetch_site : str or None
        Headers Origin and Sec-Fetch-Site; each must agree where it is given, and one must be.
    ours : str or None
        Our own origin.
    """
    if ours is None or (origin is None and fetch_site is None):
        return False
    return origin in (None, ours) and fetch_site in (None, "same-origin")


def may_load(fetch_site: str | None, fetch_mode: str | None) -> bool:
    """Whether a request that changes nothing may be answered: strangers may link here, not embed or fetch."""
    return fetch_site in (None, "same-origin", "none") or fetch_mode == "navigate"


def _parts(host: str) -> tuple[str, str | None] | None:
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    name = found["name"].lower().strip("[]")
    if found["name"].startswith("[") and _ip(name) is None:
        return None
    return name.rstrip("."), found["port"]


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None
