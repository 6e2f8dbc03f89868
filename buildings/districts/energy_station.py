"""A station that heats and cools buildings through pipes (能源站), as a project writes it.

    energy_station:
      plant_room:
        - {name: field, type: borefield, rows: 10, columns: 12}
        - {name: pump, type: heat_pump, serves: [space_heat, chilled_water], source: field, capacity: 800 kW}
        - {name: chillers, type: chiller}
        - {name: boilers, type: boiler, serves: space_heat}
      heating: {pipes: [{product: dn200, length: 400 m}, {product: dn125, length: 300 m, share: 50 %}]}
      cooling: {pipes: [{product: dn250, length: 400 m}, {product: dn150, length: 300 m, share: 50 %}]}

Served is every building with `hvac: {type: district}`: its substation has pumps and fans, no machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Name
from buildings.description.cross_checks import check_plant_room, refuse
from buildings.systems.rows import Row

PipeSize = Literal[
    "dn50", "dn65", "dn80", "dn100", "dn125", "dn150", "dn200", "dn250", "dn300", "dn350", "dn400"
]
WaterTemperature = Annotated[float, Field(ge=2.0, le=95.0), q.Unit("degC")]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]


class Pipe(Described):
    """A pair of pipes, there and back, of one size (一段供回水管)."""

    product: PipeSize = Field(description="Nominal size of pre-insulated pipe: dn50 to dn400.")
    length: q.Length = Field(description="Length of the route [m]; supply and return lie in it.")
    share: q.OpenFraction = Field(
        default=1.0, description="Share of the network's flow that passes through it [1] (流量份额)."
    )
    farthest: bool = Field(
        default=True, description="Whether it lies on the way to the farthest building (最不利环路)."
    )


class HeatNetwork(Described):
    """Water that circulates between a station and buildings (管网)."""

    supply: WaterTemperature | None = Field(
        default=None, description="Supply temperature [degC]; default 45 for heating, 7 for cooling."
    )
    back: WaterTemperature | None = Field(
        default=None, description="Return temperature [degC]; default 40 for heating, 12 for cooling."
    )
    months: tuple[Month, ...] = Field(
        default=tuple(range(1, 13)),
        min_length=1,
        description="Months in which the water is kept at its temperature; in others nothing is served.",
    )
    pipes: tuple[Pipe, ...] = Field(min_length=1, max_length=500, description="Pairs of pipes.")

    @model_validator(mode="after")
    def _flows(self) -> HeatNetwork:
        if not any(pipe.farthest for pipe in self.pipes):
            raise refuse(
                "no pipe lies on the way to the farthest building", "Leave `farthest` at true for some.",
                "pipes",
            )  # fmt: skip
        return self


class EnergyStation(Described):
    """A plant room of the district and its two networks."""

    name: Name = Field(default="energy station", description="Name, unlike any building's.")
    plant_room: tuple[Row, ...] = Field(
        min_length=1, max_length=100, description="Equipment; those written first are used first."
    )
    heating: HeatNetwork = Field(description="Network of warm water (供热管网).")
    cooling: HeatNetwork = Field(description="Network of chilled water (供冷管网).")

    @model_validator(mode="after")
    def _serves(self) -> EnergyStation:
        check_plant_room(self.plant_room, ("plant_room",))
        for side, carrier, supply, back in (
            ("heating", "space_heat", 45.0, 40.0), ("cooling", "chilled_water", 7.0, 12.0),
        ):  # fmt: skip
            network: HeatNetwork = getattr(self, side)
            warm = network.supply if network.supply is not None else supply
            cold = network.back if network.back is not None else back
            spread = warm - cold if side == "heating" else cold - warm
            if spread < 2.0:
                raise refuse(
                    f"water of {side} leaves at {warm:g} and comes back at {cold:g} degC",
                    "Give a spread of at least 2 K in the right direction.",
                    side, "supply",
                )  # fmt: skip
            if not any(carrier in row.carriers for row in self.plant_room):
                raise refuse(
                    f"no row of the energy station serves {carrier}", f"Add one for its {side}.", "plant_room"
                )
        _refuse_unasked(self.plant_room)
        return self


def _refuse_unasked(rows: Sequence[Row]) -> None:
    """Nobody asks a station for hot water or steam."""
    for j, row in enumerate(rows):
        asked = [carrier for carrier in ("hot_water", "steam") if carrier in row.carriers]
        if asked:
            raise refuse(
                f"'{row.name}' of the energy station serves {asked[0]}, for which no network is there",
                "Let it serve space_heat or chilled_water; hot water is made in the buildings.",
                "plant_room", j,
            )  # fmt: skip
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise refuse(f"two rows are called '{twice[0]}'", "Give each a name of its own.", "plant_room")
