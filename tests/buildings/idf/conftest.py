"""The small model, whole and in variants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from small_model import BOX


@pytest.fixture
def box(tmp_path: Path) -> Callable[..., Path]:
    """Writes the small model, with parts replaced; returns its path."""

    def write(
        *replaced: tuple[str, str],
        version: str = "25.2",
        multiplier: int = 1,
        solar: str = "FullExterior",
        name: str = "box.idf",
    ) -> Path:
        major, minor = (int(part) for part in version.split(".")[:2])
        space = "," if (major, minor) >= (9, 6) else ""
        text = BOX.format(version=version, multiplier=multiplier, solar=solar, space=space)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
