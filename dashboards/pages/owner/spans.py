"""Money of a package with its honest range: eight in ten draws, and what the bill says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.visit import Visit
from twin.report.owner.figures import state_of
from twin.report.study.numbers import known, money, number, percent, spread
from twin.report.style import Language, pick


class Spans:
    """Figures of money of one package.

    Parameters
    ----------
    study : mapping
    package : str
    """

    def __init__(self, study: Mapping[str, Any], package: str) -> None:
        state = state_of(study, package)
        self._economics: Mapping[str, Any] = state["economics"]
        self._ranges: Mapping[str, Any] = state["ranges"] or {}
        self._by_bill: Mapping[str, Any] = study["preview"]["by_bill"].get(package, {})

    @property
    def span(self) -> int:
        """Years that the money is judged over [a]."""
        return len(self._economics["table"]["year"]) - 1

    def value(self, key: str) -> float | None:
        """The likeliest figure; None where there is none."""
        return _number(self._economics.get(key))

    def ends(self, key: str) -> tuple[float, float] | None:
        """Lowest and highest of P10, P90 and the figure by the bill; None where an end is not known."""
        drawn = self._ranges.get(key) or {}
        low, high, by_bill = (
            _number(v) for v in (drawn.get("p10"), drawn.get("p90"), self._by_bill.get(key))
        )
        if low is None or high is None:
            return None
        if by_bill is None:
            return low, high
        return min(low, by_bill), max(high, by_bill)

    def money(self, key: str, language: Language) -> str:
        """The likeliest sum."""
        return money(self.value(key), language)

    def range(self, key: str, language: Language) -> str:
        """Its range, or nothing."""
        ends = self.ends(key)
        if ends is None:
            return ""
        return spread(*(money(end, language, unit=False) for end in ends))

    def payback(self, language: Language) -> str:
        """Years until it has paid for itself, discounted, or that it never does."""
        years = self.value("discounted_payback_a")
        if years is None:
            span = self.span
            return pick(language, f"{span} 年内未回本", f"not within {span} years")
        return pick(language, f"{number(years, 1)} 年", f"{number(years, 1)} years")

    def payback_range(self, language: Language) -> str:
        """Its range, or why what is worth its money does not pay back within the years looked at."""
        worth = self.value("npv_cny")
        if self.value("discounted_payback_a") is None and worth is not None and worth > 0.0:
            return pick(
                language, "净现值为正，因计入期末残值", "worth its money by what is left of it at the end"
            )
        ends = self.ends("discounted_payback_a")
        return "" if ends is None else spread(*(number(end, 1) for end in ends))

    def told(self, visit: Visit) -> list[str]:
        """Sentences beside the cash flow."""
        language = visit.language
        worth = self._ranges.get("npv_cny") or {}
        said = []
        if known(worth.get("share_positive")):
            said.append(
                visit.say(
                    "owner.money_range",
                    low=money(worth["p10"], language),
                    high=money(worth["p90"], language),
                    share=f"{100.0 * worth['share_positive']:.0f} %",
                )
            )
        if self._by_bill:
            said.append(
                visit.say(
                    "owner.money_bill",
                    saving=money(self._by_bill["saving_cny"], language),
                    npv=money(self._by_bill["npv_cny"], language),
                    model=money(self.value("saving_cny"), language),
                )
            )
        rate = self.value("irr")
        said.append(visit.say("owner.money_irr", irr=percent(rate, 1), years=self.span))
        return said


def _number(value: Any) -> float | None:
    return float(value) if known(value) else None
