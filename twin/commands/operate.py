"""`twin operate`: one call of a fleet, paced by the clock, in a folder that a console reads and writes."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.commands.console import table_console, terminal_language
from twin.commands.outputs import refuse_unwritable
from twin.progress import Progress
from twin.project import load, naming
from twin.report.style import pick


@dataclass(frozen=True)
class Operated:
    """A call that is over, and where what came of it lies."""

    path: Path

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"response": str(self.path)}

    def show(self) -> None:
        """Where to look."""
        console, language = table_console(), terminal_language()
        console.print(f"{pick(language, '结果', 'Results')}  {self.path}", markup=False, soft_wrap=True)


def operate_project(
    path: Path,
    *,
    event: Path,
    out: Path,
    speed: float,
    feeder: Path | None,
    scheduler: str | None,
    weather: str | None,
    progress: Progress,
) -> Operated:
    """Operate a call of a project's buildings.

    Raises
    ------
    TwinError
        Anything that the user can put right.
    """
    from buildings.districts.feeder import read_feeder
    from twin.crew import Alone, DaskCrew, cores
    from twin.response.call_times import call_times
    from twin.response.feeder import places
    from twin.response.invitation import read_invitation
    from twin.response.operated import operate_call
    from twin.response.study import call_fleet

    refuse_unwritable(out, "--out")
    invitation = read_invitation(event)
    given = None if feeder is None else read_feeder(feeder)
    loaded = load(path, weather=weather)
    with naming(event):
        call_times(invitation, loaded.project, loaded.climate)
    if given is not None:
        with naming(feeder):
            places(given, [building.name for building in loaded.project.buildings])
    alone = scheduler is None and cores() == 1
    with nullcontext(Alone()) if alone else DaskCrew(scheduler) as crew, naming(path):
        called = call_fleet(loaded, invitation, crew, progress)
    titles = loaded.project.name_zh or loaded.project.name, loaded.project.name
    done = operate_call(
        called, out, seed=invitation.seed, speed=speed, titles=titles, feeder=given, progress=progress
    )
    return Operated(done)
