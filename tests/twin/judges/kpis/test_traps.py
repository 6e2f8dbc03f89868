"""Each trap of another tool's definition: what is meant holds, and what is coded there would not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twin.judges.kpis import annex82, citylearn, event, grid, load_match, peak, shift
from twin.market.bill import demand_kw


def test_citylearn_cuts_the_revenue_of_export_off() -> None:
    """Bought 10 at 1, sold 10 at 1 against bought 10: nothing is owed; theirs says as much as before."""
    theirs, meant = citylearn.cost([10.0, -10.0], [10.0, 0.0], [1.0, 1.0], 1.0)
    assert theirs.value == pytest.approx(1.0)
    assert meant.value == pytest.approx(0.0)
    _, at_half = citylearn.cost([10.0, -10.0], [10.0, 0.0], [1.0, 1.0], 0.5)
    assert at_half.value == pytest.approx(0.5)


def test_citylearn_cuts_the_carbon_credit_off() -> None:
    theirs, meant = citylearn.carbon([10.0, -5.0], [10.0, 0.0], [0.5, 0.5])
    assert theirs.value == pytest.approx(1.0)
    assert meant.value == pytest.approx(0.5)


def test_citylearn_takes_24_steps_for_a_day() -> None:
    """One peak a day of 4 where the baseline has 8: a half; theirs mixes quiet quarters of a day in."""
    day = np.ones(96)
    mine, base = day.copy(), day.copy()
    mine[40], base[40] = 4.0, 8.0
    theirs, meant, whole = citylearn.peaks(np.tile(mine, 3), np.tile(base, 3), 0.25)
    assert meant.value == pytest.approx(0.5)
    assert whole.value == pytest.approx(0.5)
    assert theirs.value == pytest.approx((4 + 3) / (8 + 3))
    hourly = citylearn.peaks(np.tile(mine[:24], 3), np.tile(base[:24], 3), 1.0)
    assert hourly[0].value == hourly[1].value


def test_citylearn_takes_24_and_730_steps_for_day_and_month() -> None:
    rng = np.random.default_rng(1)
    mine, base = rng.uniform(1, 2, 96 * 40), rng.uniform(1, 3, 96 * 40)
    daily, meant_daily, monthly, meant_monthly = citylearn.load_factor_gaps(mine, base, 0.25)

    def gap(x: np.ndarray, n: int) -> float:
        parts = [x[i : i + n] for i in range(0, len(x), n)]
        return float(np.mean([1 - p.mean() / p.max() for p in parts]))

    assert daily.value == pytest.approx(gap(mine, 24) / gap(base, 24))
    assert meant_daily.value == pytest.approx(gap(mine, 96) / gap(base, 96))
    assert monthly.value == pytest.approx(gap(mine, 730) / gap(base, 730))
    assert meant_monthly.value == pytest.approx(gap(mine, 2920) / gap(base, 2920))
    assert daily.value != pytest.approx(meant_daily.value, rel=1e-3)


def test_citylearn_counts_ramps_up_only() -> None:
    """A drop of 9 is no ramp to them."""
    theirs, meant = citylearn.ramping([10.0, 1.0, 1.0], [10.0, 10.0, 11.0])
    assert theirs.value == pytest.approx(0.0)
    assert meant.value == pytest.approx(9.0)


def test_the_window_after_an_event_begins_at_its_end() -> None:
    """A shed of 4 kWh and a rebound of 1 kWh: the rebound is +1; as coded the shed is in it."""
    base = np.full(12, 10.0)
    flexible = base.copy()
    flexible[4:8] -= 1.0
    flexible[8] += 1.0
    span = event.span(12, 4, 8, before=4, after=4)
    moved, after, *_ = event.rebound(flexible, base, span, 1.0)
    assert moved.value == pytest.approx(1.0)
    assert after.value == pytest.approx(1.0)
    coded = annex82.annex82_rebound_energy(flexible, base, 4, 1.0)
    assert annex82.annex82_rebound_energy(flexible, base, 0, 1.0).reason == "no_period"
    assert coded.value == pytest.approx(-1.0)  # -3 of the shed, +1, by Simpson's weights


def test_the_step_that_starts_at_the_end_of_an_event_is_no_part_of_it() -> None:
    base = np.full(6, 10.0)
    flexible = base.copy()
    flexible[2:4] = 0.0
    flexible[4] = 20.0
    span = event.span(6, 2, 4, before=2, after=2)
    assert event.demand_decrease(flexible, base, span)[0].value == pytest.approx(10.0)
    # With the step at its end in it the mean would be (10 + 10 - 10)/3.


def test_peak_shaving_takes_hours_not_steps() -> None:
    """Half of the energy in the window is left out, at any step."""
    base, flexible = np.full(8, 10.0), np.full(8, 5.0)
    window = np.ones(8, bool)
    assert peak.dimensionless_peak_shaving(flexible, base, window, 0.25).value == pytest.approx(0.5)
    coded = annex82.annex82_peak_shaving(flexible, base, window, 0.25).value
    assert coded == pytest.approx(5.0 * 8 / (10.0 * 7 * 0.25))  # steps for hours, and Simpson drops one


def test_import_savings_are_of_the_import() -> None:
    """Import falls from 5 to 0 with half of the load on PV: all is saved; of the load it is a half."""
    load, flexible, pv = np.full(5, 10.0), np.full(5, 5.0), np.full(5, 5.0)
    assert grid.import_savings(np.zeros(5), load - pv, 1.0).value == pytest.approx(1.0)
    assert annex82.annex82_import_savings(flexible, load, pv, 1.0).value == pytest.approx(0.5)


def test_flexibility_factor_takes_any_number_of_periods() -> None:
    """Two dear spans a day: the package takes one start and one end, and all else for cheap."""
    power = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
    high = np.array([False, True, False, False, True, False])
    low = np.array([True, False, True, False, False, True])
    assert shift.flexibility_factor(power, low, high, 1.0).value == pytest.approx(1.0)
    flat = shift.flexibility_factor(np.ones(6), low, high, 1.0)
    assert flat.value == pytest.approx((3 - 2) / 5)  # the middle hour is in neither


def test_self_consumption_of_a_response_is_computed() -> None:
    """Load up from 2 to 6 with 5 of PV: three of the four added are own."""
    span = np.ones(4, bool)
    found = load_match.event_self_consumption(np.full(4, 6.0), np.full(4, 2.0), np.full(4, 5.0), span, 1.0)
    assert found.value == pytest.approx(0.75)
    none = load_match.event_self_consumption(np.ones(4), np.ones(4), np.ones(4), span, 1.0)
    assert none.reason == "no_change"


def test_a_peak_is_that_of_the_meter() -> None:
    """A minute of 60 kW is 4 kW in its quarter-hour, as the bill has it."""
    times = pd.date_range("2025-07-01", periods=60, freq="1min", tz="Asia/Shanghai")
    power = np.zeros(60)
    power[20] = 60.0
    assert peak.peak_power(power, 1 / 60).value == pytest.approx(4.0)
    assert peak.peak_power(power, 1 / 60).value == pytest.approx(demand_kw(power, times)[0].max())


def test_energy_of_means_is_their_sum() -> None:
    """Four quarter-hours at 1 kW are 1 kWh; Simpson's rule over the four makes it 0.75."""
    base, flexible = np.ones(4), np.full(4, 2.0)
    span = event.span(4, 0, 1, before=0, after=3)
    assert event.rebound(flexible, base, span, 0.25)[1].value == pytest.approx(0.75)
    assert event.net_consumption_change(flexible, base, np.ones(4, bool), 0.25).value == pytest.approx(100.0)


def test_the_relative_peak_reduction_is_of_the_peaks() -> None:
    """Not of the steps: the peak moved from the second to the first."""
    reduced, relative = peak.peak_reduction([8.0, 2.0], [2.0, 10.0], 1.0)
    assert (reduced.value, relative.value) == (pytest.approx(2.0), pytest.approx(0.2))
