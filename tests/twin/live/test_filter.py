"""The filter against a truth that is not the twin."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from buildings.thermal import layout as k
from live_hall import DAY, DAYS, MINUTES, SD, Truth
from twin.going import Going, Standing
from twin.live import ensemble as ensembles
from twin.live.ensemble import Ensemble, Outdoors
from twin.live.figures import followed
from twin.live.filter import BOOKS, Filter
from twin.plant import prepare
from twin.project import Loaded
from twin.zoom import zoomed
from weather.errors import TwinError

PER_DAY = 1440 // MINUTES


def _filter(described: Loaded, truth: Truth, members: int = 40, seed: int = 1) -> Filter:
    made = Ensemble(described, DAY, members=members, minutes=MINUTES, seed=seed)
    return Filter(made, tuple(truth.readings.columns))


@pytest.fixture(scope="module")
def followed_days(described: Loaded, truth: Truth) -> tuple[Filter, np.ndarray, np.ndarray]:
    """The filter after three days, with all means and standard deviations."""
    made = _filter(described, truth)
    told = [made.step(row) for row in truth.readings.to_numpy()]
    return made, np.array([one.mean for one in told]), np.array([one.sd for one in told])


def test_rooms_are_known_better_than_their_sensors(
    followed_days: tuple[Filter, np.ndarray, np.ndarray], truth: Truth
) -> None:
    made, mean, sd = followed_days
    at = made.columns.index("hall/temp_air_c")
    wrong = mean[:, at] - truth.series["hall/temp_air_c"].to_numpy()
    settled = slice(PER_DAY, None)
    assert np.sqrt((wrong[settled] ** 2).mean()) < SD["temp_air_c"]
    assert np.sqrt((wrong[100:130] ** 2).mean()) < 3.0 * SD["temp_air_c"], "the gap of hours"
    covered = (np.abs(wrong) < 1.645 * sd[:, at])[settled].mean()
    assert covered > 0.75


def test_parameters_come_to_the_truth(
    followed_days: tuple[Filter, np.ndarray, np.ndarray], truth: Truth
) -> None:
    made, mean, sd = followed_days
    last = dict(zip(made.columns, mean[-1], strict=True))
    assert np.exp(last["pv"]) == pytest.approx(0.9, abs=0.04)
    assert sd[-1, made.columns.index("pv")] < 0.05, "half of what it was before"
    charge = mean[:, made.columns.index("battery_soc")] - truth.series["battery_soc"].to_numpy()
    assert np.sqrt((charge[PER_DAY:] ** 2).mean()) < SD["battery_soc"]
    wrong = mean[PER_DAY:, made.columns.index("hall/humidity_ratio")] - truth.humidity[PER_DAY:]
    assert np.sqrt((wrong**2).mean()) < 8e-4, "3 % of relative humidity at 26 degC are 6e-4"


def test_without_readings_nothing_is_moved(described: Loaded, truth: Truth) -> None:
    made = _filter(described, truth, members=8)
    silent = np.full(truth.readings.shape[1], np.nan)
    for _ in range(6):
        told = made.step(silent)
    assert np.isfinite(told.mean).all()
    moved = dict(zip(BOOKS, made.books[1], strict=True))
    assert moved["air_kwh"] == moved["walls_kwh"] == moved["moisture_kg"] == moved["battery_kwh"] == 0.0
    assert moved["unknown_kwh"] > 0.0, "what the model does not know is drawn all the same"


def test_powers_that_are_told_only_move_nothing(described: Loaded, truth: Truth) -> None:
    """What vehicles and a battery draw is held against what was expected, whatever it is."""
    points = (*truth.readings.columns, "battery_kw", "ev_charge_kw")
    rows = np.concatenate([truth.readings.to_numpy()[:8], np.tile([5.0, 3.0], (8, 1))], axis=1)
    with_them, without = (
        Filter(Ensemble(described, DAY, members=8, minutes=MINUTES, seed=1), names)
        for names in (points, points[:-2])
    )
    for row in rows:
        told, plain = with_them.step(row), without.step(row[:-2])
    own = [with_them.columns.index(name) for name in without.columns]
    assert np.array_equal(told.mean[own], plain.mean)
    at = with_them.columns.index("battery_kw"), with_them.heard.index("battery_kw")
    assert told.mean[at[0]] + told.innovation[at[1]] == pytest.approx(5.0)
    assert told.expected_sd[at[1]] > 0.2


def test_what_readings_move_is_booked(described: Loaded, truth: Truth) -> None:
    """Air and walls of the hall, before and after a reading, from the state itself."""
    made = _filter(described, truth, members=8)
    rows = truth.readings.to_numpy().copy()
    made.step(np.full(rows.shape[1], np.nan))
    state, zone = made.ensemble.stage.state, made.ensemble.base_zone[0]
    before = made.books.copy()
    temp, humidity = (made.ensemble.by_member(p).copy() for p in (state.temp, state.humidity))
    only = np.append(rows[0], np.nan)
    only[:2] = 40.0, np.nan
    made._listen_rooms(only)
    rise = (made.ensemble.by_member(state.temp) - temp).mean()
    wetter = (made.ensemble.by_member(state.humidity) - humidity).mean()
    booked = dict(zip(BOOKS, (made.books - before)[0], strict=True))
    assert rise > 0.0
    assert booked["air_kwh"] == pytest.approx(rise * zone[0, k.CAPACITY, 0] / 3.6e6)
    assert booked["moisture_kg"] == pytest.approx(wetter * zone[0, k.AIR_MASS, 0])
    assert booked["walls_kwh"] != 0.0


def test_walls_still_remember_what_their_modes_hold(
    followed_days: tuple[Filter, np.ndarray, np.ndarray],
) -> None:
    state, batch = followed_days[0].ensemble.stage.state, followed_days[0].ensemble.stage.batch
    for memory, row in ((k.MEMORY_OUT, 1), (k.MEMORY_IN, 2)):
        held = np.sum(batch.modes[:, :, :, row] * state.modes, axis=3)
        assert np.allclose(state.face[:, :, :, memory], held, rtol=1e-7, atol=1e-7)


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ensemble that doubts nothing."""
    plain = tuple(replace(one, start_sd=0.0, walk_sd=0.0) for one in followed())
    monkeypatch.setattr(ensembles, "followed", lambda: plain)
    for name in ("_START_ROOM_K", "_START_WALL_K", "_START_HUMIDITY", "_START_CHARGE", "_CHARGE_WALK"):
        monkeypatch.setattr(ensembles, name, 0.0)


