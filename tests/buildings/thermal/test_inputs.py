"""Forcing from weather: what a constant sky puts on a face and through a window, films, the long wave."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from buildings.thermal.network import assemble

from buildings.thermal.batch import ForcingTable
from buildings.thermal.films import STEFAN_BOLTZMANN, convection_inside, convection_outside, wind_at_height
from buildings.thermal.inputs import Surroundings, add_forcing, weather_table
from buildings.thermal.shading import Shading


def channels_of(engine: SimpleNamespace) -> tuple[Any, ...]:
    return assemble(engine.box((engine.CONCRETE,), window=9.0)).channels


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
    return table.values()[:-1, table.column(found[0])]


def replace(weather: Any, **changes: Any) -> Any:
    """The weather with constants or arrays in place of some columns."""
    full = {k: np.broadcast_to(np.asarray(v, float), getattr(weather, k).shape) for k, v in changes.items()}
    return dataclasses.replace(weather, **full)


def test_a_year_of_channels_is_finite(engine: SimpleNamespace, climate: Any) -> None:
    table, channels = table_of(engine, climate)
    for channel in channels:
        if channel[0] != "gain":
            assert np.isfinite(table.values()[:, table.column(channel)]).all()
    assert ("gain", "all") not in table
    for tilt, least in ((90.0, -80.0), (0.0, -150.0)):
        walls = [c for c in channels if c[0] == "sky" and c[1] == tilt]
        for wall in walls:
            mean = table.values()[:-1, table.column(wall)].mean()
            assert least < mean < 0.0
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
    through = column(table, channels, "diffuse", 90.0, 180.0)
    np.testing.assert_allclose(through, 60.0 * glass.transmittance * glass.relative_diffuse, rtol=1e-9)
    np.testing.assert_array_equal(column(table, channels, "beam", 90.0, 180.0), 0.0)


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
    expected = on_wall * glass.transmittance * glass.relative(np.array(30.0))
    np.testing.assert_allclose(column(table, channels, "beam", 90.0, 180.0), expected, rtol=1e-9)


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
    full = column(plain, channels, "beam", 90.0, 180.0)
    np.testing.assert_allclose(column(shaded, channels, "beam", 90.0, 180.0), 0.5 * full, rtol=1e-9)
    np.testing.assert_allclose(column(blind, channels, "beam", 90.0, 180.0), 0.2 * full, rtol=1e-9)
    np.testing.assert_allclose(column(idle, channels, "beam", 90.0, 180.0), full, rtol=1e-9)


def test_long_wave_to_the_sky(engine: SimpleNamespace, climate: Any) -> None:
    """A roof sees sigma (T_sky^4 - T_o^4); a wall half of the dome, of which sqrt(1/2) counts as sky."""
    calm = replace(climate, temp_air=20.0, temp_sky=5.0, wind_speed=3.0)
    table, channels = table_of(engine, calm)
    net = STEFAN_BOLTZMANN * (278.15**4 - 293.15**4)
    np.testing.assert_allclose(column(table, channels, "sky", 0.0), net, rtol=1e-9)
    walls = [c for c in channels if c[0] == "sky" and c[1] == 90.0]
    for wall in walls:
        values = table.values()[:-1, table.column(wall)]
        np.testing.assert_allclose(values, net * 0.5**1.5, rtol=1e-9)


def test_sun_counts_less_in_wind(engine: SimpleNamespace, climate: Any) -> None:
    """The sol-air ratio: flux times h_mean / h(t), films with their radiative part."""
    n = len(climate)
    speed = np.where(np.arange(n) % 2, 6.0, 1.0)
    windy = replace(climate, ghi=100.0, dhi=100.0, dni=0.0, solar_zenith=100.0, wind_speed=speed)
    table, channels = table_of(engine, windy)
    wall = column(table, channels, "solar", 90.0, 0.0)
    wind = wind_at_height(np.array([1.0, 6.0]), 10.0, "suburbs")
    film = convection_outside(wind, 90.0) + 4 * 0.9 * STEFAN_BOLTZMANN * 283.0**3
    np.testing.assert_allclose(wall[0] / wall[1], film[1] / film[0], rtol=1e-9)
    assert 60.0 / wall[0] == pytest.approx(film[0] / film.mean(), rel=1e-9)


def test_films_against_their_sources() -> None:
    """MoWiTT at 4 m/s by hand: 3.26 4^0.89 = 11.197, 3.55 4^0.617 = 8.350, natural 1.31 5^(1/3) = 2.240."""
    smooth = np.hypot(0.5 * (11.197 + 8.350), 2.240)
    assert convection_outside(np.array(4.0), 90.0, rough=False) == pytest.approx(smooth, rel=2e-4)
    assert convection_outside(np.array(4.0), 90.0) == pytest.approx(2.240 + 1.52 * (smooth - 2.240), rel=2e-4)
    # ISO 6946:2017 table C.1 for walls; open country at 10 m is the airport itself.
    assert convection_inside(90.0) == 2.5
    assert wind_at_height(np.array([3.0]), 10.0, "country")[0] == pytest.approx(3.0, rel=1e-12)
    assert (
        wind_at_height(np.array([3.0]), 10.0, "city")[0] < wind_at_height(np.array([3.0]), 10.0, "suburbs")[0]
    )


def test_weather_table_carries_dry_air(climate: Any) -> None:
    """Density of dry air by the ideal-gas law; at 20 degC, 8 g/kg and 101,325 Pa it is 1.189 kg/m3."""
    weather = replace(climate, temp_air=20.0, humidity_ratio=0.008, pressure=101325.0)
    table = weather_table(weather)
    assert table.shape == (len(climate) + 1, 3)
    expected = 101325.0 / (287.055 * 293.15 * (1.0 + 0.008 / 0.62198))
    np.testing.assert_allclose(table[:, 2], expected, rtol=1e-4)
    assert expected == pytest.approx(1.189, abs=1e-3)
