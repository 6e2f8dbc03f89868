"""Series of Runs for the browser: bytes, descriptions, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from dashboards.app import create_app
from dashboards.series import MOST
from twin.report.weeks import extreme_week
from twin.store import Run


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[TestClient]:
    with TestClient(create_app(root), base_url="http://127.0.0.1") as found:
        yield found


def test_columns_come_one_after_another_as_little_endian_floats(client: TestClient, small_run: Run) -> None:
    (building,) = small_run.series
    keys = [f"{building}/grid_import_kw", "@weather/temp_air", f"{building}/battery_soc"]
    answer = client.get("/api/v1/runs/demo/pedf 上海/series", params={"column": keys})
    assert answer.status_code == 200
    found = np.frombuffer(answer.content, "<f4").reshape(3, -1)
    table = small_run.series[building]
    told = [table["grid_import_kw"], small_run.weather["temp_air"], table["battery_soc"]]
    for values, series in zip(found, told, strict=True):
        assert np.array_equal(values, series.to_numpy("<f4"))


def test_what_is_absent_stays_absent(client: TestClient, plain_run: Run) -> None:
    (building,) = plain_run.series
    answer = client.get("/api/v1/runs/plain/series", params={"column": [f"{building}/bus_voltage_pu"]})
    assert np.isnan(np.frombuffer(answer.content, "<f4")).all()


def test_a_run_is_described_with_its_clock_and_extremes(client: TestClient, small_run: Run) -> None:
    told = client.get("/api/v1/runs/demo/pedf 上海/columns").json()
    assert (told["steps"], told["step_s"], told["offset_s"]) == (35040, 900, 8 * 3600)
    assert told["start_s"] == small_run.weather.index[0].timestamp()
    hot = extreme_week(small_run.weather, hottest=True)
    assert told["extremes"]["week"]["hot"] == [hot.start, hot.stop]
    cold = told["extremes"]["month"]["cold"]
    assert cold[0] % 96 == 0
    assert 28 * 96 <= cold[1] - cold[0] <= 31 * 96
    (building,) = small_run.series
    assert "grid_import_kw" in told["buildings"][building]


@pytest.mark.parametrize(
    ("name", "column", "status"),
    [
        ("plain", "nobody/pv_kw", 404),
        ("nothing", "@weather/temp_air", 404),
        ("..%2f..%2fetc", "@weather/temp_air", 400),
        ("demo/..%2fplain", "@weather/temp_air", 400),
    ],
)
def test_what_is_not_there_is_told_without_paths(
    client: TestClient, root: Path, name: str, column: str, status: int
) -> None:
    answer = client.get(f"/api/v1/runs/{name}/series", params={"column": column})
    assert answer.status_code == status
    assert str(root) not in answer.text


def test_no_column_or_too_many_are_refused(client: TestClient) -> None:
    assert client.get("/api/v1/runs/plain/series").status_code == 422
    many = client.get("/api/v1/runs/plain/series", params={"column": ["@weather/temp_air"] * (MOST + 1)})
    assert many.status_code == 422
