"""EnergyPlus beside the fast engine: the same description written as its model, run in a process of its own.

Names are loaded when first used, so that importing the package costs nothing and works without the engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from buildings.energyplus.dictionary import engine_version, idf_class
    from buildings.energyplus.process import EnergyPlusOutput, run_idf, run_many
    from buildings.energyplus.results import ZoneYear, read_zone_series
    from buildings.energyplus.runtime import Coupled, Orders, Readings, run_coupled
    from buildings.energyplus.simulation import simulate_zones
    from buildings.energyplus.writer import Days, write_model

_ROOM = {
    "Coupled": "runtime",
    "Days": "writer",
    "EnergyPlusOutput": "process",
    "Orders": "runtime",
    "Readings": "runtime",
    "ZoneYear": "results",
    "engine_version": "dictionary",
    "idf_class": "dictionary",
    "read_zone_series": "results",
    "run_coupled": "runtime",
    "run_idf": "process",
    "run_many": "process",
    "simulate_zones": "simulation",
    "write_model": "writer",
}

__all__ = [
    "Coupled",
    "Days",
    "EnergyPlusOutput",
    "Orders",
    "Readings",
    "ZoneYear",
    "engine_version",
    "idf_class",
    "read_zone_series",
    "run_coupled",
    "run_idf",
    "run_many",
    "simulate_zones",
    "write_model",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'buildings.energyplus' has no attribute {name!r}")
    return getattr(importlib.import_module(f"buildings.energyplus.{_ROOM[name]}"), name)
