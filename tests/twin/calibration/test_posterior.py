"""A calibrated project carries its uncertainty into every Run, and says when that no longer fits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from buildings.description.loading import read_project
from calibrated_shop import TAKEN, calibrated_folder
from twin.calibration.drawn_years import DrawnYears
from twin.calibration.posterior import posterior_of
from twin.calibration.ranges import carry
from twin.commands.remarks import range_lines
from twin.judges.verdict import hold
from twin.project import load, simulate
from twin.report.tables import ranges_table, verdicts_table
from twin.report.words import status
from twin.store import Run
from weather.errors import TwinError


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten draws that all are what was taken."""
    return calibrated_folder(tmp_path_factory.mktemp("same"), pd.DataFrame([TAKEN] * 10), 0.0)


def test_draws_that_are_all_what_was_taken_tell_the_run_itself(same: Path) -> None:
    """A batch of draws is the same engine, the same plant, the same judges."""
    run = simulate(load(same))
    judged = run.summary["buildings"]["shop"]
    ranges = judged["ranges"]
    for name, value in (
        ("electricity_kwh", judged["energy"]["electricity_kwh"]),
        ("peak_import_kw", judged["energy"]["peak_import_kw"]),
        ("total_cny", judged["cost"]["total_cny"]),
        ("carbon_kg", judged["carbon"]["physical"]["total_kg"]),
        ("unmet_hours", judged["comfort"]["unmet_hours"]),
    ):
        assert list(ranges[name].values()) == pytest.approx([value] * 3, rel=1e-7), name
    drawn = [one for one in run.summary["verdicts"] if "draws" in one]
    assert drawn
    for one in drawn:
        assert one["draws"]["met_share"] in (0.0, 1.0)
        assert one["met"] is one["draws"]["as_calibrated"]


def test_more_plug_loads_in_the_draws_are_more_electricity(tmp_path: Path) -> None:
    draws = pd.DataFrame({"equipment_power": [1.0 + 0.05 * k for k in range(11)]})
    run = simulate(load(calibrated_folder(tmp_path, draws, 0.0)))
    span = run.summary["buildings"]["shop"]["ranges"]["electricity_kwh"]
    assert span["p10"] < span["p50"] < span["p90"]
    assert run.summary["posterior"]["draws"] == 11
    assert "P10" in verdicts_table([run], "en")
    assert "全年用电" in ranges_table([run], "zh")
    assert any("11 draws of the posterior" in line for line in range_lines(run, "shop", "en"))
    plain = simulate(load(tmp_path / "project.yaml"), ranges=False)
    assert "ranges" not in plain.summary["buildings"]["shop"]
    assert any(one["key"] == "posterior.not_carried" for one in plain.summary["assumptions"])


def edited(path: Path, folder: Path, text: tuple[str, str]) -> Path:
    for name in ("posterior.parquet", "described.yaml"):
        (folder / name).write_bytes((path.parent / name).read_bytes())
    made = path.read_text("utf-8").replace(*text, 1)
    assert made != path.read_text("utf-8")
    (folder / "project.yaml").write_text(made, "utf-8")
    return folder / "project.yaml"


def test_an_edited_building_no_longer_fits_its_posterior(same: Path, tmp_path: Path) -> None:
    project = read_project(same)
    multiplied = project.buildings[0].hvac.cooling_capacity
    path = edited(same, tmp_path, (f"cooling_capacity: {multiplied}", "cooling_capacity: 99000.0"))
    with pytest.raises(TwinError, match="no longer fits") as caught:
        simulate(load(path))
    assert caught.value.key == "posterior"
    assert "后验不再适用" in caught.value.told("zh")


def test_control_and_tariff_may_be_edited(same: Path) -> None:
    project = read_project(same)
    building = project.buildings[0]
    controlled = building.model_copy(
        update={"control": building.control.model_copy(update={"type": "rules"})}
    )
    later = project.model_copy(update={"buildings": (controlled,), "tariff": "shanghai_two_part_10kv"})
    found = posterior_of(later, same)
    assert found is not None
    assert all(one.buildings[0].control.type == "rules" for one in found.projects(later))


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_draws_that_are_gone_or_others_are_told(same: Path, tmp_path: Path, damage: str) -> None:
    path = edited(same, tmp_path, ("name: shop", "name: shop too"))
    file = tmp_path / "posterior.parquet"
    if damage == "gone":
        file.unlink()
    else:
        pd.DataFrame({"equipment_power": [1.0, 1.1]}).to_parquet(file)
    with pytest.raises(TwinError, match=r"cannot be read" if damage == "gone" else "no longer fits"):
        simulate(load(path))


def judged_run(value: float, limit: float) -> Run:
    verdict = hold("x.a", "甲", "a", value, "<=", limit, unit="kWh/(m²·a)", source="s", confidence="derived")
    summary = {
        "buildings": {"b": {}},
        "verdicts": [{"building": "b", **verdict.as_dict()}],
        "assumptions": [],
    }
    return Run({}, {"b": pd.DataFrame()}, {}, pd.DataFrame(), summary, "")


@pytest.mark.parametrize(
    ("limit", "met", "word"), [(95.0, True, "pass"), (63.0, None, "not_sure"), (4.0, False, "fail")]
)
def test_a_verdict_stands_only_where_nearly_all_draws_agree(
    limit: float, met: bool | None, word: str
) -> None:
    run = judged_run(50.0, limit)
    values = [float(k) for k in range(1, 101)]
    verdict = run.summary["verdicts"][0]
    years = DrawnYears([{} for _ in values], [{"x.a": {**verdict, "value": v}} for v in values])
    carry(run, years, 0.0, 0)
    told = run.summary["verdicts"][0]
    assert (told["met"], told["status"]) == (met, word)
    assert told["draws"]["met_share"] == pytest.approx(limit / 100.0)
    if met is None:
        assert status(told, "en") == "not sure: met in 63% of draws"
        assert "不确定" in status(told, "zh")
    assert {one["key"] for one in run.summary["assumptions"]} == {"posterior.sure", "posterior.form_error"}


def test_the_models_own_error_makes_a_narrow_posterior_unsure() -> None:
    run = judged_run(99.0, 100.0)
    verdict = run.summary["verdicts"][0]
    years = DrawnYears([{}] * 40, [{"x.a": {**verdict, "value": 99.0}}] * 40)
    carry(run, years, 0.05, 0)
    assert run.summary["verdicts"][0]["status"] == "not_sure"


def test_too_few_draws_tell_no_quantiles() -> None:
    with pytest.raises(TwinError, match="only 3 draws"):
        carry(judged_run(1.0, 2.0), DrawnYears([{}] * 3, [{}] * 3, ["it cannot be sized"]), 0.0, 0)
