"""What stands around every page: header, navigation, language, light and dark."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.pages import PAGES
from dashboards.pages.page import GROUPS, Page
from dashboards.visit import Visit, href
from dashboards.words import other
from twin.report.style import FONT, RUN_COLOURS

_BLUE = [
    "#eaf3fb", "#d3e3f3", "#a4c6e8", "#72a7dd", "#4a8cd4",
    "#327bce", "#1d6cbd", "#1d5b99", "#174d84", "#0d3f6f",
]  # fmt: skip

THEME: dict[str, Any] = {
    "fontFamily": FONT,
    "headings": {"fontFamily": FONT, "fontWeight": "600"},
    "primaryColor": "twin",
    "primaryShade": {"light": 7, "dark": 4},
    "colors": {"twin": _BLUE},
    "defaultRadius": "md",
    "other": {"runs": list(RUN_COLOURS)},
}


def frame() -> dmc.MantineProvider:
    """The frame before anybody asked for a page; the address fills it."""
    return dmc.MantineProvider(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dmc.NotificationContainer(id="notices", position="top-right"),
            html.Div(id="shell"),
        ],
        theme=THEME,
        defaultColorScheme="auto",
    )


def shell(visit: Visit, content: Component) -> dmc.AppShell:
    """A page with header and navigation around it."""
    return dmc.AppShell(
        [
            dmc.AppShellHeader(_header(visit)),
            dmc.AppShellNavbar(_navigation(visit), p="sm"),
            dmc.AppShellMain(
                html.Div(content, id="content", key=f"{visit.language}/{visit.path}"), className="main"
            ),
        ],
        id="frame",
        header={"height": 56},
        navbar={"width": 236, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding="lg",
    )


def _header(visit: Visit) -> dmc.Group:
    there = other(visit.language)
    name = visit.user.name
    # No link of the pages: the account's page is the server's own.
    account = html.A(name, href=visit.href("account"), className="other", title=visit.say("shell.account"))
    return dmc.Group(
        [
            dmc.Group(
                [
                    dmc.Burger(
                        id="burger",
                        size="sm",
                        hiddenFrom="sm",
                        opened=False,
                        **{"aria-label": visit.say("shell.navigation")},
                    ),
                    dcc.Link(
                        [html.Span(className="mark"), html.B("PEDF Twin")],
                        href=visit.href(),
                        className="brand",
                    ),
                    dmc.Text(visit.say("shell.slogan"), size="sm", c="dimmed", visibleFrom="md"),
                ],
                gap="md",
                wrap="nowrap",
            ),
            dmc.Group(
                [
                    html.Span(visit.say("shell.failed"), id="failed", hidden=True, role="alert"),
                    html.Span(visit.say("shell.silent"), id="silent", hidden=True, role="alert"),
                    *([_ended(visit), account] if name else []),
                    dcc.Link(
                        visit.say("shell.other"),
                        id="other",
                        href=href(there, visit.path, **{k: v[0] for k, v in visit.asked.items()}),
                        className="other",
                    ),
                    dmc.ColorSchemeToggle(
                        lightIcon=html.Span(className="icon icon-sun"),
                        darkIcon=html.Span(className="icon icon-moon"),
                        variant="subtle",
                        color="gray",
                        size="lg",
                        **{"aria-label": visit.say("shell.scheme")},
                    ),
                ],
                gap="sm",
                wrap="nowrap",
            ),
        ],
        justify="space-between",
        h="100%",
        px="lg",
        wrap="nowrap",
    )


def _ended(visit: Visit) -> Component:
    """What shell.js shows once the server no longer knows the reader; what stands on the page stays there."""
    log_in = html.A(visit.say("shell.log_in"), id="log-in", href=visit.href("login"))
    return html.Span([visit.say("shell.ended"), " ", log_in], id="ended", hidden=True, role="alert")


def _navigation(visit: Visit) -> dmc.ScrollArea:
    parts: list[Component] = []
    for group in GROUPS:
        pages = [page for page in PAGES if page.group == group and page.open_to(visit.user)]
        if not pages:
            continue
        if group != "shared":
            parts.append(dmc.Text(visit.say(f"shell.{group}"), className="group"))
        parts += [_link(page, visit) for page in pages]
    return dmc.ScrollArea(html.Nav(parts, **{"aria-label": visit.say("shell.navigation")}))


def _link(page: Page, visit: Visit) -> dmc.NavLink:
    return dmc.NavLink(
        label=visit.say(f"{page.key}.title"),
        href=visit.href(page.path),
        leftSection=html.Span(className=f"icon icon-{page.icon}"),
        active=page.path == visit.path,
    )


def callbacks(app: Dash) -> None:
    """The burger of narrow screens."""
    app.clientside_callback(
        ClientsideFunction("shell", "open"),
        Output("frame", "navbar"),
        Input("burger", "opened"),
        State("frame", "navbar"),
        prevent_initial_call=True,
    )
