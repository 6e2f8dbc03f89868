"""Frost: by hand, at the tests of the standards, continuity, and another's curve of its course."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.systems.frost import (
    FROST_FREE_FROM_C,
    air_air_frost,
    frost_factors,
    frost_losses,
    frosted,
    frosting,
    humidity_ratio,
    saturation_humidity_ratio,
)
from weather.errors import TwinError

AIR = {"t_out": st.floats(-25.0, 15.0), "depression": st.floats(0.0, 6.0)}


def test_vapours_share_of_the_heat_by_hand() -> None:
    """At 0/-1 degC over the frost test: the coil at -8.589, air of 3.06 g/kg; at 2/1 at -6.949 and 3.67."""

    def share(t: float, wet: float, coil: float) -> float:
        vapour = 2834.0 * (humidity_ratio(t, wet) - saturation_humidity_ratio(coil))
        return vapour / (vapour + 1.006 * (t - coil))

    assert humidity_ratio(2.0, 1.0) == pytest.approx(3.67e-3, abs=0.02e-3)
    assert share(2.0, 1.0, -6.949) == pytest.approx(0.33, abs=0.005)
    assert frosting(0.0, -1.0) == pytest.approx(share(0.0, -1.0, -8.589) / share(2.0, 1.0, -6.949))
    assert frosting(2.0, 1.0) == 1.0


@given(**AIR, warmer=st.floats(-0.02, 0.02), wetter=st.floats(-0.02, 0.02))
def test_frost_comes_and_goes_without_a_jump(
    t_out: float, depression: float, warmer: float, wetter: float
) -> None:
    wet = t_out - depression
    here = frosted(t_out, wet, 0.10, 0.066)
    near = frosted(t_out + warmer, wet + warmer + wetter, 0.10, 0.066)
    assert near == pytest.approx(here, abs=0.004)


@given(**AIR, drier=st.floats(0.0, 5.0))
def test_drier_air_frosts_less(t_out: float, depression: float, drier: float) -> None:
    wet = t_out - depression
    much = frosting(t_out, wet)
    assert 0.0 <= frosting(t_out, wet - drier) <= much < 1.5
    output, power = frosted(t_out, wet, 0.10, 0.066)
    assert 0.8 < output <= power <= 1.0


def test_none_in_mild_or_in_dry_air() -> None:
    assert frosted(FROST_FREE_FROM_C, FROST_FREE_FROM_C, 0.1, 0.066) == (1.0, 1.0)
    assert frosted(0.0, -4.0, 0.1, 0.066) == (1.0, 1.0)
    assert frosting(5.0, 4.0) > frosting(6.0, 5.0) > frosting(6.9, 5.9) > frosting(7.0, 6.0) == 0.0


def test_the_tests_of_the_standards() -> None:
    """EN 14511's at 2/1 degC as `data/frost.yaml` has it; AHRI 210/240's at 1.7/0.6: 0.90 and 0.985."""
    capacity, cop = frost_losses("air_water")
    output, power = frosted(2.0, 1.0, capacity, cop)
    assert output == pytest.approx(0.90)
    assert output / power == pytest.approx(1.0 - 0.066)
    output, power, load, melting = air_air_frost(1.7, 0.6)
    assert output == pytest.approx(0.90, abs=0.002)
    assert power == pytest.approx(0.985, abs=0.002)
    assert load == melting == 0.0
    with pytest.raises(TwinError, match="air_air"):
        frost_losses("ground")


def test_its_course_is_wetter_and_afjeis() -> None:
    """TRNSYS type 204, 1997: loss of COP over the outdoor temperature, here over that at 2 degC."""

    def theirs(t: float) -> float:
        return max(0.03 - 0.004 * t, 0.0) + 0.1534 * math.exp(-((t - 0.8869) ** 2) / 26.06)

    for t in (-7.0, -5.0, -2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
        assert frosting(t, t - 1.0) == pytest.approx(theirs(t) / theirs(2.0), abs=0.2), t


def test_energyplus_form_takes_twice_as_much() -> None:
    """Why it serves beside EnergyPlus only: at 2/1 degC 21 % of the capacity, and a step at 5 degC."""
    assert frost_factors(2.0, 1.0)[0] == pytest.approx(0.79, abs=0.01)
    assert frost_factors(4.999, 4.0)[0] < 0.8 < frost_factors(5.0, 4.0)[0] == 1.0
