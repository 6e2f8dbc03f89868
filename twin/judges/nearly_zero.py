"""GB/T 51350-2019 (近零能耗建筑技术标准): ultra-low, nearly-zero and zero energy buildings.

Public buildings are held by rates against the reference building of the standard (`buildings.standards`),
dwellings by values per usable area; both by what renewables give. Design and reference are marched under the
conditions of the standard. The text of the standard was not read: limits and conversion factors are
`gk-verify`, so that verdicts are `assumed` with both sides shown, never `pass`. A search asks this judge for
every package: what does not change with the package is computed once, in `NearlyZeroContext`.

Rates, of primary energy E of the counted end uses (see `twin.judges.counted_energy`), R renewable electricity
in primary energy and A the area:

- comprehensive saving rate (建筑综合节能率): (E_reference - (E - R)) / E_reference;
- building-itself saving rate (建筑本体节能率): (E_reference - E) / E_reference;
- renewable utilisation rate (可再生能源利用率): (EP_h + EP_c + EP_w + R) / (Q_h + Q_c + Q_w + 2.6 (lighting +
  lifts));
- comprehensive energy value (建筑能耗综合值) of dwellings: (E - R) / A.

All are signed: a building worse than its reference saves less than nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.schema import Project
from buildings.standards.elements import category_of
from twin.judges.counted_energy import (
    CountedEnergy,
    DesignFacts,
    Energy,
    Rows,
    counted_energy,
    design_facts,
    figure,
    useful_heat_kwh,
)
from twin.judges.degree_hours import CoolingTerms, cooling_terms
from twin.judges.factors import data, factor
from twin.judges.verdict import Relation, Status, Verdict, hold
from twin.market.assumption import UNVERIFIED, Assumption, merged
from weather.climate_year import ClimateYear
from weather.errors import TwinError

LevelKey = Literal["ultra_low", "nearly_zero", "zero"]
LEVELS: tuple[LevelKey, ...] = ("ultra_low", "nearly_zero", "zero")
_LEVEL_WORDS: Mapping[LevelKey, tuple[str, str]] = {
    "ultra_low": ("ultra-low energy", "超低能耗"),
    "nearly_zero": ("nearly zero energy", "近零能耗"),
    "zero": ("zero energy", "零能耗"),
}
_INDEX_WORDS: Mapping[str, tuple[str, str, str]] = {
    "comprehensive_saving_rate": ("comprehensive saving rate", "建筑综合节能率", "%"),
    "building_itself_saving_rate": ("building-itself saving rate", "建筑本体节能率", "%"),
    "renewable_utilisation_rate": ("renewable utilisation rate", "可再生能源利用率", "%"),
    "renewable_generation": (
        "renewable generation over all energy use",
        "可再生能源年产能与全年总用能",
        "kWh/a",
    ),
    "comprehensive_energy_value": ("comprehensive energy value", "建筑能耗综合值", "kWh/(m²·a)"),
    "heating_demand": ("heating demand", "供暖年耗热量", "kWh/(m²·a)"),
    "cooling_demand": ("cooling demand", "供冷年耗冷量", "kWh/(m²·a)"),
    "airtightness_n50": ("airtightness N50", "气密性 N50", "1/h"),
}
_LIFTS_EN = "lifts are no part of the model and are counted on neither side, so that the value is too good"
_LIFTS_ZH = "模型不含电梯，两侧均未计入，结果偏乐观"


@dataclass(frozen=True)
class NearlyZeroContext:
    """What the judge needs of a project once, whatever the package.

    Parameters
    ----------
    category : str
        `public` or `residential`.
    use : str
        Main use.
    reference : CountedEnergy or None
        Year of the reference building; None where it was not marched.
    terms : CoolingTerms
        Of the climate year.
    useful_kwh : mapping
        Useful heat of the end uses.
    usable_share : float
        In-unit usable area over floor area [1], of dwellings.
    usable_confidence : str
    needs_hot_water : bool
        Whether the use cannot be counted without its hot water.
    assumptions : tuple of Assumption
        Those that hold for every package.
    """

    category: str
    use: str
    reference: CountedEnergy | None
    terms: CoolingTerms
    useful_kwh: Mapping[str, float]
    usable_share: float
    usable_confidence: str
    needs_hot_water: bool
    assumptions: tuple[Assumption, ...]


def nearly_zero_context(
    project: Project,
    climate: ClimateYear,
    reference: Energy | None,
    *,
    reference_project: Project | None = None,
    usable_share: float | None = None,
) -> NearlyZeroContext:
    """Prepare the judge for a project of one building.

    Parameters
    ----------
    project : Project
        The design.
    climate : ClimateYear
        The year that design and reference were marched in.
    reference : mapping or None
        Figures of `twin.judges.energy.energy` of the reference building; None where there is none, then
        public buildings are not judged.
    reference_project : Project, optional
        What `buildings.standards.reference_building` gave, for its appliances; derived where left out.
    usable_share : float, optional
        In-unit usable area over gross floor area [1]; default that of the project, else an assumption of
        `data/nearly_zero.yaml`.

    Raises
    ------
    TwinError
        Several buildings, or a share that is none.
    """
    from buildings.standards.reference_building import reference_building

    building = _only(project)
    limits = data("nearly_zero.yaml")
    share = building.systems.standards.usable_share if usable_share is None else usable_share
    confidence = "stored:secondary"
    if share is None:
        share, confidence = float(limits["usable_share"]["value"]), limits["usable_share"]["confidence"]
    if not 0.0 < share <= 1.0:
        raise TwinError(f"a usable share of {share:g}.", "Give more than 0, at most 1.", key="usable_share")
    useful = useful_heat_kwh(building, climate)
    category = category_of(project.buildings[0])
    use = _main_use(building)
    needs = use in limits["hot_water_uses"]
    counted = None
    if reference is not None:
        base = _only(reference_project or reference_building(project).project)
        # The reference has the lifts of the design, as it has its use.
        counted = counted_energy(reference, design_facts(base, useful), useful, needs_hot_water=needs)
    terms = cooling_terms(climate)
    said = _assumptions(category, share, confidence, climate, bool(useful), needs)
    return NearlyZeroContext(category, use, counted, terms, useful, share, confidence, needs, said)


def _only(project: Project) -> CompleteBuilding:
    if len(project.buildings) != 1:
        raise TwinError(
            f"GB/T 51350 judges one building, the project has {len(project.buildings)}.",
            "Give a project of one building.",
            key="buildings",
        )
    return complete(project.buildings[0], calendar=project.calendar)


def _main_use(building: CompleteBuilding) -> str:
    areas: dict[str, float] = {}
    for zone in building.zones:
        use = "residential" if zone.use.startswith("residential") else zone.use
        areas[use] = areas.get(use, 0.0) + zone.floor_area * zone.multiplier
    return max(areas, key=lambda use: areas[use])


def nearly_zero_facts(
    context: NearlyZeroContext, project: Project, *, n50: float | None = None, lift_kwh: float | None = None
) -> DesignFacts:
    """Facts of a design or package for `nearly_zero`; see `twin.judges.counted_energy.design_facts`."""
    return facts_of_building(context, _only(project), n50=n50, lift_kwh=lift_kwh)


def facts_of_building(
    context: NearlyZeroContext,
    building: CompleteBuilding,
    *,
    n50: float | None = None,
    lift_kwh: float | None = None,
) -> DesignFacts:
    """As `nearly_zero_facts`, of a building that is complete already (`plant.prepared[0].description`)."""
    return design_facts(building, context.useful_kwh, n50=n50, lift_kwh=lift_kwh)


# --- the judge ------------------------------------------------------------------------------------------


def nearly_zero(
    context: NearlyZeroContext, energy: Energy, facts: DesignFacts, *, rows: Rows | None = None
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Hold a year of a design against every level.

    Parameters
    ----------
    context : NearlyZeroContext
    energy : mapping
        Figures of `twin.judges.energy.energy` of the design under the standard's conditions.
    facts : DesignFacts
    rows : sequence of mapping, optional
        `summary["plant_rooms"][name]`; needed where the design has a plant room.

    Returns
    -------
    figures : dict
        Plain data: counted energy, rates in %, values per usable area, `missing`, `level`.
    verdicts : tuple of Verdict
        `nearly_zero.<level>.<index>`.
    assumptions : tuple of Assumption
    """
    counted = counted_energy(
        energy, facts, context.useful_kwh, needs_hot_water=context.needs_hot_water, rows=rows
    )
    area = figure(energy.get("floor_area_m2"))
    values = _values(context, counted, facts, area if area else None)
    verdicts = tuple(
        _verdict(context, level, index, rule, values, counted, facts)
        for level in LEVELS
        for index, rule in data("nearly_zero.yaml")[context.category][level].items()
    )
    found = level_of(verdicts)
    figures = {
        "standard": "GB/T 51350-2019",
        "category": context.category,
        **values,
        "primary_kwh": counted.primary_kwh,
        "reference_primary_kwh": context.reference.primary_kwh if context.reference else None,
        "renewable_electricity_kwh": counted.renewable_electricity_kwh,
        "renewable_heat_kwh": counted.renewable_heat_kwh,
        "exported_kwh": figure(energy.get("grid_export_kwh")),
        "wdh20_kkh": context.terms.wdh20,
        "ddh28_kkh": context.terms.ddh28,
        "missing": dict(counted.missing),
        "level": found.as_dict(),
    }
    return figures, verdicts, merged(context.assumptions, _of_design(counted, facts, energy))


