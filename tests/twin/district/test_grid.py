"""A district on its feeder: each building at its connection, and what comes of it beside the year."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from buildings.districts.feeder import Feeder, parse_feeder, read_feeder
from twin.district.grid import OnFeeder, laid_out, on_feeder
from twin.district.year import DistrictYear, open_district
from twin.project import Loaded
from weather.errors import TwinError

WEAK = """
transformers: [{name: T, high: source, low: board, product: scb14_100}]
cables:
  - {name: L, start: board, end: far, product: yjlv_1kv_70, length: 400 m}
connections:
  - {building: O1, node: board}
  - {building: H1, node: far}
  - {building: O2, node: board}
  - {building: H2, node: far}
  - {building: H3, node: far}
"""


@pytest.fixture(scope="module")
def year(year: DistrictYear, tmp_path_factory: pytest.TempPathFactory) -> DistrictYear:
    """A copy: feeders are written beside it."""
    return open_district(shutil.copytree(year.folder, tmp_path_factory.mktemp("grid") / "year"))


@pytest.fixture(scope="module")
def done(loaded: Loaded, year: DistrictYear) -> OnFeeder:
    return on_feeder(year, laid_out(loaded.project, year), given=False)


def test_each_building_hangs_at_its_own_connection(year: DistrictYear, done: OnFeeder) -> None:
    """Energy and balance: what comes out of the source is what buildings took and the feeder lost."""
    assert [c.building for c in done.year.feeder.connections] == ["O1", "H1", "O2", "H2", "H3"]
    net = (year.sums["grid_import_kw"] - year.sums["grid_export_kw"]).to_numpy()
    np.testing.assert_allclose(done.year.source_kw - done.year.loss_kw, net, rtol=0.0, atol=2e-3)
    assert done.year.load_kwh == pytest.approx(net.sum(), rel=1e-5)
    series = pq.read_table(year.folder / "series").to_pandas().set_index("building")
    sums = series.groupby("building")["load_kw"].sum()
    used = year.buildings.set_index("name")
    ends = [
        n for n in used if n in {f"{e}_kwh" for e in ("lighting", "equipment", "fans", "pumps", "cooling")}
    ]
    assert (sums[used.index] >= 0.99 * used[ends].sum(axis=1)).all()


def test_it_is_written_beside_the_year(year: DistrictYear, done: OnFeeder) -> None:
    assert read_feeder(year.folder / "feeder.yaml") == done.year.feeder
    told = json.loads((year.folder / "feeder.json").read_text("utf-8"))
    said = {one["key"] for one in told["assumptions"]}
    assert {"feeder.laid_out", "feeder.unity", "feeder.held_bus"} <= said
    assert done.year.feeder.source.short_circuit_power == 5000.0
    assert {verdict["key"] for verdict in told["verdicts"]} >= {"feeder.solved"}
    assert not [path for path in year.folder.parent.iterdir() if path.name.startswith("tmp")]


def test_a_weak_feeder_fails(year: DistrictYear) -> None:
    """100 kVA and 400 m of 70 mm2 for three blocks of dwellings and two offices."""
    on = on_feeder(year, parse_feeder(WEAK), given=True)
    assert "feeder.laid_out" not in {one.key for one in on.assumptions}
    assert max(on.year.transformer_most.value) > 1.0
    assert {"fail"} <= {verdict.status for verdict in on.verdicts}


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("  - {building: H3, node: far}\n", "", "'H3' hangs nowhere"),
        (
            "  - {building: H3, node: far}\n",
            "  - {building: H3, node: far}\n  - {building: X, node: far}\n",
            "'X'",
        ),
    ],
)
def test_a_feeder_of_other_buildings_is_refused(
    year: DistrictYear, tmp_path: Path, was: str, now: str, words: str
) -> None:
    with pytest.raises(TwinError, match=words):
        on_feeder(year, parse_feeder(WEAK.replace(was, now)), given=True)


def test_buildings_on_a_dc_bus_draw_at_power_factor_one(loaded: Loaded, year: DistrictYear) -> None:
    first, *rest = loaded.project.buildings
    bus = {"voltage": 750.0, "interface": "afe_median", "loads": ["hvac"]}
    changed = type(first).model_validate({**first.model_dump(exclude_unset=True), "dc_bus": bus})
    project = loaded.project.model_copy(update={"buildings": (changed, *rest)})
    feeder: Feeder = laid_out(project, year)
    assert feeder.connections[0].power_factor == 1.0
    assert all(place.power_factor < 1.0 for place in feeder.connections[1:])
