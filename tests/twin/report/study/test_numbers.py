"""Numbers in print: what stands there is the number, and nothing else ever does."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.report.study.numbers import MISSING, change, money, number, percent, spread

FINITE = st.floats(-1e12, 1e12, allow_nan=False)


def _read(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-").replace("+", ""))


@given(FINITE, st.integers(0, 6))
def test_a_printed_number_reads_back_as_its_rounded_value(value: float, decimals: int) -> None:
    text = number(value, decimals)
    assert abs(_read(text) - Decimal(value)) <= Decimal("0.5000001") * Decimal(10) ** -decimals + abs(
        Decimal(value)
    ) * Decimal("1e-15")
    assert len(text.partition(".")[2]) == decimals


@given(FINITE)
def test_without_given_digits_three_figures_are_kept(value: float) -> None:
    text = number(value)
    assert "." not in text or not text.endswith("0")
    if abs(value) >= 1e-4:
        assert math.isclose(float(_read(text)), value, rel_tol=0.0051)


@given(FINITE, st.booleans())
def test_signs_are_real_and_nought_has_none(value: float, signed: bool) -> None:
    text = number(value, 1, signed=signed)
    assert "-" not in text
    if not any(c in "123456789" for c in text):
        assert text == "0.0"
    else:
        assert text.startswith("−") == (value < 0)
        assert text.startswith("+") == (value > 0 and signed)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, "12", True, [1.0]])
def test_what_is_no_number_is_a_dash(value: Any) -> None:
    assert number(value) == percent(value) == money(value, "zh") == money(value, "en") == MISSING


def test_thousands_stand_apart_in_groups_of_three() -> None:
    assert number(1234567.891, 2) == "1,234,567.89"
    assert number(-999.6, 0) == "−1,000"


@given(FINITE)
def test_ten_thousands_and_thousands_are_the_same_sum(cny: float) -> None:
    chinese, english = money(cny, "zh", unit=False), money(cny, "en", unit=False)
    # one decimal of 10,000 and none of 1,000 are the same digit
    assert abs(_read(chinese) * 10 - _read(english)) <= 1


def test_sums_carry_their_unit() -> None:
    assert money(12_345_678.0, "zh") == "1,234.6 万元"
    assert money(12_345_678.0, "en") == "12,346 kCNY"


def test_a_range_needs_both_ends() -> None:
    assert spread("1", "2") == "1 ~ 2"
    assert spread("1", "1") == "1"
    assert spread("1", MISSING) == MISSING


def test_change_is_signed_and_has_no_meaning_from_nought() -> None:
    assert change(80.0, 60.0) == -0.25
    assert percent(change(80.0, 100.0), 0, signed=True) == "+25 %"
    assert change(0.0, 5.0) is None
    assert change(None, 5.0) is None
