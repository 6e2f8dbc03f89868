"""Energy of a state by end use, as documents and pages tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.numbers import known
from twin.report.study.reading import Reader
from twin.report.style import pick
from twin.variables import END_USES, variable

CARRIERS = tuple(name.removesuffix("_kw") for name in (*END_USES, "gas_kw"))
"""What is stacked: electric end uses, and gas by its lower heating value."""


def use_name(name: str, reader: Reader) -> str:
    """Label of an end use from the registry."""
    one = variable(f"{name}_kw")
    return pick(reader.language, one.zh, one.en)


def by_use(state: Mapping[str, Any]) -> dict[str, float]:
    """Annual energy by end use and of gas, kWh/m2, without what is zero."""
    energy = state["energy"]
    area = float(energy["floor_area_m2"])
    table = dict(energy.get("end_use_kwh") or {})
    table["gas"] = energy.get("gas_kwh")
    return {n: float(table[n]) / area for n in CARRIERS if known(table.get(n)) and table[n] > 0}
