"""Terms of money for a study (经济评价条件); what is not written comes from the library with its source."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from buildings.description import quantities as q
from buildings.description.base import Described


class Finance(Described):
    """Terms on which measures are paid for and savings are counted."""

    discount_rate: q.Fraction | None = Field(
        default=None, description="Discount rate, real [1] (折现率); default of the library."
    )
    years: Annotated[int, Field(strict=True, ge=5, le=60)] | None = Field(
        default=None, description="Years that are counted [a] (计算期); default of the library."
    )
