"""Who marches variants of a building or parts of a district: this process, or workers of a Dask cluster.

A worker that is killed loses nothing: its work is given to another one, and what nobody finishes is marched
by the process that asked.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from weather.errors import TwinError

Package = tuple[str, ...]
"""Keys of measures in the order of their slots."""
Work = Callable[[Any, Any], dict[str, Any]]
"""A module's function of shared inputs and an item; its answer is plain data, also of what a user causes."""

_SETTINGS = {
    "distributed.scheduler.allowed-failures": 3,
    # Marches take and leave arrays of hundreds of MB again and again. A worker that hands them back in
    # between, as the C library and Dask have it, gets its pages zeroed anew: a tenth of a march's time.
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**31,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**33,
    # Work is done in a thread, whose own arena would hold nothing above 64 MB.
    "distributed.nanny.pre-spawn-environ.MALLOC_ARENA_MAX": 1,
}
_KEPT = 3
"""Shared inputs that workers keep: a study's under its own use and under the standard's at two steps."""


class Crew(Protocol):
    """Does work on items, such as packages."""

    def each(self, work: Work, shared: Any, items: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the place of each item and what came of it, as they are done."""


class Alone:
    """This process."""

    def each(self, work: Work, shared: Any, items: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """See `Crew`."""
        for place, item in enumerate(items):
            yield place, work(shared, item)


class DaskCrew:
    """Workers of a Dask cluster; a context manager.

    Parameters
    ----------
    address : str, optional
        Scheduler of a cluster such as `tcp://10.0.0.5:8786`; default one of this machine's cores.
    workers : int, optional
        Of a local cluster; default one for each core.

    Raises
    ------
    TwinError
        No scheduler answers at that address, or it has no workers.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        self.address, self.workers = address, workers or cores()
        self._sent: list[tuple[Any, Any]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        import dask
        from distributed import Client, LocalCluster

        for name in ("distributed", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._open.enter_context(dask.config.set(_SETTINGS))
        if self.address is None:
            cluster = self._open.enter_context(
                LocalCluster(
                    n_workers=self.workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=":0",
                    silence_logs=logging.CRITICAL,
                )
            )
            self.client = self._open.enter_context(Client(cluster))
        else:
            self.client = self._open.enter_context(_client_of(self.address))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def each(self, work: Work, shared: Any, items: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """See `Crew`; what is shared is sent to each worker once."""
        from distributed import as_completed

        if not items:
            return
        futures = self.client.map(_on_worker, items, work=work, shared=self._shared(shared), pure=False)
        places = {future.key: place for place, future in enumerate(futures)}
        for future in as_completed(futures):
            place, found = places[future.key], None
            if future.status == "finished":
                with suppress(Exception):  # a result can go with its worker; an error of the work shows here
                    found = future.result()
            yield place, found if found is not None else work(shared, items[place])
            future.release()

    def _shared(self, shared: Any) -> Any:
        """What is shared where the workers have it; the latest few stay, because work on them alternates."""
        for known, sent in self._sent:
            if known is shared:
                return sent
        sent = self.client.scatter(shared, broadcast=True, hash=False)
        self._sent = [(shared, sent), *self._sent[: _KEPT - 1]]
        return sent


def _on_worker(item: Any, work: Work, shared: Any) -> dict[str, Any]:
    return work(shared, item)


def _client_of(address: str) -> Any:
    from distributed import Client

    try:
        if urlsplit(address).port == 0:  # asking for the port refuses what is none
            raise ValueError(address)
        client = Client(address, timeout=5)
    except (OSError, ValueError, TimeoutError) as error:
        raise TwinError(
            f"no Dask scheduler answers at {address!r}.",
            "Start one with `dask scheduler`, give its address such as tcp://HOST:8786, or leave it out.",
            key="--scheduler",
        ) from error
    if not client.scheduler_info()["workers"]:
        client.close()
        raise TwinError(
            f"the Dask scheduler at {address!r} has no workers.",
            "Start some with `dask worker ADDRESS` where pedf-twin is installed.",
            key="--scheduler",
        )
    return client


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended [s]."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )
