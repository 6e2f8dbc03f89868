"""The preview that comes with the program is what the command makes today; documents come of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bundled_preview import DIGITS, EXAMPLE, PREVIEWS, made
from twin.commands.documents import documents_of_preview
from twin.commands.preview import PROJECT_FILE, study_of
from twin.preview.packages import TIERS
from twin.report.owner import figures
from twin.report.study.reading import checked
from weather.errors import TwinError

_OTHER_MACHINE = 1e-6


@pytest.fixture(scope="module")
def bundled() -> dict[str, Any]:
    return study_of(PREVIEWS / EXAMPLE)


def test_a_report_can_be_made_of_it(bundled: dict[str, Any]) -> None:
    checked(bundled)
    assert [one["id"] for one in bundled["preview"]["tiers"]] == list(TIERS)
    worth = {one["id"]: one["economics"]["npv_cny"] for one in bundled["chosen"]}
    assert bundled["preview"]["proposed"] == max(worth, key=lambda key: worth[key])
    assert bundled["chosen"][0]["id"] == bundled["preview"]["proposed"]


def test_packages_save_ever_more_carbon(bundled: dict[str, Any]) -> None:
    carbon = [state["figures"]["carbon_t"] for state in figures.ordered(bundled)]
    assert carbon == sorted(carbon, reverse=True)
    assert bundled["preview"]["pilots"]["near_zero"]["fits"] == ["building"]


def test_money_has_its_span_in_every_year(bundled: dict[str, Any]) -> None:
    for state in bundled["chosen"]:
        spread, table = state["ranges"]["cumulative_cny"], state["economics"]["table"]
        assert len(spread["p10"]) == len(table["cumulative"])
        assert all(a <= b <= c for a, b, c in zip(spread["p10"], spread["p50"], spread["p90"], strict=True))
        assert spread["p10"][0] <= table["cumulative"][0] <= spread["p90"][0]


def test_months_and_the_hardest_day_agree_with_the_year(bundled: dict[str, Any]) -> None:
    for state in figures.ordered(bundled):
        months = bundled["preview"]["months"][state["id"]]
        assert sum(months["import_kwh"]) == pytest.approx(state["energy"]["grid_import_kwh"], rel=1e-4)
        assert sum(months["pv_kwh"]) == pytest.approx(state["energy"]["pv_kwh"], rel=1e-4, abs=1.0)
    day = bundled["preview"]["peak_day"]
    assert max(day["import_kw"]["baseline"]) == pytest.approx(
        bundled["baseline"]["energy"]["peak_import_kw"], rel=1e-2
    )
    assert len(day["hours"]) == 96


def test_every_figure_is_drawn_in_both_languages(bundled: dict[str, Any]) -> None:
    for language in ("zh", "en"):
        drawn = [figures.intensity(bundled, language), figures.measures_worth(bundled, language)]
        for tier in TIERS:
            drawn += [
                figures.months(bundled, tier, language),
                figures.hardest_day(bundled, tier, language),
                figures.cash_flow(bundled, tier, language),
            ]
        assert all(one is not None and one.layout.meta["title"] and one.data for one in drawn)


def test_documents_are_written_for_the_package_that_is_asked_for(tmp_path: Path) -> None:
    done = documents_of_preview(
        Path(EXAMPLE), package="near_zero", out=tmp_path, language="zh", progress=lambda *_: None
    )
    assert {path.name for path in done.written} == {
        "report_zh.docx", "report_zh.pdf", "pilot_plan_zh.docx", "pilot_plan_zh.pdf",
    }  # fmt: skip
    assert all(p.read_bytes()[:5] == b"%PDF-" for p in done.written if p.suffix == ".pdf")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "report_zh.docx").read_bytes())) as held:
        text = held.read("word/document.xml").decode()
    assert "近零能耗与光储直柔" in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"package": "none"}, "no package"),
        ({"language": "fr"}, "no language"),
        ({"folder": "x"}, "cannot be read"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path: Path, more: dict[str, str], said: str) -> None:
    with pytest.raises(TwinError, match=said):
        documents_of_preview(
            Path(more.get("folder", EXAMPLE)),
            package=more.get("package"),
            out=tmp_path,
            language=more.get("language", "zh"),
            progress=lambda *_: None,
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.long
def test_the_bundled_preview_is_what_the_command_makes(bundled: dict[str, Any]) -> None:
    now, project = made()
    assert project == (PREVIEWS / EXAMPLE / PROJECT_FILE).read_text("utf-8")
    assert bundled["preview"]["proposed"] == now["preview"]["proposed"]
    for kept, new in zip(figures.ordered(bundled), figures.ordered(now), strict=True):
        assert kept["keys"] == new["keys"]
        for key, value in kept["figures"].items():
            if value is None:  # such as self-consumption without PV
                assert new["figures"][key] is None, key
                continue
            assert value == pytest.approx(new["figures"][key], rel=10.0**-DIGITS * 5 + _OTHER_MACHINE), key
        if kept["economics"] is not None:
            for key in ("capital_cny", "npv_cny", "saving_cny"):
                assert kept["economics"][key] == pytest.approx(new["economics"][key], rel=1e-5)
                assert kept["ranges"][key]["p10"] == pytest.approx(new["ranges"][key]["p10"], rel=1e-4)
        said = [(one["key"], one["status"]) for one in kept["verdicts"]]
        assert said == [(one["key"], one["status"]) for one in new["verdicts"]]
    kept, new = bundled["preview"]["bill"], now["preview"]["bill"]
    assert (kept["unit"], kept["nearness"]) == (new["unit"], new["nearness"])
    assert kept["ratio"] == pytest.approx(new["ratio"], rel=1e-5)
