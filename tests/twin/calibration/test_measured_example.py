"""The measured building among the examples, with files in the form of its source that the test makes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from twin.calibration.guideline14 import figures
from twin.calibration.lived import lived_through
from twin.calibration.simulated import Shared, hourly, hours_of, march_variant, sizes_of
from twin.calibration.use_hours import with_hours_of_use
from twin.meters.measured import read_meters
from twin.project import load
from weather import generate, write_epw

HIDDEN = {"equipment_power": 1.2, "night_load": 0.4, "cooling_setpoint": -1.0}
STATION = {"airTemperature": "temp_air", "dewTemperature": "temp_dew", "windSpeed": "wind_speed"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with a meter and a station of a year that its typical year does not know."""
    folder = tmp_path_factory.mktemp("office")
    with as_file(files("twin") / "examples" / "measured" / "london_office") as there:
        for name in ("london_office.yaml", "meters.yaml"):
            shutil.copy(there / name, folder)
    # What stands in for London's typical year is another place's: times and columns are what is tried here.
    write_epw(generate(0, 2016), folder / "GBR_London.Gatwick.037760_IWEC.epw")
    loaded = load(folder / "london_office.yaml")
    lived = generate(5, 2016)
    truth = replace(loaded.climate, data=loaded.climate.data.assign(
        **{name: lived.data[name].to_numpy() for name in STATION.values()},
    ))  # fmt: skip
    project = hourly(loaded.project)
    shared = Shared(project, truth, sizes_of(project, loaded.climate), ("grid_import_kw",))
    power = march_variant(shared, HIDDEN)["series"][:, 0]
    rng = np.random.default_rng(0)
    clock = hours_of(truth, project).tz_convert("UTC").tz_localize(None)
    meter = pd.DataFrame({"timestamp": clock, "Robin_office_Serena": power * rng.normal(1, 0.04, len(power))})
    meter.assign(Panther_office_Hannah=0.0).drop(index=range(900, 940)).to_csv(
        folder / "electricity.csv", index=False
    )
    own = pd.DataFrame({column: truth.data[name].to_numpy() for column, name in STATION.items()})
    robin = own.assign(timestamp=clock, site_id="Robin", cloudCoverage=np.nan)
    other = robin.assign(site_id="Rat", airTemperature=40.0)
    pd.concat([other, robin.drop(index=range(3000, 3003))]).to_csv(folder / "weather.csv", index=False)
    return folder


def test_a_measured_building_goes_through_the_door(office: Path) -> None:
    loaded = load(office / "london_office.yaml")
    assert (loaded.project.year, loaded.project.buildings[0].floor_area) == (2016, 2833.0)
    measured = read_meters(office / "meters.yaml", longitude=loaded.climate.longitude)
    assert list(measured.table) == ["grid_import_kw", "temp_air", "temp_dew", "wind_speed"]
    assert measured.table["temp_air"].max() < 40.0  # of Robin, not of Rat
    lived, hours = lived_through(loaded, measured)
    assert hours["temp_air"] == 8760 - 3
    assert lived.climate.digest != loaded.climate.digest
    project = hourly(lived.project)
    shared = Shared(project, lived.climate, sizes_of(project, lived.climate), ("grid_import_kw",))
    times = hours_of(lived.climate, project)
    own = measured.table[["grid_import_kw"]].tz_convert(times.tz).reindex(times)
    assert own["grid_import_kw"].notna().sum() == 8760 - 40
    odd = pd.Series(times.month % 2 == 1, times)
    learnt, _ = with_hours_of_use(shared, own.where(odd.to_numpy()[:, None]))
    told = []
    for variant in (shared, replace(shared, project=learnt)):
        series = pd.Series(march_variant(variant, {})["series"][:, 0], times)
        told.append(figures(own.loc[~odd, "grid_import_kw"], series[~odd])["hourly"])
    assert not told[0]["within"]
    assert told[1]["within"], told
    assert told[1]["cv_rmse"] < 15.0
