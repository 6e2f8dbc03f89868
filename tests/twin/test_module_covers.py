"""Walls and roofs behind modules through a Shanghai year, against the same surfaces bare."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from buildings.systems.photovoltaics import PvArray, module_heat
from buildings.thermal.kernel import march
from buildings.thermal.layout import COOL_J, FACE_IN, FACE_OUT, N_TOTALS, scratch
from twin.plant import prepare_zones

Floats = NDArray[np.float64]
ON = {
    "bare": None,
    "attached": {"capacity": 8.2, "mounting": "facade_unventilated", "surface": "south"},
    "half": {"capacity": 4.1, "mounting": "facade_unventilated", "surface": "south"},
    "gap": {"capacity": 8.2, "mounting": "facade_ventilated", "surface": "south"},
    "rack": {"capacity": 40.9, "mounting": "roof_open_rack", "surface": "roof"},
    "flush": {"capacity": 41.0, "mounting": "roof_close", "surface": "roof"},
}
"""Modules of 205 W/m2 on all 40 m2 of opaque south wall, half of it, or all 200 m2 of roof."""


class Year:
    """Outer and inner face temperatures by surface, the series behind them, and cooling [kWh]."""

    def __init__(self, marches: ModuleType, array: dict[str, Any] | None) -> None:
        hall = marches.hall()
        dark = {"solar_absorptance_outside": 0.9, "emissivity_outside": 0.84, "roughness": "very_smooth"}
        hall["constructions"]["wall"] |= dark
        hall["pv"] = [] if array is None else [{"name": "a", **array}]
        zones = prepare_zones(marches.project_of(hall), marches.shanghai())
        self.zones, self.surfaces = zones, zones.thermals[0].enclosed.enclosure.surfaces
        names = [s.name for s in self.surfaces]
        g, row, lane = zones.place(0)["hall"]
        totals = np.zeros((len(zones.batch.rows), N_TOTALS, *zones.batch.zone.shape[1::2]))
        work, faces = scratch(zones.batch), []
        for k in range(zones.n_steps):
            march(
                zones.batch, zones.state, zones.forcing, zones.weather_table, k, k + 1, zones.dt_s, work,
                totals, np.zeros((0,) * 5),
            )  # fmt: skip
            faces.append(zones.state.face[g, row, : len(names), [FACE_OUT, FACE_IN], lane].copy())
        found = np.array(faces)
        self.outer = {name: found[:, 0, f] for f, name in enumerate(names)}
        self.inner = {name: found[:, 1, f] for f, name in enumerate(names)}
        self.cooling = float(totals[:, COOL_J].sum() / 3.6e6)
        self.hours: pd.DatetimeIndex = zones.weather.times

    def noon(self, name: str) -> float:
        """Mean outer face at noon in June to September."""
        return self._at(name, 12)

    def night(self, name: str) -> float:
        return self._at(name, 4)

    def _at(self, name: str, hour: int) -> float:
        when = (self.hours.hour == hour) & (self.hours.month >= 6) & (self.hours.month <= 9)
        return float(self.outer[name][when].mean())

    def gain(self, name: str) -> float:
        """Inward difference over the surface in June to September, days that gain only [K d]."""
        summer = (self.hours.month >= 6) & (self.hours.month <= 9)
        daily = (self.outer[name] - self.inner[name])[summer].reshape(-1, 24).mean(axis=1)
        return float(daily[daily > 0.0].sum())


@pytest.fixture(scope="module")
def year(marches: ModuleType) -> Callable[[str], Year]:
    return cache(lambda name: Year(marches, ON[name]))


@pytest.mark.long
def test_the_face_behind_attached_modules_absorbs_what_they_leave(year: Callable[[str], Year]) -> None:
    """The series that the march reads is the sun less reflection and electricity, and nothing else."""
    attached = year("attached")
    behind = next(s for s in attached.surfaces if s.heat is not None)
    assert behind.heat is not None
    array = PvArray(8.2, 90.0, mounting="facade_unventilated")
    left = module_heat(array, attached.zones.weather, 180.0, 0.2)
    assert attached.zones.table.series(behind.heat) == pytest.approx(
        left.sun - left.reflected - left.electricity
    )
    assert behind.area == pytest.approx(40.0)


@pytest.mark.long
def test_a_wall_is_cooler_by_the_electricity_and_cooler_still_behind_a_gap(
    year: Callable[[str], Year],
) -> None:
    """Bare dark wall, then attached modules, then a ventilated gap, which outdoor air bounds from below."""
    bare, attached, gap = year("bare"), year("attached"), year("gap")
    out = bare.zones.weather.temp_air
    summer = (bare.hours.hour == 12) & (bare.hours.month >= 6) & (bare.hours.month <= 9)
    temp_out = float((0.5 * (out[1:] + out[:-1]))[summer].mean())
    dark, clad, vented = bare.noon("south"), attached.noon("south behind a"), gap.noon("south behind a")
    assert dark > clad + 2.0 > vented + 6.0 > temp_out + 6.0
    assert bare.cooling > attached.cooling > gap.cooling
    # At night attached glass sees the sky as the dark wall does; what a gap hides from it stays warmer.
    assert attached.night("south behind a") == pytest.approx(bare.night("south"), abs=0.2)
    assert gap.night("south behind a") > bare.night("south") + 0.5


@pytest.mark.long
def test_the_face_under_attached_modules_is_about_as_warm_as_their_cells(
    year: Callable[[str], Year],
) -> None:
    """Two models of one thing: PVsyst's insulated back (15 W/(m2 K)) and the films of the engine.

    Measured in sun: cells 2.7 K over the face, 4.9 K scatter.
    """
    attached = year("attached")
    array = PvArray(8.2, 90.0, mounting="facade_unventilated")
    cells = module_heat(array, attached.zones.weather, 180.0, 0.2)
    sunny = cells.sun > 400.0
    apart = (cells.cell_temp_c - attached.outer["south behind a"])[sunny]
    assert abs(apart.mean()) < 5.0


@pytest.mark.long
def test_half_a_wall_behind_modules_is_half_of_the_effect(year: Callable[[str], Year]) -> None:
    bare, half, whole = year("bare"), year("half"), year("attached")
    assert [s.area for s in half.surfaces if s.name.startswith("south")] == pytest.approx([20.0, 20.0])
    assert bare.cooling - half.cooling == pytest.approx(0.5 * (bare.cooling - whole.cooling), rel=0.1)
    assert half.noon("south") == pytest.approx(bare.noon("south"), abs=0.3)


@pytest.mark.long
def test_a_roof_under_a_rack_gains_less_than_under_flush_modules_and_holds_heat_at_night(
    year: Callable[[str], Year],
) -> None:
    """Dominguez, Kleissl and Luvall, Solar Energy 85, 2011: tilted modules shade a roof better than flush
    ones, its cooling load falls by 38 %, and at night modules keep it warmer. Theirs covered part of a roof;
    here all of a dark one is covered, and its gain falls by 79 % under a rack and by 46 % under flush ones.
    """
    bare, rack, flush = year("bare"), year("rack"), year("flush")
    open_, close = (1.0 - y.gain("roof behind a") / bare.gain("roof") for y in (rack, flush))
    assert 1.0 > open_ > close > 0.38
    assert rack.night("roof behind a") > bare.night("roof") + 1.0
