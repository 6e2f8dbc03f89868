"""HTML, Word and PDF of a study: whole, balanced, deaf to hostile texts."""

from __future__ import annotations

import dataclasses
import errno
import io
import itertools
import os
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest
from docx.oxml.ns import qn
from PIL import Image

from twin.report.study.content import document
from twin.report.study.document import Answer, Document, Table, Tiles
from twin.report.study.html import html
from twin.report.study.pdf import pages, pdf
from twin.report.study.word import word
from twin.report.study.writing import write_bytes, write_study
from weather.errors import TwinError

HOSTILE = (
    "</title><script>alert(1)</script><img src=x onerror=alert(1)> & \"quoted\" 'too'",
    '#panic("read as code") #eval("1") $x^2$ *a* _b_ @ref <label> `raw` [x] \\ // /* ~',
    "W" * 180,
    "长" * 180,
    "𠮷野家镕囍 Ω 🏢 \x00\x07\u202e evil",
    "${not.math} $\\frac{1",
    "",
)
_VOID = {"meta", "link", "img", "col", "br", "hr"}


class _Balance(HTMLParser):
    """Open elements, and what a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data", "action")]
        assert not [k for k, _ in attrs if k.startswith("on")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text.append(data)


def _read(text: str) -> _Balance:
    reader = _Balance()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def _hostile(part: Any, texts: Iterator[str]) -> Any:
    """The same study with every name and sentence replaced by the next text."""
    if isinstance(part, dict):
        return {
            k: next(texts)
            if isinstance(v, str)
            and (k.endswith(("_en", "_zh")) or k in ("zh", "en", "name", "source", "run", "unit"))
            else _hostile(v, texts)
            for k, v in part.items()
        }
    return [_hostile(p, texts) for p in part] if isinstance(part, list) else part


@pytest.fixture(scope="session")  # `made` leads through the modules once for each language
def in_word(documents: dict[str, Document]) -> dict[str, bytes]:
    """The Word file by language."""
    return {language: word(made) for language, made in documents.items()}


def test_html_is_balanced_and_fetches_nothing(made: Document) -> None:
    page = html(made)
    reader = _read(page)
    assert "script" not in reader.tags
    assert all(a.startswith(("data:", "#")) for a in reader.addresses)
    assert not re.search(r"https?://|@import|url\(", page)
    assert reader.tags.count("img") == len(list(made.plots()))
    anchors = {a[1:] for a in reader.addresses if a.startswith("#")}
    assert anchors == {section.key for section in made.sections}


def test_every_figure_of_the_first_page_appears(made: Document) -> None:
    words = " ".join(_read(html(made)).text)
    for block in made.summary:
        if isinstance(block, Tiles):
            told = [t for tile in block.tiles for t in (tile.label, tile.value, tile.note)]
        elif isinstance(block, Answer):
            told = [block.question, block.text]
        else:
            assert isinstance(block, Table)
            told = [t for row in block.rows for cell in row for t in (cell.text, cell.small)]
        assert all(text in words for text in told)


def test_the_first_page_holds_the_figures_of_the_study(study: dict[str, Any]) -> None:
    """Figures taken from the study by hand: 20,000 m2, 62.5 kWh/(m2 a) from 91.0, 11 measures."""
    words = " ".join(_read(html(document(study, "en"))).text)
    first = study["chosen"][0]
    for text in (
        f"{first['figures']['eui_electric_kwh_m2']:.1f}",
        f"{study['baseline']['figures']['eui_electric_kwh_m2']:.1f}",
        f"{first['economics']['capital_cny'] / 1000:,.0f} kCNY",
        f"−{-first['economics']['npv_cny'] / 1000:,.0f} kCNY",
        f"{first['ranges']['capital_cny']['p10'] / 1000:,.0f}",
        f"{len(first['keys'])} measures",
        "p0117",
    ):
        assert text in words, text


@pytest.mark.long
@pytest.mark.parametrize("first", [0, 3])
def test_hostile_texts_are_harmless_in_every_format(study: dict[str, Any], first: int) -> None:
    """All of them in turn, twice, so that most places have met two."""
    study["packages"] = study["packages"][:12]
    texts = itertools.cycle(HOSTILE[first:] + HOSTILE[:first])
    made = document(_hostile(study, texts), "zh")
    reader = _read(html(made))
    assert "script" not in reader.tags
    assert reader.tags.count("img") == len(list(made.plots()))
    assert docx.Document(io.BytesIO(word(made))).tables
    assert pdf(made).startswith(b"%PDF")


@pytest.mark.long
def test_a_long_first_page_still_is_one(study: dict[str, Any]) -> None:
    for text in ("很长的名称" * 24, "a rather long name " * 7):
        made = document(_hostile(study, itertools.repeat(text)), "zh")
        assert len(pages(dataclasses.replace(made, sections=()))) == 2  # with the contents


def test_the_first_page_stands_alone(made: Document) -> None:
    assert len(pages(dataclasses.replace(made, sections=()))) == 2


def test_pdf_has_pages_with_ink_and_our_font(made: Document) -> None:
    data = pdf(made)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"NotoSansSCSubset" in data
    shown = pages(made, ppi=40)
    assert len(shown) >= 8
    for page in shown:
        ink = np.asarray(Image.open(io.BytesIO(page)).convert("L")) < 200
        assert ink.mean() > 0.002
        # nothing runs over the right or left edge
        assert not ink[:, :14].any()
        assert not ink[:, -14:].any()


def test_word_has_headings_tables_captions_and_fonts(made: Document, in_word: dict[str, bytes]) -> None:
    read = docx.Document(io.BytesIO(in_word[made.language]))
    headings = [p.text for p in read.paragraphs if p.style.name == "Heading 1"]
    assert headings == [f"{k}. {s.title}" for k, s in enumerate(made.sections, start=1)]
    told = [b for b in made.blocks() if isinstance(b, Table)]
    assert len(read.tables) == len(told) + 1  # the tiles
    first = read.tables[1]
    assert [c.text for c in first.rows[0].cells] == list(told[0].header)
    assert first.rows[1].cells[1].text.startswith(told[0].rows[0][1].text)
    captions = [p for p in read.paragraphs if p.style.name == "Caption"]
    assert len(captions) == len(told) + len(list(made.plots()))
    assert len(read.inline_shapes) == len(list(made.plots()))
    for style in ("Normal", "Heading 1", "Title", "Caption"):
        fonts = read.styles[style].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"


def test_word_pictures_are_printed_at_200_dpi(made: Document, in_word: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(in_word[made.language])) as file:
        pictures = [n for n in file.namelist() if n.startswith("word/media/")]
        assert pictures
        for name in pictures:
            picture = Image.open(io.BytesIO(file.read(name)))
            assert picture.width == round(6.7 * 200)
            assert np.asarray(picture.convert("L")).std() > 5


def test_files_are_written_under_their_names(study: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "上海 study" / "deep"
    found = write_study(study, folder, language="en", formats=("html", "docx"))
    assert found == {"html_en": folder / "report_en.html", "docx_en": folder / "report_en.docx"}
    assert sorted(p.name for p in folder.iterdir()) == ["report_en.docx", "report_en.html"]


def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_bytes(b"old", tmp_path / "report.pdf")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TwinError, match="No space left"):
        write_bytes(b"new", target)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.pdf"]


def test_a_folder_that_is_a_file_is_told(study: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(TwinError, match="could not be written"):
        write_study(study, tmp_path / "taken", language="en", formats=("html",))


def test_unknown_formats_and_languages_are_refused(study: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="'odt'"):
        write_study(study, tmp_path, formats=("html", "odt"))
    with pytest.raises(TwinError, match="'fr'"):
        write_study(study, tmp_path, language="fr")  # what a user may write
    assert list(tmp_path.iterdir()) == []


def test_settings_of_matplotlib_are_left_alone(study: dict[str, Any]) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    document(study, "zh")
    assert dict(mpl.rcParams) == before
