"""The registry: every indicator has words, formula and source, and a function that says the same."""

from __future__ import annotations

import importlib
import inspect
import math
import re

import numpy as np
import pytest

from twin.judges.factors import data
from twin.judges.kpis.arrays import block_means, mask, power, step_hours, steps_in
from twin.judges.kpis.kpi import Kpi, categories, definition, definitions, known, ratio, undefined
from twin.report.words import CONFIDENCE
from weather.errors import TwinError

ROOMS = (
    "annex82", "boptest", "citylearn", "comfort", "control", "cost_carbon", "dc", "district", "ev", "event",
    "grid", "load_match", "peak", "resilience", "shift", "storage_like",
)  # fmt: skip


def functions() -> dict[str, object]:
    """Public functions of the rooms that return indicators."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"twin.judges.kpis.{room}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and "Kpi" in str(inspect.signature(function).return_annotation):
                found[f"{room}.{name}"] = function
    return found


def test_every_entry_has_words_a_known_category_and_confidence() -> None:
    for key, entry in definitions().items():
        assert entry.category in categories(), key
        assert entry.confidence in CONFIDENCE, key
        assert entry.needs in ("", *data("kpis.yaml")["needs"]), key
        assert entry.formula, key
        assert entry.source, key
        assert entry.label("zh"), key
        assert entry.label("en"), key
    for words in (*data("kpis.yaml")["reasons"].values(), *data("kpis.yaml")["needs"].values()):
        assert words["zh"]
        assert words["en"]


def test_every_entry_is_made_by_a_function_and_every_docstring_names_its_source() -> None:
    text = "\n".join(inspect.getsource(importlib.import_module(f"twin.judges.kpis.{room}")) for room in ROOMS)
    for key in definitions():
        made = f'"{key}"' in text or (key.startswith("response_") and f'"{key[9:]}"' in text)
        made = made or (key.startswith("loss_") and f'"{key[5:]}"' in text)
        made = made or key in ("response_power", "response_intensity", "customer_baseline", "settled_rebound")
        assert made, key  # the last four are the settlement's own figures, read in `headline`
    assert len(functions()) > 45
    for name, function in functions().items():
        doc = inspect.getdoc(function) or ""
        assert re.search(r"Source: ", doc), name
        assert re.search(r"\[[^\]]+\]", doc), f"{name} states no unit"


def test_ours_are_named_as_ours() -> None:
    for key in ("flexibility_degree", "flexibility_degree_flat", "tracking_error", "loss_share"):
        assert "PEDF Twin" in definition(key).source
    assert "no agreed formula" in definition("flexibility_degree").note


def test_an_indicator_has_a_value_or_a_reason() -> None:
    one = known("self_consumption", 0.5, "hint")
    assert one.defined
    assert one.brief() == {"value": 0.5, "unit": "-", "note": "hint"}
    assert (one.formula, one.source, one.unit, one.confidence) == (
        definition("self_consumption").formula,
        definition("self_consumption").source,
        "-",
        "stored:secondary",
    )
    none = undefined("self_consumption", "no_generation")
    assert math.isnan(none.value)
    assert none.brief() == {"value": None, "unit": "-", "reason": "no_generation"}
    assert none.why("zh") == "无光伏发电"
    assert none.as_dict()["value"] is None
    assert ratio("self_consumption", 1.0, 0.0, "no_generation").reason == "no_generation"
    assert isinstance(ratio("self_consumption", 1.0, 4.0, "no_generation"), Kpi)


def test_what_is_no_number_or_unknown_is_refused() -> None:
    for value in (math.nan, math.inf):
        with pytest.raises(TwinError, match="came out"):
            known("self_consumption", value)
    with pytest.raises(TwinError, match="no indicator"):
        known("no_such", 1.0)
    with pytest.raises(TwinError, match="no reason"):
        undefined("self_consumption", "no_such")


@pytest.mark.parametrize(
    "bad", [[], [[1.0]], [1.0, math.nan], [math.inf, 1.0], [1.0, -1.0], [1.0, 2.0, 3.0]], ids=str
)
def test_bad_series_are_refused(bad: list[float]) -> None:
    with pytest.raises(TwinError):
        power("x", bad, like=np.zeros(2), least=0.0)


def test_masks_and_steps_are_checked() -> None:
    with pytest.raises(TwinError, match="booleans"):
        mask("m", [0, 1], np.zeros(2))
    with pytest.raises(TwinError):
        mask("m", [True], np.zeros(2))
    for bad in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(TwinError):
            step_hours(bad)
    assert steps_in(24.0, 0.25) == 96
    assert steps_in(24.0, 1 / 60) == 1440
    with pytest.raises(TwinError, match="whole number"):
        steps_in(1.0, 0.7)


def test_block_means_by_hand() -> None:
    assert block_means(np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 0.125, 0.25).tolist() == [2.0, 6.0, 9.0]
    assert block_means(np.array([1.0, 3.0]), 1.0, 0.25).tolist() == [1.0, 3.0]
