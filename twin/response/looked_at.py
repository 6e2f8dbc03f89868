"""Looking at part of a fleet without the call: its meters, what it could have given, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.description.schema import Building, Project
from buildings.systems.battery_cost import cycling_wear_cost
from buildings.thermal.batch import ForcingTable
from controllers.droop import RESERVE_HOURS
from twin.district.year import Part, in_project
from twin.flexibility.envelope import BUILDING, SOURCES, flexibility
from twin.flexibility.witness import Baseline, baseline, room_air
from twin.going import Going, Standing, refuse_unbalanced
from twin.plant import Plant, prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.response.call_times import CallTimes
from twin.response.invitation import asks_cny_kwh
from twin.response.offers import Offer, offer_of, to_watts
from twin.response.states import used_kw
from twin.shift_response import UncontrolledYears
from twin.supervision import storage_of, supervisors_of
from twin.zoom import zoomed
from weather.climate_year import ClimateYear
from weather.errors import TwinError

Floats = NDArray[np.float64]
_MINUTES = (15, 30, 60, 120, 180, 240)


class Look(NamedTuple):
    """What all parts have in common."""

    project: Project
    climate: ClimateYear
    folder: str | None
    times: CallTimes
    direction: str


class LookedAt(NamedTuple):
    """Part of a fleet (B buildings) without the call.

    Attributes
    ----------
    names : tuple of str
    standing : Standing
        The finer march at the notice.
    year_kw : ndarray (B, n)
        Meters at the year's step, from its begin to where the finer march ends [kW].
    fine_kw : ndarray (B, m)
        Meters of the finer march [kW].
    load_kw : ndarray (B, m)
        End uses and charging vehicles in it, as a feeder takes them [kW].
    beyond_k : ndarray (B, m)
        How far rooms lie outside of their set-points in the finer march [K].
    capability_kw : ndarray (D, B, M)
        Largest lasting change on past days, by time [kW].
    offers : tuple of Offer
        On the day itself.
    price_cny_kwh : ndarray (B,)
        What each asks for, sources weighted by what they could give on those days.
    missed_kwh : ndarray (B,)
        What vehicles leave without by the end of the finer march [kWh].
    area_m2 : ndarray (B,)
    """

    names: tuple[str, ...]
    standing: Standing
    year_kw: Floats
    fine_kw: Floats
    load_kw: Floats
    beyond_k: Floats
    capability_kw: Floats
    offers: tuple[Offer, ...]
    price_cny_kwh: Floats
    missed_kwh: Floats
    area_m2: Floats


def look_at(shared: Look, part: Part) -> dict[str, Any]:
    """March a part without the call; `part` is what came of it, or `error` what a user can put right."""
    try:
        return {"part": _looked_at(shared, part.buildings)}
    except TwinError as error:
        file = None if error.file is None else str(error.file)
        key = in_project(error.key, part.places)
        return {"error": {"what": error.what, "remedy": error.remedy, "key": key, "file": file}}


def duration_minutes(times: CallTimes) -> tuple[int, ...]:
    """Times that a change may have to last: the usual ones, and the whole call [min]."""
    whole = (times.end - times.start) * times.minutes
    return (*(m for m in _MINUTES if m < whole), whole)


def _looked_at(shared: Look, buildings: tuple[Building, ...]) -> LookedAt:
    times = shared.times
    project = shared.project.model_copy(update={"buildings": buildings})
    plant = prepare(project, shared.climate, cut_s=60.0 * times.minutes)
    years = UncontrolledYears(plant)
    known = baseline(plant, (times.year_first,), years)
    refuse_unbalanced(plant, known.outcome)
    fine = zoomed(known.seen.copies[times.year_first], times.year_first, times.year_last, times.minutes)
    going = Going(Standing(fine, 0, np.zeros(0), np.zeros(0)))
    folder = Path(shared.folder) if shared.folder is not None else None
    for supervisor in supervisors_of(fine, folder):
        supervisor.decide(going)
    going.to(times.notice)
    standing = _light(going.standing())
    going.to(times.last)
    going.refuse_unbalanced()
    told = known.outcome.buildings[: times.year_last]
    minutes, count = duration_minutes(times), len(buildings)
    capability, offers, price = [], [], []
    for b in range(count):
        answers = years.answers[b]
        past = flexibility(known, b, answers, times.past_starts, minutes)
        own = {name: past.sources[shared.direction, name].kw for name in SOURCES}
        kept = np.maximum(_kept_kw(known, b, minutes, shared)[:, None] - own["battery"], 0.0)
        capability.append(past.sources[shared.direction, BUILDING].kw + kept)
        today = flexibility(known, b, answers, [times.year_start], minutes)
        during = going.told[times.start : times.end, b]
        offers.append(offer_of(known, b, answers, today, shared.direction, during, times))
        own["battery"] = own["battery"] + kept
        price.append(_price(known, b, {name: float(kw[-1].mean()) for name, kw in own.items()}))
    return LookedAt(
        tuple(p.description.name for p in plant.prepared),
        standing,
        np.ascontiguousarray((told[:, :, GRID_IMPORT] - told[:, :, GRID_EXPORT]).T),
        np.ascontiguousarray(going.meter_kw(0, times.last).T),
        np.ascontiguousarray(used_kw(going.told[: times.last]).T),
        np.array([room_air(going.plant, going.zones, b)[2] for b in range(count)]),
        to_watts(np.array(capability).transpose(2, 0, 1)),
        tuple(offers),
        to_watts(np.array(price)),
        missed_kwh(going.plant),
        np.array([p.description.floor_area for p in plant.prepared]),
    )


def _kept_kw(known: Baseline, b: int, minutes: tuple[int, ...], shared: Look) -> Floats:
    """What a battery adds that is kept full for a call that was known in time, by time [kW].

    On the days that a bid looks back on nobody kept it.
    """
    times = shared.times
    known_h = (times.start - times.notice) * times.minutes / 60.0
    if shared.direction == "up" or known_h < RESERVE_HOURS:
        return np.zeros(len(minutes))
    return kept_full_kw(known, b, minutes)


def kept_full_kw(known: Baseline, b: int, minutes: tuple[int, ...]) -> Floats:
    """What a battery gives for each time that is kept full for it [kW]; 0 where no control keeps it."""
    if known.plant.prepared[b].description.systems.control.type != "droop":
        return np.zeros(len(minutes))
    store = storage_of(known.plant, b, 0.0)
    hours = np.array(minutes) / 60.0
    return np.minimum(store.discharging * (store.high_kwh - store.low_kwh) / hours, store.power_kw)


def _light(standing: Standing) -> Standing:
    """Without what a march does not read: it is sent to whoever marches a draw, again and again."""
    plant = standing.plant
    prepared = tuple(replace(one, people={}, vehicles=None) for one in plant.prepared)
    own = replace(plant, prepared=prepared, climate=replace(plant.climate), table=ForcingTable(0))
    return standing._replace(plant=own)


def missed_kwh(plant: Plant) -> Floats:
    """What vehicles that have left a marched plant left without, by building, shape (B,) [kWh]."""
    left = plant.sessions["departure_step"] <= plant.n_steps
    found = np.zeros(len(plant.prepared))
    for b, (low, high) in enumerate(plant.buildings.chargers):
        rows = plant.buildings.ev_rows[:, low:high]
        own = np.unique(rows[rows >= 0])
        found[b] = float(np.maximum(plant.sessions["remaining_kwh"][own], 0.0)[left[own]].sum())
    return found


def _price(known: Baseline, b: int, source_kw: Mapping[str, float]) -> float:
    """What a building asks for [CNY/kWh]: its sources by what each could give on past days."""
    store = known.plant.prepared[b].description.systems.battery
    wear = 0.0
    if store is not None:
        low = store.soc_min if store.soc_min is not None else 0.1
        high = store.soc_max if store.soc_max is not None else 0.9
        wear = cycling_wear_cost(store.equipment, low, high)
    asks = asks_cny_kwh(wear)
    kw = np.array([source_kw[name] for name in SOURCES])
    return float(kw @ [asks[name] for name in SOURCES] / kw.sum()) if kw.sum() > 0.0 else 0.0
