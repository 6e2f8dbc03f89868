"""Judges: what a Run says by the standards, tariffs and markets that its owner lives under.

Each judge is one file and stands alone; `judge` asks them all and lays their answers side by side. Whatever
number moved a figure without having been read in its official text is listed under `assumptions`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from twin.judges.benchmark import benchmark
from twin.judges.carbon import carbon
from twin.judges.codes import code_verdicts
from twin.judges.comfort import comfort
from twin.judges.cost import cost
from twin.judges.energy import energy, residuals
from twin.judges.islanding import islanding
from twin.judges.kpis.headline import headline
from twin.judges.kpis.reading import facts_of
from twin.judges.quotas import quotas
from twin.judges.response import response
from twin.judges.storage import storage
from twin.judges.subject import Subject, subject
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption, merged
from twin.market.days import DayCalendar
from twin.store import Run
from twin.variables import END_USES, REQUIRED
from weather.errors import TwinError

SCHEMA = 1

__all__ = ["Subject", "Verdict", "judge", "judge_building", "subject"]


def judge(run: Run, *, reference: Run | None = None, calendar: DayCalendar | None = None) -> dict[str, Any]:
    """Judge every building of a Run.

    Parameters
    ----------
    run : Run
        `manifest["buildings"]` holds the facts of each (see `twin.judges.subject`), `manifest["tariff"]` the
        project's tariff, `manifest["event"]` the call, if there was one, with the `building` it went to (the
        first one where it names none).
    reference : Run, optional
        The same project marched without the call.
    calendar : DayCalendar, optional

    Returns
    -------
    dict
        Plain data for `run.summary`: `buildings` (name to the answers of each judge),
        `total`, `verdicts`, `assumptions`, `residuals`. Residuals that the march left in `run.summary` are
        kept beside those of the tables.

    Raises
    ------
    TwinError
        If a building's facts or columns are missing.
    """
    known = run.manifest.get("buildings") or {}
    missing = sorted(set(run.series) - set(known))
    if missing:
        raise TwinError(
            f"the manifest says nothing about {', '.join(missing)}.",
            "Give the facts of every building under manifest['buildings'].",
            key="buildings",
        )
    event = run.manifest.get("event")
    event_building = (event or {}).get("building") or next(iter(run.series))
    told = facts_of(run)
    buildings: dict[str, Any] = {}
    verdicts: list[dict[str, Any]] = []
    stated: tuple[Assumption, ...] = ()
    books: dict[str, Any] = dict(run.summary.get("residuals") or {})
    for name, series in run.series.items():
        one = subject(name, known[name], run.manifest.get("tariff"))
        figures, found, said = judge_building(
            series,
            run.zones.get(name),
            run.weather,
            one,
            event=event if name == event_building else None,
            reference=None if reference is None else reference.series.get(name),
            calendar=calendar,
        )
        counters = (run.summary.get("counters") or {}).get(name)
        kpis = headline(series, run.zones.get(name), told[name], counters, figures["response"])
        figures["kpis"] = {kpi.key: kpi.brief() for kpi in kpis}
        figures["islanding"] = islanding(
            series, (run.manifest.get("outages") or {}).get(name) or [], known[name]
        )
        buildings[name] = figures
        verdicts += [{"building": name, **verdict.as_dict()} for verdict in found]
        stated = merged(stated, said)
        books.update({f"{name}.{book}": entry for book, entry in residuals(series, one).items()})
    return {
        "schema": SCHEMA,
        "buildings": buildings,
        "total": _total(buildings),
        "verdicts": verdicts,
        "assumptions": [assumption.as_dict() for assumption in stated],
        "residuals": books,
    }


def judge_building(
    series: pd.DataFrame,
    zones: pd.DataFrame | None,
    weather: pd.DataFrame,
    building: Subject,
    *,
    event: Mapping[str, Any] | None = None,
    reference: pd.DataFrame | None = None,
    calendar: DayCalendar | None = None,
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Ask every judge about one building.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
    zones : DataFrame, shape (n, zones * variables), optional
        Without them comfort is not judged.
    weather : DataFrame, shape (n, columns)
    building : Subject
    event : mapping, optional
        The call that this building answered.
    reference : DataFrame, optional
        Its march without the call.
    calendar : DayCalendar, optional

    Returns
    -------
    figures, verdicts, assumptions
    """
    lacking = [name for name in REQUIRED if name not in series]
    if lacking:
        raise TwinError(
            f"the series of {building.name!r} lack {', '.join(lacking[:5])}.",
            "The judges read every column of the registry of variables.",
            key=f"series.{building.name}",
        )
    used, used_said = energy(series, building)
    money, _, money_said = cost(series, building, calendar)
    stock, verdicts = benchmark(used, building)
    told = building.codes or {}
    quota, of_quotas = quotas(
        used, building.use, classes=told.get("quota_classes"), households=told.get("households")
    )
    verdicts += of_quotas
    store, store_said = storage(series, weather, building)
    figures: dict[str, Any] = {
        "use": building.use,
        "tariff": building.tariff,
        "energy": used,
        "comfort": None,
        "cost": money,
        "carbon": carbon(series, building),
        "benchmark": stock,
        "quotas": quota,
        "codes": None,
        "storage": store,
        "response": None,
    }
    stated = [used_said, money_said, store_said]
    if zones is not None:
        figures["comfort"], found, said = comfort(zones, weather, building)
        verdicts += found
        stated.append(said)
    if building.codes is not None:
        figures["codes"], found, said = code_verdicts(
            building.codes,
            heating_setpoint_c=building.heating_setpoint_c,
            cooling_setpoint_c=building.cooling_setpoint_c,
        )
        verdicts += found
        stated.append(said)
    if event is not None:
        figures["response"], found, said = response(series, event, reference=reference, calendar=calendar)
        verdicts += found
        stated.append(said)
    return figures, verdicts, merged(*stated)


def _total(buildings: Mapping[str, Any]) -> dict[str, Any]:
    """Sums over buildings; no peak, because peaks of several meters do not add."""
    energies = [b["energy"] for b in buildings.values()]

    def add(name: str) -> float:
        return math.fsum(e[name] for e in energies)

    area, pv, exported, imported = (
        add(n) for n in ("floor_area_m2", "pv_kwh", "grid_export_kwh", "grid_import_kwh")
    )
    uses = [name.removesuffix("_kw") for name in END_USES]
    return {
        "floor_area_m2": area,
        "electricity_kwh": add("electricity_kwh"),
        "ev_charge_kwh": add("ev_charge_kwh"),
        "gas_kwh": add("gas_kwh"),
        "grid_import_kwh": imported,
        "grid_export_kwh": exported,
        "pv_kwh": pv,
        "end_use_kwh": {use: math.fsum(e["end_use_kwh"][use] for e in energies) for use in uses},
        "eui_electric_kwh_m2": add("electricity_kwh") / area,
        "self_consumption": 1.0 - exported / pv if pv > 0 else None,
        "self_sufficiency": (pv - exported) / (pv - exported + imported) if pv > 0 else None,
        "cost_cny": math.fsum(b["cost"]["total_cny"] for b in buildings.values()),
        "carbon_kg": math.fsum(b["carbon"]["physical"]["total_kg"] for b in buildings.values()),
        "carbon_ets_kg": math.fsum(b["carbon"]["shanghai_ets"]["total_kg"] for b in buildings.values()),
    }
