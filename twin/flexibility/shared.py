"""What voltage makes of a call: battery, vehicles and air conditioning share it by their curves.

A small twin of the bus, for less import only, step by step, with all of its devices or with some. Rooms are
the three masses of `twin.shift_response`, vehicles stand together between their least and most energy, the
battery is the march's own. Air conditioning asks for what brings rooms back at once, and gives the less up
the further they have left their set-points.
"""

from __future__ import annotations

import numpy as np

from buildings.compiled import compiled
from buildings.systems.battery import battery_step
from buildings.systems.device_curves import curve_share
from buildings.systems.plant import cooling_load_at_power, heating_load_at_power
from buildings.systems.records import Record
from twin.board_balance import battery_limits_now_kw

N_MASSES = 3
# Columns of the conditions of a step: what the battery gives, air conditioning takes and serves [kW], its
# power per heat beyond, lighting on the bus [kW]; how far rooms lie outside [K]; whether cooled, and working.
BATTERY_KW, HVAC_KW, LOAD_KW, SLOPE, LIGHT_KW, BEYOND_K, COOLED, WORKS = range(8)
N_CONDITIONS = 8
SHARES = 9
"""Points of the load that a share of the power serves, from 0 to 1."""
_HALVINGS = 12
_CLOSE = 5e-3
"""Share of a call by which a step may miss it."""


@compiled()
def served_loads(
    power_w: np.ndarray,
    load_w: np.ndarray,
    cooled: np.ndarray,
    temp_out: np.ndarray,
    wet_out: np.ndarray,
    wet_in: np.ndarray,
    plant: Record,
    curves: bool,
    out: np.ndarray,
) -> None:
    """Share of the load that the plant serves with shares of its power, (n, SHARES).

    Powers and loads (n,) [W], temperatures [degC]; `cooled` is 1 where rooms are cooled, else heated.
    Without `curves`, as in a plant room, the load goes with the power.
    """
    for k in range(power_w.shape[0]):
        for i in range(SHARES):
            share = i / (SHARES - 1)
            out[k, i] = share
            if curves and load_w[k] > 0.0 and 0 < i < SHARES - 1:
                allowed = share * power_w[k]
                if cooled[k] > 0.0:
                    load = cooling_load_at_power(allowed, temp_out[k], wet_out[k], wet_in[k], plant)
                else:
                    load = heating_load_at_power(allowed, temp_out[k], wet_out[k], plant)
                out[k, i] = min(max(load / load_w[k], out[k, i - 1]), 1.0)


@compiled()
def _cut_kw(granted_kw: float, c: np.ndarray, served: np.ndarray) -> float:
    """Heat that rooms get less than in the baseline [kW] where air conditioning is granted a power."""
    if granted_kw >= c[HVAC_KW]:
        return (c[HVAC_KW] - granted_kw) / max(c[SLOPE], 1e-9)
    at = granted_kw / c[HVAC_KW] * (SHARES - 1)
    i = min(int(at), SHARES - 2)
    return float(c[LOAD_KW] * (1.0 - served[i] - (at - i) * (served[i + 1] - served[i])))


@compiled()
def _recovery_kw(x: np.ndarray, gain: np.ndarray) -> float:
    """Heat that masses ask for where rooms go back to their set-points at once [kW]."""
    total = 0.0
    for i in range(N_MASSES):
        total += gain[i] * x[i]
    return total


@compiled()
def _shift(cut_kw: float, conductance: float, x: np.ndarray, gain: np.ndarray, kept: np.ndarray) -> float:
    """Shift of the rooms [K] at the end of a step that cuts heat; the masses follow."""
    whole, flow = conductance, cut_kw
    for i in range(N_MASSES):
        whole += gain[i]
        flow += gain[i] * x[i]
    d = flow / max(whole, 1e-9)
    for i in range(N_MASSES):
        x[i] = kept[i] * x[i] + (1.0 - kept[i]) * d
    return d


@compiled()
def _start_rooms(
    cooled: float, rooms: np.ndarray, dt_h: float, x: np.ndarray, gain: np.ndarray, kept: np.ndarray
) -> float:
    """Set masses to rest, fill their constants and return the conductance [kW/K]."""
    row = rooms[0] if cooled > 0.0 else rooms[1]
    for i in range(N_MASSES):
        x[i] = 0.0
        kept[i] = np.exp(-dt_h / row[1 + N_MASSES + i])
        gain[i] = row[1 + i] * (1.0 - kept[i]) / dt_h
    return float(row[0])


