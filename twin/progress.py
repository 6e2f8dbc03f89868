"""How much of a piece of work is done, told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Called with the share that is done, 0 to 1."""


def part_of(progress: Progress | None, first: float, last: float) -> Progress:
    """Tell the progress of a part as that of the whole.

    Parameters
    ----------
    progress : callable or None
        Of the whole; None where nobody waits.
    first, last : float
        Shares of the whole at which the part begins and ends.

    Returns
    -------
    callable
        Of the part.
    """

    def told(share: float) -> None:
        if progress is not None:
            progress(first + (last - first) * share)

    return told


def parts_of(progress: Progress | None, count: int) -> list[Progress]:
    """The same for parts of one length, one after the other."""
    return [part_of(progress, k / count, (k + 1) / count) for k in range(count)]
