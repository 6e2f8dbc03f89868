"""Glazings, windows and their shades as a user writes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name
from buildings.description.cross_checks import refuse
from buildings.description.shades import ShadeControl


class Pane(Described):
    """A pane of glass: optics at normal incidence, front to the outside."""

    thickness: q.PaneThickness = Field(description="Thickness [m].")
    conductivity: q.Conductivity = Field(default=1.0, description="Conductivity [W/(m.K)].")
    solar_transmittance: q.Fraction = Field(description="Solar transmittance [1] (太阳光直接透射比).")
    solar_reflectance_front: q.Fraction = Field(description="Solar reflectance of the outer face [1].")
    solar_reflectance_back: q.Fraction = Field(description="Solar reflectance of the inner face [1].")
    emissivity_front: q.Fraction = Field(default=0.84, description="Emissivity of the outer face [1].")
    emissivity_back: q.Fraction = Field(default=0.84, description="Emissivity of the inner face [1].")
    coating: Literal["none", "low_e"] = Field(
        default="none", description="Whether a coating decides how the optics change with the angle."
    )

    @model_validator(mode="after")
    def _conserves(self) -> Pane:
        for side in ("front", "back"):
            passed = self.solar_transmittance + getattr(self, f"solar_reflectance_{side}")
            if passed > 1.0 + 1e-9:
                raise refuse(
                    f"transmittance and {side} reflectance of a pane add up to {passed:g}",
                    "Give values that add up to at most 1.",
                    f"solar_reflectance_{side}",
                )
        return self


class Gap(Described):
    """A space between two panes and the gas in it."""

    gas: Literal["air", "argon", "krypton"] = Field(default="air", description="Gas in the gap.")
    thickness: q.GapThickness = Field(description="Distance of the panes [m].")


def _pane_or_gap(layer: Any) -> str:
    if isinstance(layer, dict):
        return "Gap" if set(layer) <= {"gas", "thickness"} or "gas" in layer else "Pane"
    return "Gap" if isinstance(layer, Gap) else "Pane"


GlazingLayer = Annotated[
    Annotated[Pane, Tag("Pane")] | Annotated[Gap, Tag("Gap")], Discriminator(_pane_or_gap)
]


class Frame(Described):
    """The frame around glass that is described by `layers` (窗框); its depth out of the wall is left out."""

    u_value: Annotated[float, Field(ge=0.3, le=5.5), q.Unit("W/(m2.K)")] = Field(
        description="U of the frame with films of 0.13 and 0.04 m2.K/W, ISO 10077 [W/(m2.K)] (窗框传热系数)."
    )
    solar_absorptance: q.Fraction = Field(default=0.6, description="Solar absorptance of both faces [1].")
    emissivity: q.Fraction = Field(default=0.9, description="Long-wave emissivity of both faces [1].")

    @property
    def resistance(self) -> float:
        """Between its two faces [m2.K/W]."""
        return 1.0 / self.u_value - 0.17


class Glazing(Described):
    """A window either as one (U and solar heat gain of frame and glass together) or pane by pane."""

    u_value: q.Transmittance | None = Field(
        default=None, description="U of the whole window [W/(m2.K)] (整窗传热系数); not with `layers`."
    )
    shgc: q.OpenFraction | None = Field(
        default=None,
        description="Solar heat gain coefficient at normal incidence [1] (太阳得热系数); not with `layers`.",
    )
    layers: tuple[GlazingLayer, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=7,
        description="Panes and gaps in turn from outside to inside, instead of `u_value` and `shgc`.",
    )
    visible_transmittance: q.Fraction | None = Field(default=None, description="Visible transmittance [1].")
    panes: Literal[1, 2, 3] = Field(
        default=2, description="Number of panes; sets the angular behaviour; `layers` count themselves."
    )
    coating: Literal["clear", "low_e", "solar_control"] = Field(
        default="clear", description="Class of the angular behaviour; `layers` have their own."
    )
    frame_fraction: Annotated[float, Field(ge=0, le=0.6), q.Unit("1")] = Field(
        default=0.2,
        description="Share of the window area that is frame [1]; with `layers` 0 unless `frame` is given or "
        "this is written; without `frame` it then counts as glazed area.",
    )
    frame: Frame | None = Field(
        default=None, description="Frame around the glass of `layers`; `u_value` and `shgc` hold theirs."
    )
    emissivity_inside: q.Fraction = Field(
        default=0.84, description="Long-wave emissivity of the inner face [1]; `layers` have their own."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_layers(cls, data: Any) -> Any:
        """With layers the panes count themselves and a frame is not assumed."""
        if not isinstance(data, dict) or not isinstance(data.get("layers"), (list, tuple)):
            return data
        share = 0.0 if data.get("frame") is None else 0.2
        return {"frame_fraction": share, "panes": min(max((len(data["layers"]) + 1) // 2, 1), 3), **data}

    @property
    def glass_share(self) -> float:
        """Share of the window that is glass beside a described frame [1]."""
        return 1.0 if self.frame is None else 1.0 - self.frame_fraction

    @model_validator(mode="after")
    def _one_form(self) -> Glazing:
        given = [key for key in ("u_value", "shgc") if getattr(self, key) is not None]
        if self.layers is None and len(given) < 2:
            raise refuse(
                f"a glazing with {given[0]} alone" if given else "a glazing without figures",
                "Give u_value and shgc together, or layers.",
            )
        if self.layers is not None and given:
            raise refuse(
                f"a glazing with layers and {given[0]}",
                "Give layers, or u_value and shgc; the one follows from the other.",
                given[0],
            )
        if self.frame is not None and self.layers is None:
            raise refuse(
                "a frame beside u_value and shgc, which are those of the whole window",
                "Describe the glass by layers, or leave the frame out.",
                "frame",
            )
        if self.frame is not None and self.frame_fraction == 0.0:
            raise refuse("a frame without area", "Give frame_fraction, or leave the frame out.", "frame")
        for i, layer in enumerate(self.layers or ()):
            if isinstance(layer, Gap) is (i % 2 == 0) or (i % 2 == 1 and i + 1 == len(self.layers or ())):
                raise refuse(
                    f"layer {i + 1} of the glazing is a {'gap' if isinstance(layer, Gap) else 'pane'}",
                    "Let panes and gaps take turns, with a pane first and last.",
                    "layers",
                    i,
                )
        return self


def _one_or_two(value: Any) -> str:
    return "pair" if isinstance(value, (list, tuple)) else "one"


Extension = Annotated[
    Annotated[q.ShadeLength, Tag("one")] | Annotated[tuple[q.ShadeLength, q.ShadeLength], Tag("pair")],
    Discriminator(_one_or_two),
]


class Shading(Described):
    """Fixed shade geometry and a movable shade (遮阳) of a window."""

    overhang_depth: q.ShadeLength = Field(default=0.0, description="Depth of a horizontal overhang [m].")
    overhang_gap: q.ShadeLength = Field(
        default=0.0, description="Height of the overhang above the window's top [m]."
    )
    overhang_extension: Extension | None = Field(
        default=None,
        description="How far the overhang reaches beyond the jambs [m], one figure or left and right as seen "
        "from outside; default: long.",
    )
    fin_depth: q.ShadeLength = Field(default=0.0, description="Depth of vertical fins on both sides [m].")
    fin_gap: q.ShadeLength = Field(default=0.0, description="Distance of the fins from the jambs [m].")
    fin_extension_above: q.ShadeLength | None = Field(
        default=None, description="How far the fins reach above the window's top [m]; default: tall."
    )
    fin_extension_below: q.ShadeLength | None = Field(
        default=None, description="How far the fins reach below the window's sill [m]; default: tall."
    )
    movable_factor: q.OpenFraction = Field(
        default=1.0, description="Share of the solar heat gain left when the movable shade is closed [1]."
    )
    movable_above: q.Irradiance = Field(
        default=300.0, description="Irradiance on the window above which the movable shade closes [W/m2]."
    )
    shade: Key | None = Field(
        default=None,
        description="Key of a movable shade (活动遮阳) of the building's own `shades`, else of the library; "
        "instead of `movable_factor`.",
    )
    shade_control: ShadeControl = Field(default=ShadeControl(), description="When `shade` is drawn.")

    @model_validator(mode="after")
    def _one_shade(self) -> Shading:
        if self.shade is not None and self.movable_factor < 1.0:
            raise refuse(
                f"a window with the shade '{self.shade}' and a movable_factor",
                "Give one of them; with a shade its optics decide.",
                "movable_factor",
            )
        if self.shade is None and self.shade_control != ShadeControl():
            raise refuse("a shade_control without shade", "Name the shade that it draws.", "shade_control")
        return self


class Window(Described):
    """A window in a surface."""

    name: Name = Field(description="Name, unique in the building.")
    area: q.Area = Field(description="Area with frame [m2].")
    glazing: Key = Field(description="Key of the building's own `glazings`, else of the library.")
    height: q.Length | None = Field(
        default=None, description="Height [m] for overhangs and fins; default square root of the area."
    )
    position: tuple[q.Position, q.Position] | None = Field(
        default=None,
        description="Left edge from the surface's left edge seen from outside, and sill above its lower edge "
        "[m]; for people and for EnergyPlus, heat and light do not depend on it.",
    )
    shading: Shading = Field(default=Shading(), description="Fixed and movable shades.")
    convection_inside: q.FilmCoefficient | None = Field(
        default=None, description="Fixed convective film inside [W/(m2.K)] instead of the correlation."
    )
    convection_outside: q.FilmCoefficient | None = Field(
        default=None, description="Fixed convective film outside [W/(m2.K)] instead of the correlation."
    )
