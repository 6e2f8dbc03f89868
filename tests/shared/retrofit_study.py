"""A hand-made retrofit study: an office of 20,000 m2, three chosen packages, two hundred packages.

Figures are plausible, not computed; what matters is the shape, with Chinese names and with `None` wherever a
study may have none.
"""

# ruff: noqa: E501  (a row of a table stands on one line)

from __future__ import annotations

import copy
import math
import random
from typing import Any

AREA = 20_000.0
_YEARS = 20
_MONTH_SHAPE = {
    "cooling": (0, 0, 0.01, 0.03, 0.1, 0.17, 0.25, 0.24, 0.14, 0.05, 0.01, 0),
    "heating": (0.28, 0.24, 0.14, 0.04, 0, 0, 0, 0, 0, 0.01, 0.08, 0.21),
    "pv": (0.055, 0.06, 0.08, 0.095, 0.105, 0.09, 0.115, 0.11, 0.09, 0.08, 0.065, 0.055),
}
_FLAT = tuple(1 / 12 for _ in range(12))

MEASURES: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("wall_rock_wool_80", "wall", "envelope", "External wall insulation, rock wool 80 mm", "外墙外保温，岩棉 80 mm", ""),
    ("wall_aerogel_30", "wall", "envelope", "Aerogel blanket 30 mm inside", "外墙内保温，气凝胶毡 30 mm", ""),
    ("roof_xps_100", "roof", "envelope", "Roof insulation, XPS 100 mm", "屋面保温，挤塑板 100 mm", ""),
    ("window_triple_lowe", "window", "openings", "Triple low-e windows in broken-bridge frames", "断桥铝三玻双 Low-E 窗", ""),
    ("shade_outside_movable", "shade", "openings", "Movable outside shades", "活动外遮阳（金属百叶）", ""),
    ("airtightness_n50_1", "airtightness", "air", "Airtightness, n50 of 1.0", "气密性改造（N50 = 1.0 次/h）", ""),
    ("total_recovery_75", "ventilation", "air", "Ventilation with total recovery 75 %", "全热回收新风机组（焓效率 75 %）", ""),
    ("led_dimmed", "lighting", "light", "LED with daylight and presence control", "LED 照明与日光、人员感应控制", ""),
    ("heat_pump_air", "plant", "plant", "Air-to-water heat pumps instead of chiller and boiler", "空气源热泵替换旧冷机与燃气锅炉", ""),
    ("independent_humidity", "plant", "plant", "Humidity-independent control", "温湿度独立控制（溶液除湿新风）", ""),
    ("dhw_heat_pump", "dhw", "water", "Heat-pump hot water", "热泵热水机组", ""),
    ("cooking_electric", "cooking", "water", "Electric cooking", "炊事电气化", "no gas cooking here|本建筑没有燃气炊事"),
    ("pv_roof_300", "pv", "electric", "Roof PV, 300 kWp", "屋顶光伏 300 kWp", ""),
    ("bipv_facade", "bipv", "electric", "BIPV facade", "光伏幕墙（BIPV）", "facades are shaded|立面被邻近建筑遮挡"),
    ("battery_500", "battery", "electric", "Battery, 500 kWh LFP", "磷酸铁锂电池 500 kWh", ""),
    ("ev_20", "charging", "electric", "20 EV charge points", "20 个电动车充电桩", ""),
    ("pedf", "distribution", "electric", "DC distribution with PEDF control", "直流配电与光储直柔控制", ""),
    ("group_control", "control", "control", "Smart group control of the plant", "冷热源智能群控", ""),
    ("green_roof", "green", "green", "Green roof, extensive", "屋顶绿化（佛甲草）", "the roof is taken by PV|屋面已布置光伏"),
)  # fmt: skip

_CHOSEN = (
    ("p0117", "Cheapest package that is nearly zero", "达到近零能耗的最便宜方案", 0.52,
     ("wall_rock_wool_80", "roof_xps_100", "window_triple_lowe", "airtightness_n50_1", "total_recovery_75",
      "led_dimmed", "heat_pump_air", "dhw_heat_pump", "pv_roof_300", "battery_500", "group_control")),
    ("p0042", "Highest net present value", "净现值最高", 0.70,
     ("led_dimmed", "heat_pump_air", "pv_roof_300", "group_control")),
    ("p0188", "Lowest carbon", "碳排放最低", 0.43,
     ("wall_aerogel_30", "roof_xps_100", "window_triple_lowe", "shade_outside_movable", "airtightness_n50_1",
      "total_recovery_75", "led_dimmed", "independent_humidity", "dhw_heat_pump", "pv_roof_300", "battery_500",
      "ev_20", "pedf", "group_control")),
)  # fmt: skip

