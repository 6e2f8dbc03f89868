"""VTNs on loopback with business logic and three VENs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from openadr_parties import Party, Place, token
from openadr_vtn import serving
from twin.links.openadr3.clients import admit
from twin.links.openadr3.notifications import tell
from twin.links.openadr3.parsing import Limits
from twin.links.openadr3.store import Store
from twin.links.openadr3.vtn import create_app

_SMALL = Limits(size=20_000, depth=12, items=2000)


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Place]]:
    """Makes VTNs that share their hashed secrets: hashing one takes a while on purpose."""
    made = ExitStack()

    def make() -> Place:
        path = tmp_path_factory.mktemp("vtn") / "vtn.db"
        store = Store(path, tell)
        http = made.enter_context(serving(create_app(store, limits=_SMALL)))
        parties = []
        for name in ("bl", "v1", "v2", "v3"):
            secret = admit(store, name, "bl" if name == "bl" else "ven")
            parties.append(Party(http, token(http, name, secret).json()["access_token"]))
        return Place(http, store, path, *parties)

    with made:
        yield make


@pytest.fixture(scope="module")
def place(clients: Callable[[], Place]) -> Place:
    """One VTN for the tests that do not count objects."""
    return clients()
