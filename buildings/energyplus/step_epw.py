"""The climate year at the marching step as EPW, several records an hour.

From hourly records EnergyPlus interpolates irradiance linearly between the middles of the hours, which does
not keep the energy of the hour. With as many records as steps it takes each as it is, and both engines see
the same irradiance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weather.climate_year import ClimateYear
from weather.epw_writer import write_epw
from weather.psychrometrics import relative_humidity

_FIRST_ROW = 8
_LEAST_MINUTES = 5
_STEFAN_BOLTZMANN = 5.670374419e-8


def write_step_epw(climate: ClimateYear, minutes: int, path: Path) -> Path:
    """Write a year with one record a step.

    Parameters
    ----------
    climate : ClimateYear
    minutes : int
        Step [min]; with 60, and below 5, hourly records as `weather.write_epw` has them.
    path : pathlib.Path

    Returns
    -------
    pathlib.Path
    """
    write_epw(climate, path)
    if minutes == 60 or minutes < _LEAST_MINUTES:
        return path
    lines = path.read_text(encoding="utf-8").splitlines()
    period = lines[_FIRST_ROW - 1].split(",")
    period[2] = str(60 // minutes)
    lines[_FIRST_ROW - 1] = ",".join(period)
    path.write_text(
        "\r\n".join([*lines[:_FIRST_ROW], *_rows(climate, minutes, lines)]) + "\r\n", encoding="utf-8"
    )
    return path


def _rows(climate: ClimateYear, minutes: int, lines: list[str]) -> list[str]:
    """Records of all steps: states at their ends, fluxes as their means, the rest as in the hour."""
    w = climate.at_step(minutes)
    per_hour = 60 // minutes
    temp, ratio, pressure = w.temp_air[1:], w.humidity_ratio[1:], w.pressure[1:]
    humid = np.minimum(relative_humidity(temp, ratio, pressure), 100.0)
    longwave = _STEFAN_BOLTZMANN * (w.temp_sky + 273.15) ** 4
    wind = climate.data["wind_speed"].to_numpy(float)
    ends = np.arange(1, len(w) + 1) / per_hour
    wind = np.interp(ends, np.arange(len(wind) + 1), np.append(wind, wind[0]))
    said = [
        [f"{value:{form}}" for value in values.tolist()]  # plain numbers: those of arrays take long to write
        for values, form in (
            (temp, ".3f"),
            (_dew_point(ratio, pressure), ".3f"),
            (humid, ".3f"),
            (pressure, ".0f"),
            (longwave, ".2f"),
            (w.ghi, ".2f"),
            (w.dni, ".2f"),
            (w.dhi, ".2f"),
            (wind, ".3f"),
        )
    ]
    within = [str(minutes * (i + 1)) for i in range(per_hour)]
    rows = []
    for k, (air, dew, humidity, pascal, sky, ghi, dni, dhi, speed) in enumerate(zip(*said, strict=True)):
        if k % per_hour == 0:
            fields = lines[_FIRST_ROW + k // per_hour].split(",")
        fields[4] = within[k % per_hour]
        fields[6:10] = air, dew, humidity, pascal
        fields[12:16] = sky, ghi, dni, dhi
        fields[21] = speed
        rows.append(",".join(fields))
    return rows


def _dew_point(ratio: NDArray[np.float64], pressure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dew or frost point by the inverse of Magnus; EnergyPlus takes humidity from the relative humidity."""
    vapour = np.maximum(pressure * ratio / (0.622 + ratio), 1.0)
    x = np.log(vapour / 611.2)
    dew = 243.12 * x / (17.62 - x)
    return np.where(dew >= 0.0, dew, 272.62 * x / (22.46 - x))
