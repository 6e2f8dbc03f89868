"""Device curves of a project reach the kernel; twin describe shows them and the check of the bus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from buildings.systems.device_curves import load_device_curves
from twin.commands.describe import Described, describe_project
from twin.plant import prepare
from twin.project import load

TEXT = """schema: 1
name: p
buildings:
  - name: office
    archetype: office
    era: gb55015-2021
    floor_area: 800 m2
    floors: 2
    pv: [{name: roof, capacity: 20 kWp}]
    battery: {capacity: 40 kWh, power: 20 kW}
    dc_bus:
      interface_capacity: 60 kW
      curves:
        battery: {v: [0.94, 1.04], share: [1, -1]}
    control: {type: droop}
  - name: board
    archetype: office
    era: gb55015-2021
    floor_area: 800 m2
    floors: 2
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("curves") / "p.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def described(project: Path) -> Described:
    return describe_project(project)


def test_curves_reach_the_records_of_the_kernel(project: Path) -> None:
    loaded = load(project)
    records = prepare(loaded.project, loaded.climate).buildings.electrical
    own = load_device_curves(overrides={"battery": {"v": [0.94, 1.04], "share": [1.0, -1.0]}})
    for name in own.dtype.names or ():
        assert np.array_equal(records[0]["curves"][name], own[name]), name
        assert np.array_equal(records[1]["curves"][name], load_device_curves()[name]), name


def test_describe_shows_curves_with_their_source(described: Described) -> None:
    shown = {e.path: e for e in described.entries if ".dc_bus.curves." in e.path}
    assert shown["office.dc_bus.curves.battery"].value == "0.94: 1, 1.04: -1"
    assert shown["office.dc_bus.curves.battery"].source == "as written"
    assert "Han et al. 2023" in shown["office.dc_bus.curves.pv"].source
    assert shown["office.dc_bus.curves.pv"].confidence == "assumed"
    assert not any(path.startswith("board") for path in shown)


def test_describe_checks_a_bus_and_nothing_else(
    described: Described, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(described.bus_checks) == {"office"}
    checks = {c["key"]: c for c in described.as_dict()["bus_checks"]["office"]}
    assert checks["on grid.static_margin"]["passed"]
    assert checks["island.static_margin"]["value"] > 1.0
    assert checks["flat.nobody_there"]["value"] == "0.8-0.85, 0.9-0.94, 1.04-1.05"
    assert checks["hold_up"]["confidence"] == "assumed"
    described.show()
    printed = capsys.readouterr().out
    assert "DC bus of office" in printed
    assert "母线保持时间" in printed
