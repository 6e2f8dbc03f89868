"""An energy station: what buildings take, pipes lose and rows give adds up, and who goes short is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from buildings.description.loading import read_project
from buildings.description.schema import Project
from buildings.districts.heat_network import load_network, network_data
from buildings.districts.shared import SharedAssets
from buildings.systems.records import entry
from controllers.codes import DEEP_VALLEY, VALLEY
from twin.commands.describe import describe_project
from twin.commands.district_words import shared_lines
from twin.crew import Alone, DaskCrew
from twin.district.assets import march_shared
from twin.district.described import shared_diagram, shared_entries
from twin.district.figures import figures
from twin.district.station import StationYear, march_station
from twin.district.year import DistrictYear, march_district
from twin.market.tariff import load_tariff, prices
from twin.project import Loaded
from weather.errors import TwinError
from weather.ground import ground_temperature
from written_district import written

PIPES = {"pipes": [{"product": "dn150", "length": 300.0}]}
BOILER = {"name": "boiler", "type": "boiler", "serves": "space_heat"}
CHILLER = {"name": "chiller", "type": "chiller"}
STATION: dict[str, Any] = {"plant_room": [BOILER, CHILLER], "heating": PIPES, "cooling": PIPES}
N = 8760
PROJECT = """\
schema: 1
name: served
timestep: 60 min
district:
  table: b.csv
  kinds:
    office: {archetype: office, zoning: by_use, hvac: {type: district}}
    home: {archetype: residential, zoning: by_use}
shared:
  energy_station:
    plant_room:
      - {name: field, type: borefield, rows: 5, columns: 6}
      - {name: pump, type: heat_pump, serves: [space_heat, chilled_water], source: field, capacity: 150 kW}
      - {name: chiller, type: chiller}
      - {name: boiler, type: boiler, serves: space_heat}
    heating: {pipes: [{product: dn150, length: 300 m}]}
    cooling: {pipes: [{product: dn200, length: 300 m}]}
"""
TABLE = "name,kind,era,floor_area,floors\nO1,office,gb50189-2015,3000,5\nO2,office,nzeb,2500,4\n"
TABLE += "H1,home,gb50189-2015,2400,6\n"


def marched(
    loaded: Loaded, heat: Any, cold: Any, period: np.ndarray | None = None, **changes: Any
) -> StationYear:
    shared = SharedAssets.model_validate({"energy_station": STATION | changes})
    project = loaded.project.model_copy(update={"shared": shared})
    loads = (np.broadcast_to(np.asarray(load, dtype=float), N).copy() for load in (heat, cold))
    given = np.zeros(N, dtype=np.int64) if period is None else period
    return march_station(project, loaded.climate, *loads, given)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, DistrictYear]:
    folder = tmp_path_factory.mktemp("served")
    loaded = written(folder, PROJECT, TABLE)
    return loaded, march_district(loaded, folder / "year", Alone(), part=2)


def test_a_steady_load_costs_itself_and_what_the_pipes_lose(loaded: Loaded) -> None:
    """100 kW of heat: water stays at 42.5 degC, the boiler makes load and losses less the pumps' heat."""
    year = marched(loaded, 100.0, 0.0)
    net = load_network(loaded_network(), heating=True, supply=45.0, back=40.0)
    times = loaded.climate.at_step(60, "hourly", 0).times
    ground = ground_temperature(loaded.climate, network_data()["ground"]["depth"], times)
    lost = 1e-3 * net.loss * (42.5 - ground)
    np.testing.assert_allclose(year.columns["heat_lost_kw"], lost, rtol=1e-6)
    np.testing.assert_allclose(year.columns["heat_water_c"], 42.5, atol=1e-4)
    np.testing.assert_allclose(year.columns["heat_delivered_kw"], 100.0, rtol=1e-9)
    pumps = year.columns["heat_pumps_kw"]
    assert np.ptp(pumps) == 0.0
    np.testing.assert_allclose(year.columns["heat_given_kw"], 100.0 + lost - net.motor * pumps, rtol=1e-5)
    assert year.residual < 1e-9
    boiler = year.figures["rows"][0]["energy_kwh"]
    assert boiler["space_heat"] == pytest.approx(year.figures["heat_given_kwh"], rel=1e-9)
    assert -boiler["gas"] == pytest.approx(year.figures["station_gas_kwh"], rel=1e-9)
    assert 0.85 < boiler["space_heat"] / -boiler["gas"] < 1.1


def loaded_network() -> Any:
    return SharedAssets.model_validate({"energy_station": STATION}).energy_station.heating  # type: ignore[union-attr]


