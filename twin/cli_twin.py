"""A building and its twin: meters, calibration, following, faults, forecast (数字孪生)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli_options import OtherWeather, ProjectFile
from twin.terminal import AsJson, progress_of, stages, tell

twin = typer.Typer()


@twin.command()
def meters(
    mapping: Annotated[
        Path, typer.Argument(help="Which column is which point of the twin (YAML).", metavar="METERS")
    ],
    step: Annotated[
        str | None, typer.Option(help="Interval of the cleaned series, such as '15 min'; default the file's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the cleaned series (Parquet).")] = None,
    as_json: AsJson = False,
) -> None:
    """Measured series of a building, cleaned, and what was changed (计量数据清洗)."""
    from twin.commands.meters import clean_meters

    tell(clean_meters(mapping, step=step, out=out), as_json)


@twin.command()
def calibrate(
    project: ProjectFile,
    meters: Annotated[
        Path, typer.Argument(help="What was measured (YAML, see `twin meters`).", metavar="METERS")
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; must be new.")] = Path("runs/calibration"),
    hold_out: Annotated[
        str | None,
        typer.Option(help="Months that are not fitted but judged, such as 7-12; default every second."),
    ] = None,
    retrofit: Annotated[
        list[str] | None, typer.Option(help="Measure whose saving is told with its range; once for each.")
    ] = None,
    least_squares: Annotated[
        bool, typer.Option("--least-squares", help="A point instead of a posterior.")
    ] = False,
    hours_of_use: Annotated[
        bool, typer.Option("--hours-of-use", help="Learn the timetable of lights and plugs from the meter.")
    ] = False,
    weather: OtherWeather = None,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler, such as tcp://HOST:8786.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of designs and draws.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Fit a project to the meters of its building, with its uncertainty (模型校准)."""
    from twin.commands.calibrate import calibrate_project

    with stages(as_json) as progress:
        done = calibrate_project(
            project,
            meters,
            out=out,
            hold_out=hold_out,
            package=retrofit or [],
            least_squares=least_squares,
            hours_of_use=hours_of_use,
            weather=weather,
            scheduler=scheduler,
            seed=seed,
            progress=progress,
        )
    tell(done, as_json)


@twin.command()
def live(
    project: ProjectFile,
    meters: Annotated[
        Path,
        typer.Argument(
            help="Mapping of measured files (YAML), as `twin meters` reads it, or settings of an MQTT broker."
        ),
    ],
    start: Annotated[
        str | None, typer.Option(help="First day as YYYY-MM-DD; default that of the first reading.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the state; one that is there goes on.")] = Path(
        "runs/live"
    ),
    members: Annotated[int, typer.Option(help="Members of the ensemble, a multiple of 8.")] = 40,
    step: Annotated[int, typer.Option(help="Step [min]: 1, 5 or 15.")] = 1,
    stay: Annotated[bool, typer.Option("--stay", help="Go on as the files grow, until interrupted.")] = False,
    weather: OtherWeather = None,
    seed: Annotated[int, typer.Option(help="Seed of the ensemble's draws.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Follow a building from its readings: rooms, charge, parameters that drift (在线孪生)."""
    from twin.commands.live import live_project

    with progress_of(f"following {project.name}", as_json) as progress:
        done = live_project(
            project,
            meters,
            start=start,
            out=out,
            members=members,
            minutes=step,
            seed=seed,
            stay=stay,
            weather=weather,
            progress=progress,
        )
    tell(done, as_json)


@twin.command()
def watch(
    project: ProjectFile,
    folder: Annotated[Path, typer.Argument(help="Folder that `twin live` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Faults that show in the days of a live twin, and their cost a day (故障发现)."""
    from twin.commands.watch import watch_folder

    tell(watch_folder(project, folder), as_json)


@twin.command()
def forecast(
    project: ProjectFile,
    at: Annotated[str, typer.Option(help="Full hour from which it goes, local time, as 2025-07-30T06:00.")],
    hours: Annotated[int, typer.Option(help="How far ahead [h].", min=1, max=72)] = 48,
    members: Annotated[int, typer.Option(help="Weathers that are marched.", min=5, max=1000)] = 40,
    seed: Annotated[int, typer.Option(help="Of all draws.", min=0)] = 0,
    ahead: Annotated[
        Path | None,
        typer.Option(
            help="Weather forecast (CSV: time, temp_air, ghi); default one that errs as published ones do."
        ),
    ] = None,
    meters: Annotated[
        Path | None, typer.Option(help="Meters of the building (see twin meters): the twin's own errors.")
    ] = None,
    trials: Annotated[
        int, typer.Option(help="Also score forecasts of so many days before, with --meters.", min=0, max=365)
    ] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the results, not there yet.")] = Path("runs/forecast"),
    page: Annotated[Path | None, typer.Option(help="Also write a page.")] = None,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """Load, PV, rooms and flexibility of the coming days with quantiles (负荷预测)."""
    from twin.commands.forecast import forecast_project

    with progress_of(f"marching the weathers that may come to {project.name}", as_json) as progress:
        done = forecast_project(
            project, at=at, hours=hours, members=members, seed=seed, ahead=ahead, meters=meters,
            trials=trials, out=out, page=page, weather=weather, progress=progress,
        )  # fmt: skip
    tell(done, as_json)
