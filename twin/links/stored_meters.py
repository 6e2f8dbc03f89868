"""Meters to speak for (电表数据源): of a Run, of a district's year, or of a file that a logger writes.

A meter file is CSV or Parquet with a row for each interval: `time` (its start, with its offset from UTC),
`kw` (mean net import), where there are several meters `meter` (name), and where they are known `baseline_kw`
and `available_kw` (change of load that could still be made; a decrease is negative). A file may grow while
it is read: a quarter-hour counts once all its intervals are there, and a last line of CSV once it is ended.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from buildings.description.text_file import file_text
from weather.errors import TwinError

COLUMNS = ("kw", "baseline_kw", "available_kw")
QUARTER = pd.Timedelta(minutes=15)
YEAR = pd.Timedelta(days=364)
"""52 weeks: what was metered comes again on the same day of the week."""
_ONLY = "meter"
_LARGEST = 500_000_000


class StoredMeters:
    """Quarter-hours of one or more meters.

    Parameters
    ----------
    path : path-like
        Folder of a Run or of a district's year, or a meter file (`.csv`, `.parquet`).
    replay : bool
        Times outside the stored ones are looked up whole years of 52 weeks away.

    Raises
    ------
    TwinError
        If there is nothing of the kind, or something in it is wrong.
    """

    def __init__(self, path: Path, *, replay: bool = False) -> None:
        self._path = path
        self._replay = replay
        self._series = series_files(path) if path.is_dir() else {}
        self._tables: dict[str, pd.DataFrame] = {}
        self._stamp: tuple[int, int] | None = None
        if not path.is_dir():
            self._refresh()

    @property
    def names(self) -> list[str]:
        """Names of the meters, in order."""
        return sorted(self._series or self._tables)

    def table(self, name: str) -> pd.DataFrame:
        """All quarter-hours of a meter.

        Parameters
        ----------
        name : str

        Returns
        -------
        DataFrame
            `COLUMNS` [kW] by start in UTC, regular; NaN where the meter was silent or does not say.

        Raises
        ------
        TwinError
            If there is no such meter.
        """
        if self._series:
            if name in self._series and name not in self._tables:
                self._tables[name] = _quarters(_stored(self._path, self._series[name], name), self._path)
        else:
            self._refresh()
        if name not in self._tables:
            raise TwinError(
                f"there is no meter {name!r}.",
                f"There are: {', '.join(self.names[:12])}{', ...' if len(self.names) > 12 else ''}.",
                file=self._path,
                key="meter",
            )
        return self._tables[name]

    def at(self, name: str, starts: pd.DatetimeIndex) -> pd.DataFrame:
        """Quarter-hours that begin at given times, NaN where there is none.

        Parameters
        ----------
        name : str
        starts : DatetimeIndex, shape (n,)
            tz-aware, on quarter-hours.

        Returns
        -------
        DataFrame
            `COLUMNS` [kW] by the times asked for.
        """
        table = self.table(name)
        asked = starts.tz_convert("UTC")
        if self._replay:
            asked = asked - ((asked - table.index[0]) // YEAR) * YEAR
        return table.reindex(asked).set_axis(starts)

    def last(self, name: str) -> pd.Timestamp | None:
        """Start of the last quarter-hour that a meter has; None where it has all for ever (a replay)."""
        return None if self._replay else pd.Timestamp(self.table(name).index[-1])

    def _refresh(self) -> None:
        """Read a file again where it has changed; while it cannot be read, what was known stays."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
        except OSError:
            stamp = (0, 0)
        if stamp == self._stamp:
            return
        try:
            self._tables = _file_tables(self._path)
        except TwinError:
            if self._stamp is None:
                raise
            return
        self._stamp = stamp


# --- folders ----------------------------------------------------------------------------------------------


