"""Fixtures of the tests of `twin`."""

from __future__ import annotations

from types import ModuleType

import pytest

import marches as _marches
import runs as _runs


@pytest.fixture(scope="session")
def runs() -> ModuleType:
    """The module `runs`: a Run made by hand."""
    return _runs


@pytest.fixture(scope="session")
def marches() -> ModuleType:
    """The module `marches`: small projects, each marched once in a session."""
    return _marches
