"""Heat that EnergyPlus' walls make or lose by rounding, measured with EnergyPlus itself.

Its conduction transfer functions are sums of terms that nearly cancel, the more so the shorter the step and
the heavier the wall. Where they no longer do, a wall between two equal temperatures gives off heat: 200 mm of
concrete under carpet at steps of 10 min heats a storey with 0.3 W/m2 from nowhere, which moved the cooling of
the midrise apartments by 4 %. The engine's report has too few digits to tell. So each construction is built
as a closed box that nothing enters, and watched: what its temperature does, the wall made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from buildings.energyplus.dictionary import engine_version, idf_class
from buildings.energyplus.messages import SLOW_START
from buildings.energyplus.process import TIMEOUT_S, run_idf
from buildings.energyplus.results import read_zone_series
from weather.errors import TwinError

MOST_LEAK = 0.003
"""Leak of a construction that is let pass [W/(m2 K)]: 0.06 W/m2 at room temperature; assumed."""
_SIDE_M = 4.0
_DAYS = 5
_WARM_UP_DAYS = 6
_RESTLESS = (SLOW_START, "CheckWarmupConvergence")
_RUNAWAY = "out of bounds"
"""What the engine says of a box that a leaking wall heats, or cools, ever faster."""
_AIR = 1.2 * 1006.0
_TEMPERATURE = "Zone Mean Air Temperature"


@dataclass(frozen=True)
class Walls:
    """What steps a model's walls stand.

    Attributes
    ----------
    steps_per_hour : int
        The finest of those tried, else the last of them.
    leak : float
        Largest leak of a construction at these steps [W/(m2 K)].
    cpu_s : float
        CPU time of finding out [s].
    """

    steps_per_hour: int
    leak: float
    cpu_s: float


def finest_steps(
    idf: Path, epw: Path, folder: Path, choices: Sequence[int], *, timeout: float = TIMEOUT_S
) -> Walls:
    """The first of some numbers of steps per hour that a model's walls stand.

    Parameters
    ----------
    idf, epw : pathlib.Path
        The model, of the installed engine's version, and any weather.
    folder : pathlib.Path
        For the probes.
    choices : sequence of int
        Steps per hour, the finest first; the last is taken unseen.
    timeout : float
        Of a probe [s].

    Raises
    ------
    TwinError
        Whatever keeps EnergyPlus from an answer.
    """
    cpu, model = 0.0, idf_class()(str(idf))
    for steps in choices[:-1]:
        leak, spent = _leak(model, epw, folder / f"probe {steps}", steps, timeout)
        cpu += spent
        if leak <= MOST_LEAK:
            return Walls(steps, leak, cpu)
    return Walls(choices[-1], 0.0 if len(choices) == 1 else leak, cpu)


def _leak(model: Any, epw: Path, folder: Path, steps: int, timeout: float) -> tuple[float, float]:
    """Largest leak of a construction [W/(m2 K)] and the CPU time of the probe [s]."""
    probe, heat = _boxes(model, steps)
    if not heat:
        return 0.0, 0.0
    folder.mkdir(parents=True, exist_ok=True)
    probe.saveas(str(folder / "probe.idf"), encoding="utf-8")
    try:
        done = run_idf(folder / "probe.idf", epw, folder / "out", timeout=timeout, accepted=_RESTLESS)
    except TwinError as error:
        if _RUNAWAY in error.what:
            return math.inf, 0.0
        raise
    temps = read_zone_series(done.sql, {"temp": _TEMPERATURE})["temp"]
    area, worst = 6.0 * _SIDE_M**2, 0.0
    seconds = 3600.0 / steps * (len(temps) - 1)
    for name, per_area in heat.items():
        values = temps[name.upper()].to_numpy(float)
        stored = (per_area * area + _AIR * _SIDE_M**3) * (values[-1] - values[0]) / seconds
        worst = max(worst, abs(stored / (area * 0.5 * (values[0] + values[-1]))))
    return worst, done.cpu_s


def _boxes(model: Any, steps: int) -> tuple[Any, dict[str, float]]:
    """A model of one closed box per opaque construction, and the heat capacity of each wall [J/(m2 K)]."""
    probe = idf_class()(StringIO(f"Version,{engine_version()};\n"))
    add = probe.newidfobject
    add(
        "SIMULATIONCONTROL",
        Run_Simulation_for_Sizing_Periods="No",
        Run_Simulation_for_Weather_File_Run_Periods="Yes",
    )
    add(
        "BUILDING", Name="walls", Maximum_Number_of_Warmup_Days=_WARM_UP_DAYS, Minimum_Number_of_Warmup_Days=1
    )
    add("TIMESTEP", Number_of_Timesteps_per_Hour=steps)
    add(
        "GLOBALGEOMETRYRULES",
        Starting_Vertex_Position="UpperLeftCorner",
        Vertex_Entry_Direction="Counterclockwise",
        Coordinate_System="World",
    )
    add("RUNPERIOD", Name="days", Begin_Month=1, Begin_Day_of_Month=1, End_Month=1, End_Day_of_Month=_DAYS)
    add("OUTPUT:SQLITE", Option_Type="Simple")
    add("OUTPUT:VARIABLE", Key_Value="*", Variable_Name=_TEMPERATURE, Reporting_Frequency="Timestep")
    layers = {}
    for kind in ("MATERIAL", "MATERIAL:NOMASS", "MATERIAL:AIRGAP"):
        for one in model.idfobjects[kind]:
            layers[one.Name.upper()] = one
            probe.copyidfobject(one)
    heat: dict[str, float] = {}
    for construction in model.idfobjects["CONSTRUCTION"]:
        names = [str(value).upper() for value in construction.fieldvalues[2:] if str(value)]
        if not names or any(name not in layers for name in names):
            continue
        heavy = [layers[name] for name in names if layers[name].key.upper() == "MATERIAL"]
        if heavy:
            probe.copyidfobject(construction)
            zone = f"box {len(heat)}"
            heat[zone] = sum(float(m.Thickness) * float(m.Density) * float(m.Specific_Heat) for m in heavy)
            _box(add, zone, construction.Name, len(heat))
    return probe, heat


def _box(add: Any, zone: str, construction: str, number: int) -> None:
    """A cube that nothing enters, all sides of one construction."""
    add("ZONE", Name=zone)
    a, x = _SIDE_M, 10.0 * number
    low = [(x, 0.0, 0.0), (x + a, 0.0, 0.0), (x + a, a, 0.0), (x, a, 0.0)]
    top = [(u, v, a) for u, v, _ in low]
    sides = [("Floor", low[::-1]), ("Ceiling", top)]
    for i in range(4):
        j = (i + 1) % 4
        sides.append(("Wall", [top[i], low[i], low[j], top[j]]))
    for i, (kind, corners) in enumerate(sides):
        fields = {
            f"Vertex_{n + 1}_{axis}coordinate": value
            for n, corner in enumerate(corners)
            for axis, value in zip("XYZ", corner, strict=True)
        }
        add(
            "BUILDINGSURFACE:DETAILED",
            Name=f"{zone} side {i}",
            Surface_Type=kind,
            Construction_Name=construction,
            Zone_Name=zone,
            Outside_Boundary_Condition="Adiabatic",
            Sun_Exposure="NoSun",
            Wind_Exposure="NoWind",
            Number_of_Vertices=4,
            **fields,
        )
