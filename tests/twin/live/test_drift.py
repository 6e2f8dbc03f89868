"""A drift is told when a parameter leaves where it settled, and not before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from twin.live.drift import DAYS_BEYOND, REFERENCE_DAYS, SETTLE_DAYS, Drift
from twin.live.figures import Followed, followed

PV = next(one for one in followed() if one.name == "pv")
HEAT = next(one for one in followed() if one.name == "heat")


def _days(drift: Drift, values: list[tuple[float, float]], sd: float = 0.02) -> None:
    for pair in values:
        for noise in (-0.01, 0.01):
            drift.add(np.array(pair) + noise, np.full(2, sd))
        drift.close_day()


def _drift(*kinds: Followed) -> Drift:
    return Drift([f"room/{i}" for i in range(len(kinds))], kinds)


def test_a_lasting_fall_is_told_once_with_its_factors() -> None:
    drift = _drift(PV, PV)
    settled = SETTLE_DAYS + REFERENCE_DAYS
    _days(drift, [(0.0, 0.1)] * settled + [(-0.5, 0.1)] * 6)
    assert [one.column for one in drift.told] == ["room/0"]
    told = drift.told[0]
    assert told.day == settled + DAYS_BEYOND - 1
    assert (told.before, told.after) == (pytest.approx(1.0), pytest.approx(np.exp(-0.5)))


def test_two_days_away_and_slow_wandering_are_no_drift() -> None:
    drift = _drift(PV, PV)
    away = [(-0.5, 0.0)] * (DAYS_BEYOND - 1)
    slow = [(0.0, 0.02 * np.sqrt(day)) for day in range(20)]
    _days(drift, [(0.0, 0.0)] * (SETTLE_DAYS + REFERENCE_DAYS) + away + slow)
    assert drift.told == []


def test_what_returns_to_nought_does_not_drift() -> None:
    drift = _drift(HEAT, replace(HEAT, hours=None))
    _days(drift, [(0.0, 0.0)] * (SETTLE_DAYS + REFERENCE_DAYS) + [(60.0, 60.0)] * 5, sd=0.5)
    assert [one.column for one in drift.told] == ["room/1"]


def test_a_drift_that_was_kept_goes_on() -> None:
    whole, first, second = _drift(PV, PV), _drift(PV, PV), _drift(PV, PV)
    days = [(0.0, 0.1)] * (SETTLE_DAYS + REFERENCE_DAYS) + [(-0.5, 0.1)] * 6
    _days(whole, days)
    _days(first, days[:9])
    second.go_on(first.kept())
    _days(second, days[9:])
    assert second.told == whole.told
    assert len(whole.told) == 1
