"""Gymnasium's and PettingZoo's own checks, spaces, seeds, and money that is the bill's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordEpisodeStatistics, RescaleObservation
from gymnasium.wrappers.vector import RecordEpisodeStatistics as VectorStatistics
from pettingzoo.test import parallel_api_test, parallel_seed_test

from twin.learning.district import DistrictEnv
from twin.learning.environments import BuildingEnv, BuildingVectorEnv
from twin.learning.reward import PARTS, Weights
from twin.learning.scene import Told, plant_of
from twin.market.bill import bill
from twin.market.tariff import load_tariff
from twin.plant import Plant
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from weather.errors import TwinError


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("name", ["bus_plant", "board_plant"])
def test_gymnasium_finds_nothing(name: str, scaled: bool, request: pytest.FixtureRequest) -> None:
    plant: Plant = request.getfixturevalue(name)
    check_env(BuildingEnv(plant, days=1, starts=[10, 200], scaled=scaled), skip_render_check=True)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_pettingzoo_finds_nothing(district_plant: Plant) -> None:
    env = DistrictEnv(district_plant, days=2, starts=[10, 200])
    parallel_api_test(env, num_cycles=120)
    parallel_seed_test(lambda: DistrictEnv(district_plant, days=1, starts=[10, 200], random_soc=True))


def _lived(env: BuildingEnv, seed: int, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    seen, _ = env.reset(seed=seed, options=options or None)
    env.action_space.seed(seed)
    rows, rewards, over = [seen], [], False
    while not over:
        seen, reward, ended, over, _ = env.step(env.action_space.sample())
        assert not ended
        assert env.observation_space.contains(seen)
        rows.append(seen)
        rewards.append(reward)
    return np.array(rows), np.array(rewards)


def test_a_seed_tells_all(bus_plant: Plant) -> None:
    env = BuildingEnv(bus_plant, days=2, random_soc=True)
    first, again, other = _lived(env, 3), _lived(env, 3), _lived(env, 4)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], other[0])
    fresh = _lived(BuildingEnv(bus_plant, days=2, random_soc=True), 3)
    np.testing.assert_array_equal(first[0], fresh[0])


def test_numbers_have_names_units_and_bounds(bus_plant: Plant) -> None:
    env = BuildingEnv(bus_plant, days=3, starts=[200])
    rows, _ = _lived(env, 0)
    names = [column.name for column in env.columns]
    assert len(set(names)) == len(names) == rows.shape[1]
    assert all(column.unit and column.meaning for column in env.columns)
    assert np.isfinite(env.observation_space.low).all()
    assert np.isfinite(env.observation_space.high).all()
    assert env.scene.held_at_bounds == 0
    seen = dict(zip(names, rows.T, strict=True))
    assert seen["temp_out"].max() == pytest.approx(bus_plant.weather.temp_air[4800:4872].max(), abs=1e-4)
    # Weather ahead is a forecast: near the truth, and not the truth.
    truth = np.array([bus_plant.weather.temp_air[k : k + 1].mean() for k in range(4800, 4872)])
    error = seen["temp_ahead_0_1h"][:-1] - truth
    assert 0.05 < np.abs(error).mean() < 5.0
    assert seen["pv_ahead_0_1h"].max() > 5.0
    assert seen["vehicles_most"].max() > 0.0
    assert (seen["vehicles_least"] <= seen["vehicles_most"] + 1e-5).all()


def test_a_perfect_forecast_is_the_truth(board_plant: Plant) -> None:
    env = BuildingEnv(board_plant, days=1, starts=[150], forecast="perfect")
    rows, _ = _lived(env, 0)
    names = [column.name for column in env.columns]
    ahead = rows[:-1, names.index("temp_ahead_0_1h")]
    np.testing.assert_allclose(ahead, board_plant.weather.temp_air[3600:3624], atol=1e-4)
    sun = rows[:-1, names.index("sun_ahead_0_1h")]
    np.testing.assert_allclose(sun, board_plant.weather.ghi[3600:3624], atol=1e-3)


@pytest.mark.parametrize("name", ["bus_plant", "board_plant"])
def test_a_month_costs_what_the_bill_says(name: str, request: pytest.FixtureRequest) -> None:
    """Energy, export and demand charge of July, built-in control."""
    plant: Plant = request.getfixturevalue(name)
    env = BuildingEnv(plant, days=31, starts=[181])
    env.reset(options={"date": "2025-07-01"})
    costs: dict[str, float] = defaultdict(float)
    total, over = 0.0, False
    while not over:
        _, reward, _, over, info = env.step(None)
        total += reward
        for part, cost in info["parts"].items():
            costs[part] += cost
    stage = env.scene.stage
    told = stage.out[env.scene.first : stage.now, 0]
    times = plant.weather.times[181 * 24 : 212 * 24]
    due = bill(told[:, GRID_IMPORT], told[:, GRID_EXPORT], times, load_tariff(plant.project.tariff))
    assert costs["energy"] == pytest.approx(due.amount("energy"), rel=1e-9)
    assert costs["export"] == pytest.approx(due.amount("export"), rel=1e-9, abs=1e-9)
    assert costs["demand"] == pytest.approx(due.amount("demand"), rel=1e-9)
    assert total == pytest.approx(-sum(costs.values()), rel=1e-9)


def test_weights_are_factors(board_plant: Plant) -> None:
    plain, dear = (
        BuildingEnv(board_plant, days=1, starts=[200], weights=weights)
        for weights in (Weights(), Weights(energy=2.0, carbon_cny_kg=0.3, comfort_cny_person_k_h=0.0))
    )
    for env in (plain, dear):
        env.reset(seed=0)
    one, two = (env.step(None)[4]["parts"] for env in (plain, dear))
    assert two["energy"] == pytest.approx(2.0 * one["energy"])
    assert two["carbon"] == pytest.approx(3.0 * one["carbon"])
    assert two["comfort"] == 0.0
    assert tuple(one) == PARTS


def test_a_reward_of_ones_own(board_plant: Plant) -> None:
    heard: list[Told] = []

    def peak(told: Told) -> np.ndarray:
        heard.append(told)
        return -told.outcome[:, :, GRID_IMPORT].max(axis=0)

    env = BuildingVectorEnv(board_plant, copies=2, days=1, starts=[200], reward=peak, step_minutes=120)
    env.reset(seed=0)
    _, reward, *_ = env.step(None)
    assert heard[0].outcome.shape[:2] == (2, 2)
    assert reward == pytest.approx(-heard[0].outcome[:, :, GRID_IMPORT].max(axis=0))
    for _ in range(11):
        env.step(None)
    assert [told.last for told in heard] == [False] * 11 + [True]


def test_a_vector_is_its_buildings(board_plant: Plant) -> None:
    """Each sub-environment does what a single one does under the same actions."""
    rng = np.random.default_rng(0)
    actions = rng.uniform(-1.0, 1.0, (24, 9, 3)).astype(np.float32)
    many = BuildingVectorEnv(board_plant, copies=9, days=1, starts=[200])
    numbers, _ = many.reset(seed=0)
    assert many.observation_space.contains(numbers)
    told = [many.step(actions[k]) for k in range(24)]
    assert told[-1][3].all()
    single = BuildingEnv(board_plant, days=1, starts=[200])
    for i in (0, 4, 8):
        single.reset(seed=0)
        for k in range(24):
            seen, reward, *_ = single.step(actions[k, i])
            np.testing.assert_allclose(told[k][0][i], seen, rtol=1e-5, atol=1e-4)
            assert told[k][1][i] == pytest.approx(reward, rel=1e-6, abs=1e-6)


def test_a_vector_begins_anew_by_itself(board_plant: Plant) -> None:
    many = BuildingVectorEnv(board_plant, copies=2, days=1, random_soc=True)
    many.reset(seed=5)
    for _ in range(24):
        _, _, _, over, _ = many.step(many.action_space.sample())
    assert over.all()
    numbers, reward, _, over, facts = many.step(many.action_space.sample())
    assert not over.any()
    assert (reward == 0.0).all()
    assert "day" in facts
    assert many.observation_space.contains(numbers)
    assert numbers[0, 25] != numbers[1, 25]  # each has a charge of its own
    assert many.columns[25].name == "soc"


def test_gymnasium_makes_it_by_name(board_plant: Plant) -> None:
    env = gymnasium.make("PedfTwin/Building-v0", source=board_plant, days=1, starts=[200])
    wrapped = RescaleObservation(RecordEpisodeStatistics(env), np.float32(-1.0), np.float32(1.0))
    seen, _ = wrapped.reset(seed=0)
    assert np.abs(seen).max() <= 1.0 + 1e-6
    over, total = False, 0.0
    while not over:
        _, reward, _, over, info = wrapped.step(np.zeros(3, np.float32))
        total += float(reward)
    assert info["episode"]["l"] == 24
    assert info["episode"]["r"] == pytest.approx(total)


def test_wrappers_of_vectors_fit(board_plant: Plant) -> None:
    many = VectorStatistics(BuildingVectorEnv(board_plant, copies=3, days=1, starts=[200]))
    many.reset(seed=0)
    for _ in range(24):
        _, _, _, over, info = many.step(many.action_space.sample())
    assert over.all()
    assert info["episode"]["l"].tolist() == [24, 24, 24]


def test_a_silent_agent_is_the_building_itself(district_plant: Plant) -> None:
    """None, NaN and no word at all are the same; a word of one agent is not one of the others."""
    env = DistrictEnv(district_plant, days=1, starts=[200])
    lived = []
    for words in ({}, dict.fromkeys(env.possible_agents), dict.fromkeys(env.possible_agents, np.nan)):
        env.reset(seed=0)
        lived.append([env.step(words)[1] for _ in range(24)])
    assert lived[0] == lived[1] == lived[2]
    env.reset(seed=0)
    assert env.action_names["store"] == ("battery", "shift")
    spoken = [env.step({"store": np.array([-1.0, 0.0], np.float32)}) for _ in range(3)]
    assert spoken[0][1]["store"] < lived[0][0]["store"]


def test_a_district_pays_one_demand_charge(district_plant: Plant) -> None:
    """What the agents pay together in a month is the charge on the sum of their meters."""
    env = DistrictEnv(district_plant, days=31, starts=[181])
    env.reset()
    paid = 0.0
    while env.agents:
        _, _, _, _, infos = env.step({})
        paid += sum(info["parts"]["demand"] for info in infos.values())
    stage = env.scene.stage
    told = stage.out[env.scene.first : stage.now]
    top = (told[:, :, GRID_IMPORT] - told[:, :, GRID_EXPORT]).sum(axis=1).max()
    charge = load_tariff(district_plant.project.tariff).demand_charge
    assert charge is not None
    assert paid == pytest.approx(top * charge.per_kw_month, rel=1e-9)


def test_the_end_pays_for_what_was_drawn_from_stores(board_plant: Plant) -> None:
    """An agent that empties the battery pays for it at the last step."""
    env = BuildingEnv(board_plant, days=1, starts=[200], random_soc=True)
    env.reset(seed=0)
    start = env.scene.stage.soc[0, 0]
    over = False
    while not over:
        _, _, _, over, info = env.step(np.array([1.0, 0.0, 1.0]))
    end = env.scene.stage.soc[0, 0]
    assert end < start - 0.1
    assert info["parts"]["stored"] == pytest.approx(30.0 * (start - end) * board_plant.price.mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("choices", "key"),
    [
        ({"days": 0}, "days"),
        ({"days": 400}, "days"),
        ({"starts": [365]}, "starts"),
        ({"step_minutes": 45}, "step_minutes"),
        ({"step_minutes": 15}, "step_minutes"),
        ({"actions": ["heat"]}, "actions"),
        ({"actions": []}, "actions"),
        ({"forecast": "crystal"}, "forecast"),
    ],
)
def test_what_cannot_be_is_said(board_plant: Plant, choices: dict[str, Any], key: str) -> None:
    with pytest.raises(TwinError) as caught:
        BuildingEnv(board_plant, **({"days": 1, "starts": [3]} | choices))
    assert caught.value.key == key


def test_days_and_buildings_that_are_not_there(district_plant: Plant, board_plant: Plant) -> None:
    env = BuildingEnv(board_plant, days=1, starts=[3])
    with pytest.raises(TwinError, match="no episode runs"):
        env.step(None)
    for options in ({"day": 4}, {"date": "2024-01-04"}, {"date": "2025-01-05"}):
        with pytest.raises(TwinError):
            env.reset(options=options)
    env.reset(options={"date": "2025-01-04"})
    with pytest.raises(TwinError):
        BuildingEnv(district_plant)


def test_one_building_of_a_project(marches: Any) -> None:
    from twin.project import Loaded

    project = marches.project_of(marches.hall("a"), marches.hall("b", wall="thin"))
    loaded = Loaded(project, marches.shanghai())
    assert [p.description.name for p in plant_of(loaded, "b").prepared] == ["b"]
    assert [p.description.name for p in plant_of(loaded, 0).prepared] == ["a"]
    with pytest.raises(TwinError, match="no building 'c'"):
        plant_of(loaded, "c")
