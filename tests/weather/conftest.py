"""The built-in year and an EPW text of it, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from weather.climate_year import ClimateYear
from weather.epw import write_epw
from weather.shanghai import generate


@pytest.fixture(scope="session")
def shanghai() -> ClimateYear:
    return generate()


@pytest.fixture(scope="session")
def epw_text(shanghai: ClimateYear, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = write_epw(shanghai, tmp_path_factory.mktemp("epw") / "shanghai.epw")
    return path.read_text(encoding="utf-8")


@pytest.fixture
def epw_lines(epw_text: str) -> list[str]:
    """Lines of a sound file, to be damaged by a test."""
    return epw_text.splitlines()


@pytest.fixture(scope="session")
def real_files() -> list[Path]:
    """EPW files of the reference folder where this machine has one (none elsewhere)."""
    return sorted(Path(__file__).resolve().parents[3].glob("shared/reference/weather/*.epw"))
