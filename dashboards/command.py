"""The command `twin dashboard`; heavy libraries are imported when it runs, so `twin --help` stays quick."""

from __future__ import annotations

import errno
import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dashboards.access.exposure import Exposure


def command(
    workspace: Annotated[
        Path, typer.Option(help="Folder with projects/, runs/ and studies/; made when something is written.")
    ] = Path(),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8050,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine alone by default.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option(help="Further name under which people call this host; repeatable.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Server's certificate with its chain (PEM); needed beyond loopback.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM, without a password).")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Browsers must show a certificate that this authority signed (PEM).")
    ] = None,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            help="Address of a proxy that does TLS; it must pass Host on and set X-Forwarded-For and -Proto.",
            metavar="ADDRESS",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The addresses as one JSON object on stdout.")
    ] = False,
) -> None:
    """Serve the pages for engineer, owner and operator, in Chinese and English, until Ctrl-C."""
    from dashboards.access.exposure import Exposure
    from twin.links.certificates import certificates_of

    exposure = Exposure(host, certificates_of(certificate, key, client_ca), behind_proxy, tuple(name or ()))
    serve(workspace, port, exposure, as_json)


def serve(workspace: Path, port: int, exposure: Exposure, as_json: bool = False) -> None:
    """Serve the pages until the process is interrupted.

    Parameters
    ----------
    workspace : Path
    port : int
        0 takes a free one; the address is told on stderr.
    exposure : Exposure
        Where to listen, and who can come.
    as_json : bool
        Tell the addresses as one JSON object on stdout too.

    Raises
    ------
    TwinError
        If the address cannot be listened on, must not be, or the workspace cannot be used.
    """
    host = exposure.host
    listening = _listen(host, port)
    try:
        import uvicorn

        from dashboards.app import create_app

        app = create_app(workspace, exposure)
        scheme = "http" if exposure.certificates is None else "https"
        base = f"{scheme}://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        typer.echo(f"{base}/zh  {base}/en   (Ctrl-C ends)", err=True)
        if as_json:
            typer.echo(json.dumps({"zh": f"{base}/zh", "en": f"{base}/en", "workspace": str(workspace)}))
        # One line a request would bury the address that the user needs.
        config = uvicorn.Config(app, log_level="warning", **exposure.uvicorn_options())
        uvicorn.Server(config).run(sockets=[listening])
    finally:
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
