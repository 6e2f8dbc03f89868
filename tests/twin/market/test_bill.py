"""The bill charges every kilowatt-hour once, at the price of its hour, and the month's highest demand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.market.bill import bill, demand_kw
from twin.market.tariff import load_tariff, prices, tariff_keys
from weather.errors import TwinError

TWO_PART = load_tariff("shanghai_two_part_10kv")


def times(start: str, days: float = 1, minutes: int = 15) -> pd.DatetimeIndex:
    return pd.date_range(
        start, periods=round(days * 1440 / minutes), freq=f"{minutes}min", tz="Asia/Shanghai"
    )


def test_a_flat_load_through_may_by_hand() -> None:
    """100 kW through May 2025: 6 peak, 10 flat and 8 valley hours a day at the month's written prices."""
    at = times("2025-05-01", days=31)
    account = bill(np.full(len(at), 100.0), np.zeros(len(at)), at, TWO_PART)
    kwh = {name: entry["kwh"] for name, entry in account.by_period().items()}
    assert kwh == pytest.approx({"valley": 31 * 800.0, "flat": 31 * 1000.0, "peak": 31 * 600.0})
    expected = 31 * (800 * 0.4019 + 1000 * 0.7281 + 600 * 1.1195)
    assert account.amount("energy") == pytest.approx(expected, rel=1e-4)
    assert account.amount("demand") == pytest.approx(100 * 40.8)
    assert account.amount("export") == 0.0
    assert account.amount() == pytest.approx(account.amount("energy") + account.amount("demand"))
    assert {a.key for a in account.assumptions} == {"tariff.demand_price"}


@settings(max_examples=20, deadline=None)
@given(
    key=st.sampled_from(tariff_keys()),
    minutes=st.sampled_from([5, 15, 30, 60]),
    seed=st.integers(0, 99),
    days=st.integers(1, 70),
)
def test_every_kilowatt_hour_is_billed_once_at_its_price(
    key: str, minutes: int, seed: int, days: int
) -> None:
    tariff = load_tariff(key)
    at = times("2025-06-20", days=days, minutes=minutes)
    power = np.random.default_rng(seed).uniform(0, 50, len(at))
    account = bill(power, 0 * power, at, tariff)
    energy = power * minutes / 60
    assert sum(e["kwh"] for e in account.by_period().values()) == pytest.approx(energy.sum())
    cheapest = float((energy * prices(tariff, at).price).sum())
    if tariff.tiers:
        assert account.amount("energy") >= cheapest - 1e-9
    else:
        assert account.amount("energy") == pytest.approx(cheapest)
    for line in account.lines:
        assert line.amount_cny == pytest.approx(line.quantity * line.price)


def test_demand_is_the_highest_quarter_hour_of_each_month() -> None:
    at = times("2025-05-01", days=61, minutes=5)
    power = np.full(len(at), 10.0)
    spike = int(np.flatnonzero(at == pd.Timestamp("2025-05-20 10:00", tz=at.tz))[0])
    power[spike : spike + 3] = [40.0, 70.0, 10.0]  # mean 40 over the quarter-hour
    late = int(np.flatnonzero(at == pd.Timestamp("2025-06-02 10:10", tz=at.tz))[0])
    power[late : late + 2] = [70.0, 70.0]  # straddles: means 30 and 30
    lines = [line for line in bill(power, 0 * power, at, TWO_PART).lines if line.kind == "demand"]
    assert [(line.month, line.quantity) for line in lines] == [("2025-05", 40.0), ("2025-06", 30.0)]
    assert "05-20 10:00" in lines[0].note