def _values(
    context: NearlyZeroContext, counted: CountedEnergy, facts: DesignFacts, area: float | None
) -> dict[str, float | None]:
    """Every index of the standard; None where something is missing."""
    of_electricity = factor("primary_of_electricity").value
    made = counted.renewable_electricity_kwh
    renewable = None if made is None else made * of_electricity
    design = counted.primary_kwh
    net = None if design is None or renewable is None else design - renewable
    base = context.reference.primary_kwh if context.reference is not None else None
    usable = area * context.usable_share if area is not None else None
    heat, cold, light = counted.heating_demand_kwh, counted.cooling_demand_kwh, counted.lighting_kwh
    rate = None
    got = counted.renewable_heat_kwh
    if heat is not None and cold is not None and light is not None and got is not None:
        wanted = heat + cold + counted.hot_water_demand_kwh
        wanted += of_electricity * (light + (facts.lift_kwh or 0.0))
        rate = None if renewable is None or wanted <= 0.0 else 100.0 * (got + renewable) / wanted
    hot_water_lacks = context.needs_hot_water and facts.hot_water_by == "none"
    return {
        "comprehensive_saving_rate": _saved(base, net),
        "building_itself_saving_rate": _saved(base, design),
        "renewable_utilisation_rate": None if hot_water_lacks else rate,
        "renewable_generation": renewable,
        "all_primary_kwh": counted.all_primary_kwh,
        "comprehensive_energy_value": _per(net, usable),
        "heating_demand": _per(heat, usable),
        "cooling_demand": _per(cold, usable),
        "airtightness_n50": facts.n50,
    }


