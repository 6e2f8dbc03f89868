"""Composing a call: the form becomes the invitation that the command reads, which waits its turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.pages.call import invitation_text
from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace
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
    values = [1 if which == button else None for button in ("call-try", "call-operate")]
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
