"""The command line: `twin`. Heavy imports happen inside commands, so that `twin --help` answers fast.

Every command has `--json`: one JSON object on stdout, all else on stderr. What a user can put right ends
with one paragraph and exit code 2, never with a traceback.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

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

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
ProjectFile = Annotated[Path, typer.Argument(help="Project file (YAML).", metavar="PROJECT")]
_SOURCES = "shanghai, an EPW file, pvgis:LAT,LON or nasa:LAT,LON."
Weather = Annotated[str, typer.Option(help=_SOURCES)]
OtherWeather = Annotated[str | None, typer.Option(help=f"Instead of the project's: {_SOURCES}")]
Seed = Annotated[int, typer.Option(help="Seed of the generated weather year.", min=0)]
OtherSeed = Annotated[int | None, typer.Option(help="Seed of the generated weather year.", min=0)]
Page = Annotated[Path | None, typer.Option(help="Also write an HTML page here.")]


class Done(Protocol):
    """What a command found out: for programs and for people."""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""

    def show(self) -> None:
        """Print it."""


def main() -> None:
    """Entry point; what a user can put right becomes one paragraph and exit code 2."""
    for found in entry_points(group="twin.commands"):
        app.command(found.name)(found.load())
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
        _out({"error": {**words, "line": error.line}})
    place = f"{error.where}: " if error.where else ""
    sys.stderr.write(f"error: {place}{error.what} {error.remedy}\n")


def _out(content: Any) -> None:
    """One JSON object on stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def _tell(done: Done, as_json: bool) -> None:
    if as_json:
        _out(done.as_dict())
    else:
        done.show()


