"""Movable sun shades (活动遮阳) as a user writes them: what hangs at a window, and when it is drawn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key
from buildings.description.cross_checks import refuse

Place = Literal["outside", "between", "inside"]
"""外遮阳, 中置遮阳, 内遮阳: outside of the glass, between its panes, in the room."""


class _Hung(Described):
    """What every shade has: its place and its distance from the glass."""

    place: Place = Field(
        default="outside",
        description="outside (外遮阳), inside (内遮阳), or between (中置遮阳), in the innermost gap of "
        "`layers`.",
    )
    distance: q.GapThickness = Field(
        default=0.05,
        description="Distance from the glass [m]; between panes the shade hangs in the middle of the gap.",
    )
    edge_opening: q.Fraction = Field(
        default=0.5,
        description="Free share of the slot at each edge, through which air rises behind the shade [1]; "
        "between panes nought.",
    )


class RollerShade(_Hung):
    """A fabric that scatters all the light it lets through (卷帘, 织物遮阳)."""

    kind: Literal["roller"] = Field(default="roller", description="Roller shade (卷帘).")
    solar_transmittance: q.Fraction = Field(description="Solar transmittance [1] (太阳光透射比).")
    solar_reflectance: q.Fraction = Field(description="Solar reflectance of both faces [1].")
    openness: q.Fraction = Field(
        default=0.0,
        description="Share of holes, through which air passes [1] (开孔率); light is all scattered.",
    )
    emissivity: q.Fraction = Field(default=0.9, description="Long-wave emissivity of both faces [1].")
    infrared_transmittance: q.Fraction = Field(
        default=0.0, description="Long-wave transmittance [1]; about the openness."
    )
    thickness: q.PaneThickness = Field(default=0.001, description="Thickness [m].")
    conductivity: q.Conductivity = Field(default=0.1, description="Conductivity [W/(m.K)].")

    @model_validator(mode="after")
    def _conserves(self) -> RollerShade:
        for pair in (
            ("solar_transmittance", "solar_reflectance"),
            ("infrared_transmittance", "emissivity"),
        ):
            both = sum(getattr(self, key) for key in pair)
            # EnergyPlus wants less than one, and so does a heat balance of the fabric.
            if both >= 1.0:
                raise refuse(
                    f"{pair[0]} and {pair[1]} of a shade add up to {both:g}",
                    "Give values that add up to less than 1.",
                    pair[1],
                )
        return self


class VenetianBlind(_Hung):
    """Horizontal slats, flat and diffusely reflecting (百叶帘)."""

    kind: Literal["venetian"] = Field(default="venetian", description="Venetian blind (百叶帘).")
    slat_width: q.SlatLength = Field(default=0.025, description="Width of a slat [m].")
    slat_separation: q.SlatLength = Field(default=0.01875, description="Distance of the slats [m].")
    slat_angle: q.SlatAngle = Field(
        default=45.0,
        description="Between the normals of glass and slat's front [deg]: 0 closed, front to the outside; 45 "
        "outer edge down, against the sun; 90 level; 135 outer edge up.",
    )
    slat_reflectance: q.Fraction = Field(description="Solar reflectance of the slats' front [1].")
    slat_reflectance_back: q.Fraction | None = Field(
        default=None, description="Solar reflectance of their back [1]; default as the front."
    )
    slat_emissivity: q.Fraction = Field(default=0.9, description="Long-wave emissivity of the slats [1].")
    slat_thickness: q.PaneThickness = Field(default=0.0002, description="Thickness of a slat [m].")
    slat_conductivity: q.Conductivity = Field(default=160.0, description="Conductivity [W/(m.K)].")

    @model_validator(mode="after")
    def _closes(self) -> VenetianBlind:
        if self.slat_separation > self.slat_width:
            raise refuse(
                f"slats of {self.slat_width:g} m stand {self.slat_separation:g} m apart",
                "Let slats be at least as wide as their distance.",
                "slat_separation",
            )
        return self


def _kind(value: Any) -> str:
    kind = value.get("kind", "roller") if isinstance(value, dict) else getattr(value, "kind", "roller")
    return "VenetianBlind" if kind == "venetian" else "RollerShade"


Shade = Annotated[
    Annotated[RollerShade, Tag("RollerShade")] | Annotated[VenetianBlind, Tag("VenetianBlind")],
    Discriminator(_kind),
]


class ShadeControl(Described):
    """When a shade is drawn: by the sun on the window, by a schedule, or by either."""

    irradiance_above: q.Irradiance | None = Field(
        default=300.0,
        description="Drawn while sun and sky on the window, behind overhang and fins, exceed this [W/m2]; "
        "null: the sun does not draw it.",
    )
    season: Key | None = Field(
        default=None,
        description="Schedule of a share; the sun draws the shade only while it is 0.5 or more, such as the "
        "cooling season. Default: always.",
    )
    schedule: Key | None = Field(
        default=None,
        description="Schedule of a share; the shade is drawn whatever the sun while it is 0.5 or more, such "
        "as at night in winter.",
    )

    @model_validator(mode="after")
    def _acts(self) -> ShadeControl:
        if self.irradiance_above is None and self.schedule is None:
            raise refuse(
                "a shade that neither sun nor schedule draws",
                "Give irradiance_above or schedule.",
                "schedule",
            )
        if self.irradiance_above is None and self.season is not None:
            raise refuse(
                "a season without irradiance_above", "Give irradiance_above, or leave season out.", "season"
            )
        return self
