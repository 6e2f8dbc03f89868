"""PettingZoo environment: the buildings of a district are agents behind a common meter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from twin.learning.actions import ACTIONS, N_ACTIONS
from twin.learning.environments import Numbers, actions_box, box_of, drawn_day, told_numbers
from twin.learning.reward import PARTS
from twin.learning.scene import Scene, plant_of
from twin.plant import Plant
from twin.project import Loaded


class DistrictEnv(ParallelEnv[str, Numbers, Numbers]):
    """The buildings of a project as agents that act at once.

    Each pays its own energy. The demand charge is on the common meter, shared by what each draws in the
    quarter-hour that sets it (`common_meter=False`: each its own). An agent sees its own building, the common
    meter and its peak. An agent that says nothing leaves its building to its own control.

    Parameters
    ----------
    source : path-like, Loaded or Plant
    scaled, random_soc : bool
        As for `twin.learning.environments.BuildingVectorEnv`.
    common_meter : bool
    **choices
        As for `twin.learning.scene.Scene`.
    """

    metadata: dict[str, Any] = {"name": "pedf_twin_district_v0", "render_modes": []}  # noqa: RUF012 - as PettingZoo declares it

    def __init__(
        self,
        source: str | Path | Loaded | Plant,
        *,
        scaled: bool = False,
        random_soc: bool = False,
        common_meter: bool = True,
        **choices: Any,
    ) -> None:
        self.scene = scene = Scene(plant_of(source), common_meter=common_meter, **choices)
        self.scaled, self.random_soc, self.render_mode = scaled, random_soc, None
        self.columns = scene.columns
        self.possible_agents = [one.description.name for one in scene.plant.prepared]
        self.agents: list[str] = []
        self._at = {name: b for b, name in enumerate(self.possible_agents)}
        self._acts = {name: np.flatnonzero(scene.available[b]) for name, b in self._at.items()}
        self.action_names = {name: tuple(ACTIONS[i] for i in own) for name, own in self._acts.items()}
        self.action_spaces = {name: actions_box(len(own)) for name, own in self._acts.items()}
        self.observation_spaces = {
            name: box_of(scene, scene.low[b], scene.high[b], scaled) for name, b in self._at.items()
        }
        self._random, _ = seeding.np_random()

    def observation_space(self, agent: str) -> spaces.Box:
        """Space of an agent's observations."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Box:
        """Space of an agent's actions: what its building has."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Numbers], dict[str, dict[str, Any]]]:
        """Begin an episode; `options` as for `BuildingEnv`."""
        if seed is not None:
            self._random, _ = seeding.np_random(seed)
        day = drawn_day(self.scene, self._random, options)
        socs = self._random.random(self.scene.count) if self.random_soc else None
        seen = told_numbers(self.scene, self.scene.restart(day, socs), self.scaled)
        self.agents = list(self.possible_agents)
        return self._each(seen), {name: self.scene.facts() for name in self.agents}

    def _each(self, values: NDArray[Any]) -> dict[str, Any]:
        return {name: values[b] for name, b in self._at.items()}

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[
        dict[str, Numbers], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
    ]:
        """One step of all buildings."""
        wide = np.full((self.scene.count, N_ACTIONS), np.nan)
        for name, action in actions.items():
            if action is not None:
                wide[self._at[name], self._acts[name]] = action
        seen, reward, parts, last = self.scene.step(wide)
        missed = self.scene.missed_orders()
        infos = {
            name: {"parts": dict(zip(PARTS, parts[b].tolist(), strict=True)), "order_missed": bool(missed[b])}
            for name, b in self._at.items()
        }
        rewards = {name: float(reward[b]) for name, b in self._at.items()}
        ends, cuts = (dict.fromkeys(self.possible_agents, over) for over in (False, last))
        if last:
            self.agents = []
        return self._each(told_numbers(self.scene, seen, self.scaled)), rewards, ends, cuts, infos

    def render(self) -> None:
        """Nothing is drawn: write a Run and open the dashboard."""

    def close(self) -> None:
        """Nothing is held open."""
