"""The owner's page without a browser: the answer, the form, what is asked of the queue, the documents."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from fastapi.testclient import TestClient

from dashboards.access.user import WHOEVER, User, asked_by
from dashboards.app import create_app
from dashboards.pages.owner.form import said_in
from dashboards.pages_app import create_pages
from dashboards.previews import EXAMPLE, PRESETS, Listed, Previews
from dashboards.workspace import Workspace
from twin.commands.documents import bundled_previews
from twin.preview.six_fields import six_fields

Asked = Callable[..., str]
FIELDS = {"use": "office", "floor_area": 8000, "storeys": 5, "year_built": 2008}
FORM = ("我的楼", "office", 8000, 5, 2008, "", 600000, "kWh")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def page(workspace: Workspace) -> Dash:
    return create_pages(workspace)


@pytest.fixture
def whoever() -> Iterator[None]:
    with asked_by(WHOEVER):
        yield


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            ("够不够格", "还缺什么", "要花多少", "申报期已过", "账单 1,900,000 kWh", "近零能耗与光储直柔"),
        ),
        (
            "en",
            ("Does it qualify?", "What is missing?", "batch is over", "1,900,000 kWh", "Near zero with PEDF"),
        ),
    ],
)
def test_the_page_opens_with_the_answer_of_the_example(
    pages: Dash, asked: Asked, language: str, words: tuple[str, ...]
) -> None:
    text = asked(pages, "shell.children", f"/{language}/owner", "")
    for word in words:
        assert word in text
    assert text.count('"type": "Graph"') == 5


def test_the_first_page_tells_the_answer_and_leads_to_it(pages: Dash, asked: Asked) -> None:
    text = asked(pages, "shell.children", "/zh", "")
    assert "最划算的是轻改造" in text
    assert '"href": "/zh/owner"' in text


@pytest.mark.parametrize("package", ["light", "deep", "near_zero"])
def test_a_package_of_the_address_is_shown(pages: Dash, asked: Asked, package: str) -> None:
    text = asked(pages, "shell.children", "/en/owner", f"?package={package}")
    assert f'"value": "{package}", "aria-label"' in text or f'"value": "{package}"' in text
    assert f"Runs: baseline, {package}." in text


def test_a_level_on_unverified_limits_is_no_badge(pages: Dash, asked: Asked) -> None:
    text = asked(pages, "package-details.children", "near_zero", EXAMPLE, "/en/owner")
    assert "met in figures, limits not verified" in text
    assert '"children": "met", ' not in text.split("GB/T 51350")[1].split("low-carbon pilot")[0]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_kind_fills_the_form(pages: Dash, asked: Asked, preset: str) -> None:
    text = asked(pages, "owner-result.children", preset, 0, "/en/owner")
    assert '"id": "six-go"' in text
    assert '"id": "six-electricity_unit"' in text


def test_what_cannot_be_is_told_beside_the_form(page: Dash, asked: Asked, workspace: Workspace) -> None:
    text = asked(page, "six-trouble.children", 1, "", "office", 8000, 500, 2008, "", "", "kWh", "/en/owner")
    assert "Please check: Storeys above ground" in text
    assert "500 is out of range" in text
    text = asked(page, "six-trouble.children", 1, "", "office", 8000, 400, 2008, "", "", "kWh", "/zh/owner")
    assert "400 超出范围。应不大于 130。" in text
    text = asked(page, "six-trouble.children", 1, "", "office", 800, 40, 2008, "", "", "kWh", "/zh/owner")
    assert "每层只有 20 m²" in text
    assert not workspace.studies.exists()


def test_a_described_building_is_asked_for_and_watched(
    page: Dash, asked: Asked, workspace: Workspace, whoever: None
) -> None:
    text = asked(page, "six-trouble.children", 1, *FORM, "/zh/owner")
    name = next(one.name for one in workspace.studies.iterdir())
    assert name in text
    (job,) = workspace.queue.jobs()
    assert job.argv == ("preview", f"studies/{name}/fields.yaml", "--out", f"studies/{name}", "--json")
    fields = Previews(workspace).fields(name)
    assert fields is not None
    assert (fields.name, fields.electricity_kwh, fields.roof_for_pv) == ("我的楼", 600000, None)
    shown = asked(page, "owner-result.children", name, 1, "/zh/owner")
    assert "正在计算" in shown
    assert "GB 50189-2005" in shown
    shutil.copy(bundled_previews() / "office" / "study.json", workspace.studies / name)
    assert "够不够格" in asked(page, "owner-result.children", name, 2, "/zh/owner")
    assert [one.id for one in Previews(workspace).listed()] == [name, EXAMPLE]


@pytest.mark.parametrize("moment", ["before the list is read", "after the list is read"])
def test_a_preview_that_ends_while_it_is_looked_at_stays_chosen(
    page: Dash, asked: Asked, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    asked(page, "six-trouble.children", 1, *FORM, "/zh/owner")
    name = next(one.name for one in workspace.studies.iterdir())
    listed = Previews.listed

    def ends(previews: Previews) -> list[Listed]:
        before = listed(previews)
        shutil.copy(bundled_previews() / "office" / "study.json", workspace.studies / name)
        return before if moment.startswith("after") else listed(previews)

    monkeypatch.setattr(Previews, "listed", ends)
    answer = json.loads(asked(page, "owner-look.disabled", name, 1, "/zh/owner"))["response"]
    assert f'"value": "{name}"' in json.dumps(answer["building"]["data"])
    drawn = "够不够格" in json.dumps(answer["owner-result"], ensure_ascii=False)
    assert answer["owner-look"]["disabled"] == drawn  # else it would be waited for without a look


def test_nothing_chosen_is_the_example(page: Dash, asked: Asked) -> None:
    assert "够不够格" in asked(page, "owner-result.children", None, 1, "/zh/owner")


def test_the_form_gives_whole_numbers_and_one_kind_of_electricity() -> None:
    values: dict[str, Any] = {
        "name": "", "use": "hotel", "floor_area": 5000.5, "storeys": 6.0, "year_built": 2001.0,
        "roof_for_pv": 0, "electricity": 100, "electricity_unit": "CNY",
    }  # fmt: skip
    found = six_fields(said_in(values))
    assert (found.storeys, found.year_built, found.roof_for_pv) == (6, 2001, 0)
    assert (found.electricity_kwh, found.electricity_cny, found.name) == (None, 100, None)


def test_an_owner_sees_what_he_asked_for_and_nobody_elses(workspace: Workspace) -> None:
    mine, other = User("a", frozenset({"owner"})), User("b", frozenset({"owner"}))
    with asked_by(mine):
        name = Previews(workspace).ask(six_fields(FIELDS))
        shutil.copy(bundled_previews() / "office" / "study.json", workspace.studies / name)
        assert name in [one.id for one in Previews(workspace).listed()]
    with asked_by(other):
        assert [one.id for one in Previews(workspace).listed()] == [EXAMPLE]
        assert Previews(workspace).fields(name) is None
        assert Previews(workspace).job(name) is None
    with asked_by(User("c", frozenset({"engineer"}))):
        assert name in [one.id for one in Previews(workspace).listed()]


def test_documents_are_asked_for_and_fetched(
    page: Dash, asked: Asked, workspace: Workspace, whoever: None
) -> None:
    asked(page, "documents-look.disabled", 1, EXAMPLE, "light", "/zh/owner")
    (job,) = workspace.queue.jobs()
    assert job.argv[:3] == ("documents", "office", "--package")
    folder = workspace.studies / EXAMPLE / "documents" / "light"
    folder.mkdir(parents=True)
    for name in ("report_zh.docx", "report_zh.pdf", "pilot_plan_zh.docx", "pilot_plan_zh.pdf"):
        (folder / name).write_bytes(b"%PDF-")
    shown = asked(page, "package-details.children", "light", EXAMPLE, "/zh/owner")
    assert f"/documents/{EXAMPLE}/light/report_zh.docx" in shown
    with TestClient(create_app(workspace.root), base_url="http://127.0.0.1") as client:
        answer = client.get(f"/documents/{EXAMPLE}/light/report_zh.pdf")
        assert answer.status_code == 200
        assert answer.content == b"%PDF-"
        assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "example-office/light/study.json", "example-office/light/..%2f..%2fsecret.pdf",
        "..%2f..%2f/light/report_zh.pdf",
        "other/light/report_zh.pdf", "example-office/../report_zh.pdf", "example-office/light/report_fr.pdf",
        ".twin/light/report_zh.pdf", "link/light/report_zh.pdf", "%00/light/report_zh.pdf",
    ],
)  # fmt: skip
def test_no_address_leaves_the_studies(tmp_path: Path, path: str) -> None:
    root, outside = tmp_path / "workspace", tmp_path / "outside" / "documents" / "light"
    outside.mkdir(parents=True)
    for folder in (tmp_path, outside):
        (folder / "secret.pdf").write_bytes(b"secret")
        (folder / "report_zh.pdf").write_bytes(b"secret")
    (root / "studies").mkdir(parents=True)
    (root / "studies" / "link").symlink_to(tmp_path / "outside")
    with TestClient(create_app(root), base_url="http://127.0.0.1") as client:
        answer = client.get(f"/documents/{path}")
        assert answer.status_code in (400, 403, 404)
        assert b"secret" not in answer.content


def test_a_damaged_study_is_left_out(workspace: Workspace, whoever: None) -> None:
    for name, text in (("broken", "{"), ("other", json.dumps({"schema": 1})), ("list", "[]")):
        folder = workspace.studies / name
        folder.mkdir(parents=True)
        (folder / "study.json").write_text(text)
    assert [one.id for one in Previews(workspace).listed()] == [EXAMPLE]