def test_cold_goes_the_other_way(loaded: Loaded) -> None:
    """Pumps and warm ground add to what the chiller does."""
    year = marched(loaded, 0.0, 200.0)
    told, columns = year.figures, year.columns
    warm = columns["cold_lost_kw"] > 0.0
    assert warm.mean() > 0.5
    given, pumps = columns["cold_given_kw"], columns["cold_pumps_kw"]
    motor = network_data()["hydraulics"]["motor"]
    np.testing.assert_allclose(
        given, 200.0 + columns["cold_lost_kw"] + columns["cold_stored_kw"] + motor * pumps, rtol=1e-9
    )
    assert told["cold_unserved_kwh"] == pytest.approx(0.0, abs=1e-6)
    chiller = told["rows"][1]["energy_kwh"]
    assert -chiller["chilled_water"] == pytest.approx(told["cold_given_kwh"], rel=1e-9)
    drawn = told["station_kwh"] - told["cold_pumps_kwh"] - told["heat_pumps_kwh"]
    assert -sum(r["energy_kwh"].get("electricity", 0.0) for r in told["rows"]) == pytest.approx(
        drawn, rel=1e-9
    )
    assert told["ratio"] == pytest.approx(told["cold_delivered_kwh"] / told["station_kwh"])


def test_out_of_season_buildings_go_short_and_it_is_counted(loaded: Loaded) -> None:
    year = marched(loaded, 50.0, 0.0, heating=PIPES | {"months": [1, 2, 12]})
    months = loaded.climate.at_step(60, "hourly", 0).times.month
    winter = np.isin(months, [1, 2, 12])
    assert (year.columns["heat_delivered_kw"][~winter] == 0.0).all()
    # on 1 December the boiler warms the water from the ground's temperature up to that of the return first
    warming = winter & (year.columns["heat_delivered_kw"] < 50.0 * (1.0 - 1e-9))
    first = int(np.flatnonzero(np.asarray(months) == 12)[0])
    assert 1 <= warming.sum() <= 12
    np.testing.assert_array_equal(np.flatnonzero(warming), first + np.arange(warming.sum()))
    got = year.columns["heat_delivered_kw"].sum()
    assert year.figures["heat_unserved_kwh"] == pytest.approx(50.0 * N - got)
    assert year.figures["heat_hours_short"] == (~winter).sum() + warming.sum()
    assert 14.0 < year.columns["heat_water_c"][7000] < 30.0
    assert year.columns["heat_water_c"][-1] == pytest.approx(42.5, abs=1e-3)


def test_a_station_that_is_too_small_lets_water_and_then_buildings_go_short(loaded: Loaded) -> None:
    hours = np.arange(N) % 24
    load_kw = np.where((hours >= 8) & (hours < 12), 120.0, 10.0)
    small = [{**BOILER, "capacity": "60 kW"}, CHILLER]
    year = marched(loaded, load_kw, 0.0, plant_room=small)
    columns = year.columns
    assert columns["heat_given_kw"].max() <= 60.0 * (1.0 + 1e-9)
    assert (columns["heat_delivered_kw"] <= columns["heat_load_kw"] + 1e-9).all()
    assert columns["heat_water_c"].min() == pytest.approx(40.0, abs=1e-3)
    told = year.figures
    short = 120.0 - 60.0
    assert 0.5 * short * 4 * 365 < told["heat_unserved_kwh"] < short * 4 * 365
    assert told["heat_load_kwh"] == pytest.approx(told["heat_delivered_kwh"] + told["heat_unserved_kwh"])
    assert year.residual < 1e-9


def test_waste_heat_of_a_data_room_saves_gas(loaded: Loaded) -> None:
    room = [
        {"name": "data room", "type": "data_room", "equipment": "cold_plate", "it_power": "60 kW"},
        {
            "name": "waste heat", "type": "heat_pump", "equipment": "water_water_on_off",
            "serves": ["space_heat"], "source": "data room", "capacity": "70 kW",
        },
        BOILER, CHILLER,
    ]  # fmt: skip
    plain, saved = marched(loaded, 90.0, 0.0), marched(loaded, 90.0, 0.0, plant_room=room)
    energy, boiler, before = (
        next(row for row in year.figures["rows"] if row["name"] == name)["energy_kwh"]
        for year, name in ((saved, "waste heat"), (saved, "boiler"), (plain, "boiler"))
    )
    assert boiler["space_heat"] + energy["space_heat"] == pytest.approx(before["space_heat"], rel=1e-5)
    assert energy["space_heat"] > 0.3 * before["space_heat"]
    assert saved.figures["station_gas_kwh"] < 0.7 * plain.figures["station_gas_kwh"]
    others = sum(value for name, value in energy.items() if name != "source")
    assert -energy["source"] == pytest.approx(others, rel=1e-6)
    rows = saved.figures["rows"]
    assert saved.figures["sources_kwh"] == pytest.approx(-rows[0]["energy_kwh"]["electricity"])
    assert plain.figures["sources_kwh"] == 0.0
    assert saved.residual < 1e-6