def _saved(base: float | None, now: float | None) -> float | None:
    """Signed saving rate [%]."""
    return None if base is None or now is None or base <= 0.0 else 100.0 * (base - now) / base


def _per(value: float | None, area: float | None) -> float | None:
    return None if value is None or area is None else value / area


def _limit(
    context: NearlyZeroContext, rule: Mapping[str, Any], values: Mapping[str, float | None]
) -> float | None:
    if "limit" in rule:
        return float(rule["limit"])
    if "constant" in rule:
        terms = context.terms
        return float(rule["constant"] + rule["wdh20"] * terms.wdh20 + rule["ddh28"] * terms.ddh28)
    return values["all_primary_kwh"]


def _verdict(
    context: NearlyZeroContext,
    level: LevelKey,
    index: str,
    rule: Mapping[str, Any],
    values: Mapping[str, float | None],
    counted: CountedEnergy,
    facts: DesignFacts,
) -> Verdict:
    limits = data("nearly_zero.yaml")
    en, zh, unit = _INDEX_WORDS[index]
    level_en, level_zh = _LEVEL_WORDS[level]
    relation: Relation = rule["relation"]
    value, limit = values[index], _limit(context, rule, values)
    note, note_zh = _notes(context, index, counted, facts, value is None or limit is None)
    return hold(
        f"nearly_zero.{level}.{index}",
        f"{level_zh}：{zh}",
        f"{level_en}: {en}",
        value,
        relation,
        limit,
        unit=unit,
        source=str(limits["source"]),
        source_zh=str(limits["source_zh"]),
        confidence=weakest(str(limits["confidence"]), *_sureness(context, index, facts)),
        note=note,
        note_zh=note_zh,
    )


def weakest(*words: str) -> str:
    """The confidence of what rests on several figures: that of the first unverified one, else the first."""
    return next((word for word in words if word in UNVERIFIED), words[0])


def _sureness(context: NearlyZeroContext, index: str, facts: DesignFacts) -> tuple[str, ...]:
    """Confidence of what a value rests on beside its limit."""
    if index == "airtightness_n50":
        return (facts.n50_confidence,)
    words = [facts.lift_confidence if facts.lift_kwh is not None else "missing"]
    if index in ("heating_demand", "cooling_demand"):
        return (context.usable_confidence,)
    if index == "comprehensive_energy_value":
        words.append(context.usable_confidence)
    primary = [factor(key).confidence for key in ("primary_of_electricity", "primary_of_gas")]
    return (*words, *primary)


