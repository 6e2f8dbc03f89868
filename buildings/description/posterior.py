"""What a calibrated project names: the draws that say how surely its parameters are known (后验)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from buildings.description.base import Described, Key

Share = Annotated[float, Field(ge=0.0, le=10.0)]


class PosteriorFacts(Described):
    """The posterior beside a calibrated project, as `twin calibrate` writes it."""

    file: Key = Field(description="Draws of the parameters (Parquet), relative to the project.")
    described: Key = Field(
        description="The project as it was described before it was fitted, which the draws change; relative."
    )
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of the fitted building, the draws and the description: tells an edited project."
    )
    form_error: Share = Field(
        default=0.0,
        description="What the model misses whatever its parameters: relative scatter of measured over "
        "modelled energy of months that were not fitted [-].",
    )
