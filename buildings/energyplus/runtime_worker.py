"""EnergyPlus under a controller in another process: `python -m buildings.energyplus.runtime_worker ORDER`.

Questions go to standard output, answers come from standard input, one JSON object a line. EnergyPlus prints
and drops exceptions of its callbacks; here they are caught, sent and end the run.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import IO, Any

from buildings.energyplus.worker import follow_parent

_WEATHER_RUN = 3
_NEVER_HEAT_C, _NEVER_COOL_C = -60.0, 150.0


class _RunError(Exception):
    """The run cannot go on; what to say to the caller."""

    def __init__(self, what: str, remedy: str, key: str | None = None) -> None:
        super().__init__(what)
        self.message = {"error": what, "remedy": remedy, "key": key}


class Coupling:
    """The engine's end of the pipe: handles, readings and actuators of one run.

    Parameters
    ----------
    api : EnergyPlusAPI
    order : dict
        Zones, interval [min] and electric equipment.
    say, told : text streams
        To and from the controller.
    """

    def __init__(self, api: Any, order: dict[str, Any], say: IO[str], told: IO[str]) -> None:
        self.api, self.order, self.say, self.told = api, order, say, told
        self.zones: list[str] = order["zones"]
        self.ready = False
        self.failed: dict[str, Any] | None = None
        self.exchange_s = 0.0
        self.answers: dict[str, list[float | None]] = {}

    def request(self, state: Any) -> None:
        """Ask for the variables that will be read; must precede the run."""
        x = self.api.exchange
        for zone in self.zones:
            x.request_variable(state, "Zone Mean Air Temperature", zone)
            x.request_variable(state, "Zone Mean Air Humidity Ratio", zone)
        x.request_variable(state, "Site Outdoor Air Drybulb Temperature", "Environment")
        for name in {entry["schedule"] for entry in self.order["equipment"]}:
            x.request_variable(state, "Schedule Value", name)

    def step(self, state: Any) -> None:
        """Callback at the start of every zone step."""
        if self.failed is not None:
            return
        try:
            self._step(state)
        except _RunError as stop:
            self._fail(state, stop.message)
        except Exception as error:  # noqa: BLE001 - EnergyPlus would drop it
            words = f"the coupling with EnergyPlus failed ({type(error).__name__}: {error})."
            self._fail(state, {"error": words, "remedy": "Report this with the model."})

    def _fail(self, state: Any, message: dict[str, Any]) -> None:
        self.failed = message
        self.api.runtime.stop_simulation(state)

    def _step(self, state: Any) -> None:
        x = self.api.exchange
        if not x.api_data_fully_ready(state):
            return
        if x.kind_of_sim(state) != _WEATHER_RUN or x.warmup_flag(state):
            return
        begin = time.process_time()
        if not self.ready:
            self._find(state)
        number, per_hour = x.zone_time_step_number(state), x.num_time_steps_in_hour(state)
        minutes = 60 // per_hour
        minute = (number - 1) * minutes
        since = (x.day_of_year(state) - 1) * 1440 + x.hour(state) * 60 + minute
        if since % self.order["interval_min"] == 0:
            self._ask(state, since // minutes, minute)
            line = self.told.readline()
            if not line:
                raise _RunError("the controller went away.", "Run it again.")
            self.answers = json.loads(line)
        self._apply(state)
        self.exchange_s += time.process_time() - begin

    def _find(self, state: Any) -> None:
        """Handles of all that is read and set; an actuator that is missing is told when it is ordered."""
        x = self.api.exchange
        per_hour = x.num_time_steps_in_hour(state)
        if self.order["interval_min"] <= 0 or self.order["interval_min"] % (60 // per_hour):
            raise _RunError(
                f"the controller wakes every {self.order['interval_min']:g} min, the model steps every "
                f"{60 // per_hour} min.",
                "Let the interval be a multiple of the step.",
                "interval_min",
            )
        self.temp = [x.get_variable_handle(state, "Zone Mean Air Temperature", z) for z in self.zones]
        self.wet = [x.get_variable_handle(state, "Zone Mean Air Humidity Ratio", z) for z in self.zones]
        self.outdoor = x.get_variable_handle(state, "Site Outdoor Air Drybulb Temperature", "Environment")
        for zone, handle in zip(self.zones, self.temp, strict=True):
            if handle < 0:
                raise _RunError(f"EnergyPlus knows no zone '{zone}'.", "Use the zones of the model.", zone)
        self.meter = x.get_meter_handle(state, "ElectricityNet:Facility")
        self.actuators = {
            kind: [
                x.get_actuator_handle(state, "Zone Temperature Control", f"{kind.title()} Setpoint", zone)
                for zone in self.zones
            ]
            for kind in ("heating", "cooling")
        }
        self.equipment: list[list[tuple[int, float, int]]] = [[] for _ in self.zones]
        place = {zone.upper(): i for i, zone in enumerate(self.zones)}
        for entry in self.order["equipment"]:
            if entry["zone"].upper() not in place:
                continue
            handle = x.get_actuator_handle(state, "ElectricEquipment", "Electricity Rate", entry["name"])
            level = x.get_internal_variable_handle(
                state, "Plug and Process Power Design Level", entry["name"]
            )
            share = x.get_variable_handle(state, "Schedule Value", entry["schedule"])
            if min(handle, level, share) >= 0:
                watts = x.get_internal_variable_value(state, level)
                self.equipment[place[entry["zone"].upper()]].append((handle, watts, share))
        self.ready = True

    def _ask(self, state: Any, step: int, minute: int) -> None:
        x = self.api.exchange
        seconds = 3600.0 / x.num_time_steps_in_hour(state)
        question = {
            "step": step,
            "month": x.month(state),
            "day": x.day_of_month(state),
            "hour": x.hour(state),
            "minute": minute,
            "temp_air": [x.get_variable_value(state, handle) for handle in self.temp],
            "humidity_ratio": [x.get_variable_value(state, handle) for handle in self.wet],
            "temp_outdoor": x.get_variable_value(state, self.outdoor),
            "electricity": x.get_meter_value(state, self.meter) / seconds if self.meter >= 0 else 0.0,
        }
        self.say.write(json.dumps(question) + "\n")
        self.say.flush()

    def _apply(self, state: Any) -> None:
        """Set every actuator anew: EnergyPlus holds a value until it is reset."""
        x, available = self.api.exchange, self.answers.get("available")
        for kind, never in (("heating", _NEVER_HEAT_C), ("cooling", _NEVER_COOL_C)):
            wanted = self.answers.get(kind)
            for i, handle in enumerate(self.actuators[kind]):
                value = wanted[i] if wanted is not None else None
                if available is not None and available[i] == 0.0:
                    value = never
                if handle < 0:
                    if value is not None and value != never:
                        raise _RunError(
                            f"zone '{self.zones[i]}' has no thermostat to take a set-point.",
                            "Order NaN for it, or leave it out of the zones.",
                            self.zones[i],
                        )
                elif value is None:
                    x.reset_actuator(state, handle)
                else:
                    x.set_actuator_value(state, handle, value)
        factors = self.answers.get("equipment")
        for i, entries in enumerate(self.equipment):
            factor = factors[i] if factors is not None else None
            if factor is not None and not entries:
                raise _RunError(
                    f"zone '{self.zones[i]}' has no electric equipment of its own.",
                    "Order NaN for it; equipment of zone lists cannot be driven zone by zone.",
                    self.zones[i],
                )
            for handle, watts, share in entries:
                if factor is None:
                    x.reset_actuator(state, handle)
                else:
                    x.set_actuator_value(state, handle, factor * watts * x.get_variable_value(state, share))


def main() -> None:
    """Read the order, run under the controller, report."""
    order_path = Path(sys.argv[1])
    order = json.loads(order_path.read_text(encoding="utf-8"))
    follow_parent(order["parent"], order_path, order["idf"])
    # The engine may print; the pipe is for questions only.
    say = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from pyenergyplus.api import EnergyPlusAPI

    api: Any = EnergyPlusAPI()
    state = api.state_manager.new_state()
    api.runtime.set_console_output_status(state, False)
    coupling = Coupling(api, order, say, sys.stdin)
    coupling.request(state)
    api.runtime.callback_begin_zone_timestep_after_init_heat_balance(state, coupling.step)
    begin = time.process_time()
    code = int(api.runtime.run_energyplus(state, ["-w", order["epw"], "-d", order["out"], order["idf"]]))
    done = {"code": code, "cpu_s": time.process_time() - begin}
    order_path.with_suffix(".done").write_text(json.dumps(done), encoding="utf-8")
    last = coupling.failed if coupling.failed is not None else {"done": coupling.exchange_s}
    say.write(json.dumps(last) + "\n")
    say.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
