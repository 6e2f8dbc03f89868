"""The climate year and everything that only the weather knows: sun, sky, ground, moist air, design days.

Names are loaded when first used, so that importing the package costs nothing. The functions that are
called as their room is, `weather.statistics.statistics` and `weather.design_days.design_days`, are taken from
there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weather.climate_year import ClimateYear
    from weather.design_days import DesignDays
    from weather.epw import read_epw, write_epw
    from weather.errors import TwinError
    from weather.ground import ground_temperature
    from weather.loading import load_weather
    from weather.published import beside_typical_years, compare_with_published
    from weather.shanghai import generate
    from weather.sky import PlaneIrradiance, plane_irradiance
    from weather.step_weather import StepWeather

_ROOM = {
    "ClimateYear": "climate_year",
    "DesignDays": "design_days",
    "PlaneIrradiance": "sky",
    "StepWeather": "step_weather",
    "TwinError": "errors",
    "beside_typical_years": "published",
    "compare_with_published": "published",
    "generate": "shanghai",
    "ground_temperature": "ground",
    "load_weather": "loading",
    "plane_irradiance": "sky",
    "read_epw": "epw",
    "write_epw": "epw",
}

__all__ = [
    "ClimateYear",
    "DesignDays",
    "PlaneIrradiance",
    "StepWeather",
    "TwinError",
    "beside_typical_years",
    "compare_with_published",
    "generate",
    "ground_temperature",
    "load_weather",
    "plane_irradiance",
    "read_epw",
    "write_epw",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM:
        raise AttributeError(f"module 'weather' has no attribute {name!r}")
    return getattr(importlib.import_module(f"weather.{_ROOM[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
