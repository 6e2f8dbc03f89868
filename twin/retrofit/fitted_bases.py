"""The building of a study under the posterior of its calibration (校准后验下的现状建筑).

What a calibration told is drawn from its posterior and not from what is assumed of any building; parts that
are new, and the weather, are drawn as in other studies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from buildings.description.schema import Project
from twin.calibration.parameters import parameters
from twin.calibration.posterior import posterior_of
from twin.market.assumption import Assumption
from twin.project import Loaded


@dataclass(frozen=True)
class FittedBases:
    """The building as it is, under draws of a posterior.

    Attributes
    ----------
    projects : tuple of Project
        Without a posterior of their own.
    values : tuple of dict
        Of the parameters, by draw.
    form_error : float
        Relative error of the model whatever its parameters.
    """

    projects: tuple[Project, ...]
    values: tuple[Mapping[str, float], ...]
    form_error: float

    def factors(self, seed: int) -> NDArray[np.float64]:
        """What the model's own error makes of energy, money and carbon, by draw: even steps of a normal."""
        even = ndtri((np.arange(len(self.projects)) + 0.5) / len(self.projects))
        return np.asarray(1.0 + self.form_error * np.random.default_rng([seed, 13]).permutation(even))

    def words(self) -> Mapping[str, Mapping[str, Any]]:
        """Names of the parameters in both languages, as those of uncertain inputs stand."""
        return parameters()

    def assumption(self) -> dict[str, Any]:
        """What is said of ranges that rest on a posterior."""
        return Assumption(
            "uncertain.posterior",
            f"经校准的参数取自后验（{len(self.projects)} 个样本），新装部件与气象按各自分布抽样；"
            f"能耗、费用与碳排放另含模型自身误差 {self.form_error:.1%}。",
            f"What was calibrated is drawn from its posterior ({len(self.projects)} draws), new parts and "
            f"weather from their own distributions; energy, cost and carbon hold the model's error of "
            f"{self.form_error:.1%} too.",
            self.form_error,
            "1",
            "twin calibrate",
            "derived",
            "twin calibrate",
        ).as_dict()


def fitted_bases(
    loaded: Loaded, change: Callable[[Project], Project], count: int, seed: int
) -> FittedBases | None:
    """Draws of the posterior that a project names; None where it names none.

    Parameters
    ----------
    loaded : Loaded
    change : callable
        What becomes of each project, such as another step.
    count : int
        Draws that are wanted; a posterior of fewer is gone through again.
    seed : int

    Raises
    ------
    TwinError
        As `posterior_of`.
    """
    posterior = posterior_of(loaded.project, loaded.path)
    if posterior is None or count == 0:
        return None
    order = np.random.default_rng([seed, 17]).permutation(len(posterior.draws))
    picked = [int(order[i % len(order)]) for i in range(count)]
    projects = posterior.projects(loaded.project)
    return FittedBases(
        tuple(change(projects[i]) for i in picked),
        tuple(posterior.draws[i] for i in picked),
        posterior.form_error,
    )
