"""A fleet under a call: what it gives against its own march without the call, and what is paid for it."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from controllers.orders import BATTERY_ORDER, GRID_TARGET
from twin.crew import Alone, DaskCrew
from twin.going import Going
from twin.market.baseline_methods import baseline_method
from twin.market.event import Event
from twin.market.products import load_programme
from twin.market.settlement_tables import participant_table
from twin.power_columns import GRID_IMPORT
from twin.project import Loaded
from twin.response.behaviour import Kind, drawn
from twin.response.figures import figures
from twin.response.folder import write_response
from twin.response.invitation import Behaviour, Invitation, parse_invitation
from twin.response.offers import carry_out, own_control
from twin.response.operation import Fleet, Went, operate
from twin.response.page import write_response_page
from twin.response.study import Called, Draw, call_fleet, concluded, drawn_outcome, respond
from twin.supervisors import orders_ahead
from weather.errors import TwinError


def went(fleet: Fleet, seed: int = 0, **behaviour: Any) -> Went:
    said = fleet.invitation.model_copy(update={"behaviour": Behaviour(**behaviour)})
    found: Went = operate(fleet._replace(invitation=said), seed)["went"]
    return found


def draw(called: Called, seed: int = 0, **behaviour: Any) -> Draw:
    return drawn_outcome(called, seed, went(called.fleet, seed, **behaviour))


@pytest.fixture(scope="module")
def reliable(called: Called) -> Draw:
    return draw(called)


def test_the_bid_is_what_the_fleet_could_have_given(called: Called) -> None:
    bid, expected = called.bid, called.fleet.expected_kw
    assert 0.0 < bid.kw < bid.expected_kw + 1e-9
    able = expected[:, -1] > 0.0
    assert bid.kw <= bid.shares_kw.sum() + 1e-9
    assert (bid.shares_kw[~able] == 0.0).all()
    assert (expected[:, 0] >= expected[:, -1] - 1e-9).all()  # a quarter-hour is easier than the whole call
    assert (expected[:2, -1] > 0.0).all()


def test_who_cannot_give_more_than_its_baseline_errs_is_not_asked(called: Called) -> None:
    """By hand, on the days that the bid looks back on."""
    fleet, days = called.fleet, called.days
    window, method = fleet.times.event.window, baseline_method("similar_days")
    for i, name in enumerate(called.names):
        errors = []
        for day in fleet.times.past_days:
            shift = fleet.times.day - day
            event = fleet.times.event
            past = Event(event.kind, event.start - shift, event.end - shift)
            base = method(days, past, load_programme()).kw[i, window]
            errors.append(float((base - days.kw[i, days.place(day), window]).mean()))
        part = next(p for p in fleet.parts if name in p.names)
        most = float(part.capability_kw[:, part.names.index(name), -1].mean())
        assert (fleet.expected_kw[i, -1] > 0.0) == (most > np.sqrt(np.mean(np.square(errors)))), name


def test_a_reliable_fleet_gives_what_was_called(called: Called, reliable: Draw) -> None:
    target = called.fleet.target_kw
    assert reliable.went.short_kw == pytest.approx(0.0, abs=1e-6)
    assert reliable.went.committed_kw.sum() == pytest.approx(target, rel=1e-6)
    # the monitor keeps the settled response inside its deadband once it has read the first minutes
    assert reliable.settled_kw > 0.9 * target
    assert reliable.given_kw > 0.0


def test_before_the_notice_nothing_differs(called: Called, reliable: Draw) -> None:
    notice = called.fleet.times.notice
    np.testing.assert_array_equal(reliable.went.meter_kw[:, :notice], called.fine_kw[:, :notice])
    # from then on rooms are cooled ahead and batteries kept: the meters say by how much
    ahead = slice(notice, called.fleet.times.start)
    more = (reliable.went.meter_kw - called.fine_kw)[:, ahead].sum() * 5.0 / 60.0
    assert reliable.before_kwh == pytest.approx(more)
    assert more > 0.0


def test_who_refuses_changes_nothing(called: Called) -> None:
    """All refuse: every meter is that of the march without the call, to the last bit."""
    found = draw(called, refuse=1.0)
    np.testing.assert_array_equal(found.went.meter_kw, called.fine_kw)
    assert found.went.committed_kw.sum() == 0.0
    assert found.went.short_kw == pytest.approx(called.fleet.target_kw)
    assert (found.given_kw, found.settlement.pay_fen.sum(), found.went.orders) == (0.0, 0, 0)


def test_who_is_silent_follows_no_order(called: Called, reliable: Draw) -> None:
    """Who prepared still has a fuller battery in the peak, but holds nothing; others do as ever."""
    found = draw(called, silent=1.0)
    board = [called.names.index(name) for name in ("board", "stored")]
    np.testing.assert_array_equal(found.went.meter_kw[board], called.fine_kw[board])
    assert found.given_kw < 0.9 * reliable.given_kw
    times = called.fleet.times
    held = called.fleet.reference_kw[:2] - found.went.meter_kw[:2, times.start : times.end]
    assert held.std() > 5.0 * (called.fleet.reference_kw[1] - _during(called, reliable)[1]).std()


def _during(called: Called, found: Draw) -> Any:
    return found.went.meter_kw[:, called.fleet.times.start : called.fleet.times.end]


def test_who_is_late_acts_when_the_order_has_come(called: Called, reliable: Draw) -> None:
    said, able = Behaviour(late=1.0, late_by=60.0), called.fleet.expected_kw[:, -1] > 0.0
    seed = next(s for s in range(200) if 40.0 < drawn(said, able, s).late_min[:2].min() < 60.0)
    late = drawn(said, able, seed).late_min
    silent, found = draw(called, seed, silent=1.0), draw(called, seed, late=1.0, late_by=60.0)
    prompt = draw(called, seed)
    for b in (0, 1):
        # orders leave a quarter of an hour before the start and take some seconds
        arrives = int((late[b] - 15.0) // 5.0)
        meter, waits = _during(called, found)[b], _during(called, silent)[b]
        np.testing.assert_array_equal(meter[:arrives], waits[:arrives])
        assert abs(meter[arrives + 1 :] - waits[arrives + 1 :]).max() > 1.0
    assert (_during(called, prompt)[:2, 0] != _during(called, silent)[:2, 0]).all()


def test_rooms_on_a_board_are_called_by_their_set_points(called: Called) -> None:
    board, fleet = called.names.index("board"), called.fleet
    capability = np.concatenate([part.capability_kw for part in fleet.parts], axis=1).mean(axis=0)
    alone = np.where(np.arange(len(called.names))[:, None] == board, capability, 0.0)
    most = float(alone[board, -1])
    assert most > 0.0
    found = drawn_outcome(called, 0, went(fleet._replace(expected_kw=alone, target_kw=most)))
    assert found.went.committed_kw[board] == pytest.approx(most)
    others = [b for b in range(len(called.names)) if b != board]
    np.testing.assert_array_equal(found.went.meter_kw[others], called.fine_kw[others])
    assert found.given_kw > 0.5 * most
    assert 0.0 < found.went.worse_k[board] < 1.5 + 0.3


def test_who_tells_too_much_is_asked_for_more_than_it_has(called: Called) -> None:
    found = went(called.fleet, overstate=1.0, overstate_by=1.0)
    assert (found.kind[called.fleet.expected_kw[:, -1] > 0.0] == Kind.OVERSTATES).all()
    dear = called.fleet._replace(target_kw=1.8 * called.fleet.expected_kw[:, -1].sum())
    told = went(dear, overstate=1.0, overstate_by=1.0)
    assert told.short_kw == pytest.approx(0.0, abs=1e-6)
    assert told.committed_kw.sum() > called.fleet.expected_kw[:, -1].sum()


def test_the_same_seed_marches_the_same_bytes(called: Called, reliable: Draw) -> None:
    again = went(called.fleet)
    assert again.meter_kw.tobytes() == reliable.went.meter_kw.tobytes()
    assert went(called.fleet, 1, silent=0.5).meter_kw.tobytes() != again.meter_kw.tobytes()


def test_settlement_sums_to_the_fen(called: Called, reliable: Draw) -> None:
    table = participant_table([reliable.settlement])
    pay, kept, left = (sum(table[c], Decimal(0)) for c in ("pay_cny", "aggregator_cny", "participant_cny"))
    assert pay == kept + left
    assert pay == Decimal(int(reliable.settlement.pay_fen.sum())) / 100
    # paid energy is that of the meters: no more than 120 % of what was confirmed, over the hours of the call
    assert (reliable.settlement.paid_wh <= 1200.0 * reliable.went.committed_kw * 1.5 + 1.0).all()


def test_after_the_call_control_is_the_building_s_own(called: Called, reliable: Draw) -> None:
    """Some hours behind the call a building without stores draws what it would have drawn."""
    board, times = called.names.index("board"), called.fleet.times
    late = slice(times.end + round(6 * 60 / times.minutes), times.last)
    np.testing.assert_allclose(
        reliable.went.meter_kw[board, late], called.fine_kw[board, late], rtol=0.02, atol=0.5
    )


def test_rules_go_on_where_a_call_ends_early(called: Called) -> None:
    """An order that is taken back leaves the orders of a building's own rules as they were."""
    fleet, times = called.fleet, called.fleet.times
    plant = fleet.parts[0].standing.plant.copied()
    rule = orders_ahead(plant, times.start, times.end)
    rule[:, 3, BATTERY_ORDER] = 7.0
    own, n = own_control(plant, 3, times), times.end - times.start
    reference, offer = np.full(n, 50.0), fleet.parts[0].offers[3]
    asked = np.full(n, 5.0)
    carry_out(plant, 3, offer, own, asked, reference, times.start, times, 1.0)
    carry_out(plant, 3, offer, own, 0.0 * asked, reference, times.start + 6, times, 1.0)
    np.testing.assert_array_equal(orders_ahead(plant, times.start, times.end)[6:, 3], own.orders[6:])
    carry_out(plant, 0, fleet.parts[0].offers[0], own_control(plant, 0, times), asked, reference, times.start,
              times, 1.0)  # fmt: skip
    assert np.isfinite(orders_ahead(plant, times.start, times.end)[:, 0, GRID_TARGET]).all()


