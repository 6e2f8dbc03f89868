"""The VTN as a process: socket, TLS, uvicorn."""

from __future__ import annotations

import signal
import socket
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from twin.links.openadr3 import BASE_PATH, LOOPBACK
from twin.links.openadr3.notifications import tell
from twin.links.openadr3.store import Store
from twin.links.openadr3.vtn import create_app
from weather.errors import TwinError

_CONNECTIONS = 512
_KEEP_ALIVE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of the server's TLS.

    Parameters
    ----------
    certificate, key : path-like
        The server's, PEM.
    client_ca : path-like, optional
        Who must have signed the certificates of clients; without it none is asked for.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


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
            _refuse_unusable(certificates)
        client_ca = certificates.client_ca if certificates is not None else None
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
            ssl_certfile=certificates.certificate if certificates is not None else None,
            ssl_keyfile=certificates.key if certificates is not None else None,
            ssl_ca_certs=str(client_ca) if client_ca is not None else None,
            ssl_cert_reqs=ssl.CERT_REQUIRED if client_ca is not None else ssl.CERT_NONE,
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


def _refuse_unusable(certificates: Certificates) -> None:
    """Try the files out, so that the wrong one is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Uvicorn would ask a terminal for the password of an encrypted key.
        context.load_cert_chain(certificates.certificate, certificates.key, password="")
    except (OSError, ssl.SSLError) as error:
        raise TwinError(
            f"certificate and key cannot be used: {error}.",
            "Give PEM files that belong together, the key without a password.",
            file=certificates.certificate,
            key="--certificate",
        ) from None
    if certificates.client_ca is None:
        return
    try:
        context.load_verify_locations(certificates.client_ca)
    except (OSError, ssl.SSLError) as error:
        raise TwinError(
            f"the clients' authority cannot be read: {error}.",
            "Give its certificate as a PEM file.",
            file=certificates.client_ca,
            key="--client-ca",
        ) from None
