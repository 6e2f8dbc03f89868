"""Forcing from weather: what a constant sky puts on a face and through a window, films, the long wave."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from buildings.thermal.batch import ForcingTable
from buildings.thermal.enclosure import TEMP_GROUND, TEMP_OUTDOORS
from buildings.thermal.films import forced_convection, wind_at_height
from buildings.thermal.inputs import Surroundings, add_forcing, through_window, weather_table
from buildings.thermal.rooms import rooms
from buildings.thermal.shading import Shading


def channels_of(engine: SimpleNamespace) -> tuple[Any, ...]:
    (room,) = rooms(engine.box((engine.CONCRETE,), window=9.0), 900.0)
    found = [channel for face in room.faces for channel in face.series]
    found += [channel for pane in room.panes for channel in pane.series]
    return (*dict.fromkeys(found), ("gain", "all"))


def table_of(engine: SimpleNamespace, weather: Any, **options: Any) -> tuple[ForcingTable, tuple[Any, ...]]:
    table = ForcingTable(len(weather))
    channels = channels_of(engine)
    add_forcing(
        table,
        channels,
        weather,
        around=options.pop("around", Surroundings()),
        temp_ground=np.full(len(weather), 17.0),
        glazings={engine.GLASS.name: engine.GLASS},
        shadings={"none": options.pop("shading", Shading())},
    )
    return table, channels


def column(table: ForcingTable, channels: tuple[Any, ...], kind: str, *start: float) -> np.ndarray:
    found = [c for c in channels if c[0] == kind and c[1 : 1 + len(start)] == start]
    assert len(found) == 1, found
    return np.asarray(table.series(found[0]))


def light(table: ForcingTable, channels: tuple[Any, ...], part: str) -> np.ndarray:
    """One part of what the window in the south lets in."""
    found = [c for c in channels if c[:4] == ("pane", part, 90.0, 180.0)]
    assert len(found) == 1, found
    return np.asarray(table.series(found[0]))


def replace(weather: Any, **changes: Any) -> Any:
    """The weather with constants or arrays in place of some columns."""
    full = {k: np.broadcast_to(np.asarray(v, float), getattr(weather, k).shape) for k, v in changes.items()}
    return dataclasses.replace(weather, **full)


def test_a_year_of_channels_is_finite(engine: SimpleNamespace, climate: Any) -> None:
    table, channels = table_of(engine, climate)
    assert table.values().shape[0] == len(climate)
    for channel in channels:
        if channel[0] != "gain":
            assert np.isfinite(table.series(channel)).all()
    assert ("gain", "all") not in table
    means = 0.5 * (climate.temp_air[1:] + climate.temp_air[:-1])
    np.testing.assert_array_equal(table.series(TEMP_OUTDOORS), means)
    np.testing.assert_array_equal(table.series(TEMP_GROUND), 17.0)
    # South glass gets more beam than north walls would; east and west get the same sun over a year of sines.
    solar = {
        c[2]: column(table, channels, "solar", 90.0, c[2])
        for c in channels
        if c[0] == "solar" and c[1] == 90.0
    }
    assert solar[180.0].mean() > solar[90.0].mean() > solar[0.0].mean()
    assert solar[90.0].mean() == pytest.approx(solar[270.0].mean(), rel=0.03)


def test_isotropic_light_on_a_wall_and_through_glass(engine: SimpleNamespace, climate: Any) -> None:
    """Twilight without a sun: 100 W/m2 from an even sky, 20 % back from the ground."""
    night = replace(climate, ghi=100.0, dhi=100.0, dni=0.0, solar_zenith=100.0, wind_speed=3.0)
    table, channels = table_of(engine, night)
    wall = column(table, channels, "solar", 90.0, 0.0)
    np.testing.assert_allclose(wall, 50.0 + 0.2 * 50.0, rtol=1e-9)
    np.testing.assert_allclose(column(table, channels, "solar", 0.0), 100.0, rtol=1e-9)
    glass = engine.GLASS
    through = light(table, channels, "diffuse")
    np.testing.assert_allclose(through, 60.0 * glass.transmittance_diffuse, rtol=1e-9)
    for part, share in (
        ("heat_out", glass.absorbed_outer_diffuse),
        ("heat_in", glass.absorbed_inner_diffuse),
    ):
        np.testing.assert_allclose(light(table, channels, part), 60.0 * share, rtol=1e-9)
    np.testing.assert_array_equal(light(table, channels, "beam"), 0.0)


def test_beam_at_a_known_angle(engine: SimpleNamespace, climate: Any) -> None:
    """Sun due south at 30 degrees of altitude, no sky: cos 30 of the beam at 30 degrees of incidence."""
    sun = replace(
        climate, dni=800.0, dhi=0.0, ghi=800.0 * 0.5, solar_zenith=60.0, solar_azimuth=180.0, wind_speed=3.0
    )
    table, channels = table_of(engine, sun, around=Surroundings(ground_reflectance=0.0))
    on_wall = 800.0 * np.cos(np.radians(30.0))
    np.testing.assert_allclose(column(table, channels, "solar", 90.0, 180.0), on_wall, rtol=1e-9)
    np.testing.assert_allclose(column(table, channels, "solar", 90.0, 0.0), 0.0, atol=1e-9)
    glass = engine.GLASS
    tau, outer, inner = glass.at(30.0)
    for part, share in (("beam", tau), ("heat_out", outer), ("heat_in", inner)):
        np.testing.assert_allclose(light(table, channels, part), on_wall * share, rtol=1e-9)
    np.testing.assert_array_equal(light(table, channels, "diffuse"), 0.0)
    # Nothing is made: with what it reflects it is one.
    assert tau + outer + inner < 1.0


def test_shades_take_their_share(engine: SimpleNamespace, climate: Any) -> None:
    """Sun at 45 degrees: an overhang of 0.5 m shades half of a window 1 m tall; a blind takes the rest."""
    sun = replace(
        climate, dni=800.0, dhi=0.0, ghi=800.0 * np.sqrt(0.5), solar_zenith=45.0, solar_azimuth=180.0
    )
    bare = Surroundings(ground_reflectance=0.0)
    plain, channels = table_of(engine, sun, around=bare)
    shaded, _ = table_of(engine, sun, around=bare, shading=Shading(height=1.0, overhang_depth=0.5))
    blind, _ = table_of(engine, sun, around=bare, shading=Shading(movable=0.2, threshold=300.0))
    idle, _ = table_of(engine, sun, around=bare, shading=Shading(movable=0.2, threshold=900.0))
    full = light(plain, channels, "beam")
    np.testing.assert_allclose(light(shaded, channels, "beam"), 0.5 * full, rtol=1e-9)
    np.testing.assert_allclose(light(blind, channels, "beam"), 0.2 * full, rtol=1e-9)
    np.testing.assert_allclose(light(idle, channels, "beam"), full, rtol=1e-9)


def test_forced_films_follow_the_wind(engine: SimpleNamespace, climate: Any) -> None:
    """Each face its own series: wind at its height over the terrain, windward or leeward of it."""
    windy = replace(climate, wind_speed=5.0, wind_direction=0.0)
    table, channels = table_of(engine, windy, around=Surroundings(terrain="city"))
    speed = wind_at_height(np.array([5.0]), 10.0, "city")
    for azimuth in (0.0, 90.0, 180.0, 270.0):
        expected = forced_convection(speed, np.zeros(1), 90.0, azimuth)[0]
        walls = [c for c in channels if c[:3] == ("forced", 90.0, azimuth)]
        assert walls
        for wall in walls:
            np.testing.assert_allclose(table.series(wall), expected, rtol=1e-12)
    north, south = (column(table, channels, "forced", 90.0, a)[0] for a in (0.0, 180.0))
    assert north > south


def test_circumsolar_light_passes_glass_as_beam(engine: SimpleNamespace, climate: Any) -> None:
    """The sum of what a window meets is what a wall beside it meets, whatever way the sky is split."""
    from weather.sky import plane_irradiance

    plane = plane_irradiance(climate, 90.0, 180.0, 0.2)
    clear = dataclasses.replace(
        engine.GLASS, transmittance=np.ones_like(engine.GLASS.angles), transmittance_diffuse=1.0
    )
    beam, diffuse, _, _ = through_window(plane, clear, Shading(), climate, 180.0)
    up = plane.aoi < 90.0
    np.testing.assert_allclose((beam + diffuse)[up], plane.total[up], rtol=1e-9, atol=1e-9)
    assert plane.circumsolar.max() > 10.0
    np.testing.assert_allclose(beam[up], (plane.beam + plane.circumsolar)[up], rtol=1e-9, atol=1e-9)


def test_one_pass_through_a_window_is_that_by_parts(engine: SimpleNamespace, climate: Any) -> None:
    """Beam by its angle, sky and ground by fixed shares, fins, a shade that comes down: to the last digit."""
    from buildings.thermal.inputs import on_window
    from weather.sky import plane_irradiance

    plane = plane_irradiance(climate, 90.0, 250.0, 0.2)
    shading = Shading(width=3.0, height=2.0, fin_depth=0.5, movable=0.4, threshold=150.0)
    beam, sky, ground = on_window(plane, shading, climate, 250.0)
    down = np.where(beam + sky + ground > 150.0, 0.4, 1.0)
    assert 0.05 < (down < 1.0).mean() < 0.6
    beam, diffuse = beam * down, (sky + ground) * down
    tau, outer, inner = engine.GLASS.at(plane.aoi)
    expected = (
        beam * tau,
        diffuse * engine.GLASS.transmittance_diffuse,
        beam * outer + diffuse * engine.GLASS.absorbed_outer_diffuse,
        beam * inner + diffuse * engine.GLASS.absorbed_inner_diffuse,
    )
    for part, wanted in zip(
        through_window(plane, engine.GLASS, shading, climate, 250.0), expected, strict=True
    ):
        np.testing.assert_array_equal(part, wanted)
    turned = dataclasses.replace(plane, aoi=plane.aoi - 91.0)
    with pytest.raises(ValueError, match="0 to 180"):
        through_window(turned, engine.GLASS, shading, climate, 250.0)


def test_weather_table_carries_dry_air(climate: Any) -> None:
    """Density of dry air by the ideal-gas law; at 20 degC, 8 g/kg and 101,325 Pa it is 1.189 kg/m3."""
    weather = replace(climate, temp_air=20.0, humidity_ratio=0.008, pressure=101325.0)
    table = weather_table(weather)
    assert table.shape == (len(climate) + 1, 4)
    expected = 101325.0 / (287.055 * 293.15 * (1.0 + 0.008 / 0.62198))
    np.testing.assert_allclose(table[:, 2], expected, rtol=1e-4)
    assert expected == pytest.approx(1.189, abs=1e-3)
    np.testing.assert_array_equal(table[:-1, 3], weather.temp_sky)
