"""Terms of money as people write them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from buildings.description.finance import Finance


def test_growth_is_a_rate_or_a_course() -> None:
    assert Finance.model_validate({"electricity_growth": "2 %"}).electricity_growth == pytest.approx(0.02)
    by_year = Finance.model_validate({"gas_growth": {2030: -0.01, 2035: "1 %"}}).gas_growth
    assert by_year == {2030: -0.01, 2035: 0.01}


def test_prices_have_their_units() -> None:
    assert Finance.model_validate({"carbon_price": "80 CNY/t"}).carbon_price == pytest.approx(80.0)


def test_what_stands_beside_is_off_until_it_is_written() -> None:
    bare = Finance()
    assert not bare.in_ets
    assert not bare.certificates
    assert bare.subsidies == ()
    assert bare.contract is None
    assert bare.tax_rate is None


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ({"electricity_growth": "2 kWh"}, "kWh"),
        ({"electricity_growth": {1900: 0.01}}, "2000"),
        ({"electricity_growth": 3.0}, "0.5"),
        ({"carbon_price": -1}, "0"),
        ({"discount_rate": 1.2}, "1"),
        ({"years": 2}, "5"),
        ({"pv_reward": "gold"}, "bipv"),
        ({"contract": {"type": "lease"}}, "custody"),
        ({"contract": {"owner_share": []}}, "1"),
        ({"unit_costs": {"wall": {"value": 3, "low": 5, "source": "x"}}}, "ascend"),
        ({"unit_costs": {"wall": {"value": 3}}}, "source"),
        ({"other_subsidy": {"amount": -3, "source": "x"}}, "0"),
        ({"grid_factor": "magic"}, "linear_2060"),
        ({"grid_factor": {2030: -1.0}}, "0"),
        ({"interest": 0.1}, "interest"),
        ({"renewal_due": {"plant": 1990}}, "2000"),
        ({"renewal_due": {"plant": {}}}, "one date"),
        ({"renewal_due": {"plant": {"year": 2030, "installed": 2010}}}, "one date"),
        ({"renewal_due": {"plant": {"year": 2030, "amount": 5.0}}}, "source"),
        ({"renewal_due": {"plant": {"year": 2030, "low": 5.0}}}, "no amount"),
        ({"renewal_due": {"plant": {"year": 2030, "amount": 5.0, "low": 6.0, "source": "x"}}}, "ascend"),
    ],
)
def test_what_cannot_be_is_refused_by_name(written: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        Finance.model_validate(written)
