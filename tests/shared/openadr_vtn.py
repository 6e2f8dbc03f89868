"""VTNs for tests: an application on a socket of this process, or the command in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import trustme
import uvicorn
from fastapi import FastAPI

TWIN = str(Path(sys.executable).with_name("twin"))


@contextmanager
def serving(app: FastAPI) -> Iterator[httpx.Client]:
    """Serve an application from a thread; gives a client of it."""
    config = uvicorn.Config(app, http="h11", ws="none", log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        with httpx.Client(
            base_url=f"http://127.0.0.1:{taken.getsockname()[1]}", trust_env=False, timeout=120.0
        ) as http:
            yield http
        server.should_exit = True
        thread.join(timeout=120)
        assert not thread.is_alive()


@dataclass(frozen=True)
class Files:
    """PEM files of one authority: its own, a server's on loopback, a client's."""

    authority: Path
    certificate: Path
    key: Path
    client: tuple[Path, Path]


def certificates(folder: Path) -> Files:
    """An authority of its own, with what it signed."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    client = authority.issue_cert("ven.example")
    files = Files(
        folder / "ca.pem",
        folder / "server.pem",
        folder / "server.key",
        (folder / "client.pem", folder / "client.key"),
    )
    authority.cert_pem.write_to_path(str(files.authority))
    server.private_key_pem.write_to_path(str(files.key))
    files.certificate.write_bytes(b"".join(one.bytes() for one in server.cert_chain_pems))
    client.private_key_pem.write_to_path(str(files.client[1]))
    files.client[0].write_bytes(b"".join(one.bytes() for one in client.cert_chain_pems))
    return files


class VtnProcess:
    """`twin serve openadr` with TLS; can be killed and started again at its port."""

    def __init__(self, db: Path, files: Files, *options: str) -> None:
        self._db = db
        self._files = files
        self._options = options
        self._port = 0
        self.url = ""
        self.start()

    def start(self) -> None:
        """Start, and wait until it listens."""
        files = self._files
        command = [
            TWIN, "serve", "openadr", "--db", str(self._db), "--port", str(self._port), "--json",
            "--certificate", str(files.certificate), "--key", str(files.key), *self._options,
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        assert told["tls"] is True
        self.url = told["url"]
        self._port = httpx.URL(self.url).port or 0

    def kill(self) -> None:
        """As by a power cut of the process: no handler runs."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=120)

    def cpu_seconds(self) -> float:
        """Processor time that the process has had."""
        text = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")


def client_context(files: Files, *, certificate: bool = False) -> ssl.SSLContext:
    """TLS of a client that trusts the authority, with its own certificate where told."""
    context = ssl.create_default_context(cafile=str(files.authority))
    if certificate:
        context.load_cert_chain(*files.client)
    return context


def wait_until(what: str, seconds: float, come: Callable[[], bool]) -> None:
    """Wait until `come()` is true."""
    until = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < until, f"{what} did not come within {seconds:g} s"
        time.sleep(0.1)
