"""What is to be known beside the table of Runs: limits not kept, codes, plant rooms, batteries, outages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from buildings.systems.battery_ageing import MAKERS_WARRANTY, PUBLISHED_MODEL
from twin.judges.verdict import SIGNS
from twin.report.style import Language, pick

if TYPE_CHECKING:
    from twin.store import Run

_CLASSES = {
    "critical": "重要",
    "essential": "基本",
    "comfort": "舒适",
    "deferrable": "可延迟",
}
_PARTS = {"battery": "储能电池", "vehicles": "车辆电池"}
_BASIS = {PUBLISHED_MODEL: "已发表的模型", MAKERS_WARRANTY: "厂家质保"}


def remarks(runs: Sequence[Run], language: Language) -> Iterator[str]:
    """Lines about each Run.

    Parameters
    ----------
    runs : sequence of Run
        Judged.
    language : {"zh", "en"}

    Yields
    ------
    str
        One remark; nothing where there is nothing to say.
    """
    from twin.report.reading import run_names

    named = list(zip(runs, run_names(runs, language), strict=True))
    for tell in (beyond_limits, range_lines, code_lines, plant_room_lines, battery_lives, outages):
        for run, title in named:
            yield from tell(run, title, language)


def beyond_limits(run: Run, title: str, language: Language) -> Iterator[str]:
    """Demand limits that a building did not keep: what bends could not bend further."""
    for name, facts in run.manifest["buildings"].items():
        limit = facts.get("demand_limit_kw")
        peak = run.summary["buildings"][name]["energy"]["peak_import_kw"]
        if limit is not None and peak > 1.005 * limit:
            yield pick(
                language,
                f"注意：{title}：{name} 最大取电 {peak:,.0f} kW，超过需量限值 {limit:,.0f} kW，"
                "可削减的负荷不足。",
                f"Mind: {title}: {name} draws up to {peak:,.0f} kW, above its demand limit of "
                f"{limit:,.0f} kW; what may be shed does not suffice.",
            )


def range_lines(run: Run, title: str, language: Language) -> Iterator[str]:
    """What the calibration leaves open: quantiles of the draws in a line, verdicts that are not sure."""
    from twin.calibration.ranges import range_data
    from twin.report.tables import figure_text
    from twin.report.words import not_sure

    known = range_data()["figures"]
    for name, judged in run.summary["buildings"].items():
        if judged.get("ranges") is None:
            continue
        parts = []
        for key, span in judged["ranges"].items():
            if not any(span.values()):
                continue
            entry = known[key]
            low, mid = (figure_text(span[p], "", language) for p in ("p10", "p50"))
            high = figure_text(span["p90"], entry["unit"], language)
            parts.append(f"{entry[f'name_{language}']} {mid} ({low} … {high})")
        count = run.summary["posterior"]["draws"]
        yield pick(
            language,
            f"区间：{title}：{name}：{count} 个后验样本，P50（P10 … P90）：{'；'.join(parts)}。",
            f"Ranges: {title}: {name}: {count} draws of the posterior, P50 (P10 … P90): {'; '.join(parts)}.",
        )
        for one in run.summary["verdicts"]:
            if one["building"] == name and one["status"] == "not_sure":
                yield pick(
                    language,
                    f"{title}：{name}：{one['zh']}：{not_sure(one, language)}。",
                    f"{title}: {name}: {one['en']}: {not_sure(one, language)}.",
                )


_CODES = (
    ("envelope.gb55015-2021.", "GB 55015-2021 围护结构", "envelope by GB 55015-2021"),
    ("envelope.gb55015-2021.floor.", "其权衡判断底线", "minimum of its trade-off"),
    ("nearly_zero.measures.", "GB/T 51350-2019 新风与室温", "fresh air and rooms by GB/T 51350-2019"),
    ("benchmark.gbt51161.", "GB/T 51161 指标", "GB/T 51161"),
    ("benchmark.db31.", "DB31 合理用能指南", "Shanghai's DB31 guide"),
    ("benchmark.household.", "GB/T 51161 户均指标", "GB/T 51161 by household"),
)
"""What codes say, by the beginning of the keys of their verdicts."""


def code_lines(run: Run, title: str, language: Language) -> Iterator[str]:
    """What the codes say of each building in a line: limits kept, not kept and by how much, not judged."""
    for name, judged in run.summary["buildings"].items():
        if judged.get("codes") is None:
            continue
        groups: dict[str, list[dict[str, Any]]] = {}
        for one in run.summary["verdicts"]:
            fitting = [key for key, _, _ in _CODES if one["key"].startswith(key)]
            if fitting and one["building"] == name:
                groups.setdefault(max(fitting, key=len), []).append(one)
        parts = [
            _code_part(groups[key], pick(language, zh, en), language)
            for key, zh, en in _CODES
            if key in groups
        ]
        yield pick(
            language,
            f"规范：{title}：{name}：{'；'.join(parts)}。限值多未经核实，不能作为达标结论。",
            f"Codes: {title}: {name}: {'; '.join(parts)}. Most limits are unverified: no proof.",
        )


def _code_part(verdicts: Sequence[dict[str, Any]], words: str, language: Language) -> str:
    """One code: how many of its limits are kept, and those that are not."""
    from twin.report.tables import figure_text

    judged = [one for one in verdicts if one["met"] is not None]
    open_ones = sum(one["status"] == "not_sure" for one in verdicts)
    left = len(verdicts) - len(judged) - open_ones
    if not judged and not open_ones:
        return pick(language, f"{words}未判定", f"{words} not judged")
    kept = sum(one["met"] for one in judged)
    text = pick(
        language,
        f"{words} {len(judged) + open_ones} 项中满足 {kept} 项",
        f"{words} {kept} of {len(judged) + open_ones} kept",
    )
    if open_ones:
        text += pick(language, f"、不确定 {open_ones} 项", f", {open_ones} not sure")
    if left:
        text += pick(language, f"、未判定 {left} 项", f", {left} not judged")
    missed = []
    for one in judged:
        if not one["met"]:
            # The code before the colon is told once for all.
            what = one[language].rpartition(pick(language, "：", ": "))[2]
            limit = f"{SIGNS[one['relation']]} {figure_text(one['limit'], one['unit'], language, 3)}"
            value = figure_text(one["value"], "", language, 3)
            missed.append(pick(language, f"{what} {value}（应 {limit}）", f"{what} {value} ({limit})"))
    if not missed:
        return text
    return text + pick(language, f"，不满足：{'、'.join(missed)}", f", not kept: {', '.join(missed)}")


def plant_room_lines(run: Run, title: str, language: Language) -> Iterator[str]:
    """What each plant room did in a line: where hot water came from, COP of heat pumps, what was not met."""
    from twin.report.plant_flows import plant_rooms
    from twin.report.plant_table import plant_line

    for name in plant_rooms(run):
        line = plant_line(run, name, language)
        yield pick(language, f"机房：{title}：{name}：{line}", f"Plant room: {title}: {name}: {line}")


def battery_lives(run: Run, title: str, language: Language) -> Iterator[str]:
    """How long each battery lives, by what that is told, and where it lies beyond what was tested."""
    for name, judged in run.summary["buildings"].items():
        for part, life in (judged.get("storage") or {}).items():
            if life is not None:
                yield _LIFE[language](title, name, part, life)


def _life_en(title: str, name: str, part: str, life: dict[str, Any]) -> str:
    years = life["replaced_after_years"]
    ends = f"replaced after {years:.1f} years" if years is not None else "not replaced"
    parts = ""
    if life["calendar_loss"] is not None:
        calendar, cycles = 100.0 * life["calendar_loss"], 100.0 * life["cycle_loss"]
        parts = f", {calendar:.1f} points by the calendar and {cycles:.1f} by cycles"
    outside = f"; outside its tests: {'; '.join(life['outside_tests'])}"
    return (
        f"Life of {part}: {title}: {name}: after ten years "
        f"{100.0 * life['capacity_after_ten_years']:.1f} % of the capacity{parts}, {ends}; by "
        f"{life['basis']} {life['model']}{outside if life['outside_tests'] else ''}."
    )


def _life_zh(title: str, name: str, part: str, life: dict[str, Any]) -> str:
    years = life["replaced_after_years"]
    ends = f"{years:.1f} 年后更换" if years is not None else "不更换"
    parts = ""
    if life["calendar_loss"] is not None:
        calendar, cycles = 100.0 * life["calendar_loss"], 100.0 * life["cycle_loss"]
        parts = f"（日历损失 {calendar:.1f}、循环损失 {cycles:.1f} 个百分点）"
    outside = f"；超出其试验范围：{'；'.join(life['outside_tests'])}" if life["outside_tests"] else ""
    return (
        f"{_PARTS.get(part, part)}寿命：{title}：{name}：十年后容量 "
        f"{100.0 * life['capacity_after_ten_years']:.1f} %{parts}，{ends}；"
        f"依据{_BASIS.get(life['basis'], life['basis'])} {life['model']}{outside}。"
    )


_LIFE = {"zh": _life_zh, "en": _life_en}


def outages(run: Run, title: str, language: Language) -> Iterator[str]:
    """Each time without the grid in a line: how long each class was served, and the way back."""
    for name, judged in run.summary["buildings"].items():
        for outage in judged.get("islanding") or []:
            yield _OUTAGE[language](title, name, outage)


def _outage_en(title: str, name: str, outage: dict[str, Any]) -> str:
    served = ", ".join(
        f"{word} throughout"
        if outage["hours_survived"][word] >= outage["hours"]
        else f"{word} {hours:.1f} h (first short after {outage['hours_survived'][word]:.1f} h)"
        for word, hours in outage["hours_served"].items()
        if hours is not None
    )
    missing = sum(outage["unserved_kwh"].values())
    lowest, back = outage["lowest_soc"], outage["return_minutes"]
    return (
        f"Without grid: {title}: {name}: {outage['hours']:g} h from "
        f"{outage['start'][:16]}: served {served}; {missing:,.0f} kWh not served, dark "
        f"{outage['hours_dark']:.1f} h, {outage['black_starts']} black starts"
        + (f", lowest charge {100.0 * lowest:.1f} %" if lowest is not None else "")
        + (f", back after {back:g} min" if back is not None else ", not back within the year")
    )


def _outage_zh(title: str, name: str, outage: dict[str, Any]) -> str:
    served = "、".join(
        f"{_CLASSES[word]}负荷全程"
        if outage["hours_survived"][word] >= outage["hours"]
        else f"{_CLASSES[word]}负荷 {hours:.1f} h（{outage['hours_survived'][word]:.1f} h 后首次不足）"
        for word, hours in outage["hours_served"].items()
        if hours is not None
    )
    missing = sum(outage["unserved_kwh"].values())
    lowest, back = outage["lowest_soc"], outage["return_minutes"]
    return (
        f"停电：{title}：{name}：{outage['start'][:16]} 起 {outage['hours']:g} h，供电 {served}；"
        f"未供 {missing:,.0f} kWh，全黑 {outage['hours_dark']:.1f} h，黑启动 {outage['black_starts']} 次"
        + (f"，最低电量 {100.0 * lowest:.1f} %" if lowest is not None else "")
        + (f"，复电后 {back:g} min 并网" if back is not None else "，年内未恢复")
    )


_OUTAGE = {"zh": _outage_zh, "en": _outage_en}
