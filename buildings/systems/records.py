"""Equipment data files and the structured records that kernels read.

A record is one row of a NumPy structured array: numba reads its fields by name, and a batch of
buildings is an array of records.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from buildings.library.data_text import read_data
from weather.errors import TwinError

# a row of a structured array; NumPy's own type for it knows no field names
Record: TypeAlias = Any

_DATA = Path(__file__).parent / "data"


@cache
def read_library(name: str) -> dict[str, dict[str, Any]]:
    """Read one equipment data file of `buildings/systems/data`.

    Parameters
    ----------
    name : str
        File name without `.yaml`.

    Returns
    -------
    dict
        Entries by library key.
    """
    library: dict[str, dict[str, Any]] = read_data((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return library


def entry(library: str, key: str) -> dict[str, Any]:
    """Entry `key` of an equipment library.

    Raises
    ------
    TwinError
        If the library has no such key; the message names those it has.
    """
    entries = read_library(library)
    if key not in entries:
        raise TwinError(
            f"The equipment library {library!r} has no entry {key!r}.",
            f"Use one of: {', '.join(sorted(entries))}.",
            key=key,
        )
    return entries[key]


def part(library: str, group: str, key: str, at: str | None = None) -> dict[str, Any]:
    """Entry `key` of a group of an equipment library, such as a module of `pv`.

    Parameters
    ----------
    library, group, key : str
    at : str, optional
        Key of the description where it was written; `key` itself where not given.

    Raises
    ------
    TwinError
        If the group has no such key; the message names those it has.
    """
    entries: dict[str, Any] = read_library(library)[group]
    if key not in entries:
        raise TwinError(
            f"The equipment library {library!r} has no {group[:-1]} {key!r}.",
            f"Use one of: {', '.join(entries)}.",
            key=at if at is not None else key,
        )
    values: dict[str, Any] = entries[key]
    return values


def record(dtype: np.dtype[Any], values: dict[str, Any]) -> np.void:
    """One record of `dtype` with every field set.

    Parameters
    ----------
    dtype : numpy.dtype
        Structured type.
    values : dict
        A value for each field; a nested record for a nested field.

    Raises
    ------
    KeyError
        If a field is missing or unknown: a programming error, not a user's.
    """
    assert dtype.names is not None
    unknown = set(values) - set(dtype.names)
    if unknown:
        raise KeyError(f"unknown fields {sorted(unknown)}")
    row = np.zeros(1, dtype)
    for name in dtype.names:
        row[name][0] = values[name]
    return row[0]


def positive(value: float, what: str) -> float:
    """`value` as float where it is finite and above zero.

    Raises
    ------
    TwinError
        Otherwise.
    """
    if not (np.isfinite(value) and value > 0.0):
        raise TwinError(f"{what} is {value}.", "Give a finite number above zero.", key=what)
    return float(value)
