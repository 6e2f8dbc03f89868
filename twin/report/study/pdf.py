"""A document as PDF, set by Typst from a template that reads the content as JSON."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import typst

from twin.report.study.document import Answer, Block, Document, Paragraph, Plot, Table
from twin.report.study.drawing import FALLBACKS, FONT_FAMILY, font_folders, svg

_UNBROKEN = re.compile(r"[!-⺀]{18,}")
_PIECE = 6
_TEMPLATE = "study.typ"


def pdf(document: Document) -> bytes:
    """The PDF's bytes."""
    return compiled(document, "pdf")[0]


def pages(document: Document, *, ppi: float = 60.0) -> list[bytes]:
    """Pages as PNG, to look at what was set."""
    return compiled(document, "png", ppi=ppi)


def compiled(document: Document, form: Literal["pdf", "png"], *, ppi: float | None = None) -> list[bytes]:
    """Set the document.

    Parameters
    ----------
    document : Document
    form : {"pdf", "png"}
    ppi : float, optional
        Of PNG pages.

    Returns
    -------
    list of bytes
        One PDF, or the pages.

    Notes
    -----
    Texts reach Typst as strings of a JSON file, never as source, so that no markup in a name is read.
    """
    with tempfile.TemporaryDirectory(prefix="twin-study-") as folder:
        root = Path(folder)
        template = (resources.files("twin.report") / "assets" / _TEMPLATE).read_text(encoding="utf-8")
        (root / _TEMPLATE).write_text(template, encoding="utf-8")
        content = json.dumps(_content(document, root), ensure_ascii=False, allow_nan=False)
        (root / "content.json").write_text(content, encoding="utf-8")
        fonts = [str(place) for place in font_folders()]
        source = str(root / _TEMPLATE)
        made: Any = typst.compile(source, format=form, ppi=ppi, root=str(root), font_paths=fonts)
    return list(made) if isinstance(made, list) else [made]


def _content(document: Document, root: Path) -> dict[str, Any]:
    count = {"table": 0, "plot": 0}
    return _broken(
        {
            "language": document.language,
            "fonts": [FONT_FAMILY, *FALLBACKS],
            "title": document.title,
            "subtitle": document.subtitle,
            "facts": [list(f) for f in document.facts],
            "words": document.words,
            "footer": document.footer,
            "summary": _blocks(document.summary, root, count),
            "sections": [
                {"key": s.key, "title": s.title, "blocks": _blocks(s.blocks, root, count)}
                for s in document.sections
            ],
        }
    )


def _blocks(blocks: Iterable[Block], root: Path, count: dict[str, int]) -> list[dict[str, Any]]:
    return [_block(block, root, count) for block in blocks]


def _block(block: Block, root: Path, count: dict[str, int]) -> dict[str, Any]:
    if isinstance(block, Plot):
        count["plot"] += 1
        file = f"{block.key}.svg"
        (root / file).write_bytes(svg(block.figure))
        said = {"caption": block.caption, "note": block.note, "runs": list(block.runs)}
        return {"type": "plot", "file": file, "number": count["plot"], **said}
    if isinstance(block, Table):
        count["table"] += 1
        return {"type": "table", **asdict(block), "align": list(block.align), "number": count["table"]}
    if isinstance(block, Paragraph):
        return {"type": "paragraph", **asdict(block)}
    return {"type": "answer" if isinstance(block, Answer) else "tiles", **asdict(block)}


def _broken(part: Any) -> Any:
    """Long words may break: Typst breaks Latin words only where they allow it."""
    if isinstance(part, str):
        return _UNBROKEN.sub(lambda m: "\u200b".join(_pieces(m.group())), part)
    if isinstance(part, dict):
        return {k: v if k in ("file", "key", "fonts", "type") else _broken(v) for k, v in part.items()}
    return [_broken(p) for p in part] if isinstance(part, (list, tuple)) else part


def _pieces(word: str) -> list[str]:
    return [word[i : i + _PIECE] for i in range(0, len(word), _PIECE)]
