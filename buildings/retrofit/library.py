"""The measures of the library and those of a project, and the embodied factors of what they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from buildings.description.schema import Project
from buildings.library import catalogue
from buildings.library.data_text import read_data
from buildings.retrofit.actions import ORDER
from buildings.retrofit.measure import Measure
from buildings.retrofit.work_line import Spread
from weather.errors import TwinError


@dataclass(frozen=True)
class Factor:
    """Embodied carbon of a material or product, kgCO2e per `unit` (stages A1-A3)."""

    unit: str
    spread: Spread


@dataclass(frozen=True)
class SlotName:
    """A place in a package that one measure may take."""

    name_en: str
    name_zh: str


class MeasureLibrary(Mapping[str, Measure]):
    """Measures by key.

    Parameters
    ----------
    measures : dict of str to Measure
    own : frozenset of str
        Keys that a project wrote itself.
    """

    def __init__(self, measures: Mapping[str, Measure], own: frozenset[str] = frozenset()) -> None:
        self._measures = dict(measures)
        self.own = own

    def __getitem__(self, key: str) -> Measure:
        return self._measures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._measures)

    def __len__(self) -> int:
        return len(self._measures)

    def find(self, key: str) -> Measure:
        """A measure by its key.

        Raises
        ------
        TwinError
            Unknown key; near ones are named.
        """
        return self._measures[catalogue.library_key(key, self._measures, "retrofit measure", "retrofit")]

    def order(self, key: str) -> tuple[int, str, str]:
        """Where a measure stands when a package is applied, whatever the order of its keys."""
        measure = self._measures[key]
        return ORDER.index(measure.action.type), measure.slot, key

    @property
    def slot_keys(self) -> tuple[str, ...]:
        """Slots in the order of the data, further ones of a project by name."""
        used = {measure.slot for measure in self._measures.values()}
        listed = [key for key in slot_names() if key in used]
        return (*listed, *sorted(used - set(listed)))


@cache
def _document(name: str) -> dict[str, Any]:
    text = files("buildings.retrofit").joinpath("data", name).read_text(encoding="utf-8")
    document: dict[str, Any] = read_data(text)
    return document


@cache
def slot_names() -> Mapping[str, SlotName]:
    """Slots of the library in the order in which they are shown."""
    return {key: SlotName(**words) for key, words in _document("measures.yaml")["slots"].items()}


@cache
def embodied_factors() -> Mapping[str, Factor]:
    """Embodied factors by key."""
    return {
        key: Factor(
            str(entry["unit"]),
            Spread(
                float(entry["low"]),
                float(entry["value"]),
                float(entry["high"]),
                str(entry["source"]),
                int(entry["year"]),
                str(entry["confidence"]),
            ),
        )
        for key, entry in _document("embodied_factors.yaml").items()
    }


@cache
def default_library() -> MeasureLibrary:
    """The measures that come with the program."""
    measures: dict[str, Measure] = {}
    for key, entry in _document("measures.yaml")["measures"].items():
        for suffix, data in _variants(entry):
            measures[key + suffix] = Measure.model_validate(data)
    return MeasureLibrary(measures)


def _variants(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry, or one for each of its variants: what it changes, and words for its names."""
    variants = entry.get("variants")
    plain = {name: value for name, value in entry.items() if name != "variants"}
    if variants is None:
        yield "", plain
        return
    for suffix, changes in variants.items():
        words = changes.get("words", {})
        data = _merged(plain, {name: value for name, value in changes.items() if name != "words"})
        for name in ("name_en", "name_zh"):
            data[name] = data[name].format(**words)
        yield f"_{suffix}", data


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        keys = {**base, **over}
        return {k: _merged(base[k], over[k]) if k in base and k in over else keys[k] for k in keys}
    return over


def library_of(project: Project) -> MeasureLibrary:
    """The library with the project's own measures, without what its study leaves out.

    Raises
    ------
    TwinError
        A measure of the project that names what no library has, or a study that names no measure.
    """
    own = project.retrofit.measures
    everything = {**default_library(), **own}
    for key, measure in own.items():
        _check_own(key, measure, everything)
    study = project.retrofit
    slots = {measure.slot for measure in everything.values()}
    for at, listed in (("exclude", study.exclude), ("only", study.only or ())):
        for word in listed:
            catalogue.library_key(
                word, [*everything, *sorted(slots)], "retrofit measure or slot", f"retrofit.{at}"
            )
    left = {
        key: measure
        for key, measure in everything.items()
        if not {key, measure.slot} & set(study.exclude)
        and (study.only is None or {key, measure.slot} & set(study.only))
    }
    return MeasureLibrary(left, frozenset(own))


FEATURES = ("pv", "battery", "dc_bus", "ev", "hot_water_store", "mechanical_ventilation", "outdoor_air")


def _check_own(key: str, measure: Measure, everything: Mapping[str, Measure]) -> None:
    """Keys inside a measure of a project exist."""
    at = f"retrofit.measures.{key}"
    action = measure.action
    for layer in (
        getattr(action, "insulation", None),
        getattr(action, "substrate", None),
        *getattr(action, "finish", ()),
        *getattr(action, "below", ()),
    ):
        if layer is not None and layer.material is not None:
            catalogue.material(layer.material, f"{at}.action")
    for work in measure.works:
        for part in work.parts:
            catalogue.library_key(part.factor, embodied_factors(), "embodied factor", f"{at}.works")
    factor = getattr(action, "embodied", None)
    if factor is not None:
        catalogue.library_key(factor, embodied_factors(), "embodied factor", f"{at}.action.embodied")
    known = {*everything, *(other.slot for other in everything.values())}
    for name, words in (("requires", (*known, *FEATURES)), ("conflicts", (*known,))):
        for word in getattr(measure, name):
            catalogue.library_key(word, words, "measure or slot", f"{at}.{name}")


def read_measure(key: str, data: Any) -> Measure:
    """A measure from plain data, as a project would write it.

    Raises
    ------
    TwinError
        The first thing that is wrong.
    """
    try:
        return Measure.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(word) for word in first["loc"])
        remedy = first.get("ctx", {}).get("remedy", "See the measures of the library for how one is written.")
        raise TwinError(str(first["msg"]), str(remedy), key=f"retrofit.measures.{key}.{where}") from None
