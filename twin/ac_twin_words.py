"""What a pair means, in words: its place in the range of an earlier office, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from twin.ac_cables import POWER_FACTOR
from twin.ac_twin import ASSUMED, PUBLISHED, PairedBuilding

CAUSE_WORDS: Mapping[str, tuple[str, str]] = {
    "lighting": ("LED drivers", "照明驱动电源"),
    "drives": ("rectifiers of HVAC drives", "空调变频器整流级"),
    "pv": ("PV converter (MPPT or inverter)", "光伏变换器"),
    "battery": ("battery converter", "储能变换器"),
    "ev": ("rectifiers of EV chargers", "充电桩整流级"),
    "levels": ("DC/DC between levels", "级间直流变换器"),
    "cables": ("cables", "电缆"),
    "interface": ("grid interface", "并网变换器"),
}
_EARLIER: Mapping[str, float] = {"lighting": 14.0, "equipment": 37.0, "hvac": 34.0, "ev": 14.0}
"""Shares of the earlier office's useful energy [%]."""
PART_WORDS: Mapping[str, tuple[str, str]] = {
    "lighting": ("lighting", "照明"),
    "equipment": ("equipment and fans", "设备与风机"),
    "hvac": ("HVAC", "空调"),
    "other": ("other", "其他"),
    "ev": ("vehicles", "电动汽车"),
    "sum": ("sum", "合计"),
}
CLASS_WORDS: Mapping[str, str] = {
    "best": "优", "median": "中位", "older": "早期", "good": "优", "average": "一般",
}  # fmt: skip
_KWP_PER_GWH = (0.0, 150.0, 300.0, 450.0)
_PUBLISHED: Mapping[str, tuple[float, ...]] = {
    "best": (1.4, 1.9, 2.3, 2.5),
    "median": (0.8, 1.4, 1.8, 2.1),
    "older": (-1.7, -0.8, -0.2, 0.3),
}
"""Saving of the earlier synthetic office of 1.0 GWh/a useful energy by PV [%]: one interface of 400 kW of
each class, AC converters median, DC/DC good; four modules added 0.1 to 1.2. Computed by the project, 2026."""


def published_saving(interface: str, pair: PairedBuilding) -> float:
    """Saving of the earlier office with an interface of that class and as much PV for its energy [%]."""
    ratio = pair.pv_kwp / (1e-6 * pair.useful_kwh)
    return float(np.interp(ratio, _KWP_PER_GWH, _PUBLISHED[interface]))


def explained(pair: PairedBuilding) -> dict[str, list[str]]:
    """Sentences on a pair by language.

    Parameters
    ----------
    pair : PairedBuilding

    Returns
    -------
    dict of list of str
        Keys ``en`` and ``zh``; every figure comes from the pair.
    """
    parts = (_place, _uses, _interface, _assumed, _sources, _wiring, _sure, _control)
    lines = [part(pair) for part in parts]
    return {"en": [en for en, _ in lines], "zh": [zh for _, zh in lines]}


def _share(pair: PairedBuilding, kwh: float) -> float:
    return 100.0 * kwh / pair.useful_kwh


def _place(pair: PairedBuilding) -> tuple[str, str]:
    low, high = PUBLISHED
    saving = pair.saving_percent
    where, wo = "inside", "以内"
    if saving < low:
        where, wo = "below", "之下"
    elif saving > high:
        where, wo = "above", "之上"
    ratio = pair.pv_kwp / (1e-6 * pair.useful_kwh)
    beyond = "" if ratio <= _KWP_PER_GWH[-1] else f" (taken at its end, {_KWP_PER_GWH[-1]:.0f})"
    taken = "" if ratio <= _KWP_PER_GWH[-1] else f"（取其上限 {_KWP_PER_GWH[-1]:.0f}）"
    near = published_saving("median", pair)
    return (
        f"DC saves {saving:+.2f} % of {1e-3 * pair.useful_kwh:,.0f} MWh/a useful energy, {where} the "
        f"{low:+.1f} to {high:+.1f} % of the earlier synthetic office. With {ratio:.0f} kWp per GWh{beyond} "
        f"that office had {near:+.2f} % with one median interface.",
        f"直流方案节能 {saving:+.2f} %（有效用能 {1e-3 * pair.useful_kwh:,.0f} MWh/a），在此前合成办公楼算例 "
        f"{low:+.1f} ~ {high:+.1f} % 的范围{wo}。光伏为每 GWh {ratio:.0f} kWp{taken}，"
        f"该算例在单台中位并网变换器下为 {near:+.2f} %。",
    )


def _interface(pair: PairedBuilding) -> tuple[str, str]:
    loss = _share(pair, pair.dc.conversion_loss)
    mean = 100.0 * pair.dc.interface_share
    own = next(c.percent for c in pair.causes if c.name == "interface")
    return (
        f"The interface ({pair.interface}, {pair.interface_kw:,.0f} kW in {pair.modules} modules) works at "
        f"{mean:.0f} % of its rating on average, loses {loss:.2f} % of the useful energy "
        f"and costs DC {-own:.2f} %.",
        f"并网变换器（{pair.interface}，{pair.interface_kw:,.0f} kW，{pair.modules} 个模块）"
        f"平均负载率 {mean:.0f} %，损耗占有效用能 {loss:.2f} %，使直流方案少节 {-own:.2f} %。",
    )


