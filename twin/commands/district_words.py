"""What `twin district` says of shared assets and of the balance of source, grid, load and storage."""

from __future__ import annotations

from typing import Any

from twin.report.style import Language, pick

_BALANCE: tuple[tuple[str, str, str], ...] = (
    ("grid_import", "下网", "import"),
    ("pv", "建筑光伏", "PV of buildings"),
    ("shared_pv", "共享光伏", "shared PV"),
    ("generation", "发电机组", "generation"),
    ("storage_out", "建筑储能放电", "storage of buildings, out"),
    ("shared_storage_out", "共享储能放电", "shared storage, out"),
    ("ev_discharge", "车辆放电", "vehicles, out"),
    ("station_generation", "能源站发电", "generation of the energy station"),
    ("end_uses", "建筑用电", "end uses"),
    ("ev_charge", "建筑车辆充电", "vehicles at buildings"),
    ("hub_charge", "充电站", "charging hubs"),
    ("station", "能源站用电", "energy station"),
    ("storage_in", "建筑储能充电", "storage of buildings, in"),
    ("shared_storage_in", "共享储能充电", "shared storage, in"),
    ("conversion_loss", "变流损耗", "conversion losses"),
    ("grid_export", "上网", "export"),
)
SINKS_FROM = "end_uses"
"""The first row of the balance that is a sink."""
_RULES = {
    "self_consumption": ("自发自用", "self-consumption"),
    "time_of_use": ("峰谷套利", "time of use"),
    "peak_shaving": ("削峰", "peak shaving"),
    "rules": ("综合规则", "plain rules"),
}


def balance_rows(balance: dict[str, float], language: Language) -> list[tuple[str, str, str]]:
    """Name, sources and sinks [MWh] of what moves at all, and the sums of both."""
    rows, sums, side = [], [0.0, 0.0], 0
    for key, zh, en in _BALANCE:
        side = 1 if key == SINKS_FROM else side
        sums[side] += balance[key]
        if abs(balance[key]) >= 0.5:
            told = f"{1e-3 * balance[key]:,.1f}"
            rows.append((pick(language, zh, en), *(("", told) if side else (told, ""))))
    total = [f"{1e-3 * value:,.1f}" for value in sums]
    return [*rows, (pick(language, "合计", "sum"), total[0], total[1])]


def shared_lines(shared: list[dict[str, Any]], balance: dict[str, float], language: Language) -> list[str]:
    """A line for each shared asset, and how well the balance closes."""
    lines = [_LINES[asset["kind"]](asset, language) for asset in shared]
    lines.append(
        pick(
            language,
            f"各时段源网荷储平衡的最大相对残差：{balance['residual']:.1e}。",
            f"The balance closes in every step, to {balance['residual']:.1e} of the largest.",
        )
    )
    return lines


def _hub(asset: dict[str, Any], language: Language) -> str:
    left = asset["refused"] + asset["passing"]
    return pick(
        language,
        f"{asset['name']}：充电 {1e-3 * asset['charge_kwh']:,.1f} MWh（入车 "
        f"{1e-3 * asset['delivered_kwh']:,.1f}），最大 {asset['peak_kw']:,.0f} kW，{asset['vehicles']} 车次，"
        f"平均等候 {60.0 * asset['waited_h']:.0f} min，未充离开 {left} 车次，欠充 {asset['short_kwh']:,.1f} "
        f"kWh，超限 {asset['hours_over_limit']:,.1f} h。",
        f"{asset['name']}: {1e-3 * asset['charge_kwh']:,.1f} MWh charged "
        f"({1e-3 * asset['delivered_kwh']:,.1f} into vehicles), at most {asset['peak_kw']:,.0f} kW, "
        f"{asset['vehicles']} vehicles, waited {60.0 * asset['waited_h']:.0f} min on average, {left} left "
        f"uncharged, {asset['short_kwh']:,.1f} kWh short, {asset['hours_over_limit']:,.1f} h over the limit.",
    )


