"""Electric vehicles (电动汽车): what a charger does with the vehicle that stands at it.

Sessions are drawn before the march (`ev_sessions`). A session's fields `remaining_kwh` and `spare_kwh`
are its state and change while the march runs; what remains at departure was not delivered.

The departure energy is a hard limit: each step charges at least what is needed so that full power in
the steps after it can still finish. A vehicle becomes urgent as that limit comes near (u -> 1), which
shifts its voltage curve.
"""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.systems.converter import CONVERTER, load_converter, loss_kw, output_from_input_kw
from buildings.systems.device_curves import curve_share
from buildings.systems.records import Record, entry, record

EV_SESSION = np.dtype(
    [
        ("charger", np.int32),
        ("arrival_step", np.int32),
        ("departure_step", np.int32),
        ("energy_kwh", np.float64),
        ("remaining_kwh", np.float64),
        ("spare_kwh", np.float64),
        # of the present step, written by `ev_prepare`
        ("low_kw", np.float64),
        ("high_kw", np.float64),
        ("shift_pu", np.float64),
    ],
    align=True,
)
EV_CHARGER = np.dtype(
    [("power_kw", np.float64), ("vehicle_to_building", np.int64), ("converter", CONVERTER)], align=True
)


def load_charger(power_kw: float, *, on_dc_bus: bool, vehicle_to_building: bool = False) -> Record:
    """Record of the chargers of a building, all alike.

    Parameters
    ----------
    power_kw : float
        Power of one charger at its bus or board side [kW].
    on_dc_bus : bool
        Whether the charger hangs on the DC bus.
    vehicle_to_building : bool, optional
        Whether vehicles lend their spare energy.

    Returns
    -------
    numpy.void
        Record of dtype `EV_CHARGER`.
    """
    values = entry("ev_patterns", "charger")
    converter = load_converter(values["converter" if on_dc_bus else "ac_converter"], power_kw)
    fields = {"power_kw": power_kw, "vehicle_to_building": int(vehicle_to_building), "converter": converter}
    return record(EV_CHARGER, fields)


_CHARGED_KWH = 1e-9
"""Energy still wanted that counts as none [kWh]."""


@compiled()
def _input_for_output_kw(output_kw: float, charger: Record) -> float:
    return output_kw + loss_kw(output_kw, charger.converter.rated_kw, charger.converter)


@compiled()
def vehicle_rate_kw(bus_kw: float, charger: Record) -> float:
    """Power into the vehicle's battery [kW] at a bus-side charging power (negative: it lends)."""
    if bus_kw >= 0.0:
        return output_from_input_kw(bus_kw, charger.converter.rated_kw, charger.converter)
    return -_input_for_output_kw(-bus_kw, charger)


@compiled()
def ev_prepare(
    ev_row: np.ndarray, sessions: np.ndarray, step: int, dt_h: float, charger: Record, urgency_shift: float
) -> None:
    """Write each present session's limits and curve shift for one step.

    Parameters
    ----------
    ev_row : numpy.ndarray of int32, shape (n_chargers,)
        Session at each charger, -1 where it is free.
    sessions : numpy.ndarray of EV_SESSION
        Changed in place: `low_kw`, `high_kw`, `shift_pu`.
    step : int
        Present step, counted as `departure_step` is.
    dt_h : float
        Length of a step [h].
    charger : EV_CHARGER record
    urgency_shift : float
        Voltage by which a vehicle of urgency 1 reads the bus higher [p.u.].
    """
    full = vehicle_rate_kw(charger.power_kw, charger)
    for k in ev_row:
        if k < 0:
            continue
        s = sessions[k]
        left = s.departure_step - step
        # What rounding leaves of a full charge must not wake the charger.
        need = s.remaining_kwh / dt_h if s.remaining_kwh > _CHARGED_KWH else 0.0
        high = 0.0
        if need > 0.0:
            high = min(_input_for_output_kw(need, charger), charger.power_kw)
        must = need - full * (left - 1)
        if must > 0.0:
            low = min(_input_for_output_kw(must, charger), high)
        elif charger.vehicle_to_building == 1:
            lend = min(s.spare_kwh / dt_h, -must)
            low = -min(
                output_from_input_kw(lend, charger.converter.rated_kw, charger.converter), charger.power_kw
            )
        else:
            low = 0.0
        s.low_kw = low
        s.high_kw = high
        s.shift_pu = urgency_shift * min(need / (full * left), 1.0)


@compiled()
def ev_power_kw(v: float, curves: Record, ev_row: np.ndarray, sessions: np.ndarray) -> float:
    """Power [kW] that all vehicles take from the bus at a voltage; lent power counts negative."""
    total = 0.0
    for k in ev_row:
        if k >= 0:
            total += session_power_kw(v, curves, sessions[k])
    return total


@compiled()
def session_power_kw(v: float, curves: Record, session: Record) -> float:
    """Power [kW] that one vehicle takes from the bus at a voltage."""
    high = session.high_kw
    if high == session.low_kw:
        return high
    share = curve_share(v + session.shift_pu, curves.ev_v, curves.ev_share)
    # the share is of what the vehicle can take or lend in this step, so a nearly full one does not flatten it
    wanted = share * high if share >= 0.0 else -share * min(session.low_kw, 0.0)
    return min(max(wanted, session.low_kw), high)


@compiled()
def session_step(bus_kw: float, dt_h: float, charger: Record, session: Record) -> None:
    """Advance one session by a step at a bus-side power (positive: it charges)."""
    moved = vehicle_rate_kw(bus_kw, charger) * dt_h
    if moved > 0.0:
        session.remaining_kwh = max(session.remaining_kwh - moved, 0.0)
    else:
        session.remaining_kwh -= moved
        session.spare_kwh += moved
