"""Investment and benefit of a plan, from the economics of a study."""

from __future__ import annotations

from collections.abc import Iterator

from twin.pilot.case import Case, sized
from twin.pilot.draft import LACKING, Block, Paragraph, clean, joined, number, percent, table
from twin.report.style import Language, pick
from twin.report.words import unit_in


def money_blocks(case: Case, language: Language) -> Iterator[Block]:
    money = case.state.get("economics") or {}
    if not money:
        yield Paragraph(
            pick(
                language,
                f"投资与效益：{LACKING['zh']}（由 twin retrofit 的研究给出）。",
                f"Investment and benefit: {LACKING['en']} (a study by twin retrofit tells them).",
            )
        )
        return
    rows = [
        [pick(language, zh, en), _money_text(money.get(key), unit, language), _range(case, key, language)]
        for key, zh, en, unit in (
            ("capital_cny", "总投资", "Capital", "CNY"),
            ("saving_cny", "首年节约能源费用", "Energy cost saved in year 1", "CNY"),
            ("npv_cny", "净现值", "Net present value", "CNY"),
            ("irr", "内部收益率", "Internal rate of return", "%"),
            ("simple_payback_a", "静态回收期", "Simple payback", "a"),
            ("discounted_payback_a", "动态回收期", "Discounted payback", "a"),
            ("cost_per_tonne_cny", "单位减排成本", "Cost per tonne", "CNY/t"),
        )
    ]  # fmt: skip
    yield table(pick(language, "项目|数值|区间 (P10–P90)", "Item|Value|Range (P10-P90)").split("|"), rows)
    by_measure = money.get("capital_by_measure_cny") or {}
    works = [
        [
            pick(language, work.zh, work.en),
            joined((sized(one, language) for one in work.quantities), language) or "—",
            _money_text(by_measure.get(work.key), "CNY", language),
        ]
        for work in case.works
    ]
    yield table(pick(language, "措施|工程量|投资", "Measure|Quantities|Capital").split("|"), works)
    run = clean(case.state.get("run", "")) or LACKING[language]
    yield Paragraph(pick(language, f"依据运行：{run}。", f"By Run: {run}."))


def _money_text(value: object, unit: str, language: Language) -> str:
    """Money in ten thousands in Chinese; what does not exist (no rate of return) as a dash."""
    if value is None:
        return pick(language, "无", "none")
    if not isinstance(value, int | float) or isinstance(value, bool):
        return LACKING[language]
    if unit == "%":
        return percent(float(value), language)
    if unit == "CNY" and language == "zh":
        return f"{number(value / 1e4, language, 4)} 万元"
    words = unit_in(unit, language).replace("a", pick(language, "年", "years")) if unit == "a" else ""
    return f"{number(value, language, 4)} {words or unit_in(unit, language)}"


def _range(case: Case, key: str, language: Language) -> str:
    found = (case.state.get("ranges") or {}).get(key) or {}
    if not isinstance(found, dict) or "p10" not in found or "p90" not in found:
        return "—"
    unit = "%" if key == "irr" else _unit_of(key)
    return " – ".join(_money_text(found[share], unit, language) for share in ("p10", "p90"))


def _unit_of(key: str) -> str:
    return "a" if key.endswith("_a") else "CNY/t" if "tonne" in key else "CNY"
