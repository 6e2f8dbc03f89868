"""Figures of a fleet under a call: bid and delivery, what comes back, comfort, money."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from twin.market.baseline_error import FLEET
from twin.response.behaviour import Kind
from twin.response.study import Response

_TOLD_AT = (10, 30, 60, 300)
"""Seconds from the start of the call at which the response of buses is told."""
_MOST = 0.9


def spread(values: ArrayLike) -> dict[str, float]:
    """Mean, P10 and P90 (what 10 and 90 % of the draws stay below) of the draws."""
    array = np.asarray(values, dtype=float)
    low, high = np.quantile(array, [0.1, 0.9])
    return {"mean": float(array.mean()), "p10": float(low), "p90": float(high)}


def figures(response: Response) -> dict[str, Any]:
    """Figures of a response.

    Parameters
    ----------
    response : Response

    Returns
    -------
    dict
        Powers [kW], energies [kWh], money [CNY], temperatures [K]. `given_kw` is the mean response over the
        call against the march without it, `settled_kw` against the baselines of the settlement; both as
        `spread` of the draws. `reached` are the shares of draws in which either reaches what was called.
    """
    draws, bid = response.draws, response.bid
    given = np.array([one.given_kw for one in draws])
    settled = np.array([one.settled_kw for one in draws])
    pay = np.array([int(one.settlement.pay_fen.sum()) for one in draws]) / 100.0
    kept = np.array([int(one.settlement.aggregator_fen.sum()) for one in draws]) / 100.0
    enough = response.target_kw * (1.0 - 1e-9)
    errors = response.errors[response.errors["participant"] == FLEET]
    return {
        "day": response.times.day.isoformat(),
        "participants": len(response.names),
        "able": response.able,
        "bid_kw": bid.kw,
        "bid_probability": bid.probability,
        "bid_expected_kw": bid.expected_kw,
        "bid_error_kw": bid.past_error_kw,
        "called_kw": response.target_kw,
        "truth_kw": response.truth_kw,
        "baseline_kw": response.baseline_kw,
        "given_kw": spread(given),
        "settled_kw": spread(settled),
        "reached": {
            "given": float((given >= enough).mean()),
            "settled": float((settled >= enough).mean()),
        },
        "short_kw": spread([one.went.short_kw for one in draws]),
        "before_kwh": spread([one.before_kwh for one in draws]),
        "rebound_kwh": spread([one.rebound_kwh for one in draws]),
        "rebound_kw": spread([one.rebound_kw for one in draws]),
        "worse_k": spread([float(one.went.worse_k.max()) for one in draws]),
        "missed_kwh": spread([float(one.went.missed_kwh.sum()) for one in draws]),
        "pay_cny": spread(pay),
        "aggregator_cny": spread(kept),
        "paid": spread([int((one.settlement.pay_fen > 0).sum()) for one in draws]),
        "orders": spread([one.went.orders for one in draws]),
        "redispatched": spread([one.went.redispatched for one in draws]),
        "behaviour": {
            kind.name.lower(): int((draws[0].went.kind[draws[0].went.committed_kw >= 0.0] == kind).sum())
            for kind in Kind
        },
        "baselines": {
            str(row["method"]): {"bias": float(row["bias"]), "cv_rmse": float(row["cv_rmse"])}
            for row in errors.to_dict("records")
        },
        "step_error": response.step_error,
        "seconds": _seconds(response),
    }


def _seconds(response: Response) -> dict[str, Any] | None:
    """Of buses as the call begins; None where none has an order or there is nothing to move."""
    found = response.draws[0].went.seconds
    if found is None or len(found.place) == 0:
        return None
    kw = seconds_kw(response)
    away = np.flatnonzero(np.abs(kw - kw[-1]) > (1.0 - _MOST) * abs(kw[-1]))
    return {
        "buildings": len(found.place),
        "kw": {str(second): float(kw[second - 1]) for second in _TOLD_AT},
        "t90_s": int(away[-1]) + 2 if len(away) else 1,
        "voltage_pu": [float(found.voltage_pu.min()), float(found.voltage_pu.max())],
    }


def seconds_kw(response: Response) -> NDArray[np.float64]:
    """Response of all buses together in each second, against the march without the call [kW]."""
    found = response.draws[0].went.seconds
    assert found is not None
    return np.asarray(response.invitation.sign * (found.truth_kw[:, None] - found.meter_kw).sum(axis=0))


def seconds_table(response: Response) -> pd.DataFrame:
    """Meter and bus voltage of each building with an order, second by second; no rows where there is none."""
    found = response.draws[0].went.seconds
    if found is None:
        return pd.DataFrame({"second": [], "participant": [], "meter_kw": [], "voltage_pu": []})
    count = found.meter_kw.shape[1]
    return pd.DataFrame(
        {
            "second": np.tile(np.arange(1, count + 1), len(found.place)),
            "participant": np.repeat([response.names[place] for place in found.place], count),
            "meter_kw": found.meter_kw.ravel(),
            "voltage_pu": found.voltage_pu.ravel(),
        }
    )


def draws_table(response: Response) -> pd.DataFrame:
    """A row for each draw."""
    return pd.DataFrame(
        {
            "seed": one.seed,
            "given_kw": one.given_kw,
            "settled_kw": one.settled_kw,
            "before_kwh": one.before_kwh,
            "rebound_kwh": one.rebound_kwh,
            "rebound_kw": one.rebound_kw,
            "worse_k": float(one.went.worse_k.max()),
            "missed_kwh": float(one.went.missed_kwh.sum()),
            "pay_fen": int(one.settlement.pay_fen.sum()),
            "aggregator_fen": int(one.settlement.aggregator_fen.sum()),
            "paid": int((one.settlement.pay_fen > 0).sum()),
            "orders": one.went.orders,
            "lost": one.went.lost,
            "redispatched": one.went.redispatched,
            "short_kw": one.went.short_kw,
        }
        for one in response.draws
    )


def minutes_table(response: Response) -> pd.DataFrame:
    """Response of the fleet minute by minute around the call: P10, P50 and P90 of the draws [kW]."""
    all_kw = np.array([one.true_kw for one in response.draws])
    low, middle, high = np.quantile(all_kw, [0.1, 0.5, 0.9], axis=0)
    times, behind = response.times, response.around
    start = pd.Timestamp(times.event.start).tz_convert(behind.tz)
    end = pd.Timestamp(times.event.end).tz_convert(behind.tz)
    called = np.where((behind >= start) & (behind < end), response.target_kw, 0.0)
    return pd.DataFrame(
        {"called_kw": called, "p10_kw": low, "p50_kw": middle, "p90_kw": high},
        index=pd.Index(behind, name="time"),
    )
