"""The tables of the page as HTML, in one language; all that comes from a project or a Run is escaped."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from twin.calibration.ranges import range_data
from twin.judges.verdict import SIGNS, Relation
from twin.report.comparison import NONE, comparison_rows
from twin.report.reading import run_names
from twin.report.style import Language, pick
from twin.report.words import (
    CONFIDENCE,
    CONTROLS,
    COUNTERS,
    ERAS,
    FACTS,
    RESIDUALS,
    USES,
    battery_name,
    is_rule,
    plant_name,
    status,
    tariff_name,
    unit_in,
    worded,
)
from twin.store import Run

_NAMED = {"equipment": plant_name, "battery": battery_name, "tariff": tariff_name}
"""Facts whose words stand in the data beside them."""


def escape(text: object) -> str:
    """Harmless in HTML text and in quoted attributes."""
    return html.escape(str(text), quote=True)


def typeset(text: str) -> str:
    """Escaped, with a minus sign where a number is negative."""
    return with_minus(escape(text))


def with_minus(text: str) -> str:
    """The same without the escaping."""
    return re.sub(r"(?<![\w.])-(?=\d)", "−", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "", numbers: bool = True) -> str:
    """An HTML table from cells that are HTML already; the first cell of a row heads it."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    classes = " ".join(filter(None, (kind, "numbers" if numbers else "")))
    even = _widths(len(head) - 1) if numbers else ""
    return (
        f'<div class="scroll"><table class="{classes}" {even}><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _widths(columns: int) -> str:
    return f'style="--columns:{columns}"'


def comparison_table(runs: Sequence[Run], language: Language, building: str | None = None) -> str:
    """The comparison table, grouped."""
    rows = comparison_rows(runs, language, building=building)
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in run_names(runs, language))
    parts = [
        f'<div class="scroll"><table class="numbers comparison" {_widths(len(runs))}>'
        f"<thead><tr><td></td>{head}</tr></thead>"
    ]
    group = None
    for row in rows:
        if row["group"] != group:
            opened = "" if group is None else "</tbody>"
            group = row["group"]
            parts.append(
                f'{opened}<tbody><tr class="group"><th colspan="{len(runs) + 1}" scope="colgroup">'
                f"{escape(row['group_label'])}</th></tr>"
            )
        strong = ' class="sum"' if row["key"] in ("eui_electric", "cost_total") else ""
        cells = "".join(
            f"<td>{typeset(cell['text'])}<small>{typeset(cell['difference_text'])}</small></td>"
            for cell in row["cells"]
        )
        parts.append(f'<tr{strong}><th scope="row">{escape(row["label"])}</th>{cells}</tr>')
    return "".join([*parts, "</tbody></table></div>"])


def what_was_run(runs: Sequence[Run], language: Language) -> str:
    """Names and descriptions of the Runs, and the facts of their buildings."""
    items = []
    for name, run in zip(run_names(runs, language), runs, strict=True):
        project = yaml.safe_load(run.project)
        words = _description(project, language) if isinstance(project, dict) else None
        items.append(f"<li><b>{escape(name)}</b>{': ' + escape(words) if words else ''}</li>")
    several = any(len(run.series) > 1 for run in runs)
    columns = [(run, name) for run in runs for name in run.series]
    heads = [
        escape(f"{label} / {name}" if several else label)
        for label, run in zip(run_names(runs, language), runs, strict=True)
        for name in run.series
    ]
    known = [(run.manifest.get("buildings") or {}).get(name) or {} for run, name in columns]
    rows = []
    for key, (zh, en, unit) in FACTS.items():
        cells = [_fact(key, facts.get(key), unit, language) for facts in known]
        if any(cell != NONE for cell in cells):
            rows.append([escape(pick(language, zh, en)), *map(escape, cells)])
    return f"<ul>{''.join(items)}</ul>" + table(["", *heads], rows)


def _description(project: Mapping[str, Any], language: Language) -> Any:
    return (language == "zh" and project.get("description_zh")) or project.get("description")


def _fact(key: str, value: Any, unit: str, language: Language) -> str:
    if value is None or value == "" or (unit and value == 0):
        return NONE
    if isinstance(value, int | float):
        return f"{value:,.0f} {unit}".strip()
    if key in _NAMED:
        return _NAMED[key](str(value), language)
    words = {"use": USES, "control": CONTROLS, "era": ERAS}.get(key)
    return worded(words, str(value), language) if words else str(value)


def figure_text(value: float | None, unit: str, language: Language, digits: int = 4) -> str:
    """A number with so many significant digits and its unit."""
    if value is None or not math.isfinite(value):
        return NONE
    if unit == "W" and abs(value) >= 1e4:
        value, unit = value / 1e3, "kW"
    digits = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(digits, 6)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if unit in ("", "-", "1") else f"{text} {unit_in(unit, language)}"


