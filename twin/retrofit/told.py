"""What a study tells as plain data: its measures, its packages, its levels, and what it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import Slot
from twin.crew import Package
from twin.judges.nearly_zero import LEVELS, LevelKey
from twin.project import Loaded
from twin.retrofit.choice import LEVEL_WORDS
from twin.retrofit.final import Standard
from twin.retrofit.front import non_dominated
from twin.retrofit.levels import Found, how_sure, why_missed
from twin.retrofit.tried import Tried

SCHEMA = 1


def told_study(
    loaded: Loaded,
    tried: Tried,
    names: dict[Package, str],
    levels: Mapping[LevelKey, Found],
    states: Sequence[dict[str, Any]],
    standard: Standard,
    measures: list[dict[str, Any]],
    method: Mapping[str, Any],
) -> dict[str, Any]:
    """A study as it is stored: the first state is the building as it is; lists that not every study has are
    empty."""
    project, climate = loaded.project, loaded.climate
    building = project.buildings[0]
    return {
        "schema": SCHEMA,
        "title_en": project.name,
        "title_zh": project.name_zh or project.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "project_file": loaded.path.name if loaded.path else "",
        "building": {
            "name": building.name,
            "use": tried.rated[()].figures["use"],
            "era": building.era,
            "floor_area_m2": tried.before.floor_area_m2,
            "floors": getattr(building, "floors", None),
        },
        "weather": {"name": climate.name, "source": climate.source, "year": project.year},
        "counts": {},
        "measures": measures,
        "baseline": states[0],
        "chosen": states[1:],
        "packages": [],
        "levels": told_levels(levels, names),
        "abatement": [],
        "pilot": None,
        "crosscheck": [],
        "method": dict(method),
        "reference": [one.as_dict() for one in standard.reference.derivation],
    }


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
