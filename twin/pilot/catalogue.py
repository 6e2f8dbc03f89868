"""Measures of the catalogue that would cover a further field, with what they cost here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import apply_package, slots, systems_with
from twin.market.assumption import UNVERIFIED
from twin.pilot.fields import FieldCover
from twin.pilot.rules import Offer, rules
from twin.pilot.works import items_within
from weather.errors import TwinError

_EFFORT = {"control": 2, "light": 3, "plant": 3, "water": 3, "electric": 3}
"""Effort by group of the catalogue as the rules' own offers count it; all else is building work."""
_BUILDING_WORK = 4


def offers_of(
    project: Project, keys: Sequence[str], library: MeasureLibrary, fields: Collection[FieldCover]
) -> Iterator[Offer]:
    """Measures that go with a package and cover an item of a field that is not covered.

    Parameters
    ----------
    project : Project
        What the package is applied to.
    keys : sequence of str
        Measures of the package; none without a study.
    library : MeasureLibrary
    fields : collection of FieldCover

    Yields
    ------
    Offer
        With its capital, where the bill of quantities needs no sizing.
    """
    open_fields = {field.key for field in fields if not field.covered}
    home = rules().items
    for slot in slots(project, library):
        for key in slot.options:
            measure = library[key]
            systems = systems_with(project, [measure, *(library[k] for k in keys)])
            covered = items_within(measure, measure.fields, systems)
            wanted = [item for item in covered if item in home and home[item].field in open_fields]
            if not wanted or key in keys:
                continue
            try:
                capital, confidence = _capital(project, [*keys, key], key, library)
            except TwinError:
                continue  # it does not go with the package, which is what was to be found out
            for item in wanted:
                effort = _EFFORT.get(measure.group, _BUILDING_WORK)
                yield Offer(item, measure.name_zh, measure.name_en, effort, key, capital, confidence)


def _capital(
    project: Project, keys: Sequence[str], key: str, library: MeasureLibrary
) -> tuple[float | None, str]:
    """What a measure of a package costs [CNY], and the weakest confidence of its unit costs.

    Raises
    ------
    TwinError
        The package cannot be.
    """
    done = apply_package(project, keys, library)
    ours = [line for line in done.lines if line.measure == key]
    if not ours or any(waiting.line.measure == key for waiting in done.sized):
        return None, ""
    confidences = [line.unit_cost.confidence for line in ours]
    weakest = next((one for one in confidences if one in UNVERIFIED), confidences[0])
    return sum(line.quantity * line.unit_cost.value for line in ours), weakest
