"""`twin retrofit`: packages of measures, what they bring, which standard they meet, what they cost."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.project import load
from twin.report.style import Language, pick
from weather.errors import TwinError

_STATUS = {
    "pass": ("通过", "pass"),
    "fail": ("不通过", "fail"),
    "assumed": ("限值待核实", "limit not verified"),
    "not_judged": ("未判定", "not judged"),
}


@dataclass(frozen=True)
class Retrofit:
    """A study that was made, and where it lies."""

    study: dict[str, Any]
    path: Path
    documents: dict[str, Path]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "study": str(self.path),
            "documents": {key: str(path) for key, path in self.documents.items()},
            **{key: self.study[key] for key in ("counts", "levels", "abatement", "crosscheck", "method")},
            "states": [
                {key: state[key] for key in ("id", "role_en", "role_zh", "keys", "run", "figures")}
                | {"npv_cny": (state["economics"] or {}).get("npv_cny")}
                for state in (self.study["baseline"], *self.study["chosen"])
            ],
        }

    def show(self) -> None:
        """The states side by side, levels, counts and where to look."""
        language, console = terminal_language(), table_console()
        print_whole(_table(self.study, language))
        for line in _lines(self.study, language):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(f"{pick(language, '研究', 'Study')}  {self.path}", markup=False, soft_wrap=True)
        for name, path in self.documents.items():
            console.print(f"{name}  {path}", markup=False, soft_wrap=True)


_ROWS: tuple[tuple[str, str, str, str, float, int], ...] = (
    ("eui_electric_kwh_m2", "用电强度", "electricity", "kWh/(m²·a)", 1.0, 1),
    ("counted_primary_kwh_m2", "一次能源（标准计入）", "primary energy, counted", "kWh/(m²·a)", 1.0, 1),
    ("carbon_t", "运行碳排放", "carbon", "t/a", 1.0, 1),
    ("total_cny", "能源费用", "energy cost", "kCNY/a", 1e-3, 1),
    ("peak_kw", "最大需量", "peak", "kW", 1.0, 0),
    ("pv_kwh", "光伏发电", "PV", "MWh/a", 1e-3, 1),
    ("unmet_h", "不满足小时", "unmet", "h/a", 1.0, 1),
)
_MONEY: tuple[tuple[str, str, str, str, float, int], ...] = (
    ("capital_cny", "初投资", "capital", "kCNY", 1e-3, 0),
    ("npv_cny", "净现值", "net present value", "kCNY", 1e-3, 0),
    ("discounted_payback_a", "动态回收期", "discounted payback", "a", 1.0, 1),
    ("cost_per_tonne_cny", "减排成本", "abatement cost", "CNY/t", 1.0, 0),
)
_RATES = (
    ("comprehensive_saving_rate", "综合节能率", "comprehensive saving rate"),
    ("building_itself_saving_rate", "本体节能率", "building-itself saving rate"),
    ("renewable_utilisation_rate", "可再生能源利用率", "renewable utilisation"),
)


def _table(study: dict[str, Any], language: Language) -> Table:
    states = [study["baseline"], *study["chosen"]]
    table = Table(
        title=pick(language, f"{study['title_zh']}：改造方案", f"{study['title_en']}: packages"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    for state in states:
        role = state[f"role_{language}"]
        table.add_column(f"{state['id']}\n{role}", justify="right", width=18, overflow="fold")
    for key, zh, en, unit, scale, digits in _ROWS:
        cells = (_number(state["figures"].get(key), scale, digits) for state in states)
        table.add_row(pick(language, zh, en), unit, *cells)
    table.add_section()
    for key, zh, en, unit, scale, digits in _MONEY:
        cells = (_number((state["economics"] or {}).get(key), scale, digits) for state in states)
        table.add_row(pick(language, zh, en), unit, *cells)
    table.add_section()
    for key, zh, en in _RATES:
        table.add_row(
            pick(language, zh, en), "%", *(_number(state["standard"].get(key), 1.0, 1) for state in states)
        )
    table.add_row("GB/T 51350", "", *(_level(state, language) for state in states))
    return table


def _number(value: float | None, scale: float, digits: int) -> str:
    return "-" if value is None else f"{scale * value:,.{digits}f}"


def _level(state: dict[str, Any], language: Language) -> str:
    found = state["standard"]["level"]
    zh, en = _STATUS[found["status"]]
    if found["level"] is None:
        return pick(language, f"未达到（{zh}）", f"none ({en})")
    words = {
        "ultra_low": ("超低", "ultra-low"),
        "nearly_zero": ("近零", "nearly zero"),
        "zero": ("零", "zero"),
    }
    return f"{pick(language, *words[found['level']])} ({pick(language, zh, en)})"


def _lines(study: dict[str, Any], language: Language) -> list[str]:
    counts, names = study["counts"], {m["key"]: m[f"name_{language}"] for m in study["measures"]}
    lines = [
        f"{state['id']}: " + pick(language, "、", "; ").join(names.get(key, key) for key in state["keys"])
        for state in study["chosen"]
    ]
    for level in study["levels"]:
        if level["id"] is None:
            lines.append(f"{level[f'name_{language}']}: {level[f'why_{language}']}")
        else:
            lines.append(f"{level[f'name_{language}']}: {level['id']}, {level[f'said_{language}']}")
    cpu = f"{counts['cpu_s']:.0f}"
    lines.append(
        pick(
            language,
            f"方案 {counts['packages']:,} 个（另有 {counts['refused']} 个无法计算），"
            f"推进 {counts['marches']:,} 次，结果库命中 {counts['from_store']:,} 次；"
            f"用时 {counts['wall_s']:.0f} s，CPU {cpu} s。",
            f"{counts['packages']:,} packages ({counts['refused']} more could not be computed), "
            f"{counts['marches']:,} marches, {counts['from_store']:,} from the store; "
            f"{counts['wall_s']:.0f} s, CPU {cpu} s.",
        )
    )
    outside = [row for row in study["crosscheck"] if row["within"] is False or row["why"]]
    if study["crosscheck"]:
        judged = [row for row in study["crosscheck"] if row["within"] is not None]
        within = sum(row["within"] for row in judged)
        lines.append(
            pick(
                language,
                f"EnergyPlus 复核：{len(judged)} 项中 {within} 项达到目标。",
                f"EnergyPlus: {within} of {len(judged)} targets within.",
            )
        )
    for row in outside:
        what = row["why"] or (
            f"{row['difference']:+.1f} {row['limit_unit']} "
            f"({pick(language, '限值', 'limit')} {row['limit']:g})"
        )
        lines.append(f"  {row['id']}: {row[f'quantity_{language}']}: {what}")
    return lines


def retrofit_project(
    path: Path,
    *,
    out: Path,
    packages: int,
    seed: int,
    draws: int,
    scheduler: str | None,
    energyplus: bool,
    weather: str | None,
    report: bool,
    progress: Callable[[str, float], None],
) -> Retrofit:
    """Make the study of a project and write it.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from buildings.energyplus.dictionary import require_engine
    from twin.crew import Alone, DaskCrew, cores, cpu_seconds
    from twin.retrofit.study import Settings, study

    refuse_unwritable(out, "--out")
    if energyplus:
        require_engine()
    loaded = load(path, weather=weather)
    settings = Settings(out, packages, seed, draws, energyplus)
    alone, before = scheduler is None and cores() == 1, cpu_seconds()
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew:
        made = study(loaded, settings, crew, progress)
    # what workers used is known once they have ended
    made["counts"]["cpu_s"] = cpu_seconds() - before
    target = out / "study.json"
    write_study_file(target, made)
    documents: dict[str, Path] = {}
    if report:
        from twin.report.study.writing import write_study

        documents = write_study(made, out)
    return Retrofit(made, target, documents)


def write_study_file(target: Path, made: dict[str, Any]) -> None:
    """Whole or not at all."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        draft.write_text(
            json.dumps(made, ensure_ascii=False, allow_nan=False, indent=1, default=str), "utf-8"
        )
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise TwinError(
            f"the study could not be written: {error.strerror or error}.",
            "Free some room; the marches are kept and are not computed again.",
            file=target,
        ) from error
