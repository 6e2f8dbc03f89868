"""The feeder of a district (馈线): voltage at the points of supply, loading of transformers and cables.

Voltages and loadings are means over the steps of the march: what lasts shorter than a step is not seen.
GB/T 12325 asks of the point of supply, so connections are held to it and joints between them are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.districts.feeder import Feeder, FeederCable, FeederTransformer
from buildings.districts.grid_products import Figure, figure
from twin.district.grid_limits import band, cable_limit, transformer_limit
from twin.district.power_flow import Extreme, FeederYear
from twin.judges.verdict import Verdict, hold
from twin.market.assumption import UNVERIFIED, Assumption, merged

_KINDS = {
    "three_phase": ("三相用户", "three-phase supply"),
    "single_phase": ("单相用户", "single-phase supply"),
}
_SIDES = {
    "low": ("最低电压偏差", "lowest voltage deviation"),
    "high": ("最高电压偏差", "highest voltage deviation"),
}
_FACTORS = {
    "dwelling_power_factor": ("住宅功率因数为缺省值。", "The power factor of dwellings is a default."),
    "building_power_factor": ("建筑功率因数为缺省值。", "The power factor of buildings is a default."),
}


def judge_feeder(year: FeederYear) -> tuple[dict[str, Any], tuple[Verdict, ...], tuple[Assumption, ...]]:
    """Judge a year of flows.

    Parameters
    ----------
    year : FeederYear
        Of `twin.district.power_flow.flow`.

    Returns
    -------
    figures : dict
        Plain data: `source` (energy and peaks), `losses`, `unsolved_steps`, `voltage_qualified`
        (电压合格率 [1], mean over connections of the share of solved hours in the band), and a row for each
        of `transformers`, `cables`, `connections` and `nodes`; voltages and loadings over nominal and rating
        [1], None where no step was solved.
    verdicts : tuple of Verdict
        Voltage by kind of supply and side, transformers' rated and planning limit, cables' current, and steps
        without a solution; what the feeder does not have is not in it.
    assumptions : tuple of Assumption
        Defaults and product data that nobody verified.
    """
    verdicts = [_solved(year)]
    for kind in _KINDS:
        verdicts += _voltage(year, kind)
    if year.feeder.transformers:
        verdicts += [_transformers(year, kind) for kind in ("rated", "planning")]
    if year.feeder.cables:
        verdicts.append(_cables(year))
    return _figures(year), tuple(verdicts), _assumptions(year.feeder)


def _solved(year: FeederYear) -> Verdict:
    count = len(year.unsolved)
    said = year.message.partition("\n")[0]
    return hold(
        "feeder.solved",
        "潮流无解步数",
        "steps without a flow",
        float(count),
        "<=",
        0.0,
        unit="steps",
        source="every step has a flow; none is left out in silence",
        source_zh="每一时间步均应有潮流解，不静默忽略",
        confidence="derived",
        note=f"first in step {year.unsolved[0]}: {said}" if count else "",
        note_zh=f"首次出现于第 {year.unsolved[0]} 步：{said}" if count else "",
    )


def _voltage(year: FeederYear, kind: str) -> list[Verdict]:
    """Both sides of the band of one kind of supply."""
    three = kind == "three_phase"
    own = [k for k, place in enumerate(year.feeder.connections) if (place.phases == "ABC") == three]
    if not own:
        return []
    limit = band(kind)
    found = []
    for side, relation, extreme, hours in (
        ("low", ">=", year.connection_low, year.hours_below),
        ("high", "<=", year.connection_high, year.hours_above),
    ):
        worst = _worst(extreme, own, lowest=side == "low")
        name = year.feeder.connections[worst].building
        many = int(np.count_nonzero(hours[own] > 0.0))
        note, note_zh = _where(year, name, int(extreme.step[worst]))
        if many:
            note += f"; outside at {many} of {len(own)} connections, longest {hours[own].max():.2f} h"
            note_zh += f"；{len(own)} 个接入点中 {many} 个越限，最长 {hours[own].max():.2f} h"
        zh, en = (f"{_KINDS[kind][i]}{'' if i == 0 else ': '}{_SIDES[side][i]}" for i in (0, 1))
        found.append(
            hold(
                f"feeder.voltage.{kind}.{side}",
                zh,
                en,
                _deviation(extreme.value[worst]),
                ">=" if relation == ">=" else "<=",
                _deviation(limit.low if side == "low" else limit.high),
                unit="%",
                source=limit.source,
                source_zh=limit.source_zh,
                confidence=limit.confidence,
                note=note,
                note_zh=note_zh,
            )
        )
    return found


def _transformers(year: FeederYear, kind: str) -> Verdict:
    limit = transformer_limit(kind)
    hours = year.hours_over_rating if kind == "rated" else year.hours_over_planning
    worst = _worst(year.transformer_most, range(len(hours)))
    zh, en = {
        "rated": ("变压器最高负载率", "highest transformer loading"),
        "planning": ("变压器最高负载率（规划限值）", "highest transformer loading, planning limit"),
    }[kind]
    return _loading(
        year,
        f"feeder.transformer.{kind}",
        (zh, en),
        (year.feeder.transformers[worst].name, year.transformer_most, worst, hours),
        limit.share,
        (limit.source, limit.source_zh, limit.confidence),
    )


def _cables(year: FeederYear) -> Verdict:
    worst = _worst(year.cable_most, range(len(year.feeder.cables)))
    product = year.feeder.cable_products()[worst]
    return _loading(
        year,
        "feeder.cable.current",
        ("电缆最大电流与载流量之比", "highest cable current over what it may carry"),
        (year.feeder.cables[worst].name, year.cable_most, worst, year.cable_hours_over),
        cable_limit(),
        (product.source, product.source_zh, product.confidence),
    )


def _loading(
    year: FeederYear,
    key: str,
    title: tuple[str, str],
    worst: tuple[str, Extreme, int, NDArray[np.float64]],
    limit: float,
    origin: tuple[str, str, str],
) -> Verdict:
    """A verdict over a loading, with the element, its step and the hours above the limit."""
    name, extreme, k, hours = worst
    note, note_zh = _where(year, name, int(extreme.step[k]))
    many = int(np.count_nonzero(hours > 0.0))
    if many:
        note += f"; above it {hours[k]:.2f} h, {many} of {len(hours)} at some time"
        note_zh += f"；越限 {hours[k]:.2f} h，{len(hours)} 个中 {many} 个曾越限"
    return hold(
        key, title[0], title[1], 100.0 * float(extreme.value[k]), "<=", round(100.0 * limit, 9), unit="%",
        source=origin[0], source_zh=origin[1], confidence=origin[2], note=note, note_zh=note_zh,
    )  # fmt: skip


def _worst(extreme: Extreme, among: Iterable[int], lowest: bool = False) -> int:
    """Element of the greatest or lowest value; the first where nothing was solved."""
    among = list(among)
    values = extreme.value[among]
    if np.isnan(values).all():
        return among[0]
    return among[int(np.nanargmin(values) if lowest else np.nanargmax(values))]


def _where(year: FeederYear, name: str, step: int) -> tuple[str, str]:
    """Which element, when, and what is left out; what is missing where no step was solved."""
    if step < 0:
        return "no step has a solution", "所有时间步均无解"
    note, note_zh = f"{name}, step {step}", f"{name}，第 {step} 步"
    left = len(year.unsolved)
    if left:
        note += f"; without {left} step{'s' if left > 1 else ''} that had no solution"
        note_zh += f"；不含无解的 {left} 步"
    return note, note_zh


def _deviation(pu: float) -> float:
    """From nominal [%]; rounded where a limit would carry the binary tail of its sum."""
    return round(100.0 * (float(pu) - 1.0), 9)


def _figures(year: FeederYear) -> dict[str, Any]:
    solved_h = (year.steps - len(year.unsolved)) * year.step_h
    within = 1.0 - year.hours_outside / solved_h if solved_h else None
    taken = year.import_kwh
    return {
        "steps": year.steps,
        "step_minutes": year.step_minutes,
        "unsolved_steps": len(year.unsolved),
        "balance_residual": year.balance_residual,
        "source": {
            "import_kwh": taken,
            "export_kwh": year.export_kwh,
            "peak_import_kw": _most(year.source_kw),
            "peak_export_kw": _most(-year.source_kw),
        },
        "load_kwh": year.load_kwh,
        "losses": {
            "total_kwh": year.loss_kwh,
            "transformers_kwh": float(year.transformer_loss_kwh.sum()),
            "cables_kwh": float(year.cable_loss_kwh.sum()),
            "share_of_import": year.loss_kwh / taken if taken > 0.0 else None,
        },
        "voltage_qualified": None if within is None else float(within.mean()),
        **_elements(year),
        **_places(year),
    }


def _elements(year: FeederYear) -> dict[str, list[dict[str, Any]]]:
    """Rows of transformers and cables."""
    feeder = year.feeder

    def row(one: FeederTransformer | FeederCable, most: Extreme, k: int) -> dict[str, Any]:
        loading, step = _number(most.value[k]), int(most.step[k])
        return {"name": one.name, "product": one.product, "loading": loading, "step": step}

    return {
        "transformers": [
            row(one, year.transformer_most, k)
            | {
                "rating_kva": product.rating_kva,
                "hours_over_rating": float(year.hours_over_rating[k]),
                "hours_over_planning": float(year.hours_over_planning[k]),
                "loss_kwh": float(year.transformer_loss_kwh[k]),
            }
            for k, (one, product) in enumerate(
                zip(feeder.transformers, feeder.transformer_products(), strict=True)
            )
        ],
        "cables": [
            row(one, year.cable_most, k)
            | {"hours_over": float(year.cable_hours_over[k]), "loss_kwh": float(year.cable_loss_kwh[k])}
            for k, one in enumerate(feeder.cables)
        ],
    }


def _places(year: FeederYear) -> dict[str, list[dict[str, Any]]]:
    """Rows of connections and nodes."""

    def span(low: Extreme, high: Extreme, k: int) -> dict[str, float | None]:
        return {"low_pu": _number(low.value[k]), "high_pu": _number(high.value[k])}

    return {
        "connections": [
            {"building": place.building, "node": place.node, "phases": place.phases}
            | span(year.connection_low, year.connection_high, k)
            | {"hours_below": float(year.hours_below[k]), "hours_above": float(year.hours_above[k])}
            for k, place in enumerate(year.feeder.connections)
        ],
        "nodes": [
            {"name": node, "nominal_v": volt}
            | span(year.node_low, year.node_high, k)
            | {"hours_outside": float(year.node_hours_outside[k])}
            for k, (node, volt) in enumerate(year.feeder.levels.items())
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _most(values: NDArray[np.float64]) -> float | None:
    """The greatest of the solved steps, never below zero: a peak of import or of export."""
    known = values[np.isfinite(values)]
    return max(float(known.max()), 0.0) if len(known) else None


def _assumptions(feeder: Feeder) -> tuple[Assumption, ...]:
    """What moved the flows and nobody verified."""
    said: list[Assumption] = []
    used = {place.power_factor for place in feeder.connections}
    for name, (zh, en) in _FACTORS.items():
        if figure(name).value in used:
            said += _stated(figure(name), zh, en)
    if feeder.source.voltage == figure("source_voltage").value:
        said += _stated(
            figure("source_voltage"),
            "电源母线电压为缺省值，全年不变。",
            "The voltage of the source is a default, the same all year.",
        )
    if feeder.source.short_circuit_power == figure("short_circuit_power").value:
        said += _stated(
            figure("short_circuit_power"),
            "电源母线短路容量为缺省值。",
            "The short-circuit power of the source is a default.",
        )
    if feeder.cables:
        said += _stated(
            figure("conductor_c"),
            "电缆导体温度为假定值。",
            "The temperature of the cables' conductors is assumed.",
        )
    for product in feeder.transformer_products():
        if product.confidence in UNVERIFIED:
            said.append(
                Assumption(
                    f"feeder.transformer.{_series(product.key)}",
                    "变压器损耗与短路阻抗未核对标准原文。",
                    "Losses and impedance of the transformers were not read in their standard.",
                    _series(product.key), "-", product.source, product.confidence, product.source_zh,
                )
            )  # fmt: skip
    for cable in feeder.cable_products():
        for what, confidence, zh, en in (
            ("current", cable.confidence, "电缆载流量", "What the cables may carry"),
            ("reactance", cable.reactance_confidence, "电缆电抗", "The reactance of the cables"),
        ):
            if confidence in UNVERIFIED:
                said.append(
                    Assumption(
                        f"feeder.cable.{_series(cable.key)}.{what}",
                        f"{zh}未核对标准原文。",
                        f"{en} was not read in a standard.",
                        _series(cable.key), "-", cable.source, confidence, cable.source_zh,
                    )
                )  # fmt: skip
    return merged(said)


def _stated(known: Figure, zh: str, en: str) -> Sequence[Assumption]:
    if known.confidence not in UNVERIFIED:
        return ()
    return [
        Assumption(
            f"feeder.{known.key}",
            zh,
            en,
            known.value,
            known.unit,
            known.source,
            known.confidence,
            known.source_zh,
        )
    ]


def _series(key: str) -> str:
    return key.rpartition("_")[0]
