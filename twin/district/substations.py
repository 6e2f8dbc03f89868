"""What heat pumps at an ambient loop draw, at the meters of the buildings where they stand (热力站入表).

Buildings are marched in parts before the loop is; of those on the district's heat and cold each part keeps
what their coils ask for and what passes their meters. Once the loop has been marched, the electricity of the
substations joins their heating and cooling: in sums, rows and series, as if it had been there all along. What
a building does by itself (its battery, its rules) does not see it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from buildings.description.equipment import DISTRICT_SUBSTATION
from twin.district.building_series import SERIES, series_bytes
from twin.district.loop import Served

Floats = NDArray[np.float64]
HEAT, COLD, NET = range(3)
"""Columns of what is kept of a building: heat and cold that it asks for, import less export [kW]."""


class Loads(NamedTuple):
    """Buildings on the district's heat and cold, as their parts left them.

    Attributes
    ----------
    names : tuple of str
    design_kw : tuple of (heat, cold)
        What the coils of each can ask for at most [kW].
    values : ndarray (B, n, 3)
        `HEAT`, `COLD`, `NET` [kW].
    """

    names: tuple[str, ...]
    design_kw: tuple[tuple[float, float], ...]
    values: Floats

    @property
    def served(self) -> Served:
        """For the loop."""
        load = np.ascontiguousarray(self.values[:, :, : COLD + 1].transpose(1, 0, 2))
        return Served(self.names, load, self.design_kw)


def district_loads(plant: Any, outcome: Any) -> dict[str, Any]:
    """What a part keeps of its buildings on the district's heat and cold.

    Returns
    -------
    dict
        `names`, `design_kw` and `values` of `Loads`.
    """
    from twin.outcome import columns_of

    on = [b for b, one in enumerate(plant.prepared) if one.description.hvac.equipment == DISTRICT_SUBSTATION]
    heat, sensible, latent, taken, given = columns_of(
        "space_heating_kw", "sensible_cooling_kw", "latent_cooling_kw", "grid_import_kw", "grid_export_kw"
    )
    values = np.empty((len(on), plant.n_steps, 3))
    for i, b in enumerate(on):
        table = outcome.buildings[:, b]
        values[i, :, HEAT], values[i, :, COLD] = table[:, heat], table[:, sensible] + table[:, latent]
        values[i, :, NET] = table[:, taken] - table[:, given]
    sizes = [plant.prepared[b].thermal.sizing for b in on]
    return {
        "names": [plant.prepared[b].description.name for b in on],
        "design_kw": [[1e-3 * size.heating_capacity, 1e-3 * size.cooling_capacity] for size in sizes],
        "values": values,
    }


def all_loads(parts: Sequence[tuple[Mapping[str, Any], Floats]]) -> Loads:
    """Of all parts together: what each told (`names`, `design_kw`) and kept (B, n, 3)."""
    names = tuple(name for told, _ in parts for name in told["names"])
    design = tuple((float(heat), float(cold)) for told, _ in parts for heat, cold in told["design_kw"])
    return Loads(names, design, np.concatenate([values for _, values in parts]))


def sums_with(sums: pd.DataFrame, loads: Loads, power_kw: Floats) -> pd.DataFrame:
    """Sums of all buildings with their substations.

    Parameters
    ----------
    sums : DataFrame, shape (n, columns)
        [kW].
    loads : Loads
    power_kw : ndarray (n, B, 2)
        Electricity of each substation in heating and in cooling [kW].
    """
    before = loads.values[:, :, NET].T
    after = before + power_kw.sum(axis=2)
    added = {
        "heating_kw": power_kw[:, :, 0].sum(axis=1),
        "cooling_kw": power_kw[:, :, 1].sum(axis=1),
        "hvac_kw": power_kw.sum(axis=(1, 2)),
        "grid_import_kw": (after.clip(0.0) - before.clip(0.0)).sum(axis=1),
        "grid_export_kw": ((-after).clip(0.0) - (-before).clip(0.0)).sum(axis=1),
    }
    return sums.assign(**{name: sums[name] + values for name, values in added.items()})


def row_with(row: Mapping[str, Any], net_kw: Floats, power_kw: Floats, hours: float) -> dict[str, Any]:
    """The row of a building with its substation.

    Parameters
    ----------
    row : mapping
        Energies of the year [kWh] and peaks [kW].
    net_kw : ndarray (n,)
        Import less export without it [kW].
    power_kw : ndarray (n, 2)
        Electricity of the substation in heating and in cooling [kW].
    hours : float
        Length of a step.
    """
    after = net_kw + power_kw.sum(axis=1)
    heating, cooling = (float(total) for total in power_kw.sum(axis=0) * hours)
    found = dict(row)
    for name, more in (("heating", heating), ("cooling", cooling), ("hvac", heating + cooling)):
        found[f"{name}_kwh"] += more
    found["grid_import_kwh"] = float(after.clip(0.0).sum() * hours)
    found["grid_export_kwh"] = float((-after).clip(0.0).sum() * hours)
    at = int(after.argmax())
    return found | {"peak_kw": float(after[at]), "peak_step": at, "least_kw": float(after.min())}


def series_with(content: bytes, loads: Loads, power_kw: Floats) -> bytes:
    """Series of a part with the substations of its buildings; the same bytes where none has any."""
    place = {name: b for b, name in enumerate(loads.names)}
    file = pq.ParquetFile(io.BytesIO(content))
    tables = [file.read_row_group(group) for group in range(file.num_row_groups)]
    names = [str(table["building"][0].as_py()) for table in tables]
    if not place.keys() & set(names):
        return content
    powers = np.stack([[table[column].to_numpy() for column in SERIES] for table in tables])
    for i, name in enumerate(names):
        if name in place:
            more = power_kw[:, place[name]].sum(axis=1)
            after = loads.values[place[name], :, NET] + more
            powers[i, :2] = after.clip(0.0), (-after).clip(0.0)
            powers[i, 2:] += more
    times = pd.DatetimeIndex(tables[0]["time"].to_pandas())
    return series_bytes(names, times, np.ascontiguousarray(powers, dtype=np.float32))
