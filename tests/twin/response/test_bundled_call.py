"""The operated call that comes with the package is what its invitation and a march of today give."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.district.year import district_parts
from twin.flexibility.envelope import DIRECTIONS
from twin.project import load
from twin.response.call_times import call_times
from twin.response.invitation import read_invitation
from twin.response.looked_at import Look, look_at
from twin.response.operated import MOMENTS, RESULT, SCENE
from twin.response.ranking import ranking
from twin.response.rows import read_rows
from twin.response.states import AT, COLUMNS

_EXAMPLES = Path(str(files("twin") / "examples"))
_FOLDER = _EXAMPLES / "operated" / "lingang_300"
_IN_A_PART = 8


@pytest.mark.long
def test_the_meters_of_eight_buildings_are_those_of_a_march_today() -> None:
    scene = json.loads((_FOLDER / SCENE).read_text("utf-8"))
    invitation = read_invitation(_EXAMPLES / "districts" / "calls" / "peak_unreliable.yaml")
    assert scene["invitation"] == invitation.model_dump(mode="json", by_alias=True)
    loaded = load(_EXAMPLES / "districts" / "lingang_300.yaml")
    part = district_parts(loaded.project, _IN_A_PART)[-1]
    times = call_times(invitation, loaded.project, loaded.climate)
    bare = loaded.project.model_copy(update={"buildings": ()})
    folder = str((_EXAMPLES / "districts").resolve())
    found = look_at(Look(bare, loaded.climate, folder, times, DIRECTIONS[0]), part)["part"]
    kept = [scene["start_kw"][scene["names"].index(name)] for name in found.names]
    np.testing.assert_allclose(found.fine_kw[:, times.start], kept, rtol=1e-6, atol=1e-3)


def test_its_minutes_are_whole_and_its_day_is_settled() -> None:
    scene = json.loads((_FOLDER / SCENE).read_text("utf-8"))
    moments = [json.loads(line) for line in (_FOLDER / MOMENTS).read_text("utf-8").splitlines()]
    assert [one["step"] for one in moments] == list(range(scene["first_step"] + 1, scene["last_step"] + 1))
    during = [one["given_kw"] for one in moments if one["phase"] == "call"]
    told = json.loads((_FOLDER / RESULT / "summary.json").read_text("utf-8"))
    assert np.mean(during) == pytest.approx(told["given_kw"]["mean"])
    assert len(scene["names"]) == told["participants"] == 300


def test_its_buildings_and_feeder_are_those_of_its_minutes() -> None:
    """Rows are means over some minutes in half precision; the scene has what the code of today writes."""
    scene = json.loads((_FOLDER / SCENE).read_text("utf-8"))
    moments = [json.loads(line) for line in (_FOLDER / MOMENTS).read_text("utf-8").splitlines()]
    assert scene["states"]["columns"] == list(COLUMNS)
    assert sum(one["bus_v"] is not None for one in scene["participants"]) == 30
    states, feeder = (read_rows(_FOLDER, scene, stem) for stem in ("states", "feeder"))
    every = scene["states"]["every"]
    assert (
        states.steps.tolist() == feeder.steps.tolist() == [one["step"] for one in moments[every - 1 :: every]]
    )

    def means(name: str) -> Any:
        return np.reshape([one[name] for one in moments], (-1, every)).mean(axis=1)

    np.testing.assert_allclose(states.values[:, :, AT["meter_kw"]].sum(axis=1), means("fleet_kw"), rtol=1e-4)
    np.testing.assert_allclose(
        states.values[:, :, AT["without_kw"]].sum(axis=1), means("without_kw"), rtol=1e-4
    )
    charge = [one["battery_kwh"] or 0.0 for one in scene["participants"]]
    soc = np.nan_to_num(states.values[:, :, AT["battery_soc"]]) @ charge / np.sum(charge)
    np.testing.assert_allclose(soc, [one["soc"] for one in moments[every - 1 :: every]], atol=1e-3)
    assert feeder.values.shape[1] == len(scene["feeder"]["transformers"])
    most = np.reshape([one["feeder"]["transformer"] for one in moments], (-1, every)).max(axis=1)
    assert (feeder.values.max(axis=1) <= most + 1e-3).all()
    ranked = ranking(_FOLDER, scene)
    assert ranked["delivered_kwh"].sum() == pytest.approx(
        sum(one["settled_kw"] for one in moments if one["phase"] == "call") / 60.0, rel=1e-3
    )
