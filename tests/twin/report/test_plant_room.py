"""The plant room on the page: flows that close with the Run's books, a table of the year, words for both."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.commands.remarks import remarks
from twin.report.figures import sections
from twin.report.page import page
from twin.report.plant_flows import (
    BOARD,
    ELECTRICITY,
    GAS,
    HOT_WATER,
    LEFT,
    LOST,
    REJECTED,
    RIGHT,
    ROOMS,
    SPACE_HEAT,
    STEAM,
    Flow,
    Node,
    books_of,
    flows_of,
    makers,
    plant_rooms,
)
from twin.report.plant_room import drawn_flows, plant_sankey
from twin.report.plant_table import plant_line, plant_table, unmet_sentences
from twin.report.plant_words import ENDS, SERVES, mwh, shortened
from twin.report.style import LANGUAGES
from twin.store import Run

HOSTILE = "</script><img src=x onerror=alert(1)> %{y}"


def _row(name: str, kind: str, serves: str, energy: dict[str, float], **links: str) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "serves": serves, "size": links.pop("size", "10 kW"),
        "product": {"name_zh": "产品 45 ℃", "name_en": "product 45 degC"}, "energy_kwh": energy,
        "hours_outside_curves": 1.75, **{key: links.get(key) for key in ("feeds", "heats", "source")},
    }  # fmt: skip


ROWS = [
    _row("ice", "ice_storage", "chilled_water", {"chilled_water": 40.0, "ambient": -30.0, "stored": -10.0}),
    _row("chiller", "chiller", "chilled_water",
         {"electricity": -200.0, "chilled_water": -600.0, "ambient": 800.0}),
    _row("chiller", "chiller", "chilled_water",
         {"electricity": -150.0, "chilled_water": -400.0, "ambient": 550.0}, feeds="ice"),
    _row("field", "borefield", "source", {"electricity": -5.0, "source": -95.0, "stored": 100.0}),
    _row("pump", "heat_pump", "space_heat",
         {"electricity": -25.0, "space_heat": 100.0, "source": -80.0, "ambient": 5.0}, source="field"),
    _row("pump", "heat_pump", "chilled_water",
         {"electricity": -35.0, "chilled_water": -140.0, "source": 175.0}, source="field"),
    _row("tank", "stratified_tank", "hot_water", {"hot_water": -20.0, "ambient": 25.0, "stored": -5.0}),
    _row("burner", "boiler", "hot_water", {"gas": -500.0, "electricity": -1.0, "hot_water": 470.0,
                                           "ambient": 31.0}, feeds="tank"),
    _row("stack", "fuel_cell", "electricity", {"electricity": 50.0, "hydrogen": -100.0, "hot_water": 30.0,
                                               "ambient": 20.0}, heats="tank"),
]  # fmt: skip
"""A year in kWh, made up so that the books of every row close."""


def _between(flows: list[Flow], source: Node, target: Node) -> float:
    return sum(f.kwh for f in flows if (f.source, f.target) == (source, target))


def _gain(flows: list[Flow], node: Node) -> float:
    return sum(f.kwh for f in flows if f.target == node) - sum(f.kwh for f in flows if f.source == node)


# --- flows ----------------------------------------------------------------------------------------------


def test_links_are_those_of_the_rows_with_cold_as_the_heat_that_it_takes() -> None:
    flows = flows_of(ROWS)
    chiller, ice = ("chiller", "chilled_water"), ("ice", "chilled_water")
    assert _between(flows, ROOMS, chiller) == 600.0
    assert _between(flows, ice, chiller) == 400.0
    assert _between(flows, ROOMS, ice) == 360.0  # 400 brought, less what leaked in and what was kept
    assert _between(flows, chiller, REJECTED) == 1350.0
    field = ("field", "source")
    assert _between(flows, field, ("pump", "space_heat")) == 80.0
    assert _between(flows, ("pump", "chilled_water"), field) == 175.0
    assert _between(flows, ("tank", "hot_water"), HOT_WATER) == 480.0  # 500 brought
    assert _between(flows, ("stack", "electricity"), BOARD) == 50.0
    assert _between(flows, ("", "hydrogen"), ("stack", "electricity")) == 100.0
    assert all(flow.kwh > 0.0 for flow in flows)


def test_stores_gave_what_was_brought_less_what_they_lost_and_kept() -> None:
    given_by = {(b.name, b.serves): b.given() for b in books_of(ROWS)}
    assert given_by["ice", "chilled_water"] == 360.0
    assert given_by["tank", "hot_water"] == 480.0
    assert given_by["field", "source"] == 80.0
    assert given_by["chiller", "chilled_water"] == 1000.0
    assert makers(ROWS, "hot_water") == {"burner": 470.0, "stack": 30.0}


def test_every_row_of_a_marched_year_passes_on_what_it_gets(plant_run: Run) -> None:
    rows = plant_rooms(plant_run)["hall"]
    flows = flows_of(rows)
    inner = {node for f in flows for node in (f.source, f.target)} - {*LEFT, *RIGHT}
    assert inner >= {("ice", "chilled_water"), ("field", "source"), ("bottles", "hydrogen")}
    size = sum(f.kwh for f in flows)
    for node in inner:
        assert abs(_gain(flows, node)) < 1e-9 * size, node


def test_ends_of_a_marched_year_are_the_books_and_the_series(plant_run: Run) -> None:
    rows, series = plant_rooms(plant_run)["hall"], plant_run.series["hall"]
    flows = flows_of(rows)
    for carrier, end, made in (("electricity", ELECTRICITY, BOARD), ("gas", GAS, None)):
        net = sum(row["energy_kwh"].get(carrier, 0.0) for row in rows)
        assert _gain(flows, end) + (_gain(flows, made) if made else 0.0) == pytest.approx(net, rel=1e-12)
    assert -_gain(flows, GAS) == pytest.approx(series["gas_kw"].sum(), rel=1e-9)
    # What the plant room gave to rooms, and hvac the rest.
    assert 0.0 < _gain(flows, SPACE_HEAT) <= series["space_heating_kw"].sum() * (1 + 1e-9)
    cooling = series["sensible_cooling_kw"].sum() + series["latent_cooling_kw"].sum()
    assert 0.0 < -_gain(flows, ROOMS) <= cooling * (1 + 1e-9)
    assert _gain(flows, STEAM) == pytest.approx(
        sum(row["energy_kwh"].get("steam", 0.0) for row in rows), rel=1e-12
    )
    assert _gain(flows, LOST) > 0.0


@given(
    st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e5), st.floats(-1e4, 1e4),
    st.sampled_from(["hot_water", "chilled_water"]),
)  # fmt: skip
def test_a_store_closes_whatever_it_is_fed(
    first: float, second: float, lost: float, kept: float, carrier: str
) -> None:
    sign = -1.0 if carrier == "chilled_water" else 1.0
    rows = [
        _row(
            "s", "phase_change_store", carrier,
            {carrier: -sign * lost - kept, "ambient": sign * lost, "stored": kept},
        ),
        *(
            _row(n, "heat_pump", carrier, {carrier: sign * kwh, "ambient": -sign * kwh}, feeds="s")
            for n, kwh in (("a", first), ("b", second))
        ),
    ]  # fmt: skip
    flows = flows_of(rows)
    for node in (("s", carrier), ("a", carrier), ("b", carrier)):
        assert abs(_gain(flows, node)) < 1e-6


# --- figure ---------------------------------------------------------------------------------------------


def test_the_figure_draws_the_flows_and_says_what_it_leaves_out(plant_run: Run) -> None:
    flows = flows_of(plant_rooms(plant_run)["hall"])
    drawn, limit = drawn_flows(flows)
    assert sum(f.kwh for f in flows) - sum(f.kwh for f in drawn) <= limit * (len(flows) - len(drawn))
    for language in LANGUAGES:
        figure = plant_sankey(plant_run, "hall", language)
        trace = figure.data[0]
        assert sum(trace.link.value) == pytest.approx(1e-3 * sum(f.kwh for f in drawn), rel=1e-12)
        assert all(0.0 < x < 1.0 for x in (*trace.node.x, *trace.node.y))
        assert len(set(zip(trace.node.x, trace.node.y, strict=True))) == len(trace.node.label)
        hover = [*trace.node.customdata, *trace.link.customdata]
        assert all("MWh" in words for words in hover)
        assert not re.search(r"\d\.\d{3}|e[+-]\d", " ".join((*hover, *trace.node.label)))
        assert f"{mwh(limit)} MWh" in figure.layout.meta["note"]
        names = {t.name for t in figure.data[1:]}
        assert names == {
            "zh": {"电", "燃气", "氢", "热", "供冷取走的热", "太阳、空气、地层与余热", "损失与排热"},
            "en": {"electricity", "gas", "hydrogen", "heat", "heat taken by cooling",
                   "sun, air, ground, waste heat", "lost or rejected"},
        }[language]  # fmt: skip


def test_nodes_of_a_column_keep_room_for_their_labels(plant_run: Run) -> None:
    figure = plant_sankey(plant_run, "hall", "en")
    node, plot = figure.data[0].node, figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    for x in set(node.x):
        column = sorted(y for at, y in zip(node.x, node.y, strict=True) if at == x)
        assert all(b - a > 26 / plot for a, b in itertools.pairwise(column))


@given(st.floats(-1e9, 1e9))
def test_energies_have_no_silly_digits(kwh: float) -> None:
    text = mwh(kwh)
    digits = text.strip("−<").replace(",", "")
    assert len(digits.partition(".")[2]) <= 2
    if not text.startswith("<"):
        assert float(digits) == pytest.approx(abs(kwh) / 1000.0, rel=0.06, abs=0.005)
        assert len(digits.replace(".", "").lstrip("0")) <= max(3, math.ceil(math.log10(abs(kwh) / 999 + 1)))


def test_names_are_cut_to_what_fits() -> None:
    assert shortened("ground pump") == "ground pump"
    assert shortened("a" * 40) == "a" * 24 + "…"
    assert shortened("热" * 40) == "热" * 12 + "…"


# --- table and words ------------------------------------------------------------------------------------


def _stated(run: Run, rows: list[dict[str, Any]]) -> Run:
    return dataclasses.replace(run, summary={**run.summary, "plant_rooms": {"hall": rows}})


def test_the_table_gives_output_over_input_and_what_stores_lost(plain_run: Run) -> None:
    rows = [
        {**row, "energy_kwh": {c: 1e3 * v for c, v in row["energy_kwh"].items()}}
        for row in copy.deepcopy(ROWS)
    ]
    rows[0]["size"] = "900 kWh"
    table = plant_table(_stated(plain_run, rows), "hall", "en")
    found = {
        (row[0].text, row[0].small.split(":")[0]): dict(zip(table.head, row, strict=True))
        for row in table.rows
    }
    ratio, hours = "COP or efficiency over the year", "Full-load hours (h)"
    chiller = found["chiller", "cooling"]
    assert chiller[ratio].text == f"{1000 / 350:.2f}"
    assert chiller["Output (MWh)"].text == "1,000"
    assert chiller["Electricity (MWh)"].text == "350"
    assert chiller[hours].text == "100,000"  # 1,000 MWh of 10 kW
    assert chiller["Outside curves (h)"].text == "3.5"
    assert found["pump", "heating"][ratio].text == "4.00"
    assert found["pump", "heating"]["From other equipment (MWh)"].text == "80.0"
    assert found["burner", "hot water"][ratio].text == "94 %"
    assert found["burner", "hot water"]["Gas (MWh)"].text == "500"
    stack = found["stack", "electricity"]
    assert (stack[ratio].text, stack[ratio].small) == ("50 %", "80 % with heat")
    assert stack["Output (MWh)"].small == "and heat 30.0"
    ice = found["ice", "cooling"]
    assert ice[ratio].text == f"{100 * 360 / 390:.1f} %"
    assert ice[hours].small == "400 full cycles"
    assert (ice["Lost by stores (MWh)"].text, ice["Lost by stores (MWh)"].small) == ("30.0", "kept 10.0")
    assert found["field", "source"]["Lost by stores (MWh)"].small == "kept 100"
    assert found["tank", "hot water"][ratio].text == f"{100 * 480 / 505:.1f}".removesuffix(".0") + " %"


def test_the_table_speaks_both_languages_with_the_products_of_the_library(plant_run: Run) -> None:
    zh, en = (plant_table(plant_run, "hall", language) for language in LANGUAGES)
    assert zh.head[:3] == ("设备", "规格", "输出 (MWh)")
    assert len(zh.head) == len(en.head)
    assert len(zh.rows) == len(en.rows) == 12  # the ground pump heats and cools
    for a, b in zip(zh.rows, en.rows, strict=True):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in a[0].small)
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in b[0].small)
        assert len(a[0].small) > 4
    assert not any("degC" in cell.small or "℃" in cell.small for row in (*zh.rows, *en.rows) for cell in row)
    assert set(ENDS) >= {key for _, key in (*LEFT, *RIGHT)}
    assert {row["serves"] for row in plant_rooms(plant_run)["hall"]} <= set(SERVES)


def test_what_was_not_met_is_said_and_nothing_where_all_was(plant_run: Run) -> None:
    none = plant_run.series["hall"].assign(unmet_hot_water_kw=0.0, unmet_steam_kw=0.0)
    full = dataclasses.replace(plant_run, series={"hall": none})
    assert unmet_sentences(full, "hall", "en") == []
    some = none.copy()
    some.loc[some.index[:30], "unmet_hot_water_kw"] = 100.0
    short = dataclasses.replace(plant_run, series={"hall": some})
    assert unmet_sentences(short, "hall", "en") == ["Not met: 3.0 MWh of hot water, in 30 hours."]
    assert unmet_sentences(short, "hall", "zh") == ["未满足的生活热水：3.0 MWh，30 小时。"]
    assert "Not met: 3.0 MWh of hot water" in plant_line(short, "hall", "en")
    assert plant_table(short, "hall", "en").words[-1].startswith("Not met")


def test_shares_of_what_was_used_name_the_air_conditioning(plant_run: Run) -> None:
    words = plant_table(plant_run, "hall", "en").words
    hot = next(w for w in words if w.startswith("Hot water"))
    assert "burner" in hot
    assert "sun" in hot
    cooled = plant_run.series["hall"].assign(sensible_cooling_kw=10.0, latent_cooling_kw=0.0)
    more = plant_table(dataclasses.replace(plant_run, series={"hall": cooled}), "hall", "zh").words
    assert any(w.startswith("房间供冷") and "空调系统 87 %" in w for w in more)


def test_twin_run_says_one_line(plant_run: Run, plain_run: Run) -> None:
    (line,) = (one for one in remarks([plain_run, plant_run], "en") if not one.startswith("Codes"))
    assert line.startswith("Plant room: hall with a plant room: hall: Hot water")
    assert "COP over the year: " in line
    assert "\n" not in line
    (line,) = (one for one in remarks([plain_run, plant_run], "zh") if not one.startswith("规范"))
    assert line.startswith("机房：hall with a plant room：hall：生活热水")
    assert "全年 COP：" in line
    assert line.endswith("。")


# --- page -----------------------------------------------------------------------------------------------


def test_the_section_stands_where_there_is_a_plant_room_and_nowhere_else(
    plant_run: Run, plain_run: Run
) -> None:
    assert "plant_room" not in [s.key for s in sections([plain_run], "en")]
    both = next(s for s in sections([plain_run, plant_run], "en") if s.key == "plant_room")
    assert len(both.figures) == len(both.tables) == 1
    assert both.choices == ()
    two = next(s for s in sections([plant_run, plant_run], "zh") if s.key == "plant_room")
    assert len(two.choices) == len(two.figures) == len(two.tables) == 2
    text = page([plant_run, plant_run])
    assert text.count('<table class="plant"') == 4
    for words in ("机房", "Plant room", "全年 COP 或效率", "满负荷小时"):
        assert words in text
    assert text.count('<div data-panel="0" hidden>') == 2


def test_a_plant_room_that_stood_still_has_no_section(plain_run: Run) -> None:
    idle = _stated(plain_run, [_row("burner", "boiler", "hot_water", {})])
    assert "plant_room" not in [s.key for s in sections([idle], "en")]
    assert plant_line(idle, "hall", "en") == "nothing to tell of hot water and machines."


def test_hostile_names_of_equipment_stay_words(plant_run: Run) -> None:
    rows = json.loads(json.dumps(plant_rooms(plant_run)["hall"]).replace('"hot water"', json.dumps(HOSTILE)))
    text = page([_stated(plant_run, rows)], "en")
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text
