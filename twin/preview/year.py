"""Of a year, what an owner's page draws: months, and the day of the highest demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from twin.store import Run

_DIGITS = 1


def months_of(run: Run) -> dict[str, list[float]]:
    """Monthly sums of the first building.

    Returns
    -------
    dict of str to list of float
        `import_kwh`, `export_kwh`, `pv_kwh`, `gas_kwh`: 12 each.
    """
    series = next(iter(run.series.values()))
    hours = _hours(run)
    columns = {"import": "grid_import_kw", "export": "grid_export_kw", "pv": "pv_kw", "gas": "gas_kw"}
    by_month = series.groupby(series.index.month)[list(columns.values())].sum() * hours  # type: ignore[attr-defined]
    return {f"{key}_kwh": [round(float(v), _DIGITS) for v in by_month[name]] for key, name in columns.items()}


def peak_day(runs: Sequence[Run], names: Sequence[str]) -> dict[str, Any]:
    """The day on which the first Run imports most, as all of them live through it.

    Parameters
    ----------
    runs : sequence of Run
        The building as it is first; all of one weather and step.
    names : sequence of str

    Returns
    -------
    dict
        `day` (ISO), `hours` of the steps from midnight, and `import_kw` by name [kW], mean over a step.
    """
    first = next(iter(runs[0].series.values()))["grid_import_kw"]
    day = pd.Timestamp(str(first.idxmax())).normalize()
    shown = [next(iter(run.series.values()))["grid_import_kw"] for run in runs]
    spans = [one[one.index.normalize() == day] for one in shown]  # type: ignore[attr-defined]
    hours = _hours(runs[0])
    return {
        "day": day.date().isoformat(),
        "hours": [round(float(h), 4) for h in np.arange(len(spans[0])) * hours],
        "import_kw": {
            name: [round(float(v), _DIGITS) for v in span] for name, span in zip(names, spans, strict=True)
        },
    }


def _hours(run: Run) -> float:
    """Length of a step [h]."""
    index = next(iter(run.series.values())).index
    return float((index[1] - index[0]).total_seconds()) / 3600.0
