"""Flaws of real meters: what is certain is put right, what is not is taken out, and all of it is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from measured_files import Door, whats, written
from twin.meters.cleaning import Ledger, energy_of_counter, not_stuck, one_each, one_unit, within_bounds
from twin.meters.mapping import Reading

HOURS = pd.date_range("2025-03-03", periods=24 * 28, freq="h")
UTC = HOURS.tz_localize("Asia/Shanghai").tz_convert("UTC")
WIDTH = pd.Timedelta("1h")
IMPORT = {"column": "kW", "point": "grid_import_kw"}


def load(n: int = len(HOURS), seed: int = 0) -> np.ndarray:
    """Power of an office that no two hours have alike [kW]."""
    hour = np.arange(n) % 24
    day = np.where((hour >= 8) & (hour < 19), 300.0, 60.0)
    return np.round(day * (1.0 + 0.1 * np.random.default_rng(seed).normal(size=n).clip(-3, 3)), 3)


def ledger(**more: object) -> Ledger:
    return Ledger(Reading.model_validate({**IMPORT, **more}))


def series(values: np.ndarray) -> pd.Series:
    return pd.Series(values.astype(float), UTC[: len(values)])


def test_sound_readings_pass_untouched(door: Door) -> None:
    found = door(written(HOURS, kW=load()), [IMPORT])
    assert found.changes == ()
    assert found.table["grid_import_kw"].to_numpy() == pytest.approx(load(), abs=1e-12)
    assert str(found.table.index[0]) == "2025-03-03 00:00:00+08:00"
    assert found.step == WIDTH


def test_a_missing_day_stays_missing(door: Door) -> None:
    lines = written(HOURS, kW=load())
    del lines[25:49]
    found = door(lines, [IMPORT])
    (gap,) = found.changes
    assert (gap.what, gap.action, gap.count) == ("gap", "noticed", 24)
    assert str(gap.first) == "2025-03-04 00:00:00+08:00"
    assert found.table["grid_import_kw"].isna().sum() == 24
    assert found.present()["grid_import_kw"] == pytest.approx(1 - 24 / len(HOURS))


def test_text_among_readings_is_a_gap_and_told(door: Door) -> None:
    values = [f"{v}" for v in load()]
    values[10], values[11], values[12] = "--", "坏值", ""
    found = door(written(HOURS, kW=values), [IMPORT])
    assert whats(found) == ["text", "gap"]
    assert [one.count for one in found.changes] == [2, 3]


def test_the_same_row_twice_counts_once_and_two_readings_of_one_moment_none(door: Door) -> None:
    lines = written(HOURS, kW=load())
    other = lines[40].rsplit(",", 1)[0] + ",999"
    found = door([*lines[:31], lines[30], *lines[31:], other], [IMPORT])
    assert whats(found) == ["duplicate", "conflict", "gap"]
    assert found.table["grid_import_kw"].iloc[29] == load()[29]
    assert np.isnan(found.table["grid_import_kw"].iloc[39])


def test_rows_in_any_order_are_the_same(door: Door) -> None:
    lines = written(HOURS, kW=load())
    found = door([lines[0], *reversed(lines[1:])], [IMPORT])
    assert found.changes == ()
    assert found.table["grid_import_kw"].to_numpy() == pytest.approx(load(), abs=1e-12)


# --- counters ---------------------------------------------------------------------------------------------


def test_a_counter_becomes_power_with_its_transformer_ratio(door: Door) -> None:
    counter = np.round(1000.0 + np.cumsum(np.concatenate(([0.0], load()[:-1] / 80.0))), 6)
    found = door(written(HOURS, kWh=counter), [{**IMPORT, "column": "kWh", "kind": "counter", "scale": 80}])
    assert found.changes == ()
    assert found.table["grid_import_kw"].to_numpy() == pytest.approx(load()[:-1], abs=1e-3)


def test_a_counter_that_rolls_over_is_carried_on() -> None:
    own = ledger(kind="counter")
    found = energy_of_counter(series(np.array([9998.0, 9999.5, 1.0, 2.5])), WIDTH, own)
    assert found.to_numpy() == pytest.approx([1.5, 1.5, 1.5])
    (change,) = own.changes
    assert (change.what, change.action, change.before, change.after) == (
        "rollover", "repaired", "-9998.5", "1.5",
    )  # fmt: skip


def test_a_counter_rolls_over_where_the_mapping_says() -> None:
    own = ledger(kind="counter", rollover=5000.0)
    found = energy_of_counter(series(np.array([4999.0, 1.0])), WIDTH, own)
    assert found.to_numpy() == pytest.approx([2.0])


def test_a_counter_that_was_set_to_zero_leaves_a_gap() -> None:
    own = ledger(kind="counter")
    found = energy_of_counter(series(np.array([4000.0, 4002.0, 1.0, 3.0])), WIDTH, own)
    assert np.isnan(found.iloc[1])
    assert found.iloc[[0, 2]].tolist() == [2.0, 2.0]
    assert [(c.what, c.action) for c in own.changes] == [("reset", "removed")]


def test_what_a_counter_rose_over_a_gap_is_not_spread() -> None:
    own = ledger(kind="counter")
    lacking = series(np.array([10.0, 12.0, np.nan, np.nan, 30.0, 31.0]))
    found = energy_of_counter(lacking, WIDTH, own)
    assert found.iloc[0] == 2.0
    assert np.isnan(found.iloc[1])
    assert [(c.what, c.before) for c in own.changes] == [("counter_gap", "18")]


# --- units, bounds, spikes, stuck -------------------------------------------------------------------------


@pytest.mark.parametrize("power", [3, -3])
@pytest.mark.parametrize(("first", "last"), [(100, 300), (240, 480), (0, 170), (500, len(HOURS))])
def test_a_stretch_in_another_unit_is_put_right_to_the_hour(first: int, last: int, power: int) -> None:
    values = load()
    values[first:last] *= 10.0**power
    own = ledger()
    found = one_unit(series(values), "Asia/Shanghai", own)
    assert found.to_numpy() == pytest.approx(load(), rel=1e-9)
    (change,) = own.changes
    assert (change.what, change.action, change.count) == ("unit", "repaired", last - first)
    assert change.first == UTC[first]
    assert change.last == UTC[last - 1]


def test_a_building_that_rests_at_weekends_has_one_unit() -> None:
    values = load()
    values[HOURS.day_of_week >= 5] *= 0.01
    own = ledger()
    assert one_unit(series(values), "Asia/Shanghai", own).to_numpy() == pytest.approx(values)
    assert own.changes == []


def test_beyond_the_connection_and_below_zero_there_is_no_import() -> None:
    values = load()
    values[[5, 50, 51]] = [-4.0, 701.0, 690.0]
    own = ledger()
    found = within_bounds(series(values), 560.0, own)
    assert np.flatnonzero(found.isna()).tolist() == [5, 50]  # 1.25 times 560 kW are 700 kW
    assert [c.what for c in own.changes] == ["bounds", "spike"]


def test_without_a_connection_only_the_impossible_is_a_spike() -> None:
    values = load()
    values[50:52] = 2000.0, 9e4
    found = within_bounds(series(values), None, ledger())
    assert np.flatnonzero(found.isna()).tolist() == [51]


def test_a_stuck_reading_is_taken_out_from_its_first_to_its_last_hour() -> None:
    values = load()
    values[200:230] = values[200]
    own = ledger()
    found = not_stuck(series(values), WIDTH, own)
    assert np.flatnonzero(found.isna()).tolist() == list(range(200, 230))
    assert [(c.what, c.count) for c in own.changes] == [("stuck", 30)]


def test_what_rests_for_less_than_a_day_is_not_stuck() -> None:
    values = load()
    values[200:223] = values[200]
    assert not_stuck(series(values), WIDTH, ledger()).notna().all()


def test_a_base_load_that_returns_each_weekend_is_not_stuck() -> None:
    values = load()
    values[(HOURS.day_of_week >= 5)] = 40.0
    assert not_stuck(series(values), WIDTH, ledger()).notna().all()


def test_zero_power_and_set_points_may_rest() -> None:
    values = load()
    values[100:300] = 0.0
    assert not_stuck(series(values), WIDTH, ledger()).notna().all()
    setpoint = Ledger(
        Reading.model_validate(
            {"column": "sp", "point": "cooling_setpoint_c", "of": "north", "kind": "state"}
        )
    )
    assert not_stuck(series(np.full(500, 26.0)), WIDTH, setpoint).notna().all()


# --- intervals --------------------------------------------------------------------------------------------

QUARTERS = pd.date_range("2025-03-03", periods=96 * 3, freq="15min")


def test_quarter_hours_of_energy_become_hours_of_power(door: Door) -> None:
    energy = np.arange(1.0, len(QUARTERS) + 1)
    found = door(written(QUARTERS, e=energy), [{**IMPORT, "column": "e", "kind": "energy"}])
    assert found.table["grid_import_kw"].iloc[0] == pytest.approx(1 + 2 + 3 + 4)
    assert len(found.table) == 72


def test_an_hour_that_lacks_a_quarter_is_a_gap(door: Door) -> None:
    lines = written(QUARTERS, kW=load(len(QUARTERS)))
    del lines[6]
    found = door(lines, [IMPORT])
    assert whats(found) == ["partial", "gap"]
    assert np.isnan(found.table["grid_import_kw"].iloc[1])


def test_labels_at_the_end_belong_to_the_interval_before(door: Door) -> None:
    ends = HOURS + WIDTH
    found = door(written(ends, kW=load()), [IMPORT], label="end")
    assert str(found.table.index[0]) == "2025-03-03 00:00:00+08:00"
    assert found.table["grid_import_kw"].iloc[0] == load()[0]


def test_a_state_belongs_to_the_end_of_its_interval_and_a_set_point_to_its_start(door: Door) -> None:
    temp = np.round(20.0 + np.arange(len(QUARTERS)) / 100.0, 3)
    found = door(
        written(QUARTERS, t=temp, sp=temp),
        [
            {"column": "t", "point": "zone air temp sensor", "of": "north"},
            {"column": "sp", "point": "cooling_setpoint_c", "of": "north"},
        ],
    )
    rows = found.table
    at = rows.index.get_loc(pd.Timestamp("2025-03-03 01:00", tz="Asia/Shanghai"))
    assert rows["north/temp_air_c"].iloc[at] == temp[8]  # at 02:00
    assert rows["north/cooling_setpoint_c"].iloc[at] == temp[4]  # at 01:00


def test_degrees_fahrenheit_have_another_zero(door: Door) -> None:
    reading = {"column": "t", "point": "outside air temp sensor", "unit": "degF"}
    found = door(written(HOURS, t=50.0 + load() / 1e4), [reading])
    assert found.table["temp_air"].to_numpy() == pytest.approx(10.0 + load() / 1.8e4, abs=1e-4)


# --- all at once ------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    gap=st.tuples(st.integers(0, 600), st.integers(1, 20)),
    stuck=st.tuples(st.integers(0, 600), st.integers(26, 60)),
    spikes=st.lists(st.integers(0, len(HOURS) - 1), max_size=5),
    twice=st.lists(st.integers(0, len(HOURS) - 1), max_size=5),
    unit=st.one_of(st.none(), st.tuples(st.integers(0, 9), st.integers(4, 9), st.sampled_from([3, -3]))),
)
def test_what_passes_is_the_truth_and_what_does_not_is_told(
    seed: int,
    gap: tuple[int, int],
    stuck: tuple[int, int],
    spikes: list[int],
    twice: list[int],
    unit: tuple[int, int, int] | None,
) -> None:
    """Whatever is broken at once: no wrong reading passes, and every reading that is missing is told."""
    truth = load(seed=seed)
    values, times = truth.copy(), UTC
    values[stuck[0] : stuck[0] + stuck[1]] = values[min(stuck[0], len(values) - 1)]
    if unit is not None:
        first, last = 24 * unit[0], 24 * (unit[0] + unit[1])
        values[first:last] *= 10.0 ** unit[2]
    values[spikes] = 4e6
    keep = np.ones(len(values), dtype=bool)
    keep[gap[0] : gap[0] + gap[1]] = False
    places = np.concatenate((np.flatnonzero(keep), [k for k in twice if keep[k]])).astype(int)
    seen = np.flatnonzero(keep & ~np.isin(np.arange(len(keep)), spikes))
    seen = seen[(seen >= stuck[0]) & (seen < stuck[0] + stuck[1])]
    assume(len(seen) == 0 or seen[-1] - seen[0] >= 24)  # what is left of the stuck run is long enough to see
    own = ledger()
    found = one_each(times[places], values[places], own)
    found = one_unit(found, "Asia/Shanghai", own)
    found = within_bounds(found, 500.0, own)
    found = not_stuck(found, WIDTH, own).reindex(times)
    passed = found.notna().to_numpy()
    assert found.to_numpy()[passed] == pytest.approx(truth[passed], rel=1e-9)
    told = np.zeros(len(times), dtype=bool)
    for change in own.changes:
        if change.action == "removed":
            told |= (times >= change.first) & (times <= change.last)
    assert (passed | told | ~keep).all()
