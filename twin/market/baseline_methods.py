"""The baseline methods that can be chosen, by key."""

from __future__ import annotations

from twin.market.baselines import BaselineMethod
from twin.market.regression_baseline import RegressionBaseline
from twin.market.similar_days import MostSimilarDays, SameDayAdjustment, SimilarDays
from weather.errors import TwinError

_METHODS: tuple[BaselineMethod, ...] = (
    SimilarDays(),
    SimilarDays(SameDayAdjustment("ratio")),
    SimilarDays(SameDayAdjustment("difference")),
    SimilarDays(SameDayAdjustment("ratio", "notice")),
    SimilarDays(SameDayAdjustment("difference", "notice")),
    MostSimilarDays(),
    RegressionBaseline(),
)
METHODS: dict[str, BaselineMethod] = {method.key: method for method in _METHODS}


def baseline_method(key: str) -> BaselineMethod:
    """A method by its key.

    Raises
    ------
    TwinError
        Unknown key.
    """
    if key not in METHODS:
        raise TwinError(
            f"no baseline method is called {key!r}.", f"Known: {', '.join(METHODS)}.", key="baseline"
        )
    return METHODS[key]
