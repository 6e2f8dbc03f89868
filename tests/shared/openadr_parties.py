"""Who talks to a VTN in tests, and what about: parties with their tokens, targets, calls, reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.messages import Problem
from twin.links.openadr3.parsing import read
from twin.links.openadr3.store import Store


@dataclass
class Party:
    """A client with its token."""

    http: httpx.Client
    token: str

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the VTN."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(method, BASE_PATH + path, headers=headers, **more)

    def made(self, path: str, **content: Any) -> Any:
        """Create an object."""
        answer = self.ask("POST", path, json=content)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(self, status: int, method: str, path: str, **more: Any) -> str:
        """What the VTN says of a request that it refuses; the answer must be a problem document."""
        answer = self.ask(method, path, **more)
        assert answer.status_code == status, answer.text
        said = read(Problem, answer.content)
        assert said.status == status
        assert "Traceback" not in answer.text
        return said.detail or ""


@dataclass
class Place:
    """A VTN with business logic and three VENs."""

    http: httpx.Client
    store: Store
    path: Path
    bl: Party
    v1: Party
    v2: Party
    v3: Party


def token(http: httpx.Client, client: str, secret: str, **more: str) -> httpx.Response:
    """Ask for a token."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, **more}
    return http.post(f"{BASE_PATH}/auth/token", data=form)


def target(kind: str, *values: str) -> dict[str, Any]:
    return {"type": kind, "values": list(values)}


def call(program: Any, **more: Any) -> dict[str, Any]:
    payloads = [{"type": "DISPATCH_SETPOINT_RELATIVE", "values": [-1.0]}]
    return {"programID": program["id"], "intervals": [{"id": 0, "payloads": payloads}], **more}


def said_of(event: Any, name: str, **more: Any) -> dict[str, Any]:
    return {
        "programID": event["programID"], "eventID": event["id"], "clientName": name, "resources": [], **more,
    }  # fmt: skip
