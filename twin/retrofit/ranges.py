"""How surely a package brings what it promises: ranges of its energy, carbon and money (结果区间).

Physics is drawn and marched (`uncertain`), money is drawn beside it (`twin.economics.uncertainty`). Of what
moves a result most tells the rank correlation of each input with it over the draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from twin.crew import Crew, Package
from twin.economics.annual import AnnualState, annual_state
from twin.economics.uncertainty import ranges
from twin.retrofit.fitted_bases import FittedBases
from twin.retrofit.tried import Tried
from twin.retrofit.uncertain import acting, assumptions, draws
from twin.retrofit.uncertain import inputs as uncertain_inputs
from twin.retrofit.variants import DrawnInputs, Inputs, drawn_project, lines_from, march_draw

FloatArray = NDArray[np.float64]
_SHARES = (10, 50, 90)
_BUILT_IN = "shanghai"
"""The weather that has a year for every seed."""


def ranges_of(
    inputs: Inputs,
    packages: Sequence[Package],
    tried: Tried,
    crew: Crew,
    count: int,
    seed: int,
    fitted: FittedBases | None = None,
) -> dict[Package, dict[str, Any]]:
    """Ranges of packages and of the building as it is.

    Parameters
    ----------
    inputs : Inputs
    packages : sequence of Package
        The building as it is, `()`, among them.
    tried : Tried
        Holds all of them.
    crew : Crew
    count : int
        Draws; none gives no ranges.
    seed : int
    fitted : FittedBases, optional
        The building under draws of its calibration, as many as `count`; what these tell is not drawn anew.

    Returns
    -------
    dict
        By package: p10, p50 and p90 of figures of a year; of its saving against the building as it is under
        the same draws; of money; what moves them; how many draws could be marched; what was assumed.
    """
    if count == 0:
        return {}
    own_weather = inputs.project.weather == _BUILT_IN
    drawn = draws(count, seed)
    told_by_fit = frozenset() if fitted is None else frozenset(fitted.values[0])
    drawn = [{name: value for name, value in one.items() if name not in told_by_fit} for one in drawn]
    sizes = {package: tried.rated[package].figures["sizes"] for package in packages}
    bases = () if fitted is None else fitted.projects
    shared = DrawnInputs(inputs, tuple(packages), sizes, tuple(drawn), own_weather, bases)
    years: dict[int, list[dict[str, Any]]] = {}
    refused: list[str] = []
    for place, found in crew.each(march_draw, shared, range(count)):
        if "refused" in found:
            refused.append(found["refused"])
        else:
            years[place] = found["years"]
    kept = sorted(years)
    if len(kept) < 2:
        return {}
    acts = {package: _acting(inputs, package, sizes) for package in packages}
    known = frozenset().union(*acts.values()) - ({"weather_year"} if not own_weather else set()) - told_by_fit
    used = tuple(name for name in uncertain_inputs() if name in known)
    form = np.ones(count) if fitted is None else fitted.factors(seed)
    states = {
        package: [_missed(annual_state(years[place][i]), form[place]) for place in kept]
        for i, package in enumerate(packages)
    }
    energy = {
        package: np.array([form[place] * years[place][i]["energy"]["electricity_kwh"] for place in kept])
        for i, package in enumerate(packages)
    }
    words: Mapping[str, Mapping[str, Any]] = uncertain_inputs()
    moved_by = {name: np.array([drawn[place][name] for place in kept]) for name in used}
    said = [one.as_dict() for one in assumptions(tuple(name for name in used if name != "weather_year"))]
    if fitted is not None:
        words = {**words, **fitted.words()}
        moved_by |= {name: np.array([fitted.values[place][name] for place in kept]) for name in told_by_fit}
        said.append(fitted.assumption())
    told = {
        package: _told(
            package,
            states,
            energy,
            {n: values for n, values in moved_by.items() if n in acts[()] | acts[package] | told_by_fit},
            words,
            tried,
        )
        for package in packages
    }
    for found in told.values():
        found |= {"draws": len(kept), "refused": len(refused)}
        found["assumptions"] = [*found.get("assumptions", ()), *said]
    return told


def _acting(inputs: Inputs, package: Package, sizes: Mapping[Package, Mapping[str, float]]) -> frozenset[str]:
    """Inputs that change the building with a package."""
    return acting(lambda draw: drawn_project(inputs.project, inputs.library, package, sizes[package], draw))


def _missed(state: AnnualState, factor: float) -> AnnualState:
    """A year as the model's own error makes it."""
    names = ("electricity_cny", "gas_cny", "carbon_kg", "carbon_ets_kg")
    return replace(state, **{name: factor * getattr(state, name) for name in names})


def _told(
    package: Package,
    states: Mapping[Package, list[AnnualState]],
    energy: Mapping[Package, FloatArray],
    moved_by: Mapping[str, FloatArray],
    words: Mapping[str, Mapping[str, Any]],
    tried: Tried,
) -> dict[str, Any]:
    area = tried.before.floor_area_m2
    of = {
        "eui_electric_kwh_m2": energy[package] / area,
        "carbon_t": np.array([1e-3 * one.carbon_kg for one in states[package]]),
        "total_cny": np.array([one.electricity_cny + one.gas_cny for one in states[package]]),
    }
    found: dict[str, Any] = {name: _span(values) for name, values in of.items()}
    if not package:
        return found
    base = states[()]
    saved = {
        "carbon_saved_t": np.array(
            [1e-3 * (a.carbon_kg - b.carbon_kg) for a, b in zip(base, states[package], strict=True)]
        ),
        "saving_cny": np.array(
            [
                a.electricity_cny + a.gas_cny - b.electricity_cny - b.gas_cny
                for a, b in zip(base, states[package], strict=True)
            ]
        ),
    }
    found |= {name: _span(values) for name, values in saved.items()}
    found["moved_by"] = _correlations(saved["saving_cny"], moved_by, words)
    rated = tried.rated[package]
    lines = lines_from(rated.figures)
    money = ranges(
        lines,
        tried.before,
        rated.annual,
        tried.finance,
        physical=tuple(zip(base, states[package], strict=True)),
        renewals=tried.due.avoided(lines),
    )
    return found | money


def _span(values: FloatArray) -> dict[str, float]:
    return {f"p{share}": float(np.percentile(values, share)) for share in _SHARES}


def _correlations(
    result: FloatArray, moved_by: Mapping[str, FloatArray], words: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Inputs by how strongly the saving follows them (Spearman), the strongest first."""
    rows = []
    for name, values in moved_by.items():
        if name == "weather_year":
            continue
        entry = words[name]
        moves = np.ptp(result) > 0.0 and np.ptp(values) > 0.0
        rank = float(stats.spearmanr(values, result).statistic) if moves else 0.0
        rows.append({"input_en": entry["name_en"], "input_zh": entry["name_zh"], "rank_correlation": rank})
    return sorted(rows, key=lambda row: -abs(row["rank_correlation"]))
