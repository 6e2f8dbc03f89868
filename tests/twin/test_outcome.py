"""What a march becomes: tables by the registry, residuals that would betray a wrong balance, counters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from twin import variables
from twin.model_assumptions import model_assumptions
from twin.outcome import OUTCOME_COLUMNS, run_of
from twin.store import RunStore
from weather.errors import TwinError

CALL: dict[str, Any] = {"date": "2025-07-30", "start": "13:00", "duration": 2, "reduction": "3 kW"}


@pytest.fixture(scope="session")
def pedf(marches: ModuleType) -> Any:
    """March of a 光储直柔 hall."""
    return marches.march_of(marches.hall(**marches.PEDF))


def test_tables_keep_the_registry(pedf: Any) -> None:
    run = pedf.run
    assert variables.faults(run.series["hall"], "building") == []
    assert variables.faults(run.weather, "weather") == []
    assert variables.faults(pedf.zone(), "zone") == []
    assert set(run.series["hall"]) == set(variables.REQUIRED)
    index = run.weather.index
    assert str(index.tz) == "Asia/Shanghai"
    assert len(index) == 8760
    assert str(index[0]) == "2025-01-01 00:00:00+08:00"
    assert run.series["hall"].index.equals(index)


def test_the_weather_of_a_run_is_what_the_steps_saw(pedf: Any) -> None:
    seen, weather = pedf.run.weather, pedf.before.weather
    np.testing.assert_array_equal(seen["temp_air"], weather.temp_air[:-1])
    np.testing.assert_array_equal(seen["ghi"], weather.ghi)
    assert seen["relative_humidity"].between(0.0, 100.0).all()


def test_facts_of_the_manifest(pedf: Any) -> None:
    facts = pedf.run.manifest["buildings"]["hall"]
    assert facts["use"] == "office"
    assert facts["floor_area_m2"] == 200.0
    assert facts["battery_capacity_kwh"] == 40.0
    assert facts["pv_kwp"] == 30.0
    assert facts["control"] == "droop"
    assert 18.0 <= facts["heating_setpoint_c"] < facts["cooling_setpoint_c"] <= 28.0
    assert facts["design_cooling_load_kw"] < facts["cooling_capacity_kw"]


def test_a_call_is_told_to_the_judges(marches: ModuleType) -> None:
    event = marches.march_of(marches.hall(**marches.PEDF), event=CALL).run.manifest["event"]
    assert event["start"] == "2025-07-30T13:00:00+08:00"
    assert event["end"] == "2025-07-30T15:00:00+08:00"
    assert event["notice_at"] == "2025-07-29T16:00:00+08:00"
    assert event["committed_kw"] == 3.0
    assert len(event["causal_baseline_kw"]) == 2
    assert len(event["causal_baseline_days"]) == 5


@pytest.mark.parametrize(
    ("column", "balance"),
    [("grid_import_kw", "power"), ("battery_loss_kw", "battery"), ("cooling_kw", "power")],
)
def test_a_watt_that_goes_astray_is_seen(pedf: Any, column: str, balance: str, tmp_path: Path) -> None:
    """One watt in one step of the year opens the residual, and a Run with kilowatts astray is not stored."""
    sound = pedf.run.summary["residuals"]
    assert sound[f"hall.{balance}"] < 1e-12
    table = pedf.outcome.buildings.copy()
    table[4000, 0, OUTCOME_COLUMNS.index(column)] += 1e-3
    astray = run_of(pedf.after, replace(pedf.outcome, buildings=table))
    assert astray.summary["residuals"][f"hall.{balance}"] > 1e-6
    with pytest.raises(TwinError, match=balance):
        RunStore(tmp_path).save(astray, "astray")
    assert RunStore(tmp_path).names() == []


def test_counters_count_what_happened(marches: ModuleType) -> None:
    small = marches.march_of(marches.hall(hvac={"type": "vrf", "cooling_capacity": "10 kW"}))
    counters, table = small.run.summary["counters"]["hall"], small.series()
    bound = (table["unmet_cooling_kw"] + table["unmet_heating_kw"] > 1e-6).sum()
    assert counters["hours_plant_at_capacity"] == bound > 100
    droop = marches.march_of(marches.hall(**marches.PEDF))
    counters, table = droop.run.summary["counters"]["hall"], droop.series()
    assert counters["hvac_shed_kwh"] == pytest.approx(table["hvac_shed_kw"].sum(), rel=1e-12)
    assert counters["hvac_shed_kwh"] > 0.0
    assert counters["vehicles_arrived"] == droop.prepared().vehicles.arrived > 0
    assert counters["vehicle_energy_that_fits_kwh"] <= counters["vehicle_energy_asked_kwh"]


def test_what_nobody_verified_is_listed(pedf: Any) -> None:
    stated = model_assumptions(pedf.before)
    keys = [entry["key"] for entry in stated]
    assert len(set(keys)) == len(keys)
    assert any("hvac" in key for key in keys)
    assert any("lighting" in key for key in keys)
    for entry in stated:
        assert entry["confidence"] not in ("stored:primary", "derived")
        assert entry["zh"]
        assert entry["en"]
