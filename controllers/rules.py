"""Plain rules (规则控制): own use of PV first, then the tariff's valley and peak.

A surplus charges the battery. In the valley it charges evenly until the valley ends, in peak and super
peak it covers the building's net demand as long as it lasts. A demand limit or a demand-response
target makes it discharge in any period. Vehicles charge on arrival.
"""

from __future__ import annotations

from buildings.compiled import compiled
from controllers.codes import DEEP_VALLEY, PEAK, SUPER_PEAK, VALLEY


@compiled()
def even_charge_kw(
    stored_kwh: float, full_kwh: float, hours_left: float, charge_max_kw: float, headroom_kw: float
) -> float:
    """Charging power [kW] that fills a store evenly until a period ends, within limit and headroom."""
    wanted = max(full_kwh - stored_kwh, 0.0) / max(hours_left, 1e-9)
    return max(min(wanted, charge_max_kw, headroom_kw), 0.0)


@compiled()
def rules_battery_kw(
    net_kw: float,
    stored_kwh: float,
    full_kwh: float,
    charge_max_kw: float,
    discharge_max_kw: float,
    period: int,
    hours_left: float,
    ceiling_kw: float,
) -> float:
    """Battery order of the plain rules.

    Parameters
    ----------
    net_kw : float
        Demand less PV at this step, without the battery [kW].
    stored_kwh, full_kwh : float
        Stored energy now and at the upper limit [kWh].
    charge_max_kw, discharge_max_kw : float
        What the battery can do in this step [kW].
    period : int
        Tariff period code.
    hours_left : float
        Hours until the period ends, this step included [h].
    ceiling_kw : float
        Highest import wanted [kW]; infinite where none.

    Returns
    -------
    float
        Battery power, positive when it discharges [kW].
    """
    if net_kw > ceiling_kw:
        return min(discharge_max_kw, net_kw - ceiling_kw)
    if net_kw < 0.0:
        return -min(-net_kw, charge_max_kw)
    if period in (VALLEY, DEEP_VALLEY):
        return -even_charge_kw(stored_kwh, full_kwh, hours_left, charge_max_kw, ceiling_kw - net_kw)
    if period in (PEAK, SUPER_PEAK):
        return min(net_kw, discharge_max_kw)
    return 0.0
