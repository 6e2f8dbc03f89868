"""How buildings of one kind differ in use (多样性): each draws its habits, from its name and a seed."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from buildings.library.data_text import read_data


@cache
def diversity() -> Mapping[str, Any]:
    """Distributions of the habits and years of the eras, with sources."""
    text = (resources.files("buildings.districts") / "data" / "diversity.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def drawn_habits(name: str, seed: int) -> dict[str, float]:
    """Habits of a building.

    Parameters
    ----------
    name : str
        Of the building; another building more or less in the district changes nothing in it.
    seed : int
        Of the district.

    Returns
    -------
    dict
        A value for every field of `Habits`.
    """
    known = diversity()["habits"]
    shares = np.random.default_rng([seed, *name.encode()]).random(len(known))
    return {
        key: _drawn(entry, float(share)) for (key, entry), share in zip(known.items(), shares, strict=True)
    }


def own_seed(name: str, seed: int, what: str) -> int:
    """A seed of the building's own, for what is drawn elsewhere."""
    return zlib.crc32(f"{seed}/{what}/{name}".encode())


def _drawn(entry: Mapping[str, Any], share: float) -> float:
    """Quantile of a triangular distribution; a whole number where the field is one."""
    low, mode, high = entry["low"], entry["mode"], entry["high"]
    rising = (mode - low) / (high - low)
    if share < rising:
        value = low + math.sqrt(share * (high - low) * (mode - low))
    else:
        value = high - math.sqrt((1.0 - share) * (high - low) * (high - mode))
    return round(value) if entry["whole"] else round(value, 4)
