"""Large tables: sorted, filtered, walked through by keyboard, exported as CSV, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as ag
import dash_mantine_components as dmc
from dash import MATCH, ClientsideFunction, Dash, Input, Output, html
from dash.development.base_component import Component

from dashboards.visit import Visit

_ZH = {
    "noRowsToShow": "没有内容",
    "loadingOoo": "加载中……",
    "filterOoo": "筛选……",
    "contains": "包含",
    "notContains": "不包含",
    "equals": "等于",
    "notEqual": "不等于",
    "startsWith": "开头为",
    "endsWith": "结尾为",
    "blank": "为空",
    "notBlank": "不为空",
    "greaterThan": "大于",
    "greaterThanOrEqual": "不小于",
    "lessThan": "小于",
    "lessThanOrEqual": "不大于",
    "inRange": "介于",
    "inRangeStart": "从",
    "inRangeEnd": "到",
    "andCondition": "且",
    "orCondition": "或",
    "applyFilter": "应用",
    "resetFilter": "重置",
    "clearFilter": "清除",
    "sortAscending": "升序",
    "sortDescending": "降序",
    "sortUnSort": "取消排序",
    "pinColumn": "固定列",
    "pinLeft": "固定在左",
    "pinRight": "固定在右",
    "noPin": "不固定",
    "autosizeThisColumn": "自动列宽",
    "autosizeAllColumns": "全部自动列宽",
    "resetColumns": "重置列",
    "copy": "复制",
    "ariaFilterInput": "筛选",
    "page": "页",
    "to": "至",
    "of": "共",
    "more": "更多",
}

_LOOK = "fontFamily: 'var(--mantine-font-family)', fontSize: 13, spacing: 6"
_THEME = f"themeQuartz.withPart(colorSchemeVariable).withParams({{{_LOOK}}})"


def grid(
    visit: Visit,
    name: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    height: int = 420,
    select: bool = False,
    label: str = "",
) -> Component:
    """A table with a button that saves it.

    Parameters
    ----------
    visit : Visit
    name : str
        Its id is `{"grid": name}`.
    columns : sequence of mapping
        As AG Grid takes them.
    rows : sequence of mapping
    height : int
        px.
    select : bool
        Whether a row can be chosen; its id is then the column `id`.
    label : str
        For those who hear the page.
    """
    options: dict[str, Any] = {"animateRows": False, "tooltipShowDelay": 300, "theme": {"function": _THEME}}
    if visit.language == "zh":
        options["localeText"] = _ZH
    if select:
        options |= {"rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}}
    return html.Div(
        [
            ag.AgGrid(
                id={"grid": name},
                columnDefs=[dict(column) for column in columns],
                rowData=[dict(row) for row in rows],
                defaultColDef={"sortable": True, "filter": True, "resizable": True, "wrapHeaderText": True,
                               "autoHeaderHeight": True},
                dashGridOptions=options,
                csvExportParams={"fileName": f"{name}.csv"},
                getRowId="params.data.id" if select else None,
                style={"height": height},
            ),
            dmc.Button(
                visit.say("shell.csv"),
                id={"grid-csv": name},
                variant="subtle",
                size="compact-sm",
                mt=4,
                leftSection=html.Span(className="icon icon-download"),
            ),
        ],
        role="region",
        **{"aria-label": label or name},
    )  # fmt: skip


def callbacks(app: Dash) -> None:
    """The button below each table."""
    app.clientside_callback(
        ClientsideFunction("shell", "asked"),
        Output({"grid": MATCH}, "exportDataAsCsv"),
        Input({"grid-csv": MATCH}, "n_clicks"),
        prevent_initial_call=True,
    )
