"""Energy figures by hand, and identities that must hold for any table."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.judges.energy import energy, residuals
from twin.judges.factors import data, factor, gas_m3
from twin.judges.subject import Subject, subject
from twin.variables import REGISTRY
from weather.errors import TwinError

OFFICE = Subject("office", 1000.0, "office")


def year(minutes: int = 60) -> pd.DatetimeIndex:
    return pd.date_range("2025-01-01", periods=525_600 // minutes, freq=f"{minutes}min", tz="Asia/Shanghai")


def flat(index: pd.DatetimeIndex, **values: float) -> pd.DataFrame:
    table = pd.DataFrame(0.0, index=index, columns=list(REGISTRY["building"]))
    for name, value in values.items():
        table[name] = value
    return table


def test_a_constant_year_by_hand() -> None:
    """5 kW of lighting, 3 of cooling, 2 of gas on 1,000 m2: 8,760 h give 70.08 and 17.52 kWh/m2."""
    figures, said = energy(
        flat(year(), lighting_kw=5.0, cooling_kw=3.0, ev_charge_kw=1.0, gas_kw=2.0, grid_import_kw=9.0),
        OFFICE,
    )
    assert figures["hours"] == 8760
    assert figures["electricity_kwh"] == pytest.approx(70_080)
    assert figures["eui_electric_kwh_m2"] == pytest.approx(70.08)
    assert figures["eui_with_ev_kwh_m2"] == pytest.approx(78.84)
    assert figures["eui_gas_kwh_m2"] == pytest.approx(17.52)
    assert figures["eui_total_calorific_kwh_m2"] == pytest.approx(87.6)
    assert figures["gas_m3"] == pytest.approx(17_520 * 3.6 / 38.93)
    coal = 70.08 * 0.1229 + 17.52 * 3.6 / 38.93 * 1.29971
    assert figures["coal_equivalent_kgce_m2"] == pytest.approx(coal)
    assert figures["primary_kwh_m2"] == pytest.approx(70.08 * 2.6 + 17.52 * 3.6 / 38.93 * 9.85)
    assert figures["monthly"]["month"][1] == "2025-02"
    assert figures["monthly"]["lighting_kwh"][1] == pytest.approx(28 * 24 * 5.0)
    assert sum(figures["monthly"]["electricity_kwh"]) == pytest.approx(70_080)
    assert figures["load_factor"] == pytest.approx(1.0)
    assert figures["self_consumption"] is None
    assert figures["self_sufficiency"] is None
    assert {a.key for a in said} == {"factor.primary_of_electricity", "factor.primary_of_gas"}


def test_the_peak_is_a_quarter_hour_with_its_time() -> None:
    index = pd.date_range("2025-07-01", periods=288 * 3, freq="5min", tz="Asia/Shanghai")
    table = flat(index, grid_import_kw=10.0)
    table.loc[
        pd.Timestamp("2025-07-02 14:15", tz=index.tz) : pd.Timestamp("2025-07-02 14:25", tz=index.tz),
        "grid_import_kw",
    ] = [60.0, 30.0, 90.0]
    figures, _ = energy(table, OFFICE)
    assert figures["peak_import_kw"] == pytest.approx(60.0)
    assert figures["peak_import_at"] == "2025-07-02T14:15:00+08:00"
    assert figures["peak_import_w_m2"] == pytest.approx(60.0)
    assert figures["load_factor"] == pytest.approx((10 * 287 + 60) / 288 / 60)


def test_pv_by_hand() -> None:
    """10 kW of PV on 4 kW of load for an hour, half of it stored; then 4 kW of load without sun."""
    index = year()[:2]
    table = flat(index, lighting_kw=4.0)
    table.loc[index[0], ["pv_kw", "battery_charge_kw", "grid_export_kw", "pv_curtailed_kw"]] = [
        10.0,
        5.0,
        1.0,
        2.5,
    ]
    table.loc[index[1], ["battery_discharge_kw", "grid_import_kw"]] = [3.0, 1.0]
    figures, _ = energy(table, OFFICE)
    assert figures["self_consumption"] == pytest.approx(0.9)
    assert figures["self_sufficiency"] == pytest.approx(9 / 10)
    assert figures["supply_cover_factor"] == pytest.approx(0.9)
    assert figures["load_cover_factor"] == pytest.approx(7 / 8)
    assert figures["curtailed_share"] == pytest.approx(0.2)
    assert figures["pv_over_electricity"] == pytest.approx(10 / 8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), minutes=st.sampled_from([5, 15, 30, 60]))
def test_identities_of_any_balanced_table(runs: ModuleType, seed: int, minutes: int) -> None:
    table = runs.series(runs.steps(3, minutes), np.random.default_rng(seed))
    figures, _ = energy(table, OFFICE)
    uses = figures["end_use_kwh"]
    assert sum(uses.values()) == pytest.approx(figures["electricity_kwh"])
    # Without storage and with import or export, never both, the load cover factor is 1 - import / load.
    load = figures["electricity_kwh"] + figures["ev_charge_kwh"]
    assert figures["load_cover_factor"] == pytest.approx(1 - figures["grid_import_kwh"] / load)
    assert figures["supply_cover_factor"] == pytest.approx(figures["self_consumption"])
    for name, total in uses.items():
        assert sum(figures["monthly"][f"{name}_kwh"]) == pytest.approx(total)
    assert residuals(table, OFFICE)["electric_board"]["relative"] < 1e-12


def test_open_books_are_measured() -> None:
    index = year(15)[:96]
    table = flat(index, lighting_kw=10.0, grid_import_kw=10.0, battery_soc=0.5)
    table.loc[index[7], "grid_import_kw"] = 10.5
    assert residuals(table, OFFICE)["electric_board"] == pytest.approx({"kw": 0.5, "relative": 0.05})
    assert "battery" not in residuals(table, OFFICE)
    # 8 kW for one hour into 100 kWh, 1 kW of it lost: SOC rises by 0.07.
    stored = flat(index, battery_soc=0.5)
    stored.loc[index[10:14], ["battery_charge_kw", "battery_loss_kw"]] = [8.0, 1.0]
    stored.loc[index[10:], "battery_soc"] = np.minimum(0.5 + 0.0175 * np.arange(1, 87), 0.57)
    with_battery = Subject("b", 1.0, battery_capacity_kwh=100.0)
    assert residuals(stored, with_battery)["battery"]["relative"] < 1e-12
    stored.loc[index[-1], "battery_soc"] = 0.58
    assert residuals(stored, with_battery)["battery"]["kwh"] == pytest.approx(-1.0)


def test_subjects_need_a_floor_area_and_take_the_projects_tariff() -> None:
    for area in (None, 0, -1.0, float("nan"), "big"):
        with pytest.raises(TwinError) as caught:
            subject("a", {"floor_area_m2": area})
        assert caught.value.key == "buildings.a.floor_area_m2"
    facts = {"floor_area_m2": 5, "zones": {"core": {"multiplier": 8}, "hall": {}}, "anything": 1}
    one = subject("a", facts, "shanghai_single_rate_tou")
    assert one.tariff == "shanghai_single_rate_tou"
    assert one.zones == {"core": 8, "hall": 1}
    assert subject("a", {**facts, "tariff": "mine"}, "other").tariff == "mine"


def test_every_factor_has_source_year_and_confidence() -> None:
    words = {"stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"}
    for key in data("factors.yaml")["factors"]:
        one = factor(key)
        assert one.confidence in words
        assert one.source
        assert 2010 <= one.year <= 2026
        assert bool(one.assumptions("甲", "a")) == (one.confidence in ("gk-verify", "assumed"))
    with pytest.raises(TwinError, match="gas_price"):
        factor("coal_price")
    assert gas_m3(38.93 / 3.6) == pytest.approx(1.0)
