"""A workspace with Runs in it, and callbacks asked as a browser asks them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.access.user import WHOEVER, asked_by
from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace
from twin.store import Run, RunStore

Asked = Callable[..., str]


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, plain_run: Run, small_run: Run) -> Path:
    """A workspace with one Run in its folder and one in a folder of that."""
    folder = tmp_path_factory.mktemp("workspace")
    RunStore(folder / "runs").save(plain_run, "plain")
    RunStore(folder / "runs" / "demo").save(small_run, "pedf 上海")
    return folder


@pytest.fixture(scope="session")
def pages(root: Path) -> Dash:
    return create_pages(Workspace(root))


@pytest.fixture(scope="session")
def asked() -> Asked:
    """Answer of a callback as the browser would get it: app, one of its outputs, values in their order."""

    def ask(app: Dash, output: str, *values: Any, changed: Sequence[str] = ()) -> str:
        callback = next(c for c in app._callback_list if output in c["output"].strip(".").split("..."))
        given = iter(values)
        body = {
            "output": callback["output"],
            "outputs": _outputs(callback["output"]),
            "inputs": [{**i, "value": next(given)} for i in callback["inputs"]],
            "state": [{**s, "value": next(given)} for s in callback["state"]],
            "changedPropIds": list(changed),
        }
        with asked_by(WHOEVER):
            answer = app.server.test_client().post("/_dash-update-component", json=body)
        assert answer.status_code == 200
        found = json.loads(answer.get_data(as_text=True))
        return json.dumps(found, ensure_ascii=False)

    return ask


def _outputs(text: str) -> Any:
    parts = [part.rsplit(".", 1) for part in text.strip(".").split("...")]
    found = [{"id": i, "property": p} for i, p in parts]
    return found if len(found) > 1 else found[0]
