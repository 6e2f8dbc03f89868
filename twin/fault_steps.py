"""Faults of a project on the steps of its year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.faults import Fault
from buildings.description.schema import Project
from controllers.islanding import FAULTS, GRID_LOST, INTERFACE_LOST
from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.plant import Plant


def fault_steps(fault: Fault, times: pd.DatetimeIndex, step_s: float) -> slice:
    """Steps in which a fault lasts.

    Parameters
    ----------
    fault : Fault
        Within the marched year and on its steps, as the project's checks ask for.
    times : DatetimeIndex, shape (n,)
        Starts of the steps.
    step_s : float
        Length of a step [s].

    Raises
    ------
    TwinError
        A fault outside of the marched year.
    """
    first, last = (
        round((moment - times[0].tz_localize(None)).total_seconds() / step_s)
        for moment in (pd.Timestamp(fault.begin), pd.Timestamp(fault.end))
    )
    if first < 0 or last > len(times):
        raise TwinError(
            f"the fault from {fault.start} for {fault.duration:g} h leaves the marched year {times[0].year}.",
            "Let it start and end in that year.",
            key="faults",
        )
    return slice(first, last)


def fault_bits(project: Project, times: pd.DatetimeIndex, step_s: float) -> NDArray[np.int64]:
    """What is lost in every step of every building, as bits of `controllers.islanding.FAULTS`.

    Returns
    -------
    ndarray of int64, shape (n, B)
        Shape (0, B) where nothing is lost.

    Raises
    ------
    TwinError
        See `fault_steps`.
    """
    lost = [fault for fault in project.faults if fault.of in FAULTS]
    bits = np.zeros((len(times) if lost else 0, len(project.buildings)), dtype=np.int64)
    for fault in lost:
        steps = fault_steps(fault, times, step_s)
        for b, building in enumerate(project.buildings):
            if fault.hits(building):
                bits[steps, b] |= FAULTS[fault.of]
    return bits


def outages(plant: Plant, b: int) -> list[dict[str, str]]:
    """Times in which a building's bus, or without one its board, is cut off from the grid, as stamps."""
    bits = plant.buildings.faults[:, b]
    cut = bits & GRID_LOST != 0
    if plant.buildings.electrical[b]["has_dc_bus"]:
        cut |= bits & INTERFACE_LOST != 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], cut, [False]]).astype(int)))
    step = pd.Timedelta(seconds=plant.dt_s)
    times = plant.weather.times
    return [
        {"start": times[first].isoformat(), "end": (times[last - 1] + step).isoformat()}
        for first, last in edges.reshape(-1, 2)
    ]


def fault_log(project: Project) -> list[str]:
    """One line for each fault, as a run's log tells it."""
    return [
        f"{fault.start} {fault.of} {_said(fault)} until {fault.end:%Y-%m-%d %H:%M}"
        + ("" if fault.buildings == "all" else f" at {', '.join(fault.buildings)}")
        for fault in sorted(project.faults, key=lambda fault: fault.begin)
    ]


def _said(fault: Fault) -> str:
    return "lost" if fault.size is None else f"worn by {fault.size:g}"
