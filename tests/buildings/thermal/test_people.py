"""Heat of people against the published table that engineers use, and the engine's form of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal.layout import PEOPLE_REFERENCE
from buildings.thermal.people import sensible_heat, sensible_shape


@pytest.mark.parametrize(
    ("total", "sensible"),
    # ASHRAE Handbook Fundamentals 2009 ch. 18 table 1, adjusted for men, women and children, 24 degC [W]:
    # seated at very light work, office work, light bench work, heavy work.
    [(117.0, 72.0), (132.0, 73.0), (235.0, 81.0), (425.0, 170.0)],
)
def test_near_the_table_at_24(total: float, sensible: float) -> None:
    assert sensible_heat(total, 24.0) == pytest.approx(sensible, rel=0.13)


def test_a_fifth_less_at_27() -> None:
    """The same table's note: at 80 degF (26.7 degC) the sensible heat falls by about 20 %."""
    assert sensible_heat(120.0, 26.7) / sensible_heat(120.0, 24.0) == pytest.approx(0.8, abs=0.02)


def test_never_less_than_nothing_nor_more_than_all() -> None:
    found = [sensible_heat(m, t) for m in (10.0, 60.0, 120.0, 400.0) for t in (-10.0, 15.0, 30.0, 45.0)]
    assert min(found) == 0.0
    assert sensible_heat(60.0, 10.0) == 60.0


@given(st.floats(60.0, 500.0), st.floats(10.0, 40.0))
def test_the_engines_form_is_the_polynomial(activity: float, temp: float) -> None:
    heat, slope, curve = sensible_shape(activity)
    away = temp - PEOPLE_REFERENCE
    found = heat * (1.0 + away * slope * (1.0 + away * curve))
    assert np.clip(found, 0.0, activity) == pytest.approx(sensible_heat(activity, temp), abs=1e-6)
