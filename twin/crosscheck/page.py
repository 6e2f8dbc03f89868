"""The page of a crosscheck: verdicts, both curves for the worst week, months, zones; Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from twin.crosscheck import figures
from twin.crosscheck.comparison import Compared, Comparison
from twin.crosscheck.engines import Pair
from twin.crosscheck.measures import LoadMeasures
from twin.crosscheck.targets import LOADS, Judged, Targets, load_targets
from twin.crosscheck.words import ENGINES, TARGETS, VERDICTS, value_text, verdict_words
from twin.crosscheck.words import LOADS as LOAD_WORDS
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import Language, pick
from twin.report.tables import escape, table, typeset
from twin.report.words import CONFIDENCE, worded
from weather.climate_year import ClimateYear
from weather.errors import TwinError

NONE = "—"
Done = Sequence[tuple[Pair, Comparison]]


def write_crosscheck_page(
    done: Done,
    title: str,
    climate: ClimateYear,
    path: str | Path,
    language: Language | Literal["both"] = "both",
) -> Path:
    """Write the page; see `crosscheck_page`.

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    return write_whole(crosscheck_page(done, title, climate, language), path)


def crosscheck_page(
    done: Done, title: str, climate: ClimateYear, language: Language | Literal["both"] = "both"
) -> str:
    """HTML of one project's crosscheck.

    Parameters
    ----------
    done : sequence of (Pair, Comparison)
        One a building.
    title : str
        Name of the project.
    climate : ClimateYear
    language : {"zh", "en", "both"}

    Raises
    ------
    TwinError
        Nothing compared.
    """
    if not done:
        raise TwinError("there is no crosscheck to show.", "Give at least one building.")
    return framed_page(title, lambda lang: _body(done, title, climate, lang), language)


def _body(done: Done, title: str, climate: ClimateYear, language: Language) -> Body:
    blocks: list[Block] = []
    for k, (_, one) in enumerate(done):
        blocks += _building(one, language, k, several=len(done) > 1)
    blocks.append(_method(done, climate, language))
    headline = pick(
        language, f"{title}：快速引擎与 EnergyPlus 的交叉校核", f"{title}: fast engine against EnergyPlus"
    )
    footer = pick(
        language,
        "由 PEDF Twin 生成。时刻为区间起点，功率为区间均值。目标值为本项目自定，不是标准限值。",
        "Made by PEDF Twin. Stamps are starts of intervals, powers their means. Targets are the project's "
        "own, not limits of a standard.",
    )
    return Body(headline, _cards(done, language), blocks, footer)


def _cards(done: Done, language: Language) -> str:
    """How many targets are met, for the building and its zones."""
    parts = []
    for pair, one in done:
        judged = [said for said in one.whole.judged if said.verdict != "not_judged"]
        met = sum(said.verdict == "pass" for said in judged)
        zones = [zone for zone in one.zones if zone.verdict != "not_judged"]
        good = sum(zone.verdict == "pass" for zone in zones)
        ours, reference = pair.cpu_s
        cells = (
            (escape(one.building.name), pick(language, *VERDICTS[one.whole.verdict]), one.whole.verdict),
            (pick(language, "整栋建筑的目标", "Targets of the building"), f"{met} / {len(judged)}", ""),
            (pick(language, "达到全部目标的区", "Zones within all targets"), f"{good} / {len(zones)}", ""),
            (
                pick(
                    language,
                    f"CPU 时间：快速 / EnergyPlus（{pair.plant_minutes} 分钟步长）",
                    f"CPU time: fast / EnergyPlus in steps of {pair.plant_minutes} min",
                ),
                f"{ours:.1f} s / {reference:.1f} s",
                "",
            ),
        )
        parts += [
            f'<div class="card"><span>{label}</span><b class="status-{status}">{typeset(text)}</b></div>'
            for label, text, status in cells
        ]
    return f'<div class="cards">{"".join(parts)}</div>'


