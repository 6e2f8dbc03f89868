"""People, light and equipment of the model, on the same series as the fast engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteZone
from buildings.energyplus.model import Model


@dataclass(frozen=True)
class ZoneSeries:
    """Schedule-driven series of one zone at the marching step, shape (n,) each.

    `occupancy`, `lighting`, `equipment`, `fresh_air`, `infiltration`, `ventilation` are shares [1]; `heating`
    and `cooling` are set-points [degC], NaN where off.
    """

    occupancy: NDArray[np.float64]
    lighting: NDArray[np.float64]
    equipment: NDArray[np.float64]
    fresh_air: NDArray[np.float64]
    infiltration: NDArray[np.float64]
    ventilation: NDArray[np.float64]
    heating: NDArray[np.float64]
    cooling: NDArray[np.float64]


def write_gains(model: Model, zone: CompleteZone, series: ZoneSeries) -> None:
    """Internal gains of a zone.

    Radiant shares are of the heat that reaches the zone; what is lost (exhausted at the fitting) is left out
    of the light's level, since EnergyPlus' lights know no loss.
    """
    gains, name = zone.gains, model.names.of("zone", zone.name)
    people = gains.people_density * zone.floor_area
    sensible, latent = gains.sensible_per_person, gains.latent_per_person
    heat = sensible + latent if gains.activity_per_person is None else gains.activity_per_person
    if people > 0.0 and heat > 0.0:
        model.add(
            "People",
            Name=f"{name} people",
            Zone_or_ZoneList_or_Space_or_SpaceList_Name=name,
            Number_of_People_Schedule_Name=model.series("people", series.occupancy),
            Number_of_People_Calculation_Method="People",
            Number_of_People=people,
            Fraction_Radiant=gains.people_radiant,
            Sensible_Heat_Fraction="autocalculate"
            if gains.activity_per_person is not None
            else sensible / heat,
            Activity_Level_Schedule_Name=model.constant(heat),
        )
    lost = gains.lighting_lost
    light = gains.lighting_power * zone.floor_area * (1.0 - lost)
    if light > 0.0:
        model.add(
            "Lights",
            Name=f"{name} lights",
            Zone_or_ZoneList_or_Space_or_SpaceList_Name=name,
            Schedule_Name=model.series("lighting", series.lighting),
            Design_Level_Calculation_Method="LightingLevel",
            Lighting_Level=light,
            Return_Air_Fraction=0.0,
            Fraction_Radiant=gains.lighting_radiant,
            Fraction_Visible=0.0,
            Fraction_Replaceable=1.0,
        )
    _equipment(model, zone, series, name)


def _equipment(model: Model, zone: CompleteZone, series: ZoneSeries, name: str) -> None:
    gains = zone.gains
    power = gains.equipment_power * zone.floor_area
    if power <= 0.0:
        return
    latent, lost = gains.equipment_latent, gains.equipment_lost
    model.add(
        "ElectricEquipment",
        Name=f"{name} equipment",
        Zone_or_ZoneList_or_Space_or_SpaceList_Name=name,
        Schedule_Name=model.series("equipment", series.equipment),
        Design_Level_Calculation_Method="EquipmentLevel",
        Design_Level=power,
        Fraction_Latent=latent,
        Fraction_Radiant=gains.equipment_radiant * (1.0 - latent - lost),
        Fraction_Lost=lost,
    )
