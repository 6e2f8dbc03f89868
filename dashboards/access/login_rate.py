"""How often a password may be tried, for a name and from an address.

Some tries are free; after them each failure doubles the time until the next try is looked at. A try counts
before its password is looked at, so that many at once count as many. The counts are on disk: starting the
server again forgives nothing. Names are kept as keyed digests, since people type passwords into that field.
"""

from __future__ import annotations

import ipaddress
import math
import sqlite3
import time

from dashboards.access.records import Records
from dashboards.access.users import name_of
from weather.errors import TwinError

FREE_OF_NAME = 5
FREE_OF_ADDRESS = 20
"""An office has one address towards outside."""
LONGEST_SECONDS = 900.0
"""A stranger who fails on purpose must not lock somebody out for good."""
FORGOTTEN_SECONDS = 86400.0


class LoginRate:
    """Counts in the file.

    Parameters
    ----------
    records : Records
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def ask(self, name: str, address: str) -> int:
        """Ask for one try.

        Parameters
        ----------
        name : str
            As it was typed.
        address : str
            From where; of an IPv6 address its /64 counts.

        Returns
        -------
        int
            Seconds to wait; 0 where the password may be looked at, and the try is counted.
        """
        now = time.time()
        with self._records.change() as at:
            at.execute("DELETE FROM attempt WHERE last < ?", (now - FORGOTTEN_SECONDS,))
            counted = [(who, free, *_found(at, who)) for who, free in self._counted(name, address)]
            # A clock that was set back must not lock anybody out longer than the rule does.
            wait = max(min(until - now, LONGEST_SECONDS) for _, _, _, until in counted)
            if wait > 0:
                return math.ceil(wait)
            for who, free, failures, _ in counted:
                until = now + delay(failures + 1, free)
                at.execute(
                    "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?)", (who, failures + 1, now, until)
                )
        return 0

    def succeeded(self, name: str, address: str) -> None:
        """The password was right: the name is clear; the address gets its try back, and no more.

        Otherwise somebody with an account of his own could clear his address between tries at another's.
        """
        (of_name, _), (of_address, free) = self._counted(name, address)
        with self._records.change() as at:
            at.execute("DELETE FROM attempt WHERE who = ?", (of_name,))
            failures, _ = _found(at, of_address)
            if failures > 0:
                at.execute(
                    "UPDATE attempt SET failures = ?, until = min(until, last + ?) WHERE who = ?",
                    (failures - 1, delay(failures - 1, free), of_address),
                )

    def _counted(self, name: str, address: str) -> list[tuple[bytes, int]]:
        try:
            name = name_of(name)
        except TwinError:
            name = name[:256]
        of = {"name": (name, FREE_OF_NAME), "address": (_network(address), FREE_OF_ADDRESS)}
        return [
            (self._records.seal(f"attempt by {kind}", text.encode("utf-8", "replace")), free)
            for kind, (text, free) in of.items()
        ]


def delay(failures: int, free: int) -> float:
    """Seconds until the next try after so many failures.

    Parameters
    ----------
    failures : int
        In a row.
    free : int
        After which nobody waits.
    """
    return 0.0 if failures < free else min(2.0 ** min(failures - free, 60), LONGEST_SECONDS)


def _found(at: sqlite3.Connection, who: bytes) -> tuple[int, float]:
    row = at.execute("SELECT failures, until FROM attempt WHERE who = ?", (who,)).fetchone()
    return (0, 0.0) if row is None else (int(row[0]), float(row[1]))


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