def series_files(folder: Path) -> dict[str, tuple[str, str]]:
    """Meter to the Parquet file with its series and that file's hash.

    Raises
    ------
    TwinError
        If the folder is none of ours.
    """
    try:
        files: dict[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
        series = {name: digest for name, digest in files.items() if name.startswith("series/")}
        if "buildings.parquet" not in files:
            return {name[len("series/") : -len(".parquet")]: (name, d) for name, d in series.items()}
        found: dict[str, tuple[str, str]] = {}
        for name, digest in series.items():
            for building in pq.read_table(folder / name, columns=["building"])["building"].unique():
                found[building.as_py()] = (name, digest)
        return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise TwinError(
            f"the folder holds no Run and no year of a district ({type(error).__name__}).",
            "Give a folder that `twin run` or `twin district` wrote, or a meter file.",
            file=folder,
        ) from None


def series_bytes(path: Path, digest: str) -> bytes:
    """A file of a folder, as it was stored.

    Raises
    ------
    TwinError
        If it cannot be read or has another hash.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TwinError(
            f"the series cannot be read: {error.strerror}.", "Make it again.", file=path
        ) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise TwinError("the file was changed since it was stored.", "Make it again.", file=path)
    return content


def _stored(folder: Path, where: tuple[str, str], building: str) -> pd.DataFrame:
    content = series_bytes(folder / where[0], where[1])
    source = pq.ParquetFile(io.BytesIO(content))
    columns = ["time", "grid_import_kw", "grid_export_kw"]
    if "building" in source.schema_arrow.names:
        table = source.read([*columns, "building"])
        table = table.filter(pc.equal(table["building"], building))
    else:
        table = source.read(columns)
    net = table["grid_import_kw"].to_numpy().astype(float) - table["grid_export_kw"].to_numpy()
    return pd.DataFrame({"kw": net}, utc_times(table["time"]))


def utc_times(times: pa.ChunkedArray) -> pd.DatetimeIndex:
    """Timestamps of a Parquet column."""
    stamps = times.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    return pd.DatetimeIndex(stamps.view("M8[us]")).tz_localize("UTC")


# --- files ------------------------------------------------------------------------------------------------


def _file_tables(path: Path) -> dict[str, pd.DataFrame]:
    read = {".csv": _read_csv, ".parquet": _read_parquet}.get(path.suffix.lower())
    if read is None or not path.is_file():
        raise TwinError(
            "there is no such meter file." if read else f"'{path.suffix}' is no kind of meter file.",
            "Give a folder that `twin run` or `twin district` wrote, or a .csv or .parquet file.",
            file=path,
        )
    table = read(path)
    missing = [name for name in ("time", "kw") if name not in table]
    if missing or table.empty:
        raise TwinError(
            f"the meter file has no column {missing[0]!r}." if missing else "the meter file has no rows.",
            "Its columns are time, kw and, where known, meter, baseline_kw and available_kw.",
            file=path,
            key=missing[0] if missing else None,
        )
    times = _times(table["time"], path)
    given = [name for name in COLUMNS if name in table]
    powers = pd.DataFrame({name: _numbers(table[name], name, path) for name in given}).set_axis(times)
    meters = table["meter"].astype(str).to_numpy() if "meter" in table else np.full(len(table), _ONLY)
    found = {}
    for name in np.unique(meters):
        own = powers[meters == name]
        if own.index.has_duplicates:
            twice = own.index[own.index.duplicated()][0]
            raise TwinError(
                f"the meter {name!r} has two rows for {twice.isoformat()}.",
                "Keep one row for each interval.",
                file=path,
                key="time",
            )
        found[str(name)] = _quarters(own.sort_index(), path)
    return found


def _read_csv(path: Path) -> pd.DataFrame:
    text = file_text(path, _LARGEST, missing="Give a meter file.", split="Split it by years.")
    whole = text if text.endswith("\n") else text[: text.rfind("\n") + 1] or text  # a row being written
    try:
        return pd.read_csv(io.StringIO(whole), dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise TwinError(f"this is no CSV: {error}.", "Begin with a row of column names.", file=path) from None


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise TwinError(f"this is no Parquet file: {error}.", "Write it anew.", file=path) from None
    found: dict[str, Any] = {n: table[n].to_numpy() for n in table.column_names if n != "time"}
    if "time" in table.column_names:
        if not pa.types.is_timestamp(table["time"].type) or table["time"].type.tz is None:
            raise TwinError(
                f"the times are {table['time'].type}.", "Give timestamps with a zone.", file=path, key="time"
            )
        found["time"] = utc_times(table["time"])
    return pd.DataFrame(found)


def _times(column: pd.Series[Any], path: Path) -> pd.DatetimeIndex:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(column)
    for text in column:
        try:
            bare = pd.Timestamp(text).tzinfo is None
        except ValueError:
            bare = True
        if bare:
            raise TwinError(
                f"{str(text)[:60]!r} is no time with its offset from UTC.",
                "Write for example 2025-07-21T13:00+08:00.",
                file=path,
                key="time",
            )
    return pd.DatetimeIndex(pd.to_datetime(column, utc=True, format="ISO8601"))


def _numbers(column: pd.Series[Any], name: str, path: Path) -> np.ndarray[Any, Any]:
    """Powers; nothing and NaN are silence."""
    try:
        values = np.array([float(value) if value not in ("", None) else np.nan for value in column])
    except ValueError as error:
        raise TwinError(
            f"{error} in the column {name}.", "Give kW as numbers.", file=path, key=name
        ) from None
    if np.isinf(values).any():
        raise TwinError("a power is infinite.", "Give kW as finite numbers.", file=path, key=name)
    return values


def _quarters(table: pd.DataFrame, path: Path | None = None) -> pd.DataFrame:
    """Means of whole quarter-hours on a regular axis; one that lacks an interval is NaN."""
    times = pd.DatetimeIndex(table.index)
    steps = np.diff(times.as_unit("ns").asi8)
    width = pd.Timedelta(int(steps.min()), "ns") if len(steps) else QUARTER
    starts = times.floor(QUARTER)
    even = width <= QUARTER and QUARTER % width == pd.Timedelta(0)
    if not even or ((times - starts) % width != pd.Timedelta(0)).any():
        raise TwinError(
            f"intervals of {width} do not make up quarter-hours.",
            "Give intervals of 15 min, or of a part of it that goes into it, on the clock's quarters.",
            file=path,
            key="time",
        )
    grouped = table.groupby(starts)
    means = grouped.mean().where(grouped.count() == QUARTER // width)
    axis = pd.date_range(means.index[0], means.index[-1], freq=QUARTER)
    return means.reindex(index=axis, columns=list(COLUMNS))
