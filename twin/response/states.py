"""The inside of buildings in a day that is operated: what stands behind each meter in each step.

Powers are means over the step, what stands in `ENDS` is as of its end. The meter is positive for import, as
everywhere, a battery for discharge; so

    meter = hvac + ev + dc_other + ac_other + loss - pv - battery - generation

and on a DC bus, whose interface takes `inflow` from the board and passes `inflow - loss` on,

    inflow - loss + pv + battery = dc_other + those of hvac and ev that hang on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.layout import COOLING_SETPOINT, HEATING_SETPOINT, MULTIPLIER, OUT_TEMP
from twin.going import Going
from twin.plant import Plant
from twin.power_balance import LOADS
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_SOC,
    BUS_VOLTAGE,
    CONVERSION_LOSS,
    COOLING,
    END_USES,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    GENERATION,
    GRID_EXPORT,
    GRID_IMPORT,
    HEATING,
    HVAC,
    HVAC_SHED,
    LIGHTING,
    PUMPS,
    PV,
)
from twin.response.invitation import figure
from twin.shift_response import conditioned

Floats = NDArray[np.float64]
COLUMNS = (
    "meter_kw",
    "without_kw",
    "baseline_kw",
    "asked_kw",
    "unheard",
    "bus_pu",
    "pv_kw",
    "generation_kw",
    "battery_kw",
    "battery_soc",
    "ev_kw",
    "hvac_kw",
    "hvac_shed_kw",
    "dc_other_kw",
    "ac_other_kw",
    "loss_kw",
    "room_k",
    "room_without_k",
)
"""Of each participant: meter, that of the march without the call, the settlement's baseline (in the call),
what it is asked for, whether no reading came of who is asked in the call (1, else 0), DC bus voltage over
nominal, PV, machines' generation, battery, its charge [-], vehicles, air conditioning and what it sheds,
other loads on the DC bus and on the AC board, loss of the interface, and how far rooms lie beyond their
set-points, mean by air mass, with the call and without it [K]. NaN: voltage without a DC bus, charge without
a battery, rooms that nothing conditions, the baseline outside of the call."""
_HUNG = ("lighting", "equipment", "fans", "pumps")
ENDS = ("battery_soc", "room_k", "room_without_k")
AT = {name: k for k, name in enumerate(COLUMNS)}


class _Rooms(NamedTuple):
    """Conditioned zones of a plant: where they stand, whose they are, and what they weigh (R,)."""

    place: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    building: NDArray[np.int64]
    mass: Floats
    number: Floats
    cool: NDArray[np.int64]
    heat: NDArray[np.int64]


class Insides:
    """What stands inside the buildings of a fleet that goes (P participants).

    Parameters
    ----------
    goings : sequence of Going
        Marches of the parts, in the order of the fleet.
    beyond_k : sequence of ndarray (B, m)
        Of each part without the call, see `twin.response.looked_at.LookedAt`.

    Attributes
    ----------
    described : list of dict
        What each building has, as the scene tells it.
    """

    def __init__(self, goings: Sequence[Going], beyond_k: Sequence[Floats]) -> None:
        self._goings, self._beyond_k = goings, beyond_k
        self._rooms = [_rooms(going.plant) for going in goings]
        own = [[_described(going.plant, b) for b in range(len(going.plant.prepared))] for going in goings]
        self.described = [one for part in own for one in part]
        self._bus = [np.array([one["bus_v"] is not None for one in part]) for part in own]
        self._stored = [np.array([one["battery_kwh"] is not None for one in part]) for part in own]
        self._hung = [np.array([[use in one["on_bus"] for use in _HUNG] for one in part]) for part in own]
        self._capacity_kwh = np.array([one["battery_kwh"] or 0.0 for one in self.described])
        self._tolerance_k = figure("comfort", "tolerance_k")

    def at(self, row: int) -> Floats:
        """States behind a step, shape (P, columns); columns of the call are left NaN."""
        return np.concatenate([self._of(k, row) for k in range(len(self._goings))])

    def charge(self, states: Floats) -> float:
        """State of charge of all batteries as one [-], NaN where there is none."""
        whole = float(self._capacity_kwh.sum())
        return (
            float(np.nansum(states[:, AT["battery_soc"]] * self._capacity_kwh)) / whole if whole else np.nan
        )

    def rooms_outside(self, row: int) -> float:
        """Share of conditioned rooms that lie outside of their set-points behind a step [-]."""
        out = whole = 0.0
        for going, rooms in zip(self._goings, self._rooms, strict=True):
            out += float(rooms.number[_beyond_k(going, rooms, row) > self._tolerance_k].sum())
            whole += float(rooms.number.sum())
        return out / whole if whole else np.nan

    def load_kw(self, row: int) -> Floats:
        """End uses and charging vehicles of each in a step, shape (P,) [kW]."""
        return np.concatenate([used_kw(going.told[row]) for going in self._goings])

    def _of(self, k: int, row: int) -> Floats:
        going, rooms = self._goings[k], self._rooms[k]
        told, count = going.told[row], len(going.plant.prepared)
        found = np.full((count, len(COLUMNS)), np.nan)
        used = told[:, : len(END_USES)].sum(axis=1) - told[:, HVAC]
        # pumps of the air conditioning are part of it
        pumps = told[:, PUMPS] - (told[:, HVAC] - told[:, COOLING] - told[:, HEATING])
        own = np.stack([told[:, LIGHTING], told[:, EQUIPMENT], told[:, FANS], pumps], axis=1)
        on_bus = (own * self._hung[k]).sum(axis=1)
        beyond = rooms.mass * _beyond_k(going, rooms, row)
        whole = np.bincount(rooms.building, rooms.mass, count)
        values = {
            "meter_kw": told[:, GRID_IMPORT] - told[:, GRID_EXPORT],
            "bus_pu": np.where(self._bus[k], told[:, BUS_VOLTAGE], np.nan),
            "pv_kw": told[:, PV],
            "generation_kw": told[:, GENERATION],
            "battery_kw": told[:, BATTERY_DISCHARGE] - told[:, BATTERY_CHARGE],
            "battery_soc": np.where(self._stored[k], told[:, BATTERY_SOC], np.nan),
            "ev_kw": told[:, EV_CHARGE] - told[:, EV_DISCHARGE],
            "hvac_kw": told[:, HVAC],
            "hvac_shed_kw": told[:, HVAC_SHED],
            "dc_other_kw": on_bus,
            "ac_other_kw": used - on_bus,
            "loss_kw": told[:, CONVERSION_LOSS],
            "room_k": np.bincount(rooms.building, beyond, count) / np.where(whole > 0.0, whole, np.nan),
            "room_without_k": self._beyond_k[k][:, row + 1],
        }
        for name, one in values.items():
            found[:, AT[name]] = one
        return found


def used_kw(told: Floats) -> Floats:
    """End uses and charging vehicles, as a feeder takes a load, shape (..., B) [kW]."""
    return np.asarray(told[..., : len(END_USES)].sum(axis=-1) + told[..., EV_CHARGE])


def _rooms(plant: Plant) -> _Rooms:
    zone, series = plant.batch.zone, plant.batch.zone_series
    found = [(b, at, mass) for b in range(len(plant.prepared)) for at, mass in conditioned(plant, b).items()]
    g, z, lane = (np.array([at[i] for _, at, _ in found], np.int64) for i in range(3))
    return _Rooms(
        (g, z, lane),
        np.array([b for b, *_ in found], np.int64),
        np.array([mass for *_, mass in found]),
        zone[g, z, MULTIPLIER, lane],
        series[g, z, COOLING_SETPOINT, lane].astype(np.int64),
        series[g, z, HEATING_SETPOINT, lane].astype(np.int64),
    )


def _beyond_k(going: Going, rooms: _Rooms, row: int) -> Floats:
    """How far each room lies beyond its set-points as the next step begins, as `room_air` tells it [K]."""
    g, z, lane = rooms.place
    air, wanted = going.zones[row, OUT_TEMP, g, z, lane], going.plant.forcing[row + 1]
    return np.asarray(np.maximum(np.maximum(air - wanted[rooms.cool], wanted[rooms.heat] - air), 0.0))


def _described(plant: Plant, b: int) -> dict[str, Any]:
    """What a building has: what a one-line diagram draws."""
    prepared = plant.prepared[b]
    systems = prepared.description.systems
    bus, store, vehicles = systems.dc_bus, systems.battery, systems.ev
    electrical = plant.buildings.electrical[b]
    return {
        "bus_v": None if bus is None else bus.voltage,
        "on_bus": [] if bus is None else [use for use in LOADS if electrical[f"{use}_on_bus"]],
        "interface_kw": None if bus is None else round(prepared.interface_kw, 1),
        "pv_kwp": round(prepared.pv_kwp, 1),
        "battery_kwh": None if store is None else float(electrical["battery"]["capacity_kwh"]),
        "battery_kw": None if store is None else float(electrical["battery"]["power_kw"]),
        "chargers": 0 if vehicles is None else vehicles.chargers,
        "conditioned": bool(conditioned(plant, b)),
    }
