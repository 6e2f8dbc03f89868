"""Keys of data that reach a page have words in both languages."""

from __future__ import annotations

from typing import get_args

import pytest

from buildings.description.schema import Era
from buildings.systems.records import read_library
from twin.judges.verdict import hold
from twin.market.tariff import tariff_keys
from twin.report.words import ERAS, battery_name, plant_name, tariff_name, unit_in


def _chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def test_plants_and_tariffs_have_names() -> None:
    for key in read_library("hvac_equipment"):
        assert _chinese(plant_name(key, "zh"))
        assert plant_name(key, "en") != key
        assert plant_name(key, "en").isascii()
    for key in read_library("batteries"):
        assert _chinese(battery_name(key, "zh"))
        assert battery_name(key, "en") != key
    assert battery_name("own cells", "en") == "own cells"
    for key in tariff_keys():
        assert _chinese(tariff_name(key, "zh"))
        assert tariff_name(key, "en") != key
    assert plant_name("own machine", "zh") == "own machine"
    assert tariff_name("own_tariff", "en") == "own_tariff"


def test_every_era_has_a_name() -> None:
    assert set(ERAS) == set(get_args(Era))


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ("kgCO2/kWh", "kgCO₂/kWh", "kgCO₂/kWh"),
        ("CNY/(kW·month)", "元/(kW·月)", "CNY/(kW·month)"),
        ("W/(m2.K)", "W/(m².K)", "W/(m².K)"),
        ("degC", "°C", "°C"),
    ],
)
def test_units_as_printed(unit: str, zh: str, en: str) -> None:
    assert (unit_in(unit, "zh"), unit_in(unit, "en")) == (zh, en)


def test_a_verdict_says_what_is_missing_in_both_languages() -> None:
    said = hold("k", "甲", "a", None, "<=", 1.0, unit="h", source="s", confidence="derived")
    assert (said.note, said.note_zh) == ("the value is missing", "缺数值")
    kept = hold("k", "甲", "a", 0.5, "<=", 1.0, unit="h", source="s", confidence="derived", note_zh="注")
    assert kept.note_zh == "注"
