"""`twin run --engine energyplus`: EnergyPlus' zones, our systems, one Run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from buildings.description.loading import parse_project
from buildings.energyplus import ZoneYear
from twin.energyplus_run import given_loads
from twin.given_loads import HEATING_IN, LACK_HEATING_IN, LATENT_IN, SENSIBLE_IN, TEMP_IN
from twin.outcome import OUTCOME_COLUMNS
from twin.plant import prepare
from twin.project import Loaded, engine_named, simulate
from twin.store import Run, RunStore
from twin.variables import faults
from weather import load_weather
from weather.errors import TwinError

HALL: dict[str, Any] = {
    "name": "hall",
    "era": "gb50189-2015",
    "zones": [
        {"name": "hall", "floor_area": 200, "height": 3, "use": "office"},
        {"name": "cell", "floor_area": 20, "height": 3, "use": "office", "multiplier": 3},
    ],
    "glazings": {"pane": {"u_value": 2.2, "shgc": 0.45, "coating": "low_e"}},
    "surfaces": [
        {"name": "f1", "zone": "hall", "kind": "floor", "area": 200, "construction": "ground_slab",
         "boundary": "ground"},
        {"name": "f2", "zone": "cell", "kind": "floor", "area": 20, "construction": "ground_slab",
         "boundary": "ground"},
        {"name": "south", "zone": "hall", "kind": "wall", "area": 60, "azimuth": 180,
         "construction": "partition_brick", "windows": [{"name": "g", "area": 20, "glazing": "pane"}]},
        {"name": "north", "zone": "cell", "kind": "wall", "area": 12, "azimuth": 0,
         "construction": "partition_brick"},
    ],
    "hvac": {"type": "vrf"},
    "pv": [{"name": "roof", "capacity": "8 kWp", "tilt": 10}],
    "battery": {"capacity": "40 kWh", "power": "20 kW"},
    "dc_bus": {"modules": 2},
    "control": {"type": "droop", "precool": 1},
}  # fmt: skip


def loaded(**keys: Any) -> Loaded:
    text = yaml.safe_dump({"schema": 1, "name": "hall", "timestep": 30, "buildings": [HALL], **keys})
    return Loaded(parse_project(text), load_weather("shanghai", seed=0, year=2025))


@pytest.fixture(scope="module")
def both() -> tuple[Run, Run]:
    """The hall under both engines."""
    return simulate(loaded()), simulate(loaded(), engine="energyplus")


@pytest.mark.long
def test_the_same_run_with_all_its_columns(both: tuple[Run, Run]) -> None:
    fast, reference = both
    assert reference.manifest["engine"] == "energyplus"
    assert list(reference.series["hall"].columns) == list(fast.series["hall"].columns)
    assert list(reference.zones["hall"].columns) == list(fast.zones["hall"].columns)
    assert reference.series["hall"].index.equals(fast.series["hall"].index)
    assert set(reference.summary) == set(fast.summary)
    zones = reference.zones["hall"]
    assert [fault for name in zones.columns.unique(0) for fault in faults(zones[name], "zone")] == []


@pytest.mark.long
def test_loads_come_from_energyplus_and_power_from_our_systems(both: tuple[Run, Run]) -> None:
    fast, reference = both
    ours, theirs = fast.series["hall"], reference.series["hall"]
    for column in ("space_heating_kw", "sensible_cooling_kw", "latent_cooling_kw", "cooling_kw"):
        assert not np.allclose(ours[column], theirs[column], atol=1e-6)
        assert float(theirs[column].sum()) == pytest.approx(float(ours[column].sum()), rel=0.25)
    # What does not depend on the zones is the same to the last digit.
    np.testing.assert_array_equal(ours["lighting_kw"], theirs["lighting_kw"])
    zones = reference.zones["hall"]
    sensible = zones[("hall", "sensible_kw")] + 3.0 * zones[("cell", "sensible_kw")]
    served = theirs["space_heating_kw"] - theirs["sensible_cooling_kw"]
    assert float(np.abs(sensible - served).quantile(0.95)) < 1e-6


@pytest.mark.long
def test_balances_that_are_not_ours_are_not_claimed(both: tuple[Run, Run], tmp_path: Path) -> None:
    _, reference = both
    names = set(reference.summary["residuals"])
    assert {"hall.power", "hall.bus", "hall.battery"} <= names
    assert not any("zone" in name for name in names)
    assert "EnergyPlus" in reference.manifest["energyplus"]["balances"]
    assert reference.manifest["energyplus"]["cpu_s"] > 0.0
    known = {a["key"] for a in reference.summary["assumptions"]}
    assert {"engine.energyplus.feedback", "engine.energyplus.coil"} <= known
    RunStore(tmp_path).save(reference, "hall")
    opened = RunStore(tmp_path).open("hall")
    np.testing.assert_allclose(opened.series["hall"], reference.series["hall"], equal_nan=True)


def test_given_loads_count_zones_with_their_multipliers() -> None:
    plant = prepare(loaded().project, loaded().climate)
    n, times = plant.n_steps, plant.weather.times
    import pandas as pd

    def table(hall: float, cell: float) -> pd.DataFrame:
        return pd.DataFrame({"hall": np.full(n, hall), "cell": np.full(n, cell)}, times)

    year = ZoneYear(
        ("hall", "cell"), table(20.0, 26.0), table(20.0, 26.0), table(0.007, 0.007),
        table(1000.0, -200.0), table(0.0, 50.0), table(1500.0, -200.0), (), 1.0,
    )  # fmt: skip
    loads = given_loads(plant, [year])
    assert loads.shape == (n, 1, 7)
    found = loads[0, 0]
    assert found[HEATING_IN] == 1000.0
    assert found[SENSIBLE_IN] == 600.0
    assert found[LATENT_IN] == 150.0
    assert found[LACK_HEATING_IN] == 500.0
    # By volume: 600 m3 at 20 degC, 3 x 60 m3 at 26 degC.
    assert found[TEMP_IN] == pytest.approx((600 * 20 + 180 * 26) / 780)
    assert "space_heating_kw" in OUTCOME_COLUMNS


def test_engines_by_name() -> None:
    assert engine_named("energyplus") == "energyplus"
    with pytest.raises(TwinError, match="warp"):
        engine_named("warp")


def _engines(parent: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "energyplus.worker" in line]


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.long
def test_a_run_that_the_user_cancels_leaves_nothing(tmp_path: Path) -> None:
    project = tmp_path / "hall.yaml"
    project.write_text(
        yaml.safe_dump({"schema": 1, "name": "hall", "timestep": 5, "buildings": [HALL]}), encoding="utf-8"
    )
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; sys.argv[0] = 'twin'\nfrom twin.cli import main\nmain()\n"
    )
    out = tmp_path / "runs"
    caller = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(project), "--engine", "energyplus", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    for _ in range(2400):
        engines = _engines(caller.pid)
        if engines or caller.poll() is not None:
            break
        time.sleep(0.1)
    assert engines, caller.communicate()
    time.sleep(1.0)
    caller.send_signal(signal.SIGINT)
    _, words = caller.communicate(timeout=120)
    assert caller.returncode == 130
    assert "interrupted" in words
    assert "Traceback" not in words
    assert not any(_alive(pid) for pid in engines)
    assert not out.exists() or not list(out.iterdir())
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("pedf-twin")] == []


@pytest.mark.long
def test_a_building_that_energyplus_refuses_is_named(tmp_path: Path) -> None:
    """Twelve layers are more than EnergyPlus takes."""
    layer = {"conductivity": 1.0, "density": 1000.0, "specific_heat": 900.0, "thickness": 0.02}
    hall = {**HALL, "constructions": {"many": {"layers": [layer] * 13}}}
    hall["surfaces"] = [
        {**s, "construction": "many"} if s["name"] == "south" else s for s in HALL["surfaces"]
    ]
    text = json.dumps({"schema": 1, "name": "hall", "timestep": 30, "buildings": [hall]})
    given = Loaded(parse_project(text), load_weather("shanghai", seed=0, year=2025))
    with pytest.raises(TwinError) as caught:
        simulate(given, engine="energyplus")
    assert "hall" in str(caught.value)
    assert "many" in str(caught.value)
