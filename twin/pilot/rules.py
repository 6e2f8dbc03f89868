"""The rules of the pilots, read from `data/rules.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, cast

from buildings.library.data_text import read_data
from twin.judges.verdict import Relation


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from.

    Parameters
    ----------
    zh, en : str
        Document.
    year : int
    confidence : str
    """

    zh: str
    en: str
    year: int
    confidence: str

    @property
    def source(self) -> str:
        """Both titles and the year in one line, as verdicts carry it."""
        return f"{self.en} {self.zh} ({self.year})"

    @property
    def source_zh(self) -> str:
        """Chinese title and the year."""
        return f"{self.zh}（{self.year}）"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the rules with its origin."""

    value: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a type asks for; `location` where the limit differs between central city and suburb."""

    metric: str
    relation: Relation
    limit: Figure
    location: str | None


@dataclass(frozen=True, slots=True)
class Help:
    """What would help; `{short}` stands for how much is missing."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that thresholds ask for."""

    key: str
    zh: str
    en: str
    unit: str
    missing_zh: str
    missing_en: str
    helps: tuple[Help, ...]


@dataclass(frozen=True, slots=True)
class PilotType:
    """One of the five types (试点类型)."""

    key: str
    zh: str
    en: str
    applicant_zh: str
    applicant_en: str
    object_zh: str
    object_en: str
    min_fields: Figure
    thresholds: tuple[Threshold, ...]
    emphasis_zh: tuple[str, ...]
    emphasis_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a field; `evidence` says who can show it."""

    id: str
    field: str
    zh: str
    en: str
    evidence: Literal["model", "statement"]


@dataclass(frozen=True, slots=True)
class Field:
    """One of the eight fields of content (建设领域)."""

    key: str
    zh: str
    en: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What would cover an item.

    Parameters
    ----------
    item : str
        Id of the item.
    zh, en : str
        What to do.
    effort : int
        Order among offers, the least work first.
    measure : str
        Key of a measure of the catalogue; empty where it is none.
    capital_cny : float, optional
        What it costs, where a catalogue says so.
    confidence : str
        Of its unit costs; empty without.
    """

    item: str
    zh: str
    en: str
    effort: int
    measure: str = ""
    capital_cny: float | None = None
    confidence: str = ""


@dataclass(frozen=True)
class Rules:
    """All rules; `raw` holds the texts that are shown as they stand."""

    types: dict[str, PilotType]
    metrics: dict[str, Metric]
    fields: tuple[Field, ...]
    offers: tuple[Offer, ...]
    goal_years: dict[str, Figure]
    origins: dict[str, Origin]
    raw: dict[str, Any]

    @property
    def items(self) -> dict[str, Item]:
        """Every item by id."""
        return {item.id: item for field in self.fields for item in field.items}


@cache
def rules() -> Rules:
    """Read the rules once."""
    text = (resources.files("twin.pilot") / "data" / "rules.yaml").read_text("utf-8")
    raw = read_data(text)
    origins = {key: Origin(**one) for key, one in raw["origins"].items()}

    def figure(said: dict[str, Any]) -> Figure:
        return Figure(float(said["value"]), origins[said["origin"]])

    goals = raw["goals"]
    return Rules(
        types={key: _type(key, said, figure) for key, said in raw["types"].items()},
        metrics={
            key: Metric(key=key, **{**said, "helps": tuple(Help(**one) for one in said["helps"])})
            for key, said in raw["metrics"].items()
        },
        fields=tuple(
            Field(key, said["zh"], said["en"], tuple(Item(field=key, **item) for item in said["items"]))
            for key, said in raw["fields"].items()
        ),
        offers=tuple(Offer(**said) for said in raw["offers"]),
        goal_years={
            "normal": figure(goals["carbon_peak"]["normal_years"]),
            "absolute": figure(goals["carbon_peak"]["absolute_years"]),
            "first_stage": figure(goals["carbon_neutral"]["first_stage_years"]),
        },
        origins=origins,
        raw=raw,
    )


def _type(key: str, said: dict[str, Any], figure: Any) -> PilotType:
    thresholds = tuple(
        Threshold(one["metric"], cast(Relation, one["relation"]), figure(one), one.get("location"))
        for one in said["thresholds"]
    )
    plain = {name: said[name] for name in ("zh", "en")}
    plain |= {f"{n}_{lang}": said[f"{n}_{lang}"] for n in ("applicant", "object") for lang in ("zh", "en")}
    return PilotType(
        key=key,
        min_fields=figure(said["min_fields"]),
        thresholds=thresholds,
        emphasis_zh=tuple(said["emphasis_zh"]),
        emphasis_en=tuple(said["emphasis_en"]),
        **plain,
    )
