"""From a march of the cases to their quantities: hourly loads and temperatures, sums, peaks, extremes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.kernel import march
from buildings.thermal.layout import N_SERIES, N_TOTALS, OUT_SENSIBLE, OUT_TEMP, scratch
from twin.plant import Plant
from twin.progress import Progress
from twin.validation.cases import ROOM, SUNSPACE

_MWH = 1e-6  # Wh to MWh
_KW = 1e-3
_WARM_UP_DAYS = 30
_PARTS = 12


@dataclass(frozen=True)
class CaseYear:
    """Hourly means of one case.

    Attributes
    ----------
    heating, cooling : ndarray (hours,)
        Sensible load of the room [W], both positive.
    temp_air : ndarray (hours,)
        Air of the room, in case 960 of the sunspace [degC].
    """

    heating: NDArray[np.float64]
    cooling: NDArray[np.float64]
    temp_air: NDArray[np.float64]

    def quantities(self) -> dict[str, float]:
        """Sums [MWh], peaks [kW], extremes and mean [degC] by the names of the reference."""
        return {
            "annual_heating": float(self.heating.sum()) * _MWH,
            "annual_cooling": float(self.cooling.sum()) * _MWH,
            "peak_heating": float(self.heating.max()) * _KW,
            "peak_cooling": float(self.cooling.max()) * _KW,
            "ff_max_temp": float(self.temp_air.max()),
            "ff_min_temp": float(self.temp_air.min()),
            "ff_avg_temp": float(self.temp_air.mean()),
        }


def march_cases(plant: Plant, progress: Progress | None = None) -> NDArray[np.float64]:
    """March the rooms of all cases with their ideal plant through the year.

    1 January is repeated until the walls have settled, as the programs of the reference do. To let it follow
    31 December instead would join two nights of different years of a typical year: in the Denver file the
    coldest hour of light cases then falls on the seam.

    Parameters
    ----------
    plant : Plant
        Its state is consumed.
    progress : callable, optional
        Called with the share that is done.

    Returns
    -------
    ndarray (n_steps, N_SERIES, groups, rows, lanes)
    """
    groups, rows, _, lanes = plant.batch.zone.shape
    day, n = round(86400.0 / plant.dt_s), plant.n_steps
    work, totals = scratch(plant.batch), np.zeros((groups, N_TOTALS, rows, lanes))
    series, none = np.zeros((n, N_SERIES, groups, rows, lanes)), np.zeros((0, N_SERIES, groups, rows, lanes))

    def march_steps(first: int, last: int, kept: NDArray[np.float64]) -> None:
        march(
            plant.batch, plant.state, plant.forcing, plant.weather_table, first, last, plant.dt_s, work,
            totals, kept,
        )  # fmt: skip

    for _ in range(_WARM_UP_DAYS):
        march_steps(0, day, none)
    for part in range(_PARTS):
        march_steps(part * n // _PARTS, (part + 1) * n // _PARTS, series)
        if progress is not None:
            progress((part + 1) / _PARTS)
    return series


def case_years(plant: Plant, series: NDArray[np.float64]) -> dict[str, CaseYear]:
    """Hourly series of every case of a marched project of `as_one_project`.

    Parameters
    ----------
    plant : Plant
    series : ndarray (n_steps, N_SERIES, groups, rows, lanes)
        Of `march_cases`, or the zones of an `Outcome`.

    Returns
    -------
    dict
        By case name.
    """
    per_hour = round(3600.0 / plant.dt_s)
    years: dict[str, CaseYear] = {}
    for prepared in plant.prepared:
        load = _zone(series, OUT_SENSIBLE, prepared.place[ROOM])
        shown = prepared.place.get(SUNSPACE, prepared.place[ROOM])
        years[prepared.description.name] = CaseYear(
            heating=hourly(np.maximum(load, 0.0), per_hour),
            cooling=hourly(np.maximum(-load, 0.0), per_hour),
            temp_air=hourly(step_means(_zone(series, OUT_TEMP, shown)), per_hour),
        )
    return years


def values_of(years: dict[str, CaseYear]) -> dict[tuple[str, str], float]:
    """Every quantity of every case."""
    return {(case, name): v for case, year in years.items() for name, v in year.quantities().items()}


def hourly(steps: NDArray[np.float64], per_hour: int) -> NDArray[np.float64]:
    """Means over whole hours of values that hold for a step each."""
    return steps.reshape(-1, per_hour).mean(axis=1)


def step_means(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over the steps of a state that is known at each step's end, taken as straight in between.

    The year begins as its first step ends: one quarter of an hour in January without weight.
    """
    begins = np.concatenate((ends[:1], ends[:-1]))
    return 0.5 * (begins + ends)


def _zone(series: NDArray[np.float64], which: int, place: tuple[int, int, int]) -> NDArray[np.float64]:
    group, row, lane = place
    return np.asarray(series[:, which, group, row, lane], dtype=np.float64)
