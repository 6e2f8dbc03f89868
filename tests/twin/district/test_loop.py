"""A loop near the ground's temperature: what it takes it gives, who holds its limits, what meters tell."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.loading import parse_project, project_text
from buildings.districts.ambient_loop import load_loop
from buildings.districts.energy_station import AmbientLoop
from buildings.districts.shared import SharedAssets
from buildings.districts.substation import (
    SUB_COLD_POWER,
    SUB_HEAT_POWER,
    SUBSTATION_COLUMNS,
    load_substations,
    substation_step,
)
from buildings.systems.borefield import BOREFIELD, load_borefield, new_field
from buildings.systems.component import N_CONDITIONS, N_FLOWS, STEP
from twin.commands.describe import describe_project
from twin.commands.district_words import shared_lines
from twin.crew import Alone, DaskCrew
from twin.district.figures import figures
from twin.district.grid import laid_out, on_feeder
from twin.district.loop import LoopYear, Served, march_loop
from twin.district.queries import DistrictQueries
from twin.district.year import DistrictYear, march_district, open_district
from twin.project import Loaded, load
from weather.errors import TwinError
from weather.ground import ground_temperature
from written_district import written

N = 8760
HOURS = np.arange(N) % 24
BOILER = {"name": "boiler", "type": "boiler", "serves": "space_heat"}
CHILLER = {"name": "chiller", "type": "chiller"}
FIELD = {"name": "field", "type": "borefield", "rows": 6, "columns": 8}
ROOM = {"name": "data room", "type": "data_room", "it_power": "60 kW"}
LOOP = {"pipes": [{"product": "de200", "length": 800.0}]}
PROJECT = """\
schema: 1
name: looped
timestep: 60 min
district:
  table: b.csv
  kinds:
    office: {archetype: office, zoning: by_use, hvac: {type: district}, pv: [{name: roof, capacity: 150 kWp}]}
    home: {archetype: residential, zoning: by_use, hvac: {type: district}}
    other: {archetype: residential, zoning: by_use}
shared:
  energy_station:
    plant_room:
      - {name: data room, type: data_room, it_power: 40 kW}
      - {name: field, type: borefield, rows: 4, columns: 5}
      - {name: boiler, type: boiler, serves: space_heat}
    ambient_loop: {tower: {}, pipes: [{product: de200, length: 400 m}]}
"""
TABLE = "name,kind,era,floor_area,floors\nO1,office,gb50189-2015,3000,5\nO2,office,nzeb,2500,4\n"
TABLE += "H1,home,gb50189-2015,2400,6\nH2,other,gb50189-2015,2400,6\n"


def loop_of(assets: SharedAssets | None) -> AmbientLoop:
    """The loop of assets that have one."""
    assert assets is not None
    assert assets.energy_station is not None
    assert assets.energy_station.ambient_loop is not None
    return assets.energy_station.ambient_loop


def shared(rows: list[dict[str, Any]], **loop: Any) -> SharedAssets:
    return SharedAssets.model_validate({"energy_station": {"plant_room": rows, "ambient_loop": LOOP | loop}})


def marched(
    loaded: Loaded, rows: list[dict[str, Any]], *loads: tuple[Any, Any], size: float = 400.0, **loop: Any
) -> LoopYear:
    """Buildings of these loads of heat and cold [kW] on a loop, substations of `size` [kW] both ways."""
    project = loaded.project.model_copy(update={"shared": shared(rows, **loop)})
    load = np.zeros((N, len(loads), 2))
    for b, both in enumerate(loads):
        for side, value in enumerate(both):
            load[:, b, side] = value
    names = tuple(f"B{b}" for b in range(len(loads)))
    served = Served(names, load, ((size, size),) * len(loads))
    return march_loop(project, loaded.climate, served, np.zeros(N, dtype=np.int64))


def ground_of(loaded: Loaded) -> np.ndarray:
    return ground_temperature(loaded.climate, 1.2, loaded.climate.at_step(60, "hourly", 0).times)


@pytest.fixture(scope="module")
def looped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, DistrictYear]:
    folder = tmp_path_factory.mktemp("looped")
    loaded = written(folder, PROJECT, TABLE)
    return loaded, march_district(loaded, folder / "year", Alone(), part=2)


def test_a_loop_that_nobody_uses_follows_the_ground(loaded: Loaded) -> None:
    """Exponentially towards each hour's ground, from the ground of the first."""
    year = marched(loaded, [BOILER], (0.0, 0.0), least=4.0)
    water, ground = load_loop(loop_of(shared([BOILER]))).water, ground_of(loaded)
    kept = np.exp(-water.loss * 3600.0 / water.capacity)
    expected, temp = np.empty(N), ground[0]
    for k in range(N):
        expected[k] = temp = ground[k] + (temp - ground[k]) * kept
    np.testing.assert_allclose(year.columns["loop_c"], expected, rtol=1e-10)
    assert all(year.figures[f"{name}_kwh"] == 0.0 for name in ("substations", "station", "loop_pumps"))


