"""What measures bring is learnt from packages: forms that made the figures come back from the figures."""

from __future__ import annotations

import numpy as np
import pytest

from twin.retrofit.surrogate import Form, Sample, corrected, most_different

SLOTS = (0, 0, 1, 1, 2, 3, 4, 5, 6, 6)
"""Ten measures in seven slots."""


def drawn(count, seed=0):
    """Random packages: of each slot one measure or none."""
    rng = np.random.default_rng(seed)
    held = np.zeros((count, len(SLOTS)))
    for row in held:
        for slot in set(SLOTS):
            here = [i for i, s in enumerate(SLOTS) if s == slot]
            taken = rng.integers(0, len(here) + 1)
            if taken:
                row[here[taken - 1]] = 1.0
    return held


def truth(held):
    """Two of the fifty products matter."""
    return (
        5.0
        + held @ np.arange(10.0)
        - 30.0 * held[:, 2] * held[:, 5]
        + 12.0 * held[:, 0] * held[:, 8]
        + 0.3 * np.random.default_rng(1).normal(size=len(held))
    )


def test_products_that_matter_are_found_and_no_others():
    held = drawn(200)
    form = Sample(held, SLOTS).form(truth(held))
    assert set(form.pairs) == {(2, 5), (0, 8)}
    fresh = drawn(100, seed=9)
    np.testing.assert_allclose(form.of(fresh), truth(fresh), atol=1.5)
    assert 0.2 < form.error < 0.4


def test_two_of_one_slot_are_no_product():
    held = drawn(300)
    sample = Sample(held, SLOTS)
    form = sample.form(held[:, 0] * held[:, 4] + held[:, 1] * held[:, 4] - 2.0 * held[:, 8] * held[:, 3])
    assert (0, 1) not in form.pairs
    assert all(SLOTS[i] != SLOTS[j] for i, j in form.pairs)


def test_packages_without_a_value_are_left_out():
    held = drawn(200)
    values = truth(held)
    part = values.copy()
    part[::3], part[1::7] = np.nan, -np.inf
    known = np.isfinite(part)
    whole, some = Sample(held[known], SLOTS).form(values[known]), Sample(held, SLOTS).form(part)
    assert some.pairs == whole.pairs
    np.testing.assert_array_equal(some.linear, whole.linear)
    nothing = Sample(held, SLOTS).form(np.full(len(held), np.nan))
    assert nothing.of(held).tolist() == [0.0] * len(held)


def test_figures_that_do_not_move_are_a_constant():
    form = Sample(drawn(20), SLOTS).form(np.full(20, 7.0))
    assert (form.constant, form.error, form.pairs) == (7.0, 0.0, ())


def test_a_correction_brings_a_form_to_what_another_use_says():
    """Other conditions: 3 less, measure 4 brings 6 less, measure 7 brings 2 more."""
    held = drawn(200)
    form = Sample(held, SLOTS).form(truth(held))
    few, fresh = drawn(24, seed=4), drawn(100, seed=5)

    def other(some):
        return truth(some) - 3.0 - 6.0 * some[:, 4] + 2.0 * some[:, 7]

    moved = corrected(form, few, other(few))
    missed = moved.of(fresh) - other(fresh)
    assert np.sqrt(np.mean(missed**2)) < 0.8
    assert np.sqrt(np.mean((form.of(fresh) - other(fresh)) ** 2)) > 3.0
    assert moved.error == pytest.approx(np.sqrt(np.mean(missed**2)), rel=2.0)


def test_the_error_of_a_correction_is_that_of_what_is_left_out():
    """Noise of a known size, nothing to learn: the error is about the noise."""
    nought = Form(0.0, np.zeros(10), (), np.zeros(0), 0.0)
    held = drawn(60)
    noise = np.random.default_rng(2).normal(scale=0.5, size=60)
    assert corrected(nought, held, noise).error == pytest.approx(0.5, rel=0.4)


def test_one_package_shifts_a_form_and_none_leaves_it():
    form = Form(1.0, np.arange(10.0), ((0, 8),), np.array([2.0]), 0.3)
    held = drawn(1)
    assert corrected(form, held, form.of(held) + 4.0).constant == 5.0
    assert corrected(form, held[:0], np.zeros(0)) is form


def test_what_is_marched_first_differs_by_hand():
    """Twins of the first teach nothing new; the package with two other measures teaches most, then one."""
    held = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1]], dtype=float)
    assert most_different(held, 3)[:2] == [0, 2]
    assert sorted(most_different(held, 9)) == [0, 1, 2, 3]
