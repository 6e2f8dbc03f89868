"""Packages that are tried: all where they are few, bred where they are many, none that cannot be built."""

from __future__ import annotations

import numpy as np

from twin.retrofit.front import non_dominated
from twin.retrofit.search import combinations, explore

SLOTS = [[f"{slot}{level}" for level in range(4)] for slot in "abcdefghij"]


def weights(package):
    """A knapsack with a known best: of each slot the second level saves most for its price."""
    price = sum(1.0 + int(key[1]) for key in package)
    saving = sum((1.5, 4.0, 4.5, 4.6)[int(key[1])] * (1 + "abcdefghij".index(key[0])) for key in package)
    return price, -saving


class Rated:
    def __init__(self, mend=lambda package: package):
        self.seen, self.asked, self.mend = {}, 0, mend

    def __call__(self, packages):
        self.asked += len(packages)
        for package in packages:
            self.seen[package] = weights(package)
        return np.array([self.seen[package] for package in packages])


def test_few_packages_are_all_tried_once():
    few, rated = SLOTS[:3], Rated()
    explore(few, lambda package: package, rated, packages=combinations(few), seed=0)
    assert combinations(few) == 125
    assert len(rated.seen) == rated.asked == 125


def test_single_measures_and_nothing_come_first():
    rated = Rated()
    explore(SLOTS, lambda package: package, rated, packages=1, seed=0)
    assert set(rated.seen) == {(), *((key,) for slot in SLOTS for key in slot)}


def test_what_is_best_by_itself_in_every_slot_is_rated_together_before_breeding():
    """Nothing lessens the price; the fourth levels save most by themselves, but `j3` needs `a1`."""

    def mend(package):
        return tuple(key for key in package if key != "j3" or "a1" in package)

    rated = Rated()
    explore(SLOTS, mend, rated, packages=60, seed=0)
    strong = (*(f"{slot}3" for slot in "abcdefghi"), "j2")
    assert list(rated.seen).index(strong) == len({(), *(mend((key,)) for slot in SLOTS for key in slot)})


def test_breeding_finds_better_packages_than_as_many_drawn_ones():
    """The front of the knapsack is known: at a price of 20 the ten second levels save 220."""
    rated = Rated()
    explore(SLOTS, lambda package: package, rated, packages=1500, seed=3)
    bred = np.array(list(rated.seen.values()))
    assert 1500 <= len(bred) < 1700
    rng = np.random.default_rng(0)
    drawn = [
        weights(tuple(slot[g - 1] for g, slot in zip(genes, SLOTS, strict=True) if g > 0))
        for genes in rng.integers(0, 5, size=(len(bred), 10))
    ]
    best, chance = ({p: min(s for q, s in points if q <= p) for p in (10, 20)} for points in (bred, drawn))
    assert best[20] <= -0.97 * 220
    assert best[10] < chance[10]
    assert best[20] < chance[20]


def test_what_cannot_be_built_is_never_rated():
    """`j3` needs `a1`; it is dropped where that is missing."""

    def mend(package):
        return tuple(key for key in package if key != "j3" or "a1" in package)

    rated = Rated()
    explore(SLOTS, mend, rated, packages=600, seed=1)
    assert any("j3" in package for package in rated.seen)
    assert all("a1" in package for package in rated.seen if "j3" in package)


def test_the_same_seed_breeds_the_same_packages():
    first, again, other = Rated(), Rated(), Rated()
    for rated, seed in ((first, 5), (again, 5), (other, 6)):
        explore(SLOTS, lambda package: package, rated, packages=400, seed=seed)
    assert list(first.seen) == list(again.seen)
    assert set(first.seen) != set(other.seen)


def test_packages_that_could_not_be_marched_do_not_stop_the_search():
    def rate(packages):
        return np.array([weights(p) if "c2" not in p else (np.nan, np.nan) for p in packages])

    explore(SLOTS, lambda package: package, rate, packages=300, seed=0)


def test_front_by_hand():
    """(1, 4) (2, 2) (4, 1) stand; (2, 3) falls to (2, 2), (4, 4) to all; of two equal ones both stand."""
    points = [(1, 4), (2, 2), (2, 3), (4, 1), (4, 4), (2, 2)]
    assert non_dominated(points).tolist() == [True, True, False, True, False, True]
