"""Operational carbon (运行碳排放) of purchased electricity and gas, by two named accounts.

Compare only within one account and one vintage. Exported PV is not credited; what a credit would be worth
stands beside.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from twin.judges.factors import Factor, factor
from twin.judges.subject import Subject
from twin.market.days import step_minutes

ACCOUNTS = {"physical": "electricity_shanghai_2023", "shanghai_ets": "electricity_shanghai_ets"}
"""Account to its electricity factor; `physical` (location-based) is the one shown first."""


def carbon(series: pd.DataFrame, building: Subject) -> dict[str, Any]:
    """Operational carbon of one building.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Needs `grid_import_kw`, `grid_export_kw`, `gas_kw`.
    building : Subject

    Returns
    -------
    dict
        Per account: kgCO2 of electricity, gas and both, per m2, and `export_credit_not_counted_kg`.
    """
    assert isinstance(series.index, pd.DatetimeIndex)
    hours = step_minutes(series.index) / 60.0
    imported, exported, gas = (
        float(series[name].sum()) * hours for name in ("grid_import_kw", "grid_export_kw", "gas_kw")
    )
    return {name: _account(factor(key), imported, exported, gas, building) for name, key in ACCOUNTS.items()}


def _account(
    electric: Factor, imported: float, exported: float, gas: float, building: Subject
) -> dict[str, Any]:
    fuel = factor("gas_carbon")
    of_electricity = imported * electric.value
    of_gas = gas * 3.6e-3 * fuel.value
    return {
        "electricity_kg": of_electricity,
        "gas_kg": of_gas,
        "total_kg": of_electricity + of_gas,
        "total_kg_m2": (of_electricity + of_gas) / building.floor_area_m2,
        "export_credit_not_counted_kg": exported * electric.value,
        "electricity_factor": electric.as_dict(),
        "gas_factor": fuel.as_dict(),
    }
