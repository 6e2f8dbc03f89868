"""The heat island as an offset by data: what the sources say, the same vapour, once and only in Shanghai."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from weather import psychrometrics
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.heat_island import SEASONS, DensityZone, heat_island_data, heat_island_offset, with_heat_island


def test_zones_are_those_of_the_data() -> None:
    assert list(get_args(DensityZone)) == list(heat_island_data()["zones"]["classes"])
    shares = [zone["share"] for zone in heat_island_data()["zones"]["classes"].values()]
    assert 0.0 < min(shares) < max(shares) == 1.0


def test_the_city_has_the_published_figures(shanghai: ClimateYear) -> None:
    """Mean of the year and the winter, at dawn and in the afternoon of the weeks about the festival."""
    index = pd.DatetimeIndex(shanghai.data.index)
    offset = pd.Series(heat_island_offset(index, "compact_high_rise"), index)
    assert offset.mean() == pytest.approx(1.17, rel=0.01)
    festival = offset["2025-01-08":"2025-01-22"]  # type: ignore[misc]
    assert festival.mean() == pytest.approx(1.01, rel=0.03)
    by_hour = festival.groupby(festival.index.hour).mean()
    assert by_hour[6] == pytest.approx(1.68, rel=0.03)
    assert by_hour[14] == pytest.approx(0.51, rel=0.03)
    assert by_hour.idxmax() == 6
    assert by_hour.idxmin() == 14
    months = offset.groupby(index.month).mean()
    assert months.idxmax() in (9, 10, 11)
    assert months.idxmin() in (7, 1)
    data = heat_island_data()["seasons"]
    assert np.mean([data[name]["value"] for name in SEASONS]) == pytest.approx(1.17)


def test_open_quarters_have_their_share(shanghai: ClimateYear) -> None:
    index = pd.DatetimeIndex(shanghai.data.index)
    city, open_one = (heat_island_offset(index, zone) for zone in ("compact_mid_rise", "open_mid_rise"))
    np.testing.assert_allclose(open_one, 0.65 * city)


def test_the_vapour_stays_and_relative_humidity_falls(shanghai: ClimateYear) -> None:
    warmer = with_heat_island(shanghai, "open_high_rise")
    before, after = shanghai.data, warmer.data
    for name in set(before) - {"temp_air", "relative_humidity"}:
        pd.testing.assert_series_equal(before[name], after[name])
    assert np.all(after["temp_air"] > before["temp_air"])
    ratio = psychrometrics.humidity_ratio_from_dew_point(before["temp_dew"], before["pressure"])
    humid = psychrometrics.relative_humidity(after["temp_air"], ratio, after["pressure"])
    np.testing.assert_allclose(after["relative_humidity"], humid, rtol=1e-3)
    assert np.all(after["relative_humidity"] < before["relative_humidity"])
    at_step = warmer.at_step(60), shanghai.at_step(60)
    np.testing.assert_array_equal(at_step[0].humidity_ratio, at_step[1].humidity_ratio)


def test_it_is_told_and_laid_on_once(shanghai: ClimateYear) -> None:
    warmer = with_heat_island(shanghai, "compact_mid_rise")
    assert warmer.digest != shanghai.digest
    assert warmer.heat_island is not None
    assert warmer.heat_island.mean == pytest.approx(1.17, rel=0.01)
    assert "heat island of compact mid-rise (+1.17 K)" in warmer.name
    assert warmer.with_year(2023).heat_island == warmer.heat_island
    with pytest.raises(TwinError, match="already"):
        with_heat_island(warmer, "sparse")


def test_other_places_and_zones_are_refused(shanghai: ClimateYear) -> None:
    with pytest.raises(TwinError, match="km away"):
        with_heat_island(replace(shanghai, latitude=39.9, longitude=116.4), "sparse")
    with pytest.raises(TwinError, match="no local climate zone"):
        with_heat_island(shanghai, "downtown")
