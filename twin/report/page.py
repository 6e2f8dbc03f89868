"""The page of a comparison: tables, figures, verdicts, assumptions, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from twin.report import tables
from twin.report.comparison import comparison_rows
from twin.report.figures import sections
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.money import judged_buildings
from twin.report.plant_html import plant_html
from twin.report.reading import run_names
from twin.report.style import Language, pick
from twin.report.tables import escape, typeset
from twin.store import Run, same_weather
from weather.errors import TwinError

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
    return write_whole(page(runs, language), path)


def page(runs: Sequence[Run], language: Language | Literal["both"] = "both") -> str:
    """The page's HTML; see `write_page`."""
    if not runs:
        raise TwinError("there is no Run to show.", "Give at least one Run.")
    return framed_page(
        " · ".join(run_names(runs, "zh" if language == "zh" else "en")),
        lambda lang: _body(runs, lang),
        language,
    )


def _body(runs: Sequence[Run], language: Language) -> Body:
    figures = [
        Block(
            section.key,
            section.title,
            f"<p>{escape(section.reading)}</p>",
            section.figures,
            section.choices,
            section.first,
            [plant_html(table) for table in section.tables],
        )
        for section in sections(runs, language)
    ]
    title = pick(language, "对比", "Comparison") if len(runs) > 1 else pick(language, "全年结果", "The year")
    compared = Block("compared", title, _comparison(runs, language))
    blocks = (compared, *figures, *_back_matter(runs, language))
    return Body(_headline(runs, language), _cards(runs, language), blocks, _footer(language))


def _headline(runs: Sequence[Run], language: Language) -> str:
    names = run_names(runs, language)
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
        names = run_names(runs, language)
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
    if len(runs) == 1:
        reading = pick(language, "逐步模拟全年的结果。", "The year, lived through step by step.")
    reading += " " + _same_terms(runs, language)
    return (
        f"<p>{reading}</p>{tables.comparison_table(runs, language)}{_ranges(runs, language)}"
        f"<h3>{pick(language, '模拟对象', 'What was simulated')}</h3>{tables.what_was_run(runs, language)}"
    )


def _ranges(runs: Sequence[Run], language: Language) -> str:
    """What the calibration leaves open, by figure."""
    rows = tables.ranges_table(runs, language)
    if not rows:
        return ""
    head = pick(language, "校准后的区间", "Ranges by the calibration")
    said = pick(
        language,
        "逐个后验样本仿真全年；P10 至 P90 之间是十分之八的样本。判定中“不确定”指样本落在限值两侧。",
        "Each draw of the posterior lived through the year; eight of ten lie between P10 and P90. A verdict "
        "is not sure where the draws lie on both sides of its limit.",
    )
    return f"<h3>{head}</h3><p>{said}</p>{rows}"


def _same_terms(runs: Sequence[Run], language: Language) -> str:
    """Whether the Runs had the same weather and tariff, without which differences are not the building's."""
    tariffs = {judged["cost"]["tariff"] for run in runs for judged in judged_buildings(run)}
    # Runs of different steps see the same year in different tables; the name and the seed then tell.
    years = {(str(run.manifest.get("weather_source")), run.manifest.get("seed")) for run in runs}
    if len(runs) == 1:
        return ""
    if len(tariffs) == 1 and (len(years) == 1 or all(same_weather(runs[0], run) for run in runs[1:])):
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


def _back_matter(runs: Sequence[Run], language: Language) -> list[Block]:
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
        Block(
            "verdicts",
            pick(language, "判定", "Verdicts"),
            f"<p>{verdicts}</p>{tables.verdicts_table(runs, language)}",
        ),
        Block(
            "assumed",
            pick(language, "假定", "Assumptions"),
            f"<p>{assumed}</p>{tables.assumptions_table(runs, language)}",
        ),
        Block(
            "books",
            pick(language, "残差与计数", "Residuals and counters"),
            f"<p>{books}</p><h3>{residuals}</h3>{tables.residuals_table(runs, language)}"
            f"<h3>{counters}</h3>{tables.counters_table(runs, language)}",
        ),
        Block("sources", pick(language, "数据来源", "Data sources"), tables.sources_list(runs, language)),
        Block("manifest", pick(language, "清单", "Manifest"), tables.manifest_table(runs, language)),
    ]


def _footer(language: Language) -> str:
    return pick(
        language,
        "由 PEDF Twin 生成。时刻为区间起点，功率为区间均值；单位 kW、kWh、°C、元、kgCO₂。",
        "Made by PEDF Twin. Stamps are starts of intervals, powers their means; kW, kWh, °C, CNY, kgCO₂.",
    )
