"""What merging zones by use does to a year, against the same building with its sides apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from buildings.description.loading import parse_project
from twin.clock import march
from twin.plant import prepare
from twin.power_columns import COOLING, GRID_IMPORT, HEATING
from weather import ClimateYear, load_weather


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai", seed=0, year=2025)


def year(climate: ClimateYear, archetype: str, era: str, zoning: str) -> np.ndarray:
    plant = prepare(
        parse_project(f"""
schema: 1
name: {archetype}
timestep: 60 min
buildings:
  - {{name: b, archetype: {archetype}, era: {era}, floor_area: 8000 m2, floors: 6, zoning: {zoning},
     hvac: {{type: vrf}}}}
"""),
        climate,
    )
    return march(plant).buildings[:, 0]


@pytest.mark.long
@pytest.mark.parametrize(
    ("archetype", "era"),
    [
        ("office", "gb50189-2005"),
        ("hotel", "1980s"),
        ("retail", "gb55015-2021"),
        ("school_teaching", "gb50189-2005"),
        ("hospital_inpatient", "gb50189-2015"),
        ("residential", "1980s"),
    ],
)
def test_a_year_of_merged_zones(
    climate: ClimateYear, archetype: str, era: str, figure: Callable[[str], None]
) -> None:
    apart, merged = (year(climate, archetype, era, zoning) for zoning in ("perimeter_core", "by_use"))
    columns = {"cooling": COOLING, "heating": HEATING, "from the grid": GRID_IMPORT}
    off = {name: merged[:, c].sum() / apart[:, c].sum() - 1.0 for name, c in columns.items()}
    peak = merged[:, GRID_IMPORT].max() / apart[:, GRID_IMPORT].max() - 1.0
    figure(
        f"{archetype}, {era}, one zone per use: "
        + ", ".join(f"{name} {100.0 * value:+.1f} %" for name, value in off.items())
        + f", peak {100.0 * peak:+.1f} %"
    )
    assert off["from the grid"] == pytest.approx(0.0, abs=0.03)
    assert peak == pytest.approx(0.0, abs=0.04)
    share = apart[:, columns["heating"]].sum() / apart[:, GRID_IMPORT].sum()
    assert off["cooling"] == pytest.approx(0.0, abs=0.06)
    assert off["heating"] * share == pytest.approx(0.0, abs=0.01)
