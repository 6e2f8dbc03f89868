"""Promise against delivery: the march is asked for the envelope at sampled hours, and released again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from controllers.codes import DROOP
from controllers.orders import BATTERY_ORDER, EV_ORDER, GRID_TARGET, HOT_WATER_ORDER, SHIFT_ORDER
from twin.flexibility.envelope import BUILDING, DIRECTIONS, Envelope, flexibility
from twin.flexibility.mass import held
from twin.flexibility.tank import ordered_fill_kw
from twin.flexibility.witness import Baseline, room_air
from twin.going import Going, Standing
from twin.plant import Plant
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_SOC,
    EV_CHARGE,
    EV_DISCHARGE,
    GRID_EXPORT,
    GRID_IMPORT,
    UNSERVED,
)
from twin.shift_response import SeasonAnswer
from twin.supervision import storage_of
from twin.supervisors import orders_ahead

Floats = NDArray[np.float64]
AFTER_H = 24.0
"""Time behind a call for which the march goes on [h]."""
_KEPT = 0.95
"""Share of a promise that a step must deliver to count as kept."""
_LEAST_KW = 0.5
"""Below this a promise is too small to be asked for [kW]."""


@dataclass(frozen=True)
class Delivery:
    """What became of one promise.

    Attributes
    ----------
    time : str
    direction : str
    minutes : int
    promised_kw, delivered_kw, least_kw : float
        The envelope, mean and least of what the meter showed.
    kept_minutes : float
        Time from the start on in which every step delivered 95 %, less the error of the meter.
    rebound_promised_kwh, rebound_kwh, rebound_peak_kw : float
        Energy that went the other way within 24 h, what the battery still owes counted in; its highest hour.
    beyond_k, beyond_baseline_k : float
        Farthest that rooms lay outside of their set-points on average, with and without the call [K].
    vehicles_missed_kwh, unserved_kwh : float
        More than without the call.
    """

    time: str
    direction: str
    minutes: int
    promised_kw: float
    delivered_kw: float
    least_kw: float
    kept_minutes: float
    rebound_promised_kwh: float
    rebound_kwh: float
    rebound_peak_kw: float
    beyond_k: float
    beyond_baseline_k: float
    vehicles_missed_kwh: float
    unserved_kwh: float


@dataclass(frozen=True)
class _Went:
    """A march that went on from a copy: outcome of the building, room air beyond, the plant at its end."""

    told: Floats
    beyond: Floats
    plant: Plant

    @property
    def meter(self) -> Floats:
        return np.asarray(self.told[:, GRID_IMPORT] - self.told[:, GRID_EXPORT])


def sampled(plant: Plant, count: int = 24) -> list[int]:
    """Steps on the hour, spread over the year and the hours of the day, with room for a day behind them."""
    per = max(round(3600.0 / plant.dt_s), 1)
    hours = plant.n_steps // per - 32
    return [int((i + 0.5) * hours / count) * per for i in range(count)]


def verify(
    known: Baseline,
    b: int,
    answers: dict[str, SeasonAnswer],
    minutes: int = 60,
    progress: Callable[[float], None] | None = None,
) -> list[Delivery]:
    """March a building through its own envelope at the steps of which a baseline keeps copies.

    Parameters
    ----------
    known : Baseline
        With copies.
    b : int
        Building.
    answers : dict
        See `flexibility`.
    minutes : int
        Length of each call.
    progress : callable, optional

    Returns
    -------
    list of Delivery
        Promises of less than 0.5 kW are left out.
    """
    starts = sorted(known.seen.copies)
    told = flexibility(known, b, answers, starts, (minutes,))
    found = []
    for i, start in enumerate(starts):
        steps = max(round(60.0 * minutes / known.plant.dt_s), 1)
        last = min(start + steps + round(3600.0 * AFTER_H / known.plant.dt_s), known.plant.n_steps)
        plain = _gone_on(known, b, start, start, last, lambda plant: None)
        for direction in DIRECTIONS:
            if told.sources[direction, BUILDING].kw[0, i] >= _LEAST_KW:
                found.append(_asked(known, b, answers, told, i, direction, plain, steps, last))
        if progress is not None:
            progress((i + 1) / len(starts))
    return found


def table(deliveries: Sequence[Delivery]) -> pd.DataFrame:
    """All deliveries, one in a row."""
    return pd.DataFrame([asdict(one) for one in deliveries])


def summary(deliveries: Sequence[Delivery]) -> dict[str, dict[str, float]]:
    """By direction: promises, share kept over their whole time, errors, comfort, vehicles.

    Errors are delivered over promised power less one: mean, and the worst least step.
    """
    rows = table(deliveries)
    found: dict[str, dict[str, float]] = {}
    for direction in DIRECTIONS:
        own = rows[rows["direction"] == direction] if len(rows) else rows
        if not len(own):
            continue
        error = own["delivered_kw"] / own["promised_kw"] - 1.0
        worst = own["least_kw"] / own["promised_kw"] - 1.0
        found[direction] = {
            "promises": float(len(own)),
            "kept_share": float((own["kept_minutes"] >= own["minutes"]).mean()),
            "promised_kw_mean": float(own["promised_kw"].mean()),
            "delivered_kw_mean": float(own["delivered_kw"].mean()),
            "error_mean": float(error.mean()),
            "error_worst": float(worst.min()),
            "rebound_promised_kwh": float(own["rebound_promised_kwh"].sum()),
            "rebound_kwh": float(own["rebound_kwh"].sum()),
            "beyond_worst_k": float((own["beyond_k"] - own["beyond_baseline_k"]).max()),
            "vehicles_missed_kwh": float(own["vehicles_missed_kwh"].sum()),
            "unserved_kwh": float(own["unserved_kwh"].sum()),
        }
    return found


def _gone_on(
    known: Baseline, b: int, start: int, release: int, last: int, ask: Callable[[Plant], None]
) -> _Went:
    """March a copy of the plant from a step to `release` with what `ask` changed, without it to `last`."""
    before = max(start - 1, 0)
    told, zones = known.outcome.buildings[before], known.outcome.zones[before]
    going = Going(Standing(known.seen.copies[start].copied(), start, told, zones))
    plant = going.plant
    own = plant.buildings.electrical["controller"].copy(), plant.buildings.shifts
    plant.buildings = plant.buildings._replace(shifts=own[1].copy())
    ask(plant)
    going.to(release)
    plant.buildings.electrical["controller"] = own[0]
    plant.buildings = plant.buildings._replace(shifts=own[1])
    going.to(last)
    _, _, beyond = room_air(plant, going.zones[before:last], b, before)
    return _Went(going.told[start:last, b], beyond[start - before :], plant)


def _asked(
    known: Baseline, b: int, answers: dict[str, SeasonAnswer], told: Envelope, i: int, direction: str,
    plain: _Went, steps: int, last: int,
) -> Delivery:  # fmt: skip
    start, sign = int(told.starts[i]), 1.0 if direction == "down" else -1.0
    dt_h = known.plant.dt_s / 3600.0
    whole = told.sources[direction, BUILDING]
    promised = float(whole.kw[0, i])

    def ask(plant: Plant) -> None:
        orders = orders_ahead(plant, start, start + steps)[:, b]
        orders[:, GRID_TARGET] = plain.meter[:steps] - sign * promised
        store, tank = known.hot_water(b), float(told.sources[direction, "tank"].kw[0, i])
        if store is not None and tank > 0.0:
            at = np.arange(start, start + steps)
            orders[:, HOT_WATER_ORDER] = ordered_fill_kw(store, plain.told[:steps], at, -sign * tank)
        control = plant.prepared[b].description.systems.control
        if plant.buildings.electrical[b]["has_dc_bus"] == 1:
            plant.buildings.electrical["controller"][b] = DROOP
            plant.buildings.shifts[b, 0] = control.precool
            return
        _order_sources(plant, b, answers, told, i, direction, plain.told[:steps], orders, dt_h)

    went = _gone_on(known, b, start, start + steps, last, ask)
    change = sign * (plain.meter - went.meter)
    during, after = change[:steps], change[steps:]
    # A meter is read with its error, and nothing can be held closer than that.
    unread = float(known.plant.buildings.electrical[b]["secondary"]["meter_error"]) * np.abs(
        went.meter[:steps]
    )
    short = np.flatnonzero(during < _KEPT * promised - unread)
    kept = (short[0] if len(short) else steps) * dt_h * 60.0
    per = max(round(1.0 / dt_h), 1)
    whole_hours = len(after) // per * per
    hourly = -after[:whole_hours].reshape(-1, per).mean(axis=1)
    left = went.plant.sessions["departure_step"] <= last
    missed = (went.plant.sessions["remaining_kwh"] - plain.plant.sessions["remaining_kwh"])[left]
    return Delivery(
        time=f"{told.times[i]:%Y-%m-%d %H:%M}",
        direction=direction,
        minutes=told.minutes[0],
        promised_kw=promised,
        delivered_kw=float(during.mean()),
        least_kw=float(during.min()),
        kept_minutes=float(kept),
        rebound_promised_kwh=float(whole.rebound_kwh[0, i]),
        rebound_kwh=float(-after.sum() * dt_h + _owed_kwh(known, b, plain, went, sign)),
        rebound_peak_kw=float(hourly.max(initial=0.0)),
        beyond_k=float(went.beyond.max()),
        beyond_baseline_k=float(plain.beyond.max()),
        vehicles_missed_kwh=float(np.maximum(missed, 0.0).sum()),
        unserved_kwh=float((went.told[:, UNSERVED] - plain.told[:, UNSERVED]).sum() * dt_h),
    )


def _owed_kwh(known: Baseline, b: int, plain: _Went, went: _Went, sign: float) -> float:
    """What the battery still has to bring back to stand where it would have stood [kWh at its bus side]."""
    store = storage_of(known.plant, b, 0.0)
    size = float(known.plant.buildings.electrical[b]["battery"]["capacity_kwh"])
    missing = sign * size * float(plain.told[-1, BATTERY_SOC] - went.told[-1, BATTERY_SOC])
    return missing / store.charging if sign > 0.0 else missing * store.discharging


def _order_sources(
    plant: Plant, b: int, answers: dict[str, SeasonAnswer], told: Envelope, i: int, direction: str,
    base: Floats, orders: Floats, dt_h: float,
) -> None:  # fmt: skip
    """Orders by source for a building whose devices read no voltage; the battery closes what is left."""
    sign = 1.0 if direction == "down" else -1.0
    part = {name: float(told.sources[direction, name].kw[0, i]) for name in ("battery", "vehicles", "mass")}
    orders[:, BATTERY_ORDER] = base[:, BATTERY_DISCHARGE] - base[:, BATTERY_CHARGE] + sign * part["battery"]
    if part["vehicles"] > 0.0:
        orders[:, EV_ORDER] = base[:, EV_CHARGE] - base[:, EV_DISCHARGE] - sign * part["vehicles"]
    if part["mass"] > 0.0 and answers:
        control = plant.prepared[b].description.systems.control
        most = control.drift if direction == "down" else control.precool
        season = answers.get("cooling") or next(iter(answers.values()))
        shape = held(season.three, dt_h, len(orders)).shift
        orders[:, SHIFT_ORDER] = -sign * most * shape / shape.max()