@contextmanager
def _stages(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar of named stages on stderr where that is a terminal, else a line for each."""
    if quiet or not sys.stderr.isatty():
        told: set[str] = set()

        def say(stage: str, share: float) -> None:
            if stage not in told and not quiet:
                told.add(stage)
                sys.stderr.write(f"{stage} ...\n")

        yield say
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)


@contextmanager
def _progress(label: str, quiet: bool) -> Iterator[Callable[[float], None]]:
    """The same for work of one stage, told before it begins."""
    with _stages(quiet) as told:
        told(label, 0.0)
        yield lambda share: told(label, share)


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

    with _progress(f"marching {project.name}", as_json) as progress:
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
    _tell(done, as_json)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the Runs and the page.")] = Path("runs/demo"),
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The main job on a Shanghai office: as it is, near-zero, 光储直柔, and under a demand-response call."""
    from twin.commands.run import run_demo

    with _progress("marching the demo (the first time compiles for some minutes)", as_json) as progress:
        done = run_demo(out, seed=seed, progress=progress)
    _tell(done, as_json)


@app.command()
def describe(
    project: ProjectFile,
    unverified: Annotated[bool, typer.Option(help="Only what nobody has verified.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every derived value of a project with its source, and the plant diagram."""
    from twin.commands.describe import describe_project

    done = describe_project(project, only_unverified=unverified)
    _tell(done, as_json)


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
    _tell(done, as_json)


@app.command()
def crosscheck(
    project: Annotated[Path | None, typer.Argument(help="Project file (YAML).", metavar="PROJECT")] = None,
    every: Annotated[bool, typer.Option("--all", help="All bundled buildings of the crosscheck.")] = False,
    weather: OtherWeather = None,
    free_float: Annotated[bool, typer.Option(help="Also a year without plant.")] = True,
    page: Page = None,
    as_json: AsJson = False,
) -> None:
    """The fast engine against EnergyPlus on the same description, with verdicts (交叉校核)."""
    from twin.commands.crosscheck import crosscheck_projects

    with _progress("marching both engines", as_json) as progress:
        done = crosscheck_projects(
            project, every=every, weather=weather, free_float=free_float, page=page, progress=progress
        )
    _tell(done, as_json)


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

    with _progress(f"marching {project.name} on DC and on AC", as_json) as progress:
        done = pair_project(
            project, weather=weather, seed=seed, control=control, network=network, progress=progress
        )
    _tell(done, as_json)


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

    with _progress(f"marching {project.name} under each controller", as_json) as progress:
        done = contest_project(
            project, controllers=controllers, minute=minute, weather=weather, seed=seed, progress=progress
        )
    _tell(done, as_json)


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

    with _stages(as_json) as progress:
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
    _tell(done, as_json)


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

    with _progress(f"marching the buildings of {project.name}", as_json) as progress:
        done = district_project(
            project, out=out, feeder=feeder, scheduler=scheduler, weather=weather, progress=progress
        )
    _tell(done, as_json)


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

    with _progress(f"calling the buildings of {project.name}", as_json) as progress:
        done = respond_project(
            project, event=event, out=out, page=page, scheduler=scheduler, weather=weather, progress=progress
        )
    _tell(done, as_json)


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

    with _progress(f"marching {project.name}", as_json) as progress:
        done = flexibility_of_project(
            project, building=building, at=at, check=verify, weather=weather, seed=seed, progress=progress
        )
    _tell(done, as_json)


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
    _tell(done, as_json)


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
    _tell(done, as_json)


validate = typer.Typer(help="The engine against published reference cases.", no_args_is_help=True)
app.add_typer(validate, name="validate")


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

    with _progress("marching the cases", as_json) as progress:
        done = run_bestest(weather, cases=cases, chart=chart, hourly=hourly, progress=progress)
    _tell(done, as_json)


serve = typer.Typer(help="Talk to others' systems over their protocols.", no_args_is_help=True)
app.add_typer(serve, name="serve")
Database = Annotated[Path, typer.Option(help="File of the VTN (SQLite).")]


@serve.command()
def openadr(
    db: Database = Path("vtn.db"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65535)] = 8443,
    certificate: Annotated[
        Path | None, typer.Option(help="Server's certificate with its chain (PEM); needed beyond loopback.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM, without a password).")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Clients must show a certificate that this authority signed (PEM).")
    ] = None,
    callback_host: Annotated[
        list[str] | None,
        typer.Option(help="Host that webhooks may call beside loopback; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A VTN of OpenADR 3.0.1: programs, events, reports, subscriptions, VENs (需求响应服务端)."""
    from twin.commands.openadr import serve_openadr

    serve_openadr(
        db,
        host=host,
        port=port,
        certificate=certificate,
        key=key,
        client_ca=client_ca,
        callback_hosts=callback_host or (),
        as_json=as_json,
    )


@serve.command("ven")
def serve_ven(
    settings: Annotated[
        Path,
        typer.Argument(
            help="YAML file: VTN, name, credentials, source, resources, offer.", metavar="SETTINGS"
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """A VEN of OpenADR 3 at anybody's VTN, for the meters of a Run, a district or a file (需求响应终端)."""
    from twin.commands.ven import serve_ven

    serve_ven(settings, as_json=as_json)


@serve.command("openadr2")
def serve_openadr2(
    settings: Annotated[
        Path, typer.Argument(help="YAML file: db, certificate, key, authority, vens.", metavar="SETTINGS")
    ],
    as_json: AsJson = False,
) -> None:
    """A VTN of OpenADR 2.0b in front of the same file, for the installed base (needs the extra openadr2)."""
    from twin.commands.openadr2 import serve_vtn2

    serve_vtn2(settings, as_json=as_json)


@serve.command("openadr-settle")
def settle_openadr(
    db: Database = Path("vtn.db"),
    event: Annotated[
        list[str] | None, typer.Option(help="Id of an event; may be repeated. Default all calls.")
    ] = None,
    contracts: Annotated[
        Path | None, typer.Option(help="CSV of contracts: participant (VEN), aggregator, share.")
    ] = None,
    closed: Annotated[
        str | None, typer.Option(help="Reports after this time do not count, such as 2026-07-22T12:00+08:00.")
    ] = None,
    rule: Annotated[str, typer.Option(help="Rule of validity: rule_one or rule_two.")] = "rule_two",
    as_json: AsJson = False,
) -> None:
    """Settle the calls in a VTN's file from the reports in it, to the fen (响应结算)."""
    from twin.commands.openadr_settle import settle_openadr

    _tell(settle_openadr(db, events=event, contracts=contracts, closed=closed, rule=rule), as_json)


@serve.command("mqtt")
def serve_mqtt(
    settings: Annotated[
        Path, typer.Argument(help="YAML file: broker, credentials, source, clock.", metavar="SETTINGS")
    ],
    as_json: AsJson = False,
) -> None:
    """Telemetry of a Run, a district or a meter file to an MQTT broker, as if it were live (遥测发布)."""
    from twin.commands.mqtt import serve_mqtt

    serve_mqtt(settings, as_json=as_json)


openadr_clients = typer.Typer(help="Who may speak to a VTN (客户端登记).", no_args_is_help=True)
serve.add_typer(openadr_clients, name="openadr-clients")
ClientId = Annotated[str, typer.Argument(help="The client's id at the token endpoint.", metavar="CLIENT")]


@openadr_clients.command("add")
def add_openadr_client(
    client: ClientId,
    role: Annotated[str, typer.Option(help="bl (business logic, who calls) or ven (who is called).")],
    db: Database = Path("vtn.db"),
    ven_name: Annotated[
        str | None, typer.Option(help="Name of the VEN that it speaks for; default its client id.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Admit a client and print its secret, this once."""
    from twin.commands.openadr_clients import add_client

    _tell(add_client(db, client, role=role, ven_name=ven_name), as_json)


@openadr_clients.command("remove")
def remove_openadr_client(client: ClientId, db: Database = Path("vtn.db"), as_json: AsJson = False) -> None:
    """Take a client's admission and its tokens away."""
    from twin.commands.openadr_clients import remove_client

    _tell(remove_client(db, client), as_json)


@openadr_clients.command("list")
def list_openadr_clients(db: Database = Path("vtn.db"), as_json: AsJson = False) -> None:
    """Who is admitted, and as what."""
    from twin.commands.openadr_clients import list_clients

    _tell(list_clients(db), as_json)


@app.command()
def schema(as_json: AsJson = False) -> None:
    """JSON Schema of a project, for editors that complete and check."""
    from buildings.description.json_schema import project_json_schema

    del as_json  # the schema is JSON either way
    _out(project_json_schema())


@app.command()
def bench(
    zones: Annotated[str, typer.Option(help="Numbers of zones, comma-separated.")] = "1,100,10000",
    energyplus: Annotated[bool, typer.Option(help="Also EnergyPlus beside it; takes minutes.")] = True,
    as_json: AsJson = False,
) -> None:
    """Speed and memory of the engine on this machine, and EnergyPlus : fast engine."""
    from twin.commands.bench import bench_engine

    counts = tuple(_count(part) for part in zones.split(","))
    with _stages(as_json) as progress:
        done = bench_engine(counts, energyplus=energyplus, told=progress)
    _tell(done, as_json)


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

    with _progress(f"driving {model.name}", as_json) as progress:
        done = drive_model(
            model, weather=weather, seed=seed, year=year, first=first, days=days, page=page, progress=progress
        )
    _tell(done, as_json)


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

    with _stages(as_json) as progress:
        done = distill_model(
            model, weather=weather, out=out, calibrate=calibrate, fresh_air=fresh_air, progress=progress
        )
    _tell(done, as_json)


def _count(text: str) -> int:
    if not text.strip().isdigit() or not 1 <= int(text) <= 100_000:
        raise TwinError(
            f"{text!r} is no number of zones.", "Give whole numbers from 1 to 100000.", key="--zones"
        )
    return int(text)
