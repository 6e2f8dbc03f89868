"""`twin live`: a twin that follows its building from readings, and tells what it knows and how surely."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from twin.commands.console import table_console, terminal_language
from twin.project import load, naming
from twin.report.style import pick

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from twin.live.following import Following
    from twin.progress import Progress


@dataclass(frozen=True)
class Followed:
    """Where a following stands."""

    following: Following
    steps: int
    title: str
    title_zh: str

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "folder": str(self.following.folder),
            "followed_steps": self.steps,
            "estimates": self._last(),
            **self.following.told(),
        }

    def _last(self) -> dict[str, dict[str, float]]:
        """Last estimates with their standard deviations; factors as such, with half their 68 % range."""
        at = self.following.last
        if at is None:
            return {}
        kinds = {one.name: one for one in self.following.drift.kinds}
        found = {}
        for column, mean, sd in zip(self.following.filter.columns, *at, strict=True):
            one = kinds.get(column.split("/")[-1])
            if one is not None and one.scale == "log":
                mean, sd = float(np.exp(mean)), float(np.exp(mean) * np.sinh(sd))
            found[column] = {"mean": float(mean), "sd": float(sd)}
        return found

    def show(self) -> None:
        """Rooms, the building and its drifts in the language of the terminal."""
        from rich import box
        from rich.table import Table

        language, console = terminal_language(), table_console()
        found, ensemble = self._last(), self.following.filter.ensemble
        until = self.following.now.tz_convert(ensemble.plant.weather.times.tz)
        title = self.title_zh if language == "zh" else self.title
        said = pick(language, "跟随至", "followed until")
        table = Table(title=f"{title} · {said} {until:%Y-%m-%d %H:%M}", box=box.SIMPLE_HEAD)
        table.add_column(pick(language, "区域", "zone"))
        kinds = {one.name: one for one in self.following.drift.kinds}
        names = ("temp_air_c", *(one.name for one in ensemble.of_zones))
        for name in names:
            words = ("室温 °C", "room °C") if name == "temp_air_c" else (kinds[name].zh, kinds[name].en)
            table.add_column(pick(language, *words), justify="right")
        for zone in ensemble.zones if found else ():
            table.add_row(zone, *(_cell(found[f"{zone}/{name}"]) for name in names))
        console.print(table)
        for one in ensemble.of_building if found else ():
            console.print(f"{pick(language, one.zh, one.en)}  {_cell(found[one.name])}", markup=False)
        for drift in self.following.drift.told:
            of = kinds[drift.column.split("/")[-1]]
            where = drift.column.rpartition("/")[0]
            line = pick(
                language,
                f"漂移（第 {drift.day + 1} 天）：{where} {of.zh} {drift.before:.2f} → {drift.after:.2f}",
                f"drift on day {drift.day + 1}: {where} {of.en} {drift.before:.2f} → {drift.after:.2f}",
            )
            console.print(line, markup=False, soft_wrap=True)
        found_in = pick(language, "结果", "Results")
        console.print(f"{found_in}  {self.following.folder}", markup=False, soft_wrap=True)


def _cell(one: dict[str, float]) -> str:
    return f"{one['mean']:.2f} ± {one['sd']:.2f}"


def live_project(
    path: Path,
    meters: Path,
    *,
    start: str | None,
    out: Path,
    members: int,
    minutes: int,
    seed: int,
    stay: bool,
    weather: str | None,
    progress: Progress,
) -> Followed:
    """Follow a building as far as its readings go; with `stay` go on as files grow, until interrupted.

    `meters` is a mapping of files, or the settings of a broker: then it follows what is said there until it
    is told to end.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.live.following import Following, Settings
    from twin.live.points import heard_points

    loaded = load(path, weather=weather)
    title = loaded.project.name
    title_zh = loaded.project.name_zh or title

    def following(points: Iterable[str], first: pd.Timestamp) -> Following:
        begin = start if start is not None else f"{first.tz_convert(loaded.climate.time_zone):%Y-%m-%d}"
        with naming(meters):
            heard = heard_points(points)
        with naming(path):
            return Following(loaded, out, Settings(begin, members, minutes, seed, heard))

    if _is_broker(meters):
        from twin.commands.live_telemetry import follow_telemetry

        found, steps = follow_telemetry(meters, out, loaded, minutes, following)
        return Followed(found, steps, title, title_zh)
    readings = _readings(meters, minutes)
    found = following(readings.columns, readings.index[0])
    before = found.step
    found.follow(readings, progress=progress)
    if stay:
        with suppress(KeyboardInterrupt):  # the state is on the disk
            _stay(found, meters, minutes)
    return Followed(found, found.step - before, title, title_zh)


def _is_broker(meters: Path) -> bool:
    """Whether a file holds the settings of a broker and not a mapping of files."""
    from buildings.description.yaml_text import read_yaml

    content = read_yaml(meters).plain()
    return isinstance(content, dict) and "broker" in content


def _stay(following: Following, meters: Path, minutes: int) -> NoReturn:
    """Read again every step and follow what has come."""
    while True:
        time.sleep(60.0 * minutes - time.time() % (60.0 * minutes))
        following.follow(_readings(meters, minutes), each_step=True)


def _readings(meters: Path, minutes: int) -> pd.DataFrame:
    """Readings through the door, in UTC."""
    from twin.meters.measured import read_meters

    table = read_meters(meters, step=f"{minutes} min").table
    return table.tz_convert("UTC")
