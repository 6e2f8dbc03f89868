"""What codes say of a state and take marches of their own to say: trade-off and whole of GB 55015-2021.

Limits of the envelope, fresh air and quotas stand with the verdicts of the state's Run.
"""

from __future__ import annotations

from buildings.description.schema import Project
from buildings.standards.trade_off import trade_off_pair
from twin.judges.counted_energy import DesignFacts, counted_energy
from twin.judges.envelope_code import general_requirements, trade_off
from twin.judges.nearly_zero import NearlyZeroContext
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption
from twin.retrofit.variants import Figures
from twin.retrofit.year import march_year
from weather.climate_year import ClimateYear


def code_verdicts(
    project: Project, climate: ClimateYear, strict: Figures, context: NearlyZeroContext
) -> tuple[tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Hold one state against the codes.

    Parameters
    ----------
    project : Project
        With its package.
    climate : ClimateYear
    strict : dict
        Figures of its year under the conditions of the standard, as `march_package` tells them.
    context : NearlyZeroContext

    Returns
    -------
    verdicts, assumptions
        Trade-off of the envelope by two marches, energy and carbon against 2016.
    """
    pair = trade_off_pair(project)
    compared = trade_off(*(march_year(one, climate)["energy"] for one in (pair.design, pair.reference)))
    counted = counted_energy(
        strict["energy"],
        DesignFacts(**strict["facts"]),
        context.useful_kwh,
        needs_hot_water=context.needs_hot_water,
        rows=strict["plant_room"],
    )
    _, general, said = general_requirements(
        counted, context.reference, context.category, strict["floor_area_m2"], use=context.use
    )
    return (compared, *general), said
