"""Targets (目标值) and what a comparison says of them; the figures are in `data/targets.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from buildings.library.data_text import read_data
from twin.crosscheck.measures import LoadMeasures, TemperatureMeasures

Verdict = Literal["pass", "fail", "not_judged"]
LOADS = ("heating", "cooling", "latent")
"""Loads that are compared; sensible heating and cooling, and moisture removed as heat."""


@dataclass(frozen=True)
class Target:
    """A limit on the absolute value of a difference; `or_within` is an absolute way out."""

    key: str
    limit: float
    unit: str
    or_within: float | None = None
    or_unit: str | None = None


@dataclass(frozen=True)
class Targets:
    """All targets with their source; below `negligible` [kWh/m2] a year ratios are not judged."""

    by_key: dict[str, Target]
    negligible: float
    source: str
    source_zh: str
    year: int
    confidence: str
    negligible_source: str


@dataclass(frozen=True)
class Judged:
    """One target held against a comparison.

    Attributes
    ----------
    key : str
        Of the target.
    value : float or None
        Difference in the target's unit, signed; None where the reference is nought.
    limit : float
    unit : str
    verdict : {"pass", "fail", "not_judged"}
    absolute : float or None
        The same difference in `or_unit`, where the target has one.
    note : str
        Why it passes otherwise than by `limit`, or is not judged; a key of words, empty else.
    """

    key: str
    value: float | None
    limit: float
    unit: str
    verdict: Verdict
    absolute: float | None = None
    note: Literal["", "within_absolute", "negligible"] = ""


@cache
def load_targets() -> Targets:
    """Read the data file."""
    text = (resources.files("twin.crosscheck") / "data" / "targets.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = read_data(text)
    small = data["negligible"]
    return Targets(
        {key: Target(key, **entry) for key, entry in data["targets"].items()},
        float(small["annual"]),
        data["source"],
        data["source_zh"],
        int(data["year"]),
        data["confidence"],
        small["source"],
    )


def judge_load(kind: str, found: LoadMeasures, targets: Targets, *, whole: bool) -> list[Judged]:
    """Annual sum, peak and, of a whole building, CV(RMSE) of one load.

    Parameters
    ----------
    kind : {"heating", "cooling", "latent"}
    found : LoadMeasures
    targets : Targets
    whole : bool
        A building; of a zone the hourly difference is told in W/m2 and not judged.
    """
    small = max(found.annual, found.reference_annual) < targets.negligible
    said = [_annual(f"annual_{kind}", found, targets, small)]
    if f"peak_{kind}" in targets.by_key:
        said.append(_ratio(targets.by_key[f"peak_{kind}"], found.peak_difference, small))
    if whole and f"cv_rmse_{kind}" in targets.by_key:
        said.append(_ratio(targets.by_key[f"cv_rmse_{kind}"], found.cv_rmse, small))
    return said


def judge_temperature(found: TemperatureMeasures, targets: Targets) -> Judged:
    """Free-floating temperature: hourly RMSE."""
    target = targets.by_key["free_float"]
    verdict: Verdict = "pass" if found.rmse <= target.limit else "fail"
    return Judged(target.key, found.rmse, target.limit, target.unit, verdict)


def overall(said: list[Judged]) -> Verdict:
    """Fails if one fails; passes if one passes and none fails."""
    verdicts = {one.verdict for one in said}
    if "fail" in verdicts:
        return "fail"
    return "pass" if "pass" in verdicts else "not_judged"


def _annual(key: str, found: LoadMeasures, targets: Targets, small: bool) -> Judged:
    target = targets.by_key[key]
    if target.or_within is None:
        return _ratio(target, found.annual_difference, small)
    relative, absolute = found.annual_difference, found.annual - found.reference_annual
    if relative is not None and abs(relative) <= target.limit:
        return Judged(key, relative, target.limit, target.unit, "pass", absolute)
    if abs(absolute) <= target.or_within:
        return Judged(key, relative, target.limit, target.unit, "pass", absolute, "within_absolute")
    return Judged(key, relative, target.limit, target.unit, "fail", absolute)


def _ratio(target: Target, value: float | None, small: bool) -> Judged:
    if small:
        return Judged(target.key, value, target.limit, target.unit, "not_judged", None, "negligible")
    met = value is not None and abs(value) <= target.limit
    return Judged(target.key, value, target.limit, target.unit, "pass" if met else "fail")
