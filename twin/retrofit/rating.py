"""A package as a search sees it: its year, its money, and how far it goes by GB/T 51350."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Finance
from twin.crew import Package
from twin.economics.annual import AnnualState, annual_state
from twin.economics.evaluation import Economics, evaluate
from twin.judges.counted_energy import DesignFacts
from twin.judges.nearly_zero import NearlyZeroContext, nearly_zero
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption
from twin.retrofit.due import NOTHING_DUE, Due
from twin.retrofit.variants import Figures, lines_from

OBJECTIVES = ("life_cycle_cost_cny", "carbon_kg", "primary_kwh_m2", "unmet_hours")
"""What a search makes small."""


@dataclass(frozen=True)
class Judged:
    """What GB/T 51350 says of a year: figures, verdicts, and what was assumed for them."""

    figures: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    assumptions: tuple[Assumption, ...]

    @property
    def level(self) -> str | None:
        """Highest level whose indices are all met."""
        level: str | None = self.figures["level"]["level"]
        return level


@dataclass(frozen=True)
class Rated:
    """One package.

    Attributes
    ----------
    package : tuple of str
    figures : dict
        See `march_package`.
    annual : AnnualState
    economics : Economics
        Against the building as it is.
    standard : Judged
        Under the project's own conditions of use.
    """

    package: Package
    figures: Figures
    annual: AnnualState
    economics: Economics
    standard: Judged

    @property
    def carbon_t(self) -> float:
        """Operation by the physical account [t/a]."""
        return 1e-3 * self.annual.carbon_kg

    @property
    def primary_kwh_m2(self) -> float:
        """Counted end uses of GB/T 51350 before renewables [kWh/(m2.a)]; NaN where they are not all known."""
        primary = self.standard.figures["primary_kwh"]
        return float("nan") if primary is None else primary / self.annual.floor_area_m2

    @property
    def objectives(self) -> NDArray[np.float64]:
        """`OBJECTIVES`; life-cycle cost is what is not gained."""
        return np.array(
            [
                -self.economics.npv_cny,
                self.annual.carbon_kg,
                self.primary_kwh_m2 if np.isfinite(self.primary_kwh_m2) else 0.0,
                self.figures["unmet_hours"],
            ]
        )


def rate(
    package: Package,
    figures: Figures,
    before: AnnualState,
    finance: Finance,
    context: NearlyZeroContext,
    due: Due = NOTHING_DUE,
) -> Rated:
    """Rate a package by the figures of its year.

    Parameters
    ----------
    package : tuple of str
    figures : dict
        Not refused.
    before : AnnualState
        Of the building as it is.
    finance : Finance
    context : NearlyZeroContext
    due : Due, optional
        What falls due for renewal without the works; by default nothing.
    """
    after, lines = annual_state(figures), lines_from(figures)
    return Rated(
        package,
        figures,
        after,
        evaluate(lines, before, after, finance, renewals=due.avoided(lines)),
        judged(figures, context),
    )


def judged(figures: Figures, context: NearlyZeroContext) -> Judged:
    """Hold the figures of a year against GB/T 51350."""
    facts = DesignFacts(**figures["facts"])
    return Judged(*nearly_zero(context, figures["energy"], facts, rows=figures["plant_room"]))
