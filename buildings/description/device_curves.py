"""Device curves of a DC bus (电压-功率曲线) as a user writes them: those that differ from the library's."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse
from buildings.systems.curve_rules import SHAPES, curve_fault, set_fault
from buildings.systems.records import read_library

PerUnitVoltage = Annotated[float, Field(ge=0.5, le=1.5), q.Unit("1")]
CurveShare = Annotated[float, Field(ge=-1, le=1), q.Unit("1")]
UrgencyShift = Annotated[float, Field(ge=0, le=0.3), q.Unit("1")]


class DeviceCurve(Described):
    """Shares over voltages, straight between them and constant beyond the ends."""

    v: tuple[PerUnitVoltage, ...] = Field(
        min_length=2, max_length=5, description="Bus voltages over nominal, rising, 0.001 or more apart [1]."
    )
    share: tuple[CurveShare, ...] = Field(
        min_length=2, max_length=5, description="Share of the device's power at each of them [1]."
    )


class DeviceCurves(Described):
    """What devices do at a bus voltage (母线电压自适应); what is left out is the library's."""

    base: Key = Field(
        default="default",
        description="Set of the library: default, han_2023 (every load at its rating from 0.90 to 1.05, "
        "reduced and stopped as published).",
    )
    pv: DeviceCurve | None = Field(
        default=None, description="Share of the available power that PV gives; falls, 2 points."
    )
    battery: DeviceCurve | None = Field(
        default=None,
        description="1 full discharge, -1 full charge, from the battery's order on; falls, up to 4 points.",
    )
    ev: DeviceCurve | None = Field(
        default=None,
        description="1 full charge, -1 all that vehicles lend; rises, up to 5 points.",
    )
    ev_urgency_shift: UrgencyShift | None = Field(
        default=None, description="By how much an urgent vehicle reads the bus higher, over nominal [1]."
    )
    hvac_reduced: DeviceCurve | None = Field(
        default=None, description="Share of its demand that heating and cooling gets; rises, up to 3 points."
    )
    hvac_precool: DeviceCurve | None = Field(
        default=None, description="Share of the way to the pre-cooling demand; rises, 2 points."
    )
    hvac_over: DeviceCurve | None = Field(
        default=None,
        description="Share of it that is left at over-voltage; falls from 1 where pv and interface fall, "
        "2 points.",
    )
    lighting: DeviceCurve | None = Field(
        default=None, description="Share of its demand that lighting gets; rises, up to 3 points."
    )
    interface: DeviceCurve | None = Field(
        default=None,
        description="1 import at the rating, 0 the target, -1 export at the limit; falls, up to 4 points.",
    )

    @model_validator(mode="after")
    def _one_voltage(self) -> DeviceCurves:
        library = read_library("device_curves")
        if self.base not in library:
            raise refuse(
                f"'{self.base}' is no set of device curves", f"Use one of: {', '.join(library)}.", "base"
            )
        own = self.overrides()
        for name in own:
            fault = None if name not in SHAPES else curve_fault(name, own[name]["v"], own[name]["share"])
            if fault is not None:
                raise refuse(_said(fault.what), fault.remedy, fault.name)
        fault = set_fault({**library[self.base], **own})
        if fault is not None:
            raise refuse(_said(fault.what), fault.remedy, *((fault.name,) if fault.name in own else ()))
        return self

    def overrides(self) -> dict[str, Any]:
        """What is written here, as `load_device_curves` takes it."""
        return self.model_dump(mode="json", exclude={"base"}, exclude_none=True)


def _said(sentence: str) -> str:
    """A sentence as the middle of another."""
    return sentence[0].lower() + sentence[1:].rstrip(".")
