"""Costs of a day, reckoned by hand from what was put in."""

from __future__ import annotations

import pytest

from twin.watch.alarms import alarms_of
from twin.watch.channels import days_of, watch_data
from twin.watch.costs import priced
from watched_hall import PRICE, ZONE, price, weeks

SUN_KWH = 20.0 * 24.0 / 3.14159
"""Yield of a sound day: half a sine of twelve hours [kWh]."""


@pytest.mark.parametrize(
    ("fault", "size", "kwh"),
    [
        ("pv", 0.8, 0.2 * SUN_KWH),
        ("hvac", 1.4, 0.4 * 60.0),
        ("fans", 1.5, 0.5 * 10.0),
        ("fans_at_night_kw", 1.0, 14.0),
        ("warmer_k", -2.0, 60.0 * (1.0 - 0.9**2)),
    ],
)
def test_a_fault_costs_the_electricity_that_it_takes(fault: str, size: float, kwh: float) -> None:
    table = weeks(**{fault: size})  # type: ignore[arg-type]
    (alarm,) = priced(alarms_of(days_of(table, ZONE)), table, ZONE, price(table))
    assert alarm.cost_cny == pytest.approx(kwh * PRICE, rel=0.12)


def test_a_meter_that_reads_too_much_costs_what_is_billed_too_much() -> None:
    table = weeks(meter=1.1)
    (alarm,) = priced(alarms_of(days_of(table, ZONE)), table, ZONE, price(table))
    read = (table["net_import_kw"] + table["net_import_kw residual"]).iloc[-96 * 10 :].clip(lower=0.0)
    assert alarm.cost_cny == pytest.approx(24.0 * read.mean() * PRICE * (1.0 - 1.0 / 1.1), rel=0.15)


def test_a_faded_battery_earns_less_between_dear_and_cheap_hours() -> None:
    table = weeks(capacity=0.7)
    local = table.index.tz_convert(ZONE)
    tariff = price(table).where(local.hour < 18, 1.2)
    (alarm,) = priced(alarms_of(days_of(table, ZONE)), table, ZONE, tariff)
    assert alarm.cost_cny == pytest.approx(0.3 * 20.0 * (1.2 - PRICE), rel=0.15)


@pytest.mark.parametrize(("fault", "size"), [("moisture", 2.5), ("warmer_k", 1.5)])
def test_what_readings_do_not_tell_has_no_cost_but_a_reason(fault: str, size: float) -> None:
    table = weeks(**{fault: size})  # type: ignore[arg-type]
    (alarm,) = priced(alarms_of(days_of(table, ZONE)), table, ZONE, price(table))
    assert alarm.cost_cny is None
    assert watch_data()["faults"][alarm.fault]["cost"]["zh"]
