"""A study of a calibrated building draws what was fitted from its posterior, and nothing of it twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from buildings.description.schema import Project
from calibrated_shop import TAKEN, calibrated_folder
from twin.crew import Alone
from twin.project import load
from twin.retrofit.fitted_bases import FittedBases
from twin.retrofit.study import Settings, study

_ONLY = ("led",)
_SHOP = {"name": "shop", "archetype": "retail", "era": "gb50189-2005", "floor_area": 120, "floors": 1}
_LOW, _HIGH = 0.7, 1.7


def studied(folder: Path, draws: pd.DataFrame, form_error: float) -> dict[str, Any]:
    loaded = load(calibrated_folder(folder, draws, form_error))
    wish = loaded.project.retrofit.model_copy(update={"only": _ONLY})
    loaded = replace(loaded, project=loaded.project.model_copy(update={"retrofit": wish}))
    return study(loaded, Settings(folder / "study", draws=4), Alone(), lambda stage, share: None)


@pytest.mark.long
def test_ranges_of_a_study_are_those_of_the_posterior(tmp_path: Path) -> None:
    wide = pd.DataFrame([{**TAKEN, "equipment_power": value} for value in (_LOW, _HIGH) * 5])
    spread, ranks = {}, {}
    for name, draws in (("sure", pd.DataFrame([TAKEN] * 10)), ("wide", wide)):
        (tmp_path / name).mkdir()
        made = studied(tmp_path / name, draws, 0.0)
        for state in (made["baseline"], *made["chosen"]):
            keys = {assumed["key"] for assumed in state["ranges"]["assumptions"]}
            assert "uncertain.posterior" in keys
            assert not {"uncertain.equipment_power", "uncertain.cooling_cop"} & keys
            assert "uncertain.infiltration" in keys  # this posterior does not tell it
        span = made["baseline"]["ranges"]["eui_electric_kwh_m2"]
        spread[name] = (span["p90"] - span["p10"]) / span["p50"]
        moved = made["chosen"][0]["ranges"]["moved_by"]
        ranks[name] = {row["input_en"]: row["rank_correlation"] for row in moved}
    assert spread["wide"] > spread["sure"] + 0.1
    assert ranks["sure"]["plug loads"] == 0.0
    assert ranks["wide"]["plug loads"] != 0.0


def test_years_hold_the_models_own_error() -> None:
    project = Project.model_validate({"schema": 1, "name": "shop", "buildings": [_SHOP]})
    factors = FittedBases((project,) * 200, ({},) * 200, 0.3).factors(0)
    assert factors.mean() == pytest.approx(1.0)
    assert factors.std() == pytest.approx(0.3, rel=0.02)
