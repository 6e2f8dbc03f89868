"""Ranges and invariances that hold for any series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.judges.kpis import (
    citylearn,
    control,
    dc,
    ev,
    event,
    grid,
    load_match,
    peak,
    resilience,
    shift,
    storage_like,
)
from twin.judges.kpis.kpi import Kpi

N = 24
STEP_H = 0.125
"""Three hours of eighths of an hour, two to a metering interval."""
powers = arrays(float, N, elements=st.floats(0.0, 1e4).map(lambda x: round(x, 3)))
nets = arrays(float, N, elements=st.floats(-1e4, 1e4).map(lambda x: round(x, 3)))
spans = arrays(bool, N)


def within(kpi: Kpi, low: float, high: float) -> None:
    assert kpi.defined != bool(kpi.reason)
    if kpi.defined:
        assert low - 1e-9 <= kpi.value <= high + 1e-9, kpi


@given(powers, powers, powers, powers)
def test_shares_of_pv_and_load_lie_between_0_and_1(g: Any, load: Any, charge: Any, give: Any) -> None:
    within(load_match.supply_cover_factor(g, load, charge), 0.0, 1.0)
    within(load_match.load_cover_factor(g, load, charge, give), 0.0, 1.0)
    within(load_match.load_match_index(g, load, STEP_H), 0.0, 1.0)
    within(load_match.pv_curtailment_ratio(g, load), 0.0, 1.0)
    export = np.maximum(g - load, 0.0)
    within(load_match.self_consumption(g, export), 0.0, 1.0)
    within(load_match.self_sufficiency(g, export, np.maximum(load - g, 0.0)), 0.0, 1.0)


@given(powers, powers)
def test_at_the_meter_and_step_by_step_agree_without_storage(g: Any, load: Any) -> None:
    export, bought, none = np.maximum(g - load, 0.0), np.maximum(load - g, 0.0), np.zeros(N)
    step, meter = load_match.supply_cover_factor(g, load, none), load_match.self_consumption(g, export)
    assert step.value == pytest.approx(meter.value, nan_ok=True)
    step = load_match.load_cover_factor(g, load, none, none)
    meter = load_match.self_sufficiency(g, export, bought)
    if step.defined and meter.defined:
        assert step.value == pytest.approx(meter.value, abs=1e-9)


@given(powers, powers)
def test_a_finer_resolution_never_matches_better(g: Any, load: Any) -> None:
    """Of load-weighted cover this is a theorem: min is concave."""
    coarse = [x.reshape(-1, 4).mean(axis=1) for x in (g, load)]
    fine, rough = (load_match.supply_cover_factor(a, b, 0 * a) for a, b in ((g, load), coarse))
    if fine.defined:
        assert fine.value <= rough.value + 1e-9


@given(nets, powers)
def test_grid_and_peaks_keep_their_ranges(net: Any, bought: Any) -> None:
    within(grid.grid_interaction_index(net), 0.0, 1.0)
    within(grid.loss_of_load_probability(net), 0.0, 1.0)
    within(grid.generation_multiple(net), 0.0, np.inf)
    within(peak.load_factor(bought, STEP_H), 0.0, 1.0)
    within(peak.peak_valley_ratio(bought, 1.0), 0.0, 1.0)
    top, p95 = peak.ramps(net, STEP_H)
    assert 0.0 <= p95.value <= top.value + 1e-9
    used, low = dc.interface_load(net, 100.0)
    within(used, 0.0, np.inf)
    within(low, 0.0, 1.0)


@given(powers, powers, spans, spans)
def test_shifting_keeps_its_ranges(bought: Any, base: Any, one: Any, other: Any) -> None:
    high, low = one & other, one & ~other
    within(shift.flexibility_factor(bought, low, high, STEP_H), -1.0, 1.0)
    within(shift.flexibility_index(bought, base, low, high), -np.inf, 100.0)
    within(shift.flexibility_function_index(bought, base, base + 1.0, STEP_H), -np.inf, 1.0)
    within(peak.dimensionless_peak_shaving(bought, base, high, STEP_H), -np.inf, 1.0)
    within(peak.deviation_decrease(bought, base), -np.inf, 1.0)
    within(peak.peak_reduction(bought, base, STEP_H)[1], -np.inf, 1.0)
    within(grid.import_savings(bought, base, STEP_H), -np.inf, 1.0)


@given(nets, nets, nets)
def test_the_degree_of_flexibility_is_1_on_target_and_0_when_rigid(net: Any, rigid: Any, target: Any) -> None:
    within(control.flexibility_degree(net, rigid, target), -np.inf, 1.0)
    on_target = control.flexibility_degree(target, rigid, target)
    if on_target.defined:
        assert on_target.value == pytest.approx(1.0)
        assert control.flexibility_degree(rigid, rigid, target).value == pytest.approx(0.0)


@given(arrays(float, N, elements=st.floats(0.5, 1.5)))
def test_bands_share_the_whole_time(voltage: Any) -> None:
    found = dc.voltage_quality(voltage, STEP_H)
    assert sum(kpi.value for kpi in found[:4]) == pytest.approx(1.0)
    assert found[4].value <= found[5].value


@given(powers, powers, st.integers(1, N - 2), st.integers(1, 12))
def test_an_event_and_its_rebound_make_up_the_whole(power: Any, base: Any, first: int, length: int) -> None:
    """Stored in the event plus moved around it is the net change over the window."""
    span = event.span(N, first, min(first + length, N), before=5, after=8)
    capacity, efficiency = storage_like.adr(power, base, span, span.whole, STEP_H)
    moved = event.rebound(power, base, span, STEP_H)[0]
    net = float((power - base)[span.whole].sum()) * STEP_H
    assert capacity.value + moved.value == pytest.approx(net, abs=1e-6)
    if efficiency.defined:
        assert efficiency.value == pytest.approx(-moved.value / capacity.value, abs=1e-6)
    down, up = event.demand_decrease(power, base, span), event.demand_increase(power, base, span)
    assert down[0].value == pytest.approx(-up[0].value)
    assert (span.before.astype(int) + span.during + span.after).max() == 1


@given(powers, powers, nets, nets)
def test_no_difference_is_a_ratio_of_one(power: Any, base: Any, net: Any, rigid: Any) -> None:
    """Each of CityLearn's figures over itself is 1; where export never happens cost and carbon agree."""
    same = (
        *citylearn.consumption(power, power),
        *citylearn.cost(power, power, np.ones(N), 0.3),
        *citylearn.carbon(power, power, np.ones(N)),
        *citylearn.ramping(power, power),
        *citylearn.peaks(power, power, STEP_H),
        *citylearn.load_factor_gaps(np.tile(power, 8), np.tile(power, 8), STEP_H),
    )
    for kpi in same:
        assert kpi.defined != bool(kpi.reason)
        if kpi.defined:
            assert kpi.value == pytest.approx(1.0)
    theirs, meant = citylearn.cost(power, base, np.ones(N), 0.3)
    assert theirs.value == pytest.approx(meant.value, nan_ok=True)
    hourly = citylearn.peaks(np.tile(net, 2), np.tile(rigid, 2), 1.0)
    assert hourly[0].value == pytest.approx(hourly[1].value, nan_ok=True)


