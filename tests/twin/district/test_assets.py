"""What a district shares: storage by its rule, hubs in their limit, canopies, a balance that closes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from buildings.description.schema import Project
from buildings.districts.shared import SharedAssets
from buildings.systems.photovoltaics import PvArray, array_power
from controllers.codes import DEEP_VALLEY, PEAK, SUPER_PEAK, VALLEY
from twin.commands.district_words import balance_rows, shared_lines
from twin.crew import Alone
from twin.district.assets import SharedYear, march_shared
from twin.district.balance import balance
from twin.district.figures import figures
from twin.district.grid import laid_out, on_feeder
from twin.district.year import DistrictYear, march_district, open_district
from twin.market.tariff import load_tariff, prices
from twin.plant import prepare
from twin.project import Loaded
from weather.errors import TwinError

SHARED: dict[str, Any] = {
    "storage": {"capacity": "400 kWh", "power": "150 kW", "rule": "peak_shaving", "limit": "220 kW"},
    "ev_hubs": [{"name": "hub", "chargers": 3, "power": "7 kW", "pattern": "workplace"}],
    "pv": [{"name": "canopy", "capacity": "80 kWp"}],
}


def with_shared(project: Project, shared: dict[str, Any], **changes: Any) -> Project:
    made = {"shared": SharedAssets.model_validate(shared), **changes}
    return project.model_copy(update=made)


def shared_year_of(project: Project, loaded: Loaded, net: np.ndarray) -> SharedYear:
    """Shared assets behind buildings of a net load [kW]."""
    sums = pd.DataFrame({"grid_import_kw": net.clip(0.0), "grid_export_kw": (-net).clip(0.0)})
    return march_shared(project, loaded.climate, sums)


def stored(loaded: Loaded, net: np.ndarray, **storage: Any) -> tuple[SharedYear, np.ndarray]:
    """A year of a storage behind a net load, and what the connection then takes."""
    base = {"capacity": "400 kWh", "power": "150 kW"}
    year = shared_year_of(with_shared(loaded.project, {"storage": base | storage}), loaded, net)
    return year, net + year.take_kw


@pytest.fixture(scope="module")
def shared_year(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> DistrictYear:
    out = tmp_path_factory.mktemp("shared") / "year"
    return march_district(
        Loaded(with_shared(loaded.project, SHARED), loaded.climate, loaded.path), out, Alone(), part=2
    )


def test_peaks_are_shaved_to_the_limit(loaded: Loaded) -> None:
    """Two hours of 300 kW a day over a limit of 250: 100 kWh a day, and it charges again below 225."""
    hours = np.arange(8760) % 24
    net = np.where((hours == 10) | (hours == 11), 300.0, 100.0)
    year, after = stored(loaded, net, rule="peak_shaving", limit="250 kW")
    assert after.max() == pytest.approx(250.0, rel=1e-12)
    given = year.columns["shared_storage_out_kw"]
    np.testing.assert_allclose(given, np.where(net > 250.0, 50.0, 0.0), atol=1e-9)
    told = year.assets[0].figures
    assert told["discharge_kwh"] == pytest.approx(100.0 * 365.0)
    assert told["hours_over_limit"] == 0.0
    assert told["charge_kwh"] - told["discharge_kwh"] - told["loss_kwh"] == pytest.approx(told["gained_kwh"])
    charging = year.columns["shared_storage_in_kw"] > 0.0
    assert charging.any()
    assert after[charging].max() <= 225.0 + 1e-9
    assert told["loss_kwh"] > 0.05 * told["discharge_kwh"]
    assert year.residual < 1e-12


def test_a_storage_too_small_says_how_long_the_limit_was_passed(loaded: Loaded) -> None:
    """320 kWh in use cannot take 100 kW off for eight hours."""
    hours = np.arange(8760) % 24
    net = np.where((hours >= 8) & (hours < 16), 350.0, 100.0)
    year, after = stored(loaded, net, rule="peak_shaving", limit="250 kW")
    assert 350.0 <= after.max() < 351.0  # an empty one draws what its converter needs
    told = year.assets[0].figures
    assert 4 * 365 < told["hours_over_limit"] < 6 * 365
    assert told["discharge_kwh"] < 320.0 * 365


def test_self_consumption_holds_the_connection_at_zero(loaded: Loaded) -> None:
    """100 kWh over by day, 80 kWh short by night; losses take less than the rest."""
    hours = np.arange(8760) % 24
    net = np.where(hours < 12, 20.0 / 3.0, -25.0 / 3.0)
    _, after = stored(loaded, net, rule="self_consumption", power="20 kW", soc_initial=0.5)
    assert np.abs(after[: 24 * 3]).max() < 1e-9
    assert after.min() < -1.0  # and once it is full the surplus leaves


def test_time_of_use_follows_the_tariff_and_feeds_no_grid(loaded: Loaded) -> None:
    times = loaded.climate.at_step(60, "hourly", 0).times
    period = np.asarray(prices(load_tariff(loaded.project.tariff), times).period)
    year, after = stored(loaded, np.full(8760, 30.0), rule="time_of_use")
    into, given = year.columns["shared_storage_in_kw"], year.columns["shared_storage_out_kw"]
    assert np.isin(period[into > 0.0], (VALLEY, DEEP_VALLEY)).all()
    assert np.isin(period[given > 0.0], (PEAK, SUPER_PEAK)).all()
    assert given.sum() > 200.0 * 300
    assert after.min() >= -1e-9


def test_rules_take_surplus_first_and_keep_a_limit(loaded: Loaded) -> None:
    hours = np.arange(8760) % 24
    net = np.where((hours >= 10) & (hours < 13), -60.0, 90.0)
    year, after = stored(loaded, net, rule="rules", limit="120 kW")
    assert (year.columns["shared_storage_in_kw"][net < 0.0] > 0.0).mean() > 0.9
    assert after.max() <= 120.0 + 1e-9


@pytest.mark.parametrize("rule", ["rules", "peak_shaving", "self_consumption", "time_of_use"])
def test_it_sees_no_future(loaded: Loaded, rule: str) -> None:
    """Another load from July on changes nothing before."""
    random = np.random.default_rng(3)
    net = random.uniform(-200.0, 400.0, 8760)
    other = net.copy()
    other[4344:] = random.uniform(-200.0, 400.0, 8760 - 4344)
    limit = {"limit": "200 kW"} if rule in ("rules", "peak_shaving") else {}
    one, two = (stored(loaded, load, rule=rule, **limit)[0] for load in (net, other))
    for name, values in one.columns.items():
        np.testing.assert_array_equal(values[:4344], two.columns[name][:4344])
    assert (one.columns["shared_storage_soc"][4344:] != two.columns["shared_storage_soc"][4344:]).any()


def test_a_hub_shares_its_limit_and_lets_nobody_down(loaded: Loaded) -> None:
    """Chargers of 20 x 7 kW behind 40 kW: the same energy for the same vehicles, later."""
    hub = {"name": "hub", "chargers": 20, "power": "7 kW", "pattern": "workplace", "vehicles_per_day": 25}
    project = loaded.project.model_copy(update={"timestep": 15.0})
    free, held = (
        shared_year_of(with_shared(project, {"ev_hubs": [hub | more]}), loaded, np.zeros(35040))
        for more in ({}, {"limit": "40 kW"})
    )
    one, two = (year.assets[0].figures for year in (free, held))
    assert one["vehicles"] == two["vehicles"] > 4000
    for told in (one, two):
        assert told["short_kwh"] < 1e-6
        assert told["delivered_kwh"] == pytest.approx(told["offered_kwh"], rel=1e-9)
        assert 0.85 * told["charge_kwh"] < told["delivered_kwh"] < told["charge_kwh"]
    assert one["peak_kw"] > 80.0
    over = held.assets[0].take_kw > 40.0 + 1e-6
    assert over.mean() < 0.02
    assert two["hours_over_limit"] == over.sum() * 0.25


def test_a_canopy_gives_what_pvlib_says(loaded: Loaded) -> None:
    weather = loaded.climate.at_step(60, "hourly", 0)
    rows = [
        {"name": "plain", "capacity": "100 kWp", "tilt": 5.0},
        {"name": "twice", "capacity": "200 kWp", "tilt": 5.0},
        {"name": "both sides", "capacity": "100 kWp", "tilt": 5.0, "module": "longi_lr6_72bp_360m"},
        {"name": "one side", "capacity": "100 kWp", "tilt": 5.0, "module": "longi_lr6_72bp_360m",
         "mounting": "roof_open_rack"},
    ]  # fmt: skip
    year = shared_year_of(with_shared(loaded.project, {"pv": rows}), loaded, np.zeros(8760))
    plain, twice, both, one = (-asset.take_kw for asset in year.assets)
    array = PvArray(100.0, 5.0, mounting="canopy", on_dc_bus=False)
    expected = array_power(array, weather, 180.0, loaded.project.site.ground_reflectance).bus_kw
    np.testing.assert_array_equal(plain, expected)
    np.testing.assert_allclose(twice, 2.0 * plain, rtol=1e-12)
    assert 1.01 < both.sum() / one.sum() < 1.15
    np.testing.assert_allclose(year.columns["shared_pv_kw"], plain + twice + both + one)


def test_the_district_is_its_buildings_and_what_they_share(
    year: DistrictYear, shared_year: DistrictYear
) -> None:
    np.testing.assert_array_equal(shared_year.sums, year.sums)
    told, alone = figures(shared_year), figures(year)
    assert told["coincidence_factor"] == alone["coincidence_factor"]
    shared = pq.read_table(shared_year.folder / "shared.parquet").to_pandas()
    net = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    net = net + (shared["hub_charge_kw"] - shared["shared_pv_kw"]).to_numpy()
    store = shared["shared_storage_in_kw"] - shared["shared_storage_out_kw"]
    seen = shared_year.balance["grid_import_kw"] - shared_year.balance["grid_export_kw"]
    np.testing.assert_allclose(seen, net + store.to_numpy(), atol=1e-9)
    assert told["peak_kw"] == pytest.approx(max(seen))
    assert told["peak_kw"] < net.max()
    assert told["pv_kwh"] == pytest.approx(alone["pv_kwh"] + shared["shared_pv_kw"].sum())
    assert told["used_kwh"] == pytest.approx(alone["used_kwh"] + shared["hub_charge_kw"].sum())
    assert [asset["name"] for asset in told["shared"]] == ["hub", "canopy", "shared storage"]
    assert told["balance"]["residual"] < 1e-12
    for language in ("zh", "en"):
        lines = shared_lines(told["shared"], told["balance"], language)
        assert len(lines) == 4
        rows = balance_rows(told["balance"], language)
        assert rows[-1][1] == rows[-1][2]


def test_series_add_up_to_the_sums_and_with_what_is_shared_to_the_balance(shared_year: DistrictYear) -> None:
    """Who adds up every file under `series` gets the district's connection, not the buildings' sum."""

    def net(table: pd.DataFrame) -> pd.Series:
        return table["grid_import_kw"].astype(float) - table["grid_export_kw"]

    def added(*names: str) -> pd.Series:
        rows = pd.concat([pd.read_parquet(shared_year.folder / "series" / name) for name in names])
        return net(rows).groupby(rows["time"]).sum()

    parts = [file.name for file in sorted((shared_year.folder / "series").glob("part-*.parquet"))]
    rounding = 1e-6 * float(net(shared_year.sums).abs().max())  # of single precision
    np.testing.assert_allclose(added(*parts), net(shared_year.sums), rtol=0.0, atol=rounding)
    np.testing.assert_allclose(
        added(*parts, "shared.parquet"), net(shared_year.balance), rtol=0.0, atol=rounding
    )
    assert (net(shared_year.balance) - net(shared_year.sums)).abs().max() > 1e3 * rounding


def test_a_balance_that_does_not_close_is_refused(year: DistrictYear) -> None:
    wrong = year.sums.assign(cooling_kw=1.00001 * year.sums["cooling_kw"])
    with pytest.raises(TwinError, match="source, grid, load and storage is off"):
        balance(wrong, {}, np.zeros(len(wrong)))
    unseen = np.full(len(wrong), 1.0)
    with pytest.raises(TwinError, match="off by"):
        balance(year.sums, {}, unseen)


def test_what_is_shared_goes_on_and_keeps_the_parts(
    loaded: Loaded, shared_year: DistrictYear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped behind the last part, with another storage then: no building is marched again."""
    import twin.district.year as district_year

    out = tmp_path / "year"
    other = {**SHARED, "storage": {**SHARED["storage"], "limit": "300 kW"}}

    def stop(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    whole = district_year.march_behind
    monkeypatch.setattr(district_year, "march_behind", stop)
    with pytest.raises(TwinError, match="No space"):
        march_district(Loaded(with_shared(loaded.project, other), loaded.climate), out, Alone(), part=2)
    monkeypatch.setattr(district_year, "march_behind", whole)
    again = march_district(Loaded(with_shared(loaded.project, SHARED), loaded.climate), out, Alone(), part=2)
    assert again.manifest["counts"]["parts_kept"] == 3
    for name in ("shared.parquet", "balance.parquet", "sums.parquet", "series/shared.parquet"):
        assert (out / name).read_bytes() == (shared_year.folder / name).read_bytes()
    assert again.manifest["inputs_sha256"] == shared_year.manifest["inputs_sha256"]
    found = open_district(out)
    assert figures(found) == figures(shared_year)
    np.testing.assert_array_equal(found.balance, shared_year.balance)


def test_shared_assets_hang_on_the_feeder(loaded: Loaded, shared_year: DistrictYear, tmp_path: Path) -> None:
    year = open_district(shutil.copytree(shared_year.folder, tmp_path / "year"))
    feeder = laid_out(loaded.project, year)
    done = on_feeder(year, feeder, given=False)
    assert [c.building for c in feeder.connections][-3:] == ["hub", "canopy", "shared storage"]
    assert [c.power_factor for c in feeder.connections][-2:] == [1.0, 1.0]
    net = (year.balance["grid_import_kw"] - year.balance["grid_export_kw"]).to_numpy()
    np.testing.assert_allclose(done.year.source_kw - done.year.loss_kw, net, rtol=0.0, atol=2e-3)
    less = feeder.model_copy(update={"connections": feeder.connections[:-1]})
    with pytest.raises(TwinError, match="'shared storage' hangs nowhere"):
        on_feeder(year, less, given=True)


def test_what_is_assumed_of_them_is_said(shared_year: DistrictYear) -> None:
    said = {one["key"] for one in shared_year.manifest["assumptions"]}
    assert {"district.pv.canopy", "district.storage.meter"} <= said
    assert {"district.ev_hubs.workplace", "district.storage.lfp"} <= said


def test_other_commands_do_not_forget_them(loaded: Loaded) -> None:
    with pytest.raises(TwinError, match="not marched with each") as caught:
        prepare(with_shared(loaded.project, SHARED), loaded.climate)
    assert caught.value.key == "shared"
    assert "twin district" in caught.value.remedy


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ({}, "nothing is shared"),
        ({"storage": {"capacity": 1, "power": 1, "rule": "peak_shaving"}}, "without a limit"),
        ({"storage": {"capacity": 1, "power": 1, "rule": "time_of_use", "limit": 5}}, "keeps no limit"),
        ({"storage": {"capacity": 1, "power": 1, "soc_min": 0.9}}, "soc_min"),
        ({"pv": [{"name": "a", "capacity": 1}], "ev_hubs": [{"name": "a", "chargers": 1}]}, "called 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(shared: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SharedAssets.model_validate(shared)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shared": {"pv": [{"name": "O1", "capacity": 1}]}}, "both called 'O1'"),
        (
            {"shared": SHARED, "faults": [{"of": "grid", "start": "2025-03-01 10:00", "duration": "2 h"}]},
            "run on the grid only",
        ),
    ],
)
def test_a_project_whose_assets_do_not_fit_is_refused(
    loaded: Loaded, changes: dict[str, Any], words: str
) -> None:
    plain = loaded.project.model_dump(mode="json", by_alias=True, exclude_unset=True)
    with pytest.raises(ValidationError, match=words):
        Project.model_validate(plain | changes)


def test_each_rule_and_asset_is_named_in_both_languages() -> None:
    balance_of = {"residual": 0.0}
    for rule in ("self_consumption", "time_of_use", "peak_shaving", "rules"):
        told: Sequence[dict[str, Any]] = [
            {
                "name": "s", "kind": "storage", "rule": rule, "charge_kwh": 1.0, "discharge_kwh": 1.0,
                "loss_kwh": 0.0, "full_cycles": 1.0, "peak_before_kw": 2.0, "peak_after_kw": 1.0,
                "hours_over_limit": 0.0,
            }
        ]  # fmt: skip
        assert shared_lines(list(told), balance_of, "zh")[0] != shared_lines(list(told), balance_of, "en")[0]
