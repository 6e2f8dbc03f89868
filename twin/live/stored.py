"""A live twin as its folder tells it, without its project: for the watch and for pages."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from weather.errors import TwinError

FILE = "live.json"
_ZONE = "Asia/Shanghai"
"""Of folders that do not tell theirs."""


@dataclass(frozen=True)
class StoredLive:
    """A folder of `twin live`, perhaps one that another process writes to.

    Attributes
    ----------
    folder : Path
    facts : mapping
        `live.json`: what is followed, with which settings.
    told : mapping
        `told.json`: until when, drifts, increments; empty before the first state.
    """

    folder: Path
    facts: Mapping[str, Any]
    told: Mapping[str, Any]

    @property
    def zone(self) -> str:
        """Time zone of the site."""
        return str(self.facts.get("time_zone", _ZONE))

    @property
    def points(self) -> tuple[str, ...]:
        """What it listens to."""
        return tuple(self.facts.get("points", ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """What its days tell; see `Following`."""
        return _columns(self.folder, self.stamp())

    @property
    def rooms(self) -> tuple[str, ...]:
        """Rooms, in the order of the project."""
        return tuple(n.removesuffix("/temp_air_c") for n in self.columns if n.endswith("/temp_air_c"))

    @property
    def until(self) -> pd.Timestamp | None:
        """Until when it followed, time of the site; None before the first state."""
        return pd.Timestamp(self.told["until"]).tz_convert(self.zone) if "until" in self.told else None

    def stamp(self) -> int:
        """Changes whenever something was written."""
        return _stamp(self.folder)

    def days(self) -> list[Path]:
        """Files of whole days, in their order."""
        return sorted((self.folder / "days").glob("*.parquet"))

    def estimates(self, columns: Collection[str] | None = None) -> pd.DataFrame:
        """Estimates of all whole days; see `Following`.

        Parameters
        ----------
        columns : collection of str, optional
            Only these, as far as they are there; default all.
        """
        parts = []
        for path in self.days():
            own = None
            if columns is not None:
                own = [name for name in _names(path) if name in columns or name == "time"]
            parts.append(_table(path, own))
        return pd.concat(parts) if parts else pd.DataFrame(index=pd.DatetimeIndex([], tz="UTC", name="time"))

    def recent(self, days: int) -> pd.DataFrame:
        """Estimates of the last days with the running one, by time of the site."""
        until = self.until
        parts = [_day(path, path.stat().st_mtime_ns) for path in self.days()[-days - 1 :]]
        running = _running(self.folder)
        parts = [part for part in (*parts, running) if len(part)]
        if until is None or not parts:
            return pd.DataFrame(index=pd.DatetimeIndex([], tz=self.zone, name="time"))
        whole = pd.concat(parts)
        whole = whole[~whole.index.duplicated(keep="last")].sort_index().tz_convert(self.zone)
        return whole[whole.index >= whole.index[-1] - pd.Timedelta(days=days)]

    def daily(self, columns: Sequence[str]) -> pd.DataFrame:
        """Means of days, by the day's midnight at the site, of the columns that are there."""
        found = [_means(path, path.stat().st_mtime_ns, self.zone, tuple(columns)) for path in self.days()]
        running = _running(self.folder)
        if len(running):
            found.append(_by_day(running[[c for c in columns if c in running]], self.zone))
        if not found:
            return pd.DataFrame()
        whole = pd.concat(found)
        return whole[~whole.index.duplicated(keep="last")].sort_index()


def read_live(folder: Path) -> StoredLive:
    """Look at a folder of `twin live`.

    Raises
    ------
    TwinError
        It is none.
    """
    try:
        facts = json.loads((folder / FILE).read_text("utf-8"))
        told_file = folder / "told.json"
        told = json.loads(told_file.read_text("utf-8")) if told_file.is_file() else {}
        if not isinstance(facts, dict) or "start" not in facts or not isinstance(told, dict):
            raise ValueError("no start")
    except (OSError, ValueError) as error:
        raise TwinError(
            "the folder is none of a live twin.",
            "Give the folder that `twin live` wrote (--out).",
            file=folder / FILE,
            zh=("这不是在线孪生的文件夹。", "请给出 `twin live` 写出的文件夹（--out）。"),
        ) from error
    return StoredLive(folder, facts, told)


def _stamp(folder: Path) -> int:
    names = (FILE, "told.json", "state.npz")
    return max((path.stat().st_mtime_ns for name in names if (path := folder / name).is_file()), default=0)


@lru_cache(maxsize=16)
def _columns(folder: Path, _: int) -> tuple[str, ...]:
    days = sorted((folder / "days").glob("*.parquet"))
    if days:
        return _names(days[-1])
    return tuple(map(str, _running(folder).columns))


@lru_cache(maxsize=32)
def _day(path: Path, _: int) -> pd.DataFrame:
    return _table(path, None)


@lru_cache(maxsize=2000)
def _means(path: Path, _: int, zone: str, columns: tuple[str, ...]) -> pd.DataFrame:
    own = [name for name in _names(path) if name in columns or name == "time"]
    return _by_day(_table(path, own), zone)


def _names(path: Path) -> tuple[str, ...]:
    """Columns of a day."""
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error


def _table(path: Path, columns: list[str] | None) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> TwinError:
    """A file of a folder of `twin live` that is not as it was written."""
    return TwinError(
        "the file of the live twin was changed or damaged.",
        "Follow anew into another folder (--out).",
        file=path,
        zh=("在线孪生的这个文件已被改动或损坏。", "请另给文件夹（--out）重新跟踪。"),
    )


def _by_day(table: pd.DataFrame, zone: str) -> pd.DataFrame:
    return table.groupby(pd.DatetimeIndex(table.index).tz_convert(zone).normalize()).mean()


def read_state(path: Path, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Arrays of a state that was written.

    Parameters
    ----------
    path : Path
    only : collection of str, optional
        Those of these names that are there; default all.

    Raises
    ------
    TwinError
        It is not as it was written.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files if only is None or name in only}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path) from error


def _running(folder: Path) -> pd.DataFrame:
    """Rows of the day that is not over; none where the state does not name them."""
    nothing = pd.DataFrame(index=pd.DatetimeIndex([], tz="UTC", name="time"))
    path = folder / "state.npz"
    if not path.is_file():
        return nothing
    facts = json.loads((folder / FILE).read_text("utf-8"))
    stored = read_state(path, ("names", "rows", "first"))
    if "names" not in stored or not len(stored["rows"]):
        return nothing
    rows, names = stored["rows"], stored["names"]
    first = pd.Timestamp(str(stored["first"])).tz_convert("UTC")
    index = first + pd.Timedelta(minutes=int(facts["minutes"])) * np.arange(len(rows))
    return pd.DataFrame(rows, pd.DatetimeIndex(index, name="time"), [str(name) for name in names])