@st.composite
def stays(draw: st.DrawFn) -> ev.Sessions:
    m = draw(st.integers(1, 5))

    def some(low: float, high: float) -> np.ndarray:
        return np.array(draw(st.lists(st.floats(low, high), min_size=m, max_size=m)))

    come = some(0.0, 20.0)
    return ev.Sessions(
        come, come + some(0.1, 10.0), some(0.0, 60.0), some(0.0, 20.0), some(1.0, 50.0), some(0.0, 50.0)
    )


@given(stays())
def test_the_envelope_is_an_envelope(sessions: ev.Sessions) -> None:
    """Latest never above earliest, both end at what fits, and within the power of all chargers."""
    most, least, short = ev.envelope(sessions, 128, 0.25)
    assert (least <= most + 1e-9).all()
    fits = sessions.charge_kw * (sessions.departure_h - sessions.arrival_h)
    final = np.minimum(sessions.need_kwh, fits).sum()
    assert most[-1] == pytest.approx(final)
    assert least[-1] == pytest.approx(final)
    limit = float(sessions.charge_kw.sum()) * 0.25 + 1e-9
    assert np.diff(most).max() <= limit
    assert np.diff(least).max() <= limit
    assert np.diff(least).min() >= -float(sessions.discharge_kw.sum()) * 0.25 - 1e-9
    assert 0 <= short <= len(fits)
    within(ev.envelope_flexibility(sessions, 128, 0.25), 0.0, np.inf)


