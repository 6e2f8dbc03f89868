"""Results that follow from their arguments alone, kept for the next who asks.

A search prepares thousands of variants of one building in one climate; most of what `prepare` computes is the
same in all of them: sun on a facade, glass, prices, drawn vehicles. Two decorators keep such results: `kept`
by the values of all arguments, `kept_while` with the object that its first argument is (a year of weather,
which nobody changes). Both are bounded, and what they hand out is read-only, so that no variant can reach
into another. Whoever gives such an array to a kernel copies it: kernels are compiled for arrays that may be
written.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, wraps
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import numpy as np

_F = TypeVar("_F", bound=Callable[..., Any])

_FORGET: list[Callable[[], None]] = []
_HELD: list[Callable[[], int]] = []


def forget() -> None:
    """Drop everything that is kept in this process."""
    for one in _FORGET:
        one()


def held_bytes() -> int:
    """Bytes of the arrays that `kept_while` holds in this process."""
    return sum(one() for one in _HELD)


def kept(most: int) -> Callable[[_F], _F]:
    """Keep the results of a function of hashable values.

    Parameters
    ----------
    most : int
        Results kept; the one not asked for longest goes first. For small results only: their bytes are not
        counted.

    Returns
    -------
    callable
        The decorator. An error is not kept.
    """

    def decorate(function: _F) -> _F:
        @wraps(function)
        def sealing(*key: Hashable) -> Any:
            return sealed(function(*key))

        found = lru_cache(maxsize=most)(sealing)
        _FORGET.append(found.cache_clear)
        return cast("_F", found)

    return decorate


def kept_while(*, megabytes: float) -> Callable[[_F], _F]:
    """Keep the results of a function with its first argument, an object that nobody changes, while it lives.

    Parameters
    ----------
    megabytes : float
        Of the arrays kept with one such object; what has not been asked for longest goes first, and a result
        beyond that alone is not kept. What a result holds besides arrays is not counted.

    Returns
    -------
    callable
        The decorator, for functions of that object and hashable values. Their results must not refer to the
        object, which would never die then.
    """
    limit = round(megabytes * 2**20)

    def decorate(function: _F) -> _F:
        shelves: WeakKeyDictionary[Any, _Shelf] = WeakKeyDictionary()
        lock = Lock()

        @wraps(function)
        def found(owner: Any, *key: Hashable) -> Any:
            with lock:
                shelf = shelves.setdefault(owner, _Shelf(limit))
                if key in shelf.results:
                    shelf.results.move_to_end(key)
                    return shelf.results[key]
            result = sealed(function(owner, *key))
            with lock:
                shelf.put(key, result)
            return result

        _FORGET.append(shelves.clear)
        _HELD.append(lambda: sum(shelf.held for shelf in list(shelves.values())))
        return cast("_F", found)

    return decorate


class _Shelf:
    """What is kept with one object, by key, the oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit, self.held = limit, 0
        self.results: OrderedDict[tuple[Hashable, ...], Any] = OrderedDict()

    def put(self, key: tuple[Hashable, ...], result: Any) -> None:
        size = sum(array.nbytes for array in _arrays(result))
        if size > self.limit or key in self.results:
            return
        self.results[key] = result
        self.held += size
        while self.held > self.limit:
            _, gone = self.results.popitem(last=False)
            self.held -= sum(array.nbytes for array in _arrays(gone))


def sealed(result: Any) -> Any:
    """The same result, its arrays read-only: itself, in tuples, lists and mappings, or in a dataclass."""
    for array in _arrays(result):
        array.setflags(write=False)
    return result


def _arrays(result: Any) -> list[np.ndarray]:
    if isinstance(result, np.ndarray):
        return [result]
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in _arrays(part)]
    if isinstance(result, Mapping):
        return [array for part in result.values() for array in _arrays(part)]
    if is_dataclass(result):
        parts = (getattr(result, field.name) for field in fields(result))
        return [part for part in parts if isinstance(part, np.ndarray)]
    return []