def test_who_heats_and_who_cools_leave_the_loop_their_compressors_heat(loaded: Loaded) -> None:
    """20 kW of each: nobody acts, and the ground takes electricity of heat pumps and of the loop's pumps."""
    year = marched(
        loaded, [BOILER, FIELD], (20.0, 0.0), (0.0, 20.0), least=4.0, warm_below=5.0, cool_above=33.0
    )
    columns, told = year.columns, year.figures
    for name in ("sources_in", "sources_out", "heated", "cooled", "tower"):
        assert told[f"loop_{name}_kwh"] == 0.0
    compressors = columns["substations_kw"] - columns["substations_lost_kw"]
    np.testing.assert_allclose(columns["loop_given_kw"] - columns["loop_drawn_kw"], compressors, rtol=1e-9)
    motor = 0.92
    into = (compressors + motor * columns["loop_pumps_kw"]).sum()
    assert told["loop_lost_kwh"] + told["loop_stored_kwh"] == pytest.approx(into, rel=1e-9)
    water = load_loop(loop_of(shared([BOILER]))).water
    above = columns["loop_mean_c"] - ground_of(loaded)
    assert above[2000:].mean() == pytest.approx(1e3 * into / N / water.loss, rel=0.02)
    # all that the heating one draws the cooling one gives
    assert told["balanced_kwh"] == pytest.approx(told["loop_drawn_kwh"], rel=1e-12)


def test_a_boiler_holds_the_loop_at_its_least(loaded: Loaded) -> None:
    """300 kW of heat: the boiler makes what is drawn less what ground and pumps bring."""
    year = marched(loaded, [BOILER], (300.0, 0.0))
    columns = year.columns
    held = columns["loop_heated_kw"] > 0.0
    assert held[100:].all()
    np.testing.assert_allclose(columns["loop_c"][held], 8.0, atol=1e-3)
    lost = columns["loop_lost_kw"]
    expected = columns["loop_drawn_kw"] - 0.92 * columns["loop_pumps_kw"] + lost
    np.testing.assert_allclose(columns["loop_heated_kw"][200:], expected[200:], rtol=1e-3)
    assert (lost[200:] < 0.0).mean() > 0.9
    assert year.figures["heat_unserved_kwh"] == pytest.approx(0.0, abs=1e-6)
    assert year.figures["hours_below"] == 0.0
    boiler = year.figures["rows"][0]["energy_kwh"]
    assert boiler["space_heat"] == pytest.approx(year.figures["loop_heated_kwh"], rel=1e-9)
    assert -boiler["gas"] == pytest.approx(year.figures["station_gas_kwh"], rel=1e-9)


def test_a_tower_cools_down_to_its_temperature_where_the_wet_bulb_lets_it(loaded: Loaded) -> None:
    year = marched(loaded, [BOILER], (0.0, 300.0), tower={"above": 28.0})
    columns, told = year.columns, year.figures
    runs = columns["loop_tower_kw"] > 0.0
    assert (columns["loop_c"][runs] >= 28.0 - 1e-6).all()
    at_ease = runs & (columns["loop_c"] < 28.0 + 1e-6)
    assert at_ease.sum() > 3000
    assert 28.5 < columns["loop_c"].max() < 36.0
    # fans and pumps draw 18 W for 1 kW at the design's range of 5 K, more where the range is smaller
    fans = columns["station_kw"] - columns["loop_pumps_kw"]
    assert (fans[runs] >= 0.018 * 0.4 * columns["loop_tower_kw"][runs]).all()
    assert (fans[~runs] < 1e-9).all()
    assert told["cold_unserved_kwh"] == pytest.approx(0.0, abs=1e-6)
    chilled = marched(loaded, [CHILLER], (0.0, 300.0), tower={"above": 28.0, "capacity": "900 kW"}, most=32.0)
    assert chilled.columns["loop_c"].max() <= 32.0 + 1e-3
    assert 0.0 < chilled.figures["loop_cooled_kwh"] < 0.5 * chilled.figures["loop_tower_kwh"]


def test_a_tower_below_the_sources_goes_before_them(loaded: Loaded) -> None:
    taken = [
        marched(loaded, [FIELD], (0.0, 200.0), tower={"above": above}, cool_above=26.0).figures
        for above in (24.0, 30.0)
    ]
    assert taken[0]["loop_tower_kwh"] > 1.2 * taken[1]["loop_tower_kwh"]
    assert taken[0]["loop_sources_out_kwh"] < 0.6 * taken[1]["loop_sources_out_kwh"]


def test_what_holds_no_loop_lets_buildings_go_short(loaded: Loaded) -> None:
    """A boiler of 20 kW for 300: the water stays at 3 degC; nobody cools: it stays at 40."""
    cold = marched(loaded, [{**BOILER, "capacity": "20 kW"}], (300.0, 0.0))
    assert cold.columns["loop_c"].min() == pytest.approx(3.0, abs=1e-3)
    assert cold.figures["heat_unserved_kwh"] > 0.5 * cold.figures["heat_load_kwh"]
    assert cold.figures["hours_below"] > 7000
    warm = marched(loaded, [BOILER], (0.0, 300.0))
    assert warm.columns["loop_c"].max() == pytest.approx(40.0, abs=1e-3)
    assert warm.figures["cold_unserved_kwh"] > 0.5 * warm.figures["cold_load_kwh"]
    assert warm.figures["hours_above"] > 7000
    for year in (cold, warm):
        assert year.residual < 1e-9


def test_a_field_exchanges_across_its_heat_exchanger(loaded: Loaded) -> None:
    """Replayed alone with what it gave: 1.5 K off the loop at its most, less in proportion, or more."""
    winter = np.cos(2.0 * np.pi * np.arange(N) / N) > 0.0
    year = marched(
        loaded, [FIELD, BOILER, CHILLER], (np.where(winter, 250.0, 0.0), np.where(winter, 0.0, 150.0))
    )
    p, s = BOREFIELD.pack("source", load_borefield("single_u_32_100", 6, 8)), BOREFIELD.start(new_field())
    c, flows = np.zeros(N_CONDITIONS), np.zeros(N_FLOWS)
    c[STEP] = 3600.0
    output = 1e3 * (year.columns["loop_sources_in_kw"] - year.columns["loop_sources_out_kw"])
    sent, can = np.empty(N), np.empty(N)
    for k in range(N):
        least, most, _ = BOREFIELD.limits(p, s, c)
        can[k] = most if output[k] > 0.0 else -least
        sent[k] = BOREFIELD.temperatures(p, s, c, output[k])[0]
        BOREFIELD.step(p, s, output[k], c, flows)
    over = sent - year.columns["loop_mean_c"]
    assert (output > 0.0).sum() > 1000
    assert (output < 0.0).sum() > 1000
    for sign in (1.0, -1.0):
        runs = sign * output > 0.0
        assert (sign * over[runs] >= 1.5 * np.abs(output[runs]) / can[runs] - 1e-6).all()
    # where more is needed it gives what that difference lets through, at most what the field can
    bound = (output > 1.0) & (output < can * (1.0 - 1e-9)) & (year.columns["loop_heated_kw"] > 1.0)
    np.testing.assert_allclose(over[bound], 1.5 * output[bound] / can[bound], rtol=1e-5)
    assert bound.sum() > 100
    field = year.figures["rows"][0]["energy_kwh"]
    assert field["source"] == pytest.approx(1e-3 * output.sum(), rel=1e-9)


def test_waste_heat_goes_first_and_spares_its_own_cooling(loaded: Loaded) -> None:
    alone, with_room = (marched(loaded, rows, (80.0, 0.0)) for rows in ([BOILER], [ROOM, BOILER]))
    saved = alone.figures["loop_heated_kwh"] - with_room.figures["loop_heated_kwh"]
    assert with_room.figures["loop_sources_in_kwh"] > 0.3 * alone.figures["loop_drawn_kwh"]
    assert 0.7 < saved / with_room.figures["loop_sources_in_kwh"] < 1.3
    room = with_room.figures["rows"][0]["energy_kwh"]
    assert -room["electricity"] < with_room.figures["sources_alone_kwh"]
    assert with_room.columns["loop_c"].mean() > alone.columns["loop_c"].mean()
    assert with_room.figures["cop"] > alone.figures["cop"]
    idle = marched(loaded, [ROOM, BOILER], (0.0, 0.0), least=4.0, warm_below=4.0)
    assert idle.figures["station_kwh"] == pytest.approx(idle.figures["sources_alone_kwh"], rel=1e-12)


def test_a_source_behind_a_machine_does_not_stand_at_the_loop(loaded: Loaded) -> None:
    """The field feeds the loop through a heat pump of the station alone, at the loop's least."""
    pump = {"name": "pump", "type": "heat_pump", "serves": ["space_heat"], "source": "field"}
    year = marched(loaded, [FIELD, {**pump, "capacity": "80 kW"}, BOILER], (150.0, 0.0))
    assert year.figures["loop_sources_in_kwh"] == 0.0
    field, lifted, boiler = (row["energy_kwh"] for row in year.figures["rows"])
    assert field["source"] == pytest.approx(-lifted["source"], rel=1e-6)
    heated = lifted["space_heat"] + boiler["space_heat"]
    assert heated == pytest.approx(year.figures["loop_heated_kwh"], rel=1e-9)
    assert 0.2 * heated < lifted["space_heat"] < heated
    assert year.residual < 1e-6


def test_machines_run_at_the_loops_temperature_of_their_step(loaded: Loaded) -> None:
    """Each substation asked again at the mean temperature that the loop had draws the same."""
    heat, cold = 50.0 + 40.0 * np.sin(HOURS), 60.0 * (HOURS > 10)
    year = marched(loaded, [BOILER], (heat, 0.0), (20.0, cold), tower={})
    loop = loop_of(shared([BOILER], tower={}))
    sub = load_substations(loop, [(4e5, 4e5)] * 2)
    told, c, flows = np.zeros(len(SUBSTATION_COLUMNS)), np.zeros(N_CONDITIONS), np.zeros(N_FLOWS)
    for k in range(0, N, 50):
        temp = float(year.columns["loop_mean_c"][k])
        for b, (warm, cool) in enumerate(((heat[k], 0.0), (20.0, cold[k]))):
            substation_step(sub, b, temp, 1e3 * warm, 1e3 * cool, c, flows, told)
            found = 1e-3 * told[[SUB_HEAT_POWER, SUB_COLD_POWER]]
            np.testing.assert_allclose(year.power_kw[k, b], found, rtol=1e-6, atol=1e-9)
    assert year.columns["loop_gap_k"].max() < 1e-6


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["de160", "de250", "de400"]))
def test_every_step_closes_whatever_is_asked(loaded: Loaded, seed: int, towered: bool, size: str) -> None:
    """Loop, substations and rows; nobody gets more than asked; machines and water agree on one mean."""
    drawn = np.random.default_rng(seed)
    loads = [tuple(drawn.exponential(80.0, N) * (drawn.random(N) < 0.6) for _ in range(2)) for _ in range(3)]
    year = marched(
        loaded,
        [ROOM, FIELD, BOILER, CHILLER],
        *loads,
        tower={} if towered else None,
        pipes=[{"product": size, "length": 600.0}],
    )
    assert year.residual < 1e-9
    for side in ("heat", "cold"):
        assert (year.columns[f"{side}_delivered_kw"] <= year.columns[f"{side}_load_kw"] + 1e-9).all()
    assert np.isfinite(year.power_kw).all()
    assert year.figures["hours_below"] + year.figures["hours_above"] == 0.0
    assert 3.0 <= year.columns["loop_c"].min() <= year.columns["loop_c"].max() <= 40.0
    assert year.columns["loop_gap_k"].max() < 1e-6


