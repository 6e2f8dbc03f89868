"""A district's year in parts: the sum of its buildings, the same bytes from anybody, kept when stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import twin.district.year as district_year
from buildings.description.habits import AS_WRITTEN
from buildings.description.loading import read_project
from twin.clock import march
from twin.crew import Alone, DaskCrew
from twin.district.assumed import district_assumptions
from twin.district.figures import figures
from twin.district.year import DistrictYear, march_district, open_district
from twin.plant import prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.project import Loaded
from weather.errors import TwinError


def same_files(one: Path, other: Path) -> bool:
    """All but the manifest, which tells how long it took, and that but for its counts."""
    names = sorted(path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file())
    told = [json.loads((folder / "manifest.json").read_text("utf-8")) for folder in (one, other)]
    for manifest in told:
        del manifest["counts"]
    return told[0] == told[1] and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in names if name != "manifest.json"
    )


def test_a_year_is_that_of_its_buildings(loaded: Loaded, year: DistrictYear) -> None:
    """Against all five marched together: a group of lanes is swept until the last of it rests, to 1e-5 K."""
    plant = prepare(loaded.project, loaded.climate)
    whole = march(plant).buildings
    net = whole[:, :, GRID_IMPORT] - whole[:, :, GRID_EXPORT]
    told = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    np.testing.assert_allclose(told, net.sum(axis=1), rtol=0.0, atol=1e-3)
    assert year.buildings["name"].tolist() == ["O1", "H1", "O2", "H2", "H3"]
    np.testing.assert_allclose(year.buildings["peak_kw"], net.max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(
        year.buildings["grid_import_kwh"], whole[:, :, GRID_IMPORT].sum(axis=0), rtol=1e-6
    )
    series = pq.read_table(year.folder / "series").to_pandas()
    of_h2 = series[series["building"] == "H2"]
    np.testing.assert_allclose(of_h2["grid_import_kw"], whole[:, 3, GRID_IMPORT], rtol=0.0, atol=1e-3)
    assert str(of_h2["time"].dt.tz) == "Asia/Shanghai"


def test_figures_of_the_district(year: DistrictYear) -> None:
    told = figures(year)
    net = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    assert told["peak_kw"] == net.max()
    assert told["coincidence_factor"] == pytest.approx(net.max() / year.buildings["peak_kw"].sum())
    assert 0.3 < told["coincidence_factor"] < 1.0
    assert told["import_kwh"] - told["export_kwh"] == pytest.approx(net.sum())
    assert told["import_kwh"] <= told["metered_import_kwh"]
    assert told["carbon_kg"]["physical"] == pytest.approx(0.5737 * told["import_kwh"], rel=1e-12)
    given = told["import_kwh"] - told["export_kwh"] + told["pv_kwh"]
    lost = year.sums[["battery_loss_kw", "conversion_loss_kw"]].to_numpy().sum()
    curtailed = year.sums["pv_curtailed_kw"].sum()
    assert given - curtailed == pytest.approx(told["used_kwh"] + lost, rel=1e-6)
    assert told["largest_residual"] < 1e-6


def test_what_nobody_surveyed_is_said(loaded: Loaded, year: DistrictYear) -> None:
    keys = {one["key"] for one in year.manifest["assumptions"]}
    assert {"district.zoning", "district.habits.people", "district.habits.later"} <= keys
    assert all(one["zh"] and one["en"] and one["source"] for one in year.manifest["assumptions"])
    plain = [b.model_copy(update={"habits": AS_WRITTEN}) for b in loaded.project.buildings]
    assert [one.key for one in district_assumptions(plain)] == ["district.zoning", "district.neighbours"]


def test_it_opens_as_it_was_written_and_not_when_changed(year: DistrictYear, tmp_path: Path) -> None:
    found = open_district(year.folder)
    np.testing.assert_array_equal(found.sums, year.sums)
    assert found.sums.index.equals(year.sums.index)
    assert figures(found) == figures(year)
    with pytest.raises(TwinError, match="no year of a district"):
        open_district(tmp_path)


class StoppedError(RuntimeError):
    """The process ends here."""


class Stops(Alone):
    """Ends after so many parts."""

    def __init__(self, after: int) -> None:
        self.after = after

    def each(self, work: Any, shared: Any, items: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        for place, item in enumerate(items):
            if place >= self.after:
                raise StoppedError
            yield place, work(shared, item)


def test_what_was_stopped_goes_on_and_is_the_same(loaded: Loaded, year: DistrictYear, tmp_path: Path) -> None:
    out = tmp_path / "year"
    with pytest.raises(StoppedError):
        march_district(loaded, out, Stops(2), part=2)
    assert not out.exists()
    damaged = tmp_path / "year.partial" / "series" / "part-00001.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-7])
    again = march_district(loaded, out, Alone(), part=2)
    assert again.manifest["counts"]["parts_kept"] == 1
    assert same_files(out, year.folder)
    assert not (tmp_path / "year.partial").exists()


def test_parts_of_another_project_are_not_taken(loaded: Loaded, year: DistrictYear, tmp_path: Path) -> None:
    out = tmp_path / "year"
    other = Loaded(loaded.project.model_copy(update={"weather_seed": 5, "timestep": 30.0}), loaded.climate)
    with pytest.raises(StoppedError):
        march_district(other, out, Stops(1), part=2)
    march_district(loaded, out, Alone(), part=2)
    assert same_files(out, year.folder)


@pytest.mark.long
def test_two_workers_write_the_same_bytes(loaded: Loaded, year: DistrictYear, tmp_path: Path) -> None:
    with DaskCrew(workers=2) as crew:
        march_district(loaded, tmp_path / "year", crew, part=2)
    assert same_files(tmp_path / "year", year.folder)


@pytest.mark.long
def test_a_worker_killed_midway_changes_nothing_but_time(
    loaded: Loaded, year: DistrictYear, tmp_path: Path
) -> None:
    killed = []

    def kill(share: float) -> None:
        if not killed:
            workers = crew.client.cluster.workers
            process = next(iter(workers.values())).process
            killed.append(process.pid)
            process.process.kill()

    with DaskCrew(workers=2) as crew:
        march_district(loaded, tmp_path / "year", crew, kill, part=1)
    alone = march_district(loaded, tmp_path / "alone", Alone(), part=1)
    assert killed
    assert same_files(tmp_path / "year", alone.folder)


def test_what_cannot_be_marched_is_told_of_the_project(loaded: Loaded, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="there already"):
        march_district(loaded, tmp_path, Alone())
    wrong = loaded.project.buildings[3].model_copy(
        update={"hvac": loaded.project.buildings[3].hvac.model_copy(update={"equipment": "none_such"})}
    )
    buildings = (*loaded.project.buildings[:3], wrong, loaded.project.buildings[4])
    broken = Loaded(loaded.project.model_copy(update={"buildings": buildings}), loaded.climate)
    with pytest.raises(TwinError, match="none_such") as caught:
        march_district(broken, tmp_path / "year", Alone(), part=2)
    assert str(caught.value.key).startswith("buildings[3].hvac")


def test_a_full_disk_loses_nothing_that_is_done(
    loaded: Loaded, year: DistrictYear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, written = district_year._write, []

    def full(path: Path, content: bytes) -> None:
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device")
        whole(path, content)

    monkeypatch.setattr(district_year, "_write", full)
    with pytest.raises(TwinError, match="No space left"):
        march_district(loaded, tmp_path / "year", Alone(), part=2)
    monkeypatch.setattr(district_year, "_write", whole)
    again = march_district(loaded, tmp_path / "year", Alone(), part=2)
    assert again.manifest["counts"]["parts_kept"] == 1
    assert same_files(again.folder, year.folder)


def test_habits_spread_a_peak(loaded: Loaded, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Thirty dwellings of one kind: alike they peak together, with habits of their own less so."""
    assert loaded.path is not None
    written, head = loaded.path.read_text("utf-8"), "name,kind,era,floor_area,floors"
    rows = [f"H{i},home,gb50189-2015,3000,8" for i in range(30)]
    (tmp_path / "b.csv").write_text("\n".join([head, *rows]), "utf-8")
    factors = {}
    for diversity in ("true", "false"):
        text = written.replace("  kinds:", f"  diversity: {diversity}\n  kinds:")
        (tmp_path / "d.yaml").write_text(text, "utf-8")
        one = Loaded(read_project(tmp_path / "d.yaml"), loaded.climate)
        factors[diversity] = figures(march_district(one, tmp_path / diversity, Alone()))["coincidence_factor"]
    figure(f"coincidence of 30 dwellings: {factors['true']:.3f}, without habits {factors['false']:.3f}")
    assert factors["false"] == pytest.approx(1.0, abs=1e-9)
    assert 0.7 < factors["true"] < 0.97
