"""Chosen packages again in EnergyPlus: does the other engine see the same building? (EnergyPlus 复核)"""

from __future__ import annotations

from typing import Any

from buildings.description.schema import Project
from twin.crosscheck.engines import crosscheck
from twin.crosscheck.words import TARGETS
from twin.progress import Progress
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_LOADS = ("heating", "cooling", "latent")


def confirm(
    name: str, project: Project, climate: ClimateYear, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """Loads of one package under both engines, held against the targets of `twin crosscheck`.

    Parameters
    ----------
    name : str
        Of the package.
    project : Project
        One building.
    climate : ClimateYear
    progress : callable, optional

    Returns
    -------
    list of dict
        One row for each target: `fast` and `energyplus` in `unit`, `difference` in `limit_unit`, `limit`,
        `within` (None where the load is negligible). Where EnergyPlus refuses the building, one row that
        says why.
    """
    free, told = _free_standing(project)
    try:
        _, comparison = crosscheck(free, climate, free_float=False, progress=progress)[0]
    except TwinError as error:
        return [
            {"id": name, "quantity_en": "not compared", "quantity_zh": "未比较", "why": str(error)} | _NOTHING
        ]
    rows = []
    for said in comparison.whole.judged:
        what, _, load = said.key.rpartition("_")
        if load not in _LOADS:
            continue
        both, unit = _figures(comparison.whole.loads[load], what)
        rows.append(
            {
                "id": name,
                "quantity_zh": TARGETS[said.key][0],
                "quantity_en": TARGETS[said.key][1],
                "fast": both[0],
                "energyplus": both[1],
                "unit": unit,
                "difference": said.value,
                "limit": said.limit,
                "limit_unit": said.unit,
                "within": None if said.verdict == "not_judged" else said.verdict == "pass",
                "note": said.note,
                "why": None,
                "told_en": told[0],
                "told_zh": told[1],
            }
        )
    return rows


def _free_standing(project: Project) -> tuple[Project, tuple[str, str]]:
    """The project with its arrays off the surfaces that they cover, which EnergyPlus cannot be given."""
    building = project.buildings[0]
    if all(array.surface is None for array in building.pv):
        return project, ("", "")
    arrays = tuple(array.model_copy(update={"surface": None}) for array in building.pv)
    bare = building.model_copy(update={"pv": arrays})
    return project.model_copy(update={"buildings": (bare,)}), (
        "compared with the walls behind modules bare, on both sides",
        "两侧均按组件后墙面无遮挡比较",
    )


_NOTHING: dict[str, Any] = {
    "fast": None,
    "energyplus": None,
    "unit": "",
    "difference": None,
    "limit": None,
    "limit_unit": "",
    "within": None,
    "note": "",
    "told_en": "",
    "told_zh": "",
}


def _figures(load: Any, what: str) -> tuple[tuple[float | None, float | None], str]:
    """Figures of both engines behind a target: annual and peak loads; an hourly error has no pair."""
    if what == "annual":
        return (load.annual, load.reference_annual), "kWh/m²"
    if what == "peak":
        return (load.peak, load.reference_peak), "W/m²"
    return (None, None), ""