def test_the_pump_of_a_borefield_is_the_stations_own(loaded: Loaded) -> None:
    """Only what a data room draws anyway is left out of what a station takes for its heat."""
    room = [
        {"name": "field", "type": "borefield", "rows": 4, "columns": 4},
        {
            "name": "ground pump", "type": "heat_pump", "serves": ["space_heat"], "source": "field",
            "capacity": "60 kW",
        },
        BOILER, CHILLER,
    ]  # fmt: skip
    told = marched(loaded, 40.0, 0.0, plant_room=room).figures
    field = next(row for row in told["rows"] if row["name"] == "field")
    assert -field["energy_kwh"]["electricity"] > 0.0
    assert told["sources_kwh"] == 0.0
    assert told["ratio"] == pytest.approx(told["heat_delivered_kwh"] / told["station_kwh"])


def test_stores_fill_by_night_and_serve_by_day(loaded: Loaded) -> None:
    """Ice from a chiller that freezes in the valley, a tank of heat: rows close, nobody goes short."""
    times = loaded.climate.at_step(60, "hourly", 0).times
    period = np.asarray(prices(load_tariff(loaded.project.tariff), times).period, dtype=np.int64)
    rows = [
        {"name": "ice", "type": "ice_storage", "capacity": "1500 kWh"},
        {"name": "night", "type": "chiller", "equipment": "screw_ice", "capacity": "300 kW", "units": 1,
         "feeds": "ice", "direct": True},
        CHILLER,
        {"name": "tank", "type": "stratified_tank", "serves": "space_heat", "volume": "20 m3"},
        {"name": "pump", "type": "heat_pump", "serves": ["space_heat"], "feeds": "tank",
         "capacity": "100 kW"},
        BOILER,
    ]  # fmt: skip
    hours = np.arange(N) % 24
    day = (hours >= 8) & (hours < 20)
    year = marched(loaded, np.where(day, 80.0, 5.0), np.where(day, 250.0, 0.0), period, plant_room=rows)
    told = year.figures
    assert year.residual < 1e-6
    assert told["cold_unserved_kwh"] < 1e-3 * told["cold_load_kwh"]
    assert told["heat_unserved_kwh"] < 1e-3 * told["heat_load_kwh"]
    for carrier, side, sign in (("chilled_water", "cold", -1.0), ("space_heat", "heat", 1.0)):
        given = sum(row["energy_kwh"].get(carrier, 0.0) for row in told["rows"])
        assert sign * given == pytest.approx(told[f"{side}_given_kwh"], rel=1e-9)
    frozen = [row["energy_kwh"]["chilled_water"] for row in told["rows"] if row["feeds"] == "ice"]
    assert -sum(frozen) > 100.0 * 365
    valley = np.isin(period, [VALLEY, DEEP_VALLEY])
    drawn = year.columns["station_kw"]
    assert drawn[valley & ~day].mean() > 30.0


def test_substations_have_no_machine(served: tuple[Loaded, DistrictYear]) -> None:
    """Offices draw for pumps and fans alone, dwellings keep their own machines."""
    _, year = served
    rows = year.buildings.set_index("name")
    offices = rows.loc[["O1", "O2"]]
    thermal = offices["sensible_cooling_kwh"] + offices["latent_cooling_kwh"]
    fan = entry("hvac_equipment", "district_substation")["terminal_fan"]
    np.testing.assert_allclose(offices["cooling_kwh"], fan * thermal, rtol=1e-3)
    np.testing.assert_allclose(offices["heating_kwh"], fan * offices["space_heating_kwh"], rtol=1e-3)
    home = rows.loc["H1"]
    assert home["cooling_kwh"] > 0.15 * (home["sensible_cooling_kwh"] + home["latent_cooling_kwh"])
    hours = year.sums[["district_heat_kw", "district_cold_kw"]].sum()
    assert hours["district_cold_kw"] == pytest.approx(thermal.sum(), rel=1e-9)
    assert hours["district_heat_kw"] == pytest.approx(offices["space_heating_kwh"].sum(), rel=1e-9)


