"""The envelope (围护结构) against codes: GB 55015-2021, its trade-off, and the codes of existing stock.

Every element is held against its limit by thermal inertia, window-to-wall ratio and side. Where limits are
missed, a trade-off (权衡判断) may still do: the envelope then has to keep the code's minimum, and the
building has to need no more for heating and cooling than the same building with the code's envelope, both
marched (`buildings.standards.trade_off`). Most limits were not read in their text: such verdicts are
`assumed`. Opaque elements have no thermal bridges in the model, so that they may fail but never `pass`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from buildings.description.schema import Era
from buildings.standards.envelope_values import EnvelopeValues, OpaqueValue, WindowValue
from twin.judges.counted_energy import CountedEnergy, Energy, figure
from twin.judges.factors import data, factor, gas_m3
from twin.judges.nearly_zero import weakest
from twin.judges.verdict import Relation, Verdict, hold
from twin.market.assumption import Assumption

_ELEMENTS: Mapping[str, tuple[str, str]] = {
    "wall": ("outer walls", "外墙"),
    "roof": ("roof", "屋面"),
    "exposed_floor": ("exposed floor", "架空或外挑楼板"),
    "inner": ("walls to unconditioned rooms", "分隔非供暖空间的隔墙"),
    "north": ("windows north", "北向外窗"),
    "east": ("windows east", "东向外窗"),
    "south": ("windows south", "南向外窗"),
    "west": ("windows west", "西向外窗"),
    "skylight": ("skylights", "屋顶透光部分"),
}
_OPAQUE = frozenset({"wall", "roof", "exposed_floor", "inner"})
_PLACE: Mapping[str, str] = {"roof": "skylight"}
_SHADED = (
    "shades of the windows are not counted: no factor tells them, so that the value is an upper bound",
    "未计遮阳构件的作用（无遮阳系数），数值为上限",
)
Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Source:
    """Clause, confidence and name of a set of limits."""

    key: str
    clause: str
    clause_zh: str
    confidence: str
    en: str
    zh: str


def envelope_code(
    values: EnvelopeValues, category: str, *, code: Era = "gb55015-2021"
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Hold the envelope of a building against a code.

    Parameters
    ----------
    values : EnvelopeValues
        Of `buildings.standards.envelope_values.envelope_values`.
    category : str
        `public` or `residential`.
    code : str
        `1980s`, `gb50189-2005`, `gb50189-2015` (with JGJ 134 of their time for dwellings), `gb55015-2021`, or
        `nzeb` (recommended by GB/T 51350).

    Returns
    -------
    figures : dict
        Elements with their values, and `missed`: keys of limits that are not met.
    verdicts : tuple of Verdict
        `envelope.<code>.<element>.<u|shgc|shgc_winter>`; for GB 55015 also `envelope.<code>.floor...`, the
        minimum that may not be traded away.
    assumptions : tuple of Assumption
    """
    entry = data("envelope_limits.yaml")["codes"][code]
    verdicts = [*_against(values, code, entry, category, entry[category], "")]
    floor = entry.get("floor", {}).get(category)
    if floor is not None:
        whole = _floor(floor, entry[category])
        verdicts += _against(values, code, entry, category, whole, "floor.")
    figures = {
        "code": code,
        "category": category,
        "opaque": [_plain(value) for value in values.opaque],
        "windows": [_plain(value) for value in values.windows],
        "shape_coefficient": values.shape_coefficient,
        "missed": [v.key for v in verdicts if v.met is False and ".floor." not in v.key],
        "floor_missed": [v.key for v in verdicts if v.met is False and ".floor." in v.key],
    }
    bridges = Assumption(
        "envelope.thermal_bridges",
        "传热系数未计热桥，规范限值为平均传热系数。",
        "U values count no thermal bridges; the limits are means with them.",
        None,
        "W/(m2.K)",
        "the model has no thermal bridges",
        "assumed",
        "模型不含热桥",
    )
    return figures, tuple(verdicts), (bridges,)


