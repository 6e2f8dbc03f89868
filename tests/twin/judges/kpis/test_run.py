"""Indicators of Runs: what is stored with each, what Runs beside it add, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from command_process import forked
from twin.judges import judge
from twin.judges.kpis.headline import headline
from twin.judges.kpis.kpi import Kpi, definitions
from twin.judges.kpis.table import kpis_of_run
from twin.market.bill import demand_kw
from twin.store import Run, RunStore
from weather.errors import TwinError

HEADLINE = {
    "tracking_error", "self_consumption", "self_sufficiency", "response_power", "response_intensity",
    "sustained_hours", "settled_rebound", "ev_service_level", "comfort_degree_hours", "loss_share",
    "voltage_rated_share", "islanding_endurance",
}  # fmt: skip
FACTS: dict[str, Any] = {
    "use": "office",
    "floor_area_m2": 1000.0,
    "battery": "lfp",
    "battery_capacity_kwh": 100.0,
    "interface_kw": 400.0,
    "zones": {"core": {"multiplier": 2}, "south": {"multiplier": 1}},
}


def judged(run: Run, **facts: Any) -> Run:
    """A Run by hand with facts, judged."""
    run.manifest["buildings"] = dict.fromkeys(run.series, FACTS | facts)
    run.manifest["weather_sha256"] = "one"
    run.summary |= judge(run)
    return run


@pytest.fixture(scope="module")
def pair(runs: ModuleType) -> tuple[Run, Run]:
    """A building whose vehicles cut its peaks, and the same without that."""
    rigid = judged(runs.a_run(days=7))
    flexible = runs.a_run(days=7)
    for series in flexible.series.values():
        series["ev_discharge_kw"] = np.maximum(series["grid_import_kw"] - 250.0, 0.0)
        series["grid_import_kw"] -= series["ev_discharge_kw"]
    return judged(flexible), rigid


def by_key(kpis: tuple[Kpi, ...]) -> dict[str, Kpi]:
    return {kpi.key: kpi for kpi in kpis}


def test_every_run_carries_the_headline_set(pair: tuple[Run, Run]) -> None:
    run, _ = pair
    stored = run.summary["buildings"]["office"]["kpis"]
    assert set(stored) >= HEADLINE
    assert json.dumps(stored, allow_nan=False)
    for key, entry in stored.items():
        assert entry["unit"] == definitions()[key].unit
        assert (entry["value"] is None) == ("reason" in entry)
        assert definitions()[key].needs == ""
    judged_energy = run.summary["buildings"]["office"]["energy"]
    assert stored["self_consumption"]["value"] == judged_energy["self_consumption"]
    assert stored["peak_power"]["value"] == pytest.approx(judged_energy["peak_import_kw"])
    assert stored["tracking_error"]["reason"] == "no_target"
    assert stored["voltage_rated_share"]["reason"] == "no_dc_bus"
    assert stored["response_power"]["reason"] == "no_event"
    assert stored["islanding_endurance"]["value"] > 0.0


def test_each_indicator_once_with_value_or_reason(pair: tuple[Run, Run]) -> None:
    run, rigid = pair
    for found in (kpis_of_run(run), kpis_of_run(run, baseline=rigid, perfect=run)):
        keys = [kpi.key for kpi in (*found.buildings["office"], *found.together)]
        assert sorted(keys) == sorted(definitions())
        for kpi in found.buildings["office"]:
            assert kpi.defined == (not kpi.reason)
            assert kpi.defined or (kpi.why("zh") and kpi.why("en"))
        assert json.dumps(found.as_dict(), allow_nan=False)
    alone = by_key(kpis_of_run(run).buildings["office"])
    assert {k for k, kpi in alone.items() if kpi.reason == "baseline"} >= {"peak_reduction", "honest_cost"}
    assert not [kpi.key for kpi in found.buildings["office"] if kpi.reason == "baseline"]


def test_against_the_baseline(pair: tuple[Run, Run]) -> None:
    run, rigid = pair
    found = by_key(kpis_of_run(run, baseline=rigid, perfect=run).buildings["office"])
    tops = [demand_kw(r.series["office"]["grid_import_kw"], r.series["office"].index)[0].max() for r in pair]
    assert found["peak_reduction"].value == pytest.approx(tops[1] - tops[0])
    assert found["peak_reduction"].value > 50.0
    costs = [r.summary["buildings"]["office"]["cost"]["total_cny"] for r in pair]
    assert found["flexibility_savings_index"].value == pytest.approx(1.0 - costs[0] / costs[1])
    assert found["forecast_regret"].value == pytest.approx(0.0)
    carbon = [r.summary["buildings"]["office"]["carbon"]["physical"]["total_kg"] for r in pair]
    assert found["carbon_change"].value == pytest.approx(carbon[0] - carbon[1])
    middle = by_key(kpis_of_run(rigid, baseline=rigid, perfect=run).buildings["office"])
    assert middle["forecast_regret"].value == pytest.approx(1.0)
    assert middle["adr_efficiency"].reason == "no_event"
    assert middle["flexibility_degree_flat"].value == pytest.approx(0.0)


def test_an_own_target_is_no_order(pair: tuple[Run, Run], runs: ModuleType) -> None:
    """A controller that states what it draws follows itself perfectly: no figure of merit."""
    run = judged(runs.a_run(days=2))
    series = run.series["office"]
    series["grid_target_kw"] = series["grid_import_kw"] - series["grid_export_kw"]
    args = (run.zones["office"], FACTS, None, None)
    assert by_key(headline(series, *args))["tracking_error"].reason == "own_target"
    series["grid_target_kw"] += np.where(np.arange(len(series)) % 2, 5.0, np.nan)
    ordered = by_key(headline(series, *args))["tracking_error"]
    target = series["grid_target_kw"].dropna()
    assert ordered.value == pytest.approx(5.0 * len(target) / target.abs().sum())


def test_voltage_and_vehicles_where_there_are_some(runs: ModuleType) -> None:
    run = judged(runs.a_run(days=2))
    series = run.series["office"]
    series["bus_voltage_pu"] = np.where(np.arange(len(series)) < 4, np.nan, 0.95)
    counters = {
        "vehicles_arrived": 12.0, "vehicles_refused": 2.0, "vehicles_left_short": 1.0,
        "vehicle_energy_missed_kwh": 3.5,
    }  # fmt: skip
    found = by_key(headline(series, None, FACTS, counters, None))
    assert found["voltage_rated_share"].value == 1.0
    assert "4 steps" in found["voltage_rated_share"].note
    assert found["ev_service_level"].value == pytest.approx(0.9)
    assert found["ev_unmet_energy"].value == 3.5
    assert found["comfort_degree_hours"].reason == "no_zones"


def test_the_battery_of_a_run_has_the_limits_described(runs: ModuleType) -> None:
    run = runs.a_run(days=1)
    run.project = "buildings: [{name: office, battery: {soc_min: 0.3, soc_max: 0.8}}]"
    run = judged(run)
    found = by_key(kpis_of_run(run).buildings["office"])
    assert found["equivalent_storage"].value == pytest.approx(50.0)
    series = run.series["office"]
    critical = series["lighting_kw"] + series["equipment_kw"]
    assert found["islanding_endurance"].value == pytest.approx((20.0 / critical).median(), rel=0.05)
    bare = judged(runs.a_run(days=1), battery=None, battery_capacity_kwh=None)
    assert by_key(kpis_of_run(bare).buildings["office"])["equivalent_storage"].reason == "no_battery"


def test_several_buildings_are_also_told_together(runs: ModuleType) -> None:
    two = judged(runs.a_run(days=2, buildings=("a", "b")))
    base = judged(runs.a_run(days=2, buildings=("a", "b")))
    for series in two.series.values():
        series["grid_import_kw"] = series["grid_import_kw"].clip(upper=200.0)
    found = kpis_of_run(two, baseline=base)
    assert list(found.buildings) == ["a", "b"]
    assert found.together[0].value > 0.0
    assert kpis_of_run(two).together[0].reason == "baseline"


def test_runs_that_cannot_be_compared_are_refused(pair: tuple[Run, Run], runs: ModuleType) -> None:
    run, rigid = pair
    with pytest.raises(TwinError, match="same time stamps"):
        kpis_of_run(run, baseline=judged(runs.a_run(days=6)))
    with pytest.raises(TwinError, match="no building"):
        kpis_of_run(run, perfect=judged(runs.a_run(days=7, buildings=("other",))))
    other = judged(runs.a_run(days=7))
    other.manifest["weather_sha256"] = "another"
    kpis_of_run(run, baseline=other)  # last bits of another processor
    other.weather = other.weather + 0.01
    with pytest.raises(TwinError, match="other weather"):
        kpis_of_run(run, baseline=other)
    with pytest.raises(TwinError, match="15 min"):
        kpis_of_run(run, baseline=rigid, minute=(run, rigid))
    elsewhere = judged(runs.a_run(days=1, minutes=1, buildings=("other",)))
    with pytest.raises(TwinError, match="no building 'office'"):
        kpis_of_run(run, baseline=rigid, minute=(elsewhere, elsewhere))
    with pytest.raises(TwinError, match="not judged"):
        kpis_of_run(runs.a_run(days=2))


def test_the_bias_of_averages_takes_a_pair_at_one_minute(pair: tuple[Run, Run], runs: ModuleType) -> None:
    run, rigid = pair
    fine = [judged(runs.a_run(days=1, minutes=1)) for _ in range(2)]
    bills = [r.summary["buildings"]["office"]["cost"] for r in (run, rigid, *fine)]
    saved = bills[1]["total_cny"] - bills[0]["total_cny"]
    bills[2]["total_cny"], bills[3]["total_cny"] = 1000.0, 1000.0 + 0.31 * saved
    found = by_key(kpis_of_run(run, baseline=rigid, minute=(fine[0], fine[1])).buildings["office"])
    assert found["averaging_bias"].value == pytest.approx(0.69)


# --- a march under a call -----------------------------------------------------------------------------------


@pytest.mark.long
def test_a_call_is_told_as_the_settlement_tells_it(small_run: Run, small_reference: Run) -> None:
    response = small_run.summary["buildings"]["hall"]["response"]
    found = by_key(kpis_of_run(small_run, baseline=small_reference).buildings["hall"])
    truth = response["against_reference"]
    assert found["demand_decrease"].value == pytest.approx(truth["mean_kw"])
    assert found["rebound_after"].value == pytest.approx(truth["after_kwh"])
    assert found["rebound_energy"].value == pytest.approx(truth["before_kwh"] + truth["after_kwh"])
    assert found["adr_capacity"].value == pytest.approx(-truth["energy_kwh"])
    assert found["response_power"].value == pytest.approx(response["mean_kw"])
    assert 0.0 <= found["sustained_hours"].value <= 2.0
    call = pd.Timestamp(response["start"])
    kw = np.array(response["baseline_kw"])[call.hour * 4 : call.hour * 4 + 8]
    assert found["customer_baseline"].value == pytest.approx(kw.mean())
    assert found["voltage_rated_share"].defined
    energy = small_run.summary["buildings"]["hall"]["energy"]
    books = sum(energy[f"{n}_kwh"] for n in ("grid_import", "pv", "ev_discharge"))
    lost = energy["conversion_loss_kwh"] + energy["battery_loss_kwh"]
    stored = energy["battery_charge_kwh"] - energy["battery_discharge_kwh"] - energy["battery_loss_kwh"]
    assert found["loss_share"].value == pytest.approx(lost / (books - stored))


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_lists_them_in_both_languages_and_as_json(pair: tuple[Run, Run], tmp_path: Path) -> None:
    run, rigid = pair
    store = RunStore(tmp_path / "存放 [b]")
    folders = [store.save(r, name) for r, name in zip(pair, ("flexible", "rigid"), strict=True)]
    said = forked("kpis", folders[0], "--baseline", folders[1], "--json")
    assert said.returncode == 0, said.stderr
    content = json.loads(said.stdout)
    assert content["run"] == str(folders[0])
    assert content["perfect"] is None
    told = {entry["key"]: entry for entry in content["buildings"]["office"]}
    known = by_key(kpis_of_run(run, baseline=rigid).buildings["office"])
    assert told["peak_reduction"]["value"] == pytest.approx(known["peak_reduction"].value)
    assert told["forecast_regret"]["reason_zh"]
    shown = forked("kpis", folders[0], "--formulas", env={"COLUMNS": "400"})
    assert shown.returncode == 0, shown.stderr
    for words in ("Self-consumption 光伏自用率", "Not given, and why 未给出及原因", "--baseline"):
        assert words in shown.stdout
    assert "PEDF Twin, own" in shown.stdout


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    missing = forked("kpis", tmp_path / "none")
    assert missing.returncode == 2
    assert "error:" in missing.stderr
    half = forked("kpis", tmp_path / "none", "--minute", tmp_path)
    assert half.returncode == 2
    assert "--minute-baseline" in half.stderr