_USES = {"lighting": 22.0, "equipment": 25.0, "fans": 8.5, "pumps": 5.0, "cooling": 24.0, "heating": 4.0,
         "fresh_air": 0.0, "hot_water": 2.5, "cooking": 0.0, "process": 0.0}  # fmt: skip


def _energy(factor: float, pv: float, gas: float) -> dict[str, Any]:
    kept = {"equipment": 1.0, "lighting": 0.3 + 0.7 * factor}
    uses = {n: v * AREA * kept.get(n, factor) for n, v in _USES.items()}
    total = sum(uses.values())
    bought, sold = total * 1.02 - pv * 0.93 * AREA, 0.07 * pv * AREA
    months: dict[str, Any] = {"month": [f"2025-{m:02d}" for m in range(1, 13)]}
    for name, kwh in (*uses.items(), ("gas", gas * AREA), ("pv", pv * AREA)):
        months[f"{name}_kwh"] = [kwh * s for s in _MONTH_SHAPE.get(name, _FLAT)]
    months["electricity_kwh"] = [sum(months[f"{n}_kwh"][m] for n in uses) for m in range(12)]
    months["grid_import_kwh"] = [
        e * 1.02 - 0.93 * p for e, p in zip(months["electricity_kwh"], months["pv_kwh"], strict=True)
    ]
    months["grid_export_kwh"] = [0.07 * p for p in months["pv_kwh"]]
    return {
        "hours": 8760.0, "floor_area_m2": AREA, "end_use_kwh": uses, "electricity_kwh": total,
        "gas_kwh": gas * AREA, "pv_kwh": pv * AREA, "grid_import_kwh": bought, "grid_export_kwh": sold,
        "sensible_cooling_kwh": 62 * AREA * factor, "latent_cooling_kwh": 21 * AREA * factor,
        "space_heating_kwh": 24 * AREA * factor, "eui_electric_kwh_m2": total / AREA,
        "peak_import_kw": 1180 * (0.3 + 0.7 * factor), "self_consumption": 0.93 if pv else None,
        "load_factor": None, "monthly": months,
    }  # fmt: skip


def _figures(energy: dict[str, Any], unmet: float | None) -> dict[str, Any]:
    gas_t = energy["gas_kwh"] * 0.2 / 1000
    return {
        "eui_electric_kwh_m2": energy["eui_electric_kwh_m2"],
        "primary_kwh_m2": energy["eui_electric_kwh_m2"] * 2.6 + energy["gas_kwh"] / AREA * 1.1,
        "total_cny": energy["grid_import_kwh"] * 0.86 + energy["gas_kwh"] * 0.4,
        "carbon_t": energy["grid_import_kwh"] * 0.5737 / 1000 + gas_t,
        "carbon_ets_t": energy["grid_import_kwh"] * 0.42 / 1000 + gas_t,
        "peak_kw": energy["peak_import_kw"],
        "unmet_h": unmet,
    }


