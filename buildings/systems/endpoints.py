"""Supplies of end devices (末端设备): what DC feeding saves, device by device, not as one bonus.

The gain is small and partly assumed: measured appliances show none, LED drivers some, variable-speed
drives the loss of their rectifier. Whether DC pays in sum depends on the grid interface's own loss.
"""

from __future__ import annotations

from buildings.systems.converter import load_converter, loss_kw
from buildings.systems.records import entry


def dc_demand_factor(load: str) -> float:
    """Power drawn on DC over power drawn on AC for the same service [-].

    Parameters
    ----------
    load : str
        Key in `data/endpoints.yaml`: ``lighting``, ``equipment`` or ``hvac`` (a variable-speed drive).

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    TwinError
        If the load is unknown.
    """
    values = entry("endpoints", load)
    if "rectifier" in values:
        share = float(values["at_load"])
        return share / (share + loss_kw(share, 1.0, load_converter(values["rectifier"], 1.0)))
    return float(values["ac_efficiency"]) / float(values["dc_efficiency"])
