"""Battery storage (储能): state of charge with converter and cell losses.

One power counts here: `bus_kw`, at the bus (or board) side of the battery's converter, positive when
the battery delivers. On the way lies the converter with its quadratic loss, then the cells with a loss
that grows with the square of their power (an internal resistance). What leaves the bus, the losses and
the change of the stored energy close exactly:

    charge - discharge - loss = d(SOC) * capacity / dt

An idle converter draws its standby from the cells. If that has taken the charge below its floor, the
battery asks for a small forced charge; a state outside its band is a normal start, not an error.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.converter import CONVERTER, load_converter, loss_kw, output_from_input_kw
from buildings.systems.records import Record, entry, positive, record
from weather.errors import TwinError

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
    ],
    align=True,
)


def no_battery() -> Record:
    """Record of a building without a battery: zero capacity and power."""
    converter = load_converter("dcdc_good", 1.0)
    values = {"capacity_kwh": 0.0, "power_kw": 0.0, "soc_min": 0.0, "soc_max": 1.0, "soc_initial": 0.0}
    return record(BATTERY, {**values, "cell_loss": 0.0, "standby_kw": 0.0, "converter": converter})


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
) -> Record:
    """Record of a battery of the library at a given size.

    Parameters
    ----------
    key : str
        Key in `data/batteries.yaml`, such as ``lfp``.
    capacity_kwh : float
        Usable capacity between SOC 0 and 1 [kWh].
    power_kw : float
        Rated power at the bus, both directions [kW].
    on_dc_bus : bool
        Whether the converter is the DC/DC stage of a bus or an AC converter of its own.
    soc_min, soc_max, soc_initial : float, optional
        Limits and start of the state of charge [-]; the library's where not given.
    converter : str, optional
        Key in `data/converters.yaml`; the library's where not given.

    Returns
    -------
    numpy.void
        Record of dtype `BATTERY`.

    Raises
    ------
    TwinError
        If a key is unknown, a size is not positive or the limits are not 0 <= min < max <= 1.
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
    stage = converter or values["converter" if on_dc_bus else "ac_converter"]
    return record(
        BATTERY,
        {
            "capacity_kwh": positive(capacity_kwh, "battery capacity_kwh"),
            "power_kw": power,
            "soc_min": low,
            "soc_max": high,
            "soc_initial": start,
            "cell_loss": values["cell_loss"],
            "standby_kw": values["standby"] * power,
            "converter": load_converter(stage, power),
        },
    )


_AT_LIMIT = 1e-9
"""Distance from a limit of the state of charge that counts as none [-]."""


@compiled()
def _stored_from_terminal_kw(terminal_kw: float, battery: Record) -> float:
    """Rate of stored energy [kW] when `terminal_kw` flows into the cell terminals (negative: out)."""
    return terminal_kw - battery.cell_loss * terminal_kw * terminal_kw / battery.power_kw


@compiled()
def _terminal_from_stored_kw(stored_kw: float, battery: Record) -> float:
    """Inverse of `_stored_from_terminal_kw` on its rising branch."""
    r = battery.cell_loss / battery.power_kw
    if r == 0.0:
        return stored_kw
    # the vertex 1/(4r) is the most that any power can store; it lies far beyond the rating
    inside = max(1.0 - 4.0 * r * stored_kw, 0.0)
    return 2.0 * stored_kw / (1.0 + math.sqrt(inside))


@compiled()
def stored_rate_kw(bus_kw: float, battery: Record) -> float:
    """Rate of change of the stored energy [kW] at a bus-side power (positive: the battery delivers).

    Non-increasing in `bus_kw`; an exact zero means an idle converter, which takes its standby only.
    """
    size = battery.converter.rated_kw
    if bus_kw == 0.0:
        return -battery.standby_kw
    if bus_kw > 0.0:
        return _stored_from_terminal_kw(-(bus_kw + loss_kw(bus_kw, size, battery.converter)), battery)
    out = output_from_input_kw(-bus_kw, size, battery.converter)
    if out == 0.0:
        # too little to wake the converter: its no-load loss comes from the cells
        return _stored_from_terminal_kw(-bus_kw - size * battery.converter.alpha, battery)
    return _stored_from_terminal_kw(out, battery)


@compiled()
def _charge_for_stored_kw(stored_kw: float, battery: Record) -> float:
    """Bus-side charging power [kW] that raises the stored energy at `stored_kw` >= 0."""
    terminal = _terminal_from_stored_kw(stored_kw, battery)
    return terminal + loss_kw(terminal, battery.converter.rated_kw, battery.converter)


@compiled()
def battery_limits_kw(soc: float, dt_h: float, battery: Record) -> tuple[float, float, float]:
    """Powers that this step allows, from the state of charge alone.

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
    # A step to a limit ends beside it by rounding, which must not decide when the battery works next.
    room = battery.soc_max - soc if abs(battery.soc_max - soc) > _AT_LIMIT else 0.0
    above = soc - battery.soc_min if abs(soc - battery.soc_min) > _AT_LIMIT else 0.0
    room *= battery.capacity_kwh / dt_h
    above *= battery.capacity_kwh / dt_h
    charge_max = 0.0
    if room > 0.0:
        charge_max = min(_charge_for_stored_kw(room, battery), battery.power_kw)
    discharge_max = 0.0
    if above > 0.0:
        terminal = -_terminal_from_stored_kw(-above, battery)
        discharge_max = min(output_from_input_kw(terminal, size, battery.converter), battery.power_kw)
    forced = 0.0
    if above < 0.0:
        forced = min(_charge_for_stored_kw(-above, battery), battery.power_kw, charge_max)
    return charge_max, discharge_max, forced


@compiled()
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
        Converter, cell and standby loss [kW]; `-bus_kw - loss` is the rate of the stored energy.
    """
    if battery.capacity_kwh == 0.0:
        return soc, 0.0
    stored = stored_rate_kw(bus_kw, battery)
    return soc + stored * dt_h / battery.capacity_kwh, -bus_kw - stored