def _verdicts(factor: float) -> list[dict[str, Any]]:
    def one(
        key: str, zh: str, en: str, value: float | None, limit: float, unit: str, source: str, how: str
    ) -> None:
        met = None if value is None else value >= limit if how != "max" else value <= limit
        status = "not_judged" if met is None else "assumed" if how == "assumed" else "pass" if met else "fail"
        said.append({
            "key": key, "zh": zh, "en": en, "value": value, "limit": limit, "relation": "<=" if how == "max" else ">=",
            "unit": unit, "source": source, "confidence": "gk-verify" if how == "assumed" else "stored:primary",
            "status": status, "met": met, "note": "the value is missing" if met is None else "",
            "note_zh": "缺数值" if met is None else "",
        })  # fmt: skip

    said: list[dict[str, Any]] = []
    saving = 100 * (1 - factor)
    one(
        "nearly_zero.comprehensive",
        "建筑综合节能率",
        "Comprehensive saving rate",
        saving,
        60.0,
        "%",
        "GB/T 51350-2019, 5.0.3",
        "assumed",
    )
    one(
        "nearly_zero.renewable",
        "可再生能源利用率",
        "Renewable utilisation rate",
        saving / 3,
        10.0,
        "%",
        "GB/T 51350-2019, 5.0.3",
        "assumed",
    )
    one(
        "gb55015.wall_u",
        "外墙平均传热系数",
        "Mean U-value of walls",
        0.4 + factor,
        0.8,
        "W/(m²·K)",
        "GB 55015-2021, 3.1.10",
        "max",
    )
    one(
        "nearly_zero.n50",
        "建筑气密性 N50",
        "Airtightness n50",
        None,
        1.0,
        "1/h",
        "GB/T 51350-2019, 6.1.9",
        "max",
    )
    return said


def _spread(value: float, source: str, confidence: str = "stored:secondary") -> dict[str, Any]:
    return {"low": value * 0.8, "value": value, "high": value * 1.3, "source": source, "year": 2024, "confidence": confidence}  # fmt: skip


def _lines(keys: tuple[str, ...]) -> list[dict[str, Any]]:
    quantities = {"pv_roof_300": (300.0, "kWp", 3600.0), "battery_500": (500.0, "kWh", 1250.0), "ev_20": (20.0, "1", 9500.0),
                  "heat_pump_air": (1450.0, "kW", 1600.0), "window_triple_lowe": (4100.0, "m2", 1150.0)}  # fmt: skip
    names = {m[0]: m for m in MEASURES}
    found = []
    for k, key in enumerate(keys):
        quantity, unit, cost = quantities.get(key, (5200.0 + 400 * k, "m2", 95.0 + 21 * k))
        found.append({
            "measure": key, "building": "东塔办公楼", "item_en": names[key][3], "item_zh": names[key][4],
            "quantity": quantity, "unit": unit, "unit_cost": _spread(cost, "上海市建设工程造价信息"),
            "life": 20.0 + k, "maintenance": 0.01, "embodied": _spread(35.0, "GB/T 51366-2019 附录 D"), "mass": 0.0,
        })  # fmt: skip
    return found


def _economics(lines: list[dict[str, Any]], saved: float, pays: bool) -> dict[str, Any]:
    capital = 1.1 * sum(one["quantity"] * one["unit_cost"]["value"] for one in lines)
    rate, years = 0.06, range(_YEARS + 1)
    table: dict[str, list[float]] = {
        "year": [float(t) for t in years],
        "calendar": [2026.0 + t for t in years],
    }
    table["capital"] = [-capital if t == 0 else 0.0 for t in years]
    table["subsidy"] = [0.05 * capital if t == 0 else 0.0 for t in years]
    table["replacement"] = [-0.15 * capital if t == 12 else 0.0 for t in years]
    table["maintenance"] = [-0.01 * capital if t else 0.0 for t in years]
    table["electricity"] = [saved * 1.02**t if t else 0.0 for t in years]
    table["gas"] = [0.0 for _ in years]
    table["net"] = [
        sum(table[n][t] for n in ("capital", "subsidy", "replacement", "maintenance", "electricity"))
        for t in years
    ]
    table["discounted"] = [v / (1 + rate) ** t for t, v in enumerate(table["net"])]
    table["cumulative"] = [sum(table["net"][: t + 1]) for t in years]
    table["carbon_saved_kg"] = [saved * 0.6 if t else 0.0 for t in years]
    sums = [sum(table["discounted"][: t + 1]) for t in years]
    back = next((float(t) for t in years if sums[t] >= 0), None)
    why = "20 年内累计折现净现金流未转正"
    return {
        "capital_cny": capital, "capital_by_measure_cny": {}, "subsidies_cny": {"retrofit": 0.05 * capital},
        "maintenance_cny": 0.01 * capital, "saving_cny": saved, "npv_cny": sums[-1], "irr": 0.083 if pays else None,
        "irr_roots": [], "irr_reason_en": "", "irr_reason_zh": "", "simple_payback_a": capital / saved,
        "discounted_payback_a": back, "lcoe_cny_kwh": 0.412, "cost_per_tonne_cny": 640.0 if not pays else -85.0,
        "tonnes_a": saved * 0.0006, "tonnes_ets_a": saved * 0.00045, "table": table,
        "contract": {
            "terms": {"type": "shared_saving", "years": 10, "owner_share": [0.2, 0.3], "investor_return": 0.08},
            "owner_npv_cny": 1.2e6, "investor_npv_cny": -2.1e5, "investor_irr": 0.071, "minimal_years": None,
            "owner_cny": [0.0], "investor_cny": [0.0], "owner_invests_cny": 0.0,
        },
        "terms": {"discount_rate": rate},
        "notes": [] if back is not None else [{"key": "discounted_payback_a", "zh": why, "en": "the sum of the discounted flows stays below nought over 20 years"},
                                              {"key": "irr", "zh": "净现金流总和为负", "en": "the flows add up to less than nought"}],
        "assumptions": [_assumption("finance.soft_costs", "建设其他费用取工程费的 10 %。", "Soft costs are 10 % of the works.", 0.1, "1", "assumed")],
    }  # fmt: skip