def _building(one: Comparison, language: Language, k: int, *, several: bool) -> list[Block]:
    of = f" · {one.building.name}" if several else ""
    said = pick(
        language,
        "差值为快速引擎减 EnergyPlus。CV(RMSE) 按全年所有小时计，含无负荷小时；下表另列只计有负荷小时的值。",
        "Differences are fast less EnergyPlus. CV(RMSE) counts all hours of the year, also those without "
        "load; the second table also has it over hours with load.",
    )
    blocks = [
        Block(
            f"verdict{k}",
            pick(language, "结论", "Verdict") + of,
            f"<p>{escape(said)}</p>{_verdicts(one.whole, language)}{_loads(one.whole, language)}",
        )
    ]
    if one.whole.loads:
        week = figures.worst_week_of_loads(one, language)
        cloud = figures.hour_against_hour(one, language)
        blocks.append(Block(f"week{k}", pick(language, "逐时", "Hour by hour") + of, "", [week, cloud]))
        bars = figures.months(one, language)
        blocks.append(Block(f"months{k}", pick(language, "逐月", "Month by month") + of, "", [bars]))
    floating = figures.worst_week_of_temperature(one, language)
    if floating is not None:
        blocks.append(Block(f"float{k}", pick(language, "自由浮动", "Free float") + of, "", [floating]))
    drawn = [figures.zone_errors(one, language)] if one.whole.loads else []
    blocks.append(Block(f"zones{k}", pick(language, "各区", "Zones") + of, _zones(one, language), drawn))
    return blocks


def _verdicts(shown: Compared, language: Language) -> str:
    head = [
        pick(language, "目标", "Target"),
        pick(language, "差值", "Difference"),
        pick(language, "允许", "Allowed"),
        pick(language, "结论", "Verdict"),
    ]
    targets = load_targets()
    rows = [
        [
            escape(pick(language, *TARGETS[said.key])),
            typeset(value_text(said)),
            escape(_allowed(said, targets, language)),
            _marked(said.verdict, verdict_words(said, language)),
        ]
        for said in shown.judged
    ]
    return table(head, rows)


def _allowed(said: Judged, targets: Targets, language: Language) -> str:
    target = targets.by_key[said.key]
    text = f"± {target.limit:g} {target.unit}" if target.unit == "%" else f"{target.limit:g} {target.unit}"
    if target.or_within is not None:
        text += pick(language, "，或 ", " or ") + f"{target.or_within:g} kWh/m²"
    return text


def _loads(shown: Compared, language: Language) -> str:
    """Annual sums, peaks with their hours and hourly measures of each load."""
    if not shown.loads:
        return ""
    ours, reference = (escape(pick(language, *words)) for words in ENGINES)
    head = ["", *(escape(pick(language, *LOAD_WORDS[kind])) for kind in shown.loads)]
    rows: list[list[str]] = []

    def row(label: str, text: dict[str, str]) -> None:
        rows.append([label, *(typeset(text[kind]) for kind in shown.loads)])

    def each(form: str, key: str) -> dict[str, str]:
        return {k: _figure(form, getattr(load, key)) for k, load in shown.loads.items()}

    year, peak = pick(language, "全年", "Year"), pick(language, "峰值（逐时均值）", "Peak (hourly mean)")
    row(f"{year}, kWh/m² · {ours}", each(".2f", "annual"))
    row(f"{year}, kWh/m² · {reference}", each(".2f", "reference_annual"))
    row(f"{year}, %", each("+.1f", "annual_difference"))
    row(f"{peak}, W/m² · {ours}", {k: _peak(load, own=True) for k, load in shown.loads.items()})
    row(f"{peak}, W/m² · {reference}", {k: _peak(load, own=False) for k, load in shown.loads.items()})
    row(f"{peak}, %", each("+.1f", "peak_difference"))
    row(pick(language, "逐时 RMSE", "Hourly RMSE") + ", W/m²", each(".2f", "rmse"))
    row("NMBE, %", each("+.1f", "nmbe"))
    row("CV(RMSE), %", each(".1f", "cv_rmse"))
    row(
        "CV(RMSE), %, " + pick(language, "只计有负荷小时", "hours with load only"),
        each(".1f", "cv_rmse_running"),
    )
    return table(head, rows)


def _figure(form: str, value: float | None) -> str:
    return NONE if value is None else format(value, form)


def _peak(load: LoadMeasures, *, own: bool) -> str:
    value, hour = (load.peak, load.peak_hour) if own else (load.reference_peak, load.reference_peak_hour)
    return f"{value:.1f}" + (f" ({hour:%m-%d %H:%M})" if hour is not None else "")


