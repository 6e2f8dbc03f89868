"""The regression baseline on loads whose coefficients are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from meters import ZONE, between, event
from twin.market.baselines import NoBaseline
from twin.market.meter_days import MeterDays, meter_days
from twin.market.products import load_programme
from twin.market.regression_baseline import REGRESSORS, RegressionBaseline
from weather.errors import TwinError

PROGRAMME = load_programme()
ASKED = event("2025-07-28")  # a Monday
HOLIDAYS = [d.date() for d in pd.to_datetime(["2025-05-31", "2025-06-01", "2025-06-02"])]
FEW = PROGRAMME.with_values({"regression.fewest_days": 5})


def spring_to_summer(seed: int = 1) -> tuple[pd.DatetimeIndex, np.ndarray]:
    """1 May to 31 July 2025 and temperatures from 10 to 36 degC."""
    times = pd.date_range("2025-05-01", "2025-08-01", freq="15min", tz=ZONE, inclusive="left")
    day = np.random.default_rng(seed).uniform(14.0, 32.0, len(times) // 96)
    hour = times.hour.to_numpy() + times.minute.to_numpy() / 60.0
    return times, np.repeat(day, 96) + 4.0 * np.sin(2.0 * np.pi * (hour - 9.0) / 24.0)


def load_of(
    times: pd.DatetimeIndex, outdoor: np.ndarray, coefficients: tuple[float, float, float, float]
) -> np.ndarray:
    """Load that obeys the model: a(q), b(q) = b*(1 + q/96), c and d the same in all quarter-hours."""
    a, b, c, d = coefficients
    quarter = (times.hour * 4 + times.minute // 15).to_numpy()
    first = meter_days(np.zeros(len(times)), times).first_of_type
    return (
        a * (1.0 + 0.5 * np.sin(2 * np.pi * quarter / 96))
        + b * (1.0 + quarter / 96) * np.maximum(0.0, outdoor - 26.0)
        + c * np.maximum(0.0, 18.0 - outdoor)
        + d * np.repeat(first, 96)
    )


def known_fleet() -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray]:
    times, outdoor = spring_to_summer()
    known = (100.0, 6.0, 4.0, 20.0), (30.0, 0.0, 2.0, 0.0)
    truth = np.stack([load_of(times, outdoor, one) for one in known])
    return times, outdoor, truth


def fleet(load: np.ndarray, times: pd.DatetimeIndex, outdoor: np.ndarray) -> MeterDays:
    return meter_days(load, times, outdoor_c=outdoor)


def test_known_coefficients_are_found() -> None:
    """At 13:00 (quarter 52): a = 100*(1 + 0.5 sin(2 pi 52/96)), b = 6*(1 + 52/96), c = 4, d = 20."""
    times, outdoor, truth = known_fleet()
    load = truth.copy()
    load[:, between(times, "2025-07-28 13:00", "2025-07-28 15:00")] -= 25.0
    base = RegressionBaseline()(fleet(load, times, outdoor), ASKED, PROGRAMME)
    assert base.fit is not None
    assert base.fit.names == REGRESSORS
    np.testing.assert_allclose(
        base.fit.coefficients[0, 52],
        [100.0 * (1.0 + 0.5 * np.sin(2 * np.pi * 52 / 96)), 6.0 * (1.0 + 52 / 96), 4.0, 20.0],
        rtol=1e-8,
    )
    np.testing.assert_allclose(base.fit.coefficients[1, 52, 1:], [0.0, 2.0, 0.0], atol=1e-8)
    np.testing.assert_allclose(
        base.kw, truth.reshape(2, -1, 96)[:, (ASKED.day - pd.Timestamp("2025-05-01").date()).days]
    )
    np.testing.assert_allclose(base.fit.r2, 1.0)
    np.testing.assert_allclose(base.fit.cv_rmse, 0.0, atol=1e-9)
    assert base.fit.days.tolist() == [41, 41]  # workdays from 29 May to 25 July, 2 June off (Dragon Boat)


def test_the_fit_tells_its_quality() -> None:
    """Noise of 3 kW: CV(RMSE) is 3 kW over the mean load, and not all of the variance is explained."""
    times, outdoor, truth = known_fleet()
    noise = np.random.default_rng(2).normal(0.0, 3.0, truth.shape)
    base = RegressionBaseline()(fleet(truth + noise, times, outdoor), ASKED, PROGRAMME)
    assert base.fit is not None
    level = truth.reshape(2, -1, 96)[0, 28:87, ASKED.window].mean()
    assert base.fit.cv_rmse[0] == pytest.approx(3.0 / level, rel=0.12)
    assert 0.95 < base.fit.r2[0] < 1.0
    assert base.fit.r2[1] < base.fit.r2[0]  # little of the second's load follows the weather
    told = next(a for a in base.assumptions if a.key == "demand_response.regression")
    assert "CV(RMSE)" in told.en
    assert "41" in told.zh


def test_each_participant_is_fitted_on_its_own_days() -> None:
    times, outdoor, truth = known_fleet()
    load = np.repeat(truth[:1], 3, axis=0)
    load[1, between(times, "2025-07-01 00:00", "2025-07-02 00:00")] = 9_000.0
    load[2, between(times, "2025-07-01 10:00", "2025-07-01 10:15")] = np.nan
    days = meter_days(
        load,
        times,
        participants="abc",
        outdoor_c=outdoor,
        outage_days={"b": {pd.Timestamp("2025-07-01").date()}},
    )
    base = RegressionBaseline()(days, ASKED, PROGRAMME)
    assert base.fit is not None
    assert base.fit.days.tolist() == [41, 40, 40]
    np.testing.assert_allclose(base.kw, np.repeat(base.kw[:1], 3, axis=0))
    assert [why for _, why in base.left_out_of(1)] == ["outage"]
    assert [why for _, why in base.left_out_of(2)] == ["gap"]


def test_too_few_days_are_a_reason() -> None:
    times, outdoor, truth = known_fleet()
    days = fleet(truth, times, outdoor)
    early = RegressionBaseline()(days, event("2025-05-15"), PROGRAMME)  # 7 workdays in May before it
    assert early.missing.tolist() == [NoBaseline.TOO_FEW_DAYS] * 2
    assert np.isnan(early.kw).all()
    assert not RegressionBaseline()(days, event("2025-05-26"), PROGRAMME).missing.any()


def test_a_summer_without_heating_degrees_gives_them_no_weight_and_extrapolation_is_told() -> None:
    """All days of 28 to 30 degC but the event's, 3 K warmer than the warmest; b is 2 kW/K throughout."""
    times = pd.date_range("2025-06-01", "2025-08-01", freq="15min", tz=ZONE, inclusive="left")
    outdoor = np.repeat(np.random.default_rng(3).uniform(28.0, 30.0, len(times) // 96), 96)
    outdoor[between(times, "2025-07-28 00:00", "2025-07-29 00:00")] = outdoor[: 57 * 96].max() + 3.0
    load = 50.0 + 2.0 * (outdoor - 26.0)
    base = RegressionBaseline()(fleet(load, times, outdoor), ASKED, PROGRAMME)
    assert base.fit is not None
    np.testing.assert_allclose(base.fit.coefficients[0, :, 1], 2.0)
    np.testing.assert_allclose(base.fit.coefficients[0, :, 2], 0.0, atol=1e-12)
    np.testing.assert_allclose(base.kw[0], load[between(times, "2025-07-28 00:00", "2025-07-29 00:00")])
    assert 3.0 <= base.fit.extrapolation_k < 3.5
    assert "demand_response.regression.extrapolation" in {a.key for a in base.assumptions}


def test_what_does_not_vary_has_no_weight() -> None:
    """Sundays had outages, so that each rest day left is a Saturday, the first of its type: nothing is known
    about what makes a Sunday, which gets their 60 kW all the same."""
    times, _ = spring_to_summer()
    load = np.full(len(times), 60.0)
    sundays = {d.date() for d in pd.date_range("2025-05-04", "2025-07-27", freq="7D")} | set(HOLIDAYS)
    days = meter_days(load, times, outdoor_c=np.full(len(times), 22.0), outage_days=sundays)
    saturday = RegressionBaseline()(days, event("2025-07-26"), FEW)
    sunday = RegressionBaseline()(days, event("2025-07-27"), FEW)
    assert saturday.fit is not None
    np.testing.assert_allclose(saturday.fit.coefficients[0, 52], [60.0, 0.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(saturday.kw, 60.0)
    np.testing.assert_allclose(sunday.kw, 60.0)


def test_a_constant_load_has_no_share_of_variance() -> None:
    times, outdoor, _ = known_fleet()
    base = RegressionBaseline()(fleet(np.full((1, len(times)), 70.0), times, outdoor), ASKED, PROGRAMME)
    assert base.fit is not None
    assert np.isnan(base.fit.r2[0])
    np.testing.assert_allclose(base.kw, 70.0)


def test_other_bases_are_the_users() -> None:
    times, outdoor, _ = known_fleet()
    load = 80.0 + 5.0 * np.maximum(0.0, outdoor - 22.0)
    mine = PROGRAMME.with_values({"regression.cooling_base_c": 22.0})
    days = fleet(load, times, outdoor)
    exact = RegressionBaseline()(days, ASKED, mine)
    rough = RegressionBaseline()(days, ASKED, PROGRAMME)
    assert exact.fit is not None
    assert rough.fit is not None
    assert exact.fit.cv_rmse[0] == pytest.approx(0.0, abs=1e-9)
    assert rough.fit.cv_rmse[0] > 0.01


def test_weather_is_needed() -> None:
    times, _, truth = known_fleet()
    with pytest.raises(TwinError, match="outdoor"):
        RegressionBaseline()(meter_days(truth, times), ASKED, PROGRAMME)
