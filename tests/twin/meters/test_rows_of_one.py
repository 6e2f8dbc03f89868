"""One table that holds many meters or stations: rows of one of them are read."""

from __future__ import annotations

import pandas as pd
import pytest

from measured_files import Door
from weather.errors import TwinError

TIMES = pd.date_range("2025-03-01", periods=48, freq="h")
READINGS = [{"column": "t", "point": "temp_air", "unit": "degC"}]


def table() -> list[str]:
    rows = ["time,site,t,kmh"]
    for k, time in enumerate(TIMES):
        rows += [
            f"{time:%Y-%m-%d %H:%M},{site},{base + 0.1 * k:.1f},36" for site, base in (("A", 0), ("B", 20))
        ]
    return rows


def write_rows(door: Door, rows: dict[str, str], readings: list[dict[str, object]]) -> pd.DataFrame:
    lines = table()
    content = door(lines, readings, rows=rows)
    return content.table


def test_rows_of_one_station_are_read(door: Door) -> None:
    found = write_rows(door, {"site": "B"}, READINGS)
    assert found["temp_air"].iloc[0] == pytest.approx(20.0)
    assert found["temp_air"].iloc[-1] == pytest.approx(24.7)
    assert len(found) == 48


def test_all_stations_together_contradict_one_another(door: Door) -> None:
    with pytest.raises(TwinError, match="no sound reading"):
        door(table(), READINGS)


def test_a_wind_in_kilometres_per_hour_is_turned(door: Door) -> None:
    wind: list[dict[str, object]] = [{"column": "kmh", "point": "Wind_Speed_Sensor", "unit": "km/h"}]
    assert write_rows(door, {"site": "A"}, wind)["wind_speed"].iloc[5] == pytest.approx(10.0)


def test_a_word_that_no_row_holds_is_refused(door: Door) -> None:
    with pytest.raises(TwinError, match="no row holds site: C") as caught:
        write_rows(door, {"site": "C"}, READINGS)
    assert "A, B" in caught.value.remedy
    assert "没有 site" in caught.value.told("zh")


def test_a_column_that_is_not_there_is_refused(door: Door) -> None:
    with pytest.raises(TwinError, match="no column 'place'"):
        write_rows(door, {"place": "A"}, READINGS)