def _pv(asset: dict[str, Any], language: Language) -> str:
    return pick(
        language,
        f"{asset['name']}：发电 {1e-3 * asset['pv_kwh']:,.1f} MWh（{asset['kwh_per_kwp']:,.0f} kWh/kWp）。",
        f"{asset['name']}: {1e-3 * asset['pv_kwh']:,.1f} MWh ({asset['kwh_per_kwp']:,.0f} kWh/kWp).",
    )


def _storage(asset: dict[str, Any], language: Language) -> str:
    rule = pick(language, *_RULES[asset["rule"]])
    return pick(
        language,
        f"{asset['name']}（{rule}）：充 {1e-3 * asset['charge_kwh']:,.1f} MWh，放 "
        f"{1e-3 * asset['discharge_kwh']:,.1f} MWh，损耗 {1e-3 * asset['loss_kwh']:,.1f} MWh，"
        f"{asset['full_cycles']:,.0f} 次满循环；街区峰值 {asset['peak_before_kw']:,.0f} → "
        f"{asset['peak_after_kw']:,.0f} kW，超限 {asset['hours_over_limit']:,.1f} h。",
        f"{asset['name']} ({rule}): {1e-3 * asset['charge_kwh']:,.1f} MWh in, "
        f"{1e-3 * asset['discharge_kwh']:,.1f} MWh out, {1e-3 * asset['loss_kwh']:,.1f} MWh lost, "
        f"{asset['full_cycles']:,.0f} full cycles; peak of the district {asset['peak_before_kw']:,.0f} → "
        f"{asset['peak_after_kw']:,.0f} kW, {asset['hours_over_limit']:,.1f} h over the limit.",
    )


def _station(asset: dict[str, Any], language: Language) -> str:
    heat, cold = (
        {key: 1e-3 * asset[f"{side}_{key}_kwh"] for key in ("given", "delivered", "lost", "unserved")}
        for side in ("heat", "cold")
    )
    pumps = 1e-3 * (asset["heat_pumps_kwh"] + asset["cold_pumps_kwh"])
    return pick(
        language,
        f"{asset['name']}：供热 {heat['given']:,.1f} MWh（用户 {heat['delivered']:,.1f}，管网散热 "
        f"{heat['lost']:,.1f}，未供 {heat['unserved']:,.1f}，最大 {asset['heat_peak_kw']:,.0f} kW），供冷 "
        f"{cold['given']:,.1f} MWh（用户 {cold['delivered']:,.1f}，管网得热 {cold['lost']:,.1f}，未供 "
        f"{cold['unserved']:,.1f}，最大 {asset['cold_peak_kw']:,.0f} kW）；用电 "
        f"{1e-3 * asset['station_kwh']:,.1f} MWh（其中管网水泵 {pumps:,.1f}，数据机房 "
        f"{1e-3 * asset['sources_kwh']:,.1f}），燃气 "
        f"{1e-3 * asset['station_gas_kwh']:,.1f} MWh，冷热量与用电（不含数据机房）之比 "
        f"{asset['ratio']:.2f}。",
        f"{asset['name']}: {heat['given']:,.1f} MWh of heat ({heat['delivered']:,.1f} to buildings, "
        f"{heat['lost']:,.1f} lost from pipes, {heat['unserved']:,.1f} not served, at most "
        f"{asset['heat_peak_kw']:,.0f} kW), {cold['given']:,.1f} MWh of cold ({cold['delivered']:,.1f} to "
        f"buildings, {cold['lost']:,.1f} lost to pipes, {cold['unserved']:,.1f} not served, at most "
        f"{asset['cold_peak_kw']:,.0f} kW); {1e-3 * asset['station_kwh']:,.1f} MWh of electricity (network "
        f"pumps {pumps:,.1f}, data rooms {1e-3 * asset['sources_kwh']:,.1f}), "
        f"{1e-3 * asset['station_gas_kwh']:,.1f} MWh of gas; heat and cold over electricity without data "
        f"rooms {asset['ratio']:.2f}.",
    )


