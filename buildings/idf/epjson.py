"""epJSON as the text of an IDF: the engine's schema tells the order of the fields."""

from __future__ import annotations

from pathlib import Path


def as_idf_text(text: str, path: Path) -> str:
    """Text of the same model as an IDF."""
    raise NotImplementedError
