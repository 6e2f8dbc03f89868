"""A hall that the twin describes, and the same hall as it is."""

from __future__ import annotations

import pytest

from live_hall import Truth, hall_as_described, hall_as_it_is
from twin.project import Loaded


@pytest.fixture(scope="session")
def described() -> Loaded:
    """The hall as it is described, 光储直柔."""
    return hall_as_described()


@pytest.fixture(scope="session")
def truth() -> Truth:
    """Three days of the hall as it is, and what sensors said."""
    return hall_as_it_is()
