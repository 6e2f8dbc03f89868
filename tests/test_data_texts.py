"""Texts of the data files as people see them."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DATA = sorted(
    p for package in ("weather", "buildings", "controllers", "twin") for p in (ROOT / package).rglob("*.yaml")
)


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_degrees_are_written_with_signs_that_every_font_has(path: Path) -> None:
    """Seen: a Chinese font of Debian draws the one sign of degrees Celsius as an empty space."""
    assert "\N{DEGREE CELSIUS}" not in path.read_text(encoding="utf-8")


def test_there_is_data_to_read() -> None:
    assert len(DATA) > 30