def _notes(
    context: NearlyZeroContext, index: str, counted: CountedEnergy, facts: DesignFacts, lacks: bool
) -> tuple[str, str]:
    if index == "airtightness_n50":
        if lacks:
            return "missing: N50 (no measurement, and wind and stack decide infiltration)", "缺 N50"
        return f"N50: {facts.n50_source}", f"N50 来源：{facts.n50_source_zh or facts.n50_source}"
    if lacks:
        names = dict(counted.missing)
        if index.endswith("saving_rate"):
            if context.reference is None:
                names["the march of the reference building"] = "基准建筑的模拟"
            else:
                names |= {f"reference: {k}": f"基准建筑：{v}" for k, v in context.reference.missing.items()}
        names = names or {"energy or area above nought": "大于零的能耗或面积"}
        return "missing: " + "; ".join(names), "缺：" + "；".join(names.values())
    if index in ("heating_demand", "cooling_demand") or facts.lift_kwh is not None:
        return "", ""
    return _LIFTS_EN, _LIFTS_ZH


# --- levels ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LevelFound:
    """The highest level whose indices are all met.

    Parameters
    ----------
    level : str or None
        `ultra_low`, `nearly_zero`, `zero`; None where none is met.
    status : {"pass", "fail", "assumed", "not_judged"}
        Of that level; without one, of the lowest level.
    en, zh : str
        Why, in words.
    """

    level: LevelKey | None
    status: Status
    en: str
    zh: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"level": self.level, "status": self.status, "en": self.en, "zh": self.zh}


def status_of(verdicts: Sequence[Verdict]) -> Status:
    """One status of several indices: an unmet index fails, then what is not judged, then what is assumed.

    `fail` only where an index fails against a verified limit; an index that is not met against an unverified
    one makes the whole `assumed` (and not met, see `met`); without indices `not_judged`.
    """
    found = {verdict.status for verdict in verdicts}
    if "fail" in found:
        return "fail"
    if not verdicts or "not_judged" in found:
        return "not_judged"
    return "assumed" if "assumed" in found else "pass"


def met(verdicts: Sequence[Verdict]) -> bool:
    """Whether there are indices and all are met."""
    return bool(verdicts) and all(verdict.met is True for verdict in verdicts)


def level_of(verdicts: Sequence[Verdict]) -> LevelFound:
    """The highest level of GB/T 51350 whose indices are all met.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Of `nearly_zero`; others are left alone.

    Returns
    -------
    LevelFound
        `pass` only where every index of the level is `pass`; `assumed` where one rests on an unverified
        limit. A level with an index that is not judged is not met.
    """
    groups = {level: [v for v in verdicts if v.key.startswith(f"nearly_zero.{level}.")] for level in LEVELS}
    for level in reversed(LEVELS):
        if met(groups[level]):
            status = status_of(groups[level])
            en, zh = _LEVEL_WORDS[level]
            sure = status == "pass"
            return LevelFound(
                level,
                status,
                en if sure else f"{en}, against limits or figures that nobody verified",
                zh if sure else f"{zh}（限值或数据待核实）",
            )
    lowest = groups["ultra_low"]
    lacking = [v for v in lowest if v.met is None]
    missed = [v for v in lowest if v.met is False]
    en = "; ".join([f"{v.en} not met" for v in missed] + [f"{v.en} not judged: {v.note}" for v in lacking])
    zh = "；".join([f"{v.zh}未达到" for v in missed] + [f"{v.zh}未判定：{v.note_zh}" for v in lacking])
    return LevelFound(None, status_of(lowest), en or "no index was judged", zh or "没有可判定的指标")


# --- assumptions ----------------------------------------------------------------------------------------


def _assume(key: str, en: str, zh: str, value: float | str | None, unit: str, confidence: str) -> Assumption:
    source, source_zh = "GB/T 51350-2019, not read", "《近零能耗建筑技术标准》GB/T 51350-2019（未核对原文）"
    return Assumption(f"nearly_zero.{key}", zh, en, value, unit, source, confidence, source_zh)


