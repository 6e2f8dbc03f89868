"""Baselines from similar days, for one meter by hand and for many at once."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meters import ZONE, between, days_of_july, during, event, july
from twin.market.baseline_methods import METHODS, baseline_method
from twin.market.baselines import Baselines, NoBaseline
from twin.market.demand_response import baseline
from twin.market.event import Call, Event
from twin.market.meter_days import MeterDays, meter_days
from twin.market.products import load_programme
from twin.market.similar_days import MostSimilarDays, SameDayAdjustment, SimilarDays
from weather.errors import TwinError

PROGRAMME = load_programme()
POINT = 52  # 13:00


def made(days: MeterDays, adjustment: SameDayAdjustment | None = None, one: Event | None = None) -> Baselines:
    return SimilarDays(adjustment)(days, one or event(), PROGRAMME)


def numbers(dates: tuple[date, ...]) -> list[int]:
    return [d.day for d in dates]


# --- days ------------------------------------------------------------------------------------------------


def test_each_participant_has_its_own_days() -> None:
    """Thursday 24 July; workdays before: 23 22 21 18 17 | 16 15 14.

    a: nothing special. b: an event on the 23rd. c: a planned outage on the 22nd. d: a gap on the 21st. e: 10
    kW on the 18th in the event's hours, while the sample's mean is (4*500 + 10)/5 = 402 kW, of which 25 %
    are 100.5. f: 5000 kW on the 17th, above 200 % of (4*500 + 5000)/5 = 1400 kW.
    """
    times, _ = july()
    load = np.full((6, len(times)), 500.0)
    load[3, between(times, "2025-07-21 03:00", "2025-07-21 03:15")] = np.nan
    load[4, between(times, "2025-07-18 13:00", "2025-07-18 15:00")] = 10.0
    load[5, between(times, "2025-07-17 13:00", "2025-07-17 15:00")] = 5000.0
    days = meter_days(
        load,
        times,
        participants="abcdef",
        event_days={"b": days_of_july(23)},
        outage_days={"c": days_of_july(22)},
    )
    base = made(days)
    assert [numbers(base.days_of(p)) for p in range(6)] == [
        [23, 22, 21, 18, 17],
        [22, 21, 18, 17, 16],
        [23, 21, 18, 17, 16],
        [23, 22, 18, 17, 16],
        [23, 22, 21, 17, 16],
        [23, 22, 21, 18, 16],
    ]
    assert [[why for _, why in base.left_out_of(p)] for p in range(6)] == [
        [],
        ["event"],
        ["outage"],
        ["gap"],
        ["10.0 kW in the window, sample 402.0 kW"],
        ["5000.0 kW in the window, sample 1400.0 kW"],
    ]
    np.testing.assert_array_equal(base.kw, 500.0)
    assert not base.missing.any()


@pytest.mark.parametrize(("kw", "out"), [(105.2, True), (105.3, False), (1333.3, False), (1333.4, True)])
def test_the_edges_of_25_and_200_percent(kw: float, out: bool) -> None:
    """Four days of 500 kW, one of x: x = (2000 + x)/20 at x = 105.26, x = 2*(2000 + x)/5 at x = 1333.3."""
    times, load = july()
    load[0, between(times, "2025-07-22 13:00", "2025-07-22 15:00")] = kw
    assert (date(2025, 7, 22) not in made(meter_days(load, times)).days_of(0)) is out


def test_replaced_days_are_judged_again() -> None:
    """10 kW on 23 and 22 (mean 304 kW, 25 % = 76): both go. 16 and 15 come; on the 16th it was 10 kW too, now
    below 25 % of (4*500 + 10)/5 = 402 kW: it goes, and 14 comes."""
    times, load = july()
    for day in (16, 22, 23):
        load[0, between(times, f"2025-07-{day} 13:00", f"2025-07-{day} 15:00")] = 10.0
    assert numbers(made(meter_days(load, times)).days_of(0)) == [21, 18, 17, 15, 14]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-09-30", ["09-29", "09-28", "09-26", "09-25", "09-24"]),  # 28: a worked Sunday
        ("2025-10-11", ["10-10", "10-09", "09-30", "09-29", "09-28"]),  # the event on a worked Saturday
        ("2025-10-12", ["10-08", "10-07", "10-06"]),  # a Sunday takes rest days: those of the holiday
        ("2025-10-02", ["10-01", "09-27", "09-21"]),  # a holiday takes rest days: holiday and weekend
        ("2025-09-27", ["09-21", "09-20", "09-14"]),  # a plain Saturday
    ],
)
def test_holiday_types(day: str, expected: list[str]) -> None:
    times = pd.date_range("2025-09-01", "2025-10-14", freq="15min", tz=ZONE, inclusive="left")
    base = made(meter_days(np.full(len(times), 300.0), times), one=event(day))
    assert [f"{d:%m-%d}" for d in base.days_of(0)] == expected


def test_too_few_days_are_a_reason_and_a_short_sample_is_told() -> None:
    times, load = july(2)
    days = meter_days(load, times, outage_days={"1": days_of_july(1)})
    base = made(days, one=event("2025-07-02"))
    assert base.missing.tolist() == [NoBaseline.NO, NoBaseline.TOO_FEW_DAYS]
    assert np.isnan(base.kw[1]).all()
    np.testing.assert_array_equal(base.kw[0], 500.0)
    assert "Only 1 eligible days" in next(a.en for a in base.assumptions if "short_sample" in a.key)
    first = made(days, one=event("2025-07-01"))
    assert (first.missing == NoBaseline.TOO_FEW_DAYS).all()
    strict = PROGRAMME.with_values({"baseline.fewest_days": 5})
    assert SimilarDays()(days, event("2025-07-07"), strict).missing.tolist() == [1, 1]
    assert SimilarDays()(days, event("2025-07-08"), strict).missing.tolist() == [0, 1]


# --- the same-day adjustment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before_kw", "factor", "unclipped"),
    [
        (395.0, 0.8, 0.79),
        (400.0, 0.8, 0.8),
        (450.0, 0.9, 0.9),
        (600.0, 1.2, 1.2),
        (605.0, 1.2, 1.21),
    ],
)
def test_ratio_and_its_clip(before_kw: float, factor: float, unclipped: float) -> None:
    """Baseline 500 kW; the 2 h before the event give before_kw/500, clipped to 0.8 to 1.2."""
    times, load = july()
    load[0, between(times, "2025-07-24 11:00", "2025-07-24 13:00")] = before_kw
    base = made(meter_days(load, times), SameDayAdjustment())
    assert base.adjustment[0] == pytest.approx(factor)
    assert base.adjustment_unclipped[0] == pytest.approx(unclipped)
    np.testing.assert_allclose(base.kw[0], 500.0 * factor)


@pytest.mark.parametrize(
    ("more_kw", "applied"), [(-61.0, -60.0), (-60.0, -60.0), (-30.0, -30.0), (60.0, 60.0), (61.0, 60.0)]
)
def test_difference_and_its_clip(more_kw: float, applied: float) -> None:
    """500 kW before the event, 300 kW in its hours on the sample days: shifts are clipped to 20 % of 300."""
    times, load = july()
    for day in (17, 18, 21, 22, 23):
        load[0, between(times, f"2025-07-{day} 13:00", f"2025-07-{day} 15:00")] = 300.0
    load[0, between(times, "2025-07-24 11:00", "2025-07-24 13:00")] += more_kw
    base = made(meter_days(load, times), SameDayAdjustment("difference"))
    assert base.adjustment[0] == pytest.approx(applied)
    assert base.adjustment_unclipped[0] == pytest.approx(more_kw)
    assert base.kw[0, POINT] == pytest.approx(300.0 + applied)


def test_the_hours_before_the_notice_do_not_see_precooling() -> None:
    """Notice at 11:00, then 550 kW until the event; before it 475 kW from 9:00 to 11:00."""
    times, load = july()
    load[0, between(times, "2025-07-24 11:00", "2025-07-24 13:00")] = 550.0
    load[0, between(times, "2025-07-24 09:00", "2025-07-24 11:00")] = 475.0
    told = event(notice_at="2025-07-24 11:00", notice="intraday")
    days = meter_days(load, times)
    assert made(days, SameDayAdjustment("ratio", "notice"), told).adjustment[0] == pytest.approx(0.95)
    assert made(days, SameDayAdjustment("ratio", "event"), told).adjustment[0] == pytest.approx(1.1)
    for notice_at in (None, "2025-07-23 16:00"):
        with pytest.raises(TwinError, match="leaves no hours") as caught:
            made(days, SameDayAdjustment("ratio", "notice"), event(notice_at=notice_at))
        assert caught.value.key == "event.notice_at"


def test_an_exporting_meter_is_not_scaled_and_an_early_event_has_no_hours_before_it() -> None:
    times, load = july(2)
    load[1, (times.hour >= 10) & (times.hour < 16)] = -200.0
    load[:, between(times, "2025-07-24 11:00", "2025-07-24 13:00")] += 50.0
    base = made(meter_days(load, times), SameDayAdjustment())
    assert base.adjustment.tolist() == pytest.approx([1.1, 1.0])
    assert base.kw[1, POINT] == -200.0
    assert "1 baselines" in next(a.en for a in base.assumptions if "not_adjusted" in a.key)
    early = made(meter_days(load, times), SameDayAdjustment(), event(start="00:00", end="01:00"))
    assert early.adjustment.tolist() == [1.0, 1.0]


def test_a_gap_before_the_event_is_a_reason() -> None:
    times, load = july(2)
    load[1, between(times, "2025-07-24 11:30", "2025-07-24 11:45")] = np.nan
    days = meter_days(load, times)
    base = made(days, SameDayAdjustment())
    assert base.missing.tolist() == [NoBaseline.NO, NoBaseline.GAP_BEFORE_EVENT]
    assert np.isnan(base.kw[1]).all()
    assert not made(days).missing.any()


# --- the likest days -------------------------------------------------------------------------------------


def warm_july(times: pd.DatetimeIndex) -> np.ndarray:
    """Day d of July has 20 + d degC, but the 24th is as the 10th."""
    day = times.day.to_numpy().astype(float)
    return 20.0 + np.where(day == 24, 10.0, day)


def test_ten_likest_days_without_the_highest_and_the_lowest() -> None:
    """Workdays before 24 July by distance from its 30 degC, in K: 10 (0), 11 and 9 (1), 8 (2), 7 (3), 14 (4),
    15 (5), 16 and 4 (6), 17 and 3 (7) - of equals the more recent first, so that 17 is the tenth. Day d draws
    10*d kW: without 17 and 4 the mean is (70 + 80 + 90 + 100 + 110 + 140 + 150 + 160)/8 = 112.5 kW.
    """
    times, _ = july()
    load = 10.0 * times.day.to_numpy().astype(float)
    days = meter_days(load, times, outdoor_c=warm_july(times))
    base = MostSimilarDays()(days, event(), PROGRAMME)
    assert sorted(numbers(base.days_of(0))) == [7, 8, 9, 10, 11, 14, 15, 16]
    assert base.left_out_of(0) == ((date(2025, 7, 17), "extreme"), (date(2025, 7, 4), "extreme"))
    np.testing.assert_allclose(base.kw[0], 112.5)


def test_of_equal_days_two_are_dropped_all_the_same() -> None:
    times, load = july()
    days = meter_days(load, times, outdoor_c=warm_july(times), event_days=days_of_july(10))
    base = MostSimilarDays()(days, event(), PROGRAMME)
    assert base.used.sum() == 8
    assert {why for _, why in base.left_out_of(0)} == {"event", "extreme"}
    few = MostSimilarDays()(days, event("2025-07-03"), PROGRAMME)
    assert few.missing.tolist() == [NoBaseline.TOO_FEW_DAYS]
    assert not few.used.any()
    three = MostSimilarDays()(days, event("2025-07-04"), PROGRAMME)
    assert three.used.sum() == 1
    assert "Only 3" in next(a.en for a in three.assumptions if "short_sample" in a.key)


def test_weather_is_needed_for_likeness() -> None:
    times, load = july()
    with pytest.raises(TwinError, match="outdoor") as caught:
        MostSimilarDays()(meter_days(load, times), event(), PROGRAMME)
    assert caught.value.key == "outdoor_c"


# --- all methods -----------------------------------------------------------------------------------------


def noisy_fleet(seed: int) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray]:
    """Five meters with noise, a gap, a dead day, a day too high; temperatures."""
    rng = np.random.default_rng(seed)
    times, load = july(5, 80.0)
    load *= 1.0 + 0.3 * np.sin(2 * np.pi * times.hour.to_numpy() / 24)
    load += rng.normal(0.0, 5.0, load.shape)
    load[1, between(times, "2025-07-22 05:00", "2025-07-22 09:00")] = np.nan
    load[2, between(times, "2025-07-21 00:00", "2025-07-22 00:00")] = 0.5
    load[3, between(times, "2025-07-18 12:00", "2025-07-18 16:00")] *= 9.0
    load[:, during(times, event())] -= 20.0
    return times, load, 28.0 + rng.normal(0.0, 3.0, len(times))


@pytest.mark.parametrize("key", METHODS)
def test_many_at_once_are_as_one_by_one(key: str) -> None:
    times, load, outdoor = noisy_fleet(3)
    told = event(notice_at="2025-07-24 12:00", notice="intraday")
    method = baseline_method(key)
    whole = method(meter_days(load, times, outdoor_c=outdoor), told, PROGRAMME)
    for p in range(len(load)):
        alone = method(meter_days(load[p], times, outdoor_c=outdoor), told, PROGRAMME)
        if key == "regression":
            np.testing.assert_allclose(alone.kw[0], whole.kw[p], rtol=1e-9)
        else:
            np.testing.assert_array_equal(alone.kw[0], whole.kw[p])
        assert alone.days_of(0) == whole.days_of(p)
        assert alone.left_out_of(0) == whole.left_out_of(p)
        assert alone.adjustment[0] == whole.adjustment[p]


def test_the_baseline_of_one_meter_is_the_fleets() -> None:
    times, load, _ = noisy_fleet(4)
    asked = event()
    call = Call(asked.kind, asked.start, asked.end, 20.0)
    whole = made(meter_days(load, times), SameDayAdjustment())
    for p in range(len(load)):
        alone = baseline(load[p], times, call, adjust=True)
        np.testing.assert_array_equal(alone.kw, whole.kw[p])
        assert alone.days == whole.days_of(p)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(METHODS)), st.permutations(range(5)))
def test_the_order_of_participants_changes_nothing(key: str, order: list[int]) -> None:
    times, load, outdoor = noisy_fleet(5)
    told = event(notice_at="2025-07-24 12:00", notice="intraday")
    method = baseline_method(key)
    first = method(meter_days(load, times, outdoor_c=outdoor), told, PROGRAMME).kw
    second = method(meter_days(load[order], times, outdoor_c=outdoor), told, PROGRAMME).kw
    np.testing.assert_allclose(second, first[order], rtol=1e-9)


@pytest.mark.parametrize("key", METHODS)
def test_what_comes_after_the_start_does_not_move_a_baseline(key: str) -> None:
    times, load, outdoor = noisy_fleet(6)
    told = event(notice_at="2025-07-24 12:00", notice="intraday")
    later = load.copy()
    later[:, times >= told.start] = 12_345.0
    method = baseline_method(key)
    np.testing.assert_array_equal(
        method(meter_days(load, times, outdoor_c=outdoor), told, PROGRAMME).kw,
        method(meter_days(later, times, outdoor_c=outdoor), told, PROGRAMME).kw,
    )


def test_methods_are_chosen_by_key() -> None:
    assert len(METHODS) == 7
    with pytest.raises(TwinError, match="most_similar_days"):
        baseline_method("best")


def test_meters_without_any_day_before_have_no_baseline_by_any_method() -> None:
    times, load, outdoor = noisy_fleet(7)
    first = event("2025-07-01", notice_at="2025-07-01 12:00", notice="intraday")
    days = meter_days(load, times, outdoor_c=outdoor)
    for method in METHODS.values():
        base = method(days, first, PROGRAMME)
        assert (base.missing == NoBaseline.TOO_FEW_DAYS).all()
        assert np.isnan(base.kw).all()
        assert base.days_of(0) == ()


def test_with_events_keeps_the_rest() -> None:
    times, load, _ = noisy_fleet(8)
    days = meter_days(load, times)
    marks = np.zeros(days.events.shape, dtype=bool)
    marks[0, 3] = True
    more = days.with_events(marks)
    assert more.events.sum() == 1
    assert not days.events.any()
    assert dataclasses.replace(more, events=days.events).kw is days.kw
