"""Settlements by hand: both rules, the paid band, exclusions, aggregators, and sums to the fen."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meters import at, between, days_of_july, during, event, july
from twin.market.demand_response import settle
from twin.market.event import Call, Event
from twin.market.meter_days import FloatArray, MeterDays, meter_days
from twin.market.products import load_programme
from twin.market.settlement import Contract, EventSettlement, Outcome, settle_events
from twin.market.settlement_tables import (
    COLUMNS,
    OUTCOMES,
    aggregator_table,
    event_table,
    participant_table,
    worded,
)
from twin.market.similar_days import SameDayAdjustment, SimilarDays
from weather.errors import TwinError

PEAK = event()
VALLEY = event(start="01:00", end="03:00", kind="valley_filling")


def meters(event_kw: list[float] | FloatArray, one: Event = PEAK, base_kw: float = 500.0) -> MeterDays:
    """A fleet that draws `base_kw` but for its own power in the event."""
    times, load = july(1, base_kw)
    fleet = np.repeat(load, len(event_kw), axis=0)
    fleet[:, during(times, one)] = np.asarray(event_kw)[:, None]
    return meter_days(fleet, times)


def settled(event_kw: float, one: Event = PEAK, rule: str = "rule_two") -> EventSettlement:
    return settle_events(meters([event_kw], one), [one], [[100.0]], rule=rule)[0]


# --- rules and the paid band ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "one", "two", "paid_kwh"),
    [
        (0.799, False, False, "0.000"),
        (0.80, False, True, "160.000"),
        (0.999, False, True, "199.800"),
        (1.00, True, True, "200.000"),
        (1.20, True, True, "240.000"),
        (1.21, True, True, "240.000"),
        (2.00, True, True, "240.000"),
        (0.00, False, False, "0.000"),
        (-0.50, False, False, "0.000"),
    ],
)
def test_peak_shaving_at_the_edges(rate: float, one: bool, two: bool, paid_kwh: str) -> None:
    """Baseline 500 kW, confirmed 100 kW for 2 h at 3.0 CNY/kWh; paid is rate*200 kWh between 80 % and 120 %.

    Rule one wants the maximum down by all of the 100 kW, so that an even 80 % counts under rule two alone.
    """
    table = participant_table([settled(500.0 - 100.0 * rate)])
    row = table.iloc[0]
    assert row["response_rate"] == pytest.approx(rate)
    assert (row["rule_one"], row["rule_two"]) == (one, two)
    assert row["paid_kwh"] == Decimal(paid_kwh)
    assert row["pay_cny"] == 3 * Decimal(paid_kwh)
    assert row["outcome"] == ("paid" if two else "rule_not_met")
    strict = participant_table([settled(500.0 - 100.0 * rate, rule="rule_one")]).iloc[0]
    assert strict["paid_kwh"] == (Decimal(paid_kwh) if one else Decimal("0.000"))


@pytest.mark.parametrize(
    ("rate", "counts", "paid_kwh"),
    [(0.799, False, "0.000"), (0.80, True, "160.000"), (1.20, True, "240.000"), (1.21, True, "240.000")],
)
def test_valley_filling_at_the_edges(rate: float, counts: bool, paid_kwh: str) -> None:
    """Baseline 500 kW, confirmed 100 kW more for 2 h at 1.2 CNY/kWh; rule one has no case."""
    row = participant_table([settled(500.0 + 100.0 * rate, VALLEY)]).iloc[0]
    assert (row["rule_one"], row["rule_two"]) == (None, counts)
    assert row["paid_kwh"] == Decimal(paid_kwh)
    assert row["pay_cny"] == Decimal("1.2") * Decimal(paid_kwh)
    none = participant_table([settled(500.0 + 100.0 * rate, VALLEY, rule="rule_one")]).iloc[0]
    assert (none["outcome"], none["pay_cny"]) == ("no_case", Decimal("0.00"))


def test_rule_one_by_hand() -> None:
    """Baseline 500 kW, 600 in its last quarter-hour; 100 kW confirmed.

    a: 420 kW throughout: maximum 600 - 420 = 180 >= 100, mean 512.5 - 420 = 92.5 >= 80: valid.
    b: 420 kW, at last 501: maximum 600 - 501 = 99 < 100: not, though the mean falls by 82.375.
    c: 490 kW throughout: maximum falls by 110, the mean by 22.5 < 80: not.
    """
    times, load = july()
    for day in (17, 18, 21, 22, 23):
        load[0, between(times, f"2025-07-{day} 14:45", f"2025-07-{day} 15:00")] = 600.0
    fleet = np.repeat(load, 3, axis=0)
    fleet[:2, during(times, PEAK)] = 420.0
    fleet[1, between(times, "2025-07-24 14:45", "2025-07-24 15:00")] = 501.0
    fleet[2, during(times, PEAK)] = 490.0
    one = settle_events(meter_days(fleet, times), [PEAK], np.full((1, 3), 100.0), rule="rule_one")[0]
    assert one.responses.rules["rule_one"][0].value.tolist() == pytest.approx([180.0, 99.0, 110.0])
    assert one.responses.rules["rule_one"][1].value.tolist() == pytest.approx([92.5, 82.375, 22.5])
    assert participant_table([one])["rule_one"].tolist() == [True, False, False]
    assert one.pay_fen.tolist() == [55500, 0, 0]  # 92.5 kW * 2 h * 3.0


def test_rule_two_by_hand() -> None:
    """Baseline 500 kW; 100 kW confirmed for 2 h.

    a: 300 kW for 45 min, then 460: mean (3*200 + 5*40)/8 = 100, but only 45 min at 80 kW or more: not valid.
    b: 300 kW for 60 min, then 500: mean 100, 60 min, maximum 500 not below 500: not valid.
    c: 300 kW for 60 min, then 499: mean (4*200 + 4)/8 = 100.5, maximum 499 < 500: valid, 201 kWh.
    """
    times, load = july()
    fleet = np.repeat(load, 3, axis=0)
    fleet[0, during(times, PEAK)] = 460.0
    fleet[2, during(times, PEAK)] = 499.0
    fleet[0, between(times, "2025-07-24 13:00", "2025-07-24 13:45")] = 300.0
    fleet[1:, between(times, "2025-07-24 13:00", "2025-07-24 14:00")] = 300.0
    one = settle_events(meter_days(fleet, times), [PEAK], np.full((1, 3), 100.0))[0]
    assert one.responses.mean_kw.tolist() == pytest.approx([100.0, 100.0, 100.5])
    assert one.responses.effective_minutes.tolist() == [45.0, 60.0, 60.0]
    assert participant_table([one])["rule_two"].tolist() == [False, False, True]
    assert one.paid_wh.tolist() == [0, 0, 201_000]


def test_below_a_band_that_begins_above_the_rule() -> None:
    programme = load_programme().with_values({"pay.lowest_rate": 0.9})
    one = settle_events(meters([415.0]), [PEAK], [[100.0]], programme=programme)[0]
    assert one.outcome.tolist() == [Outcome.BELOW_BAND]
    assert one.pay_fen.tolist() == [0]


def test_rounding_does_not_move_the_edges() -> None:
    """80 % of 0.3 kW off a baseline of 0.7 kW: 0.7 - 0.46 is 0.23999..., still 80 %."""
    one = settle_events(meters([0.7 - 0.24], base_kw=0.7), [PEAK], [[0.3]])[0]
    assert one.outcome.tolist() == [Outcome.PAID]
    assert one.paid_wh.tolist() == [480]


# --- coefficients and fen ---------------------------------------------------------------------------------


def test_coefficients_multiply_and_half_a_fen_is_rounded_up() -> None:
    """33.335 kW for 2 h are 66.670 kWh; 3.0*1.5*0.9 = 4.05 CNY/kWh make 270.0135 CNY, 270.01; the aggregator
    keeps 15 %: 40.5015, 40.50. 33.335 kW at 3.0 make 200.01 CNY, of which half are 100.005, 100.01."""
    days = meters([500.0 - 33.335])
    programme = load_programme().with_values(
        {"pay.notice_coefficient.day_ahead": 1.5, "pay.rate_coefficient": 0.9}
    )
    one = settle_events(days, [PEAK], [[33.335]], programme=programme, contracts=[Contract("0", "A", 0.15)])[
        0
    ]
    assert one.price_cny_kwh == Decimal("4.05")
    assert (one.paid_wh[0], one.pay_fen[0], one.aggregator_fen[0]) == (66_670, 27_001, 4_050)
    assert one.rounding_cny == Decimal("-0.0035")
    half = settle_events(days, [PEAK], [[33.335]], contracts=[Contract("0", "A", 0.5)])[0]
    assert (half.pay_fen[0], half.aggregator_fen[0], half.participant_fen[0]) == (20_001, 10_001, 10_000)
    keys = {a.key for a in half.assumptions}
    assert "demand_response.pay.notice_coefficient.day_ahead" in keys
    assert "demand_response.access.aggregator_kw" in keys
    assert "demand_response.pay.notice_coefficient.day_ahead" not in {a.key for a in one.assumptions}


# --- exclusions -------------------------------------------------------------------------------------------


def test_each_exclusion_has_its_reason() -> None:
    """Seven that deliver all of their 100 kW, and what keeps six of them out."""
    times, load = july()
    fleet = np.repeat(load, 7, axis=0)
    fleet[:, during(times, PEAK)] -= 100.0
    fleet[3, between(times, "2025-07-24 13:45", "2025-07-24 14:00")] = np.nan
    fleet[4, : 23 * 96] = np.nan
    fleet[5, between(times, "2025-07-24 12:00", "2025-07-24 12:15")] = np.nan
    names = ["paid", "away", "outage", "silent", "new", "silent_before", "small"]
    days = meter_days(fleet, times, participants=names, outage_days={"outage": days_of_july(24)})
    committed = np.array([[100.0, 0.0, 100.0, 100.0, 100.0, 100.0, 20.0]])
    programme = load_programme().with_values({"access.user_kw": 50.0})
    one = settle_events(days, [PEAK], committed, programme=programme, method=SimilarDays(SameDayAdjustment()))
    table = participant_table(one).set_index("participant")
    assert table["outcome"].to_dict() == {
        "paid": "paid",
        "away": "no_commitment",
        "outage": "outage",
        "silent": "gap_in_event",
        "new": "too_few_days",
        "silent_before": "gap_before_event",
        "small": "below_minimum",
    }
    out = table.drop(index="paid")
    assert (out["pay_cny"] == Decimal("0.00")).all()
    assert out[["baseline_kw", "delivered_kw", "response_rate", "effective_minutes"]].isna().all(axis=None)
    assert out["rule_two"].isna().all()
    assert table.loc["paid", "pay_cny"] == Decimal("600.00")
    sums = event_table(one).iloc[0]
    assert (sums["participants"], sums["settled"], sums["paid"]) == (6, 1, 1)
    under = [Contract(name, "A", 0.1) for name in names]  # the least capacity binds users of their own
    held = settle_events(days, [PEAK], committed, programme=programme, contracts=under)
    assert participant_table(held).set_index("participant").loc["small", "outcome"] == "paid"


def test_an_event_without_days_before_it_is_not_settled() -> None:
    first = event("2025-07-01")
    one = settle_events(meters([400.0, 400.0], first), [first], np.full((1, 2), 100.0))
    assert participant_table(one)["outcome"].tolist() == ["too_few_days"] * 2
    row = event_table(one).iloc[0]
    assert (row["settled"], row["pay_cny"]) == (0, Decimal("0.00"))
    assert np.isnan(row["delivered_kw"])
    sums = aggregator_table(one).iloc[0]
    assert np.isnan(sums["delivered_kw"])
    assert sums["rule_two"] is None


# --- several events ---------------------------------------------------------------------------------------


def test_an_earlier_event_is_no_sample_day_of_who_took_part() -> None:
    """Both lowered their load on the 22nd; only the first had a commitment there."""
    times, load = july(2)
    earlier, later = event("2025-07-22"), event("2025-07-24")
    for one in (earlier, later):
        load[:, during(times, one)] -= 100.0
    days = meter_days(load, times)
    first, second = settle_events(days, [earlier, later], [[100.0, 0.0], [100.0, 80.0]])
    assert days_of_july(22).isdisjoint(second.baselines.days_of(0))
    assert days_of_july(22) <= set(second.baselines.days_of(1))
    assert second.responses.mean_kw.tolist() == pytest.approx([100.0, 80.0])
    assert first.outcome.tolist() == [Outcome.PAID, Outcome.NO_COMMITMENT]
    table = participant_table([first, second])
    assert len(table) == 4
    assert table["event"].nunique() == 2
    assert table["pay_cny"].sum() == event_table([first, second])["pay_cny"].sum() == Decimal("1680.00")


def test_a_peak_and_a_valley_call_on_one_day() -> None:
    times, load = july()
    load[0, during(times, PEAK)] -= 100.0
    load[0, during(times, VALLEY)] += 100.0
    both = settle_events(meter_days(load, times), [VALLEY, PEAK], [[100.0], [100.0]])
    assert [one.pay_fen.tolist() for one in both] == [[24_000], [60_000]]
    assert event_table(both)["direction"].tolist() == ["valley_filling", "peak_shaving"]


# --- aggregators ------------------------------------------------------------------------------------------


def test_aggregators_sum_their_participants() -> None:
    """A: 100 of 100 kW and 50 of 100 kW delivered: together 75 %, so that the sum misses rule two, while its
    first participant is paid 600 CNY, of which A keeps 20 %. B: 100 of 100 kW, 10 %. On its own: 600 CNY."""
    days = meters([400.0, 450.0, 400.0, 400.0])
    contracts = [Contract("0", "A", 0.2), Contract("1", "A", 0.2), Contract("2", "B", 0.1)]
    one = settle_events(days, [PEAK], np.full((1, 4), 100.0), contracts=contracts)
    table = aggregator_table(one).set_index("aggregator")
    assert table["participants"].to_dict() == {"": 1, "A": 2, "B": 1}
    assert table["paid"].to_dict() == {"": 1, "A": 1, "B": 1}
    assert table["response_rate"].to_dict() == pytest.approx({"": 1.0, "A": 0.75, "B": 1.0})
    assert table["rule_two"].to_dict() == {"": True, "A": False, "B": True}
    assert table["pay_cny"].to_dict() == {"": Decimal(600), "A": Decimal(600), "B": Decimal(600)}
    assert table["aggregator_cny"].to_dict() == {"": Decimal(0), "A": Decimal(120), "B": Decimal(60)}
    assert table["participant_cny"].to_dict() == {"": Decimal(600), "A": Decimal(480), "B": Decimal(540)}
    assert table["reaches_minimum"].to_dict() == {"": None, "A": False, "B": False}
    assert (table["baseline_kw"].sum(), table["actual_kw"].sum()) == (2000.0, 1650.0)
    grand = settle_events(meters([0.0] * 2, base_kw=500.0), [PEAK], np.full((1, 2), 500.0),
                          contracts=[Contract("0", "A", 0.2), Contract("1", "A", 0.2)])  # fmt: skip
    assert aggregator_table(grand)["reaches_minimum"].tolist() == [True]


def test_a_silent_meter_lowers_its_aggregators_rate() -> None:
    times, load = july(1)
    fleet = np.repeat(load, 2, axis=0)
    fleet[:, during(times, PEAK)] = 400.0
    fleet[1, between(times, "2025-07-24 14:00", "2025-07-24 14:15")] = np.nan
    contracts = [Contract(name, "A", 0.0) for name in "ab"]
    days = meter_days(fleet, times, participants="ab")
    row = aggregator_table(settle_events(days, [PEAK], [[100.0, 100.0]], contracts=contracts)).iloc[0]
    assert (row["participants"], row["settled"], row["response_rate"]) == (2, 1, 0.5)


# --- tables -----------------------------------------------------------------------------------------------


def test_tables_have_words_in_both_languages() -> None:
    one = settle_events(meters([400.0, 500.0]), [PEAK], np.full((1, 2), 100.0))
    for table in (participant_table(one), aggregator_table(one), event_table(one)):
        assert set(table.columns) <= set(COLUMNS)
        zh, en = worded(table, "zh"), worded(table, "en")
        assert zh.shape == en.shape == table.shape
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in name) for name in zh.columns)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in "".join(en.columns))
    shown = worded(participant_table(one), "zh")
    assert shown["结果"].tolist() == ["获付", "响应无效"]
    assert shown["方向"].tolist() == ["削峰", "削峰"]
    assert shown["规则二"].tolist() == ["是", "否"]
    assert shown["聚合商"].tolist() == ["自主参与"] * 2
    assert worded(event_table(one), "en")["Notice"].tolist() == ["day-ahead"]
    assert set(OUTCOMES) == set(Outcome)


# --- properties -------------------------------------------------------------------------------------------

FLEETS = st.lists(
    st.tuples(
        st.floats(0.0, 700.0),  # power in the event
        st.just(0.0) | st.floats(0.01, 400.0),  # confirmed capacity
        st.sampled_from(["", "A", "B"]),
        st.sampled_from([0.0, 0.07, 1 / 3, 0.5, 1.0]),
    ),
    min_size=1,
    max_size=12,
)
Drawn = list[tuple[float, float, str, float]]


def drawn(fleet: Drawn, order: list[int] | None = None) -> tuple[EventSettlement, ...]:
    order = list(range(len(fleet))) if order is None else order
    names = [f"p{i}" for i in order]
    times, load = july()
    rows = np.repeat(load, len(fleet), axis=0)
    rows[:, during(times, PEAK)] = np.array([[fleet[i][0]] for i in order])
    contracts = [Contract(f"p{i}", who, share) for i, (_, _, who, share) in enumerate(fleet) if who]
    days = meter_days(rows, times, participants=names)
    return settle_events(days, [PEAK], [[fleet[i][1] for i in order]], contracts=contracts)


@settings(max_examples=25, deadline=None)
@given(FLEETS)
def test_every_table_sums_to_the_fen(fleet: Drawn) -> None:
    one = drawn(fleet)
    people, groups, events = participant_table(one), aggregator_table(one), event_table(one)
    for column in ("paid_kwh", "pay_cny", "aggregator_cny", "participant_cny"):
        assert sum(people[column]) == sum(groups[column]) == sum(events[column]), column
        assert all(v == round(v, 3 if column == "paid_kwh" else 2) >= 0 for v in people[column])
    split = people["aggregator_cny"] + people["participant_cny"]
    assert (split == people["pay_cny"]).all()
    assert abs(events["rounding_cny"].iloc[0]) <= Decimal("0.005") * len(fleet)


@settings(max_examples=25, deadline=None)
@given(FLEETS, st.randoms(use_true_random=False))
def test_the_order_of_participants_changes_no_line(fleet: Drawn, random: object) -> None:
    order = list(range(len(fleet)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first = participant_table(drawn(fleet)).set_index("participant").sort_index()
    second = participant_table(drawn(fleet, order)).set_index("participant").sort_index()
    pd.testing.assert_frame_equal(first, second)
    money = ["pay_cny", "aggregator_cny", "participant_cny", "paid", "settled"]
    pd.testing.assert_frame_equal(
        aggregator_table(drawn(fleet))[money], aggregator_table(drawn(fleet, order))[money]
    )


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.5, 300.0),
    st.lists(st.floats(-0.5, 2.5), min_size=2, max_size=10),
    st.sampled_from(["rule_one", "rule_two"]),
)
def test_who_delivers_more_is_not_paid_less(capacity: float, rates: list[float], rule: str) -> None:
    rates = sorted(rates)
    days = meters([500.0 - capacity * r for r in rates])
    one = settle_events(days, [PEAK], np.full((1, len(rates)), capacity), rule=rule)[0]
    assert (np.diff(one.pay_fen) >= 0).all()


@settings(max_examples=25, deadline=None)
@given(FLEETS)
def test_the_fleet_is_paid_as_each_meter_alone(fleet: Drawn) -> None:
    (one,) = drawn(fleet)
    times, load = july()
    for p, (event_kw, capacity, _, _) in enumerate(fleet):
        if capacity == 0.0:
            assert one.outcome[p] == Outcome.NO_COMMITMENT
            continue
        mine = load[0].copy()
        mine[during(times, PEAK)] = event_kw
        alone = settle(mine, times, Call(PEAK.kind, PEAK.start, PEAK.end, capacity))
        assert alone.mean_kw == one.responses.mean_kw[p]
        assert one.paid_wh[p] == pytest.approx(1000.0 * alone.paid_kwh, abs=0.501)
        assert one.pay_fen[p] == pytest.approx(100.0 * alone.pay_cny, abs=0.651)


# --- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("committed", [[[100.0]], [100.0, 100.0], [[-1.0, 100.0]], [[float("inf"), 100.0]]])
def test_capacities_that_do_not_fit_are_refused(committed: list[object]) -> None:
    with pytest.raises(TwinError, match="2 participants"):
        settle_events(meters([400.0, 400.0]), [PEAK], committed)


@pytest.mark.parametrize(
    "contracts",
    [
        [Contract("9", "A", 0.1)],
        [Contract("0", "A", 0.1), Contract("0", "B", 0.1)],
        [Contract("0", "A", 1.1)],
        [Contract("0", "A", float("nan"))],
        [Contract("0", "", 0.1)],
    ],
)
def test_contracts_that_do_not_fit_are_refused(contracts: list[Contract]) -> None:
    with pytest.raises(TwinError) as caught:
        settle_events(meters([400.0]), [PEAK], [[100.0]], contracts=contracts)
    assert caught.value.key == "contracts"


def test_unknown_rules_notices_and_days_are_refused() -> None:
    days = meters([400.0])
    with pytest.raises(TwinError, match="rule_three"):
        settle_events(days, [PEAK], [[100.0]], rule="rule_three")
    with pytest.raises(TwinError, match="tomorrow"):
        settle_events(days, [event(notice="tomorrow")], [[100.0]])
    with pytest.raises(TwinError, match="2025-08-01"):
        settle_events(days, [event("2025-08-01")], [[100.0]])


def test_gaps_of_one_meter_are_told_and_never_settled_silently() -> None:
    """A gap on a sample day leaves that day out by name; one on the day of the call is an error for a meter
    that is settled alone."""
    times, load = july()
    mine = load[0].copy()
    mine[during(times, PEAK)] = 400.0
    mine[between(times, "2025-07-22 08:00", "2025-07-22 08:15")] = np.nan
    asked = Call("peak_shaving", at("2025-07-24 13:00"), at("2025-07-24 15:00"), 100.0)
    done = settle(mine, times, asked)
    assert [(d.day, why) for d, why in done.baseline.left_out] == [(22, "gap")]
    assert done.pay_cny == pytest.approx(600.0)
    mine[between(times, "2025-07-24 20:00", "2025-07-24 20:30")] = np.nan
    with pytest.raises(TwinError, match="2 gaps on 2025-07-24"):
        settle(mine, times, asked)