def _assumptions(
    category: str, share: float, confidence: str, climate: ClimateYear, hot_water: bool, needs: bool
) -> tuple[Assumption, ...]:
    """What holds for every package of the project."""
    said = [
        _assume(
            "conditions",
            "Schedules, densities, set-points and fresh air are those of GB 55015-2021 Appendix C; dwellings "
            "are heated to 20 degC.",
            "作息、密度、设定温度与新风量取 GB 55015-2021 附录 C；住宅供暖设定 20 °C。",
            None,
            "",
            "gk-verify",
        ),
        _assume(
            "weather",
            f"Computed with the climate year {climate.name!r}, not with the standard's typical year.",
            f"按气象年 {climate.name!r} 计算，而非标准的典型气象年。",
            climate.name,
            "",
            "assumed",
        ),
        _assume(
            "export",
            "All renewable electricity counts, also what is exported.",
            "可再生发电量全部计入，包括上网电量。",
            None,
            "",
            "gk-verify",
        ),
        _assume(
            "heat_pumps",
            "Heat of heat pumps less their electricity counts as renewable; the standard's conditions on "
            "their efficiency are not known. Cooling gives no renewable part.",
            "热泵供热量减去耗电计为可再生；标准对其效率的条件未知。供冷不计可再生部分。",
            None,
            "",
            "missing",
        ),
        _assume(
            "zero",
            "A zero energy building generates as much as all its end uses take, plug loads and cooking "
            "included, vehicles not.",
            "零能耗按建筑全年全部用能（含插座、炊事，不含电动车）判定。",
            None,
            "",
            "gk-verify",
        ),
    ]
    for key, words in (("primary_of_electricity", "电"), ("primary_of_gas", "天然气")):
        found = factor(key)
        said += found.assumptions(
            f"一次能源系数：{words} {found.value:g} {found.unit}（待核实）。",
            f"Primary energy factor {found.value:g} {found.unit} ({found.source}).",
        )
    if category == "residential" and confidence in UNVERIFIED:
        en = f"Usable area is {share:g} of the floor area."
        said.append(
            _assume("usable_share", en, f"套内使用面积取建筑面积的 {share:g}。", share, "1", confidence)
        )
    if not hot_water and not needs:
        en = "No hot water is described: it is counted as none on both sides."
        said.append(_assume("hot_water", en, "未描述生活热水，两侧均按无计。", 0.0, "kWh", "assumed"))
    return tuple(said)


@cache
def _no_lifts() -> Assumption:
    return _assume("lifts", _LIFTS_EN.capitalize() + ".", _LIFTS_ZH + "。", None, "kWh", "missing")


def _known_lifts(kwh: float, confidence: str) -> Assumption:
    """Lifts that the project tells of are judged, not marched."""
    return _assume(
        "lifts",
        "Lifts are counted on both sides alike; they are no part of the march, its bill and its carbon"
        + ("." if confidence not in UNVERIFIED else ", and their electricity is that of mean lifts."),
        "电梯在两侧按相同用电计入，不参与模拟，亦不计入电费与碳排放"
        + ("。" if confidence not in UNVERIFIED else "；其用电按平均值估算。"),
        kwh,
        "kWh",
        confidence if confidence in UNVERIFIED else "assumed",
    )


def _of_design(counted: CountedEnergy, facts: DesignFacts, energy: Energy) -> tuple[Assumption, ...]:
    """What the package itself makes assumed."""
    said = [_no_lifts() if facts.lift_kwh is None else _known_lifts(facts.lift_kwh, facts.lift_confidence)]
    if facts.n50_confidence in UNVERIFIED and facts.n50 is not None:
        en, zh = f"N50 is {facts.n50_source}.", f"N50 = {facts.n50_source_zh or facts.n50_source}。"
        said.append(_assume("n50", en, zh, facts.n50, "1/h", facts.n50_confidence))
    lost = sum(figure(energy.get(key)) or 0.0 for key in ("conversion_loss_kwh", "battery_loss_kwh"))
    if lost > 0.0:
        en = f"Losses of converters and battery, {lost:.0f} kWh, are not counted among the end uses."
        zh = f"变换与电池损耗 {lost:.0f} kWh 未计入分项能耗。"
        said.append(_assume("losses", en, zh, lost, "kWh", "assumed"))
    if facts.plant_room:
        en = "Processes of the plant room (borefield and store pumps, steam) are not counted."
        said.append(
            _assume("plant_room", en, "机房的工艺用电（地埋管与蓄能循环、蒸汽）未计入。", None, "", "assumed")
        )
    for key, wanted in (
        ("unmet_heating_kwh", counted.heating_demand_kwh),
        ("unmet_cooling_kwh", counted.cooling_demand_kwh),
    ):
        lacked = figure(energy.get(key))
        if lacked and wanted and lacked > 0.01 * wanted:
            en = f"{lacked / wanted:.1%} of the demand was not met ({key}): the energy counted is too little."
            zh = f"{lacked / wanted:.1%} 的需求未满足（{key}），所计能耗偏低。"
            said.append(_assume(key, en, zh, lacked, "kWh", "derived"))
    return tuple(said)
