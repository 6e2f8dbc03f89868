"""Alarms: which fault is told, when, and that sound halls are left in peace."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from twin.watch.alarms import alarms_of
from twin.watch.channels import days_of, detector
from watched_hall import BEGIN, CAPACITY_KWH, ZONE, weeks

BEGAN = date(2025, 6, 1) + timedelta(days=BEGIN)


@pytest.mark.parametrize(
    ("fault", "size", "told", "usual", "now"),
    [
        ("pv", 0.8, "pv_loss", 1.0, 0.8),
        ("hvac", 1.4, "refrigerant", 1.0, 1.0 / 1.4),
        ("fans", 1.5, "filter", 1.0, 1.5),
        ("fans_at_night_kw", 1.0, "damper", 0.0, 1.0),
        ("capacity", 0.7, "battery_fade", CAPACITY_KWH, 0.7 * CAPACITY_KWH),
        ("meter", 1.1, "meter", 1.0, 1.1),
        ("warmer_k", 1.5, "setpoint", 0.0, 1.5),
        ("moisture", 2.5, "humidity_sensor", 0.0, 2.5),
    ],
)
def test_a_fault_is_told_within_days_by_its_size(
    fault: str, size: float, told: str, usual: float, now: float
) -> None:
    (alarm,) = alarms_of(days_of(weeks(**{fault: size}), ZONE))  # type: ignore[arg-type]
    assert alarm.fault == told
    assert BEGAN - timedelta(days=2) <= alarm.since <= BEGAN + timedelta(days=1)
    assert BEGAN + timedelta(days=1) <= alarm.day <= BEGAN + timedelta(days=5), "no day alone raises an alarm"
    assert alarm.usual == pytest.approx(usual, abs=max(0.15, 0.05 * abs(usual)))
    assert alarm.now == pytest.approx(now, abs=max(0.15, 0.1 * abs(now)))


def test_sound_halls_and_gains_raise_no_alarm() -> None:
    for seed in range(6):
        assert alarms_of(days_of(weeks(days=90, seed=seed, begin=90), ZONE)) == []
    assert alarms_of(days_of(weeks(pv=1.3), ZONE)) == []


def test_days_of_training_alone_tell_nothing() -> None:
    training = int(detector("settling_days") + detector("training_days"))
    assert alarms_of(days_of(weeks(days=training, begin=20, pv=0.5), ZONE)) == []


def test_a_second_alarm_soon_after_says_of_what_it_may_be_a_sign() -> None:
    first, second = alarms_of(days_of(weeks(fans_at_night_kw=1.0, moisture=1.2), ZONE))
    assert (first.fault, first.after) == ("damper", None)
    assert (second.fault, second.after) == ("humidity_sensor", "damper")
