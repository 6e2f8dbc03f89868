"""What a study and an owner ask: packages of measures, reports, pilot rules, documents, KPIs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twin.cli_options import OtherWeather, ProjectFile
from twin.terminal import AsJson, stages, tell

study = typer.Typer()


@study.command()
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


@study.command()
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


@study.command()
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


@study.command()
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


@study.command()
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


@study.command()
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
