"""Following a building on disk: readings in, estimates out, and nothing lost to a kill.

    <folder>/live.json                what is followed, from when, with which settings
             state.npz                filter as it stood at a step, with the day's estimates so far
             days/YYYY-MM-DD.parquet  a whole day, indexed by UTC: estimates as `column` and `column ±`,
                                      `point residual` and its `±`, what was read as `point read`
             told.json                drifts, books of increments, where it stands

Each file appears by one rename after it was forced to the disk. A killed process leaves the state of some
step; whoever goes on from it marches the steps behind it again from the same readings and draws the same
numbers, since draws hang on the step alone. So estimates are the same, to the last digit.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.live.drift import Drift
from twin.live.ensemble import Ensemble
from twin.live.filter import BOOKS, Filter
from twin.live.stored import read_live, read_state
from twin.project import Loaded
from twin.retrofit.march_store import inputs_hash
from weather.errors import TwinError

Floats = NDArray[np.float64]
SCHEMA = 2
CHECK_STEPS = 60
"""Steps between two states on the disk while old readings are followed; in real time each is written."""
AT_ENDS = ("temp_air_c", "relative_humidity_pct", "battery_soc")
AT_STARTS = ("temp_air", "relative_humidity")
"""States: of finer rows the last or the first of a step counts, of all else the mean."""


@dataclass(frozen=True)
class Settings:
    """What must be the same whenever a folder goes on.

    Attributes
    ----------
    start : str
        First day, YYYY-MM-DD, local.
    members, minutes, seed : int
    points : tuple of str
    """

    start: str
    members: int
    minutes: int
    seed: int
    points: tuple[str, ...]


class Following:
    """A filter that lives in a folder.

    Parameters
    ----------
    loaded : Loaded
        One building.
    folder : path-like
        Made where it is not there; one that is goes on where it stands.
    settings : Settings

    Attributes
    ----------
    last : (ndarray, ndarray) or None
        Means and standard deviations of the last step by `Filter.columns`; None before the first.

    Raises
    ------
    TwinError
        A folder of another project or of other settings, a day outside of the project's year.
    """

    def __init__(self, loaded: Loaded, folder: str | Path, settings: Settings) -> None:
        self.folder, self.settings = Path(folder), settings
        (self.folder / "days").mkdir(parents=True, exist_ok=True)
        self._own(loaded)
        ensemble = Ensemble(
            loaded,
            day_of_year(settings.start, loaded),
            members=settings.members,
            minutes=settings.minutes,
            seed=settings.seed,
        )
        self.filter = Filter(ensemble, settings.points)
        columns = self.filter.columns[-_count(ensemble) :]
        kinds = [one for one in ensemble.of_zones for _ in ensemble.zones] + list(ensemble.of_building)
        self.drift = Drift(columns, kinds)
        zone = loaded.climate.time_zone
        self.start = pd.Timestamp(settings.start).tz_localize(zone).tz_convert("UTC")
        self.width = pd.Timedelta(minutes=settings.minutes)
        self._rows: list[Floats] = []
        self.last: tuple[Floats, Floats] | None = None
        self.outlying = 0
        kept = self._kept()
        if kept is not None:
            self._go_on(kept)

    @property
    def step(self) -> int:
        """Steps that are behind it."""
        return self.filter.ensemble.step

    @property
    def now(self) -> pd.Timestamp:
        """Until when it followed."""
        return self.start + self.step * self.width

    def follow(
        self,
        readings: pd.DataFrame,
        until: pd.Timestamp | None = None,
        progress: Callable[[float], None] | None = None,
        *,
        each_step: bool = False,
    ) -> int:
        """Follow readings step by step, as far as they go.

        Parameters
        ----------
        readings : DataFrame
            Points by time: UTC stamps of the intervals' starts, NaN where silent; states as
            `Filter.step` takes them. What lies before `now` is passed over.
        until : Timestamp, optional
            Default the end of the last step of which there is a row.
        each_step : bool
            Write the state after every step, as in real time.

        Returns
        -------
        int
            Steps that were followed.
        """
        rows = self.rows_of(readings, until)
        every = 1 if each_step else CHECK_STEPS
        for i, row in enumerate(rows):
            self._one(row)
            if self.step % every == 0 and self._rows:
                self.keep()
            if progress is not None and i % 64 == 0:
                progress(i / len(rows))
        if len(rows):
            self.keep()
        return len(rows)

    def rows_of(self, readings: pd.DataFrame, until: pd.Timestamp | None = None) -> Floats:
        """Readings of the steps from `now` on, (n, P): means, of states the last; NaN where silent."""
        behind = readings.reindex(columns=list(self.settings.points))
        behind = behind[behind.index >= self.now]
        if until is not None:
            behind = behind[behind.index < until]
        if behind.empty and until is None:
            return np.zeros((0, len(self.settings.points)))
        steps = np.asarray((pd.DatetimeIndex(behind.index) - self.start) // self.width)
        last = int(steps[-1]) + 1 if until is None else int((until - self.start) // self.width)
        grouped = behind.groupby(steps)
        found = grouped.mean()
        for names, chosen in ((AT_ENDS, grouped.last()), (AT_STARTS, grouped.first())):
            states = [point for point in found.columns if point.split("/")[-1] in names]
            found[states] = chosen[states]
        return np.asarray(found.reindex(range(self.step, last)).to_numpy(float))

    def _one(self, row: Floats) -> None:
        estimate = self.filter.step(row)
        self.outlying += estimate.outlying
        self.last = estimate.mean, estimate.sd
        count = len(self.drift.columns)
        self.drift.add(estimate.mean[-count:], estimate.sd[-count:])
        self._rows.append(
            np.concatenate([estimate.mean, estimate.sd, estimate.innovation, estimate.expected_sd, row])
        )
        if self.step % self.filter.ensemble.per_day == 0:
            self._close_day()

    def _close_day(self) -> None:
        """Write the day; only then forget its rows."""
        self.drift.close_day()
        first = self.step - len(self._rows)
        target = self._day_file(first)
        stream = BytesIO()
        self.today().astype(np.float32).to_parquet(stream)
        _write(target, stream.getvalue())
        self._rows.clear()
        self.keep()

    def today(self) -> pd.DataFrame:
        """Estimates of the running day, by the starts of steps: `column`, `column ±` and residuals."""
        return self._table(self._rows, self.step - len(self._rows))

    def estimates(self) -> pd.DataFrame:
        """All estimates since the start."""
        days = [pd.read_parquet(path) for path in sorted((self.folder / "days").glob("*.parquet"))]
        running = self.now - len(self._rows) * self.width
        whole = [day[day.index < running] for day in days]
        return pd.concat([*whole, self.today().astype(np.float32)])

    @property
    def _names(self) -> list[str]:
        """Columns of a day."""
        columns, heard = self.filter.columns, self.filter.heard
        names = [*columns, *(f"{c} ±" for c in columns)]
        names += [*(f"{p} residual" for p in heard), *(f"{p} residual ±" for p in heard)]
        return [*names, *(f"{p} read" for p in self.settings.points)]

    def _table(self, rows: list[Floats], first: int) -> pd.DataFrame:
        names = self._names
        index = self.start + self.width * np.arange(first, first + len(rows))
        values = np.array(rows).reshape(len(rows), len(names))
        return pd.DataFrame(values, index=pd.DatetimeIndex(index, name="time"), columns=names)

    def _day_file(self, step: int) -> Path:
        local = (self.start + step * self.width).tz_convert(self.filter.ensemble.plant.weather.times.tz)
        return self.folder / "days" / f"{local:%Y-%m-%d}.parquet"

    # --- on disk --------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """Where it stands, what drifts, and what readings moved."""
        books = self.filter.books
        return {
            "until": self.now.isoformat(),
            "steps": self.step,
            "drifts": [asdict(one) for one in self.drift.told],
            "increments": {
                name: {"net": float(books[0, i]), "gross": float(books[1, i])} for i, name in enumerate(BOOKS)
            },
            "outlying_readings": self.outlying,
        }

    def keep(self) -> None:
        """Write the state; what stands on the disk afterwards is this step or, after a kill, one before."""
        parts: dict[str, Any] = {
            **self.filter.kept(),
            **self.drift.kept(),
            "outlying": np.array(self.outlying),
        }
        stream = BytesIO()
        first = self.start + (self.step - len(self._rows)) * self.width
        shown = {"names": np.array(self._names), "first": np.array(first.isoformat())}
        np.savez(stream, rows=np.array(self._rows), last=np.array(self.last), **(parts | shown))
        _write(self.folder / "state.npz", stream.getvalue())
        _write(self.folder / "told.json", json.dumps(self.told(), indent=1).encode())

    def _kept(self) -> dict[str, np.ndarray] | None:
        path = self.folder / "state.npz"
        if not path.is_file():
            return None
        return read_state(path)

    def _go_on(self, kept: dict[str, np.ndarray]) -> None:
        self.filter.go_on(kept)
        self.drift.go_on(kept)
        self.outlying, self._rows = int(kept["outlying"]), list(kept["rows"])
        self.last = kept["last"][0], kept["last"][1]

    def _own(self, loaded: Loaded) -> None:
        """Settle that the folder is that of this project and these settings."""
        key = inputs_hash(loaded.project, loaded.climate)
        own = {"schema": SCHEMA, "inputs": key, **asdict(self.settings), "points": list(self.settings.points)}
        path = self.folder / "live.json"
        if not path.is_file():
            project = loaded.project
            facts = {
                "project": project.name,
                "project_zh": project.name_zh or project.name,
                "time_zone": loaded.climate.time_zone,
                "tariff": project.tariff,
            }
            _write(path, json.dumps(own | facts, indent=1, ensure_ascii=False).encode())
            return
        found = read_live(self.folder).facts
        for name, value in own.items():
            if found.get(name) != value:
                raise TwinError(
                    f"the folder follows a building with another {name}: {_short(found.get(name))}, "
                    f"now {_short(value)}.",
                    "Choose another folder, or go on with project, engine and settings of before.",
                    file=path,
                    key=name,
                    zh=(
                        f"该文件夹跟随时的 {name} 为 {_short(found.get(name))}，现在是 {_short(value)}。",
                        "请另选文件夹，或沿用原来的项目、引擎与设置。",
                    ),
                )


def _count(ensemble: Ensemble) -> int:
    return len(ensemble.zones) * len(ensemble.of_zones) + len(ensemble.of_building)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def day_of_year(text: str, loaded: Loaded) -> int:
    """Day of the project's year (0 is the first) of a date.

    Raises
    ------
    TwinError
        No date, or one of another year.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise TwinError(
            f"{text!r} is no date.",
            "Write YYYY-MM-DD.",
            key="--start",
            zh=(f"{text!r} 不是日期。", "请写成 YYYY-MM-DD。"),
        ) from None
    year = int(loaded.climate.data.index[0].year)
    if day.year != year:
        raise TwinError(
            f"{text} is not in the project's year {year}.",
            "Give the project the year of the readings (`year`).",
            key="--start",
            zh=(f"{text} 不在项目年份 {year} 内。", "请把项目的 `year` 设为读数所在年份。"),
        )
    return (day - date(year, 1, 1)).days


def _write(target: Path, content: bytes) -> None:
    """Let a file appear whole: forced to the disk, then renamed."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise TwinError(
            f"the state could not be written: {os.strerror(error.errno or 0)}.",
            "Free some room or choose a folder that you may write to; what was written is kept.",
            file=target,
            zh=(
                f"状态无法写入：{os.strerror(error.errno or 0)}。",
                "请腾出空间或换一个可写文件夹；已写入的内容保留。",
            ),
        ) from error
