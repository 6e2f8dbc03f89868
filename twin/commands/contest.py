"""`twin contest`: controllers against each other on one project, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from twin.commands.console import print_whole, table_console
from twin.contest import PERFECT, Score, contest
from twin.progress import Progress, part_of
from twin.project import Loaded, load, naming

LABELS = {
    "fixed": ("no control", "无控制"),
    "rules": ("sun and tariff", "光伏与分时规则"),
    "self_consumption": ("self-consumption", "自发自用"),
    "time_of_use": ("time of use", "峰谷套利"),
    "peak_shaving": ("peak shaving", "削峰"),
    "precooling": ("rules, pre-cooling", "规则加预冷"),
    "droop": ("droop", "电压下垂"),
    "mpc": ("plans", "模型预测控制"),
    PERFECT: ("plans, perfect foresight", "模型预测控制（完美预知，上界）"),
}
_ROWS: tuple[tuple[str, str, str, Callable[[Score], str]], ...] = (
    ("objective", "目标值", "CNY", lambda s: f"{s.objective_cny:,.0f}"),
    ("bill", "费用", "CNY", lambda s: f"{s.cost_cny:,.0f}"),
    ("wear", "电池损耗", "CNY", lambda s: f"{s.wear_cny:,.0f}"),
    ("carbon", "碳排放", "t", lambda s: f"{1e-3 * s.carbon_kg:,.1f}"),
    ("peak", "最大需量", "kW", lambda s: f"{s.peak_kw:,.1f}"),
    ("above limit", "超限", "h", lambda s: f"{s.hours_above_limit:,.2f}"),
    ("own use", "自用率", "%", lambda s: _share(s.self_consumption)),
    ("own supply", "自给率", "%", lambda s: _share(s.self_sufficiency)),
    ("unmet", "不满足", "h", lambda s: f"{s.unmet_hours:,.2f}"),
    ("shed", "空调削减", "kWh", lambda s: f"{s.hvac_shed_kwh:,.0f}"),
    ("no hot water", "缺热水", "kWh", lambda s: f"{s.hot_water_unmet_kwh:,.1f}"),
    ("EV missed", "车辆欠充", "kWh", lambda s: f"{s.vehicle_missed_kwh:,.1f}"),
    ("EV lent", "车辆放电", "kWh", lambda s: f"{s.vehicle_lent_kwh:,.0f}"),
    ("cycles", "循环", "1", lambda s: f"{s.cycles:,.0f}"),
    ("regret", "后悔度", "%", lambda s: _share(s.regret)),
    ("fallbacks", "回退", "1", lambda s: f"{s.plans_failed + s.plans_without_forecast:,.0f}"),
    ("CPU", "计算", "s", lambda s: f"{s.cpu_s:.1f}"),
)


_LEAST_WIDTH = 10
"""Of a controller's column: a million with its separators."""


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100.0 * value:.1f}"


@dataclass(frozen=True)
class Contest:
    """Scores of a contest, and of the same at another step beside them."""

    title: str
    scores: tuple[Score, ...]
    minute: tuple[Score, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "project": self.title,
            "scores": [score.as_dict() for score in self.scores],
            "scores_at_one_minute": [score.as_dict() for score in self.minute],
            "averaging_bias": averaging_bias(self.scores, self.minute),
        }

    def show(self) -> None:
        """The table, then what stands behind its columns."""
        console = table_console()
        for scores, step in ((self.scores, ""), (self.minute, ", scored at 1 min")):
            if scores:
                print_whole(_table(f"{self.title}{step}", scores))
        for line in _EXPLAINED:
            console.print(line, markup=False, highlight=False)


_EXPLAINED = (
    "objective: bill, battery wear and carbon at the project's price. regret: distance to perfect foresight "
    "over what that saves against no control. fallbacks: plans that failed or had no forecast. "
    "CPU: of the march; the first one also compiles where nothing was compiled before.",
    "目标值：费用、电池损耗与按项目碳价计的碳排放。后悔度：与完美预知的差距除以完美预知相对无控制的节省。"
    "回退：求解失败或缺少预测的次数。计算：推进所用 CPU 时间，首个含尚未编译时的编译。",
)


def _table(title: str, scores: Sequence[Score]) -> Table:
    """A column for each controller, as wide as its figures and its words need."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("controller\n控制器", no_wrap=True)
    table.add_column("\n", no_wrap=True)
    for score in scores:
        en, zh = LABELS[score.controller]
        width = max(_LEAST_WIDTH, *map(len, en.split()))
        table.add_column(f"{en}\n{zh}", justify="right", width=width, overflow="fold")
    for en, zh, unit, tell in _ROWS:
        table.add_row(f"{en} {zh}", unit, *(tell(score) for score in scores))
    saved = savings(scores)
    if saved:
        table.add_row("saving 节省", "CNY", *(f"{saved[score.controller]:,.1f}" for score in scores))
    return table


def savings(scores: Sequence[Score]) -> dict[str, float]:
    """What each controller saves against no control [CNY]; empty where that was not marched."""
    base = {s.controller: s.objective_cny for s in scores}
    return {name: base["fixed"] - value for name, value in base.items() if "fixed" in base}


def averaging_bias(coarse: Sequence[Score], fine: Sequence[Score]) -> dict[str, float]:
    """Share of each controller's saving against no control that is gone at the finer step."""
    first, second = savings(coarse), savings(fine)
    return {
        name: 1.0 - second[name] / saved
        for name, saved in first.items()
        if name in second and name != "fixed" and saved > 0.0
    }


def contest_project(
    project: Path,
    *,
    controllers: str | None = None,
    minute: bool = False,
    weather: str | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Contest:
    """Scores of the controllers of a project file.

    Parameters
    ----------
    project : Path
    controllers : str, optional
        Names, separated by commas; all that fit where not given.
    minute : bool
        Score again at steps of 1 min on one-minute sun and loads.
    weather, seed : optional
        Instead of the project's.
    progress : callable, optional

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    loaded = load(project, weather=weather, seed=seed)
    names = [name.strip() for name in controllers.split(",")] if controllers else None
    coarse = 0.1 if minute else 1.0
    with naming(project):
        scores = contest(loaded, names, part_of(progress, 0.0, coarse))
        fine: list[Score] = []
        if minute:
            fine = contest(_at_one_minute(loaded), names, part_of(progress, coarse, 1.0))
    return Contest(loaded.project.name, tuple(scores), tuple(fine))


def _at_one_minute(loaded: Loaded) -> Loaded:
    update = {"timestep": 1.0, "variability": "minute"}
    return replace(loaded, project=loaded.project.model_copy(update=update))
