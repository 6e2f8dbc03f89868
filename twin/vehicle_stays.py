"""How the vehicles of a marched year left: what they missed, and what they lent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.systems.ev_sessions import charging_pattern
from twin.plant import Plant

_LEFT_SHORT_KWH = 1e-6
"""Energy missing at departure that counts as none [kWh]."""


def _own_sessions(plant: Plant, b: int) -> NDArray[np.intp]:
    """Rows of `plant.sessions` that belong to a building and end within the year."""
    first, last = plant.buildings.chargers[b]
    rows = plant.buildings.ev_rows[:, first:last]
    ended = plant.sessions["departure_step"] <= plant.n_steps
    own = np.zeros_like(ended)
    own[rows[rows >= 0]] = True
    return np.flatnonzero(own & ended)


def departures(plant: Plant, b: int) -> dict[str, float]:
    """Vehicles that left with less than fitted into their stay, of a plant that was marched."""
    if plant.prepared[b].vehicles is None:
        return {}
    missing = plant.sessions["remaining_kwh"][_own_sessions(plant, b)]
    short = missing[missing > _LEFT_SHORT_KWH]
    return {"vehicles_left_short": float(len(short)), "vehicle_energy_missed_kwh": float(short.sum())}


def lending(plant: Plant, b: int) -> dict[str, Any] | None:
    """The mean stay of vehicles that lent energy, and how much of it their batteries gave."""
    prepared = plant.prepared[b]
    ev = prepared.description.systems.ev
    if prepared.vehicles is None or ev is None:
        return None
    rows = _own_sessions(plant, b)
    offset = sum(len(p.vehicles.sessions) for p in plant.prepared[:b] if p.vehicles is not None)
    left, before = plant.sessions[rows], prepared.vehicles.sessions[rows - offset]
    lent = before["spare_kwh"] - left["spare_kwh"]
    lenders = lent > _LEFT_SHORT_KWH
    if not lenders.any():
        return None
    some = before[lenders]
    stay = (some["departure_step"] - some["arrival_step"]) * plant.dt_s / 3600.0
    return {
        "vehicle": ev.vehicle or charging_pattern(ev.pattern)["vehicle"],
        "stays": int(lenders.sum()),
        "lent_kwh": float(lent.sum()),
        "battery_kwh": float(some["battery_kwh"].mean()),
        "arrival_soc": float((some["target_soc"] - some["energy_kwh"] / some["battery_kwh"]).mean()),
        "target_soc": float(some["target_soc"].mean()),
        "stay_h": float(stay.mean()),
    }
