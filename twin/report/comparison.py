"""The one comparison table of Runs, for the terminal and for pages; differences are to the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twin.report.money import judged_buildings
from twin.report.style import Language, pick
from twin.store import Run
from twin.variables import END_USES, variable

NONE = "—"
"""Cell of a figure that a Run does not have (no PV, no call), or that several buildings do not add up to."""

GROUPS: dict[str, tuple[str, str]] = {
    "energy": ("用能强度", "Energy use intensity"),
    "grid": ("电网与光伏", "Grid and PV"),
    "money": ("费用", "Cost"),
    "storage": ("储能寿命", "Life of the batteries"),
    "carbon": ("运行碳排放", "Operational carbon"),
    "comfort": ("舒适（使用时段）", "Comfort (occupied hours)"),
    "response": ("需求响应", "Demand response"),
    "books": ("账目", "Books"),
}

Value = float | None
_Reader = Callable[["_Judged"], Value]


class _Judged:
    """What the judges said of a Run's buildings, and how it adds."""

    def __init__(self, run: Run, building: str | None) -> None:
        self.run = run
        self.buildings = judged_buildings(run, building)
        self.area = math.fsum(b["energy"]["floor_area_m2"] for b in self.buildings)

    def add(self, *path: str) -> Value:
        """Sum over buildings; None where one has none."""
        values = [_get(b, path) for b in self.buildings]
        return None if any(v is None for v in values) else math.fsum(v for v in values if v is not None)

    def per_area(self, *path: str) -> Value:
        total = self.add(*path)
        return None if total is None else total / self.area

    def only(self, *path: str) -> Value:
        """A figure that does not add: that of the only building."""
        return _get(self.buildings[0], path) if len(self.buildings) == 1 else None

    def first(self, *path: str) -> Value:
        """A figure that one building alone can have, such as a response."""
        values = [_get(b, path) for b in self.buildings]
        known = [v for v in values if v is not None]
        return known[0] if known else None

    def residual(self) -> Value:
        entries = (self.run.summary.get("residuals") or {}).values()
        values = [abs(float(e["relative"] if isinstance(e, Mapping) else e)) for e in entries]
        return max(values) if values else None


def _get(tree: Any, path: Sequence[str]) -> Value:
    for key in path:
        if not isinstance(tree, Mapping) or tree.get(key) is None:
            return None
        tree = tree[key]
    return float(tree)


@dataclass(frozen=True)
class _Row:
    key: str
    group: str
    zh: str
    en: str
    unit: str
    read: _Reader
    digits: int = 1
    scale: float = 1.0
    relative: bool = True


def _end_use(plain: str) -> _Reader:
    return lambda j: j.per_area("energy", "end_use_kwh", plain)


def _end_use_rows() -> Iterator[_Row]:
    for name in END_USES:
        plain = name.removesuffix("_kw")
        known = variable(name)
        yield _Row(f"eui_{plain}", "energy", known.zh, known.en, "kWh/m²", _end_use(plain))


