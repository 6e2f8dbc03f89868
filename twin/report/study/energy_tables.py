"""End uses, measures and what the packages bring in energy, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twin.report.study.document import Block, Cell, Paragraph, Table
from twin.report.study.end_uses import CARRIERS, by_use, use_name
from twin.report.study.numbers import MISSING, change, number, percent
from twin.report.study.reading import Reader, figure_of
from twin.report.words import unit_in

_GROUPS = ("envelope", "openings", "air", "light", "plant", "water", "electric", "control", "green")


def use_table(reader: Reader, uses: Mapping[str, float]) -> Table:
    total = sum(uses.values())
    area = float(reader.baseline["energy"]["floor_area_m2"])
    rows = [
        (
            Cell(use_name(name, reader)),
            Cell(number(value * area / 1000.0, 0)),
            Cell(number(value, 1)),
            Cell(percent(value / total)),
        )
        for name, value in uses.items()
    ]
    rows.append(
        (
            Cell(reader.say("total")),
            Cell(number(total * area / 1000.0, 0)),
            Cell(number(total, 1)),
            Cell(percent(1.0)),
        )
    )
    header = (reader.say("end_use"), "MWh/a", "kWh/(m²·a)", reader.say("share"))
    return Table(
        reader.say("use_caption"),
        header,
        tuple(rows),
        "lrrr",
        (2.0, 1.0, 1.0, 1.0),
        reader.say("carrier_note"),
        reader.runs(reader.baseline),
    )


def measures(reader: Reader) -> tuple[Block, ...]:
    """Every measure of the library: whether it applies here, else why not; which packages take it."""
    taken = [(k, set(map(str, s.get("keys") or ()))) for k, s in enumerate(reader.chosen, start=1)]

    def place(measure: Mapping[str, Any]) -> int:
        group = measure.get("group")
        return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)

    rows = []
    for measure in sorted(reader.study["measures"], key=place):
        applies = bool(measure.get("applies"))
        reason = reader.text(measure, "note" if applies else "reason")
        key = str(measure.get("key"))
        packages = " ".join(str(k) for k, keys in taken if key in keys)
        rows.append(
            (
                Cell(
                    reader.say_or_key(f"group_{measure.get('group')}", str(measure.get("group") or MISSING))
                ),
                Cell(reader.measure(key)),
                Cell(
                    reader.say("applies") if applies else reader.say("applies_not"),
                    tone="" if applies else "open",
                ),
                Cell(reason if reason else (MISSING if applies else reader.say("no_reason"))),
                Cell(packages or MISSING),
            )
        )
    if not rows:
        return (Paragraph(reader.say("no_measures"), "note"),)
    header = tuple(reader.say(k) for k in ("group", "measure", "here", "reason", "in_package"))
    legend = ("；" if reader.language == "zh" else "; ").join(reader.numbered(s) for s in reader.chosen)
    table = Table(
        reader.say("measures_caption"), header, tuple(rows), "lllll", (0.9, 2.2, 0.8, 2.6, 0.8), note=legend
    )
    return (Paragraph(reader.say("measures_reading")), table)


def states_table(reader: Reader) -> Table:
    """End uses and main figures of all states, differences to the first below."""
    states = reader.states
    per_use = [by_use(s) for s in states]
    lines: list[tuple[str, list[float | None], int]] = [
        (f"{use_name(name, reader)} (kWh/m²)", [uses.get(name, 0.0) for uses in per_use], 1)
        for name in CARRIERS
        if any(name in uses for uses in per_use)
    ]
    for label, name in (
        ("row_pv", "pv_kwh"),
        ("row_import", "grid_import_kwh"),
        ("row_export", "grid_export_kwh"),
        ("row_cooling", "sensible_cooling_kwh"),
        ("row_drying", "latent_cooling_kwh"),
        ("row_heating", "space_heating_kwh"),
    ):
        areas = [float(s["energy"]["floor_area_m2"]) for s in states]
        totals = [figure_of(s, "energy", name) for s in states]
        values = [None if t is None else t / a for t, a in zip(totals, areas, strict=True)]
        lines.append((f"{reader.say(label)} (kWh/m²)", values, 1))
    lines.append(
        (
            f"{reader.say('row_total_cny')} ({unit_in('CNY/m2', reader.language)})",
            [_per_area(s, "total_cny") for s in states],
            1,
        )
    )
    rows = []
    for label, values, decimals in lines:
        if all(v is None for v in values):
            continue
        cells = [Cell(label)]
        for k, value in enumerate(values):
            moved = percent(change(values[0], value), 0, signed=True) if k else ""
            cells.append(Cell(number(value, decimals), "" if moved == MISSING else moved))
        rows.append(tuple(cells))
    n = len(states)
    return Table(
        reader.say("states_in_figures"),
        (reader.say("figure"), *(reader.numbered(s) for s in states)),
        tuple(rows),
        "l" + "r" * n,
        (1.7, *(1.0,) * n),
        reader.say("states_note"),
        reader.runs(),
    )


def _per_area(state: Mapping[str, Any], name: str) -> float | None:
    value = figure_of(state, "figures", name)
    return None if value is None else value / float(state["energy"]["floor_area_m2"])
