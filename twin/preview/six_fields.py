"""The six fields in which an owner describes his building (业主六项).

Use, floor area, storeys, year of completion, roof that is free for PV, and a year's electricity. An owner
knows them by heart or reads them off the deed and the bills, and nothing else moves the answer as much:

- *use* gives people, hours, plug loads and which machines are usual;
- *floor area* sizes everything and is the threshold of the pilot type "building";
- *storeys* give the shape: how much roof and facade a square metre of floor has;
- *year* gives the energy code, so insulation, windows, lamps and machines;
- *free roof* bounds the PV, which is what most of the carbon of a light package hangs on;
- *electricity* tells how far the model is from this very building, which no archetype can know.

Not asked is the district: all of Shanghai has one weather and one tariff here, and the pilots ask for the
location only of residential communities. Nor is gas, which most owners of offices do not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Name
from buildings.description.cross_checks import refuse
from buildings.description.schema import Archetype
from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, read_yaml
from weather.errors import TwinError

FIELDS = ("use", "floor_area", "storeys", "year_built", "roof_for_pv", "electricity")
"""The six, in the order in which they are asked."""
LARGEST_M2 = 1e6
"""Of one building; the largest of Shanghai has about half of it."""


class SixFields(Described):
    """What an owner says of his building; the last two may be left open."""

    name: Name | None = Field(default=None, description="What the owner calls it; default use and area.")
    use: Archetype = Field(description="What it is used for (用途).")
    floor_area: Annotated[float, Field(ge=100, le=LARGEST_M2), q.Unit("m2")] = Field(
        description="Floor area above ground [m2] (建筑面积)."
    )
    storeys: Annotated[int, Field(strict=True, ge=1, le=130)] = Field(
        description="Storeys above ground (层数)."
    )
    year_built: Annotated[int, Field(strict=True, ge=1900, le=2030)] = Field(
        description="Year of completion (建成年份)."
    )
    roof_for_pv: Annotated[float, Field(ge=0, le=LARGEST_M2), q.Unit("m2")] | None = Field(
        default=None, description="Roof that is free for PV [m2] (可用屋面); default a usual share."
    )
    electricity_kwh: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        default=None, description="Electricity bought in a year, by the bills [kWh] (年用电量)."
    )
    electricity_cny: Annotated[float, Field(gt=0, le=1e9)] | None = Field(
        default=None, description="Or the sum of a year's electricity bills [CNY] (年电费)."
    )

    @model_validator(mode="after")
    def _agree(self) -> SixFields:
        if self.electricity_kwh is not None and self.electricity_cny is not None:
            raise refuse(
                "a year's electricity is given twice",
                "Give electricity_kwh or electricity_cny.",
                "electricity_kwh",
                zh=("年用电量与年电费只能填一项。", "请任选其一。"),
            )
        storey = self.floor_area / self.storeys
        if storey < _SMALLEST_STOREY_M2:
            raise refuse(
                f"{self.floor_area:,.0f} m2 on {self.storeys} storeys leave {storey:,.0f} m2 each",
                f"Give the area of all storeys together, {_SMALLEST_STOREY_M2:g} m2 or more on each.",
                "floor_area",
                zh=(
                    f"{self.floor_area:,.0f} m² 分到 {self.storeys} 层，每层只有 {storey:,.0f} m²。",
                    f"建筑面积应为各层之和，每层不小于 {_SMALLEST_STOREY_M2:g} m²。",
                ),
            )
        if self.roof_for_pv is not None and self.roof_for_pv > storey * (1.0 + 1e-9):
            raise refuse(
                f"{self.roof_for_pv:,.0f} m2 are free on a roof of {storey:,.0f} m2",
                "Give at most floor area over storeys.",
                "roof_for_pv",
                zh=(
                    f"可用屋面 {self.roof_for_pv:,.0f} m² 大于整个屋面 {storey:,.0f} m²。",
                    "不应超过建筑面积除以层数。",
                ),
            )
        return self

    @property
    def roof_m2(self) -> float:
        """The whole roof of a building whose storeys are alike [m2]."""
        return self.floor_area / self.storeys


_SMALLEST_STOREY_M2 = 50.0


def read_six_fields(path: str | Path) -> SixFields:
    """Read six fields from a YAML file.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    return _validated(read_yaml(Path(path)))


def six_fields(said: Mapping[str, Any]) -> SixFields:
    """Six fields from what a form holds; what is None was left open.

    Raises
    ------
    TwinError
        As `read_six_fields`, with the key.
    """
    nodes = {key: Node(value, "", 0) for key, value in said.items() if value is not None}
    try:
        return _validated(Node(nodes, "", 0))
    except TwinError as error:  # a form has no file and no lines
        raise error.at(key=error.key) from error


def _validated(node: Node) -> SixFields:
    try:
        return SixFields.model_validate(node.plain())
    except ValidationError as error:
        raise as_twin_error(error, node, SixFields) from None
