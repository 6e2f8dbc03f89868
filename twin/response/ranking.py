"""A ranking of participants: what each delivered of what it was asked, who was silent, whose rooms suffered.

From the rows of states that an operated day writes, so that it can be told at any minute of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.response.rows import STATES, read_rows
from twin.response.states import AT

_COMFORT_H = 2.0
"""Time behind a call in which rooms are still looked at [h], as in `Went.worse_k`."""
WORDS: dict[str, tuple[str, str]] = {
    "rank": ("名次", "rank"),
    "participant": ("用户", "participant"),
    "asked_kwh": ("指令电量 (kWh)", "asked (kWh)"),
    "delivered_kwh": ("对基线响应 (kWh)", "against baseline (kWh)"),
    "share": ("兑现率 (%)", "delivered (%)"),
    "given_kwh": ("真实响应 (kWh)", "truly given (kWh)"),
    "unheard_min": ("失联 (min)", "not heard (min)"),
    "worse_k": ("室温多偏离 (K)", "rooms farther off (K)"),
}
"""Columns of `ranking`, Chinese and English."""


def ranking(folder: Path, scene: Mapping[str, Any], until: int | None = None) -> pd.DataFrame:
    """Participants that were asked, those who delivered most first.

    Parameters
    ----------
    folder : Path
        Of the operated call.
    scene : mapping
        Its scene.
    until : int, optional
        Step up to which it is told; default all that is there.

    Returns
    -------
    DataFrame
        `rank` from 1, `place` in the fleet, `participant`, `asked_kwh`, `delivered_kwh` against the baseline
        of the settlement, `share` of both [%], `given_kwh` against the march without the call, while it was
        asked; `unheard_min`, minutes of the call without a reading while it was asked; `worse_k`, by how much
        farther its rooms lay beyond their set-points than without the call, at most until two hours
        behind it [K]. Empty before the call.

    Raises
    ------
    TwinError
        The day wrote no states.
    """
    minutes = float(scene["minutes"])
    call_steps = round(_length_min(scene) / minutes)
    start, end = int(scene["start_step"]), int(scene["start_step"]) + call_steps
    last = end + round(60.0 * _COMFORT_H / minutes)
    found = read_rows(folder, scene, STATES, start, last if until is None else min(until, last))
    states, hours = found.values, float(scene[STATES]["every"]) * minutes / 60.0
    during = states[found.steps <= end]
    sign = 1.0 if scene["invitation"]["kind"] == "peak_shaving" else -1.0

    def of(name: str) -> Any:
        return during[:, :, AT[name]]

    asked = of("asked_kw") > 0.0
    delivered = np.where(asked, sign * (of("baseline_kw") - of("meter_kw")), 0.0).sum(axis=0) * hours
    given = np.where(asked, sign * (of("without_kw") - of("meter_kw")), 0.0).sum(axis=0) * hours
    asked_kwh = of("asked_kw").sum(axis=0) * hours
    farther = np.nan_to_num(states[:, :, AT["room_k"]] - states[:, :, AT["room_without_k"]])
    table = pd.DataFrame(
        {
            "place": np.arange(len(scene["names"])),
            "participant": scene["names"],
            "asked_kwh": asked_kwh,
            "delivered_kwh": delivered,
            "share": 100.0 * delivered / np.where(asked_kwh > 0.0, asked_kwh, np.nan),
            "given_kwh": given,
            "unheard_min": of("unheard").sum(axis=0) * 60.0 * hours,
            "worse_k": farther.max(axis=0, initial=0.0),
        }
    )
    table = table[asked_kwh > 0.0].sort_values(["delivered_kwh", "place"], ascending=[False, True])
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table.reset_index(drop=True)


def _length_min(scene: Mapping[str, Any]) -> float:
    """Length of the call [min]."""
    return float((pd.Timestamp(scene["end"]) - pd.Timestamp(scene["start"])).total_seconds() / 60.0)