def _zones(one: Comparison, language: Language) -> str:
    """A row a zone: both years of each load, the hourly difference, free float, verdict."""
    words = [pick(language, *LOAD_WORDS[kind]) for kind in LOADS]
    per_area = ", kWh/m²"
    head = [
        pick(language, "区", "Zone"),
        *(escape(word + per_area) for word in words),
        pick(language, "供暖峰值, %", "Peak heating, %"),
        pick(language, "供冷峰值, %", "Peak cooling, %"),
        pick(language, "逐时 RMSE 供暖 / 供冷, W/m²", "Hourly RMSE heating / cooling, W/m²"),
        pick(language, "自由浮动 RMSE, K", "Free-float RMSE, K"),
        pick(language, "结论", "Verdict"),
    ]
    rows = []
    for zone in one.zones:
        failed = [said for said in zone.judged if said.verdict == "fail"]
        why = ", ".join(pick(language, *TARGETS[said.key]) for said in failed)
        rows.append(
            [
                escape(zone.name),
                *(_annual(zone, kind) for kind in LOADS),
                *(typeset(_peak_percent(zone, kind)) for kind in ("heating", "cooling")),
                _hourly(zone),
                NONE if zone.free_float is None else f"{zone.free_float.rmse:.2f}",
                _marked(zone.verdict, pick(language, *VERDICTS[zone.verdict]))
                + (f"<small>{escape(why)}</small>" if why else ""),
            ]
        )
    note = pick(
        language,
        "大字为快速引擎，小字为 EnergyPlus 与差值；按各区面积计。",
        "Large: fast engine; small: EnergyPlus and the difference; per floor area of the zone.",
    )
    return f"<p>{escape(note)}</p>{table(head, rows, kind='words', numbers=False)}"


def _marked(verdict: str, words: str) -> str:
    return f'<span class="status-{verdict}">{escape(words)}</span>'


def _annual(zone: Compared, kind: str) -> str:
    if kind not in zone.loads:
        return NONE
    load = zone.loads[kind]
    percent = "" if load.annual_difference is None else f" ({load.annual_difference:+z.1f} %)"
    return f"{load.annual:.2f}<small>{typeset(f'{load.reference_annual:.2f}{percent}')}</small>"


def _peak_percent(zone: Compared, kind: str) -> str:
    return _figure("+.1f", zone.loads[kind].peak_difference) if kind in zone.loads else NONE


def _hourly(zone: Compared) -> str:
    if not zone.loads:
        return NONE
    return f"{zone.loads['heating'].rmse:.2f} / {zone.loads['cooling'].rmse:.2f}"


def _method(done: Done, climate: ClimateYear, language: Language) -> Block:
    targets = load_targets()
    confidence = worded(CONFIDENCE, targets.confidence, language)
    lines = [
        pick(
            language,
            "两引擎使用同一描述、同一气象年，各区冷热容量相同（快速引擎按设计日确定）；"
            "冷热源为理想机组，不含设备、光伏、储能与控制。EnergyPlus 在独立进程中运行；"
            "有冷热源时取其重墙传热函数仍守恒的最短步长（5、10 分钟或项目步长），"
            "因其 15 分钟步长在设定值跳变后尚未收敛。",
            "Both engines have the same description and climate year, and in each zone the same "
            "capacities (sized by the fast engine on its design days); plant is ideal, without equipment, "
            "PV, storage and control. EnergyPlus ran in a process of its own, from 1 December of the year "
            "before (that month is left out), since it would else repeat New Year's Day to begin with; "
            "with plant it marches the shortest steps (5 min, 10 min or the project's) at which its heavy "
            "walls still keep their heat balance, since its steps of 15 min have not settled after a jump of "
            "the set-point.",
        ),
        pick(
            language,
            f"目标值来源：{targets.source_zh}（{targets.year}，{confidence}）。"
            f"两引擎全年负荷均低于 {targets.negligible:g} kWh/m² 时，不判定其比值。",
            f"Targets: {targets.source} ({targets.year}, {confidence}). "
            f"Where both engines stay below {targets.negligible:g} kWh/m² a year, ratios are not judged.",
        ),
        pick(
            language,
            "CV(RMSE)、NMBE 按 ASHRAE Guideline 14-2014 5.2.11.3（p = 0，除以 n）。",
            "CV(RMSE) and NMBE after ASHRAE Guideline 14-2014, 5.2.11.3 (p = 0, n in the divisor).",
        ),
        pick(language, "气象：", "Weather: ") + f"{climate.name}; {climate.source}",
    ]
    warned = [line for pair, _ in done for line in pair.warnings]
    if warned:
        lines.append(pick(language, "EnergyPlus 的警告：", "EnergyPlus warned: ") + " · ".join(warned[:20]))
        if len(warned) > 20:
            lines.append(
                pick(
                    language, f"另有 {len(warned) - 20} 条警告。", f"And {len(warned) - 20} further warnings."
                )
            )
    inner = "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
    return Block("method", pick(language, "方法与来源", "Method and sources"), inner)
