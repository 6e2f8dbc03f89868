"""Crosscheck of two engines: comparison maths by hand, verdicts, what is refused, and a real one."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import engine_years as years
from buildings.description.complete import complete
from buildings.description.loading import read_project
from command_process import forked
from twin.commands.crosscheck import Checked, crosscheck_projects
from twin.crosscheck.comparison import Comparison, compare
from twin.crosscheck.engines import Pair
from twin.crosscheck.measures import (
    LoadMeasures,
    TemperatureMeasures,
    cv_rmse,
    cv_rmse_running,
    difference_percent,
    hourly_means,
    load_measures,
    monthly_sums,
    nmbe,
    rmse,
    temperature_measures,
    together,
    worst_week,
)
from twin.crosscheck.targets import judge_load, judge_temperature, load_targets, overall
from weather import load_weather
from weather.errors import TwinError

TWIN = str(Path(sys.executable).with_name("twin"))


def _hours(n: int, start: str = "2025-01-01") -> pd.DatetimeIndex:
    return pd.date_range(start, periods=n, freq="h", tz="Asia/Shanghai")


# --- measures ---------------------------------------------------------------------------------------------


def test_measures_by_hand() -> None:
    """Ours 1, 3, 0, 4 against 2, 2, 0, 4: squares 1, 1, 0, 0; mean of the reference 2."""
    ours, reference = np.array([1.0, 3.0, 0.0, 4.0]), np.array([2.0, 2.0, 0.0, 4.0])
    assert rmse(ours, reference) == pytest.approx(math.sqrt(0.5))
    assert cv_rmse(ours, reference) == pytest.approx(100.0 * math.sqrt(0.5) / 2.0)
    # Three hours with load: mean of squares 2/3, mean of the reference 8/3.
    assert cv_rmse_running(ours, reference) == pytest.approx(100.0 * math.sqrt(2.0 / 3.0) / (8.0 / 3.0))
    assert nmbe(ours, reference) == pytest.approx(0.0)
    assert nmbe(ours + 1.0, reference) == pytest.approx(50.0)


def test_a_reference_without_load_has_no_ratio() -> None:
    nothing = np.zeros(4)
    assert cv_rmse(nothing + 1.0, nothing) is None
    assert cv_rmse_running(nothing + 1.0, nothing) is None
    assert cv_rmse_running(nothing, nothing) is None
    assert nmbe(nothing, nothing) is None
    assert difference_percent(1.0, 0.0) is None
    assert difference_percent(0.0, 0.0) == 0.0
    assert difference_percent(9.0, 10.0) == pytest.approx(-10.0)


def test_hourly_means_of_quarters() -> None:
    quarters = np.arange(16.0).reshape(8, 2)
    assert hourly_means(quarters, 4).tolist() == [[3.0, 4.0], [11.0, 12.0]]


def test_months_go_by_the_local_calendar() -> None:
    sums = monthly_sums(np.ones(48), _hours(48, "2025-01-31"))
    assert sums[:3] == (24.0, 24.0, 0.0)


def test_load_measures_by_hand() -> None:
    times = _hours(4, "2025-07-01")
    found = load_measures(
        np.array([0.0, 500.0, 1000.0, 0.0]), np.array([0.0, 1000.0, 500.0, 500.0]), times, 10.0
    )
    assert (found.annual, found.reference_annual) == (pytest.approx(0.15), pytest.approx(0.2))
    assert found.annual_difference == pytest.approx(-25.0)
    assert (found.peak, found.reference_peak) == (100.0, 100.0)
    assert (found.peak_hour, found.reference_peak_hour) == (times[2], times[1])
    assert found.rmse == pytest.approx(math.sqrt((50.0**2 + 50.0**2 + 50.0**2) / 4.0))
    assert found.monthly[6] == pytest.approx(0.15)


def test_a_load_that_never_was_has_no_peak_hour() -> None:
    found = load_measures(np.zeros(4), np.zeros(4), _hours(4), 10.0)
    assert found.peak_hour is None
    assert found.annual_difference == 0.0


def test_temperatures_by_hand_and_together() -> None:
    times = _hours(2)
    one = temperature_measures(np.array([20.0, 23.0]), np.array([20.0, 20.0]), times)
    assert one.rmse == pytest.approx(math.sqrt(4.5))
    assert (one.bias, one.largest, one.largest_hour) == (1.5, 3.0, times[1])
    same = temperature_measures(np.array([20.0, 20.0]), np.array([20.0, 20.0]), times)
    both = together([one, same], [1.0, 3.0])
    assert both.rmse == pytest.approx(math.sqrt(4.5 / 4.0))
    assert both.bias == pytest.approx(1.5 / 4.0)
    assert both.largest == 3.0


def test_the_worst_week_begins_on_a_monday() -> None:
    times = _hours(24 * 28)  # 2025-01-01 is a Wednesday
    ours = np.zeros(len(times))
    ours[24 * 14] = 1.0  # Wednesday, 15 January
    week = worst_week(ours, np.zeros(len(times)), times)
    assert times[week.start] == pd.Timestamp("2025-01-13", tz="Asia/Shanghai")
    assert week.stop - week.start == 168


def test_a_series_without_a_whole_week_is_shown_whole() -> None:
    times = _hours(30)
    assert worst_week(np.zeros(30), np.zeros(30), times) == slice(0, 30)


@given(
    arrays(float, 48, elements=st.floats(0.0, 1e5)),
    arrays(float, 48, elements=st.floats(0.0, 1e5)),
    st.floats(1.0, 1e4),
)
def test_measures_hold_together(ours: Any, reference: Any, area: float) -> None:
    """Months add up to the year, NMBE is the annual difference, RMSE is at least the mean difference."""
    found = load_measures(ours, reference, _hours(48, "2025-03-31"), area)
    assert math.fsum(found.monthly) == pytest.approx(found.annual, rel=1e-9, abs=1e-12)
    assert found.rmse >= abs(found.annual - found.reference_annual) * 1000.0 / 48.0 - 1e-6
    if found.nmbe is not None and found.reference_annual > 1e-6:
        assert found.nmbe == pytest.approx(found.annual_difference, rel=1e-6, abs=1e-6)
        assert found.cv_rmse_running is not None
        assert found.cv_rmse is not None
        assert found.cv_rmse >= found.cv_rmse_running - 1e-6


# --- verdicts ---------------------------------------------------------------------------------------------


def _load(**changes: Any) -> LoadMeasures:
    twelve = (1.0,) * 12
    like = LoadMeasures(
        annual=100.0, reference_annual=100.0, monthly=twelve, reference_monthly=twelve, peak=50.0,
        reference_peak=50.0, peak_hour=None, reference_peak_hour=None, rmse=1.0, nmbe=0.0, cv_rmse=5.0,
        cv_rmse_running=4.0,
    )  # fmt: skip
    return dataclasses.replace(like, **changes)


def _said(kind: str, found: LoadMeasures, *, whole: bool = True) -> dict[str, tuple[str, str]]:
    judged = judge_load(kind, found, load_targets(), whole=whole)
    return {one.key: (one.verdict, one.note) for one in judged}


def test_targets_are_those_of_the_acceptance() -> None:
    targets = load_targets()
    limits = {key: target.limit for key, target in targets.by_key.items()}
    assert limits == {
        "annual_heating": 5.0, "annual_cooling": 5.0, "annual_latent": 10.0, "peak_heating": 10.0,
        "peak_cooling": 10.0, "cv_rmse_heating": 15.0, "cv_rmse_cooling": 15.0, "free_float": 0.7,
    }  # fmt: skip
    assert targets.by_key["annual_heating"].or_within == 1.0
    assert targets.confidence == "assumed"
    assert "project" in targets.source
    assert "本项目" in targets.source_zh


@pytest.mark.parametrize(
    ("annual", "expected"),
    [
        (105.0, ("pass", "")),
        (94.9, ("fail", "")),
        (105.1, ("fail", "")),
    ],
)
def test_annual_load_within_five_percent(annual: float, expected: tuple[str, str]) -> None:
    assert _said("heating", _load(annual=annual))["annual_heating"] == expected


def test_a_small_load_passes_by_its_absolute_difference() -> None:
    said = _said("cooling", _load(annual=3.9, reference_annual=3.0))
    assert said["annual_cooling"] == ("pass", "within_absolute")
    assert _said("cooling", _load(annual=4.1, reference_annual=3.0))["annual_cooling"] == ("fail", "")


def test_latent_load_has_no_absolute_way_out() -> None:
    assert _said("latent", _load(annual=3.4, reference_annual=3.0)) == {"annual_latent": ("fail", "")}
    assert _said("latent", _load(annual=3.3, reference_annual=3.0)) == {"annual_latent": ("pass", "")}


def test_peak_and_hourly_limits() -> None:
    said = _said("heating", _load(peak=55.1, cv_rmse=15.1))
    assert said["peak_heating"] == ("fail", "")
    assert said["cv_rmse_heating"] == ("fail", "")
    said = _said("heating", _load(peak=54.9, cv_rmse=14.9))
    assert (said["peak_heating"][0], said["cv_rmse_heating"][0]) == ("pass", "pass")


def test_hourly_ratio_is_judged_of_whole_buildings_only() -> None:
    assert "cv_rmse_heating" not in _said("heating", _load(), whole=False)


def test_ratios_of_negligible_loads_are_not_judged() -> None:
    said = _said(
        "heating", _load(annual=0.9, reference_annual=0.2, peak=9.0, reference_peak=1.0, cv_rmse=400.0)
    )
    assert said["annual_heating"] == ("pass", "within_absolute")
    assert said["peak_heating"] == ("not_judged", "negligible")
    assert said["cv_rmse_heating"] == ("not_judged", "negligible")
    # One engine above the bound is enough to judge.
    said = _said(
        "heating", _load(annual=1.1, reference_annual=0.2, peak=9.0, reference_peak=1.0, cv_rmse=400.0)
    )
    assert said["peak_heating"] == ("fail", "")


def test_a_load_that_only_ours_has_fails() -> None:
    said = _said(
        "heating", _load(annual=5.0, reference_annual=0.0, reference_peak=0.0, nmbe=None, cv_rmse=None)
    )
    assert {verdict for verdict, _ in said.values()} == {"fail"}


def test_free_float_and_the_verdict_over_all() -> None:
    hour = pd.Timestamp("2025-01-01", tz="Asia/Shanghai")
    cold = judge_temperature(TemperatureMeasures(0.71, 0.0, 1.0, hour), load_targets())
    fine = judge_temperature(TemperatureMeasures(0.70, 0.0, 1.0, hour), load_targets())
    assert (cold.verdict, fine.verdict) == ("fail", "pass")
    small = judge_load("latent", _load(annual=0.1, reference_annual=0.2), load_targets(), whole=False)
    assert overall(small) == "not_judged"
    assert overall([fine, *small]) == "pass"
    assert overall([fine, cold]) == "fail"


# --- two engines' years of one building -------------------------------------------------------------------


def _compared(minutes: int = 60, **reference: Any) -> Comparison:
    times = years.year_times(minutes)
    ours, other = years.made_year(times), years.made_year(times, **reference)
    return compare(years.small_building(), times, (ours, other), (ours, other), load_targets())


def test_equal_years_pass_everywhere() -> None:
    same = _compared()
    assert same.whole.verdict == "pass"
    assert [zone.verdict for zone in same.zones] == ["pass"] * 3
    assert same.whole.free_float is not None
    assert same.whole.free_float.rmse == 0.0


def test_multipliers_count_and_the_store_does_not() -> None:
    """Ten rooms with a load of 1 and a hall with 2: twelve shares on 250 m2 with plant."""
    same = _compared()
    room, hall, store = same.zones
    assert same.whole.area == 250.0
    for kind in ("heating", "cooling", "latent"):
        parts = 10.0 * 20.0 * room.loads[kind].annual + 50.0 * hall.loads[kind].annual
        assert same.whole.loads[kind].annual == pytest.approx(parts / 250.0)
        assert same.whole.loads[kind].annual > 1.0
    assert store.loads == {}
    assert [said.key for said in store.judged] == ["free_float"]


def test_a_scaled_reference_is_measured_as_such() -> None:
    scaled = _compared(scale=1.25)
    for load in scaled.whole.loads.values():
        assert load.annual_difference == pytest.approx(-20.0)
        assert load.peak_difference == pytest.approx(-20.0)
        assert load.nmbe == pytest.approx(-20.0)
        assert load.peak_hour == load.reference_peak_hour
    failed = {said.key for said in scaled.whole.judged if said.verdict == "fail"}
    assert failed == {
        "annual_heating", "annual_cooling", "annual_latent", "peak_heating", "peak_cooling",
        "cv_rmse_heating", "cv_rmse_cooling",
    }  # fmt: skip


def test_a_warmer_reference_shows_in_free_float() -> None:
    warm = _compared(shift_k=0.8)
    assert warm.whole.free_float is not None
    assert warm.whole.free_float.rmse == pytest.approx(0.8)
    assert warm.whole.free_float.bias == pytest.approx(-0.8)
    assert warm.whole.verdict == "fail"


def test_quarter_hours_are_compared_by_the_hour() -> None:
    fine, coarse = _compared(minutes=15), _compared()
    assert len(fine.times) == 8760
    assert fine.whole.loads["cooling"].annual == pytest.approx(coarse.whole.loads["cooling"].annual, rel=0.02)


def test_heating_and_cooling_in_one_hour_do_not_cancel() -> None:
    times = years.year_times(30)
    year = years.made_year(times)
    sensible = np.zeros_like(year.sensible)
    sensible[0, 0], sensible[1, 0] = 1000.0, -1000.0
    year = dataclasses.replace(year, sensible=sensible)
    one = compare(years.small_building(), times, (year, year), None, load_targets())
    assert one.conditioned[0].heating[0, 0] == 500.0
    assert one.conditioned[0].cooling[0, 0] == 500.0


def test_zones_are_matched_by_name() -> None:
    times = years.year_times()
    ours = years.made_year(times)
    one = compare(years.small_building(), times, (ours, ours.turned()), None, load_targets())
    assert all(load.rmse == 0.0 for zone in one.zones for load in zone.loads.values())
    assert one.free is None
    assert one.whole.free_float is None


def test_an_engine_with_other_zones_or_without_numbers_is_told() -> None:
    times = years.year_times()
    ours = years.made_year(times)
    other = dataclasses.replace(ours, zones=("room", "hall", "store"))
    with pytest.raises(TwinError, match="an engine gave the zones room, hall, store"):
        compare(years.small_building(), times, (ours, other), None, load_targets())
    latent = ours.latent.copy()
    latent[5, 0] = np.nan
    with pytest.raises(TwinError, match=r"no whole series of latent .* 1 of them not finite"):
        compare(
            years.small_building(),
            times,
            (ours, dataclasses.replace(ours, latent=latent)),
            None,
            load_targets(),
        )


# --- the bundled buildings and the command ----------------------------------------------------------------


def test_the_bundled_buildings_differ() -> None:
    """Acceptance: at least twelve, office, hotel, retail, school, hospital, dwelling, 1 to 40 zones."""
    with as_file(files("twin") / "examples" / "crosscheck") as folder:
        projects = [read_project(path) for path in sorted(folder.glob("*.yaml"))]
    assert len(projects) >= 12
    buildings = [complete(project.buildings[0]) for project in projects]
    uses = {zone.use.split("_")[0] for building in buildings for zone in building.zones}
    assert {"office", "hotel", "retail", "school", "hospital", "residential"} <= uses
    assert {building.era for building in buildings} >= {"1980s", "gb50189-2005", "gb50189-2015", "nzeb"}
    sizes = [len(building.zones) for building in buildings]
    assert (min(sizes), max(sizes)) == (1, 40)
    assert all(building.hvac.type == "ideal" for building in buildings)


def test_all_bundled_buildings_are_checked_and_a_refusal_stops_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = years.year_times()
    ours, other = years.made_year(times), years.made_year(times, scale=1.25)
    building = years.small_building()
    pair = Pair(building, times, (ours, other), (ours, other))
    one = compare(building, times, pair.conditioned, pair.free, load_targets())
    climate = load_weather("shanghai")

    def check(path: Path, *rest: Any) -> Checked:
        if path.stem == "box_light":
            raise TwinError("EnergyPlus died.", "Try again.", file=path)
        return Checked(path.stem, path.stem, climate, ((pair, one),))

    monkeypatch.setattr("twin.commands.crosscheck._check_one", check)
    done = crosscheck_projects(
        None, every=True, weather=None, free_float=True, page=None, progress=lambda share: None
    )
    content = json.loads(json.dumps(done.as_dict(), allow_nan=False))
    assert len(content["results"]) >= 12
    assert [entry["project"] for entry in content["refused"]] == ["box_light"]
    assert content["results"][0]["building"]["verdict"] == "fail"
    done.show()
    shown = capsys.readouterr().out
    assert "box_light: not compared" in shown
    assert "office_2005" in shown
    assert "-20.0 ✗" in shown
    assert f"0 of {len(content['results'])} buildings" in shown


def test_what_the_command_refuses(tmp_path: Path) -> None:
    nothing = forked("crosscheck")
    assert nothing.returncode == 2
    assert "error: PROJECT: a crosscheck needs one project file or --all." in nothing.stderr
    both = forked("crosscheck", "a.yaml", "--all")
    assert both.returncode == 2
    assert "both a project file and --all" in both.stderr
    page = forked("crosscheck", "--all", "--page", tmp_path / "x.html")
    assert page.returncode == 2
    assert "--page shows one project" in page.stderr
    assert not (tmp_path / "x.html").exists()
    missing = forked("crosscheck", tmp_path / "no.yaml")
    assert missing.returncode == 2
    assert "Traceback" not in missing.stderr


@pytest.mark.long
def test_a_real_crosscheck_of_one_room(tmp_path: Path) -> None:
    """Both engines live through the year; a verdict that fails is a result, not an error."""
    page = tmp_path / "校核.html"
    with as_file(files("twin") / "examples" / "crosscheck") as folder:
        command = (TWIN, "crosscheck", folder / "box_heavy.yaml", "--json", "--page", page)
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    (result,) = content["results"]
    (zone,) = result["zones"]
    assert zone["name"] == "room"
    for kind in ("heating", "cooling", "latent"):
        annual = result["building"]["loads"][kind]["annual_kwh_m2"]
        assert 1.0 < annual["energyplus"] < 200.0
        # Far wider than the targets: what must not happen is that something else is simulated.
        assert annual["fast"] == pytest.approx(annual["energyplus"], rel=0.3, abs=3.0)
    assert result["building"]["free_float"]["rmse_k"] < 2.0
    assert {said["key"] for said in result["building"]["judged"]} == set(content["targets"]["limits"])
    assert result["cpu_s"]["energyplus"] > 0.0
    text = page.read_text(encoding="utf-8")
    assert "box heavy" in text
    assert "http://" not in text.split("<script>")[0]
