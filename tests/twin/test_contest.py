"""Controllers against each other: one table, one objective, and what cannot compete."""

from __future__ import annotations

from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import pytest

from twin.commands.contest import LABELS, Contest, averaging_bias
from twin.contest import COMPETITORS, PERFECT, Score, competitors, contest, under, with_regret
from twin.project import Loaded
from weather.errors import TwinError


@pytest.fixture(scope="module")
def loaded(marches: ModuleType) -> Loaded:
    project = marches.project_of(marches.hall(**marches.PEDF), timestep=60)
    return Loaded(project, marches.shanghai())


@pytest.fixture(scope="module")
def scores(loaded: Loaded) -> dict[str, Score]:
    names = ["fixed", "rules", "droop", "mpc", PERFECT]
    return {score.controller: score for score in contest(loaded, names)}


def test_every_competitor_has_a_name_in_both_languages() -> None:
    assert set(LABELS) == set(COMPETITORS)
    assert all(en and zh for en, zh in LABELS.values())


def test_the_table_of_all_shows_whole_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A million with its separators in every column, on a terminal of 80."""
    monkeypatch.setenv("COLUMNS", "80")
    figures: dict[str, Any] = {one.name: 0.5 for one in fields(Score)} | {"objective_cny": 1234567.0}
    Contest("office", tuple(Score(**figures | {"controller": name}) for name in COMPETITORS)).show()
    shown = capsys.readouterr().out
    assert shown.count("1,234,567") == len(COMPETITORS)
    assert "…" not in shown


def test_plans_beat_the_rules_on_their_own_objective(scores: dict[str, Score]) -> None:
    best_rule = min(scores[name].objective_cny for name in ("fixed", "rules", "droop"))
    assert scores["mpc"].objective_cny < best_rule
    assert scores["mpc"].vehicle_missed_kwh == pytest.approx(scores["fixed"].vehicle_missed_kwh, abs=1e-3)
    assert scores["mpc"].unserved_kwh < 0.1


def test_perfect_foresight_is_not_worse_than_a_forecast(scores: dict[str, Score]) -> None:
    assert scores[PERFECT].plans_without_forecast == 0.0
    assert scores[PERFECT].cost_cny < 1.01 * scores["mpc"].cost_cny


def test_regret_is_one_without_control_and_none_with_foresight(scores: dict[str, Score]) -> None:
    assert scores["fixed"].regret == pytest.approx(1.0)
    assert scores[PERFECT].regret == 0.0
    regret = scores["mpc"].regret
    assert regret is not None
    assert regret < 1.0


def test_without_both_ends_there_is_no_regret(scores: dict[str, Score]) -> None:
    alone = with_regret([replace(scores["rules"], regret=None)])
    assert alone[0].regret is None


def test_what_a_building_lacks_cannot_compete(marches: ModuleType) -> None:
    systems: dict[str, Any] = {k: v for k, v in marches.PEDF.items() if k not in ("dc_bus", "control")}
    plain = Loaded(marches.project_of(marches.hall(**systems), timestep=60), marches.shanghai())
    assert not {"droop", "peak_shaving"} & set(competitors(plain))
    with pytest.raises(TwinError, match="droop"):
        under(plain, "droop")
    with pytest.raises(TwinError, match="best"):
        under(plain, "best")


def test_the_saving_that_is_gone_at_the_minute(scores: dict[str, Score]) -> None:
    coarse = [scores["fixed"], scores["mpc"]]
    saved = scores["fixed"].objective_cny - scores["mpc"].objective_cny
    half = replace(scores["mpc"], objective_cny=scores["mpc"].objective_cny + 0.5 * saved)
    assert averaging_bias(coarse, [scores["fixed"], half]) == pytest.approx({"mpc": 0.5})
    assert averaging_bias(coarse, []) == {}
