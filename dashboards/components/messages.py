"""Messages: nothing here, cannot be shown, not allowed."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component

from dashboards.visit import Visit
from weather.errors import TwinError


def trouble(error: TwinError, visit: Visit) -> dmc.Alert:
    """An error that the user can put right, told without paths of the server."""
    return dmc.Alert(
        dmc.Text(visit.workspace.told(error, visit.language), className="said"),
        title=visit.say("shell.cannot"),
        color="orange",
        variant="light",
    )


def empty(title: str, *inside: Component | str) -> dmc.Paper:
    """Where there is nothing yet: what it is and how to get it."""
    return dmc.Paper([dmc.Text(title, fw=600), *inside], className="empty", p="lg", withBorder=True)


def missing(visit: Visit) -> dmc.Container:
    """No page at this address, or not for this reader: the two are told alike."""
    return dmc.Container(
        empty(
            visit.say("shell.missing"),
            dmc.Text(visit.say("shell.missing_why"), mt="xs"),
            dcc.Link(visit.say("shell.to_first"), href=visit.href()),
        ),
        size="sm",
    )
