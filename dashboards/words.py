"""Words of the pages: one catalogue a room in `locales/`, Chinese and English side by side."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from twin.report.style import LANGUAGES, Language


@cache
def catalogue(room: str) -> dict[str, dict[str, str]]:
    """Words of a room: key to what is said in each language."""
    text = (files("dashboards") / "locales" / f"{room}.yaml").read_text("utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def rooms() -> list[str]:
    """Names of the catalogues."""
    folder = files("dashboards") / "locales"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def word(key: str, language: Language, **values: object) -> str:
    """Words of the pages.

    Parameters
    ----------
    key : str
        `room.name`, as in `locales/<room>.yaml`.
    language : {"zh", "en"}
    **values
        What stands in braces in the catalogue.

    Raises
    ------
    KeyError
        No such words; a test walks through every page so that this is found before a reader finds it.
    """
    room, _, name = key.partition(".")
    said = catalogue(room)[name][language]
    return said.format(**values) if values else said


def other(language: Language) -> Language:
    """The other language."""
    return LANGUAGES[1 - LANGUAGES.index(language)]
