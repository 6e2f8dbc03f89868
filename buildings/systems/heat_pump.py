"""Heat pumps (热泵) of a plant room: what users write of them, and their sizes; see `heat_pump_machine`.

A row without `source` draws on outdoor air; with one, on that row: a borefield, a data room. A row
that serves several carriers is one machine that shares its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from buildings.description.base import ThermalCapacity
from buildings.description.plant_row import Machine
from buildings.systems.component import Component, Prepared, Setting, no_temperatures
from buildings.systems.heat_pump_machine import BY_MEAN, BY_RETURN, PARAMETERS, limits, outside_range, step
from buildings.systems.heat_pump_products import heat_pump_product, load_heat_pump, output_at
from buildings.systems.records import entry
from weather.errors import TwinError

_BEHIND_HEATING, _BEHIND_COOLING = 10.0, 25.0
"""Source at design [degC]: ground loops in heating and cooling, GB/T 19409-2013 (gk-verify)."""
_COOLING_HOURS = 50
"""Hours of a year hotter than the design, GB 50736-2012 clause 4.1.6 (gk-verify)."""


class HeatPump(Machine):
    """A heat pump (热泵); reversed it makes chilled water."""

    type: Literal["heat_pump"] = Field(description="Kind of equipment.")
    serves: tuple[Literal["space_heat", "hot_water", "chilled_water"], ...] = Field(
        min_length=1, max_length=3, description="What it serves; several share its time."
    )
    capacity: ThermalCapacity = Field(
        default="autosize",
        description="Most heat at the product's rating point [W] (air 7/35, brine 0/35, water 10/35 degC), "
        "or autosize from the design loads.",
    )

    @property
    def carriers(self) -> tuple[str, ...]:
        """What it serves, each once."""
        return tuple(dict.fromkeys(self.serves))


def _key(row: HeatPump) -> str:
    """Product, or the usual one of its kind."""
    if row.equipment is not None:
        return row.equipment
    if row.source is not None:
        return "water_water_reversible" if "chilled_water" in row.serves else "brine_water_regulated"
    return "dhw_r134a" if row.carriers == ("hot_water",) else "air_water_regulated"


def _design_source(row: HeatPump, carrier: str, setting: Setting) -> float:
    """Source temperature at design [degC]: second coldest day, 50 hours from the hottest, or a loop."""
    cooling = carrier == "chilled_water"
    if row.source is not None:
        return _BEHIND_COOLING if cooling else _BEHIND_HEATING
    air = setting.climate.data["temp_air"].to_numpy()
    if cooling:
        return float(np.sort(air)[-_COOLING_HOURS - 1])
    # GB 50736-2012 clause 4.1.5: one day of a year may be colder in its mean (gk-verify)
    return float(np.sort(air.reshape(-1, 24).mean(axis=1))[1])


def _size(row: HeatPump, key: str, setting: Setting) -> float:
    """Heat at the product's rating point [W]: as written, or enough for each design load by itself."""
    if row.capacity != "autosize":
        return float(row.capacity)
    supply = {carrier: float(entry("supply_temperatures", carrier)["supply"]) for carrier in row.carriers}
    sizes = []
    for carrier in row.carriers:
        source = _design_source(row, carrier, setting)
        given = output_at(load_heat_pump(key, 1.0, carrier), source, supply[carrier])
        if given <= 0.0:
            raise TwinError(
                f"The heat pump '{row.name}' ({key}) gives no {carrier} at its design, "
                f"{source:.1f} degC source and {supply[carrier]:.0f} degC supply.",
                "Choose another product, or write its capacity.",
                key=row.name,
            )
        sizes.append(setting.design[carrier] / given)
    return max(sizes)


def _check_reach(
    row: HeatPump, key: str, parameters: Mapping[str, float], carrier: str, charge_temp: float | None
) -> None:
    """What asks for a temperature that the machine reaches from no source would never be served."""
    asked = float(entry("supply_temperatures", carrier)["supply"]) if charge_temp is None else charge_temp
    least, most = parameters["supply_least"], parameters["supply_most"]
    if not least <= asked <= most:
        raise TwinError(
            f"The heat pump '{row.name}' ({key}) gives {carrier} of {least:g} to {most:g} degC, not the "
            f"{asked:g} degC that {'its consumers ask' if charge_temp is None else 'its store asks'} for.",
            "Choose another product, or another temperature of the store.",
            key=row.name,
        )


def prepare(row: HeatPump, carrier: str, setting: Setting) -> Prepared:
    """One carrier of a heat pump in a plant room.

    Raises
    ------
    TwinError
        If the product does not serve the carrier, draws on another kind of source than the row, or cannot
        reach the temperature that is asked for.
    """
    key = _key(row)
    product = heat_pump_product(key)
    behind = product["draws_on"] == "behind"
    if behind and row.source is None:
        raise TwinError(
            f"The heat pump '{row.name}' ({key}) needs a source behind it.",
            "Name the row on which it draws in `source`, or choose an air-source product.",
            key=row.name,
        )
    if row.source is not None and not behind:
        raise TwinError(
            f"The heat pump '{row.name}' ({key}) draws on outdoor air, not on '{row.source}'.",
            "Remove `source`, or choose a brine or water product.",
            key=row.name,
        )
    size = _size(row, key, setting)
    parameters = load_heat_pump(key, size, carrier)
    _check_reach(row, key, parameters, carrier, setting.charge_temp)
    if setting.again:
        parameters["standby"] = 0.0
    if setting.along_coil and parameters["sink"] == BY_MEAN:
        parameters["sink"] = BY_RETURN
    return Prepared(parameters, {}, product, size, "W")


HEAT_PUMP = Component(
    name="heat_pump",
    serves=("space_heat", "hot_water", "chilled_water"),
    parameters=PARAMETERS,
    states=(),
    limits=limits,
    step=step,
    temperatures=no_temperatures,
    row=HeatPump,
    prepare=prepare,
    outside=outside_range,
)
