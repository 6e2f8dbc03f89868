"""Device curves in a project: what is written reaches the bus; what makes it ambiguous is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from buildings.description.loading import read_project
from buildings.description.schema import Project
from buildings.systems.device_curves import load_device_curves
from weather.errors import TwinError

TEXT = """schema: 1
name: p
buildings:
  - name: office
    archetype: office
    era: gb55015-2021
    floor_area: 5000 m2
    floors: 5
    dc_bus:
      curves:
"""


def _read(tmp_path: Path, curves: str) -> Project:
    path = tmp_path / "p.yaml"
    path.write_text(TEXT + "".join(f"        {line}\n" for line in curves.splitlines()), encoding="utf-8")
    return read_project(path)


def test_what_is_written_replaces_the_library(tmp_path: Path) -> None:
    project = _read(
        tmp_path, "base: han_2023\nbattery: {v: [94 %, 1.04], share: [1, -100 %]}\nev_urgency_shift: 0.02"
    )
    bus = project.buildings[0].dc_bus
    assert bus is not None
    curves = load_device_curves(bus.curves.base, bus.curves.overrides())
    for v in np.linspace(0.7, 1.2, 51):
        at = np.interp(v, curves["battery_v"], curves["battery_share"])
        assert at == pytest.approx(np.interp(v, [0.94, 1.04], [1.0, -1.0]))
    assert curves["ev_urgency_shift"] == 0.02
    own = load_device_curves("han_2023")
    assert (curves["lighting_share"] == own["lighting_share"]).all()
    assert (own["lighting_share"] != load_device_curves()["lighting_share"]).any()


@pytest.mark.parametrize(
    ("curves", "key", "words"),
    [
        ("battery: {v: [0.92, 0.99], share: [-1, 1]}", ".battery", "slopes the wrong way"),
        ("lighting: {v: [0.8, 0.9], share: [1, 0.5]}", ".lighting", "slopes the wrong way"),
        ("battery: {v: [0.92, 0.9], share: [1, -1]}", ".battery", "do not rise"),
        ("battery: {v: [0.92, 0.99, 1.0], share: [1, -1]}", ".battery", "3 voltages and 2 shares"),
        ("pv: {v: [1.05, 1.06, 1.07], share: [1, 0.5, 0]}", ".pv", "2 to 2 points"),
        ("pv: {v: [1.05, 1.07], share: [1, -0.5]}", ".pv", "from 0 to 1"),
        ("pv: {v: [1.05, 1.07], share: [3, 0]}", ".pv.share[0]", "out of range"),
        ("base: mine", ".base", "default, han_2023"),
        ("base: han_2023\npv: {v: [1.03, 1.06], share: [1, 0]}", "", "PV over 1.03, 1.06"),
        ("hvac_over: {v: [1.04, 1.07], share: [1, 0.5]}", ".hvac_over", "fall over the same two voltages"),
        ("hvac_over: {v: [1.05, 1.07], share: [0.9, 0.5]}", ".hvac_over", "Start it at 1"),
        (
            "base: han_2023\nbattery: {v: [0.92, 1.06], share: [1, -1]}",
            ".battery",
            "does not charge in full at 1.05",
        ),
        ("base: han_2023\nev: {v: [1.04, 1.07], share: [-1, 1]}", ".ev", "above 0"),
        ("ev: {v: [1.0, 1.06], share: [0, 1]}", ".ev", "above 0 at 1 p.u."),
        ("ev_urgency_shift: 1", ".ev_urgency_shift", "at most 0.3"),
        ("pump: {v: [1.03, 1.06], share: [1, 0]}", ".pump", "interface, lighting, pv"),
    ],
)
def test_curves_that_leave_the_bus_no_single_voltage_are_refused(
    tmp_path: Path, curves: str, key: str, words: str
) -> None:
    with pytest.raises(TwinError) as raised:
        _read(tmp_path, curves)
    error = raised.value
    assert error.key == f"buildings[0].dc_bus.curves{key}"
    assert error.file == str(tmp_path / "p.yaml")
    assert error.line is not None
    assert words in str(error)
