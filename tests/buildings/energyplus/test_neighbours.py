"""Sun on facades and roof among neighbours against EnergyPlus, which casts shadows of polygons each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import shapely

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.energyplus.dictionary import engine_version
from buildings.energyplus.process import run_idf
from buildings.energyplus.results import read_zone_series
from buildings.energyplus.step_epw import write_step_epw
from weather.climate_year import ClimateYear
from weather.skyline import sun_on

pytestmark = pytest.mark.long

LENGTH, DEPTH, FLOORS, STOREY = 30.0, 15.0, 5, 3.0
BLOCKS = (
    (-10.0, -45.0, 35.0, -27.5, 24.0),  # before the south, beyond a street of 20 m
    (33.0, -10.0, 50.0, 20.0, 40.0),  # a tower in the east
    (-60.0, 22.0, 10.0, 36.0, 15.0),  # a slab in the north as high as the house
    (-52.0, -30.0, -40.0, 5.0, 18.0),
)
PROJECT = """\
schema: 1
name: t
buildings:
  - name: house
    archetype: office
    era: gb55015-2021
    floor_area: {area}
    floors: {floors}
    aspect_ratio: {aspect}
    storey_height: {storey}
    zoning: by_use
    neighbours: {{outlines: "{outlines}", reflectance: 0.2}}
"""
HEAD = """\
Version,{version};
SimulationControl,No,No,No,No,Yes;
Building,t,0,City,0.04,0.4,{distribution},25,6;
ShadowCalculation,PolygonClipping,Timestep,,,,,SimpleSkyDiffuseModeling;
Timestep,4;
RunPeriod,year,1,1,2025,12,31,2025,Wednesday,No,No,No,Yes,Yes;
GlobalGeometryRules,UpperLeftCorner,CounterClockWise,World;
Site:GroundReflectance,0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2,0.2;
Material,board,Rough,0.1,0.2,600,1000,0.9,0.7,0.7;
Construction,wall,board;
Zone,room;
Output:SQLite,Simple;
"""
OUTPUTS = {
    "beam": "Surface Outside Face Incident Beam Solar Radiation Rate per Area",
    "sky": "Surface Outside Face Incident Sky Diffuse Solar Radiation Rate per Area",
    "total": "Surface Outside Face Incident Solar Radiation Rate per Area",
}
Corner = tuple[float, float, float]


def faces(west: float, south: float, east: float, north: float, top: float) -> dict[str, list[Corner]]:
    """Corners of the upright faces and the top of a box, seen from outside."""

    def upright(a: tuple[float, float], b: tuple[float, float]) -> list[Corner]:
        return [(*a, top), (*a, 0.0), (*b, 0.0), (*b, top)]

    return {
        "south": upright((west, south), (east, south)),
        "east": upright((east, south), (east, north)),
        "north": upright((east, north), (west, north)),
        "west": upright((west, north), (west, south)),
        "roof": [(west, north, top), (west, south, top), (east, south, top), (east, north, top)],
    }


def written(corners: Sequence[Corner]) -> str:
    return ",".join(f"{x:g}" for corner in corners for x in corner)


def model(distribution: str) -> str:
    """The house as one room and its neighbours as detached shades."""
    text = [HEAD.format(version=engine_version(), distribution=distribution)]
    house = faces(-0.5 * LENGTH, -0.5 * DEPTH, 0.5 * LENGTH, 0.5 * DEPTH, FLOORS * STOREY)
    for name, corners in house.items():
        kind = "Roof" if name == "roof" else "Wall"
        text.append(
            f"BuildingSurface:Detailed,{name},{kind},wall,room,,Outdoors,,SunExposed,WindExposed,autocalculate,4,"
            f"{written(corners)};"
        )
    floor = [(x, y, 0.0) for x, y, _ in reversed(house["roof"])]
    text.append(
        "BuildingSurface:Detailed,floor,Floor,wall,room,,Adiabatic,,NoSun,NoWind,autocalculate,4,"
        f"{written(floor)};"
    )
    for i, block in enumerate(BLOCKS):
        for name, corners in faces(*block).items():
            text.append(f"Shading:Building:Detailed,s{i}{name},,4,{written(corners)};")
    text += [f"Output:Variable,*,{name},Hourly;" for name in OUTPUTS.values()]
    return "\n".join(text)


def test_sun_among_neighbours(shanghai: ClimateYear, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """A year of sun on each face: beam and sky by themselves, and all of it with what neighbours reflect."""
    outlines = shapely.MultiPolygon([shapely.force_3d(shapely.box(*b[:4]), b[4]) for b in BLOCKS]).wkt
    text = PROJECT.format(
        area=FLOORS * LENGTH * DEPTH, floors=FLOORS, aspect=LENGTH / DEPTH, storey=STOREY, outlines=outlines
    )
    standing = complete(parse_project(text).buildings[0]).standing
    assert standing is not None
    weather = shanghai.at_step(15)
    write_step_epw(shanghai, 15, tmp_path / "w.epw")
    (tmp_path / "m.idf").write_text(model("FullExteriorWithReflections"), "utf-8")
    out = run_idf(tmp_path / "m.idf", tmp_path / "w.epw", tmp_path / "out")
    theirs = read_zone_series(out.sql, OUTPUTS, "hourly")
    hours = weather.dt_s / 3.6e6
    azimuths = {"south": 180.0, "east": 90.0, "north": 0.0, "west": 270.0, "roof": 0.0}
    for face, azimuth in azimuths.items():
        line = standing.roof if face == "roof" else standing.skylines[f"ground-{face}-wall"]
        tilt = 0.0 if face == "roof" else 90.0
        free, under = sun_on(weather, tilt, azimuth, 0.2), sun_on(weather, tilt, azimuth, 0.2, line)
        ours = {
            "beam": under.beam.sum() * hours,
            "sky": (under.circumsolar + under.sky_diffuse).sum() * hours,
            "total": under.total.sum() * hours,
        }
        there = {key: float(theirs[key][face.upper()].sum()) / 1e3 for key in OUTPUTS}
        figure(
            f"{face}, kWh/m2 here and in EnergyPlus: "
            + ", ".join(f"{key} {ours[key]:.0f} and {there[key]:.0f}" for key in OUTPUTS)
            + f"; {free.total.sum() * hours:.0f} without neighbours"
        )
        most = free.total.sum() * hours
        assert abs(ours["beam"] - there["beam"]) < 0.015 * most
        assert abs(ours["sky"] - there["sky"]) < 0.02 * most
        assert abs(ours["total"] - there["total"]) < 0.04 * most