def _assumption(key: str, zh: str, en: str, value: Any, unit: str, confidence: str) -> dict[str, Any]:
    return {"key": key, "zh": zh, "en": en, "value": value, "unit": unit, "source": "本研究约定；GB/T 51161-2016", "confidence": confidence}  # fmt: skip


def _ranges(economics: dict[str, Any]) -> dict[str, Any]:
    npv, capital = economics["npv_cny"], economics["capital_cny"]
    inputs = (("electricity price growth", "电价增长率", 0.45), ("unit cost of windows", "外窗单价", 0.22),
              ("discount rate", "折现率", 0.35), ("life of the battery", "电池寿命", 0.08), ("saving", "节能量", 0.3))  # fmt: skip
    return {
        "npv_cny": {
            "p10": npv - 0.3 * capital,
            "p50": npv,
            "p90": npv + 0.35 * capital,
            "missing": 0.0,
            "share_positive": 0.31,
        },
        "capital_cny": {"p10": 0.88 * capital, "p50": capital, "p90": 1.16 * capital},
        "discounted_payback_a": {"p10": 14.2, "p50": None, "p90": None, "missing": 0.6},
        "draws": 32,
        "refused": 0,
        "moved_by": [
            {"input_en": "infiltration", "input_zh": "渗透风量", "rank_correlation": 0.71},
            {"input_en": "occupancy", "input_zh": "人员在室率", "rank_correlation": -0.22},
        ],
        "assumptions": [
            _assumption(
                "range.saving",
                "节能量的不确定范围取 ×0.8 ~ 1.2（待核实）。",
                "Saving is drawn from 0.8 to 1.2 times (not verified).",
                "0.8 ~ 1.2",
                "1",
                "assumed",
            )
        ],
        "tornado": [
            {
                "input_en": en,
                "input_zh": zh,
                "low": npv - share * capital,
                "high": npv + share * capital,
                "base": npv,
                "unit": "",
                "mode": "multiply",
                "low_input": 0.8,
                "high_input": 1.2,
            }
            for en, zh, share in inputs
        ],
    }


