"""What a hand does on a page, as patient as a hand is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import TimeoutError as Late

_TRIES = 12
_LOOK_MS = 10_000


def choose(page: Any, control: str, words: str) -> None:
    """Open a list and take the first entry with these words; open it anew where it closed by itself.

    A list hides when what is drawn above it pushes its control off the screen.
    """

    def take() -> None:
        page.locator(control).click()
        page.locator("[role=option]", has_text=words).first.click(timeout=_LOOK_MS)

    _again(take, f"{control} never offered {words!r}")


def by_hand(page: Any, do: Callable[[], None], shown: str) -> None:
    """Do it until that is shown; a figure that is drawn anew under the pointer takes nothing."""

    def look() -> None:
        do()
        page.wait_for_selector(shown, timeout=_LOOK_MS)

    _again(look, f"{shown} never came")


def _again(hand: Callable[[], None], failed: str) -> None:
    for _ in range(_TRIES):
        try:
            hand()
        except Late:
            continue
        return
    raise AssertionError(failed)
