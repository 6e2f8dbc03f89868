"""Who may speak to the VTN: clients, their secrets and tokens, and what each role may do.

Secrets are stored as scrypt hashes and tokens as SHA-256 (a token is 256 random bits, so that a slow hash
would add nothing); neither can be read back. A VEN client is bound to one `venName` when it is admitted:
under 3.0.1 a VEN may write its own `ven` object, and without the binding it could take another's name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from twin.links.openadr3.store import Store
from weather.errors import TwinError

Role = Literal["bl", "ven"]
SCOPES: dict[Role, frozenset[str]] = {
    "bl": frozenset({"read_all", "write_programs", "write_events", "write_subscriptions", "write_vens"}),
    "ven": frozenset({"read_all", "write_reports", "write_subscriptions", "write_vens"}),
}
"""The contract's scopes of business logic and of VENs; only VENs write reports."""

TOKEN_SECONDS = 3600
_SCRYPT = {"n": 1 << 14, "r": 8, "p": 1, "dklen": 32}
_NAME_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: `ven_name` is what a VEN is bound to; `scopes` those of its token."""

    client_id: str
    role: Role
    ven_name: str | None
    scopes: frozenset[str]

    @property
    def owner(self) -> str:
        """Name under which what it writes is kept."""
        return f"ven/{self.ven_name}" if self.role == "ven" else f"bl/{self.client_id}"


def admit(store: Store, client_id: str, role: str, ven_name: str | None = None) -> str:
    """Admit a client.

    Parameters
    ----------
    store : Store
    client_id : str
        Its name at the token endpoint.
    role : {"bl", "ven"}
        Business logic, or a VEN.
    ven_name : str, optional
        What a VEN will be called; default its client id.

    Returns
    -------
    str
        The secret, which is nowhere else.

    Raises
    ------
    TwinError
        If the role is unknown, a name is empty or too long, or a name is taken.
    """
    if role not in SCOPES:
        raise TwinError(f"no role is called {role!r}.", f"Known: {', '.join(SCOPES)}.", key="--role")
    if role == "bl" and ven_name is not None:
        raise TwinError("business logic has no VEN name.", "Leave it out, or admit a VEN.", key="--ven-name")
    ven = (ven_name or client_id) if role == "ven" else None
    for key, name in (("CLIENT", client_id), ("--ven-name", ven)):
        if name is not None and not (0 < len(name) <= _NAME_CHARACTERS and name.isprintable()):
            raise TwinError(
                f"{name!r} is no name.", f"Give 1 to {_NAME_CHARACTERS} printable characters.", key=key
            )
    secret = secrets.token_urlsafe(32)
    salt = secrets.token_bytes(16)
    if not store.add_client(client_id, role, ven, salt, _hashed(secret, salt)):
        raise TwinError(
            f"a client {client_id!r} or a VEN of its name is already admitted.",
            "Remove it first, or choose another name.",
            key="CLIENT",
        )
    return secret


def _hashed(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, **_SCRYPT)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def proven(store: Store, client_id: str, secret: str) -> Role | None:
    """The role of a client whose secret is right; a client that is not known takes as long to refuse."""
    found = store.client(client_id)
    salt, right = (found["salt"], found["hash"]) if found else (b"nobody", b"")
    same = hmac.compare_digest(_hashed(secret, salt), right)
    return found["role"] if found and same else None


def issue(store: Store, client_id: str, scopes: frozenset[str], seconds: int) -> str:
    """A new opaque token."""
    token = secrets.token_urlsafe(32)
    store.add_token(token_hash(token), client_id, " ".join(sorted(scopes)), time.time() + seconds)
    return token


def bearer(store: Store, token: str) -> Client | None:
    """Who holds a token; None where it is unknown or expired."""
    found = store.token(token_hash(token), time.time())
    if found is None:
        return None
    return Client(found["client"], found["role"], found["ven_name"], frozenset(found["scopes"].split()))
