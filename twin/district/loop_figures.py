"""What is told of an ambient loop's year: columns of every step, whether they balance, energies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.districts.ambient_loop import Loop
from buildings.districts.heat_network import Network

Floats = NDArray[np.float64]
COLUMNS = (
    "heat_load_kw",
    "heat_delivered_kw",
    "cold_load_kw",
    "cold_delivered_kw",
    "cold_direct_kw",
    "substations_kw",
    "substations_lost_kw",
    "loop_drawn_kw",
    "loop_given_kw",
    "loop_sources_in_kw",
    "loop_sources_out_kw",
    "loop_heated_kw",
    "loop_cooled_kw",
    "loop_tower_kw",
    "loop_pumps_kw",
    "loop_lost_kw",
    "loop_stored_kw",
    "loop_c",
    "loop_mean_c",
    "loop_gap_k",
    "sources_alone_kw",
    "station_kw",
    "station_generation_kw",
    "station_gas_kw",
    "station_hydrogen_kw",
)
(
    HEAT_LOAD,
    HEAT,
    COLD_LOAD,
    COLD,
    DIRECT,
    SUBSTATIONS,
    SUBSTATIONS_LOST,
    DRAWN,
    GIVEN,
    IN,
    OUT,
    HEATED,
    COOLED,
    TOWER,
    PUMPS,
    LOST,
    STORED,
    END,
    MEAN,
    GAP,
    ALONE,
    STATION,
    MADE,
    GAS_KW,
    HYDROGEN_KW,
) = range(len(COLUMNS))
"""Of every step: heat and cold that buildings ask for and get, cold of that directly from the loop;
electricity of their heat pumps, and what of it warms plant rooms; what these draw from the loop and give to
it; what sources at the loop give and take, rows of the plant room heat and cool, the tower takes; electricity
of the loop's pumps; what the ground takes through the pipes (negative where it gives) and the water gains
[kW]; its temperature at the end and in the mean [degC]; by how much machines and loop miss each other's
mean [K]; what sources would draw if nobody took their heat; then what the station draws and makes, and its
fuels [kW]."""
_BEYOND_K = 0.01
"""Kelvin beyond a limit that count as within it."""
SHORT_KW = 1e-6
"""Power that counts as none."""


def loop_residual(columns: dict[str, Floats], water: Network) -> float:
    """Largest residual of the loop and of its substations, relative to what passes them at most [-].

    Parameters
    ----------
    columns : dict of ndarray (n,)
        `COLUMNS` [kW].
    water : Network
    """
    part = [columns[name] for name in COLUMNS]
    into = part[GIVEN] - part[DRAWN] + part[IN] - part[OUT] + part[HEATED] - part[COOLED] - part[TOWER]
    loop = into + water.motor * part[PUMPS] - part[LOST] - part[STORED]
    machines = part[DRAWN] + part[SUBSTATIONS] + part[COLD]
    machines = machines - part[HEAT] - part[GIVEN] - part[SUBSTATIONS_LOST]
    most = max(float(part[DRAWN].max()), float(part[GIVEN].max()), 1e-3)
    return float(max(np.abs(loop).max(), np.abs(machines).max())) / most


def loop_figures(columns: dict[str, Floats], loop: Loop, hours: float) -> dict[str, Any]:
    """Figures of a year.

    Parameters
    ----------
    columns : dict of ndarray (n,)
        `COLUMNS` [kW, degC, K].
    loop : Loop
    hours : float
        Length of a step.

    Returns
    -------
    dict
        Energies [kWh] by column. `balanced_kwh`: heat that cooling buildings give and heating ones draw in
        the same step. `ratio`: heat and cold over all electricity but what data rooms would draw alone.
        Temperatures [degC], and hours beyond the limits at which rows hold the loop.
    """
    told: dict[str, Any] = {
        name.replace("_kw", "_kwh"): float(values.sum() * hours)
        for name, values in columns.items()
        if name.endswith("_kw")
    }
    for side in ("heat", "cold"):
        short = columns[f"{side}_load_kw"] - columns[f"{side}_delivered_kw"]
        told[f"{side}_unserved_kwh"] = float(short.sum() * hours)
        told[f"{side}_hours_short"] = float((short > SHORT_KW).sum() * hours)
        told[f"{side}_peak_kw"] = float(columns[f"{side}_delivered_kw"].max())
    drawn, given, mean = columns["loop_drawn_kw"], columns["loop_given_kw"], columns["loop_mean_c"]
    used = told["substations_kwh"] + told["station_kwh"] - told["sources_alone_kwh"]
    useful = told["heat_delivered_kwh"] + told["cold_delivered_kwh"]
    told["balanced_kwh"] = float(np.minimum(drawn, given).sum() * hours)
    told["ratio"] = useful / used if used > 0.0 else 0.0
    told["least_c"], told["most_c"] = float(mean.min()), float(mean.max())
    told["hours_below"] = float((mean < loop.least - _BEYOND_K).sum() * hours)
    told["hours_above"] = float((mean > loop.most + _BEYOND_K).sum() * hours)
    told["substations_peak_kw"] = float(columns["substations_kw"].max())
    told["largest_gap_k"] = float(columns["loop_gap_k"].max())
    return told
