"""Inside of buildings, feeder and ranking of an operated day, against where each comes from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from buildings.districts.feeder import Feeder, read_feeder
from small_fleet import written
from twin.commands.operate import operate_project
from twin.district.power_flow import FeederModel, reactive_power
from twin.flexibility.witness import room_air
from twin.outcome import OUTCOME_COLUMNS
from twin.progress import Progress
from twin.response.live import Moment, Operation
from twin.response.operated import MOMENTS, SCENE, operate_call
from twin.response.ranking import ranking
from twin.response.rows import coarser, read_rows, rows_path
from twin.response.states import AT, COLUMNS, ENDS
from twin.response.study import Called
from twin.variables import SINKS, SOURCES
from weather.errors import TwinError

TITLES = ("楼宇群", "fleet")


@pytest.fixture(scope="module")
def operation(called: Called) -> Operation:
    return Operation(called, 0)


@pytest.fixture(scope="module")
def moments(operation: Operation) -> list[Moment]:
    """Every minute of a day in which nobody spoke."""
    found = []
    while not operation.over:
        found.append(operation.next())
    return found


@pytest.fixture(scope="module")
def day(called: Called, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The same on disk."""
    folder, now = tmp_path_factory.mktemp("operated") / "day", [0.0]

    def nap(seconds: float) -> None:
        now[0] += seconds

    operate_call(called, folder, seed=0, speed=1000.0, titles=TITLES, clock=lambda: now[0], nap=nap)
    return folder, json.loads((folder / SCENE).read_text("utf-8"))


def _told(operation: Operation, row: int) -> pd.DataFrame:
    """The tables of the marches, by the registry's names."""
    rows = [going.told[row] for going in operation._day.goings]
    return pd.DataFrame(np.concatenate(rows), columns=OUTCOME_COLUMNS)


def test_every_state_is_that_of_the_march(operation: Operation, moments: list[Moment]) -> None:
    same = ("pv_kw", "generation_kw", "hvac_kw", "hvac_shed_kw")
    stored = ~np.isnan(moments[0].states[:, AT["battery_soc"]])
    assert stored.tolist() == [True, True, False, True]
    for moment in moments:
        told, states = _told(operation, moment.step - 1), moment.states
        for name in same:
            np.testing.assert_array_equal(states[:, AT[name]], told[name])
        for name, plus, minus in (
            ("battery_kw", "battery_discharge_kw", "battery_charge_kw"),
            ("ev_kw", "ev_charge_kw", "ev_discharge_kw"),
            ("meter_kw", "grid_import_kw", "grid_export_kw"),
        ):
            np.testing.assert_array_equal(states[:, AT[name]], told[plus] - told[minus])
        np.testing.assert_array_equal(states[stored, AT["battery_soc"]], told["battery_soc"][stored])
        np.testing.assert_array_equal(states[:2, AT["bus_pu"]], told["bus_voltage_pu"][:2])
        assert np.isnan(states[2:, AT["bus_pu"]]).all()
        np.testing.assert_array_equal(states[:, AT["meter_kw"]], moment.meter_kw)
        np.testing.assert_array_equal(states[:, AT["without_kw"]], moment.without_kw)
        np.testing.assert_array_equal(states[:, AT["baseline_kw"]], moment.baseline_kw)
        np.testing.assert_array_equal(states[:, AT["asked_kw"]], moment.asked_kw)


def test_the_diagram_balances_at_the_meter_and_on_the_bus(
    operation: Operation, moments: list[Moment]
) -> None:
    described = operation.insides.described
    assert [one["bus_v"] for one in described] == [750.0, 750.0, None, None]
    hung = {use: np.array([use in one["on_bus"] for one in described], float) for use in ("hvac", "ev")}
    assert hung["hvac"].tolist() == [1.0, 1.0, 0.0, 0.0]
    for moment in moments:
        told = _told(operation, moment.step - 1)
        kw = {name: moment.states[:, AT[name]] for name in COLUMNS}
        board = kw["hvac_kw"] + kw["ev_kw"] + kw["dc_other_kw"] + kw["ac_other_kw"] + kw["loss_kw"]
        board -= kw["pv_kw"] + kw["battery_kw"] + kw["generation_kw"]
        np.testing.assert_allclose(kw["meter_kw"], board, atol=1e-9)
        off_bus = kw["ac_other_kw"] - kw["generation_kw"]
        off_bus += sum(kw[f"{use}_kw"] * (1.0 - on) for use, on in hung.items())
        given = kw["meter_kw"] - off_bus - kw["loss_kw"]
        on_bus = kw["dc_other_kw"] + sum(kw[f"{use}_kw"] * on for use, on in hung.items())
        rest = given + kw["pv_kw"] + kw["battery_kw"] - on_bus
        np.testing.assert_allclose(rest[:2], 0.0, atol=1e-9)
        # and nothing of the march's own balance is left out
        taken = told[list(SINKS)].sum(axis=1) - told[list(SOURCES)].sum(axis=1)
        np.testing.assert_allclose(taken, 0.0, atol=1e-6)
        assert (kw["dc_other_kw"][:2] > 0.0).all()
        assert (kw["dc_other_kw"][2:] == 0.0).all()
        assert (kw["ac_other_kw"] >= -1e-9).all()


