"""The parts of a study, each built when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboards.components.documents import blocks
from dashboards.components.figures import figure
from dashboards.pages.retrofit import packages, work
from dashboards.visit import Visit
from twin.report.study import screen_states
from twin.report.study.abatement_table import abatement_table
from twin.report.study.appendix import assumptions, confirmation, method
from twin.report.study.document import Block, Paragraph, Table
from twin.report.study.energy_tables import measures, states_table
from twin.report.study.money_tables import money_told
from twin.report.study.reading import Reader
from twin.report.study.standards_part import standards
from twin.report.study.summary import summary

PARTS = ("packages", "states", "abatement", "standards", "money", "confirmed", "basis", "documents", "begin")


def shown_part(visit: Visit, name: str, part: str) -> list[Component]:
    """A part of a study.

    Raises
    ------
    TwinError
        There is no such study.
    """
    reader = visit.workspace.found_studies.reader(name, visit.language)
    inside: dict[str, Callable[[], Iterable[Component]]] = {
        "packages": lambda: packages.shown(visit, reader),
        "states": lambda: _states(visit, reader),
        "abatement": lambda: _abatement(visit, reader),
        "standards": lambda: _standards(visit, reader),
        "money": lambda: _money(visit, reader),
        "confirmed": lambda: blocks(visit, confirmation(reader)),
        "basis": lambda: blocks(visit, (*assumptions(reader), *_without_check(method(reader), reader))),
        "documents": lambda: work.documents(visit, name),
        "begin": lambda: work.form(visit),
    }
    return list(inside[part]())


def paper(*inside: Component) -> dmc.Paper:
    """A sheet."""
    return dmc.Paper(list(inside), withBorder=True, p="lg", className="section")


def _drawn(visit: Visit, made: go.Figure | None, name: str, missing: str) -> Component:
    if made is None:
        return html.P(visit.say(missing), className="hint")
    return figure(made, visit.language, name)


def _by_state(
    visit: Visit,
    reader: Reader,
    states: Sequence[Mapping[str, Any]],
    inside: Callable[[Any], list[Component]],
) -> dmc.Tabs:
    """One state at a time."""
    return dmc.Tabs(
        [
            dmc.TabsList([dmc.TabsTab(reader.numbered(s, 40), value=str(s["id"])) for s in states], mb="sm"),
            *(dmc.TabsPanel(inside(state), value=str(state["id"])) for state in states),
        ],
        value=str(states[0]["id"]),
        keepMounted=False,
        variant="pills",
    )


def _states(visit: Visit, reader: Reader) -> list[Component]:
    """The building as it is and the chosen packages, with what each consists of."""
    told = [block for block in summary(reader) if not isinstance(block, Paragraph)]
    energy = [states_table(reader)]
    uses = _drawn(visit, screen_states.end_uses(reader), "retrofit-uses", "retrofit.no_uses")
    library = visit.say("retrofit.all_measures", count=len(reader.study["measures"]))
    return [
        paper(*blocks(visit, told)),
        paper(uses, *blocks(visit, energy)),
        paper(_taken(visit, reader)),
        dmc.Accordion(
            dmc.AccordionItem(
                [
                    dmc.AccordionControl(library),
                    dmc.AccordionPanel(list(blocks(visit, measures(reader)))),
                ],
                value="measures",
            ),
            mt="md",
            variant="contained",
        ),
    ]  # fmt: skip


def _taken(visit: Visit, reader: Reader) -> Component:
    """Which measure is in which package."""
    order = [str(m["key"]) for m in reader.study["measures"]]
    keys = sorted({str(k) for s in reader.chosen for k in s["keys"]}, key=order.index)
    head = html.Tr(
        [html.Th(visit.say("retrofit.measure")), *(html.Th(reader.numbered(s, 40)) for s in reader.chosen)]
    )
    rows = [
        html.Tr(
            [
                html.Th(reader.measure(key), scope="row"),
                *(html.Td("●" if key in state["keys"] else "") for state in reader.chosen),
            ]
        )
        for key in keys
    ]
    return html.Figure(
        [
            html.H3(visit.say("retrofit.taken")),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(rows)], className="document", id="retrofit-taken"),
                className="scroll",
            ),
        ]
    )


def _abatement(visit: Visit, reader: Reader) -> list[Component]:
    return [
        paper(
            _drawn(visit, screen_states.abatement(reader), "retrofit-abatement", "retrofit.no_abatement"),
            *blocks(visit, abatement_table(reader)),
        )
    ]


def _standards(visit: Visit, reader: Reader) -> list[Component]:
    """How to read it and the levels, then the verdicts of a state at a time."""
    whole = standards(reader)
    own: dict[str, list[Block]] = {str(state["id"]): [] for state in reader.states}
    captions = {
        reader.say("verdicts_caption", name=reader.name(state)): str(state["id"]) for state in reader.states
    }
    general: list[Block] = []
    for block in whole:
        place = captions.get(block.caption) if isinstance(block, Table) else None
        (own[place] if place else general).append(block)
    return [
        paper(*blocks(visit, general)),
        paper(_by_state(visit, reader, reader.states, lambda s: list(blocks(visit, own[str(s["id"])])))),
    ]


def _money(visit: Visit, reader: Reader) -> list[Component]:
    """Key figures with ranges, flows, what moves them, and the bills."""
    whole = money_told(reader)
    bills = {reader.say("bill_caption", name=reader.name(state)): str(state["id"]) for state in reader.chosen}
    first = [b for b in whole if not (isinstance(b, Table) and b.caption in bills)]
    own = {bills[b.caption]: b for b in whole if isinstance(b, Table) and b.caption in bills}

    def of_state(state: Mapping[str, Any]) -> list[Component]:
        name = str(state["id"])
        drawn = _drawn(
            visit, screen_states.tornado(reader, state), f"retrofit-tornado-{name}", "retrofit.no_tornado"
        )
        return [drawn, *blocks(visit, [own[name]] if name in own else [])]

    if not reader.chosen:
        return list(blocks(visit, first))
    return [
        paper(
            *blocks(visit, first[:2]),
            _drawn(visit, screen_states.states_with_ranges(reader), "retrofit-ranges", "retrofit.no_money"),
            _drawn(visit, screen_states.cash_flow_fan(reader), "retrofit-fan", "retrofit.no_money"),
        ),
        paper(_by_state(visit, reader, reader.chosen, of_state)),
        paper(*blocks(visit, first[2:])),
    ]


def _without_check(shown: Iterable[Block], reader: Reader) -> list[Block]:
    """The method without the table of EnergyPlus, which has a part of its own."""
    left = {reader.say("crosscheck"), reader.say("crosscheck_reading")}
    return [
        block
        for block in shown
        if not (isinstance(block, Paragraph) and block.text in left)
        and not (isinstance(block, Table) and block.caption == reader.say("crosscheck_caption"))
    ]
