"""Projects: open, upload, change, export, copy, march."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import Dash, html
from dash.development.base_component import Component

from dashboards.pages.page import Page
from dashboards.pages.projects import listing, one
from dashboards.visit import Visit
from dashboards.workspace import Workspace


def layout(visit: Visit) -> Component:
    """All projects, or the one that the address names."""
    name = visit.first("project")
    if name:
        return one.layout(visit, name)
    return html.Div(
        [
            dmc.Title(visit.say("projects.headline"), order=1, size="h2"),
            html.P(visit.say("projects.about"), className="about"),
            *listing.layout(visit),
        ]
    )


def callbacks(app: Dash, workspace: Workspace) -> None:
    """Of the list and of one project."""
    listing.callbacks(app, workspace)
    one.callbacks(app, workspace)


PAGE = Page("projects", "projects", "engineer", "folder", layout, callbacks, frozenset({"engineer"}))