def _plain(value: OpaqueValue | WindowValue) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _against(
    values: EnvelopeValues, code: str, entry: Rule, category: str, limits: Rule, prefix: str
) -> Iterator[Verdict]:
    compact = values.shape_coefficient <= float(data("envelope_limits.yaml")["general"]["compact"]["value"])
    words = entry["name_en"], entry["name_zh"]
    source = _Source(
        f"envelope.{code}.{prefix}",
        str(limits["clause"]),
        str(limits["clause_zh"]),
        str(limits["confidence"]),
        *words,
    )
    for value in values.opaque:
        rows = limits.get(value.element)
        if rows is not None:
            row = _row_of([r for r in rows if r.get("compact", compact) == compact], "d", value.d)
            yield _u(source, value.element, value.u_value, row)
        elif value.element in ("wall", "roof", "exposed_floor") and not prefix:
            yield _u(source, value.element, value.u_value, {})
    for window in values.windows:
        place = _PLACE.get(window.side, window.side)
        rows = limits.get("skylight" if place == "skylight" else "windows")
        if rows is None and prefix:
            continue
        fitting = [r for r in rows or () if r.get("compact", compact) == compact]
        yield from _window(source, place, window, _row_of(fitting, "wwr", window.ratio))


def _row_of(rows: list[Rule], name: str, value: float) -> Rule:
    """The first row that holds for a value; empty where none does."""
    for row in rows:
        to, below = row.get(f"{name}_to"), row.get(f"{name}_below")
        if (to is None or value <= to + 1e-9) and (below is None or value < below - 1e-9):
            return row
    return {}


def _floor(floor: Rule, main: Rule) -> Rule:
    """The minimum with what it takes over from the main limits."""
    whole: dict[str, Any] = dict(floor)
    for element in ("roof", "wall"):
        if floor.get(element) == "as_limit":
            # The floor is read, the limit that it names may not be: the weaker of the two is told.
            sure = main["confidence"]
            whole[element] = [{"confidence": sure, **row} for row in main[element]]
    rows = []
    for row in floor["windows"]:
        if row.get("as_limit"):
            same = _row_of(list(main["windows"]), "wwr", row["wwr_to"])
            rows.append({**row, "u": same["u"], "u_confidence": main["confidence"]})
        else:
            rows.append(row)
    whole["windows"] = rows
    return whole


def _u(source: _Source, element: str, value: float, row: Rule) -> Verdict:
    limit = row.get("u")
    confidence = str(row.get("u_confidence", row.get("confidence", source.confidence)))
    if element in _OPAQUE and limit is not None and value <= limit:
        # Without its thermal bridges a wall is better than the mean that the limit is for.
        confidence = weakest(confidence, "assumed")
    return _hold(source, element, "u", ("U", "传热系数", "W/(m²·K)"), value, "<=", limit, confidence)


def _window(source: _Source, place: str, window: WindowValue, row: Rule) -> Iterator[Verdict]:
    yield _u(source, place, window.u_value, row)
    limit = row.get("shgc_north" if place == "north" else "shgc")
    if place in ("east", "west") and "shgc_east_west" in row:
        limit = row["shgc_east_west"]
    confidence = str(row.get("confidence", source.confidence))
    if limit is not None:
        words = ("SHGC with shades", "太阳得热系数（含遮阳）", "-")
        over = window.shaded and window.shgc_summer > limit
        value = None if over else window.shgc_summer
        note = _SHADED if window.shaded else ("", "")
        yield _hold(source, place, "shgc", words, value, "<=", limit, confidence, note)
    if place == "south" and "shgc_south_least" in row:
        words = ("SHGC in winter", "冬季太阳得热系数", "-")
        yield _hold(
            source, place, "shgc_winter", words, window.shgc, ">=", row["shgc_south_least"], confidence
        )


def _hold(
    source: _Source,
    element: str,
    quantity: str,
    words: tuple[str, str, str],
    value: float | None,
    relation: Relation,
    limit: float | None,
    confidence: str,
    note: tuple[str, str] = ("", ""),
) -> Verdict:
    en, zh = _ELEMENTS[element]
    if limit is None:
        note = (f"no limit of {source.en} was found for {en}", f"未找到{source.zh}对{zh}的限值")
        confidence = "missing"
    minimum = (", minimum of the trade-off", "（权衡底线）") if source.key.endswith("floor.") else ("", "")
    return hold(
        f"{source.key}{element}.{quantity}",
        f"{source.zh}：{zh}{words[1]}{minimum[1]}",
        f"{source.en}: {words[0]} of {en}{minimum[0]}",
        value,
        relation,
        limit,
        unit=words[2],
        source=source.clause,
        source_zh=source.clause_zh,
        confidence=confidence,
        note=note[0],
        note_zh=note[1],
    )


# --- the whole: trade-off, energy and carbon ------------------------------------------------------------


