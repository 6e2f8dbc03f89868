"""Marched years of batteries and lending vehicles: what is known of their cells acts and is summed up."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from buildings.systems.battery import cell_heat_kw, cell_temperature
from buildings.systems.ev import vehicle_rate_kw
from twin.judges import judge
from twin.model_assumptions import model_assumptions
from twin.plant import prepare
from weather.errors import TwinError


def _hall(marches: ModuleType, **changes: Any) -> Any:
    """A 光储直柔 hall with other words for its battery and vehicles."""
    own = {key: {**marches.PEDF[key], **changes.get(key, {})} for key in ("battery", "ev", "control")}
    return marches.march_of(marches.hall(**{**marches.PEDF, **own}))


def _lending(marches: ModuleType, share: float | None = None) -> Any:
    own = {"v2b": True} if share is None else {"v2b": True, "opt_in": share}
    return _hall(marches, ev=own, control={"demand_limit": "9 kW"})


# --- the battery's temperature --------------------------------------------------------------------------


def test_cells_follow_their_place_and_their_own_loss(marches: ModuleType) -> None:
    """The marched column is the lump of heat, step by step."""
    march = _hall(marches, battery={"location": "outdoors"})
    table, weather = march.series(), march.before.weather
    outdoors = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    battery = march.before.buildings.electrical[0]["battery"].copy()
    given = (table["battery_discharge_kw"] - table["battery_charge_kw"]).to_numpy()
    temp = outdoors[0]
    for k in range(2000):
        battery["temp"] = temp
        temp = cell_temperature(temp, outdoors[k], cell_heat_kw(given[k], battery), 1.0, battery)
        assert table["battery_temp_c"].iloc[k] == pytest.approx(temp, abs=1e-9)
    assert table["battery_temp_c"].min() < 5.0


def test_cold_lithium_is_not_charged_in_the_march(marches: ModuleType) -> None:
    """LFP data sheet: no charge below 0 degC; sodium-ion charges on, and both end the year in their books."""
    cold = _hall(marches, battery={"location": "outdoors"})
    warm = _hall(marches)
    sodium = _hall(marches, battery={"location": "outdoors", "equipment": "sodium_fulin"})

    def charged(march: Any) -> tuple[float, int]:
        temp = march.series()["battery_temp_c"].shift(1)
        frozen = march.before.weather.temp_air[:-1] < -1.0
        below = (temp < 0.0).to_numpy()
        return float(march.series()["battery_charge_kw"][below].sum()), int((below & frozen).sum())

    energy, hours = charged(cold)
    assert energy == 0.0
    assert hours > 5
    assert charged(sodium)[0] > 0.0
    assert (warm.series()["battery_temp_c"] >= 25.0).all()
    for march in (cold, warm, sodium):
        assert march.run.summary["residuals"]["hall.battery"] < 1e-9


def test_a_hall_without_battery_has_no_cells(marches: ModuleType) -> None:
    run = marches.march_of(marches.hall()).run
    assert run.series["hall"]["battery_temp_c"].isna().all()
    assert run.manifest["buildings"]["hall"]["battery"] is None


# --- vehicles -------------------------------------------------------------------------------------------


def test_no_vehicle_leaves_short_of_what_fitted_into_its_stay(marches: ModuleType) -> None:
    """The hard limit over a year under droop, a demand limit that binds, and lending."""
    march = _lending(marches)
    sessions = march.after.sessions
    gone = sessions["departure_step"] <= march.before.n_steps
    assert gone.sum() > 500
    assert (sessions["energy_kwh"][gone] > 0.0).all()
    assert sessions["remaining_kwh"][gone].max() < 1e-6
    assert (march.series()["grid_import_kw"] > 0.99 * 9.0).sum() > 100
    counters = march.run.summary["counters"]["hall"]
    assert counters["vehicles_left_short"] == 0.0
    assert counters["vehicle_energy_missed_kwh"] == 0.0


def test_a_vehicle_that_leaves_short_is_counted(marches: ModuleType) -> None:
    """An interface of 4 kW and no battery to speak of cannot do it, and the Run says so."""
    bus = {"modules": 1, "interface_capacity": "4 kW"}
    own = {"ev": {"chargers": 3, "vehicles_per_day": 8}, "dc_bus": bus, "control": {"type": "droop"}}
    march = marches.march_of(marches.hall(**own))
    left = march.after.sessions
    short = left["remaining_kwh"][(left["departure_step"] <= march.before.n_steps)]
    counters = march.run.summary["counters"]["hall"]
    assert counters["vehicles_left_short"] == (short > 1e-6).sum() > 0
    assert counters["vehicle_energy_missed_kwh"] == pytest.approx(short[short > 1e-6].sum())


def test_only_vehicles_that_agreed_discharge(marches: ModuleType) -> None:
    """Nobody, some, all: what each stay lent is booked on its own vehicle."""
    lent = []
    for share in (0.0, 0.5, 1.0):
        march = _lending(marches, share)
        drawn, after = march.prepared().vehicles.sessions, march.after.sessions
        given = drawn["spare_kwh"] - after["spare_kwh"]
        assert np.all(given[drawn["spare_kwh"] == 0.0] == 0.0)
        assert np.all(after["spare_kwh"] > -1e-9)
        lent.append(float(march.series()["ev_discharge_kw"].sum()))
        assert (lent[-1] > 0.0) == (given.max() > 1e-9)
    assert lent[0] == 0.0
    assert lent[0] < lent[1] < lent[2]
    no_word = _lending(marches)
    assert float(no_word.series()["ev_discharge_kw"].sum()) == lent[2]
    assert "model.hall.ev.opt_in" in [a["key"] for a in model_assumptions(no_word.before)]


def test_round_trip_of_a_projects_charger_is_the_measured_one(
    marches: ModuleType, figure: Callable[[str], None]
) -> None:
    """Schram et al. 2020: 87.0 % from board to board at 3x16 A; pattern's vehicle, not given by hand."""
    own = {"ev": {"chargers": 1, "power": "11 kW", "v2b": True}}
    plant = prepare(marches.project_of(marches.hall(**own)), marches.shanghai())
    charger = plant.buildings.electrical[0]["charger"]
    trip = vehicle_rate_kw(11.0, charger) / -vehicle_rate_kw(-11.0, charger)
    figure(f"round trip of vehicles, as marched: {trip:.3f}")
    assert trip == pytest.approx(0.87, abs=0.01)
    assert "model.hall.ev.v2b" in [a["key"] for a in model_assumptions(plant)]


