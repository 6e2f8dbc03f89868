"""A draft as Markdown, as a self-contained HTML page, and as a Word file that its owner edits."""

from __future__ import annotations

import contextlib
import datetime
import html
import io
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twin.pilot.draft import Block, Bullets, Draft, Heading, Paragraph, Table
from weather.errors import TwinError

_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_CSS = """
body{font-family:"Noto Sans CJK SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif;color:#1F2933;
max-width:60rem;margin:2rem auto;padding:0 1rem;line-height:1.6}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem;border-bottom:1px solid #E5E7EB}h3{font-size:1.05rem}
table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.92rem}
th,td{border:1px solid #9CA3AF;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#F3F4F6}.strong{font-weight:600;background:#FEF3C7;padding:.5rem .8rem}
@media print{body{max-width:none;margin:0}table{break-inside:auto}tr{break-inside:avoid}}
"""
_FONTS = {"zh": ("Times New Roman", "宋体", "黑体"), "en": ("Calibri", "宋体", "黑体")}
"""Latin, Chinese body and Chinese heading fonts; a machine without them takes its own."""


def markdown(draft: Draft) -> str:
    """The draft as Markdown."""
    parts = [f"# {_plain(draft.title)}"]
    parts += [_markdown(one) for one in draft.notices]
    for section in draft.sections:
        parts.append(f"## {_plain(section.title)}")
        parts += [_markdown(block) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"> **{_plain(block.text)}**" if block.strong else _plain(block.text)
    if isinstance(block, Heading):
        return f"### {_plain(block.text)}"
    if isinstance(block, Bullets):
        return "\n".join(f"- {_plain(item)}" for item in block.items)
    rows = [block.head, ("---",) * len(block.head), *block.rows]
    return "\n".join("| " + " | ".join(_cell(c, k) for c in row) + " |" for k, row in enumerate(rows))


def _cell(text: str, row: int) -> str:
    return text if row == 1 else _plain(text)


def _plain(text: str) -> str:
    """Text that Markdown neither formats nor takes for HTML."""
    text = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page(draft: Draft) -> str:
    """The draft as one HTML file that asks for nothing."""
    body = "".join(_html(one) for one in draft.notices)
    for section in draft.sections:
        inner = "".join(_html(block) for block in section.blocks)
        body += f'<section id="{section.key}"><h2>{html.escape(section.title)}</h2>{inner}</section>\n'
    return (
        f'<!doctype html>\n<html lang="{_HTML_LANG[draft.language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{html.escape(draft.title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
        f"<h1>{html.escape(draft.title)}</h1>\n{body}</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p{' class=strong' if block.strong else ''}>{html.escape(block.text)}</p>\n"
    if isinstance(block, Heading):
        return f"<h3>{html.escape(block.text)}</h3>\n"
    if isinstance(block, Bullets):
        return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in block.items) + "</ul>\n"
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in block.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>\n"


def word(draft: Draft) -> bytes:
    """The draft as a Word file (.docx)."""
    import docx
    from docx.shared import Cm, Pt

    document = docx.Document()
    latin, song, hei = _FONTS[draft.language]
    for name in ("Normal", "List Bullet", "Title", "Heading 1", "Heading 2"):
        plain = name in ("Normal", "List Bullet")
        _set_fonts(document.styles[name], latin, song if plain else hei)
    document.styles["Normal"].font.size = Pt(10.5)
    for part in document.sections:
        part.page_width, part.page_height = Cm(21.0), Cm(29.7)
        part.left_margin = part.right_margin = Cm(2.5)
    _describe(document, draft)
    document.add_heading(draft.title, level=0)
    for notice in draft.notices:
        _add(document, notice)
    for section in draft.sections:
        document.add_heading(section.title, level=1)
        for block in section.blocks:
            _add(document, block)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _describe(document: Any, draft: Draft) -> None:
    """Title, time and languages of the file, which the template has its own of."""
    from docx.oxml.ns import qn

    known, now = document.core_properties, datetime.datetime.now(datetime.UTC)
    known.title, known.author, known.comments = draft.title[:250], "PEDF Twin", ""
    known.created = known.modified = now
    known.language = _HTML_LANG[draft.language]
    for tongue in document.styles.element.iter(qn("w:lang")):
        tongue.set(qn("w:val"), "en-GB")
        tongue.set(qn("w:eastAsia"), "zh-CN")


def _set_fonts(style: Any, latin: str, chinese: str) -> None:
    """Name the fonts of both scripts; the template's theme fonts would win over names."""
    from docx.oxml.ns import qn

    style.font.name = latin
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), chinese)


def _add(document: Any, block: Block) -> None:
    if isinstance(block, Paragraph):
        document.add_paragraph().add_run(block.text).bold = block.strong or None
    elif isinstance(block, Heading):
        document.add_heading(block.text, level=2)
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(item, style="List Bullet")
    else:
        _add_table(document, block)


def _add_table(document: Any, block: Table) -> None:
    from docx.oxml import OxmlElement

    grid = document.add_table(rows=1 + len(block.rows), cols=len(block.head))
    grid.style = "Table Grid"
    for row, texts in zip(grid.rows, (block.head, *block.rows), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    for cell in grid.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # repeated on each page
    document.add_paragraph()


def write_drafts(drafts: Sequence[Draft], folder: Path) -> tuple[Path, ...]:
    """Write `pilot_plan_zh.md`, `.html`, `.docx` and the same for each further language.

    Parameters
    ----------
    drafts : sequence of Draft
        One for each language.
    folder : Path
        Made where it is not there.

    Returns
    -------
    tuple of Path
        What was written; each file was replaced in one move.

    Raises
    ------
    TwinError
        A folder that cannot be written to.
    """
    done = []
    for draft in drafts:
        for ending, content in (
            ("md", markdown(draft).encode("utf-8")),
            ("html", page(draft).encode("utf-8")),
            ("docx", word(draft)),
        ):
            done.append(write_bytes(content, folder / f"pilot_plan_{draft.language}.{ending}"))
    return tuple(done)


def write_bytes(content: bytes, target: Path) -> Path:
    """Write a file in one move.

    Raises
    ------
    TwinError
        It cannot be written.
    """
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with hidden.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):  # where a folder is a file, there is nothing to take away
            hidden.unlink()
        raise TwinError(
            f"the plan could not be written: {error.strerror or error}.",
            "Choose a folder that you may write to, with room on the disk.",
            file=target,
        ) from error
    return target
