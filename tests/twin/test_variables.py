"""The registry is complete, consistent and finds what is wrong with a table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import variables
from twin.variables import REGISTRY, SINKS, SOURCES, VARIABLES
from weather.errors import TwinError


def test_every_variable_is_labelled_in_both_languages_and_has_its_own_name() -> None:
    assert sum(len(table) for table in REGISTRY.values()) == len(VARIABLES)
    for v in VARIABLES.values():
        assert re.search(r"[\u4e00-\u9fff]", v.zh), v.name
        assert v.en.isascii(), v.name
        assert v.meaning.endswith("."), v.name
        assert re.fullmatch(r"#[0-9A-F]{6}", v.colour), v.name
        assert v.low < v.high, v.name
        if v.name.endswith("_kw"):
            assert v.unit == "kW", v.name


def test_colours_within_one_stacked_plot_differ() -> None:
    for group in ("end_use", "supply", "storage", "grid"):
        colours = [v.colour for v in variables.in_group(group)]
        assert len(colours) == len(set(colours)), group


def test_labels_carry_their_unit() -> None:
    assert variables.variable("battery_soc").label("zh") == "电池荷电状态 (-)"
    assert variables.variable("grid_import_kw").label() == "Grid import (kW)"


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(TwinError, match=r"gird_import_kw.*grid_import_kw"):
        variables.variable("gird_import_kw")


@given(st.lists(st.floats(0, 1e6), min_size=len(SOURCES) + len(SINKS) - 1, max_size=20))
def test_the_residual_is_zero_exactly_where_sources_equal_sinks(powers: list[float]) -> None:
    names = [*SOURCES[1:], *SINKS]
    row = dict(zip(names, powers, strict=False))
    free = sum(row[n] for n in SINKS) - sum(row[n] for n in SOURCES[1:])
    table = pd.DataFrame([{**row, SOURCES[0]: free}])
    assert abs(variables.board_residual(table)[0]) <= 1e-9 * max(1.0, sum(row.values()))
    table[SOURCES[0]] += 1.0
    assert variables.board_residual(table)[0] == pytest.approx(1.0, abs=1e-8 * max(1.0, sum(row.values())))


@pytest.mark.parametrize(
    ("column", "values", "word"),
    [
        ("pv_kw", [1.0, np.nan], "NaN"),
        ("pv_kw", [1.0, -0.5], "outside"),
        ("pv_kw", [1.0, np.inf], "outside"),
        ("battery_soc", [0.5, 1.2], "outside"),
        ("pv_kw", [1, 2], "instead of a float"),
        ("solar_kw", [1.0, 2.0], "not in the registry"),
        ("temp_air_c", [20.0, 21.0], "not in the registry"),
        ("bus_residual_kw", [0.0, 1.5e-6], "outside"),
    ],
)
def test_faults_are_found(column: str, values: list[float], word: str) -> None:
    found = variables.faults(pd.DataFrame({column: values}), "building")
    assert len(found) == 1
    assert word in found[0]
    assert column in found[0]


def test_sound_tables_pass_with_legal_absence_and_rounding() -> None:
    table = pd.DataFrame({"pv_kw": [0.0, -1e-12], "grid_target_kw": [np.nan, -3.0], "bus_voltage_pu": np.nan})
    assert variables.faults(table, "building") == []
    assert variables.faults(pd.DataFrame({"temp_air": [1.0], "pressure": [101325.0]}), "weather") == []
