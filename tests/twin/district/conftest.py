"""A small district that several tests march or look at."""

from __future__ import annotations

import pytest

from twin.crew import Alone
from twin.district.year import DistrictYear, march_district
from twin.project import Loaded
from written_district import written

PROJECT = """\
schema: 1
name: quarter
timestep: 60 min
district:
  table: b.csv
  kinds:
    office:
      archetype: office
      zoning: by_use
      pv: [{name: roof, capacity: 200 kWp}]
      ev: {chargers: 4, power: 7 kW, vehicles_per_day: 6}
    home: {archetype: residential, zoning: by_use}
"""
TABLE = """\
name,kind,era,floor_area,floors
O1,office,gb50189-2005,3000,5
H1,home,1980s,2400,6
O2,office,nzeb,1500,3
H2,home,gb55015-2021,5000,11
H3,home,gb50189-2015,4000,9
"""


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return written(tmp_path_factory.mktemp("district"), PROJECT, TABLE)


@pytest.fixture(scope="session")
def year(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> DistrictYear:
    return march_district(loaded, tmp_path_factory.mktemp("out") / "year", Alone(), part=2)
