"""Reading a study: texts of a language, names of measures, and figures that may be absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from twin.report.study.document import clean
from twin.report.study.numbers import MISSING, known, number
from twin.report.study.words import WORDS, say
from twin.report.style import Language
from twin.report.words import ERAS, USES, unit_in, worded
from weather.errors import TwinError

SCHEMA = 1
_NEEDED = ("building", "baseline", "chosen", "packages", "measures")


def checked(study: Mapping[str, Any]) -> Mapping[str, Any]:
    """The study itself, if a report can be made of it.

    Raises
    ------
    TwinError
        Of another schema, or without one of the parts that every study has.
    """
    if study.get("schema") != SCHEMA:
        raise TwinError(
            f"the study has schema {study.get('schema')!r}, this program reads {SCHEMA}.",
            "Make the study anew with `twin retrofit`.",
            key="schema",
        )
    for key in _NEEDED:
        if study.get(key) is None:
            raise TwinError(f"the study has no {key!r}.", "Make it anew with `twin retrofit`.", key=key)
    for state in (study["baseline"], *study["chosen"]):
        if not isinstance(state.get("energy"), Mapping) or "floor_area_m2" not in state["energy"]:
            raise TwinError(
                f"the state {clean(state.get('id', '?'), 40)} has no energy figures.",
                "Make the study anew with `twin retrofit`.",
                key="energy",
            )
    return study


@dataclass(frozen=True)
class Reader:
    """A study seen in one language."""

    study: Mapping[str, Any]
    language: Language

    def say(self, key: str, **values: object) -> str:
        """Words of ours; see `twin.report.study.words`."""
        return say(key, self.language, **values)

    def say_or_key(self, key: str, plain: str) -> str:
        """Words of ours, or the plain key made readable where we have none."""
        return self.say(key) if key in WORDS else clean(plain.replace("_", " "), 80)

    def text(self, part: Mapping[str, Any], name: str, longest: int = 2000) -> str:
        """Text of the language from the pair `name_zh`/`name_en`; the other one where it is empty."""
        other = "en" if self.language == "zh" else "zh"
        found = part.get(f"{name}_{self.language}") or part.get(f"{name}_{other}") or ""
        return clean(found, longest)

    def pair(self, part: Mapping[str, Any], longest: int = 2000) -> str:
        """Text of the language from the pair `zh`/`en`, as verdicts and assumptions have them."""
        other = "en" if self.language == "zh" else "zh"
        return clean(part.get(self.language) or part.get(other) or "", longest)

    def source(self, part: Mapping[str, Any]) -> str:
        """Source of a verdict or an assumption, in Chinese where it has one."""
        found = part.get("source_zh") if self.language == "zh" else None
        return clean(found or part.get("source") or MISSING)

    @cached_property
    def states(self) -> tuple[Mapping[str, Any], ...]:
        """The building as it is, then the chosen packages."""
        return (self.study["baseline"], *self.study["chosen"])

    @property
    def baseline(self) -> Mapping[str, Any]:
        """The building as it is."""
        return self.study["baseline"]

    @property
    def chosen(self) -> Sequence[Mapping[str, Any]]:
        """Chosen packages; the first is the one that is proposed."""
        return self.study["chosen"]

    @cached_property
    def _measures(self) -> dict[str, Mapping[str, Any]]:
        return {str(m.get("key")): m for m in self.study["measures"]}

    def measure(self, key: str, longest: int = 120) -> str:
        """Name of a measure; its key where no name is known."""
        known_as = self._measures.get(str(key))
        return (self.text(known_as, "name", longest) if known_as else "") or clean(key, longest)

    def measures(self, keys: Sequence[str]) -> str:
        """Names of measures as one phrase."""
        return ("；" if self.language == "zh" else "; ").join(self.measure(k) for k in keys)

    def name(self, state: Mapping[str, Any], longest: int = 60) -> str:
        """Name of a state: its role, or its id."""
        return self.text(state, "role", longest) or clean(state.get("id", "?"), longest)

    def numbered(self, state: Mapping[str, Any], longest: int = 72) -> str:
        """Name of a state after its number in plots and lists; the building as it is has none."""
        place = next((k for k, one in enumerate(self.states) if one is state), 0)
        return f"{place} {self.name(state, longest)}" if place else self.name(state, longest)

    def unit(self, part: Mapping[str, Any], key: str = "unit") -> str:
        """Unit of a part as it is printed; empty for plain numbers."""
        unit = clean(part.get(key) or "", 40)
        return "" if unit in ("1", "-") else unit_in(unit, self.language)

    def building_phrase(self) -> str:
        """Name, use, era, area and floors of the building in a line."""
        building = self.study["building"]
        use, era = (clean(building.get(k) or "", 40) for k in ("use", "era"))
        area, floors = number(building.get("floor_area_m2"), 0), building.get("floors")
        found = (
            clean(building.get("name") or "", 80),
            worded(USES, use, self.language),
            worded(ERAS, era, self.language),
            f"{area} m²" if area != MISSING else "",
            self.say("floors", n=number(floors, 0)) if known(floors) else "",
        )
        return ("，" if self.language == "zh" else ", ").join(f for f in found if f)

    def runs(self, *states: Mapping[str, Any]) -> tuple[str, ...]:
        """Run ids of states, each once."""
        found = [clean(s.get("run") or "", 80) for s in (states or self.states)]
        return tuple(dict.fromkeys(r for r in found if r))


def figure_of(part: Mapping[str, Any] | None, *path: str) -> float | None:
    """A finite number down a path of keys; None where there is none."""
    here: Any = part
    for key in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(key)
    return float(here) if known(here) else None
