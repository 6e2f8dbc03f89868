"""`twin bench` at small size: its structure and that figures are figures; no time is asserted."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

TWIN = str(Path(sys.executable).with_name("twin"))
COUNTS = (1, 100)
FIGURES = ("cpu_s", "cpu_ms_per_zone_year", "ns_per_zone_step", "arrays_mb")
FACTS = (
    "prepare_one_building_s",
    "first_coupled_march_with_compilation_or_cache_s",
    "twin_help_s",
    "installed_mb",
    "peak_memory_mb",
)


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    """What `twin bench` says for 1 and 100 zones."""
    done = subprocess.run(
        [TWIN, "bench", "--zones", ",".join(map(str, COUNTS)), "--no-energyplus", "--json"],
        capture_output=True, text=True, check=True, timeout=580,
    )  # fmt: skip
    content: dict[str, Any] = json.loads(done.stdout)
    return content


@pytest.mark.long
def test_every_march_is_timed_for_every_number_of_zones(bench: dict[str, Any]) -> None:
    whole = [row for row in bench["rows"] if row["march"] == "buildings with every system"]
    assert [row["steps"] for row in whole] == [35040, 96]
    assert whole[1]["zones"] == 1000 * whole[0]["zones"]
    rows = [row for row in bench["rows"] if row not in whole]
    marches = {row["march"] for row in rows}
    assert {name.partition(",")[0] for name in marches} == {"thermal", "coupled buildings"}
    assert len(rows) == len(COUNTS) * len(marches)
    assert all(row["steps"] >= 672 for row in rows)
    for row in bench["rows"]:
        assert row["zones"] >= 1
        for figure in FIGURES:
            assert math.isfinite(row[figure])
            assert row[figure] > 0.0


@pytest.mark.long
def test_figures_of_a_row_agree(bench: dict[str, Any]) -> None:
    for row in bench["rows"]:
        per_step = 1e9 * row["cpu_s"] / row["steps"] / row["zones"]
        assert row["ns_per_zone_step"] == pytest.approx(per_step, rel=1e-9)
        assert row["cpu_ms_per_zone_year"] == pytest.approx(per_step * 35040 * 1e-6, rel=1e-9)


@pytest.mark.long
def test_facts_are_there(bench: dict[str, Any]) -> None:
    assert set(FACTS) <= set(bench["facts"])
    for fact in FACTS:
        assert bench["facts"][fact] > 0.0


@pytest.mark.long
def test_ratios_are_shown(bench: dict[str, Any], figure: Callable[[str], None]) -> None:
    """Zones marched together should cost less each: printed, not asserted."""
    by_march: dict[str, list[dict[str, Any]]] = {}
    for row in bench["rows"]:
        by_march.setdefault(row["march"], []).append(row)
    for name, rows in by_march.items():
        assert [row["zones"] for row in rows] == sorted(row["zones"] for row in rows)
        for few, many in pairwise(rows):
            ratio = few["cpu_ms_per_zone_year"] / many["cpu_ms_per_zone_year"]
            assert ratio > 0.0
            figure(
                f"{name}: {few['zones']} zones {few['cpu_ms_per_zone_year']:.3f} ms, {many['zones']} zones "
                f"{many['cpu_ms_per_zone_year']:.3f} ms per zone-year: {ratio:.1f} times cheaper together"
            )


@pytest.mark.long
def test_energyplus_is_timed_beside_the_fast_engine(figure: Callable[[str], None]) -> None:
    """One room: the row's figures agree with each other; the ratio is printed and not asserted."""
    from twin.commands.bench_engines import VARIANTS, engine_ratios

    (row,) = engine_ratios(("box_heavy",))
    assert row["zones"] == 1
    reference, fresh = row["energyplus_cpu_s"], row["fresh_process_cpu_s"]
    parts = [row[f"{part}_cpu_s"] for part in ("describe", "prepare", "march")]
    each = row[f"one_of_{VARIANTS}_variants_march_cpu_s"]
    assert min(reference, fresh, each, *parts) > 0.0
    assert row["ratio_one_building"] == pytest.approx(reference / sum(parts))
    assert row["ratio_its_march"] == pytest.approx(reference / parts[2])
    assert row["ratio_fresh_process"] == pytest.approx(reference / fresh)
    assert row["ratio_variant"] == pytest.approx(reference / each)
    figure(f"EnergyPlus : fast engine, one room: {row}")