def _state(row: tuple[str, str, str, float, tuple[str, ...]] | None) -> dict[str, Any]:
    factor = 1.0 if row is None else row[3]
    energy = _energy(factor, 0.0 if row is None else 16.5, 14.0 if row is None else 0.0)
    state: dict[str, Any] = {
        "id": "baseline", "role_en": "The building as it is", "role_zh": "现状", "keys": [],
        "run": "20261121T221530-baseline-3fa9c1", "energy": energy, "figures": _figures(energy, 212.0),
        "standard": {"comprehensive_saving_rate": 0.0, "level": {"level": None, "status": "assumed", "en": "", "zh": ""}},
        "verdicts": _verdicts(1.0), "lines": [], "economics": None, "life_cycle": _life_cycle(0.0, 1.0),
        "ranges": None, "assumptions": [
            _assumption("primary", "一次能源系数：电 2.6 kWh/kWh（待核实）。", "Primary energy factor of electricity 2.6 kWh/kWh (not verified).", 2.6, "kWh/kWh", "gk-verify"),
            _assumption("people", "人员密度取 GB 55015 的 10 m²/人。", "Occupancy is 10 m2 a person after GB 55015.", 10.0, "m2", "stored:secondary"),
        ],
    }  # fmt: skip
    if row is None:
        return state
    lines = _lines(row[4])
    saved = 20.0 * AREA * (1 - factor) * 3.1
    economics = _economics(lines, saved, pays=factor > 0.6)
    return {
        **state, "id": row[0], "role_en": row[1], "role_zh": row[2], "keys": list(row[4]),
        "run": f"20261121T2218{row[0][1:3]}-{row[0]}-77ab0e", "figures": _figures(energy, 96.0 if factor > 0.5 else None),
        "standard": {"comprehensive_saving_rate": 100 * (1 - factor), "level": {
            "level": "nearly_zero" if factor < 0.6 else "ultra_low", "status": "assumed", "en": "", "zh": ""}},
        "verdicts": _verdicts(factor), "lines": lines, "economics": economics, "ranges": _ranges(economics),
        "life_cycle": _life_cycle(1.0, factor),
    }  # fmt: skip


def _life_cycle(works: float, factor: float) -> dict[str, Any]:
    def state(works: float, factor: float) -> dict[str, Any]:
        kg = {
            "production": 92.0 * works, "transport": 6.0 * works, "construction": 4.0 * works,
            "replacement": 41.0 * works, "demolition": 5.0 * works, "operation_electricity": 800.0 * factor,
            "operation_gas": 140.0 * (1 - works), "operation_regulated": 600.0 * factor,
            "operation_unregulated": 340.0, "operation_exported_pv_not_counted": -9.0 * works,
            "sink": -1.5 * works,
        }  # fmt: skip
        return {f"{k}_kg": v * AREA for k, v in kg.items()} | {"operation_refrigerant_kg": None}

    return {
        "standard": "GB/T 51366-2019", "years": 50, "floor_area_m2": AREA, "account": "physical",
        "before": state(0.0, 1.0), "after": state(works, factor),
        "carbon_payback_a": None if works == 0 else 4.2, "assumptions": [],
    }  # fmt: skip


def _packages() -> list[dict[str, Any]]:
    dice = random.Random(6)
    keys = [m[0] for m in MEASURES if not m[5]]
    rows = []
    for n in range(1, 201):
        taken = sorted(dice.sample(keys, dice.randint(0, 12)), key=keys.index)
        share = len(taken) / 14
        capital = 12e6 * share**1.3 * dice.uniform(0.7, 1.4)
        rows.append({
            "id": f"p{n:04d}", "keys": taken, "eui": 91 * (1 - 0.5 * share * dice.uniform(0.6, 1.1)), "cost_cny": capital,
            "npv_cny": dice.uniform(-4e6, 5e6), "carbon_t": 1160 * (1 - 0.62 * share * dice.uniform(0.6, 1.1)),
            "unmet_h": dice.uniform(20, 260), "front": False,
        })  # fmt: skip
    return rows


def _mark_fronts(rows: list[dict[str, Any]]) -> None:
    for flag, sign, cost in (("front", 1, "cost_cny"), ("front_cost_carbon", -1, "npv_cny")):
        best = math.inf
        for row in sorted(rows, key=lambda r: sign * r[cost]):
            row[flag] = bool(row["carbon_t"] < best)
            best = min(best, row["carbon_t"])
        for row in rows:
            row["front"] = row["front"] or row.get("front_cost_carbon", False)


