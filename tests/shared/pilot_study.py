"""A small study.json by hand, and a pilot block that says everything."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import Any

from buildings.description.loading import read_project
from buildings.description.schema import Project

FULL_FACTS: dict[str, Any] = {
    "applicant": "Example Property Ltd",
    "applicant_zh": "示例置业有限公司",
    "type": "building",
    "location": "central_city",
    "gross_floor_area": 26_000,
    "period": {"start": 2027, "years": 3},
    "planned": [
        {"item": "M1", "text": "A ledger and a yearly review", "text_zh": "台账与年度评估"},
        "N4",
    ],
    "basis": {
        "advantage": {"text": "A landmark of the quarter", "text_zh": "片区标志性建筑"},
        "accounting": {"text": "Sub-metered since 2015", "text_zh": "2015 年起分项计量"},
        "leading_body": {"text": "The owner's board", "text_zh": "业主董事会"},
        "working_body": {"text": "The energy office", "text_zh": "能源管理办公室"},
    },
}
"""Nothing is missing but the plan's adoption."""


def office(example: str = "shanghai_office_2005", **pilot: Any) -> Project:
    """A bundled office with a pilot block."""
    with as_file(files("twin") / "examples") as folder:
        project = read_project(folder / f"{example}.yaml")
    plain = json.loads(project.model_dump_json(by_alias=True, exclude_none=True))
    return Project.model_validate({**plain, "pilot": pilot} if pilot else plain)


def small_study() -> dict[str, Any]:
    """Two packages on the 2005 office; emissions 1,000 t before, 700 and 400 t after."""
    return {
        "schema": 1,
        "building": {"name": "office", "use": "office", "floor_area_m2": 20_000.0, "floors": 10},
        "measures": [
            _measure("wall_eps_150", "envelope", "外墙保温 150 mm", "Wall insulation 150 mm", ["C2"]),
            _measure("pv_roof", "electric", "屋顶光伏", "Roof PV", ["E1"]),
            _measure("green_roof", "green", "屋顶绿化", "Green roof", ["S1"]),
            _measure("led", "light", "LED 照明", "LED light", ["C2"]),
        ],
        "baseline": _state("baseline", [], 1_000.0, 720.0, "office-as-it-is"),
        "chosen": [
            _state("p0001", ["led", "wall_eps_150"], 700.0, 500.0, "office-p0001"),
            _state("p0002", ["led", "wall_eps_150", "pv_roof", "green_roof"], 400.0, 290.0, "office-p0002"),
        ],
    }


def _measure(key: str, group: str, zh: str, en: str, fields: list[str]) -> dict[str, Any]:
    names = {"name_zh": zh, "name_en": en}
    return {"key": key, "slot": key, "group": group, **names, "applies": True, "fields": fields}


def _state(name: str, keys: list[str], carbon_t: float, ets_t: float, run: str) -> dict[str, Any]:
    bill = (
        ("wall_eps_150", "外墙保温", "wall insulation", 5_200.0, "m2"),
        ("pv_roof", "光伏组件", "PV modules", 200.0, "kWp"),
        ("green_roof", "种植屋面", "planted roof", 800.0, "m2"),
    )
    names = ("measure", "item_zh", "item_en", "quantity", "unit")
    lines = [{"building": "office", **dict(zip(names, row, strict=True))} for row in bill if row[0] in keys]
    money = {
        "capital_cny": 4_560_000.0, "saving_cny": 510_000.0, "npv_cny": -123_456.0, "irr": None,
        "simple_payback_a": 8.94, "discounted_payback_a": None, "cost_per_tonne_cny": 612.0,
        "capital_by_measure_cny": dict.fromkeys(keys, 1140000.0),
    }  # fmt: skip
    return {
        "id": name,
        "keys": keys,
        "run": run,
        "figures": {
            "carbon_t": carbon_t, "carbon_ets_t": ets_t, "eui_electric_kwh_m2": carbon_t / 11.0,
            "primary_kwh_m2": carbon_t / 5.0, "peak_kw": carbon_t, "total_cny": 1_500.0 * carbon_t,
        },
        "energy": {"pv_kwh": 210_000.0 if "pv_roof" in keys else 0.0, "grid_import_kwh": 1_743.0 * carbon_t},
        "lines": lines,
        "economics": money if keys else None,
        "ranges": {"npv_cny": {"p10": -900_000.0, "p50": -123_456.0, "p90": 700_000.0}} if keys else None,
    }  # fmt: skip
