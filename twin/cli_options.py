"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectFile = Annotated[Path, typer.Argument(help="Project file (YAML).", metavar="PROJECT")]
SOURCES = "shanghai, an EPW file, pvgis:LAT,LON or nasa:LAT,LON."
Weather = Annotated[str, typer.Option(help=SOURCES)]
OtherWeather = Annotated[str | None, typer.Option(help=f"Instead of the project's: {SOURCES}")]
Seed = Annotated[int, typer.Option(help="Seed of the generated weather year.", min=0)]
OtherSeed = Annotated[int | None, typer.Option(help="Seed of the generated weather year.", min=0)]
Page = Annotated[Path | None, typer.Option(help="Also write an HTML page here.")]
