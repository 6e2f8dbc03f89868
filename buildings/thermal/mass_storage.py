"""The mass of a building as a storage (建筑热惯性储能): heat that it takes while rooms are a kelvin warmer.

The rooms' temperature jumps by 1 K and stays; outdoors, ground and what lies behind walls stay as they are.
What flows into the walls through their faces and is not given on lies in them: the capacity after a time, as
EN ISO 13786 defines it for a swing, here for the jump with which pre-cooling works. The state of this storage
is the rooms' temperature between its limits: heat = capacity x (temperature - lower limit).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from buildings.thermal import layout as k
from buildings.thermal.rooms import Face, Room

FILM_IN = 7.7
"""Between room and face, convection and radiation [W/(m2 K)]; EN ISO 6946."""


def mass_capacity(rooms: Sequence[Room], multipliers: Sequence[float], step_s: float, hours: float) -> float:
    """Heat that rooms hold for each kelvin, after a time.

    Parameters
    ----------
    rooms : sequence of Room
        Rooms whose temperatures move together.
    multipliers : sequence of float
        How often each of them stands in the building.
    step_s : float
        Step for which the rooms were prepared [s].
    hours : float
        Time since the jump; rounded to steps, at least one.

    Returns
    -------
    float
        [J/K].
    """
    steps = max(round(hours * 3600.0 / step_s), 1)
    total = 0.0
    for room, multiplier in zip(rooms, multipliers, strict=True):
        walls = sum(float(face.figures[k.AREA]) * _held(face, steps, step_s) for face in room.faces)
        total += multiplier * (room.zone.capacity + walls)
    return total


def _held(face: Face, steps: int, step_s: float) -> float:
    """Heat that a face's wall takes per area [J/(m2 K)]; of a wall between two rooms, from its own side."""
    wall, shared = face.wall, face.partner is not None
    modes, heat = np.zeros(len(wall.phi)), 0.0
    for _ in range(steps):
        pull = float(wall.p_in @ modes)
        admittance = wall.y_in - (wall.y_cross if shared else 0.0)
        # The film lets the face follow the room: q = h (1 - T) = y T - pull.
        temp = (FILM_IN + pull) / (FILM_IN + admittance)
        behind = temp if shared else 0.0
        heat += FILM_IN * (1.0 - temp) * step_s
        if not shared:
            heat += (-wall.y_cross * temp - float(wall.p_out @ modes)) * step_s
        modes = wall.phi * modes + wall.p_out * behind + wall.p_in * temp
    return heat
