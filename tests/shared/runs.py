"""A sound Run made by hand for the tests of the store and the judges: not a model of anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twin.store import Run
from twin.variables import REGISTRY


def steps(days: float = 7, minutes: int = 15, start: str = "2025-07-01") -> pd.DatetimeIndex:
    """Interval starts in Shanghai time."""
    n = round(days * 24 * 60 / minutes)
    return pd.date_range(start, periods=n, freq=f"{minutes}min", tz="Asia/Shanghai")


def series(index: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """Every building column, balanced at the board: what is missing is imported, what is over exported."""
    n = len(index)
    table = pd.DataFrame({name: np.zeros(n) for name in REGISTRY["building"]}, index=index)
    for name in ("lighting_kw", "equipment_kw", "fans_kw", "cooling_kw", "ev_charge_kw", "pv_kw"):
        table[name] = rng.uniform(0, 100, n)
    net = table[["lighting_kw", "equipment_kw", "fans_kw", "cooling_kw", "ev_charge_kw"]].sum(axis=1)
    net -= table["pv_kw"]
    table["grid_import_kw"] = net.clip(lower=0.0)
    table["grid_export_kw"] = (-net).clip(lower=0.0)
    table["battery_soc"] = 0.5
    table["bus_voltage_pu"] = np.nan
    table["grid_target_kw"] = np.nan
    return table


def zones(index: pd.DatetimeIndex, rng: np.random.Generator, names: tuple[str, ...]) -> pd.DataFrame:
    """Every zone column for the named zones, people from 8 to 18 o'clock."""
    n = len(index)
    hours = index.hour.to_numpy()
    columns = {}
    for zone in names:
        columns[zone, "temp_air_c"] = rng.uniform(22, 25, n)
        columns[zone, "temp_radiant_c"] = rng.uniform(22, 26, n)
        columns[zone, "humidity_ratio"] = rng.uniform(0.008, 0.012, n)
        columns[zone, "sensible_kw"] = rng.uniform(-5, 5, n)
        columns[zone, "latent_kw"] = rng.uniform(0, 2, n)
        columns[zone, "people"] = np.where((hours >= 8) & (hours < 18), 10.0, 0.0)
        columns[zone, "heating_setpoint_c"] = np.full(n, 20.0)
        columns[zone, "cooling_setpoint_c"] = np.where((hours >= 7) & (hours < 18), 26.0, np.nan)
    table = pd.DataFrame(columns, index=index)
    table.columns.names = ["zone", "variable"]
    return table


def weather(index: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """Every weather column."""
    n = len(index)
    table = pd.DataFrame({name: rng.uniform(0, 30, n) for name in REGISTRY["weather"]}, index=index)
    return table


def a_run(
    *, days: float = 7, buildings: tuple[str, ...] = ("office",), seed: int = 0, minutes: int = 15
) -> Run:
    """A Run of random, balanced figures."""
    rng = np.random.default_rng(seed)
    index = steps(days, minutes)
    return Run(
        manifest={"seed": seed, "engine": "fast", "buildings": {}},
        series={b: series(index, rng) for b in buildings},
        zones={b: zones(index, rng, ("core", "south")) for b in buildings},
        weather=weather(index, rng),
        summary={"residuals": {"bus": 0.0}, "note": "上海"},
        project="name: 试验\n",
    )