def _loop(asset: dict[str, Any], language: Language) -> str:
    mwh = {key: 1e-3 * value for key, value in asset.items() if key.endswith("_kwh")}
    short = mwh["heat_unserved_kwh"] + mwh["cold_unserved_kwh"]
    rows = mwh["loop_heated_kwh"], mwh["loop_cooled_kwh"]
    return pick(
        language,
        f"{asset['name']}（常温环网 {asset['least_c']:.1f} 至 {asset['most_c']:.1f} °C，越限 "
        f"{asset['hours_below'] + asset['hours_above']:,.0f} h）：各建筑热泵供热 "
        f"{mwh['heat_delivered_kwh']:,.1f} MWh"
        f"（COP {asset['cop']:.2f}）、供冷 {mwh['cold_delivered_kwh']:,.1f} MWh（EER {asset['eer']:.2f}，"
        "其中直供 "
        f"{mwh['cold_direct_kwh']:,.1f}），未供 {short:,.1f}，用电 {mwh['substations_kwh']:,.1f} "
        "MWh（计入各建筑电表）；"
        f"取自环网 {mwh['loop_drawn_kwh']:,.1f} MWh，排入 {mwh['loop_given_kwh']:,.1f}，同时段互补 "
        f"{mwh['balanced_kwh']:,.1f}；地埋管与余热供入 {mwh['loop_sources_in_kwh']:,.1f}、取走 "
        f"{mwh['loop_sources_out_kwh']:,.1f}，冷却塔 {mwh['loop_tower_kwh']:,.1f}，调峰供热 {rows[0]:,.1f}、"
        "供冷 "
        f"{rows[1]:,.1f}，管网散入土壤 {mwh['loop_lost_kwh']:,.1f}；站内用电 {mwh['station_kwh']:,.1f} "
        "MWh（其中水泵 "
        f"{mwh['loop_pumps_kwh']:,.1f}，数据机房无环网时亦用 {mwh['sources_alone_kwh']:,.1f}），燃气 "
        f"{mwh['station_gas_kwh']:,.1f} MWh，冷热量与用电（不含后者）之比 {asset['ratio']:.2f}。",
        f"{asset['name']} (ambient loop at {asset['least_c']:.1f} to {asset['most_c']:.1f} degC, "
        f"{asset['hours_below'] + asset['hours_above']:,.0f} h beyond its limits): heat pumps of the "
        "buildings give "
        f"{mwh['heat_delivered_kwh']:,.1f} MWh of heat (COP {asset['cop']:.2f}) and "
        f"{mwh['cold_delivered_kwh']:,.1f} MWh of cold (EER {asset['eer']:.2f}; "
        f"{mwh['cold_direct_kwh']:,.1f} directly), "
        f"{short:,.1f} not served, for {mwh['substations_kwh']:,.1f} MWh at the buildings' meters; drawn "
        "from the loop "
        f"{mwh['loop_drawn_kwh']:,.1f} MWh, given to it {mwh['loop_given_kwh']:,.1f}, "
        f"{mwh['balanced_kwh']:,.1f} of both in the same step; ground and waste heat give "
        f"{mwh['loop_sources_in_kwh']:,.1f} and take {mwh['loop_sources_out_kwh']:,.1f}, the tower takes "
        f"{mwh['loop_tower_kwh']:,.1f}, machines heat {rows[0]:,.1f} and cool {rows[1]:,.1f}, pipes lose "
        f"{mwh['loop_lost_kwh']:,.1f} to the ground; station {mwh['station_kwh']:,.1f} MWh of electricity "
        "(pumps "
        f"{mwh['loop_pumps_kwh']:,.1f}, data rooms without a loop {mwh['sources_alone_kwh']:,.1f}), "
        f"{mwh['station_gas_kwh']:,.1f} MWh of gas; heat and cold over electricity without the latter "
        f"{asset['ratio']:.2f}.",
    )


_LINES = {
    "energy_station": _station,
    "ambient_loop": _loop,
    "ev_hub": _hub,
    "pv": _pv,
    "storage": _storage,
}
