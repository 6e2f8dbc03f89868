"""The best package by quadratic forms: an integer program, solved by HiGHS to its bound (整数规划).

A binary stands for every measure and every product of two measures. Slots take one measure at most, rules
say what can be built, and packages that are known already are cut off.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import highspy
import numpy as np

from buildings.retrofit.rules import Rule
from twin.crew import Package
from twin.retrofit.surrogate import Form

_GAP = 1e-3
"""Of the objective, at which a program counts as solved."""
_NODES = 20_000
"""After which the best package so far and the bound so far are taken; a time would make runs differ."""


@dataclass(frozen=True)
class Solved:
    """A package, what the forms expect of it, and what they expect of no other one.

    Attributes
    ----------
    package : tuple of str
    value : float
        Of the form that is made large.
    bound : float
        No package that fulfils the conditions has more.
    """

    package: Package
    value: float
    bound: float


class PackageProgram:
    """Integer programs over the packages of a study.

    Parameters
    ----------
    options : sequence of sequences of str
        Measures of each slot.
    rules : sequence of Rule
    """

    def __init__(self, options: Sequence[Sequence[str]], rules: Sequence[Rule]) -> None:
        self.keys = [key for slot in options for key in slot]
        self.slots = [i for i, slot in enumerate(options) for _ in slot]
        self._place = {key: i for i, key in enumerate(self.keys)}
        self._options, self._rules = options, rules

    def held(self, packages: Collection[Package]) -> np.ndarray:
        """One where a package holds a measure, shape (packages, measures)."""
        table = np.zeros((len(packages), len(self.keys)))
        for i, package in enumerate(packages):
            table[i, [self._place[key] for key in package]] = 1.0
        return table

    def best(
        self,
        objective: Form,
        conditions: Mapping[str, Form],
        known: Collection[Package],
        *,
        least: float = -np.inf,
        forced: Mapping[str, bool] = MappingProxyType({}),
    ) -> Solved | None:
        """The package with the most of one form among those of which no condition is below nought.

        Parameters
        ----------
        objective : Form
        conditions : mapping of str to Form
        known : collection of tuple of str
            Packages that are left out.
        least : float, optional
            What the objective must come to.
        forced : mapping of str to bool, optional
            Measures that the package must hold, or must not.

        Returns
        -------
        Solved or None
            None where no package that is not known fulfils them.
        """
        if np.isfinite(least):
            enough = replace(objective, constant=objective.constant - least)
            conditions = {**conditions, "": enough}
        return self._solve(objective, conditions, known, forced)

    def nearest(
        self,
        conditions: Mapping[str, Form],
        known: Collection[Package],
        forced: Mapping[str, bool] = MappingProxyType({}),
    ) -> Solved | None:
        """The package that lacks least, by the sum of what conditions lack; `value` is that sum, negative."""
        nothing = Form(0.0, np.zeros(len(self.keys)), (), np.zeros(0), 0.0)
        return self._solve(nothing, conditions, known, forced, elastic=True)

    def _solve(
        self,
        objective: Form,
        conditions: Mapping[str, Form],
        known: Collection[Package],
        forced: Mapping[str, bool],
        *,
        elastic: bool = False,
    ) -> Solved | None:
        forms = list(conditions.values())
        pairs = list(dict.fromkeys(pair for form in (objective, *forms) for pair in form.pairs))
        measures, products = len(self.keys), len(pairs)
        slack = len(forms) if elastic else 0
        rows = _Rows(measures + products + slack)
        for slot in self._options:
            rows.add({self._place[key]: 1.0 for key in slot}, 1.0)
        for rule in self._rules:
            rows.add({self._place[key]: share for key, share in rule.shares.items()}, rule.at_most)
        for p, (i, j) in enumerate(pairs, start=measures):
            rows.add({p: 1.0, i: -1.0}, 0.0)
            rows.add({p: 1.0, j: -1.0}, 0.0)
            rows.add({i: 1.0, j: 1.0, p: -1.0}, 1.0)
        column = {pair: measures + p for p, pair in enumerate(pairs)}
        for number, form in enumerate(forms):
            row = {place: -share for place, share in _row(form, column).items()}
            if elastic:
                row[measures + products + number] = -1.0
            rows.add(row, form.constant)
        for package in known:
            inside = {self._place[key] for key in package}
            rows.add({i: 1.0 if i in inside else -1.0 for i in range(measures)}, len(inside) - 1.0)
        cost = np.zeros(rows.columns)
        for place, share in _row(objective, column).items():
            cost[place] = -share
        cost[measures + products :] = 1.0
        lower, upper = np.zeros(rows.columns), np.ones(rows.columns)
        upper[measures + products :] = highspy.kHighsInf
        for key, held in forced.items():
            (lower if held else upper)[self._place[key]] = float(held)
        found, bound = _optimum(rows.model(cost, lower, upper, whole=measures))
        if found is None:
            return None
        package = tuple(key for key, share in zip(self.keys, found, strict=False) if share > 0.5)
        return Solved(package, objective.constant - float(np.dot(cost, found)), objective.constant - bound)


def _optimum(model: highspy.HighsLp) -> tuple[np.ndarray | None, float]:
    """Values of the columns, None where nothing fulfils the rows, and what no others fall below."""
    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_rel_gap", _GAP),
        ("mip_max_nodes", _NODES),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None, math.inf
    return np.array(solver.getSolution().col_value), info.mip_dual_bound


class _Rows:
    """Rows of a program, each at most a number."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._shares: list[float] = []
        self._columns: list[int] = []
        self._starts = [0]
        self._most: list[float] = []

    def add(self, row: Mapping[int, float], at_most: float) -> None:
        """Sum of shares times columns is at most a number; the largest share becomes one."""
        scale = max((abs(share) for share in row.values()), default=0.0) or 1.0
        self._shares += (share / scale for share in row.values())
        self._columns += row
        self._starts.append(len(self._columns))
        self._most.append(at_most / scale)

    def model(self, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray, whole: int) -> highspy.HighsLp:
        """The rows with cost and bounds of every column, of which the first are whole numbers."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, len(self._most)
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
        model.integrality_ = [
            highspy.HighsVarType.kInteger if i < whole else highspy.HighsVarType.kContinuous
            for i in range(self.columns)
        ]
        model.row_lower_ = np.full(len(self._most), -highspy.kHighsInf)
        model.row_upper_ = np.array(self._most)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(self._starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(self._columns, dtype=np.int32)
        model.a_matrix_.value_ = np.array(self._shares)
        return model


def _row(form: Form, column: Mapping[tuple[int, int], int]) -> dict[int, float]:
    """Coefficients of a form by column."""
    row = {i: float(share) for i, share in enumerate(form.linear) if share != 0.0}
    return row | {column[p]: float(share) for p, share in zip(form.pairs, form.products, strict=True)}
