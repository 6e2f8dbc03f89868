"""Thermal stores as plans see them (蓄热、蓄冷、热水罐): what they hold, what fills them, what they save.

All stores of a kind in a building count as one. Its content is reckoned from what the march told that it
gained, from the year's begin on; between which contents it may swing is what the year without control shows
around that day, less a reserve of hot water for what the forecast misses. How fast machines fill it comes
from there, too, by the outdoor temperature, and what they draw for a unit of heat: a straight line over that
temperature times a course over the content, since the last part is the hottest and dearest. A plan takes the
temperatures of the day before and the contents of the plan before. The standing loss of what is stored longer
than in that year is not foreseen; the next plan finds it in the content.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from controllers.orders import STORE_ORDERS
from controllers.predictive import StoreOutlook
from twin.forecasts import (
    COOL,
    HEAT,
    HVAC,
    N_FORECAST,
    N_STORE_ROWS,
    STORE_FED,
    STORE_GAIN,
    STORE_GIVEN,
    STORE_POWER,
    STORES,
)

Floats = NDArray[np.float64]

_AROUND_D = 7
"""Days before and behind a day that show what a store does at that time of the year."""
_LEAST_RATIO = 0.05
"""Electricity per heat below which a store is not filled by electricity to speak of [-]."""
_PARTS = 6
_MIDDLES = (np.arange(_PARTS) + 0.5) / _PARTS
"""Parts of the way from the least to the most content, for what filling takes there."""
HOT_WATER_RESERVE = 0.2
"""Share of the swing of hot water that plans leave in it for what the forecast misses [-], assumed."""
_GROUPS = 12
"""Groups of days by temperature for what machines can bring, and the quantile that they surely reach."""
_SURELY = 0.25
_ROUND = 1e-6
_HOT_WATER, _HEAT, _COLD = range(3)
_SEASONS = {"cooling": (_HOT_WATER, _COLD), "heating": (_HOT_WATER, _HEAT)}


@dataclass
class ThermalStore:
    """The stores of one kind in a building.

    Attributes
    ----------
    kind : int
        0 hot water, 1 heat for rooms, 2 cold for rooms.
    low_kwh, high_kwh : ndarray (n,)
        Least and most content around each step, from the year's begin on.
    fill_kw : ndarray (n,)
        Most that machines bring at the outdoor temperature of the day before, thermal.
    give_kw : ndarray (n,)
        Most that it gave around each step, thermal.
    per_fill : ndarray (n,)
        Electricity that filling takes at the outdoor temperature of the day before, per heat [-].
    by_content : ndarray (_PARTS,)
        Its factor by the part of the way from the least to the most content.
    content_kwh : ndarray (n,)
        Course of the content that is expected: of the year without control, then of the last plan.
    per_given : float
        Electricity that heat or cold past the store took over the year, per heat [-].
    held_kwh : float
        Content now.
    """

    kind: int
    low_kwh: Floats
    high_kwh: Floats
    fill_kw: Floats
    give_kw: Floats
    per_fill: Floats
    by_content: Floats
    content_kwh: Floats
    per_given: float
    held_kwh: float = 0.0

    @property
    def for_rooms(self) -> bool:
        """Whether it gives when it is told to; hot water is drawn."""
        return self.kind != _HOT_WATER

    @property
    def gain_column(self) -> int:
        """Column of an outcome with what it gained [kW]."""
        return STORES[self.kind] + STORE_GAIN

    @property
    def order(self) -> int:
        """Column of its order."""
        return STORE_ORDERS[self.kind]

    def row(self, which: int) -> int:
        """Row of a forecast with one of `STORE_FED` to `STORE_POWER`."""
        return N_FORECAST + N_STORE_ROWS * self.kind + which

    def electricity_kw(self, means: Floats) -> Floats:
        """Electricity [kW] that a forecast's load would not hold without the store, by interval.

        Parameters
        ----------
        means : ndarray (rows, N)
            A forecast, means of the intervals.
        """
        filling = means[self.row(STORE_POWER)]
        if not self.for_rooms:
            return np.asarray(filling)
        return np.asarray(filling - self._past_store(means) * means[self.row(STORE_GIVEN)])

    def _past_store(self, means: Floats) -> float:
        """Electricity per heat of what reaches the rooms past the store [-]."""
        heat = (means[COOL] + means[HEAT] - means[self.row(STORE_GIVEN)]).sum()
        power = (means[HVAC] - means[self.row(STORE_POWER)]).sum()
        return float(np.clip(power / heat, 0.0, 1.0)) if heat > 0.0 and power > 0.0 else self.per_given

    def outlook(self, means: Floats, steps: NDArray[np.int64]) -> StoreOutlook:
        """What a plan is told of it.

        Parameters
        ----------
        means : ndarray (rows, N)
            A forecast, means of the intervals.
        steps : (N,) ndarray of int
            The year's step in which each interval ends.
        """
        fed, given, gain = (means[self.row(which)] for which in (STORE_FED, STORE_GIVEN, STORE_GAIN))
        n = len(steps)
        give = np.zeros(n)
        if self.for_rooms:
            give = np.minimum(self.give_kw[steps], means[COOL] + means[HEAT])
        return StoreOutlook(
            fill_kw=self.fill_kw[steps],
            give_kw=give,
            drain_kw=fed - gain - (given if self.for_rooms else 0.0),
            low_kwh=self.low_kwh[steps],
            high_kwh=self.high_kwh[steps],
            per_fill=self.ratio_at(steps),
            per_given=np.full(n, self._past_store(means) if self.for_rooms else 0.0),
        )

    def ratio_at(self, steps: NDArray[np.int64]) -> Floats:
        """Electricity per heat of filling it at some steps, at the content that is expected then [-]."""
        filled = _filled(self.content_kwh[steps], self.low_kwh[steps], self.high_kwh[steps])
        return np.asarray(self.per_fill[steps] * np.interp(filled, _MIDDLES, self.by_content))

    def expect(self, step: int, held_kwh: Floats) -> None:
        """Keep in mind which content [kWh] a plan made at a step expects at the end of each step."""
        ends = min(step + len(held_kwh), len(self.content_kwh))
        self.content_kwh[step:ends] = held_kwh[: ends - step]

    def orders_kw(
        self, plan: StoreOutlook, fill_kw: Floats, give_kw: Floats, counts: NDArray[np.int64]
    ) -> Floats:
        """Orders [kW] of the steps for what a plan says by interval.

        Machines run at their most for a part of the time instead of at a part of it all the time. A store
        that is to carry the rooms alone may give what they want.

        Parameters
        ----------
        plan : StoreOutlook
            What the plan was told.
        fill_kw, give_kw : (N,) ndarrays
            What it says.
        counts : (N,) ndarray of int
            Steps of each interval.
        """
        net = fill_kw - give_kw
        alone = (plan.give_kw > 0.0) & (give_kw > 0.95 * plan.give_kw) & (net < 0.0)
        gives = np.repeat(np.where(alone, -self.give_kw.max(), np.minimum(net, 0.0)), counts)
        wanted, most = np.repeat(np.where(net > 0.0, fill_kw, 0.0), counts), np.repeat(plan.fill_kw, counts)
        orders, due = np.where(gives < 0.0, gives, 0.0), 0.0
        for k in np.flatnonzero(wanted > 0.0):
            due += wanted[k]
            if due >= (1.0 - _ROUND) * most[k]:
                orders[k] = most[k]
                due -= orders[k]
        return orders


def thermal_stores(truth: Floats, temp_out: Floats, dt_h: float) -> dict[str, tuple[ThermalStore, ...]]:
    """Stores of a building that plans of each season may move.

    Parameters
    ----------
    truth : ndarray
        The year without control, as of `twin.forecasts`.
    temp_out : ndarray (n,)
        [degC]
    dt_h : float
        Its step [h].

    Returns
    -------
    dict
        `cooling` and `heating`: hot water in both, cold and heat for rooms in their own.
    """
    if len(truth) == N_FORECAST:
        return dict.fromkeys(_SEASONS, ())
    found = {kind: _store(truth, kind, temp_out, dt_h) for kind in (_HOT_WATER, _HEAT, _COLD)}
    return {
        season: tuple(store for kind in kinds if (store := found[kind]) is not None)
        for season, kinds in _SEASONS.items()
    }


def hot_water_store(told: Floats, temp_out: Floats, dt_h: float) -> ThermalStore | None:
    """The hot-water stores of a building after a marched year; None where electricity fills none.

    Parameters
    ----------
    told : ndarray (n, N_OUTCOME)
    temp_out : ndarray (n,)
        [degC]
    dt_h : float
        Step [h].
    """
    rows = np.array([told[:, STORES[_HOT_WATER] + which] for which in range(N_STORE_ROWS)])
    return _swinging(rows, _HOT_WATER, temp_out, dt_h, None)


def _store(truth: Floats, kind: int, temp_out: Floats, dt_h: float) -> ThermalStore | None:
    rows = truth[N_FORECAST + N_STORE_ROWS * kind :][:N_STORE_ROWS]
    heat = float(truth[[COOL, HEAT]].sum() - rows[STORE_GIVEN].sum())
    direct = float(truth[HVAC].sum() - rows[STORE_POWER].sum())
    per_given = min(max(direct / heat, 0.0), 1.0) if heat > 0.0 else None
    return _swinging(rows, kind, temp_out, dt_h, per_given)


def _swinging(
    rows: Floats, kind: int, temp_out: Floats, dt_h: float, per_given: float | None
) -> ThermalStore | None:
    fed, power = (float(rows[which].sum()) for which in (STORE_FED, STORE_POWER))
    if fed <= 0.0 or power < _LEAST_RATIO * fed:
        return None
    day = round(24.0 / dt_h)
    wide = 2 * _AROUND_D * day + 1
    content = np.cumsum(rows[STORE_GAIN]) * dt_h
    low, high = (
        minimum_filter1d(content, wide, mode="nearest"),
        maximum_filter1d(content, wide, mode="nearest"),
    )
    before = np.concatenate([[0.0], content[:-1]])
    ratio = _ratio(rows[STORE_FED], rows[STORE_POWER], temp_out)
    return ThermalStore(
        kind=kind,
        low_kwh=low + (HOT_WATER_RESERVE * (high - low) if kind == _HOT_WATER else 0.0),
        high_kwh=high,
        fill_kw=np.roll(_most(rows[STORE_FED], temp_out, day), day),
        give_kw=maximum_filter1d(rows[STORE_GIVEN], wide, mode="nearest"),
        per_fill=np.roll(ratio, day),
        by_content=_by_content(rows[STORE_FED], rows[STORE_POWER] / ratio, _filled(before, low, high)),
        content_kwh=content,
        per_given=per_given if per_given is not None else power / fed,
    )


def _ratio(fed: Floats, power: Floats, temp_out: Floats) -> Floats:
    """Electricity per heat at every step's outdoor temperature: a straight line through what was fed."""
    weight = fed / fed.sum()
    middle, mean = weight @ temp_out, power.sum() / fed.sum()
    spread = weight @ (temp_out - middle) ** 2
    ratio = np.divide(power, fed, out=np.full_like(fed, mean), where=fed > 0.0)
    slope = (weight * (temp_out - middle)) @ (ratio - mean) / spread if spread > 0.0 else 0.0
    return np.asarray(np.clip(mean + slope * (temp_out - middle), 0.25 * mean, 4.0 * mean))


