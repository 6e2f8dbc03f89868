"""Questions to a district's year, against pandas with everything in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from twin.district.queries import DistrictQueries
from twin.district.year import SERIES, DistrictYear
from weather.errors import TwinError


@pytest.fixture
def asked(year: DistrictYear) -> Iterator[DistrictQueries]:
    with DistrictQueries(year.folder) as queries:
        yield queries


@pytest.fixture(scope="module")
def whole(year: DistrictYear) -> pd.DataFrame:
    """All series with the use of their buildings."""
    series = pq.read_table(year.folder / "series").to_pandas()
    series[list(SERIES)] = series[list(SERIES)].astype(float)
    series["net_kw"] = series["grid_import_kw"] - series["grid_export_kw"]
    return series.merge(year.buildings[["name", "use"]], left_on="building", right_on="name")


def test_the_series_of_a_building(asked: DistrictQueries, year: DistrictYear, whole: pd.DataFrame) -> None:
    told, own = asked.building("H2"), whole[whole["building"] == "H2"].set_index("time")
    assert list(told.columns) == list(SERIES)
    for name in SERIES:
        np.testing.assert_array_equal(told[name], own[name])
    assert (told.index == year.sums.index).all()


def test_buildings_by_rank(asked: DistrictQueries, year: DistrictYear) -> None:
    for by in ("peak_kw", "grid_import_kwh", "cooling_kwh"):
        ranked = year.buildings.sort_values(by, ascending=False)
        told = asked.largest(3, by)
        assert told["name"].tolist() == ranked["name"].tolist()[:3]
        assert told[by].tolist() == ranked[by].tolist()[:3]
    assert set(asked.largest()["use"]) == {"office", "residential"}
    with pytest.raises(TwinError, match="peak_kw"):
        asked.largest(3, "name")


def test_what_a_use_takes_and_how_it_coincides(
    asked: DistrictQueries, year: DistrictYear, whole: pd.DataFrame
) -> None:
    told = asked.by_use()
    net = whole.pivot_table(index="time", columns="use", values="net_kw", aggfunc="sum")
    assert sorted(told.index) == ["office", "residential"]
    for use in told.index:
        own = whole[whole["use"] == use]
        row, rows = told.loc[use], year.buildings[year.buildings["use"] == use]
        for column, power in (
            ("load_kwh", "load_kw"),
            ("import_kwh", "grid_import_kw"),
            ("export_kwh", "grid_export_kw"),
        ):
            assert row[column] == pytest.approx(own[power].sum(), rel=1e-9)
        assert row["buildings"] == len(rows)
        assert row["floor_area_m2"] == pytest.approx(rows["floor_area_m2"].sum())
        assert row["peak_kw"] == pytest.approx(net[use].max())
        assert row["peak_at"] == net[use].idxmax()
        assert row["sum_of_peaks_kw"] == pytest.approx(rows["peak_kw"].sum())
        assert row["coincidence_factor"] == pytest.approx(net[use].max() / rows["peak_kw"].sum())
        assert row["at_peak_kw"] == pytest.approx(net[use].loc[net.sum(axis=1).idxmax()])
    district = year.sums["grid_import_kw"] - year.sums["grid_export_kw"]
    assert told["at_peak_kw"].sum() == pytest.approx(district.max(), rel=1e-6)


def test_load_of_each_use_by_step(asked: DistrictQueries, whole: pd.DataFrame) -> None:
    told = asked.load_by_use()
    load = whole.pivot_table(index="time", columns="use", values="load_kw", aggfunc="sum")
    np.testing.assert_allclose(told.to_numpy(), load[told.columns].to_numpy(), rtol=1e-12)
    assert (told.index == load.index).all()


def test_load_duration_falls(asked: DistrictQueries, whole: pd.DataFrame) -> None:
    for name in (None, "O1"):
        own = whole if name is None else whole[whole["building"] == name]
        net = np.sort(own.groupby("time")["net_kw"].sum().to_numpy())[::-1]
        told = asked.duration(name)
        np.testing.assert_allclose(told, net, rtol=0.0, atol=1e-9)
        assert told.index[[0, -1]].tolist() == [1.0, 8760.0]


def test_months_are_those_of_the_place(asked: DistrictQueries, whole: pd.DataFrame) -> None:
    told = asked.monthly()
    months = whole["time"].dt.month.rename("month")
    load = whole.groupby([months, "use"])["load_kw"].sum()
    assert len(told) == 24
    np.testing.assert_allclose(told["load_kwh"], load.loc[told.index], rtol=1e-9)
    assert told["grid_import_kwh"].sum() == pytest.approx(whole["grid_import_kw"].sum(), rel=1e-9)


def test_a_year_answers_with_the_same_digits(year: DistrictYear) -> None:
    answers = []
    for _ in range(2):
        with DistrictQueries(year.folder) as queries:
            answers.append((queries.by_use(), queries.monthly()))
    for one, other in zip(*answers, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_what_is_not_there_is_told(asked: DistrictQueries, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="O9"):
        asked.building("O9")
    with pytest.raises(TwinError, match="O' OR 1=1"):
        asked.duration("O' OR 1=1")
    with pytest.raises(TwinError, match="no year of a district"):
        DistrictQueries(tmp_path)


def test_a_folder_with_signs_of_patterns_is_read(year: DistrictYear, tmp_path: Path) -> None:
    moved = tmp_path / "it's [a] *year?"
    moved.symlink_to(year.folder)
    with DistrictQueries(moved) as queries:
        assert len(queries.largest()) == 5
    (tmp_path / "part").mkdir()
    for name in ("manifest.json", "sums.parquet", "buildings.parquet"):
        (tmp_path / "part" / name).write_bytes((year.folder / name).read_bytes())
    with pytest.raises(TwinError, match="missing"):
        DistrictQueries(tmp_path / "part")


def test_a_year_of_another_form_is_refused(year: DistrictYear, tmp_path: Path) -> None:
    told = json.loads((year.folder / "manifest.json").read_text("utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(told | {"schema": told["schema"] - 1}), "utf-8")
    with pytest.raises(TwinError, match="March the district again"):
        DistrictQueries(tmp_path)
