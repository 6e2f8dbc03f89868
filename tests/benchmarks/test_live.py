"""Time of the live twin's step, printed and not asserted; the march of its members beside it."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.resources import as_file, files

import numpy as np
import pytest

from twin.live.ensemble import Ensemble
from twin.live.filter import Filter
from twin.project import load

STEPS, WARM, DAY, MEMBERS = 300, 10, 195, 40
METERS = ("net_import_kw", "pv_kw", "hvac_kw", "battery_soc", "temp_air", "relative_humidity", "ghi")


@pytest.mark.long
def test_a_step_of_the_filter(figure: Callable[[str], None]) -> None:
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_office_pedf.yaml")
    ensemble = Ensemble(loaded, DAY, members=MEMBERS, minutes=1, seed=0)
    rooms = [f"{zone}/{kind}" for zone in ensemble.zones for kind in ("temp_air_c", "relative_humidity_pct")]
    made = Filter(ensemble, (*rooms, *METERS))
    row = np.array([27.0, 60.0] * len(ensemble.zones) + [100.0, 0.0, 20.0, 0.5, 27.0, 70.0, 0.0])
    for _ in range(WARM):
        made.step(row)
    begin = time.process_time()
    for _ in range(STEPS):
        told = made.step(row)
    whole = time.process_time() - begin
    begin = time.process_time()
    for _ in range(STEPS):
        ensemble.stage.march()
    march = time.process_time() - begin
    assert np.isfinite(told.mean).all()
    figure(
        f"{len(ensemble.zones)} zones, {MEMBERS} members, {len(made.points)} sensors: "
        f"{1e3 * whole / STEPS:.1f} ms a step of the filter, of which {1e3 * march / STEPS:.1f} ms march"
    )
