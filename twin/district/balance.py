"""Source, grid, load and storage of a district (源网荷储平衡): every step is reckoned up, and must close.

What buildings give each other counts on neither side: import and export are those of the district's own
connection.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.power_columns import END_USES
from twin.store import RESIDUAL_LIMIT
from weather.errors import TwinError

SOURCES = (
    "grid_import_kw",
    "pv_kw",
    "shared_pv_kw",
    "generation_kw",
    "storage_out_kw",
    "shared_storage_out_kw",
    "ev_discharge_kw",
    "station_generation_kw",
)
SINKS = (
    "end_uses_kw",
    "ev_charge_kw",
    "hub_charge_kw",
    "station_kw",
    "storage_in_kw",
    "shared_storage_in_kw",
    "conversion_loss_kw",
    "grid_export_kw",
)
BESIDE = ("storage_loss_kw", "shared_storage_loss_kw", "unserved_kw")
"""What is told beside: losses of storage are what goes in less what comes out and what stays."""


def balance(
    sums: pd.DataFrame, shared: Mapping[str, NDArray[np.float64]], take_kw: NDArray[np.float64]
) -> pd.DataFrame:
    """The balance of a district at every step.

    Parameters
    ----------
    sums : DataFrame, shape (n, columns)
        Powers of all buildings together [kW].
    shared : mapping
        Columns of the shared assets (`twin.district.assets.SharedYear.columns`).
    take_kw : ndarray (n,)
        What these take from the bus together [kW].

    Returns
    -------
    DataFrame, shape (n, columns)
        `SOURCES`, `SINKS`, `BESIDE` [kW].

    Raises
    ------
    TwinError
        A step that does not close to `RESIDUAL_LIMIT` of the largest sum of its sources.
    """
    column = {name: sums[name].to_numpy(dtype=float) for name in sums.columns}
    net = column["grid_import_kw"] - column["grid_export_kw"] + take_kw
    zero = np.zeros(len(sums))
    found = {
        "grid_import_kw": net.clip(0.0),
        "grid_export_kw": (-net).clip(0.0),
        "pv_kw": column["pv_kw"],
        "generation_kw": column["generation_kw"],
        "storage_out_kw": column["battery_discharge_kw"],
        "storage_in_kw": column["battery_charge_kw"],
        "storage_loss_kw": column["battery_loss_kw"],
        "ev_discharge_kw": column["ev_discharge_kw"],
        "ev_charge_kw": column["ev_charge_kw"],
        "end_uses_kw": sum((column[name] for name in END_USES), zero),
        "conversion_loss_kw": column["conversion_loss_kw"],
        "unserved_kw": column["unserved_kw"],
    }
    table = pd.DataFrame(
        {name: found.get(name, shared.get(name, zero)) for name in (*SOURCES, *SINKS, *BESIDE)}, sums.index
    )
    off = residual(table)
    if not off <= RESIDUAL_LIMIT:
        raise TwinError(
            f"The balance of source, grid, load and storage is off by {off:.1e}.",
            "Report it with the project: such a year is not kept.",
        )
    return table


def residual(table: pd.DataFrame) -> float:
    """Largest difference of sources and sinks over the largest sum of sources [-]."""
    given = table[list(SOURCES)].to_numpy(dtype=float).sum(axis=1)
    taken = table[list(SINKS)].to_numpy(dtype=float).sum(axis=1)
    return float(np.abs(given - taken).max()) / max(float(given.max()), 1e-3)
