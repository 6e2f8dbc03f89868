"""Cost of a building's energy: the electricity bill on its tariff, and gas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from twin.judges.factors import factor, gas_m3
from twin.judges.subject import Subject
from twin.market.assumption import Assumption, merged
from twin.market.bill import Bill, bill
from twin.market.days import DayCalendar, step_minutes
from twin.market.tariff import load_tariff


def cost(
    series: pd.DataFrame, building: Subject, calendar: DayCalendar | None = None
) -> tuple[dict[str, Any], Bill, tuple[Assumption, ...]]:
    """Energy cost of one building.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Needs `grid_import_kw`, `grid_export_kw`, `gas_kw`.
    building : Subject
        Names tariff, meters and transformer.
    calendar : DayCalendar, optional

    Returns
    -------
    figures : dict
        CNY; `total_cny` is electricity with demand charge, less export, plus gas.
    account : Bill
    assumptions : tuple of Assumption
    """
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    account = bill(
        series["grid_import_kw"].to_numpy(float),
        series["grid_export_kw"].to_numpy(float),
        times,
        load_tariff(building.tariff),
        calendar=calendar,
        meters=building.meters,
        transformer_kva=building.transformer_kva,
    )
    price = factor("gas_price")
    volume = gas_m3(float(series["gas_kw"].sum()) * step_minutes(times) / 60.0)
    gas = volume * price.value
    electricity = account.amount()
    imported = sum(entry["kwh"] for entry in account.by_period().values())
    figures = {
        **{k: v for k, v in account.as_dict().items() if k != "total_cny"},
        "electricity_cny": electricity,
        "gas_m3": volume,
        "gas_cny": gas,
        "total_cny": electricity + gas,
        "total_cny_m2": (electricity + gas) / building.floor_area_m2,
        "mean_price_cny_kwh": account.amount("energy") / imported if imported > 0 else None,
    }
    said = account.assumptions
    if gas > 0:
        spread = Assumption(
            "cost.gas_price",
            f"天然气价 {price.value:g} 元/m³；两处来源不一致（3.02 与 4.21）。",
            f"Gas at {price.value:g} CNY/m3; two sources disagree (3.02 and 4.21).",
            price.value,
            price.unit,
            price.source,
            price.confidence,
        )
        said = merged(said, (spread,))
    return figures, account, said
