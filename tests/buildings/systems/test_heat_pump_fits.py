"""Dry machines out of certified points: known machines found again, hplib's plane given back, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from buildings.systems.frost import frosted
from buildings.systems.heat_pump_fits import SOURCES, SUPPLIES, dry_input_ratio, without_frost
from buildings.systems.heat_pump_products import hplib_database, load_heat_pump
from buildings.systems.records import read_library
from weather.errors import TwinError

Array = NDArray[np.float64]

LOSSES = (0.10, 0.066)
FACTORS = np.array([frosted(t, t - 1.0, *LOSSES) for t in SOURCES])
PLANE = np.column_stack([np.ones(8), SUPPLIES, SOURCES])
RANGE = ((24.0, 55.0), (-15.0, 15.0))
TABLE = hplib_database()
AIR_MODELS = sorted(set(TABLE[TABLE["Group"].isin([1, 4]) & (TABLE["Model"] != "Generic")]["Model"]))


def plane_through(values: Array) -> Array:
    """hplib's regression."""
    return np.linalg.lstsq(PLANE, values)[0]


def frosted_cop(e: tuple[float, ...]) -> Array:
    """Of a bilinear dry machine at the eight points."""
    output, power = FACTORS.T
    return output / power / (e[0] + e[1] * SUPPLIES + e[2] * SOURCES + e[3] * SUPPLIES * SOURCES)


@pytest.mark.parametrize(
    "known", [(0.07, 0.0065, -0.005, 0.0), (0.05, 0.0075, -0.003, -6e-5), (0.12, 0.005, -0.007, 5e-5)]
)
def test_a_known_machine_is_found_again(known: tuple[float, ...]) -> None:
    cop = frosted_cop(known)
    plane = tuple(plane_through(cop))
    found = dry_input_ratio("known", plane, float(cop[4]), LOSSES, *RANGE)
    assert frosted_cop(found) == pytest.approx(cop, rel=1e-3)
    found = dry_input_ratio("known", plane, 0.0, LOSSES, *RANGE, certified=list(cop))
    assert frosted_cop(found) == pytest.approx(cop, rel=1e-4)


@pytest.mark.parametrize(("of", "column"), [("output", 0), ("input", 1)])
def test_a_dry_plane_frosted_is_the_plane(of: str, column: int) -> None:
    plane = (1.3, -0.011, 0.024)
    dry = without_frost(plane, of, LOSSES)
    again = plane_through(FACTORS[:, column] * (PLANE @ np.array(dry)))
    assert again == pytest.approx(plane)
    assert dry[0] > plane[0]


@pytest.mark.parametrize("model", AIR_MODELS[::13])
def test_any_air_machine_of_hplib_has_a_dry_one(model: str) -> None:
    """It leads to hplib's point A-7/W52 and plane, and better air or cooler water never costs."""
    p = load_heat_pump(f"hplib:{model}", 1e4)
    e = (p["b_0"], p["b_1"], p["b_3"], p["b_5"])
    row: Any = TABLE[TABLE["Model"] == model].iloc[0]
    slopes = [
        e[1] + e[3] * -20.0, e[1] + e[3] * 15.0, -e[2] - e[3] * 24.0, -e[2] - e[3] * 60.0
    ]  # fmt: skip
    assert min(slopes) >= 0.99e-4
    cop = frosted_cop(e)
    if min(slopes) > 1.1e-4 and min(1.0 / cop) > 0.061:
        assert cop[4] == pytest.approx(row["COP_ref"], rel=0.01)
        ours = PLANE @ plane_through(cop)
        names = ("p3_COP [-]", "p2_COP [-]", "p1_COP [-]", "p4_COP [-]")
        c, x, y, z = (float(row[n]) for n in names)
        assert ours == pytest.approx(c + x * SUPPLIES + (y + z) * SOURCES, abs=0.05)


def test_certified_points_are_those_of_hplibs_plane() -> None:
    """Who writes points of another certificate into the library is found out."""
    held = {k: v for k, v in read_library("heat_pumps").items() if "certified_cop" in v}
    assert len(held) >= 3
    for key, values in held.items():
        row = TABLE[TABLE["Model"] == values["hplib"]].iloc[0]
        c, x, y = plane_through(np.array(values["certified_cop"]))
        assert c == pytest.approx(row["p3_COP [-]"], rel=1e-4), key
        assert x == pytest.approx(row["p2_COP [-]"], rel=1e-3), key
        assert y == pytest.approx(row["p1_COP [-]"] + row["p4_COP [-]"], rel=1e-3), key


def test_points_that_no_machine_has_are_refused() -> None:
    with pytest.raises(TwinError, match="eight COPs"):
        dry_input_ratio("short", (7.0, -0.1, 0.1), 2.0, LOSSES, *RANGE, certified=[3.0, 4.0])
    # warmer water for less at A2
    odd = [2.4, 3.3, 4.2, 3.8, 2.46, 3.47, 3.0, 3.6]
    with pytest.raises(TwinError, match="No dry machine"):
        load_heat_pump("hplib:CTC EcoAir 510M 1x230V", 1e4)  # COP of 7.95 at A-7/W52 in the database
    with pytest.raises(TwinError, match="No dry machine"):
        dry_input_ratio("odd", (7.0, -0.1, 0.1), 2.0, LOSSES, *RANGE, certified=odd)
