"""The posterior that a calibrated project names: read, checked against the project, and drawn from.

The draws change the building as it was described, not as it was fitted: each is a whole project. What a later
edit adds beside the building's physics (battery, vehicles, control, tariff, weather, a call) goes with each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from buildings.description.loading import read_project
from buildings.description.schema import Building, Hvac, Project
from twin.calibration.parameters import changed, parameters
from weather.errors import TwinError

LATER = ("battery", "ev", "dc_bus", "plant_room", "control", "meters", "standards")
"""Keys of a building that may be edited after the fit: no parameter that is fitted touches them."""


@dataclass(frozen=True)
class Posterior:
    """Draws of a project.

    Attributes
    ----------
    described : Building
        The building before the fit.
    draws : tuple of dict
        Values by parameter.
    sizes : dict
        Capacities of the plant that stands there [kW].
    form_error : float
        Relative scatter of what the model misses whatever its parameters.
    """

    described: Building
    draws: tuple[dict[str, float], ...]
    sizes: dict[str, float]
    form_error: float

    def projects(self, project: Project) -> list[Project]:
        """The project under each draw, without its posterior."""
        building = project.buildings[0]
        kept = {key: getattr(building, key) for key in LATER} | {"name": building.name}
        base = project.model_copy(
            update={"buildings": (self.described.model_copy(update=kept),), "posterior": None}
        )
        return [changed(base, draw, self.sizes) for draw in self.draws]


def digest_of(project: Project, draws: bytes, described: bytes) -> str:
    """SHA-256 of what belongs together: the fitted building, the draws, the project as described."""
    building = project.buildings[0].model_dump(mode="json", by_alias=True, exclude_none=True)
    fitted = {key: value for key, value in building.items() if key not in LATER}
    text = json.dumps(fitted, sort_keys=True, ensure_ascii=False).encode()
    return hashlib.sha256(b"\0".join((text, draws, described))).hexdigest()


def posterior_of(project: Project, path: Path | None) -> Posterior | None:
    """The posterior of a project; None where it names none.

    Parameters
    ----------
    project : Project
        As it stands in its file.
    path : Path or None
        The file.

    Raises
    ------
    TwinError
        Draws that are missing, cannot be read, or no longer fit the project.
    """
    facts = project.posterior
    if facts is None:
        return None
    folder = Path() if path is None else path.parent
    draws_file, described_file = folder / facts.file, folder / facts.described
    try:
        draws, described = draws_file.read_bytes(), described_file.read_bytes()
    except OSError as error:
        raise TwinError(
            f"the posterior of the project cannot be read: {error.strerror or error} ({error.filename}).",
            "Keep the folder of the calibration together, or remove the key posterior: then no ranges are "
            "told.",
            file=path,
            key="posterior",
            zh=(
                f"无法读取项目的后验：{error.filename}。",
                "请保持校准文件夹完整，或删去 posterior：则不再给出区间。",
            ),
        ) from None
    if len(project.buildings) != 1 or digest_of(project, draws, described) != facts.digest:
        raise TwinError(
            "the posterior no longer fits: the building was edited after it was calibrated.",
            f"Calibrate the edited project again, or remove the key posterior: then no ranges are told. "
            f"{', '.join(LATER)} may be edited freely.",
            file=path,
            key="posterior",
            zh=(
                "后验不再适用：校准之后修改过建筑。",
                f"请重新校准，或删去 posterior：则不再给出区间。可自由修改的键：{'、'.join(LATER)}。",
            ),
        )
    hvac = project.buildings[0].hvac
    return Posterior(
        read_project(described_file).buildings[0],
        _draws(draws_file),
        {f"{key}_kw": 1e-3 * _size(hvac, key) for key in ("cooling_capacity", "heating_capacity")},
        facts.form_error,
    )


def _size(hvac: Hvac, key: str) -> float:
    """Capacity that the fit wrote down [W]; the digest has told that it is still there."""
    value = getattr(hvac, key)
    assert isinstance(value, float)
    return value


def _draws(file: Path) -> tuple[dict[str, float], ...]:
    try:
        table = pd.read_parquet(file)
    except (ValueError, OSError):
        table = pd.DataFrame()
    strange = sorted(set(map(str, table.columns)) - set(parameters()))
    if table.empty or strange or not all(pd.api.types.is_float_dtype(one) for one in table.dtypes):
        raise TwinError(
            "these are no draws of parameters"
            + (f": {', '.join(strange[:5])} is unknown." if strange else "."),
            "Give the posterior.parquet that `twin calibrate` wrote.",
            file=file,
            key="posterior.file",
            zh=("文件不是参数的后验样本。", "请使用 `twin calibrate` 写出的 posterior.parquet。"),
        )
    return tuple(rows_of(table))


def rows_of(draws: pd.DataFrame) -> Sequence[dict[str, float]]:
    """Draws as mappings from parameter to value."""
    return [{str(name): float(value) for name, value in row.items()} for _, row in draws.iterrows()]
