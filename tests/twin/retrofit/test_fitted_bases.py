"""A study of a calibrated building draws what was fitted from its posterior, and nothing of it twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from calibrated_shop import TAKEN, calibrated_folder
from twin.crew import Alone
from twin.project import load
from twin.retrofit.study import Settings, study

_ONLY = ("led", "windows_low_e")
_LOW, _HIGH = 0.7, 1.7


def studied(folder: Path, draws: pd.DataFrame, form_error: float) -> dict[str, Any]:
    loaded = load(calibrated_folder(folder, draws, form_error))
    wish = loaded.project.retrofit.model_copy(update={"only": _ONLY})
    loaded = replace(loaded, project=loaded.project.model_copy(update={"retrofit": wish}))
    return study(loaded, Settings(folder / "study", draws=4), Alone(), lambda stage, share: None)


@pytest.mark.long
def test_ranges_of_a_study_are_those_of_the_posterior(tmp_path: Path) -> None:
    wide = pd.DataFrame([{**TAKEN, "equipment_power": value} for value in (_LOW, _HIGH) * 5])
    made = {}
    for name, draws, form in (
        ("sure", pd.DataFrame([TAKEN] * 10), 0.0),
        ("wide", wide, 0.0),
        ("formless", pd.DataFrame([TAKEN] * 10), 0.3),
    ):
        (tmp_path / name).mkdir()
        made[name] = studied(tmp_path / name, draws, form)
    spread = {}
    for name, one in made.items():
        states = [one["baseline"], *one["chosen"]]
        for state in states:
            keys = {assumed["key"] for assumed in state["ranges"]["assumptions"]}
            assert "uncertain.posterior" in keys
            assert not {"uncertain.equipment_power", "uncertain.cooling_cop"} & keys
            assert "uncertain.infiltration" in keys  # this posterior does not tell it
        span = states[0]["ranges"]["eui_electric_kwh_m2"]
        spread[name] = (span["p90"] - span["p10"]) / span["p50"]
    assert spread["wide"] > spread["sure"] + 0.1
    assert spread["formless"] > spread["sure"] + 0.3
    ranks = [
        {row["input_en"]: row["rank_correlation"] for row in made[name]["chosen"][0]["ranges"]["moved_by"]}
        for name in ("sure", "wide")
    ]
    assert ranks[0]["plug loads"] == 0.0
    assert ranks[1]["plug loads"] != 0.0
