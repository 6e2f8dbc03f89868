"""Episodes go on as the year went, and copies as their original."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import pytest

from twin.clock import march
from twin.learning.stage import Stage, quarter_means, steps_per_quarter
from twin.plant import Plant, prepare
from twin.power_columns import BATTERY_SOC, BATTERY_TEMP, GRID_IMPORT
from twin.project import load


def _episode(stage: Stage, day: int, days: int) -> np.ndarray:
    stage.restart(day, days)
    first = stage.now
    while stage.now < stage.last:
        stage.march()
    return stage.out[first : stage.now]


@pytest.mark.parametrize("name", ["bus_plant", "board_plant", "district_plant"])
def test_without_orders_an_episode_is_the_year(name: str, request: pytest.FixtureRequest) -> None:
    """To the last digit, from any midnight, in any order, after other orders, and through the year's end."""
    plant: Plant = request.getfixturevalue(name)
    year = march(plant.copied()).buildings
    stage = Stage(plant, range(365))
    for day, days in ((200, 3), (0, 2), (31, 4), (200, 3), (362, 3), (199, 2)):
        np.testing.assert_array_equal(_episode(stage, day, days), year[24 * day : 24 * (day + days)])
        stage.restart(day, 1)
        stage.orders[:, :, :] = 5.0
        while stage.now < stage.last:
            stage.march()


def test_many_steps_in_one_call_are_the_same(bus_plant: Plant) -> None:
    stage = Stage(bus_plant, [180])
    singly = _episode(stage, 180, 2).copy()
    stage.restart(180, 2)
    begin = stage.now
    stage.march(48)
    np.testing.assert_array_equal(stage.out[begin : stage.now], singly)


@pytest.mark.parametrize("name", ["bus_plant", "district_plant"])
def test_copies_go_on_as_their_original(name: str, request: pytest.FixtureRequest) -> None:
    """Lying in other lanes they differ by the order of sums alone."""
    plant: Plant = request.getfixturevalue(name)
    one, many = Stage(plant, [10, 200]), Stage(plant, [10, 200], copies=9)
    assert many.count == 9 * one.count
    for day in (200, 10, 200):
        wanted = _episode(one, day, 3)
        found = _episode(many, day, 3)
        for b in range(many.count):
            np.testing.assert_allclose(found[:, b], wanted[:, b % one.count], rtol=1e-6, atol=1e-6)


@pytest.mark.long
def test_a_building_with_every_system_goes_on_as_it_went() -> None:
    """Stores, sources and machines of the plant room are put back, too; side by side as well."""
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_all_systems.yaml")
    plant = prepare(loaded.project, loaded.climate)
    year = march(plant.copied()).buildings
    per_day = round(86400.0 / plant.dt_s)
    for copies in (1, 2):
        stage = Stage(plant, [20, 110, 200], copies=copies)
        for day in (200, 20, 110):
            found = _episode(stage, day, 2)
            wanted = year[per_day * day : per_day * (day + 2)]
            for b in range(copies):
                close = 1e-6 * (copies - 1)
                np.testing.assert_allclose(found[:, b], wanted[:, 0], rtol=close, atol=close)


def test_orders_of_one_copy_leave_the_others(bus_plant: Plant) -> None:
    stage = Stage(bus_plant, [200], copies=3)
    stage.restart(200, 1)
    first = stage.now
    stage.orders[:, 1, 0] = 10.0
    while stage.now < stage.last:
        stage.march()
    out = stage.out[first : stage.now]
    # The first two lie abreast; an order beside must not move what is not ordered.
    np.testing.assert_allclose(out[:, 0], out[:, 2], rtol=1e-9, atol=1e-9)
    assert np.abs(out[:, 0, BATTERY_SOC] - out[:, 1, BATTERY_SOC]).max() > 0.1
    assert np.isfinite(out[:, :, BATTERY_TEMP]).all()


def test_midnights_keep_the_peak_of_their_month(bus_plant: Plant) -> None:
    year = march(bus_plant.copied()).buildings[:, 0, GRID_IMPORT]
    stage = Stage(bus_plant, [0, 31, 45, 59])
    peaks = {day: float(then.peak_kw[0]) for day, then in stage.midnights.items()}
    assert peaks[0] == peaks[31] == peaks[59] == 0.0
    assert peaks[45] == pytest.approx(year[31 * 24 : 45 * 24].max())


def test_quarter_hours() -> None:
    assert [steps_per_quarter(60.0 * m) for m in (1, 5, 10, 15, 30, 60)] == [15, 3, 1, 1, 1, 1]
    power = np.arange(30.0)[:, None]
    np.testing.assert_allclose(quarter_means(power, 60.0)[:, 0], [7.0, 22.0])