def test_a_march_that_does_not_close_is_refused(called: Called) -> None:
    part = called.fleet.parts[0]
    going = Going(part.standing._replace(plant=part.standing.plant.copied()))
    going.to(called.fleet.times.start)
    going.refuse_unbalanced()
    going.told[going.done - 1, 2, GRID_IMPORT] += 0.01
    with pytest.raises(TwinError, match="power balance of board is off"):
        going.refuse_unbalanced()


def test_a_valley_call_is_answered_by_more_import(loaded: Loaded) -> None:
    said = parse_invitation(
        "schema: 1\nkind: valley_filling\ndate: 2025-07-30\nstart: '13:00'\nduration: 1 h\nstep: 15\n"
        "notice: intraday\nprobability: 0.5\ncapacity: 30 kW\n"
    )
    found = call_fleet(loaded, said, Alone())
    given = drawn_outcome(found, 0, went(found.fleet))
    assert given.given_kw > 0.0
    during = slice(found.fleet.times.start, found.fleet.times.end)
    assert given.went.meter_kw[:, during].sum() > found.fine_kw[:, during].sum()


def test_a_response_is_written_whole_and_told(called: Called, tmp_path: Path) -> None:
    response = concluded(called, [draw(called, seed, silent=0.5) for seed in (0, 1)], 1.0)
    out = write_response(response, tmp_path / "out")
    told = json.loads((out / "summary.json").read_text("utf-8"))
    assert told == json.loads(json.dumps(figures(response)))
    assert told["settled_kw"]["p10"] <= told["settled_kw"]["mean"] <= told["settled_kw"]["p90"]
    assert told["behaviour"]["silent"] == int(np.round(0.5 * told["able"]))
    draws = pd.read_parquet(out / "draws.parquet")
    assert list(draws["pay_fen"]) == [int(d.settlement.pay_fen.sum()) for d in response.draws]
    minutes = pd.read_parquet(out / "minutes.parquet")
    assert (minutes["p10_kw"] <= minutes["p90_kw"] + 1e-9).all()
    assert (minutes["called_kw"] > 0.0).sum() == 18
    assert "确认响应容量 (kW)" in (out / "settlement_zh.csv").read_text("utf-8-sig")
    with pytest.raises(TwinError, match="already"):
        write_response(response, out)
    page = write_response_page(response, ("楼宇群", "fleet"), tmp_path / "page.html").read_text("utf-8")
    assert "楼宇群响应" in page
    assert "the fleet under a call" in page


def test_a_plan_and_a_project_s_own_event_are_refused(loaded: Loaded, invitation: Invitation) -> None:
    mpc = loaded.project.buildings[3].model_copy(
        update={"control": loaded.project.buildings[3].control.model_copy(update={"type": "mpc"})}
    )
    planned = replace(loaded, project=loaded.project.model_copy(update={"buildings": (mpc,)}))
    with pytest.raises(TwinError, match="plans"):
        call_fleet(planned, invitation, Alone())
    with pytest.raises(TwinError, match="no baseline method"):
        call_fleet(loaded, invitation.model_copy(update={"baseline": "none"}), Alone())


@pytest.mark.long
def test_workers_march_the_same_bytes(loaded: Loaded, invitation: Invitation) -> None:
    alone = respond(loaded, invitation, Alone())
    with DaskCrew(workers=2) as crew:
        by_workers = respond(loaded, invitation, crew)
    for one, other in zip(alone.draws, by_workers.draws, strict=True):
        assert one.went.meter_kw.tobytes() == other.went.meter_kw.tobytes()
    assert figures(alone) == figures(by_workers)
