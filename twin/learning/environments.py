"""Gymnasium environments: one building, or many buildings in one call of the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from twin.learning.actions import ACTIONS, N_ACTIONS
from twin.learning.reward import PARTS
from twin.learning.scene import Scene, plant_of
from twin.plant import Plant
from twin.project import Loaded
from weather.errors import TwinError

Numbers = NDArray[np.float32]


def box_of(scene: Scene, low: NDArray[np.float64], high: NDArray[np.float64], scaled: bool) -> Any:
    """Space of observations between bounds (F,), or of scaled ones from -1 to 1."""
    if scaled:
        return spaces.Box(-1.0, 1.0, (len(scene.columns),), np.float32)
    return spaces.Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32)


def columns_of(own: NDArray[np.intp]) -> Any:
    """Columns to write actions to, as a slice where they lie side by side, since that is quick."""
    beside = len(own) == own[-1] - own[0] + 1
    return slice(int(own[0]), int(own[-1]) + 1) if beside else own


def actions_box(count: int) -> Any:
    """Space of that many actions."""
    return spaces.Box(-1.0, 1.0, (count,), np.float32)


def told_numbers(scene: Scene, seen: NDArray[np.float64], scaled: bool) -> Numbers:
    """A copy of an observation (B, F) in single precision; from -1 to 1 by its bounds where asked for."""
    if not scaled:
        return seen.astype(np.float32)
    span = 2.0 * (seen - scene.low) / (scene.high - scene.low) - 1.0
    return np.clip(span, -1.0, 1.0).astype(np.float32)  # rounding only: `seen` lies within its bounds


def drawn_day(scene: Scene, random: np.random.Generator, options: dict[str, Any] | None) -> int:
    """Day on which an episode starts: `day` or `date` of the options, else drawn from `starts`.

    Raises
    ------
    TwinError
        A date outside of the year.
    """
    options = options or {}
    if "date" in options:
        wanted = options["date"]
        wanted = date.fromisoformat(wanted) if isinstance(wanted, str) else wanted
        first = scene.plant.weather.times[0].date()
        if wanted.year != first.year:
            raise TwinError(f"{wanted} is not in the year {first.year}.", "Give a date of it.", key="date")
        return int((wanted - first).days)
    if "day" in options:
        return int(options["day"])
    return int(scene.starts[random.integers(len(scene.starts))])


class BuildingEnv(gymnasium.Env[Numbers, Numbers]):
    """One building of a project.

    Parameters
    ----------
    source : path-like, Loaded or Plant
        A project file, a loaded project, or a prepared plant of one building (several environments may share
        one: it is not consumed).
    building : int or str
        Place or name of the building in the project.
    scaled : bool
        Observations from -1 to 1 instead of their units.
    random_soc : bool
        Let each episode begin with a drawn state of charge instead of that of the marched year.
    **choices
        As for `twin.learning.scene.Scene`: `actions`, `days`, `starts`, `step_minutes`, `weights`, `reward`,
        `forecast`, `seed`.

    Attributes
    ----------
    columns : tuple of Seen
        Name, unit and meaning of each number of an observation.
    action_names : tuple of str

    Notes
    -----
    `reset(seed=..., options={"day": 200})` or `{"date": "2025-07-20"}` chooses the first day. Episodes end by
    truncation. `step(None)` and NaN leave the building to its own control.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as Gymnasium declares it

    def __init__(
        self,
        source: str | Path | Loaded | Plant,
        building: int | str = 0,
        *,
        scaled: bool = False,
        random_soc: bool = False,
        **choices: Any,
    ) -> None:
        plant = plant_of(source, building)
        if len(plant.prepared) != 1:
            raise TwinError(
                f"the plant has {len(plant.prepared)} buildings.",
                "Give the project instead, or use BuildingVectorEnv.",
                key="buildings",
            )
        self.scene, self.scaled, self.random_soc = Scene(plant, **choices), scaled, random_soc
        self.columns = self.scene.columns
        own = np.flatnonzero(self.scene.available[0])
        self._acts, self.action_names = columns_of(own), tuple(ACTIONS[i] for i in own)
        self.action_space = actions_box(len(own))
        self.observation_space = box_of(self.scene, self.scene.low[0], self.scene.high[0], scaled)
        self._wide = np.full((1, N_ACTIONS), np.nan)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Numbers, dict[str, Any]]:
        """Begin an episode; see the notes of the class."""
        super().reset(seed=seed)
        day = drawn_day(self.scene, self.np_random, options)
        socs = self.np_random.random(1) if self.random_soc else None
        seen = self.scene.restart(day, socs)
        return told_numbers(self.scene, seen, self.scaled)[0], self.scene.facts()

    def step(self, action: Any) -> tuple[Numbers, float, bool, bool, dict[str, Any]]:
        """One step; `info` has the costs by part [CNY] and whether an order could not be followed."""
        self._wide[0, self._acts] = np.nan if action is None else action
        seen, reward, parts, last = self.scene.step(self._wide)
        info = {
            "parts": dict(zip(PARTS, parts[0].tolist(), strict=True)),
            "order_missed": bool(self.scene.missed_orders()[0]),
        }
        return told_numbers(self.scene, seen, self.scaled)[0], float(reward[0]), False, last, info


