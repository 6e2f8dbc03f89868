"""Energy: end uses by carrier, intensities, months, peak, and how PV and load meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.judges.factors import factor, gas_m3
from twin.judges.kpis.load_match import (
    load_cover_factor,
    pv_curtailment_ratio,
    self_consumption,
    self_sufficiency,
    supply_cover_factor,
)
from twin.judges.subject import Subject
from twin.market.assumption import Assumption
from twin.market.bill import demand_kw
from twin.market.days import local_times, month_places, step_minutes
from twin.variables import END_USES, board_residual

FloatArray = NDArray[np.float64]
Columns = Mapping[str, FloatArray]
"""Columns of a table by name."""
_TOTALS = (
    "ev_charge_kw",
    "ev_discharge_kw",
    "pv_kw",
    "pv_curtailed_kw",
    "battery_charge_kw",
    "battery_discharge_kw",
    "battery_loss_kw",
    "conversion_loss_kw",
    "grid_import_kw",
    "grid_export_kw",
    "hvac_shed_kw",
    "gas_kw",
    "sensible_cooling_kw",
    "latent_cooling_kw",
    "space_heating_kw",
    "fresh_sensible_kw",
    "fresh_latent_kw",
    "unmet_cooling_kw",
    "unmet_heating_kw",
)
_MONTHLY = (
    *END_USES,
    "ev_charge_kw",
    "pv_kw",
    "battery_loss_kw",
    "conversion_loss_kw",
    "grid_import_kw",
    "grid_export_kw",
    "gas_kw",
)


def energy(series: pd.DataFrame, building: Subject) -> tuple[dict[str, Any], tuple[Assumption, ...]]:
    """Energy of one building over the span of its series.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        Columns of `twin.variables`, kW.
    building : Subject

    Returns
    -------
    figures : dict
        kWh, kWh/m2, kW and shares; None where a share has no meaning (no PV, no load).
    assumptions : tuple of Assumption

    Notes
    -----
    `electricity_kwh` is what the building's own end uses take; vehicles, battery and conversion losses
    stand beside it, and PV is not deducted. `grid_import_kwh` is what the meter counts. Nothing is scaled to
    a year: `hours` tells the span.
    """
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    hours = step_minutes(times) / 60.0
    area = building.floor_area_m2
    column = columns_of(series)
    kwh = {name: float(column[name].sum()) * hours for name in (*END_USES, *_TOTALS)}
    electricity = sum(kwh[name] for name in END_USES)
    intensities, assumptions = _intensities(electricity, kwh["gas_kw"], area)
    figures = {
        "hours": len(times) * hours,
        "floor_area_m2": area,
        "end_use_kwh": {_plain(n): kwh[n] for n in END_USES},
        "electricity_kwh": electricity,
        **{_plain(n) + "_kwh": kwh[n] for n in _TOTALS},
        "gas_m3": gas_m3(kwh["gas_kw"]),
        "eui_by_end_use_kwh_m2": {_plain(n): kwh[n] / area for n in END_USES},
        **intensities,
        "eui_with_ev_kwh_m2": (electricity + kwh["ev_charge_kw"]) / area,
        "eui_grid_import_kwh_m2": kwh["grid_import_kw"] / area,
        **_peak(column, times, area),
        **_matching(column, kwh, electricity),
        "monthly": _monthly(column, times, hours),
    }
    return figures, assumptions


def columns_of(series: pd.DataFrame) -> Columns:
    """Columns of a table of numbers by name, without a Series for each."""
    return dict(zip(series.columns, series.to_numpy(float).T, strict=True))


def _plain(name: str) -> str:
    return name.removesuffix("_kw")


def _intensities(
    electricity: float, gas: float, area: float
) -> tuple[dict[str, Any], tuple[Assumption, ...]]:
    """Intensities of both carriers, added by heat content, by coal and by primary energy."""
    coal_e, coal_g = factor("coal_of_electricity"), factor("coal_of_gas")
    primary_e, primary_g = factor("primary_of_electricity"), factor("primary_of_gas")
    volume = gas_m3(gas)
    figures = {
        "eui_electric_kwh_m2": electricity / area,
        "eui_gas_kwh_m2": gas / area,
        "eui_total_calorific_kwh_m2": (electricity + gas) / area,
        "coal_equivalent_kgce_m2": (electricity * coal_e.value + volume * coal_g.value) / area,
        "primary_kwh_m2": (electricity * primary_e.value + volume * primary_g.value) / area,
        "total_note": (
            "calorific: electricity and gas (lower heating value) added as they are; "
            f"coal: {coal_e.value:g} kgce/kWh and {coal_g.value:g} kgce/m3; "
            f"primary: {primary_e.value:g} kWh/kWh and {primary_g.value:g} kWh/m3 (not verified)"
        ),
    }
    said = primary_e.assumptions(
        f"一次能源系数：电 {primary_e.value:g} kWh/kWh（待核实）。",
        f"Primary energy factor of electricity {primary_e.value:g} kWh/kWh (not verified).",
    )
    if gas > 0:
        said += primary_g.assumptions(
            f"一次能源系数：天然气 {primary_g.value:g} kWh/m³（待核实）。",
            f"Primary energy factor of gas {primary_g.value:g} kWh/m3 (not verified).",
        )
    return figures, said


def _peak(column: Columns, times: pd.DatetimeIndex, area: float) -> dict[str, Any]:
    """Highest quarter-hour of import and export, and the load factor (负荷率) of import."""
    demand, starts = demand_kw(column["grid_import_kw"], times)
    export, _ = demand_kw(column["grid_export_kw"], times)
    top = int(np.argmax(demand))
    peak = float(demand[top])
    return {
        "peak_import_kw": peak,
        "peak_import_at": local_times(starts[top : top + 1])[0].isoformat() if peak > 0 else None,
        "peak_import_w_m2": peak * 1000.0 / area,
        "peak_export_kw": float(export.max()),
        "load_factor": float(demand.mean() / peak) if peak > 0 else None,
    }


def _matching(column: Columns, kwh: dict[str, float], electricity: float) -> dict[str, Any]:
    """How PV and load meet, at the meter over the span and step by step.

    At the meter self-consumption (自用率) and self-sufficiency (自给率), step by step supply and load cover
    factor; formulas and sources in `twin.judges.kpis.load_match`.
    """
    pv, charge = column["pv_kw"], column["battery_charge_kw"]
    load = np.sum([column[name] for name in (*END_USES, "ev_charge_kw", "conversion_loss_kw")], axis=0)
    discharge = column["battery_discharge_kw"] + column["ev_discharge_kw"]
    exported, imported = column["grid_export_kw"], column["grid_import_kw"]
    found = {
        "self_consumption": self_consumption(pv, exported),
        "self_sufficiency": self_sufficiency(pv, exported, imported),
        "supply_cover_factor": supply_cover_factor(pv, load, charge),
        "load_cover_factor": load_cover_factor(pv, load, charge, discharge),
        "curtailed_share": pv_curtailment_ratio(pv, column["pv_curtailed_kw"]),
    }
    return {
        **{name: kpi.value if kpi.defined else None for name, kpi in found.items()},
        "pv_over_electricity": kwh["pv_kw"] / electricity if electricity > 0 else None,
    }


def _monthly(column: Columns, times: pd.DatetimeIndex, hours: float) -> dict[str, list[Any]]:
    months, place = month_places(local_times(times))
    table: dict[str, list[Any]] = {"month": months}
    for name in _MONTHLY:
        kwh = np.bincount(place, column[name], len(months)) * hours
        table[_plain(name) + "_kwh"] = [float(v) for v in kwh]
    uses = np.array([table[_plain(n) + "_kwh"] for n in END_USES]).sum(axis=0)
    table["electricity_kwh"] = [float(v) for v in uses]
    return table


def residuals(series: pd.DataFrame, building: Subject) -> dict[str, dict[str, float]]:
    """How far the electric books of the table are open.

    Returns
    -------
    dict
        `electric_board`: largest step residual, kW, relative to the largest throughput of a step;
        `battery` (where its capacity is known): what charge, discharge and losses leave of the change in
        SOC over the span, kWh, relative to the energy that went through.
    """
    open_kw = np.abs(board_residual(series))
    through = series[[*END_USES, "ev_charge_kw", "battery_charge_kw", "grid_export_kw"]].to_numpy(float)
    largest = float(through.sum(axis=1).max())
    books = {
        "electric_board": {
            "kw": float(open_kw.max()),
            "relative": float(open_kw.max()) / largest if largest > 0 else float(open_kw.max()),
        }
    }
    capacity = building.battery_capacity_kwh
    soc = series["battery_soc"].to_numpy(float)
    if capacity and not np.isnan(soc).any():
        assert isinstance(series.index, pd.DatetimeIndex)
        hours = step_minutes(series.index) / 60.0
        # SOC is known at the end of each step, so that the first step's own change is not.
        inner = series.iloc[1:]
        into, out, lost = (
            float(inner[f"battery_{k}_kw"].sum()) * hours for k in ("charge", "discharge", "loss")
        )
        left = into - out - lost - capacity * float(soc[-1] - soc[0])
        books["battery"] = {"kwh": left, "relative": abs(left) / max(into, capacity)}
    return books
