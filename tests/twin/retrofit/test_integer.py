"""The integer program finds what trying every package finds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from buildings.retrofit.rules import Rule
from twin.retrofit.integer import PackageProgram
from twin.retrofit.surrogate import Form

OPTIONS = (("a1", "a2"), ("b1",), ("c1", "c2"), ("d1",), ("e1", "e2"))
RULES = (
    Rule({"a1": 1.0, "c2": 1.0}, 1.0),
    Rule({"d1": 1.0, "e1": -1.0, "e2": -1.0}, 0.0),
    Rule({"b1": 0.65, "c1": 0.2, "e2": 0.3}, 1.0),
)
PROGRAM = PackageProgram(OPTIONS, RULES)


def built():
    """Every package that the rules let through."""
    every = (tuple(key for key in keys if key) for keys in itertools.product(*((None, *o) for o in OPTIONS)))
    return [
        package
        for package in every
        if all(sum(rule.shares.get(key, 0.0) for key in package) <= rule.at_most + 1e-9 for rule in RULES)
    ]


def form(rng):
    pairs = ((0, 3), (1, 5), (2, 6), (3, 7), (4, 5))
    return Form(rng.normal(), rng.normal(size=8), pairs, rng.normal(size=5) * 2.0, 0.0)


def value(one, package):
    return float(one.of(PROGRAM.held([package]))[0])


@pytest.mark.parametrize("seed", range(12))
def test_the_best_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    money, conditions = form(rng), {"x": form(rng), "y": form(rng)}
    holding = [p for p in built() if all(value(one, p) >= 0.0 for one in conditions.values())]
    known: list = []
    for _ in range(4):
        left = [p for p in holding if p not in known]
        found = PROGRAM.best(money, conditions, known)
        if not left:
            assert found is None
            return
        best = max(left, key=lambda p: value(money, p))
        assert found.package == best
        assert found.value == pytest.approx(value(money, best))
        assert found.bound >= found.value - 1e-9
        assert PROGRAM.best(money, conditions, known, least=found.value + 0.01) is None
        assert PROGRAM.best(money, conditions, known, least=found.value - 0.01).package == best
        known.append(best)


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_lacks_least_of_all(seed):
    rng = np.random.default_rng(100 + seed)
    conditions = {name: form(rng) for name in "xyz"}
    conditions["z"] = Form(-9.0, conditions["z"].linear, (), np.zeros(0), 0.0)
    lacks = {p: sum(max(-value(one, p), 0.0) for one in conditions.values()) for p in built()}
    assert min(lacks.values()) > 0.0
    found = PROGRAM.nearest(conditions, [])
    assert lacks[found.package] == pytest.approx(min(lacks.values()))
    assert found.value == pytest.approx(-lacks[found.package])
    again = PROGRAM.nearest(conditions, [found.package])
    assert again.package != found.package
    assert lacks[again.package] == pytest.approx(sorted(lacks.values())[1])


@pytest.mark.parametrize("seed", range(6))
def test_with_each_measure_and_without_it(seed):
    rng = np.random.default_rng(200 + seed)
    money, conditions = form(rng), {"x": form(rng)}
    holding = [p for p in built() if value(conditions["x"], p) >= 0.0]
    assert holding
    for key in PROGRAM.keys:
        for inside in (True, False):
            left = [p for p in holding if (key in p) is inside]
            found = PROGRAM.best(money, conditions, [], forced={key: inside})
            if left:
                assert found.package == max(left, key=lambda p: value(money, p))
            else:
                assert found is None


def test_large_beside_small_coefficients_are_solved_in_silence(capfd):
    """Money of tens of millions beside an index: the solver says nothing on the output that users read."""
    for seed in range(20):
        rng = np.random.default_rng(300 + seed)
        money, index = form(rng), form(rng)
        dear = Form(1e7 * money.constant, 1e7 * money.linear, money.pairs, 1e7 * money.products, 0.0)
        low = Form(1e-3 * index.constant, 1e-3 * index.linear, index.pairs, 1e-3 * index.products, 0.0)
        found = PROGRAM.best(dear, {"x": low}, [], least=-3e7)
        holding = [p for p in built() if value(low, p) >= 0.0 and value(dear, p) >= -3e7]
        assert found.package == max(holding, key=lambda p: value(dear, p))
    assert capfd.readouterr().out == ""
