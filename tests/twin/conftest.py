"""Fixtures of the tests of `twin`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def runs() -> ModuleType:
    """The module `runs.py` beside this file (importlib mode keeps test folders off the path)."""
    spec = importlib.util.spec_from_file_location("runs_for_tests", Path(__file__).with_name("runs.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
