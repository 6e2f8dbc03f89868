"""Figures of a climate year: what they draw is what the year holds, in both languages."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import pytest

from twin.report.climate.moist_air import comfort_zone, psychrometric_chart, share_at_ease
from twin.report.climate.quantities import QUANTITIES, limits, values_of
from twin.report.climate.sun import plane_table, planes_figure, sun_path
from twin.report.climate.wind import rose_shares, wind_rose
from twin.report.climate.year import carpet, degree_days, monthly_boxes
from twin.report.style import LANGUAGES, Language
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.sky import plane_irradiance
from weather.statistics import statistics


@pytest.fixture(scope="module")
def climate() -> ClimateYear:
    return load_weather("shanghai")


_FIGURES: dict[str, Callable[[ClimateYear, Language], go.Figure]] = {
    "carpet": lambda c, language: carpet(c, "temp_air", language),
    "months": lambda c, language: monthly_boxes(c, "ghi", language, "global"),
    "degrees": degree_days,
    "rose": wind_rose,
    "air": psychrometric_chart,
    "sun": sun_path,
    "planes": planes_figure,
}


@pytest.mark.parametrize("name", _FIGURES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_says_unit_place_and_kind_of_year(
    climate: ClimateYear, name: str, language: Language
) -> None:
    made = _FIGURES[name](climate, language)
    title, note = made.layout.meta["title"], made.layout.meta["note"]
    assert "31.39°N 121.44°E" in note or "31.39°N 121.45°E" in note
    assert ("合成典型年" if language == "zh" else "synthetic typical year") in note
    assert re.search("°C|W/m²|K·d|%|kWh/m²|小时|hours", title)
    spoken = re.search("[\u4e00-\u9fff]", f"{title}{note}")
    assert bool(spoken) == (language == "zh")


@pytest.mark.parametrize("key", QUANTITIES)
def test_every_quantity_is_whole_and_within_the_shared_range(climate: ClimateYear, key: str) -> None:
    values, one = values_of(climate, key), QUANTITIES[key]
    assert values.shape == (8760,)
    assert np.isfinite(values).all()
    assert limits(one, values, "global") == (one.low, one.high)  # Shanghai goes nowhere beyond
    assert limits(one, values, "local") == (values.min(), values.max())


def test_the_shared_scale_widens_where_a_year_goes_beyond() -> None:
    assert limits(QUANTITIES["temp_air"], np.array([-52.0, 20.0]), "global") == (-52.0, 45.0)


def test_the_carpet_has_every_hour_in_its_place(climate: ClimateYear) -> None:
    table = np.asarray(carpet(climate, "temp_air", "zh").data[0].z)
    values = values_of(climate, "temp_air")
    assert table.shape == (24, 365)
    assert table[13, 200] == pytest.approx(values[200 * 24 + 13], rel=1e-6)
    assert table.mean() == pytest.approx(statistics(climate)["annual"]["temp_air_mean_c"], rel=1e-4)


def test_boxes_leave_the_night_out_of_irradiance_only(climate: ClimateYear) -> None:
    july = monthly_boxes(climate, "ghi", "en").data[12]
    assert july.name == "Jul"
    assert july.lowerfence[0] > 0.0
    own = values_of(climate, "temp_air")[climate.data.index.month == 1]  # type: ignore[attr-defined]
    january = monthly_boxes(climate, "temp_air", "en").data[0]
    assert january.median[0] == pytest.approx(np.median(own))


def test_the_rose_holds_every_hour_and_knows_its_directions(climate: ClimateYear) -> None:
    shares, calm = rose_shares(climate)
    assert shares.sum() + calm == pytest.approx(100.0)
    east = climate.data.assign(wind_direction=90.0, wind_speed=4.0)
    shares, calm = rose_shares(dataclasses.replace(climate, data=east), "summer")
    assert (shares[2, 4], calm) == (pytest.approx(100.0), 0.0)


def test_the_comfort_zone_moves_with_clothes_and_humidity() -> None:
    summer, winter = comfort_zone(0.5, 101_300.0), comfort_zone(1.0, 101_300.0)
    assert min(summer[0]) > min(winter[0]) + 2.0
    assert 23.0 < min(summer[0]) < max(summer[0]) < 28.5
    dry_edge, wet_edge = summer[0][0], summer[0][8]
    assert wet_edge < dry_edge  # moister air feels warmer


def test_hours_at_ease_are_counted(climate: ClimateYear) -> None:
    inside = climate.data.assign(temp_air=26.0, temp_dew=12.0, relative_humidity=41.7)
    assert share_at_ease(dataclasses.replace(climate, data=inside))[0.5] == pytest.approx(100.0)
    assert share_at_ease(climate)[0.5] < 10.0


def test_planes_are_those_of_the_sky_and_the_best_looks_south(climate: ClimateYear) -> None:
    table = plane_table(climate)
    assert table.shape == (13, 25)
    assert np.ptp(table[0]) == 0.0  # level planes look nowhere
    assert np.array_equal(table[:, 0], table[:, -1])
    wall = plane_irradiance(climate.at_step(60), 90.0, 180.0).total.sum() / 1e3
    assert table[12, 12] == pytest.approx(wall)
    tilt, azimuth = np.unravel_index(int(table.argmax()), table.shape)
    assert (15.0 <= 7.5 * tilt <= 37.5, abs(15.0 * azimuth - 180.0) <= 15.0) == (True, True)
