"""Everything about one package: works, before and after, money, carbon, standards, pilot, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.components.csv_link import csv_link
from dashboards.components.figures import figure
from dashboards.pages.owner.documents import documents
from dashboards.pages.owner.pilot import pilot
from dashboards.pages.owner.spans import Spans
from dashboards.pages.owner.standards import standards
from dashboards.visit import Visit
from twin.report.owner import figures as drawn
from twin.report.owner.figures import state_of
from twin.report.study.numbers import MISSING, change, money, number, percent
from twin.report.study.reading import Reader
from twin.report.style import pick
from twin.report.words import CONFIDENCE


def details(visit: Visit, building: str, study: Mapping[str, Any], package: str) -> list[Component]:
    """Everything about one package."""
    language, say = visit.language, visit.say
    spans = Spans(study, package)
    graphs = [
        figure(drawn.months(study, package, language), language, "owner-months"),
        figure(drawn.hardest_day(study, package, language), language, "owner-day"),
    ]
    worth = drawn.measures_worth(study, language) if package == study["preview"]["proposed"] else None
    money_said = [dmc.Text(line, size="sm", mb="xs") for line in spans.told(visit)]
    return [
        _section(say("owner.what_to_do"), *_measures(visit, study, package)),
        _section(
            say("owner.before_after"),
            _comparison(visit, study, package),
            dmc.SimpleGrid(graphs, cols={"base": 1, "lg": 2}),
        ),
        _section(
            say("owner.money"),
            *money_said,
            dmc.SimpleGrid(
                [
                    figure(drawn.cash_flow(study, package, language), language, "owner-cash"),
                    *([] if worth is None else [figure(worth, language, "owner-worth")]),
                ],
                cols={"base": 1, "lg": 1 if worth is None else 2},
            ),
        ),
        _section(
            say("owner.carbon"),
            _carbon_words(visit, study, package),
            figure(drawn.intensity(study, language), language, "owner-intensity"),
        ),
        _section(say("owner.standards"), *standards(visit, study, package)),
        _section(say("owner.pilot"), *pilot(visit, study, package)),
        documents(visit, building, package),
        _assumptions(visit, study, package),
    ]


def _source(visit: Visit, one: Mapping[str, Any]) -> str:
    return str((one.get("source_zh") if visit.language == "zh" else None) or one["source"])


def _section(title: str, *inside: Component) -> Component:
    return dmc.Paper(
        [dmc.Title(title, order=2, size="h4", mb="xs"), *inside], withBorder=True, p="lg", className="section"
    )


def _measures(visit: Visit, study: Mapping[str, Any], package: str) -> list[Component]:
    """Measures with what they cost, and what was left out."""
    language = visit.language
    state, reader = state_of(study, package), Reader(study, visit.language)
    costs = state["economics"]["capital_by_measure_cny"]
    rows = [(reader.measure(key), money(costs.get(key), language)) for key in state["keys"]]
    left = next(one for one in study["preview"]["tiers"] if one["id"] == package)["left_out"]
    slots = {one["slot"]: one[f"slot_{language}"] for one in study["measures"]}
    out = [f"{slots.get(one['slot'], one['slot'])}: {one[language]}" for one in left]
    return [
        _table([visit.say("owner.measure"), visit.say("owner.card_capital")], rows),
        csv_link(visit, f"{package}-measures", [("measure", "capital"), *rows]),
        *([dmc.Text(visit.say("owner.left_out", out="; ".join(out)), size="sm", c="dimmed")] if out else []),
    ]


_ROWS = (
    ("import", "kWh", 0),
    ("gas", "m³", 0),
    ("bill", "CNY", 0),
    ("peak", "kW", 0),
    ("pv", "kWh", 0),
    ("carbon_t", "tCO₂", 1),
    ("unmet", "h", 0),
)


def _comparison(visit: Visit, study: Mapping[str, Any], package: str) -> Component:
    """Before and after, a year."""
    pair = (study["baseline"], state_of(study, package))
    rows = []
    for key, unit, digits in _ROWS:
        before, after = (_year_figure(state, key) for state in pair)
        shown = pick(visit.language, "元", "CNY") if unit == "CNY" else unit
        moved = percent(change(before, after), 0, signed=True)
        rows.append(
            (
                f"{visit.say(f'owner.year_{key}')} ({shown})",
                number(before, digits),
                number(after, digits),
                "" if moved == MISSING else moved,
            )
        )
    head = [visit.say(f"owner.{key}") for key in ("year", "as_it_is", "with_package", "moved")]
    return html.Div([_table(head, rows), csv_link(visit, f"{package}-year", [head, *rows])])


def _year_figure(state: Mapping[str, Any], key: str) -> float | None:
    energy, figures = state["energy"], state["figures"]
    found = {
        "import": energy["grid_import_kwh"],
        "gas": energy["gas_m3"],
        "bill": figures["total_cny"],
        "peak": figures["peak_kw"],
        "pv": figures["pv_kwh"],
        "carbon_t": figures["carbon_t"],
        "unmet": figures["unmet_h"],
    }[key]
    return None if found is None else float(found)


def _carbon_words(visit: Visit, study: Mapping[str, Any], package: str) -> Component:
    before, after = study["baseline"], state_of(study, package)
    bench = before.get("benchmark") or {}
    stock = bench.get("stock_annual_kwh_m2")
    text = visit.say(
        "owner.carbon_told",
        before=number(before["figures"]["carbon_t"], 0),
        after=number(after["figures"]["carbon_t"], 0),
        ets_before=number(before["figures"]["carbon_ets_t"], 0),
        ets_after=number(after["figures"]["carbon_ets_t"], 0),
    )
    if stock:
        text += visit.say(
            "owner.benchmark_told",
            now=percent(before["figures"]["eui_electric_kwh_m2"] / stock, 0),
            then=percent(after["figures"]["eui_electric_kwh_m2"] / stock, 0),
        )
    return html.P(text)


def _assumptions(visit: Visit, study: Mapping[str, Any], package: str) -> Component:
    """Every assumption that moves a figure, one click away."""
    state = state_of(study, package)
    said = [
        *study["preview"]["assumptions"],
        *state["assumptions"],
        *(state["ranges"] or {}).get("assumptions", ()),
    ]
    seen: dict[str, Mapping[str, Any]] = {}
    for one in said:
        seen.setdefault(one[visit.language], one)
    rows = [
        (text, _source(visit, one),
         pick(visit.language, *CONFIDENCE.get(one["confidence"], (one["confidence"],) * 2)))
        for text, one in seen.items()
    ]  # fmt: skip
    head = [visit.say(f"owner.{key}") for key in ("assumed", "source", "confidence")]
    told = html.Details(
        [
            html.Summary(visit.say("owner.assumptions", count=len(rows))),
            _table(head, rows, numeric=False),
            csv_link(visit, f"{package}-assumptions", [head, *rows]),
        ]
    )
    made = visit.say(
        "owner.made",
        created=str(study["created"])[:16].replace("T", " "),
        version=study["versions"].get("pedf-twin", ""),
        weather=study["weather"]["name"],
        year=study["weather"]["year"],
        draws=study["method"]["draws"],
    )
    return dmc.Paper(
        [told, dmc.Text(made, size="sm", c="dimmed", mt="sm")], withBorder=True, p="lg", className="section"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: bool = True) -> Component:
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(cell, scope="col") for cell in head])),
                html.Tbody(
                    [
                        html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])])
                        for row in rows
                    ]
                ),
            ],
            className="owner-table numeric" if numeric else "owner-table",
        ),
        className="scroll",
    )
