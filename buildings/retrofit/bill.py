"""From what a measure did to the lines of the bill of quantities (工程量清单)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from buildings.description.ledger import Entry
from buildings.retrofit.draft import Quantities
from buildings.retrofit.library import embodied_factors
from buildings.retrofit.measure import Measure, Work
from buildings.retrofit.work_line import Spread, WorkLine
from weather.errors import TwinError

SIZED = {"cooling_capacity": "cooling_capacity_kw", "heating_capacity": "heating_capacity_kw"}
"""Quantities that only sizing knows, by the name of the size."""
_SURE = ("stored:primary", "stored:secondary", "derived", "gk-verify", "assumed", "missing")


@dataclass(frozen=True)
class SizedLine:
    """A line whose quantity is `line.quantity` times a size of its building, known after sizing."""

    line: WorkLine
    size: str


def lines_of(
    key: str,
    measure: Measure,
    building: str,
    quantities: Quantities,
    layers: Sequence[tuple[str, float]],
    thickness: float | None,
) -> tuple[tuple[WorkLine, ...], tuple[SizedLine, ...], tuple[Entry, ...]]:
    """Lines that a measure causes in one building.

    Parameters
    ----------
    key, measure
    building : str
        Its name.
    quantities : dict
        What lines are counted by.
    layers : sequence of (str, float)
        Embodied factor and kg/m2 of the layers that were put on.
    thickness : float or None
        Of the insulation [m].

    Returns
    -------
    tuple
        Lines, lines that wait for a size, and what was assumed for them.
    """
    done: list[WorkLine] = []
    sized: list[SizedLine] = []
    notes: list[Entry] = []
    for number, work in enumerate(measure.works):
        if work.by not in quantities:
            continue
        embodied, mass, unknown = _embodied(work, layers)
        for word in unknown:
            path = f"{building}.retrofit.{key}.works[{number}].embodied"
            notes.append(
                Entry(path, 0.0, "kgCO2e/kg", f"no factor of '{word}' is known, counted as none", "missing")
            )
        line = WorkLine(
            measure=key,
            building=building,
            item_en=work.item_en,
            item_zh=work.item_zh,
            quantity=quantities[work.by] * work.per,
            unit=work.unit,
            unit_cost=_cost(work, thickness),
            life=work.life,
            maintenance=work.maintenance,
            embodied=embodied,
            mass=mass,
            kind=_kind(work, measure),
        )
        if work.by in SIZED:
            sized.append(SizedLine(line, SIZED[work.by]))
        else:
            done.append(line)
    return tuple(done), tuple(sized), tuple(notes)


def _kind(work: Work, measure: Measure) -> str:
    """What of a line fades with the years; of collectors those that also make electricity."""
    if work.by == "collector_area":
        return "pv" if getattr(measure.action, "collector", "") == "pvt" else ""
    return work.by if work.by in ("pv", "battery") else ""


def _cost(work: Work, thickness: float | None) -> Spread:
    if work.thicker is None or thickness is None:
        return work.cost.spread()
    beyond = work.thicker.per_metre * (thickness - work.thicker.reference)
    spread = work.cost.spread(plus=beyond)
    how = f"{work.cost.source}; {work.thicker.per_metre:g} CNY/m3 beyond {work.thicker.reference:g} m"
    return replace(spread, source=how, confidence=least_sure((spread.confidence, work.thicker.confidence)))


def least_sure(words: Sequence[str]) -> str:
    """The least certain of some words of confidence."""
    return max(words, key=_SURE.index)


def _embodied(work: Work, layers: Sequence[tuple[str, float]]) -> tuple[Spread, float, tuple[str, ...]]:
    """kgCO2e per unit, kg per unit, and materials without a factor."""
    known = embodied_factors()
    counted = [(part.factor, part.amount) for part in work.parts]
    if work.layers:
        counted += list(layers)
    unknown = tuple(word for word, _ in counted if word not in known)
    parts = [_times(known[word].spread, amount) for word, amount in counted if word in known]
    if work.embodied is not None:
        parts.append(work.embodied.spread())
    mass = work.mass + (sum(amount for _, amount in layers) if work.layers else 0.0)
    if not parts:
        return (
            Spread(0.0, 0.0, 0.0, "no material counted", 2026, "missing" if unknown else "assumed"),
            mass,
            unknown,
        )
    spread = Spread(
        sum(part.low for part in parts),
        sum(part.value for part in parts),
        sum(part.high for part in parts),
        "; ".join(dict.fromkeys(part.source for part in parts)),
        max(part.year for part in parts),
        least_sure([*(part.confidence for part in parts), *(["missing"] if unknown else [])]),
    )
    return spread, mass, unknown


def _times(spread: Spread, amount: float) -> Spread:
    return replace(spread, low=spread.low * amount, value=spread.value * amount, high=spread.high * amount)


def resolve_lines(
    lines: Sequence[WorkLine], sized: Sequence[SizedLine], sizes: Mapping[str, Mapping[str, float]]
) -> tuple[WorkLine, ...]:
    """All lines, once the buildings are sized.

    Parameters
    ----------
    lines, sized
        Of a package.
    sizes : dict of dict
        By building: `cooling_capacity_kw`, `heating_capacity_kw` [kW].

    Raises
    ------
    TwinError
        A size that is not there.
    """
    found = list(lines)
    for one in sized:
        size = sizes.get(one.line.building, {}).get(one.size)
        if size is None:
            raise TwinError(
                f"The bill of '{one.line.measure}' needs {one.size} of '{one.line.building}'.",
                "Size the building with the package first.",
                key="retrofit",
            )
        found.append(replace(one.line, quantity=one.line.quantity * size))
    return tuple(found)
