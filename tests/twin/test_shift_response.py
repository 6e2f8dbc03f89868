"""The reduced answer of rooms to shifted set-points: found again where it is known, and made once."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import as_file, files
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

import twin.shift_response
from twin.clock import Outcome, march
from twin.plant import Plant, prepare
from twin.project import load
from twin.shift_response import UncontrolledYears, drawn_shifts, fitted
from twin.supervision import supervisors_of

Floats = NDArray[np.float64]


def _answer(moved: Floats, conductance: float, masses: dict[float, float], dt_h: float) -> Floats:
    """Heat of a shift, marched step by step."""
    followed = dict.fromkeys(masses, 0.0)
    heat = conductance * moved
    for k, d in enumerate(moved):
        for tau, capacity in masses.items():
            now = d + (followed[tau] - d) * np.exp(-dt_h / tau)
            heat[k] += capacity * (now - followed[tau]) / dt_h
            followed[tau] = now
    return heat


def _moved(n: int) -> Floats:
    draw = np.random.default_rng(3)
    return np.repeat(draw.normal(size=n), draw.integers(1, 40, n))[:n]


@pytest.mark.parametrize("dt_h", [1.0 / 60.0, 0.25, 1.0])
def test_known_masses_are_found_again_by_the_step(dt_h: float) -> None:
    moved = _moved(4000)
    works = np.random.default_rng(1).random(4000) > 0.3
    three = {0.3: 3.0, 1.5: 5.0, 30.0: 200.0}
    found = fitted(moved, _answer(moved, 2.0, three, dt_h), works, dt_h)
    assert found.three.time_constant == tuple(three)
    assert (found.three.conductance, *found.three.capacity) == pytest.approx((2.0, *three.values()), rel=1e-6)
    assert found.three.error < 1e-9
    assert found.three.error < found.two.error
    two = {0.7: 5.0, 16.0: 80.0}
    found = fitted(moved, _answer(moved, 2.0, two, dt_h), works, dt_h)
    assert found.two.time_constant == tuple(two)
    assert found.two.capacity == pytest.approx(tuple(two.values()), rel=1e-6)
    assert found.two.steps == np.count_nonzero(works)


def test_the_error_is_the_share_of_the_answer_that_is_left() -> None:
    """Noise of a tenth of the answer that no mass explains."""
    moved = _moved(20000)
    answer = _answer(moved, 2.0, {0.7: 5.0, 16.0: 80.0}, 0.25)
    noise = np.random.default_rng(2).normal(size=20000)
    noise *= 0.1 * np.linalg.norm(answer) / np.linalg.norm(noise)
    found = fitted(moved, answer + noise, np.ones(20000, dtype=bool), 0.25)
    for one in (found.three, found.two):
        assert one.error == pytest.approx(0.1 / np.hypot(1.0, 0.1), rel=0.01)
        assert one.cautious.conductance == pytest.approx(one.conductance / (1.0 + one.error))


@pytest.fixture(scope="module")
def hall(marches: ModuleType) -> Plant:
    systems = marches.PEDF | {"control": {"type": "mpc", "precool": 1, "mpc": {"forecast": "perfect"}}}
    return prepare(marches.project_of(marches.hall(**systems), timestep=15), marches.shanghai())


def test_shifts_are_drawn_among_what_is_allowed(hall: Plant) -> None:
    drawn = drawn_shifts(hall, 1.0, 0.5, 0)
    assert drawn.shape == (hall.n_steps,)
    assert set(np.unique(drawn)) == {-0.5, 0.0, 1.0}
    assert np.array_equal(drawn, drawn_shifts(hall, 1.0, 0.5, 0))
    assert not np.array_equal(drawn, drawn_shifts(hall, 1.0, 0.5, 1))
    assert set(np.unique(drawn_shifts(hall, 1.0, 0.0, 0))) == {0.0, 1.0}
    changes = np.diff(np.flatnonzero(np.diff(drawn)))
    assert changes.min() == 2, "half an hour"


@pytest.mark.long
def test_plans_and_flexibility_share_two_marches(hall: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    marched: list[Plant] = []

    def counted(plant: Plant) -> Outcome:
        marched.append(plant)
        return march(plant)

    monkeypatch.setattr(twin.shift_response, "march", counted)
    before, soc = hall.buildings.shifts.copy(), hall.soc.copy()
    years = UncontrolledYears(hall)
    assert not marched
    supervisors_of(hall, years=years)
    answers = years.answers[0]
    assert len(marched) == 2
    assert set(answers) == {"cooling", "heating"}
    assert np.array_equal(hall.buildings.shifts, before)
    assert np.array_equal(hall.soc, soc)
    assert np.isnan(hall.buildings.orders).all()


@pytest.mark.long
@pytest.mark.parametrize(("name", "seasons"), [("office", ["cooling"]), ("house", ["cooling", "heating"])])
def test_two_masses_leave_hardly_more_than_three_of_quarters_of_an_hour(
    name: str, seasons: list[str], figure: Callable[[str], None]
) -> None:
    """What both leave is no matter of masses, as they leave the same."""
    with as_file(files("twin").joinpath("examples", f"shanghai_{name}_pedf.yaml")) as path:
        loaded = load(path)
    answers = UncontrolledYears(prepare(loaded.project, loaded.climate)).answers[0]
    assert list(answers) == seasons
    for season, own in answers.items():
        figure(
            f"{name}, {season}: answer to a shift, left over with three masses {own.three.error:.1%}, "
            f"with two {own.two.error:.1%}"
        )
        assert own.three.error <= own.two.error < own.three.error + 0.015
        assert own.two.error < 0.27