def trade_off(design: Energy, reference: Energy) -> Verdict:
    """Compare heating and cooling of the two marches of `buildings.standards.trade_off.trade_off_pair`.

    Parameters
    ----------
    design, reference : mapping
        Figures of `twin.judges.energy.energy`.

    Returns
    -------
    Verdict
        Primary energy of heating, cooling and pumps per floor area [kWh/(m2.a)]; not judged where a figure is
        missing or rooms were left without more than 1 % of their demand.
    """
    rule = data("envelope_limits.yaml")["general"]["trade_off"]
    sides = [_conditioning(energy) for energy in (design, reference)]
    lacking = [f"{name}: {side}" for name, side in zip(("design", "reference"), sides, strict=True)
               if isinstance(side, str)]  # fmt: skip
    value, limit = (side if isinstance(side, float) else None for side in sides)
    names = "; ".join(lacking)
    return hold(
        "envelope.trade_off",
        "权衡判断：设计建筑与参照建筑供暖空调能耗",
        "Trade-off: heating and cooling of the design against the reference building",
        value,
        "<=",
        limit,
        unit="kWh/(m²·a)",
        source=str(rule["clause"]),
        source_zh=str(rule["clause_zh"]),
        confidence=weakest(str(rule["confidence"]), *_primary_confidence()),
        note=f"missing: {names}" if names else "",
        note_zh=f"缺：{names}" if names else "",
    )


def _primary_confidence() -> tuple[str, ...]:
    return tuple(factor(key).confidence for key in ("primary_of_electricity", "primary_of_gas"))


def _conditioning(energy: Energy) -> float | str:
    """Primary energy of heating and cooling per floor area [kWh/m2], or the names of what is missing."""
    uses = energy.get("end_use_kwh")
    table = uses if isinstance(uses, Mapping) else {}
    wanted = {f"end_use_kwh.{key}": table.get(key) for key in ("heating", "cooling", "pumps", "fresh_air")}
    plain = ("gas_kwh", "floor_area_m2", "hours", "space_heating_kwh", "unmet_heating_kwh",
             "sensible_cooling_kwh", "latent_cooling_kwh", "unmet_cooling_kwh")  # fmt: skip
    found = {key: figure(value) for key, value in (wanted | {k: energy.get(k) for k in plain}).items()}
    missing = [key for key, value in found.items() if value is None]
    if missing:
        return ", ".join(missing)
    sure = {key: value for key, value in found.items() if value is not None}
    if sure["hours"] < 8760.0 - 1e-6:
        return "a whole year"
    if sure["floor_area_m2"] == 0.0:
        return "floor_area_m2"
    cold = sure["sensible_cooling_kwh"] + sure["latent_cooling_kwh"]
    for unmet, given in (("unmet_heating_kwh", sure["space_heating_kwh"]), ("unmet_cooling_kwh", cold)):
        if sure[unmet] > 0.01 * (given + sure[unmet]):
            return f"{unmet} above 1 % of the demand"
    power = sum(sure[key] for key in wanted)
    primary = power * factor("primary_of_electricity").value
    primary += gas_m3(sure["gas_kwh"]) * factor("primary_of_gas").value
    return primary / sure["floor_area_m2"]


