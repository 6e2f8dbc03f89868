"""A workspace with a user of each role, its application, and browsers that are logged in to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dashboards.access import passwords
from dashboards.access.accounts import Accounts
from dashboards.access.user import ROLES
from dashboards.app import create_app
from twin.store import Run, RunStore

BASE = "http://127.0.0.1:8050"
PASSWORD = "a long walk by the Huangpu"

Browser = Callable[[], TestClient]


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """Hashes that cost little, for tests to which their cost is nothing."""
    with pytest.MonkeyPatch.context() as at:
        at.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        yield


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes as they are made for users."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, plain_run: Run, small_run: Run) -> Path:
    """A workspace with accounts named as their roles; the owner's is of the first of its two Runs."""
    root = tmp_path_factory.mktemp("guarded")
    store = RunStore(root / "runs")
    store.save(plain_run, "plain")
    store.save(small_run, "pedf")
    accounts = Accounts(root)
    for role in ROLES:
        mine = [plain_run.manifest["title"]] if role == "owner" else []
        accounts.users.add(role, PASSWORD, [role], mine)
    accounts.close()
    return root


@pytest.fixture(scope="module")
def app(guarded: Path) -> FastAPI:
    return create_app(guarded)


@pytest.fixture
def accounts(guarded: Path) -> Iterator[Accounts]:
    """The same file, as another process would have it."""
    opened = Accounts(guarded)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser(app: FastAPI) -> Browser:
    """Makes browsers: each with its own cookies, on a page of ours, following no redirection."""

    def make() -> TestClient:
        return TestClient(
            app,
            base_url=BASE,
            headers={"Origin": BASE, "Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    return make


@pytest.fixture(scope="module")
def logged_in(app: FastAPI, guarded: Path, browser: Browser) -> Callable[[str], TestClient]:
    """Makes a browser with a session, without waiting for the hash of a password."""
    opened = Accounts(guarded)
    proven = cache(lambda name: opened.users.proven(name, PASSWORD))

    def make(name: str) -> TestClient:
        client = browser()
        found = proven(name)
        assert found is not None
        token = opened.sessions.begin(found)
        assert token is not None
        client.cookies.set(opened.cookie, token)
        return client

    return make


@pytest.fixture(scope="session")
def asked_of() -> Callable[..., str]:
    """Answer of a callback to a browser: client, one of its outputs, values in their order."""

    def ask(client: TestClient, output: str, *values: Any) -> str:
        callbacks = client.get("/_dash-dependencies").json()
        callback = next(found for found in callbacks if output in found["output"])
        given = iter(values)
        parts = [part.rsplit(".", 1) for part in callback["output"].strip(".").split("...")]
        outputs = [{"id": name, "property": what} for name, what in parts]
        body = {
            "output": callback["output"],
            "outputs": outputs if len(outputs) > 1 else outputs[0],
            "inputs": [{**i, "value": next(given)} for i in callback["inputs"]],
            "state": [{**s, "value": next(given)} for s in callback["state"]],
            "changedPropIds": [],
        }
        answer = client.post("/_dash-update-component", json=body)
        assert answer.status_code == 200
        return json.dumps(answer.json(), ensure_ascii=False)

    return ask
