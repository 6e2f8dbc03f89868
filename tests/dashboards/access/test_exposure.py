"""Where the pages may be served, under which names, and what uvicorn is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dashboards.access.accounts import Accounts
from dashboards.access.exposure import Exposure
from dashboards.access.hosts import from_here, hosts_of, is_loopback, may_load, origin_of
from openadr_vtn import certificates
from twin.links.certificates import Certificates
from weather.errors import TwinError


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    made = certificates(tmp_path / "tls")
    return Certificates(made.certificate, made.key)


def _refused(exposure: Exposure, root: Path, *, users: bool) -> str | None:
    accounts = Accounts(root)
    if users and not accounts.users.any():
        accounts.users.add("li", "a long walk by the Huangpu", ["viewer"])
    try:
        exposure.refuse_unsafe(accounts, root)
    except TwinError as error:
        return str(error)
    finally:
        accounts.close()
    return None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.10", "LOCALHOST"])
def test_loopback_needs_neither_accounts_nor_tls(tmp_path: Path, host: str) -> None:
    assert is_loopback(host)
    assert Exposure(host).local
    assert _refused(Exposure(host), tmp_path, users=False) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "twin.example", "localhost.example", ""])
def test_elsewhere_both_are_demanded(tmp_path: Path, host: str, files: Certificates) -> None:
    assert not Exposure(host).local
    clear = _refused(Exposure(host), tmp_path / "a", users=True)
    assert clear is not None
    assert "--certificate" in clear
    nobody = _refused(Exposure(host, files), tmp_path / "b c", users=False)
    assert nobody is not None
    assert f"twin user add NAME --role administrator --workspace '{tmp_path / 'b c'}'" in nobody
    assert _refused(Exposure(host, files), tmp_path / "b c", users=True) is None
    assert _refused(Exposure(host, proxy="10.0.0.2"), tmp_path / "b c", users=True) is None


def test_behind_a_proxy_loopback_is_not_local(tmp_path: Path) -> None:
    exposure = Exposure("127.0.0.1", proxy="127.0.0.1")
    assert not exposure.local
    assert exposure.secure
    assert "nobody has an account" in (_refused(exposure, tmp_path, users=False) or "")


def test_files_of_tls_are_tried_out_first(tmp_path: Path, files: Certificates) -> None:
    wrong = Exposure("127.0.0.1", Certificates(files.key, files.certificate))
    assert "certificate and key cannot be used" in (_refused(wrong, tmp_path, users=True) or "")


def test_uvicorn_believes_nobody_but_the_proxy() -> None:
    options = Exposure().uvicorn_options()
    assert options["proxy_headers"] is False
    assert options["server_header"] is False
    behind = Exposure("0.0.0.0", proxy="10.0.0.2").uvicorn_options()
    assert behind["proxy_headers"] is True
    trusted = ProxyHeadersMiddleware(None, behind["forwarded_allow_ips"]).trusted_hosts  # type: ignore[arg-type]
    assert "10.0.0.2" in trusted
    assert "10.0.0.3" not in trusted
    assert "127.0.0.1" not in trusted


@pytest.mark.parametrize(
    ("listening", "names", "host", "ours"),
    [
        ("127.0.0.1", (), "localhost:8050", True),
        ("127.0.0.1", (), "[::1]:8050", True),
        ("127.0.0.1", (), "machine", False),
        ("127.0.0.1", (), "192.168.1.7", False),
        ("127.0.0.1", ("Twin.Example",), "twin.example", True),
        ("0.0.0.0", (), "192.168.1.7:8050", True),
        ("0.0.0.0", (), "machine:8050", True),
        ("0.0.0.0", (), "twin.example", False),
        ("0.0.0.0", ("twin.example",), "TWIN.example:443", True),
        ("::", (), "[2001:db8::1]", True),
        ("::", (), "[2001:db8::zz]", False),
        ("192.168.1.7", (), "192.168.1.7", True),
        ("192.168.1.7", (), "192.168.1.8", False),
        ("192.168.1.7", (), "localhost", False),
        ("twin.example", (), "twin.example", True),
        ("twin.example", (), "a.twin.example", False),
    ],
)
def test_names_that_are_answered_to(listening: str, names: tuple[str, ...], host: str, ours: bool) -> None:
    assert hosts_of(listening, names, "machine").answer_to(host) is ours


def test_origins_leave_the_usual_port_out() -> None:
    assert origin_of("http", "LocalHost:80") == "http://localhost"
    assert origin_of("https", "twin.example:443") == "https://twin.example"
    assert origin_of("wss", "twin.example:8443") == "https://twin.example:8443"
    assert origin_of("ws", "[::1]:8050") == "http://[::1]:8050"
    assert origin_of("http", "a b") is None
    assert not from_here("http://a", "same-origin", None)
    assert from_here(None, "same-origin", "http://a")
    assert not may_load("cross-site", None)
