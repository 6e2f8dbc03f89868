"""Packages that were tried so far: each marched once, found in the store or by the crew, and rated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from buildings.description.finance import Finance
from twin.crew import Crew, Package
from twin.retrofit.due import due_of
from twin.retrofit.march_store import MarchStore
from twin.retrofit.rating import OBJECTIVES, Rated, rate
from twin.retrofit.variants import Figures, Inputs, march_package
from weather.errors import TwinError


class Tried:
    """Rates packages of one study and remembers them.

    Parameters
    ----------
    inputs : Inputs
    store : MarchStore
    crew : Crew
    finance : Finance
    told : callable, optional
        Called with the number of packages tried so far.

    Attributes
    ----------
    rated : dict of Package to Rated
        In the order in which they were asked for.
    refused : dict of Package to str
        What could not be built or marched, and why.
    due : Due
        What falls due for renewal without the works.
    marched, found : int
        How many were marched, and how many the store had.

    Raises
    ------
    TwinError
        The building as it is cannot be marched.
    """

    def __init__(
        self,
        inputs: Inputs,
        store: MarchStore,
        crew: Crew,
        finance: Finance,
        told: Callable[[int], None] | None = None,
    ) -> None:
        self.inputs, self.store, self.crew, self.finance, self.told = inputs, store, crew, finance, told
        self.rated: dict[Package, Rated] = {}
        self.refused: dict[Package, str] = {}
        self.marched = self.found = 0
        baseline = self._figures([()])[()]
        if "refused" in baseline:
            raise TwinError(
                f"The building as it is cannot be marched: {baseline['refused']}", "Mend it first."
            )
        from twin.economics.annual import annual_state

        self.before = annual_state(baseline)
        self.due = due_of(inputs.project, baseline["sizes"], inputs.library)
        self._enter((), baseline)

    def __call__(self, packages: Sequence[Package]) -> NDArray[np.float64]:
        """Objectives of packages, (n, k); NaN where one was refused. See `search.Rate`."""
        self.add(packages)
        none = np.full(len(OBJECTIVES), np.nan)
        return np.array([self.rated[p].objectives if p in self.rated else none for p in packages])

    def add(self, packages: Iterable[Package]) -> None:
        """Rate packages that are new."""
        new = [p for p in dict.fromkeys(packages) if p not in self.rated and p not in self.refused]
        figures = self._figures(new)
        for package in new:
            self._enter(package, figures[package])

    def _enter(self, package: Package, figures: Figures) -> None:
        if "refused" in figures:
            self.refused[package] = figures["refused"]
        else:
            self.rated[package] = rate(
                package, figures, self.before, self.finance, self.inputs.context, self.due
            )

    def _figures(self, packages: Sequence[Package]) -> dict[Package, Figures]:
        """Figures of packages, from the store where it has them; new ones are kept as they come."""
        keys = {package: self.inputs.key_of(package) for package in packages}
        known = {package: self.store.find(key) for package, key in keys.items()}
        done = {package: figures for package, figures in known.items() if figures is not None}
        self.found += len(done)
        missing = [package for package in packages if package not in done]
        for place, figures in self.crew.each(march_package, self.inputs, missing):
            package = missing[place]
            self.store.keep(keys[package], figures)
            done[package] = figures
            self.marched += 1
            if self.told is not None:
                self.told(len(self.rated) + len(self.refused) + len(done))
        return done
