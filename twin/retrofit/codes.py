"""What other codes than GB/T 51350 say of a state: GB 55015-2021, quotas, requirements on fresh air."""

from __future__ import annotations

from buildings.description.complete import complete
from buildings.description.schema import Project
from buildings.standards.trade_off import trade_off_pair
from twin.judges.counted_energy import DesignFacts, counted_energy
from twin.judges.envelope_code import envelope_code, general_requirements, trade_off
from twin.judges.nearly_zero import NearlyZeroContext
from twin.judges.nearly_zero_measures import technical_requirements
from twin.judges.quotas import quotas
from twin.judges.verdict import Verdict
from twin.market.assumption import Assumption, merged
from twin.retrofit.variants import Figures
from twin.retrofit.year import march_year
from twin.store import Run
from weather.climate_year import ClimateYear


def code_verdicts(
    project: Project, climate: ClimateYear, run: Run, strict: Figures, context: NearlyZeroContext
) -> tuple[tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Hold one state against the codes.

    Parameters
    ----------
    project : Project
        With its package.
    climate : ClimateYear
    run : Run
        Its judged year.
    strict : dict
        Figures of its year under the conditions of the standard, as `march_package` tells them.
    context : NearlyZeroContext

    Returns
    -------
    verdicts, assumptions
        Envelope with its trade-off by two marches, fresh air and set-points, energy and carbon against 2016,
        quotas of its use.
    """
    building = complete(project.buildings[0], calendar=project.calendar)
    facts = next(iter(run.manifest["buildings"].values()))
    energy = next(iter(run.summary["buildings"].values()))["energy"]
    _, of_envelope, envelope_said = envelope_code(building, context.category)
    pair = trade_off_pair(project)
    compared = trade_off(*(march_year(one, climate)["energy"] for one in (pair.design, pair.reference)))
    technical = technical_requirements(
        building,
        context.category,
        heating_setpoint_c=facts["heating_setpoint_c"],
        cooling_setpoint_c=facts["cooling_setpoint_c"],
    )
    counted = counted_energy(
        strict["energy"],
        DesignFacts(**strict["facts"]),
        context.useful_kwh,
        needs_hot_water=context.needs_hot_water,
        rows=strict["plant_room"],
    )
    _, general, general_said = general_requirements(
        counted, context.reference, context.category, strict["floor_area_m2"], use=context.use
    )
    _, of_quotas = quotas(energy, context.use)
    verdicts = (*of_envelope, compared, *technical, *general, *of_quotas)
    return verdicts, merged(envelope_said, general_said)
