"""A document as one HTML file: figures inside, no script, no address, fit for print."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape
from importlib import resources

from twin.report.frame import HTML_LANG
from twin.report.study.document import Answer, Block, Cell, Document, Paragraph, Plot, Table, Tiles
from twin.report.study.drawing import svg

_WIDE, _VERY_WIDE = 5, 8  # columns from which a table keeps a width of its own on small screens
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class _Numbers:
    """Numbers of tables and figures, counted as they come."""

    def __init__(self, document: Document) -> None:
        self.words, self.table, self.figure = document.words, 0, 0

    def of_table(self) -> str:
        self.table += 1
        return f"{self.words['table_word']} {self.table}"

    def of_figure(self) -> str:
        self.figure += 1
        return f"{self.words['figure_word']} {self.figure}"


def html(document: Document) -> str:
    """The page; every text is escaped, figures are images within it, nothing is ever fetched."""
    numbers = _Numbers(document)
    css = (resources.files("twin.report") / "assets" / "study.css").read_text(encoding="utf-8")
    facts = "".join(
        f"<li>{escape(name)}{escape(document.words['colon'])}{escape(value)}</li>"
        for name, value in document.facts
    )
    contents = "".join(
        f'<a href="#{s.key}">{k}. {escape(s.title)}</a>' for k, s in enumerate(document.sections, start=1)
    )
    parts = [
        f'<div class="cover"><h1>{escape(document.title)}</h1>\n'
        f'<p class="subtitle">{escape(document.subtitle)}</p>\n'
        f'<ul class="facts">{facts}</ul>\n{_blocks(document.summary, numbers)}</div>\n'
        f'<nav aria-label="{escape(document.words["contents"])}">{contents}</nav>'
    ]
    for k, section in enumerate(document.sections, start=1):
        inner = _blocks(section.blocks, numbers)
        parts.append(f'<section id="{section.key}"><h2>{k}. {escape(section.title)}</h2>\n{inner}</section>')
    return (
        f'<!doctype html>\n<html lang="{HTML_LANG[document.language]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(document.title)}</title>\n<style>{css}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + f"\n<footer>{escape(document.footer)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _blocks(blocks: Iterable[Block], numbers: _Numbers) -> str:
    parts: list[str] = []
    answers = False
    for block in blocks:
        if isinstance(block, Answer) != answers:
            parts.append("</dl>" if answers else '<dl class="answers">')
            answers = not answers
        parts.append(_block(block, numbers))
    if answers:
        parts.append("</dl>")
    return "\n".join(parts)


def _block(block: Block, numbers: _Numbers) -> str:
    if isinstance(block, Paragraph):
        if block.kind == "heading":
            return f"<h3>{escape(block.text)}</h3>"
        return f'<p class="{block.kind}">{escape(block.text)}</p>'
    if isinstance(block, Answer):
        return f"<dt>{escape(block.question)}</dt><dd>{escape(block.text)}</dd>"
    if isinstance(block, Tiles):
        tiles = "".join(
            f'<div class="tile"><span>{escape(t.label)}</span><b>{escape(t.value)}</b>'
            f"<small>{escape(t.note)}</small></div>"
            for t in block.tiles
        )
        return f'<div class="tiles">{tiles}</div>'
    if isinstance(block, Plot):
        return _plot(block, numbers)
    return _table(block, numbers)


def _from_runs(runs: tuple[str, ...], numbers: _Numbers) -> str:
    if not runs:
        return ""
    return f"<small>{escape(numbers.words['run_word'] + numbers.words['colon'] + ', '.join(runs))}</small>"


def _plot(plot: Plot, numbers: _Numbers) -> str:
    data = base64.b64encode(svg(plot.figure)).decode("ascii")
    caption = f"{numbers.of_figure()}  {plot.caption}"
    note = f"<small>{escape(plot.note)}</small>" if plot.note else ""
    return (
        f'<figure><div class="wrap"><img alt="{escape(plot.caption)}" '
        f'src="data:image/svg+xml;base64,{data}"></div>'
        f"<figcaption>{escape(caption)}{note}{_from_runs(plot.runs, numbers)}</figcaption></figure>"
    )


def _table(table: Table, numbers: _Numbers) -> str:
    n = len(table.header)
    size = " very-wide" if n >= _VERY_WIDE else " wide" if n >= _WIDE else ""
    whole = sum(table.widths)
    columns = "".join(f'<col style="width:{100 * w / whole:.1f}%">' for w in table.widths)
    sides = ["r" if a == "r" else "l" for a in table.align]
    head = "".join(
        f'<th scope="col" class="{a}">{escape(h)}</th>' for a, h in zip(sides, table.header, strict=True)
    )
    rows = "".join(
        "<tr>" + "".join(_cell(cell, side) for cell, side in zip(row, sides, strict=True)) + "</tr>\n"
        for row in table.rows
    )
    caption = f"{escape(numbers.of_table())}  {escape(table.caption)}{_from_runs(table.runs, numbers)}"
    below = f'<p class="below">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="scroll"><table class="t{size}"><caption>{caption}</caption>'
        f"<colgroup>{columns}</colgroup>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>{below}"
    )


def _cell(cell: Cell, side: str) -> str:
    small = f"<small>{escape(cell.small)}</small>" if cell.small else ""
    return f'<td class="{f"{side} {cell.tone}".strip()}">{escape(cell.text)}{small}</td>'
