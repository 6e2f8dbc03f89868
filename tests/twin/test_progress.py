"""Shares of parts, told as shares of the whole."""

from __future__ import annotations

import pytest

from twin.progress import part_of, parts_of


def test_parts_follow_each_other_to_the_end() -> None:
    told: list[float] = []
    for part in parts_of(told.append, 4):
        part(0.5)
        part(1.0)
    assert told == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0])


def test_parts_of_a_part() -> None:
    told: list[float] = []
    last = parts_of(part_of(told.append, 0.1, 1.0), 3)[-1]
    last(0.0)
    last(1.0)
    assert told == pytest.approx([0.7, 1.0])


def test_nobody_waits() -> None:
    parts_of(None, 2)[1](1.0)
