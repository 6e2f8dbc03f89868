"""`twin forecast`: load, sun, rooms and flexibility of the coming days, and how good such forecasts are."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable, refuse_unwritable_page
from twin.project import Loaded, load, naming
from twin.report.style import Language, pick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.table import Table

    from twin.foresight.forecast import Forecast
    from twin.foresight.trial import Trial
    from twin.progress import Progress

_SHOWN = (0.05, 0.5, 0.95)
_FEW = 40
"""Marches of some days that are done before workers have begun."""


@dataclass(frozen=True)
class Foreseen:
    """A forecast, its scores where they were asked for, and where it lies."""

    made: Forecast
    trial: Trial | None
    path: Path

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        from twin.foresight.score import QUANTILES

        scores = None
        if self.trial is not None:
            scores = {way: asdict(score) for way, score in self.trial.scores.items()}
        return {
            "forecast": str(self.path),
            "start": self.made.times[0].isoformat(),
            "hours": len(self.made.hours),
            "members": self.made.members,
            "quantiles": list(QUANTILES),
            "scores": scores,
        }

    def show(self) -> None:
        """Every third hour a row, then scores, in the language of the terminal."""
        from twin.foresight.words import ASSUMED

        language, console = terminal_language(), table_console()
        for b, name in enumerate(self.made.names):
            print_whole(_table(self.made, b, name, language))
        if self.trial is not None:
            print_whole(_scores(self.trial, language))
        for words in ASSUMED:
            console.print(f"- {pick(language, *words)}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def _table(made: Forecast, b: int, name: str, language: Language) -> Table:
    from rich import box
    from rich.table import Table

    from twin.foresight.score import QUANTILES
    from twin.foresight.words import LABELS

    table = Table(title=name, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(pick(language, "时刻", "time"), no_wrap=True)
    shown = ("net_kw", "pv_kw", "room_c", "down", "up")
    for key in shown:
        zh, en, unit = LABELS[key]
        table.add_column(f"{pick(language, zh, en)}\n{unit}", justify="right")
    places = [QUANTILES.index(level) for level in _SHOWN]
    per_hour = len(made.times) // len(made.hours)
    for h in range(0, len(made.hours), 3):
        cells = []
        for key in shown:
            told = made.quantiles.get(key)
            own = made.flexible_kw[key][places, b, h] if told is None else told[places, b, h * per_hour]
            digits = 1 if key == "room_c" else 0
            low, middle, high = (f"{value:,.{digits}f}" for value in own)
            cells.append(f"{middle} ({low} – {high})")
        table.add_row(f"{made.hours[h]:%m-%d %H:%M}", *cells)
    return table


def _scores(found: Trial, language: Language) -> Table:
    from rich import box
    from rich.table import Table

    from twin.foresight.words import SCORES

    title = pick(
        language, f"{len(found.starts)} 次回测", f"{len(found.starts)} forecasts of days that are over"
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    heads = ("MAE, kW", pick(language, "分位损失, kW", "pinball, kW"),
             pick(language, "90 % 区间覆盖率", "in the 90 % interval"),
             pick(language, "区间宽度, kW", "its width, kW"))  # fmt: skip
    table.add_column("")
    for head in heads:
        table.add_column(head, justify="right")
    for way, score in found.scores.items():
        cells = (
            f"{score.mae:,.1f}",
            f"{score.pinball:,.2f}",
            f"{100 * score.coverage:.0f} %",
            f"{score.width:,.0f}",
        )
        table.add_row(pick(language, *SCORES[way]), *cells)
    return table


def forecast_project(
    path: Path,
    *,
    at: str,
    hours: int,
    members: int,
    seed: int,
    ahead: Path | None,
    meters: Path | None,
    trials: int,
    out: Path,
    page: Path | None,
    weather: str | None,
    progress: Progress,
) -> Foreseen:
    """Forecast the buildings of a project from a moment on, and write what came of it.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.crew import Alone, DaskCrew, cores
    from twin.foresight.folder import write_forecast
    from twin.foresight.forecast import forecast
    from twin.foresight.page import write_forecast_page
    from twin.foresight.trial import trial
    from twin.foresight.weather_ahead import read_forecast, simulated_forecast
    from twin.response.folder import refuse_folder
    from weather.errors import TwinError

    refuse_folder(out)
    refuse_unwritable(out.parent, "--out")
    refuse_unwritable_page(page)
    loaded = load(path, weather=weather)
    hour = _hour(at, loaded)
    metered = None if meters is None else _metered(meters, loaded)
    if trials and metered is None:
        raise TwinError("forecasts cannot be scored without meters.", "Give --meters.", key="--trials",
                        zh=("没有计量数据无法评分。", "请用 --meters 给出。"))  # fmt: skip
    told = (
        simulated_forecast(loaded.climate, hour, hours, seed)
        if ahead is None
        else read_forecast(ahead, loaded.climate, hour, hours)
    )
    alone = cores() == 1 or members * len(loaded.project.buildings) <= _FEW
    with nullcontext(Alone()) if alone else DaskCrew() as crew, naming(path):
        made = forecast(
            loaded, hour, told, crew, members=members, seed=seed, metered_kw=metered,
            progress=(lambda share: progress(share / (1 + trials))),
        )  # fmt: skip
        tried = None
        if trials and metered is not None:
            starts = [hour - 24 * (day + 1) - hours for day in range(trials)][::-1]
            tried = trial(
                loaded, metered, starts, hours, crew, members=members, seed=seed + 1,
                progress=lambda share: progress((1 + trials * share) / (1 + trials)),
            )  # fmt: skip
    project = loaded.project
    title, title_zh = project.name, project.name_zh or project.name
    first = hour * len(made.times) // len(made.hours)
    came = {name: kw[first : first + len(made.times)] for name, kw in (metered or {}).items()}
    done = Foreseen(made, tried, write_forecast(made, tried, out, titles=(title_zh, title), came_kw=came))
    if page is not None:
        write_forecast_page(made, (title_zh, title), page)
    return done


