"""Quantities: conversion, refusal, and that nothing is read as something else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from buildings.description import quantities as q


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("20000 m2", "m2", 20000.0),
        ("20,000 m²", "m2", 20000.0),
        ("2 ha", "m2", 20000.0),
        ("12.5m2", "m2", 12.5),
        ("75 %", "1", 0.75),
        ("68 °F", "degC", 20.0),
        ("26 ℃", "degC", 26.0),
        ("300 kW", "W", 300_000.0),
        ("0.24 W/(m³/h)", "W/(m3/s)", 864.0),
        ("10 m2/person", "person/m2", 0.1),
        ("10 m²/人", "person/m2", 0.1),
        ("0.8 W/m2K", "W/(m2.K)", 0.8),
        ("0.8 W/(m²·K)", "W/(m2.K)", 0.8),
        ("10 L/(s.person)", "m3/(h.person)", 36.0),
        ("0.5 h", "min", 30.0),
        ("200 mm", "m", 0.2),
        ("1e3", "m2", 1000.0),
        (7, "kW", 7.0),
    ],
)
def test_what_people_write(text: object, unit: str, expected: float) -> None:
    assert q.read_quantity(text, unit) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "m2",
        "20000 kW",
        "0,5 m2",
        "1,50 m2",
        "1 2 m2",
        "1e999 m2",
        "nan",
        "inf m2",
        "-",
        "1..2",
        "x" * 500,
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        q.read_quantity(text, "m2")


@pytest.mark.parametrize("value", [True, None, [1.0], {"m2": 1}, math.nan, math.inf, 10**400])
def test_what_is_no_number(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        q.read_quantity(value, "m2")


def test_zero_area_per_person_has_no_reciprocal() -> None:
    with pytest.raises(ValueError, match="no meaning"):
        q.read_quantity("0 m2/person", "person/m2")


def test_wrong_dimension_names_both_and_the_right_units() -> None:
    with pytest.raises(ValueError, match="'kW' is a unit of power, not of area; write m2 or ha or km2"):
        q.read_quantity("3 kW", "m2")


@given(
    value=st.floats(-1e12, 1e12), one=st.sampled_from(q.known_units()), other=st.sampled_from(q.known_units())
)
def test_conversion_there_and_back(value: float, one: str, other: str) -> None:
    try:
        there = q.convert(value, one, other)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            q.convert(value if value else 1.0, other, one)
        return
    if there == 0.0 and value != 0.0:
        return  # underflow of the offset scale
    assert q.convert(there, other, one) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_zero_is_the_only_value_that_breaks_the_symmetry_of_conversion() -> None:
    assert q.convert(0.0, "m", "km") == 0.0
    with pytest.raises(ValueError, match="no meaning"):
        q.convert(0.0, "person/m2", "m2/person")


@given(value=st.floats(allow_nan=False, allow_infinity=False), unit=st.sampled_from(q.known_units()))
def test_written_and_read_again(value: float, unit: str) -> None:
    assert q.read_quantity(f"{value!r} {unit}", unit) == value


@given(text=st.text(max_size=40))
def test_any_text_gives_a_finite_number_or_a_value_error(text: str) -> None:
    try:
        value = q.read_quantity(text, "m2")
    except ValueError:
        return
    assert math.isfinite(value)


def test_ranges_hold_after_conversion() -> None:
    area = TypeAdapter(q.Area)
    assert area.validate_python("1 ha") == 10_000.0
    with pytest.raises(ValidationError):
        area.validate_python("20 km2")
    with pytest.raises(ValidationError):
        area.validate_python("0 m2")


def test_json_schema_takes_number_and_text_and_names_the_unit() -> None:
    schema = TypeAdapter(q.Area).json_schema()
    assert {part["type"] for part in schema["anyOf"]} == {"number", "string"}
    assert schema["unit"] == "m2"