def test_the_vehicle_written_comes(marches: ModuleType) -> None:
    own = {"ev": {"chargers": 2, "power": "60 kW", "pattern": "bus_depot", "vehicle": "car"}}
    plant = prepare(marches.project_of(marches.hall(**own)), marches.shanghai())
    assert plant.sessions["peak_kw"].max() == 100.0
    own["ev"]["vehicle"] = "tram"
    with pytest.raises(TwinError, match="tram") as caught:
        prepare(marches.project_of(marches.hall(**own)), marches.shanghai())
    assert caught.value.key == "buildings[0].ev.vehicle"


# --- the summary ----------------------------------------------------------------------------------------


def test_life_of_the_batteries_stands_in_the_summary(
    marches: ModuleType, figure: Callable[[str], None]
) -> None:
    march = _lending(marches)
    judged = judge(march.run)["buildings"]["hall"]["storage"]
    battery, vehicles = judged["battery"], judged["vehicles"]
    table = march.series()
    moved = 0.5 * float(table["battery_soc"].diff().abs().sum())
    assert battery["full_cycles"] == pytest.approx(moved, rel=0.01)
    assert battery["discharged_kwh"] == pytest.approx(table["battery_discharge_kw"].sum())
    assert 0.7 < battery["capacity_after_ten_years"] < battery["capacity_after_ten_years_at_rest"] < 1.0
    assert battery["replaced_after_years"] <= 15.0
    assert battery["replacements"]["present_value_cny"] > 0.0
    assert vehicles["discharged_kwh"] == pytest.approx(table["ev_discharge_kw"].sum())
    assert 0.5 < vehicles["discharged_kwh"] / vehicles["lent_kwh"] < 0.96
    assert 0.0 < vehicles["wear_cny_kwh"] < 0.6
    figure(
        f"battery wear {battery['wear_cny_kwh']:.3f}, vehicles' wear {vehicles['wear_cny_kwh']:.3f} CNY/kWh"
    )


def test_a_hot_battery_ages_faster(marches: ModuleType) -> None:
    hot, cool = (
        judge(_hall(marches, battery={"location": place}).run)["buildings"]["hall"]["storage"]["battery"]
        for place in ("40 degC", "20 degC")
    )
    assert hot["calendar_loss"] > 1.3 * cool["calendar_loss"]
    assert hot["cell_temp_mean_c"] >= 40.0
