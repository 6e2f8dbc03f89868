"""Products of a programme: notice classes, prices, coefficients, and what is assumed in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from meters import at, event
from twin.judges.response import call_of
from twin.market.event import Event
from twin.market.products import load_programme
from weather.errors import TwinError


def test_two_directions_by_four_notices_make_eight_products() -> None:
    products = {p.key: p for p in load_programme().products()}
    assert len(products) == 8
    fast = products["peak_shaving.fast"]
    assert (fast.zh, fast.en) == ("快速削峰", "fast peak shaving")
    assert (fast.shortest_minutes, fast.longest_minutes) == (5.0, 30.0)
    assert (fast.price_cny_kwh, fast.coefficient) == (3.0, 1.0)
    assert (fast.user_kw, fast.aggregator_kw) == (None, 1000.0)
    assert products["valley_filling.day_ahead"].price_cny_kwh == 1.2


@pytest.mark.parametrize(
    ("minutes", "name"),
    [
        (0.0, "real_time"),
        (5.0, "real_time"),
        (5.1, "fast"),
        (30.0, "fast"),
        (30.1, "intraday"),
        (240.0, "intraday"),
        (241.0, "day_ahead"),
        (21 * 60.0, "day_ahead"),
        (2880.0, "day_ahead"),
    ],
)
def test_notice_time_tells_the_class(minutes: float, name: str) -> None:
    assert load_programme().notice_class(minutes) == name


@pytest.mark.parametrize("minutes", [-1.0, 2881.0, float("nan")])
def test_a_notice_of_no_class_is_refused(minutes: float) -> None:
    with pytest.raises(TwinError, match=r"0 and 2880 min") as caught:
        load_programme().notice_class(minutes)
    assert caught.value.key == "event.notice"


def test_the_call_of_a_run_has_the_class_of_its_notice_time() -> None:
    told: dict[str, Any] = {
        "kind": "peak_shaving",
        "start": "2025-07-24T13:00+08:00",
        "end": "2025-07-24T15:00+08:00",
        "committed_kw": 10.0,
        "notice": "half_hour",
    }
    assert call_of({**told, "notice_at": "2025-07-24T12:30+08:00"}).notice == "fast"
    assert call_of({**told, "notice_at": "2025-07-23T16:00+08:00"}).notice == "day_ahead"
    assert call_of({**told, "notice_at": "2025-07-24T13:00+08:00"}).notice == "real_time"
    with pytest.raises(TwinError, match="time zone"):
        call_of({**told, "notice_at": "2025-07-24T12:30"})


def test_unknown_coefficients_are_one_and_said_and_known_ones_multiply() -> None:
    programme = load_programme()
    price, said = programme.price("peak_shaving", "fast")
    assert price == Decimal("3.0")
    told = {a.key: a for a in said}
    one = told["demand_response.pay.notice_coefficient.fast"]
    assert (one.value, one.confidence) == (1.0, "assumed")
    assert "1.0" in one.zh
    assert "demand_response.pay.rate_coefficient" in told
    mine = programme.with_values(
        {"pay.notice_coefficient.fast": 3.0, "pay.rate_coefficient": 0.9, "pay.peak_shaving": 2.5}
    )
    assert mine.price("peak_shaving", "fast") == (Decimal("6.75"), ())
    assert mine.price("peak_shaving", "intraday")[0] == Decimal("2.25")
    assert programme.value("pay.peak_shaving") == 3.0  # the built-in one is as it was


def test_what_a_programme_cannot_take_is_refused() -> None:
    programme = load_programme()
    with pytest.raises(TwinError, match="no number") as caught:
        programme.with_values({"pay.nothing": 1.0})
    assert caught.value.key == "pay.nothing"
    with pytest.raises(TwinError, match="not negative"):
        programme.with_values({"pay.peak_shaving": -1.0})
    with pytest.raises(TwinError, match="real_time, fast, intraday, day_ahead"):
        programme.price("peak_shaving", "half_hour")


def test_an_event_knows_its_points() -> None:
    one = event()
    assert (one.window, one.hours, one.sign, one.day.isoformat()) == (slice(52, 60), 2.0, 1.0, "2025-07-24")
    night = event(start="22:00", end="23:00", kind="valley_filling")
    assert (night.window.stop, night.sign) == (92, -1.0)
    last = Event("peak_shaving", at("2025-07-24 23:00"), at("2025-07-25 00:00"))
    assert last.window == slice(92, 96)
    seen_from_afar = Event("peak_shaving", one.start.tz_convert("UTC"), one.end.tz_convert("UTC"))
    assert seen_from_afar.window == one.window


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "reactive_power_test"},
        {"notice_at": at("2025-07-24 13:15")},
        {"start": pd.Timestamp("2025-07-24 13:00")},
        {"end": at("2025-07-25 00:15")},
    ],
)
def test_an_event_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    told = {"kind": "peak_shaving", "start": at("2025-07-24 13:00"), "end": at("2025-07-24 15:00"), **change}
    with pytest.raises(TwinError):
        Event(**told)
