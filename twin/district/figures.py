"""What a district takes from the grid together (街区合计): peak, coincidence, self-sufficiency, carbon."""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.district.year import DistrictYear
from twin.judges.carbon import ACCOUNTS
from twin.judges.factors import factor
from twin.power_columns import END_USES


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
        pass it; `metered_import` adds up the buildings' meters. `coincidence_factor` (同时系数) is the
        district's peak over the sum of the buildings' own peaks; `self_sufficiency` the share of what is used
        that the district does not import.
    """
    sums, rows = year.sums, year.buildings
    hours = year.manifest["step_min"] / 60.0
    net = (sums["grid_import_kw"] - sums["grid_export_kw"]).to_numpy()
    energy = {name: float(sums[name].sum() * hours) for name in sums.columns}
    used = sum(energy[name] for name in END_USES) + energy["ev_charge_kw"] - energy["ev_discharge_kw"]
    taken, given = float(net.clip(0.0).sum() * hours), float((-net).clip(0.0).sum() * hours)
    at, least = int(net.argmax()), int(net.argmin())
    gas = energy["gas_kw"]
    return {
        "buildings": len(rows),
        "floor_area_m2": float(rows["floor_area_m2"].sum()),
        "used_kwh": used,
        "pv_kwh": energy["pv_kw"],
        "import_kwh": taken,
        "export_kwh": given,
        "metered_import_kwh": energy["grid_import_kw"],
        "metered_export_kwh": energy["grid_export_kw"],
        "gas_kwh": gas,
        "ev_charge_kwh": energy["ev_charge_kw"],
        "peak_kw": float(net[at]),
        "peak_at": sums.index[at].isoformat(),
        "most_export_kw": float(max(-net[least], 0.0)),
        "most_export_at": sums.index[least].isoformat(),
        "sum_of_peaks_kw": float(rows["peak_kw"].sum()),
        "coincidence_factor": float(net[at] / rows["peak_kw"].sum()),
        "load_factor": float(np.mean(net) / net[at]),
        "self_sufficiency": 1.0 - taken / used,
        "carbon_kg": {
            account: taken * factor(key).value + gas * 3.6e-3 * factor("gas_carbon").value
            for account, key in ACCOUNTS.items()
        },
        "unserved_kwh": energy["unserved_kw"],
        "largest_residual": float(rows["residual"].max()),
    }
