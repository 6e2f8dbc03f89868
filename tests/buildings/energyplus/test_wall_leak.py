"""EnergyPlus' walls in boxes that nothing enters: what they make or lose is the engine's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildings.energyplus.dictionary import engine_version
from buildings.energyplus.wall_leak import MOST_LEAK, finest_steps
from weather import load_weather
from weather.epw_writer import write_epw

CARPETED = """
Material:NoMass,Carpet,Rough,0.2165,0.9,0.7,0.7;
Material,Concrete,Rough,0.2032,1.311,2240.0,836.8,0.9,0.7,0.7;
Construction,Storey,Concrete,Carpet;
"""
BOARD = """
Material,Board,Smooth,0.0127,0.16,784.9,830.0,0.9,0.7,0.7;
Construction,Partition,Board,Board;
Construction,Between,Board;
"""


@pytest.fixture(scope="module")
def epw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_epw(load_weather("shanghai"), tmp_path_factory.mktemp("weather") / "weather.epw")


def _model(folder: Path, text: str) -> Path:
    path = folder / "model.idf"
    path.write_text(f"Version,{engine_version()};\n{text}")
    return path


def test_light_walls_stand_short_steps(tmp_path: Path, epw: Path) -> None:
    found = finest_steps(_model(tmp_path, BOARD), epw, tmp_path, (60, 12, 4))
    assert found.steps_per_hour == 60
    assert found.leak < 1e-4


def test_carpet_over_heavy_concrete_does_not(tmp_path: Path, epw: Path) -> None:
    """What moved the cooling of a whole storey: steps of 10 min are refused, and by how much is told."""
    found = finest_steps(_model(tmp_path, CARPETED), epw, tmp_path, (6, 4))
    assert found.steps_per_hour == 4
    assert MOST_LEAK < found.leak < 0.1


def test_a_model_without_walls_stands_any_step(tmp_path: Path, epw: Path) -> None:
    found = finest_steps(_model(tmp_path, ""), epw, tmp_path, (12, 4))
    assert (found.steps_per_hour, found.leak, found.cpu_s) == (12, 0.0, 0.0)
