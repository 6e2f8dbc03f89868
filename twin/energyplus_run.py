"""The EnergyPlus engine of `twin run`: zones by EnergyPlus, systems by our own, one Run.

EnergyPlus gives each zone's loads, temperatures and humidity, with ideal loads limited to the capacities that
the fast engine's sizing gives. Plant, PV, storage, vehicles and bus are then marched over those loads, on the
same clock as any other march. What this cannot say is stated in the Run: EnergyPlus' own balances are not
ours to check, and its zones do not feel what the plant or the bus withholds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.energyplus import ZoneYear, engine_version, run_many, simulate_zones
from buildings.thermal.layout import (
    COOL_MAX,
    HEAT_MAX,
    OUT_HUMIDITY,
    OUT_LATENT,
    OUT_RADIANT,
    OUT_SENSIBLE,
    OUT_TEMP,
)
from twin.clock import Outcome, Progress
from twin.given_loads import (
    HEATING_IN,
    HUMIDITY_IN,
    LACK_COOLING_IN,
    LACK_HEATING_IN,
    LATENT_IN,
    N_GIVEN,
    SENSIBLE_IN,
    TEMP_IN,
    GivenLoadsClock,
)
from twin.market.assumption import Assumption
from twin.outcome import run_of
from twin.plant import Plant, PreparedBuilding
from twin.store import Run
from weather.errors import TwinError

_OUR_BALANCES = ("zone_heat", "zone_moisture")
_ZONES_SHARE = 0.9
"""Share of the progress bar that EnergyPlus takes."""


def energyplus_run(plant: Plant, progress: Progress | None = None) -> tuple[Run, list[dict[str, Any]]]:
    """March a plant with EnergyPlus for its zones.

    Parameters
    ----------
    plant : Plant
        Its state is consumed.
    progress : callable, optional

    Returns
    -------
    run : Run
        Not judged.
    assumptions : list of dict
        What holds for this engine only.

    Raises
    ------
    TwinError
        A building that EnergyPlus refuses or does not survive.
    """
    if plant.project.variability == "minute":
        raise TwinError(
            "EnergyPlus takes its sun and its schedules hour by hour; variability is minute.",
            "Set variability to hourly for this engine.",
            key="variability",
        )
    begin = time.perf_counter()
    years = _zone_years(plant)
    if progress is not None:
        progress(_ZONES_SHARE)
    clock = GivenLoadsClock(plant, given_loads(plant, years), None)
    for prepared, year in zip(plant.prepared, years, strict=True):
        _keep_zones(clock.outcome, prepared, year)
    clock.run()
    clock.outcome.wall_s = time.perf_counter() - begin
    run = run_of(
        plant,
        clock.outcome,
        engine="energyplus",
        energyplus={
            "version": engine_version(),
            "cpu_s": round(sum(year.cpu_s for year in years), 3),
            "warnings": sorted({text for year in years for text in year.warnings}),
            "balances": "Heat and moisture of the zones are EnergyPlus' own balances; no residual of them is "
            "known here.",
        },
    )
    _leave_out_balances(run)
    if progress is not None:
        progress(1.0)
    return run, [_feedback().as_dict(), _coil().as_dict()]


def _zone_years(plant: Plant) -> list[ZoneYear]:
    """EnergyPlus on every building, each in its own process."""
    minutes = int(plant.project.timestep)
    jobs = []
    for prepared in plant.prepared:
        jobs.append(
            partial(
                simulate_zones,
                prepared.description,
                plant.climate,
                plant.project.site,
                minutes=minutes,
                capacities=_capacities(plant, prepared),
            )
        )
    years: list[ZoneYear] = []
    for found in run_many(jobs):
        if isinstance(found, TwinError):
            raise found
        years.append(found)
    return years


def _capacities(plant: Plant, prepared: PreparedBuilding) -> dict[str, tuple[float, float]]:
    """Sensible heating and total cooling capacity of each zone, one such zone [W]."""
    heat, cool = plant.batch.zone[:, :, HEAT_MAX], plant.batch.zone[:, :, COOL_MAX]
    return {zone: (float(heat[place]), float(cool[place])) for zone, place in prepared.place.items()}


def given_loads(plant: Plant, years: Sequence[ZoneYear]) -> NDArray[np.float64]:
    """Sums over the zones of each building, with their multipliers, shape (n, B, N_GIVEN).

    Return air is the mean over the conditioned zones by volume, at the start of each step.
    """
    loads = np.zeros((plant.n_steps, len(years), N_GIVEN))
    for b, (prepared, year) in enumerate(zip(plant.prepared, years, strict=True)):
        zones = prepared.description.zones
        count = np.array([zone.multiplier for zone in zones], dtype=float)
        sensible, asked = year.sensible.to_numpy(), year.asked.to_numpy()
        loads[:, b, SENSIBLE_IN] = np.maximum(-sensible, 0.0) @ count
        loads[:, b, LATENT_IN] = year.latent.to_numpy() @ count
        loads[:, b, HEATING_IN] = np.maximum(sensible, 0.0) @ count
        loads[:, b, LACK_COOLING_IN] = _lack(-asked, -sensible) @ count
        loads[:, b, LACK_HEATING_IN] = _lack(asked, sensible) @ count
        weight = count * np.array([zone.volume if zone.conditioned else 0.0 for zone in zones])
        if weight.sum() == 0.0:
            weight = count
        weight /= weight.sum()
        loads[:, b, TEMP_IN] = _at_start(year.temp_air.to_numpy() @ weight)
        loads[:, b, HUMIDITY_IN] = _at_start(year.humidity_ratio.to_numpy() @ weight)
    return loads


def _lack(asked: NDArray[np.float64], given: NDArray[np.float64]) -> NDArray[np.float64]:
    """What was asked for beyond what was given [W]; rounding of the engine is not a lack."""
    lack = np.maximum(asked, 0.0) - np.maximum(given, 0.0)
    return np.where(lack > 1e-3 * np.maximum(asked, 1.0), lack, 0.0)


def _at_start(ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at the start of each step from those at the ends; the year is taken as periodic."""
    return np.roll(ends, 1)


