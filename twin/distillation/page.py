"""The page of a distilled twin: aims, months, worst week, zones by month, what was changed, left aside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from buildings.idf.model import Note
from twin.crosscheck import figures
from twin.crosscheck.comparison import Compared, Comparison
from twin.crosscheck.words import LOADS as LOAD_WORDS
from twin.distillation.distil import Distilled, Judged
from twin.distillation.errors import LOADS, Aim
from twin.report.frame import Block, Body, framed_page, write_whole
from twin.report.style import Language, finish, pick, plain
from twin.report.tables import escape, table, typeset

_MEASURES = {
    "annual": ("全年", "over the year"),
    "cv_rmse": ("逐时 CV(RMSE)，未用的一半", "hourly CV(RMSE), unused half"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEIGHTS = {
    "nearest": ("取最接近的表达", "taken as the nearest"),
    "assumed": ("假设", "assumed"),
    "left aside": ("未采用", "left aside"),
}


def write_distillation_page(found: Distilled, path: Path) -> Path:
    """Write the page in Chinese and English.

    Raises
    ------
    TwinError
        A file that cannot be written.
    """
    return write_whole(framed_page(found.model.stem, lambda lang: _body(found, lang)), path)


def _body(found: Distilled, language: Language) -> Body:
    blocks = [
        Block("aims", pick(language, "目标与误差", "Aims and error"), _aims(found, language)),
        *_drawn(found.twin.year, language),
        Block("zones", pick(language, "各区", "Zones"), _zones(found.twin.year, language)),
        Block("changed", pick(language, "修正", "Corrections"), _corrections(found, language)),
        Block("notes", pick(language, "读取说明", "What the reading did"), _notes(found.notes, language)),
    ]
    headline = pick(
        language, f"{found.model.stem}：由 EnergyPlus 模型提炼的快速孪生", f"{found.model.stem}: a fast twin"
    )
    lead = pick(
        language,
        f"参照为同一模型在 EnergyPlus 中以理想负荷运行一年（{found.climate.name}），其空调系统不计。",
        f"Reference: the same model in EnergyPlus with ideal loads for one year ({found.climate.name}); its "
        "systems are set aside.",
    )
    footer = pick(
        language,
        "由 PEDF Twin 生成。负荷为逐时均值；差值为快速引擎减 EnergyPlus。目标为本项目自定。",
        "Made by PEDF Twin. Loads are hourly means; differences are fast less EnergyPlus. Aims are the "
        "project's own.",
    )
    return Body(headline, f"<p>{escape(lead)}</p>", blocks, footer)


def _aims(found: Distilled, language: Language) -> str:
    head = [
        pick(language, "负荷", "Load"),
        pick(language, "量", "Measure"),
        *([pick(language, "读取后", "As read")] if found.corrections else []),
        pick(language, "孪生", "Twin"),
        pick(language, "目标", "Aim"),
        pick(language, "结论", "Verdict"),
    ]
    rows = []
    for before, aim in zip(found.as_read.aims, found.twin.aims, strict=True):
        status = "pass" if aim.reached else "not_judged" if aim.small else "fail"
        words = pick(language, "达到", "reached") if aim.reached else pick(language, "未达到", "not reached")
        small = pick(language, "（负荷很小，不判定）", " (small load, not judged)") if aim.small else ""
        rows.append(
            [
                escape(pick(language, *LOAD_WORDS[aim.load])),
                escape(pick(language, *_MEASURES[aim.measure])),
                *([typeset(_value(before))] if found.corrections else []),
                typeset(_value(aim)),
                typeset(f"{aim.limit:g} %"),
                f'<span class="status-{status}">{escape(words + small)}</span>',
            ]
        )
    return table(head, rows, kind="words", numbers=False) + _halves(found.twin, language)


def _value(aim: Aim) -> str:
    if aim.value is None:
        return "—"
    return f"{aim.value:+z.1f} %" if aim.measure == "annual" else f"{aim.value:.1f} %"


def _halves(twin: Judged, language: Language) -> str:
    """Measures of the year and its two halves, a column each."""
    names = (
        (pick(language, "全年", "Year"), twin.year),
        (pick(language, "用于修正的一半", "Half for corrections"), twin.used),
        (pick(language, "未用的一半", "Unused half"), twin.unused),
    )
    peak = pick(language, "峰值, W/m²", "peak, W/m²")
    rows = []
    for kind in LOADS:
        word = escape(pick(language, *LOAD_WORDS[kind]))
        loads = [one.whole.loads[kind] for _, one in names]
        rows += [
            [f"{word}, kWh/m²", *(typeset(f"{x.annual:.2f} / {x.reference_annual:.2f}") for x in loads)],
            [f"{word}: CV(RMSE)", *(typeset(_percent(x.cv_rmse)) for x in loads)],
            [f"{word}: NMBE", *(typeset(_percent(x.nmbe, sign=True)) for x in loads)],
            [f"{word}: RMSE, W/m²", *(f"{x.rmse:.2f}" for x in loads)],
            [f"{word}: {peak}", *(typeset(f"{x.peak:.1f} / {x.reference_peak:.1f}") for x in loads)],
        ]
    note = pick(
        language,
        "成对数值为快速引擎 / EnergyPlus。两半按每十四天轮流取，使各季节与日类型都在其中。",
        "Pairs are fast engine / EnergyPlus. The halves take turns by fortnights, so that both hold every "
        "season.",
    )
    head = ["", *(escape(label) for label, _ in names)]
    return f"<p>{escape(note)}</p>{table(head, rows)}"


def _percent(value: float | None, *, sign: bool = False) -> str:
    if value is None:
        return "—"
    return f"{value:+z.1f} %" if sign else f"{value:.1f} %"


def _drawn(year: Comparison, language: Language) -> list[Block]:
    if not year.whole.loads or max(load.peak for load in year.whole.loads.values()) <= 0.0:
        return []
    bars, week = figures.months(year, language), figures.worst_week_of_loads(year, language)
    maps = [_zone_months(year, kind, language) for kind in LOADS]
    return [
        Block("months", pick(language, "逐月", "Month by month"), "", [bars]),
        Block("week", pick(language, "差别最大的一周", "Worst week"), "", [week]),
        Block("map", pick(language, "各区逐月误差", "Error by zone and month"), "", maps),
    ]


def _zone_months(year: Comparison, kind: str, language: Language) -> go.Figure:
    """Difference of each zone in each month [kWh/m2]."""
    zones = [zone for zone in year.zones if zone.loads]
    values = np.array(
        [np.subtract(zone.loads[kind].monthly, zone.loads[kind].reference_monthly) for zone in zones]
    )
    top = max(float(np.abs(values).max()), 0.05)
    months = [pick(language, f"{m}月", _MONTHS[m - 1]) for m in range(1, 13)]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(values, 3),
            x=months,
            y=[plain(zone.name) for zone in zones],
            colorscale="RdBu_r",
            zmin=-top,
            zmax=top,
            colorbar={"title": {"text": "kWh/m²"}},
            hovertemplate="%{y}, %{x}: %{z:+z.2f} kWh/m²<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    words = pick(language, *LOAD_WORDS[kind])
    return finish(
        figure,
        title=pick(language, f"{words}：快速引擎减 EnergyPlus", f"{words}: fast less EnergyPlus"),
        note=pick(language, "按各区面积计。", "Per floor area of the zone."),
        language=language,
        height=140 + 16 * len(zones),
    )


def _zones(year: Comparison, language: Language) -> str:
    head = [
        pick(language, "区", "Zone"),
        *(escape(pick(language, *LOAD_WORDS[kind]) + ", kWh/m²") for kind in LOADS),
        pick(language, "峰值供暖 / 供冷, %", "Peak heating / cooling, %"),
        "NMBE, %",
        "RMSE, W/m²",
        "RMSE, K",
    ]
    rows = []
    for zone in year.zones:
        loads = [zone.loads.get(kind) for kind in LOADS]
        rows.append(
            [
                escape(zone.name),
                *(_annual(zone, kind) for kind in LOADS),
                typeset(" / ".join(_percent(x.peak_difference, sign=True) if x else "—" for x in loads)),
                typeset(" / ".join(_percent(x.nmbe, sign=True) if x else "—" for x in loads)),
                typeset(" / ".join(f"{x.rmse:.2f}" if x else "—" for x in loads)),
                f"{zone.temperature.rmse:.2f}",
            ]
        )
    return table(head, rows, kind="words", numbers=False)


def _annual(zone: Compared, kind: str) -> str:
    if kind not in zone.loads:
        return "—"
    load = zone.loads[kind]
    percent = "" if load.annual_difference is None else f" ({load.annual_difference:+z.1f} %)"
    return f"{load.annual:.2f}<small>{typeset(f'{load.reference_annual:.2f}{percent}')}</small>"


def _corrections(found: Distilled, language: Language) -> str:
    if not found.corrections:
        words = pick(
            language,
            "没有修正任何参数：项目文件中的数值均来自模型。",
            "Nothing was corrected: every figure of the project file stands in the model.",
        )
        return f"<p>{escape(words)}</p>"
    head = [
        pick(language, "参数", "Parameter"),
        pick(language, "值", "Value"),
        pick(language, "标准误差", "Standard error"),
        pick(language, "不修正时", "Neutral"),
        pick(language, "物理缘由", "Physical reason"),
    ]
    rows = [
        [
            escape(one.key),
            typeset(f"{one.value:g} {one.unit if one.unit != '1' else ''}".strip()),
            typeset(f"{one.error:g}"),
            typeset(f"{one.neutral:g}"),
            escape(one.reason),
        ]
        for one in found.corrections
    ]
    return table(head, rows)


def _notes(notes: Sequence[Note], language: Language) -> str:
    """What is the nearest only, line by line; what was left aside, subject by subject."""
    head = [
        pick(language, "处理", "How"),
        pick(language, "对象", "Subject"),
        "",
        pick(language, "数", "Count"),
    ]
    rows = [
        [escape(pick(language, *_WEIGHTS[n.weight])), escape(n.subject), escape(n.text), str(n.count)]
        for n in notes
        if n.weight != "left aside"
    ]
    aside: dict[str, list[Note]] = {}
    for note in notes:
        if note.weight == "left aside":
            aside.setdefault(note.subject, []).append(note)
    rows += [
        [
            escape(pick(language, *_WEIGHTS["left aside"])),
            escape(subject),
            escape(", ".join(f"{n.text} ({n.count})" for n in found)),
            str(sum(n.count for n in found)),
        ]
        for subject, found in aside.items()
    ]
    return table(head, rows, kind="words", numbers=False)
