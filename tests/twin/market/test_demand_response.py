"""Baselines and settlements by hand on loads made for it."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.market.demand_response import baseline, settle
from twin.market.event import Call
from twin.market.products import load_programme
from weather.errors import TwinError

ZONE = "Asia/Shanghai"


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz=ZONE)


def july(minutes: int = 15) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """July 2025: 200 kW by night, 500 kW from 8 to 18 on workdays, 250 kW on weekends."""
    times = pd.date_range("2025-07-01", periods=31 * 1440 // minutes, freq=f"{minutes}min", tz=ZONE)
    working = (times.hour >= 8) & (times.hour < 18) & (times.day_of_week < 5)
    load = np.where(working, 500.0, np.where(times.day_of_week < 5, 200.0, 250.0))
    return times, load


def call(day: str = "2025-07-24", kw: float = 100.0, start: str = "13:00", end: str = "15:00") -> Call:
    return Call("peak_shaving", at(f"{day} {start}"), at(f"{day} {end}"), kw)


def set_load(times: pd.DatetimeIndex, load: np.ndarray, start: str, end: str, kw: float) -> None:
    load[(times >= at(start)) & (times < at(end))] = kw


def test_the_baseline_is_the_mean_of_the_five_workdays_before() -> None:
    times, load = july()
    for k, day in enumerate(("17", "18", "21", "22", "23")):
        set_load(times, load, f"2025-07-{day} 13:00", f"2025-07-{day} 13:15", 400.0 + 10 * k)
    set_load(times, load, "2025-07-16 13:00", "2025-07-16 13:15", 10_000.0)  # the sixth
    set_load(times, load, "2025-07-24 13:00", "2025-07-31 13:00", 9_000.0)  # never the call's day or later
    base = baseline(load, times, call())
    assert base.days == tuple(date(2025, 7, d) for d in (23, 22, 21, 18, 17))
    assert base.kw[52] == pytest.approx(420.0)
    assert base.kw[53] == pytest.approx(500.0)
    assert base.kw[0] == pytest.approx(200.0)
    assert base.adjustment == 1.0


def test_event_outage_and_odd_days_are_left_out_and_named() -> None:
    times, load = july()
    set_load(times, load, "2025-07-21 00:00", "2025-07-22 00:00", 50.0)  # below 25 % of the mean
    base = baseline(
        load, times, call(), event_days={date(2025, 7, 23)}, outage_days={date(2025, 7, 22), date(2025, 7, 2)}
    )
    assert base.days == tuple(date(2025, 7, d) for d in (18, 17, 16, 15, 14))
    assert [(d.day, why.split()[0]) for d, why in base.left_out] == [
        (23, "event"),
        (22, "outage"),
        (21, "50.0"),
        (2, "outage"),
    ]
    assert base.kw[52] == pytest.approx(500.0)


def test_one_very_high_day_is_left_out() -> None:
    times, load = july()
    set_load(times, load, "2025-07-22 13:00", "2025-07-22 15:00", 5000.0)
    base = baseline(load, times, call())
    assert date(2025, 7, 22) not in base.days
    assert len(base.days) == 5
    assert base.kw[52] == pytest.approx(500.0)


def test_a_rest_day_takes_the_three_rest_days_before_and_a_shifted_workday_counts_as_work() -> None:
    times, load = july()
    base = baseline(load, times, call("2025-07-26"))
    assert base.days == (date(2025, 7, 20), date(2025, 7, 19), date(2025, 7, 13))
    autumn = pd.date_range("2025-09-15", "2025-10-14", freq="15min", tz=ZONE, inclusive="left")
    days = baseline(np.full(len(autumn), 300.0), autumn, call("2025-10-13")).days
    assert days == tuple(date(2025, *md) for md in ((10, 11), (10, 10), (10, 9), (9, 30), (9, 29)))


def test_a_short_history_is_stated_and_none_is_refused() -> None:
    times, load = july()
    short = baseline(load, times, call("2025-07-03"))
    assert len(short.days) == 2
    assert "demand_response.baseline.short_sample" in {a.key for a in short.assumptions}
    with pytest.raises(TwinError, match="no eligible workday"):
        baseline(load, times, call("2025-07-01"))


def test_the_adjustment_follows_the_two_hours_before_and_shows_its_clip() -> None:
    times, load = july()
    set_load(times, load, "2025-07-24 11:00", "2025-07-24 13:00", 550.0)
    set_load(times, load, "2025-07-24 10:00", "2025-07-24 11:00", 9999.0)
    base = baseline(load, times, call(), adjust=True)
    assert base.adjustment == pytest.approx(1.1)
    assert base.kw[52] == pytest.approx(550.0)
    set_load(times, load, "2025-07-24 11:00", "2025-07-24 13:00", 1000.0)
    clipped = baseline(load, times, call(), adjust=True)
    assert (clipped.adjustment, clipped.adjustment_unclipped) == (1.2, pytest.approx(2.0))
    assert "2.000 before its clip" in " ".join(a.en for a in clipped.assumptions)


def test_a_full_response_by_hand() -> None:
    """Baseline 500 kW, event 400 kW, then 530 kW for two hours: 200 kWh, 600 CNY, 60 kWh rebound."""
    times, load = july()
    reference = load.copy()
    set_load(times, load, "2025-07-24 13:00", "2025-07-24 15:00", 400.0)
    set_load(times, load, "2025-07-24 15:00", "2025-07-24 17:00", 530.0)
    set_load(times, load, "2025-07-24 11:00", "2025-07-24 13:00", 510.0)
    done = settle(load, times, call(), reference_kw=reference)
    assert done.mean_kw == pytest.approx(100.0)
    assert done.response_rate == pytest.approx(1.0)
    assert done.energy_kwh == pytest.approx(200.0)
    assert done.effective_minutes == 120.0
    assert done.valid("rule_one") is True
    assert done.valid("rule_two") is True
    assert done.paid_kwh == pytest.approx(200.0)
    assert done.pay_cny == pytest.approx(600.0)
    assert done.after_kwh == pytest.approx(60.0)
    assert done.before_kwh == pytest.approx(20.0)
    assert done.against_reference == pytest.approx(
        {
            "mean_kw": 100.0,
            "lowest_kw": 100.0,
            "energy_kwh": 200.0,
            "before_kwh": 20.0,
            "after_kwh": 60.0,
            "highest_after_kw": 30.0,
            "net_kwh": -120.0,
        }
    )
    keys = {a.key for a in done.assumptions}
    assert {
        "demand_response.pay.peak_shaving",
        "demand_response.pay.lowest_rate",
        "demand_response.pay.notice_coefficient.day_ahead",
        "demand_response.baseline.workdays",
        "demand_response.validity.effective",
    } <= keys
    assert len(done.as_dict()["baseline_kw"]) == 96


@pytest.mark.parametrize(
    ("event_kw", "rate", "one", "two", "paid_kwh"),
    [
        (421.0, 0.79, False, False, 0.0),
        (420.0, 0.80, False, True, 160.0),  # rule one wants the maximum down by the whole commitment
        (400.0, 1.00, True, True, 200.0),
        (380.0, 1.20, True, True, 240.0),
        (300.0, 2.00, True, True, 240.0),  # paid as 120 %
        (500.0, 0.00, False, False, 0.0),
        (560.0, -0.60, False, False, 0.0),
    ],
)
def test_rules_and_paid_band(event_kw: float, rate: float, one: bool, two: bool, paid_kwh: float) -> None:
    times, load = july()
    set_load(times, load, "2025-07-24 13:00", "2025-07-24 15:00", event_kw)
    done = settle(load, times, call())
    assert done.response_rate == pytest.approx(rate)
    assert done.valid("rule_one") is one
    assert done.valid("rule_two") is two
    assert done.paid_kwh == pytest.approx(paid_kwh)


def test_less_than_an_hour_does_not_count() -> None:
    times, load = july()
    set_load(
        times, load, "2025-07-24 13:00", "2025-07-24 13:45", 100.0
    )  # 400 kW for 45 of 120 minutes: mean 150
    done = settle(load, times, call())
    assert done.response_rate == pytest.approx(1.5)
    assert done.effective_minutes == 45.0
    assert done.valid("rule_two") is False
    assert done.pay_cny == 0.0


def test_rule_one_decides_where_it_is_asked_for() -> None:
    times, load = july()
    set_load(times, load, "2025-07-24 13:00", "2025-07-24 15:00", 420.0)
    assert settle(load, times, call(), rule="rule_one").pay_cny == 0.0
    assert settle(load, times, call(), rule="rule_two").pay_cny == pytest.approx(480.0)


def test_valley_filling() -> None:
    times, load = july()
    set_load(times, load, "2025-07-24 01:00", "2025-07-24 03:00", 290.0)
    fill = Call("valley_filling", at("2025-07-24 01:00"), at("2025-07-24 03:00"), 100.0)
    done = settle(load, times, fill)
    assert done.response_rate == pytest.approx(0.9)
    assert done.valid("rule_one") is None
    assert done.valid("rule_two") is True
    assert done.pay_cny == pytest.approx(180 * 1.2)


@settings(max_examples=20, deadline=None)
@given(
    minutes=st.sampled_from([1, 5, 15]), shift=st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York"])
)
def test_step_and_zone_do_not_matter(minutes: int, shift: str) -> None:
    times, load = july(minutes)
    set_load(times, load, "2025-07-24 13:00", "2025-07-24 15:00", 400.0)
    done = settle(load, times.tz_convert(shift), call())
    assert done.mean_kw == pytest.approx(100.0)
    assert done.pay_cny == pytest.approx(600.0)


def test_known_coefficients_are_applied_and_unverified_ones_stated() -> None:
    times, load = july()
    set_load(times, load, "2025-07-24 13:00", "2025-07-24 15:00", 400.0)
    programme = load_programme()
    open_one = {a.key: a for a in settle(load, times, call()).assumptions}[
        "demand_response.pay.notice_coefficient.day_ahead"
    ]
    assert (open_one.value, open_one.confidence) == (1.0, "assumed")
    mine = programme.with_values({"pay.notice_coefficient.day_ahead": 1.5})
    done = settle(load, times, call(), programme=mine)
    assert done.pay_cny == pytest.approx(900.0)
    assert "demand_response.pay.notice_coefficient.day_ahead" not in {a.key for a in done.assumptions}
    with pytest.raises(TwinError, match="open"):
        programme.value("pay.rate_coefficient")


@pytest.mark.parametrize(
    "change",
    [
        {"start": at("2025-07-24 13:05")},
        {"end": at("2025-07-24 13:00")},
        {"end": at("2025-07-25 01:00")},
        {"committed_kw": 0.0},
        {"committed_kw": float("nan")},
        {"start": at("2025-09-24 13:00"), "end": at("2025-09-24 15:00")},
    ],
)
def test_a_call_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    times, load = july()
    with pytest.raises(TwinError) as caught:
        settle(load, times, dataclasses.replace(call(), **change))
    assert caught.value.key is not None


def test_every_number_of_the_programme_has_source_year_and_confidence() -> None:
    for name, fact in load_programme().facts.items():
        assert set(fact) - {"source_zh"} == {"value", "source", "year", "confidence"}, name
        assert (fact["value"] is None) == (fact["confidence"] == "missing"), name
    with pytest.raises(TwinError, match="shanghai"):
        load_programme("moon")
