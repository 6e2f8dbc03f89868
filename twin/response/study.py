"""A fleet under a call, from the invitation to the settlement: look at it, bid, march draws, settle, compare.

The bid is founded on what the fleet could have given on similar days before the call was known, on how
participants are expected to behave, and on how far the settlement's baseline missed the meters on those days:
what is paid is the distance of the meter from that baseline, its error included. Who cannot give more than
that error is not asked. Every draw marches the whole
fleet again; what it gave is told against the baseline and against the march without the call.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from controllers.aggregator.capacity import Bid, confident_bid, fleet_samples, sampled_days
from twin.crew import Crew
from twin.district.year import district_parts
from twin.flexibility.envelope import DIRECTIONS
from twin.market.assumption import Assumption, merged
from twin.market.baseline_error import baseline_errors
from twin.market.baseline_methods import METHODS, baseline_method
from twin.market.event import Event
from twin.market.meter_days import MeterDays, meter_days
from twin.market.products import load_programme
from twin.market.settlement import Contract, EventSettlement, settle_events
from twin.progress import Progress
from twin.project import Loaded
from twin.response.behaviour import kept_of_orders
from twin.response.call_times import CallTimes, call_times
from twin.response.invitation import Invitation, figure, invitation_assumptions
from twin.response.looked_at import Look, LookedAt, duration_minutes, look_at
from twin.response.operation import Fleet, Went, operate
from weather.errors import TwinError

Floats = NDArray[np.float64]
_IN_A_PART = 8
_HISTORY_D = 130
"""Days of meters before a call that a settlement may look at."""
_AFTER_H = 4.0
"""Hours behind a call in which what comes back is summed [h]."""


@dataclass(frozen=True, eq=False)
class Draw:
    """What one draw came to.

    Attributes
    ----------
    seed : int
    went : Went
    settlement : EventSettlement
    true_kw : ndarray (n,)
        Response of the fleet against the march without the call, in the steps of the finer march around the
        call (`Response.around`) [kW].
    settled_kw : float
        Mean response of the fleet over the call against the settlement's baselines of who was asked [kW].
    given_kw : float
        Mean of `true_kw` over the call [kW].
    before_kwh : float
        By which more was drawn (for valley filling less) from the notice to the start, against the march
        without the call: rooms cooled beforehand, batteries kept full.
    rebound_kwh, rebound_kw : float
        Within four hours behind the call, against the march without it: energy that went the other way, and
        the highest quarter-hour of it.
    """

    seed: int
    went: Went
    settlement: EventSettlement
    true_kw: Floats
    settled_kw: float
    given_kw: float
    before_kwh: float
    rebound_kwh: float
    rebound_kw: float


@dataclass(frozen=True, eq=False)
class Response:
    """A fleet under a call.

    Attributes
    ----------
    invitation : Invitation
    times : CallTimes
    names : tuple of str
    able : int
        Participants that can give more than the error of their baselines.
    bid : Bid
    target_kw : float
        What was called.
    truth_kw, baseline_kw : float
        Mean of the fleet over the call without it, and of its baselines [kW].
    errors : DataFrame
        Of every baseline method, see `twin.market.baseline_error`.
    step_error : float
        Energy of the fleet on the day by the finer march over that of the year, less one [-].
    around : DatetimeIndex
        Steps of `Draw.true_kw`.
    draws : tuple of Draw
    assumptions : tuple of Assumption
    """

    invitation: Invitation
    times: CallTimes
    names: tuple[str, ...]
    able: int
    bid: Bid
    target_kw: float
    truth_kw: float
    baseline_kw: float
    errors: pd.DataFrame
    step_error: float
    around: pd.DatetimeIndex
    draws: tuple[Draw, ...]
    assumptions: tuple[Assumption, ...]
    wall_s: float


@dataclass(frozen=True, eq=False)
class Called:
    """A fleet that is called, before any draw.

    Attributes
    ----------
    fleet : Fleet
    names : tuple of str
    days : MeterDays
        Meters before the call, with its day as it would have been.
    fine_kw : ndarray (P, m)
        Meters of the finer march without the call [kW].
    bid : Bid
    step_error : float
        See `Response`.
    stamps : DatetimeIndex
        Of the finer march.
    assumptions : tuple of Assumption
    """

    fleet: Fleet
    names: tuple[str, ...]
    days: MeterDays
    fine_kw: Floats
    bid: Bid
    step_error: float
    stamps: pd.DatetimeIndex
    assumptions: tuple[Assumption, ...]


def respond(loaded: Loaded, invitation: Invitation, crew: Crew, progress: Progress | None = None) -> Response:
    """Let a fleet respond to a call.

    Parameters
    ----------
    loaded : Loaded
        The buildings of the project are the participants.
    invitation : Invitation
    crew : Crew
        Who marches parts and draws.
    progress : callable, optional

    Raises
    ------
    TwinError
        A call that does not fit, an unknown baseline, a fleet that can give nothing, or anything wrong with a
        building.
    """
    began = time.perf_counter()
    called = call_fleet(loaded, invitation, crew, progress)
    seeds = [invitation.seed + i for i in range(invitation.seeds)]
    draws: dict[int, Draw] = {}
    for done, (place, found) in enumerate(crew.each(operate, called.fleet, seeds)):
        draws[place] = drawn_outcome(called, seeds[place], found["went"])
        if progress is not None:
            progress(0.5 + 0.5 * (done + 1) / len(seeds))
    ordered = [draws[place] for place in sorted(draws)]
    return concluded(called, ordered, time.perf_counter() - began)


def concluded(called: Called, draws: Sequence[Draw], wall_s: float) -> Response:
    """What draws of a called fleet come to together."""
    fleet, times = called.fleet, called.fleet.times
    during = slice(times.start, times.end)
    return Response(
        fleet.invitation,
        times,
        called.names,
        int((fleet.expected_kw[:, -1] > 0.0).sum()),
        called.bid,
        fleet.target_kw,
        float(called.fine_kw[:, during].sum(axis=0).mean()),
        float(fleet.reference_kw.sum(axis=0).mean()),
        _baseline_errors(called.days, _metered(called.days, times, draws[0].went), times),
        called.step_error,
        called.stamps[around_call(times)],
        tuple(draws),
        merged(called.assumptions, draws[0].settlement.assumptions),
        wall_s,
    )


def call_fleet(
    loaded: Loaded, invitation: Invitation, crew: Crew, progress: Progress | None = None
) -> Called:
    """Look at a fleet without the call, and bid; see `respond`."""
    method = baseline_method(invitation.baseline)
    _refuse(loaded)
    times = call_times(invitation, loaded.project, loaded.climate)
    parts = _looked_at(loaded, invitation, times, crew, progress)
    days, step_error = _meters(loaded, times, parts)
    bid, expected = _bid(
        invitation, times, days, np.concatenate([part.capability_kw for part in parts], axis=1)
    )
    target = bid.kw if invitation.capacity is None else invitation.capacity
    if not target > 0.0:
        raise TwinError(
            f"the fleet can promise nothing with a probability of {invitation.probability:g}.",
            "Give its buildings storage, vehicles or rooms that may drift (control.drift), or ask at another "
            "hour.",
        )
    base = method(days, times.event, load_programme())
    reference = np.repeat(base.kw[:, times.event.window], 15 // times.minutes, axis=1)
    # who has no baseline cannot be settled, and is not asked
    without = ~np.isfinite(reference).all(axis=1)
    expected[without], reference[without] = 0.0, 0.0
    price = np.concatenate([part.price_cny_kwh for part in parts])
    return Called(
        Fleet(parts, invitation, times, duration_minutes(times), expected, reference, price, target),
        days.participants,
        days,
        np.concatenate([part.fine_kw for part in parts]),
        bid,
        step_error,
        _fine_stamps(loaded, times),
        invitation_assumptions(invitation, shared=loaded.project.shared is not None),
    )


def drawn_outcome(called: Called, seed: int, went: Went) -> Draw:
    """A draw as the market settles it, and against the march without the call."""
    fleet, times = called.fleet, called.fleet.times
    sign, window, during = times.event.sign, around_call(times), slice(times.start, times.end)
    true = sign * (called.fine_kw - went.meter_kw).sum(axis=0)
    asked = went.asked_kw > 0.0
    settled = sign * (fleet.reference_kw - went.meter_kw[:, during])[asked].sum(axis=0)
    behind, per_quarter = -true[times.end : window.stop], 15 // times.minutes
    quarters = behind[: len(behind) // per_quarter * per_quarter].reshape(-1, per_quarter).mean(axis=1)
    return Draw(
        seed,
        went,
        _settled(called, went),
        true[window],
        float(settled.mean()),
        float(true[during].mean()),
        -float(true[times.notice : times.start].sum()) * times.minutes / 60.0,
        float(quarters.clip(0.0).sum() * 0.25),
        float(quarters.max(initial=0.0)),
    )


def _refuse(loaded: Loaded) -> None:
    planned = [b.name for b in loaded.project.buildings if b.control.type == "mpc"]
    if planned:
        raise TwinError(
            f"{planned[0]} plans (mpc); a fleet under a call is marched by rules and orders.",
            "Give it another control.type, or use `twin run` with an event for it alone.",
            key="control.type",
        )
    if loaded.project.event is not None:
        raise TwinError("The project has a call of its own.", "Leave its event out.", key="event")


def _looked_at(
    loaded: Loaded, invitation: Invitation, times: CallTimes, crew: Crew, progress: Progress | None
) -> tuple[LookedAt, ...]:
    parts = district_parts(loaded.project, _IN_A_PART)
    folder = str(loaded.path.parent.resolve()) if loaded.path is not None else None
    bare = loaded.project.model_copy(update={"buildings": ()})
    direction = DIRECTIONS[0] if invitation.sign > 0.0 else DIRECTIONS[1]
    look = Look(bare, loaded.climate, folder, times, direction)
    found: dict[int, LookedAt] = {}
    for done, (place, told) in enumerate(crew.each(look_at, look, parts)):
        if "error" in told:
            raise TwinError(**told["error"])
        found[place] = told["part"]
        if progress is not None:
            progress(0.5 * (done + 1) / len(parts))
    return tuple(found[place] for place in sorted(found))


def _meters(loaded: Loaded, times: CallTimes, parts: Sequence[LookedAt]) -> tuple[MeterDays, float]:
    """Meters before the call, with its day as it would have been, and the error of the finer step."""
    project = loaded.project
    weather = loaded.climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    per_day = round(86400.0 / weather.dt_s)
    first = max(times.year_first // per_day - _HISTORY_D, 0) * per_day
    stamps = weather.times[first : times.year_last]
    names = [name for part in parts for name in part.names]
    coarse = np.concatenate([part.year_kw for part in parts])[:, first:]
    fine = np.concatenate([part.fine_kw for part in parts])
    ratio = round(weather.dt_s / (60.0 * times.minutes))
    own = fine.reshape(len(fine), -1, ratio).mean(axis=2)
    tail = times.year_first - first
    step_error = float(own.sum() / coarse[:, tail:].sum() - 1.0)
    load = np.concatenate([coarse[:, :tail], own], axis=1)
    days = meter_days(load, stamps, participants=names, outdoor_c=weather.temp_air[first : times.year_last])
    return days, step_error


def _metered(days: MeterDays, times: CallTimes, went: Went) -> MeterDays:
    """The meters as a draw left them."""
    quarters = went.meter_kw.reshape(len(went.meter_kw), -1, 15 // times.minutes).mean(axis=2)
    n_days = quarters.shape[1] // 96
    kw = days.kw.copy()
    kw[:, -n_days:] = quarters.reshape(len(quarters), n_days, 96)
    return replace(days, kw=kw)


def _baseline_errors(truth: MeterDays, metered: MeterDays, times: CallTimes) -> pd.DataFrame:
    """Errors of all methods that this call allows, which may look at what its day showed before it."""
    noticed = times.event.notice_at
    before = noticed is not None and noticed.date() < times.day
    methods = [method for key, method in METHODS.items() if not (before and key.endswith("_before_notice"))]
    return baseline_errors(metered, truth, [times.event], methods)


def _bid(invitation: Invitation, times: CallTimes, days: MeterDays, capability: Floats) -> tuple[Bid, Floats]:
    """What the fleet may promise, and what is expected of each who is enrolled (P, M) [kW].

    Enrolled is whose capability exceeds the error of its own baseline on past days: the settlement cannot
    tell another's response from that error.
    """
    shares = invitation.behaviour
    whole, missed = capability[:, :, -1], _baseline_misses(invitation, times, days)
    enrolled = whole.mean(axis=0) > np.sqrt((missed**2).mean(axis=0))
    enrolled &= np.isfinite(missed).all(axis=0)
    if not enrolled.any():
        raise TwinError(
            "nobody can give more than the error of its own baseline.",
            "Give buildings storage, vehicles or rooms that may drift (control.drift), ask at another hour, "
            "or settle by another baseline.",
        )
    # on such a day the meter could have been brought so far below (or above) the baseline
    settled = np.where(enrolled, np.maximum(whole + missed, 0.0), 0.0)[:, :, None]
    count = round(figure("dispatch", "samples"))
    answers = np.full(len(enrolled), 1.0 - shares.refuse - shares.silent)
    call_min = float((times.end - times.start) * times.minutes)
    keeps = kept_of_orders(shares, call_min, count, invitation.seed)
    samples = fleet_samples(settled, answers, keeps, count, invitation.seed)
    drawn = sampled_days(len(settled), count, invitation.seed)
    bid = confident_bid(samples, settled, invitation.probability, days=drawn)
    return bid, np.where(enrolled[:, None], capability.mean(axis=0), 0.0)


def _baseline_misses(invitation: Invitation, times: CallTimes, days: MeterDays) -> Floats:
    """By how much baselines lay beyond the meters on past days, in the asked direction, (D, P) [kW]."""
    method, programme = baseline_method(invitation.baseline), load_programme()
    found = []
    event = times.event
    for day in times.past_days:
        shift = event.day - day
        past = Event(event.kind, event.start - shift, event.end - shift, event.notice)
        base = method(days, past, programme).kw[:, past.window]
        actual = days.kw[:, days.place(day), past.window]
        found.append(invitation.sign * (base - actual).mean(axis=1))
    return np.array(found)


def around_call(times: CallTimes) -> slice:
    hours = round(60.0 / times.minutes)
    return slice(max(times.start - 2 * hours, 0), min(times.end + round(_AFTER_H) * hours, times.last))


def _fine_stamps(loaded: Loaded, times: CallTimes) -> pd.DatetimeIndex:
    start = loaded.climate.at_step(
        int(loaded.project.timestep), loaded.project.variability, loaded.project.weather_seed
    ).times[times.year_first]
    return pd.date_range(start, periods=times.last, freq=f"{times.minutes}min")


def _settled(called: Called, went: Went) -> EventSettlement:
    """The draw as the market settles it."""
    fleet = called.fleet
    share = fleet.invitation.aggregator_share
    return settle_events(
        _metered(called.days, fleet.times, went),
        [fleet.times.event],
        went.committed_kw[None, :],
        method=baseline_method(fleet.invitation.baseline),
        contracts=[Contract(name, fleet.invitation.aggregator, share) for name in called.names],
        rule=fleet.invitation.rule,
    )[0]
