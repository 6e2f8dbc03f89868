"""The table of indicators of a plan (指标体系): before, target, and where each figure is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twin.pilot.case import Case, electric_size
from twin.pilot.draft import LACKING, Table, number, percent, table
from twin.report.style import Language, pick
from twin.report.words import unit_in

_FIGURES = (
    ("carbon_t", "年碳排放（物理口径）", "Yearly emissions (physical account)", "tCO2"),
    ("carbon_ets_t", "年碳排放（上海碳市场口径）", "Yearly emissions (Shanghai ETS account)", "tCO2"),
    ("eui_electric_kwh_m2", "单位面积年用电量", "Electricity per floor area", "kWh/m2"),
    ("primary_kwh_m2", "单位面积一次能源", "Primary energy per floor area", "kWh/m2"),
    ("peak_kw", "最大取电功率", "Highest power from the grid", "kW"),
    ("total_cny", "年能源费用", "Yearly cost of energy", "CNY"),
)
_ENERGY = (
    ("pv_kwh", "年光伏发电量", "PV generation in a year", "kWh"),
    ("grid_import_kwh", "年外购电量", "Electricity bought in a year", "kWh"),
)
_SIZES = (("光伏装机", "PV capacity", "kWp"), ("储能容量", "Storage", "kWh"))


def indicators(case: Case, language: Language) -> Table:
    """The table; figures that nobody computed or said stand as lacking, with what would fill them."""
    head = pick(language, "指标|单位|现状|创建期末目标|来源", "Indicator|Unit|Before|Target|From").split("|")
    return table(head, [*_reduction(case, language), *_computed(case, language), *_sizes(case, language)])


def _reduction(case: Case, language: Language) -> Iterator[list[str]]:
    found, lacking = case.assessment.reduction, LACKING[language]
    rate = pick(language, "创建期内减排率", "Reduction rate in the creation period")
    tonnes = pick(language, "创建期内减排量", "Reduction in the creation period")
    baseline = pick(language, "申报单位年碳排放", "Yearly emissions of the applicant")
    if found is None:
        origin = pick(language, "缺基准与减排量", "baseline and reduction are not there")
        for name, unit in ((baseline, "tCO2e"), (rate, "%"), (tonnes, "tCO2e/a")):
            yield [name, unit_in(unit, language), lacking, lacking, origin]
        return
    origin = (
        pick(language, "模型计算（仅模型内建筑）", "computed (modelled buildings only)")
        if found.from_model
        else pick(language, "申报单位自述与模型", "stated by the applicant, and model")
    )
    after = number(found.baseline_t - found.tonnes, language, 4)
    before = number(found.baseline_t, language, 4)
    yield [baseline, unit_in("tCO2e", language), before, after, origin]
    yield [rate, "%", "—", percent(found.rate, language), origin]
    yield [tonnes, unit_in("tCO2e/a", language), "—", number(found.tonnes, language, 4), origin]


def _computed(case: Case, language: Language) -> Iterator[list[str]]:
    runs = [str(state.get("run", "")) for state in (case.baseline, case.state) if state]
    origin = (
        " → ".join(run or LACKING[language] for run in runs)
        if runs
        else pick(language, "由 twin retrofit 计算后填入", "to be computed by twin retrofit")
    )
    for part, rows in (("figures", _FIGURES), ("energy", _ENERGY)):
        for key, zh, en, unit in rows:
            before, after = (_value(state, part, key) for state in (case.baseline, case.state))
            yield [
                pick(language, zh, en), unit_in(unit, language), number(before, language, 4),
                number(after, language, 4), origin,
            ]  # fmt: skip


def _value(state: Mapping[str, Any], part: str, key: str) -> object:
    return (state.get(part) or {}).get(key)


def _sizes(case: Case, language: Language) -> Iterator[list[str]]:
    """Sizes that the plan itself names."""
    described = pick(language, "方案所列", "as planned")
    for zh, en, unit in _SIZES:
        added = electric_size(case.works, unit)
        if added is None:
            continue
        # A project alone tells what is planned, not what was there before.
        before = (electric_size(case.existing, unit) or 0.0) if case.state else None
        total = number(added + (before or 0.0), language, 4)
        yield [pick(language, zh, en), unit, number(before, language, 4), total, described]
    stages = case.assessment.stages
    for stage in stages if len(stages) > 1 else ():
        name = pick(
            language, f"第 {stage.number} 阶段末减排率", f"Reduction rate by the end of stage {stage.number}"
        )
        origin = pick(language, "申报单位自述", "stated by the applicant")
        yield [name, "%", "—", percent(stage.target, language), origin]
