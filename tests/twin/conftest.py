"""Fixtures of the tests of `twin`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _beside(name: str) -> ModuleType:
    """A module beside this file (importlib mode keeps test folders off the path)."""
    spec = importlib.util.spec_from_file_location(f"{name}_for_tests", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def runs() -> ModuleType:
    """The module `runs.py`: a Run made by hand."""
    return _beside("runs")


@pytest.fixture(scope="session")
def marches() -> ModuleType:
    """The module `marches.py`: small projects, each marched once in a session."""
    return _beside("marches")
