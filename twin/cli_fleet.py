"""What an operator asks of many buildings: a district, calls, a virtual power plant (虚拟电厂)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli_options import OtherSeed, OtherWeather, ProjectFile
from twin.terminal import AsJson, progress_of, tell

fleet = typer.Typer()


@fleet.command()
def district(
    project: ProjectFile,
    out: Annotated[
        Path, typer.Option(help="Folder of the year; kept parts of a stopped one are used.")
    ] = Path("runs/district"),
    feeder: Annotated[
        str | None,
        typer.Option(
            help="A feeder's YAML file, or auto: a typical one by the buildings' peaks. Default none."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, such as tcp://HOST:8786; default this machine's cores."),
    ] = None,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """A year of many buildings, in sum and one by one (街区)."""
    from twin.commands.district import district_project

    with progress_of(f"marching the buildings of {project.name}", as_json) as progress:
        done = district_project(
            project, out=out, feeder=feeder, scheduler=scheduler, weather=weather, progress=progress
        )
    tell(done, as_json)


@fleet.command()
def respond(
    project: ProjectFile,
    event: Annotated[Path, typer.Option(help="Invitation: a YAML file, see the examples.")],
    out: Annotated[Path, typer.Option(help="Folder of the results, not there yet.")] = Path("runs/response"),
    page: Annotated[Path | None, typer.Option(help="Write a page with plots, FILE.html.")] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, such as tcp://HOST:8786; default this machine's cores."),
    ] = None,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """A fleet under a call: what it gives, how surely, what comes back, what it earns (需求响应)."""
    from twin.commands.respond import respond_project

    with progress_of(f"calling the buildings of {project.name}", as_json) as progress:
        done = respond_project(
            project, event=event, out=out, page=page, scheduler=scheduler, weather=weather, progress=progress
        )
    tell(done, as_json)


@fleet.command()
def operate(
    project: ProjectFile,
    event: Annotated[Path, typer.Option(help="Invitation: a YAML file, see the examples.")],
    out: Annotated[Path, typer.Option(help="Folder of the call; one that was broken off goes on.")] = Path(
        "runs/operated"
    ),
    speed: Annotated[
        float, typer.Option(min=0.0, max=1000.0, help="Times that of the clock on the wall; 0 waits.")
    ] = 60.0,
    feeder: Annotated[
        Path | None,
        typer.Option(help="Feeder of the buildings: a YAML file; default one laid out by their peaks."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, such as tcp://HOST:8786; default this machine's cores."),
    ] = None,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """Operate a call as its day goes by, minute by minute; the console of the pages watches and steers."""
    from twin.commands.operate import operate_project

    with progress_of(f"operating the buildings of {project.name}", as_json) as progress:
        done = operate_project(
            project,
            event=event,
            out=out,
            speed=speed,
            feeder=feeder,
            scheduler=scheduler,
            weather=weather,
            progress=progress,
        )
    tell(done, as_json)


@fleet.command()
def flexibility(
    project: ProjectFile,
    building: Annotated[str | None, typer.Option(help="Name of one building; default all.")] = None,
    at: Annotated[
        str | None,
        typer.Option(help='One hour, such as "2025-07-21 14:00"; default statistics of the year.'),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="March the envelope at 24 hours: promise against delivery.")
    ] = False,
    weather: OtherWeather = None,
    seed: OtherSeed = None,
    as_json: AsJson = False,
) -> None:
    """Kilowatts up and down, for how long, by source, with what comes back (柔性度)."""
    from twin.commands.flexibility import flexibility_of_project

    with progress_of(f"marching {project.name}", as_json) as progress:
        done = flexibility_of_project(
            project, building=building, at=at, check=verify, weather=weather, seed=seed, progress=progress
        )
    tell(done, as_json)


@fleet.command()
def outlook(
    project: ProjectFile,
    date: Annotated[str, typer.Option(help="Day as YYYY-MM-DD, or hottest_workday.")] = "hottest_workday",
    out: Annotated[Path, typer.Option(help="Folder of the results, not there yet.")] = Path("runs/outlook"),
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, such as tcp://HOST:8786; default this machine's cores."),
    ] = None,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """What a fleet could move over 24 hours, up and down, by source, how surely (可调能力展望)."""
    from twin.commands.outlook import outlook_of_project

    with progress_of(f"looking at the buildings of {project.name}", as_json) as progress:
        done = outlook_of_project(
            project, day=date, out=out, scheduler=scheduler, weather=weather, progress=progress
        )
    tell(done, as_json)
