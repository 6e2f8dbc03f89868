"""A calibration from a written meter file to a written folder; and against EnergyPlus as the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from buildings.description.loading import read_project
from twin.calibration.guideline14 import figures
from twin.calibration.parameters import parameters
from twin.calibration.posterior import posterior_of
from twin.calibration.reading import read_calibration
from twin.calibration.simulated import Shared, hourly, march_variant, sizes_of
from twin.calibration.trial import hidden_values, prior_values, trial_figures, tried, truth_ranges
from twin.cli import app
from twin.commands.calibrate import months_of
from twin.crew import Alone
from twin.project import load
from weather.errors import TwinError

PROJECT = """schema: 1
name: shop
buildings:
  - name: shop
    floor_area: 120 m2
    archetype: retail
    era: gb50189-2005
    floors: 1
    hvac: {type: vrf, equipment: split_multi_2005}
"""
METERS = """schema: 1
meters:
  - file: meter.csv
    time: {column: time}
    readings: [{column: kW, point: elec meter net power}]
"""
HIDDEN = {"equipment_power": 1.4, "night_load": 0.2, "cooling_cop": 0.8, "cooling_setpoint": -1.0}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a year of its meter, made with other parameters than it says."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(PROJECT, "utf-8")
    (folder / "meters.yaml").write_text(METERS, "utf-8")
    loaded = load(folder / "shop.yaml")
    project = hourly(loaded.project)
    shared = Shared(project, loaded.climate, sizes_of(project, loaded.climate), ("net_import_kw",))
    power = march_variant(shared, HIDDEN)["series"][:, 0]
    rng = np.random.default_rng(0)
    power = power * (1.0 + 0.03 * np.repeat(rng.normal(size=365), 24) + 0.02 * rng.normal(size=8760))
    times = pd.date_range("2025-01-01", periods=8760, freq="h")
    rows = [f"{t:%Y-%m-%d %H:%M},{v:.5f}" for t, v in zip(times, power, strict=True)]
    del rows[900:960]
    (folder / "meter.csv").write_text("\n".join(["time,kW", *rows]), "utf-8")
    return folder


@pytest.mark.long
def test_a_shop_learns_from_its_meter(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.crew.cores", lambda: 1)
    out = shop / "fitted"
    words = ["calibrate", str(shop / "shop.yaml"), str(shop / "meters.yaml"), "--out", str(out), "--json"]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout.splitlines()[-1])
    judged = told["figures"]["net_import_kw"]
    assert not judged["before"]["hourly"]["within"]
    assert judged["after"]["hourly"]["within"]
    assert judged["after"]["monthly"]["within"]
    assert judged["after"]["hourly"]["cv_rmse"] < 6.0
    assert 0.85 <= judged["coverage"] <= 0.95
    assert told["emulator_error"] < 0.5
    assert told["weather"]["measured_hours"] == {}
    assert told["hours_of_use"] is None
    assert not any("--hours-of-use" in one["en"] for one in told["warnings"])  # it is used as described
    found = {row["name"]: row for row in told["parameters"]}
    for name in ("equipment_power", "night_load"):
        assert found[name]["p5"] - 0.1 <= HIDDEN[name] <= found[name]["p95"] + 0.1
    assert read_project(out / "project.yaml").buildings[0].name == "shop"
    posterior = posterior_of(read_project(out / "project.yaml"), out / "project.yaml")
    assert posterior is not None  # the digest fits what was written
    draws = pd.read_parquet(out / "posterior.parquet")
    assert len(draws) == 40
    assert set(found) <= set(draws.columns)
    stored = read_calibration(out)
    assert stored.series == ("net_import_kw",)
    assert stored.temp_air is not None
    assert stored.temp_air.between(-12.0, 42.0).all()
    assert [row["what"] for row in stored.told["cleaning"]] == ["gap"]
    held = pd.DatetimeIndex(stored.hours.index)[stored.held_out].month
    assert sorted(set(held)) == told["held_out_months"]
    own = stored.of("net_import_kw", "measured")[stored.held_out]
    assert figures(own, stored.of("net_import_kw", "after")[stored.held_out]) == judged["after"]
    page = (out / "calibration.html").read_text("utf-8")
    assert "校准" in page
    assert "Guideline 14" in page
    again = CliRunner().invoke(app, words)
    assert isinstance(again.exception, TwinError)  # nothing is written over
    assert not list(shop.glob(".fitted*"))


def test_meters_of_another_year_are_refused(shop: Path, tmp_path: Path) -> None:
    text = (shop / "meter.csv").read_text("utf-8").replace("2025-", "2023-")
    (tmp_path / "meter.csv").write_text(text, "utf-8")
    (tmp_path / "meters.yaml").write_text(METERS, "utf-8")
    words = ["calibrate", str(shop / "shop.yaml"), str(tmp_path / "meters.yaml")]
    ran = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "o"), "--json"])
    assert isinstance(ran.exception, TwinError)
    assert "2023" in str(ran.exception)
    assert "计量年份" in ran.exception.told("zh")


@pytest.mark.parametrize(("text", "months"), [("7-9,11", (7, 8, 9, 11)), ("3", (3,)), ("2,1,2", (1, 2))])
def test_months_are_written_as_people_do(text: str, months: tuple[int, ...]) -> None:
    assert months_of(text) == months


@pytest.mark.parametrize("text", ["", "13", "spring", "0-3", "5-2"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(TwinError, match="no list of months"):
        months_of(text)


def test_truths_of_the_trials_are_drawn_beyond_the_priors_of_the_fit() -> None:
    priors, ranges = parameters(), truth_ranges()
    assert set(ranges) == set(priors)
    rng = np.random.default_rng(0)
    drawn = [hidden_values(tuple(priors), rng) for _ in range(400)]
    for name, prior in priors.items():
        own = np.array([one[name] for one in drawn])
        assert ranges[name]["low"] <= own.min() <= own.max() <= ranges[name]["high"]
        assert ranges[name]["low"] <= prior["low"]
        assert own.max() > prior["high"], name
        believed = np.array([prior_values((name,), rng)[name] for _ in range(50)])
        assert prior["low"] <= believed.min() < believed.max() <= prior["high"]


@pytest.mark.long
def test_an_office_whose_truth_is_energyplus_is_found_within_guideline_14() -> None:
    truth, found = tried(5, Alone(), lambda stage, share: None, package=())
    told = trial_figures(5, truth, found)
    assert told["after"]["within"], told
    assert 0.8 <= told["coverage"] <= 0.98, told
    assert not told["before"]["within"]
    assert abs(told["after"]["nmbe"]) < 5.0
    assert truth.measured.table["net_import_kw"].isna().mean() >= 0.05
