"""From a described window to what the engine takes: glass, fixed shades and the movable one."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from buildings.description.complete import CompleteBuilding
from buildings.description.schema import Frame, Glazing, RollerShade, Shade, ShadeControl, Window
from buildings.description.schema import Gap as DescribedGap
from buildings.description.schema import Shading as DescribedShading
from buildings.thermal.drawn_heat import room_side
from buildings.thermal.drawn_shades import DrawnWindow, drawn_window
from buildings.thermal.enclosure import Channel, Surface
from buildings.thermal.enclosure import Window as EngineWindow
from buildings.thermal.films import ROUGHNESS
from buildings.thermal.glass_layers import GasName, layered_window
from buildings.thermal.glazing import WindowModel, simple_window
from buildings.thermal.shade_heat import HungShade
from buildings.thermal.shade_light import ShadeLight, fabric, slats
from buildings.thermal.shading import Shading, SunControl
from buildings.thermal.wall import Layer
from weather.errors import TwinError
from weather.kept import kept
from weather.skyline import Skyline


def share_channel(building: str, key: str) -> Channel:
    """A schedule of shares as it is written."""
    return ("share", building, key)


def glazing_model(building: str, key: str, glazing: Glazing) -> WindowModel:
    """The glass of a described glazing; equal ones are the same object, so that their series are shared.

    Raises
    ------
    TwinError
        Figures that no window has, named by where they stand in the building.
    """
    try:
        return _glass(glazing)
    except TwinError as error:
        inner = (error.key or "").removeprefix(_glass_name(glazing))
        raise error.at(key=f"{building}.glazings.{key}{inner}") from error


@kept(256)
def _glass(glazing: Glazing) -> WindowModel:
    name = _glass_name(glazing)
    if glazing.layers is not None:
        return layered_window(name, glazing.layers)
    if glazing.u_value is None or glazing.shgc is None:
        raise TypeError("a glazing without layers passed validation without u_value and shgc")
    return simple_window(name, glazing.u_value, glazing.shgc, emissivity_inside=glazing.emissivity_inside)


def _glass_name(glazing: Glazing) -> str:
    """What tells glass apart: its figures, whatever building it stands in."""
    return glazing.model_dump_json(exclude_none=True)


def size(window: Window) -> tuple[float, float]:
    """Width and height of a window [m]; square where no height is written."""
    height = window.height or math.sqrt(window.area)
    return window.area / height, height


def fixed_shading(window: Window, *, sun: bool = True) -> Shading:
    """Overhang and fins of a window; without any its size does not matter. `sun`: whether any reaches it."""
    own = window.shading
    fixed = own.overhang_depth > 0.0 or own.fin_depth > 0.0
    width, height = size(window) if fixed else (1.0, 1.0)
    return Shading(
        width=width,
        height=height,
        overhang_depth=own.overhang_depth,
        overhang_gap=own.overhang_gap,
        overhang_extension=own.overhang_extension,
        fin_depth=own.fin_depth,
        fin_gap=own.fin_gap,
        fin_extension_above=own.fin_extension_above,
        fin_extension_below=own.fin_extension_below,
        sunless=not sun,
    )


def sun_control(building: str, own: DescribedShading) -> SunControl | None:
    """What draws the shade of a window, None where nothing hangs or where a factor stands for it."""
    if own.shade is None:
        return None
    control: ShadeControl = own.shade_control

    def channel(key: str | None) -> Channel | None:
        return None if key is None else share_channel(building, key)

    above = math.inf if control.irradiance_above is None else control.irradiance_above
    return SunControl(above, channel(control.season), channel(control.schedule))


def frame_surface(window: EngineWindow, share: float, frame: Frame) -> Surface:
    """The frame of a window as an opaque surface without mass.

    Parameters
    ----------
    window : Window
        With its whole area.
    share : float
        Of the area that is frame.
    frame : Frame

    Notes
    -----
    It takes part in sun, wind and long-wave exchange like a wall in the window's plane; overhangs and fins do
    not shade it, neighbours take sun from it but no long waves, and it has no depth.
    """
    return Surface(
        name=f"{window.name} frame",
        area=share * window.area,
        layers=(Layer(resistance=frame.resistance),),
        zone=window.zone,
        boundary="outdoors",
        tilt=window.tilt,
        azimuth=window.azimuth,
        solar_absorptance_outside=frame.solar_absorptance,
        solar_absorptance_inside=frame.solar_absorptance,
        emissivity_outside=frame.emissivity,
        emissivity_inside=frame.emissivity,
        height=window.height,
        roughness=ROUGHNESS["very_smooth"],
        convection_inside=window.convection_inside,
        convection_outside=window.convection_outside,
        plate=window.plate,
        sun_exposed=window.sun_exposed,
        wind_exposed=window.wind_exposed,
        skyline=window.skyline,
    )


@dataclass
class WindowShades:
    """Shades of a building's windows by key; windows with the same shades share their series.

    Attributes
    ----------
    building : CompleteBuilding
    glazings : dict of WindowModel
        By the keys of the building's glazings.
    shadings : dict of Shading
        Filled by `key`.
    """

    building: CompleteBuilding
    glazings: dict[str, WindowModel]
    shadings: dict[str, Shading] = field(default_factory=dict)
    _drawn: dict[tuple[str, str, float, float], DrawnWindow] = field(default_factory=dict)
    _keys: dict[tuple[object, ...], str] = field(default_factory=dict)

    def key(self, window: Window, *, sun: bool = True, skyline: Skyline | None = None) -> str:
        """Key of what shades a window; `skyline`: what stands around."""
        own = window.shading
        fixed = fixed_shading(window, sun=sun)
        place = (window.glazing, own.shade, *size(window)) if own.shade is not None else ()
        known = (own.model_dump_json(), fixed.width, fixed.height, place, sun, skyline)
        if known not in self._keys:
            self._keys[known] = f"{self.building.name}/shade{len(self.shadings)}"
            self.shadings[self._keys[known]] = Shading(
                **{name: getattr(fixed, name) for name in Shading.FIXED},
                movable=own.movable_factor,
                threshold=own.movable_above if own.movable_factor < 1.0 else math.inf,
                drawn=self._behind(window),
                control=sun_control(self.building.name, own),
                skyline=skyline,
            )
        return self._keys[known]

    def hung(self, window: Window) -> float | None:
        """Emissivity of what the room sees while a described shade is drawn; None where none hangs."""
        drawn = self._behind(window)
        return None if drawn is None else room_side(drawn.shade, drawn.outer, drawn.inner)

    def _behind(self, window: Window) -> DrawnWindow | None:
        key = window.shading.shade
        if key is None:
            return None
        width, height = size(window)
        known = (window.glazing, key, width, height)
        if known not in self._drawn:
            self._drawn[known] = drawn_glazing(
                self.building.glazings[window.glazing],
                self.glazings[window.glazing],
                self.building.shades[key],
                width,
                height,
                f"{self.building.name}.windows.{window.name}.shading.shade",
            )
        return self._drawn[known]


def shade_light(shade: Shade) -> ShadeLight:
    """Optics of a described shade alone."""
    if isinstance(shade, RollerShade):
        return fabric(
            shade.solar_transmittance,
            shade.solar_reflectance,
            emissivity=shade.emissivity,
            infrared=shade.infrared_transmittance,
            holes=shade.openness,
        )
    back = shade.slat_reflectance if shade.slat_reflectance_back is None else shade.slat_reflectance_back
    return slats(
        shade.slat_width,
        shade.slat_separation,
        shade.slat_angle,
        shade.slat_reflectance,
        back,
        emissivity=shade.slat_emissivity,
    )


@kept(256)
def drawn_glazing(
    glazing: Glazing, model: WindowModel, shade: Shade, width: float, height: float, at: str
) -> DrawnWindow:
    """A described glazing with its shade drawn; equal ones are the same object and share its tables of heat.

    Parameters
    ----------
    glazing, shade : as described
    model : WindowModel
        The same glazing as the engine marches it.
    width, height : float
        Of the window [m].
    at : str
        Key named in errors.

    Raises
    ------
    TwinError
        A shade between panes that are not described, or that do not leave it room.
    """
    resistance = (
        shade.thickness / shade.conductivity
        if isinstance(shade, RollerShade)
        else shade.slat_thickness / shade.slat_conductivity
    )
    distance, parts = shade.distance, None
    gas: GasName = "air"
    if shade.place == "between":
        gap, parts = split_glazing(glazing, shade, model.name, at)
        distance, gas = beside(gap, shade), gap.gas
    hung = HungShade(
        light=shade_light(shade),
        place=shade.place,
        distance=distance,
        edge_opening=shade.edge_opening,
        resistance=resistance,
        width=width,
        height=height,
        gas=gas,
    )
    return drawn_window(model, hung, parts=parts, name=at)


def thickness_of(shade: Shade) -> float:
    """Room that a shade takes between panes, across it [m]; that of slats whatever their angle."""
    return shade.thickness if isinstance(shade, RollerShade) else shade.slat_width


def beside(gap: DescribedGap, shade: Shade) -> float:
    """Gap on each side of a shade in the middle of one [m]; slats count as a plane (ISO 15099)."""
    return 0.5 * (gap.thickness - (shade.thickness if isinstance(shade, RollerShade) else 0.0))


def split_glazing(
    glazing: Glazing, shade: Shade, name: str, at: str
) -> tuple[DescribedGap, tuple[WindowModel, WindowModel]]:
    """Innermost gap of a glazing and the glass on its two sides.

    Raises
    ------
    TwinError
        No gap, or one too narrow.
    """
    layers = glazing.layers or ()
    gap = layers[-2] if len(layers) > 2 else None
    if not isinstance(gap, DescribedGap):
        raise TwinError(
            "a shade between panes needs a glazing with two panes or more, described by layers.",
            "Describe the glazing by layers, or hang the shade outside or inside.",
            key=at,
        )
    room = thickness_of(shade)
    if gap.thickness < room or beside(gap, shade) < 0.001:
        raise TwinError(
            f"a shade of {1000 * room:g} mm does not fit into a gap of {1000 * gap.thickness:g} mm.",
            "Widen the gap so that 1 mm of gas is left on each side, or take a thinner shade.",
            key=at,
        )
    parts = (
        layered_window(f"{name} before shade", layers[:-2]),
        layered_window(f"{name} behind shade", layers[-1:]),
    )
    return gap, parts
