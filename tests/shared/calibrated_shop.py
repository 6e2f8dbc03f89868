"""A shop as `twin calibrate` writes it, with draws of our own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from buildings.description.loading import parse_project, project_text
from buildings.description.schema import PosteriorFacts
from twin.calibration.parameters import changed
from twin.calibration.posterior import digest_of
from twin.calibration.simulated import sizes_of
from twin.project import load

PROJECT = """schema: 1
name: shop
timestep: 60 min
buildings:
  - name: shop
    floor_area: 120 m2
    archetype: retail
    era: gb50189-2005
    floors: 1
    hvac: {type: vrf, equipment: split_multi_2005}
"""
TAKEN = {"equipment_power": 1.2, "cooling_cop": 0.9}


def calibrated_folder(folder: Path, draws: pd.DataFrame, form_error: float) -> Path:
    """A project as `twin calibrate` writes it, with draws of our own."""
    (folder / "described.yaml").write_text(PROJECT, "utf-8")
    loaded = load(folder / "described.yaml")
    project = changed(loaded.project, TAKEN, sizes_of(loaded.project, loaded.climate))
    draws.to_parquet(folder / "posterior.parquet", index=False)
    files = [(folder / name).read_bytes() for name in ("posterior.parquet", "described.yaml")]
    facts = PosteriorFacts(
        file="posterior.parquet",
        described="described.yaml",
        digest=digest_of(parse_project(project_text(project)), *files),
        form_error=form_error,
    )
    path = folder / "project.yaml"
    path.write_text(project_text(project.model_copy(update={"posterior": facts})), "utf-8")
    return path
