"""Which of the eight fields a plan covers, by which measure or statement, and what would cover another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildings.description.pilot_facts import PilotFacts
from twin.pilot.rules import Item, Offer, rules
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Named:
    """A measure by its names."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ItemCover:
    """An item and who covers it.

    Parameters
    ----------
    id, zh, en : str
    evidence : {"model", "statement"}
        Who can show such an item.
    measures : tuple of Named
        Measures of the plan that cover it.
    stated : bool
        Whether the applicant says that it is planned.
    statement_zh, statement_en : str
        In which words; empty where it gave none.
    """

    id: str
    zh: str
    en: str
    evidence: str
    measures: tuple[Named, ...]
    stated: bool
    statement_zh: str
    statement_en: str

    @property
    def covered(self) -> bool:
        """Whether anything covers it."""
        return bool(self.measures) or self.stated


@dataclass(frozen=True, slots=True)
class FieldCover:
    """A field, with the items of it that are planned."""

    key: str
    zh: str
    en: str
    covered: bool
    items: tuple[ItemCover, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What would cover a field that is not covered."""

    field: str
    field_zh: str
    field_en: str
    offer: Offer


def cover_fields(
    facts: PilotFacts | None,
    items: Mapping[str, Sequence[str]],
    names: Mapping[str, tuple[str, str]],
) -> tuple[FieldCover, ...]:
    """Every field with what covers it.

    Parameters
    ----------
    facts : PilotFacts or None
        Items that the applicant states.
    items : mapping of str to sequence of str
        Id of an item to the measures that cover it; none cover nothing.
    names : mapping of str to (str, str)
        Chinese and English name of a measure; the key where there is none.

    Raises
    ------
    TwinError
        An item that does not exist.
    """
    known = rules().items
    strange = sorted(set(items) - set(known))
    if strange:
        raise TwinError(f"{strange[0]!r} is no item of the pilots.", f"Use some of: {', '.join(known)}.")
    stated = {str(one.item): one for one in facts.planned} if facts is not None else {}

    def cover(item: Item) -> ItemCover:
        said = stated.get(item.id)
        english = (said.text or "") if said is not None else ""
        chinese = (said.text_zh or english) if said is not None else ""
        measures = tuple(Named(key, *names.get(key, (key, key))) for key in items.get(item.id, ()))
        return ItemCover(
            item.id, item.zh, item.en, item.evidence, measures, said is not None, chinese, english
        )

    done = []
    for field in rules().fields:
        covers = tuple(one for one in map(cover, field.items) if one.covered)
        done.append(FieldCover(field.key, field.zh, field.en, bool(covers), covers))
    return tuple(done)


def suggest(fields: Sequence[FieldCover], offers: Sequence[Offer]) -> tuple[Suggestion, ...]:
    """The cheapest offer for each field that is not covered, the least work first.

    Parameters
    ----------
    fields : sequence of FieldCover
    offers : sequence of Offer
        Of a catalogue of measures with its costs, beside those of the rules.

    Returns
    -------
    tuple of Suggestion
        Of offers for one item that of a catalogue comes first, since it has a price.
    """
    home = {item.id: item.field for item in rules().items.values()}
    every = [*offers, *rules().offers]

    def order(offer: Offer) -> tuple[float, float]:
        return offer.effort, offer.capital_cny if offer.capital_cny is not None else float("inf")

    found = []
    for field in fields:
        ours = [offer for offer in every if home[offer.item] == field.key]
        if not field.covered and ours:
            found.append(Suggestion(field.key, field.zh, field.en, min(ours, key=order)))
    return tuple(sorted(found, key=lambda one: order(one.offer)))
