"""Battery storage (储能): state of charge with converter and cell losses.

One power counts here: `bus_kw`, at the bus (or board) side of the battery's converter, positive when
the battery delivers. On the way lies the converter with its quadratic loss, then the cells with a loss
that grows with the square of their power (an internal resistance). What leaves the bus, the losses and
the change of the stored energy close exactly:

    charge - discharge - loss = d(SOC) * capacity / dt

An idle converter draws its standby from the cells. If that has taken the charge below its floor, the
battery asks for a small forced charge; a state outside its band is a normal start, not an error. The pumps
of a flow battery (液流电池) run while it works and take their power from it too; self-discharge is a share of
what is stored.

The cells' temperature is a field of the record, `temp`: a state of the caller's, who marches it with
`cell_temperature`, one lump of heat between the cells' loss and what surrounds them (`room_temperature`). It
sets the resistance, the powers allowed and the share of the charge that can be drawn. It is not changed here.

Standby ends when the cells are empty: the management switches itself off.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.converter import CONVERTER, load_converter, loss_kw, output_from_input_kw
from buildings.systems.device_curves import curve_share
from buildings.systems.records import Record, entry, positive, record
from weather.errors import TwinError

N_POINTS = 8
"""Points of a curve over the cells' temperature."""
REFERENCE_TEMP = 25.0
"""Cell temperature of the data sheets [degC]."""
_HOURS_A_MONTH = 730.5

BATTERY = np.dtype(
    [
        ("capacity_kwh", np.float64),
        ("power_kw", np.float64),
        ("soc_min", np.float64),
        ("soc_max", np.float64),
        ("soc_initial", np.float64),
        ("cell_loss", np.float64),
        ("standby_kw", np.float64),
        ("converter", CONVERTER),
        ("self_discharge", np.float64),
        ("pump_kw", np.float64),
        ("temp", np.float64),
        ("activation", np.float64),
        ("charge_at", np.float64, (N_POINTS,)),
        ("charge_share", np.float64, (N_POINTS,)),
        ("discharge_at", np.float64, (N_POINTS,)),
        ("discharge_share", np.float64, (N_POINTS,)),
        ("drawable_at", np.float64, (N_POINTS,)),
        ("drawable_share", np.float64, (N_POINTS,)),
        ("heat_capacity", np.float64),
        ("heat_loss", np.float64),
    ],
    align=True,
)
"""`cell_loss` at rated power over it and `self_discharge` [1/h] by name; `temp` of the cells [degC];
`activation` of the resistance, its fall with temperature as exp(activation / T) [K]; powers over rated and
the share of the charge that can be drawn, by temperature [degC]; `heat_capacity` [kWh/K] and `heat_loss` to
the room [kW/K] of all cells."""


def no_battery() -> Record:
    """Record of a building without a battery: zero capacity and power."""
    converter = load_converter("dcdc_good", 1.0)
    values: dict[str, Any] = dict.fromkeys(BATTERY.names or (), 0.0)
    always, one = np.arange(N_POINTS, dtype=float), np.ones(N_POINTS)
    values |= {"soc_max": 1.0, "temp": REFERENCE_TEMP, "converter": converter, "heat_capacity": 1.0}
    for curve in ("charge", "discharge", "drawable"):
        values |= {f"{curve}_at": always, f"{curve}_share": one}
    return record(BATTERY, values)