def verdicts_table(runs: Sequence[Run], language: Language) -> str:
    """Every verdict: limit, what each Run reaches and how it stands, source and confidence of the limit."""
    held: dict[tuple[Any, ...], dict[int, dict[str, Any]]] = {}
    for k, run in enumerate(runs):
        for said in run.summary.get("verdicts") or []:
            key = (said.get("building", ""), said["key"], said["limit"], said["source"])
            held.setdefault(key, {})[k] = said
    several = len({key[0] for key in held}) > 1
    rows = []
    for (building, *_), by_run in held.items():
        one = next(iter(by_run.values()))
        what = escape(pick(language, one["zh"], one["en"])) + (f" · {escape(building)}" if several else "")
        limit = NONE
        if one["limit"] is not None and not is_rule(one):
            limit = f"{_relation(one['relation'])} {figure_text(one['limit'], one['unit'], language, 3)}"
        cells = [_verdict_cell(by_run.get(k), language) for k in range(len(runs))]
        notes = sorted({note for said in by_run.values() if (note := _note(said, language))})
        source = escape(_source(one, language)) + "".join(
            f"<br><small>{escape(note)}</small>" for note in notes
        )
        rows.append(
            [what, escape(limit), *cells, source, escape(worded(CONFIDENCE, one["confidence"], language))]
        )
    head = [
        pick(language, "判据", "Criterion"),
        pick(language, "限值", "Limit"),
        *(escape(name) for name in run_names(runs, language)),
        pick(language, "来源", "Source"),
        pick(language, "可信度", "Confidence"),
    ]
    return table(head, rows, kind="words verdicts", numbers=False)


def _source(said: Mapping[str, Any], language: Language) -> str:
    return str((language == "zh" and said.get("source_zh")) or said["source"])


def _note(said: Mapping[str, Any], language: Language) -> str:
    return str((language == "zh" and said.get("note_zh")) or said["note"])


def _relation(relation: Relation) -> str:
    return SIGNS[relation]


def _verdict_cell(said: dict[str, Any] | None, language: Language) -> str:
    if said is None:
        return NONE
    value = "" if is_rule(said) else figure_text(said["value"], said["unit"], language, 3)
    words = f'<small class="status-{escape(said["status"])}">{escape(status(said, language))}</small>'
    drawn = said.get("draws")
    if drawn is not None and not is_rule(said) and drawn["p90"] > drawn["p10"]:
        span = " … ".join(figure_text(drawn[key], "", language, 3) for key in ("p10", "p90"))
        words = f"<small>{escape(f'{span} (P10 … P90)')}</small>" + words
    return escape(value) + words


def ranges_table(runs: Sequence[Run], language: Language) -> str:
    """Figures of calibrated Runs under the draws of their posteriors; empty where no Run has any."""
    rows = []
    several = sum(len(run.series) for run in runs) > 1
    for label, run in zip(run_names(runs, language), runs, strict=True):
        for building, judged in (run.summary.get("buildings") or {}).items():
            for key, span in (judged.get("ranges") or {}).items():
                entry = range_data()["figures"].get(key)
                if entry is None or not any(span.values()):
                    continue
                what = pick(language, entry["name_zh"], entry["name_en"])
                what += f" · {label} / {building}" if several else ""
                cells = (figure_text(span[p], entry["unit"], language) for p in ("p10", "p50", "p90"))
                rows.append([escape(what), *map(escape, cells)])
    return table(["", "P10", "P50", "P90"], rows) if rows else ""


def assumptions_table(runs: Sequence[Run], language: Language) -> str:
    """Every number that moved a figure without having been read in its official text.

    Inputs of the model with one value from one source (the same pane on four facades) share a row, which
    names each of them.
    """
    found: dict[tuple[Any, ...], tuple[list[dict[str, Any]], dict[str, None]]] = {}
    for name, run in zip(run_names(runs, language), runs, strict=True):
        for said in run.summary.get("assumptions") or []:
            key = tuple(str(said[part]) for part in ("value", "unit", "source", "confidence"))
            kind = said["key"].rpartition(".")[2] if _is_input(said) else said["key"] + said["en"]
            same, where = found.setdefault((kind, *key), ([], {}))
            if all(said["key"] != other["key"] for other in same):
                same.append(said)
            where[name] = None
    rows = []
    for same, where in found.values():
        said = same[0]
        only = "" if len(where) == len(runs) else f"<small>{escape('; '.join(where))}</small>"
        value = said["value"]
        shown = NONE if value is None else f"{value} {unit_in(said['unit'], language)}"
        if isinstance(value, int | float):
            shown = figure_text(float(value), said["unit"], language)
        rows.append(
            [
                _sentence(same, language) + only,
                escape(shown),
                escape(_source(said, language)),
                escape(worded(CONFIDENCE, said["confidence"], language)),
            ]
        )
    head = [
        pick(language, "假定", "Assumption"),
        pick(language, "取值", "Value"),
        pick(language, "依据", "Basis"),
        pick(language, "可信度", "Confidence"),
    ]
    return table(head, rows, kind="words", numbers=False)


def _is_input(said: Mapping[str, Any]) -> bool:
    return str(said["key"]).startswith("model.")


