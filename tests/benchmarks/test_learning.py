"""Environment steps per second, printed and not asserted; the kernel's own time beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.resources import as_file, files

import numpy as np
import pytest

from twin.learning.environments import BuildingVectorEnv
from twin.plant import Plant, prepare
from twin.project import load

DAYS, WARM = 3, 8


@pytest.fixture(scope="module", params=["shanghai_house_pedf.yaml", "shanghai_office_pedf.yaml"])
def plant(request: pytest.FixtureRequest) -> Plant:
    """Three rooms, and twenty thousand square metres in fifteen zones; 15 min steps."""
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / request.param)
    return prepare(loaded.project, loaded.climate)


@pytest.mark.long
@pytest.mark.parametrize("count", [1, 10, 100])
def test_steps_per_second(plant: Plant, count: int, figure: Callable[[str], None]) -> None:
    env = BuildingVectorEnv(plant, copies=count, days=DAYS, starts=[195])
    env.reset(seed=0)
    env.action_space.seed(0)
    steps = DAYS * env.scene.stage.per_day
    actions = [env.action_space.sample() for _ in range(steps)]
    for k in range(WARM):
        env.step(actions[k])
    begin = time.process_time()
    for k in range(WARM, steps):
        env.step(actions[k])
    whole = time.process_time() - begin
    done = env.scene.stage.now
    begin = time.process_time()
    env.reset(seed=0)
    anew = time.process_time() - begin
    stage, each = env.scene.stage, steps - WARM
    begin = time.process_time()
    for _ in range(each):
        stage.march()
    kernel = time.process_time() - begin
    assert done >= each
    assert np.isfinite(stage.out[:each]).sum() > 0
    zones = len(plant.thermals[0].packed.rooms)
    figure(
        f"{count} buildings of {zones} zones: {count * each / whole:.0f} building-steps/s, "
        f"{1e6 * whole / each:.0f} us a step; the kernel alone without orders {1e6 * kernel / each:.0f} us; "
        f"reset {1e3 * anew:.1f} ms"
    )