def _hour(at: str, loaded: Loaded) -> int:
    """Hour of the year at which a local moment stands."""
    import pandas as pd

    from weather.errors import TwinError

    index = pd.DatetimeIndex(loaded.climate.data.index)
    try:
        moment = pd.Timestamp(at)
        moment = moment.tz_localize(index.tz) if moment.tzinfo is None else moment.tz_convert(index.tz)
        place = int(index.get_indexer(pd.DatetimeIndex([moment]))[0])
    except (ValueError, TypeError):
        place = -1
    if place < 0:
        raise TwinError(
            f"{at!r} is no full hour of the project's year {loaded.climate.year}.",
            f"Write {loaded.climate.year}-07-30T06:00.",
            key="--at",
            zh=(
                f"{at!r} 不是项目年份 {loaded.climate.year} 的整点时刻。",
                f"例如 {loaded.climate.year}-07-30T06:00。",
            ),
        )
    return place


def _metered(mapping: Path, loaded: Loaded) -> dict[str, NDArray[np.float64]]:
    """Net import of the project's building on the steps of its year, from cleaned meters."""
    import numpy as np

    from twin.meters.measured import read_meters
    from weather.errors import TwinError

    if len(loaded.project.buildings) != 1:
        raise TwinError("meters speak for one building, and the project has more.",
                        "Write a project of the metered building.", key="--meters",
                        zh=("计量数据对应单栋建筑，而项目有多栋。", "请为该建筑单独写项目。"))  # fmt: skip
    times = loaded.climate.at_step(int(loaded.project.timestep)).times
    table = read_meters(mapping, step=f"{int(loaded.project.timestep)} min").table
    if "net_import_kw" in table:
        net = table["net_import_kw"]
    elif "grid_import_kw" in table:
        net = table["grid_import_kw"] - table.get("grid_export_kw", 0.0)
    else:
        raise TwinError("no meter of the building is in it.",
                        "Map a column to net_import_kw or grid_import_kw.", file=mapping,
                        zh=("其中没有建筑总表。", "请映射到 net_import_kw 或 grid_import_kw。"))  # fmt: skip
    return {loaded.project.buildings[0].name: net.reindex(times).to_numpy(np.float64)}
