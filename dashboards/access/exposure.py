"""Where the pages may be served: on loopback by whoever sits there, elsewhere with accounts and TLS only."""

from __future__ import annotations

import shlex
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboards.access.accounts import Accounts
from dashboards.access.hosts import Hosts, hosts_of, is_loopback
from twin.links.certificates import Certificates, refuse_unusable, tls_options
from weather.errors import TwinError

HEADER_BYTES = 16_384
_CONNECTIONS = 512
_KEEP_ALIVE_SECONDS = 30


@dataclass(frozen=True)
class Exposure:
    """Who can reach the server.

    Parameters
    ----------
    host : str
        Address to listen on.
    certificates : Certificates, optional
        Files of TLS.
    proxy : str, optional
        Address of a reverse proxy that does TLS: what it says of its clients (`X-Forwarded-For`,
        `X-Forwarded-Proto`) is believed, and nobody else is let in.
    names : tuple of str
        Further names of the host, as people type them.
    """

    host: str = "127.0.0.1"
    certificates: Certificates | None = None
    proxy: str | None = None
    names: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether only this machine reaches the pages, so that they may be open without accounts."""
        return is_loopback(self.host) and self.proxy is None

    @property
    def secure(self) -> bool:
        """Whether requests come by TLS."""
        return self.certificates is not None or self.proxy is not None

    @property
    def hosts(self) -> Hosts:
        """What the server answers to."""
        return hosts_of(self.host, self.names, socket.gethostname())

    def refuse_unsafe(self, accounts: Accounts, workspace: Path) -> None:
        """Refuse to serve where strangers could come in or listen.

        Raises
        ------
        TwinError
            Others reach the address, and there is no account or no TLS; or a file of TLS cannot be used.
        """
        if self.certificates is not None:
            refuse_unusable(self.certificates)
        if self.local:
            return
        if self.certificates is None and self.proxy is None:
            raise TwinError(
                f"without a certificate passwords would pass {self.host} in clear.",
                "Give --certificate and --key, or --behind-proxy ADDRESS of a proxy that does TLS, or listen"
                " on 127.0.0.1.",
                key="--certificate",
            )
        if not accounts.users.any():
            raise TwinError(
                f"others reach {self.host}, and nobody has an account.",
                "Add one first: twin user add NAME --role administrator"
                f" --workspace {shlex.quote(str(workspace))}",
                key="--host",
            )

    def uvicorn_options(self) -> dict[str, Any]:
        """What uvicorn's configuration is told."""
        return {
            "http": "h11",
            "server_header": False,
            "date_header": True,
            "access_log": False,
            # By default uvicorn believes whoever on this machine says that he is somebody else.
            "proxy_headers": self.proxy is not None,
            "forwarded_allow_ips": self.proxy or "",
            "h11_max_incomplete_event_size": 2 * HEADER_BYTES,
            "limit_concurrency": _CONNECTIONS,
            "timeout_keep_alive": _KEEP_ALIVE_SECONDS,
            **tls_options(self.certificates),
        }


LOOPBACK = Exposure()
