"""What the accounts of money and of life-cycle carbon hold, in the few shapes that documents need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from twin.report.study.document import clean
from twin.report.study.numbers import known, money, number, percent, spread
from twin.report.study.reading import Reader, figure_of

_NOT_PARTS = ("year", "calendar", "net", "discounted", "cumulative", "carbon_saved_kg")
STAGES = (
    "production",
    "transport",
    "construction",
    "operation_electricity",
    "operation_gas",
    "operation_refrigerant",
    "replacement",
    "demolition",
    "sink",
)
"""Stages of GB/T 51366 in their order; operation by carrier."""

_COUNTED = {"minimal_years": "a", "years": "a"}


@dataclass(frozen=True)
class FlowRow:
    """One year of a cash flow [CNY]; `sum_cny` is the running sum of the discounted flow."""

    year: int
    parts: Mapping[str, float]
    net_cny: float
    sum_cny: float


@dataclass(frozen=True)
class Stage:
    """Carbon of one stage of the life cycle [kgCO2e/m2]."""

    key: str
    label: str
    kg_m2: float


def cash_flow(economics: Mapping[str, Any] | None) -> list[FlowRow]:
    """Years of a cash flow table; empty where there is none or it is not whole."""
    table = (economics or {}).get("table") or {}
    columns = {k: v for k, v in table.items() if isinstance(v, list)}
    if not all(columns.get(k) for k in ("year", "net", "discounted")):
        return []
    n = len(columns["year"])
    told = {k: v for k, v in columns.items() if len(v) == n and all(known(x) for x in v)}
    if not {"year", "net", "discounted"} <= told.keys():
        return []
    sums = list(accumulate(told["discounted"]))
    parts = [k for k in told if k not in _NOT_PARTS and any(told[k])]
    return [
        FlowRow(int(told["year"][t]), {k: told[k][t] for k in parts}, told["net"][t], sums[t])
        for t in range(n)
    ]


def life_cycle_stages(account: Mapping[str, Any] | None, reader: Reader) -> list[Stage]:
    """Stages of a state's life cycle that add up to its net sum; those that are nought are left out."""
    area, after = figure_of(account, "floor_area_m2"), (account or {}).get("after") or {}
    if not area:
        return []
    kg = ((key, figure_of(after, f"{key}_kg")) for key in STAGES)
    return [Stage(key, reader.say(f"stage_{key}"), value / area) for key, value in kg if value]


def money_range(reader: Reader, state: Mapping[str, Any], name: str) -> str:
    """P10 to P90 of a sum, without unit; a dash where there is no range."""
    low, high = (figure_of(state, "ranges", name, p) for p in ("p10", "p90"))
    return spread(money(low, reader.language, unit=False), money(high, reader.language, unit=False))


def why_missing(reader: Reader, economics: Mapping[str, Any] | None, name: str) -> str:
    """Why a figure of money is missing, as the account itself says; empty where it does not."""
    for note in (economics or {}).get("notes") or ():
        if note.get("key") == name:
            return reader.pair(note, 200)
    return ""


def contract_facts(economics: Mapping[str, Any] | None, reader: Reader) -> list[tuple[str, str]]:
    """Terms and results of a contract of shared savings as label and printed value."""
    contract = (economics or {}).get("contract") or {}
    found = []
    for key, value in (*(contract.get("terms") or {}).items(), *contract.items()):
        shown = _printed(reader, key, value)
        if shown:
            found.append((reader.say_or_key(f"contract_{key}", key), shown))
    return found


def _printed(reader: Reader, key: str, value: Any) -> str:
    if isinstance(value, str):
        told = clean(value, 80)
        return "" if key.endswith(("_en", "_zh")) else reader.say_or_key(f"contract_type_{told}", told)
    if isinstance(value, (list, tuple)) and key == "owner_share" and all(known(v) for v in value):
        return ", ".join(percent(v, 0) for v in value)
    if not known(value):
        return ""
    if key.endswith("_cny"):
        return money(value, reader.language)
    if key in _COUNTED:
        return f"{number(value, 0)} {_COUNTED[key]}"
    return percent(value) if abs(value) <= 1 else number(value)


def abatement_rows(study: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Measures that can stand on the curve, cheapest first, and those that cannot."""
    rows: Sequence[Mapping[str, Any]] = study.get("abatement") or ()
    can = [
        r for r in rows if known(r.get("tonnes_a")) and r["tonnes_a"] > 0 and known(r.get("cny_per_tonne"))
    ]
    left = [r for r in rows if not any(r is c for c in can)]
    return sorted(can, key=lambda r: float(r["cny_per_tonne"])), left
