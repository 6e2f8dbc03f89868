"""What a user wants to know about a retrofit (改造): measures of his own, what to leave out, money."""

from __future__ import annotations

from pydantic import Field

from buildings.description.base import Described, Key
from buildings.description.finance import Finance
from buildings.retrofit.measure import Measure, MeasureKey


class RetrofitStudy(Described):
    """Which measures a study of this project considers, and on which terms they are paid for."""

    measures: dict[MeasureKey, Measure] = Field(
        default={},
        max_length=200,
        description="Measures of one's own by key; a key of the library replaces that measure.",
    )
    exclude: tuple[Key, ...] = Field(
        default=(), max_length=200, description="Keys of measures, or of their slots, that are left out."
    )
    only: tuple[Key, ...] | None = Field(
        default=None,
        max_length=200,
        description="Keys of measures, or of their slots, that alone are considered; default all that apply.",
    )
    finance: Finance = Field(default=Finance(), description="Terms of money.")