def _uses(pair: PairedBuilding) -> tuple[str, str]:
    own = {name: _share(pair, pair.useful_parts[name]) for name in _EARLIER}
    en = ", ".join(f"{PART_WORDS[n][0]} {own[n]:.0f} ({_EARLIER[n]:.0f})" for n in _EARLIER)
    zh = "、".join(f"{PART_WORDS[n][1]} {own[n]:.0f}（{_EARLIER[n]:.0f}）" for n in _EARLIER)
    return (
        f"Shares of the useful energy, in brackets the earlier office's: {en} %. Measured appliances "
        f"gain nothing on DC: on the bus they only pay the interface. HVAC drives and vehicles are where DC "
        f"leaves a stage out.",
        f"有效用能构成（括号内为此前算例，%）：{zh}。实测电器直流供电无增益，"
        f"接在母线上只增加并网变换器的损耗；空调变频器与电动汽车才省去一级变换。",
    )


def _assumed(pair: PairedBuilding) -> tuple[str, str]:
    assumed = sum(c.percent for c in pair.causes if c.name in ASSUMED)
    lamps = _share(pair, pair.useful_parts["lighting"])
    machines = _share(pair, pair.useful_parts["hvac"])
    rest = pair.saving_percent - assumed
    return (
        f"LED drivers and drive rectifiers bring {assumed:+.2f} %, and no measurement supports their DC "
        f"side: lighting is {lamps:.0f} %, HVAC {machines:.0f} % of the useful energy. Without them "
        f"{rest:+.2f} % is left.",
        f"照明驱动与变频器整流级合计 {assumed:+.2f} %，其直流侧数据为假定而无实测："
        f"照明占有效用能 {lamps:.0f} %，空调占 {machines:.0f} %。不计这两项则为 {rest:+.2f} %。",
    )


def _sources(pair: PairedBuilding) -> tuple[str, str]:
    by_name = {c.name: c.percent for c in pair.causes}
    coupled = {name: by_name[name] for name in ("pv", "battery", "ev") if name in by_name}
    pv = _share(pair, pair.dc.pv)
    gain = sum(coupled.values())
    return (
        f"PV gives {pv:.0f} % of the useful energy; PV, battery and vehicles without an AC stage bring "
        f"{gain:+.2f} %. The DC/DC stage `good` was measured as two stages in series (MPPT and battery), a "
        f"cautious stand-in for one.",
        f"光伏发电为有效用能的 {pv:.0f} %；光伏、储能与充电桩省去交流级合计 {gain:+.2f} %。"
        f"DC/DC“优”取自 MPPT 与储能两级串联的实测，作为一级的保守替代。",
    )


def _wiring(pair: PairedBuilding) -> tuple[str, str]:
    by_name = {c.name: c.percent for c in pair.causes}
    if "cables" not in by_name:
        return (
            "No network is described: cables and DC/DC converters between levels are not in these figures.",
            "未描述配电网：电缆与级间直流变换器不在本表之内。",
        )
    levels = by_name.get("levels", 0.0)
    return (
        f"Cables bring {by_name['cables']:+.2f} %, converters between levels {levels:+.2f} %. On AC the same "
        f"sections run as 400 V three-phase where DC has 600 V or more (three loaded conductors for two), as "
        f"230 V single-phase below, at a power factor of {POWER_FACTOR:g}.",
        f"电缆 {by_name['cables']:+.2f} %，级间直流变换器 {levels:+.2f} %。"
        f"交流侧采用相同截面：直流 600 V 及以上对应 400 V 三相（三根载流导体代替两根），"
        f"以下对应 230 V 单相，功率因数 {POWER_FACTOR:g}。",
    )


def _sure(pair: PairedBuilding) -> tuple[str, str]:
    low, high = pair.class_range
    best, older = pair.by_class["best"], pair.by_class["older"]
    signs = (
        ("the sign depends on the products", "正负取决于所选产品")
        if low < 0.0 < high
        else ("the sign does not change", "正负不变")
    )
    return (
        f"All converters of one class: {best:+.2f} % (best) to {older:+.2f} % (older); any mixture of "
        f"classes lies from {low:+.2f} to {high:+.2f} %: {signs[0]}.",
        f"全部采用同一等级：优 {best:+.2f} %，早期 {older:+.2f} %；"
        f"任意等级组合为 {low:+.2f} ~ {high:+.2f} %，{signs[1]}。",
    )


def _control(pair: PairedBuilding) -> tuple[str, str]:
    unserved = pair.dc.not_served + pair.ac.not_served
    served = f" Not served in both together: {unserved:,.1f} kWh."
    zh_served = f"两者合计未满足电量 {unserved:,.1f} kWh。"
    if pair.control != pair.control_described:
        return (
            f"Both sides run under {pair.control}, since {pair.control_described} (the bus voltage as a "
            f"signal) exists on DC only; what it gains in flexibility is not in these figures.{served}",
            f"两侧均采用 {pair.control} 控制：{pair.control_described}（母线电压信号）只存在于直流侧，"
            f"其柔性收益不在本表之内。{zh_served}",
        )
    return (
        f"Both sides run under {pair.control}.{served}",
        f"两侧均采用 {pair.control} 控制。{zh_served}",
    )
