"""Runs that the tests of reports and pages share: a small hall marched through the built-in year."""

from __future__ import annotations

import fcntl
import os
import textwrap
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

from buildings.description.loading import parse_project
from twin.project import Loaded, simulate
from twin.store import Run
from weather import load_weather

# A kernel compiles on its first call, which no deadline should count. CI draws the same examples every time,
# so that its verdict is of the change and not of the dice; elsewhere they are drawn anew.
# How fast examples are made says more of what else the machine does than of them.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("developer", parent=_PATIENT)
settings.register_profile("ci", parent=_PATIENT, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

_KERNELS = Path(__file__).with_name(".kernels.lock")
"""Held by who compiles the kernels (`tests/all_checks.sh`)."""
_WITHOUT_KERNELS = (
    "tests/browser/test_bestest_page.py",
    "tests/browser/test_bundled_pages.py",
    "tests/browser/test_crosscheck_page.py",
    "tests/browser/test_explorer_page.py",
    "tests/browser/test_login_page.py",
    "tests/browser/test_retrofit_page.py",
    "tests/dashboards/access/test_served.py",
    "tests/dashboards/access/test_users.py",
    "tests/twin/links/",
    "tests/twin/report/study/",
)

_DEAREST = (
    "tests/twin/calibration/test_study.py",
    "tests/browser/test_owner_page.py",
    "tests/twin/retrofit/test_study.py",
    "tests/twin/test_cli.py",
    "tests/browser/test_console_page.py",
    "tests/browser/test_dash_app.py",
    "tests/twin/test_following.py",
    "tests/twin/retrofit/test_levels.py",
    "tests/browser/test_engineer_pages.py",
    "tests/browser/test_offline_page.py",
    "tests/twin/test_contest.py",
    "tests/twin/preview/test_bundled_preview.py",
    "tests/dashboards/api/test_api.py",
)
"""By processor time, measured; one of these begun last would keep one core busy and leave the other idle."""

_FIGURES: dict[str, list[str]] = {}


@pytest.fixture(scope="module")
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Note a measured figure; all are shown at the end of the run, by file."""
    return _FIGURES.setdefault(request.node.nodeid, []).append


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker's tests measured."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = _FIGURES


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker's tests measured; one that was killed hands over nothing."""
    for file, lines in getattr(node, "workeroutput", {}).get("figures", {}).items():
        _FIGURES.setdefault(file, []).extend(lines)


def _compiles(item: pytest.Item) -> bool:
    """Whether it may compile kernels that most tests share."""
    return not item.nodeid.startswith(_WITHOUT_KERNELS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files first that need no kernels, then the dearest, then those that hold long tests.

    Kernels compile meanwhile, and workers that share the files end at the same time.
    """
    long = {item.path for item in items if item.get_closest_marker("long")}
    rank = {file: i for i, file in enumerate(_DEAREST)}

    def turn(item: pytest.Item) -> tuple[bool, int, bool]:
        file = item.nodeid.partition("::")[0]
        return _compiles(item), rank.get(file, len(rank)), item.path not in long

    items.sort(key=turn)


@cache
def _wait_for_kernels() -> None:
    """Until nobody compiles them beside us: each worker would compile them once more."""
    with _KERNELS.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Wait before the test's time runs."""
    if _compiles(item):
        _wait_for_kernels()
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the tests measured."""
    noted = {file: lines for file, lines in sorted(_FIGURES.items()) if lines}
    if noted:
        terminalreporter.section("figures that tests measured")
    for file, lines in noted.items():
        terminalreporter.write_line(file)
        for line in lines:
            terminalreporter.write_line(textwrap.indent(line, "    "))


def _hall(**systems: Any) -> dict[str, Any]:
    """An office hall of 200 m2 and a store room beside it that nobody uses."""
    wall = {
        "u_value": 0.8,
        "layers": [
            {"material": "cement_mortar", "thickness": 0.02},
            {"material": "timber", "thickness": 0.03},
            {"material": "rock_wool"},
        ],
    }
    ground = {"kind": "floor", "construction": "ground_slab", "boundary": "ground"}
    nobody = {"lighting_power": 0, "equipment_power": 0, "people_density": 0, "fresh_air_changes": 0}
    return {
        "name": "hall",
        "era": "gb50189-2015",
        "zones": [
            {"name": "hall", "floor_area": 200, "height": 3, "use": "office"},
            {
                "name": "store", "floor_area": 40, "height": 3, "use": "office", "conditioned": False,
                "gains": nobody,
            },
        ],
        "constructions": {"wall": wall},
        "glazings": {"pane": {"u_value": 2.2, "shgc": 0.45, "coating": "low_e"}},
        "surfaces": [
            {"name": "hall floor", "zone": "hall", "area": 200, **ground},
            {"name": "store floor", "zone": "store", "area": 40, **ground},
            {"name": "hall roof", "zone": "hall", "kind": "roof", "area": 200, "construction": "wall"},
            {"name": "store roof", "zone": "store", "kind": "roof", "area": 40, "construction": "wall"},
            {
                "name": "south", "zone": "hall", "kind": "wall", "area": 60, "azimuth": 180,
                "construction": "wall", "windows": [{"name": "glass", "area": 20, "glazing": "pane"}],
            },
            {
                "name": "between", "zone": "hall", "kind": "partition", "area": 20,
                "construction": "partition_brick", "boundary": "store",
            },
        ],
        "hvac": {"type": "vrf"},
        **systems,
    }  # fmt: skip


_PEDF: dict[str, Any] = {
    "pv": [{"name": "roof", "capacity": "8 kWp", "tilt": 10}],
    "battery": {"capacity": "40 kWh", "power": "20 kW"},
    "ev": {"chargers": 3, "power": "7 kW", "vehicles_per_day": 4, "seed": 1},
    "dc_bus": {"modules": 2},
    "control": {"type": "droop", "precool": 1},
}


def _simulated(name: str, building: dict[str, Any], reference: Run | None = None, **keys: Any) -> Run:
    text = yaml.safe_dump({"schema": 1, "name": name, "buildings": [building], **keys}, allow_unicode=True)
    project = parse_project(text)
    climate = load_weather("shanghai", seed=0, year=2025)
    return simulate(Loaded(project, climate), reference=reference)


@pytest.fixture(scope="session")
def plain_run() -> Run:
    """The hall as it is: no PV, no battery, no vehicles, no DC bus, no call; hourly steps."""
    return _simulated("试验厅", _hall(), timestep=60, description="一座小厅 <script>alert(1)</script>")


@pytest.fixture(scope="session")
def small_reference() -> Run:
    """The hall as a 光储直柔 building, without a call."""
    return _simulated("hall PEDF", _hall(**_PEDF))


@pytest.fixture(scope="session")
def small_run(small_reference: Run) -> Run:
    """The 光储直柔 hall under a demand-response call."""
    event = {"start": "13:00", "duration": "2 h", "reduction_fraction": 0.3}
    return _simulated("hall PEDF with a call", _hall(**_PEDF), small_reference, event=event)


_PLANT_ROOM: dict[str, Any] = {
    "end_uses": {"use": "hotel", "count": 6, "cooking": "induction_wok", "laundry": "steam_laundry"},
    "pv": [{"name": "roof", "capacity": "30 kWp", "tilt": 10}],
    "plant_room": [
        {"name": "ice", "type": "ice_storage", "capacity": "40 kWh"},
        {"name": "night chiller", "type": "chiller", "equipment": "screw_ice", "capacity": "9 kW", "units": 1,
         "feeds": "ice", "direct": True},
        {"name": "field", "type": "borefield", "rows": 1, "columns": 2},
        {"name": "ground pump", "type": "heat_pump", "serves": ["space_heat", "chilled_water"],
         "source": "field", "capacity": "8 kW"},
        {"name": "hot water", "type": "stratified_tank", "serves": "hot_water", "volume": "0.5 m3"},
        {"name": "sun", "type": "solar_collector", "area": "6 m2", "feeds": "hot water"},
        {"name": "burner", "type": "boiler", "serves": "hot_water", "feeds": "hot water",
         "capacity": "10 kW"},
        {"name": "steam", "type": "boiler", "serves": "steam", "capacity": "2 kW"},
        {"name": "bottles", "type": "hydrogen_tank", "capacity": 5},
        {"name": "electrolyser", "type": "electrolyser", "power": "5 kW",
         "feeds": ["bottles", "hot water"]},
        {"name": "fuel cell", "type": "fuel_cell", "power": "1 kW", "feeds": "hot water",
         "source": "bottles"},
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def plant_run() -> Run:
    """The hall with a plant room that has stores, sources, by-product heat and cold; hourly steps."""
    return _simulated("hall with a plant room", _hall(**_PLANT_ROOM), timestep=60)
