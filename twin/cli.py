"""The command line: `twin`. Heavy imports happen inside commands, so that `twin --help` answers fast.

Every command has `--json`: one JSON object on stdout, all else on stderr. What a user can put right ends
with one paragraph and exit code 2, never with a traceback.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from twin.cli_control import control
from twin.cli_fleet import fleet
from twin.cli_options import SOURCES, OtherSeed, OtherWeather, Page, ProjectFile, Seed
from twin.cli_serve import serve
from twin.cli_study import study
from twin.cli_twin import twin
from twin.terminal import AsJson, progress_of, stages, tell, write_json
from weather.errors import TwinError

app = typer.Typer(
    name="twin",
    help="Digital twin of buildings with PV, storage, direct current and flexibility (光储直柔).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_INTERRUPTED = 130


def main() -> None:
    """Entry point; what a user can put right becomes one paragraph and exit code 2."""
    for found in entry_points(group="twin.commands"):
        command = found.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=found.name)
        else:
            app.command(found.name)(command)
    try:
        app()
    except TwinError as error:
        _complain(error)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:  # so Typer hands an interrupt on, without a word
            sys.stderr.write("interrupted; nothing was stored.\n")
        raise
    except BrokenPipeError:
        sys.exit(1)


def _complain(error: TwinError) -> None:
    """Say what is wrong, where, and what would be right."""
    if "--json" in sys.argv:
        words = {"what": error.what, "remedy": error.remedy, "file": error.file, "key": error.key}
        write_json({"error": {**words, "line": error.line}})
    from twin.commands.console import terminal_language
    from twin.error_words import told

    language = terminal_language()
    sys.stderr.write(f"{'错误：' if language == 'zh' else 'error: '}{told(error, language)}\n")


@app.command()
def run(
    project: ProjectFile,
    engine: Annotated[
        str, typer.Option(help="Who computes the zones: fast, or energyplus (needs the extra of that name).")
    ] = "fast",
    weather: OtherWeather = None,
    seed: OtherSeed = None,
    out: Annotated[Path, typer.Option(help="Folder of the Runs.")] = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the Run; default the project file's.")] = None,
    replace: Annotated[bool, typer.Option(help="Replace a Run of that name.")] = False,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """March a year, judge it, store the Run."""
    from twin.commands.run import run_project

    with progress_of(f"marching {project.name}", as_json) as progress:
        done = run_project(
            project,
            weather=weather,
            seed=seed,
            engine=engine,
            out=out,
            name=name,
            replace=replace,
            page=page,
            progress=progress,
        )
    tell(done, as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the Runs and the page.")] = Path("runs/demo"),
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The main job on a Shanghai office: as it is, near-zero, 光储直柔, and under a demand-response call."""
    from twin.commands.run import run_demo

    with progress_of("marching the demo (the first time compiles for some minutes)", as_json) as progress:
        done = run_demo(out, seed=seed, progress=progress)
    tell(done, as_json)


@app.command()
def describe(
    project: ProjectFile,
    unverified: Annotated[bool, typer.Option(help="Only what nobody has verified.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every derived value of a project with its source, and the plant diagram."""
    from twin.commands.describe import describe_project

    done = describe_project(project, only_unverified=unverified)
    tell(done, as_json)


@app.command()
def weather(
    source: Annotated[str, typer.Argument(help=SOURCES)] = "shanghai",
    seed: Seed = 0,
    years: Annotated[
        int, typer.Option(help="That many generated years, seeds counted on.", min=1, max=1000)
    ] = 1,
    year: Annotated[
        int, typer.Option(help="Calendar year to lay the weather on.", min=1900, max=2100)
    ] = 2025,
    out: Annotated[
        Path | None, typer.Option(help="Write an EPW file (several years: one file each).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Inspect, convert or generate a climate year."""
    from twin.commands.climate import inspect_weather

    done = inspect_weather(source, seed=seed, years=years, year=year, out=out)
    tell(done, as_json)


@app.command()
def crosscheck(
    project: Annotated[Path | None, typer.Argument(help="Project file (YAML).", metavar="PROJECT")] = None,
    every: Annotated[bool, typer.Option("--all", help="All bundled buildings of the crosscheck.")] = False,
    weather: OtherWeather = None,
    free_float: Annotated[bool, typer.Option(help="Also a year without plant.")] = True,
    page: Page = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for crosscheck.json with hourly loads, which the pages show.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The fast engine against EnergyPlus on the same description, with verdicts (交叉校核)."""
    from twin.commands.crosscheck import crosscheck_projects

    with progress_of("marching both engines", as_json) as progress:
        done = crosscheck_projects(
            project,
            every=every,
            weather=weather,
            free_float=free_float,
            page=page,
            out=out,
            progress=progress,
        )
    tell(done, as_json)


validate = typer.Typer(help="The engine against published reference cases.", no_args_is_help=True)
app.add_typer(validate, name="validate")
app.add_typer(serve, name="serve")
for group in (study, fleet, twin, control):
    app.add_typer(group)


@validate.command()
def calibration(
    buildings: Annotated[int, typer.Option(help="How many random buildings.", min=1, max=100)] = 10,
    first: Annotated[int, typer.Option(help="Number of the first.", min=0)] = 0,
    from_priors: Annotated[
        bool,
        typer.Option(
            "--from-priors",
            help="Hide parameters drawn from the priors of the fit, which its intervals stand for, not from "
            "wider ranges.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Calibrate random buildings whose hidden truth is EnergyPlus, with noise and gaps (a minute each)."""
    from twin.commands.calibration_trials import try_calibrations

    with stages(as_json) as progress:
        done = try_calibrations(first, buildings, progress, from_priors=from_priors)
    tell(done, as_json)


@validate.command()
def bestest(
    weather: Annotated[
        str | None,
        typer.Option(
            help="The standard's Denver year (TMY3 725650) as EPW file; it is not part of this program."
        ),
    ] = None,
    cases: Annotated[
        str | None, typer.Option(help="Cases, comma-separated, such as 600,900FF; default all 52.")
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="Also write bar charts to this HTML file.")] = None,
    hourly: Annotated[
        bool, typer.Option("--hourly", help="Also EnergyPlus on 600, 900, 600FF, 900FF, 950FF, every hour.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """ASHRAE 140 envelope cases beside the ranges of the reference programs (围护结构检验算例)."""
    from twin.commands.validate import bestest as run_bestest

    with progress_of("marching the cases", as_json) as progress:
        done = run_bestest(weather, cases=cases, chart=chart, hourly=hourly, progress=progress)
    tell(done, as_json)


@app.command()
def schema(as_json: AsJson = False) -> None:
    """JSON Schema of a project, for editors that complete and check."""
    from buildings.description.json_schema import project_json_schema

    del as_json  # the schema is JSON either way
    write_json(project_json_schema())


@app.command()
def bench(
    zones: Annotated[str, typer.Option(help="Numbers of zones, comma-separated.")] = "1,100,10000",
    energyplus: Annotated[bool, typer.Option(help="Also EnergyPlus beside it; takes minutes.")] = True,
    as_json: AsJson = False,
) -> None:
    """Speed and memory of the engine on this machine, and EnergyPlus : fast engine."""
    from twin.commands.bench import bench_engine

    counts = tuple(_count(part) for part in zones.split(","))
    with stages(as_json) as progress:
        done = bench_engine(counts, energyplus=energyplus, told=progress)
    tell(done, as_json)


def _count(text: str) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= 100_000:
        raise TwinError(
            f"{text!r} is no number of zones.", "Give whole numbers from 1 to 100000.", key="--zones"
        )
    return int(text)
