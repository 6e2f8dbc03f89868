"""EPW in: a reader that survives the defects of real files and says what it put right.

What a file means is settled here once: temperature, humidity, pressure and wind stand at the END of the row's
hour, irradiance is the mean over it. The year that leaves has states at the START of each hour.
Writing is in `weather.epw_writer` and offered here too.

References
----------
.. [1] EnergyPlus Auxiliary Programs, chapter "EnergyPlus Weather File (EPW) Data Dictionary".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.clear_sky import linke_clear_ghi
from weather.climate_year import HOURS, ClimateYear, nominal_index, time_zone_name
from weather.epw_repair import fill_states, repair_humidity, repair_irradiance
from weather.epw_writer import write_epw
from weather.errors import TwinError
from weather.longwave import longwave_down, sky_cover_from_sun
from weather.sun import epoch_seconds, sun_over_intervals

__all__ = ["read_epw", "write_epw"]

FloatArray = NDArray[np.float64]

MAX_BYTES = 50_000_000
MAX_MISSING = 0.10


@dataclass(frozen=True)
class Field:
    """A column of the file: place, missing code, and the range outside of which a value is no weather."""

    place: int
    missing_from: float
    low: float
    high: float
    needed: bool
    label: str


# Missing codes and limits of [1]_; the limits of irradiance are wider because files overshoot and are
# repaired afterwards.
FIELDS: dict[str, Field] = {
    "temp_air": Field(6, 99.9, -70.0, 70.0, True, "dry bulb temperature"),
    "temp_dew": Field(7, 99.9, -90.0, 70.0, False, "dew point temperature"),
    "relative_humidity": Field(8, 999.0, 0.0, 110.0, False, "relative humidity"),
    "pressure": Field(9, 999999.0, 31000.0, 120000.0, False, "atmospheric station pressure"),
    "longwave_down": Field(12, 9999.0, 0.0, 1000.0, False, "horizontal infrared radiation from the sky"),
    "ghi": Field(13, 9999.0, -20.0, 2000.0, False, "global horizontal radiation"),
    "dni": Field(14, 9999.0, -20.0, 9998.0, False, "direct normal radiation"),
    "dhi": Field(15, 9999.0, -20.0, 2000.0, False, "diffuse horizontal radiation"),
    "wind_direction": Field(20, 999.0, 0.0, 361.0, False, "wind direction"),
    "wind_speed": Field(21, 999.0, 0.0, 60.0, True, "wind speed"),
    "total_sky_cover": Field(22, 99.0, 0.0, 10.0, False, "total sky cover"),
}
_FULL_COLUMNS = 35
_LEAST_COLUMNS = 32


@dataclass(frozen=True)
class Location:
    """The LOCATION line."""

    city: str
    country: str
    source: str
    latitude: float
    longitude: float
    utc_offset_h: float
    altitude: float


def read_epw(path: str | Path, *, year: int = 2025) -> ClimateYear:
    """Read an EPW file.

    Parameters
    ----------
    path : path-like
    year : int
        Calendar year to lay the 8760 hours on (typical years have none of their own).

    Returns
    -------
    ClimateYear
        `repairs` names everything that was put right, with counts.

    Raises
    ------
    TwinError
        With file, line and reason, for what cannot be saved.
    """
    path = Path(path)
    repairs: list[str] = []
    lines = _lines(path, repairs)
    location, first = _header(lines, path, repairs)
    stamps, table, at_line = _rows(lines, first, path, repairs)
    order = _calendar_order(stamps, at_line, path, repairs)
    table = {name: values[order] for name, values in table.items()}
    _refuse_too_many_holes(table, at_line[order], path)
    data = _settle(table, location, year, path, repairs)
    return ClimateYear(
        data=data,
        name=location.city,
        latitude=location.latitude,
        longitude=location.longitude,
        altitude=location.altitude,
        time_zone=str(pd.DatetimeIndex(data.index).tz),
        utc_offset_h=location.utc_offset_h,
        source=f"EPW file {path.name} ({location.source})",
        repairs=tuple(repairs),
        provenance="epw",
    )


def _lines(path: Path, repairs: list[str]) -> list[str]:
    """Text of the file as lines without their ends."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TwinError(
                f"the file is {size / 1e6:.0f} MB; a year of hourly weather is about 2 MB.",
                "Give an EPW file of one year.",
                file=path,
            )
        raw = path.read_bytes()
    except OSError as error:
        raise TwinError(
            f"the weather file cannot be read ({error.strerror}).", "Give the path of an EPW file.", file=path
        ) from error
    if not raw.strip():
        raise TwinError("the weather file is empty.", "Give an EPW file of 8760 hours.", file=path)
    if b"\x00" in raw:
        raise TwinError(
            "the weather file holds zero bytes: it is binary, compressed or UTF-16.",
            "Unpack it or save it as plain text.",
            file=path,
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
        repairs.append("not UTF-8: read as latin-1")
    if text.startswith("\ufeff"):
        text = text[1:]
        repairs.append("byte-order mark at the start dropped")
    if "\n" not in text and "\r" in text:
        repairs.append("old Mac line ends (CR) accepted")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n \t\x1a").split("\n")


def _header(lines: list[str], path: Path, repairs: list[str]) -> tuple[Location, int]:
    """Location and the number of the first data line (counted from 0)."""
    start = next(
        (i for i, line in enumerate(lines[:30]) if line.strip().upper().startswith("DATA PERIODS")), None
    )
    if start is None:
        start = next(
            (
                i - 1
                for i, line in enumerate(lines[:30])
                if line.count(",") >= _LEAST_COLUMNS - 1 and line.split(",")[0].strip().isdigit()
            ),
            None,
        )
        if start is None:
            raise TwinError(
                "no DATA PERIODS line and no data row within the first 30 lines: this is not an EPW file.",
                "Give an EnergyPlus weather file.",
                file=path,
                line=1,
            )
        repairs.append("DATA PERIODS line is missing: one hourly record taken for granted")
    else:
        fields = [f.strip() for f in lines[start].split(",")]
        if len(fields) > 2 and fields[2] not in ("1", "1.0", ""):
            raise TwinError(
                f"the file holds {fields[2]} records per hour.",
                "Give an hourly file (one record per hour).",
                file=path,
                line=start + 1,
                key="DATA PERIODS",
            )
        if start != 7:
            repairs.append(f"header has {start + 1} lines instead of 8")
    number = next(
        (i for i, line in enumerate(lines[: start + 1]) if line.strip().upper().startswith("LOCATION")), None
    )
    if number is None:
        raise TwinError(
            "the LOCATION line is missing: without latitude and longitude the sun has no place.",
            "Restore the first line of the EPW file.",
            file=path,
            line=1,
        )
    return _location(lines[number], number + 1, path), start + 1


def _location(line: str, number: int, path: Path) -> Location:
    fields = [f.strip() for f in line.split(",")]
    limits = {
        "latitude": (6, -90, 90),
        "longitude": (7, -180, 180),
        "time zone": (8, -12, 14),
        "elevation": (9, -450, 6000),
    }
    values = {}
    for key, (place, low, high) in limits.items():
        text = fields[place] if len(fields) > place else ""
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise TwinError(
                f"{key} is {text!r}.",
                f"Give a number from {low} to {high} in field {place + 1} of the LOCATION line.",
                file=path,
                line=number,
                key="LOCATION",
            )
        values[key] = value
    return Location(
        city=fields[1] or path.stem,
        country=fields[3],
        source=fields[4] or "source not stated",
        latitude=values["latitude"],
        longitude=values["longitude"],
        utc_offset_h=values["time zone"],
        altitude=values["elevation"],
    )


def _rows(
    lines: list[str], first: int, path: Path, repairs: list[str]
) -> tuple[NDArray[np.int64], dict[str, FloatArray], NDArray[np.int64]]:
    """Stamps (n, 5), the columns (missing as NaN) and the line number of each row."""
    numbered = [(i + 1, line) for i, line in enumerate(lines[first:], start=first) if line.strip(" ,\t")]
    if len(numbered) < len(lines) - first:
        repairs.append(f"{len(lines) - first - len(numbered)} blank lines between the rows dropped")
    if len(numbered) > 8784:
        raise TwinError(
            f"the file holds {len(numbered)} hourly rows, {len(numbered) / 8760:.1f} years.",
            "Give a file of one year (8760 or 8784 rows).",
            file=path,
            line=numbered[8784][0],
        )
    stamps = np.empty((len(numbered), 5), dtype=np.int64)
    cells = np.empty((len(numbered), len(FIELDS)))
    places = [f.place for f in FIELDS.values()]
    short, empty = 0, 0
    for i, (number, line) in enumerate(numbered):
        fields = line.rstrip(", \t").split(",")
        if not _LEAST_COLUMNS <= len(fields) <= _FULL_COLUMNS:
            raise TwinError(
                f"the row has {len(fields)} columns; an EPW row has {_FULL_COLUMNS}.",
                "The file is cut or damaged here: restore the line or take the file from its source again.",
                file=path,
                line=number,
            )
        short += len(fields) < _FULL_COLUMNS
        try:
            stamps[i] = [int(float(f)) for f in fields[:5]]
            cells[i] = [float(fields[p]) for p in places]
        except (ValueError, OverflowError):
            empty += _careful(fields, stamps, cells, i, number, path)
    if short:
        repairs.append(f"{short} rows lack the last columns (albedo, precipitation), which are not used")
    if empty:
        repairs.append(f"{empty} empty fields taken as missing")
    at_line = np.array([number for number, _ in numbered], dtype=np.int64)
    table = _mark_missing(cells, at_line, path)
    return stamps, table, at_line


def _careful(
    fields: list[str], stamps: NDArray[np.int64], cells: FloatArray, i: int, number: int, path: Path
) -> int:
    """Read a row that did not parse at once; empty fields are missing, text is refused by name."""
    for k, name in enumerate(("year", "month", "day", "hour", "minute")):
        text = fields[k].strip()
        try:
            # Some writers leave the minute out or write 24:00 into the hour.
            stamps[i, k] = int(float(text.split(":")[0])) if text else (0 if name == "minute" else int(text))
        except (ValueError, OverflowError) as error:
            raise TwinError(
                f"{name} is {text!r}.", "Give a number.", file=path, line=number, key=name
            ) from error
    empty = 0
    for k, f in enumerate(FIELDS.values()):
        text = fields[f.place].strip()
        if not text:
            cells[i, k] = np.inf
            empty += 1
            continue
        try:
            cells[i, k] = float(text)
        except ValueError as error:
            raise TwinError(
                f"{f.label} is {text!r}.", f"Give a number, or {f.missing_from:g} where it is missing.",
                file=path, line=number, key=f.label,
            ) from error  # fmt: skip
    return empty


def _mark_missing(cells: FloatArray, at_line: NDArray[np.int64], path: Path) -> dict[str, FloatArray]:
    """Missing codes to NaN; NaN written as text and impossible values are refused."""
    table = {}
    for k, (name, f) in enumerate(FIELDS.items()):
        values = cells[:, k].copy()
        bad = np.isnan(values)
        absent = (values >= f.missing_from) | (values <= -99.0)
        bad |= ~absent & ((values < f.low) | (values > f.high))
        if bad.any():
            i = int(np.argmax(bad))
            raise TwinError(
                f"{f.label} is {cells[i, k]:g}; it should lie from {f.low:g} to {f.high:g}.",
                f"Correct it, or write {f.missing_from:g} where the value is missing.",
                file=path,
                line=int(at_line[i]),
                key=f.label,
            )
        values[absent] = np.nan
        table[name] = values
    return table


def _calendar_order(
    stamps: NDArray[np.int64], at_line: NDArray[np.int64], path: Path, repairs: list[str]
) -> NDArray[np.int64]:
    """Row numbers in calendar order without February 29; refuses a year with holes or doubles."""
    month, day, hour = stamps[:, 1], stamps[:, 2], stamps[:, 3]
    lengths = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    bad = (month < 1) | (month > 12) | (hour < 0) | (hour > 24)
    bad |= (day < 1) | (day > lengths[np.clip(month, 0, 12)])
    if bad.any():
        i = int(np.argmax(bad))
        raise TwinError(
            f"month {month[i]}, day {day[i]}, hour {hour[i]} is no time.", "Correct the date.",
            file=path, line=int(at_line[i]), key="date",
        )  # fmt: skip
    if hour.min() == 0 and hour.max() == 23:
        hour = hour + 1
        repairs.append("hours are counted 0-23: taken as the hours that begin then (1-24)")
    elif hour.min() == 0:
        i = int(np.argmax(hour == 0))
        raise TwinError(
            "hours 0 and 24 stand in the same file.", "Number the hours 1 to 24.",
            file=path, line=int(at_line[i]), key="hour",
        )  # fmt: skip
    leap = (month == 2) & (day == 29)
    if leap.any():
        repairs.append(f"February 29 dropped ({int(leap.sum())} rows)")
    keep = np.flatnonzero(~leap)
    starts = np.concatenate([[0], np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])])
    slot = (starts[month[keep] - 1] + day[keep] - 1) * 24 + hour[keep] - 1
    counts = np.bincount(slot, minlength=HOURS)
    _refuse_broken_sequence(slot, counts, at_line[keep], path)
    if np.any(np.diff(slot) < 0):
        repairs.append("rows did not run from January to December: put in order")
    order = np.empty(HOURS, dtype=np.int64)
    order[slot] = keep
    return order


