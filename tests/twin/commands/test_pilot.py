"""`twin pilot` as a command: JSON, both languages of terminals, and what a user gets wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from buildings.description.loading import project_text
from pilot_study import FULL_FACTS, office, small_study
from twin.cli import app
from twin.commands.pilot import pilot_of_project
from weather.errors import TwinError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The 2005 office with a whole pilot block."""
    path = tmp_path / "办公楼.yaml"
    path.write_text(project_text(office(**FULL_FACTS)), encoding="utf-8")
    return path


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Path]:
    """Writes the small study, changed as told."""

    def write(change: Callable[[dict[str, Any]], None] = lambda study: None) -> Path:
        content = small_study()
        change(content)
        path = tmp_path / "study.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def test_json_of_a_project_alone(project: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["pilot", str(project), "--json", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
    assert told["asked"] == "building"
    assert told["open_now"] is False
    assert told["fits"] == []  # an office as it stands plans nothing; M1 and N4 alone are two fields
    offers = {one["field"]: one["offer"] for one in told["suggestions"]}
    assert set(offers) == {"energy", "urban_rural_construction", "transport", "carbon_sink"}
    # Of the catalogue's chargers the cheaper ones: 20 for 20,000 m2, at 4,500 CNY.
    assert (offers["transport"]["measure"], offers["transport"]["capital_cny"]) == ("chargers_1000", 90_000.0)
    assert offers["transport"]["confidence"] == "gk-verify"
    assert len(told["files"]) == 6
    assert all(Path(path).stat().st_size > 1000 for path in told["files"])


def test_json_with_a_study_takes_the_package_that_emits_least(
    project: Path, study: Callable[..., Path]
) -> None:
    done = CliRunner().invoke(app, ["pilot", str(project), "--json", "--study", str(study())])
    told = json.loads(done.stdout)
    assert told["package"] == "p0002"
    assert told["reduction"] == {
        "rate": 0.6, "tonnes": 600.0, "baseline_t": 1000.0, "from_model": True, "account": "physical",
    }  # fmt: skip
    assert told["reduction_ets"]["tonnes"] == 430.0
    assert told["fits"] == ["building"]
    covered = [field["key"] for field in told["fields"] if field["covered"]]
    assert covered == [
        "energy", "urban_rural_construction", "carbon_sink", "carbon_management", "mechanism_innovation",
    ]  # fmt: skip
    other = pilot_of_project(project, study=study(), package="p0001").as_dict()
    assert other["package"] == "p0001"
    assert other["reduction"]["tonnes"] == 300.0


def test_what_does_not_go_with_the_package_is_not_offered_from_the_catalogue(
    project: Path, study: Callable[..., Path]
) -> None:
    """A green roof does not go with PV on it: what is left is the rules' own offer, without a price."""

    def pv_alone(content: dict[str, Any]) -> None:
        content["measures"].append({"key": "pv_roof_40", "name_zh": "光伏", "name_en": "PV"})
        content["chosen"][1]["keys"] = ["pv_roof_40"]

    found = pilot_of_project(project, study=study(pv_alone)).case.assessment
    # The study does not say what PV covers; the catalogue does.
    covered = [field.key for field in found.fields if field.covered]
    assert covered[:2] == ["energy", "urban_rural_construction"]
    sink = next(one for one in found.suggestions if one.field == "carbon_sink")
    assert (sink.offer.measure, sink.offer.capital_cny) == ("", None)
    transport = next(one for one in found.suggestions if one.field == "transport")
    assert transport.offer.measure.startswith("chargers")


def test_an_applicants_own_baseline_has_no_second_account_beside(
    tmp_path: Path, study: Callable[..., Path]
) -> None:
    facts = {**FULL_FACTS, "type": "enterprise_institution"}
    facts["emissions"] = {"baseline": 10_000, "further_reduction": 4_600}
    path = tmp_path / "enterprise.yaml"
    path.write_text(project_text(office(**facts)), encoding="utf-8")
    found = pilot_of_project(path, study=study()).case.assessment
    assert found.reduction is not None
    assert (found.reduction.tonnes, found.reduction.rate) == (5_200.0, 0.52)
    assert found.reduction_ets is None
    assert found.fits == ("building", "enterprise_institution")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh_CN.UTF-8", ("首批试点", "待补充", "未达到")),
        ("en_GB.UTF-8", ("first batch", "Still to be supplied", "does not meet")),
    ],
)
def test_a_terminal_in_its_language(
    project: Path,
    locale: str,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    pilot_of_project(project).show()
    shown = capsys.readouterr().out
    for word in words:
        assert word in shown
    assert "None" not in shown


def drop(*keys: str) -> Callable[[dict[str, Any]], None]:
    """Takes a key out of the study."""

    def change(study: dict[str, Any]) -> None:
        at = study
        for key in keys[:-1]:
            at = at[key]
        del at[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "package", "key"),
    [
        (drop("schema"), None, "schema"),
        (drop("baseline"), None, "baseline"),
        (drop("baseline", "figures", "carbon_t"), None, "figures.carbon_t"),
        (lambda study: study.update(chosen=[]), None, "chosen"),
        (lambda study: study["measures"].pop(1), None, "measures"),
        (lambda study: study["measures"][1].pop("fields"), None, "measures"),
        (lambda study: study["measures"][1].update(fields=["E9"]), None, "fields"),
        (lambda study: study["building"].update(floor_area_m2=9_000.0), None, "building.floor_area_m2"),
        (lambda study: study["baseline"]["figures"].update(carbon_t=float("nan")), None, "--study"),
        (lambda study: None, "p9", "--package"),
    ],
)
def test_a_study_that_cannot_be_used(
    project: Path, study: Callable[..., Path], change: Any, package: str | None, key: str
) -> None:
    with pytest.raises(TwinError) as told:
        pilot_of_project(project, study=study(change), package=package)
    assert told.value.key == key
    assert told.value.remedy


@pytest.mark.parametrize("content", ["", "[", "[]", "[" * 100_000, "\ufeff{}", "null"])
def test_text_that_is_no_study(project: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TwinError) as told:
        pilot_of_project(project, study=path)
    assert told.value.file == str(path)


def test_facts_that_contradict_the_project_name_its_file(tmp_path: Path) -> None:
    path = tmp_path / "office.yaml"
    path.write_text(project_text(office(gross_floor_area=5_000)), encoding="utf-8")
    with pytest.raises(TwinError) as told:
        pilot_of_project(path)
    assert (told.value.file, told.value.key) == (str(path), "pilot.gross_floor_area")


@pytest.mark.parametrize(
    ("block", "key", "word"),
    [
        ("{period: {start: 2027, years: 6}}", "pilot.period.years", "at most 5"),
        ("{typ: building}", "pilot.typ", "type"),
        ("{planned: [M9]}", "pilot.planned[0].item", "M4"),
        ("{households: many}", "pilot.households", "Households"),
        ("{stages: [{years: 3}]}", "pilot.stages", "carbon_neutral"),
        ("{emissions: {further_reduction: 5}}", "pilot.emissions.further_reduction", "baseline"),
        ("{planned: [M1, M1]}", "pilot.planned", "once"),
    ],
)
def test_a_broken_block_is_told_with_line_and_remedy(tmp_path: Path, block: str, key: str, word: str) -> None:
    path = tmp_path / "office.yaml"
    path.write_text(project_text(office()) + f"pilot: {block}\n", encoding="utf-8")
    with pytest.raises(TwinError) as told:
        pilot_of_project(path)
    assert told.value.key == key
    assert told.value.line == path.read_text("utf-8").count("\n")
    assert word in told.value.remedy
