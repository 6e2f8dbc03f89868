"""Hot-water stores as flexibility: what fills them can wait, or come earlier, as long as the taps run.

`down` the machines that would fill now wait: no more than they draw then, and no longer than the content
stays above the least of that time of the year. `up` they fill beside: no more than they could on the worst of
the days around, and no longer than the most that the stores held then leaves room. The draught is that of the
baseline; what was left out or brought early is made up for afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from twin.building_batch import HOT_WATER_FED, HOT_WATER_FED_POWER
from twin.thermal_stores import ThermalStore

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_AROUND_D = 3
"""Days before and behind a day of which the weakest tells how fast a tank can be filled."""


class TankReach(NamedTuple):
    """Power by time and hour (M, H), energy behind it (H,), what comes back (M, H) [kW, kWh, kWh, kW]."""

    kw: Floats
    kwh: Floats
    rebound_kwh: Floats
    rebound_kw: Floats


def tank_reach(
    store: ThermalStore, told: Floats, steps: Ints, spans: Ints, dt_h: float, *, down: bool
) -> TankReach:
    """Largest lasting change of the power that fills the hot-water stores of a building.

    Parameters
    ----------
    store : ThermalStore
    told : ndarray (n, N_OUTCOME)
        Baseline of the building.
    steps : (H, J) ndarray of int
        Steps behind each hour.
    spans : (M,) ndarray of int
        Steps that the change must last.
    dt_h : float
    down : bool
        Less power than the baseline, else more.
    """
    fed, drawn, most = told[:, HOT_WATER_FED], told[:, HOT_WATER_FED_POWER], _surely_fed(told, dt_h)
    ratio = store.ratio_at(np.arange(len(told)))
    passed = dt_h * np.arange(1, steps.shape[1] + 1)
    if down:
        free = (drawn - drawn.min())[steps]
        energy = ratio[steps] * np.maximum(store.content_kwh - store.low_kwh, 0.0)[steps]
    else:
        free = ratio[steps] * np.maximum(most - fed, 0.0)[steps]
        energy = ratio[steps] * np.maximum(store.high_kwh - store.content_kwh, 0.0)[steps]
    least = np.minimum.accumulate(np.minimum(free, energy / passed), axis=1)
    kw = least[:, spans - 1].T
    moved = kw * (spans * dt_h)[:, None]
    first = steps[:, 0]
    return TankReach(kw, energy[:, 0], moved, np.minimum(moved, (ratio * most)[first]))


def ordered_fill_kw(store: ThermalStore, base: Floats, steps: Ints, change_kw: float) -> Floats:
    """Heat [kW] to order for a change of the power that fills the stores, by step.

    Parameters
    ----------
    store : ThermalStore
    base : ndarray (J, N_OUTCOME)
        Baseline of the building at the steps.
    steps : (J,) ndarray of int
    change_kw : float
        Positive for more power.
    """
    return np.asarray(np.maximum(base[:, HOT_WATER_FED] + change_kw / store.ratio_at(steps), 0.0))


def _surely_fed(told: Floats, dt_h: float) -> Floats:
    """What machines brought at their most on the worst of the days around each step [kW]."""
    per_day = round(24.0 / dt_h)
    days = len(told) // per_day
    daily = told[: days * per_day, HOT_WATER_FED].reshape(days, per_day).max(axis=1)
    worst = minimum_filter1d(daily, 2 * _AROUND_D + 1, mode="nearest")
    return np.asarray(worst[np.minimum(np.arange(len(told)) // per_day, days - 1)])
