"""The command: light to import, clear where it cannot listen."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
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


def test_what_failed_stands_in_the_log_and_stdout_is_one_object(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "twin" / "examples" / "previews" / "office"
    study = tmp_path / "studies" / "tower" / "study.json"
    shutil.copytree(example, study.parent)
    study.write_text(
        json.dumps(json.loads(study.read_text("utf-8")) | {"method": None, "pilot": None}), "utf-8"
    )
    words = ["dashboard", "--workspace", str(tmp_path), "--port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from twin.cli import main; main()", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        base = json.loads(process.stdout.readline())["en"].removesuffix("/en")
        page = _asked(
            base, "shell", [("address", "pathname", "/en/owner"), ("address", "search", "?building=tower")]
        )
        assert "the server's log says why" in page
        with pytest.raises(urllib.error.HTTPError, match="500"):
            _asked(base, "package-details", [("package", "value", "light")],
                   [("building", "value", "tower"), ("address", "pathname", "/en/owner")])  # fmt: skip
    finally:
        process.terminate()
        out, log = process.communicate(timeout=120)
    assert out == ""
    assert log.count("Traceback") == 2
    assert "page owner" in log


def _asked(
    base: str,
    output: str,
    inputs: list[tuple[str, str, str]],
    state: list[tuple[str, str, str]] | None = None,
) -> str:
    """Children of an output, as a browser asks for them."""
    values = [
        [{"id": name, "property": key, "value": value} for name, key, value in some]
        for some in (inputs, state or [])
    ]
    body = {
        "output": f"{output}.children",
        "outputs": {"id": output, "property": "children"},
        "inputs": values[0],
        "state": values[1],
        "changedPropIds": [],
    }
    headers = {"Content-Type": "application/json", "Origin": base}
    request = urllib.request.Request(f"{base}/_dash-update-component", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return str(answer.read().decode())
