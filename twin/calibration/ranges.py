"""Every verdict with its uncertainty: figures and limits of a Run under the draws of its posterior.

A limit counts as kept, or as missed, where that holds in nearly all draws; else the verdict is not sure.

References
----------
.. [1] JCGM 106:2012, The role of measurement uncertainty in conformity assessment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from buildings.library.data_text import read_data
from twin.calibration.drawn_years import DrawnYears
from twin.judges.verdict import holds
from twin.market.assumption import Assumption
from twin.store import Run
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_SHARES = (10, 50, 90)
_LEAST = 10
"""Fewest draws of which quantiles are told."""


@cache
def range_data() -> dict[str, Any]:
    """Figures that carry ranges, and when a verdict is sure."""
    text = (resources.files("twin.calibration") / "data" / "ranges.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def carry(run: Run, years: DrawnYears, form_error: float, seed: int) -> None:
    """Put ranges into the summary of a judged Run of one building.

    Its building gets `ranges` (figure to `p10`, `p50`, `p90`), each verdict whose value was drawn gets
    `draws` (`count`, `met_share`, quantiles, `as_calibrated`) and the `met` and `status` that follow from
    them, the summary `posterior`.

    Parameters
    ----------
    run : Run
    years : DrawnYears
    form_error : float
        Relative error of the model itself, drawn beside the parameters.
    seed : int

    Raises
    ------
    TwinError
        Too few draws could be marched.
    """
    count = len(years.figures)
    if count < _LEAST:
        raise TwinError(
            f"only {count} draws of the posterior can be marched"
            + (f": {years.refused[0]}" if years.refused else "."),
            "Calibrate the project anew, or remove the key posterior: then no ranges are told.",
            key="posterior",
            zh=(
                f"后验样本中只有 {count} 个可以仿真。",
                "请重新校准，或删去 posterior：则不再给出区间。",
            ),
        )
    form = 1.0 + form_error * _normal(count, seed)
    name = next(iter(run.series))
    run.summary["buildings"][name]["ranges"] = _ranges(years.figures, form)
    run.summary["verdicts"] = [_judged(one, years.verdicts, form) for one in run.summary["verdicts"]]
    run.summary["posterior"] = {
        "draws": count,
        "refused": len(years.refused),
        "form_error": form_error,
        "sure": range_data()["sure"]["value"],
    }
    run.summary["assumptions"] += [one.as_dict() for one in _assumptions(count, form_error)]


def _normal(count: int, seed: int) -> FloatArray:
    """Standard normal scores in even steps of probability, in a random order."""
    even = ndtri((np.arange(count) + 0.5) / count)
    return np.asarray(np.random.default_rng([seed, 13]).permutation(even))


def _ranges(figures: Sequence[Mapping[str, Any]], form: FloatArray) -> dict[str, dict[str, float]]:
    found = {}
    for name, entry in range_data()["figures"].items():
        values = [_at(one, entry["at"]) for one in figures]
        if any(value is None for value in values):
            continue
        drawn = np.array(values, dtype=float) * (form if entry["form"] else 1.0)
        found[name] = _span(drawn)
    return found


def _at(tree: Any, path: str) -> float | None:
    for key in path.split("."):
        if not isinstance(tree, Mapping) or tree.get(key) is None:
            return None
        tree = tree[key]
    return float(tree)


def _span(values: FloatArray) -> dict[str, float]:
    return {f"p{share}": float(np.percentile(values, share)) for share in _SHARES}


def _judged(
    verdict: Mapping[str, Any], drawn: Sequence[Mapping[str, Mapping[str, Any]]], form: FloatArray
) -> dict[str, Any]:
    """A verdict by its draws."""
    values = [one.get(verdict["key"], {}).get("value") for one in drawn]
    if verdict["met"] is None or any(value is None for value in values):
        return dict(verdict)
    known = np.array(values, dtype=float)
    if verdict["unit"] in range_data()["form_units"]:
        known = known * form
    share = float(np.mean([holds(value, verdict["relation"], verdict["limit"]) for value in known]))
    sure = float(range_data()["sure"]["value"])
    met = True if share >= sure else False if share <= 1.0 - sure else None
    status = verdict["status"]
    if met is None:
        status = "not_sure"
    elif status != "assumed":
        status = "pass" if met else "fail"
    said = {"count": len(known), "met_share": share, "as_calibrated": verdict["met"]} | _span(known)
    return {**verdict, "met": met, "status": status, "draws": said}


def _assumptions(count: int, form_error: float) -> tuple[Assumption, ...]:
    sure = range_data()["sure"]
    return (
        Assumption(
            "posterior.sure",
            f"判定须在 {count} 个后验样本中至少 {sure['value']:.0%} 满足（或不满足）才算确定。"
            "后验含全部参数：计量难以说明的参数由先验限定。",
            f"A verdict stands where its limit is kept (or missed) in at least {sure['value']:.0%} of "
            f"{count} draws of the posterior. It holds all parameters: those that the meters hardly feel "
            "stay within their priors.",
            sure["value"],
            "1",
            sure["source"],
            sure["confidence"],
            "假定",
        ),
        Assumption(
            "posterior.form_error",
            f"能耗、费用与碳排放的区间另含模型自身误差 {form_error:.1%}（未参与拟合各月的实测与模型之比）；"
            "最大需量与舒适只含参数的不确定性。",
            f"Ranges of energy, cost and carbon also hold the model's own error of {form_error:.1%} "
            "(measured over modelled energy of months that were not fitted); those of peak and comfort hold "
            "the parameters only.",
            form_error,
            "1",
            "twin calibrate",
            "derived",
            "twin calibrate",
        ),
    )
