"""Prices against readings of real price tables, and the rule's own structure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from twin.market import tariff as module
from twin.market.tariff import Period, load_tariff, prices, tariff_keys
from weather.errors import TwinError


def times(start: str, days: float = 1, minutes: int = 15, zone: str = "Asia/Shanghai") -> pd.DatetimeIndex:
    n = round(days * 1440 / minutes)
    return pd.date_range(start, periods=n, freq=f"{minutes}min", tz=zone)


def price_at(key: str, at: str) -> float:
    return float(prices(load_tariff(key), times(at, days=1)).price[0])


# Readings of agency-purchase price tables: 10 kV large industry, two-part, May 2025 (valley, deep valley on
# Sunday 18 May 2025; the others follow from them by k), and single rate below 1 kV in a +20 % month of 2025.
@pytest.mark.parametrize(
    ("key", "at", "expected", "period"),
    [
        ("shanghai_large_industry_10kv", "2025-05-13 00:00", 0.4019, Period.valley),
        ("shanghai_large_industry_10kv", "2025-05-18 00:00", 0.2062, Period.deep_valley),
        ("shanghai_large_industry_10kv", "2025-05-13 09:00", 1.1195, Period.peak),
        ("shanghai_large_industry_10kv", "2025-05-13 12:00", 0.7281, Period.flat),
        ("shanghai_two_part_10kv", "2025-05-18 00:00", 0.4019, Period.valley),
        ("shanghai_two_part_10kv", "2025-07-15 13:00", 1.5435, Period.super_peak),
        ("shanghai_two_part_10kv", "2025-07-15 14:00", 1.2499, Period.peak),
        ("shanghai_two_part_10kv", "2025-07-15 23:00", 0.3367, Period.valley),
        ("shanghai_single_rate_tou", "2025-07-15 23:00", 0.4769, Period.valley),
        ("shanghai_single_rate_tou", "2025-07-15 12:00", 0.9430, Period.peak),
        ("shanghai_residential_tou", "2025-07-15 12:00", 0.617, Period.peak),
        ("shanghai_residential_tou", "2025-07-15 22:00", 0.307, Period.valley),
    ],
)
def test_stored_readings(key: str, at: str, expected: float, period: Period) -> None:
    assert price_at(key, at) == pytest.approx(expected, abs=6e-5)
    assert prices(load_tariff(key), times(at)).period[0] == period


def test_only_part_of_the_price_floats() -> None:
    """The wrong way, k times the flat price, is off by b (k - 1): 0.045 CNY/kWh at the May peak."""
    flat, peak = (
        price_at("shanghai_two_part_10kv", "2025-05-13 12:00"),
        price_at("shanghai_two_part_10kv", "2025-05-13 09:00"),
    )
    level = load_tariff("shanghai_two_part_10kv").levels[0]
    assert 1.6 * flat - peak == pytest.approx(0.6 * level.b)
    assert (peak - level.b) / (flat - level.b) == pytest.approx(1.6)


# Notice 沪发改价管〔2022〕50号: hours of each period.
@pytest.mark.parametrize(
    ("day", "peak", "super_peak", "flat", "valley"),
    [
        (
            "2025-07-15",
            [*range(8, 12), 14, 18, 19, 20],
            [12, 13],
            [6, 7, 15, 16, 17, 21],
            [22, 23, *range(6)],
        ),
        ("2025-09-15", [*range(8, 15), 18, 19, 20], [], [6, 7, 15, 16, 17, 21], [22, 23, *range(6)]),
        ("2025-01-15", [8, 9, 10, 18], [19, 20], [6, 7, *range(11, 18), 21], [22, 23, *range(6)]),
        ("2025-12-15", [8, 9, 10, 18], [19, 20], [6, 7, *range(11, 18), 21], [22, 23, *range(6)]),
        ("2025-04-15", [8, 9, 10, 18, 19, 20], [], [6, 7, *range(11, 18), 21], [22, 23, *range(6)]),
    ],
)
def test_hours_of_the_two_part_tariff(
    day: str, peak: list[int], super_peak: list[int], flat: list[int], valley: list[int]
) -> None:
    code = prices(load_tariff("shanghai_two_part_10kv"), times(day, minutes=60)).period
    for period, hours in (
        (Period.peak, peak),
        (Period.super_peak, super_peak),
        (Period.flat, flat),
        (Period.valley, valley),
    ):
        assert sorted(np.flatnonzero(code == period)) == sorted(hours), period


def test_days_of_the_deep_valley() -> None:
    tariff = load_tariff("shanghai_large_industry_10kv")

    def deep(day: str) -> bool:
        code = prices(tariff, times(day, minutes=60)).period
        hours = np.flatnonzero(code == Period.deep_valley)
        assert list(hours) in ([], [0, 1, 2, 3, 4, 5, 22, 23])
        return len(hours) > 0

    assert deep("2025-01-28")  # Spring Festival
    assert deep("2025-10-08")  # last day of the long holiday
    assert deep("2025-03-16")  # a Sunday of spring
    assert not deep("2025-01-26")  # a Sunday worked for Spring Festival
    assert not deep("2025-10-11")  # a Saturday worked for National Day
    assert not deep("2025-01-12")  # a Sunday of January: rest days count in Feb-Jun and Sep-Nov only
    assert not deep("2025-07-13")
    assert not deep("2025-03-17")


def test_hours_left_count_down_to_the_next_change_across_midnight_and_the_end() -> None:
    left = prices(load_tariff("shanghai_two_part_10kv"), times("2025-04-14", days=2)).hours_left
    assert left[0] == 6.0  # valley from 22:00 to 06:00
    assert left[23] == 0.25
    assert left[24] == 2.0  # flat 06:00-08:00
    assert left[22 * 4] == 8.0
    assert left[-1] == 6.25  # 23:45: the valley goes on after the last step
    assert (np.diff(left)[left[:-1] > 0.25] == -0.25).all()
    residential = prices(load_tariff("shanghai_residential_tou"), times("2025-04-14", days=1, minutes=60))
    assert residential.hours_left[6] == 16.0


def test_other_zones_are_converted_and_naive_times_refused() -> None:
    tariff = load_tariff("shanghai_two_part_10kv")
    there = prices(tariff, times("2025-05-12 16:00", zone="UTC"))
    here = prices(tariff, times("2025-05-13 00:00"))
    np.testing.assert_array_equal(there.price, here.price)
    with pytest.raises(TwinError, match="time zone"):
        prices(tariff, pd.date_range("2025-05-13", periods=4, freq="15min"))
    with pytest.raises(TwinError, match="irregular"):
        prices(tariff, times("2025-05-13")[[0, 1, 3]])


def test_a_leap_year_and_every_tariff_price_every_step() -> None:
    for key in tariff_keys():
        priced = prices(load_tariff(key), times("2024-01-01", days=366))
        assert np.isfinite(priced.price).all()
        assert (priced.price > 0).all()
        assert (priced.hours_left > 0).all()


def test_borrowed_price_levels_and_dates_outside_validity_are_stated() -> None:
    tariff = load_tariff("shanghai_two_part_10kv")
    assert prices(tariff, times("2025-05-13")).assumptions == ()
    whole = {a.key: a for a in prices(tariff, times("2025-01-01", days=365)).assumptions}
    assert set(whole) == {"tariff.price_level"}
    assert "11 months" in whole["tariff.price_level"].en
    assert "2025-05" in whole["tariff.price_level"].zh
    late = {a.key for a in prices(tariff, times("2027-05-13")).assumptions}
    assert late == {"tariff.price_level", "tariff.validity"}
    early = {a.key for a in prices(tariff, times("2022-12-31")).assumptions}
    assert "tariff.validity" in early


def test_unknown_holidays_are_stated_where_they_matter() -> None:
    far = times("2031-05-13")
    with_deep = {a.key for a in prices(load_tariff("shanghai_large_industry_10kv"), far).assumptions}
    without = {a.key for a in prices(load_tariff("shanghai_two_part_10kv"), far).assumptions}
    assert "calendar.holidays" in with_deep
    assert "calendar.holidays" not in without


def test_every_number_of_the_data_file_has_source_year_and_confidence() -> None:
    content = module._content(None)
    words = {"stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"}
    entries = [
        *content["schedules"].values(),
        *[s["deep_valley"] for s in content["schedules"].values() if "deep_valley" in s],
        *[level for group in content["levels"].values() for level in group],
        *content["demand_charges"].values(),
        *content["exports"].values(),
        *[tier for group in content["tiers"].values() for tier in group],
    ]
    assert len(entries) >= 10
    for entry in entries:
        assert entry["confidence"] in words
        assert entry["source"]
        assert 2010 <= entry["year"] <= 2026


def test_unknown_tariff_names_the_known() -> None:
    with pytest.raises(TwinError, match="shanghai_two_part_10kv"):
        load_tariff("beijing")


def test_a_users_own_tariff(tmp_path: Path) -> None:
    content = {
        "schema": 1,
        "schedules": {
            "s": {
                "title_zh": "甲",
                "source": "contract",
                "year": 2026,
                "confidence": "stored:primary",
                "seasons": [
                    {
                        "months": list(range(1, 13)),
                        "hours": "V" * 12 + "P" * 12,
                        "k": {"valley": 0.5, "peak": 2},
                    }
                ],
            }
        },
        "levels": {
            "l": [
                {
                    "month": "2026-01",
                    "a": 0.5,
                    "b": 0.1,
                    "source": "c",
                    "year": 2026,
                    "confidence": "stored:primary",
                }
            ]
        },
        "tariffs": {
            "mine": {
                "title_zh": "甲",
                "title_en": "mine",
                "schedule": "s",
                "levels": "l",
                "valid_from": date(2026, 1, 1),
                "valid_to": date(2026, 12, 31),
                "note": "",
            }
        },
    }
    file = tmp_path / "电价.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    priced = prices(load_tariff("mine", file), times("2026-01-05", minutes=60))
    assert priced.price[[0, 12]] == pytest.approx([0.35, 1.1])
    content["schedules"]["s"]["seasons"][0]["hours"] = "VX"
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(TwinError, match="mine") as caught:
        load_tariff("mine", broken)
    assert "hours" in str(caught.value.key)
    content["schedules"]["s"]["seasons"][0] = {"months": [1, 2], "hours": "V" * 24, "k": {"valley": 1.0}}
    gap = tmp_path / "gap.yaml"
    gap.write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(TwinError, match="months"):
        load_tariff("mine", gap)
    for text in ("", "- 1", "tariffs: {a: ["):
        (tmp_path / "no.yaml").write_text(text)
        module._content.cache_clear()
        with pytest.raises(TwinError):
            load_tariff("mine", tmp_path / "no.yaml")