def _pilot() -> dict[str, Any]:
    def verdict(key: str, zh: str, en: str, value: float | None, limit: float, unit: str) -> dict[str, Any]:
        met = None if value is None else value >= limit
        return {"key": key, "zh": zh, "en": en, "value": value, "limit": limit, "relation": ">=", "unit": unit,
                "source": "试点示范实施方案 (2022)", "confidence": "stored:primary", "note": "", "note_zh": "",
                "status": "not_judged" if met is None else "pass" if met else "fail", "met": met}  # fmt: skip

    building = {
        "key": "building", "zh": "建筑楼宇", "en": "building", "status": "fail", "missing_fields": 1,
        "verdicts": [verdict("pilot.building.area", "建筑面积", "Gross floor area", AREA, 20000.0, "m2"),
                     verdict("pilot.building.fields", "建筑楼宇：覆盖领域数", "building: fields covered", 2.0, 3.0, "1")],
        "helps": [{"zh": "与相邻建筑联合申报", "en": "apply together with a neighbour"}], "expert_review": False,
        "applicant_zh": "开发、业主或运营单位", "applicant_en": "developer, owner or operator",
    }  # fmt: skip
    enterprise = {
        **building, "key": "enterprise_institution", "zh": "企事业单位", "en": "enterprise or institution",
        "status": "not_judged", "helps": [],
        "verdicts": [verdict("pilot.rate", "创建期内减排率", "Reduction rate in the period", None, 0.5, "1")],
    }  # fmt: skip
    energy = {"key": "energy", "zh": "能源", "en": "energy", "covered": True, "items": [
        {"id": "E1", "zh": "可再生能源与新型储能", "en": "renewables and storage", "evidence": "model", "stated": False,
         "measures": [{"key": "pv_roof_300", "zh": "屋顶光伏 300 kWp", "en": "Roof PV, 300 kWp"}], "statement_zh": "", "statement_en": ""}]}  # fmt: skip
    transport = {"key": "transport", "zh": "交通运输", "en": "transport", "covered": False, "items": []}
    return {
        "schema": 1, "open_now": False, "asked": None, "nearest": "building", "fits": [],
        "batch": {"open": False, "zh": "首批试点的申报期已过。", "en": "The period of the first batch is over."},
        "special_route": {"zh": "特殊情形由专家评审认定。", "en": "Special cases are decided by experts."},
        "process": [{"zh": "申报", "en": "application", "who_zh": "创建主体", "who_en": "the creating body", "note_zh": "报区政府", "note_en": "to the district government"}],
        "goal": {"key": "carbon_peak", "zh": "碳达峰试点", "en": "carbon-peak pilot"},
        "types": [building, enterprise], "fields": [energy, {**energy, "key": "urban", "zh": "城乡建设", "en": "urban and rural construction"}, transport],
        "suggestions": [{"field": "transport", "field_zh": "交通运输", "field_en": "transport",
                         "offer": {"item": "T2", "zh": "设充电桩", "en": "EV charge points", "effort": 2, "measure": "ev_20", "capital_cny": 190000.0}}],
        "stages": [{"number": 1, "first_year": None, "years": 3, "target": 0.47, "zh": "", "en": ""}], "goal_verdicts": [],
        "requirements": [{"key": "leading_body", "zh": "明确的牵头机构", "en": "a named leading body", "status": "missing",
                          "note_zh": "未填写（pilot.basis.leading_body）", "note_en": "not stated (pilot.basis.leading_body)"}],
        "reduction": {"rate": 0.47, "tonnes": 545.0, "baseline_t": 1160.0, "from_model": True, "account": "physical"},
        "reduction_ets": None, "assumptions": [],
    }  # fmt: skip


