"""Controllers: what direct current changes, contests, drives from outside, distilled rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli_options import OtherSeed, OtherWeather, Page, ProjectFile, Seed, Weather
from twin.terminal import AsJson, progress_of, stages, tell

control = typer.Typer()


@control.command("ac-twin")
def ac_twin(
    project: ProjectFile,
    weather: OtherWeather = None,
    seed: OtherSeed = None,
    control: Annotated[
        str | None, typer.Option(help="Controller of both: fixed or rules; default as described, no droop.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="DC cables and level converters, with what hangs where (YAML).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The DC bus against an AC board in the same building, split by cause (成对交流孪生)."""
    from twin.commands.ac_twin import pair_project

    with progress_of(f"marching {project.name} on DC and on AC", as_json) as progress:
        done = pair_project(
            project, weather=weather, seed=seed, control=control, network=network, progress=progress
        )
    tell(done, as_json)


@control.command()
def contest(
    project: ProjectFile,
    controllers: Annotated[
        str | None,
        typer.Option(help="Names separated by commas, such as fixed,rules,mpc; all that fit if not given."),
    ] = None,
    minute: Annotated[
        bool, typer.Option(help="Score again at 1 min, on one-minute sun and loads (takes minutes).")
    ] = False,
    weather: OtherWeather = None,
    seed: OtherSeed = None,
    as_json: AsJson = False,
) -> None:
    """Controllers against each other on one project: cost, comfort, vehicles, regret (控制器对比)."""
    from twin.commands.contest import contest_project

    with progress_of(f"marching {project.name} under each controller", as_json) as progress:
        done = contest_project(
            project, controllers=controllers, minute=minute, weather=weather, seed=seed, progress=progress
        )
    tell(done, as_json)


@control.command()
def drive(
    model: Annotated[Path, typer.Argument(help="EnergyPlus model (IDF).", metavar="MODEL")],
    weather: Weather = "shanghai",
    seed: Seed = 0,
    year: Annotated[int, typer.Option(help="Calendar year.", min=2004, max=2100)] = 2025,
    first: Annotated[str, typer.Option(help="First day, MM-DD.")] = "07-07",
    days: Annotated[int, typer.Option(help="Number of days.", min=1, max=365)] = 7,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """One set-point controller in EnergyPlus while it runs, and in the fast twin of the same model."""
    from twin.commands.drive import drive_model

    with progress_of(f"driving {model.name}", as_json) as progress:
        done = drive_model(
            model, weather=weather, seed=seed, year=year, first=first, days=days, page=page, progress=progress
        )
    tell(done, as_json)


@control.command()
def distill(
    model: Annotated[Path, typer.Argument(help="EnergyPlus model: IDF or epJSON.", metavar="MODEL")],
    weather: Weather = "shanghai",
    out: Annotated[Path, typer.Option(help="Folder of the project, the page and the facts.")] = Path(
        "distilled"
    ),
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate", help="Correct named parameters on every other fortnight; judge on the others."
        ),
    ] = False,
    fresh_air: Annotated[
        bool, typer.Option("--fresh-air", help="With the design outdoor air of the model's systems.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A fast twin of an EnergyPlus model, and its error."""
    from twin.commands.distill import distill_model

    with stages(as_json) as progress:
        done = distill_model(
            model, weather=weather, out=out, calibrate=calibrate, fresh_air=fresh_air, progress=progress
        )
    tell(done, as_json)
