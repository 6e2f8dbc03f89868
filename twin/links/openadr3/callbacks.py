"""Where a VEN is called back.

A notification only wakes it; what happened it asks the VTN itself, by its token. So a forged or repeated
notification costs one poll and can do nothing else.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20
_SECONDS = 10.0


class Callbacks:
    """Listens for a VTN's notifications in a thread of its own.

    Parameters
    ----------
    wake : callable
        Called at each notification that bears the token.
    host, port
        Where to listen; port 0 takes a free one.
    certificate : (path-like, path-like), optional
        Certificate and key; without them plain HTTP, which a VTN calls on loopback only.

    Attributes
    ----------
    token : str
        What a notification must bear; new for each listener.
    """

    def __init__(
        self,
        wake: Callable[[], None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.token = secrets.token_urlsafe(32)
        context: ssl.SSLContext | None = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
        self._server = _Server((host, port), _handler(wake, f"Bearer {self.token}"), context)
        self._scheme = "http" if context is None else "https"
        self._host = host
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Address to subscribe with."""
        return f"{self._scheme}://{self._host}:{self._server.server_address[1]}/"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        context: ssl.SSLContext | None,
    ) -> None:
        self._context = context
        super().__init__(address, handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept; the handshake waits for the connection's own thread, so that it holds up no other."""
        taken, address = super().get_request()
        taken.settimeout(_SECONDS)
        if self._context is not None:
            taken = self._context.wrap_socket(taken, server_side=True, do_handshake_on_connect=False)
        return taken, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is the other side's affair."""


def _handler(wake: Callable[[], None], expected: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _SECONDS
        server_version, sys_version = "pedf-twin", ""

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            given = self.headers.get("Authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(given, expected.encode("latin-1")):
                self._answer(401)
            elif not length.isdecimal() or not length.isascii() or int(length) > _LARGEST:
                self._answer(413 if length.isdecimal() else 411)
            else:
                self.rfile.read(int(length))
                wake()
                self._answer(200)

        def _answer(self, status: int) -> None:
            self.close_connection = self.close_connection or status != 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing on stderr."""

    return Handler
