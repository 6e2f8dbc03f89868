"""The catalogues: both languages whole, every key that is asked for there."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import dashboards
from dashboards.pages import PAGES
from dashboards.words import catalogue, rooms, word

_ASKED = re.compile(r'(?:say|word)\(\s*"([a-z_]+\.[a-z0-9_]+)"')


@pytest.mark.parametrize("room", rooms())
def test_every_word_is_there_in_both_languages_with_the_same_values(room: str) -> None:
    for name, said in catalogue(room).items():
        assert set(said) == {"zh", "en"}, name
        assert all(isinstance(text, str) and text.strip() for text in said.values()), name
        values = {
            language: {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
            for language, text in said.items()
        }
        assert values["zh"] == values["en"], name


def test_chinese_is_chinese() -> None:
    spoken = re.compile("[\u4e00-\u9fff]")
    exempt = {"shell.other"}  # the name of the other language
    missing = [
        f"{room}.{name}"
        for room in rooms()
        for name, said in catalogue(room).items()
        if f"{room}.{name}" not in exempt and not spoken.search(said["zh"])
    ]
    assert missing == []
    turned = [
        f"{room}.{name}"
        for room in rooms()
        for name, said in catalogue(room).items()
        if f"{room}.{name}" not in exempt and spoken.search(said["en"])
    ]
    assert turned == []


def test_every_word_that_the_code_names_is_in_a_catalogue() -> None:
    folder = Path(dashboards.__file__).parent
    asked = {key for file in folder.rglob("*.py") for key in _ASKED.findall(file.read_text("utf-8"))}
    assert len(asked) > 20
    for key in sorted(asked):
        room, _, name = key.partition(".")
        assert name in catalogue(room), key


def test_every_page_has_a_title() -> None:
    for page in PAGES:
        assert word(f"{page.key}.title", "zh") != word(f"{page.key}.title", "en")