def test_what_cannot_stand_at_a_loop_is_refused(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TwinError, match=r"flows through de63 at up to \d+\.\d m/s"):
        marched(loaded, [BOILER], (300.0, 0.0), pipes=[{"product": "de63", "length": 100.0}])
    with pytest.raises(TwinError, match="offers no waste heat"):
        marched(loaded, [{**ROOM, "equipment": "crac_dx"}, BOILER], (1.0, 0.0))
    monkeypatch.setattr("twin.district.loop._GAP_K", -1.0)
    with pytest.raises(TwinError, match=r"disagree on its temperature by 0\.0 K"):
        marched(loaded, [BOILER], (100.0, 0.0))


def test_heat_pumps_stand_at_the_meters_of_their_buildings(looped: tuple[Loaded, DistrictYear]) -> None:
    """Rows, series, sums and the balance tell the same electricity."""
    _, year = looped
    told = figures(year)
    (station,) = told["shared"]
    rows = year.buildings.set_index("name")
    loop = pq.read_table(year.folder / "shared.parquet").to_pandas()
    parts = sorted((year.folder / "series").glob("part-*"))
    series = pd.concat(pq.read_table(path).to_pandas() for path in parts)
    assert station["kind"] == "ambient_loop"
    assert [one["name"] for one in station["substations"]] == ["O1", "O2", "H1"]
    for one in station["substations"]:
        row, own = rows.loc[one["name"]], series[series["building"] == one["name"]]
        thermal = row["sensible_cooling_kwh"] + row["latent_cooling_kwh"]
        assert row["heating_kwh"] == pytest.approx(
            one["heating_kwh"] + 0.018 * row["space_heating_kwh"], rel=1e-3
        )
        assert row["cooling_kwh"] == pytest.approx(one["cooling_kwh"] + 0.018 * thermal, rel=1e-3)
        net = own["grid_import_kw"].astype(float) - own["grid_export_kw"]
        assert row["peak_kw"] == pytest.approx(net.max(), rel=1e-6)
        assert row["grid_import_kwh"] == pytest.approx(own["grid_import_kw"].astype(float).sum(), rel=1e-6)
        assert (own["grid_import_kw"] * own["grid_export_kw"] == 0.0).all()
    assert year.sums["cooling_kw"].sum() == pytest.approx(rows["cooling_kwh"].sum(), rel=1e-9)
    assert year.sums["heating_kw"].sum() == pytest.approx(rows["heating_kwh"].sum(), rel=1e-9)
    net = (year.balance["grid_import_kw"] - year.balance["grid_export_kw"]).to_numpy()
    own_net = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    np.testing.assert_allclose(net - own_net, loop["station_kw"], atol=1e-9)
    together = series.groupby("time")[["grid_import_kw", "grid_export_kw"]].sum()
    np.testing.assert_allclose(own_net, together["grid_import_kw"] - together["grid_export_kw"], atol=1e-3)
    assert told["largest_residual"] < 1e-6
    assert station["heat_unserved_kwh"] + station["cold_unserved_kwh"] < 1e-3
    assert 2.5 < station["ratio"] < 6.0


def test_the_feeder_and_questions_see_them(looped: tuple[Loaded, DistrictYear], tmp_path: Path) -> None:
    loaded, marched_year = looped
    year = open_district(shutil.copytree(marched_year.folder, tmp_path / "year"))
    feeder = laid_out(loaded.project, year)
    done = on_feeder(year, feeder, given=False)
    assert {"energy station", "O1", "H2"} <= {one.building for one in done.year.feeder.connections}
    with DistrictQueries(year.folder) as asked:
        offices = asked.by_use().loc["office"]
        largest = asked.largest(1, "cooling_kwh")
    rows = year.buildings[year.buildings["use"] == "office"]
    assert offices["sum_of_peaks_kw"] == pytest.approx(rows["peak_kw"].sum())
    assert offices["import_kwh"] == pytest.approx(rows["grid_import_kwh"].sum(), rel=1e-6)
    assert largest["name"].iloc[0] in ("O1", "O2")