def general_requirements(
    design: CountedEnergy,
    reference: CountedEnergy | None,
    category: str,
    floor_area_m2: float | None,
    *,
    use: str = "",
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Energy and carbon of a design against the level of 2016 (GB 55015-2021 2.0.1 and 2.0.3).

    Parameters
    ----------
    design, reference : CountedEnergy
        Of `twin.judges.counted_energy`; the reference is the building of GB/T 51350, which stands for the
        level of 2016. None where it was not marched.
    category : str
        `public` or `residential`.
    floor_area_m2 : float or None
    use : str
        Main use, for the mean design energy index of GB 55015-2021 A.0.2; none without it.

    Returns
    -------
    figures : dict
        Carbon of counted end uses per floor area of both [kgCO2/(m2.a)], PV deducted from the design.
    verdicts : tuple of Verdict
        `gb55015.energy_reduction`, `gb55015.carbon_reduction`, `gb55015.carbon_reduction_kg_m2`, and
        `gb55015.design_energy_index` where the use has one.
    assumptions : tuple of Assumption
    """
    area = figure(floor_area_m2) or None
    before = None if reference is None else _carbon(reference, area)
    after = _carbon(design, area)
    old = None if reference is None else reference.primary_kwh
    new = _net_primary(design)
    less = None if before is None or after is None else before - after
    rules = data("envelope_limits.yaml")["general"]
    held = (
        (f"energy_reduction_{category}", "energy_reduction", ("energy", "能耗"), _rate(old, new)),
        ("carbon_reduction", "carbon_reduction", ("carbon intensity", "碳排放强度"), _rate(before, after)),
        ("carbon_reduction_kg_m2", "carbon_reduction_kg_m2", ("carbon intensity", "碳排放强度"), less),
    )
    note = _lacking(design, reference, area)
    verdicts = tuple(
        hold(
            f"gb55015.{key}",
            f"GB 55015-2021：较 2016 年水平的{words[1]}降低",
            f"GB 55015-2021: {words[0]} below the level of 2016",
            value,
            ">=",
            float(rules[rule]["value"]),
            unit=str(rules[rule]["unit"]),
            source=str(rules[rule]["clause"]),
            source_zh=str(rules[rule]["clause_zh"]),
            confidence=weakest(str(rules[rule]["confidence"]), *_primary_confidence()),
            note=f"missing: {note}" if value is None else "",
            note_zh=f"缺：{note}" if value is None else "",
        )
        for rule, key, words, value in held
    )
    stands = Assumption(
        "gb55015.level_of_2016",
        "以 GB/T 51350 的基准建筑代表 2016 年节能标准水平；2.0.3 的要求是新建建筑的平均值。",
        "The reference building of GB/T 51350 stands for the level of 2016; clause 2.0.3 is a mean of new "
        "buildings.",
        None,
        "",
        "GB 55015-2021, not read",
        "gk-verify",
        "《建筑节能与可再生能源利用通用规范》GB 55015-2021（未核对原文）",
    )
    verdicts += tuple(_design_index(design, area, use, note))
    return {"carbon_kg_m2": after, "reference_carbon_kg_m2": before}, verdicts, (stands,)


def _design_index(design: CountedEnergy, area: float | None, use: str, lacking: str) -> Iterator[Verdict]:
    """Counted energy as electricity, PV not deducted, against the mean of new buildings of the use."""
    rule = data("envelope_limits.yaml")["design_energy_index"]
    limits = rule["values"].get(use)
    if limits is None:
        return
    value = limit = None
    if area is not None:
        limit = float(limits[0] if area < rule["area_m2"] else limits[1])
        if design.primary_kwh is not None:
            value = design.primary_kwh / factor("primary_of_electricity").value / area
    yield hold(
        "gb55015.design_energy_index",
        "GB 55015-2021 平均设计能耗水平（折电）",
        "GB 55015-2021: mean design energy as electricity",
        value,
        "<=",
        limit,
        unit=str(rule["unit"]),
        source=str(rule["clause"]),
        source_zh=str(rule["clause_zh"]),
        confidence=weakest(str(rule["confidence"]), *_primary_confidence()),
        note=f"missing: {lacking}" if value is None else "",
        note_zh=f"缺：{lacking}" if value is None else "",
    )


def _rate(before: float | None, after: float | None) -> float | None:
    """Signed reduction [%]."""
    return None if before is None or after is None or before <= 0.0 else 100.0 * (before - after) / before


def _net_primary(counted: CountedEnergy) -> float | None:
    made = counted.renewable_electricity_kwh
    if counted.primary_kwh is None or made is None:
        return None
    return counted.primary_kwh - made * factor("primary_of_electricity").value


def _carbon(counted: CountedEnergy, area: float | None) -> float | None:
    """Carbon of the counted end uses, PV deducted, by the factors of the physical account [kgCO2/m2]."""
    power, gas, made = counted.electricity_kwh, counted.gas_kwh, counted.renewable_electricity_kwh
    if area is None or counted.primary_kwh is None or power is None or gas is None or made is None:
        return None
    kg = (power - made) * factor("electricity_shanghai_2023").value
    return (kg + gas * 3.6e-3 * factor("gas_carbon").value) / area


def _lacking(design: CountedEnergy, reference: CountedEnergy | None, area: float | None) -> str:
    names = list(design.missing)
    names += ["the march of the reference building"] if reference is None else []
    names += [f"reference: {name}" for name in reference.missing] if reference is not None else []
    return "; ".join([*names, *(["floor_area_m2"] if area is None else [])]) or "energy above nought"
