"""The offline page: self-contained, in both languages, deaf to hostile names, whole or not there."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from twin.report.page import page, write_page
from twin.report.words import status
from twin.store import Run
from weather.errors import TwinError

HOSTILE = "</script><img src=x onerror=alert(1)> %{y}"


class _Reader(HTMLParser):
    """Collects elements, addresses and text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.data: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.addresses += [
            v or "" for k, v in attrs if k in ("src", "href", "data", "action", "poster", "srcset")
        ]
        if tag in ("script", "style"):
            self._inside.append(dict(attrs).get("type") or tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)
        elif self._inside[-1] == "application/json":
            self.data.append(data)


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    return reader


@pytest.fixture(scope="module")
def html(plain_run: Run, small_reference: Run, small_run: Run) -> str:
    return page([plain_run, small_reference, small_run])


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    read = _read(html)
    assert all(a.startswith(("#", "data:")) for a in read.addresses)
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.S))
    assert "url(" not in style
    assert "@import" not in style
    policy = next(a["content"] for t, a in read.tags if t == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in policy.replace("http-equiv", "")


def test_plotly_is_inlined_once_and_the_file_stays_small(html: str) -> None:
    assert len(re.findall(r"\* plotly\.js v", html)) == 1
    assert len(html.encode()) < 8_000_000


def test_every_figure_turns_the_cloud_off(html: str) -> None:
    figures = [json.loads(text) for text in _read(html).data]
    assert len(figures) > 20
    for figure in figures:
        assert figure["config"]["showSendToCloud"] is False
        assert figure["config"]["plotlyServerURL"] == ""
    assert sum("locales" in f["config"] for f in figures) == len(figures) / 2


def test_both_languages_are_there_and_one_alone_on_request(html: str, plain_run: Run) -> None:
    words = " ".join(_read(html).words)
    for text in ("用能强度", "Energy use intensity", "假定", "Assumptions", "残差", "Residuals", "试验厅"):
        assert text in words
    english = " ".join(_read(page([plain_run], "en")).words)
    assert "用能强度" not in english
    assert "Energy use intensity" in english


def test_all_assumptions_residuals_and_counters_are_told(html: str, small_run: Run) -> None:
    words = " ".join(_read(html).words)
    for said in small_run.summary["assumptions"]:
        key = said["key"].removeprefix("model.")
        assert said["en"] in words or key in words
        assert said["source"] in words
    assert "Heat balance of zones" in words
    assert "Vehicles that found no free charger" in words
    assert small_run.manifest["weather_sha256"][:16] in words
    assert small_run.manifest["versions"]["pvlib"] in words


def test_an_assumed_limit_is_never_a_pass() -> None:
    said = {"key": "x", "status": "assumed", "met": True}
    assert status(said, "en") == "inside an assumed limit"
    assert status({**said, "met": False}, "zh") == "超出假定限值"
    assert status({**said, "key": "demand_response.rule_one"}, "en") == "counts, by an assumed rule"
    assert status({**said, "status": "not_judged", "met": None}, "en") == "not judged"


def _hostile(run: Run) -> Run:
    """A Run whose names, notes and sources all try to break out."""
    manifest, summary = copy.deepcopy(run.manifest), copy.deepcopy(run.summary)
    manifest["title"] = HOSTILE
    manifest["weather_source"]["name"] = HOSTILE
    manifest["buildings"] = {HOSTILE: manifest["buildings"]["hall"]}
    manifest["buildings"][HOSTILE]["equipment"] = HOSTILE
    manifest["event"] = {**manifest["event"], "building": HOSTILE}
    summary["buildings"] = {HOSTILE: summary["buildings"]["hall"]}
    for said in (*summary["verdicts"], *summary["assumptions"]):
        said["source"] = said["source_zh"] = said["zh"] = said["en"] = HOSTILE
    summary["counters"] = {HOSTILE: {HOSTILE: 1.0}}
    return dataclasses.replace(
        run,
        manifest=manifest,
        summary=summary,
        series={HOSTILE: run.series["hall"]},
        zones={HOSTILE: run.zones["hall"]},
        project=json.dumps({"description": HOSTILE}),
    )


def test_hostile_names_stay_words(plain_run: Run, small_run: Run) -> None:
    text = page([_hostile(small_run), plain_run])
    read = _read(text)
    kinds = {tag for tag, _ in read.tags}
    assert not kinds & {"img", "iframe", "object", "embed", "svg", "a:"}
    assert not any(key.startswith("on") for _, attrs in read.tags for key in attrs)
    scripts = [attrs for tag, attrs in read.tags if tag == "script"]
    assert sum("type" not in attrs for attrs in scripts) == 2  # plotly.js and the page's own
    assert any("<img src=x onerror=alert(1)>" in words for words in read.words)  # shown, as words
    for data in read.data:
        assert "<" not in data  # nothing in it can end the element
        texts = json.dumps(json.loads(data), ensure_ascii=False)
        assert "<img" not in texts  # Plotly must not see a tag either
        assert "onerror" not in texts or "&lt;img" in texts


def test_the_page_says_when_weather_differs(plain_run: Run, small_run: Run) -> None:
    other = dataclasses.replace(
        small_run,
        manifest={**small_run.manifest, "weather_sha256": "0", "seed": 7},
        weather=small_run.weather + 0.01,
    )
    assert "Mind: weather or tariff differ" in page([plain_run, other], "en")
    assert "Mind: weather or tariff differ" not in page([plain_run, small_run], "en")


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path, plain_run: Run) -> None:
    target = write_page([plain_run], tmp_path / "sub" / "页.html", "zh")
    assert target.read_text(encoding="utf-8").endswith("</html>\n")
    assert [p.name for p in target.parent.iterdir()] == ["页.html"]
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(TwinError, match="could not be written"):
        write_page([plain_run], tmp_path / "folder.html", "zh")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    with pytest.raises(TwinError, match="no Run"):
        write_page([], tmp_path / "none.html")


def test_the_same_runs_make_the_same_page(plain_run: Run) -> None:
    assert page([plain_run], "en") == page([plain_run], "en")
