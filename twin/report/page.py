"""One offline HTML page of a comparison: tables, figures, verdicts, assumptions, in Chinese and English.

The file needs nothing but a browser: plotly.js is inlined once, no address is ever asked, and a content
security policy says so to the browser: no connection, and no script but the two whose hashes it names, so
that a hostile name could not run even if it slipped through the escaping.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Literal

import plotly.offline
from plotly.io.json import to_json_plotly

from twin.report import tables
from twin.report.comparison import comparison_rows
from twin.report.figures import Section, sections
from twin.report.money import judged_buildings
from twin.report.reading import run_names
from twin.report.style import LANGUAGES, Language, config, pick, unframed
from twin.report.tables import escape, typeset
from twin.store import Run
from weather.errors import TwinError

_HTML_LANG = {"zh": "zh-CN", "en": "en"}
_KEY_ROWS = ("eui_electric", "eui_grid", "peak", "self_consumption", "cost_total", "carbon")


def write_page(runs: Sequence[Run], path: str | Path, language: Language | Literal["both"] = "both") -> Path:
    """Write the page of a comparison.

    Parameters
    ----------
    runs : sequence of Run
        Judged, at least one; the first is what the others are compared with. A march without a call, that
        belongs to one with it, is found among them.
    path : path-like
        HTML file; replaced in one move when the new one is complete.
    language : {"zh", "en", "both"}
        Language of the page; with `both` the reader switches.

    Returns
    -------
    Path

    Raises
    ------
    TwinError
        No Run, a Run that was not judged, or a file that cannot be written.
    """
    text = page(runs, language)
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
        hidden.unlink(missing_ok=True)
        raise TwinError(
            f"the page could not be written: {error.strerror or error}.",
            "Choose a file in a folder that you may write to, with room on the disk.",
            file=target,
        ) from error
    return target


def page(runs: Sequence[Run], language: Language | Literal["both"] = "both") -> str:
    """The page's HTML; see `write_page`."""
    if not runs:
        raise TwinError("there is no Run to show.", "Give at least one Run.")
    chosen: tuple[Language, ...] = LANGUAGES if language == "both" else (language,)
    first = chosen[0]
    library, own, css = plotly.offline.get_plotlyjs(), _asset("page.js"), _asset("page.css")
    # A closing tag inside a string of the library would end the script element early.
    library = library.replace("</script", "<\\/script")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        f"script-src {_hash(library)} {_hash(own)}"
    )
    title = " · ".join(run_names(runs))
    bodies = "".join(_body(runs, lang, several=len(chosen) > 1) for lang in chosen)
    return (
        f'<!doctype html>\n<html lang="{_HTML_LANG[first]}" class="show-{first}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light">\n<link rel="icon" href="data:,">\n'
        f"<title>PEDF Twin · {escape(title)}</title>\n<style>{css}</style>\n</head>\n<body>\n{bodies}\n"
        f"<script>{library}</script>\n<script>{own}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return (resources.files("twin.report") / "assets" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _body(runs: Sequence[Run], language: Language, *, several: bool) -> str:
    blocks: list[tuple[str, str, str]] = [
        ("compared", pick(language, "对比", "Comparison"), _comparison(runs, language))
    ]
    number = 0
    for section in sections(runs, language):
        blocks.append((section.key, section.title, _section(section, language, number)))
        number += len(section.figures)
    blocks += _back_matter(runs, language)
    nav = "".join(f'<a href="#{key}-{language}">{escape(title)}</a>' for key, title, _ in blocks)
    main = "".join(
        f'<section id="{key}-{language}" data-key="{key}"><h2>{escape(title)}</h2>{inner}</section>'
        for key, title, inner in blocks
    )
    other = (
        '<span class="languages"><button type="button" data-language="zh">中文</button>'
        '<button type="button" data-language="en">English</button></span>'
        if several
        else ""
    )
    return (
        f'<div class="body {language}" lang="{_HTML_LANG[language]}"><header><div class="bar">'
        f"<b>PEDF Twin</b><nav>{nav}</nav>{other}</div></header><main>"
        f"<h1>{_headline(runs, language)}</h1>{_cards(runs, language)}{main}</main>"
        f"<footer>{_footer(language)}</footer></div>\n"
    )


def _headline(runs: Sequence[Run], language: Language) -> str:
    names = [escape(name) for name in run_names(runs)]
    if len(names) == 1:
        return names[0]
    return pick(
        language,
        f"{names[0]}：与 {len(names) - 1} 个方案对比",
        f"{names[0]} against {len(names) - 1} {'variant' if len(names) == 2 else 'variants'}",
    )


def _cards(runs: Sequence[Run], language: Language) -> str:
    rows = {row["key"]: row for row in comparison_rows(runs, language)}
    cards = []
    for key in _KEY_ROWS:
        row = rows.get(key)
        if row is None:
            continue
        first, last = row["cells"][0], row["cells"][-1]
        compared = len(runs) > 1 and first["value"] is not None
        before = pick(language, "原 ", "from ") + typeset(first["text"]) if compared else ""
        label = row["label"] if row["group"] not in ("money", "carbon") else row["group_label"]
        cards.append(
            f'<div class="card"><span>{escape(label)}</span><b>{typeset(last["text"])}</b>'
            f"<small>{before}</small><small>{typeset(last['difference_text'])}</small></div>"
        )
    words = ""
    if len(runs) > 1:
        names = run_names(runs)
        last_name, first_name = (f"<b>{escape(names[k])}</b>" for k in (-1, 0))
        words = pick(
            language,
            f"大字：{last_name}；小字：与 {first_name} 相比。",
            f"Large: {last_name}; small: compared with {first_name}.",
        )
    return f'<div class="cards">{"".join(cards)}</div><p class="note">{words}</p>'


def _comparison(runs: Sequence[Run], language: Language) -> str:
    reading = pick(
        language,
        "各方案逐步模拟全年；小字为与第一列之差。“—”表示该方案没有此项。",
        "Each run lived through its year step by step; small print is the difference to the first column. "
        "A dash means that there is no such figure.",
    )
    reading += " " + _same_terms(runs, language)
    return (
        f"<p>{reading}</p>{tables.comparison_table(runs, language)}"
        f"<h3>{pick(language, '模拟对象', 'What was simulated')}</h3>{tables.what_was_run(runs, language)}"
    )


def _same_terms(runs: Sequence[Run], language: Language) -> str:
    """Whether the Runs had the same weather and tariff, without which differences are not the building's."""
    weathers = {run.manifest.get("weather_sha256") for run in runs}
    tariffs = {judged["cost"]["tariff"] for run in runs for judged in judged_buildings(run)}
    # Runs of different steps see the same year in different tables; the name and the seed then tell.
    years = {(str(run.manifest.get("weather_source")), run.manifest.get("seed")) for run in runs}
    if len(runs) == 1:
        return ""
    if len(tariffs) == 1 and (len(weathers) == 1 or len(years) == 1):
        return pick(language, "各方案的气象年与电价相同。", "All had the same weather year and tariff.")
    return (
        "<b>"
        + pick(
            language,
            "注意：各方案的气象或电价不同，差值不只来自建筑。",
            "Mind: weather or tariff differ between them, so that differences are not the building's alone.",
        )
        + "</b>"
    )


def _section(section: Section, language: Language, number: int) -> str:
    parts = [f"<p>{escape(section.reading)}</p>"]
    if section.choices:
        buttons = "".join(
            f'<button type="button" data-choice="{k}" aria-pressed="{str(k == section.first).lower()}">'
            f"{escape(name)}</button>"
            for k, name in enumerate(section.choices)
        )
        parts.append(f'<div class="choices">{buttons}</div>')
    for k, figure in enumerate(section.figures):
        framed = unframed(figure)
        key = f"figure-{language}-{number + k}"
        hidden = " hidden" if section.choices and k != section.first else ""
        # Words of figures went through `plain`, which leaves HTML that is safe to set.
        data = to_json_plotly({**framed.figure, "config": config(language)})
        safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        parts.append(
            f'<figure data-panel="{k}"{hidden}><h3>{framed.title}</h3>'
            f'<div class="plot" id="{key}" style="height:{framed.figure["layout"]["height"]:.0f}px"></div>'
            f"<figcaption>{escape(framed.note)}</figcaption>"
            f'<script type="application/json" data-for="{key}">{safe}</script></figure>'
        )
    return "".join(parts)


def _back_matter(runs: Sequence[Run], language: Language) -> list[tuple[str, str, str]]:
    verdicts = pick(
        language,
        "限值未经原文核实时，只说明数值在假定限值的哪一侧，不作为合格结论。",
        "Where nobody verified a limit, only the side of it is told; that is not a pass.",
    )
    assumed = pick(
        language,
        "以下数值影响了上面的结果，但未在正式文本中读到。请在使用结论前核实。",
        "These numbers moved the results above and were not read in their official text. Verify them "
        "before you rely on a conclusion.",
    )
    books = pick(
        language,
        "相对残差超过 1e-6 的模拟不予保存。计数器列出一切被限制、削减或舍去的量。",
        "A run whose relative residual exceeds 1e-6 is not stored. Counters list all that was "
        "limited, cut or left out.",
    )
    residuals, counters = (
        pick(language, "相对残差", "Relative residuals"),
        pick(language, "计数器", "Counters"),
    )
    return [
        (
            "verdicts",
            pick(language, "判定", "Verdicts"),
            f"<p>{verdicts}</p>{tables.verdicts_table(runs, language)}",
        ),
        (
            "assumed",
            pick(language, "假定", "Assumptions"),
            f"<p>{assumed}</p>{tables.assumptions_table(runs, language)}",
        ),
        (
            "books",
            pick(language, "残差与计数", "Residuals and counters"),
            f"<p>{books}</p><h3>{residuals}</h3>{tables.residuals_table(runs, language)}"
            f"<h3>{counters}</h3>{tables.counters_table(runs, language)}",
        ),
        ("sources", pick(language, "数据来源", "Data sources"), tables.sources_list(runs, language)),
        ("manifest", pick(language, "清单", "Manifest"), tables.manifest_table(runs, language)),
    ]


def _footer(language: Language) -> str:
    return pick(
        language,
        "由 PEDF Twin 生成。时刻为区间起点，功率为区间均值；单位 kW、kWh、°C、元、kgCO₂。",
        "Made by PEDF Twin. Stamps are starts of intervals, powers their means; kW, kWh, °C, CNY, kgCO₂.",
    )
