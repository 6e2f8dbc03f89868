"""The REST interface by hand: what it tells, what it takes, what it refuses, and to whom."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from dashboards.access import passwords
from dashboards.access.accounts import Accounts
from dashboards.app import create_app
from twin.store import Run, RunStore
from twin.workshop.shelf import Shelf, example_path

BASE = "http://127.0.0.1"
YAML = {"Content-Type": "application/yaml"}
PASSWORD = "a long walk by the Huangpu"


def _browser(app: FastAPI, cookie: tuple[str, str] | None = None) -> TestClient:
    client = TestClient(app, base_url=BASE, headers={"Origin": BASE}, raise_server_exceptions=False)
    if cookie is not None:
        client.cookies.set(*cookie)
    return client


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TestClient]:
    folder = tmp_path_factory.mktemp("new")
    return folder, _browser(create_app(folder))


@pytest.fixture
def folder(made: tuple[Path, TestClient]) -> Path:
    """A workspace without projects and Runs."""
    for name in ("projects", "runs"):
        shutil.rmtree(made[0] / name, ignore_errors=True)
    return made[0]


@pytest.fixture
def new(folder: Path, made: tuple[Path, TestClient]) -> TestClient:
    """The browser of that workspace."""
    return made[1]


@pytest.fixture(scope="module")
def project() -> bytes:
    return example_path("shanghai_house").read_bytes()


@pytest.fixture(scope="module")
def client(root: Path) -> TestClient:
    """Of whoever sits at a machine without accounts."""
    return _browser(create_app(root))


# --- Runs -----------------------------------------------------------------------------------------------


def test_runs_are_listed_by_pages(client: TestClient) -> None:
    whole = client.get("/api/v1/runs").json()
    names = [run["name"] for run in whole["runs"]]
    assert {"plain", "demo/pedf 上海", "examples/shanghai_office_pedf"} <= set(names)
    assert whole["total"] == len(names)
    part = client.get("/api/v1/runs", params={"limit": 2, "skip": 1}).json()
    assert [run["name"] for run in part["runs"]] == names[1:3]
    assert part["total"] == len(names)


def test_a_run_is_told_as_it_is_stored(client: TestClient, small_run: Run) -> None:
    told = client.get("/api/v1/runs/demo/pedf 上海").json()
    assert told["title"] == small_run.manifest["title"]
    assert told["engine"] == "fast"
    assert told["total"]["grid_import_kwh"] == small_run.summary["total"]["grid_import_kwh"]
    verdicts = client.get("/api/v1/runs/demo/pedf 上海/verdicts").json()["verdicts"]
    assert [v["key"] for v in verdicts] == [v["key"] for v in small_run.summary["verdicts"]]


def test_points_are_the_series_where_none_is_left_out(client: TestClient, small_run: Run) -> None:
    (building,) = small_run.series
    key = f"{building}/grid_import_kw"
    given = {"column": key, "first": 100, "last": 200}
    told = client.get("/api/v1/runs/demo/pedf 上海/points", params=given).json()
    assert told["at"] == list(range(100, 200))
    assert told["series"][0]["unit"] == "kW"
    assert told["series"][0]["values"] == small_run.series[building]["grid_import_kw"].iloc[100:200].tolist()
    assert (told["step_s"], told["start_s"]) == (900.0, small_run.weather.index[0].timestamp())


@pytest.mark.parametrize(
    ("first", "last", "most"), [(0, None, 500), (7, 30_001, 333), (5, 25, 19), (0, None, 2)]
)
def test_thinned_points_keep_extremes_and_means(
    client: TestClient, small_run: Run, first: int, last: int | None, most: int
) -> None:
    (building,) = small_run.series
    series = small_run.series[building]["grid_import_kw"].to_numpy()[first:last]
    given: dict[str, str | int] = {"column": f"{building}/grid_import_kw", "first": first, "most": most}
    if last is not None:
        given["last"] = last
    path = "/api/v1/runs/demo/pedf 上海/points"
    drawn = client.get(path, params=given).json()
    values = np.array(drawn["series"][0]["values"])
    assert len(values) <= most
    assert (values.min(), values.max()) == (series.min(), series.max())
    at = np.array(drawn["at"]) - first
    assert (np.diff(at) > 0).all()
    assert at[0] == 0
    assert at[-1] < len(series)
    means = client.get(path, params={**given, "way": "mean"}).json()
    lengths = np.diff([*means["at"], first + len(series)])
    assert len(means["at"]) == most
    assert np.dot(means["series"][0]["values"], lengths) == pytest.approx(series.sum(), rel=1e-12)


def test_values_that_are_absent_are_null(client: TestClient, plain_run: Run) -> None:
    (building,) = plain_run.series
    given = {"column": f"{building}/bus_voltage_pu", "most": 10}
    for way in ("minmax", "mean"):
        told = client.get("/api/v1/runs/plain/points", params={**given, "way": way})
        assert set(told.json()["series"][0]["values"]) == {None}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("column=nobody/pv_kw", 404),
        ("column=@weather/temp_air&first=40000", 422),
        ("column=@weather/temp_air&first=10&last=10", 422),
        ("column=@weather/temp_air&most=1000000", 422),
        ("column=@weather/temp_air&most=nan", 422),
        ("", 422),
        ("&".join(["column=@weather/temp_air"] * 21), 422),
    ],
)
def test_points_that_cannot_be_are_refused(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/api/v1/runs/plain/points?{query}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_run_is_taken_away_and_bundled_ones_stay(folder: Path, new: TestClient, plain_run: Run) -> None:
    store = RunStore(folder / "runs")
    store.save(plain_run, "gone")
    client = new
    assert client.delete("/api/v1/runs/gone", headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.delete("/api/v1/runs/gone").status_code == 204
    assert client.delete("/api/v1/runs/gone").status_code == 404
    assert client.get("/api/v1/runs/gone").status_code == 404
    assert list((folder / "runs").iterdir()) == []
    assert client.delete("/api/v1/runs/examples/shanghai_office_pedf").status_code == 409
    assert client.get("/api/v1/runs/examples/shanghai_office_pedf").status_code == 200


# --- projects -------------------------------------------------------------------------------------------


def test_a_project_is_saved_read_replaced_and_taken_away(
    folder: Path, new: TestClient, project: bytes
) -> None:
    client = new
    path = "/api/v1/projects/我的 house"
    made = client.put(path, content=project, headers=YAML)
    assert made.status_code == 204, made.text
    read = client.get(path)
    assert read.content == project
    assert read.headers["etag"] == made.headers["etag"]
    assert client.post(f"{path}/check").json()["valid"] is True
    (listed,) = client.get("/api/v1/projects").json()["projects"]
    assert (listed["name"], listed["trouble"], listed["district"]) == ("我的 house", None, False)
    changed = project + b"\n# changed\n"
    again = client.put(path, content=changed, headers={**YAML, "If-Match": read.headers["etag"]})
    assert again.status_code == 204
    late = client.put(path, content=project, headers={**YAML, "If-Match": read.headers["etag"]})
    assert late.status_code == 409
    assert client.get(path).content == changed
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert list((folder / "projects").iterdir()) == []


_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (_BOMB, "Anchors"),
        (b"[" * 100_000, ""),
        (b"- " * 50_000 + b"x", ""),
        (b"name: !!python/object/apply:os.system ['true']", ""),
        (b"extends: ../../../etc/passwd", "extends"),
        (b"extends: /etc/passwd", "extends"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", ""),
        (b"name: x\x00y", ""),
        (b"schema: 1\nname: x\n", ""),
    ],
)
def test_hostile_projects_are_refused_and_leave_nothing(
    folder: Path, new: TestClient, content: bytes, words: str
) -> None:
    client = new
    answer = client.put("/api/v1/projects/x", content=content, headers=YAML)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["detail"]
    assert answer.headers["content-language"] == "en"
    assert str(folder) not in answer.text
    chinese = client.put(
        "/api/v1/projects/x", content=content, headers=YAML | {"Accept-Language": "zh-CN,zh"}
    )
    assert chinese.headers["content-language"] == "zh"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.json()["detail"])
    assert str(folder) not in chinese.text
    assert "root:" not in answer.text
    assert list(folder.glob("projects/*")) == []


def test_a_text_is_checked_and_not_kept(folder: Path, new: TestClient, project: bytes) -> None:
    told = new.post("/api/v1/projects", content=project, headers=YAML).json()
    assert (told["valid"], told["trouble"]) == (True, None)
    told = new.post("/api/v1/projects", content=_BOMB, headers=YAML).json()
    assert told["valid"] is False
    assert "line 1: Anchors" in told["trouble"]
    assert list(folder.glob("projects/*")) == []


def test_a_project_that_is_too_large_is_not_read(folder: Path, new: TestClient) -> None:
    answer = new.put("/api/v1/projects/x", content=b"#" * 2_000_001, headers=YAML)
    assert answer.status_code == 413


@pytest.mark.parametrize("name", ["..%2fx", "a%2fb", ".x", "x%00", "%20x", "x" * 90, "a*b"])
def test_names_that_lead_elsewhere_make_no_file(
    folder: Path, new: TestClient, project: bytes, name: str
) -> None:
    answer = new.put(f"/api/v1/projects/{name}", content=project, headers=YAML)
    assert answer.status_code in (400, 404, 405, 422)
    assert list(folder.rglob("*.yaml")) == []


# --- work -----------------------------------------------------------------------------------------------


def test_work_is_asked_for_listed_and_cancelled(new: TestClient, project: bytes) -> None:
    client = new  # whose queue is not begun: nothing is marched
    client.put("/api/v1/projects/house", content=project, headers=YAML)
    made = client.post("/api/v1/jobs", json={"kind": "retrofit", "project": "house", "packages": 40})
    assert made.status_code == 201
    job = client.get(f"/api/v1/jobs/{made.json()['id']}").json()
    assert job["command"] == (
        "twin retrofit projects/house.yaml --out studies/house --packages 40 --report --json"
    )
    assert job["state"] == "queued"
    assert client.post(f"/api/v1/jobs/{job['id']}/cancel").status_code == 204
    assert client.get("/api/v1/jobs").json()["jobs"][0]["state"] == "cancelled"
    for wanted, status in (
        ({"kind": "march", "project": "nothing"}, 404),
        ({"kind": "march", "project": "../house"}, 404),
        ({"kind": "rm", "project": "house"}, 422),
        ({"kind": "march", "project": "house", "out": "/etc"}, 422),
        ({"kind": "retrofit", "project": "house", "packages": 10**9}, 422),
    ):
        assert client.post("/api/v1/jobs", json=wanted).status_code == status
    assert client.get("/api/v1/jobs/0123456789abcdef").status_code == 404
    assert client.get("/api/v1/jobs/..").status_code in (400, 404)


# --- who ------------------------------------------------------------------------------------------------


@pytest.fixture
def people(tmp_path: Path, plain_run: Run, small_run: Run, project: bytes) -> Iterator[dict[str, TestClient]]:
    """Browsers of an owner of the first Run and of the project `mine`, of an engineer, and of a viewer."""
    with pytest.MonkeyPatch.context() as at:
        at.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        store = RunStore(tmp_path / "runs")
        store.save(plain_run, "mine")
        store.save(small_run, "theirs")
        shelf = Shelf(tmp_path / "projects")
        for name in ("mine", "theirs"):
            shelf.save(name, project.decode())
        accounts, app, found = Accounts(tmp_path), create_app(tmp_path), {}
        for role in ("owner", "engineer", "viewer"):
            own = [plain_run.manifest["title"], "mine"] if role == "owner" else []
            accounts.users.add(role, PASSWORD, [role], own)
            proven = accounts.users.proven(role, PASSWORD)
            assert proven is not None
            token = accounts.sessions.begin(proven)
            assert token is not None
            found[role] = _browser(app, (accounts.cookie, token))
        yield found


def test_an_owner_is_told_of_his_own_alone(people: dict[str, TestClient]) -> None:
    owner, engineer = people["owner"], people["engineer"]

    def names(client: TestClient, what: str) -> set[str]:
        return {one["name"] for one in client.get(f"/api/v1/{what}").json()[what] if "/" not in one["name"]}

    for what in ("runs", "projects"):
        assert names(owner, what) == {"mine"}
        assert names(engineer, what) == {"mine", "theirs"}
    for path in ("runs/{}", "runs/{}/verdicts", "runs/{}/columns", "projects/{}"):
        assert owner.get(f"/api/v1/{path.format('mine')}").status_code == 200
        refused, missing = (owner.get(f"/api/v1/{path.format(name)}") for name in ("theirs", "absent"))
        assert refused.status_code == missing.status_code == 404
        assert refused.text.replace("theirs", "absent") == missing.text
        assert engineer.get(f"/api/v1/{path.format('theirs')}").status_code == 200
    for name in ("series", "points"):
        query = {"column": "@weather/temp_air"}
        assert owner.get(f"/api/v1/runs/theirs/{name}", params=query).status_code == 404
        assert owner.get(f"/api/v1/runs/mine/{name}", params=query).status_code == 200
    assert owner.post("/api/v1/projects/theirs/check").status_code == 404
    assert owner.post("/api/v1/projects/mine/check").status_code == 200


def test_only_engineers_change_projects_and_runs(people: dict[str, TestClient], project: bytes) -> None:
    for role in ("owner", "viewer"):
        client = people[role]
        for answer in (
            client.put("/api/v1/projects/mine", content=project, headers=YAML),
            client.delete("/api/v1/projects/mine"),
            client.delete("/api/v1/runs/mine"),
            client.post("/api/v1/jobs", json={"kind": "march", "project": "mine"}),
            client.post("/api/v1/projects", content=project, headers=YAML),
        ):
            assert answer.status_code == 403, role
            assert "roles" in answer.json()["detail"]
    made = people["engineer"].post("/api/v1/jobs", json={"kind": "march", "project": "mine"})
    assert made.status_code == 201
    name = made.json()["id"]
    assert people["engineer"].get(f"/api/v1/jobs/{name}").json()["asked_by"] == "engineer"
    assert people["owner"].get("/api/v1/jobs").json()["jobs"] == []
    assert people["owner"].get(f"/api/v1/jobs/{name}").status_code == 404
    assert people["owner"].post(f"/api/v1/jobs/{name}/cancel").status_code == 404
    assert people["viewer"].get(f"/api/v1/jobs/{name}").status_code == 200
    assert people["viewer"].post(f"/api/v1/jobs/{name}/cancel").status_code == 403


def test_the_document_tells_every_route_and_unit(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/runs/{name}/points", "/runs/{name}/series", "/projects/{name}", "/jobs", "/events"} <= set(
        document["paths"]
    )
    text = json.dumps(document)
    assert "s since 1970-01-01 UTC" in text
    assert "application/problem+json" in text


# --- flexibility ----------------------------------------------------------------------------------------


def test_flexibility_of_a_fleet_is_told_by_source(client: TestClient) -> None:
    (entry,) = client.get("/api/v1/flexibility").json()["outlooks"]
    assert (entry["name"], entry["participants"]) == ("examples/lingang_300", 300)
    told = client.get("/api/v1/flexibility/examples/lingang_300", params={"minutes": "120"}).json()
    assert (told["minutes"], told["scenario"], len(told["times"])) == (120, "usual", 96)
    for way in ("down", "up"):
        own = told[way]
        parts = np.sum(list(own["sources_kw"].values()), axis=0)
        np.testing.assert_allclose(parts, own["total_kw"], atol=0.01)
        assert [one["probability"] for one in own["reached"]] == [0.9, 0.5, 0.1]
        reached = np.array([one["day_kw"] for one in own["reached"]])
        assert (np.diff(reached, axis=0) >= 0.0).all()
    assert told["up"]["kept_battery_kw"] is None
    short = client.get("/api/v1/flexibility/examples/lingang_300", params={"minutes": "15"}).json()
    assert sum(short["down"]["total_kw"]) > sum(told["down"]["total_kw"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("examples/nobody", 404),
        ("../lingang_300", 404),
        ("examples/lingang_300?minutes=7", 422),
        ("examples/lingang_300?scenario=angelic", 422),
    ],
)
def test_flexibility_that_is_not_there_is_refused(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/api/v1/flexibility/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
