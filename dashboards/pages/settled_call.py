"""What came of a call: figures, who was paid, what was assumed."""

from __future__ import annotations

import csv
from io import StringIO
from urllib.parse import quote

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboards.calls import OperatedCall
from dashboards.visit import Visit
from twin.report.style import pick
from twin.response.folder import read_response
from twin.response.operated import RESULT
from twin.response.words import SPREADS, amount
from weather.errors import TwinError

_SHOWN = (
    "given_kw",
    "settled_kw",
    "rebound_kwh",
    "rebound_kw",
    "worse_k",
    "paid",
    "pay_cny",
    "aggregator_cny",
)


def settled_call(visit: Visit, call: OperatedCall) -> list[Component]:
    """Figures, the table of participants, assumptions; a line where the day goes on."""
    if not call.over:
        return [dmc.Text(visit.say("console.not_over"), c="dimmed", size="sm")]
    folder = call.folder / RESULT
    found, manifest = read_response(folder)
    name = "settlement_zh.csv" if visit.language == "zh" else "settlement.csv"
    try:
        rows = list(csv.DictReader(StringIO((folder / name).read_text("utf-8-sig"))))
    except (OSError, ValueError) as error:
        raise TwinError(
            "The record of that call was changed or damaged.", "Compute it again.", file=folder / name
        ) from error
    return [
        dmc.Paper(
            [
                dmc.Title(visit.say("console.result"), order=2, size="h3"),
                html.Div(
                    [
                        html.Div(
                            [
                                html.Span(pick(visit.language, zh, en), className="hint"),
                                html.B(f"{amount(scale * found[key]['mean'], digits)} {unit}"),
                            ],
                            className="tile",
                        )
                        for key, zh, en, unit, scale, digits in SPREADS
                        if key in _SHOWN
                    ],
                    className="tiles",
                ),
                html.A(
                    visit.say("console.export"),
                    href=f"/settlement/{quote(call.name)}?language={visit.language}",
                ),
                _table(rows, visit),
                dmc.Accordion(
                    [
                        dmc.AccordionItem(
                            [
                                dmc.AccordionControl(visit.say("console.assumed")),
                                dmc.AccordionPanel(
                                    html.Ul([html.Li(one[visit.language]) for one in manifest["assumptions"]])
                                ),
                            ],
                            value="assumed",
                        )
                    ],
                    mt="md",
                ),
            ],
            withBorder=True,
            p="lg",
        )
    ]


def _table(rows: list[dict[str, str]], visit: Visit) -> dag.AgGrid:
    """Participants, those who were paid most first."""
    columns = list(rows[0]) if rows else []
    numbers = {name for name in columns if any(_number(row[name]) is not None for row in rows)}
    data = [{name: _number(row[name]) if name in numbers else row[name] for name in columns} for row in rows]
    paid = columns[13] if len(columns) > 13 else None
    if paid:
        data.sort(key=lambda row: float(row[paid] or 0.0), reverse=True)
    return dag.AgGrid(
        rowData=data,
        columnDefs=[
            {
                "field": name,
                "headerName": name,
                "type": "rightAligned",
                "filter": "agNumberColumnFilter",
                "valueFormatter": {"function": "params.value == null ? '' : d3.format(',.2f')(params.value)"},
            }
            if name in numbers
            else {"field": name, "headerName": name, "filter": True}
            for name in columns[2:]
        ],
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "minWidth": 110,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        columnSize="autoSize",
        dashGridOptions={"pagination": True, "paginationPageSize": 20, "animateRows": False},
        className="ag-theme-quartz-auto-dark",
        style={"height": 460, "marginTop": 10},
    )


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
