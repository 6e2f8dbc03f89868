"""What a district takes from the grid together (街区合计): peak, coincidence, self-sufficiency, carbon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from twin.district.balance import residual
from twin.district.behind import energy_kwh
from twin.district.year import DistrictYear
from twin.judges.carbon import ACCOUNTS
from twin.judges.factors import factor


def figures(year: DistrictYear) -> dict[str, Any]:
    """Figures of a year.

    Parameters
    ----------
    year : DistrictYear

    Returns
    -------
    dict
        Energies [kWh], powers [kW], areas [m2], carbon [kgCO2] by account. `import` and `export` are those of
        the district's own connection: what one building gives and another takes in the same step does not
        pass it; `metered_import` adds up the buildings' meters. `coincidence_factor` (同时系数) is the peak
        of all buildings together, without what they share, over the sum of their own peaks;
        `self_sufficiency` the share of what is used that the district does not import. `balance` holds the
        energy of every column of `twin.district.balance`, `shared` the figures of every shared asset.
    """
    sums, rows = year.sums, year.buildings
    hours = year.manifest["step_min"] / 60.0
    of_all = (sums["grid_import_kw"] - sums["grid_export_kw"]).to_numpy()
    net = (year.balance["grid_import_kw"] - year.balance["grid_export_kw"]).to_numpy()
    parts = energy_kwh(year.balance, hours)
    energy = {name: float(sums[name].sum() * hours) for name in sums.columns}
    used = parts["end_uses"] + parts["ev_charge"] + parts["hub_charge"] - parts["ev_discharge"]
    used += parts["station"]
    taken, given = parts["grid_import"], parts["grid_export"]
    at, least = int(net.argmax()), int(net.argmin())
    gas = energy["gas_kw"] + sum(asset.get("station_gas_kwh", 0.0) for asset in year.manifest["shared"])
    return {
        "buildings": len(rows),
        "floor_area_m2": float(rows["floor_area_m2"].sum()),
        "used_kwh": used,
        "pv_kwh": parts["pv"] + parts["shared_pv"],
        "import_kwh": taken,
        "export_kwh": given,
        "metered_import_kwh": energy["grid_import_kw"],
        "metered_export_kwh": energy["grid_export_kw"],
        "gas_kwh": gas,
        "ev_charge_kwh": parts["ev_charge"] + parts["hub_charge"],
        "peak_kw": float(net[at]),
        "peak_at": sums.index[at].isoformat(),
        "most_export_kw": float(max(-net[least], 0.0)),
        "most_export_at": sums.index[least].isoformat(),
        "sum_of_peaks_kw": float(rows["peak_kw"].sum()),
        "coincidence_factor": float(of_all.max() / rows["peak_kw"].sum()),
        "load_factor": float(np.mean(net) / net[at]),
        "self_sufficiency": 1.0 - taken / used,
        "carbon_kg": {
            account: taken * factor(key).value + gas * 3.6e-3 * factor("gas_carbon").value
            for account, key in ACCOUNTS.items()
        },
        "unserved_kwh": energy["unserved_kw"],
        **_shade(rows),
        "balance": parts | {"residual": residual(year.balance)},
        "shared": year.manifest["shared"],
        "largest_residual": max(float(rows["residual"].max()), year.manifest["shared_residual"]),
    }


def _shade(rows: pd.DataFrame) -> dict[str, float]:
    """What neighbours take."""

    def lost(left: str, whole: str) -> float:
        free = float(rows[whole].sum())
        return 1.0 - float(rows[left].sum()) / free if free > 0.0 else 0.0

    return {
        "facade_sun_lost": lost("facade_sun_kwh", "facade_sun_open_kwh"),
        "roof_sun_lost": lost("roof_sun_kwh", "roof_sun_open_kwh"),
        "pv_lost": lost("pv_can_kwh", "pv_open_kwh"),
        "pv_lost_kwh": float((rows["pv_open_kwh"] - rows["pv_can_kwh"]).sum()),
    }
