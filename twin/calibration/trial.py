"""Trials of the calibration against a truth that only a simulator has (合成真值): EnergyPlus.

Zones are EnergyPlus', so that the model is wrong in form, most of all in what its ideal coil takes out of the
air (see `twin.energyplus_run`); plant and PV of both sides are ours. What is hidden is not drawn from the
priors of the fit but uniformly from wider ranges, unless the intervals themselves are tried, which stand for
the priors. The truth is metered with noise that lasts for days, and with gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import Project
from buildings.library.data_text import read_data
from buildings.retrofit.library import library_of
from twin.calibration.parameters import acting, parameters, values_at
from twin.calibration.simulated import Shared, hourly, sizes_of, variant
from twin.calibration.study import Calibrated, Progress, calibrated
from twin.crew import Crew
from twin.energyplus_run import energyplus_run
from twin.meters.measured import Measured
from twin.meters.points import point_named
from twin.plant import prepare
from twin.project import Loaded, climate_of

FloatArray = NDArray[np.floating[Any]]
PACKAGE = ("windows_low_e", "led")
_USES = (
    ("office", "gb50189-2005", 20000, 10, "chiller_boiler", "chiller_boiler_2005"),
    ("school_teaching", "1980s", 8000, 5, "vrf", "split_multi_2005"),
    ("hotel", "gb50189-2005", 15000, 12, "vrf", "split_multi_2005"),
    ("retail", "gb50189-2005", 30000, 5, "chiller_boiler", "chiller_boiler_2005"),
    ("hospital_outpatient", "gb50189-2005", 12000, 6, "chiller_boiler", "chiller_boiler_2005"),
)
_DAY_NOISE, _DAY_LASTS, _HOUR_NOISE = 0.04, 0.7, 0.02
"""Scatter from day to day and its correlation with the day before, scatter from hour to hour [1]."""
_GAPS = 0.05


@dataclass(frozen=True)
class Truth:
    """A building that is only known by its meter.

    Attributes
    ----------
    loaded : Loaded
        What is known of it.
    hidden : dict of str to float
    measured : Measured
    saving_kwh : float
        Of the package, by the truth's own engine and without noise.
    """

    loaded: Loaded
    hidden: dict[str, float]
    measured: Measured
    saving_kwh: float


def random_project(number: int) -> Project:
    """A building of some use, size and shape; the same for the same number."""
    rng = np.random.default_rng([number, 3])
    use, era, area, floors, kind, equipment = _USES[number % len(_USES)]
    size = float(np.round(area * rng.uniform(0.4, 1.3), -2))
    return Project.model_validate(
        {
            "schema": 1,
            "name": f"trial {number}",
            "timestep": "60 min",
            "buildings": [
                {
                    "name": "building",
                    "archetype": use,
                    "era": era,
                    "floor_area": size,
                    "floors": floors,
                    "aspect_ratio": float(np.round(rng.uniform(1.0, 3.5), 1)),
                    "hvac": {"type": kind, "equipment": equipment},
                }
            ],
        }
    )


@cache
def truth_ranges() -> dict[str, dict[str, Any]]:
    """Ranges that truths are drawn from: `scale`, `low`, `high` by parameter."""
    text = (resources.files("twin.calibration") / "data" / "trial_truth.yaml").read_text("utf-8")
    found: dict[str, dict[str, Any]] = read_data(text)["parameters"]
    return found


def hidden_values(names: Sequence[str], rng: np.random.Generator) -> dict[str, float]:
    """Hidden parameters: uniform over their range, in the logarithm where it says so."""
    hidden = {}
    for name in names:
        entry = truth_ranges()[name]
        low, high = float(entry["low"]), float(entry["high"])
        if entry["scale"] == "log":
            hidden[name] = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        else:
            hidden[name] = float(rng.uniform(low, high))
    return hidden


def prior_values(names: Sequence[str], rng: np.random.Generator) -> dict[str, float]:
    """Hidden parameters as the fit believes them."""
    drawn = values_at(names, rng.random((1, len(names))))[0]
    return dict(zip(names, map(float, drawn), strict=True))


def truth_of(number: int, *, package: Sequence[str] = PACKAGE, from_priors: bool = False) -> Truth:
    """Make a truth by EnergyPlus; the same for the same number."""
    project = hourly(random_project(number))
    climate = climate_of(project, project.weather)
    sizes = sizes_of(project, climate)
    rng = np.random.default_rng([number, 5])
    hidden = (prior_values if from_priors else hidden_values)(acting(project, sizes), rng)
    shared = Shared(project, climate, sizes, ("net_import_kw",))
    before = _metered(variant(shared, hidden), climate)
    library = library_of(project)
    after = (
        _metered(
            variant(Shared(project, climate, sizes, shared.series, library, tuple(package)), hidden), climate
        )
        if package
        else before
    )
    table = pd.DataFrame({"net_import_kw": _noisy(before.to_numpy(float), rng)}, before.index)
    measured = Measured(table, {"net_import_kw": point_named("net_import_kw")}, ())
    return Truth(Loaded(project, climate), hidden, measured, float((before - after).sum()))


def _metered(project: Project, climate: Any) -> pd.Series[float]:
    run, _ = energyplus_run(prepare(project, climate))
    series = next(iter(run.series.values()))
    return series["grid_import_kw"] - series["grid_export_kw"]


def _noisy(power: FloatArray, rng: np.random.Generator) -> FloatArray:
    days = len(power) // 24
    drift = np.empty(days)
    drift[0] = rng.normal()
    for day in range(1, days):
        drift[day] = _DAY_LASTS * drift[day - 1] + np.sqrt(1.0 - _DAY_LASTS**2) * rng.normal()
    noise = _DAY_NOISE * np.repeat(drift, 24) + _HOUR_NOISE * rng.normal(size=len(power))
    found = power * (1.0 + noise)
    missing = 0
    while missing < _GAPS * len(power):
        first, length = int(rng.integers(0, len(power))), int(rng.integers(1, 72))
        found[first : first + length] = np.nan
        missing = int(np.isnan(found).sum())
    return np.asarray(found)


def tried(
    number: int,
    crew: Crew,
    progress: Progress,
    *,
    package: Sequence[str] = PACKAGE,
    from_priors: bool = False,
) -> tuple[Truth, Calibrated]:
    """Calibrate against a truth."""
    truth = truth_of(number, package=package, from_priors=from_priors)
    found = calibrated(truth.loaded, truth.measured, crew, progress, package=package, seed=number)
    return truth, found


def trial_figures(number: int, truth: Truth, found: Calibrated) -> dict[str, Any]:
    """Figures of a trial as plain data."""
    judged = found.figures["net_import_kw"]
    told = {
        "number": number,
        "use": _USES[number % len(_USES)][0],
        "hidden": truth.hidden,
        "outside_prior": _outside(truth.hidden),
        "fitted": list(found.screened.chosen),
        "posterior": {
            name: [float(np.percentile(found.draws[name], p)) for p in (5, 50, 95)]
            for name in found.fit.names
        },
        "marches": found.fit.marches,
        "emulator_error": found.fit.emulator_error,
        "fit_months": judged["fitted"]["hourly"],
        "before": judged["before"]["hourly"],
        "after": judged["after"]["hourly"],
        "monthly": judged["after"]["monthly"],
        "coverage": judged["coverage"],
        "warnings": len(found.warnings),
    }
    if found.retrofit is not None:
        span = found.retrofit["saving_kwh"]
        told |= {
            "saving_true_kwh": truth.saving_kwh,
            "saving_kwh": span,
            "saving_inside": span["p5"] <= truth.saving_kwh <= span["p95"],
        }
    return told


def _outside(hidden: dict[str, float]) -> list[str]:
    """Hidden parameters that lie where the prior of the fit gives no chance."""
    known = parameters()
    return [n for n, value in hidden.items() if not known[n]["low"] <= value <= known[n]["high"]]
