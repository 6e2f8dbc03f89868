"""The weather that the meters lived through: what a station measured, over the year of the project."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from twin.meters.measured import Measured
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
