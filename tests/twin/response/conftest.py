"""The small fleet, called once."""

from __future__ import annotations

import pytest

from small_fleet import CALL, written
from twin.crew import Alone
from twin.project import Loaded, load
from twin.response.invitation import Invitation, parse_invitation
from twin.response.study import Called, call_fleet


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(written(tmp_path_factory.mktemp("fleet"))[0])


@pytest.fixture(scope="session")
def invitation() -> Invitation:
    return parse_invitation(CALL)


@pytest.fixture(scope="session")
def called(loaded: Loaded, invitation: Invitation) -> Called:
    return call_fleet(loaded, invitation, Alone())