def load_battery(
    key: str,
    capacity_kwh: float,
    power_kw: float,
    *,
    on_dc_bus: bool,
    soc_min: float | None = None,
    soc_max: float | None = None,
    soc_initial: float | None = None,
    converter: str | None = None,
    temperature: float = REFERENCE_TEMP,
    capacity_left: float = 1.0,
    resistance: float = 1.0,
) -> Record:
    """Record of a battery of the library at a given size.

    Parameters
    ----------
    key : str
        Key in `data/batteries.yaml`, such as ``lfp``.
    capacity_kwh : float
        Capacity between SOC 0 and 1 as bought: of a second-life battery (梯次利用) what is left [kWh].
    power_kw : float
        Rated power at the bus, both directions [kW].
    on_dc_bus : bool
        Whether the converter is the DC/DC stage of a bus or an AC converter of its own.
    soc_min, soc_max, soc_initial : float, optional
        Limits and start of the state of charge [-]; the library's where not given.
    converter : str, optional
        Key in `data/converters.yaml`; the library's where not given.
    temperature : float, optional
        Cell temperature until the caller writes another one [degC].
    capacity_left, resistance : float, optional
        Capacity and resistance over those at purchase, as `battery_ageing` tells them of a later year [-].

    Returns
    -------
    numpy.void
        Record of dtype `BATTERY`.

    Raises
    ------
    TwinError
        If a key is unknown, a size is not positive, the limits are not 0 <= min < max <= 1, or the power is
        more than the product gives from this capacity.
    """
    values = entry("batteries", key)
    low = values["soc_min"] if soc_min is None else soc_min
    high = values["soc_max"] if soc_max is None else soc_max
    start = values["soc_initial"] if soc_initial is None else soc_initial
    if not (0.0 <= low < high <= 1.0 and 0.0 <= start <= 1.0):
        raise TwinError(
            f"State-of-charge limits {low}..{high} with start {start} are not in order.",
            "Give 0 <= soc_min < soc_max <= 1 and a start between 0 and 1.",
            key="battery",
        )
    power = positive(power_kw, "battery power_kw")
    capacity = positive(capacity_kwh, "battery capacity_kwh")
    most = values.get("max_rate", math.inf)
    if power > most * capacity * (1.0 + 1e-9):
        raise TwinError(
            f"A {key} of {capacity:g} kWh does not give {power:g} kW.",
            f"Give at most {most:g} kW per kWh, or another battery of data/batteries.yaml.",
            key="battery power_kw",
        )
    left, grown = positive(capacity_left, "capacity_left"), positive(resistance, "resistance")
    # an electrode's resistance goes with its capacity, a flow battery's stack with the power
    loss = values["cell_loss"] if "cell_loss" in values else values["cell_resistance"] * power / capacity
    stage = converter or values["converter" if on_dc_bus else "ac_converter"]
    return record(
        BATTERY,
        {
            "capacity_kwh": capacity * left,
            "power_kw": power,
            "soc_min": low,
            "soc_max": high,
            "soc_initial": start,
            "cell_loss": loss * grown,
            "standby_kw": values["standby"] * power,
            "converter": load_converter(stage, power),
            "self_discharge": values["self_discharge"] / _HOURS_A_MONTH,
            "pump_kw": values["pump"] * power,
            "temp": temperature,
            "activation": values["activation"],
            **_curve(values, "charge"),
            **_curve(values, "discharge"),
            **_curve(values, "drawable"),
            "heat_capacity": values["heat_capacity"] * capacity,
            "heat_loss": values["heat_capacity"] * capacity / values["cooling_hours"],
        },
    )


def room_temperature(place: str | float, temp_out: NDArray[np.float64], step_s: float) -> NDArray[np.float64]:
    """Temperature around the cells [degC] at every step.

    Parameters
    ----------
    place : str or float
        Key in `data/battery_rooms.yaml`, or the temperature that is kept [degC].
    temp_out : ndarray of float64, shape (n,)
        Outdoor temperature of a year, mean over each step [degC]; the year is taken as periodic.
    step_s : float
        Length of a step [s].

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    TwinError
        If there is no such room.
    """
    room = {"temperature": place} if not isinstance(place, str) else entry("battery_rooms", place)
    if "temperature" in room:
        return np.full(len(temp_out), float(room["temperature"]))
    steps = max(min(round(3600.0 * room["hours"] / step_s), len(temp_out)), 1)
    before = np.concatenate([temp_out[len(temp_out) - steps + 1 :], temp_out])
    mean = np.convolve(before, np.full(steps, 1.0 / steps), mode="valid")
    return np.clip(mean, room["low"], room["high"])


def _curve(values: dict[str, Any], name: str) -> dict[str, NDArray[np.float64]]:
    """Curve over the temperature, filled up beyond its last point."""
    at, share = (list(map(float, values["by_temperature"][f"{name}{end}"])) for end in ("_at", ""))
    if not (len(at) == len(share) <= N_POINTS and np.all(np.diff(at) > 0.0)):
        raise ValueError(f"curve {name!r}: {len(at)} temperatures in order for {len(share)} shares")
    more = N_POINTS - len(at)
    at += [at[-1] + 1.0 + k for k in range(more)]
    return {f"{name}_at": np.array(at), f"{name}_share": np.array(share + share[-1:] * more)}


