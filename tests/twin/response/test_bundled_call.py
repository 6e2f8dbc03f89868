"""The operated call that comes with the package is what its invitation and a march of today give."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from twin.district.year import district_parts
from twin.flexibility.envelope import DIRECTIONS
from twin.project import load
from twin.response.call_times import call_times
from twin.response.invitation import read_invitation
from twin.response.looked_at import Look, look_at
from twin.response.operated import MOMENTS, RESULT, SCENE

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