gymnasium.register("PedfTwin/Building-v0", "twin.learning.environments:BuildingEnv")


class BuildingVectorEnv(VectorEnv[Numbers, Numbers, NDArray[Any]]):
    """Many buildings side by side, one in each sub-environment, marched by one call of the kernel.

    All live through the same days, so that all episodes end together. Then, as `autoreset_mode` says, the
    next step begins the next episode (`NEXT_STEP`; its action and reward do not count).

    Parameters
    ----------
    source : path-like, Loaded or Plant
    copies : int
        How many times each building of the project is there: sub-environment i is building i modulo theirs.
    scaled, random_soc : bool
        As for `BuildingEnv`; with `random_soc` each building draws its own.
    **choices
        As for `twin.learning.scene.Scene`.

    Notes
    -----
    Actions that only some of the buildings have are without effect in the others. `info["parts"]` is a
    dictionary of arrays, one number for each sub-environment.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 - as Gymnasium declares it
        "render_modes": [],
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        source: str | Path | Loaded | Plant,
        copies: int = 1,
        *,
        scaled: bool = False,
        random_soc: bool = False,
        **choices: Any,
    ) -> None:
        self.scene = scene = Scene(plant_of(source), copies=copies, **choices)
        self.scaled, self.random_soc, self.num_envs = scaled, random_soc, scene.count
        self.columns = scene.columns
        own = np.flatnonzero(scene.available.any(axis=0))
        self._acts, self.action_names = columns_of(own), tuple(ACTIONS[i] for i in own)
        self.single_action_space = actions_box(len(own))
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        low, high = scene.low.min(axis=0), scene.high.max(axis=0)
        self.single_observation_space = box_of(scene, low, high, scaled)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self._wide = np.full((scene.count, N_ACTIONS), np.nan)
        self._over = False

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Numbers, dict[str, Any]]:
        """Begin an episode of all buildings; of several seeds the first draws the day."""
        own = seed if seed is None or isinstance(seed, int) else next(iter(seed))
        super().reset(seed=own)
        day = drawn_day(self.scene, self.np_random, options)
        socs = self.np_random.random(self.num_envs) if self.random_soc else None
        seen = self.scene.restart(day, socs)
        self._over = False
        return told_numbers(self.scene, seen, self.scaled), self.scene.facts()

    def step(self, actions: Any) -> tuple[Numbers, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """One step of all buildings; `actions` (B, actions), None for their own control."""
        never = np.zeros(self.num_envs, dtype=bool)
        if self._over:
            numbers, facts = self.reset()
            return numbers, np.zeros(self.num_envs), never, never.copy(), facts
        self._wide[:, self._acts] = np.nan if actions is None else actions
        seen, reward, parts, last = self.scene.step(self._wide)
        self._over = last
        info = {"parts": dict(zip(PARTS, parts.T, strict=True)), "order_missed": self.scene.missed_orders()}
        over = np.full(self.num_envs, last)
        return told_numbers(self.scene, seen, self.scaled), reward, never, over, info
