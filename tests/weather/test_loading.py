"""One door: names, files, and what it says to anything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import weather
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.loading import load_weather


def test_names_and_paths(epw_text: str, tmp_path: Path) -> None:
    assert load_weather("shanghai").provenance == "synthetic"
    assert load_weather("Shanghai", seed=3).seed == 3
    path = tmp_path / "some.epw"
    path.write_text(epw_text, encoding="utf-8")
    for given in (path, str(path)):
        year = load_weather(given, year=2026)
        assert year.provenance == "epw"
        assert year.year == 2026
    other = path.rename(tmp_path / "weather.txt")
    assert load_weather(other).name == "Shanghai"


@pytest.mark.parametrize(
    "name", ["shanghia", "pvgis:31.2", "pvgis:a,b", "nasa:131,121", "nasa:31,121,x", "pvgis:1,2,3"]
)
def test_what_is_no_weather_is_refused_with_the_choices(name: str) -> None:
    with pytest.raises(TwinError) as caught:
        load_weather(name)
    assert "'shanghai'" in caught.value.remedy
    assert caught.value.key == "weather"


def test_absent_file_and_odd_year() -> None:
    with pytest.raises(TwinError, match="cannot be read"):
        load_weather("nowhere.epw")
    with pytest.raises(TwinError, match="no calendar year"):
        load_weather("shanghai", year=20250)


def test_package_is_light_and_complete() -> None:
    code = (
        "import sys, weather; heavy = {'pvlib', 'pandas', 'numpy', 'scipy'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "[getattr(weather, name) for name in weather.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert weather.ClimateYear is ClimateYear
    assert set(weather.__all__) == set(dir(weather))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = weather.nonsense
