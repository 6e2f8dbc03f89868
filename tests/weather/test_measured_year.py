"""What a station measured, laid over a year: what is taken, what follows, what stays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from weather import generate
from weather.climate_year import ClimateYear
from weather.longwave import longwave_down
from weather.measured_year import measured_year


@pytest.fixture(scope="module")
def typical() -> ClimateYear:
    return generate(0, 2025)


@pytest.fixture(scope="module")
def truth() -> ClimateYear:
    """Weather of another seed, which the station saw."""
    return generate(3, 2025)


def station(truth: ClimateYear, *columns: str) -> pd.DataFrame:
    return truth.data[list(columns)].tz_convert("UTC").copy()


def test_what_was_measured_is_taken_in_whatever_zone(typical: ClimateYear, truth: ClimateYear) -> None:
    found = measured_year(typical, station(truth, "temp_air", "temp_dew", "wind_speed", "ghi"))
    data = found.climate.data
    for name in ("temp_air", "temp_dew", "wind_speed"):
        np.testing.assert_allclose(data[name], truth.data[name], atol=1e-9)
    np.testing.assert_allclose(data["relative_humidity"], truth.data["relative_humidity"], atol=0.1)
    days = data["ghi"].to_numpy().reshape(-1, 24).mean(axis=1)
    own = truth.data["ghi"].to_numpy().reshape(-1, 24).mean(axis=1)
    assert (np.abs(days - own) < 0.01)[own > 10.0].all()
    assert found.hours == {"temp_air": 8760, "temp_dew": 8760, "wind_speed": 8760, "ghi": 8760}
    assert "temp_air 8760 h" in found.climate.source
    assert typical.digest == generate(0, 2025).digest  # the year that it was laid over is as before


def test_sun_and_sky_follow_what_was_measured(typical: ClimateYear, truth: ClimateYear) -> None:
    climate = measured_year(typical, station(truth, "temp_air", "relative_humidity", "ghi")).climate
    data, sun = climate.data, climate.sun
    np.testing.assert_allclose(data["dhi"] + data["dni"] * sun.cos_zenith, data["ghi"], atol=1e-6)
    assert (data["dni"] >= 0.0).all()
    assert data["dni"].sum() == pytest.approx(truth.data["dni"].sum(), rel=0.15)
    assert np.corrcoef(data["dni"], truth.data["dni"])[0, 1] > 0.9
    sky = longwave_down(data["temp_air"], data["temp_dew"], data["total_sky_cover"])
    np.testing.assert_allclose(data["longwave_down"], sky)
    np.testing.assert_allclose(data["temp_dew"], truth.data["temp_dew"], atol=0.3)
    assert (data["wind_speed"] == typical.data["wind_speed"]).all()


def test_short_gaps_are_bridged_and_long_ones_keep_the_year(typical: ClimateYear, truth: ClimateYear) -> None:
    own = station(truth, "temp_air", "ghi")
    own.iloc[100:106, 0] = np.nan
    own.iloc[2000:2100, 0] = np.nan
    own.iloc[4000:4024, 1] = np.nan
    noon = 24 * 200 + 12
    own.iloc[noon : noon + 2, 1] = np.nan
    data = measured_year(typical, own).climate.data
    temp = truth.data["temp_air"].to_numpy()
    np.testing.assert_allclose(data["temp_air"].iloc[100:106], np.linspace(temp[99], temp[106], 8)[1:-1])
    assert (data["temp_air"].iloc[2001:2099] == typical.data["temp_air"].iloc[2001:2099]).all()
    assert (data["temp_dew"] <= data["temp_air"] + 1e-9).all()
    sun, whole = data["ghi"].to_numpy(), truth.data["ghi"].to_numpy()
    day = slice(24 * 200, 24 * 201)
    clearness = np.delete(whole[day], [12, 13]).sum()
    assert clearness < sun[day].sum()  # the two hours at noon are not dark
    # a dawn that is brighter than space allows (0.02 W/m2) is cut
    touched = sorted({4000 // 24, 4023 // 24})
    rest = np.setdiff1d(np.arange(365), [*touched, 200])
    dull = whole.reshape(-1, 24).mean(axis=1) <= 10.0
    rest = rest[~dull[rest]]
    np.testing.assert_allclose(sun.reshape(-1, 24)[rest], whole.reshape(-1, 24)[rest], atol=0.1)


def test_a_dead_radiometer_is_no_measurement(typical: ClimateYear) -> None:
    own = pd.DataFrame({"ghi": 0.0}, index=typical.data.index)
    data = measured_year(typical, own).climate.data
    np.testing.assert_array_equal(data["ghi"], typical.data["ghi"])
    np.testing.assert_array_equal(data["dni"], typical.data["dni"])


def test_a_station_of_another_year_changes_nothing(typical: ClimateYear, truth: ClimateYear) -> None:
    own = station(truth, "temp_air").set_axis(truth.with_year(2023).data.index, axis=0)
    found = measured_year(typical, own)
    assert found.climate is typical
    assert found.hours == {}


def test_half_a_year_leaves_the_other_half(typical: ClimateYear, truth: ClimateYear) -> None:
    found = measured_year(typical, station(truth, "temp_air").iloc[:4344])
    data = found.climate.data["temp_air"]
    assert (data.iloc[:4344] == truth.data["temp_air"].iloc[:4344]).all()
    assert (data.iloc[4344:] == typical.data["temp_air"].iloc[4344:]).all()
    assert found.hours == {"temp_air": 4344}
