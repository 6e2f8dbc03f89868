"""Forcing series of the thermal model from a climate year: sun, sky, ground and air on each face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import ForcingTable
from buildings.thermal.enclosure import TEMP_GROUND, TEMP_OUTDOORS, Channel
from buildings.thermal.films import Terrain, WindFilms, forced_convection_plate, wind_at_height
from buildings.thermal.glazing import WindowModel
from buildings.thermal.rooms import DRAWN_PARTS, OWN_FILM, PANE_PARTS
from buildings.thermal.shade_heat import Exposure
from buildings.thermal.shading import Shading, profile_angle
from buildings.thermal.through_glass import cubics, let_in
from weather.kept import kept_while
from weather.sky import PlaneIrradiance
from weather.skyline import Skyline, sun_on
from weather.step_weather import StepWeather

GAS_CONSTANT_AIR = 287.055
"""Of dry air [J/(kg K)]."""


@dataclass(frozen=True)
class Surroundings:
    """What the outside of a building sees: roughness of the terrain and reflectance of the ground."""

    terrain: Terrain = "suburbs"
    ground_reflectance: float = 0.2


def weather_table(weather: StepWeather) -> NDArray[np.float64]:
    """What every room of the batch shares: the outdoor air and the sky.

    Returns
    -------
    ndarray (n_steps + 1, 4)
        Temperature [degC] and humidity ratio [kg/kg] at the boundaries; density [kg dry air/m3] and sky
        temperature [degC] as step means.
    """
    temp, ratio = weather.temp_air, weather.humidity_ratio
    pressure = (
        np.broadcast_to(weather.pressure[: len(temp)], temp.shape)
        if len(weather.pressure) == len(temp)
        else np.append(weather.pressure, weather.pressure[-1])
    )
    density = pressure / (GAS_CONSTANT_AIR * (temp + 273.15) * (1.0 + 1.6078 * ratio))
    step_mean = np.append(0.5 * (density[1:] + density[:-1]), density[-1])
    sky = np.append(weather.temp_sky, weather.temp_sky[-1])
    return np.column_stack([temp, ratio, step_mean, sky])


def add_forcing(
    table: ForcingTable,
    channels: Iterable[Channel],
    weather: StepWeather,
    *,
    around: Surroundings,
    temp_ground: NDArray[np.float64],
    glazings: Mapping[str, WindowModel],
    shadings: Mapping[str, Shading],
    skylines: Mapping[str, Skyline] | None = None,
) -> None:
    """Compute and add every weather-driven series that the rooms name and the table lacks.

    Channels of gains and schedules belong to the caller and are passed over. `skylines` are those that opaque
    faces name.
    """
    ground, known = around.ground_reflectance, skylines or {}

    def forced(key: Sequence[str | float]) -> NDArray[np.float64]:
        return _film(weather, around.terrain, *(float(part) for part in key))

    for channel in channels:
        if channel in table:
            continue
        kind, *key = channel
        if channel == TEMP_OUTDOORS:
            table.add(channel, 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1]))
        elif channel == TEMP_GROUND:
            table.add(channel, temp_ground)
        elif kind == "solar":
            skyline = known[str(key[2])] if len(key) > 2 else None
            table.add(channel, sun_on(weather, float(key[0]), float(key[1]), ground, skyline).total)
        elif kind == "forced":
            table.add(channel, forced(key))
        elif kind == "pane":
            place = weather, float(key[1]), float(key[2]), ground
            glazing, shading = glazings[str(key[3])], shadings[str(key[4])]
            named = (
                _bare(*place, glazing, shading)
                if len(key) <= 5
                else _hung(*place, glazing, shading, around.terrain, key[5:], table)
            )
            for part, values in named.items():
                table.add(("pane", part, *key[1:]), values)


@kept_while(megabytes=1)
def _wind(weather: StepWeather, terrain: Terrain) -> WindFilms:
    return WindFilms(weather.wind_speed, weather.wind_direction, terrain)


@kept_while(megabytes=32)
def _film(
    weather: StepWeather, terrain: Terrain, tilt: float, azimuth: float, height: float, *plate: float
) -> NDArray[np.float64]:
    """The wind's film on a face [W/(m2 K)], (n,)."""
    if not plate:
        return _wind(weather, terrain).at(tilt, azimuth, height)
    speed = wind_at_height(weather.wind_speed, height, terrain)
    return forced_convection_plate(speed, weather.wind_direction, tilt, azimuth, *plate)