@pytest.mark.usefixtures("sure")
def test_members_without_doubt_are_the_march_of_the_twin_over_midnight(described: Loaded) -> None:
    made = Ensemble(described, DAY, members=8, minutes=5, seed=0)
    told = np.array([made.march(None) for _ in range(2 * 288)])
    whole = described.project.model_copy(update={"timestep": 15.0})
    year = Going(
        Standing(prepare(whole, described.climate, cut_s=300.0), 0, np.zeros((1, 0)), np.zeros((1, 0)))
    )
    year.to(DAY * 96)
    days = Going(
        Standing(zoomed(year.plant, DAY * 96, (DAY + 2) * 96, 5), 0, np.zeros((1, 0)), np.zeros((1, 0)))
    )
    days.to(2 * 288)
    away = np.abs(told - days.told[:, :1])
    assert np.ptp(told, axis=1).max() < 1e-9
    assert away.max() < 1e-6


def test_what_does_not_fit_is_refused(described: Loaded, truth: Truth, marches: ModuleType) -> None:
    with pytest.raises(TwinError, match="multiple of 8") as refused:
        Ensemble(described, DAY, members=12, minutes=1, seed=0)
    assert "8 的倍数" in refused.value.told("zh")
    with pytest.raises(TwinError, match="quarter of an hour"):
        Ensemble(described, DAY, members=8, minutes=7, seed=0)
    two = marches.project_of(marches.hall("a"), marches.hall("b"))
    with pytest.raises(TwinError, match="one building"):
        Ensemble(Loaded(two, described.climate), DAY, members=8, minutes=15, seed=0)
    made = Ensemble(described, DAY, members=8, minutes=15, seed=0)
    with pytest.raises(TwinError, match="no point 'cellar/temp_air_c'"):
        Filter(made, ["cellar/temp_air_c"])
    assert DAYS > 1


def test_measured_weather_lasts_over_midnight(described: Loaded) -> None:
    made = Ensemble(described, DAY, members=8, minutes=15, seed=1)
    for _ in range(97):
        made.march(Outdoors(35.0, 0.012, 1.0))
    stage = made.stage
    assert made.day == DAY + 1
    rows = stage.weather_table[stage.now - 1 : stage.now + 1]
    assert rows[:, k.TEMP_OUT] == pytest.approx([35.0, 35.0])
    assert rows[:, k.HUMIDITY_OUT] == pytest.approx([0.012, 0.012])
