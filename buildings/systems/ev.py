"""Electric vehicles (电动汽车): what a charger does with the vehicle that stands at it.

Sessions are drawn before the march (`ev_sessions`). A session's fields `remaining_kwh` and `spare_kwh`
are its state and change while the march runs; what remains at departure was not delivered.

The departure energy is a hard limit: each step charges at least what is needed so that full power in
the steps after it can still finish. Full power is the charger's, or where the vehicle takes less what its
charge curve gives: a plateau up to a knee in the state of charge and a straight fall to its end. Along it
the charge is solved exactly, forwards for what a step can take and backwards from the departure for what
must be there. A vehicle becomes urgent as that limit comes near (u -> 1), which shifts its voltage curve.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from buildings.compiled import compiled
from buildings.systems.converter import CONVERTER, load_converter, loss_kw, output_from_input_kw
from buildings.systems.device_curves import curve_share
from buildings.systems.records import Record, entry, record
from weather.errors import TwinError

EV_SESSION = np.dtype(
    [
        ("charger", np.int32),
        ("arrival_step", np.int32),
        ("departure_step", np.int32),
        ("energy_kwh", np.float64),
        ("remaining_kwh", np.float64),
        ("spare_kwh", np.float64),
        ("battery_kwh", np.float64),
        ("target_soc", np.float64),
        ("peak_kw", np.float64),
        ("knee_soc", np.float64),
        ("end_share", np.float64),
        # of the present step, written by `ev_prepare`
        ("low_kw", np.float64),
        ("high_kw", np.float64),
        ("shift_pu", np.float64),
        ("order_kw", np.float64),
    ],
    align=True,
)
"""`battery_kwh` 0 is a vehicle that takes whatever the charger gives; else its charge curve in power into
the cells: `peak_kw` up to `knee_soc`, falling to `end_share` of it at 1; `target_soc` is the charge at
departure."""
EV_CHARGER = np.dtype(
    [
        ("power_kw", np.float64),
        ("vehicle_to_building", np.int64),
        ("converter", CONVERTER),
        ("vehicle_loss", np.float64),
        ("vehicle_auxiliary_kw", np.float64),
    ],
    align=True,
)
"""`vehicle_loss` [1/kW]: loss of the vehicle's cells over the square of the power at their terminals;
`vehicle_auxiliary_kw` is what the awake vehicle itself draws while power flows."""


def load_charger(
    power_kw: float, *, on_dc_bus: bool, vehicle_to_building: bool = False, vehicle: str | None = None
) -> Record:
    """Record of the chargers of a building, all alike.

    Parameters
    ----------
    power_kw : float
        Power of one charger at its bus or board side [kW].
    on_dc_bus : bool
        Whether the charger hangs on the DC bus.
    vehicle_to_building : bool, optional
        Whether vehicles lend their spare energy.
    vehicle : str, optional
        Kind of vehicle in `data/ev_patterns.yaml` whose own losses count: ``car``, ``taxi_car`` or ``bus``;
        without it only the charger's.

    Returns
    -------
    numpy.void
        Record of dtype `EV_CHARGER`.

    Raises
    ------
    TwinError
        If the vehicle is unknown.
    """
    values = entry("ev_patterns", "charger")
    own = {"vehicle_loss": 0.0, "vehicle_auxiliary_kw": 0.0}
    if vehicle is not None:
        cells = load_vehicle(vehicle)
        own = {
            "vehicle_loss": cells["cell_resistance"] / cells["battery_kwh"],
            "vehicle_auxiliary_kw": cells["auxiliary_kw"],
        }
    converter = load_converter(values["converter" if on_dc_bus else "ac_converter"], power_kw)
    fields = {"power_kw": power_kw, "vehicle_to_building": int(vehicle_to_building), "converter": converter}
    return record(EV_CHARGER, fields | own)


def load_vehicle(key: str) -> dict[str, Any]:
    """Battery and charge curve of a kind of vehicle.

    Parameters
    ----------
    key : str
        Key in `data/ev_patterns.yaml`: ``car``, ``taxi_car`` or ``bus``.

    Returns
    -------
    dict
        As in the data file.

    Raises
    ------
    TwinError
        If there is no such vehicle.
    """
    values = entry("ev_patterns", key)
    if "battery_kwh" not in values:
        raise TwinError(f"{key!r} is no vehicle.", "Use car, taxi_car or bus.", key=key)
    return values


_CHARGED_KWH = 1e-9
"""Energy still wanted that counts as none [kWh]."""


@compiled()
def _bus_for_cells_kw(cells_kw: float, charger: Record) -> float:
    """Bus-side power [kW] that charges the vehicle's cells at `cells_kw` >= 0."""
    r = charger.vehicle_loss
    stored = cells_kw + charger.vehicle_auxiliary_kw
    # its vertex 1/(4r) lies at several times the capacity an hour
    terminal = 2.0 * stored / (1.0 + math.sqrt(max(1.0 - 4.0 * r * stored, 0.0)))
    return terminal + loss_kw(terminal, charger.converter.rated_kw, charger.converter)


