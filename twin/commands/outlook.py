"""`twin outlook`: what a fleet could move over a day, by source, and how surely."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.commands.console import print_whole, table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.project import load, naming
from twin.report.style import Language, pick

if TYPE_CHECKING:
    from rich.table import Table

    from twin.progress import Progress

_SHOWN_MINUTES = 60


@dataclass(frozen=True)
class LookedOut:
    """An outlook, and where it lies."""

    told: dict[str, Any]
    path: Path

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"outlook": str(self.path), **self.told}

    def show(self) -> None:
        """An hour of the day a row, in the language of the terminal."""
        language, console = terminal_language(), table_console()
        for way in ("down", "up"):
            print_whole(_table(self.told, way, language))
        console.print(
            pick(
                language,
                "90 %：所列情景下以 90 % 把握可兑现；前者按当日推进，后者按此前相似日。"
                "全部时长与刻钟见 CSV。",
                "90 %: reached with 90 % in that scenario, on the day as marched and over similar days "
                "before it. The CSV has all times and quarter-hours.",
            ),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        for one in self.told["assumptions"]:
            console.print(f"- {one[language]}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def _table(told: dict[str, Any], way: str, language: Language) -> Table:
    from rich import box
    from rich.table import Table

    from twin.flexibility.envelope import SOURCES
    from twin.flexibility.words import LABELS
    from twin.response.outlook_stored import ON_THE_DAY, SIMILAR_DAYS, WAYS

    title = pick(language, told["title_zh"], told["title"])
    said = f"{pick(language, *WAYS[way])}, kW"
    table = Table(title=f"{title} {told['day']}: {said}", title_justify="left", box=box.SIMPLE_HEAD)
    heads = [pick(language, "时刻", "time"), pick(language, "基线", "baseline")]
    heads += [f"{minutes} min" for minutes in told["minutes"]]
    heads += [f"{pick(language, LABELS[n][1], LABELS[n][0])}\n{_SHOWN_MINUTES} min" for n in SOURCES]
    own = told[way][str(_SHOWN_MINUTES)]
    heads += [f"90 %\n{scenario}" for scenario in own["sure_kw"]]
    for k, head in enumerate(heads):
        table.add_column(head, justify="left" if k == 0 else "right", no_wrap=True)
    for k, moment in enumerate(told["times"]):
        if moment[14:16] != "00":
            continue
        cells = [told["baseline_kw"][k], *(told[way][str(m)]["total_kw"][k] for m in told["minutes"])]
        cells += [own["sources_kw"][name][k] for name in SOURCES]
        sure = []
        for by_days in own["sure_kw"].values():
            rows = (by_days[ON_THE_DAY], by_days[SIMILAR_DAYS])
            sure.append(" / ".join(f"{found[0][k]:,.0f}" for found in rows if found))
        table.add_row(moment[11:16], *(f"{cell:,.0f}" for cell in cells), *sure)
    return table


def outlook_of_project(
    path: Path,
    *,
    day: str,
    out: Path,
    scheduler: str | None,
    weather: str | None,
    progress: Progress,
) -> LookedOut:
    """What the buildings of a project could move together over a day, written as a folder.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from twin.crew import Alone, DaskCrew, cores
    from twin.response.folder import refuse_folder
    from twin.response.outlook import IN_A_PART, day_of, outlook_of
    from twin.response.outlook_stored import plain_outlook, write_outlook

    refuse_folder(out)
    refuse_unwritable(out.parent, "--out")
    loaded = load(path, weather=weather)
    project = loaded.project
    steps = loaded.climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    day_of(day, steps, project)  # told before workers are begun
    alone = scheduler is None and (cores() == 1 or len(project.buildings) <= IN_A_PART)
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew, naming(path):
        outlook = outlook_of(loaded, day, crew, progress)
    titles = project.name_zh or project.name, project.name
    told = plain_outlook(outlook, asked=day, project=path.stem, titles=titles)
    return LookedOut(told, write_outlook(told, out, outlook.wall_s))