def test_demand_at_other_steps() -> None:
    at = times("2025-05-01", days=1, minutes=30)
    power = np.arange(48.0)
    demand, starts = demand_kw(power, at)
    assert list(demand[:4]) == [0.0, 0.0, 1.0, 1.0]
    assert len(starts) == 96
    ten, _ = demand_kw([30.0, 60.0, 90.0], times("2025-05-01", days=3 / 144, minutes=10))
    assert list(ten) == pytest.approx([40.0, 80.0])
    rest, _ = demand_kw([30.0, 60.0], times("2025-05-01", days=2 / 144, minutes=10))
    assert list(rest) == pytest.approx([40.0, 60.0])
    with pytest.raises(TwinError, match="quarter-hour"):
        demand_kw([1.0, 2.0], times("2025-05-01 00:10", days=2 / 144, minutes=10))
    said = {a.key for a in bill(power, 0 * power, at, TWO_PART).assumptions}
    assert {"tariff.demand_resolution", "tariff.partial_month"} <= said


def test_the_discount_needs_the_transformer_and_much_use_of_it() -> None:
    at = times("2025-05-01", days=31)
    power = np.full(len(at), 100.0)  # 74,400 kWh
    plain = bill(power, 0 * power, at, TWO_PART).amount("demand")
    assert bill(power, 0 * power, at, TWO_PART, transformer_kva=286).amount("demand") == pytest.approx(
        0.9 * plain
    )
    assert bill(power, 0 * power, at, TWO_PART, transformer_kva=287).amount("demand") == plain


def test_residential_tiers_are_climbed_once_a_year_and_per_meter() -> None:
    """5,000 kWh a year, two thirds at peak: 3,120 in tier 1, 1,680 in tier 2, 200 in tier 3."""
    tariff = load_tariff("shanghai_residential_tou")
    at = times("2025-01-01", days=365)
    power = np.full(len(at), 5000 / 8760)
    account = bill(power, 0 * power, at, tariff)
    by_tier = {
        n: sum(line.quantity for line in account.lines if line.note == n)
        for n in ("tier 1", "tier 2", "tier 3")
    }
    assert by_tier == pytest.approx({"tier 1": 3120.0, "tier 2": 1680.0, "tier 3": 200.0})
    mean = [(2 * p + v) / 3 for p, v in ((0.617, 0.307), (0.677, 0.337), (0.977, 0.487))]
    expected = 3120 * mean[0] + 1680 * mean[1] + 200 * mean[2]
    assert account.amount("energy") == pytest.approx(expected, rel=2e-4)  # tiers do not end at midnight
    assert "tariff.tier_prices" in {a.key for a in account.assumptions}
    ten = bill(10 * power, 0 * power, at, tariff, meters=10)
    assert ten.amount("energy") == pytest.approx(10 * account.amount("energy"))
    small = bill(0.5 * power, 0 * power, at, tariff)
    assert {line.note for line in small.lines} == {"tier 1"}
    assert "tariff.tier_prices" not in {a.key for a in small.assumptions}


def test_tiers_begin_anew_each_year() -> None:
    tariff = load_tariff("shanghai_residential_tou")
    at = times("2024-07-01", days=365)
    account = bill(np.full(len(at), 6000 / 8760), np.zeros(len(at)), at, tariff)
    assert {line.note for line in account.lines} == {"tier 1"}  # 3,024 and 2,976 kWh


def test_export_earns_and_says_that_its_price_is_not_verified() -> None:
    at = times("2025-05-01", days=31)
    account = bill(np.zeros(len(at)), np.full(len(at), 10.0), at, TWO_PART)
    assert account.amount("export") == pytest.approx(-10 * 744 * 0.4155)
    assert "tariff.export_price" in {a.key for a in account.assumptions}
    assert account.as_dict()["export_cny"] < 0


@pytest.mark.parametrize("bad", [[np.nan, 1.0], [-1.0, 1.0], [np.inf, 1.0], [1.0]])
def test_bad_power_is_refused(bad: list[float]) -> None:
    at = times("2025-05-01")[:2]
    for pair in ((bad, [0.0, 0.0]), ([0.0, 0.0], bad)):
        with pytest.raises(TwinError):
            bill(*pair, at, TWO_PART)
