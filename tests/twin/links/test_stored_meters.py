"""Meters of Runs, districts and files, by quarter-hours."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from runs import a_run
from twin.links.stored_meters import StoredMeters
from twin.store import RunStore
from weather.errors import TwinError

HEAD = "time,kw\n"


def rows(start: str, values: list[Any], minutes: int = 15) -> str:
    times = pd.date_range(start, periods=len(values), freq=f"{minutes}min")
    return "".join(f"{t.isoformat()},{v}\n" for t, v in zip(times, values, strict=True))


def test_a_run_is_read_by_buildings_and_by_quarter_hours(tmp_path: Path) -> None:
    for minutes in (15, 5):
        run = a_run(buildings=("office", "塔楼"), minutes=minutes, days=2)
        folder = RunStore(tmp_path).save(run, f"run {minutes}")
        meters = StoredMeters(folder)
        assert meters.names == ["office", "塔楼"]
        table = meters.table("塔楼")
        net = run.series["塔楼"]["grid_import_kw"] - run.series["塔楼"]["grid_export_kw"]
        assert len(table) == 2 * 96
        np.testing.assert_allclose(table["kw"], net.to_numpy().reshape(192, -1).mean(axis=1), rtol=1e-6)
        assert table.index[0] == net.index[0]
        assert table[["baseline_kw", "available_kw"]].isna().all(axis=None)


def test_a_series_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = RunStore(tmp_path).save(a_run(), "run")
    path = folder / "series" / "office.parquet"
    pq.write_table(pq.read_table(path).slice(0, 10), path)
    with pytest.raises(TwinError, match="changed"):
        StoredMeters(folder).table("office")
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(TwinError, match="no Run"):
        StoredMeters(folder)


def test_a_quarter_hour_counts_once_all_its_minutes_are_there(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        HEAD + rows("2025-07-01T00:00+08:00", [1, 2, 6, 5, "", 5, 7, 8], minutes=5) + "2025-07-01T"
    )
    meters = StoredMeters(path)
    table = meters.table("meter")
    assert table["kw"].fillna(-1.0).tolist() == [3.0, -1.0, -1.0]
    path.write_text(HEAD + rows("2025-07-01T00:00+08:00", [1, 2, 6, 5, 4, 6, 7, 8, 9], minutes=5))
    assert meters.table("meter")["kw"].tolist() == [3.0, 5.0, 8.0]
    path.unlink()  # while the logger turns its file over, what was known stays
    assert meters.table("meter")["kw"].tolist() == [3.0, 5.0, 8.0]


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    times = pd.date_range("2025-07-01", periods=8, freq="15min", tz="Asia/Shanghai")
    table = pd.DataFrame({"time": times, "meter": list("abababab"), "kw": np.arange(8.0), "baseline_kw": 1.5})
    table["time"] = np.repeat(times[:4], 2)
    table.to_parquet(tmp_path / "m.parquet")
    table.assign(time=[t.isoformat() for t in table["time"]]).to_csv(tmp_path / "m.csv", index=False)
    one, two = StoredMeters(tmp_path / "m.parquet"), StoredMeters(tmp_path / "m.csv")
    assert one.names == two.names == ["a", "b"]
    for name in "ab":
        pd.testing.assert_frame_equal(one.table(name), two.table(name), check_freq=False)
    assert one.table("b")["kw"].tolist() == [1.0, 3.0, 5.0, 7.0]


def test_times_beyond_the_file_are_silent_or_52_weeks_away(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    values = list(range(4 * 24 * 365))
    path.write_text(HEAD + rows("2025-01-01T00:00+08:00", values))
    asked = pd.DatetimeIndex(["2025-07-22T13:00+08:00", "2026-07-21T13:00+08:00", "2024-07-23T13:00+08:00"])
    plain = StoredMeters(path).at("meter", asked)["kw"]
    assert plain.notna().tolist() == [True, False, False]
    again = StoredMeters(path, replay=True).at("meter", asked)["kw"]
    assert again.tolist() == [plain.iloc[0]] * 3


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", "no CSV"),
        (HEAD, "no rows"),
        ("time,power\n2025-07-01T00:00+08:00,1\n", "no column 'kw'"),
        (HEAD + "2025-07-01T00:00,1\n", "no time with its offset"),
        (HEAD + "yesterday,1\n", "no time with its offset"),
        (HEAD + "2025-07-01T00:00+08:00,much\n", "much"),
        (HEAD + "2025-07-01T00:00+08:00,inf\n", "infinite"),
        (HEAD + rows("2025-07-01T00:00+08:00", [1, 2], 60), "do not make up quarter-hours"),
        (HEAD + rows("2025-07-01T00:07+08:00", [1, 2], 15), "do not make up quarter-hours"),
        (HEAD + 2 * rows("2025-07-01T00:00+08:00", [1]), "two rows"),
    ],
)
def test_a_file_that_is_no_meter_says_why(tmp_path: Path, text: str, about: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(TwinError, match=about) as refused:
        StoredMeters(path)
    assert refused.value.file == str(path)


def test_what_is_no_meter_file_at_all(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text("x")
    (tmp_path / "m.parquet").write_text("x")
    pd.DataFrame({"time": pd.date_range("2025-07-01", periods=2, freq="15min"), "kw": 1.0}).to_parquet(
        tmp_path / "bare.parquet"
    )
    for name, about in (("m.txt", "no kind"), ("m.parquet", "no Parquet"), ("bare.parquet", "zone")):
        with pytest.raises(TwinError, match=about):
            StoredMeters(tmp_path / name)


def test_a_building_of_a_district_is_a_meter(tmp_path: Path) -> None:
    """In the form that `twin district` writes: parts with a column that names the building."""
    (tmp_path / "series").mkdir()
    times = pd.date_range("2025-07-01", periods=8, freq="15min", tz="Asia/Shanghai")
    files = {"buildings.parquet": ""}
    for part, names in enumerate((["a", "b"], ["c"])):
        table = pd.concat(
            [
                pd.DataFrame(
                    {
                        "building": name,
                        "time": times,
                        "grid_import_kw": 5.0 + ord(name),
                        "grid_export_kw": 2.0,
                    }
                )
                for name in names
            ]
        )
        path = tmp_path / "series" / f"part-{part:05d}.parquet"
        table.to_parquet(path, index=False)
        files[f"series/{path.name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"files": files}))
    meters = StoredMeters(tmp_path)
    assert meters.names == ["a", "b", "c"]
    for name in meters.names:
        assert meters.table(name)["kw"].tolist() == [3.0 + ord(name)] * 8
        assert meters.table(name).index[0] == times[0]
