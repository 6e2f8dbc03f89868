"""The Dash app: `/zh` and `/en` list the stored Runs and show the chosen ones by the figures of the report.

Everything comes from this process: no address outside is asked, so that the pages work offline. Series
stay on the server; the browser gets figures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

from dash import Dash, Input, Output, State, dcc, html, no_update
from flask import request

from dashboards.components import nothing_stored, results, trouble
from dashboards.library import Library
from dashboards.words import word
from twin.report.page import page as write_text
from twin.report.style import Language, pick
from weather.errors import TwinError


def create_app(runs: str | Path) -> Dash:
    """Make the app.

    Parameters
    ----------
    runs : path-like
        Folder of the Runs; may be empty or not exist yet.

    Returns
    -------
    Dash
        Its `server` is a WSGI application.
    """
    library = Library(runs)
    app = Dash(
        __name__,
        title="PEDF Twin",
        update_title="PEDF Twin …",
        serve_locally=True,
        suppress_callback_exceptions=True,
        compress=False,
    )
    app.enable_dev_tools(debug=False, dev_tools_disable_version_check=True)  # it would ask an address outside
    app.layout = html.Div([dcc.Location(id="address", refresh=False), html.Div(id="page")])
    _callbacks(app, library)
    _report(app, library)
    # Dash sets its routes up on the first request; a first page asked by a browser would race with it.
    app.server.test_client().get("/")
    return app


_DROPDOWN: dict[Language, dict[str, str]] = {
    "zh": {
        "select_all": "全选",
        "deselect_all": "全不选",
        "selected_count": "已选 {num_selected} 个",
        "search": "搜索",
        "clear_search": "清除搜索",
        "clear_selection": "清除选择",
        "no_options_found": "没有找到",
    },
    "en": {},
}
"""Words inside the dropdown, where they are not Dash's own English ones."""


def language_of(path: str | None) -> Language:
    """Language of an address: Chinese below `/zh`, English elsewhere."""
    return "zh" if (path or "").strip("/").split("/")[0] == "zh" else "en"


def _report(app: Dash, library: Library) -> None:
    @app.server.route("/report")
    def report() -> tuple[str, int, dict[str, str]]:
        """The offline page of the chosen Runs, with verdicts, assumptions and sources."""
        kind = {"Content-Type": "text/html; charset=utf-8"}
        try:
            return write_text(library.open(_names(request.args.get("runs", "")))), 200, kind
        except TwinError as error:
            return str(error), 404, {"Content-Type": "text/plain; charset=utf-8"}


def _callbacks(app: Dash, library: Library) -> None:
    @app.callback(Output("page", "children"), Input("address", "pathname"), State("address", "search"))
    def page(path: str | None, search: str | None) -> html.Div:
        return _page(library, language_of(path), _chosen(search))

    @app.callback(
        Output("choice", "options"),
        Output("choice", "value"),
        Output("stored", "children"),
        Input("refresh", "n_clicks"),
        State("choice", "value"),
        State("address", "pathname"),
        prevent_initial_call=True,
    )
    def refresh(_: int, chosen: list[str] | None, path: str | None) -> tuple[Any, Any, Any]:
        options, message = _listed(library, language_of(path))
        there = {option["value"] for option in options}
        kept = [name for name in chosen or [] if name in there]
        return options, (no_update if kept == (chosen or []) else kept), message

    @app.callback(Output("results", "children"), Input("choice", "value"), State("address", "pathname"))
    def show(chosen: list[str] | None, path: str | None) -> Any:
        language = language_of(path)
        if not chosen:
            return html.P(word("choose_first", language), className="hint") if library.listed()[0] else []
        try:
            return results(library.open(chosen), language)
        except TwinError as error:
            return trouble(error, language)

    @app.callback(
        Output("other", "href"),
        Output("report", "href"),
        Output("report", "hidden"),
        Input("choice", "value"),
        State("address", "pathname"),
    )
    def links(chosen: list[str] | None, path: str | None) -> tuple[str, str, bool]:
        language = language_of(path)
        query = "?runs=" + quote("|".join(chosen)) if chosen else ""
        return ("/en" if language == "zh" else "/zh") + query, f"/report{query}#{language}", not chosen


def _listed(library: Library, language: Language) -> tuple[list[dict[str, str]], Any]:
    """Options of the list, and the message about an empty folder or a damaged Run."""
    entries, troubles = library.listed()
    options = [
        {"label": " · ".join(dict.fromkeys(filter(None, (title, e.name, e.made)))), "value": e.name}
        for e in entries
        for title in (pick(language, e.title_zh, e.title),)
    ]
    if not options and not troubles:
        return [], nothing_stored(str(library.root), language)
    return options, [trouble(error, language) for error in troubles]


def _page(library: Library, language: Language, chosen: list[str]) -> html.Div:
    options, message = _listed(library, language)
    there = {option["value"] for option in options}
    kept = [name for name in chosen if name in there]
    return html.Div(
        [
            html.Header(
                [
                    html.B("PEDF Twin"),
                    html.Span(word("title", language)),
                    dcc.Link(word("other", language), id="other", href="/en" if language == "zh" else "/zh"),
                ]
            ),
            html.Main(
                [
                    html.P(word("intro", language)),
                    html.Div(
                        [
                            dcc.Dropdown(
                                id="choice",
                                options=options,
                                value=kept,
                                multi=True,
                                placeholder=word("choose", language),
                                labels=_DROPDOWN[language],
                                maxHeight=420,
                            ),
                            html.Button(word("refresh", language), id="refresh", type="button"),
                        ],
                        className="chooser",
                    ),
                    html.P(
                        [word("stored_in", language), " ", html.Code(str(library.root))],
                        className="hint",
                    ),
                    html.Div(message, id="stored"),
                    html.A(
                        word("report", language), id="report", href="/report", target="_blank", hidden=True
                    ),
                    dcc.Loading(html.Div(id="results"), type="dot", delay_show=300),
                ]
            ),
        ],
        lang="zh-CN" if language == "zh" else "en",
    )


def _chosen(search: str | None) -> list[str]:
    values = parse_qs((search or "").lstrip("?")).get("runs", [])
    return [name for value in values for name in _names(value)]


def _names(value: str) -> list[str]:
    return [name for name in value.split("|") if name]