@given(arrays(float, N, elements=st.floats(0.0, 1.0)), powers)
def test_endurance_grows_with_the_state_of_charge(soc: Any, load: Any) -> None:
    less, more = (resilience.endurance_h(s, load, 100.0, 0.1, 0.9) for s in (soc, np.minimum(soc + 0.1, 1.0)))
    assert (less >= 0.0).all()
    assert (more >= less - 1e-9).all()


# --- a quarter-hour cut into fifteen equal minutes is the same series -----------------------------

M = 192


def _figures(g: Any, load: Any, base: Any, high: Any, step_h: float) -> list[Kpi]:
    """Everything that must not depend on how finely a series is written."""
    net, rigid = load - g, base - g
    bought, bought_b = np.maximum(net, 0.0), np.maximum(rigid, 0.0)
    export, none = np.maximum(-net, 0.0), np.zeros_like(net)
    per_h = round(1.0 / step_h)
    span = event.span(len(net), 20 * per_h, 22 * per_h, before=4 * per_h, after=8 * per_h)
    return [
        load_match.self_consumption(g, export),
        load_match.self_sufficiency(g, export, bought),
        load_match.supply_cover_factor(g, load, none),
        load_match.load_cover_factor(g, load, none, none),
        load_match.load_match_index(g, load, step_h),
        grid.grid_interaction_index(net),
        grid.connection_capacity_factor(net, 100.0),
        grid.generation_multiple(net),
        grid.loss_of_load_probability(net),
        grid.import_savings(bought, bought_b, step_h),
        peak.peak_power(bought, step_h),
        *peak.peak_reduction(bought, bought_b, step_h),
        peak.hourly_reduction(bought, bought_b, step_h),
        peak.load_factor(bought, step_h),
        peak.peak_valley_ratio(bought, step_h),
        *peak.ramps(net, step_h),
        peak.deviation_decrease(net, rigid),
        peak.dimensionless_peak_shaving(bought, bought_b, high, step_h),
        shift.flexibility_factor(bought, ~high, high, step_h),
        *event.demand_decrease(net, rigid, span, 100.0),
        *event.rebound(net, rigid, span, step_h),
        *storage_like.adr(net, rigid, span, span.whole, step_h),
        control.tracking(net, rigid)[0],
        control.flexibility_degree(net, rigid, control.daily_flat(rigid, step_h)),
        *citylearn.consumption(net * step_h, rigid * step_h),
        *(citylearn.peaks(net * step_h, rigid * step_h, step_h)[k] for k in (1, 2)),
        citylearn.ramping(net * step_h, rigid * step_h)[1],
    ]


def test_minutes_of_equal_power_say_what_their_quarter_hours_say() -> None:
    rng = np.random.default_rng(5)
    g, load, base = rng.uniform(0, 80, M), rng.uniform(0, 100, M), rng.uniform(0, 100, M)
    high = rng.uniform(size=M) < 0.4
    coarse = _figures(g, load, base, high, 0.25)
    fine = _figures(*(np.repeat(x, 15) for x in (g, load, base, high)), 1 / 60)
    assert all(kpi.defined for kpi in coarse)
    for one, other in zip(coarse, fine, strict=True):
        assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-9), one.key


def test_what_depends_on_the_step_says_so() -> None:
    """Theirs of CityLearn, and the bands' crossings, change with the step and stand apart."""
    rng = np.random.default_rng(6)
    net, rigid = rng.uniform(1, 80, M), rng.uniform(1, 80, M)
    one = citylearn.peaks(net, rigid, 0.25)[0].value
    other = citylearn.peaks(np.repeat(net, 15), np.repeat(rigid, 15), 1 / 60)[0].value
    assert one != pytest.approx(other, rel=1e-3)
