"""A building whose electrical steps are taken by hand, and what must balance in each."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from buildings.systems.battery import load_battery
from buildings.systems.converter import load_converter
from buildings.systems.ev import EV_SESSION, load_charger
from controllers.codes import FLAT
from controllers.orders import ORDERS
from controllers.secondary import load_secondary
from twin.power_balance import ELECTRICAL, load_electrical, power_step
from twin.power_columns import COLUMNS, N_COLUMNS

NAN = math.nan
DEMANDS = ("lighting", "equipment", "fans", "pumps", "hvac")
BESIDE = ("fresh_air", "hot_water", "cooking", "process", "generation")
Outcome = dict[str, float]
AT_ONCE = {"delay_s": 0.0, "time_constant_s": 0.0, "ramp_per_s": 1e9, "meter_error": 0.0}
"""A loop that finds its target within no time: what the bus does is then exact."""


class Building:
    """A building to step by hand; records live in arrays so that state stays."""

    usual: ClassVar = {"lighting": 50.0, "equipment": 80.0, "fans": 10.0, "pumps": 5.0, "hvac": 150.0}
    """What it asks for where a step does not say otherwise [kW]."""

    def __init__(
        self, controller: str = "droop", *, bus: bool = True, soc: float = 0.5, **options: Any
    ) -> None:
        chargers = options.pop("chargers", 0)
        rated = options.pop("interface_kw", 600.0)
        lends = options.pop("lends", False)
        modules = options.pop("modules", 1)
        loads = options.pop("dc_loads", ("lighting", "equipment", "hvac", "ev"))
        battery = options.pop("battery_kwh", 400.0)
        self.row = np.zeros(1, ELECTRICAL)
        self.row[0] = load_electrical(
            controller=controller,
            dc_loads=loads if bus else None,
            interface=load_converter("afe_median", rated, modules) if bus else None,
            battery=load_battery("lfp", battery, 0.5 * battery, on_dc_bus=bus) if battery else None,
            charger=load_charger(7.0, on_dc_bus=bus, vehicle_to_building=lends),
            secondary=load_secondary(**(options.pop("secondary", None) or AT_ONCE)),
            **options,
        )
        self.state = np.array([soc])
        self.ev_row = np.arange(chargers, dtype=np.int32)
        self.sessions = np.zeros(chargers, EV_SESSION)

    def plug(self, energy_kwh: float, departure_step: int, spare_kwh: float = 0.0) -> None:
        self.sessions["energy_kwh"] = self.sessions["remaining_kwh"] = energy_kwh
        self.sessions["departure_step"], self.sessions["spare_kwh"] = departure_step, spare_kwh

    def step(self, step: int = 0, minutes: float = 15.0, **given_: float) -> Outcome:
        demand = {**self.usual, **given_}
        out = np.full(N_COLUMNS, NAN)
        for column, name in enumerate(ORDERS):
            self.row["orders"][0, column] = demand.get(name, NAN)
        power_step(
            self.row[0], self.state, self.ev_row, self.sessions, step, minutes / 60.0,
            *(demand[name] for name in DEMANDS), demand.get("precool", 1.15 * demand["hvac"]),
            demand.get("heating", 0.0), demand.get("pump", 0.1),
            *(demand.get(name, 0.0) for name in BESIDE), demand.get("pv", 0.0),
            int(demand.get("period", FLAT)), demand.get("hours", 2.0), out,
        )  # fmt: skip
        return dict(zip(COLUMNS, map(float, out), strict=True))


def imbalance(o: Outcome) -> float:
    given_ = (
        o["grid_import_kw"]
        - o["grid_export_kw"]
        + o["pv_kw"]
        + o["generation_kw"]
        + o["battery_discharge_kw"]
        + o["ev_discharge_kw"]
    )
    loads = ("lighting", "equipment", "fans", "pumps", "cooling", "heating", "ev_charge", "battery_charge")
    loads = (*loads, *BESIDE[:4])
    return given_ - sum(o[f"{name}_kw"] for name in loads) - o["conversion_loss_kw"]