@compiled()
def _loss_coefficient(battery: Record) -> float:
    """Cell loss over the square of the terminal power [1/kW] at the cells' temperature."""
    warmth = 1.0 / (battery.temp + 273.15) - 1.0 / (REFERENCE_TEMP + 273.15)
    return battery.cell_loss / battery.power_kw * math.exp(battery.activation * warmth)


_AT_LIMIT = 1e-9
"""Distance from a limit of the state of charge that counts as none [-]."""


@compiled()
def _stored_from_terminal_kw(terminal_kw: float, battery: Record) -> float:
    """Rate of stored energy [kW] when `terminal_kw` flows into the cell terminals (negative: out)."""
    return terminal_kw - _loss_coefficient(battery) * terminal_kw * terminal_kw - battery.pump_kw


@compiled()
def _terminal_from_stored_kw(stored_kw: float, battery: Record) -> float:
    """Inverse of `_stored_from_terminal_kw` on its rising branch."""
    r = _loss_coefficient(battery)
    cells = stored_kw + battery.pump_kw
    if r == 0.0:
        return cells
    # the vertex 1/(4r) is the most that any power can store; it lies far beyond the rating
    inside = max(1.0 - 4.0 * r * cells, 0.0)
    return 2.0 * cells / (1.0 + math.sqrt(inside))


@compiled()
def _terminal_kw(bus_kw: float, battery: Record) -> float:
    """Power into the cell terminals [kW] at a bus-side power that is not zero."""
    size = battery.converter.rated_kw
    if bus_kw > 0.0:
        return -(bus_kw + loss_kw(bus_kw, size, battery.converter))
    out = output_from_input_kw(-bus_kw, size, battery.converter)
    if out == 0.0:
        # too little to wake the converter: its no-load loss comes from the cells
        return -bus_kw - size * battery.converter.alpha
    return out


@compiled()
def stored_rate_kw(bus_kw: float, battery: Record) -> float:
    """Rate of change of the stored energy [kW] at a bus-side power (positive: the battery delivers).

    Non-increasing in `bus_kw`; an exact zero means an idle converter, which takes its standby only.
    Self-discharge, which goes with the charge, is not in it.
    """
    if bus_kw == 0.0:
        return -battery.standby_kw
    return _stored_from_terminal_kw(_terminal_kw(bus_kw, battery), battery)


@compiled()
def cell_heat_kw(bus_kw: float, battery: Record) -> float:
    """Heat of the cells [kW] at a bus-side power: their resistance; converter and pumps stand apart."""
    if bus_kw == 0.0 or battery.capacity_kwh == 0.0:
        return 0.0
    terminal = _terminal_kw(bus_kw, battery)
    return _loss_coefficient(battery) * terminal * terminal


@compiled()
def cell_temperature(temp: float, temp_room: float, heat_kw: float, dt_h: float, battery: Record) -> float:
    """Cell temperature at the end of a step: one lump of heat, exact for any step.

    Parameters
    ----------
    temp, temp_room : float
        Of the cells at the start, and of the air (or coolant) around them [degC].
    heat_kw : float
        Heat of the cells (`cell_heat_kw`) [kW].
    dt_h : float
        Length of the step [h].
    battery : BATTERY record
    """
    if battery.heat_loss == 0.0:
        return temp
    end = temp_room + heat_kw / battery.heat_loss
    return end + (temp - end) * math.exp(-battery.heat_loss * dt_h / battery.heat_capacity)


@compiled(allocates=True)
def cell_temperatures(bus_kw: np.ndarray, temp_room: np.ndarray, dt_h: float, battery: Record) -> np.ndarray:
    """Cell temperatures [degC] at the ends of all steps of a march, as `battery_ageing` reads them.

    Parameters
    ----------
    bus_kw, temp_room : numpy.ndarray of float64, shape (n,)
        Bus-side power, positive for discharge [kW], and the temperature around the cells [degC].
    dt_h : float
        Length of a step [h].
    battery : BATTERY record
        Its `temp` is the start; it is not changed. The resistance is that of this temperature.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
    """
    out = np.empty(bus_kw.shape[0])
    temp = battery.temp
    for k in range(bus_kw.shape[0]):
        temp = cell_temperature(temp, temp_room[k], cell_heat_kw(bus_kw[k], battery), dt_h, battery)
        out[k] = temp
    return out


