"""The envelope of a 光储直柔 hall through a year, and what becomes of it on the march."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from twin.flexibility.envelope import BUILDING, DIRECTIONS, SOURCES, Envelope, flexibility
from twin.flexibility.mass import masses
from twin.flexibility.promise import Delivery, sampled, summary, verify
from twin.flexibility.tables import by_month_and_hour, envelope_table, year_summary
from twin.flexibility.witness import Baseline, baseline
from twin.plant import prepare
from weather.errors import TwinError


class Year:
    """Baseline, envelope and answers of a hall."""

    def __init__(self, marches: ModuleType, **systems: Any) -> None:
        project = marches.project_of(marches.hall(**systems), timestep=15)
        self.plant = prepare(project, marches.shanghai())
        self.known: Baseline = baseline(self.plant, sampled(self.plant))
        self.answers = masses(self.plant)[0]
        self.envelope: Envelope = flexibility(self.known, 0, self.answers)

    @cache  # noqa: B019
    def deliveries(self) -> list[Delivery]:
        """Of one hour at 24 hours of the year."""
        return verify(self.known, 0, self.answers)


@pytest.fixture(scope="module")
def pedf(marches: ModuleType) -> Year:
    return Year(marches, **marches.PEDF)


@pytest.mark.long
def test_a_longer_time_never_has_more_kilowatts(pedf: Year) -> None:
    for source in pedf.envelope.sources.values():
        assert np.isfinite(source.kw).all()
        assert (source.kw >= 0.0).all()
    for direction in DIRECTIONS:
        for name in SOURCES:
            assert (np.diff(pedf.envelope.sources[direction, name].kw, axis=0) <= 1e-6).all()


@pytest.mark.long
def test_nothing_is_held_beyond_the_energy_that_limits_it(pedf: Year) -> None:
    hours = np.array(pedf.envelope.minutes)[:, None] / 60.0
    for direction in DIRECTIONS:
        vehicles = pedf.envelope.sources[direction, "vehicles"]
        assert (vehicles.kw[-1] * hours[-1] <= vehicles.kwh + 1e-6).all()
        # the baseline moves the battery too, so only its capacity bounds what it can do beside
        battery = pedf.envelope.sources[direction, "battery"]
        assert (battery.kw * hours <= 40.0 * 0.8 * 2.0).all()


@pytest.mark.long
def test_tables_hold_what_the_envelope_holds(pedf: Year) -> None:
    rows = envelope_table(pedf.envelope, [4000])
    own = rows[(rows["direction"] == "down") & (rows["minutes"] == 60)].set_index("source")["kw"]
    m = pedf.envelope.minutes.index(60)
    assert own[BUILDING] == pedf.envelope.sources["down", BUILDING].kw[m, 4000]
    year = year_summary(pedf.envelope)
    assert (year["p10_kw"] <= year["p50_kw"]).all()
    assert (year["p50_kw"] <= year["p90_kw"]).all()
    assert len(by_month_and_hour(pedf.envelope)) == 2 * 12 * 24


@pytest.mark.long
def test_promises_are_kept_and_neither_comfort_nor_vehicles_pay(pedf: Year) -> None:
    deliveries = pedf.deliveries()
    kept = summary(deliveries)
    assert len(deliveries) > 30
    for direction in DIRECTIONS:
        assert kept[direction]["kept_share"] >= 0.8
        assert abs(kept[direction]["error_mean"]) < 0.1
        assert kept[direction]["vehicles_missed_kwh"] < 1e-6
        assert kept[direction]["rebound_kwh"] == pytest.approx(
            kept[direction]["rebound_promised_kwh"], rel=0.2
        )


@pytest.mark.long
def test_looking_at_a_baseline_changes_nothing(pedf: Year, marches: ModuleType) -> None:
    """A march that a witness watches is the march, and the plant stays as it was prepared."""
    plain = marches.marched(pedf.plant).outcome
    assert np.array_equal(plain.buildings, pedf.known.outcome.buildings, equal_nan=True)


@pytest.mark.long
def test_a_time_that_is_no_multiple_of_the_step_is_refused(pedf: Year) -> None:
    with pytest.raises(TwinError, match="multiples"):
        flexibility(pedf.known, 0, pedf.answers, [0], (10,))