@compiled()
def _bus_from_cells_kw(cells_kw: float, charger: Record) -> float:
    """Bus-side power [kW] that the vehicle's cells lend when they give `cells_kw` >= 0."""
    given = max(cells_kw - charger.vehicle_auxiliary_kw, 0.0)
    terminal = 2.0 * given / (1.0 + math.sqrt(1.0 + 4.0 * charger.vehicle_loss * given))
    return output_from_input_kw(terminal, charger.converter.rated_kw, charger.converter)


@compiled()
def vehicle_rate_kw(bus_kw: float, charger: Record) -> float:
    """Power into the vehicle's battery [kW] at a bus-side charging power (negative: it lends)."""
    size = charger.converter.rated_kw
    if bus_kw >= 0.0:
        terminal = output_from_input_kw(bus_kw, size, charger.converter)
        cells = terminal - charger.vehicle_loss * terminal * terminal - charger.vehicle_auxiliary_kw
        return max(cells, 0.0)
    terminal = -bus_kw + loss_kw(-bus_kw, size, charger.converter)
    return -(terminal + charger.vehicle_loss * terminal * terminal + charger.vehicle_auxiliary_kw)


@compiled()
def _plateau(session: Record, full_kw: float) -> tuple[float, float, float]:
    """Power of the plateau [kW], charge at which it ends [-] and the fall beyond it [kW]."""
    fall = session.peak_kw * (1.0 - session.end_share) / (1.0 - session.knee_soc)
    if full_kw >= session.peak_kw:
        return session.peak_kw, session.knee_soc, fall
    return full_kw, session.knee_soc + (session.peak_kw - full_kw) / fall, fall


@compiled()
def most_kwh(session: Record, full_kw: float, hours: float) -> float:
    """Energy [kWh] that the cells can take in a time from their present charge, at full power.

    Parameters
    ----------
    session : EV_SESSION record
    full_kw : float
        Power into the cells at the charger's full power [kW].
    hours : float
        Time [h].
    """
    if session.battery_kwh == 0.0:
        return full_kw * hours
    plateau, knee, fall = _plateau(session, full_kw)
    soc = session.target_soc - session.remaining_kwh / session.battery_kwh
    flat = max(knee - soc, 0.0) * session.battery_kwh / plateau
    if hours <= flat:
        return plateau * hours
    power = plateau - fall * max(soc - knee, 0.0)
    past = session.battery_kwh * power / fall * -math.expm1(-fall / session.battery_kwh * (hours - flat))
    return plateau * flat + past


@compiled()
def last_kwh(session: Record, full_kw: float, hours: float) -> float:
    """Energy [kWh] that can still be missing a time before departure: full power from there is in time.

    Parameters
    ----------
    session : EV_SESSION record
    full_kw : float
        Power into the cells at the charger's full power [kW].
    hours : float
        Time left [h].
    """
    if session.battery_kwh == 0.0:
        return full_kw * hours
    plateau, knee, fall = _plateau(session, full_kw)
    beyond = session.target_soc - knee
    if beyond <= 0.0:
        return plateau * hours
    power = plateau - fall * beyond
    rate = fall / session.battery_kwh
    tail = math.log(plateau / power) / rate
    if hours <= tail:
        return power / rate * math.expm1(rate * hours)
    return beyond * session.battery_kwh + plateau * (hours - tail)


@compiled()
def hours_to_charge(session: Record, full_kw: float) -> float:
    """Time [h] that the remaining energy takes at full power."""
    if session.battery_kwh == 0.0:
        return session.remaining_kwh / full_kw
    plateau, knee, fall = _plateau(session, full_kw)
    soc = session.target_soc - session.remaining_kwh / session.battery_kwh
    flat = max(min(knee, session.target_soc) - soc, 0.0) * session.battery_kwh / plateau
    first = plateau - fall * max(soc - knee, 0.0)
    end = plateau - fall * max(session.target_soc - knee, 0.0)
    return flat + session.battery_kwh / fall * math.log(first / end)


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
        Changed in place: `low_kw`, `high_kw`, `shift_pu`; nothing is ordered yet.
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
            taken = need if s.battery_kwh == 0.0 else min(need, most_kwh(s, full, dt_h) / dt_h)
            high = min(_bus_for_cells_kw(taken, charger), charger.power_kw)
        if need == 0.0 and charger.vehicle_to_building == 0:
            s.low_kw = s.high_kw = s.shift_pu = 0.0
            s.order_kw = math.nan
            continue
        must = need - last_kwh(s, full, (left - 1) * dt_h) / dt_h
        if must > 0.0:
            low = min(_bus_for_cells_kw(must, charger), high)
        elif charger.vehicle_to_building == 1:
            lend = min(s.spare_kwh / dt_h, -must)
            low = -min(_bus_from_cells_kw(lend, charger), charger.power_kw)
        else:
            low = 0.0
        s.low_kw = low
        s.high_kw = high
        s.order_kw = math.nan
        s.shift_pu = 0.0
        if need > 0.0:
            s.shift_pu = urgency_shift * min(need * dt_h / last_kwh(s, full, left * dt_h), 1.0)


