"""`twin flexibility` on a small project of hourly steps."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from twin.commands.flexibility import flexibility_of_project
from weather.errors import TwinError


@pytest.fixture(scope="module")
def project(marches: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    plain = {"schema": 1, "name": "small", "timestep": 60, "buildings": [marches.hall(**marches.PEDF)]}
    path = tmp_path_factory.mktemp("flexibility") / "hall.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(plain)), allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.long
def test_an_hour_by_source_in_both_languages(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = flexibility_of_project(project, at="2025-07-21 14:30")
    told = json.loads(json.dumps(done.as_dict(), allow_nan=False, default=str))["buildings"][0]
    assert told["at"] == "2025-07-21T14:00+0800"
    assert {row["minutes"] for row in told["envelope"]} == {60, 120, 180, 240}
    done.show()
    shown = capsys.readouterr().out
    assert "battery" in shown
    assert "建筑热惯性" in shown


@pytest.mark.long
def test_the_year_by_month_and_hour(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = flexibility_of_project(project)
    told = json.loads(json.dumps(done.as_dict(), allow_nan=False, default=str))["buildings"][0]
    assert len(told["by_month_and_hour"]) == 2 * 12 * 24
    done.show()
    assert "P10 / P50 / P90" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("at", "building", "key"),
    [
        ("noon, perhaps", None, "--at"),
        ("1999-01-01 00:00", None, "--at"),
        (None, "barn", "--building"),
    ],
)
@pytest.mark.long
def test_what_a_user_gets_wrong_is_told(
    project: Path, at: str | None, building: str | None, key: str
) -> None:
    with pytest.raises(TwinError) as told:
        flexibility_of_project(project, at=at, building=building)
    assert told.value.key == key


@pytest.mark.long
def test_one_of_many_buildings_is_that_of_all(project: Path, marches: ModuleType, tmp_path: Path) -> None:
    plain = yaml.safe_load(project.read_text("utf-8"))
    (one,) = plain["buildings"]
    plain["buildings"] = [json.loads(json.dumps(one | {"name": f"hall {k}"})) for k in range(2)]
    pair = tmp_path / "pair.yaml"
    pair.write_text(yaml.safe_dump(plain, allow_unicode=True), "utf-8")
    alone = flexibility_of_project(pair, at="2025-07-21 14:00", building="hall 1").as_dict()["buildings"]
    both = flexibility_of_project(pair, at="2025-07-21 14:00").as_dict()["buildings"]
    assert [one["building"] for one in both] == ["hall 0", "hall 1"]
    assert [one["building"] for one in alone] == ["hall 1"]
    for one, other in zip(alone[0]["envelope"], both[1]["envelope"], strict=True):
        assert one["kw"] == pytest.approx(other["kw"], rel=1e-6, abs=1e-6)


def test_a_district_is_shown_the_way(tmp_path: Path) -> None:
    kind = "archetype: office, era: gb55015-2021, floor_area: 900 m2, floors: 2"
    rows = "".join(f"  - {{name: b{k}, {kind}}}\n" for k in range(17))
    path = tmp_path / "many.yaml"
    path.write_text(f"schema: 1\nname: many\nbuildings:\n{rows}", "utf-8")
    with pytest.raises(TwinError, match="twin outlook"):
        flexibility_of_project(path)
    with pytest.raises(TwinError, match="no building"):
        flexibility_of_project(path, building="b99")