def test_rooms_are_told_as_the_witness_does(operation: Operation, moments: list[Moment]) -> None:
    (going,) = operation._day.goings
    last = moments[-1].step
    zones = going.zones[: last + 1]
    for b in range(len(operation.called.names)):
        wanted = room_air(going.plant, zones, b)[2]
        found = [moment.states[b, AT["room_k"]] for moment in moments]
        np.testing.assert_allclose(found, [wanted[moment.step] for moment in moments], atol=1e-12)
    shares = [one.rooms_outside for one in moments]
    assert 0.0 <= min(shares) < max(shares) <= 1.0


def test_rooms_pay_for_a_target_beyond_the_batteries(called: Called) -> None:
    operation = Operation(called, 0)
    while operation.step <= operation.times.start:
        operation.next()
    operation.retarget(10.0 * called.fleet.target_kw)
    during = []
    while operation.step < operation.times.end:
        during.append(operation.next())
    farther = during[-1].states[:, AT["room_k"]] - during[-1].states[:, AT["room_without_k"]]
    shed = during[-1].states[:, AT["hvac_shed_kw"]]
    assert during[-1].rooms_outside == 0.5  # those of the two that are asked
    assert farther[0] > 0.2
    assert shed[0] > 1.0


def test_charge_of_all_batteries_is_what_they_hold_over_what_they_can(
    operation: Operation, moments: list[Moment]
) -> None:
    kwh = np.array([120.0, 120.0, 0.0, 100.0])
    for one in moments:
        soc = np.nan_to_num(one.states[:, AT["battery_soc"]])
        assert one.soc == pytest.approx((soc * kwh).sum() / kwh.sum())


def test_the_feeder_carries_the_meters(operation: Operation, moments: list[Moment]) -> None:
    """Against flows that are solved here, with the call and without."""
    feeder = operation.feeder.feeder
    assert feeder is not None
    at = {place.building: k for k, place in enumerate(feeder.connections)}
    order = [at[name] for name in operation.called.names]
    model = FeederModel(feeder)
    (part,) = operation.called.fleet.parts
    for moment in moments[::7]:
        told = _told(operation, moment.step - 1)
        used = told[list(SINKS)].sum(axis=1)
        used -= told[["battery_charge_kw", "conversion_loss_kw", "grid_export_kw"]].sum(axis=1)
        assert moment.feeder is not None
        without = part.load_kw[:, moment.step - 1]
        for carried, meter, load in (
            (moment.feeder.now, moment.meter_kw, used.to_numpy()),
            (moment.feeder.without, moment.without_kw, without),
        ):
            p, q = np.zeros((1, len(order))), np.zeros((1, len(order)))
            p[0, order], q[0, order] = meter, load
            flow = model.solve(p, reactive_power(feeder, q))
            assert carried.transformer == pytest.approx(float(flow.transformer_loading.max()), rel=1e-9)
            assert carried.cable == pytest.approx(float(flow.cable_loading.max()), rel=1e-9)
            assert 0.9 < carried.low_pu <= carried.high_pu < 1.1
            assert carried.low_pu >= float(flow.voltage_pu.min()) - 1e-12
        loaded = moment.feeder.loading
        assert loaded.max() == pytest.approx(moment.feeder.now.transformer)
        assert moment.feeder.as_dict()["fullest"][0] == [int(loaded.argmax()), round(float(loaded.max()), 4)]


def test_rows_on_disk_are_the_states(day: tuple[Path, dict[str, Any]], moments: list[Moment]) -> None:
    folder, scene = day
    found = read_rows(folder, scene, "states")
    assert scene["states"]["columns"] == list(COLUMNS)
    assert found.steps.tolist() == [one.step for one in moments]
    wanted = np.array([one.states for one in moments], np.float32)
    np.testing.assert_array_equal(found.values, wanted)
    some = read_rows(folder, scene, "states", moments[9].step, moments[20].step)
    assert some.steps.tolist() == [one.step for one in moments[10:21]]
    np.testing.assert_array_equal(some.values, wanted[10:21])
    transformers = read_rows(folder, scene, "feeder")
    assert transformers.values.shape == (len(moments), len(scene["feeder"]["transformers"]))
    lines = [json.loads(line) for line in (folder / MOMENTS).read_text("utf-8").splitlines()]
    for told, row in zip(lines, transformers.values, strict=True):
        assert told["feeder"]["transformer"] == pytest.approx(row.max(), abs=1e-4)


