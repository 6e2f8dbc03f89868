"""The pages as a process of their own: TLS, proxies, floods, and what is left when it is killed."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dashboards.access.accounts import Accounts
from forms import form_of
from openadr_vtn import Files, certificates, client_context
from template_process import Forked, with_first_line

pytestmark = pytest.mark.long

PASSWORD = "a long walk by the Huangpu"
_START = "import sys; from dashboards.command import command; import typer; typer.run(command)"


class Served:
    """`twin dashboard` over a workspace; can be killed and started again at its port."""

    def __init__(self, root: Path, *options: str, from_nothing: bool = True) -> None:
        self._root, self._options, self._port = root, options, "0"
        self._from_nothing = from_nothing
        self.start()

    def start(self) -> None:
        """Start, and wait until it listens."""
        words = ["--workspace", str(self._root), "--port", self._port, "--json", *self._options]
        if self._from_nothing:
            self._process: subprocess.Popen[str] | Forked = subprocess.Popen(
                [sys.executable, "-c", _START, *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        else:
            self._process, line = with_first_line(["dashboard", *words])
        self.base = json.loads(line)["en"].removesuffix("/en")
        self._port = self.base.rpartition(":")[2]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._port)

    def kill(self) -> None:
        """As by a power cut of the process."""
        self._process.kill()
        self._process.wait()


def _client(
    served: Served, base: str | None = None, verify: ssl.SSLContext | bool = True, **headers: str
) -> httpx.Client:
    base = base or served.base
    return httpx.Client(
        base_url=base, verify=verify, trust_env=False, timeout=120, headers={"Origin": base, **headers}
    )


def _log_in(client: httpx.Client, path: str = "/en/login") -> httpx.Response:
    form = form_of(client.get(path).text)
    return client.post(path, data={**form, "name": "li", "password": PASSWORD})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("served")
    accounts = Accounts(found)
    accounts.users.add("li", PASSWORD, ["engineer"])
    accounts.close()
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def served(root: Path, files: Files) -> Iterator[Served]:
    made = Served(root, "--certificate", str(files.certificate), "--key", str(files.key))
    yield made
    made.kill()


def test_a_session_by_tls_outlives_the_server(served: Served, files: Files) -> None:
    assert served.base.startswith("https://127.0.0.1:")
    with _client(served, verify=client_context(files)) as client:
        assert client.get("/_dash-layout").status_code == 401
        answer = _log_in(client)
        assert answer.status_code == 303
        assert all(
            text.startswith("__Host-") and "Secure" in text for text in answer.headers.get_list("set-cookie")
        )
        assert "server" not in answer.headers
        assert client.get("/_dash-layout").status_code == 200
        served.kill()
        served.start()
        assert client.get("/_dash-layout").status_code == 200
        token = form_of(client.get("/en/account").text)["token"]
        assert client.post("/logout", data={"token": token}).status_code == 303
        assert client.get("/_dash-layout").status_code == 401


def _told(served: Served, files: Files, text: bytes) -> bytes:
    """What the server answers to bytes that no client library would send."""
    context = client_context(files)
    with (
        socket.create_connection(("127.0.0.1", served.port), timeout=120) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as at,
    ):
        at.sendall(text)
        found = b""
        while part := at.recv(65536):
            found += part
        return found


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        (b"GET /assets/../../../../etc/passwd HTTP/1.1", b"", 400),
        (b"GET /assets/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", b"", 400),
        (b"GET /assets/..%2f..%2fetc%2fpasswd HTTP/1.1", b"", 400),
        (b"GET /assets/..%5c..%5cetc HTTP/1.1", b"", 400),
        (b"GET /_dash-component-suites/dash/../../x HTTP/1.1", b"", 400),
        (b"GET //etc/passwd HTTP/1.1", b"", 400),
        (b"GET /assets/x%00.css HTTP/1.1", b"", 400),
        (b"GET /en/login HTTP/1.1", b"X-Long: " + b"x" * 20_000 + b"\r\n", 431),
        (b"POST /en/login HTTP/1.1", b"Content-Length: 99999999\r\n", 403),
        (b"POST /en/login HTTP/1.1", b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 403),
        (b"GET /nothing HTTP/1.1", b"", 401),
        (b"NONSENSE", b"", 400),
    ],
)
def test_bytes_that_no_browser_sends(
    served: Served, files: Files, line: bytes, headers: bytes, status: int
) -> None:
    host = b"Host: 127.0.0.1\r\n"
    answer = _told(served, files, line + b"\r\n" + host + b"Connection: close\r\n" + headers + b"\r\n")
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    assert found is not None, answer[:200]
    assert int(found[1]) == status
    assert b"root:" not in answer
    assert b"uvicorn" not in answer.lower()
    assert b"Traceback" not in answer


def test_a_flood_of_headers_is_cut_off(served: Served, files: Files) -> None:
    flood = b"GET /en/login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 5_000_000
    with contextlib.suppress(OSError):  # closed while it is sent
        assert _told(served, files, flood).startswith(b"HTTP/1.1 400")
    with _client(served, verify=client_context(files)) as client:
        assert client.get("/en/login").status_code == 200


def test_rebinding_and_plain_http_get_nothing(served: Served, files: Files) -> None:
    with _client(served, verify=client_context(files)) as client:
        assert client.get("/en/login", headers={"Host": "evil.example"}).status_code == 421
    with pytest.raises(httpx.HTTPError), _client(served, f"http://127.0.0.1:{served.port}") as client:
        client.get("/en/login")


def test_a_large_body_is_refused_before_it_is_sent_whole(served: Served, files: Files) -> None:
    with _client(served, verify=client_context(files)) as client:
        assert _log_in(client).status_code == 303
        try:
            answer = client.post("/_dash-update-component", content=b"x" * (30 << 20))
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            pass  # closed while it was sent; whether the answer still gets through is TCP's affair
        else:
            assert answer.status_code == 413
    with _client(served, verify=client_context(files)) as client:
        assert client.get("/en/login").status_code == 200  # and the server lives on


def test_a_gigabyte_of_weather_is_cut_off_early(served: Served, files: Files) -> None:
    """Without a length, as no browser sends it: the limit counts what came."""
    sent = [0]

    def weather() -> Iterator[bytes]:
        for _ in range(1 << 14):
            sent[0] += 1
            yield b"1991,1,1,1,60,A7,5.0,1.0,75," * 2340  # 64 KiB

    with _client(served, verify=client_context(files)) as client:
        assert _log_in(client).status_code == 303
        with contextlib.suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            assert client.post("/_dash-update-component", content=weather()).status_code == 413
    assert sent[0] * 65_520 < 100e6
    with _client(served, verify=client_context(files)) as client:
        assert client.get("/en/login").status_code == 200


def test_behind_a_proxy_only_what_came_by_tls_is_answered(root: Path) -> None:
    served = Served(root, "--behind-proxy", "127.0.0.1", "--name", "twin.example", from_nothing=False)
    try:
        forwarded = {"Host": "twin.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        with _client(served) as client:
            assert client.get("/en/login").status_code == 403
            assert (
                client.get("/en/login", headers={**forwarded, "X-Forwarded-Proto": "http"}).status_code == 403
            )
            page = client.get("/en/login", headers=forwarded)
            assert page.status_code == 200
            assert "__Host-" in page.headers["set-cookie"]
            wrong = client.post("/en/login", headers={**forwarded, "Origin": served.base}, data={})
            assert wrong.status_code == 403
            assert "https://twin.example" in wrong.text
    finally:
        served.kill()


def test_somebody_elsewhere_is_not_believed_to_be_a_proxy(root: Path) -> None:
    served = Served(root, "--behind-proxy", "10.255.255.1", "--name", "twin.example", from_nothing=False)
    try:
        forwarded = {"Host": "twin.example", "X-Forwarded-Proto": "https"}
        with _client(served) as client:
            assert client.get("/en/login", headers=forwarded).status_code == 403
    finally:
        served.kill()


def test_it_does_not_start_for_strangers_without_accounts(tmp_path: Path, files: Files) -> None:
    code = (
        "import sys; from pathlib import Path; from dashboards.command import serve;"
        "from dashboards.access.exposure import Exposure; from twin.links.certificates import Certificates;"
        "serve(Path(sys.argv[1]), 0, Exposure('0.0.0.0', Certificates(Path(sys.argv[2]), Path(sys.argv[3]))))"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(files.certificate), str(files.key)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert "nobody has an account" in done.stderr
    assert "twin user add" in done.stderr
