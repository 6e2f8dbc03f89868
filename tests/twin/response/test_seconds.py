"""The first seconds of a call: the loop's own law, and the mean that the march by minutes books."""

from __future__ import annotations

import numpy as np
import pytest

from twin.response.figures import figures, seconds_kw, seconds_table
from twin.response.operation import operate
from twin.response.seconds import SECONDS, FirstSeconds
from twin.response.study import Called, concluded, drawn_outcome

_DELAY_S, _TAU_S = 5, 20.0


@pytest.fixture(scope="module")
def seconds(called: Called) -> FirstSeconds:
    found: FirstSeconds = operate(called.fleet, 0)["went"].seconds
    return found


def test_buses_with_an_order_are_looked_at(called: Called, seconds: FirstSeconds) -> None:
    assert [called.names[place] for place in seconds.place] == ["dc one", "dc two"]
    assert seconds.meter_kw.shape == seconds.voltage_pu.shape == (2, SECONDS)
    assert operate(called.fleet, 1)["went"].seconds is None


def test_nothing_moves_before_the_reading_has_come(seconds: FirstSeconds) -> None:
    # in the first second the interface still comes from where the step before left it
    np.testing.assert_allclose(seconds.voltage_pu[:, 0], 1.0, atol=1e-3)
    np.testing.assert_allclose(seconds.voltage_pu[:, 1:_DELAY_S], 1.0, atol=1e-6)
    moved = np.abs(np.diff(seconds.voltage_pu[:, _DELAY_S - 1 :], axis=1))
    assert (moved[:, 0] > 1e-4).all()


def test_the_distance_dies_away_with_the_time_constant(seconds: FirstSeconds) -> None:
    """Means of seconds of d exp(-t / tau), against the power into the bus that the meter shows."""
    for meter in seconds.meter_kw:
        distance = meter[_DELAY_S:] - meter[-1]
        ratio = distance[1:40] / distance[:39]
        # but for the second in which a module of the interface rests, and for what its loss bends
        off = np.abs(ratio - np.exp(-1.0 / _TAU_S))
        assert np.sort(off)[-2] < 2e-3


def test_the_meter_comes_to_what_it_is_to_hold(seconds: FirstSeconds) -> None:
    """Within the error of its class, on the safe side."""
    np.testing.assert_allclose(seconds.meter_kw[:, -1], seconds.held_kw / 1.005, rtol=1e-3)


def test_minutes_book_the_mean_of_the_seconds(called: Called, seconds: FirstSeconds) -> None:
    """The march takes the mean over its step by a formula, the first seconds by a ramp from before."""
    start = called.fleet.times.start
    booked = operate(called.fleet, 0)["went"].meter_kw[seconds.place, start]
    change = np.abs(seconds.meter_kw[:, 0] - seconds.meter_kw[:, -1])
    assert (change > 5.0).all()
    assert (np.abs(seconds.meter_kw.mean(axis=1) - booked) < 0.03 * change).all()


def test_they_are_told(called: Called) -> None:
    response = concluded(called, [drawn_outcome(called, 0, operate(called.fleet, 0)["went"])], 1.0)
    told = figures(response)["seconds"]
    assert told["buildings"] == 2
    assert 0.0 < told["kw"]["10"] < told["kw"]["30"] < told["kw"]["60"] < 1.01 * told["kw"]["300"]
    # the delay, and the time constants in which what is missing then falls to a tenth of the whole
    kw = seconds_kw(response)
    missing = np.log((kw[-1] - kw[_DELAY_S - 1]) / (0.1 * kw[-1]))
    assert told["t90_s"] == pytest.approx(_DELAY_S + missing * _TAU_S, abs=2.5)
    table = seconds_table(response)
    assert len(table) == 2 * SECONDS
    nobody = called.fleet.invitation.model_copy(
        update={"behaviour": called.fleet.invitation.behaviour.model_copy(update={"refuse": 1.0})}
    )
    went = operate(called.fleet._replace(invitation=nobody), 0)["went"]
    silent = concluded(called, [drawn_outcome(called, 0, went)], 1.0)
    assert figures(silent)["seconds"] is None
    assert len(seconds_table(silent)) == 0
