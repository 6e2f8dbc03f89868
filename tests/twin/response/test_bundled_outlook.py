"""The outlook that comes with the package is what a march of today gives."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from twin.crew import Alone
from twin.district.year import district_parts
from twin.flexibility.envelope import DIRECTIONS, SOURCES
from twin.project import Loaded, load
from twin.response.invitation import SCENARIOS
from twin.response.outlook import HOTTEST, IN_A_PART, MINUTES, SURE, outlook_of
from twin.response.outlook_assumptions import outlook_assumptions
from twin.response.outlook_stored import FILE, read_outlook

_EXAMPLES = Path(str(files("twin") / "examples"))
_TOLD = _EXAMPLES / "outlooks" / "lingang_300" / FILE


@pytest.mark.long
def test_a_part_with_batteries_is_that_of_a_march_today() -> None:
    told = read_outlook(_TOLD)
    loaded = load(_EXAMPLES / "districts" / "lingang_300.yaml")
    # a whole part: the fit of a building's rooms is made under shifts that fit all of its part
    parts = district_parts(loaded.project, IN_A_PART)
    part = next(part for part in parts if loaded.project.buildings[-1] in part.buildings)
    few = loaded.project.model_copy(update={"buildings": part.buildings})
    found = outlook_of(Loaded(few, loaded.climate, loaded.path), HOTTEST, Alone())
    assert told["day"] == found.day.isoformat()
    assert told["past_days"] == [day.isoformat() for day in found.past_days]
    places = [told["names"].index(name) for name in found.names]
    assert len(places) == len(part.buildings)
    for k, way in enumerate(DIRECTIONS):
        for m, minutes in enumerate(MINUTES):
            kept = np.array(told[way][str(minutes)]["mean_by_building_kw"])[places]
            np.testing.assert_allclose(found.mean_kw[k, m], kept, rtol=1e-4, atol=0.01)
    assert found.mean_kw.sum() > 10.0


def test_its_figures_fit_together() -> None:
    told = read_outlook(_TOLD)
    assert told["participants"] == len(told["names"]) == 300
    assert told["probabilities"] == list(SURE)
    assert len(told["times"]) == 96
    for way in DIRECTIONS:
        for minutes in told["minutes"]:
            own = told[way][str(minutes)]
            total = np.array(own["total_kw"])
            parts = np.sum([own["sources_kw"][name] for name in SOURCES], axis=0)
            np.testing.assert_allclose(parts, total, atol=0.01)
            np.testing.assert_allclose(sum(own["mean_by_building_kw"]), total.mean(), atol=0.2)
            assert set(own["sure_kw"]) == set(SCENARIOS)
            np.testing.assert_allclose(own["sure_kw"]["reliable"]["day"], [total] * len(SURE), atol=0.01)


def test_its_assumptions_are_those_of_today() -> None:
    told = read_outlook(_TOLD)
    now = outlook_assumptions(len(told["past_days"]), shared=False)
    assert told["assumptions"] == [one.as_dict() for one in now]
