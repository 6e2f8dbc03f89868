"""Grid interface converter (并网变换器, AFE) between the AC meter and the DC bus.

Two exact maps that are inverse to each other: power at the AC terminals from power into the bus, and
back. Positive means import. Between zero and the no-load loss the grid and the bus share that loss,
so the map is continuous and rising; where modules switch, the count of running modules goes with it.
"""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.systems.converter import loss_kw, modules_running, output_from_input_kw
from buildings.systems.records import Record


@compiled()
def bus_from_ac_kw(ac_kw: float, interface: Record) -> tuple[float, int]:
    """Power into the bus for a power at the AC terminals.

    Parameters
    ----------
    ac_kw : float
        Power taken from the AC side, negative when fed back [kW].
    interface : CONVERTER record

    Returns
    -------
    bus_kw : float
        Power into the bus, negative when taken from it [kW].
    running : int
        Modules on.
    """
    n = interface.modules
    module_kw = interface.rated_kw / n
    if ac_kw < 0.0:
        running = modules_running(-ac_kw, interface)
        return ac_kw - loss_kw(-ac_kw, running * module_kw, interface), running
    no_load = module_kw * interface.alpha
    if ac_kw < no_load:
        return ac_kw - no_load, 1
    for running in range(1, n + 1):
        out = output_from_input_kw(ac_kw, running * module_kw, interface)
        if out <= running * module_kw * interface.module_load_limit or running == n:
            return out, running
    return 0.0, 1


@compiled()
def ac_from_bus_kw(bus_kw: float, running: int, interface: Record) -> float:
    """Power at the AC terminals [kW] for a power into the bus with `running` modules on."""
    size = running * interface.rated_kw / interface.modules
    if bus_kw >= 0.0:
        return bus_kw + loss_kw(bus_kw, size, interface)
    no_load = size * interface.alpha
    if bus_kw > -no_load:
        return bus_kw + no_load
    return -output_from_input_kw(-bus_kw, size, interface)


@compiled()
def modules_for_bus_kw(bus_kw: float, interface: Record) -> int:
    """Smallest number of modules that carries a power into (positive) or out of the bus [kW]."""
    n = interface.modules
    if bus_kw >= 0.0:
        return modules_running(bus_kw, interface)
    module_kw = interface.rated_kw / n
    for running in range(1, n):
        out = output_from_input_kw(-bus_kw, running * module_kw, interface)
        if out <= running * module_kw * interface.module_load_limit:
            return running
    return n


@compiled()
def bus_limits_kw(interface: Record, export_limit_kw: float) -> tuple[float, float]:
    """Lowest and highest power into the bus [kW] that rating and export limit allow."""
    export = min(interface.rated_kw, export_limit_kw)
    lowest, _ = bus_from_ac_kw(-export, interface)
    return lowest, interface.rated_kw
