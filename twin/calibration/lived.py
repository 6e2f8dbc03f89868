"""The weather that the meters lived through: what a station measured, over the year of the project."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from twin.meters.measured import Measured
from twin.meters.points import points
from twin.project import Loaded
from weather.measured_year import MEASURABLE, measured_year


def lived_through(loaded: Loaded, measured: Measured) -> tuple[Loaded, dict[str, int]]:
    """The project with measured weather in the place of its own, as far as there is any.

    Parameters
    ----------
    loaded : Loaded
    measured : Measured
        Hourly; points of weather are those of `weather.measured_year.MEASURABLE`.

    Returns
    -------
    loaded : Loaded
    hours : dict of str to int
        Hours of the project's year that were measured, by point; empty where the weather stays as it is.
    """
    own = measured.table[[name for name in MEASURABLE if name in measured.table]]
    if own.empty or measured.step != pd.Timedelta(hours=1):
        return loaded, {}
    found = measured_year(loaded.climate, own)
    return replace(loaded, climate=found.climate), found.hours


def weather_said(hours: dict[str, int]) -> dict[str, str]:
    """What weather was marched on, `zh` and `en`."""
    if not hours:
        return {
            "zh": "气象：项目自带年份；计量中没有气象站数据。",
            "en": "Weather: the project's own year; the meters hold none of a station.",
        }
    named = {
        language: ", ".join(f"{points()[name].label(language)} {count} h" for name, count in hours.items())
        for language in ("zh", "en")
    }
    sun = "ghi" in hours
    return {
        "zh": f"气象：实测 {named['zh']}；"
        + ("直射与散射由 Erbs 模型，云量由晴空指数，" if sun else "太阳辐射与云量取项目自带年份，")
        + "天空长波由 Clark–Allen 模型；其余取项目自带年份。",
        "en": f"Weather: measured are {named['en']}; "
        + (
            "direct and diffuse sun by Erbs, clouds by the clear-sky index, "
            if sun
            else "sun and clouds are those of the project's own year, "
        )
        + "the sky's long wave by Clark and Allen; all else is of the project's own year.",
    }
