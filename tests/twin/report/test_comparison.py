"""The comparison table: every cell with its unit, differences to the first, dashes where nothing is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from twin.report.comparison import NONE, comparison_rows
from twin.store import Run
from twin.variables import END_USES
from weather.errors import TwinError


def _rows(*runs: Run, language: Any = "en") -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in comparison_rows(runs, language)}


def test_cells_are_the_judges_figures_with_their_units(plain_run: Run, small_run: Run) -> None:
    rows = _rows(plain_run, small_run)
    judged = [run.summary["buildings"]["hall"] for run in (plain_run, small_run)]
    for k, one in enumerate(judged):
        energy = one["energy"]
        assert rows["eui_electric"]["cells"][k]["value"] == pytest.approx(energy["eui_electric_kwh_m2"])
        assert rows["peak"]["cells"][k]["value"] == pytest.approx(energy["peak_import_kw"])
        assert rows["cost_total"]["cells"][k]["value"] == pytest.approx(one["cost"]["total_cny"] / 1000)
        assert rows["carbon"]["cells"][k]["value"] == pytest.approx(
            one["carbon"]["physical"]["total_kg"] / 1000
        )
    assert rows["self_consumption"]["cells"][1]["value"] == pytest.approx(
        100 * judged[1]["energy"]["self_consumption"]
    )
    assert rows["self_sufficiency"]["cells"][1]["value"] == pytest.approx(
        100 * judged[1]["energy"]["self_sufficiency"]
    )
    uses = [rows.get(f"eui_{name.removesuffix('_kw')}") for name in END_USES]
    assert sum(row["cells"][1]["value"] for row in uses if row) == pytest.approx(
        rows["eui_electric"]["cells"][1]["value"]
    )


def test_every_cell_carries_its_unit_or_a_dash(plain_run: Run, small_run: Run) -> None:
    for language in ("zh", "en"):
        for row in _rows(plain_run, small_run, language=language).values():
            for cell in row["cells"]:
                if cell["value"] is None:
                    assert cell["text"] == NONE
                elif row["unit"] != "-":
                    assert cell["text"].endswith(row["unit"])


def test_differences_are_to_the_first(plain_run: Run, small_run: Run) -> None:
    rows = _rows(plain_run, small_run)
    for row in rows.values():
        first, second = row["cells"]
        assert first["difference"] is None
        if first["value"] is None or second["value"] is None or row["key"] == "residual":
            assert second["difference"] is None
            assert second["difference_text"] == ""
        else:
            assert second["difference"] == pytest.approx(second["value"] - first["value"])
    assert rows["eui_equipment"]["cells"][1]["difference_text"] == "±0"
    assert rows["self_consumption"]["cells"][0]["text"] == NONE  # no PV is not a share of zero
    assert rows["dr_delivered"]["cells"][0]["text"] == NONE


def test_rows_that_nobody_needs_are_left_out(plain_run: Run) -> None:
    rows = _rows(plain_run)
    assert "dr_delivered" not in rows
    assert "eui_gas" not in rows
    assert "residual" in rows


def test_the_residual_is_the_largest_of_all_balances(small_run: Run) -> None:
    books = {"a": 2e-7, "b": {"relative": -5e-7}}
    worse = dataclasses.replace(small_run, summary={**small_run.summary, "residuals": books})
    assert _rows(worse)["residual"]["cells"][0]["value"] == pytest.approx(5e-7)


def test_a_run_that_nobody_judged_is_refused(plain_run: Run) -> None:
    with pytest.raises(TwinError, match="no judgement"):
        comparison_rows([dataclasses.replace(plain_run, summary={})], "en")