def _refuse_broken_sequence(
    slot: NDArray[np.int64], counts: NDArray[np.int64], at_line: NDArray[np.int64], path: Path
) -> None:
    if np.all(counts == 1):
        return
    step = np.diff(slot) % HOURS
    broken = np.flatnonzero(step != 1)
    i = int(broken[0]) + 1 if len(broken) else len(slot) - 1
    twice = int((counts > 1).sum())
    side = "at" if len(broken) else "after"
    raise TwinError(
        f"the hours do not make a year: {len(slot)} rows, {int((counts == 0).sum())} hours absent, {twice} "
        f"hours twice; the order breaks {side} this line.",
        "The file was cut or is not hourly: give all 8760 hours once each.",
        file=path,
        line=int(at_line[i]),
    )


def _refuse_too_many_holes(table: dict[str, FloatArray], at_line: NDArray[np.int64], path: Path) -> None:
    """More than a tenth of a needed column missing is no climate year."""

    def share(*names: str) -> FloatArray:
        return np.all([np.isnan(table[name]) for name in names], axis=0)

    components = np.isnan(table["dni"]) | np.isnan(table["dhi"])
    needed = {f.label: np.isnan(table[name]) for name, f in FIELDS.items() if f.needed}
    needed["humidity (dew point or relative humidity)"] = share("temp_dew", "relative_humidity")
    needed["solar radiation (global, or direct and diffuse)"] = np.isnan(table["ghi"]) & components
    for label, holes in needed.items():
        if holes.mean() > MAX_MISSING:
            raise TwinError(
                f"{label} is missing in {holes.mean():.0%} of the hours.",
                f"At most {MAX_MISSING:.0%} can be filled: give another file.",
                file=path,
                line=int(at_line[int(np.argmax(holes))]),
                key=label,
            )


