"""What a climate year promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from weather.climate_year import COLUMNS, FLUXES, STATES, ClimateYear, nominal_index, time_zone_name
from weather.errors import TwinError


def test_every_column_is_a_state_or_a_flux(shanghai: ClimateYear) -> None:
    assert set(STATES) | set(FLUXES) == set(COLUMNS) == set(shanghai.data.columns)
    assert {"ghi", "dni", "dhi", "longwave_down"} <= set(FLUXES)
    assert {"temp_air", "temp_dew", "relative_humidity", "pressure", "wind_speed"} <= set(STATES)


@pytest.mark.parametrize("year", [2023, 2024, 2000])
def test_nominal_index_has_no_leap_day(year: int) -> None:
    index = nominal_index(year, "Asia/Shanghai", 8.0)
    assert len(index) == 8760
    assert not ((index.month == 2) & (index.day == 29)).any()
    assert index[0] == pd.Timestamp(year, 1, 1, tz="Asia/Shanghai")
    assert index[-1] == pd.Timestamp(year, 12, 31, 23, tz="Asia/Shanghai")


def test_with_year_keeps_energy_and_closure(shanghai: ClimateYear) -> None:
    moved = shanghai.with_year(2028)
    assert moved.year == 2028
    assert moved.data.index[31 * 24 + 28 * 24] == pd.Timestamp("2028-03-01", tz="Asia/Shanghai")
    np.testing.assert_allclose(moved.data["ghi"].to_numpy(), shanghai.data["ghi"].to_numpy())
    assert moved.data["dni"].sum() == pytest.approx(shanghai.data["dni"].sum(), rel=5e-3)
    closure = moved.data["ghi"] - moved.data["dhi"] - moved.data["dni"] * moved.sun.cos_zenith
    assert np.abs(closure).max() < 1e-9
    assert (moved.data["dhi"] >= -1e-9).all()
    assert shanghai.with_year(2025) is shanghai


def test_digest_tells_years_apart(shanghai: ClimateYear) -> None:
    same = replace(shanghai, data=shanghai.data.copy(), repairs=("something",))
    warmer = replace(shanghai, data=shanghai.data.assign(temp_air=shanghai.data["temp_air"] + 0.01))
    assert shanghai.digest == same.digest
    assert len({shanghai.digest, warmer.digest, shanghai.with_year(2026).digest}) == 3


def test_no_year_is_refused(shanghai: ClimateYear) -> None:
    with pytest.raises(TwinError, match="no calendar year"):
        shanghai.with_year(25)


def test_holes_and_missing_columns_are_refused(shanghai: ClimateYear) -> None:
    holed = shanghai.data.copy()
    holed.iloc[5, 0] = np.nan
    with pytest.raises(TwinError, match=r"values are missing: temp_air \(1\)"):
        replace(shanghai, data=holed)
    with pytest.raises(TwinError, match="lacks ghi"):
        replace(shanghai, data=shanghai.data.drop(columns="ghi"))
    with pytest.raises(TwinError, match="8759 rows"):
        replace(shanghai, data=shanghai.data.iloc[1:])
    with pytest.raises(TwinError, match="no time zone"):
        replace(shanghai, data=shanghai.data.tz_localize(None))


def test_time_zone_names() -> None:
    assert time_zone_name(31.4, 121.4, 8.0) == "Asia/Shanghai"
    assert time_zone_name(-31.9, 115.9, 8.0) == "UTC+08:00"
    assert time_zone_name(19.1, 72.9, 5.5) == "UTC+05:30"
    assert len(nominal_index(2025, "UTC+05:30", 5.5)) == 8760
