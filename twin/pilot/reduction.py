"""What an applicant's yearly emissions fall by in the creation period (创建期内减排), computed exactly.

The rule asks for more than 50 % and for at least 5,000 t, so that half a gram must not decide by rounding:
differences and the rate are taken of the decimal figures as they are written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from buildings.description.pilot_facts import PilotFacts
from weather.errors import TwinError

_ACCOUNTS = {"physical": "carbon_t", "shanghai_ets": "carbon_ets_t"}


@dataclass(frozen=True, slots=True)
class Reduction:
    """Fall of the applicant's yearly emissions by the end of the creation period.

    Parameters
    ----------
    rate : float
        Of the emissions before the period [1]; negative where they rise.
    tonnes : float
        [tCO2e/a].
    baseline_t : float
        Emissions before the period [tCO2e/a].
    from_model : bool
        Whether the baseline is that of the modelled buildings alone; else the applicant states it.
    account : str
        `physical` or `shanghai_ets`: by whose factor of electricity.
    """

    rate: float
    tonnes: float
    baseline_t: float
    from_model: bool
    account: str = "physical"

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def _exact(value: float) -> Fraction:
    """The decimal figure that a float is written as, not its binary neighbour."""
    return Fraction(repr(float(value)))


def reduction_between(
    before_t: float, after_t: float, *, from_model: bool, account: str = "physical"
) -> Reduction:
    """Rate and tonnes from yearly emissions before and at the end of the period.

    Parameters
    ----------
    before_t, after_t : float
        [tCO2e/a].

    Raises
    ------
    TwinError
        A figure that is not finite, or a baseline that is not positive.
    """
    if not (math.isfinite(before_t) and math.isfinite(after_t)) or before_t <= 0:
        raise TwinError(
            f"no reduction follows from {before_t!r} t/a before and {after_t!r} t/a after.",
            "Give finite yearly emissions, before the period more than 0.",
            key="pilot.emissions",
        )
    before, fall = _exact(before_t), _exact(before_t) - _exact(after_t)
    return Reduction(float(fall / before), float(fall), float(before_t), from_model, account)


def reduction_of(
    facts: PilotFacts | None, model: tuple[float, float] | None, *, account: str = "physical"
) -> Reduction | None:
    """The applicant's reduction from what it states and from what the model computes.

    Parameters
    ----------
    facts : PilotFacts or None
        `emissions.baseline` is the applicant's as a whole; `further_reduction` comes on top of the model's.
    model : (before, after) or None
        Yearly emissions of the modelled buildings [tCO2e/a].
    account : {"physical", "shanghai_ets"}

    Returns
    -------
    Reduction or None
        None where neither says enough.

    Raises
    ------
    TwinError
        The applicant's baseline is below that of the buildings which are part of it, or more is cut than
        there is.
    """
    said = facts.emissions if facts is not None else None
    if said is None or said.baseline is None:
        if model is None:
            return None
        stated = said is not None and said.all_modelled
        return reduction_between(*model, from_model=not stated, account=account)
    if model is None and said.further_reduction is None:
        return None
    before, after = model if model is not None else (0.0, 0.0)
    if before > said.baseline:
        raise TwinError(
            f"the applicant's baseline of {said.baseline:g} t/a is below the {before:,.0f} t/a of the "
            "modelled buildings, which are part of it.",
            "State the emissions of all sites by the same account, or leave baseline out.",
            key="pilot.emissions.baseline",
        )
    further = _exact(said.further_reduction or 0.0)
    rest = _exact(said.baseline) - (_exact(before) - _exact(after)) - further
    if rest < 0:
        raise TwinError(
            f"model and further_reduction together cut {float(-rest):,.0f} t/a more than the baseline of "
            f"{said.baseline:g} t/a.",
            "Let further_reduction hold only what the measures of the modelled buildings do not bring.",
            key="pilot.emissions.further_reduction",
        )
    fall = _exact(said.baseline) - rest
    return Reduction(
        float(fall / _exact(said.baseline)), float(fall), said.baseline, from_model=False, account=account
    )


def emissions_of(baseline: Mapping[str, Any], state: Mapping[str, Any], account: str) -> tuple[float, float]:
    """Yearly emissions before and after from two states of a study [tCO2e/a].

    Raises
    ------
    TwinError
        A state without that figure.
    """
    name = _ACCOUNTS[account]
    found = []
    for one in (baseline, state):
        value = one.get("figures", {}).get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise TwinError(
                f"the state {one.get('id')!r} of the study has no finite {name}.",
                "Give a study.json that `twin retrofit` wrote.",
                key=f"figures.{name}",
            )
        found.append(float(value))
    return found[0], found[1]
