"""The Runs that come with the package are what a march gives today."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bundled_runs import BUNDLED, DIGITS, EXAMPLES, marched, rounded
from twin.store import Run, RunStore

pytestmark = pytest.mark.long

_ROUNDING = 2.0**-DIGITS
_OTHER_MACHINE = 1e-6
"""Kernels sum in another order where the processor is another; a battery's switching may follow it."""


@pytest.fixture(scope="module")
def today() -> dict[str, Run]:
    return marched()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_bundled_run_is_what_a_march_gives(today: dict[str, Run], name: str) -> None:
    kept, now = RunStore(BUNDLED).open(name), today[name]
    assert kept.project == now.project
    # not by its hash: the sun's position differs in its last bit from processor to processor
    pd.testing.assert_frame_equal(
        kept.weather, now.weather, check_freq=False, check_names=False, rtol=_ROUNDING
    )
    for key in ("electricity_kwh", "pv_kwh", "cost_cny", "carbon_kg"):
        assert kept.summary["total"][key] == pytest.approx(now.summary["total"][key], rel=_OTHER_MACHINE)
    said = [(verdict["key"], verdict["status"]) for verdict in kept.summary["verdicts"]]
    assert said == [(verdict["key"], verdict["status"]) for verdict in now.summary["verdicts"]]
    for before, after in ((kept.series, now.series), (kept.zones, now.zones)):
        assert before.keys() == after.keys()
        for building, table in after.items():
            assert list(before[building].columns) == list(table.columns)
            sums = before[building].sum(), table.sum()
            assert np.allclose(*sums, rtol=_ROUNDING, atol=1e-6, equal_nan=True)


def test_rounding_keeps_what_it_says() -> None:
    table = pd.DataFrame({"a": [0.0, -1.0, 1.0 / 3.0, 1e-9, 123456.789, np.nan]})
    short = rounded(table)["a"].to_numpy()
    assert np.array_equal(short[:2], [0.0, -1.0])
    assert np.allclose(short, table["a"], rtol=_ROUNDING, atol=0.0, equal_nan=True)
    mantissa = np.ldexp(np.frexp(short[:5])[0], DIGITS)
    assert np.array_equal(mantissa, np.round(mantissa))
