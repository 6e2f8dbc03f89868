"""Chinese and English words for the keys that a Run holds: statuses, confidences, counters, facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildings.systems.records import read_library
from twin.market.tariff import tariff_titles
from twin.report.style import Language, pick

CONFIDENCE: dict[str, tuple[str, str]] = {
    "stored:primary": ("原文已查", "read in the original"),
    "stored:secondary": ("二手来源", "secondary source"),
    "derived": ("推算", "derived"),
    "gk-verify": ("常识，待核实", "general knowledge, to be verified"),
    "assumed": ("假定", "assumed"),
    "missing": ("缺失", "missing"),
}

COUNTERS: dict[str, tuple[str, str]] = {
    "hours_outside_equipment_curves": (
        "空调设备运行超出性能曲线范围 (h)", "Air conditioning outside the range of its curves (h)"
    ),
    "hours_plant_at_capacity": ("冷热源满负荷仍不足 (h)", "Plant at capacity and short of demand (h)"),
    "load_not_served_kwh": ("未供应的负荷 (kWh)", "Load not served (kWh)"),
    "pv_clipped_kwh": ("逆变器削波损失 (kWh)", "PV clipped by its converters (kWh)"),
    "pv_curtailed_kwh": ("弃光 (kWh)", "PV curtailed (kWh)"),
    "hours_orders_missed": ("指令未能照办的小时数", "Hours in which an order could not be followed"),
    "plans_made": ("滚动优化次数", "Plans made"),
    "plans_failed": ("求解失败次数（沿用上一计划）", "Plans that failed (the last one went on)"),
    "plans_without_forecast": ("缺少预测而未优化的次数", "Times without a forecast to plan with"),
    "hvac_shed_kwh": ("空调削减 (kWh)", "HVAC shed (kWh)"),
    "vehicles_arrived": ("到达车辆", "Vehicles arrived"),
    "vehicles_refused": ("因无空桩离开的车辆", "Vehicles that found no free charger"),
    "vehicle_energy_asked_kwh": ("车辆请求电量 (kWh)", "Energy that vehicles asked for (kWh)"),
    "vehicle_energy_that_fits_kwh": ("停留时间内可充电量 (kWh)", "Energy that fits into their stay (kWh)"),
    "vehicles_left_short": ("离开时未充足的车辆", "Vehicles that left with less than that"),
    "vehicle_energy_missed_kwh": ("离开时欠充电量 (kWh)", "Energy that they missed (kWh)"),
}  # fmt: skip

RESIDUALS: dict[str, tuple[str, str]] = {
    "zone_heat": ("房间热平衡", "Heat balance of zones"),
    "zone_moisture": ("房间湿平衡", "Moisture balance of zones"),
    "plant_room": ("机房各设备能量平衡", "Energy balance of plant-room equipment"),
    "power": ("配电功率平衡（每步）", "Power balance of every step"),
    "bus": ("母线电压求解", "Solution of the bus voltage"),
    "battery": ("电池电量收支", "Energy book of the battery"),
    "electric_board": ("输出表功率平衡", "Power balance of the stored table"),
}

FACTS: dict[str, tuple[str, str, str]] = {
    "use": ("用途", "Use", ""),
    "era": ("围护结构年代", "Envelope", ""),
    "floor_area_m2": ("建筑面积", "Floor area", "m²"),
    "equipment": ("冷热源", "Heating and cooling plant", ""),
    "design_cooling_load_kw": ("设计冷负荷", "Design cooling load", "kW"),
    "cooling_capacity_kw": ("装机冷量", "Cooling capacity", "kW"),
    "design_heating_load_kw": ("设计热负荷", "Design heating load", "kW"),
    "heating_capacity_kw": ("装机热量", "Heating capacity", "kW"),
    "pv_kwp": ("光伏装机", "PV", "kWp"),
    "battery": ("电池种类", "Kind of battery", ""),
    "battery_capacity_kwh": ("电池容量", "Battery", "kWh"),
    "interface_kw": ("并网变换器", "Grid interface", "kW"),
    "control": ("控制", "Control", ""),
    "tariff": ("电价", "Tariff", ""),
}
"""Facts of a building in the manifest that the page shows: label and unit."""

USES: dict[str, tuple[str, str]] = {
    "office": ("办公", "office"),
    "hotel": ("宾馆", "hotel"),
    "retail": ("商场", "retail"),
    "residential": ("居住", "residential"),
    "hospital_outpatient": ("门诊", "outpatient"),
    "hospital_inpatient": ("住院", "inpatient"),
    "school_teaching": ("学校", "school"),
}

ERAS: dict[str, tuple[str, str]] = {
    "1980s": ("20 世纪 80 年代", "1980s"),
    "gb50189-2005": ("GB 50189-2005", "GB 50189-2005"),
    "gb50189-2015": ("GB 50189-2015", "GB 50189-2015"),
    "gb55015-2021": ("GB 55015-2021", "GB 55015-2021"),
    "nzeb": ("近零能耗（GB/T 51350）", "near zero (GB/T 51350)"),
}

CONTROLS: dict[str, tuple[str, str]] = {
    "fixed": ("无（负荷不作响应）", "none (nothing reacts)"),
    "rules": ("规则控制", "rules"),
    "droop": ("母线电压下垂", "bus-voltage droop"),
}


_BY_ASSUMED_RULE = {
    True: ("按假定规则：有效", "counts, by an assumed rule"),
    False: ("按假定规则：无效", "does not count, by an assumed rule"),
}
_BY_ASSUMED_LIMIT = {
    True: ("在假定限值内", "inside an assumed limit"),
    False: ("超出假定限值", "beyond an assumed limit"),
}


def worded(table: dict[str, tuple[str, str]], key: str, language: Language) -> str:
    """The word for a key, or the key itself where no word is known."""
    return pick(language, *table[key]) if key in table else key


def plant_name(key: str, language: Language) -> str:
    """Name of a plant of the equipment library, or the key itself."""
    known = read_library("hvac_equipment").get(key)
    return key if known is None else pick(language, known["name_zh"], known["name_en"])


def battery_name(key: str, language: Language) -> str:
    """Name of a battery of the library, or the key itself."""
    known = read_library("batteries").get(key)
    return key if known is None else pick(language, known["name_zh"], known["name_en"])


def tariff_name(key: str, language: Language) -> str:
    """Title of a tariff, or the key itself."""
    known = tariff_titles().get(key)
    return key if known is None else pick(language, *known)


def unit_in(unit: str, language: Language) -> str:
    """A unit as it is printed: subscripts, and money in the language's word."""
    printed = unit.replace("CO2", "CO₂").replace("m2", "m²").replace("m3", "m³").replace("degC", "°C")
    return printed.replace("CNY", "元").replace("month", "月") if language == "zh" else printed


def is_rule(said: Mapping[str, Any]) -> bool:
    """Whether a verdict answers yes or no, so that its 1 and 0 are not figures to be shown."""
    return str(said["key"]).startswith("demand_response.rule")


def not_sure(said: Mapping[str, Any], language: Language) -> str:
    """A verdict whose draws lie on both sides of its limit."""
    share = said["draws"]["met_share"]
    return pick(language, f"不确定：{share:.0%} 的样本满足", f"not sure: met in {share:.0%} of draws")


def status(said: Mapping[str, Any], language: Language) -> str:
    """A verdict in words. A limit that nobody verified never reads like a pass or a fail."""
    met = said.get("met")
    if said["status"] == "assumed" and is_rule(said):
        return pick(language, *_BY_ASSUMED_RULE[bool(met)])
    if said["status"] == "pass":
        return pick(language, "满足", "met")
    if said["status"] == "fail":
        return pick(language, "不满足", "not met")
    if said["status"] == "assumed":
        return pick(language, *_BY_ASSUMED_LIMIT[bool(met)])
    if said["status"] == "not_sure":
        return not_sure(said, language)
    return pick(language, "未判定", "not judged")
