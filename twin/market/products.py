"""Demand-response programmes and their products: direction and notice class, price, band, least capacity.

Most numbers of Shanghai's programme were not read in an official text. Each stays configurable
(`Programme.with_values`), and each that moves a result is handed out as an assumption.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, cast

from buildings.library.data_text import read_data
from twin.market.assumption import UNVERIFIED, Assumption
from twin.market.event import Kind
from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Product:
    """One product: a direction with a notice class.

    Parameters
    ----------
    key : str
        For instance `peak_shaving.day_ahead`.
    direction : {"peak_shaving", "valley_filling"}
    notice : str
    zh, en : str
        Its names.
    shortest_minutes, longest_minutes : float
        Notice time is longer than the one and at most the other, min.
    price_cny_kwh : float
        Base price.
    coefficient : float
        Multiple of the base price; 1 where the programme leaves it open.
    user_kw, aggregator_kw : float or None
        Least capacity of a user of its own and of an aggregator, kW; None where it is not known.
    """

    key: str
    direction: Kind
    notice: str
    zh: str
    en: str
    shortest_minutes: float
    longest_minutes: float
    price_cny_kwh: float
    coefficient: float
    user_kw: float | None
    aggregator_kw: float | None


@dataclass(frozen=True)
class Programme:
    """A programme's numbers by dotted name (`pay.peak_shaving`), each with source and confidence.

    Parameters
    ----------
    key : str
    facts : dict of str to dict
        `value`, `source`, `year` and `confidence` of each number.
    directions, notices : dict of str to dict
        Names (`zh`, `en`) of the directions, and of the notice classes from the shortest to the longest.
    """

    key: str
    facts: dict[str, dict[str, Any]]
    directions: dict[str, dict[str, str]]
    notices: dict[str, dict[str, str]]

    def value(self, name: str) -> float:
        """A number of the programme.

        Raises
        ------
        TwinError
            If the programme leaves it open.
        """
        value = self.facts[name]["value"]
        if value is None:
            raise TwinError(f"the programme {self.key} leaves {name} open.", "Give it a value.", key=name)
        return float(value)

    def known(self, name: str) -> float | None:
        """A number of the programme, or None where it leaves it open."""
        value = self.facts[name]["value"]
        return None if value is None else float(value)

    def assumption(self, name: str, zh: str, en: str, unit: str) -> Iterator[Assumption]:
        """The number as an assumption, where it is not verified."""
        fact = self.facts[name]
        if fact["confidence"] in UNVERIFIED:
            yield Assumption(
                f"demand_response.{name}", zh, en, fact["value"], unit, fact["source"], fact["confidence"]
            )

    def with_values(self, values: Mapping[str, float]) -> Programme:
        """The programme with some numbers given by its user.

        Parameters
        ----------
        values : mapping of str to float
            By dotted name, for instance `{"pay.notice_coefficient.fast": 2.0}`; finite and not negative.

        Raises
        ------
        TwinError
            A name that the programme does not have, or a number that cannot be.
        """
        facts = dict(self.facts)
        for name, value in values.items():
            if name not in facts:
                raise TwinError(
                    f"the programme {self.key} has no number {name!r}.",
                    f"Known: {', '.join(facts)}.",
                    key=name,
                )
            if not (math.isfinite(value) and value >= 0.0):
                raise TwinError(
                    f"{name} of the programme {self.key} cannot be {value}.",
                    "Give a finite number that is not negative.",
                    key=name,
                )
            facts[name] = {"value": value, "source": "given by the user", "year": None, "confidence": "given"}
        return replace(self, facts=facts)

    # --- notice and price -------------------------------------------------------------------------------

    def notice_class(self, minutes: float) -> str:
        """Notice class of a call by the time between its notice and its start.

        Parameters
        ----------
        minutes : float
            At least 0, min.

        Raises
        ------
        TwinError
            Less than 0 or longer than any class.
        """
        if minutes >= 0.0:
            for name in self.notices:
                if minutes <= self.value(f"notice.{name}.longest_minutes"):
                    return name
        raise TwinError(
            f"a notice of {minutes:g} min belongs to no class of the programme {self.key}.",
            f"Give between 0 and {self.value(f'notice.{[*self.notices][-1]}.longest_minutes'):g} min.",
            key="event.notice",
        )

    def coefficients(self, notice: str) -> tuple[Decimal, tuple[Assumption, ...]]:
        """Multiple of the base price: notice coefficient times response-rate coefficient.

        Parameters
        ----------
        notice : str
            Notice class.

        Returns
        -------
        multiple : Decimal
        assumptions : tuple of Assumption
            A coefficient that the programme leaves open is 1.0 and is told here.

        Raises
        ------
        TwinError
            Unknown notice class.
        """
        if notice not in self.notices:
            raise TwinError(
                f"{notice!r} is no notice class of the programme {self.key}.",
                f"Write one of {', '.join(self.notices)}.",
                key="event.notice",
            )
        words = self.notices[notice]
        named = {
            f"pay.notice_coefficient.{notice}": (
                f"通知时间系数（{words['zh']}）",
                f"notice coefficient ({words['en']})",
            ),
            "pay.rate_coefficient": ("响应率系数", "response-rate coefficient"),
        }
        multiple = Decimal(1)
        said: list[Assumption] = []
        for name, (zh, en) in named.items():
            fact = self.facts[name]
            if fact["value"] is not None:
                multiple *= Decimal(str(fact["value"]))
                said += self.assumption(
                    name,
                    f"{zh}取 {fact['value']:g}（待核实）。",
                    f"The {en} is {fact['value']:g} (not verified).",
                    "-",
                )
                continue
            said.append(
                Assumption(
                    f"demand_response.{name}",
                    f"{zh}未知，按 1.0 计。",
                    f"The {en} is unknown; taken as 1.0.",
                    1.0,
                    "-",
                    fact["source"],
                    "assumed",
                )
            )
        return multiple, tuple(said)

    def price(self, kind: Kind, notice: str) -> tuple[Decimal, tuple[Assumption, ...]]:
        """Price of valid energy with its coefficients, CNY/kWh, and what is assumed in it."""
        base = self.value(f"pay.{kind}")
        multiple, more = self.coefficients(notice)
        said = self.assumption(
            f"pay.{kind}",
            f"补偿单价按 {base:g} 元/kWh 计（待核实）。",
            f"The response is paid {base:g} CNY/kWh (not verified).",
            "CNY/kWh",
        )
        return Decimal(str(base)) * multiple, (*said, *more)

    def products(self) -> tuple[Product, ...]:
        """All products, by direction and from the shortest notice to the longest."""
        made = []
        for direction, name in self.directions.items():
            shortest = 0.0
            for notice, words in self.notices.items():
                longest = self.value(f"notice.{notice}.longest_minutes")
                made.append(
                    Product(
                        f"{direction}.{notice}",
                        cast(Kind, direction),
                        notice,
                        words["zh"] + name["zh"],
                        f"{words['en']} {name['en']}",
                        shortest,
                        longest,
                        self.value(f"pay.{direction}"),
                        float(self.coefficients(notice)[0]),
                        self.known("access.user_kw"),
                        self.known("access.aggregator_kw"),
                    )
                )
                shortest = longest
        return tuple(made)


@cache
def load_programme(key: str = "shanghai") -> Programme:
    """Load a built-in programme.

    Raises
    ------
    TwinError
        Unknown key.
    """
    text = (resources.files("twin.market") / "data" / "demand_response.yaml").read_text("utf-8")
    programmes = read_data(text)["programmes"]
    if key not in programmes:
        raise TwinError(
            f"no programme is called {key!r}.", f"Known: {', '.join(programmes)}.", key="programme"
        )
    entries = dict(programmes[key])
    directions, notices = entries.pop("directions"), entries.pop("notices")
    return Programme(key, dict(_facts(entries)), directions, notices)


def _facts(entries: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            continue
        if "value" in entry:
            yield prefix + name, entry
        else:
            yield from _facts(entry, f"{prefix}{name}.")
