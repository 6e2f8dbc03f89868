"""Times without the grid in a marched year: what a project writes, what a Run tells, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import twin
from buildings.description.faults import Fault
from controllers.islanding import CLASSES, islanding_data
from twin.building_batch import ISLAND_COLUMNS
from twin.judges.islanding import islanding
from twin.judges.kpis.table import kpis_of_run
from twin.plant import prepare
from twin.project import Loaded, load, simulate

FAULTS: list[dict[str, Any]] = [
    {"of": "grid", "start": "2025-08-14 14:00", "duration": 30},
    {"of": "battery", "start": "2025-10-01 00:00", "duration": 48, "buildings": ["hall"]},
]


def dark(marches: ModuleType, **keys: Any) -> Any:
    return marches.march_of(marches.hall(**marches.PEDF), faults=FAULTS, **keys)


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="Asia/Shanghai")


def test_a_fault_does_nothing_before_it_starts_and_all_comes_back(marches: ModuleType) -> None:
    quiet, faulty = marches.march_of(marches.hall(**marches.PEDF)), dark(marches)
    before = quiet.series().index < at("2025-08-14 14:00")
    columns = list(quiet.series().columns)
    pd.testing.assert_frame_equal(
        quiet.series()[before], faulty.series().loc[before, columns], check_exact=True, obj="before the fault"
    )
    late = quiet.series().index >= at("2025-11-01")
    for name in ("lighting_kw", "equipment_kw", "grid_import_kw", "cooling_kw", "battery_soc"):
        np.testing.assert_allclose(
            faulty.series().loc[late, name], quiet.series().loc[late, name], atol=1e-3, err_msg=name
        )


def test_every_balance_closes_in_the_dark_as_well(marches: ModuleType) -> None:
    faulty = dark(marches)
    assert np.abs(marches.imbalance(faulty.series())).max() <= 1e-9
    assert max(faulty.run.summary["residuals"].values()) <= 1e-6
    off = (faulty.series().index >= at("2025-08-14 14:00")) & (faulty.series().index < at("2025-08-15 20:00"))
    table = faulty.series()[off]
    assert (table[["grid_import_kw", "grid_export_kw"]] == 0.0).all(axis=None)
    assert table["battery_soc"].min() >= 0.0
    assert (table["island_state"] > 0.0).all()
    assert table["unserved_comfort_kw"].sum() > 0.0
    alone = (faulty.series().index >= at("2025-10-01")) & (faulty.series().index < at("2025-10-03"))
    assert (faulty.series().loc[alone, ["battery_charge_kw", "battery_discharge_kw"]] == 0.0).all(axis=None)
    assert (faulty.series().loc[alone, "island_state"] == 0.0).all()


def test_a_building_without_a_bus_is_dark_and_its_rooms_drift(marches: ModuleType) -> None:
    quiet = marches.march_of(marches.hall())
    faulty = marches.march_of(marches.hall(), faults=FAULTS[:1])
    off = (faulty.series().index >= at("2025-08-14 14:00")) & (faulty.series().index < at("2025-08-15 20:00"))
    table = faulty.series()[off]
    assert (table["island_state"] == 3.0).all()
    assert table["equipment_kw"].sum() == table["cooling_kw"].sum() == 0.0
    assert table["unserved_critical_kw"].sum() > 0.0
    warmer = (faulty.zone()["temp_air_c"] - quiet.zone()["temp_air_c"])[off]
    assert warmer.max() > 2.0
    after = faulty.series().index >= at("2025-08-15 20:00")
    assert (faulty.series().loc[after, "island_state"] == 0.0).all()


def test_a_run_tells_its_outages_and_one_without_faults_has_no_such_columns(marches: ModuleType) -> None:
    quiet, faulty = marches.march_of(marches.hall(**marches.PEDF)), dark(marches)
    assert not set(ISLAND_COLUMNS) & set(quiet.series().columns)
    assert set(ISLAND_COLUMNS) <= set(faulty.series().columns)
    assert faulty.run.manifest["outages"] == {
        "hall": [{"start": "2025-08-14T14:00:00+08:00", "end": "2025-08-15T20:00:00+08:00"}]
    }
    assert faulty.run.manifest["log"][0] == "2025-08-14 14:00 grid lost until 2025-08-15 20:00"
    found = islanding(
        faulty.series(), faulty.run.manifest["outages"]["hall"], faulty.run.manifest["buildings"]["hall"]
    )
    assert found is not None
    assert found[0]["hours"] == 30.0
    assert found[0]["return_steps"] is not None


def test_plants_without_faults_carry_none(marches: ModuleType) -> None:
    plant = prepare(marches.project_of(marches.hall()), marches.shanghai())
    assert plant.buildings.faults.shape[0] == plant.buildings.island.shape[0] == 0


def test_a_plant_room_makes_no_hot_water_without_power() -> None:
    hotel = load(Path(twin.__file__).parent / "examples" / "shanghai_hotel_plant_room.yaml")
    fault = Fault(of="grid", start="2025-01-15 19:00", duration=24.0)
    project = hotel.project.model_copy(update={"faults": (fault,), "event": None, "timestep": 60.0})
    run = simulate(Loaded(project, hotel.climate, hotel.path))
    table = run.series["hotel"]
    off = (table.index >= at("2025-01-15 19:00")) & (table.index < at("2025-01-16 19:00"))
    assert table.loc[off, "unmet_hot_water_kw"].mean() > 20.0
    assert (table.loc[off, ["hot_water_kw", "process_kw", "grid_import_kw"]] == 0.0).all(axis=None)
    assert table.loc[off, "unserved_deferrable_kw"].sum() > 100.0
    assert max(value for value in run.summary["residuals"].values() if isinstance(value, float)) <= 1e-6
    said = {one["key"] for one in run.summary["assumptions"]}
    assert {"model.islanding.thresholds", "model.islanding.rooms", "model.islanding.plant_room"} <= said


def steps_back(minutes: float) -> int:
    """Steps within which a live island returns: the wait for the grid, then a group at a time."""
    data = islanding_data()["default"]
    return math.ceil(data["resync_s"] / 60.0 / minutes) + math.ceil(
        len(CLASSES) * data["group_s"] / 60.0 / minutes
    )


@pytest.mark.long
@pytest.mark.parametrize(("minutes", "reserve"), [(15.0, None), (15.0, 0.3), (15.0, 0.5), (1.0, 0.5)])
def test_an_office_without_the_grid_on_an_august_afternoon_and_a_january_evening(
    minutes: float, reserve: float | None, figure: Callable[[str], None]
) -> None:
    office = load(Path(twin.__file__).parent / "examples" / "shanghai_office_pedf.yaml")
    faults = tuple(
        Fault(of="grid", start=start, duration=24.0) for start in ("2025-01-15 19:00", "2025-08-14 14:00")
    )
    building = office.project.buildings[0]
    assert building.battery is not None
    store = building.battery.model_copy(update={"reserve": reserve})
    project = office.project.model_copy(
        update={
            "faults": faults,
            "timestep": minutes,
            "buildings": (building.model_copy(update={"battery": store}),),
        }
    )
    run = simulate(Loaded(project, office.climate, office.path))
    table, found = run.series["office"], run.summary["buildings"]["office"]["islanding"]
    for one in found:
        hours = ", ".join(f"{k} {v}" for k, v in one["hours_served"].items())
        figure(
            f"{minutes:g} min, reserve {reserve}: from {one['start'][:16]} h served: {hours}; "
            f"first short {one['hours_survived']}; "
            f"lowest SOC {one['lowest_soc']:.3f}, dark {one['hours_dark']:.1f} h, "
            f"black starts {one['black_starts']}, back in {one['return_minutes']} min, "
            f"endurance {one['endurance']}"
        )
    assert table["battery_soc"].min() >= 0.0
    assert np.abs((table["bus_residual_kw"]).to_numpy()).max() <= 1e-6
    for one in found:
        survived = [x for x in one["hours_survived"].values() if x is not None]
        assert survived == sorted(survived, reverse=True)
        assert one["return_steps"] <= steps_back(minutes)
        # a step moves at most what the converter's rating moves, with its losses
        assert one["largest_soc_step"] <= 1.1 * 200.0 / 400.0 * minutes / 60.0
    told = {kpi.key: kpi for kpi in kpis_of_run(run).buildings["office"]}
    missing = table["unserved_critical_kw"].sum() * minutes / 60.0
    assert told["unserved_critical"].value == pytest.approx(missing)
    assert 0.0 < told["citylearn_unserved"].value < 1.0
    winter, summer = found
    if reserve is None:
        # the evening peak has emptied the battery, so that nothing is left for the night
        assert winter["endurance"]["soc_at_loss"] == pytest.approx(0.1, abs=0.01)
        assert winter["hours_served"]["critical"] == 0.0
    else:
        assert winter["hours_survived"]["critical"] > 6.0
        assert summer["hours_survived"]["critical"] == 24.0
        assert winter["black_starts"] == 1
        limit = winter["endurance"]["with_sun_and_vehicles_h"]
        assert winter["hours_survived"]["critical"] <= limit + minutes / 60.0
