"""The command: light to import, clear where it cannot listen."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.access.exposure import Exposure
from dashboards.command import serve
from openadr_vtn import certificates
from twin.links.certificates import Certificates
from weather.errors import TwinError


def test_importing_the_command_loads_no_page_library() -> None:
    heavy = "('dash', 'plotly', 'pandas', 'flask', 'fastapi', 'uvicorn')"
    code = f"import sys, dashboards.command; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_port_in_use_is_an_error_for_people(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(TwinError, match=f"127.0.0.1:{port}"):
            serve(tmp_path, port, Exposure())


def test_a_host_that_is_not_ours_is_an_error_for_people(tmp_path: Path) -> None:
    files = certificates(tmp_path / "tls")
    exposure = Exposure("192.0.2.1", Certificates(files.certificate, files.key))
    with pytest.raises(TwinError, match="cannot be served"):
        serve(tmp_path, 0, exposure)
