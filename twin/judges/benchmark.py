"""A building against the measured stock of Shanghai.

The stock's figures are metered electricity per gross floor area, monthly means by building type. The
simulated side is the electricity of the building's own end uses: no vehicles, PV not deducted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd

from twin.judges.subject import Subject
from twin.judges.verdict import Verdict, hold

PLAUSIBLE = 0.30
"""Share by which the year may differ from the stock and be called plausible; our own criterion."""

_MONTHS = [f"m{m:02d}" for m in range(1, 13)]


@cache
def measured() -> pd.DataFrame:
    """Measured monthly electricity of Shanghai's public buildings, kWh/m2, one row per type."""
    with (resources.files("twin.judges") / "data" / "measured_eui.csv").open("r", encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False)


def _row(use: str) -> pd.Series | None:
    table = measured()
    mine = [use in uses.split("|") for uses in table["use"]] if use else []
    return table[mine].iloc[0] if any(mine) else None


def benchmark(
    energy: Mapping[str, Any], building: Subject
) -> tuple[dict[str, Any] | None, tuple[Verdict, ...]]:
    """Compare a year with the measured stock.

    Parameters
    ----------
    energy : mapping
        Figures of `twin.judges.energy.energy`.
    building : Subject
        Its `use` chooses the row.

    Returns
    -------
    figures : dict or None
        Both sides by month, ratio, humps; None where the use has no row or the span is no whole year.
    verdicts : tuple of Verdict
    """
    row = _row(building.use)
    months = energy["monthly"]["month"]
    whole = len(months) == 12 and energy["hours"] >= 8760
    if row is None or not whole:
        why = "the stock has no row of this use" if row is None else "the run is not one whole year"
        why_zh = "统计中没有此类建筑" if row is None else "模拟期不是一个完整年"
        return None, (_stock_verdict(None, None, why, why_zh),)
    stock = row[_MONTHS].to_numpy(float)
    mine = np.array(energy["monthly"]["electricity_kwh"]) / building.floor_area_m2
    ratio = float(mine.sum() / row["annual"])
    shoulder = min(mine[2:5].mean(), mine[9:11].mean())
    figures = {
        "building_type": row["building_type"],
        "building_type_zh": row["building_type_zh"],
        "source": row["source"],
        "source_zh": row["source_zh"],
        "confidence": row["confidence"],
        "note": row["note"],
        "month": list(months),
        "stock_kwh_m2": stock.tolist(),
        "simulated_kwh_m2": mine.tolist(),
        "stock_annual_kwh_m2": float(row["annual"]),
        "simulated_annual_kwh_m2": float(mine.sum()),
        "ratio": ratio,
        "shape_correlation": float(np.corrcoef(mine, stock)[0, 1]) if mine.std() > 0 else None,
        "cv_rmse": float(np.sqrt(np.mean((mine - stock) ** 2)) / stock.mean()),
        "summer_peak_month": months[4 + int(np.argmax(mine[4:10]))],
        "summer_hump": float(mine[[6, 7]].mean() / shoulder) if shoulder > 0 else None,
        "winter_hump": float(mine[[0, 11]].mean() / shoulder) if shoulder > 0 else None,
        "stock_summer_hump": float(stock[[6, 7]].mean() / min(stock[2:5].mean(), stock[9:11].mean())),
        "stock_winter_hump": float(stock[[0, 11]].mean() / min(stock[2:5].mean(), stock[9:11].mean())),
    }
    return figures, (_stock_verdict(ratio, row, str(row["note"]), str(row["note_zh"])),)


def _stock_verdict(ratio: float | None, row: pd.Series | None, note: str, note_zh: str = "") -> Verdict:
    known = row if row is not None else measured().iloc[0]
    return hold(
        "benchmark.measured_stock",
        "年用电强度与上海同类建筑实测均值之比偏离 1 的程度",
        "Deviation of the year's electricity from the measured stock",
        None if ratio is None else abs(ratio - 1.0),
        "<=",
        PLAUSIBLE,
        unit="-",
        source=f"plausibility criterion of this project, against: {known['source']}",
        source_zh=f"本项目的合理性判据，对照：{known['source_zh']}",
        confidence="stored:secondary" if row is not None else "missing",
        note=note,
        note_zh=note_zh,
    )