def _settle(
    table: dict[str, FloatArray], location: Location, year: int, path: Path, repairs: list[str]
) -> pd.DataFrame:
    """From the file's own columns to a complete year in our convention."""
    zone = time_zone_name(location.latitude, location.longitude, location.utc_offset_h)
    index = nominal_index(year, zone, location.utc_offset_h)
    starts = epoch_seconds(index)
    states = _complete_states(table, location, path, repairs)
    sun = sun_over_intervals(starts, 3600.0, location.latitude, location.longitude)
    # The row's state belongs to the end of its hour, hence to the next stamp; the year closes on itself.
    at_start = {name: np.roll(values, 1) for name, values in states.items()}
    ghi, dni, dhi = repair_irradiance(
        table["ghi"], table["dni"], table["dhi"], at_start["pressure"], starts,
        location.latitude, location.longitude, path, repairs,
    )  # fmt: skip
    cover = table["total_sky_cover"]
    absent = np.isnan(cover)
    if absent.any():
        modelled = sky_cover_from_sun(
            ghi,
            linke_clear_ghi(index, location.latitude, location.longitude, location.altitude, sun),
            sun,
        )
        cover = np.where(absent, modelled, cover)
        repairs.append(f"sky cover missing in {int(absent.sum())} hours: from the clear-sky index")
    longwave = table["longwave_down"]
    absent = np.isnan(longwave) | (longwave < 50.0) | (longwave > 700.0)
    if absent.any():
        modelled = longwave_down(at_start["temp_air"], at_start["temp_dew"], cover)
        longwave = np.where(absent, modelled, longwave)
        repairs.append(
            f"sky long-wave missing or impossible in {int(absent.sum())} hours: Clark-Allen with clouds"
        )
    return pd.DataFrame(
        {**at_start, "ghi": ghi, "dni": dni, "dhi": dhi, "longwave_down": longwave, "total_sky_cover": cover},
        index=index,
    )


