"""What an aggregator does each minute: it learns what participants keep; others make up for the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controllers.aggregator.answers import Answers, load_watch
from controllers.aggregator.dispatch import dispatch
from controllers.aggregator.monitoring import Monitor, level_that_lasts
from controllers.aggregator.programme import dispatch_by_programme
from weather.errors import TwinError

WATCH = load_watch()


@dataclass
class Fleet:
    """Buildings that follow their orders with a lag, but for their faults.

    `keeps` is the ratio that each delivers, `from_min` when it begins to, `mute` whose meter and orders are
    lost; `noise` a standard deviation of readings, `lag_min` the time constant of an answer. Orders reach all
    that are not mute in the next minute.
    """

    monitor: Monitor
    keeps: np.ndarray
    from_min: np.ndarray
    mute: np.ndarray
    noise: float = 0.0
    lag_min: float = 1.0
    dice: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    kw: np.ndarray = field(init=False)
    orders: np.ndarray = field(init=False)
    told: list[tuple[int, np.ndarray]] = field(default_factory=list)
    given: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kw = np.zeros(len(self.keeps))
        self.orders = self.monitor.asked_kw.copy()

    def minute(self, minute: int) -> np.ndarray | None:
        """One minute: buildings answer, meters are read, orders change."""
        wanted = np.where(minute >= self.from_min, self.keeps, 0.0) * self.orders[:, minute // 15]
        self.kw += (wanted - self.kw) * -np.expm1(-1.0 / self.lag_min)
        reading = self.kw * (1.0 + self.noise * self.dice.standard_normal(len(self.kw)))
        before = self.monitor.asked_kw.copy()
        new = self.monitor.observe(minute, ~self.mute, np.where(self.mute, np.nan, reading))
        if new is not None:
            self.told.append((minute, np.any(self.monitor.asked_kw != before, axis=1)))
            self.orders = np.where(self.mute[:, None], self.orders, self.monitor.asked_kw)
        self.given.append(float(self.kw.sum()))
        return new


def _fleet(
    target: np.ndarray,
    most: np.ndarray,
    price: np.ndarray,
    *,
    energy: np.ndarray | None = None,
    keeps: np.ndarray | None = None,
    from_min: np.ndarray | None = None,
    mute: np.ndarray | None = None,
    noise: float = 0.0,
) -> Fleet:
    n = len(price)
    energy = np.full(n, np.inf) if energy is None else energy
    monitor = Monitor(target, dispatch(target, most, energy, price).kw, most, energy, price)
    return Fleet(
        monitor,
        np.ones(n) if keeps is None else keeps,
        np.zeros(n) if from_min is None else from_min,
        np.zeros(n, bool) if mute is None else mute,
        noise,
    )


def _hear(answers: Answers, kw: float | None, *, passed: float = 1.0, settled: bool = True) -> None:
    there = kw is not None
    answers.hear(
        passed, np.array([there]), np.array([kw if there else 0.0]), np.array([10.0]), np.array([settled])
    )


def _answers() -> Answers:
    return Answers(np.array([10.0]), np.ones(1), WATCH)


def test_a_ratio_follows_its_readings_with_its_time_constant() -> None:
    answers = _answers()
    for _ in range(5):
        _hear(answers, 6.0)
    np.testing.assert_allclose(answers.ratio, 0.6 + 0.4 * np.exp(-1.0))


def test_silence_changes_nothing_at_first_then_trust_dies_away() -> None:
    answers = _answers()
    for _ in range(3):
        _hear(answers, None)
    assert answers.ratio == 1.0
    for _ in range(5):
        _hear(answers, None)
    np.testing.assert_allclose(answers.ratio, np.exp(-1.0))
    assert answers.hoped_ratio == 1.0
    for _ in range(6):
        _hear(answers, None)
    np.testing.assert_allclose(answers.hoped_ratio, np.exp(-11.0 / 5.0))


def test_the_first_word_after_a_long_silence_counts_nearly_alone() -> None:
    answers = _answers()
    _hear(answers, None, passed=30.0)
    _hear(answers, 7.0)
    gone = 10.0 * np.exp(-27.0 / 5.0)
    np.testing.assert_allclose(answers.ratio, (7.0 + (gone - 7.0) * np.exp(-31.0 / 5.0)) / 10.0)
    assert answers.silent_min == 0.0


def test_who_gives_nothing_beyond_patience_is_expected_to_give_nothing() -> None:
    answers = _answers()
    for _ in range(3):
        _hear(answers, 0.0)
    np.testing.assert_allclose(answers.ratio, np.exp(-3.0 / 5.0))
    _hear(answers, 0.0)
    assert answers.ratio == 0.0
    _hear(answers, 9.0)  # it has come
    np.testing.assert_allclose(answers.ratio, 0.9 * -np.expm1(-1.0 / 5.0))


def test_a_short_word_between_keeps_the_count_of_nothing_from_growing() -> None:
    answers = _answers()
    for kw in (0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0):
        _hear(answers, kw)
    assert answers.ratio > 0.0


def test_readings_that_are_not_settled_are_heard_but_not_judged() -> None:
    answers = _answers()
    for _ in range(9):
        _hear(answers, 0.0, settled=False)
    assert answers.ratio == 1.0
    assert answers.silent_min == 0.0


def test_more_than_asked_and_the_other_way_are_powers_of_their_own() -> None:
    more, less = _answers(), _answers()
    for _ in range(200):
        _hear(more, 15.0)
        _hear(less, -4.0)
    assert (more.ratio[0], less.ratio[0]) == (1.0, 0.0)
    np.testing.assert_allclose([more.beside_kw[0], less.beside_kw[0]], [5.0, -4.0])


def test_level_that_lasts_by_hand() -> None:
    """6 kWh over hours with room for 1, 4 and 9 kW: 1 + 2.5 + 2.5."""
    room, hours = np.array([[4.0, 1.0, 9.0]] * 4), np.ones(3)
    level = level_that_lasts(room, hours, np.array([6.0, 14.0, 99.0, 0.0]))
    np.testing.assert_allclose(level[[0, 1, 3]], [2.5, 9.0, 0.0])
    assert level[2] == np.inf
    np.testing.assert_allclose(level_that_lasts(room[:1], np.array([0.5, 1.0, 1.0]), np.array([4.0])), [2.0])


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 2**32))
def test_level_that_lasts_uses_all_the_energy_or_all_the_room(n: int, points: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    room, hours = dice.uniform(0.0, 5.0, (n, points)), dice.uniform(0.01, 1.0, points)
    room[dice.random((n, points)) < 0.2] = 0.0
    energy = dice.uniform(0.0, 3.0 * points, n)
    used = np.minimum(room, level_that_lasts(room, hours, energy)[:, None]) @ hours
    np.testing.assert_allclose(used, np.minimum(energy, room @ hours), atol=1e-9)


def _from_nothing(target: np.ndarray, most: np.ndarray, energy: np.ndarray, price: np.ndarray) -> np.ndarray:
    """What a monitor asks a fleet for, of whom nothing was asked yet, as an event begins."""
    monitor = Monitor(target, np.zeros_like(most), most, energy, price)
    monitor.observe(0, np.ones(len(price), bool), np.zeros(len(price)))
    return monitor.asked_kw


@settings(max_examples=200)
@given(st.integers(1, 10), st.integers(1, 8), st.integers(0, 2**32), st.sampled_from([0.3, 0.8, 1.5]))
def test_with_level_targets_and_powers_its_orders_are_as_good_as_the_programme(
    n: int, points: int, seed: int, tight: float
) -> None:
    dice = np.random.default_rng(seed)
    most = np.repeat(dice.uniform(0.5, 20.0, (n, 1)), points, axis=1)
    energy = most.sum(axis=1) * 0.25 * dice.uniform(0.1, 1.3, n)
    price, target = dice.uniform(0.1, 3.0, n), np.full(points, most[:, 0].sum() * tight)
    asked, best = (
        _from_nothing(target, most, energy, price),
        dispatch_by_programme(target, most, energy, price),
    )
    assert asked.sum() == pytest.approx(best.kw.sum(), rel=1e-6)
    assert price @ asked.sum(axis=1) * 0.25 == pytest.approx(best.cost_cny, rel=1e-6)


def test_with_uneven_targets_its_orders_cost_little_more_than_the_programme(
    figure: Callable[[str], None],
) -> None:
    """300 participants of three prices whose power and energy vary, targets that vary by a quarter."""
    dice, over, short = np.random.default_rng(8), [], []
    for _ in range(8):
        most = dice.uniform(2.0, 30.0, (300, 1)) * dice.uniform(0.75, 1.0, (300, 8))
        energy = most.sum(axis=1) * 0.25 * dice.uniform(0.4, 1.2, 300)
        price = dice.choice([0.5, 0.8, 1.2], 300)
        target = 0.6 * most.sum(axis=0).mean() * dice.uniform(0.75, 1.0, 8)
        asked, best = _from_nothing(target, most, energy, price), dispatch(target, most, energy, price)
        short.append(1.0 - asked.sum() / best.kw.sum())
        over.append(float(price @ asked.sum(axis=1)) * 0.25 / best.cost_cny - 1.0)
    figure(f"monitor's orders against the programme: cost +{max(over):.2%} at most, short {max(short):.2%}")
    assert max(short) < 1e-9
    assert max(over) < 0.02


def test_who_falls_silent_is_made_up_for_by_the_next_in_merit_order() -> None:
    """Two of 10 kW at 1 do 20 kW; one is never heard; of those at 2 and 3 the one at 2 takes its place."""
    most, price = np.full((4, 8), 10.0), np.array([1.0, 1.0, 2.0, 3.0])
    fleet = _fleet(np.full(8, 20.0), most, price, mute=np.array([False, True, False, False]))
    for minute in range(60):
        fleet.minute(minute)
    np.testing.assert_allclose(fleet.orders[:2, 0], 10.0)
    assert 9.0 <= fleet.orders[2, 4] <= 10.0
    assert fleet.orders[3, 4] == 0.0
    assert fleet.told[0][0] <= 6
    assert min(fleet.given[25:]) >= 0.95 * 20.0


def test_who_comes_late_is_made_room_for_by_the_dearest() -> None:
    most, price = np.full((4, 8), 10.0), np.array([1.0, 1.0, 2.0, 3.0])
    late = np.array([0.0, 40.0, 0.0, 0.0])
    fleet = _fleet(np.full(8, 25.0), most, price, from_min=late)
    np.testing.assert_allclose(fleet.orders[:, 0], [10.0, 10.0, 5.0, 0.0], atol=1e-6)
    for minute in range(40):
        fleet.minute(minute)
    assert fleet.given[-1] == pytest.approx(25.0, rel=0.05)
    assert fleet.orders[3, 3] > 4.0
    for minute in range(40, 90):
        fleet.minute(minute)
    assert fleet.given[-1] == pytest.approx(25.0, rel=0.05)
    assert fleet.orders[3, 6] < 1.5  # the dearest goes first
    assert fleet.orders[2, 6] > 4.9


def test_a_sound_fleet_with_noisy_meters_is_left_alone() -> None:
    """300 buildings, readings that scatter by 10 %, two hours: no order changes, as the band is not left."""
    dice = np.random.default_rng(3)
    most = dice.uniform(5.0, 30.0, (300, 1)) * dice.uniform(0.8, 1.0, (300, 8))
    fleet = _fleet(0.5 * most.sum(axis=0), most, dice.choice([0.5, 0.8, 1.2], 300), noise=0.1)
    assert all(fleet.minute(minute) is None for minute in range(120))


@pytest.mark.parametrize("lasting", [0.04, 0.06])
def test_at_the_edge_of_the_band_orders_change_once_at_most(lasting: float) -> None:
    """A lasting deviation beside the edge, with noise: corrected to the target, it does not come back."""
    dice = np.random.default_rng(5)
    most = dice.uniform(5.0, 30.0, (300, 8))
    keeps = np.full(300, 1.0 - lasting)
    fleet = _fleet(0.5 * most.sum(axis=0), most, np.ones(300), keeps=keeps, noise=0.1)
    changes = sum(fleet.minute(minute) is not None for minute in range(120))
    assert changes == (1 if lasting > WATCH.deadband else 0)


@st.composite
def _faulty(draw: st.DrawFn) -> Fleet:
    """Fleets of 20 to 60 with up to half silent, some late, some who keep a part; energy for a part of it."""
    n, points = draw(st.integers(20, 60)), draw(st.integers(4, 8))
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = dice.uniform(2.0, 20.0, (n, 1)) * dice.uniform(0.7, 1.0, (n, points))
    target = most.sum(axis=0) * draw(st.sampled_from([0.3, 0.5, 0.7])) * dice.uniform(0.8, 1.0, points)
    energy = most.sum(axis=1) * 0.25 * dice.uniform(0.4, 1.5, n)
    fate = dice.random(n)
    silent, late, lying = draw(st.sampled_from([(0.2, 0.1, 0.05), (0.5, 0.0, 0.0), (0.0, 0.5, 0.2)]))
    return _fleet(
        target,
        most,
        dice.choice([0.5, 0.8, 1.2], n),
        energy=energy,
        keeps=np.where(fate > 1.0 - lying, 0.5, 1.0),
        from_min=np.where((fate >= silent) & (fate < silent + late), dice.integers(5, 40, n), 0),
        mute=fate < silent,
        noise=0.03,
    )


@settings(max_examples=60)
@given(_faulty())
def test_orders_keep_power_energy_rest_and_the_silent(fleet: Fleet) -> None:
    monitor, first = fleet.monitor, fleet.monitor.asked_kw.copy()
    last = -np.inf
    for minute in range(15 * len(monitor.target_kw)):
        before = monitor.asked_kw.copy()
        told = fleet.minute(minute) is not None
        now, left = minute // 15, monitor.asked_kw
        assert np.all((left >= 0.0) & (left <= monitor.most_kw))
        np.testing.assert_array_equal(left[:, :now], before[:, :now])
        if not told:
            np.testing.assert_array_equal(left, before)
            continue
        assert minute - last >= WATCH.rest_min
        last = minute
        hours = np.full(len(monitor.target_kw) - now, 0.25)
        hours[0] = (15 * (now + 1) - minute) / 60.0
        more = np.any(left > before, axis=1)
        assert np.all((left[:, now:] @ hours)[more] <= monitor.energy_kwh[more] + 1e-9)
        assert monitor.expected_kw == pytest.approx(_expected_kw(monitor, now))
    np.testing.assert_array_equal(monitor.asked_kw[fleet.mute], first[fleet.mute])


def _expected_kw(monitor: Monitor, now: int) -> float:
    """What the estimates say of the orders in force, summed by hand."""
    asked = monitor.asked_kw[:, now]
    each = monitor.answers.ratio * asked + np.where(asked > 0.0, monitor.answers.beside_kw, 0.0)
    return float(each.sum())


@settings(max_examples=60)
@given(
    st.integers(10, 60), st.integers(0, 2**32), st.floats(0.0, 0.4), st.floats(0.0, 0.3), st.floats(0.3, 0.6)
)
def test_a_shortfall_is_closed_within_25_minutes_wherever_there_is_headroom(
    n: int, seed: int, silent: float, lying: float, tight: float
) -> None:
    """Also that of more silent ones than the cap of over-delivery would bear: then they count as lost."""
    dice = np.random.default_rng(seed)
    most = np.repeat(dice.uniform(2.0, 20.0, (n, 1)), 6, axis=1)
    fate = dice.random(n)
    mute, keeps = fate < silent, np.where(fate > 1.0 - lying, 0.5, 1.0)
    fleet = _fleet(
        np.full(6, tight * most[:, 0].sum()), most, dice.choice([0.5, 0.8, 1.2], n), keeps=keeps, mute=mute
    )
    # What those who deliver could give, each its part of all that it has; the silent do nothing.
    fleet.from_min = np.where(mute, np.inf, 0.0)
    if most[~mute, 0] @ keeps[~mute] < 1.02 * fleet.monitor.target_kw[0]:
        return
    for minute in range(90):
        fleet.minute(minute)
    assert min(fleet.given[25:]) >= (1.0 - WATCH.deadband - 0.02) * fleet.monitor.target_kw[0]


def test_orders_do_not_bring_more_than_the_paid_band_while_the_silent_may_deliver() -> None:
    """A third is never heard, yet delivers all along: the fleet stays below 120 % until it counts as lost."""
    most, price = np.full((30, 8), 10.0), np.repeat([1.0, 2.0], [10, 20])
    fleet = _fleet(np.full(8, 150.0), most, price, mute=np.arange(30) < 10)
    fleet.lag_min = 0.01
    lost = int(WATCH.patience_min + 2.0 * WATCH.forgetting_min)
    for minute in range(lost):
        fleet.minute(minute)
    assert fleet.told
    assert max(fleet.given) == pytest.approx(1.2 * 150.0)


def test_equals_are_told_alike() -> None:
    dice = np.random.default_rng(2)
    most, price = (
        np.repeat(dice.uniform(5.0, 20.0, (10, 8)), 3, axis=0),
        np.repeat(dice.choice([1.0, 2.0], 10), 3),
    )
    mute = np.tile([True, False, False], 10)
    fleet = _fleet(0.5 * most.sum(axis=0), most, price, mute=mute)
    for minute in range(60):
        fleet.minute(minute)
    assert fleet.told
    np.testing.assert_allclose(fleet.monitor.asked_kw[1::3], fleet.monitor.asked_kw[2::3], atol=1e-6)


def test_energy_spent_is_metered_and_estimated_of_the_silent() -> None:
    most = np.full((2, 4), 10.0)
    monitor = Monitor([20.0] * 4, most, most, [10.0, 10.0], [1.0, 1.0])
    for minute in range(3):
        monitor.observe(minute, [True, False], [6.0, np.nan])
    np.testing.assert_allclose(monitor.energy_kwh, [10.0 - 0.3, 10.0 - 0.5])


@pytest.mark.parametrize(
    ("key", "how"),
    [
        ("minute", {"minute": 0}),
        ("minute", {"minute": 60}),
        ("change_kw", {"change_kw": [1.0]}),
        ("change_kw", {"heard": [True]}),
        ("change_kw", {"change_kw": [np.nan, 1.0]}),
    ],
)
def test_readings_that_cannot_be_are_refused_by_name(key: str, how: dict[str, object]) -> None:
    most = np.full((2, 4), 10.0)
    monitor = Monitor([20.0] * 4, most, most, [10.0, 10.0], [1.0, 1.0])
    monitor.observe(0, [True, True], [0.0, 0.0])
    good: dict[str, object] = {"minute": 1, "heard": [True, True], "change_kw": [1.0, 1.0]}
    with pytest.raises(TwinError) as caught:
        monitor.observe(**(good | how))  # type: ignore[arg-type]
    assert caught.value.key == key
    monitor.observe(**good)  # type: ignore[arg-type]


def test_a_monitor_that_cannot_be_is_refused_by_name() -> None:
    most = np.full((2, 4), 10.0)
    for key, asked, keeps in (
        ("asked_kw", most * 1.1, None), ("keeps", most, [1.0]), ("keeps", most, [1.0, np.nan]),
    ):  # fmt: skip
        with pytest.raises(TwinError) as caught:
            Monitor([20.0] * 4, asked, most, [10.0, 10.0], [1.0, 1.0], keeps=keeps)
        assert caught.value.key == key
    for own in ({"deadband": -0.1}, {"most_over": 0.9}, {"smoothing_min": 0.0}, {"patience": 3.0}):
        with pytest.raises(TwinError):
            load_watch(**own)