def _sentence(same: Sequence[Mapping[str, Any]], language: Language) -> str:
    if len(same) == 1:
        return escape(pick(language, same[0]["zh"], same[0]["en"]))
    head = pick(
        language, f"{len(same)} 项模型输入未经核实：", f"{len(same)} inputs of the model are not verified:"
    )
    paths = ", ".join(str(said["key"]).removeprefix("model.") for said in same)
    return f"{escape(head)}<small>{escape(paths)}</small>"


def residuals_table(runs: Sequence[Run], language: Language) -> str:
    """Largest relative residual of each balance."""
    found = [
        {
            name: entry["relative"] if isinstance(entry, Mapping) else entry
            for name, entry in (run.summary.get("residuals") or {}).items()
        }
        for run in runs
    ]
    return _by_run(runs, found, RESIDUALS, language, lambda value: f"{value:.1e}" if value else "0")


def counters_table(runs: Sequence[Run], language: Language) -> str:
    """What was limited, cut or left out."""
    flat = [
        {f"{b}.{k}": v for b, each in (run.summary.get("counters") or {}).items() for k, v in each.items()}
        for run in runs
    ]
    return _by_run(runs, flat, COUNTERS, language, lambda value: f"{value:,.1f}".removesuffix(".0"))


def _by_run(
    runs: Sequence[Run],
    values: Sequence[Mapping[str, Any]],
    words: dict[str, tuple[str, str]],
    language: Language,
    shown: Any,
) -> str:
    several = any(len(run.series) > 1 for run in runs)
    rows = []
    for key in dict.fromkeys(key for each in values for key in each):
        building, _, name = key.rpartition(".")
        label = worded(words, name, language) + (f" · {building}" if several else "")
        rows.append([escape(label), *(NONE if key not in v else escape(shown(v[key])) for v in values)])
    return table(["", *(escape(name) for name in run_names(runs, language))], rows)


def sources_list(runs: Sequence[Run], language: Language) -> str:
    """Where weather, tariff, factors and yardsticks come from."""
    items: dict[str, None] = {}
    for run in runs:
        weather = run.manifest.get("weather_source") or {}
        if weather:
            origin = (
                f"{weather.get('name', '')}: {weather.get('source', '')} ({weather.get('provenance', '')})"
            )
            place = f"{weather.get('latitude')}° N, {weather.get('longitude')}° E"
            repairs = weather.get("repairs") or []
            more = "".join(f"<br><small>{escape(repair)}</small>" for repair in repairs)
            items[f"<b>{pick(language, '气象', 'Weather')}</b> {escape(origin)}; {escape(place)}{more}"] = (
                None
            )
        for judged in (run.summary.get("buildings") or {}).values():
            items |= dict.fromkeys(_judged_sources(judged, language))
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _judged_sources(judged: Mapping[str, Any], language: Language) -> Iterable[str]:
    for account in judged["carbon"].values():
        factor = account["electricity_factor"]
        yield (
            f"<b>{pick(language, '电力碳排放因子', 'Carbon of electricity')}</b> "
            f"{factor['value']:g} {escape(unit_in(factor['unit'], language))}: {escape(factor['source'])} "
            f"({escape(worded(CONFIDENCE, factor['confidence'], language))})"
        )
    if judged.get("benchmark"):
        yield (
            f"<b>{pick(language, '实测能耗', 'Measured stock')}</b> {escape(judged['benchmark']['source'])} "
            f"({escape(worded(CONFIDENCE, judged['benchmark']['confidence'], language))})"
        )
    tariff = tariff_name(judged["cost"]["tariff"], language)
    yield f"<b>{pick(language, '电价', 'Tariff')}</b> {escape(tariff)}"


def manifest_table(runs: Sequence[Run], language: Language) -> str:
    """What each Run came from: engine, seed, hashes, versions, time."""

    def row(label: str, read: Any) -> list[str]:
        return [escape(label), *(f"<code>{escape(read(run.manifest))}</code>" for run in runs)]

    rows = [
        row(pick(language, "引擎", "Engine"), lambda m: m.get("engine", NONE)),
        row(pick(language, "气象种子", "Weather seed"), lambda m: m.get("seed", NONE)),
        row(pick(language, "生成时间", "Made at"), lambda m: m.get("created", NONE)),
        row(pick(language, "模拟用时", "Time to march"), lambda m: f"{m.get('wall_time_s', math.nan):.2f} s"),
        row(
            pick(language, "项目哈希", "Hash of the project"),
            lambda m: str(m.get("project_sha256", NONE))[:16],
        ),
        row(
            pick(language, "气象哈希", "Hash of the weather"),
            lambda m: str(m.get("weather_sha256", NONE))[:16],
        ),
    ]
    libraries = dict.fromkeys(name for run in runs for name in run.manifest.get("versions") or {})
    for name in libraries:
        rows.append(row(name, lambda m, name=name: (m.get("versions") or {}).get(name, NONE)))
    return table(["", *(escape(name) for name in run_names(runs, language))], rows)
