"""Weeks of a live twin's estimates as the watch reads them, made up of plain days, with faults put in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ZONE = "Asia/Shanghai"
CAPACITY_KWH, BEGIN = 40.0, 35
PRICE = 0.8
PARTS = {
    "pv": "pv_kw", "cooling": "hvac_kw", "fans": "fans_kw",
}  # fmt: skip


def weeks(
    *,
    days: int = 49,
    seed: int = 0,
    begin: int = BEGIN,
    silent: tuple[str, ...] = (),
    pv: float = 1.0,
    hvac: float = 1.0,
    fans: float = 1.0,
    fans_at_night_kw: float = 0.0,
    capacity: float = 1.0,
    meter: float = 1.0,
    warmer_k: float = 0.0,
    moisture: float = 0.0,
) -> pd.DataFrame:
    """Estimates by quarters of an hour; what the keywords say is so from day `begin` on.

    Parameters
    ----------
    pv, hvac, fans, capacity, meter : float
        Factors.
    silent : tuple of str
        Points that nobody reads.
    """
    index = pd.date_range("2025-06-01", periods=96 * days, freq="15min", tz=ZONE)
    hour, day = np.arange(len(index)) % 96 / 4.0, np.arange(len(index)) // 96
    worn, draw = day >= begin, np.random.default_rng(seed)
    open_, sun = (hour >= 8.0) & (hour < 18.0), np.clip(np.sin(np.pi * (hour - 6.0) / 12.0), 0.0, None)
    # a battery that is charged at noon and gives it back in the evening
    battery = np.where((hour >= 11) & (hour < 15), -5.0, 0.0) + np.where((hour >= 18) & (hour < 22), 5.0, 0.0)
    expected = {
        "pv_kw": 20.0 * sun, "hvac_kw": 6.0 * open_, "fans_kw": 1.0 * open_, "lighting_kw": 3.0 * open_,
        "equipment_kw": 2.0 + 3.0 * open_, "ev_charge_kw": 0.0 * hour, "battery_kw": battery,
    }  # fmt: skip
    true = {name: values * draw.normal(1.0, 0.02, days)[day] for name, values in expected.items()}
    true["battery_kw"] = battery
    for name, factor in {"pv_kw": pv, "hvac_kw": hvac, "fans_kw": fans}.items():
        true[name] = np.where(worn, true[name] * factor, true[name])
    true["fans_kw"] = true["fans_kw"] + np.where(worn & ~open_, fans_at_night_kw, 0.0)
    uses = ("hvac_kw", "fans_kw", "lighting_kw", "equipment_kw", "ev_charge_kw")
    net = sum(true[name] for name in uses) - true["pv_kw"] - battery + 0.3
    true["net_import_kw"] = np.where(worn, meter, 1.0) * net
    kwh = CAPACITY_KWH * np.where(worn, capacity, 1.0)
    true["battery_soc"] = (
        0.3 + np.concatenate([np.cumsum((-battery / kwh).reshape(days, 96), axis=1).ravel()]) / 4.0
    )
    expected |= {"net_import_kw": 0.0 * hour, "battery_soc": 0.5 + 0.0 * hour}
    found: dict[str, Floats] = {}
    for name, values in true.items():
        found["battery_soc expected" if name == "battery_soc" else name] = expected[name]
        if name in silent:
            continue
        noise = draw.normal(0.0, 0.02 if name == "battery_soc" else 0.15, len(index))
        found[f"{name} residual"] = np.where(
            draw.random(len(index)) < 0.05, np.nan, values + noise - expected[name]
        )
    found |= {"cooling_kw expected": expected["hvac_kw"], "heating_kw expected": 0.0 * hour}
    found["hall/heating_setpoint_c"] = np.full(len(index), 5.0)
    found["hall/cooling_setpoint_c"] = np.where(open_, 26.0, 1000.0)
    air = 26.0 + draw.normal(0.0, 0.1, days)[day] + draw.normal(0.0, 0.2, len(index))
    found["hall/temp_air_c"] = air + np.where(worn, warmer_k, 0.0)
    found["hall/moisture"] = draw.normal(0.0, 0.3, days)[day] + np.where(worn, moisture, 0.0)
    found |= dict.fromkeys(("pv", "cooling_ratio", "heating_ratio"), 0.0 * hour)
    return pd.DataFrame(found, index=index.tz_convert("UTC"))


def price(estimates: pd.DataFrame) -> pd.Series[float]:
    """One price all day."""
    return pd.Series(PRICE, index=estimates.index)
