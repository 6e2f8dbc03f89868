"""A response in words, Chinese and English: what terminal and page both say."""

from __future__ import annotations

from typing import Any

from twin.market.baseline_methods import METHODS
from twin.report.style import Language, pick
from twin.response.behaviour import Kind
from twin.response.study import Response

BASELINES: dict[str, tuple[str, str]] = {
    "similar_days": ("相似日均值", "similar days"),
    "similar_days_ratio": ("相似日，当日按比例修正", "similar days, adjusted by ratio"),
    "similar_days_difference": ("相似日，当日按差值修正", "similar days, adjusted by difference"),
    "similar_days_ratio_before_notice": (
        "相似日，通知前按比例修正",
        "similar days, by ratio before the notice",
    ),
    "similar_days_difference_before_notice": (
        "相似日，通知前按差值修正",
        "similar days, by difference before the notice",
    ),
    "most_similar_days": ("最相似十日", "most similar days"),
    "regression": ("回归（GB/T 37016）", "regression (GB/T 37016)"),
}
assert BASELINES.keys() >= METHODS.keys()
SPREADS: tuple[tuple[str, str, str, str, float, int], ...] = (
    ("given_kw", "实际响应（对比无事件推进）", "given, against the march without it", "kW", 1.0, 0),
    ("settled_kw", "结算响应（对比基线）", "settled, against the baselines", "kW", 1.0, 0),
    ("before_kwh", "事件前转移电量", "moved ahead of the call", "kWh", 1.0, 0),
    ("rebound_kwh", "4 小时内反弹电量", "comes back within 4 h", "kWh", 1.0, 0),
    ("rebound_kw", "反弹最大负荷", "highest quarter-hour of it", "kW", 1.0, 0),
    ("worse_k", "室温最多多偏离", "rooms farther out by at most", "K", 1.0, 2),
    ("missed_kwh", "车辆少充", "vehicles leave without", "kWh", 1.0, 1),
    ("paid", "获付户数", "participants paid", "", 1.0, 0),
    ("pay_cny", "补偿", "pay", "CNY", 1.0, 2),
    ("aggregator_cny", "其中聚合商", "of it the aggregator's", "CNY", 1.0, 2),
    ("orders", "调度指令", "orders sent", "", 1.0, 0),
)
"""Key in the figures, words, unit, scale and digits."""
KINDS = {
    Kind.RELIABLE: ("可靠", "reliable"),
    Kind.REFUSES: ("拒绝", "refuses"),
    Kind.SILENT: ("失联", "silent"),
    Kind.LATE: ("迟到", "late"),
    Kind.OVERSTATES: ("虚报", "overstates"),
}


def amount(value: float, digits: int) -> str:
    """A figure with its places; what rounds to nothing has no sign."""
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def lead(found: dict[str, Any], response: Response, language: Language) -> list[str]:
    """What was called, what was bid and how surely, in sentences."""
    invitation, reached = response.invitation, found["reached"]
    event = response.times.event
    start, end = event.start.strftime("%H:%M"), event.end.strftime("%H:%M")
    kind = {
        "peak_shaving": pick(language, "削峰", "peak shaving"),
        "valley_filling": pick(language, "填谷", "valley filling"),
    }[invitation.kind]
    count = len(response.draws)
    return [
        pick(
            language,
            f"{found['day']} {start}–{end} {kind}：{found['participants']} 户中 {found['able']} 户"
            f"的可调能力大于自身基线误差；调用 {found['called_kw']:,.0f} kW。",
            f"{found['day']} {start}-{end}, {kind}: {found['able']} of {found['participants']} can give more "
            "than the error of their baselines; "
            f"{found['called_kw']:,.0f} kW are called.",
        ),
        pick(
            language,
            f"以 {100 * found['bid_probability']:.0f} % 概率可申报 {found['bid_kw']:,.0f} kW"
            f"（期望 {found['bid_expected_kw']:,.0f} kW，标准误 {found['bid_error_kw']:,.0f} kW）。",
            f"The bid that is reached with {100 * found['bid_probability']:.0f} % is "
            f"{found['bid_kw']:,.0f} kW (expected {found['bid_expected_kw']:,.0f}, standard error "
            f"{found['bid_error_kw']:,.0f}).",
        ),
        pick(
            language,
            f"{count} 次抽样中，结算响应 {100 * reached['settled']:.0f} % 达到调用量，"
            f"实际响应 {100 * reached['given']:.0f} %。",
            f"In {count} draws the settled response reaches what was called in "
            f"{100 * reached['settled']:.0f} %, the one given in {100 * reached['given']:.0f} %.",
        ),
        pick(
            language,
            f"无事件时 {found['truth_kw']:,.0f} kW，结算基线 {found['baseline_kw']:,.0f} kW；"
            f"{response.times.minutes} 分钟步长与全年步长的电量差 {100 * found['step_error']:+.2f} %。",
            f"Without the call {found['truth_kw']:,.0f} kW, by the baselines {found['baseline_kw']:,.0f} kW; "
            f"energy at {response.times.minutes} min differs by {100 * found['step_error']:+.2f} % from that "
            "at the year's step.",
        ),
        *_seconds(found["seconds"], language),
    ]


def _seconds(found: dict[str, Any] | None, language: Language) -> list[str]:
    """How quickly buses answer."""
    if found is None:
        return []
    kw = found["kw"]
    low, high = found["voltage_pu"]
    return [
        pick(
            language,
            f"{found['buildings']} 栋直流母线楼宇由母线电压在秒级响应：10 s {kw['10']:,.0f} kW、30 s "
            f"{kw['30']:,.0f} kW、60 s {kw['60']:,.0f} kW，{found['t90_s']} s 达到 5 分钟响应的 90 %；"
            f"母线电压 {low:.3f}–{high:.3f} pu。",
            f"{found['buildings']} buildings answer within seconds by the voltage of their DC bus: "
            f"{kw['10']:,.0f} kW after 10 s, {kw['30']:,.0f} after 30, {kw['60']:,.0f} after 60, 90 % of "
            f"that after five minutes from second {found['t90_s']} on; voltages {low:.3f} to {high:.3f} pu.",
        )
    ]