def _complete_states(
    table: dict[str, FloatArray], location: Location, path: Path, repairs: list[str]
) -> dict[str, FloatArray]:
    """Temperature, humidity, pressure and wind without holes, still at the ends of the hours."""
    temp = fill_states(table["temp_air"], "dry bulb", path, repairs)
    pressure = table["pressure"]
    if np.isnan(pressure).mean() > MAX_MISSING:
        standard = float(psychrometrics.standard_pressure(location.altitude))
        repairs.append(
            f"pressure missing in {int(np.isnan(pressure).sum())} hours: standard at {location.altitude:g} m"
        )
        pressure = np.where(np.isnan(pressure), standard, pressure)
    pressure = fill_states(pressure, "pressure", path, repairs)
    dew, humidity = repair_humidity(temp, table["temp_dew"], table["relative_humidity"], path, repairs)
    direction = table["wind_direction"]
    holes = np.isnan(direction)
    if holes.any():
        # A direction has no mean; the last known one holds.
        direction = pd.Series(np.concatenate([direction, direction])).ffill().bfill().to_numpy()[HOURS:]
        if np.isnan(direction).any():
            direction = np.zeros(HOURS)
        repairs.append(
            f"wind direction missing in {int(holes.sum())} hours: last known one held (0 where none)"
        )
    return {
        "temp_air": temp,
        "temp_dew": dew,
        "relative_humidity": humidity,
        "pressure": pressure,
        "wind_speed": fill_states(table["wind_speed"], "wind speed", path, repairs),
        "wind_direction": direction % 360.0,
    }
