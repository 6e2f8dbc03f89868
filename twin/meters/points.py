"""Points of the twin that meters tell, by our names, by tags of Project Haystack and by classes of Brick.

References
----------
.. [1] Project Haystack 4, docHaystack, project-haystack.org.
.. [2] Brick 1.4.4, brickschema.org.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from buildings.library.data_text import read_data
from twin.variables import VARIABLES
from weather.errors import TwinError

Scope = Literal["building", "zone", "weather"]
_CLASSES = re.compile(r"[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)+|[A-Z][a-z]+")


@dataclass(frozen=True)
class Point:
    """What can be measured.

    Attributes
    ----------
    name : str
        As the registry of variables calls it, where it is a column of a Run.
    scope : {"building", "zone", "weather"}
    quantity : str
        power, temperature, fraction or irradiance.
    unit : str
        Of the cleaned series.
    zh, en : str
    low, high : float
        What a sound reading lies between.
    at : {"mean", "start", "end"}
        Means over an interval, or the moment of it that a state belongs to.
    rests : bool
        Whether it may stand still for days (set-points, a full battery).
    """

    name: str
    scope: Scope
    quantity: str
    unit: str
    zh: str
    en: str
    low: float
    high: float
    at: Literal["mean", "start", "end"]
    rests: bool

    def label(self, language: str) -> str:
        """Name in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = read_data(
        (resources.files("twin.meters") / "data" / "points.yaml").read_text("utf-8")
    )
    return found


@cache
def points() -> dict[str, Point]:
    """All points by name."""
    return {name: _point(name, entry) for name, entry in _data()["points"].items()}


def cleaning_limit(name: str) -> float:
    """A figure that readings are doubted by; see the data file."""
    return float(_data()["cleaning"][name]["value"])


def _point(name: str, entry: dict[str, Any]) -> Point:
    known = VARIABLES.get(name)
    return Point(
        name,
        entry["scope"],
        entry["quantity"],
        entry["unit"],
        entry["zh"] if known is None else known.zh,
        entry["en"] if known is None else known.en,
        float(entry.get("low", "-inf")),
        float(entry.get("high", "inf")),
        entry.get("at", "mean"),
        entry.get("rests", False),
    )


@cache
def _spoken() -> dict[frozenset[str], str]:
    """Telling words of every name in the other vocabularies, to the point they mean."""
    found: dict[frozenset[str], str] = {}
    for name, entry in _data()["points"].items():
        for text in entry["haystack"]:
            found[_tags(text)] = name
        for text in entry["brick"]:
            found[frozenset(text.split())] = name
    return found


def _tags(text: str) -> frozenset[str]:
    """Tags that tell, of marker tags parted by spaces, commas or dashes."""
    return frozenset(re.split(r"[\s,\-]+", text.strip())) - set(_data()["silent"]) - {""}


def point_named(text: str) -> Point:
    """The point that a name means.

    Parameters
    ----------
    text : str
        Our name, marker tags of Haystack in any order (``zone air temp sensor``), or a class of Brick,
        behind that of its equipment where the class alone does not tell (``PV_Panel Electric_Power_Sensor``);
        with or without ``brick:``.

    Raises
    ------
    TwinError
        Nothing of the kind.
    """
    known = points()
    if text in known:
        return known[text]
    plain = text.replace("brick:", "").strip()
    classes = plain.replace("/", " ").split()
    words = frozenset(classes) if all(_CLASSES.fullmatch(word) for word in classes) else _tags(plain)
    found = _spoken().get(words)
    if found is None:
        near = difflib.get_close_matches(text, [*known, *(" ".join(sorted(w)) for w in _spoken())], n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        hint_zh = f"是否应为“{near[0]}”？" if near else ""
        raise TwinError(
            f"no point of the twin is called '{text[:80]}'.",
            f"Points are: {', '.join(known)}; or Haystack tags or a Brick class.{hint}",
            key="point",
            zh=(
                f"孪生体没有名为“{text[:80]}”的测点。",
                f"可用测点：{', '.join(known)}；或 Haystack 标签、Brick 类名。{hint_zh}",
            ),
        )
    return known[found]
