"""Cost, carbon, the stock, the call, and all judges together on one Run."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from twin.judges import judge, judge_building
from twin.judges.benchmark import benchmark, measured
from twin.judges.carbon import carbon
from twin.judges.cost import cost
from twin.judges.energy import energy
from twin.judges.response import call_of, response
from twin.judges.subject import Subject
from twin.judges.verdict import Relation, hold
from twin.store import RunStore
from twin.variables import REGISTRY
from weather.errors import TwinError

OFFICE = Subject("office", 1000.0, "office")


def flat(index: pd.DatetimeIndex, **values: float) -> pd.DataFrame:
    table = pd.DataFrame(0.0, index=index, columns=list(REGISTRY["building"]))
    for name, value in values.items():
        table[name] = value
    return table


def year(minutes: int = 60) -> pd.DatetimeIndex:
    return pd.date_range("2025-01-01", periods=525_600 // minutes, freq=f"{minutes}min", tz="Asia/Shanghai")


# --- verdicts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "relation", "limit", "confidence", "status", "met"),
    [
        (1.0, "<=", 1.0, "stored:primary", "pass", True),
        (1.1, "<=", 1.0, "stored:secondary", "fail", False),
        (1.1, ">=", 1.0, "derived", "pass", True),
        (0.9, ">=", 1.0, "stored:primary", "fail", False),
        (0.9, "<=", 1.0, "gk-verify", "assumed", True),
        (1.1, "<=", 1.0, "assumed", "assumed", False),
        (0.5, ">", 0.5, "stored:primary", "fail", False),
        (0.5000000000000001, ">", 0.5, "stored:primary", "pass", True),
        (0.5, "<", 0.5, "stored:primary", "fail", False),
        (0.49999999999999994, "<", 0.5, "stored:primary", "pass", True),
        (0.6, ">", 0.5, "gk-verify", "assumed", True),
        (None, ">", 0.5, "stored:primary", "not_judged", None),
        (None, "<=", 1.0, "stored:primary", "not_judged", None),
        (float("nan"), "<=", 1.0, "stored:primary", "not_judged", None),
        (1.0, "<=", None, "stored:primary", "not_judged", None),
    ],
)
def test_no_pass_or_fail_against_an_unverified_limit(
    value: float | None,
    relation: Relation,
    limit: float | None,
    confidence: str,
    status: str,
    met: bool | None,
) -> None:
    verdict = hold("k", "甲", "a", value, relation, limit, unit="h", source="s", confidence=confidence)
    assert (verdict.status, verdict.met) == (status, met)
    assert json.dumps(verdict.as_dict(), allow_nan=False)
    assert (verdict.note != "") == (status == "not_judged")


# --- cost and carbon ------------------------------------------------------------------------------------


def test_cost_adds_the_bill_and_gas() -> None:
    index = pd.date_range("2025-05-01", periods=31 * 96, freq="15min", tz="Asia/Shanghai")
    figures, account, said = cost(flat(index, grid_import_kw=100.0, gas_kw=10.0), OFFICE)
    assert figures["demand_cny"] == pytest.approx(4080.0)
    gas = 7440 * 3.6 / 38.93 * 4.21
    assert figures["gas_cny"] == pytest.approx(gas)
    assert figures["total_cny"] == pytest.approx(account.amount() + gas)
    assert figures["total_cny_m2"] == pytest.approx(figures["total_cny"] / 1000)
    assert figures["electricity_cny"] == pytest.approx(
        figures["energy_cny"] + figures["demand_cny"] + figures["export_cny"]
    )
    assert {a.key for a in said} == {"tariff.demand_price", "cost.gas_price"}
    dry, _, said = cost(flat(index, grid_import_kw=1.0), OFFICE)
    assert dry["gas_cny"] == 0.0
    assert "cost.gas_price" not in {a.key for a in said}


def test_carbon_by_both_accounts_and_no_credit_for_export() -> None:
    """8,760 kWh bought and 8,760 kWh of gas: 5,025.6 or 3,679.2 kg, and 55.54 kg/GJ."""
    table = flat(year(), grid_import_kw=1.0, gas_kw=1.0, grid_export_kw=0.5)
    both = carbon(table, OFFICE)
    assert both["physical"]["electricity_kg"] == pytest.approx(8760 * 0.5737)
    assert both["shanghai_ets"]["electricity_kg"] == pytest.approx(8760 * 0.42)
    assert both["physical"]["gas_kg"] == pytest.approx(8.760 * 3.6 * 55.54)
    assert both["physical"]["gas_kg"] / 8760 * 38.93 / 3.6 == pytest.approx(
        2.162, abs=1e-3
    )  # kg/m3, GB/T 51366
    assert both["physical"]["total_kg_m2"] == pytest.approx((8760 * 0.5737 + 8.760 * 3.6 * 55.54) / 1000)
    assert both["physical"]["export_credit_not_counted_kg"] == pytest.approx(4380 * 0.5737)
    assert "Shanghai" in both["shanghai_ets"]["electricity_factor"]["source"]


# --- the stock ------------------------------------------------------------------------------------------


def office_of_the_stock(scale: float = 1.0) -> pd.DataFrame:
    index = year()
    row = measured().set_index("building_type").loc["office"]
    hours = pd.Series(1.0, index=index).groupby(index.month).transform("sum")
    monthly = np.array([float(row[f"m{m:02d}"]) for m in index.month])
    return flat(index, lighting_kw=scale * monthly * 1000.0 / hours.to_numpy())


def test_the_stock_itself_has_ratio_one_and_the_right_humps() -> None:
    figures, verdicts = benchmark(energy(office_of_the_stock(), OFFICE)[0], OFFICE)
    assert figures is not None
    assert figures["ratio"] == pytest.approx(1.0)
    assert figures["shape_correlation"] == pytest.approx(1.0)
    assert figures["cv_rmse"] == pytest.approx(0.0, abs=1e-9)
    assert figures["summer_peak_month"] == "2025-08"
    assert figures["summer_hump"] == pytest.approx(figures["stock_summer_hump"])
    assert figures["stock_summer_hump"] > 1.5
    assert figures["stock_winter_hump"] > 1.2
    by_key = {v.key: v for v in verdicts}
    assert by_key["benchmark.measured_stock"].status == "pass"


def test_far_from_the_stock_fails_and_the_uncomparable_is_not_judged() -> None:
    far = benchmark(energy(office_of_the_stock(1.31), OFFICE)[0], OFFICE)[1]
    assert far[0].status == "fail"
    home = Subject("home", 100.0, "residential")
    none, verdicts = benchmark(energy(office_of_the_stock(), home)[0], home)
    assert none is None
    assert {v.status for v in verdicts} == {"not_judged"}
    summer = office_of_the_stock().loc["2025-06":"2025-08"]
    none, verdicts = benchmark(energy(summer, OFFICE)[0], OFFICE)
    assert none is None
    assert "whole year" in verdicts[0].note


@pytest.mark.parametrize(
    "use", ["office", "hotel", "retail", "hospital_outpatient", "hospital_inpatient", "school_teaching"]
)
def test_every_public_archetype_has_a_row_whose_months_make_its_year(use: str) -> None:
    figures, _ = benchmark(energy(office_of_the_stock(), OFFICE)[0], Subject("x", 1000.0, use))
    assert figures is not None
    assert sum(figures["stock_kwh_m2"]) == pytest.approx(figures["stock_annual_kwh_m2"], abs=0.25)


# --- a call ---------------------------------------------------------------------------------------------


def answered() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    index = pd.date_range("2025-07-01", periods=31 * 96, freq="15min", tz="Asia/Shanghai")
    before = flat(index, equipment_kw=500.0, grid_import_kw=500.0)
    after = before.copy()
    span = slice(pd.Timestamp("2025-07-24 13:00", tz=index.tz), pd.Timestamp("2025-07-24 14:45", tz=index.tz))
    after.loc[span, ["equipment_kw", "grid_import_kw"]] = 380.0
    event = {
        "kind": "peak_shaving",
        "start": "2025-07-24T13:00+08:00",
        "end": "2025-07-24T15:00+08:00",
        "committed_kw": 120.0,
    }
    return before, after, event


def test_a_call_is_settled_and_measured_against_the_march_without_it() -> None:
    before, after, event = answered()
    figures, verdicts, said = response(after, event, reference=before)
    assert figures["pay_cny"] == pytest.approx(720.0)
    assert figures["against_reference"]["energy_kwh"] == pytest.approx(240.0)
    assert {(v.status, v.met) for v in verdicts} == {("assumed", True)}
    assert "demand_response.pay.peak_shaving" in {a.key for a in said}
    missed, verdicts, _ = response(before, event)
    assert missed["pay_cny"] == 0.0
    assert {v.met for v in verdicts} == {False}
    assert all(v.note for v in verdicts)
    with pytest.raises(TwinError, match="different time stamps"):
        response(after, event, reference=before.iloc[1:])


@pytest.mark.parametrize(
    "change", [{"start": None}, {"start": "soon"}, {"start": "2025-07-24T13:00"}, {"committed_kw": "all"}]
)
def test_an_unreadable_call_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(TwinError) as caught:
        call_of({**answered()[2], **change})
    assert str(caught.value.key).startswith("event")


# --- all together ---------------------------------------------------------------------------------------


def test_a_whole_run_is_judged_and_stored(tmp_path: Path, runs: ModuleType) -> None:
    run = runs.a_run(days=40, buildings=("a", "b"))
    facts = {"use": "office", "floor_area_m2": 2000.0, "zones": {"core": {"multiplier": 4}}}
    run.manifest["buildings"] = {"a": facts, "b": {**facts, "tariff": "shanghai_single_rate_tou"}}
    run.manifest["tariff"] = "shanghai_two_part_10kv"
    run.manifest["event"] = {**answered()[2], "building": "b"}
    run.summary = {"residuals": {"zone_air": 1e-9}}
    run.summary = judge(run)
    assert json.dumps(run.summary, allow_nan=False)
    again = RunStore(tmp_path).open(RunStore(tmp_path).save(run, "r")).summary
    assert again == json.loads(json.dumps(run.summary))
    a, b = again["buildings"]["a"], again["buildings"]["b"]
    assert a["tariff"] == "shanghai_two_part_10kv"
    assert b["tariff"] == "shanghai_single_rate_tou"
    assert a["cost"]["demand_cny"] > 0
    assert b["cost"]["demand_cny"] == 0
    assert a["response"] is None
    assert b["response"]["committed_kw"] == 120.0
    total = again["total"]
    assert total["grid_import_kwh"] == pytest.approx(
        a["energy"]["grid_import_kwh"] + b["energy"]["grid_import_kwh"]
    )
    assert total["cost_cny"] == pytest.approx(a["cost"]["total_cny"] + b["cost"]["total_cny"])
    assert total["eui_electric_kwh_m2"] == pytest.approx(total["electricity_kwh"] / 4000)
    assert set(again["residuals"]) == {"zone_air", "a.electric_board", "b.electric_board"}
    assert {v["building"] for v in again["verdicts"]} == {"a", "b"}
    keys = [x["key"] for x in again["assumptions"]]
    assert {"tariff.price_level", "tariff.demand_price", "tariff.export_price", "comfort.clothing"} <= set(
        keys
    )
    assert {"factor.primary_of_electricity", "demand_response.pay.peak_shaving"} <= set(keys)
    for one in again["assumptions"]:
        assert one["zh"]
        assert one["en"]
        assert one["source"]


def test_an_open_board_keeps_a_judged_run_out_of_the_store(tmp_path: Path, runs: ModuleType) -> None:
    run = runs.a_run(days=2)
    run.manifest["buildings"] = {"office": {"floor_area_m2": 100.0}}
    run.series["office"].iloc[5, run.series["office"].columns.get_loc("lighting_kw")] += 1.0
    run.summary = judge(run)
    with pytest.raises(TwinError, match=r"office\.electric_board"):
        RunStore(tmp_path).save(run, "r")


def test_missing_facts_and_columns_are_named(runs: ModuleType) -> None:
    run = runs.a_run(days=1)
    run.manifest["buildings"] = {}
    with pytest.raises(TwinError, match="office"):
        judge(run)
    series = run.series["office"].drop(columns="gas_kw")
    with pytest.raises(TwinError, match="gas_kw"):
        judge_building(series, None, run.weather, OFFICE)
    figures, _, _ = judge_building(run.series["office"], None, run.weather, OFFICE)
    assert figures["comfort"] is None
