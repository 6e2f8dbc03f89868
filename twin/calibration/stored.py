"""A calibration as a folder: project, posterior, what was fitted, page; all of it or nothing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from buildings.description.loading import parse_project, project_text
from buildings.description.schema import PosteriorFacts, Project
from twin.calibration.page import calibration_page
from twin.calibration.parameters import changed, parameters
from twin.calibration.posterior import digest_of
from twin.calibration.reading import FACTS, HOURLY_FILE, PAGE, as_stored, hours_table
from twin.calibration.study import Calibrated
from twin.meters.report import Change
from weather.errors import TwinError

PROJECT, POSTERIOR, DESCRIBED = "project.yaml", "posterior.parquet", "described.yaml"


def told(found: Calibrated) -> dict[str, Any]:
    """What was fitted, as plain data."""
    priors, shares = parameters(), found.fit.shares
    rows = []
    for j, name in enumerate(found.fit.names):
        entry, draws = priors[name], found.draws[name]
        span = [float(np.percentile(draws, p)) for p in (5, 50, 95)]
        rows.append(
            {
                "name": name,
                "name_zh": entry["name_zh"],
                "name_en": entry["name_en"],
                "unit": entry["unit"],
                "felt": name in found.screened.chosen,
                "value": found.values[name],
                "p5": span[0],
                "p50": span[1],
                "p95": span[2],
                "width_over_prior": float(shares[:, j].std() * np.sqrt(12.0)),
                "prior": {key: entry[key] for key in ("kind", "low", "high", "source", "year", "confidence")},
            }
        )
    return {
        "project": found.loaded.project.name,
        "project_zh": found.loaded.project.name_zh or found.loaded.project.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": rows,
        "screening": dict(zip(found.screened.names, map(float, found.screened.effect), strict=True)),
        "figures": found.figures,
        "held_out_months": sorted({int(one.month) for one in found.measured.index[found.held_out]}),
        "independent_share": [one.independent for one in found.fit.errors],
        "emulator_error": found.fit.emulator_error,
        "marches": found.fit.marches,
        "warnings": found.warnings,
        "retrofit": found.retrofit,
        "form_error": found.form_error,
        "weather": {"source": found.loaded.climate.source, "measured_hours": found.weather},
        "hours_of_use": _hours_of_use(found),
    }


def _hours_of_use(found: Calibrated) -> dict[str, Any] | None:
    learnt = found.hours_of_use
    if learnt is None:
        return None
    return {
        "workday_kw": [float(value) for value in learnt.workday],
        "rest_day_kw": [float(value) for value in learnt.rest_day],
        "machines": learnt.machines,
    }


def calibrated_project(found: Calibrated, folder: Path) -> Project:
    """The project as calibrated, at its own step, with its weather named from a folder."""
    source = found.loaded
    return _from_folder(found, changed(source.project, found.values, found.shared.sizes), folder)


def _from_folder(found: Calibrated, project: Project, folder: Path) -> Project:
    """A project without a posterior, its weather file named from a folder."""
    source, project = found.loaded, project.model_copy(update={"posterior": None})
    if source.path is not None and (source.path.parent / project.weather).is_file():
        weather = os.path.relpath(source.path.parent / project.weather, folder)
        project = project.model_copy(update={"weather": weather})
    return project


def _with_posterior(found: Calibrated, project: Project, draft: Path) -> Project:
    """The project with the name of its posterior; a fit by least squares has none."""
    if len(found.draws) < 2:
        return project
    read = parse_project(project_text(project))  # what is in the file, not what it was written from
    facts = PosteriorFacts(
        file=POSTERIOR,
        described=DESCRIBED,
        digest=digest_of(read, (draft / POSTERIOR).read_bytes(), (draft / DESCRIBED).read_bytes()),
        form_error=found.form_error,
    )
    return project.model_copy(update={"posterior": facts})


def refuse_taken(folder: Path) -> None:
    """A calibration is not written over anything.

    Raises
    ------
    TwinError
        Something of that name is there.
    """
    if folder.exists():
        raise TwinError(
            "there is something of that name.",
            "Name another folder, or remove this one.",
            file=folder,
            key="--out",
            zh=("已有同名文件夹。", "请换一个名字，或先移走它。"),
        )


def write_calibration(found: Calibrated, folder: Path, changes: Sequence[Change] = ()) -> Path:
    """Write a calibration; the folder appears when it is whole.

    Parameters
    ----------
    found : Calibrated
    folder : Path
    changes : sequence of Change
        What was cleaned before, as the door of the meters tells it.

    Raises
    ------
    TwinError
        A folder that is there, or cannot be written.
    """
    refuse_taken(folder)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        draft.mkdir(parents=True)
        found.draws.to_parquet(draft / POSTERIOR, index=False)
        described = project_text(_from_folder(found, found.loaded.project, folder))
        (draft / DESCRIBED).write_text(described, "utf-8")
        project = _with_posterior(found, calibrated_project(found, folder), draft)
        (draft / PROJECT).write_text(_head(found) + project_text(project), "utf-8")
        facts = told(found) | {"cleaning": [one.as_dict() for one in changes]}
        (draft / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")
        hours = hours_table(found)
        hours.reset_index().to_parquet(draft / HOURLY_FILE, index=False)
        (draft / PAGE).write_text(calibration_page(as_stored(facts, hours)), "utf-8")
        draft.rename(folder)
    except OSError as error:
        raise TwinError(
            f"the calibration cannot be written: {error.strerror or error}.",
            "Choose a folder that you may write to.",
            file=folder,
            key="--out",
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _head(found: Calibrated) -> str:
    lines = [
        f"{found.loaded.project.name}, calibrated by `twin calibrate`; the posterior lies in {POSTERIOR}."
    ]
    for name, judged in found.figures.items():
        after = judged["after"]["hourly"]
        lines.append(
            f"{name}, hours not fitted: NMBE {after['nmbe']:+.1f} %, CV(RMSE) {after['cv_rmse']:.1f} %, "
            f"90 % interval covers {100.0 * judged['coverage']:.1f} %."
        )
    return "".join(f"# {line}\n" for line in lines)
