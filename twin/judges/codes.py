"""What codes say of a building as it is described: envelope, fresh air, class of its quotas.

The description is at hand while a building is prepared; a Run keeps of it what the codes ask for
(`code_facts`), so that it can be judged again whenever it is opened (`code_verdicts`). The envelope's
trade-off takes two marches more and belongs to a study (`twin.retrofit.codes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from buildings.description.complete import CompleteBuilding
from buildings.standards.elements import category_of_areas
from buildings.standards.envelope_values import EnvelopeValues, OpaqueValue, WindowValue, envelope_values
from twin.judges.envelope_code import envelope_code
from twin.judges.nearly_zero_measures import FreshAir, technical_requirements
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption

_FRESH_AIR = tuple(field.name for field in fields(FreshAir))


def code_facts(building: CompleteBuilding) -> dict[str, Any]:
    """What the codes ask of a description, as plain data for a Run's manifest.

    Parameters
    ----------
    building : CompleteBuilding

    Returns
    -------
    dict
        `category` (`public` or `residential`), `envelope` and `fresh_air`, with the fields of
        `EnvelopeValues` and `FreshAir`; `quota_classes` and `households` as of `twin.judges.quotas.quotas`.
    """
    own = building.systems.standards
    meters = building.systems.meters
    return {
        "category": category_of_areas((z.floor_area * z.multiplier, z.use) for z in building.zones),
        "envelope": asdict(envelope_values(building)),
        "fresh_air": asdict(fresh_air_of(building)),
        "quota_classes": own.quota_classes.model_dump(exclude_none=True),
        # One meter is what a project has that does not speak of households.
        "households": own.households if own.households is not None else meters if meters > 1 else None,
    }


def fresh_air_of(building: CompleteBuilding) -> FreshAir:
    """Mechanical fresh air of a complete building."""
    return FreshAir(**{name: getattr(building.ventilation, name) for name in _FRESH_AIR})


def code_verdicts(
    facts: Mapping[str, Any], *, heating_setpoint_c: float | None, cooling_setpoint_c: float | None
) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Hold a described building against GB 55015-2021 and the technical requirements of GB/T 51350-2019.

    Parameters
    ----------
    facts : mapping
        Of `code_facts`.
    heating_setpoint_c, cooling_setpoint_c : float or None
        Of occupied hours.

    Returns
    -------
    figures : dict
        Of the envelope; see `twin.judges.envelope_code.envelope_code`.
    verdicts : tuple of Verdict
    assumptions : tuple of Assumption
    """
    category = str(facts["category"])
    figures, verdicts, said = envelope_code(_envelope(facts["envelope"]), category)
    technical = technical_requirements(
        FreshAir(**facts["fresh_air"]),
        category,
        heating_setpoint_c=heating_setpoint_c,
        cooling_setpoint_c=cooling_setpoint_c,
    )
    return figures, (*verdicts, *technical), said


def _envelope(stored: Mapping[str, Any]) -> EnvelopeValues:
    return EnvelopeValues(
        opaque=tuple(OpaqueValue(**one) for one in stored["opaque"]),
        windows=tuple(WindowValue(**one) for one in stored["windows"]),
        ratios=dict(stored["ratios"]),
        shape_coefficient=float(stored["shape_coefficient"]),
    )
