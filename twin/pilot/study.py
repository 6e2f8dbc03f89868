"""Reading a study.json, and choosing the package that a plan is written for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weather.errors import TwinError

_REMEDY = "Give the study.json that `twin retrofit` wrote for this project."


def read_study(path: Path, floor_area_m2: float) -> dict[str, Any]:
    """Read a study.

    Parameters
    ----------
    path : Path
    floor_area_m2 : float
        Of the project, which the study must be of.

    Raises
    ------
    TwinError
        No such file, no study, or one of another building.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise TwinError(f"the study cannot be read: {why}.", _REMEDY, file=path, key="--study") from None
    try:
        study = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TwinError(f"the study is no JSON: {error}.", _REMEDY, file=path, key="--study") from None
    lacking = _lacking(study)
    if lacking:
        raise TwinError(f"the study has no usable {lacking!r}.", _REMEDY, file=path, key=lacking)
    area = study["building"].get("floor_area_m2")
    if not isinstance(area, int | float) or abs(area - floor_area_m2) > 0.01 * floor_area_m2:
        raise TwinError(
            f"the study is of {area!r} m2, the project of {floor_area_m2:,.0f} m2.",
            _REMEDY,
            file=path,
            key="building.floor_area_m2",
        )
    return dict(study)


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} stands in it")


def _lacking(study: Any) -> str:
    """The first key that is missing or of another kind; empty where all is there."""
    if not isinstance(study, dict) or study.get("schema") != 1:
        return "schema"
    for key, kind in (("building", dict), ("baseline", dict), ("measures", list), ("chosen", list)):
        if not isinstance(study.get(key), kind):
            return key
    if any(
        not isinstance(one, dict) or {"key", "name_zh", "name_en"} - set(one) for one in study["measures"]
    ):
        return "measures"
    states = [study["baseline"], *study["chosen"]]
    usable = all(
        isinstance(one, dict)
        and isinstance(one.get("id"), str)
        and isinstance(one.get("figures"), dict)
        and isinstance(one.get("keys", []), list)
        for one in states
    )
    return "" if usable and study["chosen"] else "chosen"


def chosen_state(study: Mapping[str, Any], package: str | None) -> dict[str, Any]:
    """A chosen package of a study: the one of that id, or that which emits least by the physical account.

    Raises
    ------
    TwinError
        There is none of that id, or none has emissions.
    """
    states = study["chosen"]
    if package is not None:
        for one in states:
            if one["id"] == package:
                return dict(one)
        known = ", ".join(one["id"] for one in states)
        raise TwinError(f"the study chose no package {package!r}.", f"Use one of: {known}.", key="--package")
    told = [one for one in states if isinstance(one["figures"].get("carbon_t"), int | float)]
    if not told:
        raise TwinError("no chosen package of the study has carbon_t.", _REMEDY, key="chosen")
    return dict(min(told, key=lambda one: one["figures"]["carbon_t"]))
