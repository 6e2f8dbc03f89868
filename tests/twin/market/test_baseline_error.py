"""Errors of baselines against the march without the event, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from meters import between, days_of_july, during, event, july
from twin.market.baseline_error import baseline_errors
from twin.market.baseline_methods import METHODS
from twin.market.meter_days import meter_days
from twin.market.similar_days import SameDayAdjustment, SimilarDays
from weather.errors import TwinError


def test_bias_and_cv_rmse_by_hand() -> None:
    """Truth of a is 500 kW, but 540 in the first hour of the event: errors -40 and 0, bias -20 kW of 520,
    RMSE sqrt(1600/2). b is 1000 kW, but 900 in the second hour: errors 0 and +100, bias +50 of 950. In sum
    they are -40 and +100: bias +30 of 1470, RMSE sqrt((1600 + 10000)/2)."""
    times, truth = july(2)
    truth[0, between(times, "2025-07-24 13:00", "2025-07-24 14:00")] = 540.0
    truth[1, between(times, "2025-07-24 14:00", "2025-07-24 15:00")] = 900.0
    load = truth.copy()
    load[:, during(times, event())] -= 100.0
    names = ["a", "b"]
    table = baseline_errors(
        meter_days(load, times, participants=names),
        meter_days(truth, times, participants=names),
        [event()],
        [SimilarDays()],
    ).set_index("participant")
    assert table["bias_kw"].tolist() == pytest.approx([-20.0, 50.0, 30.0])
    assert table["rmse_kw"].tolist() == pytest.approx(
        [math.sqrt(800.0), math.sqrt(5000.0), math.sqrt(5800.0)]
    )
    assert table["truth_kw"].tolist() == pytest.approx([520.0, 950.0, 1470.0])
    assert table["bias"].tolist() == pytest.approx([-20 / 520, 50 / 950, 30 / 1470])
    assert table["cv_rmse"].tolist() == pytest.approx(
        [math.sqrt(800.0) / 520, math.sqrt(5000.0) / 950, math.sqrt(5800.0) / 1470]
    )
    assert table["points"].tolist() == [8, 8, 8]
    assert set(table["method"]) == {"similar_days"}


def test_events_are_pooled_and_what_has_no_baseline_is_counted() -> None:
    """Meter b is silent in the first event's truth and has no truth in it; its second event alone counts."""
    times, truth = july(2)
    load = truth.copy()
    truth[1, between(times, "2025-07-22 13:00", "2025-07-22 13:15")] = np.nan
    truth[0, during(times, event("2025-07-22"))] = 520.0
    days = meter_days(load, times, event_days=days_of_july(22))
    table = baseline_errors(
        days, meter_days(truth, times), [event("2025-07-22"), event()], [SimilarDays()]
    ).set_index("participant")
    assert table["points"].tolist() == [16, 8, 16]
    assert table["missing"].tolist() == [0, 1, 1]
    assert table["bias_kw"].tolist() == pytest.approx([-10.0, 0.0, -10.0])
    none = baseline_errors(days, meter_days(truth, times), [event("2025-07-01")], [SimilarDays()])
    assert none["missing"].tolist() == [1, 1, 2]
    assert none[["bias_kw", "rmse_kw", "bias", "cv_rmse"]].isna().all(axis=None)


def test_an_exporter_has_errors_in_kw_alone() -> None:
    times, truth = july(1, -50.0)
    days = meter_days(truth, times)
    row = baseline_errors(days, days, [event()], [SimilarDays()]).iloc[0]
    assert row["bias_kw"] == 0.0
    assert math.isnan(row["bias"])
    assert math.isnan(row["cv_rmse"])


def test_a_warmer_event_day_is_better_met_with_weather_or_the_hours_before() -> None:
    """100 kW and 5 kW/K above 26 degC; sample days at 27 degC, the event's at 31: similar days are 20 kW low
    of 125; the ratio 125/105 lies within its clip; the regression has the weather."""
    times, _ = july()
    rng = np.random.default_rng(1)
    outdoor = np.repeat(rng.uniform(26.5, 33.0, 31), 96)
    for day in (17, 18, 21, 22, 23):
        outdoor[(day - 1) * 96 : day * 96] = 27.0
    outdoor[23 * 96 : 24 * 96] = 31.0
    truth = 100.0 + 5.0 * (outdoor - 26.0)
    load = truth - 30.0 * during(times, event())
    given = meter_days(load, times, outdoor_c=outdoor)
    methods = [METHODS[k] for k in ("similar_days", "similar_days_ratio", "most_similar_days", "regression")]
    table = baseline_errors(given, meter_days(truth, times), [event()], methods)
    fleet = table[table["participant"] == "fleet"].set_index("method")["bias_kw"]
    assert fleet["similar_days"] == pytest.approx(-20.0)
    assert fleet["similar_days_ratio"] == pytest.approx(0.0, abs=1e-9)
    assert fleet["regression"] == pytest.approx(0.0, abs=1e-6)
    assert -20.0 < fleet["most_similar_days"] < 20.0


def test_marches_of_other_fleets_or_nothing_to_compare_are_refused() -> None:
    times, load = july(2)
    days = meter_days(load, times)
    with pytest.raises(TwinError, match="other participants"):
        baseline_errors(days, meter_days(load[:1], times), [event()], [SimilarDays()])
    with pytest.raises(TwinError, match="no event"):
        baseline_errors(days, days, [], [SimilarDays(SameDayAdjustment())])
