"""Rows of numbers beside the moments of an operated day: raw, one write a step, read back in parts.

Steps x whatever a row holds, little endian. `scene.json` tells type and shape under the name of the file's
stem. Whoever reads gets whole rows: the last may be cut where a process was killed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.response.states import COLUMNS, ENDS
from weather.errors import TwinError

Floats = NDArray[np.float64]
STATES, FEEDER = "states", "feeder"
"""Stems of the files, and keys of the scene."""
_SUFFIX = {"<f4": "f32", "<f2": "f16"}


class Rows(NamedTuple):
    """Rows of a day.

    Attributes
    ----------
    steps : ndarray of int (n,)
        Step of the finer march at whose end each row stands.
    values : ndarray (n, ...)
    """

    steps: NDArray[np.int64]
    values: Floats


def told(kind: str, shape: tuple[int, ...], every: int = 1) -> dict[str, Any]:
    """What a scene tells of a file of rows.

    Parameters
    ----------
    kind : {"<f4", "<f2"}
        NumPy's name of the numbers.
    shape : tuple of int
        Of a row.
    every : int
        Steps of the march in a row.
    """
    return {"type": kind, "shape": list(shape), "every": every}


def rows_path(folder: Path, stem: str, entry: Mapping[str, Any]) -> Path:
    """Where rows lie that a scene tells of."""
    return folder / f"{stem}.{_SUFFIX[entry['type']]}"


def row_bytes(row: Floats) -> bytes:
    """A row as it is appended."""
    return row.astype("<f4").tobytes()


def read_rows(
    folder: Path, scene: Mapping[str, Any], stem: str, first: int = 0, last: int | None = None
) -> Rows:
    """Whole rows between two steps.

    Parameters
    ----------
    folder : Path
        Of the operated call.
    scene : mapping
    stem : {"states", "feeder"}
    first, last : int, optional
        Rows whose step is beyond `first`, up to `last`.

    Raises
    ------
    TwinError
        The day wrote none.
    """
    entry = scene.get(stem)
    if not entry or "type" not in entry:
        raise TwinError(
            f"there is no record of {stem} of that day.",
            "Operate the call again with this version.",
            file=folder,
        )
    shape, every, begin = tuple(entry["shape"]), int(entry["every"]), int(scene["first_step"])
    size = int(np.prod(shape)) * np.dtype(entry["type"]).itemsize
    low = max((first - begin) // every, 0)
    high = None if last is None else max((last - begin) // every, low)
    path = rows_path(folder, stem, entry)
    try:
        with path.open("rb") as file:
            there = os.fstat(file.fileno()).st_size // size
            high = there if high is None else min(high, there)
            file.seek(low * size)
            content = file.read(max(high - low, 0) * size)
    except FileNotFoundError:
        content = b""
    count = len(content) // size
    values = np.frombuffer(content[: count * size], entry["type"]).reshape(count, *shape)
    return Rows(begin + every * (1 + low + np.arange(count)), values.astype(float))


def coarser(values: Floats, ratio: int, ends: Sequence[int] = ()) -> Floats:
    """Rows of some steps as one: means, but for what is told as of the end.

    Parameters
    ----------
    values : ndarray (n, ..., columns)
    ratio : int
        Steps in one; what is left over at the end is left out.
    ends : sequence of int
        Columns that are told as of the end.
    """
    count = len(values) // ratio
    parts = values[: count * ratio].reshape(count, ratio, *values.shape[1:])
    found = parts.mean(axis=1)
    for k in ends:
        found[..., k] = parts[:, -1, ..., k]
    return np.asarray(found)


def states_told(participants: int) -> dict[str, Any]:
    """Of the states of a fleet, with the names of their columns."""
    return told("<f4", (participants, len(COLUMNS))) | {"columns": list(COLUMNS), "ends": list(ENDS)}
