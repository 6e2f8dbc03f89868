"""Which packages are tried: all of them where they are few, else those that NSGA-II breeds.

A package is one choice per slot: nothing, or one of its measures. What lacks a prerequisite or stands in
conflict is dropped from a bred package, so that every package can be built. Ahead of any breeding stand
nothing at all and each measure by itself, because the answers are about them, then for each objective the
package of what is best by itself in every slot: crossing those finds strong packages within few marches.

References
----------
.. [1] Deb et al., A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE Transactions on
       Evolutionary Computation 6 (2002) 182-197; by pymoo (Blank and Deb, IEEE Access 8 (2020) 89497).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.crew import Package

Options = Sequence[Sequence[str]]
"""Measures of each slot."""
Mend = Callable[[Package], Package]
"""Drops from a package what cannot be built."""
Rate = Callable[[Sequence[Package]], NDArray[np.float64]]
"""Objectives of packages, (n, k), all to be small; NaN where a package could not be marched."""

_WORST = 1e30
"""Objective of what could not be marched."""
_GENERATION = 100
_BARREN = 5
"""Generations without a new package after which there is nothing left to breed."""


def combinations(options: Options) -> int:
    """How many packages the slots allow, those that cannot be built included."""
    return math.prod(1 + len(choices) for choices in options)


def explore(options: Options, mend: Mend, rate: Rate, *, packages: int, seed: int) -> None:
    """Have packages rated until enough are.

    Parameters
    ----------
    options : sequence of sequences of str
        Measures of each slot.
    mend : callable
    rate : callable
        May be given a package again.
    packages : int
        How many different packages are rated; the first ones and the last generation may go beyond it.
    seed : int
        Of the breeding; the same seed and the same answers breed the same packages.
    """
    if combinations(options) <= packages:
        everything = [mend(_decoded(genes, options)) for genes in _all_genes(options)]
        for some in _generations(list(dict.fromkeys(everything))):
            rate(some)
        return
    singles = [mend((key,)) for choices in options for key in choices]
    tried = dict.fromkeys([(), *singles])
    rated = rate(list(tried))
    if len(tried) < packages:
        strong = _strongest(options, mend, dict(zip(tried, rated, strict=True)))
        rate(strong)
        tried |= dict.fromkeys(strong)
        _breed(options, mend, rate, tried, packages, rated.shape[1], seed)


def _strongest(options: Options, mend: Mend, rated: Mapping[Package, NDArray[np.float64]]) -> list[Package]:
    """For each objective, of every slot the measure that by itself lessens it most; none where none does."""
    made = []
    for j, nothing in enumerate(rated[()]):
        taken = []
        for choices in options:
            alone = {key: rated[key,][j] for key in choices if (key,) in rated}
            better = [key for key in alone if alone[key] < nothing]
            taken += sorted(better, key=lambda key: (alone[key], key))[:1]
        made.append(mend(tuple(taken)))
    return list(dict.fromkeys(made))


def _generations(packages: list[Package]) -> Iterator[list[Package]]:
    return (packages[i : i + _GENERATION] for i in range(0, len(packages), _GENERATION))


def _all_genes(options: Options) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(1 + len(choices)) for choices in options))


def _decoded(genes: Sequence[int], options: Options) -> Package:
    return tuple(choices[g - 1] for g, choices in zip(genes, options, strict=True) if g > 0)


def _encoded(package: Package, options: Options) -> list[int]:
    kept = set(package)
    return [next((i + 1 for i, key in enumerate(choices) if key in kept), 0) for choices in options]


def _breed(
    options: Options,
    mend: Mend,
    rate: Rate,
    tried: dict[Package, None],
    packages: int,
    objectives: int,
    seed: int,
) -> None:
    """NSGA-II over one gene per slot; children are mended, and carry the genes of what they became."""
    from pymoo.core.evaluator import Evaluator
    from pymoo.problems.static import StaticProblem

    algorithm, problem = _algorithm(options, list(tried), objectives, seed)
    barren = 0
    while len(tried) < packages and barren < _BARREN:
        children = algorithm.ask()
        if children is None or len(children) == 0:
            return
        born = [mend(_decoded(genes, options)) for genes in children.get("X").astype(int)]
        children.set("X", np.array([_encoded(package, options) for package in born]))
        rated = np.nan_to_num(rate(born), nan=_WORST)
        Evaluator().eval(StaticProblem(problem, F=rated), children)
        algorithm.tell(infills=children)
        before = len(tried)
        tried |= dict.fromkeys(born)
        barren = barren + 1 if len(tried) == before else 0


def _algorithm(options: Options, first: list[Package], objectives: int, seed: int) -> tuple[Any, Any]:
    """NSGA-II set up over the slots, its first generation random beside what was tried first."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.mutation import Mutation
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.ux import UniformCrossover

    highest = np.array([len(choices) for choices in options])

    class Redrawn(Mutation):
        """Draws a gene anew: a slot's measures have no order in which one could step."""

        def _do(self, problem: Any, X: Any, *args: Any, random_state: Any = None, **kwargs: Any) -> Any:
            anew = random_state.integers(0, highest + 1, size=X.shape)
            return np.where(random_state.random(X.shape) < 1.0 / len(highest), anew, X)

    drawn = np.random.default_rng(seed).integers(0, highest + 1, size=(_GENERATION, len(highest)))
    start = np.vstack([drawn, [_encoded(package, options) for package in first]])
    problem = Problem(n_var=len(options), n_obj=objectives, xl=0, xu=highest, vtype=int)
    algorithm = NSGA2(
        pop_size=_GENERATION,
        n_offsprings=_GENERATION,
        sampling=np.unique(start, axis=0),
        crossover=UniformCrossover(),
        mutation=Redrawn(),
        eliminate_duplicates=True,
    )
    algorithm.setup(problem, termination=("n_gen", 10**6), seed=seed, verbose=False)
    return algorithm, problem