WindowLight = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def on_window(
    plane: PlaneIrradiance, shading: Shading, weather: StepWeather, azimuth: float, tilt: float = 90.0
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Beam with circumsolar light, light of sky and of ground on a window behind overhang and fins [W/m2]."""
    sunlit, sky_seen, ground_seen = shading.factors(weather, azimuth, tilt)
    beam = (plane.beam + plane.circumsolar) * sunlit
    return beam, plane.sky_diffuse * sky_seen, plane.ground_diffuse * ground_seen


# Glass and drawn shades are told apart by their objects, of which equal ones share one (`window_parts`).


@kept_while(megabytes=64)
def _bare(
    weather: StepWeather,
    tilt: float,
    azimuth: float,
    ground_reflectance: float,
    glazing: WindowModel,
    shading: Shading,
) -> dict[str, NDArray[np.float64]]:
    """`through_window` of a plane, by `PANE_PARTS`."""
    sun = sun_on(weather, tilt, azimuth, ground_reflectance, shading.skyline)
    parts = through_window(sun, glazing, shading, weather, azimuth, tilt)
    return dict(zip(PANE_PARTS, parts, strict=True))


def _hung(
    weather: StepWeather,
    tilt: float,
    azimuth: float,
    ground_reflectance: float,
    glazing: WindowModel,
    shading: Shading,
    terrain: Terrain,
    films: Sequence[str | float],
    table: ForcingTable,
) -> Mapping[str, NDArray[np.float64]]:
    """`with_shade` of a plane; `films` are the fixed ones and what tells the wind's, as in its channels."""
    if shading.control is None:
        raise ValueError("nothing draws the shade of this window")
    sun = sun_on(weather, tilt, azimuth, ground_reflectance, shading.skyline)
    light = sum(on_window(sun, shading, weather, azimuth, tilt))
    drawn = np.packbits(shading.control.drawn(np.asarray(light), table.series)).tobytes()
    inside, outside, *wind = (float(part) for part in films)
    fixed_inside, fixed_outside = (None if film == OWN_FILM else film for film in (inside, outside))
    seen, _ = shading.diffuse_shares(tilt)
    if shading.skyline is not None:
        seen *= shading.skyline.own.views(tilt, azimuth).sky
    stands = Exposure(tilt, len(wind) > 1, fixed_inside, fixed_outside, seen)
    place = weather, tilt, azimuth, ground_reflectance
    return _behind(*place, glazing, shading, stands, terrain, tuple(wind), drawn)


@kept_while(megabytes=64)
def _behind(
    weather: StepWeather,
    tilt: float,
    azimuth: float,
    ground_reflectance: float,
    glazing: WindowModel,
    shading: Shading,
    stands: Exposure,
    terrain: Terrain,
    wind: tuple[float, ...],
    drawn: bytes,
) -> dict[str, NDArray[np.float64]]:
    """`with_shade` while the shade is drawn in the steps whose bits are set."""
    place, n = (weather, tilt, azimuth, ground_reflectance), len(weather)
    forced = _film(weather, terrain, tilt, azimuth, *wind) if wind else np.zeros(n)
    down = np.unpackbits(np.frombuffer(drawn, dtype=np.uint8), count=n).astype(np.bool_)
    bare = _bare(*place, glazing, shading)
    return with_shade(bare, sun_on(*place, shading.skyline), shading, weather, azimuth, stands, forced, down)


def with_shade(
    bare: Mapping[str, NDArray[np.float64]],
    plane: PlaneIrradiance,
    shading: Shading,
    weather: StepWeather,
    azimuth: float,
    stands: Exposure,
    forced: NDArray[np.float64],
    drawn: NDArray[np.bool_],
) -> dict[str, NDArray[np.float64]]:
    """All series of a window at which a described shade hangs, those behind it while it is drawn.

    Parameters
    ----------
    bare : dict of 4 ndarrays (n,)
        As of `through_window`, without the shade, by `PANE_PARTS`.
    stands : Exposure
        Of the window.
    forced : ndarray (n,)
        The wind's film [W/(m2 K)].
    drawn : ndarray of bool (n,)
        Steps in which the shade is drawn.

    Returns
    -------
    dict of 11 ndarrays (n,)
        By `PANE_PARTS` and `DRAWN_PARTS`; the latter are nought while the shade is not drawn.
    """
    if shading.drawn is None:
        raise ValueError("no described shade hangs at this window")
    beam, sky, ground = on_window(plane, shading, weather, azimuth, stands.tilt)
    down = np.flatnonzero(drawn)
    found = {part: values.copy() for part, values in bare.items()}
    found |= {part: np.zeros(len(beam)) for part in DRAWN_PARTS}
    if len(down) == 0:
        return found
    profile = profile_angle(weather, azimuth, stands.tilt)[down]
    lights = (
        (beam[down], shading.drawn.of_beam(plane.aoi[down], profile)),
        (sky[down], shading.drawn.of_sky()),
        (ground[down], shading.drawn.of_ground()),
    )
    absorbed = np.sum([[sun * part for part in through.absorbed] for sun, through in lights], axis=0)
    temp_out = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])[down]
    heat = shading.drawn.heat(stands).at(temp_out, absorbed.sum(axis=0), forced[down])
    led = np.einsum("nep,pn->en", heat.shares, absorbed)
    for part, values in zip(("heat_out", "heat_in", "air"), led, strict=True):
        found[part][down] = values
    for part in ("beam", "diffuse"):
        found[part][down] = sum(sun * getattr(through, part) for sun, through in lights)
    for part in DRAWN_PARTS[1:]:
        found[part][down] = getattr(heat, part)
    return found


def through_window(
    plane: PlaneIrradiance,
    glazing: WindowModel,
    shading: Shading,
    weather: StepWeather,
    azimuth: float,
    tilt: float = 90.0,
) -> WindowLight:
    """Sun on a window [W/m2]: let in as beam, as diffuse light, absorbed at the outer and the inner face.

    Circumsolar light counts as beam. A movable shade takes its share of all four while it is down.
    """
    sunlit, *seen = shading.factors(weather, azimuth, tilt)
    out = np.empty((len(PANE_PARTS), len(plane.beam)))
    right = let_in(
        plane.beam,
        plane.circumsolar,
        plane.aoi,
        plane.sky_diffuse,
        plane.ground_diffuse,
        sunlit,
        (float(seen[0]), float(seen[1])),
        (float(shading.threshold), float(shading.movable)),
        *cubics(glazing),
        (
            float(glazing.transmittance_diffuse),
            float(glazing.absorbed_outer_diffuse),
            float(glazing.absorbed_inner_diffuse),
        ),
        out,
    )
    if not right:
        raise ValueError("angles of incidence run from 0 to 180 degrees")
    return out[0], out[1], out[2], out[3]
