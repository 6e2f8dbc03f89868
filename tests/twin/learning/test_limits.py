"""No action can violate a physical limit: Hypothesis draws random, huge, infinite and missing ones."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.learning.actions import ACTIONS, BUILT_IN
from twin.learning.scene import Scene
from twin.outcome import OUTCOME_COLUMNS
from twin.plant import Plant, prepare
from twin.power_columns import BATTERY_CHARGE, BATTERY_DISCHARGE, BATTERY_SOC, EV_CHARGE, PV, UNSERVED

DAYS = {"winter": 20, "summer": 201}
_STEP_K = 1.0
"""What a room may drift within the step in which its limit is reached [K]."""
ODD = (math.nan, math.inf, -math.inf, 1e300, -1e300, 1e9, -1e9, 0.0, 1.0, -1.0)


def _wishes() -> st.SearchStrategy[tuple[int, float, list[float]]]:
    """Seed of random actions, share of odd ones among them, and which odd ones."""
    odd = st.lists(st.sampled_from(ODD), min_size=1, max_size=4)
    return st.tuples(st.integers(0, 2**31), st.sampled_from([0.0, 0.2, 1.0]), odd)


def _actions(wishes: tuple[int, float, list[float]], steps: int, count: int) -> np.ndarray:
    seed, share, odd = wishes
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(-1.0, 1.0, (steps, count, len(ACTIONS)))
    return np.where(rng.random(drawn.shape) < share, rng.choice(odd, drawn.shape), drawn)


@pytest.fixture(scope="module")
def scenes(marches: ModuleType, board_plant: Plant) -> dict[str, Scene]:
    """Both halls with every action there is, and the one with a bus without a target for its meter."""
    # A bus sheds conditioning within a step by what the rooms were at its start: an hour is long for that.
    bus_plant = prepare(marches.project_of(marches.hall(**marches.PEDF), timestep=15), marches.shanghai())
    starts = list(DAYS.values())
    return {
        "bus": Scene(bus_plant, actions=BUILT_IN, days=1, starts=starts, step_minutes=60),
        "bus and meter": Scene(bus_plant, actions=ACTIONS, days=1, starts=starts, step_minutes=60),
        "board": Scene(board_plant, actions=ACTIONS, days=1, starts=starts),
    }


def _missed_k(scene: Scene) -> float:
    """How far the room lies beyond its set-points at the end of the step that was marched [K]."""
    k, stage = scene.stage.now - 1, scene.stage
    (g, z, lane, _, heat, cool, _) = scene.place[0]
    air = stage.state.temp[g, z, lane]
    assert math.isfinite(air)
    return max(air - stage.forcing[k, cool], stage.forcing[k, heat] - air)


def _lived(scene: Scene, day: int, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcome (n, columns) and how far the room was beyond its set-points, step by step."""
    scene.restart(day)
    missed = []
    for action in actions:
        seen, reward, parts, _ = scene.step(action)
        assert np.isfinite(seen).all()
        assert np.isfinite(reward).all()
        assert np.isfinite(parts).all()
        assert (seen >= scene.low).all()
        assert (seen <= scene.high).all()
        missed.append(_missed_k(scene))
    return scene.stage.out[scene.first : scene.stage.now, 0].copy(), np.array(missed)


@pytest.mark.parametrize("season", DAYS)
@pytest.mark.parametrize("kind", ["bus", "bus and meter", "board"])
@settings(max_examples=40)
@given(wishes=_wishes())
def test_no_action_leaves_a_limit(
    kind: str,
    season: str,
    wishes: tuple[int, float, list[float]],
    scenes: dict[str, Scene],
    marches: ModuleType,
) -> None:
    scene, day = scenes[kind], DAYS[season]
    plain, plain_missed = _lived(scene, day, np.full((24, 1, len(ACTIONS)), np.nan))
    row, missed = _lived(scene, day, _actions(wishes, 24, 1))
    battery = scene.plant.buildings.electrical["battery"][0]
    soc = row[:, BATTERY_SOC]
    assert soc.min() >= min(battery["soc_min"], plain[0, BATTERY_SOC]) - 0.01  # standby alone goes below
    assert soc.max() <= battery["soc_max"] + 1e-9
    assert row[:, [BATTERY_CHARGE, BATTERY_DISCHARGE]].max() <= battery["power_kw"] + 1e-9
    charger = scene.plant.buildings.electrical["charger"][0]
    chargers = np.diff(scene.plant.buildings.chargers[0])[0]
    assert row[:, EV_CHARGE].max() <= chargers * charger["power_kw"] + 1e-9
    assert (row[:, PV] <= plain[:, PV] + plain[:, PV + 1] + 1e-9).all()
    table = pd.DataFrame(row, columns=OUTCOME_COLUMNS)
    assert np.abs(marches.imbalance(table)).max() < 1e-6
    assert table.drop(columns=["grid_target_kw", "bus_voltage_pu"]).notna().all().all()
    # Rooms go no further from their set-points than the shift that is allowed. A target for the meter asks
    # the bus to shed what it must, so that rooms are its last reserve.
    drift, shed = -float(scene.plant.buildings.shifts[0, 1]), float(scene.plant.buildings.shifts[0, 3])
    if kind != "bus and meter":
        assert missed.max() <= max(plain_missed.max(), 0.0) + max(drift, shed) + _STEP_K


@settings(max_examples=30)
@given(wishes=_wishes())
def test_vehicles_leave_as_full_as_without(
    wishes: tuple[int, float, list[float]], scenes: dict[str, Scene]
) -> None:
    """What a departing vehicle lacks is no more than under the building's own control."""
    scene, day = scenes["board"], DAYS["summer"]
    lacks = []
    for actions in (np.full((24, 1, len(ACTIONS)), np.nan), _actions(wishes, 24, 1)):
        row, _ = _lived(scene, day, actions)
        assert row[:, UNSERVED].max() == 0.0
        sessions, last = scene.stage.sessions, scene.stage.now
        gone = (sessions["departure_step"] <= last) & (sessions["departure_step"] > scene.first)
        assert gone.any()
        lacks.append(sessions["remaining_kwh"][gone])
    assert (lacks[1] <= lacks[0] + 1e-6).all()
