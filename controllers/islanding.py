"""Life without the grid (离网运行): states of a building, its classes of loads, and when each is served.

A building with a DC bus and a battery goes on as an island; the battery then forms the bus, every device
follows its own curve, and the AC board hangs on the bus through the grid interface. Classes of loads
(重要负荷分级) are shed from the last to the first and return in the opposite order.

=================  ==========================================  ==========================================
state              what holds                                  what leads on
=================  ==========================================  ==========================================
``GRID``           the controller; everything is served        grid or interface lost: ISLAND with a
                                                               battery that can form the bus, else BLACKOUT
``ISLAND``         battery forms the bus; classes are shed     charge below what essential loads leave:
                   until it stands at `shed_below`; a class    ENERGY_LIMITED; critical loads do not stand:
                   leaves `kept` to those above it, returns    BLACKOUT; grid back: RESYNC
                   after `hold_s` where the bus stands at
                   `close_at` with it
``ENERGY_LIMITED`` the same; the battery serves critical       charge back: ISLAND; their `kept` reached and
                   loads alone                                 no sun: BLACKOUT; grid back: RESYNC
``BLACKOUT``       nothing runs; PV, which follows a bus,      after `retry_s`, sun of `start_pv` times the
                   stands still; the battery rests on its      critical demand or charge of `start_soc`:
                   black-start reserve                         BLACK_START; grid back: RESYNC
``BLACK_START``    one group in `group_s`: the bus is charged  all closed: ISLAND or ENERGY_LIMITED; bus
                   from the battery, critical loads where it   does not stand: BLACKOUT; grid back: RESYNC
                   stands at `close_at`, the sun last
``RESYNC``         a live island goes on for `resync_s`, then  all classes back: GRID; grid lost again:
                   the interface closes and the classes        ISLAND
                   return, one in `group_s`
=================  ==========================================  ==========================================

A building without a bus, or whose battery cannot form it, knows GRID and BLACKOUT alone: its PV and its
battery follow the grid. What is decided at a step's begin knows the step's demand and sun, as devices do that
measure both; the voltage then decides what is shed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.library.data_text import read_data
from buildings.systems.records import Record, record

GRID_LOST, BATTERY_LOST, PV_LOST, EV_LOST, INTERFACE_LOST = 1, 2, 4, 8, 16
FAULTS = {
    "grid": GRID_LOST,
    "battery": BATTERY_LOST,
    "pv": PV_LOST,
    "ev": EV_LOST,
    "interface": INTERFACE_LOST,
}
"""Bits of what is lost in a step, by what a project calls it."""
GRID, ISLAND, ENERGY_LIMITED, BLACKOUT, BLACK_START, RESYNC = range(6)
STATES = ("GRID", "ISLAND", "ENERGY_LIMITED", "BLACKOUT", "BLACK_START", "RESYNC")
CRITICAL, ESSENTIAL, COMFORT, DEFERRABLE = range(4)
CLASSES = ("critical", "essential", "comfort", "deferrable")
"""Classes of loads; level n of a building serves the first n of them."""
N_CLASSES = 4
N_WANTED = 9
_STAGES = 3
"""Groups of a black start: the bus, critical loads, the sun."""
_CLOSE = 1e-6
"""Distance from a reserve that counts as none [-]."""

ISLANDING = np.dtype(
    [
        ("shed_below", np.float64),
        ("close_at", np.float64),
        ("kept", np.float64, (N_CLASSES,)),
        ("reserve", np.float64),
        ("margin", np.float64),
        ("group_s", np.float64),
        ("hold_s", np.float64),
        ("resync_s", np.float64),
        ("retry_s", np.float64),
        ("start_pv", np.float64),
        ("start_soc", np.float64),
        ("critical_lighting", np.float64),
        ("critical_equipment", np.float64),
        ("state", np.int64),
        ("level", np.int64),
        ("stage", np.int64),
        ("board_off", np.int64),
        ("since_s", np.float64),
        ("wait_s", np.float64),
        ("wanted", np.float64, (N_WANTED,)),
        ("unserved", np.float64, (N_CLASSES,)),
        ("critical_kw", np.float64),
    ],
    align=True,
)
"""Parameters; states: `level` of classes served, `stage` of a black start, whether the AC board has lost the
grid, time since the grid is back, time before a class may return; and of the step what was `wanted`,
what is `unserved` by class and the critical power served [kW]."""


@cache
def _library() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "islanding.yaml").read_text(encoding="utf-8")
    return dict(read_data(text))


def islanding_data() -> Mapping[str, Any]:
    """Thresholds and classes with their sources, as in `data/islanding.yaml`."""
    return _library()


def load_islanding(
    key: str = "default",
    *,
    critical_lighting: float | None = None,
    critical_equipment: float | None = None,
    reserve: float = 0.0,
    **other: float,
) -> Record:
    """Record of a building's islanding, on the grid.

    Parameters
    ----------
    key : str, optional
        Key in `data/islanding.yaml`.
    critical_lighting, critical_equipment : float, optional
        Shares of both that are critical [-]; the library's where not given.
    reserve : float, optional
        Share of the battery's usable range that is kept on the grid for the time without it [-].
    **other
        Further figures instead of the library's.

    Returns
    -------
    numpy.void
        Record of dtype `ISLANDING`.
    """
    values = _library()[key]
    names = ("shed_below", "close_at", "margin", "group_s", "hold_s", "resync_s", "retry_s", "start_pv")
    own = {name: float(other.pop(name, values[name])) for name in (*names, "start_soc")}
    own["critical_lighting"] = float(
        values["critical_lighting"] if critical_lighting is None else critical_lighting
    )
    own["critical_equipment"] = float(
        values["critical_equipment"] if critical_equipment is None else critical_equipment
    )
    still = {"state": GRID, "level": N_CLASSES, "stage": 0, "board_off": 0, "since_s": 0.0, "wait_s": 0.0}
    scratch = {"wanted": np.zeros(N_WANTED), "unserved": np.zeros(N_CLASSES), "critical_kw": 0.0}
    kept = np.array([float(values["kept"][name]) for name in CLASSES])
    return record(ISLANDING, own | still | scratch | other | {"kept": kept, "reserve": reserve})


@compiled()
def _groups(dt_s: float, island: Record) -> int:
    """Groups that return within a step."""
    return max(int(dt_s / island.group_s + 1e-9), 1)


@compiled()
def stands_alone(
    island: Record,
    lost: int,
    has_bus: bool,
    forming: bool,
    charge: float,
    sun_kw: float,
    critical_kw: float,
    dt_s: float,
) -> tuple[bool, int]:
    """Lead a building into a step: its state, and the highest level of classes that may be tried.

    Parameters
    ----------
    island : ISLANDING record
        Its state moves on; `level` stays that of the step before.
    lost : int
        Bits of what is lost in this step.
    has_bus, forming : bool
        Whether there is a DC bus, and a healthy battery to form it.
    charge : float
        State of charge above the battery's floor over its usable range [-].
    sun_kw, critical_kw : float
        Available PV power and critical demand [kW].
    dt_s : float
        Length of the step [s].

    Returns
    -------
    alone : bool
        Whether the bus (without one, the board) is cut off from the grid throughout the step.
    most : int
        Highest level to try.
    """
    grid = lost & GRID_LOST == 0
    cut = (not grid) or (has_bus and lost & INTERFACE_LOST != 0)
    _remember_board(island, grid, cut)
    if not cut:
        return _towards_grid(island, has_bus, forming, dt_s)
    island.since_s = 0.0
    if not (has_bus and forming):
        if island.state == BLACK_START:
            island.state, island.stage, island.wait_s = BLACKOUT, 0, island.retry_s
        return True, 0
    if island.state == BLACKOUT:
        shines = sun_kw > 0.0 and sun_kw >= island.start_pv * critical_kw
        if island.wait_s > 0.0 or not (charge > 0.0 and (shines or charge >= island.start_soc)):
            return True, 0
        island.state, island.stage = BLACK_START, 0
    if island.state == BLACK_START:
        if island.stage < _STAGES:
            island.stage += _groups(dt_s, island)
            return True, 1 if island.stage > 1 else 0
        island.state = ISLAND
    if island.state in (GRID, RESYNC):
        island.state = ISLAND
        return True, island.level
    most = island.level
    if island.wait_s <= 0.0:
        for _ in range(_groups(dt_s, island)):
            if most < N_CLASSES and charge >= island.kept[most] + island.margin:
                most += 1
    return True, most


@compiled()
def _remember_board(island: Record, grid: bool, cut: bool) -> None:
    """Whether the AC board has lost the grid; it has it at once where the bus stays cut off."""
    if not grid:
        island.board_off = 1
    elif cut or island.state == GRID:
        island.board_off = 0


@compiled()
def _towards_grid(island: Record, has_bus: bool, forming: bool, dt_s: float) -> tuple[bool, int]:
    """The same where grid and interface are sound; a bus that nobody forms waits for nothing."""
    if island.state == GRID:
        return False, N_CLASSES
    if not has_bus:
        island.state, island.level, island.board_off = GRID, N_CLASSES, 0
        return False, N_CLASSES
    if island.state != RESYNC:
        island.state, island.since_s = RESYNC, (island.resync_s if island.level == 0 else 0.0)
    if island.since_s < island.resync_s and not forming:
        island.level, island.since_s = 0, island.resync_s
    if island.level == N_CLASSES and island.since_s >= island.resync_s + dt_s:
        island.state, island.board_off, island.wait_s = GRID, 0, 0.0
        return False, N_CLASSES
    if island.since_s < island.resync_s:
        return True, island.level
    return False, min(island.level + _groups(dt_s, island), N_CLASSES)


@compiled()
def sun_is_open(island: Record) -> bool:
    """Whether PV may feed: not on a dead bus, and last in a black start."""
    if island.state == BLACKOUT:
        return False
    return island.state != BLACK_START or island.stage >= _STAGES


@compiled()
def left_in_battery(island: Record, level: int) -> float:
    """Share of the battery's usable range that a level of classes leaves [-]; a black start uses it."""
    if island.state == BLACK_START or level == 0:
        return 0.0
    return float(island.kept[level - 1])


@compiled()
def voltage_needed(island: Record, level: int) -> float:
    """Voltage at which the bus must stand with a level of classes: higher for one that returns [p.u.]."""
    if island.state == BLACK_START or level > island.level:
        return float(island.close_at)
    return float(island.shed_below)


@compiled()
def held(island: Record, alone: bool, most: int, level: int, charge: float, dt_s: float) -> None:
    """Lead a building out of a step in which `level` classes were served, of `most` that were tried."""
    island.wait_s = max(island.wait_s - dt_s, 0.0)
    if alone and level < most:
        island.wait_s = island.hold_s
    island.level = level
    if island.state == RESYNC:
        island.since_s += dt_s
    if not alone or (island.state == BLACK_START and most == 0):
        return
    if level == 0:
        if island.state != BLACKOUT:
            island.wait_s = island.retry_s
        island.state, island.stage = BLACKOUT, 0
    elif island.state in (ISLAND, ENERGY_LIMITED):
        island.state = ENERGY_LIMITED if charge <= island.kept[ESSENTIAL] + _CLOSE else ISLAND