def _keep_zones(outcome: Outcome, prepared: PreparedBuilding, year: ZoneYear) -> None:
    """Put a building's zones where a march would have left them."""
    for zone, (g, z, lane) in prepared.place.items():
        own = outcome.zones[:, :, g, z, lane]
        own[:, OUT_TEMP] = year.temp_air[zone]
        own[:, OUT_HUMIDITY] = year.humidity_ratio[zone]
        own[:, OUT_SENSIBLE] = year.sensible[zone]
        own[:, OUT_LATENT] = year.latent[zone]
        own[:, OUT_RADIANT] = year.temp_radiant[zone]


def _leave_out_balances(run: Run) -> None:
    """Drop residuals and bounds of the fast engine's model, which did not run."""
    residuals = run.summary["residuals"]
    for name in list(residuals):
        if name.rsplit(".", 1)[-1] in _OUR_BALANCES:
            del residuals[name]
    for facts in run.manifest["buildings"].values():
        facts.pop("model_reduction_bound", None)


def _coil() -> Assumption:
    return Assumption(
        key="engine.energyplus.coil",
        zh="EnergyPlus 的理想盘管保持额定机器露点，停机时凝水不再蒸发；"
        "快速引擎的盘管随进风与负荷变化，并有再蒸发。"
        "故本引擎的潜热与制冷用电偏高：上海办公楼 16 %，酒店 40 %（交叉检验 twin crosscheck 使用同一盘管）。",
        en="The ideal coil of EnergyPlus keeps the dew point of its rating and loses no water when it stops; "
        "that of the fast engine follows air and load, and water evaporates from it again. So latent heat "
        "and electricity for cooling are higher by this engine: 16 % in a Shanghai office, 40 % in a hotel "
        "(`twin crosscheck` gives both engines the same coil).",
        value=None,
        unit="-",
        source="Both engines on buildings 5 and 7 of `twin validate calibration`, as described",
        confidence="derived",
    )


def _feedback() -> Assumption:
    return Assumption(
        key="engine.energyplus.feedback",
        zh="EnergyPlus 房间不受设备容量曲线和母线限电的影响；未满足的负荷只计数，不改变室温。",
        en="EnergyPlus' zones do not feel what plant curves or the bus withhold, nor pre-conditioning; "
        "it is counted as unmet or shed and does not move their temperatures.",
        value=None,
        unit="-",
        source="Zones by EnergyPlus, systems by the electrical march over their loads",
        confidence="assumed",
    )
