"""What the outlook of a fleet rests on and nobody measured."""

from __future__ import annotations

from twin.market.assumption import Assumption
from twin.response.invitation import SCENARIOS, figure, shared_aside

_ZH = {"refuse": "拒绝", "silent": "失联", "late": "迟到", "overstate": "虚报"}


def outlook_assumptions(past_days: int, *, shared: bool) -> tuple[Assumption, ...]:
    """Assumptions of an outlook.

    Parameters
    ----------
    past_days : int
        Similar days that were looked at; 0 where there were too few.
    shared : bool
        Whether the district shares assets.
    """
    return (
        *((shared_aside(),) if shared else ()),
        _chosen(
            "outlook.weather",
            "当日可调能力按项目天气年中该日推进求得，视为已知；相似日口径只用此前同类日，不含当日预报。",
            "The day is marched with its own weather of the project's year, as if it were known; over "
            "similar days those of its kind before it count alone, and no forecast.",
        ),
        _chosen(
            "outlook.past_days",
            f"相似日 {past_days} 天。" if past_days else "此前同类日不足，未给出相似日口径。",
            f"{past_days} similar days." if past_days else "Too few similar days precede it to tell of them.",
        ),
        _behaviour(),
        _chosen(
            "outlook.not_a_bid",
            "能力以楼宇自身无事件运行为参照；申报还须计入结算基线误差，只计能力大于该误差的楼宇，故与申报容量不同。",
            "Capability is told against the buildings' own march without a call. A bid counts the error of "
            "settlement's baselines too, and only who can give more than that: it differs.",
        ),
        _chosen(
            "outlook.kept",
            "电池按当时荷电状态计；提前得知邀约并为之保持满电所增部分单列，不计入总和。",
            "Batteries count with the charge that they have then; what they add when a call is known before "
            "and they are kept full for it stands by itself, outside the sum.",
        ),
        _chosen(
            "outlook.by_source",
            "各来源按其单独可调能力分摊整栋建筑在电表处的能力（含变换损耗，故可略大于单独值）。",
            "What a building can do at its meter, with conversion losses, is shared out by what its sources "
            "could do by themselves behind their devices; it can be a little more than that.",
        ),
    )


def _chosen(key: str, zh: str, en: str) -> Assumption:
    return Assumption(
        key=key,
        zh=zh,
        en=en,
        value=None,
        unit="",
        source="our choice",
        confidence="assumed",
        source_zh="自定",
    )


def _behaviour() -> Assumption:
    late = figure("behaviour", "late_by_minutes")
    said_zh, said_en = [], []
    for shares in SCENARIOS.values():
        told = {key: 100.0 * value for key, value in shares.items() if value > 0.0}
        said_zh.append("、".join(f"{_ZH[key]} {value:g} %" for key, value in told.items()) or "全部可靠")
        said_en.append(", ".join(f"{key} {value:g} %" for key, value in told.items()) or "all reliable")
    return Assumption(
        key="outlook.behaviour",
        zh=f"参与者表现为情景假设，均未实测：{'；'.join(said_zh)}。迟到平均 {late:g} min；"
        "虚报不改变推进所得能力。",
        en=f"Behaviour of participants is a scenario, nothing measured: {'; '.join(said_en)}. Who is late is "
        f"so by {late:g} min on average; what somebody overstates changes nothing of what was marched.",
        value=None,
        unit="1",
        source="scenarios of twin/response/data/participants.yaml",
        confidence="assumed",
        source_zh="内置情景",
    )