@compiled()
def _charge_for_stored_kw(stored_kw: float, battery: Record) -> float:
    """Bus-side charging power [kW] that raises the stored energy at `stored_kw` >= 0."""
    terminal = _terminal_from_stored_kw(stored_kw, battery)
    return terminal + loss_kw(terminal, battery.converter.rated_kw, battery.converter)


@compiled()
def _drawable_floor(battery: Record) -> float:
    """State of charge down to which the cells can be discharged: cold ones keep some of their charge."""
    share = curve_share(battery.temp, battery.drawable_at, battery.drawable_share)
    return battery.soc_max - share * (battery.soc_max - battery.soc_min)


@compiled()
def battery_limits_kw(soc: float, dt_h: float, battery: Record) -> tuple[float, float, float]:
    """Powers that this step allows, from the state of charge and the cells' temperature.

    Parameters
    ----------
    soc : float
        State of charge at the start of the step [-].
    dt_h : float
        Length of the step [h].
    battery : BATTERY record

    Returns
    -------
    charge_max, discharge_max, charge_forced : float
        Bus-side magnitudes [kW]. The forced charge brings a charge below its floor back to it.
    """
    if battery.capacity_kwh == 0.0:
        return 0.0, 0.0, 0.0
    size = battery.converter.rated_kw
    per_soc = battery.capacity_kwh / dt_h
    leak = battery.self_discharge * soc * battery.capacity_kwh
    # A step to a limit ends beside it by rounding, which must not decide when the battery works next.
    room = battery.soc_max - soc if abs(battery.soc_max - soc) > _AT_LIMIT else 0.0
    below = battery.soc_min - soc if abs(soc - battery.soc_min) > _AT_LIMIT else 0.0
    floor = _drawable_floor(battery)
    above = soc - floor if abs(soc - floor) > _AT_LIMIT else 0.0
    most = battery.power_kw * curve_share(battery.temp, battery.charge_at, battery.charge_share)
    charge_max = 0.0
    if room > 0.0:
        charge_max = min(_charge_for_stored_kw(room * per_soc + leak, battery), most)
    discharge_max = 0.0
    drawn = above * per_soc - leak - battery.pump_kw
    if drawn > 0.0:
        terminal = -_terminal_from_stored_kw(-(above * per_soc - leak), battery)
        most = battery.power_kw * curve_share(battery.temp, battery.discharge_at, battery.discharge_share)
        discharge_max = min(output_from_input_kw(terminal, size, battery.converter), most)
    forced = 0.0
    if below > 0.0:
        forced = min(_charge_for_stored_kw(below * per_soc + leak, battery), charge_max)
    return charge_max, discharge_max, forced


# Inside its caller: left apart, whichever copy of it a process loads first serves the march, and copies that
# were compiled in other company differ in the last digit.
@compiled(forceinline=True)
def battery_step(soc: float, bus_kw: float, dt_h: float, battery: Record) -> tuple[float, float]:
    """March the state of charge one step.

    Parameters
    ----------
    soc : float
        State of charge at the start [-].
    bus_kw : float
        Mean bus-side power, positive when the battery delivers [kW].
    dt_h : float
        Length of the step [h].
    battery : BATTERY record

    Returns
    -------
    soc_end : float
        State of charge at the end [-].
    loss_kw : float
        Converter, cell, pump, standby and self-discharge loss [kW]; `-bus_kw - loss` is the rate of the
        stored energy.
    """
    if battery.capacity_kwh == 0.0:
        return soc, 0.0
    stored = stored_rate_kw(bus_kw, battery) - battery.self_discharge * soc * battery.capacity_kwh
    if bus_kw == 0.0:
        stored = max(stored, -max(soc, 0.0) * battery.capacity_kwh / dt_h)
    return soc + stored * dt_h / battery.capacity_kwh, -bus_kw - stored