_ROWS: tuple[_Row, ...] = (
    *_end_use_rows(),
    _Row(
        "eui_electric", "energy", "用电合计（建筑自身）", "Electricity, own end uses", "kWh/m²",
        lambda j: j.per_area("energy", "electricity_kwh"),
    ),
    _Row("eui_gas", "energy", "燃气（低位热值）", "Gas (lower heating value)", "kWh/m²",
         lambda j: j.per_area("energy", "gas_kwh")),
    _Row("eui_ev", "energy", "电动车充电（另计）", "EV charging (apart)", "kWh/m²",
         lambda j: j.per_area("energy", "ev_charge_kwh")),
    _Row("eui_grid", "energy", "购电（电表）", "Bought from the grid", "kWh/m²",
         lambda j: j.per_area("energy", "grid_import_kwh")),
    _Row("peak", "grid", "最大需量（15 分钟）", "Peak demand (15 min)", "kW",
         lambda j: j.only("energy", "peak_import_kw"), 0),
    _Row("pv", "grid", "光伏发电", "PV generation", "MWh", lambda j: j.add("energy", "pv_kwh"), 1, 1e-3),
    _Row("export", "grid", "上网电量", "Exported", "MWh",
         lambda j: j.add("energy", "grid_export_kwh"), 1, 1e-3),
    _Row("self_consumption", "grid", "光伏自用率", "PV self-consumption", "%",
         lambda j: _share(j, consumption=True), 1, 100.0, False),
    _Row("self_sufficiency", "grid", "光伏自给率", "PV self-sufficiency", "%",
         lambda j: _share(j, consumption=False), 1, 100.0, False),
    _Row("cost_energy", "money", "电量电费", "Energy charge", "kCNY",
         lambda j: j.add("cost", "energy_cny"), 1, 1e-3),
    _Row("cost_demand", "money", "需量（容量）电费", "Demand charge", "kCNY",
         lambda j: j.add("cost", "demand_cny"), 1, 1e-3),
    _Row("cost_export", "money", "上网收入", "Export credit", "kCNY",
         lambda j: j.add("cost", "export_cny"), 1, 1e-3),
    _Row("cost_gas", "money", "燃气费", "Gas", "kCNY", lambda j: j.add("cost", "gas_cny"), 1, 1e-3),
    _Row("cost_total", "money", "合计", "Total", "kCNY", lambda j: j.add("cost", "total_cny"), 1, 1e-3),
    _Row("battery_left", "storage", "十年后容量（购入时为 100 %）", "Capacity after ten years (new: 100 %)",
         "%",
         lambda j: j.only("storage", "battery", "capacity_after_ten_years"), 1, 100.0, False),
    _Row("battery_life", "storage", "更换年限", "Replaced after", "a",
         lambda j: j.only("storage", "battery", "replaced_after_years"), 1),
    _Row("battery_cycles", "storage", "每年等效满循环", "Full cycles a year", "-",
         lambda j: j.only("storage", "battery", "full_cycles"), 0),
    _Row("battery_wear", "storage", "循环磨损成本（每放电 kWh）", "Wear by use, per kWh discharged",
         "CNY/kWh",
         lambda j: j.only("storage", "battery", "wear_cny_kwh"), 3),
    _Row("battery_kwh_cost", "storage", "电池寿命成本（每放电 kWh）", "Battery over its life, per kWh",
         "CNY/kWh",
         lambda j: j.only("storage", "battery", "life_cny_kwh"), 3),
    _Row("battery_annual", "storage", "电池年成本（含更换）", "Battery with its replacements, a year", "kCNY",
         lambda j: j.only("storage", "battery", "replacements", "annual_cny"), 1, 1e-3),
    _Row("vehicle_wear", "storage", "车辆放电磨损成本", "Wear of lending vehicles, per kWh given",
         "CNY/kWh",
         lambda j: j.only("storage", "vehicles", "wear_cny_kwh"), 3),
    _Row("carbon", "carbon", "电力平均因子（位置法）", "Grid average (location-based)", "tCO₂",
         lambda j: j.add("carbon", "physical", "total_kg"), 1, 1e-3),
    _Row("carbon_ets", "carbon", "上海碳市场因子", "Shanghai ETS factor", "tCO₂",
         lambda j: j.add("carbon", "shanghai_ets", "total_kg"), 1, 1e-3),
    _Row("unmet_hours", "comfort", "任一区未达设定温度", "Any zone off its set-point", "h",
         lambda j: j.only("comfort", "unmet_hours"), 0, 1.0, False),
    _Row("hours_operative", "comfort", "操作温度超出宽区间", "Operative outside the wide band", "h",
         lambda j: j.only("comfort", "hours_operative_outside_wide"), 0, 1.0, False),
    _Row("hours_pmv", "comfort", "|PMV| > 0.7", "|PMV| > 0.7", "h",
         lambda j: j.only("comfort", "hours_pmv_beyond_0.7"), 0, 1.0, False),
    _Row("dr_committed", "response", "承诺削减", "Committed", "kW",
         lambda j: j.first("response", "committed_kw"), 0),
    _Row("dr_delivered", "response", "结算平均削减", "Delivered, settled mean", "kW",
         lambda j: j.first("response", "mean_kw"), 1),
    _Row("dr_physical", "response", "相对无邀约模拟的平均削减", "Delivered against the run without the call",
         "kW",
         lambda j: j.first("response", "against_reference", "mean_kw"), 1),
    _Row("dr_rate", "response", "响应率", "Response rate", "%",
         lambda j: j.first("response", "response_rate"), 0, 100.0, False),
    _Row("dr_pay", "response", "补偿（待核实单价）", "Payment (price not verified)", "CNY",
         lambda j: j.first("response", "pay_cny"), 0),
    _Row("residual", "books", "能量平衡最大相对残差", "Largest relative residual of the balances", "-",
         lambda j: j.residual(), 1, 1.0, False),
)  # fmt: skip


