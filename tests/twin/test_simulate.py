"""The main job as one call, and acceptance 4: the demo's office against measured ones of Shanghai."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from twin.project import Loaded, load, simulate
from weather.errors import TwinError

END_USES = ("lighting_kw", "equipment_kw", "fans_kw", "pumps_kw", "cooling_kw", "heating_kw")


def write(folder: Path, name: str, content: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(json.loads(json.dumps(content)), allow_unicode=True), encoding="utf-8")
    return path


def test_a_file_becomes_a_judged_run(marches: ModuleType, tmp_path: Path) -> None:
    path = write(
        tmp_path, "hall.yaml", {"schema": 1, "name": "h", "timestep": 60, "buildings": [marches.hall()]}
    )
    seen: list[float] = []
    run = simulate(load(path), progress=seen.append)
    assert seen[-1] == 1.0
    assert {"residuals", "counters", "assumptions", "buildings"} <= set(run.summary)
    judged = run.summary["buildings"]["hall"]
    total = run.series["hall"][list(END_USES)].sum().sum() / 200.0
    found = json.dumps(judged["energy"])
    assert f"{total:.3f}"[:5] in found or judged["energy"]["floor_area_m2"] == 200.0
    assert run.path is None


def test_seed_and_weather_of_the_call_win(marches: ModuleType, tmp_path: Path) -> None:
    content = {"schema": 1, "name": "h", "weather_seed": 4, "buildings": [marches.hall()]}
    path = write(tmp_path, "hall.yaml", content)
    assert load(path).climate.seed == 4
    other = load(path, seed=9)
    assert (other.project.weather_seed, other.climate.seed) == (9, 9)
    with pytest.raises(TwinError, match=r"none\.epw"):
        load(path, weather=str(tmp_path / "none.epw"))


def test_a_call_on_two_buildings_is_refused_with_file_and_key(marches: ModuleType, tmp_path: Path) -> None:
    call = {"date": "2025-07-30", "reduction": "3 kW"}
    halls = [marches.hall("a"), marches.hall("b")]
    path = write(tmp_path, "two.yaml", {"schema": 1, "name": "h", "buildings": halls, "event": call})
    with pytest.raises(TwinError) as caught:
        simulate(load(path))
    assert caught.value.file == str(path)
    assert caught.value.key == "event"


def test_errors_without_a_file_stay_so_where_there_is_none(marches: ModuleType) -> None:
    project = marches.project_of(marches.hall(hvac={"equipment": "steam_engine"}))
    with pytest.raises(TwinError) as caught:
        simulate(Loaded(project, marches.shanghai()))
    assert caught.value.file is None


def test_errors_of_the_weather_name_the_project(marches: ModuleType, tmp_path: Path) -> None:
    content = {"schema": 1, "name": "h", "weather": "atlantis", "buildings": [marches.hall()]}
    path = write(tmp_path, "lost.yaml", content)
    with pytest.raises(TwinError) as caught:
        load(path)
    assert (caught.value.file, caught.value.key) == (str(path), "weather")


# --- acceptance 4 ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def months(marches: ModuleType) -> pd.DataFrame:
    """Electricity of the demo's office as it stands, kWh/m2 by month and end use."""
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_office_2005.yaml")
    march = marches.marched(marches.prepare(loaded.project, loaded.climate))
    table = march.series("office")
    area = march.prepared().description.floor_area
    return table[list(END_USES)].groupby(table.index.month).sum() * march.hours() / area


@pytest.fixture(scope="session")
def measured() -> pd.Series:
    """Measured Shanghai offices, kWh/m2 by month."""
    with (files("twin.judges") / "data" / "measured_eui.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file)
    row = table[table["building_type"] == "office"].iloc[0]
    assert row["annual"] == 85.3
    return pd.Series([row[f"m{m:02d}"] for m in range(1, 13)], index=range(1, 13), dtype=float)


@pytest.mark.long
def test_the_office_of_2005_stands_among_measured_offices(
    months: pd.DataFrame, measured: pd.Series, figure: Callable[[str], None]
) -> None:
    """Within 30 % of 85.3 kWh/m2, with the humps of summer and winter in their months."""
    total = months.sum(axis=1)
    shown = months.round(2).assign(total=total.round(2), measured=measured)
    shown.loc["year"] = shown.sum()
    figure(f"{shown.to_string()}\nagainst measured: {total.sum() / measured.sum() - 1:+.1%}")
    assert total.sum() == pytest.approx(85.3, rel=0.30)
    spring_autumn = [3, 4, 5, 10, 11]
    assert total[[7, 8]].min() > total[spring_autumn].max() + 2.0
    assert set(total.nlargest(2).index) == {7, 8} == set(measured.nlargest(2).index)
    heating, cooling = months["heating_kw"], months["cooling_kw"]
    assert heating[[12, 1]].min() > 2.0 * heating[[4, 11]].max()
    assert heating[[1, 2, 12]].sum() > 0.7 * heating.sum()
    assert cooling[[6, 7, 8, 9]].sum() > 0.7 * cooling.sum()
    assert heating[[6, 7, 8, 9]].sum() < 0.02
    assert float(np.corrcoef(total, measured)[0, 1]) > 0.8
