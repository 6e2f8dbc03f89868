"""EPW out: a file that pvlib and EnergyPlus open and that reads back as the same year."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from weather.climate_year import FLUXES, STATES, ClimateYear
from weather.errors import TwinError

_FLAGS = "?9?9?9?9E0?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9?9"
"""Uncertainty flags: not stated ("?9"), as other synthetic and converted files write them."""


def write_epw(climate: ClimateYear, path: str | Path) -> Path:
    """Write a year as EPW, complete or not at all.

    Parameters
    ----------
    climate : ClimateYear
    path : path-like

    Returns
    -------
    pathlib.Path

    Raises
    ------
    TwinError
        Where the file cannot be written.
    """
    path = Path(path)
    text = "\r\n".join(_header(climate) + _rows(climate)) + "\r\n"
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise TwinError(
            f"the weather file cannot be written ({error.strerror}).",
            "Give a folder that exists and is yours.",
            file=path,
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise TwinError(
            f"the weather file cannot be written ({error.strerror}).",
            "Give a place that can be written.",
            file=path,
        ) from error
    return path


def _field(text: str) -> str:
    """A header text without what would end its field."""
    return " ".join(text.replace(",", ";").split())


def _header(climate: ClimateYear) -> list[str]:
    from weather.ground import DIFFUSIVITY, ground_temperature

    index = pd.DatetimeIndex(climate.data.index)
    middles = pd.DatetimeIndex([index[index.month == m][(index.month == m).sum() // 2] for m in range(1, 13)])
    depths = (0.5, 2.0, 4.0)
    ground = ground_temperature(climate, np.array(depths), middles)
    levels = ",".join(
        f"{depth:g},,,," + ",".join(f"{value:.2f}" for value in ground[:, k])
        for k, depth in enumerate(depths)
    )
    origin = (
        "synthetic, generated from published monthly statistics"
        if climate.provenance == "synthetic"
        else "converted"
    )
    first = climate.data.index[0].day_name()
    source = {"synthetic": "SYNTHETIC", "online": "ONLINE", "epw": "CONVERTED"}[climate.provenance]
    seed = "" if climate.seed is None else f" Seed {climate.seed}."
    repairs = " Repairs: " + _field("; ".join(climate.repairs)) + "." if climate.repairs else ""
    return [
        f"LOCATION,{_field(climate.name)},-,CHN,{source},0,{climate.latitude:.5f},{climate.longitude:.5f},"
        f"{climate.utc_offset_h:.2f},{climate.altitude:.1f}"
        if climate.time_zone == "Asia/Shanghai"
        else f"LOCATION,{_field(climate.name)},-,-,{source},0,{climate.latitude:.5f},{climate.longitude:.5f},"
        f"{climate.utc_offset_h:.2f},{climate.altitude:.1f}",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        f"GROUND TEMPERATURES,{len(depths)},{levels}",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        f"COMMENTS 1,Written by PEDF Twin ({origin}).{seed} Source: {_field(climate.source)}",
        f"COMMENTS 2,States at the end of the hour and irradiance means over it.{repairs} Ground: "
        f"Kusuda-Achenbach with {DIFFUSIVITY:g} m2/s.",
        f"DATA PERIODS,1,1,Data,{first},1/ 1,12/31",
    ]


def _rows(climate: ClimateYear) -> list[str]:
    index = pd.DatetimeIndex(climate.data.index)
    # States back to the end of the hour; the last row takes the first state of the (periodic) year.
    c = {name: np.roll(climate.data[name].to_numpy(float), -1) for name in STATES}
    c |= {name: climate.data[name].to_numpy(float) for name in FLUXES}
    sun = climate.sun
    extra_h, extra_n = sun.ghi_extra.tolist(), (sun.dni_extra * sun.fraction_up).tolist()
    c = {name: values.tolist() for name, values in c.items()}  # numbers of arrays take long to write
    rows = []
    for i, stamp in enumerate(zip(index.year, index.month, index.day, index.hour, strict=True)):
        year, month, day, hour = stamp
        rows.append(
            f"{year},{month},{day},{hour + 1},60,{_FLAGS},{c['temp_air'][i]:.2f},{c['temp_dew'][i]:.2f},"
            f"{c['relative_humidity'][i]:.1f},{c['pressure'][i]:.0f},{extra_h[i]:.0f},{extra_n[i]:.0f},"
            f"{c['longwave_down'][i]:.1f},{c['ghi'][i]:.1f},{c['dni'][i]:.1f},{c['dhi'][i]:.1f},"
            f"999999,999999,999999,9999,{c['wind_direction'][i]:.0f},{c['wind_speed'][i]:.2f},"
            f"{c['total_sky_cover'][i]:.1f},{c['total_sky_cover'][i]:.1f},9999,99999,9,999999999,999,.999,999,99,999,"
            "999,99"
        )
    return rows
