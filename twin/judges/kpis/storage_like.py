"""A building as a storage (等效储能): what an event stores, and what all its resources could hold."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import energy, mask, positive, power
from twin.judges.kpis.event import Span
from twin.judges.kpis.kpi import Kpi, known, undefined
from weather.errors import TwinError

_NEAR_ZERO = 1e-9
"""Share of the baseline's energy below which what an event stored counts as nothing."""


def adr(
    power_kw: ArrayLike, baseline_kw: ArrayLike, event: Span, window: ArrayLike, step_h: float
) -> tuple[Kpi, Kpi]:
    """Capacity and efficiency of an active demand response.

    Parameters
    ----------
    power_kw, baseline_kw : array_like, shape (n,)
        [kW].
    event : Span
    window : array_like of bool, shape (n,)
        Steps W over which the energy is settled, the event among them.
    step_h : float
        Step [h].

    Returns
    -------
    adr_capacity : Kpi
        int_ev (P - P_b)dt [kWh], positive when stored.
    adr_efficiency : Kpi
        1 - int_W (P - P_b)dt / int_ev (P - P_b)dt [-]. Undefined where the event moved no energy.

    Notes
    -----
    Source: IEA EBC Annex 82 package (Reynders et al.). For a charge (P > P_b) 1 means that all came back. For
    a shed the sign turns: 1 means that what was left out was taken later in full, less than 1 that part of it
    was never needed, more than 1 that the recovery took more.
    """
    base = power("baseline", baseline_kw)
    more = power("power", power_kw, base) - base
    span = mask("window", window, base)
    stored = energy(more, step_h, mask("event", event.during, base))
    capacity = known("adr_capacity", stored)
    if abs(stored) <= _NEAR_ZERO * energy(abs(base), step_h):
        return capacity, undefined("adr_efficiency", "no_change")
    return capacity, known("adr_efficiency", 1.0 - energy(more, step_h, span) / stored)


def equivalent_storage(
    battery_kwh: float,
    depth: float,
    *,
    vehicles_kwh: float = 0.0,
    mass_kwh_k: float = 0.0,
    band_k: float = 0.0,
    cop: float | None = None,
    floor_area_m2: float,
) -> tuple[Kpi, Kpi]:
    """Electric energy that a building could take up or leave out, as if it were one battery.

    Parameters
    ----------
    battery_kwh, depth : float
        Capacity of the battery [kWh] and its usable share [-].
    vehicles_kwh : float
        Width of the vehicles' envelope, see `twin.judges.kpis.ev.envelope` [kWh].
    mass_kwh_k : float
        Heat capacity of rooms and walls [kWh/K], see `buildings.thermal.mass_storage.mass_capacity`.
    band_k : float
        Comfort band that may be used [K].
    cop : float, optional
        Heat or cold for each electric energy; must be given with a mass.
    floor_area_m2 : float
        [m2].

    Returns
    -------
    equivalent_storage, equivalent_storage_density : Kpi
        E_bat*DoD + dE_EV + C_th*dT/COP [kWh], and over the floor area [Wh/m2].

    Notes
    -----
    Source: PEDF Twin; one capacity and power for all resources after 建筑光伏利用模式与柔性评价方法 (2024,
    abstract). Latent load is not stored, so that measured offices gave 33 to 75 Wh/m2 of mass alone.
    """
    parts = {"battery": battery_kwh, "vehicles": vehicles_kwh, "mass": mass_kwh_k, "band": band_k}
    for name, value in parts.items():
        if not (math.isfinite(value) and value >= 0.0):
            raise TwinError(f"{name} is {value}.", "Give zero or more.", key=name)
    if not 0.0 <= depth <= 1.0:
        raise TwinError(f"the depth of discharge is {depth}.", "Give 0 to 1.", key="depth")
    heat = mass_kwh_k * band_k
    if heat > 0.0 and cop is None:
        raise TwinError(
            "the mass stores heat, and no COP turns it into electricity.", "Give a COP.", key="cop"
        )
    total = battery_kwh * depth + vehicles_kwh + (heat / positive("cop", cop) if cop is not None else 0.0)
    return (
        known("equivalent_storage", total),
        known("equivalent_storage_density", 1000.0 * total / positive("floor area", floor_area_m2)),
    )


def virtual_battery(
    capacity_kwh_k: float,
    band_k: float,
    cop: float,
    resistance_k_kw: float,
    base_kw: float,
    least_kw: float,
    most_kw: float,
) -> tuple[Kpi, Kpi, Kpi, Kpi]:
    """A conditioned room of one capacity and one resistance as a battery.

    Parameters
    ----------
    capacity_kwh_k : float
        C_th [kWh/K].
    band_k : float
        T_max - T_min [K].
    cop : float
        [-].
    resistance_k_kw : float
        R to the outside [K/kW].
    base_kw, least_kw, most_kw : float
        Electric power that holds the temperature, and its range [kW].

    Returns
    -------
    virtual_capacity, virtual_down, virtual_up, virtual_self_discharge : Kpi
        C_th*(T_max - T_min)/COP [kWh], P_base - P_min and P_max - P_base [kW], 1/(R*C_th) [1/h].

    Notes
    -----
    Source: 1R1C reduction, textbook. The round trip of such a battery is not 1: 0.75 without and up to 0.99
    with closed-loop fan control in arXiv 2510.02933.
    """
    capacity, r = positive("capacity", capacity_kwh_k), positive("resistance", resistance_k_kw)
    if not 0.0 <= least_kw <= base_kw <= most_kw:
        raise TwinError(
            f"power of {base_kw:g} kW does not lie within {least_kw:g} to {most_kw:g} kW.",
            "Give 0 <= least <= base <= most.",
            key="base_kw",
        )
    return (
        known("virtual_capacity", capacity * positive("band", band_k) / positive("cop", cop)),
        known("virtual_down", base_kw - least_kw),
        known("virtual_up", most_kw - base_kw),
        known("virtual_self_discharge", 1.0 / (r * capacity)),
    )
