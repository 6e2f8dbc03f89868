"""Thermostats and ideal loads of the model.

The coil of the fast engine leaves its air saturated at the apparatus dew point; an ideal-loads system whose
least supply temperature is that dew point, without control of humidity, does the same: its latent load
follows from its sensible one. The zone's own share of the plant limits sensible heating and total cooling.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from buildings.energyplus.model import Model

NEVER_HEAT_C, NEVER_COOL_C = -60.0, 150.0
"""Set-points that no zone reaches: heating or cooling is off."""
MAX_SUPPLY_C = 50.0
"""Warmest supply air [degC]; the flow follows, so that it limits nothing."""


def heating_or_never(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heating set-points with NaN ("off") as a temperature that is never fallen short of."""
    return np.where(np.isnan(values), NEVER_HEAT_C, values)


def cooling_or_never(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cooling set-points with NaN ("off") as a temperature that is never exceeded."""
    return np.where(np.isnan(values), NEVER_COOL_C, values)


def write_ideal_loads(
    model: Model,
    zone: str,
    heating: NDArray[np.float64],
    cooling: NDArray[np.float64],
    capacity: tuple[float, float] | None,
    dew_point: float,
) -> None:
    """Thermostat and ideal loads of a zone.

    Parameters
    ----------
    zone : str
        Name in the model.
    heating, cooling : ndarray (n,)
        Set-points [degC], NaN where off.
    capacity : (float, float) or None
        Sensible heating and total cooling [W], of all such zones; None without limit.
    dew_point : float
        Apparatus dew point of the coil [degC].
    """
    _thermostat(model, zone, heating_or_never(heating), cooling_or_never(cooling))
    inlet, node, exhaust = f"{zone} supply", f"{zone} node", f"{zone} return"
    limits: dict[str, object] = {"Heating_Limit": "NoLimit", "Cooling_Limit": "NoLimit"}
    if capacity is not None:
        heat, cool = capacity
        limits = {
            "Heating_Limit": "LimitCapacity",
            "Maximum_Sensible_Heating_Capacity": heat,
            "Cooling_Limit": "LimitCapacity",
            "Maximum_Total_Cooling_Capacity": cool,
        }
    model.add(
        "ZoneHVAC:IdealLoadsAirSystem",
        Name=f"{zone} ideal loads",
        Zone_Supply_Air_Node_Name=inlet,
        Maximum_Heating_Supply_Air_Temperature=MAX_SUPPLY_C,
        Minimum_Cooling_Supply_Air_Temperature=dew_point,
        Maximum_Heating_Supply_Air_Humidity_Ratio=0.1,
        Minimum_Cooling_Supply_Air_Humidity_Ratio=1e-5,
        Dehumidification_Control_Type="None",
        Humidification_Control_Type="None",
        **limits,
    )
    model.add(
        "ZoneHVAC:EquipmentList",
        Name=f"{zone} equipment list",
        Load_Distribution_Scheme="SequentialLoad",
        Zone_Equipment_1_Object_Type="ZoneHVAC:IdealLoadsAirSystem",
        Zone_Equipment_1_Name=f"{zone} ideal loads",
        Zone_Equipment_1_Cooling_Sequence=1,
        Zone_Equipment_1_Heating_or_NoLoad_Sequence=1,
    )
    model.add(
        "ZoneHVAC:EquipmentConnections",
        Zone_Name=zone,
        Zone_Conditioning_Equipment_List_Name=f"{zone} equipment list",
        Zone_Air_Inlet_Node_or_NodeList_Name=inlet,
        Zone_Air_Node_Name=node,
        Zone_Return_Air_Node_or_NodeList_Name=exhaust,
    )


def _thermostat(model: Model, zone: str, heating: NDArray[np.float64], cooling: NDArray[np.float64]) -> None:
    """One dual set-point; a cooling set-point below the heating one gives way, as in the fast engine."""
    cooling = np.maximum(cooling, heating + 0.1)
    model.add(
        "ThermostatSetpoint:DualSetpoint",
        Name=f"{zone} set-points",
        Heating_Setpoint_Temperature_Schedule_Name=model.series("heating", heating),
        Cooling_Setpoint_Temperature_Schedule_Name=model.series("cooling", cooling),
    )
    model.add(
        "ZoneControl:Thermostat",
        Name=f"{zone} thermostat",
        Zone_or_ZoneList_Name=zone,
        Control_Type_Schedule_Name=model.constant(4.0),
        Control_1_Object_Type="ThermostatSetpoint:DualSetpoint",
        Control_1_Name=f"{zone} set-points",
    )
