"""Errors in Chinese: every sentence of the sources has one, and real errors come out in it."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
import yaml

import dashboards  # names its catalogues
from command_process import forked
from error_templates import PACKAGES, Walk
from twin.error_words import ERRORS, said, told
from twin.sentences import chinese
from weather.errors import TwinError

ROOT = Path(dashboards.__file__).parents[1]
WORDS = "words.yaml"
"""Values inside sentences, which the walk does not look for."""
CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
_SPOKEN = re.compile("[\u4e00-\u9fff]")
_TWIN = str(Path(sys.executable).with_name("twin"))


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk(ROOT)


def _rows(*, words: bool) -> list[tuple[str, str]]:
    found = []
    for package in PACKAGES:
        for entry in sorted((files(package) / "locales" / ERRORS).iterdir(), key=lambda e: e.name):
            if (entry.name == WORDS) is words:
                found += [(one["en"], one["zh"]) for one in yaml.safe_load(entry.read_text("utf-8"))]
    return found


def _places(text: str) -> set[str]:
    return {place for _, place, _, _ in Formatter().parse(text) if place is not None}


def test_every_sentence_of_an_error_has_a_chinese_one(walk: Walk) -> None:
    known = {en for en, _ in _rows(words=False)}
    assert len(walk.sentences) > 1600
    missing = {f"{place} {text}" for text, place in walk.sentences.items() if text not in known}
    assert missing == set()


def test_no_chinese_sentence_is_left_over(walk: Walk) -> None:
    rows = [en for en, _ in _rows(words=False)]
    assert [en for en in rows if en not in walk.sentences] == []
    assert len(rows) == len(set(rows))


def test_both_languages_have_the_same_places_and_chinese_is_chinese() -> None:
    for en, zh in (*_rows(words=False), *_rows(words=True)):
        assert _places(en) == _places(zh), en
        assert _SPOKEN.search(zh) or not any(sign.isalpha() for sign in Formatter().format(en, *" " * 9)), en
        assert not zh.endswith("。"), en  # who shows it ends it


def test_the_walk_follows_what_the_sources_do(tmp_path: Path) -> None:
    """Names, choices, sums, helpers, methods and fields; values become places; own Chinese is left out."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "weather" / "one.py").write_text(
        "REMEDY = 'Do this.'\n"
        "class Row:\n"
        "    def wrong(self, what: str, remedy: str): return TwinError(f'{self!r}: {what}', remedy)\n"
        "def helper(why: str, n: int): raise TwinError(why, 'Say {so}.')\n"
        "def first(row, n, i):\n"
        "    which = 'left' if n else 'right'\n"
        "    raise TwinError(f'the {which} side of {n:g} and {i + 1}', REMEDY)\n"
        "def second(row, n):\n"
        "    helper('told by a helper', n)\n"
        "    raise row.wrong('in a row ' + f'of {n}' + (' and more' if n else ''), 'Mend ' f'{n}.')\n"
        "def third(): raise TwinError('own words', 'None.', zh=('自己的话', '无'))\n",
        "utf-8",
    )
    assert set(Walk(tmp_path).sentences) == {
        "Do this.", "Say {{so}}.", "the left side of {0} and {1}", "the right side of {0} and {1}",
        "told by a helper", "in a row of {0} and more", "in a row of {0}", "Mend {0}.",
    }  # fmt: skip


def test_every_sentence_is_found_again_with_its_values() -> None:
    """No sentence is taken for a shorter one, and each value comes to its place."""
    lost = []
    for en, zh in _rows(words=False):
        values = [f"v{i}x" for i in range(len(_places(en)))]
        got = chinese(en.format(*values), ERRORS)
        if got != zh.format(*values):
            lost.append((en, zh, got))
    assert lost == []


def test_values_that_are_sentences_are_said_in_chinese_and_names_are_not() -> None:
    inner = "The key 'zone' stands here and in line 3. Keep one."
    error = TwinError(
        f"The package cannot be: {inner}", "Leave a measure out.", file="a.yaml", line=7, key="b.c"
    )
    assert told(error, "zh") == (
        "a.yaml，第 7 行，b.c：该方案无法成立：键“zone”在此处和第 3 行重复。只留一个。请去掉一项措施。"
    )
    assert told(error, "en") == str(error)
    assert said(TwinError("two zones are called 'zone'", "Give each zone a name of its own."), "zh") == (
        "两个分区都叫“zone”。给每个分区各取一个名称。"
    )


def test_what_no_catalogue_has_stays_english() -> None:
    strange = "Nobody ever wrote this: not at all."
    assert chinese(strange, ERRORS) is None
    assert said(TwinError(strange, "Give a number."), "zh") == f"{strange[:-1]}。请给出数字。"


def test_own_chinese_words_come_first() -> None:
    error = TwinError("Give a number.", "Give a number.", line=2, zh=("错。", "改。"))
    assert told(error, "zh") == "第 2 行：错。改。"


def test_a_damaged_weather_file_in_a_chinese_terminal(tmp_path: Path) -> None:
    path = tmp_path / "坏.epw"
    path.write_text("LOCATION,Shanghai\n" + "1,2,3\n" * 40, "utf-8")
    done = forked("weather", path, env=CHINESE)
    assert done.returncode == 2
    assert "错误：" in done.stderr
    assert "这不是 EPW 文件" in done.stderr
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", done.stderr), done.stderr


def test_a_missing_file_and_an_unknown_material_in_a_chinese_terminal(tmp_path: Path) -> None:
    done = forked("describe", tmp_path / "none.yaml", env=CHINESE)
    assert done.returncode == 2
    assert done.stderr.endswith("文件不存在。请给出 YAML 文件的路径。\n"), done.stderr
    project = yaml.safe_load((files("twin") / "examples" / "shanghai_office_pedf.yaml").read_text("utf-8"))
    project["buildings"][0]["constructions"] = {"wall": {"layers": [{"material": "brik", "thickness": 0.2}]}}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(project, allow_unicode=True), "utf-8")
    done = forked("describe", tmp_path / "p.yaml", env=CHINESE)
    assert done.returncode == 2
    assert _SPOKEN.search(done.stderr.partition("：")[2])
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", done.stderr), done.stderr


def test_a_full_disk_in_a_chinese_terminal(tmp_path: Path) -> None:
    """Files may not grow beyond 100 kB, as on a full disk."""
    done = subprocess.run(
        [_TWIN, "weather", "shanghai", "--out", str(tmp_path / "year.epw")],
        capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, **CHINESE, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )  # fmt: skip
    assert done.returncode == 2
    assert "气象文件无法写出" in done.stderr
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", done.stderr), done.stderr
