"""No control: what is demanded is served, the battery rests, vehicles charge when they arrive."""

from __future__ import annotations

from buildings.compiled import compiled


@compiled()
def fixed_battery_kw() -> float:
    """Battery order [kW]: none."""
    return 0.0
