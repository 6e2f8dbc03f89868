"""What a pair means, in words: its place in the range of an earlier office, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from buildings.systems.records import read_library
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
CONTROL_WORDS: Mapping[str, tuple[str, str]] = {
    "fixed": ("no control", "无控制（fixed）"),
    "rules": ("the same rules (control: rules)", "相同的规则控制（rules）"),
    "droop": (
        "droop control, which reads the bus voltage as a signal,",
        "以母线电压为信号的下垂控制（droop）",
    ),
}
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
    less, fewer = ("less", "少") if saving >= 0.0 else ("more", "多")
    return (
        f"The building takes {abs(saving):.2f} % {less} net from the grid on DC than on AC (in the tables "
        f"{saving:+.2f} %), counted on the {1e-3 * pair.useful_kwh:,.0f} MWh/a that reach lamps, appliances, "
        f"HVAC and vehicles, the useful energy. This is {where} the {low:+.1f} to {high:+.1f} % that this "
        f"project computed in 2026 for a synthetic office of 1 GWh/a, here the earlier office: with one "
        f"median interface and as much PV as here ({ratio:.0f} kWp per GWh{beyond}) it had {near:+.2f} %.",
        f"与交流方案相比，直流方案净购电{fewer} {abs(saving):.2f} %（表中记 {saving:+.2f} %），"
        f"以到达照明、电器、空调和车辆的有效用能 {1e-3 * pair.useful_kwh:,.0f} MWh/a 为基数。"
        f"该值在本项目 2026 年对假想办公楼（1 GWh/a，下称此前算例）算得的 {low:+.1f} ~ {high:+.1f} % "
        f"范围{wo}：该算例采用单台中位并网变换器、光伏与此相当（每 GWh {ratio:.0f} kWp{taken}）时"
        f"为 {near:+.2f} %。",
    )


def _interface(pair: PairedBuilding) -> tuple[str, str]:
    loss = _share(pair, pair.dc.conversion_loss)
    mean = 100.0 * pair.dc.interface_share
    own = next(c.percent for c in pair.causes if c.name == "interface")
    known = read_library("converters").get(pair.interface, {})
    name, zh_name = (str(known.get(key, pair.interface)) for key in ("name_en", "name_zh"))
    return (
        f"The {name} ({pair.interface}, {pair.interface_kw:,.0f} kW in {pair.modules} modules) works at "
        f"{mean:.0f} % of its rating on average and loses {loss:.2f} % of the useful energy; AC has no such "
        f"stage, which alone costs DC {-own:.2f} %.",
        f"{zh_name}（{pair.interface}，{pair.interface_kw:,.0f} kW，{pair.modules} 个模块）"
        f"平均负载率 {mean:.0f} %，损耗占有效用能 {loss:.2f} %；"
        f"交流方案没有这一级，仅此一项使直流少节 {-own:.2f} %。",
    )


def _uses(pair: PairedBuilding) -> tuple[str, str]:
    own = {name: _share(pair, pair.useful_parts[name]) for name in _EARLIER}
    en = ", ".join(f"{PART_WORDS[n][0]} {own[n]:.0f} ({_EARLIER[n]:.0f})" for n in _EARLIER)
    zh = "、".join(f"{PART_WORDS[n][1]} {own[n]:.0f}（{_EARLIER[n]:.0f}）" for n in _EARLIER)
    return (
        f"Shares of the useful energy, in brackets the earlier office's: {en} %. Measured appliances "
        f"gain nothing on DC: on the bus they only bear the loss of the interface. HVAC drives and vehicles "
        f"are where DC leaves a stage of conversion out.",
        f"有效用能构成（括号内为此前算例，%）：{zh}。实测电器直流供电无增益，"
        f"接在母线上只增加并网变换器的损耗；空调变频器与电动汽车才省去一级变换。",
    )


def _assumed(pair: PairedBuilding) -> tuple[str, str]:
    assumed = sum(c.percent for c in pair.causes if c.name in ASSUMED)
    lamps = _share(pair, pair.useful_parts["lighting"])
    machines = _share(pair, pair.useful_parts["hvac"])
    rest = pair.saving_percent - assumed
    return (
        f"Least certain: LED drivers and drive rectifiers bring {assumed:+.2f} %, and no measurement "
        f"supports their DC side (lighting is {lamps:.0f} %, HVAC {machines:.0f} % of the useful energy). "
        f"Without these two gains DC would stand at {rest:+.2f} %.",
        f"最不确定：照明驱动与变频器整流级合计 {assumed:+.2f} %，其直流侧数据为假定而无实测"
        f"（照明占有效用能 {lamps:.0f} %，空调占 {machines:.0f} %）。不计这两项则为 {rest:+.2f} %。",
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
        f"With converters of one class throughout it is {best:+.2f} % (best) and {older:+.2f} % (older); "
        f"over all mixtures of classes {low:+.2f} to {high:+.2f} %: {signs[0]}.",
        f"全部采用同一等级：优 {best:+.2f} %，早期 {older:+.2f} %；"
        f"任意等级组合为 {low:+.2f} ~ {high:+.2f} %，{signs[1]}。",
    )


def _control(pair: PairedBuilding) -> tuple[str, str]:
    unserved = pair.dc.not_served + pair.ac.not_served
    served = f" Not served in both together: {unserved:,.1f} kWh." if unserved >= 0.05 else ""
    zh_served = f"两者合计未满足电量 {unserved:,.1f} kWh。" if unserved >= 0.05 else ""
    control, described = (CONTROL_WORDS.get(c, (c, c)) for c in (pair.control, pair.control_described))
    if pair.control != pair.control_described:
        return (
            f"Both sides run under {control[0]}, since {described[0]} exists on DC only; what it gains in "
            f"flexibility is not in these figures.{served}",
            f"两侧均采用{control[1]}：{described[1]}只存在于直流侧，其柔性收益不在本表之内。{zh_served}",
        )
    return f"Both sides run under {control[0]}.{served}", f"两侧均采用{control[1]}。{zh_served}"
