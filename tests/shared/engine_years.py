"""Years that two engines might have given of a small building, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.loading import parse_project


@dataclass(frozen=True)
class Year:
    """As an engine gives it; see `twin.crosscheck.comparison.ZoneSeries`."""

    zones: Sequence[str]
    temp_air: NDArray[np.float64]
    sensible: NDArray[np.float64]
    latent: NDArray[np.float64]
    cpu_s: float = 1.0
    warnings: Sequence[str] = ()

    def turned(self) -> Year:
        """The same with its zones in the opposite order."""
        flipped: dict[str, Any] = {
            key: getattr(self, key)[:, ::-1] for key in ("temp_air", "sensible", "latent")
        }
        return replace(self, zones=tuple(reversed(self.zones)), **flipped)


def small_building() -> CompleteBuilding:
    """Ten rooms of 20 m2 that one stands for, an eleventh of 50 m2, and a store without plant."""
    zones: list[dict[str, Any]] = [
        {"name": "room", "floor_area": 20, "height": 3, "use": "office", "multiplier": 10},
        {"name": "大厅", "floor_area": 50, "height": 3, "use": "office"},
        {"name": "store", "floor_area": 30, "height": 3, "use": "office", "conditioned": False},
    ]
    surfaces = [
        {
            "name": f"{zone['name']} floor", "zone": zone["name"], "kind": "floor",
            "area": zone["floor_area"], "construction": "ground_slab", "boundary": "ground",
        }
        for zone in zones
    ]  # fmt: skip
    building = {"name": "small", "zones": zones, "surfaces": surfaces, "hvac": {"type": "ideal"}}
    text = yaml.safe_dump({"schema": 1, "name": "small", "buildings": [building]}, allow_unicode=True)
    return complete(parse_project(text).buildings[0])


def year_times(minutes: int = 60) -> pd.DatetimeIndex:
    """Starts of the steps of 2025 in Shanghai."""
    return pd.date_range(
        "2025-01-01", "2026-01-01", freq=f"{minutes}min", inclusive="left", tz="Asia/Shanghai"
    )


def made_year(times: pd.DatetimeIndex, *, scale: float = 1.0, shift_k: float = 0.0) -> Year:
    """Heating by night in winter, cooling and moisture by day in summer, in two of three zones.

    Parameters
    ----------
    scale : float
        Factor on all loads.
    shift_k : float
        Added to all temperatures [K].
    """
    hour, month = times.hour.to_numpy(), times.month.to_numpy()
    winter = ((month <= 2) | (month == 12)) & (hour < 6)
    summer = (month >= 6) & (month <= 8) & (hour >= 12) & (hour < 18)
    elapsed_h = np.arange(len(times)) * ((times[1] - times[0]) / pd.Timedelta(hours=1))
    swing = 1.0 + 0.3 * np.sin(2.0 * np.pi * elapsed_h / (24.0 * 60.0))
    one = scale * swing * (400.0 * winter - 800.0 * summer)
    wet = scale * swing * 300.0 * summer
    none = np.zeros(len(times))
    air = 22.0 + 4.0 * np.sin(2.0 * np.pi * (hour - 9) / 24.0) + shift_k
    return Year(
        ("room", "大厅", "store"),
        np.stack([air, air + 1.0, air - 2.0], axis=1),
        np.stack([one, 2.0 * one, none], axis=1),
        np.stack([wet, 2.0 * wet, none], axis=1),
    )
