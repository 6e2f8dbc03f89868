"""The command `twin dashboard`; heavy libraries are imported when it runs, so `twin --help` stays quick."""

from __future__ import annotations

import errno
import json
import logging
import socket
from pathlib import Path
from typing import Annotated

import typer


def command(
    runs: Annotated[
        Path, typer.Option(help="Folder of the stored Runs, or a folder of such folders.")
    ] = Path("runs"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8050,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine alone by default.")
    ] = "127.0.0.1",
    as_json: Annotated[
        bool, typer.Option("--json", help="The addresses as one JSON object on stdout.")
    ] = False,
) -> None:
    """Show the stored Runs in the browser, in Chinese and English, until Ctrl-C."""
    serve(runs, port, host, as_json)


def serve(runs: Path, port: int, host: str, as_json: bool = False) -> None:
    """Serve the pages until the process is interrupted.

    Parameters
    ----------
    runs : Path
        Folder of the Runs.
    port : int
        0 takes a free one; the address is told on stderr.
    host : str
    as_json : bool
        Tell the addresses as one JSON object on stdout too.

    Raises
    ------
    TwinError
        If the address cannot be listened on.
    """
    listening = _listen(host, port)

    from werkzeug.serving import make_server

    from dashboards.app import create_app

    # One line a request would bury the address that the user needs.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = create_app(runs)
    server = make_server(host, listening.getsockname()[1], app.server, threaded=True, fd=listening.fileno())
    base = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
    typer.echo(f"{base}/zh  {base}/en   (Ctrl-C ends)", err=True)
    if as_json:
        typer.echo(json.dumps({"zh": f"{base}/zh", "en": f"{base}/en", "runs": str(runs)}))
    if host not in ("127.0.0.1", "::1", "localhost"):
        typer.echo("Whoever reaches this address can read the Runs: there is no login yet.", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        typer.echo("", err=True)
    finally:
        server.server_close()
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    from weather.errors import TwinError

    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(64)
    except OSError as error:
        remedy = (
            "Choose another with --port." if error.errno == errno.EADDRINUSE else "Choose another --host."
        )
        raise TwinError(
            f"the pages cannot be served at {host}:{port}: {error.strerror or error}.", remedy
        ) from error
    return listening
