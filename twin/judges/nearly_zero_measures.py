"""What GB/T 51350-2019 asks beside its indices: heat recovery, power of fans, temperatures of rooms.

These are requirements on measures (技术措施) and on the indoor climate; they decide no level of
`twin.judges.nearly_zero`. The text was not read, so that no verdict is `pass`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin.judges.factors import data
from twin.judges.verdict import Verdict, hold
from weather import psychrometrics

_WORDS: Mapping[str, tuple[str, str]] = {
    "sensible_recovery": ("sensible heat recovery of fresh air", "新风显热交换效率"),
    "total_recovery": ("total heat recovery of fresh air", "新风全热交换效率"),
    "fan_power": ("power of fresh-air fans", "新风单位风量耗功率"),
    "winter_temperature": ("heating set-point of occupied hours", "冬季室内温度（供暖设定）"),
    "summer_temperature": ("cooling set-point of occupied hours", "夏季室内温度（供冷设定）"),
}
_WINTER = ((-4.0, 75.0), (20.0, 30.0))
"""degC and % of outdoor air and of rooms at which a total efficiency is rated (Shanghai in winter)."""


@dataclass(frozen=True, slots=True)
class FreshAir:
    """Mechanical fresh air: effectiveness of recovery [1], power of fans [W/(m3/s)], 0 without fans."""

    heat_recovery_sensible: float
    heat_recovery_latent: float
    specific_fan_power: float


def technical_requirements(
    fresh_air: FreshAir,
    category: str,
    *,
    heating_setpoint_c: float | None = None,
    cooling_setpoint_c: float | None = None,
) -> tuple[Verdict, ...]:
    """Hold fresh air and set-points of a building against the standard.

    Parameters
    ----------
    fresh_air : FreshAir
    category : str
        `public` or `residential`.
    heating_setpoint_c, cooling_setpoint_c : float, optional
        Of occupied hours, as a Run's manifest tells them; not judged where left out.

    Returns
    -------
    tuple of Verdict
        `nearly_zero.measures.<item>`. Sensible and total recovery are alternatives: where one is met, the
        other says so. Without mechanical fresh air recovery and fans are not judged.
    """
    rules = data("nearly_zero_measures.yaml")
    # Era figures without fans mean air through opened windows: there is nothing to recover from.
    moved = fresh_air.specific_fan_power > 0.0
    sensible = 100.0 * fresh_air.heat_recovery_sensible if moved else None
    values = {
        "sensible_recovery": sensible,
        "total_recovery": 100.0 * _total(fresh_air.heat_recovery_sensible, fresh_air.heat_recovery_latent)
        if moved
        else None,
        "fan_power": fresh_air.specific_fan_power / 3600.0 if moved else None,
        "winter_temperature": heating_setpoint_c,
        "summer_temperature": cooling_setpoint_c,
    }
    wanted = {**rules["both"], **rules.get(category, {})}
    found = {key: _held(key, rule, values[key], rules) for key, rule in wanted.items()}
    return tuple(_alternative(found, key) for key in found)


def _total(sensible: float, latent: float) -> float:
    """Enthalpy recovered over that between rooms and outdoors, at the winter rating [1]."""
    (cold, cold_rh), (warm, warm_rh) = _WINTER
    pressure = 101325.0
    out, room = (
        float(psychrometrics.humidity_ratio_from_relative_humidity(t, rh, pressure))
        for t, rh in ((cold, cold_rh), (warm, warm_rh))
    )
    given = float(psychrometrics.enthalpy(cold + sensible * (warm - cold), out + latent * (room - out)))
    low, high = (float(psychrometrics.enthalpy(t, w)) for t, w in ((cold, out), (warm, room)))
    return (given - low) / (high - low)


def _held(key: str, rule: Mapping[str, Any], value: float | None, rules: Mapping[str, Any]) -> Verdict:
    en, zh = _WORDS[key]
    lacks = value is None or not math.isfinite(value)
    air = "temperature" not in key
    note = ("mechanical fresh air", "机械新风") if air else ("the set-point", "设定温度")
    return hold(
        f"nearly_zero.measures.{key}",
        f"GB/T 51350-2019：{zh}",
        f"GB/T 51350-2019: {en}",
        value,
        rule["relation"],
        float(rule["limit"]),
        unit=str(rule["unit"]),
        source=str(rules["source"]),
        source_zh=str(rules["source_zh"]),
        confidence=str(rules["confidence"]),
        note=f"missing: {note[0]}" if lacks else "",
        note_zh=f"缺：{note[1]}" if lacks else "",
    )


def _alternative(found: Mapping[str, Verdict], key: str) -> Verdict:
    """A recovery that is missed while its alternative is met says so."""
    pair = {"sensible_recovery": "total_recovery", "total_recovery": "sensible_recovery"}
    verdict = found[key]
    other = found.get(pair.get(key, ""))
    if verdict.met is not False or other is None or other.met is not True:
        return verdict
    return hold(
        verdict.key,
        verdict.zh,
        verdict.en,
        verdict.value,
        verdict.relation,
        verdict.limit,
        unit=verdict.unit,
        source=verdict.source,
        source_zh=verdict.source_zh,
        confidence=verdict.confidence,
        note="the alternative (sensible or total recovery) is met",
        note_zh="显热或全热交换效率二者满足其一即可，另一项已满足",
    )
