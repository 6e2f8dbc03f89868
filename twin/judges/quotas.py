"""A year against the quotas of its class: GB/T 51161-2016, Shanghai's DB31 guides, and households.

Which class a building belongs to, its owner knows. Without it the usual class of the use stands in where the
data name one (then the verdict is `assumed`); else a quota is not judged, and the classes that there are get
named. Electricity is that of the building's own end uses, without vehicles, PV not deducted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.judges.counted_energy import Energy, figure
from twin.judges.factors import data, factor, gas_m3
from twin.judges.nearly_zero import weakest
from twin.judges.verdict import Verdict, hold
from weather.errors import TwinError

_KINDS = (("constraint", "constraint value", "约束值"), ("guide", "guide value", "引导值"))
_HOURS = 8760.0


def quotas(
    energy: Energy, use: str, *, classes: Mapping[str, str] | None = None, households: float | None = None
) -> tuple[dict[str, Any], tuple[Verdict, ...]]:
    """Hold a year against the quotas of its use and class.

    Parameters
    ----------
    energy : mapping
        Figures of `twin.judges.energy.energy`.
    use : str
        Main use, as of `twin.judges.subject.Subject`.
    classes : mapping, optional
        Class of the building by standard, as its owner gives it:
        ``{"gbt51161": "commercial_b", "db31": "commercial_1"}``.
    households : float, optional
        Number of households of a dwelling block.

    Returns
    -------
    figures : dict
        `classes` that the standards have for the use, and the `band` of the surveyed stock.
    verdicts : tuple of Verdict
        `benchmark.<standard>.<constraint|guide>`, of dwellings `benchmark.household.<electricity|gas>`.

    Raises
    ------
    TwinError
        A standard or class that there is not; a class of another use is not judged and told.
    """
    content, given = data("energy_quotas.yaml"), dict(classes or {})
    unknown = sorted(set(given) - set(content["standards"]))
    if unknown:
        raise TwinError(
            f"there are no quotas {unknown[0]!r}.",
            f"Known: {', '.join(content['standards'])}.",
            key=f"classes.{unknown[0]}",
        )
    verdicts: list[Verdict] = []
    known: dict[str, dict[str, str]] = {}
    for key, standard in content["standards"].items():
        table = standard["uses"].get(use, {})
        known[key] = {name: str(row["en"]) for name, row in table.items()}
        usual = given.get(key) is None
        chosen = given.get(key, standard.get("usual_class", {}).get(use))
        everywhere = [name for rows in standard["uses"].values() for name in rows]
        if chosen is not None and chosen not in everywhere:
            raise TwinError(
                f"{standard['name_en']} has no class {chosen!r}.",
                f"Of the use {use!r} it has: {', '.join(table) or 'none'}.",
                key=f"classes.{key}",
            )
        verdicts += [_held(energy, key, standard, table, chosen, kind, usual=usual) for kind in _KINDS]
    if use == "residential":
        verdicts += _households(energy, content["household"], households)
    return {"classes": known, "band": _band(content["bands"], use)}, tuple(verdicts)


def _band(bands: Mapping[str, Any], use: str) -> dict[str, Any] | None:
    values = bands["values"].get(use)
    if values is None:
        return None
    return {"low": values[0], "high": values[1], "source": bands["source"], "confidence": bands["confidence"]}


def _held(
    energy: Energy,
    key: str,
    standard: Mapping[str, Any],
    table: Mapping[str, Any],
    chosen: str | None,
    kind: tuple[str, str, str],
    *,
    usual: bool,
) -> Verdict:
    """One value of one standard, not judged without a class; `usual` where nobody said that it is this."""
    row: Mapping[str, Any] = table.get(chosen or "", {})
    value, missing = _intensity(energy, standard["basis"], row) if row else (None, [])
    note = note_zh = ""
    if not table:
        note, note_zh = "no quota of this use was found", "未找到此类建筑的指标"
    elif not row and chosen is not None:
        note = f"the class {chosen} is of another use than the building's; of its own: {', '.join(table)}"
        note_zh = f"类别 {chosen} 不属于该建筑用途；可选：{'、'.join(table)}"
    elif not row:
        note = f"the class of the building is not known (standards.quota_classes.{key}): {', '.join(table)}"
        listed = "、".join(f"{name}（{r['zh']}）" for name, r in table.items())
        note_zh = f"建筑类别未知（standards.quota_classes.{key}），可选：{listed}"
    elif missing:
        note, note_zh = f"missing: {', '.join(missing)}", f"缺：{'、'.join(missing)}"
    elif row.get(kind[0]) is None:
        note, note_zh = f"no {kind[1]} of this class was found", f"未找到该类别的{kind[2]}"
    elif standard["basis"] == "electric_equivalent" and (figure(energy.get("gas_kwh")) or 0.0) > 0.0:
        note, note_zh = "gas as electricity by primary energy (assumed)", "燃气按一次能源折算为电（假定）"
    elif usual:
        note, note_zh = "the class of the building is assumed", "建筑类别为假定"
    confidence = str(row.get("confidence", standard["confidence"])) if row else "missing"
    if row and usual:
        confidence = weakest(confidence, "assumed")
    named = f" ({row['en']})" if row else ""
    named_zh = f"（{row['zh']}）" if row else ""
    return hold(
        f"benchmark.{key}.{kind[0]}",
        f"{standard['name_zh']}{kind[2]}{named_zh}",
        f"{standard['name_en']}, {kind[1]}{named}",
        value,
        "<=",
        None if row.get(kind[0]) is None else float(row[kind[0]]),
        unit=str(standard["unit"]),
        source=str(row.get("source", standard["source"])),
        source_zh=str(row.get("source_zh", standard["source_zh"])),
        confidence=confidence,
        note=note,
        note_zh=note_zh,
    )


def _year(energy: Energy, *keys: str) -> tuple[dict[str, float], list[str]]:
    """Figures of a whole year, and the names of those that are missing."""
    found = {key: figure(energy.get(key)) for key in (*keys, "hours")}
    missing = [key for key, value in found.items() if value is None]
    hours = found["hours"]
    if hours is not None and hours < _HOURS - 1e-6:
        missing.append("a whole year")
    return {key: value for key, value in found.items() if value is not None}, missing


def _intensity(energy: Energy, basis: str, row: Mapping[str, Any]) -> tuple[float | None, list[str]]:
    """Energy per floor area in the unit of a standard."""
    found, missing = _year(energy, "electricity_kwh", "gas_kwh", "floor_area_m2")
    if not missing and found["floor_area_m2"] == 0.0:
        missing.append("floor_area_m2")
    if missing:
        return None, missing
    volume = gas_m3(found["gas_kwh"])
    if basis == "coal":
        used = found["electricity_kwh"] * float(row["coal_of_electricity"])
        used += volume * factor("coal_of_gas").value
    else:
        per_m3 = factor("primary_of_gas").value / factor("primary_of_electricity").value
        used = found["electricity_kwh"] + volume * per_m3
    return used / found["floor_area_m2"], []


def _households(energy: Energy, rules: Mapping[str, Any], number: float | None) -> list[Verdict]:
    """Electricity and gas per household."""
    found, missing = _year(energy, "electricity_kwh", "gas_kwh")
    count = figure(number) or None
    if count is None:
        missing.append("the number of households")
    used: dict[str, float | None] = {"electricity": None, "gas": None}
    if not missing and count is not None:
        used = {"electricity": found["electricity_kwh"] / count, "gas": gas_m3(found["gas_kwh"]) / count}
    words = {
        "electricity": ("electricity per household", "每户用电"),
        "gas": ("gas per household", "每户用气"),
    }
    return [
        hold(
            f"benchmark.household.{key}",
            f"GB/T 51161-2016 {words[key][1]}约束值（三口之家）",
            f"GB/T 51161-2016, {words[key][0]} of three",
            used[key],
            "<=",
            float(rule["value"]),
            unit=str(rule["unit"]),
            source=str(rule["source"]),
            source_zh=str(rule["source_zh"]),
            # Whether households are of three is not known.
            confidence=weakest(str(rule["confidence"]), "assumed"),
            note=f"missing: {', '.join(missing)}" if missing else "households of three are assumed",
            note_zh=f"缺：{'、'.join(missing)}" if missing else "假定每户三人",
        )
        for key, rule in rules.items()
    ]
