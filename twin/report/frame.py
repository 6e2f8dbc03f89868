"""The frame of an offline page: one HTML file with its figures inlined, in Chinese and English.

The file needs nothing but a browser: plotly.js is inlined once, no address is ever asked, and a content
security policy says so to the browser: no connection, and no script but the two whose hashes it names, so
that a hostile name could not run even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import plotly.graph_objects as go
import plotly.offline
from plotly.io.json import to_json_plotly

from twin.report.style import LANGUAGES, Language, config, unframed
from twin.report.tables import escape
from weather.errors import TwinError

HTML_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Block:
    """One section of a page: `inner` is HTML already, figures follow it.

    Attributes
    ----------
    key : str
        Name of the section in addresses.
    title : str
        Plain text.
    inner : str
        HTML above the figures.
    figures : sequence of Figure
        Made by `twin.report.style.finish`.
    choices : sequence of str
        Plain names of the figures where one at a time is shown; empty: all are.
    first : int
        The one that is shown first.
    under : sequence of str
        HTML below each figure, shown and hidden with it; empty: none.
    """

    key: str
    title: str
    inner: str
    figures: Sequence[go.Figure] = ()
    choices: Sequence[str] = ()
    first: int = 0
    under: Sequence[str] = ()


@dataclass(frozen=True)
class Body:
    """A page in one language: headline (plain), HTML below it, blocks, footer (plain)."""

    headline: str
    lead: str
    blocks: Sequence[Block]
    footer: str


def framed_page(
    title: str, body: Callable[[Language], Body], language: Language | Literal["both"] = "both"
) -> str:
    """A whole page.

    Parameters
    ----------
    title : str
        Plain text for the window's title.
    body : callable
        Gives the body in a language.
    language : {"zh", "en", "both"}
        With `both` the reader switches.
    """
    chosen: tuple[Language, ...] = LANGUAGES if language == "both" else (language,)
    first = chosen[0]
    library, own, css = plotly.offline.get_plotlyjs(), _asset("page.js"), _asset("page.css")
    # A closing tag inside a string of the library would end the script element early.
    library = library.replace("</script", "<\\/script")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"script-src {_hash(library)} {_hash(own)}"
    )
    bodies = "".join(_body(body(lang), lang, several=len(chosen) > 1) for lang in chosen)
    return (
        f'<!doctype html>\n<html lang="{HTML_LANG[first]}" class="show-{first}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light">\n<link rel="icon" href="data:,">\n'
        f"<title>PEDF Twin · {escape(title)}</title>\n<style>{css}</style>\n</head>\n<body>\n{bodies}\n"
        f"<script>{library}</script>\n<script>{own}</script>\n</body>\n</html>\n"
    )


def write_whole(text: str, path: str | Path) -> Path:
    """Write a page; the file is replaced in one move when the new one is complete.

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    target = Path(path)
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with hidden.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            hidden.unlink(missing_ok=True)
        raise TwinError(
            f"the page could not be written: {error.strerror or error}.",
            "Choose a file in a folder that you may write to, with room on the disk.",
            file=target,
        ) from error
    return target


def _asset(name: str) -> str:
    return (resources.files("twin.report") / "assets" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _body(body: Body, language: Language, *, several: bool) -> str:
    nav = "".join(f'<a href="#{b.key}-{language}">{escape(b.title)}</a>' for b in body.blocks)
    parts, number = [], 0
    for block in body.blocks:
        inner = block.inner + _figures(block, language, number)
        number += len(block.figures)
        parts.append(
            f'<section id="{block.key}-{language}" data-key="{block.key}"><h2>{escape(block.title)}</h2>'
            f"{inner}</section>"
        )
    other = (
        '<span class="languages"><button type="button" data-language="zh">中文</button>'
        '<button type="button" data-language="en">English</button></span>'
        if several
        else ""
    )
    return (
        f'<div class="body {language}" lang="{HTML_LANG[language]}"><header><div class="bar">'
        f"<b>PEDF Twin</b><nav>{nav}</nav>{other}</div></header><main>"
        f"<h1>{escape(body.headline)}</h1>{body.lead}{''.join(parts)}</main>"
        f"<footer>{escape(body.footer)}</footer></div>\n"
    )


def _figures(block: Block, language: Language, number: int) -> str:
    parts = []
    if block.choices:
        buttons = "".join(
            f'<button type="button" data-choice="{k}" aria-pressed="{str(k == block.first).lower()}">'
            f"{escape(name)}</button>"
            for k, name in enumerate(block.choices)
        )
        parts.append(f'<div class="choices">{buttons}</div>')
    for k, figure in enumerate(block.figures):
        framed = unframed(figure)
        key = f"figure-{language}-{number + k}"
        hidden = " hidden" if block.choices and k != block.first else ""
        # Words of figures went through `plain`, which leaves HTML that is safe to set.
        data = to_json_plotly({**framed.figure, "config": config(language)})
        safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        parts.append(
            f'<figure data-panel="{k}"{hidden}><h3>{framed.title}</h3>'
            f'<div class="plot" id="{key}" style="height:{framed.figure["layout"]["height"]:.0f}px"></div>'
            f"<figcaption>{escape(framed.note)}</figcaption>"
            f'<script type="application/json" data-for="{key}">{safe}</script></figure>'
        )
        if block.under:
            parts.append(f'<div data-panel="{k}"{hidden}>{block.under[k]}</div>')
    return "".join(parts)
