"""What the model page says of values and plant: in Chinese as far as the catalogues go, names untouched."""

from __future__ import annotations

import re
from importlib.resources import as_file, files
from string import Formatter

import pytest
import yaml

from buildings.description.describe import describe
from buildings.description.loading import read_project
from dashboards.pages.model import spoken

_SPOKEN = re.compile("[\u4e00-\u9fff]")
_CITED = re.compile(r"GB|JGJ|ASHRAE")


def _catalogue(package: str, path: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = yaml.safe_load((files(package) / "locales" / path).read_text("utf-8"))
    return found


@pytest.mark.parametrize("example", ["shanghai_office_pedf", "shanghai_house", "shanghai_all_systems"])
def test_every_source_of_a_description_is_said_in_chinese(example: str) -> None:
    with as_file(files("twin") / "examples" / f"{example}.yaml") as path:
        entries = describe(read_project(path))
    assert len(entries) > 20
    english = {
        e.source
        for e in entries
        if not _SPOKEN.search(spoken.source(e.source, "zh")) and not _CITED.match(e.source)
    }
    assert english == set()
    assert all(spoken.source(e.source, "en") == e.source for e in entries)


def test_a_diagram_keeps_the_names_that_people_gave() -> None:
    lines = (
        "grid ══ AC board ══ [afe_median x4, autosize] ══ DC bus 750 V\n"
        "DC bus 750 V ── [dcdc_good] ── PV roof 270 kWp\n"
        "DC bus 750 V ── [dcdc_good] ── battery lfp 400 kWh 200 kW, container\n"
        "night chiller (chiller) ── chilled_water ──▶ [ice], consumers\n"
        "end uses ── hot_water: plant room, cooking: gas_wok"
    )
    assert spoken.diagram(lines, "zh") == (
        "电网 ══ 交流配电盘 ══ [afe_median x4, 自动选型] ══ 直流母线 750 V\n"
        "直流母线 750 V ── [dcdc_good] ── 光伏 roof 270 kWp\n"
        "直流母线 750 V ── [dcdc_good] ── 电池 lfp 400 kWh 200 kW, 集装箱\n"
        "night chiller (chiller) ── 冷冻水 ──▶ [ice], 末端\n"
        "其他用能 ── 热水：机房, 炊事：gas_wok"
    )
    assert spoken.diagram(lines, "en") == lines


def test_the_year_of_a_source_stays() -> None:
    assert spoken.source("an inner zone has no facade (2026)", "zh") == "内区没有外立面（2026）"
    assert spoken.source("Some Book (2008)", "zh") == "Some Book (2008)"
    assert spoken.confidence("gk-verify", "zh") == "常识，待核实"


@pytest.mark.parametrize(
    ("package", "path"),
    [
        ("buildings", "sources/description.yaml"),
        ("buildings", "plant/diagram.yaml"),
        ("twin", "sources/describe.yaml"),
    ],
)
def test_both_languages_have_the_same_places(package: str, path: str) -> None:
    rows = _catalogue(package, path)
    assert len({row["en"] for row in rows}) == len(rows)
    for row in rows:
        places = [
            {place for _, place, _, _ in Formatter().parse(text) if place is not None}
            for text in row.values()
        ]
        assert places[0] == places[1], row
        assert _SPOKEN.search(row["zh"]) or _CITED.match(row["en"]), row
