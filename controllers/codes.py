"""Codes of the built-in controllers and tariff periods, as kernels read them."""

from __future__ import annotations

from weather.errors import TwinError

FIXED = 0
RULES = 1
DROOP = 2
CONTROLLERS = {"fixed": FIXED, "rules": RULES, "droop": DROOP}
"""Controllers that the compiled march holds."""
SUPERVISED = {
    "self_consumption": "fixed",
    "time_of_use": "fixed",
    "peak_shaving": "fixed",
    "precooling": "rules",
    "mpc": "droop",
}
"""Controllers that write orders, and what the march does where they leave it alone."""

VALLEY = 0  # 谷
FLAT = 1  # 平
PEAK = 2  # 峰
SUPER_PEAK = 3  # 尖峰
DEEP_VALLEY = 4  # 深谷
PERIODS = {
    "valley": VALLEY,
    "flat": FLAT,
    "peak": PEAK,
    "super_peak": SUPER_PEAK,
    "deep_valley": DEEP_VALLEY,
}


def controller_code(name: str, *, has_dc_bus: bool) -> int:
    """Code of the built-in controller under a controller's name; of plans on an AC board the plain rules.

    Raises
    ------
    TwinError
        If there is no such controller, or if droop is asked of a building without a DC bus.
    """
    if name not in CONTROLLERS and name not in SUPERVISED:
        known = ", ".join((*CONTROLLERS, *SUPERVISED))
        raise TwinError(f"There is no controller {name!r}.", f"Use one of: {known}.", key="control.type")
    if name == "mpc" and not has_dc_bus:
        return RULES
    name = SUPERVISED.get(name, name)
    if name == "droop" and not has_dc_bus:
        raise TwinError(
            "Droop control reads the voltage of a DC bus, and this building has none.",
            "Add `dc_bus` or choose `rules`.",
            key="control.type",
        )
    return CONTROLLERS[name]
