"""What the buildings of a district share (共享资产): storage, charging hubs, PV canopies, an energy station.

    shared:
      storage: {capacity: 2 MWh, power: 1 MW, rule: peak_shaving, limit: 4 MW}
      ev_hubs:
        - {name: east hub, chargers: 30, power: 60 kW, limit: 900 kW}
      pv:
        - {name: canopy, capacity: 600 kWp, tilt: 8 deg, module: longi_lr6_72bp_360m}

They stand in the project beside `district`; `twin district` marches them behind the buildings.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, model_validator

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name
from buildings.description.cross_checks import refuse
from buildings.description.equipment import BatteryPlace
from buildings.districts.energy_station import EnergyStation

StorageRule = Literal["self_consumption", "time_of_use", "peak_shaving", "rules"]


class SharedStorage(Described):
    """A battery on the district's bus (共享储能), which sees the net load as it is and no future."""

    name: Name = Field(default="shared storage", description="Name, unlike any building's.")
    capacity: q.StoredEnergy = Field(description="Energy between 0 and 100 % [kWh].")
    power: q.ElectricPower = Field(description="Largest charge and discharge power at the bus [kW].")
    rule: StorageRule = Field(
        default="rules",
        description="self_consumption: keeps the district's connection at zero; time_of_use: fills in "
        "valleys and empties in peaks of the tariff, without feeding the grid; peak_shaving (needs limit): "
        "keeps the district's import below the limit and charges while there is room; rules: takes what the "
        "sun leaves over, fills in valleys, covers peaks, and keeps below a limit that is given.",
    )
    limit: q.ElectricPower | None = Field(
        default=None, description="Import of the district to stay below [kW], of peak_shaving and rules."
    )
    equipment: Key = Field(default="lfp", description="Cell data.")
    soc_min: q.Fraction = Field(default=0.1, description="Lowest state of charge in use [1].")
    soc_max: q.Fraction = Field(default=0.9, description="Highest state of charge in use [1].")
    soc_initial: q.Fraction = Field(default=0.5, description="State of charge at the start [1].")
    location: BatteryPlace = Field(
        default="container",
        description="Where it stands: container (air-conditioned, 25 degC), indoors (battery room, 15 to "
        "30 degC), outdoors, or the temperature kept around it [degC].",
    )

    @model_validator(mode="after")
    def _agrees(self) -> SharedStorage:
        if self.soc_min >= self.soc_max:
            raise refuse(
                f"soc_min {self.soc_min:g} is not below soc_max {self.soc_max:g}",
                "Set soc_min below soc_max.",
                "soc_min",
            )
        if self.rule == "peak_shaving" and self.limit is None:
            raise refuse(
                "the shared storage shaves peaks without a limit",
                "Add limit, the import of the district to stay below.",
                "limit",
            )
        if self.rule in ("self_consumption", "time_of_use") and self.limit is not None:
            raise refuse(
                f"the rule {self.rule} keeps no limit",
                "Leave the limit out, or use peak_shaving or rules.",
                "limit",
            )
        return self


class EvHub(Described):
    """A public charging station on the district's bus (公共充电站)."""

    name: Name = Field(description="Name, unlike any building's.")
    chargers: Annotated[int, Field(strict=True, ge=1, le=5000)] = Field(description="Number of chargers.")
    power: q.ElectricPower = Field(default=60.0, description="Power of one charger [kW].")
    vehicles_per_day: Annotated[float, Field(gt=0, le=50000), q.Unit("1")] | None = Field(
        default=None, description="Vehicles on a workday; default 1.5 per charger."
    )
    pattern: Literal["workplace", "residential", "retail", "public", "bus_depot", "taxi"] = Field(
        default="public", description="Arrival, stay and energy."
    )
    vehicle: Key | None = Field(default=None, description="Vehicle data: car, taxi_car, bus; by pattern.")
    limit: q.ElectricPower | None = Field(
        default=None,
        description="Power that the hub shares among its vehicles [kW], those first that leave first; what "
        "must be charged for a departure goes beyond it. Without a limit vehicles charge as they arrive.",
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the drawn vehicles."
    )


class SharedPv(Described):
    """Modules on a structure of their own, such as a canopy over parked cars (光伏车棚)."""

    name: Name = Field(description="Name, unlike any building's.")
    capacity: q.PeakPower = Field(description="DC capacity at STC [kWp].")
    tilt: q.Tilt = Field(default=8.0, description="Tilt [deg].")
    azimuth: q.Azimuth = Field(default=180.0, description="Azimuth clockwise from north [deg].")
    mounting: Key = Field(
        default="canopy",
        description="canopy (light reaches the back of bifacial modules), roof_open_rack, roof_rows.",
    )
    module: Key = Field(
        default="mono_perc",
        description="Module data: mono_perc, mono_topcon, canadian_cs1u_420ms, first_solar_fs_4117a_3, "
        "longi_lr6_72bp_360m (bifacial).",
    )


class SharedAssets(Described):
    """Storage, charging hubs and PV that belong to no single building."""

    storage: SharedStorage | None = Field(default=None, description="Battery of the district (共享储能).")
    ev_hubs: tuple[EvHub, ...] = Field(default=(), max_length=200, description="Charging hubs (充电站).")
    pv: tuple[SharedPv, ...] = Field(default=(), max_length=200, description="Canopies (光伏车棚).")
    energy_station: EnergyStation | None = Field(
        default=None, description="Station that heats and cools buildings of hvac type district (能源站)."
    )

    @property
    def names(self) -> tuple[str, ...]:
        """Of all assets that hang on the feeder: station, hubs, PV, storage."""
        station = () if self.energy_station is None else (self.energy_station.name,)
        stores = () if self.storage is None else (self.storage.name,)
        hubs, arrays = (hub.name for hub in self.ev_hubs), (array.name for array in self.pv)
        return (*station, *hubs, *arrays, *stores)

    @model_validator(mode="after")
    def _named_apart(self) -> SharedAssets:
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise refuse(f"two shared assets are called '{twice[0]}'", "Give each a name of its own.")
        if not self.names:
            raise refuse(
                "nothing is shared", "Add storage, ev_hubs, pv or an energy_station, or leave `shared` out."
            )
        return self
