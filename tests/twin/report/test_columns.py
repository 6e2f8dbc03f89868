"""Single series of a Run by their keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.report.columns import ALL, column, columns_of
from twin.report.reading import table_of
from twin.store import Run
from weather.errors import TwinError


def test_columns_are_those_of_the_tables(small_run: Run) -> None:
    (building,) = small_run.series
    zone = small_run.zones[building].columns.unique(0)[0]
    for key, values in (
        (f"{building}/pv_kw", small_run.series[building]["pv_kw"]),
        (f"{building}/{zone}/temp_air_c", small_run.zones[building][zone, "temp_air_c"]),
        ("@weather/temp_air", small_run.weather["temp_air"]),
    ):
        known, found = column(small_run, key)
        assert known.name == key.rpartition("/")[2]
        assert np.array_equal(found, values.to_numpy(float), equal_nan=True)


def test_what_a_run_holds_is_told_and_can_be_read(small_run: Run) -> None:
    held = columns_of(small_run)
    (building,) = small_run.series
    assert list(held.buildings) == [building]
    assert "battery_soc" in held.buildings[building]
    keys = [f"{building}/{name}" for name in held.buildings[building]]
    keys += [f"{building}/{zone}/{name}" for zone in held.zones[building] for name in held.of_zones]
    keys += [f"@weather/{name}" for name in held.weather]
    assert len(keys) > 40
    for key in keys:
        assert len(column(small_run, key)[1]) == len(small_run.weather), key


def test_what_holds_nothing_is_not_offered_and_keeps_its_gaps(plain_run: Run) -> None:
    (building,) = plain_run.series
    assert "battery_soc" not in columns_of(plain_run).buildings[building]
    assert np.isnan(column(plain_run, f"{building}/battery_soc")[1]).all()


def test_several_buildings_stand_together_first(plain_run: Run) -> None:
    (building,) = plain_run.series
    both = replace(
        plain_run, series={building: plain_run.series[building], "二号楼": plain_run.series[building]}
    )
    assert list(columns_of(both).buildings) == [ALL, building, "二号楼"]
    found = column(both, "@all/grid_import_kw")[1]
    assert np.allclose(found, 2.0 * table_of(both, building)["grid_import_kw"])
    assert "bus_voltage_pu" not in columns_of(both).buildings[ALL]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "nobody/pv_kw",
        "@all/nothing",
        "@weather/pv_kw",
        "@weather/zone/temp_air",
        "@all/temp_air_c",
        "pv_kw",
    ],
)
def test_other_keys_are_refused(small_run: Run, key: str) -> None:
    with pytest.raises(TwinError, match="no column"):
        column(small_run, key)
