"""What neighbours take from a district: sun on facades and roofs, PV, and what that does to the march."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from buildings.description.neighbours import Neighbours
from twin.commands.district import _shade_lines
from twin.crew import Alone
from twin.district.figures import figures
from twin.district.year import march_district
from twin.plant import prepare
from twin.project import Loaded, load
from weather.errors import TwinError


def placed(loaded: Loaded, tops: float) -> Loaded:
    """The small district with towers of a height 25 m south of every building."""
    text = shapely.force_3d(shapely.box(-40.0, -60.0, 40.0, -35.0), tops).wkt
    buildings = tuple(
        b.model_copy(update={"neighbours": Neighbours(outlines=text)}) for b in loaded.project.buildings
    )
    project = loaded.project.model_copy(update={"buildings": buildings})
    return Loaded(project, loaded.climate, loaded.path)


def test_the_higher_the_neighbours_the_less_sun(
    loaded: Loaded, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    found = {}
    for tops in (0.05, 15.0, 45.0):
        made = march_district(placed(loaded, tops), tmp_path / f"{tops:g}", Alone(), part=5)
        found[tops] = figures(made)
        assert found[tops]["largest_residual"] < 1e-6
        assert made.manifest["assumptions"][-1]["key"] == "district.neighbours"
    for key in ("facade_sun_lost", "pv_lost", "roof_sun_lost"):
        lost = [found[tops][key] for tops in (0.05, 15.0, 45.0)]
        assert lost == sorted(lost)
        assert lost[0] < 1e-3
    high = found[45.0]
    assert 0.05 < high["facade_sun_lost"] < 0.5
    assert high["pv_lost_kwh"] == pytest.approx(
        high["pv_lost"] * (high["pv_kwh"] + high["pv_lost_kwh"]), rel=0.02
    )
    figure(
        f"towers of 45 m in the south: {high['facade_sun_lost']:.1%} of the sun on facades, "
        f"{high['roof_sun_lost']:.1%} on roofs, {high['pv_lost']:.1%} of PV"
    )
    assert "Neighbours take" in _shade_lines(high, "en")[0]
    assert "周边遮挡" in _shade_lines(high, "zh")[0]


def test_without_places_nobody_is_shaded_and_it_is_said(loaded: Loaded, tmp_path: Path) -> None:
    made = march_district(loaded, tmp_path / "year", Alone(), part=5)
    told = figures(made)
    assert told["facade_sun_lost"] == told["pv_lost_kwh"] == 0.0
    assert _shade_lines(told, "en") == []
    assert made.manifest["assumptions"][-1]["confidence"] == "missing"
    assert np.all(made.buildings["facade_sun_kwh"] > 0.0)


def test_shade_enters_walls_windows_and_long_waves(loaded: Loaded) -> None:
    """Each channel of the march that knows the sun is less, and faces see less sky."""
    one = loaded.project.model_copy(update={"buildings": loaded.project.buildings[:1]})
    plain = prepare(one, loaded.climate)
    shaded = placed(Loaded(one, loaded.climate), 45.0)
    dark = prepare(shaded.project, shaded.climate)
    for kind in ("solar", "pane"):
        before, after = (
            sum(float(p.table.series(c).sum()) for c in p.table._columns if c[0] == kind)
            for p in (plain, dark)
        )
        assert after < 0.95 * before
    seen = [{s.name: s.sky_seen for s in p.thermals[0].enclosed.enclosure.surfaces} for p in (plain, dark)]
    south = next(name for name in seen[0] if "south-wall" in name)
    assert seen[1][south] < 0.8 * seen[0][south]
    north = next(name for name in seen[0] if "north-wall" in name)
    assert seen[1][north] == seen[0][north]
    windows = {w.azimuth: w.sky_seen for w in dark.thermals[0].enclosed.enclosure.windows}
    assert windows[180.0] < 0.8 <= windows[0.0]


def test_a_district_in_the_heat_island(loaded: Loaded, tmp_path: Path) -> None:
    """The zone of the site warms the year at the door; manifest and assumptions tell."""
    assert loaded.path is not None
    text = loaded.path.read_text("utf-8") + "site: {heat_island: compact_mid_rise}\n"
    (tmp_path / "d.yaml").write_text(text, "utf-8")
    (tmp_path / "b.csv").write_text("name,kind,era,floor_area,floors\nO1,office,nzeb,3000,5\n", "utf-8")
    warm = load(tmp_path / "d.yaml")
    offset = warm.climate.data["temp_air"] - loaded.climate.data["temp_air"]
    assert offset.mean() == pytest.approx(1.17, rel=0.01)
    made = march_district(warm, tmp_path / "year", Alone())
    plain = Loaded(warm.project, loaded.climate)
    cool = march_district(plain, tmp_path / "plain", Alone())
    assert made.buildings["hvac_kwh"][0] != cool.buildings["hvac_kwh"][0]
    assert made.manifest["weather"]["heat_island"]["zone"] == "compact_mid_rise"
    assert made.manifest["weather"]["digest"] != cool.manifest["weather"]["digest"]
    assert cool.manifest["weather"]["heat_island"] is None
    assert made.manifest["assumptions"][-1]["key"] == "weather.heat_island"
    wrong = text.replace("compact_mid_rise", "downtown")
    (tmp_path / "d.yaml").write_text(wrong, "utf-8")
    with pytest.raises(TwinError, match="heat_island"):
        load(tmp_path / "d.yaml")