@compiled()
def _bus_holds(
    change_kw: float,
    start: int,
    steps: int,
    soc: float,
    c: np.ndarray,
    served: np.ndarray,
    rooms: np.ndarray,
    shed: float,
    on_bus: np.ndarray,
    vehicles: np.ndarray,
    electrical: Record,
    v_low: float,
    dt_h: float,
    x: np.ndarray,
    gain: np.ndarray,
    kept: np.ndarray,
) -> bool:
    """Whether voltage can take a power from the baseline for some steps; leaves what masses then followed."""
    battery, curves = electrical.battery, electrical.curves
    conductance = _start_rooms(c[start, COOLED], rooms, dt_h, x, gain, kept)
    d, got = 0.0, 0.0
    for j in range(steps):
        k = (start + j) % c.shape[0]
        charge, discharge, _ = battery_limits_now_kw(electrical, soc, dt_h)
        works = c[k, WORKS] > 0.0 and on_bus[1] > 0.0 and shed > 0.0
        asked = c[k, HVAC_KW] + (c[k, SLOPE] * _recovery_kw(x, gain) if works else 0.0)
        least = min((c[k, BEYOND_K] + max(d, 0.0)) / shed, 1.0) if works else 1.0
        # vehicles: baseline power, least and most energy by the end of the step, power of their chargers
        low = max((vehicles[1, j] - got) / dt_h, 0.0)
        high = max(min((vehicles[2, j] - got) / dt_h, vehicles[3, j]), low)
        sought = vehicles[0, j] + c[k, HVAC_KW] + c[k, LIGHT_KW] - c[k, BATTERY_KW] - change_kw
        a, b, v = v_low, 1.02, v_low
        power = granted = charged = 0.0
        for i in range(_HALVINGS + 1):
            v = v_low if i == 0 else 0.5 * (a + b)
            power = battery.power_kw * curve_share(v, curves.battery_v, curves.battery_share)
            power = min(max(power, -charge), discharge)
            granted = asked * max(curve_share(v, curves.hvac_reduced_v, curves.hvac_reduced_share), least)
            charged = vehicles[0, j]
            if on_bus[0] > 0.0:
                share = curve_share(v + vehicles[4, j], curves.ev_v, curves.ev_share)
                charged = max(share * high, low)
            lit = c[k, LIGHT_KW] * curve_share(v, curves.lighting_v, curves.lighting_share)
            net = charged + granted + lit - power
            if i == 0 and net > sought + _CLOSE * change_kw:
                return False
            if net > sought:
                b = v
            else:
                a = v
        soc, _ = battery_step(soc, power, dt_h, battery)
        got += charged * dt_h
        if works:
            d = _shift(_cut_kw(granted, c[k], served[k]), conductance, x, gain, kept)
            # What the voltage takes within a step stops at no set-point: such a call is not promised.
            if granted < c[k, HVAC_KW] and d > max(shed - c[k, BEYOND_K], 0.0):
                return False
    return True


@compiled(allocates=True)
def bus_reach(
    starts: np.ndarray,
    spans: np.ndarray,
    wanted: np.ndarray,
    soc: np.ndarray,
    temp: np.ndarray,
    c: np.ndarray,
    served: np.ndarray,
    rooms: np.ndarray,
    shed: float,
    on_bus: np.ndarray,
    vehicles: np.ndarray,
    electrical: np.ndarray,
    v_low: float,
    dt_h: float,
    out: np.ndarray,
    held_kwh: np.ndarray,
    back_kw: np.ndarray,
) -> None:
    """Largest lasting fall of the bus's power that voltage brings about, and what masses then ask back.

    Parameters
    ----------
    starts, spans : (H,), (M,) int64
    wanted : (M, H)
        More is not looked for [kW].
    soc, temp : (H,)
        Of the battery at each start [-], [degC].
    c : (n, N_CONDITIONS)
        Columns of this module.
    served : (n, SHARES)
        See `served_loads`.
    rooms : (2, 1 + 2 N_MASSES)
        Conductance, capacities and time constants where rooms are cooled and where they are heated.
    shed : float
        How far rooms may leave their set-points [K].
    on_bus : (2,)
        Whether vehicles and air conditioning hang on the bus.
    vehicles : (5, H, J)
        Baseline power [kW]; least and most energy by the end of each step behind a start [kWh]; power of the
        chargers in use [kW]; how much higher vehicles read the voltage [p.u.].
    electrical : (1,) ELECTRICAL
        With battery, whose `temp` is overwritten, reserve and device curves.
    v_low : float
        Lowest voltage at which the interface holds a target [p.u.].
    dt_h : float
    out, held_kwh, back_kw : (M, H)
        Written: electric power [kW], heat in the masses [kWh], and of it in the first hour [kW].
    """
    x, gain, kept = np.zeros(N_MASSES), np.zeros(N_MASSES), np.zeros(N_MASSES)
    for h in range(starts.shape[0]):
        battery = electrical[0].battery
        battery.temp = temp[h]
        own = vehicles[:, h]
        for m in range(spans.shape[0]):
            low, high = 0.0, wanted[m, h]
            middle = high
            for _ in range(_HALVINGS):
                if _bus_holds(
                    middle, starts[h], spans[m], soc[h], c, served, rooms, shed, on_bus, own, electrical[0],
                    v_low, dt_h, x, gain, kept,
                ):  # fmt: skip
                    low = middle
                    if middle == high:
                        break
                else:
                    high = middle
                middle = 0.5 * (low + high)
            out[m, h] = low
            if low > 0.0 and _bus_holds(
                low, starts[h], spans[m], soc[h], c, served, rooms, shed, on_bus, own, electrical[0],
                v_low, dt_h, x, gain, kept,
            ):  # fmt: skip
                row = rooms[0] if c[starts[h], COOLED] > 0.0 else rooms[1]
                for i in range(N_MASSES):
                    held_kwh[m, h] += row[1 + i] * x[i]
                    back_kw[m, h] += row[1 + i] * x[i] * (1.0 - np.exp(-1.0 / row[1 + N_MASSES + i]))
