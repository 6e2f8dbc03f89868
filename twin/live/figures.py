"""Figures of the live twin's data: parameters that it follows and errors of sensors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml


@dataclass(frozen=True)
class Followed:
    """A slow parameter.

    Attributes
    ----------
    per : {"zone", "building"}
    scale : {"log", "linear"}
        Of a factor its logarithm wanders.
    start_sd, walk_sd : float
        Spread at the start, and of its walk in a day; with `hours` its standing spread.
    hours : float or None
        Time in which it returns to nought [h].
    """

    name: str
    per: Literal["zone", "building"]
    scale: Literal["log", "linear"]
    start_sd: float
    walk_sd: float
    hours: float | None
    zh: str
    en: str
    unit: str


@dataclass(frozen=True)
class Sensor:
    """Error of a kind of sensor: standard deviations, absolute and as a share of the reading.

    Attributes
    ----------
    learn : bool
        What else parts meter and model is learned from residuals.
    listen : bool
        Whether readings move the ensemble, or are told beside what was expected.
    """

    sd: float
    share: float
    learn: bool
    listen: bool
    zh: str
    en: str
    unit: str


@cache
def followed() -> tuple[Followed, ...]:
    """All slow parameters, those of zones first, in the order of the data."""
    found = [
        Followed(
            name, row["per"], row["scale"], float(row["start_sd"]), float(row["walk_sd"]),
            float(row["hours"]) if "hours" in row else None, row["zh"], row["en"], row["unit"],
        )
        for name, row in _read("parameters")["parameters"].items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.per != "zone"))


@cache
def sensors(scope: Literal["zone", "building", "weather"]) -> dict[str, Sensor]:
    """Sensors by the name of their point."""
    return {
        name: Sensor(
            float(row["sd"]), float(row["share"]), bool(row["learn"]), bool(row.get("listen", True)),
            row["zh"], row["en"], row["unit"],
        )
        for name, row in _read("sensors")[scope].items()
    }  # fmt: skip


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((files("twin.live") / "data" / f"{name}.yaml").read_text("utf-8"))
    return found
