"""Parts of a building as it is, and what replacing them like for like costs (到期更新)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from buildings.description.schema import Building
from buildings.library.data_text import read_data
from buildings.retrofit.base import Base, base_of
from buildings.retrofit.bill import SIZED
from buildings.retrofit.library import slot_names
from buildings.retrofit.measure import Work
from buildings.retrofit.work_line import Spread

_ANY = "any"


@dataclass(frozen=True)
class RenewalWork:
    """What is bought when a part is replaced like for like.

    Parameters
    ----------
    item_en, item_zh : str
    quantity : float
        [unit]
    unit : str
    unit_cost : Spread
        [CNY/unit]
    life : float
        [a]
    """

    item_en: str
    item_zh: str
    quantity: float
    unit: str
    unit_cost: Spread
    life: float


@dataclass(frozen=True)
class StandingPart:
    """A part of a building as it is; measures of the slot of the same key take its place.

    Parameters
    ----------
    key, name_en, name_zh : str
    works : tuple of RenewalWork
        Empty where the library knows no cost of it.
    area_m2 : float or None
        Of what a measure may replace a share; None where it is replaced as a whole.
    """

    key: str
    name_en: str
    name_zh: str
    works: tuple[RenewalWork, ...]
    area_m2: float | None


@cache
def _parts() -> Mapping[str, Mapping[str, tuple[Work, ...]]]:
    text = files("buildings.retrofit").joinpath("data", "renewals.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = read_data(text)
    return {
        part: {key: tuple(Work.model_validate(work) for work in works) for key, works in by_kind.items()}
        for part, by_kind in document["parts"].items()
    }


def standing_parts(building: Building, sizes: Mapping[str, float]) -> dict[str, StandingPart]:
    """Parts of a building as it is by key, in the order of the data.

    Parameters
    ----------
    building : Building
        As validated, without measures.
    sizes : mapping
        `cooling_capacity_kw` and `heating_capacity_kw` of its plant [kW].
    """
    base = base_of(building)
    names = slot_names()
    areas = {"windows": _window_area(base), "lighting": base.complete.floor_area}
    found = {}
    for key, by_kind in _parts().items():
        works = by_kind.get(base.complete.hvac.equipment if key == "plant" else _ANY, ())
        counted = {"floor_area": base.complete.floor_area, "treated_area": areas.get(key, 0.0)}
        counted |= {by: float(sizes[size]) for by, size in SIZED.items()}
        found[key] = StandingPart(
            key,
            names[key].name_en,
            names[key].name_zh,
            tuple(
                RenewalWork(
                    work.item_en,
                    work.item_zh,
                    counted[work.by] * work.per,
                    work.unit,
                    work.cost.spread(),
                    work.life,
                )
                for work in works
            ),
            areas.get(key),
        )
    return found


def _window_area(base: Base) -> float:
    """Area of windows outdoors, as measures count it [m2]."""
    return sum(
        window.area * base.times(surface)
        for surface in base.building.surfaces
        if surface.boundary == "outdoors"
        for window in surface.windows
    )
