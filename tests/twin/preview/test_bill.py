"""The model against the bill."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twin.economics.annual import AnnualState
from twin.preview.bill import Bill, assumption, bill_of, by_bill
from twin.preview.six_fields import SixFields, six_fields

BEFORE = AnnualState(
    electricity_cny=1_000_000, gas_cny=50_000, carbon_kg=600_000, carbon_ets_kg=400_000,
    grid_import_kwh=1_000_000, grid_export_kwh=0, pv_kwh=0, pv_used_kwh=0, gas_m3=10_000,
    floor_area_m2=10_000, import_price_cny_kwh=0.8,
)  # fmt: skip
AFTER = replace(
    BEFORE, electricity_cny=700_000, pv_kwh=120_000, pv_used_kwh=100_000, grid_export_kwh=20_000,
    export_price_cny_kwh=0.4,
)  # fmt: skip
SUN = 100_000 * 0.8 + 20_000 * 0.4


def fields(**more: float) -> SixFields:
    return six_fields({"use": "office", "floor_area": 10000, "storeys": 5, "year_built": 2008} | more)


@pytest.mark.parametrize(
    ("kwh", "nearness"), [(1_049_000, "agrees"), (1_060_000, "usual"), (701_000, "usual"), (690_000, "far")]
)
def test_how_near_the_model_is_to_the_bill(kwh: float, nearness: str) -> None:
    found = bill_of(fields(electricity_kwh=kwh), BEFORE)
    assert found is not None
    assert (found.unit, found.modelled, found.nearness) == ("kWh", 1_000_000, nearness)
    assert found.ratio == pytest.approx(kwh / 1e6)


def test_a_sum_is_held_against_the_electricity_bill_alone() -> None:
    found = bill_of(fields(electricity_cny=1_200_000), BEFORE)
    assert found is not None
    assert (found.unit, found.modelled, found.ratio) == ("CNY", 1_000_000, 1.2)
    assert bill_of(fields(), BEFORE) is None


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.3])
def test_use_follows_the_bill_and_the_sun_does_not(ratio: float) -> None:
    first, last = by_bill(BEFORE, AFTER, ratio)
    assert first.electricity_cny == pytest.approx(ratio * 1_000_000)
    saved = first.electricity_cny - last.electricity_cny
    assert saved == pytest.approx(SUN + ratio * (300_000 - SUN))
    assert (first.gas_cny, last.gas_cny) == (BEFORE.gas_cny, AFTER.gas_cny)
    assert last.pv_used_kwh == AFTER.pv_used_kwh


def test_by_its_own_figure_the_model_is_unchanged() -> None:
    assert by_bill(BEFORE, AFTER, 1.0)[1].electricity_cny == pytest.approx(AFTER.electricity_cny)


def test_the_assumption_names_the_share() -> None:
    said = assumption(Bill("kWh", 1.2e6, 1e6, 1.2, "usual"))
    assert "120 %" in said.zh
    assert "120 %" in said.en
