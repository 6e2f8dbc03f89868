"""Composing a call: the form becomes the invitation that the command reads, which waits its turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.pages.call import invitation_text
from dashboards.pages_app import create_pages
from dashboards.work.job import OPEN, Job
from dashboards.workspace import Workspace
from openadr_vtn import serving, wait_until
from twin.links.openadr3 import BASE_PATH
from twin.links.openadr3.clients import admit
from twin.links.openadr3.store import Store
from twin.links.openadr3.vtn import create_app
from twin.response.invitation import SCENARIOS, Behaviour, parse_invitation
from weather.errors import TwinError

Asked = Callable[..., str]
GIVEN: dict[str, Any] = {
    "kind": "peak_shaving",
    "date": "2025-07-30",
    "start": "13:00",
    "duration": 2,
    "notice": "day_ahead",
    "capacity": None,
    "probability": 90,
    "scenario": "unreliable",
    "seeds": 20,
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def app(workspace: Workspace) -> Dash:
    return create_pages(workspace)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_form_is_an_invitation(scenario: str) -> None:
    made = parse_invitation(invitation_text(GIVEN | {"scenario": scenario, "capacity": 1500}))
    assert made.behaviour == Behaviour(**SCENARIOS[scenario])
    assert made.capacity == 1500.0
    assert (made.probability, made.duration, made.seeds) == (0.9, 2.0, 20)


def test_an_empty_target_is_what_the_fleet_bids() -> None:
    assert parse_invitation(invitation_text(GIVEN)).capacity is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"date": "tomorrow"}, {"duration": ""}, {"probability": None}, {"seeds": 0}, {"start": "13:07"},
        {"scenario": "angelic"}, {"capacity": -5}, {"kind": "both"}, {"date": None},
    ],
)  # fmt: skip
def test_what_is_no_invitation_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(TwinError):
        parse_invitation(invitation_text(GIVEN | wrong))


def _pressed(app: Dash, asked: Asked, which: str, fleet: str, **given: Any) -> str:
    values = [1 if which == button else None for button in ("call-try", "call-operate", "call-send")]
    return asked(
        app, "call-answer.children", *values, fleet, *(GIVEN | given).values(), "/en/call",
        changed=[f"{which}.n_clicks"],
    )  # fmt: skip


def test_a_trial_of_a_bundled_fleet_waits_in_the_queue(app: Dash, asked: Asked, workspace: Workspace) -> None:
    for which, word in (("call-try", "respond"), ("call-operate", "operate")):
        assert "In the queue" in _pressed(app, asked, which, "example:districts/lingang_300")
        job = workspace.queue.jobs()[0]
        assert job.argv[:2] == (word, "projects/lingang_300.yaml")
        event = workspace.root / job.argv[job.argv.index("--event") + 1]
        assert parse_invitation(event.read_text("utf-8")).notice == "day_ahead"
        assert str(workspace.root) not in job.command
    assert sorted(path.name for path in workspace.projects.iterdir()) == [
        "lingang_300.csv",
        "lingang_300.yaml",
    ]
    assert len(workspace.queue.jobs()) == 2


def test_nothing_is_written_for_what_is_wrong(app: Dash, asked: Asked, workspace: Workspace) -> None:
    assert "duration" in _pressed(app, asked, "call-try", "example:districts/lingang_300", duration=99)
    assert "no example" in _pressed(app, asked, "call-try", "example:../secrets")
    assert "no project" in _pressed(app, asked, "call-try", "../secrets")
    assert workspace.queue.jobs() == []
    assert not (workspace.root / "calls").exists()


def test_a_call_is_sent_to_a_vtn_and_taken_back(
    app: Dash, asked: Asked, workspace: Workspace, tmp_path: Path
) -> None:
    """By the queue and its real commands, at a VTN on loopback."""
    store = Store(tmp_path / "vtn.db")
    secret = admit(store, "operator", "bl")
    (tmp_path / "bl.json").write_text(json.dumps({"client_id": "operator", "client_secret": secret}))
    workspace.queue.start()
    with serving(create_app(store)) as http:
        settings = f"vtn: {http.base_url}{BASE_PATH}\ncredentials: bl.json\n"
        (tmp_path / "openadr.yaml").write_text(settings, "utf-8")
        fleet = "example:districts/inner_quarter"
        refused = _pressed(app, asked, "call-send", fleet, capacity=None)
        assert "names its power" in refused
        assert workspace.queue.jobs() == []
        assert "In the queue" in _pressed(app, asked, "call-send", fleet, capacity=2500)
        sent = _done(workspace)
        told = json.loads(sent.said)
        assert (told["kw"], told["program"]) == (2500.0, "shanghai.peak_shaving.day_ahead")
        listed = asked(app, "trials.children", 1, [], "/en/call")
        assert "2,500 kW" in listed
        assert told["event"] in listed
        assert len(store.search("EVENT")) == 1
        back = {"call": "back", "of": told["event"]}
        asked(app, "trials.children", 1, [1], "/en/call", changed=[json.dumps(back) + ".n_clicks"])
        assert json.loads(_done(workspace).said)["cancelled"]
        assert told["event"] not in asked(app, "trials.children", 2, [], "/en/call")
        assert store.search("EVENT") == []
    workspace.queue.stop()
    store.close()


def _done(workspace: Workspace) -> Job:
    """The latest job once it is over."""
    wait_until("the job", 120.0, lambda: workspace.queue.jobs()[0].state not in OPEN)
    job = workspace.queue.jobs()[0]
    assert job.state == "done", job.said
    return job