def test_what_a_loop_is_told_with(looped: tuple[Loaded, DistrictYear]) -> None:
    loaded, year = looped
    told = figures(year)
    for language, word in (("zh", "常温环网"), ("en", "ambient loop")):
        line = shared_lines(told["shared"], told["balance"], language)[0]
        assert word in line
        assert f"{1e-3 * told['shared'][0]['substations_kwh']:,.1f}" in line
    said = {one["key"] for one in year.manifest["assumptions"]}
    assert {"district.loop.feedback", "district.loop.water", "district.loop.pipes"} <= said
    assert "district.station.shortage" not in said
    assert loaded.path is not None
    described = describe_project(loaded.path)
    entries = {one.path: one for one in described.entries}
    at = "shared.energy_station.ambient_loop"
    loop = load_loop(loop_of(loaded.project.shared))
    assert entries[f"{at}.loss"].value == pytest.approx(loop.water.loss)
    assert entries[f"{at}.de200"].confidence == "gk-verify"
    assert all(one.source and one.confidence for path, one in entries.items() if path.startswith("shared"))
    assert "loop: 400 m of pipes" in described.diagrams["shared"]
    assert parse_project(project_text(loaded.project)) == loaded.project


def test_a_year_that_stopped_behind_its_parts_goes_on(
    looped: tuple[Loaded, DistrictYear], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped once series were changed: those parts are marched again and nothing is added twice."""
    import twin.district.year as district_year

    loaded, year = looped
    whole = district_year._weather

    def stop(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(district_year, "_weather", stop)
    with pytest.raises(TwinError, match="No space"):
        march_district(loaded, tmp_path / "year", Alone(), part=2)
    monkeypatch.setattr(district_year, "_weather", whole)
    again = march_district(loaded, tmp_path / "year", Alone(), part=2)
    assert again.manifest["counts"]["parts_kept"] == 0
    for path in year.folder.rglob("*.parquet"):
        assert (tmp_path / "year" / path.relative_to(year.folder)).read_bytes() == path.read_bytes()


@pytest.mark.long
def test_two_workers_write_the_same_bytes(looped: tuple[Loaded, DistrictYear], tmp_path: Path) -> None:
    loaded, year = looped
    with DaskCrew(workers=2) as crew:
        march_district(loaded, tmp_path / "year", crew, part=2)
    for path in year.folder.rglob("*.parquet"):
        assert (tmp_path / "year" / path.relative_to(year.folder)).read_bytes() == path.read_bytes()


@pytest.mark.long
def test_the_example_beside_air_source_plants(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Electricity and peak of the same quarter, both without what its data room draws alone."""
    with as_file(files("twin") / "examples" / "districts") as bundled:
        text = (bundled / "ambient_quarter.yaml").read_text("utf-8")
        shutil.copy(bundled / "ambient_quarter.csv", tmp_path)
    (tmp_path / "loop.yaml").write_text(text, "utf-8")
    own = text[: text.index("shared:")].replace("type: district", "type: air_source_heat_pump")
    (tmp_path / "own.yaml").write_text(own, "utf-8")
    used, peak = {}, {}
    for name in ("loop", "own"):
        year = march_district(load(tmp_path / f"{name}.yaml"), tmp_path / name, Alone())
        told = figures(year)
        net = (year.balance["grid_import_kw"] - year.balance["grid_export_kw"]).to_numpy()
        alone = np.zeros(len(net))
        if name == "loop":
            alone = pq.read_table(year.folder / "shared.parquet")["sources_alone_kw"].to_numpy()
            (station,) = told["shared"]
        used[name] = 1e-3 * (told["used_kwh"] - 0.25 * alone.sum())
        peak[name] = (net - alone).max()
        figure(f"{name}: {used[name]:,.0f} MWh, gas {1e-3 * told['gas_kwh']:,.0f} MWh, {peak[name]:,.0f} kW")
    figure(f"COP {station['cop']:.2f}, EER {station['eer']:.2f}, balanced {station['balanced_kwh']:,.0f} kWh")
    assert station["hours_below"] == station["hours_above"] == station["heat_hours_short"] == 0.0
    assert station["cold_hours_short"] == 0.0
    assert station["largest_gap_k"] < 1e-6
    # what both READMEs say
    assert 100.0 * (used["loop"] / used["own"] - 1.0) == pytest.approx(-0.8, abs=0.1)
    assert 100.0 * (peak["loop"] / peak["own"] - 1.0) == pytest.approx(1.2, abs=0.1)
