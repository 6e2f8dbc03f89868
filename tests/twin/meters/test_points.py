"""Names of points in three vocabularies."""

from __future__ import annotations

import pytest

from twin.meters.points import cleaning_limit, point_named, points
from twin.variables import VARIABLES
from weather.errors import TwinError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("grid_import_kw", "grid_import_kw"),
        ("elec meter import power sensor", "grid_import_kw"),
        ("sensor active import elec-meter", "grid_import_kw"),
        ("zone air temp sensor", "temp_air_c"),
        ("outside air temp sensor", "temp_air"),
        ("Zone_Air_Temperature_Sensor", "temp_air_c"),
        ("brick:Outside_Air_Temperature_Sensor", "temp_air"),
        ("PV_Panel Electric_Power_Sensor", "pv_kw"),
        ("brick:Chiller/brick:Electric_Power_Sensor", "cooling_kw"),
        ("Electric_Power_Sensor", "net_import_kw"),
        ("battery elec power point", "battery_kw"),
    ],
)
def test_a_point_has_names_in_haystack_and_brick(text: str, name: str) -> None:
    assert point_named(text).name == name


@pytest.mark.parametrize("text", ["zone temp air outside", "grid_import", "Zone_Air_Sensor", "", "elec"])
def test_what_is_no_point_is_refused_with_all_points(text: str) -> None:
    with pytest.raises(TwinError, match="grid_import_kw, grid_export_kw") as caught:
        point_named(text)
    assert "测点" in caught.value.told("zh")


def test_points_that_a_run_has_are_called_as_there() -> None:
    shared = [name for name in points() if name in VARIABLES]
    assert len(shared) > 15
    assert all(points()[name].en == VARIABLES[name].en for name in shared)
    assert points()["grid_import_kw"].label("zh") == VARIABLES["grid_import_kw"].zh


def test_no_word_means_two_points() -> None:
    """Each tag list and class of the data file finds the point that it stands at."""
    from twin.meters.points import _data

    for name, entry in _data()["points"].items():
        for text in (*entry["haystack"], *entry["brick"]):
            assert point_named(text).name == name, text


def test_every_limit_says_where_it_comes_from() -> None:
    from twin.meters.points import _data

    for name, entry in _data()["cleaning"].items():
        assert cleaning_limit(name) == entry["value"]
        assert {"source", "year", "confidence", "meaning", "unit"} <= set(entry)