def study() -> dict[str, Any]:
    """A whole study; a new one on each call, so that a test may spoil it."""
    chosen = [_state(row) for row in _CHOSEN]
    keys = [m[0] for m in MEASURES if not m[5]]
    names = {m[0]: m for m in MEASURES}
    packages = _packages()
    for state in chosen:
        row = packages[int(state["id"][1:]) - 1]
        row.update(keys=list(state["keys"]), eui=state["figures"]["eui_electric_kwh_m2"],
                   cost_cny=state["economics"]["capital_cny"], carbon_t=state["figures"]["carbon_t"],
                   npv_cny=state["economics"]["npv_cny"], unmet_h=state["figures"]["unmet_h"])  # fmt: skip
    _mark_fronts(packages)
    return copy.deepcopy({
        "schema": 1, "title_en": "East Tower office, Xuhui: retrofit study", "title_zh": "徐汇东塔办公楼近零能耗改造研究",
        "created": "2026-11-21T22:31:04+08:00", "versions": {"twin": "0.1.0", "energyplus": "25.2.0", "python": None},
        "project_file": "projects/徐汇东塔.yaml",
        "building": {"name": "徐汇东塔办公楼", "use": "office", "era": "gb50189-2005", "floor_area_m2": AREA, "floors": 10},
        "weather": {"name": "上海典型年", "source": "built-in Shanghai year", "year": 2025},
        "counts": {"packages": 2000, "refused": 12, "marches": 1730, "from_store": 270, "wall_s": 100.4, "cpu_s": 190.2, "step_min_search": 60, "step_min_final": 15},
        "measures": [
            {"key": m[0], "slot": m[1], "group": m[2], "name_en": m[3], "name_zh": m[4], "applies": not m[5], "note_en": "", "note_zh": "",
             "reason_en": m[5].split("|")[0] if m[5] else "", "reason_zh": m[5].split("|")[-1] if m[5] else ""}
            for m in MEASURES
        ],
        "baseline": _state(None), "chosen": chosen, "packages": packages,
        "levels": [
            {"level": "ultra_low", "name_en": "ultra-low energy", "name_zh": "超低能耗", "standard": "GB/T 51350-2019", "id": "p0042", "why_en": "", "why_zh": "", "said_en": "highest net present value of 64 packages judged under the standard's conditions", "said_zh": "按标准工况评判的 64 个方案中净现值最高"},
            {"level": "nearly_zero", "name_en": "nearly zero energy", "name_zh": "近零能耗", "standard": "GB/T 51350-2019", "id": "p0117", "why_en": "", "why_zh": "", "said_en": "highest net present value of 64 packages judged under the standard's conditions", "said_zh": "按标准工况评判的 64 个方案中净现值最高"},
            {"level": "zero", "name_en": "zero energy", "name_zh": "零能耗", "standard": "GB/T 51350-2019", "id": None, "said_en": "", "said_zh": "", "why_en": "the best package still buys 24 kWh/m2", "why_zh": "最好的方案仍购电 24 kWh/m²"},
        ],
        "abatement": [
            {"measure": k, "name_en": names[k][3], "name_zh": names[k][4], "tonnes_a": 12.0 + 9 * i, "cny_per_tonne": -420.0 + 130.0 * i, "alone_tonnes_a": 14.0 + 9 * i, "alone_cny_per_tonne": None}
            for i, k in enumerate(keys[:10])
        ] + [{"measure": "ev_20", "name_en": "20 EV charge points", "name_zh": "20 个电动车充电桩", "tonnes_a": -3.0, "cny_per_tonne": None}],
        "pilot": _pilot(),
        "crosscheck": [
            {"id": "p0117", "quantity_en": "Cooling of the year", "quantity_zh": "全年供冷量", "fast": 40.6, "energyplus": 39.9, "unit": "kWh/m²", "difference": 1.75, "limit": 10.0, "limit_unit": "%", "within": True, "note": "", "why": None},
            {"id": "p0117", "quantity_en": "Heating of the year", "quantity_zh": "全年供暖量", "fast": 12.55, "energyplus": 10.95, "unit": "kWh/m²", "difference": 14.6, "limit": 10.0, "limit_unit": "%", "within": False, "note": "", "why": None},
            {"id": "p0117", "quantity_en": "Hourly CV(RMSE) of heating", "quantity_zh": "逐时供暖 CV(RMSE)", "fast": None, "energyplus": None, "unit": "", "difference": 31.0, "limit": 30.0, "limit_unit": "%", "within": True, "note": "within_absolute", "why": None},
            {"id": "p0042", "quantity_en": "not compared", "quantity_zh": "未比较", "fast": None, "energyplus": None, "unit": "", "difference": None, "limit": None, "limit_unit": "", "within": None, "note": "", "why": "EnergyPlus does not know PVT."},
        ],
        "reference": [
            {"path": "buildings.tower.envelope.wall_u", "en": "U-value of walls", "zh": "外墙传热系数", "was": 1.4, "now": 0.8, "unit": "W/m2K", "source": "GB 50189-2015, 3.3.1 (2015)", "confidence": "gk-verify"},
            {"path": "buildings.tower.pv", "en": "PV", "zh": "光伏", "was": "300 kWp", "now": None, "unit": "", "source": "GB/T 51350-2019 (2019)", "confidence": "gk-verify"},
        ],
        "method": {"search": "NSGA-II", "seed": 7, "sampling_en": "Ranges: 2,000 draws.", "sampling_zh": "范围：抽样 2,000 次。"},
    })  # fmt: skip