def test_the_station_serves_them_and_the_district_pays(served: tuple[Loaded, DistrictYear]) -> None:
    _, year = served
    told = figures(year)
    (station,) = told["shared"]
    shared = pq.read_table(year.folder / "shared.parquet").to_pandas()
    np.testing.assert_allclose(shared["cold_load_kw"], year.sums["district_cold_kw"])
    assert station["cold_unserved_kwh"] < 1e-3 * station["cold_load_kwh"]
    assert station["heat_unserved_kwh"] < 0.01 * station["heat_load_kwh"]
    assert 2.5 < station["ratio"] < 7.0
    net = (year.balance["grid_import_kw"] - year.balance["grid_export_kw"]).to_numpy()
    own = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    np.testing.assert_allclose(net - own, shared["station_kw"] - shared["station_generation_kw"], atol=1e-9)
    assert told["used_kwh"] == pytest.approx(
        told["balance"]["end_uses"] + told["balance"]["ev_charge"] + station["station_kwh"]
    )
    assert told["gas_kwh"] == pytest.approx(year.sums["gas_kw"].sum() + station["station_gas_kwh"])
    assert told["largest_residual"] < 1e-6
    for language in ("zh", "en"):
        assert str(station["name"]) in shared_lines(told["shared"], told["balance"], language)[0]
    said = {one["key"] for one in year.manifest["assumptions"]}
    assert {"district.network.pipes", "district.network.ground", "district.station.shortage"} <= said


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("shared:", "pilot: null\nx:", "no energy station"),
        ("hvac: {type: district}", "hvac: {type: vrf}", "serves no building"),
        (
            "hvac: {type: district}}",
            "hvac: {type: district}, plant_room: [{name: c, type: chiller}]}",
            "takes both from the district",
        ),
    ],
)  # fmt: skip
def test_station_and_substations_belong_together(was: str, now: str, words: str, tmp_path: Path) -> None:
    text = PROJECT.replace(was, now)
    text = text.split("x:")[0] if "x:" in text else text
    (tmp_path / "d.yaml").write_text(text, "utf-8")
    (tmp_path / "b.csv").write_text(TABLE, "utf-8")
    with pytest.raises(TwinError, match=words):
        read_project(tmp_path / "d.yaml")


def test_the_project_is_written_and_read_again(served: tuple[Loaded, DistrictYear], tmp_path: Path) -> None:
    from buildings.description.loading import parse_project, project_text

    project: Project = served[0].project
    assert parse_project(project_text(project)) == project


@pytest.mark.long
def test_two_workers_write_the_same_bytes(served: tuple[Loaded, DistrictYear], tmp_path: Path) -> None:
    loaded, year = served
    with DaskCrew(workers=2) as crew:
        march_district(loaded, tmp_path / "year", crew, part=2)
    one, other = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
        for folder in (year.folder, tmp_path / "year")
    )
    assert len(one) == 7
    assert one == other


def test_the_storage_sees_the_station_and_the_hubs(loaded: Loaded) -> None:
    """A chiller for four hours a day and a hub behind the connection: it stays below the limit."""
    shared = {
        "energy_station": STATION,
        "ev_hubs": [{"name": "hub", "chargers": 2, "power": "7 kW", "pattern": "workplace"}],
        "storage": {"capacity": "800 kWh", "power": "200 kW", "rule": "peak_shaving", "limit": "60 kW"},
    }
    project = loaded.project.model_copy(update={"shared": SharedAssets.model_validate(shared)})
    zero, hours = np.zeros(N), np.arange(N) % 24
    cold = np.where((hours >= 12) & (hours < 16), 400.0, 0.0)
    sums = pd.DataFrame({"grid_import_kw": zero, "grid_export_kw": zero, "district_heat_kw": zero})
    year = march_shared(project, loaded.climate, sums.assign(district_cold_kw=cold))
    assert (year.columns["station_kw"] + year.columns["hub_charge_kw"]).max() > 90.0
    assert year.columns["hub_charge_kw"].max() > 6.0
    assert year.take_kw.max() == pytest.approx(60.0, abs=1e-6)
    assert [asset.kind for asset in year.assets] == ["energy_station", "ev_hub", "storage"]


def test_what_is_shared_is_described_with_sources(served: tuple[Loaded, DistrictYear]) -> None:
    loaded, _ = served
    assert loaded.path is not None
    told = describe_project(loaded.path)
    entries = {one.path: one for one in told.entries}
    net = load_network(loaded.project.shared.energy_station.heating, heating=True, supply=45.0, back=40.0)  # type: ignore[union-attr]
    assert entries["shared.energy_station.heating.loss"].value == pytest.approx(net.loss)
    assert entries["shared.energy_station.cooling.supply"].value == 7.0
    assert entries["shared.energy_station.heating.dn150"].confidence == "gk-verify"
    assert all(one.source and one.confidence for path, one in entries.items() if path.startswith("shared"))
    assert "[field] ──▶ pump (heat_pump)" in told.diagrams["shared"]
    assert "heating: 300 m of pipes" in told.diagrams["shared"]
    shared = SharedAssets.model_validate(
        {
            "storage": {"capacity": 10, "power": 5},
            "ev_hubs": [{"name": "h", "chargers": 4}],
            "pv": [{"name": "c", "capacity": 5}],
        }
    )
    found = {one.path: one.value for one in shared_entries(shared)}
    assert found["shared.ev_hubs.h.vehicles_per_day"] == 6.0
    assert found["shared.pv.c.mounting"] == "canopy"
    assert len(shared_diagram(shared)) == 3
