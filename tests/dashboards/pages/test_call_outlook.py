"""The outlook above the form of a call: found where it is there and fresh, made by the queue where not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from dashboards.access.user import WHOEVER, User, asked_by
from dashboards.pages.call_outlook import found_outlook
from dashboards.pages_app import create_pages
from dashboards.workspace import Workspace
from twin.response.outlook_stored import FILE, read_outlook
from twin.workshop.shelf import Shelf
from weather.errors import TwinError

Asked = Callable[..., str]
FLEET, DAY = "example:districts/lingang_300", "2025-07-30"
PROJECT = """\
schema: 1
name: mine
buildings:
  - {name: one, archetype: office, era: gb55015-2021, floor_area: 900 m2, floors: 2}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def app(workspace: Workspace) -> Dash:
    return create_pages(workspace)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return read_outlook(Path(str(files("twin") / "examples" / "outlooks" / "lingang_300" / FILE)))


def _made(workspace: Workspace, told: dict[str, Any], name: str, **other: Any) -> Path:
    folder = workspace.studies / name
    folder.mkdir(parents=True)
    (folder / FILE).write_text(json.dumps(told | other), "utf-8")
    return folder / FILE


def _shown(app: Dash, asked: Asked, **given: Any) -> str:
    values = {"fleet": FLEET, "date": DAY, "start": "13:00", "scenario": "usual", "minutes": "60"} | given
    return asked(app, "outlook-shown.children", *values.values(), None, "/en/call")


def test_the_bundled_fleet_shows_at_once(app: Dash, asked: Asked, told: dict[str, Any]) -> None:
    k = told["times"].index(f"{DAY}T13:00:00+08:00")
    for minutes in ("15", "60", "120"):
        shown = _shown(app, asked, minutes=minutes)
        for way in ("down", "up"):
            own = told[way][minutes]
            assert f"{own['total_kw'][k]:,.0f} kW" in shown
            assert f"{own['sure_kw']['usual']['day'][0][k]:,.0f} kW" in shown
        assert f"+{told['down'][minutes]['kept_battery_kw'][k]:,.0f} kW" in shown
    assert told["assumptions"][0]["en"] in shown
    assert "data:text/csv" in shown


def test_hour_and_behaviour_change_what_is_said(app: Dash, asked: Asked) -> None:
    shown = {_shown(app, asked, start=start, scenario=s) for start in ("03:00", "18:15") for s in
             ("reliable", "unreliable")}  # fmt: skip
    assert len(shown) == 4


def test_a_day_that_nobody_looked_at_can_be_asked_for(app: Dash, asked: Asked, workspace: Workspace) -> None:
    assert "Nothing is computed yet" in _shown(app, asked, date="2025-01-15")
    begun = asked(
        app, "outlook-work.children", 1, 0, FLEET, "2025-01-15", None, "/en/call",
        changed=["outlook-begin.n_clicks"],
    )  # fmt: skip
    assert "Flexibility of lingang_300, 2025-01-15" in begun
    (job,) = workspace.queue.jobs()
    assert job.argv[:4] == ("outlook", "projects/lingang_300.yaml", "--date", "2025-01-15")
    assert job.argv[5].startswith("studies/outlook-lingang_300-2025-01-15-")
    assert (workspace.projects / "lingang_300.csv").is_file()


def test_nothing_is_begun_for_what_is_not_there(app: Dash, asked: Asked, workspace: Workspace) -> None:
    for fleet in ("../secrets", "example:../secrets"):
        said = asked(
            app, "outlook-work.children", 1, 0, fleet, DAY, None, "/en/call",
            changed=["outlook-begin.n_clicks"],
        )  # fmt: skip
        assert "there is no" in said
    assert "there is no" in _shown(app, asked, fleet="../secrets")
    assert workspace.queue.jobs() == []


def test_a_hostile_day_leads_no_file_elsewhere(app: Dash, asked: Asked, workspace: Workspace) -> None:
    asked(
        app, "outlook-work.children", 1, 0, FLEET, "../../etc/x; rm", None, "/en/call",
        changed=["outlook-begin.n_clicks"],
    )  # fmt: skip
    (job,) = workspace.queue.jobs()
    out = job.argv[job.argv.index("--out") + 1]
    assert Path(out).parent == Path("studies")
    assert ".." not in out


def test_what_was_made_is_shown_until_the_project_changes(workspace: Workspace, told: dict[str, Any]) -> None:
    shelf = Shelf(workspace.projects)
    shelf.save("mine", PROJECT)
    assert found_outlook(workspace, "mine", DAY) is None
    first = _made(workspace, told, "first", project="mine", participants=1)
    latest = _made(workspace, told, "latest", project="mine", participants=2)
    _made(workspace, told, "other", project="theirs", participants=3)
    now = shelf.changed("mine")
    os.utime(first, (now + 5, now + 5))
    os.utime(latest, (now + 9, now + 9))
    with asked_by(WHOEVER):
        for day in (DAY, "hottest_workday"):
            found = found_outlook(workspace, "mine", day)
            assert found is not None
            assert found["participants"] == 2
        assert found_outlook(workspace, "mine", "2025-07-29") is None
        os.utime(shelf.path("mine"), (now + 20, now + 20))
        assert found_outlook(workspace, "mine", DAY) is None


def test_a_copy_of_an_example_is_the_example_until_it_is_changed(
    workspace: Workspace, told: dict[str, Any]
) -> None:
    shelf = Shelf(workspace.projects)
    name = shelf.take("districts/lingang_300")
    assert found_outlook(workspace, name, DAY) == told
    shelf.path(name).write_text(shelf.text(name) + "# mine\n", "utf-8")
    assert found_outlook(workspace, name, DAY) is None


def test_a_table_beside_a_project_counts_as_the_project(workspace: Workspace) -> None:
    shelf = Shelf(workspace.projects)
    name = shelf.take("districts/lingang_300")
    table = workspace.projects / "lingang_300.csv"
    later = shelf.changed(name) + 60.0
    os.utime(table, (later, later))
    assert shelf.changed(name) == pytest.approx(later)


def test_a_click_on_the_plot_is_where_the_call_starts(app: Dash, asked: Asked) -> None:
    def clicked(data: Any) -> str:
        return asked(app, "call-start.value", data, changed=["outlook-figure.clickData"])

    assert "18:15" in clicked({"points": [{"x": "2025-07-30 18:15"}]})


def test_what_others_own_is_not_there(workspace: Workspace, told: dict[str, Any]) -> None:
    _made(workspace, told, "theirs", project="theirs", title="theirs")
    with asked_by(User("o", frozenset({"owner"}), frozenset({"mine"}))):
        assert [name for name, _ in workspace.outlooks.listed()] == ["examples/lingang_300"]
        with pytest.raises(TwinError, match="there is no outlook"):
            workspace.outlooks.open("theirs")
    with asked_by(WHOEVER):
        assert {name for name, _ in workspace.outlooks.listed()} == {"theirs", "examples/lingang_300"}
