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

Or the station keeps one loop near the ground's temperature (`ambient_loop`, 常温环网), from which each of
these buildings heats and cools itself by heat pumps of its own:

    energy_station:
      plant_room:
        - {name: field, type: borefield, rows: 8, columns: 10}
        - {name: data room, type: data_room, it_power: 100 kW}
        - {name: boiler, type: boiler, serves: space_heat}
      ambient_loop: {tower: {}, pipes: [{product: de250, length: 800 m}]}

Sources that no row draws on (`field`, `data room`) then stand at the loop itself, through a heat exchanger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name, ThermalCapacity
from buildings.description.cross_checks import check_plant_room, refuse
from buildings.systems.rows import Row

PipeSize = Literal[
    "dn50", "dn65", "dn80", "dn100", "dn125", "dn150", "dn200", "dn250", "dn300", "dn350", "dn400"
]
PlasticSize = Literal[
    "de63", "de75", "de90", "de110", "de125", "de160", "de200", "de225", "de250", "de315", "de355", "de400",
    "de450", "de500",
]  # fmt: skip
WaterTemperature = Annotated[float, Field(ge=2.0, le=95.0), q.Unit("degC")]
LoopTemperature = Annotated[float, Field(ge=4.0, le=40.0), q.Unit("degC")]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]


class Route(Described):
    """A pair of pipes, there and back, of one size (一段供回水管)."""

    product: str = Field(description="Size of the pipes.")
    length: q.Length = Field(description="Length of the route [m]; supply and return lie in it.")
    share: q.OpenFraction = Field(
        default=1.0, description="Share of the network's flow that passes through it [1] (流量份额)."
    )
    farthest: bool = Field(
        default=True, description="Whether it lies on the way to the farthest building (最不利环路)."
    )


class Pipe(Route):
    """A pair of pre-insulated pipes (预制保温管)."""

    product: PipeSize = Field(description="Nominal size of pre-insulated pipe: dn50 to dn400.")


class PlasticPipe(Route):
    """A pair of pipes without insulation (无保温塑料管)."""

    product: PlasticSize = Field(description="Outer diameter of PE100 pipe [mm]: de63 to de500.")


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
        _refuse_nowhere(self.pipes)
        return self


class LoopTower(Described):
    """A cooling tower that gives the loop's heat to the air (冷却塔)."""

    capacity: ThermalCapacity = Field(
        default="autosize", description="Heat at its design point [W], or autosize from the substations."
    )
    above: LoopTemperature | None = Field(
        default=None,
        description="It cools the loop down to this, as far as the wet bulb lets it [degC], before sources "
        "at the loop where this is below cool_above; default the middle of cool_above and most.",
    )


class AmbientLoop(Described):
    """Water near the ground's temperature, for heat pumps in the buildings (常温环网, 能源总线).

    Between `warm_below` and `cool_above` nothing acts on it and its temperature floats with what buildings
    take and give. Beyond, sources at the loop give or take (ground, waste heat); at `least` and `most` the
    rows of the plant room hold it that serve space_heat and chilled_water.
    """

    least: LoopTemperature = Field(default=8.0, description="Coldest that it is let to become [degC].")
    warm_below: LoopTemperature = Field(
        default=14.0, description="Sources at the loop warm it where it is colder [degC]."
    )
    cool_above: LoopTemperature = Field(
        default=22.0, description="Sources at the loop that can take heat cool it where it is warmer [degC]."
    )
    most: LoopTemperature = Field(default=34.0, description="Warmest that it is let to become [degC].")
    spread: Annotated[float, Field(ge=2.0, le=10.0), q.Unit("K")] = Field(
        default=5.0, description="Between the loop's water into and out of a substation [K]."
    )
    heat_pump: Key = Field(
        default="water_water_reversible_grade_2",
        description="Heat pump of the substations; one that is reversible.",
    )
    heat_supply: WaterTemperature | None = Field(
        default=None, description="Water to the buildings' coils in heating [degC]; default 45."
    )
    cold_supply: WaterTemperature | None = Field(
        default=None, description="Water to the buildings' coils in cooling [degC]; default 7."
    )
    tower: LoopTower | None = Field(default=None, description="Cooling tower at the loop.")
    pipes: tuple[PlasticPipe, ...] = Field(min_length=1, max_length=500, description="Pairs of pipes.")

    @model_validator(mode="after")
    def _agrees(self) -> AmbientLoop:
        _refuse_nowhere(self.pipes)
        if not self.least <= self.warm_below < self.cool_above <= self.most:
            raise refuse(
                f"the loop's temperatures are not in order: least {self.least:g}, warm_below "
                f"{self.warm_below:g}, cool_above {self.cool_above:g}, most {self.most:g} degC",
                "Let each be no lower than the one before it, and cool_above above warm_below.",
                "warm_below",
            )
        above = self.tower.above if self.tower is not None else None
        if above is not None and not self.warm_below < above <= self.most:
            raise refuse(
                f"the tower cools the loop down to {above:g} degC, which does not lie between warm_below "
                f"{self.warm_below:g} and most {self.most:g} degC",
                "Choose one between them, or leave it out.",
                "tower", "above",
            )  # fmt: skip
        return self


class EnergyStation(Described):
    """A plant room of the district, and its two networks or its loop."""

    name: Name = Field(default="energy station", description="Name, unlike any building's.")
    plant_room: tuple[Row, ...] = Field(
        min_length=1, max_length=100, description="Equipment; those written first are used first."
    )
    heating: HeatNetwork | None = Field(default=None, description="Network of warm water (供热管网).")
    cooling: HeatNetwork | None = Field(default=None, description="Network of chilled water (供冷管网).")
    ambient_loop: AmbientLoop | None = Field(
        default=None, description="Instead of both: one loop for heat pumps in the buildings (常温环网)."
    )

    @property
    def networks(self) -> tuple[HeatNetwork, HeatNetwork]:
        """Of heating and cooling, where there is no loop."""
        if self.heating is None or self.cooling is None:
            raise ValueError("a station with an ambient loop has no networks")
        return self.heating, self.cooling

    @model_validator(mode="after")
    def _serves(self) -> EnergyStation:
        check_plant_room(self.plant_room, ("plant_room",))
        _refuse_unasked(self.plant_room)
        if self.ambient_loop is not None:
            for side in ("heating", "cooling"):
                if getattr(self, side) is not None:
                    raise refuse(
                        f"the energy station has an ambient loop and a network of {side}",
                        "Leave one of them out: buildings take one or the other.",
                        side,
                    )
            return self
        for side, carrier, supply, back in (
            ("heating", "space_heat", 45.0, 40.0), ("cooling", "chilled_water", 7.0, 12.0),
        ):  # fmt: skip
            network: HeatNetwork | None = getattr(self, side)
            if network is None:
                raise refuse(
                    f"the energy station has no network of {side}",
                    "Add it, or give the station an ambient_loop instead of both.",
                    side,
                )
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
        return self


def _refuse_nowhere(pipes: Sequence[Route]) -> None:
    """Some pipe leads to the farthest building."""
    if not any(pipe.farthest for pipe in pipes):
        raise refuse(
            "no pipe lies on the way to the farthest building", "Leave `farthest` at true for some.", "pipes"
        )


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
