"""The VTN as a process: socket, TLS, uvicorn."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Collection
from pathlib import Path

import uvicorn

from twin.links.certificates import Certificates, refuse_unusable, tls_options
from twin.links.openadr3 import BASE_PATH, LOOPBACK
from twin.links.openadr3.notifications import tell
from twin.links.openadr3.store import Store
from twin.links.openadr3.vtn import create_app
from weather.errors import TwinError

_CONNECTIONS = 512
_KEEP_ALIVE_SECONDS = 30


def serve(
    db: Path,
    *,
    host: str,
    port: int,
    certificates: Certificates | None,
    callback_hosts: Collection[str],
    listening: Callable[[str], None],
) -> None:
    """Serve until the process is told to end; from its main thread.

    Parameters
    ----------
    db : Path
        The VTN's database.
    host, port
        Where to listen; port 0 takes a free one.
    certificates : Certificates, optional
        Without them only loopback is served, since tokens would pass in clear.
    callback_hosts : collection of str
        Hosts beside loopback that callbacks may go to.
    listening : callable
        Told the base URL once connections are taken.

    Raises
    ------
    TwinError
        If the host, the port, a file of the certificates or the database cannot be used.
    """
    if certificates is None and host not in LOOPBACK:
        raise TwinError(
            f"without a certificate tokens would pass {host} in clear.",
            "Give --certificate and --key, or listen on 127.0.0.1.",
            key="--certificate",
        )
    store = Store(db, tell)
    try:
        allowed = LOOPBACK | {name.lower() for name in callback_hosts}
        if certificates is not None:
            refuse_unusable(certificates)
        config = uvicorn.Config(
            create_app(store, callback_hosts=allowed),
            http="h11",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=2,
            **tls_options(certificates),
        )
        with _listen(host, port) as taken:
            scheme = "http" if certificates is None else "https"
            name = f"[{host}]" if ":" in host else host
            listening(f"{scheme}://{name}:{taken.getsockname()[1]}{BASE_PATH}")
            _run(uvicorn.Server(config), taken)
    finally:
        store.close()


def _run(server: uvicorn.Server, taken: socket.socket) -> None:
    """Until SIGINT or SIGTERM, which uvicorn raises again when it has ended: that is how a server ends."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[taken])
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_CONNECTIONS)
    except (OSError, OverflowError) as error:
        raise TwinError(
            f"{host} port {port} cannot be listened on: {error}.", "Choose another.", key="--port"
        ) from None
