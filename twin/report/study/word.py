"""A document as a Word file that owners edit: real headings, tables and numbered captions."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from twin.report.study.document import Answer, Block, Cell, Document, Paragraph, Plot, Table, Tiles
from twin.report.study.drawing import png

_LATIN, _CHINESE = "Calibri", "Microsoft YaHei"
_TEXT_CM = 17.4
_ACCENT, _PALE = RGBColor(0x1D, 0x5B, 0x99), RGBColor(0x6B, 0x72, 0x80)
_TONES = {
    "pass": RGBColor(0x1B, 0x6E, 0x4B),
    "fail": RGBColor(0xB3, 0x26, 0x1E),
    "assumed": RGBColor(0x7A, 0x5A, 0x00),
    "open": _PALE,
}


def word(document: Document) -> bytes:
    """The bytes of a .docx file."""
    made = docx.Document()
    _set_styles(made, document.language)
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.8)
    page.top_margin = page.bottom_margin = Cm(1.7)
    _footer(page.footer.paragraphs[0], document)
    made.core_properties.title = document.title[:255]
    made.core_properties.author = "PEDF Twin"
    made.add_paragraph(document.title, style="Title")
    made.add_paragraph(document.subtitle, style="Subtitle")
    colon = document.words["colon"]
    facts = made.add_paragraph("　".join(f"{name}{colon}{value}" for name, value in document.facts))
    _paint(facts.runs, size=8.5, colour=_PALE)
    _add(made, document.summary, document)
    for k, section in enumerate(document.sections, start=1):
        heading = made.add_heading(f"{k}. {section.title}", level=1)
        heading.paragraph_format.page_break_before = k == 1
        _add(made, section.blocks, document)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _set_styles(made: Any, language: str) -> None:
    """One pair of fonts everywhere: without an East Asian font Word would pick one by chance."""
    sizes = {
        "Normal": 10.0,
        "Title": 20.0,
        "Subtitle": 12.0,
        "Heading 1": 15.0,
        "Heading 2": 12.0,
        "Caption": 9.0,
    }
    for name, size in sizes.items():
        style = made.styles[name]
        style.font.name, style.font.size = _LATIN, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), _CHINESE)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        if name != "Normal":
            style.font.color.rgb = _ACCENT if name != "Caption" else RGBColor(0x1F, 0x29, 0x33)
            style.font.bold = name != "Subtitle"
            style.font.italic = False
    spacing = made.styles["Normal"].paragraph_format
    spacing.space_after, spacing.space_before, spacing.line_spacing = Pt(5), Pt(0), 1.12
    made.styles["Caption"].paragraph_format.keep_with_next = True
    tag = OxmlElement("w:lang")
    tag.set(qn("w:val"), "en-US")
    tag.set(qn("w:eastAsia"), "zh-CN" if language == "zh" else "en-US")
    made.styles["Normal"].element.get_or_add_rPr().append(tag)


def _paint(
    runs: Iterable[Any], *, size: float | None = None, colour: Any = None, bold: bool | None = None
) -> None:
    for run in runs:
        if size is not None:
            run.font.size = Pt(size)
        if colour is not None:
            run.font.color.rgb = colour
        if bold is not None:
            run.font.bold = bold


def _add(made: Any, blocks: Iterable[Block], document: Document) -> None:
    for block in blocks:
        if isinstance(block, Paragraph):
            _paragraph(made, block)
        elif isinstance(block, Answer):
            said = made.add_paragraph()
            _paint([said.add_run(block.question + document.words["colon"])], colour=_ACCENT, bold=True)
            said.add_run(block.text)
        elif isinstance(block, Tiles):
            _tiles(made, block)
        elif isinstance(block, Table):
            _table(made, block, document)
        else:
            _plot(made, block, document)


def _paragraph(made: Any, block: Paragraph) -> None:
    if block.kind == "heading":
        made.add_heading(block.text, level=2)
        return
    said = made.add_paragraph(block.text)
    if block.kind == "note":
        _paint(said.runs, size=9, colour=_PALE)
    elif block.kind == "lead":
        _paint(said.runs, bold=True)


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    """A field that Word can renew, with what it shows until then."""
    for kind, text in (
        ("begin", None),
        ("instrText", instruction),
        ("separate", None),
        ("t", shown),
        ("end", None),
    ):
        run = paragraph.add_run()
        if kind == "instrText":
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
            run._r.append(element)
        elif kind == "t":
            run.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
            run._r.append(element)


def _caption(made: Any, kind: str, block: Table | Plot, document: Document) -> None:
    name = document.words[f"{kind}_word"]
    same = [b for b in document.blocks() if isinstance(b, type(block))]
    number = 1 + next(k for k, b in enumerate(same) if b is block)
    caption = made.add_paragraph(f"{name} ", style="Caption")
    _field(caption, f"SEQ {name} \\* ARABIC", str(number))
    caption.add_run("  " + block.caption)
    if block.runs:
        caption.add_run().add_break()
        told = document.words["run_word"] + document.words["colon"] + ", ".join(block.runs)
        _paint([caption.add_run(told)], size=7.5, colour=_PALE, bold=False)


def _tiles(made: Any, block: Tiles) -> None:
    table = made.add_table(rows=1, cols=len(block.tiles), style="Table Grid")
    for cell, tile in zip(table.rows[0].cells, block.tiles, strict=True):
        _shade(cell, "F5F7FA")
        first = cell.paragraphs[0]
        _paint([first.add_run(tile.label)], size=8, colour=_PALE)
        _paint(cell.add_paragraph(tile.value).runs, size=12, bold=True)
        _paint(cell.add_paragraph(tile.note).runs, size=7.5, colour=_PALE)
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.space_after = Pt(1)
    made.add_paragraph().paragraph_format.space_after = Pt(0)


def _shade(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)


def _table(made: Any, block: Table, document: Document) -> None:
    _caption(made, "table", block, document)
    table = made.add_table(rows=1 + len(block.rows), cols=len(block.header), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    whole = sum(block.widths)
    widths = [Cm(_TEXT_CM * w / whole) for w in block.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    rows = [tuple(Cell(h) for h in block.header), *block.rows]
    for k, (row, cells) in enumerate(zip(table.rows, rows, strict=True)):
        marks = row._tr.get_or_add_trPr()
        marks.append(OxmlElement("w:cantSplit"))
        if k == 0:
            marks.append(OxmlElement("w:tblHeader"))
        for cell, said, side, width in zip(row.cells, cells, block.align, widths, strict=True):
            cell.width = width
            if k == 0:
                _shade(cell, "E8EEF5")
            _fill(cell.paragraphs[0], said, side, head=k == 0)
    below = made.add_paragraph(block.note)
    _paint(below.runs, size=8, colour=_PALE)


def _fill(paragraph: Any, said: Cell, side: str, *, head: bool) -> None:
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = 1.0
    if side == "r":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    told = said.tone in ("pass", "fail")
    _paint(
        [paragraph.add_run(said.text)],
        size=8,
        colour=_TONES.get(said.tone),
        bold=True if head or told else None,
    )
    if said.small:
        run = paragraph.add_run()
        run.add_break()
        run.add_text(said.small)
        _paint([run], size=7, colour=_PALE)


def _plot(made: Any, block: Plot, document: Document) -> None:
    holder = made.add_paragraph()
    holder.paragraph_format.keep_with_next = True
    picture = holder.add_run().add_picture(io.BytesIO(png(block.figure)), width=Cm(_TEXT_CM))
    picture._inline.docPr.set("descr", block.caption)
    _caption(made, "figure", block, document)
    if block.note:
        _paint(made.add_paragraph(block.note).runs, size=8, colour=_PALE)


def _footer(paragraph: Any, document: Document) -> None:
    before, between_after = document.words["page_of"].split("{page}")
    between, after = between_after.split("{pages}")
    paragraph.add_run(document.footer + "    " + before)
    _field(paragraph, "PAGE", "1")
    paragraph.add_run(between)
    _field(paragraph, "NUMPAGES", "1")
    paragraph.add_run(after)
    _paint(paragraph.runs, size=8, colour=_PALE)