@compiled()
def order_vehicles(ev_row: np.ndarray, sessions: np.ndarray, order_kw: float) -> float:
    """Share an order among the vehicles: first what each must have, then those that leave first.

    Parameters
    ----------
    ev_row : numpy.ndarray of int32, shape (n_chargers,)
        Session at each charger, -1 where it is free.
    sessions : numpy.ndarray of EV_SESSION
        With limits of this step; `order_kw` is written, NaN where nothing is ordered.
    order_kw : float
        Power of all vehicles [kW], negative where they lend; NaN without an order.

    Returns
    -------
    float
        What of the order no vehicle can do [kW].
    """
    if math.isnan(order_kw):
        return 0.0
    left = order_kw
    for k in ev_row:
        if k >= 0:
            sessions[k].order_kw = max(sessions[k].low_kw, 0.0)
            left -= sessions[k].order_kw
    while left > 0.0:
        first = -1
        for k in ev_row:
            if k < 0 or sessions[k].order_kw >= sessions[k].high_kw:
                continue
            if first < 0 or sessions[k].departure_step < sessions[first].departure_step:
                first = k
        if first < 0:
            return left
        s = sessions[first]
        if s.high_kw - s.order_kw < left:
            left -= s.high_kw - s.order_kw
            s.order_kw = s.high_kw
        else:
            s.order_kw += left
            left = 0.0
    for k in ev_row:
        if left >= 0.0 or order_kw >= 0.0:
            break
        if k >= 0 and sessions[k].low_kw < 0.0:
            lent = min(-sessions[k].low_kw, -left)
            sessions[k].order_kw -= lent
            left += lent
    # what the vehicles must have beyond the order is not a failure to follow: it is the departure
    return left if order_kw < 0.0 else 0.0


@compiled()
def ease_vehicles(ev_row: np.ndarray, sessions: np.ndarray, excess_kw: float) -> None:
    """Take an excess [kW] off the ordered charging of all vehicles, as far as each still leaves in time."""
    spare = 0.0
    for k in ev_row:
        if k >= 0 and sessions[k].order_kw > sessions[k].low_kw:
            spare += sessions[k].order_kw - max(sessions[k].low_kw, 0.0)
    if spare <= 0.0:
        return
    share = min(excess_kw / spare, 1.0)
    for k in ev_row:
        if k >= 0 and sessions[k].order_kw > sessions[k].low_kw:
            sessions[k].order_kw -= share * (sessions[k].order_kw - max(sessions[k].low_kw, 0.0))


@compiled()
def ev_power_kw(v: float, curves: Record, ev_row: np.ndarray, sessions: np.ndarray) -> float:
    """Power [kW] that all vehicles take from the bus at a voltage; lent power counts negative."""
    total = 0.0
    for k in ev_row:
        if k >= 0:
            total += session_power_kw(v, curves, sessions[k])
    return total


@compiled()
def _ordered_power_kw(v: float, curves: Record, session: Record) -> float:
    """Power [kW] of a vehicle under an order: it follows it at v = 1, and its curve leads away from there."""
    at_order = curve_share(1.0, curves.ev_v, curves.ev_share)
    share = curve_share(v, curves.ev_v, curves.ev_share)
    order, low = session.order_kw, session.low_kw
    if share >= at_order:
        return order + (session.high_kw - order) * (share - at_order) / max(1.0 - at_order, 1e-9)
    least = min(order, max(low, 0.0))
    if share >= 0.0:
        return least + (order - least) * share / at_order
    return min(least, max(low, -share * low))


@compiled()
def session_power_kw(v: float, curves: Record, session: Record) -> float:
    """Power [kW] that one vehicle takes from the bus at a voltage."""
    high = session.high_kw
    if high == session.low_kw:
        return high
    if not math.isnan(session.order_kw):
        return _ordered_power_kw(v, curves, session)
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
