"""The invitation: what it takes, what it refuses, when its call is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.project import Loaded
from twin.response.behaviour import Kind, drawn, kept_of_orders
from twin.response.call_times import call_times
from twin.response.invitation import Behaviour, invitation_assumptions, parse_invitation
from weather.errors import TwinError


def test_quantities_and_shares_are_read() -> None:
    said = parse_invitation("schema: 1\ncapacity: 3 MW\nbehaviour: {silent: 20 %, late_by: 0.5 h}\n")
    assert said.capacity == 3000.0
    assert (said.behaviour.silent, said.behaviour.late_by) == (0.2, 30.0)
    assert said.sign == 1.0
    assert parse_invitation("schema: 1\nkind: valley_filling\n").sign == -1.0


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("schema: 1\nstart: '13:05'\n", "start", "13:05"),
        ("schema: 1\nduration: 0.3 h\n", "", "quarter-hours"),
        ("schema: 1\nstart: '23:00'\nduration: 2 h\n", "", "midnight"),
        ("schema: 1\nbehaviour: {silent: 60 %, late: 50 %}\n", "behaviour", "ore participants"),
        ("schema: 1\nkind: reactive_power\n", "kind", "reactive_power"),
        ("schema: 1\nprobability: 1\n", "probability", "1"),
        ("schema: 1\nseed_count: 3\n", "seed_count", "seed_count"),
        ("schema: 2\n", "schema", "2"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(text: str, key: str, told: str) -> None:
    with pytest.raises(TwinError, match=told) as error:
        parse_invitation(text, "call.yaml")
    assert key in (error.value.key or "")
    assert error.value.remedy


def test_steps_of_a_day_ahead_call(loaded: Loaded) -> None:
    said = parse_invitation("schema: 1\ndate: 2025-07-30\nstart: '13:00'\nduration: 2 h\nstep: 1\n")
    times = call_times(said, loaded.project, loaded.climate)
    # from midnight of the day before: 16:00, 37:00, 39:00, 48:00
    assert (times.notice, times.start, times.end, times.last) == (960, 2220, 2340, 2880)
    assert times.year_last - times.year_first == 192
    assert times.event.window == slice(52, 60)
    # workdays before the afternoon on which it was known, latest first
    assert [d.isoformat() for d in times.past_days[:3]] == ["2025-07-28", "2025-07-25", "2025-07-24"]
    assert len(times.past_days) == 10


def test_a_call_of_the_evening_is_followed_into_the_next_day(loaded: Loaded) -> None:
    said = parse_invitation(
        "schema: 1\ndate: 2025-08-02\nstart: '19:00'\nduration: 1 h\nnotice: fast\nstep: 5\n"
    )
    times = call_times(said, loaded.project, loaded.climate)
    assert (times.notice, times.start, times.last) == (222, 228, 576)
    # a Saturday looks back on rest days
    assert {d.weekday() for d in times.past_days} <= {5, 6}


def test_a_call_without_days_before_it_is_refused(loaded: Loaded) -> None:
    with pytest.raises(TwinError, match="precede"):
        call_times(parse_invitation("schema: 1\ndate: 2025-01-03\n"), loaded.project, loaded.climate)
    coarse = replace(loaded, project=loaded.project.model_copy(update={"timestep": 60.0}))
    with pytest.raises(TwinError, match="quarter-hours"):
        call_times(parse_invitation("schema: 1\n"), coarse.project, coarse.climate)


def test_shares_are_met_by_whole_participants_and_only_by_the_able() -> None:
    behaviour = Behaviour(refuse=0.1, silent=0.2, late=0.1, overstate=0.05)
    able = np.arange(300) % 3 != 0
    found = drawn(behaviour, able, 7)
    counts = [int((found.kind == kind).sum()) for kind in Kind]
    assert counts == [100 + 110, 20, 40, 20, 10]
    assert (found.kind[~able] == Kind.RELIABLE).all()
    assert ((found.late_min > 0.0) == (found.kind == Kind.LATE)).all()
    assert set(found.told[found.kind == Kind.OVERSTATES]) == {1.5}
    again, other = drawn(behaviour, able, 7), drawn(behaviour, able, 8)
    np.testing.assert_array_equal(found.kind, again.kind)
    assert (found.kind != other.kind).any()


def test_what_late_ones_keep_is_their_share_of_the_call() -> None:
    """With an exponential delay of mean m over a call T a late one keeps 1 - m/T (1 - exp(-T/m))."""
    kept = kept_of_orders(Behaviour(late=1.0, late_by=20.0), 120.0, 40_000, 3)
    assert kept.mean() == pytest.approx(1.0 - (1.0 - np.exp(-6.0)) / 6.0, abs=5e-3)
    assert (kept_of_orders(Behaviour(), 120.0, 100, 3) == 1.0).all()


def test_what_is_assumed_is_said_in_both_languages() -> None:
    said = parse_invitation("schema: 1\nbehaviour: {silent: 20 %}\n")
    told = {one.key: one for one in invitation_assumptions(said)}
    assert "silent 20 %" in told["response.behaviour"].en
    assert "失联 20 %" in told["response.behaviour"].zh
