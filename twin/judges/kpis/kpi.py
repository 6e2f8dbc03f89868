"""An indicator: its value, or why it has none; what it means stands in the registry `data/kpis.yaml`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from twin.judges.factors import data
from weather.errors import TwinError

_FILE = "kpis.yaml"


@dataclass(frozen=True, slots=True)
class Definition:
    """What an indicator is.

    Parameters
    ----------
    key : str
    zh, en : str
        Label.
    category : str
        Key of a category of the registry.
    unit : str
    formula : str
        Symbols are explained at the head of the registry.
    source : str
        Who defined it; `PEDF Twin` where we did.
    confidence : str
        How well the definition is known, in the project's words.
    needs : {"", "baseline", "perfect"}
        Further Runs that it takes.
    note : str
    """

    key: str
    zh: str
    en: str
    category: str
    unit: str
    formula: str
    source: str
    confidence: str
    needs: str = ""
    note: str = ""

    def label(self, language: str = "en") -> str:
        """Label in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Kpi:
    """One indicator of one building or series.

    Parameters
    ----------
    key : str
        Key of its definition.
    value : float
        In the definition's unit; NaN where it is undefined or does not apply.
    reason : str
        Key of the reason (`reasons` or `needs` of the registry) where `value` is NaN, else empty.
    note : str
        What is to be known about this value alone, such as steps left out.
    """

    key: str
    value: float
    reason: str = ""
    note: str = ""

    @property
    def definition(self) -> Definition:
        """Its entry in the registry."""
        return definition(self.key)

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return self.definition.unit

    @property
    def formula(self) -> str:
        """How it is computed."""
        return self.definition.formula

    @property
    def source(self) -> str:
        """Who defined it."""
        return self.definition.source

    @property
    def confidence(self) -> str:
        """How well the definition is known."""
        return self.definition.confidence

    @property
    def defined(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    def why(self, language: str = "en") -> str:
        """Why there is no value, in words; empty where there is one."""
        if self.defined:
            return ""
        content = data(_FILE)
        return str({**content["reasons"], **content["needs"]}[self.reason][language])

    def brief(self) -> dict[str, Any]:
        """For a Run's summary: value and unit, or the reason."""
        if self.defined:
            note = {"note": self.note} if self.note else {}
            return {"value": self.value, "unit": self.unit, **note}
        return {"value": None, "unit": self.unit, "reason": self.reason}

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with definition and words."""
        d = self.definition
        return {
            "key": self.key,
            "zh": d.zh,
            "en": d.en,
            "category": d.category,
            "value": self.value if self.defined else None,
            "unit": d.unit,
            "formula": d.formula,
            "source": d.source,
            "confidence": d.confidence,
            "needs": d.needs or None,
            "reason": self.reason or None,
            "reason_zh": self.why("zh") or None,
            "reason_en": self.why("en") or None,
            "note": "; ".join(filter(None, (d.note, self.note))) or None,
        }


@cache
def definitions() -> dict[str, Definition]:
    """Every indicator by key, in the order of the registry."""
    content = data(_FILE)
    sources = content["sources"]
    found = {}
    for key, entry in content["kpis"].items():
        known = sources[entry["source"]]
        found[key] = Definition(
            key=key, **{**entry, "source": known["text"], "confidence": known["confidence"]}
        )
    return found


def definition(key: str) -> Definition:
    """Look up an indicator.

    Raises
    ------
    TwinError
        Unknown key.
    """
    try:
        return definitions()[key]
    except KeyError:
        raise TwinError(
            f"no indicator is called {key!r}.", f"Known: {', '.join(definitions())}.", key=key
        ) from None


def categories() -> dict[str, tuple[str, str]]:
    """Categories in their order, with Chinese and English labels."""
    return {key: (words["zh"], words["en"]) for key, words in data(_FILE)["categories"].items()}


def known(key: str, value: float, note: str = "") -> Kpi:
    """An indicator with a value.

    Raises
    ------
    TwinError
        The value is no finite number.
    """
    if not math.isfinite(value):
        raise TwinError(f"{key} came out as {value}.", "Give finite series of sensible size.", key=key)
    return Kpi(definition(key).key, float(value), "", note)


def undefined(key: str, reason: str) -> Kpi:
    """An indicator without a value, and why."""
    content = data(_FILE)
    if reason not in content["reasons"] and reason not in content["needs"]:
        raise TwinError(f"no reason is called {reason!r}.", "Add it to the registry.", key=key)
    return Kpi(definition(key).key, math.nan, reason)


def ratio(key: str, numerator: float, denominator: float, reason: str, *, note: str = "") -> Kpi:
    """A quotient; undefined for the given reason where the denominator is not positive."""
    if denominator <= 0.0:
        return undefined(key, reason)
    return known(key, numerator / denominator, note)
