"""What a study tells as plain data: its measures, its packages, its levels, and what it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import Slot
from twin.crew import Package
from twin.judges.nearly_zero import LEVELS, LevelKey
from twin.retrofit.choice import LEVEL_WORDS
from twin.retrofit.front import non_dominated
from twin.retrofit.levels import Found, how_sure, why_missed
from twin.retrofit.tried import Tried


def told_measures(slots: Sequence[Slot], library: MeasureLibrary) -> list[dict[str, Any]]:
    """Measures of the slots, those that do not apply with the reason."""
    return [
        {
            "key": key,
            "slot": slot.key,
            "slot_en": slot.name_en,
            "slot_zh": slot.name_zh,
            "group": library[key].group,
            "name_en": library[key].name_en,
            "name_zh": library[key].name_zh,
            "note_en": library[key].note_en,
            "note_zh": library[key].note_zh,
            "fields": list(library[key].fields),
            "applies": key in slot.options,
            "reason_en": slot.left_out.get(key, ("", ""))[0],
            "reason_zh": slot.left_out.get(key, ("", ""))[1],
        }
        for slot in slots
        for key in (*slot.options, *slot.left_out)
    ]


def told_packages(tried: Tried, names: dict[Package, str]) -> list[dict[str, Any]]:
    """All packages that were rated, and which of them nothing beats."""
    rated = list(tried.rated.values())
    front = non_dominated([one.objectives for one in rated])
    plain = non_dominated([one.objectives[:2] for one in rated])
    return [
        {
            "id": names[one.package],
            "keys": list(one.package),
            "eui": one.figures["energy"]["eui_electric_kwh_m2"],
            "primary_kwh_m2": one.primary_kwh_m2 if one.primary_kwh_m2 == one.primary_kwh_m2 else None,
            "cost_cny": one.economics.capital_cny,
            "npv_cny": one.economics.npv_cny,
            "carbon_t": one.carbon_t,
            "unmet_h": one.figures["unmet_hours"],
            "level": one.standard.level,
            "front": bool(front[i]),
            "front_cost_carbon": bool(plain[i]),
        }
        for i, one in enumerate(rated)
    ]


def told_levels(levels: Mapping[LevelKey, Found], names: dict[Package, str]) -> list[dict[str, Any]]:
    """Levels of GB/T 51350: what reaches each, or what the nearest lacks."""
    rows = []
    for level in LEVELS:
        found, (en, zh) = levels[level], LEVEL_WORDS[level]
        nearest = None if found.nearest is None else names.get(found.nearest)
        why_en, why_zh = why_missed(found, nearest or "?") if found.cheapest is None else ("", "")
        said_en, said_zh = ("", "") if found.cheapest is None else how_sure(found)
        rows.append(
            {
                "level": level,
                "name_en": en,
                "name_zh": zh,
                "standard": "GB/T 51350-2019",
                "id": None if found.cheapest is None else names[found.cheapest.package],
                "nearest": nearest,
                "missed": [verdict.as_dict() for verdict in found.missed],
                "why_en": why_en,
                "why_zh": why_zh,
                "said_en": said_en,
                "said_zh": said_zh,
                "judged": found.judged,
                "expected_cny": found.expected_cny,
            }
        )
    return rows


def versions() -> dict[str, str]:
    """Versions of the program and of what it computes with."""
    import importlib.metadata

    names = ("pedf-twin", "numpy", "numba", "pandas", "pvlib", "pymoo", "distributed")
    return {name: importlib.metadata.version(name) for name in names}
