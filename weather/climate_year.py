"""The climate year: 8760 hours on one site, one convention for states and fluxes.

A row is stamped with the START of its hour. A state is the value at the stamp; a flux is the mean over
[stamp, stamp + 1 h). Files that mean something else (EPW: temperature at the end of its hour) are converted
once, where they are read. February 29 never appears: in a leap year the index jumps from the 28th to March 1.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from weather.errors import TwinError
from weather.sun import IntervalSun, epoch_seconds, sun_over_intervals

if TYPE_CHECKING:
    from weather.heat_island import HeatIsland
    from weather.step_weather import StepWeather, Variability

Provenance = Literal["synthetic", "epw", "online"]
Kind = Literal["state", "flux"]

HOURS = 8760


@dataclass(frozen=True)
class Column:
    """What a column of the year means."""

    kind: Kind
    unit: str
    meaning: str


COLUMNS: dict[str, Column] = {
    "temp_air": Column("state", "degC", "dry bulb 干球温度"),
    "temp_dew": Column("state", "degC", "dew point (frost point below 0 °C) 露点温度"),
    "relative_humidity": Column("state", "%", "relative humidity 相对湿度, from dry bulb and dew point"),
    "pressure": Column("state", "Pa", "station pressure 大气压力"),
    "wind_speed": Column("state", "m/s", "wind speed at 10 m 风速"),
    "wind_direction": Column("state", "deg", "direction the wind comes from, clockwise from north 风向"),
    "ghi": Column("flux", "W/m2", "global horizontal irradiance 水平面总辐照度"),
    "dni": Column("flux", "W/m2", "direct normal irradiance, mean over the hour 法向直射辐照度"),
    "dhi": Column("flux", "W/m2", "diffuse horizontal irradiance 水平面散射辐照度"),
    "longwave_down": Column("flux", "W/m2", "long-wave irradiance from the sky 天空长波辐照度"),
    "total_sky_cover": Column("flux", "tenths", "cloud cover 总云量"),
}

STATES = tuple(name for name, column in COLUMNS.items() if column.kind == "state")
FLUXES = tuple(name for name, column in COLUMNS.items() if column.kind == "flux")


def nominal_index(year: int, time_zone: str, utc_offset_h: float) -> pd.DatetimeIndex:
    """Starts of the 8760 hours of a calendar year in standard time, without February 29."""
    offset = pd.Timedelta(hours=utc_offset_h)
    local = pd.date_range(f"{year:04d}-01-01", f"{year:04d}-12-31 23:00", freq="h")
    local = local[~((local.month == 2) & (local.day == 29))]
    return (local - offset).tz_localize("UTC").tz_convert(time_zone)


def time_zone_name(latitude: float, longitude: float, utc_offset_h: float) -> str:
    """`Asia/Shanghai` for a place in China on UTC+8, else the fixed offset as `UTC+HH:MM`."""
    if utc_offset_h == 8.0 and 18.0 <= latitude <= 54.0 and 73.0 <= longitude <= 135.0:
        return "Asia/Shanghai"
    minutes = round(abs(utc_offset_h) * 60)
    sign = "-" if utc_offset_h < 0 else "+"
    return f"UTC{sign}{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, eq=False)
class ClimateYear:
    """One year of hourly weather on one site.

    Attributes
    ----------
    data : pandas.DataFrame
        8760 rows, tz-aware index of hour starts, columns of `COLUMNS` (pvlib's names).
    name : str
        What to call it.
    latitude, longitude : float
        Degrees, north and east positive.
    altitude : float
        m above sea level.
    time_zone : str
        Zone of the index.
    utc_offset_h : float
        Standard-time offset from UTC, h.
    source : str
        Where the numbers come from.
    repairs : tuple of str
        What had to be put right, each with its count; empty for a clean year.
    provenance : {"synthetic", "epw", "online"}
    seed : int or None
        Seed of a synthetic year.
    clear_sky_taub, clear_sky_taud : tuple of float or None
        ASHRAE optical depths by month where they are published for the site.
    heat_island : HeatIsland or None
        The offset that was laid on the air temperature (`weather.heat_island`).
    """

    data: pd.DataFrame
    name: str
    latitude: float
    longitude: float
    altitude: float
    time_zone: str
    utc_offset_h: float
    source: str
    repairs: tuple[str, ...] = ()
    provenance: Provenance = "epw"
    seed: int | None = None
    clear_sky_taub: tuple[float, ...] | None = None
    clear_sky_taud: tuple[float, ...] | None = None
    heat_island: HeatIsland | None = None
    _sun: list[IntervalSun] = field(default_factory=list, init=False, repr=False)
    _steps: dict[tuple[int, str, int], StepWeather] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.data.columns]
        if missing or len(self.data) != HOURS:
            raise TwinError(
                f"a climate year needs {HOURS} rows and the columns {', '.join(COLUMNS)}; this one has "
                f"{len(self.data)} rows and lacks {', '.join(missing) or 'none of them'}.",
                "Read it with weather.load_weather or complete the table.",
                file=self.source,
            )
        if not isinstance(self.data.index, pd.DatetimeIndex) or self.data.index.tz is None:
            raise TwinError(
                "the index of a climate year carries no time zone.",
                "Localise it to the site's zone.",
                file=self.source,
            )
        holes = self.data[list(COLUMNS)].isna().sum()
        if holes.any():
            bad = ", ".join(f"{name} ({int(n)})" for name, n in holes[holes > 0].items())
            raise TwinError(
                f"values are missing: {bad}.", "Fill them before building the year.", file=self.source
            )

    @property
    def year(self) -> int:
        """Calendar year of the index, in standard time."""
        return int(pd.DatetimeIndex(self.data.index).tz_convert(self.time_zone)[0].year)

    @property
    def sun(self) -> IntervalSun:
        """The sun over each hour of the year."""
        if not self._sun:
            starts = epoch_seconds(pd.DatetimeIndex(self.data.index))
            self._sun.append(sun_over_intervals(starts, 3600.0, self.latitude, self.longitude))
        return self._sun[0]

    @property
    def digest(self) -> str:
        """SHA-256 over place, stamps and values: two years with the same digest give the same results."""
        index = pd.DatetimeIndex(self.data.index)
        total = hashlib.sha256(repr((self.latitude, self.longitude, self.altitude, self.time_zone)).encode())
        total.update(epoch_seconds(index).tobytes())
        for name in COLUMNS:
            total.update(np.ascontiguousarray(self.data[name].to_numpy(float)).tobytes())
        return total.hexdigest()

    def with_year(self, year: int) -> ClimateYear:
        """The same weather under another calendar year, so that weekdays and holidays agree.

        The sun moves by at most a quarter of a day of declination. DNI is taken anew from GHI - DHI over the
        mean cosine of the new year's sun, so that the components still close; the annual sum hardly moves.
        """
        if not re.fullmatch(r"\d{4}", str(year)) or year < 1900:
            raise TwinError(f"{year} is no calendar year.", "Give four digits from 1900 on.", key="year")
        if year == self.year:
            return self
        data = self.data.set_axis(nominal_index(year, self.time_zone, self.utc_offset_h), axis=0)
        moved = replace(self, data=data)
        cosine = moved.sun.cos_zenith
        beam = np.maximum(data["ghi"].to_numpy() - data["dhi"].to_numpy(), 0.0)
        sees = cosine > 0.0
        dni = np.where(sees, beam / np.where(sees, cosine, 1.0), 0.0)
        # A sliver of sun at the edge of the day may not carry its beam in the other year: it stays diffuse.
        dni = np.minimum(dni, np.maximum(self.data["dni"].to_numpy() * 1.02 + 1.0, 0.0))
        dhi = data["ghi"].to_numpy() - dni * cosine
        return replace(moved, data=data.assign(dni=dni, dhi=dhi))

    def at_step(self, minutes: int, variability: Variability = "hourly", seed: int = 0) -> StepWeather:
        """The year at a step of 1, 5, 10, 15, 30 or 60 minutes; see `weather.step_weather`.

        `variability` "minute" draws the sun inside the hours, with `seed`.

        The last step that was asked for is kept with the year, so treat its arrays as read-only.
        """
        from weather.step_weather import step_weather

        key = minutes, variability, seed if variability == "minute" else 0
        if key not in self._steps:
            found = step_weather(self, minutes, variability, seed)
            self._steps.clear()
            self._steps[key] = found
        return self._steps[key]
