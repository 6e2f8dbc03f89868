"""Passwords: which are taken, and their argon2id hashes.

What is demanded follows NIST SP 800-63B [1]_: length, no rules of composition, no renewal by the calendar,
and a refusal of what an attacker tries first. There is no list of leaked passwords here: those of twelve
characters and more that lists begin with are names, runs of the keyboard and repeated words, and these are
found by their shape.

References
----------
.. [1] NIST, *Digital Identity Guidelines: Authentication and Authenticator Management*, SP 800-63B-4, 2025,
   section 3.1.1.
.. [2] A. Biryukov et al., *Argon2 Memory-Hard Function for Password Hashing*, RFC 9106, 2021, section 4: the
   second recommended choice (3 passes over 64 MiB, 4 lanes), which argon2-cffi takes by default.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 256
"""Characters; the longest keeps a hash from being a way to load the server."""
_OWN_LEAST = 8
_PRODUCT = ("pedf", "twin")
_RUNS = tuple(
    run * 2
    for row in ("0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
    for run in (row, row[::-1])
)
_ZIGZAGS = ("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p")

Weakness = Literal["short", "long", "named", "guessed"]
_HASHER = PasswordHasher()


def normal(password: str) -> str:
    """A password as every keyboard and system would send it (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, name: str) -> Weakness | None:
    """What is wrong with a password; None where nothing is.

    Parameters
    ----------
    password : str
    name : str
        Of the user.

    Returns
    -------
    {"short", "long", "named", "guessed"} or None
        Too short or long; little beside the names of the user and of this product; a pattern that is tried
        first.
    """
    password = normal(password)
    if len(password) < LEAST:
        return "short"
    if len(password) > MOST:
        return "long"
    small = password.casefold()
    own = small
    for word in (name.casefold(), *_PRODUCT):
        own = own.replace(word, "")
    if len(own) < _OWN_LEAST:
        return "named"
    repeated = any(small == (small[:n] * len(small))[: len(small)] for n in range(1, 5))
    return "guessed" if repeated or any(small in run for run in (*_RUNS, *_ZIGZAGS)) else None


def hashed(password: str) -> str:
    """The hash of a password, with its salt and cost in it."""
    return _HASHER.hash(normal(password))


def matches(found: str | None, password: str) -> bool:
    """Whether a password belongs to a hash; where there is none, it takes as long to say no."""
    if len(password) > MOST:
        password = ""
    try:
        same = _HASHER.verify(_nobodys() if found is None else found, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return same and found is not None


def outdated(found: str) -> bool:
    """Whether a hash was made at another cost than today's."""
    return _HASHER.check_needs_rehash(found)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))
