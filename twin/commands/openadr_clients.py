"""`twin serve openadr-clients`: who may speak to a VTN of OpenADR 3."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from twin.commands.console import table_console
from twin.links.openadr3.clients import SCOPES, admit
from twin.links.openadr3.store import Store
from weather.errors import TwinError


@dataclass(frozen=True)
class Admitted:
    """A new client, with the secret that is shown this once."""

    client: str
    role: str
    ven_name: str | None
    secret: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "client_id": self.client,
            "role": self.role,
            "ven_name": self.ven_name,
            "client_secret": self.secret,
        }

    def show(self) -> None:
        """The secret, and that it will not be shown again."""
        as_ven = f" as VEN {self.ven_name}" if self.ven_name else ""
        sys.stdout.write(
            f"{self.client} ({self.role}){as_ven}\n"
            f"client_secret: {self.secret}\n"
            "It is stored as a hash only and cannot be shown again (密钥只显示这一次，请妥善保存).\n"
        )


@dataclass(frozen=True)
class Removed:
    """A client that may not come in any more."""

    client: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"removed": self.client}

    def show(self) -> None:
        """Say so."""
        sys.stdout.write(f"{self.client} is removed; its tokens are void (已移除，令牌失效).\n")


@dataclass(frozen=True)
class Clients:
    """Who is admitted."""

    clients: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"clients": list(self.clients)}

    def show(self) -> None:
        """A table."""
        table = Table()
        for name in ("client 客户端", "role 角色", "VEN", "admitted 登记时间", "scopes 权限"):
            table.add_column(name)
        for one in self.clients:
            table.add_row(
                one["client_id"], one["role"], one["ven_name"] or "", one["admitted"], " ".join(one["scopes"])
            )
        table_console().print(table)


def add_client(db: Path, client: str, *, role: str, ven_name: str | None) -> Admitted:
    """Admit a client; the VTN may be running.

    Raises
    ------
    TwinError
        See `twin.links.openadr3.clients.admit`.
    """
    store = Store(db)
    try:
        secret = admit(store, client, role, ven_name)
        found = store.client(client) or {}
    finally:
        store.close()
    return Admitted(client, role, found.get("ven_name"), secret)


def remove_client(db: Path, client: str) -> Removed:
    """Take a client's admission and its tokens away; what it wrote stays.

    Raises
    ------
    TwinError
        If there is no such client.
    """
    store = _existing(db)
    try:
        gone = store.remove_client(client)
    finally:
        store.close()
    if not gone:
        raise TwinError(f"no client is called {client!r}.", "See `twin serve openadr-clients list`.", file=db)
    return Removed(client)


def list_clients(db: Path) -> Clients:
    """Who is admitted.

    Raises
    ------
    TwinError
        If there is no such database.
    """
    store = _existing(db)
    try:
        rows = store.clients()
    finally:
        store.close()
    return Clients(
        tuple(
            {
                "client_id": name,
                "role": role,
                "ven_name": ven,
                "admitted": created,
                "scopes": sorted(SCOPES["ven" if role == "ven" else "bl"]),
            }
            for name, role, ven, created in rows
        )
    )


def _existing(db: Path) -> Store:
    if not db.is_file():
        raise TwinError("there is no such database.", "Admit a client first, which makes it.", file=db)
    return Store(db)
