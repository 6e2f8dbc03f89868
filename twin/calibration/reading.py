"""A calibration read back from its folder, for pages and figures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.calibration.study import Calibrated

FACTS, HOURLY_FILE, PAGE = "calibration.json", "hours.parquet", "calibration.html"
KINDS = ("measured", "before", "after", "low", "high")
"""Of each series: meters, as described, as calibrated, and the interval of 90 % of the hours."""


@dataclass(frozen=True)
class StoredCalibration:
    """What figures and pages show of a calibration.

    Attributes
    ----------
    told : mapping
        `calibration.json`.
    hours : DataFrame, shape (n, ...)
        By hour, time of the site: `series:kind` for `KINDS` in the series' unit, `temp_air` [degC] where it
        was kept.
    held_out : ndarray of bool, shape (n,)
        Hours that the fit did not see.
    """

    told: Mapping[str, Any]
    hours: pd.DataFrame
    held_out: NDArray[np.bool_]

    @property
    def series(self) -> tuple[str, ...]:
        """What was measured, by the names of points."""
        return tuple(str(name) for name in self.told["figures"])

    def of(self, series: str, kind: str) -> pd.Series[float]:
        """One of `KINDS` of a series."""
        return self.hours[f"{series}:{kind}"]

    @property
    def temp_air(self) -> pd.Series[float] | None:
        """Outdoor air of the year that was marched [degC]; None where it was not kept."""
        return self.hours.get("temp_air")


def hours_table(found: Calibrated) -> pd.DataFrame:
    """The hours of a calibration as they are kept: `StoredCalibration.hours` with `held_out`."""
    frames = dict(zip(KINDS, (found.measured, found.before, found.after, found.low, found.high), strict=True))
    hours: dict[str, Any] = {
        f"{column}:{kind}": frame[column] for kind, frame in frames.items() for column in frame
    }
    marched = found.shared.project
    outside = found.loaded.climate.at_step(int(marched.timestep), marched.variability).temp_air[:-1]
    hours |= {"temp_air": outside, "held_out": found.held_out}
    return found.measured.iloc[:, :0].assign(**hours).rename_axis("time")


def as_stored(told: Mapping[str, Any], hours: pd.DataFrame) -> StoredCalibration:
    """From plain data and `hours_table`."""
    return StoredCalibration(told, hours.drop(columns="held_out"), hours["held_out"].to_numpy(bool))


def read_calibration(folder: Path) -> StoredCalibration:
    """Read what `twin calibrate` wrote.

    Raises
    ------
    TwinError
        Files that are missing or not ours.
    """
    try:
        told = json.loads((folder / FACTS).read_text("utf-8"))
        hours = pd.read_parquet(folder / HOURLY_FILE).set_index("time")
        kept = {f"{name}:{kind}" for name in told["figures"] for kind in KINDS}
        if not kept | {"held_out"} <= set(hours.columns) or not isinstance(told["parameters"], list):
            raise ValueError("columns are missing")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TwinError(
            "the calibration cannot be read.",
            "Make it anew with `twin calibrate PROJECT METERS --out FOLDER`.",
            file=folder / FACTS,
            zh=("无法读取校准结果。", "请用 `twin calibrate PROJECT METERS --out FOLDER` 重新生成。"),
        ) from error
    return as_stored(told, hours)
