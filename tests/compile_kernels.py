"""Compile the kernels that most tests share: workers that begin on an empty cache would each compile them.

Rooms and machines compile in two processes: one marches a building, the other a station by itself, whose
plant room is the one that buildings have. What the second keeps the first takes.
"""

from __future__ import annotations

import multiprocessing
import sys
from importlib.resources import as_file, files

import numpy as np

from twin.clock import march
from twin.district.station import march_station
from twin.plant import prepare
from twin.project import Loaded, load


def bundled(name: str) -> Loaded:
    """A bundled example."""
    with as_file(files("twin") / "examples") as folder:
        return load(folder / name)


def station() -> None:
    """A plant room without buildings."""
    loaded = bundled("districts/shared_quarter.yaml")
    steps = len(loaded.climate.at_step(60, "hourly", 0))
    idle = np.zeros(steps)
    project = loaded.project.model_copy(update={"timestep": 60.0, "variability": "hourly"})
    march_station(project, loaded.climate, idle, idle, np.zeros(steps, dtype=np.int64))


if __name__ == "__main__":
    beside = multiprocessing.get_context("spawn").Process(target=station)
    beside.start()
    loaded = bundled("shanghai_all_systems.yaml")
    plant = prepare(loaded.project, loaded.climate)
    beside.join()
    march(plant)
    sys.exit(beside.exitcode)
