"""EnergyPlus opens our EPW and reads the same sun and air."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from weather.climate_year import ClimateYear
from weather.epw import write_epw

BOX = """
Version,{version};
Timestep,1;
Building,Box,0,Suburbs,0.04,0.4,FullExterior,25,6;
GlobalGeometryRules,UpperLeftCorner,CounterClockWise,World;
SimulationControl,No,No,No,No,Yes;
RunPeriod,Year,1,1,2025,12,31,2025,Wednesday,No,No,No,Yes,Yes;
Material,Board,Rough,0.1,0.5,800,1000;
Construction,Shell,Board;
Zone,Room,0,0,0,0,1,1;
BuildingSurface:Detailed,Floor,Floor,Shell,Room,,Adiabatic,,NoSun,NoWind,,4,0,5,0,5,5,0,5,0,0,0,0,0;
BuildingSurface:Detailed,Roof,Roof,Shell,Room,,Outdoors,,SunExposed,WindExposed,,4,0,0,3,5,0,3,5,5,3,0,5,3;
BuildingSurface:Detailed,South,Wall,Shell,Room,,Outdoors,,SunExposed,WindExposed,,4,0,0,3,0,0,0,5,0,0,5,0,3;
BuildingSurface:Detailed,East,Wall,Shell,Room,,Outdoors,,SunExposed,WindExposed,,4,5,0,3,5,0,0,5,5,0,5,5,3;
BuildingSurface:Detailed,North,Wall,Shell,Room,,Outdoors,,SunExposed,WindExposed,,4,5,5,3,5,5,0,0,5,0,0,5,3;
BuildingSurface:Detailed,West,Wall,Shell,Room,,Outdoors,,SunExposed,WindExposed,,4,0,5,3,0,5,0,0,0,0,0,0,3;
Output:Variable,*,Site Outdoor Air Drybulb Temperature,Hourly;
Output:Variable,*,Site Outdoor Air Dewpoint Temperature,Hourly;
Output:Variable,*,Site Direct Solar Radiation Rate per Area,Hourly;
Output:Variable,*,Site Diffuse Solar Radiation Rate per Area,Hourly;
Output:Variable,*,Site Horizontal Infrared Radiation Rate per Area,Hourly;
Output:Diagnostics,DisplayWeatherMissingDataWarnings;
"""

RUN = """
import json, sys
from pyenergyplus.api import EnergyPlusAPI
api = EnergyPlusAPI()
state = api.state_manager.new_state()
api.runtime.set_console_output_status(state, False)
folder, weather = sys.argv[1:3]
code = api.runtime.run_energyplus(state, ["-d", folder, "-w", weather, folder + "/in.idf"])
print(json.dumps({"code": code}))
"""


def series(folder: Path) -> dict[str, np.ndarray]:
    """Hourly series of an .eso file by variable."""
    names: dict[str, str] = {}
    values: dict[str, list[float]] = {}
    lines = (folder / "eplusout.eso").read_text(encoding="utf-8").splitlines()
    end = lines.index("End of Data Dictionary")
    for line in lines[:end]:
        fields = line.split(",", 3)
        if len(fields) == 4 and "!Hourly" in fields[3]:
            names[fields[0]] = fields[3].split(" [")[0]
    for line in lines[end + 1 :]:
        number, _, value = line.partition(",")
        if number in names:
            values.setdefault(names[number], []).append(float(value))
    return {name: np.array(column) for name, column in values.items()}


@pytest.mark.long
def test_energyplus_reads_the_same_sun_and_air(shanghai: ClimateYear, tmp_path: Path) -> None:
    weather = write_epw(shanghai, tmp_path / "shanghai.epw")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "in.idf").write_text(BOX.format(version="25.2"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder), str(weather)], capture_output=True, text=True, check=False
    )
    report = (folder / "eplusout.err").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stderr + report
    assert json.loads(done.stdout.strip().splitlines()[-1])["code"] == 0, report
    assert "** Severe" not in report, report
    assert "**  Fatal" not in report, report
    # Rain and snow are not part of a climate year; nothing else may be missing.
    missing = {line.split('"')[1] for line in report.splitlines() if 'Missing "' in line}
    assert missing == {"Snow Depth", "Liquid Precipitation Depth"}
    read = series(folder)
    data = shanghai.data
    np.testing.assert_allclose(
        read["Site Outdoor Air Drybulb Temperature"], np.roll(data["temp_air"], -1), atol=0.006
    )
    np.testing.assert_allclose(
        read["Site Outdoor Air Dewpoint Temperature"], np.roll(data["temp_dew"], -1), atol=0.15
    )
    np.testing.assert_allclose(
        read["Site Horizontal Infrared Radiation Rate per Area"], data["longwave_down"], atol=0.06
    )
    direct = read["Site Direct Solar Radiation Rate per Area"]
    diffuse = read["Site Diffuse Solar Radiation Rate per Area"]
    # EnergyPlus gives no light to an hour in whose middle its sun is down: slivers at the edge of the day.
    sliver = (shanghai.sun.fraction_up < 0.6) & (diffuse == 0.0)
    np.testing.assert_allclose(direct[~sliver], data["dni"].to_numpy()[~sliver], atol=0.06)
    np.testing.assert_allclose(diffuse[~sliver], data["dhi"].to_numpy()[~sliver], atol=0.11)
    assert data["ghi"].to_numpy()[sliver].max() < 25.0
    ghi = diffuse + direct * shanghai.sun.cos_zenith
    assert ghi.sum() == pytest.approx(data["ghi"].sum(), rel=2e-3)
