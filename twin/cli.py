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

from twin.cli_serve import serve
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

ProjectFile = Annotated[Path, typer.Argument(help="Project file (YAML).", metavar="PROJECT")]
_SOURCES = "shanghai, an EPW file, pvgis:LAT,LON or nasa:LAT,LON."
Weather = Annotated[str, typer.Option(help=_SOURCES)]
OtherWeather = Annotated[str | None, typer.Option(help=f"Instead of the project's: {_SOURCES}")]
Seed = Annotated[int, typer.Option(help="Seed of the generated weather year.", min=0)]
OtherSeed = Annotated[int | None, typer.Option(help="Seed of the generated weather year.", min=0)]
Page = Annotated[Path | None, typer.Option(help="Also write an HTML page here.")]


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
    source: Annotated[str, typer.Argument(help=_SOURCES)] = "shanghai",
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


@app.command("ac-twin")
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


@app.command()
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


@app.command()
def retrofit(
    project: ProjectFile,
    out: Annotated[Path, typer.Option(help="Folder of the study, its Runs and its marches.")] = Path(
        "runs/retrofit"
    ),
    packages: Annotated[int, typer.Option(help="How many packages are marched.", min=1)] = 2000,
    draws: Annotated[int, typer.Option(help="Draws of what is not known; 0 for none.", min=0)] = 32,
    search_seed: Annotated[int, typer.Option(help="Seed of the search and of the draws.", min=0)] = 0,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler, such as tcp://HOST:8786; default this machine's cores."),
    ] = None,
    energyplus: Annotated[
        bool, typer.Option(help="Confirm the chosen packages in EnergyPlus (needs the extra of that name).")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="Also write HTML, Word and PDF.")] = False,
    weather: OtherWeather = None,
    as_json: AsJson = False,
) -> None:
    """Measures, packages, Pareto front, standards, money, carbon (改造方案)."""
    from twin.commands.retrofit import retrofit_project

    with stages(as_json) as progress:
        done = retrofit_project(
            project,
            out=out,
            packages=packages,
            seed=search_seed,
            draws=draws,
            scheduler=scheduler,
            energyplus=energyplus,
            weather=weather,
            report=report,
            progress=progress,
        )
    tell(done, as_json)


@app.command()
def report(
    study: Annotated[Path, typer.Argument(help="study.json of `twin retrofit`.", metavar="STUDY")],
    out: Annotated[Path | None, typer.Option(help="Folder; by default that of the study.")] = None,
    as_json: AsJson = False,
) -> None:
    """HTML, Word and PDF of a finished retrofit study, Chinese and English (研究报告)."""
    from twin.commands.report import report_of_study

    with stages(as_json) as progress:
        progress("documents", 0.0)
        done = report_of_study(study, out)
    tell(done, as_json)


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
def watch(
    project: ProjectFile,
    folder: Annotated[Path, typer.Argument(help="Folder that `twin live` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Faults that show in the days of a live twin, and their cost a day (故障发现)."""
    from twin.commands.watch import watch_folder

    tell(watch_folder(project, folder), as_json)


@app.command()
def pilot(
    project: ProjectFile,
    study: Annotated[
        Path | None,
        typer.Option(help="study.json of `twin retrofit`; without it what the project describes is planned."),
    ] = None,
    package: Annotated[
        str | None, typer.Option(help="Id of a chosen package of the study; default that which emits least.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the draft plan here: Markdown, HTML and Word, Chinese and English."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether a project fits a carbon-peak pilot of Shanghai, and a draft plan (碳达峰碳中和试点)."""
    from twin.commands.pilot import pilot_of_project

    done = pilot_of_project(project, study=study, package=package, out=out)
    tell(done, as_json)


@app.command()
def preview(
    building: Annotated[
        Path,
        typer.Argument(
            help="Six fields (use, floor_area, storeys, year_built, roof_for_pv, electricity_kwh or _cny), "
            "or a project of one building."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the study, its project and its Runs.")] = Path(
        "studies/preview"
    ),
    draws: Annotated[int, typer.Option(help="Draws of what is not known; 0 for none.", min=0)] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the draws.", min=0)] = 0,
    report: Annotated[bool, typer.Option("--report", help="Also write HTML, Word and PDF.")] = False,
    as_json: AsJson = False,
) -> None:
    """An owner's building: three packages, what they cost and bring, and a pilot (试点预演)."""
    from twin.commands.preview import preview_building

    with stages(as_json) as progress:
        done = preview_building(building, out=out, draws=draws, seed=seed, report=report, progress=progress)
    tell(done, as_json)


@app.command()
def documents(
    preview_folder: Annotated[
        Path,
        typer.Argument(metavar="PREVIEW", help="Folder of `twin preview`, or `office`, the bundled one."),
    ],
    package: Annotated[
        str | None, typer.Option(help="light, deep or near_zero; default what the preview proposes.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Default documents/PACKAGE in the folder.")] = None,
    language: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
    as_json: AsJson = False,
) -> None:
    """Report and draft plan of a stored preview, as Word and PDF (报告与实施方案)."""
    from twin.commands.documents import documents_of_preview

    with stages(as_json) as progress:
        done = documents_of_preview(
            preview_folder, package=package, out=out, language=language, progress=progress
        )
    tell(done, as_json)


@app.command()
def kpis(
    run: Annotated[Path, typer.Argument(help="Folder of a stored Run.", metavar="RUN")],
    baseline: Annotated[
        Path | None,
        typer.Option(help="Run of the same buildings without flexibility; for a call, without the call."),
    ] = None,
    perfect: Annotated[
        Path | None, typer.Option(help="Run of the same buildings with perfect foresight.")
    ] = None,
    minute: Annotated[
        Path | None, typer.Option(help="The same dispatch marched at 1 min; needs --minute-baseline.")
    ] = None,
    minute_baseline: Annotated[
        Path | None, typer.Option(help="The baseline marched at 1 min; needs --minute.")
    ] = None,
    formulas: Annotated[bool, typer.Option(help="Also formula and source of each.")] = False,
    as_json: AsJson = False,
) -> None:
    """Indicators of flexibility and grid exchange of a stored Run (柔性与电网交互指标)."""
    from twin.commands.kpis import kpis_of_folder

    done = kpis_of_folder(
        run, baseline=baseline, perfect=perfect, minute=(minute, minute_baseline), formulas=formulas
    )
    tell(done, as_json)


validate = typer.Typer(help="The engine against published reference cases.", no_args_is_help=True)
app.add_typer(validate, name="validate")
app.add_typer(serve, name="serve")


@validate.command()
def calibration(
    buildings: Annotated[int, typer.Option(help="How many random buildings.", min=1, max=100)] = 10,
    first: Annotated[int, typer.Option(help="Number of the first.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Calibrate random buildings whose hidden truth is EnergyPlus, with noise and gaps (a minute each)."""
    from twin.commands.calibration_trials import try_calibrations

    with stages(as_json) as progress:
        done = try_calibrations(first, buildings, progress)
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


@app.command()
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


@app.command()
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


def _count(text: str) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= 100_000:
        raise TwinError(
            f"{text!r} is no number of zones.", "Give whole numbers from 1 to 100000.", key="--zones"
        )
    return int(text)
