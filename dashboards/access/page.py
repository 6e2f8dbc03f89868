"""The plain pages in front of the others: no script, one style sheet inside them, light and dark."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from twin.report.frame import HTML_LANG
from twin.report.style import Language

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --pale: #5b6672; --line: #c3ccd6; --ground: #eef3f8;
  --card: #fff; --accent: #1d5b99; --on-accent: #fff; --bad: #9f1f16; --bad-ground: #fdeceb;
  --good-ground: #e7f5ec; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --pale: #a3afbc; --line: #46525f;
  --ground: #11161c; --card: #1a2129; --accent: #72a7dd; --on-accent: #0b1622; --bad: #ffb4ab;
  --bad-ground: #3b1b19; --good-ground: #16321f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  background: var(--ground); color: var(--ink); font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei",
  "PingFang SC", "WenQuanYi Micro Hei", system-ui, sans-serif; padding: max(4vh, 16px) 16px 24px; }
header { width: 100%; max-width: 400px; display: flex; align-items: baseline; gap: 10px;
  padding: 0 4px 14px; }
header b { color: var(--accent); font-size: 19px; } header span { flex: 1; }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; padding: 26px 28px 28px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 14px; } h2 { font-size: 17px; margin: 28px 0 6px; }
p { margin: 6px 0 10px; } .hint { color: var(--pale); font-size: 14px; }
label { display: block; font-weight: 600; font-size: 14.5px; margin: 14px 0 4px; }
input { font: inherit; width: 100%; min-height: 46px; padding: 8px 12px; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
button { font: inherit; font-weight: 600; width: 100%; min-height: 46px; margin-top: 22px; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: 8px; }
button.second { color: var(--accent); background: transparent; }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.bad { color: var(--bad); background: var(--bad-ground); border-radius: 8px; padding: 10px 14px; }
.good { background: var(--good-ground); border-radius: 8px; padding: 10px 14px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin: 0; }
dt { color: var(--pale); } dd { margin: 0; overflow-wrap: anywhere; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Framed:
    """A page and the headers that belong to it."""

    text: str
    headers: dict[str, str]


def framed(title: str, body: str, language: Language, other: tuple[str, str] | None = None) -> Framed:
    """A page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    language : {"zh", "en"}
    other : (str, str), optional
        Address and name of the same page in the other language.
    """
    there = ""
    if other is not None:
        code = "en" if language == "zh" else "zh"
        there = f'<a href="{escape(other[0])}" lang="{HTML_LANG[code]}">{escape(other[1])}</a>'
    text = (
        f'<!doctype html>\n<html lang="{HTML_LANG[language]}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)} · PEDF Twin</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header><b>PEDF Twin</b><span></span>{there}</header>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return Framed(text, {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