def _share(judged: _Judged, *, consumption: bool) -> Value:
    """Self-consumption and self-sufficiency at the meters, by the definitions of the energy judge."""
    pv, out, bought = (judged.add("energy", n) for n in ("pv_kwh", "grid_export_kwh", "grid_import_kwh"))
    if pv is None or out is None or bought is None or pv <= 0:
        return None
    return 1.0 - out / pv if consumption else (pv - out) / (pv - out + bought)


def comparison_rows(
    runs: Sequence[Run], language: Language, *, building: str | None = None
) -> list[dict[str, Any]]:
    """Compare Runs.

    Parameters
    ----------
    runs : sequence of Run
        Judged.
    language : {"zh", "en"}
    building : str, optional
        Compare this building; without it sums over a Run's buildings, and a dash where figures of several
        buildings do not add (peak, comfort).

    Returns
    -------
    list of dict
        `key`, `group`, `group_label`, `label`, `unit`, and `cells`, one a Run: `value` (float in `unit`, or
        None), `text` (with unit), `difference` (to the first Run, None for the first or where a value is
        missing), `difference_text`. Rows that no Run has a value other than zero for are left out.

    Raises
    ------
    TwinError
        If a Run was not judged.
    """
    judged = [_Judged(run, building) for run in runs]
    rows = []
    for row in _ROWS:
        values = [None if (v := row.read(j)) is None else v * row.scale for j in judged]
        row = _finer_if_small(row, values)
        if not any(values) and row.key != "residual":
            continue
        rows.append(
            {
                "key": row.key,
                "group": row.group,
                "group_label": pick(language, *GROUPS[row.group]),
                "label": pick(language, row.zh, row.en),
                "unit": _unit(row, language),
                "cells": [_cell(row, value, values[0], k == 0, language) for k, value in enumerate(values)],
            }
        )
    return rows


def _finer_if_small(row: _Row, values: Sequence[Value]) -> _Row:
    """A house's peak of 1.4 kW is not 1 kW."""
    largest = max((abs(v) for v in values if v is not None), default=0.0)
    return replace(row, digits=1) if row.digits == 0 and 0.0 < largest < 9.95 else row


def _unit(row: _Row, language: Language) -> str:
    return (
        {"kCNY": "千元", "CNY": "元", "CNY/kWh": "元/kWh", "a": "年"}.get(row.unit, row.unit)
        if language == "zh"
        else row.unit
    )


def _number(row: _Row, value: float, *, signed: bool = False) -> str:
    if row.key == "residual":
        return f"{value:.1e}"
    rounded = round(value, row.digits) + 0.0  # no minus before a zero
    return f"{rounded:{'+' if signed else ''},.{row.digits}f}"


def _cell(row: _Row, value: Value, base: Value, is_first: bool, language: Language) -> dict[str, Any]:
    unit = _unit(row, language)
    tail = "" if unit == "-" else f" {unit}"
    cell: dict[str, Any] = {"value": value, "text": NONE, "difference": None, "difference_text": ""}
    if value is None:
        return cell
    cell["text"] = _number(row, value) + tail
    if is_first or base is None or row.key == "residual":
        return cell
    difference = value - base
    points = pick(language, "个百分点", "points") if unit == "%" else unit
    if round(difference, row.digits) == 0:
        return cell | {"difference": difference, "difference_text": "±0"}
    text = f"{_number(row, difference, signed=True)} {points}"
    if row.relative and abs(base) > 1e-9:
        text += f" ({100.0 * difference / abs(base):+.0f} %)"
    cell |= {"difference": difference, "difference_text": text}
    return cell