def _most(fed: Floats, temp_out: Floats, day: int) -> Floats:
    """What machines surely can bring [kW] at every step's outdoor temperature: the days' highest, by it."""
    days = fed[: len(fed) // day * day].reshape(-1, day)
    at, most = days.argmax(axis=1) + day * np.arange(len(days)), days.max(axis=1)
    used = most > 0.0
    warm, most = temp_out[at[used]], most[used]
    groups = np.array_split(np.argsort(warm), min(_GROUPS, len(warm)))
    surely = [np.quantile(most[g], _SURELY) for g in groups]
    return np.interp(temp_out, [warm[g].mean() for g in groups], surely)


def _filled(content: Floats, low: Floats, high: Floats) -> Floats:
    """Part of the way from the least to the most content [-]."""
    return np.asarray(np.clip((content - low) / np.maximum(high - low, 1e-9), 0.0, 1.0))


def _by_content(fed: Floats, power: Floats, filled: Floats) -> Floats:
    """Electricity per heat by content, relative to the mean; parts without any take their neighbour's."""
    part = np.minimum((filled * _PARTS).astype(np.int64), _PARTS - 1)
    heat, drawn = (np.bincount(part, values, _PARTS) for values in (fed, power))
    seen = heat > 0.01 * heat.sum()
    return np.interp(_MIDDLES, _MIDDLES[seen], drawn[seen] / heat[seen])
