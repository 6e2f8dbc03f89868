"""The page of BESTEST: bar charts like the standard's, what lies outside and why; Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import plotly.graph_objects as go

from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import Language, finish, pick
from twin.report.tables import escape, table, typeset
from twin.validation.reference import NOTICE, PROGRAMS, QUANTITIES
from twin.validation.verdicts import Judged, Result
from weather.errors import TwinError

_WORDS = {
    "annual_heating": ("全年供热", "Annual heating"),
    "annual_cooling": ("全年供冷", "Annual cooling"),
    "peak_heating": ("供热峰值", "Peak heating"),
    "peak_cooling": ("供冷峰值", "Peak cooling"),
    "ff_max_temp": ("最高小时温度", "Highest hourly temperature"),
    "ff_min_temp": ("最低小时温度", "Lowest hourly temperature"),
    "ff_avg_temp": ("全年平均温度", "Mean temperature of the year"),
}
_GROUPS = (
    ((600, 699), "600 系列（轻质）", "600 series, low mass"),
    ((900, 999), "900 系列（重质）", "900 series, high mass"),
    ((195, 320), "195 至 320", "195 to 320"),
    ((395, 470), "395 至 470", "395 to 470"),
    ((800, 810), "800 与 810", "800 and 810"),
)
_PALE = ("#D5DAE1", "#C3CAD4", "#B1BAC7", "#9FAAB9", "#8D9AAC", "#7B899E")
_EPLUS, _OURS = "#3E6FA8", "#D1495B"
_UNITS = {"degC": "°C"}


def write_bestest_page(
    results: Sequence[Result], limits: Sequence[Judged], path: str | Path, *, standard_weather: bool
) -> Path:
    """Write the page as one HTML file that needs no network.

    Parameters
    ----------
    results : sequence of Result
    limits : sequence of Judged
    path : path-like
    standard_weather : bool
        Whether the ranges apply; the page says so where not.

    Raises
    ------
    TwinError
        Nothing to show, or a file that cannot be written.
    """
    if not results:
        raise TwinError("there is nothing to show.", "Run at least one case.")
    text = framed_page("BESTEST", lambda lang: _body(results, limits, lang, standard_weather))
    return write_whole(text, path)


def _body(
    results: Sequence[Result], limits: Sequence[Judged], language: Language, standard_weather: bool
) -> Body:
    blocks = [Block("outside", pick(language, "范围之外", "Outside the range"), _outside(results, language))]
    for quantity in QUANTITIES:
        own = [result for result in results if result.reference.quantity == quantity]
        if own:
            charts = list(_charts(own, quantity, language))
            blocks.append(Block(quantity.replace("_", "-"), pick(language, *_WORDS[quantity]), "", charts))
    if limits:
        said = pick(
            language,
            "仅含全年负荷；数值取自一个公开代码库，未与标准正文核对（未证实）。",
            "Annual loads only; recorded in one public repository and not held against the standard's text "
            "(unverified).",
        )
        title = pick(language, "140-2023 附录 b 限值", "Limits of 140-2023 Addendum b")
        blocks.append(Block("limits", title, f"<p>{escape(said)}</p>{_limits(limits, language)}"))
    blocks.append(Block("all", pick(language, "全部结果", "All results"), _all(results, language)))
    lead = _cards(results, limits, language)
    if not standard_weather:
        warning = pick(
            language,
            "所用气象不是该标准的丹佛年，参考范围不适用。",
            "The weather is not the standard's Denver year: the ranges do not apply.",
        )
        lead = f"<p><b>{escape(warning)}</b></p>{lead}"
    headline = pick(
        language, "BESTEST：ASHRAE 140-2020 围护结构算例", "BESTEST: ASHRAE 140-2020 envelope cases"
    )
    return Body(headline, lead, blocks, f"PEDF Twin · {NOTICE}")


def _cards(results: Sequence[Result], limits: Sequence[Judged], language: Language) -> str:
    inside = sum(r.inside for r in results)
    theirs = sum(r.reference.low <= r.reference.energyplus <= r.reference.high for r in results)
    cells = [
        (pick(language, "在范围内", "Inside the range"), f"{inside} / {len(results)}"),
        (
            pick(language, "EnergyPlus 25.2 在范围内", "EnergyPlus 25.2 inside the range"),
            f"{theirs} / {len(results)}",
        ),
    ]
    if limits:
        met = sum(one.met for one in limits)
        label = pick(language, "满足附录 b 限值（未证实）", "Limits of Addendum b met (unverified)")
        cells.append((label, f"{met} / {len(limits)}"))
    parts = (f'<div class="card"><span>{escape(a)}</span><b>{typeset(b)}</b></div>' for a, b in cells)
    return f'<div class="cards">{"".join(parts)}</div>'


def _outside(results: Sequence[Result], language: Language) -> str:
    said = pick(
        language,
        "范围是六个参考程序示例结果的上下界，出版方声明其不是合格判据。",
        "A range is the spread of six programs' example results; the publishers say that it is no "
        "criterion of passing or failing.",
    )
    rows = [
        [
            typeset(f"{r.reference.case} · {pick(language, *_WORDS[r.reference.quantity])}"),
            typeset(_number(r.value, r)),
            typeset(f"{_number(r.reference.low, r)} – {_number(r.reference.high, r)}"),
            typeset(
                f"{r.distance:+z.2f} K" if r.reference.is_temperature else f"{100.0 * r.distance:+z.1f} %"
            ),
            typeset(_number(r.reference.energyplus, r)),
            escape(pick(language, *r.reasons) or "—"),
        ]
        for r in results
        if not r.inside
    ]
    if not rows:
        none = pick(language, "全部在范围内。", "Every pair is inside.")
        return f"<p>{escape(said)}</p><p>{escape(none)}</p>"
    head = pick(
        language,
        "算例,本引擎,范围,超出,EnergyPlus 25.2,原因",
        "case,this engine,range,outside by,EnergyPlus 25.2,reason",
    ).split(",")
    return f"<p>{escape(said)}</p>" + table(head, rows, kind="words", numbers=False)


def _limits(limits: Sequence[Judged], language: Language) -> str:
    words = {True: ("满足", "met"), False: ("不满足", "not met")}
    rows = [
        [
            typeset(f"{one.limit.case} · {pick(language, *_WORDS[one.limit.quantity])}"),
            typeset(f"{one.value:.3f} MWh"),
            typeset(f"{one.limit.low:.2f} – {one.limit.high:.2f} MWh"),
            pick(language, *words[one.met]),
        ]
        for one in limits
    ]
    head = pick(language, "算例,本引擎,限值,结论", "case,this engine,limits,verdict").split(",")
    return table(head, rows)


def _all(results: Sequence[Result], language: Language) -> str:
    rows = [
        [
            typeset(f"{r.reference.case} · {pick(language, *_WORDS[r.reference.quantity])}"),
            typeset(_number(r.value, r)),
            typeset(_number(r.reference.low, r)),
            typeset(_number(r.reference.high, r)),
            typeset(_number(r.reference.energyplus, r)),
        ]
        for r in results
    ]
    head = pick(
        language,
        "算例,本引擎,最小,最大,EnergyPlus 25.2",
        "case,this engine,least,greatest,EnergyPlus 25.2",
    ).split(",")
    return table(head, rows)


def _number(value: float, result: Result) -> str:
    unit = result.reference.unit
    digits = 2 if result.reference.is_temperature else 3
    return f"{value:.{digits}f} {_UNITS.get(unit, unit)}"


def _charts(results: Sequence[Result], quantity: str, language: Language) -> Iterator[go.Figure]:
    """One figure a group of cases; temperatures are few enough for one."""
    if results[0].reference.is_temperature:
        yield _bars(results, quantity, "", language)
        return
    for (first, last), zh, en in _GROUPS:
        own = [r for r in results if first <= _case_number(r.reference.case) <= last]
        if own:
            yield _bars(own, quantity, pick(language, zh, en), language)


def _case_number(case: str) -> int:
    found = re.match(r"\d+", case)
    if found is None:
        raise ValueError(f"case {case!r} has no number")
    return int(found[0])


def _bars(results: Sequence[Result], quantity: str, group: str, language: Language) -> go.Figure:
    unit = _UNITS.get(results[0].reference.unit, results[0].reference.unit)
    cases = [result.reference.case for result in results]
    figure = go.Figure()
    for (key, name), colour in zip(PROGRAMS.items(), _PALE, strict=True):
        heights = [result.reference.programs.get(key) for result in results]
        figure.add_bar(x=cases, y=heights, name=name, marker_color=colour)
    theirs = [result.reference.energyplus for result in results]
    figure.add_bar(x=cases, y=theirs, name="EnergyPlus 25.2", marker_color=_EPLUS)
    figure.add_bar(x=cases, y=[r.value for r in results], name="PEDF Twin", marker_color=_OURS)
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_xaxes(type="category")
    figure.update_yaxes(title_text=unit)
    figure.update_traces(hovertemplate="%{y:.3f} " + unit)
    title = " · ".join(filter(None, (pick(language, *_WORDS[quantity]), group)))
    note = pick(
        language,
        "灰色：标准示例结果的六个程序（NREL/BESTEST-GSR，2020）。缺柱表示该程序未给出此值。",
        "Grey: the six programs of the standard's example results (NREL/BESTEST-GSR, 2020). A missing bar "
        "was not reported.",
    )
    return finish(figure, title=f"{title} ({unit})", note=note, language=language, height=300, legend_rows=2)