def test_a_row_that_was_cut_is_no_row(day: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, scene = day
    there = rows_path(folder, "states", scene["states"])
    row = 4 * len(scene["names"]) * len(COLUMNS)
    (tmp_path / there.name).write_bytes(there.read_bytes()[: 3 * row + 17])
    found = read_rows(tmp_path, scene, "states")
    assert len(found.steps) == len(found.values) == 3
    assert len(read_rows(tmp_path, scene, "states", scene["last_step"]).steps) == 0
    assert len(read_rows(tmp_path / "none", scene, "states").steps) == 0
    with pytest.raises(TwinError, match="no record of states"):
        read_rows(folder, {**scene, "states": None}, "states")


def test_coarser_rows_keep_energy_and_ends(day: tuple[Path, dict[str, Any]]) -> None:
    folder, scene = day
    states = read_rows(folder, scene, "states").values
    short = coarser(states, 6, [AT[name] for name in ENDS])
    assert len(short) == len(states) // 6
    np.testing.assert_allclose(
        short[:, :, AT["meter_kw"]].sum(axis=0) * 6.0,
        states[: 6 * len(short), :, AT["meter_kw"]].sum(axis=0),
    )
    for name in ENDS:
        np.testing.assert_array_equal(short[:, :, AT[name]], states[5::6, :, AT[name]][: len(short)])


def test_the_ranking_sums_to_what_the_moments_say(
    day: tuple[Path, dict[str, Any]], moments: list[Moment], called: Called
) -> None:
    folder, scene = day
    during = [one for one in moments if one.phase == "call"]
    table = ranking(folder, scene)
    hours = 5.0 / 60.0
    assert table["asked_kwh"].sum() == pytest.approx(
        sum(float(one.asked_kw.sum()) for one in during) * hours, rel=1e-5
    )
    assert table["delivered_kwh"].sum() == pytest.approx(
        sum(one.settled_kw for one in during) * hours, rel=1e-4
    )
    given = sum(float(one.given_kw[one.asked_kw > 0.0].sum()) for one in during) * hours
    assert table["given_kwh"].sum() == pytest.approx(given, rel=1e-4)
    unheard = sum(int(((one.asked_kw > 0.0) & ~one.heard).sum()) for one in during) * 5.0
    assert table["unheard_min"].sum() == unheard
    assert table["delivered_kwh"].is_monotonic_decreasing
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert [called.names[place] for place in table["place"]] == table["participant"].tolist()
    after = [one for one in moments if called.fleet.times.start < one.step <= called.fleet.times.end + 24]
    farther = [one.states[:, AT["room_k"]] - one.states[:, AT["room_without_k"]] for one in after]
    worse = np.max(farther, axis=0).clip(0.0)
    np.testing.assert_allclose(table["worse_k"], worse[table["place"]], atol=1e-6)
    half = ranking(folder, scene, during[len(during) // 2].step)
    assert 0.0 < half["asked_kwh"].sum() < 0.7 * table["asked_kwh"].sum()
    assert ranking(folder, scene, during[0].step - 1).empty


def test_a_feeder_that_fits_is_taken_and_one_that_does_not_refused(
    operation: Operation, called: Called, tmp_path: Path
) -> None:
    laid = operation.feeder.feeder
    assert laid is not None
    with_hub = laid.model_dump(mode="json")
    with_hub["connections"].append({**with_hub["connections"][0], "building": "hub"})
    other = Operation(called, 0, Feeder.model_validate(with_hub))
    moment, own = other.next(), Operation(called, 0, laid).next()
    assert moment.feeder is not None
    assert own.feeder is not None
    np.testing.assert_allclose(moment.feeder.loading, own.feeder.loading, rtol=1e-12)
    keys = {one.key for one in other.feeder.assumptions}
    assert "feeder.shared_aside" in keys
    assert "feeder.laid_out" not in keys
    with_hub["connections"] = with_hub["connections"][1:]
    with pytest.raises(TwinError, match="hangs nowhere"):
        Operation(called, 0, Feeder.model_validate(with_hub))
    project, call = written(tmp_path)
    path = tmp_path / "feeder.yaml"
    path.write_text(json.dumps(with_hub), "utf-8")
    assert read_feeder(path).connections[-1].building == "hub"
    with pytest.raises(TwinError, match="hangs nowhere") as caught:
        operate_project(
            project, event=call, out=tmp_path / "day", speed=0.0, feeder=path, scheduler=None,
            weather=None, progress=_quiet,
        )  # fmt: skip
    assert caught.value.file == str(path)
    assert not (tmp_path / "day").exists()


def _quiet(_: float) -> None:
    return None


def test_a_day_of_an_older_version_tells_that_it_has_no_states(
    day: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, scene = day
    shutil.copytree(folder, tmp_path / "old")
    old = {name: entry for name, entry in scene.items() if name not in ("states", "feeder", "participants")}
    with pytest.raises(TwinError, match="no record of states"):
        ranking(tmp_path / "old", old)


_: Progress = _quiet
