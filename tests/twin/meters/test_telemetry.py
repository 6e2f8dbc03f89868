"""Intervals from a network: the publisher's own payloads are understood, hostile ones are not believed."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.links.mqtt.states import Series, payloads_of
from twin.meters.telemetry import interval_of
from weather.errors import TwinError

GOOD = {
    "start": "2025-07-01T10:00:00+08:00",
    "end": "2025-07-01T10:01:00+08:00",
    "values": {
        "grid_import_kw": {"value": 120000.0, "unit": "W"},
        "office north/zone air temp sensor": {"value": 26.5, "unit": "degC"},
        "battery_soc": {"value": 0.5, "unit": "pu"},
    },
}


def test_values_come_in_the_units_of_their_points() -> None:
    found = interval_of(json.dumps(GOOD))
    assert found.values == {
        "grid_import_kw": pytest.approx(120.0),
        "office north/temp_air_c": 26.5,
        "battery_soc": 0.5,
    }
    assert found.left_out == ()
    assert found.start == pd.Timestamp("2025-07-01 02:00", tz="UTC")
    assert found.end - found.start == pd.Timedelta("1min")


def test_what_our_publisher_says_is_understood() -> None:
    index = pd.date_range("2025-07-01", periods=2, freq="15min", tz="Asia/Shanghai")
    table = pd.DataFrame({"net_import_kw": [1.5, 2.5], "grid_import_kw": [1.5, 2.5]}, index)
    for payload in payloads_of(Series(table, {"net_import_kw": "kW", "grid_import_kw": "kW"}), 1).values():
        found = interval_of(payload)
        assert found.values == {"net_import_kw": 2.5, "grid_import_kw": 2.5}
        assert found.start == index[1]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("grid_import_kw", {"value": -5.0, "unit": "kW"}),
        ("grid_import_kw", {"value": 5.0, "unit": "degC"}),
        ("grid_import_kw", {"value": True, "unit": "kW"}),
        ("grid_import_kw", {"value": "5", "unit": "kW"}),
        ("grid_import_kw", 5.0),
        ("temp_air_c", {"value": 20.0, "unit": "degC"}),
        ("north/temp_air_c", {"value": 400.0, "unit": "degC"}),
        ("north/grid_import_kw", {"value": 5.0, "unit": "kW"}),
        ("secret", {"value": 1.0}),
    ],
)
def test_what_no_such_point_can_say_is_left_out_by_name(name: str, said: object) -> None:
    found = interval_of(json.dumps({**GOOD, "values": {name: said}}))
    assert found.values == {}
    assert found.left_out == (name,)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\xfe", "[]", "{}", '{"values": []}', "[" * 60_000, "x" * 70_000,
        json.dumps({**GOOD, "start": "2025-07-01T10:00"}), json.dumps({**GOOD, "start": 5}),
        json.dumps({**GOOD, "end": "2025-07-01T09:00:00+08:00"}), json.dumps({**GOOD, "end": None}),
    ],
)  # fmt: skip
def test_what_is_no_interval_is_refused(payload: bytes | str) -> None:
    with pytest.raises(TwinError):
        interval_of(payload)


@settings(max_examples=50)
@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nothing_from_the_network_breaks_the_door(payload: bytes | str) -> None:
    with pytest.raises(TwinError):
        interval_of(payload)
